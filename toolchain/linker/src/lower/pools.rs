// SPDX-License-Identifier: Apache-2.0
//! Data between code: constants and tables that assembly keeps next to the instructions which read them.
//!
//! Guests cannot read their code, so such data becomes a section of read-only data, and what refers to it leads there.
//! What is data is known from assemblers, which mark where data and instructions start (`$d` and `$x`), and from
//! instructions that load through the address of a label. A label that something jumps to, or a function, is never data:
//! programs write instructions as numbers too.

use super::{
    metadata::RawExport,
    scan::{Code, Item, ItemKind},
    uses::Uses,
};
use crate::{
    elf::{rel, Class, Elf, Location, Relocation, Section, SectionIndex, Symbol},
    error::short,
    hash::FastMap,
    ir::{data::DataKind, DataSection},
    riscv::{self, Rv, Undecodable},
};
use std::{collections::BTreeSet, ops::Range};

/// Alignment of pools in bytes. What code knows of the alignment of its data stays true up to this.
const ALIGN: u64 = 16;

/// Data in a section of code, from byte `start` to `end`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Pool {
    start: u64,
    end: u64,
}

impl Pool {
    /// Where the data starts.
    pub(super) fn start(self) -> u64 {
        self.start
    }

    /// Where it ends.
    pub(super) fn end(self) -> u64 {
        self.end
    }

    /// Its name in messages, which count from where its bytes start.
    fn name(self, section: &Section<'_>) -> String {
        match self.base() {
            0 => short(&section.name),
            base => format!("{}+{base:#x}", short(&section.name)),
        }
    }

    /// Where the bytes start that become a section; those before `start` are there for the alignment alone.
    pub(super) fn base(self) -> u64 {
        self.start / ALIGN * ALIGN
    }

    /// The section of data that it becomes.
    pub(super) fn data_section(self, section: &Section<'_>) -> DataSection {
        let bytes = section.data.get(self.base() as usize..self.end as usize).unwrap_or_default();
        DataSection {
            name: self.name(section),
            kind: DataKind::ReadOnly,
            align: section.align.clamp(1, ALIGN),
            size: bytes.len() as u64,
            bytes: bytes.to_vec(),
            fixups: Vec::new(),
            kept: true,
        }
    }

    /// The part of its section as a section of its own, for the relocations in it.
    pub(super) fn section<'a>(self, section: &'a Section<'_>) -> Section<'a> {
        let first = section.relocations.partition_point(|relocation| relocation.offset < self.start);
        let relocations = section.relocations[first..].iter();
        let within = relocations.take_while(|relocation| relocation.offset < self.end);
        let shifted =
            |relocation: &Relocation| Relocation { offset: relocation.offset - self.base(), ..*relocation };
        let data = section.data.get(self.base() as usize..self.end as usize).unwrap_or_default();
        Section {
            name: self.name(section),
            address: section.address.wrapping_add(self.base()),
            align: section.align,
            size: data.len() as u64,
            data: data.into(),
            class: Class::ReadOnly,
            is_thread_local: false,
            relocations: within.map(shifted).collect(),
        }
    }
}

/// What a symbol says of the bytes behind it, up to the next one that says something. Of two symbols at one place, the
/// greater is right.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Mark {
    /// The assembler says that they are instructions: it does so of the padding between two pieces of data too, of which
    /// a linker may have left nothing.
    Instructions,
    /// The assembler says that they are data: it does so of instructions that are written as numbers too.
    Data,
    /// A function starts here.
    Function,
}

impl Mark {
    /// What this symbol says, if it says something.
    fn of(symbol: &Symbol<'_>) -> Option<Self> {
        match symbol.name.as_ref() {
            _ if symbol.is_function => Some(Self::Function),
            name if name.starts_with("$x") => Some(Self::Instructions),
            name if name == "$d" || name.starts_with("$d.") => Some(Self::Data),
            _ => None,
        }
    }
}

/// All data between code, and where code starts again.
#[derive(Default)]
pub(super) struct Pools {
    /// Per section of code, in the order of their places; they do not overlap.
    by_section: FastMap<SectionIndex, Vec<Pool>>,
    /// Per section of code the bytes at which an instruction is known to start, in order.
    starts: FastMap<SectionIndex, Vec<u64>>,
}

