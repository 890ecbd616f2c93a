// SPDX-License-Identifier: Apache-2.0
//! One guest from its start to its end.
//!
//! Much of what a guest asks is answered without getting here (`crate::host::answers`); it pays for that with gas. At every
//! exit, in this order: pay for the instructions since the last one, pay the fixed price of a host call, run the host
//! function, hand the remaining budget back. The guest's gas counter is rounded down to whole units each time; the meter is
//! not, because it is charged for the units used.

use crate::{
    code::GAS_MODEL,
    engine::{Engine, Guest, GuestOf},
    exec::{FrameCode, Stack},
    host::{
        self,
        answers::{self, BlockConstants},
        HostFunction, Outcome,
    },
    primitives::ExecReturnValue,
    tracing::{self, answering, HostCallOutcome, Listening, MemoryWrite},
    Config, Error, PristineCode, WeightInfo,
};
use alloc::{format, rc::Rc, string::String, sync::Arc, vec::Vec};
use frame_support::{ensure, weights::Weight};
use revive_vm_primitives::{Gas, TrapCause};
use revive_vm_runtime_interface::{
    table::ImportTable, CodeRef, EncodedTable, EnterError, ExitKind, ExitRecord, Frame, LoadError, Resume,
    RunError, Write,
};
use smallvec::SmallVec;
use sp_core::H256;
use sp_runtime::DispatchError;

/// Most traps of a run that a listener is told the cause of: finding it takes time that no weight stands for.
pub(crate) const TRAPS_EXPLAINED_MAX: u32 = 64;

/// Bytes for a guest to find when it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuestWrite {
    /// These bytes.
    Bytes {
        /// Where to.
        address: u32,
        /// What; mostly a word.
        bytes: SmallVec<[u8; 32]>,
    },
    /// Zeros.
    Zero {
        /// Where to.
        address: u32,
        /// How many.
        len: u32,
    },
    /// The beginning of the last output of a callee.
    FromOutput {
        /// Where to.
        address: u32,
        /// How many, at most all.
        len: u32,
    },
}

/// Memory writes after a host call, of which most have one or two. In a runtime memory is the host's to give, so what is small is
/// kept without.
pub type Writes = SmallVec<[GuestWrite; 2]>;

/// With what a guest goes on after a host call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// For register a0, which stays as it is without.
    pub result: Option<u64>,
    /// Memory writes, in order. If one is out of bounds, none is made and the frame fails.
    pub writes: Writes,
}

