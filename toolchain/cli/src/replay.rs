// SPDX-License-Identifier: Apache-2.0
//! The frames of a trace run again, here, instruction by instruction: where the gas of a call on a chain went.
//!
//! A trace with host calls and their memory is all that a guest could learn from the outside. Each frame runs alone on the
//! interpreter, fed with that ([`Replay`]). At the end the gas must be what the frame paid: so what is shown is exact, or there is
//! an error.
//!
//! The stacks of all frames are put together: a callee is above the function that called it, behind an entry for the contract.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use revive_vm_debugger::{DebugError, Frame, Replay};
use revive_vm_executor::{Engine, EngineChoice, EngineConfig, Exit};
use revive_vm_primitives::Blob;

use crate::{
    chain::trace::{Action, FrameKind, FrameTrace, Trace},
    error::{Error, Result},
    local_run::Observer,
    output::{grouped, hex},
    profile::{Cost, Profile, Summary},
    recorded::{self, Programs},
};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Gas: of instructions, and of host calls that are answered for gas.
    Gas,
    /// Picoseconds: of instructions and of everything that host functions do.
    Picoseconds,
}

impl Unit {
    /// The word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gas => "gas",
            Self::Picoseconds => "ps",
        }
    }
}

/// A frame that ran again.
struct Ran {
    summary: Summary,
    /// For each host call the functions that it was made from, from the outermost.
    callers: Vec<Vec<String>>,
}

/// Where the gas, or the time, of all calls in `trace` went.
///
/// # Errors
/// The trace is not whole, code is missing, or the chain ran something else than this program does.
pub(crate) fn profile(trace: &Trace, programs: &Programs, unit: Unit) -> Result<Summary> {
    recorded::check_whole(trace)?;
    let engine = Engine::new(EngineConfig { engine: EngineChoice::Interpreter, ..EngineConfig::default() })
        .map_err(|error| Error::new(error.to_string()))?;
    let scale = match unit {
        Unit::Gas => 1,
        Unit::Picoseconds => trace.gas_price,
    };
    let mut whole = Whole::default();
    // For each frame: what the host call or the function of the runtime that entered it is above.
    let mut entered_from: HashMap<usize, Vec<String>> = HashMap::new();
    for (index, frame) in trace.frames.iter().enumerate() {
        let mut stack = entered_from.remove(&index).unwrap_or_default();
        stack.push(label(frame));
        let ran = match recorded::runs_code(frame) {
            false => None,
            true => Some(run(&engine, &recorded::frame_alone(trace, frame, programs)?)?),
        };
        let mut callers = Vec::new();
        if let Some(Ran { summary, callers: from }) = ran {
            whole.add(&stack, summary, scale);
            callers = from;
        }
        whole.host_calls(trace, frame, &stack, &callers, unit, scale, &mut entered_from);
    }
    let summary = whole.finish();
    let sum: u64 = summary.stacks.iter().map(|(_, amount)| *amount).sum();
    let roots = trace.frames.iter().filter(|frame| frame.parent.is_none());
    let expected: u64 = match unit {
        Unit::Gas => trace.frames.iter().map(|frame| frame.gas_consumed).sum(),
        Unit::Picoseconds => roots.map(|frame| frame.weight_consumed.ref_time).sum(),
    };
    if sum != expected {
        return Err(Error::new(format!(
            "the parts sum up to {} {unit}, the whole is {}",
            grouped(sum),
            grouped(expected),
            unit = unit.name()
        )));
    }
    Ok(summary)
}

/// What a frame is called in stacks.
fn label(frame: &FrameTrace) -> String {
    let address = hex(frame.to);
    let address = address.get(..10).unwrap_or(&address);
    match (frame.kind, frame.code_hash) {
        (FrameKind::Call, Some(_)) => format!("contract {address}…"),
        (FrameKind::Call, None) => format!("runtime {}", short_precompile(frame)),
        (kind, _) => format!("{} {address}…", kind.name()),
    }
}

fn short_precompile(frame: &FrameTrace) -> String {
    let number = frame.to.iter().skip_while(|byte| **byte == 0).map(|byte| format!("{byte:02x}"));
    format!("0x{}", number.collect::<String>())
}

/// Runs a frame again.
fn run(engine: &Engine, frame: &Frame) -> Result<Ran> {
    let failed = |error: DebugError| Error::new(error.to_string());
    let blob = Blob::parse(&frame.program.blob).map_err(|error| Error::new(error.to_string()))?;
    let module = frame.program.module(engine).map_err(failed)?;
    let mut replay = Replay::new(&module, frame).map_err(failed)?;
    let mut profile = Profile::new(&blob, replay.start(), frame.gas);
    loop {
        match profile.run(&mut replay.instance, &|error| Error::new(error))? {
            Exit::Step => {}
            Exit::HostCall(import) => {
                replay.host_call(frame, import).map_err(failed)?;
                profile.mark();
                if replay.answer(frame).map_err(failed)?.is_some() {
                    break;
                }
                profile.resume(replay.instance.gas());
            }
            exit => {
                replay.ended(frame, exit).map_err(failed)?;
                break;
            }
        }
    }
    let (summary, callers) = profile.finish_with_marks();
    Ok(Ran { summary, callers })
}

