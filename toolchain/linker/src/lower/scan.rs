// SPDX-License-Identifier: Apache-2.0
//! Walks a section of code from start to end and says what each instruction is, with its relocations applied.

use super::{
    pairs::{self, Half, Pair},
    pools::Pools,
    relocate::{self, Relocations},
};
use crate::{
    elf::{Elf, Location, Section, SectionIndex, Xlen},
    error::{LinkError, Result},
    ir::{Bin, W},
    riscv::{self, Access, BranchKind, Rv, Undecodable, X},
};
use std::collections::BTreeSet;

/// An instruction, or two that belong together.
pub(super) struct Item {
    /// Byte in the section.
    pub(super) offset: u64,
    /// Length in bytes.
    pub(super) len: u64,
    pub(super) kind: ItemKind,
}

/// How much of an address an instruction deals with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    /// All of it: the register holds the whole address, nothing is left to add.
    Whole,
    /// What `lui` loads.
    High,
    /// What is added to that.
    Low,
}

/// What an item is.
pub(super) enum ItemKind {
    /// What it says.
    Plain(Rv),
    /// `rd = address`.
    Address {
        rd: X,
        target: Location,
        part: Part,
    },
    /// `rd = rs1 + low part of the address`.
    AddLow {
        rd: X,
        rs1: X,
        target: Location,
    },
    /// Loads from `rs1` and the part of the address.
    LoadLow {
        access: Access,
        rd: X,
        rs1: X,
        target: Location,
        part: Part,
    },
    StoreLow {
        access: Access,
        rs2: X,
        rs1: X,
        target: Location,
        part: Part,
    },
    Jump {
        target: Location,
    },
    Call {
        rd: X,
        target: Location,
    },
    Branch {
        kind: BranchKind,
        rs1: X,
        rs2: X,
        target: Location,
    },
    /// Calls the import with the record at this place.
    HostCall {
        record: Location,
    },
    /// Cannot be linked, which matters only if it can be reached.
    Bad(LinkError),
}

/// A section of code.
pub(super) struct Code {
    pub(super) section: SectionIndex,
    /// In bytes.
    pub(super) size: u64,
    pub(super) items: Vec<Item>,
    /// Places of code that instructions, which are bad for that reason, read as if they were data.
    pub(super) reads: Vec<Location>,
}

impl Code {
    /// Calls `f` with each place that must start a block, but for those that data and exports refer to.
    pub(super) fn for_each_target(&self, mut f: impl FnMut(Location)) {
        let here = |offset: u64| Location { section: self.section, offset: offset as i64 };
        for item in &self.items {
            let next = here(item.offset + item.len);
            match item.kind {
                ItemKind::Address { target, .. }
                | ItemKind::AddLow { target, .. }
                | ItemKind::LoadLow { target, .. }
                | ItemKind::StoreLow { target, .. }
                | ItemKind::Jump { target } => f(target),
                ItemKind::Call { target, .. } | ItemKind::Branch { target, .. } => {
                    f(target);
                    f(next);
                }
                ItemKind::Plain(Rv::Jalr { rd, .. }) if rd != 0 => f(next),
                ItemKind::Plain(_) | ItemKind::HostCall { .. } | ItemKind::Bad(_) => {}
            }
        }
    }
}

/// Largest section of code in bytes; blobs hold half of that.
const CODE_BYTES_MAX: u64 = 64 << 20;

const NO_RELOCATIONS: &str =
    "keep the relocations when linking: pass --emit-relocs to the compiler's linker, or -r";

/// Reads a section.
pub(super) fn scan(elf: &Elf<'_>, pools: &Pools, index: SectionIndex, section: &Section<'_>) -> Result<Code> {
    let fail = |what: String| Err(LinkError::new(what).at(&section.name, 0));
    let size = section.data.len() as u64;
    if !size.is_multiple_of(2) || section.size != size {
        return fail(format!("the section of code has {} bytes, {size} of them in the file: not a whole number of instructions",section.size));
    }
    if size > CODE_BYTES_MAX {
        return fail(format!("the section of code has {size} bytes, at most {CODE_BYTES_MAX} can be linked"));
    }
    let relocations = Relocations::read(elf, pools, index, section);
    let mut scanner = Scanner {
        elf,
        pools,
        index,
        section,
        relocations,
        // Half of all instructions take two bytes, about.
        items: Vec::with_capacity(section.data.len() / 3),
        reads: Vec::new(),
        has_thread_locals: elf.has_thread_locals(),
        halves: Vec::new(),
    };
    scanner.run();
    scanner.join();
    let (mut items, reads) = (scanner.items, scanner.reads);
    if let Some(left) = scanner.relocations.unused() {
        let error = LinkError::new(format!(
            "{} is not at the start of an instruction",
            crate::elf::rel::name(left.kind)
        ))
        .at(&section.name, left.offset);
        // The instruction around it is the one that would be wrong.
        let around = items.partition_point(|item| item.offset <= left.offset);
        if let Some(item) = around.checked_sub(1).and_then(|around| items.get_mut(around)) {
            item.kind = ItemKind::Bad(error);
        }
    }
    Ok(Code { section: index, size, items, reads })
}

