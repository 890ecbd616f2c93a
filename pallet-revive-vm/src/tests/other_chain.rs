// SPDX-License-Identifier: Apache-2.0
//! A chain with other types and numbers than all others here: accounts of 20 bytes, balances of 64 bits with nine decimals, an
//! existential deposit that is worth more than most deposits, blocks of two seconds with little proof, and prices that may be
//! nothing or more than there is.

use super::fixtures::{callable, contract, store_word, RW};
use crate::{
    self as pallet_revive_vm, engine::switched::SwitchedEngine, exec::Origin, mock::Carrier,
    AccountId20Mapper, Code, EmbeddedWeight, Error, EventLevel, Fees, HoldReason,
};
use frame_support::{
    assert_noop, assert_ok, derive_impl, parameter_types,
    traits::{
        fungible::{Inspect, InspectHold},
        ConstU32, ConstU64, Hooks,
    },
    weights::{constants::RocksDbWeight, IdentityFee, Weight},
};
use frame_system::{limits::BlockWeights, EnsureSigned};
use sp_core::H160;
use sp_runtime::{traits::IdentityLookup, BuildStorage, FixedU128, Perbill};

type Block = frame_system::mocking::MockBlock<Chain>;
type Balance = u64;

frame_support::construct_runtime!(
    pub enum Chain {
        System: frame_system,
        Timestamp: pallet_timestamp,
        Balances: pallet_balances,
        Contracts: pallet_revive_vm,
    }
);

const DEPOSIT: Balance = 1_000_000_000;
const USER: H160 = H160([0x11; 20]);
const WEIGHT: Weight = Weight::from_parts(500_000_000_000, 3 * 1024 * 1024);

parameter_types! {
    pub BlockLimits: BlockWeights =
        BlockWeights::simple_max(Weight::from_parts(1_000_000_000_000, 5 * 1024 * 1024));
    pub static PerByte: Balance = 10;
    pub static PerItem: Balance = 1_000;
    pub static Scale: u32 = 1_000;
    pub static ExistentialDeposit: Balance = DEPOSIT;
    pub const Multiplier: FixedU128 = FixedU128::from_u32(2);
    pub const Lockup: Perbill = Perbill::one();
    pub const Version: u32 = 1;
    pub const Level: EventLevel = EventLevel::Everything;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Chain {
    type Block = Block;
    type AccountId = H160;
    type Lookup = IdentityLookup<H160>;
    type AccountData = pallet_balances::AccountData<Balance>;
    type BlockWeights = BlockLimits;
    type DbWeight = RocksDbWeight;
}

#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Chain {}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Chain {
    type Balance = Balance;
    type ExistentialDeposit = ExistentialDeposit;
    type AccountStore = System;
}

impl pallet_revive_vm::Config for Chain {
    type Engine = SwitchedEngine;
    type Precompiles = ();
    type BehaviourVersion = Version;
    type EventLevel = Level;
    type Time = Timestamp;
    type Balance = Balance;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type WeightInfo = EmbeddedWeight<Chain>;
    type FindAuthor = ();
    type DepositPerByte = PerByte;
    type DepositPerItem = PerItem;
    type DepositPerChildTrieItem = PerItem;
    type CodeHashLockupDepositPercent = Lockup;
    type AddressMapper = AccountId20Mapper<Self>;
    type UploadOrigin = EnsureSigned<H160>;
    type InstantiateOrigin = EnsureSigned<H160>;
    type ChainId = ConstU64<{ u64::MAX }>;
    type NativeToEthRatio = ConstU32<1_000_000_000>;
    type FeeInfo = Fees<IdentityFee<Balance>, Multiplier>;
    type GasScale = Scale;
}

/// Runs `test` on a fresh chain, on each carrier. The invariants of the state hold behind it, and no money came or went.
fn on_chain(test: impl Fn()) {
    for carrier in [Carrier::Host, Carrier::Embedded] {
        carrier.choose();
        PerByte::set(10);
        PerItem::set(1_000);
        let storage = RuntimeGenesisConfig {
            balances: pallet_balances::GenesisConfig {
                balances: vec![(USER, 1_000 * DEPOSIT)],
                ..Default::default()
            },
            ..Default::default()
        }
        .build_storage()
        .unwrap();
        sp_io::TestExternalities::new(storage).execute_with(|| {
            System::set_block_number(1);
            let active = <Balances as Inspect<H160>>::active_issuance();
            test();
            assert_eq!(<Balances as Inspect<H160>>::active_issuance(), active);
            crate::try_state::check::<Chain>().unwrap();
        });
    }
}

fn create(blob: &[u8], value: Balance) -> H160 {
    let code = Code::Upload(blob.to_vec());
    let outcome =
        Contracts::bare_instantiate(Origin::Signed(USER), value, WEIGHT, Balance::MAX, code, vec![], None);
    outcome.result.unwrap().addr
}

fn call(dest: H160, data: &[u8]) -> crate::ContractResult<crate::ExecReturnValue, Balance> {
    Contracts::bare_call(Origin::Signed(USER), dest, 0, WEIGHT, Balance::MAX, data.to_vec())
}

