// SPDX-License-Identifier: Apache-2.0
//! A program that has been assembled: its parts, and the blob that they make.

use std::collections::HashMap;

use revive_vm_primitives::{
    blob::{section_id, MAGIC},
    varint, BuildError, Code, CodeBuilder, CodeParts, Instruction, InstructionSet, Label,
};

/// A piece of code. `L` says where a jump goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Item<L> {
    /// An instruction; a jump goes to the code offset that it holds.
    Instruction(Instruction),
    /// A jump whose target is still to be set.
    Jump(Instruction, L),
    /// Bytes as they are.
    Raw {
        bytes: Vec<u8>,
        /// Whether an instruction starts at the first.
        is_start: bool,
    },
}

/// A place in code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place<L> {
    /// A label.
    Label(L),
    /// A code offset.
    Offset(u32),
}

/// A region of memory.
#[derive(Clone, Default, Debug)]
pub(crate) struct Region {
    /// Its size in bytes.
    pub(crate) size: u32,
    /// Its first bytes.
    pub(crate) data: Vec<u8>,
}

/// What a program's memory looks like.
#[derive(Clone, Default, Debug)]
pub(crate) struct Memory {
    pub(crate) ro: Region,
    pub(crate) rw: Region,
    /// Size of the stack in bytes.
    pub(crate) stack_size: u32,
}

/// A section given as bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct RawSection {
    pub(crate) id: u8,
    /// How its length is encoded, if not in the shortest way.
    pub(crate) length: Option<Vec<u8>>,
    pub(crate) payload: Vec<u8>,
}

/// What a blob consists of beside code.
#[derive(Clone, Default, Debug)]
pub(crate) struct Rest {
    pub(crate) imports: Vec<Vec<u8>>,
    pub(crate) memory: Memory,
    /// Bytes per entry of the jump table; as few as possible without it.
    pub(crate) jump_table_entry_size: Option<u8>,
    /// Sections that are given as bytes, in order of the text.
    pub(crate) sections: Vec<RawSection>,
}

/// A program that has been assembled.
#[derive(Clone, Debug)]
pub struct Program {
    isa: InstructionSet,
    code: CodeParts,
    /// The code offset of each label.
    labels: HashMap<String, u32>,
    exports: Vec<(Vec<u8>, u32)>,
    rest: Rest,
}

/// Lays out code: the parts of its section, and the code offset of each item and, last, of the end.
pub(crate) fn lay_out(
    isa: InstructionSet,
    items: &[Item<usize>],
    jump_table: &[Place<usize>],
) -> Result<(CodeParts, Vec<u32>), BuildError> {
    let mut builder = CodeBuilder::new(isa);
    let labels: Vec<Label> = (0..=items.len()).map(|_| builder.label()).collect();
    for (item, label) in items.iter().zip(&labels) {
        builder.bind(*label);
        match item {
            Item::Instruction(instruction) => builder.push(*instruction),
            Item::Jump(instruction, target) => builder.push_to(*instruction, labels[*target]),
            Item::Raw { bytes, is_start } => builder.raw(bytes, *is_start),
        };
    }
    builder.bind(labels[items.len()]);
    let mut parts = builder.finish()?;
    let offsets: Vec<u32> = labels.iter().filter_map(|label| parts.offset_of(*label)).collect();
    parts.jump_table = jump_table.iter().map(|place| resolve(*place, &offsets)).collect();
    Ok((parts, offsets))
}

fn resolve(place: Place<usize>, offsets: &[u32]) -> u32 {
    match place {
        // Labels are indices of items, and every item has an offset.
        Place::Label(item) => offsets.get(item).copied().unwrap_or_default(),
        Place::Offset(offset) => offset,
    }
}

impl Program {
    /// Labels are indices of items, at most their number.
    pub(crate) fn new(
        isa: InstructionSet,
        items: &[Item<usize>],
        jump_table: &[Place<usize>],
        labels: impl Iterator<Item = (String, usize)>,
        exports: impl Iterator<Item = (Vec<u8>, Place<usize>)>,
        rest: Rest,
    ) -> Result<Self, BuildError> {
        let (code, offsets) = lay_out(isa, items, jump_table)?;
        let labels = labels.map(|(name, item)| (name, resolve(Place::Label(item), &offsets))).collect();
        let exports = exports.map(|(name, place)| (name, resolve(place, &offsets))).collect();
        Ok(Self { isa, code, labels, exports, rest })
    }

    /// The instruction set.
    pub fn isa(&self) -> InstructionSet {
        self.isa
    }

    /// Code, bitmask and jump table. Empty if the text gives the whole section as bytes.
    pub fn code(&self) -> &CodeParts {
        &self.code
    }

    /// The code offset of a label.
    pub fn label(&self, name: &str) -> Option<u32> {
        self.labels.get(name).copied()
    }

