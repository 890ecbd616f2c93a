// SPDX-License-Identifier: Apache-2.0
//! Operands of generated instructions: what makes a program walk along edges instead of trapping at once.

use revive_vm_primitives::isa::Format;

use super::{Draft, RO_BYTES, RW_BYTES, STACK_BYTES};
use crate::random::Random;

/// Where the regions of the generated programs lie: each begins on a multiple of 64 KiB with as much room between
/// (memory map, section 2).
const RO_ADDRESS: u32 = 0x1_0000;
const RW_ADDRESS: u32 = 0x3_0000;
const STACK_END: u32 = 0xfffe_0000;

/// Numbers at which arithmetic changes its behaviour.
const EDGE_VALUES: [u64; 22] = [
    0,
    1,
    2,
    7,
    31,
    32,
    33,
    63,
    64,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0x8000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0xffff_ffff_8000_0000,
    0xffff_ffff_ffff_ffff,
];

/// What the operands of a program's instructions may refer to.
pub(super) struct Operands<'a> {
    pub(super) block_starts: &'a [u32],
    pub(super) starts: &'a [u32],
    pub(super) code_len: u32,
    pub(super) jump_table_len: usize,
}

/// A value for a register.
pub(super) fn pick_value(random: &mut Random, jump_table_len: usize) -> u64 {
    match random.below(10) {
        0..=3 => random.pick(&EDGE_VALUES),
        4..=6 => u64::from(pick_address(random)),
        7 => 2 * (1 + random.below(jump_table_len + 1)) as u64,
        8 => random.next_u64(),
        _ => random.next_u64() >> random.below(64),
    }
}

/// An address in or close to a region, or just anything.
fn pick_address(random: &mut Random) -> u32 {
    let near = |random: &mut Random, at: u32| at.wrapping_add(random.below(24) as u32).wrapping_sub(12);
    match random.below(14) {
        0..=2 => RW_ADDRESS + random.below(RW_BYTES as usize) as u32,
        3 | 4 => STACK_END - 1 - random.below(STACK_BYTES as usize) as u32,
        5 => RO_ADDRESS + random.below(RO_BYTES as usize) as u32,
        6 => near(random, RO_ADDRESS),
        7 => near(random, RO_ADDRESS + RO_BYTES),
        8 => near(random, RW_ADDRESS),
        9 => near(random, RW_ADDRESS + RW_BYTES.next_multiple_of(4096)),
        10 => near(random, STACK_END - STACK_BYTES),
        11 => near(random, STACK_END),
        12 => near(random, 0),
        _ => random.next_u32(),
    }
}

/// A code offset to jump to: mostly good, sometimes inside a block, inside an instruction, or outside.
pub(super) fn pick_target(random: &mut Random, block_starts: &[u32], starts: &[u32], code_len: u32) -> u32 {
    match random.below(20) {
        0 if !starts.is_empty() => random.pick(starts),
        1 => random.below(code_len as usize + 2) as u32,
        2 => random.next_u32(),
        _ => random.pick(block_starts),
    }
}

impl Operands<'_> {
    /// Writes the instruction that was drafted; it stands at offset `at`.
    pub(super) fn write(&self, draft: &Draft, at: u32, random: &mut Random, code: &mut Vec<u8>) {
        let mut arguments: Vec<u8> = (1..draft.len).map(|_| random.byte()).collect();
        if let Some(opcode) = draft.opcode {
            if !random.chance(2) {
                self.fill(opcode.format(), at, random, &mut arguments);
            }
        }
        code.push(draft.byte);
        code.extend(arguments);
    }

    /// Overwrites random argument bytes with sensible ones, as far as they are there.
    fn fill(&self, format: Format, at: u32, random: &mut Random, arguments: &mut [u8]) {
        let len = arguments.len();
        let relative = |random: &mut Random| {
            pick_target(random, self.block_starts, self.starts, self.code_len).wrapping_sub(at)
        };
        let value = |random: &mut Random| pick_value(random, self.jump_table_len) as u32;
        match format {
            Format::NoArgs | Format::RegReg | Format::RegRegReg | Format::RegImm64 => (),
            Format::Offset => put(arguments, 0, relative(random)),
            Format::Imm => put(arguments, 0, random.below(40) as u32),
            Format::RegImm => {
                put(arguments, 1, if random.chance(50) { pick_address(random) } else { value(random) })
            }
            Format::RegRegImm => {
                let offset = random.below(16) as u32;
                put(arguments, 1, if random.chance(70) { offset.wrapping_sub(8) } else { value(random) });
            }
            Format::RegRegOffset => put(arguments, 1, relative(random)),
            Format::RegImmOffset => {
                let first = split(arguments, 0, 4, len, 1, random);
                put(arguments, 1, value(random));
                put(arguments, 1 + first, relative(random));
            }
            Format::RegImmImm => {
                let first = split(arguments, 0, 4, len, 1, random);
                put(arguments, 1, random.below(16) as u32);
                put(arguments, 1 + first, value(random));
            }
            Format::ImmImm => {
                let first = split(arguments, 0, 0, len, 1, random);
                put(arguments, 1, pick_address(random));
                put(arguments, 1 + first, value(random));
            }
            Format::RegRegImmImm => {
                let first = split(arguments, 1, 0, len, 2, random);
                put(arguments, 2, value(random));
                put(arguments, 2 + first, random.below(8) as u32);
            }
        }
    }
}

/// Writes the low bytes of `value` from `at` on, as many as there is room for.
fn put(arguments: &mut [u8], at: usize, value: u32) {
    if let Some(place) = arguments.get_mut(at..) {
        place.iter_mut().zip(value.to_le_bytes()).for_each(|(place, byte)| *place = byte);
    }
}

/// Chooses how many of the bytes behind the first `fixed` go to the first immediate, and writes it to the length
/// field at bit `shift` of byte `field`.
fn split(
    arguments: &mut [u8],
    field: usize,
    shift: u32,
    len: usize,
    fixed: usize,
    random: &mut Random,
) -> usize {
    let room = len.saturating_sub(fixed);
    let first = if room > 4 { room - 4 + random.below(9 - room.min(8)) } else { random.below(room + 1) };
    let first = first.min(4);
    if let Some(byte) = arguments.get_mut(field) {
        *byte = *byte & !(7 << shift) | (first as u8) << shift;
    }
    first
}
