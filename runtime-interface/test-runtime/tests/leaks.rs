// SPDX-License-Identifier: Apache-2.0
//! Nothing survives a runtime call: the process-wide gauges are 0 after each, however it ended.
//!
//! The gauges are shared by the whole process, so these tests are in a file, which is a process, of their own and take
//! turns.

mod common;

use common::call_runtime;
use revive_vm_runtime_interface::{live_instances, live_modules};
use revive_vm_test_runtime::exports;
use sp_io::TestExternalities;
use std::{
    panic::{catch_unwind, AssertUnwindSafe},
    sync::{Mutex, PoisonError},
};

fn alone(test: impl FnOnce()) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    assert_nothing_lives();
    test();
    assert_nothing_lives();
}

fn assert_nothing_lives() {
    assert_eq!((live_instances(), live_modules()), (0, 0));
}

#[test]
fn the_gauges_count() {
    alone(|| {
        let mut externalities = TestExternalities::default();
        externalities.execute_with(|| {
            let instances = [exports::suspended_instance(), exports::suspended_instance()];
            assert_eq!((live_instances(), live_modules()), (2, 2));
            drop(instances);
            assert_nothing_lives();
            exports::leak(3);
            assert_eq!((live_instances(), live_modules()), (3, 3));
        });
    });
}

#[test]
fn forgotten_instances_die_with_each_of_many_runtime_calls() {
    alone(|| {
        // One externalities after the other on the same state, as the calls that make up a chain of blocks.
        let mut externalities = TestExternalities::default();
        for _block in 0..5 {
            call_runtime(&mut externalities, "leak", 7u32).unwrap();
            assert_nothing_lives();
            externalities.commit_all().unwrap();
        }
    });
}

#[test]
fn the_limit_is_per_runtime_call() {
    alone(|| {
        let mut externalities = TestExternalities::default();
        for _ in 0..2 {
            call_runtime(&mut externalities, "leak", 64u32).unwrap();
            let error = call_runtime(&mut externalities, "leak", 65u32).unwrap_err();
            assert!(error.contains("TooManyInstances"), "{error}");
            assert_nothing_lives();
        }
    });
}

#[test]
fn a_panic_of_the_wasm_runtime_leaves_nothing() {
    alone(|| {
        let mut externalities = TestExternalities::default();
        let error = call_runtime(&mut externalities, "panic_with_instances", 5u32).unwrap_err();
        assert!(error.contains("on purpose, with 5 instances"), "{error}");
    });
}

#[test]
fn a_trap_of_the_wasm_runtime_inside_a_host_call_leaves_nothing() {
    alone(|| {
        call_runtime(&mut TestExternalities::default(), "bad_pointer", ()).unwrap_err();
    });
}

#[test]
fn a_panic_of_a_native_runtime_leaves_nothing() {
    alone(|| {
        let result = catch_unwind(AssertUnwindSafe(|| {
            TestExternalities::default().execute_with(|| exports::panic_with_instances(5))
        }));
        result.unwrap_err();
    });
}

#[test]
fn a_failed_extrinsic_leaves_nothing() {
    alone(|| {
        let mut externalities = TestExternalities::default();
        externalities.execute_with(|| {
            for _ in 0..3 {
                exports::failed_extrinsic(5);
                assert_nothing_lives();
            }
        });
        call_runtime(&mut externalities, "failed_extrinsic", 5u32).unwrap();
    });
}

#[test]
fn instances_made_before_a_rolled_back_layer_live_on() {
    alone(|| {
        TestExternalities::default().execute_with(|| {
            let mut before = exports::suspended_instance();
            exports::failed_extrinsic(2);
            assert_eq!(live_instances(), 1);
            let resume = revive_vm_runtime_interface::Resume { gas: 0, result: None, writes: &[] };
            assert!(before.resume(resume).is_ok());
        });
    });
}

#[test]
fn ids_of_one_runtime_call_mean_nothing_in_another() {
    alone(|| {
        let id = TestExternalities::default().execute_with(|| {
            let instance = exports::suspended_instance();
            let id = instance.id();
            core::mem::forget(instance);
            id
        });
        TestExternalities::default().execute_with(|| {
            let reply = revive_vm_runtime_interface::revive_vm::resume(id, 10, false, 0, &[]);
            assert_eq!(
                revive_vm_runtime_interface::wire::decode_exit(&reply),
                Some(Err(revive_vm_runtime_interface::RunError::NoSuchInstance))
            );
        });
    });
}
