// SPDX-License-Identifier: Apache-2.0
//! What runs contracts.
//!
//! A chain chooses one of two carriers: the node, behind its host functions ([`HostEngine`]), which compiles contracts to machine
//! code; or an interpreter in the runtime itself ([`EmbeddedEngine`]), for nodes that lack these host functions. What is between
//! engine and pallet is the same code in both, so contracts behave the same and use the same gas. The price of a unit of gas is
//! not the same: [`crate::WeightInfo`] must fit the carrier.

mod embedded;
#[cfg(feature = "std")]
pub mod switched;

pub use embedded::{EmbeddedEngine, EmbeddedGuest, EmbeddedModule};

use crate::storage::LoadSize;
use revive_vm_primitives::TrapCause;
use revive_vm_runtime_interface::{
    CodeRef, EncodedTable, EnterError, ExitRecord, Frame, Instance, MemoryError, Resume, RunError,
};

/// The guests of a chain's carrier.
pub type GuestOf<T> = <<T as crate::Config>::Engine as Engine>::Guest;

/// The modules of a chain's carrier.
pub type ModuleOf<T> = <<T as crate::Config>::Engine as Engine>::Module;

/// A carrier.
pub trait Engine {
    /// A guest that was entered.
    type Guest: Guest;
    /// What it makes of code, to enter it again.
    type Module;

    /// Enters an export of the code with `gas` and runs to the first exit.
    ///
    /// `module` is of the same code and the same table, or empty, and then it is filled.
    fn enter(
        code: CodeRef<'_>,
        module: &mut Option<Self::Module>,
        table: &EncodedTable,
        export: &str,
        gas: i64,
        frame: Frame<'_>,
    ) -> Result<(Self::Guest, ExitRecord), EnterError>;

    /// Whether there is memory for frames that run codes of these sizes at the same time.
    fn has_room(_codes: impl Iterator<Item = LoadSize>) -> bool {
        true
    }
}

/// A guest that was entered. Dropping it ends it.
pub trait Guest {
    /// Goes on after a host call. On an error nothing has changed.
    fn resume(&mut self, resume: Resume<'_>) -> Result<ExitRecord, RunError>;

    /// Reads memory into the whole of `out`.
    fn read_memory(&self, address: u32, out: &mut [u8]) -> Result<(), MemoryError>;

    /// Why it trapped, if that is known. `exit` is its last one, and the code it runs is at `storage_key`: to read that may take
    /// a while that nobody has paid for.
    fn trap_cause(&self, exit: &ExitRecord, storage_key: &[u8]) -> Option<TrapCause>;
}

/// The node.
#[derive(Clone, Copy, Debug)]
pub struct HostEngine;

impl Engine for HostEngine {
    type Guest = Instance;
    /// The node keeps its own.
    type Module = ();

    fn enter(
        code: CodeRef<'_>,
        _: &mut Option<()>,
        table: &EncodedTable,
        export: &str,
        gas: i64,
        frame: Frame<'_>,
    ) -> Result<(Instance, ExitRecord), EnterError> {
        Instance::enter(code, table, export, gas, frame)
    }
}

impl Guest for Instance {
    fn resume(&mut self, resume: Resume<'_>) -> Result<ExitRecord, RunError> {
        Instance::resume(self, resume)
    }

    fn read_memory(&self, address: u32, out: &mut [u8]) -> Result<(), MemoryError> {
        Instance::read_memory(self, address, out)
    }

    fn trap_cause(&self, exit: &ExitRecord, _: &[u8]) -> Option<TrapCause> {
        exit.cause
    }
}
