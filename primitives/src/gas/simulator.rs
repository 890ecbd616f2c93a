// SPDX-License-Identifier: Apache-2.0
//! The pipeline simulation itself, tick by tick as the specification words it (gas costs, section 2), with sets of
//! reorder buffer entries as bits of a word.

use super::operation::{Operation, Row, Table};
use crate::isa::Reg;

/// Entries of the reorder buffer.
pub(super) const ROB: u32 = 32;
/// Slots in which operations are decoded in a cycle.
pub(super) const DECODE_SLOTS: u32 = 4;
/// Operations that may start in a cycle.
pub(super) const STARTS_MAX: u32 = 5;
/// Arithmetic units.
pub(super) const ALUS: u32 = 4;
/// More cycles than any latency, so that an instruction that finishes has its place in the calendar.
const CALENDAR: usize = 128;

/// A set of entries of the reorder buffer. Entry `n` of a block, counted from 0, is bit `n % 32`.
type Set = u32;

/// The entry that produces a register: 1 more than its number, 0 for none. It need not be in the reorder buffer any more.
pub(super) type Producer = u32;

#[derive(Clone, Debug)]
pub(super) struct Simulator {
    table: &'static Table,
    cycle: u32,
    slots_left: u32,
    /// The oldest entry, and the one to be made next.
    oldest: u32,
    next: u32,
    decoded: Set,
    waiting: Set,
    executing: Set,
    done: Set,
    /// Entries that have not finished; nobody waits for others.
    unfinished: Set,
    /// Entries that wait for the first or second of their operands.
    blocked: [Set; 2],
    /// Who waits for an entry with its first, second operand.
    dependents: [[Set; 2]; ROB as usize],
    latency: [u8; ROB as usize],
    /// Entries that need one arithmetic unit at least, two of them, the multiplier, the divider.
    one_alu: Set,
    two_alus: Set,
    multiplier: Set,
    divider: Set,
    free_alus: u32,
    multiplier_is_free: bool,
    divider_is_free: bool,
    /// Entries by the cycle in which their result is there, modulo [`CALENDAR`].
    calendar: [Set; CALENDAR],
    /// Which places of the calendar are not empty.
    days: u128,
    /// Ticks so far, of all blocks.
    #[cfg(test)]
    pub(super) ticks: u64,
    /// By place of an [`Operation`].
    producers: [Producer; 256],
}

fn bit(entry: u32) -> Set {
    1 << (entry % ROB)
}

impl Simulator {
    pub(super) fn new(table: &'static Table) -> Self {
        Self {
            table,
            cycle: 0,
            slots_left: DECODE_SLOTS,
            oldest: 0,
            next: 0,
            decoded: 0,
            waiting: 0,
            executing: 0,
            done: 0,
            unfinished: 0,
            blocked: [0; 2],
            dependents: [[0; 2]; ROB as usize],
            latency: [0; ROB as usize],
            one_alu: 0,
            two_alus: 0,
            multiplier: 0,
            divider: 0,
            free_alus: ALUS,
            multiplier_is_free: true,
            divider_is_free: true,
            calendar: [0; CALENDAR],
            days: 0,
            #[cfg(test)]
            ticks: 0,
            producers: [0; 256],
        }
    }

    fn is_full(&self) -> bool {
        self.next.wrapping_sub(self.oldest) == ROB
    }

    fn is_empty(&self) -> bool {
        self.next == self.oldest
    }

    /// Feeds one operation (section 2.2).
    pub(super) fn feed(&mut self, operation: Operation) {
        let row = self.table.row(operation.number());
        let slots = operation.slots();
        if self.slots_left < slots || self.is_full() {
            self.tick(true, false);
            while self.is_full() {
                self.tick(false, false);
            }
        }
        self.slots_left -= slots;
        let sources = operation.sources().map(|place| self.producers[place]);
        // `move_reg`, which has its source in the second place: the destination has the producer of the source.
        self.producers[operation.written()] =
            if row.is_entry() { self.append(row, sources) + 1 } else { sources[1] };
    }

    /// Makes an entry, which waits for the results of others; there is room for it.
    fn append(&mut self, row: &Row, sources: [Producer; 2]) -> u32 {
        let entry = self.next;
        let this = bit(entry);
        for (operand, source) in sources.into_iter().enumerate() {
            if let Some(producer) = source.checked_sub(1) {
                // A retired entry's bit may belong to another one by now.
                if producer >= self.oldest && self.unfinished & bit(producer) != 0 {
                    self.blocked[operand] |= this;
                    self.dependents[(producer % ROB) as usize][operand] |= this;
                }
            }
        }
        self.next += 1;
        self.decoded |= this;
        self.unfinished |= this;
        self.latency[(entry % ROB) as usize] = row.latency;
        let set = |set: &mut Set, member: bool| *set = *set & !this | if member { this } else { 0 };
        set(&mut self.one_alu, row.needs_alu());
        set(&mut self.two_alus, row.needs_two_alus());
        set(&mut self.multiplier, row.needs_multiplier());
        set(&mut self.divider, row.needs_divider());
        entry
    }

    /// Prepares for taking over a block in the middle, in this cycle and with these decode slots left.
    pub(super) fn begin(&mut self, cycle: u32, slots_left: u32) {
        self.cycle = cycle;
        self.slots_left = slots_left;
    }

