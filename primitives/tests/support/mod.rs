// SPDX-License-Identifier: Apache-2.0
//! What several test files need: a deterministic generator of random numbers and slow, obvious twins of the crate's fast
//! functions, written after the wording of the instruction set.

#![allow(dead_code, reason = "every test file is a program of its own and uses a part of this")]

use revive_vm_primitives::{CodeParts, Format, Instruction, InstructionSet, Opcode, Reg};

/// xorshift64*: small, seeded, the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// From 0 to `bound - 1`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((self.next() >> 32) as usize * bound) >> 32
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }
}

/// Immediates at which their encoded length changes, and the extremes.
pub(crate) const IMMEDIATES: [i32; 19] = [
    0,
    1,
    -1,
    0x7f,
    0x80,
    -0x80,
    -0x81,
    0x7fff,
    0x8000,
    -0x8000,
    -0x8001,
    0x7f_ffff,
    0x80_0000,
    -0x80_0000,
    -0x80_0001,
    0x1234_5678,
    i32::MAX,
    i32::MIN,
    i32::MIN + 1,
];

/// Random code of `len` bytes with random boundaries: dense, sparse, or with gaps longer than an instruction.
pub(crate) fn random_code(random: &mut Random, isa: InstructionSet, len: usize) -> CodeParts {
    let defined: Vec<u8> = (0..=255).filter(|byte| isa.opcode(*byte).is_some()).collect();
    let spacing = random.pick(&[1, 2, 4, 8, 20, 26, 60, 400]);
    let mut code = random.bytes(len);
    let mut bitmask = vec![0_u8; len.div_ceil(8)];
    for offset in 0..len {
        if random.one_in(spacing) || offset == 0 && !random.one_in(8) {
            bitmask[offset / 8] |= 1 << (offset % 8);
            if !random.one_in(6) {
                code[offset] = random.pick(&defined);
            }
        }
    }
    let entries = random.below(5);
    let jump_table = (0..entries).map(|_| random.below(len + 2) as u32).collect();
    CodeParts::new(code, bitmask, jump_table)
}

/// One bit after the other, in place of words.
pub(crate) struct Naive<'a> {
    pub(crate) isa: InstructionSet,
    pub(crate) code: &'a [u8],
    pub(crate) bitmask: &'a [u8],
}

