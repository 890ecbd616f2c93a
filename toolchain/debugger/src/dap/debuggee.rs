// SPDX-License-Identifier: Apache-2.0
//! What was launched, and the answers to requests that do not move it.

use std::cell::OnceCell;

use serde_json::{json, Map, Value};

use super::{
    breakpoints::{self, Breakpoints},
    disassembly, frames, memory,
    protocol::{Evaluate, Initialize, Request, Scopes, Variables},
    stops::Report,
    variables::{self, Scope},
    Launched,
};
use crate::{BreakpointId, DebugError, Direction, Motion, Place, Session, SourceFiles, Stop};

/// See the module.
pub(super) struct Debuggee {
    pub(super) session: Session,
    sources: SourceFiles,
    breakpoints: Breakpoints,
    pub(super) stops_on_entry: bool,
    /// Whether the client wants it to run and nothing else.
    pub(super) is_only_run: bool,
    /// Whether breakpoints are set and it may move.
    pub(super) is_configured: bool,
    /// The stack where the session stands, once somebody asked.
    stack: OnceCell<frames::Stack>,
    /// What the client was told last of where the session stands, and the time there.
    pub(super) told: Option<(u64, Report)>,
    /// Failed frames that were told of.
    told_failures: Vec<usize>,
}

impl Debuggee {
    pub(super) fn new(launched: Launched, arguments: &Map<String, Value>) -> Self {
        let Launched { mut session, sources, message: _ } = launched;
        let flag = |name| arguments.get(name).and_then(Value::as_bool);
        let is_only_run = flag("noDebug").unwrap_or(false);
        Self {
            breakpoints: if is_only_run { Breakpoints::default() } else { Breakpoints::new(&mut session) },
            session,
            sources,
            stops_on_entry: flag("stopOnEntry").unwrap_or(true) && !is_only_run,
            is_only_run,
            is_configured: false,
            stack: OnceCell::new(),
            told: None,
            told_failures: Vec::new(),
        }
    }

    /// Moves, from `origin`. It may have been interrupted since, and stand elsewhere.
    pub(super) fn go(
        &mut self,
        motion: Motion,
        direction: Direction,
        origin: Place,
    ) -> Result<Stop, DebugError> {
        self.stack = OnceCell::new();
        // What does not stop but at breakpoints goes on from anywhere; others look at where they began.
        let goes_on = (motion, direction) == (Motion::Continue, Direction::Forward);
        if !goes_on && self.session.place() != origin && self.session.return_to(origin)? == Stop::Interrupted
        {
            return Ok(Stop::Interrupted);
        }
        self.session.go(motion, direction)
    }

    /// The frames that have failed since this was asked, and how: each is told once, however often it is come by.
    pub(super) fn new_failures(&mut self) -> Vec<String> {
        let mut texts = Vec::new();
        for (frame, end) in self.session.failures() {
            if !self.told_failures.contains(frame) {
                self.told_failures.push(*frame);
                let title = self.session.recording().frames.get(*frame).map_or("", |frame| &frame.title);
                texts.push(format!("{title} failed: {}", end.text));
            }
        }
        texts
    }

    /// The breakpoints at which it stands in the beginning. Those are come to by no motion.
    pub(super) fn breakpoints_here(&self) -> Vec<BreakpointId> {
        self.session.breakpoints_here()
    }

    fn stack(&self) -> &frames::Stack {
        self.stack.get_or_init(|| frames::Stack::new(&self.session))
    }

    /// The answer to a request that moves nothing.
    pub(super) fn answer(&mut self, request: &Request, client: &Initialize) -> Result<Value, String> {
        let session = &mut self.session;
        Ok(match request.command.as_str() {
            "setBreakpoints" => {
                self.breakpoints.set_lines(session, &self.sources, client, request.arguments()?)?
            }
            "setFunctionBreakpoints" => self.breakpoints.set_functions(session, client, request.arguments()?),
            "setInstructionBreakpoints" => {
                self.breakpoints.set_instructions(session, client, request.arguments()?)
            }
            "setExceptionBreakpoints" => self.breakpoints.set_filters(session, client, request.arguments()?),
            "setDataBreakpoints" => self.breakpoints.set_data(session, client, request.arguments()?),
            "dataBreakpointInfo" => self.data_breakpoint_info(request)?,
            "threads" => {
                let recording = session.recording();
                let root = recording.roots.first().and_then(|root| recording.frames.get(*root));
                json!({ "threads": [{ "id": THREAD, "name": root.map_or("", |frame| &frame.title) }] })
            }
            "stackTrace" => self.stack().trace(&request.arguments()?, &self.session, &self.sources, client),
            "scopes" => {
                let Scopes { frame_id } = request.arguments()?;
                variables::scopes(&self.session, &self.stack().focus(Some(frame_id))?)
            }
            "variables" => self.variables(&request.arguments()?)?,
            "evaluate" => {
                let Evaluate { expression, frame_id } = request.arguments()?;
                memory::evaluate(&self.session, &self.stack().focus(frame_id)?, &expression)?
            }
            "readMemory" => memory::read(session, &request.arguments()?)?,
            "disassemble" => disassembly::disassemble(session, &self.sources, client, &request.arguments()?)?,
            "exceptionInfo" => match &self.told {
                Some((_, report)) if report.reason == "exception" => report.exception_info(),
                _ => return Err("it does not stand at a failure".into()),
            },
            command => return Err(format!("there is no request `{}` here", command.escape_debug())),
        })
    }

    fn variables(&self, arguments: &Variables) -> Result<Value, String> {
        let reference = arguments.variables_reference;
        let found = Scope::parse(reference)
            .and_then(|(scope, contract)| variables::of_scope(&self.session, self.stack(), scope, contract));
        let mut variables = found.ok_or_else(|| format!("there are no variables {reference} now"))?;
        variables.drain(..arguments.start.min(variables.len()));
        if arguments.count > 0 {
            variables.truncate(arguments.count);
        }
        Ok(json!({ "variables": variables }))
    }

    fn data_breakpoint_info(&self, request: &Request) -> Result<Value, String> {
        let wanted = request.arguments::<super::protocol::DataBreakpointInfo>()?;
        let contract = match wanted.variables_reference.and_then(Scope::parse) {
            Some((_, contract)) => contract,
            None => self.stack().focus(wanted.frame_id)?.contract,
        };
        Ok(breakpoints::data_info(&self.session, contract, &wanted))
    }
}

/// The number of the one thread there is.
pub(super) const THREAD: u32 = 1;
