// SPDX-License-Identifier: Apache-2.0
//! The errors of the facade, kept in three families that never mix.
//!
//! 1. *Guest outcomes* (`Exit`, [`Interruption`]): what a program did. Every engine reports the same.
//! 2. *Rejected input* ([`ModuleError`], [`LinkError`], [`CallRejected`], and the memory and run errors of an
//!    instance): somebody handed over something that cannot be used; the message says what, where and which limit.
//! 3. *Host trouble* ([`HostTrouble`], [`EngineError`]): this machine cannot do what was asked. Whoever runs a chain has to stop
//!    the work at hand on it; it must never become a result that a guest can see.

use core::fmt;

use std::{path::PathBuf, sync::Arc};

use revive_vm_interpreter as interpreter;
use revive_vm_primitives::{MemoryMapError, ParseError, TrapCause};

/// Host trouble: this machine could not go on. A worker process was killed, or there was no memory for one.
#[derive(Clone, PartialEq, Eq)]
pub struct HostTrouble(Arc<Trouble>);

#[derive(PartialEq, Eq)]
#[cfg_attr(
    not(all(target_os = "linux", target_arch = "x86_64")),
    allow(dead_code, reason = "the interpreter has no trouble")
)]
struct Trouble {
    what: String,
    is_want_of_workers: bool,
}

impl HostTrouble {
    // The interpreter has no trouble.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    pub(crate) fn new(what: impl fmt::Display) -> Self {
        Self(Arc::new(Trouble { what: what.to_string(), is_want_of_workers: false }))
    }

    /// What came of asking the pool for a worker.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    pub(crate) fn of_pool(error: revive_vm_sandbox::SandboxError) -> Self {
        let is_want_of_workers = matches!(error, revive_vm_sandbox::SandboxError::TooMany { .. });
        Self(Arc::new(Trouble { what: error.to_string(), is_want_of_workers }))
    }

    /// Whether there are as many worker processes as [`EngineConfig::workers_max`](crate::EngineConfig::workers_max) allows.
    /// Then it is worth to try again when an instance has been dropped.
    pub fn is_want_of_workers(&self) -> bool {
        self.0.is_want_of_workers
    }
}

impl fmt::Debug for HostTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HostTrouble").field(&self.0.what).finish()
    }
}

impl fmt::Display for HostTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the host cannot run the program: {}", self.0.what)
    }
}

impl std::error::Error for HostTrouble {}

/// Host trouble: the engine that was asked for cannot be had here, or not with these folders.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EngineError {
    /// [`EngineChoice::Recompiler`](crate::EngineChoice::Recompiler) was asked for explicitly.
    RecompilerUnavailable {
        /// Why there is none, as a clause.
        why: String,
    },
    /// [`EngineConfig::artefact_cache`](crate::EngineConfig::artefact_cache) names a folder that cannot be used.
    ArtefactCache {
        /// The folder.
        folder: PathBuf,
        /// Why it cannot, as a clause.
        why: String,
    },
    /// [`EngineConfig::jitdump`](crate::EngineConfig::jitdump) names a folder that cannot be used.
    Jitdump {
        /// The folder.
        folder: PathBuf,
        /// Why it cannot, as a clause.
        why: String,
    },
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RecompilerUnavailable { why } => {
                write!(f, "the recompiler was asked for, but {why}; choose `auto` or `interpreter`")
            }
            Self::ArtefactCache { folder, why } => {
                write!(f, "compiled programs cannot be kept in {}: {why}", folder.display())
            }
            Self::Jitdump { folder, why } => {
                write!(f, "no jitdump can be written in {}: {why}", folder.display())
            }
        }
    }
}

impl std::error::Error for EngineError {}

