// SPDX-License-Identifier: Apache-2.0
//! `revive-vm profile`: where the gas of a run goes.

use std::{collections::BTreeMap, fs, path::Path};

use revive_vm_executor::Exit;
use serde::Serialize;

use crate::{
    args::{Global, ProfileArgs},
    blob_file,
    error::{Error, Outcome, Result},
    local_run::{Folders, LocalRun},
    output::{self, group_digits, grouped, table, Align, Lines},
    profile::{Profile, Summary},
};

#[derive(Serialize)]
struct Report {
    exit: &'static str,
    outcome: String,
    gas_model: &'static str,
    gas_used: i64,
    host_calls: BTreeMap<String, u64>,
    functions: Vec<Function>,
    lines: Vec<Line>,
    stacks: Vec<Stack>,
}

#[derive(Serialize)]
struct Function {
    name: String,
    /// Gas spent in it.
    own: u64,
    /// Gas spent in it and in what it called.
    total: u64,
    calls: u64,
}

#[derive(Serialize)]
struct Line {
    place: String,
    function: String,
    gas: u64,
}

#[derive(Serialize)]
struct Stack {
    functions: Vec<String>,
    gas: u64,
}

/// Runs the command.
pub(crate) fn run(global: &Global, args: &ProfileArgs) -> Result<Outcome> {
    let bytes = blob_file::read(&args.guest.blob)?;
    let blob = blob_file::parse(&args.guest.blob, &bytes)?;
    if blob.debug_info().is_empty() {
        eprintln!(
            "warning: {} has no debug info; functions are shown by export or code offset, lines not at all",
            args.guest.blob.display()
        );
    }
    let mut run = LocalRun::new(&args.guest, &bytes, &blob, true, Folders::default())?;
    let mut profile = Profile::new(&blob, run.start, args.guest.gas);
    let end = run.finish(&mut profile)?;
    let summary = profile.finish();

    if let Some(path) = &args.folded {
        write(path, summary.folded().as_bytes())?;
    }
    if let Some(path) = &args.svg {
        let title = format!("{} {}", args.guest.blob.display(), args.guest.export);
        write(path, &summary.flame_graph(&title)?)?;
    }
    let (exit, outcome) = end.outcome(args.guest.gas);
    let report = Report {
        exit,
        outcome,
        gas_model: args.guest.gas_model.name(),
        gas_used: args.guest.gas.saturating_sub(run.instance.gas()),
        host_calls: end.host_calls.clone(),
        functions: functions(&summary),
        lines: lines(&summary),
        stacks: summary
            .stacks
            .iter()
            .map(|(functions, gas)| Stack { functions: functions.clone(), gas: *gas })
            .collect(),
    };
    if global.json {
        output::print_json(&report)?;
    } else {
        output::print(&report.render(args.top))?;
    }
    end.print_hint();
    Ok(if end.exit == Exit::Finished { Outcome::Success } else { Outcome::ContractFailed })
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).map_err(|error| Error::new(format!("failed to write {}: {error}", path.display())))
}

fn functions(summary: &Summary) -> Vec<Function> {
    let functions = summary.functions.iter();
    functions
        .map(|(name, cost)| Function {
            name: name.clone(),
            own: cost.own,
            total: cost.total,
            calls: cost.calls,
        })
        .collect()
}

fn lines(summary: &Summary) -> Vec<Line> {
    let lines = summary.lines.iter();
    lines
        .map(|(place, function, gas)| Line { place: place.clone(), function: function.clone(), gas: *gas })
        .collect()
}

impl Report {
    fn render(&self, top: usize) -> String {
        let all: u64 = self.stacks.iter().map(|stack| stack.gas).sum();
        let share = |gas: u64| format!("{:.1} %", 100.0 * gas as f64 / all.max(1) as f64);
        let mut head = Lines::default();
        head.add("outcome", &self.outcome)
            .add("gas used", group_digits(&self.gas_used.to_string()))
            .add("gas model", self.gas_model);
        let mut text = head.render(0);
        text.push_str("\nfunctions\n");
        let rows: Vec<_> = self
            .functions
            .iter()
            .take(top)
            .map(|function| {
                [
                    grouped(function.own),
                    share(function.own),
                    grouped(function.total),
                    share(function.total),
                    grouped(function.calls),
                    function.name.clone(),
                ]
            })
            .collect();
        let align = [Align::Right, Align::Right, Align::Right, Align::Right, Align::Right, Align::Left];
        text.push_str(&table(["own gas", "", "total gas", "", "calls", "function"], align, &rows));
        if !self.lines.is_empty() {
            text.push_str("\nlines\n");
            let rows: Vec<_> = self
                .lines
                .iter()
                .take(top)
                .map(|line| [grouped(line.gas), share(line.gas), line.place.clone(), line.function.clone()])
                .collect();
            let align = [Align::Right, Align::Right, Align::Left, Align::Left];
            text.push_str(&table(["gas", "", "line", "function"], align, &rows));
        }
        let hidden = self.functions.len().saturating_sub(top);
        if hidden > 0 {
            text.push_str(&format!("\n{} more functions, see --top\n", grouped(hidden as u128)));
        }
        text
    }
}
