// SPDX-License-Identifier: Apache-2.0
//! What the worker gives up before it is handed anything of a guest, in the order of
//! [`START_STEPS`](crate::protocol::START_STEPS).

use crate::fault;
use crate::machine::{ANSWERS_ADDRESS, ANSWERS_BYTES, GUEST_BOTTOM, JUMP_TABLE_ADDRESS, SHARED_ADDRESS};
use crate::policy::{FILTER, FILTER_LENGTH};
use crate::protocol::{layer, status, FOREIGN_FD, SHARED_FD};
use crate::sys::{self, number, EINVAL, EPERM};
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

/// Runs all steps but those of the layers in `leave_out`. The [`layer`]s reached, or the index of the step that failed
/// and the number of the error.
pub fn set_up(supervisor: u64, leave_out: u64) -> Result<u64, (usize, u32)> {
    // It is mapped by now, and its descriptor is where programs arrive.
    sys::close(SHARED_FD);
    let mut layers = 0;
    let wanted = |layer: u64| leave_out & layer == 0;
    let reached = |layer: u64, is: bool| if is { layer } else { 0 };
    if wanted(layer::CLOSED_DESCRIPTORS) {
        close_inherited().map_err(|error| (0, error))?;
        layers |= layer::CLOSED_DESCRIPTORS;
    }
    layers |= namespaces(leave_out);
    if wanted(layer::EMPTY_ROOT) && layers & layer::MOUNT_NAMESPACE != 0 {
        layers |= reached(layer::EMPTY_ROOT, empty_root().is_ok());
    }
    // After the namespaces: entering one may undo it.
    die_with(supervisor).map_err(|error| (1, error))?;
    if wanted(layer::EMPTY_ADDRESS_SPACE) {
        layers |= reached(layer::EMPTY_ADDRESS_SPACE, empty_address_space().map_err(|error| (2, error))?);
    }
    if wanted(layer::NO_PRIVILEGES) {
        give_up_privileges().map_err(|error| (3, error))?;
        layers |= layer::NO_PRIVILEGES;
    }
    if wanted(layer::NO_EXEC_GAIN) {
        layers |= reached(layer::NO_EXEC_GAIN, refuse_exec_gain());
    }
    fault::install().map_err(|error| (4, error))?;
    fault::block_others().map_err(|error| (5, error))?;
    if wanted(layer::LIMITS) {
        limit_resources().map_err(|error| (6, error))?;
        layers |= layer::LIMITS;
    }
    if wanted(layer::FILTER) {
        filter_calls().map_err(|error| (7, error))?;
        layers |= layer::FILTER;
    }
    Ok(layers)
}

/// Enters namespaces of its own, each one that the system lets it: where user namespaces are denied only a supervisor
/// with the privilege gets others. No process namespace: that is for children, and a worker has none.
fn namespaces(leave_out: u64) -> u64 {
    const NAMESPACES: [(u64, usize); 6] = [
        (layer::USER_NAMESPACE, 0x1000_0000),
        (layer::MOUNT_NAMESPACE, 0x2_0000),
        (layer::NETWORK_NAMESPACE, 0x4000_0000),
        (layer::IPC_NAMESPACE, 0x800_0000),
        (layer::NAME_NAMESPACE, 0x400_0000),
        (layer::CONTROL_GROUP_NAMESPACE, 0x200_0000),
    ];
    let mut layers = 0;
    for (layer, flag) in NAMESPACES {
        // SAFETY: touches no memory.
        let entered =
            leave_out & layer == 0 && unsafe { sys::call(number::UNSHARE, [flag, 0, 0, 0, 0, 0]) }.is_ok();
        if entered {
            layers |= layer;
        }
    }
    layers
}

