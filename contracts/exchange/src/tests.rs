// SPDX-License-Identifier: Apache-2.0
//! Unit tests of the exchange: `cargo test` in its folder. The tokens are closures.

use super::*;
use revive_vm_sdk::{
    abi::ErrorString,
    testing::{Contract, Event, Outcome},
};

const TOKENS: [Address; 2] = [[0x11; 20], [0x22; 20]];
const ALICE: Address = [0xa1; 20];

/// An exchange of tokens that agree to everything.
fn exchange() -> Contract {
    let mut exchange = Contract::new(deploy, call);
    exchange.caller = ALICE;
    exchange.others(|_| Ok(U256::ONE.to_word().to_vec()));
    assert_eq!(exchange.deploy(&Exchange::constructor(TOKENS[0], TOKENS[1])).returned(), []);
    exchange
}

fn deposit_of(exchange: &mut Contract, first: u64, second: u64) -> Outcome {
    exchange.call(&Exchange::deposit(first.into(), second.into()))
}

fn swap_of(exchange: &mut Contract, first: bool, amount: u64, least: u64) -> Outcome {
    exchange.call(&Exchange::swap(first, amount.into(), least.into()))
}

fn reserves(exchange: &mut Contract) -> (U256, U256) {
    exchange.call(&Exchange::reserves()).value()
}

fn pair(first: u64, second: u64) -> (U256, U256) {
    (first.into(), second.into())
}

#[test]
fn shares_follow_what_was_put_in() {
    let mut exchange = exchange();
    assert_eq!(deposit_of(&mut exchange, 400, 900).value::<U256>(), 600u64.into());
    assert_eq!(deposit_of(&mut exchange, 200, 900).value::<U256>(), 300u64.into());
    assert_eq!(reserves(&mut exchange), pair(600, 1800));
    assert_eq!(exchange.call(&Exchange::shares_of(ALICE)).value::<U256>(), 900u64.into());
    let all = exchange.call(&Exchange::withdraw(900u64.into()));
    assert_eq!(all.value::<(U256, U256)>(), pair(600, 1800));
    assert_eq!(reserves(&mut exchange), pair(0, 0));
    let more = exchange.call(&Exchange::withdraw(U256::ONE));
    assert_eq!(more.reason(), "the caller does not have so many shares");
    let (first, second) = pair(400, 900);
    let deposited = Deposited { who: ALICE, first, second, shares: 600u64.into() };
    assert_eq!(exchange.events[0], Event::from(deposited));
    assert_eq!(exchange.events.len(), 3);
}

#[test]
fn the_product_never_falls() {
    let mut exchange = exchange();
    deposit_of(&mut exchange, 1_000_000, 2_000_000).returned();
    let mut last = U256::from(2_000_000_000_000u64);
    for round in 1..100 {
        let gets = swap_of(&mut exchange, round % 3 == 0, 1000 + 7919 * round, 1).value::<U256>();
        assert!(!gets.is_zero());
        let (first, second) = reserves(&mut exchange);
        let product = first.checked_mul(second).unwrap();
        assert!(product >= last, "{product} < {last}");
        last = product;
    }
}

#[test]
fn a_worse_price_is_refused_and_changes_nothing() {
    let mut exchange = exchange();
    deposit_of(&mut exchange, 1000, 1000).returned();
    assert_eq!(swap_of(&mut exchange, true, 100, 91).reason(), "the price is worse than asked for");
    assert_eq!(reserves(&mut exchange), pair(1000, 1000));
    assert_eq!(swap_of(&mut exchange, true, 100, 90).value::<U256>(), 90u64.into());
    let paid = exchange.calls.last().unwrap();
    assert_eq!(paid.callee, TOKENS[1]);
    assert_eq!(paid.input, Token::transfer(ALICE, 90u64.into()).as_bytes());
}

#[test]
fn a_token_that_refuses_is_quoted() {
    let mut exchange = exchange();
    exchange.others(|_| Err(ErrorString::new("no allowance").as_bytes().to_vec()));
    assert_eq!(deposit_of(&mut exchange, 5, 5).reason(), "no allowance");
    exchange.others(|_| Ok(Vec::new()));
    assert_eq!(deposit_of(&mut exchange, 5, 5).reason(), "a token did not do what it was asked to");
    assert_eq!(reserves(&mut exchange), pair(0, 0));
    assert!(exchange.events.is_empty());
}

#[test]
fn what_is_not_understood_is_refused() {
    let mut exchange = exchange();
    assert_eq!(exchange.call(&[1, 2, 3, 4]).reason(), "no such function");
    exchange.value = U256::ONE;
    assert_eq!(exchange.call(&Exchange::reserves()).reason(), "takes no value");
    assert_eq!(exchange.deploy(&[0; 64]).reason(), "expected the addresses of two tokens");
    let mut wide = Exchange::shares_of(ALICE).to_vec();
    wide[15] = 1;
    assert_eq!(exchange.call(&wide).reason(), "argument 1 is no address");
    assert_eq!(deposit_of(&mut exchange, 0, 5).reason(), "too little for a share");
}
