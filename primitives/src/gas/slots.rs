// SPDX-License-Identifier: Apache-2.0
//! Decode slots, four in each cycle.

use super::simulator::DECODE_SLOTS;

/// When an entry finishes that does not exist: there is room for one in its place from the first cycle on.
pub(super) const NONE: u32 = 0_u32.wrapping_sub(2);

/// The later one of two cycles, of which [`NONE`] is the earliest.
#[inline(always)]
pub(super) fn later(one: u32, other: u32) -> u32 {
    one.cast_signed().max(other.cast_signed()).cast_unsigned()
}

/// The decode slots that operations take, and those that are left over because one needs more or waits for room in the reorder
/// buffer. Three more than that: what follows is counted in fewer steps so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slots(u32);

impl Default for Slots {
    fn default() -> Self {
        Self(DECODE_SLOTS - 1)
    }
}

impl Slots {
    /// Leaves over those before there is room for an entry that needs the place of one, where the last of all up to that one
    /// finishes in this cycle.
    #[inline(always)]
    pub(super) fn wait_for_room(&mut self, finished: u32) {
        let room = finished.wrapping_add(2).wrapping_mul(DECODE_SLOTS).wrapping_add(DECODE_SLOTS - 1);
        self.0 = self.0.max(room);
    }

    /// Leaves over those of the cycle if the next operation needs more.
    #[inline(always)]
    pub(super) fn begin(&mut self, slots: u32) {
        self.0 = self.0.max((self.0 + slots - DECODE_SLOTS) | (DECODE_SLOTS - 1));
    }

    /// Takes those of the next operation, for which it has [begun](Self::begin).
    #[inline(always)]
    pub(super) fn end(&mut self, slots: u32) {
        self.0 += slots;
    }

    /// Takes those of the next operation.
    #[inline(always)]
    pub(super) fn take(&mut self, slots: u32) {
        self.begin(slots);
        self.end(slots);
    }

    /// The first cycle in which the last operation may start, which is the one behind that in which it is decoded; 0 if there is
    /// none.
    #[inline(always)]
    pub(super) fn next_cycle(self) -> u32 {
        self.0 / DECODE_SLOTS
    }

    /// How many they are.
    pub(super) fn count(self) -> u32 {
        self.0 - (DECODE_SLOTS - 1)
    }
}
