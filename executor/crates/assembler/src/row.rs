// SPDX-License-Identifier: Apache-2.0
//! The instruction table: one [`Row`] for each encodable form.
//!
//! A row says everything the encoder needs, so adding an instruction is adding a row; `tests/rows.rs` encodes each row with
//! every register and every kind of memory operand and reads the bytes back with an independent decoder. Opcode numbers are those
//! of the AMD64 Architecture Programmer's Manual, volume 3.

/// How the operands of a row map to the fields of the encoding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// `op rm, reg`: ModRM.reg is the source.
    RmReg,
    /// `op reg, rm`: ModRM.reg is the destination.
    RegRm,
    /// `op rm`: ModRM.reg holds the given extension of the opcode.
    Rm(u8),
    /// `op rm, cl`: as [`Form::Rm`], the count is in `cl`.
    RmCl(u8),
    /// `op rm, imm8` (sign-extended where the operand is wider): as [`Form::Rm`].
    RmImm8(u8),
    /// `op rm, imm`: the immediate has the operand's width, at most 32 bits, sign-extended: as [`Form::Rm`].
    RmImm(u8),
    /// `op reg, rm, imm8`.
    RegRmImm8,
    /// `op reg, rm, imm`: as in [`Form::RmImm`].
    RegRmImm,
    /// `op reg, rm, vex.vvvv`.
    VexRegRmReg,
    /// `op reg, vex.vvvv, rm`.
    VexRegRegRm,
    /// `op reg, rm, imm8`, VEX-encoded.
    VexRegRmImm8,
}

impl Form {
    /// Whether it has an immediate.
    #[inline(always)]
    pub(crate) const fn has_imm(self) -> bool {
        matches!(
            self,
            Self::RmImm8(_) | Self::RmImm(_) | Self::RegRmImm8 | Self::RegRmImm | Self::VexRegRmImm8
        )
    }
}

/// Opcode map: which escape bytes precede the opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Map {
    /// None.
    Primary,
    /// `0f`
    M0f,
    /// `0f 38`
    M0f38,
    /// `0f 3a`
    M0f3a,
}

/// Mandatory prefix: part of the opcode, not a modifier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Mandatory {
    /// None.
    None = 0,
    /// `66`
    P66 = 1,
    /// `f3`
    Pf3 = 2,
    /// `f2`
    Pf2 = 3,
}

/// Which widths a row has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Widths {
    /// 8 (with the opcode given), 16, 32 and 64 bits.
    All {
        /// Opcode of the 8-bit form.
        opcode8: u8,
    },
    /// 16, 32 and 64 bits.
    From16,
    /// 32 and 64 bits.
    From32,
    /// 64 bits only, without REX.W: the machine's default.
    Only64,
    /// 8 bits only.
    Only8,
}

/// Width of the `rm` operand where it differs from the operation's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// It does not differ.
    Same,
    /// 8 bits.
    W8,
    /// 16 bits.
    W16,
    /// 32 bits.
    W32,
}

/// One encodable form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// Mnemonic in Intel syntax.
    pub name: &'static str,
    /// Operands.
    pub form: Form,
    /// Opcode map.
    pub map: Map,
    /// Mandatory prefix.
    pub mandatory: Mandatory,
    /// Opcode byte, of the 8-bit form only where that is all there is.
    pub opcode: u8,
    /// Widths.
    pub widths: Widths,
    /// Width of the `rm` operand.
    pub source: Source,
    /// Whether `rm` may only be memory.
    pub memory_only: bool,
}

/// A row of the primary or an escaped map with nothing special; the constants below refine it.
const fn row(name: &'static str, form: Form, map: Map, opcode: u8, widths: Widths) -> Row {
    Row {
        name,
        form,
        map,
        mandatory: Mandatory::None,
        opcode,
        widths,
        source: Source::Same,
        memory_only: false,
    }
}

/// An arithmetic or logic instruction of the classic eight; `number` is its position among them.
const fn classic_rm_reg(name: &'static str, number: u8) -> Row {
    row(name, Form::RmReg, Map::Primary, number * 8 + 1, Widths::All { opcode8: number * 8 })
}

const fn classic_reg_rm(name: &'static str, number: u8) -> Row {
    row(name, Form::RegRm, Map::Primary, number * 8 + 3, Widths::All { opcode8: number * 8 + 2 })
}

