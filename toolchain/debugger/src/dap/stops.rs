// SPDX-License-Identifier: Apache-2.0
//! What a client is told of where the session stands.

use serde_json::{json, Value};

use super::debuggee::THREAD;
use crate::{BreakpointId, Session, Stop, Target};

/// The body of a `stopped` event, but for the thread.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) reason: &'static str,
    /// For people, instead of the reason.
    description: Option<String>,
    /// More, for people.
    text: Option<String>,
    breakpoints: Vec<BreakpointId>,
}

impl Report {
    /// Why a session stands.
    pub(super) fn new(session: &Session, stop: &Stop) -> Self {
        let end = session.end().map(|end| end.text.clone());
        match stop {
            Stop::Step => Self {
                reason: "step",
                description: end.as_ref().map(|end| format!("Contract has ended: {end}")),
                ..Self::default()
            },
            Stop::Start => {
                Self { reason: "entry", description: Some("At the beginning".into()), ..Self::default() }
            }
            Stop::Over => Self {
                reason: "end",
                description: Some(format!(
                    "At the end: {}",
                    end.as_deref().unwrap_or("nothing comes any more")
                )),
                text: end,
                ..Self::default()
            },
            Stop::Interrupted => Self { reason: "pause", ..Self::default() },
            Stop::Breakpoints(ids) => Self { breakpoints: ids.clone(), ..Self::at(session, ids) },
        }
    }

    /// Before anything was executed.
    pub(super) fn entry(session: &Session) -> Self {
        // What cannot pay for its first instructions has ended by then.
        let end = session.end().map(|end| format!("Contract has ended: {}", end.text));
        Self { reason: "entry", description: end, ..Self::default() }
    }

    /// For the breakpoint among them that says most.
    fn at(session: &Session, ids: &[BreakpointId]) -> Self {
        let targets = session.breakpoints().iter().filter(|breakpoint| ids.contains(&breakpoint.id));
        targets
            .map(|breakpoint| Self::at_one(session, &breakpoint.target))
            .min_by_key(Self::rank)
            .unwrap_or_default()
    }

    fn rank(&self) -> usize {
        let reasons =
            ["exception", "data breakpoint", "breakpoint", "function breakpoint", "instruction breakpoint"];
        let rank = reasons.iter().position(|reason| *reason == self.reason).unwrap_or(reasons.len());
        // Breakpoints that people set themselves are before filters.
        2 * rank + usize::from(self.description.is_some())
    }

    fn at_one(session: &Session, target: &Target) -> Self {
        let title = || {
            let frame = session.frame(0).and_then(|frame| session.recording().frames.get(frame));
            frame.map_or("", |frame| &frame.title)
        };
        let plain = |reason| Self { reason, ..Self::default() };
        match target {
            Target::Line { .. } => plain("breakpoint"),
            Target::Function(_) => plain("function breakpoint"),
            Target::Offset { .. } => plain("instruction breakpoint"),
            Target::Memory { .. } => plain("data breakpoint"),
            Target::HostCall(_) => {
                let function = session.next_host_call().map_or("not recorded", |call| &call.function);
                Self { description: Some(format!("Host call: {function}")), ..plain("breakpoint") }
            }
            Target::Frames => {
                Self { description: Some(format!("Entered {}", title())), ..plain("breakpoint") }
            }
            Target::Failures => Self::exception(
                format!("{} failed", title()),
                session.end().map_or_else(String::new, |end| end.text.clone()),
            ),
        }
    }

    /// Something went wrong.
    pub(super) fn exception(description: String, text: String) -> Self {
        Self { reason: "exception", description: Some(description), text: Some(text), ..Self::default() }
    }

    /// The answer to `exceptionInfo`.
    pub(super) fn exception_info(&self) -> Value {
        json!({ "exceptionId": self.description, "description": self.text, "breakMode": "always" })
    }

    /// The body of the event.
    pub(super) fn body(&self) -> Value {
        let mut body = json!({ "reason": self.reason, "threadId": THREAD, "allThreadsStopped": true });
        if let Some(description) = &self.description {
            body["description"] = description.clone().into();
        }
        if let Some(text) = &self.text {
            body["text"] = text.clone().into();
        }
        if !self.breakpoints.is_empty() {
            body["hitBreakpointIds"] = self.breakpoints.clone().into();
        }
        body
    }
}
