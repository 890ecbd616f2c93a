// SPDX-License-Identifier: Apache-2.0
//! Guest memory: what the host reads of it and what a resume writes to it.

use super::{assert_no_such_instance, tests};
use crate::programs::{blob, enter, host_call, load, ret, store, trap, RO, RW, RW_BYTES, STACK_END, WAIT};
use alloc::{vec, vec::Vec};
use revive_vm_primitives::{Instruction, Reg};
use revive_vm_runtime_interface::{
    limits, revive_vm, ExitKind, Instance, MemoryError, Resume, RunError, Write,
};

tests! {
    memory_begins_as_the_blob_says,
    what_is_written_is_read_back_and_seen_by_the_guest,
    what_the_guest_writes_is_read,
    reads_and_writes_end_where_memory_ends,
    nothing_can_be_read_anywhere,
    a_refused_read_gives_zeros,
    too_long_reads_are_refused,
    after_the_end_there_is_no_memory_and_reads_give_zeros,
}

/// An instance that waits, and then does this.
fn waiting(then: &[Instruction]) -> Instance {
    let (instance, exit) = enter(&blob(&["wait"], &[&[host_call(0)], then].concat()), &WAIT, 10);
    assert_eq!(exit.kind, ExitKind::HostCall { import: 0 });
    instance
}

fn write<'a>(writes: &'a [Write<'a>]) -> Resume<'a> {
    Resume { gas: 10, result: None, writes }
}

fn memory_begins_as_the_blob_says() {
    let instance = waiting(&[ret()]);
    let mut data = [0xee; 64];
    instance.read_memory(RO, &mut data).expect("in bounds");
    assert!(data.iter().copied().eq(0..64));
    instance.read_memory(RW, &mut data).expect("in bounds");
    assert_eq!((&data[..16], &data[16..]), (&[0xff; 16][..], &[0; 48][..]));
    instance.read_memory(STACK_END - 64, &mut data).expect("in bounds");
    assert_eq!(data, [0; 64]);
}

fn what_is_written_is_read_back_and_seen_by_the_guest() {
    let mut instance = waiting(&[host_call(0), load(Reg::A0, RW), ret()]);
    let exit = instance.resume(write(&[Write::Bytes { address: RW, bytes: &[1, 2, 3] }]));
    assert_eq!(exit.map(|exit| exit.kind), Ok(ExitKind::HostCall { import: 0 }));
    let mut data = [0; 4];
    instance.read_memory(RW, &mut data).expect("in bounds");
    assert_eq!(data, [1, 2, 3, 0xff]);
    let exit = instance.resume(write(&[Write::Zero { address: RW + 1, len: 1 }])).expect("it is suspended");
    assert_eq!((exit.kind, exit.args[0]), (ExitKind::Finished, 0xffff_ffff_ff03_0001));
}

fn what_the_guest_writes_is_read() {
    let mut instance = waiting(&[store(RW, Reg::Sp), host_call(0), ret()]);
    let mut word = [0; 4];
    instance.read_memory(RW, &mut word).expect("in bounds");
    assert_eq!(word, [0xff; 4]);
    instance.resume(write(&[])).expect("it is suspended");
    instance.read_memory(RW, &mut word).expect("in bounds");
    assert_eq!(u32::from_le_bytes(word), STACK_END);
}

fn reads_and_writes_end_where_memory_ends() {
    let mut instance = waiting(&[host_call(0), ret()]);
    let end = RW + RW_BYTES;
    let refused = Err(RunError::WriteOutOfBounds { index: 0 });
    for (address, len) in
        [(end - 3, 4), (end, 1), (RW - 1, 1), (0, 1), (STACK_END, 1), (u32::MAX, 1), (u32::MAX, 9)]
    {
        let mut data: Vec<u8> = vec![0; len];
        assert_eq!(instance.read_memory(address, &mut data), Err(MemoryError::OutOfBounds), "{address:#x}");
        let bytes = Write::Bytes { address, bytes: &data };
        assert_eq!(instance.resume(write(&[bytes])), refused, "{address:#x}");
    }
    assert_eq!(instance.resume(write(&[Write::Bytes { address: RO, bytes: &[1] }])), refused, "read-only");
    let too_many = [Write::Bytes { address: end - 4, bytes: &[0xaa; 5] }];
    assert_eq!(instance.resume(write(&too_many)), refused, "one byte too many");
    let mut last = [0xee; 4];
    instance.read_memory(end - 4, &mut last).expect("in bounds");
    assert_eq!(last, [0; 4], "nothing of a refused write is made");

    let mut whole = vec![0xaa; usize::try_from(RW_BYTES).expect("small")];
    let exit = instance.resume(write(&[Write::Bytes { address: RW, bytes: &whole }]));
    assert_eq!(exit.map(|exit| exit.kind), Ok(ExitKind::HostCall { import: 0 }));
    whole.fill(0);
    assert_eq!(instance.read_memory(RW, &mut whole), Ok(()));
    assert!(whole.iter().all(|byte| *byte == 0xaa));
}

fn nothing_can_be_read_anywhere() {
    let instance = waiting(&[ret()]);
    for address in [0, RO, RW - 1, STACK_END, u32::MAX] {
        assert_eq!(instance.read_memory(address, &mut []), Ok(()));
    }
}

fn a_refused_read_gives_zeros() {
    let mut data = [0xee; 32];
    let instance = waiting(&[ret()]);
    assert_eq!(instance.read_memory(RW + RW_BYTES - 16, &mut data), Err(MemoryError::OutOfBounds));
    assert_eq!(data, [0; 32]);
}

fn too_long_reads_are_refused() {
    let instance = waiting(&[ret()]);
    let too_long = u32::from(MemoryError::TooLong.code());
    let mut data = vec![1; limits::REQUEST_BYTES_MAX + 1];
    assert_eq!(instance.read_memory(RW, &mut data), Err(MemoryError::TooLong));
    assert!(data.iter().all(|byte| *byte == 0));
    data.fill(1);
    assert_eq!(revive_vm::read_memory(instance.id(), RW, &mut data), too_long, "the host says it too");
    assert!(data.iter().all(|byte| *byte == 0));
    data.pop();
    assert_eq!(instance.read_memory(RW, &mut data), Err(MemoryError::OutOfBounds));
}

fn after_the_end_there_is_no_memory_and_reads_give_zeros() {
    let assert_gone = |instance: &Instance| {
        for len in [0, 1, 16] {
            let mut data: Vec<u8> = vec![0xee; len];
            assert_eq!(instance.read_memory(RW, &mut data), Err(MemoryError::NoSuchInstance));
            assert!(data.iter().all(|byte| *byte == 0));
        }
        assert_no_such_instance(instance.id());
    };
    for end in [ret(), trap()] {
        let (instance, _) = enter(&blob(&[], &[end]), &WAIT, 10);
        assert_gone(&instance);
        let mut instance = waiting(&[end]);
        instance.resume(write(&[])).expect("it is suspended");
        assert_gone(&instance);
    }
    // Closed while it waits, behind the back of its owner, who closes it once more in the end.
    let instance = waiting(&[ret()]);
    let bystander = waiting(&[ret()]);
    revive_vm::close(instance.id());
    assert_gone(&instance);
    assert_eq!(bystander.read_memory(RW, &mut [0; 16]), Ok(()));
}
