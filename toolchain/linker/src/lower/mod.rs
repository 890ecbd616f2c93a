// SPDX-License-Identifier: Apache-2.0
//! From ELF to the form that passes work on: code is taken apart into blocks, every address becomes symbolic.
//!
//! What cannot be expressed is an error only if the program needs it: blocks and data sections with something wrong are
//! marked, and refused when they turn out to be reachable.

mod arith;
mod blocks;
mod data;
mod metadata;
mod pairs;
mod pools;
mod relocate;
mod sanitizers;
mod scan;
mod uses;

use crate::{
    elf::{self, Class, Elf, Location, SectionIndex},
    error::{LinkError, Result},
    hash::FastMap,
    ir::{data::Place, BlockId, DataId, Program},
    locations::Locations,
    names::readable,
};
use pools::Pools;
use std::collections::BTreeMap;
use uses::{Tables, Uses};

/// What was read.
pub(crate) struct Lowered<'e> {
    pub(crate) program: Program,
    pub(crate) locations: Locations,
    /// What is wrong with blocks. They have nothing in them.
    pub(crate) bad_blocks: BTreeMap<BlockId, LinkError>,
    /// What is wrong with data sections.
    pub(crate) bad_data: BTreeMap<DataId, LinkError>,
    /// Lists of functions to be run before or after the program.
    pub(crate) startup: Vec<(SectionIndex, DataId)>,
    pub(crate) functions: Functions<'e>,
}

/// The functions by the symbol table, for names.
#[derive(Default, Debug)]
pub(crate) struct Functions<'e> {
    /// Per section: start, size and name, in the order of their starts.
    by_section: FastMap<SectionIndex, Vec<(u64, u64, &'e str)>>,
}

impl<'e> Functions<'e> {
    fn read(elf: &'e Elf<'_>) -> Self {
        let mut by_section: FastMap<SectionIndex, Vec<(u64, u64, &'e str)>> = FastMap::default();
        for symbol in elf.symbols.iter().filter(|symbol| symbol.is_function) {
            let Ok(location) = symbol.location else { continue };
            let Ok(start) = u64::try_from(location.offset) else { continue };
            by_section.entry(location.section).or_default().push((start, symbol.size, symbol.name.as_ref()));
        }
        for functions in by_section.values_mut() {
            functions.sort();
        }
        Self { by_section }
    }

    /// The function around a byte of a section: its name, and where it starts. Without sizes it is the nearest one before.
    pub(crate) fn at(&self, section: SectionIndex, offset: u64) -> Option<(&str, u64)> {
        let functions = self.by_section.get(&section)?;
        let before = functions.partition_point(|(start, ..)| *start <= offset);
        let (start, size, name) = functions.get(before.checked_sub(1)?)?;
        (*size == 0 || offset - start < *size).then_some((*name, *start))
    }

    /// Where those of a section start, in order.
    fn starts(&self, section: SectionIndex) -> impl Iterator<Item = u64> + '_ {
        self.by_section.get(&section).into_iter().flatten().map(|(start, ..)| *start)
    }

    /// Adds where an error is.
    pub(crate) fn name(&self, error: LinkError, section: SectionIndex, offset: u64) -> LinkError {
        match self.at(section, offset) {
            Some((name, start)) => error.function(&readable(name), offset - start),
            None => error,
        }
    }
}

/// Where places of the input are in the program.
pub(crate) struct Places<'e, 'a> {
    elf: &'e Elf<'a>,
    /// Per section of the file its number among the data sections.
    data: FastMap<SectionIndex, DataId>,
    /// Data between code.
    pools: Pools,
    /// Its numbers among the data sections, by where it starts.
    pool_data: FastMap<(SectionIndex, u64), DataId>,
    /// The blocks that start at a byte of a code section.
    blocks: blocks::BlockIds,
}

impl Places<'_, '_> {
    /// The place in the program; an error if nothing is there.
    fn resolve(&self, location: Location) -> Result<Place> {
        if location.section == elf::NUMBERS {
            return Ok(Place::Number(location.offset));
        }
        let section = self.elf.section(location.section);
        let at = location.offset as u64;
        if let Some(id) = self.data.get(&location.section) {
            // Pointers behind the end, or in front of the start, are never followed, but compared.
            return Ok(Place::Data(*id, location.offset));
        }
        if let Some(pool) = self.pools.at(location) {
            if let Some(id) = self.pool_data.get(&(location.section, pool.start())) {
                return Ok(Place::Data(*id, location.offset.wrapping_sub(pool.base() as i64)));
            }
        }
        if section.class != Class::Code {
            return Err(LinkError::new(format!(
                "a reference leads to {}+{at:#x}, a section that is not loaded",
                section.name
            ))
            .hint("the section needs the flag ALLOC"));
        }
        self.block(location).map(Place::Code)
    }

