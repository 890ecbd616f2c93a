// SPDX-License-Identifier: Apache-2.0
//! What each pallet is configured with.

use frame_support::{
    derive_impl,
    dispatch::DispatchClass,
    parameter_types,
    traits::{ConstBool, ConstU128, ConstU32, ConstU64, ConstU8, FindAuthor, VariantCountOf},
    weights::{
        constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_SECOND},
        IdentityFee, Weight,
    },
};
use frame_system::{
    limits::{BlockLength, BlockWeights},
    EnsureSigned,
};
use pallet_transaction_payment::{ConstFeeMultiplier, FungibleAdapter, Multiplier};
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_core::sr25519;
use sp_runtime::{traits::One, ConsensusEngineId, Perbill};
use sp_version::RuntimeVersion;

use super::{
    slot_time, AccountId, Aura, Balance, Balances, Block, BlockNumber, Hash, MultiBlockMigrations, Nonce,
    PalletInfo, Runtime, RuntimeCall, RuntimeEvent, RuntimeFreezeReason, RuntimeHoldReason, RuntimeOrigin,
    RuntimeTask, System, Timestamp, BLOCK_HASH_COUNT, CENT, EXISTENTIAL_DEPOSIT, MILLICENT, VERSION,
};

/// The share of a block that ordinary transactions may fill.
const NORMAL_DISPATCH_RATIO: Perbill = Perbill::from_percent(75);

/// The longest block, in bytes.
const BLOCK_BYTES_MAX: u32 = 5 * 1024 * 1024;

parameter_types! {
    /// Blocks whose hashes the chain remembers.
    pub const BlockHashCount: BlockNumber = BLOCK_HASH_COUNT;
    /// The runtime's version.
    pub const Version: RuntimeVersion = VERSION;
    /// Two seconds of execution in a block, which is a third of the template's slot. Proof size is not limited,
    /// because nobody has to prove a solo chain's blocks.
    pub RuntimeBlockWeights: BlockWeights = BlockWeights::with_sensible_defaults(
        Weight::from_parts(2 * WEIGHT_REF_TIME_PER_SECOND, u64::MAX),
        NORMAL_DISPATCH_RATIO,
    );
    /// The longest block, by dispatch class.
    pub RuntimeBlockLength: BlockLength = BlockLength::builder()
        .max_length(BLOCK_BYTES_MAX)
        .modify_max_length_for_class(DispatchClass::Normal, |bytes| *bytes = NORMAL_DISPATCH_RATIO * *bytes)
        .build();
    /// How addresses are written: 42, the ecosystem's generic prefix.
    pub const SS58Prefix: u8 = 42;
    /// Fees do not rise with the load.
    pub FeeMultiplier: Multiplier = Multiplier::one();
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type Block = Block;
    type BlockWeights = RuntimeBlockWeights;
    type BlockLength = RuntimeBlockLength;
    type AccountId = AccountId;
    type Nonce = Nonce;
    type Hash = Hash;
    type BlockHashCount = BlockHashCount;
    type DbWeight = ParityDbWeight;
    type Version = Version;
    type AccountData = pallet_balances::AccountData<Balance>;
    type SS58Prefix = SS58Prefix;
    type MaxConsumers = ConstU32<16>;
    type MultiBlockMigrator = MultiBlockMigrations;
}

parameter_types! {
    /// What migrations may take of a block.
    pub MigrationWeight: Weight = Perbill::from_percent(80) * RuntimeBlockWeights::get().max_block;
}

/// Changes of the state's layout that do not fit into the block of an upgrade. While one runs there are no transactions.
impl pallet_migrations::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    #[cfg(not(feature = "runtime-benchmarks"))]
    type Migrations = (pallet_revive_vm::migrations::v1::Migration<Runtime>,);
    #[cfg(feature = "runtime-benchmarks")]
    type Migrations = pallet_migrations::mock_helpers::MockedMigrations;
    type CursorMaxLen = ConstU32<65_536>;
    type IdentifierMaxLen = ConstU32<256>;
    type MigrationStatusHandler = ();
    type FailedMigrationHandler = frame_support::migrations::FreezeChainOnFailedMigration;
    type MaxServiceWeight = MigrationWeight;
    type WeightInfo = pallet_migrations::weights::SubstrateWeight<Runtime>;
}

impl pallet_aura::Config for Runtime {
    type AuthorityId = AuraId;
    type DisabledValidators = ();
    type MaxAuthorities = ConstU32<32>;
    type AllowMultipleBlocksPerSlot = ConstBool<false>;
    type SlotDuration = pallet_aura::MinimumPeriodTimesTwo<Runtime>;
}

