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
//! | `predecode`, `select` | from code bytes to an array of ops; which handler executes an instruction |
//! | `op` | the op, how handlers call each other, how gas is charged |
//! | `ops` | the handlers by group, and pairs of instructions fused into one handler |
//! | `memory`, `paging` | guest memory, with fixed regions or with pages that the host maps |
//! | `module`, `instance` | the public types |
//!
//! The crate is `no_std`, has no unsafe code and does no I/O; the same inputs give the same results everywhere.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod config;
mod error;
mod instance;
mod memory;
mod module;
mod op;
mod ops;
mod paging;
mod predecode;
mod select;

pub use config::Config;
pub use error::{ModuleError, RunError};
pub use instance::Instance;
pub use module::Module;
pub use revive_vm_primitives::MemoryError;
