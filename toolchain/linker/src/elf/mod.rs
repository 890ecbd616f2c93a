// SPDX-License-Identifier: Apache-2.0
//! What is read from an ELF file: sections, symbols and relocations, classified but not interpreted.
//!
//! Nothing but these is looked at: no program headers, no entry point, no attributes. What instructions need is checked
//! on the instructions themselves.

mod bounds;
mod checks;
mod class;
mod dynamic;
mod global_pointer;
pub(crate) mod rel;
mod symbol;

pub(crate) use class::Class;
use dynamic::Held;
use symbol::Missing;
pub(crate) use symbol::Symbol;

use crate::error::{LinkError, Result};
use std::borrow::Cow;

use object::{
    elf,
    read::{
        elf::{FileHeader, Rela as _, SectionHeader as _, Sym as _, SymbolTable},
        SymbolIndex,
    },
    Endianness,
};

/// Index of a section in the file. Behind those of the file are the linker's own, one for each common symbol.
pub(crate) type SectionIndex = usize;

/// The section with index 0, which every file has and which is none: places in it are plain numbers.
pub(crate) const NUMBERS: SectionIndex = 0;

/// Width of registers and pointers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Xlen {
    /// 32 bits.
    X32,
    /// 64 bits.
    X64,
}

impl Xlen {
    /// Size of a pointer in bytes.
    pub(crate) fn bytes(self) -> u64 {
        match self {
            Self::X32 => 4,
            Self::X64 => 8,
        }
    }

    /// Whether registers have 64 bits.
    pub(crate) fn is_64(self) -> bool {
        self == Self::X64
    }
}

impl Relocation {
    /// Whether it says nothing: what it referred to was dropped, or resolved. Assemblers use the null symbol for numbers too.
    pub(crate) fn is_null(&self) -> bool {
        self.symbol == 0 && self.addend == 0
    }
}

/// A place in a section; sections of code and of data alike.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Location {
    /// The section.
    pub(crate) section: SectionIndex,
    /// Bytes from its start. Between -2^63 and 2^63: addends are added before anybody checks.
    pub(crate) offset: i64,
}

/// A section.
#[derive(Debug)]
pub(crate) struct Section<'a> {
    pub(crate) name: String,
    pub(crate) address: u64,
    pub(crate) align: u64,
    /// Size in memory in bytes.
    pub(crate) size: u64,
    /// Bytes from the file; shorter than `size`, or empty, where the rest is zero.
    pub(crate) data: Cow<'a, [u8]>,
    pub(crate) class: Class,
    /// Whether each thread has one of its own. Guests have one thread.
    pub(crate) is_thread_local: bool,
    /// In the order of their offsets; those with one offset in the order of the file.
    pub(crate) relocations: Vec<Relocation>,
}

impl Section<'_> {
    /// One that has no name and takes no memory.
    fn nothing() -> Self {
        Self {
            name: String::new(),
            address: 0,
            align: 1,
            size: 0,
            data: Cow::Borrowed(&[]),
            class: Class::Ignored,
            is_thread_local: false,
            relocations: Vec::new(),
        }
    }
}

/// A relocation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Relocation {
    /// Byte in the section.
    pub(crate) offset: u64,
    /// Type, one of [`rel`].
    pub(crate) kind: u32,
    /// Index of the symbol; 0 is none.
    pub(crate) symbol: usize,
    /// What is added to the symbol's value.
    pub(crate) addend: i64,
}

/// The file.
#[derive(Debug)]
pub(crate) struct Elf<'a> {
    pub(crate) xlen: Xlen,
    pub(crate) sections: Vec<Section<'a>>,
    pub(crate) symbols: Vec<Symbol<'a>>,
}

impl<'a> Elf<'a> {
    /// Reads a file.
    pub(crate) fn read(data: &'a [u8]) -> Result<Self> {
        if !data.starts_with(&elf::ELFMAG) {
            let (found, hint) = what_it_is_instead(data);
            return Err(LinkError::new(format!("the input is not an ELF file{found}")).hint(hint));
        }
        match data.get(4) {
            Some(1) => read::<elf::FileHeader32<Endianness>>(data, Xlen::X32),
            Some(2) => read::<elf::FileHeader64<Endianness>>(data, Xlen::X64),
            class => Err(LinkError::new(format!(
                "the ELF file has class {class:?}, only 1 (32 bits) and 2 (64 bits) exist"
            ))),
        }
    }

    /// The place that a relocation refers to, which must be in a section that the file has.
    pub(crate) fn place(&self, relocation: &Relocation) -> Result<Location> {
        match self.target(relocation)? {
            Location { section: NUMBERS, .. } => {
                Err(Missing::Weak.error(relocation.kind, self.symbol_name(relocation)))
            }
            place => Ok(place),
        }
    }

