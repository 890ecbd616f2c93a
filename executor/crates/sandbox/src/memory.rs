// SPDX-License-Identifier: Apache-2.0
//! The memory of one instance: a sparse file of 4 GiB whose offsets are guest addresses. Pages that nobody wrote take no
//! memory. The supervisor has all of it mapped, the worker what the guest may access.

use crate::error::SandboxError;
use crate::mapping::{memory_file, Mapping};
use crate::protocol::{whole_pages, PAGE};
use core::ops::Range;
use revive_vm_primitives::machine::GUEST_END;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{fallocate, fstat, seek, FallocateFlags, SeekFrom};
use rustix::io::Errno;

/// The most memory that a wiped instance keeps, in bytes. Clearing a page that is there costs a tenth of what getting a
/// new one costs, so a guest that needs little finds it there; but workers that wait for guests should be small.
pub(crate) const KEEP_BYTES_MAX: u64 = 128 * 1024;
/// From here on it is cheaper to give pages back than to clear them.
const CLEAR_BYTES_MAX: u64 = 64 * 1024;

const LOOKING: &str = "looking for guest memory";

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
        self.discard(first, last)?;
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

    /// Has whole pages be zero again, also where they are mapped, and gives them back where the system takes them.
    pub(crate) fn discard(&self, start: u64, end: u64) -> Result<(), SandboxError> {
        if start == end {
            return Ok(());
        }
        // What only takes longer must not become trouble.
        self.give_back(start, end).or_else(|_| self.clear_data(start, end))
    }

    /// Gives back whole pages.
    fn give_back(&self, start: u64, end: u64) -> Result<(), Errno> {
        fallocate(&self.file, FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE, start, end - start)
    }

    /// Writes zeros where something has been written.
    fn clear_data(&self, start: u64, end: u64) -> Result<(), SandboxError> {
        let mut position = start;
        loop {
            let data = self.next_data(position)?;
            if data.start >= end {
                return Ok(());
            }
            position = data.end.min(end);
            self.clear(data.start, position)?;
        }
    }

    /// The next stretch that something has been written in, at or behind the position; an empty one at the end of memory if there is none.
    fn next_data(&self, position: u64) -> Result<Range<u64>, SandboxError> {
        let start = match seek(&self.file, SeekFrom::Data(position)) {
            // Behind the last one.
            Err(Errno::NXIO) => return Ok(GUEST_END..GUEST_END),
            found => found.map_err(SandboxError::system(LOOKING))?,
        };
        let end = seek(&self.file, SeekFrom::Hole(start)).map_err(SandboxError::system(LOOKING))?;
        // A system that says otherwise would have this side look for ever.
        if end <= start {
            return Err(SandboxError::system(LOOKING)(Errno::IO));
        }
        Ok(start..end)
    }

    /// Makes all of it zero, keeping a little memory; or all of it where the system takes none back. It is the kernel that says which
    /// pages there are, so it does not matter how they came to be written. Bytes kept.
    pub(crate) fn wipe(&self) -> Result<u64, SandboxError> {
        let status = fstat(&self.file).map_err(SandboxError::system(LOOKING))?;
        if status.st_blocks == 0 {
            return Ok(0);
        }
        let mut kept = 0;
        let mut position = 0;
        loop {
            let Range { start, end } = self.next_data(position)?;
            if start == GUEST_END {
                return Ok(kept);
            }
            if kept + (end - start) > KEEP_BYTES_MAX {
                let first = start & !(PAGE - 1);
                if self.give_back(first, GUEST_END).is_err() {
                    self.clear_data(first, GUEST_END)?;
                    // Blocks are of 512 bytes, whatever pages are.
                    kept = status.st_blocks as u64 * 512;
                }
                return Ok(kept);
            }
            self.clear(start, end)?;
            kept += end - start;
            position = end;
        }
    }
}

fn beyond(address: u32, bytes: u64) -> SandboxError {
    SandboxError::Argument { problem: "beyond guest memory", address: u64::from(address), bytes }
}
