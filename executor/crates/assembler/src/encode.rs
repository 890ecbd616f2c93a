// SPDX-License-Identifier: Apache-2.0
//! From a row and its operands to bytes.
//!
//! An instruction is a head of at most eight bytes (prefixes, opcode, ModRM, SIB) in one word, a displacement and an
//! immediate. With a row known when this is compiled, what remains of it is a few shifts and no branches: the encoder
//! runs several times per guest instruction, and compile time is counted in nanoseconds per guest instruction.

use crate::operand::{Base, Gpr, Mem, RegMem, Width};
use crate::row::{Form, Map, Row, Source, Widths};

/// The machine's limit on an instruction's length, in bytes.
pub const INSTRUCTION_BYTES_MAX: usize = 15;

/// One instruction, ready to be stored.
#[derive(Clone, Copy)]
pub(crate) struct Encoded {
    /// Prefixes, opcode, ModRM and SIB, the first byte lowest.
    pub(crate) head: u64,
    /// Bytes of `head`, at most 8.
    pub(crate) head_len: u32,
    /// The displacement.
    pub(crate) disp: i32,
    /// Bytes of the displacement: 0, 1 or 4.
    pub(crate) disp_len: u32,
    /// The immediate.
    pub(crate) imm: i32,
    /// Bytes of the immediate: 0, 1, 2 or 4.
    pub(crate) imm_len: u32,
}

impl Encoded {
    /// The instruction with one byte in front of it.
    #[inline(always)]
    fn prefix(mut self, byte: u8) -> Self {
        self.head = self.head << 8 | u64::from(byte);
        self.head_len += 1;
        self
    }

