// SPDX-License-Identifier: Apache-2.0
//! The memory of one instance: a sparse file of 4 GiB whose offsets are guest addresses. Pages that nobody wrote take no
//! memory. The supervisor has all of it mapped, the worker what the guest may access.

use crate::error::SandboxError;
use crate::mapping::{memory_file, Mapping};
use crate::protocol::{whole_pages, PAGE};
use revive_vm_primitives::machine::GUEST_END;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{fallocate, fstat, seek, FallocateFlags, SeekFrom};
use rustix::io::Errno;

/// The most memory that a wiped instance keeps, in bytes. Clearing a page that is there costs a tenth of what getting a
/// new one costs, so a guest that needs little finds it there; but workers that wait for guests should be small.
pub(crate) const KEEP_BYTES_MAX: u64 = 128 * 1024;
/// From here on it is cheaper to give pages back than to clear them.
const CLEAR_BYTES_MAX: u64 = 64 * 1024;

/// See the module.
pub(crate) struct GuestMemory {
    file: OwnedFd,
    view: Mapping,
}

impl GuestMemory {
    pub(crate) fn new() -> Result<Self, SandboxError> {
        let file = memory_file("vm-guest", GUEST_END)?;
        let view = Mapping::new(&file, GUEST_END as usize)?;
        Ok(Self { file, view })
    }

    pub(crate) fn file(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    pub(crate) fn read(&self, address: u32, out: &mut [u8]) -> Result<(), SandboxError> {
        let bytes = out.len() as u64;
        self.view.read(address as usize, out).ok_or_else(|| beyond(address, bytes))
    }

    pub(crate) fn write(&self, address: u32, data: &[u8]) -> Result<(), SandboxError> {
        self.view.write(address as usize, data).ok_or_else(|| beyond(address, data.len() as u64))
    }

    /// Writes zeros, giving back whole pages if they are many.
    pub(crate) fn zero(&self, address: u32, bytes: u32) -> Result<(), SandboxError> {
        let (start, end) = (u64::from(address), u64::from(address) + u64::from(bytes));
        if end > GUEST_END {
            return Err(beyond(address, u64::from(bytes)));
        }
        if u64::from(bytes) <= CLEAR_BYTES_MAX {
            return self.clear(start, end);
        }
        // Longer than a page, so there is a border of pages within.
        let (first, last) = (whole_pages(start), end & !(PAGE - 1));
        self.clear(start, first)?;
        // What is no more than slower must not become a result of the guest.
        self.discard(first, last).or_else(|_| self.clear(first, last))?;
        self.clear(last, end)
    }

    /// Writes zeros to the stretch.
    fn clear(&self, start: u64, end: u64) -> Result<(), SandboxError> {
        self.view.zero(start as usize, (end - start) as usize).ok_or(SandboxError::Argument {
            problem: "beyond guest memory",
            address: start,
            bytes: end - start,
        })
    }

    /// Gives back whole pages; they are zero again, also where they are mapped.
    pub(crate) fn discard(&self, start: u64, end: u64) -> Result<(), SandboxError> {
        if start == end {
            return Ok(());
        }
        fallocate(&self.file, FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE, start, end - start)
            .map_err(SandboxError::system("giving back guest memory"))
    }

    /// Makes all of it zero, keeping a little memory. It is the kernel that says which pages there are, so it does not
    /// matter how they came to be written.
    pub(crate) fn wipe(&self) -> Result<(), SandboxError> {
        let seek = |from| match seek(&self.file, from) {
            Ok(position) => Ok(position.min(GUEST_END)),
            // No more data.
            Err(Errno::NXIO) => Ok(GUEST_END),
            Err(error) => Err(SandboxError::system("looking for guest memory")(error)),
        };
        let status = fstat(&self.file).map_err(SandboxError::system("looking for guest memory"))?;
        if status.st_blocks == 0 {
            return Ok(());
        }
        let mut kept = 0;
        let mut position = 0;
        loop {
            let start = seek(SeekFrom::Data(position))?;
            if start == GUEST_END {
                return Ok(());
            }
            let end = seek(SeekFrom::Hole(start))?;
            kept += end - start;
            if kept > KEEP_BYTES_MAX || end <= start {
                return self.discard(start & !(PAGE - 1), GUEST_END);
            }
            self.clear(start, end)?;
            position = end;
        }
    }
}

fn beyond(address: u32, bytes: u64) -> SandboxError {
    SandboxError::Argument { problem: "beyond guest memory", address: u64::from(address), bytes }
}
