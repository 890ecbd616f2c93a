// SPDX-License-Identifier: Apache-2.0
//! The text of a program for reading: header, basic blocks with their labels, instructions, and names and lines from
//! debug info.
//!
//! The layout is the one that the ecosystem's disassembler has, so that its users find their way: columns, label lines
//! `@n [@dyn n] [export #n: 'name'] (gas: n)`, jump targets as block numbers.

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
};

use revive_vm_primitives::{
    debug_info::{is_invisible, SourceMap, Trail},
    disasm::{DisplayOptions, INVALID},
    gas::block_cost,
    memory_map::PAGE_SIZE_MIN,
    Blob, Code, DebugInfoError, Decoded, Footprint, GasModel, Instruction, MemoryMap, Opcode, Tariff,
};

use crate::{
    name::{quoted, shortened},
    writer::block_numbers,
};

/// Gives the text of a line (from 1) of a source file.
pub type SourceLine<'a> = &'a dyn Fn(&str, u32) -> Option<String>;

/// What to show beside the instructions.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// Code offsets.
    pub offsets: bool,
    /// The bytes of instructions.
    pub raw_bytes: bool,
    /// Gas of each block, by this model.
    pub gas: Option<GasModel>,
    /// Make two versions of a program comparable: no offsets, bytes, block numbers, addresses and loaded constants.
    pub diff_friendly: bool,
    /// Where the code comes from, in front of each stretch from another line, with its text where it can be had.
    pub source: Option<SourceLine<'a>>,
}

impl fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("offsets", &self.offsets)
            .field("raw_bytes", &self.raw_bytes)
            .field("gas", &self.gas)
            .field("diff_friendly", &self.diff_friendly)
            .field("source", &self.source.is_some())
            .finish()
    }
}

/// Width of the column of raw bytes.
const RAW_BYTES_WIDTH: usize = 24;

/// The whole text. Time and memory are proportional to the size of the blob.
pub fn list(blob: &Blob<'_>, options: &Options<'_>) -> String {
    let code = blob.code();
    let mut options = *options;
    if options.diff_friendly {
        (options.offsets, options.raw_bytes, options.gas) = (false, false, None);
    }
    let listing = Listing {
        blob,
        code,
        options,
        tariff: options.gas.map(|model| model.tariff(footprint(blob))),
        jump_table: by_offset(code.jump_table().iter().zip(1u32..)),
        exports: by_offset(
            blob.exports().zip(0usize..).map(|(export, index)| (export.offset, (index, export.name))),
        ),
        blocks: block_numbers(&code),
    };
    listing.write()
}

/// The footprint of a program with pages and a limit of memory as hosts have them by default. Contracts, whose memory cannot
/// grow, have it everywhere.
fn footprint(blob: &Blob<'_>) -> Footprint {
    const MEMORY_BYTES_MAX: u32 = 64 << 20;
    let code = blob.code();
    match MemoryMap::for_blob(blob, PAGE_SIZE_MIN, 0) {
        Ok(map) => Footprint::new(&code, &map, MEMORY_BYTES_MAX, false),
        // It cannot be run.
        Err(_) => Footprint { code_bytes: code.len(), memory_bytes: u64::MAX },
    }
}

/// One instruction as text: `ecalli` with the name of its import, jump targets as numbers of the blocks that `targets`
/// has, else as code offsets.
pub fn instruction_text(blob: &Blob<'_>, instruction: &Instruction, targets: &BTreeMap<u32, u32>) -> String {
    let target = |offset: u32, f: &mut fmt::Formatter<'_>| match targets.get(&offset) {
        Some(block) => write!(f, "@{block}"),
        None => write!(f, "{offset}"),
    };
    let options = DisplayOptions { target: Some(&target), ..DisplayOptions::default() };
    let mut text = instruction.display(blob.isa(), options).to_string();
    if instruction.opcode == Opcode::Ecalli {
        // The number is unsigned; the operand is kept as the bits of a signed one.
        match blob.imports().get(instruction.i.cast_unsigned()).flatten() {
            Some(symbol) => text.push_str(&format!(" // {}", shown(symbol))),
            None => text.push_str(" // INVALID"),
        }
    }
    text
}

/// `'name'`, or `0x…` where it is no text; the beginning and an ellipsis of a long one.
fn shown(name: &[u8]) -> String {
    let (head, is_cut) = shortened(name);
    let mut out = match std::str::from_utf8(head) {
        Err(error) if error.error_len().is_some() || !is_cut => {
            head.iter().fold(String::from("0x"), |mut out, byte| {
                let _ = write!(out, "{byte:02x}");
                out
            })
        }
        _ => quoted(head),
    };
    if is_cut {
        out.push('…');
    }
    out
}

