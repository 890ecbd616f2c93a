// SPDX-License-Identifier: Apache-2.0
//! Unit tests of the token: `cargo test` in its folder.

use super::*;
use revive_vm_sdk::testing::{Contract, Event};

const ALICE: Address = [0xa1; 20];
const BOB: Address = [0xb0; 20];

fn token() -> Contract {
    let mut token = Contract::new(deploy, call);
    token.caller = ALICE;
    assert_eq!(token.deploy(&Token::constructor(100u64.into())).returned(), []);
    token
}

fn balance(token: &mut Contract, account: Address) -> U256 {
    token.call(&Token::balance_of(account)).value()
}

#[test]
fn a_transfer_moves_an_amount() {
    let mut token = token();
    assert_eq!(token.call(&Token::total_supply()).value::<U256>(), 100u64.into());
    assert!(token.call(&Token::transfer(BOB, 30u64.into())).value::<bool>());
    assert_eq!([ALICE, BOB].map(|account| balance(&mut token, account)), [70u64.into(), 30u64.into()]);
    let transfer = |from, to, value: u64| Event::from(Transfer { from, to, value: value.into() });
    assert_eq!(token.events, [transfer(NOBODY, ALICE, 100), transfer(ALICE, BOB, 30)]);
    assert_eq!(token.call(&Token::transfer(BOB, 71u64.into())).reason(), "the balance is too small");
    // To oneself, all of it.
    assert!(token.call(&Token::transfer(ALICE, 70u64.into())).value::<bool>());
    assert_eq!(balance(&mut token, ALICE), 70u64.into());
}

#[test]
fn many_transfers_are_made_or_none() {
    let mut token = token();
    let payment = |to, value: u64| Payment { to, value: value.into() };
    // Also to oneself, in between.
    let payments = [payment(BOB, 30), payment(ALICE, 60), payment([7; 20], 0), payment(BOB, 5)];
    assert!(token.call(&Token::transfer_many(payments.into())).value::<bool>());
    assert_eq!(
        [ALICE, BOB, [7; 20]].map(|account| balance(&mut token, account)),
        [65u64, 35, 0].map(U256::from)
    );
    let transfers = payments.map(|Payment { to, value }| Event::from(Transfer { from: ALICE, to, value }));
    assert_eq!(token.events[1..], transfers);
    let too_much = Token::transfer_many([payment(BOB, 60), payment(ALICE, 6)].into());
    assert_eq!(token.call(&too_much).reason(), "the balance is too small");
    let most = Payment { to: BOB, value: U256::MAX };
    assert_eq!(token.call(&Token::transfer_many([most; 2].into())).reason(), "the balance is too small");
    assert_eq!([ALICE, BOB].map(|account| balance(&mut token, account)), [65u64, 35].map(U256::from));
    assert!(token.call(&Token::transfer_many(List::new())).value::<bool>());
    // More than it takes at once.
    let mut many = [&Token::transfer_many([payment(BOB, 0); 16].into())[..], &[0; 64]].concat();
    assert!(token.call(&many).value::<bool>());
    many[67] += 1;
    assert_eq!(token.call(&many).reason(), "argument 1 is too long: (address,uint256)[]");
}

#[test]
fn an_allowance_is_used_up_unless_it_has_no_end() {
    let mut token = token();
    assert!(token.call(&Token::approve(BOB, 50u64.into())).value::<bool>());
    token.caller = BOB;
    assert!(token.call(&Token::transfer_from(ALICE, BOB, 20u64.into())).value::<bool>());
    assert_eq!(token.call(&Token::allowance(ALICE, BOB)).value::<U256>(), 30u64.into());
    let more = token.call(&Token::transfer_from(ALICE, BOB, 31u64.into()));
    assert_eq!(more.reason(), "the allowance is too small");
    token.caller = ALICE;
    assert!(token.call(&Token::approve(BOB, U256::MAX)).value::<bool>());
    token.caller = BOB;
    assert!(token.call(&Token::transfer_from(ALICE, BOB, 80u64.into())).value::<bool>());
    assert_eq!(token.call(&Token::allowance(ALICE, BOB)).value::<U256>(), U256::MAX);
}

