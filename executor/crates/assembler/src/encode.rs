// SPDX-License-Identifier: Apache-2.0
//! From a row and its operands to bytes.
//!
//! An instruction is built in a buffer of its maximum length and handed over whole; nothing here allocates.

use crate::operand::{Base, Gpr, Mem, RegMem, Width};
use crate::row::{Form, Map, Row, Source, Widths};

/// The machine's limit on an instruction's length, in bytes.
pub const INSTRUCTION_BYTES_MAX: usize = 15;

/// Bytes of one instruction.
#[derive(Clone, Copy)]
pub(crate) struct Bytes {
    buffer: [u8; 16],
    len: u8,
}

impl Bytes {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Self { buffer: [0; 16], len: 0 }
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, byte: u8) {
        self.buffer[usize::from(self.len & 15)] = byte;
        self.len += 1;
    }

    #[inline(always)]
    pub(crate) fn push_i32(&mut self, value: i32) {
        for byte in value.to_le_bytes() {
            self.push(byte);
        }
    }

    #[inline(always)]
    pub(crate) fn as_slice(&self) -> &[u8] {
        debug_assert!(
            usize::from(self.len) <= INSTRUCTION_BYTES_MAX,
            "no row with its operands is longer than the limit"
        );
        &self.buffer[..usize::from(self.len)]
    }
}

/// Operands of one instruction, in the fields of the encoding.
pub(crate) struct Fields {
    /// ModRM.reg: a register's number or an extension of the opcode.
    pub(crate) reg: u8,
    /// ModRM.rm.
    pub(crate) rm: RegMem,
    /// VEX.vvvv, in VEX forms that have a third register.
    pub(crate) third: Gpr,
    /// The immediate, in forms that have one.
    pub(crate) imm: i32,
}

/// Extended bits of a prefix: R, X, B (each 0 or 1).
struct Extension {
    r: u8,
    x: u8,
    b: u8,
}

impl Extension {
    #[inline(always)]
    fn new(reg: u8, rm: RegMem) -> Self {
        let (x, b) = match rm {
            RegMem::Reg(reg) => (0, reg.high()),
            RegMem::Mem(mem) => {
                let x = if let Some((index, _)) = mem.index { index.high() } else { 0 };
                let b = if let Base::Reg(base) = mem.base { base.high() } else { 0 };
                (x, b)
            }
        };
        Self { r: reg >> 3, x, b }
    }
}

/// Encodes one instruction.
#[inline(always)]
pub(crate) fn encode(row: Row, width: Width, fields: &Fields) -> Bytes {
    debug_assert!(row_has_width(&row, width), "{} has no such width", row.name);
    let mut out = Bytes::new();
    if let RegMem::Mem(Mem { addr32: true, .. }) = fields.rm {
        out.push(0x67);
    }
    let extension = Extension::new(fields.reg, fields.rm);
    match row.form {
        Form::VexRegRmReg | Form::VexRegRegRm | Form::VexRegRmImm8 => {
            push_vex(&mut out, &row, width, &extension, fields.third);
        }
        _ => push_legacy(&mut out, &row, width, fields, &extension),
    }
    push_modrm(&mut out, fields.reg, fields.rm);
    push_immediate(&mut out, row.form, width, fields.imm);
    out
}

fn row_has_width(row: &Row, width: Width) -> bool {
    match row.widths {
        Widths::All { .. } => true,
        Widths::From16 => width != Width::W8,
        Widths::From32 => matches!(width, Width::W32 | Width::W64),
        Widths::Only64 => width == Width::W64,
        Widths::Only8 => width == Width::W8,
    }
}

#[inline(always)]
fn push_legacy(out: &mut Bytes, row: &Row, width: Width, fields: &Fields, extension: &Extension) {
    if width == Width::W16 {
        out.push(0x66);
    }
    match row.mandatory {
        crate::row::Mandatory::None => {}
        crate::row::Mandatory::P66 => out.push(0x66),
        crate::row::Mandatory::Pf3 => out.push(0xf3),
        crate::row::Mandatory::Pf2 => out.push(0xf2),
    }
    let w = u8::from(width == Width::W64 && row.widths != Widths::Only64);
    let rex = 0x40 | w << 3 | extension.r << 2 | extension.x << 1 | extension.b;
    if rex != 0x40 || names_low_byte_register(row, width, fields) {
        out.push(rex);
    }
    match row.map {
        Map::Primary => {}
        Map::M0f => out.push(0x0f),
        Map::M0f38 => {
            out.push(0x0f);
            out.push(0x38);
        }
        Map::M0f3a => {
            out.push(0x0f);
            out.push(0x3a);
        }
    }
    let opcode = match row.widths {
        Widths::All { opcode8 } if width == Width::W8 => opcode8,
        _ => row.opcode,
    };
    out.push(opcode);
}

