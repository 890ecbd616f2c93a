// SPDX-License-Identifier: Apache-2.0
//! Operands of generated instructions: what makes a program walk along edges instead of trapping at once.

use revive_vm_primitives::{
    isa::{Format, Opcode},
    Reg,
};

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
    /// The registers that most instructions of the program work on.
    pub(super) palette: Palette,
}

/// Registers that most instructions of a program work on, if it has such: then what one of them writes is read by others.
pub(super) type Palette = Option<[Reg; 4]>;

/// The palette of a program.
pub(super) fn palette(random: &mut Random) -> Palette {
    random.chance(60).then(|| core::array::from_fn(|_| random.pick(&DESTINATIONS)))
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
pub(super) fn pick_address(random: &mut Random) -> u32 {
    let near = |random: &mut Random, at: u32| at.wrapping_add(random.below(24) as u32).wrapping_sub(12);
    match random.below(32) {
        0..=13 => RW_ADDRESS + random.below(RW_BYTES as usize) as u32,
        14..=21 => STACK_END - 16 - random.below(STACK_BYTES as usize - 16) as u32,
        22 => RO_ADDRESS + random.below(RO_BYTES as usize) as u32,
        23 => near(random, RO_ADDRESS),
        24 => near(random, RO_ADDRESS + RO_BYTES),
        25 => near(random, RW_ADDRESS),
        26 => near(random, RW_ADDRESS + RW_BYTES.next_multiple_of(4096)),
        27 => near(random, STACK_END - STACK_BYTES),
        28 => near(random, STACK_END),
        29 => near(random, 0),
        30 => RW_ADDRESS + 4096 - random.below(8) as u32,
        _ => random.next_u32(),
    }
}

/// A code offset to jump to: mostly good, sometimes inside a block, inside an instruction, or outside.
pub(super) fn pick_target(random: &mut Random, block_starts: &[u32], starts: &[u32], code_len: u32) -> u32 {
    match random.below(60) {
        0 if !starts.is_empty() => random.pick(starts),
        1 => random.below(code_len as usize + 2) as u32,
        2 => random.next_u32(),
        _ => random.pick(block_starts),
    }
}

impl Operands<'_> {
    /// Writes the instruction that was drafted; it stands at offset `at`.
    pub(super) fn write(&self, draft: &Draft, at: u32, random: &mut Random, code: &mut Vec<u8>) {
        code.push(draft.byte);
        if let Some(arguments) = &draft.arguments {
            code.extend(arguments);
            return;
        }
        let mut arguments: Vec<u8> = (1..draft.len).map(|_| random.byte()).collect();
        if let Some(opcode) = draft.opcode {
            // A few instructions keep nothing but random bytes.
            if !random.chance(2) {
                self.fill(opcode, at, random, &mut arguments);
                self.use_palette(opcode, random, &mut arguments);
            }
            if let Some(reg) = draft.zero_test {
                // No bytes for the first immediate, so it is zero.
                set_low(&mut arguments, 0, reg);
                arguments.iter_mut().take(1).for_each(|byte| *byte &= 0x0f);
                put(&mut arguments, 1, self.relative(at, random));
            }
        }
        code.extend(arguments);
    }

    /// A jump from `at`: mostly to a block, now and then to the very block that it is in.
    fn relative(&self, at: u32, random: &mut Random) -> u32 {
        let own = self.block_starts.iter().rfind(|start| **start <= at).filter(|_| random.chance(12));
        let target = own.copied();
        target
            .unwrap_or_else(|| pick_target(random, self.block_starts, self.starts, self.code_len))
            .wrapping_sub(at)
    }

    /// Puts registers of the palette in the place of others, where they hold numbers and not addresses.
    fn use_palette(&self, opcode: Opcode, random: &mut Random, arguments: &mut [u8]) {
        let Some(palette) = self.palette.filter(|_| random.chance(80)) else { return };
        match opcode.format() {
            Format::RegRegReg => {
                set_low(arguments, 0, random.pick(&palette));
                set_high(arguments, 0, random.pick(&palette));
                set_low(arguments, 1, random.pick(&palette));
            }
            Format::RegReg | Format::RegRegOffset => {
                set_low(arguments, 0, random.pick(&palette));
                set_high(arguments, 0, random.pick(&palette));
            }
            Format::RegRegImm => {
                set_low(arguments, 0, random.pick(&palette));
                if !opcode.mnemonic().contains("_indirect_") {
                    set_high(arguments, 0, random.pick(&palette));
                }
            }
            Format::RegImm if opcode != Opcode::JumpIndirect => set_low(arguments, 0, random.pick(&palette)),
            Format::RegImmOffset | Format::RegImm64 => set_low(arguments, 0, random.pick(&palette)),
            _ => {}
        }
    }

    /// Overwrites random argument bytes with sensible ones, as far as they are there.
    fn fill(&self, opcode: Opcode, at: u32, random: &mut Random, arguments: &mut [u8]) {
        let len = arguments.len();
        let relative = |random: &mut Random| self.relative(at, random);
        let value = |random: &mut Random| pick_value(random, self.jump_table_len) as u32;
        let small = |random: &mut Random| (random.below(16) as u32).wrapping_sub(8);
        match opcode.format() {
            Format::NoArgs => (),
            Format::RegReg | Format::RegImm64 => set_low(arguments, 0, pick_destination(random)),
            Format::RegRegReg => set_low(arguments, 1, pick_destination(random)),
            Format::Offset => put(arguments, 0, relative(random)),
            Format::Imm => put(arguments, 0, random.below(40) as u32),
            Format::RegImm if opcode == Opcode::JumpIndirect => {
                let reg = random.pick(&[Reg::Ra, Reg::Ra, JUMP_ADDRESS, JUMP_ADDRESS, Reg::A0]);
                set_low(arguments, 0, reg);
                put(arguments, 1, if random.chance(90) { 0 } else { small(random) });
            }
            Format::RegImm => {
                set_low(arguments, 0, pick_destination(random));
                let is_value = opcode == Opcode::LoadImm;
                put(arguments, 1, if is_value { value(random) } else { pick_address(random) });
            }
            Format::RegRegImm => {
                set_low(arguments, 0, pick_destination(random));
                let is_memory = opcode.mnemonic().contains("_indirect_");
                if is_memory {
                    set_high(arguments, 0, pick_base(random));
                }
                put(arguments, 1, if is_memory || random.chance(30) { small(random) } else { value(random) });
            }
            Format::RegRegOffset => put(arguments, 1, relative(random)),
            Format::RegImmOffset => {
                let first = split(arguments, 0, 4, len, 1, random);
                if opcode == Opcode::LoadImmAndJump {
                    set_low(arguments, 0, pick_destination(random));
                }
                put(arguments, 1, value(random));
                put(arguments, 1 + first, relative(random));
            }
            Format::RegImmImm => {
                let first = split(arguments, 0, 4, len, 1, random);
                set_low(arguments, 0, pick_base(random));
                put(arguments, 1, small(random));
                put(arguments, 1 + first, value(random));
            }
            Format::ImmImm => {
                let first = split(arguments, 0, 0, len, 1, random);
                put(arguments, 1, pick_address(random));
                put(arguments, 1 + first, value(random));
            }
            Format::RegRegImmImm => {
                let first = split(arguments, 1, 0, len, 2, random);
                set_low(arguments, 0, pick_destination(random));
                set_high(arguments, 0, random.pick(&[Reg::Ra, JUMP_ADDRESS, Reg::A0]));
                put(arguments, 2, value(random));
                put(arguments, 2 + first, if random.chance(90) { 0 } else { small(random) });
            }
        }
    }
}