fn without_relocation() -> LinkError {
    LinkError::new("`auipc` has no relocation, so that nobody knows the address that it is for")
        .hint(NO_RELOCATIONS)
}

struct Scanner<'s, 'a> {
    elf: &'s Elf<'a>,
    pools: &'s Pools,
    index: SectionIndex,
    section: &'s Section<'a>,
    relocations: Relocations,
    items: Vec<Item>,
    reads: Vec<Location>,
    has_thread_locals: bool,
    /// Parts of addresses, the rest of which is to be found.
    halves: Vec<Half>,
}

impl Scanner<'_, '_> {
    fn run(&mut self) {
        let mut offset = 0;
        let mut starts = self.pools.starts(self.index).iter().copied().peekable();
        while offset < self.section.data.len() as u64 {
            while starts.next_if(|start| *start <= offset).is_some() {}
            let (mut len, mut kind) = self.item(offset);
            // Data between code ends anywhere: what looks like the start of an instruction may reach into the first one.
            if let Some(next) = starts.peek().copied().filter(|next| offset + len > *next) {
                len = next - offset;
                kind = ItemKind::Bad(
                    LinkError::new(
                        "an instruction reaches over the start of a function, or of code after data",
                    )
                    .at(&self.section.name, offset)
                    .hint("data between instructions must not be reached by the control flow"),
                );
                (offset..next).for_each(|offset| self.relocations.skip(offset));
            }
            self.items.push(Item { offset, len, kind });
            offset += len;
        }
    }

    /// Finds the instructions that belong to each `auipc` without a relocation, and makes whole addresses of them.
    fn join(&mut self) {
        let add = Bin::Add(W::native(self.elf.xlen));
        let mut joined = BTreeSet::new();
        let mut steps = pairs::steps(self.items.len());
        for half in std::mem::take(&mut self.halves) {
            let Item { offset, kind: ItemKind::Plain(_), .. } = self.items[half.item] else { continue };
            let is_inside =
                |target: i64| u64::try_from(target).is_ok_and(|target| target < self.section.size);
            let pair = half.partners(&self.items, add, &mut steps).filter(|pair| is_inside(pair.target));
            let pair = pair.filter(|pair| joined.is_disjoint(&pair.partners));
            let bad = |error: LinkError| ItemKind::Bad(error.at(&self.section.name, offset));
            let kind = match pair {
                None => bad(without_relocation()),
                Some(Pair { partners, target }) => {
                    let target = self.location(target as u64);
                    let loads = partners.iter().any(|partner| self.items[*partner].is_load());
                    if loads && self.pools.at(target).is_none() {
                        self.reads.push(target);
                        bad(relocate::code_as_data())
                    } else {
                        partners.iter().for_each(|partner| self.items[*partner].join(target));
                        joined.extend(partners);
                        ItemKind::Address { rd: half.rd, target, part: Part::Whole }
                    }
                }
            };
            self.items[half.item].kind = kind;
        }
    }

    fn decode(&self, offset: u64) -> (Result<Rv, Undecodable>, u64) {
        riscv::decode(self.section.data.get(offset as usize..).unwrap_or_default(), self.elf.xlen)
    }

    fn location(&self, offset: u64) -> Location {
        Location { section: self.index, offset: offset as i64 }
    }

    fn item(&mut self, offset: u64) -> (u64, ItemKind) {
        let (decoded, len) = self.decode(offset);
        let fail = |error: LinkError| ItemKind::Bad(error.at(&self.section.name, offset));
        let inst = match decoded {
            Ok(inst) => inst,
            Err(problem) => {
                let bytes = self.section.data.get(offset as usize..).unwrap_or_default();
                let word: String =
                    bytes.iter().take(len as usize).rev().map(|byte| format!("{byte:02x}")).collect();
                let error = LinkError::new(format!("the instruction 0x{word} {}", problem.what()))
                    .hint(problem.hint());
                self.relocations.skip(offset);
                return (len, fail(error));
            }
        };
        if inst == Rv::HostCall {
            return self.host_call(offset);
        }
        if let Some(relocation) = self.relocations.take(offset) {
            let next = self.decode(offset + len);
            let context = relocate::Context {
                elf: self.elf,
                pools: self.pools,
                relocations: &self.relocations,
                section: self.index,
                offset,
                len,
            };
            return match context.apply(&relocation, inst, next) {
                Ok((len, kind)) => (len, kind),
                Err(error) => {
                    // One message for an instruction is enough.
                    self.relocations.skip(offset);
                    let symbol = self.elf.symbol_name(&relocation);
                    let error = error.symbol(symbol).at(&self.section.name, offset);
                    self.reads.extend(context.reads(&relocation, inst));
                    (len, ItemKind::Bad(error))
                }
            };
        }
        self.unrelocated(offset, len, inst)
    }

