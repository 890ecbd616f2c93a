// SPDX-License-Identifier: Apache-2.0
//! Pairs of instructions that are translated together. Only the first may be where execution begins, and neither can
//! fault, so nobody can see the state between them; all registers that the first writes are written.

use revive_vm_assembler::{row, Condition, Gpr, Width};
use revive_vm_primitives::{Decoded, Opcode, Reg};

use crate::{
    regs::{gpr, SCRATCH},
    shift::{count, Shift},
    translator::{Cost, Translator},
};

/// A branch that asks whether a comparison came out true.
#[derive(Clone, Copy)]
pub(crate) struct BranchOnSet {
    branch: Decoded,
    target: u32,
    /// Whether it is taken if the comparison is true.
    if_true: bool,
}

impl Translator<'_> {
    /// The instruction behind `at`, if they may be translated together.
    #[inline(always)]
    fn second(&self, at: &Decoded) -> Option<Decoded> {
        (self.fast() && at.next_is_start).then(|| self.code.decode(at.next))
    }

    /// Says that what follows is the code of the second of a pair.
    #[inline(always)]
    fn begin_second(&mut self, second: &Decoded, cost: &mut Cost) {
        cost.push(second);
        self.mark(second.offset);
    }

    /// The branch behind `at`, if it compares `d` with zero.
    #[inline(always)]
    pub(crate) fn branch_on(&self, at: &Decoded, d: Reg) -> Option<BranchOnSet> {
        let branch = self.second(at)?;
        let instruction = branch.instruction?;
        let if_true = match instruction.opcode {
            Opcode::BranchNotEqImm => true,
            Opcode::BranchEqImm => false,
            _ => return None,
        };
        (instruction.d == d && instruction.i == 0).then_some(BranchOnSet {
            branch,
            target: instruction.target,
            if_true,
        })
    }

    /// The branch behind a comparison that `condition` is the result of; the flags are still those of the comparison.
    #[inline(always)]
    pub(crate) fn branch_after_set(
        &mut self,
        branch: Option<BranchOnSet>,
        cost: &mut Cost,
        condition: Condition,
    ) -> Option<Decoded> {
        let BranchOnSet { branch, target, if_true } = branch?;
        self.begin_second(&branch, cost);
        let condition = if if_true { condition } else { condition.negate() };
        self.branch_on_flags(&branch, condition, target);
        Some(branch)
    }

    /// `d = s + t` followed by the question whether that overflowed: `c = d < s` or `c = d < t`, unsigned.
    #[inline(always)]
    pub(crate) fn add_with_carry_out(
        &mut self,
        at: &Decoded,
        cost: &mut Cost,
        d: Reg,
        s: Reg,
        t: Reg,
    ) -> Option<Decoded> {
        let second = self.second(at)?;
        let set = second.instruction.filter(|set| set.opcode == Opcode::SetLessThanUnsigned)?;
        // Compared with a summand that the addition has not overwritten.
        if set.s != d || set.t == d || (set.t != s && set.t != t) {
            return None;
        }
        let (from, to, result) = (self.full(s), self.full(t), gpr(d));
        let carry = gpr(set.d);
        let fresh = carry != from && carry != to && carry != result;
        if fresh {
            self.asm.rm_reg(row::XOR_RM_REG, Width::W32, carry, carry);
        }
        if result == to {
            self.asm.reg_rm(row::ADD_REG_RM, self.width, result, from);
        } else {
            self.mov(self.width, result, from);
            self.asm.reg_rm(row::ADD_REG_RM, self.width, result, to);
        }
        self.wrote(d);
        self.begin_second(&second, cost);
        self.set_result(carry, Condition::Below, fresh);
        self.wrote_extended(set.d);
        Some(second)
    }

    /// `d = s << i`, or together with a shift back: an extension of the low part of `s`.
    #[inline(always)]
    pub(crate) fn shift_left_imm_64(
        &mut self,
        at: &Decoded,
        cost: &mut Cost,
        d: Reg,
        s: Reg,
        imm: i32,
    ) -> Option<Decoded> {
        let left = count(Width::W64, imm);
        if left >= 32 {
            let fused = self.extension(at, cost, d, s, left);
            if fused.is_some() {
                return fused;
            }
        }
        self.shift_imm(Width::W64, Shift::Left, d, s, imm);
        None
    }

    fn extension(&mut self, at: &Decoded, cost: &mut Cost, d: Reg, s: Reg, left: i32) -> Option<Decoded> {
        let second = self.second(at)?;
        let back = second.instruction.filter(|back| back.d == d && back.s == d)?;
        let signed = match back.opcode {
            Opcode::ShiftLogicalRightImm64 => false,
            Opcode::ShiftArithmeticRightImm64 => true,
            _ => return None,
        };
        let right = count(Width::W64, back.i);
        let (row, width) = match (left, signed) {
            (32, false) => (row::MOV_REG_RM, Width::W32),
            (32, true) => (row::MOVSXD_REG_RM, Width::W64),
            (48, false) => (row::MOVZX16_REG_RM, Width::W32),
            (48, true) => (row::MOVSX16_REG_RM, Width::W64),
            (56, false) => (row::MOVZX8_REG_RM, Width::W32),
            (56, true) => (row::MOVSX8_REG_RM, Width::W64),
            _ => return None,
        };
        if right > left {
            return None;
        }
        self.asm.reg_rm(row, width, gpr(d), gpr(s));
        self.begin_second(&second, cost);
        if right < left {
            self.asm.rm_imm(row::SHL_RM_IMM8, Width::W64, gpr(d), left - right);
        }
        self.wrote(d);
        Some(second)
    }

    /// Both halves of an unsigned product by one multiplication. `d` is the half that comes first, the high one if
    /// `high_first`.
    #[inline(always)]
    pub(crate) fn both_halves(
        &mut self,
        at: &Decoded,
        cost: &mut Cost,
        d: Reg,
        s: Reg,
        t: Reg,
        high_first: bool,
    ) -> Option<Decoded> {
        if !self.features().bmi2 {
            return None;
        }
        let second = self.second(at)?;
        let wanted = if high_first { Opcode::Mul64 } else { Opcode::MulUpperUnsignedUnsigned };
        let other = second.instruction.filter(|other| other.opcode == wanted)?;
        let same = (other.s, other.t) == (s, t) || (other.s, other.t) == (t, s);
        if !same || d == s || d == t || d == other.d {
            return None;
        }
        let (a, b) = (self.full(s), self.full(t));
        let (high, low) = if high_first { (gpr(d), gpr(other.d)) } else { (gpr(other.d), gpr(d)) };
        if a == Gpr::Rdx || b == Gpr::Rdx {
            let factor = if a == Gpr::Rdx { b } else { a };
            self.asm.vex(row::MULX_REG_REG_RM, Width::W64, high, factor, low);
        } else if high == Gpr::Rdx || low == Gpr::Rdx {
            self.mov(Width::W64, Gpr::Rdx, a);
            self.asm.vex(row::MULX_REG_REG_RM, Width::W64, high, b, low);
        } else {
            self.mov(Width::W64, SCRATCH, Gpr::Rdx);
            self.mov(Width::W64, Gpr::Rdx, a);
            self.asm.vex(row::MULX_REG_REG_RM, Width::W64, high, b, low);
            self.mov(Width::W64, Gpr::Rdx, SCRATCH);
        }
        self.wrote(d);
        self.begin_second(&second, cost);
        self.wrote(other.d);
        Some(second)
    }
}
