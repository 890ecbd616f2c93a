// SPDX-License-Identifier: Apache-2.0
//! The native side of the host functions: what the node does.
//!
//! | Module | Idea |
//! |---|---|
//! | [`crossings`] | how often the boundary was crossed |
//! | [`engine`] | the one engine of the process; from code hash and bytes to a compiled module |
//! | [`table`] | the import table that was used last |
//! | [`off_chain`] | how much runtime calls that no block is made of may take |
//! | [`state`] | what belongs to one externalities: modules kept, instances alive, ids |
//! | [`run`] | guests over the engine |
//!
//! Nothing here may panic over an argument of the runtime or over what a guest does. Panics are for host trouble only
//! and begin with [`HOST_TROUBLE`](crate::HOST_TROUBLE); sc-executor turns a panicking host function into a failed runtime call, so the
//! block that it belongs to is neither authored nor imported on this machine, loudly, instead of differently.

mod crossings;
mod engine;
mod off_chain;
mod run;
mod state;
mod table;

pub(crate) use crossings::count;
pub use crossings::crossings;
pub use engine::{configure_engine, engine_name, engine_statistics, ConfigureError};
pub use off_chain::{limit_off_chain_instances, off_chain};
pub(crate) use run::read_memory;
pub(crate) use state::{close, enter, resume};
pub use state::{live_instances, live_modules};

use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts itself in a gauge for as long as it lives.
#[derive(Debug)]
struct Counted(&'static AtomicUsize);

impl Counted {
    fn new(gauge: &'static AtomicUsize) -> Self {
        gauge.fetch_add(1, Ordering::SeqCst);
        Self::already(gauge)
    }

    /// One that the gauge has already.
    fn already(gauge: &'static AtomicUsize) -> Self {
        Self(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Target of this crate's log lines.
const LOG_TARGET: &str = "revive-vm::runtime-interface";
