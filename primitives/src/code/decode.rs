// SPDX-License-Identifier: Apache-2.0
//! Decoding of one instruction (instruction set, sections 3 and 6).

use super::Code;
use crate::isa::{Format, Instruction, Opcode, Reg, INSTRUCTION_BYTES_MAX};

/// What is at one code offset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Decoded {
    /// The code offset.
    pub offset: u32,
    /// Offset of what follows.
    pub next: u32,
    /// Whether an instruction starts at [`next`](Self::next). If not, and this instruction can fall through, an implicit
    /// invalid instruction sits there (instruction set, section 4).
    pub next_is_start: bool,
    /// The instruction; `None` for an invalid one, which traps.
    pub instruction: Option<Instruction>,
}

impl Decoded {
    /// Whether it ends its block: a terminator or invalid (instruction set, section 5.1).
    #[inline]
    pub fn ends_block(&self) -> bool {
        self.instruction.is_none_or(|instruction| instruction.opcode.is_terminator())
    }

    /// Whether execution can continue at [`next`](Self::next).
    #[inline]
    pub fn can_fall_through(&self) -> bool {
        self.instruction.is_some_and(|instruction| instruction.opcode.can_fall_through())
    }
}

/// An instruction whose operands have not been read yet. Each method reads those of one format; a caller that looks at
/// the opcode anyway need not look at its format first.
#[derive(Clone, Copy, Debug)]
pub struct Fetched {
    /// The code offset.
    pub offset: u32,
    /// Offset of what follows.
    pub next: u32,
    /// As [`Decoded::next_is_start`].
    pub next_is_start: bool,
    /// What the instruction does; `None` for an invalid one.
    pub opcode: Option<Opcode>,
    /// Number of argument bytes, 0 to 24.
    skip: u32,
    /// The first eight bytes from the opcode on, the first one lowest.
    low: u64,
    /// The next eight.
    high: u64,
}

impl Fetched {
    /// The register in the low half of the first argument byte.
    #[inline(always)]
    fn first(&self) -> Reg {
        let nibble = (self.low >> 8) as u8;
        crate::mutant!(
            RegisterNibble,
            [Reg::from_nibble(nibble), Reg::T2][usize::from(nibble & 15 > 12)],
            Reg::from_nibble(nibble)
        )
    }

    /// The register in the high half of the first argument byte.
    #[inline(always)]
    fn second(&self) -> Reg {
        Reg::from_nibble((self.low >> 12) as u8)
    }

    /// Bits of a 32-bit number that the last immediate, behind `used` argument bytes, leaves unused: it has as many bytes as
    /// there are left, at most four.
    #[inline(always)]
    fn unused_by_last(&self, used: u32) -> u32 {
        // Indexed by the number of argument bytes; seen through a mask that keeps the compiler from checking it.
        const UNUSED_BITS: [u8; 64] = {
            let mut bits = [0; 64];
            let mut index = 0;
            while index < 64 {
                bits[index] = match index {
                    0..=3 => 32 - 8 * index as u8,
                    4..=31 => 0,
                    // Fewer bytes than have been used, which come out of nothing.
                    _ => 32,
                };
                index += 1;
            }
            bits
        };
        UNUSED_BITS[(self.skip.wrapping_sub(used) & 63) as usize].into()
    }

    /// The immediate at byte `at` (1 to 7) that leaves so many bits (0 to 32) unused, sign-extended; 0 if it leaves all.
    #[inline(always)]
    fn immediate(&self, at: u32, unused_bits: u32) -> i32 {
        let bytes = self.low >> (8 * at) | self.high << (64 - 8 * at);
        // Shifted as 64-bit numbers, where a shift by all 32 bits of an immediate without bytes is defined.
        let top = bytes << unused_bits;
        (i64::from(top as u32 as i32) >> unused_bits) as i32
    }

    /// The last immediate, at byte `at`.
    #[inline(always)]
    fn last(&self, at: u32) -> i32 {
        self.immediate(at, self.unused_by_last(at - 1))
    }

    /// The jump target that is the last immediate.
    #[inline(always)]
    fn target(&self, at: u32) -> u32 {
        self.offset.wrapping_add_signed(self.last(at))
    }

    /// The first of two immediates, of `len` bytes.
    #[inline(always)]
    fn first_of_two(&self, at: u32, len: u32) -> i32 {
        self.immediate(at, 32 - 8 * len)
    }

    /// Length of the first of two immediates, from bits of the first or second argument byte.
    #[inline(always)]
    fn first_len(&self, shift: u32) -> u32 {
        (self.low >> shift & 7).min(4) as u32
    }

    /// Operands of [`Format::RegImm`]: `d`, `i`.
    #[inline(always)]
    pub fn reg_imm(&self) -> (Reg, i32) {
        (self.first(), self.last(2))
    }

