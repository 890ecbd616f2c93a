// SPDX-License-Identifier: Apache-2.0
//! What the tests share: an assembler that writes linked ELF files, a generator of programs, and a machine that runs them.

#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::precedence, reason = "fields of instructions are shifted and joined by the dozen")]

pub(crate) mod asm;
pub(crate) mod campaign;
pub(crate) mod emulator;
pub(crate) mod forms;
pub(crate) mod generate;
pub(crate) mod harness;
pub(crate) mod random;
pub(crate) mod small;