impl Pools {
    /// What symbols, exports and the relocations of jumps say.
    pub(super) fn read(elf: &Elf<'_>, exports: &[RawExport]) -> Self {
        let mut pools = Self::default();
        let relocations = elf.sections.iter().flat_map(|section| &section.relocations);
        let jumps = relocations.filter(|relocation| rel::is_jump(relocation.kind));
        let jumps = jumps.filter_map(|relocation| elf.target(relocation).ok());
        for place in jumps.chain(exports.iter().map(|export| export.code)) {
            let Ok(offset) = u64::try_from(place.offset) else { continue };
            if elf.section(place.section).class == Class::Code && offset % 2 == 0 {
                pools.starts.entry(place.section).or_default().push(offset);
            }
        }
        let mut marks: FastMap<SectionIndex, Vec<(u64, Mark)>> = FastMap::default();
        for symbol in &elf.symbols {
            let (Ok(location), Some(mark)) = (symbol.location, Mark::of(symbol)) else { continue };
            let section = elf.section(location.section);
            let Ok(offset) = u64::try_from(location.offset) else { continue };
            if section.class != Class::Code || offset > section.data.len() as u64 {
                continue;
            }
            if mark != Mark::Function && is_in_host_call(elf, section, offset) {
                continue;
            }
            marks.entry(location.section).or_default().push((offset, mark));
            if mark != Mark::Data && offset % 2 == 0 {
                pools.starts.entry(location.section).or_default().push(offset);
            }
        }
        for starts in pools.starts.values_mut() {
            starts.sort_unstable();
            starts.dedup();
        }
        for (index, mut marks) in marks {
            // Of what is said of one place, the last counts.
            marks.sort_unstable();
            let section = elf.section(index);
            let end = section.data.len() as u64;
            let mut found: Vec<Pool> = Vec::new();
            for (at, (start, mark)) in marks.iter().enumerate() {
                let next = marks.get(at + 1).map_or(end, |(next, _)| *next);
                if *mark == Mark::Data && next > *start {
                    found.push(Pool { start: *start, end: next });
                }
            }
            let mut padding = FastMap::default();
            found.retain(|pool| !is_code_in_numbers(elf, section, *pool, &mut padding));
            pools.by_section.insert(index, found);
        }
        pools
    }

    /// The pool around a place, and its number among those of the section.
    pub(super) fn at(&self, location: Location) -> Option<Pool> {
        let offset = u64::try_from(location.offset).ok()?;
        let pools = self.by_section.get(&location.section)?;
        let after = pools.partition_point(|pool| pool.start <= offset);
        pools.get(after.checked_sub(1)?).copied().filter(|pool| offset < pool.end)
    }

    /// The bytes of a section at which an instruction is known to start, in order.
    pub(super) fn starts(&self, section: SectionIndex) -> &[u64] {
        self.starts.get(&section).map_or(&[], Vec::as_slice)
    }

    /// Corrects what the symbols say by what the code does. Returns whether anything has changed.
    pub(super) fn correct(&mut self, elf: &Elf<'_>, uses: &Uses, code: &[Code]) -> bool {
        let removed = self.remove_numbers(elf, uses, code);
        self.add_reads(uses, code) || removed
    }

    /// Removes instructions that somebody wrote as numbers: what something jumps to, and what nothing loads from where
    /// the code behind can only be reached through it.
    fn remove_numbers(&mut self, elf: &Elf<'_>, uses: &Uses, code: &[Code]) -> bool {
        if self.by_section.values().all(Vec::is_empty) {
            return false;
        }
        let mut reached: BTreeSet<Location> = uses.reads.clone();
        code.iter().for_each(|code| code.for_each_target(|target| _ = reached.insert(target)));
        let of_symbols = elf.symbols.iter().filter(|symbol| !symbol.name.starts_with("$"));
        reached.extend(of_symbols.filter_map(|symbol| symbol.location.ok()));
        let relocations = elf.sections.iter().flat_map(|section| &section.relocations);
        reached.extend(relocations.filter_map(|relocation| elf.target(relocation).ok()));
        let mut has_changed = false;
        for code in code {
            let Some(pools) = self.by_section.get_mut(&code.section) else { continue };
            let count = pools.len();
            // Per instruction, the first one from there on that does something.
            let mut others = vec![None; code.items.len() + 1];
            for (index, item) in code.items.iter().enumerate().rev() {
                others[index] = if item.is_nop() { others[index + 1] } else { Some(item) };
            }
            pools.retain(|pool| {
                let place = |offset: u64| Location { section: code.section, offset: offset as i64 };
                let next = code.items.partition_point(|item| item.offset < pool.end);
                let behind = others[next];
                let is_read = uses.reads.range(place(pool.start)..place(pool.end)).next().is_some();
                let is_run = !uses.jumps_in(code.section, pool.start, pool.end).is_empty();
                !is_run && (is_read || behind.is_none_or(|item| reached.contains(&place(item.offset))))
            });
            has_changed |= pools.len() != count;
        }
        has_changed
    }

