// SPDX-License-Identifier: Apache-2.0
//! The interpreter in the runtime.
//!
//! Every entry decodes the code anew; there is nowhere in a runtime to keep it.

use super::{Engine, Guest};
use alloc::{sync::Arc, vec::Vec};
use revive_vm_interpreter as interpreter;
use revive_vm_primitives::{Blob, Exit, Gas, GasModel, MemoryError as GuestMemoryError, Reg};
use revive_vm_runtime_interface::{
    guest::{bare_blob, Guest as LinkedGuest, Links, Machine},
    limits, wire, CodeRef, EncodedTable, EnterError, ExitRecord, Frame, LoadError, MemoryError, Resume,
    RunError,
};

/// The interpreter in the runtime.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddedEngine;

/// An instance of the interpreter.
#[derive(Debug)]
struct Interpreter(interpreter::Instance);

/// A guest in the interpreter.
#[derive(Debug)]
pub struct EmbeddedGuest(LinkedGuest<Interpreter>);

impl Engine for EmbeddedEngine {
    type Guest = EmbeddedGuest;

    // The refusals come in the order of the host's.
    fn enter(
        code: CodeRef<'_>,
        table: &EncodedTable,
        export: &str,
        gas: i64,
        frame: Frame<'_>,
    ) -> Result<(EmbeddedGuest, ExitRecord), EnterError> {
        let item = sp_io::storage::get(code.storage_key);
        let table = table.decoded().ok_or(LoadError::InvalidImportTable)?;
        let gas_model = GasModel::from_id(code.gas_model).ok_or(LoadError::UnsupportedGasModel)?;
        let item = item.ok_or(LoadError::CodeNotFound)?;
        // It has the hash: the pallet stores code by its hash and never changes it.
        let blob = Blob::parse(bare_blob(&item)).map_err(|_| LoadError::InvalidBlob)?;
        let module =
            interpreter::Module::new(&blob, &config(gas_model)).map_err(|_| LoadError::InvalidBlob)?;
        let imports = blob
            .imports()
            .iter()
            .zip(0..)
            .map(|(symbol, index)| {
                symbol.and_then(|symbol| table.index_of(symbol)).ok_or(LoadError::UnknownImport { index })
            })
            .collect::<Result<Arc<[u32]>, _>>()?;
        let machine = Interpreter(interpreter::Instance::new(&module));
        let mut guest = LinkedGuest::new(machine, Links { table, imports });
        let frame = wire::encode_frame(frame.constants, frame.input).ok_or(RunError::InvalidRequest)?;
        guest.set_frame(&frame)?;
        let record = guest.start(blob.export(export.as_bytes()), gas)?;
        Ok((EmbeddedGuest(guest), exit(record)?))
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
        self.0.prepare_call(offset, &[]);
    }

    fn run(&mut self) -> Exit {
        // It refuses to run only where no position is set, and `prepare_call` set one.
        self.0.run().unwrap_or(Exit::Trap)
    }

    fn reg(&self, reg: Reg) -> u64 {
        self.0.reg(reg)
    }

    fn set_reg(&mut self, reg: Reg, value: u64) {
        self.0.set_reg(reg, value);
    }

    fn gas(&self) -> Gas {
        self.0.gas()
    }

    fn set_gas(&mut self, gas: Gas) {
        self.0.set_gas(gas);
    }

    fn pc(&self) -> Option<u32> {
        self.0.pc()
    }

    fn memory_accessible(&self, address: u32, len: u32, write: bool) -> bool {
        self.0.memory_accessible(address, len, write)
    }

    fn read_memory(&self, address: u32, out: &mut [u8]) -> Result<(), GuestMemoryError> {
        self.0.read_memory(address, out)
    }

    fn write_memory(&mut self, address: u32, bytes: &[u8]) -> Result<(), GuestMemoryError> {
        self.0.write_memory(address, bytes)
    }

    fn zero_memory(&mut self, address: u32, len: u32) -> Result<(), GuestMemoryError> {
        self.0.zero_memory(address, len)
    }

    fn keccak_256(bytes: &[u8]) -> [u8; 32] {
        sp_io::hashing::keccak_256(bytes)
    }
}
