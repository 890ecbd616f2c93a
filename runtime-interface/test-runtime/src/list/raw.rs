// SPDX-License-Identifier: Apache-2.0
//! Malformed requests to the raw host functions. They are answered with errors and change nothing.

use super::tests;
use crate::programs::{blob, host_call, instance_of, load, ret, store_code, FLAT, RW};
use alloc::{vec, vec::Vec};
use revive_vm_primitives::Reg;
use revive_vm_runtime_interface::{
    limits, revive_vm, wire, ExitKind, Import, Imports, Instance, LoadError, Resume, RunError,
};

tests! {
    malformed_import_tables_are_refused,
    malformed_writes_are_refused_and_nothing_is_written,
    too_long_writes_are_refused,
    strange_export_names_are_refused,
    random_requests_do_no_harm,
}

const WAIT: Imports = Imports(&[Import { symbol: "wait", gather: &[] }]);

fn program() -> Vec<u8> {
    blob(&["wait"], &[host_call(0), load(Reg::A1, RW), ret()])
}

fn suspended() -> Instance {
    let mut instance = instance_of(&program(), &WAIT);
    instance.start("call", 10).expect("it starts");
    instance
}

/// Resumes with a well-formed request and expects memory as the blob says.
fn assert_untouched(mut instance: Instance) {
    let exit = instance.resume(Resume { gas: 0, result: None, writes: &[] }).expect("it is still suspended");
    assert_eq!((exit.kind, exit.args[..2].to_vec()), (ExitKind::Finished, vec![0, u64::MAX]));
}

fn malformed_import_tables_are_refused() {
    let (hash, key) = store_code(&program());
    let (code, detail) = LoadError::InvalidImportTable.code();
    let refused = wire::pack_error(code, detail);
    let good = [&[1, 0, 0, 0, 4, 0][..], b"wait"].concat();
    assert!(matches!(wire::unpack(revive_vm::load(&hash, &key, &good, FLAT)), Some(Ok(_))));
    let trailing = [&good[..], &[0]].concat();
    let two_announced = [&[2, 0, 0, 0, 4, 0][..], b"wait"].concat();
    let gather_missing = [&[1, 0, 0, 0, 4, 1][..], b"wait"].concat();
    let many = [&u32::MAX.to_le_bytes()[..], &good[4..]].concat();
    for table in
        [&[][..], &[0; 3], &trailing, &two_announced, &gather_missing, &many, &[0xff; 4096], &good[..9]]
    {
        assert_eq!(revive_vm::load(&hash, &key, table, FLAT), refused);
    }
    let (code, detail) = LoadError::UnknownImport { index: 0 }.code();
    assert_eq!(
        revive_vm::load(&hash, &key, &[0; 4], FLAT),
        wire::pack_error(code, detail),
        "an empty table is fine"
    );
}

fn malformed_writes_are_refused_and_nothing_is_written() {
    let instance = suspended();
    let address = RW.to_le_bytes();
    let write = [&[0][..], &address, &4u32.to_le_bytes(), &[1, 2, 3, 4]].concat();
    let out_of_bounds = [&[0][..], &[0; 4], &1u32.to_le_bytes(), &[1]].concat();
    let refused = |writes: &[u8], error| {
        let reply = revive_vm::resume(instance.id(), 0, true, 9, writes);
        assert_eq!(wire::decode_exit(&reply), Some(Err(error)), "{writes:?}");
    };
    for len in 1..write.len() {
        refused(&write[..len], RunError::InvalidRequest);
        refused(&[&write[..], &write[..len]].concat(), RunError::InvalidRequest);
    }
    refused(&[&[5][..], &write[1..]].concat(), RunError::InvalidRequest);
    refused(&[&write[..5], &u32::MAX.to_le_bytes()[..], &write[9..]].concat(), RunError::InvalidRequest);
    refused(&[&write[..], &out_of_bounds].concat(), RunError::WriteOutOfBounds { index: 1 });
    refused(&[&write[..], &out_of_bounds, &[0]].concat(), RunError::InvalidRequest);
    assert_untouched(instance);
}

fn too_long_writes_are_refused() {
    let instance = suspended();
    // Many empty writes: well-formed, but a byte too long.
    let mut writes = vec![0; limits::REQUEST_BYTES_MAX / 9 * 9];
    writes.extend_from_slice(&[0; 9]);
    assert!(writes.len() > limits::REQUEST_BYTES_MAX);
    let reply = revive_vm::resume(instance.id(), 0, true, 9, &writes);
    assert_eq!(wire::decode_exit(&reply), Some(Err(RunError::InvalidRequest)));
    writes.truncate(limits::REQUEST_BYTES_MAX / 9 * 9);
    let reply = revive_vm::resume(instance.id(), 0, false, 0, &writes);
    assert!(matches!(wire::decode_exit(&reply), Some(Ok(head)) if head.kind == ExitKind::Finished));
}

fn strange_export_names_are_refused() {
    let mut instance = instance_of(&program(), &WAIT);
    for name in [&[][..], &[0xff, 0xfe], b"call\0", &[b'c'; 100_000]] {
        let reply = revive_vm::start(instance.id(), name, 10);
        assert_eq!(wire::decode_exit(&reply), Some(Err(RunError::NoSuchExport)));
    }
    instance.start("call", 10).expect("it starts");
}

fn random_requests_do_no_harm() {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    let (hash, key) = store_code(&program());
    let good_table = wire::encode_imports(&WAIT).expect("it fits");
    let bystander = suspended();
    for _ in 0..500 {
        let mut bytes: Vec<u8> = match next(3) {
            0 => good_table.clone(),
            1 => [&[0][..], &RW.to_le_bytes(), &2u32.to_le_bytes(), &[5, 6]].concat(),
            _ => Vec::new(),
        };
        for _ in 0..next(8) {
            bytes.push(next(256).to_le_bytes()[0]);
        }
        if !bytes.is_empty() {
            let at = usize::try_from(next(1 << 16)).expect("small") % bytes.len();
            bytes[at] = next(256).to_le_bytes()[0];
        }
        let victim = suspended();
        let reply = revive_vm::resume(victim.id(), 10, next(2) == 0, next(u64::MAX), &bytes);
        assert!(wire::decode_exit(&reply).is_some());
        if let Some(Ok(id)) = wire::unpack(revive_vm::load(&hash, &key, &bytes, FLAT)) {
            revive_vm::drop_module(id);
        }
        let reply = revive_vm::start(victim.id(), &bytes, 10);
        assert!(matches!(wire::decode_exit(&reply), Some(Err(_))));
    }
    assert_untouched(bystander);
}