/// Makes an empty folder that nothing can be written to the root, and leaves the old one. Needs a mount namespace.
fn empty_root() -> Result<(), u32> {
    const PRIVATE: usize = 1 << 18;
    const RECURSIVE: usize = 1 << 14;
    const NOTHING_ALLOWED: usize = 1 | 2 | 4 | 8; // read-only; no set-user-id, devices, programs
    const REMOUNT: usize = 32;
    const DETACH: usize = 2;
    let mount = |target: &[u8], kind: *const u8, flags: usize, options: *const u8| {
        let arguments =
            [c"none".as_ptr() as usize, target.as_ptr() as usize, kind as usize, flags, options as usize, 0];
        // SAFETY: the kernel reads the strings, which end with 0.
        unsafe { sys::call(number::MOUNT, arguments) }
    };
    let none = core::ptr::null();
    // What happens here must not spread to where the supervisor is.
    mount(b"/\0", none, RECURSIVE | PRIVATE, none)?;
    // Any folder will do to mount it on; one of these is everywhere.
    let folders: [&[u8]; 7] = [b"/proc\0", b"/dev\0", b"/tmp\0", b"/sys\0", b"/etc\0", b"/usr\0", b"/var\0"];
    // Its owner may enter it, for the step after this one: in a user namespace without users no right helps with that.
    let options = b"size=4k,nr_inodes=2,mode=100\0";
    let folder = folders
        .into_iter()
        .find(|folder| mount(folder, c"tmpfs".as_ptr().cast(), 0, options.as_ptr()).is_ok())
        .ok_or(EINVAL)?;
    let here = c".".as_ptr() as usize;
    // SAFETY: the kernel reads the paths.
    unsafe {
        sys::call(number::CHDIR, [folder.as_ptr() as usize, 0, 0, 0, 0, 0])?;
        // The old root is put on top of the new one and taken away.
        sys::call(number::PIVOT_ROOT, [here, here, 0, 0, 0, 0])?;
        sys::call(number::UMOUNT2, [here, DETACH, 0, 0, 0, 0])?;
    }
    mount(b"/\0", none, REMOUNT | NOTHING_ALLOWED, options.as_ptr())?;
    Ok(())
}

/// Closes everything but the socket and the instance's memory.
fn close_inherited() -> Result<(), u32> {
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

/// Unmaps everything but the worker, the shared page and what is behind it: the stack the process began with, its arguments and
/// environment, the kernel's code page for clocks with its data. Says whether nothing is left.
fn empty_address_space() -> Result<bool, u32> {
    let (start, end) = (addr_of!(image_start) as usize, addr_of!(image_end) as usize);
    let shared = SHARED_ADDRESS as usize;
    let stack = JUMP_TABLE_ADDRESS as usize - PAGE;
    let mut empty = true;
    for (from, to) in [
        (GUEST_BOTTOM as usize, shared),
        (ANSWERS_ADDRESS as usize + ANSWERS_BYTES, start),
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

/// No capability, no way to get one, no core dump, no debugger.
fn give_up_privileges() -> Result<(), u32> {
    const SET_DUMPABLE: usize = 4;
    const SET_NO_NEW_PRIVS: usize = 38;
    prctl([SET_NO_NEW_PRIVS, 1, 0, 0, 0])?;
    prctl([SET_DUMPABLE, 0, 0, 0, 0])?;
    // No capability, also if the supervisor is root.
    let header: [u32; 2] = [0x2008_0522, 0];
    let none = [0u32; 6];
    // SAFETY: the kernel reads both.
    unsafe {
        sys::call(number::CAPSET, [header.as_ptr() as usize, none.as_ptr() as usize, 0, 0, 0, 0])?;
    }
    Ok(())
}

/// Says whether the kernel refuses executable memory that is or was writable.
fn refuse_exec_gain() -> bool {
    const SET_MDWE: usize = 65;
    const REFUSE_EXEC_GAIN: usize = 1;
    prctl([SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0]).is_ok()
}

fn limit_resources() -> Result<(), u32> {
    // Number of a resource and its limit: bytes of a file written, bytes of private memory, bytes of a core dump,
    // processes, descriptors, bytes locked, bytes of addresses, bytes of message queues.
    const LIMITS: [(usize, usize); 8] =
        [(1, 0), (2, 1 << 20), (4, 0), (6, 0), (7, 3), (8, 0), (9, 8 << 30), (12, 0)];
    for (resource, limit) in LIMITS {
        // Where the supervisor may have less, so may this; and nobody may raise a limit.
        let mut now = [limit; 2];
        // SAFETY: the kernel writes the two words.
        let _ = unsafe { sys::call(number::GETRLIMIT, [resource, now.as_mut_ptr() as usize, 0, 0, 0, 0]) };
        let both = [limit.min(now[1]); 2];
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
    // Without privileges given up before, as in a test of this layer alone, the kernel wants at least this.
    const SET_NO_NEW_PRIVS: usize = 38;
    prctl([SET_NO_NEW_PRIVS, 1, 0, 0, 0])?;
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
