// SPDX-License-Identifier: Apache-2.0
//! An oracle that is wrong now and then, to see that a comparison notices.

use revive_vm_executor::{Exit, Gas, MemoryMap, ModuleConfig, Reg};

use super::{Loaded, Machine, Oracle, Ours, Paging, Seen};

/// What a [`Canary`] is wrong about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the parts of what a host sees")]
pub enum Fault {
    Exit,
    Pc,
    Next,
    Gas,
    Heap,
    Register,
    /// The access of a step. Shows with step tracing only.
    Step,
    Memory,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Exit, Self::Pc, Self::Next, Self::Gas, Self::Heap, Self::Register, Self::Step, Self::Memory];
}

/// The interpreter, but for one thing at some exits, or in the last byte of memory that is read.
pub struct Canary {
    interpreter: Ours,
    fault: Fault,
}

impl Canary {
    /// Sets one up.
    pub fn new(fault: Fault) -> Self {
        Self { interpreter: Ours::interpreter(), fault }
    }
}

impl Oracle for Canary {
    fn name(&self) -> String {
        "canary".into()
    }

    fn load(&self, blob: &[u8], config: &ModuleConfig) -> Result<Box<dyn Loaded>, String> {
        Ok(Box::new(CanaryModule(self.interpreter.load(blob, config)?, self.fault)))
    }
}

struct CanaryModule(Box<dyn Loaded>, Fault);

impl Loaded for CanaryModule {
    fn instance(&self) -> Result<Box<dyn Machine>, String> {
        Ok(Box::new(CanaryMachine(self.0.instance()?, self.1)))
    }

    fn memory_map(&self) -> Option<MemoryMap> {
        self.0.memory_map()
    }
}

struct CanaryMachine(Box<dyn Machine>, Fault);

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
        if seen.gas % 5 != 0 {
            return Ok(seen);
        }
        match self.1 {
            Fault::Exit => seen.exit = Exit::HostCall(u32::MAX),
            Fault::Pc => seen.pc = seen.pc.map(|pc| pc ^ 1),
            Fault::Next => seen.next = seen.next.map(|next| next ^ 1),
            Fault::Gas => seen.gas += 1,
            Fault::Heap => seen.heap += 1,
            Fault::Register => seen.regs[Reg::A0.index()] ^= 1,
            Fault::Step => {
                seen.step.iter_mut().for_each(|step| step.access = None);
            }
            Fault::Memory => {}
        }
        Ok(seen)
    }

    fn read_memory(&mut self, address: u32, out: &mut [u8]) -> bool {
        let read = self.0.read_memory(address, out);
        if self.1 == Fault::Memory {
            out.iter_mut().rev().take(1).for_each(|byte| *byte ^= 1);
        }
        read
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
