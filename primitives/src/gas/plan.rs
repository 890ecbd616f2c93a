// SPDX-License-Identifier: Apache-2.0
//! Finds when each instruction of a block executes, without going through all cycles.
//!
//! Instructions are taken in code order, and each starts in the first cycle in which its operands and its units are there.
//! That is what the core does, unless a younger instruction takes the unit that an older one, which waits for its operands
//! longer, would have had. So one whose unit is free when it could start, but not for as long as it takes, starts
//! all the same; what would have started later is planned anew.
//!
//! # Time
//!
//! Planning anew looks at the 32 instructions that can be in the reorder buffer. Compiled code needs it for one instruction
//! in thirty at most. Code in which it becomes frequent ([`EFFORT`]), and code that does what the plan does not know (more
//! than five starts in a cycle, more than 256 cycles ahead), is handed over to the [`Simulator`], which takes
//! a bounded number of steps for each instruction whatever the code.

use super::operation::{Operation, Raw, Row, Table};
use super::simulator::Simulator;
use super::units::{Found, Units};
use crate::isa::Reg;
use core::ops::Range;

const ROB: u32 = 32;
const STARTS_MAX: u8 = 5;
const DECODE_SLOTS: u32 = 4;
/// Instructions that are collected before they are planned: what is known of the block stays in registers of the machine
/// while one after the other is.
const BATCH: usize = 64;
/// Operations after which few entries in a batch are too few.
const MARK_FROM: u32 = 128;
/// Moves that are remembered: those among the entries in the reorder buffer.
const MOVES: usize = 256;
const UNPLACED: u32 = u32::MAX;
/// Cycles whose starts are counted.
const STARTS: u32 = 256;
/// Operations that may be looked at again for each one that has been planned.
const EFFORT: u32 = 8;
/// The same in addition once per block.
const EFFORT_AT_ONCE: u32 = 256;

/// The place of an entry in the logs.
#[inline(always)]
fn place_of(entry: u32) -> usize {
    (entry % ROB) as usize
}

/// Plans blocks, one after the other.
#[derive(Clone, Debug)]
pub(super) struct Planner {
    table: &'static Table,
    batch: [Raw; BATCH],
    /// How much of the batch has been pushed so far.
    collected: usize,
    /// How much of the batch had been planned when that failed.
    planned: usize,
    pub(super) plan: Plan,
}

/// The block cannot be planned any further; the simulator can go on where it was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unplannable;

impl Planner {
    pub(super) fn new(table: &'static Table) -> Self {
        Self { table, batch: [Raw::default(); BATCH], collected: 0, planned: 0, plan: Plan::new() }
    }

    /// Collects the next operation of the block. True if it is time to [`plan`](Self::plan).
    #[inline(always)]
    pub(super) fn push(&mut self, raw: Raw) -> bool {
        let at = self.collected;
        self.batch[at % BATCH] = raw;
        self.collected = at + 1;
        at + 1 == BATCH
    }

    /// Plans what has been collected.
    ///
    /// # Errors
    /// If that cannot be done. [`hand_over`](Self::hand_over) has to follow.
    pub(super) fn plan(&mut self) -> Result<(), Unplannable> {
        let batch = self.batch.get(..self.collected).unwrap_or_default();
        match self.plan.go_on(self.table, batch) {
            Ok(()) => {
                self.collected = 0;
                Ok(())
            }
            Err(planned) => {
                self.planned = planned;
                Err(Unplannable)
            }
        }
    }

    /// Ends the block and returns its cost; the next block can follow.
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    pub(super) fn finish(&mut self) -> Result<u32, Unplannable> {
        self.plan()?;
        let cost = self.plan.cost();
        self.plan.reset();
        Ok(cost)
    }

    /// Hands the block over to the simulator, with what has been collected.
    #[cold]
    #[inline(never)]
    pub(super) fn hand_over(&mut self, simulator: &mut Simulator) {
        self.plan.hand_over(simulator);
        for raw in &self.batch[self.planned..self.collected] {
            simulator.feed(*raw);
        }
        // There may be starts everywhere.
        self.plan.last = u32::MAX;
        self.plan.reset();
        self.collected = 0;
    }

