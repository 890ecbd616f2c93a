// SPDX-License-Identifier: Apache-2.0
//! The bytes of an instance under dynamic paging. Which accesses there are is for the page table to say.

use alloc::boxed::Box;
use alloc::vec;
use revive_vm_primitives::paging::{GuestFault, PageTable};
use revive_vm_primitives::regions::Heap;
use revive_vm_primitives::{MemoryError, MemoryMap};

/// The mapped pages with their bytes.
pub(crate) struct Pages {
    table: PageTable<Box<[u8]>>,
    heap: Heap,
}

/// The number of bytes of a host access.
pub(crate) fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

impl Pages {
    pub(crate) fn new(page_size: u32, bytes_max: u32) -> Self {
        Self { table: PageTable::new(page_size, bytes_max), heap: Heap::default() }
    }

    pub(crate) fn heap_bytes(&self) -> u32 {
        self.heap.bytes()
    }

    /// Grows the heap, which is no more than a number here, and returns its new top, or nothing if it is as large as it can be.
    pub(crate) fn grow_heap(&mut self, map: &MemoryMap, by: u32) -> Option<u32> {
        self.heap.grow(map, by)
    }

    /// Where in its page an address is.
    fn in_page(&self, address: u32) -> usize {
        (address % self.table.page_size()) as usize
    }

    /// Calls `visit` with each mapped piece of the bytes at `address`, in order. The caller has checked the access.
    fn pieces(&self, address: u32, len: usize, mut visit: impl FnMut(usize, &[u8])) {
        let (mut done, mut at) = (0, address);
        while done < len {
            let in_page = self.in_page(at);
            let Some(bytes) = self.table.content(at).and_then(|page| page.get(in_page..)) else {
                return;
            };
            let count = bytes.len().min(len - done);
            visit(done, bytes.get(..count).unwrap_or_default());
            done += count;
            at = at.wrapping_add(count as u32);
        }
    }

    /// As `pieces`, to be written to.
    fn pieces_mut(&mut self, address: u32, len: usize, mut visit: impl FnMut(usize, &mut [u8])) {
        let (mut done, mut at) = (0, address);
        while done < len {
            let in_page = self.in_page(at);
            let Some(bytes) = self.table.content_mut(at).and_then(|page| page.get_mut(in_page..)) else {
                return;
            };
            let count = bytes.len().min(len - done);
            visit(done, bytes.get_mut(..count).unwrap_or_default());
            done += count;
            at = at.wrapping_add(count as u32);
        }
    }

    fn copy_out(&self, address: u32, out: &mut [u8]) {
        self.pieces(address, out.len(), |done, bytes| {
            if let Some(to) = out.get_mut(done..done + bytes.len()) {
                to.copy_from_slice(bytes);
            }
        });
    }

    fn copy_in(&mut self, address: u32, from: &[u8]) {
        self.pieces_mut(address, from.len(), |done, bytes| {
            if let Some(from) = from.get(done..done + bytes.len()) {
                bytes.copy_from_slice(from);
            }
        });
    }

    /// Loads up to 8 bytes.
    pub(crate) fn guest_load(&self, address: u32, out: &mut [u8]) -> Result<(), GuestFault> {
        self.table.check_guest(address, out.len() as u32, false)?;
        self.copy_out(address, out);
        Ok(())
    }

    /// Stores up to 8 bytes.
    pub(crate) fn guest_store(&mut self, address: u32, bytes: &[u8]) -> Result<(), GuestFault> {
        self.table.check_guest(address, bytes.len() as u32, true)?;
        self.copy_in(address, bytes);
        Ok(())
    }

    /// Fills the bytes that are in the page of `address`, at most `len`.
    pub(crate) fn guest_fill(&mut self, address: u32, len: u32, value: u8) -> Result<u32, GuestFault> {
        let count = self.table.check_fill(address, len)?;
        self.pieces_mut(address, count as usize, |_, bytes| bytes.fill(value));
        Ok(count)
    }

    pub(crate) fn host_read(&self, address: u32, out: &mut [u8]) -> Result<(), MemoryError> {
        self.table.check_host(address, length(out.len()), false)?;
        self.copy_out(address, out);
        Ok(())
    }

    pub(crate) fn host_write(&mut self, address: u32, bytes: &[u8]) -> Result<(), MemoryError> {
        self.table.check_host(address, length(bytes.len()), true)?;
        self.copy_in(address, bytes);
        Ok(())
    }

    pub(crate) fn host_zero(&mut self, address: u32, len: u32) -> Result<(), MemoryError> {
        self.table.check_host(address, len.into(), true)?;
        self.pieces_mut(address, len as usize, |_, bytes| bytes.fill(0));
        Ok(())
    }

    pub(crate) fn accessible(&self, address: u32, len: u32, write: bool) -> bool {
        self.table.check_host(address, len.into(), write).is_ok()
    }

    /// Maps pages as zeros, or makes mapped pages zero, and sets their protection.
    pub(crate) fn map(&mut self, address: u32, len: u32, writable: bool) -> Result<(), MemoryError> {
        let page_size = self.table.page_size() as usize;
        self.table.map(address, len, writable, || vec![0; page_size].into_boxed_slice()).map(|_| ())
    }

    /// Sets the protection of mapped pages. Changes nothing if one is not mapped.
    pub(crate) fn protect(&mut self, address: u32, len: u32, writable: bool) -> Result<(), MemoryError> {
        self.table.protect(address, len, writable).map(|_| ())
    }

    /// Unmaps pages; those that are not mapped are passed over.
    pub(crate) fn free(&mut self, address: u32, len: u32) -> Result<(), MemoryError> {
        self.table.free(address, len).map(|_| ())
    }
}
