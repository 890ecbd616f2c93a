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

/// A type.
#[derive(Clone, Copy, Debug)]
pub struct Type {
    /// The canonical name.
    pub name: &'static str,
    /// The structure that it is, or that its elements are.
    pub structure: Option<&'static Structure>,
}

impl Type {
    /// What stands behind the structure that it is made of, such as `[]`.
    const fn suffix(&self) -> &str {
        let mut begin = self.name.len();
        while begin > 0 && self.name.as_bytes()[begin - 1] != b')' {
            begin -= 1;
        }
        text(self.name.as_bytes().split_at(begin).1)
    }
}

/// A structure that is a value.
#[derive(Clone, Copy, Debug)]
pub struct Structure {
    /// Its name.
    pub name: &'static str,
    /// Its fields.
    pub fields: &'static [Parameter],
}

/// A parameter of a function, or a field of an event, an error or a structure.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name in Rust.
    pub name: &'static str,
    /// Its type.
    pub kind: Type,
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
    pub outputs: &'static [Type],
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
    pub const fn gives(self, types: &'static [Type], names: &'static [&'static str]) -> Self {
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

/// The name of the type of arrays of so many elements, or of any number of them: `(address,uint256)[2]`, `bool[]`.
///
/// Who is told that an argument is none gets the name from the blob, so it is in the smallest of some sizes.
macro_rules! array_name {
    ($element:expr, $count:expr) => {
        $crate::abi::describe::array_name!(@ $element, $count, 8 16 24 32 40 48 64 96 128 192 256 512 1024)
    };
    (@ $element:expr, $count:expr, $($bytes:literal)*) => {{
        let length = $crate::abi::describe::array_name_in::<0>($element, $count).0;
        let bytes: &'static [u8] = match length {
            $(..=$bytes => const { &$crate::abi::describe::array_name_in::<$bytes>($element, $count).1 },)*
            _ => panic!("the name of a type is too long"),
        };
        $crate::abi::describe::text(bytes.split_at(length).0)
    }};
}
pub(super) use array_name;

/// The name, as much of it as there is room for, behind its length.
pub(super) const fn array_name_in<const BYTES: usize>(
    element: &str,
    count: Option<usize>,
) -> (usize, [u8; BYTES]) {
    let mut sink = Sink::<BYTES>::new();
    sink.text(element);
    sink.text("[");
    if let Some(count) = count {
        sink.number(count);
    }
    sink.text("]");
    (sink.len, sink.bytes)
}

/// The name of a type of numbers of so many bits: `uint24`.
macro_rules! number_name {
    ($kind:literal, $bits:expr) => {{
        let bytes: &'static [u8] = const { &$crate::abi::describe::number_name_in($kind, $bits).1 };
        let length = $crate::abi::describe::number_name_in($kind, $bits).0;
        $crate::abi::describe::text(bytes.split_at(length).0)
    }};
}
pub(super) use number_name;

/// The name behind its length, which is at most that of `uint256`.
pub(super) const fn number_name_in(kind: &str, bits: usize) -> (usize, [u8; 7]) {
    assert!(
        bits > 0 && bits <= 256 && bits.is_multiple_of(8),
        "numbers of the ABI have 8, 16, 24 … 256 bits"
    );
    let mut sink = Sink::<7>::new();
    sink.text(kind);
    sink.number(bits);
    (sink.len, sink.bytes)
}

/// [`Value::WORDS`](super::Value::WORDS) of what consists of others that take so many words, and so many bytes behind them.
pub const fn words(words: usize, tail: usize) -> usize {
    // Where something is of no fixed size, nor is the whole, and stands elsewhere.
    if tail > 0 {
        1
    } else {
        words
    }
}

/// [`Value::TAIL`](super::Value::TAIL) of the same.
pub const fn tail(words: usize, tail: usize) -> usize {
    if tail > 0 {
        32 * words + tail
    } else {
        0
    }
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

    const fn number(&mut self, number: usize) {
        if number >= 10 {
            self.number(number / 10);
        }
        self.byte(b'0' + (number % 10) as u8);
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
            self.text(parameters[index].kind.name);
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
                self.text(if index > 0 { "," } else { "" });
                let Parameter { name, kind, indexed } = entry.inputs[index];
                self.typed(Name::Snake(name), kind, if entry.is_event() { Some(indexed) } else { None });
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
                self.text(if index > 0 { "," } else { "" });
                let name = if entry.output_names.is_empty() { "" } else { entry.output_names[index] };
                self.typed(Name::Snake(name), entry.outputs[index], None);
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

    /// An object: a name with its type, and of an event's field whether it is indexed.
    const fn typed(&mut self, name: Name, kind: Type, indexed: Option<bool>) {
        self.text("{");
        if let Some(structure) = kind.structure {
            self.text("\"components\":[");
            let mut index = 0;
            while index < structure.fields.len() {
                self.text(if index > 0 { "," } else { "" });
                let Parameter { name, kind, .. } = structure.fields[index];
                self.typed(Name::Snake(name), kind, None);
                index += 1;
            }
            self.text("],");
        }
        match indexed {
            Some(true) => self.text("\"indexed\":true,"),
            Some(false) => self.text("\"indexed\":false,"),
            None => {}
        }
        self.text("\"internalType\":\"");
        match kind.structure {
            Some(structure) => {
                self.text("struct ");
                self.text(structure.name);
                self.text(kind.suffix());
            }
            None => self.text(kind.name),
        }
        self.text("\",\"name\":\"");
        self.name(name);
        self.text("\",\"type\":\"");
        match kind.structure {
            Some(_) => {
                self.text("tuple");
                self.text(kind.suffix());
            }
            None => self.text(kind.name),
        }
        self.text("\"}");
    }
}