const fn classic_imm8(name: &'static str, number: u8) -> Row {
    row(name, Form::RmImm8(number), Map::Primary, 0x83, Widths::From16)
}

const fn classic_imm(name: &'static str, number: u8) -> Row {
    row(name, Form::RmImm(number), Map::Primary, 0x81, Widths::All { opcode8: 0x80 })
}

const fn shift_cl(name: &'static str, extension: u8) -> Row {
    row(name, Form::RmCl(extension), Map::Primary, 0xd3, Widths::All { opcode8: 0xd2 })
}

const fn shift_imm8(name: &'static str, extension: u8) -> Row {
    row(name, Form::RmImm8(extension), Map::Primary, 0xc1, Widths::All { opcode8: 0xc0 })
}

const fn unary(name: &'static str, extension: u8) -> Row {
    row(name, Form::Rm(extension), Map::Primary, 0xf7, Widths::All { opcode8: 0xf6 })
}

const fn with_prefix(mandatory: Mandatory, mut row: Row) -> Row {
    row.mandatory = mandatory;
    row
}

const fn extending(source: Source, mut row: Row) -> Row {
    row.source = source;
    row
}

const fn memory_only(mut row: Row) -> Row {
    row.memory_only = true;
    row
}

macro_rules! rows {
    ($($(#[$doc:meta])* $name:ident = $row:expr;)*) => {
        $($(#[$doc])* pub const $name: Row = $row;)*
        /// Every row of the table.
        pub const ROWS: &[Row] = &[$($name),*];
    };
}

rows! {
    /// rm += reg
    ADD_RM_REG = classic_rm_reg("add", 0);
    /// reg += rm
    ADD_REG_RM = classic_reg_rm("add", 0);
    /// rm += imm8
    ADD_RM_IMM8 = classic_imm8("add", 0);
    /// rm += imm
    ADD_RM_IMM = classic_imm("add", 0);
    /// rm |= reg
    OR_RM_REG = classic_rm_reg("or", 1);
    /// reg |= rm
    OR_REG_RM = classic_reg_rm("or", 1);
    /// rm |= imm8
    OR_RM_IMM8 = classic_imm8("or", 1);
    /// rm |= imm
    OR_RM_IMM = classic_imm("or", 1);
    /// rm += reg + carry
    ADC_RM_REG = classic_rm_reg("adc", 2);
    /// reg += rm + carry
    ADC_REG_RM = classic_reg_rm("adc", 2);
    /// rm += imm8 + carry
    ADC_RM_IMM8 = classic_imm8("adc", 2);
    /// rm -= reg + borrow
    SBB_RM_REG = classic_rm_reg("sbb", 3);
    /// reg -= rm + borrow
    SBB_REG_RM = classic_reg_rm("sbb", 3);
    /// rm -= imm8 + borrow
    SBB_RM_IMM8 = classic_imm8("sbb", 3);
    /// rm &= reg
    AND_RM_REG = classic_rm_reg("and", 4);
    /// reg &= rm
    AND_REG_RM = classic_reg_rm("and", 4);
    /// rm &= imm8
    AND_RM_IMM8 = classic_imm8("and", 4);
    /// rm &= imm
    AND_RM_IMM = classic_imm("and", 4);
    /// rm -= reg
    SUB_RM_REG = classic_rm_reg("sub", 5);
    /// reg -= rm
    SUB_REG_RM = classic_reg_rm("sub", 5);
    /// rm -= imm8
    SUB_RM_IMM8 = classic_imm8("sub", 5);
    /// rm -= imm
    SUB_RM_IMM = classic_imm("sub", 5);
    /// rm ^= reg
    XOR_RM_REG = classic_rm_reg("xor", 6);
    /// reg ^= rm
    XOR_REG_RM = classic_reg_rm("xor", 6);
    /// rm ^= imm8
    XOR_RM_IMM8 = classic_imm8("xor", 6);
    /// rm ^= imm
    XOR_RM_IMM = classic_imm("xor", 6);
    /// flags of rm - reg
    CMP_RM_REG = classic_rm_reg("cmp", 7);
    /// flags of reg - rm
    CMP_REG_RM = classic_reg_rm("cmp", 7);
    /// flags of rm - imm8
    CMP_RM_IMM8 = classic_imm8("cmp", 7);
    /// flags of rm - imm
    CMP_RM_IMM = classic_imm("cmp", 7);
    /// flags of rm & reg
    TEST_RM_REG = row("test", Form::RmReg, Map::Primary, 0x85, Widths::All { opcode8: 0x84 });
    /// flags of rm & imm
    TEST_RM_IMM = row("test", Form::RmImm(0), Map::Primary, 0xf7, Widths::All { opcode8: 0xf6 });
    /// rm = reg
    MOV_RM_REG = row("mov", Form::RmReg, Map::Primary, 0x89, Widths::All { opcode8: 0x88 });
    /// reg = rm
    MOV_REG_RM = row("mov", Form::RegRm, Map::Primary, 0x8b, Widths::All { opcode8: 0x8a });
    /// rm = imm
    MOV_RM_IMM = row("mov", Form::RmImm(0), Map::Primary, 0xc7, Widths::All { opcode8: 0xc6 });
    /// rm and reg change places; atomic where rm is memory
    XCHG_RM_REG = row("xchg", Form::RmReg, Map::Primary, 0x87, Widths::All { opcode8: 0x86 });
    /// reg = address of rm
    LEA_REG_MEM = memory_only(row("lea", Form::RegRm, Map::Primary, 0x8d, Widths::From16));
    /// reg = zero-extended 8-bit rm
    MOVZX8_REG_RM = extending(Source::W8, row("movzx", Form::RegRm, Map::M0f, 0xb6, Widths::From16));
    /// reg = zero-extended 16-bit rm
    MOVZX16_REG_RM = extending(Source::W16, row("movzx", Form::RegRm, Map::M0f, 0xb7, Widths::From32));
    /// reg = sign-extended 8-bit rm
    MOVSX8_REG_RM = extending(Source::W8, row("movsx", Form::RegRm, Map::M0f, 0xbe, Widths::From16));
    /// reg = sign-extended 16-bit rm
    MOVSX16_REG_RM = extending(Source::W16, row("movsx", Form::RegRm, Map::M0f, 0xbf, Widths::From32));
    /// reg = sign-extended 32-bit rm
    MOVSXD_REG_RM = extending(Source::W32, row("movsxd", Form::RegRm, Map::Primary, 0x63, Widths::From32));
    /// rm <<= cl, rotating
    ROL_RM_CL = shift_cl("rol", 0);
    /// rm >>= cl, rotating
    ROR_RM_CL = shift_cl("ror", 1);
    /// rm <<= cl
    SHL_RM_CL = shift_cl("shl", 4);
    /// rm >>= cl, zeros enter
    SHR_RM_CL = shift_cl("shr", 5);
    /// rm >>= cl, the sign enters
    SAR_RM_CL = shift_cl("sar", 7);
    /// rm <<= imm8, rotating
    ROL_RM_IMM8 = shift_imm8("rol", 0);
    /// rm >>= imm8, rotating
    ROR_RM_IMM8 = shift_imm8("ror", 1);
    /// rm <<= imm8
    SHL_RM_IMM8 = shift_imm8("shl", 4);
    /// rm >>= imm8, zeros enter
    SHR_RM_IMM8 = shift_imm8("shr", 5);
    /// rm >>= imm8, the sign enters
    SAR_RM_IMM8 = shift_imm8("sar", 7);
    /// rm = !rm
    NOT_RM = unary("not", 2);
    /// rm = -rm
    NEG_RM = unary("neg", 3);
    /// rdx:rax = rax × rm, unsigned
    MUL_RM = unary("mul", 4);
    /// rdx:rax = rax × rm, signed
    IMUL_RM = unary("imul", 5);
    /// rax, rdx = quotient, remainder of rdx:rax by rm, unsigned
    DIV_RM = unary("div", 6);
    /// rax, rdx = quotient, remainder of rdx:rax by rm, signed
    IDIV_RM = unary("idiv", 7);
    /// rm += 1, carry kept
    INC_RM = row("inc", Form::Rm(0), Map::Primary, 0xff, Widths::All { opcode8: 0xfe });
    /// rm -= 1, carry kept
    DEC_RM = row("dec", Form::Rm(1), Map::Primary, 0xff, Widths::All { opcode8: 0xfe });
    /// call the address in rm
    CALL_RM = row("call", Form::Rm(2), Map::Primary, 0xff, Widths::Only64);
    /// jump to the address in rm
    JMP_RM = row("jmp", Form::Rm(4), Map::Primary, 0xff, Widths::Only64);
    /// push rm
    PUSH_RM = row("push", Form::Rm(6), Map::Primary, 0xff, Widths::Only64);
    /// pop rm
    POP_RM = row("pop", Form::Rm(0), Map::Primary, 0x8f, Widths::Only64);
    /// reg *= rm
    IMUL_REG_RM = row("imul", Form::RegRm, Map::M0f, 0xaf, Widths::From16);
    /// reg = rm × imm8
    IMUL_REG_RM_IMM8 = row("imul", Form::RegRmImm8, Map::Primary, 0x6b, Widths::From16);
    /// reg = rm × imm
    IMUL_REG_RM_IMM = row("imul", Form::RegRmImm, Map::Primary, 0x69, Widths::From16);
    /// carry = bit imm8 of rm
    BT_RM_IMM8 = row("bt", Form::RmImm8(4), Map::M0f, 0xba, Widths::From16);
    /// reg = index of the lowest one bit of rm; undefined for 0
    BSF_REG_RM = row("bsf", Form::RegRm, Map::M0f, 0xbc, Widths::From16);
    /// reg = index of the highest one bit of rm; undefined for 0
    BSR_REG_RM = row("bsr", Form::RegRm, Map::M0f, 0xbd, Widths::From16);
    /// reg = number of one bits of rm (POPCNT)
    POPCNT_REG_RM = with_prefix(Mandatory::Pf3, row("popcnt", Form::RegRm, Map::M0f, 0xb8, Widths::From16));
    /// reg = number of trailing zero bits of rm (BMI1)
    TZCNT_REG_RM = with_prefix(Mandatory::Pf3, row("tzcnt", Form::RegRm, Map::M0f, 0xbc, Widths::From16));
    /// reg = number of leading zero bits of rm (LZCNT)
    LZCNT_REG_RM = with_prefix(Mandatory::Pf3, row("lzcnt", Form::RegRm, Map::M0f, 0xbd, Widths::From16));
    /// reg += rm + carry, touching only the carry flag (ADX)
    ADCX_REG_RM = with_prefix(Mandatory::P66, row("adcx", Form::RegRm, Map::M0f38, 0xf6, Widths::From32));
    /// reg += rm + overflow, touching only the overflow flag (ADX)
    ADOX_REG_RM = with_prefix(Mandatory::Pf3, row("adox", Form::RegRm, Map::M0f38, 0xf6, Widths::From32));
    /// reg = rm << third (BMI2)
    SHLX_REG_RM_REG = with_prefix(Mandatory::P66, row("shlx", Form::VexRegRmReg, Map::M0f38, 0xf7, Widths::From32));
    /// reg = rm >> third, the sign enters (BMI2)
    SARX_REG_RM_REG = with_prefix(Mandatory::Pf3, row("sarx", Form::VexRegRmReg, Map::M0f38, 0xf7, Widths::From32));
    /// reg = rm >> third, zeros enter (BMI2)
    SHRX_REG_RM_REG = with_prefix(Mandatory::Pf2, row("shrx", Form::VexRegRmReg, Map::M0f38, 0xf7, Widths::From32));
    /// reg:second = rdx × rm, no flags (BMI2)
    MULX_REG_REG_RM = with_prefix(Mandatory::Pf2, row("mulx", Form::VexRegRegRm, Map::M0f38, 0xf6, Widths::From32));
    /// reg = !second & rm (BMI1)
    ANDN_REG_REG_RM = row("andn", Form::VexRegRegRm, Map::M0f38, 0xf2, Widths::From32);
    /// reg = rm rotated right by imm8, no flags (BMI2)
    RORX_REG_RM_IMM8 = with_prefix(Mandatory::Pf2, row("rorx", Form::VexRegRmImm8, Map::M0f3a, 0xf0, Widths::From32));
}

/// `set<condition> rm`: 8-bit rm = 1 or 0.
pub const fn set(condition: crate::Condition) -> Row {
    row("set", Form::Rm(0), Map::M0f, 0x90 + condition as u8, Widths::Only8)
}

/// `cmov<condition> reg, rm`.
pub const fn cmov(condition: crate::Condition) -> Row {
    row("cmov", Form::RegRm, Map::M0f, 0x40 + condition as u8, Widths::From16)
}
