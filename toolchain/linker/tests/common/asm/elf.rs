// SPDX-License-Identifier: Apache-2.0
//! The file that a program is written to.

use super::{Asm, Mark, Part, To, COMMON, PARTS};

/// A relocation: where it is, its type and what it is for.
pub(super) type Relocation = (Part, u64, u32, To);

/// Types of sections.
const PROGRAM: u32 = 1;
const SYMBOLS: u32 = 2;
const STRINGS: u32 = 3;
const RELOCATIONS: u32 = 4;
const NOTE: u32 = 7;
const NO_BYTES: u32 = 8;
const DYNAMIC_SYMBOLS: u32 = 11;
/// Flags of sections.
const WRITE: u64 = 1;
const ALLOCATE: u64 = 2;
const EXECUTE: u64 = 4;
const RETAIN: u64 = 0x20_0000;
/// Bindings of symbols, as in their `info`.
const GLOBAL: u8 = 1 << 4;
const WEAK: u8 = 2 << 4;
/// Types of symbols.
const SECTION: u8 = 3;
const INDIRECT: u8 = 10;
/// The section of common symbols.
const IN_COMMON: u16 = 0xfff2;

#[derive(Default)]
struct Section {
    name: String,
    kind: u32,
    flags: u64,
    address: u64,
    bytes: Vec<u8>,
    /// Bytes that it has when there are none of them in the file.
    size: Option<u64>,
    link: u32,
    info: u32,
    entry: u64,
}

/// Numbers as wide as the file's registers have them.
#[derive(Clone, Copy)]
struct Width {
    is_64: bool,
}

impl Width {
    fn pick<T>(self, wide: T, narrow: T) -> T {
        if self.is_64 {
            wide
        } else {
            narrow
        }
    }

    fn word(self, out: &mut Vec<u8>, value: u64) {
        out.extend_from_slice(&value.to_le_bytes()[..self.pick(8, 4)]);
    }

    /// Appends an entry of a table of symbols.
    fn symbol(self, out: &mut Vec<u8>, name: u32, info: u8, section: u16, value: u64, size: u64) {
        out.extend_from_slice(&name.to_le_bytes());
        if !self.is_64 {
            self.word(out, value);
            self.word(out, size);
        }
        out.extend_from_slice(&[info, 0]);
        out.extend_from_slice(&section.to_le_bytes());
        if self.is_64 {
            self.word(out, value);
            self.word(out, size);
        }
    }

    /// Bytes of such an entry.
    fn symbol_bytes(self) -> u64 {
        self.pick(24, 16)
    }

    /// Bytes of a relocation.
    fn relocation_bytes(self) -> u64 {
        self.pick(24, 12)
    }
}

/// Number of the section.
fn number(part: Part) -> u16 {
    part.index() as u16 + 1
}

/// The file of a program whose addresses are filled in.
pub(super) fn write(asm: &Asm, relocations: &[Relocation]) -> Vec<u8> {
    let width = Width { is_64: asm.is_64 };
    let mut sections: Vec<Section> = PARTS.map(|part| part_section(asm, part)).into();
    let table = 2 * PARTS.len() as u32 + 1;
    for part in PARTS {
        let bytes =
            relocation_table(asm, width, relocations.iter().filter(|relocation| relocation.0 == part));
        sections.push(Section {
            name: format!(".rela{}", part.name()),
            kind: RELOCATIONS,
            bytes,
            link: table,
            info: number(part).into(),
            entry: width.relocation_bytes(),
            ..Section::default()
        });
    }
    sections.extend(symbol_table(asm, width, table + 1));
    sections.extend(dynamic(asm, width, sections.len() as u32));
    for (name, bytes) in &asm.notes {
        sections.push(Section {
            name: name.to_string(),
            kind: PROGRAM,
            flags: ALLOCATE,
            address: 0x50_0000,
            bytes: bytes.clone(),
            ..Section::default()
        });
    }
    file(width, sections)
}

