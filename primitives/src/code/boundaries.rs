// SPDX-License-Identifier: Apache-2.0
//! Where instructions and blocks start (instruction set, sections 3 and 5).
//!
//! The bitmask is read 64 bits at a time. `tests/code.rs` compares every function here with a twin that looks at one
//! bit after the other.

use super::Code;
use crate::isa::INSTRUCTION_BYTES_MAX;

impl Code<'_> {
    /// Whether an instruction starts at `offset`; false behind the end of the code.
    #[inline]
    pub fn is_instruction_start(&self, offset: u32) -> bool {
        self.bitmask.get((offset / 8) as usize).is_some_and(|byte| byte >> (offset % 8) & 1 == 1)
    }

    /// At least 57 bits of the bitmask: bit 0 of the result is the bit of `offset`. Bits behind the end are 0.
    #[inline]
    pub(crate) fn start_bits(&self, offset: u32) -> u64 {
        let index = (offset / 8) as usize;
        let word = match self.bitmask.get(index..).and_then(|rest| rest.first_chunk::<8>()) {
            Some(chunk) => u64::from_le_bytes(*chunk),
            None => self.last_start_bits(index),
        };
        word >> (offset % 8)
    }

    /// The bits of the bitmask from byte `index` on, where there are fewer than eight bytes.
    #[inline(never)]
    fn last_start_bits(&self, index: usize) -> u64 {
        let left = self.bitmask.len().saturating_sub(index) as u32;
        let last = match self.bitmask.last_chunk::<8>() {
            Some(chunk) => u64::from_le_bytes(*chunk),
            // The whole bitmask is shorter. Its last byte is the highest one here, too.
            None => self.bitmask.iter().fold(0, |bits, byte| bits >> 8 | u64::from(*byte) << 56),
        };
        // Without any left this is a shift by all bits.
        last.checked_shr(u64::BITS - 8 * left).unwrap_or(0)
    }

    /// The nearest instruction start below `offset`, if it is at most 25 bytes away.
    #[inline]
    pub fn previous_start(&self, offset: u32) -> Option<u32> {
        let base = offset.saturating_sub(INSTRUCTION_BYTES_MAX);
        // `offset - base` is at most 25, so the shift is in range.
        let bits = self.start_bits(base) & ((1 << (offset - base)) - 1);
        bits.checked_ilog2().map(|highest| base + highest)
    }

    /// The nearest instruction start at or above `offset`, at any distance.
    pub fn next_start(&self, offset: u32) -> Option<u32> {
        let first = self.start_bits(offset);
        if first != 0 {
            return offset.checked_add(first.trailing_zeros());
        }
        // Bytes before this one are covered by the 57 bits looked at; looking at some twice does no harm.
        let index = (offset / 8) as usize + 1;
        let skipped = self.bitmask.get(index..)?.iter().position(|byte| *byte != 0)?;
        let byte = self.bitmask.get(index + skipped)?;
        u32::try_from((index + skipped) * 8).ok()?.checked_add(byte.trailing_zeros())
    }

    /// Whether the program may jump to `offset` (instruction set, section 5.2): an instruction starts there, and it is
    /// the first of the program or follows a terminator. The instruction behind an invalid opcode is not a target.
    #[inline]
    pub fn is_jump_target(&self, offset: u32) -> bool {
        if !self.is_instruction_start(offset) {
            return crate::mutant!(TargetBehindEnd, offset == self.len() + 2, false);
        }
        if offset == 0 || crate::mutant!(MiddleOfBlock, true, false) {
            return true;
        }
        self.previous_start(offset)
            .and_then(|previous| self.opcode_at(previous))
            .is_some_and(|opcode| opcode.is_terminator())
    }

    /// The start of the block that a start of the host at `offset` belongs to; `None` if the host cannot start there
    /// (instruction set, section 5.5). In contrast to [`is_jump_target`](Self::is_jump_target) an invalid opcode also
    /// ends the block before.
    ///
    /// Takes time proportional to the length of the block.
    pub fn block_start(&self, offset: u32) -> Option<u32> {
        if !self.is_instruction_start(offset) {
            return None;
        }
        let mut start = offset;
        while start != 0 {
            let previous = self.previous_start(start)?;
            match self.opcode_at(previous) {
                Some(opcode) if !opcode.is_terminator() => start = previous,
                _ => return Some(start),
            }
        }
        Some(0)
    }
}