/// Rejected input: the blob cannot become a module.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModuleError {
    /// The container is malformed; names section, byte offset and numbers.
    Blob(ParseError),
    /// The page size is illegal or the memory regions do not fit into the address space.
    MemoryMap(MemoryMapError),
    /// The regions that the program starts with exceed the limit.
    TooMuchMemory {
        /// Bytes of all regions.
        bytes: u64,
        /// The limit, [`ModuleConfig::memory_bytes_max`](crate::ModuleConfig::memory_bytes_max).
        max: u32,
    },
    /// Initial data is longer than its region.
    DataTooLong {
        /// Which region.
        region: &'static str,
        /// Bytes of data.
        bytes: usize,
        /// Bytes of the region.
        max: u32,
    },
    /// The instruction set requires valid code (JamV1 only), and the code is not.
    Validation {
        /// Code offset of the first fault.
        offset: u32,
    },
}

impl fmt::Display for ModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blob(error) => write!(f, "malformed blob: {error}"),
            Self::MemoryMap(error) => write!(f, "impossible memory layout: {error}"),
            Self::TooMuchMemory { bytes, max } => {
                write!(f, "the program starts with {bytes} bytes of memory, the limit is {max}")
            }
            Self::DataTooLong { region, bytes, max } => {
                write!(f, "{bytes} bytes of {region} data do not fit into a region of {max} bytes")
            }
            Self::Validation { offset } => write!(f, "invalid code at code offset {offset}"),
        }
    }
}

impl std::error::Error for ModuleError {}

impl From<ParseError> for ModuleError {
    fn from(error: ParseError) -> Self {
        Self::Blob(error)
    }
}

impl From<interpreter::ModuleError> for ModuleError {
    fn from(error: interpreter::ModuleError) -> Self {
        match error {
            interpreter::ModuleError::MemoryMap(error) => Self::MemoryMap(error),
            interpreter::ModuleError::TooMuchMemory { bytes, max } => Self::TooMuchMemory { bytes, max },
            interpreter::ModuleError::DataTooLong { region, bytes, max } => {
                Self::DataTooLong { region, bytes, max }
            }
            interpreter::ModuleError::Validation { offset } => Self::Validation { offset },
        }
    }
}

/// Rejected input: a module and a [`Linker`](crate::Linker) do not fit together.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkError {
    /// Two functions under one symbol.
    Duplicate {
        /// The symbol, with unprintable bytes escaped.
        symbol: String,
    },
    /// Strict linking: the module imports a function that the linker does not have.
    Missing {
        /// Position in the module's import list, which is also the number of the host call.
        index: u32,
        /// The symbol, with unprintable bytes escaped.
        symbol: String,
    },
    /// Strict linking: the range of this import's symbol lies outside of the blob's symbol bytes.
    InvalidSymbol {
        /// Position in the module's import list.
        index: u32,
    },
    /// The arguments of the host function do not fit into registers. Happens on 32-bit instruction sets, where
    /// each 64-bit argument takes two.
    TooManyRegisters {
        /// The symbol, with unprintable bytes escaped.
        symbol: String,
        /// Registers that the arguments would take.
        needed: usize,
        /// Registers that there are.
        limit: usize,
    },
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate { symbol } => write!(f, "host function `{symbol}` is already defined"),
            Self::Missing { index, symbol } => {
                write!(f, "import {index} asks for host function `{symbol}`, which is not defined")
            },
            Self::InvalidSymbol { index } => write!(f, "the symbol of import {index} is not inside the blob"),
            Self::TooManyRegisters { symbol, needed, limit } => write!(
                f,
                "the arguments of host function `{symbol}` take {needed} registers on this instruction set, the limit is {limit}"
            ),
        }
    }
}

impl std::error::Error for LinkError {}

/// Rejected input: a call that cannot even begin.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallRejected {
    /// The module does not export this name.
    NoSuchExport {
        /// The name, with unprintable bytes escaped.
        export: String,
    },
    /// More arguments than registers to carry them.
    TooManyArguments {
        /// Registers that the arguments would take.
        needed: usize,
        /// Registers that there are.
        limit: usize,
    },
    /// Nothing to resume: the call finished, trapped, ended at a host function, or never began.
    NotSuspended,
}

