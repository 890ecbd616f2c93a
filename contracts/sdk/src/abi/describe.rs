// SPDX-License-Identifier: Apache-2.0
//! Entries of an ABI: signatures and JSON, made at compile time from what the macros know.

use crate::keccak::keccak_256;

/// A name, as it stands in Rust or as it shall be in the ABI.
#[derive(Clone, Copy, Debug)]
pub enum Name {
    /// Taken as it is.
    Exact(&'static str),
    /// In words with underscores between them, which become one word in which each but the first begins with a capital.
    Snake(&'static str),
}

/// A parameter of a function, or a field of an event or an error.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name in Rust.
    pub name: &'static str,
    /// Its type in the ABI.
    pub kind: &'static str,
    /// Whether an event can be found by it.
    pub indexed: bool,
}

/// What is described.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "they are what the ABI calls them")]
pub enum Kind {
    Constructor,
    Function,
    Receive,
    Fallback,
    Event,
    Error,
}

/// Something that others can call, find or get as a reason.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// What it is called; a constructor is not.
    pub name: Name,
    /// Arguments or fields.
    pub inputs: &'static [Parameter],
    /// The types of results.
    pub outputs: &'static [&'static str],
    /// The names of results, or none.
    pub output_names: &'static [&'static str],
    /// `pure`, `view`, `nonpayable` or `payable`; events and errors have none.
    pub mutability: &'static str,
}

/// What has an entry of its own: the structures of events and errors.
pub trait Described {
    /// The entry.
    const ENTRY: Entry;
}

/// The longest signature, in bytes.
const SIGNATURE_BYTES_MAX: usize = 1024;

impl Entry {
    /// An entry without outputs.
    pub const fn new(kind: Kind, name: Name, inputs: &'static [Parameter], mutability: &'static str) -> Self {
        Self { kind, name, inputs, outputs: &[], output_names: &[], mutability }
    }

    /// Adds the results of a function.
    pub const fn gives(self, types: &'static [&'static str], names: &'static [&'static str]) -> Self {
        Self { outputs: types, output_names: names, ..self }
    }

    /// The hash of the signature, by which an event is found.
    pub const fn topic(&self) -> [u8; 32] {
        let mut signature = Sink::<SIGNATURE_BYTES_MAX>::new();
        signature.name(self.name);
        signature.types(self.inputs);
        assert!(signature.len <= SIGNATURE_BYTES_MAX, "the signature is too long");
        let (signature, _) = signature.bytes.split_at(signature.len);
        keccak_256(signature)
    }

    /// The first four bytes of that hash, by which a function is called and an error is known.
    pub const fn selector(&self) -> [u8; 4] {
        let [a, b, c, d, ..] = self.topic();
        [a, b, c, d]
    }

    const fn is_event(&self) -> bool {
        matches!(self.kind, Kind::Event)
    }
}

/// How many bytes [`json`] takes for these entries.
pub const fn json_bytes(groups: &[&[Entry]]) -> usize {
    let mut sink = Sink::<0>::new();
    sink.groups(groups);
    sink.len
}

/// The entries as JSON objects, one a line, with what Solidity's compiler writes in the order in which it does.
pub const fn json<const BYTES: usize>(groups: &[&[Entry]]) -> [u8; BYTES] {
    let mut sink = Sink::<BYTES>::new();
    sink.groups(groups);
    assert!(sink.len == BYTES, "`json_bytes` says how many bytes it takes");
    sink.bytes
}

/// How many bytes [`types`] takes for these parameters.
pub const fn types_bytes(parameters: &[Parameter]) -> usize {
    let mut sink = Sink::<0>::new();
    sink.types(parameters);
    sink.len
}

/// The types of parameters as they are in a signature.
pub const fn types<const BYTES: usize>(parameters: &[Parameter]) -> [u8; BYTES] {
    let mut sink = Sink::<BYTES>::new();
    sink.types(parameters);
    sink.bytes
}

/// What was made here as text.
pub const fn text(bytes: &[u8]) -> &str {
    match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("names are UTF-8"),
    }
}

