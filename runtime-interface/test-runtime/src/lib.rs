// SPDX-License-Identifier: Apache-2.0
//! Tests of the host functions, as a list that runs on either side of the boundary.
//!
//! This crate is built twice. Natively it exposes the list and, as `WASM_BINARY`, its other self: a minimal wasm runtime
//! with the same list inside. `tests/native.rs` runs the list directly in externalities; `tests/wasm.rs` runs it from
//! within the runtime through the node's executor, so that everything crosses the real boundary. `tests/leaks.rs` checks
//! that nothing survives a runtime call.
//!
//! The runtime is not FRAME: it has the exports of [`exports`] and nothing else.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod exports;
pub mod list;
pub mod programs;

#[cfg(feature = "std")]
mod wasm_binary {
    #![allow(missing_docs, unreachable_pub, unused)]
    include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));
}

/// The wasm runtime. `None` if the build was told to leave it out (`SKIP_WASM_BUILD`).
#[cfg(feature = "std")]
pub const WASM_BINARY: Option<&[u8]> = wasm_binary::WASM_BINARY;
