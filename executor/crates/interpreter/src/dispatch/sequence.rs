// SPDX-License-Identifier: Apache-2.0
//! Handlers that execute several instructions, which saves the dispatch between them.
//!
//! The ops of all but the first stay as they are, behind the first: they hold the operands, and a start, a resumption
//! or a fault in between finds everything as if each instruction were executed alone.

use super::chain::{halt, slow, Follow};
use crate::op::{Image, Op, Rest, State, Stop};
use crate::ops::{FromRegisters, Last, Operands, Simple};
use core::marker::PhantomData;
use revive_vm_primitives::Reg;

/// Operands of an instruction behind another one.
pub(super) trait Forward: Operands {
    /// Whether these hold the value that the instruction before has written.
    const HANDED: bool;

    /// Whether these can be the operands of `op` behind `before`, which writes its `d` if it writes at all.
    fn fits(before: &Op, op: &Op) -> bool;

    /// Made with the value that the instruction before has just written.
    fn new(value: u64) -> Self;
}

impl Forward for FromRegisters {
    const HANDED: bool = false;

    fn fits(_before: &Op, _op: &Op) -> bool {
        true
    }

    #[inline(always)]
    fn new(_value: u64) -> Self {
        Self
    }
}

/// Makes operands of which one is the value that the instruction before has just written. Reading it from the
/// registers would wait for the write.
macro_rules! forwards {
    ($($(#[$doc:meta])* $name:ident: $operand:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(super) struct $name(u64);

        impl $name {
            pub(super) fn of(op: &Op) -> Reg {
                op.$operand
            }
        }

        impl Forward for $name {
            const HANDED: bool = true;

            fn fits(before: &Op, op: &Op) -> bool {
                Self::of(op) == before.d
            }

            #[inline(always)]
            fn new(value: u64) -> Self {
                Self(value)
            }
        }

        impl Operands for $name {
            #[inline(always)]
            fn $operand(self, _op: &Op, _state: &State) -> u64 {
                self.0
            }
        }
    )*};
}

forwards! {
    /// The value is that of `d`.
    D: d;
    /// The value is that of `s`.
    S: s;
    /// The value is that of `t`.
    T: t;
}

/// Instructions, as a type.
pub(super) trait Sequence {
    const LEN: usize;

    /// Whether the first of them is handed the value that the instruction before has written.
    const HANDED: bool;

    /// Whether these are the first of `ops`, whose codes are right, behind `before`.
    fn fits(before: &Op, ops: &[Op]) -> bool;

    /// Executes the first of `here`, behind `before`, which gave its `d` this value, and what comes then.
    fn exec<'m>(before: (&'m Op, u64), here: Rest<'m>, image: &'m Image, gas: i64, state: &mut State);
}

/// A simple instruction, with its operands, and a sequence.
pub(super) struct Link<A, R, P>(PhantomData<(A, R, P)>);
/// An instruction at the end of a block, with its operands.
pub(super) struct End<A, R>(PhantomData<(A, R)>);
/// No more instructions.
pub(super) struct Next;

impl<A: Simple, R: Forward, P: Sequence> Sequence for Link<A, R, P> {
    const LEN: usize = 1 + P::LEN;
    const HANDED: bool = R::HANDED;

    fn fits(before: &Op, ops: &[Op]) -> bool {
        // What writes nothing has nothing to hand on.
        (A::WRITES || !P::HANDED)
            && ops.split_first().is_some_and(|(op, behind)| R::fits(before, op) && P::fits(op, behind))
    }

    #[inline(always)]
    fn exec<'m>((_, value): (&'m Op, u64), here: Rest<'m>, image: &'m Image, gas: i64, state: &mut State) {
        let Some((op, behind)) = here.split_first() else { return halt(here, image, gas, state, Stop::Trap) };
        match A::exec(op, R::new(value), state) {
            Some(value) => P::exec((op, value), behind, image, gas, state),
            None => slow::<A>(here, image, gas, state),
        }
    }
}

impl<A: Last, R: Forward> Sequence for End<A, R> {
    const LEN: usize = 1;
    const HANDED: bool = R::HANDED;

    fn fits(before: &Op, ops: &[Op]) -> bool {
        ops.first().is_some_and(|op| R::fits(before, op))
    }

    #[inline(always)]
    fn exec<'m>((_, value): (&'m Op, u64), here: Rest<'m>, image: &'m Image, gas: i64, state: &mut State) {
        let Some((op, rest)) = here.split_first() else { return halt(here, image, gas, state, Stop::Trap) };
        A::exec(op, R::new(value), image, state, Follow { op, here, rest, image, gas });
    }
}

impl Sequence for Next {
    const LEN: usize = 0;
    const HANDED: bool = false;

    fn fits(_before: &Op, _ops: &[Op]) -> bool {
        true
    }

    #[inline(always)]
    fn exec<'m>((before, _): (&'m Op, u64), here: Rest<'m>, image: &'m Image, gas: i64, state: &mut State) {
        (before.next)(here, image, gas, state)
    }
}

/// Handler of a sequence, the first of which has its operands from the registers.
pub(super) fn run<'m, P: Sequence>(rest: Rest<'m>, image: &'m Image, gas: i64, state: &mut State) {
    // Asked once for all of them.
    if rest.len() < P::LEN {
        return halt(rest, image, gas, state, Stop::Trap);
    }
    let Some(first) = rest.first() else { return halt(rest, image, gas, state, Stop::Trap) };
    P::exec((first, 0), rest, image, gas, state)
}
