// SPDX-License-Identifier: Apache-2.0
//! Waiting for the other side of the hand-over without sleeping. Both sides compile this file.

use core::sync::atomic::{AtomicU32, Ordering};

/// Looks at the word that come without a pause in between. A pause takes about as long as a hand-over, so it would come
/// too late for most; who waits for longer leaves more of the processor to others.
const EAGER: u32 = 0;

/// Waits until the word is not `value` any more. False if it still is after so many looks at it.
#[inline(always)]
pub(crate) fn spin(word: &AtomicU32, value: u32, looks: u32) -> bool {
    for look in 0..looks {
        if word.load(Ordering::Acquire) != value {
            return true;
        }
        if look >= EAGER {
            core::hint::spin_loop();
        }
    }
    false
}
