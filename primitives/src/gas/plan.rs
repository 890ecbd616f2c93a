// SPDX-License-Identifier: Apache-2.0
//! Finds when each instruction of a block executes, without going through all cycles.
//!
//! Instructions are taken in code order, and each starts in the first cycle in which its operands and its units are there.
//! That is what the core does, unless a younger instruction takes the unit that an older one, which waits for its operands
//! longer, would have had. So one whose unit is free when it could start, but not for as long as it takes, starts
//! all the same. What would have started from the first cycle on in which that is too much is planned anew; before that
//! cycle there are units for all, so it stays as it is.
//!
//! No more than five instructions may start in a cycle, four with units and one without: that is looked at only where two start that
//! need no unit. Those start when they have been decoded, but for the last of a block, so nothing else changes in that
//! cycle once the next one has come.
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
use super::quick;
use super::simulator::{Simulator, DECODE_SLOTS, ROB, STARTS_MAX};
use super::slots::{later, Slots, NONE};
use super::units::{Found, Units};
use crate::isa::Reg;

/// Decode slots that are planned, four in each cycle, so that they can be counted: a call of [`Plan::go_on`] goes beyond that by
/// no more than a batch of operations takes.
const SLOTS_MAX: u32 = 1 << 30;
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

/// What becomes of an operation for which more has to be looked at than whether there is an arithmetic unit.
enum Placed {
    /// It starts in this cycle, in which its units are taken.
    At(u32),
    /// It makes no entry in the reorder buffer.
    Move,
}

/// The plan of a block.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Decode slots up to the next operation, unless that one has to wait.
    slots: Slots,
    /// When the last of those entries finishes whose places in the reorder buffer others have taken, or are about to.
    retired: u32,
    /// Entries of the reorder buffer so far.
    entries: u32,
    /// The cycle in which the last operation starts that needs no unit.
    other: u32,
    /// The last cycle in which more than one such operation starts.
    crowded: u32,
    /// Whether nothing can be planned behind the last operation.
    is_over: bool,
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
    // Of the entries in the reorder buffer, modulo its length. First, the places of the results that they wait for.
    first: [u8; ROB as usize],
    second: [u8; ROB as usize],
    /// The numbers of their rows.
    numbers: [u8; ROB as usize],
    /// The cycles behind those in which they are decoded.
    may_start: [u32; ROB as usize],
    started: [u32; ROB as usize],
    finished: [u32; ROB as usize],
}

impl Plan {
    pub(super) fn new() -> Self {
        Self {
            slots: Slots::default(),
            retired: NONE,
            entries: 0,
            other: 0,
            crowded: 0,
            is_over: false,
            looked_at: 0,
            #[cfg(test)]
            looked_at_ever: 0,
            units: Units::default(),
            registers: [THERE; 256],
            ready: [0; 256],
            first: [THERE; ROB as usize],
            second: [THERE; ROB as usize],
            numbers: [0; ROB as usize],
            may_start: [0; ROB as usize],
            started: [0; ROB as usize],
            finished: [NONE; ROB as usize],
        }
    }

    /// Goes on with operations.
    ///
    /// # Errors
    /// How many of them have been planned if one cannot be. [`hand_over`](Self::hand_over) has to follow.
    #[inline(never)]
    pub(super) fn go_on(&mut self, table: &Table, operations: &[Operation]) -> Result<(), usize> {
        if let (true, Some(next)) = (self.slots.count() > SLOTS_MAX || self.is_over, operations.first()) {
            // Up to where the next one is decoded.
            self.slots.wait_for_room(later(self.retired, self.finished[(self.entries % ROB) as usize]));
            self.slots.begin(next.slots());
            return Err(0);
        }
        let (mut slots, mut entries, mut retired) = (self.slots, self.entries, self.retired);
        for (index, operation) in operations.iter().enumerate() {
            let row = table.row(operation.number());
            let at = (entries % ROB) as usize;
            retired = later(retired, self.finished[at]);
            slots.wait_for_room(retired);
            slots.begin(operation.slots());
            let begun = slots;
            slots.end(operation.slots());
            // These may be of use: they are written down before the registers of the machine are needed for other things.
            let sources = operation.sources().map(|place| self.registers[place]);
            let [first, second] = sources;
            (self.first[at], self.second[at]) = (first, second);
            self.numbers[at] = operation.number();
            self.may_start[at] = slots.next_cycle();
            let earliest = self.operands(sources).max(self.units.base()).max(slots.next_cycle());
            let start = match self.units.take_one(row, earliest) {
                Some(start) if start != self.crowded => start,
                near => {
                    // The slots have not been used if it has to stop here.
                    (self.slots, self.entries) = (begun, entries);
                    match self.place(table, operation, near, index + 1 == operations.len()) {
                        Ok(Placed::At(start)) => start,
                        Ok(Placed::Move) => continue,
                        Err(Unplannable) => return Err(index),
                    }
                }
            };
            let finish = start + u32::from(row.latency);
            self.started[at] = start;
            self.finished[at] = finish;
            let result = result_of(entries);
            self.ready[result] = finish;
            self.registers[operation.written()] = result as u8;
            entries += 1;
            if entries.is_multiple_of(LOOK_THROUGH) {
                look_through(&mut self.registers, entries);
            }
        }
        (self.slots, self.entries, self.retired) = (slots, entries, retired);
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
        let last = later(self.finished.into_iter().fold(self.retired, later), 0);
        let cost = quick::cost(self.slots, last);
        self.reset();
        cost
    }

