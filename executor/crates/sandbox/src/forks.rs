// SPDX-License-Identifier: Apache-2.0
//! Whose a worker is after a fork of the embedding program. The child has all that its parent had, and would give orders to the parent's
//! worker, write to its guest's memory, and wipe it when it drops what it inherited; so each side is asked whether it is its own.
//!
//! Forks are counted by a handler that the C library calls in the child. Who makes a child by a system call of their own goes past
//! it, and has to leave workers alone there.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// How many forks this process is away from the one that was counted from.
static FORKS: AtomicU32 = AtomicU32::new(0);

/// The process that made this.
pub(crate) struct Owner(u32);

impl Owner {
    pub(crate) fn this_process() -> Self {
        count_forks();
        Self(FORKS.load(Ordering::Relaxed))
    }

    #[inline(always)]
    pub(crate) fn is_this_process(&self) -> bool {
        self.0 == FORKS.load(Ordering::Relaxed)
    }
}

/// Has forks counted from here on.
fn count_forks() {
    extern "C" {
        fn pthread_atfork(
            prepare: Option<extern "C" fn()>,
            parent: Option<extern "C" fn()>,
            child: Option<extern "C" fn()>,
        ) -> i32;
    }
    extern "C" fn child() {
        FORKS.fetch_add(1, Ordering::Relaxed);
    }
    static COUNTED: AtomicBool = AtomicBool::new(false);
    // Two threads may both get here. Then a fork counts for two, which is as good, while a lock might be held at a fork.
    if !COUNTED.load(Ordering::Acquire) {
        // SAFETY: the handler adds to a number, which may be done between a fork and whatever comes next, and is there as long as this
        // code is (`tests/forks.rs` forks). If there is no memory for it forks go unnoticed, as before.
        let _ = unsafe { pthread_atfork(None, None, Some(child)) };
        COUNTED.store(true, Ordering::Release);
    }
}
