// SPDX-License-Identifier: Apache-2.0
//! A session: where it stands in a recording, and how it moves.
//!
//! Lines. What each motion does is what debuggers usually do: *into* stops at the next line wherever it is, *over* passes what is called
//! from here, *out* goes to the caller. Calls that were inlined are calls. Code that has no line is passed, unless its program has none at all, and so is the compiler's own library. Frames of contracts that are entered count as calls.
//!
//! Backwards. Everything up to now is run again, and noted where the motion would have stopped last; then everything up to there. So going
//! back takes as long as it took to come here, twice at most.

use std::{
    collections::BTreeSet,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
};

use revive_vm_executor::{trace::Step, Instance};
use revive_vm_primitives::Reg;

use crate::{
    at::At,
    breakpoints::{Breakpoint, BreakpointId, Breakpoints, Target},
    error::DebugError,
    machine::{Advance, Machine, Open},
    program::{Loaded, Position},
    recording::{End, HostCall, Recording},
    stack::{stack, StackFrame},
};

/// What is gone through at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// An instruction.
    Instruction,
    /// A source line.
    Line,
}

/// How far to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// To the next one, also if it is in a function that is called.
    Into(Unit),
    /// To the next one in this function or its callers.
    Over(Unit),
    /// To the caller of this function.
    Out,
    /// To a breakpoint.
    Continue,
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// As it ran.
    Forward,
    /// To what was before.
    Back,
}

/// Why a session stands where it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The motion has come to its end.
    Step,
    /// Breakpoints were met, possibly before the motion came to its end.
    Breakpoints(Vec<BreakpointId>),
    /// The beginning; there is nothing before it.
    Start,
    /// The end; there is nothing behind it. [`Session::end`] says how it came.
    Over,
    /// Somebody wanted it to stop. A motion back begins at the start, and stands somewhere on its way then.
    Interrupted,
}

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    time: u64,
    /// Entering what was inlined takes no time.
    hidden: usize,
}

/// Stops a session that is moving, from another thread.
#[derive(Clone, Debug, Default)]
pub struct Interrupter(Arc<AtomicBool>);

impl Interrupter {
    /// Has the motion that is under way stop, or else the next one.
    pub fn interrupt(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Takes that back. Whether there was something to take back.
    pub fn take(&self) -> bool {
        self.0.load(Ordering::Relaxed) && self.0.swap(false, Ordering::Relaxed)
    }
}

/// See the module.
pub struct Session {
    machine: Machine,
    programs: Vec<Arc<Loaded>>,
    breakpoints: Breakpoints,
    interrupter: Interrupter,
    /// How many of the inlined functions that the code belongs to are not shown.
    hidden: usize,
}

impl Session {
    /// Stands before the first instruction.
    ///
    /// # Errors
    /// [`DebugError::Rejected`]: a program or frame of the recording cannot be run.
    pub fn new(recording: Recording) -> Result<Self, DebugError> {
        let mut machine = Machine::new(Arc::new(recording))?;
        let programs = machine.programs()?;
        Ok(Self {
            machine,
            programs,
            breakpoints: Breakpoints::default(),
            interrupter: Interrupter::default(),
            hidden: 0,
        })
    }

    /// What is gone through.
    pub fn recording(&self) -> &Recording {
        self.machine.recording()
    }

    /// Steps from the start: instructions that were executed, and frames that were left.
    pub fn time(&self) -> u64 {
        self.machine.time()
    }

    /// What stops this session from another thread.
    pub fn interrupter(&self) -> Interrupter {
        self.interrupter.clone()
    }

    /// Moves. Errors leave the session where it has come to.
    ///
    /// # Errors
    /// [`DebugError::Differs`]: a program does something else than what was recorded. [`DebugError::Trouble`]: it cannot be run here.
    pub fn go(&mut self, motion: Motion, direction: Direction) -> Result<Stop, DebugError> {
        match direction {
            Direction::Forward => self.forward(motion),
            Direction::Back => self.back(motion),
        }
    }

    /// Goes to a time, or to the end if that comes earlier.
    ///
    /// # Errors
    /// As [`Self::go`].
    pub fn seek(&mut self, time: u64) -> Result<Stop, DebugError> {
        self.hidden = 0;
        if time < self.time() {
            self.machine.start()?;
        }
        while self.time() < time {
            if self.interrupter.take() {
                return Ok(Stop::Interrupted);
            }
            if self.machine.advance()? == Advance::Over {
                return Ok(Stop::Over);
            }
        }
        Ok(if time == 0 { Stop::Start } else { Stop::Step })
    }

    /// Where it stands. Motions look at it, so one that was interrupted begins again from the place that it began at.
    pub fn place(&self) -> Place {
        Place { time: self.time(), hidden: self.hidden }
    }

    /// Goes to a place where it stood before.
    ///
    /// # Errors
    /// As [`Self::go`].
    pub fn return_to(&mut self, place: Place) -> Result<Stop, DebugError> {
        let stop = self.seek(place.time)?;
        if stop != Stop::Interrupted {
            self.hidden = place.hidden;
        }
        Ok(stop)
    }

