// SPDX-License-Identifier: Apache-2.0
//! What straight code does with the addresses of labels: what it loads from, jumps to, and takes tables of distances from.
//!
//! It tells [`Pools`] what is data between code where symbols do not.

use super::{
    data::RawFixup,
    metadata::RawExport,
    pools::{Pool, Pools},
    scan::{Code, ItemKind, Part},
    Functions,
};
use crate::{
    elf::{rel, Class, Elf, Location, SectionIndex},
    error::LinkError,
    hash::FastMap,
    ir::{Bin, W},
    riscv::{Access, Rv, Writes, X},
};
use std::collections::BTreeSet;

/// What instructions do with addresses of labels, as far as one piece of straight code shows it.
#[derive(Default)]
pub(super) struct Uses {
    /// Places of code that are loaded from.
    pub(super) reads: BTreeSet<Location>,
    /// Places of code that are jumped to, or exported, in order.
    jumps: Vec<Location>,
    /// Tables of distances that are added to the address of code, or subtracted from it, to jump there.
    pub(super) tables: BTreeSet<Table>,
    /// Jumps to a place so many bytes from the address of code, as if instructions were bytes of memory.
    calculated: BTreeSet<Location>,
}

/// A table of distances from the address of code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Table {
    /// Where it starts.
    pub(super) place: Location,
    /// What the distances are from.
    pub(super) base: Location,
    /// How one is loaded.
    access: Access,
    /// Whether they are subtracted.
    is_backwards: bool,
}

/// The register of return addresses.
const RA: X = 1;

/// What a register holds.
#[derive(Clone, Copy)]
enum Held {
    /// The address of a place.
    Address(Location),
    /// Something is added to the address of the place.
    Within(Location),
    /// A number of bytes is added to the address of the place, and not a distance that was loaded.
    Behind(Location),
    /// A number that was shifted to the left: an index that has become a number of bytes.
    Bytes,
    /// What was loaded from the table there.
    Entry(Location, Access),
    /// The address of code and an entry of a table.
    Sum(Table),
}

impl Held {
    /// The place whose address it is, or is made of.
    fn place(self) -> Option<Location> {
        match self {
            Self::Address(place) | Self::Within(place) | Self::Behind(place) => Some(place),
            Self::Bytes | Self::Entry(..) | Self::Sum(_) => None,
        }
    }
}

impl Uses {
    /// Follows the instructions of all sections.
    pub(super) fn of(
        elf: &Elf<'_>,
        pools: &Pools,
        code: &[Code],
        exports: &[RawExport],
        functions: &Functions<'_>,
    ) -> Self {
        let mut uses = Self::default();
        uses.jumps.extend(exports.iter().map(|export| export.code));
        code.iter().for_each(|code| uses.add(elf, pools, code, functions));
        uses.jumps.sort_unstable();
        uses.jumps.dedup();
        uses
    }

    /// Refuses jumps to calculated places: there is no code between two code addresses.
    pub(super) fn refuse_calculated(&self, elf: &Elf<'_>, code: &mut [Code]) {
        for code in code.iter_mut().filter(|_| !self.calculated.is_empty()) {
            for item in &mut code.items {
                let here = Location { section: code.section, offset: item.offset as i64 };
                if self.calculated.contains(&here) {
                    let what = "an indirect jump leads to an address that was calculated from that of code, but code addresses cannot be calculated with";
                    let error = LinkError::new(what)
                        .at(&elf.section(code.section).name, item.offset)
                        .hint("jump to an address as it was loaded, from a table of addresses for instance; if this is the `memset` of newlib or picolibc, give the compiler's linker one in C in front of the library");
                    item.kind = ItemKind::Bad(error);
                }
            }
        }
    }

    /// The places from byte `start` to `end` of a section that are jumped to, in order.
    pub(super) fn jumps_in(&self, section: SectionIndex, start: u64, end: u64) -> &[Location] {
        let before = |offset: u64| {
            let place = Location { section, offset: offset as i64 };
            self.jumps.partition_point(|jump| *jump < place)
        };
        &self.jumps[before(start)..before(end)]
    }

