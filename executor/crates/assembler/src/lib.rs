// SPDX-License-Identifier: Apache-2.0
//! AMD64 encoder of the recompiler.
//!
//! What there is to encode stands in one table ([`row`]); [`Assembler`] appends instructions to a buffer and aims jumps. It
//! knows nothing of guests, gas or modules, allocates only the buffer, and gives identical bytes for identical calls.
//!
//! Rules of a caller, checked in debug builds: a row is used with the method of its form and with a width that it has.
//!
//! `tests/rows.rs` encodes every row with every register and every kind of memory operand, and reads the bytes back with an
//! independent decoder.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod assembler;
mod encode;
mod operand;
pub mod row;

pub use assembler::{Assembler, Patch, ShortPatch, TRAP};
pub use encode::INSTRUCTION_BYTES_MAX;
pub use operand::{Condition, Gpr, Mem, RegMem, Scale, Width};
pub use row::Row;
