// SPDX-License-Identifier: Apache-2.0
//! Nothing survives a runtime call: the process-wide gauges are 0 after each, however it ended.
//!
//! The gauges are shared by the whole process, so these tests are in a file, which is a process, of their own and take
//! turns.

mod common;

use common::call_runtime;
use revive_vm_primitives::Reg;
use revive_vm_runtime_interface::{
    limits::MODULES_KEPT, live_instances, live_modules, revive_vm, wire, ExitKind, Instance, Resume, RunError,
};
use revive_vm_test_runtime::{exports, programs};
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
            assert_eq!((live_instances(), live_modules()), (2, 1));
            drop(instances);
            assert_eq!((live_instances(), live_modules()), (0, 1), "the module is kept");
            exports::leak(3);
            assert_eq!((live_instances(), live_modules()), (3, 1));
        });
        assert_nothing_lives();
        externalities.execute_with(assert_nothing_lives);
    });
}

/// Makes an instance that waits; each number is other code.
fn waiting(number: u32) -> Instance {
    let code = [programs::host_call(0), programs::set(Reg::A0, number.into()), programs::ret()];
    let (instance, exit) =
        programs::enter(&programs::salted_blob(&["wait"], &code, number), &programs::WAIT, 10);
    assert_eq!(exit.kind, ExitKind::HostCall { import: 0 });
    instance
}

const GO: Resume<'_> = Resume { gas: 10, result: None, writes: &[] };

#[test]
fn no_more_modules_live_than_are_kept_and_in_use() {
    alone(|| {
        let count = u32::try_from(3 * MODULES_KEPT).unwrap();
        TestExternalities::default().execute_with(|| {
            for number in
                (0..count).chain((0..count).rev()).chain((0..count).map(|number| number * 7 % count))
            {
                drop(waiting(number));
                assert_eq!(live_instances(), 0);
                assert!(live_modules() <= MODULES_KEPT);
            }
            assert_eq!(live_modules(), MODULES_KEPT);
        });
        TestExternalities::default().execute_with(|| {
            // What is in use is counted beside what is kept, and each module once.
            let mut instances: Vec<_> = (0..count).map(waiting).collect();
            assert_eq!((live_instances(), live_modules()), (3 * MODULES_KEPT, 3 * MODULES_KEPT));
            for number in (0..count).rev().take(MODULES_KEPT) {
                drop(waiting(number));
                assert_eq!(live_modules(), 3 * MODULES_KEPT, "the module in use is the module that is kept");
            }
            // The same code entered anew, after its module was pushed out, is another module.
            drop(waiting(0));
            assert_eq!(live_modules(), 3 * MODULES_KEPT + 1);
            for (number, instance) in (0u64..).zip(&mut instances) {
                let exit = instance.resume(GO).unwrap();
                assert_eq!((exit.kind, exit.args[0]), (ExitKind::Finished, number));
                assert!(live_modules() <= MODULES_KEPT + live_instances());
            }
            assert_eq!((live_instances(), live_modules()), (0, MODULES_KEPT));
        });
    });
}

#[test]
fn refused_code_is_not_kept() {
    alone(|| {
        TestExternalities::default().execute_with(|| {
            for _ in 0..2 {
                let unknown = programs::blob(&["unknown"], &[programs::ret()]);
                programs::try_enter(&unknown, &programs::WAIT, 10).unwrap_err();
                programs::try_enter(b"no blob", &programs::WAIT, 10).unwrap_err();
                assert_nothing_lives();
            }
        });
    });
}

#[test]
fn an_instance_is_gone_with_its_last_exit() {
    alone(|| {
        TestExternalities::default().execute_with(|| {
            let mut instance = waiting(0);
            assert_eq!(live_instances(), 1);
            assert_eq!(instance.resume(GO).map(|exit| exit.kind), Ok(ExitKind::Finished));
            assert_eq!(live_instances(), 0, "its owner still has it");
            let ends = [programs::ret(), programs::trap()];
            let ended = ends.map(|end| programs::enter(&programs::blob(&[], &[end]), &programs::WAIT, 10));
            assert_eq!((live_instances(), live_modules()), (0, 3));
            drop(ended);
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
                assert_eq!((live_instances(), live_modules()), (0, 1));
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
            assert!(before.resume(GO).is_ok());
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
            let reply = revive_vm::resume(id, 10, false, 0, &[]);
            assert_eq!(wire::decode_exit(&reply), Some(Err(RunError::NoSuchInstance)));
        });
    });
}
