// SPDX-License-Identifier: Apache-2.0
//! What `run --trace` shows of every instruction: registers that it changed, memory that it accessed, and where in the
//! source it comes from. Nothing here knows which engine runs the program.

use std::{collections::BTreeMap, fmt::Write as _};

use revive_vm_assembly::listing::instruction_text;
use revive_vm_executor::{
    trace::{Access, AccessKind, Data, SourceMap, Step, Tracer},
    Exit, Instance,
};
use revive_vm_primitives::{
    debug_info::{Position, Trail},
    disasm::INVALID,
    Blob, Instruction,
};
use serde::Serialize;

use crate::{
    error::{Error, Result},
    local_run::Observer,
    output::{self, grouped, hex},
};

/// An instruction that was executed, as the JSON document shows it.
#[derive(Serialize)]
pub(crate) struct StepReport {
    pc: u32,
    instruction: String,
    /// New values of registers.
    changed: BTreeMap<&'static str, String>,
    memory: Option<AccessReport>,
    /// Where it comes from: the innermost function.
    source: Option<SourceReport>,
    /// The functions that that one was inlined into, from the inside out.
    inlined_into: Vec<SourceReport>,
    /// Gas left.
    gas: i64,
    /// Why nothing came after it, or what the host had to do before.
    exit: Option<&'static str>,
}

/// An access to memory. Values of up to eight bytes are numbers, longer ones the bytes from the lowest address on.
#[derive(Serialize)]
struct AccessReport {
    access: &'static str,
    address: String,
    bytes: u32,
    /// What was there; `null` if it cannot be accessed.
    before: Option<String>,
    /// What is there now.
    after: Option<String>,
}

/// A function that code belongs to, and the place in it.
#[derive(Serialize)]
pub(crate) struct SourceReport {
    function: String,
    file: String,
    /// From 1, 0 if unknown.
    line: u32,
    column: u32,
}

impl SourceReport {
    pub(crate) fn new(position: &Position<'_>) -> Self {
        Self {
            function: position.name().to_string(),
            file: output::name(position.path.as_bytes()),
            line: position.line,
            column: position.column,
        }
    }
}

/// Shows instructions as they are executed.
pub(crate) struct Trace<'a> {
    blob: &'a Blob<'a>,
    source: SourceMap<'a>,
    tracer: Tracer,
    limit: u64,
    shown: u64,
    truncated: bool,
    /// The source position that was printed last.
    last_location: Option<String>,
    /// Collected for JSON; printed at once without.
    steps: Option<Vec<StepReport>>,
}

impl<'a> Trace<'a> {
    /// Shows up to `limit` instructions of a run of `blob`.
    pub(crate) fn new(blob: &'a Blob<'a>, limit: u64, print: bool) -> Self {
        Self {
            blob,
            source: SourceMap::new(blob.debug_info()),
            tracer: Tracer::default(),
            limit,
            shown: 0,
            truncated: false,
            last_location: None,
            steps: (!print).then(Vec::new),
        }
    }

    /// The instructions, if they were not printed, and whether there were more.
    pub(crate) fn finish(self) -> (Option<Vec<StepReport>>, bool) {
        (self.steps, self.truncated)
    }

    fn show(&mut self, step: &Step) -> Result<()> {
        let positions = self.source.positions(step.pc);
        match &mut self.steps {
            Some(steps) => steps.push(report(self.blob, step, &positions)),
            None => {
                let location = location(&positions);
                let mut text = String::new();
                if location.is_some() && location != self.last_location {
                    let _ = writeln!(text, "      // {}", location.as_deref().unwrap_or_default());
                    self.last_location = location;
                }
                let mut effects: Vec<_> =
                    step.changed().map(|(reg, _, after)| format!("{}={after:#x}", reg.name())).collect();
                effects.extend(step.access.as_ref().map(access_text));
                let instruction = text_of(self.blob, step.instruction);
                let line = format!("{:6}: {instruction:<36} {}", step.pc, effects.join(" "));
                let _ = writeln!(text, "{}", line.trim_end());
                output::print(&text)?;
            }
        }
        Ok(())
    }
}

