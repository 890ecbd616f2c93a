// SPDX-License-Identifier: Apache-2.0
//! A client that talks to a server in another thread, over pipes in memory.

use std::{
    collections::VecDeque,
    fmt::Write as _,
    io::{self, BufRead, BufReader, Read, Write},
    path::PathBuf,
    sync::mpsc::{channel, Receiver, Sender},
    thread::{self, JoinHandle},
};

use revive_vm_debugger::{
    dap::{serve, Launched, Launcher},
    Recording, Session, SourceFiles,
};
use serde_json::{json, Map, Value};

/// The end of a pipe that is read from. It ends when the other end is dropped.
struct Reading(Receiver<Vec<u8>>, VecDeque<u8>);

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.1.is_empty() {
            self.1.extend(self.0.recv().unwrap_or_default());
        }
        self.1.read(buffer)
    }
}

struct Writing(Sender<Vec<u8>>);

impl Write for Writing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes.to_vec()).map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Launches a recording that is there already, with source files in a folder.
struct Prepared(Recording, Option<PathBuf>);

impl Launcher for Prepared {
    fn launch(&mut self, arguments: &Map<String, Value>) -> Result<Launched, String> {
        if arguments.contains_key("refuse") {
            return Err("there is nothing to be launched".into());
        }
        let session = Session::new(self.0.clone()).map_err(|error| error.to_string())?;
        Ok(Launched {
            session,
            sources: SourceFiles::new(self.1.as_deref()),
            message: "a recorded run".into(),
        })
    }
}

/// See the module.
pub(crate) struct Client {
    input: Option<Sender<Vec<u8>>>,
    output: BufReader<Reading>,
    server: Option<JoinHandle<io::Result<()>>>,
    seq: i64,
    last_seq: i64,
    /// Events that came before the answer that was waited for.
    events: VecDeque<Value>,
    /// All messages.
    pub(crate) transcript: String,
}

impl Client {
    /// Nothing has been said.
    pub(crate) fn new(recording: Recording, sources: Option<PathBuf>) -> Self {
        let (input, server_input) = channel();
        let (server_output, output) = channel();
        let server = thread::spawn(move || {
            let input = BufReader::new(Reading(server_input, VecDeque::new()));
            serve(input, Writing(server_output), &mut Prepared(recording, sources))
        });
        Self {
            input: Some(input),
            output: BufReader::new(Reading(output, VecDeque::new())),
            server: Some(server),
            seq: 0,
            last_seq: 0,
            events: VecDeque::new(),
            transcript: String::new(),
        }
    }

    /// Launched, and may set breakpoints.
    pub(crate) fn launched(recording: Recording, sources: Option<PathBuf>, launch: Value) -> Self {
        let mut client = Self::new(recording, sources);
        client.ok("initialize", json!({ "adapterID": "revive-vm" }));
        client.ok("launch", launch);
        client.event("output");
        client.event("initialized");
        client
    }

    /// Stands at the entry.
    pub(crate) fn standing(recording: Recording, sources: Option<PathBuf>) -> Self {
        let mut client = Self::launched(recording, sources, json!({}));
        client.ok("configurationDone", json!({}));
        assert_eq!(client.event("stopped")["reason"], "entry");
        client
    }

