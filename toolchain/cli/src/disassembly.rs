// SPDX-License-Identifier: Apache-2.0
//! The text of a whole program: header, basic blocks with their labels, instructions, and names from debug info.
//!
//! The layout is the one that the ecosystem's disassembler has, so that its users find their way: columns, label lines
//! `@n [@dyn n] [export #n: 'name'] (gas: n)`, jump targets as block numbers.

use std::{collections::BTreeMap, fmt::Write as _};

use revive_vm_primitives::{
    debug_info::{LineProgram, Region},
    disasm::{DisplayOptions, INVALID},
    gas::block_cost,
    Blob, Code, DebugInfo, DebugInfoError, Decoded, GasModel, Instruction, Opcode,
};

use crate::output;

/// What to show beside the instructions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Code offsets.
    pub(crate) offsets: bool,
    /// The bytes of instructions.
    pub(crate) raw_bytes: bool,
    /// Gas of each block, by this model.
    pub(crate) gas: Option<GasModel>,
}

/// Width of the column of raw bytes.
const RAW_BYTES_WIDTH: usize = 24;

/// The whole text. Time and memory are proportional to the size of the blob.
pub(crate) fn disassemble(blob: &Blob, options: Options) -> String {
    let code = blob.code();
    let blocks = blocks(&code);
    let listing = Listing {
        blob,
        code,
        options,
        jump_table: by_offset(code.jump_table().iter().zip(1u32..)),
        exports: by_offset(
            blob.exports().zip(0usize..).map(|(export, index)| (export.offset, (index, export.name))),
        ),
        blocks,
    };
    listing.write()
}

/// One instruction as text: `ecalli` with the name of its import, jump targets as numbers of the blocks that `targets`
/// has, else as code offsets.
pub(crate) fn text_of(blob: &Blob, instruction: &Instruction, targets: &BTreeMap<u32, u32>) -> String {
    let target = |offset: u32, f: &mut std::fmt::Formatter<'_>| match targets.get(&offset) {
        Some(block) => write!(f, "@{block}"),
        None => write!(f, "{offset}"),
    };
    let options = DisplayOptions { target: Some(&target), ..DisplayOptions::default() };
    let mut text = instruction.display(blob.isa(), options).to_string();
    if instruction.opcode == Opcode::Ecalli {
        // The number is unsigned; the operand is kept as the bits of a signed one.
        match blob.imports().get(instruction.i.cast_unsigned()).flatten() {
            Some(symbol) => text.push_str(&format!(" // {}", quoted(symbol))),
            None => text.push_str(" // INVALID"),
        }
    }
    text
}

/// `'name'`, or `0x…` where it is no text.
fn quoted(name: &[u8]) -> String {
    match std::str::from_utf8(name) {
        Ok(_) => format!("'{}'", output::name(name)),
        Err(_) => output::hex(name),
    }
}

/// The number of each basic block by its code offset, in code order.
pub(crate) fn blocks(code: &Code) -> BTreeMap<u32, u32> {
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
    options: Options,
    blocks: BTreeMap<u32, u32>,
    /// Numbers (from 1) of the jump table entries that lead to an offset.
    jump_table: BTreeMap<u32, Vec<u32>>,
    /// Numbers and names of the exports at an offset.
    exports: BTreeMap<u32, Vec<(usize, &'a [u8])>>,
}

impl Listing<'_> {
    fn write(&self) -> String {
        let blob = self.blob;
        let mut out = String::new();
        let _ = writeln!(out, "// RO data = {}/{} bytes", blob.ro_data().len(), blob.ro_data_size());
        let _ = writeln!(out, "// RW data = {}/{} bytes", blob.rw_data().len(), blob.rw_data_size());
        let _ = writeln!(out, "// Stack size = {} bytes", blob.stack_size());
        let count = self.code.instructions().filter(|decoded| decoded.offset < self.code.len()).count();
        let _ = writeln!(out, "\n// Instructions = {count}");
        let _ = writeln!(out, "// Code size = {} bytes\n", self.code.len());

        let mut names = Names::new(blob.debug_info());
        for decoded in self.code.instructions() {
            match names.at(decoded.offset) {
                Ok(heading) => out.push_str(&heading),
                Err(error) => {
                    let _ = writeln!(out, "// debug info is unusable from here on: {error}");
                }
            }
            self.write_label(decoded.offset, &mut out);
            self.write_instruction(&decoded, &mut out);
        }
        out
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
            parts.push(format!("@{block}"));
            for entry in self.jump_table.get(&offset).into_iter().flatten() {
                parts.push(format!("[@dyn {entry}]"));
            }
        }
        for (index, name) in exports.into_iter().flatten() {
            parts.push(format!("[export #{index}: {}]", quoted(name)));
        }
        if let (Some(_), Some(model)) = (block, self.options.gas) {
            parts.push(format!("(gas: {})", block_cost(model, &self.code, offset)));
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
            let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let _ = write!(out, "{:RAW_BYTES_WIDTH$} ", hex.join(" "));
        }
        if !self.options.offsets && !self.options.raw_bytes {
            out.push_str("    ");
        }
        match &decoded.instruction {
            Some(instruction) => out.push_str(&text_of(self.blob, instruction, &self.blocks)),
            None => out.push_str(INVALID),
        }
        out.push('\n');
    }
}

/// Names of functions, read along with the code: each line program is run once.
struct Names<'a> {
    info: DebugInfo<'a>,
    /// The line program that covers the current instruction.
    program: Option<(u32, LineProgram<'a>)>,
    region: Option<Region>,
    last_name: Option<String>,
    first: bool,
    failed: bool,
}

impl<'a> Names<'a> {
    fn new(info: DebugInfo<'a>) -> Self {
        Self { info, program: None, region: None, last_name: None, first: true, failed: false }
    }

    /// What to print in front of the instruction at `offset`: an empty line where a new line program begins, the name
    /// of the outermost function where it changes. After an error there are no more names.
    fn at(&mut self, offset: u32) -> Result<String, DebugInfoError> {
        if self.failed {
            return Ok(String::new());
        }
        let heading = self.try_at(offset);
        self.failed = heading.is_err();
        heading
    }

    fn try_at(&mut self, offset: u32) -> Result<String, DebugInfoError> {
        let mut heading = String::new();
        let Some(range) = self.info.range_of(offset)? else {
            (self.program, self.region) = (None, None);
            return Ok(heading);
        };
        if self.program.as_ref().map(|(begin, _)| *begin) != Some(range.begin) {
            self.program = Some((range.begin, self.info.line_program(range)?));
            self.region = None;
            if !self.first {
                heading.push('\n');
            }
            self.first = false;
        }
        let Some((_, program)) = &mut self.program else { return Ok(heading) };
        while self.region.is_none_or(|region| region.end <= offset) {
            match program.next_region()? {
                Some(region) => self.region = Some(region),
                None => break,
            }
        }
        if self.region.is_some_and(|region| (region.begin..region.end).contains(&offset)) {
            if let Some(frame) = program.frames().first() {
                let name = self.info.frame(frame)?.name().to_string();
                if !name.is_empty() && self.last_name.as_ref() != Some(&name) {
                    let _ = writeln!(heading, "<{}>:", output::name(name.as_bytes()));
                    self.last_name = Some(name);
                }
            }
        }
        Ok(heading)
    }
}
