// SPDX-License-Identifier: Apache-2.0
//! Relocations of instructions: what an instruction means once its address bits are replaced.
//!
//! `auipc` with its relocation gives the whole address to its register, and the instruction that would add the low bits
//! adds nothing. So it does not matter how the value gets from one to the other, or what is added between. `lui` cannot
//! do the same, because its partner does not say which `lui` it belongs to: it loads the high part of the new address.

use super::{
    pools::Pools,
    scan::{self, ItemKind, Part},
};
use crate::hash::FastMap;
use crate::{
    elf::{self, rel, Class, Elf, Location, Relocation, Section, SectionIndex, Xlen},
    error::{LinkError, Result},
    ir::{Bin, W},
    riscv::{Access, Rv, Undecodable, X},
};
use std::cell::Cell;

/// The relocations of a section of code.
pub(super) struct Relocations {
    /// In the order of their offsets.
    list: Vec<(Relocation, Cell<bool>)>,
    /// Where the last search in it ended; the next is mostly a little further on.
    last: Cell<usize>,
    /// What the `auipc` at an offset is for: the address, or a word of memory that holds it.
    high: FastMap<u64, High>,
}

#[derive(Clone, Copy)]
struct High {
    is_got: bool,
    /// What it is the address of, if that is code.
    code: Option<Location>,
    is_paired: bool,
}

impl Relocations {
    pub(super) fn read(elf: &Elf<'_>, pools: &Pools, index: SectionIndex, section: &Section<'_>) -> Self {
        let mut high = FastMap::default();
        for relocation in &section.relocations {
            if matches!(relocation.kind, rel::PCREL_HI20 | rel::GOT_HI20 | rel::TLS_GOT_HI20)
                && relocation.symbol != 0
            {
                let is_code = |to: &Location| is_code(elf, pools, *to);
                let code = elf.target(relocation).ok().filter(is_code);
                let is_got = relocation.kind != rel::PCREL_HI20;
                high.insert(relocation.offset, High { is_got, code, is_paired: false });
            }
        }
        for relocation in &section.relocations {
            if matches!(relocation.kind, rel::PCREL_LO12_I | rel::PCREL_LO12_S) {
                if let Ok(place) = elf.target(relocation) {
                    if let Some(high) =
                        high.get_mut(&(place.offset as u64)).filter(|_| place.section == index)
                    {
                        high.is_paired = true;
                    }
                }
            }
        }
        let used = |relocation: &Relocation| {
            // Words in code are data, unless a host call uses them.
            relocation.is_null() || matches!(relocation.kind, rel::ABS32 | rel::ABS64)
        };
        let list =
            section.relocations.iter().map(|relocation| (*relocation, Cell::new(used(relocation)))).collect();
        Self { list, last: Cell::new(0), high }
    }

    fn at(&self, offset: u64) -> impl Iterator<Item = &(Relocation, Cell<bool>)> {
        let is_before =
            |index: usize| self.list.get(index).is_some_and(|(relocation, _)| relocation.offset < offset);
        let mut from = self.last.get();
        if from > 0 && !is_before(from - 1) {
            from = self.list.partition_point(|(relocation, _)| relocation.offset < offset);
        }
        while is_before(from) {
            from += 1;
        }
        self.last.set(from);
        self.list.iter().skip(from).take_while(move |(relocation, _)| relocation.offset == offset)
    }

    /// Whether there is any at an offset, used or not, that says something.
    pub(super) fn is_at(&self, offset: u64) -> bool {
        self.at(offset).any(|(relocation, _)| !relocation.is_null())
    }

    /// The relocation of the instruction at an offset.
    pub(super) fn peek(&self, offset: u64) -> Option<Relocation> {
        self.at(offset).find(|(_, used)| !used.get()).map(|(relocation, _)| *relocation)
    }

    /// The relocation of the instruction at an offset, which is used by it.
    pub(super) fn take(&self, offset: u64) -> Option<Relocation> {
        let (relocation, used) = self.at(offset).find(|(_, used)| !used.get())?;
        used.set(true);
        Some(*relocation)
    }

