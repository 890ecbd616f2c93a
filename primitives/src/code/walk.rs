// SPDX-License-Identifier: Apache-2.0
//! Walking through code: the whole program, one block, and the validation that JamV1 asks for (instruction set,
//! section 4).

use super::{Code, Decoded};
use crate::isa::InstructionSet;

impl<'a> Code<'a> {
    /// All instructions in linear disassembly order (instruction set, section 4). Stretches that execution could run
    /// into are reported as one invalid pseudo-instruction that covers them, others are left out; running off the end
    /// is reported as an invalid pseudo-instruction of one byte behind the code.
    pub fn instructions(&self) -> Instructions<'a> {
        Instructions { code: *self, offset: 0, falls_through: true }
    }

    /// The instructions of the block that is entered at `start`, up to and including its terminator, invalid opcode or
    /// implicit invalid instruction; the latter is reported with a length of one byte.
    pub fn block(&self, start: u32) -> Block<'a> {
        Block { code: *self, offset: Some(start) }
    }

    /// Checks what JamV1 demands before code may run: no reachable invalid opcode, an instruction at offset 0, and no
    /// instruction that can fall into a gap or off the end (instruction set, section 4). Other sets demand nothing.
    ///
    /// Code behind a gap that follows an instruction which cannot fall through is not examined; the specification
    /// leaves this open and no compiler emits it.
    ///
    /// # Errors
    ///
    /// The offset of the first violation.
    pub fn validate(&self) -> Result<(), u32> {
        if self.isa() != InstructionSet::JamV1 {
            return Ok(());
        }
        if !self.is_instruction_start(0) {
            return Err(0);
        }
        let mut offset = 0;
        loop {
            let decoded = self.decode(offset);
            if decoded.instruction.is_none() || decoded.can_fall_through() && !decoded.next_is_start {
                return Err(offset);
            }
            if !decoded.next_is_start {
                return Ok(());
            }
            offset = decoded.next;
        }
    }
}

/// An implicit invalid instruction of one byte.
fn implicit_invalid(code: &Code<'_>, offset: u32) -> Decoded {
    let next = offset.saturating_add(1);
    Decoded { offset, next, next_is_start: code.is_instruction_start(next), instruction: None }
}

/// Iterator of [`Code::instructions`].
#[derive(Clone, Debug)]
pub struct Instructions<'a> {
    code: Code<'a>,
    /// Where to look next; above the code length when all is said.
    offset: u32,
    /// Whether what came before can run into `offset`. So it is for the start of the program.
    falls_through: bool,
}

impl Iterator for Instructions<'_> {
    type Item = Decoded;

    fn next(&mut self) -> Option<Decoded> {
        let len = self.code.len();
        if self.offset < len && !self.code.is_instruction_start(self.offset) {
            let end = self.code.next_start(self.offset).unwrap_or(len);
            let gap = Decoded { offset: self.offset, next: end, next_is_start: end < len, instruction: None };
            self.offset = end;
            if core::mem::replace(&mut self.falls_through, false) {
                return Some(gap);
            }
        }
        if self.offset < len {
            let decoded = self.code.decode(self.offset);
            self.offset = decoded.next;
            self.falls_through = decoded.can_fall_through();
            return Some(decoded);
        }
        // Empty code has no last instruction that could run off the end.
        if len != 0 && core::mem::replace(&mut self.falls_through, false) {
            return Some(implicit_invalid(&self.code, len));
        }
        None
    }
}

/// Iterator of [`Code::block`].
#[derive(Clone, Debug)]
pub struct Block<'a> {
    code: Code<'a>,
    offset: Option<u32>,
}

impl Iterator for Block<'_> {
    type Item = Decoded;

    fn next(&mut self) -> Option<Decoded> {
        let offset = self.offset?;
        let decoded = if self.code.is_instruction_start(offset) {
            self.code.decode(offset)
        } else {
            implicit_invalid(&self.code, offset)
        };
        self.offset = (!decoded.ends_block()).then_some(decoded.next);
        Some(decoded)
    }
}
