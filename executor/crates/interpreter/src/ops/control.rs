// SPDX-License-Identifier: Apache-2.0
//! Jumps and branches. Static targets were resolved and checked by pre-decoding; a branch that always traps is not
//! here but a trap.

use super::alu::immediate;
use crate::op::{enter_at, enter_next, finished, trap, Image, Op, Rest, State, Stop};
use revive_vm_primitives::RETURN_ADDRESS;

/// The condition of a branch.
pub(crate) trait Condition {
    fn test(a: u64, b: u64) -> bool;
}

macro_rules! conditions {
    ($($name:ident: |$a:ident, $b:ident| $body:expr;)*) => {$(
        pub(crate) struct $name;
        impl Condition for $name {
            #[inline(always)]
            fn test($a: u64, $b: u64) -> bool {
                $body
            }
        }
    )*};
}

conditions! {
    Equal: |a, b| a == b;
    NotEqual: |a, b| a != b;
    LessUnsigned: |a, b| a < b;
    LessOrEqualUnsigned: |a, b| a <= b;
    GreaterOrEqualUnsigned: |a, b| a >= b;
    GreaterUnsigned: |a, b| a > b;
    LessSigned: |a, b| (a as i64) < (b as i64);
    LessOrEqualSigned: |a, b| (a as i64) <= (b as i64);
    GreaterOrEqualSigned: |a, b| (a as i64) >= (b as i64);
    GreaterSigned: |a, b| (a as i64) > (b as i64);
}

/// `jump T if d ? s`.
pub(crate) fn branch<'m, C: Condition>(
    op: &'m Op,
    rest: Rest<'m>,
    image: &'m Image,
    state: &mut State,
    gas: i64,
) -> Stop {
    if C::test(state.regs[op.d as usize], state.regs[op.s as usize]) {
        enter_at(op.j, op, rest, image, state, gas)
    } else {
        enter_next(rest, image, state, gas)
    }
}

/// `jump T if d ? i`.
pub(crate) fn branch_imm<'m, C: Condition>(
    op: &'m Op,
    rest: Rest<'m>,
    image: &'m Image,
    state: &mut State,
    gas: i64,
) -> Stop {
    if C::test(state.regs[op.d as usize], immediate(op)) {
        enter_at(op.j, op, rest, image, state, gas)
    } else {
        enter_next(rest, image, state, gas)
    }
}

/// `fallthrough` to an existing instruction or to the implicit invalid one.
pub(crate) fn fallthrough<'m>(
    _op: &'m Op,
    rest: Rest<'m>,
    image: &'m Image,
    state: &mut State,
    gas: i64,
) -> Stop {
    enter_next(rest, image, state, gas)
}

/// `jump T`.
pub(crate) fn jump<'m>(op: &'m Op, rest: Rest<'m>, image: &'m Image, state: &mut State, gas: i64) -> Stop {
    enter_at(op.j, op, rest, image, state, gas)
}

/// `load_imm_and_jump`.
pub(crate) fn load_imm_and_jump<'m>(
    op: &'m Op,
    rest: Rest<'m>,
    image: &'m Image,
    state: &mut State,
    gas: i64,
) -> Stop {
    state.regs[op.d as usize] = immediate(op);
    enter_at(op.j, op, rest, image, state, gas)
}

/// `load_imm_and_jump` with a bad target.
pub(crate) fn load_imm_and_trap<'m>(
    op: &'m Op,
    rest: Rest<'m>,
    image: &'m Image,
    state: &mut State,
    gas: i64,
) -> Stop {
    state.regs[op.d as usize] = immediate(op);
    trap(op, rest, image, state, gas)
}

/// `jump_indirect`.
pub(crate) fn jump_indirect<'m>(
    op: &'m Op,
    rest: Rest<'m>,
    image: &'m Image,
    state: &mut State,
    gas: i64,
) -> Stop {
    let address = state.regs[op.d as usize].wrapping_add(immediate(op)) as u32;
    jump_to_address(address, op, rest, image, state, gas)
}

/// `load_imm_and_jump_indirect`.
pub(crate) fn load_imm_and_jump_indirect<'m>(
    op: &'m Op,
    rest: Rest<'m>,
    image: &'m Image,
    state: &mut State,
    gas: i64,
) -> Stop {
    let address = (state.regs[op.s as usize] as u32).wrapping_add(op.j);
    state.regs[op.d as usize] = immediate(op);
    jump_to_address(address, op, rest, image, state, gas)
}

/// Jumps to a dynamic address (instruction set, section 5.4).
#[inline(always)]
fn jump_to_address<'m>(
    address: u32,
    op: &'m Op,
    rest: Rest<'m>,
    image: &'m Image,
    state: &mut State,
    gas: i64,
) -> Stop {
    // The rotation sends odd addresses behind the end of every possible table, and the return address is there
    // anyway, so one comparison tells the good case.
    match image.jump_table.get(address.rotate_right(1) as usize) {
        Some(&target) => enter_at(target, op, rest, image, state, gas),
        None => {
            state.address = address;
            leave(op, rest, image, state, gas)
        }
    }
}

/// A dynamic jump to an address that is not in the jump table.
#[inline(never)]
fn leave<'m>(op: &'m Op, rest: Rest<'m>, image: &'m Image, state: &mut State, gas: i64) -> Stop {
    if state.address == RETURN_ADDRESS {
        finished(op, rest, image, state, gas)
    } else {
        trap(op, rest, image, state, gas)
    }
}
