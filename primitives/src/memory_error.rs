// SPDX-License-Identifier: Apache-2.0
//! What a host can do wrong with the memory of an instance (memory map, sections 4 to 6).

use core::fmt;

/// Why a memory operation of the host failed. Nothing of the guest was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemoryError {
    /// Some of the bytes are not accessible to the host in this way.
    OutOfRange {
        /// First address of the access.
        address: u32,
        /// Bytes of the access.
        len: u64,
    },
    /// The operation works on whole pages.
    NotPageAligned {
        /// The address.
        address: u32,
        /// Bytes of a page.
        page_size: u32,
    },
    /// The operation would exceed the memory that the host allows.
    MemoryLimit {
        /// Bytes that would be mapped.
        bytes: u64,
        /// The limit, which the host has set for the module.
        max: u32,
    },
    /// The accessible part of the aux region cannot be larger than the region.
    AuxTooLarge {
        /// Bytes asked for.
        size: u32,
        /// Bytes of the region.
        max: u32,
    },
    /// The operation exists only under dynamic paging.
    OnlyWithDynamicPaging,
    /// The operation does not exist under dynamic paging.
    NotWithDynamicPaging,
}

impl fmt::Display for MemoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { address, len } => {
                write!(f, "{len} bytes at address {address:#x} are not accessible")
            }
            Self::NotPageAligned { address, page_size } => {
                write!(f, "address {address:#x} is not a multiple of the page size {page_size}")
            }
            Self::MemoryLimit { bytes, max } => {
                write!(f, "{bytes} bytes of memory exceed the limit of {max}")
            }
            Self::AuxTooLarge { size, max } => {
                write!(f, "the aux region has {max} bytes, {size} cannot be accessible")
            }
            Self::OnlyWithDynamicPaging => f.write_str("the module was made without dynamic paging"),
            Self::NotWithDynamicPaging => f.write_str("the module was made with dynamic paging"),
        }
    }
}

impl core::error::Error for MemoryError {}
