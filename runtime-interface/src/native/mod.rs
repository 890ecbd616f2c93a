// SPDX-License-Identifier: Apache-2.0
//! The native side of the host functions: what the node does.
//!
//! | Module | Idea |
//! |---|---|
//! | [`engine`] | the one engine of the process; from code hash and bytes to a compiled module |
//! | [`table`] | decoded import tables |
//! | [`state`] | what belongs to one externalities: modules held, instances alive, ids |
//! | [`run`] | start, resume, exits, gathers, memory |
//!
//! Nothing here may panic over an argument of the runtime or over what a guest does. Panics are for host trouble only
//! and begin with [`HOST_TROUBLE`]; sc-executor turns a panicking host function into a failed runtime call, so the
//! block that it belongs to is neither authored nor imported on this machine, loudly, instead of differently.

mod engine;
mod run;
mod state;
mod table;

pub use engine::{configure_engine, engine_name, ConfigureError};
pub(crate) use run::{read_memory, resume, start, write_memory};
pub(crate) use state::{drop_instance, drop_module, instantiate, load};
pub use state::{live_instances, live_modules};

/// Beginning of every panic message of this crate's native side.
const HOST_TROUBLE: &str = "revive-vm host trouble, not a property of the block";

/// Target of this crate's log lines.
const LOG_TARGET: &str = "revive-vm::runtime-interface";
