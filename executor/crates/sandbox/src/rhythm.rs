// SPDX-License-Identifier: Apache-2.0
//! After how many pauses each side looks for the other's answer first (`spin` says why). How many are right depends on where in
//! the machine the two processors are, which a virtual machine's guest does not know and which changes under it: none to
//! 75 nanoseconds where they share their caches, 75 to 125 where they share nothing. So it is found out by trying.
//!
//! Now and then a few rows of hand-overs are timed, in turn with what is in use and with something else, and what was faster is
//! used. Rows, because looking at the clock takes as long as some pauses.

use crate::pause::pauses_in;
use crate::protocol::PAUSES_MAX;
use std::time::Instant;

/// What is tried, in nanoseconds.
const WAITS: [u32; 6] = [0, 50, 75, 100, 125, 175];
/// Hand-overs from the end of one comparison to the next: so few that what is right is found again within a millisecond or two, and
/// so many that looking for it costs a hundredth.
const REST: u32 = 2048;
/// Hand-overs with one number of pauses, before it is the other's turn.
const ROW: u32 = 9;
/// Rows of a comparison, of either number.
const ROWS: usize = 7;
/// The other number has to take less than so many of a hundred parts of the time.
const BETTER: u64 = 95;

/// See the module.
pub(crate) struct Rhythm {
    /// The pauses for each of [`WAITS`].
    pauses: [u32; WAITS.len()],
    /// Index of what is in use.
    current: usize,
    /// Index of what it is compared with.
    other: usize,
    /// Hand-overs since the last comparison.
    count: u32,
    /// Nanoseconds of each row, of what is in use and of the other. Their medians are compared, because a row that something
    /// came between takes longer than all the others.
    took: [[u32; ROWS]; 2],
    began: Option<Instant>,
}

impl Rhythm {
    /// With the first comparison not far. `looks` as of [`looks_max`](crate::pause::looks_max).
    pub(crate) fn new(looks: u32) -> Self {
        let pauses = WAITS.map(|wait| pauses_in(wait, looks).min(PAUSES_MAX));
        Self { pauses, current: 0, other: 1, count: REST - 256, took: Default::default(), began: None }
    }

    /// A hand-over begins: so many pauses before the first look, at either side.
    #[inline(always)]
    pub(crate) fn begin(&mut self) -> u32 {
        self.count += 1;
        if self.count > REST {
            return self.compare(|began| u32::try_from(began.elapsed().as_nanos()).unwrap_or(u32::MAX));
        }
        self.pauses[self.current % WAITS.len()]
    }

    /// The same, within a comparison.
    #[cold]
    fn compare(&mut self, elapsed: impl FnOnce(Instant) -> u32) -> u32 {
        let behind = self.count - REST - 1;
        let (row, place) = ((behind / ROW) as usize, behind % ROW);
        // The first one of a row is not counted: the worker waits for it as in the row before.
        match (place, self.began.take()) {
            (1, _) => self.began = Some(Instant::now()),
            (0, Some(began)) => self.note(row - 1, elapsed(began)),
            (_, began) => self.began = began,
        }
        if row >= 2 * ROWS {
            self.decide();
            return self.pauses[self.current % WAITS.len()];
        }
        self.pauses[[self.current, self.other][row % 2] % WAITS.len()]
    }

    fn note(&mut self, row: usize, took: u32) {
        if let Some(sample) = self.took[row % 2].get_mut(row / 2) {
            *sample = took;
        }
    }

    fn decide(&mut self) {
        let [current, other] = std::mem::take(&mut self.took).map(|mut rows| {
            rows.sort_unstable();
            u64::from(rows[ROWS / 2])
        });
        if other * 100 < current * BETTER {
            std::mem::swap(&mut self.current, &mut self.other);
        }
        self.count = 0;
        // Another one the next time.
        self.other = (self.other + 1) % WAITS.len();
        if self.other == self.current {
            self.other = (self.other + 1) % WAITS.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pauses take 25 nanoseconds.
    const LOOKS: u32 = 2_000;
    /// Hand-overs of a comparison and what comes before the next one.
    const ROUND: u32 = REST + 2 * ROWS as u32 * ROW + 1;

    /// Plays hand-overs that take as long as a function of the pauses says. How many were with other pauses than most.
    fn play(rhythm: &mut Rhythm, hand_overs: u32, took: impl Fn(u32) -> u32) -> u32 {
        let (mut used, mut tries) = (0, 0);
        for _ in 0..hand_overs {
            let row_took = (ROW - 1) * took(used);
            rhythm.count += 1;
            used = match rhythm.count > REST {
                true => rhythm.compare(|_| row_took),
                false => rhythm.pauses[rhythm.current],
            };
            tries += u32::from(used != rhythm.pauses[rhythm.current]);
        }
        tries
    }

    #[test]
    fn finds_what_is_fastest_and_follows_it() {
        let mut rhythm = Rhythm::new(LOOKS);
        play(&mut rhythm, 8 * ROUND, |pauses| 500 - 40 * pauses.min(5) + 40 * pauses.saturating_sub(5));
        assert_eq!(rhythm.pauses[rhythm.current], 5);
        play(&mut rhythm, 8 * ROUND, |pauses| 80 + 26 * pauses);
        assert_eq!(rhythm.pauses[rhythm.current], 0);
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
        assert!((1..100 * ROUND / 32).contains(&tries), "{tries}");
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
