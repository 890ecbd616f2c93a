// SPDX-License-Identifier: Apache-2.0
//! Jumps and branches. Static targets were resolved and checked by pre-decoding; a branch that always traps is not
//! here but a trap.

use super::alu::immediate;
use super::{Last, Operands, Then};
use crate::op::{Image, Op, State, Stop};
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

/// `load_imm_and_jump`.
pub(crate) struct LoadImmAndJump;
/// `load_imm_and_jump` with a bad target.
pub(crate) struct LoadImmAndTrap;
/// `load_imm_and_jump_indirect`.
pub(crate) struct LoadImmAndJumpIndirect;

impl<C: Condition> Last for Branch<C> {
    #[inline(always)]
    fn exec<R: Operands, T: Then>(
        op: &Op,
        operands: R,
        _image: &Image,
        state: &mut State,
        then: T,
    ) -> T::Output {
        if C::test(operands.d(op, state), operands.s(op, state)) {
            then.to(op.j, state)
        } else {
            then.next(state)
        }
    }
}

impl<C: Condition> Last for BranchImm<C> {
    #[inline(always)]
    fn exec<R: Operands, T: Then>(
        op: &Op,
        operands: R,
        _image: &Image,
        state: &mut State,
        then: T,
    ) -> T::Output {
        if C::test(operands.d(op, state), immediate(op)) {
            then.to(op.j, state)
        } else {
            then.next(state)
        }
    }
}

impl Last for Jump {
    #[inline(always)]
    fn exec<R: Operands, T: Then>(
        op: &Op,
        _operands: R,
        _image: &Image,
        state: &mut State,
        then: T,
    ) -> T::Output {
        then.to(op.j, state)
    }
}

impl Last for Fallthrough {
    #[inline(always)]
    fn exec<R: Operands, T: Then>(
        _op: &Op,
        _operands: R,
        _image: &Image,
        state: &mut State,
        then: T,
    ) -> T::Output {
        then.next(state)
    }
}

impl Last for JumpIndirect {
    #[inline(always)]
    fn exec<R: Operands, T: Then>(
        op: &Op,
        operands: R,
        image: &Image,
        state: &mut State,
        then: T,
    ) -> T::Output {
        let address = operands.d(op, state).wrapping_add(immediate(op)) as u32;
        jump_to_address(address, image, state, then)
    }
}

impl Last for LoadImmAndJump {
    #[inline(always)]
    fn exec<R: Operands, T: Then>(
        op: &Op,
        _operands: R,
        _image: &Image,
        state: &mut State,
        then: T,
    ) -> T::Output {
        state.regs[op.d as usize] = immediate(op);
        then.to(op.j, state)
    }
}

impl Last for LoadImmAndTrap {
    #[inline(always)]
    fn exec<R: Operands, T: Then>(
        op: &Op,
        _operands: R,
        _image: &Image,
        state: &mut State,
        then: T,
    ) -> T::Output {
        state.regs[op.d as usize] = immediate(op);
        then.stop(Stop::Trap, state)
    }
}

impl Last for LoadImmAndJumpIndirect {
    #[inline(always)]
    fn exec<R: Operands, T: Then>(
        op: &Op,
        operands: R,
        image: &Image,
        state: &mut State,
        then: T,
    ) -> T::Output {
        let address = (operands.s(op, state) as u32).wrapping_add(op.j);
        state.regs[op.d as usize] = immediate(op);
        jump_to_address(address, image, state, then)
    }
}

/// Jumps to a dynamic address (instruction set, section 5.4).
#[inline(always)]
fn jump_to_address<T: Then>(address: u32, image: &Image, state: &mut State, then: T) -> T::Output {
    // The rotation sends odd addresses behind the end of every possible table, and the return address is there
    // anyway, so one comparison tells the good case.
    match image.jump_table.get(address.rotate_right(1) as usize) {
        Some(&target) => then.to(target, state),
        None => then.stop(leave(address), state),
    }
}

/// Why a dynamic jump to an address that is not in the jump table stops.
#[cold]
fn leave(address: u32) -> Stop {
    if address == RETURN_ADDRESS {
        Stop::Finished
    } else {
        Stop::Trap
    }
}
