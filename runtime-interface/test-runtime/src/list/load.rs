// SPDX-License-Identifier: Apache-2.0
//! Loading what is entered: what is refused, and that nothing that is cached or kept shows.

use super::tests;
use crate::programs::{
    blob, enter, enter_stored, host_call, load, ret, salted_blob, set, store_code, FLAT, RO, WAIT,
};
use alloc::{vec, vec::Vec};
use revive_vm_primitives::{BlobBuilder, CodeBuilder, GasModel, Instruction, InstructionSet, Opcode, Reg};
use revive_vm_runtime_interface::{
    limits, revive_vm, wire, Answered, CodeRef, EncodedTable, EnterError, ExitKind, ExitRecord, Frame,
    Gather, Import, Imports, Instance, Length, LoadError, Operand, Price, Reply, Resume, RunError,
};

tests! {
    code_that_is_not_there_is_told,
    code_with_another_hash_is_refused_every_time,
    changed_code_is_noticed_after_it_was_entered,
    removed_code_is_noticed_after_it_was_entered,
    code_changed_in_a_layer_that_is_rolled_back_is_noticed_inside_only,
    the_item_may_be_a_list_of_bytes_and_may_move,
    bytes_that_are_no_blob_are_refused,
    too_much_memory_is_refused,
    unknown_imports_are_refused_by_index,
    unknown_gas_models_are_refused,
    bad_import_tables_are_refused,
    refusals_come_in_their_order,
    another_table_is_another_module,
    other_answers_are_another_module,
    another_gas_model_is_another_module,
    entering_again_gives_the_same_as_entering_first,
    more_code_than_is_kept_answers_the_same_in_turn_and_back,
    a_suspended_instance_outlives_the_keeping_of_its_module,
    many_instances_of_code_that_is_no_longer_kept_run_to_their_ends,
}

const NONE: Imports = Imports(&[]);
const TWO: Imports =
    Imports(&[Import { symbol: "first", gather: &[] }, Import { symbol: "second", gather: &[] }]);

fn answer(salt: u32) -> Vec<u8> {
    salted_blob(&[], &[set(Reg::A0, 42), ret()], salt)
}

/// Why entering that code is refused, if it is. It is not refused for anything but loading.
fn refusal(code_hash: &[u8; 32], storage_key: &[u8], imports: &Imports, gas_model: u32) -> Option<LoadError> {
    match enter_stored(CodeRef { code_hash, storage_key, gas_model }, imports, 10) {
        Ok(_) => None,
        Err(EnterError::Load(error)) => Some(error),
        Err(error) => panic!("it was loaded: {error}"),
    }
}

/// [`refusal`] of code that is stored first.
fn stored_refusal(code: &[u8], imports: &Imports) -> Option<LoadError> {
    let (hash, key) = store_code(code);
    refusal(&hash, &key, imports, FLAT)
}

fn code_that_is_not_there_is_told() {
    let hash = sp_io::hashing::keccak_256(&answer(0));
    for key in [&b"nothing here"[..], b"", b"nothing here"] {
        assert_eq!(refusal(&hash, key, &NONE, FLAT), Some(LoadError::CodeNotFound));
    }
}

fn code_with_another_hash_is_refused_every_time() {
    let (hash, key) = store_code(&answer(1));
    let other = sp_io::hashing::keccak_256(&answer(2));
    for _ in 0..3 {
        assert_eq!(refusal(&other, &key, &NONE, FLAT), Some(LoadError::HashMismatch));
        assert_eq!(refusal(&[0; 32], &key, &NONE, FLAT), Some(LoadError::HashMismatch));
        // Also when the right hash, or the other code, was entered in between.
        assert_eq!(refusal(&hash, &key, &NONE, FLAT), None);
        assert_eq!(stored_refusal(&answer(2), &NONE), None);
    }
}

