// SPDX-License-Identifier: Apache-2.0
//! Blob to text that assembles to the same blob, byte for byte.
//!
//! Every line is checked before it is written: an instruction is shown as text only if the assembler's parser makes the
//! same instruction of it and the canonical encoder the same bytes; a section is described by directives only if they
//! give its payload. Everything else is written as bytes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use revive_vm_primitives::{
    blob::section_id, builder::encode, debug_info::is_invisible, disasm::DisplayOptions, varint, Blob, Code,
    CodeParts, Instruction, InstructionSet, Opcode, ParseError,
};

use crate::{
    hex,
    lexer::{is_label_char, Tokens},
    name::{quoted, quoted_shortened},
    program::{lay_out, Item, Memory, Place, Program, Region, Rest},
    statement::{self, Statement, Target},
};

/// What to write beside the program.
#[derive(Clone, Copy, Default)]
pub struct WriteOptions<'a> {
    /// Leave the debug sections and other optional ones out. The text then no longer gives the same blob.
    pub strip: bool,
    /// Comments in front of the instruction at a code offset, a line each.
    pub comments: Option<&'a dyn Fn(u32) -> Vec<String>>,
}

impl std::fmt::Debug for WriteOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let comments = self.comments.is_some();
        f.debug_struct("WriteOptions").field("strip", &self.strip).field("comments", &comments).finish()
    }
}

/// Bytes of data in one line.
const BYTES_PER_LINE: usize = 32;

/// Entries of the jump table in one line.
const ENTRIES_PER_LINE: usize = 16;

/// How often jumps that the assembler would encode otherwise are looked for before all are written as bytes.
const LAYOUT_ROUNDS_MAX: u32 = 8;

/// The blob as text; [`assemble`](crate::assemble) makes the same bytes of it.
///
/// # Errors
///
/// The bytes are not a blob.
pub fn disassemble(bytes: &[u8]) -> Result<String, ParseError> {
    disassemble_with(bytes, &WriteOptions::default())
}

/// The blob as text, with options.
///
/// # Errors
///
/// The bytes are not a blob.
pub fn disassemble_with(bytes: &[u8], options: &WriteOptions<'_>) -> Result<String, ParseError> {
    let blob = Blob::parse(bytes)?;
    let pieces = pieces(&blob.code());
    let mut writer = Writer::new(&blob, &pieces, options);
    writer.describe_code();
    writer.settle_layout();
    Ok(writer.write(bytes))
}

/// A stretch of code: an instruction, or bytes that none starts at.
#[derive(Clone, Copy, Debug)]
struct Piece {
    start: u32,
    end: u32,
    /// `None` for invalid opcodes and gaps.
    instruction: Option<Instruction>,
    is_start: bool,
}

/// All of the code, without holes.
fn pieces(code: &Code<'_>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < code.len() {
        let is_start = code.is_instruction_start(start);
        let (end, instruction) = if is_start {
            let decoded = code.decode(start);
            (decoded.next, decoded.instruction)
        } else {
            (code.next_start(start).unwrap_or(code.len()), None)
        };
        pieces.push(Piece { start, end, instruction, is_start });
        start = end;
    }
    pieces
}

struct Writer<'a> {
    blob: &'a Blob<'a>,
    code: Code<'a>,
    pieces: &'a [Piece],
    options: &'a WriteOptions<'a>,
    /// For each piece whether it is written as text.
    as_text: Vec<bool>,
    /// The names of labels by the index of the piece that they stand in front of; jumps use the first.
    labels: BTreeMap<usize, Vec<Label>>,
    /// Whether exports are labels; otherwise they are directives.
    public: bool,
    items: Vec<Item<usize>>,
    jump_table: Vec<Place<usize>>,
}

/// A label in front of a piece.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Label {
    name: String,
    public: bool,
}

impl<'a> Writer<'a> {
    fn new(blob: &'a Blob<'a>, pieces: &'a [Piece], options: &'a WriteOptions<'a>) -> Self {
        Self {
            blob,
            code: blob.code(),
            pieces,
            options,
            as_text: Vec::new(),
            labels: BTreeMap::new(),
            public: false,
            items: Vec::new(),
            jump_table: Vec::new(),
        }
    }

