// SPDX-License-Identifier: Apache-2.0
//! A FRAME pallet that runs RISC-V contracts.
//!
//! A contract is a blob of the instruction set ReviveV1 with the exports `deploy` and `call`. It is checked once, when it is
//! uploaded, and runs in the node behind host functions; everything it wants from the chain goes through [`host`].
//!
//! | Module | Idea |
//! |---|---|
//! | [`code`] | the upload check, code records and their deposits |
//! | [`address`] | addresses, account mapping |
//! | [`exec`] | the frame stack: nesting, roll-back, value, constructors, settlement of deposits |
//! | [`engine`] | the two carriers: the node behind host functions, and an interpreter in the runtime |
//! | [`vm`] | one guest from its start to its end: gas, exits, host calls |
//! | [`host`] | what a contract can import, one file per family |
//! | [`precompiles`] | functions of the runtime that contracts call like contracts: Ethereum's, the ABI's, the chain's own |
//! | [`metering`] | weight, gas and storage deposit of a frame |
//! | [`storage`] | records and child tries |
//! | [`transient`] | storage that lasts for one transaction |
//! | [`deletion`] | the storage of contracts that are gone, deleted in idle time |
//! | [`genesis`] | accounts and contracts that a chain begins with |
//! | [`balance`] | native units, wei and dust |
//! | [`limits`], [`weights`] | every number that a contract or a block builder can notice |
//! | [`minimal_proxy`] | what Ethereum's machine code for clones is turned into |
//! | [`migrations`] | from the layout of an earlier version to today's, in steps |
//! | [`dry_run`], [`runtime_api`] | what clients call without a transaction |
//! | [`tracing`], [`estimate`] | looking on while contracts run; limits that suffice |
//! | `programs`, `benchmarking` | contracts for tests and measurements; what the prices come from |
//! | `try_state` | the invariants of the state, checked by tests and by try-runtime |
//!
//! Rules that hold everywhere: charge before acting; a failed frame leaves no trace but the weight it used; whatever a contract
//! or an origin passes in may be refused, never cause a panic.
//!
//! # In a runtime of one's own
//!
//! `node-template/runtime` is an example of everything.
//!
//! - **Carrier**: [`HostEngine`] with [`SubstrateWeight`] wants a node, a genesis builder and a benchmark command that have the host
//!   functions `revive_vm_runtime_interface::HostFunctions`. A runtime that others execute as well, such as the validators of a relay
//!   chain for a parachain, takes [`EmbeddedEngine`] with [`EmbeddedWeight`]. Weights are to be measured on the machines of the chain
//!   (decision 0014).
//! - **Numbers**: the integrity test finds those that cannot be. Prices of deposits may be zero or change at any time: what a contract
//!   holds is given back in equal shares, whatever each item was stored for. If the existential deposit rises, contracts that have less
//!   can store no more until somebody sends them the difference. If it falls, what was minted beyond it becomes theirs to spend, and who
//!   sees that coming makes many contracts: such an upgrade takes the difference from the accounts of contracts.
//! - **Upgrades**: [`migrations`] go into the list of `pallet-migrations`, whose `MaxServiceWeight` must be at least the weight of
//!   uploading [`limits::BLOB_BYTES_MAX`] bytes, or a migration stops at the first large code. `try_state` checks the whole state of the
//!   pallet.
//! - **State version** (`system_version`) 1 or later: before, whoever removes a code has all of it in the proof, and nobody pays for that.
//! - **Accounts**: [`AccountId32Mapper`] or [`AccountId20Mapper`]. Contracts and the pallet live on accounts whose existential deposit is
//!   minted, does not count as active issuance, and is burnt with them.
//! - **Clients** want the runtime API [`runtime_api::ReviveApi`].

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod address;
pub mod balance;
pub mod code;
pub mod deletion;
pub mod dry_run;
pub mod engine;
pub mod estimate;
pub mod exec;
pub mod filling;
pub mod genesis;
pub mod host;
pub mod limits;
pub mod metering;
pub mod migrations;
pub mod minimal_proxy;
pub mod precompiles;
pub mod primitives;
#[cfg(any(test, feature = "std", feature = "runtime-benchmarks"))]
pub mod programs;
pub mod runtime_api;
pub mod storage;
pub mod tracing;
pub mod transient;
pub mod vm;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(test, feature = "try-runtime"))]
mod try_state;

