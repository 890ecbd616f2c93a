// SPDX-License-Identifier: Apache-2.0
//! The pre-decoded form of a program and the way it is executed.
//!
//! Every instruction becomes one [`Op`] of 24 bytes. It is executed by a function, its *handler*, which does its work
//! and then calls the handler of the next op as its last act. An optimising build turns that call into a jump, so that
//! a program runs without returning, with the machine state in registers and one indirect jump per op: the branch
//! predictor sees each handler's own jump instead of one shared by all.
//!
//! An op does not hold its own handler but that of the op behind it. So a handler reads one op only, and its first
//! and only look at whether there is an op at all is when it takes its own from the rest. Whoever jumps goes through the op
//! *before* the target; the array begins with an op that is there only for that.
//!
//! Invariants:
//!
//! * I1. Correctness does not depend on the compiler turning calls into jumps. The gas that a chain of handlers may
//!   use is limited to [`SLICE`] and a chain returns at the latest when it is used up, and blocks longer than
//!   [`CHUNK`] ops contain yield points. So the depth of calls is bounded in every build.
//! * I2. The op array ends with an op that never continues, so no handler finds an empty rest.
//! * I3. An op's `next_cost` is not zero only if the op behind it is the first of a block; then it is the cost of the
//!   whole block. Whoever jumps or falls to a block start subtracts it before going there.

use crate::memory::Memory;
use alloc::boxed::Box;
use core::slice::Iter;
use revive_vm_primitives::paging::GuestFault;
use revive_vm_primitives::Reg;

/// Gas that one chain of handlers may use before it returns to [`Image::run`]'s caller.
pub(crate) const SLICE: i64 = 512;

/// The most ops that are executed one after the other inside a block without a yield point.
pub(crate) const CHUNK: usize = 512;

/// The op to be executed and all behind it.
pub(crate) type Rest<'m> = Iter<'m, Op>;

/// A function that executes the first op of the rest, with the gas left in this slice.
pub(crate) type Handler = for<'m> fn(Rest<'m>, &'m Image, i64, &mut State) -> Stop;

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
    /// Executes the op behind this one.
    pub(crate) next: Handler,
    pub(crate) kind: Kind,
    /// The operand `d` of the instruction set's tables; likewise the fields below.
    pub(crate) d: Reg,
    pub(crate) s: Reg,
    pub(crate) t: Reg,
    /// First immediate, or the low half of a 64-bit literal.
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

/// The part of an instance that handlers work on.
pub(crate) struct State {
    /// The registers. On a 32-bit set they hold the sign-extended values: all operations shared between the
    /// widths then give the right result without asking for the width.
    pub(crate) regs: [u64; Reg::COUNT],
    pub(crate) memory: Memory,
    /// Index of the op that stopped the chain.
    pub(crate) at: u32,
    /// Gas left of the slice when the chain stopped.
    pub(crate) gas: i64,
    /// The address of a dynamic jump on its way to the cold path.
    pub(crate) address: u32,
    /// Why a memory access failed, for [`Stop::Fault`].
    pub(crate) fault: GuestFault,
}

/// Why a chain of handlers returned. `State::at` is the index of the op named here.
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
    /// Executes ops from `at` on with the given slice of gas until a chain of handlers returns. The start is not
    /// charged.
    pub(crate) fn run(&self, at: u32, state: &mut State, slice: i64) -> Stop {
        match self.fetch(at.wrapping_sub(1)) {
            Some((before, rest)) => (before.next)(rest, self, slice, state),
            // Indices come from pre-decoding; should one be wrong the guest traps instead of the host panicking.
            None => {
                state.at = 0;
                state.gas = slice;
                Stop::Trap
            }
        }
    }

    /// The op at `at` and all behind it.
    #[inline(always)]
    fn fetch(&self, at: u32) -> Option<(&Op, Rest<'_>)> {
        // `nth` keeps the end of the iterator as it is; slicing would compute it again.
        let mut rest = self.ops.iter();
        let op = rest.nth(at as usize)?;
        Some((op, rest))
    }

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
    fn index(&self, rest: &Rest<'_>) -> u32 {
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

/// Executes the op behind `op`, which is the first of a block, and charges for the block.
#[inline(always)]
pub(crate) fn enter_next<'m>(op: &Op, rest: Rest<'m>, image: &'m Image, gas: i64, state: &mut State) -> Stop {
    let left = gas.wrapping_sub(i64::from(op.next_cost));
    if left < 0 {
        return refill(rest, image, gas, state);
    }
    (op.next)(rest, image, left, state)
}

/// Charges for the block behind op `target` and executes it. `jump` begins with the op that jumps, for the case
/// that the target does not exist.
#[inline(always)]
pub(crate) fn enter_behind<'m>(
    target: u32,
    jump: Rest<'m>,
    image: &'m Image,
    gas: i64,
    state: &mut State,
) -> Stop {
    match image.fetch(target) {
        Some((op, rest)) => enter_next(op, rest, image, gas, state),
        None => trap(jump, image, gas, state),
    }
}

macro_rules! stops {
    ($($(#[$doc:meta])* $name:ident => $stop:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[cold]
        #[inline(never)]
        pub(crate) fn $name<'m>(rest: Rest<'m>, image: &'m Image, gas: i64, state: &mut State) -> Stop {
            state.at = image.index(&rest);
            state.gas = gas;
            Stop::$stop
        }
    )*};
}

stops! {
    /// Asks for more gas, to enter the block that starts at this op.
    refill => Refill,
    /// Asks for more gas, for the block behind this op.
    charge_failed => Charge,
    /// Returns so that the depth of calls stays bounded (I1).
    yield_now => Yield,
    /// `trap`, an invalid opcode, a jump to nowhere, or an implicit invalid instruction.
    trap => Trap,
    /// A memory access failed.
    fault => Fault,
    /// The call is over.
    finished => Finished,
    /// `ecalli`.
    host_call => HostCall,
    /// `memset`, executed by the caller because it uses gas as it goes.
    memset => Memset,
    /// Announces the instruction behind this op.
    step => Step,
}

/// Charges the cost in `j` for the block that goes on behind this op.
pub(crate) fn charge<'m>(rest: Rest<'m>, image: &'m Image, gas: i64, state: &mut State) -> Stop {
    let here = rest.clone();
    let mut rest = rest;
    let Some(op) = rest.next() else { return trap(here, image, gas, state) };
    let left = gas.wrapping_sub(i64::from(op.j));
    if left < 0 {
        return charge_failed(here, image, gas, state);
    }
    (op.next)(rest, image, left, state)
}
