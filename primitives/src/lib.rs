// SPDX-License-Identifier: Apache-2.0
//! Instruction sets, blob format, memory map, gas models and exit types of the virtual machine.
//!
//! Everything else in the project may depend on this crate and it depends on nothing, so it is `no_std` and has no
//! dependencies. It holds facts and formats only: nothing here executes guest code or performs IO.
//!
//! ```
//! use revive_vm_primitives::{Blob, BlobBuilder, CodeBuilder, Instruction, InstructionSet, Opcode, Reg};
//!
//! let mut code = CodeBuilder::new(InstructionSet::Latest64);
//! code.push(Instruction::reg_imm(Opcode::LoadImm, Reg::A0, 7));
//! code.push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
//! let bytes = BlobBuilder::new(InstructionSet::Latest64).export(b"seven", 0).code(code.finish()?).build();
//!
//! let blob = Blob::parse(&bytes)?;
//! assert_eq!(blob.isa(), InstructionSet::Latest64);
//! assert_eq!(blob.code().decode(0).instruction, Some(Instruction::reg_imm(Opcode::LoadImm, Reg::A0, 7)));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! Where to start reading: [`isa`] is the one table that all instruction knowledge derives from, [`blob`] and
//! [`code`] turn the bytes of a program into zero-copy views, [`memory_map`], [`regions`], [`paging`], [`exit`] and [`gas`]
//! are the rules that every engine must agree on.
//!
//! Invariants:
//!
//! 1. No input makes a function of this crate panic, loop for longer than the size of the input justifies, or allocate
//!    more than the size of the input justifies. `tests/mutation.rs` would notice.
//! 2. Parsing copies nothing: the views borrow the blob.
//! 3. There is no unsafe code.
//!
//! Errors implement `core::error::Error`, which is the trait of `std` too, so the feature `std` changes nothing; it
//! exists so that dependents can pass theirs on to every crate alike.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod answers;
pub mod blob;
pub mod builder;
pub mod code;
pub mod debug_info;
pub mod disasm;
mod error;
pub mod exit;
pub mod gas;
pub mod isa;
pub mod keccak;
mod known;
pub mod limits;
pub mod machine;
mod memory_error;
pub mod memory_map;
pub mod mutants;
pub mod paging;
pub mod regions;
mod trap;
pub mod varint;

pub use answers::{Answer, Operand, Price};
pub use blob::{Blob, Export, Exports, Imports, SectionInfo};
pub use builder::{encode, BlobBuilder, BuildError, CodeBuilder, CodeParts, Label};
pub use code::{Code, Decoded, Fetched, JumpTable};
pub use debug_info::{DebugInfo, DebugInfoError, Frame, FrameKind};
pub use disasm::{DisplayOptions, RegisterNames};
pub use error::{ParseError, ParseErrorKind};
pub use exit::{Exit, Segfault};
pub use gas::{BlockCost, Footprint, Gas, GasModel, Tariff};
pub use isa::{
    Format, Instruction, InstructionSet, MemoryAccess, Opcode, Reg, CODE_ADDRESS_ALIGNMENT,
    INSTRUCTION_BYTES_MAX, RETURN_ADDRESS,
};
pub use known::OwnedKnown;
pub use memory_error::MemoryError;
pub use memory_map::{MemoryMap, MemoryMapError};
pub use regions::Regions;
pub use trap::{BadAccess, Place, TrapCause};
