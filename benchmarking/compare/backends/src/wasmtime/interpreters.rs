// SPDX-License-Identifier: Apache-2.0
//! Interpreters inside of wasm: the module `in-wasm`, compiled with the settings that a node has for its runtime.

use std::{cell::OnceCell, path::PathBuf, rc::Rc};

use wasmtime::{
    Engine, Instance as WasmInstance, Module as WasmModule, OptLevel, Store, Strategy, TypedFunc,
};

use crate::{guest_of, Backend, Compile, Entry, Export, Instance, Module, Program, Result};

pub(super) const OURS: Entry = Entry {
    name: "ours in wasm",
    about: "our interpreter compiled to wasm, in wasmtime, flat gas",
    every: 16,
    gas: Some("flat"),
    start: || start(0),
};

pub(super) const POLKAVM: Entry = Entry {
    name: "polkavm in wasm",
    about: "polkavm's interpreter compiled to wasm, in wasmtime, synchronous gas",
    every: 16,
    gas: Some("flat"),
    start: || start(1),
};

/// The file with the module, among the suite's programs. Comparisons run in the root of the checkout.
const FILE: &str = "contracts/build/bench/in_wasm.wasm";

thread_local! {
    /// Both interpreters are one module, which takes a second to compile.
    static MODULE: OnceCell<Result<WasmModule>> = const { OnceCell::new() };
}

fn module() -> Result<WasmModule> {
    let path = PathBuf::from(FILE);
    let bytes = std::fs::read(&path)
        .map_err(|error| format!("{}: {error}; `cargo xtask compare` builds it", path.display()))?;
    let engine: Engine = super::engine(Strategy::Cranelift, OptLevel::SpeedAndSize, false)?;
    WasmModule::from_binary(&engine, &bytes).map_err(|error| error.to_string())
}

fn start(machine: u32) -> Result<Box<dyn Backend>> {
    let module = MODULE.with(|kept| kept.get_or_init(module).clone())?;
    Ok(Box::new(Machine { module, machine }))
}

struct Machine {
    module: WasmModule,
    machine: u32,
}

impl Backend for Machine {
    fn prepare(&self, program: &Program) -> Result<Compile> {
        let (blob, module, machine): (Rc<[u8]>, _, _) =
            (guest_of(program)?.into(), self.module.clone(), self.machine);
        Ok(Box::new(move || {
            // A program is compiled into the memory of the runtime that runs it.
            Ok(Box::new(Compiled { blob: blob.clone(), module: module.clone(), machine }))
        }))
    }
}

struct Compiled {
    blob: Rc<[u8]>,
    module: WasmModule,
    machine: u32,
}

impl Module for Compiled {
    /// Makes a runtime, and in it compiles the blob and makes an instance, as a node does for a block.
    fn instantiate(&self) -> Result<Box<dyn Instance>> {
        let load = || -> wasmtime::Result<Running> {
            let mut store = Store::new(self.module.engine(), ());
            let instance = WasmInstance::new(&mut store, &self.module, &[])?;
            let reserve: TypedFunc<u32, u32> = instance.get_typed_func(&mut store, "reserve")?;
            let compile: TypedFunc<u32, ()> = instance.get_typed_func(&mut store, "compile")?;
            let instantiate: TypedFunc<(), ()> = instance.get_typed_func(&mut store, "instantiate")?;
            let at = reserve.call(&mut store, self.blob.len() as u32)?;
            let memory = instance.get_memory(&mut store, "memory");
            let memory = memory.ok_or_else(|| wasmtime::Error::msg("there is no memory"))?;
            memory.write(&mut store, at as usize, &self.blob)?;
            compile.call(&mut store, self.machine)?;
            instantiate.call(&mut store, ())?;
            let call = instance.get_typed_func(&mut store, "call")?;
            let gas_used: TypedFunc<(), i64> = instance.get_typed_func(&mut store, "gas_used")?;
            Ok(Running { store, call, gas_used, gas: 0 })
        };
        Ok(Box::new(load().map_err(|error| format!("{error:?}"))?))
    }
}

struct Running {
    store: Store<()>,
    call: TypedFunc<(u32, u64), u64>,
    gas_used: TypedFunc<(), i64>,
    /// As it was after the last call.
    gas: i64,
}

impl Instance for Running {
    fn call(&mut self, export: Export, argument: u64) -> Result<u64> {
        let number = match export {
            Export::Initialize => 0,
            Export::Run => 1,
        };
        let mut both = || -> wasmtime::Result<u64> {
            let result = self.call.call(&mut self.store, (number, argument))?;
            self.gas = self.gas_used.call(&mut self.store, ())?;
            Ok(result)
        };
        both().map_err(|error| format!("{error:?}"))
    }

    fn gas_used(&self) -> Option<i64> {
        Some(self.gas)
    }
}
