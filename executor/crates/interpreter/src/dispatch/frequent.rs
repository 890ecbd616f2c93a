// SPDX-License-Identifier: Apache-2.0
//! Sequences longer than [`pairs`](super::pairs) that compiled programs execute often.
//!
//! A row stands here only if it has at least 0.3 % of the instructions executed, of those that it executes itself and no
//! other row, in three or more of 36 programs: the benchmark suite (`benchmarking/suite/`), `curve`, `format`, `hash` and
//! `layout` of its programs in C, and 18 others in C, each compiled for speed and for size (compression, trees, graphs, a
//! hash map, queens, AES, ChaCha, SHA-1, xxHash, long numbers, two prime fields, a stack machine, a transform, text, products
//! of matrices, lists, copies). Of the rows that this leaves, the one that saves most is taken, again and again. What it
//! saves are dispatches, and waits for an operand that the instruction before has just written; rows of the same codes
//! differ in these. A round of one hash function is in no other program, so it does not get in.
//!
//! `machine`, `parse`, `sort` and `wide` of the suite's programs in C have no part in the choice: they were only measured, to
//! see whether others gain too. When rows are changed, keep it so.

use super::body::{Body, Of};
use super::chain::Target;
use super::pairs::pair;
use super::sequence::{run, End, Link, Next, Sequence, D, S};
use super::LONGEST;
use crate::code::Code;
use crate::op::Op;
use crate::ops::FromRegisters;

/// Makes the type of a sequence. In parentheses is what an instruction has from the one before.
macro_rules! sequence {
    () => { Next };
    (=> $code:ident $operands:tt) => {
        End<<Of<{ Code::$code as u8 }> as Body>::Body, sequence!(@$operands)>
    };
    ($code:ident $operands:tt $($others:tt)*) => {
        Link<<Of<{ Code::$code as u8 }> as Body>::Body, sequence!(@$operands), sequence!($($others)*)>
    };
    (@()) => { FromRegisters };
    (@($operand:ident)) => { $operand };
}

macro_rules! frequent {
    ($($($code:ident $operands:tt)* $(=> $end:ident $end_operands:tt)?;)*) => {
        /// The handler of the first of these ops and as many behind it as it can execute.
        pub(crate) fn fuse(codes: &[Code; LONGEST], ops: &[Op]) -> Option<Target> {
            let (before, _) = ops.split_first()?;
            match codes {
                $(
                    [$(Code::$code,)* $(Code::$end,)? ..]
                        if <sequence!($($code $operands)* $(=> $end $end_operands)?)>::fits(before, ops) =>
                    {
                        Some(run::<sequence!($($code $operands)* $(=> $end $end_operands)?)>)
                    }
                )*
                _ => pair(codes, ops),
            }
        }
    };
}

// Of sequences with the same beginning the longer ones come first.
frequent! {
    AddImm64() AddImm64() StackStoreImmIndirectU64() StackStoreIndirectU64() StackStoreIndirectU64();
    AddImm64() StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64() => JumpIndirect();
    AddImm64() StackStoreIndirectU64() StackStoreIndirectU64() StackStoreIndirectU64() MoveReg();
    LoadIndirectU8() StoreIndirectU8(D) AddImm64() AddImm64() => BranchNotEq();
    Mul64() Add64(S) ShiftLogicalRightImm64(S) Mul64(S) ShiftLogicalRightImm64(S);
    MulUpperUnsignedUnsignedWide() Mul64() Add64(S) SetLessThanUnsigned(S) Add64(S);
    StoreIndirectU64() StoreIndirectU64() StoreIndirectU64() StoreIndirectU64() AddImm64();
    Xor() StoreIndirectU64(D) AddImm64() AddImm64() => BranchNotEq();
    Add64() Add64() LoadIndirectU64(S) LoadIndirectU64();
    Add64() Add64() LoadIndirectU64() LoadIndirectU64();
    Add64() Add64() SetLessThanUnsigned(S) Add64(S);
    Add64() SetLessThanUnsigned(S) Add64() SetLessThanUnsigned(S);
    Add64() StoreImmIndirectU64(D) StoreImmIndirectU64() StoreImmIndirectU64();
    AddImm64() AddImm64() AddImm64() => BranchNotEq();
    AddImm64() AddImm64() AddImm64() => BranchNotEqImm();
    AddImm64() StackStoreIndirectU64() StackStoreIndirectU64() StackStoreIndirectU64();
    AddImm64() StoreImmIndirectU8() AddImm64() => BranchNotEqImm();
    LoadIndirectU64() LoadIndirectU64() Mul64(S) Add64(S);
    LoadIndirectU64() LoadIndirectU64() Mul64() Add64(S);
    MoveReg() MoveReg() MoveReg() MoveReg();
    Mul64() Add64(S) SetLessThanUnsigned(S) Add64(S);
    RotateRightImm64() Xor(S) RotateRightImm64() Xor(S);
    RotateRightImm64() Xor() RotateRightImm64(S) Xor();
    RotateRightImm64() Xor(S) RotateRightImm64() Xor();
    StackLoadIndirectU64() Add64(S) StackStoreIndirectU64() StackLoadIndirectU64();
    StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64() => JumpIndirect();
    StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64();
    StoreImmIndirectU64() AddImm64() AddImm64() => BranchGreaterUnsignedImm();
    Add64() Add64() Add64(S);
    Add64() Mul64() Add64(S);
    Add64() SetLessThanUnsigned(S) Add64(S);
    Add64() StackLoadIndirectU64() StackLoadIndirectU64();
    AddImm32() AddImm64() AddImm64();
    AddImm64() AddImm64() => BranchNotEq();
    AddImm64() AddImm64() => BranchNotEqImm();
    AddImm64() MoveReg() => Fallthrough();
    LoadIndirectU64() LoadIndirectU64() Add64();
    LoadIndirectU8() LoadIndirectU8() LoadIndirectU8();
    Mul64() Add64(S) LoadIndirectU64();
    Mul64() Add64(S) SetLessThanUnsigned(S);
    ShiftLogicalLeftImm64() Add64(S) LoadIndirectI32(S);
    ShiftLogicalLeftImm64() Add64(S) LoadIndirectU64(S);
    ShiftLogicalLeftImm64() ShiftLogicalRightImm64(S) Add64(S);
    ShiftLogicalLeftImm64() ShiftLogicalRightImm64() Or(S);
    ShiftLogicalLeftImm64() StackLoadIndirectU64() Add64(S);
    StackLoadIndirectU64() Add64(S) Add64(S);
    StackLoadIndirectU64() Add64(S) Add64();
    StackLoadIndirectU64() Add64(S) SetLessThanUnsigned(S);
    StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64();
    StackStoreIndirectU64() AddImm64() StackStoreIndirectU64();
    StackStoreIndirectU64() StackLoadIndirectU64() Add64(S);
    StackStoreIndirectU64() StackStoreIndirectU64() StackStoreIndirectU64();
    StoreIndirectU8() AddImm64() AddImm64();
    Xor() Mul64(S) ShiftLogicalRightImm64(S);
    Xor() StackStoreIndirectU64(D) Xor();
    Xor() Xor(S) Xor(S);
    Xor() Xor() Xor();
}
