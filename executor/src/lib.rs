// SPDX-License-Identifier: Apache-2.0
//! The virtual machine: engines, modules, instances and the linker of host functions.
//!
//! An [`Engine`] is an implementation of the machine. It turns a blob into a [`Module`], of which any number of
//! [`Instance`]s can run. There are two ways to run one: [`Instance::run`] gives every [`Exit`] to the caller, who
//! decides what a host call means; a [`Linker`] holds host functions as closures and makes typed calls.
//!
//! ```
//! use revive_vm_executor::primitives::{BlobBuilder, CodeBuilder, Instruction, Opcode};
//! use revive_vm_executor::{Caller, Engine, EngineConfig, InstructionSet, Linker, Module, ModuleConfig, Reg};
//!
//! // A program by hand: `run(x)` calls the host function `triple` and adds one to what it returns. The return
//! // address stays in `ra`, because host calls do not touch it.
//! let mut code = CodeBuilder::new(InstructionSet::Latest64);
//! code.push(Instruction::imm(Opcode::Ecalli, 0));
//! code.push(Instruction::reg_reg_imm(Opcode::AddImm64, Reg::A0, Reg::A0, 1));
//! code.push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
//! let blob =
//!     BlobBuilder::new(InstructionSet::Latest64).import(b"triple").export(b"run", 0).code(code.finish()?).build();
//!
//! let engine = Engine::new(EngineConfig::default())?;
//! let module = Module::new(&engine, &blob, &ModuleConfig::default())?;
//!
//! // `u32` is what all host functions of this linker work on: here it counts the calls.
//! let mut linker = Linker::<u32>::new();
//! linker.func_wrap("triple", |mut caller: Caller<'_, u32>, x: u64| -> u64 {
//!     *caller.data_mut() += 1;
//!     3 * x
//! })?;
//!
//! let mut instance = linker.instantiate(&module)?;
//! instance.set_gas(1_000);
//! let mut host_calls = 0;
//! let result: u64 = instance.call_typed(&mut host_calls, "run", (5u64,))?;
//! assert_eq!((result, host_calls), (16, 1));
//! assert_eq!(instance.gas(), 997); // one unit per instruction
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Programs come from the linker (`revive-vm link`, crate `revive-vm-linker`), from text (`revive-vm assemble`, crate
//! `revive-vm-assembly`), or from the builders in [`primitives`].
//!
//! # What to know before running programs of strangers
//!
//! * *Time.* Nothing but gas ends a program that does not end by itself: there is no way to stop a run from outside, and with
//!   [`ModuleConfig::gas`] of `None` no limit at all. For a limit of time give gas in slices and resume, see
//!   [`LinkedInstance::resume`]: a call that goes on with more gas is the same as one that had it from the start.
//! * *Memory.* [`ModuleConfig::memory_bytes_max`] bounds each instance, [`EngineConfig::workers_max`] how many there can be.
//!   Reaching the latter is [`HostTrouble`], for which [`HostTrouble::is_want_of_workers`] is true; nobody waits.
//! * *Errors* come in three families. What a guest did is an [`Exit`] or an [`Interruption`]. Rejected input, [`ModuleError`],
//!   [`LinkError`], [`CallRejected`] and [`MemoryError`], says what, where and which limit. [`HostTrouble`] says nothing of the
//!   guest: the same call may work on another machine, or later.
//! * *Imports* that nobody defines end a call only when they are called; [`Linker::set_strict`] refuses them beforehand.
//! * *Threads.* An [`Engine`], a [`Module`], a [`Linker`] and an [`InstancePre`] can be shared between threads; an [`Instance`] can be
//!   moved to another one between runs. A run blocks its thread for as long as gas lasts: within an asynchronous
//!   program run small amounts of gas, or on a thread for blocking work. An instance that stands at [`Exit::HostCall`] can be
//!   kept across an `await`.
//! * *Nested calls.* A host function can make and call another instance, of the same module too, so deep as its thread's stack and the
//!   workers last: see [`Caller`]. It cannot call back into the instance that calls it: where that was is lost then, and
//!   the call ends with [`CallRejected::NotSuspended`].
//! * *Panics* of host functions unwind through the call, which is over then. The instance can be called again, and
//!   neither its worker nor other guests notice.
//! * *Forks.* An engine, and what was made from it, belongs to the process that made it: in the child of a fork instances give
//!   [`HostTrouble`], and nothing happens to the parent's guests, also when they are dropped there. The child can make an engine of its own,
//!   by [`Engine::new`].
//! * *Order of drops.* Each keeps alive what it needs, so any order will do.
//! * *Snapshots.* There are none: registers, memory and gas can be read and set, but [`Instance::set_next`] pays for the
//!   block that it begins in once more, so a copy is exact only where a block starts.

#![forbid(unsafe_code)]

mod answers;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod artefacts;
mod cache;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod compiled;
mod config;
mod engine;
mod error;
mod instance;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod jitdump;
mod linker;
mod module;
pub mod trace;

pub use answers::Answers;
pub use cache::{ModuleCache, ModuleKey};
pub use config::{
    ArtefactCacheConfig, EngineChoice, EngineConfig, Features, ARTEFACT_CACHE_BYTES_MAX_DEFAULT,
    IDLE_WORKERS_BYTES_MAX_DEFAULT, IDLE_WORKERS_MAX_DEFAULT, IDLE_WORKER_SECONDS_MAX_DEFAULT,
    MODULE_CACHE_BYTES_MAX_DEFAULT, WORKERS_MAX_DEFAULT,
};
pub use engine::{wall_layers, Engine, EngineStatistics, WallLayer, EXIT_KINDS};
pub use error::{
    CallError, CallRejected, EngineError, HostTrouble, InstantiateError, Interruption, LinkError,
    ModuleError, RunError,
};
pub use instance::{Instance, MemoryError};
pub use linker::{
    Caller, GuestArgs, GuestResult, GuestValue, HostResult, InstancePre, IntoHostFunction, LinkedInstance,
    Linker,
};
pub use module::{Module, ModuleConfig, MEMORY_BYTES_MAX_DEFAULT};
pub use revive_vm_primitives as primitives;
pub use revive_vm_primitives::{
    answers::{Answer, Operand, Price},
    gas::GasModel,
    Code, DebugInfo, Exit, Gas, Instruction, InstructionSet, MemoryMap, MemoryMapError, Opcode, ParseError,
    Reg, Segfault, TrapCause,
};
