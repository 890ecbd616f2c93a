// SPDX-License-Identifier: Apache-2.0
//! The code buffer: instructions, labels and their fix-ups.

use crate::encode::{encode, Bytes, Fields};
use crate::operand::{Condition, Gpr, RegMem, Width};
use crate::row::{Form, Row};
use alloc::vec::Vec;

/// A position in the code that may be jumped to before it is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Label(u32);

/// Marks a label that has no position yet.
const UNBOUND: u32 = u32::MAX;

/// A 32-bit field to be filled when its label is known.
#[derive(Clone, Copy)]
struct Fixup {
    /// Offset of the field.
    at: u32,
    label: Label,
}

/// Why [`Assembler::finish`] gave no code: both are bugs of the caller or the consequence of code beyond 2 GiB, which the caller's
/// own limits exclude.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AssemblerError {
    /// A label was used and never bound.
    UnboundLabel(Label),
    /// Code too long for 32-bit displacements, in bytes.
    CodeTooLong(usize),
}

impl core::fmt::Display for AssemblerError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::UnboundLabel(label) => write!(f, "label {} was used and never bound", label.0),
            Self::CodeTooLong(len) => {
                write!(f, "{len} bytes of code; displacements reach {} at most", i32::MAX)
            }
        }
    }
}

impl core::error::Error for AssemblerError {}

/// Appends instructions to a buffer.
///
/// One linear pass: a jump back to a bound label takes its short form where it fits, a jump forward always takes the near form. The
/// same calls always give the same bytes.
#[derive(Default)]
pub struct Assembler {
    code: Vec<u8>,
    labels: Vec<u32>,
    fixups: Vec<Fixup>,
}

