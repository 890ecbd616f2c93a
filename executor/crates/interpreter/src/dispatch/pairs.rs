// SPDX-License-Identifier: Apache-2.0
//! Two neighbouring instructions executed by one handler, which saves the dispatch between them.
//!
//! The op of a pair's second instruction stays as it is, behind the first: it holds the operands, and a start, a
//! resumption or a fault between the two finds everything as if there were no pairs. Which instructions take part
//! was chosen by how often they were executed next to each other in compiled programs (hashes, sieve, 256-bit
//! arithmetic, sorting, an emulator, memory moves).

use super::chain::Target;
use super::sequence::{run, End, Link, Next, D, S, T};
use super::LONGEST;
use crate::code::Code;
use crate::op::Op;
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
use crate::ops::{FromRegisters, Simple};

/// Makes the list of codes that take part, with their bodies and what they read of what the first of a pair wrote.
macro_rules! participants {
    (
        simple { $($simple:ident => $body:ty $(, reads $operand:ident)*;)* }
        last { $($last:ident => $last_body:ty $(, reads $last_operand:ident)*;)* }
    ) => {
        /// The handler of the first two of these ops.
        pub(super) fn pair(codes: &[Code; LONGEST], ops: &[Op]) -> Option<Target> {
            let (&[first, second, ..], [op, behind, ..]) = (codes, ops) else { return None };
            match first {
                $(Code::$simple => handler_with::<$body>(op, (second, behind)),)*
                _ => None,
            }
        }

        fn handler_with<A: Simple>(first: &Op, (second, op): (Code, &Op)) -> Option<Target> {
            Some(match second {
                $(
                    $(Code::$simple if A::WRITES && $operand::of(op) == first.d => run::<Link<A, FromRegisters, Link<$body, $operand, Next>>>,)*
                    Code::$simple => run::<Link<A, FromRegisters, Link<$body, FromRegisters, Next>>>,
                )*
                $(
                    $(Code::$last if A::WRITES && $last_operand::of(op) == first.d => {
                        run::<Link<A, FromRegisters, End<$last_body, $last_operand>>>
                    })*
                    Code::$last => run::<Link<A, FromRegisters, End<$last_body, FromRegisters>>>,
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
        Add64 => Rrr<Add64>, reads S;
        Sub64 => Rrr<Sub64>, reads S, reads T;
        Xor => Rrr<Xor>, reads S;
        Or => Rrr<Or>, reads S;
        And => Rrr<And>, reads S;
        AndInverted => Rrr<AndInverted>, reads S, reads T;
        SetLessThanUnsigned => Rrr<LessUnsigned>, reads S, reads T;
        Mul64 => Rrr<Mul64>, reads S;
        MulUpperUnsignedUnsignedWide => Rrr<MulUpperUnsignedUnsigned>, reads S;
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
        BranchEq => Branch<Equal>, reads D;
        BranchNotEq => Branch<NotEqual>, reads D;
        BranchLessUnsigned => Branch<Less>, reads D, reads S;
        BranchGreaterOrEqualUnsigned => Branch<GreaterOrEqualUnsigned>, reads D, reads S;
        BranchEqImm => BranchImm<Equal>, reads D;
        BranchNotEqImm => BranchImm<NotEqual>, reads D;
        Fallthrough => Fallthrough;
        Jump => Jump;
        JumpIndirect => JumpIndirect, reads D;
    }
}
