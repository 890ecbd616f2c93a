// SPDX-License-Identifier: Apache-2.0
//! Cuts code into blocks: one for each place that something refers to.

use super::{
    arith::Lower,
    metadata,
    scan::{Code, Item, ItemKind, Part},
    Functions, Places,
};
use crate::hash::FastMap;
use crate::{
    elf::{self, Elf, Location},
    error::{LinkError, Result},
    ir::{
        data::Place, eval, normal::normalize_branch, Block, BlockId, Cond, Const, Import, Operand, Reg,
        Terminator,
    },
    locations::{Loc, Locations},
    riscv::{BranchKind, Rv, X},
};
use std::collections::BTreeMap;

/// The places that start blocks.
pub(super) struct Targets {
    /// Per section that is code, and per two bytes of it, what is there.
    places: Vec<Vec<PlaceKind>>,
}

/// What is at a place of a section of code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum PlaceKind {
    /// Nothing, or the second half of an instruction.
    Other,
    /// An instruction, or the end of the section.
    Start,
    /// The same, and something leads there.
    Target,
}

impl Targets {
    /// Of these sections, nothing of which is a target so far.
    pub(super) fn new(code: &[Code]) -> Self {
        let sections = code.iter().map(|code| code.section + 1).max().unwrap_or(0);
        let mut places = vec![Vec::new(); sections];
        for code in code {
            let places = &mut places[code.section];
            places.resize((code.size / 2 + 1) as usize, PlaceKind::Other);
            let starts = code.items.iter().map(|item| item.offset).chain([code.size]);
            starts.for_each(|offset| places[(offset / 2) as usize] = PlaceKind::Start);
        }
        Self { places }
    }

    /// Adds a place, if an instruction starts there, or the section ends.
    pub(super) fn add(&mut self, location: Location) {
        let place = index(location.offset)
            .and_then(|index| self.places.get_mut(location.section)?.get_mut(index))
            .filter(|place| **place == PlaceKind::Start);
        if let Some(place) = place {
            *place = PlaceKind::Target;
        }
    }

    /// Numbers all blocks in the order of the file.
    pub(super) fn number(self) -> BlockIds {
        let mut count = 0;
        let mut number = |place: PlaceKind| {
            (place == PlaceKind::Target).then(|| {
                count += 1;
                BlockId(count - 1)
            })
        };
        let sections = self.places.into_iter();
        let by_place = sections.map(|places| places.into_iter().map(&mut number).collect()).collect();
        BlockIds { by_place, count: count as usize }
    }
}

/// The block at each place that starts one.
pub(super) struct BlockIds {
    /// As the places of [`Targets`].
    by_place: Vec<Vec<Option<BlockId>>>,
    count: usize,
}

impl BlockIds {
    /// The block that starts at a place.
    pub(super) fn at(&self, location: Location) -> Option<BlockId> {
        *self.by_place.get(location.section)?.get(index(location.offset)?)?
    }
}

/// Index of an even offset among the places of a section.
fn index(offset: i64) -> Option<usize> {
    usize::try_from(offset).ok().filter(|offset| offset.is_multiple_of(2)).map(|offset| offset / 2)
}

/// What all blocks have become.
pub(super) struct Built {
    pub(super) blocks: Vec<Block>,
    pub(super) imports: Vec<Import>,
    pub(super) locations: Locations,
    pub(super) bad: BTreeMap<BlockId, LinkError>,
}

/// Fills the blocks.
pub(super) fn build(
    elf: &Elf<'_>,
    code: &[Code],
    places: &Places<'_, '_>,
    functions: &Functions,
) -> Result<Built> {
    let empty = Block { insts: Vec::new(), end: Terminator::Trap, end_loc: Loc::NONE, unlikely: false };
    let built = Built {
        blocks: vec![empty; places.blocks.count],
        imports: Vec::new(),
        locations: Locations::default(),
        bad: BTreeMap::new(),
    };
    let mut builder = Builder {
        elf,
        places,
        functions,
        built,
        import_ids: FastMap::default(),
        records: FastMap::default(),
        names: metadata::Names::of(elf),
    };
    for code in code {
        builder.section(code);
    }
    builder.check_imports()?;
    Ok(builder.built)
}

struct Builder<'b, 'a> {
    elf: &'b Elf<'a>,
    places: &'b Places<'b, 'a>,
    functions: &'b Functions<'b>,
    built: Built,
    import_ids: FastMap<Import, u32>,
    /// Records that were read already, and their names.
    records: FastMap<Location, u32>,
    names: metadata::Names,
}

