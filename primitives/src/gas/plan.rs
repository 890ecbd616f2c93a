// SPDX-License-Identifier: Apache-2.0
//! Finds when each instruction of a block executes, without going through all cycles.

use super::operation::{Operation, NEEDS_DIVIDER, NEEDS_MULTIPLIER, NEEDS_TWO_ALUS};
use super::simulator::Simulator;

/// Cycles that [`Units`] can look ahead.
const WINDOW: u32 = 128;
const ROB: u32 = 32;
const STARTS_MAX: u8 = 5;
const DECODE_SLOTS: u32 = 4;
/// Instructions that are looked back at.
const LOG: u32 = 128;
/// Instructions that are collected before they are planned: what is known of the block stays in registers of the machine
/// while one after the other is.
const BATCH: u32 = 64;
/// Room for both: positions are indexes modulo this.
const RING: usize = 256;
const _: () = assert!(LOG + BATCH <= RING as u32);
const UNPLACED: u32 = u32::MAX;

/// Element `n` has the lowest `n` bits set.
static BELOW: [u128; WINDOW as usize] = {
    let mut below = [0; WINDOW as usize];
    let mut n = 0;
    while n < WINDOW {
        below[n as usize] = (1 << n) - 1;
        n += 1;
    }
    below
};

/// Who holds units in which cycles; bit `n` of each word is cycle `base + n`.
#[derive(Clone, Copy, Debug, Default)]
struct Units {
    base: u32,
    /// The number of arithmetic units taken, 0 to 4, as a binary number.
    one: u128,
    two: u128,
    four: u128,
    multiplier: u128,
    divider: u128,
}

impl Units {
    #[inline(always)]
    fn cycles(from: u32, count: u8) -> u128 {
        BELOW[(from + u32::from(count)) as usize % WINDOW as usize] ^ BELOW[from as usize % WINDOW as usize]
    }

    #[inline(always)]
    fn add_alu(&mut self, cycles: u128) {
        let carry = self.one & cycles;
        self.one ^= cycles;
        self.four |= self.two & carry;
        self.two ^= carry;
    }

    /// Takes an arithmetic unit from `start` on, or as soon as one is free, which `start` is set to. False, having done
    /// nothing, if that is not so simple.
    #[inline(always)]
    fn add_simple(&mut self, start: &mut u32, alu_latency: u8, needs: u8) -> bool {
        let room = WINDOW - 1 - u32::from(alu_latency);
        let mut from = start.wrapping_sub(self.base);
        if from > room || needs != 0 {
            return false;
        }
        let mut cycles = Self::cycles(from, alu_latency);
        if self.four & cycles != 0 {
            from += (self.four >> from).trailing_ones();
            if from > room {
                return false;
            }
            cycles = Self::cycles(from, alu_latency);
            if self.four & cycles != 0 {
                return false;
            }
            *start = self.base + from;
        }
        self.add_alu(cycles);
        true
    }

    fn remove_alu(&mut self, cycles: u128) {
        self.one ^= cycles;
        let borrow = self.one & cycles;
        self.two ^= borrow;
        self.four &= !(self.two & borrow);
    }

    /// In which cycles an operation with these needs cannot execute.
    fn taken(&self, needs: u8) -> u128 {
        let mut taken = self.four;
        if needs & NEEDS_TWO_ALUS != 0 {
            taken |= self.one & self.two;
        }
        if needs & NEEDS_MULTIPLIER != 0 {
            taken |= self.multiplier;
        }
        if needs & NEEDS_DIVIDER != 0 {
            taken |= self.divider;
        }
        taken
    }

    fn add(&mut self, needs: u8, cycles: u128) {
        self.add_alu(cycles);
        if needs & NEEDS_TWO_ALUS != 0 {
            self.add_alu(cycles);
        }
        if needs & NEEDS_MULTIPLIER != 0 {
            self.multiplier |= cycles;
        }
        if needs & NEEDS_DIVIDER != 0 {
            self.divider |= cycles;
        }
    }