/// Runs `code` in the topmost frame.
pub fn run<T: Config>(stack: &mut Stack<T>, code: FrameCode) -> Result<ExecReturnValue, DispatchError> {
    let result = run_guest(stack, code);
    if let Err(failure) = &result {
        let address = stack.top().address;
        stack.detail = match stack.take_note() {
            Some(numbers) => format!("contract {address:?}: {}: {numbers}", failure.detail),
            None => format!("contract {address:?}: {}", failure.detail),
        };
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

/// What the guests of a transaction have in common.
#[derive(Debug)]
pub(crate) struct GuestContext {
    table: EncodedTable,
    /// The table with its answers, if the one for the carrier has none, because host calls are recorded.
    answers: Option<Arc<ImportTable>>,
    block: BlockConstants,
}

/// The context of the transaction's guests, made now if this is the first.
fn guest_context<T: Config>(stack: &mut Stack<T>) -> Rc<GuestContext> {
    let (origin, listening) = (&stack.origin, stack.listening);
    stack
        .guest_context
        .get_or_insert_with(|| {
            let table = answers::table::<T>();
            let answers = match listening {
                Listening::HostCalls => table.decoded(),
                Listening::Off | Listening::Frames => None,
            };
            let table = if answers.is_some() { answers::table_without_answers() } else { table };
            Rc::new(GuestContext { table, answers, block: BlockConstants::read::<T>(origin) })
        })
        .clone()
}

/// What a unit of gas costs, in picoseconds, for code that is metered by the model with this id.
pub(crate) fn vm_gas_price<T: Config>(gas_model: u32) -> u64 {
    let price =
        if gas_model == GAS_MODEL.id() { T::WeightInfo::vm_gas() } else { T::WeightInfo::vm_gas_flat() };
    price.ref_time().max(1)
}

fn run_guest<T: Config>(stack: &mut Stack<T>, code: FrameCode) -> Result<ExecReturnValue, Failure> {
    let context = guest_context(stack);
    // Worked out from all kernels each time it is asked for.
    let host_call = T::WeightInfo::host_call();
    let price = vm_gas_price::<T>(code.gas_model);
    let mut gas = stack.top().meter.weight.vm_gas(price);
    let (mut guest, mut exit) = enter(stack, code, &context, gas)?;
    let mut has_input = stack.top().input.is_some();
    if stack.listening != Listening::Off {
        tracing::tell(|recorder| recorder.start(gas));
    }
    loop {
        if let Some(next) = answer_recorded(stack, &context, &mut guest, &exit)? {
            exit = next;
            continue;
        }
        if stack.listening != Listening::Off {
            tracing::tell(|recorder| recorder.spend(gas, exit.gas));
        }
        let weight = &mut stack.top_mut().meter.weight;
        weight.charge_vm_gas(price, gas, exit.gas).map_err(|_| out_of_gas::<T>(&exit))?;
        let import = match exit.kind {
            ExitKind::Finished => return Ok(ExecReturnValue::default()),
            ExitKind::Trap => {
                let detail = match trap_cause(stack, &guest, &exit, code.hash) {
                    Some(cause) => format!("trapped{}: {cause}", At(&exit)),
                    None => format!("trapped{}", At(&exit)),
                };
                return Err(Failure::new(Error::<T>::ContractTrapped, detail));
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
        let function = HostFunction::from_index(import).ok_or_else(|| {
            Failure::new(Error::<T>::ExecutionFailed, format!("there is no host function {import}"))
        })?;
        let call = RecordedCall::begin(stack, function, &exit);
        stack.charge(host_call).map_err(|error| {
            call.fail(stack, &exit, error.into());
            out_of_gas::<T>(&exit)
        })?;
        let outcome = host::dispatch(function, stack, &guest, &exit).map_err(|error| {
            call.fail(stack, &exit, error);
            Failure::new(error, format!("the host function `{}` failed{}", function.symbol(), At(&exit)))
        })?;
        let reply = match outcome {
            Outcome::Return(output) => {
                call.end(stack, exit.gas, || HostCallOutcome::Ended);
                return Ok(output);
            }
            Outcome::Resume(reply) => reply,
        };
        let frame = stack.top();
        gas = frame.meter.weight.vm_gas(price);
        let mut writes = SmallVec::<[Write<'_>; 4]>::new();
        // What the guest's carrier answers from has to follow what happened here.
        if function.has_output() {
            writes.push(Write::Output { bytes: &frame.output });
        }
        if has_input && frame.input.is_none() {
            has_input = false;
            writes.push(Write::InputGone);
        }
        writes.extend(reply.writes.iter().map(|write| match write {
            GuestWrite::Bytes { address, bytes } => Write::Bytes { address: *address, bytes },
            GuestWrite::Zero { address, len } => Write::Zero { address: *address, len: *len },
            GuestWrite::FromOutput { address, len } => Write::FromOutput { address: *address, len: *len },
        }));
        let resumed = guest.resume(Resume { gas, result: reply.result, writes: &writes });
        exit = resumed.map_err(|error| {
            let failure = run_failure::<T>(error, Some((function, &exit)));
            call.fail(stack, &exit, failure.error);
            failure
        })?;
        call.end(stack, gas, || {
            let writes = written(&reply.writes, &stack.top().output);
            HostCallOutcome::Resumed { result: reply.result, writes }
        });
    }
}

/// Why a guest trapped, if somebody listens: transactions do not pay for that.
fn trap_cause<T: Config>(
    stack: &mut Stack<T>,
    guest: &GuestOf<T>,
    exit: &ExitRecord,
    code_hash: H256,
) -> Option<TrapCause> {
    if stack.listening == Listening::Off || stack.traps_explained >= TRAPS_EXPLAINED_MAX {
        return None;
    }
    stack.traps_explained += 1;
    guest.trap_cause(exit, &PristineCode::<T>::hashed_key_for(code_hash))
}

/// Answers the host call at `exit` by the rules of the carrier, if host calls are recorded and it is one that the carrier
/// would have answered. Returns the next exit.
fn answer_recorded<T: Config>(
    stack: &Stack<T>,
    context: &GuestContext,
    guest: &mut GuestOf<T>,
    exit: &ExitRecord,
) -> Result<Option<ExitRecord>, Failure> {
    let (Some(answers), ExitKind::HostCall { import }) = (&context.answers, exit.kind) else {
        return Ok(None);
    };
    let Some((answer, price)) = answers.answer(import) else { return Ok(None) };
    let Some(answered) = answering::answer(stack, &context.block, guest, exit, answer, price) else {
        return Ok(None);
    };
    let writes: Vec<Write<'_>> = answered
        .writes
        .iter()
        .map(|write| Write::Bytes { address: write.address, bytes: &write.bytes })
        .collect();
    let next = match guest.resume(Resume { gas: answered.gas, result: answered.result, writes: &writes }) {
        Ok(next) => next,
        // Nothing has changed, and the pallet refuses the call.
        Err(RunError::WriteOutOfBounds { .. }) => return Ok(None),
        Err(error) => return Err(run_failure::<T>(error, None)),
    };
    if let Some(function) = HostFunction::from_index(import) {
        RecordedCall::begin(stack, function, exit).end(stack, answered.gas, || HostCallOutcome::Resumed {
            result: answered.result,
            writes: answered.writes,
        });
    }
    Ok(Some(next))
}

/// A host call that a recorder hears of, if one wants to.
#[derive(Clone, Copy)]
struct RecordedCall {
    /// The weight that the frame had left; `None` if nobody listens.
    left: Option<Weight>,
}

impl RecordedCall {
    fn begin<T: Config>(stack: &Stack<T>, function: HostFunction, exit: &ExitRecord) -> Self {
        if stack.listening != Listening::HostCalls {
            return Self { left: None };
        }
        tracing::tell(|recorder| {
            let memory = match recorder.wants_memory() {
                true => function.gathered(exit),
                false => Vec::new(),
            };
            recorder.begin_host_call(function.symbol(), exit.pc, exit.args, memory, exit.gas);
        });
        Self { left: Some(stack.top().meter.weight.left()) }
    }

    fn end<T: Config>(self, stack: &Stack<T>, gas: Gas, outcome: impl FnOnce() -> HostCallOutcome) {
        let Some(before) = self.left else { return };
        let weight = before.saturating_sub(stack.top().meter.weight.left());
        let mut outcome = outcome();
        tracing::tell(|recorder| {
            if let (HostCallOutcome::Resumed { writes, .. }, false) = (&mut outcome, recorder.wants_memory())
            {
                writes.clear();
            }
            recorder.end_host_call(gas, weight, outcome);
        });
    }

    fn fail<T: Config>(self, stack: &Stack<T>, exit: &ExitRecord, error: DispatchError) {
        self.end(stack, exit.gas, || HostCallOutcome::Failed(error));
    }
}

/// What `writes` write.
fn written(writes: &[GuestWrite], output: &[u8]) -> Vec<MemoryWrite> {
    let write = |write: &GuestWrite| match write {
        GuestWrite::Bytes { address, bytes } => MemoryWrite::new(*address, bytes),
        GuestWrite::Zero { address, len } => {
            MemoryWrite { address: *address, bytes: alloc::vec![0; *len as usize] }
        }
        GuestWrite::FromOutput { address, len } => {
            MemoryWrite::new(*address, output.get(..*len as usize).unwrap_or_default())
        }
    };
    writes.iter().map(write).collect()
}

/// Enters the export of the topmost frame.
fn enter<T: Config>(
    stack: &mut Stack<T>,
    code: FrameCode,
    context: &GuestContext,
    gas: Gas,
) -> Result<(GuestOf<T>, ExitRecord), Failure> {
    let key = PristineCode::<T>::hashed_key_for(code.hash);
    let code_ref = CodeRef { code_hash: &code.hash.0, storage_key: &key, gas_model: code.gas_model };
    let mut module = stack.loaded.take(&code);
    let frame = stack.top();
    let export = frame.entry.export();
    let input = frame.input.as_deref().unwrap_or_default();
    let entered = answers::with_constants(stack, &context.block, |constants| {
        T::Engine::enter(code_ref, &mut module, &context.table, export, gas, Frame { constants, input })
    });
    if !matches!(entered, Err(EnterError::Load(_))) {
        stack.loaded.note(&code, module);
    }
    entered.map_err(|error| {
        let mapped = match error {
            EnterError::Run(error) => return run_failure::<T>(error, None),
            EnterError::Load(LoadError::CodeNotFound) => Error::<T>::CodeNotFound,
            EnterError::Load(LoadError::InvalidImportTable) | EnterError::TooManyInstances => {
                Error::<T>::ExecutionFailed
            }
            EnterError::Load(
                LoadError::HashMismatch
                | LoadError::InvalidBlob
                | LoadError::UnknownImport { .. }
                | LoadError::UnsupportedGasModel,
            ) => Error::<T>::CodeRejected,
        };
        Failure::new(mapped, format!("code {:?} cannot be run: {error}", code.hash))
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
        RunError::NoSuchInstance | RunError::NotSuspended | RunError::InvalidRequest => {
            Error::<T>::ExecutionFailed
        }
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
pub(crate) fn read_long<T: Config>(guest: &GuestOf<T>, address: u32, len: u32) -> Result<Vec<u8>, Error<T>> {
    ensure!(len <= crate::limits::GUEST_RANGE_BYTES_MAX, Error::<T>::OutOfBounds);
    let mut bytes = alloc::vec![0; len as usize];
    guest.read_memory(address, &mut bytes).map_err(|_| Error::<T>::OutOfBounds)?;
    Ok(bytes)
}
