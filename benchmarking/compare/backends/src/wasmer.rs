// SPDX-License-Identifier: Apache-2.0
//! wasmer with its one-pass compiler Singlepass, no metering.

use wasmer::{
    imports,
    sys::{EngineBuilder, Singlepass},
    Engine, Function, Imports, Store, TypedFunction,
};

use crate::{wasm_of, Backend, Compile, Entry, Export, Instance, Module, Program, Result};

pub(crate) const ENTRY: Entry = Entry {
    name: "wasmer singlepass",
    about: "wasmer's one-pass compiler, no metering",
    every: 1,
    gas: None,
    start: || Ok(Box::new(Machine(EngineBuilder::new(Singlepass::default()).engine().into()))),
};

struct Machine(Engine);

impl Backend for Machine {
    fn prepare(&self, program: &Program) -> Result<Compile> {
        let (wasm, engine) = (wasm_of(program)?.to_vec(), self.0.clone());
        Ok(Box::new(move || {
            let module = wasmer::Module::new(&engine, &wasm).map_err(|error| error.to_string())?;
            Ok(Box::new(Compiled { module, engine: engine.clone() }))
        }))
    }
}

struct Compiled {
    module: wasmer::Module,
    engine: Engine,
}

impl Module for Compiled {
    fn instantiate(&self) -> Result<Box<dyn Instance>> {
        let mut store = Store::new(self.engine.clone());
        let host_call = Function::new_typed(&mut store, |value: u64| value.wrapping_add(1));
        let imports: Imports = imports! { "env" => { "host_call" => host_call } };
        let instance =
            wasmer::Instance::new(&mut store, &self.module, &imports).map_err(|error| error.to_string())?;
        let exports = &instance.exports;
        let initialize = exports
            .get_typed_function(&store, Export::Initialize.name())
            .map_err(|error| error.to_string())?;
        let run =
            exports.get_typed_function(&store, Export::Run.name()).map_err(|error| error.to_string())?;
        Ok(Box::new(Running { store, initialize, run, _instance: instance }))
    }
}

struct Running {
    store: Store,
    initialize: TypedFunction<(), ()>,
    run: TypedFunction<u64, u64>,
    _instance: wasmer::Instance,
}

impl Instance for Running {
    fn call(&mut self, export: Export, argument: u64) -> Result<u64> {
        let result = match export {
            Export::Initialize => self.initialize.call(&mut self.store).map(|()| 0),
            Export::Run => self.run.call(&mut self.store, argument),
        };
        result.map_err(|error| error.to_string())
    }
}
