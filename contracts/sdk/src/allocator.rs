// SPDX-License-Identifier: Apache-2.0
//! An allocator of fixed size: pieces are cut from an array, one behind the other.
//!
//! Contracts are short programs and their instruction set cannot let memory grow, so almost nothing is ever given back:
//! only the piece that was cut last can be, or grow in place, which is what a vector that is being filled does.

use core::{
    alloc::{GlobalAlloc, Layout},
    cell::UnsafeCell,
    mem::MaybeUninit,
    ptr,
};

/// Makes an array of so many bytes the program's heap, and the `alloc` crate usable. Unit tests have their machine's.
///
/// ```ignore
/// extern crate alloc;
/// revive_vm_sdk::heap!(64 * 1024);
/// ```
#[macro_export]
macro_rules! heap {
    ($bytes:expr) => {
        $crate::guest_only! {
            #[global_allocator]
            static HEAP: $crate::allocator::Heap<{ $bytes }> = $crate::allocator::Heap::new();
        }
    };
}

/// A heap of `BYTES` bytes.
#[repr(C, align(16))]
pub struct Heap<const BYTES: usize> {
    bytes: UnsafeCell<MaybeUninit<[u8; BYTES]>>,
    /// Bytes that are cut off, padding included.
    used: UnsafeCell<usize>,
}

// SAFETY: a guest has one thread, and no code of its own interrupts it.
#[cfg(target_env = "polkavm")]
unsafe impl<const BYTES: usize> Sync for Heap<BYTES> {}

impl<const BYTES: usize> Heap<BYTES> {
    /// A heap that nothing has been cut from.
    pub const fn new() -> Self {
        Self { bytes: UnsafeCell::new(MaybeUninit::uninit()), used: UnsafeCell::new(0) }
    }

    /// Bytes that are cut off.
    pub fn used_bytes(&self) -> usize {
        // SAFETY: nobody else has a reference to the number; see `Sync`.
        unsafe { *self.used.get() }
    }

    fn start(&self) -> *mut u8 {
        self.bytes.get().cast()
    }

    fn set_used(&self, bytes: usize) {
        // SAFETY: as in `used_bytes`.
        unsafe { *self.used.get() = bytes }
    }

    /// Whether a piece was cut off last, and where it starts in the array.
    fn last(&self, piece: *mut u8, bytes: usize) -> Option<usize> {
        let at = piece as usize - self.start() as usize;
        (at + bytes == self.used_bytes()).then_some(at)
    }
}

impl<const BYTES: usize> Default for Heap<BYTES> {
    fn default() -> Self {
        Self::new()
    }
}

// SAFETY: pieces lie one behind the other in one array, so no two overlap; they are aligned as asked, and moved only by
// `realloc`. The tests below would notice.
unsafe impl<const BYTES: usize> GlobalAlloc for Heap<BYTES> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = self.start() as usize;
        let Some(aligned) = (start + self.used_bytes()).checked_next_multiple_of(layout.align()) else {
            return ptr::null_mut();
        };
        let at = aligned - start;
        match at.checked_add(layout.size()) {
            Some(end) if end <= BYTES => {
                self.set_used(end);
                // SAFETY: `at` is at most `BYTES`.
                unsafe { self.start().add(at) }
            }
            _ => ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&self, piece: *mut u8, layout: Layout) {
        if let Some(at) = self.last(piece, layout.size()) {
            self.set_used(at);
        }
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, new_bytes: usize) -> *mut u8 {
        if let Some(at) = self.last(piece, layout.size()) {
            if let Some(end) = at.checked_add(new_bytes).filter(|end| *end <= BYTES) {
                self.set_used(end);
                return piece;
            }
            return ptr::null_mut();
        }
        if new_bytes <= layout.size() {
            return piece;
        }
        // SAFETY: the caller answers for the size and the alignment; the old piece and the new one do not overlap.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(new_bytes, layout.align()));
            if !new.is_null() {
                ptr::copy_nonoverlapping(piece, new, layout.size());
            }
            new
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_aligned_and_apart_until_the_end() {
        let heap = Heap::<1024>::new();
        let mut last_end = 0;
        let mut count = 0;
        for round in 0.. {
            let layout = Layout::from_size_align(1 + round % 7, 1 << (round % 5)).unwrap();
            // SAFETY: no layout is empty.
            let piece = unsafe { heap.alloc(layout) } as usize;
            if piece == 0 {
                break;
            }
            assert!(piece >= last_end && piece.is_multiple_of(layout.align()));
            last_end = piece + layout.size();
            count += 1;
        }
        assert!(count > 80 && heap.used_bytes() > 1024 - 32, "{count} pieces, {} bytes", heap.used_bytes());
        let huge = Layout::from_size_align(isize::MAX as usize - 16, 1).unwrap();
        // SAFETY: as above.
        assert!(unsafe { heap.alloc(huge) }.is_null());
    }

    #[test]
    fn the_last_piece_grows_in_place_and_is_given_back() {
        let heap = Heap::<64>::new();
        let layout = Layout::from_size_align(8, 8).unwrap();
        // SAFETY: layouts are those of the pieces, which are not used after they are given back.
        unsafe {
            let (a, b) = (heap.alloc(layout), heap.alloc(layout));
            a.write(7);
            assert_eq!(heap.realloc(b, layout, 24), b);
            assert_eq!(heap.used_bytes(), 32);
            let moved = heap.realloc(a, layout, 16);
            assert_eq!((moved as usize, moved.read(), heap.used_bytes()), (a as usize + 32, 7, 48));
            assert!(heap.realloc(moved, Layout::from_size_align(16, 8).unwrap(), 33).is_null());
            heap.dealloc(moved, Layout::from_size_align(16, 8).unwrap());
            heap.dealloc(a, layout);
            assert_eq!(heap.used_bytes(), 32);
        }
    }
}
