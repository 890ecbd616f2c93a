// SPDX-License-Identifier: Apache-2.0
//! Symbols that linkers define where programs refer to them: where a section starts and ends whose name C can spell, and the lists of
//! functions to be run first and last. In files that were linked with `-r`, and in those of compilers, nobody has done so.

use super::{Class, Location, Missing, Section, SectionIndex, Symbol, NUMBERS};
use crate::hash::FastMap;
use std::collections::BTreeMap;

/// What is asked for of the lists of functions.
const LISTS: [(&str, &str); 3] =
    [("__preinit_array", ".preinit_array"), ("__init_array", ".init_array"), ("__fini_array", ".fini_array")];

/// The largest alignment, in bytes, of sections that are put together. Lists of pointers need no more.
const ALIGN_MAX: u64 = 16;

/// Their largest size.
const SIZE_MAX: u64 = u32::MAX as u64;

/// Defines those that are asked for. Of several sections of a name, one is made, as linkers do it.
pub(super) fn define(sections: &mut [Section<'_>], symbols: &mut [Symbol<'_>]) {
    // What is weak and nowhere defined is a number.
    let is_undefined = |symbol: &Symbol<'_>| match symbol.location {
        Ok(place) => place.section == NUMBERS,
        Err(missing) => missing == Missing::Undefined,
    };
    let mut asked: BTreeMap<String, Vec<(usize, bool)>> = BTreeMap::new();
    for (index, symbol) in symbols.iter().enumerate().filter(|(_, symbol)| is_undefined(symbol)) {
        if let Some((name, is_end)) = asked_for(&symbol.name) {
            asked.entry(name.to_owned()).or_default().push((index, is_end));
        }
    }
    if asked.is_empty() {
        return;
    }
    let mut by_name: FastMap<&str, Vec<(u64, SectionIndex)>> = FastMap::default();
    for (index, section) in sections.iter().enumerate().filter(|(_, section)| section.class.is_data()) {
        let (name, order) = name_and_order(&section.name);
        by_name.entry(name).or_default().push((order, index));
    }
    let mut groups = Vec::new();
    for (name, symbols) in asked {
        if let Some(mut group) = by_name.remove(name.as_str()) {
            // Of those of equal rank, the one that comes first in the file.
            group.sort_unstable();
            groups.push((group.into_iter().map(|(_, index)| index).collect::<Vec<_>>(), symbols));
        }
    }
    let mut moved = FastMap::default();
    for (group, asking) in groups {
        let first = group[0];
        let fits = |index: &SectionIndex| {
            let (one, other) = (&sections[first], &sections[*index]);
            let bytes = if other.class == Class::Zero { 0 } else { other.size };
            (one.class, one.is_thread_local) == (other.class, other.is_thread_local)
                && (other.align <= ALIGN_MAX && other.size <= SIZE_MAX && other.data.len() as u64 == bytes)
        };
        if group.len() > 1 {
            if !group.iter().all(fits) {
                continue;
            }
            put_together(sections, &group, &mut moved);
        }
        for (symbol, is_end) in asking {
            let offset = if is_end { sections[first].size as i64 } else { 0 };
            symbols[symbol].location = Ok(Location { section: first, offset });
        }
    }
    for symbol in symbols.iter_mut().filter(|_| !moved.is_empty()) {
        if let Ok(place) = &mut symbol.location {
            if let Some((section, start)) = moved.get(&place.section) {
                *place = Location { section: *section, offset: place.offset.wrapping_add(*start as i64) };
            }
        }
    }
}

