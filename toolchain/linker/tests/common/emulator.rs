// SPDX-License-Identifier: Apache-2.0
//! An independent RISC-V machine: RV32/64 E, M, A, C, Zba, Zbb, Zbs and Zicond, with the guest's own host calls left out.
//!
//! It knows nothing of the linker. It runs the bytes of a linked ELF at their own addresses, by the tables of the
//! unprivileged specification: a compressed instruction is executed as it is, not expanded.

use std::collections::HashMap;

/// Where a call that was started from outside returns to.
pub(crate) const RETURN: u64 = 0xffff_0000;

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    Returned,
    /// `unimp`, or an access outside of memory.
    Trapped,
    /// Took too many instructions.
    TooLong,
    /// The test is wrong: an instruction that is not known.
    Unknown(u32),
}

/// A machine.
pub(crate) struct Machine {
    pub(crate) is_64: bool,
    pub(crate) x: [u64; 32],
    pub(crate) pc: u64,
    pages: HashMap<u64, Box<[u8; 4096]>>,
}

fn bits(word: u32, high: u32, low: u32) -> u32 {
    (word >> low) & ((1u64 << (high - low + 1)) - 1) as u32
}

fn signed(value: u32, bits: u32) -> i64 {
    i64::from((value << (32 - bits)) as i32 >> (32 - bits))
}

impl Machine {
    pub(crate) fn new(is_64: bool) -> Self {
        Self { is_64, x: [0; 32], pc: 0, pages: HashMap::new() }
    }

    /// Makes memory accessible and fills it.
    pub(crate) fn map(&mut self, address: u64, bytes: &[u8], size: u64) {
        for index in 0..size {
            let at = address + index;
            let page = self.pages.entry(at >> 12).or_insert_with(|| Box::new([0; 4096]));
            page[(at & 4095) as usize] = bytes.get(index as usize).copied().unwrap_or(0);
        }
    }

    pub(crate) fn read(&self, address: u64, count: u64) -> Option<u64> {
        let mut value = 0;
        for index in (0..count).rev() {
            let at = address.wrapping_add(index);
            value = value << 8 | u64::from(self.pages.get(&(at >> 12))?[(at & 4095) as usize]);
        }
        Some(value)
    }

    fn write(&mut self, address: u64, count: u64, value: u64) -> Option<()> {
        for index in 0..count {
            let at = address.wrapping_add(index);
            self.pages.get_mut(&(at >> 12))?[(at & 4095) as usize] = (value >> (8 * index)) as u8;
        }
        Some(())
    }

    /// A register as it is stored: sign-extended in 32-bit machines.
    fn set(&mut self, rd: u32, value: u64) {
        if rd != 0 {
            self.x[rd as usize] = if self.is_64 { value } else { value as i32 as i64 as u64 };
        }
    }

    fn get(&self, rs: u32) -> u64 {
        self.x[rs as usize]
    }

    /// The register as an unsigned number.
    fn unsigned(&self, rs: u32) -> u64 {
        if self.is_64 {
            self.get(rs)
        } else {
            u64::from(self.get(rs) as u32)
        }
    }

    fn address(&self, rs: u32, offset: i64) -> u64 {
        let sum = self.get(rs).wrapping_add(offset as u64);
        if self.is_64 {
            sum
        } else {
            u64::from(sum as u32)
        }
    }

    /// Calls a function.
    pub(crate) fn call(&mut self, pc: u64, sp: u64, args: &[u64], steps_max: u64) -> End {
        self.x = [0; 32];
        self.set(1, RETURN);
        self.set(2, sp);
        for (reg, value) in [10, 11, 12, 13, 14, 15, 5, 6, 7].into_iter().zip(args) {
            self.set(reg, *value);
        }
        self.pc = pc;
        for _ in 0..steps_max {
            if self.pc == RETURN {
                return End::Returned;
            }
            if let Err(end) = self.step() {
                return end;
            }
        }
        End::TooLong
    }

