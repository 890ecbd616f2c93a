// SPDX-License-Identifier: Apache-2.0
//! Writing blobs: the counterpart of [`blob`](crate::blob).
//!
//! For tests, tools and generators, which trust their own input. Builders write what they are told, also what the parser
//! rejects (too many imports, data longer than its region), so that this can be tested.

mod code;
mod encode;

pub use code::{CodeBuilder, CodeParts, Label};
pub use encode::{encode, Encoded};

use crate::{
    blob::{section_id, MAGIC},
    debug_info::{DebugSections, FRAMES_MAX},
    isa::{InstructionSet, Opcode},
    varint,
};
use alloc::{borrow::ToOwned, vec::Vec};
use core::fmt;

/// Why something cannot be built.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// The instruction set does not have the instruction.
    NotInSet {
        /// The instruction.
        opcode: Opcode,
        /// The set.
        isa: InstructionSet,
    },
    /// A label was given to an instruction that does not jump.
    NoTarget(Opcode),
    /// A label is used, but never bound.
    UnboundLabel(Label),
    /// A label is bound twice.
    LabelBoundTwice(Label),
    /// A label belongs to another builder.
    UnknownLabel(Label),
    /// More code than a blob can hold.
    CodeTooLong {
        /// The limit in bytes.
        max: u32,
    },
    /// A stretch of code has more source positions than line programs can hold.
    TooManyFrames {
        /// How many.
        found: usize,
    },
    /// A debug section or the code it describes exceeds 32-bit offsets.
    DebugInfoTooLong,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInSet { opcode, isa } => write!(f, "instruction set {isa} has no {opcode}"),
            Self::NoTarget(opcode) => write!(f, "{opcode} does not jump, but was given a label"),
            Self::UnboundLabel(label) => write!(f, "{label:?} is used but bound nowhere"),
            Self::LabelBoundTwice(label) => write!(f, "{label:?} is bound twice"),
            Self::UnknownLabel(label) => write!(f, "{label:?} belongs to another builder"),
            Self::CodeTooLong { max } => write!(f, "the code is longer than {max} bytes"),
            Self::TooManyFrames { found } => {
                write!(f, "code has {found} source positions, line programs hold {FRAMES_MAX}")
            }
            Self::DebugInfoTooLong => f.write_str("debug info does not fit into 32-bit offsets"),
        }
    }
}

impl core::error::Error for BuildError {}

/// Assembles a blob from its parts.
#[derive(Clone, Debug)]
pub struct BlobBuilder {
    isa: InstructionSet,
    ro_data_size: u32,
    rw_data_size: u32,
    stack_size: u32,
    ro_data: Vec<u8>,
    rw_data: Vec<u8>,
    imports: Vec<Vec<u8>>,
    exports: Vec<(u32, Vec<u8>)>,
    code: CodeParts,
    debug: DebugSections,
    extra_sections: Vec<(u8, Vec<u8>)>,
}

impl BlobBuilder {
    /// A blob without code or anything else.
    pub fn new(isa: InstructionSet) -> Self {
        Self {
            isa,
            ro_data_size: 0,
            rw_data_size: 0,
            stack_size: 0,
            ro_data: Vec::new(),
            rw_data: Vec::new(),
            imports: Vec::new(),
            exports: Vec::new(),
            code: CodeParts::default(),
            debug: DebugSections::default(),
            extra_sections: Vec::new(),
        }
    }

    /// Size of the read-only region in bytes, and its first bytes.
    pub fn ro_data(mut self, size: u32, data: &[u8]) -> Self {
        (self.ro_data_size, self.ro_data) = (size, data.to_owned());
        self
    }

    /// Size of the read-write region in bytes, and its first bytes.
    pub fn rw_data(mut self, size: u32, data: &[u8]) -> Self {
        (self.rw_data_size, self.rw_data) = (size, data.to_owned());
        self
    }

    /// Size of the stack in bytes.
    pub fn stack_size(mut self, size: u32) -> Self {
        self.stack_size = size;
        self
    }

    /// Appends an import; the first one is called by `ecalli 0`.
    pub fn import(mut self, symbol: &[u8]) -> Self {
        self.imports.push(symbol.to_owned());
        self
    }

    /// Appends an export: a name for a code offset.
    pub fn export(mut self, name: &[u8], offset: u32) -> Self {
        self.exports.push((offset, name.to_owned()));
        self
    }

    /// The code.
    pub fn code(mut self, parts: CodeParts) -> Self {
        self.code = parts;
        self
    }

    /// The debug info; see [`DebugInfoBuilder`](crate::debug_info::DebugInfoBuilder).
    pub fn debug_info(mut self, sections: DebugSections) -> Self {
        self.debug = sections;
        self
    }

    /// Appends a section behind all others; readers skip it if its id is 131 or more.
    pub fn extra_section(mut self, id: u8, payload: &[u8]) -> Self {
        self.extra_sections.push((id, payload.to_owned()));
        self
    }

    /// The blob. A part of 4 GiB or more has no encoding; the blob is then one that no parser accepts.
    pub fn build(&self) -> Vec<u8> {
        let mut blob = Vec::new();
        blob.extend_from_slice(&MAGIC);
        blob.push(self.isa.version_byte());
        blob.extend_from_slice(&[0; 8]);

        let mut section = |id: u8, payload: &[u8]| {
            if !payload.is_empty() {
                blob.push(id);
                write_len(payload.len(), &mut blob);
                blob.extend_from_slice(payload);
            }
        };
        section(section_id::MEMORY_CONFIG, &self.memory_config());
        section(section_id::RO_DATA, &self.ro_data);
        section(section_id::RW_DATA, &self.rw_data);
        section(section_id::IMPORTS, &self.imports_payload());
        section(section_id::EXPORTS, &self.exports_payload());
        section(section_id::CODE, &self.code.to_section());
        section(section_id::DEBUG_STRINGS, &self.debug.strings);
        section(section_id::DEBUG_LINE_PROGRAMS, &self.debug.line_programs);
        section(section_id::DEBUG_LINE_PROGRAM_RANGES, &self.debug.ranges);
        for (id, payload) in &self.extra_sections {
            section(*id, payload);
        }
        blob.push(section_id::END);

        let len = blob.len() as u64;
        for (to, from) in blob.iter_mut().skip(5).zip(len.to_le_bytes()) {
            *to = from;
        }
        blob
    }

    fn memory_config(&self) -> Vec<u8> {
        let sizes = [self.ro_data_size, self.rw_data_size, self.stack_size];
        let mut out = Vec::new();
        if sizes != [0; 3] {
            sizes.iter().for_each(|size| varint::write(*size, &mut out));
        }
        out
    }

    fn imports_payload(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if self.imports.is_empty() {
            return out;
        }
        write_len(self.imports.len(), &mut out);
        let mut offset = 0_usize;
        for symbol in &self.imports {
            out.extend_from_slice(&saturate(offset).to_le_bytes());
            offset += symbol.len();
        }
        out.extend(self.imports.iter().flatten());
        out
    }

    fn exports_payload(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if self.exports.is_empty() {
            return out;
        }
        write_len(self.exports.len(), &mut out);
        for (offset, name) in &self.exports {
            varint::write(*offset, &mut out);
            write_len(name.len(), &mut out);
            out.extend_from_slice(name);
        }
        out
    }
}

fn saturate(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

fn write_len(len: usize, out: &mut Vec<u8>) {
    varint::write(saturate(len), out);
}
