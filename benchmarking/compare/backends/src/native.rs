// SPDX-License-Identifier: Apache-2.0
//! No machine at all: the workload as a library that is linked into this program. What it computes is what all must compute.

use crate::{Backend, Compile, Entry, Export, Instance, Module, Native, Program, Result};

pub(crate) const ENTRY: Entry = Entry {
    name: "native",
    about: "the same source, compiled for this machine and linked in",
    every: 1,
    gas: None,
    start: || Ok(Box::new(Machine)),
};

struct Machine;

impl Backend for Machine {
    fn prepare(&self, program: &Program) -> Result<Compile> {
        let native = program.native.ok_or("it is not linked in")?;
        Ok(Box::new(move || Ok(Box::new(native))))
    }
}

impl Module for Native {
    fn instantiate(&self) -> Result<Box<dyn Instance>> {
        Ok(Box::new(*self))
    }
}

impl Instance for Native {
    fn call(&mut self, export: Export, argument: u64) -> Result<u64> {
        match export {
            Export::Initialize => {
                (self.initialize)();
                Ok(0)
            }
            Export::Run => Ok((self.run)(argument)),
        }
    }
}