impl Assembler {
    /// An empty buffer.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty buffer with room for `bytes` of code.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { code: Vec::with_capacity(bytes), ..Self::default() }
    }

    /// Bytes so far.
    pub fn len(&self) -> usize {
        self.code.len()
    }

    /// Whether there is no code yet.
    pub fn is_empty(&self) -> bool {
        self.code.is_empty()
    }

    /// A label without a position.
    pub fn new_label(&mut self) -> Label {
        self.labels.push(UNBOUND);
        Label((self.labels.len() - 1) as u32)
    }

    /// Gives the label the current position; a second call moves it for the jumps that are still to be emitted or fixed.
    pub fn bind(&mut self, label: Label) {
        let position = self.code.len() as u32;
        if let Some(slot) = self.labels.get_mut(label.0 as usize) {
            *slot = position;
        }
    }

    /// Position of a bound label, in bytes from the start of the code.
    pub fn position(&self, label: Label) -> Option<u32> {
        self.labels.get(label.0 as usize).copied().filter(|&position| position != UNBOUND)
    }

    /// The code with all labels resolved.
    ///
    /// # Errors
    /// See [`AssemblerError`].
    pub fn finish(mut self) -> Result<Vec<u8>, AssemblerError> {
        if self.code.len() > i32::MAX as usize {
            return Err(AssemblerError::CodeTooLong(self.code.len()));
        }
        for fixup in &self.fixups {
            let target = self.labels[fixup.label.0 as usize];
            if target == UNBOUND {
                return Err(AssemblerError::UnboundLabel(fixup.label));
            }
            let at = fixup.at as usize;
            let displacement = target.wrapping_sub(fixup.at + 4);
            self.code[at..at + 4].copy_from_slice(&displacement.to_le_bytes());
        }
        Ok(self.code)
    }

    #[inline(always)]
    fn append(&mut self, bytes: &Bytes) {
        self.code.extend_from_slice(bytes.as_slice());
    }

    /// Raw bytes: data, or instructions that have no row.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.code.extend_from_slice(bytes);
    }

    /// An instruction of form [`Form::RmReg`].
    #[inline(always)]
    pub fn rm_reg(&mut self, row: Row, width: Width, rm: impl Into<RegMem>, reg: Gpr) {
        debug_assert!(row.form == Form::RmReg, "{}", row.name);
        self.append(&encode(row, width, &Fields { reg: reg as u8, rm: rm.into(), third: Gpr::Rax, imm: 0 }));
    }

    /// An instruction of form [`Form::RegRm`].
    #[inline(always)]
    pub fn reg_rm(&mut self, row: Row, width: Width, reg: Gpr, rm: impl Into<RegMem>) {
        debug_assert!(row.form == Form::RegRm, "{}", row.name);
        self.append(&encode(row, width, &Fields { reg: reg as u8, rm: rm.into(), third: Gpr::Rax, imm: 0 }));
    }

    /// An instruction of form [`Form::Rm`] or [`Form::RmCl`].
    #[inline(always)]
    pub fn rm(&mut self, row: Row, width: Width, rm: impl Into<RegMem>) {
        let (Form::Rm(extension) | Form::RmCl(extension)) = row.form else {
            unreachable!("{} has other operands", row.name)
        };
        self.append(&encode(row, width, &Fields { reg: extension, rm: rm.into(), third: Gpr::Rax, imm: 0 }));
    }

    /// An instruction of form [`Form::RmImm8`] or [`Form::RmImm`]; the immediate is cut to the form's width.
    #[inline(always)]
    pub fn rm_imm(&mut self, row: Row, width: Width, rm: impl Into<RegMem>, imm: i32) {
        let (Form::RmImm8(extension) | Form::RmImm(extension)) = row.form else {
            unreachable!("{} has other operands", row.name)
        };
        self.append(&encode(row, width, &Fields { reg: extension, rm: rm.into(), third: Gpr::Rax, imm }));
    }

    /// An instruction of form [`Form::RegRmImm8`], [`Form::RegRmImm`] or [`Form::VexRegRmImm8`].
    #[inline(always)]
    pub fn reg_rm_imm(&mut self, row: Row, width: Width, reg: Gpr, rm: impl Into<RegMem>, imm: i32) {
        debug_assert!(
            matches!(row.form, Form::RegRmImm8 | Form::RegRmImm | Form::VexRegRmImm8),
            "{}",
            row.name
        );
        self.append(&encode(row, width, &Fields { reg: reg as u8, rm: rm.into(), third: Gpr::Rax, imm }));
    }

    /// An instruction of form [`Form::VexRegRmReg`] or [`Form::VexRegRegRm`]; `third` is the operand in VEX.vvvv.
    #[inline(always)]
    pub fn vex(&mut self, row: Row, width: Width, reg: Gpr, rm: impl Into<RegMem>, third: Gpr) {
        debug_assert!(matches!(row.form, Form::VexRegRmReg | Form::VexRegRegRm), "{}", row.name);
        self.append(&encode(row, width, &Fields { reg: reg as u8, rm: rm.into(), third, imm: 0 }));
    }

    /// `mov reg, imm64` in its shortest form: 32 bits zero-extended, 32 bits sign-extended, or all 64. Flags are kept.
    pub fn mov_imm64(&mut self, reg: Gpr, value: u64) {
        if let Ok(value) = u32::try_from(value) {
            let mut out = Bytes::new();
            if reg.high() == 1 {
                out.push(0x41);
            }
            out.push(0xb8 | reg.low());
            out.push_i32(value as i32);
            self.append(&out);
        } else if let Ok(value) = i32::try_from(value as i64) {
            self.rm_imm(crate::row::MOV_RM_IMM, Width::W64, reg, value);
        } else {
            let mut out = Bytes::new();
            out.push(0x48 | reg.high());
            out.push(0xb8 | reg.low());
            for byte in value.to_le_bytes() {
                out.push(byte);
            }
            self.append(&out);
        }
    }

    /// `bswap reg`, 32 or 64 bits.
    pub fn bswap(&mut self, width: Width, reg: Gpr) {
        debug_assert!(matches!(width, Width::W32 | Width::W64));
        let rex = 0x40 | u8::from(width == Width::W64) << 3 | reg.high();
        let mut out = Bytes::new();
        if rex != 0x40 {
            out.push(rex);
        }
        out.push(0x0f);
        out.push(0xc8 | reg.low());
        self.append(&out);
    }

    /// `push reg`
    pub fn push(&mut self, reg: Gpr) {
        self.stack_op(0x50, reg);
    }

    /// `pop reg`
    pub fn pop(&mut self, reg: Gpr) {
        self.stack_op(0x58, reg);
    }

    fn stack_op(&mut self, opcode: u8, reg: Gpr) {
        if reg.high() == 1 {
            self.code.push(0x41);
        }
        self.code.push(opcode | reg.low());
    }

    /// `jmp label`
    pub fn jmp(&mut self, label: Label) {
        self.jump(Some(0xeb), &[0xe9], label);
    }

    /// `j<condition> label`
    pub fn jcc(&mut self, condition: Condition, label: Label) {
        self.jump(Some(0x70 | condition as u8), &[0x0f, 0x80 | condition as u8], label);
    }

    /// `call label`
    pub fn call(&mut self, label: Label) {
        self.jump(None, &[0xe8], label);
    }

    fn jump(&mut self, short: Option<u8>, near: &[u8], label: Label) {
        if let (Some(opcode), Some(target)) = (short, self.position(label)) {
            let displacement = i64::from(target) - (self.code.len() as i64 + 2);
            if let Ok(displacement) = i8::try_from(displacement) {
                self.code.extend_from_slice(&[opcode, displacement as u8]);
                return;
            }
        }
        self.code.extend_from_slice(near);
        self.fix_up(label);
    }

    /// `lea reg, [rip + label]`
    pub fn lea_label(&mut self, reg: Gpr, label: Label) {
        self.code.extend_from_slice(&[0x48 | reg.high() << 2, 0x8d, 0b101 | reg.low() << 3]);
        self.fix_up(label);
    }

    fn fix_up(&mut self, label: Label) {
        self.fixups.push(Fixup { at: self.code.len() as u32, label });
        self.code.extend_from_slice(&[0; 4]);
    }

    /// `cdq`: edx = sign of eax; or `cqo`: rdx = sign of rax.
    pub fn sign_extend_rax(&mut self, width: Width) {
        debug_assert!(matches!(width, Width::W32 | Width::W64));
        if width == Width::W64 {
            self.code.push(0x48);
        }
        self.code.push(0x99);
    }

    /// `ret`
    pub fn ret(&mut self) {
        self.code.push(0xc3);
    }

    /// `ud2`: raises an invalid-opcode fault.
    pub fn ud2(&mut self) {
        self.code.extend_from_slice(&[0x0f, 0x0b]);
    }

    /// `syscall`
    pub fn syscall(&mut self) {
        self.code.extend_from_slice(&[0x0f, 0x05]);
    }

    /// `pause`
    pub fn pause(&mut self) {
        self.code.extend_from_slice(&[0xf3, 0x90]);
    }

    /// `rep stosb`: stores al to [rdi], rcx times.
    pub fn rep_stosb(&mut self) {
        self.code.extend_from_slice(&[0xf3, 0xaa]);
    }

    /// Pads with `int3` up to a multiple of `alignment` (a power of two): running into the gap faults.
    pub fn align_with_traps(&mut self, alignment: usize) {
        debug_assert!(alignment.is_power_of_two());
        self.code.resize(self.code.len().next_multiple_of(alignment), 0xcc);
    }
}
