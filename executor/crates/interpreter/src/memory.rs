// SPDX-License-Identifier: Apache-2.0
//! Guest memory of one instance: the regions of the memory map, or pages under dynamic paging.
//!
//! Handlers look only at `rw`, `stack` and `ro`. Under dynamic paging these are empty, so
//! every access takes the slow way, which asks the pages. That keeps the common mode free of any test for the mode.

use crate::paging::Pages;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use revive_vm_primitives::paging::GuestFault;
use revive_vm_primitives::{MemoryError, MemoryMap};

/// What all instances of a module share.
#[derive(Clone)]
pub(crate) struct Layout {
    pub(crate) map: MemoryMap,
    /// Read-only data as in the blob, without the zeros behind it.
    pub(crate) ro: Arc<[u8]>,
    /// Read-write data as in the blob, without the zeros behind it.
    pub(crate) rw: Arc<[u8]>,
    /// The most bytes that regions and heap, or mapped pages, may have.
    pub(crate) bytes_max: u32,
    pub(crate) dynamic_paging: bool,
}

/// Guest memory.
pub(crate) struct Memory {
    /// First address of the read-write region.
    pub(crate) rw_base: u32,
    /// First address of the stack.
    pub(crate) stack_base: u32,
    /// First address of the read-only region.
    ro_base: u32,
    /// First address of the read-write region less that of the stack.
    pub(crate) rw_from_stack: u32,
    /// First address of the read-write region less that of the read-only region.
    pub(crate) rw_from_ro: u32,
    /// The accessible part of the read-write region, heap included.
    pub(crate) rw: Vec<u8>,
    /// The stack.
    pub(crate) stack: Vec<u8>,
    /// Read-only data. The region is longer when the blob asks for zeros behind the data.
    pub(crate) ro: Arc<[u8]>,
    /// The accessible part of the aux region.
    aux: Vec<u8>,
    /// Whether the host has forbidden itself to write at and above the top of the stack.
    aux_write_protected: bool,
    /// Bytes by which the guest has grown the heap.
    heap_size: u32,
    /// Pages, only under dynamic paging.
    pages: Option<Pages>,
    layout: Layout,
}

/// The part of `region`, which starts at `base`, with `len` bytes at `address`.
fn part(region: &[u8], base: u32, address: u32, len: usize) -> Option<&[u8]> {
    let start = usize::try_from(address.checked_sub(base)?).ok()?;
    region.get(start..start.checked_add(len)?)
}

/// As [`part`], to be written to.
fn part_mut(region: &mut [u8], base: u32, address: u32, len: usize) -> Option<&mut [u8]> {
    let start = usize::try_from(address.checked_sub(base)?).ok()?;
    region.get_mut(start..start.checked_add(len)?)
}

/// `x` as a size in this process.
fn size(x: u32) -> usize {
    // Targets with addresses of less than 32 bits cannot hold guest memory: allocation fails there.
    usize::try_from(x).unwrap_or(usize::MAX)
}

impl Memory {
    pub(crate) fn new(layout: &Layout) -> Self {
        let map = &layout.map;
        let mut memory = Self {
            rw_base: map.rw_data_address(),
            stack_base: map.stack_low(),
            ro_base: map.ro_data_address(),
            rw_from_stack: map.rw_data_address().wrapping_sub(map.stack_low()),
            rw_from_ro: map.rw_data_address().wrapping_sub(map.ro_data_address()),
            rw: Vec::new(),
            stack: Vec::new(),
            ro: Arc::default(),
            aux: Vec::new(),
            aux_write_protected: false,
            heap_size: 0,
            pages: None,
            layout: layout.clone(),
        };
        memory.reset();
        memory
    }

    /// Bytes of the regions that do not grow, by the sizes in the memory map.
    fn fixed_bytes(map: &MemoryMap) -> u64 {
        u64::from(map.ro_data_size())
            + u64::from(map.stack_high() - map.stack_low())
            + u64::from(map.aux_size())
    }

    /// Bytes that a new instance has in static mode.
    pub(crate) fn initial_bytes(map: &MemoryMap) -> u64 {
        Self::fixed_bytes(map) + u64::from(map.rw_data_size())
    }

