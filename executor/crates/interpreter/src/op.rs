// SPDX-License-Identifier: Apache-2.0
//! The pre-decoded form of a program: an array of [`Op`]s, most of them one instruction, and what else has to be known
//! of the program while it runs.
//!
//! An op does not hold how it is executed itself but how the op behind it is. So nobody reads two ops to execute one,
//! and the first and only look at whether there is an op at all is when it is taken from the rest. Whoever jumps goes
//! through the op *before* the target; the array begins with an op that is there only for that.
//!
//! Invariants:
//!
//! * I1. Where ops are executed by functions that call each other, correctness does not depend on the compiler turning
//!   calls into jumps: a chain of calls returns at the latest when it has used up a limited slice of gas, and blocks
//!   longer than [`CHUNK`] ops contain yield points. So the depth of calls is bounded in every build.
//! * I2. The op array ends with an op that never continues, so nobody finds an empty rest.
//! * I3. An op's `next_cost` is not zero only if the op behind it is the first of a block; then it is the cost of the
//!   whole block. Whoever jumps or falls to a block start subtracts it before going there.

use crate::dispatch::Target;
use crate::memory::Memory;
use alloc::boxed::Box;
use revive_vm_primitives::paging::GuestFault;
use revive_vm_primitives::Reg;

/// The most ops that are executed one after the other inside a block without a yield point.
pub(crate) const CHUNK: usize = 512;

/// The op to be executed and all behind it.
pub(crate) type Rest<'m> = &'m [Op];

/// What kind of op this is, for those who look at ops instead of executing them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Kind {
    /// An instruction.
    Plain,
    /// Belongs to the implicit invalid instruction at a gap or at the end of the code.
    Implicit,
    /// An instruction whose `j` is a code offset to be replaced by an op index.
    Jump,
}

/// One pre-decoded op.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Op {
    /// How the op behind this one is executed.
    pub(crate) next: Target,
    pub(crate) kind: Kind,
    /// The operand `d` of the instruction set's tables; likewise the fields below.
    pub(crate) d: Reg,
    pub(crate) s: Reg,
    pub(crate) t: Reg,
    /// First immediate, or the low half of a 64-bit literal. In loads and stores less the first address of the region
    /// that is tried first.
    pub(crate) i: i32,
    /// Second immediate, index of the op before the one to jump to, or the high half of a 64-bit literal.
    pub(crate) j: u32,
    /// Gas of the block that starts behind this op, 0 inside blocks.
    pub(crate) next_cost: u32,
}

/// A pre-decoded program.
pub(crate) struct Image {
    pub(crate) ops: Box<[Op]>,
    /// By half of the dynamic address, the index of the op before the target; entry 0 and bad entries are `NO_TARGET`.
    pub(crate) jump_table: Box<[u32]>,
    /// Code offset of each op.
    pub(crate) offsets: Box<[u32]>,
    /// All blocks, ordered by their offset.
    pub(crate) blocks: Box<[Block]>,
    /// Whether gas is charged.
    pub(crate) metered: bool,
    /// Whether registers have 64 bits.
    pub(crate) wide: bool,
}

/// An op index that does not exist.
pub(crate) const NO_TARGET: u32 = u32::MAX;

/// What is remembered of a block for starts inside it.
#[derive(Clone, Copy)]
pub(crate) struct Block {
    /// Code offset of the block's first instruction.
    pub(crate) offset: u32,
    /// Gas of the block.
    pub(crate) cost: u32,
    /// Whether the host may start here (instruction set, section 5.5).
    pub(crate) may_start: bool,
}

/// The part of an instance that ops work on. What they use most comes first, where it is encoded in fewest bytes.
#[repr(C)]
pub(crate) struct State {
    /// The registers. On a 32-bit set they hold the sign-extended values: all operations shared between the
    /// widths then give the right result without asking for the width.
    pub(crate) regs: [u64; Reg::COUNT],
    pub(crate) memory: Memory,
    /// Why the execution stopped.
    pub(crate) stop: Stop,
    /// Index of the op that stopped the execution.
    pub(crate) at: u32,
    /// Gas left of the slice when the execution stopped.
    pub(crate) gas: i64,
    /// Why a memory access failed, for [`Stop::Fault`].
    pub(crate) fault: GuestFault,
}

/// Why the execution of ops stopped. `State::at` is the index of the op named here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Stop {
    /// The op is the first of a block whose cost exceeds what is left of the slice. It was not executed.
    Refill,
    /// The op charges for the block that goes on behind it, as for `Refill`. Only with step tracing.
    Charge,
    /// The op is a yield point.
    Yield,
    /// The op traps.
    Trap,
    /// The op is a memory access that failed with `State::fault`.
    Fault,
    /// The op jumped to the return address.
    Finished,
    /// The op is a host call.
    HostCall,
    /// The op is a fill of memory.
    Memset,
    /// The op announces the instruction behind it.
    Step,
}

impl Image {
    /// Gas of the block that starts at the op `at`.
    pub(crate) fn cost(&self, at: u32) -> i64 {
        let before = usize::try_from(at).ok().and_then(|at| self.ops.get(at.checked_sub(1)?));
        i64::from(before.map_or(0, |op| op.next_cost))
    }

    /// Code offset of the op at `at`.
    pub(crate) fn offset(&self, at: u32) -> u32 {
        self.offsets.get(at as usize).copied().unwrap_or(u32::MAX)
    }

    /// Finds where the host may start for a code offset: the op, and the cost still to be charged by the caller
    /// when the offset is inside a block. At a block start the op itself knows the cost.
    pub(crate) fn find_start(&self, offset: u32) -> Option<HostStart> {
        // The first op is only there to be jumped over.
        let at = 1 + self.offsets.get(1..)?.partition_point(|&o| o < offset);
        if self.offsets.get(at) != Some(&offset) || self.ops.get(at)?.kind == Kind::Implicit {
            return None;
        }
        let block = self.blocks.partition_point(|block| block.offset <= offset);
        let block = self.blocks.get(block.checked_sub(1)?)?;
        if !block.may_start {
            return None;
        }
        let at = u32::try_from(at).ok()?;
        Some(if block.offset == offset {
            HostStart::Block(at)
        } else {
            HostStart::Inside { at, cost: block.cost }
        })
    }

    /// Index of the first op of `rest`.
    pub(crate) fn index(&self, rest: Rest<'_>) -> u32 {
        u32::try_from(self.ops.len() - rest.len()).unwrap_or(NO_TARGET)
    }
}

/// The answer of [`Image::find_start`].
pub(crate) enum HostStart {
    /// The first op of a block.
    Block(u32),
    /// An op inside a block with this cost.
    Inside { at: u32, cost: u32 },
}