/// What all frames add to.
#[derive(Default)]
struct Whole {
    stacks: BTreeMap<Vec<String>, u64>,
    calls: BTreeMap<String, u64>,
    lines: BTreeMap<(String, String), u64>,
}

impl Whole {
    fn add(&mut self, below: &[String], summary: Summary, scale: u64) {
        for (stack, amount) in summary.stacks {
            self.put([below, &stack].concat(), amount.saturating_mul(scale));
        }
        for (name, cost) in summary.functions {
            *self.calls.entry(clean(&name)).or_default() += cost.calls;
        }
        for (place, function, amount) in summary.lines {
            *self.lines.entry((place, function)).or_default() += amount.saturating_mul(scale);
        }
    }

    fn put(&mut self, stack: Vec<String>, amount: u64) {
        if amount > 0 {
            let stack = stack.iter().map(|name| clean(name)).collect();
            *self.stacks.entry(stack).or_default() += amount;
        }
    }

    /// Adds what the host calls of a frame cost themselves, and notes what the frames that they entered are above.
    #[allow(clippy::too_many_arguments, reason = "one pass over the actions of a frame needs all of it")]
    fn host_calls(
        &mut self,
        trace: &Trace,
        frame: &FrameTrace,
        below: &[String],
        callers: &[Vec<String>],
        unit: Unit,
        scale: u64,
        entered_from: &mut HashMap<usize, Vec<String>>,
    ) {
        // The host call that is looked at: its stack, and what of its weight no callee has used.
        let mut open: Option<(Vec<String>, u64)> = None;
        let mut number = 0;
        let mut rest = frame.weight_consumed.ref_time;
        let is_runtime = frame.gas_limit == 0 && frame.kind != FrameKind::Transfer;
        for action in &frame.actions {
            match action {
                Action::HostCall(call) => {
                    if let Some((stack, amount)) = open.take() {
                        self.put(stack, amount);
                    }
                    let caller = callers.get(number).map(Vec::as_slice).unwrap_or_default();
                    number += 1;
                    let name = format!("[{}]", call.function);
                    *self.calls.entry(name.clone()).or_default() += 1;
                    let stack = [below, caller, &[name]].concat();
                    let amount = match (call.answer_gas(), unit) {
                        (0, Unit::Gas) => 0,
                        (0, Unit::Picoseconds) => call.weight.ref_time,
                        (gas, _) => gas.saturating_mul(scale),
                    };
                    open = Some((stack, amount));
                }
                Action::Frame(callee) => {
                    let callee = *callee as usize;
                    let used = trace.frames.get(callee).map_or(0, |frame| frame.weight_consumed.ref_time);
                    match &mut open {
                        Some((stack, amount)) => {
                            if unit == Unit::Picoseconds {
                                *amount = amount.saturating_sub(used);
                            }
                            entered_from.insert(callee, stack.clone());
                        }
                        None => {
                            rest = rest.saturating_sub(used);
                            entered_from.insert(callee, below.to_vec());
                        }
                    }
                }
                Action::Read { .. } | Action::Write { .. } | Action::Event { .. } => {}
            }
        }
        if let Some((stack, amount)) = open {
            self.put(stack, amount);
        }
        if is_runtime && unit == Unit::Picoseconds {
            self.put(below.to_vec(), rest);
        }
    }

    fn finish(self) -> Summary {
        let mut costs: BTreeMap<&str, Cost> = BTreeMap::new();
        for (stack, amount) in &self.stacks {
            if let Some(innermost) = stack.last() {
                costs.entry(plain(innermost)).or_default().own += amount;
            }
            // A function that called itself is counted once.
            for name in stack.iter().map(|name| plain(name)).collect::<BTreeSet<_>>() {
                costs.entry(name).or_default().total += amount;
            }
        }
        let mut functions: Vec<_> = costs
            .into_iter()
            .map(|(name, cost)| {
                let calls = self.calls.get(name).copied().unwrap_or(0);
                (name.to_string(), Cost { calls, ..cost })
            })
            .collect();
        functions.sort_by(|(a, cost_a), (b, cost_b)| cost_b.own.cmp(&cost_a.own).then(a.cmp(b)));
        let mut lines: Vec<_> =
            self.lines.into_iter().map(|((place, function), amount)| (place, function, amount)).collect();
        lines.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.cmp(b)));
        Summary { stacks: self.stacks.into_iter().collect(), functions, lines }
    }
}

/// A name as stacks have it: a semicolon separates functions, a blank the amount.
fn clean(name: &str) -> String {
    name.replace(';', ":").replace(char::is_whitespace, "_")
}

/// A name without the mark of inlined functions.
fn plain(name: &str) -> &str {
    name.strip_suffix(crate::profile::INLINED_SUFFIX).unwrap_or(name)
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
