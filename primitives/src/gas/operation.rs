// SPDX-License-Identifier: Apache-2.0
//! One instruction as the pipeline sees it: what it costs and which registers it waits for, in one word.

use super::properties::{self, Fresh, Properties, Unit};
use super::Cache;
use crate::{
    code::Fetched,
    isa::{Format, Instruction, Opcode},
};

/// An instruction in the pipeline. Bytes from the lowest:
///
/// | byte | content |
/// |---|---|
/// | 0 | `d` by its role, see below |
/// | 1 | `s`, or [`NOTHING`] and any register if it is not read |
/// | 2 | `t`, likewise |
/// | 3 | decode slots |
/// | 4 | latency in cycles; 0 for `move_reg`, which makes no entry in the reorder buffer |
/// | 5 | latency, 0 if it needs no arithmetic unit |
/// | 6 | the `NEEDS_` flags |
/// | 7 | 1, 0 for `move_reg` |
///
/// The register bytes are indexes of a table with 256 places, one per register and several that only absorb: whoever
/// reads it finds 0 for what is not read, and whoever writes it does no harm for what is not written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Operation(u64);

/// Added to a register that is not read.
const NOTHING: u8 = 16;
/// Added to `d` if it is written. The result is the place that is read; there is never anything.
const WRITTEN: u8 = 160;
/// From the place that is read for `d` to the one that is written, modulo 256: for a written `d` to the register, else
/// to places that are never read.
const TO_WRITTEN: u8 = 96;

pub(super) const NEEDS_TWO_ALUS: u8 = 1;
pub(super) const NEEDS_MULTIPLIER: u8 = 2;
pub(super) const NEEDS_DIVIDER: u8 = 4;

impl Operation {
    pub(super) const INVALID: Self = Self::from_properties(Properties::INVALID);

    /// The operation without its registers and without the decode slot for a fresh destination.
    const fn from_properties(p: Properties) -> Self {
        let d = match (p.reads_d, p.writes_d) {
            (true, _) => 0,
            (false, true) => WRITTEN,
            (false, false) => NOTHING,
        };
        let s = if p.reads_s { 0 } else { NOTHING };
        let t = if p.reads_t { 0 } else { NOTHING };
        let alu_latency = if p.alu == 0 { 0 } else { p.latency };
        let mut needs = match p.unit {
            Unit::None => 0,
            Unit::Multiplier => NEEDS_MULTIPLIER,
            Unit::Divider => NEEDS_DIVIDER,
        };
        if p.alu == 2 {
            needs |= NEEDS_TWO_ALUS;
        }
        let is_entry = (p.latency != 0) as u8;
        Self(u64::from_le_bytes([d, s, t, p.slots, p.latency, alu_latency, needs, is_entry]))
    }

    #[inline]
    pub(super) fn bytes(self) -> [u8; 8] {
        self.0.to_le_bytes()
    }

    /// The place that is written, given the byte of `d`.
    #[inline]
    pub(super) fn written(d: u8) -> u8 {
        d.wrapping_add(TO_WRITTEN)
    }

    #[inline]
    pub(super) fn needs_alu(self) -> bool {
        self.0 >> 40 & 0xff != 0
    }

    /// Whether it makes an entry in the reorder buffer.
    #[inline]
    pub(super) fn is_entry(self) -> bool {
        self.0 >> 56 != 0
    }
}

/// What is known of an opcode before its operands.
#[derive(Clone, Copy, Debug)]
struct Row {
    operation: Operation,
    /// 0, or 1 if it takes one more slot for a fresh destination.
    fresh: u8,
    /// Whether the destination need not differ from `t` to be fresh.
    ignores_t: bool,
    is_branch: bool,
    /// Whether it has three registers.
    three: bool,
}

/// The rows of all opcodes by their number.
#[derive(Debug)]
pub(super) struct Table([Row; Opcode::COUNT]);

impl Table {
    const fn compute(wide: bool, load: u8) -> Self {
        let mut rows =
            [Row { operation: Operation(0), fresh: 0, ignores_t: false, is_branch: false, three: false };
                Opcode::COUNT];
        let mut index = 0;
        while index < Opcode::COUNT {
            let p = properties::of(Opcode::ALL[index], wide, load);
            rows[index] = Row {
                operation: Operation::from_properties(p),
                fresh: !matches!(p.fresh, Fresh::Never) as u8,
                ignores_t: matches!(p.fresh, Fresh::NotS),
                is_branch: p.is_branch,
                three: matches!(Opcode::ALL[index].format(), Format::RegRegReg),
            };
            index += 1;
        }
        Self(rows)
    }

    /// The table for a register width and a cache assumption.
    pub(super) fn get(wide: bool, cache: Cache) -> &'static Self {
        static TABLES: [[Table; 3]; 2] = [
            [Table::compute(false, 4), Table::compute(false, 25), Table::compute(false, 37)],
            [Table::compute(true, 4), Table::compute(true, 25), Table::compute(true, 37)],
        ];
        &TABLES[usize::from(wide)][cache as usize]
    }

    /// The operation of an instruction. `predicted` tells whether a branch is predicted,
    /// and is not asked about anything else.
    #[inline]
    pub(super) fn operation(&self, instruction: &Instruction, predicted: impl FnOnce() -> bool) -> Operation {
        let Instruction { opcode, d, s, t, .. } = *instruction;
        self.0[opcode as usize].operation((d as u8, s as u8, t as u8), predicted)
    }

    /// The operation of an instruction whose opcode is known and whose operands have not been read.
    #[inline]
    pub(super) fn fetched(
        &self,
        opcode: Opcode,
        fetched: &Fetched,
        predicted: impl FnOnce() -> bool,
    ) -> Operation {
        let row = &self.0[opcode as usize];
        row.operation_of(fetched.register_word(row.three), predicted)
    }
}

impl Row {
    #[inline(always)]
    fn operation(&self, (d, s, t): (u8, u8, u8), predicted: impl FnOnce() -> bool) -> Operation {
        self.operation_of(u64::from(d) | u64::from(s) << 8 | u64::from(t) << 16, predicted)
    }

    /// The same, with the registers in the lowest bytes of a word.
    #[inline(always)]
    fn operation_of(&self, registers: u64, predicted: impl FnOnce() -> bool) -> Operation {
        let [d, s, t, ..] = registers.to_le_bytes();
        let fresh = self.fresh & u8::from(d != s) & (u8::from(d != t) | u8::from(self.ignores_t));
        let mut word = (self.operation.0 | registers) + (u64::from(fresh) << 24);
        if self.is_branch && predicted() {
            const SAVED: u64 = (super::BRANCH_LATENCY - super::BRANCH_LATENCY_PREDICTED) as u64;
            word -= SAVED << 32 | SAVED << 40;
        }
        Operation(word)
    }
}
