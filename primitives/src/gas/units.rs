// SPDX-License-Identifier: Apache-2.0
//! Who holds execution units in which cycles.

use super::operation::Row;
use super::plan::Unplannable;

/// Cycles of [`Near`].
const WORD: u32 = 64;
/// Words of 64 cycles that [`Units`] can look ahead.
const WORDS: usize = 4;
/// Cycles that it can look ahead.
const WINDOW: u32 = WORD * WORDS as u32;

/// 64 cycles, one bit for each.
#[derive(Clone, Copy, Debug, Default)]
struct Word {
    /// The number of arithmetic units taken, 0 to 4, as a binary number.
    one: u64,
    two: u64,
    four: u64,
    multiplier: u64,
    divider: u64,
}

impl Word {
    /// In which cycles an operation with these needs cannot execute.
    #[inline(always)]
    fn taken(&self, row: &Row) -> u64 {
        let mut taken = self.four;
        if row.needs_more() {
            taken |= if row.needs_multiplier() { self.multiplier } else { 0 };
            taken |= if row.needs_divider() { self.divider } else { 0 };
            taken |= if row.needs_two_alus() { self.one & self.two } else { 0 };
        }
        taken
    }

    #[inline(always)]
    fn add_alu(&mut self, cycles: u64) {
        let carry = self.one & cycles;
        self.one ^= cycles;
        self.four |= self.two & carry;
        self.two ^= carry;
    }

    #[inline(always)]
    fn add(&mut self, row: &Row, cycles: u64) {
        self.add_alu(cycles);
        if row.needs_more() {
            self.multiplier |= if row.needs_multiplier() { cycles } else { 0 };
            self.divider |= if row.needs_divider() { cycles } else { 0 };
            if row.needs_two_alus() {
                self.add_alu(cycles);
            }
        }
    }
}

/// The arithmetic units in the first 64 cycles of a block, to be kept in registers of the machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Near(Word);

impl Near {
    /// Takes what an operation needs from `earliest` on or as soon as it is free; the result is the cycle. `None`, having done
    /// nothing, if that is not in these cycles or more than an arithmetic unit.
    #[inline(always)]
    pub(super) fn take(&mut self, row: &Row, earliest: u32) -> Option<u32> {
        let Self(word) = self;
        // Behind the word this is wrong, and noticed by the next line.
        let start = earliest + row.waits_for(word.four).wrapping_shr(earliest).trailing_ones();
        let cycles = row.cycles.wrapping_shl(start);
        if start + row.reach() > WORD || word.four & cycles != 0 {
            return None;
        }
        word.add_alu(cycles);
        Some(start)
    }
}

/// Where the units for an operation are found.
pub(super) enum Found {
    /// Free from this cycle on for as long as it takes. They have been taken.
    Free(u32),
    /// Free in this cycle but not for as long as it takes.
    Short {
        start: u32,
        /// The first cycle in which they are not.
        clash: u32,
    },
    /// Not within what can be looked at.
    Beyond,
}

/// All cycles that can be looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Units {
    /// The first cycle.
    base: u32,
    words: [Word; WORDS],
    /// Behind so many words after the first one nothing is taken.
    far: usize,
}

impl Units {
    /// Moves the window to the first cycle from `now` on at which an arithmetic unit is free.
    #[inline]
    pub(super) fn advance(&mut self, now: u32) {
        let mut passed = now.saturating_sub(self.base);
        if passed >= WINDOW {
            *self = Self { base: now, ..Self::default() };
            return;
        }
        while passed >= WORD {
            self.shift_word();
            passed -= WORD;
        }
        loop {
            let by = passed + (self.words[0].four >> passed).trailing_ones();
            if by < WORD {
                return self.shift(by);
            }
            self.shift_word();
            passed = 0;
        }
    }

    /// The first cycle that can be looked at; nothing starts before it any more.
    #[inline(always)]
    pub(super) fn base(&self) -> u32 {
        self.base
    }

