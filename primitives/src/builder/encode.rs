// SPDX-License-Identifier: Apache-2.0
//! The canonical encoder: each immediate in as few bytes as it takes (instruction set, section 6).

use crate::isa::{Format, Instruction, InstructionSet, Reg};
use core::ops::Deref;

/// The bytes of one instruction, at most 11.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Encoded {
    bytes: [u8; Self::BYTES_MAX],
    len: u8,
}

impl Encoded {
    /// Longest canonical instruction in bytes: `load_imm_and_jump_indirect` with two immediates of four bytes.
    pub const BYTES_MAX: usize = 11;

    fn push(&mut self, byte: u8) {
        // In bounds: no format has more than three bytes and two immediates.
        self.bytes[usize::from(self.len)] = byte;
        self.len += 1;
    }

    fn extend(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.push(*byte));
    }

    fn immediate(&mut self, value: i32) {
        let bytes = value.to_le_bytes();
        self.extend(&bytes[..immediate_len(value)]);
    }
}

impl Deref for Encoded {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// Fewest bytes from which `value` can be sign-extended, 0 to 4.
pub(crate) fn immediate_len(value: i32) -> usize {
    match value {
        0 => 0,
        -0x80..=0x7f => 1,
        -0x8000..=0x7fff => 2,
        -0x80_0000..=0x7f_ffff => 3,
        _ => 4,
    }
}

/// Encodes an instruction that is to stand at `offset`; jump targets are relative to it. `None` if the set does not have
/// the instruction.
pub fn encode(isa: InstructionSet, instruction: &Instruction, offset: u32) -> Option<Encoded> {
    let Instruction { opcode, d, s, t, i, j, k, target } = *instruction;
    let relative = target.wrapping_sub(offset) as i32;
    let pair = |low: Reg, high: Reg| low as u8 | (high as u8) << 4;
    let mut out = Encoded { bytes: [0; Encoded::BYTES_MAX], len: 0 };
    out.push(isa.byte(opcode)?);
    match opcode.format() {
        Format::NoArgs => {}
        Format::RegImm => {
            out.push(d as u8);
            out.immediate(i);
        }
        Format::RegImmOffset | Format::RegImmImm => {
            out.push(d as u8 | (immediate_len(i) as u8) << 4);
            out.immediate(i);
            out.immediate(if opcode.format() == Format::RegImmImm { j } else { relative });
        }
        Format::RegRegImm => {
            out.push(pair(d, s));
            out.immediate(i);
        }
        Format::RegRegOffset => {
            out.push(pair(d, s));
            out.immediate(relative);
        }
        Format::RegRegReg => {
            out.push(pair(s, t));
            out.push(d as u8);
        }
        Format::Offset => out.immediate(relative),
        Format::Imm => out.immediate(i),
        Format::ImmImm => {
            out.push(immediate_len(i) as u8);
            out.immediate(i);
            out.immediate(j);
        }
        Format::RegReg => out.push(pair(d, s)),
        Format::RegRegImmImm => {
            out.push(pair(d, s));
            out.push(immediate_len(i) as u8);
            out.immediate(i);
            out.immediate(j);
        }
        Format::RegImm64 => {
            out.push(d as u8);
            out.extend(&k.to_le_bytes());
        }
    }
    Some(out)
}