    /// Feeds what has been collected to the simulator, which has the block already.
    pub(super) fn feed(&mut self, simulator: &mut Simulator) {
        for raw in &self.batch[..core::mem::take(&mut self.collected)] {
            simulator.feed(*raw);
        }
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
    /// Entries of the reorder buffer so far, and moves, which make none.
    entries: u32,
    moves: u32,
    /// Entries before the last batch.
    entries_at_mark: u32,
    /// Before this cycle `starts` is empty.
    cleared: u32,
    /// Operations that have been looked at again.
    looked_at: u32,
    /// The same for all blocks.
    #[cfg(test)]
    pub(super) looked_at_ever: u64,
    units: Units,
    /// When the result for a place of an [`Operation`] is there.
    ready: [u32; 256],
    /// Number of starts by cycle, modulo its length.
    starts: [u8; STARTS as usize],
    // Of the entries in the reorder buffer, modulo its length.
    operations: [Operation; ROB as usize],
    decoded: [u32; ROB as usize],
    started: [u32; ROB as usize],
    /// When it and all before it have finished.
    finished: [u32; ROB as usize],
    /// The last moves and how many entries came before each, modulo its length.
    moved: [(u32, Operation); MOVES],
}

impl Plan {
    fn new() -> Self {
        Self {
            cycle: 0,
            slots_left: DECODE_SLOTS,
            last: 0,
            entries: 0,
            moves: 0,
            entries_at_mark: 0,
            cleared: 0,
            looked_at: 0,
            #[cfg(test)]
            looked_at_ever: 0,
            units: Units::default(),
            ready: [0; 256],
            starts: [0; STARTS as usize],
            operations: [Operation::default(); ROB as usize],
            decoded: [0; ROB as usize],
            started: [0; ROB as usize],
            finished: [0; ROB as usize],
            moved: [(0, Operation::default()); MOVES],
        }
    }

    /// Goes on with operations.
    ///
    /// # Errors
    /// How many of them have been planned if one of them cannot be.
    #[inline(never)]
    fn go_on(&mut self, table: &Table, batch: &[Raw]) -> Result<(), usize> {
        if self.entries + self.moves >= MARK_FROM && self.entries - self.entries_at_mark < ROB {
            // So many moves may not be remembered.
            return Err(0);
        }
        self.entries_at_mark = self.entries;
        let (mut cycle, mut slots_left, mut entries) = (self.cycle, self.slots_left, self.entries);
        let mut left = batch.iter();
        while let Some(raw) = left.next() {
            let (operation, row, slots) = table.read(*raw);
            let advance = slots_left < slots;
            cycle += u32::from(advance);
            slots_left = if advance { DECODE_SLOTS } else { slots_left };
            let at = place_of(entries);
            if entries >= ROB {
                let retired = self.finished[at] + 1;
                if retired >= cycle {
                    cycle = retired + 1;
                    slots_left = DECODE_SLOTS;
                }
            }
            let [first, second, written] = operation.places();
            let operands = self.ready[first].max(self.ready[second]);
            if !row.is_entry() {
                self.moved[self.moves as usize % MOVES] = (entries, operation);
                self.moves += 1;
                self.ready[written] = operands;
                slots_left -= slots;
                continue;
            }
            let earliest = operands.max(cycle + 1);
            let mut start = earliest;
            if row.needs_alu() {
                match self.units.take_near(row, earliest) {
                    Some(found) => start = found,
                    None => {
                        (self.cycle, self.slots_left, self.entries) = (cycle, slots_left, entries);
                        start = match self.place(table, row, earliest) {
                            Ok(start) => start,
                            Err(Unplannable) => return Err(batch.len() - left.len() - 1),
                        };
                    }
                }
            } else if start - self.cleared >= STARTS {
                (self.cycle, self.slots_left, self.entries) = (cycle, slots_left, entries);
                self.clear_starts();
                if start - self.cleared >= STARTS {
                    return Err(batch.len() - left.len() - 1);
                }
            }
            let count = &mut self.starts[usize::from(start as u8)];
            *count += 1;
            if *count > STARTS_MAX {
                (self.cycle, self.slots_left, self.entries) = (cycle, slots_left, entries);
                return Err(batch.len() - left.len() - 1);
            }
            slots_left -= slots;
            let finish = start + u32::from(row.latency);
            self.ready[written] = finish;
            self.last = self.last.max(finish);
            self.finished[at] = self.last;
            self.operations[at] = operation;
            self.decoded[at] = cycle;
            self.started[at] = start;
            entries += 1;
        }
        (self.cycle, self.slots_left, self.entries) = (cycle, slots_left, entries);
        Ok(())
    }

    /// What the block costs if it ends here.
    fn cost(&self) -> u32 {
        // The core is empty one cycle after the last operation retired, or was decoded if that is a move, which makes no
        // entry.
        self.last.saturating_sub(1).max(self.cycle.saturating_sub(2)).max(1)
    }

    /// Prepares for a new block.
    #[inline]
    fn reset(&mut self) {
        if self.last < STARTS / 2 {
            self.starts[..STARTS as usize / 2].fill(0);
        } else {
            self.starts.fill(0);
        }
        self.ready[..Reg::COUNT].fill(0);
        self.units.clear();
        (self.cycle, self.slots_left, self.last) = (0, DECODE_SLOTS, 0);
        (self.entries, self.moves, self.entries_at_mark, self.cleared, self.looked_at) = (0, 0, 0, 0, 0);
    }