/// Appends these sections to the first of them, and leaves nothing in the others.
fn put_together(
    sections: &mut [Section<'_>],
    group: &[SectionIndex],
    moved: &mut FastMap<SectionIndex, (SectionIndex, u64)>,
) {
    let (first, rest) = (group[0], &group[1..]);
    for &index in rest {
        let part = std::mem::replace(&mut sections[index], Section::nothing());
        let whole = &mut sections[first];
        let start = whole.size.next_multiple_of(part.align);
        if !part.data.is_empty() || !whole.data.is_empty() {
            let data = whole.data.to_mut();
            data.resize(start as usize, 0);
            data.extend_from_slice(&part.data);
        }
        let relocations = part.relocations.into_iter();
        whole.relocations.extend(relocations.map(|mut relocation| {
            relocation.offset += start;
            relocation
        }));
        whole.size = start + part.size;
        whole.align = whole.align.max(part.align);
        moved.insert(index, (first, start));
    }
}

/// The name by which a section is asked for, and where it stands among those of the name: lists of functions have ranks, of which
/// the lowest comes first, and those without one last.
fn name_and_order(name: &str) -> (&str, u64) {
    let ranked =
        LISTS.iter().find_map(|(_, list)| Some((*list, name.strip_prefix(list)?.strip_prefix('.')?)));
    match ranked {
        Some((list, rank)) => (list, rank.parse().unwrap_or(u64::MAX - 1)),
        None => (name, u64::MAX),
    }
}

/// Whether linkers define a symbol of this name.
pub(super) fn is_one(symbol: &str) -> bool {
    asked_for(symbol).is_some()
}

/// The section whose start or end a symbol is, and whether it is the end.
fn asked_for(symbol: &str) -> Option<(&str, bool)> {
    let of_list = LISTS.iter().find_map(|(prefix, list)| Some((*list, symbol.strip_prefix(prefix)?)));
    match of_list {
        Some((list, "_start")) => Some((list, false)),
        Some((list, "_end")) => Some((list, true)),
        _ => match (symbol.strip_prefix("__start_"), symbol.strip_prefix("__stop_")) {
            (Some(section), _) => Some((section, false)),
            (_, Some(section)) => Some((section, true)),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf::Relocation;

    fn section(name: &str, class: Class, bytes: &'static [u8]) -> Section<'static> {
        let (name, data, size) = (name.to_owned(), bytes.into(), bytes.len() as u64);
        let relocation = Relocation { offset: 0, kind: 2, symbol: 1, addend: 0 };
        Section { name, size, data, class, align: 8, relocations: vec![relocation], ..Section::nothing() }
    }

    fn symbol(name: &'static str, location: Result<Location, Missing>) -> Symbol<'static> {
        Symbol { name: name.into(), location, size: 0, is_function: false }
    }

    /// Where symbols of these names, which nothing defines, are in the end.
    fn defined(sections: &mut [Section<'_>], names: &[&'static str]) -> Vec<Result<Location, Missing>> {
        let mut symbols: Vec<_> = names.iter().map(|name| symbol(name, Err(Missing::Undefined))).collect();
        define(sections, &mut symbols);
        symbols.into_iter().map(|symbol| symbol.location).collect()
    }

    fn at(section: SectionIndex, offset: i64) -> Result<Location, Missing> {
        Ok(Location { section, offset })
    }

    #[test]
    fn starts_and_ends_of_sections_are_known() {
        let mut sections = [
            section("", Class::Ignored, &[]),
            section("code", Class::Code, &[0; 8]),
            section("set", Class::ReadOnly, &[0; 24]),
            section(".init_array", Class::Startup, &[0; 16]),
            section("mixed", Class::ReadWrite, &[0; 4]),
            section("mixed", Class::ReadOnly, &[0; 4]),
        ];
        let names = [
            "__start_set",
            "__stop_set",
            "__init_array_start",
            "__init_array_end",
            "__start_code",
            "__start_mixed",
        ];
        let nowhere = Err(Missing::Undefined);
        let expected = [at(2, 0), at(2, 24), at(3, 0), at(3, 16), nowhere, nowhere];
        assert_eq!(defined(&mut sections, &names), expected);
        let unknown = ["__start_", "set", "__init_array_x", "__start_nothing"];
        assert_eq!(defined(&mut sections, &unknown), [nowhere; 4]);
        // What is weak is where there is something, and what somebody has defined stays.
        let mut symbols = [symbol("__stop_set", at(NUMBERS, 0)), symbol("__stop_set", at(1, 4))];
        define(&mut sections, &mut symbols);
        assert_eq!(symbols.map(|symbol| symbol.location), [at(2, 24), at(1, 4)]);
    }

    #[test]
    fn sections_of_one_name_are_put_together_in_the_order_of_their_ranks() {
        let mut sections = [
            section(".init_array", Class::Startup, &[1; 8]),
            section("other", Class::ReadWrite, &[9; 8]),
            section(".init_array.200", Class::Startup, &[2; 12]),
            section(".init_array.9", Class::Startup, &[3; 8]),
            section(".init_array", Class::Startup, &[4; 8]),
        ];
        let mut symbols = [
            symbol("__init_array_start", Err(Missing::Undefined)),
            symbol("__init_array_end", Err(Missing::Undefined)),
            symbol("last", at(4, 4)),
            symbol("second", at(2, 0)),
            symbol("other", at(1, 0)),
        ];
        define(&mut sections, &mut symbols);
        assert_eq!(
            symbols.map(|symbol| symbol.location),
            [at(3, 0), at(3, 40), at(3, 36), at(3, 8), at(1, 0)]
        );
        let bytes = [[3; 8], [2; 8], [2, 2, 2, 2, 0, 0, 0, 0], [1; 8], [4; 8]].concat();
        assert_eq!((sections[3].data.as_ref(), sections[3].size), (bytes.as_slice(), 40));
        let offsets: Vec<_> = sections[3].relocations.iter().map(|relocation| relocation.offset).collect();
        assert_eq!(offsets, [0, 8, 24, 32]);
        assert!([0, 2, 4].map(|index| sections[index].size) == [0; 3] && sections[1].size == 8);
    }

    /// A small file would take much memory otherwise.
    #[test]
    fn sections_that_want_to_be_far_apart_are_not_put_together() {
        let mut sections =
            [section("set", Class::ReadOnly, &[0; 8]), section("set", Class::ReadOnly, &[0; 8])];
        sections[1].align = 1 << 40;
        assert_eq!(defined(&mut sections, &["__start_set"]), [Err(Missing::Undefined)]);
    }
}
