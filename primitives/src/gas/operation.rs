// SPDX-License-Identifier: Apache-2.0
//! One instruction as the pipeline sees it: which registers it waits for and what it asks of the core.
//!
//! What the engines hand over is a [`Raw`] instruction, three bytes of the code. Everything else about it is looked up
//! when the block is planned, in one row of a table per opcode.

use super::properties::{self, Fresh, Properties, Unit};
use super::{Cache, Latencies};
use crate::isa::{Format, Instruction, Opcode, Reg};

/// An instruction as it was pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Raw {
    /// The number of its row.
    number: u8,
    /// Bytes from the lowest: one that does not matter; its first argument byte, which names two registers, or one, or none;
    /// its second one, which names a third register if it has three.
    bytes: u32,
}

impl Raw {
    pub(super) const INVALID: Self = Self { number: INVALID, bytes: 0 };

    #[inline]
    pub(super) fn new(instruction: &Instruction) -> Self {
        let Instruction { opcode, d, s, t, .. } = *instruction;
        let [d, s, t] = [d, s, t].map(|reg| reg as u32);
        let registers = match opcode.format() {
            Format::RegRegReg => s | t << 4 | d << 8,
            _ => d | s << 4,
        };
        Self { number: opcode as u8, bytes: registers << 8 }
    }

    /// Of an instruction whose operands have not been read, by the bytes that it begins with.
    #[inline(always)]
    pub(super) fn unread(opcode: Option<Opcode>, bytes: u32) -> Self {
        Self { number: opcode.map_or(INVALID, |opcode| opcode as u8), bytes }
    }

    /// The same as a branch that is predicted, and compares two registers or not.
    #[inline]
    pub(super) fn predicted(self, two: bool) -> Self {
        Self { number: if two { PREDICTED_TWO } else { PREDICTED_ONE }, ..self }
    }
}

/// Whether what it costs depends on the code around.
#[inline(always)]
pub(super) fn is_branch(opcode: Opcode) -> bool {
    const IS_BRANCH: [bool; ROWS] = {
        let mut is_branch = [false; ROWS];
        let mut index = 0;
        while index < Opcode::COUNT {
            is_branch[index] = properties::of(Opcode::ALL[index], true, Latencies::SPECIFIED).is_branch;
            index += 1;
        }
        is_branch
    };
    IS_BRANCH[usize::from(opcode as u8)]
}

/// As many rows as a byte can count: no index has to be checked.
const ROWS: usize = 256;
// What is not an opcode has its rows behind them.
/// Anything invalid.
const INVALID: u8 = Opcode::COUNT as u8;
/// A branch that is predicted, comparing a register with an immediate.
const PREDICTED_ONE: u8 = INVALID + 1;
/// A branch that is predicted, comparing two registers.
const PREDICTED_TWO: u8 = INVALID + 2;

/// Added to a register that is not read. There is never anything.
const NOTHING: u8 = 16;
/// Added to a register that is not written. Nobody looks there.
const ABSORBED: u8 = 32;

/// Everything about an instruction.
///
/// Places are indexes of a table with 256 of them, one per register and some that only absorb: whoever reads it finds
/// nothing for what is not read, and whoever writes it does no harm for what is not written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Operation {
    /// Bytes from the lowest: the places of its two sources, the number of its row, the place of its destination.
    places: u32,
    /// Decode slots.
    slots: u32,
}

impl Operation {
    /// Places of the sources.
    #[inline(always)]
    pub(super) fn sources(self) -> [usize; 2] {
        [usize::from(self.places as u8), usize::from((self.places >> 8) as u8)]
    }

    /// Place of the destination.
    #[inline(always)]
    pub(super) fn written(self) -> usize {
        usize::from((self.places >> 24) as u8)
    }

    /// The number of its row.
    #[inline(always)]
    pub(super) fn number(self) -> u8 {
        (self.places >> 16) as u8
    }

    /// Decode slots.
    #[inline(always)]
    pub(super) fn slots(self) -> u32 {
        self.slots
    }
}

/// What several operations ask for altogether, counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Demand(u32);