fn part_section(asm: &Asm, part: Part) -> Section {
    let (kind, flags) = match part {
        Part::Text => (PROGRAM, ALLOCATE | EXECUTE),
        Part::RoData => (PROGRAM, ALLOCATE),
        Part::Data => (PROGRAM, ALLOCATE | WRITE),
        Part::Bss => (NO_BYTES, ALLOCATE | WRITE),
        Part::Metadata => (PROGRAM, 0),
        Part::Exports => (NOTE, RETAIN),
    };
    let mut bytes = if part == Part::Text { asm.text.clone() } else { asm.data[part.index()].clone() };
    // Nothing but the symbol says what they are.
    for (_, offset, ..) in asm.relative.iter().filter(|pointer| pointer.0 == part && pointer.3) {
        bytes[*offset as usize..][..asm.pointer_bytes()].fill(0);
    }
    Section {
        name: part.name().into(),
        kind,
        flags,
        address: part.address(),
        bytes,
        size: (part == Part::Bss).then_some(asm.bss_size),
        ..Section::default()
    }
}

fn relocation_table<'a>(
    asm: &Asm,
    width: Width,
    relocations: impl Iterator<Item = &'a Relocation>,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    // As `symbol_table` has them.
    let others = PARTS.len() as u64 + 1;
    for (part, offset, kind, to) in relocations {
        let (symbol, addend) = match to {
            To::Label(label) => (1, asm.labels[*label].expect("the label is bound")),
            To::At(part, offset) => (number(*part).into(), *offset),
            To::Number(value) => (0, *value),
            To::Nowhere => (others, 0),
            To::Common(offset) => (others + 1, *offset),
            To::Indirect => (others + 2, 0),
            To::Named(name, offset) => (others + 3 + *name as u64, *offset),
        };
        width.word(&mut bytes, part.address() + offset);
        if width.is_64 {
            bytes.extend_from_slice(&kind.to_le_bytes());
            bytes.extend_from_slice(&(symbol as u32).to_le_bytes());
        } else {
            // One byte is for the type, as linkers fill it.
            bytes.extend_from_slice(&(kind & 0xff | (symbol as u32) << 8).to_le_bytes());
        }
        width.word(&mut bytes, addend);
    }
    bytes
}

/// The symbols, and their names in the section with a number: none, then one per part, then those that are in none, then names of the text.
fn symbol_table(asm: &Asm, width: Width, names: u32) -> [Section; 2] {
    let mut symbols = vec![0; width.symbol_bytes() as usize];
    let mut strings = vec![0];
    let mut symbol = |name: &str, info: u8, section: u16, value: u64, size: u64| {
        let at = if name.is_empty() { 0 } else { strings.len() as u32 };
        strings.extend_from_slice(name.as_bytes());
        strings.push(0);
        width.symbol(&mut symbols, at, info, section, value, size);
    };
    for part in PARTS {
        symbol("", SECTION, number(part), part.address(), 0);
    }
    symbol("", WEAK, 0, 0, 0);
    symbol("", GLOBAL, IN_COMMON, COMMON.1, COMMON.0);
    symbol("chosen", GLOBAL | INDIRECT, number(Part::Text), Part::Text.address(), 0);
    for Mark { offset, name, kind, size } in asm.marks.iter().copied() {
        symbol(name, kind, number(Part::Text), Part::Text.address() + offset, size);
    }
    if let Some(offset) = asm.global_pointer {
        symbol("__global_pointer$", GLOBAL, number(Part::Data), Part::Data.address() + offset, 0);
    }
    [
        Section {
            name: ".symtab".into(),
            kind: SYMBOLS,
            bytes: symbols,
            link: names,
            info: PARTS.len() as u32 + 1,
            entry: width.symbol_bytes(),
            ..Section::default()
        },
        Section { name: ".strtab".into(), kind: STRINGS, bytes: strings, ..Section::default() },
    ]
}