    /// The place that a relocation refers to: symbol and addend. A symbol that is weak and undefined is the number 0.
    pub(crate) fn target(&self, relocation: &Relocation) -> Result<Location> {
        if relocation.symbol == 0 {
            return Ok(Location { section: NUMBERS, offset: relocation.addend });
        }
        let symbol = self.symbols.get(relocation.symbol).ok_or_else(|| {
            LinkError::new(format!(
                "the relocation refers to symbol {}, the file has {}",
                relocation.symbol,
                self.symbols.len()
            ))
        })?;
        let base = symbol.location.map_err(|missing| missing.error(relocation.kind, &symbol.name))?;
        let offset = base.offset.checked_add(relocation.addend).ok_or_else(|| {
            LinkError::new(format!("the addend {} leads out of the address space", relocation.addend))
                .symbol(&symbol.name)
        })?;
        Ok(Location { section: base.section, offset })
    }

    /// Whether there are variables that each thread has for itself.
    pub(crate) fn has_thread_locals(&self) -> bool {
        self.sections.iter().any(|section| section.is_thread_local)
    }

    /// Name of the symbol that a relocation refers to.
    pub(crate) fn symbol_name(&self, relocation: &Relocation) -> &str {
        self.symbols.get(relocation.symbol).map_or("", |symbol| &symbol.name)
    }

    /// The section at an index that is known to be one.
    pub(crate) fn section(&self, index: SectionIndex) -> &Section<'a> {
        &self.sections[index]
    }
}

/// What to do with files that compilers write too, but that are no programs.
fn what_it_is_instead(data: &[u8]) -> (&'static str, &'static str) {
    match data {
        [b'B', b'C', 0xc0, 0xde, ..] => (
            ", but LLVM bitcode",
            "compile without -flto, or let the compiler's linker make an ELF file of it",
        ),
        [b'!', b'<', b'a' | b't', ..] => (
            ", but an archive of object files",
            "let the compiler's linker make one file of what is needed: `ld.lld --emit-relocs` or `ld.lld -r`",
        ),
        [0, b'a', b's', b'm', ..] => (", but WebAssembly", "compile for the target riscv32emac or riscv64emac"),
        [b'P', b'V', b'M', 0, ..] => (", but a blob", "it is linked already; give the linker the ELF file"),
        [] => (", but empty", "build it again"),
        _ => ("", "give the linker the file that the compiler's linker wrote, for instance NAME.elf"),
    }
}

fn malformed(what: &str) -> impl Fn(object::read::Error) -> LinkError + '_ {
    move |error| LinkError::new(format!("{what} cannot be read: {error}")).hint(checks::DAMAGED)
}

