// SPDX-License-Identifier: Apache-2.0
//! One guest from its start to its end.
//!
//! At every exit, in this order: pay for the instructions since the last one, pay the fixed price of a host call, run the host
//! function, hand the remaining budget back. The guest's gas counter is rounded down to whole units each time; the meter is
//! not, because it is charged for the units used.

use crate::{
    exec::Stack,
    host::{self, HostFunction, Outcome},
    primitives::ExecReturnValue,
    Config, Error, PristineCode, WeightInfo,
};
use alloc::{format, string::String, vec::Vec};
use frame_support::ensure;
use revive_vm_runtime_interface::{
    ExitKind, ExitRecord, Instance, InstantiateError, LoadError, Module, Resume, RunError, Write,
};
use sp_runtime::DispatchError;

/// Bytes for a guest to find when it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuestWrite {
    /// These bytes.
    Bytes {
        /// Where to.
        address: u32,
        /// What.
        bytes: Vec<u8>,
    },
    /// Zeros.
    Zero {
        /// Where to.
        address: u32,
        /// How many.
        len: u32,
    },
}

/// With what a guest goes on after a host call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// For register a0, which stays as it is without.
    pub result: Option<u64>,
    /// Memory writes, in order. If one is out of bounds, none is made and the frame fails.
    pub writes: Vec<GuestWrite>,
}

/// Runs the code of the topmost frame.
pub fn run<T: Config>(stack: &mut Stack<T>) -> Result<ExecReturnValue, DispatchError> {
    let result = run_guest(stack);
    if let Err(failure) = &result {
        let address = stack.top().address;
        stack.detail = format!("contract {address:?}: {}", failure.detail);
    }
    result.map_err(|failure| failure.error)
}

/// An error and what to tell people about it.
struct Failure {
    error: DispatchError,
    detail: String,
}

impl Failure {
    fn new(error: impl Into<DispatchError>, detail: impl Into<String>) -> Self {
        Self { error: error.into(), detail: detail.into() }
    }
}

fn run_guest<T: Config>(stack: &mut Stack<T>) -> Result<ExecReturnValue, Failure> {
    let frame = stack.top();
    let export = frame.entry.export();
    let mut instance = instantiate(frame)?;
    let mut gas = frame.meter.weight.vm_gas::<T::WeightInfo>();
    let mut exit = instance.start(export, gas).map_err(|error| run_failure::<T>(error, None))?;
    loop {
        let weight = &mut stack.top_mut().meter.weight;
        weight.charge_vm_gas::<T::WeightInfo>(gas, exit.gas).map_err(|_| out_of_gas::<T>(&exit))?;
        let import = match exit.kind {
            ExitKind::Finished => return Ok(ExecReturnValue::default()),
            ExitKind::Trap => {
                return Err(Failure::new(Error::<T>::ContractTrapped, format!("trapped{}", At(&exit))))
            }
            ExitKind::OutOfGas => return Err(out_of_gas::<T>(&exit)),
            ExitKind::UnknownHostCall { number } => {
                return Err(Failure::new(
                    Error::<T>::InvalidSyscall,
                    format!("called import {number}, which it does not declare,{}", At(&exit)),
                ))
            }
            ExitKind::HostCall { import } => import,
        };
        weight.charge(T::WeightInfo::host_call()).map_err(|_| out_of_gas::<T>(&exit))?;
        let function = HostFunction::from_index(import).ok_or_else(|| {
            Failure::new(Error::<T>::ExecutionFailed, format!("there is no host function {import}"))
        })?;
        let outcome = host::dispatch(function, stack, &instance, &exit).map_err(|error| {
            Failure::new(error, format!("the host function `{}` failed{}", function.symbol(), At(&exit)))
        })?;
        let reply = match outcome {
            Outcome::Return(output) => return Ok(output),
            Outcome::Resume(reply) => reply,
        };
        gas = stack.top().meter.weight.vm_gas::<T::WeightInfo>();
        let writes: Vec<Write<'_>> = reply
            .writes
            .iter()
            .map(|write| match write {
                GuestWrite::Bytes { address, bytes } => Write::Bytes { address: *address, bytes },
                GuestWrite::Zero { address, len } => Write::Zero { address: *address, len: *len },
            })
            .collect();
        exit = instance
            .resume(Resume { gas, result: reply.result, writes: &writes })
            .map_err(|error| run_failure::<T>(error, Some((function, &exit))))?;
    }
}

fn instantiate<T: Config>(frame: &crate::exec::Frame<T>) -> Result<Instance, Failure> {
    let code = frame.code;
    let key = PristineCode::<T>::hashed_key_for(code.hash);
    let module = Module::load(&code.hash.0, &key, &host::IMPORTS, code.gas_model).map_err(|error| {
        let mapped = match error {
            LoadError::CodeNotFound => Error::<T>::CodeNotFound,
            LoadError::TooManyModules | LoadError::InvalidImportTable => Error::<T>::ExecutionFailed,
            LoadError::HashMismatch
            | LoadError::InvalidBlob
            | LoadError::UnknownImport { .. }
            | LoadError::UnsupportedGasModel => Error::<T>::CodeRejected,
        };
        Failure::new(mapped, format!("code {:?} cannot be loaded: {error}", code.hash))
    })?;
    module.instantiate().map_err(|error: InstantiateError| {
        Failure::new(Error::<T>::ExecutionFailed, format!("code {:?} cannot be run: {error}", code.hash))
    })
}

fn out_of_gas<T: Config>(exit: &ExitRecord) -> Failure {
    Failure::new(Error::<T>::OutOfGas, format!("out of gas{}", At(exit)))
}

/// `call` is the host call that the instance could not be resumed from.
fn run_failure<T: Config>(error: RunError, call: Option<(HostFunction, &ExitRecord)>) -> Failure {
    let mapped = match error {
        RunError::NoSuchExport => Error::<T>::CodeRejected,
        RunError::WriteOutOfBounds { .. } => Error::<T>::OutOfBounds,
        RunError::NoSuchInstance
        | RunError::AlreadyStarted
        | RunError::NotSuspended
        | RunError::InvalidRequest => Error::<T>::ExecutionFailed,
    };
    let detail = match call {
        Some((function, exit)) => {
            format!(
                "the host function `{}` cannot deliver its result{}: {error}",
                function.symbol(),
                At(exit)
            )
        }
        None => format!("{error}"),
    };
    Failure::new(mapped, detail)
}

/// Shows where in the code an exit happened.
struct At<'a>(&'a ExitRecord);

impl core::fmt::Display for At<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.0.pc {
            Some(pc) => write!(f, " at code offset {pc}"),
            None => Ok(()),
        }
    }
}

/// Reads a range that was too long to be handed over with the exit. The price was paid.
pub(crate) fn read_long<T: Config>(instance: &Instance, address: u32, len: u32) -> Result<Vec<u8>, Error<T>> {
    ensure!(len <= crate::limits::GUEST_RANGE_BYTES_MAX, Error::<T>::OutOfBounds);
    let mut bytes = alloc::vec![0; len as usize];
    instance.read_memory(address, &mut bytes).map_err(|_| Error::<T>::OutOfBounds)?;
    Ok(bytes)
}
