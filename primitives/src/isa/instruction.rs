// SPDX-License-Identifier: Apache-2.0
//! A decoded instruction: opcode and operands.

use super::{Format, Opcode, Reg};

/// One instruction with its operands. The letters are those of the instruction set, section 6; operands that the
/// opcode's [`Format`] does not have are `ra` and 0.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Instruction {
    /// What to do.
    pub opcode: Opcode,
    /// First register shown: the destination, the value stored, or the first register compared.
    pub d: Reg,
    /// Source register.
    pub s: Reg,
    /// Second source register.
    pub t: Reg,
    /// First immediate; always to be sign-extended to the register width.
    pub i: i32,
    /// Second immediate; always to be sign-extended to the register width.
    pub j: i32,
    /// 64-bit literal of `load_imm64`.
    pub k: u64,
    /// Code offset of a static jump or branch, absolute. It need not be a valid jump target.
    pub target: u32,
}

impl Instruction {
    /// An instruction with all operands `ra` and 0; the base of the other constructors.
    pub const fn new(opcode: Opcode) -> Self {
        Self { opcode, d: Reg::Ra, s: Reg::Ra, t: Reg::Ra, i: 0, j: 0, k: 0, target: 0 }
    }

    /// `d`, `i` (format 6.2).
    pub const fn reg_imm(opcode: Opcode, d: Reg, i: i32) -> Self {
        Self { d, i, ..Self::new(opcode) }
    }

    /// `d`, `i`, target (format 6.3).
    pub const fn reg_imm_offset(opcode: Opcode, d: Reg, i: i32, target: u32) -> Self {
        Self { d, i, target, ..Self::new(opcode) }
    }

    /// `d`, `i`, `j` (format 6.4).
    pub const fn reg_imm_imm(opcode: Opcode, d: Reg, i: i32, j: i32) -> Self {
        Self { d, i, j, ..Self::new(opcode) }
    }

    /// `d`, `s`, `i` (format 6.5).
    pub const fn reg_reg_imm(opcode: Opcode, d: Reg, s: Reg, i: i32) -> Self {
        Self { d, s, i, ..Self::new(opcode) }
    }

    /// `d`, `s`, target (format 6.6).
    pub const fn reg_reg_offset(opcode: Opcode, d: Reg, s: Reg, target: u32) -> Self {
        Self { d, s, target, ..Self::new(opcode) }
    }

    /// `d`, `s`, `t` (format 6.7).
    pub const fn reg_reg_reg(opcode: Opcode, d: Reg, s: Reg, t: Reg) -> Self {
        Self { d, s, t, ..Self::new(opcode) }
    }

    /// Target (format 6.8).
    pub const fn offset(opcode: Opcode, target: u32) -> Self {
        Self { target, ..Self::new(opcode) }
    }

    /// `i` (format 6.9).
    pub const fn imm(opcode: Opcode, i: i32) -> Self {
        Self { i, ..Self::new(opcode) }
    }

    /// `i`, `j` (format 6.10).
    pub const fn imm_imm(opcode: Opcode, i: i32, j: i32) -> Self {
        Self { i, j, ..Self::new(opcode) }
    }

    /// `d`, `s` (format 6.11).
    pub const fn reg_reg(opcode: Opcode, d: Reg, s: Reg) -> Self {
        Self { d, s, ..Self::new(opcode) }
    }

    /// `d`, `s`, `i`, `j` (format 6.12).
    pub const fn reg_reg_imm_imm(opcode: Opcode, d: Reg, s: Reg, i: i32, j: i32) -> Self {
        Self { d, s, i, j, ..Self::new(opcode) }
    }

    /// `d`, `k` (format 6.13).
    pub const fn reg_imm64(opcode: Opcode, d: Reg, k: u64) -> Self {
        Self { d, k, ..Self::new(opcode) }
    }

    /// How its argument bytes are laid out.
    pub const fn format(&self) -> Format {
        self.opcode.format()
    }
}