    fn remove(&mut self, needs: u8, cycles: u128) {
        self.remove_alu(cycles);
        if needs & NEEDS_TWO_ALUS != 0 {
            self.remove_alu(cycles);
        }
        if needs & NEEDS_MULTIPLIER != 0 {
            self.multiplier &= !cycles;
        }
        if needs & NEEDS_DIVIDER != 0 {
            self.divider &= !cycles;
        }
    }

    /// Moves the window to the first cycle from `now` on at which an arithmetic unit is free.
    fn advance(&mut self, now: u32) {
        let passed = now.saturating_sub(self.base);
        if passed >= WINDOW {
            *self = Self { base: now, ..Self::default() };
            return;
        }
        let by = passed + (self.four >> passed).trailing_ones();
        if by >= WINDOW {
            return;
        }
        self.base += by;
        for word in [&mut self.one, &mut self.two, &mut self.four, &mut self.multiplier, &mut self.divider] {
            *word >>= by;
        }
    }
}

/// The place of a position in the rings.
#[inline(always)]
fn place_of(position: u32) -> usize {
    usize::from(position as u8)
}

#[derive(Clone, Debug)]
pub(super) struct Planner {
    cycle: u32,
    slots_left: u32,
    last: u32,
    /// Of the next operation to be planned.
    position: u32,
    /// Behind the last operation that was collected.
    collected: u32,
    entries: u32,
    entries_at_mark: u32,
    cleared: u32,
    units: Units,
    ready: [u32; 256],
    starts: [u8; 256],
    retire: [u32; 64],
    operations: [Operation; RING],
    decoded: [u32; RING],
    started: [u32; RING],
}

/// The block cannot be planned; what the simulator has to go on from was handed to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unplannable;

enum Placed {
    At(u32),
    Conflict(u32),
    Beyond,
}

impl Planner {
    pub(super) fn new() -> Self {
        Self {
            cycle: 0,
            slots_left: DECODE_SLOTS,
            last: 0,
            position: 0,
            collected: 0,
            entries: 0,
            entries_at_mark: 0,
            cleared: 0,
            units: Units::default(),
            ready: [0; 256],
            starts: [0; 256],
            retire: [0; 64],
            operations: [Operation::default(); RING],
            decoded: [0; RING],
            started: [0; RING],
        }
    }

    /// Collects the next operation of the block. True if it is time to [`plan`](Self::plan).
    #[inline(always)]
    pub(super) fn push(&mut self, operation: Operation) -> bool {
        self.operations[place_of(self.collected)] = operation;
        self.collected += 1;
        self.collected - self.position >= BATCH
    }

    /// Plans what has been collected.
    pub(super) fn plan(&mut self) -> Result<(), Unplannable> {
        let (mut cycle, mut left, mut last) = (self.cycle, self.slots_left, self.last);
        let (mut position, mut entries) = (self.position, self.entries);
        let mut units = self.units;
        while position != self.collected {
            let at = place_of(position);
            let operation = self.operations[at];
            let [d, s, t, slots, latency, alu_latency, needs, is_entry] = operation.bytes();
            let slots = u32::from(slots);
            let advance = left < slots;
            cycle += u32::from(advance);
            left = if advance { DECODE_SLOTS } else { left };
            if entries >= ROB {
                let retired = self.retire[(entries % ROB) as usize] + 1;
                if retired >= cycle {
                    cycle = retired + 1;
                    left = DECODE_SLOTS;
                }
            }
            if position.is_multiple_of(LOG / 2) && position != 0 {
                (self.cycle, self.slots_left, self.position, self.entries) = (cycle, left, position, entries);
                self.mark()?;
            }

            let ready = |register: u8| self.ready[usize::from(register)];
            let earliest = (cycle + 1).max(ready(d)).max(ready(s)).max(ready(t));
            let mut start = earliest;
            if !units.add_simple(&mut start, alu_latency, needs) {
                (self.cycle, self.slots_left, self.position, self.entries) = (cycle, left, position, entries);
                (self.last, self.units) = (last, units);
                start = self.place(operation, earliest)?;
                (last, units) = (self.last, self.units);
            }
            let count = &mut self.starts[usize::from(start as u8)];
            *count += is_entry;
            if *count > STARTS_MAX {
                (self.cycle, self.slots_left, self.position, self.entries) = (cycle, left, position, entries);
                return Err(Unplannable);
            }
            left -= slots;
            let finish = start + u32::from(latency);
            self.ready[usize::from(Operation::written(d))] = finish;
            last = last.max(finish);
            self.retire[((entries % ROB) | u32::from(is_entry ^ 1) << 5) as usize] = last;
            entries += u32::from(is_entry);
            self.decoded[at] = cycle;
            self.started[at] = start;
            position += 1;
        }
        (self.cycle, self.slots_left, self.position, self.entries) = (cycle, left, position, entries);
        (self.last, self.units) = (last, units);
        Ok(())
    }

