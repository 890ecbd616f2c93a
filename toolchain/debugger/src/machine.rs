// SPDX-License-Identifier: Apache-2.0
//! A recording being run: the frames that are open, of which the last one runs, and how far it is.
//!
//! Time is counted in steps from the start. In a step the innermost frame executes an instruction; a host call is answered in the
//! same step, or enters a frame, and then it is answered in the step with which the last frame that it entered is left. A frame that has
//! ended is looked at as it ended for one time, and left in a step of its own. There is no way back but to begin again, and the same
//! comes of it each time.

use std::{collections::HashMap, sync::Arc};

use revive_vm_executor::{
    trace::{Calls, Step, Tracer, Transfer},
    Engine, EngineChoice, EngineConfig, Exit,
};

use crate::{
    error::DebugError,
    program::Loaded,
    recording::{End, Frame, HostCall, Program, Recording},
    replay::{start_of, Replay},
};

/// Frames that are open at a time. Chains allow far fewer.
const FRAMES_MAX: usize = 256;

/// See the module.
pub(crate) struct Machine {
    recording: Arc<Recording>,
    programs: HashMap<*const Program, Arc<Loaded>>,
    engine: Engine,
    /// The open frames, the innermost last. Empty only before the first one is entered.
    open: Vec<Open>,
    /// The roots that have been entered.
    roots: usize,
    /// The frames that have failed up to now, and how.
    failures: Vec<(usize, End)>,
    time: u64,
    /// Functions and frames that were entered.
    entries: u64,
    /// What it cannot go on for, until it begins again.
    broken: Option<DebugError>,
}

/// A frame that has been entered.
pub(crate) struct Open {
    /// Index of the frame.
    pub(crate) frame: usize,
    pub(crate) program: Arc<Loaded>,
    pub(crate) replay: Replay,
    pub(crate) calls: Calls,
    /// The instruction that is executed next, or that the frame ended with.
    pub(crate) pc: u32,
    /// The instruction that was executed last, or that could not be paid for.
    last: Option<Step>,
    /// Why it has ended.
    pub(crate) end: Option<End>,
    tracer: Tracer,
    /// Frames that the last host call has entered.
    entered: usize,
    /// When the frame was entered, and each of its calls.
    entered_at: Vec<u64>,
}

/// What a step has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Advance {
    /// The same frame goes on.
    Went,
    /// A host call was made, and answered unless it has entered a frame.
    HostCall,
    /// The innermost frame has ended, and can be looked at.
    Ended,
    /// A frame was left; the one that called it, or the next one, goes on.
    Left,
    /// There is nothing more.
    Over,
}

impl Machine {
    /// Before the first instruction.
    pub(crate) fn new(recording: Arc<Recording>) -> Result<Self, DebugError> {
        let config = EngineConfig { engine: EngineChoice::Interpreter, ..EngineConfig::default() };
        let engine = Engine::new(config).map_err(|error| DebugError::Trouble(error.to_string()))?;
        let mut machine = Self {
            recording,
            programs: HashMap::new(),
            engine,
            open: Vec::new(),
            roots: 0,
            failures: Vec::new(),
            time: 0,
            entries: 0,
            broken: None,
        };
        machine.start()?;
        Ok(machine)
    }

    /// Goes back to the beginning.
    pub(crate) fn start(&mut self) -> Result<(), DebugError> {
        (self.open, self.roots, self.failures) = (Vec::new(), 0, Vec::new());
        (self.time, self.entries, self.broken) = (0, 0, None);
        if !self.enter_next_root()? {
            return Err(DebugError::Rejected {
                what: "the recording".into(),
                reason: "it has no frame".into(),
            });
        }
        self.note_failure();
        Ok(())
    }

    /// The frames that have failed up to now, in that order.
    pub(crate) fn failures(&self) -> &[(usize, End)] {
        &self.failures
    }

    fn note_failure(&mut self) {
        let Some(open) = self.open.last() else { return };
        let Some(end) = open.end.as_ref().filter(|end| !end.is_good) else { return };
        // It stands there for more than one step if nothing comes behind it.
        if self.failures.last().is_none_or(|(frame, _)| *frame != open.frame) {
            self.failures.push((open.frame, end.clone()));
        }
    }

