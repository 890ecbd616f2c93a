// SPDX-License-Identifier: Apache-2.0
//! Guests over the engine, and what the runtime may read of them.

use super::state::{instance, Engine};
use crate::{
    error::MemoryError,
    guest::Machine,
    imports::{Answer, Price},
    limits, HOST_TROUBLE,
};
use revive_vm_executor::Answers;
use revive_vm_primitives::{Exit, Gas, MemoryError as GuestMemoryError, Reg, TrapCause};
use sp_externalities::Externalities;

pub(crate) fn read_memory(mut ext: &mut dyn Externalities, id: u32, address: u32, out: &mut [u8]) -> u32 {
    let result = instance(&mut ext, id).ok_or(MemoryError::NoSuchInstance).and_then(|instance| {
        if out.len() > limits::REQUEST_BYTES_MAX {
            return Err(MemoryError::TooLong);
        }
        instance.guest.machine.read_memory(address, out).map_err(|_| MemoryError::OutOfBounds)
    });
    if result.is_err() {
        // The buffer is handed to the runtime either way. It must not depend on how far an engine got.
        out.fill(0);
    }
    result.map_or_else(|error| u32::from(error.code()), |()| 0)
}

impl Machine for Engine {
    fn prepare_call(&mut self, offset: u32) {
        self.0.prepare_call(offset, &[]);
    }

    fn run(&mut self) -> Exit {
        match self.0.run() {
            Ok(exit) => exit,
            Err(error) => panic!("{HOST_TROUBLE}: the engine does not run: {error}"),
        }
    }

    fn set_answers(&mut self, answers: Vec<Option<(Answer, Price)>>) {
        self.0.set_answers(&Answers::new(answers));
    }

    fn set_known(&mut self, constants: Vec<Vec<u8>>, input: Vec<u8>) {
        self.0.set_constants(constants);
        self.0.set_input(Some(input));
    }

    fn forget_input(&mut self) {
        self.0.set_input(None);
    }

    fn set_output(&mut self, output: &[u8]) {
        self.0.set_output(output.to_vec());
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

    fn trap_cause(&self) -> Option<TrapCause> {
        self.0.trap_cause()
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
}