#[test]
fn what_is_not_understood_is_refused() {
    let mut token = token();
    assert_eq!(token.deploy(&[0; 31]).reason(), "argument 1 is missing: (uint256)");
    assert_eq!(
        token.call(&Token::transfer(BOB, U256::ONE)[..67]).reason(),
        "argument 2 is missing: (address,uint256)"
    );
    let mut dirty = Token::transfer(BOB, U256::ONE).to_vec();
    dirty[15] = 1;
    assert_eq!(token.call(&dirty).reason(), "argument 1 is no address");
    token.value = U256::ONE;
    assert_eq!(token.call(&Token::total_supply()).reason(), "takes no value");
}

/// What Solidity's compiler writes for OpenZeppelin's ERC-20, as far as it is here too.
#[test]
fn the_abi_is_that_of_erc_20() {
    let erc_20 = [
        r#"{"anonymous":false,"inputs":[{"indexed":true,"internalType":"address","name":"owner","type":"address"},{"indexed":true,"internalType":"address","name":"spender","type":"address"},{"indexed":false,"internalType":"uint256","name":"value","type":"uint256"}],"name":"Approval","type":"event"}"#,
        r#"{"anonymous":false,"inputs":[{"indexed":true,"internalType":"address","name":"from","type":"address"},{"indexed":true,"internalType":"address","name":"to","type":"address"},{"indexed":false,"internalType":"uint256","name":"value","type":"uint256"}],"name":"Transfer","type":"event"}"#,
        r#"{"inputs":[{"internalType":"address","name":"owner","type":"address"},{"internalType":"address","name":"spender","type":"address"}],"name":"allowance","outputs":[{"internalType":"uint256","name":"","type":"uint256"}],"stateMutability":"view","type":"function"}"#,
        r#"{"inputs":[{"internalType":"address","name":"spender","type":"address"},{"internalType":"uint256","name":"value","type":"uint256"}],"name":"approve","outputs":[{"internalType":"bool","name":"","type":"bool"}],"stateMutability":"nonpayable","type":"function"}"#,
        r#"{"inputs":[{"internalType":"address","name":"account","type":"address"}],"name":"balanceOf","outputs":[{"internalType":"uint256","name":"","type":"uint256"}],"stateMutability":"view","type":"function"}"#,
        r#"{"inputs":[],"name":"totalSupply","outputs":[{"internalType":"uint256","name":"","type":"uint256"}],"stateMutability":"view","type":"function"}"#,
        r#"{"inputs":[{"internalType":"address","name":"to","type":"address"},{"internalType":"uint256","name":"value","type":"uint256"}],"name":"transfer","outputs":[{"internalType":"bool","name":"","type":"bool"}],"stateMutability":"nonpayable","type":"function"}"#,
        r#"{"inputs":[{"internalType":"address","name":"from","type":"address"},{"internalType":"address","name":"to","type":"address"},{"internalType":"uint256","name":"value","type":"uint256"}],"name":"transferFrom","outputs":[{"internalType":"bool","name":"","type":"bool"}],"stateMutability":"nonpayable","type":"function"}"#,
    ];
    for line in erc_20 {
        assert!(Token::ABI.lines().any(|found| found == line), "{line}\nis not in\n{}", Token::ABI);
    }
    let many = r#"{"inputs":[{"components":[{"internalType":"address","name":"to","type":"address"},{"internalType":"uint256","name":"value","type":"uint256"}],"internalType":"struct Payment[]","name":"payments","type":"tuple[]"}],"name":"transferMany","outputs":[{"internalType":"bool","name":"","type":"bool"}],"stateMutability":"nonpayable","type":"function"}"#;
    assert!(Token::ABI.lines().any(|found| found == many), "{many}\nis not in\n{}", Token::ABI);
    assert_eq!(Token::ABI.lines().count(), erc_20.len() + 2, "and the constructor");
}
