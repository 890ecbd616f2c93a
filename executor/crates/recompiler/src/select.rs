// SPDX-License-Identifier: Apache-2.0
//! Instruction selection: which translation each instruction gets. What several have in common is in the modules
//! `arithmetic`, `shift`, `product`, `memory` and `control`; pairs that are translated together are in `fuse`.

use revive_vm_assembler::{row, Condition, Width};
use revive_vm_primitives::{Decoded, Instruction, Opcode};

use crate::{
    regs::{gpr, SCRATCH},
    shift::Shift,
    translator::{Cost, Translator},
};

use Width::{W16, W32, W64, W8};

impl Translator<'_> {
    /// Translates one instruction, or together with it the one behind it, which is then returned and whose cost has been
    /// added.
    #[inline(always)]
    pub(crate) fn instruction(
        &mut self,
        at: &Decoded,
        instruction: &Instruction,
        cost: &mut Cost,
    ) -> Option<Decoded> {
        let Instruction { opcode, d, s, t, i, j, k, target } = *instruction;
        let w = self.width;
        match opcode {
            Opcode::Trap => self.asm.ud2(),
            Opcode::Fallthrough => self.fallthrough(at),
            Opcode::Memset => self.memset(at.offset),
            Opcode::Unlikely => {}

            Opcode::LoadImm => {
                self.constant(gpr(d), i);
                self.wrote_extended(d);
            }
            Opcode::LoadImm64 => {
                self.asm.mov_imm64(gpr(d), k);
                self.wrote(d);
            }
            Opcode::MoveReg => {
                let s = self.full(s);
                self.mov(w, gpr(d), s);
                self.wrote(d);
            }

            Opcode::LoadU8 => self.load(d, None, i, row::MOVZX8_REG_RM, W32),
            Opcode::LoadI8 => self.load(d, None, i, row::MOVSX8_REG_RM, w),
            Opcode::LoadU16 => self.load(d, None, i, row::MOVZX16_REG_RM, W32),
            Opcode::LoadI16 => self.load(d, None, i, row::MOVSX16_REG_RM, w),
            Opcode::LoadU32 => self.load(d, None, i, row::MOV_REG_RM, W32),
            Opcode::LoadI32 => self.load(d, None, i, row::MOVSXD_REG_RM, w),
            Opcode::LoadU64 => self.load(d, None, i, row::MOV_REG_RM, W64),
            Opcode::LoadIndirectU8 => self.load(d, Some(s), i, row::MOVZX8_REG_RM, W32),
            Opcode::LoadIndirectI8 => self.load(d, Some(s), i, row::MOVSX8_REG_RM, w),
            Opcode::LoadIndirectU16 => self.load(d, Some(s), i, row::MOVZX16_REG_RM, W32),
            Opcode::LoadIndirectI16 => self.load(d, Some(s), i, row::MOVSX16_REG_RM, w),
            Opcode::LoadIndirectU32 => self.load(d, Some(s), i, row::MOV_REG_RM, W32),
            Opcode::LoadIndirectI32 => self.load(d, Some(s), i, row::MOVSXD_REG_RM, w),
            Opcode::LoadIndirectU64 => self.load(d, Some(s), i, row::MOV_REG_RM, W64),

            Opcode::StoreU8 => self.store(d, None, i, W8),
            Opcode::StoreU16 => self.store(d, None, i, W16),
            Opcode::StoreU32 => self.store(d, None, i, W32),
            Opcode::StoreU64 => self.store(d, None, i, W64),
            Opcode::StoreIndirectU8 => self.store(d, Some(s), i, W8),
            Opcode::StoreIndirectU16 => self.store(d, Some(s), i, W16),
            Opcode::StoreIndirectU32 => self.store(d, Some(s), i, W32),
            Opcode::StoreIndirectU64 => self.store(d, Some(s), i, W64),
            Opcode::StoreImmU8 => self.store_imm(None, i, j, W8),
            Opcode::StoreImmU16 => self.store_imm(None, i, j, W16),
            Opcode::StoreImmU32 => self.store_imm(None, i, j, W32),
            Opcode::StoreImmU64 => self.store_imm(None, i, j, W64),
            Opcode::StoreImmIndirectU8 => self.store_imm(Some(d), i, j, W8),
            Opcode::StoreImmIndirectU16 => self.store_imm(Some(d), i, j, W16),
            Opcode::StoreImmIndirectU32 => self.store_imm(Some(d), i, j, W32),
            Opcode::StoreImmIndirectU64 => self.store_imm(Some(d), i, j, W64),

            Opcode::AddImm32 => self.add_imm(W32, d, s, i),
            Opcode::AddImm64 => self.add_imm(W64, d, s, i),
            Opcode::AndImm => self.and_imm(d, s, i),
            Opcode::XorImm => self.xor_imm(d, s, i),
            Opcode::OrImm => self.or_imm(d, s, i),
            Opcode::MulImm32 => self.mul_imm(W32, d, s, i),
            Opcode::MulImm64 => self.mul_imm(W64, d, s, i),
            Opcode::NegateAndAddImm32 => self.negate_and_add_imm(W32, d, s, i),
            Opcode::NegateAndAddImm64 => self.negate_and_add_imm(W64, d, s, i),
            Opcode::SetLessThanUnsignedImm => return self.set_imm(at, cost, Condition::Below, d, s, i),
            Opcode::SetLessThanSignedImm => return self.set_imm(at, cost, Condition::Less, d, s, i),
            Opcode::SetGreaterThanUnsignedImm => return self.set_imm(at, cost, Condition::Above, d, s, i),
            Opcode::SetGreaterThanSignedImm => return self.set_imm(at, cost, Condition::Greater, d, s, i),
            Opcode::CmovIfZeroImm => self.cmov_imm(Condition::Equal, d, s, i),
            Opcode::CmovIfNotZeroImm => self.cmov_imm(Condition::NotEqual, d, s, i),

            Opcode::ShiftLogicalLeftImm32 => self.shift_imm(W32, Shift::Left, d, s, i),
            Opcode::ShiftLogicalRightImm32 => self.shift_imm(W32, Shift::Right, d, s, i),
            Opcode::ShiftArithmeticRightImm32 => self.shift_imm(W32, Shift::RightSigned, d, s, i),
            Opcode::RotateRightImm32 => self.rotate_right_imm(W32, d, s, i),
            Opcode::ShiftLogicalLeftImm64 => return self.shift_left_imm_64(at, cost, d, s, i),
            Opcode::ShiftLogicalRightImm64 => self.shift_imm(W64, Shift::Right, d, s, i),
            Opcode::ShiftArithmeticRightImm64 => self.shift_imm(W64, Shift::RightSigned, d, s, i),
            Opcode::RotateRightImm64 => self.rotate_right_imm(W64, d, s, i),
            Opcode::ShiftLogicalLeftImmAlt32 => self.shift_alt(W32, Shift::Left, d, s, i),
            Opcode::ShiftLogicalRightImmAlt32 => self.shift_alt(W32, Shift::Right, d, s, i),
            Opcode::ShiftArithmeticRightImmAlt32 => self.shift_alt(W32, Shift::RightSigned, d, s, i),
            Opcode::RotateRightImmAlt32 => self.shift_alt(W32, Shift::RotateRight, d, s, i),
            Opcode::ShiftLogicalLeftImmAlt64 => self.shift_alt(W64, Shift::Left, d, s, i),
            Opcode::ShiftLogicalRightImmAlt64 => self.shift_alt(W64, Shift::Right, d, s, i),
            Opcode::ShiftArithmeticRightImmAlt64 => self.shift_alt(W64, Shift::RightSigned, d, s, i),
            Opcode::RotateRightImmAlt64 => self.shift_alt(W64, Shift::RotateRight, d, s, i),
            Opcode::ShiftLogicalLeft32 => self.shift(W32, Shift::Left, d, s, t),
            Opcode::ShiftLogicalRight32 => self.shift(W32, Shift::Right, d, s, t),
            Opcode::ShiftArithmeticRight32 => self.shift(W32, Shift::RightSigned, d, s, t),
            Opcode::RotateLeft32 => self.shift(W32, Shift::RotateLeft, d, s, t),
            Opcode::RotateRight32 => self.shift(W32, Shift::RotateRight, d, s, t),
            Opcode::ShiftLogicalLeft64 => self.shift(W64, Shift::Left, d, s, t),
            Opcode::ShiftLogicalRight64 => self.shift(W64, Shift::Right, d, s, t),
            Opcode::ShiftArithmeticRight64 => self.shift(W64, Shift::RightSigned, d, s, t),
            Opcode::RotateLeft64 => self.shift(W64, Shift::RotateLeft, d, s, t),
            Opcode::RotateRight64 => self.shift(W64, Shift::RotateRight, d, s, t),

            Opcode::Add32 => return self.add(at, cost, W32, d, s, t),
            Opcode::Add64 => return self.add(at, cost, W64, d, s, t),
            Opcode::Sub32 => self.sub(W32, d, s, t),
            Opcode::Sub64 => self.sub(W64, d, s, t),
            Opcode::And => self.bitwise(row::AND_REG_RM, d, s, t),
            Opcode::Xor => self.bitwise(row::XOR_REG_RM, d, s, t),
            Opcode::Or => self.bitwise(row::OR_REG_RM, d, s, t),
            Opcode::AndInverted => self.and_inverted(d, s, t),
            Opcode::OrInverted => self.or_inverted(d, s, t),
            Opcode::Xnor => self.xnor(d, s, t),
            Opcode::SetLessThanUnsigned => return self.set(at, cost, Condition::Below, d, s, t),
            Opcode::SetLessThanSigned => return self.set(at, cost, Condition::Less, d, s, t),
            Opcode::CmovIfZero => self.cmov(Condition::Equal, d, s, t),
            Opcode::CmovIfNotZero => self.cmov(Condition::NotEqual, d, s, t),
            Opcode::Maximum => self.select(Condition::Less, d, s, t),
            Opcode::MaximumUnsigned => self.select(Condition::Below, d, s, t),
            Opcode::Minimum => self.select(Condition::Greater, d, s, t),
            Opcode::MinimumUnsigned => self.select(Condition::Above, d, s, t),

            Opcode::Mul32 => self.commutative(row::IMUL_REG_RM, W32, d, s, t),
            Opcode::Mul64 => return self.mul_64(at, cost, d, s, t),
            Opcode::MulUpperUnsignedUnsigned => return self.mul_upper(at, cost, false, false, d, s, t),
            Opcode::MulUpperSignedSigned => return self.mul_upper(at, cost, true, true, d, s, t),
            Opcode::MulUpperSignedUnsigned => return self.mul_upper(at, cost, true, false, d, s, t),
            Opcode::DivUnsigned32 => self.divide(W32, false, false, d, s, t),
            Opcode::DivSigned32 => self.divide(W32, true, false, d, s, t),
            Opcode::RemUnsigned32 => self.divide(W32, false, true, d, s, t),
            Opcode::RemSigned32 => self.divide(W32, true, true, d, s, t),
            Opcode::DivUnsigned64 => self.divide(W64, false, false, d, s, t),
            Opcode::DivSigned64 => self.divide(W64, true, false, d, s, t),
            Opcode::RemUnsigned64 => self.divide(W64, false, true, d, s, t),
            Opcode::RemSigned64 => self.divide(W64, true, true, d, s, t),

            Opcode::CountSetBits32 => self.count_set_bits(W32, d, s),
            Opcode::CountSetBits64 => self.count_set_bits(W64, d, s),
            Opcode::CountLeadingZeroBits32 => self.count_leading_zeros(W32, d, s),
            Opcode::CountLeadingZeroBits64 => self.count_leading_zeros(W64, d, s),
            Opcode::CountTrailingZeroBits32 => self.count_trailing_zeros(W32, d, s),
            Opcode::CountTrailingZeroBits64 => self.count_trailing_zeros(W64, d, s),
            Opcode::SignExtend8 => self.extend_part(row::MOVSX8_REG_RM, w, d, s),
            Opcode::SignExtend16 => self.extend_part(row::MOVSX16_REG_RM, w, d, s),
            Opcode::ZeroExtend16 => self.extend_part(row::MOVZX16_REG_RM, W32, d, s),
            Opcode::ReverseByte => {
                let s = self.full(s);
                self.mov(w, gpr(d), s);
                self.asm.bswap(w, gpr(d));
                self.wrote(d);
            }

            Opcode::Ecalli => {
                self.settle();
                self.asm.mov_imm64(SCRATCH, u64::from(i as u32));
                self.call_exit(at.offset, self.stubs.host_call);
            }
            Opcode::Sbrk => {
                self.settle();
                self.call_exit(at.offset, self.stubs.sbrk);
            }

            Opcode::Jump => self.jump_to(at, target),
            Opcode::LoadImmAndJump => {
                self.settle();
                self.constant(gpr(d), i);
                self.jump_to(at, target);
            }
            Opcode::JumpIndirect => self.jump_indirect(None, d, i),
            Opcode::LoadImmAndJumpIndirect => self.jump_indirect(Some((d, i)), s, j),
            Opcode::BranchEq => self.branch(at, Condition::Equal, d, s, target),
            Opcode::BranchNotEq => self.branch(at, Condition::NotEqual, d, s, target),
            Opcode::BranchLessUnsigned => self.branch(at, Condition::Below, d, s, target),
            Opcode::BranchLessSigned => self.branch(at, Condition::Less, d, s, target),
            Opcode::BranchGreaterOrEqualUnsigned => self.branch(at, Condition::AboveOrEqual, d, s, target),
            Opcode::BranchGreaterOrEqualSigned => self.branch(at, Condition::GreaterOrEqual, d, s, target),
            Opcode::BranchEqImm => self.branch_imm(at, Condition::Equal, d, i, target),
            Opcode::BranchNotEqImm => self.branch_imm(at, Condition::NotEqual, d, i, target),
            Opcode::BranchLessUnsignedImm => self.branch_imm(at, Condition::Below, d, i, target),
            Opcode::BranchLessOrEqualUnsignedImm => {
                self.branch_imm(at, Condition::BelowOrEqual, d, i, target);
            }
            Opcode::BranchGreaterOrEqualUnsignedImm => {
                self.branch_imm(at, Condition::AboveOrEqual, d, i, target);
            }
            Opcode::BranchGreaterUnsignedImm => self.branch_imm(at, Condition::Above, d, i, target),
            Opcode::BranchLessSignedImm => self.branch_imm(at, Condition::Less, d, i, target),
            Opcode::BranchLessOrEqualSignedImm => self.branch_imm(at, Condition::LessOrEqual, d, i, target),
            Opcode::BranchGreaterOrEqualSignedImm => {
                self.branch_imm(at, Condition::GreaterOrEqual, d, i, target);
            }
            Opcode::BranchGreaterSignedImm => self.branch_imm(at, Condition::Greater, d, i, target),
        }
        None
    }
}
