// SPDX-License-Identifier: Apache-2.0
//! Hard limits of version 1 of the host functions.
//!
//! A runtime can observe every one of them (as a defined error), so they are part of the interface: all nodes of a
//! chain must have the same numbers, and changing one takes a new version of the host functions.

/// Instances that may be alive at the same time in one externalities. More than any call depth a runtime allows.
pub const INSTANCES_MAX: usize = 64;

/// Different modules of which a runtime may hold handles at the same time in one externalities.
///
/// Only handles that are held count, not everything that was ever loaded: a block author runs each extrinsic in
/// externalities of its own, a block importer all of them in one, and both must meet the limit at the same place.
pub const MODULES_MAX: usize = 64;

/// Guest memory of one instance, in bytes: read-only data, read-write data, stack and heap, each rounded up to pages.
/// A blob that declares more is [`LoadError::InvalidBlob`](crate::LoadError::InvalidBlob); growing the heap beyond it
/// fails inside the guest.
pub const GUEST_MEMORY_BYTES_MAX: u32 = 8 * 1024 * 1024;

/// Entries of an import table.
pub const IMPORTS_MAX: usize = 1024;

/// Bytes of one import's symbol.
pub const SYMBOL_BYTES_MAX: usize = 255;

/// Ranges of guest memory that one import may declare.
pub const GATHERS_MAX: usize = 8;

/// Bytes that one exit may carry at most: the sum over an import's declared ranges of their largest sizes.
pub const GATHER_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Bytes of one request of the runtime: an import table, the writes of one resume, one memory read or write.
pub const REQUEST_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Memory page size of guests, in bytes (contract ABI, "Run-time environment").
pub const PAGE_BYTES: u32 = 4096;
