// SPDX-License-Identifier: Apache-2.0
//! The wall around guest code, seen from the node: worker processes, what they may do, and how they are handed work.
//!
//! A guest's machine code runs in a process of its own ([`Process`]), never in the node's. That process has
//!
//! 1. an address space with nothing in it but itself, the guest's memory, the generated code, one shared page, and what it
//!    answers host calls from, which only the supervisor can write;
//! 2. no descriptor but a socket to the supervisor and the guest's memory;
//! 3. no privilege: no capability, no new ones by `execve`, no core dump, no debugger, small resource limits;
//! 4. nine system calls, each with checked arguments, only from the worker's own code; the kernel kills it for any other
//!    ([`policy`] is the table);
//! 5. no memory that is writable and executable, and no way to get any: executable memory can be mapped only from files
//!    that the supervisor has sealed;
//! 6. an end when the supervisor ends, however that ends.
//!
//! All of that must be there for a worker to start. More is taken where the kernel has it, see `protocol::layer`.
//!
//! Limits, on purpose: what generated code itself may do (read the time stamp counter, use caches) is not
//! limited here, but by what the recompiler generates. A guest that is never done is stopped by its gas, not here. The
//! memory of a guest is limited by what the caller maps for it. If the machine has no memory for a page that the supervisor
//! touches first, the kernel ends the node.
//!
//! To the supervisor the shared memory is hostile: values are copied out once, and what a worker says is no more than a
//! claim until the caller has checked it. Where `unsafe` is: `mapping` (shared memory), `spin` (a hint), `spawn` (the child between
//! fork and exec), `forks` and `profiling`. The worker's own sources are in `../worker`, compiled by this crate's build script; `machine`,
//! [`protocol`] and [`policy`] are compiled into both sides.
//!
//! The crate is empty but on Linux on x86-64.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod answers;
#[path = "../../worker/src/area.rs"]
#[allow(dead_code, unused_imports, unused_macros, reason = "some of it is for the worker")]
mod area;
mod error;
mod executable;
mod forks;
mod layout;
mod link;
mod mapping;
mod memory;
mod patience;
mod pause;
mod pool;
mod probe;
mod process;
pub mod profiling;
mod program;
mod registers;
mod rhythm;
mod spawn;
#[path = "../../worker/src/spin.rs"]
mod spin;

#[path = "../../worker/src/policy.rs"]
pub mod policy;
#[path = "../../worker/src/protocol.rs"]
pub mod protocol;

pub use answers::Answers;
pub use error::{SandboxError, WorkerEnd};
pub use patience::Counts;
pub use pool::{Pool, PoolConfig, PoolStatistics};
pub use probe::available;
pub use process::{Fault, Process, RawExit};
pub use program::Program;
use revive_vm_primitives::{answers as rules, machine};

/// The executable of the worker, as built.
pub fn worker_executable() -> &'static [u8] {
    executable::WORKER
}
