// SPDX-License-Identifier: Apache-2.0
//! What worker and supervisor say to each other: the words of `Shared::order` and `Shared::answer`, the parameters of each
//! command, and how the worker ends. Both sides compile this file.
//!
//! The supervisor writes the order, a command with the number of the turn ([`TURN`]); the worker does it, leaves the result in
//! `Shared::command` (or, after a run, beside the answer and in the fields for it) and writes the answer, [`ANSWERED`] with the
//! number of that turn. So either word changes with every turn, and each side waits for the word of the other one to change.
//! Who waits may spin for a while, then adds [`SLEEPING`] to the value it sees and sleeps on it as a futex; who replaces
//! a value that has it wakes the other. A worker that had to wake the supervisor goes to sleep without spinning, unless the
//! order was to stay [`APART`].
//!
//! Both words begin as 0: that is the order [`STARTING`], which is answered like any other.

/// The command, in an order.
pub const COMMAND: u32 = 0xf;
/// In an order: after how many pauses the worker looks for the next one first, so many bits up.
pub const PAUSES_SHIFT: u32 = 4;
/// Most such pauses.
pub const PAUSES_MAX: u32 = 0x3f;
/// In an order: each side has a processor, so the worker spins for the next one whatever the supervisor does.
pub const APART: u32 = 0x400;
/// The number of the turn, in both words. Whatever else a word has is below it.
pub const TURN: u32 = !SLEEPING & !0x7ff;
/// What is added to the number of the turn for the next one.
pub const NEXT_TURN: u32 = 0x800;
/// The worker is setting itself up. Parameters: the supervisor's process id; how often to look for a command before going
/// to sleep; the [`layer`]s to leave out; how many pauses at least come before the first look for an order after a call has ended. Result:
/// 0 or the number of the error; the step, an index of [`START_STEPS`]; the layers, a set of [`layer`] bits.
pub const STARTING: u32 = 0;
/// The worker has done what was asked of it and waits.
pub const ANSWERED: u32 = 0x100;
/// In an answer to [`RUN`], [`BEGIN`] and [`BEGIN_FIRST`]: the reason of the exit, one of `machine::exit_code`.
pub const EXIT_CODE: u32 = 0xff;
/// Enter the generated code, which goes on where it was left. No parameters.
pub const RUN: u32 = 2;
/// Map guest memory. Parameters: address, bytes, 1 if writable. Result: 0 or the number of the error.
pub const MAP: u32 = 3;
/// Change the protection of mapped guest memory. Parameters and result as of [`MAP`].
pub const PROTECT: u32 = 4;
/// Unmap guest memory. Parameters: address, bytes. Result as of [`MAP`].
pub const UNMAP: u32 = 5;
/// Replace the program by the file sent over the socket before. Parameters: bytes of code, which begins at the start of
/// the file; bytes of read-only data, which begins at the first whole page after it; bytes of the jump table, which
/// begins after that and ends with the page for the return address. Result as of [`MAP`].
pub const LOAD: u32 = 6;
/// End.
pub const EXIT: u32 = 7;
/// Enter the generated code at the argument of the order, with the registers of `Shared::begin`.
pub const BEGIN: u32 = 8;
/// As [`BEGIN`], after wiping what the worker's own memory has of the last guest: the first run of every guest.
pub const BEGIN_FIRST: u32 = 9;
/// Added to a value by the side that sleeps until it changes.
pub const SLEEPING: u32 = 1 << 31;

/// The socket: carries the files of programs to the worker, and its end tells each side that the other is gone.
pub const SOCKET_FD: i32 = 0;
/// The file of the shared page when the worker starts; closed once that is mapped.
pub const SHARED_FD: i32 = 1;
/// The file of the instance's memory; offsets in it are guest addresses.
pub const MEMORY_FD: i32 = 2;
/// The descriptor under which the file of a program arrives: the lowest that is free once the worker is set up.
/// Executable memory can be mapped from no other.
pub const PROGRAM_FD: i32 = SHARED_FD;
/// Descriptors from here on are none that a worker ever has.
pub const FOREIGN_FD: i32 = 3;

