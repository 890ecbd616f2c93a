// SPDX-License-Identifier: Apache-2.0
//! An exchange of two tokens: calls of other contracts, numbers of 256 bits, a lock, and unit tests.
//!
//! The addresses of the tokens are immutable data. The product of the two reserves never falls but by withdrawals; three thousandths
//! of what is swapped stay with those who provide.

#![cfg_attr(not(test), no_std)]
#![cfg_attr(not(test), no_main)]

use revive_vm_sdk::{
    abi::{Address, Encoded, Word},
    contract::{fail, require, OrRevert},
    host::{self, Call, CallError, U256},
};

revive_vm_sdk::contract! {
    pub Exchange {
        constructor(first: Address, second: Address);

        /// Takes both tokens, which the caller has approved, and gives the caller shares in proportion.
        fn deposit(first: U256, second: U256) -> (shares: U256);
        /// Takes shares back and gives the caller their part of both tokens.
        fn withdraw(shares: U256) -> (first: U256, second: U256);
        /// Takes an amount of the first token, or of the second, and gives at least so much of the other.
        fn swap(sells_first: bool, amount: U256, least: U256) -> (gets: U256);

        view fn reserves() -> (first: U256, second: U256);
        view fn shares_of(account: Address) -> U256;
        view fn total_shares() -> U256;

        event Deposited(#[indexed] who: Address, first: U256, second: U256, shares: U256);
        event Withdrawn(#[indexed] who: Address, first: U256, second: U256, shares: U256);
        event Swapped(#[indexed] who: Address, #[indexed] sold: Address, amount: U256, gets: U256);
    }
}

revive_vm_sdk::interface! {
    /// What a token has to offer: some of ERC-20.
    Token {
        fn transfer(to: Address, value: U256) -> bool;
        fn transfer_from(from: Address, to: Address, value: U256) -> bool;
    }
}

const RESERVE_KEYS: [Word; 2] = [[1; 32], [2; 32]];
const TOTAL_SHARES_KEY: Word = [3; 32];
const LOCK_KEY: Word = [4; 32];

/// What stays of 1000 when something is swapped.
const FEE: u64 = 3;

fn constructor(first: Address, second: Address) {
    require(first != second, "expected the addresses of two tokens");
    host::set_immutable_data(Encoded::<64>::new().address(&first).address(&second).as_bytes());
}

fn deposit(first: U256, second: U256) -> U256 {
    lock();
    let (who, amounts) = (host::caller(), [first, second]);
    let reserves = RESERVE_KEYS.map(|key| stored(&key));
    let total = total_shares();
    let shares = if total.is_zero() {
        fits(first.checked_mul(second)).sqrt()
    } else {
        let of = |index: usize| fits(amounts[index].mul_div(total, reserves[index]));
        of(0).min(of(1))
    };
    require(!shares.is_zero(), "too little for a share");
    store(&TOTAL_SHARES_KEY, fits(total.checked_add(shares)));
    let key = shares_key(&who);
    store(&key, fits(stored(&key).checked_add(shares)));
    for ((key, reserve), amount) in RESERVE_KEYS.iter().zip(reserves).zip(amounts) {
        store(key, fits(reserve.checked_add(amount)));
    }
    for (token, amount) in tokens().iter().zip(amounts) {
        take(token, who, amount);
    }
    Deposited { who, first, second, shares }.emit();
    unlock();
    shares
}

fn withdraw(shares: U256) -> (U256, U256) {
    lock();
    let who = host::caller();
    let total = total_shares();
    let key = shares_key(&who);
    let rest = stored(&key).checked_sub(shares).filter(|_| !shares.is_zero());
    store(&key, rest.or_revert("the caller does not have so many shares"));
    // Nobody has more shares than there are.
    store(&TOTAL_SHARES_KEY, fits(total.checked_sub(shares)));
    let amounts = RESERVE_KEYS.map(|key| {
        let reserve = stored(&key);
        let amount = fits(reserve.mul_div(shares, total));
        store(&key, fits(reserve.checked_sub(amount)));
        amount
    });
    for (token, amount) in tokens().iter().zip(amounts) {
        pay(token, who, amount);
    }
    let [first, second] = amounts;
    Withdrawn { who, first, second, shares }.emit();
    unlock();
    (first, second)
}

fn swap(sells_first: bool, amount: U256, least: U256) -> U256 {
    lock();
    let who = host::caller();
    let (sold, bought) = if sells_first { (0, 1) } else { (1, 0) };
    let reserves = RESERVE_KEYS.map(|key| stored(&key));
    let counted = fits(amount.mul_div(U256::from(1000 - FEE), U256::from(1000u64)));
    let gets = fits(reserves[bought].mul_div(counted, fits(reserves[sold].checked_add(counted))));
    require(gets >= least && !gets.is_zero(), "the price is worse than asked for");
    store(&RESERVE_KEYS[sold], fits(reserves[sold].checked_add(amount)));
    store(&RESERVE_KEYS[bought], fits(reserves[bought].checked_sub(gets)));
    let tokens = tokens();
    take(&tokens[sold], who, amount);
    pay(&tokens[bought], who, gets);
    Swapped { who, sold: tokens[sold], amount, gets }.emit();
    unlock();
    gets
}

fn reserves() -> (U256, U256) {
    (stored(&RESERVE_KEYS[0]), stored(&RESERVE_KEYS[1]))
}

fn shares_of(account: Address) -> U256 {
    stored(&shares_key(&account))
}

fn total_shares() -> U256 {
    stored(&TOTAL_SHARES_KEY)
}

/// Takes what somebody has approved.
fn take(token: &Address, from: Address, amount: U256) {
    demand(Token::transfer_from(from, host::address(), amount).to(token));
}

/// Sends a token of ours to somebody.
fn pay(token: &Address, to: Address, amount: U256) {
    demand(Token::transfer(to, amount).to(token));
}

/// Calls a token; anything but `true` ends this call, with the token's own reason if it has one.
fn demand(call: Call<'_, bool>) {
    // A token that calls back comes to our lock; without `allow_reentry` the host would not even let it in.
    match call.allow_reentry().ask() {
        Ok(true) => {}
        Err(CallError::Reverted) => host::revert(host::return_data(&mut [0; 256])),
        _ => fail("a token did not do what it was asked to"),
    }
}

/// Nobody comes in while tokens are called. Transient storage costs no deposit.
fn lock() {
    require(U256::from_word(&host::get_transient(&LOCK_KEY)).is_zero(), "locked");
    host::set_transient(&LOCK_KEY, &U256::ONE.to_word());
}

fn unlock() {
    host::set_transient(&LOCK_KEY, &[0; 32]);
}

fn tokens() -> [Address; 2] {
    let mut data = [0; 64];
    host::get_immutable_data(&mut data);
    let address = |from: usize| data[from..from + 20].try_into().unwrap_or_default();
    [address(12), address(44)]
}

fn stored(key: &Word) -> U256 {
    U256::from_word(&host::get_storage_or_zero(key))
}

fn store(key: &Word, value: U256) {
    host::set_storage_or_clear(key, &value.to_word());
}

fn shares_key(account: &Address) -> Word {
    host::hash_keccak_256(Encoded::<52>::new().bytes(account).word(&TOTAL_SHARES_KEY).as_bytes())
}

fn fits(value: Option<U256>) -> U256 {
    value.or_revert("a number is too large")
}

#[cfg(test)]
mod tests;
