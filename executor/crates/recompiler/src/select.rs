// SPDX-License-Identifier: Apache-2.0
//! Instruction selection: which translation each instruction gets. What several have in common is in the modules
//! `arithmetic`, `shift`, `product`, `memory` and `control`; pairs that are translated together are in `fuse`.
//!
//! What is frequent is inlined into the loop over all instructions, where widths and conditions are constants; what is rare
//! is not, so that the loop stays small enough for the machine's caches.

use revive_vm_assembler::{row, Condition, Width};
use revive_vm_primitives::{Fetched, Opcode};

use crate::{
    block::Behind,
    memory::LoadForm,
    regs::{gpr, SCRATCH},
    shift::Shift,
    translator::Translator,
};

use Width::{W16, W32, W64, W8};

impl Translator<'_> {
    /// Translates one instruction, or together with it the one behind it, which is then returned and whose cost has been
    /// added.
    #[inline(always)]
    pub(crate) fn instruction(&mut self, at: Fetched, opcode: Opcode) -> Behind {
        let w = self.width();
        match opcode {
            Opcode::Trap => {
                self.asm.ud2();
                return Behind::End;
            }
            Opcode::Fallthrough => {
                self.fallthrough(at);
                return Behind::End;
            }
            Opcode::Memset => self.memset(at.offset),
            Opcode::Unlikely => {}

            Opcode::LoadImm => {
                let (d, i) = at.reg_imm();
                self.constant(gpr(d), i);
                self.wrote_extended(d);
            }
            Opcode::LoadImm64 => {
                let (d, k) = at.reg_imm64();
                self.asm.mov_imm64(gpr(d), k);
                self.wrote(d);
            }
            Opcode::MoveReg => {
                let (d, s) = at.reg_reg();
                self.move_reg(d, s);
            }

            Opcode::LoadU8 => {
                let (d, i) = at.reg_imm();
                self.load(d, None, i, LoadForm::U8);
            }
            Opcode::LoadI8 => {
                let (d, i) = at.reg_imm();
                self.load(d, None, i, LoadForm::I8);
            }
            Opcode::LoadU16 => {
                let (d, i) = at.reg_imm();
                self.load(d, None, i, LoadForm::U16);
            }
            Opcode::LoadI16 => {
                let (d, i) = at.reg_imm();
                self.load(d, None, i, LoadForm::I16);
            }
            Opcode::LoadU32 => {
                let (d, i) = at.reg_imm();
                self.load(d, None, i, LoadForm::U32);
            }
            Opcode::LoadI32 => {
                let (d, i) = at.reg_imm();
                self.load(d, None, i, LoadForm::I32);
            }
            Opcode::LoadU64 => {
                let (d, i) = at.reg_imm();
                self.load(d, None, i, LoadForm::U64);
            }
            Opcode::LoadIndirectU8 => {
                let (d, s, i) = at.reg_reg_imm();
                self.load(d, Some(s), i, LoadForm::U8);
            }
            Opcode::LoadIndirectI8 => {
                let (d, s, i) = at.reg_reg_imm();
                self.load(d, Some(s), i, LoadForm::I8);
            }
            Opcode::LoadIndirectU16 => {
                let (d, s, i) = at.reg_reg_imm();
                self.load(d, Some(s), i, LoadForm::U16);
            }
            Opcode::LoadIndirectI16 => {
                let (d, s, i) = at.reg_reg_imm();
                self.load(d, Some(s), i, LoadForm::I16);
            }
            Opcode::LoadIndirectU32 => {
                let (d, s, i) = at.reg_reg_imm();
                if let Some(second) = self.load_word(at, d, s, i, LoadForm::U32) {
                    return Behind::second(second);
                }
            }
            Opcode::LoadIndirectI32 => {
                let (d, s, i) = at.reg_reg_imm();
                if let Some(second) = self.load_word(at, d, s, i, LoadForm::I32) {
                    return Behind::second(second);
                }
            }
            Opcode::LoadIndirectU64 => {
                let (d, s, i) = at.reg_reg_imm();
                if let Some(second) = self.load_word(at, d, s, i, LoadForm::U64) {
                    return Behind::second(second);
                }
            }

            Opcode::StoreU8 => {
                let (d, i) = at.reg_imm();
                self.store(d, None, i, W8);
            }
            Opcode::StoreU16 => {
                let (d, i) = at.reg_imm();
                self.store(d, None, i, W16);
            }
            Opcode::StoreU32 => {
                let (d, i) = at.reg_imm();
                self.store(d, None, i, W32);
            }
            Opcode::StoreU64 => {
                let (d, i) = at.reg_imm();
                self.store(d, None, i, W64);
            }
            Opcode::StoreIndirectU8 => {
                let (d, s, i) = at.reg_reg_imm();
                self.store(d, Some(s), i, W8);
            }
            Opcode::StoreIndirectU16 => {
                let (d, s, i) = at.reg_reg_imm();
                self.store(d, Some(s), i, W16);
            }
            Opcode::StoreIndirectU32 => {
                let (d, s, i) = at.reg_reg_imm();
                self.store(d, Some(s), i, W32);
            }
            Opcode::StoreIndirectU64 => {
                let (d, s, i) = at.reg_reg_imm();
                self.store(d, Some(s), i, W64);
            }
            Opcode::StoreImmU8 => {
                let (i, j) = at.imm_imm();
                self.store_imm(None, i, j, W8);
            }
            Opcode::StoreImmU16 => {
                let (i, j) = at.imm_imm();
                self.store_imm(None, i, j, W16);
            }
            Opcode::StoreImmU32 => {
                let (i, j) = at.imm_imm();
                self.store_imm(None, i, j, W32);
            }
            Opcode::StoreImmU64 => {
                let (i, j) = at.imm_imm();
                self.store_imm(None, i, j, W64);
            }
            Opcode::StoreImmIndirectU8 => {
                let (d, i, j) = at.reg_imm_imm();
                self.store_imm(Some(d), i, j, W8);
            }
            Opcode::StoreImmIndirectU16 => {
                let (d, i, j) = at.reg_imm_imm();
                self.store_imm(Some(d), i, j, W16);
            }
            Opcode::StoreImmIndirectU32 => {
                let (d, i, j) = at.reg_imm_imm();
                self.store_imm(Some(d), i, j, W32);
            }
            Opcode::StoreImmIndirectU64 => {
                let (d, i, j) = at.reg_imm_imm();
                self.store_imm(Some(d), i, j, W64);
            }

            Opcode::AddImm32 => {
                let (d, s, i) = at.reg_reg_imm();
                self.add_imm(W32, d, s, i);
            }
            Opcode::AddImm64 => {
                let (d, s, i) = at.reg_reg_imm();
                self.add_imm(W64, d, s, i);
            }
            Opcode::AndImm => {
                let (d, s, i) = at.reg_reg_imm();
                self.and_imm(d, s, i);
            }
            Opcode::XorImm => {
                let (d, s, i) = at.reg_reg_imm();
                self.xor_imm(d, s, i);
            }
            Opcode::OrImm => {
                let (d, s, i) = at.reg_reg_imm();
                self.or_imm(d, s, i);
            }
            Opcode::MulImm32 => {
                let (d, s, i) = at.reg_reg_imm();
                self.mul_imm(W32, d, s, i);
            }
            Opcode::MulImm64 => {
                let (d, s, i) = at.reg_reg_imm();
                self.mul_imm(W64, d, s, i);
            }
            Opcode::NegateAndAddImm32 => {
                let (d, s, i) = at.reg_reg_imm();
                self.negate_and_add_imm(W32, d, s, i);
            }
            Opcode::NegateAndAddImm64 => {
                let (d, s, i) = at.reg_reg_imm();
                self.negate_and_add_imm(W64, d, s, i);
            }
            Opcode::SetLessThanUnsignedImm => {
                let (d, s, i) = at.reg_reg_imm();
                if let Some(second) = self.set_imm(at, Condition::Below, d, s, i) {
                    return Behind::second(second);
                }
            }
            Opcode::SetLessThanSignedImm => {
                let (d, s, i) = at.reg_reg_imm();
                if let Some(second) = self.set_imm(at, Condition::Less, d, s, i) {
                    return Behind::second(second);
                }
            }
            Opcode::SetGreaterThanUnsignedImm => {
                let (d, s, i) = at.reg_reg_imm();
                if let Some(second) = self.set_imm(at, Condition::Above, d, s, i) {
                    return Behind::second(second);
                }
            }
            Opcode::SetGreaterThanSignedImm => {
                let (d, s, i) = at.reg_reg_imm();
                if let Some(second) = self.set_imm(at, Condition::Greater, d, s, i) {
                    return Behind::second(second);
                }
            }
            Opcode::CmovIfZeroImm => {
                let (d, s, i) = at.reg_reg_imm();
                self.cmov_imm(Condition::Equal, d, s, i);
            }
            Opcode::CmovIfNotZeroImm => {
                let (d, s, i) = at.reg_reg_imm();
                self.cmov_imm(Condition::NotEqual, d, s, i);
            }

            Opcode::ShiftLogicalLeftImm32 => {
                let (d, s, i) = at.reg_reg_imm();
                self.shift_imm(W32, Shift::Left, d, s, i);
            }
            Opcode::ShiftLogicalRightImm32 => {
                let (d, s, i) = at.reg_reg_imm();
                self.shift_imm(W32, Shift::Right, d, s, i);
            }
            Opcode::ShiftArithmeticRightImm32 => {
                let (d, s, i) = at.reg_reg_imm();
                self.shift_imm(W32, Shift::RightSigned, d, s, i);
            }
            Opcode::RotateRightImm32 => {
                let (d, s, i) = at.reg_reg_imm();
                self.rotate_right_imm(W32, d, s, i);
            }
            Opcode::ShiftLogicalLeftImm64 => {
                let (d, s, i) = at.reg_reg_imm();
                if let Some(second) = self.shift_left_imm_64(at, d, s, i) {
                    return Behind::second(second);
                }
            }
            Opcode::ShiftLogicalRightImm64 => {
                let (d, s, i) = at.reg_reg_imm();
                self.shift_imm(W64, Shift::Right, d, s, i);
            }
            Opcode::ShiftArithmeticRightImm64 => {
                let (d, s, i) = at.reg_reg_imm();
                self.shift_imm(W64, Shift::RightSigned, d, s, i);
            }
            Opcode::RotateRightImm64 => {
                let (d, s, i) = at.reg_reg_imm();
                self.rotate_right_imm(W64, d, s, i);
            }
            Opcode::ShiftLogicalLeftImmAlt32 => {
                let (d, s, i) = at.reg_reg_imm();
                self.shift_alt(W32, Shift::Left, d, s, i);
            }
            Opcode::ShiftLogicalRightImmAlt32 => {
                let (d, s, i) = at.reg_reg_imm();
                self.shift_alt(W32, Shift::Right, d, s, i);
            }
            Opcode::ShiftArithmeticRightImmAlt32 => {
                let (d, s, i) = at.reg_reg_imm();
                self.shift_alt(W32, Shift::RightSigned, d, s, i);
            }
            Opcode::RotateRightImmAlt32 => {
                let (d, s, i) = at.reg_reg_imm();
                self.shift_alt(W32, Shift::RotateRight, d, s, i);
            }
            Opcode::ShiftLogicalLeftImmAlt64 => {
                let (d, s, i) = at.reg_reg_imm();
                self.shift_alt(W64, Shift::Left, d, s, i);
            }
            Opcode::ShiftLogicalRightImmAlt64 => {
                let (d, s, i) = at.reg_reg_imm();
                self.shift_alt(W64, Shift::Right, d, s, i);
            }
            Opcode::ShiftArithmeticRightImmAlt64 => {
                let (d, s, i) = at.reg_reg_imm();
                self.shift_alt(W64, Shift::RightSigned, d, s, i);
            }
            Opcode::RotateRightImmAlt64 => {
                let (d, s, i) = at.reg_reg_imm();
                self.shift_alt(W64, Shift::RotateRight, d, s, i);
            }
            Opcode::ShiftLogicalLeft32 => {
                let (d, s, t) = at.reg_reg_reg();
                self.shift(W32, Shift::Left, d, s, t);
            }
            Opcode::ShiftLogicalRight32 => {
                let (d, s, t) = at.reg_reg_reg();
                self.shift(W32, Shift::Right, d, s, t);
            }
            Opcode::ShiftArithmeticRight32 => {
                let (d, s, t) = at.reg_reg_reg();
                self.shift(W32, Shift::RightSigned, d, s, t);
            }
            Opcode::RotateLeft32 => {
                let (d, s, t) = at.reg_reg_reg();
                self.shift(W32, Shift::RotateLeft, d, s, t);
            }
            Opcode::RotateRight32 => {
                let (d, s, t) = at.reg_reg_reg();
                self.shift(W32, Shift::RotateRight, d, s, t);
            }
            Opcode::ShiftLogicalLeft64 => {
                let (d, s, t) = at.reg_reg_reg();
                self.shift(W64, Shift::Left, d, s, t);
            }
            Opcode::ShiftLogicalRight64 => {
                let (d, s, t) = at.reg_reg_reg();
                self.shift(W64, Shift::Right, d, s, t);
            }
            Opcode::ShiftArithmeticRight64 => {
                let (d, s, t) = at.reg_reg_reg();
                self.shift(W64, Shift::RightSigned, d, s, t);
            }
            Opcode::RotateLeft64 => {
                let (d, s, t) = at.reg_reg_reg();
                self.shift(W64, Shift::RotateLeft, d, s, t);
            }
            Opcode::RotateRight64 => {
                let (d, s, t) = at.reg_reg_reg();
                self.shift(W64, Shift::RotateRight, d, s, t);
            }

            Opcode::Add32 => {
                let (d, s, t) = at.reg_reg_reg();
                if let Some(second) = self.add(at, W32, d, s, t) {
                    return Behind::second(second);
                }
            }
            Opcode::Add64 => {
                let (d, s, t) = at.reg_reg_reg();
                if let Some(second) = self.add(at, W64, d, s, t) {
                    return Behind::second(second);
                }
            }
            Opcode::Sub32 => {
                let (d, s, t) = at.reg_reg_reg();
                self.sub(W32, d, s, t);
            }
            Opcode::Sub64 => {
                let (d, s, t) = at.reg_reg_reg();
                self.sub(W64, d, s, t);
            }
            Opcode::And => {
                let (d, s, t) = at.reg_reg_reg();
                self.bitwise(row::AND_REG_RM, d, s, t);
            }
            Opcode::Xor => {
                let (d, s, t) = at.reg_reg_reg();
                self.bitwise(row::XOR_REG_RM, d, s, t);
            }
            Opcode::Or => {
                let (d, s, t) = at.reg_reg_reg();
                self.bitwise(row::OR_REG_RM, d, s, t);
            }
            Opcode::AndInverted => {
                let (d, s, t) = at.reg_reg_reg();
                self.and_inverted(d, s, t);
            }
            Opcode::OrInverted => {
                let (d, s, t) = at.reg_reg_reg();
                self.or_inverted(d, s, t);
            }
            Opcode::Xnor => {
                let (d, s, t) = at.reg_reg_reg();
                self.xnor(d, s, t);
            }
            Opcode::SetLessThanUnsigned => {
                let (d, s, t) = at.reg_reg_reg();
                if let Some(second) = self.set(at, Condition::Below, d, s, t) {
                    return Behind::second(second);
                }
            }
            Opcode::SetLessThanSigned => {
                let (d, s, t) = at.reg_reg_reg();
                if let Some(second) = self.set(at, Condition::Less, d, s, t) {
                    return Behind::second(second);
                }
            }
            Opcode::CmovIfZero => {
                let (d, s, t) = at.reg_reg_reg();
                self.cmov(Condition::Equal, d, s, t);
            }
            Opcode::CmovIfNotZero => {
                let (d, s, t) = at.reg_reg_reg();
                self.cmov(Condition::NotEqual, d, s, t);
            }
            Opcode::Maximum => {
                let (d, s, t) = at.reg_reg_reg();
                self.select(Condition::Less, d, s, t);
            }
            Opcode::MaximumUnsigned => {
                let (d, s, t) = at.reg_reg_reg();
                self.select(Condition::Below, d, s, t);
            }
            Opcode::Minimum => {
                let (d, s, t) = at.reg_reg_reg();
                self.select(Condition::Greater, d, s, t);
            }
            Opcode::MinimumUnsigned => {
                let (d, s, t) = at.reg_reg_reg();
                self.select(Condition::Above, d, s, t);
            }

            Opcode::Mul32 => {
                let (d, s, t) = at.reg_reg_reg();
                self.commutative(row::IMUL_REG_RM, W32, d, s, t);
            }
            Opcode::Mul64 => {
                let (d, s, t) = at.reg_reg_reg();
                if let Some(second) = self.mul_64(at, d, s, t) {
                    return Behind::second(second);
                }
            }
            Opcode::MulUpperUnsignedUnsigned => {
                let (d, s, t) = at.reg_reg_reg();
                if let Some(second) = self.mul_upper_unsigned(at, d, s, t) {
                    return Behind::second(second);
                }
            }
            Opcode::MulUpperSignedSigned => {
                let (d, s, t) = at.reg_reg_reg();
                self.mul_upper(true, true, d, s, t);
            }
            Opcode::MulUpperSignedUnsigned => {
                let (d, s, t) = at.reg_reg_reg();
                self.mul_upper(true, false, d, s, t);
            }
            Opcode::DivUnsigned32 => {
                let (d, s, t) = at.reg_reg_reg();
                self.divide(W32, false, false, d, s, t);
            }
            Opcode::DivSigned32 => {
                let (d, s, t) = at.reg_reg_reg();
                self.divide(W32, true, false, d, s, t);
            }
            Opcode::RemUnsigned32 => {
                let (d, s, t) = at.reg_reg_reg();
                self.divide(W32, false, true, d, s, t);
            }
            Opcode::RemSigned32 => {
                let (d, s, t) = at.reg_reg_reg();
                self.divide(W32, true, true, d, s, t);
            }
            Opcode::DivUnsigned64 => {
                let (d, s, t) = at.reg_reg_reg();
                self.divide(W64, false, false, d, s, t);
            }
            Opcode::DivSigned64 => {
                let (d, s, t) = at.reg_reg_reg();
                self.divide(W64, true, false, d, s, t);
            }
            Opcode::RemUnsigned64 => {
                let (d, s, t) = at.reg_reg_reg();
                self.divide(W64, false, true, d, s, t);
            }
            Opcode::RemSigned64 => {
                let (d, s, t) = at.reg_reg_reg();
                self.divide(W64, true, true, d, s, t);
            }

            Opcode::CountSetBits32 => {
                let (d, s) = at.reg_reg();
                self.count_set_bits(W32, d, s);
            }
            Opcode::CountSetBits64 => {
                let (d, s) = at.reg_reg();
                self.count_set_bits(W64, d, s);
            }
            Opcode::CountLeadingZeroBits32 => {
                let (d, s) = at.reg_reg();
                self.count_leading_zeros(W32, d, s);
            }
            Opcode::CountLeadingZeroBits64 => {
                let (d, s) = at.reg_reg();
                self.count_leading_zeros(W64, d, s);
            }
            Opcode::CountTrailingZeroBits32 => {
                let (d, s) = at.reg_reg();
                self.count_trailing_zeros(W32, d, s);
            }
            Opcode::CountTrailingZeroBits64 => {
                let (d, s) = at.reg_reg();
                self.count_trailing_zeros(W64, d, s);
            }
            Opcode::SignExtend8 => {
                let (d, s) = at.reg_reg();
                self.extend_part(row::MOVSX8_REG_RM, w, d, s);
            }
            Opcode::SignExtend16 => {
                let (d, s) = at.reg_reg();
                self.extend_part(row::MOVSX16_REG_RM, w, d, s);
            }
            Opcode::ZeroExtend16 => {
                let (d, s) = at.reg_reg();
                self.extend_part(row::MOVZX16_REG_RM, W32, d, s);
            }
            Opcode::ReverseByte => {
                let (d, s) = at.reg_reg();
                let s = self.full(s);
                self.mov(w, gpr(d), s);
                self.asm.bswap(w, gpr(d));
                self.wrote(d);
            }

            Opcode::Ecalli => {
                let i = at.imm();
                self.settle();
                self.asm.mov_imm64(SCRATCH, u64::from(i as u32));
                self.call_exit(at.offset, self.stubs.host_call);
                // The host may have changed any register.
                revive_vm_primitives::mutant!(HostRegisters, (), self.forget());
            }
            Opcode::Sbrk => {
                self.settle();
                self.call_exit(at.offset, self.stubs.sbrk);
                self.forget();
            }

            Opcode::Jump => {
                let target = at.offset_only();
                self.jump_to(at, target);
                return Behind::End;
            }
            Opcode::LoadImmAndJump => {
                let (d, i, target) = at.reg_imm_offset();
                self.settle();
                self.constant(gpr(d), i);
                self.jump_to(at, target);
                return Behind::End;
            }
            Opcode::JumpIndirect => {
                let (d, i) = at.reg_imm();
                self.jump_indirect(None, d, i);
                return Behind::End;
            }
            Opcode::LoadImmAndJumpIndirect => {
                let (d, s, i, j) = at.reg_reg_imm_imm();
                self.jump_indirect(Some((d, i)), s, j);
                return Behind::End;
            }
            Opcode::BranchEq => {
                let (d, s, target) = at.reg_reg_offset();
                self.branch(at, Condition::Equal, d, s, target);
                return Behind::End;
            }
            Opcode::BranchNotEq => {
                let (d, s, target) = at.reg_reg_offset();
                self.branch(at, Condition::NotEqual, d, s, target);
                return Behind::End;
            }
            Opcode::BranchLessUnsigned => {
                let (d, s, target) = at.reg_reg_offset();
                self.branch(at, Condition::Below, d, s, target);
                return Behind::End;
            }
            Opcode::BranchLessSigned => {
                let (d, s, target) = at.reg_reg_offset();
                let condition =
                    revive_vm_primitives::mutant!(ConditionCode, Condition::Below, Condition::Less);
                self.branch(at, condition, d, s, target);
                return Behind::End;
            }
            Opcode::BranchGreaterOrEqualUnsigned => {
                let (d, s, target) = at.reg_reg_offset();
                self.branch(at, Condition::AboveOrEqual, d, s, target);
                return Behind::End;
            }
            Opcode::BranchGreaterOrEqualSigned => {
                let (d, s, target) = at.reg_reg_offset();
                self.branch(at, Condition::GreaterOrEqual, d, s, target);
                return Behind::End;
            }
            Opcode::BranchEqImm => {
                let (d, i, target) = at.reg_imm_offset();
                self.branch_imm(at, Condition::Equal, d, i, target);
                return Behind::End;
            }
            Opcode::BranchNotEqImm => {
                let (d, i, target) = at.reg_imm_offset();
                self.branch_imm(at, Condition::NotEqual, d, i, target);
                return Behind::End;
            }
            Opcode::BranchLessUnsignedImm => {
                let (d, i, target) = at.reg_imm_offset();
                self.branch_imm(at, Condition::Below, d, i, target);
                return Behind::End;
            }
            Opcode::BranchLessOrEqualUnsignedImm => {
                let (d, i, target) = at.reg_imm_offset();
                self.branch_imm(at, Condition::BelowOrEqual, d, i, target);
                return Behind::End;
            }
            Opcode::BranchGreaterOrEqualUnsignedImm => {
                let (d, i, target) = at.reg_imm_offset();
                self.branch_imm(at, Condition::AboveOrEqual, d, i, target);
                return Behind::End;
            }
            Opcode::BranchGreaterUnsignedImm => {
                let (d, i, target) = at.reg_imm_offset();
                self.branch_imm(at, Condition::Above, d, i, target);
                return Behind::End;
            }
            Opcode::BranchLessSignedImm => {
                let (d, i, target) = at.reg_imm_offset();
                self.branch_imm(at, Condition::Less, d, i, target);
                return Behind::End;
            }
            Opcode::BranchLessOrEqualSignedImm => {
                let (d, i, target) = at.reg_imm_offset();
                self.branch_imm(at, Condition::LessOrEqual, d, i, target);
                return Behind::End;
            }
            Opcode::BranchGreaterOrEqualSignedImm => {
                let (d, i, target) = at.reg_imm_offset();
                self.branch_imm(at, Condition::GreaterOrEqual, d, i, target);
                return Behind::End;
            }
            Opcode::BranchGreaterSignedImm => {
                let (d, i, target) = at.reg_imm_offset();
                self.branch_imm(at, Condition::Greater, d, i, target);
                return Behind::End;
            }
        }
        Behind::Next
    }
}
