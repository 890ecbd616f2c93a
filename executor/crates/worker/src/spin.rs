// SPDX-License-Identifier: Apache-2.0
//! Waiting for the other side of the hand-over without sleeping. Both sides compile this file.

use core::sync::atomic::{AtomicU32, Ordering};

/// Pauses after which it is looked ever less often.
const EAGER: u32 = 64;
/// From then on the pauses between looks are this part of all so far, at most [`APART_MAX`].
const PART: u32 = 8;
const APART_MAX: u32 = 256;

/// Waits until the word is not `value` any more. False if it still is after about so many pauses.
///
/// With a pause after every look, the first one too: looking without takes the cache line from the other side between its
/// stores to it, which makes a hand-over five times as long. Later there are more: a worker that answers host calls
/// itself writes to the line at each of them, and has to get it back after every look.
#[inline(always)]
pub(crate) fn spin(word: &AtomicU32, value: u32, pauses: u32) -> bool {
    let mut passed = 0;
    while passed < pauses {
        if word.load(Ordering::Acquire) != value {
            return true;
        }
        let apart = if passed < EAGER { 1 } else { (passed / PART).min(APART_MAX) };
        for _ in 0..apart {
            core::hint::spin_loop();
        }
        passed += apart;
    }
    false
}
