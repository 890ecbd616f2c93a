// SPDX-License-Identifier: Apache-2.0
//! Where a session stops by itself.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use revive_vm_executor::trace::{AccessKind, Registers, Step};
use revive_vm_primitives::{Opcode, Reg};

use crate::{
    machine::{Advance, Machine, Open},
    program::{Loaded, Position},
    recording::{Answer, HostCall},
};

/// Names a breakpoint for as long as its session lives; they begin with 1.
pub type BreakpointId = u32;

/// What a breakpoint is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A line of a source file. The path may be that of the debug info, or end alike: `src/main.rs`, `main.rs`, or a file elsewhere.
    /// Lines without code stand for the next one with code in that file.
    Line {
        /// The file.
        path: String,
        /// The line, from 1.
        line: u32,
    },
    /// The beginning of a function: its name as stacks show it, or what is behind the last `::`. Also the name of an export.
    Function(String),
    /// A code offset, in all programs or in those of that name.
    Offset {
        /// The program.
        program: Option<String>,
        /// The code offset.
        pc: u32,
    },
    /// Host calls: all, or those of one import.
    HostCall(Option<String>),
    /// Where frames begin.
    Frames,
    /// Where frames end otherwise than they wanted: by a trap, without gas, or reverted.
    Failures,
    /// Where memory of a frame is written to, by its program or a host call; behind that.
    Memory {
        /// The frame, as an index into the recording's.
        frame: usize,
        /// The first address.
        address: u32,
        /// How many bytes.
        bytes: u32,
    },
}

/// A breakpoint that was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breakpoint {
    /// Its name.
    pub id: BreakpointId,
    /// What it is for.
    pub target: Target,
    /// The line that it is at, if it is at one; not always the one that was asked for.
    pub line: Option<u32>,
    /// How many code offsets it is at.
    pub offsets: usize,
}

impl Breakpoint {
    /// Whether it may be met: it is at some code offset, or not for code offsets.
    pub fn can_be_met(&self) -> bool {
        self.offsets > 0 || matches!(self.target, Target::Frames | Target::Failures | Target::Memory { .. })
    }
}

/// All breakpoints of a session.
#[derive(Default)]
pub(crate) struct Breakpoints {
    set: Vec<Breakpoint>,
    next: BreakpointId,
    /// By program, as the address of its data, and code offset.
    offsets: HashMap<*const Loaded, HashMap<u32, Vec<BreakpointId>>>,
    /// The files of those that are for lines, as debug info names them.
    paths: HashMap<BreakpointId, HashSet<Arc<str>>>,
}

impl Breakpoints {
    pub(crate) fn all(&self) -> &[Breakpoint] {
        &self.set
    }

    pub(crate) fn set(&mut self, target: Target, programs: &[Arc<Loaded>]) -> &Breakpoint {
        self.next += 1;
        let id = self.next;
        let found = find(&target, programs);
        for (program, pc) in &found.offsets {
            let at = self.offsets.entry(Arc::as_ptr(program)).or_default().entry(*pc).or_default();
            if !at.contains(&id) {
                at.push(id);
            }
        }
        self.paths.insert(id, found.paths);
        self.set.push(Breakpoint { id, target, line: found.line, offsets: found.offsets.len() });
        &self.set[self.set.len() - 1]
    }

    pub(crate) fn remove(&mut self, id: BreakpointId) -> bool {
        let before = self.set.len();
        self.set.retain(|breakpoint| breakpoint.id != id);
        self.paths.remove(&id);
        for offsets in self.offsets.values_mut() {
            offsets.retain(|_, ids| {
                ids.retain(|other| *other != id);
                !ids.is_empty()
            });
        }
        self.offsets.retain(|_, offsets| !offsets.is_empty());
        self.set.len() < before
    }

    /// How many of the functions that code belongs to are shown if these were met there: up to the one that a breakpoint is for.
    pub(crate) fn level(&self, met: &[BreakpointId], positions: &[Position]) -> Option<usize> {
        let met = self.set.iter().filter(|breakpoint| met.contains(&breakpoint.id));
        let levels = met.filter_map(|breakpoint| {
            let is_meant = |position: &Position| match &breakpoint.target {
                Target::Line { .. } => {
                    let paths = self.paths.get(&breakpoint.id);
                    Some(position.line) == breakpoint.line
                        && paths.is_some_and(|paths| paths.contains(&position.path))
                }
                Target::Function(name) => position.is_in(name),
                _ => false,
            };
            positions.iter().position(is_meant).map(|index| index + 1)
        });
        levels.max()
    }