    fn step(&mut self) -> Result<(), End> {
        let low = self.read(self.pc, 2).ok_or(End::Trapped)? as u32;
        if low & 3 != 3 {
            return self.compressed(low);
        }
        let word = self.read(self.pc, 4).ok_or(End::Trapped)? as u32;
        let next = self.pc + 4;
        let (rd, rs1, rs2) = (bits(word, 11, 7), bits(word, 19, 15), bits(word, 24, 20));
        let (funct3, funct7) = (bits(word, 14, 12), bits(word, 31, 25));
        let imm_i = signed(bits(word, 31, 20), 12);
        let unknown = Err(End::Unknown(word));
        match word & 0x7f {
            0b0110111 => self.set(rd, (word & 0xffff_f000) as i32 as i64 as u64),
            0b0010111 => self.set(rd, self.pc.wrapping_add((word & 0xffff_f000) as i32 as i64 as u64)),
            0b1101111 => {
                let imm = bits(word, 31, 31) << 20
                    | bits(word, 19, 12) << 12
                    | bits(word, 20, 20) << 11
                    | bits(word, 30, 21) << 1;
                self.set(rd, next);
                return self.jump(self.pc.wrapping_add(signed(imm, 21) as u64));
            }
            0b1100111 => {
                let to = self.address(rs1, imm_i) & !1;
                self.set(rd, next);
                return self.jump(to);
            }
            0b1100011 => {
                let imm = bits(word, 31, 31) << 12
                    | bits(word, 7, 7) << 11
                    | bits(word, 30, 25) << 5
                    | bits(word, 11, 8) << 1;
                let (a, b) = (self.get(rs1), self.get(rs2));
                let taken = match funct3 {
                    0 => a == b,
                    1 => a != b,
                    4 => (a as i64) < b as i64,
                    5 => a as i64 >= b as i64,
                    6 => self.unsigned(rs1) < self.unsigned(rs2),
                    7 => self.unsigned(rs1) >= self.unsigned(rs2),
                    _ => return unknown,
                };
                if taken {
                    return self.jump(self.pc.wrapping_add(signed(imm, 13) as u64));
                }
            }
            0b0000011 => self.load(funct3, rd, self.address(rs1, imm_i)).ok_or(End::Trapped)?,
            0b0100011 => {
                let imm = signed(bits(word, 31, 25) << 5 | bits(word, 11, 7), 12);
                self.write(self.address(rs1, imm), 1 << funct3, self.get(rs2)).ok_or(End::Trapped)?;
            }
            0b0010011 => self.op_imm(word).ok_or(End::Unknown(word))?,
            0b0011011 if self.is_64 => self.op_imm_32(word).ok_or(End::Unknown(word))?,
            0b0110011 => {
                let value = self.op(funct7, funct3, rs1, rs2).ok_or(End::Unknown(word))?;
                self.set(rd, value);
            }
            0b0111011 if self.is_64 && matches!((funct7, funct3), (4, 0) | (0x10, 2 | 4 | 6)) => {
                let shifted = u64::from(self.get(rs1) as u32) << (funct3 / 2);
                self.set(rd, shifted.wrapping_add(self.get(rs2)));
            }
            0b0111011 if self.is_64 => {
                let value =
                    self.op_32(funct7, funct3, self.get(rs1) as u32, rs2).ok_or(End::Unknown(word))?;
                self.set(rd, value as i32 as i64 as u64);
            }
            0b0001111 => {}
            0b0101111 => self.atomic(word)?,
            0b0001011 => {
                // Conditional moves of the vendor T-Head.
                match (funct7, funct3) {
                    (0b0100000, 1) if self.get(rs2) == 0 => self.set(rd, self.get(rs1)),
                    (0b0100001, 1) if self.get(rs2) != 0 => self.set(rd, self.get(rs1)),
                    (0b0100000 | 0b0100001, 1) => {}
                    _ => return unknown,
                }
            }
            0b1110011 if word == 0xc000_1073 => return Err(End::Trapped),
            _ => return unknown,
        }
        self.pc = next;
        Ok(())
    }

