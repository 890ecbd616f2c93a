// SPDX-License-Identifier: Apache-2.0
//! What a session goes through: the frames of a call, with all that their programs learnt from the outside.

use revive_vm_primitives::GasModel;
use std::{collections::HashMap, sync::Arc};

/// A program, as it ran.
#[derive(Clone, Debug)]
pub struct Program {
    /// What people call it: a file, a contract.
    pub name: String,
    /// The blob. Its debug info says where code comes from.
    pub blob: Vec<u8>,
    /// How its instructions were paid for.
    pub gas_model: GasModel,
    /// Bytes of memory that it could have, as of
    /// [`ModuleConfig::memory_bytes_max`](revive_vm_executor::ModuleConfig::memory_bytes_max).
    pub memory_bytes_max: u32,
}

/// A run of an export of a program.
#[derive(Clone, Debug)]
pub struct Frame {
    /// What people call it: `call 0x1234…`.
    pub title: String,
    /// The program.
    pub program: Arc<Program>,
    /// The export that is run.
    pub export: String,
    /// The first argument registers; the others are zero.
    pub args: Vec<u64>,
    /// Gas in the beginning.
    pub gas: i64,
    /// Who answers host calls.
    pub host: Host,
    /// How it ended, for a program that comes to its end, if there is more to say than that.
    pub end: Option<End>,
}

/// Who answers the host calls of a frame.
#[derive(Clone, Debug)]
pub enum Host {
    /// They were recorded, in this order. The program has to make the same ones.
    Recorded(Vec<HostCall>),
    /// Calls of an import with that symbol give that number. Others end the frame.
    Fixed(HashMap<Vec<u8>, u64>),
}

/// A host call that was recorded.
#[derive(Clone, Debug)]
pub struct HostCall {
    /// The symbol of the import.
    pub function: String,
    /// What was asked and what came of it, in words; may be empty.
    pub text: String,
    /// Code offset of the instruction, if it is known.
    pub pc: Option<u32>,
    /// The argument registers from `a0` on.
    pub args: [u64; 6],
    /// Gas before it.
    pub gas: i64,
    /// The frames that it entered, as indices into [`Recording::frames`], in that order.
    pub frames: Vec<usize>,
    /// What came of it.
    pub answer: Answer,
}

/// What came of a host call.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The program went on.
    Resumed {
        /// What it gave in `a0`, if anything.
        result: Option<u64>,
        /// What was written to memory: addresses and bytes.
        writes: Vec<(u32, Vec<u8>)>,
        /// Gas behind it.
        gas: i64,
    },
    /// It ended the frame: the contract returned, or it failed.
    Ended(End),
}

/// How a frame has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// In words.
    pub text: String,
    /// Whether the program came to the end that it wanted.
    pub is_good: bool,
}

/// The frames of a call.
#[derive(Clone, Debug)]
pub struct Recording {
    /// All of them. A frame is entered at most once.
    pub frames: Vec<Frame>,
    /// Those that nobody entered, in the order in which they ran.
    pub roots: Vec<usize>,
}