    /// Goes forward to the end of the motion, a breakpoint, or the end.
    fn forward(&mut self, motion: Motion) -> Result<Stop, DebugError> {
        let from = At::new(&self.machine);
        let shown = from.levels().saturating_sub(self.hidden);
        if motion == Motion::Into(Unit::Line) && from.enters(shown) {
            self.hidden -= 1;
            return Ok(Stop::Step);
        }
        let all = At::all(&self.machine);
        self.hidden = 0;
        loop {
            if self.interrupter.take() {
                return Ok(Stop::Interrupted);
            }
            let advance = self.machine.advance()?;
            if advance == Advance::Over {
                return Ok(Stop::Over);
            }
            let met = self.breakpoints.met(&self.machine, advance);
            if !met.is_empty() {
                return Ok(self.stop_at(met));
            }
            if motion == Motion::Continue {
                continue;
            }
            let now = At::new(&self.machine);
            let level = match motion {
                Motion::Into(Unit::Instruction) => Some(now.levels()),
                Motion::Over(Unit::Instruction) => (now.depth <= from.depth).then_some(now.levels()),
                Motion::Into(Unit::Line) => now.next_line(&from, shown, &all, true),
                Motion::Over(Unit::Line) => now.next_line(&from, shown, &all, false),
                Motion::Out => now.outside(&from, shown, &all),
                Motion::Continue => None,
            };
            if let Some(level) = level {
                self.hidden = now.levels().saturating_sub(level);
                return Ok(Stop::Step);
            }
        }
    }

    /// Goes back: notes when it would have stopped last, and goes there.
    fn back(&mut self, motion: Motion) -> Result<Stop, DebugError> {
        let (until, from) = (self.time(), At::new(&self.machine));
        let shown = from.levels().saturating_sub(self.hidden);
        let all = At::all(&self.machine);
        let is_caller = |at: &At| at.among(&all).is_some();
        self.hidden = 0;
        if until == 0 {
            return Ok(Stop::Start);
        }
        if motion == Motion::Into(Unit::Instruction) {
            return self.seek(until - 1);
        }
        let mut found = (0, Stop::Start, 0);
        self.machine.start()?;
        // Where each of those that are on their way was last.
        let mut last: Vec<At> = Vec::new();
        let mut advance = None;
        while self.time() < until {
            if self.interrupter.take() {
                return Ok(Stop::Interrupted);
            }
            let met = advance.map_or_else(Vec::new, |advance| self.breakpoints.met(&self.machine, advance));
            let now = At::new(&self.machine);
            while last.last().is_some_and(|last| last.invocation > now.invocation) {
                last.pop();
            }
            let before = last.pop_if(|last| last.invocation == now.invocation);
            if !met.is_empty() {
                let stop = self.stop_at(met);
                found = (self.time(), stop, self.hidden);
            } else {
                let begins = |level| now.begins_line(before.as_ref(), level);
                let level = match motion {
                    Motion::Over(Unit::Instruction) => is_caller(&now).then_some(now.levels()),
                    Motion::Into(Unit::Line) => begins(now.levels()),
                    Motion::Over(Unit::Line) if is_caller(&now) => begins(now.level_back(&from, shown, &all)),
                    Motion::Out if is_caller(&now) => now.outside(&from, shown, &all),
                    _ => None,
                };
                if let Some(level) = level {
                    found = (self.time(), Stop::Step, now.levels().saturating_sub(level));
                }
            }
            last.push(now);
            advance = Some(self.machine.advance()?);
        }
        let (time, stop, hidden) = found;
        if self.seek(time)? == Stop::Interrupted {
            return Ok(Stop::Interrupted);
        }
        self.hidden = hidden;
        Ok(if time == 0 { Stop::Start } else { stop })
    }

    /// What breakpoints were met; those of lines and functions show these, and not what was inlined there.
    fn stop_at(&mut self, met: Vec<BreakpointId>) -> Stop {
        let at = At::new(&self.machine);
        let level = self.breakpoints.level(&met, at.positions());
        self.hidden = level.map_or(0, |level| at.levels() - level);
        Stop::Breakpoints(met)
    }

    /// Sets a breakpoint. One that has no offsets is kept too.
    pub fn set_breakpoint(&mut self, target: Target) -> &Breakpoint {
        self.breakpoints.set(target, &self.programs)
    }

    /// Takes a breakpoint away. Whether there was one.
    pub fn remove_breakpoint(&mut self, id: BreakpointId) -> bool {
        self.breakpoints.remove(id)
    }

    /// All breakpoints.
    pub fn breakpoints(&self) -> &[Breakpoint] {
        self.breakpoints.all()
    }

    /// The breakpoints that are at the very place where the session stands, as if it had just come there by an instruction.
    pub fn breakpoints_here(&self) -> Vec<BreakpointId> {
        self.breakpoints.met(&self.machine, Advance::Went)
    }

