// SPDX-License-Identifier: Apache-2.0
//! A counter that everybody may raise and that only its owner, who created it, may set back.
//!
//! `deploy` runs once, when the contract is created, `call` whenever somebody calls it. Input and
//! output are encoded as Solidity does; `abi.txt` declares them for tools.

#![cfg_attr(not(test), no_std)]
#![cfg_attr(not(test), no_main)]

use revive_vm_sdk::{
    abi::{
        event_topic, selector, word_from_address, word_to_address, Address, Encoded, ErrorString,
        Word,
    },
    host::{self, U256},
};

// Storage: values of 32 bytes under keys of 32 bytes. What was never stored is zero.
const OWNER_KEY: Word = [0; 32];
const COUNT_KEY: Word = [1; 32];

revive_vm_sdk::export!(
    fn deploy() {
        refuse_value();
        // The arguments of a constructor stand at the start, without a selector.
        if host::call_data_size() != 32 {
            fail_with("expected the first count");
        }
        host::set_storage(&OWNER_KEY, &word_from_address(&host::caller()));
        set_count(U256::from_word(&host::call_data(0)));
    }
);

revive_vm_sdk::export!(
    fn call() {
        refuse_value();
        const INCREMENT: [u8; 4] = selector("increment(uint256)");
        const COUNT: [u8; 4] = selector("count()");
        const OWNER: [u8; 4] = selector("owner()");
        const RESET: [u8; 4] = selector("reset()");
        if host::call_data_size() < 4 {
            fail_with("no function");
        }
        match host::call_data(0) {
            INCREMENT => {
                if host::call_data_size() < 36 {
                    fail_with("an argument is missing");
                }
                let count = increment(host::argument_number(0));
                host::return_value(&count.to_word())
            }
            COUNT => host::return_value(&count().to_word()),
            OWNER => host::return_value(&word_from_address(&owner())),
            RESET => reset(),
            _ => fail_with("no such function"),
        }
    }
);

fn increment(by: U256) -> U256 {
    let Some(count) = count().checked_add(by) else {
        fail_with("the count would overflow")
    };
    set_count(count);
    count
}

fn reset() {
    let caller = host::caller();
    if caller != owner() {
        const NOT_OWNER: [u8; 4] = selector("NotOwner(address)");
        host::revert(Encoded::<36>::call(NOT_OWNER).address(&caller).as_bytes());
    }
    set_count(U256::ZERO);
}

fn count() -> U256 {
    U256::from_word(&host::get_storage_or_zero(&COUNT_KEY))
}

fn set_count(count: U256) {
    const CHANGED: Word = event_topic("Changed(address,uint256)");
    host::set_storage_or_clear(&COUNT_KEY, &count.to_word());
    host::deposit_event(
        &[CHANGED, word_from_address(&host::caller())],
        &count.to_word(),
    );
}

fn owner() -> Address {
    word_to_address(&host::get_storage_or_zero(&OWNER_KEY)).unwrap_or_default()
}

/// Amounts that nobody could take out again are not taken in.
fn refuse_value() {
    if !host::value_transferred().is_zero() {
        fail_with("takes no value");
    }
}

/// Ends the call, undoes what it did, and tells the caller why.
fn fail_with(message: &str) -> ! {
    host::revert(ErrorString::new(message).as_bytes())
}

#[cfg(test)]
mod tests;
