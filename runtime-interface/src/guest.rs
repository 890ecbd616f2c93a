// SPDX-License-Identifier: Apache-2.0
//! A guest as a runtime sees it: runs to exits, gathers, writes.
//!
//! The one implementation behind both carriers: the node runs it over its engine, and a runtime that contains an interpreter runs
//! it over that. So exits, gas and memory are the same on both by construction, as far as the engines agree.

use crate::{
    error::{LoadError, RunError},
    imports::{operand, Answer, Gather, Measured, Price},
    limits,
    table::ImportTable,
    wire::{self, ExitHead, ExitKind, GatherState, Reader, Write},
};
use alloc::{sync::Arc, vec::Vec};
use revive_vm_primitives::{Exit, Gas, MemoryError, Reg, TrapCause};

/// The registers that an exit reports, a0 to a5.
const ARGS: [Reg; 6] = [Reg::A0, Reg::A1, Reg::A2, Reg::A3, Reg::A4, Reg::A5];

/// An instance of an engine.
pub trait Machine {
    /// Sets registers and position for a call of the export at that code offset.
    fn prepare_call(&mut self, offset: u32);
    /// Runs to the next exit that is not an answered host call. An engine that cannot run panics: that is host trouble, not
    /// an exit.
    fn run(&mut self) -> Exit;
    /// Sets the answers to host calls, by their number in the blob. In the beginning there are none.
    fn set_answers(&mut self, answers: Vec<Option<(Answer, Price)>>);
    /// Sets what answers are made from; a constant without bytes is none. In the beginning it is all empty.
    fn set_known(&mut self, constants: Vec<Vec<u8>>, input: Vec<u8>);
    /// Says that the input is gone.
    fn forget_input(&mut self);
    /// Sets the output of the last callee.
    fn set_output(&mut self, output: &[u8]);
    /// A register.
    fn reg(&self, reg: Reg) -> u64;
    /// Sets a register.
    fn set_reg(&mut self, reg: Reg, value: u64);
    /// Gas left.
    fn gas(&self) -> Gas;
    /// Sets the gas left.
    fn set_gas(&mut self, gas: Gas);
    /// Code offset of the instruction that the last run stopped at.
    fn pc(&self) -> Option<u32>;
    /// Why the last run trapped, if that is known. Only people are told, so engines may know more or less of it.
    fn trap_cause(&self) -> Option<TrapCause>;
    /// Whether the host may read, or write, all bytes of a range. No bytes are accessible anywhere.
    fn memory_accessible(&self, address: u32, len: u32, write: bool) -> bool;
    /// Reads memory.
    fn read_memory(&self, address: u32, out: &mut [u8]) -> Result<(), MemoryError>;
    /// Writes memory.
    fn write_memory(&mut self, address: u32, bytes: &[u8]) -> Result<(), MemoryError>;
    /// Fills memory with zeros.
    fn zero_memory(&mut self, address: u32, len: u32) -> Result<(), MemoryError>;
}

/// What a guest was linked against.
#[derive(Clone, Debug)]
pub struct Links {
    /// The table.
    pub table: Arc<ImportTable>,
    /// For each import of the blob its index in the table.
    pub imports: Arc<[u32]>,
}

impl Links {
    /// Looks the imports of a blob up in the table, by their symbols, of which a blob may leave some out.
    pub fn new<'a>(
        table: Arc<ImportTable>,
        symbols: impl Iterator<Item = Option<&'a [u8]>>,
    ) -> Result<Self, LoadError> {
        let imports = symbols
            .zip(0..)
            .map(|(symbol, index)| {
                symbol.and_then(|symbol| table.index_of(symbol)).ok_or(LoadError::UnknownImport { index })
            })
            .collect::<Result<Arc<[u32]>, _>>()?;
        Ok(Self { table, imports })
    }
}

/// A guest.
#[derive(Debug)]
pub struct Guest<M> {
    /// The instance that runs it.
    pub machine: M,
    links: Links,
    /// Output of the last callee.
    output: Vec<u8>,
    /// Finished, trapped, or stopped by its last call.
    ended: bool,
}

