// SPDX-License-Identifier: Apache-2.0
//! The runtime of the node template: the ecosystem's solo-chain template with the contracts pallet.
//!
//! What differs from that template is listed in `node-template/README.md`.

#![cfg_attr(not(feature = "std"), no_std)]
#![allow(
    missing_docs,
    reason = "the pallets describe what the runtime macro composes, and the builder the wasm binary"
)]

extern crate alloc;

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

pub mod apis;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarks;
pub mod configs;
pub mod genesis_config_presets;
pub mod slot_time;

use alloc::vec::Vec;
use sp_runtime::{
    generic, impl_opaque_keys,
    traits::{BlakeTwo256, IdentifyAccount, Verify},
    MultiAddress, MultiSignature,
};
use sp_version::RuntimeVersion;

pub use frame_system::Call as SystemCall;
pub use pallet_balances::Call as BalancesCall;
pub use pallet_timestamp::Call as TimestampCall;

/// A block's number.
pub type BlockNumber = u32;
/// A transaction's signature: any of the schemes the ecosystem's wallets use.
pub type Signature = MultiSignature;
/// An account: 32 bytes, for most schemes the public key.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// An amount of the native token, in units of 10^-12 [`UNIT`].
pub type Balance = u128;
/// Number of transactions that an account has sent.
pub type Nonce = u32;
/// A hash of blocks, transactions and tries.
pub type Hash = sp_core::H256;
/// How transactions name accounts.
pub type Address = MultiAddress<AccountId, ()>;
/// A block header.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// A block with its justification.
pub type SignedBlock = generic::SignedBlock<Block>;
/// Names a block by number or hash.
pub type BlockId = generic::BlockId<Block>;

/// One token.
pub const UNIT: Balance = 1_000_000_000_000;
/// A thousandth of a token.
pub const MILLI_UNIT: Balance = UNIT / 1_000;
/// A millionth of a token.
pub const MICRO_UNIT: Balance = UNIT / 1_000_000;
/// A hundredth of a token.
pub const CENT: Balance = UNIT / 100;
/// A thousandth of a [`CENT`].
pub const MILLICENT: Balance = CENT / 1_000;
/// An account below this balance is removed.
pub const EXISTENTIAL_DEPOSIT: Balance = MILLI_UNIT;
/// Blocks whose hashes the chain remembers.
pub const BLOCK_HASH_COUNT: BlockNumber = 2_400;

/// The runtime's types as far as the node needs to know them. Its extrinsics are plain bytes, so that a node can
/// follow a chain through upgrades that change what is in them.
pub mod opaque {
    pub use sp_runtime::OpaqueExtrinsic as UncheckedExtrinsic;

    use super::*;

    /// A block header.
    pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
    /// A block of opaque extrinsics.
    pub type Block = generic::Block<Header, UncheckedExtrinsic>;
    /// Names a block by number or hash.
    pub type BlockId = generic::BlockId<Block>;
}

impl_opaque_keys! {
    /// The keys that a validator signs with.
    pub struct SessionKeys {
        /// For blocks.
        pub aura: Aura,
        /// For votes on finality.
        pub grandpa: Grandpa,
    }
}

/// The version of this runtime.
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: alloc::borrow::Cow::Borrowed("revive-vm-runtime"),
    impl_name: alloc::borrow::Cow::Borrowed("revive-vm-runtime"),
    authoring_version: 1,
    spec_version: 100,
    impl_version: 1,
    apis: apis::RUNTIME_API_VERSIONS,
    transaction_version: 1,
    system_version: 1,
};

/// What surrounds the call in a transaction: checks, payment and bookkeeping, outermost first.
pub type TxExtension = (
    frame_system::AuthorizeCall<Runtime>,
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckEra<Runtime>,
    frame_system::CheckNonce<Runtime>,
    frame_system::CheckWeight<Runtime>,
    pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
    frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
    frame_system::WeightReclaim<Runtime>,
);

/// A transaction as it comes from the network.
pub type UncheckedExtrinsic = generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
/// What a transaction's signature signs.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;

/// What an account signs to send `call` as its transaction number `nonce`, without a tip, on the chain that begins with the block
/// `genesis`. It is valid for `era`, which begins with the block `birth`: that of genesis if it never ends.
pub fn signed_payload(
    call: RuntimeCall,
    nonce: Nonce,
    genesis: Hash,
    era: generic::Era,
    birth: Hash,
) -> SignedPayload {
    let extension: TxExtension = (
        frame_system::AuthorizeCall::new(),
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckEra::from(era),
        frame_system::CheckNonce::from(nonce),
        frame_system::CheckWeight::new(),
        pallet_transaction_payment::ChargeTransactionPayment::from(0),
        frame_metadata_hash_extension::CheckMetadataHash::new(false),
        frame_system::WeightReclaim::new(),
    );
    let (spec, transaction) = (VERSION.spec_version, VERSION.transaction_version);
    SignedPayload::from_raw(
        call,
        extension,
        ((), (), spec, transaction, genesis, birth, (), (), (), None, ()),
    )
}

/// Executes blocks and dispatches calls to the pallets.
pub type Executive = frame_executive::Executive<
    Runtime,
    Block,
    frame_system::ChainContext<Runtime>,
    Runtime,
    AllPalletsWithSystem,
>;

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask,
        RuntimeViewFunction
    )]
    pub struct Runtime;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Timestamp = pallet_timestamp;
    #[runtime::pallet_index(2)]
    pub type Aura = pallet_aura;
    #[runtime::pallet_index(3)]
    pub type Grandpa = pallet_grandpa;
    #[runtime::pallet_index(4)]
    pub type Balances = pallet_balances;
    #[runtime::pallet_index(5)]
    pub type TransactionPayment = pallet_transaction_payment;
    #[runtime::pallet_index(6)]
    pub type Sudo = pallet_sudo;
    #[runtime::pallet_index(7)]
    pub type Revive = pallet_revive_vm;
    #[runtime::pallet_index(8)]
    pub type SlotTime = crate::slot_time;
    #[runtime::pallet_index(9)]
    pub type MultiBlockMigrations = pallet_migrations;
}
