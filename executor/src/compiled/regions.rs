// SPDX-License-Identifier: Apache-2.0
//! The regions of guest memory of an instance in a worker, as the host sees them (memory map, sections 4 and 5). The bytes
//! are shared with the worker.

use revive_vm_primitives::{MemoryError, MemoryMap};
use revive_vm_sandbox::{Process, SandboxError};

use super::memory::Done;

/// What is accessible now.
pub(crate) struct Regions {
    /// Bytes of the read-write region, heap included.
    rw_bytes: u32,
    /// Bytes of the aux region.
    aux_bytes: u32,
    /// Bytes by which the heap has grown.
    heap_bytes: u32,
}

/// Where bytes are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Region {
    ReadOnly,
    ReadWrite,
    Stack,
    Aux,
}

impl Regions {
    /// Maps the regions of a new instance and fills them with the initial data.
    pub(crate) fn new(process: &mut Process, map: &MemoryMap, rw_data: &[u8]) -> Result<Self, SandboxError> {
        let regions = Self { rw_bytes: map.rw_data_size(), aux_bytes: map.aux_size(), heap_bytes: 0 };
        for (address, bytes, writable) in [
            (map.rw_data_address(), regions.rw_bytes, true),
            (map.stack_low(), map.stack_high() - map.stack_low(), true),
            (map.aux_address(), regions.aux_bytes, false),
        ] {
            if bytes > 0 {
                process.map(address, bytes, writable)?;
            }
        }
        process.write(map.rw_data_address(), rw_data)?;
        Ok(regions)
    }

    pub(crate) fn heap_bytes(&self) -> u32 {
        self.heap_bytes
    }

    /// The region that all of these bytes, at least one, lie in.
    fn region(&self, map: &MemoryMap, address: u32, bytes: u64) -> Option<Region> {
        let stack_bytes = map.stack_high() - map.stack_low();
        [
            (Region::ReadWrite, map.rw_data_address(), self.rw_bytes),
            (Region::Stack, map.stack_low(), stack_bytes),
            (Region::ReadOnly, map.ro_data_address(), map.ro_data_size()),
            (Region::Aux, map.aux_address(), self.aux_bytes),
        ]
        .into_iter()
        .find(|(_, start, size)| {
            address.checked_sub(*start).is_some_and(|at| u64::from(at) + bytes <= u64::from(*size))
        })
        .map(|(region, ..)| region)
    }

    /// Whether the guest could load from, or store to, all of these bytes.
    pub(crate) fn accessible(&self, map: &MemoryMap, address: u32, bytes: u32, write: bool) -> bool {
        bytes == 0
            || self
                .region(map, address, bytes.into())
                .is_some_and(|region| !write || region == Region::ReadWrite || region == Region::Stack)
    }

    /// Reads for the host. `ro_data` is the initial data of the read-only region.
    pub(crate) fn read(
        &self,
        process: &Process,
        map: &MemoryMap,
        ro_data: &[u8],
        address: u32,
        out: &mut [u8],
    ) -> Result<(), MemoryError> {
        if out.is_empty() {
            return Ok(());
        }
        let error = MemoryError::OutOfRange { address, len: out.len() as u64 };
        match self.region(map, address, out.len() as u64).ok_or(error)? {
            Region::ReadOnly => {
                let data = ro_data.get((address - map.ro_data_address()) as usize..).unwrap_or_default();
                let (head, tail) = out.split_at_mut(data.len().min(out.len()));
                head.copy_from_slice(&data[..head.len()]);
                tail.fill(0);
                Ok(())
            }
            _ => process.read(address, out).map_err(|_| error),
        }
    }

    /// Whether the host may write all of these bytes.
    fn host_writable(&self, map: &MemoryMap, address: u32, bytes: u64) -> Result<(), MemoryError> {
        match self.region(map, address, bytes) {
            Some(Region::ReadWrite | Region::Stack | Region::Aux) => Ok(()),
            _ => Err(MemoryError::OutOfRange { address, len: bytes }),
        }
    }

    /// Writes for the host.
    pub(crate) fn write(
        &self,
        process: &Process,
        map: &MemoryMap,
        address: u32,
        bytes: &[u8],
    ) -> Result<(), MemoryError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let len = bytes.len() as u64;
        self.host_writable(map, address, len)?;
        process.write(address, bytes).map_err(|_| MemoryError::OutOfRange { address, len })
    }

    /// Writes zeros for the host.
    pub(crate) fn zero(
        &self,
        process: &Process,
        map: &MemoryMap,
        address: u32,
        len: u32,
    ) -> Result<(), MemoryError> {
        if len == 0 {
            return Ok(());
        }
        self.host_writable(map, address, len.into())?;
        process.zero(address, len).map_err(|_| MemoryError::OutOfRange { address, len: len.into() })
    }

    /// How many bytes from `address` on the guest could store, at most `len`.
    pub(crate) fn storable(&self, map: &MemoryMap, address: u32, len: u32) -> u32 {
        [(map.rw_data_address(), self.rw_bytes), (map.stack_low(), map.stack_high() - map.stack_low())]
            .into_iter()
            .find_map(|(start, size)| size.checked_sub(address.checked_sub(start)?).filter(|left| *left > 0))
            .map_or(0, |left| left.min(len))
    }

    /// Grows the heap and returns its new top, or nothing if a limit is in the way.
    pub(crate) fn grow_heap(
        &mut self,
        process: &mut Process,
        map: &MemoryMap,
        bytes_max: u32,
        by: u32,
    ) -> Result<Option<u32>, SandboxError> {
        let grown = || {
            let heap_bytes = self.heap_bytes.checked_add(by).filter(|&bytes| bytes <= map.heap_size_max())?;
            let top = map.heap_base().checked_add(heap_bytes)?;
            let needed = top.checked_sub(map.rw_data_address())?.checked_next_multiple_of(map.page_size())?;
            let fixed = u64::from(map.ro_data_size())
                + u64::from(map.stack_high() - map.stack_low())
                + u64::from(map.aux_size());
            let fits = needed <= self.rw_bytes || u64::from(needed) + fixed <= u64::from(bytes_max);
            fits.then_some((heap_bytes, top, needed))
        };
        let Some((heap_bytes, top, needed)) = grown() else { return Ok(None) };
        if needed > self.rw_bytes {
            process.map(map.rw_data_address() + self.rw_bytes, needed - self.rw_bytes, true)?;
            self.rw_bytes = needed;
        }
        self.heap_bytes = heap_bytes;
        Ok(Some(top))
    }

    /// Sets how much of the aux region is accessible, rounded up to pages. What is hidden is lost.
    pub(crate) fn set_aux_accessible_size(
        &mut self,
        process: &mut Process,
        map: &MemoryMap,
        bytes: u32,
    ) -> Done {
        let max = map.aux_size();
        if bytes > max {
            return Err(MemoryError::AuxTooLarge { size: bytes, max });
        }
        let bytes = bytes.checked_next_multiple_of(map.page_size()).unwrap_or(max).min(max);
        let start = map.aux_address();
        let changed = if bytes > self.aux_bytes {
            process.map(start + self.aux_bytes, bytes - self.aux_bytes, false)
        } else if bytes < self.aux_bytes {
            process.unmap(start + bytes, self.aux_bytes - bytes)
        } else {
            Ok(())
        };
        self.aux_bytes = bytes;
        Ok(changed)
    }
}
