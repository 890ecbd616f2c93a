// SPDX-License-Identifier: Apache-2.0
//! Debug info of the blob: from each instruction back to the source, through everything that was inlined.
//!
//! Instructions carry the byte of the input that they come from. `sections` puts the input's DWARF into one piece,
//! `dwarf` reads functions, inlined calls and lines from it. Nothing that is wrong with DWARF stops the link: it is a
//! warning, and names of symbols take its place.

mod dwarf;
mod sections;

use crate::{
    elf::{Class, Elf},
    emit::Emitted,
    locations::{Loc, Locations, Origin},
    lower::Functions,
    names::Names,
};
use dwarf::{Source, Text, TEXT_BYTES_MAX};
use revive_vm_primitives::debug_info::{
    DebugInfoBuilder, DebugSections, Frame, FrameKind, SourceRegion, FRAMES_MAX,
};
use std::rc::Rc;

/// A source position with texts of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Position {
    kind: FrameKind,
    namespace: Text,
    function: Text,
    path: Text,
    line: u32,
    column: u32,
}

impl Position {
    fn frame(&self) -> Frame<'_> {
        Frame {
            kind: self.kind,
            namespace: &self.namespace,
            function: &self.function,
            path: &self.path,
            line: self.line,
            column: self.column,
        }
    }
}

/// The debug sections of the blob, and what could not be read.
pub(crate) fn write(
    elf: &Elf<'_>,
    locations: &Locations,
    functions: &Functions,
    emitted: &Emitted,
) -> (DebugSections, Vec<String>) {
    let mut warnings = Vec::new();
    if elf.sections.iter().any(|section| section.class == Class::Compressed) {
        warnings.push("the debug info is compressed, and left out but for names of functions; compile without -gz, or let the compiler's linker decompress it".into());
    }
    let source = match dwarf::read(elf, &mut warnings) {
        Ok(source) => source,
        Err(error) => {
            warnings
                .push(format!("the debug info cannot be read: {error}; only names of functions are kept"));
            Source::default()
        }
    };
    let mut writer = Writer {
        source: &source,
        locations,
        functions,
        names: Names::default(),
        nothing: Rc::from(""),
        last: None,
    };
    let mut regions: Vec<(u32, u32, Rc<[Position]>)> = Vec::new();
    for (from, to, loc) in emitted.instructions() {
        let positions = writer.positions(loc);
        match regions.last_mut() {
            Some(last) if last.1 == from && last.2 == positions => last.1 = to,
            _ => regions.push((from, to, positions)),
        }
    }
    let mut builder = DebugInfoBuilder::new();
    let same_function =
        |a: &(u32, u32, Rc<[Position]>), b: &(u32, u32, Rc<[Position]>)| match (a.2.first(), b.2.first()) {
            (Some(first), Some(second)) => {
                a.1 == b.0
                    && (&first.namespace, &first.function, &first.path)
                        == (&second.namespace, &second.function, &second.path)
            }
            _ => false,
        };
    for run in regions.chunk_by(same_function) {
        if run[0].2.is_empty() {
            continue;
        }
        let regions: Vec<_> = run
            .iter()
            .map(|(from, to, positions)| SourceRegion {
                bytes: to - from,
                frames: positions.iter().map(Position::frame).collect(),
            })
            .collect();
        if let Err(error) = builder.program(run[0].0, &regions) {
            warnings.push(format!("the debug info is not complete: {error}"));
            break;
        }
    }
    (builder.finish(), warnings)
}

struct Writer<'w> {
    source: &'w Source,
    locations: &'w Locations,
    functions: &'w Functions<'w>,
    names: Names,
    nothing: Text,
    /// Neighbours often come from one place.
    last: Option<(Loc, Rc<[Position]>)>,
}

impl Writer<'_> {
    /// The positions of an instruction, outermost first.
    fn positions(&mut self, loc: Loc) -> Rc<[Position]> {
        if let Some((_, positions)) = self.last.as_ref().filter(|(last, _)| *last == loc) {
            return positions.clone();
        }
        let mut origins: Vec<Origin> = self.locations.chain(loc).collect();
        // From the call that is outermost to the instruction.
        origins.reverse();
        let mut positions: Vec<Position> = Vec::new();
        for origin in origins {
            for position in self.at(origin) {
                if positions.last() != Some(&position) {
                    positions.push(position);
                }
            }
        }
        // The outermost function and the innermost places are the ones that people look for.
        if positions.len() > FRAMES_MAX {
            let excess = positions.len() - FRAMES_MAX;
            positions.drain(1..=excess);
        }
        let positions: Rc<[Position]> = positions.into();
        self.last = Some((loc, positions.clone()));
        positions
    }

    /// The positions of a byte of the input.
    fn at(&mut self, origin: Origin) -> Vec<Position> {
        let Origin { section, offset, .. } = origin;
        let mut positions = Vec::new();
        let scopes = self.source.scopes_at(section, offset);
        for scope in scopes.iter().rev() {
            let function = &self.source.functions[scope.function];
            if let Some(call) = &scope.call {
                positions.push(Position {
                    kind: FrameKind::Call,
                    namespace: function.namespace.clone(),
                    function: function.name.clone(),
                    path: call.path.clone(),
                    line: call.line,
                    column: call.column,
                });
            }
            positions.push(Position {
                kind: FrameKind::Enter,
                namespace: function.namespace.clone(),
                function: function.name.clone(),
                path: function.declared.path.clone(),
                line: function.declared.line,
                column: 0,
            });
        }
        if positions.is_empty() {
            let name = self.names.at(self.functions, section, u64::from(offset));
            if let Some(name) = name.filter(|name| name.len() <= TEXT_BYTES_MAX) {
                let (namespace, function) = split_name(&name);
                positions.push(Position {
                    kind: FrameKind::Enter,
                    namespace: namespace.into(),
                    function: function.into(),
                    path: self.nothing.clone(),
                    line: 0,
                    column: 0,
                });
            }
        }
        if let Some(line) = self.source.line_at(section, offset) {
            let (namespace, function) = positions.last().map_or_else(
                || (self.nothing.clone(), self.nothing.clone()),
                |last| (last.namespace.clone(), last.function.clone()),
            );
            positions.push(Position {
                kind: FrameKind::Line,
                namespace,
                function,
                path: line.path.clone(),
                line: line.line,
                column: line.column,
            });
        }
        positions
    }
}

/// Splits at the last `::` that is not within `<>`.
fn split_name(name: &str) -> (&str, &str) {
    let mut depth = 0_i32;
    let mut split = None;
    for (index, byte) in name.bytes().enumerate() {
        match byte {
            b'<' => depth += 1,
            b'>' => depth -= 1,
            b':' if depth == 0 && name[index..].starts_with("::") => split = Some(index),
            _ => {}
        }
    }
    split.map_or(("", name), |at| (&name[..at], &name[at + 2..]))
}

#[cfg(test)]
mod tests {
    use super::split_name;

    #[test]
    fn names_are_split_outside_of_brackets() {
        assert_eq!(split_name("a::b::c"), ("a::b", "c"));
        assert_eq!(split_name("<a::B as c::D>::e"), ("<a::B as c::D>", "e"));
        assert_eq!(split_name("a::b::<c::D>"), ("a::b", "<c::D>"));
        assert_eq!(split_name("memcpy"), ("", "memcpy"));
    }
}
