// SPDX-License-Identifier: Apache-2.0
//! `revive-vm profile`: where the gas of a run goes.

use std::collections::BTreeMap;

use revive_vm_executor::Exit;
use revive_vm_primitives::GasModel;
use serde::Serialize;

use crate::{
    args::{Global, GuestArgs, ProfileArgs},
    blob_file,
    error::{Error, Outcome, Result},
    local_run::{Folders, LocalRun},
    output::{self, grouped, table, Align, Lines},
    output_file,
    profile::{Profile, Summary},
};

/// What is shown; the JSON document is exactly this.
#[derive(Serialize)]
pub(super) struct Report {
    exit: &'static str,
    outcome: String,
    gas_model: &'static str,
    /// What is counted: `gas`, or `ps` for picoseconds of weight.
    unit: &'static str,
    /// In that unit.
    gas_used: u64,
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
    let guest = GuestArgs::from_words(&args.words, &args.options).map_err(Error::usage)?;
    let bytes = blob_file::read(&guest.blob)?;
    let blob = blob_file::parse(&guest.blob, &bytes)?;
    if blob.debug_info().is_empty() {
        tell!(
            "warning: {} has no debug info; functions are shown by export or code offset, lines not at all",
            guest.blob.display()
        );
    }
    let mut run = LocalRun::new(&guest, &bytes, &blob, true, Folders::default())?;
    let mut profile = Profile::new(&blob, run.start, guest.options.terms.gas);
    let end = run.finish(&mut profile)?;
    let summary = profile.finish();

    let (exit, outcome) = end.outcome(guest.options.terms.gas);
    let used = u64::try_from(guest.options.terms.gas.saturating_sub(run.instance.gas())).unwrap_or(0);
    let mut report = Report::new(exit, outcome, guest.options.terms.gas_model, used, "gas", &summary);
    report.host_calls = end.host_calls.clone();
    let title = format!("{} {}", guest.blob.display(), guest.export);
    report.finish(global, args, &summary, &title)?;
    end.print_hint(&blob);
    Ok(if end.exit == Exit::Finished { Outcome::Success } else { Outcome::ContractFailed })
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
    /// A report without host calls.
    pub(super) fn new(
        exit: &'static str,
        outcome: String,
        gas_model: GasModel,
        used: u64,
        unit: &'static str,
        summary: &Summary,
    ) -> Self {
        let stacks = summary.stacks.iter();
        Self {
            exit,
            outcome,
            gas_model: gas_model.name(),
            unit,
            gas_used: used,
            host_calls: BTreeMap::new(),
            functions: functions(summary),
            lines: lines(summary),
            stacks: stacks
                .map(|(functions, gas)| Stack { functions: functions.clone(), gas: *gas })
                .collect(),
        }
    }

    /// Writes the files that were asked for and prints the report.
    pub(super) fn finish(
        &self,
        global: &Global,
        args: &ProfileArgs,
        summary: &Summary,
        title: &str,
    ) -> Result<()> {
        if let Some(path) = &args.folded {
            output_file::write(path, summary.folded().as_bytes())?;
        }
        if let Some(path) = &args.svg {
            output_file::write(path, &summary.flame_graph(title, self.unit)?)?;
        }
        match global.json {
            true => output::print_json(self),
            false => output::print(&self.render(args.top)),
        }
    }

    fn render(&self, top: usize) -> String {
        let all: u64 = self.stacks.iter().map(|stack| stack.gas).sum();
        let share = |gas: u64| format!("{:.1} %", 100.0 * gas as f64 / all.max(1) as f64);
        let mut head = Lines::default();
        head.add("outcome", &self.outcome)
            .add(
                if self.unit == "gas" { "gas used" } else { "time used" },
                match self.unit {
                    "gas" => grouped(self.gas_used),
                    unit => format!("{} {unit}", grouped(self.gas_used)),
                },
            )
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
        text.push_str(&table(
            [&format!("own {}", self.unit), "", &format!("total {}", self.unit), "", "calls", "function"],
            align,
            &rows,
        ));
        if !self.lines.is_empty() {
            text.push_str("\nlines\n");
            let rows: Vec<_> = self
                .lines
                .iter()
                .take(top)
                .map(|line| [grouped(line.gas), share(line.gas), line.place.clone(), line.function.clone()])
                .collect();
            let align = [Align::Right, Align::Right, Align::Left, Align::Left];
            text.push_str(&table([self.unit, "", "line", "function"], align, &rows));
        }
        let hidden = self.functions.len().saturating_sub(top);
        if hidden > 0 {
            text.push_str(&format!("\n{} more functions, see --top\n", grouped(hidden as u128)));
        }
        text
    }
}