    /// Puts everything as in a new instance.
    pub(crate) fn reset(&mut self) {
        let map = &self.layout.map;
        self.heap_size = 0;
        if self.layout.dynamic_paging {
            self.pages = Some(Pages::new(map.page_size(), self.layout.bytes_max));
            return;
        }
        self.ro = self.layout.ro.clone();
        self.rw = vec![0; size(map.rw_data_size())];
        for (to, from) in self.rw.iter_mut().zip(self.layout.rw.iter()) {
            *to = *from;
        }
        self.stack = vec![0; size(map.stack_high() - map.stack_low())];
        self.aux = vec![0; size(map.aux_size())];
    }

    pub(crate) fn heap_size(&self) -> u32 {
        self.heap_size
    }

    /// Grows the heap and returns its new top, or nothing if a limit is in the way (memory map, section 5).
    pub(crate) fn grow_heap(&mut self, by: u32) -> Option<u32> {
        let map = &self.layout.map;
        let heap_size = self.heap_size.checked_add(by).filter(|&size| size <= map.heap_size_max())?;
        let top = map.heap_base().checked_add(heap_size)?;
        if self.pages.is_none() {
            let needed = top.checked_sub(self.rw_base)?.checked_next_multiple_of(map.page_size())?;
            self.extend_rw(size(needed))?;
        }
        self.heap_size = heap_size;
        Some(top)
    }

    /// Makes the read-write region at least `needed` bytes long.
    fn extend_rw(&mut self, needed: usize) -> Option<()> {
        if needed <= self.rw.len() {
            return Some(());
        }
        let max = u64::from(self.layout.bytes_max).checked_sub(Self::fixed_bytes(&self.layout.map))?;
        let max = usize::try_from(max).unwrap_or(usize::MAX);
        if needed > max {
            return None;
        }
        if needed > self.rw.capacity() {
            // Doubling keeps many small growths cheap; the limit also holds for what is only reserved.
            let reserve = needed.max(self.rw.capacity().saturating_mul(2)).min(max);
            self.rw.reserve_exact(reserve - self.rw.len());
        }
        self.rw.resize(needed, 0);
        Some(())
    }

    /// Loads up to 8 bytes from anywhere, zero-extended.
    pub(crate) fn load_slow(&self, address: u32, bytes: usize) -> Result<u64, GuestFault> {
        let mut raw = [0; 8];
        let out = raw.get_mut(..bytes).ok_or(GuestFault::Trap)?;
        match &self.pages {
            Some(pages) => pages.guest_load(address, out)?,
            None => self.read_static(address, out).ok_or(GuestFault::Trap)?,
        }
        Ok(u64::from_le_bytes(raw))
    }

    /// Stores up to 8 bytes where the fast paths do not reach.
    pub(crate) fn store_slow(&mut self, address: u32, value: u64, bytes: usize) -> Result<(), GuestFault> {
        match &mut self.pages {
            Some(pages) => {
                let raw = value.to_le_bytes();
                pages.guest_store(address, raw.get(..bytes).ok_or(GuestFault::Trap)?)
            }
            None => Err(GuestFault::Trap),
        }
    }

    /// Fills at most `len` bytes and returns how many were filled; not 0 unless `len` is.
    pub(crate) fn guest_fill(&mut self, address: u32, len: u32, value: u8) -> Result<u32, GuestFault> {
        if let Some(pages) = &mut self.pages {
            return pages.guest_fill(address, len, value);
        }
        for (region, base) in [(&mut self.rw, self.rw_base), (&mut self.stack, self.stack_base)] {
            let start = address.checked_sub(base).map(size);
            let Some(part) = start.and_then(|start| region.get_mut(start..)) else { continue };
            if part.is_empty() {
                continue;
            }
            let count = part.len().min(size(len));
            for byte in part.iter_mut().take(count) {
                *byte = value;
            }
            return Ok(u32::try_from(count).unwrap_or(len));
        }
        Err(GuestFault::Trap)
    }

    /// Reads from one region.
    fn read_static(&self, address: u32, out: &mut [u8]) -> Option<()> {
        let len = out.len();
        let found = part(&self.rw, self.rw_base, address, len)
            .or_else(|| part(&self.stack, self.stack_base, address, len))
            .or_else(|| part(&self.aux, self.layout.map.aux_address(), address, len));
        if let Some(bytes) = found {
            out.copy_from_slice(bytes);
            return Some(());
        }
        let start = size(address.checked_sub(self.ro_base)?);
        if start.checked_add(len)? > size(self.layout.map.ro_data_size()) {
            return None;
        }
        let data = self.ro.get(start..).unwrap_or_default();
        let (head, tail) = out.split_at_mut(data.len().min(len));
        head.copy_from_slice(data.get(..head.len())?);
        tail.fill(0);
        Some(())
    }

