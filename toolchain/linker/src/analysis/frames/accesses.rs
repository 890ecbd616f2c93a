// SPDX-License-Identifier: Apache-2.0
//! What a function loads from its stack and stores to it by the stack pointer, and which of it therefore is for others too.

use crate::hash::FastMap;

const STORED: u8 = 1;
const LOADED: u8 = 2;

/// What was done to the bytes of the stack from an offset on, so many of them.
#[derive(Default)]
pub(super) struct Accesses {
    done: FastMap<(i32, i32), u8>,
    /// Where addresses on the stack were stored.
    addresses: FastMap<i32, ()>,
}

impl Accesses {
    /// Notes a load or a store.
    pub(super) fn note(&mut self, at: i32, bytes: i32, is_load: bool) {
        *self.done.entry((at, bytes)).or_default() |= if is_load { LOADED } else { STORED };
    }

    /// Notes that an address on the stack is stored there.
    pub(super) fn note_address(&mut self, at: i32) {
        self.addresses.insert(at, ());
    }

    /// Where such addresses are stored.
    pub(super) fn addresses(&self) -> &FastMap<i32, ()> {
        &self.addresses
    }

    /// The lowest slot that is stored and never loaded, or loaded and never stored: somebody else does the other half.
    pub(super) fn lowest_half(&self, slot_bytes: i32) -> Option<i32> {
        let mut slots: FastMap<i32, u8> = FastMap::default();
        for (&(at, bytes), access) in &self.done {
            let last = at.saturating_add(bytes - 1).div_euclid(slot_bytes);
            for slot in at.div_euclid(slot_bytes)..=last {
                *slots.entry(slot).or_default() |= access;
            }
        }
        let halves = slots.iter().filter(|(_, access)| **access != STORED | LOADED);
        halves.map(|(slot, _)| slot.saturating_mul(slot_bytes)).min()
    }

    /// A limit that no access reaches over, at the given one or below: what is private is so to the last byte.
    pub(super) fn split_by_none(&self, mut limit: i32) -> i32 {
        let mut accesses: Vec<_> =
            self.done.keys().map(|(at, bytes)| (at.saturating_add(*bytes), *at)).collect();
        accesses.sort_unstable();
        // From the upper ends down: what does not reach over a limit does not reach over a lower one either, or nothing below does.
        for (end, at) in accesses.into_iter().rev() {
            if at < limit && limit < end {
                limit = at;
            }
        }
        limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reaches_into_a_slot_is_of_it() {
        let mut accesses = Accesses::default();
        accesses.note(0, 8, false);
        accesses.note(8, 8, false);
        accesses.note(16, 8, false);
        accesses.note(24, 8, false);
        accesses.note(0, 8, true);
        assert_eq!(accesses.lowest_half(8), Some(8));
        accesses.note(9, 8, true);
        assert_eq!(accesses.lowest_half(8), Some(24));
        accesses.note(31, 1, true);
        assert_eq!(accesses.lowest_half(8), None);
    }

    #[test]
    fn limits_split_no_access() {
        let mut accesses = Accesses::default();
        for (at, bytes) in [(-8, 8), (0, 8), (5, 8), (12, 4), (14, 8), (32, 8)] {
            accesses.note(at, bytes, true);
        }
        let limits = [(40, 40), (33, 32), (22, 22), (20, 0), (14, 0), (0, 0), (-1, -8), (-8, -8)];
        for (limit, expected) in limits {
            assert_eq!(accesses.split_by_none(limit), expected, "{limit}");
        }
    }
}
