// SPDX-License-Identifier: Apache-2.0
//! Both carriers in one native runtime, for tests: each thread chooses.

use super::{EmbeddedEngine, EmbeddedGuest, EmbeddedModule, Engine, Guest, HostEngine};
use crate::storage::LoadSize;
use alloc::boxed::Box;
use core::cell::Cell;
use revive_vm_primitives::TrapCause;
use revive_vm_runtime_interface::{
    CodeRef, EncodedTable, EnterError, ExitRecord, Frame, Instance, MemoryError, Resume, RunError,
};

/// Where contracts run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// In the node: [`HostEngine`].
    Host,
    /// In the runtime: [`EmbeddedEngine`].
    Embedded,
}

std::thread_local! {
    static CHOSEN: Cell<Carrier> = const { Cell::new(Carrier::Host) };
}

impl Carrier {
    /// What [`SwitchedEngine`] runs contracts in on this thread from now on.
    pub fn choose(self) {
        CHOSEN.set(self);
    }
}

/// Runs contracts in what [`Carrier::choose`] was asked for last on this thread, at first in the node.
#[derive(Clone, Copy, Debug)]
pub struct SwitchedEngine;

/// A guest in either carrier.
#[derive(Debug)]
pub enum SwitchedGuest {
    /// In the node.
    Host(Instance),
    /// In the runtime.
    Embedded(Box<EmbeddedGuest>),
}

impl Engine for SwitchedEngine {
    type Guest = SwitchedGuest;
    type Module = EmbeddedModule;

    fn enter(
        code: CodeRef<'_>,
        module: &mut Option<EmbeddedModule>,
        table: &EncodedTable,
        export: &str,
        gas: i64,
        frame: Frame<'_>,
    ) -> Result<(SwitchedGuest, ExitRecord), EnterError> {
        match CHOSEN.get() {
            Carrier::Host => HostEngine::enter(code, &mut None, table, export, gas, frame)
                .map(|(guest, exit)| (SwitchedGuest::Host(guest), exit)),
            Carrier::Embedded => EmbeddedEngine::enter(code, module, table, export, gas, frame)
                .map(|(guest, exit)| (SwitchedGuest::Embedded(Box::new(guest)), exit)),
        }
    }

    fn has_room(codes: impl Iterator<Item = LoadSize>) -> bool {
        match CHOSEN.get() {
            Carrier::Host => HostEngine::has_room(codes),
            Carrier::Embedded => EmbeddedEngine::has_room(codes),
        }
    }
}

impl Guest for SwitchedGuest {
    fn resume(&mut self, resume: Resume<'_>) -> Result<ExitRecord, RunError> {
        match self {
            Self::Host(guest) => guest.resume(resume),
            Self::Embedded(guest) => guest.resume(resume),
        }
    }

    fn read_memory(&self, address: u32, out: &mut [u8]) -> Result<(), MemoryError> {
        match self {
            Self::Host(guest) => Guest::read_memory(guest, address, out),
            Self::Embedded(guest) => guest.read_memory(address, out),
        }
    }

    fn trap_cause(&self, exit: &ExitRecord, storage_key: &[u8]) -> Option<TrapCause> {
        match self {
            Self::Host(guest) => guest.trap_cause(exit, storage_key),
            Self::Embedded(guest) => guest.trap_cause(exit, storage_key),
        }
    }
}