fn changed_code_is_noticed_after_it_was_entered() {
    let code = |salt| salted_blob(&["wait"], &[host_call(0), set(Reg::A0, 42), ret()], salt);
    let (hash, key) = store_code(&code(3));
    let (mut instance, _) = enter(&code(3), &WAIT, 10);
    let good = code(3);
    for changed in [&code(4)[..], &good[..good.len() - 1], &[&good[..], &[0]].concat(), b"", b"no blob"] {
        sp_io::storage::set(&key, changed);
        for _ in 0..2 {
            assert_eq!(refusal(&hash, &key, &WAIT, FLAT), Some(LoadError::HashMismatch));
        }
        sp_io::storage::set(&key, &good);
        assert_eq!(refusal(&hash, &key, &WAIT, FLAT), None, "it is back");
    }
    sp_io::storage::set(&key, &code(4));
    let exit = instance.resume(GO).expect("who runs stays");
    assert_eq!((exit.kind, exit.args[0]), (ExitKind::Finished, 42));
}

fn removed_code_is_noticed_after_it_was_entered() {
    let code = answer(5);
    let (hash, key) = store_code(&code);
    for _ in 0..2 {
        assert_eq!(refusal(&hash, &key, &NONE, FLAT), None);
        sp_io::storage::clear(&key);
        for _ in 0..2 {
            assert_eq!(refusal(&hash, &key, &NONE, FLAT), Some(LoadError::CodeNotFound));
        }
        sp_io::storage::set(&key, &code);
    }
}

fn code_changed_in_a_layer_that_is_rolled_back_is_noticed_inside_only() {
    let (hash, key) = store_code(&answer(10));
    assert_eq!(refusal(&hash, &key, &NONE, FLAT), None);
    sp_io::storage::start_transaction();
    sp_io::storage::set(&key, &answer(11));
    assert_eq!(refusal(&hash, &key, &NONE, FLAT), Some(LoadError::HashMismatch));
    let (new_hash, new_key) = store_code(&answer(12));
    assert_eq!(refusal(&new_hash, &new_key, &NONE, FLAT), None);
    sp_io::storage::rollback_transaction();
    assert_eq!(refusal(&hash, &key, &NONE, FLAT), None);
    assert_eq!(refusal(&new_hash, &new_key, &NONE, FLAT), Some(LoadError::CodeNotFound));
}

fn the_item_may_be_a_list_of_bytes_and_may_move() {
    let code = answer(13);
    let (hash, key) = store_code(&code);
    // Lengths of 64 to 16383 take two bytes (SCALE, compact integers).
    let len = u16::try_from(code.len()).expect("it is short");
    let list = [&((len << 2) | 1).to_le_bytes()[..], &code].concat();
    for _ in 0..2 {
        assert_eq!(refusal(&hash, &key, &NONE, FLAT), None);
        sp_io::storage::set(b"elsewhere", &list);
        assert_eq!(refusal(&hash, b"elsewhere", &NONE, FLAT), None);
        sp_io::storage::clear(b"elsewhere");
        assert_eq!(refusal(&hash, b"elsewhere", &NONE, FLAT), Some(LoadError::CodeNotFound));
    }
    let list_hash = sp_io::hashing::keccak_256(&list);
    sp_io::storage::set(&key, &list);
    assert_eq!(refusal(&list_hash, &key, &NONE, FLAT), Some(LoadError::HashMismatch), "the code is hashed");
}