    /// Operands of [`Format::RegImmOffset`]: `d`, `i`, target.
    #[inline(always)]
    pub fn reg_imm_offset(&self) -> (Reg, i32, u32) {
        let len = self.first_len(12);
        (self.first(), self.first_of_two(2, len), self.target(2 + len))
    }

    /// Operands of [`Format::RegImmImm`]: `d`, `i`, `j`.
    #[inline(always)]
    pub fn reg_imm_imm(&self) -> (Reg, i32, i32) {
        let len = self.first_len(12);
        (self.first(), self.first_of_two(2, len), self.last(2 + len))
    }

    /// Operands of [`Format::RegRegImm`]: `d`, `s`, `i`.
    #[inline(always)]
    pub fn reg_reg_imm(&self) -> (Reg, Reg, i32) {
        (self.first(), self.second(), self.last(2))
    }

    /// Operands of [`Format::RegRegOffset`]: `d`, `s`, target.
    #[inline(always)]
    pub fn reg_reg_offset(&self) -> (Reg, Reg, u32) {
        (self.first(), self.second(), self.target(2))
    }

    /// The target of a branch that compares `two` registers, or one with an immediate. Which of them it is nobody foresees, the
    /// machine included.
    #[inline(always)]
    pub(crate) fn branch_target(&self, two: bool) -> u32 {
        self.target(2 + self.first_len(12) * u32::from(!two))
    }

    /// Operands of [`Format::RegRegReg`]: `d`, `s`, `t`.
    #[inline(always)]
    pub fn reg_reg_reg(&self) -> (Reg, Reg, Reg) {
        (Reg::from_nibble((self.low >> 16) as u8), self.first(), self.second())
    }

    /// Operand of [`Format::Offset`]: the target.
    #[inline(always)]
    pub fn offset_only(&self) -> u32 {
        self.target(1)
    }

    /// Operand of [`Format::Imm`]: `i`.
    #[inline(always)]
    pub fn imm(&self) -> i32 {
        self.last(1)
    }

    /// Operands of [`Format::ImmImm`]: `i`, `j`.
    #[inline(always)]
    pub fn imm_imm(&self) -> (i32, i32) {
        let len = self.first_len(8);
        (self.first_of_two(2, len), self.last(2 + len))
    }

    /// Operands of [`Format::RegReg`]: `d`, `s`.
    #[inline(always)]
    pub fn reg_reg(&self) -> (Reg, Reg) {
        (self.first(), self.second())
    }

    /// Operands of [`Format::RegRegImmImm`]: `d`, `s`, `i`, `j`.
    #[inline(always)]
    pub fn reg_reg_imm_imm(&self) -> (Reg, Reg, i32, i32) {
        let len = self.first_len(16);
        let (i, j) = (self.first_of_two(3, len), self.last(3 + len));
        (self.first(), self.second(), i, j)
    }

    /// Operands of [`Format::RegImm64`]: `d`, `k`.
    #[inline(always)]
    pub fn reg_imm64(&self) -> (Reg, u64) {
        (self.first(), self.low >> 16 | self.high << 48)
    }

    /// Operands `d`, `s`, `t` of what is behind it, read as [`Format::RegRegReg`], where that was looked at with it: its length
    /// is at most 7. For those who want to know whether looking at that instruction is worth while.
    #[inline(always)]
    pub fn reg_reg_reg_behind(&self) -> Option<(Reg, Reg, Reg)> {
        let bits = 8 * (self.skip + 1);
        let behind = Self { low: self.low.checked_shr(bits)? | self.high << (64 - bits), ..*self };
        Some(behind.reg_reg_reg())
    }

    /// The instruction with all operands.
    #[inline]
    pub fn decode(&self) -> Decoded {
        let instruction = self.opcode.map(|opcode| self.arguments(opcode));
        Decoded { offset: self.offset, next: self.next, next_is_start: self.next_is_start, instruction }
    }

    #[inline]
    fn arguments(&self, opcode: Opcode) -> Instruction {
        let base = Instruction::new(opcode);
        match opcode.format() {
            Format::NoArgs => base,
            Format::RegImm => {
                let (d, i) = self.reg_imm();
                Instruction { d, i, ..base }
            }
            Format::RegImmOffset => {
                let (d, i, target) = self.reg_imm_offset();
                Instruction { d, i, target, ..base }
            }
            Format::RegImmImm => {
                let (d, i, j) = self.reg_imm_imm();
                Instruction { d, i, j, ..base }
            }
            Format::RegRegImm => {
                let (d, s, i) = self.reg_reg_imm();
                Instruction { d, s, i, ..base }
            }
            Format::RegRegOffset => {
                let (d, s, target) = self.reg_reg_offset();
                Instruction { d, s, target, ..base }
            }
            Format::RegRegReg => {
                let (d, s, t) = self.reg_reg_reg();
                Instruction { d, s, t, ..base }
            }
            Format::Offset => Instruction { target: self.offset_only(), ..base },
            Format::Imm => Instruction { i: self.imm(), ..base },
            Format::ImmImm => {
                let (i, j) = self.imm_imm();
                Instruction { i, j, ..base }
            }
            Format::RegReg => {
                let (d, s) = self.reg_reg();
                Instruction { d, s, ..base }
            }
            Format::RegRegImmImm => {
                let (d, s, i, j) = self.reg_reg_imm_imm();
                Instruction { d, s, i, j, ..base }
            }
            Format::RegImm64 => {
                let (d, k) = self.reg_imm64();
                Instruction { d, k, ..base }
            }
        }
    }
}