    /// The relocation of the pointer at an offset.
    pub(super) fn take_pointer(&self, offset: u64, xlen: Xlen) -> Option<Relocation> {
        let (relocation, used) = self
            .at(offset)
            .find(|(relocation, _)| scan::is_pointer(relocation.kind, xlen) && relocation.symbol != 0)?;
        used.set(true);
        Some(*relocation)
    }

    /// Nobody will need the relocations at an offset.
    pub(super) fn skip(&self, offset: u64) {
        self.at(offset).for_each(|(_, used)| used.set(true));
    }

    /// A relocation that no instruction used.
    pub(super) fn unused(&self) -> Option<Relocation> {
        self.list.iter().find(|(_, used)| !used.get()).map(|(relocation, _)| *relocation)
    }
}

/// An instruction with a relocation.
pub(super) struct Context<'c, 'a> {
    pub(super) elf: &'c Elf<'a>,
    pub(super) pools: &'c Pools,
    pub(super) relocations: &'c Relocations,
    pub(super) section: SectionIndex,
    pub(super) offset: u64,
    pub(super) len: u64,
}

impl Context<'_, '_> {
    /// What the instruction becomes, with the length of what is used up.
    pub(super) fn apply(
        &self,
        relocation: &Relocation,
        inst: Rv,
        next: (Result<Rv, Undecodable>, u64),
    ) -> Result<(u64, ItemKind)> {
        let target = || self.elf.target(relocation);
        let wrong = || {
            let what = format!(
                "{} is on an instruction that it does not belong to: {inst:?}",
                rel::name(relocation.kind)
            );
            LinkError::new(what).hint("the file is damaged, or was changed after it was linked")
        };
        let one = |kind| Ok((self.len, kind));
        match (relocation.kind, inst) {
            (rel::BRANCH | rel::RVC_BRANCH, Rv::Branch { kind, rs1, rs2, .. }) => {
                one(ItemKind::Branch { kind, rs1, rs2, target: target()? })
            }
            (rel::JAL | rel::RVC_JUMP, Rv::Jal { rd: 0, .. }) => one(ItemKind::Jump { target: target()? }),
            (rel::JAL | rel::RVC_JUMP, Rv::Jal { rd, .. }) => one(ItemKind::Call { rd, target: target()? }),
            (rel::CALL | rel::CALL_PLT, Rv::Auipc { rd: scratch, .. }) => match next {
                // GNU ld has a call of what is weak and nowhere defined jump to the address 0.
                (Ok(Rv::Jalr { rd, rs1, .. }), next_len)
                    if [0, scratch].contains(&rs1)
                        && self.relocations.peek(self.offset + self.len).is_none() =>
                {
                    let target = target()?;
                    if rs1 == 0 && target.section != elf::NUMBERS {
                        return Err(wrong());
                    }
                    let kind =
                        if rd == 0 { ItemKind::Jump { target } } else { ItemKind::Call { rd, target } };
                    Ok((self.len + next_len, kind))
                }
                _ => Err(wrong()),
            },
            (rel::PCREL_HI20 | rel::GOT_HI20 | rel::TLS_GOT_HI20, Rv::Auipc { rd, .. }) => {
                if !self.relocations.high.get(&self.offset).is_some_and(|high| high.is_paired) {
                    return Err(LinkError::new(format!(
                        "{} has no partner that would say which instruction adds the low bits",
                        rel::name(relocation.kind)
                    ))
                    .hint("use the assembler's `la`, `lla` or `%pcrel_lo`"));
                }
                one(ItemKind::Address { rd, target: target()?, part: Part::Whole })
            }
            (rel::PCREL_LO12_I | rel::PCREL_LO12_S, _) => {
                one(self.low(target()?, inst).ok_or_else(wrong)??)
            }
            (rel::HI20 | rel::RVC_LUI, Rv::Lui { rd, .. }) => {
                let target = target()?;
                one(ItemKind::Address { rd, target, part: self.part(target, Part::High) })
            }
            (rel::LO12_I, Rv::OpImm { op, rd, rs1, .. }) if self.is_address_addition(op) => {
                let target = target()?;
                one(match self.part(target, Part::Low) {
                    // `lui` has loaded all of a code address.
                    Part::Whole => ItemKind::Plain(Rv::OpImm { op, rd, rs1, imm: 0 }),
                    _ => ItemKind::AddLow { rd, rs1, target },
                })
            }
            // A guest has one thread, whose variables are at fixed addresses: they are added to a `tp` of zero.
            (rel::TPREL_HI20, Rv::Lui { rd, .. }) => {
                one(ItemKind::Address { rd, target: self.data(target()?)?, part: Part::High })
            }
            (rel::TPREL_ADD, Rv::Op { op, rd, rs1, rs2: TP }) if self.is_address_addition(op) => {
                one(ItemKind::Plain(Rv::OpImm { op, rd, rs1, imm: 0 }))
            }
            (rel::TPREL_LO12_I, Rv::OpImm { op, rd, rs1, .. }) if self.is_address_addition(op) => {
                let target = self.data(target()?)?;
                one(match rs1 {
                    TP => ItemKind::Address { rd, target, part: Part::Whole },
                    _ => ItemKind::AddLow { rd, rs1, target },
                })
            }
            (rel::TPREL_LO12_I, Rv::Load { access, rd, rs1, .. }) => {
                let (rs1, part) = of_thread(rs1);
                one(ItemKind::LoadLow { access, rd, rs1, target: self.data(target()?)?, part })
            }
            (rel::TPREL_LO12_S, Rv::Store { access, rs2, rs1, .. }) => {
                let (rs1, part) = of_thread(rs1);
                one(ItemKind::StoreLow { access, rs2, rs1, target: self.data(target()?)?, part })
            }
            // A linker found that one instruction is enough, for the address is near to what `gp` or `tp` would hold, or
            // small. The relocation says all the same which one it is.
            (kind, Rv::OpImm { op, rd, .. }) if is_relaxed_load(kind) && self.is_address_addition(op) => {
                one(ItemKind::Address { rd, target: target()?, part: Part::Whole })
            }
            (kind, Rv::Load { access, rd, .. }) if is_relaxed_load(kind) => {
                let target = self.data(target()?)?;
                one(ItemKind::LoadLow { access, rd, rs1: 0, target, part: whole(target) })
            }
            (kind, Rv::Store { access, rs2, .. }) if is_relaxed_store(kind) => {
                let target = self.data(target()?)?;
                one(ItemKind::StoreLow { access, rs2, rs1: 0, target, part: whole(target) })
            }
            (rel::LO12_I, Rv::Jalr { rd, rs1, .. }) if self.part(target()?, Part::Low) == Part::Whole => {
                one(ItemKind::Plain(Rv::Jalr { rd, rs1, offset: 0 }))
            }
            (rel::LO12_I, Rv::Load { access, rd, rs1, .. }) => {
                one(ItemKind::LoadLow { access, rd, rs1, target: self.data(target()?)?, part: Part::Low })
            }
            (rel::LO12_S, Rv::Store { access, rs2, rs1, .. }) => {
                one(ItemKind::StoreLow { access, rs2, rs1, target: self.data(target()?)?, part: Part::Low })
            }
            (
                rel::BRANCH
                | rel::RVC_BRANCH
                | rel::JAL
                | rel::RVC_JUMP
                | rel::CALL
                | rel::CALL_PLT
                | rel::PCREL_HI20
                | rel::GOT_HI20
                | rel::HI20
                | rel::LO12_I
                | rel::LO12_S,
                _,
            ) => Err(wrong()),
            (kind, _) if rel::is_thread_local(kind) => Err(thread_local(rel::name(kind))),
            (kind, _) => {
                let error = LinkError::new(format!("{} cannot be linked on an instruction", rel::name(kind)));
                Err(error.hint(match rel::is_of_data(kind) {
                    true => "keep data out of sections of code: guests cannot read their code",
                    false => "link without relaxation to gp (-Wl,--no-relax-gp), and for the code models medlow or medany",
                }))
            }
        }
    }

