// SPDX-License-Identifier: Apache-2.0
//! A minimal runtime with pallet-revive.

#![no_std]

extern crate alloc;

#[path = "../../exports.rs"]
mod exports;

use alloc::vec::Vec;
use frame_support::{derive_impl, traits::ConstU128, weights::IdentityFee};
use frame_system::EnsureSigned;
use sp_runtime::{
    generic,
    traits::{BlakeTwo256, IdentityLookup},
    AccountId32,
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
        TransactionPayment: pallet_transaction_payment,
        Revive: pallet_revive,
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

// Their pallet asks it for fees.
#[derive_impl(pallet_transaction_payment::config_preludes::TestDefaultConfig)]
impl pallet_transaction_payment::Config for Runtime {
    type OnChargeTransaction = pallet_transaction_payment::FungibleAdapter<Balances, ()>;
    type WeightToFee = IdentityFee<Balance>;
    type LengthToFee = IdentityFee<Balance>;
}

#[derive_impl(pallet_revive::config_preludes::TestDefaultConfig)]
impl pallet_revive::Config for Runtime {
    type AddressMapper = pallet_revive::AccountId32Mapper<Self>;
    type Balance = Balance;
    type Currency = Balances;
    type Time = Timestamp;
    type UploadOrigin = EnsureSigned<AccountId32>;
    type InstantiateOrigin = EnsureSigned<AccountId32>;
    type WeightInfo = pallet_revive::weights::SubstrateWeight<Self>;
}

mod chain {
    use super::{
        exports::{ALICE, ENDOWMENT},
        *,
    };
    use frame_support::{traits::fungible::Mutate, weights::Weight};
    use pallet_revive::{Code, ExecConfig, TransactionLimits};
    use sp_core::{H160, U256};

    const LIMITS: TransactionLimits<Runtime> = TransactionLimits::WeightAndDeposit {
        weight_limit: Weight::from_parts(u64::MAX / 4, u64::MAX / 4),
        deposit_limit: Balance::MAX / 4,
    };

    pub(super) fn genesis() {
        System::initialize(&1, &Default::default(), &Default::default());
        Balances::mint_into(&ALICE, ENDOWMENT).expect("the money can be made");
        Balances::mint_into(&Revive::account_id(), ENDOWMENT).expect("the money can be made");
        Revive::map_account(RuntimeOrigin::signed(ALICE)).expect("Alice can be mapped");
    }

    pub(super) fn deploy(code: Vec<u8>, input: Vec<u8>) -> [u8; 20] {
        let outcome = Revive::bare_instantiate(
            RuntimeOrigin::signed(ALICE),
            U256::zero(),
            LIMITS,
            Code::Upload(code),
            input,
            None,
            &ExecConfig::new_substrate_tx(),
        );
        let created = outcome.result.expect("the contract is created");
        assert!(!created.result.did_revert(), "the constructor reverted");
        created.addr.0
    }

    pub(super) fn call(address: [u8; 20], input: Vec<u8>) -> (Vec<u8>, u64) {
        let outcome = Revive::bare_call(
            RuntimeOrigin::signed(ALICE),
            H160(address),
            U256::zero(),
            LIMITS,
            input,
            &ExecConfig::new_substrate_tx(),
        );
        let output = outcome.result.expect("the call succeeds");
        assert!(!output.did_revert(), "the call reverted");
        (output.data, outcome.weight_consumed.ref_time())
    }
}
