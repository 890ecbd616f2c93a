// SPDX-License-Identifier: Apache-2.0
//! A program that has been set up, with where each of its instructions comes from.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use revive_vm_assembly::listing::instruction_text;
use revive_vm_executor::{trace::SourceMap, Engine, Module};
use revive_vm_primitives::{disasm::INVALID, Blob};

use crate::{error::DebugError, recording::Program};

/// A function that code belongs to, and the place in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// The function.
    pub function: String,
    /// The source file, as the debug info has it.
    pub path: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// The column from 1, or 0 if unknown.
    pub column: u32,
}

impl Position {
    /// Whether it is in a function of that name: the whole name, or what is behind its last `::`.
    pub(crate) fn is_in(&self, name: &str) -> bool {
        self.function == name || self.function.rsplit_once("::").is_some_and(|(_, last)| last == name)
    }
}

/// See the module.
pub(crate) struct Loaded {
    pub(crate) name: String,
    pub(crate) module: Module,
    /// For each code offset where an instruction starts, its positions in `positions`: 0 where nothing is known.
    of_offset: Vec<u32>,
    /// The functions that code belongs to, the outermost first. The first entry is empty.
    positions: Vec<Box<[Position]>>,
    /// Names of exports by code offset.
    exports: HashMap<u32, String>,
}

impl Loaded {
    pub(crate) fn new(engine: &Engine, program: &Program) -> Result<Self, DebugError> {
        let module = program.module(engine)?;
        let exports = module
            .exports()
            .map(|(name, offset)| (offset, String::from_utf8_lossy(name).escape_debug().to_string()))
            .collect();
        let (of_offset, positions) = positions(&module);
        Ok(Self { name: program.name.clone(), module, of_offset, positions, exports })
    }

    /// The functions that the code at an offset belongs to, the outermost first; empty if that is not known.
    pub(crate) fn positions(&self, pc: u32) -> &[Position] {
        let index = self.of_offset.get(pc as usize).copied().unwrap_or(0);
        self.positions.get(index as usize).map_or(&[], |positions| positions)
    }

    /// Whether any code has a line.
    pub(crate) fn has_lines(&self) -> bool {
        self.positions.len() > 1
    }

    /// The name of a function without debug info that begins there.
    pub(crate) fn nameless(&self, entry: u32) -> String {
        self.exports.get(&entry).cloned().unwrap_or_else(|| format!("code@{entry}"))
    }

    /// The instruction at an offset, as text.
    pub(crate) fn instruction(&self, pc: u32) -> String {
        let code = self.module.code();
        let instruction = code.decode(pc).instruction.filter(|_| code.is_instruction_start(pc));
        match (instruction, Blob::parse(self.module.blob_bytes())) {
            (Some(instruction), Ok(blob)) => instruction_text(&blob, &instruction, &Default::default()),
            _ => INVALID.into(),
        }
    }

    /// Where the stretches of code begin that come from a place of which that holds. Code without a line is part of the stretch that it is in:
    /// linkers put pieces of their own there.
    pub(crate) fn starts_of(&self, is_meant: impl Fn(&Position) -> bool) -> Vec<u32> {
        let is_meant: Vec<bool> =
            self.positions.iter().map(|positions| positions.iter().any(&is_meant)).collect();
        let mut starts = Vec::new();
        let mut inside = false;
        for decoded in self.module.code().instructions() {
            let index = self.of_offset.get(decoded.offset as usize).copied().unwrap_or(0);
            if self
                .positions
                .get(index as usize)
                .and_then(|positions| positions.last())
                .is_none_or(|position| position.line == 0)
            {
                continue;
            }
            let now = is_meant.get(index as usize).copied().unwrap_or(false);
            if now && !inside {
                starts.push(decoded.offset);
            }
            inside = now;
        }
        starts
    }