fn bytes_that_are_no_blob_are_refused() {
    let good = answer(6);
    let mut cuts: Vec<Vec<u8>> = (0..good.len()).step_by(7).map(|len| good[..len].to_vec()).collect();
    cuts.push(vec![0xff; 100]);
    for bytes in cuts {
        for _ in 0..2 {
            assert_eq!(stored_refusal(&bytes, &NONE), Some(LoadError::InvalidBlob), "{} bytes", bytes.len());
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
        stored_refusal(&blob, &NONE)
    };
    assert_eq!(with_stack(limits::GUEST_MEMORY_BYTES_MAX), None);
    assert_eq!(with_stack(limits::GUEST_MEMORY_BYTES_MAX + 1), Some(LoadError::InvalidBlob));
    assert_eq!(with_stack(u32::MAX), Some(LoadError::InvalidBlob));
}

fn unknown_imports_are_refused_by_index() {
    let code = |imports: &[&str]| stored_refusal(&blob(imports, &[host_call(0), ret()]), &TWO);
    assert_eq!(code(&["second", "first"]), None);
    assert_eq!(code(&["second", "first", "second"]), None);
    assert_eq!(code(&["second", "third", "fourth"]), Some(LoadError::UnknownImport { index: 1 }));
    assert_eq!(code(&["First"]), Some(LoadError::UnknownImport { index: 0 }));
    assert_eq!(code(&["first", "second", ""]), Some(LoadError::UnknownImport { index: 2 }));
}

fn unknown_gas_models_are_refused() {
    let (hash, key) = store_code(&answer(7));
    for model in [GasModel::ALL.len() as u32, u32::MAX] {
        for _ in 0..2 {
            assert_eq!(refusal(&hash, &key, &NONE, model), Some(LoadError::UnsupportedGasModel));
        }
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
        Imports(&[Import { symbol: "a", gather: &[REGISTER] }]),
        Imports(&[Import { symbol: "a", gather: &[BYTE; 9] }]),
        Imports(&[Import { symbol: "a", gather: &[HALF, HALF, BYTE] }]),
    ] {
        for _ in 0..2 {
            assert_eq!(stored_refusal(&answer(8), &table), Some(LoadError::InvalidImportTable));
        }
    }
    const FULL: Imports = Imports(&[Import { symbol: "a", gather: &[HALF, HALF] }]);
    assert_eq!(stored_refusal(&answer(8), &FULL), None, "exactly at the limit");
    // What does not even fit into its field does not get as far as the host.
    for table in [
        Imports(&[Import { symbol: LONG, gather: &[] }]),
        Imports(&[Import { symbol: "a", gather: &[BYTE; 300] }]),
    ] {
        assert!(EncodedTable::new(&table, &[]).is_none());
    }
}

fn refusals_come_in_their_order() {
    let (hash, key) = store_code(&blob(&["wait"], &[host_call(0), ret()]));
    let (unlinked_hash, unlinked_key) = store_code(&blob(&["unknown"], &[ret()]));
    let (bad_hash, bad_key) = store_code(b"no blob");
    let table = wire::encode_imports(&WAIT).expect("it fits");
    let enter_raw = |(code_hash, storage_key): (&[u8; 32], &[u8]), table: &[u8], gas_model, frame, export| {
        let reply = revive_vm::enter(code_hash, storage_key, table, gas_model, export, 10, frame);
        wire::decode_enter(&reply).expect("the reply is well-formed")
    };
    let good = || enter_raw((&hash, &key), &table, FLAT, &[0], b"call");
    let mut instances = Vec::new();
    for _ in 0..limits::INSTANCES_MAX {
        instances.push(good().expect("there is room").instance);
    }
    // Each entry puts one thing right, and is refused for the first that is left; twice, to meet what the first time left.
    for _ in 0..2 {
        let nowhere = (&[9; 32], &b"nowhere"[..]);
        let refused = |code, table: &[u8], gas_model, error: EnterError| {
            assert_eq!(enter_raw(code, table, gas_model, &[], b"none"), Err(error));
        };
        refused(nowhere, &[1], 99, LoadError::InvalidImportTable.into());
        refused(nowhere, &table, 99, LoadError::UnsupportedGasModel.into());
        refused(nowhere, &table, FLAT, LoadError::CodeNotFound.into());
        refused((&[9; 32], &bad_key), &table, FLAT, LoadError::HashMismatch.into());
        refused((&bad_hash, &bad_key), &table, FLAT, LoadError::InvalidBlob.into());
        let unknown = LoadError::UnknownImport { index: 0 };
        refused((&unlinked_hash, &unlinked_key), &table, FLAT, unknown.into());
        refused((&hash, &key), &table, FLAT, EnterError::TooManyInstances);
        revive_vm::close(instances.pop().expect("there are many"));
        refused((&hash, &key), &table, FLAT, RunError::InvalidRequest.into());
        let no_export = enter_raw((&hash, &key), &table, FLAT, &[0], b"none");
        assert_eq!(no_export, Err(RunError::NoSuchExport.into()));
        instances.push(good().expect("there is room for one").instance);
    }
}

fn another_table_is_another_module() {
    const SWAPPED: Imports =
        Imports(&[Import { symbol: "second", gather: &[] }, Import { symbol: "first", gather: &[] }]);
    let code = blob(&["first"], &[host_call(0), ret()]);
    for _ in 0..2 {
        for (table, kind) in [
            (TWO, Some(ExitKind::HostCall { import: 0 })),
            (SWAPPED, Some(ExitKind::HostCall { import: 1 })),
            (TWO, Some(ExitKind::HostCall { import: 0 })),
            (NONE, None),
        ] {
            match kind {
                Some(kind) => assert_eq!(enter(&code, &table, 10).1.kind, kind),
                None => {
                    assert_eq!(stored_refusal(&code, &table), Some(LoadError::UnknownImport { index: 0 }))
                }
            }
        }
    }
}

fn other_answers_are_another_module() {
    let (code_hash, storage_key) = store_code(&blob(&["first"], &[host_call(0), ret()]));
    let last = Answered { import: 0, reply: Reply::Final, price: Price::default() };
    for answers in [&[][..], &[last], &[], &[last]] {
        let table = EncodedTable::new(&TWO, answers).expect("the table can be encoded");
        let code = CodeRef { code_hash: &code_hash, storage_key: &storage_key, gas_model: FLAT };
        let (mut instance, exit) =
            Instance::enter(code, &table, "call", 10, Frame::default()).expect("it can be entered");
        assert_eq!(exit.kind, ExitKind::HostCall { import: 0 });
        let goes_on = instance.resume(GO).map(|exit| exit.kind);
        let expected = if answers.is_empty() { Ok(ExitKind::Finished) } else { Err(RunError::NotSuspended) };
        assert_eq!(goes_on, expected);
    }
}

fn another_gas_model_is_another_module() {
    let sum = Instruction::reg_reg_reg(Opcode::Add64, Reg::A0, Reg::A0, Reg::A1);
    let code = blob(&[], &[load(Reg::A0, RO), load(Reg::A1, RO), sum, ret()]);
    let (code_hash, storage_key) = store_code(&code);
    let gas_used = |gas_model| {
        let code = CodeRef { code_hash: &code_hash, storage_key: &storage_key, gas_model };
        let (_, exit) = enter_stored(code, &NONE, 1_000_000).expect("it can be entered");
        assert_eq!(exit.kind, ExitKind::Finished);
        1_000_000 - exit.gas
    };
    let models: Vec<u32> = GasModel::ALL.iter().map(|model| model.id()).collect();
    let first: Vec<i64> = models.iter().map(|model| gas_used(*model)).collect();
    assert_eq!(first[0], 4, "the flat model");
    assert!(first[1] < first[2] && first[2] < first[3], "loads take longer and longer: {first:?}");
    for _ in 0..2 {
        assert!(models.iter().map(|model| gas_used(*model)).eq(first.iter().copied()));
        assert!(models.iter().rev().map(|model| gas_used(*model)).eq(first.iter().rev().copied()));
    }
}

/// Goes on without a result.
const GO: Resume<'_> = Resume { gas: 10, result: None, writes: &[] };

/// Waits with its number in a0, and returns with it in a1. Each number is other code.
fn numbered(number: u32) -> Vec<u8> {
    let (a0, a1) = (set(Reg::A0, number.into()), set(Reg::A1, number.into()));
    salted_blob(&["wait"], &[a0, host_call(0), a1, ret()], number)
}

/// All of an exit but the number of the instance.
type Seen = (ExitKind, i64, Option<u32>, [u64; 6]);

fn seen(exit: &ExitRecord) -> Seen {
    (exit.kind, exit.gas, exit.pc, exit.args)
}

/// Both exits of [`numbered`] code.
fn run_numbered(code: &[u8]) -> [Seen; 2] {
    let (mut instance, exit) = enter(code, &WAIT, 10);
    [seen(&exit), seen(&instance.resume(GO).expect("it waits"))]
}

fn entering_again_gives_the_same_as_entering_first() {
    let first = run_numbered(&numbered(77));
    for _ in 0..3 {
        assert_eq!(run_numbered(&numbered(77)), first);
    }
}

fn more_code_than_is_kept_answers_the_same_in_turn_and_back() {
    let codes: Vec<_> = (0..).map(numbered).take(2 * limits::MODULES_KEPT + 3).collect();
    let first: Vec<_> = codes.iter().map(|code| run_numbered(code)).collect();
    for (number, [(waits, .., waits_args), (ends, .., ends_args)]) in (0u64..).zip(&first) {
        assert_eq!((*waits, waits_args[0]), (ExitKind::HostCall { import: 0 }, number));
        assert_eq!((*ends, ends_args[1]), (ExitKind::Finished, number));
    }
    let all = 0..codes.len();
    let as_many_as_kept = 0..limits::MODULES_KEPT;
    let one_more = 0..=limits::MODULES_KEPT;
    let strides = all.clone().map(|index| index * 7 % codes.len());
    // Each order with itself and with the next: kept ones, ones that were just pushed out, ones long gone.
    let orders: Vec<usize> = all
        .clone()
        .chain(all.clone().rev())
        .chain(as_many_as_kept.clone().chain(as_many_as_kept.rev()))
        .chain(one_more.clone().chain(one_more))
        .chain(strides)
        .chain(all.flat_map(|index| [index, 0]))
        .collect();
    for index in orders {
        assert_eq!(run_numbered(&codes[index]), first[index], "number {index}");
    }
}

fn a_suspended_instance_outlives_the_keeping_of_its_module() {
    let push_out = || {
        for number in (1..).take(limits::MODULES_KEPT + 1) {
            run_numbered(&numbered(number));
        }
    };
    let code = blob(&["wait"], &[host_call(0), load(Reg::A1, RO), host_call(0), set(Reg::A0, 3), ret()]);
    let (mut first, _) = enter(&code, &WAIT, 10);
    push_out();
    // The same code again, which is another module by now.
    let (mut second, _) = enter(&code, &WAIT, 10);
    push_out();
    let (hash, key) = store_code(&code);
    sp_io::storage::clear(&key);
    assert_eq!(refusal(&hash, &key, &WAIT, FLAT), Some(LoadError::CodeNotFound));
    for instance in [&mut first, &mut second] {
        let exit = instance.resume(GO).expect("it waits");
        let word = u64::from_le_bytes([0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!((exit.kind, exit.args[1]), (ExitKind::HostCall { import: 0 }, word));
    }
    push_out();
    for instance in [&mut first, &mut second] {
        let exit = instance.resume(GO).expect("it waits");
        assert_eq!((exit.kind, exit.gas, exit.args[0]), (ExitKind::Finished, 10, 3));
    }
}

fn many_instances_of_code_that_is_no_longer_kept_run_to_their_ends() {
    let mut instances: Vec<_> = (0..)
        .take(3 * limits::MODULES_KEPT)
        .map(|number| (number, enter(&numbered(number), &WAIT, 10).0))
        .collect();
    for (number, instance) in &mut instances {
        // Its code is entered again while it waits.
        let [_, again] = run_numbered(&numbered(*number));
        assert_eq!(instance.resume(GO).map(|exit| seen(&exit)), Ok(again));
    }
}
