// SPDX-License-Identifier: Apache-2.0
//! A trace as clients get it. As everywhere in the runtime API, new fields go to the end.

use crate::{exec::EntryPoint, primitives::ExecReturnValue, primitives::StorageDeposit};
use alloc::{string::String, vec::Vec};
use codec::{Decode, Encode};
use frame_support::weights::Weight;
use scale_info::TypeInfo;
use sp_core::{H160, H256, U256};
use sp_runtime::DispatchError;

/// What a trace is to have in it. Frames, storage accesses and events are always there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct TraceOptions {
    /// Host calls, too.
    pub host_calls: bool,
    /// And the guest memory that host calls were given and that they wrote: what is needed to run a frame again.
    pub memory: bool,
    /// Most bytes, about. `None`, and everything over it, is [`super::TRACE_BYTES_MAX`].
    pub bytes_max: Option<u32>,
}

/// What contracts did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Trace {
    /// The frames in the order in which they were entered.
    pub frames: Vec<FrameTrace>,
    /// Picoseconds of `ref_time` in a unit of gas.
    pub gas_price: u64,
    /// What is missing. `None` if the trace is whole.
    pub omitted: Option<Omitted>,
}

/// What did not fit into a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Omitted {
    /// The number of frames and actions that are missing, all behind those that are there, and of outputs.
    pub count: u64,
    /// The limit in bytes.
    pub bytes_max: u32,
}

/// The kind of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub enum FrameKind {
    /// A call of a contract or a function of the runtime.
    Call,
    /// The code of another contract, or a function of the runtime, run on behalf of the caller.
    DelegateCall,
    /// A constructor.
    Constructor,
    /// The migration by new code.
    Migration,
    /// A call of an address where nothing is to run.
    Transfer,
}

impl FrameKind {
    pub(crate) fn new(entry: EntryPoint, is_delegate: bool) -> Self {
        match entry {
            EntryPoint::Constructor => Self::Constructor,
            EntryPoint::Migration => Self::Migration,
            EntryPoint::Call if is_delegate => Self::DelegateCall,
            EntryPoint::Call => Self::Call,
        }
    }
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct FrameTrace {
    /// The frame that called, as an index into [`Trace::frames`]. `None` if the call came from outside.
    pub parent: Option<u32>,
    /// Its kind.
    pub kind: FrameKind,
    /// Who called: in a delegate call the contract that delegates. `None` if it was the chain itself.
    pub from: Option<H160>,
    /// What was called: in a delegate call the contract whose code is run.
    pub to: H160,
    /// Keccak-256 of the blob that is run. `None` for functions of the runtime and transfers.
    pub code_hash: Option<H256>,
    /// Whether the state must not be changed.
    pub read_only: bool,
    /// Wei that came with it; in a delegate call those of the caller.
    pub value: U256,
    /// The input.
    pub input: Vec<u8>,
    /// What the frame might use.
    pub weight_limit: Weight,
    /// What the frame and those below it used.
    pub weight_consumed: Weight,
    /// Storage deposit that the frame might charge, in native units.
    pub deposit_limit: U256,
    /// Storage deposit that the frame and those below it moved, if it came to a good end.
    pub storage_deposit: StorageDeposit<U256>,
    /// VM gas that the guest was given when it started.
    pub gas_limit: u64,
    /// VM gas that its instructions and the answers to its host calls took: without the prices of other host calls.
    pub gas_consumed: u64,
    /// How it ended.
    pub outcome: FrameOutcome,
    /// What it did, in order.
    pub actions: Vec<Action>,
}

/// How a frame ended.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub enum FrameOutcome {
    /// It has not.
    Open,
    /// It returned, or reverted.
    Returned(ExecReturnValue),
    /// It failed.
    Failed {
        /// Why.
        error: DispatchError,
        /// The same in words, with the numbers. May be empty.
        message: String,
    },
}

/// What a frame did. What happens during a host call comes behind it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub enum Action {
    /// It called a host function.
    HostCall(HostCall),
    /// A frame below it ran: an index into [`Trace::frames`].
    Frame(u32),
    /// It read a storage item.
    Read {
        /// Whether the item lasts for the transaction only.
        transient: bool,
        /// The key.
        key: Vec<u8>,
        /// What was there.
        value: Option<Vec<u8>>,
    },
    /// It wrote, or with no new value removed, a storage item.
    Write {
        /// Whether the item lasts for the transaction only.
        transient: bool,
        /// The key.
        key: Vec<u8>,
        /// What was there.
        old: Option<Vec<u8>>,
        /// What is there now.
        new: Option<Vec<u8>>,
    },
    /// It emitted an event.
    Event {
        /// The contract that it is an event of.
        contract: H160,
        /// The topics.
        topics: Vec<H256>,
        /// The data.
        data: Vec<u8>,
    },
}

/// One host call.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct HostCall {
    /// The symbol of the function.
    pub function: String,
    /// Code offset of the call.
    pub pc: Option<u32>,
    /// The argument registers a0 to a5.
    pub args: [u64; 6],
    /// The guest memory that the arguments point at, in the order of the function's signature. `None` where a pointer is bad or
    /// stands for "none"; empty without [`TraceOptions::memory`].
    pub memory: Vec<Option<Vec<u8>>>,
    /// VM gas left when the guest called.
    pub gas_before: u64,
    /// VM gas that it went on with.
    pub gas_after: u64,
    /// Weight that the call took, without that of the guest's instructions. Zero where it was paid for with gas.
    pub weight: Weight,
    /// What came of it.
    pub outcome: HostCallOutcome,
}

/// What came of a host call.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub enum HostCallOutcome {
    /// It has not ended.
    Open,
    /// The guest went on.
    Resumed {
        /// With this in a0, if it was set.
        result: Option<u64>,
        /// And these bytes in its memory. Empty without [`TraceOptions::memory`].
        writes: Vec<MemoryWrite>,
    },
    /// It was the frame's last; the frame's outcome says more.
    Ended,
    /// The frame failed in it; the frame's outcome says more.
    Failed(DispatchError),
}

/// Bytes that a host call wrote.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct MemoryWrite {
    /// Where to.
    pub address: u32,
    /// What.
    pub bytes: Vec<u8>,
}

/// What a contract said to whoever tries it out: the input of a call of [`super::CONSOLE`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct DebugMessage {
    /// Who said it.
    pub contract: H160,
    /// Text, or a call of one of the ecosystem's `log` functions in Solidity's encoding.
    pub payload: Vec<u8>,
}
