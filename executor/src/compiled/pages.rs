// SPDX-License-Identifier: Apache-2.0
//! Guest memory of an instance in a worker under dynamic paging (memory map, section 6).
//!
//! Which pages there are is in the page table that all engines use; the bytes are shared with the worker, at the guest's
//! addresses. Bytes of pages that are not mapped are zeros, so mapping a page does not touch its bytes.

use revive_vm_primitives::{
    paging::{GuestFault, PageRange, PageTable},
    regions::Heap,
    MemoryError, MemoryMap,
};
use revive_vm_sandbox::Process;

use super::memory::Done;

/// The pages of an instance.
pub(crate) struct Pages {
    table: PageTable<()>,
    heap: Heap,
    map: MemoryMap,
    bytes_max: u32,
}

impl Pages {
    pub(crate) fn new(map: &MemoryMap, bytes_max: u32) -> Self {
        Self {
            table: PageTable::new(map.page_size(), bytes_max),
            heap: Heap::default(),
            map: *map,
            bytes_max,
        }
    }

    /// Forgets all pages, in a worker that has none mapped.
    pub(crate) fn reset(&mut self) {
        *self = Self::new(&self.map, self.bytes_max);
    }

    pub(crate) fn heap_bytes(&self) -> u32 {
        self.heap.bytes()
    }

    /// Grows the heap, which is no more than a number here, and returns its new top, or nothing if it is as large as it
    /// can be.
    pub(crate) fn grow_heap(&mut self, by: u32) -> Option<u32> {
        self.heap.grow(&self.map, by)
    }

    /// Whether all of these bytes are in mapped, for `write` writable, pages.
    pub(crate) fn accessible(&self, address: u32, bytes: u32, write: bool) -> bool {
        self.table.check_host(address, bytes.into(), write).is_ok()
    }

    /// What a guest access that did not succeed comes to; nothing if it should have succeeded.
    pub(crate) fn guest_fault(&self, address: u32, bytes: u32, write: bool) -> Option<GuestFault> {
        self.table.check_guest(address, bytes, write).err()
    }

    /// How many bytes from `address` on the guest can store in one go, at least one, at most `len`.
    pub(crate) fn storable(&self, address: u32, len: u32) -> Result<u32, GuestFault> {
        self.table.check_fill(address, len)
    }

    pub(crate) fn read(&self, process: &Process, address: u32, out: &mut [u8]) -> Result<(), MemoryError> {
        let len = out.len() as u64;
        self.table.check_host(address, len, false)?;
        process.read(address, out).map_err(|_| MemoryError::OutOfRange { address, len })
    }

    pub(crate) fn write(&self, process: &Process, address: u32, bytes: &[u8]) -> Result<(), MemoryError> {
        let len = bytes.len() as u64;
        self.table.check_host(address, len, true)?;
        process.write(address, bytes).map_err(|_| MemoryError::OutOfRange { address, len })
    }

    pub(crate) fn zero(&self, process: &Process, address: u32, len: u32) -> Result<(), MemoryError> {
        self.table.check_host(address, len.into(), true)?;
        process.zero(address, len).map_err(|_| MemoryError::OutOfRange { address, len: len.into() })
    }

    /// Maps pages as zeros, or makes mapped pages zero, and sets their protection.
    pub(crate) fn map(&mut self, process: &mut Process, address: u32, len: u32, writable: bool) -> Done {
        let Some(range) = self.table.map(address, len, writable, || ())? else { return Ok(Ok(())) };
        let PageRange { address, bytes, mapped_before } = range;
        let cleared = if mapped_before > 0 { process.zero(address, bytes) } else { Ok(()) };
        Ok(cleared.and_then(|()| process.map(address, bytes, writable)))
    }

    /// Sets the protection of mapped pages.
    pub(crate) fn protect(&mut self, process: &mut Process, address: u32, len: u32, writable: bool) -> Done {
        let Some(range) = self.table.protect(address, len, writable)? else { return Ok(Ok(())) };
        Ok(process.protect(range.address, range.bytes, writable))
    }

    /// Unmaps pages; those that are not mapped are passed over.
    pub(crate) fn free(&mut self, process: &mut Process, address: u32, len: u32) -> Done {
        let Some(range) = self.table.free(address, len)? else { return Ok(Ok(())) };
        Ok(if range.mapped_before > 0 { process.unmap(range.address, range.bytes) } else { Ok(()) })
    }
}
