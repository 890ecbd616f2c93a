// SPDX-License-Identifier: Apache-2.0
//! Unit tests of the counter: `cargo test` in its folder. The ways to fail that need the machine are for a chain.

use super::*;
use revive_vm_sdk::testing::{Contract, Event};

fn counter_at(value: u64) -> Contract {
    let mut counter = Contract::new(deploy, call);
    assert_eq!(counter.deploy(&[]).returned(), []);
    if value > 0 {
        assert_eq!(counter.call(&Counter::increment(value)).value::<u64>(), value);
    }
    counter
}

#[test]
fn it_counts() {
    let mut counter = counter_at(0);
    assert_eq!(counter.call(&Counter::get()).value::<u64>(), 0);
    assert_eq!(counter.call(&Counter::increment(5)).value::<u64>(), 5);
    assert_eq!(counter.call(&Counter::increment(2)).value::<u64>(), 7);
    assert_eq!(counter.storage(&COUNTER_KEY), Some(&7u64.to_le_bytes()[..]));
    let incremented = |value| Event::from(Incremented { by: [0xa1; 20], value });
    assert_eq!(counter.events, [incremented(5), incremented(7)]);
}

#[test]
fn it_does_not_overflow() {
    let mut counter = counter_at(u64::MAX - 1);
    assert_eq!(counter.call(&Counter::increment(2)).reason(), "the counter would overflow");
    assert_eq!(counter.call(&Counter::increment(1)).value::<u64>(), u64::MAX);
}

#[test]
fn a_failure_undoes_what_was_done() {
    let mut counter = counter_at(3);
    assert_eq!(counter.call(&Counter::fail()).reason(), "failed as asked");
    assert_eq!(counter.call(&Counter::trap()).reason(), "trap");
    assert_eq!(counter.call(&Counter::get()).value::<u64>(), 3);
}

#[test]
fn what_is_not_understood_is_refused() {
    let mut counter = counter_at(0);
    assert_eq!(counter.call(&[1, 2, 3]).reason(), "no function selector");
    assert_eq!(counter.call(&[1, 2, 3, 4]).reason(), "no such function");
    assert_eq!(counter.call(&Counter::increment(1)[..35]).reason(), "argument 1 is missing: (uint64)");
    let mut wide = Counter::increment(1).to_vec();
    wide[27] = 1;
    assert_eq!(counter.call(&wide).reason(), "argument 1 is no uint64");
    counter.value = 1u64.into();
    assert_eq!(counter.call(&Counter::get()).reason(), "takes no value");
    counter.value = 1u64.into();
    assert_eq!(counter.deploy(&[]).reason(), "takes no value");
}