/// What comes behind an item.
enum Flow {
    /// The next one.
    On,
    /// Whatever the terminator says.
    End(Terminator),
}

impl Builder<'_, '_> {
    fn section(&mut self, code: &Code) {
        let mut open: Option<(BlockId, Lower)> = None;
        for item in &code.items {
            let location = Location { section: code.section, offset: item.offset as i64 };
            if let Some(id) = self.places.blocks.at(location) {
                if let Some((before, lower)) = open.take() {
                    self.close(before, lower, Terminator::Jump(id));
                }
                open = Some((id, Lower::new(self.elf.xlen)));
            }
            // What follows an unconditional jump and is nobody's target is dead.
            let Some((id, lower)) = &mut open else { continue };
            lower.set_loc(self.built.locations.add(location));
            match self.item(code, item, lower) {
                Ok(Flow::On) => {}
                Ok(Flow::End(end)) => {
                    if let Some((id, lower)) = open.take() {
                        self.close(id, lower, end);
                    }
                }
                Err(error) => {
                    let name = &self.elf.section(code.section).name;
                    let error = self.functions.name(error.at(name, item.offset), code.section, item.offset);
                    self.built.bad.insert(*id, error);
                    open = None;
                }
            }
        }
        // The end of the section is a block too if somebody returns to it or branches over it: it stays a trap.
        if let Some((id, lower)) = open {
            match self.places.blocks.at(Location { section: code.section, offset: code.size as i64 }) {
                Some(end) => self.close(id, lower, Terminator::Jump(end)),
                None => {
                    let name = &self.elf.section(code.section).name;
                    let error =
                        LinkError::new("the code runs over the end of its section").at(name, code.size);
                    let error = error.hint("end the code with a jump, `ret` or `unimp`");
                    self.built
                        .bad
                        .insert(id, self.functions.name(error, code.section, code.size.saturating_sub(1)));
                }
            }
        }
    }

    fn close(&mut self, id: BlockId, lower: Lower, end: Terminator) {
        let block = &mut self.built.blocks[id.index()];
        block.end_loc = lower.loc();
        block.insts = lower.finish();
        block.end = end;
    }

    fn item(&mut self, code: &Code, item: &Item, lower: &mut Lower) -> Result<Flow> {
        let next =
            || self.places.block(Location { section: code.section, offset: (item.offset + item.len) as i64 });
        let block = |target| self.places.block(target);
        Ok(match &item.kind {
            ItemKind::Bad(error) => return Err(error.clone()),
            ItemKind::Plain(Rv::Trap) => Flow::End(Terminator::Trap),
            ItemKind::Plain(Rv::Jalr { rd, rs1, offset }) => {
                if *offset != 0 {
                    return Err(LinkError::new(format!("an indirect jump adds {offset} to the address, but code addresses cannot be calculated with")).hint("jump to an address as it was loaded"));
                }
                let base = lower.reg(*rs1)?.reg().ok_or_else(|| {
                    LinkError::new("an indirect jump leads to the fixed address 0")
                        .hint("use `unimp` to trap")
                })?;
                Flow::End(match lower.destination(*rd)? {
                    None => Terminator::JumpIndirect { base },
                    Some(link) => Terminator::CallIndirect { link, base, back: next()? },
                })
            }
            ItemKind::Plain(inst) => {
                lower.instruction(*inst)?;
                Flow::On
            }
            // What is nowhere defined is not called, for programs ask for it first.
            ItemKind::Jump { target } | ItemKind::Call { target, .. } if target.section == elf::NUMBERS => {
                Flow::End(Terminator::Trap)
            }
            ItemKind::Jump { target } => Flow::End(Terminator::Jump(block(*target)?)),
            ItemKind::Call { rd, target } => {
                let link = lower.destination(*rd)?;
                Flow::End(match link {
                    Some(link) => Terminator::Call { link, to: block(*target)?, back: next()? },
                    None => Terminator::Jump(block(*target)?),
                })
            }
            ItemKind::Branch { kind, rs1, rs2, target } => {
                let (a, b) = (lower.reg(*rs1)?, lower.reg(*rs2)?);
                let cond = cond(*kind);
                let ways = (block(*target)?, next()?);
                let end = normalize_branch(cond, a, b, ways, self.elf.xlen);
                Flow::End(end.ok_or_else(|| LinkError::new("a branch compares two constants"))?)
            }
            ItemKind::Address { rd, target, part } => {
                let value = self.constant(*target, *part)?;
                if let Some(d) = lower.destination(*rd)? {
                    lower.load_const(d, value);
                }
                Flow::On
            }
            ItemKind::AddLow { rd, rs1, target } => {
                let low = self.constant(*target, Part::Low)?;
                lower.add(*rd, *rs1, low)?;
                Flow::On
            }
            ItemKind::LoadLow { access, rd, rs1, target, part } => {
                let low = self.constant(*target, *part)?;
                lower.load(*access, *rd, *rs1, low)?;
                Flow::On
            }
            ItemKind::StoreLow { access, rs2, rs1, target, part } => {
                let low = self.constant(*target, *part)?;
                lower.store(*access, *rs2, *rs1, low)?;
                Flow::On
            }
            ItemKind::HostCall { record } => {
                let import = self.import(*record)?;
                let inputs = self.built.imports.get(import as usize).map_or(0, |import| import.inputs);
                lower.host_call(import, inputs);
                Flow::On
            }
        })
    }

