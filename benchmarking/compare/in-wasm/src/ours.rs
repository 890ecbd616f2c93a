// SPDX-License-Identifier: Apache-2.0
//! Our interpreter, flat gas.

use alloc::boxed::Box;

use revive_vm_interpreter as ours;
use revive_vm_primitives::{Blob, Exit, Reg};

use crate::{fail, EXPORTS, GAS};

pub(crate) struct Compiled {
    module: ours::Module,
    exports: [Option<u32>; 2],
}

impl Compiled {
    pub(crate) fn new(blob: &[u8]) -> Self {
        let Ok(blob) = Blob::parse(blob) else { fail() };
        let Ok(module) = ours::Module::new(&blob, &ours::Config::default()) else { fail() };
        let exports =
            EXPORTS.map(|name| blob.exports().find(|export| export.name == name).map(|export| export.offset));
        Self { module, exports }
    }
}

impl crate::Module for Compiled {
    fn instantiate(&self) -> Box<dyn crate::Instance> {
        let mut instance = ours::Instance::new(&self.module);
        instance.set_gas(GAS);
        Box::new(Running { instance, exports: self.exports })
    }
}

struct Running {
    instance: ours::Instance,
    exports: [Option<u32>; 2],
}

impl crate::Instance for Running {
    fn call(&mut self, export: usize, argument: u64) -> u64 {
        let Some(offset) = self.exports[export] else { return 0 };
        self.instance.prepare_call(offset, &[argument]);
        loop {
            match self.instance.run() {
                Ok(Exit::Finished) => return self.instance.reg(Reg::A0),
                Ok(Exit::HostCall(0)) => {
                    let value = self.instance.reg(Reg::A0);
                    self.instance.set_reg(Reg::A0, value.wrapping_add(1));
                }
                _ => fail(),
            }
        }
    }

    fn gas_left(&self) -> i64 {
        self.instance.gas()
    }
}