    /// The frames that have failed up to now, as indices into [`Recording::frames`], and how; in that order.
    pub fn failures(&self) -> &[(usize, End)] {
        self.machine.failures()
    }

    /// The names of programs that have no debug info.
    pub fn programs_without_debug_info(&self) -> impl Iterator<Item = &str> {
        let without = self.programs.iter().filter(|program| program.module.debug_info().is_empty());
        without.map(|program| program.name.as_str())
    }

    /// The source files that the debug info of the programs names, each once.
    pub fn source_paths(&self) -> Vec<Arc<str>> {
        let positions = self.programs.iter().flat_map(|program| program.all_positions());
        let paths: BTreeSet<_> =
            positions.map(|position| &position.path).filter(|path| !path.is_empty()).collect();
        paths.into_iter().cloned().collect()
    }

    /// The functions that are on their way, the innermost first.
    pub fn stack(&self) -> Vec<StackFrame> {
        stack(&self.machine, self.hidden)
    }

    /// How the innermost frame has ended, if it has.
    pub fn end(&self) -> Option<&End> {
        self.machine.innermost().end.as_ref()
    }

    /// The code offset of the instruction that is executed next, or that the frame ended with.
    pub fn pc(&self) -> u32 {
        self.machine.innermost().pc
    }

    /// The same of an open frame: in those that called others, the host call.
    pub fn frame_pc(&self, contract: usize) -> Option<u32> {
        Some(self.open(contract)?.pc)
    }

    /// The instruction that was executed last in the innermost frame: the registers and the memory that it changed. None in the beginning,
    /// and where it has ended at an instruction that could not be paid for.
    pub fn last_step(&self) -> Option<&Step> {
        self.machine.innermost().executed()
    }

    /// The host call that the innermost frame makes next, if it was recorded.
    pub fn next_host_call(&self) -> Option<&HostCall> {
        self.machine.next_host_call()
    }

    /// The host call that an open frame has made last, if it was recorded; `contract` as of [`StackFrame::contract`].
    pub fn last_host_call(&self, contract: usize) -> Option<&HostCall> {
        self.machine.last_host_call(self.level(contract)?)
    }

    /// A register of an open frame.
    pub fn register(&self, contract: usize, reg: Reg) -> Option<u64> {
        Some(self.instance(contract)?.reg(reg))
    }

    /// Gas left in an open frame.
    pub fn gas(&self, contract: usize) -> Option<i64> {
        Some(self.instance(contract)?.gas())
    }

    /// Memory of an open frame: as many of the bytes from `address` on as can be read.
    pub fn memory(&self, contract: usize, address: u32, bytes: u32) -> Vec<u8> {
        const PAGE: u32 = 4096;
        let Some(instance) = self.instance(contract) else { return Vec::new() };
        let mut read = Vec::new();
        // Memory begins and ends at pages.
        while (read.len() as u32) < bytes {
            let at = u64::from(address) + read.len() as u64;
            let Ok(at) = u32::try_from(at) else { break };
            let count = (PAGE - at % PAGE).min(bytes - read.len() as u32);
            match instance.read_memory_vec(at, count) {
                Ok(more) => read.extend(more),
                Err(_) => break,
            }
        }
        read
    }

    /// The text of the instruction at a code offset of an open frame.
    pub fn instruction(&self, contract: usize, pc: u32) -> Option<String> {
        Some(self.open(contract)?.program.instruction(pc))
    }

    /// Code offsets of instructions of an open frame: `before` ones in front of `pc`, and `count` from there on.
    pub fn instructions(&self, contract: usize, pc: u32, before: usize, count: usize) -> Vec<u32> {
        let Some(open) = self.open(contract) else { return Vec::new() };
        let code = open.program.module.code();
        let before =
            std::iter::successors(code.previous_start(pc), |at| code.previous_start(*at)).take(before);
        let mut offsets: Vec<u32> = before.collect();
        offsets.reverse();
        offsets.extend(
            code.instructions().map(|decoded| decoded.offset).filter(|offset| *offset >= pc).take(count),
        );
        offsets
    }

    /// The functions that the code at an offset of an open frame belongs to, the outermost first.
    pub fn positions(&self, contract: usize, pc: u32) -> &[Position] {
        self.open(contract).map_or(&[], |open| open.program.positions(pc))
    }

    /// The name of the program of an open frame.
    pub fn program(&self, contract: usize) -> Option<&str> {
        Some(&self.open(contract)?.program.name)
    }

    /// Which frame of the recording an open frame is.
    pub fn frame(&self, contract: usize) -> Option<usize> {
        Some(self.open(contract)?.frame)
    }

    fn level(&self, contract: usize) -> Option<usize> {
        self.machine.open().len().checked_sub(contract + 1)
    }

    fn open(&self, contract: usize) -> Option<&Open> {
        self.machine.open().get(self.level(contract)?)
    }

    fn instance(&self, contract: usize) -> Option<&Instance> {
        Some(&self.open(contract)?.replay.instance)
    }
}
