// SPDX-License-Identifier: Apache-2.0
//! The interpreter in the runtime.
//!
//! Decoded code is kept for as long as a transaction takes: a runtime has nowhere to keep it for longer. It takes many times the bytes
//! of the code, and a runtime has a limit of memory at which it ends with all that it did. So not every stack of frames has room.

use super::{Engine, Guest};
use crate::storage::LoadSize;
use alloc::vec::Vec;
use revive_vm_interpreter as interpreter;
use revive_vm_primitives::{
    answers as rules, Blob, Exit, Gas, GasModel, MemoryError as GuestMemoryError, OwnedKnown, Reg, TrapCause,
};
use revive_vm_runtime_interface::{
    guest::{bare_blob, Guest as LinkedGuest, Links, Machine},
    limits, wire, Answer, CodeRef, EncodedTable, EnterError, ExitRecord, Frame, LoadError, MemoryError,
    Operand, Price, Resume, RunError,
};

/// Bytes of decoded code and guest memory that the frames of a stack may have together, as [`bytes`] counts them: of the 128 MiB
/// that a node gives a runtime, with what allocations are rounded up by, what a transaction keeps of code that does not run, and
/// inputs and outputs.
const STACK_BYTES_MAX: u64 = 40 * 1024 * 1024;

/// The interpreter in the runtime.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddedEngine;

/// What a code of that size and an instance of it take. A constant for each part and not a `size_of`, so that every build counts
/// alike.
fn bytes(code: LoadSize) -> u64 {
    const PER_INSTRUCTION: u64 = 28;
    const PER_BLOCK: u64 = 12;
    // Once in the instance and, at most, once in the module.
    const PER_PAGE: u64 = 2 * limits::PAGE_BYTES as u64;
    let parts = [(PER_INSTRUCTION, code.instructions), (PER_BLOCK, code.blocks), (PER_PAGE, code.pages)];
    parts.iter().map(|(each, count)| each.saturating_mul(u64::from(*count))).fold(0, u64::saturating_add)
}

/// An instance of the interpreter, with what its host calls are answered from.
#[derive(Debug)]
struct Interpreter {
    instance: interpreter::Instance,
    answers: Vec<Option<(Answer, Price)>>,
    known: OwnedKnown,
}

/// A guest in the interpreter.
#[derive(Debug)]
pub struct EmbeddedGuest(LinkedGuest<Interpreter>);

/// Decoded code, linked against a table.
#[derive(Debug)]
pub struct EmbeddedModule {
    decoded: interpreter::Module,
    links: Links,
    exports: Vec<(Vec<u8>, u32)>,
}

impl EmbeddedModule {
    // The refusals come in the order of the host's.
    fn new(code: CodeRef<'_>, table: &EncodedTable) -> Result<Self, LoadError> {
        let item = sp_io::storage::get(code.storage_key);
        let table = table.decoded().ok_or(LoadError::InvalidImportTable)?;
        let gas_model = GasModel::from_id(code.gas_model).ok_or(LoadError::UnsupportedGasModel)?;
        let item = item.ok_or(LoadError::CodeNotFound)?;
        // It has the hash: the pallet stores code by its hash and never changes it.
        let blob = Blob::parse(bare_blob(&item)).map_err(|_| LoadError::InvalidBlob)?;
        let decoded =
            interpreter::Module::new(&blob, &config(gas_model)).map_err(|_| LoadError::InvalidBlob)?;
        let links = Links::new(table, blob.imports().iter())?;
        let exports = blob.exports().map(|export| (export.name.to_vec(), export.offset)).collect();
        Ok(Self { decoded, links, exports })
    }

    fn export(&self, symbol: &[u8]) -> Option<u32> {
        self.exports.iter().find(|(name, _)| name == symbol).map(|(_, offset)| *offset)
    }
}

impl Engine for EmbeddedEngine {
    type Guest = EmbeddedGuest;
    type Module = EmbeddedModule;

    fn enter(
        code: CodeRef<'_>,
        module: &mut Option<EmbeddedModule>,
        table: &EncodedTable,
        export: &str,
        gas: i64,
        frame: Frame<'_>,
    ) -> Result<(EmbeddedGuest, ExitRecord), EnterError> {
        let module = match module {
            Some(module) => module,
            None => module.insert(EmbeddedModule::new(code, table)?),
        };
        let machine = Interpreter {
            instance: interpreter::Instance::new(&module.decoded),
            answers: Vec::new(),
            known: OwnedKnown::default(),
        };
        let frame = wire::encode_frame(frame.constants, frame.input).ok_or(RunError::InvalidRequest)?;
        let export = module.export(export.as_bytes());
        let (guest, record) = LinkedGuest::enter(machine, module.links.clone(), &frame, export, gas)?;
        Ok((EmbeddedGuest(guest), exit(record)?))
    }

    fn has_room(codes: impl Iterator<Item = LoadSize>) -> bool {
        codes.map(bytes).fold(0, u64::saturating_add) <= STACK_BYTES_MAX
    }
}

impl Guest for EmbeddedGuest {
    fn resume(&mut self, resume: Resume<'_>) -> Result<ExitRecord, RunError> {
        let writes = wire::encode_writes(resume.writes).ok_or(RunError::InvalidRequest)?;
        exit(self.0.resume(resume.gas, resume.result, &writes)?)
    }

    fn read_memory(&self, address: u32, out: &mut [u8]) -> Result<(), MemoryError> {
        self.0.machine.read_memory(address, out).map_err(|_| {
            out.fill(0);
            MemoryError::OutOfBounds
        })
    }

