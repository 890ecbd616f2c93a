// SPDX-License-Identifier: Apache-2.0
//! Instructions of two bytes. Hints do nothing, by the C extension's own rule.

use super::{bits, sign_extend, Access, BranchKind, Rv, Undecodable, X};
use crate::{
    elf::Xlen,
    ir::{Bin, W},
};

const SP: X = 2;
const RA: X = 1;

/// A field of a compressed immediate: `count` bits from bit `from` of the instruction go to bit `to` of the value.
fn gather(word: u32, fields: &[(u32, u32, u32)]) -> u32 {
    fields.iter().fold(0, |value, &(from, count, to)| value | bits(word, from, count) << to)
}

/// Decodes a compressed instruction.
pub(super) fn decode(half: u16, xlen: Xlen) -> Result<Rv, Undecodable> {
    let word = u32::from(half);
    let is_64 = xlen.is_64();
    let native = W::native(xlen);
    let rd = bits(word, 7, 5) as X;
    let rs2 = bits(word, 2, 5) as X;
    let rd_short = bits(word, 7, 3) as X + 8;
    let rs2_short = bits(word, 2, 3) as X + 8;
    let imm6 = sign_extend(gather(word, &[(12, 1, 5), (2, 5, 0)]), 6);
    let uimm6 = gather(word, &[(12, 1, 5), (2, 5, 0)]) as i32;
    let word_offset = gather(word, &[(10, 3, 3), (6, 1, 2), (5, 1, 6)]) as i32;
    let double_offset = gather(word, &[(10, 3, 3), (5, 2, 6)]) as i32;
    let floating = Err(Undecodable::Extension("F or D (floating point)"));
    match (word & 3, bits(word, 13, 3)) {
        (0, 0) => match gather(word, &[(11, 2, 4), (7, 4, 6), (6, 1, 2), (5, 1, 3)]) {
            0 if half == 0 => Ok(Rv::Trap),
            0 => Err(Undecodable::Unknown),
            imm => Ok(Rv::OpImm { op: Bin::Add(native), rd: rs2_short, rs1: SP, imm: imm as i32 }),
        },
        (0, 2) => Ok(Rv::Load { access: Access::I32, rd: rs2_short, rs1: rd_short, offset: word_offset }),
        (0, 3) if is_64 => {
            Ok(Rv::Load { access: Access::U64, rd: rs2_short, rs1: rd_short, offset: double_offset })
        }
        (0, 6) => Ok(Rv::Store { access: Access::U32, rs2: rs2_short, rs1: rd_short, offset: word_offset }),
        (0, 7) if is_64 => {
            Ok(Rv::Store { access: Access::U64, rs2: rs2_short, rs1: rd_short, offset: double_offset })
        }
        (0, 4) => Err(Undecodable::Extension("Zcb")),
        (0, _) => floating,
        (1, 0) => Ok(Rv::OpImm { op: Bin::Add(native), rd, rs1: rd, imm: imm6 }),
        (1, 1) if is_64 && rd != 0 => Ok(Rv::OpImm { op: Bin::Add(W::W32), rd, rs1: rd, imm: imm6 }),
        (1, 1) if is_64 => Err(Undecodable::Unknown),
        (1, 1) => Ok(Rv::Jal { rd: RA, offset: jump_offset(word) }),
        (1, 2) => Ok(Rv::OpImm { op: Bin::Add(native), rd, rs1: 0, imm: imm6 }),
        (1, 3) if rd == SP => {
            let imm =
                sign_extend(gather(word, &[(12, 1, 9), (6, 1, 4), (5, 1, 6), (3, 2, 7), (2, 1, 5)]), 10);
            if imm == 0 {
                return Err(Undecodable::Unknown);
            }
            Ok(Rv::OpImm { op: Bin::Add(native), rd, rs1: rd, imm })
        }
        (1, 3) if imm6 == 0 => Err(Undecodable::Extension("Zcmop or Zicfiss")),
        (1, 3) => Ok(Rv::Lui { rd, imm: imm6 << 12 }),
        (1, 4) => arithmetic(word, rd_short, rs2_short, imm6, uimm6, xlen),
        (1, 5) => Ok(Rv::Jal { rd: 0, offset: jump_offset(word) }),
        (1, kind) => {
            let offset = gather(word, &[(12, 1, 8), (10, 2, 3), (5, 2, 6), (3, 2, 1), (2, 1, 5)]);
            let kind = if kind == 6 { BranchKind::Eq } else { BranchKind::Ne };
            Ok(Rv::Branch { kind, rs1: rd_short, rs2: 0, offset: sign_extend(offset, 9) })
        }
        (2, 0) if is_64 || uimm6 < 32 => Ok(Rv::OpImm { op: Bin::Shl(native), rd, rs1: rd, imm: uimm6 }),
        (2, 2) if rd != 0 => {
            let offset = gather(word, &[(12, 1, 5), (4, 3, 2), (2, 2, 6)]) as i32;
            Ok(Rv::Load { access: Access::I32, rd, rs1: SP, offset })
        }
        (2, 3) if is_64 && rd != 0 => {
            let offset = gather(word, &[(12, 1, 5), (5, 2, 3), (2, 3, 6)]) as i32;
            Ok(Rv::Load { access: Access::U64, rd, rs1: SP, offset })
        }
        (2, 4) => match (bits(word, 12, 1), rd, rs2) {
            (0, 0, 0) => Err(Undecodable::Unknown),
            (0, _, 0) => Ok(Rv::Jalr { rd: 0, rs1: rd, offset: 0 }),
            (0, ..) => Ok(Rv::Op { op: Bin::Add(native), rd, rs1: 0, rs2 }),
            (_, 0, 0) => Ok(Rv::Trap),
            (_, _, 0) => Ok(Rv::Jalr { rd: RA, rs1: rd, offset: 0 }),
            _ => Ok(Rv::Op { op: Bin::Add(native), rd, rs1: rd, rs2 }),
        },
        (2, 6) => {
            let offset = gather(word, &[(9, 4, 2), (7, 2, 6)]) as i32;
            Ok(Rv::Store { access: Access::U32, rs2, rs1: SP, offset })
        }
        (2, 7) if is_64 => {
            let offset = gather(word, &[(10, 3, 3), (7, 3, 6)]) as i32;
            Ok(Rv::Store { access: Access::U64, rs2, rs1: SP, offset })
        }
        (2, 1 | 3 | 5 | 7) => floating,
        _ => Err(Undecodable::Unknown),
    }
}