    fn isa(&self) -> InstructionSet {
        self.blob.isa()
    }

    /// The index of the piece that starts at a code offset.
    fn piece_at(&self, offset: u32) -> Option<usize> {
        self.pieces.binary_search_by_key(&offset, |piece| piece.start).ok()
    }

    /// Whether a label in front of the piece names that very place: the assembler puts nothing in front of it.
    fn starts_block(&self, index: usize) -> bool {
        let Some(before) = index.checked_sub(1) else { return true };
        let ends_block = |instruction: Instruction| instruction.opcode.is_terminator();
        !self.as_text[before] || self.pieces[before].instruction.is_some_and(ends_block)
    }

    /// Decides how each piece is written, and which labels there are.
    fn describe_code(&mut self) {
        let isa = self.isa();
        self.as_text = self.pieces.iter().map(|piece| self.is_readable(isa, piece)).collect();
        let mut wanted = BTreeSet::new();
        for (piece, as_text) in self.pieces.iter().zip(&self.as_text) {
            let jumps = |instruction: &Instruction| instruction.opcode.format().has_target();
            let target = piece.instruction.filter(|instruction| *as_text && jumps(instruction));
            wanted.extend(target.and_then(|instruction| self.piece_at(instruction.target)));
        }
        wanted.extend(self.code.jump_table().iter().filter_map(|offset| self.piece_at(offset)));
        let exports: Vec<_> = self.blob.exports().collect();
        let names: Vec<&str> = exports.iter().filter_map(|export| public_name(export.name)).collect();
        self.public = names.len() == exports.len()
            && names.is_sorted_by(|a, b| a.as_bytes() < b.as_bytes())
            && exports.iter().all(|export| self.piece_at(export.offset).is_some());
        if !self.public {
            // Directives name labels too, so that the text can be changed.
            wanted.extend(exports.iter().filter_map(|export| self.piece_at(export.offset)));
        }
        if self.public {
            for (name, export) in names.into_iter().zip(&exports) {
                if let Some(index) = self.piece_at(export.offset) {
                    let label = Label { name: name.into(), public: true };
                    self.labels.entry(index).or_default().push(label);
                }
            }
        }
        let blocks = block_numbers(&self.code);
        for index in wanted {
            // An offset that no block starts at is left a number; there is nothing there that could be named.
            if let (true, Some(number)) = (self.starts_block(index), blocks.get(&self.pieces[index].start)) {
                let labels = self.labels.entry(index).or_default();
                if labels.is_empty() {
                    labels.push(Label { name: number.to_string(), public: false });
                }
            }
        }
        self.make_items();
    }

    /// Whether the piece comes back from its text, jump targets aside.
    fn is_readable(&self, isa: InstructionSet, piece: &Piece) -> bool {
        let Some(instruction) = piece.instruction else { return false };
        let canonical = encode(isa, &instruction, piece.start);
        let bytes = self.code.bytes().get(piece.start as usize..piece.end as usize);
        if canonical.as_deref() != bytes {
            return false;
        }
        let text = text_of(isa, &instruction, instruction.target.to_string());
        let read = statement::parse(isa, &mut Tokens::new(&text));
        match read {
            Ok(Statement::Plain(found)) => found == instruction,
            Ok(Statement::Jump(found, Target::Offset(target))) => {
                Instruction { target, ..found } == instruction
            }
            _ => false,
        }
    }

    /// The label that a jump to a code offset names.
    fn label_of(&self, offset: u32) -> Option<(usize, &Label)> {
        let index = self.piece_at(offset).filter(|index| self.starts_block(*index))?;
        Some((index, self.labels.get(&index)?.first()?))
    }

