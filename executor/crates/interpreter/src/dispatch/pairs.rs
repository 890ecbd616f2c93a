// SPDX-License-Identifier: Apache-2.0
//! Two neighbouring instructions executed by one handler, which saves the dispatch between them.
//!
//! The op of a pair's second instruction stays as it is, behind the first: it holds the operands, and a start, a
//! resumption or a fault between the two finds everything as if there were no pairs. Which instructions take part
//! was chosen by how often they were executed next to each other in compiled programs (hashes, sieve, 256-bit
//! arithmetic, sorting, an emulator, memory moves).

use super::chain::{halt, slow, Follow, Target};
use crate::code::Code;
use crate::op::{Image, Op, Rest, State, Stop};
use crate::ops::alu::{Add64, And, AndInverted, LessUnsigned, Move, Mul64, MulUpperUnsignedUnsigned, Or};
use crate::ops::alu::{
    LoadImm, RotateRight32, RotateRight64, Rr, Rri, Rrr, ShiftLeft64, ShiftRight64, Sub64, Xor,
};
use crate::ops::control::{
    Branch, BranchImm, Equal, Fallthrough, GreaterOrEqualUnsigned, Jump, JumpIndirect, LessUnsigned as Less,
    NotEqual,
};
use crate::ops::memory::{
    BaseS, BaseSp, LoadAt, LoadI32, LoadU64, LoadU8, StoreAt, StoreU32, StoreU64, StoreU8, ValueD,
};
use crate::ops::{FromRegisters, Last, Operands, Simple};
use revive_vm_primitives::Reg;

/// Operands of the second of a pair.
trait Forward: Operands {
    /// Made with the value that the first has just written.
    fn new(value: u64) -> Self;
}

impl Forward for FromRegisters {
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
        struct $name(u64);

        impl $name {
            fn of(op: &Op) -> Reg {
                op.$operand
            }
        }

        impl Forward for $name {
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

/// A pair of simple instructions.
fn pair<'m, A: Simple, B: Simple, R: Forward>(
    rest: Rest<'m>,
    image: &'m Image,
    gas: i64,
    state: &mut State,
) {
    let [first, second, ..] = rest else { return halt(rest, image, gas, state, Stop::Trap) };
    let Some(value) = A::exec(first, FromRegisters, state) else { return slow::<A>(rest, image, gas, state) };
    if B::exec(second, R::new(value), state).is_none() {
        return slow::<B>(rest.get(1..).unwrap_or_default(), image, gas, state);
    }
    // Behind what is executed, so that where the rest begins is not kept twice.
    let behind = rest.get(2..).unwrap_or_default();
    (second.next)(behind, image, gas, state)
}

/// A simple instruction and the end of a block.
fn pair_last<'m, A: Simple, B: Last, R: Forward>(
    rest: Rest<'m>,
    image: &'m Image,
    gas: i64,
    state: &mut State,
) {
    let [first, second, ..] = rest else { return halt(rest, image, gas, state, Stop::Trap) };
    let Some(value) = A::exec(first, FromRegisters, state) else { return slow::<A>(rest, image, gas, state) };
    let (here, behind) = (rest.get(1..).unwrap_or_default(), rest.get(2..).unwrap_or_default());
    B::exec(second, R::new(value), image, state, Follow { op: second, here, rest: behind, image, gas });
}

/// Makes the list of codes that take part, with their bodies and what they read of what the first of a pair wrote.
macro_rules! participants {
    (
        simple { $($simple:ident => $body:ty $(, reads $operand:ident)*;)* }
        last { $($last:ident => $last_body:ty $(, reads $last_operand:ident)*;)* }
    ) => {
        /// The handler of the first two of these ops.
        pub(crate) fn fuse(codes: &[Code], ops: &[Op]) -> Option<Target> {
            let (&[first, second, ..], [op, behind, ..]) = (codes, ops) else { return None };
            match first {
                $(Code::$simple => handler_with::<$body>(op, (second, behind)),)*
                _ => None,
            }
        }

        fn handler_with<A: Simple>(first: &Op, (second, op): (Code, &Op)) -> Option<Target> {
            Some(match second {
                $(
                    $(Code::$simple if A::WRITES && $operand::of(op) == first.d => pair::<A, $body, $operand>,)*
                    Code::$simple => pair::<A, $body, FromRegisters>,
                )*
                $(
                    $(Code::$last if A::WRITES && $last_operand::of(op) == first.d => {
                        pair_last::<A, $last_body, $last_operand>
                    })*
                    Code::$last => pair_last::<A, $last_body, FromRegisters>,
                )*
                _ => return None,
            })
        }
    };
}

participants! {
    simple {
        MoveReg => Rr<Move>, reads S;
        LoadImm => LoadImm;
        AddImm64 => Rri<Add64>, reads S;
        AndImm => Rri<And>, reads S;
        ShiftLogicalLeftImm64 => Rri<ShiftLeft64>, reads S;
        ShiftLogicalRightImm64 => Rri<ShiftRight64>, reads S;
        RotateRightImm32 => Rri<RotateRight32>, reads S;
        RotateRightImm64 => Rri<RotateRight64>, reads S;
        Add64 => Rrr<Add64>, reads S, reads T;
        Sub64 => Rrr<Sub64>, reads S, reads T;
        Xor => Rrr<Xor>, reads S, reads T;
        Or => Rrr<Or>, reads S, reads T;
        And => Rrr<And>, reads S, reads T;
        AndInverted => Rrr<AndInverted>, reads S, reads T;
        SetLessThanUnsigned => Rrr<LessUnsigned>, reads S, reads T;
        Mul64 => Rrr<Mul64>, reads S, reads T;
        MulUpperUnsignedUnsignedWide => Rrr<MulUpperUnsignedUnsigned>, reads S, reads T;
        StackLoadIndirectU64 => LoadAt<LoadU64, BaseSp, true>;
        StackStoreIndirectU64 => StoreAt<StoreU64, BaseSp, ValueD, true>, reads D;
        LoadIndirectU64 => LoadAt<LoadU64, BaseS, false>, reads S;
        LoadIndirectI32 => LoadAt<LoadI32, BaseS, false>, reads S;
        LoadIndirectU8 => LoadAt<LoadU8, BaseS, false>, reads S;
        StoreIndirectU64 => StoreAt<StoreU64, BaseS, ValueD, false>, reads S, reads D;
        StoreIndirectU32 => StoreAt<StoreU32, BaseS, ValueD, false>, reads S, reads D;
        StoreIndirectU8 => StoreAt<StoreU8, BaseS, ValueD, false>, reads S, reads D;
    }
    last {
        BranchEq => Branch<Equal>, reads D, reads S;
        BranchNotEq => Branch<NotEqual>, reads D, reads S;
        BranchLessUnsigned => Branch<Less>, reads D, reads S;
        BranchGreaterOrEqualUnsigned => Branch<GreaterOrEqualUnsigned>, reads D, reads S;
        BranchEqImm => BranchImm<Equal>, reads D;
        BranchNotEqImm => BranchImm<NotEqual>, reads D;
        Fallthrough => Fallthrough;
        Jump => Jump;
        JumpIndirect => JumpIndirect, reads D;
    }
}
