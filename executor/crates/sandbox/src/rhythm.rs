// SPDX-License-Identifier: Apache-2.0
//! After how many pauses each side looks for the other's answer first (`spin` says why). How many are right depends on where in
//! the machine the two processors are, which a virtual machine's guest does not know and which changes under it: none to
//! 75 nanoseconds where they share their caches, 75 to 150 where they share nothing. So it is found out by trying.
//!
//! Now and then a few rows of hand-overs are timed with each number, in turn, and the one that was fastest is used. Rows, because looking
//! at the clock takes as long as some pauses. All of them each time, because processors move within tens of milliseconds: what is right
//! has to be found before it is wrong again.

use crate::pause::pauses_in;
use crate::protocol::PAUSES_MAX;
use std::time::Instant;

/// What is tried, in nanoseconds.
const WAITS: [u32; 7] = [0, 50, 75, 100, 125, 150, 175];
/// Hand-overs from the end of one comparison to the next, after one that has changed something: so few that what is right is found within a
/// millisecond. Looking for it costs two to eight hundredths then, and one where nothing changes.
const REST: u32 = 1024;
/// As many at most; twice as many as before after each comparison that has changed nothing.
const REST_MAX: u32 = 4096;
/// Hand-overs before the first comparison, and to the next one when nothing was handed over for a while.
const SOON: u32 = 64;
/// Hand-overs with one number of pauses, before it is another's turn.
const ROW: u32 = 9;
/// Rows of each number in a comparison.
const ROWS: u32 = 3;
/// The best other number has to take less than so many of a hundred parts of the time.
const BETTER: u64 = 95;

/// See the module.
pub(crate) struct Rhythm {
    /// The pauses for each of [`WAITS`], each number once.
    pauses: [u32; WAITS.len()],
    /// How many these are.
    numbers: usize,
    /// Index of what is in use.
    current: usize,
    /// The pauses there: nobody has to look for them while the other side waits.
    in_use: u32,
    /// Hand-overs since the last comparison.
    count: u32,
    /// Hand-overs from the last comparison to the next.
    rest: u32,
    /// Nanoseconds of the rows of each number. Their medians are compared, because a row that something came between takes longer than all
    /// the others, and one by chance less.
    took: [[u32; ROWS as usize]; WAITS.len()],
    began: Option<Instant>,
}

impl Rhythm {
    /// With the first comparison not far. `looks` as of [`looks_max`](crate::pause::looks_max).
    pub(crate) fn new(looks: u32) -> Self {
        let (mut pauses, mut numbers) = ([0; WAITS.len()], 1);
        for number in WAITS.map(|wait| pauses_in(wait, looks).min(PAUSES_MAX)) {
            if number > pauses[numbers - 1] {
                pauses[numbers] = number;
                numbers += 1;
            }
        }
        let took = Default::default();
        Self {
            pauses,
            numbers,
            current: 0,
            in_use: pauses[0],
            count: REST - SOON,
            rest: REST,
            took,
            began: None,
        }
    }

    /// Nothing was handed over for a while, in which processors may have moved: the next comparison is not far.
    pub(crate) fn rested(&mut self) {
        self.count = self.count.max(self.rest.saturating_sub(SOON));
    }

    /// A hand-over begins: so many pauses before the first look, at either side.
    #[inline(always)]
    pub(crate) fn begin(&mut self) -> u32 {
        self.count += 1;
        if self.count > self.rest {
            return self.compare(|began| u32::try_from(began.elapsed().as_nanos()).unwrap_or(u32::MAX));
        }
        self.in_use
    }

    /// The same, within a comparison.
    #[cold]
    fn compare(&mut self, elapsed: impl FnOnce(Instant) -> u32) -> u32 {
        let behind = self.count - self.rest - 1;
        let (row, place) = (behind / ROW, behind % ROW);
        let number = |row: u32| row as usize % self.numbers;
        // The first one of a row is not counted: the worker waits for it as in the row before.
        match (place, self.began.take()) {
            (1, _) => self.began = Some(Instant::now()),
            (0, Some(began)) => {
                self.took[number(row - 1)][(row - 1) as usize / self.numbers] = elapsed(began);
            }
            (_, began) => self.began = began,
        }
        if row >= ROWS * self.numbers as u32 {
            self.decide();
            return self.in_use;
        }
        self.pauses[number(row)]
    }

