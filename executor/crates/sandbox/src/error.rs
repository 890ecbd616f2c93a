// SPDX-License-Identifier: Apache-2.0
//! What can go wrong around a guest. All of it is trouble of the host: none of it may become a result of the guest, or
//! two hosts would disagree about it.

use crate::protocol::status;
use core::fmt;
use std::error::Error;
use std::io;

/// Trouble with a worker or with what the supervisor needs for one.
///
/// After any of these but [`Argument`](Self::Argument), [`NotLoaded`](Self::NotLoaded) and [`TooMany`](Self::TooMany) the worker has been killed, and
/// whatever is asked of its [`Process`](crate::Process), besides looking at what the guest left, gives the same error
/// again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SandboxError {
    /// A system call of the supervisor failed.
    System {
        /// What it was for.
        step: &'static str,
        /// Number of the error.
        errno: i32,
    },
    /// A system call of the worker failed.
    Worker {
        /// What it was for.
        step: &'static str,
        /// Number of the error.
        errno: i32,
    },
    /// The worker's process ended while it was asked for something.
    Died {
        /// What it was asked for.
        step: &'static str,
        /// How it ended.
        end: WorkerEnd,
    },
    /// The worker did not answer in time to something that takes no time, or was stopped for as long while a guest ran.
    Stalled {
        /// What it was asked for.
        step: &'static str,
        /// How long the supervisor waited.
        seconds: u64,
    },
    /// The worker said something that it never says.
    Protocol {
        /// What it was asked for.
        step: &'static str,
        /// What it said.
        value: u32,
    },
    /// There was no memory for a page of the guest.
    Memory {
        /// Address in the worker.
        address: u64,
    },
    /// The caller asked for something that cannot be. Nothing has changed.
    Argument {
        /// What is wrong with it.
        problem: &'static str,
        /// Where, an address.
        address: u64,
        /// How much, in bytes.
        bytes: u64,
    },
    /// The worker is that of the process that this one was forked from; or it has got an order that this side did not give.
    Shared,
    /// The caller wants to run without a program.
    NotLoaded,
    /// There are as many workers as there may be.
    TooMany {
        /// The most there may be.
        max: usize,
    },
}

/// How a worker's process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerEnd {
    /// By itself, with this status; see the worker's `protocol::status`.
    Exited(i32),
    /// By this signal: 31, SIGSYS, for a system call that the policy forbids; 9 if somebody killed it.
    Signalled(i32),
    /// Somebody else in this process asked the kernel first.
    Unknown,
}

impl SandboxError {
    pub(crate) fn system(step: &'static str) -> impl Fn(rustix::io::Errno) -> Self {
        move |error| Self::System { step, errno: error.raw_os_error() }
    }

    pub(crate) fn io(step: &'static str) -> impl Fn(io::Error) -> Self {
        move |error| Self::System { step, errno: error.raw_os_error().unwrap_or(0) }
    }
}

impl fmt::Display for SandboxError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System { step, errno } => {
                write!(out, "{step} failed: {}", io::Error::from_raw_os_error(*errno))
            }
            Self::Worker { step, errno } => {
                write!(out, "{step} failed in the worker: {}", io::Error::from_raw_os_error(*errno))
            }
            Self::Died { step, end } => write!(out, "the worker ended during {step}: {end}"),
            Self::Stalled { step, seconds } => {
                write!(out, "the worker did not answer to {step} in {seconds} s")
            }
            Self::Protocol { step, value } => {
                write!(out, "the worker answered to {step} with {value:#x}, which is no answer")
            }
            Self::Memory { address } => {
                write!(out, "no memory left for the guest's page of address {address:#x}")
            }
            Self::Argument { problem, address, bytes } => {
                write!(out, "{problem}: {bytes} bytes at {address:#x}")
            }
            Self::TooMany { max } => write!(out, "there are {max} workers, as many as there may be"),
            Self::Shared => write!(
                out,
                "the worker is another process's: after a fork only the process that started it can use it"
            ),
            Self::NotLoaded => write!(out, "no program is loaded"),
        }
    }
}

impl fmt::Display for WorkerEnd {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(status::FAULT) => write!(out, "it faulted outside generated code"),
            Self::Exited(status::SIGNAL) => write!(out, "another process sent it a signal of the machine"),
            Self::Exited(status) => write!(out, "exit status {status}"),
            Self::Signalled(31) => write!(out, "it made a forbidden system call"),
            Self::Signalled(signal) => write!(out, "signal {signal}"),
            Self::Unknown => write!(out, "status unknown"),
        }
    }
}

impl Error for SandboxError {}
