// SPDX-License-Identifier: Apache-2.0
//! Unit tests of the exchange: `cargo test` in its folder. The tokens are closures.

use super::*;
use revive_vm_sdk::testing::{Contract, Outcome};

const TOKENS: [Address; 2] = [[0x11; 20], [0x22; 20]];
const ALICE: Address = [0xa1; 20];
const YES: Word = {
    let mut word = [0; 32];
    word[31] = 1;
    word
};

/// An exchange of tokens that agree to everything.
fn exchange() -> Contract {
    let mut exchange = Contract::new(deploy, call);
    exchange.caller = ALICE;
    exchange.others(|_| Ok(YES.to_vec()));
    let tokens = Encoded::<64>::new().address(&TOKENS[0]).address(&TOKENS[1]);
    assert_eq!(exchange.deploy(tokens.as_bytes()).returned(), []);
    exchange
}

fn deposit_of(exchange: &mut Contract, first: u64, second: u64) -> Outcome {
    let deposit = Encoded::<68>::call(selector("deposit(uint256,uint256)"));
    exchange.call(deposit.number(first.into()).number(second.into()).as_bytes())
}

fn swap_of(exchange: &mut Contract, first: bool, amount: u64, least: u64) -> Outcome {
    let swap = Encoded::<100>::call(selector("swap(bool,uint256,uint256)"));
    exchange.call(swap.flag(first).number(amount.into()).number(least.into()).as_bytes())
}

fn reserves(exchange: &mut Contract) -> [U256; 2] {
    let output = exchange.call(&selector("reserves()")).returned();
    let (first, second) = output.split_at(32);
    [first, second].map(|word| U256::from_word(word.try_into().unwrap()))
}

#[test]
fn shares_follow_what_was_put_in() {
    let mut exchange = exchange();
    assert_eq!(deposit_of(&mut exchange, 400, 900).number(), 600u64.into());
    assert_eq!(deposit_of(&mut exchange, 200, 900).number(), 300u64.into());
    assert_eq!(reserves(&mut exchange), [600u64.into(), 1800u64.into()]);
    let withdraw = Encoded::<36>::call(selector("withdraw(uint256)"));
    let all = exchange.call(withdraw.number(900u64.into()).as_bytes()).returned();
    assert_eq!(all, Encoded::<64>::new().number(600u64.into()).number(1800u64.into()).as_bytes());
    assert_eq!(reserves(&mut exchange), [U256::ZERO; 2]);
    let more = exchange.call(withdraw.number(U256::ONE).as_bytes());
    assert_eq!(more.reason(), "the caller does not have so many shares");
    assert_eq!(exchange.events.len(), 3);
}

#[test]
fn the_product_never_falls() {
    let mut exchange = exchange();
    deposit_of(&mut exchange, 1_000_000, 2_000_000).returned();
    let mut last = U256::from(2_000_000_000_000u64);
    for round in 1..100 {
        let gets = swap_of(&mut exchange, round % 3 == 0, 1000 + 7919 * round, 1).number();
        assert!(!gets.is_zero());
        let [first, second] = reserves(&mut exchange);
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
    assert_eq!(reserves(&mut exchange), [1000u64.into(); 2]);
    assert_eq!(swap_of(&mut exchange, true, 100, 90).number(), 90u64.into());
    let paid = exchange.calls.last().unwrap();
    assert_eq!(paid.callee, TOKENS[1]);
    assert_eq!(paid.input[..4], selector("transfer(address,uint256)"));
}

#[test]
fn a_token_that_refuses_is_quoted() {
    let mut exchange = exchange();
    exchange.others(|_| Err(ErrorString::new("no allowance").as_bytes().to_vec()));
    assert_eq!(deposit_of(&mut exchange, 5, 5).reason(), "no allowance");
    exchange.others(|_| Ok(Vec::new()));
    assert_eq!(deposit_of(&mut exchange, 5, 5).reason(), "a token did not do what it was asked to");
    assert_eq!(reserves(&mut exchange), [U256::ZERO; 2]);
    assert!(exchange.events.is_empty());
}

#[test]
fn what_is_not_understood_is_refused() {
    let mut exchange = exchange();
    assert_eq!(exchange.call(&[1, 2, 3, 4]).reason(), "no such function");
    exchange.value = U256::ONE;
    assert_eq!(exchange.call(&selector("reserves()")).reason(), "takes no value");
    assert_eq!(exchange.deploy(&[0; 64]).reason(), "expected the addresses of two tokens");
    let wide = Encoded::<36>::call(selector("sharesOf(address)")).word(&[1; 32]);
    assert_eq!(exchange.call(wide.as_bytes()).reason(), "the argument is no address");
    assert_eq!(deposit_of(&mut exchange, 0, 5).reason(), "too little for a share");
}
