// SPDX-License-Identifier: Apache-2.0
//! `revive-vm run`: an export of a blob, run here, without a chain.
//!
//! There are no chain host functions here. A host call ends the run, unless `--host-call NAME=VALUE` says what to
//! answer; answers are a number in a0, and nothing is written to guest memory.

use std::collections::{BTreeMap, HashMap};

use revive_vm_executor::{
    trace::SourceMap, Engine, EngineChoice, EngineConfig, Exit, Instance, Module, ModuleConfig, ModuleError,
    Reg,
};
use serde::Serialize;

use crate::{
    args::{EngineArg, Global, RunArgs},
    blob_file,
    error::{Error, Outcome, Result},
    output::{self, group_digits, grouped, Lines},
    trace::{self, StepReport, Trace},
};

/// How a run ended.
#[derive(Serialize)]
struct Report {
    exit: &'static str,
    /// What it means, in words.
    outcome: String,
    /// The import that nobody answered.
    import: Option<String>,
    engine: &'static str,
    gas_model: &'static str,
    pc: Option<u32>,
    location: Option<String>,
    gas_used: i64,
    gas_left: i64,
    host_calls: BTreeMap<String, u64>,
    registers: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<Vec<StepReport>>,
    trace_truncated: bool,
}

/// Runs the command.
pub(crate) fn run(global: &Global, args: &RunArgs) -> Result<Outcome> {
    if args.args.len() > Reg::ARGS.len() {
        return Err(Error::usage(format!(
            "{} arguments were given, a call takes at most {} in registers",
            args.args.len(),
            Reg::ARGS.len()
        )));
    }
    let bytes = blob_file::read(&args.blob)?;
    let blob = blob_file::parse(&args.blob, &bytes)?;
    let Some(offset) = blob.export(args.export.as_bytes()) else {
        let exports: Vec<_> = blob.exports().map(|export| output::name(export.name)).collect();
        let exports = if exports.is_empty() { "nothing".to_string() } else { exports.join(", ") };
        return Err(Error::new(format!("{} has no export `{}`", args.blob.display(), args.export))
            .hint(format!("it exports: {exports}")));
    };
    let answers: HashMap<&[u8], u64> =
        args.host_calls.iter().map(|(name, value)| (name.as_bytes(), *value)).collect();
    if let Some(unknown) =
        answers.keys().find(|name| !blob.imports().iter().flatten().any(|symbol| symbol == **name))
    {
        return Err(Error::new(format!("{} has no import `{}`", args.blob.display(), output::name(unknown)))
            .hint("see its imports with `revive-vm inspect BLOB`"));
    }

    let engine = engine(args)?;
    let config =
        ModuleConfig { gas: Some(args.gas_model), step_tracing: args.trace, ..ModuleConfig::default() };
    let module = Module::new(&engine, &bytes, &config).map_err(|error: ModuleError| {
        Error::new(format!("failed to set {} up: {error}", args.blob.display()))
            .hint("see its sections and memory with `revive-vm inspect BLOB`")
    })?;
    let mut instance = Instance::new(&module).map_err(|trouble| {
        Error::new(trouble.to_string()).hint("`--engine interpreter` needs no worker process")
    })?;
    instance.set_gas(args.gas);
    instance.prepare_call(offset, &args.args);

    let mut trace = args.trace.then(|| Trace::new(&blob, args.trace_limit, !global.json));
    let mut host_calls = BTreeMap::new();
    let (exit, import) = loop {
        let failed = |error| Error::new(format!("failed to run {}: {error}", args.blob.display()));
        let exit = match &mut trace {
            Some(trace) => trace.run(&mut instance, failed)?,
            None => instance.run().map_err(failed)?,
        };
        match exit {
            Exit::Step => {}
            Exit::HostCall(number) => {
                let symbol = blob.imports().get(number).flatten();
                match symbol.and_then(|symbol| answers.get(symbol)) {
                    Some(answer) => {
                        let name = symbol.map(output::name).unwrap_or_default();
                        if let Some(trace) = &mut trace {
                            trace.host_call(&name, *answer)?;
                        }
                        *host_calls.entry(name).or_insert(0) += 1;
                        instance.set_reg(Reg::A0, *answer);
                    }
                    None => {
                        let name = symbol.map_or_else(|| format!("number {number}"), output::name);
                        break (exit, Some((name, symbol.is_some())));
                    }
                }
            }
            Exit::Finished | Exit::Trap | Exit::OutOfGas | Exit::Segfault(_) => break (exit, None),
        }
    };

    let pc = instance.pc();
    let (kind, outcome) = match (exit, &import) {
        (Exit::Finished, _) => ("finished", "finished".to_string()),
        (Exit::OutOfGas, _) => ("out_of_gas", format!("out of gas: {} were given", grouped_gas(args.gas))),
        (Exit::HostCall(_), Some((name, true))) => (
            "host_call",
            format!("stopped at the host function `{name}`, which a run without a chain does not have"),
        ),
        (Exit::HostCall(_), Some((name, false))) => {
            ("host_call", format!("stopped at host call {name}, which the blob does not import"))
        }
        (Exit::Segfault(segfault), _) => ("segfault", segfault.to_string()),
        _ => (
            "trap",
            "trapped: an invalid instruction, a bad memory access or jump, or an explicit trap".into(),
        ),
    };
    let (trace, trace_truncated) = trace.map_or((None, false), Trace::finish);
    let report = Report {
        exit: kind,
        outcome,
        import: import.as_ref().map(|(name, _)| name.clone()),
        engine: engine.engine_name(),
        gas_model: args.gas_model.name(),
        pc,
        location: pc.and_then(|pc| trace::location(SourceMap::new(blob.debug_info()).frames(pc))),
        gas_used: args.gas.saturating_sub(instance.gas()),
        gas_left: instance.gas(),
        host_calls,
        registers: Reg::ALL.iter().map(|reg| (reg.name(), format!("{:#x}", instance.reg(*reg)))).collect(),
        trace,
        trace_truncated,
    };
    if global.json {
        output::print_json(&report)?;
    } else {
        output::print(&report.render(&instance, args.trace))?;
    }
    if let Some((name, true)) = &import {
        eprintln!("hint: answer it with --host-call {name}=VALUE, or call the contract on a chain with `revive-vm call`");
    }
    Ok(if exit == Exit::Finished { Outcome::Success } else { Outcome::ContractFailed })
}

