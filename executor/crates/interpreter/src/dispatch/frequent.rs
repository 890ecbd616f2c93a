// SPDX-License-Identifier: Apache-2.0
//! Longer sequences that compiled programs execute often. They were chosen as [`pairs`](super::pairs) were: of the
//! handlers executed one after the other, the most frequent two were made one, again and again.

use super::body::{Body, Of};
use super::chain::Target;
use super::pairs::pair;
use super::sequence::{run, End, Link, Next, Sequence, D, S, T};
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
    Add64() Add64(S) Add64(S) StackLoadIndirectU64() StackLoadIndirectU64() Add64(S) StoreIndirectU64(S) AddImm64();
    Add64() Add64() LoadIndirectU64(S) LoadIndirectU64() LoadIndirectU64() LoadIndirectU64() StoreIndirectU64() StoreIndirectU64();
    Add64() Add64() SetLessThanUnsigned(S) Add64(S) Add64(S) Add64() SetLessThanUnsigned(S) Add64(S);
    Add64() Add64(S) Xor(S) RotateRightImm64(S) Add64(S) Xor(S) RotateRightImm64(S) Add64(S);
    Add64() Add64() Xor(S) RotateRightImm64(S) Add64(S) Xor(S) RotateRightImm64(S) Add64(S);
    Add64() LoadIndirectU64(S) LoadIndirectU64() LoadIndirectU64() LoadIndirectU64() Add64() StoreIndirectU64(S) StoreIndirectU64();
    Add64() LoadIndirectU64() LoadIndirectU64() Mul64(S) Add64(S) LoadIndirectU64() LoadIndirectU64() Mul64(S);
    Add64() LoadIndirectU64() LoadIndirectU64() Mul64(S) LoadIndirectU64() LoadIndirectU64() Mul64(S) Add64(S);
    Add64() SetLessThanUnsigned(S) Add64(S) Add64(S) SetLessThanUnsigned(S) MulUpperUnsignedUnsignedWide() Mul64() Add64();
    Add64() SetLessThanUnsigned(S) Add64(S) MulUpperUnsignedUnsignedWide() Mul64() Add64(S) SetLessThanUnsigned(S) Add64(S);
    Add64() StackStoreIndirectU64() StackLoadIndirectU64() Xor(S) RotateRightImm64(S) StackStoreIndirectU64() StackLoadIndirectU64()
        Add64(S);
    Add64() StoreImmIndirectU64(D) StoreImmIndirectU64() StoreImmIndirectU64() StoreImmIndirectU64() AddImm64() AddImm64() =>
        BranchGreaterUnsignedImm();
    AddImm64() AddImm64() RotateRightImm32() RotateRightImm32() Xor(S) RotateRightImm32() Xor(S) Xor();
    AddImm64() StackStoreIndirectU64() StackStoreIndirectU64() StackStoreIndirectU64() LoadImm() MoveReg() LoadImm() =>
        BranchLessUnsigned();
    And() And() Xor(S) Add64(S) Add64(S) AddImm64() MoveReg() MoveReg();
    AndImm() SetLessThanUnsignedImm() ShiftLogicalLeftImm64(S) Or() Or(S) AddImm64() MoveReg() => Jump();
    AndInverted() Xor(S) StackLoadIndirectU64() StackStoreIndirectU64() StackLoadIndirectU64() Xor(S) RotateRightImm64(S) AndInverted(T);
    AndInverted() Xor(S) StackStoreIndirectU64(D) StackLoadIndirectU64() Xor(S) RotateRightImm64(S) Xor() RotateRightImm64(S);
    LoadIndirectI32() LoadIndirectI32() LoadIndirectI32() LoadIndirectI32() RotateRightImm32() RotateRightImm32() Add64()
        RotateRightImm32();
    LoadIndirectU64() LoadIndirectU64() Mul64(S) Add64(S) Add64(S) LoadIndirectU64() LoadIndirectU64() Mul64(S);
    LoadIndirectU64() LoadIndirectU64() Mul64(S) Add64(S) LoadIndirectU64() LoadIndirectU64() Mul64(S) Add64(S);
    LoadIndirectU64() LoadIndirectU64() Mul64(S) LoadIndirectU64() LoadIndirectU64() Mul64(S) Add64(S) LoadIndirectU64();
    LoadIndirectU64() StackLoadIndirectU64() Mul64(S) Add64(S) LoadIndirectU64() StackLoadIndirectU64() Mul64(S) Add64(S);
    LoadIndirectU64() StackLoadIndirectU64() Mul64(S) Add64(S) LoadIndirectU64() StackLoadIndirectU64() Mul64(S) LoadIndirectU64();
    LoadIndirectU8() LoadIndirectU8() LoadIndirectU8() ShiftLogicalLeftImm64() Add64(S) LoadIndirectI32(S) AndImm() AndImm();
    MoveReg() MoveReg() MoveReg() MoveReg() MoveReg() MoveReg() MoveReg() StackLoadIndirectU64();
    MulUpperUnsignedUnsignedWide() Mul64() Add64(S) SetLessThanUnsigned(S) Add64(S) Add64(S) SetLessThanUnsigned(S) Add64(S);
    MulUpperUnsignedUnsignedWide() Mul64() Add64(S) SetLessThanUnsigned(S) Add64(S) Add64() SetLessThanUnsigned(S) Add64(S);
    MulUpperUnsignedUnsignedWide() Mul64() Add64(S) SetLessThanUnsigned(S) Add64(S) MulUpperUnsignedUnsignedWide()
        StackStoreIndirectU64() Mul64();
    Or() Add64(S) Add64(S) LoadIndirectI32() Add64(S) LoadIndirectI32() Add64(S) Add64(S);
    RotateRightImm32() RotateRightImm32() Xor(S) RotateRightImm32() Xor(S) And() StackStoreIndirectU64() AndInverted();
    RotateRightImm64() AndInverted(S) Xor(S) StackStoreIndirectU64(D) StackLoadIndirectU64() Xor(S) RotateRightImm64(S) AndInverted();
    RotateRightImm64() StackStoreIndirectU64() StackLoadIndirectU64() Add64(S) Add64(S) Xor(S) RotateRightImm64(S) Add64(S);
    RotateRightImm64() StackStoreIndirectU64() StackLoadIndirectU64() Add64(S) Add64() Xor() RotateRightImm64(S) Add64(S);
    RotateRightImm64() Xor(S) AndInverted() Xor(S) StackStoreIndirectU64(D) AndInverted() Xor(S) StackStoreIndirectU64(D);
    SetLessThanUnsignedImm() ShiftLogicalLeftImm64(S) Or() Or(S) StoreIndirectU8() AddImm64() MoveReg() => Jump();
    ShiftLogicalLeftImm64() Add64(S) LoadIndirectU64(S) StackStoreIndirectU64(D) AddImm64() StackStoreIndirectU64(D)
        StackStoreIndirectU64() => Fallthrough();
    ShiftLogicalLeftImm64() AddImm64() Add64(S) StackLoadIndirectU64() StoreIndirectU64(D) StackLoadIndirectU64() AddImm64(S)
        StackLoadIndirectU64();
    ShiftLogicalLeftImm64() ShiftLogicalLeftImm64() Add64() Add64() LoadIndirectU64() LoadIndirectU64() AndImm() Add64();
    ShiftLogicalLeftImm64() ShiftLogicalRightImm64(S) ShiftLogicalLeftImm64(S) LoadImm() Add64(S) LoadIndirectI32(S) Add64(S) =>
        JumpIndirect(D);
    ShiftLogicalLeftImm64() StackStoreIndirectU64() AddImm64() Add64(S) LoadIndirectU64(S) StackStoreIndirectU64(D) LoadIndirectU64()
        StackStoreIndirectU64(D);
    StackLoadIndirectU64() Mul64(S) Add64(S) LoadIndirectU64() StackLoadIndirectU64() Mul64(S) Add64(S) Add64(S);
    StackLoadIndirectU64() Mul64(S) Add64(S) LoadIndirectU64() StackLoadIndirectU64() Mul64(S) Add64(S) LoadIndirectU64();
    StackLoadIndirectU64() MulUpperUnsignedUnsignedWide(S) Mul64() Add64(S) SetLessThanUnsigned(S) Add64(S) StackLoadIndirectU64()
        MulUpperUnsignedUnsignedWide(S);
    StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64() Xor(S) StackLoadIndirectU64() Xor(S) Xor(S);
    StackLoadIndirectU64() Xor(S) RotateRightImm64(S) AndInverted() StackLoadIndirectU64() Xor(S) AndInverted() Xor();
    StackLoadIndirectU64() Xor(S) StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64() Xor(S) StackLoadIndirectU64()
        StackStoreIndirectU64();
    StackLoadIndirectU64() Xor(S) StackLoadIndirectU64() StackStoreIndirectU64() StackLoadIndirectU64() Xor(S) Xor(S)
        StackLoadIndirectU64();
    StackStoreIndirectU64() AndInverted() Xor(S) StackStoreIndirectU64(D) AndInverted() Xor(S) StackLoadIndirectU64()
        StackStoreIndirectU64();
    Xor() RotateRightImm32() Xor(S) ShiftLogicalRightImm32() Xor(S) ShiftLogicalRightImm32() Xor(S) Add64();
    Xor() RotateRightImm64(S) Add64(S) Xor(S) RotateRightImm64(S) Add64(S) StackLoadIndirectU64() Add64(S);
    Xor() RotateRightImm64(S) Add64(S) Xor(S) RotateRightImm64(S) Add64() StackLoadIndirectU64() Add64(S);
    Xor() RotateRightImm64(S) Add64(S) Xor(S) RotateRightImm64(S) Add64(S) Xor(S) RotateRightImm64(S);
    Xor() RotateRightImm64(S) Add64(S) Xor(S) RotateRightImm64(S) Add64() Xor(S) RotateRightImm64(S);
    Xor() RotateRightImm64(S) Add64(S) Xor(S) RotateRightImm64(S) StackLoadIndirectU64() Add64(S) Add64(S);
    Xor() RotateRightImm64(S) Add64(S) Xor(S) RotateRightImm64(S) StackLoadIndirectU64() Add64(S) Add64();
    Xor() RotateRightImm64(S) Xor(S) StackStoreIndirectU64(D) AndInverted() Xor(S) StackLoadIndirectU64() StackStoreIndirectU64();
    Xor() StackLoadIndirectU64() StackStoreIndirectU64() AndInverted() AndInverted() Xor(S) StackLoadIndirectU64() StackStoreIndirectU64();
    Xor() StackStoreIndirectU64(D) AndInverted() StackLoadIndirectU64() Xor(S) AndInverted() Xor(S) AndInverted();
    Xor() StackStoreIndirectU64(D) AndInverted() StackStoreIndirectU64() StackLoadIndirectU64() Xor(S) RotateRightImm64(S) Xor(S);
    Xor() Xor(S) RotateRightImm64() Xor(S) RotateRightImm64() StackLoadIndirectU64() Xor(S) RotateRightImm64(S);
    Xor() Xor() RotateRightImm64(S) Xor() RotateRightImm64(S) StackStoreIndirectU64(D) StackLoadIndirectU64() StackStoreIndirectU64();
    Xor() Xor() RotateRightImm64(S) Xor() RotateRightImm64(S) StackStoreIndirectU64() StackLoadIndirectU64() Xor(S);
    Add64() LoadIndirectI8(S) And() SetGreaterThanUnsignedImm(S) SetLessThanUnsignedImm() AddImm64() => BranchEq();
    LoadIndirectU64() LoadIndirectU64() StoreIndirectU64() StoreIndirectU64() AddImm64() AddImm64() => BranchNotEq();
    MoveReg() ShiftLogicalLeftImm64() Add64(S) LoadIndirectI32(S) AddImm64() MoveReg() => Fallthrough();
    Or() StackLoadIndirectU64() Or(S) ShiftLogicalLeftImm32() ShiftLogicalRightImm32() StackLoadIndirectU64() => LoadImmAndJump();
    ShiftLogicalLeftImm64() LoadImm() Add64(S) LoadIndirectI32(S) Add64(S) AddImm64() => JumpIndirect();
    StackLoadIndirectU64() StackLoadIndirectU64() StoreIndirectU64() AddImm64() AddImm64() AddImm64() => BranchNotEqImm();
    StackLoadIndirectU64() Xor(S) StackLoadIndirectU64() Xor(S) StackStoreIndirectU64(D) AddImm64() => BranchNotEq(D);
    StackStoreIndirectU64() LoadIndirectU64() StackLoadIndirectU64() MoveReg() StackStoreIndirectU64() StackLoadIndirectU64() =>
        LoadImmAndJumpIndirect(S);
    StackStoreIndirectU64() MoveReg() NegateAndAddImm32() And(S) Xor(S) StackStoreIndirectU64(D) Or();
    ZeroExtend16() Add64(S) LoadIndirectU8(S) Add64(S) LoadIndirectI8(S) ShiftLogicalRightImm64() => BranchGreaterSignedImm(D);
    ZeroExtend16() Add64(S) StoreIndirectU8(S) MoveReg() AddImm64() MoveReg() => Jump();
    ZeroExtend16() ShiftLogicalRightImm64() StackStoreImmIndirectU32() AddImm64() Add64(S) LoadIndirectU8(S) AndImm();
    Add64() LoadIndirectU8(S) Add64(S) LoadIndirectU8(S) AddImm64() => BranchEqImm();
    Add64() SetLessThanUnsigned(S) Add64(S) Add64() SetLessThanUnsigned(S) Add64(S);
    Add64() SetLessThanUnsigned() Add64(S) Add64() SetLessThanUnsigned() Add64(S);
    Add64() SetLessThanUnsigned(S) Add64(S) StackLoadIndirectU64() MulUpperUnsignedUnsignedWide(S) Mul64();
    Add64() StackLoadIndirectU64() Add64(S) StackLoadIndirectU64() Add64(S) StackLoadIndirectU64();
    Add64() StackLoadIndirectU64() Add64(S) Xor() RotateRightImm64(S) StackLoadIndirectU64();
    Add64() StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64() AddImm64() => JumpIndirect();
    AddImm64() AndImm() AndImm() AndImm() Or() AndImm();
    AddImm64() StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64() MoveReg() => JumpIndirect();
    AddImm64() StackStoreIndirectU64() StackStoreIndirectU64() StackStoreIndirectU64() LoadImm() AddImm32();
    AddImm64() StackStoreIndirectU64() StackStoreIndirectU64() StackStoreIndirectU64() MoveReg() => BranchGreaterOrEqualUnsigned();
    LoadIndirectU64() Add64(S) ShiftLogicalLeftImm64(S) ShiftLogicalRightImm64(S) StoreIndirectU64(D) => JumpIndirect();
    MoveReg() AddImm64() StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64() => JumpIndirect();
    Mul64() Add64(S) ShiftLogicalRightImm32(S) StoreIndirectU32(D) AddImm64() => BranchNotEq(D);
    ShiftLogicalLeftImm64() AddImm64() Add64(S) StackLoadIndirectU64() StoreIndirectU64(D) StackLoadIndirectU64();
    StackLoadIndirectU64() Add64(S) SetLessThanUnsigned(S) Add64(S) StackLoadIndirectU64() Add64(S);
    StackLoadIndirectU64() AndInverted(T) Xor() RotateRightImm64(S) Xor(S) StackStoreIndirectU64(D);
    StackLoadIndirectU64() MulUpperUnsignedUnsignedWide(S) Mul64() Add64(S) SetLessThanUnsigned(S) Add64(S);
    StackLoadIndirectU64() MulUpperUnsignedUnsignedWide(S) Mul64() Add64(S) SetLessThanUnsigned(S) Add64();
    StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64() Add64() => BranchNotEq();
    StackLoadIndirectU64() Xor(S) RotateRightImm64(S) StackLoadIndirectU64() AndInverted(S) StackLoadIndirectU64();
    StackLoadIndirectU64() Xor(S) RotateRightImm64(S) StackStoreIndirectU64() StackLoadIndirectU64() Add64(S);
    StackLoadIndirectU64() Xor(S) StackStoreIndirectU64() StackLoadIndirectU64() StackStoreIndirectU64() AndInverted();
    StackStoreIndirectU64() AndInverted() StackLoadIndirectU64() Xor(S) RotateRightImm64(S) Xor(S);
    StackStoreIndirectU64() LoadIndirectU64() StackLoadIndirectU64() MoveReg() StackLoadIndirectU64() => LoadImmAndJumpIndirect(S);
    StackStoreIndirectU64() StackLoadIndirectU64() Xor(S) RotateRightImm64(S) StackStoreIndirectU64() StackLoadIndirectU64();
    Xor() RotateRightImm64(S) Add64(S) Xor(S) RotateRightImm64(S) StackLoadIndirectU64();
    Xor() RotateRightImm64(S) StackLoadIndirectU64() AndInverted(T) Xor(S) AndInverted();
    Xor() RotateRightImm64(S) Xor(S) StackStoreIndirectU64(D) AndInverted() StackStoreIndirectU64();
    Xor() StackLoadIndirectU64() StackLoadIndirectU64() AddImm64(S) StackStoreIndirectU64(D) LoadIndirectU64();
    Xor() Xor() RotateRightImm64(S) Xor() RotateRightImm64(S) Xor();
    Xor() Xor(S) Xor(S) RotateRightImm64(S) Xor(S) RotateRightImm64();
    Xor() Xor(S) Xor() RotateRightImm64(S) Xor() RotateRightImm64(S);
    Xor() Xor(S) Xor(S) Xor(S) RotateRightImm64() Xor(S);
    Xor() Xor() Xor(S) Xor() RotateRightImm64() Xor();
    Add64() Add64() ShiftLogicalRightImm64(S) StoreImmIndirectU8() => BranchEqImm();
    Add64() LoadImm() AddImm64() MoveReg() => Jump();
    Add64() SetLessThanUnsigned(S) Add64(S) MoveReg() => BranchEqImm();
    AddImm64() StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64() => JumpIndirect();
    AndImm() Or() Or(S) XorImm(S) => BranchEqImm(D);
    LoadIndirectU64() RotateRightImm64() AddImm64() Xor() => BranchNotEq();
    SetLessThanUnsignedImm() AndImm() ShiftLogicalLeftImm64() Or() Or(S);
    ShiftLogicalLeftImm64() Add64(S) And() StoreIndirectU64(D) => Jump();
    ShiftLogicalLeftImm64() Add64(S) StoreIndirectU32(S) AddImm64() => BranchNotEq();
    StackLoadIndirectU64() LoadIndirectU64(S) AddImm64() StackLoadIndirectU64() => LoadImmAndJumpIndirect();
    StackStoreIndirectU64() StackStoreIndirectU64() StackStoreIndirectU64() StackStoreIndirectU64() => Fallthrough();
    StoreIndirectU32() StoreIndirectU32() AddImm64() AddImm64() => BranchLessUnsigned();
    StoreIndirectU64() StoreIndirectU64() AddImm64() AddImm64() => BranchGreaterUnsignedImm();
    Sub64() ShiftLogicalLeftImm64() Add64(S) StoreIndirectU64(S) => Jump();
    ZeroExtend16() Add64(S) LoadIndirectU8(S) AddImm64(S) => BranchLessUnsigned(S);
    ZeroExtend16() Add64(S) LoadIndirectU8(S) AddImm64() => Jump();
    ZeroExtend16() Add64(S) LoadIndirectU8(S) AndImm() AndImm();
    Add64() Add64() SetLessThanUnsigned(S) Add64(S);
    Add64() Add64(S) SetLessThanUnsigned() Add64(S);
    Add64() AddImm64(S) AddImm64() Add64();
    Add64() LoadIndirectU64() LoadIndirectU64() Mul64(S);
    Add64() LoadIndirectU8(S) AddImm64(S) => BranchLessUnsigned(S);
    Add64() SetLessThanUnsigned(S) Add64(S) Add64(S);
    Add64() SetLessThanUnsigned() Add64() Add64();
    Add64() SetLessThanUnsigned(S) Add64(S) StackLoadIndirectU64();
    Add64() SetLessThanUnsigned() Add64() StackLoadIndirectU64();
    Add64() ShiftLogicalLeftImm64(S) ShiftLogicalRightImm64() Or(S);
    Add64() ShiftLogicalLeftImm64() ShiftLogicalRightImm64() Or(S);
    Add64() StackStoreIndirectU64() StackLoadIndirectU64() Add64(S);
    Add64() StoreIndirectU32(D) AddImm64() => BranchNotEq(D);
    Add64() Xor(S) RotateRightImm64(S) Add64(S);
    Add64() Xor(S) RotateRightImm64(S) Add64();
    AddImm64() AddImm64() AddImm64() => BranchNotEqImm();
    AddImm64() StackStoreIndirectU64() StackStoreIndirectU64() StackStoreIndirectU64();
    AddImm64() StoreIndirectU32() AddImm64() => BranchNotEqImm();
    AndImm() AndImm() SetLessThanUnsigned(T) => JumpIndirect();
    LoadIndirectU64() LoadIndirectU64() Mul64(S) Add64(S);
    LoadIndirectU64() LoadIndirectU64() Mul64() Mul64(S);
    MoveReg() MoveReg() MoveReg() MoveReg();
    Mul64() Add64(S) SetLessThanUnsigned(S) Add64(S);
    Mul64() Add64(S) SetLessThanUnsigned(S) Add64();
    MulUpperUnsignedUnsignedWide() Mul64() Add64() Add64(S);
    MulUpperUnsignedUnsignedWide() Mul64() Add64() Add64();
    RotateRightImm64() StackStoreIndirectU64() StackLoadIndirectU64() Add64(S);
    SetLessThanUnsigned() MulUpperUnsignedUnsignedWide() Mul64() Add64();
    ShiftLogicalLeftImm64() Add64(S) MoveReg() => Fallthrough();
    ShiftLogicalLeftImm64() Add64(S) StoreIndirectU64(S) => Fallthrough();
    StackLoadIndirectU64() Add64(S) SetLessThanUnsigned(S) Add64(S);
    StackLoadIndirectU64() Add64(S) StackLoadIndirectU64() Add64(S);
    StackLoadIndirectU64() Mul64(S) MulUpperUnsignedUnsignedWide() StackLoadIndirectU64();
    StackLoadIndirectU64() MulUpperUnsignedUnsignedWide(S) Mul64() Add64();
    StackLoadIndirectU64() MulUpperUnsignedUnsignedWide(S) StackStoreIndirectU64() Mul64();
    StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64() StackLoadIndirectU64();
    StackLoadIndirectU64() StackStoreIndirectU64() StackLoadIndirectU64() StackStoreIndirectU64();
    StackStoreIndirectU64() LoadIndirectU64() StackLoadIndirectU64() => LoadImmAndJumpIndirect();
    StackStoreIndirectU64() StackLoadIndirectU64() MulUpperUnsignedUnsignedWide(S) Mul64();
    StackStoreIndirectU64() StackStoreIndirectU64() MoveReg() => Jump();
    StoreIndirectU64() AddImm64() StackLoadIndirectU64() => BranchGreaterUnsignedImm(D);
    StoreIndirectU64() StoreIndirectU64() AddImm64() => BranchGreaterUnsignedImm(D);
    Xor() RotateRightImm64(S) Add64(S) Xor(S);
    Xor() RotateRightImm64(S) StackLoadIndirectU64() Add64(S);
    Xor() RotateRightImm64(S) StackStoreIndirectU64() StackLoadIndirectU64();
    ZeroExtend16() Add64(S) LoadIndirectU8(S) AndImm();
    Add64() LoadIndirectI8(S) => BranchLessSignedImm(D);
    Add64() LoadIndirectU8(S) => BranchGreaterUnsignedImm(D);
    AddImm64() Add64() => BranchGreaterUnsignedImm();
    AddImm64() AddImm64() => BranchLessUnsigned();
    AddImm64() AddImm64() => BranchNotEq();
    AddImm64() MoveReg() => Fallthrough();
    AddImm64() MoveReg() => Jump();
    LoadImm() LoadImm() => BranchNotEq(D);
    MulImm64() Mul64(S) MulUpperUnsignedUnsignedWide();
    SetLessThanUnsigned() Add64(S) => BranchGreaterOrEqualUnsigned(D);
    ShiftLogicalLeftImm64() Add64(S) => Fallthrough();
    ShiftLogicalLeftImm64() AddImm64(S) => BranchGreaterOrEqualUnsigned(D);
    StackLoadIndirectU64() AddImm64(S) => BranchEqImm(D);
    StackLoadIndirectU64() StackLoadIndirectU64() => Fallthrough();
    StackLoadIndirectU64() StackLoadIndirectU64() => JumpIndirect();
    StoreIndirectU64() AddImm64() StackLoadIndirectU64();
    Sub64() AndImm(S) => BranchNotEqImm(D);
    ZeroExtend16() Add64(S) LoadIndirectU8(S);
    AddImm64() => BranchGreaterUnsignedImm(D);
    AddImm64() => BranchGreaterUnsignedImm();
    AddImm64() => LoadImmAndJump();
    CmovIfZero() => Jump();
    LoadIndirectU8() => BranchGreaterOrEqualUnsignedImm(D);
    MoveReg() => LoadImmAndJump();
    StackStoreImmIndirectU64() StackStoreImmIndirectU64();
}
