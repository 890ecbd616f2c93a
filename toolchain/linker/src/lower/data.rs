// SPDX-License-Identifier: Apache-2.0
//! Data sections and the relocations in them.

use super::Places;
use crate::{
    elf::{rel, Class, Elf, Location, Relocation, Section, SectionIndex},
    error::{LinkError, Result},
    ir::{
        data::{DataKind, Place},
        DataSection, Fixup, FixupValue,
    },
};

/// A section without its relocations.
pub(super) fn section(section: &Section<'_>) -> DataSection {
    let kind = match section.class {
        Class::ReadOnly | Class::Startup => DataKind::ReadOnly,
        Class::ReadWrite => DataKind::ReadWrite,
        _ => DataKind::Zero,
    };
    DataSection {
        name: section.name.clone(),
        kind,
        align: section.align,
        size: section.size,
        bytes: section.data.to_vec(),
        fixups: Vec::new(),
        kept: true,
    }
}

/// A relocation, or a pair, with places of the file.
pub(super) struct RawFixup {
    pub(super) offset: u64,
    pub(super) bytes: u8,
    pub(super) first: Location,
    /// What is subtracted.
    pub(super) second: Option<Location>,
}

impl RawFixup {
    pub(super) fn for_each_location(&self, mut f: impl FnMut(Location)) {
        f(self.first);
        self.second.into_iter().for_each(f);
    }
}

/// What a relocation does with the bytes at its place, and how many these are.
enum Action {
    Set(u8),
    Add(u8),
    Subtract(u8),
    /// The address minus that of the place.
    Relative(u8),
    /// The same of a function.
    Function(u8),
}

fn action(kind: u32) -> Option<Action> {
    Some(match kind {
        rel::ABS32 | rel::SET32 => Action::Set(4),
        rel::ABS64 => Action::Set(8),
        rel::SET8 => Action::Set(1),
        rel::SET16 => Action::Set(2),
        rel::ADD8 => Action::Add(1),
        rel::ADD16 => Action::Add(2),
        rel::ADD32 => Action::Add(4),
        rel::ADD64 => Action::Add(8),
        rel::SUB8 => Action::Subtract(1),
        rel::SUB16 => Action::Subtract(2),
        rel::SUB32 => Action::Subtract(4),
        rel::SUB64 => Action::Subtract(8),
        rel::PCREL32 => Action::Relative(4),
        rel::PLT32 => Action::Function(4),
        _ => return None,
    })
}

/// Reads the relocations of a section, or of a part of one that starts at byte `base`.
pub(super) fn read_fixups(
    elf: &Elf<'_>,
    index: SectionIndex,
    base: u64,
    section: &Section<'_>,
) -> Result<Vec<RawFixup>> {
    let mut fixups = Vec::new();
    let relocations =
        section.relocations.iter().filter(|relocation| !relocation.is_null()).collect::<Vec<_>>();
    for group in relocations.chunk_by(|a, b| a.offset == b.offset) {
        let offset = group[0].offset;
        let place = Location { section: index, offset: base.wrapping_add(offset) as i64 };
        let fixup = read_group(elf, place, offset, group)
            .map_err(|error| error.at(&section.name, offset).symbol(elf.symbol_name(group[0])))?;
        if offset.saturating_add(u64::from(fixup.bytes)) > section.data.len() as u64 {
            let what = format!(
                "{} reaches out of the {} bytes of its section",
                rel::name(group[0].kind),
                section.data.len()
            );
            return Err(LinkError::new(what).at(&section.name, offset));
        }
        fixups.push(fixup);
    }
    if let Some(pair) =
        fixups.windows(2).find(|pair| pair[0].offset + u64::from(pair[0].bytes) > pair[1].offset)
    {
        return Err(LinkError::new("two relocations overlap").at(&section.name, pair[1].offset));
    }
    Ok(fixups)
}