impl Observer for Trace<'_> {
    /// Runs to the next exit and shows the instruction that was executed, if one was.
    fn run(&mut self, instance: &mut Instance, failed: &dyn Fn(String) -> Error) -> Result<Exit> {
        let (exit, step) = if self.shown < self.limit {
            self.tracer.run(instance).map_err(|error| failed(error.to_string()))?
        } else {
            (instance.run().map_err(|error| failed(error.to_string()))?, None)
        };
        if let Some(step) = step {
            self.shown += 1;
            self.show(&step)?;
        }
        if self.shown >= self.limit && exit == Exit::Step && !self.truncated {
            self.truncated = true;
            if self.steps.is_none() {
                let shown = grouped(self.limit);
                output::print(&format!("        … {shown} instructions shown, see --trace-limit\n"))?;
            }
        }
        Ok(exit)
    }

    /// Shows how a host call was answered.
    fn host_call(&mut self, name: &str, answer: u64) -> Result<()> {
        if self.steps.is_none() && self.shown < self.limit {
            output::print(&format!("        host call {name} answered: a0={answer:#x}\n"))?;
        }
        Ok(())
    }
}

fn text_of(blob: &Blob, instruction: Option<Instruction>) -> String {
    instruction
        .map_or_else(|| INVALID.into(), |instruction| instruction_text(blob, &instruction, &BTreeMap::new()))
}

/// Source line, function, and the functions that it was inlined into, if there is anything to say.
pub(crate) fn location(positions: &[Position<'_>]) -> Option<String> {
    (!positions.is_empty()).then(|| Trail(positions).to_string())
}

/// `u32 [0x20000] 0x1 -> 0x2`, or without the arrow for a load.
fn access_text(access: &Access) -> String {
    let place = match access.kind {
        AccessKind::Load | AccessKind::Store => format!("u{} [{:#x}]", 8 * access.bytes, access.address),
        AccessKind::Fill => format!("{} bytes [{:#x}]", grouped(access.bytes), access.address),
    };
    let text = |data: &Option<Data>| data.as_ref().map_or_else(|| "?".into(), |data| value(access, data));
    match (access.kind, &access.before) {
        (_, None) => format!("{place} not accessible"),
        (AccessKind::Load, before) => format!("{place} {}", text(before)),
        (_, before) => format!("{place} {} -> {}", text(before), text(&access.after)),
    }
}

fn value(access: &Access, data: &Data) -> String {
    match (access.kind, data.number()) {
        (AccessKind::Load | AccessKind::Store, Some(number)) => format!("{number:#x}"),
        _ => {
            let more = if (data.as_bytes().len() as u64) < u64::from(access.bytes) { "…" } else { "" };
            format!("{}{more}", hex(data.as_bytes()))
        }
    }
}

fn report(blob: &Blob, step: &Step, positions: &[Position<'_>]) -> StepReport {
    StepReport {
        pc: step.pc,
        instruction: text_of(blob, step.instruction),
        changed: step.changed().map(|(reg, _, after)| (reg.name(), format!("{after:#x}"))).collect(),
        memory: step.access.as_ref().map(|access| AccessReport {
            access: match access.kind {
                AccessKind::Load => "load",
                AccessKind::Store => "store",
                AccessKind::Fill => "fill",
            },
            address: format!("{:#x}", access.address),
            bytes: access.bytes,
            before: access.before.as_ref().map(|data| value(access, data)),
            after: access.after.as_ref().map(|data| value(access, data)),
        }),
        source: positions.last().map(SourceReport::new),
        inlined_into: positions.iter().rev().skip(1).map(SourceReport::new).collect(),
        gas: step.gas,
        exit: match step.exit {
            Exit::Step => None,
            Exit::Finished => Some("finished"),
            Exit::Trap => Some("trap"),
            Exit::OutOfGas => Some("out_of_gas"),
            Exit::HostCall(_) => Some("host_call"),
            Exit::Segfault(_) => Some("segfault"),
        },
    }
}
