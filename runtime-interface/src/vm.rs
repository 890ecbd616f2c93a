// SPDX-License-Identifier: Apache-2.0
//! What a runtime works with: instances and their exits.
//!
//! An [`Instance`] owns what it names: dropping it ends it on the host.

use crate::{
    error::{EnterError, MemoryError, RunError},
    host_functions::revive_vm,
    imports::EncodedTable,
    limits,
    wire::{self, ExitHead, ExitKind, GatherState, Write},
};
use alloc::vec::Vec;
use revive_vm_primitives::TrapCause;

/// The proof that replies are well-formed is that node and runtime were built for the same interface. Where they were
/// not, the runtime call must end: nothing in it can be relied on.
const DISAGREEMENT: &str = "the node's answer does not follow version 1 of the revive-vm host functions";

/// A guest: memory, registers, gas and a position in the code.
///
/// An instance runs one export, once: [`Self::enter`], then [`Self::resume`] for as long as its exits are not final.
#[derive(Debug)]
pub struct Instance {
    id: u32,
    /// Whether the host has ended it, because its last exit was final.
    closed: bool,
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
    /// Makes an instance of that code and runs its export to the first exit, in one crossing.
    ///
    /// All registers are zero except the stack pointer and the return address; exports take no arguments. Takes time
    /// linear in the code's length the first time a node sees the code, and always reads the state item.
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
        Ok((Self { id: head.instance, closed: head.closed }, ExitRecord::new(head, reply)))
    }

    /// Goes on after a host call, or after running out of gas.
    ///
    /// On an error nothing has changed and the instance may be resumed again, for example with other writes.
    pub fn resume(&mut self, resume: Resume<'_>) -> Result<ExitRecord, RunError> {
        let writes = wire::encode_writes(resume.writes).ok_or(RunError::InvalidRequest)?;
        if self.closed {
            return Err(RunError::NotSuspended);
        }
        let has_result = resume.result.is_some();
        let reply = revive_vm::resume(self.id, resume.gas, has_result, resume.result.unwrap_or(0), &writes);
        let head = wire::decode_exit(&reply).expect(DISAGREEMENT)?;
        self.closed = head.closed;
        Ok(ExitRecord::new(head, reply))
    }

    /// Reads guest memory into the whole of `out`. On an error `out` is filled with zeros. An empty `out` is fine at
    /// any address.
    pub fn read_memory(&self, address: u32, out: &mut [u8]) -> Result<(), MemoryError> {
        if out.len() > limits::REQUEST_BYTES_MAX {
            out.fill(0);
            return Err(MemoryError::TooLong);
        }
        match u8::try_from(revive_vm::read_memory(self.id, address, out)).expect(DISAGREEMENT) {
            0 => Ok(()),
            code => Err(MemoryError::from_code(code).expect(DISAGREEMENT)),
        }
    }

    /// The number under which the host knows this instance, for use with the raw [`revive_vm`] functions.
    pub fn id(&self) -> u32 {
        self.id
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if !self.closed {
            revive_vm::close(self.id);
        }
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

/// Why and how a run came back. Equal records are those of one instance.
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
    /// Of a trap: why, if that is known.
    pub cause: Option<TrapCause>,
    /// The host's reply, from which [`Self::gathered`] takes the guest memory.
    reply: Vec<u8>,
}

impl ExitRecord {
    /// The exit that `reply`, a record that begins with `head`, tells of.
    pub fn new(head: ExitHead, reply: Vec<u8>) -> Self {
        let ExitHead { kind, gas, pc, args, cause, .. } = head;
        Self { kind, gas, pc, args, cause, reply }
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