impl Demand {
    /// So many can be added; with more a field would run over into the next one.
    pub(super) const OPERATIONS_MAX: usize = 32;
    /// An arithmetic unit.
    const ALU: u32 = 1;
    /// A start without one.
    const OTHER: u32 = 1 << 6;
    /// The divider.
    const DIVIDER: u32 = 1 << 12;
    /// An arithmetic unit for long.
    const LONG: u32 = 1 << 18;
    /// The multiplier. Above it there is room for twice as many as elsewhere, for those that count twice.
    const MULTIPLIER: u32 = 1 << 24;
    /// The cycles that are long.
    const LONG_FROM: u8 = 20;

    const fn new(p: Properties) -> Self {
        Self(match (p.latency, p.alu, p.unit) {
            (0, ..) => 0,
            (_, 0, _) => Self::OTHER,
            (_, 1, Unit::Multiplier) => Self::ALU + Self::MULTIPLIER,
            (_, 1, Unit::Divider) => Self::ALU + Self::DIVIDER,
            (Self::LONG_FROM.., 1, _) => Self::ALU + Self::LONG,
            (_, 1, _) => Self::ALU,
            // Two at once are not counted. It is as if they were two multiplications.
            _ => 2 * Self::MULTIPLIER,
        })
    }

    /// Adds what an operation of this row asks for.
    #[inline(always)]
    pub(super) fn add(&mut self, row: &Row) {
        // More than can be counted are of no use.
        self.0 = self.0.wrapping_add(row.demand.0);
    }

    #[inline(always)]
    const fn field(self, unit: u32) -> u32 {
        self.0 / unit % 64
    }

    pub(super) const fn alus(self) -> u32 {
        self.field(Self::ALU)
    }

    pub(super) const fn others(self) -> u32 {
        self.field(Self::OTHER)
    }

    /// Whether nobody waits for a unit of which there is only one.
    pub(super) const fn is_single(self) -> bool {
        self.0 / Self::MULTIPLIER <= 1 && self.field(Self::DIVIDER) <= 1
    }

    /// How many hold arithmetic units for long.
    pub(super) const fn long(self) -> u32 {
        self.field(Self::LONG)
    }
}

/// What is known of an instruction before its registers. Aligned, as otherwise finding a row takes one step more, and everything
/// waits for it.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub(super) struct Row {
    /// Bit `n` for each of the latency's cycles from 0 on; none if no arithmetic unit is needed. Of longer latencies there
    /// are 64.
    pub(super) cycles: u64,
    /// What an [`Operation`] has besides its registers.
    places: u32,
    /// What it asks for.
    demand: Demand,
    /// For which sources it takes a slot less if that one is its destination: the top bit of the source's byte in [`Table::sources`].
    shared: u32,
    /// Decode slots, with one more if that depends on the registers.
    slots: u8,
    /// How far to shift a raw instruction for the byte that names the destination, which counts modulo 32; 0 for branches, which
    /// have none. And the `NEEDS_` flags.
    flags: u8,
    /// Cycles from the start to the result; 0 for `move_reg`, which makes no entry in the reorder buffer.
    pub(super) latency: u8,
    /// How long it holds an arithmetic unit, 0 if it needs none; [`FAR`] if that is more cycles than `cycles` has, or not all that it
    /// needs.
    reach: u8,
    /// All ones if it needs an arithmetic unit.
    waits: i8,
    /// How long it holds one arithmetic unit, and the multiplier or nothing else; [`FAR`] if that is more cycles than `cycles` has,
    /// or not what it needs.
    span: u8,
    /// All ones if it needs the multiplier.
    multiplies: i8,
}

/// More cycles than anybody counts.
const FAR: u8 = u8::MAX;

/// The part of the flags that says how far to shift.
const SHIFT: u8 = 31;
/// How far with three registers.
const SHIFT_OF_THREE: u8 = 16;
/// The part of [`Row::shared`] for the first source and for the second one.
const FIRST_SHARED: u32 = 0x80;
const SECOND_SHARED: u32 = 0x80 << 8;
const NEEDS_TWO_ALUS: u8 = 32;
const NEEDS_MULTIPLIER: u8 = 64;
const NEEDS_DIVIDER: u8 = 128;
/// All at once stand for nothing at all, not even an arithmetic unit.
const NEEDS_NO_ALU: u8 = NEEDS_TWO_ALUS | NEEDS_MULTIPLIER | NEEDS_DIVIDER;