    /// Addresses of code have no parts: they are small, and known last.
    fn part(&self, target: Location, part: Part) -> Part {
        match is_code(self.elf, self.pools, target) {
            true => Part::Whole,
            false => part,
        }
    }

    /// Code cannot be read or written.
    fn data(&self, target: Location) -> Result<Location> {
        match is_code(self.elf, self.pools, target) {
            true => Err(code_as_data()),
            false => Ok(target),
        }
    }

    /// The code that a load, which was refused, reads.
    pub(super) fn reads(&self, relocation: &Relocation, inst: Rv) -> Option<Location> {
        if !matches!(inst, Rv::Load { .. }) {
            return None;
        }
        let target = self.elf.target(relocation).ok()?;
        match relocation.kind {
            rel::LO12_I => Some(target).filter(|target| is_code(self.elf, self.pools, *target)),
            rel::PCREL_LO12_I if target.section == self.section => {
                self.relocations.high.get(&(target.offset as u64))?.code
            }
            _ => None,
        }
    }

    fn is_address_addition(&self, op: Bin) -> bool {
        // On 64 bits, `addiw` adds the low part of `lui` too.
        op == Bin::Add(W::native(self.elf.xlen)) || op == Bin::Add(W::W32)
    }

    /// The second of a pair with `auipc` at `high`: it adds nothing any more. `None` for the wrong instruction.
    fn low(&self, high: Location, inst: Rv) -> Option<Result<ItemKind>> {
        let found = self.relocations.high.get(&(high.offset as u64)).filter(|_| high.section == self.section);
        let Some(found) = found else {
            let what = format!(
                "the partner, at {}+{:#x}, is no `auipc` of this section with a relocation",
                self.elf.section(high.section).name,
                high.offset
            );
            return Some(Err(LinkError::new(what)));
        };
        let native = Bin::Add(W::native(self.elf.xlen));
        let pointer = if self.elf.xlen.is_64() { Access::U64 } else { Access::I32 };
        let kind = match (found.is_got, inst) {
            // The word of memory would hold what the register has already.
            (true, Rv::Load { access, rd, rs1, .. }) if access == pointer => {
                Rv::OpImm { op: native, rd, rs1, imm: 0 }
            }
            (false, Rv::OpImm { op, rd, rs1, .. }) if op == native => Rv::OpImm { op, rd, rs1, imm: 0 },
            (false, Rv::Jalr { rd, rs1, .. }) if found.code.is_some() => Rv::Jalr { rd, rs1, offset: 0 },
            (false, Rv::Load { .. } | Rv::Store { .. }) if found.code.is_some() => {
                return Some(Err(code_as_data()))
            }
            (false, Rv::Load { access, rd, rs1, .. }) => Rv::Load { access, rd, rs1, offset: 0 },
            (false, Rv::Store { access, rs2, rs1, .. }) => Rv::Store { access, rs2, rs1, offset: 0 },
            _ => return None,
        };
        Some(Ok(ItemKind::Plain(kind)))
    }
}

