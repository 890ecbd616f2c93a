// SPDX-License-Identifier: Apache-2.0
//! Whose a worker is after a fork of the embedding program. The child has all that its parent had, and would give orders to the parent's
//! worker, write to its guest's memory, and wipe it when it drops what it inherited; so each side is asked whether it is its own.
//!
//! A process has a number, in a page that the kernel fills with zeros in a child that has a copy of its parent's memory, whoever made
//! it and however: also past the C library, which would not tell of it. Who has the memory in common with its parent, as after `vfork`, has
//! the number in common too.

use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use rustix::mm::{madvise, mmap_anonymous, munmap, Advice, MapFlags, ProtFlags};

/// The process that made this.
pub(crate) struct Owner {
    number: u32,
    /// The number of the process that looks there, 0 if it has none yet. Nothing where the kernel has no such page.
    own: Option<&'static AtomicU32>,
}

impl Owner {
    pub(crate) fn this_process() -> Self {
        // Not counted on from anywhere but here, so a child goes on behind the numbers of all that it descends from.
        static LAST: AtomicU32 = AtomicU32::new(0);
        let own = page();
        if let Some(own) = own {
            if own.load(Ordering::Relaxed) == 0 {
                let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
                // If another thread was faster, it is that one's.
                let _ = own.compare_exchange(0, number, Ordering::Relaxed, Ordering::Relaxed);
            }
        }
        Self { number: number(own), own }
    }

    #[inline(always)]
    pub(crate) fn is_this_process(&self) -> bool {
        self.number == number(self.own)
    }
}

/// The number of this process: where there is no page for it that of the system, which takes a system call.
#[inline(always)]
fn number(own: Option<&AtomicU32>) -> u32 {
    own.map_or_else(std::process::id, |own| own.load(Ordering::Relaxed))
}

/// The page, made when it is first asked for. Nothing where the kernel does not have it (before Linux 4.14) or has no memory.
fn page() -> Option<&'static AtomicU32> {
    const BYTES: usize = size_of::<AtomicU32>();
    static PAGE: AtomicPtr<AtomicU32> = AtomicPtr::new(ptr::null_mut());
    // Nobody waits for who makes it: that may be a thread that the child of a fork does not have.
    let mut page = PAGE.load(Ordering::Acquire);
    if page.is_null() {
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: without a wish for an address the kernel chooses a free one, so no other memory is affected.
        let made = unsafe { mmap_anonymous(ptr::null_mut(), BYTES, access, MapFlags::PRIVATE) }.ok()?;
        // SAFETY: nobody else knows of the page yet.
        let wiped = unsafe { madvise(made, BYTES, Advice::LinuxWipeOnFork) };
        let stored = wiped.is_ok().then(|| {
            PAGE.compare_exchange(ptr::null_mut(), made.cast(), Ordering::AcqRel, Ordering::Acquire)
        });
        if !matches!(stored, Some(Ok(_))) {
            // SAFETY: made above, and as it was not stored nobody else has it.
            let _ = unsafe { munmap(made, BYTES) };
        }
        page = stored?.map_or_else(|other| other, |_| made.cast());
    }
    // SAFETY: a page from above, which is mapped as long as this code is, aligned, and accessed as nothing but this atomic
    // (`tests/forks.rs` has parents, children and threads look).
    unsafe { page.as_ref() }
}
