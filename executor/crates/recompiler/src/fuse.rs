// SPDX-License-Identifier: Apache-2.0
//! Instructions that are translated together, two or three. Only the first may be where execution begins, and only one of them can
//! fault: the first, or the last if what the others compute can be computed then. So nobody can see the state between them. All registers
//! that they write are written, but those whose values nobody reads, see `dead`.

use revive_vm_assembler::{row, Condition, Gpr, Mem, Row, Scale, Width};
use revive_vm_primitives::{Fetched, Opcode, Reg};

use crate::{
    dead::{Owed, Span},
    memory::LoadForm,
    regs::{gpr, SCRATCH},
    shift::{shift_count, Shift},
    translator::Translator,
};

/// A branch that asks whether a comparison came out true.
#[derive(Clone, Copy)]
pub(crate) struct BranchOnSet {
    branch: Fetched,
    target: u32,
    /// Whether it is taken if the comparison is true.
    if_true: bool,
}

impl Translator<'_> {
    /// The instruction behind `at`, the one that is translated, if they may be translated together and it is one of the `wanted`
    /// kind.
    #[inline(always)]
    fn second(&self, at: Fetched, wanted: impl Fn(Opcode) -> bool) -> Option<Fetched> {
        // Nearly always it is not: looking at no more than its opcode first is cheaper.
        let wanted = self.fast() && at.next_is_start && self.opcode_behind.is_some_and(wanted);
        wanted.then(|| self.code.fetch(at.next))
    }

    /// The same for what is behind the second one.
    #[inline(always)]
    fn third(&self, second: Fetched, wanted: impl Fn(Opcode) -> bool) -> Option<Fetched> {
        let wanted = second.next_is_start && self.code.opcode_at(second.next).is_some_and(wanted);
        wanted.then(|| self.code.fetch(second.next))
    }

    /// The branch behind `at`, if it compares `d` with zero.
    #[inline(always)]
    pub(crate) fn branch_on(&self, at: Fetched, d: Reg) -> Option<BranchOnSet> {
        let branch =
            self.second(at, |opcode| matches!(opcode, Opcode::BranchNotEqImm | Opcode::BranchEqImm))?;
        let if_true = branch.opcode == Some(Opcode::BranchNotEqImm);
        let (compared, value, target) = branch.reg_imm_offset();
        (compared == d && value == 0).then_some(BranchOnSet { branch, target, if_true })
    }

    /// The branch behind a comparison that `condition` is the result of; the flags are still those of the comparison.
    #[inline(always)]
    pub(crate) fn branch_after_set(
        &mut self,
        branch: Option<BranchOnSet>,
        condition: Condition,
    ) -> Option<Fetched> {
        let BranchOnSet { branch, target, if_true } = branch?;
        self.begin_second(branch);
        let condition = if if_true { condition } else { condition.negate() };
        self.branch_on_flags(branch, condition, target);
        Some(branch)
    }

    /// `d = s + t` followed by the question whether that overflowed: `c = d < s` or `c = d < t`, unsigned.
    #[inline(always)]
    pub(crate) fn add_with_carry_out(&mut self, at: Fetched, d: Reg, s: Reg, t: Reg) -> Option<Fetched> {
        let second = self.second(at, |opcode| opcode == Opcode::SetLessThanUnsigned)?;
        let (overflowed, sum, summand) = second.reg_reg_reg();
        // Compared with a summand that the addition has not overwritten.
        if sum != d || summand == d || (summand != s && summand != t) {
            return None;
        }
        if let Some(third) = self.add_carry(second, (d, s, t)) {
            return Some(third);
        }
        let (from, to, result) = (self.full(s), self.full(t), gpr(d));
        let carry = gpr(overflowed);
        let fresh = carry != from && carry != to && carry != result;
        if fresh {
            self.asm.rm_reg(row::XOR_RM_REG, Width::W32, carry, carry);
        }
        self.sum(result, from, to);
        self.wrote(d);
        self.begin_second(second);
        self.set_result(carry, Condition::Below, fresh);
        self.wrote_extended(overflowed);
        Some(second)
    }

    /// `result = from + to`, with the carry in the flags.
    #[inline(always)]
    fn sum(&mut self, result: Gpr, from: Gpr, to: Gpr) {
        if result == to {
            self.asm.reg_rm(row::ADD_REG_RM, self.width(), result, from);
        } else {
            self.mov(self.width(), result, from);
            self.asm.reg_rm(row::ADD_REG_RM, self.width(), result, to);
        }
    }

    /// `d = s + t`, its carry `c` by `second`, and behind that `e = x + c`, if nobody else wants the carry.
    #[inline(always)]
    fn add_carry(&mut self, second: Fetched, (d, s, t): (Reg, Reg, Reg)) -> Option<Fetched> {
        let add = if self.width() == Width::W64 { Opcode::Add64 } else { Opcode::Add32 };
        let third = self.third(second, |opcode| opcode == add)?;
        let (c, sum, summand) = second.reg_reg_reg();
        let (e, a, b) = third.reg_reg_reg();
        let x = if b == c { a } else { b };
        if (a != c && b != c) || x == c {
            return None;
        }
        // The carry is in the flags only.
        let inputs = 1 << sum as u16 | 1 << summand as u16;
        let overwritten =
            e == c || inputs & 1 << e as u16 == 0 && self.is_dead(second, third, c, inputs, None);
        if !overwritten {
            return None;
        }
        let (from, to) = (self.full(s), self.full(t));
        self.sum(gpr(d), from, to);
        self.wrote(d);
        self.begin_second(second);
        // Neither moves nor extensions change flags.
        let x = self.full(x);
        self.begin_second(third);
        self.mov(self.width(), gpr(e), x);
        self.asm.rm_imm(row::ADC_RM_IMM8, self.width(), gpr(e), 0);
        self.wrote(e);
        Some(third)
    }

    /// `t = [base + offset]` followed by `d = d op t`, if nobody else wants what is loaded: an operand in memory.
    #[inline(always)]
    pub(crate) fn load_and_use(
        &mut self,
        at: Fetched,
        t: Reg,
        base: Reg,
        offset: i32,
        width: Width,
    ) -> Option<Fetched> {
        // Often there is an operation behind a load, and seldom one that will do.
        let operation = OPERATIONS[self.opcode_behind? as usize];
        if !self.fast() || !at.next_is_start || !operation.has_width(width, self.width()) {
            return None;
        }
        let (d, a, b) = at.reg_reg_reg_behind()?;
        let is_operand = (a == d) & (b == t) | (operation.commutes & (a == t) & (b == d));
        if !is_operand || d == t || d == base || self.is_fresh(base, offset) {
            return None;
        }
        self.use_loaded(at, t, base, offset, width, d)
    }

    /// The rest of [`Self::load_and_use`], by itself: it is seldom needed, and loads are translated all the time.
    #[inline(never)]
    fn use_loaded(
        &mut self,
        at: Fetched,
        t: Reg,
        base: Reg,
        offset: i32,
        width: Width,
        d: Reg,
    ) -> Option<Fetched> {
        let second = self.code.fetch(at.next);
        let bytes = if width == Width::W64 { 8 } else { 4 };
        let memory = Span { base: Some(base), offset, bytes };
        if !self.is_dead(at, second, t, 1 << base as u16, Some(memory)) {
            return None;
        }
        let result = self.read(d, width);
        let operand = self.at(base, offset);
        let operation = OPERATIONS[second.opcode? as usize];
        if operation.is_product {
            self.asm.reg_rm(row::IMUL_REG_RM, width, result, operand);
        } else {
            // Their rows have nothing else that differs.
            let row = Row { opcode: operation.opcode, ..row::ADD_REG_RM };
            self.asm.reg_rm(row, width, result, operand);
        }
        self.begin_second(second);
        self.wrote_width(d, width);
        Some(second)
    }

    /// `d = s << i`, or together with a shift back: an extension of the low part of `s`.
    #[inline(always)]
    pub(crate) fn shift_left_imm_64(&mut self, at: Fetched, d: Reg, s: Reg, imm: i32) -> Option<Fetched> {
        let left = shift_count(Width::W64, imm);
        let fused = match left {
            1..=3 => self.scaled_add(at, d, s, left),
            32.. => self.extension(at, d, s, left),
            _ => None,
        };
        if fused.is_some() {
            return fused;
        }
        self.shift_imm(Width::W64, Shift::Left, d, s, imm);
        None
    }

    /// `d = s << left` followed by `d = d + x`: the address of an array's element.
    fn scaled_add(&mut self, at: Fetched, d: Reg, s: Reg, left: i32) -> Option<Fetched> {
        let second = self.second(at, |opcode| opcode == Opcode::Add64)?;
        let base = match second.reg_reg_reg() {
            (sum, a, b) if sum == d && a == d && b != d => b,
            (sum, a, b) if sum == d && a != d && b == d => a,
            _ => return None,
        };
        let scale = match left {
            1 => Scale::X2,
            2 => Scale::X4,
            _ => Scale::X8,
        };
        if let Some(third) = self.third(second, is_load) {
            if self.load_from_sum(&[at, second], third, d, (base, s, scale)) {
                return Some(third);
            }
        }
        let (index, base) = (self.full(s), self.full(base));
        self.asm.reg_rm(row::LEA_REG_MEM, Width::W64, gpr(d), Mem::base_index(base, index, scale, 0));
        self.begin_second(second);
        self.wrote(d);
        Some(second)
    }

    /// `t = a + b` followed by a load from there, if nobody else wants the address: an operand with two registers.
    #[inline(never)]
    pub(crate) fn add_and_load(&mut self, at: Fetched, t: Reg, a: Reg, b: Reg) -> Option<Fetched> {
        let second = self.second(at, is_load)?;
        self.load_from_sum(&[at], second, t, (a, b, Scale::X1)).then_some(second)
    }

    /// The load `load` from the address in `t`, a base plus a scaled index, which the instructions in `by` compute, if nobody else
    /// wants it: the machine adds that up itself. Only the low halves of the registers count.
    fn load_from_sum(
        &mut self,
        by: &[Fetched],
        load: Fetched,
        t: Reg,
        (base, index, scale): (Reg, Reg, Scale),
    ) -> bool {
        let (d, from, offset) = load.reg_reg_imm();
        if from != t {
            return false;
        }
        let inputs = 1 << base as u16 | 1 << index as u16;
        let until = match d == t {
            true => Some(load.offset),
            false if inputs & 1 << d as u16 != 0 => None,
            false => self.overwritten_unseen(load, t, inputs, None),
        };
        let form = load.opcode.and_then(LoadForm::of_indirect);
        let (Some(until), Some(form)) = (until, form) else { return false };
        for one in by {
            self.owe(Owed { by: one.offset, behind: one.offset, until, copy: self.copy });
        }
        for second in by.iter().skip(1) {
            self.begin_second(*second);
        }
        self.begin_second(load);
        let (base, index) = (gpr(base), gpr(index));
        let address = match scale {
            Scale::X1 => Mem::sum(base, index, offset),
            _ => Mem::base_index(base, index, scale, offset),
        };
        self.load_operand(d, address.addr32(), form);
        true
    }

    fn extension(&mut self, at: Fetched, d: Reg, s: Reg, left: i32) -> Option<Fetched> {
        let second = self.second(at, |opcode| {
            matches!(opcode, Opcode::ShiftLogicalRightImm64 | Opcode::ShiftArithmeticRightImm64)
        })?;
        let signed = second.opcode == Some(Opcode::ShiftArithmeticRightImm64);
        let (result, shifted, right) = second.reg_reg_imm();
        let right = shift_count(Width::W64, right);
        if result != d || shifted != d {
            return None;
        }
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
        self.begin_second(second);
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
        at: Fetched,
        d: Reg,
        s: Reg,
        t: Reg,
        high_first: bool,
    ) -> Option<Fetched> {
        if !self.features().bmi2 {
            return None;
        }
        let wanted = if high_first { Opcode::Mul64 } else { Opcode::MulUpperUnsignedUnsigned };
        let second = self.second(at, |opcode| opcode == wanted)?;
        let (other, a, b) = second.reg_reg_reg();
        let same = (a, b) == (s, t) || (a, b) == (t, s);
        if !same || d == s || d == t || d == other {
            return None;
        }
        let (a, b) = (self.full(s), self.full(t));
        let (high, low) = if high_first { (gpr(d), gpr(other)) } else { (gpr(other), gpr(d)) };
        self.product(high, low, a, b);
        self.wrote(d);
        self.begin_second(second);
        self.wrote(other);
        Some(second)
    }

    /// Both halves of `a × b`, unsigned.
    #[inline(never)]
    fn product(&mut self, high: Gpr, low: Gpr, a: Gpr, b: Gpr) {
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
    }
}