    fn jump(&mut self, to: u64) -> Result<(), End> {
        self.pc = if self.is_64 { to } else { u64::from(to as u32) };
        Ok(())
    }

    fn load(&mut self, funct3: u32, rd: u32, address: u64) -> Option<()> {
        let value = self.read(address, 1 << (funct3 & 3))?;
        self.set(
            rd,
            match funct3 {
                0 => value as i8 as i64 as u64,
                1 => value as i16 as i64 as u64,
                2 => value as i32 as i64 as u64,
                _ => value,
            },
        );
        Some(())
    }

    fn op_imm(&mut self, word: u32) -> Option<()> {
        let (rd, rs1, funct3) = (bits(word, 11, 7), bits(word, 19, 15), bits(word, 14, 12));
        let imm = signed(bits(word, 31, 20), 12) as u64;
        let a = self.get(rs1);
        let xlen = if self.is_64 { 64 } else { 32 };
        let shamt = if self.is_64 { bits(word, 25, 20) } else { bits(word, 24, 20) };
        let top = bits(word, 31, 20) & !(xlen - 1);
        let value = match funct3 {
            0 => a.wrapping_add(imm),
            2 => u64::from((a as i64) < imm as i64),
            3 => u64::from(self.unsigned(rs1) < if self.is_64 { imm } else { u64::from(imm as u32) }),
            4 => a ^ imm,
            6 => a | imm,
            7 => a & imm,
            1 => match (top, bits(word, 31, 20)) {
                (0, _) => a << shamt,
                (0x280, _) => a | 1 << shamt,
                (0x480, _) => a & !(1 << shamt),
                (0x680, _) => a ^ 1 << shamt,
                (_, 0x600) => {
                    u64::from(if self.is_64 { a.leading_zeros() } else { (a as u32).leading_zeros() })
                }
                (_, 0x601) => {
                    u64::from(if self.is_64 { a.trailing_zeros() } else { (a as u32).trailing_zeros() })
                }
                (_, 0x602) => u64::from(if self.is_64 { a.count_ones() } else { (a as u32).count_ones() }),
                (_, 0x604) => a as i8 as i64 as u64,
                (_, 0x605) => a as i16 as i64 as u64,
                _ => return None,
            },
            _ => match (top, bits(word, 31, 20)) {
                (_, 0x287) => {
                    let bytes = a.to_le_bytes().map(|byte| if byte == 0 { 0 } else { 0xff });
                    u64::from_le_bytes(bytes)
                }
                (_, 0x6b8) if self.is_64 => a.swap_bytes(),
                (_, 0x698) if !self.is_64 => u64::from((a as u32).swap_bytes()),
                (0, _) => self.unsigned(rs1) >> shamt,
                (0x400, _) => (a as i64 >> shamt) as u64,
                (0x480, _) => a >> shamt & 1,
                (0x600, _) if self.is_64 => a.rotate_right(shamt),
                (0x600, _) => u64::from((a as u32).rotate_right(shamt)),
                _ => return None,
            },
        };
        self.set(rd, value);
        Some(())
    }

    fn op_imm_32(&mut self, word: u32) -> Option<()> {
        let (rd, rs1, shamt) = (bits(word, 11, 7), bits(word, 19, 15), bits(word, 24, 20));
        let a = self.get(rs1) as u32;
        let value = match (bits(word, 14, 12), bits(word, 31, 25)) {
            (0, _) => a.wrapping_add(signed(bits(word, 31, 20), 12) as u32),
            (1, 0) => a << shamt,
            (5, 0) => a >> shamt,
            (5, 0x20) => (a as i32 >> shamt) as u32,
            (5, 0x30) => a.rotate_right(shamt),
            (1, 4 | 5) => {
                self.set(rd, u64::from(a) << bits(word, 25, 20));
                return Some(());
            }
            (1, 0x30) => match shamt {
                0 => a.leading_zeros(),
                1 => a.trailing_zeros(),
                2 => a.count_ones(),
                _ => return None,
            },
            _ => return None,
        };
        self.set(rd, value as i32 as i64 as u64);
        Some(())
    }

