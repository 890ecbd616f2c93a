// SPDX-License-Identifier: Apache-2.0
//! What a profile of workers needs of the system: the clock of `perf record -k 1`, and a mapping by which `perf` finds
//! the file that names generated code. Used only where somebody asked for such a file.

use crate::error::SandboxError;
use core::ffi::c_void;
use core::ptr::NonNull;
use rustix::fd::AsFd;
use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags};

/// Bytes that are mapped: a page.
const BYTES: usize = 4096;

/// The monotonic clock, in nanoseconds.
pub fn clock_ns() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// The first page of a file, mapped for as long as this lives. `perf` notes executable mappings, so it is one; there is
/// no way to its address from here.
pub struct Marker(NonNull<c_void>);

// SAFETY: the mapping belongs to the value, not to a thread, and nobody reads or writes it.
unsafe impl Send for Marker {}

impl Marker {
    /// Maps the file.
    ///
    /// # Errors
    /// The system does not do it, for example because the file is on a file system without executables.
    pub fn new(file: impl AsFd) -> Result<Self, SandboxError> {
        const STEP: &str = "mapping a file for perf";
        let protection = ProtFlags::READ | ProtFlags::EXEC;
        // SAFETY: without a wish for an address the kernel chooses a free one, so no other memory is affected.
        let pointer =
            unsafe { rustix::mm::mmap(core::ptr::null_mut(), BYTES, protection, MapFlags::PRIVATE, file, 0) };
        let pointer = pointer.map_err(SandboxError::system(STEP))?;
        let errno = Errno::FAULT.raw_os_error();
        NonNull::new(pointer).map(Self).ok_or(SandboxError::System { step: STEP, errno })
    }
}

impl Drop for Marker {
    fn drop(&mut self) {
        // SAFETY: the mapping was made by `new` and nothing refers to it.
        let _ = unsafe { rustix::mm::munmap(self.0.as_ptr(), BYTES) };
    }
}