    /// The entries that may still be in the reorder buffer where the next one is decoded.
    fn in_buffer(&self) -> core::ops::Range<u32> {
        self.entries.saturating_sub(ROB - 1)..self.entries
    }

    /// Prepares for a new block.
    #[inline(always)]
    fn reset(&mut self) {
        self.registers[..REGISTERS].fill(THERE);
        self.finished.fill(NONE);
        self.units.clear();
        (self.slots, self.retired, self.is_over) = (Slots::default(), NONE, false);
        (self.entries, self.other, self.crowded, self.looked_at) = (0, 0, 0, 0);
    }

    /// Finds the start of the next operation where that is not simple; takes its units, unless they have been taken from the
    /// cycle `near` on.
    #[inline(never)]
    fn place(
        &mut self,
        table: &Table,
        operation: &Operation,
        near: Option<u32>,
        is_last: bool,
    ) -> Result<Placed, Unplannable> {
        let row = table.row(operation.number());
        if !row.is_entry() {
            // A move has its source in the second place.
            self.registers[operation.written()] = self.registers[operation.sources()[1]];
            return Ok(Placed::Move);
        }
        let at = (self.entries % ROB) as usize;
        let earliest = self.may_start[at].max(self.operands([self.first[at], self.second[at]]));
        let start = match near {
            Some(start) => start,
            None if row.needs_alu() => self.place_far(table, row, earliest)?,
            None => {
                if earliest > self.may_start[at] {
                    // Only the last one of a block waits for operands. Nothing follows, as a rule, that could start with it.
                    if !is_last {
                        return Err(Unplannable);
                    }
                    self.is_over = true;
                }
                if earliest == self.other {
                    self.crowded = earliest;
                }
                self.other = earliest;
                earliest
            }
        };
        if start == self.crowded {
            let entries = self.entries.min(ROB) as usize;
            let starts = self.started[..entries].iter().map(|started| u32::from(*started == start));
            if starts.sum::<u32>() >= STARTS_MAX {
                return Err(Unplannable);
            }
        }
        Ok(Placed::At(start))
    }

    /// The cycle in which the next operation is decoded, where that is known.
    #[inline(always)]
    fn cycle(&self) -> u32 {
        self.slots.count() / DECODE_SLOTS
    }

    /// Finds the start of an operation that needs units; takes them.
    #[inline]
    fn place_far(&mut self, table: &Table, row: &Row, earliest: u32) -> Result<u32, Unplannable> {
        if row.needs_more() && !row.needs_multiplier() {
            if let Some(start) = self.units.take_near(row, earliest) {
                return Ok(start);
            }
        }
        // Nothing will start before the next cycle.
        self.units.advance(self.cycle() + 1);
        if let Some(start) = self.units.take_near(row, earliest) {
            return Ok(start);
        }
        match self.units.find(row, earliest) {
            Found::Free(start) => Ok(start),
            Found::Short { start, clash } => {
                self.replan(table, row, start, clash)?;
                Ok(start)
            }
            Found::Beyond => Err(Unplannable),
        }
    }

