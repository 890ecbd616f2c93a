// SPDX-License-Identifier: Apache-2.0
//! Runs blobs on both engines.

use revive_vm_executor::{
    Engine, EngineChoice, EngineConfig, Exit, GasModel, Instance, Module, ModuleConfig, Reg,
};
use revive_vm_primitives::Blob;

use crate::expected::Work;

/// Gas for one call: some seconds of the interpreter.
const GAS: i64 = 2_000_000_000;

/// Host calls that a program may make in one call, so that none goes on forever.
const HOST_CALLS_MAX: usize = 1_000;

/// How a call ended.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum End {
    /// With this result.
    Returned(u64),
    /// The same of a function whose result is not known to be one.
    Ended,
    Trapped,
    /// Or of patience with its host calls.
    OutOfGas,
}

/// What a call did.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Outcome {
    pub(crate) export: String,
    pub(crate) end: End,
    /// The names of the host functions that were called.
    pub(crate) host_calls: Vec<String>,
}

/// An engine with its name.
pub(crate) struct Runner {
    name: &'static str,
    engine: Engine,
}

/// Both of them.
pub(crate) struct Engines([Runner; 2]);

impl Engines {
    /// Starts them.
    pub(crate) fn start() -> Result<Self, String> {
        let start = |name, engine| {
            let engine = Engine::new(EngineConfig { engine, ..EngineConfig::default() });
            Ok::<_, String>(Runner { name, engine: engine.map_err(|error| error.to_string())? })
        };
        Ok(Self([
            start("interpreter", EngineChoice::Interpreter)?,
            start("recompiler", EngineChoice::Recompiler)?,
        ]))
    }

    /// In the order in which they run.
    pub(crate) fn all(&self) -> &[Runner] {
        &self.0
    }
}

impl Runner {
    /// For messages.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Runs what is to be run of a blob. All host calls are answered with 0.
    pub(crate) fn run(&self, bytes: &[u8], work: Work) -> Result<Vec<Outcome>, String> {
        let blob = Blob::parse(bytes).map_err(|error| error.to_string())?;
        let config = ModuleConfig { gas: Some(GasModel::Flat), ..ModuleConfig::default() };
        let module = Module::new(&self.engine, bytes, &config).map_err(|error| error.to_string())?;
        let instance = || Instance::new(&module).map_err(|error| error.to_string());
        match work {
            Work::Run(n) => {
                let mut instance = instance()?;
                let mut outcomes = Vec::new();
                if blob.export(b"initialize").is_some() {
                    outcomes.push(call(&blob, &mut instance, "initialize", 0)?);
                }
                let mut outcome = call(&blob, &mut instance, "run", n)?;
                if outcome.end == End::Ended {
                    outcome.end = End::Returned(result(&blob, &instance));
                }
                outcomes.push(outcome);
                Ok(outcomes)
            }
            Work::Exports => {
                let mut names: Vec<_> =
                    blob.exports().map(|export| String::from_utf8_lossy(export.name).into_owned()).collect();
                names.sort();
                names.iter().map(|name| call(&blob, &mut instance()?, name, 0)).collect()
            }
        }
    }
}

/// Sixty-four bits: a register, or two of them.
fn result(blob: &Blob<'_>, instance: &Instance) -> u64 {
    let low = instance.reg(Reg::A0);
    match blob.isa().register_bits() {
        32 => low & u64::from(u32::MAX) | instance.reg(Reg::A1) << 32,
        _ => low,
    }
}

fn call(blob: &Blob<'_>, instance: &mut Instance, export: &str, argument: u64) -> Result<Outcome, String> {
    let offset = blob.export(export.as_bytes()).ok_or_else(|| format!("there is no export `{export}`"))?;
    instance.set_gas(GAS);
    instance.prepare_call(offset, &[argument]);
    let mut host_calls = Vec::new();
    let end = loop {
        match instance.run().map_err(|error| error.to_string())? {
            Exit::Finished => break End::Ended,
            Exit::HostCall(number) if host_calls.len() < HOST_CALLS_MAX => {
                let name = blob.imports().get(number).flatten().unwrap_or_default();
                host_calls.push(String::from_utf8_lossy(name).into_owned());
                instance.set_reg(Reg::A0, 0);
            }
            Exit::HostCall(_) | Exit::OutOfGas => break End::OutOfGas,
            _ => break End::Trapped,
        }
    };
    Ok(Outcome { export: export.into(), end, host_calls })
}
