// SPDX-License-Identifier: Apache-2.0
//! How long either side of the hand-over spins before it sleeps. Both sides compile this file.

/// How long to spin before going to sleep.
///
/// Waking a process on another core costs as much as thousands of pauses, so a wait that is shorter than that is best
/// spent spinning. Where the other side cannot get on because it needs this core, every spin is in vain; after some of
/// these only every so often a wait begins with spinning.
pub(crate) struct Patience {
    pauses_max: u32,
    vain: u32,
}

impl Patience {
    /// Waits in vain before there are fewer of them.
    const VAIN_MAX: u32 = 4;
    /// One of so many waits spins then.
    const SPARSE: u32 = 16;

    /// Spins up to so many pauses; 0 where there is one processor only.
    pub(crate) fn new(pauses_max: u64) -> Self {
        Self { pauses_max: pauses_max.min(1 << 20) as u32, vain: 0 }
    }

    /// Pauses to spin in the next wait.
    pub(crate) fn pauses(&self) -> u32 {
        if self.vain < Self::VAIN_MAX || self.vain.is_multiple_of(Self::SPARSE) {
            self.pauses_max
        } else {
            0
        }
    }

    /// The other side answered while this one was spinning.
    pub(crate) fn rewarded(&mut self) {
        self.vain = 0;
    }

    /// It did not, so this side is going to sleep.
    pub(crate) fn exhausted(&mut self) {
        self.vain = self.vain.wrapping_add(1);
    }
}