    /// Ends the block, all of which has been planned, and returns its cost; the next block can follow.
    #[inline]
    pub(super) fn finish(&mut self) -> u32 {
        let mut last = self.last;
        if self.position == 0 || !self.operations[place_of(self.position - 1)].is_entry() {
            // `last` counts moves, which make no entry.
            let entry = self.entries.checked_sub(1).map(|entry| self.retire[(entry % ROB) as usize]);
            last = entry.unwrap_or(0).max(self.cycle.saturating_sub(1)).max(2);
        }
        self.reset();
        last - 1
    }

    #[inline]
    fn reset(&mut self) {
        if self.last < 128 {
            self.starts[..128].fill(0);
        } else {
            self.starts.fill(0);
        }
        self.ready[..16].fill(0);
        self.units = Units::default();
        (self.cycle, self.slots_left) = (0, DECODE_SLOTS);
        (self.last, self.position, self.collected) = (0, 0, 0);
        (self.entries, self.entries_at_mark, self.cleared) = (0, 0, 0);
    }

    #[cold]
    #[inline(never)]
    fn mark(&mut self) -> Result<(), Unplannable> {
        if self.position >= LOG && self.entries - self.entries_at_mark < ROB {
            return Err(Unplannable);
        }
        self.entries_at_mark = self.entries;
        Ok(())
    }

    /// Finds the start of an operation that can start at `earliest` if its units are free; takes the units.
    #[inline(never)]
    fn place(&mut self, operation: Operation, earliest: u32) -> Result<u32, Unplannable> {
        let [.., alu_latency, needs, _] = operation.bytes();
        if alu_latency == 0 {
            self.advance();
            return Ok(earliest);
        }
        let mut placed = self.fit(operation, earliest);
        if let Placed::Beyond = placed {
            self.advance();
            placed = self.fit(operation, earliest);
        }
        match placed {
            Placed::At(start) => {
                let cycles = Units::cycles(start - self.units.base, alu_latency);
                self.units.add(needs, cycles);
                Ok(start)
            }
            Placed::Conflict(start) => {
                self.replan(operation, start)?;
                Ok(start)
            }
            Placed::Beyond => Err(Unplannable),
        }
    }

    fn advance(&mut self) {
        // Nothing will start before the next cycle.
        self.units.advance(self.cycle + 1);
        let passed = self.cleared..(self.cycle + 1).min(self.cleared.saturating_add(256));
        for cycle in passed {
            self.starts[usize::from(cycle as u8)] = 0;
        }
        self.cleared = self.cycle + 1;
    }

    #[inline]
    fn fit(&self, operation: Operation, earliest: u32) -> Placed {
        let [.., alu_latency, needs, _] = operation.bytes();
        let room = WINDOW - 1 - u32::from(alu_latency);
        let from = earliest.saturating_sub(self.units.base);
        if from > room {
            return Placed::Beyond;
        }
        let taken = self.units.taken(needs);
        let from = from + (taken >> from).trailing_ones();
        if from > room {
            return Placed::Beyond;
        }
        let start = self.units.base + from;
        if Units::cycles(from, alu_latency) & taken != 0 {
            Placed::Conflict(start)
        } else {
            Placed::At(start)
        }
    }

