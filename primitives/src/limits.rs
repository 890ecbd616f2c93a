// SPDX-License-Identifier: Apache-2.0
//! Limits of the blob format (blob format, section 10).
//!
//! They are part of the format: raising one makes blobs valid that other implementations refuse. Limits that a chain
//! chooses for itself (code size of a contract, memory of a call) do not belong here.

/// Most bytes of code.
pub const CODE_BYTES_MAX: u32 = 32 * 1024 * 1024;

/// Most entries of the jump table.
pub const JUMP_TABLE_ENTRIES_MAX: u32 = 16 * 1024 * 1024;

/// Widest entry of the jump table, in bytes.
pub const JUMP_TABLE_ENTRY_BYTES_MAX: u8 = 4;

/// Most imports.
pub const IMPORTS_MAX: u32 = 1024;
