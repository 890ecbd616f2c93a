// SPDX-License-Identifier: Apache-2.0
//! An allocator for guests: a fixed array from which pieces are cut. Nothing is given back but everything at once.
//!
//! On the host the workload uses whatever allocator the process has, and [`reset`] does nothing.

#[cfg(any(target_env = "polkavm", target_arch = "wasm32"))]
mod guest {
    use core::{
        alloc::{GlobalAlloc, Layout},
        cell::UnsafeCell,
        ptr,
    };

    const HEAP_BYTES: usize = 1 << 20;

    struct Heap {
        bytes: UnsafeCell<[u8; HEAP_BYTES]>,
        used_bytes: UnsafeCell<usize>,
    }

    // SAFETY: a guest has one thread.
    unsafe impl Sync for Heap {}

    #[global_allocator]
    static HEAP: Heap = Heap { bytes: UnsafeCell::new([0; HEAP_BYTES]), used_bytes: UnsafeCell::new(0) };

    // SAFETY: pieces are cut from one array one behind the other, so no two of them overlap, until a reset, whose caller
    // answers for it. They are aligned as asked. A workload whose pieces overlapped would give another result than the
    // native program.
    unsafe impl GlobalAlloc for Heap {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            let (start, used) = (self.bytes.get() as usize, self.used_bytes.get());
            let at = (start + *used).next_multiple_of(layout.align()) - start;
            if layout.size() > HEAP_BYTES.saturating_sub(at) {
                return ptr::null_mut();
            }
            *used = at + layout.size();
            self.bytes.get().cast::<u8>().add(at)
        }

        unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}

        unsafe fn realloc(&self, piece: *mut u8, layout: Layout, new_bytes: usize) -> *mut u8 {
            let (start, used) = (self.bytes.get() as usize, self.used_bytes.get());
            let at = piece as usize - start;
            if new_bytes <= layout.size() {
                return piece;
            }
            // What grows is most often what was allocated last.
            if at + layout.size() == *used && new_bytes <= HEAP_BYTES - at {
                *used = at + new_bytes;
                return piece;
            }
            let new = self.alloc(Layout::from_size_align_unchecked(new_bytes, layout.align()));
            if !new.is_null() {
                ptr::copy_nonoverlapping(piece, new, layout.size());
            }
            new
        }
    }

    /// Gives everything back.
    pub(super) unsafe fn reset() {
        *HEAP.used_bytes.get() = 0;
    }
}

/// Gives back everything that was allocated.
///
/// # Safety
///
/// Nothing that was allocated is used afterwards.
pub unsafe fn reset() {
    #[cfg(any(target_env = "polkavm", target_arch = "wasm32"))]
    guest::reset();
}