    /// Frees all units in all cycles, from 0 on.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.base = 0;
        self.words[0] = Word::default();
        if self.far != 0 {
            self.words = Default::default();
            self.far = 0;
        }
    }

    /// Leaves out the first word.
    #[cold]
    #[inline(never)]
    fn shift_word(&mut self) {
        self.words.copy_within(1.., 0);
        self.words[WORDS - 1] = Word::default();
        self.far = self.far.saturating_sub(1);
        self.base += WORD;
    }

    /// Leaves out the first `by` cycles, fewer than 64.
    #[inline]
    fn shift(&mut self, by: u32) {
        self.base += by;
        for index in 0..WORDS - 1 {
            if index >= self.far {
                break;
            }
            self.words[index] = self.words[index].shifted(&self.words[index + 1], by);
        }
        let last = &mut self.words[self.far % WORDS];
        *last = last.shifted(&Word::default(), by);
        if self.far != 0 && last.is_free() {
            self.far -= 1;
        }
    }

    /// The first 64 cycles, if nothing has been left out.
    #[inline(always)]
    pub(super) fn near(&self) -> Near {
        Near(self.words[0])
    }

    /// The opposite of [`near`](Self::near).
    #[inline(always)]
    pub(super) fn set_near(&mut self, Near(word): Near) {
        self.words[0] = word;
    }

    /// The same as [`Near::take`] from any cycle on, in the 128 cycles from the beginning of its word. Only
    /// [`Default`] frees what has been taken so.
    #[inline(always)]
    pub(super) fn take_alu_far(&mut self, row: &Row, earliest: u32) -> Option<u32> {
        let index = (earliest.wrapping_sub(self.base) / WORD) as usize;
        let [low, high] = self.words.get_mut(index..index + 2)? else { return None };
        let four = u128::from(high.four) << WORD | u128::from(low.four);
        let from = earliest.wrapping_sub(self.base) % WORD;
        let skip = (four >> from).trailing_ones();
        let to = from + skip + row.reach();
        let cycles = u128::from(row.cycles).wrapping_shl(from + skip);
        if to > 2 * WORD || four & cycles != 0 {
            return None;
        }
        low.add_alu(cycles as u64);
        high.add_alu((cycles >> WORD) as u64);
        Some(earliest + skip)
    }

    /// Takes units in the next 64 cycles, from `earliest` on or as soon as they are free; the result is the cycle. `None`,
    /// having done nothing, if that is not so simple.
    #[inline(always)]
    pub(super) fn take_near(&mut self, row: &Row, earliest: u32) -> Option<u32> {
        let from = earliest.saturating_sub(self.base);
        let word = &mut self.words[0];
        let taken = word.taken(row);
        // Behind the word this is wrong, and noticed by the next line.
        let from = from + taken.wrapping_shr(from).trailing_ones();
        let cycles = row.cycles.wrapping_shl(from);
        if from + u32::from(row.latency) > WORD || taken & cycles != 0 {
            return None;
        }
        word.add(row, cycles);
        Some(self.base + from)
    }

    /// The same for an operation that needs one arithmetic unit, and the multiplier or nothing else; `None` for others. `earliest`
    /// is not before [`base`](Self::base). The machine does not foresee which of the two it is, so nothing branches on that.
    #[inline(always)]
    pub(super) fn take_one(&mut self, row: &Row, earliest: u32) -> Option<u32> {
        let from = earliest.wrapping_sub(self.base);
        let word = &mut self.words[0];
        let taken = word.four | row.multiplies_in(word.multiplier);
        // Behind the word this is wrong, and noticed by the next line.
        let from = from + taken.wrapping_shr(from).trailing_ones();
        let cycles = row.cycles.wrapping_shl(from);
        if from + row.span() > WORD || taken & cycles != 0 {
            return None;
        }
        word.add_alu(cycles);
        word.multiplier |= row.multiplies_in(cycles);
        Some(self.base + from)
    }

    /// Finds and takes units from `earliest` on, wherever they are, if others do not.
    #[inline(never)]
    pub(super) fn find(&mut self, row: &Row, earliest: u32) -> Found {
        let mut from = earliest.saturating_sub(self.base);
        loop {
            let index = (from / WORD) as usize;
            if index >= WORDS {
                return Found::Beyond;
            }
            let skip = (self.words[index].taken(row) >> (from % WORD)).trailing_ones();
            from += skip;
            // At the end of a word look at the next one.
            if skip == 0 || !from.is_multiple_of(WORD) {
                break;
            }
        }
        if from + u32::from(row.latency) > WINDOW {
            return Found::Beyond;
        }
        let to = from + u32::from(row.latency);
        let start = self.base + from;
        for (index, cycles) in parts(from, to) {
            let clashes = self.words[index].taken(row) & cycles;
            if clashes != 0 {
                let clash = self.base + index as u32 * WORD + clashes.trailing_zeros();
                return Found::Short { start, clash };
            }
        }
        self.take(row, from, to);
        Found::Free(start)
    }

    fn take(&mut self, row: &Row, from: u32, to: u32) {
        for (index, cycles) in parts(from, to) {
            self.words[index].add(row, cycles);
        }
        self.far = self.far.max(((to - 1) / WORD) as usize);
    }

    /// Takes the units of an operation from cycle `start` up to, not including, cycle `end`.
    ///
    /// # Errors
    /// If that is further than can be looked.
    #[inline]
    pub(super) fn hold(&mut self, row: &Row, start: u32, end: u32) -> Result<(), Unplannable> {
        let (from, to) = (start.saturating_sub(self.base), end.saturating_sub(self.base));
        match to {
            _ if from >= to => {}
            _ if to <= WORD => self.words[0].add(row, (u64::MAX << from) & (u64::MAX >> (WORD - to))),
            _ if to <= WINDOW => self.take(row, from, to),
            _ => return Err(Unplannable),
        }
        Ok(())
    }

    /// Frees all units from this cycle on, which is not before the first one that can be looked at.
    #[inline]
    pub(super) fn cut(&mut self, cycle: u32) {
        let from = cycle - self.base;
        let index = (from / WORD) as usize;
        for word in self.words.iter_mut().take(self.far + 1).skip(index + 1) {
            *word = Word::default();
        }
        if let Some(word) = self.words.get_mut(index) {
            *word = word.before(from % WORD);
        }
        self.far = self.far.min(index);
    }
}

