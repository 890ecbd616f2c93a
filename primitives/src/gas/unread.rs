// SPDX-License-Identifier: Apache-2.0
//! The instructions of a block as they are in the code, without reading their operands.

use super::operation::{Demand, Operation, Raw, Row, Table};
use super::pipeline::{Surroundings, BATCH};
use crate::isa::{Opcode, INSTRUCTION_BYTES_MAX};

/// Walks through a block by the bitmask.
pub(super) struct Unread<'s, 'a> {
    surroundings: &'s Surroundings<'a>,
    /// Where instructions start from `base` on that have not been seen.
    starts: u64,
    base: u32,
    /// The instruction seen last; before that, the start of the block.
    offset: u32,
    /// How far from there the last instruction can be.
    distance_max: u32,
    /// Instructions before the last one.
    left: u32,
    is_over: bool,
}

impl<'s, 'a> Unread<'s, 'a> {
    /// The block of so many instructions that starts at `start`.
    #[inline(always)]
    pub(super) fn new(surroundings: &'s Surroundings<'a>, start: u32, instructions: u32) -> Self {
        let base = start & !7;
        Self {
            surroundings,
            starts: surroundings.code.start_bits(base) & u64::MAX << (start % 8),
            base,
            offset: start,
            distance_max: if instructions > 1 { INSTRUCTION_BYTES_MAX } else { 0 },
            left: instructions.saturating_sub(1),
            is_over: instructions == 0,
        }
    }

    /// Reads the next operations, as many as there is room for, and adds up what they ask for. Returns how many.
    #[inline(always)]
    pub(super) fn read_first(
        &mut self,
        table: &Table,
        batch: &mut [Operation; BATCH],
        demand: &mut Demand,
    ) -> usize {
        self.read_with(table, batch, |row| demand.add(row))
    }

    #[inline(always)]
    fn read_with(
        &mut self,
        table: &Table,
        batch: &mut [Operation; BATCH],
        mut add: impl FnMut(&Row),
    ) -> usize {
        let code = &self.surroundings.code;
        let (bytes, opcodes) = (code.bytes(), code.isa().opcodes());
        // What changes is in registers of the machine, and written down again where somebody else needs it.
        let (mut starts, mut base, mut offset) = (self.starts, self.base, self.offset);
        let now = self.left.min(BATCH as u32) as usize;
        self.left -= now as u32;
        for to in &mut batch[..now] {
            if starts == 0 {
                self.base = base;
                (starts, base) = self.go_on();
            }
            offset = base + starts.trailing_zeros();
            starts &= starts.wrapping_sub(1);
            let raw = raw_at(bytes, opcodes, offset);
            let row = table.row_of(raw);
            *to = table.read(row, raw);
            add(row);
        }
        (self.starts, self.base, self.offset) = (starts, base, offset);
        if now < BATCH && !self.is_over {
            self.is_over = true;
            let raw = self.last(table);
            let row = table.row_of(raw);
            batch[now] = table.read(row, raw);
            add(row);
            return now + 1;
        }
        now
    }

    /// The same of a block that is longer.
    #[inline(never)]
    pub(super) fn read(&mut self, table: &Table, batch: &mut [Operation; BATCH]) -> usize {
        self.read_with(table, batch, |_| ())
    }

    /// Goes on to the next word of the bitmask in which there is a start, if there is one in the code.
    #[inline(never)]
    fn go_on(&mut self) -> (u64, u32) {
        self.starts = 0;
        while self.starts == 0 && self.base < self.surroundings.code.len() {
            self.base += u64::BITS;
            self.starts = self.surroundings.code.start_bits(self.base);
        }
        (self.starts, self.base)
    }

    /// The last one. Only this can be implicit, and only this can be a branch.
    #[inline(always)]
    fn last(&mut self, table: &Table) -> Raw {
        if self.starts == 0 {
            self.go_on();
        }
        // With no start left this is an offset behind the code.
        let offset = self.base + self.starts.trailing_zeros();
        let code = &self.surroundings.code;
        if offset - self.offset > self.distance_max || offset >= code.len() {
            return Raw::INVALID;
        }
        let raw = raw_at(code.bytes(), code.isa().opcodes(), offset);
        let row = table.row_of(raw);
        if row.is_branch() {
            let behind = self.starts >> (offset - self.base) >> 1;
            return self.surroundings.predict(row, raw, offset, behind);
        }
        raw
    }
}

/// The instruction at `offset`.
#[inline(always)]
pub(super) fn raw_at(bytes: &[u8], opcodes: &[Option<Opcode>; 256], offset: u32) -> Raw {
    let at = offset as usize;
    let first = match bytes.get(at..at + 4).and_then(<[u8]>::first_chunk::<4>) {
        Some(first) => u32::from_le_bytes(*first),
        None => last_bytes(bytes, at),
    };
    Raw::unread(opcodes[usize::from(first as u8)], first)
}

/// Four bytes where the code ends soon, followed by zeros.
#[cold]
#[inline(never)]
fn last_bytes(bytes: &[u8], at: usize) -> u32 {
    let rest = bytes.get(at..).unwrap_or_default().iter().take(4);
    rest.rev().fold(0, |bytes, byte| bytes << 8 | u32::from(*byte))
}
