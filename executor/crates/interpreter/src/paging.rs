// SPDX-License-Identifier: Apache-2.0
//! Pages of an instance under dynamic paging (memory map, section 6).

use crate::error::MemoryError;
use crate::memory::{out_of_range, Fault, BOTTOM};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec;
use core::ops::RangeInclusive;
use revive_vm_primitives::Segfault;

struct Page {
    bytes: Box<[u8]>,
    writable: bool,
}

/// The mapped pages, by page number.
pub(crate) struct Pages {
    page_size: u32,
    bytes_max: u32,
    mapped: BTreeMap<u32, Page>,
}

impl Pages {
    pub(crate) fn new(page_size: u32, bytes_max: u32) -> Self {
        Self { page_size, bytes_max, mapped: BTreeMap::new() }
    }

    /// Numbers of the pages with these bytes, for the host: within the address space and above its guarded start.
    fn host_pages(&self, address: u32, len: usize) -> Result<RangeInclusive<u32>, MemoryError> {
        let error = out_of_range(address, len);
        let last = u32::try_from(len).ok().and_then(|len| address.checked_add(len.checked_sub(1)?));
        match last {
            Some(last) if address >= BOTTOM => Ok(address / self.page_size..=last / self.page_size),
            _ => Err(error),
        }
    }

    /// As `host_pages`, all mapped and writable if asked.
    fn host_access(&self, address: u32, len: usize, write: bool) -> Result<(), MemoryError> {
        for number in self.host_pages(address, len)? {
            match self.mapped.get(&number) {
                Some(page) if page.writable || !write => {}
                _ => return Err(out_of_range(address, len)),
            }
        }
        Ok(())
    }

    /// Checks a guest access of `len` bytes, 1 to 8.
    fn guest_access(&self, address: u32, len: usize, write: bool) -> Result<(), Fault> {
        let last = u64::from(address) + u64::try_from(len).unwrap_or(u64::MAX).saturating_sub(1);
        let wraps = last > u64::from(u32::MAX);
        let first_page = address / self.page_size;
        let last_page = u32::try_from(last).unwrap_or(u32::MAX) / self.page_size;
        let segfault = |number: u32, write_protected: bool| {
            let page_address = number * self.page_size;
            if page_address < BOTTOM {
                return Fault::Trap;
            }
            Fault::Segfault(Segfault { page_address, page_size: self.page_size, write_protected })
        };
        // Unmapped pages are reported before write-protected ones.
        for number in first_page..=last_page {
            if !self.mapped.contains_key(&number) {
                return Err(segfault(number, false));
            }
        }
        if wraps {
            return Err(Fault::Trap);
        }
        for number in first_page..=last_page {
            if write && self.mapped.get(&number).is_some_and(|page| !page.writable) {
                return Err(segfault(number, true));
            }
        }
        Ok(())
    }

    /// Calls `visit` with each mapped piece of the bytes at `address`, in order. The caller has checked the access.
    fn pieces(&self, address: u32, len: usize, mut visit: impl FnMut(usize, &[u8])) {
        let (mut done, mut at) = (0, address);
        while done < len {
            let in_page = (at % self.page_size) as usize;
            let Some(bytes) =
                self.mapped.get(&(at / self.page_size)).and_then(|page| page.bytes.get(in_page..))
            else {
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
            let in_page = (at % self.page_size) as usize;
            let page = self.mapped.get_mut(&(at / self.page_size));
            let Some(bytes) = page.and_then(|page| page.bytes.get_mut(in_page..)) else {
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

    pub(crate) fn guest_load(&self, address: u32, out: &mut [u8]) -> Result<(), Fault> {
        self.guest_access(address, out.len(), false)?;
        self.copy_out(address, out);
        Ok(())
    }

    pub(crate) fn guest_store(&mut self, address: u32, bytes: &[u8]) -> Result<(), Fault> {
        self.guest_access(address, bytes.len(), true)?;
        self.copy_in(address, bytes);
        Ok(())
    }

    /// Fills the bytes that are in the page of `address`, at most `len`.
    pub(crate) fn guest_fill(&mut self, address: u32, len: u32, value: u8) -> Result<u32, Fault> {
        self.guest_access(address, 1, true)?;
        let count = len.min(self.page_size - address % self.page_size);
        self.pieces_mut(address, count as usize, |_, bytes| bytes.fill(value));
        Ok(count)
    }

    pub(crate) fn host_read(&self, address: u32, out: &mut [u8]) -> Result<(), MemoryError> {
        self.host_access(address, out.len(), false)?;
        self.copy_out(address, out);
        Ok(())
    }

    pub(crate) fn host_write(&mut self, address: u32, bytes: &[u8]) -> Result<(), MemoryError> {
        self.host_access(address, bytes.len(), true)?;
        self.copy_in(address, bytes);
        Ok(())
    }

    pub(crate) fn host_zero(&mut self, address: u32, len: u32) -> Result<(), MemoryError> {
        self.host_access(address, len as usize, true)?;
        self.pieces_mut(address, len as usize, |_, bytes| bytes.fill(0));
        Ok(())
    }

    pub(crate) fn accessible(&self, address: u32, len: u32, write: bool) -> bool {
        self.host_access(address, len as usize, write).is_ok()
    }

    /// The pages of an operation on whole pages: `address` aligned, `len` rounded up.
    fn whole_pages(&self, address: u32, len: u32) -> Result<RangeInclusive<u32>, MemoryError> {
        if !address.is_multiple_of(self.page_size) {
            return Err(MemoryError::NotPageAligned { address, page_size: self.page_size });
        }
        self.host_pages(address, len as usize)
    }

    /// Maps pages as zeros, or makes mapped pages zero, and sets their protection.
    pub(crate) fn map(&mut self, address: u32, len: u32, writable: bool) -> Result<(), MemoryError> {
        if len == 0 {
            return Ok(());
        }
        let numbers = self.whole_pages(address, len)?;
        let new = (numbers.end() - numbers.start() + 1) as usize - self.mapped.range(numbers.clone()).count();
        let bytes = (self.mapped.len() as u64 + new as u64) * u64::from(self.page_size);
        if bytes > u64::from(self.bytes_max) {
            return Err(MemoryError::MemoryLimit { bytes, max: self.bytes_max });
        }
        for number in numbers {
            let bytes = vec![0; self.page_size as usize].into_boxed_slice();
            self.mapped.insert(number, Page { bytes, writable });
        }
        Ok(())
    }

    /// Sets the protection of mapped pages. Changes nothing if one is not mapped.
    pub(crate) fn protect(&mut self, address: u32, len: u32, writable: bool) -> Result<(), MemoryError> {
        if len == 0 {
            return Ok(());
        }
        let numbers = self.host_pages(address, len as usize)?;
        for number in numbers.clone() {
            if !self.mapped.contains_key(&number) {
                return Err(out_of_range(number * self.page_size, self.page_size as usize));
            }
        }
        for (_, page) in self.mapped.range_mut(numbers) {
            page.writable = writable;
        }
        Ok(())
    }

    /// Unmaps pages; those that are not mapped are passed over.
    pub(crate) fn free(&mut self, address: u32, len: u32) -> Result<(), MemoryError> {
        if len == 0 {
            return Ok(());
        }
        let numbers = self.whole_pages(address, len)?;
        self.mapped.retain(|number, _| !numbers.contains(number));
        Ok(())
    }
}
