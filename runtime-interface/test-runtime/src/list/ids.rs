// SPDX-License-Identifier: Apache-2.0
//! Ids: wrong ones, dead ones, too many.

use super::tests;
use crate::programs::{blob, host_call, load_code, ret, salted_blob, RW};
use alloc::vec::Vec;
use revive_vm_runtime_interface::{
    limits, revive_vm, wire, ExitKind, Import, Imports, InstantiateError, LoadError, MemoryError, Module,
    Resume, RunError,
};

tests! {
    ids_that_were_never_given_are_refused,
    nothing_works_before_the_first_load,
    ids_of_one_kind_are_not_ids_of_the_other,
    dropped_instances_are_gone,
    dropped_modules_are_gone_but_their_instances_live,
    dropping_twice_or_anything_is_harmless,
    there_is_a_number_of_instances,
    there_is_a_number_of_held_modules,
}

const WAIT: Imports = Imports(&[Import { symbol: "wait", gather: &[] }]);

fn module(salt: u32) -> Module {
    load_code(&salted_blob(&["wait"], &[host_call(0), ret()], salt), &WAIT).expect("the code is good")
}

/// What the raw functions answer to an instance id.
fn assert_no_such_instance(id: u32) {
    let refused = |reply: Vec<u8>| {
        assert_eq!(wire::decode_exit(&reply), Some(Err(RunError::NoSuchInstance)), "instance {id}");
    };
    refused(revive_vm::start(id, b"call", 10));
    refused(revive_vm::resume(id, 10, true, 1, &[]));
    refused(revive_vm::resume(id, 10, false, 0, b"malformed"));
    let code = u32::from(MemoryError::NoSuchInstance.code());
    let mut data = [0xee; 3];
    assert_eq!(revive_vm::read_memory(id, RW, &mut data), code);
    assert_eq!(data, [0; 3]);
    assert_eq!(revive_vm::read_memory(id, RW, &mut []), code);
    assert_eq!(revive_vm::write_memory(id, RW, &data), code);
}

fn assert_no_such_module(id: u32) {
    let refused = wire::pack_error(InstantiateError::NoSuchModule.code(), 0);
    assert_eq!(revive_vm::instantiate(id), refused, "module {id}");
}

fn ids_that_were_never_given_are_refused() {
    let module = module(0);
    let _instance = module.instantiate().expect("there is room");
    for id in [0, 3, 4, 1000, 0x8000_0000, u32::MAX] {
        assert_no_such_instance(id);
        assert_no_such_module(id);
    }
}

fn nothing_works_before_the_first_load() {
    for id in [0, 1, u32::MAX] {
        revive_vm::drop_instance(id);
        revive_vm::drop_module(id);
        assert_no_such_instance(id);
        assert_no_such_module(id);
    }
}

fn ids_of_one_kind_are_not_ids_of_the_other() {
    let module = module(0);
    let instance = module.instantiate().expect("there is room");
    assert_ne!(module.id(), instance.id());
    assert_no_such_instance(module.id());
    assert_no_such_module(instance.id());
    revive_vm::drop_module(instance.id());
    revive_vm::drop_instance(module.id());
    module.instantiate().expect("the module is still there");
    assert_eq!(revive_vm::write_memory(instance.id(), RW, &[1]), 0, "the instance is still there");
}

fn dropped_instances_are_gone() {
    let module = module(0);
    for started in [false, true] {
        let mut instance = module.instantiate().expect("there is room");
        if started {
            instance.start("call", 10).expect("it starts");
        }
        let id = instance.id();
        drop(instance);
        assert_no_such_instance(id);
        let next = module.instantiate().expect("there is room");
        assert_ne!(next.id(), id, "ids are never used again");
        assert_no_such_instance(id);
    }
}

fn dropped_modules_are_gone_but_their_instances_live() {
    let module = module(0);
    let id = module.id();
    let mut instance = module.instantiate().expect("there is room");
    drop(module);
    assert_no_such_module(id);
    let exit = instance.start("call", 10).expect("it starts");
    assert_eq!(exit.kind, ExitKind::HostCall { import: 0 });
    let exit = instance.resume(Resume { gas: 0, result: None, writes: &[] }).expect("it resumes");
    assert_eq!(exit.kind, ExitKind::Finished);
}

fn dropping_twice_or_anything_is_harmless() {
    let module = module(0);
    let other = module.instantiate().expect("there is room");
    let instance = module.instantiate().expect("there is room");
    for id in [instance.id(), instance.id(), 0, 99, u32::MAX] {
        revive_vm::drop_instance(id);
        revive_vm::drop_module(id);
    }
    assert_no_such_instance(instance.id());
    assert_eq!(revive_vm::write_memory(other.id(), RW, &[1]), 0);
    for _ in 0..3 {
        revive_vm::drop_module(module.id());
    }
    assert_no_such_module(module.id());
    // The handles drop what is gone already when this function ends.
}

fn there_is_a_number_of_instances() {
    let module = module(0);
    let mut instances: Vec<_> =
        (0..limits::INSTANCES_MAX).map(|_| module.instantiate().expect("there is room")).collect();
    for _ in 0..2 {
        assert_eq!(module.instantiate().err(), Some(InstantiateError::TooManyInstances));
    }
    instances.swap_remove(limits::INSTANCES_MAX / 2);
    instances.push(module.instantiate().expect("there is room again"));
    assert_eq!(module.instantiate().err(), Some(InstantiateError::TooManyInstances));
    for instance in &mut instances {
        assert_eq!(instance.start("call", 10).map(|exit| exit.kind), Ok(ExitKind::HostCall { import: 0 }));
    }
    drop(instances);
    for _ in 0..1000 {
        module.instantiate().expect("only what is alive counts");
    }
}

fn there_is_a_number_of_held_modules() {
    let count = u32::try_from(limits::MODULES_MAX).expect("small");
    let mut modules: Vec<_> = (0..count).map(module).collect();
    let one_more = salted_blob(&["wait"], &[host_call(0), ret()], count);
    assert_eq!(load_code(&one_more, &WAIT).err(), Some(LoadError::TooManyModules));
    drop(module(3));
    assert_eq!(
        load_code(&one_more, &WAIT).err(),
        Some(LoadError::TooManyModules),
        "that was a second handle"
    );
    // Bad code is told as bad also when there is no room.
    assert_eq!(load_code(b"no blob", &WAIT).err(), Some(LoadError::InvalidBlob));
    let unknown = blob(&["unknown"], &[ret()]);
    assert_eq!(load_code(&unknown, &WAIT).err(), Some(LoadError::UnknownImport { index: 0 }));
    modules.swap_remove(3);
    load_code(&one_more, &WAIT).expect("there is room again");
    for salt in 0..200 {
        drop(module(salt));
    }
}