    fn decide(&mut self) {
        let took = std::mem::take(&mut self.took).map(|mut rows| {
            rows.sort_unstable();
            u64::from(rows[ROWS as usize / 2])
        });
        let best = (0..self.numbers).min_by_key(|number| took[*number]).unwrap_or(0);
        let is_better = took[best] * 100 < took[self.current] * BETTER;
        self.rest = if is_better { REST } else { (2 * self.rest).min(REST_MAX) };
        if is_better {
            (self.current, self.in_use) = (best, self.pauses[best]);
        }
        self.count = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pauses take 25 nanoseconds.
    const LOOKS: u32 = 2_000;
    /// Hand-overs of a comparison and what comes before the next one.
    const ROUND: u32 = REST_MAX + WAITS.len() as u32 * ROWS * ROW + 1;

    /// Plays hand-overs that take as long as a function of the pauses says. How many were with other pauses than most.
    fn play(rhythm: &mut Rhythm, hand_overs: u32, took: impl Fn(u32) -> u32) -> u32 {
        let (mut used, mut tries) = (0, 0);
        for _ in 0..hand_overs {
            let row_took = (ROW - 1) * took(used);
            rhythm.count += 1;
            used = match rhythm.count > rhythm.rest {
                true => rhythm.compare(|_| row_took),
                false => rhythm.in_use,
            };
            tries += u32::from(used != rhythm.pauses[rhythm.current]);
        }
        tries
    }

    #[test]
    fn finds_what_is_fastest_and_follows_it() {
        let mut rhythm = Rhythm::new(LOOKS);
        let mut finds = |took: &dyn Fn(u32) -> u32, best| {
            play(&mut rhythm, ROUND, took);
            assert_eq!(rhythm.pauses[rhythm.current], best);
        };
        finds(&|pauses| 500 - 40 * pauses.min(5) + 40 * pauses.saturating_sub(5), 5);
        finds(&|pauses| 80 + 26 * pauses, 0);
        finds(&|pauses| 80 + 26 * pauses.abs_diff(3), 3);
    }

    #[test]
    fn each_number_is_tried_once() {
        // 28 nanoseconds, as on Zen 3: 100 and 125 are four of them.
        let rhythm = Rhythm::new(1_750);
        assert_eq!(rhythm.pauses[..rhythm.numbers], [0, 2, 3, 4, 5, 6]);
        // Nobody looks.
        assert_eq!(Rhythm::new(0).numbers, 1);
    }

    #[test]
    fn one_row_decides_nothing() {
        // Of each number one row is far too long and one far too short.
        let rows = std::cell::Cell::new(0);
        let took = |pauses: u32| {
            rows.set(rows.get() + 1);
            match rows.get() / (ROW * WAITS.len() as u32) % ROWS {
                0 => 10 + 10 * pauses.abs_diff(7),
                1 => 100 + 10 * pauses.abs_diff(4),
                _ => 1_000 + 10 * pauses,
            }
        };
        let mut rhythm = Rhythm::new(LOOKS);
        rhythm.count = rhythm.rest;
        play(&mut rhythm, WAITS.len() as u32 * ROWS * ROW + 1, took);
        assert_eq!(rhythm.pauses[rhythm.current], 4);
    }

    #[test]
    fn looks_again_soon_after_a_rest() {
        let mut rhythm = Rhythm::new(LOOKS);
        play(&mut rhythm, 2 * ROUND, |pauses| 80 + 26 * pauses);
        rhythm.rested();
        let comparison = WAITS.len() as u32 * ROWS * ROW + 1;
        play(&mut rhythm, SOON + comparison, |pauses| 80 + 26 * pauses.abs_diff(5));
        assert_eq!(rhythm.pauses[rhythm.current], 5);
        // One that goes on is not begun again.
        rhythm.count = rhythm.rest + 20;
        rhythm.rested();
        assert_eq!(rhythm.count, rhythm.rest + 20);
    }

    #[test]
    fn stays_where_nothing_is_better() {
        let mut rhythm = Rhythm::new(LOOKS);
        play(&mut rhythm, 8 * ROUND, |_| 1_000_000);
        assert_eq!(rhythm.pauses[rhythm.current], 0);
    }

    #[test]
    fn tries_are_rare() {
        let tries = play(&mut Rhythm::new(LOOKS), 100 * ROUND, |pauses| 80 + 26 * pauses);
        assert!((1..100 * ROUND / 16).contains(&tries), "{tries}");
    }

    /// As long as the clock is real.
    #[test]
    fn begins_with_none() {
        let mut rhythm = Rhythm::new(LOOKS);
        let pauses = rhythm.pauses;
        assert_eq!(rhythm.begin(), 0);
        assert!((0..10 * ROUND).all(|_| pauses.contains(&rhythm.begin())));
    }
}
