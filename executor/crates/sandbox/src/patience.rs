// SPDX-License-Identifier: Apache-2.0
//! Whether the supervisor spins or sleeps while a worker has the turn.
//!
//! Two processors that both spin hand over within a hundred nanoseconds. Waking a sleeper on another processor takes up
//! to a thousand times as long, waking one on the own processor, which it then gets when the waker goes to sleep, some
//! fifty times. So there are two ways to go about it: *apart*, each side on a processor of its own and spinning; and
//! *together*, both on one processor, of which always one sleeps. Together is right where there is no second processor to
//! be had, or where the worker sleeps already.
//!
//! Which is right is found out by trying. Together is left after as many hand-overs as cost about what it costs to find
//! out, and after twice as many each time that the worker was not there to answer. A worker that is at work, on a guest that
//! runs for longer than anybody spins, is there: then both stay apart, and the worker spins for the next order although it
//! had to wake the supervisor.

use core::time::Duration;

/// What the tries so far have shown.
pub(crate) struct Patience {
    /// How often to look before going to sleep; 0 where there is one processor.
    looks: u32,
    together: bool,
    /// Hand-overs since together.
    since: u32,
    /// Hand-overs together before trying apart again.
    enough: u32,
    /// As many hand-overs together cost as much as waking a sleeper on another processor, as far as is known.
    wake_up: u32,
    /// Answers that came while spinning, since one did not.
    rewarded: u32,
    pub(crate) counts: Counts,
}

/// How hand-overs went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Hand-overs to the worker whose answer came while the supervisor was spinning.
    pub spun: u64,
    /// Those for whose answer it went to sleep.
    pub slept: u64,
    /// Host calls that the worker answered itself, as it said.
    pub answered: u64,
}

impl Patience {
    /// As many hand-overs together cost as much as one wake-up on another processor, where that is cheap. On a virtual machine
    /// whose idle processors are given to others it can take a hundred times as long.
    const WAKE_UP_MIN: u32 = 6;
    const WAKE_UP_MAX: u32 = 256;
    const ENOUGH_MAX: u32 = 1024;
    /// What a hand-over together costs, about.
    const TOGETHER: Duration = Duration::from_micros(5);
    /// So many times longer than else is looked for the first answer of a worker that has to come to a processor first.
    const TRY: u32 = 5;
    /// So many answers in a row, and there is a processor for the worker.
    const REWARDS: u32 = 32;

    pub(crate) fn new(looks: u32) -> Self {
        Self {
            looks,
            together: looks == 0,
            since: 0,
            enough: Self::WAKE_UP_MIN,
            wake_up: Self::WAKE_UP_MIN,
            rewarded: 0,
            counts: Counts::default(),
        }
    }

    /// How often to look for the answer to the next command before going to sleep; 0 for together. `asleep` says whether
    /// the worker sleeps.
    pub(crate) fn looks(&mut self, asleep: bool) -> u32 {
        if self.looks == 0 {
            return 0;
        }
        if self.together {
            self.since += 1;
            if self.since > self.enough {
                self.together = false;
            }
        } else if asleep {
            self.together = true;
            self.since = 1;
        }
        match (self.together, asleep) {
            (true, _) => 0,
            (false, true) => self.looks * Self::TRY,
            (false, false) => self.looks,
        }
    }

    /// Whether there are several processors to be had.
    pub(crate) fn has_choice(&self) -> bool {
        self.looks > 0
    }

    /// The answer came while spinning.
    #[inline(always)]
    pub(crate) fn spun(&mut self) {
        self.counts.spun += 1;
        // Not counted on: there may be more of them than a number says.
        if self.rewarded < Self::REWARDS {
            self.rewarded += 1;
            if self.rewarded == Self::REWARDS {
                self.enough = self.wake_up;
            }
        }
    }

