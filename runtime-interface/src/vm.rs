// SPDX-License-Identifier: Apache-2.0
//! What a runtime works with: modules, instances, exits.
//!
//! Handles own what they name: dropping a [`Module`] or an [`Instance`] ends it on the host.

use crate::{
    error::{EnterError, InstantiateError, LoadError, MemoryError, RunError},
    host_functions::revive_vm,
    imports::{EncodedTable, Imports},
    limits,
    wire::{self, ExitHead, ExitKind, GatherState, Write},
};
use alloc::vec::Vec;

/// The proof that replies are well-formed is that node and runtime were built for the same interface. Where they were
/// not, the runtime call must end: nothing in it can be relied on.
const DISAGREEMENT: &str = "the node's answer does not follow version 1 of the revive-vm host functions";

/// A loaded module: code that is checked, compiled and linked against an import table.
#[derive(Debug)]
pub struct Module {
    id: u32,
}

impl Module {
    /// Loads the code with the Keccak-256 hash `code_hash`, which is the state item at `storage_key`, bare or as a SCALE
    /// list of bytes.
    ///
    /// `imports` is the table against which the code's imports are resolved; [`ExitKind::HostCall`] counts in it.
    /// `gas_model` is the number of a gas model (`GasModel::id` of the primitives).
    ///
    /// Takes time linear in the code's length the first time a node sees the code, and always reads the state item.
    pub fn load(
        code_hash: &[u8; 32],
        storage_key: &[u8],
        imports: &Imports,
        gas_model: u32,
    ) -> Result<Self, LoadError> {
        let table = wire::encode_imports(imports).ok_or(LoadError::InvalidImportTable)?;
        match wire::unpack(revive_vm::load(code_hash, storage_key, &table, gas_model)).expect(DISAGREEMENT) {
            Ok(id) => Ok(Self { id }),
            Err((code, detail)) => Err(LoadError::from_code(code, detail).expect(DISAGREEMENT)),
        }
    }

    /// Makes an instance: fresh memory, nothing run yet. It may outlive this handle.
    pub fn instantiate(&self) -> Result<Instance, InstantiateError> {
        match wire::unpack(revive_vm::instantiate(self.id)).expect(DISAGREEMENT) {
            Ok(id) => Ok(Instance { id, state: State::Open { entered: false } }),
            Err((code, _)) => Err(InstantiateError::from_code(code).expect(DISAGREEMENT)),
        }
    }

    /// The number under which the host knows this module, for use with the raw [`revive_vm`] functions.
    pub fn id(&self) -> u32 {
        self.id
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        revive_vm::drop_module(self.id);
    }
}

/// A guest: memory, registers, gas and a position in the code.
///
/// An instance runs one export, once: `start`, then `resume` for as long as its exits are not final. Memory can be read
/// and written at any time, also after the last exit.
#[derive(Debug)]
pub struct Instance {
    id: u32,
    state: State,
}

/// What the host knows of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It is there.
    Open {
        /// Whether it ends by itself.
        entered: bool,
    },
    /// It has ended by itself.
    Closed,
}

/// Which code to enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeRef<'a> {
    /// Keccak-256 of the blob.
    pub code_hash: &'a [u8; 32],
    /// The state item that holds the blob, bare or as a SCALE list of bytes.
    pub storage_key: &'a [u8],
    /// The number of a gas model.
    pub gas_model: u32,
}

/// What the host may answer from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frame<'a> {
    /// At most 255 constants of at most 255 bytes; an empty one is missing.
    pub constants: &'a [&'a [u8]],
    /// The input.
    pub input: &'a [u8],
}

impl Instance {
    /// Makes an instance of that code and starts its export, in one crossing.
    ///
    /// It ends by itself after [`ExitKind::Finished`], [`ExitKind::Trap`] and the call of an import that is
    /// [`Reply::Final`](crate::Reply::Final).
    pub fn enter(
        code: CodeRef<'_>,
        table: &EncodedTable,
        export: &str,
        gas: i64,
        frame: Frame<'_>,
    ) -> Result<(Self, ExitRecord), EnterError> {
        let frame = wire::encode_frame(frame.constants, frame.input).ok_or(RunError::InvalidRequest)?;
        let reply = revive_vm::enter(
            code.code_hash,
            code.storage_key,
            table.bytes(),
            code.gas_model,
            export.as_bytes(),
            gas,
            &frame,
        );
        let head = wire::decode_enter(&reply).expect(DISAGREEMENT)?;
        let mut instance = Self { id: head.instance, state: State::Open { entered: true } };
        instance.note(&head);
        Ok((instance, ExitRecord::new(head, reply)))
    }

    fn note(&mut self, head: &ExitHead) {
        if head.closed {
            self.state = State::Closed;
        }
    }

