// SPDX-License-Identifier: Apache-2.0
//! A small chain for the tests: balances, time, contracts. Contracts run in the real host functions, natively.

// What the configuration names has to be public, although nobody outside sees this module.
#![allow(unreachable_pub)]

use crate::{
    self as pallet_revive_vm,
    engine::switched::SwitchedEngine,
    precompiles::{AddressMatcher, Environment, Failure, Precompile, PrecompileResult},
    storage::TrieId,
    AccountId32Mapper, Error, EventLevel, Fees, GenesisAccount, SubstrateWeight,
};
use alloc::collections::BTreeSet;
use core::num::NonZeroU16;
use frame_support::{
    derive_impl, parameter_types,
    traits::{ConstU128, ConstU32, ConstU64},
    weights::{IdentityFee, Weight},
};
use frame_system::EnsureSigned;
use sp_runtime::{traits::IdentityLookup, AccountId32, BuildStorage, FixedU128, Perbill};

pub(crate) use crate::engine::switched::Carrier;

pub(crate) type Block = frame_system::mocking::MockBlock<Test>;
pub(crate) type Balance = u128;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Timestamp: pallet_timestamp,
        Balances: pallet_balances,
        Revive: pallet_revive_vm,
    }
);

/// One existential deposit. Nothing else of the chain has this value, so that a wrong sum shows.
pub(crate) const EXISTENTIAL_DEPOSIT: Balance = 1_009;
pub(crate) const PER_BYTE: Balance = 3;
pub(crate) const PER_ITEM: Balance = 500;
pub(crate) const PER_CHILD_ITEM: Balance = 70;
/// What each account of the genesis has.
pub(crate) const ENDOWMENT: Balance = 1_000_000_000_000;
pub(crate) const RATIO: u32 = 1_000_000;

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
    type AccountData = pallet_balances::AccountData<Balance>;
    type BlockHashCount = ConstU64<256>;
}

#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Test {}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type Balance = Balance;
    type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
    type AccountStore = System;
}

parameter_types! {
    pub static DepositPerByte: Balance = PER_BYTE;
    pub static DepositPerItem: Balance = PER_ITEM;
    pub static DepositPerChildTrieItem: Balance = PER_CHILD_ITEM;
    pub static CodeHashLockupDepositPercent: Perbill = Perbill::from_percent(10);
    pub const Multiplier: FixedU128 = FixedU128::from_u32(1);
}

parameter_types! {
    /// Contracts that the test has deployed.
    pub static Deployed: u32 = 0;
    pub static BehaviourVersion: u32 = 0;
    pub static Level: EventLevel = EventLevel::Lifecycle;
}

impl crate::Config for Test {
    type Engine = SwitchedEngine;
    type Precompiles = (Doubler, Prefixed);
    type BehaviourVersion = BehaviourVersion;
    type EventLevel = Level;
    type Time = Timestamp;
    type Balance = Balance;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type WeightInfo = SubstrateWeight<Test>;
    type FindAuthor = ();
    type DepositPerByte = DepositPerByte;
    type DepositPerItem = DepositPerItem;
    type DepositPerChildTrieItem = DepositPerChildTrieItem;
    type CodeHashLockupDepositPercent = CodeHashLockupDepositPercent;
    type AddressMapper = AccountId32Mapper<Self>;
    type UploadOrigin = EnsureSigned<AccountId32>;
    type InstantiateOrigin = EnsureSigned<AccountId32>;
    type ChainId = ConstU64<4242>;
    type NativeToEthRatio = ConstU32<RATIO>;
    type FeeInfo = Fees<IdentityFee<Balance>, Multiplier>;
    type GasScale = ConstU32<10>;
}

/// A precompile of this runtime: returns its input twice.
pub struct Doubler;

impl Precompile<Test> for Doubler {
    const MATCHER: AddressMatcher = AddressMatcher::Fixed(NonZeroU16::new(10).unwrap());

    fn call(env: &mut Environment<'_, Test>, input: &[u8]) -> PrecompileResult {
        env.charge(Weight::from_parts(1_000, 0))?;
        Ok([input, input].concat())
    }
}

/// A precompile of this runtime: returns what the address says, or how it fails.
pub struct Prefixed;

impl Precompile<Test> for Prefixed {
    const MATCHER: AddressMatcher = AddressMatcher::Prefix(NonZeroU16::new(11).unwrap());

    fn call(env: &mut Environment<'_, Test>, input: &[u8]) -> PrecompileResult {
        match input {
            b"revert" => Err(Failure::revert("as you wish")),
            b"fail" => Err(Error::<Test>::ContractTrapped.into()),
            _ => Ok(env.callee().as_bytes()[..4].to_vec()),
        }
    }
}

