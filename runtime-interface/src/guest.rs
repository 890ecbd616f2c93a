// SPDX-License-Identifier: Apache-2.0
//! A guest as a runtime sees it: runs to exits, answers, gathers, writes.
//!
//! The one implementation behind both carriers: the node runs it over its engine, and a runtime that contains an interpreter runs
//! it over that. So exits, gas and memory are the same on both by construction, as far as the engines agree.

use crate::{
    error::RunError,
    imports::{Answer, Gather, Measured, Price},
    limits,
    table::ImportTable,
    wire::{self, ExitHead, ExitKind, GatherState, Reader, Write},
};
use alloc::{sync::Arc, vec, vec::Vec};
use revive_vm_primitives::{Exit, Gas, MemoryError, Reg};

/// The registers that an exit reports, a0 to a5.
const ARGS: [Reg; 6] = [Reg::A0, Reg::A1, Reg::A2, Reg::A3, Reg::A4, Reg::A5];

/// Bytes of a length cell.
const CELL_BYTES: u32 = 4;

/// An instance of an engine.
pub trait Machine {
    /// Sets registers and position for a call of the export at that code offset.
    fn prepare_call(&mut self, offset: u32);
    /// Runs to the next exit. An engine that cannot run panics: that is host trouble, not an exit.
    fn run(&mut self) -> Exit;
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
    /// Whether the host may read, or write, all bytes of a range. No bytes are accessible anywhere.
    fn memory_accessible(&self, address: u32, len: u32, write: bool) -> bool;
    /// Reads memory.
    fn read_memory(&self, address: u32, out: &mut [u8]) -> Result<(), MemoryError>;
    /// Writes memory.
    fn write_memory(&mut self, address: u32, bytes: &[u8]) -> Result<(), MemoryError>;
    /// Fills memory with zeros.
    fn zero_memory(&mut self, address: u32, len: u32) -> Result<(), MemoryError>;
    /// Keccak-256 of some bytes.
    fn keccak_256(bytes: &[u8]) -> [u8; 32];
}

/// Where a guest is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Not started.
    Fresh,
    /// Stopped at an exit after which it can go on.
    Suspended,
    /// Finished, trapped, or stopped by its last call.
    Ended,
}

/// What the host answers from.
#[derive(Debug, Default)]
struct Known {
    /// No bytes where a constant is missing.
    constants: Vec<Vec<u8>>,
    /// `None` after it was given away.
    input: Option<Vec<u8>>,
    output: Vec<u8>,
}

/// What a guest was linked against.
#[derive(Clone, Debug)]
pub struct Links {
    /// The table.
    pub table: Arc<ImportTable>,
    /// For each import of the blob its index in the table.
    pub imports: Arc<[u32]>,
}

/// A guest.
#[derive(Debug)]
pub struct Guest<M> {
    /// The instance that runs it.
    pub machine: M,
    links: Links,
    known: Known,
    phase: Phase,
}

impl<M: Machine> Guest<M> {
    /// A guest that knows nothing and has not been started.
    pub fn new(machine: M, links: Links) -> Self {
        Self {
            machine,
            links,
            known: Known { input: Some(Vec::new()), ..Known::default() },
            phase: Phase::Fresh,
        }
    }

    /// Gives the guest constants and input, in the layout of [`wire`].
    pub fn set_frame(&mut self, frame: &[u8]) -> Result<(), RunError> {
        if frame.len() > limits::REQUEST_BYTES_MAX {
            return Err(RunError::InvalidRequest);
        }
        let (constants, input) = wire::decode_frame(frame).ok_or(RunError::InvalidRequest)?;
        self.known = Known {
            constants: constants.into_iter().map(<[u8]>::to_vec).collect(),
            input: Some(input.to_vec()),
            output: Vec::new(),
        };
        Ok(())
    }

    /// Whether the guest will never run again.
    pub fn has_ended(&self) -> bool {
        self.phase == Phase::Ended
    }

    /// Starts at that code offset and returns the record of the first exit.
    pub fn start(&mut self, offset: Option<u32>, gas: Gas) -> Result<Vec<u8>, RunError> {
        if self.phase != Phase::Fresh {
            return Err(RunError::AlreadyStarted);
        }
        self.machine.prepare_call(offset.ok_or(RunError::NoSuchExport)?);
        self.machine.set_gas(gas);
        Ok(self.run())
    }

