// SPDX-License-Identifier: Apache-2.0
//! A counter that everybody may raise and that only its owner, who created it, may set back.
//!
//! The declaration is what others see of it; `revive-vm build` writes it to an ABI file for tools.

#![cfg_attr(not(test), no_std)]
#![cfg_attr(not(test), no_main)]

use revive_vm_sdk::{
    abi::{word_from_address, word_to_address, Address, Word},
    contract::OrRevert,
    host::{self, U256},
};

revive_vm_sdk::contract! {
    pub Counter {
        constructor(first: U256);

        fn increment(by: U256) -> (count: U256);
        view fn count() -> U256;
        view fn owner() -> Address;
        fn reset();

        event Changed(#[indexed] by: Address, count: U256);
        error NotOwner(caller: Address);
    }
}

// Storage: values of 32 bytes under keys of 32 bytes. What was never stored is zero.
const OWNER_KEY: Word = [0; 32];
const COUNT_KEY: Word = [1; 32];

/// Runs once, when the contract is created.
fn constructor(first: U256) {
    host::set_storage(&OWNER_KEY, &word_from_address(&host::caller()));
    set_count(first);
}

fn increment(by: U256) -> U256 {
    let count = count()
        .checked_add(by)
        .or_revert("the count would overflow");
    set_count(count);
    count
}

/// An error ends the call, undoes what it did, and tells the caller why.
fn reset() -> Result<(), NotOwner> {
    let caller = host::caller();
    if caller != owner() {
        return Err(NotOwner { caller });
    }
    set_count(U256::ZERO);
    Ok(())
}

fn count() -> U256 {
    U256::from_word(&host::get_storage_or_zero(&COUNT_KEY))
}

fn owner() -> Address {
    word_to_address(&host::get_storage_or_zero(&OWNER_KEY)).unwrap_or_default()
}

fn set_count(count: U256) {
    host::set_storage_or_clear(&COUNT_KEY, &count.to_word());
    Changed {
        by: host::caller(),
        count,
    }
    .emit();
}

#[cfg(test)]
mod tests;
