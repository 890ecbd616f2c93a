// SPDX-License-Identifier: Apache-2.0
//! Memory shared with a worker, seen from the supervisor.
//!
//! The worker may write it at any time, so there is never a reference into it: bytes are copied by an instruction of
//! the machine, words are read and written as volatile, and the one word on which both sides wait is an atomic. What is
//! copied out may be anything; it is for the caller to check.
//!
//! The kernel raises SIGBUS in this process if it has no memory for a page that is touched here for the first time, the
//! same as for any other memory where the kernel promises more than it has.

use crate::error::SandboxError;
use core::arch::asm;
use core::ffi::c_void;
use core::ptr::NonNull;
use core::sync::atomic::AtomicU32;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{MemfdFlags, SealFlags};
use rustix::io::Errno;
use rustix::mm::{Advice, MapFlags, ProtFlags};
use rustix::process::{getrlimit, Resource};
use std::fs::File;

/// A file in memory that this process maps, readable and writable, and shares.
pub(crate) struct Mapping {
    pointer: NonNull<u8>,
    bytes: usize,
}

// SAFETY: the mapping belongs to the value, not to a thread; any thread may use and unmap it (`tests/pool.rs` has
// threads take over mappings from each other).
unsafe impl Send for Mapping {}

impl Mapping {
    /// Maps the file from its beginning.
    pub(crate) fn new(file: impl AsFd, bytes: usize) -> Result<Self, SandboxError> {
        // SAFETY: without a wish for an address the kernel chooses a free one, so no other memory is affected.
        let pointer = unsafe {
            rustix::mm::mmap(
                core::ptr::null_mut(),
                bytes,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::SHARED | MapFlags::NORESERVE,
                file,
                0,
            )
        }
        .map_err(SandboxError::system("mapping shared memory"))?;
        let pointer = NonNull::new(pointer.cast::<u8>()).ok_or(SandboxError::System {
            step: "mapping shared memory",
            errno: Errno::FAULT.raw_os_error(),
        })?;
        Ok(Self { pointer, bytes })
    }

    /// The address of `offset`, if `bytes` from there are within the mapping.
    #[inline(always)]
    fn at(&self, offset: usize, bytes: usize) -> Option<*mut u8> {
        let end = offset.checked_add(bytes)?;
        if end > self.bytes {
            return None;
        }
        // SAFETY: within the mapping, by the check (`tests/memory.rs` goes to its end and beyond).
        Some(unsafe { self.pointer.as_ptr().add(offset) })
    }

    /// Copies out; `None` if that is not within the mapping.
    #[must_use]
    pub(crate) fn read(&self, offset: usize, out: &mut [u8]) -> Option<()> {
        let from = self.at(offset, out.len())?;
        // SAFETY: `from` is mapped for the length, by `at`, and `out` is ours; they do not overlap, because no Rust value
        // is in the mapping. To the compiler this is opaque, so it assumes nothing about what others do there
        // (`tests/memory.rs` compares what goes in and out).
        unsafe {
            asm!("rep movsb", inout("rcx") out.len() => _, inout("rsi") from => _, inout("rdi") out.as_mut_ptr() => _,
                options(nostack, preserves_flags));
        }
        Some(())
    }

    /// Copies in; `None` if that is not within the mapping.
    #[must_use]
    pub(crate) fn write(&self, offset: usize, data: &[u8]) -> Option<()> {
        let to = self.at(offset, data.len())?;
        // SAFETY: as in `read`, the other way.
        unsafe {
            asm!("rep movsb", inout("rcx") data.len() => _, inout("rsi") data.as_ptr() => _, inout("rdi") to => _,
                options(nostack, preserves_flags));
        }
        Some(())
    }

    /// Writes zeros; `None` if that is not within the mapping.
    #[must_use]
    pub(crate) fn zero(&self, offset: usize, bytes: usize) -> Option<()> {
        let to = self.at(offset, bytes)?;
        // SAFETY: `to` is mapped for the length, by `at`, and no Rust value is there.
        unsafe {
            asm!("rep stosb", inout("rcx") bytes => _, inout("rdi") to => _, in("al") 0u8,
                options(nostack, preserves_flags));
        }
        Some(())
    }