fn jump_offset(word: u32) -> i32 {
    let fields = [(12, 1, 11), (11, 1, 4), (9, 2, 8), (8, 1, 10), (7, 1, 6), (6, 1, 7), (3, 3, 1), (2, 1, 5)];
    sign_extend(gather(word, &fields), 12)
}

fn arithmetic(word: u32, rd: X, rs2: X, imm: i32, amount: i32, xlen: Xlen) -> Result<Rv, Undecodable> {
    let native = W::native(xlen);
    let shift = |op| match xlen {
        Xlen::X32 if amount >= 32 => Err(Undecodable::Unknown),
        _ => Ok(Rv::OpImm { op, rd, rs1: rd, imm: amount }),
    };
    match bits(word, 10, 2) {
        0 => return shift(Bin::Shr(native)),
        1 => return shift(Bin::Sar(native)),
        2 => return Ok(Rv::OpImm { op: Bin::And, rd, rs1: rd, imm }),
        _ => {}
    }
    let op = match (bits(word, 12, 1), bits(word, 5, 2)) {
        (0, 0) => Bin::Sub(native),
        (0, 1) => Bin::Xor,
        (0, 2) => Bin::Or,
        (0, 3) => Bin::And,
        (1, 0) if xlen.is_64() => Bin::Sub(W::W32),
        (1, 1) if xlen.is_64() => Bin::Add(W::W32),
        _ => return Err(Undecodable::Extension("Zcb")),
    };
    Ok(Rv::Op { op, rd, rs1: rd, rs2 })
}
