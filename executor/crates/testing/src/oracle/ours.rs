// SPDX-License-Identifier: Apache-2.0
//! Our engines as oracles, through the facade.

use revive_vm_executor::{
    trace::Tracer, Engine, EngineChoice, EngineConfig, EngineError, Features, Gas, Instance, MemoryMap,
    Module, ModuleConfig, Reg,
};

use super::{Loaded, Machine, Oracle, Paging, Seen};

/// One of our engines.
pub struct Ours {
    engine: Engine,
    features: Option<Features>,
}

impl Ours {
    /// The interpreter.
    pub fn interpreter() -> Self {
        // An interpreter is to be had everywhere.
        Self::new(EngineChoice::Interpreter, None).expect("the interpreter has no needs")
    }

    /// The recompiler, with the extensions of this machine, or only with those given.
    ///
    /// # Errors
    /// No worker process starts on this machine.
    pub fn recompiler(features: Option<Features>) -> Result<Self, EngineError> {
        Self::new(EngineChoice::Recompiler, features)
    }

    fn new(engine: EngineChoice, features: Option<Features>) -> Result<Self, EngineError> {
        let engine = Engine::new(EngineConfig {
            engine,
            features,
            module_cache_bytes_max: 0,
            ..EngineConfig::default()
        })?;
        Ok(Self { engine, features })
    }
}

impl From<Engine> for Ours {
    fn from(engine: Engine) -> Self {
        Self { engine, features: None }
    }
}

impl Oracle for Ours {
    fn name(&self) -> String {
        let baseline = self.features == Some(Features::BASELINE);
        format!("{}{}", self.engine.engine_name(), if baseline { " (baseline)" } else { "" })
    }

    fn load(&self, blob: &[u8], config: &ModuleConfig) -> Result<Box<dyn Loaded>, String> {
        match Module::new(&self.engine, blob, config) {
            Ok(module) => Ok(Box::new(OurModule(module))),
            Err(error) => Err(error.to_string()),
        }
    }
}

struct OurModule(Module);

impl Loaded for OurModule {
    fn instance(&self) -> Result<Box<dyn Machine>, String> {
        let instance = Instance::new(&self.0).map_err(|trouble| trouble.to_string())?;
        Ok(Box::new(OurMachine { instance, tracer: Tracer::default() }))
    }

    fn memory_map(&self) -> Option<MemoryMap> {
        Some(*self.0.memory_map())
    }
}

struct OurMachine {
    instance: Instance,
    tracer: Tracer,
}

impl Machine for OurMachine {
    fn set_reg(&mut self, reg: Reg, value: u64) {
        self.instance.set_reg(reg, value);
    }

    fn set_gas(&mut self, gas: Gas) {
        self.instance.set_gas(gas);
    }

    fn set_next(&mut self, offset: u32) {
        self.instance.set_next(offset);
    }

    fn run(&mut self) -> Result<Seen, String> {
        let (exit, step) = self.tracer.run(&mut self.instance).map_err(|error| error.to_string())?;
        Ok(Seen {
            exit,
            pc: self.instance.pc(),
            next: self.instance.next(),
            gas: self.instance.gas(),
            heap: self.instance.heap_size(),
            regs: Reg::ALL.map(|reg| self.instance.reg(reg)),
            step: step.map(Box::new),
        })
    }

    fn read_memory(&mut self, address: u32, out: &mut [u8]) -> bool {
        self.instance.read_memory(address, out).is_ok()
    }

    fn write_memory(&mut self, address: u32, bytes: &[u8]) -> bool {
        self.instance.write_memory(address, bytes).is_ok()
    }

    fn heap(&self) -> u32 {
        self.instance.heap_size()
    }

    fn grow_heap(&mut self, bytes: u32) -> bool {
        self.instance.grow_heap(bytes).is_some()
    }

    fn page(&mut self, address: u32, size: u32, change: Paging) -> bool {
        match change {
            Paging::Map { writable } => self.instance.map_pages(address, size, writable),
            Paging::Unprotect => self.instance.unprotect_pages(address, size),
            Paging::Protect => self.instance.protect_pages(address, size),
            Paging::Free => self.instance.free_pages(address, size),
        }
        .is_ok()
    }
}
