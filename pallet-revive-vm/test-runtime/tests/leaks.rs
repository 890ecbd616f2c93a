// SPDX-License-Identifier: Apache-2.0
//! Full stacks, by the thousand: what they leave in the process is what they left after the first few.
//!
//! A program of its own, because it counts what the process has, and other tests use workers too.

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "carriers/chain.rs"]
mod chain;
#[path = "carriers/cryptography.rs"]
mod cryptography;

use chain::{Chain, Place, User, ENOUGH};
use frame_support::weights::Weight;
use pallet_revive_vm::programs::{deep, RO, RW};
use revive_vm_primitives::Reg;
use std::{env, fs};

/// Calls, unless the variable `CALLS` says how many.
const CALLS_DEFAULT: u32 = 1_000;

/// Calls after which caches are warm and there are as many workers as there will be.
const WARM_UP: u32 = 200;

/// What the process may grow by, in bytes. One instance that stays behind in a hundred calls would be more.
const GROWTH_MAX: u64 = 24 << 20;

/// What the process has.
#[derive(Clone, Copy, Debug)]
struct Count {
    descriptors: usize,
    /// Child processes: the workers.
    children: usize,
    mappings: usize,
    resident_bytes: u64,
}

impl Count {
    fn now() -> Self {
        let read = |path: &str| fs::read_to_string(path).expect("tests run where there is /proc");
        let children = fs::read_dir("/proc/self/task").expect("tests run where there is /proc").flatten();
        let children = children
            .map(|task| fs::read_to_string(task.path().join("children")).unwrap_or_default())
            .map(|list| list.split_whitespace().count())
            .sum();
        let resident = read("/proc/self/statm");
        let pages: u64 = resident.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number");
        Self {
            descriptors: fs::read_dir("/proc/self/fd").expect("tests run where there is /proc").count(),
            children,
            mappings: read("/proc/self/maps").lines().count(),
            resident_bytes: pages * 4096,
        }
    }
}

/// 26 instances are alive when the innermost call is refused, ends, traps, reverts, runs out of gas or asks for memory.
#[test]
fn full_stacks_leave_nothing_in_the_process() {
    let calls = env::var("CALLS").map_or(CALLS_DEFAULT, |calls| calls.parse().expect("CALLS is a number"));
    let mut chain = Chain::new(Place::WasmHost);
    let fine = chain.deploy(&deep(|_| {}), 0, b"");
    let ends = [
        fine,
        chain.deploy(&deep(|asm| asm.trap().end()), 0, b""),
        chain.deploy(&deep(|asm| asm.ret(1, RW, 0).end()), 0, b""),
        chain.deploy(&deep(|asm| asm.spin().end()), 0, b""),
        chain.deploy(&deep(|asm| asm.fetch(Reg::A0, 0x10).end()), 0, b""),
        chain.deploy(&deep(|asm| asm.store(RO, Reg::A0).end()), 0, b""),
    ];
    let needed = chain.dry_call(User::Alice, fine, 0, ENOUGH, b"").weight_required;
    let limit = needed + Weight::from_parts(needed.ref_time() / 10, needed.proof_size() / 10);
    let mut call = |number: u32| {
        let end = ends[number as usize % ends.len()];
        let outcome = chain.dry_call(User::Alice, end, 0, limit, b"");
        let well = outcome.result.as_ref().is_ok_and(|output| !output.did_revert());
        assert_eq!(well, end == fine, "{outcome:?}");
    };
    (0..WARM_UP).for_each(&mut call);
    let before = Count::now();
    (0..calls).for_each(&mut call);
    let after = Count::now();
    println!("before {calls} calls {before:?}, behind them {after:?}");
    assert!(before.children > 0, "contracts run in workers");
    assert!(after.descriptors <= before.descriptors, "{before:?} {after:?}");
    assert!(after.children <= before.children, "{before:?} {after:?}");
    assert!(after.mappings <= before.mappings + 16, "{before:?} {after:?}");
    assert!(after.resident_bytes <= before.resident_bytes + GROWTH_MAX, "{before:?} {after:?}");
}
