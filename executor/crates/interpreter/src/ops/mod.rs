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

/// The body of an instruction after which the next one is executed.
pub(crate) trait Simple {
    /// Executes the instruction. False: nothing was done and `slow` shall execute it instead.
    fn exec(op: &Op, state: &mut State) -> bool;

    /// The complete handler for the cases that `exec` declines.
    fn slow<'m>(rest: Rest<'m>, image: &'m Image, gas: i64, state: &mut State) -> Stop {
        trap(rest, image, gas, state)
    }
}

/// The body of an instruction after which a block begins.
pub(crate) trait Last {
    /// Executes `op`, the first of `here`, in front of `rest`.
    fn exec<'m>(
        op: &'m Op,
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
    if !A::exec(op, state) {
        return A::slow(here, image, gas, state);
    }
    (op.next)(rest, image, gas, state)
}

/// Handler of one instruction at the end of a block.
pub(crate) fn last<'m, A: Last>(mut rest: Rest<'m>, image: &'m Image, gas: i64, state: &mut State) -> Stop {
    take!(op, here, rest, image, gas, state);
    A::exec(op, here, rest, image, gas, state)
}
