// SPDX-License-Identifier: Apache-2.0
//! Functions, inlined calls and lines from DWARF, versions 2 to 5.

mod paths;
mod spans;
#[cfg(test)]
mod tests;
mod units;

use super::sections::Sections;
use crate::{
    elf::{Elf, SectionIndex},
    names::readable,
};
use gimli::{AttributeValue, DebuggingInformationEntry, Dwarf, EndianSlice, LittleEndian, Unit, UnitOffset};
use paths::{join, without_home};
use revive_vm_primitives::debug_info::FRAMES_MAX;
use spans::spans;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    rc::Rc,
};
use units::Work;

/// A text that many share.
pub(super) type Text = Rc<str>;

type Reader<'a> = EndianSlice<'a, LittleEndian>;

/// A place in the source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct At {
    pub(super) path: Text,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// A function.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) namespace: Text,
    pub(super) name: Text,
    pub(super) declared: At,
}

/// A function's code, or that of an inlined call.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub(super) function: usize,
    /// Where the call was that is inlined; none for a function's own code.
    pub(super) call: Option<At>,
    /// The scope around it.
    parent: Option<usize>,
    /// The outermost scope around it, which may be itself.
    outermost: usize,
}

/// What is known about the source.
#[derive(Default)]
pub(super) struct Source {
    pub(super) functions: Vec<Function>,
    scopes: Vec<Scope>,
    /// Start, end and innermost scope, without overlaps, by section and start.
    spans: Vec<(SectionIndex, u32, u32, usize)>,
    lines: Vec<(SectionIndex, u32, u32, At)>,
}

impl Source {
    /// The scopes around a byte of code, innermost first: no more of them than are written, and the outermost in any case. Who goes
    /// through all of them for each instruction takes the product, if calls are inlined into one another over and over.
    pub(super) fn scopes_at(&self, section: SectionIndex, offset: u32) -> Vec<&Scope> {
        let before = self.spans.partition_point(|span| (span.0, span.1) <= (section, offset));
        let span = before.checked_sub(1).and_then(|index| self.spans.get(index));
        let innermost = span.filter(|span| span.0 == section && offset < span.2).map(|span| span.3);
        let mut scopes: Vec<&Scope> =
            std::iter::successors(innermost.and_then(|index| self.scopes.get(index)), |scope| {
                self.scopes.get(scope.parent?)
            })
            .take(FRAMES_MAX)
            .collect();
        let cut = scopes.last().filter(|last| last.parent.is_some());
        scopes.extend(cut.and_then(|last| self.scopes.get(last.outermost)));
        scopes
    }

    /// The line that a byte of code belongs to.
    pub(super) fn line_at(&self, section: SectionIndex, offset: u32) -> Option<&At> {
        let before = self.lines.partition_point(|line| (line.0, line.1) <= (section, offset));
        let line = self.lines.get(before.checked_sub(1)?)?;
        (line.0 == section && offset < line.2).then_some(&line.3)
    }
}

/// References from one description of a function to another that are followed.
const ORIGINS_MAX: usize = 32;

/// Bytes of a name or a path, with everything around it, that are kept: texts that many share must not be many long texts.
pub(super) const TEXT_BYTES_MAX: usize = 4096;

/// Reads everything; what cannot be read of one unit is a warning.
pub(super) fn read(elf: &Elf<'_>, warnings: &mut Vec<String>) -> Result<Source, gimli::Error> {
    read_pieces(&Sections::read(elf), warnings)
}