/// Whether it loads from the address in a register plus an offset.
#[inline(always)]
pub(crate) fn is_load(opcode: Opcode) -> bool {
    (Opcode::LoadIndirectU8 as u8..=Opcode::LoadIndirectU64 as u8).contains(&(opcode as u8))
}

/// The machine's instruction for `d = d op [..]`, if it has one for an opcode.
#[derive(Clone, Copy)]
struct Operation {
    /// Whether it is 32 bits wide.
    is_32: bool,
    /// Whether it is 64 bits wide.
    is_64: bool,
    /// Whether it is as wide as registers.
    is_as_registers: bool,
    /// Whether the order of the operands does not matter.
    commutes: bool,
    is_product: bool,
    /// The opcode of the machine, but of a product.
    opcode: u8,
}

impl Operation {
    #[inline(always)]
    fn has_width(self, width: Width, registers: Width) -> bool {
        match width {
            Width::W64 => self.is_64 | (self.is_as_registers & (registers == width)),
            _ => self.is_32 | (self.is_as_registers & (registers == width)),
        }
    }
}

/// For all opcodes, in their order.
const OPERATIONS: [Operation; Opcode::COUNT] = {
    let mut operations = [operation(Opcode::Trap); Opcode::COUNT];
    let mut index = 0;
    while index < Opcode::COUNT {
        operations[index] = operation(Opcode::ALL[index]);
        index += 1;
    }
    operations
};

const fn operation(opcode: Opcode) -> Operation {
    use Opcode as O;
    let row = match opcode {
        O::Add32 | O::Add64 => row::ADD_REG_RM,
        O::Sub32 | O::Sub64 => row::SUB_REG_RM,
        O::Mul32 | O::Mul64 => row::IMUL_REG_RM,
        O::And => row::AND_REG_RM,
        O::Or => row::OR_REG_RM,
        O::Xor => row::XOR_REG_RM,
        _ => Row { opcode: 0, ..row::ADD_REG_RM },
    };
    Operation {
        is_32: matches!(opcode, O::Add32 | O::Sub32 | O::Mul32),
        is_64: matches!(opcode, O::Add64 | O::Sub64 | O::Mul64),
        is_as_registers: matches!(opcode, O::And | O::Or | O::Xor),
        commutes: !matches!(opcode, O::Sub32 | O::Sub64),
        is_product: matches!(opcode, O::Mul32 | O::Mul64),
        opcode: row.opcode,
    }
}
