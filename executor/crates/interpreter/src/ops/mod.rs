// SPDX-License-Identifier: Apache-2.0
//! The bodies of all instructions, by group.
//!
//! Instructions that always go on to the next one are [`Simple`]: a body without control flow. Those that end a block
//! are [`Last`]. How one body comes to be executed after the other is not said here but by `dispatch`.

pub(crate) mod alu;
pub(crate) mod control;
pub(crate) mod memory;

use crate::op::{Image, Op, State, Stop};

/// Where the body of an instruction gets the values of its source registers.
pub(crate) trait Operands: Copy {
    /// The value of `d`.
    #[inline(always)]
    fn d(self, op: &Op, state: &State) -> u64 {
        state.regs[op.d as usize]
    }

    /// The value of `s`.
    #[inline(always)]
    fn s(self, op: &Op, state: &State) -> u64 {
        state.regs[op.s as usize]
    }

    /// The value of `t`.
    #[inline(always)]
    fn t(self, op: &Op, state: &State) -> u64 {
        state.regs[op.t as usize]
    }
}

/// All from the registers.
#[derive(Clone, Copy)]
pub(crate) struct FromRegisters;

impl Operands for FromRegisters {}

/// The body of an instruction after which the next one is executed.
pub(crate) trait Simple {
    /// Whether `d` is written.
    #[allow(dead_code, reason = "the loop does not hand values on")]
    const WRITES: bool = true;

    /// Executes the instruction and returns the value that `d` was given (if it was). `None`: nothing was done and
    /// `slow` shall execute it instead.
    fn exec<R: Operands>(op: &Op, operands: R, state: &mut State) -> Option<u64>;

    /// Executes the cases that `exec` declines.
    fn slow(_op: &Op, _state: &mut State) -> Result<(), Stop> {
        Err(Stop::Trap)
    }
}

/// The body of an instruction after which a block begins.
pub(crate) trait Last {
    /// Executes the instruction and says how execution goes on.
    fn exec<R: Operands, T: Then>(
        op: &Op,
        operands: R,
        image: &Image,
        state: &mut State,
        then: T,
    ) -> T::Output;
}

/// What is done after an instruction at the end of a block. Returning a value that says so would let compilers turn
/// branches into data.
pub(crate) trait Then {
    type Output;

    /// Execution goes on at the op behind.
    fn next(self, state: &mut State) -> Self::Output;

    /// Execution goes on at the op behind the one with this index.
    fn to(self, target: u32, state: &mut State) -> Self::Output;

    /// Execution does not go on.
    fn stop(self, stop: Stop, state: &mut State) -> Self::Output;
}