    /// The entries in the reorder buffer whose cycles, which are given by place, are this one or later: bit 0 stands for the oldest
    /// one there is room for.
    #[inline(always)]
    fn entries_from(&self, cycles: &[u32; ROB as usize], cycle: u32) -> u32 {
        let mut later = 0_u32;
        for of_entry in cycles.iter().rev() {
            later = later.wrapping_add(later).wrapping_add(u32::from(*of_entry >= cycle));
        }
        // What is at other places is left over from other blocks.
        match self.entries {
            0..ROB => later & ((1 << self.entries) - 1),
            entries => later.rotate_right(entries % ROB),
        }
    }

    /// The entries that start in a cycle or later.
    #[inline(never)]
    fn started_from(&self, cycle: u32) -> u32 {
        self.entries_from(&self.started, cycle)
    }

    /// The entries that finish in a cycle or later.
    #[inline(never)]
    fn finished_from(&self, cycle: u32) -> u32 {
        self.entries_from(&self.finished, cycle)
    }

    /// The numbers of entries in such a set, from the oldest on.
    #[inline(always)]
    fn numbers(&self, mut set: u32) -> impl Iterator<Item = u32> {
        let oldest = self.entries.saturating_sub(ROB);
        core::iter::from_fn(move || {
            let age = (set != 0).then(|| set.trailing_zeros());
            set &= set.wrapping_sub(1);
            age.map(|age| oldest + age)
        })
    }

    /// Leaves of the units what is taken by entries that start before this cycle. All others are in `out`, those included that have
    /// no place now.
    #[inline]
    fn cut(&mut self, table: &Table, cycle: u32, out: u32) -> Result<(), Unplannable> {
        self.units.cut(cycle);
        // No more than there are units.
        for entry in self.numbers(self.finished_from(cycle + 1) & !out) {
            let at = (entry % ROB) as usize;
            let row = table.row(self.numbers[at]);
            if row.needs_alu() {
                self.units.hold(row, cycle, self.finished[at])?;
            }
        }
        Ok(())
    }

    /// Makes the plan anew from cycle `start` on, in which the next operation starts. Takes the units for that.
    #[inline(never)]
    fn replan(&mut self, table: &Table, next: &Row, start: u32, clash: u32) -> Result<(), Unplannable> {
        let mut open = self.started_from(clash);
        self.cut(table, clash, open)?;
        let next_finish = start + u32::from(next.latency);
        self.units.hold(next, start, next_finish)?;
        let oldest = self.entries.saturating_sub(ROB);
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
                let row = table.row(self.numbers[at]);
                let mut start =
                    self.may_start[at].max(clash).max(self.operands([self.first[at], self.second[at]]));
                let mut clash_again = None;
                start = match self.units.take_one(row, start) {
                    Some(start) => start,
                    None if !row.needs_alu() => start,
                    None => match self.units.find(row, start) {
                        Found::Free(start) => start,
                        Found::Short { start, clash } => {
                            clash_again = Some(clash);
                            start
                        }
                        Found::Beyond => return Err(Unplannable),
                    },
                };
                let finish = start + u32::from(row.latency);
                self.started[at] = start;
                self.finished[at] = finish;
                self.ready[result_of(entry)] = finish;
                if let Some(clash) = clash_again {
                    // Those behind it have no place yet.
                    let behind = open & (u32::MAX << (entry - oldest)) << 1;
                    let later = self.started_from(clash) & !behind;
                    open = behind | later;
                    self.cut(table, clash, open)?;
                    self.units.hold(next, clash, next_finish)?;
                    // Its end has been added with those of the others.
                    self.units.hold(row, start, clash)?;
                    continue 'again;
                }
            }
            break;
        }
        Ok(())
    }

    /// Hands the block over to the simulator. The next block can follow.
    #[cold]
    #[inline(never)]
    pub(super) fn hand_over(&mut self, table: &Table, simulator: &mut Simulator) {
        simulator.begin(self.cycle(), DECODE_SLOTS - self.slots.count() % DECODE_SLOTS);
        // Who produces a result, as the simulator counts.
        let mut producers = [0; 256];
        for entry in self.in_buffer() {
            let at = (entry % ROB) as usize;
            let sources =
                [self.first[at], self.second[at]].map(|result| match self.is_in_buffer(result, entry) {
                    true => producers[usize::from(result)],
                    false => 0,
                });
            producers[result_of(entry)] = simulator.adopt(
                table.row(self.numbers[at]),
                sources,
                self.may_start[at] - 1,
                self.started[at],
            );
        }
        for place in 0..Reg::COUNT {
            let result = self.registers[place];
            if self.is_in_buffer(result, self.entries) {
                simulator.set_producer(place, producers[usize::from(result)]);
            }
        }
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