    fn trap_cause(&self, exit: &ExitRecord, storage_key: &[u8]) -> Option<TrapCause> {
        let item = sp_io::storage::get(storage_key)?;
        let code = Blob::parse(bare_blob(&item)).ok()?.code();
        let instance = &self.0.machine.instance;
        let accessible = |address, len, write| instance.memory_accessible(address, len, write);
        let map = instance.module().memory_map();
        TrapCause::find(&code, map, exit.pc?, instance.next(), |reg| instance.reg(reg), accessible)
    }
}

/// A record that was made here, so that it can be decoded.
fn exit(record: Vec<u8>) -> Result<ExitRecord, RunError> {
    let head = wire::decode_exit(&record).unwrap_or(Err(RunError::InvalidRequest))?;
    Ok(ExitRecord::new(head, record))
}

/// How the host functions run contracts.
fn config(gas_model: GasModel) -> interpreter::Config {
    interpreter::Config {
        page_size: limits::PAGE_BYTES,
        aux_size: 0,
        gas: Some(gas_model),
        step_tracing: false,
        dynamic_paging: false,
        memory_bytes_max: limits::GUEST_MEMORY_BYTES_MAX,
    }
}

impl Machine for Interpreter {
    fn prepare_call(&mut self, offset: u32) {
        self.instance.prepare_call(offset, &[]);
    }

    fn run(&mut self) -> Exit {
        loop {
            // It refuses to run only where no position is set, and `prepare_call` set one.
            match self.instance.run().unwrap_or(Exit::Trap) {
                Exit::HostCall(number) if self.answer(number).is_some() => {}
                exit => return exit,
            }
        }
    }

    fn set_answers(&mut self, answers: Vec<Option<(Answer, Price)>>) {
        self.answers = answers;
    }

    fn set_known(&mut self, constants: Vec<Vec<u8>>, input: Vec<u8>) {
        self.known = OwnedKnown { constants, input: Some(input), output: Vec::new() };
    }

    fn forget_input(&mut self) {
        self.known.input = None;
    }

    fn set_output(&mut self, output: &[u8]) {
        self.known.output = output.to_vec();
    }

    fn reg(&self, reg: Reg) -> u64 {
        self.instance.reg(reg)
    }

    fn set_reg(&mut self, reg: Reg, value: u64) {
        self.instance.set_reg(reg, value);
    }

    fn gas(&self) -> Gas {
        self.instance.gas()
    }

    fn set_gas(&mut self, gas: Gas) {
        self.instance.set_gas(gas);
    }

    fn pc(&self) -> Option<u32> {
        self.instance.pc()
    }

    fn trap_cause(&self) -> Option<TrapCause> {
        // Decoded code does not tell.
        None
    }

    fn memory_accessible(&self, address: u32, len: u32, write: bool) -> bool {
        self.instance.memory_accessible(address, len, write)
    }

    fn read_memory(&self, address: u32, out: &mut [u8]) -> Result<(), GuestMemoryError> {
        self.instance.read_memory(address, out)
    }

    fn write_memory(&mut self, address: u32, bytes: &[u8]) -> Result<(), GuestMemoryError> {
        self.instance.write_memory(address, bytes)
    }

    fn zero_memory(&mut self, address: u32, len: u32) -> Result<(), GuestMemoryError> {
        self.instance.zero_memory(address, len)
    }
}

impl Interpreter {
    /// Answers a host call; `None` if it cannot.
    fn answer(&mut self, number: u32) -> Option<()> {
        let (answer, price) = self.answers.get(usize::try_from(number).ok()?).copied().flatten()?;
        rules::answer(&mut Standing(&mut self.instance), &self.known, answer, price)
    }
}

/// An instance that stands at a host call. Accesses cannot fail: the rules ask first.
struct Standing<'a>(&'a mut interpreter::Instance);

impl rules::Guest for Standing<'_> {
    type Operand = Operand;

    fn operand(&self, operand: Operand) -> u32 {
        operand.read(|number| Reg::ARGS.get(number).map_or(0, |reg| self.0.reg(*reg)))
    }

    fn set_a0(&mut self, value: u64) {
        self.0.set_reg(Reg::A0, value);
    }

    fn gas(&self) -> Option<Gas> {
        Some(self.0.gas())
    }

    fn set_gas(&mut self, gas: Gas) {
        self.0.set_gas(gas);
    }

    fn accessible(&self, address: u32, len: u32, write: bool) -> bool {
        self.0.memory_accessible(address, len, write)
    }

    fn read(&self, address: u32, out: &mut [u8]) {
        let read = self.0.read_memory(address, out);
        debug_assert_eq!(read, Ok(()), "accessible by the rules; qed");
    }

    fn write(&mut self, address: u32, bytes: &[u8]) {
        let written = self.0.write_memory(address, bytes);
        debug_assert_eq!(written, Ok(()), "accessible by the rules; qed");
    }

    fn zero(&mut self, address: u32, len: u32) {
        let zeroed = self.0.zero_memory(address, len);
        debug_assert_eq!(zeroed, Ok(()), "accessible by the rules; qed");
    }

    fn keccak_256(&self, address: u32, len: u32) -> [u8; 32] {
        let bytes = self.0.read_memory_vec(address, len);
        debug_assert!(bytes.is_ok(), "accessible by the rules; qed");
        sp_io::hashing::keccak_256(&bytes.unwrap_or_default())
    }
}