/// Bytes of an instruction that can matter: opcode, two register or length bytes and two immediates of four bytes.
const WINDOW: usize = 16;

impl Code<'_> {
    /// Decodes the instruction at `offset`. Any offset may be asked for, whether an instruction starts there or not;
    /// behind the end of the code there is an invalid instruction without length.
    #[inline]
    pub fn decode(&self, offset: u32) -> Decoded {
        if offset >= self.len() {
            return Decoded { offset, next: offset, next_is_start: false, instruction: None };
        }
        self.fetch(offset).decode()
    }

    /// As [`decode`](Self::decode), without reading the operands.
    ///
    /// # Panics
    /// If `offset` is not below the code's length: a bug of the caller.
    #[inline(always)]
    pub fn fetch(&self, offset: u32) -> Fetched {
        let at = offset as usize;
        let behind = offset + 1;
        let mask_at = (behind / 8) as usize;
        // The longest instruction, so that the code does not end within it. Four bytes of the bitmask say of 25 bytes at least whether
        // the next one starts there, whatever the position in the first of them.
        let longest = self.bytes.get(at..at.wrapping_add(INSTRUCTION_BYTES_MAX as usize));
        let window = longest.and_then(<[u8]>::first_chunk::<WINDOW>);
        let mask = self.bitmask.get(mask_at..mask_at + 4).and_then(<[u8]>::first_chunk::<4>);
        let (window, starts, end) = match (window, mask) {
            (Some(window), Some(mask)) => {
                let starts = u32::from_le_bytes(*mask) >> (behind % 8);
                (u128::from_le_bytes(*window), starts, INSTRUCTION_BYTES_MAX - 1)
            }
            _ => self.near_end(offset),
        };
        // Two sentinels stop the scan: the end of the code, and the 25th byte, which ends the instruction whether an
        // instruction starts there or not. Bits at and behind the end of the code are 0 by `Code::parse`.
        let skip = (starts | 1 << end).trailing_zeros();
        let (low, high) = (window as u64, (window >> 64) as u64);
        Fetched {
            offset,
            next: offset + 1 + skip,
            next_is_start: starts >> skip & 1 == 1,
            opcode: self.opcodes[usize::from(low as u8)],
            skip,
            low,
            high,
        }
    }

    /// As [`fetch`](Self::fetch), for those who know that an instruction starts behind `skip` argument bytes, at most 23. Not its opcode, which
    /// they know as well. `None` where the code ends soon.
    #[inline(always)]
    pub(crate) fn fetch_before(&self, offset: u32, skip: u32) -> Option<Fetched> {
        let at = offset as usize;
        let window = self.bytes.get(at..at.wrapping_add(WINDOW))?.first_chunk::<WINDOW>()?;
        let window = u128::from_le_bytes(*window);
        Some(Fetched {
            offset,
            next: offset + 1 + skip,
            next_is_start: true,
            opcode: None,
            skip,
            low: window as u64,
            high: (window >> 64) as u64,
        })
    }

    /// What [`fetch`](Self::fetch) looks at where the code ends soon: the bytes from `offset` on followed by zeros, the bits
    /// of the bitmask for the bytes behind that one, and the number of argument bytes that there can be.
    #[cold]
    #[inline(never)]
    fn near_end(&self, offset: u32) -> (u128, u32, u32) {
        let rest = self.bytes.get(offset as usize..).unwrap_or_default();
        let mut window = [0; WINDOW];
        match rest.first_chunk() {
            // Mostly it is the bitmask only that ends: what is looked at of it is for twice as many bytes of the code.
            Some(whole) => window = *whole,
            None => window.iter_mut().zip(rest).for_each(|(to, from)| *to = *from),
        }
        assert!(
            offset < self.len(),
            "an instruction is fetched from {offset}, behind the {} bytes of code",
            self.len()
        );
        let end = (self.len() - offset - 1).min(INSTRUCTION_BYTES_MAX - 1);
        (u128::from_le_bytes(window), self.start_bits(offset + 1) as u32, end)
    }

    /// What the instruction at `offset` does; `None` for an invalid one.
    #[inline(always)]
    pub fn opcode_at(&self, offset: u32) -> Option<Opcode> {
        self.bytes.get(offset as usize).and_then(|byte| self.opcodes[usize::from(*byte)])
    }
}