    fn constant(&self, target: Location, part: Part) -> Result<Const> {
        Ok(match self.places.resolve(target)? {
            Place::Code(block) => Const::Code(block),
            Place::Data(id, offset) => {
                let offset = i32::try_from(offset).map_err(|_| {
                    LinkError::new(format!("the address is {offset} bytes away from its symbol's section, further than addresses reach"))
                        .hint("make the largest arrays smaller")
                })?;
                match part {
                    Part::Whole => Const::Data(id, offset),
                    Part::High => Const::DataHigh(id, offset),
                    Part::Low => Const::DataLow(id, offset),
                }
            }
            Place::Number(value) => {
                let low = ((value & 0xfff) ^ 0x800) - 0x800;
                Const::Int(match part {
                    Part::Whole => eval::canonical(value, self.elf.xlen),
                    Part::High => i64::from(value.wrapping_sub(low) as i32),
                    Part::Low => low,
                })
            }
        })
    }

    fn import(&mut self, record: Location) -> Result<u32> {
        if let Some(&id) = self.records.get(&record) {
            return Ok(id);
        }
        let import = metadata::record(self.elf, record)?;
        self.names.add(&import.name)?;
        let next = self.built.imports.len() as u32;
        let id = *self.import_ids.entry(import.clone()).or_insert(next);
        if id == next {
            self.built.imports.push(import);
        }
        self.records.insert(record, id);
        Ok(id)
    }

    /// Imports of one name must be one.
    fn check_imports(&self) -> Result<()> {
        let mut by_name: FastMap<&[u8], &Import> = FastMap::default();
        for import in &self.built.imports {
            if let Some(other) = by_name.insert(&import.name, import) {
                let show = |import: &Import| {
                    format!(
                        "{} arguments, {} results, number {:?}",
                        import.inputs, import.outputs, import.index
                    )
                };
                let name = String::from_utf8_lossy(&import.name);
                return Err(LinkError::new(format!(
                    "the import `{name}` is declared twice and differently: {}; {}",
                    show(other),
                    show(import)
                ))
                .hint("declare it once, or the same everywhere"));
            }
        }
        Ok(())
    }
}

fn cond(kind: BranchKind) -> Cond {
    match kind {
        BranchKind::Eq => Cond::Eq,
        BranchKind::Ne => Cond::Ne,
        BranchKind::LtS => Cond::LtS,
        BranchKind::GeS => Cond::GeS,
        BranchKind::LtU => Cond::LtU,
        BranchKind::GeU => Cond::GeU,
    }
}

/// A register that guests have, or the constant zero.
pub(super) fn operand(x: X) -> Result<Operand> {
    match x {
        0 => Ok(Operand::int(0)),
        _ => Reg::from_riscv(x).map(Operand::Reg).ok_or_else(|| {
            let name = match x {
                3 => "gp",
                4 => "tp",
                _ => "one of x16 to x31",
            };
            let hint = match x {
                3 => "link without --relax-gp, and do not use gp",
                4 => "compile without thread-local variables, or with -ftls-model=local-exec",
                _ => "compile for rv32e or rv64e, which have 16 registers",
            };
            LinkError::new(format!("the instruction uses register x{x} ({name}), which guests do not have"))
                .hint(hint)
        }),
    }
}
