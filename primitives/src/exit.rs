// SPDX-License-Identifier: Apache-2.0
//! Why a run of the guest came back to the host (execution, section 4).
//!
//! These are guest outcomes: every engine must produce the same one for the same program, registers, memory and gas.
//! Trouble of the host (no memory, a dead worker process) is never expressed as one of them.

use core::fmt;

/// The reason why a run returned. Every host has to know all of them, so there will be no others without a new version of
/// the instruction sets.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[must_use = "the guest may have trapped or have run out of gas"]
pub enum Exit {
    /// The guest jumped to [`RETURN_ADDRESS`](crate::RETURN_ADDRESS): the call is complete.
    Finished,
    /// The guest did something it may not do; it cannot be resumed.
    Trap,
    /// The gas does not cover what comes next.
    OutOfGas,
    /// `ecalli` with this number; resumable. Import `k` of the blob is number `k`, but any number can occur.
    HostCall(u32),
    /// Dynamic paging only: a page has to be mapped before the instruction can be repeated.
    Segfault(Segfault),
    /// Step tracing only: the instruction at the current position is about to be executed.
    Step,
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finished => f.write_str("finished"),
            Self::Trap => f.write_str("trap"),
            Self::OutOfGas => f.write_str("out of gas"),
            Self::HostCall(number) => write!(f, "host call {number}"),
            Self::Segfault(segfault) => segfault.fmt(f),
            Self::Step => f.write_str("step"),
        }
    }
}

/// An access to a page that is not mapped, or a store to one that is mapped read-only (memory map, section 6).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Segfault {
    /// Address of the first byte of the page.
    pub page_address: u32,
    /// Size of the page in bytes.
    pub page_size: u32,
    /// Whether the page is mapped, but read-only, and the access was a store.
    pub write_protected: bool,
}

impl fmt::Display for Segfault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = if self.write_protected { "write-protected" } else { "not mapped" };
        write!(f, "segfault: page {:#x} of {} bytes is {why}", self.page_address, self.page_size)
    }
}
