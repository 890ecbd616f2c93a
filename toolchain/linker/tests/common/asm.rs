// SPDX-License-Identifier: Apache-2.0
//! An assembler for RISC-V that writes ELF files as a linker with `--emit-relocs` leaves them: every address is filled
//! in, and every relocation is still there.

#[path = "asm/elf.rs"]
mod elf;

/// A section of the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    Text,
    RoData,
    Data,
    Bss,
    Metadata,
    Exports,
}

pub(crate) const PARTS: [Part; 6] =
    [Part::Text, Part::RoData, Part::Data, Part::Bss, Part::Metadata, Part::Exports];

impl Part {
    pub(crate) fn address(self) -> u64 {
        match self {
            Self::Text => 0x1_0000,
            Self::RoData => 0x20_0000,
            Self::Data => 0x30_0000,
            Self::Bss => 0x40_0000,
            Self::Metadata | Self::Exports => 0,
        }
    }

    fn index(self) -> usize {
        self as usize
    }

    fn name(self) -> &'static str {
        match self {
            Self::Text => ".text",
            Self::RoData => ".rodata",
            Self::Data => ".data",
            Self::Bss => ".bss",
            Self::Metadata => ".polkavm_metadata",
            Self::Exports => ".polkavm_exports",
        }
    }
}

/// A place: a label of the text, or a byte of another section.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum To {
    Label(usize),
    At(Part, u64),
    /// A weak symbol that nothing defines.
    Nowhere,
    /// A number, by the null symbol.
    Number(u64),
    /// A byte of a common symbol, which has no section yet, and so no address that the file could have.
    Common(u64),
    /// A function that is chosen at run time.
    Indirect,
    /// So many bytes behind the name with this number in the text.
    Named(usize, u64),
}

/// Size of the common symbol and how it is aligned, in bytes.
pub(crate) const COMMON: (u64, u64) = (48, 32);

#[derive(Clone, Copy)]
struct Patch {
    offset: usize,
    kind: u32,
    to: To,
    /// Whether the file keeps the relocation.
    kept: bool,
}

/// A symbol of the text.
#[derive(Clone, Copy)]
struct Mark {
    offset: u64,
    name: &'static str,
    kind: u8,
    size: u64,
}

struct DataReloc {
    part: Part,
    offset: usize,
    kind: u32,
    to: To,
}

