// SPDX-License-Identifier: Apache-2.0
//! The `polkavm` crate: its recompiler in both sandboxes with each kind of metering and with its costlier model, and its interpreter.

use std::rc::Rc;

use polkavm::{BackendKind, GasMeteringKind, InterruptKind, Reg, SandboxKind};

use crate::{guest_of, Backend, Compile, Entry, Export, Instance, Module, Program, Result, GAS, NO_RUN};

pub(crate) const ENTRIES: [Entry; 7] = [
    Entry {
        name: "polkavm",
        about: "polkavm's recompiler in its process sandbox, synchronous gas",
        every: 1,
        gas: Some("flat"),
        start: || start(Some(SandboxKind::Linux), Some(GasMeteringKind::Sync), Costs::Naive),
    },
    Entry {
        name: "polkavm no gas",
        about: "the same, metering off",
        every: 1,
        gas: None,
        start: || start(Some(SandboxKind::Linux), None, Costs::Naive),
    },
    Entry {
        name: "polkavm async",
        about: "the same, asynchronous gas",
        every: 1,
        gas: None,
        start: || start(Some(SandboxKind::Linux), Some(GasMeteringKind::Async), Costs::Naive),
    },
    Entry {
        name: "polkavm full",
        about: "the same, synchronous gas, full cost model (level 2 cache)",
        every: 1,
        // Not the gas of our pipeline model on every program.
        gas: None,
        start: || start(Some(SandboxKind::Linux), Some(GasMeteringKind::Sync), Costs::Full),
    },
    Entry {
        name: "polkavm generic",
        about: "polkavm's recompiler in its generic sandbox, synchronous gas",
        every: 1,
        gas: Some("flat"),
        start: || start(Some(SandboxKind::Generic), Some(GasMeteringKind::Sync), Costs::Naive),
    },
    Entry {
        name: "polkavm interpreter",
        about: "polkavm's interpreter, synchronous gas",
        every: 8,
        gas: Some("flat"),
        start: || start(None, Some(GasMeteringKind::Sync), Costs::Naive),
    },
    Entry {
        name: "polkavm interpreter no gas",
        about: "polkavm's interpreter, metering off",
        every: 16,
        gas: None,
        start: || start(None, None, Costs::Naive),
    },
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Costs {
    Naive,
    Full,
}

/// The machine with a sandbox, or its interpreter.
fn start(
    sandbox: Option<SandboxKind>,
    gas: Option<GasMeteringKind>,
    costs: Costs,
) -> Result<Box<dyn Backend>> {
    let mut config = polkavm::Config::new();
    config.set_backend(Some(if sandbox.is_some() {
        BackendKind::Compiler
    } else {
        BackendKind::Interpreter
    }));
    config.set_sandbox(sandbox);
    // The generic sandbox is experimental; without this it refuses to start.
    config.set_allow_experimental(true);
    let engine = polkavm::Engine::new(&config).map_err(|error| error.to_string())?;
    Ok(Box::new(Machine { engine: Rc::new(engine), gas, costs }))
}

struct Machine {
    engine: Rc<polkavm::Engine>,
    gas: Option<GasMeteringKind>,
    costs: Costs,
}

impl Backend for Machine {
    fn prepare(&self, program: &Program) -> Result<Compile> {
        let bytes: polkavm::ArcBytes = guest_of(program)?.to_vec().into();
        let (engine, metered) = (self.engine.clone(), self.gas.is_some());
        let mut config = polkavm::ModuleConfig::new();
        config.set_gas_metering(self.gas);
        if self.costs == Costs::Full {
            config.set_cost_model(Some(polkavm::CostModelKind::Full(polkavm::CacheModel::L2Hit)));
        }
        Ok(Box::new(move || {
            let module =
                polkavm::Module::new(&engine, &config, bytes.clone()).map_err(|error| error.to_string())?;
            let offset = |export: Export| {
                let mut exports = module.exports();
                let found = exports.find(|found| found.symbol().as_bytes() == export.name().as_bytes());
                found.map(|found| found.program_counter())
            };
            let (initialize, run) = (offset(Export::Initialize), offset(Export::Run));
            Ok(Box::new(Compiled(Rc::new(Inner { module, metered, initialize, run }))))
        }))
    }
}

struct Inner {
    module: polkavm::Module,
    metered: bool,
    initialize: Option<polkavm::ProgramCounter>,
    run: Option<polkavm::ProgramCounter>,
}

struct Compiled(Rc<Inner>);

impl Module for Compiled {
    fn instantiate(&self) -> Result<Box<dyn Instance>> {
        let run = self.0.run.ok_or(NO_RUN)?;
        let mut instance = self.0.module.instantiate().map_err(|error| error.to_string())?;
        instance.set_gas(GAS);
        Ok(Box::new(Running { instance, module: self.0.clone(), run }))
    }
}

struct Running {
    instance: polkavm::RawInstance,
    module: Rc<Inner>,
    run: polkavm::ProgramCounter,
}

impl Instance for Running {
    fn call(&mut self, export: Export, argument: u64) -> Result<u64> {
        let offset = match export {
            Export::Run => self.run,
            Export::Initialize => match self.module.initialize {
                Some(offset) => offset,
                None => return Ok(0),
            },
        };
        self.instance.prepare_call_untyped(offset, &[argument]);
        loop {
            match self.instance.run() {
                Ok(InterruptKind::Finished) => return Ok(self.instance.reg(Reg::A0)),
                Ok(InterruptKind::Ecalli(0)) => {
                    let value = self.instance.reg(Reg::A0);
                    self.instance.set_reg(Reg::A0, value.wrapping_add(1));
                }
                Ok(other) => {
                    return Err(format!("ended with {other:?} at {:?}", self.instance.program_counter()))
                }
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    fn gas_used(&self) -> Option<i64> {
        self.module.metered.then(|| GAS - self.instance.gas())
    }
}
