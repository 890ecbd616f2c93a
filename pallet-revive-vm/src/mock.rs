// SPDX-License-Identifier: Apache-2.0
//! A small chain for the tests: balances, time, contracts. Contracts run in the real host functions, natively.

use crate::{self as pallet_revive_vm, AccountId32Mapper, Fees, SubstrateWeight};
use frame_support::{
    derive_impl, parameter_types,
    traits::{ConstU128, ConstU32, ConstU64},
    weights::{IdentityFee, Weight},
};
use frame_system::EnsureSigned;
use sp_runtime::{traits::IdentityLookup, AccountId32, BuildStorage, FixedU128, Perbill};

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

impl crate::Config for Test {
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

pub(crate) const ALICE: AccountId32 = AccountId32::new([1; 32]);
pub(crate) const BOB: AccountId32 = AccountId32::new([2; 32]);
/// Has money, but is not mapped.
pub(crate) const CHARLIE: AccountId32 = AccountId32::new([3; 32]);

/// A weight limit that no test contract reaches by accident.
pub(crate) const WEIGHT: Weight = Weight::from_parts(100_000_000_000, 10 * 1024 * 1024);

/// Runs `test` in block 1 of a fresh chain.
pub(crate) fn new_test(test: impl FnOnce()) {
    let storage = RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig {
            balances: vec![(ALICE, ENDOWMENT), (BOB, ENDOWMENT), (CHARLIE, ENDOWMENT)],
            ..Default::default()
        },
        revive: pallet_revive_vm::GenesisConfig { mapped_accounts: vec![ALICE, BOB, ALICE] },
        ..Default::default()
    }
    .build_storage()
    .expect("the genesis of the tests is sound");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        System::set_block_number(1);
        // As the transaction extension does before an extrinsic of Alice's runs.
        System::inc_account_nonce(ALICE);
        Timestamp::set_timestamp(1_700_000_000_999);
        test();
    });
}