impl Row {
    const fn new(p: Properties, row: u8, three: bool) -> Self {
        // With three registers the first argument byte names both sources, otherwise the destination and the source.
        let (reads_first, reads_second) = if three { (p.reads_s, p.reads_t) } else { (p.reads_d, p.reads_s) };
        let first = if reads_first { 0 } else { NOTHING };
        let second = if reads_second { 0 } else { NOTHING };
        let written = if p.writes_d { 0 } else { ABSORBED };
        // With two registers the first one of the argument byte is the destination itself.
        let (slots, shared) = match (p.fresh, three) {
            (Fresh::Never, _) => (p.slots, 0),
            (Fresh::NotS, false) => (p.slots + 1, SECOND_SHARED),
            (Fresh::NotS, true) => (p.slots + 1, FIRST_SHARED),
            (Fresh::NotST, _) => (p.slots + 1, FIRST_SHARED | SECOND_SHARED),
        };
        let mut flags = match p.unit {
            Unit::None => 0,
            Unit::Multiplier => NEEDS_MULTIPLIER,
            Unit::Divider => NEEDS_DIVIDER,
        };
        match p.alu {
            0 => flags = NEEDS_NO_ALU,
            1 => {}
            _ => flags |= NEEDS_TWO_ALUS,
        }
        let cycles = match p.latency {
            _ if p.alu == 0 => 0,
            0..64 => (1 << p.latency) - 1,
            _ => u64::MAX,
        };
        Self {
            cycles,
            places: u32::from_le_bytes([first, second, row, written]),
            demand: Demand::new(p),
            shared,
            slots,
            // Branches have no destination.
            flags: flags | if p.is_branch { 0 } else { [8, SHIFT_OF_THREE][three as usize] },
            latency: p.latency,
            reach: match (p.alu, p.unit) {
                (0, _) => 0,
                (1, Unit::None) if p.latency as u32 <= u64::BITS => p.latency,
                _ => FAR,
            },
            waits: if p.alu == 0 { 0 } else { -1 },
            span: match (p.alu, p.unit) {
                (1, Unit::None | Unit::Multiplier) if p.latency as u32 <= u64::BITS => p.latency,
                _ => FAR,
            },
            multiplies: if matches!(p.unit, Unit::Multiplier) { -1 } else { 0 },
        }
    }

    /// For how many cycles it holds an arithmetic unit, 0 if it needs none; more than anybody counts if that is not all that it
    /// needs.
    #[inline(always)]
    pub(super) fn reach(&self) -> u32 {
        self.reach.into()
    }

    /// Those of these cycles in which it cannot execute, if no arithmetic unit is free in them.
    #[inline(always)]
    pub(super) fn waits_for(&self, cycles: u64) -> u64 {
        cycles & i64::from(self.waits).cast_unsigned()
    }

    /// For how many cycles it holds one arithmetic unit, and the multiplier or nothing else; more than anybody counts if that is
    /// not what it needs.
    #[inline(always)]
    pub(super) fn span(&self) -> u32 {
        self.span.into()
    }

    /// Those of these cycles in which it needs the multiplier, if it executes in them.
    #[inline(always)]
    pub(super) fn multiplies_in(&self, cycles: u64) -> u64 {
        cycles & i64::from(self.multiplies).cast_unsigned()
    }

    /// Whether what it costs depends on the code around and is not known yet.
    #[inline(always)]
    pub(super) fn is_branch(&self) -> bool {
        self.flags & SHIFT == 0
    }

    /// Whether it has two sources, or as if it had.
    #[inline(always)]
    pub(super) fn reads_two(&self) -> bool {
        self.places as u16 == 0
    }

    /// Whether it makes an entry in the reorder buffer.
    #[inline(always)]
    pub(super) fn is_entry(&self) -> bool {
        self.latency != 0
    }

    #[inline(always)]
    pub(super) fn needs_alu(&self) -> bool {
        self.cycles != 0
    }

    /// Whether it needs anything but one arithmetic unit, or not even that.
    #[inline(always)]
    pub(super) fn needs_more(&self) -> bool {
        self.flags >= NEEDS_TWO_ALUS
    }

    #[inline(always)]
    pub(super) fn needs_two_alus(&self) -> bool {
        self.flags & NEEDS_NO_ALU == NEEDS_TWO_ALUS
    }

    #[inline(always)]
    pub(super) fn needs_multiplier(&self) -> bool {
        self.flags & NEEDS_NO_ALU == NEEDS_MULTIPLIER
    }

