// SPDX-License-Identifier: Apache-2.0
//! Loading modules: what is refused, and that caches do not show.

use super::tests;
use crate::programs::{blob, host_call, load_code, ret, salted_blob, set, store_code, FLAT};
use alloc::{vec, vec::Vec};
use revive_vm_primitives::{BlobBuilder, CodeBuilder, GasModel, InstructionSet, Reg};
use revive_vm_runtime_interface::{
    limits, ExitKind, Gather, Import, Imports, Length, LoadError, Module, Operand,
};

tests! {
    code_that_is_not_there_is_told,
    code_with_another_hash_is_refused_every_time,
    changed_code_is_noticed_while_the_module_is_held,
    removed_code_is_noticed_while_the_module_is_held,
    bytes_that_are_no_blob_are_refused,
    too_much_memory_is_refused,
    unknown_imports_are_refused_by_index,
    unknown_gas_models_are_refused,
    bad_import_tables_are_refused,
    the_same_module_has_one_id_and_counts_its_handles,
    another_table_or_model_is_another_module,
    loading_again_gives_the_same_as_loading_first,
}

const NONE: Imports = Imports(&[]);
const TWO: Imports =
    Imports(&[Import { symbol: "first", gather: &[] }, Import { symbol: "second", gather: &[] }]);

fn answer(salt: u32) -> Vec<u8> {
    salted_blob(&[], &[set(Reg::A0, 42), ret()], salt)
}

fn code_that_is_not_there_is_told() {
    let hash = sp_io::hashing::keccak_256(&answer(0));
    for key in [&b"nothing here"[..], b""] {
        assert_eq!(Module::load(&hash, key, &NONE, FLAT).err(), Some(LoadError::CodeNotFound));
    }
}

fn code_with_another_hash_is_refused_every_time() {
    let (hash, key) = store_code(&answer(1));
    let other = sp_io::hashing::keccak_256(&answer(2));
    for _ in 0..3 {
        assert_eq!(Module::load(&other, &key, &NONE, FLAT).err(), Some(LoadError::HashMismatch));
        assert_eq!(Module::load(&[0; 32], &key, &NONE, FLAT).err(), Some(LoadError::HashMismatch));
        // Also when the right hash, or the other code, was loaded in between.
        Module::load(&hash, &key, &NONE, FLAT).expect("this is its hash");
        load_code(&answer(2), &NONE).expect("this is its hash");
    }
}

fn changed_code_is_noticed_while_the_module_is_held() {
    let (hash, key) = store_code(&answer(3));
    let module = Module::load(&hash, &key, &NONE, FLAT).expect("the code is good");
    sp_io::storage::set(&key, &answer(4));
    assert_eq!(Module::load(&hash, &key, &NONE, FLAT).err(), Some(LoadError::HashMismatch));
    let mut instance = module.instantiate().expect("what is held stays");
    assert_eq!(instance.start("call", 10).map(|exit| exit.args[0]), Ok(42));
}

fn removed_code_is_noticed_while_the_module_is_held() {
    let (hash, key) = store_code(&answer(5));
    let _module = Module::load(&hash, &key, &NONE, FLAT).expect("the code is good");
    sp_io::storage::clear(&key);
    assert_eq!(Module::load(&hash, &key, &NONE, FLAT).err(), Some(LoadError::CodeNotFound));
}

fn bytes_that_are_no_blob_are_refused() {
    let good = answer(6);
    let mut cuts: Vec<Vec<u8>> = (0..good.len()).step_by(7).map(|len| good[..len].to_vec()).collect();
    cuts.push(vec![0xff; 100]);
    for bytes in cuts {
        for _ in 0..2 {
            assert_eq!(load_code(&bytes, &NONE).err(), Some(LoadError::InvalidBlob), "{} bytes", bytes.len());
        }
    }
}

fn too_much_memory_is_refused() {
    let with_stack = |stack_bytes| {
        let mut code = CodeBuilder::new(InstructionSet::ReviveV1);
        code.push(ret());
        let blob = BlobBuilder::new(InstructionSet::ReviveV1)
            .stack_size(stack_bytes)
            .export(b"call", 0)
            .code(code.finish().expect("test programs are valid"))
            .build();
        load_code(&blob, &NONE).err()
    };
    assert_eq!(with_stack(limits::GUEST_MEMORY_BYTES_MAX), None);
    assert_eq!(with_stack(limits::GUEST_MEMORY_BYTES_MAX + 1), Some(LoadError::InvalidBlob));
    assert_eq!(with_stack(u32::MAX), Some(LoadError::InvalidBlob));
}