    /// Adds what instructions read of their own section without anybody having said that it is data.
    fn add_reads(&mut self, uses: &Uses, code: &[Code]) -> bool {
        let mut is_new = false;
        for code in code {
            let section = code.section;
            let jumps = uses.jumps_in(section, 0, code.size);
            let mut ends: Vec<u64> = jumps.iter().map(|jump| jump.offset as u64).collect();
            ends.extend(self.starts.get(&section).into_iter().flatten());
            ends.sort_unstable();
            let goes_on = goes_on(code);
            // In the order of their places.
            let reads: Vec<u64> = uses
                .reads
                .range(Location { section, offset: 0 }..=Location { section, offset: i64::MAX })
                .filter(|read| self.at(**read).is_none())
                .filter_map(|read| u64::try_from(read.offset).ok())
                .filter(|read| *read < code.size && ends.binary_search(read).is_err())
                .filter(|read| !goes_on[code.items.partition_point(|item| item.offset < *read)])
                .collect();
            let pools = self.by_section.entry(section).or_default();
            let mut new: Vec<Pool> = Vec::new();
            for start in reads {
                if new.last().is_some_and(|before| start < before.end) {
                    continue;
                }
                let pool = pools.get(pools.partition_point(|pool| pool.start <= start));
                let next = ends.get(ends.partition_point(|end| *end <= start)).copied();
                let end = next.unwrap_or(code.size).min(pool.map_or(code.size, |pool| pool.start));
                new.push(Pool { start, end });
            }
            is_new |= !new.is_empty();
            // All at once: each would move what is behind it otherwise.
            let starts = self.starts.entry(section).or_default();
            starts.extend(new.iter().map(|pool| pool.end));
            starts.sort_unstable();
            starts.dedup();
            pools.append(&mut new);
            pools.sort_unstable_by_key(|pool| pool.start);
        }
        is_new
    }

    /// All pools, with their sections.
    pub(super) fn all(&self, code: &[Code]) -> Vec<(SectionIndex, Pool)> {
        let of = |code: &Code| {
            let pools = self.by_section.get(&code.section).into_iter().flatten();
            pools.map(|pool| (code.section, *pool)).collect::<Vec<_>>()
        };
        code.iter().flat_map(of).collect()
    }
}

/// The instruction at a byte of a section, and its length.
fn decode(elf: &Elf<'_>, section: &Section<'_>, at: u64) -> (Result<Rv, Undecodable>, u64) {
    riscv::decode(section.data.get(at as usize..).unwrap_or_default(), elf.xlen)
}

/// Where the host calls start whose pointers are at the bytes of this range.
fn host_calls<'s>(
    elf: &'s Elf<'_>,
    section: &'s Section<'_>,
    pointers: Range<u64>,
) -> impl Iterator<Item = u64> + 's {
    let first = section.relocations.partition_point(|relocation| relocation.offset < pointers.start);
    let relocations = section.relocations[first..].iter();
    let calls = relocations.take_while(move |relocation| relocation.offset < pointers.end);
    let calls = calls.filter_map(|relocation| relocation.offset.checked_sub(4));
    calls.filter(move |call| decode(elf, section, *call).0 == Ok(Rv::HostCall))
}

/// Whether a byte belongs to a host call, but is not its first: assemblers mark the parts of calls that are written as
/// numbers, or partly so.
fn is_in_host_call(elf: &Elf<'_>, section: &Section<'_>, offset: u64) -> bool {
    let pointers = (offset + 1).saturating_sub(elf.xlen.bytes())..offset + 4;
    host_calls(elf, section, pointers).next().is_some()
}

/// Whether what an assembler calls data are instructions that somebody wrote as numbers: host calls are, and what the
/// code before runs into. `padding` has where that starts that was seen already, by the bytes in it: many pools may have it in common.
fn is_code_in_numbers(
    elf: &Elf<'_>,
    section: &Section<'_>,
    pool: Pool,
    padding: &mut FastMap<u64, u64>,
) -> bool {
    if host_calls(elf, section, pool.start + 4..pool.end).next().is_some() {
        return true;
    }
    let decode = |at: u64| decode(elf, section, at);
    let ends_at = |end: u64, len: u64| {
        let (inst, found) = end.checked_sub(len).map(decode)?;
        inst.ok().filter(|_| found == len)
    };
    // What fills up the space in front of aligned data is never reached.
    let mut end = pool.start;
    let mut seen = Vec::new();
    loop {
        if let Some(start) = padding.get(&end) {
            end = *start;
            break;
        }
        seen.push(end);
        match [2, 4].into_iter().find(|len| ends_at(end, *len).is_some_and(is_nop)) {
            Some(len) => end -= len,
            None => break,
        }
    }
    padding.extend(seen.into_iter().map(|at| (at, end)));
    end > 0 && ![2, 4].into_iter().any(|len| ends_at(end, len).is_some_and(never_goes_on))
}

fn is_nop(inst: Rv) -> bool {
    matches!(inst, Rv::OpImm { rd: 0, .. })
}

impl Item {
    fn is_nop(&self) -> bool {
        matches!(self.kind, ItemKind::Plain(inst) if is_nop(inst))
    }
}

fn never_goes_on(inst: Rv) -> bool {
    matches!(inst, Rv::Trap | Rv::Jal { rd: 0, .. } | Rv::Jalr { rd: 0, .. })
}

/// Per instruction, and for the end, whether what comes before goes on there. What is no instruction does not, and what does
/// nothing goes on if what comes before that does: rows of that are long, so that nobody goes back through them for each place.
fn goes_on(code: &Code) -> Vec<bool> {
    let mut now = false;
    let mut goes_on = vec![now];
    goes_on.extend(code.items.iter().map(|item| {
        now = match &item.kind {
            _ if item.is_nop() => now,
            ItemKind::Jump { .. } | ItemKind::Bad(_) => false,
            ItemKind::Plain(inst) => !never_goes_on(*inst),
            _ => true,
        };
        now
    }));
    goes_on
}
