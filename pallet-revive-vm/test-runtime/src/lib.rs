// SPDX-License-Identifier: Apache-2.0
//! A small chain with contracts, to compare the carriers on: balances, time, contracts, signed transactions.
//!
//! This crate is built three times. As wasm with the node's host functions ([`HOST_WASM`]), as wasm with the interpreter inside
//! ([`EMBEDDED_WASM`]), and natively, where each thread chooses its carrier. `tests/carriers` plays one list of scenarios on these
//! four and compares everything that can be observed.

#![cfg_attr(not(feature = "std"), no_std)]
#![allow(missing_docs, reason = "the pallets describe what the runtime macro composes")]
// The macro for the runtime's version writes a section of the wasm file.
#![deny(unsafe_code)]

extern crate alloc;

mod apis;

pub use apis::*;

use alloc::vec::Vec;
use frame_support::{
    derive_impl, parameter_types,
    traits::{ConstU128, ConstU32, ConstU64},
    weights::IdentityFee,
};
use frame_system::EnsureSigned;
use pallet_revive_vm::{AccountId32Mapper, EventLevel, Fees, SubstrateWeight};
use sp_runtime::{
    generic,
    traits::{BlakeTwo256, IdentityLookup},
    AccountId32, FixedU128, MultiSignature, Perbill,
};
use sp_version::RuntimeVersion;

#[cfg(feature = "std")]
mod host {
    #![allow(unreachable_pub, unused)]
    include!(concat!(env!("OUT_DIR"), "/host.rs"));
}

#[cfg(feature = "std")]
mod embedded {
    #![allow(unreachable_pub, unused)]
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

/// The wasm runtime with our host functions, not compressed. `None` if the build was told to leave it out (`SKIP_WASM_BUILD`).
#[cfg(feature = "std")]
pub const HOST_WASM: Option<&[u8]> = host::WASM_BINARY_BLOATY;

/// The wasm runtime with the interpreter inside.
#[cfg(feature = "std")]
pub const EMBEDDED_WASM: Option<&[u8]> = embedded::WASM_BINARY_BLOATY;

/// An amount of the native token.
pub type Balance = u128;
/// A block header.
pub type Header = generic::Header<u32, BlakeTwo256>;
/// A transaction. It names its sender by account.
pub type UncheckedExtrinsic =
    generic::UncheckedExtrinsic<AccountId32, RuntimeCall, MultiSignature, frame_system::CheckNonce<Runtime>>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// Executes blocks and dispatches calls to the pallets.
pub type Executive = frame_executive::Executive<
    Runtime,
    Block,
    frame_system::ChainContext<Runtime>,
    Runtime,
    AllPalletsWithSystem,
>;

/// The version of this runtime.
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: alloc::borrow::Cow::Borrowed("revive-vm-carriers"),
    impl_name: alloc::borrow::Cow::Borrowed("revive-vm-carriers"),
    authoring_version: 1,
    spec_version: 1,
    impl_version: 1,
    apis: RUNTIME_API_VERSIONS,
    transaction_version: 1,
    system_version: 1,
};

frame_support::construct_runtime!(
    pub enum Runtime {
        System: frame_system,
        Timestamp: pallet_timestamp,
        Balances: pallet_balances,
        Revive: pallet_revive_vm,
    }
);

parameter_types! {
    pub const Version: RuntimeVersion = VERSION;
    /// Half of the price of a code for each contract that has it.
    pub const CodeHashLockupDepositPercent: Perbill = Perbill::from_percent(50);
    pub const BehaviourVersion: u32 = 1;
    /// Whatever the pallet can tell is compared.
    pub const Level: EventLevel = EventLevel::Everything;
    pub const Multiplier: FixedU128 = FixedU128::from_u32(1);
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type Block = Block;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
    type AccountData = pallet_balances::AccountData<Balance>;
    type Version = Version;
}

#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Runtime {}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Runtime {
    type Balance = Balance;
    type ExistentialDeposit = ConstU128<1_009>;
    type AccountStore = System;
}

/// Natively each thread chooses.
#[cfg(feature = "std")]
type ContractEngine = pallet_revive_vm::engine::switched::SwitchedEngine;

#[cfg(all(not(feature = "std"), not(feature = "embedded-engine")))]
type ContractEngine = pallet_revive_vm::HostEngine;

#[cfg(all(not(feature = "std"), feature = "embedded-engine"))]
type ContractEngine = pallet_revive_vm::EmbeddedEngine;

impl pallet_revive_vm::Config for Runtime {
    type Engine = ContractEngine;
    type Precompiles = ();
    type BehaviourVersion = BehaviourVersion;
    type EventLevel = Level;
    type Time = Timestamp;
    type Balance = Balance;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type WeightInfo = SubstrateWeight<Runtime>;
    type FindAuthor = ();
    type DepositPerByte = ConstU128<3>;
    type DepositPerItem = ConstU128<500>;
    type DepositPerChildTrieItem = ConstU128<70>;
    type CodeHashLockupDepositPercent = CodeHashLockupDepositPercent;
    type AddressMapper = AccountId32Mapper<Self>;
    type UploadOrigin = EnsureSigned<AccountId32>;
    type InstantiateOrigin = EnsureSigned<AccountId32>;
    type ChainId = ConstU64<4242>;
    type NativeToEthRatio = ConstU32<1_000_000>;
    type FeeInfo = Fees<IdentityFee<Balance>, Multiplier>;
    type GasScale = ConstU32<10>;
}
