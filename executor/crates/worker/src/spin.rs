// SPDX-License-Identifier: Apache-2.0
//! Waiting for the other side of the hand-over without sleeping. Both sides compile this file.
//!
//! A look at the word makes both processors sharers of its line. If it was too early, who is about to write the line has to
//! take it back first, which can take as long as bringing it here. So the first look comes after a few pauses, as many as the
//! supervisor has found to be good (`rhythm` on its side).

use core::sync::atomic::{AtomicU32, Ordering};

/// Waits until the word is not `value` any more. False if it still is after about so many pauses, of which the `first` ones come
/// without looking.
///
/// With a pause after every look: looking without takes the cache line from the other side between its stores to it, which
/// makes a hand-over twice as long.
#[inline(always)]
pub(crate) fn spin(word: &AtomicU32, value: u32, first: u32, pauses: u32) -> bool {
    for _ in 0..first {
        core::hint::spin_loop();
    }
    let mut passed = first;
    loop {
        if word.load(Ordering::Acquire) != value {
            return true;
        }
        if passed >= pauses {
            return false;
        }
        core::hint::spin_loop();
        passed += 1;
    }
}

/// Takes the line at an address from whoever has it, because it is written next. Nothing else happens, whatever the address is.
#[inline(always)]
pub(crate) fn about_to_write(line: *const u8) {
    // SAFETY: a hint, which never faults and changes nothing but caches (`tests/run.rs` goes through it at every hand-over).
    unsafe {
        core::arch::asm!("prefetchw [{}]", in(reg) line, options(nostack, preserves_flags));
    }
}
