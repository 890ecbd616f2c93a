// SPDX-License-Identifier: Apache-2.0
//! Which requests come when, and the motions.

use std::io::{self, Write};

use serde_json::{json, Value};

use super::{
    breakpoints,
    connection::{Category, Connection},
    debuggee::Debuggee,
    inbox::{Inbox, Incoming},
    protocol::{Initialize, Request, Step},
    stops::Report,
    Launcher,
};
use crate::{Direction, Motion, Stop, Unit};

/// Serves one client.
pub(super) struct Server<'a, W> {
    connection: Connection<W>,
    inbox: Inbox,
    launcher: &'a mut dyn Launcher,
    client: Initialize,
    state: State,
}

/// How far it is.
enum State {
    /// Nothing has been said.
    New,
    /// The client has said what it can.
    Initialized,
    /// There is a session.
    Launched(Box<Debuggee>),
    /// There was one.
    Over,
}

/// Whether there is more to be served.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    GoesOn,
    Done,
}

impl<'a, W: Write> Server<'a, W> {
    pub(super) fn new(inbox: Inbox, output: W, launcher: &'a mut dyn Launcher) -> Self {
        let connection = Connection::new(output);
        Self { connection, inbox, launcher, client: Initialize::default(), state: State::New }
    }

    pub(super) fn run(mut self) -> io::Result<()> {
        loop {
            let incoming = self.inbox.next();
            if self.take(incoming)? == Flow::Done {
                return Ok(());
            }
        }
    }

    fn take(&mut self, incoming: Incoming) -> io::Result<Flow> {
        match incoming {
            Incoming::Request(request) => self.handle(&request),
            Incoming::End => Ok(Flow::Done),
            Incoming::Broken(error) => Err(error),
        }
    }

    fn handle(&mut self, request: &Request) -> io::Result<Flow> {
        match request.command.as_str() {
            "initialize" => {
                let result = self.initialize(request);
                self.connection.respond(request, result)?;
            }
            "launch" => self.launch(request)?,
            "configurationDone" => return self.configuration_done(request),
            "continue" => return self.motion(request, Direction::Forward, |_| Motion::Continue),
            "reverseContinue" => return self.motion(request, Direction::Back, |_| Motion::Continue),
            "next" => return self.motion(request, Direction::Forward, Motion::Over),
            "stepBack" => return self.motion(request, Direction::Back, Motion::Over),
            "stepIn" => return self.motion(request, Direction::Forward, Motion::Into),
            "stepOut" => return self.motion(request, Direction::Forward, |_| Motion::Out),
            // What moves is stopped by whoever moves it; else it stands already, as was wanted.
            "pause" => {
                let result = self.debuggee().map(|_| Value::Null);
                self.connection.respond(request, result)?;
            }
            "terminate" => {
                let result = self.debuggee().map(|_| Value::Null);
                let is_launched = result.is_ok();
                self.connection.respond(request, result)?;
                if is_launched {
                    self.finish()?;
                }
            }
            "disconnect" => {
                self.connection.respond(request, Ok(Value::Null))?;
                return Ok(Flow::Done);
            }
            _ => {
                let result = match &mut self.state {
                    State::Launched(debuggee) => debuggee.answer(request, &self.client),
                    _ => self.debuggee().map(|_| Value::Null),
                };
                self.connection.respond(request, result)?;
            }
        }
        Ok(Flow::GoesOn)
    }

    /// What was launched, or why there is nothing.
    fn debuggee(&mut self) -> Result<&mut Debuggee, String> {
        match &mut self.state {
            State::New => Err("`initialize` has to come first".into()),
            State::Initialized => Err("nothing has been launched".into()),
            State::Launched(debuggee) => Ok(debuggee),
            State::Over => Err("the run is over".into()),
        }
    }

    fn initialize(&mut self, request: &Request) -> Result<Value, String> {
        if !matches!(self.state, State::New) {
            return Err("`initialize` came before".into());
        }
        let client: Initialize = request.arguments()?;
        if client.path_format != "path" {
            let format = client.path_format.escape_debug();
            return Err(format!("paths cannot be given as `{format}`, only as `path`"));
        }
        self.client = client;
        self.state = State::Initialized;
        Ok(json!({
            "supportsConfigurationDoneRequest": true,
            "supportsDataBreakpointBytes": true,
            "supportsDataBreakpoints": true,
            "supportsDelayedStackTraceLoading": true,
            "supportsDisassembleRequest": true,
            "supportsEvaluateForHovers": true,
            "supportsExceptionFilterOptions": true,
            "supportsExceptionInfoRequest": true,
            "supportsFunctionBreakpoints": true,
            "supportsInstructionBreakpoints": true,
            "supportsReadMemoryRequest": true,
            "supportsStepBack": true,
            "supportsSteppingGranularity": true,
            "supportsTerminateRequest": true,
            "exceptionBreakpointFilters": breakpoints::filters(),
        }))
    }

    fn launch(&mut self, request: &Request) -> io::Result<()> {
        match self.state {
            State::Initialized => {}
            State::Launched(_) => {
                return self.connection.respond(request, Err("something has been launched already".into()));
            }
            State::New | State::Over => {
                let result = self.debuggee().map(|_| Value::Null);
                return self.connection.respond(request, result);
            }
        }
        let launched = request
            .map()
            .and_then(|arguments| self.launcher.launch(&arguments).map(|launched| (launched, arguments)));
        match launched {
            Err(text) => {
                self.connection.say(Category::Error, &text)?;
                self.connection.respond(request, Err(text))
            }
            Ok((mut launched, arguments)) => {
                let message = std::mem::take(&mut launched.message);
                self.state = State::Launched(Box::new(Debuggee::new(launched, &arguments)));
                self.connection.respond(request, Ok(Value::Null))?;
                if !message.is_empty() {
                    self.connection.say(Category::Console, &message)?;
                }
                // Only now there is something to set breakpoints in.
                self.connection.event("initialized", Value::Null)
            }
        }
    }