    /// Finds the start of an operation that needs units; takes them.
    #[inline(never)]
    fn place(&mut self, table: &Table, row: &Row, earliest: u32) -> Result<u32, Unplannable> {
        // Nothing will start before the next cycle.
        self.units.advance(self.cycle + 1);
        self.clear_starts();
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
            self.starts[usize::from(cycle as u8)] = 0;
        }
        self.cleared = now;
    }

    /// The entries that may still be in the reorder buffer, and the first move behind the oldest of them.
    fn recent(&self) -> (Range<u32>, u32) {
        let oldest = self.entries.saturating_sub(ROB);
        let mut moved = self.moves;
        // Moves before the oldest entry are of results that are there.
        while moved > 0 && self.moved[(moved - 1) as usize % MOVES].0 > oldest {
            moved -= 1;
        }
        (oldest..self.entries, moved)
    }

    /// Makes the plan anew from cycle `start` on, in which the next operation starts.
    #[inline(never)]
    fn replan(&mut self, table: &Table, next: &Row, start: u32) -> Result<(), Unplannable> {
        let next_finish = start + u32::from(next.latency);
        let (entries, first_moved) = self.recent();
        let floor = start + 1;
        // All that started up to this cycle is kept.
        let mut at = start;
        self.units.release_from(at + 1);
        self.units.hold(next, at, at + 1)?;
        'again: loop {
            let looked_at = entries.end - entries.start + self.moves - first_moved;
            self.looked_at += looked_at;
            #[cfg(test)]
            {
                self.looked_at_ever += u64::from(looked_at);
            }
            if self.looked_at > EFFORT_AT_ONCE + EFFORT * (self.entries + self.moves) {
                return Err(Unplannable);
            }
            for entry in entries.clone() {
                let index = place_of(entry);
                let start = self.started[index];
                if start > at {
                    if start != UNPLACED {
                        self.starts[usize::from(start as u8)] -= 1;
                        self.started[index] = UNPLACED;
                    }
                    continue;
                }
                let row = self.operations[index].row(table);
                let finish = start + u32::from(row.latency);
                if finish > at + 1 && row.needs_alu() {
                    self.units.hold(row, at + 1, finish)?;
                }
            }
            self.units.hold(next, at + 1, next_finish)?;

            self.ready[..Reg::COUNT].fill(0);
            self.last = 0;
            let mut moved = first_moved;
            for entry in entries.clone() {
                self.repeat_moves(&mut moved, entry);
                let index = place_of(entry);
                let operation = self.operations[index];
                let row = operation.row(table);
                let [first, second, written] = operation.places();
                let mut start = self.started[index];
                if start == UNPLACED {
                    let operands = self.ready[first].max(self.ready[second]);
                    start = operands.max(floor).max(self.decoded[index] + 1);
                    let mut is_short = false;
                    if row.needs_alu() {
                        (start, is_short) = match self.units.take_near(row, start) {
                            Some(start) => (start, false),
                            None => match self.units.find(row, start) {
                                Found::Free(start) => (start, false),
                                Found::Short(start) => (start, true),
                                Found::Beyond => return Err(Unplannable),
                            },
                        };
                    }
                    if start - self.cleared >= STARTS {
                        return Err(Unplannable);
                    }
                    self.started[index] = start;
                    let count = &mut self.starts[usize::from(start as u8)];
                    *count += 1;
                    if *count > STARTS_MAX {
                        return Err(Unplannable);
                    }
                    if is_short {
                        at = start;
                        self.units.release_from(at + 1);
                        self.units.hold(row, at, at + 1)?;
                        continue 'again;
                    }
                }
                let finish = start + u32::from(row.latency);
                self.ready[written] = finish;
                self.last = self.last.max(finish);
                self.finished[index] = self.last;
            }
            self.repeat_moves(&mut moved, self.entries);
            return Ok(());
        }
    }

    /// Does what the moves from number `moved` on do that come before an entry.
    #[inline(always)]
    fn repeat_moves(&mut self, moved: &mut u32, entry: u32) {
        while *moved < self.moves {
            let (before, operation) = self.moved[*moved as usize % MOVES];
            if before > entry {
                break;
            }
            let [_, source, written] = operation.places();
            self.ready[written] = self.ready[source];
            *moved += 1;
        }
    }

    /// Hands over to the simulator what has been planned.
    fn hand_over(&self, simulator: &mut Simulator) {
        simulator.begin(self.cycle, self.slots_left);
        let (entries, mut moved) = self.recent();
        for entry in entries.start..=entries.end {
            while moved < self.moves && self.moved[moved as usize % MOVES].0 == entry {
                simulator.rename(self.moved[moved as usize % MOVES].1);
                moved += 1;
            }
            if entry < entries.end {
                let index = place_of(entry);
                simulator.adopt(self.operations[index], self.decoded[index], self.started[index]);
            }
        }
    }
}
