// SPDX-License-Identifier: Apache-2.0
//! The handlers of all instructions, by group.
//!
//! Instructions that always go on to the next one are [`Simple`]: a body without control flow. The handlers around
//! the bodies are generic, so that a body can stand alone or be one half of a fused pair.

pub(crate) mod alu;
pub(crate) mod control;
pub(crate) mod memory;

use crate::op::{proceed, trap, Image, Op, Rest, State, Stop};

/// The body of an instruction after which the next one is executed.
pub(crate) trait Simple {
    /// Executes the instruction. False: nothing was done and `slow` shall execute it instead.
    fn exec(op: &Op, state: &mut State) -> bool;

    /// The complete handler for the cases that `exec` declines.
    fn slow<'m>(op: &'m Op, rest: Rest<'m>, image: &'m Image, state: &mut State, gas: i64) -> Stop {
        trap(op, rest, image, state, gas)
    }
}

/// Handler of one simple instruction.
pub(crate) fn single<'m, A: Simple>(
    op: &'m Op,
    rest: Rest<'m>,
    image: &'m Image,
    state: &mut State,
    gas: i64,
) -> Stop {
    if !A::exec(op, state) {
        return A::slow(op, rest, image, state, gas);
    }
    proceed(rest, image, state, gas)
}
