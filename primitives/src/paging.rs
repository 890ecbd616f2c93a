// SPDX-License-Identifier: Apache-2.0
//! Dynamic paging: which pages are mapped, and what that means for accesses of guest and host (memory map, section 6).
//!
//! Every engine keeps a [`PageTable`], so that all of them have one set of rules; where the bytes of a page are is the
//! engine's own business.

use crate::exit::Segfault;
use crate::memory_error::MemoryError;
use crate::memory_map::ADDRESS_BOTTOM;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

/// Why a guest access is not executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuestFault {
    /// The access traps.
    Trap,
    /// The host may map the page and repeat the access.
    Segfault(Segfault),
}

/// Whole pages that an operation has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRange {
    /// Address of the first byte.
    pub address: u32,
    /// Bytes, not 0.
    pub bytes: u32,
    /// How many of the pages were mapped before.
    pub mapped_before: u32,
}

/// The mapped pages of an instance. `C` is what an engine keeps for each of them.
#[derive(Debug)]
pub struct PageTable<C> {
    page_size: u32,
    bytes_max: u32,
    /// By page number.
    mapped: BTreeMap<u32, Page<C>>,
}

#[derive(Debug)]
struct Page<C> {
    content: C,
    writable: bool,
}

/// The error of a host access.
const fn out_of_range(address: u32, len: u64) -> MemoryError {
    MemoryError::OutOfRange { address, len }
}

impl<C> PageTable<C> {
    /// A table without a mapped page. `page_size` is that of a [`MemoryMap`](crate::MemoryMap), in bytes; no more than
    /// `bytes_max` bytes can be mapped at a time.
    pub const fn new(page_size: u32, bytes_max: u32) -> Self {
        Self { page_size, bytes_max, mapped: BTreeMap::new() }
    }

    /// Bytes of a page.
    pub const fn page_size(&self) -> u32 {
        self.page_size
    }

    /// What is kept for the page of an address, if it is mapped.
    pub fn content(&self, address: u32) -> Option<&C> {
        Some(&self.mapped.get(&(address / self.page_size))?.content)
    }

    /// As [`content`](Self::content), to be changed.
    pub fn content_mut(&mut self, address: u32) -> Option<&mut C> {
        Some(&mut self.mapped.get_mut(&(address / self.page_size))?.content)
    }

    /// Numbers of the pages with these bytes, at least one, for the host: within the address space and above its guarded
    /// start.
    fn host_pages(&self, address: u32, len: u64) -> Result<RangeInclusive<u32>, MemoryError> {
        let last = u32::try_from(len).ok().and_then(|len| address.checked_add(len.checked_sub(1)?));
        match last {
            Some(last) if address >= ADDRESS_BOTTOM => Ok(address / self.page_size..=last / self.page_size),
            _ => Err(out_of_range(address, len)),
        }
    }

    /// Checks a host access of `len` bytes: all pages have to be mapped, and writable for a write. No bytes are always
    /// accessible.
    ///
    /// # Errors
    /// [`MemoryError::OutOfRange`]
    pub fn check_host(&self, address: u32, len: u64, write: bool) -> Result<(), MemoryError> {
        if len == 0 {
            return Ok(());
        }
        for number in self.host_pages(address, len)? {
            match self.mapped.get(&number) {
                Some(page) if page.writable || !write => {}
                _ => return Err(out_of_range(address, len)),
            }
        }
        Ok(())
    }

    /// Checks a guest access of `len` bytes, 1 to 8.
    ///
    /// # Errors
    /// What the access comes to instead.
    pub fn check_guest(&self, address: u32, len: u32, write: bool) -> Result<(), GuestFault> {
        let last = u64::from(address) + u64::from(len.saturating_sub(1));
        let wraps = last > u64::from(u32::MAX);
        let first_page = address / self.page_size;
        let last_page = u32::try_from(last).unwrap_or(u32::MAX) / self.page_size;
        let segfault = |number: u32, write_protected: bool| {
            let page_address = number * self.page_size;
            if page_address < crate::mutant!(LowGuard, 0x4000, ADDRESS_BOTTOM) {
                return GuestFault::Trap;
            }
            GuestFault::Segfault(Segfault { page_address, page_size: self.page_size, write_protected })
        };
        // Unmapped pages are reported before write-protected ones.
        for number in first_page..=last_page {
            if !self.mapped.contains_key(&number) {
                return Err(segfault(number, false));
            }
        }
        if wraps {
            return Err(GuestFault::Trap);
        }
        for number in first_page..=last_page {
            if write && self.mapped.get(&number).is_some_and(|page| !page.writable) {
                return Err(segfault(number, true));
            }
        }
        Ok(())
    }

