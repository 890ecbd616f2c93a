// SPDX-License-Identifier: Apache-2.0
//! Instructions of four bytes.

use super::{bits, compressed, sign_extend, Access, Atomic, BitOp, BranchKind, Rv, Undecodable, X};
use crate::{
    elf::Xlen,
    ir::{Bin, Un, W},
};

/// Decodes the instruction at the start of `bytes`. Also its length in bytes, 2 or 4, for instructions that are not
/// known too.
pub(crate) fn decode(bytes: &[u8], xlen: Xlen) -> (Result<Rv, Undecodable>, u64) {
    let Some(&[low, high]) = bytes.get(..2) else { return (Err(Undecodable::Unknown), 2) };
    if low & 3 != 3 {
        return (compressed::decode(u16::from_le_bytes([low, high]), xlen), 2);
    }
    let Some(&[_, _, third, fourth]) = bytes.get(..4) else { return (Err(Undecodable::Unknown), 2) };
    (decode_word(u32::from_le_bytes([low, high, third, fourth]), xlen), 4)
}

fn immediate_i(word: u32) -> i32 {
    word as i32 >> 20
}

fn immediate_s(word: u32) -> i32 {
    sign_extend(bits(word, 25, 7) << 5 | bits(word, 7, 5), 12)
}

fn immediate_b(word: u32) -> i32 {
    let value =
        bits(word, 31, 1) << 12 | bits(word, 7, 1) << 11 | bits(word, 25, 6) << 5 | bits(word, 8, 4) << 1;
    sign_extend(value, 13)
}

fn immediate_j(word: u32) -> i32 {
    let value =
        bits(word, 31, 1) << 20 | bits(word, 12, 8) << 12 | bits(word, 20, 1) << 11 | bits(word, 21, 10) << 1;
    sign_extend(value, 21)
}

fn decode_word(word: u32, xlen: Xlen) -> Result<Rv, Undecodable> {
    let rd = bits(word, 7, 5) as X;
    let rs1 = bits(word, 15, 5) as X;
    let rs2 = bits(word, 20, 5) as X;
    let funct3 = bits(word, 12, 3);
    let funct7 = bits(word, 25, 7);
    let is_64 = xlen.is_64();
    match word & 0x7f {
        0x37 => Ok(Rv::Lui { rd, imm: (word & 0xffff_f000) as i32 }),
        0x17 => Ok(Rv::Auipc { rd, imm: (word & 0xffff_f000) as i32 }),
        0x6f => Ok(Rv::Jal { rd, offset: immediate_j(word) }),
        0x67 if funct3 == 0 => Ok(Rv::Jalr { rd, rs1, offset: immediate_i(word) }),
        0x63 => {
            let kind = match funct3 {
                0 => BranchKind::Eq,
                1 => BranchKind::Ne,
                4 => BranchKind::LtS,
                5 => BranchKind::GeS,
                6 => BranchKind::LtU,
                7 => BranchKind::GeU,
                _ => return Err(Undecodable::Unknown),
            };
            Ok(Rv::Branch { kind, rs1, rs2, offset: immediate_b(word) })
        }
        0x03 => {
            let access = match funct3 {
                0 => Access::I8,
                1 => Access::I16,
                2 => Access::I32,
                3 if is_64 => Access::U64,
                4 => Access::U8,
                5 => Access::U16,
                6 if is_64 => Access::U32,
                _ => return Err(Undecodable::Unknown),
            };
            Ok(Rv::Load { access, rd, rs1, offset: immediate_i(word) })
        }
        0x23 => {
            let access = store_access(funct3, is_64)?;
            Ok(Rv::Store { access, rs2, rs1, offset: immediate_s(word) })
        }
        0x13 => op_imm(word, xlen),
        0x1b if is_64 => op_imm_32(word),
        0x33 => op(rd, rs1, rs2, funct3, funct7, xlen),
        0x3b if is_64 => op_32(rd, rs1, rs2, funct3, funct7),
        0x0f if funct3 <= 1 => Ok(Rv::Fence),
        0x2f => atomic(word, is_64),
        0x0b => custom(word, rd, rs1, rs2, funct3, funct7),
        0x73 => match word {
            // How assemblers spell `unimp`: a write to a counter that cannot be written. GCC has `ebreak` for it.
            0xc000_1073 | 0x0010_0073 => Ok(Rv::Trap),
            0x0000_0073 => Err(Undecodable::System("ecall")),
            0x1050_0073 => Err(Undecodable::System("wfi")),
            _ if funct3 != 0 => Err(Undecodable::Extension("Zicsr")),
            _ => Err(Undecodable::Unknown),
        },
        0x07 | 0x27 if matches!(funct3, 1..=4) => Err(Undecodable::Extension("F, D or Q (floating point)")),
        0x43 | 0x47 | 0x4b | 0x4f | 0x53 => Err(Undecodable::Extension("F, D or Q (floating point)")),
        0x07 | 0x27 | 0x57 => Err(Undecodable::Extension("V (vectors)")),
        _ => Err(Undecodable::Unknown),
    }
}

