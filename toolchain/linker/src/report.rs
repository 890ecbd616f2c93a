// SPDX-License-Identifier: Apache-2.0
//! Where the bytes of a blob went: per function, per section of the input, per crate.

use crate::{
    elf::Elf,
    ir::Program,
    locations::{Loc, Locations},
    lower::Functions,
    names::Names,
};
use std::collections::BTreeMap;

/// Bytes and instructions of something.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Share {
    /// What it is the share of.
    pub name: String,
    /// Bytes of code, or of data.
    pub bytes: u64,
    /// Instructions; 0 for data.
    pub instructions: u64,
}

/// Where the bytes went, the largest first.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct SizeReport {
    /// Code per function of the input; what no function contains is under the name of its section.
    pub functions: Vec<Share>,
    /// Code per crate, by the first part of the functions' names.
    pub crates: Vec<Share>,
    /// Code per section of the input.
    pub code_sections: Vec<Share>,
    /// Data per section of the input, as it is in memory.
    pub data_sections: Vec<Share>,
    /// Code that was made by the linker alone.
    pub linker_bytes: u64,
    /// The bitmask that marks instructions.
    pub bitmask_bytes: u64,
    /// The jump table.
    pub jump_table_bytes: u64,
    /// The debug info.
    pub debug_info_bytes: u64,
    /// The whole blob.
    pub blob_bytes: u64,
}

/// The crate of a demangled name. Types in front of a trait (`<a::B as c::D>::e`) decide.
fn crate_of(name: &str) -> &str {
    let start = name.trim_start_matches(['<', '&', '*', '(', '[']);
    let start = start
        .strip_prefix("mut ")
        .or(start.strip_prefix("const "))
        .or(start.strip_prefix("dyn "))
        .unwrap_or(start);
    match start.split_once("::") {
        Some((first, _))
            if first.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '[' || c == ']') =>
        {
            first.split('[').next().unwrap_or(first)
        }
        _ => "(none)",
    }
}

#[derive(Default)]
struct Shares(BTreeMap<String, (u64, u64)>);

impl Shares {
    fn add(&mut self, name: &str, bytes: u64, instructions: u64) {
        if !self.0.contains_key(name) {
            self.0.insert(name.to_owned(), (0, 0));
        }
        if let Some(share) = self.0.get_mut(name) {
            share.0 += bytes;
            share.1 += instructions;
        }
    }

    fn sorted(self) -> Vec<Share> {
        let mut shares: Vec<_> = self
            .0
            .into_iter()
            .map(|(name, (bytes, instructions))| Share { name, bytes, instructions })
            .collect();
        shares.sort_by_key(|share| std::cmp::Reverse(share.bytes));
        shares
    }
}

/// Attributes code, given as instructions with their lengths and origins, and data.
pub(crate) fn sizes(
    elf: &Elf<'_>,
    program: &Program,
    locations: &Locations,
    functions: &Functions,
    instructions: impl Iterator<Item = (u64, Loc)>,
) -> SizeReport {
    let mut report = SizeReport::default();
    let (mut by_function, mut by_crate, mut by_section) =
        (Shares::default(), Shares::default(), Shares::default());
    let mut names = Names::default();
    for (bytes, loc) in instructions {
        let Some(origin) = locations.get(loc) else {
            report.linker_bytes += bytes;
            continue;
        };
        let section = &elf.section(origin.section).name;
        by_section.add(section, bytes, 1);
        match names.at(functions, origin.section, u64::from(origin.offset)) {
            Some(name) => {
                by_crate.add(crate_of(&name), bytes, 1);
                by_function.add(&name, bytes, 1);
            }
            None => {
                by_crate.add("(none)", bytes, 1);
                by_function.add(section, bytes, 1);
            }
        }
    }
    let mut by_data = Shares::default();
    for section in program.data.iter().filter(|section| section.kept) {
        by_data.add(&section.name, section.size, 0);
    }
    report.functions = by_function.sorted();
    report.crates = by_crate.sorted();
    report.code_sections = by_section.sorted();
    report.data_sections = by_data.sorted();
    report
}

#[cfg(test)]
mod tests {
    use super::crate_of;

    #[test]
    fn crates_are_the_first_part_of_a_name() {
        assert_eq!(crate_of("core::fmt::write"), "core");
        assert_eq!(crate_of("<alloc::vec::Vec<T> as core::ops::Drop>::drop"), "alloc");
        assert_eq!(crate_of("<&mut serde::de::X as a::B>::c"), "serde");
        assert_eq!(crate_of("memcpy"), "(none)");
    }
}