    /// How many bytes from `address` on the guest can fill in one go, at most `len`: those in the page of `address`.
    ///
    /// # Errors
    /// As [`check_guest`](Self::check_guest) for a store of the first byte.
    pub fn check_fill(&self, address: u32, len: u32) -> Result<u32, GuestFault> {
        self.check_guest(address, 1, true)?;
        Ok(len.min(self.page_size - address % self.page_size))
    }

    /// The pages of an operation on whole pages: `address` aligned, `len`, not 0, rounded up.
    fn whole_pages(&self, address: u32, len: u32) -> Result<RangeInclusive<u32>, MemoryError> {
        if !address.is_multiple_of(self.page_size) {
            return Err(MemoryError::NotPageAligned { address, page_size: self.page_size });
        }
        self.host_pages(address, len.into())
    }

    /// What an operation on these pages, of which so many are mapped, has changed.
    fn range(&self, numbers: &RangeInclusive<u32>, mapped_before: usize) -> PageRange {
        // No overflow: the first 64 KiB of the address space are no pages of the host.
        PageRange {
            address: numbers.start() * self.page_size,
            bytes: (numbers.end() - numbers.start() + 1) * self.page_size,
            mapped_before: u32::try_from(mapped_before).unwrap_or(u32::MAX),
        }
    }

    /// Maps pages or replaces what is kept for mapped ones, in either case by a `new` one, and sets their protection. To
    /// the guest all of them are zeros then. `len` is rounded up to pages; nothing happens if it is 0.
    ///
    /// # Errors
    /// `address` is no multiple of the page size or below 0x10000; the pages reach beyond 2^32; the memory limit. Nothing
    /// has changed then.
    pub fn map(
        &mut self,
        address: u32,
        len: u32,
        writable: bool,
        mut new: impl FnMut() -> C,
    ) -> Result<Option<PageRange>, MemoryError> {
        if len == 0 {
            return Ok(None);
        }
        let numbers = self.whole_pages(address, len)?;
        let before = self.mapped.range(numbers.clone()).count();
        let range = self.range(&numbers, before);
        let kept = (self.mapped.len() - before) as u64 * u64::from(self.page_size);
        let bytes = kept + u64::from(range.bytes);
        if bytes > u64::from(self.bytes_max) {
            return Err(MemoryError::MemoryLimit { bytes, max: self.bytes_max });
        }
        for number in numbers {
            self.mapped.insert(number, Page { content: new(), writable });
        }
        Ok(Some(range))
    }

    /// Sets the protection of all pages that these bytes touch. Nothing happens if they are none.
    ///
    /// # Errors
    /// A page is not mapped. Nothing has changed then.
    pub fn protect(
        &mut self,
        address: u32,
        len: u32,
        writable: bool,
    ) -> Result<Option<PageRange>, MemoryError> {
        if len == 0 {
            return Ok(None);
        }
        let numbers = self.host_pages(address, len.into())?;
        let mut count = 0;
        for number in numbers.clone() {
            if !self.mapped.contains_key(&number) {
                return Err(out_of_range(number * self.page_size, self.page_size.into()));
            }
            count += 1;
        }
        for (_, page) in self.mapped.range_mut(numbers.clone()) {
            page.writable = writable;
        }
        Ok(Some(self.range(&numbers, count)))
    }

    /// Unmaps pages; those that are not mapped are passed over. `len` is rounded up to pages; nothing happens if it is 0.
    ///
    /// # Errors
    /// As [`map`](Self::map), but for the limit.
    pub fn free(&mut self, address: u32, len: u32) -> Result<Option<PageRange>, MemoryError> {
        if len == 0 {
            return Ok(None);
        }
        let numbers = self.whole_pages(address, len)?;
        let mapped: Vec<u32> = self.mapped.range(numbers.clone()).map(|(number, _)| *number).collect();
        for number in &mapped {
            self.mapped.remove(number);
        }
        Ok(Some(self.range(&numbers, mapped.len())))
    }
}