impl Word {
    /// Whether nothing is taken: everything that is takes an arithmetic unit too.
    #[inline]
    fn is_free(&self) -> bool {
        self.one | self.two | self.four == 0
    }

    /// What is before this cycle.
    #[inline]
    fn before(&self, cycle: u32) -> Self {
        let cycles = !(u64::MAX << cycle);
        Self {
            one: self.one & cycles,
            two: self.two & cycles,
            four: self.four & cycles,
            multiplier: self.multiplier & cycles,
            divider: self.divider & cycles,
        }
    }

    /// The word `by` cycles later, fewer than 64, where `above` follows.
    #[inline]
    fn shifted(&self, above: &Self, by: u32) -> Self {
        // In two steps, as a shift by 64 is not one.
        let shift = |word: u64, above: u64| word >> by | above << 1 << (WORD - 1 - by);
        Self {
            one: shift(self.one, above.one),
            two: shift(self.two, above.two),
            four: shift(self.four, above.four),
            multiplier: shift(self.multiplier, above.multiplier),
            divider: shift(self.divider, above.divider),
        }
    }
}

/// The words in which the cycles `from..to` are, with the bits of these cycles.
fn parts(from: u32, to: u32) -> impl Iterator<Item = (usize, u64)> {
    (from / WORD..to.div_ceil(WORD)).map(move |index| {
        let base = index * WORD;
        let low = u64::MAX << from.saturating_sub(base);
        let high = u64::MAX >> (WORD - (to - base).min(WORD));
        (index as usize, low & high)
    })
}