fn by_offset<T>(items: impl Iterator<Item = (u32, T)>) -> BTreeMap<u32, Vec<T>> {
    let mut map = BTreeMap::<u32, Vec<T>>::new();
    for (offset, item) in items {
        map.entry(offset).or_default().push(item);
    }
    map
}

struct Listing<'a> {
    blob: &'a Blob<'a>,
    code: Code<'a>,
    options: Options<'a>,
    /// What blocks cost, if that is to be shown.
    tariff: Option<Tariff>,
    blocks: BTreeMap<u32, u32>,
    /// Numbers (from 1) of the jump table entries that lead to an offset.
    jump_table: BTreeMap<u32, Vec<u32>>,
    /// Numbers and names of the exports at an offset.
    exports: BTreeMap<u32, Vec<(usize, &'a [u8])>>,
}

impl Listing<'_> {
    fn write(&self) -> String {
        let mut out = String::new();
        if !self.options.diff_friendly {
            self.write_header(&mut out);
        }
        let mut headings = Headings::new(self.blob, self.options.source);
        for decoded in self.code.instructions() {
            match headings.at(decoded.offset) {
                Ok(heading) => out.push_str(&heading),
                Err(NoMore::Unusable(error)) => {
                    let _ = writeln!(out, "// debug info is unusable from here on: {error}");
                }
                Err(NoMore::TooMuch) => {
                    let _ = writeln!(
                        out,
                        "// debug info is left out from here on: it would be more than {HEADING_BYTES_PER_BYTE} times the blob"
                    );
                }
            }
            self.write_label(decoded.offset, &mut out);
            self.write_instruction(&decoded, &mut out);
        }
        out
    }

    fn write_header(&self, out: &mut String) {
        let blob = self.blob;
        let _ = writeln!(out, "// RO data = {}/{} bytes", blob.ro_data().len(), blob.ro_data_size());
        let _ = writeln!(out, "// RW data = {}/{} bytes", blob.rw_data().len(), blob.rw_data_size());
        let _ = writeln!(out, "// Stack size = {} bytes", blob.stack_size());
        let count = self.code.instructions().filter(|decoded| decoded.offset < self.code.len()).count();
        let _ = writeln!(out, "\n// Instructions = {count}");
        let _ = writeln!(out, "// Code size = {} bytes\n", self.code.len());
    }

    /// The label of a block, or of an export inside of one.
    fn write_label(&self, offset: u32, out: &mut String) {
        let block = self.blocks.get(&offset);
        let exports = self.exports.get(&offset);
        if block.is_none() && exports.is_none() {
            return;
        }
        if self.options.offsets {
            out.push_str("      : ");
        }
        if self.options.raw_bytes {
            let _ = write!(out, "{:RAW_BYTES_WIDTH$} ", "");
        }
        let mut parts = Vec::new();
        if let Some(block) = block {
            let entries = self.jump_table.get(&offset).into_iter().flatten();
            if self.options.diff_friendly {
                parts.push("@_:".into());
                parts.extend(entries.take(1).map(|_| "[_]".to_string()));
            } else {
                parts.push(format!("@{block}"));
                parts.extend(entries.map(|entry| format!("[@dyn {entry}]")));
            }
        }
        for (index, name) in exports.into_iter().flatten() {
            parts.push(format!("[export #{index}: {}]", shown(name)));
        }
        if let (Some(_), Some(tariff)) = (block, self.tariff) {
            parts.push(format!("(gas: {})", block_cost(tariff, &self.code, offset)));
        }
        out.push_str(&parts.join(" "));
        out.push('\n');
    }

    fn write_instruction(&self, decoded: &Decoded, out: &mut String) {
        if self.options.offsets {
            let _ = write!(out, "{:6}: ", decoded.offset);
        }
        if self.options.raw_bytes {
            let range = decoded.offset as usize..decoded.next as usize;
            let bytes = self.code.bytes().get(range).unwrap_or_default();
            let _ = write!(out, "{:RAW_BYTES_WIDTH$} ", crate::hex::write(bytes));
        }
        if !self.options.offsets && !self.options.raw_bytes {
            out.push_str("    ");
        }
        match &decoded.instruction {
            Some(instruction) if self.options.diff_friendly => {
                out.push_str(&self.comparable(instruction));
            }
            Some(instruction) => out.push_str(&instruction_text(self.blob, instruction, &self.blocks)),
            None => out.push_str(INVALID),
        }
        out.push('\n');
    }

    /// The instruction without what a small change elsewhere in the program changes.
    fn comparable(&self, instruction: &Instruction) -> String {
        if instruction.opcode == Opcode::LoadImm {
            return format!("{} = _", instruction.d);
        }
        let text = instruction_text(self.blob, instruction, &self.blocks);
        let hide = |text: String, start: &str, is_part: fn(char) -> bool, hidden: &str| {
            let Some((before, rest)) = text.split_once(start) else { return text };
            format!("{before}{hidden}{}", rest.trim_start_matches(is_part))
        };
        let text = hide(text, "@", |c| c.is_ascii_digit(), "@_");
        match text.split_once("[0x") {
            Some((before, rest)) => {
                format!("{before}[_{}", rest.trim_start_matches(|c: char| c.is_ascii_hexdigit()))
            }
            None => text,
        }
    }
}