    /// The instruction with one byte in front of it, if `wanted`; without a branch.
    #[inline(always)]
    fn prefix_if(mut self, wanted: bool, byte: u8) -> Self {
        let wanted = u32::from(wanted);
        self.head = (self.head << (8 * wanted)) | (u64::from(byte) * u64::from(wanted));
        self.head_len += wanted;
        self
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
pub(crate) fn encode(row: Row, width: Width, fields: &Fields) -> Encoded {
    debug_assert!(row_has_width(&row, width), "{} has no such width", row.name);
    let extension = Extension::new(fields.reg, fields.rm);
    let (imm, imm_len) = immediate(row.form, width, fields.imm);
    let out = Encoded { imm, imm_len, ..modrm(fields.reg, fields.rm) };
    let out = match row.form {
        Form::VexRegRmReg | Form::VexRegRegRm | Form::VexRegRmImm8 => {
            vex(out, &row, width, &extension, fields.third)
        }
        _ => legacy(out, &row, width, fields, &extension),
    };
    match fields.rm {
        RegMem::Mem(Mem { addr32: true, .. }) => out.prefix(0x67),
        _ => out,
    }
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

/// Opcode and prefixes in front of ModRM: the last comes first.
#[inline(always)]
fn legacy(out: Encoded, row: &Row, width: Width, fields: &Fields, extension: &Extension) -> Encoded {
    let opcode = match row.widths {
        Widths::All { opcode8 } if width == Width::W8 => opcode8,
        _ => row.opcode,
    };
    let out = out.prefix(opcode);
    let out = match row.map {
        Map::Primary => out,
        Map::M0f => out.prefix(0x0f),
        Map::M0f38 => out.prefix(0x38).prefix(0x0f),
        Map::M0f3a => out.prefix(0x3a).prefix(0x0f),
    };
    let w = u8::from(width == Width::W64 && row.widths != Widths::Only64);
    let rex = 0x40 | w << 3 | extension.r << 2 | extension.x << 1 | extension.b;
    let out = out.prefix_if(rex != 0x40 || names_low_byte_register(row, width, fields), rex);
    let out = match row.mandatory {
        crate::row::Mandatory::None => out,
        crate::row::Mandatory::P66 => out.prefix(0x66),
        crate::row::Mandatory::Pf3 => out.prefix(0xf3),
        crate::row::Mandatory::Pf2 => out.prefix(0xf2),
    };
    if width == Width::W16 {
        out.prefix(0x66)
    } else {
        out
    }
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
fn vex(out: Encoded, row: &Row, width: Width, extension: &Extension, third: Gpr) -> Encoded {
    let map = match row.map {
        Map::Primary => 0,
        Map::M0f => 1,
        Map::M0f38 => 2,
        Map::M0f3a => 3,
    };
    // VEX stores R, X, B and vvvv inverted.
    let vvvv = if row.form == Form::VexRegRmImm8 { 0b1111 } else { !(third as u8) & 0b1111 };
    out.prefix(row.opcode)
        .prefix(u8::from(width == Width::W64) << 7 | vvvv << 3 | row.mandatory as u8)
        .prefix((extension.r ^ 1) << 7 | (extension.x ^ 1) << 6 | (extension.b ^ 1) << 5 | map)
        .prefix(0xc4)
}

/// ModRM, SIB and displacement.
#[inline(always)]
fn modrm(reg: u8, rm: RegMem) -> Encoded {
    let reg = (reg & 7) << 3;
    let none = Encoded { head: 0, head_len: 0, disp: 0, disp_len: 0, imm: 0, imm_len: 0 };
    let one = |modrm: u8| Encoded { head: modrm.into(), head_len: 1, ..none };
    let two =
        |modrm: u8, sib: u8| Encoded { head: u64::from(sib) << 8 | u64::from(modrm), head_len: 2, ..none };
    let mem = match rm {
        RegMem::Reg(rm) => return one(0b1100_0000 | reg | rm.low()),
        RegMem::Mem(mem) => mem,
    };
    let base = match mem.base {
        Base::Reg(base) => base,
        Base::Rip => return Encoded { disp: mem.disp, disp_len: 4, ..one(reg | 0b101) },
        Base::None => {
            // A SIB byte with base 101 and mod 00 means: no base, 32-bit displacement. Index 100 means: no index.
            let (index, scale) = mem.index.map_or((0b100, 0), |(index, scale)| (index.low(), scale as u8));
            let sib = scale << 6 | index << 3 | 0b101;
            return Encoded { disp: mem.disp, disp_len: 4, ..two(reg | 0b100, sib) };
        }
    };
    match mem.index {
        None => {
            let form = FORMS[base as usize][distance(mem.disp)];
            let head = u64::from(form.bytes | u16::from(reg));
            Encoded {
                head,
                head_len: form.len.into(),
                disp: mem.disp,
                disp_len: form.disp_len.into(),
                ..none
            }
        }
        Some((index, scale)) => {
            // ModRM.mod and the length are those of the base alone.
            let form = FORMS[base as usize][distance(mem.disp)];
            let mode = form.bytes as u8 & 0b1100_0000;
            let out = two(mode | reg | 0b100, (scale as u8) << 6 | index.low() << 3 | base.low());
            Encoded { disp: mem.disp, disp_len: form.disp_len.into(), ..out }
        }
    }
}

/// An address of a register and a displacement, without index.
#[derive(Clone, Copy)]
struct BaseForm {
    /// ModRM.mod, ModRM.rm and, above them, the SIB byte if there is one.
    bytes: u16,
    /// Number of those bytes.
    len: u8,
    /// Bytes of the displacement.
    disp_len: u8,
}

/// For all registers, in the order of their numbers, the forms for each [`distance`].
const FORMS: [[BaseForm; 4]; 16] = {
    let mut forms = [[BaseForm { bytes: 0, len: 1, disp_len: 0 }; 4]; 16];
    let mut number = 0;
    while number < 16 {
        let (bytes, len) = match number & 7 {
            // rsp and r12 need a SIB byte: their number announces one.
            0b100 => (0x2404, 2),
            low => (low as u16, 1),
        };
        let none = BaseForm { bytes, len, disp_len: 0 };
        let narrow = BaseForm { bytes: 0b0100_0000 | bytes, len, disp_len: 1 };
        let wide = BaseForm { bytes: 0b1000_0000 | bytes, len, disp_len: 4 };
        // rbp and r13 have no form without displacement: that encoding means rip or none.
        let shortest = if number & 7 == 0b101 { narrow } else { none };
        forms[number] = [shortest, narrow, wide, wide];
        number += 1;
    }
    forms
};

/// 0 for no displacement, 1 for one that fits into a byte, 2 for others.
#[inline(always)]
fn distance(disp: i32) -> usize {
    usize::from(disp != 0) + usize::from(i8::try_from(disp).is_err())
}

/// The immediate and its length.
#[inline(always)]
fn immediate(form: Form, width: Width, imm: i32) -> (i32, u32) {
    match form {
        Form::RmImm8(_) | Form::RegRmImm8 | Form::VexRegRmImm8 => (imm, 1),
        Form::RmImm(_) | Form::RegRmImm => match width {
            Width::W8 => (imm, 1),
            Width::W16 => (imm, 2),
            Width::W32 | Width::W64 => (imm, 4),
        },
        _ => (0, 0),
    }
}