    /// Gives whole pages back to the system; they are zeros again, on the other side too.
    pub(crate) fn discard(&self, offset: usize, bytes: usize) -> Result<(), SandboxError> {
        const STEP: &str = "giving back shared memory";
        let Some(from) = self.at(offset, bytes) else {
            return Err(SandboxError::System { step: STEP, errno: Errno::FAULT.raw_os_error() });
        };
        // SAFETY: mapped for the length, by `at`, shared, and no Rust value is there: what is lost is lost to nobody
        // (`tests/wiping.rs` looks for what is left).
        unsafe { rustix::mm::madvise(from.cast::<c_void>(), bytes, Advice::LinuxRemove) }
            .map_err(SandboxError::system(STEP))
    }

    /// Reads a word. Offsets are constants of the layout that both sides compile.
    #[inline(always)]
    pub(crate) fn word(&self, offset: usize) -> u64 {
        let [value] = self.words(offset);
        value
    }

    /// Writes a word. Offsets are constants of the layout that both sides compile.
    #[inline(always)]
    pub(crate) fn set_word(&self, offset: usize, value: u64) {
        self.set_words(offset, &[value]);
    }

    /// Reads neighbouring words, each once; one check is for all, because every hand-over comes through here.
    #[inline(always)]
    pub(crate) fn words<const N: usize>(&self, offset: usize) -> [u64; N] {
        debug_assert!(offset.is_multiple_of(8));
        let mut values = [0; N];
        if let Some(pointer) = self.at(offset, N * 8) {
            for (index, value) in values.iter_mut().enumerate() {
                // SAFETY: mapped for all of them, by `at`, and aligned: the mapping begins at a page. Volatile, because others
                // write there (`tests/run.rs` has every register go through here).
                *value = unsafe { pointer.cast::<u64>().add(index).read_volatile() };
            }
        }
        values
    }

    /// Writes neighbouring words.
    #[inline(always)]
    pub(crate) fn set_words<const N: usize>(&self, offset: usize, values: &[u64; N]) {
        debug_assert!(offset.is_multiple_of(8));
        if let Some(pointer) = self.at(offset, N * 8) {
            for (index, value) in values.iter().enumerate() {
                // SAFETY: as in `words`.
                unsafe { pointer.cast::<u64>().add(index).write_volatile(*value) }
            }
        }
    }

    /// Writes half a word. Offsets are constants of the layout that both sides compile.
    #[inline(always)]
    pub(crate) fn set_half(&self, offset: usize, value: u32) {
        debug_assert!(offset.is_multiple_of(4));
        if let Some(pointer) = self.at(offset, 4) {
            // SAFETY: as in `words` (`tests/run.rs` has guests begin in different places).
            unsafe { pointer.cast::<u32>().write_volatile(value) }
        }
    }

    /// Takes a cache line from the other side, because this one writes it next.
    #[inline(always)]
    pub(crate) fn about_to_write(&self, offset: usize) {
        if let Some(line) = self.at(offset, 1) {
            crate::spin::about_to_write(line);
        }
    }