    /// The first remembered position that may still be in the reorder buffer, and the number of its entry.
    fn oldest(&self) -> (u32, u32) {
        let mut at = self.position;
        let mut entry = self.entries;
        let limit = self.position.saturating_sub(LOG);
        while at > limit && self.entries - entry < ROB {
            at -= 1;
            entry -= u32::from(self.operations[place_of(at)].is_entry());
        }
        (at, entry)
    }

    /// Makes the plan anew from cycle `at` on, in which `operation`, the next one, starts.
    #[cold]
    #[inline(never)]
    fn replan(&mut self, operation: Operation, at: u32) -> Result<(), Unplannable> {
        let (first, mut entry) = self.oldest();
        let (mut pending, mut at) = (operation, at);
        let floor = at + 1;
        'again: loop {
            for position in first..self.position {
                let index = place_of(position);
                let start = self.started[index];
                let operation = self.operations[index];
                if start > at && start != UNPLACED && operation.is_entry() {
                    let [.., alu_latency, needs, _] = operation.bytes();
                    if alu_latency != 0 {
                        let cycles = Units::cycles(start - self.units.base, alu_latency);
                        self.units.remove(needs, cycles);
                    }
                    self.starts[usize::from(start as u8)] -= 1;
                    self.started[index] = UNPLACED;
                }
            }
            let [.., alu_latency, needs, _] = pending.bytes();
            self.units.add(needs, Units::cycles(at - self.units.base, alu_latency));

            self.ready[..16].fill(0);
            for position in first..self.position {
                let index = place_of(position);
                let operation = self.operations[index];
                let [d, s, t, _, latency, alu_latency, needs, is_entry] = operation.bytes();
                let ready = |register: u8| self.ready[usize::from(register)];
                let operands = ready(d).max(ready(s)).max(ready(t));
                if is_entry == 0 {
                    self.ready[usize::from(Operation::written(d))] = operands;
                    continue;
                }
                if self.started[index] == UNPLACED {
                    let earliest = operands.max(floor).max(self.decoded[index] + 1);
                    let mut start = earliest;
                    if alu_latency != 0 {
                        start = match self.fit(operation, earliest) {
                            Placed::At(start) => {
                                self.units.add(needs, Units::cycles(start - self.units.base, alu_latency));
                                start
                            }
                            Placed::Conflict(start) => {
                                self.starts[usize::from(start as u8)] += 1;
                                self.started[index] = start;
                                (pending, at) = (operation, start);
                                continue 'again;
                            }
                            Placed::Beyond => return Err(Unplannable),
                        };
                    }
                    let count = &mut self.starts[usize::from(start as u8)];
                    *count += 1;
                    if *count > STARTS_MAX {
                        return Err(Unplannable);
                    }
                    self.started[index] = start;
                }
                self.ready[usize::from(Operation::written(d))] = self.started[index] + u32::from(latency);
            }
            break;
        }
        self.last = 0;
        for position in first..self.position {
            let index = place_of(position);
            let [_, _, _, _, latency, _, _, is_entry] = self.operations[index].bytes();
            if is_entry != 0 {
                self.last = self.last.max(self.started[index] + u32::from(latency));
                self.retire[(entry % ROB) as usize] = self.last;
                entry += 1;
            }
        }
        Ok(())
    }

    /// Hands the block over to the simulator, with what has been collected.
    #[cold]
    #[inline(never)]
    pub(super) fn hand_over(&mut self, simulator: &mut Simulator) {
        simulator.begin(self.cycle, self.slots_left);
        for position in self.oldest().0..self.position {
            let index = place_of(position);
            simulator.adopt(self.operations[index], self.decoded[index], self.started[index]);
        }
        for position in self.position..self.collected {
            simulator.feed(self.operations[place_of(position)]);
        }
        self.last = u32::MAX;
        self.reset();
    }
}