    fn op(&mut self, funct7: u32, funct3: u32, rs1: u32, rs2: u32) -> Option<u64> {
        let (a, b) = (self.get(rs1), self.get(rs2));
        let (ua, ub) = (self.unsigned(rs1), self.unsigned(rs2));
        let (sa, sb) = (a as i64, b as i64);
        let xlen = if self.is_64 { 64 } else { 32 };
        let shift = (b % xlen) as u32;
        let least = if self.is_64 { i64::MIN } else { i64::from(i32::MIN) };
        Some(match (funct7, funct3) {
            (0, 0) => a.wrapping_add(b),
            (0x20, 0) => a.wrapping_sub(b),
            (0, 1) => a << shift,
            (0, 2) => u64::from(sa < sb),
            (0, 3) => u64::from(ua < ub),
            (0, 4) => a ^ b,
            (0, 5) => ua >> shift,
            (0x20, 5) => (sa >> shift) as u64,
            (0, 6) => a | b,
            (0, 7) => a & b,
            (1, 0) => a.wrapping_mul(b),
            (1, 1) => ((i128::from(sa) * i128::from(sb)) >> xlen) as u64,
            (1, 2) => ((i128::from(sa) * i128::from(ub)) >> xlen) as u64,
            (1, 3) => ((u128::from(ua) * u128::from(ub)) >> xlen) as u64,
            (1, 4) if b == 0 => u64::MAX,
            (1, 4) if sa == least && sb == -1 => a,
            (1, 4) => (sa / sb) as u64,
            (1, 5) => ua.checked_div(ub).unwrap_or(u64::MAX),
            (1, 6) if b == 0 => a,
            (1, 6) if sa == least && sb == -1 => 0,
            (1, 6) => (sa % sb) as u64,
            (1, 7) => ua.checked_rem(ub).unwrap_or(ua),
            (0x20, 4) => !(a ^ b),
            (0x20, 6) => a | !b,
            (0x20, 7) => a & !b,
            (5, 4) => sa.min(sb) as u64,
            (5, 5) => ua.min(ub),
            (5, 6) => sa.max(sb) as u64,
            (5, 7) => ua.max(ub),
            (0x30, 1) if self.is_64 => a.rotate_left(shift),
            (0x30, 1) => u64::from((a as u32).rotate_left(shift)),
            (0x30, 5) if self.is_64 => a.rotate_right(shift),
            (0x30, 5) => u64::from((a as u32).rotate_right(shift)),
            (4, 4) if rs2 == 0 && !self.is_64 => a & 0xffff,
            (0x10, 2 | 4 | 6) => (a << (funct3 / 2)).wrapping_add(b),
            (0x14, 1) => a | 1 << shift,
            (0x24, 1) => a & !(1 << shift),
            (0x34, 1) => a ^ 1 << shift,
            (0x24, 5) => a >> shift & 1,
            (7, 5) => a & u64::from(b == 0).wrapping_sub(1),
            (7, 7) => a & u64::from(b != 0).wrapping_sub(1),
            _ => return None,
        })
    }