/// Bytes of a page.
pub const PAGE: u64 = 4096;

/// Rounds up to whole pages.
pub const fn whole_pages(bytes: u64) -> u64 {
    bytes.saturating_add(PAGE - 1) & !(PAGE - 1)
}

/// What the worker sets up before its first answer, in this order.
pub const START_STEPS: [&str; 8] = [
    "closing inherited descriptors",
    "asking to die with the supervisor",
    "emptying the address space",
    "giving up privileges",
    "installing the fault handler",
    "blocking signals",
    "limiting resources",
    "installing the system call filter",
];

/// Layers of the wall that a worker sets up: bits. It starts only with all of [`layer::NEEDED`]; the others it has where
/// the system offers them.
pub mod layer {
    /// Nothing is left in the address space that is not the worker's own. Without: the kernel's code page for clocks.
    pub const EMPTY_ADDRESS_SPACE: u64 = 1 << 0;
    /// No descriptor but the socket and the instance's memory.
    pub const CLOSED_DESCRIPTORS: u64 = 1 << 1;
    /// No capability, no new privileges, no core dump, no debugger.
    pub const NO_PRIVILEGES: u64 = 1 << 2;
    /// Limits of memory, descriptors, processes, files.
    pub const LIMITS: u64 = 1 << 3;
    /// The filter of system calls.
    pub const FILTER: u64 = 1 << 4;
    /// The kernel refuses memory that is or was writable and shall be executable (Linux 6.3).
    pub const NO_EXEC_GAIN: u64 = 1 << 5;
    /// A user namespace of its own: no user of the system, so no right of one.
    pub const USER_NAMESPACE: u64 = 1 << 6;
    /// A mount namespace of its own.
    pub const MOUNT_NAMESPACE: u64 = 1 << 7;
    /// The root is an empty folder that cannot be written to.
    pub const EMPTY_ROOT: u64 = 1 << 8;
    /// A network namespace of its own, without a network.
    pub const NETWORK_NAMESPACE: u64 = 1 << 9;
    /// A namespace of its own for System V IPC and message queues.
    pub const IPC_NAMESPACE: u64 = 1 << 10;
    /// A namespace of its own for the names of the host.
    pub const NAME_NAMESPACE: u64 = 1 << 11;
    /// A namespace of its own for control groups.
    pub const CONTROL_GROUP_NAMESPACE: u64 = 1 << 12;

    /// Without one of these a worker does not start.
    pub const NEEDED: u64 = CLOSED_DESCRIPTORS | NO_PRIVILEGES | LIMITS | FILTER;
    /// Every layer, with its name.
    pub const ALL: [(u64, &str); 13] = [
        (EMPTY_ADDRESS_SPACE, "empty address space"),
        (CLOSED_DESCRIPTORS, "closed descriptors"),
        (NO_PRIVILEGES, "no privileges"),
        (LIMITS, "resource limits"),
        (FILTER, "system call filter"),
        (NO_EXEC_GAIN, "no executable memory that was writable"),
        (USER_NAMESPACE, "user namespace"),
        (MOUNT_NAMESPACE, "mount namespace"),
        (EMPTY_ROOT, "empty root folder"),
        (NETWORK_NAMESPACE, "network namespace"),
        (IPC_NAMESPACE, "IPC namespace"),
        (NAME_NAMESPACE, "host name namespace"),
        (CONTROL_GROUP_NAMESPACE, "control group namespace"),
    ];
}

/// Exit status of a worker that ends by itself.
pub mod status {
    /// Asked to.
    pub const ASKED: i32 = 0;
    /// The supervisor is gone.
    pub const ORPHAN: i32 = 80;
    /// The shared page could not be mapped.
    pub const NO_SHARED_PAGE: i32 = 81;
    /// A step of [`START_STEPS`](super::START_STEPS) failed; it has been reported.
    pub const START: i32 = 82;
    /// The machine faulted outside generated code.
    pub const FAULT: i32 = 83;
    /// Another process sent a signal that only the machine may send.
    pub const SIGNAL: i32 = 84;
    /// The worker itself is wrong.
    pub const PANIC: i32 = 85;
}
