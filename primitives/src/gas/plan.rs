// SPDX-License-Identifier: Apache-2.0
//! Finds when each instruction of a block executes, without going through all cycles.
//!
//! Instructions are taken in code order, and each starts in the first cycle in which its operands and its units are there.
//! That is what the core does, unless a younger instruction takes the unit that an older one, which waits for its operands
//! longer, would have had. So one whose unit is free when it could start, but not for as long as it takes, starts
//! all the same; what would have started later is planned anew.
//!
//! # Results
//!
//! A register stands for the entry that produces it, not for the cycle in which its value is there. So a move is a copy of
//! a small number, entries remember whom they wait for, and what is planned anew need not be read again.
//!
//! # Time
//!
//! Planning anew looks at those of the 32 instructions in the reorder buffer that would have started later; compiled code
//! has few of them. Code that has many ([`EFFORT`]), and code that does what the plan does not know (more than five starts
//! in a cycle, more than 256 cycles ahead), is handed over to the [`Simulator`], which takes a bounded number of
//! steps for each instruction whatever the code.

use super::operation::{Operation, Row, Table};
use super::simulator::Simulator;
use super::units::{Found, Units};
use crate::isa::Reg;

const ROB: u32 = 32;
const STARTS_MAX: u8 = 5;
const DECODE_SLOTS: u32 = 4;
/// Cycles whose starts are counted. More than can be looked ahead, so that the counts need not be cleared often.
const STARTS: u32 = 512;
/// Cycles that have passed when their counts are cleared.
const STARTS_PASSED: u32 = 128;
/// Operations that may be looked at again for each one that has been planned.
const EFFORT: u32 = 8;
/// The same in addition once per block.
const EFFORT_AT_ONCE: u32 = 256;
/// Operations that going through the reorder buffer counts for.
const EFFORT_OF_LOOK: u32 = 4;
/// Results that are remembered, one for each of the last entries. An entry may have been made [`LOOK_THROUGH`] entries after
/// registers were looked through, when it found a result `ROB` entries old, and it is itself looked at for `ROB` entries more.
const RESULTS: u32 = 128;
/// After so many entries registers are looked through for results that have been there for long.
const LOOK_THROUGH: u32 = 64;
/// The place of a result that is there from the beginning.
const THERE: u8 = RESULTS as u8;

const _: () = assert!(2 * ROB + LOOK_THROUGH <= RESULTS, "a result is needed after it has been forgotten");

/// The block cannot be planned any further; the simulator can go on where it was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unplannable;

/// An entry of the reorder buffer, to be planned anew. Bytes from the lowest: the places of the results that it waits for,
/// the number of its row.
#[derive(Clone, Copy, Debug, Default)]
struct Entry(u32);

impl Entry {
    #[inline(always)]
    fn new([first, second]: [u8; 2], row: u8) -> Self {
        Self(u32::from(first) | u32::from(second) << 8 | u32::from(row) << 16)
    }

    #[inline(always)]
    fn sources(self) -> [u8; 2] {
        [self.0 as u8, (self.0 >> 8) as u8]
    }

    #[inline(always)]
    fn row(self, table: &Table) -> &Row {
        table.row((self.0 >> 16) as u8)
    }
}

/// The plan of a block.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// In which the next operation is decoded, unless it has to wait.
    cycle: u32,
    slots_left: u32,
    /// When the last of all entries finishes.
    last: u32,
    /// Whether that has to be computed from `retired` and what is in the reorder buffer.
    last_is_stale: bool,
    /// Entries of the reorder buffer so far.
    entries: u32,
    /// When the last of the entries has finished that the reorder buffer has no room for.
    retired: u32,
    /// Before this cycle `starts` is empty.
    cleared: u32,
    /// Operations that have been looked at again.
    looked_at: u32,
    /// The same for all blocks.
    #[cfg(test)]
    pub(super) looked_at_ever: u64,
    units: Units,
    /// The place of the result for a place of an [`Operation`].
    registers: [u8; 256],
    /// When a result is there, by the number of its entry modulo [`RESULTS`].
    ready: [u32; 256],
    /// Number of starts by cycle, modulo its length.
    starts: [u8; STARTS as usize],
    // Of the entries in the reorder buffer, modulo its length.
    log: [Entry; ROB as usize],
    decoded: [u32; ROB as usize],
    started: [u32; ROB as usize],
}

