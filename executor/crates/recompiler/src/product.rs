// SPDX-License-Identifier: Apache-2.0
//! Multiplications that want more than the low half of the product, and divisions. The machine does both in `rax` and
//! `rdx`, which hold guest registers.

use revive_vm_assembler::{row, Condition, Gpr, Mem, Row, Width};
use revive_vm_primitives::{Fetched, Reg};

use crate::{
    regs::{gpr, kept, SCRATCH},
    translator::Translator,
};

/// Where `rax` is kept.
const SAVED_RAX: Mem = kept(1);
/// Where `rdx` is kept.
const SAVED_RDX: Mem = kept(2);

impl Translator<'_> {
    /// `d` = low half of `s × t`
    #[inline(always)]
    pub(crate) fn mul_64(&mut self, at: Fetched, d: Reg, s: Reg, t: Reg) -> Option<Fetched> {
        let fused = self.both_halves(at, d, s, t, false);
        if fused.is_none() {
            self.commutative(row::IMUL_REG_RM, Width::W64, d, s, t);
        }
        fused
    }

    /// `d = s × i`
    #[inline(never)]
    pub(crate) fn mul_imm(&mut self, width: Width, d: Reg, s: Reg, imm: i32) {
        let from = self.read(s, width);
        if i8::try_from(imm).is_ok() {
            self.asm.reg_rm_imm(row::IMUL_REG_RM_IMM8, width, gpr(d), from, imm);
        } else {
            self.asm.reg_rm_imm(row::IMUL_REG_RM_IMM, width, gpr(d), from, imm);
        }
        self.wrote_width(d, width);
    }

    /// `d` = high half of `s × t`, unsigned.
    #[inline(always)]
    pub(crate) fn mul_upper_unsigned(&mut self, at: Fetched, d: Reg, s: Reg, t: Reg) -> Option<Fetched> {
        if self.width() == Width::W32 {
            self.mul_upper_narrow(false, false, d, s, t);
            return None;
        }
        let fused = self.both_halves(at, d, s, t, true);
        if fused.is_none() {
            let (a, b) = (self.full(s), self.full(t));
            self.high_half(gpr(d), a, b);
            self.wrote(d);
        }
        fused
    }

    /// `d` = high half of `s × t`, each read as signed or not, but not both unsigned.
    #[inline(never)]
    pub(crate) fn mul_upper(&mut self, s_signed: bool, t_signed: bool, d: Reg, s: Reg, t: Reg) {
        if self.width() == Width::W32 {
            return self.mul_upper_narrow(s_signed, t_signed, d, s, t);
        }
        let (a, b) = (self.full(s), self.full(t));
        let result = gpr(d);
        if s_signed && t_signed {
            // Of two factors that are read alike the machine has the product.
            self.high_half_in_rdx(row::IMUL_RM, result, a, b);
        } else {
            // Reading a negative number as unsigned adds 2^64 to it, and so the other factor to the high half.
            let (negative, other) = if s_signed { (a, b) } else { (b, a) };
            self.mov(Width::W64, SCRATCH, negative);
            self.asm.rm_imm(row::SAR_RM_IMM8, Width::W64, SCRATCH, 63);
            self.asm.reg_rm(row::AND_REG_RM, Width::W64, SCRATCH, other);
            self.asm.rm_reg(row::MOV_RM_REG, Width::W64, kept(0), SCRATCH);
            self.high_half(result, a, b);
            self.asm.reg_rm(row::SUB_REG_RM, Width::W64, result, kept(0));
        }
        self.wrote(d);
    }

    /// `to` = high half of `a × b`, unsigned.
    #[inline(never)]
    fn high_half(&mut self, to: Gpr, a: Gpr, b: Gpr) {
        if !self.features().bmi2 {
            return self.high_half_in_rdx(row::MUL_RM, to, a, b);
        }
        if a == Gpr::Rdx || b == Gpr::Rdx {
            let other = if a == Gpr::Rdx { b } else { a };
            self.asm.vex(row::MULX_REG_REG_RM, Width::W64, to, other, SCRATCH);
        } else if to == Gpr::Rdx {
            self.mov(Width::W64, Gpr::Rdx, a);
            self.asm.vex(row::MULX_REG_REG_RM, Width::W64, to, b, SCRATCH);
        } else {
            self.mov(Width::W64, SCRATCH, Gpr::Rdx);
            self.mov(Width::W64, Gpr::Rdx, a);
            // With one destination for both halves the high one stays.
            self.asm.vex(row::MULX_REG_REG_RM, Width::W64, to, b, to);
            self.mov(Width::W64, Gpr::Rdx, SCRATCH);
        }
    }

    /// `to` = high half of `a × b`, by an instruction that leaves it in `rdx`.
    fn high_half_in_rdx(&mut self, row: Row, to: Gpr, a: Gpr, b: Gpr) {
        self.mov(Width::W64, SCRATCH, b);
        self.save_rax_rdx(to);
        self.mov(Width::W64, Gpr::Rax, a);
        self.asm.rm(row, Width::W64, SCRATCH);
        self.take_result(Width::W64, to, Gpr::Rdx);
    }

    /// Saves `rax` and `rdx`, but not the one that is to be overwritten.
    #[inline]
    fn save_rax_rdx(&mut self, to: Gpr) {
        if to != Gpr::Rax {
            self.asm.rm_reg(row::MOV_RM_REG, Width::W64, SAVED_RAX, Gpr::Rax);
        }
        if to != Gpr::Rdx {
            self.asm.rm_reg(row::MOV_RM_REG, Width::W64, SAVED_RDX, Gpr::Rdx);
        }
    }

    /// Moves a result from `rax` or `rdx` to where it belongs and restores the others.
    #[inline]
    fn take_result(&mut self, width: Width, to: Gpr, result: Gpr) {
        self.mov(width, to, result);
        if to != Gpr::Rax {
            self.asm.reg_rm(row::MOV_REG_RM, Width::W64, Gpr::Rax, SAVED_RAX);
        }
        if to != Gpr::Rdx {
            self.asm.reg_rm(row::MOV_REG_RM, Width::W64, Gpr::Rdx, SAVED_RDX);
        }
    }

    /// `mul_upper` with 32-bit registers: the product fits into a machine register.
    fn mul_upper_narrow(&mut self, s_signed: bool, t_signed: bool, d: Reg, s: Reg, t: Reg) {
        let (a, b) = (gpr(s), gpr(t));
        let extend = |signed| if signed { row::MOVSXD_REG_RM } else { row::MOV_REG_RM };
        self.asm.reg_rm(extend(t_signed), Width::W64, SCRATCH, b);
        self.asm.rm_reg(row::MOV_RM_REG, Width::W64, kept(0), SCRATCH);
        self.asm.reg_rm(extend(s_signed), Width::W64, SCRATCH, a);
        self.asm.reg_rm(row::IMUL_REG_RM, Width::W64, SCRATCH, kept(0));
        self.asm.rm_imm(row::SHR_RM_IMM8, Width::W64, SCRATCH, 32);
        self.mov(Width::W32, gpr(d), SCRATCH);
        self.wrote(d);
    }

    /// `d` = quotient or remainder of `s` by `t`. The machine faults where the guest has results: for a divisor of zero,
    /// and where the quotient overflows, which only a divisor of -1 can do.
    #[inline(never)]
    pub(crate) fn divide(&mut self, width: Width, signed: bool, remainder: bool, d: Reg, s: Reg, t: Reg) {
        let (dividend, divisor) = (self.read(s, width), self.read(t, width));
        let result = gpr(d);
        self.mov(width, SCRATCH, divisor);
        // What a divisor of zero gives: it stays, where the dividend is not lost by that.
        let early = remainder || result != dividend;
        if early {
            self.divided_by_zero(width, remainder, result, dividend);
        }
        self.asm.rm_reg(row::TEST_RM_REG, width, SCRATCH, SCRATCH);
        let by_zero = self.asm.jcc_short(Condition::Equal);
        let by_minus_one = signed.then(|| {
            self.asm.rm_imm(row::CMP_RM_IMM8, width, SCRATCH, -1);
            self.asm.jcc_short(Condition::Equal)
        });

        self.save_rax_rdx(result);
        self.mov(width, Gpr::Rax, dividend);
        if signed {
            self.asm.sign_extend_rax(width);
            self.asm.rm(row::IDIV_RM, width, SCRATCH);
        } else {
            self.asm.rm_reg(row::XOR_RM_REG, Width::W32, Gpr::Rdx, Gpr::Rdx);
            self.asm.rm(row::DIV_RM, width, SCRATCH);
        }
        self.take_result(width, result, if remainder { Gpr::Rdx } else { Gpr::Rax });

        let done = by_minus_one.map(|by_minus_one| {
            let done = self.asm.jmp_short();
            self.asm.aim_here(by_minus_one);
            if remainder {
                self.asm.rm_reg(row::XOR_RM_REG, Width::W32, result, result);
            } else {
                self.mov(width, result, dividend);
                self.asm.rm(row::NEG_RM, width, result);
            }
            done
        });
        let by_zero_done = if early {
            by_zero
        } else {
            let done = self.asm.jmp_short();
            self.asm.aim_here(by_zero);
            self.divided_by_zero(width, remainder, result, dividend);
            done
        };
        self.asm.aim_here(by_zero_done);
        if let Some(done) = done {
            self.asm.aim_here(done);
        }
        self.wrote_width(d, width);
    }

    /// The quotient or the remainder of a division by zero.
    fn divided_by_zero(&mut self, width: Width, remainder: bool, result: Gpr, dividend: Gpr) {
        if !remainder {
            // All ones; shorter than a move.
            self.asm.rm_imm(row::OR_RM_IMM8, width, result, -1);
        } else if result != dividend || width == Width::W32 {
            // Also where nothing moves: a 32-bit move clears the upper half.
            self.asm.reg_rm(row::MOV_REG_RM, width, result, dividend);
        }
    }
}
