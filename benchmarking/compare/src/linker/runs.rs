// SPDX-License-Identifier: Apache-2.0
//! Runs blobs: what they do, and how long it takes.

use std::time::Instant;

use polkavm::{GasMeteringKind, InterruptKind, Reg as TheirReg, SandboxKind};
use revive_vm_executor as ours;
use revive_vm_measure::{in_turn, Samples};

use super::elfs::{Input, Work};

/// Gas for one call: some seconds.
const GAS: i64 = 4_000_000_000;

/// Host calls that a program may make in one call, so that none goes on forever.
const HOST_CALLS_MAX: u32 = 1_000;

/// How a call ended.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum End {
    /// With this in the register for results.
    Returned(u64),
    /// The same of a function without result.
    Ended,
    Trapped,
    /// Of gas, or of patience with its host calls.
    RanOut,
    CannotRun(String),
}

/// What a call did.
#[derive(Clone, PartialEq, Debug)]
struct Outcome {
    export: String,
    end: End,
    /// The names of the host functions that were called.
    host_calls: Vec<String>,
}

/// Something that runs blobs.
pub(super) trait Engine {
    /// Calls exports with one argument each, one after the other in one instance. All host calls are answered with 0.
    fn call(&self, blob: &[u8], calls: &[(&str, u64)]) -> Result<Vec<CallEnd>, String>;
}

/// How a call ended and the numbers of the host functions that it called.
pub(super) type CallEnd = (End, Vec<u32>);

/// Our recompiler with flat gas.
pub(super) struct Recompiler(ours::Engine);

/// The other project's recompiler in its process sandbox.
pub(super) struct Polkavm(polkavm::Engine);

/// What blobs are run by.
pub(super) struct Engines {
    pub(super) ours: Recompiler,
    /// Or why it does not start.
    pub(super) polkavm: Result<Polkavm, String>,
}

impl Engines {
    /// Starts them.
    pub(super) fn start() -> Result<Self, String> {
        let config =
            ours::EngineConfig { engine: ours::EngineChoice::Recompiler, ..ours::EngineConfig::default() };
        let recompiler = ours::Engine::new(config).map_err(|error| error.to_string())?;
        let mut config = polkavm::Config::new();
        config.set_backend(Some(polkavm::BackendKind::Compiler));
        config.set_sandbox(Some(SandboxKind::Linux));
        let polkavm = polkavm::Engine::new(&config).map(Polkavm).map_err(|error| error.to_string());
        Ok(Self { ours: Recompiler(recompiler), polkavm })
    }
}

impl Recompiler {
    fn module(&self, blob: &[u8]) -> Result<ours::Module, String> {
        let config = ours::ModuleConfig { gas: Some(ours::GasModel::Flat), ..ours::ModuleConfig::default() };
        ours::Module::new(&self.0, blob, &config).map_err(|error| error.to_string())
    }
}

impl Engine for Recompiler {
    fn call(&self, blob: &[u8], calls: &[(&str, u64)]) -> Result<Vec<CallEnd>, String> {
        let module = self.module(blob)?;
        let mut instance = ours::Instance::new(&module).map_err(|error| error.to_string())?;
        let call = |&(export, argument): &(&str, u64)| {
            let offset = module.export_offset(export.as_bytes());
            let offset = offset.ok_or_else(|| format!("there is no export `{export}`"))?;
            instance.set_gas(GAS);
            instance.prepare_call(offset, &[argument]);
            let mut host_calls = Vec::new();
            let end = loop {
                match instance.run().map_err(|error| error.to_string())? {
                    ours::Exit::Finished => break End::Returned(instance.reg(ours::Reg::A0)),
                    ours::Exit::HostCall(number) if (host_calls.len() as u32) < HOST_CALLS_MAX => {
                        host_calls.push(number);
                        instance.set_reg(ours::Reg::A0, 0);
                    }
                    ours::Exit::HostCall(_) | ours::Exit::OutOfGas => break End::RanOut,
                    _ => break End::Trapped,
                }
            };
            Ok((end, host_calls))
        };
        calls.iter().map(call).collect()
    }
}

impl Engine for Polkavm {
    fn call(&self, blob: &[u8], calls: &[(&str, u64)]) -> Result<Vec<CallEnd>, String> {
        let mut config = polkavm::ModuleConfig::new();
        config.set_gas_metering(Some(GasMeteringKind::Sync));
        let module = polkavm::Module::new(&self.0, &config, blob.to_vec().into())
            .map_err(|error| error.to_string())?;
        let mut instance = module.instantiate().map_err(|error| error.to_string())?;
        let call = |&(export, argument): &(&str, u64)| {
            let mut exports = module.exports();
            let found = exports.find(|found| found.symbol().as_bytes() == export.as_bytes());
            let offset = found.ok_or_else(|| format!("there is no export `{export}`"))?.program_counter();
            instance.set_gas(GAS);
            instance.prepare_call_untyped(offset, &[argument]);
            let mut host_calls = Vec::new();
            let end = loop {
                match instance.run().map_err(|error| error.to_string())? {
                    InterruptKind::Finished => break End::Returned(instance.reg(TheirReg::A0)),
                    InterruptKind::Ecalli(number) if (host_calls.len() as u32) < HOST_CALLS_MAX => {
                        host_calls.push(number);
                        instance.set_reg(TheirReg::A0, 0);
                    }
                    InterruptKind::Ecalli(_) | InterruptKind::NotEnoughGas => break End::RanOut,
                    _ => break End::Trapped,
                }
            };
            Ok((end, host_calls))
        };
        calls.iter().map(call).collect()
    }
}

