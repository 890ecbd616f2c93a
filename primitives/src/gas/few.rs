// SPDX-License-Identifier: Apache-2.0
//! The cost of a block of so few instructions that nobody waits for units: there are enough for all of them at once. Half of
//! all blocks are like that.
//!
//! Then an operation starts as soon as it has been decoded and its operands are there, which is what the core does, and
//! instructions need not be collected: one look at each is enough.

use super::operation::{Demand, Raw, Row, Table};
use super::pipeline::Surroundings;
use super::quick;
use super::simulator::{ALUS, STARTS_MAX};
use super::slots::Slots;
use super::unread::raw_at;
use crate::isa::INSTRUCTION_BYTES_MAX;

/// No more may start in one cycle.
pub(super) const INSTRUCTIONS_MAX: u32 = STARTS_MAX;

/// The cost of the block of so many instructions, at most [`INSTRUCTIONS_MAX`], that starts at `start`, if there are units for
/// all and what is behind the last one does not matter. `ready` is used for when registers are there.
#[inline(always)]
pub(super) fn cost(
    surroundings: &Surroundings<'_>,
    table: &Table,
    ready: &mut quick::Ready,
    start: u32,
    instructions: u32,
) -> Option<u32> {
    let code = &surroundings.code;
    let (bytes, opcodes) = (code.bytes(), code.isa().opcodes());
    let all = code.start_bits(start);
    // One alone costs what it takes.
    if instructions == 1 && all & 1 != 0 {
        let mut raw = raw_at(bytes, opcodes, start);
        let row = table.row_of(raw);
        if row.is_branch() {
            raw = surroundings.predict(row, raw, start, all >> 1);
        }
        return Some(u32::from(table.row_of(raw).latency).max(1));
    }
    if instructions <= 1 {
        return None;
    }
    let mut starts = all;
    ready[..16].fill(0);
    let (mut slots, mut last, mut demand) = (Slots::default(), 0, Demand::default());
    let mut add = |row: &Row, raw: Raw| {
        demand.add(row);
        let operation = table.read(row, raw);
        slots.take(operation.slots());
        // A move takes what its source has.
        let decoded = if row.is_entry() { slots.next_cycle() } else { 0 };
        let [first, second] = operation.sources().map(|place| u32::from(ready[place]));
        let finish = first.max(second).max(decoded) + u32::from(row.latency);
        ready[operation.written()] = finish as u16;
        last = last.max(finish);
    };
    for _ in 1..instructions {
        if starts == 0 {
            return None;
        }
        let raw = raw_at(bytes, opcodes, start + starts.trailing_zeros());
        starts &= starts - 1;
        add(table.row_of(raw), raw);
    }
    if starts == 0 {
        return None;
    }
    // Only the last one can be a branch.
    let distance = starts.trailing_zeros();
    starts &= starts - 1;
    let mut raw = raw_at(bytes, opcodes, start + distance);
    let row = table.row_of(raw);
    if row.is_branch() {
        raw = surroundings.predict(row, raw, start + distance, starts >> distance >> 1);
    }
    add(table.row_of(raw), raw);
    // The last one may be implicit, where no instruction is. There are two at least.
    let seen = all & !starts;
    let at = seen.leading_zeros();
    let before = (seen & !(1 << 63 >> at)).leading_zeros();
    if before - at > INSTRUCTION_BYTES_MAX || demand.alus() > ALUS || !demand.is_single() {
        return None;
    }
    Some(quick::cost(slots, last))
}