fn read_pieces(sections: &Sections, warnings: &mut Vec<String>) -> Result<Source, gimli::Error> {
    let (mut source, mut texts, mut ranges) = (Source::default(), HashMap::new(), Vec::new());
    // Each range takes a byte at least where it is written for the first time.
    let bytes: usize = sections.pieces.iter().flat_map(BTreeMap::values).map(Vec::len).sum();
    let (mut ranges_left, mut work) = (bytes, Work::for_bytes(bytes));
    for piece in &sections.pieces {
        let empty = Vec::new();
        let load = |id: gimli::SectionId| -> Result<Reader<'_>, gimli::Error> {
            Ok(EndianSlice::new(piece.get(id.name()).unwrap_or(&empty), LittleEndian))
        };
        let dwarf = Dwarf::load(load)?;
        let abbreviations = piece.get(gimli::SectionId::DebugAbbrev.name()).unwrap_or(&empty);
        let units = units::read(&dwarf, abbreviations, &mut work)?;
        let mut reading = Reading {
            dwarf: &dwarf,
            sections,
            texts,
            descriptions: HashMap::new(),
            functions: HashMap::new(),
            ranges,
            ranges_left,
            work,
            lines_read: HashSet::new(),
            source,
        };
        for pass in [Pass::Descriptions, Pass::Code] {
            for unit in &units {
                if let Err(error) = reading.unit(unit, pass) {
                    warnings.push(format!("the debug info of a unit cannot be read whole: {error}"));
                }
            }
        }
        (ranges_left, work) = (reading.ranges_left, reading.work);
        (source, texts, ranges) = (reading.source, reading.texts, reading.ranges);
    }
    if ranges_left == 0 && bytes > 0 {
        warnings
            .push("the debug info names more ranges of code than it has bytes; the rest is left out".into());
    }
    if work.is_over {
        warnings.push("the debug info refers to the same tables over and over; the rest is left out".into());
    }
    source.spans = spans(ranges);
    source.lines.sort_by_key(|line| (line.0, line.1));
    Ok(source)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// All that describes functions, in all units: others refer to it.
    Descriptions,
    /// Code and lines.
    Code,
}

/// What a unit says about a function in one place.
#[derive(Clone, Default)]
struct Description {
    namespace: Text,
    name: Option<Text>,
    linkage_name: Option<Text>,
    declared: Option<At>,
    /// Another description of the same function.
    origin: Option<usize>,
}

struct Reading<'r, 'a> {
    dwarf: &'r Dwarf<Reader<'a>>,
    sections: &'r Sections,
    texts: HashMap<String, Text>,
    /// By offset in the debug info.
    descriptions: HashMap<usize, Description>,
    /// Numbers of functions, by the same.
    functions: HashMap<usize, usize>,
    /// Section, start, end, depth and scope.
    ranges: Vec<(SectionIndex, u32, u32, usize, usize)>,
    /// Ranges that are looked at yet: functions may share lists of them.
    ranges_left: usize,
    work: Work,
    /// Where the tables of lines are that were read.
    lines_read: HashSet<usize>,
    source: Source,
}

