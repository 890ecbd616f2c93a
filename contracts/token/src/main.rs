// SPDX-License-Identifier: Apache-2.0
//! A fungible token with the interface of ERC-20, without names, and transfers of which one call makes many: what such a contract
//! takes in Rust.
//!
//! `deploy` gives the whole supply to the caller. Balances are storage items under `keccak(0, account)`, allowances under
//! `keccak(1, owner, spender)`, the supply under 32 zero bytes; all are words, big-endian.

#![cfg_attr(not(test), no_std)]
#![cfg_attr(not(test), no_main)]

use revive_vm_sdk::{
    abi::{Address, List, Word},
    contract::OrRevert,
    host::{self, U256},
};

revive_vm_sdk::contract! {
    pub Token {
        constructor(supply: U256);

        view fn total_supply() -> U256;
        view fn balance_of(account: Address) -> U256;
        view fn allowance(owner: Address, spender: Address) -> U256;
        fn transfer(to: Address, value: U256) -> bool;
        fn approve(spender: Address, value: U256) -> bool;
        /// One of the greatest number is never used up.
        fn transfer_from(from: Address, to: Address, value: U256) -> bool;
        /// All of them or none.
        fn transfer_many(payments: List<Payment, 16>) -> bool;

        struct Payment(to: Address, value: U256);
        event Transfer(#[indexed] from: Address, #[indexed] to: Address, value: U256);
        event Approval(#[indexed] owner: Address, #[indexed] spender: Address, value: U256);
    }
}

const SUPPLY_KEY: Word = [0; 32];
const NOBODY: Address = [0; 20];

fn constructor(supply: U256) {
    store(&SUPPLY_KEY, supply);
    give(NOBODY, host::caller(), supply);
}

fn total_supply() -> U256 {
    stored(&SUPPLY_KEY)
}

fn balance_of(account: Address) -> U256 {
    stored(&balance_key(&account))
}

fn allowance(owner: Address, spender: Address) -> U256 {
    stored(&allowance_key(&owner, &spender))
}

fn transfer(to: Address, value: U256) -> bool {
    take(host::caller(), &[Payment { to, value }])
}

fn transfer_many(payments: &List<Payment, 16>) -> bool {
    take(host::caller(), payments)
}

fn approve(spender: Address, value: U256) -> bool {
    let owner = host::caller();
    store(&allowance_key(&owner, &spender), value);
    Approval { owner, spender, value }.emit();
    true
}

fn transfer_from(from: Address, to: Address, value: U256) -> bool {
    let key = allowance_key(&from, &host::caller());
    let allowance = stored(&key);
    if allowance != U256::MAX {
        store(&key, allowance.checked_sub(value).or_revert("the allowance is too small"));
    }
    take(from, &[Payment { to, value }])
}

/// The balance that all of it is taken from is read and written once.
fn take(from: Address, payments: &[Payment]) -> bool {
    let key = balance_key(&from);
    let mut rest = stored(&key);
    for payment in payments {
        rest = rest.checked_sub(payment.value).or_revert("the balance is too small");
    }
    store(&key, rest);
    for payment in payments {
        give(from, payment.to, payment.value);
    }
    true
}

fn give(from: Address, to: Address, value: U256) {
    let key = balance_key(&to);
    // No sum of balances exceeds the supply.
    store(&key, stored(&key).checked_add(value).unwrap_or(U256::MAX));
    Transfer { from, to, value }.emit();
}

fn stored(key: &Word) -> U256 {
    U256::from_word(&host::get_storage_or_zero(key))
}

fn store(key: &Word, value: U256) {
    host::set_storage_or_clear(key, &value.to_word());
}

// Inlined, these would be there for each use, and each byte of code is paid for in each call.
#[inline(never)]
fn balance_key(account: &Address) -> Word {
    let mut bytes = [0; 21];
    bytes[1..].copy_from_slice(account);
    host::hash_keccak_256(&bytes)
}

#[inline(never)]
fn allowance_key(owner: &Address, spender: &Address) -> Word {
    let mut bytes = [1; 41];
    bytes[1..21].copy_from_slice(owner);
    bytes[21..].copy_from_slice(spender);
    host::hash_keccak_256(&bytes)
}

#[cfg(test)]
mod tests;