    /// Makes the writes, sets gas and a0, and returns the record of the next exit. On an error nothing has changed.
    pub fn resume(&mut self, gas: Gas, result: Option<u64>, writes: &[u8]) -> Result<Vec<u8>, RunError> {
        if self.phase != Phase::Suspended {
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
        let mut output_len = self.known.output.len();
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
                Write::Output { bytes } => self.known.output = bytes.to_vec(),
                Write::FromOutput { address, len } => {
                    let output = usize::try_from(len).ok().and_then(|len| self.known.output.get(..len));
                    checked(self.machine.write_memory(address, output.unwrap_or_default()));
                }
                Write::InputGone => self.known.input = None,
            }
        }
    }

    /// Runs to the next exit that the host does not answer, and makes its record.
    fn run(&mut self) -> Vec<u8> {
        loop {
            let (kind, phase) = match self.machine.run() {
                Exit::Finished => (ExitKind::Finished, Phase::Ended),
                Exit::Trap => (ExitKind::Trap, Phase::Ended),
                Exit::OutOfGas => (ExitKind::OutOfGas, Phase::Suspended),
                Exit::HostCall(number) => match self.import(number) {
                    Some(import) => match self.links.table.answer(import) {
                        Some((Answer::Final, _)) => (ExitKind::HostCall { import }, Phase::Ended),
                        Some((answer, price)) if self.answer(answer, price).is_some() => continue,
                        _ => (ExitKind::HostCall { import }, Phase::Suspended),
                    },
                    None => (ExitKind::UnknownHostCall { number }, Phase::Suspended),
                },
                // Dynamic paging and step tracing are off.
                exit @ (Exit::Segfault(_) | Exit::Step) => {
                    panic!(
                        "{}: the engine stopped for something it was not asked for: {exit:?}",
                        crate::HOST_TROUBLE
                    )
                }
            };
            self.phase = phase;
            let head = ExitHead {
                kind,
                gas: self.machine.gas(),
                pc: self.machine.pc(),
                args: self.args(),
                instance: 0,
                closed: false,
            };
            return match kind {
                ExitKind::HostCall { import } => self.gather(&head, self.links.table.gathers(import)),
                _ => wire::begin_exit(&head, 0),
            };
        }
    }

    fn args(&self) -> [u64; 6] {
        ARGS.map(|reg| self.machine.reg(reg))
    }

    fn import(&self, number: u32) -> Option<u32> {
        self.links.imports.get(usize::try_from(number).ok()?).copied()
    }

    /// Answers a call: looks at everything, charges, then acts. `None` if it cannot; then nothing has happened.
    fn answer(&mut self, answer: Answer, price: Price) -> Option<()> {
        let args = self.args();
        match answer {
            Answer::Constant { constant, to } => {
                let (to, bytes) = (to.read(&args), self.known.constant(constant)?.to_vec());
                let len = self.writable(to, bytes.len())?;
                self.charge(price, len)?;
                checked(self.machine.write_memory(to, &bytes));
            }
            Answer::Number { constant } => {
                let number = u64::from_le_bytes(self.known.constant(constant)?.try_into().ok()?);
                self.charge(price, 0)?;
                self.machine.set_reg(Reg::A0, number);
            }
            Answer::InputSize => {
                let len = self.known.input.as_ref()?.len();
                self.charge(price, 0)?;
                self.machine.set_reg(Reg::A0, len as u64);
            }
            Answer::InputCopy { to, len, offset } => {
                let (to, len) = (to.read(&args), len.read(&args));
                if !self.machine.memory_accessible(to, len, true) {
                    return None;
                }
                let input = self.known.input.as_ref()?;
                let rest = from_offset(input, offset.read(&args)).unwrap_or_default();
                let fitting = cut(rest, len).to_vec();
                self.charge(price, len)?;
                // Not longer than `len`, and the range was found to be accessible, so nothing wraps around.
                let copied = fitting.len() as u32;
                checked(self.machine.write_memory(to, &fitting));
                checked(self.machine.zero_memory(to.wrapping_add(copied), len.saturating_sub(copied)));
            }
            Answer::InputLoad { to, offset } => {
                const WORD: usize = 32;
                let to = to.read(&args);
                let len = self.writable(to, WORD)?;
                let mut word = [0; WORD];
                let input = self.known.input.as_ref()?;
                for (to, from) in
                    word.iter_mut().zip(from_offset(input, offset.read(&args)).unwrap_or_default())
                {
                    *to = *from;
                }
                word.reverse();
                self.charge(price, len)?;
                checked(self.machine.write_memory(to, &word));
            }
            Answer::OutputSize => {
                self.charge(price, 0)?;
                self.machine.set_reg(Reg::A0, self.known.output.len() as u64);
            }
            Answer::OutputCopy { to, cell, offset } => {
                let (to, cell) = (to.read(&args), cell.read(&args));
                let mut capacity = [0; CELL_BYTES as usize];
                if !self.machine.memory_accessible(cell, CELL_BYTES, true) {
                    return None;
                }
                checked(self.machine.read_memory(cell, &mut capacity));
                let rest = from_offset(&self.known.output, offset.read(&args))?;
                let fitting = cut(rest, u32::from_le_bytes(capacity)).to_vec();
                let len = self.writable(to, fitting.len())?;
                self.charge(price, len)?;
                checked(self.machine.write_memory(to, &fitting));
                checked(self.machine.write_memory(cell, &len.to_le_bytes()));
            }
            Answer::Keccak256 { from, len, to } => {
                let (from, len, to) = (from.read(&args), len.read(&args), to.read(&args));
                if !self.machine.memory_accessible(from, len, false) {
                    return None;
                }
                let hash_len = self.writable(to, 32)?;
                debug_assert_eq!(hash_len, 32);
                self.charge(price, len)?;
                let mut bytes = vec![0; usize::try_from(len).ok()?];
                checked(self.machine.read_memory(from, &mut bytes));
                checked(self.machine.write_memory(to, &M::keccak_256(&bytes)));
            }
            // The caller takes it as no answer.
            Answer::Final => return None,
        }
        Some(())
    }

    /// `len`, if so many bytes can be written at `address`.
    fn writable(&self, address: u32, len: usize) -> Option<u32> {
        let len = u32::try_from(len).ok()?;
        self.machine.memory_accessible(address, len, true).then_some(len)
    }

    /// Charges for an answer over `len` bytes, if the gas suffices.
    fn charge(&mut self, price: Price, len: u32) -> Option<()> {
        let left = self.machine.gas().checked_sub(Gas::try_from(price.of(len)).ok()?)?;
        if left < 0 {
            return None;
        }
        self.machine.set_gas(left);
        Some(())
    }

    /// The record of a host call with the guest memory that its import declares.
    fn gather(&self, head: &ExitHead, gathers: &[Gather]) -> Vec<u8> {
        // A decoded table has at most GATHERS_MAX per import.
        let count = u8::try_from(gathers.len()).unwrap_or(u8::MAX);
        let mut record = wire::begin_exit(head, count);
        for (index, gather) in gathers.iter().enumerate() {
            let state = match gather.length.measure(&head.args) {
                Measured::TooLong { len, max } => GatherState::TooLong { len, max },
                Measured::Bytes(len) => self.append_memory(&mut record, gather.address.read(&head.args), len),
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

impl Known {
    fn constant(&self, number: u8) -> Option<&[u8]> {
        self.constants.get(usize::from(number)).map(Vec::as_slice).filter(|bytes| !bytes.is_empty())
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

/// What is behind the first `offset` bytes; `None` if there are not so many.
fn from_offset(bytes: &[u8], offset: u32) -> Option<&[u8]> {
    bytes.get(usize::try_from(offset).ok()?..)
}

/// At most `len` bytes.
fn cut(bytes: &[u8], len: u32) -> &[u8] {
    usize::try_from(len).ok().and_then(|len| bytes.get(..len)).unwrap_or(bytes)
}

/// An access that the machine called possible.
fn checked(result: Result<(), MemoryError>) {
    if let Err(error) = result {
        panic!("{}: the engine refuses an access that it called possible: {error}", crate::HOST_TROUBLE);
    }
}
