// SPDX-License-Identifier: Apache-2.0
//! The cost of a block of so few instructions that nobody waits for units: there are enough for all of them at once. Half of
//! all blocks are like that.
//!
//! Then an operation starts as soon as it has been decoded and its operands are there, which is what the core does, and
//! instructions need not be collected: one look at each is enough.

use super::operation::{Demand, Table};
use super::pipeline::Surroundings;
use super::quick;
use super::simulator::{ALUS, DECODE_SLOTS, STARTS_MAX};
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
    // One alone costs what it takes.
    if instructions == 1 && code.is_instruction_start(start) {
        let mut raw = raw_at(bytes, opcodes, start);
        if table.row_of(raw).is_branch() {
            raw = surroundings.predict(raw, start);
        }
        return Some(u32::from(table.row_of(raw).latency).max(1));
    }
    let mut starts = code.start_bits(start);
    ready[..16].fill(0);
    let (mut slots, mut last, mut demand) = (0, 0, Demand::default());
    let (mut offset, mut before) = (start, start);
    for _ in 0..instructions {
        if starts == 0 {
            return None;
        }
        before = offset;
        offset = start + starts.trailing_zeros();
        starts &= starts - 1;
        let mut raw = raw_at(bytes, opcodes, offset);
        if table.row_of(raw).is_branch() {
            raw = surroundings.predict(raw, offset);
        }
        let row = table.row_of(raw);
        demand.add(row);
        let operation = table.read(row, raw);
        let cycle = (slots + operation.slots() - 1) / DECODE_SLOTS;
        slots = slots.max(cycle * DECODE_SLOTS) + operation.slots();
        // A move takes what its source has.
        let decoded = if row.is_entry() { cycle + 1 } else { 0 };
        let [first, second] = operation.sources().map(|place| u32::from(ready[place]));
        let finish = first.max(second).max(decoded) + u32::from(row.latency);
        ready[operation.written()] = finish as u16;
        last = last.max(finish);
    }
    // The last one may be implicit, where no instruction is.
    let distance_max = if instructions > 1 { INSTRUCTION_BYTES_MAX } else { 0 };
    if offset - before > distance_max || demand.alus() > ALUS || !demand.is_single() {
        return None;
    }
    Some(quick::cost(slots.saturating_sub(1) / DECODE_SLOTS, last))
}