/// Whether the instruction names `spl`, `bpl`, `sil` or `dil`: without a REX prefix their numbers mean `ah` to `bh`.
#[inline(always)]
fn names_low_byte_register(row: &Row, width: Width, fields: &Fields) -> bool {
    let rm_is_byte = row.source == Source::W8 || (row.source == Source::Same && width == Width::W8);
    let rm_needs = rm_is_byte && matches!(fields.rm, RegMem::Reg(reg) if reg as u8 >= 4);
    let reg_is_byte = width == Width::W8 && matches!(row.form, Form::RmReg | Form::RegRm);
    rm_needs || (reg_is_byte && fields.reg >= 4)
}

#[inline(always)]
fn push_vex(out: &mut Bytes, row: &Row, width: Width, extension: &Extension, third: Gpr) {
    let map = match row.map {
        Map::Primary => 0,
        Map::M0f => 1,
        Map::M0f38 => 2,
        Map::M0f3a => 3,
    };
    // VEX stores R, X, B and vvvv inverted.
    out.push(0xc4);
    out.push((extension.r ^ 1) << 7 | (extension.x ^ 1) << 6 | (extension.b ^ 1) << 5 | map);
    let vvvv = if row.form == Form::VexRegRmImm8 { 0b1111 } else { !(third as u8) & 0b1111 };
    out.push(u8::from(width == Width::W64) << 7 | vvvv << 3 | row.mandatory as u8);
    out.push(row.opcode);
}

/// ModRM, SIB and displacement.
#[inline(always)]
fn push_modrm(out: &mut Bytes, reg: u8, rm: RegMem) {
    let reg = (reg & 7) << 3;
    let mem = match rm {
        RegMem::Reg(rm) => {
            out.push(0b1100_0000 | reg | rm.low());
            return;
        }
        RegMem::Mem(mem) => mem,
    };
    let base = match mem.base {
        Base::Reg(base) => base,
        Base::Rip => {
            out.push(reg | 0b101);
            out.push_i32(mem.disp);
            return;
        }
        Base::None => {
            // A SIB byte with base 101 and mod 00 means: no base, 32-bit displacement. Index 100 means: no index.
            let (index, scale) = mem.index.map_or((0b100, 0), |(index, scale)| (index.low(), scale as u8));
            out.push(reg | 0b100);
            out.push(scale << 6 | index << 3 | 0b101);
            out.push_i32(mem.disp);
            return;
        }
    };
    // rbp and r13 as a base have no form without displacement: that encoding means rip or none.
    let mode = if mem.disp == 0 && base.low() != 0b101 {
        0b00
    } else if i8::try_from(mem.disp).is_ok() {
        0b01
    } else {
        0b10
    };
    match mem.index {
        // rsp and r12 as a base need a SIB byte: their number announces one.
        None if base.low() != 0b100 => out.push(mode << 6 | reg | base.low()),
        None => {
            out.push(mode << 6 | reg | 0b100);
            out.push(0b10_0000 | base.low());
        }
        Some((index, scale)) => {
            out.push(mode << 6 | reg | 0b100);
            out.push((scale as u8) << 6 | index.low() << 3 | base.low());
        }
    }
    match mode {
        0b00 => {}
        0b01 => out.push(mem.disp.to_le_bytes()[0]),
        _ => out.push_i32(mem.disp),
    }
}

#[inline(always)]
fn push_immediate(out: &mut Bytes, form: Form, width: Width, imm: i32) {
    let bytes = imm.to_le_bytes();
    match form {
        Form::RmImm8(_) | Form::RegRmImm8 | Form::VexRegRmImm8 => out.push(bytes[0]),
        Form::RmImm(_) | Form::RegRmImm => match width {
            Width::W8 => out.push(bytes[0]),
            Width::W16 => {
                out.push(bytes[0]);
                out.push(bytes[1]);
            }
            Width::W32 | Width::W64 => out.push_i32(imm),
        },
        _ => {}
    }
}