    /// A call of an import: the instruction, and a pointer to the import's record.
    fn host_call(&mut self, offset: u64) -> (u64, ItemKind) {
        let pointer_bytes = self.elf.xlen.bytes();
        let at = offset + 4;
        let bad = |what: &str| {
            let error = LinkError::new(what).at(&self.section.name, offset);
            ItemKind::Bad(error.hint("declare imports with the macros of the guest library"))
        };
        if at + pointer_bytes > self.section.data.len() as u64 {
            return (4, bad("the pointer behind the host call reaches out of the section"));
        }
        let kind = match self.relocations.take_pointer(at, self.elf.xlen) {
            Some(relocation) => match self.elf.place(&relocation) {
                Ok(record) => ItemKind::HostCall { record },
                Err(error) => ItemKind::Bad(error.at(&self.section.name, at)),
            },
            None => bad(
                "the pointer behind the host call has no relocation that says where the import's record is",
            ),
        };
        (4 + pointer_bytes, kind)
    }

    /// An instruction without relocation. Jumps within a section need none, unless a linker may move code.
    fn unrelocated(&mut self, offset: u64, len: u64, inst: Rv) -> (u64, ItemKind) {
        let section = self.section;
        let here = self.location(offset);
        let bad = |error: LinkError| ItemKind::Bad(error.at(&section.name, offset));
        let relative = |by: i64| {
            let target = here.offset.wrapping_add(by);
            match u64::try_from(target).is_ok_and(|target| target < section.size) {
                true => Ok(Location { section: here.section, offset: target }),
                false => Err(LinkError::new(format!("the instruction refers to a place {by} bytes away, which is outside of its section, without a relocation")).hint(NO_RELOCATIONS)),
            }
        };
        let kind = match inst {
            Rv::Jal { rd, offset: by } => match relative(i64::from(by)) {
                Ok(target) if rd == 0 => ItemKind::Jump { target },
                Ok(target) => ItemKind::Call { rd, target },
                Err(error) => bad(error),
            },
            Rv::Branch { kind, rs1, rs2, offset: by } => match relative(i64::from(by)) {
                Ok(target) => ItemKind::Branch { kind, rs1, rs2, target },
                Err(error) => bad(error),
            },
            Rv::Auipc { rd, imm } => {
                let (next, next_len) = self.decode(offset + len);
                let is_free = rd != 0 && self.relocations.peek(offset + len).is_none();
                // A call that stays within the section says itself where it leads; nobody reads the register again.
                if let Ok(Rv::Jalr { rd: link, rs1, offset: low }) = next {
                    if rs1 == rd && is_free && [0, rd].contains(&link) {
                        let kind = match relative(i64::from(imm) + i64::from(low)) {
                            Ok(target) if link == 0 => ItemKind::Jump { target },
                            Ok(target) => ItemKind::Call { rd: link, target },
                            Err(error) => bad(error),
                        };
                        return (len + next_len, kind);
                    }
                }
                // Others follow when all instructions are known.
                if is_free {
                    let (section, item) = (self.index, self.items.len());
                    self.halves.push(Half { section, item, rd, offset: here.offset + i64::from(imm) });
                    return (len, ItemKind::Plain(inst));
                }
                bad(without_relocation())
            }
            // The offset of a variable from the thread's pointer, which the code has loaded, is its address.
            Rv::Op { op, rd, rs1: other, rs2: relocate::TP }
            | Rv::Op { op, rd, rs1: relocate::TP, rs2: other }
                if op == Bin::Add(W::native(self.elf.xlen)) && self.has_thread_locals =>
            {
                ItemKind::Plain(Rv::OpImm { op, rd, rs1: other, imm: 0 })
            }
            Rv::Load { rs1: 0, rd: 0, offset: 0, .. } => ItemKind::Plain(Rv::Trap),
            Rv::Store { rs1: 0, rs2: 0, offset: 0, .. } => ItemKind::Plain(Rv::Trap),
            // Compilers make these of null pointers on ways that nobody takes. Nothing is in memory there.
            Rv::Load { rs1: 0, .. } | Rv::Store { rs1: 0, .. } if !self.relocations.is_at(offset) => {
                ItemKind::Plain(Rv::Trap)
            }
            Rv::Load { rs1: 0, offset: by, .. } | Rv::Store { rs1: 0, offset: by, .. } => {
                bad(LinkError::new(format!(
                    "the instruction accesses the fixed address {by}, and its relocation does not say which one it was"
                ))
                .hint(NO_RELOCATIONS))
            }
            inst => ItemKind::Plain(inst),
        };
        (len, kind)
    }
}

/// Whether the width of registers makes an absolute pointer of this relocation.
pub(super) fn is_pointer(kind: u32, xlen: Xlen) -> bool {
    use crate::elf::rel;
    kind == rel::PCREL_HI20 || kind == if xlen.is_64() { rel::ABS64 } else { rel::ABS32 }
}