/// Adds fixups, which do not overlap one another, where there are none.
pub(super) fn add_fixups(fixups: &mut Vec<RawFixup>, mut more: Vec<RawFixup>) {
    more.retain(|fixup| {
        let at = fixups.partition_point(|other| other.offset < fixup.offset);
        let is_free = |other: &RawFixup| {
            other.offset >= fixup.offset + u64::from(fixup.bytes)
                || other.offset + u64::from(other.bytes) <= fixup.offset
        };
        let around = fixups.get(at.saturating_sub(1)..).unwrap_or_default();
        around.iter().take(2).all(is_free)
    });
    // All at once: each would move what is behind it otherwise.
    fixups.append(&mut more);
    fixups.sort_by_key(|fixup| fixup.offset);
}

fn read_group(elf: &Elf<'_>, place: Location, offset: u64, group: &[&Relocation]) -> Result<RawFixup> {
    let names =
        || group.iter().map(|relocation| rel::name(relocation.kind)).collect::<Vec<_>>().join(" and ");
    let actions: Vec<_> = group.iter().map(|relocation| action(relocation.kind)).collect();
    let fixup = |bytes, second| Ok(RawFixup { offset, bytes, first: elf.target(group[0])?, second });
    match actions.as_slice() {
        [Some(Action::Set(bytes))] => fixup(*bytes, None),
        [Some(Action::Relative(bytes))] => fixup(*bytes, Some(place)),
        [Some(Action::Function(bytes))] => {
            let mut fixup = fixup(*bytes, Some(place))?;
            // Compilers count from where a table of functions starts: the addend is the way from there to the place, and not
            // one into the function. That is another matter where a section stands for what is in it.
            if !elf.symbol_name(group[0]).is_empty() {
                let back = |place: Location| Location {
                    offset: place.offset.wrapping_sub(group[0].addend),
                    ..place
                };
                (fixup.first, fixup.second) = (back(fixup.first), Some(back(place)));
            }
            Ok(fixup)
        }
        [Some(Action::Add(first) | Action::Set(first)), Some(Action::Subtract(second))]
            if first == second =>
        {
            fixup(*first, Some(elf.target(group[1])?))
        }
        [None] if rel::is_thread_local(group[0].kind) => Err(super::relocate::thread_local(names())),
        [None] if group[0].kind == rel::RELATIVE => {
            let what = format!("{} points to {:#x}, where no section is", names(), group[0].addend);
            Err(LinkError::new(what).hint("link without -pie, or keep relocations with --emit-relocs"))
        }
        _ => Err(LinkError::new(format!("{} at one place cannot be linked in data", names())).hint(
            "compile and link without features that need other relocations, and keep them with --emit-relocs",
        )),
    }
}

/// Resolves places to blocks and data.
pub(super) fn resolve(
    elf: &Elf<'_>,
    places: &Places<'_, '_>,
    name: &str,
    raw: Vec<RawFixup>,
) -> Result<Vec<Fixup>> {
    let pointer_bytes = elf.xlen.bytes();
    raw.into_iter()
        .map(|raw| {
            let RawFixup { offset, bytes, first, second } = raw;
            let error = |error: LinkError| error.at(name, offset);
            let first = places.resolve(first).map_err(error)?;
            let value = match second {
                None => FixupValue::Absolute(first),
                Some(second) => FixupValue::Difference(first, places.resolve(second).map_err(error)?),
            };
            // Whoever adds again what was subtracted ends up right: a table of jumps is added to its own address, and
            // the difference of two labels to the second one. Nothing else can be done with the distance of code.
            let can_be = match value {
                FixupValue::Difference(Place::Code(_), Place::Data(..)) => u64::from(bytes) == pointer_bytes || bytes == 4,
                FixupValue::Difference(Place::Code(_), Place::Number(_)) | FixupValue::Difference(Place::Data(..) | Place::Number(_), Place::Code(_)) => false,
                _ => true,
            };
            if !can_be {
                return Err(LinkError::new("the distance between code and something else is stored in data, but code is nowhere in memory").at(name, offset).hint("store the address of the code itself"));
            }
            Ok(Fixup { offset, bytes, value })
        })
        .collect()
}
