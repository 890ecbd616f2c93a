// SPDX-License-Identifier: Apache-2.0
//! What is accessible to whom, and how it grows: the table and the steps of the specification (memory map, sections 4 and 5), with numbers.

mod support;

use revive_vm_primitives::{
    regions::{Heap, Region, RegionOffset},
    MemoryError, MemoryMap, Regions,
};
use support::Random;

const PAGE: u32 = 4096;
const MIB: u32 = 1 << 20;

/// Read-only data at 0x10000..0x12000, read-write data at 0x30000..0x42000 with the heap from 0x41170 on, the stack at
/// 0xfffc_e000..0xfffd_0000, aux at 0xfffe_0000..0xfffe_3000.
fn map() -> MemoryMap {
    MemoryMap::new(PAGE, 5000, 70_000, 8192, 3 * PAGE).unwrap()
}

fn regions() -> Regions {
    Regions::new(map(), MIB)
}

fn at(region: Region, offset: u32) -> RegionOffset {
    RegionOffset { region, offset }
}

/// The table of section 4: region, first address, end, whether guests store and hosts write there.
fn table(regions: &Regions, aux_protected: bool) -> [(Region, u32, u32, bool, bool); 4] {
    [
        (Region::ReadOnly, 0x10000, 0x12000, false, false),
        (Region::ReadWrite, 0x30000, 0x30000 + regions.rw_bytes(), true, true),
        (Region::Stack, 0xfffc_e000, 0xfffd_0000, true, true),
        (Region::Aux, 0xfffe_0000, 0xfffe_0000 + regions.aux_bytes(), false, !aux_protected),
    ]
}

/// Compares all questions about some bytes with the table.
fn check(regions: &Regions, aux_protected: bool, address: u32, len: u32) {
    let end = u64::from(address) + u64::from(len);
    let found = table(regions, aux_protected)
        .into_iter()
        .find(|(_, start, stop, ..)| len > 0 && address >= *start && end <= u64::from(*stop));
    let error = MemoryError::OutOfRange { address, len: len.into() };
    let place = found.map(|(region, start, ..)| at(region, address - start));
    let [stores, writes] = [found.is_some_and(|row| row.3), found.is_some_and(|row| row.4)];
    let what = format!("{len} bytes at {address:#x}");
    if len == 0 {
        assert!(regions.accessible(address, 0, false) && regions.accessible(address, 0, true), "{what}");
        return;
    }
    assert_eq!(regions.accessible(address, len, false), found.is_some(), "{what}");
    assert_eq!(regions.accessible(address, len, true), stores, "{what}");
    assert_eq!(regions.to_read(address, len.into()), place.ok_or(error), "{what}");
    assert_eq!(regions.to_write(address, len.into()), place.filter(|_| writes).ok_or(error), "{what}");
    let room = table(regions, aux_protected)
        .into_iter()
        .find(|(_, start, stop, stores, _)| *stores && (*start..*stop).contains(&address))
        .map(|(region, start, stop, ..)| (at(region, address - start), len.min(stop - address)));
    assert_eq!(regions.storable(address, len), room, "{what}");
}

#[test]
fn accesses_are_allowed_as_the_table_says() {
    let mut random = Random::new(1);
    let mut regions = regions();
    for round in 0..200 {
        let protected = round % 3 == 0;
        regions.set_aux_write_protected(protected);
        let edges: Vec<u32> = table(&regions, protected)
            .iter()
            .flat_map(|row| [row.1, row.2])
            .chain([0, 0x30000 + 0x11170, u32::MAX])
            .collect();
        for _ in 0..300 {
            let [from, to] = [(); 2].map(|()| {
                let edge = edges[random.below(edges.len())];
                edge.wrapping_add(random.below(7) as u32).wrapping_sub(3)
            });
            // From one edge to another, or a few bytes at one.
            let len = if random.one_in(2) { to.wrapping_sub(from) } else { random.below(20) as u32 };
            check(&regions, protected, from, len);
        }
        match random.below(3) {
            0 => drop(regions.grow_heap(random.below(20_000) as u32)),
            1 => regions.set_aux_accessible_size(random.below(3 * PAGE as usize + 1) as u32).unwrap(),
            _ => regions.reset(),
        }
    }
}

