// SPDX-License-Identifier: Apache-2.0
//! Whose a worker is after a fork of the embedding program. The child has all that its parent had, and would give orders to the parent's
//! worker, write to its guest's memory, and wipe it when it drops what it inherited; so each side is asked whether it is its own.
//!
//! A process has a number, in a page that the kernel fills with zeros in a child that has a copy of its parent's memory, whoever made
//! it and however: also past the C library, which would not tell of it. Who has the memory in common with its parent, as after `vfork`, has
//! the number in common too.

use core::marker::PhantomData;
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

/// Something of which each process has its own, made when it is first asked for. The child of a fork leaves that of its parent as it is, for
/// good: what the parent's threads were in the midst of at the fork nobody ends there.
///
/// Nothing here is behind a lock, which another thread of the parent may have at that moment, and nobody in the child would give back.
pub(crate) struct OfProcess<T> {
    /// That of the process that asked last, null if none has.
    last: AtomicPtr<Owned<T>>,
    /// Threads share the value.
    value: PhantomData<T>,
}

struct Owned<T> {
    owner: Owner,
    value: T,
}

impl<T> OfProcess<T> {
    pub(crate) const fn new() -> Self {
        Self { last: AtomicPtr::new(ptr::null_mut()), value: PhantomData }
    }

    /// That of this process, made by `make` if there is none. If two threads make one, one of the two is dropped.
    ///
    /// # Errors
    /// Those of `make`.
    pub(crate) fn get_or_make<E>(&self, make: impl Fn() -> Result<T, E>) -> Result<&T, E> {
        loop {
            let last = self.last.load(Ordering::Acquire);
            // SAFETY: null or from the box below, which is freed where nobody else has seen it, or with all of this, which outlives
            // what is borrowed from it (`tests/forks.rs` has threads and children come here at once).
            if let Some(owned) = unsafe { last.as_ref() }.filter(|owned| owned.owner.is_this_process()) {
                return Ok(&owned.value);
            }
            let new = Box::into_raw(Box::new(Owned { owner: Owner::this_process(), value: make()? }));
            if self.last.compare_exchange(last, new, Ordering::AcqRel, Ordering::Relaxed).is_err() {
                // SAFETY: from the box above; as it was not stored, nobody else has it.
                drop(unsafe { Box::from_raw(new) });
            }
        }
    }

    /// Has another one made, if this is still the last one, which stays as it is: others may be about to use it.
    pub(crate) fn give_up(&self, value: &T) {
        let last = self.last.load(Ordering::Acquire);
        // SAFETY: as above.
        if unsafe { last.as_ref() }.is_some_and(|owned| ptr::eq(&raw const owned.value, value)) {
            let _ = self.last.compare_exchange(last, ptr::null_mut(), Ordering::AcqRel, Ordering::Relaxed);
        }
    }

    /// That of this process, if there is one.
    pub(crate) fn get(&mut self) -> Option<&T> {
        // SAFETY: null or from the box above, and nobody else has it any more.
        let owned = unsafe { self.last.get_mut().as_ref() };
        owned.filter(|owned| owned.owner.is_this_process()).map(|owned| &owned.value)
    }
}

impl<T> Drop for OfProcess<T> {
    fn drop(&mut self) {
        if self.get().is_some() {
            // SAFETY: from a box, as there is something, and nobody else has it any more.
            drop(unsafe { Box::from_raw(*self.last.get_mut()) });
        }
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
