// SPDX-License-Identifier: Apache-2.0
//! Why text is not a program.

use std::fmt;

use revive_vm_primitives::{InstructionSet, Opcode};

/// Text that cannot be assembled: where, and what is wrong there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AssembleError {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong.
    pub kind: AssembleErrorKind,
}

/// What is wrong with a place in the text.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum AssembleErrorKind {
    /// Something else belongs here.
    Expected {
        /// What could stand here.
        expected: &'static str,
        /// What does.
        found: String,
    },
    /// A number does not fit its place.
    OutOfRange {
        /// What the number is.
        what: &'static str,
        /// The number as it is written.
        found: String,
        /// The smallest that fits.
        min: i128,
        /// The largest that fits.
        max: i128,
    },
    /// No directive has this name.
    UnknownDirective(String),
    /// No instruction set has this name.
    UnknownInstructionSet(String),
    /// A label is defined a second time.
    DuplicateLabel {
        /// Its name.
        name: String,
        /// The line that defines it first, from 1.
        first: u32,
    },
    /// A label is used, but defined nowhere.
    UnknownLabel(String),
    /// An `ecalli` names an import that no line before it declares.
    UnknownImport(String),
    /// Something that there can be one of is given a second time.
    Twice {
        /// What is given.
        what: String,
        /// The line that gives it first, from 1.
        first: u32,
    },
    /// The instruction set does not have the instruction.
    NotInSet {
        /// The instruction.
        opcode: Opcode,
        /// The set.
        isa: InstructionSet,
    },
    /// There is no instruction that does this.
    NoInstruction(&'static str),
    /// Data is longer than its region.
    DataTooLong {
        /// The region.
        what: &'static str,
        /// Length of the data in bytes.
        len: u64,
        /// Size of the region in bytes.
        size: u32,
    },
    /// More of something than a blob can hold.
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        found: u64,
        /// How many there may be.
        max: u64,
    },
}

impl fmt::Display for AssembleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.kind)
    }
}

impl fmt::Display for AssembleErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expected { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::OutOfRange { what, found, min, max } => {
                write!(f, "{found} is out of range: {what} is a number from {min} to {max}")
            }
            Self::UnknownDirective(name) => write!(
                f,
                "no directive is named `%{name}`; there are: {}",
                crate::assembler::DIRECTIVES.map(|name| format!("%{name}")).join(", ")
            ),
            Self::UnknownInstructionSet(name) => write!(
                f,
                "no instruction set is named `{name}`; there are: {}",
                InstructionSet::ALL.map(InstructionSet::name).join(", ")
            ),
            Self::DuplicateLabel { name, first } => {
                write!(f, "the label @{name} is defined in line {first} already")
            }
            Self::UnknownLabel(name) => write!(f, "the label @{name} is defined nowhere"),
            Self::UnknownImport(name) => {
                write!(f, "no line before this one declares the import {name}; `%import = {name}` would")
            }
            Self::Twice { what, first } => write!(f, "{what} is given in line {first} already"),
            Self::NotInSet { opcode, isa } => write!(f, "the instruction set {isa} has no {opcode}"),
            Self::NoInstruction(why) => f.write_str(why),
            Self::DataTooLong { what, len, size } => {
                write!(f, "the {what} data has {len} bytes, but `%{what}_data_size` says {size}")
            }
            Self::TooMany { what, found, max } => write!(f, "{found} {what}, a blob holds at most {max}"),
        }
    }
}

impl std::error::Error for AssembleError {}

/// Result of reading a part of a line.
pub(crate) type Parsed<T> = Result<T, Problem>;

/// An error whose line is not known yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Problem {
    /// Byte of the line, from 0.
    pub(crate) at: usize,
    pub(crate) kind: AssembleErrorKind,
}

impl Problem {
    pub(crate) fn new(at: usize, kind: AssembleErrorKind) -> Self {
        Self { at, kind }
    }

    /// Something else belongs at byte `at` of the line; `found` is what is there.
    pub(crate) fn expected(at: usize, expected: &'static str, found: &str) -> Self {
        Self::new(at, AssembleErrorKind::Expected { expected, found: shortened(found) })
    }

    /// The error, now that the number (from 1) and the text of the line are known.
    pub(crate) fn in_line(self, line: u32, text: &str) -> AssembleError {
        let before = text.get(..self.at).unwrap_or(text).chars().count();
        AssembleError { line, column: u32::try_from(before + 1).unwrap_or(u32::MAX), kind: self.kind }
    }
}

/// Most characters of the text that a message repeats.
const QUOTED_CHARS_MAX: usize = 40;

/// Text as it is shown in a message.
pub(crate) fn shortened(text: &str) -> String {
    let text = text.trim_end();
    if text.is_empty() {
        return "the end of the line".into();
    }
    match text.char_indices().nth(QUOTED_CHARS_MAX) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}
