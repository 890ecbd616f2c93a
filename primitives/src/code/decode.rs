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

/// Bytes of an instruction that can matter: opcode, two register or length bytes and two immediates of four bytes.
const WINDOW: usize = 16;

impl Code<'_> {
    /// Decodes the instruction at `offset`. Any offset may be asked for, whether an instruction starts there or not;
    /// behind the end of the code there is an invalid instruction without length.
    #[inline]
    pub fn decode(&self, offset: u32) -> Decoded {
        let Some(rest) = self.bytes.get(offset as usize..).filter(|rest| !rest.is_empty()) else {
            return Decoded { offset, next: offset, next_is_start: false, instruction: None };
        };
        let (skip, next_is_start) = self.skip(offset);
        let next = offset + 1 + skip;
        let mut padded = [0; WINDOW];
        let window = match rest.first_chunk::<WINDOW>() {
            Some(chunk) => chunk,
            None => {
                for (to, from) in padded.iter_mut().zip(rest) {
                    *to = *from;
                }
                &padded
            }
        };
        let instruction =
            self.isa.opcode(window[0]).map(|opcode| decode_arguments(opcode, offset, skip, window));
        Decoded { offset, next, next_is_start, instruction }
    }

    /// Number of argument bytes of the instruction at `offset`, 0 to 24, and whether an instruction starts behind it.
    /// `offset` is below the code length.
    #[inline]
    fn skip(&self, offset: u32) -> (u32, bool) {
        let starts = self.start_bits(offset + 1);
        // Two sentinels stop the scan: the end of the code, and the 25th byte, which ends the instruction whether an
        // instruction starts there or not. Bits at and behind the end of the code are 0 by `Code::parse`.
        let end = (self.len() - offset - 1).min(INSTRUCTION_BYTES_MAX - 1);
        let skip = (starts | 1 << end).trailing_zeros();
        (skip, starts >> skip & 1 == 1)
    }
}

/// Reads the operands; `window` holds the bytes from the opcode on.
#[inline]
fn decode_arguments(opcode: Opcode, offset: u32, skip: u32, window: &[u8; WINDOW]) -> Instruction {
    let [_, b1, b2, ..] = *window;
    let low = Reg::from_nibble(b1);
    let high = Reg::from_nibble(b1 >> 4);
    // The last immediate takes what the instruction has left behind `used` argument bytes, at most four.
    let left = |used: u32| skip.saturating_sub(used).min(4);
    let target = |immediate: i32| offset.wrapping_add_signed(immediate);
    let base = Instruction::new(opcode);
    match opcode.format() {
        Format::NoArgs => base,
        Format::RegImm => Instruction { d: low, i: immediate(window, 2, left(1)), ..base },
        Format::RegImmOffset | Format::RegImmImm => {
            let l1 = u32::from(b1 >> 4 & 7).min(4);
            let i = immediate(window, 2, l1);
            let last = immediate(window, 2 + l1, left(l1 + 1));
            match opcode.format() {
                Format::RegImmOffset => Instruction { d: low, i, target: target(last), ..base },
                _ => Instruction { d: low, i, j: last, ..base },
            }
        }
        Format::RegRegImm => Instruction { d: low, s: high, i: immediate(window, 2, left(1)), ..base },
        Format::RegRegOffset => {
            Instruction { d: low, s: high, target: target(immediate(window, 2, left(1))), ..base }
        }
        Format::RegRegReg => Instruction { d: Reg::from_nibble(b2), s: low, t: high, ..base },
        Format::Offset => Instruction { target: target(immediate(window, 1, left(0))), ..base },
        Format::Imm => Instruction { i: immediate(window, 1, left(0)), ..base },
        Format::ImmImm => {
            let l1 = u32::from(b1 & 7).min(4);
            Instruction { i: immediate(window, 2, l1), j: immediate(window, 2 + l1, left(l1 + 1)), ..base }
        }
        Format::RegReg => Instruction { d: low, s: high, ..base },
        Format::RegRegImmImm => {
            let l1 = u32::from(b2 & 7).min(4);
            let (i, j) = (immediate(window, 3, l1), immediate(window, 3 + l1, left(l1 + 2)));
            Instruction { d: low, s: high, i, j, ..base }
        }
        Format::RegImm64 => Instruction { d: low, k: word(window, 2), ..base },
    }
}

/// Eight bytes of the window from byte `at` on, which is at most 7.
#[inline]
fn word(window: &[u8; WINDOW], at: u32) -> u64 {
    // The mask tells the compiler that the slice is in bounds.
    let bytes = window[(at & 7) as usize..].first_chunk().copied().unwrap_or_default();
    u64::from_le_bytes(bytes)
}

/// The immediate of `len` bytes (0 to 4) at byte `at` (at most 7) of the window, sign-extended; 0 if it has no bytes.
#[inline]
fn immediate(window: &[u8; WINDOW], at: u32, len: u32) -> i32 {
    let unused_bits = 32 - 8 * len;
    // Shifted as 64-bit numbers, where a shift by all 32 bits of an immediate without bytes is defined.
    let top = word(window, at) << unused_bits;
    (i64::from(top as u32 as i32) >> unused_bits) as i32
}