    /// Where functions of that name begin, as of [`Position::is_in`], and where an export of that name does. A function that was inlined begins
    /// once for each call of it: its code may be scattered.
    pub(crate) fn entries(&self, name: &str) -> Vec<u32> {
        let mut known: HashSet<&[Position]> = HashSet::new();
        let mut entries = Vec::new();
        for start in self.starts_of(|position| position.is_in(name)) {
            let positions = self.positions(start);
            let Some(depth) = positions.iter().position(|position| position.is_in(name)) else { continue };
            // The functions that it was inlined into, each with the line of the call. What was not inlined begins at a stretch of its own.
            if depth == 0 || known.insert(&positions[..depth]) {
                entries.push(start);
            }
        }
        entries.extend(self.module.export_offset(name.as_bytes()).filter(|entry| !entries.contains(entry)));
        entries
    }

    /// All positions.
    pub(crate) fn all_positions(&self) -> impl Iterator<Item = &Position> {
        self.positions.iter().flat_map(|positions| positions.iter())
    }
}

/// Whether a source file belongs to the Rust compiler's library: where rustup keeps it, or where it was when that was compiled.
pub(crate) fn is_of_library(path: &str) -> bool {
    path.contains("/rustlib/src/rust/library/") || path.starts_with("/rustc/")
}

/// Bytes of positions that are kept of a program: each instruction can have others, with names as long as the blob's author likes.
const POSITION_BYTES_MAX: usize = 64 << 20;

/// Positions of code, each list of them once, in the order in which they came up.
struct Known {
    lists: Vec<Box<[Position]>>,
    numbers: HashMap<Box<[Position]>, u32>,
    /// Bytes of all lists.
    bytes: usize,
}

impl Known {
    /// Nothing but that nothing is known, which has the number 0.
    fn new() -> Self {
        Self { lists: vec![Box::default()], numbers: HashMap::new(), bytes: 0 }
    }

    /// The number of a list; 0 if there is no room for it.
    fn number(&mut self, positions: Box<[Position]>) -> u32 {
        if positions.is_empty() {
            return 0;
        }
        if let Some(number) = self.numbers.get(&positions) {
            return *number;
        }
        let names: usize = positions.iter().map(|position| position.function.len()).sum();
        let bytes = self.bytes.saturating_add(size_of_val(&*positions)).saturating_add(names);
        if bytes > POSITION_BYTES_MAX {
            return 0;
        }
        self.bytes = bytes;
        let number = self.lists.len() as u32;
        self.lists.push(positions.clone());
        self.numbers.insert(positions, number);
        number
    }
}

/// For each code offset the number of its positions, and the positions.
fn positions(module: &Module) -> (Vec<u32>, Vec<Box<[Position]>>) {
    let mut known = Known::new();
    let debug_info = module.debug_info();
    if debug_info.is_empty() {
        return (Vec::new(), known.lists);
    }
    let mut map = SourceMap::new(debug_info);
    let code = module.code();
    let mut of_offset = vec![0; code.len() as usize];
    let mut paths: HashMap<&str, Arc<str>> = HashMap::new();
    for decoded in code.instructions() {
        let positions = map.positions(decoded.offset);
        let owned = positions.iter().map(|position| {
            let (path, line) = position.place().unwrap_or(("", 0));
            Position {
                function: position.name().to_string(),
                path: paths.entry(path).or_insert_with(|| path.into()).clone(),
                line,
                column: if line == 0 { 0 } else { position.column },
            }
        });
        if let Some(number) = of_offset.get_mut(decoded.offset as usize) {
            *number = known.number(owned.collect());
        }
    }
    (of_offset, known.lists)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_positions_is_bounded() {
        let list = |line| {
            let function = "f".repeat(1 << 20);
            vec![Position { function, path: "main.rs".into(), line, column: 0 }].into_boxed_slice()
        };
        let mut known = Known::new();
        let numbers: Vec<_> = (1..100).map(|line| known.number(list(line))).collect();
        assert_eq!(numbers[..63], (1..64).collect::<Vec<_>>());
        assert!(numbers[63..].iter().all(|number| *number == 0));
        assert_eq!((known.number(list(5)), known.lists.len()), (5, 64));
        assert_eq!(known.number(Box::default()), 0);
    }
}
