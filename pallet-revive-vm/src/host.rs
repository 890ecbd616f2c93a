// SPDX-License-Identifier: Apache-2.0
//! The host functions: everything that a contract can import.
//!
//! One row of the table below is one function: its symbol, whether it changes the state, and which guest memory the host has to
//! hand over with the call, so that one crossing is enough. The functions are in one file per family; each charges before it
//! acts. What is not in the table is unknown, and code that imports it is refused at upload.
//!
//! All 39 functions of the contract ABI are there, and one more: `set_code(hash32, input, input_len) -> code`, by which a
//! contract replaces its own code. What the ABI does not offer as functions is in [`crate::precompiles`].
//!
//! A gather of the table may fail without harm, where a function does not look at it: a missing storage item leaves the length
//! cell alone, and a pointer of all ones often means "none".

pub(crate) mod answers;
mod call;
mod context;
mod control;
mod environment;
mod event;
mod immutable;
mod input;
mod storage;

pub use context::{HostContext, Outcome};

use crate::{engine::GuestOf, exec::Stack, limits, Config, Error};
use alloc::vec::Vec;
use revive_vm_runtime_interface::{ExitRecord, Gather, Gathered, Import, Imports, Length, Operand};
use sp_runtime::DispatchError;
use Operand::{High, Low};

/// Bytes of an input to hash or verify that are handed over with the call; a longer one takes a crossing more.
const HASH_GATHER_BYTES_MAX: u32 = 64 * 1024;

/// Bytes of a code hash in front of constructor input.
const CODE_HASH_BYTES: u32 = 32;

const fn fixed(address: Operand, len: u32) -> Gather {
    Gather { address, length: Length::Fixed(len) }
}

const fn bytes(address: Operand, count: Operand, max: u32) -> Gather {
    Gather { address, length: Length::Bytes { count, max } }
}

const fn key(address: Operand, len: Operand) -> Gather {
    Gather { address, length: Length::Key { len, max: limits::STORAGE_KEY_BYTES_MAX } }
}

const fn topics(address: Operand, count: Operand) -> Gather {
    Gather { address, length: Length::Items { count, item_bytes: 32, count_max: limits::EVENT_TOPICS_MAX } }
}

/// Whether a function is allowed in a read-only frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// Always, or it decides itself.
    Reads,
    /// Never; it is denied before its arguments are looked at.
    Writes,
}

macro_rules! host_functions {
    ($($name:ident $symbol:literal $effect:ident [$($gather:expr),* $(,)?];)*) => {
        /// A host function. The discriminant is its index in [`IMPORTS`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum HostFunction {
            $(#[doc = concat!("`", $symbol, "`")] $name,)*
        }

        impl HostFunction {
            /// All functions, in the order of [`IMPORTS`].
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            fn effect(self) -> Effect {
                match self {
                    $(Self::$name => Effect::$effect,)*
                }
            }
        }

        /// The import table.
        pub const IMPORTS: Imports = Imports(&[
            $(Import { symbol: $symbol, gather: &[$($gather),*] },)*
        ]);
    };
}

