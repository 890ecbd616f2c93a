// SPDX-License-Identifier: Apache-2.0
//! Errors: programs that cannot become a module, and a run that does not start. What a guest does is never an error but an
//! exit.

use core::fmt;
use revive_vm_primitives::MemoryMapError;

/// Why a program was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuleError {
    /// The memory layout is not possible.
    MemoryMap(MemoryMapError),
    /// The initial memory exceeds what the host allows.
    TooMuchMemory {
        /// Bytes that an instance would start with.
        bytes: u64,
        /// The limit, `Config::memory_bytes_max`.
        max: u32,
    },
    /// Initial data is longer than the region it belongs to.
    DataTooLong {
        /// Which region.
        region: &'static str,
        /// Bytes of data.
        bytes: usize,
        /// Bytes of the region.
        max: u32,
    },
    /// The code does not pass the validation that its instruction set asks for.
    Validation {
        /// Code offset of the first thing that is wrong.
        offset: u32,
    },
}

impl fmt::Display for ModuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MemoryMap(error) => write!(f, "the memory layout is not possible: {error}"),
            Self::TooMuchMemory { bytes, max } => {
                write!(f, "the program starts with {bytes} bytes of memory, the limit is {max}")
            }
            Self::DataTooLong { region, bytes, max } => {
                write!(f, "{bytes} bytes of {region} data do not fit a region of {max} bytes")
            }
            Self::Validation { offset } => write!(f, "validation of the code failed at offset {offset}"),
        }
    }
}

impl core::error::Error for ModuleError {}

impl From<MemoryMapError> for ModuleError {
    fn from(error: MemoryMapError) -> Self {
        Self::MemoryMap(error)
    }
}

/// Why `run` did not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunError {
    /// It is not set where to continue: the instance is new, or its last run ended it.
    NextUnset,
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NextUnset => {
                f.write_str("the instance has nowhere to continue: set the next instruction first")
            }
        }
    }
}

impl core::error::Error for RunError {}