fn read<H: FileHeader<Endian = Endianness>>(data: &[u8], xlen: Xlen) -> Result<Elf<'_>> {
    let header = H::parse(data).map_err(malformed("the ELF header"))?;
    let endian = header.endian().map_err(malformed("the ELF header"))?;
    check_header(header, endian)?;
    let table = header.sections(endian, data).map_err(malformed("the table of sections"))?;
    let symbol_table = table.symbols(endian, data, elf::SHT_SYMTAB).map_err(malformed("the symbol table"))?;

    let mut proportions = checks::Proportions::new(data.len());
    let mut sections = Vec::new();
    for (index, section) in table.enumerate() {
        let name = table.section_name(endian, section).map_err(malformed("the name of a section"))?;
        proportions.add_name(name)?;
        let name = String::from_utf8_lossy(name).into_owned();
        let address: u64 = section.sh_addr(endian).into();
        let size: u64 = section.sh_size(endian).into();
        let flags = section.sh_flags(endian);
        let kind = section.sh_type(endian);
        let bytes = section
            .data(endian, data)
            .map_err(|_| LinkError::new("the contents of a section lie outside of the file").at(&name, 0))?;
        proportions.add_contents(&name, bytes)?;
        // Index 0 is the null section.
        let class = match index.0 {
            NUMBERS => Class::Ignored,
            _ => class::classify(&name, kind, flags, size)?,
        };
        let is_thread_local = flags.0 & elf::SHF_TLS.0 != 0;
        let align = Into::<u64>::into(section.sh_addralign(endian)).max(1);
        let relocations = Vec::new();
        let data = if class == Class::Compressed { &[][..] } else { bytes }.into();
        let section = Section { name, address, align, size, data, class, is_thread_local, relocations };
        sections.push(section);
    }
    if !sections.iter().any(|section| section.class == Class::Code) {
        return Err(LinkError::new("the ELF file has no section of code")
            .hint("export at least one function, so that the compiler's linker keeps it"));
    }

    let file_sections = sections.len();
    let is_linked = header.e_type(endian) != elf::ET_REL;
    // Variables of threads count from the first of them, in files that are linked.
    let thread_locals = sections.iter().filter(|section| section.is_thread_local);
    let threads_start = thread_locals.map(|section| section.address).min().filter(|_| is_linked).unwrap_or(0);
    let mut symbols = Vec::new();
    let mut global_pointer = None;
    for (index, symbol) in symbol_table.enumerate() {
        let name = symbol_table.symbol_name(endian, symbol).unwrap_or_default();
        proportions.add_name(name)?;
        let section = symbol_table
            .symbol_section(endian, symbol, index)
            .map_err(malformed("the section of a symbol"))?;
        let value: u64 = symbol.st_value(endian).into();
        if name == global_pointer::SYMBOL && symbol.st_shndx(endian) != elf::SHN_UNDEF {
            global_pointer = Some(value);
        }
        let in_section = section.filter(|section| section.0 < file_sections).map(|section| {
            let base = if symbol.st_type() == elf::STT_TLS { threads_start } else { 0 };
            let offset = value.wrapping_add(base).wrapping_sub(sections[section.0].address) as i64;
            Location { section: section.0, offset }
        });
        let location = match symbol.st_shndx(endian) {
            // What is there is not the function, but one that would return its address.
            _ if symbol.st_type() == elf::STT_GNU_IFUNC => Err(Missing::Indirect),
            // What is weak and nowhere defined has the address 0, which programs ask for.
            elf::SHN_UNDEF if symbol.st_bind() == elf::STB_WEAK => {
                Ok(Location { section: NUMBERS, offset: 0 })
            }
            elf::SHN_UNDEF => Err(Missing::Undefined),
            elf::SHN_ABS => Err(Missing::Absolute),
            // Data that starts as zero and has no place yet; its value is how it is to be aligned.
            elf::SHN_COMMON => {
                let section = Section {
                    name: String::from_utf8_lossy(name).into_owned(),
                    align: value.max(1),
                    size: symbol.st_size(endian).into(),
                    class: Class::Zero,
                    ..Section::nothing()
                };
                sections.push(section);
                Ok(Location { section: sections.len() - 1, offset: 0 })
            }
            _ => in_section.ok_or(Missing::NoSection),
        };
        symbols.push(Symbol {
            name: String::from_utf8_lossy(name),
            location,
            size: symbol.st_size(endian).into(),
            is_function: symbol.st_type() == elf::STT_FUNC,
        });
    }

    // In shared objects another file could define what has a name, so that pointers to it have symbols.
    let dynamic_symbols =
        table.symbols(endian, data, elf::SHT_DYNSYM).map_err(malformed("the table of dynamic symbols"))?;
    let pointer = if xlen.is_64() { rel::ABS64 } else { rel::ABS32 };
    let mut pointers = Vec::new();
    let mut has_relocations = false;
    for (_, section) in table.enumerate() {
        if section.sh_type(endian) == elf::SHT_RELR {
            let bytes = section.data(endian, data).map_err(malformed("a table of relocations"))?;
            proportions.add_pointers(dynamic::count(bytes, xlen), xlen)?;
            pointers.extend(dynamic::compressed(bytes, xlen));
            continue;
        }
        let Some((entries, link)) =
            section.rela(endian, data).map_err(malformed("a table of relocations"))?
        else {
            continue;
        };
        // Relocations for the dynamic linker have another symbol table, or belong to no section.
        let target = section.sh_info(endian) as usize;
        if link != symbol_table.section() || target == 0 {
            for entry in entries {
                let addend: i64 = entry.r_addend(endian).into();
                let held = match entry.r_type(endian, false).0 {
                    rel::RELATIVE if xlen.is_64() => Held::Address(addend as u64),
                    rel::RELATIVE => Held::Address(u64::from(addend as u32)),
                    kind if kind == pointer && link == dynamic_symbols.section() => {
                        let index = SymbolIndex(entry.r_sym(endian, false) as usize);
                        match held_by_symbol(
                            &dynamic_symbols,
                            endian,
                            index,
                            addend,
                            &sections[..file_sections],
                        )? {
                            Some(held) => held,
                            None => continue,
                        }
                    }
                    _ => continue,
                };
                pointers.push((entry.r_offset(endian).into(), held));
            }
            continue;
        }
        has_relocations |= !entries.is_empty();
        let Some(target) = sections.get_mut(target).filter(|_| target < file_sections) else {
            return Err(LinkError::new(format!(
                "a table of relocations belongs to section {target}, which does not exist"
            )));
        };
        // They count in what the section was before.
        if target.class == Class::Compressed {
            continue;
        }
        for entry in entries {
            let address: u64 = entry.r_offset(endian).into();
            let mut kind = entry.r_type(endian, false).0;
            if rel::is_ignored(kind) {
                continue;
            }
            if target.class == Class::Code && !xlen.is_64() {
                kind = rel::completed(kind);
            }
            let offset = address.wrapping_sub(target.address);
            if offset >= target.size.max(1) {
                return Err(LinkError::new(format!(
                    "{} lies outside of its section of {} bytes",
                    rel::name(kind),
                    target.size
                ))
                .at(&target.name, offset));
            }
            let symbol = entry.r_sym(endian, false) as usize;
            let mut relocation = Relocation { offset, kind, symbol, addend: entry.r_addend(endian).into() };
            if is_linked && matches!(kind, rel::GPREL_I | rel::GPREL_S) {
                let word = target.data.get(offset as usize..).and_then(|bytes| bytes.first_chunk());
                let value =
                    symbol_table.symbol(SymbolIndex(symbol)).map(|symbol| symbol.st_value(endian).into());
                if let (Some(word), Ok(value)) = (word, value) {
                    let word = u32::from_le_bytes(*word);
                    relocation = global_pointer::restored(relocation, word, value, global_pointer, xlen)
                        .unwrap_or(relocation);
                }
            }
            target.relocations.push(relocation);
        }
    }
    let has_exports = sections.iter().any(|section| section.class == Class::Exports && section.size > 0);
    if is_linked && has_exports && !has_relocations {
        return Err(LinkError::new("the file was linked without keeping relocations, so that nobody knows which numbers in it are addresses").hint("pass --emit-relocs to the compiler's linker (-Wl,--emit-relocs to the compiler), or link with -r, and do not strip relocations"));
    }
    if !is_linked {
        bounds::define(&mut sections, &mut symbols);
    }
    for section in &mut sections {
        section.relocations.sort_by_key(|relocation| relocation.offset);
    }
    dynamic::add(pointers, &mut sections, &mut symbols, xlen);
    let elf = Elf { xlen, sections, symbols };
    elf.check()?;
    Ok(elf)
}

