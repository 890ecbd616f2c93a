// SPDX-License-Identifier: Apache-2.0
//! A fungible token with the interface of ERC-20, without names: what such a contract takes in Rust.
//!
//! `deploy` takes the supply as its only argument (one word, no selector) and gives it to the caller. Balances are storage
//! items under `keccak(0, account)`, allowances under `keccak(1, owner, spender)`, the supply under 32 zero bytes; all are
//! words, big-endian. What a balance or an allowance does not cover is reverted.

#![cfg_attr(not(test), no_std)]
#![cfg_attr(not(test), no_main)]

use revive_vm_sdk::{
    abi::{event_topic, selector, word_from_address, word_from_u64, Address, ErrorString, Word},
    host,
};

const SUPPLY_KEY: [u8; 32] = [0; 32];
const TRANSFER: Word = event_topic("Transfer(address,address,uint256)");
const APPROVAL: Word = event_topic("Approval(address,address,uint256)");

revive_vm_sdk::export!(
    fn deploy() {
        refuse_value();
        let supply = host::call_data(0);
        host::set_storage_or_clear(&SUPPLY_KEY, &supply);
        host::set_storage_or_clear(&balance_key(&host::caller()), &supply);
        host::deposit_event(&[TRANSFER, [0; 32], word_from_address(&host::caller())], &supply);
    }
);

revive_vm_sdk::export!(
    fn call() {
        refuse_value();
        const TOTAL_SUPPLY: [u8; 4] = selector("totalSupply()");
        const BALANCE_OF: [u8; 4] = selector("balanceOf(address)");
        const ALLOWANCE: [u8; 4] = selector("allowance(address,address)");
        const TRANSFER: [u8; 4] = selector("transfer(address,uint256)");
        const APPROVE: [u8; 4] = selector("approve(address,uint256)");
        const TRANSFER_FROM: [u8; 4] = selector("transferFrom(address,address,uint256)");
        match host::call_data(0) {
            TOTAL_SUPPLY => host::return_value(&host::get_storage_or_zero(&SUPPLY_KEY)),
            BALANCE_OF => host::return_value(&host::get_storage_or_zero(&balance_key(&account(0)))),
            ALLOWANCE => {
                host::return_value(&host::get_storage_or_zero(&allowance_key(&account(0), &account(1))))
            }
            TRANSFER => {
                transfer(&host::caller(), &account(0), &host::argument(1));
                host::return_value(&word_from_u64(1))
            }
            APPROVE => {
                let (owner, spender, amount) = (host::caller(), account(0), host::argument(1));
                host::set_storage_or_clear(&allowance_key(&owner, &spender), &amount);
                host::deposit_event(
                    &[APPROVAL, word_from_address(&owner), word_from_address(&spender)],
                    &amount,
                );
                host::return_value(&word_from_u64(1))
            }
            TRANSFER_FROM => {
                let (from, amount) = (account(0), host::argument(2));
                spend(&from, &host::caller(), &amount);
                transfer(&from, &account(1), &amount);
                host::return_value(&word_from_u64(1))
            }
            _ => fail_with("no such function"),
        }
    }
);

/// Takes from an allowance; one of the greatest number is never used up.
fn spend(owner: &Address, spender: &Address, amount: &Word) {
    let key = allowance_key(owner, spender);
    let allowance = host::get_storage_or_zero(&key);
    if allowance == [0xff; 32] {
        return;
    }
    match subtract(&allowance, amount) {
        Some(rest) => host::set_storage_or_clear(&key, &rest),
        None => fail_with("the allowance is too small"),
    }
}

fn transfer(from: &Address, to: &Address, amount: &Word) {
    let (from_key, to_key) = (balance_key(from), balance_key(to));
    match subtract(&host::get_storage_or_zero(&from_key), amount) {
        Some(rest) => host::set_storage_or_clear(&from_key, &rest),
        None => fail_with("the balance is too small"),
    }
    // No sum of balances exceeds the supply.
    host::set_storage_or_clear(&to_key, &add(&host::get_storage_or_zero(&to_key), amount));
    host::deposit_event(&[TRANSFER, word_from_address(from), word_from_address(to)], amount);
}

fn balance_key(account: &Address) -> [u8; 32] {
    let mut bytes = [0; 21];
    bytes[1..].copy_from_slice(account);
    host::hash_keccak_256(&bytes)
}

fn allowance_key(owner: &Address, spender: &Address) -> [u8; 32] {
    let mut bytes = [1; 41];
    bytes[1..21].copy_from_slice(owner);
    bytes[21..].copy_from_slice(spender);
    host::hash_keccak_256(&bytes)
}

/// The account in an argument.
fn account(index: usize) -> Address {
    let mut account = [0; 20];
    account.copy_from_slice(&host::argument(index)[12..]);
    account
}

/// The sum, without what exceeds a word.
fn add(a: &Word, b: &Word) -> Word {
    let mut sum = [0; 32];
    let mut carry = 0;
    for index in (0..32).rev() {
        carry += u16::from(a[index]) + u16::from(b[index]);
        sum[index] = carry as u8;
        carry >>= 8;
    }
    sum
}

/// The difference; `None` if it is below zero.
fn subtract(a: &Word, b: &Word) -> Option<Word> {
    let mut difference = [0; 32];
    let mut borrow = false;
    for index in (0..32).rev() {
        let (byte, first) = a[index].overflowing_sub(b[index]);
        let (byte, second) = byte.overflowing_sub(u8::from(borrow));
        difference[index] = byte;
        borrow = first || second;
    }
    (!borrow).then_some(difference)
}

fn refuse_value() {
    if !host::value_transferred().is_zero() {
        fail_with("takes no value");
    }
}

fn fail_with(message: &str) -> ! {
    host::revert(ErrorString::new(message).as_bytes())
}
