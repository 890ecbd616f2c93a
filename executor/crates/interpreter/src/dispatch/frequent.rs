// SPDX-License-Identifier: Apache-2.0
//! Longer sequences that compiled programs execute often. They were chosen as [`pairs`](super::pairs) were: of the
//! handlers executed one after the other, the most frequent two were made one, again and again.

use super::body::{Body, Of};
use super::chain::Target;
use super::pairs::pair;
use super::sequence::{run, End, Link, Next, Sequence, D, S, T};
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
        pub(crate) fn fuse(codes: &[Code], ops: &[Op]) -> Option<Target> {
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
    Add64() Add64() LoadIndirectU64() LoadIndirectU64() AndImm() Add64();
    Add64() AddImm64() MoveReg() MoveReg() MoveReg() MoveReg();
    Add64() LoadIndirectI32() Add64(T) Add64(S) AddImm64() AddImm64();
    Add64() LoadIndirectU64(S) LoadIndirectU64() LoadIndirectU64() LoadIndirectU64() Add64();
    Add64() LoadIndirectU64() LoadIndirectU64() Mul64(S) LoadIndirectU64() LoadIndirectU64();
    Add64() LoadIndirectU64() LoadIndirectU64() Mul64(T) LoadIndirectU64() LoadIndirectU64();
    Add64() SetLessThanUnsigned(S) Add64(T) Add64() SetLessThanUnsigned(S) Add64(T);
    Add64() SetLessThanUnsigned() Add64() Add64() SetLessThanUnsigned() Add64();
    Add64() StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64() AddImm64() => JumpIndirect();
    AddImm64() StackStoreIndirectU64() StackStoreIndirectU64() StackStoreIndirectU64() LoadImm() MoveReg();
    LoadIndirectU64() LoadIndirectU64() StoreIndirectU64() StoreIndirectU64() StoreIndirectU64() StoreIndirectU64();
    LoadIndirectU8() LoadIndirectU8() LoadIndirectU8() ShiftLogicalLeftImm64() Add64(S) LoadIndirectI32(S);
    MoveReg() MoveReg() MoveReg() MoveReg() MoveReg() StackLoadIndirectU64();
    Mul64() Add64() LoadIndirectU64() LoadIndirectU64() Mul64() Add64();
    Mul64() Add64(S) SetLessThanUnsigned(S) Add64(T) Add64() SetLessThanUnsigned(S);
    Mul64() Add64(T) SetLessThanUnsigned(S) Add64(S) Add64() SetLessThanUnsigned(S);
    Mul64() Add64(S) SetLessThanUnsigned(S) Add64(S) Add64() SetLessThanUnsigned(S);
    Mul64() Add64() SetLessThanUnsigned() Add64() Add64() SetLessThanUnsigned();
    RotateRightImm32() RotateRightImm32() Xor(T) RotateRightImm32() Xor(T) And();
    ShiftLogicalLeftImm64() LoadImm() Add64(T) LoadIndirectI32(S) Add64(S) AddImm64();
    StackLoadIndirectU64() Mul64(T) Add64(T) LoadIndirectU64() StackLoadIndirectU64() Mul64(T);
    StackLoadIndirectU64() MulUpperUnsignedUnsignedWide(T) Mul64() Add64(S) SetLessThanUnsigned(S) Add64(S);
    StackLoadIndirectU64() MulUpperUnsignedUnsignedWide() Mul64() Add64() SetLessThanUnsigned() Add64();
    StackLoadIndirectU64() Xor(T) RotateRightImm64(S) StackStoreIndirectU64() StackLoadIndirectU64() Add64(S);
    StackLoadIndirectU64() Xor() RotateRightImm64() StackStoreIndirectU64() StackLoadIndirectU64() Add64();
    StackStoreIndirectU64() AndInverted() Or(S) Add64(S) Add64(T) LoadIndirectI32();
    StoreIndirectU64() StoreIndirectU64() StoreIndirectU64() StoreIndirectU64() AddImm64() => BranchGreaterUnsignedImm(D);
    Xor() RotateRightImm64() Add64() Xor() RotateRightImm64() Add64();
    Xor() RotateRightImm64(S) Add64(T) Xor(T) RotateRightImm64(S) StackLoadIndirectU64();
    Xor() RotateRightImm64() Add64() Xor() RotateRightImm64() StackLoadIndirectU64();
    Xor() Xor() And(S) And() Xor(S) Add64(T);
    Add64() Add64() ShiftLogicalRightImm64(S) StoreImmIndirectU8() => BranchEqImm();
    StoreIndirectU32() StoreIndirectU32() AddImm64() AddImm64() => BranchLessUnsigned();
    ZeroExtend16() Add64(S) LoadIndirectU8(S) AddImm64(S) => BranchLessUnsigned(S);
    Add64() Add64() LoadIndirectU64(S) LoadIndirectU64();
    Add64() Add64() SetLessThanUnsigned(S) Add64(S);
    Add64() Add64() SetLessThanUnsigned() Add64();
    Add64() LoadIndirectU64() LoadIndirectU64() Mul64(S);
    Add64() LoadIndirectU64() LoadIndirectU64() Mul64(T);
    Add64() LoadIndirectU8(S) AddImm64(S) => BranchLessUnsigned(S);
    Add64() SetLessThanUnsigned(S) Add64(T) MulUpperUnsignedUnsignedWide();
    Add64() Xor(S) RotateRightImm64(S) Add64(S);
    Add64() Xor() RotateRightImm64() Add64();
    AddImm64() StackStoreIndirectU64() StackStoreIndirectU64() StackStoreIndirectU64();
    AddImm64() StoreIndirectU32() AddImm64() => BranchNotEqImm();
    AndImm() AndImm() ShiftLogicalLeftImm64() ShiftLogicalLeftImm64();
    AndInverted() Xor(S) StackLoadIndirectU64() StackStoreIndirectU64();
    AndInverted() Xor() StackLoadIndirectU64() StackStoreIndirectU64();
    LoadIndirectU64() StackLoadIndirectU64() Mul64(T) Add64(T);
    LoadIndirectU64() StackLoadIndirectU64() Mul64() Add64();
    RotateRightImm32() RotateRightImm32() Xor(S) RotateRightImm32();
    ShiftLogicalLeftImm64() Add64(S) MoveReg() => Fallthrough();
    ShiftLogicalLeftImm64() LoadImm() Add64(T) LoadIndirectI32(S);
    StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64();
    StackStoreIndirectU64() LoadIndirectU64() StackLoadIndirectU64() MoveReg();
    Xor() RotateRightImm64(S) StackStoreIndirectU64() StackLoadIndirectU64();
    Xor() Xor() RotateRightImm64(S) Xor();
    Xor() Xor() RotateRightImm64() Xor();
    AddImm64() Add64() => BranchGreaterUnsignedImm();
    AddImm64() AddImm64() => BranchGreaterUnsignedImm();
    AddImm64() AddImm64() => BranchLessUnsigned();
    AddImm64() MoveReg() => Fallthrough();
    ShiftLogicalLeftImm64() Add64(S) => Fallthrough();
    ShiftLogicalLeftImm64() AddImm64(S) => BranchGreaterOrEqualUnsigned(D);
    StoreIndirectU32() AddImm64() => BranchNotEq(D);
    StoreIndirectU32() AddImm64() => BranchNotEq();
    ZeroExtend16() Add64(S) LoadIndirectU8(S);
    Add64() LoadIndirectI8(S);
    AddImm64() => BranchGreaterUnsignedImm(D);
    AddImm64() => BranchGreaterUnsignedImm();
    AddImm64() => LoadImmAndJump();
    StackLoadIndirectU64() => LoadImmAndJumpIndirect();
    StoreImmIndirectU64() StoreImmIndirectU64();
    Xor() ShiftLogicalRightImm32();
}
