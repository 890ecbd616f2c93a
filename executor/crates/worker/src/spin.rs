// SPDX-License-Identifier: Apache-2.0
//! Waiting for the other side of the hand-over without sleeping. Both sides compile this file.

use core::sync::atomic::{AtomicU32, Ordering};

/// Waits until the word is not `value` any more. False if it still is after so many looks at it.
///
/// With a pause after every look, the first one too: looking without takes the cache line from the other side between its
/// stores to it, which makes a hand-over five times as long.
#[inline(always)]
pub(crate) fn spin(word: &AtomicU32, value: u32, looks: u32) -> bool {
    for _ in 0..looks {
        if word.load(Ordering::Acquire) != value {
            return true;
        }
        core::hint::spin_loop();
    }
    false
}
