// SPDX-License-Identifier: Apache-2.0
//! Running a guest to its next exit, and access to its memory.

use super::{
    state::{instance, LiveInstance, Phase},
    HOST_TROUBLE,
};
use crate::{
    error::{MemoryError, RunError},
    imports::{Gather, Measured},
    limits,
    wire::{self, ExitHead, ExitKind, GatherState, Reader, Write},
};
use revive_vm_executor::{Exit, Reg};
use sp_externalities::Externalities;

/// The registers that an exit reports, a0 to a5.
const ARGS: [Reg; 6] = [Reg::A0, Reg::A1, Reg::A2, Reg::A3, Reg::A4, Reg::A5];

pub(crate) fn start(mut ext: &mut dyn Externalities, id: u32, export: &[u8], gas: i64) -> Vec<u8> {
    reply(
        instance(&mut ext, id)
            .ok_or(RunError::NoSuchInstance)
            .and_then(|instance| instance.start(export, gas)),
    )
}

pub(crate) fn resume(
    mut ext: &mut dyn Externalities,
    id: u32,
    gas: i64,
    result: Option<u64>,
    writes: &[u8],
) -> Vec<u8> {
    reply(
        instance(&mut ext, id)
            .ok_or(RunError::NoSuchInstance)
            .and_then(|instance| instance.resume(gas, result, writes)),
    )
}

fn reply(result: Result<Vec<u8>, RunError>) -> Vec<u8> {
    result.unwrap_or_else(wire::encode_run_error)
}

pub(crate) fn read_memory(mut ext: &mut dyn Externalities, id: u32, address: u32, out: &mut [u8]) -> u32 {
    let result = instance(&mut ext, id).ok_or(MemoryError::NoSuchInstance).and_then(|instance| {
        if out.len() > limits::REQUEST_BYTES_MAX {
            return Err(MemoryError::TooLong);
        }
        instance.guest.read_memory(address, out).map_err(|_| MemoryError::OutOfBounds)
    });
    if result.is_err() {
        // The buffer is handed to the runtime either way. It must not depend on how far an engine got.
        out.fill(0);
    }
    memory_status(result)
}

pub(crate) fn write_memory(mut ext: &mut dyn Externalities, id: u32, address: u32, bytes: &[u8]) -> u32 {
    memory_status(instance(&mut ext, id).ok_or(MemoryError::NoSuchInstance).and_then(|instance| {
        if bytes.len() > limits::REQUEST_BYTES_MAX {
            return Err(MemoryError::TooLong);
        }
        instance.guest.write_memory(address, bytes).map_err(|_| MemoryError::OutOfBounds)
    }))
}

fn memory_status(result: Result<(), MemoryError>) -> u32 {
    result.map_or_else(|error| u32::from(error.code()), |()| 0)
}

impl LiveInstance {
    fn start(&mut self, export: &[u8], gas: i64) -> Result<Vec<u8>, RunError> {
        if self.phase != Phase::Fresh {
            return Err(RunError::AlreadyStarted);
        }
        let offset = self.module.executable.export_offset(export).ok_or(RunError::NoSuchExport)?;
        self.guest.prepare_call(offset, &[]);
        self.guest.set_gas(gas);
        Ok(self.run())
    }

    fn resume(&mut self, gas: i64, result: Option<u64>, writes: &[u8]) -> Result<Vec<u8>, RunError> {
        if self.phase != Phase::Suspended {
            return Err(RunError::NotSuspended);
        }
        if writes.len() > limits::REQUEST_BYTES_MAX {
            return Err(RunError::InvalidRequest);
        }
        self.check_writes(writes)?;
        self.make_writes(writes);
        if let Some(result) = result {
            self.guest.set_reg(Reg::A0, result);
        }
        self.guest.set_gas(gas);
        Ok(self.run())
    }

    /// Checks the form of all writes first, then where they go, so that a malformed request is always reported as such.
    /// Engines take a range of no bytes as accessible anywhere (memory map, section 4).
    fn check_writes(&self, writes: &[u8]) -> Result<(), RunError> {
        let mut first_out_of_bounds = None;
        let mut reader = Reader::new(writes);
        let mut index = 0u32;
        while !reader.is_empty() {
            let (address, len) = match wire::decode_write(&mut reader).ok_or(RunError::InvalidRequest)? {
                Write::Bytes { address, bytes } => {
                    (address, u32::try_from(bytes.len()).map_err(|_| RunError::InvalidRequest)?)
                }
                Write::Zero { address, len } => (address, len),
            };
            if first_out_of_bounds.is_none() && !self.guest.memory_accessible(address, len, true) {
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
            let result = match write {
                Write::Bytes { address, bytes } => self.guest.write_memory(address, bytes),
                Write::Zero { address, len } => self.guest.zero_memory(address, len),
            };
            if let Err(error) = result {
                panic!("{HOST_TROUBLE}: the engine refuses a write that it called possible: {error}");
            }
        }
    }

    /// Runs to the next exit and makes its record.
    fn run(&mut self) -> Vec<u8> {
        let exit = match self.guest.run() {
            Ok(exit) => exit,
            Err(error) => panic!("{HOST_TROUBLE}: the engine does not run: {error}"),
        };
        let (kind, phase) = match exit {
            Exit::Finished => (ExitKind::Finished, Phase::Ended),
            Exit::Trap => (ExitKind::Trap, Phase::Ended),
            Exit::OutOfGas => (ExitKind::OutOfGas, Phase::Suspended),
            Exit::HostCall(number) => (self.host_call(number), Phase::Suspended),
            // Dynamic paging and step tracing are off, see `engine::module_config`.
            Exit::Segfault(_) | Exit::Step => {
                panic!("{HOST_TROUBLE}: the engine stopped for something it was not asked for: {exit:?}")
            }
        };
        self.phase = phase;
        let head = ExitHead {
            kind,
            gas: self.guest.gas(),
            pc: self.guest.pc(),
            args: ARGS.map(|reg| self.guest.reg(reg)),
        };
        match kind {
            ExitKind::HostCall { import } => self.gather(&head, self.module.table.gathers(import)),
            _ => wire::begin_exit(&head, 0),
        }
    }

    fn host_call(&self, number: u32) -> ExitKind {
        let import = usize::try_from(number).ok().and_then(|number| self.module.imports.get(number));
        match import {
            Some(import) => ExitKind::HostCall { import: *import },
            None => ExitKind::UnknownHostCall { number },
        }
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
        if !self.guest.memory_accessible(address, bytes, false) {
            return GatherState::OutOfBounds;
        }
        let start = record.len();
        record.resize(start.saturating_add(usize::try_from(bytes).unwrap_or(0)), 0);
        match record.get_mut(start..).map(|out| self.guest.read_memory(address, out)) {
            Some(Ok(())) => GatherState::Bytes(len),
            Some(Err(error)) => {
                panic!("{HOST_TROUBLE}: the engine refuses a read that it called possible: {error}")
            }
            None => unreachable!("`start` was the length before the vector grew; qed"),
        }
    }
}
