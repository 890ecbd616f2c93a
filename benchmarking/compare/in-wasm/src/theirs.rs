// SPDX-License-Identifier: Apache-2.0
//! The interpreter of the `polkavm` crate, synchronous gas.

use alloc::boxed::Box;

use polkavm::{GasMeteringKind, InterruptKind, ProgramCounter, Reg};

use crate::{fail, EXPORTS, GAS};

pub(crate) struct Compiled {
    module: polkavm::Module,
    exports: [Option<ProgramCounter>; 2],
}

impl Compiled {
    pub(crate) fn new(blob: &[u8]) -> Self {
        let mut config = polkavm::Config::new();
        config.set_backend(Some(polkavm::BackendKind::Interpreter));
        let Ok(engine) = polkavm::Engine::new(&config) else { fail() };
        let mut config = polkavm::ModuleConfig::new();
        config.set_gas_metering(Some(GasMeteringKind::Sync));
        let Ok(module) = polkavm::Module::new(&engine, &config, blob.to_vec().into()) else { fail() };
        let exports = EXPORTS.map(|name| {
            let mut exports = module.exports();
            let found = exports.find(|export| export.symbol().as_bytes() == name);
            found.map(|export| export.program_counter())
        });
        Self { module, exports }
    }
}

impl crate::Module for Compiled {
    fn instantiate(&self) -> Box<dyn crate::Instance> {
        let Ok(mut instance) = self.module.instantiate() else { fail() };
        instance.set_gas(GAS);
        Box::new(Running { instance, exports: self.exports })
    }
}

struct Running {
    instance: polkavm::RawInstance,
    exports: [Option<ProgramCounter>; 2],
}

impl crate::Instance for Running {
    fn call(&mut self, export: usize, argument: u64) -> u64 {
        let Some(offset) = self.exports[export] else { return 0 };
        self.instance.prepare_call_untyped(offset, &[argument]);
        loop {
            match self.instance.run() {
                Ok(InterruptKind::Finished) => return self.instance.reg(Reg::A0),
                Ok(InterruptKind::Ecalli(0)) => {
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
