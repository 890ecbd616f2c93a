// SPDX-License-Identifier: Apache-2.0
//! An exchange of two tokens: calls of other contracts, numbers of 256 bits, a lock, and unit tests.
//!
//! `deploy` takes the addresses of two ERC-20 tokens, two words without a selector, and keeps them as immutable data. The product
//! of the two reserves never falls but by withdrawals; three thousandths of what is swapped stay with those who provide.
//!
//! | function | what it does |
//! |---|---|
//! | `deposit(uint256,uint256)` | takes both tokens, which the caller has approved; gives shares |
//! | `withdraw(uint256)` | takes shares back, gives both tokens |
//! | `swap(bool,uint256,uint256)` | sells so much of the first token, or of the second, for at least so much of the other; gives how much |
//! | `reserves()`, `sharesOf(address)`, `totalShares()` | what there is |

#![cfg_attr(not(test), no_std)]
#![cfg_attr(not(test), no_main)]

use revive_vm_sdk::{
    abi::{event_topic, selector, word_from_address, word_from_u64, Address, Encoded, ErrorString, Word},
    host::{self, Call, CallError, U256},
};

const RESERVE_KEYS: [Word; 2] = [[1; 32], [2; 32]];
const TOTAL_SHARES_KEY: Word = [3; 32];
const LOCK_KEY: Word = [4; 32];

/// What stays of 1000 when something is swapped.
const FEE: u64 = 3;

revive_vm_sdk::export!(
    fn deploy() {
        refuse_value();
        let tokens: [u8; 64] = host::call_data(0);
        let fits = host::call_data_size() == 64 && tokens[..32] != tokens[32..];
        if !fits || tokens[..12].iter().chain(&tokens[32..44]).any(|byte| *byte != 0) {
            fail_with("expected the addresses of two tokens");
        }
        host::set_immutable_data(&tokens);
    }
);

revive_vm_sdk::export!(
    fn call() {
        refuse_value();
        const DEPOSIT: [u8; 4] = selector("deposit(uint256,uint256)");
        const WITHDRAW: [u8; 4] = selector("withdraw(uint256)");
        const SWAP: [u8; 4] = selector("swap(bool,uint256,uint256)");
        const RESERVES: [u8; 4] = selector("reserves()");
        const SHARES_OF: [u8; 4] = selector("sharesOf(address)");
        const TOTAL_SHARES: [u8; 4] = selector("totalShares()");
        match host::call_data(0) {
            DEPOSIT => give(&Encoded::<32>::new().number(deposit())),
            WITHDRAW => {
                let [first, second] = withdraw();
                give(&Encoded::<64>::new().number(first).number(second))
            }
            SWAP => give(&Encoded::<32>::new().number(swap())),
            RESERVES => {
                let [first, second] = RESERVE_KEYS.map(|key| stored(&key));
                give(&Encoded::<64>::new().number(first).number(second))
            }
            SHARES_OF => match host::argument_address(0) {
                Some(account) => give(&Encoded::<32>::new().number(stored(&shares_key(&account)))),
                None => fail_with("the argument is no address"),
            },
            TOTAL_SHARES => give(&Encoded::<32>::new().number(stored(&TOTAL_SHARES_KEY))),
            _ => fail_with("no such function"),
        }
    }
);

/// Takes both tokens in and gives the caller shares in proportion.
fn deposit() -> U256 {
    lock();
    let (caller, own) = (host::caller(), host::address());
    let amounts = [host::argument_number(0), host::argument_number(1)];
    let reserves = RESERVE_KEYS.map(|key| stored(&key));
    let total = stored(&TOTAL_SHARES_KEY);
    let shares = if total.is_zero() {
        fits(amounts[0].checked_mul(amounts[1])).sqrt()
    } else {
        let of = |index: usize| fits(amounts[index].mul_div(total, reserves[index]));
        of(0).min(of(1))
    };
    if shares.is_zero() {
        fail_with("too little for a share");
    }
    store(&TOTAL_SHARES_KEY, fits(total.checked_add(shares)));
    let key = shares_key(&caller);
    store(&key, fits(stored(&key).checked_add(shares)));
    for ((key, reserve), amount) in RESERVE_KEYS.iter().zip(reserves).zip(amounts) {
        store(key, fits(reserve.checked_add(amount)));
    }
    for (token, amount) in tokens().iter().zip(amounts) {
        const TRANSFER_FROM: [u8; 4] = selector("transferFrom(address,address,uint256)");
        let input = Encoded::<100>::call(TRANSFER_FROM).address(&caller).address(&own).number(amount);
        demand(token, input.as_bytes());
    }
    const DEPOSITED: Word = event_topic("Deposited(address,uint256,uint256,uint256)");
    let data = Encoded::<96>::new().number(amounts[0]).number(amounts[1]).number(shares);
    host::deposit_event(&[DEPOSITED, word_from_address(&caller)], data.as_bytes());
    unlock();
    shares
}