/// Takes bytes, counts them, and keeps as many as there is room for.
struct Sink<const BYTES: usize> {
    bytes: [u8; BYTES],
    len: usize,
}

impl<const BYTES: usize> Sink<BYTES> {
    const fn new() -> Self {
        Self { bytes: [0; BYTES], len: 0 }
    }

    const fn byte(&mut self, byte: u8) {
        if self.len < BYTES {
            self.bytes[self.len] = byte;
        }
        self.len += 1;
    }

    const fn text(&mut self, text: &str) {
        let mut index = 0;
        while index < text.len() {
            self.byte(text.as_bytes()[index]);
            index += 1;
        }
    }

    const fn name(&mut self, name: Name) {
        let name = match name {
            Name::Exact(name) => return self.text(name),
            Name::Snake(name) => name.as_bytes(),
        };
        // A name that is a keyword has `r#` in front.
        let mut index = if matches!(name, [b'r', b'#', ..]) { 2 } else { 0 };
        // Underscores in front and at the end stay.
        let mut in_front = true;
        while index < name.len() {
            let next = if index + 1 < name.len() { name[index + 1] } else { b'_' };
            if name[index] == b'_' && !in_front && next != b'_' {
                self.byte(next.to_ascii_uppercase());
                index += 1;
            } else {
                in_front = in_front && name[index] == b'_';
                self.byte(name[index]);
            }
            index += 1;
        }
    }

    const fn types(&mut self, parameters: &[Parameter]) {
        self.text("(");
        let mut index = 0;
        while index < parameters.len() {
            if index > 0 {
                self.text(",");
            }
            self.text(parameters[index].kind);
            index += 1;
        }
        self.text(")");
    }

    const fn groups(&mut self, groups: &[&[Entry]]) {
        let mut group = 0;
        while group < groups.len() {
            let mut index = 0;
            while index < groups[group].len() {
                self.entry(&groups[group][index]);
                self.text("\n");
                index += 1;
            }
            group += 1;
        }
    }

    const fn entry(&mut self, entry: &Entry) {
        let has_inputs = !matches!(entry.kind, Kind::Receive | Kind::Fallback);
        self.text(if entry.is_event() { "{\"anonymous\":false," } else { "{" });
        if has_inputs {
            self.text("\"inputs\":[");
            let mut index = 0;
            while index < entry.inputs.len() {
                let Parameter { name, kind, indexed } = entry.inputs[index];
                self.text(if index > 0 { ",{" } else { "{" });
                if entry.is_event() {
                    self.text(if indexed { "\"indexed\":true," } else { "\"indexed\":false," });
                }
                self.typed(Name::Snake(name), kind);
                index += 1;
            }
            self.text("],");
        }
        if matches!(entry.kind, Kind::Function | Kind::Event | Kind::Error) {
            self.text("\"name\":\"");
            self.name(entry.name);
            self.text("\",");
        }
        if matches!(entry.kind, Kind::Function) {
            self.text("\"outputs\":[");
            let mut index = 0;
            while index < entry.outputs.len() {
                self.text(if index > 0 { ",{" } else { "{" });
                let name = if entry.output_names.is_empty() { "" } else { entry.output_names[index] };
                self.typed(Name::Snake(name), entry.outputs[index]);
                index += 1;
            }
            self.text("],");
        }
        if !entry.mutability.is_empty() {
            self.text("\"stateMutability\":\"");
            self.text(entry.mutability);
            self.text("\",");
        }
        self.text("\"type\":\"");
        self.text(match entry.kind {
            Kind::Constructor => "constructor",
            Kind::Function => "function",
            Kind::Receive => "receive",
            Kind::Fallback => "fallback",
            Kind::Event => "event",
            Kind::Error => "error",
        });
        self.text("\"}");
    }

    const fn typed(&mut self, name: Name, kind: &str) {
        self.text("\"internalType\":\"");
        self.text(kind);
        self.text("\",\"name\":\"");
        self.name(name);
        self.text("\",\"type\":\"");
        self.text(kind);
        self.text("\"}");
    }
}
