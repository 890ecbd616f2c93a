// SPDX-License-Identifier: Apache-2.0
//! wasmi, an interpreter of wasm, as it is by default: it translates functions before they run, and does not meter.

use wasmi::{Engine, Linker, Store, TypedFunc};

use crate::{wasm_of, Backend, Compile, Entry, Export, Instance, Module, Program, Result};

pub(crate) const ENTRY: Entry = Entry {
    name: "wasmi",
    about: "the wasm interpreter wasmi, no metering",
    every: 4,
    gas: None,
    start: || Ok(Box::new(Machine(Engine::default()))),
};

struct Machine(Engine);

impl Backend for Machine {
    fn prepare(&self, program: &Program) -> Result<Compile> {
        let (wasm, engine) = (wasm_of(program)?.to_vec(), self.0.clone());
        Ok(Box::new(move || {
            let module = wasmi::Module::new(&engine, &wasm[..]).map_err(|error| error.to_string())?;
            let mut linker = Linker::new(&engine);
            linker
                .func_wrap("env", "host_call", |value: u64| value.wrapping_add(1))
                .map_err(|error| error.to_string())?;
            Ok(Box::new(Compiled { module, linker }))
        }))
    }
}

struct Compiled {
    module: wasmi::Module,
    linker: Linker<()>,
}

impl Module for Compiled {
    fn instantiate(&self) -> Result<Box<dyn Instance>> {
        let mut store = Store::new(self.module.engine(), ());
        let instance =
            self.linker.instantiate_and_start(&mut store, &self.module).map_err(|error| error.to_string())?;
        let initialize =
            instance.get_typed_func(&store, Export::Initialize.name()).map_err(|error| error.to_string())?;
        let run = instance.get_typed_func(&store, Export::Run.name()).map_err(|error| error.to_string())?;
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
        result.map_err(|error| error.to_string())
    }
}
