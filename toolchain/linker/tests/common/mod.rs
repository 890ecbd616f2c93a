// SPDX-License-Identifier: Apache-2.0
//! What the tests share: an assembler that writes linked ELF files, a generator of programs, and a machine that runs them.

#![allow(dead_code, reason = "each test file uses its own part")]

pub mod asm;
pub mod emulator;
pub mod generate;
pub mod harness;
pub mod random;