    /// Those that the machine has come to by a step.
    pub(crate) fn met(&self, machine: &Machine, advance: Advance) -> Vec<BreakpointId> {
        let open = machine.innermost();
        let mut met = Vec::new();
        if open.end.is_none() {
            let offsets = self.offsets.get(&Arc::as_ptr(&open.program));
            met.extend(offsets.and_then(|offsets| offsets.get(&open.pc)).into_iter().flatten());
        }
        for breakpoint in &self.set {
            let is_met = match &breakpoint.target {
                Target::Frames => open.is_new(),
                Target::Failures => {
                    advance != Advance::Over && open.end.as_ref().is_some_and(|end| !end.is_good)
                }
                Target::Memory { frame, address, bytes } => {
                    let range = u64::from(*address)..u64::from(*address) + u64::from(*bytes);
                    let writes = |(start, len): (u32, u64)| {
                        u64::from(start) < range.end && u64::from(start) + len > range.start
                    };
                    let host_call = machine.last_host_call(machine.open().len() - 1);
                    *frame == open.frame
                        && match advance {
                            Advance::Went | Advance::Ended => written(open.executed()).is_some_and(writes),
                            Advance::HostCall | Advance::Left => answered(open, host_call).any(writes),
                            Advance::Over => false,
                        }
                }
                _ => false,
            };
            if is_met {
                met.push(breakpoint.id);
            }
        }
        met.sort_unstable();
        met
    }
}

/// The memory that an instruction has written.
fn written(step: Option<&Step>) -> Option<(u32, u64)> {
    let step = step?;
    let access = step.access.as_ref()?;
    let bytes = match access.kind {
        AccessKind::Load => 0,
        AccessKind::Store => access.after.map_or(0, |_| access.bytes),
        // Less than it was to fill where it ran out of gas, or came to memory that is not there.
        AccessKind::Fill => {
            let left = |registers: &Registers| registers[Reg::A2 as usize] as u32;
            left(&step.before).wrapping_sub(left(&step.after))
        }
    };
    Some((access.address, u64::from(bytes)))
}

/// The memory that a host call has written.
fn answered<'a>(open: &Open, call: Option<&'a HostCall>) -> impl Iterator<Item = (u32, u64)> + 'a {
    let answer = call.filter(|_| !open.is_new()).map(|call| &call.answer);
    let writes = match answer {
        Some(Answer::Resumed { writes, .. }) => &writes[..],
        _ => &[],
    };
    writes.iter().map(|(address, bytes)| (*address, bytes.len() as u64))
}

/// Where a target is.
#[derive(Default)]
struct Found {
    line: Option<u32>,
    paths: HashSet<Arc<str>>,
    offsets: Vec<(Arc<Loaded>, u32)>,
}

fn find(target: &Target, programs: &[Arc<Loaded>]) -> Found {
    let mut found = Found::default();
    let mut add = |program: &Arc<Loaded>, offsets: Vec<u32>| {
        found.offsets.extend(offsets.into_iter().map(|pc| (program.clone(), pc)));
    };
    match target {
        Target::Line { path, line } => {
            let paths = matching(path, programs);
            let lines = programs.iter().flat_map(|program| program.all_positions());
            let lines = lines.filter(|position| paths.contains(&position.path)).map(|position| position.line);
            let Some(line) = lines.filter(|known| known >= line).min() else { return found };
            for program in programs {
                add(
                    program,
                    program.starts_of(|position| position.line == line && paths.contains(&position.path)),
                );
            }
            (found.line, found.paths) = (Some(line), paths);
        }
        Target::Function(name) => {
            for program in programs {
                add(program, program.entries(name));
            }
        }
        Target::Offset { program: name, pc } => {
            for program in
                programs.iter().filter(|program| name.as_ref().is_none_or(|name| *name == program.name))
            {
                if program.module.code().is_instruction_start(*pc) {
                    add(program, vec![*pc]);
                }
            }
        }
        Target::HostCall(name) => {
            for program in programs {
                let is_meant = |number: u32| {
                    let symbol = program.module.import_symbol(number);
                    name.as_ref().is_none_or(|name| symbol == Some(name.as_bytes()))
                };
                let code = program.module.code();
                let calls = code.instructions().filter(|decoded| {
                    decoded.instruction.is_some_and(|instruction| {
                        instruction.opcode == Opcode::Ecalli && is_meant(instruction.i.cast_unsigned())
                    })
                });
                add(program, calls.map(|decoded| decoded.offset).collect());
            }
        }
        Target::Frames | Target::Failures | Target::Memory { .. } => {}
    }
    found
}

/// The paths of debug info that a path stands for: the very same one, else those with the most last parts in common, at least the file's
/// name. A path that is longer than a file's name has to agree in more than that with any but a file that is the only one of its name.
fn matching(path: &str, programs: &[Arc<Loaded>]) -> HashSet<Arc<str>> {
    let all: HashSet<_> = programs
        .iter()
        .flat_map(|program| program.all_positions())
        .map(|position| position.path.clone())
        .collect();
    if let Some(same) = all.get(path) {
        return HashSet::from([same.clone()]);
    }
    let parts = |path: &str| path.split('/').rev().map(str::to_owned).collect::<Vec<_>>();
    let wanted = parts(path.trim_start_matches("./"));
    let common = |other: &str| parts(other).iter().zip(&wanted).take_while(|(a, b)| a == b).count();
    let most = all.iter().map(|other| common(other)).max().unwrap_or(0);
    let best: HashSet<_> = all.into_iter().filter(|other| most > 0 && common(other) == most).collect();
    if most < wanted.len().min(2) && best.len() > 1 {
        return HashSet::new();
    }
    best
}
