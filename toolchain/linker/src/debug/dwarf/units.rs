// SPDX-License-Identifier: Apache-2.0
//! Units of debug info, which may share tables. A table that was read once for each unit would take the product of both.

use super::Reader;
use gimli::{AttributeValue, DebugAbbrev, Dwarf, LittleEndian, Section, Unit};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// Bytes and attributes that are read for each byte of debug info. Compilers have a few: units of types share the table of lines of
/// the unit that they were taken from, and attributes that are always the same take no bytes.
const READS_MAX: usize = 64;

/// How much is still read.
pub(super) struct Work {
    left: usize,
    /// Whether there was too much to do.
    pub(super) is_over: bool,
}

impl Work {
    /// That for as many bytes of debug info.
    pub(super) fn for_bytes(bytes: usize) -> Self {
        Self { left: bytes.saturating_mul(READS_MAX), is_over: false }
    }

    /// Takes as much; whether there was as much.
    pub(super) fn take(&mut self, amount: usize) -> bool {
        let left = self.left.checked_sub(amount);
        self.is_over |= left.is_none();
        self.left = left.unwrap_or(0);
        left.is_some()
    }
}

/// Reads the beginnings of all units, as far as there is work left.
pub(super) fn read<'a>(
    dwarf: &Dwarf<Reader<'a>>,
    abbreviations: &'a [u8],
    work: &mut Work,
) -> Result<Vec<Unit<Reader<'a>>>, gimli::Error> {
    let mut headers = Vec::new();
    let mut all = dwarf.units();
    while let Some(header) = all.next()? {
        headers.push(header);
    }
    // Tables of abbreviations do not overlap.
    let starts: BTreeSet<usize> = headers.iter().map(|header| header.debug_abbrev_offset().0).collect();
    let mut tables = HashMap::new();
    let mut units = Vec::new();
    for header in headers {
        let start = header.debug_abbrev_offset().0;
        let table = match tables.get(&start) {
            Some(known) => Arc::clone(known),
            None => {
                let next = starts.range(start.saturating_add(1)..).next();
                let end = next.map_or(abbreviations.len(), |end| abbreviations.len().min(*end));
                let section = DebugAbbrev::new(&abbreviations[..end], LittleEndian);
                let table = Arc::new(header.abbreviations(&section)?);
                tables.insert(start, Arc::clone(&table));
                table
            }
        };
        let mut entries = header.entries(&table);
        let lines = entries.next_dfs()?.and_then(|root| root.attr_value(gimli::DW_AT_stmt_list));
        if let Some(AttributeValue::DebugLineRef(offset)) = lines {
            if !work.take(length_at(dwarf.debug_line.reader().slice(), offset.0)) {
                break;
            }
        }
        units.push(Unit::new_with_abbreviations(dwarf, header, table)?);
    }
    Ok(units)
}

/// How many bytes a table of lines has at most, by the number that stands in front of it.
fn length_at(section: &[u8], offset: usize) -> usize {
    let rest = section.get(offset..).unwrap_or_default();
    let number = rest.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
    // What is longer than that, in the other format, reaches the end anyway.
    rest.len().min(number as usize + 4)
}