#[test]
fn contracts_live_on_it() {
    on_chain(|| {
        let free = Balances::free_balance(USER);
        let dest = create(&store_word(), 5);
        // Accounts are addresses, and a contract is one of them.
        assert_eq!(Balances::free_balance(dest), 5 + DEPOSIT);
        assert_noop!(
            Contracts::call(RuntimeOrigin::signed(dest), USER, 0, WEIGHT, 0, vec![]),
            sp_runtime::DispatchError::BadOrigin
        );
        assert_noop!(
            Contracts::map_account(RuntimeOrigin::signed(USER)),
            Error::<Chain>::AccountAlreadyMapped
        );
        assert_noop!(Contracts::unmap_account(RuntimeOrigin::signed(USER)), Error::<Chain>::AccountUnmapped);

        assert_ok!(call(dest, &[[1; 32], [2; 32]].concat()).result);
        let with_item = Balances::balance_on_hold(&HoldReason::StorageDepositReserve.into(), &dest);
        assert_ok!(call(dest, &[[1; 32], [0; 32]].concat()).result);
        let without = Balances::balance_on_hold(&HoldReason::StorageDepositReserve.into(), &dest);
        assert_eq!(with_item - without, 64 * 10 + 1_000);
        assert_eq!(Balances::free_balance(USER) + without + code_deposits() + 5, free);
    });
}

fn code_deposits() -> Balance {
    Balances::balance_on_hold(&HoldReason::CodeUploadDepositReserve.into(), &Contracts::account_id())
}

#[test]
fn nothing_is_left_of_a_contract_that_ends() {
    on_chain(|| {
        let free = Balances::free_balance(USER);
        let ending =
            contract(|asm| asm.data(RW, USER.as_bytes()).host("terminate", [RW]).trap().end(), |_| {});
        let dest = create(&ending, 77);
        assert!(!System::account_exists(&dest));
        assert_eq!(Balances::free_balance(USER), free);
        assert_eq!(code_deposits(), 0);
        Contracts::on_idle(1, WEIGHT);
    });
}

#[test]
fn prices_of_nothing_and_of_more_than_there_is() {
    on_chain(|| {
        PerByte::set(0);
        PerItem::set(0);
        let dest = create(&store_word(), 0);
        let outcome = call(dest, &[[1; 32], [2; 32]].concat());
        assert_eq!(outcome.storage_deposit, crate::StorageDeposit::Charge(0));
        PerByte::set(Balance::MAX);
        PerItem::set(Balance::MAX);
        let before = super::state_root();
        let outcome = call(dest, &[[2; 32], [2; 32]].concat());
        assert_eq!(outcome.result, Err(Error::<Chain>::StorageDepositNotEnoughFunds.into()));
        let blob = callable(|asm| asm.ret(0, RW, 3).end());
        assert_noop!(
            Contracts::upload_code(RuntimeOrigin::signed(USER), blob, Balance::MAX),
            Error::<Chain>::StorageDepositNotEnoughFunds
        );
        assert_eq!(super::state_root(), before);
        // What was free is given back as nothing.
        assert_eq!(
            call(dest, &[[1; 32], [0; 32]].concat()).storage_deposit,
            crate::StorageDeposit::Charge(0)
        );
    });
}

/// As any account that has less than the existential deposit since it rose, they can take no less than the difference.
#[test]
fn contracts_outlive_a_rise_of_the_existential_deposit() {
    on_chain(|| {
        let dest = create(&store_word(), 5);
        let store = |key: u8| call(dest, &[[key; 32], [1; 32]].concat()).result.map(|_| ());
        assert_ok!(store(1));
        ExistentialDeposit::set(2 * DEPOSIT);
        let before = super::state_root();
        assert_eq!(store(2), Err(Error::<Chain>::StorageDepositNotEnoughFunds.into()));
        assert_eq!(super::state_root(), before);
        // What is stored can be changed and removed.
        assert_ok!(store(1));
        assert_ok!(call(dest, &[[1; 32], [0; 32]].concat()).result);
        assert_ok!(Balances::transfer_keep_alive(RuntimeOrigin::signed(USER), dest, DEPOSIT));
        assert_ok!(store(2));
        ExistentialDeposit::set(DEPOSIT);
    });
}

#[test]
fn the_integrity_test_finds_numbers_that_cannot_be() {
    let check = || {
        sp_io::TestExternalities::default()
            .execute_with(|| std::panic::catch_unwind(<Contracts as Hooks<u64>>::integrity_test))
            .map_err(|panic| *panic.downcast::<String>().unwrap_or_default())
    };
    assert_eq!(check(), Ok(()));
    // With 2,300 gas a good part of a block, the stipend of a transfer would be no limit.
    Scale::set(1_000_000);
    assert!(check().unwrap_err().contains("GasScale"));
    Scale::set(1_000);
    ExistentialDeposit::set(0);
    assert!(check().is_err());
    ExistentialDeposit::set(DEPOSIT);
    assert_eq!(check(), Ok(()));
}
