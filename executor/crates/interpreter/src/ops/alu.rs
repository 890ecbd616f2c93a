// SPDX-License-Identifier: Apache-2.0
//! Instructions that compute on registers: instruction set, sections 7.2, 7.5, 7.7, 7.11 and 7.13.

use super::{Operands, Simple};
use crate::op::{Op, State};
use core::marker::PhantomData;

/// A function of two values.
pub(crate) trait Binary {
    fn eval(a: u64, b: u64) -> u64;
}

/// A function of one value.
pub(crate) trait Unary {
    fn eval(a: u64) -> u64;
}

/// The low 32 bits, sign-extended: the result of every `_32` operation.
#[inline(always)]
fn w(value: u32) -> u64 {
    i64::from(value as i32) as u64
}

/// The low 32 bits.
#[inline(always)]
fn lo(value: u64) -> u32 {
    value as u32
}

/// The low 32 bits as a signed number.
#[inline(always)]
fn lo_signed(value: u64) -> i32 {
    value as i32
}

macro_rules! binary {
    ($($name:ident: |$a:ident, $b:ident| $body:expr;)*) => {$(
        pub(crate) struct $name;
        impl Binary for $name {
            #[inline(always)]
            fn eval($a: u64, $b: u64) -> u64 {
                $body
            }
        }
    )*};
}

macro_rules! unary {
    ($($name:ident: |$a:ident| $body:expr;)*) => {$(
        pub(crate) struct $name;
        impl Unary for $name {
            #[inline(always)]
            fn eval($a: u64) -> u64 {
                $body
            }
        }
    )*};
}

binary! {
    Add32: |a, b| w(lo(a).wrapping_add(lo(b)));
    Sub32: |a, b| w(lo(a).wrapping_sub(lo(b)));
    Mul32: |a, b| w(lo(a).wrapping_mul(lo(b)));
    DivUnsigned32: |a, b| lo(a).checked_div(lo(b)).map_or(u64::MAX, w);
    DivSigned32: |a, b| if lo(b) == 0 { u64::MAX } else { w(lo_signed(a).wrapping_div(lo_signed(b)) as u32) };
    RemUnsigned32: |a, b| w(lo(a).checked_rem(lo(b)).unwrap_or(lo(a)));
    RemSigned32: |a, b| if lo(b) == 0 { w(lo(a)) } else { w(lo_signed(a).wrapping_rem(lo_signed(b)) as u32) };
    ShiftLeft32: |a, b| w(lo(a).wrapping_shl(lo(b)));
    ShiftRight32: |a, b| w(lo(a).wrapping_shr(lo(b)));
    ShiftRightSigned32: |a, b| w(lo_signed(a).wrapping_shr(lo(b)) as u32);
    RotateLeft32: |a, b| w(lo(a).rotate_left(lo(b) & 31));
    RotateRight32: |a, b| w(lo(a).rotate_right(lo(b) & 31));

    Add64: |a, b| a.wrapping_add(b);
    Sub64: |a, b| revive_vm_primitives::mutant!(SwappedOperands, b.wrapping_sub(a), a.wrapping_sub(b));
    Mul64: |a, b| a.wrapping_mul(b);
    DivUnsigned64: |a, b| a.checked_div(b).unwrap_or(u64::MAX);
    DivSigned64: |a, b| if b == 0 { u64::MAX } else { (a as i64).wrapping_div(b as i64) as u64 };
    RemUnsigned64: |a, b| a.checked_rem(b).unwrap_or(a);
    RemSigned64: |a, b| if b == 0 { a } else { (a as i64).wrapping_rem(b as i64) as u64 };
    ShiftLeft64: |a, b| a.wrapping_shl(lo(b));
    ShiftRight64: |a, b| a.wrapping_shr(lo(b));
    ShiftRightSigned64: |a, b| (a as i64).wrapping_shr(lo(b)) as u64;
    RotateLeft64: |a, b| a.rotate_left(lo(b) & 63);
    RotateRight64: |a, b| a.rotate_right(lo(b) & 63);

    And: |a, b| a & b;
    Xor: |a, b| a ^ b;
    Or: |a, b| a | b;
    AndInverted: |a, b| a & !b;
    OrInverted: |a, b| a | !b;
    Xnor: |a, b| !(a ^ b);
    Maximum: |a, b| (a as i64).max(b as i64) as u64;
    MaximumUnsigned: |a, b| a.max(b);
    Minimum: |a, b| (a as i64).min(b as i64) as u64;
    MinimumUnsigned: |a, b| a.min(b);
    LessUnsigned: |a, b| u64::from(a < b);
    LessSigned: |a, b| u64::from((a as i64) < (b as i64));
    GreaterUnsigned: |a, b| u64::from(a > b);
    GreaterSigned: |a, b| u64::from((a as i64) > (b as i64));

    MulUpperSignedSigned: |a, b| ((i128::from(a as i64) * i128::from(b as i64)) >> 64) as u64;
    MulUpperUnsignedUnsigned: |a, b| ((u128::from(a) * u128::from(b)) >> 64) as u64;
    MulUpperSignedUnsigned: |a, b| ((i128::from(a as i64) * i128::from(b)) >> 64) as u64;
    // The upper halves of 32-bit products, for the 32-bit set.
    MulUpperSignedSignedNarrow: |a, b| w(((i64::from(lo_signed(a)) * i64::from(lo_signed(b))) >> 32) as u32);
    MulUpperUnsignedUnsignedNarrow: |a, b| w(((u64::from(lo(a)) * u64::from(lo(b))) >> 32) as u32);
    MulUpperSignedUnsignedNarrow: |a, b| w(((i64::from(lo_signed(a)) * i64::from(lo(b))) >> 32) as u32);
}

