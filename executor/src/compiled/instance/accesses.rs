// SPDX-License-Identifier: Apache-2.0
//! The guest's memory as the host reads, writes and arranges it.

use revive_vm_primitives::{MemoryError, Reg};
use revive_vm_sandbox::Process;

use super::{Instance, State};
use crate::{
    compiled::{
        memory::{Done, Memory},
        pages::Pages,
    },
    error::HostTrouble,
};

impl Instance {
    pub(crate) fn read_memory(&self, blob: &[u8], address: u32, out: &mut [u8]) -> Result<(), MemoryError> {
        let ro_data = blob.get(self.program.ro_data.clone()).unwrap_or_default();
        self.memory.read(self.process(), ro_data, address, out)
    }

    pub(crate) fn write_memory(&mut self, address: u32, bytes: &[u8]) -> Result<(), MemoryError> {
        self.memory.write(self.process(), address, bytes)
    }

    pub(crate) fn zero_memory(&mut self, address: u32, len: u32) -> Result<(), MemoryError> {
        self.memory.zero(self.process(), address, len)
    }

    pub(crate) fn memory_accessible(&self, address: u32, len: u32, write: bool) -> bool {
        self.memory.accessible(address, len, write)
    }

    pub(crate) fn heap_size(&self) -> u32 {
        self.memory.heap_bytes()
    }

    pub(crate) fn grow_heap(&mut self, bytes: u32) -> Option<u32> {
        let grown = self.try_grow_heap(bytes);
        grown.unwrap_or_else(|trouble| {
            self.trouble = Some(HostTrouble::new(trouble));
            None
        })
    }

    pub(crate) fn reset_memory(&mut self, blob: &[u8]) {
        if let Err(trouble) = self.try_reset_memory(blob) {
            self.trouble = Some(trouble);
        }
    }

    fn try_reset_memory(&mut self, blob: &[u8]) -> Result<(), HostTrouble> {
        let program = self.program.clone();
        let registers = Reg::ALL.map(|reg| self.reg(reg));
        let gas = self.gas();
        let behind = matches!(self.place, State::Behind).then(|| self.process().resume());
        let translation = program.translation(blob, self.plain);
        let sealed = program.sealed(translation, blob)?;
        let process = self.process_mut();
        process.reset().map_err(HostTrouble::new)?;
        process.load(sealed).map_err(HostTrouble::new)?;
        let rw_data = blob.get(program.rw_data.clone()).unwrap_or_default();
        let Self { process: Some(process), memory, .. } = self else { return Ok(()) };
        memory.reset(process, rw_data).map_err(HostTrouble::new)?;
        for (reg, value) in Reg::ALL.into_iter().zip(registers) {
            self.set_reg(reg, value);
        }
        self.set_gas(gas);
        if let Some(resume) = behind {
            self.process_mut().enter_at(resume).map_err(HostTrouble::new)?;
        }
        Ok(())
    }

    pub(crate) fn set_aux_accessible_size(&mut self, size: u32) -> Result<(), MemoryError> {
        self.change_memory(|memory, process| memory.set_aux_accessible_size(process, size))
    }

    pub(crate) fn set_aux_write_protected(&mut self, protected: bool) -> Result<(), MemoryError> {
        self.memory.set_aux_write_protected(protected)
    }

    pub(crate) fn map_pages(&mut self, address: u32, len: u32, writable: bool) -> Result<(), MemoryError> {
        self.change_pages(|pages, process| pages.map(process, address, len, writable))
    }

    pub(crate) fn protect_pages(&mut self, address: u32, len: u32) -> Result<(), MemoryError> {
        self.change_pages(|pages, process| pages.protect(process, address, len, false))
    }

    pub(crate) fn unprotect_pages(&mut self, address: u32, len: u32) -> Result<(), MemoryError> {
        self.change_pages(|pages, process| pages.protect(process, address, len, true))
    }

    pub(crate) fn free_pages(&mut self, address: u32, len: u32) -> Result<(), MemoryError> {
        self.change_pages(|pages, process| pages.free(process, address, len))
    }

    fn change_pages(
        &mut self,
        change: impl FnOnce(&mut Pages, &mut Process) -> Done,
    ) -> Result<(), MemoryError> {
        self.change_memory(|memory, process| change(memory.pages_mut()?, process))
    }

    /// Changes memory; `run` reports it if the worker does not go along.
    fn change_memory(
        &mut self,
        change: impl FnOnce(&mut Memory, &mut Process) -> Done,
    ) -> Result<(), MemoryError> {
        let Self { process, memory, trouble, .. } = self;
        let Some(process) = process else { return Ok(()) };
        if let Err(error) = change(memory, process)? {
            *trouble = Some(HostTrouble::new(error));
        }
        Ok(())
    }
}