/// The address that a pointer has by a symbol for the dynamic linker; none if it stays as it is in the file.
fn held_by_symbol<'a, H: FileHeader<Endian = Endianness>>(
    symbols: &SymbolTable<'a, H>,
    endian: Endianness,
    index: SymbolIndex,
    addend: i64,
    sections: &[Section<'_>],
) -> Result<Option<Held<'a>>> {
    let Ok(symbol) = symbols.symbol(index) else { return Ok(None) };
    let section =
        symbols.symbol_section(endian, symbol, index).map_err(malformed("the section of a symbol"))?;
    let missing = match symbol.st_shndx(endian) {
        _ if symbol.st_type() == elf::STT_GNU_IFUNC => Missing::Indirect,
        // It is zero.
        elf::SHN_UNDEF if symbol.st_bind() == elf::STB_WEAK => return Ok(None),
        elf::SHN_UNDEF => Missing::Undefined,
        elf::SHN_ABS => Missing::Absolute,
        _ => match section.and_then(|section| Some((section.0, sections.get(section.0)?))) {
            Some((section, found)) => {
                let offset = symbol.st_value(endian).into().wrapping_sub(found.address) as i64;
                return Ok(Some(Held::Place(Location { section, offset: offset.wrapping_add(addend) })));
            }
            None => Missing::NoSection,
        },
    };
    let name = symbols.symbol_name(endian, symbol).unwrap_or_default();
    let (name, location) = (String::from_utf8_lossy(name), Err(missing));
    Ok(Some(Held::Nowhere(Box::new(Symbol { name, location, size: 0, is_function: false }))))
}

fn check_header<H: FileHeader<Endian = Endianness>>(header: &H, endian: Endianness) -> Result<()> {
    let hint = "compile for the target riscv32emac or riscv64emac";
    if endian != Endianness::Little {
        return Err(LinkError::new("the ELF file is big-endian").hint(hint));
    }
    let machine = header.e_machine(endian);
    if machine != elf::EM_RISCV {
        return Err(LinkError::new(format!(
            "the ELF file is for machine {}, only RISC-V ({}) can be linked",
            machine.0,
            elf::EM_RISCV.0
        ))
        .hint(hint));
    }
    let abi = header.e_ident().os_abi;
    if ![elf::ELFOSABI_NONE, elf::ELFOSABI_GNU].contains(&abi) {
        return Err(LinkError::new(format!(
            "the ELF file is for the system interface {}, only 0 (System V) and 3 (GNU) can be linked",
            abi.0
        ))
        .hint(hint));
    }
    let kind = header.e_type(endian);
    if ![elf::ET_REL, elf::ET_EXEC, elf::ET_DYN].contains(&kind) {
        return Err(LinkError::new(format!(
            "the ELF file has type {}, only 1 (relocatable), 2 (executable) and 3 (shared) can be linked",
            kind.0
        )));
    }
    Ok(())
}
