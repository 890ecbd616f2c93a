// SPDX-License-Identifier: Apache-2.0
//! Notes which stores to the stack are to objects that others read.
//!
//! Compilers keep nothing on the stack for themselves that they never load again, and store nothing to an object that nobody reads. So what
//! a function stores to its stack, and on no way loads before something else takes its place, is for others: for whoever has an address of
//! the object, if only that of its end. Nothing is private from there on up, see [`Frames`].
//!
//! That is so for what compilers make. Other passes take away loads, so this one runs before them. A function whose frame is not known
//! yet would have no marks, so moves of the stack pointer by a constant in a register become moves by that constant first.
//!
//! # Example
//!
//! The address of the end of two words is given away.
//!
//! ```text
//! sp = Add(W64) sp, -32                  sp = Add(W64) sp, -32
//! U64 [sp + 8] = a1                      U64 [sp + 8] = a1 for others
//! U64 [sp + 0] = a2                      U64 [sp + 0] = a2
//! a0 = Add(W64) sp, 16                   a0 = Add(W64) sp, 16
//! ra = &@1, jump @2                      ra = &@1, jump @2
//! a0 = U64 [sp + 0]                      a0 = U64 [sp + 0]
//! ```

use super::Context;
use crate::{
    analysis::{settle_sp_moves, stack_access, Frames, Liveness},
    ir::{Inst, Program},
};

/// Runs the pass.
pub(super) fn run(program: &mut Program, context: &mut Context<'_>) {
    if !context.trusts_returns {
        return;
    }
    // Else their frames would be known only when it is too late.
    settle_sp_moves(program);
    let cfg = context.cfg(program);
    let liveness = Liveness::new(program, &cfg);
    if !liveness.is_conventional {
        return;
    }
    let frames = Frames::new(program, &cfg, &liveness);
    for position in 0..program.order.len() {
        let id = program.order[position];
        let Some(mut slots) = frames.before_end(program, id).filter(|_| frames.gives_addresses(id)) else {
            continue;
        };
        for node in program.block_mut(id).insts.iter_mut().rev() {
            let is_unread =
                stack_access(&node.inst).is_some_and(|(offset, bytes)| !slots.is_live(offset, bytes));
            slots.step(&node.inst);
            if let Inst::Store { for_others, .. } = &mut node.inst {
                *for_others |= is_unread;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::passes::tests::{golden, is_left_alone};

    /// A function that stores two words, gives an address of its stack to another one, and loads the lower word.
    fn giving(address: &str, mark: &str) -> String {
        format!(
            "export f
            @0:
                sp = Add(W64) sp, -48
                U64 [sp + 40] = ra
                U64 [sp + 8] = a1{mark}
                U64 [sp + 0] = a2
                {address}
                ra = &@1, jump @2
            @1:
                a0 = U64 [sp + 0]
                U64 [sp + 8] = a0
                a1 = U64 [sp + 8]
                ra = U64 [sp + 40]
                sp = Add(W64) sp, 48
                jump [ra]
            @2:
                a0 = U64 [a0 + -8]
                jump [ra]"
        )
    }

    #[test]
    fn what_its_function_never_loads_is_for_others() {
        let address = "a0 = Add(W64) sp, 16";
        golden("objects", &giving(address, ""), &giving(address, " for others"));
        // And then it stays.
        is_left_alone("registers", &giving(address, " for others"));
    }

    /// What nobody has the address of nobody reads: it is for a register that is saved and not restored, as before a trap.
    #[test]
    fn without_an_address_there_are_no_others() {
        is_left_alone("objects", &giving("a0 = a1", ""));
    }

    #[test]
    fn what_is_at_the_address_and_above_needs_no_mark() {
        is_left_alone("objects", &giving("a0 = sp", ""));
    }
}
