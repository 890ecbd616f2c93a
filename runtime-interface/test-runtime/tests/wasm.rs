// SPDX-License-Identifier: Apache-2.0
//! The list of tests, run from inside a wasm runtime through the node's executor.

mod common;

use codec::Decode;
use common::call_runtime;
use revive_vm_primitives::Reg;
use revive_vm_runtime_interface::{revive_vm, wire, ExitKind, LoadError};
use revive_vm_test_runtime::{exports, list, programs};

#[test]
fn the_list_passes_in_wasm() {
    let tests = list::all();
    let failed: Vec<_> = (0u32..)
        .zip(&tests)
        .filter_map(|(index, test)| {
            let mut externalities = sp_io::TestExternalities::default();
            let result = call_runtime(&mut externalities, "run_test", index);
            println!("{} ... {}", test.name, if result.is_ok() { "ok" } else { "FAILED" });
            result.err().map(|error| (test.name, error))
        })
        .collect();
    assert!(failed.is_empty(), "{} of {} failed: {failed:#?}", failed.len(), tests.len());
}

#[test]
fn a_failing_test_would_be_noticed() {
    let mut externalities = sp_io::TestExternalities::default();
    let error = call_runtime(&mut externalities, "run_test", u32::MAX).unwrap_err();
    assert!(error.contains("index out of bounds"), "{error}");
}

#[test]
fn a_buffer_beyond_the_runtimes_memory_ends_the_runtime_call() {
    let mut externalities = sp_io::TestExternalities::default();
    let error = call_runtime(&mut externalities, "bad_pointer", ()).unwrap_err();
    assert!(error.contains("out of bounds"), "{error}");
    assert!(!error.contains("accepted"), "{error}");
}

/// Runs code that no other test runs, with the process-wide cache cold, then warm, natively and in wasm: same results,
/// same proof.
#[test]
fn a_cold_and_a_warm_cache_give_the_same_result_and_the_same_proof() {
    let code = programs::salted_blob(&[], &[programs::set(Reg::A0, 4711), programs::ret()], 0xc01d);
    let hash = sp_io::hashing::keccak_256(&code);
    let key = programs::storage_key(&hash);
    let mut externalities = sp_io::TestExternalities::default();
    // Other items, so that a proof that lacks the code is smaller than one that has it.
    externalities.insert(key.clone(), code.clone());
    for index in 0u8..50 {
        externalities.insert(vec![index; 8], vec![index; 64]);
    }
    externalities.commit_all().unwrap();

    let (result, cold) = externalities.execute_and_prove(|| exports::call_code(&key, &hash));
    assert_eq!(result, (1000 - 2, 4711));
    assert!(cold.encoded_size_exceeds(code.len()), "the code is in the proof");
    for _ in 0..2 {
        let (warm_result, warm) = externalities.execute_and_prove(|| exports::call_code(&key, &hash));
        assert_eq!(warm_result, result);
        assert_eq!(warm, cold);
    }
    // Entering again in the same externalities, where the module is kept.
    let (_, twice) = externalities.execute_and_prove(|| [(); 3].map(|()| exports::call_code(&key, &hash)));
    assert_eq!(twice, cold);
    let output = call_runtime(&mut externalities, "call_code", (&key, hash)).unwrap();
    assert_eq!(<(i64, u64)>::decode(&mut &output[..]).unwrap(), result);
}

/// The item is in the proof whatever is kept, and whatever the entry is refused for.
#[test]
fn every_entry_reads_the_state_item() {
    let code = programs::salted_blob(&[], &[programs::set(Reg::A0, 12), programs::ret()], 0x9e7);
    let hash = sp_io::hashing::keccak_256(&code);
    let mut externalities = sp_io::TestExternalities::default();
    // Two items that differ, so that neither can stand for the other in a proof.
    let other = [&code[..], &[0]].concat();
    externalities.insert(b"one".to_vec(), code.clone());
    externalities.insert(b"two".to_vec(), other.clone());
    for index in 0u8..50 {
        externalities.insert(vec![index; 8], vec![index; 64]);
    }
    externalities.commit_all().unwrap();

    let enter = |key: &[u8], table: &[u8], gas_model| {
        let reply = revive_vm::enter(&hash, key, table, gas_model, b"call", 1000, &[0]);
        wire::decode_enter(&reply).unwrap().map(|head| head.kind)
    };
    let (read, both) = externalities.execute_and_prove(|| [&b"one"[..], b"two"].map(sp_io::storage::get));
    assert!(read.iter().all(Option::is_some));
    let (result, proof) = externalities.execute_and_prove(|| {
        (enter(b"one", &[0; 4], programs::FLAT), enter(b"two", &[0; 4], programs::FLAT))
    });
    assert_eq!(result, (Ok(ExitKind::Finished), Err(LoadError::HashMismatch.into())));
    assert_eq!(proof, both);

    let (_, two) = externalities.execute_and_prove(|| sp_io::storage::get(b"two"));
    for (table, gas_model, error) in [
        (&[1][..], programs::FLAT, LoadError::InvalidImportTable),
        (&[0; 4], 99, LoadError::UnsupportedGasModel),
        (&[0; 4], programs::FLAT, LoadError::HashMismatch),
    ] {
        let (result, proof) = externalities.execute_and_prove(|| enter(b"two", table, gas_model));
        assert_eq!(result, Err(error.into()));
        assert_eq!(proof, two, "{error}");
    }
}

trait ProofSize {
    fn encoded_size_exceeds(&self, bytes: usize) -> bool;
}

impl ProofSize for sp_state_machine::StorageProof {
    fn encoded_size_exceeds(&self, bytes: usize) -> bool {
        self.iter_nodes().map(|node| node.len()).sum::<usize>() > bytes
    }
}