    fn make_items(&mut self) {
        let items = self.pieces.iter().zip(&self.as_text).map(|(piece, as_text)| {
            let bytes = self.code.bytes().get(piece.start as usize..piece.end as usize).unwrap_or_default();
            match piece.instruction.filter(|_| *as_text) {
                None => Item::Raw { bytes: bytes.into(), is_start: piece.is_start },
                Some(instruction) if instruction.opcode.format().has_target() => {
                    match self.label_of(instruction.target) {
                        Some((index, _)) => Item::Jump(Instruction { target: 0, ..instruction }, index),
                        None => Item::Instruction(instruction),
                    }
                }
                Some(instruction) => Item::Instruction(instruction),
            }
        });
        self.items = items.collect();
        let jump_table = self.code.jump_table().iter().map(|offset| match self.label_of(offset) {
            Some((index, _)) => Place::Label(index),
            None => Place::Offset(offset),
        });
        self.jump_table = jump_table.collect();
    }

    /// Writes jumps as bytes that the assembler would give another length.
    fn settle_layout(&mut self) {
        for round in 0..=LAYOUT_ROUNDS_MAX {
            // Code that cannot be laid out at all is not in a blob that could be parsed.
            let Ok((parts, offsets)) = lay_out(self.isa(), &self.items, &self.jump_table) else { return };
            if parts.code == self.code.bytes() {
                return;
            }
            for (index, piece) in self.pieces.iter().enumerate() {
                let len = offsets[index + 1] - offsets[index];
                let jumps = piece.instruction.is_some_and(|found| found.opcode.format().has_target());
                if jumps && (round == LAYOUT_ROUNDS_MAX || len != piece.end - piece.start) {
                    self.as_text[index] = false;
                }
            }
            self.make_items();
        }
    }

