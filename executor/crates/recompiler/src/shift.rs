// SPDX-License-Identifier: Apache-2.0
//! Shifts and rotations. The machine takes counts modulo the width, as the guest does.

use revive_vm_assembler::{row, Row, Width};
use revive_vm_primitives::Reg;

use crate::{
    regs::{gpr, SCRATCH},
    translator::Translator,
};

/// What is done to the bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shift {
    Left,
    Right,
    RightSigned,
    RotateLeft,
    RotateRight,
}

impl Shift {
    /// Row for a count in `cl`.
    #[inline(always)]
    const fn by_cl(self) -> Row {
        match self {
            Self::Left => row::SHL_RM_CL,
            Self::Right => row::SHR_RM_CL,
            Self::RightSigned => row::SAR_RM_CL,
            Self::RotateLeft => row::ROL_RM_CL,
            Self::RotateRight => row::ROR_RM_CL,
        }
    }

    /// Row for a count in any register, with BMI2.
    #[inline(always)]
    const fn by_register(self) -> Option<Row> {
        match self {
            Self::Left => Some(row::SHLX_REG_RM_REG),
            Self::Right => Some(row::SHRX_REG_RM_REG),
            Self::RightSigned => Some(row::SARX_REG_RM_REG),
            Self::RotateLeft | Self::RotateRight => None,
        }
    }

    /// Row for a constant count.
    #[inline(always)]
    const fn by_imm(self) -> Row {
        match self {
            Self::Left => row::SHL_RM_IMM8,
            Self::Right => row::SHR_RM_IMM8,
            Self::RightSigned => row::SAR_RM_IMM8,
            Self::RotateLeft => row::ROL_RM_IMM8,
            Self::RotateRight => row::ROR_RM_IMM8,
        }
    }
}

/// A count that is a constant, modulo the width.
#[inline(always)]
pub(crate) fn shift_count(width: Width, imm: i32) -> i32 {
    match width {
        Width::W64 => imm & 63,
        _ => imm & 31,
    }
}

impl Translator<'_> {
    /// `d = s << i` and the like.
    #[inline(always)]
    pub(crate) fn shift_imm(&mut self, width: Width, shift: Shift, d: Reg, s: Reg, imm: i32) {
        let s = self.read(s, width);
        let count = shift_count(width, imm);
        // A 32-bit move also where source and destination are the same and nothing is shifted: it clears the upper half.
        if gpr(d) != s || count == 0 {
            self.asm.reg_rm(row::MOV_REG_RM, width, gpr(d), s);
        }
        if count != 0 {
            self.asm.rm_imm(shift.by_imm(), width, gpr(d), count);
        }
        self.wrote_width(d, width);
    }

    /// `d = s rotated right by i`
    #[inline(never)]
    pub(crate) fn rotate_right_imm(&mut self, width: Width, d: Reg, s: Reg, imm: i32) {
        if self.features().bmi2 && d != s && shift_count(width, imm) != 0 {
            let s = self.read(s, width);
            self.asm.reg_rm_imm(row::RORX_REG_RM_IMM8, width, gpr(d), s, shift_count(width, imm));
            self.wrote_width(d, width);
        } else {
            self.shift_imm(width, Shift::RotateRight, d, s, imm);
        }
    }

    /// `d = s << t` and the like.
    #[inline(always)]
    pub(crate) fn shift(&mut self, width: Width, shift: Shift, d: Reg, s: Reg, t: Reg) {
        let s = self.read(s, width);
        // Only the low bits of a count are looked at.
        let t = gpr(t);
        match shift.by_register().filter(|_| self.features().bmi2) {
            Some(row) => self.asm.vex(row, width, gpr(d), s, t),
            None => {
                self.mov(Width::W32, SCRATCH, t);
                self.mov(width, gpr(d), s);
                self.asm.rm(shift.by_cl(), width, gpr(d));
            }
        }
        self.wrote_width(d, width);
    }

    /// `d = i << s` and the like.
    #[inline(never)]
    pub(crate) fn shift_alt(&mut self, width: Width, shift: Shift, d: Reg, s: Reg, value: i32) {
        let value = match width {
            Width::W64 => i64::from(value) as u64,
            _ => u64::from(value as u32),
        };
        match shift.by_register().filter(|_| self.features().bmi2) {
            Some(row) => {
                self.asm.mov_imm64(SCRATCH, value);
                self.asm.vex(row, width, gpr(d), SCRATCH, gpr(s));
            }
            None => {
                self.mov(Width::W32, SCRATCH, gpr(s));
                self.asm.mov_imm64(gpr(d), value);
                self.asm.rm(shift.by_cl(), width, gpr(d));
            }
        }
        self.wrote_width(d, width);
    }
}