unary! {
    Move: |a| a;
    CountSetBits64: |a| u64::from(a.count_ones());
    CountSetBits32: |a| u64::from(lo(a).count_ones());
    CountLeadingZeroBits64: |a| u64::from(a.leading_zeros());
    CountLeadingZeroBits32: |a| u64::from(lo(a).leading_zeros());
    CountTrailingZeroBits64: |a| u64::from(a.trailing_zeros());
    CountTrailingZeroBits32: |a| u64::from(lo(a).trailing_zeros());
    SignExtend8: |a| i64::from(a as i8) as u64;
    SignExtend16: |a| i64::from(a as i16) as u64;
    ZeroExtend16: |a| u64::from(a as u16);
    ReverseByte: |a| a.swap_bytes();
    // For the 32-bit set.
    ReverseByteNarrow: |a| w(lo(a).swap_bytes());
}

/// The first immediate, sign-extended.
#[inline(always)]
pub(crate) fn immediate(op: &Op) -> u64 {
    i64::from(op.i) as u64
}

/// `d = f(s, t)`.
pub(crate) struct Rrr<F>(PhantomData<F>);
/// `d = f(s, i)`.
pub(crate) struct Rri<F>(PhantomData<F>);
/// `d = f(i, s)`.
pub(crate) struct Rir<F>(PhantomData<F>);
/// `d = f(s)`.
pub(crate) struct Rr<F>(PhantomData<F>);
/// `d = i`.
pub(crate) struct LoadImm;
/// `d = k`.
pub(crate) struct LoadImm64;
/// `d = s` if `t` is zero, or if it is not.
pub(crate) struct Cmov<const ZERO: bool>;
/// `d = i` if `s` is zero, or if it is not.
pub(crate) struct CmovImm<const ZERO: bool>;
/// Nothing.
pub(crate) struct Nothing;

impl<F: Binary> Simple for Rrr<F> {
    #[inline(always)]
    fn exec<R: Operands>(op: &Op, operands: R, state: &mut State) -> Option<u64> {
        let value = F::eval(operands.s(op, state), operands.t(op, state));
        state.regs[op.d as usize] = value;
        Some(value)
    }
}

impl<F: Binary> Simple for Rri<F> {
    #[inline(always)]
    fn exec<R: Operands>(op: &Op, operands: R, state: &mut State) -> Option<u64> {
        let value = F::eval(operands.s(op, state), immediate(op));
        state.regs[op.d as usize] = value;
        Some(value)
    }
}

impl<F: Binary> Simple for Rir<F> {
    #[inline(always)]
    fn exec<R: Operands>(op: &Op, operands: R, state: &mut State) -> Option<u64> {
        let value = F::eval(immediate(op), operands.s(op, state));
        state.regs[op.d as usize] = value;
        Some(value)
    }
}

impl<F: Unary> Simple for Rr<F> {
    #[inline(always)]
    fn exec<R: Operands>(op: &Op, operands: R, state: &mut State) -> Option<u64> {
        let value = F::eval(operands.s(op, state));
        state.regs[op.d as usize] = value;
        Some(value)
    }
}

impl Simple for LoadImm {
    #[inline(always)]
    fn exec<R: Operands>(op: &Op, _operands: R, state: &mut State) -> Option<u64> {
        let value = immediate(op);
        state.regs[op.d as usize] = value;
        Some(value)
    }
}

impl Simple for LoadImm64 {
    #[inline(always)]
    fn exec<R: Operands>(op: &Op, _operands: R, state: &mut State) -> Option<u64> {
        let value = u64::from(op.i as u32) | (u64::from(op.j) << 32);
        state.regs[op.d as usize] = value;
        Some(value)
    }
}

impl<const ZERO: bool> Simple for Cmov<ZERO> {
    #[inline(always)]
    fn exec<R: Operands>(op: &Op, operands: R, state: &mut State) -> Option<u64> {
        if (operands.t(op, state) == 0) == ZERO {
            state.regs[op.d as usize] = operands.s(op, state);
        }
        Some(state.regs[op.d as usize])
    }
}

impl<const ZERO: bool> Simple for CmovImm<ZERO> {
    #[inline(always)]
    fn exec<R: Operands>(op: &Op, operands: R, state: &mut State) -> Option<u64> {
        if (operands.s(op, state) == 0) == ZERO {
            state.regs[op.d as usize] = immediate(op);
        }
        Some(state.regs[op.d as usize])
    }
}

impl Simple for Nothing {
    const WRITES: bool = false;

    #[inline(always)]
    fn exec<R: Operands>(_op: &Op, _operands: R, _state: &mut State) -> Option<u64> {
        Some(0)
    }
}