impl Plan {
    pub(super) fn new() -> Self {
        Self {
            cycle: 0,
            slots_left: DECODE_SLOTS,
            last: 0,
            last_is_stale: false,
            entries: 0,
            retired: 0,
            cleared: 0,
            looked_at: 0,
            #[cfg(test)]
            looked_at_ever: 0,
            units: Units::default(),
            registers: [THERE; 256],
            ready: [0; 256],
            starts: [0; STARTS as usize],
            log: [Entry::default(); ROB as usize],
            decoded: [0; ROB as usize],
            started: [0; ROB as usize],
        }
    }

    /// Goes on with operations.
    ///
    /// # Errors
    /// How many of them have been planned if one cannot be. [`hand_over`](Self::hand_over) has to follow.
    #[inline(never)]
    pub(super) fn go_on(&mut self, table: &Table, operations: &[Operation]) -> Result<(), usize> {
        let (mut cycle, mut slots_left, mut entries) = (self.cycle, self.slots_left, self.entries);
        let mut left = operations.iter();
        while let Some(operation) = left.next() {
            let row = table.row(operation.number());
            let slots = operation.slots();
            let advance = slots_left < slots;
            cycle += u32::from(advance);
            slots_left = if advance { DECODE_SLOTS } else { slots_left };
            if entries >= ROB {
                self.retired = self.retired.max(self.ready[result_of(entries - ROB)]);
                if self.retired + 1 >= cycle {
                    cycle = self.retired + 2;
                    slots_left = DECODE_SLOTS;
                }
            }
            slots_left -= slots;
            let sources = operation.sources().map(|place| self.registers[place]);
            if !row.is_entry() {
                // A move has its source in the second place.
                self.registers[operation.written()] = sources[1];
                continue;
            }
            // What it takes to stop here: the slots have not been used.
            macro_rules! stop {
                () => {
                    (self.cycle, self.slots_left, self.entries) = (cycle, slots_left + slots, entries)
                };
            }
            let mut start = self.operands(sources).max(cycle + 1);
            if row.needs_alu() {
                match self.units.take_near(row, start) {
                    Some(found) => start = found,
                    None => {
                        stop!();
                        match self.place(table, row, start) {
                            Ok(found) => start = found,
                            Err(Unplannable) => return Err(operations.len() - left.len() - 1),
                        }
                    }
                }
            } else if start - self.cleared >= STARTS {
                stop!();
                self.clear_starts();
                if start - self.cleared >= STARTS {
                    return Err(operations.len() - left.len() - 1);
                }
            }
            let count = &mut self.starts[(start % STARTS) as usize];
            *count += 1;
            if *count > STARTS_MAX {
                stop!();
                return Err(operations.len() - left.len() - 1);
            }
            let finish = start + u32::from(row.latency);
            self.last = self.last.max(finish);
            let result = result_of(entries);
            self.ready[result] = finish;
            self.registers[operation.written()] = result as u8;
            let at = (entries % ROB) as usize;
            self.log[at] = Entry::new(sources, operation.number());
            self.decoded[at] = cycle;
            self.started[at] = start;
            entries += 1;
            if entries.is_multiple_of(LOOK_THROUGH) {
                look_through(&mut self.registers, entries);
            }
        }
        (self.cycle, self.slots_left, self.entries) = (cycle, slots_left, entries);
        Ok(())
    }

    /// When the results at these places are there.
    #[inline(always)]
    fn operands(&self, sources: [u8; 2]) -> u32 {
        let [first, second] = sources.map(|result| self.ready[usize::from(result)]);
        first.max(second)
    }

