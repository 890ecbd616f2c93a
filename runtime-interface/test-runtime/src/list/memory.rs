// SPDX-License-Identifier: Apache-2.0
//! Plain reads and writes of guest memory.

use super::tests;
use crate::programs::{blob, instance_of, load, ret, RO, RW, RW_BYTES, STACK_END};
use alloc::{vec, vec::Vec};
use revive_vm_primitives::Reg;
use revive_vm_runtime_interface::{limits, Imports, Instance, MemoryError};

tests! {
    memory_begins_as_the_blob_says,
    what_is_written_is_read_back_and_seen_by_the_guest,
    reads_and_writes_end_where_memory_ends,
    read_only_data_is_read_only_for_the_host_too,
    nothing_can_be_read_or_written_anywhere,
    a_refused_read_gives_zeros,
    too_long_requests_are_refused,
}

fn instance() -> Instance {
    instance_of(&blob(&[], &[load(Reg::A0, RW), ret()]), &Imports(&[]))
}

fn memory_begins_as_the_blob_says() {
    let instance = instance();
    let mut data = [0xee; 64];
    instance.read_memory(RO, &mut data).expect("in bounds");
    assert!(data.iter().copied().eq(0..64));
    instance.read_memory(RW, &mut data).expect("in bounds");
    assert_eq!((&data[..16], &data[16..]), (&[0xff; 16][..], &[0; 48][..]));
    instance.read_memory(STACK_END - 64, &mut data).expect("in bounds");
    assert_eq!(data, [0; 64]);
}

fn what_is_written_is_read_back_and_seen_by_the_guest() {
    let mut instance = instance();
    instance.write_memory(RW, &[1, 2, 3]).expect("in bounds");
    let mut data = [0; 4];
    instance.read_memory(RW, &mut data).expect("in bounds");
    assert_eq!(data, [1, 2, 3, 0xff]);
    assert_eq!(instance.start("call", 2).map(|exit| exit.args[0]), Ok(0xffff_ffff_ff03_0201));
    instance.write_memory(RW, &[7]).expect("also after the end");
    instance.read_memory(RW, &mut data).expect("in bounds");
    assert_eq!(data, [7, 2, 3, 0xff]);
}

fn reads_and_writes_end_where_memory_ends() {
    let mut instance = instance();
    let end = RW + RW_BYTES;
    let mut whole = vec![0; usize::try_from(RW_BYTES).expect("small")];
    assert_eq!(instance.read_memory(RW, &mut whole), Ok(()));
    assert_eq!(instance.write_memory(RW, &whole), Ok(()));
    for (address, len) in
        [(end - 3, 4), (end, 1), (RW - 1, 1), (0, 1), (STACK_END, 1), (u32::MAX, 1), (u32::MAX, 9)]
    {
        let mut data: Vec<u8> = vec![0; len];
        assert_eq!(instance.read_memory(address, &mut data), Err(MemoryError::OutOfBounds), "{address:#x}");
        assert_eq!(instance.write_memory(address, &data), Err(MemoryError::OutOfBounds), "{address:#x}");
    }
    instance.write_memory(end - 4, &[0xaa; 5]).expect_err("one byte too many");
    let mut last = [0; 4];
    instance.read_memory(end - 4, &mut last).expect("in bounds");
    assert_eq!(last, [0; 4], "nothing of a refused write is made");
}

fn read_only_data_is_read_only_for_the_host_too() {
    assert_eq!(instance().write_memory(RO, &[1]), Err(MemoryError::OutOfBounds));
}

fn nothing_can_be_read_or_written_anywhere() {
    let mut instance = instance();
    for address in [0, RO, RW - 1, STACK_END, u32::MAX] {
        assert_eq!(instance.read_memory(address, &mut []), Ok(()));
        assert_eq!(instance.write_memory(address, &[]), Ok(()));
    }
}

fn a_refused_read_gives_zeros() {
    let mut data = [0xee; 32];
    assert_eq!(instance().read_memory(RW + RW_BYTES - 16, &mut data), Err(MemoryError::OutOfBounds));
    assert_eq!(data, [0; 32]);
}

fn too_long_requests_are_refused() {
    let mut instance = instance();
    let mut data = vec![1; limits::REQUEST_BYTES_MAX + 1];
    assert_eq!(instance.write_memory(RW, &data), Err(MemoryError::TooLong));
    assert_eq!(instance.read_memory(RW, &mut data), Err(MemoryError::TooLong));
    assert!(data.iter().all(|byte| *byte == 0));
    data.pop();
    assert_eq!(instance.write_memory(RW, &data), Err(MemoryError::OutOfBounds));
}