host_functions! {
    SetStorage "set_storage" Writes
        [key(Low(1), Low(2)), bytes(Low(3), Low(4), limits::STORAGE_VALUE_BYTES_MAX)];
    SetStorageOrClear "set_storage_or_clear" Writes [fixed(Low(1), 32), fixed(Low(2), 32)];
    GetStorage "get_storage" Reads [key(Low(1), Low(2)), fixed(Low(4), 4)];
    GetStorageOrZero "get_storage_or_zero" Reads [fixed(Low(1), 32)];

    Call "call" Reads [
        fixed(High(3), 32), fixed(Low(0), 20), bytes(Low(4), High(4), limits::CALL_DATA_BYTES_MAX),
        fixed(Low(3), 32), fixed(High(5), 4),
    ];
    CallEvm "call_evm" Reads [
        fixed(Low(2), 32), fixed(Low(1), 20), bytes(Low(4), High(4), limits::CALL_DATA_BYTES_MAX),
        fixed(High(5), 4),
    ];
    DelegateCall "delegate_call" Reads [
        fixed(Low(3), 32), fixed(Low(0), 20), bytes(Low(4), High(4), limits::CALL_DATA_BYTES_MAX),
        fixed(High(5), 4),
    ];
    DelegateCallEvm "delegate_call_evm" Reads [
        fixed(Low(1), 20), bytes(Low(3), High(3), limits::CALL_DATA_BYTES_MAX), fixed(High(4), 4),
    ];
    Instantiate "instantiate" Writes [
        fixed(High(2), 32), fixed(Low(2), 32),
        bytes(Low(3), High(3), limits::CALL_DATA_BYTES_MAX + CODE_HASH_BYTES),
        fixed(Low(5), 32), fixed(High(4), 4),
    ];

    CallDataSize "call_data_size" Reads [];
    CallDataCopy "call_data_copy" Reads [];
    CallDataLoad "call_data_load" Reads [];
    SealReturn "seal_return" Reads [bytes(Low(1), Low(2), limits::CALL_DATA_BYTES_MAX)];
    ReturnDataSize "return_data_size" Reads [];
    ReturnDataCopy "return_data_copy" Reads [fixed(Low(1), 4)];

    Address "address" Reads [];
    Caller "caller" Reads [];
    Origin "origin" Reads [];
    ValueTransferred "value_transferred" Reads [];
    Balance "balance" Reads [];
    BalanceOf "balance_of" Reads [fixed(Low(0), 20)];
    CodeHash "code_hash" Reads [fixed(Low(0), 20)];
    CodeSize "code_size" Reads [fixed(Low(0), 20)];
    ChainId "chain_id" Reads [];
    BlockNumber "block_number" Reads [];
    BlockHash "block_hash" Reads [fixed(Low(0), 32)];
    BlockAuthor "block_author" Reads [];
    Now "now" Reads [];
    GasLimit "gas_limit" Reads [];
    GasPrice "gas_price" Reads [];
    BaseFee "base_fee" Reads [];
    RefTimeLeft "ref_time_left" Reads [];

    SetImmutableData "set_immutable_data" Reads [bytes(Low(0), Low(1), limits::IMMUTABLE_BYTES_MAX)];
    GetImmutableData "get_immutable_data" Reads [fixed(Low(1), 4)];

    Terminate "terminate" Writes [fixed(Low(0), 20)];
    SetCode "set_code" Writes [fixed(Low(0), 32), bytes(Low(1), Low(2), limits::CALL_DATA_BYTES_MAX)];

    DepositEvent "deposit_event" Writes
        [topics(Low(0), Low(1)), bytes(Low(2), Low(3), limits::EVENT_DATA_BYTES_MAX)];
    HashKeccak256 "hash_keccak_256" Reads [bytes(Low(0), Low(1), HASH_GATHER_BYTES_MAX)];
    EcdsaToEthAddress "ecdsa_to_eth_address" Reads [fixed(Low(0), 33)];
    Sr25519Verify "sr25519_verify" Reads
        [fixed(Low(0), 64), fixed(Low(1), 32), bytes(Low(3), Low(2), HASH_GATHER_BYTES_MAX)];
    ConsumeAllGas "consume_all_gas" Reads [];
}

impl HostFunction {
    /// The function at `index` of [`IMPORTS`].
    pub fn from_index(index: u32) -> Option<Self> {
        Self::ALL.get(index as usize).copied()
    }

    /// Whether it leaves an output of a callee behind, if only an empty one.
    pub(crate) fn has_output(self) -> bool {
        matches!(
            self,
            Self::Call
                | Self::CallEvm
                | Self::DelegateCall
                | Self::DelegateCallEvm
                | Self::Instantiate
                | Self::SetCode
        )
    }

