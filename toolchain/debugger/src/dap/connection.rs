// SPDX-License-Identifier: Apache-2.0
//! What goes to the client: answers and events, numbered in one row.

use std::io::{self, Write};

use serde_json::{json, Value};

use super::{framing, protocol::Request};

/// See the module.
pub(super) struct Connection<W> {
    output: W,
    /// The number of the last message.
    seq: i64,
}

/// Where the client shows a text.
#[derive(Clone, Copy)]
pub(super) enum Category {
    /// With what it says itself.
    Console,
    /// As an error.
    Error,
}

impl<W: Write> Connection<W> {
    pub(super) fn new(output: W) -> Self {
        Self { output, seq: 0 }
    }

    fn send(&mut self, mut message: Value) -> io::Result<()> {
        self.seq += 1;
        message["seq"] = self.seq.into();
        framing::write(&mut self.output, &message)
    }

    /// Answers a request.
    pub(super) fn respond(&mut self, request: &Request, result: Result<Value, String>) -> io::Result<()> {
        let mut answer = json!({
            "type": "response",
            "request_seq": request.seq,
            "command": request.command,
            "success": result.is_ok(),
        });
        match result {
            Ok(Value::Null) => {}
            Ok(body) => answer["body"] = body,
            Err(text) => {
                // Where an editor asks by itself, at whatever the pointer is above, an answer of this kind is nothing to be shown.
                let is_shown =
                    !matches!(request.command.as_str(), "evaluate" | "dataBreakpointInfo" | "launch");
                answer["body"] = json!({ "error": { "id": 1, "format": text, "showUser": is_shown } });
                answer["message"] = text.into();
            }
        }
        self.send(answer)
    }

    /// Tells of something that has happened.
    pub(super) fn event(&mut self, event: &str, body: Value) -> io::Result<()> {
        let mut message = json!({ "type": "event", "event": event });
        if !body.is_null() {
            message["body"] = body;
        }
        self.send(message)
    }

    /// Has the client show a line of text.
    pub(super) fn say(&mut self, category: Category, text: &str) -> io::Result<()> {
        let category = match category {
            Category::Console => "console",
            Category::Error => "stderr",
        };
        self.event("output", json!({ "category": category, "output": format!("{}\n", text.trim_end()) }))
    }
}
