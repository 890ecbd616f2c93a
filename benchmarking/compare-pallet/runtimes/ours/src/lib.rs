// SPDX-License-Identifier: Apache-2.0
//! A minimal runtime with our pallet: over the node's host functions or, with a feature, over the interpreter that the pallet has.

#![no_std]

extern crate alloc;

#[path = "../../exports.rs"]
mod exports;
#[cfg(feature = "runtime-benchmarks")]
mod measured;

use alloc::vec::Vec;
use frame_support::{
    derive_impl, parameter_types,
    traits::{ConstU128, ConstU32, ConstU64},
    weights::IdentityFee,
};
use frame_system::EnsureSigned;
use sp_runtime::{
    generic,
    traits::{BlakeTwo256, IdentityLookup},
    AccountId32, FixedU128, Perbill,
};

type Balance = u128;
type Header = generic::Header<u32, BlakeTwo256>;
type Extrinsic = generic::UncheckedExtrinsic<AccountId32, RuntimeCall, (), ()>;
type Block = generic::Block<Header, Extrinsic>;

frame_support::construct_runtime!(
    pub enum Runtime {
        System: frame_system,
        Timestamp: pallet_timestamp,
        Balances: pallet_balances,
        Revive: pallet_revive_vm,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Runtime {
    type Block = Block;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
    type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Runtime {}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Runtime {
    type Balance = Balance;
    type ExistentialDeposit = ConstU128<1_000>;
    type AccountStore = System;
}

parameter_types! {
    pub const CodeHashLockupDepositPercent: Perbill = Perbill::zero();
    pub const BehaviourVersion: u32 = 1;
    pub const Level: pallet_revive_vm::EventLevel = pallet_revive_vm::EventLevel::Lifecycle;
    pub const Multiplier: FixedU128 = FixedU128::from_u32(1);
}

#[cfg(not(feature = "embedded-engine"))]
type Engine = pallet_revive_vm::HostEngine;
#[cfg(not(feature = "embedded-engine"))]
type Prices = pallet_revive_vm::SubstrateWeight<Runtime>;

#[cfg(feature = "embedded-engine")]
type Engine = pallet_revive_vm::EmbeddedEngine;
#[cfg(feature = "embedded-engine")]
type Prices = pallet_revive_vm::EmbeddedWeight<Runtime>;

impl pallet_revive_vm::Config for Runtime {
    type Engine = Engine;
    type Precompiles = ();
    type BehaviourVersion = BehaviourVersion;
    type EventLevel = Level;
    type Time = Timestamp;
    type Balance = Balance;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type WeightInfo = Prices;
    type FindAuthor = ();
    type DepositPerByte = ConstU128<1>;
    type DepositPerItem = ConstU128<1>;
    type DepositPerChildTrieItem = ConstU128<1>;
    type CodeHashLockupDepositPercent = CodeHashLockupDepositPercent;
    type AddressMapper = pallet_revive_vm::AccountId32Mapper<Self>;
    type UploadOrigin = EnsureSigned<AccountId32>;
    type InstantiateOrigin = EnsureSigned<AccountId32>;
    type ChainId = ConstU64<42>;
    type NativeToEthRatio = ConstU32<1_000_000>;
    type FeeInfo = pallet_revive_vm::Fees<IdentityFee<Balance>, Multiplier>;
    type GasScale = ConstU32<10>;
}

mod chain {
    use super::{
        exports::{ALICE, ENDOWMENT},
        *,
    };
    use frame_support::{traits::fungible::Mutate, weights::Weight};
    use pallet_revive_vm::{exec::Origin, Code};
    use sp_core::H160;

    const ENOUGH: Weight = Weight::from_parts(u64::MAX / 4, u64::MAX / 4);

    pub(super) fn genesis() {
        System::initialize(&1, &Default::default(), &Default::default());
        Balances::mint_into(&ALICE, ENDOWMENT).expect("the money can be made");
        Revive::map_account(RuntimeOrigin::signed(ALICE)).expect("Alice can be mapped");
    }

    pub(super) fn deploy(code: Vec<u8>, input: Vec<u8>) -> [u8; 20] {
        let origin = Origin::Signed(ALICE);
        let code = Code::Upload(code);
        let outcome = Revive::bare_instantiate(origin, 0, ENOUGH, Balance::MAX, code, input, None);
        let created = outcome.result.expect("the contract is created");
        assert!(!created.result.did_revert(), "the constructor reverted");
        created.addr.0
    }

    pub(super) fn call(address: [u8; 20], input: Vec<u8>) -> (Vec<u8>, u64) {
        let origin = Origin::Signed(ALICE);
        let outcome = Revive::bare_call(origin, H160(address), 0, ENOUGH, Balance::MAX, input);
        let output = outcome.result.expect("the call succeeds");
        assert!(!output.did_revert(), "the call reverted");
        (output.data, outcome.weight_consumed.ref_time())
    }
}
