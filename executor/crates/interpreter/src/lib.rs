// SPDX-License-Identifier: Apache-2.0
//! The interpreter: the reference semantics of the virtual machine.
//!
//! A [`Module`] is a program in pre-decoded form, shared by its instances; an [`Instance`] has registers, memory and
//! gas, and is executed by [`Instance::run`] until it has something to tell the host, an
//! [`Exit`](revive_vm_primitives::Exit).
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
