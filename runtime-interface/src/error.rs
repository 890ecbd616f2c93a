// SPDX-License-Identifier: Apache-2.0
//! What the host functions refuse, and the numbers under which refusals cross the boundary.
//!
//! All of these are answers to the runtime about its own arguments or about the code it asked for. They are
//! deterministic: the same on every node, whatever its caches hold. Trouble of the host itself is never among them; it
//! makes the host function panic, which aborts the runtime call.
//!
//! The codes are part of version 1 of the interface and never renumbered. Code 0 is success everywhere.

use core::fmt;

/// Why a module was not loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// There is no state item at the storage key.
    CodeNotFound,
    /// The state item is not the pre-image of the code hash (Keccak-256).
    HashMismatch,
    /// The state item is not a valid blob, or needs more memory than
    /// [`GUEST_MEMORY_BYTES_MAX`](crate::limits::GUEST_MEMORY_BYTES_MAX).
    InvalidBlob,
    /// The blob imports a symbol that the runtime's table does not have.
    UnknownImport {
        /// Number of the import in the blob, from 0.
        index: u32,
    },
    /// The host does not know the gas model.
    UnsupportedGasModel,
    /// The import table is malformed, ambiguous or over a limit of [`limits`](crate::limits).
    InvalidImportTable,
}

impl LoadError {
    /// The number under which this crosses the boundary, and its detail.
    pub fn code(self) -> (u8, u32) {
        match self {
            Self::CodeNotFound => (1, 0),
            Self::HashMismatch => (2, 0),
            Self::InvalidBlob => (3, 0),
            Self::UnknownImport { index } => (4, index),
            Self::UnsupportedGasModel => (5, 0),
            Self::InvalidImportTable => (6, 0),
        }
    }

    /// The inverse of [`Self::code`].
    pub fn from_code(code: u8, detail: u32) -> Option<Self> {
        Some(match code {
            1 => Self::CodeNotFound,
            2 => Self::HashMismatch,
            3 => Self::InvalidBlob,
            4 => Self::UnknownImport { index: detail },
            5 => Self::UnsupportedGasModel,
            6 => Self::InvalidImportTable,
            _ => return None,
        })
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CodeNotFound => f.write_str("no code at the storage key"),
            Self::HashMismatch => f.write_str("the code does not have the expected hash"),
            Self::InvalidBlob => f.write_str("the code is not a valid blob within the memory limit"),
            Self::UnknownImport { index } => {
                write!(f, "import {index} of the code is not in the import table")
            }
            Self::UnsupportedGasModel => f.write_str("the host does not know this gas model"),
            Self::InvalidImportTable => f.write_str("the import table is malformed or over a limit"),
        }
    }
}

/// Why an instance was not run. Nothing has happened: memory, registers, gas and position are as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunError {
    /// The instance id is not (or no longer) valid in these externalities.
    NoSuchInstance,
    /// The blob has no export of that name.
    NoSuchExport,
    /// `resume` on an instance whose last exit was final. Said by [`Instance`](crate::Instance) itself; to the host such an
    /// instance is none.
    NotSuspended,
    /// A memory write reaches bytes that the host may not write. No write of the request was made.
    WriteOutOfBounds {
        /// Number of the first such write in the request, from 0.
        index: u32,
    },
    /// The request is malformed or longer than [`REQUEST_BYTES_MAX`](crate::limits::REQUEST_BYTES_MAX).
    InvalidRequest,
}

impl RunError {
    /// The number under which this crosses the boundary, and its detail.
    pub fn code(self) -> (u8, u32) {
        match self {
            Self::NoSuchInstance => (1, 0),
            Self::NoSuchExport => (2, 0),
            Self::NotSuspended => (3, 0),
            Self::WriteOutOfBounds { index } => (4, index),
            Self::InvalidRequest => (5, 0),
        }
    }

    /// The inverse of [`Self::code`].
    pub fn from_code(code: u8, detail: u32) -> Option<Self> {
        Some(match code {
            1 => Self::NoSuchInstance,
            2 => Self::NoSuchExport,
            3 => Self::NotSuspended,
            4 => Self::WriteOutOfBounds { index: detail },
            5 => Self::InvalidRequest,
            _ => return None,
        })
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchInstance => f.write_str("the instance id is not valid"),
            Self::NoSuchExport => f.write_str("the code has no such export"),
            Self::NotSuspended => f.write_str("the instance is not suspended"),
            Self::WriteOutOfBounds { index } => write!(f, "memory write {index} is out of bounds"),
            Self::InvalidRequest => f.write_str("the request is malformed or too long"),
        }
    }
}