    fn write(mut self, bytes: &[u8]) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "%isa = {}", self.isa());
        let described = self.described();
        let mut raw: Vec<_> = raw_sections(self.blob, bytes, &described);
        if self.options.strip {
            raw.retain(|section| section.id <= section_id::CODE && section.id != section_id::END);
        }
        let is_raw = |id: u8| raw.iter().any(|section| section.id == id);
        let blob = self.blob;
        let code_is_raw = is_raw(section_id::CODE);
        // There are no labels where no code is written.
        self.public &= !code_is_raw;
        // Labels keep the names of the exports, but export nothing.
        let exports_are_directives = !is_raw(section_id::EXPORTS) && !self.public;
        self.public &= !is_raw(section_id::EXPORTS);
        if !is_raw(section_id::MEMORY_CONFIG) {
            for (name, size) in [
                ("ro_data", blob.ro_data_size()),
                ("rw_data", blob.rw_data_size()),
                ("stack", blob.stack_size()),
            ] {
                if size != 0 {
                    let _ = writeln!(out, "%{name}_size = {size}");
                }
            }
        }
        if !is_raw(section_id::RO_DATA) {
            write_bytes("ro_data", blob.ro_data(), &mut out);
        }
        if !is_raw(section_id::RW_DATA) {
            write_bytes("rw_data", blob.rw_data(), &mut out);
        }
        if !is_raw(section_id::IMPORTS) {
            for symbol in blob.imports().iter().flatten() {
                let _ = writeln!(out, "%import = {}", quoted(symbol));
            }
        }
        if exports_are_directives {
            for export in blob.exports() {
                let place = match code_is_raw {
                    true => export.offset.to_string(),
                    false => self.export_place(export.offset),
                };
                let _ = writeln!(out, "%export = {} {place}", quoted(export.name));
            }
        }
        for section in raw.iter().filter(|section| section.id != section_id::END) {
            section.write(&mut out);
        }
        if !code_is_raw {
            self.write_jump_table(&mut out);
            self.write_code(&mut out);
        }
        for section in raw.iter().filter(|section| section.id == section_id::END) {
            section.write(&mut out);
        }
        out
    }

    /// What an export's directive names: the label at the place, even inside of a block, or the offset.
    fn export_place(&self, offset: u32) -> String {
        let label = self.piece_at(offset).and_then(|index| self.labels.get(&index)?.first());
        match label {
            Some(label) => format!("@{}", label.name),
            None => offset.to_string(),
        }
    }

    /// The program that the directives describe, without raw sections.
    fn described(&self) -> Option<Program> {
        let blob = self.blob;
        let memory = Memory {
            ro: Region { size: blob.ro_data_size(), data: blob.ro_data().into() },
            rw: Region { size: blob.rw_data_size(), data: blob.rw_data().into() },
            stack_size: blob.stack_size(),
        };
        // Symbols may overlap, and be far longer together than the blob. Then the section is not what a program's would be.
        let symbol_bytes = blob.imports().iter().flatten().map(<[u8]>::len).fold(0, usize::saturating_add);
        let section_bytes =
            blob.sections().find(|section| section.id == section_id::IMPORTS).map_or(0, |it| it.len);
        let imports = match symbol_bytes <= section_bytes {
            true => blob.imports().iter().flatten().map(Vec::from).collect(),
            false => Vec::new(),
        };
        let rest = Rest { imports, memory, jump_table_entry_size: self.entry_size(), sections: Vec::new() };
        let exports = blob.exports().map(|export| (export.name.to_owned(), Place::Offset(export.offset)));
        let no_labels = core::iter::empty();
        Program::new(self.isa(), &self.items, &self.jump_table, no_labels, exports, rest).ok()
    }

    /// The size of the jump table's entries where it is not the smallest that does.
    fn entry_size(&self) -> Option<u8> {
        let table = self.code.jump_table();
        let smallest = CodeParts::new(Vec::new(), Vec::new(), table.iter().collect()).to_section();
        let (_, at) = varint::read(&smallest).ok()?;
        (smallest.get(at) != Some(&table.entry_size()) && !table.is_empty()).then_some(table.entry_size())
    }

    fn write_jump_table(&self, out: &mut String) {
        if let Some(size) = self.entry_size() {
            let _ = writeln!(out, "%jump_table_entry_size = {size}");
        }
        for (line, entries) in self.jump_table.chunks(ENTRIES_PER_LINE).enumerate() {
            let _ = write!(out, "%jump_table {}", if line == 0 { "=" } else { "+=" });
            for entry in entries {
                let _ = match entry {
                    Place::Offset(offset) => write!(out, " {offset}"),
                    Place::Label(index) => match self.labels.get(index).and_then(|labels| labels.first()) {
                        Some(label) => write!(out, " @{}", label.name),
                        None => write!(out, " {}", self.pieces[*index].start),
                    },
                };
            }
            out.push('\n');
        }
    }

    fn write_code(&self, out: &mut String) {
        for (index, piece) in self.pieces.iter().enumerate() {
            if let Some(comments) = self.options.comments {
                for comment in comments(piece.start) {
                    let _ = writeln!(out, "// {comment}");
                }
            }
            let stays = if self.starts_block(index) { "" } else { " %no_fallthrough" };
            for label in self.labels.get(&index).into_iter().flatten() {
                let public = if label.public && self.public { "pub " } else { "" };
                let _ = writeln!(out, "{public}@{}:{stays}", label.name);
            }
            self.write_piece(index, piece, out);
        }
    }

    fn write_piece(&self, index: usize, piece: &Piece, out: &mut String) {
        let text = piece.instruction.map(|instruction| {
            let target = match self.label_of(instruction.target) {
                Some((_, label)) => format!("@{}", label.name),
                None => instruction.target.to_string(),
            };
            text_of(self.isa(), &instruction, target)
        });
        let bytes = self.code.bytes().get(piece.start as usize..piece.end as usize).unwrap_or_default();
        match (text, self.as_text[index]) {
            (Some(text), true) => {
                let _ = write!(out, "    {text}");
                self.write_import(piece, out);
                out.push('\n');
            }
            (text, _) if piece.is_start => {
                let text = text.as_deref().unwrap_or("invalid");
                let _ = writeln!(out, "    %instruction = {} // {text}", hex::write(bytes));
            }
            _ => {
                for line in bytes.chunks(BYTES_PER_LINE) {
                    let _ = writeln!(out, "    %gap = {}", hex::write(line));
                }
            }
        }
    }

    /// The name of the import that is called, as a comment.
    fn write_import(&self, piece: &Piece, out: &mut String) {
        let call = piece.instruction.filter(|instruction| instruction.opcode == Opcode::Ecalli);
        let import = call.and_then(|call| self.blob.imports().get(call.i.cast_unsigned()).flatten());
        if let Some(symbol) = import {
            let _ = write!(out, " // {}", quoted_shortened(symbol));
        }
    }
}