    pub(crate) fn recording(&self) -> &Arc<Recording> {
        &self.recording
    }

    /// Steps since the start.
    pub(crate) fn time(&self) -> u64 {
        self.time
    }

    /// The open frames, the innermost last: at least one.
    pub(crate) fn open(&self) -> &[Open] {
        &self.open
    }

    pub(crate) fn innermost(&self) -> &Open {
        self.open.last().expect("a machine begins in a frame and does not leave the last one")
    }

    /// Programs of all frames, which have been checked.
    pub(crate) fn programs(&mut self) -> Result<Vec<Arc<Loaded>>, DebugError> {
        let recording = self.recording.clone();
        let mut programs: Vec<Arc<Loaded>> = Vec::new();
        for frame in &recording.frames {
            let loaded = self.load(&frame.program)?;
            start_of(frame, &loaded.module)?;
            if !programs.iter().any(|other| Arc::ptr_eq(other, &loaded)) {
                programs.push(loaded);
            }
        }
        Ok(programs)
    }

    /// The host call that the innermost frame is about to make, if it was recorded.
    pub(crate) fn next_host_call(&self) -> Option<&HostCall> {
        let open = self.innermost();
        open.replay.next_host_call(&self.recording.frames[open.frame])
    }

    /// The host call that an open frame has made last, if it was recorded.
    pub(crate) fn last_host_call(&self, level: usize) -> Option<&HostCall> {
        let open = self.open.get(level)?;
        open.replay.last_host_call(&self.recording.frames[open.frame])
    }

    fn load(&mut self, program: &Arc<Program>) -> Result<Arc<Loaded>, DebugError> {
        let key = Arc::as_ptr(program);
        if let Some(loaded) = self.programs.get(&key) {
            return Ok(loaded.clone());
        }
        let loaded = Arc::new(Loaded::new(&self.engine, program)?);
        self.programs.insert(key, loaded.clone());
        Ok(loaded)
    }

    fn enter(&mut self, index: usize) -> Result<(), DebugError> {
        let recording = self.recording.clone();
        let what = || format!("frame {index}");
        let frame = recording
            .frames
            .get(index)
            .ok_or_else(|| DebugError::Rejected { what: what(), reason: "there is no such frame".into() })?;
        if self.open.len() >= FRAMES_MAX {
            let reason = format!("{FRAMES_MAX} frames are open, which is the limit");
            return Err(DebugError::Rejected { what: frame.title.clone(), reason });
        }
        let program = self.load(&frame.program)?;
        let replay = Replay::new(&program.module, frame)?;
        let mut open = Open {
            frame: index,
            program,
            calls: Calls::default(),
            pc: replay.start(),
            replay,
            last: None,
            end: None,
            tracer: Tracer::default(),
            entered: 0,
            entered_at: vec![self.entries],
        };
        self.entries += 1;
        // The first exit announces the first instruction.
        let exit = open.run()?;
        open.came_to(exit, frame, &mut self.entries)?;
        self.open.push(open);
        Ok(())
    }

    fn enter_next_root(&mut self) -> Result<bool, DebugError> {
        let Some(index) = self.recording.roots.get(self.roots).copied() else { return Ok(false) };
        self.roots += 1;
        self.enter(index)?;
        Ok(true)
    }