    /// Follows the instructions of a section.
    fn add(&mut self, elf: &Elf<'_>, pools: &Pools, code: &Code, functions: &Functions<'_>) {
        self.reads.extend(&code.reads);
        let is_code = |place: Location| elf.section(place.section).class == Class::Code;
        let native = W::native(elf.xlen);
        let (add, sub) = (Bin::Add(native), Bin::Sub(native));
        let mut held: [Option<Held>; 32] = [None; 32];
        // The addresses that registers held where the function has jumped by a register last: it finds them at its labels.
        let mut at_labels: [Option<Held>; 32] = [None; 32];
        let mut functions = functions.starts(code.section).peekable();
        for item in &code.items {
            while functions.next_if(|start| *start <= item.offset).is_some() {
                (held, at_labels) = ([None; 32], [None; 32]);
            }
            let here = Location { section: code.section, offset: item.offset as i64 };
            if pools.at(here).is_some() {
                continue;
            }
            // A number that looks like a jump to itself is too common.
            let mut jumps_to = |target: Location| self.jumps.extend(Some(target).filter(|to| *to != here));
            let get = |x: X| held.get(usize::from(x)).copied().flatten();
            let (rd, value) = match &item.kind {
                ItemKind::Address { rd, target, part: Part::Whole } => (*rd, Some(Held::Address(*target))),
                ItemKind::AddLow { rd, target, .. } => (*rd, Some(Held::Address(*target))),
                ItemKind::Address { rd, .. } => (*rd, None),
                ItemKind::LoadLow { access, rd, target, .. } => (*rd, Some(Held::Entry(*target, *access))),
                ItemKind::StoreLow { .. } => continue,
                ItemKind::Plain(Rv::OpImm { op, rd, rs1, imm }) if *op == add => match (get(*rs1), imm) {
                    (Some(same), 0) => (*rd, Some(same)),
                    (Some(Held::Address(place) | Held::Behind(place)), _) => (*rd, Some(Held::Behind(place))),
                    (Some(Held::Within(place)), _) => (*rd, Some(Held::Within(place))),
                    _ => (*rd, None),
                },
                // More only moves a sign to its place.
                ItemKind::Plain(Rv::OpImm { op: Bin::Shl(_), rd, imm: 1..=4, .. }) => {
                    (*rd, Some(Held::Bytes))
                }
                ItemKind::Plain(Rv::Op { op, rd, rs1, rs2 }) if *op == add => {
                    let sum = match (get(*rs1), get(*rs2)) {
                        (Some(Held::Entry(place, access)), Some(Held::Address(base)))
                        | (Some(Held::Address(base)), Some(Held::Entry(place, access))) => {
                            Some(Held::Sum(Table { place, base, access, is_backwards: false }))
                        }
                        (Some(Held::Address(place) | Held::Behind(place)), Some(Held::Bytes))
                        | (Some(Held::Bytes), Some(Held::Address(place) | Held::Behind(place))) => {
                            Some(Held::Behind(place))
                        }
                        (Some(held), None | Some(Held::Bytes)) | (None | Some(Held::Bytes), Some(held)) => {
                            held.place().map(Held::Within)
                        }
                        _ => None,
                    };
                    (*rd, sum)
                }
                ItemKind::Plain(Rv::Op { op, rd, rs1, rs2 }) if *op == sub => match (get(*rs1), get(*rs2)) {
                    (Some(Held::Address(base)), Some(Held::Entry(place, access))) => {
                        (*rd, Some(Held::Sum(Table { place, base, access, is_backwards: true })))
                    }
                    _ => (*rd, None),
                },
                ItemKind::Plain(Rv::ShiftAdd { shift, rd, rs2, .. }) => match get(*rs2) {
                    Some(Held::Address(place) | Held::Behind(place)) if *shift != 0 => {
                        (*rd, Some(Held::Behind(place)))
                    }
                    held => (*rd, held.and_then(Held::place).map(Held::Within)),
                },
                ItemKind::Plain(Rv::Load { access, rd, rs1, .. }) => match get(*rs1).and_then(Held::place) {
                    Some(place) => {
                        if is_code(place) {
                            self.reads.insert(place);
                        }
                        (*rd, Some(Held::Entry(place, *access)))
                    }
                    _ => (*rd, None),
                },
                ItemKind::Plain(Rv::Jalr { rd, rs1, .. }) => {
                    match get(*rs1) {
                        Some(Held::Sum(table)) if is_code(table.base) => _ = self.tables.insert(table),
                        Some(Held::Address(place)) => jumps_to(place),
                        Some(Held::Behind(place)) if is_code(place) && pools.at(place).is_none() => {
                            _ = self.calculated.insert(here);
                        }
                        _ => {}
                    }
                    if *rd == 0 && *rs1 != RA {
                        at_labels = held.map(|held| held.filter(|held| matches!(held, Held::Address(_))));
                    }
                    held = if *rd == 0 { at_labels } else { [None; 32] };
                    continue;
                }
                // The code behind a branch goes on with the same registers.
                ItemKind::Branch { target, .. } => {
                    jumps_to(*target);
                    continue;
                }
                ItemKind::Plain(inst) => match inst.writes() {
                    Writes::Nothing => continue,
                    Writes::Register(rd) => (rd, None),
                    Writes::Anything => {
                        held = [None; 32];
                        continue;
                    }
                },
                ItemKind::Jump { target } => {
                    jumps_to(*target);
                    held = at_labels;
                    continue;
                }
                ItemKind::Call { target, .. } => {
                    jumps_to(*target);
                    held = [None; 32];
                    continue;
                }
                ItemKind::HostCall { .. } | ItemKind::Bad(_) => {
                    held = [None; 32];
                    continue;
                }
            };
            if let Some(slot) = held.get_mut(usize::from(rd)).filter(|_| rd != 0) {
                *slot = value;
            }
        }
    }
}