    /// A word of 32 bits as an atomic: what both sides wait on. Offsets are constants of the layout that both sides
    /// compile.
    #[inline(always)]
    pub(crate) fn atomic(&self, offset: usize) -> &AtomicU32 {
        assert!(offset.is_multiple_of(4) && offset + 4 <= self.bytes, "a constant of the layout; qed");
        // SAFETY: mapped, by the check, for as long as `self` lives, aligned, and accessed by nothing here but as this
        // atomic, to which others may write at any time. A reference to an atomic promises nothing about its value
        // (`tests/attacks.rs` has a worker that writes nonsense there).
        unsafe { AtomicU32::from_ptr(self.pointer.as_ptr().add(offset).cast()) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping was made by `new` and nothing refers to it once its owner is gone (`tests/leaks.rs` counts).
        // Unmapping what was mapped cannot fail but for a lack of memory to split a mapping, which this does not do.
        let _ = unsafe { rustix::mm::munmap(self.pointer.as_ptr().cast::<c_void>(), self.bytes) };
    }
}

const SEALING: &str = "sealing a file in memory";
/// How many files are made until one can be sealed.
const SEALING_TRIES_MAX: usize = 8;

/// Makes a file in memory of a size that is fixed for ever, filled with zeros.
pub(crate) fn memory_file(name: &str, bytes: u64) -> Result<OwnedFd, SandboxError> {
    let file = open_memory_file(name, MemfdFlags::NOEXEC_SEAL, bytes)?;
    rustix::fs::ftruncate(&file, bytes).map_err(SandboxError::system("sizing shared memory"))?;
    seal(&file, SealFlags::SHRINK | SealFlags::GROW).map_err(SandboxError::system(SEALING))?;
    Ok(file)
}

/// Makes a file in memory of which nobody can change anything any more once `write` has filled it with so many bytes.
///
/// The kernel refuses to seal a file while anything in it holds on to one of its pages, be it for a moment: moving pages together, giving
/// free ones back to the host of a virtual machine. It waits for 150 ms before it does. Then another file, in other pages, is
/// tried.
pub(crate) fn sealed_file(
    name: &str,
    purpose: MemfdFlags,
    bytes: u64,
    write: impl Fn(&File) -> Result<(), SandboxError>,
) -> Result<OwnedFd, SandboxError> {
    let mut tries = 1;
    loop {
        let file = File::from(open_memory_file(name, purpose, bytes)?);
        write(&file)?;
        let file = OwnedFd::from(file);
        match seal(&file, SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW) {
            Ok(()) => return Ok(file),
            Err(Errno::BUSY) if tries < SEALING_TRIES_MAX => tries += 1,
            Err(error) => return Err(SandboxError::system(SEALING)(error)),
        }
    }
}

/// Makes an empty file in memory, which is going to have so many bytes. Kernels before Linux 6.3 do not know the flag for what it may
/// be used, and do without.
fn open_memory_file(name: &str, purpose: MemfdFlags, bytes: u64) -> Result<OwnedFd, SandboxError> {
    const STEP: &str = "making a file in memory";
    // Files in memory have the limit of all files, and who goes beyond it is ended by a signal.
    if getrlimit(Resource::Fsize).current.is_some_and(|limit| bytes > limit) {
        return Err(SandboxError::System { step: STEP, errno: Errno::FBIG.raw_os_error() });
    }
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    match rustix::fs::memfd_create(name, flags | purpose) {
        Err(Errno::INVAL) => rustix::fs::memfd_create(name, flags),
        made => made,
    }
    .map_err(SandboxError::system(STEP))
}

/// Forbids something to all who have the file, and to lift it again.
fn seal(file: &OwnedFd, seals: SealFlags) -> Result<(), Errno> {
    rustix::fs::fcntl_add_seals(file, seals | SealFlags::SEAL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::os::unix::fs::FileExt;

    /// As often as it is said, has the pages of a file held by a pipe that they are in, as the kernel itself may at any time.
    fn seal_while_held(times: usize) -> (Result<OwnedFd, SandboxError>, usize) {
        let pipes = RefCell::new(Vec::new());
        let sealed = sealed_file("vm-test", MemfdFlags::NOEXEC_SEAL, 7, |file| {
            file.write_all_at(b"content", 0).unwrap();
            let (end, begin) = rustix::pipe::pipe().unwrap();
            if pipes.borrow().len() < times {
                let flags = rustix::pipe::SpliceFlags::empty();
                assert_eq!(rustix::pipe::splice(file, Some(&mut 0), &begin, None, 7, flags), Ok(7));
            }
            pipes.borrow_mut().push((end, begin));
            Ok(())
        });
        (sealed, pipes.into_inner().len())
    }

    #[test]
    fn a_file_whose_pages_are_held_is_made_anew() {
        let (sealed, tries) = seal_while_held(2);
        let file = File::from(sealed.unwrap());
        assert_eq!(tries, 3);
        let mut content = [0; 7];
        file.read_exact_at(&mut content, 0).unwrap();
        assert_eq!(&content, b"content");
        assert!(file.write_all_at(b"!", 0).is_err(), "sealed");
    }

    #[test]
    fn not_for_ever() {
        let (sealed, tries) = seal_while_held(usize::MAX);
        let errno = Errno::BUSY.raw_os_error();
        assert_eq!(sealed.unwrap_err(), SandboxError::System { step: SEALING, errno });
        assert_eq!(tries, SEALING_TRIES_MAX);
    }
}