/// Takes shares back and gives the caller their part of both tokens.
fn withdraw() -> [U256; 2] {
    lock();
    let (caller, shares) = (host::caller(), host::argument_number(0));
    let total = stored(&TOTAL_SHARES_KEY);
    let key = shares_key(&caller);
    match stored(&key).checked_sub(shares) {
        Some(rest) if !shares.is_zero() => store(&key, rest),
        _ => fail_with("the caller does not have so many shares"),
    }
    // Nobody has more shares than there are.
    store(&TOTAL_SHARES_KEY, fits(total.checked_sub(shares)));
    let amounts = RESERVE_KEYS.map(|key| {
        let reserve = stored(&key);
        let amount = fits(reserve.mul_div(shares, total));
        store(&key, fits(reserve.checked_sub(amount)));
        amount
    });
    for (token, amount) in tokens().iter().zip(amounts) {
        pay(token, &caller, amount);
    }
    const WITHDRAWN: Word = event_topic("Withdrawn(address,uint256,uint256,uint256)");
    let data = Encoded::<96>::new().number(amounts[0]).number(amounts[1]).number(shares);
    host::deposit_event(&[WITHDRAWN, word_from_address(&caller)], data.as_bytes());
    unlock();
    amounts
}

/// Takes one token and gives the other.
fn swap() -> U256 {
    lock();
    let (caller, own) = (host::caller(), host::address());
    let sells_first = match host::argument_number(0).to_u64() {
        Some(flag @ 0..=1) => flag == 1,
        _ => fail_with("the first argument is no bool"),
    };
    let (amount, least) = (host::argument_number(1), host::argument_number(2));
    let (sold, bought) = if sells_first { (0, 1) } else { (1, 0) };
    let reserves = RESERVE_KEYS.map(|key| stored(&key));
    let counted = fits(amount.mul_div(U256::from(1000 - FEE), U256::from(1000u64)));
    let gets = fits(reserves[bought].mul_div(counted, fits(reserves[sold].checked_add(counted))));
    if gets < least || gets.is_zero() {
        fail_with("the price is worse than asked for");
    }
    store(&RESERVE_KEYS[sold], fits(reserves[sold].checked_add(amount)));
    store(&RESERVE_KEYS[bought], fits(reserves[bought].checked_sub(gets)));
    let tokens = tokens();
    const TRANSFER_FROM: [u8; 4] = selector("transferFrom(address,address,uint256)");
    let input = Encoded::<100>::call(TRANSFER_FROM).address(&caller).address(&own).number(amount);
    demand(&tokens[sold], input.as_bytes());
    pay(&tokens[bought], &caller, gets);
    const SWAPPED: Word = event_topic("Swapped(address,address,uint256,uint256)");
    let data = Encoded::<64>::new().number(amount).number(gets);
    let topics = [SWAPPED, word_from_address(&caller), word_from_address(&tokens[sold])];
    host::deposit_event(&topics, data.as_bytes());
    unlock();
    gets
}

/// Sends a token of ours to somebody.
fn pay(token: &Address, to: &Address, amount: U256) {
    const TRANSFER: [u8; 4] = selector("transfer(address,uint256)");
    demand(token, Encoded::<68>::call(TRANSFER).address(to).number(amount).as_bytes());
}

/// Calls a token; anything but `true` ends this call, with the token's own reason if it has one.
fn demand(token: &Address, input: &[u8]) {
    // A token that calls back comes to our lock; without `allow_reentry` the host would not even let it in.
    match Call::new(token, input).allow_reentry().invoke() {
        Ok(()) if host::return_word() == Some(word_from_u64(1)) => {}
        Err(CallError::Reverted) => host::revert(host::return_data(&mut [0; 256])),
        _ => fail_with("a token did not do what it was asked to"),
    }
}

/// Nobody comes in while tokens are called. Transient storage costs no deposit.
fn lock() {
    if host::get_transient(&LOCK_KEY) != [0; 32] {
        fail_with("locked");
    }
    host::set_transient(&LOCK_KEY, &word_from_u64(1));
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
    match value {
        Some(value) => value,
        None => fail_with("a number is too large"),
    }
}

fn give<const BYTES: usize>(output: &Encoded<BYTES>) -> ! {
    host::return_value(output.as_bytes())
}

fn refuse_value() {
    if !host::value_transferred().is_zero() {
        fail_with("takes no value");
    }
}

fn fail_with(message: &str) -> ! {
    host::revert(ErrorString::new(message).as_bytes())
}

#[cfg(test)]
mod tests;