/// What the dynamic linker is told, in the sections from a number on, if there is anything.
fn dynamic(asm: &Asm, width: Width, from: u32) -> Vec<Section> {
    let (mut relocations, mut symbols) = (Vec::new(), vec![0; width.symbol_bytes() as usize]);
    for (part, offset, to, is_symbolic) in &asm.relative {
        width.word(&mut relocations, part.address() + offset);
        if !is_symbolic {
            width.word(&mut relocations, 3);
            width.word(&mut relocations, asm.address_of(*to));
            continue;
        }
        // Two bytes short of where the pointer leads.
        let (section, value) = match to {
            To::Nowhere => (0, 0),
            To::At(part, offset) => (number(*part), part.address() + offset - 2),
            to => (number(Part::Text), asm.address_of(*to) - 2),
        };
        let symbol = symbols.len() as u64 / width.symbol_bytes();
        let (kind, shift) = width.pick((2, 32), (1, 8));
        width.word(&mut relocations, kind | symbol << shift);
        width.word(&mut relocations, 2);
        width.symbol(&mut symbols, 0, GLOBAL, section, value, 0);
    }
    if relocations.is_empty() {
        return Vec::new();
    }
    [
        (".rela.dyn", RELOCATIONS, relocations, from + 2, width.relocation_bytes()),
        (".dynsym", DYNAMIC_SYMBOLS, symbols, from, width.symbol_bytes()),
    ]
    .map(|(name, kind, bytes, link, entry)| {
        let (name, flags, address) = (name.into(), ALLOCATE, 0x100);
        Section { name, kind, flags, address, bytes, link, entry, ..Section::default() }
    })
    .into()
}

/// Header, sections, the names of sections, and the table of them.
fn file(width: Width, mut sections: Vec<Section>) -> Vec<u8> {
    let mut names = vec![0];
    let mut offsets_of_names = Vec::new();
    for name in sections.iter().map(|section| section.name.as_str()).chain([".shstrtab"]) {
        offsets_of_names.push(names.len() as u32);
        names.extend_from_slice(name.as_bytes());
        names.push(0);
    }
    sections.push(Section { kind: STRINGS, bytes: names, ..Section::default() });

    let header_bytes = width.pick(64, 52);
    let mut body: Vec<u8> = Vec::new();
    let mut offsets = Vec::new();
    for section in &sections {
        body.resize(body.len().next_multiple_of(8), 0);
        offsets.push(header_bytes + body.len() as u64);
        body.extend_from_slice(&section.bytes);
    }
    body.resize(body.len().next_multiple_of(8), 0);

    let mut out = vec![0x7f, b'E', b'L', b'F', width.pick(2, 1), 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    // An executable for RISC-V.
    out.extend_from_slice(&2_u16.to_le_bytes());
    out.extend_from_slice(&243_u16.to_le_bytes());
    out.extend_from_slice(&1_u32.to_le_bytes());
    width.word(&mut out, 0);
    width.word(&mut out, 0);
    width.word(&mut out, header_bytes + body.len() as u64);
    out.extend_from_slice(&1_u32.to_le_bytes());
    let section_bytes = width.pick(64, 40);
    let count = sections.len() as u16;
    for half in [header_bytes as u16, 0, 0, section_bytes, count + 1, count] {
        out.extend_from_slice(&half.to_le_bytes());
    }
    assert_eq!(out.len() as u64, header_bytes);
    out.extend_from_slice(&body);
    out.resize(out.len() + usize::from(section_bytes), 0);
    for ((section, offset), name) in sections.iter().zip(offsets).zip(offsets_of_names) {
        out.extend_from_slice(&name.to_le_bytes());
        out.extend_from_slice(&section.kind.to_le_bytes());
        width.word(&mut out, section.flags);
        width.word(&mut out, section.address);
        width.word(&mut out, offset);
        width.word(&mut out, section.size.unwrap_or(section.bytes.len() as u64));
        out.extend_from_slice(&section.link.to_le_bytes());
        out.extend_from_slice(&section.info.to_le_bytes());
        width.word(&mut out, 8);
        width.word(&mut out, section.entry);
    }
    out
}
