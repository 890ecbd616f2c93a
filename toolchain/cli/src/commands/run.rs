// SPDX-License-Identifier: Apache-2.0
//! `revive-vm run`: an export of a blob, run here, without a chain.

use std::collections::BTreeMap;

use revive_vm_executor::{trace::SourceMap, Exit, Instance, Reg};
use serde::Serialize;

use crate::{
    args::{Global, RunArgs},
    blob_file,
    error::{Outcome, Result},
    local_run::{Folders, LocalRun, Unobserved},
    output::{self, group_digits, grouped, Lines},
    trace::{self, SourceReport, StepReport, Trace},
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
    /// Where that is in the source, in words.
    location: Option<String>,
    /// The same in parts, the outermost function first.
    source: Vec<SourceReport>,
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
    let bytes = blob_file::read(&args.guest.blob)?;
    let blob = blob_file::parse(&args.guest.blob, &bytes)?;
    let folders = Folders { jitdump: args.jitdump.as_deref(), artefacts: args.artefact_cache.as_deref() };
    let mut run = LocalRun::new(&args.guest, &bytes, &blob, args.trace, folders)?;
    let mut trace = args.trace.then(|| Trace::new(&blob, args.trace_limit, !global.json));
    let end = match &mut trace {
        Some(trace) => run.finish(trace)?,
        None => run.finish(&mut Unobserved)?,
    };

    let instance = &run.instance;
    let pc = instance.pc();
    let positions = pc.map(|pc| SourceMap::new(blob.debug_info()).positions(pc)).unwrap_or_default();
    let (kind, outcome) = end.outcome(args.guest.options.terms.gas);
    let (trace, trace_truncated) = trace.map_or((None, false), Trace::finish);
    let report = Report {
        exit: kind,
        outcome,
        import: end.unanswered.as_ref().map(|(name, _)| name.clone()),
        engine: run.engine_name(),
        gas_model: args.guest.options.terms.gas_model.name(),
        pc,
        location: trace::location(&positions),
        source: positions.iter().map(SourceReport::new).collect(),
        gas_used: args.guest.options.terms.gas.saturating_sub(instance.gas()),
        gas_left: instance.gas(),
        host_calls: end.host_calls.clone(),
        registers: Reg::ALL.iter().map(|reg| (reg.name(), format!("{:#x}", instance.reg(*reg)))).collect(),
        trace,
        trace_truncated,
    };
    if global.json {
        output::print_json(&report)?;
    } else {
        output::print(&report.render(instance, args.trace))?;
    }
    end.print_hint(&blob);
    Ok(if end.exit == Exit::Finished { Outcome::Success } else { Outcome::ContractFailed })
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