// Not those of GNU ld for gp: where it is known what they stand for, they were made those of lld.

fn is_relaxed_load(kind: u32) -> bool {
    matches!(kind, rel::LLD_GPREL_I | rel::X0REL_I | rel::TPREL_I)
}

fn is_relaxed_store(kind: u32) -> bool {
    matches!(kind, rel::LLD_GPREL_S | rel::X0REL_S | rel::TPREL_S)
}

/// What makes all of an address. A number that one instruction has room for is its own low part.
fn whole(target: Location) -> Part {
    if target.section == elf::NUMBERS {
        Part::Low
    } else {
        Part::Whole
    }
}

/// The thread pointer.
pub(super) const TP: X = 4;

/// The base register of an access to a variable of a thread, and how much of the address is to be added.
fn of_thread(base: X) -> (X, Part) {
    match base {
        TP => (0, Part::Whole),
        base => (base, Part::Low),
    }
}

/// The relocation calls for the variables of a thread, which there is no function for.
pub(super) fn thread_local(relocation: String) -> LinkError {
    LinkError::new(format!("{relocation} asks a function for a variable of a thread"))
        .hint("compile with -ftls-model=local-exec (rustc: the target option `tls-model` or `singlethread`), or without thread-local variables")
}

/// Whether instructions are there, and not data between them.
fn is_code(elf: &Elf<'_>, pools: &Pools, place: Location) -> bool {
    elf.section(place.section).class == Class::Code && pools.at(place).is_none()
}

pub(super) fn code_as_data() -> LinkError {
    LinkError::new("the instruction accesses code as if it were data")
        .hint("keep data out of sections of code: guests cannot read or write their code")
}