pub(crate) const ALICE: AccountId32 = AccountId32::new([1; 32]);
pub(crate) const BOB: AccountId32 = AccountId32::new([2; 32]);
/// Has money, but is not mapped.
pub(crate) const CHARLIE: AccountId32 = AccountId32::new([3; 32]);

/// A weight limit that no test contract reaches by accident.
pub(crate) const WEIGHT: Weight = Weight::from_parts(100_000_000_000, 10 * 1024 * 1024);

/// Runs `test` in block 1 of a fresh chain, once on each carrier, and checks the invariants of the state behind it.
pub(crate) fn new_test(mut test: impl FnMut()) {
    for carrier in [Carrier::Host, Carrier::Embedded] {
        test_on(carrier, &mut test);
    }
}

/// As [`new_test`], on one carrier.
pub(crate) fn test_on<R>(carrier: Carrier, test: impl FnOnce() -> R) -> R {
    let mut externalities = externalities(carrier);
    let result = externalities.execute_with(test);
    // Child tries show in the state only when they are a part of it.
    externalities.commit_all().expect("no layer is left open");
    externalities.execute_with(check_state);
    result
}

/// Checks the invariants of the state: those of the pallet, and what holds because there is no other pallet with money or child
/// tries.
#[track_caller]
pub(crate) fn check_state() {
    crate::try_state::check::<Test>().expect("the invariants of the state hold");
    let accounts = frame_system::Account::<Test>::iter_values();
    let sum: Balance = accounts.map(|account| account.data.free + account.data.reserved).sum();
    assert_eq!(sum, Balances::total_issuance(), "all money is on accounts");
    let of_contracts = crate::AccountInfoOf::<Test>::iter_keys()
        .filter_map(|address| crate::storage::ContractInfo::<Test>::load(&address))
        .map(|contract| contract.trie_id);
    let known: BTreeSet<_> = of_contracts.chain(crate::DeletionQueue::<Test>::iter_values()).collect();
    let prefix = sp_core::storage::well_known_keys::DEFAULT_CHILD_STORAGE_KEY_PREFIX;
    let mut key = prefix.to_vec();
    while let Some(next) = sp_io::storage::next_key(&key) {
        let Some(id) = next.strip_prefix(prefix) else { break };
        let id = TrieId::try_from(id.to_vec()).expect("it is as long as those of contracts");
        assert!(known.contains(&id), "a child trie belongs to a contract or waits for its deletion");
        key = next;
    }
}

/// All money that moves, in wei: what the pallet mints for accounts of contracts does not.
pub(crate) fn money() -> u128 {
    use frame_support::traits::fungible::Inspect;
    let dust: u128 =
        crate::AccountInfoOf::<Test>::iter_values().map(|account| u128::from(account.dust)).sum();
    <Balances as Inspect<AccountId32>>::active_issuance() * u128::from(RATIO) + dust
}

/// Block 1 of a fresh chain with that carrier.
pub(crate) fn externalities(carrier: Carrier) -> sp_io::TestExternalities {
    externalities_with(carrier, Vec::new())
}

/// As [`externalities`], with `accounts` at genesis.
pub(crate) fn externalities_with(
    carrier: Carrier,
    accounts: Vec<GenesisAccount>,
) -> sp_io::TestExternalities {
    carrier.choose();
    // What an earlier test on this thread may have changed.
    DepositPerByte::set(PER_BYTE);
    DepositPerItem::set(PER_ITEM);
    DepositPerChildTrieItem::set(PER_CHILD_ITEM);
    CodeHashLockupDepositPercent::set(Perbill::from_percent(10));
    Deployed::set(0);
    let storage = RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig {
            balances: vec![(ALICE, ENDOWMENT), (BOB, ENDOWMENT), (CHARLIE, ENDOWMENT)],
            ..Default::default()
        },
        revive: pallet_revive_vm::GenesisConfig { mapped_accounts: vec![ALICE, BOB, ALICE], accounts },
        ..Default::default()
    }
    .build_storage()
    .expect("the genesis of the tests is sound");
    let mut externalities = sp_io::TestExternalities::new(storage);
    externalities.execute_with(|| {
        System::set_block_number(1);
        // As the transaction extension does before an extrinsic of Alice's runs.
        System::inc_account_nonce(ALICE);
        Timestamp::set_timestamp(1_700_000_000_999);
    });
    externalities
}

/// A fresh chain for the benchmarks.
#[cfg(feature = "runtime-benchmarks")]
pub(crate) fn benchmark_externalities() -> sp_io::TestExternalities {
    externalities(Carrier::Host)
}
