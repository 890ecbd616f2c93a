// SPDX-License-Identifier: Apache-2.0
//! wasmtime: Cranelift as it is and with fuel, Winch; and in it, as in a node, the interpreters compiled to wasm.

mod interpreters;

use wasmtime::{Config, Engine, Linker, OptLevel, Store, Strategy, TypedFunc};

use crate::{wasm_of, Backend, Compile, Entry, Export, Instance, Module, Program, Result};

pub(crate) const ENTRIES: [Entry; 5] = [
    Entry {
        name: "wasmtime",
        about: "wasmtime's optimising compiler Cranelift, no metering",
        every: 1,
        gas: None,
        start: || start(Strategy::Cranelift, false),
    },
    Entry {
        name: "wasmtime fuel",
        about: "the same, fuel",
        every: 1,
        gas: None,
        start: || start(Strategy::Cranelift, true),
    },
    Entry {
        name: "winch",
        about: "wasmtime's one-pass compiler Winch, no metering",
        every: 1,
        gas: None,
        start: || start(Strategy::Winch, false),
    },
    interpreters::OURS,
    interpreters::POLKAVM,
];

fn engine(strategy: Strategy, level: OptLevel, fuel: bool) -> Result<Engine> {
    let mut config = Config::new();
    config.strategy(strategy).cranelift_opt_level(level).consume_fuel(fuel);
    Engine::new(&config).map_err(|error| error.to_string())
}

fn start(strategy: Strategy, fuel: bool) -> Result<Box<dyn Backend>> {
    Ok(Box::new(Machine { engine: engine(strategy, OptLevel::Speed, fuel)?, fuel }))
}

struct Machine {
    engine: Engine,
    fuel: bool,
}

impl Backend for Machine {
    fn prepare(&self, program: &Program) -> Result<Compile> {
        let (wasm, engine, fuel) = (wasm_of(program)?.to_vec(), self.engine.clone(), self.fuel);
        Ok(Box::new(move || {
            let module = wasmtime::Module::from_binary(&engine, &wasm).map_err(|error| error.to_string())?;
            let mut linker = Linker::new(&engine);
            linker
                .func_wrap("env", "host_call", |value: u64| value.wrapping_add(1))
                .map_err(|error| error.to_string())?;
            Ok(Box::new(Compiled { module, linker, fuel }))
        }))
    }
}

struct Compiled {
    module: wasmtime::Module,
    linker: Linker<()>,
    fuel: bool,
}

impl Module for Compiled {
    fn instantiate(&self) -> Result<Box<dyn Instance>> {
        let mut store = Store::new(self.module.engine(), ());
        if self.fuel {
            store.set_fuel(u64::MAX).map_err(|error| error.to_string())?;
        }
        let instance =
            self.linker.instantiate(&mut store, &self.module).map_err(|error| error.to_string())?;
        let initialize = instance
            .get_typed_func(&mut store, Export::Initialize.name())
            .map_err(|error| error.to_string())?;
        let run =
            instance.get_typed_func(&mut store, Export::Run.name()).map_err(|error| error.to_string())?;
        Ok(Box::new(Running { store, initialize, run }))
    }
}

struct Running {
    store: Store<()>,
    initialize: TypedFunc<(), ()>,
    run: TypedFunc<u64, u64>,
}

impl Instance for Running {
    fn call(&mut self, export: Export, argument: u64) -> Result<u64> {
        let result = match export {
            Export::Initialize => self.initialize.call(&mut self.store, ()).map(|()| 0),
            Export::Run => self.run.call(&mut self.store, argument),
        };
        result.map_err(|error| format!("{error:?}"))
    }
}