    /// What the block costs. The next block can follow.
    #[inline]
    pub(super) fn finish(&mut self) -> u32 {
        if self.last_is_stale {
            self.last = self
                .in_buffer()
                .map(|entry| self.ready[result_of(entry)])
                .fold(self.retired, |last, finish| last.max(finish));
        }
        // The core is empty one cycle after the last operation retired, or was decoded if that is a move, which makes no
        // entry.
        let cost = self.last.saturating_sub(1).max(self.cycle.saturating_sub(2)).max(1);
        self.reset();
        cost
    }

    /// The entries that may still be in the reorder buffer.
    fn in_buffer(&self) -> core::ops::Range<u32> {
        self.entries.saturating_sub(ROB)..self.entries
    }

    /// Prepares for a new block.
    #[inline(always)]
    fn reset(&mut self) {
        const FEW: u32 = 64;
        if self.last < FEW {
            self.starts[..FEW as usize].fill(0);
        } else {
            self.starts.fill(0);
        }
        self.registers[..REGISTERS].fill(THERE);
        self.units.clear();
        (self.cycle, self.slots_left, self.last, self.last_is_stale) = (0, DECODE_SLOTS, 0, false);
        (self.entries, self.retired, self.cleared, self.looked_at) = (0, 0, 0, 0);
    }

    /// Finds the start of an operation that needs units; takes them.
    #[inline(never)]
    fn place(&mut self, table: &Table, row: &Row, earliest: u32) -> Result<u32, Unplannable> {
        // Nothing will start before the next cycle.
        self.units.advance(self.cycle + 1);
        if self.cycle + 1 - self.cleared >= STARTS_PASSED {
            self.clear_starts();
        }
        let start = match self.units.find(row, earliest) {
            Found::Free(start) => start,
            Found::Short(start) => {
                self.replan(table, row, start)?;
                start
            }
            Found::Beyond => return Err(Unplannable),
        };
        if self.units.end() - self.cleared >= STARTS || start - self.cleared >= STARTS {
            return Err(Unplannable);
        }
        Ok(start)
    }

    /// Makes room in `starts` for later cycles.
    #[inline(never)]
    fn clear_starts(&mut self) {
        let now = self.cycle + 1;
        for cycle in self.cleared..now.min(self.cleared + STARTS) {
            self.starts[(cycle % STARTS) as usize] = 0;
        }
        self.cleared = now;
    }

    /// The entries in the reorder buffer that start after a cycle: bit 0 stands for the oldest one there is room for.
    #[inline]
    fn started_after(&self, cycle: u32) -> u32 {
        let mut later = 0_u32;
        for started in self.started.iter().rev() {
            later = later.wrapping_add(later).wrapping_add(u32::from(*started > cycle));
        }
        // What is at other places is left over from other blocks.
        match self.entries {
            0..ROB => later & ((1 << self.entries) - 1),
            entries => later.rotate_right(entries % ROB),
        }
    }

    /// The numbers of entries in such a set, from the oldest on.
    #[inline(always)]
    fn numbers(&self, mut set: u32) -> impl Iterator<Item = u32> {
        let oldest = self.in_buffer().start;
        core::iter::from_fn(move || {
            let age = (set != 0).then(|| set.trailing_zeros());
            set &= set.wrapping_sub(1);
            age.map(|age| oldest + age)
        })
    }

    /// Takes entries out of the plan.
    #[inline]
    fn take_out(&mut self, table: &Table, set: u32) {
        for entry in self.numbers(set) {
            let at = (entry % ROB) as usize;
            let start = self.started[at];
            let row = self.log[at].row(table);
            self.starts[(start % STARTS) as usize] -= 1;
            if row.needs_alu() {
                self.units.give_back(row, start, start + u32::from(row.latency));
            }
        }
    }