    /// The code offset of the instruction that is `count` instructions behind a label, which is how conformance inputs
    /// name positions: `@label[2]`.
    pub fn label_plus(&self, name: &str, count: u32) -> Option<u32> {
        let section = self.code.to_section();
        // What was built can be read.
        let code = Code::parse(self.isa, &section).ok()?;
        let start = self.label(name)?;
        (0..count).try_fold(start, |offset, _| Some(code.decode(offset).next).filter(|next| *next > offset))
    }

    /// All labels with their code offsets, in no particular order.
    pub fn labels(&self) -> impl Iterator<Item = (&str, u32)> {
        self.labels.iter().map(|(name, offset)| (name.as_str(), *offset))
    }

    /// Names and code offsets of the exports, in order of the blob.
    pub fn exports(&self) -> impl Iterator<Item = (&[u8], u32)> {
        self.exports.iter().map(|(name, offset)| (name.as_slice(), *offset))
    }

    /// The symbols of the imports; `ecalli 0` calls the first.
    pub fn imports(&self) -> impl Iterator<Item = &[u8]> {
        self.rest.imports.iter().map(Vec::as_slice)
    }

    /// The program as a blob.
    pub fn to_blob(&self) -> Vec<u8> {
        let mut blob = MAGIC.to_vec();
        blob.push(self.isa.version_byte());
        blob.extend([0; 8]);
        for id in section_id::MEMORY_CONFIG..=section_id::CODE {
            match self.rest.sections.iter().find(|section| section.id == id) {
                Some(section) => write_raw_section(section, &mut blob),
                None => write_section(id, None, &self.payload(id), &mut blob),
            }
        }
        let optional = |section: &&RawSection| section.id & section_id::OPTIONAL_BIT != 0;
        self.rest.sections.iter().filter(optional).for_each(|section| write_raw_section(section, &mut blob));
        blob.push(section_id::END);
        let behind_end = self.rest.sections.iter().filter(|section| section.id == section_id::END);
        behind_end.for_each(|section| blob.extend(&section.payload));
        let len = blob.len() as u64;
        blob[MAGIC.len() + 1..][..8].copy_from_slice(&len.to_le_bytes());
        blob
    }

    /// The payload of a section as the directives describe it; empty if there is nothing to say.
    pub(crate) fn payload(&self, id: u8) -> Vec<u8> {
        let memory = &self.rest.memory;
        match id {
            section_id::MEMORY_CONFIG => {
                let sizes = [memory.ro.size, memory.rw.size, memory.stack_size];
                let mut out = Vec::new();
                if sizes != [0; 3] {
                    sizes.iter().for_each(|size| varint::write(*size, &mut out));
                }
                out
            }
            section_id::RO_DATA => memory.ro.data.clone(),
            section_id::RW_DATA => memory.rw.data.clone(),
            section_id::IMPORTS => imports_payload(&self.rest.imports),
            section_id::EXPORTS => exports_payload(&self.exports),
            section_id::CODE => code_payload(&self.code, self.rest.jump_table_entry_size),
            _ => Vec::new(),
        }
    }
}

/// Lengths of parts of a program. Longer ones have no encoding; no text that fits into memory has them.
fn write_len(len: usize, out: &mut Vec<u8>) {
    varint::write(u32::try_from(len).unwrap_or(u32::MAX), out);
}

fn write_raw_section(section: &RawSection, blob: &mut Vec<u8>) {
    // A section that the text gives is there even if it is empty.
    blob.push(section.id);
    match &section.length {
        Some(bytes) => blob.extend(bytes),
        None => write_len(section.payload.len(), blob),
    }
    blob.extend(&section.payload);
}

fn write_section(id: u8, length: Option<Vec<u8>>, payload: &[u8], blob: &mut Vec<u8>) {
    if !payload.is_empty() {
        write_raw_section(&RawSection { id, length, payload: payload.into() }, blob);
    }
}

fn imports_payload(imports: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    if imports.is_empty() {
        return out;
    }
    write_len(imports.len(), &mut out);
    let mut offset = 0_usize;
    for symbol in imports {
        out.extend(u32::try_from(offset).unwrap_or(u32::MAX).to_le_bytes());
        offset += symbol.len();
    }
    imports.iter().for_each(|symbol| out.extend(symbol));
    out
}

fn exports_payload(exports: &[(Vec<u8>, u32)]) -> Vec<u8> {
    let mut out = Vec::new();
    if exports.is_empty() {
        return out;
    }
    write_len(exports.len(), &mut out);
    for (name, offset) in exports {
        varint::write(*offset, &mut out);
        write_len(name.len(), &mut out);
        out.extend(name);
    }
    out
}

fn code_payload(code: &CodeParts, entry_size: Option<u8>) -> Vec<u8> {
    let Some(size) = entry_size else { return code.to_section() };
    let mut out = Vec::new();
    write_len(code.jump_table.len(), &mut out);
    out.push(size);
    write_len(code.code.len(), &mut out);
    for entry in &code.jump_table {
        out.extend(&entry.to_le_bytes()[..usize::from(size)]);
    }
    out.extend(&code.code);
    out.extend(&code.bitmask);
    out
}
