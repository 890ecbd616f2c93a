// SPDX-License-Identifier: Apache-2.0
//! The memory layout: the worked examples of the specification, and its validity rules.

use revive_vm_primitives::{
    memory_map::{ADDRESS_BOTTOM, ADDRESS_TOP, REGION_ALIGNMENT},
    MemoryMap, MemoryMapError,
};

const GAP: u32 = REGION_ALIGNMENT;

#[test]
fn one_byte_of_everything_with_16_kib_pages() {
    let map = MemoryMap::new(16384, 1, 1, 1, 0).unwrap();
    assert_eq!((map.ro_data_address(), map.ro_data_size()), (0x10000, 0x4000));
    assert_eq!((map.rw_data_address(), map.rw_data_size()), (0x30000, 0x4000));
    assert_eq!(map.heap_base(), 0x30001);
    assert_eq!((map.stack_low(), map.stack_high()), (0xfffd_c000, 0xfffe_0000));
    assert_eq!(map.stack_size(), 0x4000);
    assert_eq!(u64::from(map.heap_size_max()), (1 << 32) - 4 * u64::from(GAP) - 0x30001);
    assert_eq!((map.aux_address(), map.aux_size()), (ADDRESS_TOP, 0));
}

#[test]
fn nothing_at_all() {
    let map = MemoryMap::new(4096, 0, 0, 0, 0).unwrap();
    assert_eq!((map.ro_data_address(), map.ro_data_size()), (ADDRESS_BOTTOM, 0));
    assert_eq!((map.rw_data_address(), map.rw_data_size()), (0x20000, 0));
    assert_eq!(map.heap_base(), 0x20000);
    assert_eq!((map.stack_low(), map.stack_high()), (0xfffe_0000, 0xfffe_0000));
    assert_eq!(map.heap_size_max(), 0xfffb_0000);
}

#[test]
fn a_usual_program_with_aux() {
    let map = MemoryMap::new(4096, 5000, 70000, 8192, 4096).unwrap();
    assert_eq!((map.ro_data_address(), map.ro_data_size()), (0x10000, 0x2000));
    assert_eq!((map.rw_data_address(), map.rw_data_size()), (0x30000, 0x12000));
    assert_eq!(map.heap_base(), 0x41170);
    assert_eq!((map.aux_address(), map.aux_size()), (0xfffe_0000, 0x1000));
    assert_eq!((map.stack_low(), map.stack_high()), (0xfffc_e000, 0xfffd_0000));
}

#[test]
fn page_sizes_are_powers_of_two_from_4_to_64_kib() {
    for shift in 0..32 {
        let size = 1 << shift;
        let legal = (12..=16).contains(&shift);
        assert_eq!(MemoryMap::new(size, 0, 0, 0, 0).is_ok(), legal, "{size}");
    }
    for size in [0, 4095, 4097, 12288, 65535, u32::MAX] {
        assert_eq!(MemoryMap::new(size, 0, 0, 0, 0), Err(MemoryMapError::PageSize(size)));
    }
}

#[test]
fn regions_together_leave_five_gaps() {
    let max = (1_u64 << 32) - 5 * u64::from(GAP);
    let largest = u32::try_from(max).unwrap();
    let names = ["ro", "rw", "stack", "aux"];
    for which in 0..4 {
        let mut sizes = [0; 4];
        sizes[which] = largest;
        let [ro, rw, stack, aux] = sizes;
        let map = MemoryMap::new(4096, ro, rw, stack, aux).unwrap();
        let left = if which == 1 { 0 } else { map.heap_size_max() };
        assert_eq!(left, 0, "{} leaves no room for the heap", names[which]);

        sizes[which] += 1;
        let [ro, rw, stack, aux] = sizes;
        let expected = MemoryMapError::TotalTooLarge { size: max + u64::from(GAP), max };
        assert_eq!(MemoryMap::new(4096, ro, rw, stack, aux), Err(expected));
    }
    let quarter = largest / 4 / GAP * GAP;
    assert!(MemoryMap::new(4096, quarter, quarter, quarter, quarter).is_ok());
    let expected = MemoryMapError::TotalTooLarge { size: max + u64::from(GAP), max };
    assert_eq!(MemoryMap::new(4096, largest, 0, 1, 0), Err(expected));
}

#[test]
fn a_region_that_cannot_be_rounded_up_is_named() {
    for (which, region) in ["read-only", "read-write", "stack", "aux"].into_iter().enumerate() {
        let mut sizes = [0; 4];
        sizes[which] = u32::MAX;
        let [ro, rw, stack, aux] = sizes;
        let error = MemoryMap::new(4096, ro, rw, stack, aux).unwrap_err();
        let max = u32::MAX - 4096;
        assert_eq!(error, MemoryMapError::RegionTooLarge { region, size: u32::MAX, max });
        assert_eq!(
            error.to_string(),
            format!("the {region} region has 4294967295 bytes, at most 4294963199 are allowed")
        );
    }
    // A multiple of the page size is not subject to this rule, only to the one about the total.
    let size = u32::MAX - 4095;
    assert!(matches!(MemoryMap::new(4096, size, 0, 0, 0), Err(MemoryMapError::TotalTooLarge { .. })));
}

#[test]
fn regions_never_touch() {
    let sizes = [0, 1, 4095, 4096, 4097, 65535, 65536, 65537, 1 << 20, 1 << 30];
    for page_size in [4096, 8192, 16384, 32768, 65536] {
        for (ro, rw) in sizes.into_iter().flat_map(|ro| sizes.map(|rw| (ro, rw))) {
            for (stack, aux) in sizes.into_iter().flat_map(|stack| sizes.map(|aux| (stack, aux))) {
                let Ok(map) = MemoryMap::new(page_size, ro, rw, stack, aux) else { continue };
                let gap = u64::from(GAP);
                let ro_end = u64::from(map.ro_data_address()) + u64::from(map.ro_data_size());
                assert!(ro_end + gap <= u64::from(map.rw_data_address()));
                let heap_end = u64::from(map.heap_base()) + u64::from(map.heap_size_max());
                assert!(heap_end + gap <= u64::from(map.stack_low()), "{map:?}");
                assert_eq!(u64::from(map.stack_high()) + gap, u64::from(map.aux_address()));
                let aux_end = u64::from(map.aux_address()) + u64::from(map.aux_size());
                assert!(aux_end <= u64::from(ADDRESS_TOP));
                assert_eq!(map.rw_data_address() % GAP, 0);
                assert_eq!(map.stack_high() % GAP, 0);
            }
        }
    }
}
