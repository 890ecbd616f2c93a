// SPDX-License-Identifier: Apache-2.0
//! Ids: wrong ones, dead ones, too many.

use super::{assert_no_such_instance, tests};
use crate::programs::{enter, host_call, load, ret, salted_blob, store, try_enter, RW, WAIT};
use alloc::vec::Vec;
use revive_vm_primitives::Reg;
use revive_vm_runtime_interface::{
    limits, revive_vm, EnterError, ExitKind, Instance, LoadError, Resume, RunError, Write,
};

tests! {
    ids_that_were_never_given_are_refused,
    nothing_works_before_the_first_entry,
    closed_instances_are_gone,
    ids_are_never_used_again,
    closing_twice_or_anything_is_harmless,
    closing_out_of_order_leaves_the_others_alive,
    there_is_a_number_of_instances,
    instances_that_end_make_room,
}

/// Waits and returns.
fn program() -> Vec<u8> {
    salted_blob(&["wait"], &[host_call(0), ret()], 0)
}

fn waiting() -> Instance {
    let (instance, exit) = enter(&program(), &WAIT, 10);
    assert_eq!(exit.kind, ExitKind::HostCall { import: 0 });
    instance
}

/// Goes on without a result.
const GO: Resume<'_> = Resume { gas: 10, result: None, writes: &[] };

fn assert_finishes(instance: &mut Instance) {
    assert_eq!(instance.resume(GO).map(|exit| exit.kind), Ok(ExitKind::Finished));
}

fn ids_that_were_never_given_are_refused() {
    let mut instance = waiting();
    for id in [0, instance.id() + 1, instance.id() + 2, 1000, 0x8000_0000, u32::MAX] {
        revive_vm::close(id);
        assert_no_such_instance(id);
    }
    assert_finishes(&mut instance);
}

fn nothing_works_before_the_first_entry() {
    for id in [0, 1, u32::MAX] {
        revive_vm::close(id);
        assert_no_such_instance(id);
    }
}

fn closed_instances_are_gone() {
    let mut out_of_gas = enter(&program(), &WAIT, 0).0;
    assert_eq!(out_of_gas.resume(Resume { gas: 1, ..GO }).map(|exit| exit.kind), Ok(ExitKind::OutOfGas));
    for instance in [waiting(), out_of_gas] {
        let id = instance.id();
        drop(instance);
        assert_no_such_instance(id);
    }
}

fn ids_are_never_used_again() {
    let mut ids = Vec::new();
    for round in 0..20 {
        // Closed, ended by itself, and refused, which takes no id from anybody.
        let instance = if round % 2 == 0 { waiting() } else { enter(&program(), &WAIT, -1).0 };
        assert!(!ids.contains(&instance.id()));
        ids.push(instance.id());
        drop(instance);
        let (mut ended, _) = enter(&program(), &WAIT, 10);
        assert_finishes(&mut ended);
        assert!(!ids.contains(&ended.id()));
        ids.push(ended.id());
        assert_eq!(
            try_enter(b"no blob", &WAIT, 10).map(|_| ()),
            Err(EnterError::Load(LoadError::InvalidBlob))
        );
    }
    for id in ids {
        assert_no_such_instance(id);
    }
}

fn closing_twice_or_anything_is_harmless() {
    let mut other = waiting();
    let mut instance = waiting();
    for id in [instance.id(), instance.id(), 0, 99, u32::MAX] {
        revive_vm::close(id);
    }
    assert_no_such_instance(instance.id());
    assert_eq!(instance.resume(GO), Err(RunError::NoSuchInstance));
    assert_finishes(&mut other);
    for _ in 0..3 {
        revive_vm::close(other.id());
    }
    assert_no_such_instance(other.id());
    // The owner closes what is gone already when this function ends.
}

fn closing_out_of_order_leaves_the_others_alive() {
    let code = [host_call(0), store(RW, Reg::A0), host_call(0), load(Reg::A1, RW), ret()];
    let mut stack: Vec<(u64, Instance)> = (0u32..9)
        .map(|depth| {
            // Three each are of the same code.
            let (mut instance, _) = enter(&salted_blob(&["wait"], &code, depth / 3), &WAIT, 10);
            let exit = instance.resume(Resume { result: Some(depth.into()), ..GO });
            assert_eq!(exit.map(|exit| exit.kind), Ok(ExitKind::HostCall { import: 0 }));
            (depth.into(), instance)
        })
        .collect();
    // The middle, the first, the last; some by their owner, some behind its back.
    let mut closed = Vec::new();
    for (position, by_owner) in [(4, true), (0, false), (6, false), (2, true)] {
        let (_, instance) = stack.remove(position);
        closed.push(instance.id());
        if by_owner {
            drop(instance);
        } else {
            revive_vm::close(instance.id());
        }
        for id in &closed {
            assert_no_such_instance(*id);
        }
        for (depth, instance) in &stack {
            let mut word = [0xee; 8];
            instance.read_memory(RW, &mut word).expect("it is alive");
            assert_eq!(u64::from_le_bytes(word), *depth);
        }
    }
    // A new one on top, and the rest goes on from the bottom and from the top.
    let mut top = waiting();
    assert_eq!(stack.iter().map(|(depth, _)| *depth).collect::<Vec<_>>(), [1, 2, 5, 6, 7]);
    while !stack.is_empty() {
        let (depth, mut instance) =
            stack.remove(if stack.len().is_multiple_of(2) { 0 } else { stack.len() - 1 });
        let exit = instance.resume(Resume { gas: 3, ..GO }).expect("it waited");
        assert_eq!((exit.kind, exit.gas, exit.args[1]), (ExitKind::Finished, 3, depth));
        assert_no_such_instance(instance.id());
    }
    assert_finishes(&mut top);
}

fn assert_full() {
    for _ in 0..2 {
        assert_eq!(try_enter(&program(), &WAIT, 10).map(|_| ()), Err(EnterError::TooManyInstances));
    }
}

fn there_is_a_number_of_instances() {
    let mut instances: Vec<_> = (0..limits::INSTANCES_MAX).map(|_| waiting()).collect();
    assert_full();
    // Bad code is told as bad also when there is no room.
    assert_eq!(try_enter(b"no blob", &WAIT, 10).map(|_| ()), Err(EnterError::Load(LoadError::InvalidBlob)));
    instances.swap_remove(limits::INSTANCES_MAX / 2);
    instances.push(waiting());
    assert_full();
    revive_vm::close(instances[3].id());
    instances.push(waiting());
    assert_full();
    for (index, instance) in instances.iter_mut().enumerate() {
        if index == 3 {
            assert_eq!(instance.resume(GO), Err(RunError::NoSuchInstance));
        } else {
            assert_finishes(instance);
        }
    }
    drop(instances);
    for _ in 0..1000 {
        waiting();
    }
}

fn instances_that_end_make_room() {
    let mut instances: Vec<_> = (0..limits::INSTANCES_MAX - 1).map(|_| waiting()).collect();
    for _ in 0..3 {
        // There is room for one: in one run, in two runs, and refused over and over.
        enter(&salted_blob(&[], &[ret()], 0), &WAIT, 10);
        assert_finishes(&mut waiting());
        let last = waiting();
        assert_full();
        drop(last);
    }
    instances.push(waiting());
    assert_full();
    let bad = [Write::Bytes { address: 0, bytes: &[1] }];
    assert_eq!(
        instances[0].resume(Resume { writes: &bad, ..GO }),
        Err(RunError::WriteOutOfBounds { index: 0 })
    );
    assert_full();
    assert_finishes(&mut instances[0]);
    instances.push(waiting());
    assert_full();
}