impl<'a> Reading<'_, 'a> {
    fn text(&mut self, text: &str) -> Text {
        if let Some(known) = self.texts.get(text) {
            return known.clone();
        }
        let new: Text = text.into();
        self.texts.insert(text.to_owned(), new.clone());
        new
    }

    fn unit(&mut self, unit: &Unit<Reader<'a>>, pass: Pass) -> Result<(), gimli::Error> {
        let mut cursor = unit.entries();
        // Per depth: the namespace, and the scope around.
        let mut namespaces: Vec<(isize, Text)> = Vec::new();
        let mut scopes: Vec<(isize, usize)> = Vec::new();
        while let Some(entry) = cursor.next_dfs()? {
            if !self.work.take(entry.attrs().len()) {
                break;
            }
            let depth = entry.depth();
            while namespaces.pop_if(|(at, _)| *at >= depth).is_some() {}
            while scopes.pop_if(|(at, _)| *at >= depth).is_some() {}
            match entry.tag() {
                gimli::DW_TAG_namespace
                | gimli::DW_TAG_structure_type
                | gimli::DW_TAG_enumeration_type
                | gimli::DW_TAG_class_type
                | gimli::DW_TAG_union_type => {
                    if let Some(name) = self.string(unit, entry, gimli::DW_AT_name) {
                        let outer = namespaces.last().map_or("", |(_, name)| name);
                        let separator = if outer.is_empty() { "" } else { "::" };
                        if outer.len() + separator.len() + name.len() <= TEXT_BYTES_MAX {
                            namespaces.push((depth, format!("{outer}{separator}{name}").into()));
                        }
                    }
                }
                gimli::DW_TAG_subprogram if pass == Pass::Descriptions => {
                    let namespace = namespaces.last().map_or_else(Text::default, |(_, name)| name.clone());
                    let description = self.describe(unit, entry, namespace);
                    let offset = global(unit, entry.offset());
                    self.descriptions.insert(offset, description);
                }
                tag @ (gimli::DW_TAG_subprogram | gimli::DW_TAG_inlined_subroutine) if pass == Pass::Code => {
                    let is_call = tag == gimli::DW_TAG_inlined_subroutine;
                    let described =
                        if is_call { self.origin(unit, entry) } else { Some(global(unit, entry.offset())) };
                    let Some(function) = described.and_then(|at| self.function(at)) else { continue };
                    let call = is_call.then(|| {
                        self.place(
                            unit,
                            entry,
                            (gimli::DW_AT_call_file, gimli::DW_AT_call_line, gimli::DW_AT_call_column),
                        )
                    });
                    let call =
                        call.map(|at| at.unwrap_or_else(|| At { path: self.text(""), line: 0, column: 0 }));
                    let parent = scopes.last().map(|(_, scope)| *scope).filter(|_| is_call);
                    let scope = self.source.scopes.len();
                    let outermost = parent.map_or(scope, |parent| self.source.scopes[parent].outermost);
                    self.source.scopes.push(Scope { function, call, parent, outermost });
                    scopes.push((depth, scope));
                    let level = scopes.len();
                    if self.may_read_ranges(unit, entry)? {
                        let mut ranges = self.dwarf.die_ranges(unit, entry)?;
                        while let Some(range) = ranges.next()? {
                            self.range(range.begin, range.end, level, scope);
                        }
                    }
                }
                _ => {}
            }
        }
        if pass == Pass::Code {
            self.lines(unit)?;
        }
        Ok(())
    }

    /// Whether there are not too many yet. Those that stand for nothing count too.
    fn may_read_ranges(
        &mut self,
        unit: &Unit<Reader<'a>>,
        entry: &DebuggingInformationEntry<Reader<'a>>,
    ) -> Result<bool, gimli::Error> {
        let mut count = 1;
        if let Some(list) = entry.attr_value(gimli::DW_AT_ranges) {
            if let Some(offset) = self.dwarf.attr_ranges_offset(unit, list)? {
                let mut ranges = self.dwarf.raw_ranges(unit, offset)?;
                while count <= self.ranges_left && ranges.next()?.is_some() {
                    count += 1;
                }
            }
        }
        let left = self.ranges_left.checked_sub(count);
        self.ranges_left = left.unwrap_or(0);
        Ok(left.is_some())
    }

    fn range(&mut self, begin: u64, end: u64, level: usize, scope: usize) {
        // Code that was dropped is at address 0.
        if begin == 0 || end <= begin {
            return;
        }
        if let Some((section, from)) = self.sections.code_at(begin) {
            let len = u32::try_from(end - begin).unwrap_or(u32::MAX);
            self.ranges.push((section, from, from.saturating_add(len), level, scope));
        }
    }

    fn string(
        &mut self,
        unit: &Unit<Reader<'a>>,
        entry: &DebuggingInformationEntry<Reader<'a>>,
        name: gimli::DwAt,
    ) -> Option<Text> {
        let value = entry.attr_value(name)?;
        let text = self.dwarf.attr_string(unit, value).ok().filter(is_kept)?;
        let text = text.to_string_lossy();
        Some(self.text(&text))
    }

    /// Where another description of the function is.
    fn origin(
        &self,
        unit: &Unit<Reader<'a>>,
        entry: &DebuggingInformationEntry<Reader<'a>>,
    ) -> Option<usize> {
        let value = entry
            .attr_value(gimli::DW_AT_abstract_origin)
            .or_else(|| entry.attr_value(gimli::DW_AT_specification))?;
        match value {
            AttributeValue::UnitRef(offset) => Some(global(unit, offset)),
            AttributeValue::DebugInfoRef(offset) => Some(offset.0),
            _ => None,
        }
    }

    fn describe(
        &mut self,
        unit: &Unit<Reader<'a>>,
        entry: &DebuggingInformationEntry<Reader<'a>>,
        namespace: Text,
    ) -> Description {
        Description {
            namespace,
            name: self.string(unit, entry, gimli::DW_AT_name),
            linkage_name: self.string(unit, entry, gimli::DW_AT_linkage_name),
            declared: self.place(
                unit,
                entry,
                (gimli::DW_AT_decl_file, gimli::DW_AT_decl_line, gimli::DW_AT_decl_column),
            ),
            origin: self.origin(unit, entry),
        }
    }

    /// The function that a description belongs to.
    fn function(&mut self, at: usize) -> Option<usize> {
        if let Some(&known) = self.functions.get(&at) {
            return Some(known);
        }
        let mut whole = Description::default();
        let mut next = Some(at);
        for _ in 0..ORIGINS_MAX {
            let Some(description) = next.and_then(|at| self.descriptions.get(&at)) else { break };
            if !description.namespace.is_empty() || whole.namespace.is_empty() {
                whole.namespace.clone_from(&description.namespace);
            }
            whole.name = whole.name.or_else(|| description.name.clone());
            whole.linkage_name = whole.linkage_name.or_else(|| description.linkage_name.clone());
            whole.declared = whole.declared.or_else(|| description.declared.clone());
            next = description.origin;
        }
        let name = match (whole.name, whole.linkage_name) {
            (Some(name), _) => name,
            (None, Some(name)) => {
                let name = readable(&name);
                self.text(&name)
            }
            (None, None) => return None,
        };
        let namespace = self.text(&whole.namespace);
        let declared = whole.declared.unwrap_or_else(|| At { path: self.text(""), line: 0, column: 0 });
        let index = self.source.functions.len();
        self.source.functions.push(Function { namespace, name, declared });
        self.functions.insert(at, index);
        Some(index)
    }

    fn place(
        &mut self,
        unit: &Unit<Reader<'a>>,
        entry: &DebuggingInformationEntry<Reader<'a>>,
        (file, line, column): (gimli::DwAt, gimli::DwAt, gimli::DwAt),
    ) -> Option<At> {
        let number = |name| {
            entry
                .attr_value(name)
                .and_then(|value| value.udata_value())
                .and_then(|value| u32::try_from(value).ok())
        };
        let file = match entry.attr_value(file)? {
            AttributeValue::FileIndex(index) => index,
            value => value.udata_value()?,
        };
        let path = self.path(unit, file)?;
        Some(At { path, line: number(line).unwrap_or(0), column: number(column).unwrap_or(0) })
    }

    /// The path of a file by its number in the unit's line table.
    fn path(&mut self, unit: &Unit<Reader<'a>>, index: u64) -> Option<Text> {
        let header = unit.line_program.as_ref()?.header();
        let file = header.file(index)?;
        let owned = |text: Reader<'a>| is_kept(&text).then(|| text.to_string_lossy().into_owned());
        let text = |value| self.dwarf.attr_string(unit, value).ok().and_then(owned);
        let name = text(file.path_name())?;
        let directory = match file.directory(header) {
            Some(value) if file.directory_index() != 0 || header.version() >= 5 => {
                text(value).unwrap_or_default()
            }
            _ => String::new(),
        };
        let compiled_in = unit.comp_dir.and_then(owned).unwrap_or_default();
        let path = join(&join(&compiled_in, &directory), &name);
        Some(self.text(&without_home(&path)))
    }

    fn lines(&mut self, unit: &Unit<Reader<'a>>) -> Result<(), gimli::Error> {
        let Some(program) = unit.line_program.clone() else { return Ok(()) };
        // Units of types have that of the unit that they were taken from.
        if !self.lines_read.insert(program.header().offset().0) {
            return Ok(());
        }
        let mut paths: HashMap<u64, Option<Text>> = HashMap::new();
        let mut rows = program.rows();
        // The row whose end is not known yet.
        let mut open: Option<(u64, Option<At>)> = None;
        while let Some((_, row)) = rows.next_row()? {
            let address = row.address();
            if let Some((begin, Some(at))) = open.take() {
                if begin != 0 && address > begin {
                    if let Some((section, from)) = self.sections.code_at(begin) {
                        let len = u32::try_from(address - begin).unwrap_or(u32::MAX);
                        self.source.lines.push((section, from, from.saturating_add(len), at));
                    }
                }
            }
            if row.end_sequence() {
                continue;
            }
            let (file, line) = (row.file_index(), row.line());
            let column = match row.column() {
                gimli::ColumnType::LeftEdge => 0,
                gimli::ColumnType::Column(column) => u32::try_from(column.get()).unwrap_or(0),
            };
            let path = paths.entry(file).or_insert_with(|| self.path(unit, file)).clone();
            let at =
                line.and_then(|line| Some(At { path: path?, line: u32::try_from(line.get()).ok()?, column }));
            open = Some((address, at));
        }
        Ok(())
    }
}

/// Whether a text is short enough.
fn is_kept(text: &Reader<'_>) -> bool {
    text.slice().len() <= TEXT_BYTES_MAX
}

fn global(unit: &Unit<Reader<'_>>, offset: UnitOffset<usize>) -> usize {
    unit.header.offset().0 + offset.0
}
