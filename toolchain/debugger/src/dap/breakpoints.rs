// SPDX-License-Identifier: Apache-2.0
//! The breakpoints of a client. It sends all of a kind each time, and those take the place of the ones before.

use std::{collections::HashMap, path::Path};

use serde_json::{json, Value};

use super::{
    memory,
    protocol::{
        Breakpoint, DataBreakpoint, DataBreakpointInfo, FilterOptions, Initialize, SetBreakpoints,
        SetDataBreakpoints, SetExceptionBreakpoints, SetFunctionBreakpoints, SetInstructionBreakpoints,
    },
    references::{CodeReference, MemoryReference},
};
use crate::{BreakpointId, Session, SourceFiles, Target};

/// What is said of lines of a file that no code comes from.
const NO_FILE: &str = "no program of this run comes from this file";

/// What is said of a target that nothing is met by.
const NO_CODE: &str = "there is no code for it in the programs of this run";

/// Breakpoints by kind, with the session's names for them.
#[derive(Default)]
pub(super) struct Breakpoints {
    /// By path of the source file.
    lines: HashMap<String, Vec<BreakpointId>>,
    functions: Vec<BreakpointId>,
    instructions: Vec<BreakpointId>,
    filters: Vec<BreakpointId>,
    data: Vec<BreakpointId>,
}

/// The filters that a client can choose, for `initialize`.
pub(super) fn filters() -> Value {
    json!([
        {
            "filter": "failure",
            "label": "Failures",
            "description": "A contract ends by a trap, without gas, or reverted",
            "default": true,
        },
        {
            "filter": "frame",
            "label": "Contracts",
            "description": "A contract is entered",
            "default": false,
        },
        {
            "filter": "hostCall",
            "label": "Host calls",
            "description": "A host call is made",
            "default": false,
            "supportsCondition": true,
            "conditionDescription": "names of host functions, with commas between them",
        },
    ])
}

fn answer(breakpoints: Vec<Breakpoint>) -> Value {
    json!({ "breakpoints": breakpoints })
}

fn refused(message: String) -> Breakpoint {
    Breakpoint { message: Some(message), ..Breakpoint::default() }
}

/// Sets a breakpoint, and keeps its name.
fn set(
    session: &mut Session,
    client: &Initialize,
    names: &mut Vec<BreakpointId>,
    target: Target,
) -> Breakpoint {
    let breakpoint = session.set_breakpoint(target);
    names.push(breakpoint.id);
    let verified = breakpoint.can_be_met();
    Breakpoint {
        id: Some(breakpoint.id),
        verified,
        message: (!verified).then(|| NO_CODE.into()),
        line: breakpoint.line.map(|line| client.line(line)),
    }
}

fn clear(session: &mut Session, names: &mut Vec<BreakpointId>) {
    names.drain(..).for_each(|id| {
        session.remove_breakpoint(id);
    });
}

impl Breakpoints {
    /// What clients expect that do not choose.
    pub(super) fn new(session: &mut Session) -> Self {
        Self { filters: vec![session.set_breakpoint(Target::Failures).id], ..Self::default() }
    }

    pub(super) fn set_lines(
        &mut self,
        session: &mut Session,
        sources: &SourceFiles,
        client: &Initialize,
        wanted: SetBreakpoints,
    ) -> Result<Value, String> {
        let path = wanted.source.path.ok_or("the source has no `path`; nothing else names one here")?;
        let known = known_as(session, sources, &path);
        let names = self.lines.entry(path.clone()).or_default();
        clear(session, names);
        let breakpoints = wanted
            .breakpoints
            .iter()
            .map(|breakpoint| match &known {
                None => refused(NO_FILE.into()),
                Some(path) => {
                    let target =
                        Target::Line { path: path.clone(), line: client.line_from_1(breakpoint.line) };
                    set(session, client, names, target)
                }
            })
            .collect();
        if names.is_empty() {
            self.lines.remove(&path);
        }
        Ok(answer(breakpoints))
    }

    pub(super) fn set_functions(
        &mut self,
        session: &mut Session,
        client: &Initialize,
        wanted: SetFunctionBreakpoints,
    ) -> Value {
        clear(session, &mut self.functions);
        let targets = wanted.breakpoints.into_iter().map(|breakpoint| Target::Function(breakpoint.name));
        answer(targets.map(|target| set(session, client, &mut self.functions, target)).collect())
    }

    pub(super) fn set_instructions(
        &mut self,
        session: &mut Session,
        client: &Initialize,
        wanted: SetInstructionBreakpoints,
    ) -> Value {
        clear(session, &mut self.instructions);
        let breakpoints = wanted.breakpoints.iter().map(|breakpoint| {
            let place = CodeReference::parse(&breakpoint.instruction_reference, breakpoint.offset);
            let target = place.and_then(|place| {
                Ok(Target::Offset { program: Some(place.program_name(session)?), pc: place.pc })
            });
            match target {
                Ok(target) => set(session, client, &mut self.instructions, target),
                Err(message) => refused(message),
            }
        });
        answer(breakpoints.collect())
    }