/// Why a guest was not entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnterError {
    /// Its code could not be loaded.
    Load(LoadError),
    /// [`INSTANCES_MAX`](crate::limits::INSTANCES_MAX) instances are alive.
    TooManyInstances,
    /// It could not be started.
    Run(RunError),
}

impl EnterError {
    const LOAD: u8 = 32;
    const TOO_MANY_INSTANCES: u8 = 64;

    /// The number under which this crosses the boundary, and its detail: that of a [`RunError`], or of a [`LoadError`] plus 32,
    /// or 64.
    pub fn code(self) -> (u8, u32) {
        match self {
            Self::Load(error) => {
                let (code, detail) = error.code();
                (code | Self::LOAD, detail)
            }
            Self::TooManyInstances => (Self::TOO_MANY_INSTANCES, 0),
            Self::Run(error) => error.code(),
        }
    }

    /// The inverse of [`Self::code`].
    pub fn from_code(code: u8, detail: u32) -> Option<Self> {
        if code == Self::TOO_MANY_INSTANCES {
            Some(Self::TooManyInstances)
        } else if code & Self::LOAD != 0 {
            LoadError::from_code(code ^ Self::LOAD, detail).map(Self::Load)
        } else {
            RunError::from_code(code, detail).map(Self::Run)
        }
    }
}

impl From<LoadError> for EnterError {
    fn from(error: LoadError) -> Self {
        Self::Load(error)
    }
}

impl From<RunError> for EnterError {
    fn from(error: RunError) -> Self {
        Self::Run(error)
    }
}

impl fmt::Display for EnterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Load(error) => error.fmt(f),
            Self::TooManyInstances => {
                write!(f, "more than {} instances alive at the same time", crate::limits::INSTANCES_MAX)
            }
            Self::Run(error) => error.fmt(f),
        }
    }
}

/// Why guest memory was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryError {
    /// The instance id is not (or no longer) valid in these externalities.
    NoSuchInstance,
    /// Some byte of the range may not be read by the host.
    OutOfBounds,
    /// More than [`REQUEST_BYTES_MAX`](crate::limits::REQUEST_BYTES_MAX) bytes at once.
    TooLong,
}

impl MemoryError {
    /// The number under which this crosses the boundary.
    pub fn code(self) -> u8 {
        match self {
            Self::NoSuchInstance => 1,
            Self::OutOfBounds => 2,
            Self::TooLong => 3,
        }
    }

    /// The inverse of [`Self::code`].
    pub fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            1 => Self::NoSuchInstance,
            2 => Self::OutOfBounds,
            3 => Self::TooLong,
            _ => return None,
        })
    }
}

impl fmt::Display for MemoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchInstance => "the instance id is not valid",
            Self::OutOfBounds => "the memory range is out of bounds",
            Self::TooLong => "the memory range is too long for one request",
        })
    }
}

impl core::error::Error for LoadError {}
impl core::error::Error for RunError {}
impl core::error::Error for EnterError {}
impl core::error::Error for MemoryError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_dense_from_one_and_invert() {
        for code in 1..=6 {
            assert_eq!(LoadError::from_code(code, 9).unwrap().code().0, code);
        }
        for code in 1..=5 {
            assert_eq!(RunError::from_code(code, 9).unwrap().code().0, code);
        }
        for code in 1..=3 {
            assert_eq!(MemoryError::from_code(code).unwrap().code(), code);
        }
        assert_eq!(LoadError::from_code(0, 0).or(LoadError::from_code(7, 0)), None);
        assert_eq!(RunError::from_code(0, 0).or(RunError::from_code(6, 0)), None);
        assert_eq!(MemoryError::from_code(0).or(MemoryError::from_code(4)), None);
        assert_eq!(LoadError::from_code(4, 77), Some(LoadError::UnknownImport { index: 77 }));
        for code in (1..=6).map(|code| code + 32).chain([64]).chain(1..=5) {
            assert_eq!(EnterError::from_code(code, 9).unwrap().code().0, code);
        }
        assert_eq!(EnterError::from_code(32 + 4, 77).unwrap().code(), (36, 77));
        for code in [0, 6, 32, 39, 65, 96, 97, u8::MAX] {
            assert_eq!(EnterError::from_code(code, 0), None);
        }
        assert_eq!(RunError::from_code(4, 3), Some(RunError::WriteOutOfBounds { index: 3 }));
    }
}