    /// A sleeping worker was woken on another processor and has answered, so long after that.
    pub(crate) fn woke(&mut self, took: Duration) {
        let hand_overs = u32::try_from(took.as_nanos() / Self::TOGETHER.as_nanos()).unwrap_or(u32::MAX);
        self.wake_up = hand_overs.clamp(Self::WAKE_UP_MIN, Self::WAKE_UP_MAX);
        self.enough = self.enough.max(self.wake_up);
    }

    /// Whether both are on one processor.
    pub(crate) fn is_together(&self) -> bool {
        self.together
    }

    /// It did not, if there was any spinning. Says whether that was a try, which shows that the worker does not get a
    /// processor; it does if it `is_at_work`, on a guest that takes its time.
    pub(crate) fn sleeps(&mut self, is_at_work: bool) -> bool {
        self.counts.slept += 1;
        if is_at_work && !self.together {
            return false;
        }
        let rewarded = std::mem::take(&mut self.rewarded);
        if self.together {
            return false;
        }
        self.together = true;
        self.since = 0;
        self.enough = (2 * self.enough).min(Self::ENOUGH_MAX);
        rewarded == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_processor_is_never_spun_on() {
        let mut patience = Patience::new(0);
        for asleep in [true, false, true] {
            assert_eq!(patience.looks(asleep), 0);
            patience.sleeps(false);
        }
        assert!(!patience.has_choice());
    }

    #[test]
    fn spins_as_long_as_answers_come() {
        let mut patience = Patience::new(100);
        for _ in 0..1000 {
            assert_eq!(patience.looks(false), 100);
            patience.spun();
        }
        assert_eq!(patience.counts, Counts { spun: 1000, ..Counts::default() });
        assert_eq!(
            patience.rewarded,
            Patience::REWARDS,
            "what is counted for ever comes to an end of its numbers"
        );
    }

    /// A sleeping worker is woken together; soon it is worth a wake-up elsewhere.
    #[test]
    fn a_sleeper_is_joined_for_a_few_hand_overs() {
        let mut patience = Patience::new(100);
        for _ in 0..Patience::WAKE_UP_MIN {
            assert_eq!(patience.looks(true), 0);
            patience.sleeps(false);
        }
        assert_eq!(patience.looks(true), 100 * Patience::TRY);
        patience.spun();
        assert_eq!(patience.looks(false), 100);
    }

    /// Where waking takes long, it is worth more hand-overs together.
    #[test]
    fn stays_together_for_what_a_wake_up_costs() {
        let mut patience = Patience::new(100);
        patience.woke(Duration::from_micros(500));
        for _ in 0..100 {
            assert_eq!(patience.looks(true), 0);
            patience.sleeps(false);
        }
        assert_eq!(patience.looks(true), 100 * Patience::TRY);
        patience.woke(Duration::from_nanos(1));
        assert_eq!(patience.wake_up, Patience::WAKE_UP_MIN);
        patience.woke(Duration::MAX);
        assert_eq!(patience.wake_up, Patience::WAKE_UP_MAX);
    }

    /// A guest that runs for long says nothing about processors.
    #[test]
    fn stays_apart_while_the_worker_is_at_work() {
        let mut patience = Patience::new(100);
        for _ in 0..10 {
            assert_eq!(patience.looks(false), 100);
            assert!(!patience.sleeps(true));
            assert!(!patience.is_together());
        }
        assert!(patience.sleeps(false));
        assert!(patience.is_together());
    }

    /// Where the worker never answers in time, ever fewer tries are made; once it does, it is as in the beginning.
    #[test]
    fn vain_tries_become_rare() {
        let mut patience = Patience::new(100);
        let mut tries = 0;
        for _ in 0..10_000 {
            tries += u32::from(patience.looks(true) > 0);
            patience.sleeps(false);
        }
        assert!((10..25).contains(&tries), "{tries} tries");
        while patience.looks(true) == 0 {
            patience.sleeps(false);
        }
        for _ in 0..Patience::REWARDS {
            patience.spun();
            assert!(patience.looks(false) > 0);
        }
        assert_eq!(patience.enough, Patience::WAKE_UP_MIN);
    }
}
