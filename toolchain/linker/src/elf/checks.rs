// SPDX-License-Identifier: Apache-2.0
//! What is refused in a file whatever its exports reach: sections that memory cannot hold, or not where they want to be. And
//! functions that somebody would have to call before the exports.

use super::{Elf, Relocation, Section, SectionIndex, Symbol, Xlen};
use crate::{
    error::{LinkError, Result},
    names::readable,
};

/// Regions of memory start at multiples of this, in bytes.
const ALIGN_MAX: u64 = 65536;

/// Sizes that no useful input has, far above all limits of blobs.
const MEMORY_BYTES_MAX: u64 = 1 << 32;

/// What to do about a file that no tool writes.
pub(super) const DAMAGED: &str = "the file is damaged or truncated; build it again";

/// Symbols that a message names at most.
const NAMES_MAX: usize = 8;

/// Bytes of names for each byte of the file. Names may share their ends, and equal ones all of them.
const NAMES_FACTOR: usize = 16;

/// What is read of a file in all, which no honest file has much more of than it has bytes: sections do not overlap. A damaged or
/// hostile one would take memory out of proportion.
pub(super) struct Proportions {
    file: usize,
    contents: usize,
    names: usize,
    pointers: usize,
}

impl Proportions {
    /// For a file of so many bytes.
    pub(super) fn new(file: usize) -> Self {
        Self { file, contents: 0, names: 0, pointers: 0 }
    }

    /// Counts the contents of a section.
    pub(super) fn add_contents(&mut self, section: &str, bytes: &[u8]) -> Result<()> {
        self.contents = self.contents.saturating_add(bytes.len());
        if self.contents <= self.file {
            return Ok(());
        }
        let what = format!(
            "the sections up to this one, of {} bytes, take {} bytes of the file, which has {}: sections overlap",
            bytes.len(),
            self.contents,
            self.file
        );
        Err(LinkError::new(what).at(section, 0).hint(DAMAGED))
    }

    /// Counts words that hold pointers. Each is in the file.
    pub(super) fn add_pointers(&mut self, count: usize, xlen: Xlen) -> Result<()> {
        self.pointers = self.pointers.saturating_add(count.saturating_mul(xlen.bytes() as usize));
        if self.pointers <= self.file {
            return Ok(());
        }
        let what = format!(
            "the pointers for the dynamic linker take {} bytes, the file has {}",
            self.pointers, self.file
        );
        Err(LinkError::new(what).hint(DAMAGED))
    }

    /// Counts the name of a section or symbol.
    pub(super) fn add_name(&mut self, name: &[u8]) -> Result<()> {
        self.names = self.names.saturating_add(name.len());
        let max = self.file.saturating_mul(NAMES_FACTOR);
        if self.names <= max {
            return Ok(());
        }
        let what = format!(
            "the names of sections and symbols take more than {max} bytes, {NAMES_FACTOR} times those of the file"
        );
        Err(LinkError::new(what).hint(DAMAGED))
    }
}

