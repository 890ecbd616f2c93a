// SPDX-License-Identifier: Apache-2.0
//! The limits that a contract can notice.
//!
//! They are constants and never runtime configuration, so that one contract behaves the same on every chain. They may be
//! raised later, guarded by the `behaviour_version` of the code record, and should never be lowered: deployed code was
//! checked once, at upload, and is not checked again.

/// Bytes of the largest accepted blob.
pub const BLOB_BYTES_MAX: u32 = 1024 * 1024;

/// Instructions in the largest accepted basic block.
pub const BASIC_BLOCK_INSTRUCTIONS_MAX: u32 = 1000;

/// Bytes of guest memory, and of the blob without its data sections, that may live as long as a frame.
pub const BASELINE_MEMORY_BYTES_MAX: u64 = 1024 * 1024 + 512 * 1024;

/// Bytes of interpreter memory that can be thrown away and rebuilt: 1 MiB of translated code and 2 MiB beside it.
pub const PURGEABLE_MEMORY_BYTES_MAX: u64 = 3 * 1024 * 1024;

/// Cap, in bytes, on the translated code counted by the purgeable estimate.
pub const CODE_CACHE_BYTES_MAX: u64 = 1024 * 1024;

/// Bytes that the purgeable estimate counts for each instruction and for each basic block.
///
/// It is the entry size of the reference interpreter in a 32-bit runtime. A constant and not a `size_of`: the same blob
/// must be accepted or refused alike by a wasm runtime and by a native test.
pub const CODE_CACHE_ENTRY_BYTES: u64 = 20;

/// Bytes that the purgeable estimate counts for each code byte, the entry of an address map.
pub const ADDRESS_MAP_ENTRY_BYTES: u64 = 4;

/// Guest memory comes in pages of this many bytes.
pub const PAGE_BYTES: u32 = 4096;

/// The import number kept for benchmarks, which no deployed code may use.
pub const IMPORT_NUMBER_RESERVED: u32 = u32::MAX;

/// Frames on the stack: the first one and 25 below it.
pub const FRAMES_MAX: usize = 26;

/// Bytes of input to a call, and of the output of a call.
pub const CALL_DATA_BYTES_MAX: u32 = 128 * 1024;

/// Topics of one event.
pub const EVENT_TOPICS_MAX: u32 = 4;

/// Bytes of data in one event.
pub const EVENT_DATA_BYTES_MAX: u32 = 64 * 1024;

/// Bytes of one storage value.
pub const STORAGE_VALUE_BYTES_MAX: u32 = 416;

/// Bytes of one variable-length storage key.
pub const STORAGE_KEY_BYTES_MAX: u32 = 128;

/// Bytes of transient storage in one transaction, counted as [`crate::transient`] counts them.
pub const TRANSIENT_BYTES_MAX: u32 = 4096;

/// Bytes of immutable data of one contract.
pub const IMMUTABLE_BYTES_MAX: u32 = 4096;

/// No guest owns more memory than this (see [`BASELINE_MEMORY_BYTES_MAX`] for the sum of the parts), so a range that is
/// longer is out of bounds without asking the host and without reserving a buffer for it.
pub const GUEST_RANGE_BYTES_MAX: u32 = 4 * 1024 * 1024;

/// The latest version of the host functions' behaviour. New code is bound to the one that the uploader or the chain chooses,
/// and keeps it.
///
/// | Version | What a caller sees of a call that could not begin |
/// |---|---|
/// | 0 | it fails with the error itself, as the contract ABI says (section 9.4) |
/// | 1 | a return code: 4, 5, or 12 to 15 of [`crate::ReturnCode`] |
pub const BEHAVIOUR_VERSION_MAX: u32 = 1;

const _: () = assert!(GUEST_RANGE_BYTES_MAX as u64 > BASELINE_MEMORY_BYTES_MAX + 2 * PAGE_BYTES as u64);
const _: () = assert!(CODE_CACHE_BYTES_MAX < PURGEABLE_MEMORY_BYTES_MAX);
