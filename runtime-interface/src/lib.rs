// SPDX-License-Identifier: Apache-2.0
//! Host functions through which a runtime runs contracts.
//!
//! One crate, two sides. A wasm runtime uses [`Instance`]; the calls cross into the node, where the native side (feature
//! `std`) runs the virtual machine. Natively built runtimes, as in unit tests, use the same type and reach the native
//! side directly; they must run inside externalities.
//!
//! # One contract call
//!
//! ```text
//! runtime                                             host
//! Instance::enter(code, table, export, gas, frame) ──▶ reads the state item, compiles or finds it compiled,
//!                                                      makes guest memory, runs until the first exit
//!          ◀── exit: kind, gas, pc, a0–a5, gathered memory
//! instance.resume(gas, result, writes)             ──▶ writes memory, sets a0, runs until the next exit
//!          ◀── exit …                                  (one crossing per host call of the guest)
//! ```
//!
//! An instance whose exit is final is gone by then; dropping another one closes it. By the [`Answer`]s of the table the host serves
//! what it can without asking, from the constants and the input of the frame.
//!
//! A second instance may be started while the first is suspended; that is how contracts call contracts.
//!
//! # Rules
//!
//! 1. Whether the host had a module compiled already is not observable: entering always reads the state item, so that it
//!    is part of the proof, and always answers the same.
//! 2. Everything the host keeps for a runtime call dies with the externalities of that call. Ids are never used twice
//!    in one externalities; a dead or foreign id is a defined error.
//! 3. Every id, length and address that comes from the runtime is checked ([`error`], [`limits`]).
//! 4. No argument of the runtime and nothing a guest does makes the host function panic. Host trouble (an engine that
//!    cannot start) does, which aborts the runtime call and with it the block; it never becomes a result.
//! 5. The functions are versioned; the byte layouts of version 1 are in [`wire`].

#![cfg_attr(not(feature = "std"), no_std)]
// The code that `#[runtime_interface]` makes for the wasm side contains the foreign calls; nothing else may be unsafe.
#![deny(unsafe_code)]

#[cfg(all(not(feature = "std"), not(any(target_family = "wasm", target_arch = "riscv64"))))]
compile_error!("revive-vm-runtime-interface needs its feature `std` everywhere but inside a runtime");

extern crate alloc;

pub mod error;
pub mod guest;
pub mod imports;
pub mod limits;
pub mod table;
pub mod wire;

mod host_functions;
#[cfg(feature = "std")]
mod native;
mod vm;

pub use error::{EnterError, LoadError, MemoryError, RunError};
pub use host_functions::revive_vm;
#[cfg(feature = "std")]
pub use host_functions::revive_vm::HostFunctions;
pub use imports::{Answer, Answered, EncodedTable, Gather, Import, Imports, Length, Operand, Price, Reply};
#[cfg(feature = "std")]
pub use native::{
    configure_engine, crossings, engine_name, engine_statistics, limit_off_chain_instances, live_instances,
    live_modules, off_chain, ConfigureError,
};
#[cfg(feature = "std")]
pub use revive_vm_executor::{
    ArtefactCacheConfig, Engine, EngineChoice, EngineConfig, EngineError, EngineStatistics, EXIT_KINDS,
    IDLE_WORKERS_MAX_DEFAULT, IDLE_WORKER_SECONDS_MAX_DEFAULT, MODULE_CACHE_BYTES_MAX_DEFAULT,
    WORKERS_MAX_DEFAULT,
};
pub use vm::{CodeRef, ExitRecord, Frame, Gathered, Instance, Resume};
pub use wire::{ExitKind, Write};

/// Beginning of every panic message about the host.
pub(crate) const HOST_TROUBLE: &str = "revive-vm host trouble, not a property of the block";