impl<M: Machine> Guest<M> {
    /// Makes a guest that knows the constants and the input of `frame`, in the layout of [`wire`], and runs it from the
    /// code offset `export` on. Returns it with the record of the first exit.
    pub fn enter(
        mut machine: M,
        links: Links,
        frame: &[u8],
        export: Option<u32>,
        gas: Gas,
    ) -> Result<(Self, Vec<u8>), RunError> {
        if frame.len() > limits::REQUEST_BYTES_MAX {
            return Err(RunError::InvalidRequest);
        }
        let (constants, input) = wire::decode_frame(frame).ok_or(RunError::InvalidRequest)?;
        let export = export.ok_or(RunError::NoSuchExport)?;
        machine.set_answers(links.imports.iter().map(|import| links.table.answer(*import)).collect());
        machine.set_known(constants.into_iter().map(<[u8]>::to_vec).collect(), input.to_vec());
        machine.prepare_call(export);
        machine.set_gas(gas);
        let mut guest = Self { machine, links, output: Vec::new(), ended: false };
        let record = guest.run();
        Ok((guest, record))
    }

    /// Whether the guest will never run again.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Makes the writes, sets gas and a0, and returns the record of the next exit. On an error nothing has changed.
    pub fn resume(&mut self, gas: Gas, result: Option<u64>, writes: &[u8]) -> Result<Vec<u8>, RunError> {
        if self.ended {
            return Err(RunError::NotSuspended);
        }
        if writes.len() > limits::REQUEST_BYTES_MAX {
            return Err(RunError::InvalidRequest);
        }
        self.check_writes(writes)?;
        self.make_writes(writes);
        if let Some(result) = result {
            self.machine.set_reg(Reg::A0, result);
        }
        self.machine.set_gas(gas);
        Ok(self.run())
    }

    /// Checks the form of all writes first, then where they go, so that a malformed request is always reported as such.
    fn check_writes(&self, writes: &[u8]) -> Result<(), RunError> {
        let mut first_out_of_bounds = None;
        let mut output_len = self.output.len();
        let mut reader = Reader::new(writes);
        let mut index = 0u32;
        while !reader.is_empty() {
            let (address, len) = match wire::decode_write(&mut reader).ok_or(RunError::InvalidRequest)? {
                Write::Bytes { address, bytes } => {
                    (address, u32::try_from(bytes.len()).map_err(|_| RunError::InvalidRequest)?)
                }
                Write::Zero { address, len } => (address, len),
                Write::Output { bytes } => {
                    output_len = bytes.len();
                    (0, 0)
                }
                Write::FromOutput { address, len } => {
                    if usize::try_from(len).map_or(true, |len| len > output_len) {
                        return Err(RunError::InvalidRequest);
                    }
                    (address, len)
                }
                Write::InputGone => (0, 0),
            };
            if first_out_of_bounds.is_none() && !self.machine.memory_accessible(address, len, true) {
                first_out_of_bounds = Some(index);
            }
            // A request has at most REQUEST_BYTES_MAX / 9 writes.
            index = index.saturating_add(1);
        }
        first_out_of_bounds.map_or(Ok(()), |index| Err(RunError::WriteOutOfBounds { index }))
    }

    fn make_writes(&mut self, writes: &[u8]) {
        let mut reader = Reader::new(writes);
        while let Some(write) = wire::decode_write(&mut reader) {
            match write {
                Write::Bytes { address, bytes } => checked(self.machine.write_memory(address, bytes)),
                Write::Zero { address, len } => checked(self.machine.zero_memory(address, len)),
                Write::Output { bytes } => {
                    self.output = bytes.to_vec();
                    self.machine.set_output(bytes);
                }
                Write::FromOutput { address, len } => {
                    let output = usize::try_from(len).ok().and_then(|len| self.output.get(..len));
                    checked(self.machine.write_memory(address, output.unwrap_or_default()));
                }
                Write::InputGone => self.machine.forget_input(),
            }
        }
    }

