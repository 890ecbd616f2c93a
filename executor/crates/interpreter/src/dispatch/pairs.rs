// SPDX-License-Identifier: Apache-2.0
//! Two neighbouring instructions executed by one handler, which saves the dispatch between them.
//!
//! The op of a pair's second instruction stays as it is, behind the first: it holds the operands, and a start, a
//! resumption or a fault between the two finds everything as if there were no pairs. The codes that take part are those
//! that make up at least 0.3 % of the instructions executed in three or more programs, of those that
//! [`frequent`](super::frequent) was chosen with.

use super::body::{Body, Of};
use super::chain::Target;
use super::sequence::{run, End, Link, Next, D, S, T};
use super::LONGEST;
use crate::code::Code;
use crate::op::Op;
use crate::ops::{FromRegisters, Simple};

type BodyOf<const CODE: u8> = <Of<CODE> as Body>::Body;

/// Makes the handlers of the codes that take part, with what they read of what the first of a pair wrote.
macro_rules! participants {
    (
        simple { $($simple:ident $(, reads $operand:ident)*;)* }
        last { $($last:ident $(, reads $last_operand:ident)*;)* }
    ) => {
        /// The handler of the first two of these ops.
        pub(super) fn pair(codes: &[Code; LONGEST], ops: &[Op]) -> Option<Target> {
            let (&[first, second, ..], [op, behind, ..]) = (codes, ops) else { return None };
            match first {
                $(Code::$simple => handler_with::<BodyOf<{ Code::$simple as u8 }>>(op, (second, behind)),)*
                _ => None,
            }
        }

        fn handler_with<A: Simple>(first: &Op, (second, op): (Code, &Op)) -> Option<Target> {
            Some(match second {
                $(
                    $(Code::$simple if A::WRITES && $operand::of(op) == first.d => {
                        run::<Link<A, FromRegisters, Link<BodyOf<{ Code::$simple as u8 }>, $operand, Next>>>
                    })*
                    Code::$simple => run::<Link<A, FromRegisters, Link<BodyOf<{ Code::$simple as u8 }>, FromRegisters, Next>>>,
                )*
                $(
                    $(Code::$last if A::WRITES && $last_operand::of(op) == first.d => {
                        run::<Link<A, FromRegisters, End<BodyOf<{ Code::$last as u8 }>, $last_operand>>>
                    })*
                    Code::$last => run::<Link<A, FromRegisters, End<BodyOf<{ Code::$last as u8 }>, FromRegisters>>>,
                )*
                _ => return None,
            })
        }
    };
}

participants! {
    simple {
        MoveReg, reads S;
        LoadImm;
        AddImm64, reads S;
        AndImm, reads S;
        ShiftLogicalLeftImm64, reads S;
        ShiftLogicalRightImm64, reads S;
        RotateRightImm32, reads S;
        RotateRightImm64, reads S;
        Add64, reads S;
        Sub64, reads S, reads T;
        Xor, reads S;
        Or, reads S;
        And, reads S;
        AndInverted, reads S, reads T;
        SetLessThanUnsigned, reads S, reads T;
        Mul64, reads S;
        MulUpperUnsignedUnsignedWide, reads S;
        StackLoadIndirectU64;
        StackStoreIndirectU64, reads D;
        LoadIndirectU64, reads S;
        LoadIndirectI32, reads S;
        LoadIndirectU8, reads S;
        StoreIndirectU64, reads S, reads D;
        StoreIndirectU32, reads S, reads D;
        StoreIndirectU8, reads S, reads D;
        AddImm32, reads S;
        Add32, reads S, reads T;
        Sub32, reads S, reads T;
        MulImm64, reads S;
        NegateAndAddImm32, reads S;
        XorImm, reads S;
        ShiftLogicalLeftImm32, reads S;
        ShiftLogicalRightImm32, reads S;
        SetLessThanUnsignedImm, reads S;
        SetGreaterThanUnsignedImm, reads S;
        ZeroExtend16, reads S;
        CmovIfZero;
        CmovIfNotZeroImm;
        LoadIndirectI8, reads S;
        StoreIndirectU16, reads S, reads D;
        StoreImmIndirectU8, reads D;
        StoreImmIndirectU64, reads D;
        StackStoreImmIndirectU64;
    }
    last {
        BranchEq, reads D;
        BranchNotEq, reads D;
        BranchLessUnsigned, reads D, reads S;
        BranchGreaterOrEqualUnsigned, reads D, reads S;
        BranchEqImm, reads D;
        BranchNotEqImm, reads D;
        Fallthrough;
        Jump;
        JumpIndirect, reads D;
        BranchGreaterUnsignedImm, reads D;
        LoadImmAndJump;
    }
}
