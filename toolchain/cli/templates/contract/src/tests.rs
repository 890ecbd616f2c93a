// SPDX-License-Identifier: Apache-2.0
//! Unit tests: `cargo test`. They run on this machine, without a chain.

use revive_vm_sdk::testing::{Contract, Event, Outcome};

use super::*;

const OWNER: Address = [0xaa; 20];
const OTHER: Address = [0xbb; 20];

/// A counter of the owner that begins at 5.
fn counter() -> Contract {
    let mut counter = Contract::new(deploy, call);
    counter.caller = OWNER;
    assert_eq!(
        counter
            .deploy(&Counter::constructor(5u64.into()))
            .returned(),
        []
    );
    counter
}

fn value(counter: &mut Contract) -> U256 {
    counter.call(&Counter::count()).value()
}

#[test]
fn everybody_may_raise_it() {
    let mut counter = counter();
    counter.caller = OTHER;
    let count: U256 = counter.call(&Counter::increment(7u64.into())).value();
    assert_eq!((count, value(&mut counter)), (12u64.into(), 12u64.into()));
    let changed = |by, count: u64| {
        Event::from(Changed {
            by,
            count: count.into(),
        })
    };
    assert_eq!(counter.events, [changed(OWNER, 5), changed(OTHER, 12)]);
}

#[test]
fn it_does_not_overflow() {
    let mut counter = counter();
    let outcome = counter.call(&Counter::increment(U256::MAX));
    assert_eq!(outcome.reason(), "the count would overflow");
    assert_eq!(value(&mut counter), 5u64.into());
}

#[test]
fn only_its_owner_may_set_it_back() {
    let mut counter = counter();
    counter.caller = OTHER;
    let reason = NotOwner { caller: OTHER }.encoded().to_vec();
    assert_eq!(counter.call(&Counter::reset()), Outcome::Reverted(reason));
    assert_eq!(value(&mut counter), 5u64.into());
    counter.caller = OWNER;
    assert_eq!(counter.call(&Counter::reset()).returned(), []);
    assert_eq!(value(&mut counter), U256::ZERO);
}

#[test]
fn it_takes_no_value() {
    let mut counter = counter();
    counter.value = 1u64.into();
    assert_eq!(
        counter.call(&Counter::increment(U256::ONE)).reason(),
        "takes no value"
    );
}