pub use address::{AccountId20Mapper, AccountId32Mapper, AddressMapper};
pub use engine::{EmbeddedEngine, HostEngine};
pub use genesis::{GenesisAccount, GenesisContract};
pub use metering::{FeeInfo, Fees};
pub use pallet::*;
pub use primitives::*;
pub use weights::{EmbeddedWeight, SubstrateWeight, WeightInfo};

/// The account id of a chain.
pub type AccountIdOf<T> = <T as frame_system::Config>::AccountId;
/// The native balance of a chain.
pub type BalanceOf<T> = <T as Config>::Balance;

/// Target of the pallet's log lines.
pub const LOG_TARGET: &str = "runtime::revive";

#[allow(unused_qualifications, reason = "the attributes of the pallet macro have to be qualified")]
#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use crate::{
        exec::Origin,
        storage::{AccountInfo, CodeInfo, TrieId},
    };
    use alloc::vec::Vec;
    use frame_support::{
        dispatch::{DispatchResultWithPostInfo, Pays},
        pallet_prelude::*,
        traits::{
            fungible::{Balanced, Inspect, Mutate, MutateHold},
            tokens::Balance as BalanceTrait,
            FindAuthor, Time,
        },
        PalletId,
    };
    use frame_system::pallet_prelude::*;
    use sp_core::{H160, H256, U256};
    use sp_runtime::{
        traits::{AccountIdConversion, Zero},
        FixedPointOperand, Perbill,
    };

    /// Derives the account that holds the deposits of uploaded code.
    pub const PALLET_ID: PalletId = PalletId(*b"py/reviv");

    /// What a runtime provides.
    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>, Hash: Into<H256>> {
        /// What runs the contracts: [`HostEngine`] or [`EmbeddedEngine`].
        type Engine: engine::Engine;

        /// Functions of this runtime that contracts can call, beside those that every chain has: types that implement
        /// [`precompiles::Precompile`], in a tuple.
        type Precompiles: precompiles::Precompiles<Self>;

        /// The version of the host functions' behaviour that uploaded code is bound to, unless the uploader chooses; see
        /// [`limits::BEHAVIOUR_VERSION_MAX`].
        #[pallet::constant]
        type BehaviourVersion: Get<u32>;

        /// Which events of its own the pallet emits.
        type EventLevel: Get<EventLevel>;

        /// The time of the block, in milliseconds.
        type Time: Time<Moment: Into<U256>>;

        /// The native balance.
        type Balance: BalanceTrait + FixedPointOperand + Into<U256> + TryFrom<U256>;

        /// The native currency. Its existential deposit is greater than zero: contracts and the pallet live on accounts that it
        /// makes.
        type Currency: Inspect<Self::AccountId, Balance = Self::Balance>
            + Mutate<Self::AccountId>
            + MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>
            + Balanced<Self::AccountId>;

        /// The reasons for holds.
        type RuntimeHoldReason: From<HoldReason>;

        /// The prices of everything.
        type WeightInfo: WeightInfo;

        /// The author of the block. `()` where it is unknown; contracts see the zero address then.
        type FindAuthor: FindAuthor<Self::AccountId>;

        /// Deposit for one byte of state, in native units.
        #[pallet::constant]
        type DepositPerByte: Get<Self::Balance>;

        /// Deposit for one item of state, in native units.
        #[pallet::constant]
        type DepositPerItem: Get<Self::Balance>;

        /// Deposit for one item in the storage of a contract, in native units.
        #[pallet::constant]
        type DepositPerChildTrieItem: Get<Self::Balance>;

        /// The share of a code's deposit that each contract with this code pays in addition.
        #[pallet::constant]
        type CodeHashLockupDepositPercent: Get<Perbill>;

        /// The translation between accounts and addresses: [`AccountId32Mapper`] or [`AccountId20Mapper`].
        type AddressMapper: AddressMapper<Self>;

        /// Who may upload code.
        type UploadOrigin: EnsureOrigin<OriginFor<Self>, Success = Self::AccountId>;

        /// Who may create contracts by extrinsic. Contracts may always create contracts.
        type InstantiateOrigin: EnsureOrigin<OriginFor<Self>, Success = Self::AccountId>;

        /// The chain id that contracts see. Greater than zero.
        #[pallet::constant]
        type ChainId: Get<u64>;

        /// Wei in one native unit: ten to the power of 18 less the decimals of the currency, for tools that take a whole to have
        /// 10^18 wei. With less than nine decimals that does not fit. Greater than zero.
        #[pallet::constant]
        type NativeToEthRatio: Get<u32>;

        /// The fees of the chain, for what contracts and tools see as gas; see [`Fees`].
        type FeeInfo: FeeInfo<Self::Balance>;

        /// Fee units in one unit of Ethereum gas. Greater than zero. A full block must be worth at least [`metering::BLOCK_GAS_MIN`]
        /// of gas, or what a caller passes on is more than there is, and no limit; and not more than 64 bits hold.
        #[pallet::constant]
        type GasScale: Get<u32>;
    }

    /// The pallet.
    #[pallet::pallet]
    #[pallet::storage_version(migrations::STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// The blobs, by keccak-256. None is longer than [`limits::BLOB_BYTES_MAX`].
    #[pallet::storage]
    #[pallet::unbounded]
    pub type PristineCode<T: Config> = StorageMap<_, Identity, H256, Vec<u8>>;

    /// The records of the blobs in [`PristineCode`].
    #[pallet::storage]
    pub type CodeInfoOf<T: Config> = StorageMap<_, Identity, H256, CodeInfo<T>>;

    /// Contracts, and accounts with a balance below one native unit.
    #[pallet::storage]
    pub type AccountInfoOf<T: Config> = StorageMap<_, Identity, H160, AccountInfo<T>>;

    /// The immutable data of contracts.
    #[pallet::storage]
    pub type ImmutableDataOf<T: Config> =
        StorageMap<_, Identity, H160, BoundedVec<u8, ConstU32<{ limits::IMMUTABLE_BYTES_MAX }>>>;

    /// The accounts behind addresses that cannot be turned back into an account.
    #[pallet::storage]
    pub type OriginalAccount<T: Config> = StorageMap<_, Identity, H160, T::AccountId>;

    /// Child tries of contracts that are gone, to be deleted in the order of their numbers.
    #[pallet::storage]
    pub type DeletionQueue<T: Config> = StorageMap<_, Twox64Concat, u32, TrieId>;

    /// The numbers of the deletion queue.
    #[pallet::storage]
    pub type DeletionQueueCounter<T: Config> = StorageValue<_, deletion::Counter, ValueQuery>;

    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A contract emitted an event.
        #[codec(index = 0)]
        ContractEmitted {
            /// The contract; in a delegate call the one that delegated.
            contract: H160,
            /// The data of the event.
            data: Vec<u8>,
            /// The topics, at most four.
            topics: Vec<H256>,
        },
        /// An extrinsic created a contract.
        #[codec(index = 1)]
        Instantiated {
            /// Who created it.
            deployer: H160,
            /// The contract.
            contract: H160,
        },
        /// Code was uploaded.
        #[codec(index = 16)]
        CodeStored {
            /// Keccak-256 of the blob.
            code_hash: H256,
            /// What the uploader paid.
            deposit: BalanceOf<T>,
            /// The uploader.
            owner: T::AccountId,
        },
        /// Code was removed.
        #[codec(index = 17)]
        CodeRemoved {
            /// Keccak-256 of the blob.
            code_hash: H256,
            /// What the uploader got back: nothing, if the account cannot take it any more.
            deposit: BalanceOf<T>,
            /// The uploader.
            owner: T::AccountId,
        },
        /// A contract has other code now.
        #[codec(index = 18)]
        CodeUpdated {
            /// The contract.
            contract: H160,
            /// Keccak-256 of the blob that it runs from now on.
            code_hash: H256,
            /// Keccak-256 of the blob that it ran until now.
            old_code_hash: H256,
        },
        /// A contract is gone.
        #[codec(index = 19)]
        Terminated {
            /// The contract that was there.
            contract: H160,
            /// Who got what it had.
            beneficiary: H160,
        },
        /// A contract was called, by a user or by a contract.
        #[codec(index = 20)]
        Called {
            /// Who called; nobody, if it was the chain itself.
            caller: Option<H160>,
            /// The contract.
            contract: H160,
        },
        /// Storage deposit moved between the origin of a transaction and a contract.
        #[codec(index = 21)]
        StorageDepositMoved {
            /// The contract.
            contract: H160,
            /// How much, and which way.
            amount: StorageDeposit<BalanceOf<T>>,
        },
    }

    impl<T: Config> Event<T> {
        /// The level from which on the event is emitted.
        fn level(&self) -> EventLevel {
            match self {
                Self::ContractEmitted { .. } | Self::Instantiated { .. } => EventLevel::Contracts,
                Self::CodeStored { .. }
                | Self::CodeRemoved { .. }
                | Self::CodeUpdated { .. }
                | Self::Terminated { .. } => EventLevel::Lifecycle,
                Self::Called { .. } | Self::StorageDepositMoved { .. } => EventLevel::Everything,
                Self::__Ignore(..) => EventLevel::Contracts,
            }
        }
    }

    /// What went wrong. The numbers up to 0x43 are those of the contract ABI; from 0x80 on they are this pallet's own and
    /// split up refusals that the ABI has one number for.
    #[pallet::error]
    pub enum Error<T> {
        /// Unknown or forbidden bits in call or return flags.
        #[codec(index = 0x02)]
        InvalidCallFlags,
        /// The weight or gas is used up.
        #[codec(index = 0x03)]
        OutOfGas,
        /// The value could not be moved.
        #[codec(index = 0x04)]
        TransferFailed,
        /// Too many nested calls.
        #[codec(index = 0x05)]
        MaxCallDepthReached,
        /// There is no contract at the address.
        #[codec(index = 0x06)]
        ContractNotFound,
        /// There is no code with this hash.
        #[codec(index = 0x07)]
        CodeNotFound,
        /// There is no record of the code with this hash.
        #[codec(index = 0x08)]
        CodeInfoNotFound,
        /// A contract passed a pointer or length that is not within its memory.
        #[codec(index = 0x09)]
        OutOfBounds,
        /// A contract passed an argument that cannot be decoded, such as a key that is too long.
        #[codec(index = 0x0A)]
        DecodingFailed,
        /// The contract trapped.
        #[codec(index = 0x0B)]
        ContractTrapped,
        /// A storage value or event is too long.
        #[codec(index = 0x0C)]
        ValueTooLarge,
        /// The contract gave its input away and used it again.
        #[codec(index = 0x0E)]
        InputForwarded,
        /// An event has more than four topics.
        #[codec(index = 0x0F)]
        TooManyTopics,
        /// There is a contract at the address already.
        #[codec(index = 0x12)]
        DuplicateContract,
        /// A contract is called again that does not allow it.
        #[codec(index = 0x14)]
        ReentranceDenied,
        /// A read-only call tried to change the state.
        #[codec(index = 0x16)]
        StateChangeDenied,
        /// The origin cannot pay the storage deposit.
        #[codec(index = 0x17)]
        StorageDepositNotEnoughFunds,
        /// The storage deposit is over its limit.
        #[codec(index = 0x18)]
        StorageDepositLimitExhausted,
        /// The code cannot be removed while a contract has it.
        #[codec(index = 0x19)]
        CodeInUse,
        /// The contract reverted. Its output is not part of an extrinsic's outcome; a dry run shows it.
        #[codec(index = 0x1A)]
        ContractReverted,
        /// The code is not a valid blob.
        #[codec(index = 0x1B)]
        CodeRejected,
        /// The blob is too long.
        #[codec(index = 0x1C)]
        BlobTooLarge,
        /// The code needs too much memory.
        #[codec(index = 0x1D)]
        StaticMemoryTooLarge,
        /// A basic block of the code is too long.
        #[codec(index = 0x1E)]
        BasicBlockTooLarge,
        /// The code contains an instruction that is invalid or not allowed.
        #[codec(index = 0x1F)]
        InvalidInstruction,
        /// The transient storage of the transaction is full.
        #[codec(index = 0x24)]
        OutOfTransientStorage,
        /// The contract called an import number that it does not declare.
        #[codec(index = 0x25)]
        InvalidSyscall,
        /// Unknown bits in storage flags.
        #[codec(index = 0x26)]
        InvalidStorageFlags,
        /// The code could not be run.
        #[codec(index = 0x27)]
        ExecutionFailed,
        /// A value does not fit into the native balance.
        #[codec(index = 0x28)]
        BalanceConversionFailed,
        /// Immutable data read in a constructor, written outside of one, or not there.
        #[codec(index = 0x2A)]
        InvalidImmutableAccess,
        /// The account has to be mapped first: call `map_account`.
        #[codec(index = 0x2B)]
        AccountUnmapped,
        /// The account is mapped already.
        #[codec(index = 0x2C)]
        AccountAlreadyMapped,
        /// The number of contracts with this code cannot be counted.
        #[codec(index = 0x2E)]
        RefcountOverOrUnderflow,
        /// The address belongs to a function that this chain does not offer.
        #[codec(index = 0x2F)]
        UnsupportedPrecompileAddress,
        /// The input of a call is too long.
        #[codec(index = 0x30)]
        CallDataTooLarge,
        /// The output of a call is too long.
        #[codec(index = 0x31)]
        ReturnDataTooLarge,
        /// A storage deposit cannot be given back: it is not there.
        #[codec(index = 0x38)]
        StorageRefundNotEnoughFunds,
        /// The code is for another instruction set.
        #[codec(index = 0x80)]
        WrongInstructionSet,
        /// The code declares more imports than there are host functions.
        #[codec(index = 0x81)]
        TooManyImports,
        /// The code declares an import whose symbol cannot be read.
        #[codec(index = 0x82)]
        MalformedImport,
        /// The code declares an import that this chain does not offer.
        #[codec(index = 0x83)]
        UnknownImport,
        /// The code does not export `deploy` or does not export `call`.
        #[codec(index = 0x84)]
        MissingExport,
        /// The input of a precompile is not what it takes.
        #[codec(index = 0x85)]
        InvalidPrecompileInput,
        /// There is no such version of the host functions' behaviour.
        #[codec(index = 0x86)]
        UnknownBehaviourVersion,
    }

    /// Why native balance is on hold.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// The deposit for uploaded code, on the pallet's account.
        CodeUploadDepositReserve,
        /// The deposit for a contract and its storage, on the contract's account.
        StorageDepositReserve,
        /// The deposit for the mapping of an account, on that account.
        AddressMapping,
    }

    /// The state at genesis.
    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Accounts to map without a deposit.
        pub mapped_accounts: Vec<T::AccountId>,
        /// Accounts and contracts that are there from the start.
        #[serde(default)]
        pub accounts: Vec<genesis::GenesisAccount>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            Pallet::<T>::ensure_pallet_account();
            for account in &self.mapped_accounts {
                // An account that is listed twice or needs no mapping is what the list asks for already.
                let _ = T::AddressMapper::map_no_deposit(account);
            }
            for account in &self.accounts {
                if let Err(reason) = account.build::<T>() {
                    panic!("the account {:?} of the genesis cannot be made: {reason}", account.address);
                }
            }
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_idle(_block: BlockNumberFor<T>, remaining: Weight) -> Weight {
            deletion::drain::<T>(remaining)
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_block: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            try_state::check::<T>()
        }

        fn integrity_test() {
            assert!(
                T::BehaviourVersion::get() <= limits::BEHAVIOUR_VERSION_MAX,
                "BehaviourVersion must be one that the pallet knows"
            );
            precompiles::assert_no_overlap::<T>();
            assert!(T::ChainId::get() > 0, "ChainId must be greater than 0");
            assert!(T::NativeToEthRatio::get() > 0, "NativeToEthRatio must be greater than 0");
            assert!(T::GasScale::get() > 0, "GasScale must be greater than 0");
            assert!(T::WeightInfo::vm_gas().ref_time() > 1, "one unit of VM gas must cost more than 1 ps");
            assert!(
                !T::Currency::minimum_balance().is_zero(),
                "the existential deposit must be greater than 0"
            );
            let block = T::BlockWeights::get().max_block;
            let gas = metering::GasConversion::<T>::gas(block, Default::default());
            let range = U256::from(metering::BLOCK_GAS_MIN)..U256::from(u64::MAX);
            assert!(
                range.contains(&gas),
                "a full block is worth {gas} gas: FeeInfo and GasScale must make it at least {} and less than 2^64",
                metering::BLOCK_GAS_MIN
            );
            let deletion = T::WeightInfo::on_idle_base()
                .saturating_add(T::WeightInfo::on_idle_entry())
                .saturating_add(T::WeightInfo::on_idle_key());
            assert!(
                deletion.all_lte(block),
                "a block of {block:?} has no time to delete an item of a contract that is gone: {deletion:?}"
            );
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Calls the contract at `dest`, or transfers `value` if there is none.
        ///
        /// `value` is in native units. The weight and the storage deposit that the contract uses are limited; what is left of
        /// `weight_limit` is not paid for. A contract that reverts fails the extrinsic with `ContractReverted`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::call().saturating_add(*weight_limit))]
        pub fn call(
            origin: OriginFor<T>,
            dest: H160,
            #[pallet::compact] value: BalanceOf<T>,
            weight_limit: Weight,
            #[pallet::compact] storage_deposit_limit: BalanceOf<T>,
            data: Vec<u8>,
        ) -> DispatchResultWithPostInfo {
            let origin = Origin::from_runtime::<T>(origin)?;
            let outcome = Self::bare_call(origin, dest, value, weight_limit, storage_deposit_limit, data);
            outcome.into_dispatch_result::<T>(T::WeightInfo::call())
        }

        /// Creates a contract from uploaded code and calls its `deploy` with `data`.
        ///
        /// The address follows from the origin and its nonce or, with a `salt`, from origin, code, `data` and salt.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::instantiate(data.len() as u32).saturating_add(*weight_limit))]
        pub fn instantiate(
            origin: OriginFor<T>,
            #[pallet::compact] value: BalanceOf<T>,
            weight_limit: Weight,
            #[pallet::compact] storage_deposit_limit: BalanceOf<T>,
            code_hash: H256,
            data: Vec<u8>,
            salt: Option<[u8; 32]>,
        ) -> DispatchResultWithPostInfo {
            let account = Self::ensure_key_holder(T::InstantiateOrigin::ensure_origin(origin)?)?;
            let base = T::WeightInfo::instantiate(data.len() as u32);
            let code = Code::Existing(code_hash);
            let outcome = Self::bare_instantiate(
                Origin::Signed(account),
                value,
                weight_limit,
                storage_deposit_limit,
                code,
                data,
                salt,
            );
            outcome.into_dispatch_result::<T>(base)
        }

        /// Uploads `code`, unless it is there already, and creates a contract from it as [`Self::instantiate`] does.
        ///
        /// The deposit for the code counts against `storage_deposit_limit`.
        #[pallet::call_index(3)]
        #[pallet::weight(
            T::WeightInfo::instantiate_with_code(code.len() as u32, data.len() as u32).saturating_add(*weight_limit)
        )]
        pub fn instantiate_with_code(
            origin: OriginFor<T>,
            #[pallet::compact] value: BalanceOf<T>,
            weight_limit: Weight,
            #[pallet::compact] storage_deposit_limit: BalanceOf<T>,
            code: Vec<u8>,
            data: Vec<u8>,
            salt: Option<[u8; 32]>,
        ) -> DispatchResultWithPostInfo {
            T::UploadOrigin::ensure_origin(origin.clone())?;
            let account = Self::ensure_key_holder(T::InstantiateOrigin::ensure_origin(origin)?)?;
            let base = T::WeightInfo::instantiate_with_code(code.len() as u32, data.len() as u32);
            let outcome = Self::bare_instantiate(
                Origin::Signed(account),
                value,
                weight_limit,
                storage_deposit_limit,
                Code::Upload(code),
                data,
                salt,
            );
            outcome.into_dispatch_result::<T>(base)
        }

        /// Checks and stores `code`. Takes a deposit unless the code is there already.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::upload_code(code.len() as u32))]
        pub fn upload_code(
            origin: OriginFor<T>,
            code: Vec<u8>,
            #[pallet::compact] storage_deposit_limit: BalanceOf<T>,
        ) -> DispatchResult {
            let account = T::UploadOrigin::ensure_origin(origin)?;
            Self::bare_upload_code(&account, &code, storage_deposit_limit, T::BehaviourVersion::get())
                .map_err(|refusal| refusal.error)?;
            Ok(())
        }

        /// Removes code that no contract has, and gives the deposit back. Only for its uploader. Free if it succeeds.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::remove_code())]
        pub fn remove_code(origin: OriginFor<T>, code_hash: H256) -> DispatchResultWithPostInfo {
            let account = ensure_signed(origin)?;
            code::remove::<T>(&account, code_hash)?;
            Ok(Pays::No.into())
        }

        /// Replaces the code of a contract. Root only. Storage and immutable data stay, no code is run.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::set_code())]
        pub fn set_code(origin: OriginFor<T>, dest: H160, code_hash: H256) -> DispatchResult {
            ensure_root(origin)?;
            code::replace::<T>(&dest, code_hash)
        }

        /// Makes the account of the origin known by its address, so that it can use contracts. Takes a deposit.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::map_account())]
        pub fn map_account(origin: OriginFor<T>) -> DispatchResult {
            let account = ensure_signed(origin)?;
            T::AddressMapper::map(&account)
        }

        /// Undoes [`Self::map_account`] and gives the deposit back.
        ///
        /// What was sent to the address in the meantime stays with the account; what is sent afterwards reaches the fallback
        /// account of the address.
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::unmap_account())]
        pub fn unmap_account(origin: OriginFor<T>) -> DispatchResult {
            let account = ensure_signed(origin)?;
            T::AddressMapper::unmap(&account)
        }

        /// As [`Self::upload_code`], and binds the code to a version of the host functions' behaviour of the uploader's choice.
        /// Code that is there already keeps its own.
        #[pallet::call_index(32)]
        #[pallet::weight(T::WeightInfo::upload_code(code.len() as u32))]
        pub fn upload_code_with_behaviour(
            origin: OriginFor<T>,
            code: Vec<u8>,
            #[pallet::compact] storage_deposit_limit: BalanceOf<T>,
            behaviour_version: u32,
        ) -> DispatchResult {
            let account = T::UploadOrigin::ensure_origin(origin)?;
            Self::bare_upload_code(&account, &code, storage_deposit_limit, behaviour_version)
                .map(|_| ())
                .map_err(|refusal| refusal.error)
        }
    }

    impl<T: Config> Pallet<T> {
        /// The account that holds the deposits of uploaded code.
        pub fn account_id() -> T::AccountId {
            PALLET_ID.into_account_truncating()
        }

        /// Gives the pallet's account its existential deposit if it does not exist, as in a chain that had no genesis with this
        /// pallet. Nobody pays, and the units do not count as active.
        pub(crate) fn ensure_pallet_account() {
            let account = Self::account_id();
            if !frame_system::Pallet::<T>::account_exists(&account) {
                balance::mint_existential_deposit::<T>(&account);
            }
        }

        /// Emits an event of this pallet, if the chain wants it.
        pub(crate) fn emit(event: Event<T>) {
            if event.level() <= T::EventLevel::get() {
                Self::deposit_event(event);
            }
        }

        /// Refuses an origin whose address is a contract or a precompile: no key may sign for it (EIP-3607).
        pub(crate) fn ensure_key_holder(account: T::AccountId) -> Result<T::AccountId, DispatchError> {
            let address = T::AddressMapper::to_address(&account);
            if AccountInfo::<T>::is_contract(&address) || precompiles::is_precompile::<T>(&address) {
                return Err(DispatchError::BadOrigin);
            }
            Ok(account)
        }
    }
}
