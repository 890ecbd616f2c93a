// SPDX-License-Identifier: Apache-2.0
//! What the wasm runtime exports. Arguments and results are SCALE encoded.
//!
//! | Export | Does |
//! |---|---|
//! | `run_test(u32)` | runs one test of the list; fails by panicking |
//! | `leak(u32)` | makes that many suspended instances and forgets them |
//! | `panic_with_instances(u32)` | makes that many suspended instances and panics |
//! | `failed_extrinsic(u32)` | makes them in a storage layer that is rolled back, as a failing dispatchable does |
//! | `bad_pointer` | gives a host function a buffer beyond the runtime's memory |
//! | `call_code(key, hash) -> (gas, a0)` | runs stored code without host calls |

use crate::programs::{blob, enter, enter_stored, host_call, ret, FLAT, WAIT};
use alloc::{string::String, vec::Vec};
use revive_vm_runtime_interface::{CodeRef, ExitKind, Imports, Instance};

/// Makes an instance and runs it up to its only host call.
pub fn suspended_instance() -> Instance {
    let (instance, exit) = enter(&blob(&["wait"], &[host_call(0), ret()]), &WAIT, 100);
    assert_eq!(exit.kind, ExitKind::HostCall { import: 0 });
    instance
}

/// Makes suspended instances and forgets them.
pub fn leak(count: u32) {
    for _ in 0..count {
        core::mem::forget(suspended_instance());
    }
}

/// Makes suspended instances and panics while it holds them.
pub fn panic_with_instances(count: u32) {
    let instances: Vec<_> = (0..count).map(|_| suspended_instance()).collect();
    panic!("on purpose, with {} instances", instances.len());
}

/// What a failing dispatchable does: everything happens in a storage layer, an error unwinds it.
pub fn failed_extrinsic(count: u32) {
    fn dispatch(count: u32) -> Result<(), String> {
        let _instances: Vec<_> = (0..count).map(|_| suspended_instance()).collect();
        sp_io::storage::set(b"written", b"and rolled back");
        Err(String::from("the extrinsic fails"))
    }
    sp_io::storage::start_transaction();
    match dispatch(count) {
        Ok(()) => sp_io::storage::commit_transaction(),
        Err(_) => sp_io::storage::rollback_transaction(),
    }
    assert_eq!(sp_io::storage::get(b"written"), None);
}

/// Runs code in the state that makes no host calls, with 1000 gas, and returns the gas left and a0.
pub fn call_code(key: &[u8], hash: &[u8; 32]) -> (i64, u64) {
    let code = CodeRef { code_hash: hash, storage_key: key, gas_model: FLAT };
    let (_, exit) = enter_stored(code, &Imports(&[]), 1000).expect("it can be entered");
    assert_eq!(exit.kind, ExitKind::Finished);
    (exit.gas, exit.args[0])
}

#[cfg(not(feature = "std"))]
mod wasm {
    //! The same functions as wasm exports.
    #![allow(unsafe_code, missing_docs, unreachable_pub)]

    use alloc::vec::Vec;

    sp_core::wasm_export_functions! {
        fn run_test(index: u32) {
            let index = usize::try_from(index).expect("wasm has 32 bits; qed");
            (crate::list::all()[index].run)();
        }

        fn leak(count: u32) {
            super::leak(count);
        }

        fn panic_with_instances(count: u32) {
            super::panic_with_instances(count);
        }

        fn failed_extrinsic(count: u32) {
            super::failed_extrinsic(count);
        }

        fn bad_pointer() {
            super::bad_pointer();
        }

        fn call_code(key: Vec<u8>, hash: [u8; 32]) -> (i64, u64) {
            super::call_code(&key, &hash)
        }
    }
}

/// Gives a host function a buffer that reaches beyond the runtime's memory, as a broken runtime could.
#[cfg(not(feature = "std"))]
#[allow(unsafe_code)]
fn bad_pointer() {
    #[link(wasm_import_module = "env")]
    extern "C" {
        fn ext_revive_vm_resume_version_1(
            instance: u32,
            gas: i64,
            has_result: u32,
            result: u64,
            writes: u64,
        ) -> u64;
    }
    let instance = suspended_instance();
    // SAFETY: the host checks the buffer against the runtime's memory and traps the runtime; it never dereferences the
    // address itself. `tests/wasm.rs` expects the trap.
    let reply = unsafe { ext_revive_vm_resume_version_1(instance.id(), 0, 0, 0, 0x0000_1000_ffff_fff0) };
    panic!("the host accepted a bad buffer: {reply:#x}");
}