fn engine(args: &RunArgs) -> Result<Engine> {
    let engine = match args.engine {
        // Without it there would be nothing to name.
        EngineArg::Auto if args.jitdump.is_some() => EngineChoice::Recompiler,
        EngineArg::Auto => EngineChoice::Auto,
        EngineArg::Interpreter => EngineChoice::Interpreter,
        EngineArg::Recompiler => EngineChoice::Recompiler,
    };
    Engine::new(EngineConfig { engine, jitdump: args.jitdump.clone(), ..EngineConfig::default() })
        .map_err(|error| Error::new(error.to_string()))
}

fn times(count: u64) -> String {
    if count == 1 {
        "once".into()
    } else {
        format!("{} times", grouped(count))
    }
}

fn grouped_gas(gas: i64) -> String {
    group_digits(&gas.to_string())
}

impl Report {
    fn render(&self, instance: &Instance, traced: bool) -> String {
        let mut lines = Lines::default();
        lines.add("outcome", &self.outcome);
        if let Some(pc) = self.pc {
            lines.add("pc", pc.to_string());
        }
        if let Some(location) = &self.location {
            lines.add("location", location);
        }
        lines
            .add("gas used", format!("{} ({} left)", grouped_gas(self.gas_used), grouped_gas(self.gas_left)))
            .add("gas model", self.gas_model)
            .add("engine", self.engine);
        for (name, count) in &self.host_calls {
            lines.add("host call", format!("{name}: answered {}", times(*count)));
        }
        for row in Reg::ALL.chunks(4) {
            let cells: Vec<_> = row
                .iter()
                .map(|reg| format!("{:>2} {:<18}", reg.name(), format!("{:#x}", instance.reg(*reg))))
                .collect();
            let label = if row.contains(&Reg::Ra) { "registers" } else { "" };
            lines.add(label, cells.join("  ").trim_end());
        }
        let gap = if traced { "\n" } else { "" };
        format!("{gap}{}", lines.render(0))
    }
}
