// SPDX-License-Identifier: Apache-2.0
//! The input's debug sections in pieces that make sense by themselves.
//!
//! A file can have several sections of one name. In one that was not linked they are put one behind the other, and every reference
//! is redone from its relocation. A linker that was told to keep the sections of each object file apart has redone the references
//! already, relative to the sections of the same object, and left relocations of some of them only: there each object is a piece.
//! References to code get addresses that only serve to tell sections apart: the linker's own, where the file was linked, or else
//! made-up ones.

use crate::elf::{rel, Class, Elf, Location, Relocation, SectionIndex};
use std::collections::BTreeMap;

/// Debug sections, and where code is taken to be.
pub(super) struct Sections {
    /// Those of each piece by their names.
    pub(super) pieces: Vec<BTreeMap<String, Vec<u8>>>,
    /// Start, end and index of sections of code, by their starts.
    pub(super) code: Vec<(u64, u64, SectionIndex)>,
}

/// Address of the first section of code in files that were not linked.
const CODE_START: u64 = 0x1000;

impl Sections {
    /// Puts them together.
    pub(super) fn read(elf: &Elf<'_>) -> Self {
        let was_linked =
            elf.sections.iter().any(|section| section.class == Class::Code && section.address != 0);
        let mut bases = vec![0_u64; elf.sections.len()];
        let mut piece_of = vec![0; elf.sections.len()];
        let mut piece = 0;
        let mut sizes: BTreeMap<&str, u64> = BTreeMap::new();
        let mut next_code = CODE_START;
        let mut code = Vec::new();
        for (index, section) in elf.sections.iter().enumerate() {
            if is_debug(&section.name) {
                // The sections of one object file stand together, one of each name.
                if was_linked && sizes.contains_key(section.name.as_str()) {
                    sizes.clear();
                    piece += 1;
                }
                piece_of[index] = piece;
                let size = sizes.entry(&section.name).or_default();
                bases[index] = *size;
                *size += section.data.len() as u64;
            } else if section.class == Class::Code {
                // Code that was linked is somewhere behind address 0.
                bases[index] = if section.address == 0 { next_code } else { section.address };
                next_code = next_code.saturating_add(section.size);
                // What the file says of addresses may be anything.
                code.push((bases[index], bases[index].saturating_add(section.size), index));
            }
        }
        code.sort_unstable();
        let mut pieces: Vec<BTreeMap<String, Vec<u8>>> = vec![BTreeMap::new(); piece + 1];
        let address = |location: Location| bases[location.section].wrapping_add(location.offset as u64);
        for (section, piece) in
            elf.sections.iter().zip(piece_of).filter(|(section, _)| is_debug(&section.name))
        {
            let mut bytes = section.data.to_vec();
            let relocations: Vec<&Relocation> =
                section.relocations.iter().filter(|relocation| relocation.symbol != 0).collect();
            for group in relocations.chunk_by(|a, b| a.offset == b.offset) {
                let targets: Option<Vec<u64>> =
                    group.iter().map(|relocation| elf.target(relocation).ok().map(address)).collect();
                if let Some(targets) = targets {
                    apply(&mut bytes, group, &targets);
                }
            }
            pieces[piece].entry(section.name.clone()).or_default().extend(bytes);
        }
        Self { pieces, code }
    }

    /// The section and byte of code at an address.
    pub(super) fn code_at(&self, address: u64) -> Option<(SectionIndex, u32)> {
        let before = self.code.partition_point(|(start, ..)| *start <= address);
        let (start, end, section) = *self.code.get(before.checked_sub(1)?)?;
        let offset = u32::try_from(address - start).ok()?;
        (address <= end).then_some((section, offset))
    }
}

fn is_debug(name: &str) -> bool {
    name.starts_with(".debug_")
}

/// Writes what the relocations at one place stand for; what is not known is left as it is.
fn apply(bytes: &mut [u8], group: &[&Relocation], targets: &[u64]) {
    let kinds: Vec<u32> = group.iter().map(|relocation| relocation.kind).collect();
    let difference = || targets[0].wrapping_sub(targets[1]);
    let (value, count) = match kinds.as_slice() {
        [rel::ABS32] | [rel::SET32] => (targets[0], 4),
        [rel::ABS64] => (targets[0], 8),
        [rel::ADD8 | rel::SET8, rel::SUB8] => (difference(), 1),
        [rel::ADD16 | rel::SET16, rel::SUB16] => (difference(), 2),
        [rel::ADD32 | rel::SET32 | rel::ABS32, rel::SUB32] => (difference(), 4),
        [rel::ADD64 | rel::ABS64, rel::SUB64] => (difference(), 8),
        [rel::SET_ULEB128, rel::SUB_ULEB128] => return set_uleb128(bytes, group[0].offset, difference()),
        _ => return,
    };
    let from = group[0].offset as usize;
    if let Some(to) = bytes.get_mut(from..from.saturating_add(count)) {
        to.copy_from_slice(&value.to_le_bytes()[..count]);
    }
}

/// Overwrites a number without changing how long it is.
fn set_uleb128(bytes: &mut [u8], offset: u64, mut value: u64) {
    for byte in bytes.iter_mut().skip(offset as usize) {
        let goes_on = *byte & 0x80;
        *byte = (value & 0x7f) as u8 | goes_on;
        value >>= 7;
        if goes_on == 0 {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf::{Section, Xlen};

    #[test]
    fn code_may_lie_at_the_end_of_all_addresses() {
        let section = |address, size| Section {
            name: ".text".into(),
            address,
            align: 1,
            size,
            data: [][..].into(),
            class: Class::Code,
            is_thread_local: false,
            relocations: Vec::new(),
        };
        let sections = vec![section(u64::MAX - 3, 8), section(0, u64::MAX), section(0, 9)];
        let elf = Elf { xlen: Xlen::X64, sections, symbols: Vec::new() };
        let sections = Sections::read(&elf);
        assert_eq!(sections.code_at(u64::MAX - 1), Some((0, 2)));
        assert_eq!(sections.code_at(CODE_START - 1), None);
    }

    #[test]
    fn long_numbers_keep_their_length() {
        let mut bytes = [0x80, 0x80, 0x00, 0x55];
        set_uleb128(&mut bytes, 0, 300);
        assert_eq!(bytes, [0xac, 0x82, 0x00, 0x55]);
    }
}
