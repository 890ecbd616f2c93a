// SPDX-License-Identifier: Apache-2.0
//! The handlers of all instructions, by group.
//!
//! Instructions that always go on to the next one are [`Simple`]: a body without control flow. Those that end a block
//! are [`Last`]. The handlers around the bodies are generic, so that a body can stand alone or be one half of a pair.

pub(crate) mod alu;
pub(crate) mod control;
pub(crate) mod memory;
pub(crate) mod pairs;

use crate::op::{trap, Image, Op, Rest, State, Stop};

/// Where the body of an instruction gets the values of its source registers.
pub(crate) trait Operands: Copy {
    /// Made with the value that the instruction before has just written.
    fn new(value: u64) -> Self;

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

impl Operands for FromRegisters {
    #[inline(always)]
    fn new(_value: u64) -> Self {
        Self
    }
}

/// The body of an instruction after which the next one is executed.
pub(crate) trait Simple {
    /// Whether `d` is written.
    const WRITES: bool = true;

    /// Executes the instruction and returns the value that `d` was given (if it was). `None`: nothing was done and
    /// `slow` shall execute it instead.
    fn exec<R: Operands>(op: &Op, operands: R, state: &mut State) -> Option<u64>;

    /// The complete handler for the cases that `exec` declines.
    fn slow<'m>(rest: Rest<'m>, image: &'m Image, gas: i64, state: &mut State) -> Stop {
        trap(rest, image, gas, state)
    }
}

/// The body of an instruction after which a block begins.
pub(crate) trait Last {
    /// Executes `op`, the first of `here`, in front of `rest`.
    fn exec<'m, R: Operands>(
        op: &'m Op,
        operands: R,
        here: Rest<'m>,
        rest: Rest<'m>,
        image: &'m Image,
        gas: i64,
        state: &mut State,
    ) -> Stop;
}

/// Takes the first op of a rest, in a handler; `$rest` becomes the ops behind it and `$here` is the rest as it was.
macro_rules! take {
    ($op:ident, $here:ident, $rest:ident, $image:ident, $gas:ident, $state:ident) => {
        let $here = $rest.clone();
        let Some($op) = $rest.next() else { return crate::op::trap($here, $image, $gas, $state) };
    };
}
pub(crate) use take;

/// Handler of one simple instruction.
pub(crate) fn single<'m, A: Simple>(
    mut rest: Rest<'m>,
    image: &'m Image,
    gas: i64,
    state: &mut State,
) -> Stop {
    take!(op, here, rest, image, gas, state);
    if A::exec(op, FromRegisters, state).is_none() {
        return A::slow(here, image, gas, state);
    }
    (op.next)(rest, image, gas, state)
}

/// Handler of one instruction at the end of a block.
pub(crate) fn last<'m, A: Last>(mut rest: Rest<'m>, image: &'m Image, gas: i64, state: &mut State) -> Stop {
    take!(op, here, rest, image, gas, state);
    A::exec(op, FromRegisters, here, rest, image, gas, state)
}