    /// Sends bytes as they are.
    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        // A server that has ended takes nothing.
        let _ = self.input.as_ref().expect("the input is open").send(bytes.to_vec());
    }

    /// Sends a request; its number.
    pub(crate) fn send(&mut self, command: &str, arguments: Value) -> i64 {
        self.seq += 1;
        writeln!(self.transcript, "→ {command} {}", sorted(&arguments)).expect("text can be written to");
        let request =
            json!({ "seq": self.seq, "type": "request", "command": command, "arguments": arguments })
                .to_string();
        self.send_bytes(format!("Content-Length: {}\r\n\r\n{request}", request.len()).as_bytes());
        self.seq
    }

    /// The next message; `None` when the server has closed its output.
    fn receive(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("pipes do not fail");
        if line.is_empty() {
            return None;
        }
        let bytes =
            line.trim_end().strip_prefix("Content-Length: ").expect("a header").parse().expect("a number");
        self.output.read_line(&mut line).expect("pipes do not fail");
        let mut message = vec![0; bytes];
        self.output.read_exact(&mut message).expect("a whole message");
        let message: Value = serde_json::from_slice(&message).expect("a message is JSON");
        self.last_seq += 1;
        assert_eq!(message["seq"], self.last_seq, "messages are numbered in one row");
        let what = match message["type"].as_str() {
            Some("event") => format!("event {}", message["event"].as_str().expect("a name")),
            _ => {
                let command = message["command"].as_str().expect("a command");
                let is_success = message["success"].as_bool().expect("it says");
                format!("{command}{}", if is_success { "" } else { " refused" })
            }
        };
        let body = message.get("body").map(sorted).unwrap_or_default();
        writeln!(self.transcript, "{}", format!("← {what} {body}").trim_end())
            .expect("text can be written to");
        Some(message)
    }

    /// The answer to the request of that number.
    pub(crate) fn answer(&mut self, seq: i64) -> Result<Value, String> {
        loop {
            let message = self.receive().expect("the server answers");
            if message["type"] == "event" {
                self.events.push_back(message);
                continue;
            }
            assert_eq!(message["request_seq"], seq, "answers come in the order of requests");
            if message["success"] == true {
                return Ok(message.get("body").cloned().unwrap_or_default());
            }
            let text = message["message"].as_str().expect("a refusal says why").to_owned();
            assert_eq!(message["body"]["error"]["format"], text);
            return Err(text);
        }
    }

    pub(crate) fn request(&mut self, command: &str, arguments: Value) -> Result<Value, String> {
        let seq = self.send(command, arguments);
        self.answer(seq)
    }

    pub(crate) fn ok(&mut self, command: &str, arguments: Value) -> Value {
        self.request(command, arguments).unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    pub(crate) fn refused(&mut self, command: &str, arguments: Value) -> String {
        match self.request(command, arguments) {
            Err(text) => text,
            Ok(body) => panic!("{command} was not refused: {body}"),
        }
    }

    /// The next event, which has this name; its body.
    pub(crate) fn event(&mut self, name: &str) -> Value {
        let event = match self.events.pop_front() {
            Some(event) => event,
            None => self.receive().expect("an event comes"),
        };
        assert_eq!(event["event"], name, "{event}");
        event.get("body").cloned().unwrap_or_default()
    }

    /// Moves, with no event before the answer; the event that says where it stands.
    pub(crate) fn moves(&mut self, command: &str, arguments: Value) -> Value {
        self.ok(command, arguments);
        assert!(self.events.is_empty(), "it moves behind the answer");
        self.event("stopped")
    }

    /// The same; only the reason.
    pub(crate) fn reason(&mut self, command: &str) -> String {
        self.moves(command, json!({ "threadId": 1 }))["reason"]
            .as_str()
            .expect("there is a reason")
            .to_owned()
    }

    /// Moves; function and line of the innermost function.
    pub(crate) fn place(&mut self, command: &str) -> (String, u64) {
        self.reason(command);
        self.here()
    }

    pub(crate) fn here(&mut self) -> (String, u64) {
        let trace = self.ok("stackTrace", json!({ "threadId": 1, "levels": 1 }));
        let frame = &trace["stackFrames"][0];
        (frame["name"].as_str().expect("a name").to_owned(), frame["line"].as_u64().expect("a line"))
    }

    pub(crate) fn evaluate(&mut self, expression: &str) -> Result<String, String> {
        let body = self.request("evaluate", json!({ "expression": expression, "context": "watch" }))?;
        Ok(body["result"].as_str().expect("a text").to_owned())
    }

    /// Names and values of a scope of a frame.
    pub(crate) fn scope(&mut self, frame: u64, name: &str) -> Vec<(String, String)> {
        let scopes = self.ok("scopes", json!({ "frameId": frame }));
        let scopes = scopes["scopes"].as_array().expect("a list").clone();
        let scope =
            scopes.iter().find(|scope| scope["name"] == name).unwrap_or_else(|| panic!("{name}: {scopes:?}"));
        let variables = self.ok("variables", json!({ "variablesReference": scope["variablesReference"] }));
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let variables = variables["variables"].as_array().expect("a list").clone();
        variables.iter().map(|variable| (text(&variable["name"]), text(&variable["value"]))).collect()
    }

    /// No more input; what the server says to that, with the messages that it has still sent.
    pub(crate) fn close(&mut self) -> (Vec<Value>, io::Result<()>) {
        self.input = None;
        let mut rest: Vec<Value> = self.events.drain(..).collect();
        while let Some(message) = self.receive() {
            rest.push(message);
        }
        (rest, self.server.take().expect("it was not closed before").join().expect("it does not panic"))
    }

    /// Disconnects: an answer comes, and nothing behind it, although the input is still open.
    pub(crate) fn disconnect(mut self) -> String {
        self.ok("disconnect", json!({}));
        assert!(self.events.is_empty());
        assert_eq!(self.receive(), None);
        self.server.take().expect("it was not closed before").join().expect("no panic").expect("no error");
        self.transcript
    }
}

/// A document with its names in order, on one line: the order that they are kept in depends on who else uses the library.
fn sorted(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut names: Vec<&String> = map.keys().collect();
            names.sort_unstable();
            let parts: Vec<_> = names.iter().map(|name| format!("{name}: {}", sorted(&map[*name]))).collect();
            format!("{{{}}}", parts.join(", "))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(sorted).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}
