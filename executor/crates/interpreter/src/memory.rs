// SPDX-License-Identifier: Apache-2.0
//! Guest memory of one instance: the regions of the memory map, or pages under dynamic paging.
//!
//! Handlers look only at `rw`, `stack` and `ro`. Under dynamic paging these are empty, so
//! every access takes the slow way, which asks the pages. That keeps the common mode free of any test for the mode.

use crate::paging::{length, Pages};
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use revive_vm_primitives::paging::GuestFault;
use revive_vm_primitives::regions::{Region, RegionOffset};
use revive_vm_primitives::{MemoryError, MemoryMap, Regions};

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
    /// Where accesses other than the handlers' own may go. Without meaning under dynamic paging.
    regions: Regions,
    /// Pages, only under dynamic paging.
    pages: Option<Pages>,
    layout: Layout,
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
            rw_from_stack: map.rw_data_address().wrapping_sub(map.stack_low()),
            rw_from_ro: map.rw_data_address().wrapping_sub(map.ro_data_address()),
            rw: Vec::new(),
            stack: Vec::new(),
            ro: Arc::default(),
            aux: Vec::new(),
            regions: Regions::new(*map, layout.bytes_max),
            pages: None,
            layout: layout.clone(),
        };
        memory.reset();
        memory
    }

    /// Puts everything as in a new instance.
    pub(crate) fn reset(&mut self) {
        let map = &self.layout.map;
        if self.layout.dynamic_paging {
            self.pages = Some(Pages::new(map.page_size(), self.layout.bytes_max));
            return;
        }
        self.regions.reset();
        self.ro = self.layout.ro.clone();
        self.rw = vec![0; size(map.rw_data_size())];
        for (to, from) in self.rw.iter_mut().zip(self.layout.rw.iter()) {
            *to = *from;
        }
        self.stack = vec![0; size(map.stack_size())];
        self.aux = vec![0; size(map.aux_size())];
    }

    pub(crate) fn heap_size(&self) -> u32 {
        self.pages.as_ref().map_or(self.regions.heap_bytes(), Pages::heap_bytes)
    }

    /// Grows the heap and returns its new top, or nothing if a limit is in the way (memory map, section 5).
    pub(crate) fn grow_heap(&mut self, by: u32) -> Option<u32> {
        let top = match &mut self.pages {
            Some(pages) => pages.grow_heap(&self.layout.map, by)?,
            None => {
                let top = self.regions.grow_heap(by)?;
                self.extend_rw();
                top
            }
        };
        Some(revive_vm_primitives::mutant!(HeapTop, top - by, top))
    }

    /// Makes the bytes of the read-write region as many as are accessible.
    fn extend_rw(&mut self) {
        let needed = size(self.regions.rw_bytes());
        if needed > self.rw.capacity() {
            // Doubling keeps many small growths cheap; the limit also holds for what is only reserved.
            let max = usize::try_from(self.regions.rw_bytes_max()).unwrap_or(usize::MAX);
            let reserve = needed.max(self.rw.capacity().saturating_mul(2).min(max));
            self.rw.reserve_exact(reserve - self.rw.len());
        }
        self.rw.resize(needed, 0);
    }

    /// Loads up to 8 bytes from anywhere, zero-extended.
    pub(crate) fn load_slow(&self, address: u32, bytes: usize) -> Result<u64, GuestFault> {
        let mut raw = [0; 8];
        let out = raw.get_mut(..bytes).ok_or(GuestFault::Trap)?;
        match &self.pages {
            Some(pages) => pages.guest_load(address, out)?,
            None => self.read_region(address, out).map_err(|_| GuestFault::Trap)?,
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
        let (at, count) = self.regions.storable(address, len).ok_or(GuestFault::Trap)?;
        self.bytes_mut(at, size(count)).ok_or(GuestFault::Trap)?.fill(value);
        Ok(count)
    }

    /// Bytes of a region that can be written to.
    fn bytes_mut(&mut self, at: RegionOffset, len: usize) -> Option<&mut [u8]> {
        let region = match at.region {
            Region::ReadWrite => &mut self.rw,
            Region::Stack => &mut self.stack,
            Region::Aux => &mut self.aux,
            Region::ReadOnly => return None,
        };
        let start = size(at.offset);
        region.get_mut(start..start.checked_add(len)?)
    }

    /// Reads from one region.
    fn read_region(&self, address: u32, out: &mut [u8]) -> Result<(), MemoryError> {
        let at = self.regions.to_read(address, length(out.len()))?;
        let region: &[u8] = match at.region {
            Region::ReadWrite => &self.rw,
            Region::Stack => &self.stack,
            Region::Aux => &self.aux,
            Region::ReadOnly => &self.ro,
        };
        // Behind read-only data there are zeros that are nowhere.
        let data = region.get(size(at.offset)..).unwrap_or_default();
        let (head, tail) = out.split_at_mut(data.len().min(out.len()));
        head.copy_from_slice(data.get(..head.len()).unwrap_or_default());
        tail.fill(0);
        Ok(())
    }

    /// The bytes that the host may write.
    fn host_writable(&mut self, address: u32, len: usize) -> Result<&mut [u8], MemoryError> {
        let at = self.regions.to_write(address, length(len))?;
        self.bytes_mut(at, len).ok_or(MemoryError::OutOfRange { address, len: length(len) })
    }

    /// Reads for the host.
    pub(crate) fn read(&self, address: u32, out: &mut [u8]) -> Result<(), MemoryError> {
        if out.is_empty() {
            return Ok(());
        }
        match &self.pages {
            Some(pages) => pages.host_read(address, out),
            None => self.read_region(address, out),
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
                self.host_writable(address, bytes.len())?.copy_from_slice(bytes);
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
                self.host_writable(address, size(len))?.fill(0);
                Ok(())
            }
        }
    }

    /// Whether the guest could load from, or store to, all of these bytes.
    pub(crate) fn accessible(&self, address: u32, len: u32, write: bool) -> bool {
        match &self.pages {
            Some(pages) => pages.accessible(address, len, write),
            None => self.regions.accessible(address, len, write),
        }
    }

    /// Sets how much of the aux region is accessible.
    pub(crate) fn set_aux_accessible_size(&mut self, bytes: u32) -> Result<(), MemoryError> {
        if self.pages.is_some() {
            return Err(MemoryError::NotWithDynamicPaging);
        }
        self.regions.set_aux_accessible_size(bytes)?;
        // Shrinking first makes what comes back zero.
        self.aux.resize(size(self.regions.aux_bytes()), 0);
        Ok(())
    }

    /// Sets whether host writes at and above the top of the stack fail.
    pub(crate) fn set_aux_write_protected(&mut self, protected: bool) -> Result<(), MemoryError> {
        if self.pages.is_some() {
            return Err(MemoryError::NotWithDynamicPaging);
        }
        self.regions.set_aux_write_protected(protected);
        Ok(())
    }

    /// The pages, for operations that need dynamic paging.
    pub(crate) fn pages_mut(&mut self) -> Result<&mut Pages, MemoryError> {
        self.pages.as_mut().ok_or(MemoryError::OnlyWithDynamicPaging)
    }
}