    /// Makes the plan anew from cycle `start` on, in which the next operation starts. Takes the units for that.
    #[inline(never)]
    fn replan(&mut self, table: &Table, next: &Row, start: u32) -> Result<(), Unplannable> {
        let floor = start + 1;
        self.last_is_stale = true;
        // All that started up to this cycle is kept.
        let mut open = self.started_after(start);
        self.take_out(table, open);
        self.units.hold(next, start, start + u32::from(next.latency))?;
        let oldest = self.in_buffer().start;
        'again: loop {
            let looked_at = EFFORT_OF_LOOK + open.count_ones();
            self.looked_at += looked_at;
            #[cfg(test)]
            {
                self.looked_at_ever += u64::from(looked_at);
            }
            if self.looked_at > EFFORT_AT_ONCE + EFFORT * self.entries {
                return Err(Unplannable);
            }
            for entry in self.numbers(open) {
                let at = (entry % ROB) as usize;
                let row = self.log[at].row(table);
                let mut start = self.operands(self.log[at].sources()).max(floor).max(self.decoded[at] + 1);
                let mut is_short = false;
                if row.needs_alu() {
                    start = match self.units.take_near(row, start) {
                        Some(start) => start,
                        None => match self.units.find(row, start) {
                            Found::Free(start) => start,
                            Found::Short(start) => {
                                is_short = true;
                                start
                            }
                            Found::Beyond => return Err(Unplannable),
                        },
                    };
                }
                if start - self.cleared >= STARTS {
                    return Err(Unplannable);
                }
                let finish = start + u32::from(row.latency);
                self.started[at] = start;
                self.ready[result_of(entry)] = finish;
                let count = &mut self.starts[(start % STARTS) as usize];
                *count += 1;
                if *count > STARTS_MAX {
                    return Err(Unplannable);
                }
                if is_short {
                    // Those behind it have no place yet.
                    let behind = open & (u32::MAX << (entry - oldest)) << 1;
                    let later = self.started_after(start) & !behind;
                    self.take_out(table, later);
                    self.units.hold(row, start, finish)?;
                    open = behind | later;
                    continue 'again;
                }
            }
            return Ok(());
        }
    }

    /// Hands the block over to the simulator. The next block can follow.
    #[cold]
    #[inline(never)]
    pub(super) fn hand_over(&mut self, table: &Table, simulator: &mut Simulator) {
        simulator.begin(self.cycle, self.slots_left);
        // Who produces a result, as the simulator counts.
        let mut producers = [0; 256];
        for entry in self.in_buffer() {
            let at = (entry % ROB) as usize;
            let entry_at = self.log[at];
            let sources = entry_at.sources().map(|result| match self.is_in_buffer(result, entry) {
                true => producers[usize::from(result)],
                false => 0,
            });
            producers[result_of(entry)] =
                simulator.adopt(entry_at.row(table), sources, self.decoded[at], self.started[at]);
        }
        for place in 0..Reg::COUNT {
            let result = self.registers[place];
            if self.is_in_buffer(result, self.entries) {
                simulator.set_producer(place, producers[usize::from(result)]);
            }
        }
        // There may be starts everywhere.
        self.last = u32::MAX;
        self.reset();
    }

    /// Whether a result is that of an entry that may be in the reorder buffer, before entry number `before`.
    fn is_in_buffer(&self, result: u8, before: u32) -> bool {
        let ago = before.wrapping_sub(result.into()) % RESULTS;
        result != THERE && ago <= before - self.in_buffer().start
    }
}

/// Places for registers, those that do not exist included.
const REGISTERS: usize = 16;

/// The place of the result of an entry.
#[inline(always)]
fn result_of(entry: u32) -> usize {
    (entry % RESULTS) as usize
}

/// Has registers forget who produced their values if those entries are not in the reorder buffer any more.
#[inline(never)]
fn look_through(registers: &mut [u8; 256], entries: u32) {
    for register in &mut registers[..REGISTERS] {
        let ago = (entries as u8).wrapping_sub(*register) % RESULTS as u8;
        *register = if ago > ROB as u8 { THERE } else { *register };
    }
}
