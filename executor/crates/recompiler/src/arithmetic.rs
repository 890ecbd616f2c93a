// SPDX-License-Identifier: Apache-2.0
//! Additions, bitwise operations, comparisons, conditional moves and counting of bits.

use revive_vm_assembler::{row, Condition, Gpr, Mem, Row, Width};
use revive_vm_primitives::{Fetched, Opcode, Reg};

use crate::{
    fuse::is_load,
    regs::{gpr, kept, SCRATCH},
    translator::Translator,
};

impl Translator<'_> {
    /// `d = s op t` where the order of the operands does not matter.
    #[inline(always)]
    pub(crate) fn commutative(&mut self, row: Row, width: Width, d: Reg, s: Reg, t: Reg) {
        let (from, to) = (self.read(s, width), self.read(t, width));
        let result = gpr(d);
        if result == to {
            self.asm.reg_rm(row, width, result, from);
        } else {
            self.mov(width, result, from);
            self.asm.reg_rm(row, width, result, to);
        }
        self.wrote_width(d, width);
    }

    /// `d = s op t`, a bitwise operation.
    #[inline(always)]
    pub(crate) fn bitwise(&mut self, row: Row, d: Reg, s: Reg, t: Reg) {
        let width = self.bitwise_width(1 << s as u16 | 1 << t as u16);
        let extended = self.is_extended(s) && self.is_extended(t);
        self.commutative(row, width, d, s, t);
        if extended && width == self.width() {
            self.wrote_extended(d);
        }
    }

    /// `d = s + t`
    #[inline(always)]
    pub(crate) fn add(&mut self, at: Fetched, width: Width, d: Reg, s: Reg, t: Reg) -> Option<Fetched> {
        // Looked at once: additions are translated all the time.
        let fused = match self.opcode_behind {
            Some(Opcode::SetLessThanUnsigned) if width == self.width() => {
                self.add_with_carry_out(at, d, s, t)
            }
            Some(opcode) if is_load(opcode) => {
                // The base of the load is where others have their third register.
                let base = at.reg_reg_reg_behind().map(|(.., base)| base);
                if base == Some(d) {
                    self.add_and_load(at, d, s, t)
                } else {
                    None
                }
            }
            _ => None,
        };
        if fused.is_some() {
            return fused;
        }
        let (from, to) = (self.read(s, width), self.read(t, width));
        let result = gpr(d);
        if result == from {
            self.asm.reg_rm(row::ADD_REG_RM, width, result, to);
        } else if result == to {
            self.asm.reg_rm(row::ADD_REG_RM, width, result, from);
        } else {
            self.asm.reg_rm(row::LEA_REG_MEM, width, result, Mem::sum(from, to, 0));
        }
        self.wrote_width(d, width);
        None
    }

    /// `d = s + i`
    #[inline(always)]
    pub(crate) fn add_imm(&mut self, width: Width, d: Reg, s: Reg, imm: i32) {
        if imm == 0 && width == Width::W32 && self.width() == Width::W64 {
            return self.sign_extend_32(d, s);
        }
        let from = self.read(s, width);
        let result = gpr(d);
        if imm == 0 {
            self.mov(width, result, from);
        } else if result == from {
            self.with_imm(row::ADD_RM_IMM8, row::ADD_RM_IMM, width, result, imm);
        } else {
            self.asm.reg_rm(row::LEA_REG_MEM, width, result, Mem::base(from, imm));
        }
        self.wrote_width(d, width);
    }

    /// `d` = the sign-extension of the low half of `s`.
    #[inline(always)]
    fn sign_extend_32(&mut self, d: Reg, s: Reg) {
        // Nothing to do for what is extended, or will be.
        if d != s || !self.is_extended(s) {
            self.asm.reg_rm(row::MOVSXD_REG_RM, Width::W64, gpr(d), gpr(s));
            self.wrote_extended(d);
        }
    }

    /// `d = s - t`
    #[inline(always)]
    pub(crate) fn sub(&mut self, width: Width, d: Reg, s: Reg, t: Reg) {
        let (from, to) = (self.read(s, width), self.read(t, width));
        let result = gpr(d);
        if result == to && result != from {
            self.asm.rm(row::NEG_RM, width, result);
            self.asm.reg_rm(row::ADD_REG_RM, width, result, from);
        } else {
            self.mov(width, result, from);
            self.asm.reg_rm(row::SUB_REG_RM, width, result, to);
        }
        self.wrote_width(d, width);
    }

    /// `d = i - s`
    #[inline(never)]
    pub(crate) fn negate_and_add_imm(&mut self, width: Width, d: Reg, s: Reg, imm: i32) {
        let from = self.read(s, width);
        let result = gpr(d);
        if result == from || imm == 0 {
            self.mov(width, result, from);
            self.asm.rm(row::NEG_RM, width, result);
            if imm != 0 {
                self.with_imm(row::ADD_RM_IMM8, row::ADD_RM_IMM, width, result, imm);
            }
        } else {
            match width {
                Width::W64 => self.asm.mov_imm64(result, i64::from(imm) as u64),
                _ => self.asm.mov_imm64(result, u64::from(imm as u32)),
            }
            self.asm.reg_rm(row::SUB_REG_RM, width, result, from);
        }
        self.wrote_width(d, width);
    }

    /// `d = s & i`
    #[inline(always)]
    pub(crate) fn and_imm(&mut self, d: Reg, s: Reg, imm: i32) {
        if imm == -1 {
            return self.move_reg(d, s);
        }
        if imm < 0 {
            return self.bitwise_imm(row::AND_RM_IMM8, row::AND_RM_IMM, d, s, imm);
        }
        // The upper half of the result is zero, whatever that of the source is.
        let (result, from) = (gpr(d), gpr(s));
        match imm {
            0xff => self.asm.reg_rm(row::MOVZX8_REG_RM, Width::W32, result, from),
            0xffff => self.asm.reg_rm(row::MOVZX16_REG_RM, Width::W32, result, from),
            _ => {
                self.mov(Width::W32, result, from);
                self.with_imm(row::AND_RM_IMM8, row::AND_RM_IMM, Width::W32, result, imm);
            }
        }
        // The sign bit is zero too.
        self.wrote_extended(d);
    }

    /// `d = s | i`
    #[inline(always)]
    pub(crate) fn or_imm(&mut self, d: Reg, s: Reg, imm: i32) {
        self.bitwise_imm(row::OR_RM_IMM8, row::OR_RM_IMM, d, s, imm);
    }

    /// `d = s ^ i`
    #[inline(always)]
    pub(crate) fn xor_imm(&mut self, d: Reg, s: Reg, imm: i32) {
        self.bitwise_imm(row::XOR_RM_IMM8, row::XOR_RM_IMM, d, s, imm);
    }

    /// `d = s op i`, a bitwise operation. The constant is a sign-extended value, so the result is one if `s` is.
    #[inline(always)]
    fn bitwise_imm(&mut self, short: Row, long: Row, d: Reg, s: Reg, imm: i32) {
        let width = self.bitwise_width(1 << s as u16);
        let extended = self.is_extended(s);
        let from = self.read(s, width);
        self.mov(width, gpr(d), from);
        self.with_imm(short, long, width, gpr(d), imm);
        self.wrote_width(d, width);
        if extended && width == self.width() {
            self.wrote_extended(d);
        }
    }

    /// `d = s & !t`
    #[inline(never)]
    pub(crate) fn and_inverted(&mut self, d: Reg, s: Reg, t: Reg) {
        let width = self.width();
        let (from, inverted) = (self.full(s), self.full(t));
        let result = gpr(d);
        if self.features().bmi1 {
            self.asm.vex(row::ANDN_REG_REG_RM, width, result, from, inverted);
        } else {
            self.mov(width, SCRATCH, inverted);
            self.asm.rm(row::NOT_RM, width, SCRATCH);
            self.mov(width, result, from);
            self.asm.reg_rm(row::AND_REG_RM, width, result, SCRATCH);
        }
        self.wrote(d);
    }

    /// `d = s | !t`
    #[inline(never)]
    pub(crate) fn or_inverted(&mut self, d: Reg, s: Reg, t: Reg) {
        let width = self.width();
        let (from, inverted) = (self.full(s), self.full(t));
        let result = gpr(d);
        if result == from {
            self.mov(width, SCRATCH, inverted);
            self.asm.rm(row::NOT_RM, width, SCRATCH);
            self.asm.reg_rm(row::OR_REG_RM, width, result, SCRATCH);
        } else {
            self.mov(width, result, inverted);
            self.asm.rm(row::NOT_RM, width, result);
            self.asm.reg_rm(row::OR_REG_RM, width, result, from);
        }
        self.wrote(d);
    }

    /// `d = !(s ^ t)`
    #[inline(never)]
    pub(crate) fn xnor(&mut self, d: Reg, s: Reg, t: Reg) {
        self.commutative(row::XOR_REG_RM, self.width(), d, s, t);
        self.asm.rm(row::NOT_RM, self.width(), gpr(d));
    }

    /// `d = s <condition> t`, as 1 or 0.
    #[inline(always)]
    pub(crate) fn set(
        &mut self,
        at: Fetched,
        condition: Condition,
        d: Reg,
        s: Reg,
        t: Reg,
    ) -> Option<Fetched> {
        let branch = self.branch_on(at, d);
        let (a, b) = (self.full(s), self.full(t));
        let result = gpr(d);
        self.wrote_extended(d);
        if branch.is_some() {
            self.settle_for_branch();
        }
        let fresh = result != a && result != b;
        if fresh {
            self.asm.rm_reg(row::XOR_RM_REG, Width::W32, result, result);
        }
        self.asm.rm_reg(row::CMP_RM_REG, self.width(), a, b);
        self.set_result(result, condition, fresh);
        self.branch_after_set(branch, condition)
    }

    /// `d = s <condition> i`, as 1 or 0.
    #[inline(always)]
    pub(crate) fn set_imm(
        &mut self,
        at: Fetched,
        condition: Condition,
        d: Reg,
        s: Reg,
        imm: i32,
    ) -> Option<Fetched> {
        let branch = self.branch_on(at, d);
        let from = self.full(s);
        let result = gpr(d);
        self.wrote_extended(d);
        if branch.is_some() {
            self.settle_for_branch();
        }
        let fresh = result != from;
        if fresh {
            self.asm.rm_reg(row::XOR_RM_REG, Width::W32, result, result);
        }
        // Comparisons with zero in disguise.
        let (condition, imm) = match (condition, imm) {
            (Condition::Below, 1) => (Condition::Equal, 0),
            (Condition::Above, 0) => (Condition::NotEqual, 0),
            other => other,
        };
        self.compare_imm(self.width(), from, imm);
        self.set_result(result, condition, fresh);
        self.branch_after_set(branch, condition)
    }

    /// Sets a register to what the flags say, which are kept; `zero`: it holds zero already.
    #[inline(always)]
    pub(crate) fn set_result(&mut self, result: Gpr, condition: Condition, zero: bool) {
        self.asm.rm(row::set(condition), Width::W8, result);
        if !zero {
            self.asm.reg_rm(row::MOVZX8_REG_RM, Width::W32, result, result);
        }
    }

    /// `d = s` if `t` is zero, or is not.
    #[inline(never)]
    pub(crate) fn cmov(&mut self, condition: Condition, d: Reg, s: Reg, t: Reg) {
        let (from, tested, result) = (self.full(s), self.full(t), self.full(d));
        self.asm.rm_reg(row::TEST_RM_REG, self.width(), tested, tested);
        self.asm.reg_rm(row::cmov(condition), self.width(), result, from);
        self.wrote(d);
    }

    /// `d = i` if `s` is zero, or is not.
    #[inline(never)]
    pub(crate) fn cmov_imm(&mut self, condition: Condition, d: Reg, s: Reg, imm: i32) {
        let (tested, result) = (self.full(s), self.full(d));
        self.constant(SCRATCH, imm);
        self.asm.rm_reg(row::TEST_RM_REG, self.width(), tested, tested);
        self.asm.reg_rm(row::cmov(condition), self.width(), result, SCRATCH);
        self.wrote(d);
    }

    /// `d` = `t` if `s <condition> t`, else `s`: minimum or maximum.
    #[inline(never)]
    pub(crate) fn select(&mut self, condition: Condition, d: Reg, s: Reg, t: Reg) {
        // The same whichever is which, equal values being equal.
        let (s, t) = if d == t { (t, s) } else { (s, t) };
        let (from, other) = (self.full(s), self.full(t));
        self.mov(self.width(), gpr(d), from);
        self.asm.rm_reg(row::CMP_RM_REG, self.width(), gpr(d), other);
        self.asm.reg_rm(row::cmov(condition), self.width(), gpr(d), other);
        self.wrote(d);
    }

    /// `d` = part of `s`, extended.
    #[inline(always)]
    pub(crate) fn extend_part(&mut self, row: Row, width: Width, d: Reg, s: Reg) {
        self.asm.reg_rm(row, width, gpr(d), gpr(s));
        self.wrote_extended(d);
    }

    /// `d` = number of one bits.
    #[inline(never)]
    pub(crate) fn count_set_bits(&mut self, width: Width, d: Reg, s: Reg) {
        let from = self.read(s, width);
        if self.features().popcnt {
            self.asm.reg_rm(row::POPCNT_REG_RM, width, gpr(d), from);
        } else {
            // Clears the lowest one bit until there is none.
            self.asm.reg_rm(row::MOV_REG_RM, width, SCRATCH, from);
            self.asm.mov_imm64(gpr(d), 0);
            self.asm.rm_reg(row::TEST_RM_REG, width, SCRATCH, SCRATCH);
            let none = self.asm.jcc_short(Condition::Equal);
            let again = self.position();
            self.asm.rm_imm(row::ADD_RM_IMM8, Width::W32, gpr(d), 1);
            self.asm.rm_reg(row::MOV_RM_REG, Width::W64, kept(0), SCRATCH);
            self.asm.rm_imm(row::SUB_RM_IMM8, width, SCRATCH, 1);
            self.asm.reg_rm(row::AND_REG_RM, width, SCRATCH, kept(0));
            self.asm.jcc_back(Condition::NotEqual, again);
            self.asm.aim_here(none);
        }
        self.wrote_extended(d);
    }

    /// `d` = number of leading zero bits.
    #[inline(never)]
    pub(crate) fn count_leading_zeros(&mut self, width: Width, d: Reg, s: Reg) {
        let from = self.read(s, width);
        if self.features().lzcnt {
            self.asm.reg_rm(row::LZCNT_REG_RM, width, gpr(d), from);
        } else {
            let bits: i32 = if width == Width::W64 { 64 } else { 32 };
            self.asm.reg_rm(row::BSR_REG_RM, width, SCRATCH, from);
            let some = self.asm.jcc_short(Condition::NotEqual);
            // What becomes `bits` below.
            self.asm.mov_imm64(SCRATCH, 2 * bits as u64 - 1);
            self.asm.aim_here(some);
            self.asm.rm_imm(row::XOR_RM_IMM8, Width::W32, SCRATCH, bits - 1);
            self.asm.reg_rm(row::MOV_REG_RM, Width::W32, gpr(d), SCRATCH);
        }
        self.wrote_extended(d);
    }

    /// `d` = number of trailing zero bits.
    #[inline(never)]
    pub(crate) fn count_trailing_zeros(&mut self, width: Width, d: Reg, s: Reg) {
        let from = self.read(s, width);
        if self.features().bmi1 {
            self.asm.reg_rm(row::TZCNT_REG_RM, width, gpr(d), from);
        } else {
            self.asm.reg_rm(row::BSF_REG_RM, width, SCRATCH, from);
            let some = self.asm.jcc_short(Condition::NotEqual);
            self.asm.mov_imm64(SCRATCH, if width == Width::W64 { 64 } else { 32 });
            self.asm.aim_here(some);
            self.asm.reg_rm(row::MOV_REG_RM, Width::W32, gpr(d), SCRATCH);
        }
        self.wrote_extended(d);
    }
}