    /// The bytes that the host may write.
    fn host_writable(&mut self, address: u32, len: usize) -> Option<&mut [u8]> {
        if let Some(bytes) = part_mut(&mut self.rw, self.rw_base, address, len) {
            return Some(bytes);
        }
        if let Some(bytes) = part_mut(&mut self.stack, self.stack_base, address, len) {
            return Some(bytes);
        }
        if self.aux_write_protected {
            return None;
        }
        part_mut(&mut self.aux, self.layout.map.aux_address(), address, len)
    }

    /// Reads for the host.
    pub(crate) fn read(&self, address: u32, out: &mut [u8]) -> Result<(), MemoryError> {
        if out.is_empty() {
            return Ok(());
        }
        let error = out_of_range(address, out.len());
        match &self.pages {
            Some(pages) => pages.host_read(address, out),
            None => self.read_static(address, out).ok_or(error),
        }
    }

    /// Writes for the host.
    pub(crate) fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), MemoryError> {
        if bytes.is_empty() {
            return Ok(());
        }
        match &mut self.pages {
            Some(pages) => pages.host_write(address, bytes),
            None => {
                let to = self.host_writable(address, bytes.len());
                to.ok_or(out_of_range(address, bytes.len()))?.copy_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// Writes zeros for the host.
    pub(crate) fn zero(&mut self, address: u32, len: u32) -> Result<(), MemoryError> {
        if len == 0 {
            return Ok(());
        }
        match &mut self.pages {
            Some(pages) => pages.host_zero(address, len),
            None => {
                let error = out_of_range(address, size(len));
                self.host_writable(address, size(len)).ok_or(error)?.fill(0);
                Ok(())
            }
        }
    }

    /// Whether the guest could load from, or store to, all of these bytes.
    pub(crate) fn accessible(&self, address: u32, len: u32, write: bool) -> bool {
        if len == 0 {
            return true;
        }
        if let Some(pages) = &self.pages {
            return pages.accessible(address, len, write);
        }
        let inside = |base: u32, size: usize| {
            address.checked_sub(base).is_some_and(|start| {
                u64::from(start) + u64::from(len) <= u64::try_from(size).unwrap_or(u64::MAX)
            })
        };
        inside(self.rw_base, self.rw.len())
            || inside(self.stack_base, self.stack.len())
            || (!write && inside(self.ro_base, size(self.layout.map.ro_data_size())))
            || (!write && inside(self.layout.map.aux_address(), self.aux.len()))
    }

    /// Sets how much of the aux region is accessible.
    pub(crate) fn set_aux_accessible_size(&mut self, bytes: u32) -> Result<(), MemoryError> {
        if self.pages.is_some() {
            return Err(MemoryError::NotWithDynamicPaging);
        }
        let max = self.layout.map.aux_size();
        if bytes > max {
            return Err(MemoryError::AuxTooLarge { size: bytes, max });
        }
        let rounded = bytes.checked_next_multiple_of(self.layout.map.page_size()).unwrap_or(max).min(max);
        // Shrinking first makes what comes back zero.
        self.aux.resize(size(rounded), 0);
        Ok(())
    }

    /// Sets whether host writes at and above the top of the stack fail.
    pub(crate) fn set_aux_write_protected(&mut self, protected: bool) -> Result<(), MemoryError> {
        if self.pages.is_some() {
            return Err(MemoryError::NotWithDynamicPaging);
        }
        self.aux_write_protected = protected;
        Ok(())
    }

    /// The pages, for operations that need dynamic paging.
    pub(crate) fn pages_mut(&mut self) -> Result<&mut Pages, MemoryError> {
        self.pages.as_mut().ok_or(MemoryError::OnlyWithDynamicPaging)
    }
}

/// The error of a host access.
fn out_of_range(address: u32, len: usize) -> MemoryError {
    MemoryError::OutOfRange { address, len: u64::try_from(len).unwrap_or(u64::MAX) }
}
