// SPDX-License-Identifier: Apache-2.0
//! Hard limits of version 1 of the host functions.
//!
//! A runtime can observe every one of them (as a defined error), so they are part of the interface: all nodes of a
//! chain must have the same numbers, and changing one takes a new version of the host functions.

/// Instances that may be alive at the same time in one externalities. More than any call depth a runtime allows.
pub const INSTANCES_MAX: usize = 64;

/// Different modules that the host keeps ready in one externalities: those loaded last, until the externalities end.
///
/// Entering one of them again compiles nothing, hashes nothing and takes time for reading the state item only. So a
/// runtime may ask less for it, if it counts what it entered in the same way: every entry but those that are refused with a
/// [`LoadError`](crate::LoadError). It cannot be observed otherwise.
pub const MODULES_KEPT: usize = 16;

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

/// Bytes of one request of the runtime: an import table, a frame, the writes of one resume, one memory read.
pub const REQUEST_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Memory page size of guests, in bytes (contract ABI, "Run-time environment").
pub const PAGE_BYTES: u32 = 4096;