/// Where two blobs of the same file do not do the same, or not what the native program does. `None` if all is well.
pub(super) fn difference(engine: &impl Engine, blobs: [&[u8]; 2], input: &Input) -> Option<String> {
    let [first, second] = blobs.map(|blob| outcomes(engine, blob, input));
    if let Some(different) = first.iter().zip(&second).find(|(a, b)| a != b) {
        return Some(format!("ours {:?}, theirs {:?}", different.0, different.1));
    }
    if first.len() != second.len() {
        return Some(format!("{} exports, theirs {}", first.len(), second.len()));
    }
    let native = input.work.and_then(|work| {
        let native = work.native?;
        (native.initialize)();
        Some((native.run)(work.n))
    })?;
    let end = first.last().map(|outcome| &outcome.end);
    (end != Some(&End::Returned(native))).then(|| format!("{end:?}, the native program returns {native:#x}"))
}

/// Calls the program's work, or else each export in an instance of its own.
fn outcomes(engine: &impl Engine, blob: &[u8], input: &Input) -> Vec<Outcome> {
    let parsed = match polkavm::ProgramBlob::parse(blob.to_vec().into()) {
        Ok(parsed) => parsed,
        Err(error) => return vec![outcome("", End::CannotRun(error.to_string()))],
    };
    let mut exports: Vec<String> = parsed.exports().map(|export| text(export.symbol().as_bytes())).collect();
    exports.sort();
    let imports: Vec<String> = parsed
        .imports()
        .iter()
        .map(|import| import.map_or_else(String::new, |name| text(name.as_bytes())))
        .collect();
    let plans: Vec<Vec<(&str, u64)>> = match input.work {
        Some(work) => {
            let has_initialize = exports.iter().any(|export| export == "initialize");
            let initialize = has_initialize.then_some(("initialize", 0));
            vec![initialize.into_iter().chain([("run", work.n)]).collect()]
        }
        None => exports.iter().map(|export| vec![(export.as_str(), 0)]).collect(),
    };
    let mut outcomes = Vec::new();
    for plan in plans {
        match engine.call(blob, &plan) {
            Ok(ends) => outcomes.extend(plan.iter().zip(ends).map(|((export, _), (end, calls))| {
                Outcome {
                    export: (*export).into(),
                    // Only `run` is known to have a result.
                    end: match end {
                        End::Returned(_) if *export != "run" => End::Ended,
                        end => end,
                    },
                    host_calls: calls
                        .iter()
                        .map(|number| imports.get(*number as usize).cloned().unwrap_or_default())
                        .collect(),
                }
            })),
            Err(why) => outcomes.push(outcome(plan[0].0, End::CannotRun(why))),
        }
    }
    outcomes
}

fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

fn outcome(export: &str, end: End) -> Outcome {
    Outcome { export: export.into(), end, host_calls: Vec::new() }
}

/// The times of the work of two blobs in turn, each in a new instance.
pub(super) fn time(
    engine: &Recompiler,
    blobs: [&[u8]; 2],
    work: Work,
    rounds: usize,
) -> Result<[Samples; 2], String> {
    let modules = [engine.module(blobs[0])?, engine.module(blobs[1])?];
    let mut times = [Samples::new(), Samples::new()];
    in_turn(rounds, &[1, 1], |index, _| {
        let module = &modules[index];
        let mut instance = ours::Instance::new(module).map_err(|error| error.to_string())?;
        instance.set_gas(i64::MAX / 2);
        let mut call = |export: &[u8], argument: u64| {
            let Some(offset) = module.export_offset(export) else { return Ok(()) };
            instance.prepare_call(offset, &[argument]);
            loop {
                match instance.run() {
                    Ok(ours::Exit::Finished) => return Ok(()),
                    Ok(ours::Exit::HostCall(_)) => instance.set_reg(ours::Reg::A0, 0),
                    Ok(other) => return Err(format!("ended with {other}")),
                    Err(error) => return Err(error.to_string()),
                }
            }
        };
        call(b"initialize", 0)?;
        let begin = Instant::now();
        call(b"run", work.n)?;
        times[index].push(begin.elapsed());
        Ok::<(), String>(())
    })?;
    Ok(times)
}