impl Elf<'_> {
    /// Refuses what cannot be linked for no export's sake.
    pub(super) fn check(&self) -> Result<()> {
        self.check_sizes()?;
        self.check_alignment()
    }

    fn check_sizes(&self) -> Result<()> {
        let mut memory = 0_u64;
        for (index, section) in
            self.sections.iter().enumerate().filter(|(_, section)| section.class.is_loaded())
        {
            memory = memory.saturating_add(section.size);
            if memory <= MEMORY_BYTES_MAX {
                continue;
            }
            let error = LinkError::new(format!(
                "the sections up to this one take {memory} bytes of memory, {} of them this one, at most {MEMORY_BYTES_MAX} can be addressed",
                section.size
            ))
            .hint("make the largest arrays smaller");
            let largest = self.named_in(index).max_by_key(|(_, symbol)| symbol.size);
            return Err(match largest {
                Some((offset, symbol)) => error.symbol(&symbol.name).at(&section.name, offset),
                None => error.at(&section.name, 0),
            });
        }
        Ok(())
    }

    fn check_alignment(&self) -> Result<()> {
        let is_over = |section: &Section<'_>| section.class.is_data() && section.align > ALIGN_MAX;
        let Some(index) = self.sections.iter().position(is_over) else { return Ok(()) };
        let Section { name, address, align, .. } = self.section(index);
        // Nobody says for which symbol the section is aligned, but it lies at such an address.
        let is_aligned =
            |(offset, _): &(u64, &Symbol<'_>)| address.wrapping_add(*offset).is_multiple_of(*align);
        let names = list(self.named_in(index).filter(is_aligned).map(|(_, symbol)| symbol));
        let at_multiples =
            if names.is_empty() { names } else { format!("; at multiples of that are {names}") };
        let what = format!(
            "the section wants to be aligned to {align} bytes, at most {ALIGN_MAX} are possible{at_multiples}"
        );
        Err(LinkError::new(what)
            .at(name, 0)
            .hint("ask for less alignment (`__attribute__((aligned))`, `_Alignas`, `#[repr(align)]`)"))
    }

    /// Refuses lists of functions, in these sections, that would have to run before or after an export: nobody calls them.
    pub(crate) fn refuse_startup(&self, lists: impl Iterator<Item = SectionIndex>) -> Result<()> {
        // Those that linkers had an end of only have no functions.
        let with_functions = |section: &&Section<'_>| !section.relocations.is_empty();
        let mut sections = lists.map(|index| self.section(index)).filter(with_functions).peekable();
        let Some(first) = sections.peek().map(|section| section.name.as_str()) else { return Ok(()) };
        let function = |relocation: &Relocation| {
            let place = self.target(relocation).ok()?;
            let there =
                self.symbols.iter().filter(|symbol| symbol.location == Ok(place) && symbol.is_named());
            there.max_by_key(|symbol| symbol.is_function).or_else(|| self.symbols.get(relocation.symbol))
        };
        let relocations = sections.flat_map(|section| &section.relocations).take(NAMES_MAX);
        let names = list(relocations.filter_map(function));
        let names = if names.is_empty() { names } else { format!(": {names}") };
        let what = format!(
            "the section lists functions to be run before or after the program, which nobody would call{names}"
        );
        Err(LinkError::new(what).at(first, 0).hint("remove constructors and destructors of globals (`__attribute__((constructor))`, C++ objects with constructors), or have an exported function call what is in the list: `for (void (**f)(void) = __init_array_start; f != __init_array_end; f++) (*f)();`"))
    }

    /// The symbols in a section that the program's author named, and how far from its start they are.
    fn named_in(&self, section: SectionIndex) -> impl Iterator<Item = (u64, &Symbol<'_>)> {
        let of_section =
            move |symbol: &&Symbol<'_>| symbol.location.is_ok_and(|place| place.section == section);
        let named = self.symbols.iter().filter(of_section).filter(|symbol| symbol.is_named());
        named.filter_map(|symbol| Some((u64::try_from(symbol.location.ok()?.offset).ok()?, symbol)))
    }
}

