// SPDX-License-Identifier: Apache-2.0
//! What the worker gives up before it is handed anything of a guest, in the order of
//! [`START_STEPS`](crate::protocol::START_STEPS).

use crate::fault;
use crate::machine::{GUEST_BOTTOM, JUMP_TABLE_ADDRESS, SHARED_ADDRESS, SHARED_BYTES};
use crate::policy::{FILTER, FILTER_LENGTH};
use crate::protocol::{layer, status, FOREIGN_FD, SHARED_FD};
use crate::sys::{self, number, EPERM};
use core::ptr::addr_of;

extern "C" {
    /// The first byte of the worker in memory, from the linker script.
    static image_start: u8;
    /// The byte behind its last.
    static image_end: u8;
}

/// Bytes of a page.
const PAGE: usize = 4096;
/// The end of what a process maps unless it asks for more.
const ADDRESS_SPACE_END: usize = 0x7fff_ffff_f000;

/// Runs all steps. The [`layer`]s reached, or the index of the step that failed and the number of the error.
pub fn set_up(supervisor: u64) -> Result<u64, (usize, u32)> {
    let mut layers = 0;
    close_inherited().map_err(|error| (0, error))?;
    die_with(supervisor).map_err(|error| (1, error))?;
    if empty_address_space().map_err(|error| (2, error))? {
        layers |= layer::EMPTY_ADDRESS_SPACE;
    }
    if give_up_privileges().map_err(|error| (3, error))? {
        layers |= layer::NO_EXEC_GAIN;
    }
    fault::install().map_err(|error| (4, error))?;
    fault::block_others().map_err(|error| (5, error))?;
    limit_resources().map_err(|error| (6, error))?;
    filter_calls().map_err(|error| (7, error))?;
    Ok(layers)
}

/// Closes everything but the socket and the instance's memory. The shared page is mapped by now.
fn close_inherited() -> Result<(), u32> {
    sys::close(SHARED_FD);
    // SAFETY: touches no memory; nothing here owns a descriptor as a Rust value.
    let closed =
        unsafe { sys::call(number::CLOSE_RANGE, [FOREIGN_FD as usize, u32::MAX as usize, 0, 0, 0, 0]) };
    if closed.is_err() {
        // Linux before 5.9, or a container that does not know the call. A descriptor has no higher number than the hard
        // limit when the supervisor started, which may be above the one of now, but no sane one is above this.
        const LIMIT_MAX: usize = 1 << 20;
        const RLIMIT_NOFILE: usize = 7;
        let mut limit = [0usize; 2];
        // SAFETY: the kernel writes the two words.
        unsafe { sys::call(number::GETRLIMIT, [RLIMIT_NOFILE, limit.as_mut_ptr() as usize, 0, 0, 0, 0]) }?;
        for descriptor in FOREIGN_FD..limit[1].min(LIMIT_MAX) as i32 {
            sys::close(descriptor);
        }
    }
    Ok(())
}

/// Has the kernel kill the worker when the thread that started it ends, and leaves the supervisor's session, so that
/// signals for its terminal do not come here.
fn die_with(supervisor: u64) -> Result<(), u32> {
    const SET_PARENT_DEATH_SIGNAL: usize = 1;
    const SIGKILL: usize = 9;
    const SET_NAME: usize = 15;
    prctl([SET_PARENT_DEATH_SIGNAL, SIGKILL, 0, 0, 0])?;
    // Had the supervisor died before, nothing would ever kill the worker.
    // SAFETY: touches no memory.
    if unsafe { sys::call(number::GETPPID, [0; 6]) } != Ok(supervisor as usize) {
        sys::exit(status::ORPHAN);
    }
    let name = b"vm-worker\0";
    // Of these three the first is for people who list processes. The others may fail without harm: a worker that was
    // started as a leader of a session is in one of its own already, and without a root there is no folder to stay in.
    let _ = prctl([SET_NAME, name.as_ptr() as usize, 0, 0, 0]);
    // SAFETY: touches no memory.
    let _ = unsafe { sys::call(number::SETSID, [0; 6]) };
    let root = b"/\0";
    // SAFETY: the kernel reads the path.
    let _ = unsafe { sys::call(number::CHDIR, [root.as_ptr() as usize, 0, 0, 0, 0, 0]) };
    Ok(())
}