/// A program being written.
pub(crate) struct Asm {
    pub(crate) is_64: bool,
    pub(crate) text: Vec<u8>,
    pub(crate) data: [Vec<u8>; 6],
    pub(crate) bss_size: u64,
    labels: Vec<Option<u64>>,
    patches: Vec<Patch>,
    data_relocs: Vec<DataReloc>,
    text_relocs: Vec<(u64, u32, To)>,
    pub(crate) exports: Vec<(String, usize)>,
    /// Names of bytes of the text, with the types of their symbols: what assemblers leave where data starts (`$d`) and
    /// where instructions do (`$x`), and functions.
    marks: Vec<Mark>,
    /// Pointers that only the dynamic linker is told about, and whether by a symbol.
    relative: Vec<(Part, u64, To, bool)>,
    /// Where in the data `gp` would point, if the file says so.
    pub(crate) global_pointer: Option<u64>,
    /// Whether the file has relocations, but for those of the dynamic linker.
    pub(crate) keeps_relocations: bool,
    /// Further sections of read-only data, by name, that nothing in the program refers to.
    pub(crate) notes: Vec<(&'static str, Vec<u8>)>,
}

pub(crate) const R_32: u32 = 1;
pub(crate) const R_64: u32 = 2;
pub(crate) const R_BRANCH: u32 = 16;
pub(crate) const R_JAL: u32 = 17;
pub(crate) const R_CALL_PLT: u32 = 19;
pub(crate) const R_PCREL_HI20: u32 = 23;
pub(crate) const R_PCREL_LO12_I: u32 = 24;
pub(crate) const R_PCREL_LO12_S: u32 = 25;
pub(crate) const R_HI20: u32 = 26;
pub(crate) const R_LO12_I: u32 = 27;
pub(crate) const R_LO12_S: u32 = 28;
pub(crate) const R_ADD32: u32 = 35;
pub(crate) const R_SUB32: u32 = 39;
pub(crate) const R_PLT32: u32 = 59;
pub(crate) const R_RVC_BRANCH: u32 = 44;
pub(crate) const R_RVC_JUMP: u32 = 45;
/// Type of symbols of functions.
const STT_FUNC: u8 = 2;
/// Not a relocation: the pair `auipc`, `jalr` or `addi` that stays in the section.
const PAIR: u32 = 1000;

pub(crate) fn r_type(opcode: u32, funct3: u32, funct7: u32, rd: u32, rs1: u32, rs2: u32) -> u32 {
    funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode
}

pub(crate) fn i_type(opcode: u32, funct3: u32, rd: u32, rs1: u32, imm: i32) -> u32 {
    ((imm as u32) & 0xfff) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode
}

pub(crate) fn s_type(opcode: u32, funct3: u32, rs1: u32, rs2: u32, imm: i32) -> u32 {
    let imm = imm as u32;
    (imm >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | (imm & 0x1f) << 7 | opcode
}

fn b_imm(offset: i64) -> u32 {
    let imm = offset as u32;
    (imm >> 12 & 1) << 31 | (imm >> 5 & 0x3f) << 25 | (imm >> 1 & 0xf) << 8 | (imm >> 11 & 1) << 7
}

fn j_imm(offset: i64) -> u32 {
    let imm = offset as u32;
    (imm >> 20 & 1) << 31 | (imm >> 1 & 0x3ff) << 21 | (imm >> 11 & 1) << 20 | (imm >> 12 & 0xff) << 12
}

impl Asm {
    pub(crate) fn new(is_64: bool) -> Self {
        Self {
            is_64,
            text: Vec::new(),
            data: Default::default(),
            bss_size: 0,
            labels: Vec::new(),
            patches: Vec::new(),
            data_relocs: Vec::new(),
            text_relocs: Vec::new(),
            exports: Vec::new(),
            marks: Vec::new(),
            relative: Vec::new(),
            global_pointer: None,
            keeps_relocations: true,
            notes: Vec::new(),
        }
    }

    pub(crate) fn here(&self) -> u64 {
        self.text.len() as u64
    }

    pub(crate) fn word(&mut self, word: u32) {
        self.text.extend_from_slice(&word.to_le_bytes());
    }

    pub(crate) fn half(&mut self, half: u32) {
        self.text.extend_from_slice(&(half as u16).to_le_bytes());
    }

    pub(crate) fn label(&mut self) -> usize {
        self.labels.push(None);
        self.labels.len() - 1
    }

    pub(crate) fn bind(&mut self, label: usize) {
        self.labels[label] = Some(self.here());
    }

    pub(crate) fn label_here(&mut self) -> usize {
        let label = self.label();
        self.bind(label);
        label
    }

    fn patch(&mut self, kind: u32, to: To, kept: bool) {
        self.patches.push(Patch { offset: self.text.len(), kind, to, kept });
    }

    pub(crate) fn branch(&mut self, funct3: u32, rs1: u32, rs2: u32, to: usize, kept: bool) {
        self.patch(R_BRANCH, To::Label(to), kept);
        self.word(rs2 << 20 | rs1 << 15 | funct3 << 12 | 0x63);
    }

    pub(crate) fn jal(&mut self, rd: u32, to: usize, kept: bool) {
        self.patch(R_JAL, To::Label(to), kept);
        self.word(rd << 7 | 0x6f);
    }

    /// `auipc` and `jalr`, with a relocation.
    pub(crate) fn call(&mut self, rd: u32, scratch: u32, to: usize) {
        self.patch(R_CALL_PLT, To::Label(to), true);
        self.word(scratch << 7 | 0x17);
        self.word(i_type(0x67, 0, rd, scratch, 0));
    }

    /// `auipc` and `jalr`, without a relocation.
    pub(crate) fn call_unrelocated(&mut self, rd: u32, scratch: u32, to: usize) {
        self.patch(PAIR, To::Label(to), false);
        self.word(scratch << 7 | 0x17);
        self.word(i_type(0x67, 0, rd, scratch, 0));
    }

    /// `auipc`; returns what the instructions for the low bits name.
    pub(crate) fn auipc(&mut self, rd: u32, to: To) -> usize {
        let label = self.label_here();
        self.patch(R_PCREL_HI20, to, true);
        self.word(rd << 7 | 0x17);
        label
    }

    /// An instruction with the low bits of the `auipc` at a label.
    pub(crate) fn pcrel_low(&mut self, word: u32, high: usize) {
        let kind = if word & 0x7f == 0x23 { R_PCREL_LO12_S } else { R_PCREL_LO12_I };
        self.patch(kind, To::Label(high), true);
        self.word(word);
    }

    /// `auipc` for a label, without a relocation.
    pub(crate) fn auipc_unrelocated(&mut self, rd: u32, to: usize) -> usize {
        let label = self.label_here();
        self.patch(R_PCREL_HI20, To::Label(to), false);
        self.word(rd << 7 | 0x17);
        label
    }

    /// An instruction with the low bits of such an `auipc`.
    pub(crate) fn low_unrelocated(&mut self, word: u32, high: usize) {
        self.patch(R_PCREL_LO12_I, To::Label(high), false);
        self.word(word);
    }

    pub(crate) fn lui(&mut self, rd: u32, to: To) {
        self.patch(R_HI20, to, true);
        self.word(rd << 7 | 0x37);
    }

    /// An instruction with the low bits of an absolute address.
    pub(crate) fn absolute_low(&mut self, word: u32, to: To) {
        let kind = if word & 0x7f == 0x23 { R_LO12_S } else { R_LO12_I };
        self.patch(kind, to, true);
        self.word(word);
    }

    /// The whole address in a register.
    pub(crate) fn la(&mut self, rd: u32, to: To) {
        let high = self.auipc(rd, to);
        self.pcrel_low(i_type(0x13, 0, rd, rd, 0), high);
    }

    pub(crate) fn ret(&mut self) {
        self.word(i_type(0x67, 0, 0, 1, 0));
    }

    /// Any number, in the usual way.
    pub(crate) fn li(&mut self, rd: u32, value: i32) {
        if (-2048..2048).contains(&value) {
            self.word(i_type(0x13, 0, rd, 0, value));
            return;
        }
        let high = value.wrapping_add(0x800) as u32 & 0xffff_f000;
        self.word(high | rd << 7 | 0x37);
        let low = value.wrapping_sub(high as i32);
        if low != 0 {
            self.word(i_type(if self.is_64 { 0x1b } else { 0x13 }, 0, rd, rd, low));
        }
    }

    pub(crate) fn pointer_bytes(&self) -> usize {
        if self.is_64 {
            8
        } else {
            4
        }
    }

    /// Appends a pointer to a section.
    pub(crate) fn pointer(&mut self, part: Part, to: To) {
        let (offset, bytes) = (self.data[part.index()].len(), self.pointer_bytes());
        let kind = if self.is_64 { R_64 } else { R_32 };
        self.data_relocs.push(DataReloc { part, offset, kind, to });
        self.data[part.index()].extend(std::iter::repeat_n(0, bytes));
    }

    /// Appends a pointer to a section, as position-independent files have them.
    pub(crate) fn relative_pointer(&mut self, part: Part, to: To) {
        let (at, bytes) = (self.data[part.index()].len() as u64, self.pointer_bytes());
        self.relative.push((part, at, to, false));
        self.data[part.index()].extend(std::iter::repeat_n(0, bytes));
    }

    /// Appends a pointer to a symbol that another file could define, as shared objects have them.
    pub(crate) fn symbolic_pointer(&mut self, part: Part, to: To) {
        self.relative_pointer(part, to);
        self.relative.last_mut().expect("just added").3 = true;
    }

    /// Says what comes next in the text.
    pub(crate) fn mark(&mut self, name: &'static str) {
        self.name(name, 0, 0);
    }

    /// Says that a function starts here.
    pub(crate) fn function(&mut self, name: &'static str) {
        self.sized_function(name, 0);
    }

    /// Says that a function of so many bytes starts here. Gives the number of the name.
    pub(crate) fn sized_function(&mut self, name: &'static str, size: u64) -> usize {
        self.name(name, STT_FUNC, size)
    }

    fn name(&mut self, name: &'static str, kind: u8, size: u64) -> usize {
        self.marks.push(Mark { offset: self.here(), name, kind, size });
        self.marks.len() - 1
    }

    /// Appends the distance from a place of the read-only data to a function that has a name: an entry of a table of functions,
    /// which compilers write with how far the entry is from the table's start.
    pub(crate) fn function_entry(&mut self, table: u64, name: usize) {
        let (part, offset) = (Part::RoData, self.data[Part::RoData.index()].len());
        let addend = (offset as u64).wrapping_sub(table);
        self.data[part.index()].extend([0; 4]);
        self.data_relocs.push(DataReloc { part, offset, kind: R_PLT32, to: To::Named(name, addend) });
    }

    /// How far labels are from another one, as numbers that no relocation is for.
    pub(crate) fn folded(&self, labels: &[usize], from: usize) -> Vec<u32> {
        let at = |label: usize| self.labels[label].expect("the label is bound") as u32;
        labels.iter().map(|label| at(*label).wrapping_sub(at(from))).collect()
    }

    /// Appends the distance from a place of the read-only data to a label: an entry of a jump table.
    pub(crate) fn table_entry(&mut self, table: u64, to: To) {
        self.difference(to, To::At(Part::RoData, table));
    }

    /// Appends the distance from one place to another to the read-only data.
    pub(crate) fn difference(&mut self, to: To, from: To) {
        let offset = self.data[Part::RoData.index()].len();
        self.data[Part::RoData.index()].extend([0; 4]);
        self.difference_at(offset, to, from);
    }

    /// Has a word of the read-only data be the distance from one place to another.
    pub(crate) fn difference_at(&mut self, offset: usize, to: To, from: To) {
        let part = Part::RoData;
        self.data_relocs.push(DataReloc { part, offset, kind: R_ADD32, to });
        self.data_relocs.push(DataReloc { part, offset, kind: R_SUB32, to: from });
    }

    /// A relocation of any type on what comes next in the text; the bytes stay as they are.
    pub(crate) fn text_relocation(&mut self, kind: u32, to: To) {
        self.text_relocs.push((self.here(), kind, to));
    }

    pub(crate) fn export(&mut self, name: &str, label: usize) {
        self.exports.push((name.into(), label));
    }

    /// Exports functions that say where the data is, and keep it in the program.
    pub(crate) fn export_sections(&mut self) {
        for (name, part) in [("data", Part::Data), ("bss", Part::Bss)] {
            let label = self.label_here();
            self.la(10, To::At(part, 0));
            self.ret();
            self.export(name, label);
        }
    }

    /// The record of an import or export that takes nothing and returns nothing.
    pub(crate) fn record(&mut self, name: &str) -> To {
        let metadata = &mut self.data[Part::Metadata.index()];
        let name_at = metadata.len() as u64;
        metadata.extend_from_slice(name.as_bytes());
        let record_at = metadata.len() as u64;
        metadata.extend_from_slice(&[1, 0, 0, 0, 0]);
        metadata.extend_from_slice(&(name.len() as u32).to_le_bytes());
        self.pointer(Part::Metadata, To::At(Part::Metadata, name_at));
        self.data[Part::Metadata.index()].extend([0, 0]);
        To::At(Part::Metadata, record_at)
    }

    fn write_exports(&mut self) {
        for (name, label) in std::mem::take(&mut self.exports) {
            let record = self.record(&name);
            self.data[Part::Exports.index()].push(1);
            self.pointer(Part::Exports, record);
            self.pointer(Part::Exports, To::Label(label));
            self.exports.push((name, label));
        }
        self.exports.sort();
    }

    pub(crate) fn address_of(&self, to: To) -> u64 {
        match to {
            To::Label(label) => Part::Text.address() + self.labels[label].expect("the label is bound"),
            To::At(part, offset) => part.address() + offset,
            To::Number(value) => value,
            To::Named(name, offset) => Part::Text.address() + self.marks[name].offset + offset,
            To::Nowhere | To::Common(_) | To::Indirect => 0,
        }
    }

    fn set(&mut self, offset: usize, bits: u32) {
        let old = u32::from_le_bytes(self.text[offset..offset + 4].try_into().expect("four bytes"));
        self.text[offset..offset + 4].copy_from_slice(&(old | bits).to_le_bytes());
    }

    /// Fills in all addresses and writes the file.
    pub(crate) fn finish(&mut self) -> Vec<u8> {
        self.write_exports();
        self.data[Part::Text.index()].clear();
        let mut relocs: Vec<(Part, u64, u32, To)> = Vec::new();
        // Distance per `auipc`, for its partners.
        let mut distances = std::collections::HashMap::new();
        for patch in self.patches.clone() {
            let place = Part::Text.address() + patch.offset as u64;
            let target = self.address_of(patch.to);
            let distance = target.wrapping_sub(place) as i64;
            let split = |value: i64| ((value + 0x800) as u32 & 0xffff_f000, value as u32 & 0xfff);
            match patch.kind {
                R_BRANCH => self.set(patch.offset, b_imm(distance)),
                R_JAL => self.set(patch.offset, j_imm(distance)),
                R_CALL_PLT | PAIR => {
                    let (high, low) = split(distance);
                    self.set(patch.offset, high);
                    self.set(patch.offset + 4, low << 20);
                }
                R_PCREL_HI20 => {
                    self.set(patch.offset, split(distance).0);
                    distances.insert(place, distance);
                }
                R_PCREL_LO12_I => self.set(patch.offset, split(distances[&target]).1 << 20),
                R_PCREL_LO12_S => {
                    self.set(patch.offset, s_type(0, 0, 0, 0, split(distances[&target]).1 as i32))
                }
                R_HI20 => self.set(patch.offset, split(target as i64).0),
                R_LO12_I => self.set(patch.offset, split(target as i64).1 << 20),
                R_LO12_S => self.set(patch.offset, s_type(0, 0, 0, 0, split(target as i64).1 as i32)),
                kind => panic!("{kind}"),
            }
            if patch.kept {
                relocs.push((Part::Text, patch.offset as u64, patch.kind, patch.to));
            }
        }
        relocs.extend(self.text_relocs.iter().map(|(offset, kind, to)| (Part::Text, *offset, *kind, *to)));
        for reloc in std::mem::take(&mut self.data_relocs) {
            let target = self.address_of(reloc.to);
            let bytes = match reloc.kind {
                R_64 => 8,
                _ => 4,
            };
            let at = reloc.offset..reloc.offset + bytes;
            let data = &mut self.data[reloc.part.index()][at];
            let mut old = [0; 8];
            old[..bytes].copy_from_slice(data);
            let old = u64::from_le_bytes(old);
            let value = match reloc.kind {
                R_SUB32 => old.wrapping_sub(target),
                R_PLT32 => target.wrapping_sub(reloc.part.address() + reloc.offset as u64),
                _ => old.wrapping_add(target),
            };
            data.copy_from_slice(&value.to_le_bytes()[..bytes]);
            relocs.push((reloc.part, reloc.offset as u64, reloc.kind, reloc.to));
        }
        if !self.keeps_relocations {
            relocs.clear();
        }
        for (part, offset, to, _) in self.relative.clone() {
            let value = self.address_of(to).to_le_bytes();
            let bytes = self.pointer_bytes();
            self.data[part.index()][offset as usize..][..bytes].copy_from_slice(&value[..bytes]);
        }
        elf::write(self, &relocs)
    }
}
