// SPDX-License-Identifier: Apache-2.0
//! An oracle that is wrong now and then, to see that a comparison notices.

use revive_vm_executor::{Gas, MemoryMap, ModuleConfig, Reg};

use super::{Loaded, Machine, Oracle, Ours, Paging, Seen};

/// The interpreter, but for one bit of a register at some exits.
pub struct Canary(Ours);

impl Canary {
    /// Sets one up.
    pub fn new() -> Self {
        Self(Ours::interpreter())
    }
}

impl Default for Canary {
    fn default() -> Self {
        Self::new()
    }
}

impl Oracle for Canary {
    fn name(&self) -> String {
        "canary".into()
    }

    fn load(&self, blob: &[u8], config: &ModuleConfig) -> Result<Box<dyn Loaded>, String> {
        Ok(Box::new(CanaryModule(self.0.load(blob, config)?)))
    }
}

struct CanaryModule(Box<dyn Loaded>);

impl Loaded for CanaryModule {
    fn instance(&self) -> Result<Box<dyn Machine>, String> {
        Ok(Box::new(CanaryMachine(self.0.instance()?)))
    }

    fn memory_map(&self) -> Option<MemoryMap> {
        self.0.memory_map()
    }
}

struct CanaryMachine(Box<dyn Machine>);

impl Machine for CanaryMachine {
    fn set_reg(&mut self, reg: Reg, value: u64) {
        self.0.set_reg(reg, value);
    }

    fn set_gas(&mut self, gas: Gas) {
        self.0.set_gas(gas);
    }

    fn set_next(&mut self, offset: u32) {
        self.0.set_next(offset);
    }

    fn run(&mut self) -> Result<Seen, String> {
        let mut seen = self.0.run()?;
        if seen.gas % 5 == 0 {
            seen.regs[Reg::A0.index()] ^= 1;
        }
        Ok(seen)
    }

    fn read_memory(&mut self, address: u32, out: &mut [u8]) -> bool {
        self.0.read_memory(address, out)
    }

    fn write_memory(&mut self, address: u32, bytes: &[u8]) -> bool {
        self.0.write_memory(address, bytes)
    }

    fn heap(&self) -> u32 {
        self.0.heap()
    }

    fn grow_heap(&mut self, bytes: u32) -> bool {
        self.0.grow_heap(bytes)
    }

    fn page(&mut self, address: u32, size: u32, change: Paging) -> bool {
        self.0.page(address, size, change)
    }
}
