// SPDX-License-Identifier: Apache-2.0
//! Jumps and branches. Static targets were resolved and checked by pre-decoding; a branch that always traps is not
//! here but a trap.

use super::alu::immediate;
use super::{take, Last, Operands};
use crate::op::{enter_behind, enter_next, finished, trap, Image, Op, Rest, State, Stop};
use core::marker::PhantomData;
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
pub(crate) struct Branch<C>(PhantomData<C>);
/// `jump T if d ? i`.
pub(crate) struct BranchImm<C>(PhantomData<C>);
/// `jump T`.
pub(crate) struct Jump;
/// `jump_indirect`.
pub(crate) struct JumpIndirect;
/// `fallthrough` to an existing instruction or to the implicit invalid one.
pub(crate) struct Fallthrough;

impl<C: Condition> Last for Branch<C> {
    #[inline(always)]
    fn exec<'m, R: Operands>(
        op: &'m Op,
        operands: R,
        here: Rest<'m>,
        rest: Rest<'m>,
        image: &'m Image,
        gas: i64,
        state: &mut State,
    ) -> Stop {
        if C::test(operands.d(op, state), operands.s(op, state)) {
            enter_behind(op.j, here, image, gas, state)
        } else {
            enter_next(op, rest, image, gas, state)
        }
    }
}

impl<C: Condition> Last for BranchImm<C> {
    #[inline(always)]
    fn exec<'m, R: Operands>(
        op: &'m Op,
        operands: R,
        here: Rest<'m>,
        rest: Rest<'m>,
        image: &'m Image,
        gas: i64,
        state: &mut State,
    ) -> Stop {
        if C::test(operands.d(op, state), immediate(op)) {
            enter_behind(op.j, here, image, gas, state)
        } else {
            enter_next(op, rest, image, gas, state)
        }
    }
}

impl Last for Jump {
    #[inline(always)]
    fn exec<'m, R: Operands>(
        op: &'m Op,
        _operands: R,
        here: Rest<'m>,
        _rest: Rest<'m>,
        image: &'m Image,
        gas: i64,
        state: &mut State,
    ) -> Stop {
        enter_behind(op.j, here, image, gas, state)
    }
}

impl Last for JumpIndirect {
    #[inline(always)]
    fn exec<'m, R: Operands>(
        op: &'m Op,
        operands: R,
        here: Rest<'m>,
        _rest: Rest<'m>,
        image: &'m Image,
        gas: i64,
        state: &mut State,
    ) -> Stop {
        let address = operands.d(op, state).wrapping_add(immediate(op)) as u32;
        jump_to_address(address, here, image, gas, state)
    }
}

impl Last for Fallthrough {
    #[inline(always)]
    fn exec<'m, R: Operands>(
        op: &'m Op,
        _operands: R,
        _here: Rest<'m>,
        rest: Rest<'m>,
        image: &'m Image,
        gas: i64,
        state: &mut State,
    ) -> Stop {
        enter_next(op, rest, image, gas, state)
    }
}

/// `load_imm_and_jump`.
pub(crate) fn load_imm_and_jump<'m>(
    mut rest: Rest<'m>,
    image: &'m Image,
    gas: i64,
    state: &mut State,
) -> Stop {
    take!(op, here, rest, image, gas, state);
    state.regs[op.d as usize] = immediate(op);
    enter_behind(op.j, here, image, gas, state)
}

/// `load_imm_and_jump` with a bad target.
pub(crate) fn load_imm_and_trap<'m>(
    mut rest: Rest<'m>,
    image: &'m Image,
    gas: i64,
    state: &mut State,
) -> Stop {
    take!(op, here, rest, image, gas, state);
    state.regs[op.d as usize] = immediate(op);
    trap(here, image, gas, state)
}

/// `load_imm_and_jump_indirect`.
pub(crate) fn load_imm_and_jump_indirect<'m>(
    mut rest: Rest<'m>,
    image: &'m Image,
    gas: i64,
    state: &mut State,
) -> Stop {
    take!(op, here, rest, image, gas, state);
    let address = (state.regs[op.s as usize] as u32).wrapping_add(op.j);
    state.regs[op.d as usize] = immediate(op);
    jump_to_address(address, here, image, gas, state)
}

/// Jumps to a dynamic address (instruction set, section 5.4). `jump` begins with the op that jumps.
#[inline(always)]
fn jump_to_address<'m>(address: u32, jump: Rest<'m>, image: &'m Image, gas: i64, state: &mut State) -> Stop {
    // The rotation sends odd addresses behind the end of every possible table, and the return address is there
    // anyway, so one comparison tells the good case.
    match image.jump_table.get(address.rotate_right(1) as usize) {
        Some(&target) => enter_behind(target, jump, image, gas, state),
        None => {
            state.address = address;
            leave(jump, image, gas, state)
        }
    }
}

/// A dynamic jump to an address that is not in the jump table.
#[inline(never)]
fn leave<'m>(jump: Rest<'m>, image: &'m Image, gas: i64, state: &mut State) -> Stop {
    if state.address == RETURN_ADDRESS {
        finished(jump, image, gas, state)
    } else {
        trap(jump, image, gas, state)
    }
}
