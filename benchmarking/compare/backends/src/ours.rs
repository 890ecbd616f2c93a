// SPDX-License-Identifier: Apache-2.0
//! Our engines: the recompiler and the interpreter, without metering, with the flat and with the pipeline model.

use revive_vm_executor as ours;

use crate::{guest_of, Backend, Compile, Entry, Export, Instance, Module, Program, Result, GAS, NO_RUN};

pub(crate) const ENTRIES: [Entry; 7] = [
    Entry {
        name: "ours",
        about: "our recompiler, flat gas",
        every: 1,
        gas: Some("flat"),
        start: || start(ours::EngineChoice::Recompiler, Some(ours::GasModel::Flat)),
    },
    Entry {
        name: "ours again",
        about: "the same once more: how far apart equal things are measured",
        every: 1,
        gas: Some("flat"),
        start: || start(ours::EngineChoice::Recompiler, Some(ours::GasModel::Flat)),
    },
    Entry {
        name: "ours no gas",
        about: "our recompiler, metering off",
        every: 1,
        gas: None,
        start: || start(ours::EngineChoice::Recompiler, None),
    },
    Entry {
        name: "ours pipeline",
        about: "our recompiler, pipeline model (level 2 cache)",
        every: 1,
        gas: Some("pipeline"),
        start: || start(ours::EngineChoice::Recompiler, Some(ours::GasModel::PipelineL2)),
    },
    Entry {
        name: "ours interpreter",
        about: "our interpreter, flat gas",
        every: 8,
        gas: Some("flat"),
        start: || start(ours::EngineChoice::Interpreter, Some(ours::GasModel::Flat)),
    },
    Entry {
        name: "ours interpreter no gas",
        about: "our interpreter, metering off",
        every: 8,
        gas: None,
        start: || start(ours::EngineChoice::Interpreter, None),
    },
    Entry {
        name: "ours interpreter pipeline",
        about: "our interpreter, pipeline model (level 2 cache)",
        every: 16,
        gas: Some("pipeline"),
        start: || start(ours::EngineChoice::Interpreter, Some(ours::GasModel::PipelineL2)),
    },
];

fn start(engine: ours::EngineChoice, gas: Option<ours::GasModel>) -> Result<Box<dyn Backend>> {
    let config = ours::EngineConfig { engine, ..ours::EngineConfig::default() };
    let engine = ours::Engine::new(config).map_err(|error| error.to_string())?;
    Ok(Box::new(Machine { engine, gas }))
}

struct Machine {
    engine: ours::Engine,
    gas: Option<ours::GasModel>,
}

impl Backend for Machine {
    fn prepare(&self, program: &Program) -> Result<Compile> {
        let (blob, engine) = (guest_of(program)?.to_vec(), self.engine.clone());
        let config = ours::ModuleConfig { gas: self.gas, ..ours::ModuleConfig::default() };
        Ok(Box::new(move || {
            // Not by the engine's cache: this is to be measured.
            let module = ours::Module::new(&engine, &blob, &config).map_err(|error| error.to_string())?;
            let initialize = module.export_offset(Export::Initialize.name().as_bytes());
            let run = module.export_offset(Export::Run.name().as_bytes());
            Ok(Box::new(Compiled { module, initialize, run }))
        }))
    }
}

struct Compiled {
    module: ours::Module,
    initialize: Option<u32>,
    run: Option<u32>,
}

impl Module for Compiled {
    fn instantiate(&self) -> Result<Box<dyn Instance>> {
        let run = self.run.ok_or(NO_RUN)?;
        let mut instance = ours::Instance::new(&self.module).map_err(|trouble| trouble.to_string())?;
        instance.set_gas(GAS);
        let metered = self.module.config().gas.is_some();
        Ok(Box::new(Running { instance, metered, initialize: self.initialize, run }))
    }
}

struct Running {
    instance: ours::Instance,
    metered: bool,
    initialize: Option<u32>,
    run: u32,
}

impl Instance for Running {
    fn call(&mut self, export: Export, argument: u64) -> Result<u64> {
        let offset = match export {
            Export::Run => self.run,
            Export::Initialize => match self.initialize {
                Some(offset) => offset,
                None => return Ok(0),
            },
        };
        self.instance.prepare_call(offset, &[argument]);
        loop {
            match self.instance.run() {
                Ok(ours::Exit::Finished) => return Ok(self.instance.reg(ours::Reg::A0)),
                Ok(ours::Exit::HostCall(0)) => {
                    let value = self.instance.reg(ours::Reg::A0);
                    self.instance.set_reg(ours::Reg::A0, value.wrapping_add(1));
                }
                Ok(other) => return Err(format!("ended with {other} at {:?}", self.instance.pc())),
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    fn gas_used(&self) -> Option<i64> {
        self.metered.then(|| GAS - self.instance.gas())
    }
}