    /// Runs to the next exit, and makes its record.
    fn run(&mut self) -> Vec<u8> {
        let (kind, ended) = match self.machine.run() {
            Exit::Finished => (ExitKind::Finished, true),
            Exit::Trap => (ExitKind::Trap, true),
            Exit::OutOfGas => (ExitKind::OutOfGas, false),
            Exit::HostCall(number) => match self.import(number) {
                Some(import) => (ExitKind::HostCall { import }, self.links.table.is_final(import)),
                None => (ExitKind::UnknownHostCall { number }, false),
            },
            // Dynamic paging and step tracing are off.
            exit @ (Exit::Segfault(_) | Exit::Step) => {
                panic!(
                    "{}: the engine stopped for something it was not asked for: {exit:?}",
                    crate::HOST_TROUBLE
                )
            }
        };
        self.ended = ended;
        let head = ExitHead {
            kind,
            gas: self.machine.gas(),
            pc: self.machine.pc(),
            args: self.args(),
            instance: 0,
            closed: false,
            cause: if kind == ExitKind::Trap { self.machine.trap_cause() } else { None },
        };
        match kind {
            ExitKind::HostCall { import } => self.gather(&head, self.links.table.gathers(import)),
            _ => wire::begin_exit(&head, 0),
        }
    }

    fn args(&self) -> [u64; 6] {
        ARGS.map(|reg| self.machine.reg(reg))
    }

    fn import(&self, number: u32) -> Option<u32> {
        self.links.imports.get(usize::try_from(number).ok()?).copied()
    }

    /// The record of a host call with the guest memory that its import declares.
    fn gather(&self, head: &ExitHead, gathers: &[Gather]) -> Vec<u8> {
        // A decoded table has at most GATHERS_MAX per import.
        let count = u8::try_from(gathers.len()).unwrap_or(u8::MAX);
        let mut record = wire::begin_exit(head, count);
        for (index, gather) in gathers.iter().enumerate() {
            let state = match gather.length.measure(&head.args) {
                Measured::TooLong { len, max } => GatherState::TooLong { len, max },
                Measured::Bytes(len) => {
                    self.append_memory(&mut record, operand(gather.address, &head.args), len)
                }
            };
            wire::set_descriptor(&mut record, index, state);
        }
        record
    }

    /// Appends guest memory, or nothing if not all of it is readable. The table bounds `len`.
    fn append_memory(&self, record: &mut Vec<u8>, address: u32, len: u64) -> GatherState {
        if len == 0 {
            return GatherState::Bytes(0);
        }
        let Ok(bytes) = u32::try_from(len) else { return GatherState::OutOfBounds };
        // Ask before making room, so that a guest cannot have megabytes cleared for nothing.
        if !self.machine.memory_accessible(address, bytes, false) {
            return GatherState::OutOfBounds;
        }
        let start = record.len();
        record.resize(start.saturating_add(usize::try_from(bytes).unwrap_or(0)), 0);
        if let Some(out) = record.get_mut(start..) {
            checked(self.machine.read_memory(address, out));
        }
        GatherState::Bytes(len)
    }
}

/// The blob in a state item: all of it or, where a FRAME pallet keeps the blob as a list of bytes, what follows the SCALE
/// length. The two cannot be mistaken for each other, because a blob begins with its magic bytes; and what comes out has to
/// have the expected hash in either case.
pub fn bare_blob(item: &[u8]) -> &[u8] {
    const MAGIC: &[u8] = b"PVM\0";
    // The low two bits of the first byte say how many bytes the length takes (SCALE, compact integers).
    let prefix = match item.first().map_or(0, |first| first & 0b11) {
        0 => 1,
        1 => 2,
        _ => 4,
    };
    match item.get(prefix..) {
        Some(rest) if !item.starts_with(MAGIC) && rest.starts_with(MAGIC) => rest,
        _ => item,
    }
}

/// An access that the machine called possible.
fn checked(result: Result<(), MemoryError>) {
    if let Err(error) = result {
        panic!("{}: the engine refuses an access that it called possible: {error}", crate::HOST_TROUBLE);
    }
}
