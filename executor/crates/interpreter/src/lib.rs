// SPDX-License-Identifier: Apache-2.0
//! The interpreter: the reference semantics of the virtual machine.
//!
//! A [`Module`] is a program in pre-decoded form, shared by its instances; an [`Instance`] has registers, memory and
//! gas, and is executed by [`Instance::run`] until it has something to tell the host, an
//! [`Exit`](revive_vm_primitives::Exit).
//!
//! ```
//! use revive_vm_interpreter::{Config, Instance, Module};
//! use revive_vm_primitives::{Blob, BlobBuilder, CodeBuilder, Exit, Instruction, InstructionSet, Opcode, Reg};
//!
//! let mut code = CodeBuilder::new(InstructionSet::Latest64);
//! code.push(Instruction::reg_reg_imm(Opcode::AddImm64, Reg::A0, Reg::A0, 1));
//! code.push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
//! let bytes = BlobBuilder::new(InstructionSet::Latest64).export(b"run", 0).code(code.finish()?).build();
//!
//! let module = Module::new(&Blob::parse(&bytes)?, &Config::default())?;
//! let mut instance = Instance::new(&module);
//! instance.set_gas(10);
//! instance.prepare_call(0, &[41]);
//! assert_eq!(instance.run(), Ok(Exit::Finished));
//! assert_eq!((instance.reg(Reg::A0), instance.gas()), (42, 8));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! | file | idea |
//! |---|---|
//! | `config` | what the host chooses for a module |
//! | `predecode`, `code` | from code bytes to an array of ops; the table of all forms of instructions |
//! | `op` | the op, and how gas is charged |
//! | `ops` | the bodies of instructions by group |
//! | `dispatch` | how one op comes to be executed after the other, and neighbours that are executed as one |
//! | `memory`, `paging` | guest memory, with fixed regions or with pages that the host maps |
//! | `module`, `instance` | the public types |
//!
//! The crate is `no_std`, has no unsafe code and does no I/O; the same inputs give the same results everywhere.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod code;
mod config;
mod dispatch;
mod error;
mod instance;
mod memory;
mod module;
mod op;
mod ops;
mod paging;
mod predecode;

pub use config::Config;
pub use error::{ModuleError, RunError};
pub use instance::Instance;
pub use module::Module;
pub use revive_vm_primitives::MemoryError;