    fn op_32(&self, funct7: u32, funct3: u32, a: u32, rs2: u32) -> Option<u32> {
        let b = self.get(rs2) as u32;
        let (sa, sb) = (a as i32, b as i32);
        Some(match (funct7, funct3) {
            (0, 0) => a.wrapping_add(b),
            (0x20, 0) => a.wrapping_sub(b),
            (0, 1) => a << (b & 31),
            (0, 5) => a >> (b & 31),
            (0x20, 5) => (sa >> (b & 31)) as u32,
            (1, 0) => a.wrapping_mul(b),
            (1, 4) if b == 0 => u32::MAX,
            (1, 4) => sa.wrapping_div(sb) as u32,
            (1, 5) => a.checked_div(b).unwrap_or(u32::MAX),
            (1, 6) if b == 0 => a,
            (1, 6) => sa.wrapping_rem(sb) as u32,
            (1, 7) => a.checked_rem(b).unwrap_or(a),
            (0x30, 1) => a.rotate_left(b & 31),
            (0x30, 5) => a.rotate_right(b & 31),
            (4, 4) if rs2 == 0 => a & 0xffff,
            _ => return None,
        })
    }

    fn atomic(&mut self, word: u32) -> Result<(), End> {
        let (rd, rs1, rs2) = (bits(word, 11, 7), bits(word, 19, 15), bits(word, 24, 20));
        let count = 1 << bits(word, 14, 12);
        let address = self.address(rs1, 0);
        let extend = |value: u64| if count == 4 { value as i32 as i64 as u64 } else { value };
        let operand = extend(self.get(rs2));
        let funct5 = bits(word, 31, 27);
        if funct5 == 0b00011 {
            self.write(address, count, operand).ok_or(End::Trapped)?;
            self.set(rd, 0);
            return Ok(());
        }
        let old = extend(self.read(address, count).ok_or(End::Trapped)?);
        let unsigned = |value: u64| if count == 4 { u64::from(value as u32) } else { value };
        let new = match funct5 {
            0b00010 => {
                self.set(rd, old);
                return Ok(());
            }
            0b00001 => operand,
            0b00000 => old.wrapping_add(operand),
            0b00100 => old ^ operand,
            0b01100 => old & operand,
            0b01000 => old | operand,
            0b10000 => (old as i64).min(operand as i64) as u64,
            0b10100 => (old as i64).max(operand as i64) as u64,
            0b11000 => unsigned(old).min(unsigned(operand)),
            0b11100 => unsigned(old).max(unsigned(operand)),
            _ => return Err(End::Unknown(word)),
        };
        self.write(address, count, new).ok_or(End::Trapped)?;
        self.set(rd, old);
        Ok(())
    }

