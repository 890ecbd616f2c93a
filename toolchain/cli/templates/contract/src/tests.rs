// SPDX-License-Identifier: Apache-2.0
//! Unit tests: `cargo test`. They run on this machine, without a chain.

use revive_vm_sdk::{
    abi::{selector, Encoded},
    host::U256,
    testing::{Contract, Outcome},
};

use super::{call, deploy};

const OWNER: [u8; 20] = [0xaa; 20];
const OTHER: [u8; 20] = [0xbb; 20];

/// A counter of the owner that begins at 5.
fn counter() -> Contract {
    let mut counter = Contract::new(deploy, call);
    counter.caller = OWNER;
    assert_eq!(counter.deploy(&U256::from(5u64).to_word()).returned(), []);
    counter
}

fn increment(counter: &mut Contract, by: U256) -> Outcome {
    let input = Encoded::<36>::call(selector("increment(uint256)")).number(by);
    counter.call(input.as_bytes())
}

fn count(counter: &mut Contract) -> U256 {
    counter.call(&selector("count()")).number()
}

#[test]
fn everybody_may_raise_it() {
    let mut counter = counter();
    counter.caller = OTHER;
    assert_eq!(increment(&mut counter, 7u64.into()).number(), 12u64.into());
    assert_eq!(count(&mut counter), 12u64.into());
    // One event of the constructor, one of the call.
    assert_eq!(counter.events.len(), 2);
}

#[test]
fn it_does_not_overflow() {
    let mut counter = counter();
    let most = U256::from_word(&[0xff; 32]);
    assert_eq!(
        increment(&mut counter, most).reason(),
        "the count would overflow"
    );
    assert_eq!(count(&mut counter), 5u64.into());
}

#[test]
fn only_its_owner_may_set_it_back() {
    let mut counter = counter();
    counter.caller = OTHER;
    let reason = Encoded::<36>::call(selector("NotOwner(address)")).address(&OTHER);
    let reset = selector("reset()");
    assert_eq!(
        counter.call(&reset),
        Outcome::Reverted(reason.as_bytes().to_vec())
    );
    assert_eq!(count(&mut counter), 5u64.into());
    counter.caller = OWNER;
    assert_eq!(counter.call(&reset).returned(), []);
    assert_eq!(count(&mut counter), U256::ZERO);
}

#[test]
fn it_takes_no_value() {
    let mut counter = counter();
    counter.value = 1u64.into();
    assert_eq!(
        increment(&mut counter, 1u64.into()).reason(),
        "takes no value"
    );
}
