// SPDX-License-Identifier: Apache-2.0
//! What calculates: single instructions, constants, and the long straight pieces of unrolled arithmetic.

use super::super::forms::{REGISTER_FORMS, WORD_FORMS};
use super::{i_type, r_type, Generator, Random, OBJECT, OBJECT_WORDS, SP};

impl Generator {
    /// One instruction on values.
    pub(super) fn arithmetic(&mut self) {
        let is_64 = self.asm.is_64;
        let rd = if self.random.chance(1, 30) { 0 } else { self.reg() };
        let (rs1, rs2) = (self.source(), self.source());
        let imm = match self.random.below(4) {
            0 => self.random.pick(&[0, 1, -1, 31, 32, 255, 2047, -2048]),
            _ => self.random.below(4096) as i32 - 2048,
        };
        let shamt = self.random.below(if is_64 { 64 } else { 32 }) as i32;
        let word = match self.random.below(12) {
            0..=2 => i_type(0x13, self.random.pick(&[0, 0, 0, 2, 3, 4, 6, 7]), rd, rs1, imm),
            3 => i_type(0x13, 1, rd, rs1, shamt),
            4 => {
                let (funct3, kind) = self.random.pick(&[
                    (5, 0),
                    (5, 0x400),
                    (5, 0x600),
                    (5, 0),
                    (5, 0x480),
                    (1, 0x280),
                    (1, 0x480),
                    (1, 0x680),
                ]);
                i_type(0x13, funct3, rd, rs1, shamt | kind)
            }
            5..=7 => {
                // Sums are frequent.
                let forms = [&REGISTER_FORMS[..1], &REGISTER_FORMS].concat();
                let (funct7, funct3) = self.random.pick(&forms);
                r_type(0x33, funct3, funct7, rd, rs1, rs2)
            }
            8 if is_64 => {
                let (funct7, funct3) = self.random.pick(&WORD_FORMS);
                r_type(0x3b, funct3, funct7, rd, rs1, rs2)
            }
            9 if is_64 => match self.random.below(3) {
                0 => i_type(0x1b, 0, rd, rs1, if self.random.chance(1, 3) { 0 } else { imm }),
                1 => {
                    i_type(0x1b, 1, rd, rs1, if self.random.chance(1, 3) { shamt | 0x80 } else { shamt & 31 })
                }
                _ => i_type(0x1b, 5, rd, rs1, shamt & 31 | self.random.pick(&[0, 0x400, 0x600])),
            },
            10 => match self.random.below(3) {
                0 => i_type(0x13, 1, rd, rs1, self.random.pick(&[0x600, 0x601, 0x602, 0x604, 0x605])),
                1 => i_type(0x13, 5, rd, rs1, self.random.pick(&[0x287, if is_64 { 0x6b8 } else { 0x698 }])),
                _ => r_type(if is_64 { 0x3b } else { 0x33 }, 4, 4, rd, rs1, 0),
            },
            11 if rd != 0 => r_type(0x0b, 1, self.random.pick(&[0x20, 0x21]), rd, rs1, rs2),
            _ => {
                self.compressed();
                return;
            }
        };
        self.asm.word(word);
    }

    fn compressed(&mut self) {
        let short = |random: &mut Random| random.pick(&[0, 1, 2, 3, 4, 5, 6, 7]);
        let (a, b) = (short(&mut self.random), short(&mut self.random));
        let (rd, rs) = (self.reg(), self.reg());
        let imm = self.random.below(64) as u32;
        let imm_bits = (imm >> 5 & 1) << 12 | (imm & 31) << 2;
        let half = match self.random.below(7) {
            0 => 0b01 | rd << 7 | imm_bits,
            1 => 0b010 << 13 | 0b01 | rd << 7 | imm_bits,
            2 => 0b100 << 13 | 0b01 | 0b10 << 10 | a << 7 | imm_bits,
            3 => 0b100 << 13 | 0b01 | 0b11 << 10 | a << 7 | self.random.below(4) as u32 * 32 | b << 2,
            4 => 0b100 << 13 | 0b10 | rd << 7 | rs << 2,
            5 => 0b100 << 13 | 0b10 | 1 << 12 | rd << 7 | rs << 2,
            _ if self.asm.is_64 => {
                0b100 << 13 | 0b01 | 1 << 12 | 0b11 << 10 | a << 7 | self.random.below(2) as u32 * 32 | b << 2
            }
            _ => 0b100 << 13 | 0b01 | a << 7 | (imm & 31) << 2,
        };
        self.asm.half(half);
    }

    /// Values that a linker can know: a constant that is calculated with.
    pub(super) fn constants(&mut self) {
        let (rx, ry) = (self.reg(), self.reg());
        let (x, y) = (self.random.value() as i32, self.random.value() as i32);
        self.asm.li(rx, x);
        self.asm.li(ry, y);
        let (funct7, funct3) =
            self.random.pick(&[(0, 0), (0x20, 0), (0, 4), (1, 0), (1, 5), (0, 3), (0, 1), (5, 6)]);
        let rd = self.reg();
        self.asm.word(r_type(0x33, funct3, funct7, rd, rx, ry));
    }

    /// What compilers make of unrolled arithmetic on large numbers: more values than registers, products and carries.
    pub(super) fn unrolled(&mut self) {
        self.unrolled_left -= 1;
        for _ in 0..20 + self.random.below(80) {
            let [a, b, c, d] = [(); 4].map(|()| self.reg());
            let slot = self.any_slot();
            match self.random.below(10) {
                0..=2 => self.load(a, SP, slot),
                3 | 4 => self.store(a, SP, slot),
                5 | 6 => {
                    // Both halves of a product.
                    self.asm.word(r_type(0x33, 3, 1, a, b, c));
                    if a != b && a != c {
                        self.asm.word(r_type(0x33, 0, 1, d, b, c));
                    }
                }
                7 | 8 => {
                    // A sum and its carry.
                    self.asm.word(r_type(0x33, 0, 0, a, b, c));
                    self.asm.word(r_type(0x33, 3, 0, d, a, if a == b { c } else { b }));
                }
                _ => {
                    // An object that a register points to.
                    let word = self.random.below(OBJECT_WORDS);
                    let at = self.slot(word);
                    if self.random.chance(1, 2) {
                        self.store(a, SP, OBJECT + at);
                    }
                    self.far(a, OBJECT);
                    if a != b {
                        self.store(b, a, at);
                    }
                    self.load(a, a, at);
                    if self.random.chance(1, 2) {
                        self.load(c, SP, OBJECT + at);
                    }
                }
            }
        }
    }
}