    /// Takes over an entry that was decoded and started in these cycles. A start in this cycle or later is a plan
    /// that need not be kept. The result is what others have to wait for.
    pub(super) fn adopt(
        &mut self,
        row: &Row,
        sources: [Producer; 2],
        decoded: u32,
        started: u32,
    ) -> Producer {
        let finish = started.saturating_add(row.latency.into());
        if self.is_empty() && finish.saturating_add(1) < self.cycle {
            // Retired: nobody waits for it.
            return 0;
        }
        let entry = self.append(row, sources);
        let this = bit(entry);
        if started >= self.cycle {
            if decoded < self.cycle {
                self.decoded &= !this;
                self.waiting |= this;
            }
            return entry + 1;
        }
        self.decoded &= !this;
        if finish < self.cycle {
            self.done |= this;
        } else {
            self.executing |= this;
            self.calendar[finish as usize % CALENDAR] |= this;
            self.days |= 1 << (finish as usize % CALENDAR);
        }
        if finish <= self.cycle {
            self.unfinished &= !this;
        } else {
            self.free_alus -= u32::from(self.one_alu & this != 0) + u32::from(self.two_alus & this != 0);
            self.multiplier_is_free &= self.multiplier & this == 0;
            self.divider_is_free &= self.divider & this == 0;
        }
        entry + 1
    }

    /// Says who produces the register at this place.
    pub(super) fn set_producer(&mut self, place: usize, producer: Producer) {
        self.producers[place] = producer;
    }

    /// Ends the block and returns its cost; the next block can follow (section 2.3).
    pub(super) fn finish(&mut self) -> u32 {
        self.tick(true, true);
        while !self.is_empty() {
            self.tick(false, true);
        }
        let cost = self.cycle.saturating_sub(3).max(1);
        (self.cycle, self.oldest, self.next) = (0, 0, 0);
        self.producers[..Reg::COUNT].fill(0);
        cost
    }

    /// Section 2.4.
    fn tick(&mut self, decode: bool, is_final: bool) {
        #[cfg(test)]
        {
            self.ticks += 1;
        }
        let retired = self.retire();
        self.start();
        let day = self.cycle as usize % CALENDAR;
        let step = if decode || (!is_final && retired) || self.executing == 0 {
            1
        } else {
            // 0 if something finished just now.
            (self.days.rotate_right(day as u32).trailing_zeros()).max(1)
        };

        // What finished in the last tick is done with this one.
        let done = core::mem::take(&mut self.calendar[day]);
        self.days &= !(1 << day);
        self.executing &= !done;
        self.done |= done;
        self.cycle += step;
        self.finish_entries(self.calendar[self.cycle as usize % CALENDAR]);

        if decode {
            self.waiting |= core::mem::take(&mut self.decoded);
            self.slots_left = DECODE_SLOTS;
        }
    }

    /// Takes what is done from the front; tells whether there was anything.
    fn retire(&mut self) -> bool {
        // Bit 0 is the oldest entry.
        let count = self.done.rotate_right(self.oldest % ROB).trailing_ones();
        let retired = (((1u64 << count) - 1) as u32).rotate_left(self.oldest % ROB);
        self.done &= !retired;
        self.oldest += count;
        count != 0
    }

    fn start(&mut self) {
        let [first, second] = self.blocked;
        let ready = self.waiting & !(first | second);
        let turn = self.oldest % ROB;
        let mut candidates = ready.rotate_right(turn);
        for _ in 0..STARTS_MAX {
            let mut excluded = 0;
            if self.free_alus == 0 {
                excluded |= self.one_alu;
            }
            if self.free_alus <= 1 {
                excluded |= self.two_alus;
            }
            if !self.multiplier_is_free {
                excluded |= self.multiplier;
            }
            if !self.divider_is_free {
                excluded |= self.divider;
            }
            candidates &= !excluded.rotate_right(turn);
            if candidates == 0 {
                return;
            }
            let entry = (candidates.trailing_zeros() + turn) % ROB;
            candidates &= candidates - 1;
            let this = bit(entry);
            self.free_alus -= u32::from(self.one_alu & this != 0) + u32::from(self.two_alus & this != 0);
            self.multiplier_is_free &= self.multiplier & this == 0;
            self.divider_is_free &= self.divider & this == 0;
            self.waiting &= !this;
            self.executing |= this;
            let day = (self.cycle as usize + usize::from(self.latency[entry as usize])) % CALENDAR;
            self.calendar[day] |= this;
            self.days |= 1 << day;
        }
    }

    /// Frees the units of the entries whose results are there, and whoever waits for them.
    fn finish_entries(&mut self, finished: Set) {
        self.unfinished &= !finished;
        self.free_alus += (self.one_alu & finished).count_ones() + (self.two_alus & finished).count_ones();
        self.multiplier_is_free |= self.multiplier & finished != 0;
        self.divider_is_free |= self.divider & finished != 0;
        let mut left = finished;
        while left != 0 {
            let entry = left.trailing_zeros() as usize;
            left &= left - 1;
            let dependents = core::mem::take(&mut self.dependents[entry]);
            for (blocked, dependents) in self.blocked.iter_mut().zip(dependents) {
                *blocked &= !dependents;
            }
        }
    }
}
