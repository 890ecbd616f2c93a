// SPDX-License-Identifier: Apache-2.0
//! Malformed requests to the raw host functions. They are answered with errors and change nothing.

use super::tests;
use crate::programs::{blob, enter, host_call, load, ret, store_code, FLAT, RW, WAIT};
use alloc::{vec, vec::Vec};
use revive_vm_primitives::Reg;
use revive_vm_runtime_interface::{
    limits, revive_vm, wire, EnterError, ExitKind, Instance, LoadError, Resume, RunError,
};

tests! {
    malformed_import_tables_are_refused,
    malformed_answers_are_refused,
    malformed_and_too_long_frames_are_refused,
    malformed_writes_are_refused_and_nothing_is_written,
    too_long_writes_are_refused,
    strange_export_names_are_refused,
    random_requests_do_no_harm,
}

fn program() -> Vec<u8> {
    blob(&["wait"], &[host_call(0), load(Reg::A1, RW), ret()])
}

fn suspended() -> Instance {
    enter(&program(), &WAIT, 10).0
}

/// Resumes with a well-formed request and expects memory as the blob says.
fn assert_untouched(mut instance: Instance) {
    let exit = instance.resume(Resume { gas: 0, result: None, writes: &[] }).expect("it is still suspended");
    assert_eq!((exit.kind, exit.args[..2].to_vec()), (ExitKind::Finished, vec![0, u64::MAX]));
}

/// What entering [`program`] comes to: nothing that anybody keeps.
fn enter_raw(table: &[u8], export: &[u8], frame: &[u8]) -> Result<ExitKind, EnterError> {
    let (hash, key) = store_code(&program());
    let reply = revive_vm::enter(&hash, &key, table, FLAT, export, 10, frame);
    let head = wire::decode_enter(&reply).expect("the reply is well-formed")?;
    if !head.closed {
        revive_vm::close(head.instance);
    }
    Ok(head.kind)
}

const WAITS: Result<ExitKind, EnterError> = Ok(ExitKind::HostCall { import: 0 });

fn good_table() -> Vec<u8> {
    [&[1, 0, 0, 0, 4, 0][..], b"wait"].concat()
}

fn malformed_import_tables_are_refused() {
    let good = good_table();
    let trailing = [&good[..], &[0]].concat();
    let two_announced = [&[2, 0, 0, 0, 4, 0][..], b"wait"].concat();
    let gather_missing = [&[1, 0, 0, 0, 4, 1][..], b"wait"].concat();
    let many = [&u32::MAX.to_le_bytes()[..], &good[4..]].concat();
    for _ in 0..2 {
        assert_eq!(enter_raw(&good, b"call", &[0]), WAITS);
        for table in
            [&[][..], &[0; 3], &trailing, &two_announced, &gather_missing, &many, &[0xff; 4096], &good[..9]]
        {
            assert_eq!(enter_raw(table, b"call", &[0]), Err(LoadError::InvalidImportTable.into()));
        }
        let unknown = LoadError::UnknownImport { index: 0 };
        assert_eq!(enter_raw(&[0; 4], b"call", &[0]), Err(unknown.into()), "an empty table is fine");
    }
}

fn malformed_answers_are_refused() {
    // To import 0, `input size`, without operands, for one unit of gas.
    let good = [0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
    let with = |answers: &[u8]| enter_raw(&[&good_table()[..], answers].concat(), b"call", &[0]);
    assert_eq!(with(&good), Ok(ExitKind::Finished));
    assert_eq!(with(&[&good[..], &good].concat()), Err(LoadError::InvalidImportTable.into()), "twice");
    for len in 1..good.len() {
        assert_eq!(with(&good[..len]), Err(LoadError::InvalidImportTable.into()), "{len} bytes");
    }
    for (at, byte) in [(0, 1), (3, 0x80), (4, 9), (4, 0xff), (5, 1), (7, 1)] {
        let mut bad = good;
        bad[at] = byte;
        assert_eq!(with(&bad), Err(LoadError::InvalidImportTable.into()), "{byte} at {at}");
    }
    // `input copy` whose second operand is no register.
    let mut bad = good;
    bad[4..8].copy_from_slice(&[3, 0, 6, 0]);
    assert_eq!(with(&bad), Err(LoadError::InvalidImportTable.into()));
}

fn malformed_and_too_long_frames_are_refused() {
    let refused = Err(RunError::InvalidRequest.into());
    for frame in [&[][..], &[1], &[1, 5, 0], &[2, 0], &[255; 255]] {
        assert_eq!(enter_raw(&good_table(), b"call", frame), refused, "{frame:?}");
        assert_eq!(enter_raw(&good_table(), b"none", frame), refused, "{frame:?}");
    }
    let mut long = vec![0; limits::REQUEST_BYTES_MAX + 1];
    assert_eq!(enter_raw(&good_table(), b"call", &long), refused);
    long.pop();
    assert_eq!(enter_raw(&good_table(), b"call", &long), WAITS);
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
    for name in [&[][..], &[0xff, 0xfe], b"call\0", &[b'c'; 100_000]] {
        assert_eq!(enter_raw(&good_table(), name, &[0]), Err(RunError::NoSuchExport.into()));
    }
    assert_eq!(enter_raw(&good_table(), b"call", &[0]), WAITS);
}

fn random_requests_do_no_harm() {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    let bystander = suspended();
    for _ in 0..500 {
        let mut bytes: Vec<u8> = match next(3) {
            0 => good_table(),
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
        assert_ne!(enter_raw(&bytes, b"call", &[0]), Err(EnterError::TooManyInstances));
        assert_ne!(enter_raw(&good_table(), b"call", &bytes), Err(EnterError::TooManyInstances));
        assert_eq!(enter_raw(&good_table(), &bytes, &[0]), Err(RunError::NoSuchExport.into()));
        let id = u32::try_from(next(1 << 32)).expect("32 bits");
        // Around the ends of regions and anywhere, of an instance and of none.
        let near = [0, RW, RW + 4096, u32::MAX][usize::try_from(next(4)).expect("small")];
        let address = match next(2) {
            0 => near.wrapping_add(u32::try_from(next(16)).expect("small")).wrapping_sub(8),
            _ => u32::try_from(next(1 << 32)).expect("32 bits"),
        };
        for instance in [bystander.id(), id] {
            let mut out = vec![0xaa; usize::try_from(next(10_000)).expect("small")];
            let code = revive_vm::read_memory(instance, address, &mut out);
            assert!(code != 0 || instance == bystander.id(), "there is no other");
            assert!(code == 0 || out.iter().all(|byte| *byte == 0), "what was not read is not told");
        }
        if id != bystander.id() {
            revive_vm::close(id);
        }
    }
    assert_untouched(bystander);
}