    /// The block that starts at a place.
    fn block(&self, location: Location) -> Result<BlockId> {
        self.blocks.at(location).ok_or_else(|| {
            let section = self.elf.section(location.section);
            let what = match section.class {
                Class::Code => "where no instruction starts",
                _ => "which is not code",
            };
            LinkError::new(format!("a reference leads to {}+{:#x}, {what}", section.name, location.offset))
        })
    }
}

/// Scans all sections of code.
fn scan_all(elf: &Elf<'_>, pools: &Pools) -> Result<Vec<scan::Code>> {
    let sections = elf.sections.iter().enumerate().filter(|(_, section)| section.class == Class::Code);
    sections.map(|(index, section)| scan::scan(elf, pools, index, section)).collect()
}

/// Reads the program from a file.
pub(crate) fn lower<'e>(elf: &'e Elf<'_>, stack_size_min: u32) -> Result<Lowered<'e>> {
    let functions = Functions::read(elf);
    let stack_size = metadata::stack_size(elf, stack_size_min)?;
    let exports = metadata::exports(elf)?;

    let mut data = Vec::new();
    let mut data_ids = FastMap::default();
    let mut raw_fixups = Vec::new();
    for (index, section) in elf.sections.iter().enumerate() {
        if section.class.is_data() {
            data_ids.insert(index, DataId(data.len() as u32));
            data.push(data::section(section));
            raw_fixups.push(data::read_fixups(elf, index, 0, section));
        }
    }

    let is_startup = |(index, _): &(&SectionIndex, &DataId)| elf.section(**index).class == Class::Startup;
    let mut startup: Vec<_> = data_ids.iter().filter(is_startup).map(|(index, id)| (*index, *id)).collect();
    startup.sort_unstable_by_key(|(index, _)| *index);

    let mut pools = Pools::read(elf, &exports);
    let mut code = scan_all(elf, &pools)?;
    let mut uses = Uses::of(elf, &pools, &code, &exports, &functions);
    if pools.correct(elf, &uses, &code) {
        code = scan_all(elf, &pools)?;
        uses = Uses::of(elf, &pools, &code, &exports, &functions);
    }
    uses.refuse_calculated(elf, &mut code);
    sanitizers::refuse(elf, &mut code);
    let mut pool_data = FastMap::default();
    for (index, pool) in pools.all(&code) {
        let section = elf.section(index);
        pool_data.insert((index, pool.start()), DataId(data.len() as u32));
        data.push(pool.data_section(section));
        raw_fixups.push(data::read_fixups(elf, index, pool.base(), &pool.section(section)));
    }
    let tables = Tables::new(elf, &pools, &code, &uses);
    // Tables are in the order of their places; one that has entries has them for all who read it.
    let mut last = None;
    let mut entries_of: BTreeMap<usize, Vec<_>> = BTreeMap::new();
    for &table in &uses.tables {
        if last == Some(table.place) {
            continue;
        }
        let section = table.place.section;
        let (id, start) = match pools.at(table.place) {
            Some(pool) => (pool_data.get(&(section, pool.start())), pool.base()),
            None => (data_ids.get(&section), 0),
        };
        if let Some(id) = id {
            let entries = tables.entries(table, start);
            last = Some(table.place).filter(|_| !entries.is_empty());
            entries_of.entry(id.index()).or_default().extend(entries);
        }
    }
    for (id, entries) in entries_of {
        if let Some(Ok(fixups)) = raw_fixups.get_mut(id) {
            data::add_fixups(fixups, entries);
        }
    }

    // Every place that something refers to starts a block.
    let mut targets = blocks::Targets::new(&code);
    for section in &code {
        section.for_each_target(|location| targets.add(location));
    }
    for fixups in raw_fixups.iter().flatten() {
        for fixup in fixups {
            fixup.for_each_location(|location| targets.add(location));
        }
    }
    for export in &exports {
        targets.add(export.code);
    }
    let places = Places { elf, data: data_ids, pools, pool_data, blocks: targets.number() };

    let mut bad_data = BTreeMap::new();
    for (id, fixups) in raw_fixups.into_iter().enumerate() {
        let resolved = fixups.and_then(|fixups| data::resolve(elf, &places, &data[id].name, fixups));
        match resolved {
            Ok(fixups) => data[id].fixups = fixups,
            Err(error) => {
                bad_data.insert(DataId(id as u32), error);
            }
        }
    }

    let built = blocks::build(elf, &code, &places, &functions)?;
    let exports = exports.into_iter().map(|export| {
        let block = places.block(export.code).map_err(|error| error.at(".polkavm_exports", export.entry))?;
        Ok(crate::ir::Export { name: export.name, block })
    });
    let mut exports = exports.collect::<Result<Vec<_>>>()?;
    exports.sort_by_key(|export| export.block);
    let order = (0..built.blocks.len() as u32).map(BlockId).collect();
    let program = Program {
        xlen: elf.xlen,
        blocks: built.blocks,
        order,
        data,
        exports,
        imports: built.imports,
        stack_size,
    };
    Ok(Lowered { program, locations: built.locations, bad_blocks: built.bad, bad_data, startup, functions })
}
