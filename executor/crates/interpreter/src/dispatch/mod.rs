// SPDX-License-Identifier: Apache-2.0
//! How one op comes to be executed after the other. There are two ways, which give the same results; each has what it
//! needs to be fast on its target.
//!
//! - `chain`: every code is a function that calls that of the next op as its last act. Compilers for processors turn
//!   such calls into jumps, so the machine state stays in registers and every code has its own indirect jump.
//! - `looped`: one loop around a `match` of all codes. WebAssembly has no such jumps, and an indirect call costs many
//!   times what the `match` does. The feature `loop` selects it on other targets, for tests.

mod body;

#[cfg(not(any(target_family = "wasm", feature = "loop")))]
mod chain;
#[cfg(not(any(target_family = "wasm", feature = "loop")))]
mod frequent;
#[cfg(not(any(target_family = "wasm", feature = "loop")))]
mod pairs;
#[cfg(not(any(target_family = "wasm", feature = "loop")))]
mod sequence;
#[cfg(not(any(target_family = "wasm", feature = "loop")))]
pub(crate) use chain::{run, slice, target, Target};
#[cfg(not(any(target_family = "wasm", feature = "loop")))]
pub(crate) use frequent::fuse;

#[cfg(any(target_family = "wasm", feature = "loop"))]
mod fused;
#[cfg(any(target_family = "wasm", feature = "loop"))]
mod looped;
#[cfg(any(target_family = "wasm", feature = "loop"))]
pub(crate) use looped::{fuse, run, slice, target, Target};

/// The most instructions that are executed as one.
pub(crate) const LONGEST: usize = 5;