fn unknown_imports_are_refused_by_index() {
    let code = |imports: &[&str]| load_code(&blob(imports, &[host_call(0), ret()]), &TWO).err();
    assert_eq!(code(&["second", "first"]), None);
    assert_eq!(code(&["second", "first", "second"]), None);
    assert_eq!(code(&["second", "third", "fourth"]), Some(LoadError::UnknownImport { index: 1 }));
    assert_eq!(code(&["First"]), Some(LoadError::UnknownImport { index: 0 }));
    assert_eq!(code(&["first", "second", ""]), Some(LoadError::UnknownImport { index: 2 }));
}

fn unknown_gas_models_are_refused() {
    let (hash, key) = store_code(&answer(7));
    for model in [GasModel::ALL.len() as u32, u32::MAX] {
        assert_eq!(Module::load(&hash, &key, &NONE, model).err(), Some(LoadError::UnsupportedGasModel));
    }
}

fn bad_import_tables_are_refused() {
    const TWICE: Imports =
        Imports(&[Import { symbol: "a", gather: &[] }, Import { symbol: "a", gather: &[] }]);
    const LONG: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\
                        0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\
                        0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    assert_eq!(LONG.len(), limits::SYMBOL_BYTES_MAX + 1);
    const REGISTER: Gather = Gather { address: Operand::Low(6), length: Length::Fixed(1) };
    const BYTE: Gather = Gather { address: Operand::Low(0), length: Length::Fixed(1) };
    const HALF: Gather = Gather { address: Operand::Low(0), length: Length::Fixed(2 * 1024 * 1024) };
    for table in [
        TWICE,
        Imports(&[Import { symbol: LONG, gather: &[] }]),
        Imports(&[Import { symbol: "a", gather: &[REGISTER] }]),
        Imports(&[Import { symbol: "a", gather: &[BYTE; 9] }]),
        Imports(&[Import { symbol: "a", gather: &[BYTE; 300] }]),
        Imports(&[Import { symbol: "a", gather: &[HALF, HALF, BYTE] }]),
    ] {
        assert_eq!(load_code(&answer(8), &table).err(), Some(LoadError::InvalidImportTable));
    }
    const FULL: Imports = Imports(&[Import { symbol: "a", gather: &[HALF, HALF] }]);
    load_code(&answer(8), &FULL).expect("exactly at the limit");
}

fn the_same_module_has_one_id_and_counts_its_handles() {
    let code = answer(9);
    let first = load_code(&code, &NONE).expect("the code is good");
    let second = load_code(&code, &NONE).expect("the code is good");
    assert_eq!(first.id(), second.id());
    drop(first);
    second.instantiate().expect("one handle is left");
    let id = second.id();
    drop(second);
    let third = load_code(&code, &NONE).expect("the code is good");
    assert_ne!(third.id(), id, "ids are never used again");
}

fn another_table_or_model_is_another_module() {
    const SWAPPED: Imports =
        Imports(&[Import { symbol: "second", gather: &[] }, Import { symbol: "first", gather: &[] }]);
    let code = blob(&["first"], &[host_call(0), ret()]);
    let one = load_code(&code, &TWO).expect("the code is good");
    let other = load_code(&code, &SWAPPED).expect("the code is good");
    assert_ne!(one.id(), other.id());
    for (module, import) in [(&one, 0), (&other, 1), (&one, 0)] {
        let exit = module.instantiate().expect("there is room").start("call", 10).expect("it starts");
        assert_eq!(exit.kind, ExitKind::HostCall { import });
    }
}

fn loading_again_gives_the_same_as_loading_first() {
    let code = blob(&["second"], &[set(Reg::A0, 77), host_call(0), ret()]);
    let run = || {
        let module = load_code(&code, &TWO).expect("the code is good");
        module.instantiate().expect("there is room").start("call", 10).expect("it starts")
    };
    let first = run();
    for _ in 0..3 {
        assert_eq!(run(), first);
    }
}