/// The register that usually holds the address of a jump table entry.
const JUMP_ADDRESS: Reg = Reg::T2;

/// Registers that usually hold an address in writable memory.
const BASES: [Reg; 3] = [Reg::Sp, Reg::S0, Reg::S1];

/// Registers that no instruction relies on to hold an address.
pub(super) const DESTINATIONS: [Reg; 8] =
    [Reg::T0, Reg::T1, Reg::A0, Reg::A1, Reg::A2, Reg::A3, Reg::A4, Reg::A5];

/// A register to write to: mostly one that no other instruction relies on.
fn pick_destination(random: &mut Random) -> Reg {
    if random.chance(4) {
        return random.pick(&Reg::ALL);
    }
    random.pick(&DESTINATIONS)
}

fn pick_base(random: &mut Random) -> Reg {
    if random.chance(8) {
        return random.pick(&Reg::ALL);
    }
    random.pick(&BASES)
}

/// The registers that a program starts with.
pub(super) fn initial_regs(random: &mut Random, jump_table_len: usize) -> [u64; Reg::COUNT] {
    let mut regs = [0; Reg::COUNT];
    for reg in &mut regs {
        *reg = pick_value(random, jump_table_len);
    }
    // Most programs have what real ones have: a way to return, a stack, something to point at.
    if random.chance(90) {
        regs[Reg::Ra.index()] = 0xffff_0000;
        regs[JUMP_ADDRESS.index()] = 2 * (1 + random.below(jump_table_len)) as u64;
        for base in BASES {
            regs[base.index()] = u64::from(pick_address(random));
        }
    }
    regs
}

fn set_low(arguments: &mut [u8], at: usize, reg: Reg) {
    if let Some(byte) = arguments.get_mut(at) {
        *byte = *byte & 0xf0 | reg as u8;
    }
}

fn set_high(arguments: &mut [u8], at: usize, reg: Reg) {
    if let Some(byte) = arguments.get_mut(at) {
        *byte = *byte & 0x0f | (reg as u8) << 4;
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
