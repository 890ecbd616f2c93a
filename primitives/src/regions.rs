// SPDX-License-Identifier: Apache-2.0
//! The regions of an instance's memory as they are at the moment: what guest and host may do with them, and how they grow (memory map,
//! sections 4 and 5).
//!
//! Every engine keeps [`Regions`], so that all of them have one set of rules; where the bytes of a region are is the engine's own
//! business. Under dynamic paging there is a [`PageTable`](crate::paging::PageTable) instead, and of these rules only the [`Heap`].

use crate::memory_error::MemoryError;
use crate::memory_map::MemoryMap;

/// One of the regions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Region {
    /// Read-only data.
    ReadOnly,
    /// Read-write data and the heap.
    ReadWrite,
    /// The stack.
    Stack,
    /// What the host fills.
    Aux,
}

impl Region {
    /// Whether the guest can store there.
    const fn is_writable(self) -> bool {
        matches!(self, Self::ReadWrite | Self::Stack)
    }
}

/// Where bytes are in the regions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RegionOffset {
    /// The region that all of them are in.
    pub region: Region,
    /// Offset of the first one from where the region begins.
    pub offset: u32,
}

/// How far the heap has grown.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Heap {
    bytes: u32,
}

impl Heap {
    /// Bytes that it has grown by.
    pub const fn bytes(self) -> u32 {
        self.bytes
    }

    /// Grows by so many bytes and returns the new top, or nothing, and then nothing changes, if the heap would be larger than the memory map
    /// has room for.
    pub fn grow(&mut self, map: &MemoryMap, by: u32) -> Option<u32> {
        let bytes = self.bytes.checked_add(by).filter(|bytes| *bytes <= map.heap_size_max())?;
        let top = map.heap_base().checked_add(bytes)?;
        self.bytes = bytes;
        Some(top)
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Regions {
    map: MemoryMap,
    bytes_max: u32,
    rw_bytes: u32,
    aux_bytes: u32,
    heap: Heap,
    aux_write_protected: bool,
}

impl Regions {
    /// Those of a new instance, which may have `bytes_max` bytes of memory, all regions together.
    pub const fn new(map: MemoryMap, bytes_max: u32) -> Self {
        Self {
            map,
            bytes_max,
            rw_bytes: map.rw_data_size(),
            aux_bytes: map.aux_size(),
            heap: Heap { bytes: 0 },
            aux_write_protected: false,
        }
    }

    /// Makes everything as in a new instance, but for the host's protection of the aux region.
    pub fn reset(&mut self) {
        *self = Self { aux_write_protected: self.aux_write_protected, ..Self::new(self.map, self.bytes_max) };
    }

    /// Where they are.
    pub const fn map(&self) -> &MemoryMap {
        &self.map
    }

    /// Accessible bytes of the read-write region, heap included: whole pages.
    pub const fn rw_bytes(&self) -> u32 {
        self.rw_bytes
    }

    /// Accessible bytes of the aux region: whole pages.
    pub const fn aux_bytes(&self) -> u32 {
        self.aux_bytes
    }

    /// Bytes that the heap has grown by.
    pub const fn heap_bytes(&self) -> u32 {
        self.heap.bytes()
    }

    /// First address and accessible bytes of each region, those first that are used most.
    fn all(&self) -> [(Region, u32, u32); 4] {
        let map = &self.map;
        [
            (Region::ReadWrite, map.rw_data_address(), self.rw_bytes),
            (Region::Stack, map.stack_low(), map.stack_size()),
            (Region::ReadOnly, map.ro_data_address(), map.ro_data_size()),
            (Region::Aux, map.aux_address(), self.aux_bytes),
        ]
    }

    /// Where so many bytes from an address on are, if all of them, at least one, are in one region.
    fn find(&self, address: u32, len: u64) -> Option<RegionOffset> {
        self.all().into_iter().find_map(|(region, start, bytes)| {
            let offset = address.checked_sub(start)?;
            let inside = len > 0 && u64::from(offset).checked_add(len)? <= u64::from(bytes);
            inside.then_some(RegionOffset { region, offset })
        })
    }

    /// Whether the guest can load from, or store to, all of these bytes. No bytes are always accessible.
    pub fn accessible(&self, address: u32, len: u32, write: bool) -> bool {
        len == 0 || self.find(address, len.into()).is_some_and(|at| !write || at.region.is_writable())
    }

    /// Where the bytes are that a host reads or a guest loads, at least one.
    ///
    /// # Errors
    /// [`MemoryError::OutOfRange`]
    pub fn to_read(&self, address: u32, len: u64) -> Result<RegionOffset, MemoryError> {
        self.find(address, len).ok_or(MemoryError::OutOfRange { address, len })
    }

    /// Where the bytes are that the host writes, at least one.
    ///
    /// # Errors
    /// [`MemoryError::OutOfRange`]
    pub fn to_write(&self, address: u32, len: u64) -> Result<RegionOffset, MemoryError> {
        match self.find(address, len) {
            Some(at) if at.region.is_writable() => Ok(at),
            // It lies above the top of the stack, where the protection begins, with nothing between that could be written.
            Some(at) if at.region == Region::Aux && !self.aux_write_protected => Ok(at),
            _ => Err(MemoryError::OutOfRange { address, len }),
        }
    }

    /// Where the guest can store from an address on, and how many bytes in one go: at least one, and at most `len`, which is not 0.
    pub fn storable(&self, address: u32, len: u32) -> Option<(RegionOffset, u32)> {
        self.all().into_iter().filter(|(region, ..)| region.is_writable()).find_map(
            |(region, start, bytes)| {
                let offset = address.checked_sub(start)?;
                let left = bytes.checked_sub(offset).filter(|left| *left > 0)?;
                Some((RegionOffset { region, offset }, left.min(len)))
            },
        )
    }

    /// Grows the heap by so many bytes, and the read-write region with it where there is no room left in its last page. The new top, or
    /// nothing, and then nothing changes, if there is no room in the memory map or it would be more memory than is allowed.
    pub fn grow_heap(&mut self, by: u32) -> Option<u32> {
        let mut heap = self.heap;
        let top = heap.grow(&self.map, by)?;
        let needed =
            top.checked_sub(self.map.rw_data_address())?.checked_next_multiple_of(self.map.page_size())?;
        if needed > self.rw_bytes {
            if u64::from(needed) > self.rw_bytes_max() {
                return None;
            }
            self.rw_bytes = needed;
        }
        self.heap = heap;
        Some(top)
    }

    /// The most bytes that the read-write region may come to have.
    pub fn rw_bytes_max(&self) -> u64 {
        u64::from(self.bytes_max).saturating_sub(self.map.fixed_bytes())
    }

    /// Sets how much of the aux region is accessible, rounded up to pages. What is hidden is lost: it is zero when it becomes accessible
    /// again.
    ///
    /// # Errors
    /// [`MemoryError::AuxTooLarge`]
    pub fn set_aux_accessible_size(&mut self, bytes: u32) -> Result<(), MemoryError> {
        let max = self.map.aux_size();
        if bytes > max {
            return Err(MemoryError::AuxTooLarge { size: bytes, max });
        }
        self.aux_bytes = bytes.checked_next_multiple_of(self.map.page_size()).unwrap_or(max).min(max);
        Ok(())
    }

    /// Sets whether writes of the host to the aux region fail.
    pub fn set_aux_write_protected(&mut self, protected: bool) {
        self.aux_write_protected = protected;
    }
}