/// The names of the first few of these, for a message.
fn list<'s>(symbols: impl Iterator<Item = &'s Symbol<'s>>) -> String {
    let named = symbols.filter(|symbol| symbol.is_named()).take(NAMES_MAX);
    let names: Vec<_> = named.map(|symbol| format!("`{}`", readable(&symbol.name))).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf::{dynamic, Class, Location, Missing};

    fn section(name: &str, class: Class, address: u64, size: u64, align: u64) -> Section<'static> {
        let (name, relocations) = (name.to_owned(), Vec::new());
        Section {
            name,
            address,
            align,
            size,
            data: [][..].into(),
            class,
            is_thread_local: false,
            relocations,
        }
    }

    fn symbol(
        name: &'static str,
        section: SectionIndex,
        offset: i64,
        size: u64,
        is_function: bool,
    ) -> Symbol<'static> {
        Symbol { name: name.into(), location: Ok(Location { section, offset }), size, is_function }
    }

    /// What is wrong, with its place, and what to do about it.
    fn refusal(sections: Vec<Section<'_>>, symbols: Vec<Symbol<'_>>) -> (String, String) {
        let error = Elf { xlen: Xlen::X64, sections, symbols }.check().expect_err("it is refused");
        (error.to_string(), error.advice().expect("there is advice").to_owned())
    }

    #[test]
    fn files_that_say_more_than_they_have_are_refused() {
        let mut proportions = Proportions::new(100);
        proportions.add_contents(".text", &[0; 60]).expect("it fits");
        proportions.add_contents(".data", &[0; 40]).expect("it fits");
        let error = proportions.add_contents(".more", &[0; 2]).expect_err("it is refused");
        let expected = "the sections up to this one, of 2 bytes, take 102 bytes of the file, which has 100: \
            sections overlap, at .more+0x0";
        assert_eq!((error.to_string().as_str(), error.advice()), (expected, Some(DAMAGED)));
        proportions.add_pointers(12, Xlen::X64).expect("they fit");
        let error = proportions.add_pointers(1, Xlen::X64).expect_err("it is refused");
        assert!(error.to_string().contains("take 104 bytes, the file has 100"), "{error}");
        for _ in 0..NAMES_FACTOR {
            proportions.add_name(&[b'a'; 100]).expect("names may be one");
        }
        let error = proportions.add_name(b"a").expect_err("it is refused");
        assert!(error.to_string().contains("take more than 1600 bytes"), "{error}");
    }

    #[test]
    fn too_much_memory_is_refused_with_the_largest_symbol() {
        let sections = vec![
            section("", Class::Ignored, 0, 0, 1),
            section(".debug_info", Class::Other, 0, 1 << 40, 1),
            section(".data", Class::ReadWrite, 0, 16, 1),
            section(".bss", Class::Zero, 0, (5 << 30) + 64, 1),
        ];
        let symbols = vec![
            symbol("huge_elsewhere", 1, 0, 1 << 40, false),
            symbol("small", 3, 0, 64, false),
            symbol("large", 3, 64, 5 << 30, false),
            Symbol { location: Err(Missing::Undefined), ..symbol("nowhere", 3, 0, 1 << 40, false) },
        ];
        let (text, advice) = refusal(sections, symbols);
        let expected =
            "the sections up to this one take 5368709200 bytes of memory, 5368709184 of them this one, \
            at most 4294967296 can be addressed, symbol `large`, at .bss+0x40";
        assert_eq!(text, expected);
        assert_eq!(advice, "make the largest arrays smaller");
    }

    #[test]
    fn too_much_alignment_is_refused_with_the_symbols_that_may_want_it() {
        // Sections of debug info and code do not lie in memory.
        let sections = || {
            vec![
                section("", Class::Ignored, 0, 0, 1),
                section(".text", Class::Code, 0, 0, 1 << 20),
                section(".data", Class::ReadWrite, 0x8_0000, 0x4_0020, 0x2_0000),
            ]
        };
        let symbols = vec![
            symbol("$d", 2, 0, 0, false),
            symbol("first", 2, 0, 16, false),
            symbol("second", 2, 16, 16, false),
            symbol("third", 2, 0x4_0000, 16, false),
        ];
        let (text, advice) = refusal(sections(), symbols);
        let expected = "the section wants to be aligned to 131072 bytes, at most 65536 are possible";
        assert_eq!(text, format!("{expected}; at multiples of that are `first`, `third`, at .data+0x0"));
        assert!(advice.starts_with("ask for less alignment"), "{advice}");
        assert_eq!(refusal(sections(), Vec::new()).0, format!("{expected}, at .data+0x0"));
    }

    /// The compiler's linker leaves no other relocations in the list of a position-independent file.
    #[test]
    fn functions_that_nobody_would_run_are_named_by_the_pointers_of_the_dynamic_linker() {
        let word = 0x1004_u64.to_le_bytes();
        let mut sections = vec![
            section("", Class::Ignored, 0, 0, 1),
            section(".text", Class::Code, 0x1000, 8, 2),
            Section { data: word.as_slice().into(), ..section(".init_array", Class::Startup, 0x2000, 8, 8) },
        ];
        let mut symbols = vec![
            symbol("other", 1, 0, 4, true),
            symbol(".Llocal", 1, 4, 0, false),
            symbol("start_me", 1, 4, 4, true),
            symbol("label", 1, 4, 0, false),
        ];
        dynamic::add(vec![(0x2000, dynamic::Held::Address(0x1004))], &mut sections, &mut symbols, Xlen::X64);
        let elf = Elf { xlen: Xlen::X64, sections, symbols };
        let error = elf.refuse_startup([2].into_iter()).expect_err("it is refused");
        let text = error.to_string();
        assert!(text.ends_with("which nobody would call: `start_me`, at .init_array+0x0"), "{text}");
        assert!(error.advice().is_some_and(|advice| advice.contains("remove constructors")), "{error}");
    }
}
