// SPDX-License-Identifier: Apache-2.0
//! Contracts as compilers make them: the counter in Rust and in C, and OpenZeppelin's ERC-20 by resolc.
//!
//! They are built by `cargo xtask contracts` into `contracts/build`. Where they are missing, these tests say so and check nothing.

use super::{address_word, call, call_from, deploy, error, output, selector, state_root, text, word};
use crate::{mock::*, AccountId32Mapper, AddressMapper, Error, Event};
use sp_core::{H160, H256};
use sp_io::hashing::keccak_256;
use std::path::Path;

type Mapper = AccountId32Mapper<Test>;

const SUPPLY: u128 = 1_000_000_000_000_000_000_000;

/// The blobs that are there.
pub(super) fn blobs() -> Vec<(&'static str, Vec<u8>)> {
    ["counter", "c-counter", "erc20"]
        .into_iter()
        .filter_map(|name| blob(name).map(|blob| (name, blob)))
        .collect()
}

fn blob(name: &str) -> Option<Vec<u8>> {
    let path = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for tests"))
        .join(format!("../contracts/build/{name}.polkavm"));
    match std::fs::read(&path) {
        Ok(blob) => Some(blob),
        Err(error) => {
            eprintln!("SKIPPED: no {}: {error}; build it with `cargo xtask contracts`", path.display());
            None
        }
    }
}

#[test]
fn compiled_blobs_pass_the_check() {
    for (name, blob) in blobs() {
        if let Err(refusal) = crate::code::check::<Test>(&blob) {
            panic!("{name}: {}", text(&refusal.detail));
        }
    }
}

fn with_argument(signature: &str, argument: [u8; 32]) -> Vec<u8> {
    [&selector(signature)[..], &argument].concat()
}

#[test]
fn the_counter_counts_and_survives_its_own_failures() {
    counts_and_survives_its_own_failures("counter");
}

#[test]
fn the_counter_in_c_does_the_same() {
    counts_and_survives_its_own_failures("c-counter");
}

fn counts_and_survives_its_own_failures(name: &str) {
    let Some(blob) = blob(name) else { return };
    new_test(|| {
        let dest = deploy(&blob, 0, b"");
        let get = || output(dest, &selector("get()"));
        assert_eq!(get(), word(0));
        assert_eq!(output(dest, &with_argument("increment(uint64)", word(5))), word(5));
        System::assert_has_event(
            Event::<Test>::ContractEmitted {
                contract: dest,
                data: word(5).to_vec(),
                topics: vec![
                    H256(keccak_256(b"Incremented(address,uint64)")),
                    H256(address_word(&Mapper::to_address(&ALICE))),
                ],
            }
            .into(),
        );
        assert_eq!(output(dest, &with_argument("increment(uint64)", word(2))), word(7));

        let before = state_root();
        let events = System::event_count();
        for (function, expected) in [
            ("fail()", None),
            ("burn()", Some(Error::OutOfGas)),
            ("trap()", Some(Error::ContractTrapped)),
            ("recurse()", Some(Error::ContractTrapped)),
            ("readOutOfBounds()", Some(Error::ContractTrapped)),
            ("badPointer()", Some(Error::OutOfBounds)),
        ] {
            let outcome = call(dest, &selector(function));
            match expected {
                None => {
                    let output = outcome.result.unwrap();
                    assert!(output.did_revert());
                    assert_eq!(output.data[..4], selector("Error(string)"));
                }
                Some(expected) => assert_eq!(outcome.result, Err(error(expected)), "{function}"),
            }
            assert_eq!(state_root(), before, "{function}");
            assert_eq!(System::event_count(), events, "{function}");
        }
        assert_eq!(get(), word(7));
    });
}

/// `constructor(string,string,uint256)` for "Token", "TKN" and the supply.
pub(super) fn constructor() -> Vec<u8> {
    let string = |text: &str| {
        let mut bytes = [0; 32];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        [word(text.len() as u128), bytes].concat()
    };
    [word(0x60).to_vec(), word(0xA0).to_vec(), word(SUPPLY).to_vec(), string("Token"), string("TKN")].concat()
}

#[test]
fn the_erc20_of_resolc_moves_tokens() {
    let Some(blob) = blob("erc20") else { return };
    new_test(|| {
        let dest = deploy(&blob, 0, &constructor());
        let (alice, bob) = (Mapper::to_address(&ALICE), Mapper::to_address(&BOB));
        let balance = |of: &H160| output(dest, &with_argument("balanceOf(address)", address_word(of)));
        assert_eq!(output(dest, &selector("totalSupply()")), word(SUPPLY));
        assert_eq!(output(dest, &selector("decimals()")), word(18));
        assert_eq!(&output(dest, &selector("symbol()"))[64..67], b"TKN");
        assert_eq!(balance(&alice), word(SUPPLY));

        let transfer = |to: &H160, amount: u128| {
            [&selector("transfer(address,uint256)")[..], &address_word(to), &word(amount)].concat()
        };
        assert_eq!(output(dest, &transfer(&bob, 1_000)), word(1));
        assert_eq!((balance(&alice), balance(&bob)), (word(SUPPLY - 1_000).to_vec(), word(1_000).to_vec()));
        System::assert_has_event(
            Event::<Test>::ContractEmitted {
                contract: dest,
                data: word(1_000).to_vec(),
                topics: vec![
                    H256(keccak_256(b"Transfer(address,address,uint256)")),
                    H256(address_word(&alice)),
                    H256(address_word(&bob)),
                ],
            }
            .into(),
        );

        // More than Bob has: the custom error of OpenZeppelin, and nothing moves.
        let before = state_root();
        let outcome = call_from(BOB, dest, 0, WEIGHT, &transfer(&alice, 1_001));
        let output = outcome.result.unwrap();
        assert!(output.did_revert());
        assert_eq!(output.data[..4], selector("ERC20InsufficientBalance(address,uint256,uint256)"));
        // The function takes no value.
        assert!(call_from(BOB, dest, 1, WEIGHT, &transfer(&alice, 1)).result.unwrap().did_revert());
        // Too little weight.
        let needed = call_from(BOB, dest, 0, WEIGHT, &transfer(&alice, 1_001)).weight_required;
        let outcome = call_from(BOB, dest, 0, needed / 2, &transfer(&alice, 1_000));
        assert_eq!(outcome.result, Err(error(Error::OutOfGas)));
        assert_eq!(state_root(), before);
    });
}
