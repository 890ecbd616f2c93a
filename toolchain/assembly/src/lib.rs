// SPDX-License-Identifier: Apache-2.0
//! Guest assembly: text to blob and back.
//!
//! [`assemble`] reads the text form of a program, [`disassemble`] writes it. Going there and back changes no byte of
//! any blob that can be parsed: what an assembler would not make by itself (gaps, invalid opcodes, immediates with
//! bytes to spare, odd sections) is written as raw bytes. [`Program`] gives access to the parts, for tests that want
//! raw code and the offsets of labels. [`listing`] is the other text form: for reading, with offsets, bytes, gas and
//! source lines.
//!
//! The syntax is that of the ecosystem's assembler (command-line tool, section 3) with additions that make the text
//! complete; `docs/ASSEMBLY.md` shows all of it by example.
//!
//! ```
//! let text = "pub @run:\n    a0 = a0 + 1\n    ret\n";
//! let blob = revive_vm_assembly::assemble(text)?;
//! let written = revive_vm_assembly::disassemble(&blob)?;
//! assert!(written.contains("a0 = a0 + 0x1"));
//! assert_eq!(revive_vm_assembly::assemble(&written)?, blob);
//!
//! let error = revive_vm_assembly::assemble("    a0 = a0 +\n").unwrap_err();
//! assert_eq!((error.line, error.column), (1, 14));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! How it is laid out: `lexer` cuts a line into tokens, `statement` makes an instruction of them with the tables of
//! `operators`, `assembler` goes through the lines and collects directives and labels, `program` lays the code out and
//! writes the container. `writer` goes the other way; it asks the assembler's own parser whether it reads each line back
//! as what it stands for, so the two cannot drift apart.
//!
//! Invariant: no text makes these functions panic or use more time or memory than its length justifies
//! (`tests/mutation.rs`).

#![forbid(unsafe_code)]

mod assembler;
mod error;
mod hex;
mod lexer;
pub mod listing;
mod name;
mod operators;
mod program;
mod statement;
mod writer;

pub use assembler::{assemble, assemble_program};
pub use error::{AssembleError, AssembleErrorKind};
pub use program::Program;
pub use writer::{disassemble, disassemble_with, WriteOptions};