    fn compressed(&mut self, half: u32) -> Result<(), End> {
        let next = self.pc + 2;
        let bit = |from: u32, to: u32| (half >> from & 1) << to;
        let (rd, rs2) = (bits(half, 11, 7), bits(half, 6, 2));
        let (short1, short2) = (bits(half, 9, 7) + 8, bits(half, 4, 2) + 8);
        let imm6 = signed(bit(12, 5) | bits(half, 6, 2), 6);
        let shamt = bit(12, 5) | bits(half, 6, 2);
        let unknown = Err(End::Unknown(half));
        let trapped = End::Trapped;
        let word_offset = i64::from(bits(half, 12, 10) << 3 | bit(6, 2) | bit(5, 6));
        let double_offset = i64::from(bits(half, 12, 10) << 3 | bits(half, 6, 5) << 6);
        match (half & 3, bits(half, 15, 13)) {
            (0, 0) if half == 0 => return Err(trapped),
            (0, 0) => {
                let imm = bits(half, 12, 11) << 4 | bits(half, 10, 7) << 6 | bit(6, 2) | bit(5, 3);
                self.set(short2, self.get(2).wrapping_add(u64::from(imm)));
            }
            (0, 2) => self.load(2, short2, self.address(short1, word_offset)).ok_or(trapped)?,
            (0, 3) if self.is_64 => {
                self.load(3, short2, self.address(short1, double_offset)).ok_or(trapped)?
            }
            (0, 6) => self.write(self.address(short1, word_offset), 4, self.get(short2)).ok_or(trapped)?,
            (0, 7) if self.is_64 => {
                self.write(self.address(short1, double_offset), 8, self.get(short2)).ok_or(trapped)?
            }
            (1, 0) => self.set(rd, self.get(rd).wrapping_add(imm6 as u64)),
            (1, 1) if self.is_64 => {
                self.set(rd, (self.get(rd) as u32).wrapping_add(imm6 as u32) as i32 as i64 as u64)
            }
            (1, 2) => self.set(rd, imm6 as u64),
            (1, 3) if rd == 2 => {
                let imm = bit(12, 9) | bit(6, 4) | bit(5, 6) | bits(half, 4, 3) << 7 | bit(2, 5);
                self.set(2, self.get(2).wrapping_add(signed(imm, 10) as u64));
            }
            (1, 3) => self.set(rd, (imm6 << 12) as u64),
            (1, 4) => {
                let (a, b) = (self.get(short1), self.get(short2));
                let value = match (bits(half, 11, 10), bit(12, 0), bits(half, 6, 5)) {
                    (0, ..) => self.unsigned(short1) >> shamt,
                    (1, ..) => (a as i64 >> shamt) as u64,
                    (2, ..) => a & imm6 as u64,
                    (_, 0, 0) => a.wrapping_sub(b),
                    (_, 0, 1) => a ^ b,
                    (_, 0, 2) => a | b,
                    (_, 0, _) => a & b,
                    (_, _, 0) if self.is_64 => (a as u32).wrapping_sub(b as u32) as i32 as i64 as u64,
                    (_, _, 1) if self.is_64 => (a as u32).wrapping_add(b as u32) as i32 as i64 as u64,
                    _ => return unknown,
                };
                self.set(short1, value);
            }
            (1, kind @ (1 | 5)) => {
                let imm = bit(12, 11)
                    | bit(11, 4)
                    | bits(half, 10, 9) << 8
                    | bit(8, 10)
                    | bit(7, 6)
                    | bit(6, 7)
                    | bits(half, 5, 3) << 1
                    | bit(2, 5);
                if kind == 1 {
                    self.set(1, next);
                }
                return self.jump(self.pc.wrapping_add(signed(imm, 12) as u64));
            }
            (1, kind) => {
                let imm = bit(12, 8)
                    | bits(half, 11, 10) << 3
                    | bits(half, 6, 5) << 6
                    | bits(half, 4, 3) << 1
                    | bit(2, 5);
                if (self.get(short1) == 0) == (kind == 6) {
                    return self.jump(self.pc.wrapping_add(signed(imm, 9) as u64));
                }
            }
            (2, 0) => self.set(rd, self.get(rd) << shamt),
            (2, 2) => {
                let offset = bit(12, 5) | bits(half, 6, 4) << 2 | bits(half, 3, 2) << 6;
                self.load(2, rd, self.address(2, i64::from(offset))).ok_or(trapped)?;
            }
            (2, 3) if self.is_64 => {
                let offset = bit(12, 5) | bits(half, 6, 5) << 3 | bits(half, 4, 2) << 6;
                self.load(3, rd, self.address(2, i64::from(offset))).ok_or(trapped)?;
            }
            (2, 4) => match (bit(12, 0), rd, rs2) {
                (0, 0, _) | (1, 0, 0) => return unknown,
                (kind, _, 0) => {
                    let to = self.address(rd, 0) & !1;
                    if kind == 1 {
                        self.set(1, next);
                    }
                    return self.jump(to);
                }
                (0, ..) => self.set(rd, self.get(rs2)),
                _ => self.set(rd, self.get(rd).wrapping_add(self.get(rs2))),
            },
            (2, 6) => {
                let offset = bits(half, 12, 9) << 2 | bits(half, 8, 7) << 6;
                self.write(self.address(2, i64::from(offset)), 4, self.get(rs2)).ok_or(trapped)?;
            }
            (2, 7) if self.is_64 => {
                let offset = bits(half, 12, 10) << 3 | bits(half, 9, 7) << 6;
                self.write(self.address(2, i64::from(offset)), 8, self.get(rs2)).ok_or(trapped)?;
            }
            _ => return unknown,
        }
        self.pc = next;
        Ok(())
    }
}
