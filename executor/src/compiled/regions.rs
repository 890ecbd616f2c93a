// SPDX-License-Identifier: Apache-2.0
//! The regions of guest memory of an instance in a worker, as the host sees them (memory map, sections 4 and 5). Which accesses there
//! are is for the rules that all engines share to say; the bytes are shared with the worker, at the guest's addresses.

use revive_vm_primitives::{
    regions::{Region, Regions as Rules},
    MemoryError, MemoryMap,
};
use revive_vm_sandbox::{Process, SandboxError};

use super::memory::Done;

/// See the module.
pub(crate) struct Regions(Rules);

impl Regions {
    /// Those of a new instance, in a worker that has none mapped.
    pub(crate) fn new(
        process: &mut Process,
        map: &MemoryMap,
        bytes_max: u32,
        rw_data: &[u8],
    ) -> Result<Self, SandboxError> {
        let regions = Self(Rules::new(*map, bytes_max));
        regions.map(process, rw_data)?;
        Ok(regions)
    }

    /// Makes them as in a new instance, in a worker that has none mapped.
    pub(crate) fn reset(&mut self, process: &mut Process, rw_data: &[u8]) -> Result<(), SandboxError> {
        self.0.reset();
        self.map(process, rw_data)
    }

    /// Maps what is accessible and writes the initial data.
    fn map(&self, process: &mut Process, rw_data: &[u8]) -> Result<(), SandboxError> {
        let map = self.0.map();
        for (address, bytes, writable) in [
            (map.rw_data_address(), self.0.rw_bytes(), true),
            (map.stack_low(), map.stack_size(), true),
            (map.aux_address(), self.0.aux_bytes(), false),
        ] {
            if bytes > 0 {
                process.map(address, bytes, writable)?;
            }
        }
        process.write(map.rw_data_address(), rw_data)
    }

    pub(crate) fn heap_bytes(&self) -> u32 {
        self.0.heap_bytes()
    }

    /// Whether the guest could load from, or store to, all of these bytes.
    pub(crate) fn accessible(&self, address: u32, bytes: u32, write: bool) -> bool {
        self.0.accessible(address, bytes, write)
    }

    /// Reads for the host. `ro_data` is the initial data of the read-only region.
    pub(crate) fn read(
        &self,
        process: &Process,
        ro_data: &[u8],
        address: u32,
        out: &mut [u8],
    ) -> Result<(), MemoryError> {
        if out.is_empty() {
            return Ok(());
        }
        let len = out.len() as u64;
        let at = self.0.to_read(address, len)?;
        match at.region {
            Region::ReadOnly => {
                let data = ro_data.get(at.offset as usize..).unwrap_or_default();
                let (head, tail) = out.split_at_mut(data.len().min(out.len()));
                head.copy_from_slice(&data[..head.len()]);
                tail.fill(0);
                Ok(())
            }
            _ => process.read(address, out).map_err(|_| MemoryError::OutOfRange { address, len }),
        }
    }

    /// Writes for the host.
    pub(crate) fn write(&self, process: &Process, address: u32, bytes: &[u8]) -> Result<(), MemoryError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let len = bytes.len() as u64;
        self.0.to_write(address, len)?;
        process.write(address, bytes).map_err(|_| MemoryError::OutOfRange { address, len })
    }

    /// Writes zeros for the host.
    pub(crate) fn zero(&self, process: &Process, address: u32, len: u32) -> Result<(), MemoryError> {
        if len == 0 {
            return Ok(());
        }
        self.0.to_write(address, len.into())?;
        process.zero(address, len).map_err(|_| MemoryError::OutOfRange { address, len: len.into() })
    }

    /// How many bytes from `address` on the guest could store, at most `len`, which is not 0; nothing if none.
    pub(crate) fn storable(&self, address: u32, len: u32) -> Option<u32> {
        self.0.storable(address, len).map(|(_, count)| count)
    }

    /// Grows the heap and returns its new top, or nothing if a limit is in the way.
    pub(crate) fn grow_heap(&mut self, process: &mut Process, by: u32) -> Result<Option<u32>, SandboxError> {
        let before = self.0.rw_bytes();
        let top = self.0.grow_heap(by);
        let added = self.0.rw_bytes() - before;
        if added > 0 {
            process.map(self.0.map().rw_data_address() + before, added, true)?;
        }
        Ok(top)
    }

    /// Sets how much of the aux region is accessible, rounded up to pages. What is hidden is lost.
    pub(crate) fn set_aux_accessible_size(&mut self, process: &mut Process, bytes: u32) -> Done {
        let before = self.0.aux_bytes();
        self.0.set_aux_accessible_size(bytes)?;
        let (start, now) = (self.0.map().aux_address(), self.0.aux_bytes());
        Ok(if now > before {
            process.map(start + before, now - before, false)
        } else if now < before {
            process.unmap(start + now, before - now)
        } else {
            Ok(())
        })
    }

    /// Sets whether writes of the host to the aux region fail.
    pub(crate) fn set_aux_write_protected(&mut self, protected: bool) {
        self.0.set_aux_write_protected(protected);
    }
}