fn store_access(funct3: u32, is_64: bool) -> Result<Access, Undecodable> {
    match funct3 {
        0 => Ok(Access::U8),
        1 => Ok(Access::U16),
        2 => Ok(Access::U32),
        3 if is_64 => Ok(Access::U64),
        _ => Err(Undecodable::Unknown),
    }
}

fn op_imm(word: u32, xlen: Xlen) -> Result<Rv, Undecodable> {
    let rd = bits(word, 7, 5) as X;
    let rs1 = bits(word, 15, 5) as X;
    let native = W::native(xlen);
    let imm = immediate_i(word);
    // On 64 bits the shift amount takes one bit from the function code.
    let (function, amount) = match xlen {
        Xlen::X32 => (bits(word, 25, 7) << 1, bits(word, 20, 5)),
        Xlen::X64 => (bits(word, 26, 6) << 2, bits(word, 20, 6)),
    };
    let shift = |op| Ok(Rv::OpImm { op, rd, rs1, imm: amount as i32 });
    let simple = |op| Ok(Rv::OpImm { op, rd, rs1, imm });
    let unary = |op| Ok(Rv::Un { op, rd, rs1 });
    let bit = |op| Ok(Rv::BitAt { op, rd, rs1, at: amount as u8 });
    match (bits(word, 12, 3), function) {
        (0, _) => simple(Bin::Add(native)),
        (2, _) => simple(Bin::SltS),
        (3, _) => simple(Bin::SltU),
        (4, _) => simple(Bin::Xor),
        (6, _) => simple(Bin::Or),
        (7, _) => simple(Bin::And),
        (1, 0) => shift(Bin::Shl(native)),
        (5, 0) => shift(Bin::Shr(native)),
        (5, 0x40) => shift(Bin::Sar(native)),
        (5, 0x60) => shift(Bin::Rotr(native)),
        (1, 0x60) => match bits(word, 20, 12) {
            0x600 => unary(Un::Clz(native)),
            0x601 => unary(Un::Ctz(native)),
            0x602 => unary(Un::Popcnt(native)),
            0x604 => unary(Un::Sext8),
            0x605 => unary(Un::Sext16),
            _ => Err(Undecodable::Unknown),
        },
        (5, _) => match (bits(word, 20, 12), xlen) {
            (0x287, _) => Ok(Rv::OrCombine { rd, rs1 }),
            (0x698, Xlen::X32) | (0x6b8, Xlen::X64) => unary(Un::ReverseBytes),
            (0x687, _) => Err(Undecodable::Extension("Zbkb")),
            _ if function == 0x48 => bit(BitOp::Extract),
            _ => Err(Undecodable::Unknown),
        },
        (1, 0x28) => bit(BitOp::Set),
        (1, 0x48) => bit(BitOp::Clear),
        (1, 0x68) => bit(BitOp::Invert),
        _ => Err(Undecodable::Unknown),
    }
}