    /// Starts the export of that name with `gas` and runs to the first exit.
    ///
    /// All registers are zero except the stack pointer and the return address; exports take no arguments.
    pub fn start(&mut self, export: &str, gas: i64) -> Result<ExitRecord, RunError> {
        ExitRecord::decode(revive_vm::start(self.id, export.as_bytes(), gas))
    }

    /// Goes on after a host call, or after running out of gas.
    ///
    /// On an error nothing has changed and the instance may be resumed again, for example with other writes.
    pub fn resume(&mut self, resume: Resume<'_>) -> Result<ExitRecord, RunError> {
        let writes = wire::encode_writes(resume.writes).ok_or(RunError::InvalidRequest)?;
        let function = match self.state {
            State::Open { entered: false } => revive_vm::resume,
            State::Open { entered: true } => revive_vm::resume_entered,
            State::Closed => return Err(RunError::NotSuspended),
        };
        let reply =
            function(self.id, resume.gas, resume.result.is_some(), resume.result.unwrap_or(0), &writes);
        let head = wire::decode_exit(&reply).expect(DISAGREEMENT)?;
        self.note(&head);
        Ok(ExitRecord::new(head, reply))
    }

    /// Reads guest memory into the whole of `out`. On an error `out` is filled with zeros. An empty `out` is fine at
    /// any address.
    pub fn read_memory(&self, address: u32, out: &mut [u8]) -> Result<(), MemoryError> {
        if out.len() > limits::REQUEST_BYTES_MAX {
            out.fill(0);
            return Err(MemoryError::TooLong);
        }
        memory_result(revive_vm::read_memory(self.id, address, out))
    }

    /// Writes guest memory. On an error nothing was written. Empty `bytes` are fine at any address.
    pub fn write_memory(&mut self, address: u32, bytes: &[u8]) -> Result<(), MemoryError> {
        memory_result(revive_vm::write_memory(self.id, address, bytes))
    }

    /// The number under which the host knows this instance, for use with the raw [`revive_vm`] functions.
    pub fn id(&self) -> u32 {
        self.id
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if self.state != State::Closed {
            revive_vm::drop_instance(self.id);
        }
    }
}

fn memory_result(status: u32) -> Result<(), MemoryError> {
    match u8::try_from(status).expect(DISAGREEMENT) {
        0 => Ok(()),
        code => Err(MemoryError::from_code(code).expect(DISAGREEMENT)),
    }
}

/// With what a suspended instance goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume<'a> {
    /// The gas counter, replacing what was left.
    pub gas: i64,
    /// The result of the host call, for a0. `None` leaves a0 as it is.
    pub result: Option<u64>,
    /// Memory writes, made in order before the guest goes on: all or, if any is out of bounds, none.
    pub writes: &'a [Write<'a>],
}

/// Why and how a run came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExitRecord {
    /// Why the run ended.
    pub kind: ExitKind,
    /// Gas left, on every kind of exit.
    pub gas: i64,
    /// Code offset of the instruction concerned; `None` after [`ExitKind::Finished`] and where execution has no
    /// position.
    pub pc: Option<u32>,
    /// Registers a0 to a5.
    pub args: [u64; 6],
    /// The host's reply, from which [`Self::gathered`] takes the guest memory.
    reply: Vec<u8>,
}

impl ExitRecord {
    fn decode(reply: Vec<u8>) -> Result<Self, RunError> {
        let head = wire::decode_exit(&reply).expect(DISAGREEMENT)?;
        Ok(Self::new(head, reply))
    }

    /// The exit that `reply`, a record that begins with `head`, tells of.
    pub fn new(head: ExitHead, reply: Vec<u8>) -> Self {
        let ExitHead { kind, gas, pc, args, .. } = head;
        Self { kind, gas, pc, args, reply }
    }

    /// The guest memory of gather `index` of the import that was called.
    ///
    /// A gather of zero bytes is [`Gathered::Bytes`] of nothing, whatever its address. An index that the import's
    /// declaration does not have reads as [`Gathered::OutOfBounds`].
    pub fn gathered(&self, index: usize) -> Gathered<'_> {
        match wire::decode_gathered(&self.reply, index) {
            Some((GatherState::Bytes(_), bytes)) => Gathered::Bytes(bytes),
            Some((GatherState::TooLong { len, max }, _)) => Gathered::TooLong { len, max: u64::from(max) },
            Some((GatherState::OutOfBounds, _)) | None => Gathered::OutOfBounds,
        }
    }
}

/// What the host found where a gather pointed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gathered<'a> {
    /// The bytes of the range.
    Bytes(&'a [u8]),
    /// Some byte of the range is not readable memory.
    OutOfBounds,
    /// The guest asked for more than the import table allows; nothing was read, not even the address looked at. Both
    /// numbers count items for [`Length::Items`](crate::Length::Items), bytes otherwise.
    TooLong {
        /// What the guest asked for.
        len: u64,
        /// What the table allows.
        max: u64,
    },
}
