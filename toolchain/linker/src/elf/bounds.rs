// SPDX-License-Identifier: Apache-2.0
//! Symbols that linkers define where programs refer to them: where a section starts and ends whose name C can spell, and the lists of
//! functions to be run first and last. In files that were linked with `-r`, and in those of compilers, nobody has done so.

use super::{Location, Section, SectionIndex};
use crate::hash::FastMap;

/// What is asked for of the lists of functions.
const LISTS: [(&str, &str); 3] =
    [("__preinit_array", ".preinit_array"), ("__init_array", ".init_array"), ("__fini_array", ".fini_array")];

/// Sections by name.
#[derive(Default)]
pub(super) struct Bounds {
    /// The section and its size; none if there are several, of which nobody knows the order.
    by_name: FastMap<String, Option<(SectionIndex, u64)>>,
}

impl Bounds {
    /// Of sections of data.
    pub(super) fn new(sections: &[Section<'_>]) -> Self {
        let mut bounds = Self::default();
        for (index, section) in sections.iter().enumerate().filter(|(_, section)| section.class.is_data()) {
            let list = LISTS
                .iter()
                .find(|(_, list)| section.name.strip_prefix(list).is_some_and(|rest| rest.starts_with('.')));
            let name = list.map_or(section.name.as_str(), |(_, list)| list);
            let entry = bounds.by_name.entry(name.to_owned());
            entry.and_modify(|found| *found = None).or_insert(Some((index, section.size)));
        }
        bounds
    }

    /// What a linker would have given a symbol of this name.
    pub(super) fn get(&self, symbol: &[u8]) -> Option<Location> {
        let (section, is_end) = asked_for(std::str::from_utf8(symbol).ok()?)?;
        let (section, size) = (*self.by_name.get(section)?)?;
        Some(Location { section, offset: if is_end { size as i64 } else { 0 } })
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
    use crate::elf::Class;

    #[test]
    fn starts_and_ends_are_known_of_sections_that_are_the_only_ones_of_their_name() {
        let section = |name: &str, class, size| {
            let (name, relocations) = (name.to_owned(), Vec::new());
            Section {
                name,
                address: 0,
                align: 1,
                size,
                data: &[],
                class,
                is_thread_local: false,
                relocations,
            }
        };
        let sections = [
            section("", Class::Ignored, 0),
            section("code", Class::Code, 8),
            section("set", Class::ReadOnly, 24),
            section(".init_array", Class::Startup, 16),
            section(".fini_array", Class::Startup, 16),
            section(".fini_array.5", Class::Startup, 16),
            section("twice", Class::ReadWrite, 4),
            section("twice", Class::ReadWrite, 4),
        ];
        let bounds = Bounds::new(&sections);
        let at = |section, offset| Some(Location { section, offset });
        assert_eq!(bounds.get(b"__start_set"), at(2, 0));
        assert_eq!(bounds.get(b"__stop_set"), at(2, 24));
        assert_eq!(bounds.get(b"__init_array_start"), at(3, 0));
        assert_eq!(bounds.get(b"__init_array_end"), at(3, 16));
        let unknown: [&[u8]; 6] =
            [b"__start_code", b"__start_twice", b"__fini_array_end", b"__start_", b"set", b"__init_array_x"];
        for name in unknown {
            assert_eq!(bounds.get(name), None);
        }
    }
}