#[test]
fn no_access_wraps_around() {
    let regions = regions();
    for (address, len) in
        [(u32::MAX, 2), (0x30000, u32::MAX), (0x30000, 0xffff_0000), (0xfffc_e000, 0x4_0000)]
    {
        check(&regions, false, address, len);
        assert!(regions.to_read(address, len.into()).is_err());
    }
    assert!(regions.to_read(0x30000, u64::MAX).is_err());
    assert!(regions.to_write(0x30000, 1 << 32).is_err());
}

#[test]
fn the_heap_grows_into_the_last_page_and_then_by_pages() {
    let mut regions = regions();
    assert_eq!((regions.rw_bytes(), regions.heap_bytes()), (0x12000, 0));
    // To nothing, to the end of the page, one byte further, and twice a page.
    for (by, top, rw_bytes) in [
        (0, 0x41170, 0x12000),
        (0xe90, 0x42000, 0x12000),
        (1, 0x42001, 0x13000),
        (0xfff, 0x43000, 0x13000),
        (2 * PAGE, 0x45000, 0x15000),
    ] {
        assert_eq!(regions.grow_heap(by), Some(top));
        assert_eq!((regions.rw_bytes(), regions.heap_bytes()), (rw_bytes, top - 0x41170));
    }
    regions.reset();
    assert_eq!((regions.rw_bytes(), regions.heap_bytes()), (0x12000, 0));
}

#[test]
fn the_heap_grows_up_to_the_memory_that_is_allowed() {
    let mut regions = regions();
    // Two pages of read-only data, two of stack and three of aux count, whether or not aux is accessible.
    regions.set_aux_accessible_size(0).unwrap();
    let rw_bytes_max = MIB - 7 * PAGE;
    assert_eq!(regions.rw_bytes_max(), rw_bytes_max.into());
    let largest = 0x30000 + rw_bytes_max - 0x41170;
    assert_eq!(regions.grow_heap(largest + 1), None);
    assert_eq!((regions.rw_bytes(), regions.heap_bytes()), (0x12000, 0), "nothing has changed");
    assert_eq!(regions.grow_heap(largest), Some(0x30000 + rw_bytes_max));
    assert_eq!(regions.grow_heap(1), None);
    assert_eq!(regions.grow_heap(0), Some(0x30000 + rw_bytes_max));

    // A program may start with all that is allowed, and use what is left of its last page.
    let mut full = Regions::new(map(), 0x12000 + 7 * PAGE);
    assert_eq!(full.grow_heap(0xe90), Some(0x42000));
    assert_eq!(full.grow_heap(1), None);
    let mut less = Regions::new(map(), 0);
    assert_eq!((less.rw_bytes_max(), less.grow_heap(0xe90), less.grow_heap(1)), (0, Some(0x42000), None));
}

#[test]
fn the_heap_grows_up_to_the_gap_below_the_stack() {
    let map = map();
    // The stack's region begins at a multiple of 64 KiB.
    let end = 0xfffc_0000 - 0x10000;
    let max = end - 0x41170;
    assert_eq!(map.heap_size_max(), max);
    let mut heap = Heap::default();
    for (by, top) in [(max, Some(end)), (1, None), (u32::MAX, None), (0, Some(end))] {
        assert_eq!(heap.grow(&map, by), top);
        assert_eq!(heap.bytes(), max);
    }
    let mut regions = Regions::new(map, u32::MAX);
    assert_eq!(regions.grow_heap(max), Some(end));
    assert_eq!((regions.rw_bytes(), regions.grow_heap(1)), (end - 0x30000, None));
}

#[test]
fn aux_is_hidden_by_pages() {
    let mut regions = regions();
    for (bytes, accessible) in [(0, 0), (1, PAGE), (PAGE, PAGE), (PAGE + 1, 2 * PAGE), (3 * PAGE, 3 * PAGE)] {
        regions.set_aux_accessible_size(bytes).unwrap();
        assert_eq!(regions.aux_bytes(), accessible);
    }
    let error = MemoryError::AuxTooLarge { size: 3 * PAGE + 1, max: 3 * PAGE };
    assert_eq!(regions.set_aux_accessible_size(3 * PAGE + 1), Err(error));
    assert_eq!(regions.aux_bytes(), 3 * PAGE);
    regions.set_aux_accessible_size(0).unwrap();
    regions.set_aux_write_protected(true);
    regions.reset();
    assert_eq!(regions.aux_bytes(), 3 * PAGE);
    let aux = regions.map().aux_address();
    assert!(regions.to_write(aux, 1).is_err(), "the host's own protection is no part of memory");
    regions.set_aux_write_protected(false);
    assert_eq!(regions.to_write(aux, 1), Ok(at(Region::Aux, 0)));
}