/// What debug info says in front of instructions.
struct Headings<'a> {
    blob: &'a Blob<'a>,
    source: Option<SourceLine<'a>>,
    map: SourceMap<'a>,
    /// Start of the line program that covers the current instruction.
    program: Option<u32>,
    last_name: Option<String>,
    last_trail: Option<String>,
    first: bool,
    failed: bool,
    /// Bytes that may still be said.
    left: usize,
}

/// Bytes of headings for each byte of the blob, at most. Frames of few bytes can stand for much text, and the listing is made in memory.
const HEADING_BYTES_PER_BYTE: usize = 256;

/// Bytes of headings that even the smallest blob can have.
const HEADING_BYTES_LEAST: usize = 1 << 20;

/// Characters of a source line that are shown.
const SOURCE_LINE_CHARS_MAX: usize = 512;

/// Why there are no more headings.
enum NoMore {
    Unusable(DebugInfoError),
    TooMuch,
}

impl<'a> Headings<'a> {
    fn new(blob: &'a Blob<'a>, source: Option<SourceLine<'a>>) -> Self {
        let map = SourceMap::new(blob.debug_info());
        let bytes = blob.sections().map(|section| section.len).fold(0, usize::saturating_add);
        Self {
            left: bytes.saturating_mul(HEADING_BYTES_PER_BYTE).max(HEADING_BYTES_LEAST),
            blob,
            source,
            map,
            program: None,
            last_name: None,
            last_trail: None,
            first: true,
            failed: false,
        }
    }

    /// What to print in front of the instruction at `offset`: an empty line where a new line program begins, the name
    /// of the outermost function where it changes, and, if asked for, the position in the source where that changes.
    /// After an error there is no more of it.
    fn at(&mut self, offset: u32) -> Result<String, NoMore> {
        if self.failed {
            return Ok(String::new());
        }
        let heading = self.try_at(offset).map_err(NoMore::Unusable).and_then(|heading| {
            self.left = self.left.checked_sub(heading.len()).ok_or(NoMore::TooMuch)?;
            Ok(heading)
        });
        self.failed = heading.is_err();
        heading
    }

    fn try_at(&mut self, offset: u32) -> Result<String, DebugInfoError> {
        let mut heading = String::new();
        let Some(range) = self.blob.debug_info().range_of(offset)? else {
            self.program = None;
            return Ok(heading);
        };
        if self.program != Some(range.begin) {
            self.program = Some(range.begin);
            if !self.first {
                heading.push('\n');
            }
            self.first = false;
        }
        let positions = self.map.try_positions(offset)?;
        let Some(outermost) = positions.first() else { return Ok(heading) };
        let name = outermost.name().to_string();
        if !outermost.function.is_empty() && self.last_name.as_ref() != Some(&name) {
            let _ = writeln!(heading, "<{name}>:");
            self.last_name = Some(name);
        }
        if let Some(line_of) = self.source {
            let trail = Trail(&positions).to_string();
            let text = positions.last().and_then(|innermost| innermost.place());
            let text = text.and_then(|(path, line)| line_of(path, line));
            if self.last_trail.as_ref() != Some(&trail) {
                let _ = writeln!(heading, "// {trail}");
                if let Some(text) = text {
                    let text = text.chars().take(SOURCE_LINE_CHARS_MAX);
                    let visible: String =
                        text.filter(|c| *c == '\t' || !c.is_control() && !is_invisible(*c)).collect();
                    let _ = writeln!(heading, "// | {}", visible.trim_end());
                }
                self.last_trail = Some(trail);
            }
        }
        Ok(heading)
    }
}
