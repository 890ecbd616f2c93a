// SPDX-License-Identifier: Apache-2.0
//! Loads, stores and `memset`.
//!
//! A guest address is an operand with a 32-bit address: guest memory lies at its own addresses in the worker, what is
//! not accessible is not mapped there, and so an access needs no instruction besides itself.

use revive_vm_assembler::{row, Condition, Gpr, Mem, Row, Width};
use revive_vm_primitives::{machine::field, Fetched, Opcode, Reg};

use crate::{
    regs::{gpr, GAS, SCRATCH},
    stubs,
    translator::Translator,
};

const _: () = {
    // What `rep stosb` works on.
    assert!(matches!(crate::regs::MAP[Reg::A0 as usize], Gpr::Rdi));
    assert!(matches!(crate::regs::MAP[Reg::A1 as usize], Gpr::Rax));
};

/// How the machine loads: its instruction, and the width of what it writes if that is not the width of registers.
#[derive(Clone, Copy)]
pub(crate) struct LoadForm {
    row: Row,
    width: Option<Width>,
}

impl LoadForm {
    pub(crate) const U8: Self = Self { row: row::MOVZX8_REG_RM, width: Some(Width::W32) };
    pub(crate) const I8: Self = Self { row: row::MOVSX8_REG_RM, width: None };
    pub(crate) const U16: Self = Self { row: row::MOVZX16_REG_RM, width: Some(Width::W32) };
    pub(crate) const I16: Self = Self { row: row::MOVSX16_REG_RM, width: None };
    pub(crate) const U32: Self = Self { row: row::MOV_REG_RM, width: Some(Width::W32) };
    pub(crate) const I32: Self = Self { row: row::MOVSXD_REG_RM, width: None };
    pub(crate) const U64: Self = Self { row: row::MOV_REG_RM, width: Some(Width::W64) };

    /// That of a load from the address in a register plus an offset.
    pub(crate) const fn of_indirect(opcode: Opcode) -> Option<Self> {
        Some(match opcode {
            Opcode::LoadIndirectU8 => Self::U8,
            Opcode::LoadIndirectI8 => Self::I8,
            Opcode::LoadIndirectU16 => Self::U16,
            Opcode::LoadIndirectI16 => Self::I16,
            Opcode::LoadIndirectU32 => Self::U32,
            Opcode::LoadIndirectI32 => Self::I32,
            Opcode::LoadIndirectU64 => Self::U64,
            _ => return None,
        })
    }
}

impl Translator<'_> {
    /// Guest memory at `base + offset`, or at `offset`.
    #[inline(always)]
    fn guest(&self, base: Option<Reg>, offset: i32) -> Mem {
        match base {
            Some(base) => self.at(base, offset),
            None => Mem::absolute(offset).addr32(),
        }
    }

    /// `d = [base + offset]`
    #[inline(always)]
    pub(crate) fn load(&mut self, d: Reg, base: Option<Reg>, offset: i32, form: LoadForm) {
        self.load_operand(d, self.guest(base, offset), form);
    }

    /// `d = [mem]`
    #[inline(always)]
    pub(crate) fn load_operand(&mut self, d: Reg, mem: Mem, form: LoadForm) {
        self.asm.reg_rm(form.row, form.width.unwrap_or(self.width()), gpr(d), mem);
        if form.row == row::MOV_REG_RM {
            self.wrote(d);
        } else {
            self.wrote_extended(d);
        }
    }

    /// `d = [base + offset]` of 32 or 64 bits, which the instruction behind may use.
    #[inline(always)]
    pub(crate) fn load_word(
        &mut self,
        at: Fetched,
        d: Reg,
        base: Reg,
        offset: i32,
        form: LoadForm,
    ) -> Option<Fetched> {
        // Where the value is extended to the width of registers, what is added to it and the like looks at the low half only.
        let fused = self.load_and_use(at, d, base, offset, form.width.unwrap_or(Width::W32));
        if fused.is_none() {
            self.load(d, Some(base), offset, form);
        }
        fused
    }

    /// `[base + offset] = value`
    #[inline(always)]
    pub(crate) fn store(&mut self, value: Reg, base: Option<Reg>, offset: i32, width: Width) {
        let value = self.read(value, width);
        if let Some(base) = base {
            self.stores.note(base, offset);
        }
        let mem = self.guest(base, offset);
        self.asm.rm_reg(row::MOV_RM_REG, width, mem, value);
    }

    /// `[base + offset] = value`
    #[inline(always)]
    pub(crate) fn store_imm(&mut self, base: Option<Reg>, offset: i32, value: i32, width: Width) {
        let mem = self.guest(base, offset);
        self.asm.rm_imm(row::MOV_RM_IMM, width, mem, value);
    }

    /// `memset`: pays for all bytes and stores them with one instruction. Where the gas does not cover all of them the
    /// host does it in parts. If the instruction faults, the host finds the old `a0` in the first spill slot and the
    /// number of bytes that are left in the scratch register.
    #[inline(never)]
    pub(crate) fn memset(&mut self, at: u32) {
        self.settle();
        // Not in copies of loops: operands in the shared page are relative to where the code is, so it cannot be repeated.
        self.leaves = true;
        let (a0, a2) = (gpr(Reg::A0), gpr(Reg::A2));
        self.asm.reg_rm(row::MOV_REG_RM, Width::W32, SCRATCH, a2);
        let done = if self.config.gas.is_some() {
            self.asm.reg_rm(row::SUB_REG_RM, Width::W64, GAS, SCRATCH);
            let covered = self.asm.jcc_short(Condition::AboveOrEqual);
            self.asm.reg_rm(row::ADD_REG_RM, Width::W64, GAS, SCRATCH);
            self.call_exit(at, self.stubs.memset);
            let done = self.asm.jmp_short();
            self.asm.aim_here(covered);
            Some(done)
        } else {
            None
        };
        stubs::store(&mut self.asm, field::SPILL, a0);
        self.asm.rep_stosb_addr32();
        // Only a zero is left in the scratch register: the count is still in a2.
        self.asm.reg_rm(row::MOV_REG_RM, Width::W32, SCRATCH, a2);
        stubs::load(&mut self.asm, a0, field::SPILL);
        self.asm.reg_rm(row::ADD_REG_RM, self.width(), a0, SCRATCH);
        self.asm.mov_imm64(a2, 0);
        if let Some(done) = done {
            self.asm.aim_here(done);
        }
        // Where the gas runs out in the midst of it, the host may change any register.
        self.forget();
    }
}