    /// Goes one step.
    pub(crate) fn advance(&mut self) -> Result<Advance, DebugError> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        let advance = self.step().inspect_err(|error| self.broken = Some(error.clone()));
        self.note_failure();
        advance
    }

    fn step(&mut self) -> Result<Advance, DebugError> {
        let level = self.open.len() - 1;
        let open = &mut self.open[level];
        if open.end.is_some() {
            return self.leave();
        }
        let exit = open.run()?;
        if let Exit::HostCall(number) = exit {
            open.entered = 0;
            open.replay.host_call(&self.recording.frames[open.frame], number)?;
            self.go_on_with_host_call()?;
            self.time += 1;
            return Ok(match self.innermost().end {
                Some(_) => Advance::Ended,
                None => Advance::HostCall,
            });
        }
        open.came_to(exit, &self.recording.frames[open.frame], &mut self.entries)?;
        self.time += 1;
        Ok(if open.end.is_some() { Advance::Ended } else { Advance::Went })
    }

    /// Leaves the innermost frame, unless it is the very last.
    fn leave(&mut self) -> Result<Advance, DebugError> {
        if self.open.len() == 1 {
            // The next root takes its place.
            if self.roots >= self.recording.roots.len() {
                return Ok(Advance::Over);
            }
            self.enter_next_root()?;
            self.open.remove(0);
        } else {
            self.open.pop();
            self.go_on_with_host_call()?;
        }
        self.time += 1;
        Ok(Advance::Left)
    }

    /// Enters the next frame that the last host call of the innermost frame entered, or answers it.
    fn go_on_with_host_call(&mut self) -> Result<(), DebugError> {
        let recording = self.recording.clone();
        let level = self.open.len() - 1;
        let open = &mut self.open[level];
        let frame = &recording.frames[open.frame];
        let callees = open.replay.last_host_call(frame).map_or(&[][..], |call| &call.frames);
        if let Some(callee) = callees.get(open.entered) {
            open.entered += 1;
            return self.enter(*callee);
        }
        match open.replay.answer(frame)? {
            Some(end) => open.end = Some(end),
            None => {
                let exit = open.run()?;
                open.came_to(exit, frame, &mut self.entries)?;
            }
        }
        Ok(())
    }
}

impl Open {
    /// Whether nothing of it has been executed.
    pub(crate) fn is_new(&self) -> bool {
        self.last.is_none()
    }

    /// The instruction that was executed last, if that is what came last: not one that could not be paid for.
    pub(crate) fn executed(&self) -> Option<&Step> {
        // A `memset` that was paid for in part has changed registers.
        self.last.as_ref().filter(|step| step.exit != Exit::OutOfGas || step.before != step.after)
    }

    /// A number that only the call has which the code belongs to that comes next: the later it was entered, the higher.
    pub(crate) fn invocation(&self) -> u64 {
        self.entered_at.last().copied().unwrap_or(0)
    }

    /// The same of all that are on their way in it.
    pub(crate) fn invocations(&self) -> &[u64] {
        &self.entered_at
    }

    /// Where each of them is: at the call of the next one, and the last at what comes next.
    pub(crate) fn sites(&self) -> impl Iterator<Item = u32> + '_ {
        self.calls.pending().iter().map(|call| call.site).chain([self.pc])
    }

    /// Runs to the next exit.
    fn run(&mut self) -> Result<Exit, DebugError> {
        let (exit, step) = self
            .tracer
            .run(&mut self.replay.instance)
            .map_err(|error| DebugError::Trouble(error.to_string()))?;
        if step.is_some() {
            self.last = step;
        }
        Ok(exit)
    }

    /// Takes over what an exit says, that is no host call; `entries` counts what is entered.
    fn came_to(&mut self, exit: Exit, frame: &Frame, entries: &mut u64) -> Result<(), DebugError> {
        let instance = &self.replay.instance;
        if exit != Exit::Step {
            self.replay.ended(frame, exit)?;
        }
        let text = match exit {
            Exit::Step => {
                let Some(pc) = instance.pc() else { return Ok(()) };
                match self.calls.announced(pc, instance) {
                    Some(Transfer::Called { is_kept: true, .. }) => {
                        self.entered_at.push(*entries);
                        *entries += 1;
                    }
                    Some(Transfer::Returned { depth }) => self.entered_at.truncate(depth + 1),
                    Some(Transfer::Called { is_kept: false, .. }) | None => {}
                }
                self.pc = pc;
                return Ok(());
            }
            Exit::Finished => {
                // What the program does not know: that the chain refused what it had done.
                let end = frame.end.clone().unwrap_or_else(|| End { text: "finished".into(), is_good: true });
                self.end = Some(end);
                return Ok(());
            }
            Exit::Trap => match instance.trap_cause() {
                Some(cause) => format!("trapped: {cause}"),
                None => "trapped".into(),
            },
            Exit::OutOfGas => format!("out of gas: {} left", instance.gas()),
            Exit::Segfault(fault) => fault.to_string(),
            // Comes behind another host call at the earliest when that has been answered.
            Exit::HostCall(number) => format!("stopped at host call {number}"),
        };
        self.end = Some(End { text, is_good: false });
        Ok(())
    }
}