    /// The guest memory that came with a call, as far as it was readable and within its limits.
    pub(crate) fn gathered(self, exit: &ExitRecord) -> Vec<Option<Vec<u8>>> {
        let gathers = IMPORTS.0.get(self as usize).map_or(0, |import| import.gather.len());
        (0..gathers)
            .map(|index| match exit.gathered(index) {
                Gathered::Bytes(bytes) => Some(bytes.to_vec()),
                Gathered::OutOfBounds | Gathered::TooLong { .. } => None,
            })
            .collect()
    }

    /// The symbol that contracts import.
    pub fn symbol(self) -> &'static str {
        IMPORTS.0.get(self as usize).map_or("", |import| import.symbol)
    }
}

/// Runs `function` for `guest`, which stopped with `exit`.
pub fn dispatch<T: Config>(
    function: HostFunction,
    stack: &mut Stack<T>,
    guest: &GuestOf<T>,
    exit: &ExitRecord,
) -> Result<Outcome, DispatchError> {
    if function.effect() == Effect::Writes && stack.top().read_only {
        return Err(Error::<T>::StateChangeDenied.into());
    }
    let mut context = HostContext { stack, guest, exit };
    let context = &mut context;
    match function {
        HostFunction::SetStorage => storage::set_storage(context),
        HostFunction::SetStorageOrClear => storage::set_storage_or_clear(context),
        HostFunction::GetStorage => storage::get_storage(context),
        HostFunction::GetStorageOrZero => storage::get_storage_or_zero(context),
        HostFunction::Call => call::call(context),
        HostFunction::CallEvm => call::call_evm(context),
        HostFunction::DelegateCall => call::delegate_call(context),
        HostFunction::DelegateCallEvm => call::delegate_call_evm(context),
        HostFunction::Instantiate => call::instantiate(context),
        HostFunction::CallDataSize => input::call_data_size(context),
        HostFunction::CallDataCopy => input::call_data_copy(context),
        HostFunction::CallDataLoad => input::call_data_load(context),
        HostFunction::SealReturn => control::seal_return(context),
        HostFunction::ReturnDataSize => input::return_data_size(context),
        HostFunction::ReturnDataCopy => input::return_data_copy(context),
        HostFunction::Address => environment::address(context),
        HostFunction::Caller => environment::caller(context),
        HostFunction::Origin => environment::origin(context),
        HostFunction::ValueTransferred => environment::value_transferred(context),
        HostFunction::Balance => environment::balance(context),
        HostFunction::BalanceOf => environment::balance_of(context),
        HostFunction::CodeHash => environment::code_hash(context),
        HostFunction::CodeSize => environment::code_size(context),
        HostFunction::ChainId => environment::chain_id(context),
        HostFunction::BlockNumber => environment::block_number(context),
        HostFunction::BlockHash => environment::block_hash(context),
        HostFunction::BlockAuthor => environment::block_author(context),
        HostFunction::Now => environment::now(context),
        HostFunction::GasLimit => environment::gas_limit(context),
        HostFunction::GasPrice => environment::gas_price(context),
        HostFunction::BaseFee => environment::base_fee(context),
        HostFunction::RefTimeLeft => environment::ref_time_left(context),
        HostFunction::SetImmutableData => immutable::set_immutable_data(context),
        HostFunction::GetImmutableData => immutable::get_immutable_data(context),
        HostFunction::DepositEvent => event::deposit_event(context),
        HostFunction::HashKeccak256 => control::hash_keccak_256(context),
        HostFunction::Terminate => control::terminate(context),
        HostFunction::SetCode => control::set_code(context),
        HostFunction::EcdsaToEthAddress => control::ecdsa_to_eth_address(context),
        HostFunction::Sr25519Verify => control::sr25519_verify(context),
        HostFunction::ConsumeAllGas => control::consume_all_gas(context),
    }
}
