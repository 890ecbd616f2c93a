// SPDX-License-Identifier: Apache-2.0
//! Neighbouring instructions that the loop executes in one turn.
//!
//! The op of each later instruction stays as it is, behind the first: it holds the operands, and a start, a resumption
//! or a fault in between finds everything as if nothing were fused. The sequences were chosen by how often they were
//! executed in compiled programs (hashes, sieve, 256-bit arithmetic, sorting, emulators, memory moves, recursion).

/// Calls the macro `$use` with the table: name, codes. Of sequences with the same beginning the longer ones come
/// first.
/// Rows in `last` end a block.
macro_rules! with_fused {
    ($use:ident $($arguments:tt)*) => {
        $use! {
            $($arguments)*
            simple_fused {
                PopPopPopPop: StackLoadIndirectU64, StackLoadIndirectU64, StackLoadIndirectU64, StackLoadIndirectU64;
                PushPushPushPush: StackStoreIndirectU64, StackStoreIndirectU64, StackStoreIndirectU64, StackStoreIndirectU64;
                StStStSt: StoreIndirectU64, StoreIndirectU64, StoreIndirectU64, StoreIndirectU64;
                AddAddShrSt8: Add64, Add64, ShiftLogicalRightImm64, StoreIndirectU8;
                LdLdLdLd: LoadIndirectU64, LoadIndirectU64, LoadIndirectU64, LoadIndirectU64;
                AddAddiShlSub: Add64, AddImm64, ShiftLogicalLeftImm64, Sub64;
                AddiShlSubSt8: AddImm64, ShiftLogicalLeftImm64, Sub64, StoreIndirectU8;
                ShlSubSt8Move: ShiftLogicalLeftImm64, Sub64, StoreIndirectU8, MoveReg;
                MulPushMulPush: Mul64, StackStoreIndirectU64, Mul64, StackStoreIndirectU64;
                XorPushPopXor: Xor, StackStoreIndirectU64, StackLoadIndirectU64, Xor;
                AddAddShr: Add64, Add64, ShiftLogicalRightImm64;
                AddShrSt8: Add64, ShiftLogicalRightImm64, StoreIndirectU8;
                LdLdLd: LoadIndirectU64, LoadIndirectU64, LoadIndirectU64;
                AddLessAdd: Add64, SetLessThanUnsigned, Add64;
                XorPushPop: Xor, StackStoreIndirectU64, StackLoadIndirectU64;
                SubSt8Move: Sub64, StoreIndirectU8, MoveReg;
                ShlSubSt8: ShiftLogicalLeftImm64, Sub64, StoreIndirectU8;
                AddAddiShl: Add64, AddImm64, ShiftLogicalLeftImm64;
                AddiShlSub: AddImm64, ShiftLogicalLeftImm64, Sub64;
                PopXorPush: StackLoadIndirectU64, Xor, StackStoreIndirectU64;
                PopPopAddi: StackLoadIndirectU64, StackLoadIndirectU64, AddImm64;
                MulPushMul: Mul64, StackStoreIndirectU64, Mul64;
                StStSt: StoreIndirectU64, StoreIndirectU64, StoreIndirectU64;
                PushMulPush: StackStoreIndirectU64, Mul64, StackStoreIndirectU64;
                Ld8Ld8Ld8: LoadIndirectU8, LoadIndirectU8, LoadIndirectU8;
                AddPopPop: Add64, StackLoadIndirectU64, StackLoadIndirectU64;
                PushPushPush: StackStoreIndirectU64, StackStoreIndirectU64, StackStoreIndirectU64;
                RorPopRor: RotateRightImm64, StackLoadIndirectU64, RotateRightImm64;
                PopPopPop: StackLoadIndirectU64, StackLoadIndirectU64, StackLoadIndirectU64;
                PushPopXor: StackStoreIndirectU64, StackLoadIndirectU64, Xor;
                AddiPushPush: AddImm64, StackStoreIndirectU64, StackStoreIndirectU64;
                PopAddPop: StackLoadIndirectU64, Add64, StackLoadIndirectU64;
                PopRorPop: StackLoadIndirectU64, RotateRightImm64, StackLoadIndirectU64;
                AddAddLd: Add64, Add64, LoadIndirectU64;
                XorPopXor: Xor, StackLoadIndirectU64, Xor;
                XorPushAndn: Xor, StackStoreIndirectU64, AndInverted;
                AndnXorPush: AndInverted, Xor, StackStoreIndirectU64;
                ShlAddLd32: ShiftLogicalLeftImm64, Add64, LoadIndirectI32;
                MulAddLess: Mul64, Add64, SetLessThanUnsigned;
                AndiAddLess: AndImm, Add64, SetLessThanUnsigned;
                MulhAddLess: MulUpperUnsignedUnsignedWide, Add64, SetLessThanUnsigned;
                LessAddPop: SetLessThanUnsigned, Add64, StackLoadIndirectU64;
                AddLd8Addi: Add64, LoadIndirectU8, AddImm64;
                AddLdLd: Add64, LoadIndirectU64, LoadIndirectU64;
                Ld8Ld8Shl: LoadIndirectU8, LoadIndirectU8, ShiftLogicalLeftImm64;
                PushMovePush: StackStoreIndirectU64, MoveReg, StackStoreIndirectU64;
                AddAdd: Add64, Add64;
                LdLd: LoadIndirectU64, LoadIndirectU64;
                PopPop: StackLoadIndirectU64, StackLoadIndirectU64;
                AddiAddi: AddImm64, AddImm64;
                ShrSt8: ShiftLogicalRightImm64, StoreIndirectU8;
                AddShr: Add64, ShiftLogicalRightImm64;
                AddPop: Add64, StackLoadIndirectU64;
                PopAdd: StackLoadIndirectU64, Add64;
                XorPush: Xor, StackStoreIndirectU64;
                LessAdd: SetLessThanUnsigned, Add64;
                AddLess: Add64, SetLessThanUnsigned;
                ShlAdd: ShiftLogicalLeftImm64, Add64;
                PopXor: StackLoadIndirectU64, Xor;
                PushPush: StackStoreIndirectU64, StackStoreIndirectU64;
                PushPop: StackStoreIndirectU64, StackLoadIndirectU64;
                AddAddi: Add64, AddImm64;
                Ld8Ld8: LoadIndirectU8, LoadIndirectU8;
                MulAdd: Mul64, Add64;
                AddLd: Add64, LoadIndirectU64;
                AndiAdd: AndImm, Add64;
                MulPush: Mul64, StackStoreIndirectU64;
                StSt: StoreIndirectU64, StoreIndirectU64;
                PopAddi: StackLoadIndirectU64, AddImm64;
                XorXor: Xor, Xor;
                XorPop: Xor, StackLoadIndirectU64;
                Ror32Ror32: RotateRightImm32, RotateRightImm32;
                ShlSub: ShiftLogicalLeftImm64, Sub64;
                AndnXor: AndInverted, Xor;
                PushMul: StackStoreIndirectU64, Mul64;
                PushMove: StackStoreIndirectU64, MoveReg;
                AddiShl: AddImm64, ShiftLogicalLeftImm64;
                SubSt8: Sub64, StoreIndirectU8;
                St8Move: StoreIndirectU8, MoveReg;
                PopRor: StackLoadIndirectU64, RotateRightImm64;
                RorPop: RotateRightImm64, StackLoadIndirectU64;
                AddiPush: AddImm64, StackStoreIndirectU64;
                StAddi: StoreIndirectU64, AddImm64;
                LdPop: LoadIndirectU64, StackLoadIndirectU64;
                AddPush: Add64, StackStoreIndirectU64;
                St32Addi: StoreIndirectU32, AddImm64;
                AddMove: Add64, MoveReg;
                PopMulh: StackLoadIndirectU64, MulUpperUnsignedUnsignedWide;
                PopMul: StackLoadIndirectU64, Mul64;
                PushLd: StackStoreIndirectU64, LoadIndirectU64;
                MovePush: MoveReg, StackStoreIndirectU64;
                PushAndn: StackStoreIndirectU64, AndInverted;
                AndiAndi: AndImm, AndImm;
                AddMul: Add64, Mul64;
                AddiAdd: AddImm64, Add64;
                AddLd32: Add64, LoadIndirectI32;
                PushLi: StackStoreIndirectU64, LoadImm;
                ShlShl: ShiftLogicalLeftImm64, ShiftLogicalLeftImm64;
                AddiPop: AddImm64, StackLoadIndirectU64;
                MulhMul: MulUpperUnsignedUnsignedWide, Mul64;
                MulhAdd: MulUpperUnsignedUnsignedWide, Add64;
                AddMulh: Add64, MulUpperUnsignedUnsignedWide;
                AddLd8: Add64, LoadIndirectU8;
                Ld8Addi: LoadIndirectU8, AddImm64;
                Ror32Xor: RotateRightImm32, Xor;
                PushAddi: StackStoreIndirectU64, AddImm64;
                Ld8Shl: LoadIndirectU8, ShiftLogicalLeftImm64;
                RorRor: RotateRightImm64, RotateRightImm64;
                Ld32Ld32: LoadIndirectI32, LoadIndirectI32;
                AndiShl: AndImm, ShiftLogicalLeftImm64;
                LdMul: LoadIndirectU64, Mul64;
                ShlOr: ShiftLogicalLeftImm64, Or;
                LdSt: LoadIndirectU64, StoreIndirectU64;
                LdAndi: LoadIndirectU64, AndImm;
                Ld32Andi: LoadIndirectI32, AndImm;
                ShlAddi: ShiftLogicalLeftImm64, AddImm64;
                AndXor: And, Xor;
                XorAndn: Xor, AndInverted;
                MulAndi: Mul64, AndImm;
                PushXor: StackStoreIndirectU64, Xor;
                XorRor: Xor, RotateRightImm64;
                MovePop: MoveReg, StackLoadIndirectU64;
                XorAdd: Xor, Add64;
                MoveMove: MoveReg, MoveReg;
                RorXor: RotateRightImm64, Xor;
                OrXor: Or, Xor;
                XorShr32: Xor, ShiftLogicalRightImm32;
                MoveAddi: MoveReg, AddImm64;
                MulPop: Mul64, StackLoadIndirectU64;
                ShlShr: ShiftLogicalLeftImm64, ShiftLogicalRightImm64;
                AddiLi: AddImm64, LoadImm;
                AndnAndn: AndInverted, AndInverted;
                LiAbs8: LoadImm, LoadU8;
                LiLi: LoadImm, LoadImm;
                St32St32: StoreIndirectU32, StoreIndirectU32;
                LdAdd: LoadIndirectU64, Add64;
                ShrShl: ShiftLogicalRightImm64, ShiftLogicalLeftImm64;
                LiPush: LoadImm, StackStoreIndirectU64;
                LdPush: LoadIndirectU64, StackStoreIndirectU64;
                AddiMove: AddImm64, MoveReg;
                OrPush: Or, StackStoreIndirectU64;
                Shr32Xor: ShiftLogicalRightImm32, Xor;
                AddSt: Add64, StoreIndirectU64;
                MoveAdd: MoveReg, Add64;
                LiPop: LoadImm, StackLoadIndirectU64;
                StPop: StoreIndirectU64, StackLoadIndirectU64;
                AddSt32: Add64, StoreIndirectU32;
                XorShr: Xor, ShiftLogicalRightImm64;
                PushRor: StackStoreIndirectU64, RotateRightImm64;
            }
            last_fused {
                AddShrSt8Beqi: Add64, ShiftLogicalRightImm64, StoreIndirectU8 => BranchEqImm;
                SubSt8MoveBne: Sub64, StoreIndirectU8, MoveReg => BranchNotEq;
                ShrSt8Beqi: ShiftLogicalRightImm64, StoreIndirectU8 => BranchEqImm;
                AddiAddiBltu: AddImm64, AddImm64 => BranchLessUnsigned;
                St8MoveBne: StoreIndirectU8, MoveReg => BranchNotEq;
                PopAddiRet: StackLoadIndirectU64, AddImm64 => JumpIndirect;
                Ld8AddiBltu: LoadIndirectU8, AddImm64 => BranchLessUnsigned;
                St8Beqi: StoreIndirectU8 => BranchEqImm;
                AddiBltu: AddImm64 => BranchLessUnsigned;
                Ld32Bgeu: LoadIndirectI32 => BranchGreaterOrEqualUnsigned;
                AddiRet: AddImm64 => JumpIndirect;
                MoveBne: MoveReg => BranchNotEq;
                AddiBgeu: AddImm64 => BranchGreaterOrEqualUnsigned;
                AddiBne: AddImm64 => BranchNotEq;
                MoveFall: MoveReg => Fallthrough;
                AddiBnei: AddImm64 => BranchNotEqImm;
                AddFall: Add64 => Fallthrough;
                LiFall: LoadImm => Fallthrough;
                Abs8Bnei: LoadU8 => BranchNotEqImm;
            }
        }
    };
}
pub(super) use with_fused;