impl fmt::Display for CallRejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchExport { export } => write!(f, "the module does not export `{export}`"),
            Self::TooManyArguments { needed, limit } => {
                write!(f, "the arguments take {needed} registers, the limit is {limit}")
            }
            Self::NotSuspended => write!(f, "there is no suspended call to resume"),
        }
    }
}

impl std::error::Error for CallRejected {}

/// A new instance cannot be had: rejected input or host trouble.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InstantiateError {
    /// Module and linker do not fit together.
    Link(LinkError),
    /// This machine cannot run it.
    Trouble(HostTrouble),
}

impl fmt::Display for InstantiateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(error) => error.fmt(f),
            Self::Trouble(trouble) => trouble.fmt(f),
        }
    }
}

impl std::error::Error for InstantiateError {}

impl From<LinkError> for InstantiateError {
    fn from(error: LinkError) -> Self {
        Self::Link(error)
    }
}

impl From<HostTrouble> for InstantiateError {
    fn from(trouble: HostTrouble) -> Self {
        Self::Trouble(trouble)
    }
}

/// Why `run` gave no exit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunError {
    /// Rejected input: it is not set where to continue; the instance is new, or its last run ended it.
    NextUnset,
    /// Host trouble. The instance is lost.
    Trouble(HostTrouble),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NextUnset => interpreter::RunError::NextUnset.fmt(f),
            Self::Trouble(trouble) => trouble.fmt(f),
        }
    }
}

impl std::error::Error for RunError {}

impl From<interpreter::RunError> for RunError {
    fn from(error: interpreter::RunError) -> Self {
        match error {
            interpreter::RunError::NextUnset => Self::NextUnset,
        }
    }
}

/// Guest outcome: why a call through the [`Linker`](crate::Linker) ended without a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Interruption {
    /// The program trapped, touched memory that nobody maps, or called a host function that does not exist.
    Trap {
        /// Code offset of the instruction, when known.
        pc: Option<u32>,
        /// What was wrong, when known.
        cause: Option<TrapCause>,
    },
    /// Gas does not cover what comes next. With more gas the call can be resumed.
    OutOfGas {
        /// Code offset, when known, of the first instruction of the basic block that comes next; of the `memset` that is under way; or of the
        /// host call whose host function has taken the gas below zero.
        pc: Option<u32>,
    },
    /// Step tracing is on and an instruction is about to be executed. The call can be resumed.
    Step {
        /// Code offset of that instruction, when known.
        pc: Option<u32>,
    },
}

impl fmt::Display for Interruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, pc) = match self {
            Self::Trap { pc, .. } => ("the guest trapped", pc),
            Self::OutOfGas { pc } => ("out of gas", pc),
            Self::Step { pc } => ("stopped before a step", pc),
        };
        f.write_str(what)?;
        if let Some(pc) = pc {
            write!(f, " at code offset {pc}")?;
        }
        match self {
            Self::Trap { cause: Some(cause), .. } => write!(f, ": {cause}"),
            _ => Ok(()),
        }
    }
}

/// How a call through the [`Linker`](crate::Linker) can end other than with a result: one variant per family, and
/// `E`, the caller's own error type, for what a host function returned. There will be no others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallError<E> {
    /// The guest stopped.
    Interrupted(Interruption),
    /// The call could not begin.
    Rejected(CallRejected),
    /// A host function failed; the call is over.
    HostFunction(E),
    /// This machine cannot go on with it; the instance is lost.
    Trouble(HostTrouble),
}

impl<E: fmt::Display> fmt::Display for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted(interruption) => interruption.fmt(f),
            Self::Rejected(rejected) => rejected.fmt(f),
            Self::HostFunction(error) => write!(f, "a host function failed: {error}"),
            Self::Trouble(trouble) => trouble.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for CallError<E> {}

impl<E> From<CallRejected> for CallError<E> {
    fn from(rejected: CallRejected) -> Self {
        Self::Rejected(rejected)
    }
}
