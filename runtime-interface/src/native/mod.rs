// SPDX-License-Identifier: Apache-2.0
//! The native side of the host functions: what the node does.
//!
//! | Module | Idea |
//! |---|---|
//! | [`crossings`] | how often the boundary was crossed |
//! | [`engine`] | the one engine of the process; from code hash and bytes to a compiled module |
//! | [`table`] | the import table that was used last |
//! | [`state`] | what belongs to one externalities: modules kept, instances alive, ids |
//! | [`run`] | guests over the engine |
//!
//! Nothing here may panic over an argument of the runtime or over what a guest does. Panics are for host trouble only
//! and begin with [`HOST_TROUBLE`](crate::HOST_TROUBLE); sc-executor turns a panicking host function into a failed runtime call, so the
//! block that it belongs to is neither authored nor imported on this machine, loudly, instead of differently.

mod crossings;
mod engine;
mod run;
mod state;
mod table;

pub(crate) use crossings::count;
pub use crossings::crossings;
pub use engine::{configure_engine, engine_name, engine_statistics, ConfigureError};
pub(crate) use run::read_memory;
pub(crate) use state::{close, enter, resume};
pub use state::{live_instances, live_modules};

/// Target of this crate's log lines.
const LOG_TARGET: &str = "revive-vm::runtime-interface";