/// Reads tables of jumps that no relocation tells about: the assembler knew the distances of labels in one section and
/// wrote them down as numbers. With relaxation it does so of some labels only, those with nothing between them that can shrink.
pub(super) struct Tables<'s, 'a> {
    elf: &'s Elf<'a>,
    pools: &'s Pools,
    /// Sections of code.
    code: FastMap<SectionIndex, &'s Code>,
    /// Per section with tables, the bytes at which something starts or ends, in order.
    bounds: FastMap<SectionIndex, Vec<i64>>,
}

impl<'s, 'a> Tables<'s, 'a> {
    /// For the tables that `uses` names.
    pub(super) fn new(elf: &'s Elf<'a>, pools: &'s Pools, code: &'s [Code], uses: &Uses) -> Self {
        let with_tables = uses.tables.iter().map(|table| (table.place.section, Vec::new()));
        let mut bounds: FastMap<SectionIndex, Vec<i64>> = with_tables.collect();
        // Nobody has to look at thousands of symbols for no table.
        let all = elf.symbols.iter().filter(|_| !uses.tables.is_empty());
        for (place, size) in all.filter_map(|symbol| Some((symbol.location.ok()?, symbol.size))) {
            if let Some(offsets) = bounds.get_mut(&place.section) {
                offsets.extend([place.offset, place.offset.saturating_add(size as i64)]);
            }
        }
        // Where symbols are gone, what is referred to by its distance from the section's start begins something too.
        let relocations =
            elf.sections.iter().filter(|_| !uses.tables.is_empty()).flat_map(|section| &section.relocations);
        for place in relocations.filter_map(|relocation| elf.target(relocation).ok()) {
            if let Some(offsets) = bounds.get_mut(&place.section) {
                offsets.push(place.offset);
            }
        }
        for Table { place, .. } in &uses.tables {
            if let Some(offsets) = bounds.get_mut(&place.section) {
                offsets.push(place.offset);
            }
        }
        bounds.values_mut().for_each(|offsets| offsets.sort_unstable());
        Self { elf, pools, code: code.iter().map(|code| (code.section, code)).collect(), bounds }
    }

    /// The entries of a table that have no relocations, at their places from byte `from` of the section on. They end where
    /// something else starts, or where one leads to no instruction.
    pub(super) fn entries(&self, table: Table, from: u64) -> Vec<RawFixup> {
        let Table { place, base, access, is_backwards } = table;
        let section = self.elf.section(place.section);
        let Ok(start) = u64::try_from(place.offset) else { return Vec::new() };
        let bounds = self.bounds.get(&place.section).map_or(&[][..], Vec::as_slice);
        let next = bounds.get(bounds.partition_point(|offset| *offset <= place.offset));
        let end = self.pools.at(place).map_or(section.data.len() as u64, Pool::end);
        let end = next.map_or(end, |next| end.min(*next as u64));
        let bytes = access.bytes();
        let relocation = |offset: u64| {
            let next = section.relocations.partition_point(|relocation| relocation.offset < offset);
            section.relocations.get(next).filter(|relocation| relocation.offset < offset + u64::from(bytes))
        };
        let mut entries = Vec::new();
        for offset in
            (start..end).step_by(bytes as usize).take_while(|offset| offset + u64::from(bytes) <= end)
        {
            match relocation(offset) {
                Some(relocation) if rel::is_of_data(relocation.kind) => continue,
                Some(_) => break,
                None => {}
            }
            let Some(entry) = section.data.get(offset as usize..(offset + u64::from(bytes)) as usize) else {
                break;
            };
            let number = entry.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte)) as i64;
            let unused = 64 - 8 * bytes;
            let is_signed = access.is_signed() || u64::from(bytes) == self.elf.xlen.bytes();
            let distance = if is_signed { number << unused >> unused } else { number };
            let distance = if is_backwards { distance.wrapping_neg() } else { distance };
            let target = Location { section: base.section, offset: base.offset.wrapping_add(distance) };
            if !self.is_instruction(target) {
                break;
            }
            let (first, second) = if is_backwards { (base, target) } else { (target, base) };
            entries.push(RawFixup { offset: offset - from, bytes: bytes as u8, first, second: Some(second) });
        }
        entries
    }

    /// Whether an instruction starts at a place.
    fn is_instruction(&self, place: Location) -> bool {
        let starts_at = |code: &&Code| {
            let offset = u64::try_from(place.offset);
            offset.is_ok_and(|offset| code.items.binary_search_by_key(&offset, |item| item.offset).is_ok())
        };
        self.code.get(&place.section).is_some_and(starts_at) && self.pools.at(place).is_none()
    }
}