/// The number of each basic block by its code offset, in code order.
pub(crate) fn block_numbers(code: &Code<'_>) -> BTreeMap<u32, u32> {
    let mut starts = BTreeMap::new();
    let mut at_start = true;
    let mut number = 0;
    for decoded in code.instructions() {
        if at_start {
            starts.insert(decoded.offset, number);
            number += 1;
        }
        at_start = decoded.ends_block();
    }
    starts
}

/// The text of an instruction, as the assembler reads it.
fn text_of(isa: InstructionSet, instruction: &Instruction, target: String) -> String {
    let write_target = |_: u32, f: &mut std::fmt::Formatter<'_>| f.write_str(&target);
    let options = DisplayOptions { target: Some(&write_target), ..DisplayOptions::default() };
    let text = instruction.display(isa, options).to_string();
    // A number that fits 32 bits would be read as the shorter instruction.
    match instruction.opcode {
        Opcode::LoadImm64 => text.replace("= ", "= i64 "),
        _ => text,
    }
}

/// The name of an export that can be a label, and is no number: blocks are named by numbers.
fn public_name(name: &[u8]) -> Option<&str> {
    let name = std::str::from_utf8(name).ok()?;
    // What is in quotes shows characters that would hide or reorder the text around them.
    let is_label = !name.is_empty() && name.chars().all(|c| is_label_char(c) && !is_invisible(c));
    (is_label && !name.chars().all(|c| c.is_ascii_digit())).then_some(name)
}

/// A section that is written as bytes.
struct Section<'a> {
    id: u8,
    /// How its length is encoded, if not in the shortest way.
    length: Option<&'a [u8]>,
    payload: &'a [u8],
}

impl Section<'_> {
    fn write(&self, out: &mut String) {
        let _ = write!(out, "%section {}", self.id);
        if let Some(length) = self.length {
            let _ = write!(out, " ({})", hex::write(length));
        }
        let mut lines = self.payload.chunks(BYTES_PER_LINE);
        let _ = writeln!(out, " = {}", hex::write(lines.next().unwrap_or_default()));
        for line in lines {
            let _ = writeln!(out, "%section {} += {}", self.id, hex::write(line));
        }
    }
}

/// The sections that directives cannot describe, and what is behind the end of the blob.
fn raw_sections<'a>(blob: &Blob<'_>, bytes: &'a [u8], described: &Option<Program>) -> Vec<Section<'a>> {
    let mut sections = Vec::new();
    let mut id_at = revive_vm_primitives::blob::HEADER_BYTES;
    for info in blob.sections() {
        let (length_at, end) = (id_at + 1, info.offset + info.len);
        let length = bytes.get(length_at..info.offset).unwrap_or_default();
        let payload = bytes.get(info.offset..end).unwrap_or_default();
        let mut shortest = Vec::new();
        varint::write(u32::try_from(info.len).unwrap_or(u32::MAX), &mut shortest);
        let length = (length != shortest).then_some(length);
        let is_described = described.as_ref().is_some_and(|program| program.payload(info.id) == payload);
        if length.is_some() || !is_described || payload.is_empty() {
            sections.push(Section { id: info.id, length, payload });
        }
        id_at = end;
    }
    let behind_end = bytes.get(id_at + 1..).unwrap_or_default();
    if !behind_end.is_empty() {
        sections.push(Section { id: section_id::END, length: None, payload: behind_end });
    }
    sections
}

fn write_bytes(name: &str, bytes: &[u8], out: &mut String) {
    for (line, chunk) in bytes.chunks(BYTES_PER_LINE).enumerate() {
        let _ = writeln!(out, "%{name} {} {}", if line == 0 { "=" } else { "+=" }, hex::write(chunk));
    }
}