    pub(super) fn set_filters(
        &mut self,
        session: &mut Session,
        client: &Initialize,
        wanted: SetExceptionBreakpoints,
    ) -> Value {
        clear(session, &mut self.filters);
        let plain = wanted.filters.into_iter().map(|filter_id| FilterOptions { filter_id, condition: None });
        let mut breakpoints = Vec::new();
        for FilterOptions { filter_id, condition } in plain.chain(wanted.filter_options) {
            let names = condition.as_deref().unwrap_or_default();
            let mut names =
                names.split([',', ' ']).filter(|name| !name.is_empty()).map(str::to_owned).peekable();
            let targets: Vec<Target> = match filter_id.as_str() {
                "failure" => vec![Target::Failures],
                "frame" => vec![Target::Frames],
                "hostCall" if names.peek().is_none() => vec![Target::HostCall(None)],
                "hostCall" => names.map(|name| Target::HostCall(Some(name))).collect(),
                _ => {
                    breakpoints.push(refused(format!("there is no filter `{}`", filter_id.escape_debug())));
                    continue;
                }
            };
            let set = targets.into_iter().map(|target| set(session, client, &mut self.filters, target));
            // One answer for each filter: the first one that is met at all, if any.
            let set: Vec<_> = set.collect();
            let best = set.iter().position(|breakpoint| breakpoint.verified).unwrap_or(0);
            breakpoints.extend(set.into_iter().nth(best));
        }
        answer(breakpoints)
    }

    pub(super) fn set_data(
        &mut self,
        session: &mut Session,
        client: &Initialize,
        wanted: SetDataBreakpoints,
    ) -> Value {
        clear(session, &mut self.data);
        let breakpoints = wanted.breakpoints.iter().map(|breakpoint| match watched(session, breakpoint) {
            Ok(target) => set(session, client, &mut self.data, target),
            Err(message) => refused(message),
        });
        answer(breakpoints.collect())
    }
}

/// What debug info calls a file of the client's. Clients send the breakpoints of all files that they know, and many of those are called
/// alike. `None` if it is another one. Where that cannot be said, because a file of that name is not on this machine, its own path,
/// which may be like one that is known.
fn known_as(session: &Session, sources: &SourceFiles, path: &str) -> Option<String> {
    let Ok(wanted) = Path::new(path).canonicalize() else { return Some(path.into()) };
    let mut is_unknown = false;
    for known in session.source_paths() {
        if Path::new(&*known).file_name() != wanted.file_name() {
            continue;
        }
        match sources.find(&known).and_then(|found| found.canonicalize().ok()) {
            Some(found) if found == wanted => return Some(known.to_string()),
            Some(_) => {}
            None => is_unknown = true,
        }
    }
    is_unknown.then(|| path.into())
}

/// What can be watched at a name: the answer to `dataBreakpointInfo`. `contract` is the one of the frame or variable.
pub(super) fn data_info(session: &Session, contract: usize, wanted: &DataBreakpointInfo) -> Value {
    let bytes = wanted.bytes.or(wanted.as_address.then_some(1));
    let found = memory::operand(session, contract, &wanted.name, bytes).and_then(|(at, bytes)| {
        let there = session.memory(contract, at.address, bytes).len();
        if there < bytes as usize || bytes == 0 {
            return Err(format!("only {there} of {bytes} bytes at {:#x} are there", at.address));
        }
        Ok((at, bytes))
    });
    match found {
        Err(message) => json!({ "dataId": null, "description": message }),
        Ok((at, bytes)) => {
            let title = session.recording().frames.get(at.frame).map_or("", |frame| &frame.title);
            json!({
                "dataId": format!("{}:{bytes}", at.text()),
                "description": format!("{bytes} bytes at {:#x} of {title}", at.address),
                "accessTypes": ["write"],
                "canPersist": false,
            })
        }
    }
}

fn watched(session: &Session, breakpoint: &DataBreakpoint) -> Result<Target, String> {
    if breakpoint.access_type.as_deref().is_some_and(|kind| kind != "write") {
        return Err("only writes can be watched".into());
    }
    let id = breakpoint.data_id.escape_debug();
    let unknown = || format!("`{id}` is no data id of `dataBreakpointInfo`");
    let (reference, bytes) = breakpoint.data_id.rsplit_once(':').ok_or_else(unknown)?;
    let bytes = bytes.parse().map_err(|_| unknown())?;
    let MemoryReference { frame, address } = MemoryReference::parse(session, reference, 0)?;
    if frame >= session.recording().frames.len() {
        return Err(unknown());
    }
    Ok(Target::Memory { frame, address, bytes })
}