impl Naive<'_> {
    pub(crate) fn len(&self) -> u32 {
        self.code.len() as u32
    }

    pub(crate) fn is_start(&self, offset: u32) -> bool {
        offset < self.len() && self.bitmask[offset as usize / 8] >> (offset % 8) & 1 == 1
    }

    /// Section 3: number of argument bytes, and offset of what follows.
    pub(crate) fn skip(&self, offset: u32) -> (u32, u32) {
        for k in 1..=25 {
            if offset + k >= self.len() {
                return (self.len() - offset - 1, self.len());
            }
            if self.is_start(offset + k) {
                return (k - 1, offset + k);
            }
        }
        (24, offset + 25)
    }

    pub(crate) fn previous_start(&self, offset: u32) -> Option<u32> {
        (1..=25).filter_map(|distance| offset.checked_sub(distance)).find(|start| self.is_start(*start))
    }

    pub(crate) fn next_start(&self, offset: u32) -> Option<u32> {
        (offset..self.len()).find(|start| self.is_start(*start))
    }

    fn is_terminator(byte: u8, isa: InstructionSet) -> Option<bool> {
        let opcode = isa.opcode(byte)?;
        let name = opcode.mnemonic();
        let others = [
            "trap",
            "fallthrough",
            "jump",
            "jump_indirect",
            "load_imm_and_jump",
            "load_imm_and_jump_indirect",
        ];
        Some(others.contains(&name) || name.starts_with("branch_"))
    }

    /// Section 5.2.
    pub(crate) fn is_jump_target(&self, offset: u32) -> bool {
        self.is_start(offset)
            && (offset == 0
                || self.previous_start(offset).is_some_and(|previous| {
                    Self::is_terminator(self.code[previous as usize], self.isa) == Some(true)
                }))
    }

    /// Section 5.5.
    pub(crate) fn block_start(&self, offset: u32) -> Option<u32> {
        if !self.is_start(offset) {
            return None;
        }
        let mut at = offset;
        loop {
            if at == 0 {
                return Some(0);
            }
            let previous = self.previous_start(at)?;
            if Self::is_terminator(self.code[previous as usize], self.isa) != Some(false) {
                return Some(at);
            }
            at = previous;
        }
    }

    fn byte(&self, offset: u32) -> u8 {
        self.code.get(offset as usize).copied().unwrap_or(0)
    }

    fn imm(&self, offset: u32, len: u32) -> i32 {
        let mut value = 0_i64;
        for k in 0..len {
            value |= i64::from(self.byte(offset + k)) << (8 * k);
        }
        if len > 0 && value >> (8 * len - 1) & 1 == 1 {
            value -= 1 << (8 * len);
        }
        i32::try_from(value).expect("sign-extended from at most 32 bits")
    }

    /// Section 6.
    pub(crate) fn instruction(&self, o: u32) -> Option<Instruction> {
        fn reg(nibble: u8) -> Reg {
            Reg::ALL[usize::from(nibble & 15).min(12)]
        }
        fn clamp(x: i64) -> u32 {
            x.clamp(0, 4) as u32
        }
        let opcode: Opcode = self.isa.opcode(self.byte(o))?;
        let skip = i64::from(self.skip(o).0);
        let (b1, b2) = (self.byte(o + 1), self.byte(o + 2));
        let relative = |immediate: i32| (i64::from(o) + i64::from(immediate)).rem_euclid(1 << 32) as u32;
        let mut out = Instruction::new(opcode);
        match opcode.format() {
            Format::NoArgs => {}
            Format::RegImm => (out.d, out.i) = (reg(b1), self.imm(o + 2, clamp(skip - 1))),
            Format::RegImmOffset | Format::RegImmImm => {
                let l1 = u32::from((b1 >> 4) & 7).min(4);
                let l2 = clamp(skip - i64::from(l1) - 1);
                (out.d, out.i) = (reg(b1), self.imm(o + 2, l1));
                let last = self.imm(o + 2 + l1, l2);
                if opcode.format() == Format::RegImmImm {
                    out.j = last;
                } else {
                    out.target = relative(last);
                }
            }
            Format::RegRegImm => {
                (out.d, out.s, out.i) = (reg(b1), reg(b1 >> 4), self.imm(o + 2, clamp(skip - 1)));
            }
            Format::RegRegOffset => {
                let last = self.imm(o + 2, clamp(skip - 1));
                (out.d, out.s, out.target) = (reg(b1), reg(b1 >> 4), relative(last));
            }
            Format::RegRegReg => (out.s, out.t, out.d) = (reg(b1), reg(b1 >> 4), reg(b2)),
            Format::Offset => out.target = relative(self.imm(o + 1, clamp(skip))),
            Format::Imm => out.i = self.imm(o + 1, clamp(skip)),
            Format::ImmImm => {
                let l1 = u32::from(b1 & 7).min(4);
                let l2 = clamp(skip - i64::from(l1) - 1);
                (out.i, out.j) = (self.imm(o + 2, l1), self.imm(o + 2 + l1, l2));
            }
            Format::RegReg => (out.d, out.s) = (reg(b1), reg(b1 >> 4)),
            Format::RegRegImmImm => {
                let l1 = u32::from(b2 & 7).min(4);
                let l2 = clamp(skip - i64::from(l1) - 2);
                (out.d, out.s) = (reg(b1), reg(b1 >> 4));
                (out.i, out.j) = (self.imm(o + 3, l1), self.imm(o + 3 + l1, l2));
            }
            Format::RegImm64 => {
                out.d = reg(b1);
                out.k = (0..8).fold(0, |k, index| k | u64::from(self.byte(o + 2 + index)) << (8 * index));
            }
        }
        Some(out)
    }
}

/// An instruction of `opcode` with every operand that its format has taken from the arguments.
pub(crate) fn with_operands(
    opcode: Opcode,
    [d, s, t]: [Reg; 3],
    [i, j]: [i32; 2],
    k: u64,
    target: u32,
) -> Instruction {
    match opcode.format() {
        Format::NoArgs => Instruction::new(opcode),
        Format::RegImm => Instruction::reg_imm(opcode, d, i),
        Format::RegImmOffset => Instruction::reg_imm_offset(opcode, d, i, target),
        Format::RegImmImm => Instruction::reg_imm_imm(opcode, d, i, j),
        Format::RegRegImm => Instruction::reg_reg_imm(opcode, d, s, i),
        Format::RegRegOffset => Instruction::reg_reg_offset(opcode, d, s, target),
        Format::RegRegReg => Instruction::reg_reg_reg(opcode, d, s, t),
        Format::Offset => Instruction::offset(opcode, target),
        Format::Imm => Instruction::imm(opcode, i),
        Format::ImmImm => Instruction::imm_imm(opcode, i, j),
        Format::RegReg => Instruction::reg_reg(opcode, d, s),
        Format::RegRegImmImm => Instruction::reg_reg_imm_imm(opcode, d, s, i, j),
        Format::RegImm64 => Instruction::reg_imm64(opcode, d, k),
    }
}