impl pallet_grandpa::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = ();
    type MaxAuthorities = ConstU32<32>;
    type MaxNominators = ConstU32<0>;
    type MaxSetIdSessionEntries = ConstU64<0>;
    type KeyOwnerProof = sp_core::Void;
    type EquivocationReportSystem = ();
}

impl slot_time::Config for Runtime {}

impl pallet_timestamp::Config for Runtime {
    type Moment = u64;
    type OnTimestampSet = Aura;
    type MinimumPeriod = slot_time::HalfSlot<Runtime>;
    type WeightInfo = ();
}

impl pallet_balances::Config for Runtime {
    type MaxLocks = ConstU32<50>;
    type MaxReserves = ();
    type ReserveIdentifier = [u8; 8];
    type Balance = Balance;
    type RuntimeEvent = RuntimeEvent;
    type DustRemoval = ();
    type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
    type AccountStore = System;
    type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
    type FreezeIdentifier = RuntimeFreezeReason;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
    type RuntimeHoldReason = RuntimeHoldReason;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type DoneSlashHandler = ();
}

impl pallet_transaction_payment::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type OnChargeTransaction = FungibleAdapter<Balances, ()>;
    type OperationalFeeMultiplier = ConstU8<5>;
    type WeightToFee = IdentityFee<Balance>;
    type LengthToFee = IdentityFee<Balance>;
    type FeeMultiplierUpdate = ConstFeeMultiplier<FeeMultiplier>;
    type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
}

impl pallet_sudo::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type WeightInfo = pallet_sudo::weights::SubstrateWeight<Runtime>;
}

/// The account of the authority whose slot the block has.
pub struct SlotAuthor;

impl FindAuthor<AccountId> for SlotAuthor {
    fn find_author<'a, I>(digests: I) -> Option<AccountId>
    where
        I: 'a + IntoIterator<Item = (ConsensusEngineId, &'a [u8])>,
    {
        let authority = pallet_aura::AuraAuthorId::<Runtime>::find_author(digests)?;
        Some(sr25519::Public::from(authority).into())
    }
}

parameter_types! {
    /// A contract that shares a code pays nothing for the code itself.
    pub const CodeHashLockupDepositPercent: Perbill = Perbill::zero();
    /// A contract whose callee cannot be entered sees a return code.
    pub const BehaviourVersion: u32 = 1;
    /// Code and contracts that come and go are on record.
    pub const EventLevel: pallet_revive_vm::EventLevel = pallet_revive_vm::EventLevel::Lifecycle;
}

/// What runs contracts: the node, behind its host functions.
#[cfg(not(feature = "embedded-engine"))]
type ContractEngine = pallet_revive_vm::HostEngine;

/// The prices of contracts in the node.
#[cfg(not(feature = "embedded-engine"))]
type ContractWeights = pallet_revive_vm::SubstrateWeight<Runtime>;

/// What runs contracts: an interpreter in this runtime. It runs on any node.
#[cfg(feature = "embedded-engine")]
type ContractEngine = pallet_revive_vm::EmbeddedEngine;

/// The prices of contracts in that interpreter.
#[cfg(feature = "embedded-engine")]
type ContractWeights = pallet_revive_vm::EmbeddedWeight<Runtime>;

impl pallet_revive_vm::Config for Runtime {
    type Engine = ContractEngine;
    type Precompiles = ();
    type BehaviourVersion = BehaviourVersion;
    type EventLevel = EventLevel;
    type Time = Timestamp;
    type Balance = Balance;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type WeightInfo = ContractWeights;
    type FindAuthor = SlotAuthor;
    type DepositPerByte = ConstU128<MILLICENT>;
    type DepositPerItem = ConstU128<{ 20 * CENT }>;
    type DepositPerChildTrieItem = ConstU128<{ CENT / 5 }>;
    type CodeHashLockupDepositPercent = CodeHashLockupDepositPercent;
    type AddressMapper = pallet_revive_vm::AccountId32Mapper<Runtime>;
    type UploadOrigin = EnsureSigned<AccountId>;
    type InstantiateOrigin = EnsureSigned<AccountId>;
    // The number that the ecosystem's development chains use.
    type ChainId = ConstU64<420_420_420>;
    // 12 decimals here, 18 in Ethereum.
    type NativeToEthRatio = ConstU32<1_000_000>;
    type FeeInfo = pallet_revive_vm::Fees<IdentityFee<Balance>, FeeMultiplier>;
    type GasScale = ConstU32<10>;
}