fn op_imm_32(word: u32) -> Result<Rv, Undecodable> {
    let rd = bits(word, 7, 5) as X;
    let rs1 = bits(word, 15, 5) as X;
    let amount = bits(word, 20, 5) as i32;
    let shift = |op| Ok(Rv::OpImm { op, rd, rs1, imm: amount });
    let unary = |op| Ok(Rv::Un { op, rd, rs1 });
    match (bits(word, 12, 3), bits(word, 25, 7)) {
        (0, _) => Ok(Rv::OpImm { op: Bin::Add(W::W32), rd, rs1, imm: immediate_i(word) }),
        (1, 0) => shift(Bin::Shl(W::W32)),
        (5, 0) => shift(Bin::Shr(W::W32)),
        (5, 0x20) => shift(Bin::Sar(W::W32)),
        (5, 0x30) => shift(Bin::Rotr(W::W32)),
        // The amount has six bits here.
        (1, 4 | 5) => Ok(Rv::ShiftWord { shift: bits(word, 20, 6) as u8, rd, rs1 }),
        (1, 0x30) => match amount {
            0 => unary(Un::Clz(W::W32)),
            1 => unary(Un::Ctz(W::W32)),
            2 => unary(Un::Popcnt(W::W32)),
            _ => Err(Undecodable::Unknown),
        },
        _ => Err(Undecodable::Unknown),
    }
}

fn op(rd: X, rs1: X, rs2: X, funct3: u32, funct7: u32, xlen: Xlen) -> Result<Rv, Undecodable> {
    let native = W::native(xlen);
    let bit = |op| Ok(Rv::Bit { op, rd, rs1, rs2 });
    let op = match (funct7, funct3) {
        (0, 0) => Bin::Add(native),
        (0, 1) => Bin::Shl(native),
        (0, 2) => Bin::SltS,
        (0, 3) => Bin::SltU,
        (0, 4) => Bin::Xor,
        (0, 5) => Bin::Shr(native),
        (0, 6) => Bin::Or,
        (0, 7) => Bin::And,
        (0x20, 0) => Bin::Sub(native),
        (0x20, 4) => Bin::Xnor,
        (0x20, 5) => Bin::Sar(native),
        (0x20, 6) => Bin::OrNot,
        (0x20, 7) => Bin::AndNot,
        (1, 0) => Bin::Mul(native),
        (1, 1) => Bin::MulHighSS,
        (1, 2) => Bin::MulHighSU,
        (1, 3) => Bin::MulHighUU,
        (1, 4) => Bin::DivS(native),
        (1, 5) => Bin::DivU(native),
        (1, 6) => Bin::RemS(native),
        (1, 7) => Bin::RemU(native),
        (4, 4) if rs2 == 0 && xlen == Xlen::X32 => return Ok(Rv::Un { op: Un::Zext16, rd, rs1 }),
        (5, 4) => Bin::MinS,
        (5, 5) => Bin::MinU,
        (5, 6) => Bin::MaxS,
        (5, 7) => Bin::MaxU,
        (0x30, 1) => Bin::Rotl(native),
        (0x30, 5) => Bin::Rotr(native),
        (7, 5) => return Ok(Rv::Zero { if_zero: true, rd, rs: rs1, rc: rs2 }),
        (7, 7) => return Ok(Rv::Zero { if_zero: false, rd, rs: rs1, rc: rs2 }),
        (0x10, 2 | 4 | 6) => {
            return Ok(Rv::ShiftAdd { shift: (funct3 / 2) as u8, word: false, rd, rs1, rs2 })
        }
        (5, 1..=3) => return Err(Undecodable::Extension("Zbc")),
        (0x14, 1) => return bit(BitOp::Set),
        (0x24, 1) => return bit(BitOp::Clear),
        (0x24, 5) => return bit(BitOp::Extract),
        (0x34, 1) => return bit(BitOp::Invert),
        _ => return Err(Undecodable::Unknown),
    };
    Ok(Rv::Op { op, rd, rs1, rs2 })
}

