// SPDX-License-Identifier: Apache-2.0
//! Pointers that only the dynamic linker knows of: it adds to words of data where the program lies.
//!
//! Position-independent files list them, by address, for the program as a whole. They say nothing new where the
//! compiler's linker kept its relocations, but what it made itself, and what other tools changed, may have no others.

use super::{rel, Class, Location, Relocation, Section, SectionIndex, Symbol, Xlen};
use crate::hash::FastMap;
use std::{borrow::Cow, collections::BTreeSet};

/// A word of memory, and what it holds.
pub(super) type Pointer<'a> = (u64, Held<'a>);

/// What a word holds once the dynamic linker has seen it.
#[derive(Debug)]
pub(super) enum Held<'a> {
    /// This address.
    Address(u64),
    /// The address that stands in the word itself.
    Itself,
    /// The address of a place, which a symbol said: others could have defined it too.
    Place(Location),
    /// The address of a symbol that is nowhere.
    Nowhere(Box<Symbol<'a>>),
}

/// The number in the bytes of a word.
fn number(word: &[u8]) -> u64 {
    word.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The words of a table in the compressed form.
fn entries(bytes: &[u8], xlen: Xlen) -> impl Iterator<Item = u64> + '_ {
    bytes.chunks_exact(xlen.bytes() as usize).map(number)
}

/// How many pointers a table in the compressed form has.
pub(super) fn count(bytes: &[u8], xlen: Xlen) -> usize {
    let of_entry = |entry: u64| if entry & 1 == 0 { 1 } else { entry.count_ones() as usize - 1 };
    entries(bytes, xlen).map(of_entry).sum()
}

/// Addresses of words in the compressed form: even words are addresses, odd ones say for as many words as they have
/// bits, but for one, which of those behind are meant.
pub(super) fn compressed<'a>(bytes: &[u8], xlen: Xlen) -> Vec<Pointer<'a>> {
    let size = xlen.bytes();
    let mut pointers = Vec::new();
    let mut next = 0_u64;
    for entry in entries(bytes, xlen) {
        if entry & 1 == 0 {
            pointers.push((entry, Held::Itself));
            next = entry.wrapping_add(size);
            continue;
        }
        let bits = size * 8 - 1;
        let meant = (0..bits).filter(|bit| entry >> (bit + 1) & 1 == 1);
        pointers.extend(meant.map(|bit| (next.wrapping_add(bit * size), Held::Itself)));
        next = next.wrapping_add(bits * size);
    }
    pointers
}

/// Adds relocations for pointers that have none. `sections` have theirs in order, and still do when this returns.
pub(super) fn add<'a>(
    pointers: Vec<Pointer<'a>>,
    sections: &mut [Section<'_>],
    symbols: &mut Vec<Symbol<'a>>,
    xlen: Xlen,
) {
    let size = xlen.bytes();
    let mut by_address: Vec<(u64, u64, SectionIndex)> = sections
        .iter()
        .enumerate()
        .filter(|(_, section)| has_address(section))
        .map(|(index, section)| (section.address, section.size, index))
        .collect();
    by_address.sort_unstable();
    let at = |address: u64| {
        let after = by_address.partition_point(|(start, ..)| *start <= address);
        let (start, bytes, index) = by_address.get(after.checked_sub(1)?)?;
        // The end of a section is a place of it too, if none starts there.
        (address - start <= *bytes).then_some((*index, address - start))
    };
    let mut section_symbols: FastMap<SectionIndex, usize> = FastMap::default();
    let mut has_more = Vec::new();
    for (address, held) in pointers {
        let Some((index, offset)) = at(address) else { continue };
        let section = &sections[index];
        let word =
            usize::try_from(offset).ok().and_then(|offset| section.data.get(offset..)?.get(..size as usize));
        let Some(word) = word else { continue };
        let from = section.relocations.partition_point(|other| other.offset < offset);
        let mut there = section.relocations[from..].iter().take_while(|other| other.offset < offset + size);
        if there.any(|other| !other.is_null()) {
            continue;
        }
        let kind = if xlen.is_64() { rel::ABS64 } else { rel::ABS32 };
        let (value, place) = match held {
            Held::Address(value) => (value, at(value)),
            Held::Itself => (number(word), at(number(word))),
            Held::Place(Location { section, offset }) => (0, Some((section, offset as u64))),
            Held::Nowhere(symbol) => {
                symbols.push(*symbol);
                has_more.push((index, Relocation { offset, kind, symbol: symbols.len() - 1, addend: 0 }));
                continue;
            }
        };
        let relocation = match place {
            Some((to, addend)) => {
                let symbol = *section_symbols.entry(to).or_insert_with(|| {
                    symbols.push(Symbol {
                        name: Cow::Owned(sections[to].name.clone()),
                        location: Ok(Location { section: to, offset: 0 }),
                        size: 0,
                        is_function: false,
                    });
                    symbols.len() - 1
                });
                Relocation { offset, kind, symbol, addend: addend as i64 }
            }
            // Whoever needs the word gets to know that nobody knows what it points to.
            None => Relocation { offset, kind: rel::RELATIVE, symbol: 0, addend: value as i64 },
        };
        has_more.push((index, relocation));
    }
    // What says nothing gives way.
    let mut places: FastMap<SectionIndex, BTreeSet<u64>> = FastMap::default();
    for (index, relocation) in &has_more {
        places.entry(*index).or_default().insert(relocation.offset);
    }
    for (index, places) in places {
        sections[index].relocations.retain(|other| !other.is_null() || !places.contains(&other.offset));
    }
    for (index, relocation) in has_more {
        sections[index].relocations.push(relocation);
    }
    for section in sections {
        section.relocations.sort_by_key(|relocation| relocation.offset);
    }
}

/// Whether a section is where the dynamic linker finds it. Variables of threads are copied from there.
fn has_address(section: &Section<'_>) -> bool {
    let is_other = matches!(section.class, Class::Exports | Class::Metadata) && section.address != 0;
    (section.class.is_loaded() || is_other) && section.size > 0 && !section.is_thread_local
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compressed_lists_name_runs_of_words() {
        let words = |words: &[u64]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
        let addresses = |list: &[u64]| {
            compressed(&words(list), Xlen::X64).iter().map(|(address, _)| *address).collect::<Vec<_>>()
        };
        assert_eq!(addresses(&[0x1000, 0b1011]), [0x1000, 0x1008, 0x1018]);
        assert_eq!(addresses(&[0x1000, 1, 0b11]), [0x1000, 0x1008 + 63 * 8]);
        assert_eq!(addresses(&[0x2000, 0x3000]), [0x2000, 0x3000]);
        for list in [&[0x1000, 0b1011][..], &[0x1000, 1, 0b11], &[0x2000, 0x3000, u64::MAX]] {
            assert_eq!(count(&words(list), Xlen::X64), addresses(list).len());
        }
        assert!(matches!(compressed(&[0, 16, 0, 0, 3, 0, 0], Xlen::X32)[..], [(0x1000, Held::Itself)]));
    }
}
