// SPDX-License-Identifier: Apache-2.0
//! What straight code does with the addresses of labels: what it loads from, jumps to, and takes tables of distances from.
//!
//! It tells [`Pools`] what is data between code where symbols do not.

use super::{
    data::RawFixup,
    metadata::RawExport,
    pools::{Pool, Pools},
    scan::{Code, ItemKind, Part},
};
use crate::{
    elf::{Class, Elf, Location, SectionIndex},
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
    /// Tables of words that are added to the address of code, to jump there: table, and what is added.
    pub(super) tables: BTreeSet<(Location, Location)>,
}

/// What a register holds.
#[derive(Clone, Copy)]
enum Held {
    /// The address of a place.
    Address(Location),
    /// Something is added to the address of the place.
    Within(Location),
    /// A word of the table there.
    Entry(Location),
    /// The address of the second place, and a word of the table at the first one.
    Sum(Location, Location),
}

impl Uses {
    /// Follows the instructions of all sections.
    pub(super) fn of(elf: &Elf<'_>, pools: &Pools, code: &[Code], exports: &[RawExport]) -> Self {
        let mut uses = Self::default();
        uses.jumps.extend(exports.iter().map(|export| export.code));
        code.iter().for_each(|code| uses.add(elf, pools, code));
        uses.jumps.sort_unstable();
        uses.jumps.dedup();
        uses
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
    fn add(&mut self, elf: &Elf<'_>, pools: &Pools, code: &Code) {
        self.reads.extend(&code.reads);
        let is_code = |place: Location| elf.section(place.section).class == Class::Code;
        let add = Bin::Add(W::native(elf.xlen));
        let mut held: [Option<Held>; 32] = [None; 32];
        for item in &code.items {
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
                ItemKind::LoadLow { rd, .. } => (*rd, None),
                ItemKind::StoreLow { .. } => continue,
                ItemKind::Plain(Rv::OpImm { op, rd, rs1, imm }) if *op == add => match (get(*rs1), imm) {
                    (Some(same), 0) => (*rd, Some(same)),
                    (Some(Held::Address(place) | Held::Within(place)), _) => (*rd, Some(Held::Within(place))),
                    _ => (*rd, None),
                },
                ItemKind::Plain(Rv::Op { op, rd, rs1, rs2 }) if *op == add => {
                    let sum = match (get(*rs1), get(*rs2)) {
                        (Some(Held::Entry(table)), Some(Held::Address(base)))
                        | (Some(Held::Address(base)), Some(Held::Entry(table))) => {
                            Some(Held::Sum(table, base))
                        }
                        (Some(Held::Address(place) | Held::Within(place)), None)
                        | (None, Some(Held::Address(place) | Held::Within(place))) => {
                            Some(Held::Within(place))
                        }
                        _ => None,
                    };
                    (*rd, sum)
                }
                ItemKind::Plain(Rv::ShiftAdd { rd, rs2, .. }) => match get(*rs2) {
                    Some(Held::Address(place) | Held::Within(place)) => (*rd, Some(Held::Within(place))),
                    _ => (*rd, None),
                },
                ItemKind::Plain(Rv::Load { access, rd, rs1, .. }) => match get(*rs1) {
                    Some(Held::Address(place) | Held::Within(place)) => {
                        if is_code(place) {
                            self.reads.insert(place);
                        }
                        let is_word = matches!(access, Access::I32 | Access::U32);
                        (*rd, is_word.then_some(Held::Entry(place)))
                    }
                    _ => (*rd, None),
                },
                ItemKind::Plain(Rv::Jalr { rs1, .. }) => {
                    match get(*rs1) {
                        Some(Held::Sum(table, base)) if is_code(base) => {
                            _ = self.tables.insert((table, base));
                        }
                        Some(Held::Address(place)) => jumps_to(place),
                        _ => {}
                    }
                    held = [None; 32];
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
                ItemKind::Jump { target } | ItemKind::Call { target, .. } => {
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
/// wrote them down as numbers.
pub(super) struct Tables<'s, 'a> {
    elf: &'s Elf<'a>,
    pools: &'s Pools,
    /// Sections of code.
    code: FastMap<SectionIndex, &'s Code>,
    /// Per section with tables, the bytes that symbols are at, in order.
    symbols: FastMap<SectionIndex, Vec<i64>>,
}

impl<'s, 'a> Tables<'s, 'a> {
    /// For the tables that `uses` names.
    pub(super) fn new(elf: &'s Elf<'a>, pools: &'s Pools, code: &'s [Code], uses: &Uses) -> Self {
        let with_tables = uses.tables.iter().map(|(table, _)| (table.section, Vec::new()));
        let mut symbols: FastMap<SectionIndex, Vec<i64>> = with_tables.collect();
        // Nobody has to look at thousands of symbols for no table.
        let all = elf.symbols.iter().filter(|_| !uses.tables.is_empty());
        for place in all.filter_map(|symbol| symbol.location.ok()) {
            if let Some(offsets) = symbols.get_mut(&place.section) {
                offsets.push(place.offset);
            }
        }
        symbols.values_mut().for_each(|offsets| offsets.sort_unstable());
        Self { elf, pools, code: code.iter().map(|code| (code.section, code)).collect(), symbols }
    }

    /// The entries of a table, whose words are added to `base`. They end where the next symbol is, or where one leads to
    /// no instruction.
    pub(super) fn entries(&self, table: Location, base: Location) -> Vec<RawFixup> {
        let section = self.elf.section(table.section);
        let Ok(start) = u64::try_from(table.offset) else { return Vec::new() };
        let symbols = self.symbols.get(&table.section).map_or(&[][..], Vec::as_slice);
        let next = symbols.get(symbols.partition_point(|offset| *offset <= table.offset));
        let end = self.pools.at(table).map_or(section.data.len() as u64, Pool::end);
        let end = next.map_or(end, |next| end.min(*next as u64));
        let has_relocation = |offset: u64| {
            let next = section.relocations.partition_point(|relocation| relocation.offset < offset);
            section.relocations.get(next).is_some_and(|relocation| relocation.offset < offset + 4)
        };
        let mut entries = Vec::new();
        for offset in
            (start..end).step_by(4).take_while(|offset| offset + 4 <= end && !has_relocation(*offset))
        {
            let Some(bytes) = section.data.get(offset as usize..offset as usize + 4) else { break };
            let distance = bytes.iter().rev().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) as i32;
            let target =
                Location { section: base.section, offset: base.offset.wrapping_add(i64::from(distance)) };
            if !self.is_instruction(target) {
                break;
            }
            entries.push(RawFixup { offset, bytes: 4, first: target, second: Some(base) });
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