fn op_32(rd: X, rs1: X, rs2: X, funct3: u32, funct7: u32) -> Result<Rv, Undecodable> {
    let w = W::W32;
    let op = match (funct7, funct3) {
        (0, 0) => Bin::Add(w),
        (0, 1) => Bin::Shl(w),
        (0, 5) => Bin::Shr(w),
        (0x20, 0) => Bin::Sub(w),
        (0x20, 5) => Bin::Sar(w),
        (1, 0) => Bin::Mul(w),
        (1, 4) => Bin::DivS(w),
        (1, 5) => Bin::DivU(w),
        (1, 6) => Bin::RemS(w),
        (1, 7) => Bin::RemU(w),
        (4, 0) => return Ok(Rv::ShiftAdd { shift: 0, word: true, rd, rs1, rs2 }),
        (4, 4) if rs2 == 0 => return Ok(Rv::Un { op: Un::Zext16, rd, rs1 }),
        (0x10, 2 | 4 | 6) => return Ok(Rv::ShiftAdd { shift: (funct3 / 2) as u8, word: true, rd, rs1, rs2 }),
        (0x30, 1) => Bin::Rotl(w),
        (0x30, 5) => Bin::Rotr(w),
        _ => return Err(Undecodable::Unknown),
    };
    Ok(Rv::Op { op, rd, rs1, rs2 })
}

fn atomic(word: u32, is_64: bool) -> Result<Rv, Undecodable> {
    let rd = bits(word, 7, 5) as X;
    let rs1 = bits(word, 15, 5) as X;
    let rs2 = bits(word, 20, 5) as X;
    let (access, w) = match bits(word, 12, 3) {
        2 => (Access::I32, W::W32),
        3 if is_64 => (Access::U64, W::W64),
        0 | 1 => return Err(Undecodable::Extension("Zabha")),
        _ => return Err(Undecodable::Unknown),
    };
    let op = match bits(word, 27, 5) {
        0x02 if rs2 == 0 => return Ok(Rv::LoadReserved { access, rd, rs1 }),
        0x03 => return Ok(Rv::StoreConditional { access, rd, rs1, rs2 }),
        0x00 => Atomic::Bin(Bin::Add(w)),
        0x01 => Atomic::Swap,
        0x04 => Atomic::Bin(Bin::Xor),
        0x05 => return Err(Undecodable::Extension("Zacas")),
        0x08 => Atomic::Bin(Bin::Or),
        0x0c => Atomic::Bin(Bin::And),
        0x10 => Atomic::Bin(Bin::MinS),
        0x14 => Atomic::Bin(Bin::MaxS),
        0x18 => Atomic::Bin(Bin::MinU),
        0x1c => Atomic::Bin(Bin::MaxU),
        _ => return Err(Undecodable::Unknown),
    };
    Ok(Rv::Atomic { op, access, rd, rs1, rs2 })
}

/// The opcode space that is free for vendors: the guest's own instructions, and conditional moves.
fn custom(word: u32, rd: X, rs1: X, rs2: X, funct3: u32, funct7: u32) -> Result<Rv, Undecodable> {
    match (funct7, funct3) {
        (0, 0) if word == 0x0b => Ok(Rv::HostCall),
        (0, 1) if rs2 == 0 => Ok(Rv::Sbrk { rd, rs1 }),
        (0, 2) if word == 0x200b => Ok(Rv::Memset),
        (0, 3) if rs1 == 0 && rs2 == 0 => Ok(Rv::HeapBase { rd }),
        (0x20, 1) => Ok(Rv::Cmov { if_zero: true, rd, rs: rs1, rc: rs2 }),
        (0x21, 1) => Ok(Rv::Cmov { if_zero: false, rd, rs: rs1, rc: rs2 }),
        (_, 3) if funct7 & 3 == 3 => Ok(Rv::Select { rd, rc: rs2, rt: rs1, rf: bits(word, 27, 5) as X }),
        _ => Err(Undecodable::Unknown),
    }
}