    #[inline(always)]
    pub(super) fn needs_divider(&self) -> bool {
        self.flags & NEEDS_NO_ALU == NEEDS_DIVIDER
    }
}

/// What is looked up for an instruction. All tables are one so that they need one register of the machine.
#[derive(Debug)]
pub(super) struct Table {
    /// By their number.
    rows: [Row; ROWS],
    /// The two registers of an argument byte as sources: their places, where an [`Operation`] has them.
    sources: [u16; 256],
    /// A register as the destination: its place, where an [`Operation`] has it, and where it has sources.
    destinations: [u32; 16],
}

/// [`Table::sources`] and [`Table::destinations`]. Small, because small programs are compiled with cold caches, and what is fetched
/// into them takes longer than what is computed.
const REGISTERS: ([u16; 256], [u32; 16]) = {
    let (mut sources, mut destinations) = ([0; 256], [0; 16]);
    let mut byte = 0;
    while byte < 256 {
        let (low, high) = (Reg::from_nibble(byte as u8) as u32, Reg::from_nibble(byte as u8 >> 4) as u32);
        sources[byte] = (low | high << 8) as u16;
        destinations[byte % 16] = low | low << 8 | low << 24;
        byte += 1;
    }
    (sources, destinations)
};

impl Table {
    const fn compute(wide: bool, latencies: Latencies) -> Self {
        let mut rows = [Row::new(Properties::INVALID, INVALID, false); ROWS];
        let mut index = 0;
        while index < Opcode::COUNT {
            let opcode = Opcode::ALL[index];
            let three = matches!(opcode.format(), Format::RegRegReg);
            rows[index] = Row::new(properties::of(opcode, wide, latencies), index as u8, three);
            index += 1;
        }
        let mut predicted = properties::of(Opcode::BranchEqImm, wide, latencies);
        (predicted.latency, predicted.is_branch) = (super::BRANCH_LATENCY_PREDICTED, false);
        rows[PREDICTED_ONE as usize] = Row::new(predicted, PREDICTED_ONE, false);
        let mut predicted = properties::of(Opcode::BranchEq, wide, latencies);
        (predicted.latency, predicted.is_branch) = (super::BRANCH_LATENCY_PREDICTED, false);
        rows[PREDICTED_TWO as usize] = Row::new(predicted, PREDICTED_TWO, false);
        let (sources, destinations) = REGISTERS;
        Self { rows, sources, destinations }
    }

    /// The tables for a register width, one for each cache assumption.
    const fn all(wide: bool) -> [Self; Cache::ALL.len()] {
        let [l1, l2, l3, far, near] = Cache::ALL;
        [
            Self::compute(wide, l1.latencies()),
            Self::compute(wide, l2.latencies()),
            Self::compute(wide, l3.latencies()),
            Self::compute(wide, far.latencies()),
            Self::compute(wide, near.latencies()),
        ]
    }

    /// The table for a register width and a cache assumption.
    pub(super) fn get(wide: bool, cache: Cache) -> &'static Self {
        static TABLES: [[Table; Cache::ALL.len()]; 2] = [Table::all(false), Table::all(true)];
        &TABLES[usize::from(wide)][cache as usize]
    }

    /// The row with this number.
    #[inline(always)]
    pub(super) fn row(&self, number: u8) -> &Row {
        &self.rows[usize::from(number)]
    }

    /// The row of an instruction.
    #[inline(always)]
    pub(super) fn row_of(&self, Raw { number, .. }: Raw) -> &Row {
        self.row(number)
    }

    /// Everything about an instruction of this row.
    #[inline(always)]
    pub(super) fn read(&self, row: &Row, Raw { bytes, .. }: Raw) -> Operation {
        let sources = u32::from(self.sources[usize::from((bytes >> 8) as u8)]);
        let destination = self.destinations[bytes.wrapping_shr(row.flags.into()) as usize % 16];
        // The top bit of a byte stays clear where both registers are the same. Registers are too small to carry into the next byte.
        let differs = (sources ^ destination) + 0x7f7f;
        let is_source = differs & row.shared != row.shared;
        Operation {
            places: row.places | sources | destination & 0xff << 24,
            slots: u32::from(row.slots) - u32::from(is_source),
        }
    }
}