/// Unmaps everything but the worker and the shared page: the stack the process began with, its arguments and
/// environment, the kernel's code page for clocks with its data. Says whether nothing is left.
fn empty_address_space() -> Result<bool, u32> {
    let (start, end) = (addr_of!(image_start) as usize, addr_of!(image_end) as usize);
    let shared = SHARED_ADDRESS as usize;
    let stack = JUMP_TABLE_ADDRESS as usize - PAGE;
    let mut empty = true;
    for (from, to) in [
        (GUEST_BOTTOM as usize, shared),
        (shared + SHARED_BYTES, start),
        (end, stack),
        (stack + PAGE, ADDRESS_SPACE_END),
    ] {
        empty &= unmap(from, to)?;
    }
    Ok(empty)
}

/// Unmaps all it may of a stretch. Where the kernel has sealed its own pages (an option since Linux 6.16), it refuses a
/// stretch that has one, so go on with the halves. Says whether nothing is left.
fn unmap(from: usize, to: usize) -> Result<bool, u32> {
    // SAFETY: the caller's stretches hold nothing that Rust code refers to: the worker's own image, in which the stack
    // is by now, and the shared page are between them.
    match unsafe { sys::call(number::MUNMAP, [from, to - from, 0, 0, 0, 0]) } {
        Ok(_) => Ok(true),
        Err(EPERM) if to - from > PAGE => {
            let middle = from + (to - from) / 2 / PAGE * PAGE;
            let lower = unmap(from, middle)?;
            Ok(unmap(middle, to)? && lower)
        }
        Err(EPERM) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Says whether the kernel also refuses executable memory that was writable.
fn give_up_privileges() -> Result<bool, u32> {
    const SET_DUMPABLE: usize = 4;
    const SET_NO_NEW_PRIVS: usize = 38;
    const SET_MDWE: usize = 65;
    const REFUSE_EXEC_GAIN: usize = 1;
    prctl([SET_NO_NEW_PRIVS, 1, 0, 0, 0])?;
    prctl([SET_DUMPABLE, 0, 0, 0, 0])?;
    // No capability, also if the supervisor is root.
    let header: [u32; 2] = [0x2008_0522, 0];
    let none = [0u32; 6];
    // SAFETY: the kernel reads both.
    unsafe {
        sys::call(number::CAPSET, [header.as_ptr() as usize, none.as_ptr() as usize, 0, 0, 0, 0])?;
    }
    Ok(prctl([SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0]).is_ok())
}

fn limit_resources() -> Result<(), u32> {
    // Number of a resource and its limit: bytes of a file written, bytes of private memory, bytes of a core dump,
    // processes, descriptors, bytes locked, bytes of addresses, bytes of message queues.
    const LIMITS: [(usize, usize); 8] =
        [(1, 0), (2, 1 << 20), (4, 0), (6, 0), (7, 3), (8, 0), (9, 8 << 30), (12, 0)];
    for (resource, limit) in LIMITS {
        let both = [limit; 2];
        // SAFETY: the kernel reads the two words.
        unsafe { sys::call(number::SETRLIMIT, [resource, both.as_ptr() as usize, 0, 0, 0, 0]) }?;
    }
    Ok(())
}

/// From here on only the rows of the policy are allowed.
fn filter_calls() -> Result<(), u32> {
    const SET_MODE_FILTER: usize = 1;
    #[repr(C)]
    struct Program {
        length: u16,
        instructions: *const crate::policy::Instruction,
    }
    const { assert!(FILTER_LENGTH <= 4096) };
    let program = Program { length: FILTER_LENGTH as u16, instructions: FILTER.as_ptr() };
    // SAFETY: the kernel reads the program.
    unsafe { sys::call(number::SECCOMP, [SET_MODE_FILTER, 0, &program as *const _ as usize, 0, 0, 0]) }?;
    Ok(())
}

/// One of the calls that set an attribute of the process.
fn prctl(arguments: [usize; 5]) -> Result<usize, u32> {
    let [a, b, c, d, e] = arguments;
    // SAFETY: the options used here read at most a name.
    unsafe { sys::call(number::PRCTL, [a, b, c, d, e, 0]) }
}
