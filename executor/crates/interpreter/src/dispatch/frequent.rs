// SPDX-License-Identifier: Apache-2.0
//! Longer sequences that compiled programs execute often. They were chosen as [`pairs`](super::pairs) were: of the
//! handlers executed one after the other, the most frequent two were made one, again and again.

use super::body::{Body, Of};
use super::chain::Target;
use super::pairs::pair;
use super::sequence::{run, End, Link, Next, Sequence, D, S};
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
    Add64() Add64() LoadIndirectU64(S) LoadIndirectU64() LoadIndirectU64() LoadIndirectU64();
    Add64() AddImm64() MoveReg() MoveReg() MoveReg() MoveReg();
    Add64() LoadIndirectI32() Add64(S) Add64(S) AddImm64() AddImm64();
    Add64() LoadIndirectU64(S) LoadIndirectU64() LoadIndirectU64() LoadIndirectU64() Add64();
    Add64() LoadIndirectU64() LoadIndirectU64() Mul64(S) Add64(S) LoadIndirectU64();
    Add64() LoadIndirectU64() LoadIndirectU64() Mul64(S) LoadIndirectU64() LoadIndirectU64();
    Add64() LoadIndirectU8(S) Add64(S) LoadIndirectU8(S) AddImm64() => BranchEqImm();
    Add64() MulUpperUnsignedUnsignedWide() Mul64() Add64(S) SetLessThanUnsigned(S) Add64(S);
    Add64() RotateRightImm32() Xor() RotateRightImm32() Xor(S) ShiftLogicalRightImm32();
    Add64() SetLessThanUnsigned(S) Add64(S) Add64(S) SetLessThanUnsigned(S) Add64(S);
    Add64() SetLessThanUnsigned(S) Add64(S) Add64() SetLessThanUnsigned(S) Add64(S);
    Add64() SetLessThanUnsigned(S) Add64(S) MulUpperUnsignedUnsignedWide() Mul64() Add64(S);
    Add64() StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64() AddImm64() => JumpIndirect();
    AddImm64() Add64(S) LoadIndirectU64(S) StackStoreIndirectU64(D) LoadIndirectU64() StackStoreIndirectU64(D);
    AddImm64() StackStoreIndirectU64() StackStoreIndirectU64() StackStoreIndirectU64() LoadImm() MoveReg();
    AndImm() AndImm() ShiftLogicalLeftImm64() ShiftLogicalLeftImm64() Add64() Add64();
    LoadIndirectI32() LoadIndirectI32() LoadIndirectI32() LoadIndirectI32() RotateRightImm32() RotateRightImm32();
    LoadIndirectU64() LoadIndirectU64() AndImm() Add64() AddImm64() => JumpIndirect();
    LoadIndirectU64() StackLoadIndirectU64() Mul64(S) Add64(S) LoadIndirectU64() StackLoadIndirectU64();
    LoadIndirectU8() LoadIndirectU8() LoadIndirectU8() ShiftLogicalLeftImm64() Add64(S) LoadIndirectI32(S);
    MoveReg() MoveReg() MoveReg() MoveReg() MoveReg() StackLoadIndirectU64();
    Mul64() Add64(S) LoadIndirectU64() LoadIndirectU64() Mul64(S) Add64(S);
    Mul64() Add64(S) ShiftLogicalRightImm32(S) StoreIndirectU32(D) AddImm64() => BranchNotEq(D);
    RotateRightImm32() RotateRightImm32() Xor(S) RotateRightImm32() Xor(S) And();
    ShiftLogicalLeftImm64() Add64(S) LoadIndirectU64(S) StackStoreIndirectU64(D) AddImm64() StackStoreIndirectU64(D);
    ShiftLogicalLeftImm64() AddImm64() Add64(S) StackLoadIndirectU64() StoreIndirectU64(D) StackLoadIndirectU64();
    ShiftLogicalLeftImm64() LoadImm() Add64(S) LoadIndirectI32(S) Add64(S) AddImm64();
    ShiftLogicalLeftImm64() LoadImm() Add64(S) LoadIndirectI32(S) Add64(S) => JumpIndirect(D);
    StackLoadIndirectU64() Mul64(S) Add64(S) LoadIndirectU64() StackLoadIndirectU64() Mul64(S);
    StackLoadIndirectU64() MulUpperUnsignedUnsignedWide(S) Mul64() Add64(S) SetLessThanUnsigned(S) Add64(S);
    StackLoadIndirectU64() Xor(S) RotateRightImm64(S) StackStoreIndirectU64() StackLoadIndirectU64() Add64(S);
    StackStoreIndirectU64() AndInverted() Or(S) Add64(S) Add64(S) LoadIndirectI32();
    StackStoreIndirectU64() LoadIndirectU64() StackLoadIndirectU64() MoveReg() StackStoreIndirectU64() StackLoadIndirectU64();
    StoreIndirectU64() StoreIndirectU64() StoreIndirectU64() StoreIndirectU64() AddImm64() AddImm64();
    StoreIndirectU64() StoreIndirectU64() StoreIndirectU64() StoreIndirectU64() AddImm64() => BranchGreaterUnsignedImm(D);
    Xor() RotateRightImm64(S) Add64(S) Xor(S) RotateRightImm64(S) Add64(S);
    Xor() RotateRightImm64(S) Add64(S) Xor(S) RotateRightImm64(S) Add64();
    Xor() RotateRightImm64(S) Add64(S) Xor(S) RotateRightImm64(S) StackLoadIndirectU64();
    Xor() RotateRightImm64(S) StackStoreIndirectU64() StackLoadIndirectU64() Add64(S) Add64(S);
    Xor() ShiftLogicalRightImm32() Xor(S) Add64() Add64(S) StoreIndirectU32(D);
    Xor() Xor() And(S) And() Xor(S) Add64(S);
    Xor() Xor() RotateRightImm64(S) Xor() RotateRightImm64(S) StackStoreIndirectU64(D);
    Xor() Xor() RotateRightImm64(S) Xor() RotateRightImm64() StackStoreIndirectU64();
    Xor() Xor(S) Xor() RotateRightImm64(S) Xor() RotateRightImm64(S);
    Xor() Xor(S) Xor() RotateRightImm64(S) Xor() RotateRightImm64();
    Add64() Add64() ShiftLogicalRightImm64(S) StoreImmIndirectU8() => BranchEqImm();
    LoadIndirectU64() RotateRightImm64() AddImm64() Xor() => BranchNotEq();
    StackLoadIndirectU64() LoadIndirectU64(S) AddImm64() StackLoadIndirectU64() => LoadImmAndJumpIndirect();
    StoreIndirectU32() StoreIndirectU32() AddImm64() AddImm64() => BranchLessUnsigned();
    ZeroExtend16() Add64(S) LoadIndirectU8(S) AddImm64(S) => BranchLessUnsigned(S);
    Add64() Add64() SetLessThanUnsigned(S) Add64(S);
    Add64() Add64() SetLessThanUnsigned() Add64(S);
    Add64() LoadIndirectU8(S) AddImm64(S) => BranchLessUnsigned(S);
    Add64() SetLessThanUnsigned(S) Add64(S) Add64(S);
    Add64() SetLessThanUnsigned(S) Add64() Add64();
    Add64() SetLessThanUnsigned(S) Add64(S) MulUpperUnsignedUnsignedWide();
    Add64() StackLoadIndirectU64() Add64(S) StackLoadIndirectU64();
    Add64() StackLoadIndirectU64() MulUpperUnsignedUnsignedWide(S) Mul64();
    Add64() Xor(S) RotateRightImm64(S) Add64(S);
    Add64() Xor(S) RotateRightImm64(S) Add64();
    AddImm64() StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64();
    AddImm64() StackStoreIndirectU64() StackStoreIndirectU64() StackStoreIndirectU64();
    AddImm64() StoreIndirectU32() AddImm64() => BranchNotEqImm();
    AndInverted() Xor(S) StackLoadIndirectU64() StackStoreIndirectU64();
    LoadIndirectU64() LoadIndirectU64() Mul64(S) Add64(S);
    Mul64() LoadIndirectU64() LoadIndirectU64() Mul64(S);
    RotateRightImm32() RotateRightImm32() Xor(S) RotateRightImm32();
    RotateRightImm64() StackStoreIndirectU64() StackLoadIndirectU64() Add64(S);
    SetLessThanUnsigned() Add64(S) Add64() SetLessThanUnsigned(S);
    SetLessThanUnsigned() Add64(S) Add64() SetLessThanUnsigned();
    SetLessThanUnsigned() MulUpperUnsignedUnsignedWide() Mul64() Add64();
    ShiftLogicalLeftImm64() Add64(S) MoveReg() => Fallthrough();
    StackLoadIndirectU64() Add64(S) SetLessThanUnsigned(S) Add64(S);
    StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64() => JumpIndirect();
    StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64();
    StackLoadIndirectU64() StackLoadIndirectU64() StoreIndirectU64() AddImm64();
    StackLoadIndirectU64() Xor(S) RotateRightImm64(S) AndInverted();
    StackLoadIndirectU64() Xor(S) RotateRightImm64(S) Xor(S);
    StackLoadIndirectU64() Xor(S) RotateRightImm64(S) Xor();
    StackLoadIndirectU64() Xor(S) StackLoadIndirectU64() StackStoreIndirectU64();
    StackStoreIndirectU64() AndInverted() Xor(S) StackStoreIndirectU64(D);
    StackStoreIndirectU64() LoadIndirectU64() StackLoadIndirectU64() => LoadImmAndJumpIndirect();
    StackStoreIndirectU64() LoadIndirectU64() StackLoadIndirectU64() MoveReg();
    Xor() RotateRightImm64(S) Add64() Xor(S);
    Xor() RotateRightImm64(S) StackLoadIndirectU64() Add64(S);
    Xor() RotateRightImm64(S) StackStoreIndirectU64() StackLoadIndirectU64();
    Xor() RotateRightImm64(S) Xor() RotateRightImm64(S);
    Xor() RotateRightImm64(S) Xor(S) StackStoreIndirectU64(D);
    Xor() Xor(S) RotateRightImm64() Xor(S);
    Xor() Xor() RotateRightImm64(S) Xor();
    AddImm64() Add64() => BranchGreaterUnsignedImm();
    AddImm64() AddImm64() => BranchGreaterUnsignedImm();
    AddImm64() AddImm64() => BranchLessUnsigned();
    AddImm64() AddImm64() => BranchNotEq();
    AddImm64() AddImm64() => BranchNotEqImm();
    AddImm64() MoveReg() => Fallthrough();
    AddImm64() MoveReg() => Jump();
    SetLessThanUnsignedImm() ShiftLogicalLeftImm64(S) Or();
    ShiftLogicalLeftImm64() Add64(S) => Fallthrough();
    ShiftLogicalLeftImm64() AddImm64(S) => BranchGreaterOrEqualUnsigned(D);
    StoreIndirectU32() AddImm64() => BranchNotEq();
    ZeroExtend16() Add64(S) LoadIndirectU8(S);
    Add64() LoadIndirectI8(S);
    AddImm64() => BranchGreaterUnsignedImm(D);
    AddImm64() => BranchGreaterUnsignedImm();
    AddImm64() => LoadImmAndJump();
    CmovIfZero() => Jump();
    LoadIndirectU8() => BranchGreaterOrEqualUnsignedImm(D);
    StackLoadIndirectU64() => LoadImmAndJumpIndirect(S);
    StoreImmIndirectU64() StoreImmIndirectU64();
}