    fn configuration_done(&mut self, request: &Request) -> io::Result<Flow> {
        let begun = self.debuggee().and_then(|debuggee| {
            if std::mem::replace(&mut debuggee.is_configured, true) {
                return Err("`configurationDone` came before".into());
            }
            Ok(if debuggee.stops_on_entry {
                Some(Report::entry(&debuggee.session))
            } else {
                // No motion comes to where it begins.
                let here = debuggee.breakpoints_here();
                (!here.is_empty()).then(|| Report::new(&debuggee.session, &Stop::Breakpoints(here)))
            })
        });
        match begun {
            Err(text) => self.connection.respond(request, Err(text))?,
            Ok(Some(report)) => {
                self.connection.respond(request, Ok(Value::Null))?;
                self.stopped(report)?;
            }
            Ok(None) => {
                self.connection.respond(request, Ok(Value::Null))?;
                return self.go(Motion::Continue, Direction::Forward);
            }
        }
        Ok(Flow::GoesOn)
    }

    /// A request that moves the session: answered, then done.
    fn motion(
        &mut self,
        request: &Request,
        direction: Direction,
        motion: impl Fn(Unit) -> Motion,
    ) -> io::Result<Flow> {
        let wanted = request.arguments::<Step>().and_then(|step| {
            let unit = match step.granularity.as_deref() {
                Some("instruction") => Unit::Instruction,
                _ => Unit::Line,
            };
            let debuggee = self.debuggee()?;
            if !debuggee.is_configured {
                return Err("`configurationDone` has to come first".into());
            }
            Ok(motion(unit))
        });
        match wanted {
            Err(text) => {
                self.connection.respond(request, Err(text))?;
                Ok(Flow::GoesOn)
            }
            Ok(motion) => {
                let body = match request.command.as_str() {
                    "continue" => json!({ "allThreadsContinued": true }),
                    _ => Value::Null,
                };
                self.connection.respond(request, Ok(body))?;
                self.go(motion, direction)
            }
        }
    }

    /// Moves, and tells where it stands then. Meanwhile serves what cannot wait.
    fn go(&mut self, motion: Motion, direction: Direction) -> io::Result<Flow> {
        let Ok(debuggee) = self.debuggee() else { return Ok(Flow::GoesOn) };
        let (origin, interrupter) = (debuggee.session.place(), debuggee.session.interrupter());
        self.inbox.moves(interrupter);
        let result = 'motion: loop {
            while let Some(incoming) = self.inbox.urgent() {
                let is_pause = matches!(&incoming, Incoming::Request(request) if request.command == "pause");
                if self.take(incoming)? == Flow::Done {
                    return Ok(Flow::Done);
                }
                if is_pause {
                    break 'motion Ok(Stop::Interrupted);
                }
            }
            // It may have been terminated.
            let Ok(debuggee) = self.debuggee() else {
                self.inbox.stands();
                return Ok(Flow::GoesOn);
            };
            match debuggee.go(motion, direction, origin) {
                Ok(Stop::Interrupted) => {}
                result => break result,
            }
        };
        self.inbox.stands();
        let Ok(debuggee) = self.debuggee() else { return Ok(Flow::GoesOn) };
        let time = debuggee.session.time();
        // Who stood there before has seen how it ended.
        let is_known = debuggee.is_only_run || debuggee.told.as_ref().is_some_and(|(told, _)| *told == time);
        let report = match result {
            Ok(Stop::Over) if is_known => {
                self.exit()?;
                return Ok(Flow::GoesOn);
            }
            Ok(stop) => Report::new(&debuggee.session, &stop),
            Err(error) => {
                let text = error.to_string();
                self.connection.say(Category::Error, &text)?;
                Report::exception("It cannot go on".into(), text)
            }
        };
        self.stopped(report)?;
        Ok(Flow::GoesOn)
    }

    /// Tells that it stands, and which frames have failed on the way there.
    fn stopped(&mut self, report: Report) -> io::Result<()> {
        self.tell_failures()?;
        let Ok(debuggee) = self.debuggee() else { return Ok(()) };
        let body = report.body();
        debuggee.told = Some((debuggee.session.time(), report));
        self.connection.event("stopped", body)
    }

    fn tell_failures(&mut self) -> io::Result<()> {
        let failures = self.debuggee().map(Debuggee::new_failures).unwrap_or_default();
        failures.iter().try_for_each(|text| self.connection.say(Category::Error, text))
    }

    /// It has gone on behind the end.
    fn exit(&mut self) -> io::Result<()> {
        self.tell_failures()?;
        let Ok(debuggee) = self.debuggee() else { return Ok(()) };
        let is_good = debuggee.session.end().is_some_and(|end| end.is_good);
        self.connection.event("exited", json!({ "exitCode": if is_good { 0 } else { 1 } }))?;
        self.finish()
    }

    /// There is nothing more.
    fn finish(&mut self) -> io::Result<()> {
        self.state = State::Over;
        self.connection.event("terminated", Value::Null)
    }
}
