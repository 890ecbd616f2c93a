// SPDX-License-Identifier: Apache-2.0
//! What a machine does between two measurements.

use std::hint::black_box;

/// Has the machine do something else, so that whatever is measured next begins with caches and predictions that know nothing of
/// it. Otherwise entries that have much in common find the machine as it was left by each other, now and then, and their
/// minima are those times.
pub struct Distraction {
    memory: Vec<u64>,
    state: u64,
}

impl Default for Distraction {
    fn default() -> Self {
        /// More than the caches of one core.
        const BYTES: usize = 4 * 1024 * 1024;
        Self { memory: vec![1; BYTES / size_of::<u64>()], state: 0x9e37_79b9_7f4a_7c15 }
    }
}

impl Distraction {
    /// Goes through all memory, and through many jumps that cannot be foreseen. Takes less than a millisecond.
    pub fn distract(&mut self) {
        for (index, word) in self.memory.iter_mut().enumerate().step_by(8) {
            *word = word.wrapping_add(index as u64);
        }
        for _ in 0..20_000 {
            // Marsaglia's xorshift.
            self.state ^= self.state << 13;
            self.state ^= self.state >> 7;
            self.state ^= self.state << 17;
            self.state = self.state.wrapping_add(match self.state >> 61 {
                0 => black_box(1),
                1 => black_box(2) * 3,
                2 => black_box(5) ^ 1,
                3 => black_box(7) << 2,
                4 => black_box(11) | 64,
                5 => black_box(13) + 17,
                6 => black_box(19) & 3,
                _ => black_box(23) - 1,
            });
        }
        black_box(&self.memory);
    }
}
