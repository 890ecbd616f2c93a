// SPDX-License-Identifier: Apache-2.0
//! Guest memory of an instance in a worker: the regions of the memory map, or pages under dynamic paging.
//!
//! What is accessible is decided here, for host accesses, and enforced by the worker's page tables, for those of the
//! guest.

use revive_vm_primitives::{paging::GuestFault, MemoryError, MemoryMap};
use revive_vm_sandbox::{Process, SandboxError};

use super::{pages::Pages, regions::Regions};
use crate::module::ModuleConfig;

/// What an operation of the host came to: refused, and then without effect; or done, if the worker did not fail.
pub(crate) type Done = Result<Result<(), SandboxError>, MemoryError>;

/// See the module.
pub(crate) enum Memory {
    Regions(Regions),
    Pages(Pages),
}

impl Memory {
    /// Memory of a new instance, in a worker that has none mapped.
    pub(crate) fn new(
        process: &mut Process,
        map: &MemoryMap,
        config: &ModuleConfig,
        rw_data: &[u8],
    ) -> Result<Self, SandboxError> {
        Ok(match config.dynamic_paging {
            true => Self::Pages(Pages::new(map, config.memory_bytes_max)),
            false => Self::Regions(Regions::new(process, map, config.memory_bytes_max, rw_data)?),
        })
    }

    /// Makes memory as in a new instance, in a worker that has none mapped.
    pub(crate) fn reset(&mut self, process: &mut Process, rw_data: &[u8]) -> Result<(), SandboxError> {
        match self {
            Self::Regions(regions) => regions.reset(process, rw_data),
            Self::Pages(pages) => {
                pages.reset();
                Ok(())
            }
        }
    }

    pub(crate) fn heap_bytes(&self) -> u32 {
        match self {
            Self::Regions(regions) => regions.heap_bytes(),
            Self::Pages(pages) => pages.heap_bytes(),
        }
    }

    /// Grows the heap and returns its new top, or nothing if a limit is in the way.
    pub(crate) fn grow_heap(&mut self, process: &mut Process, by: u32) -> Result<Option<u32>, SandboxError> {
        match self {
            Self::Regions(regions) => regions.grow_heap(process, by),
            Self::Pages(pages) => Ok(pages.grow_heap(by)),
        }
    }

    /// Whether the guest could load from, or store to, all of these bytes.
    pub(crate) fn accessible(&self, address: u32, bytes: u32, write: bool) -> bool {
        match self {
            Self::Regions(regions) => regions.accessible(address, bytes, write),
            Self::Pages(pages) => pages.accessible(address, bytes, write),
        }
    }

    /// Reads for the host. `ro_data` is the initial data of the read-only region.
    pub(crate) fn read(
        &self,
        process: &Process,
        ro_data: &[u8],
        address: u32,
        out: &mut [u8],
    ) -> Result<(), MemoryError> {
        match self {
            Self::Regions(regions) => regions.read(process, ro_data, address, out),
            Self::Pages(pages) => pages.read(process, address, out),
        }
    }

    /// Writes for the host.
    pub(crate) fn write(&self, process: &Process, address: u32, bytes: &[u8]) -> Result<(), MemoryError> {
        match self {
            Self::Regions(regions) => regions.write(process, address, bytes),
            Self::Pages(pages) => pages.write(process, address, bytes),
        }
    }

    /// Writes zeros for the host.
    pub(crate) fn zero(&self, process: &Process, address: u32, len: u32) -> Result<(), MemoryError> {
        match self {
            Self::Regions(regions) => regions.zero(process, address, len),
            Self::Pages(pages) => pages.zero(process, address, len),
        }
    }

    /// What a guest access that the machine refused comes to; nothing if it should have succeeded.
    pub(crate) fn guest_fault(&self, address: u32, bytes: u32, write: bool) -> Option<GuestFault> {
        match self {
            Self::Regions(_) => Some(GuestFault::Trap),
            Self::Pages(pages) => pages.guest_fault(address, bytes, write),
        }
    }

    /// How many bytes from `address` on the guest could store in one go: at least one, at most `len`, which is not 0.
    pub(crate) fn storable(&self, address: u32, len: u32) -> Result<u32, GuestFault> {
        match self {
            Self::Regions(regions) => regions.storable(address, len).ok_or(GuestFault::Trap),
            Self::Pages(pages) => pages.storable(address, len),
        }
    }

    /// Sets how much of the aux region is accessible, rounded up to pages. What is hidden is lost.
    pub(crate) fn set_aux_accessible_size(&mut self, process: &mut Process, bytes: u32) -> Done {
        match self {
            Self::Regions(regions) => regions.set_aux_accessible_size(process, bytes),
            Self::Pages(_) => Err(MemoryError::NotWithDynamicPaging),
        }
    }

    /// Sets whether writes of the host to the aux region fail.
    pub(crate) fn set_aux_write_protected(&mut self, protected: bool) -> Result<(), MemoryError> {
        match self {
            Self::Regions(regions) => {
                regions.set_aux_write_protected(protected);
                Ok(())
            }
            Self::Pages(_) => Err(MemoryError::NotWithDynamicPaging),
        }
    }

    /// The pages, for operations that need dynamic paging.
    pub(crate) fn pages_mut(&mut self) -> Result<&mut Pages, MemoryError> {
        match self {
            Self::Regions(_) => Err(MemoryError::OnlyWithDynamicPaging),
            Self::Pages(pages) => Ok(pages),
        }
    }
}
