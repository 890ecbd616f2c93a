// SPDX-License-Identifier: Apache-2.0
//! The host functions with the registers that the guest's have, for [`super::Contract`]. Addresses are those of this machine.
//!
//! Every function that takes an address has the same condition: it is valid for what the host does with the memory there.
#![allow(clippy::missing_safety_doc, reason = "the module says it for all of them")]

use std::{string::String, vec::Vec};

use super::{end, silent, with, Answer, Called, CalledHow, Code, Event, Outcome, Run};
use crate::{
    abi::Address,
    host::{
        calls::{result, ALLOW_REENTRY, CLONE_INPUT, READ_ONLY, TAIL_CALL},
        CallError,
    },
    keccak::keccak_256,
    uint::U256,
};

const SENTINEL: u64 = 0xffff_ffff;

/// How many blocks before this one have a hash.
const BLOCK_HASHES_MAX: u64 = 256;

// Codes of calls and instantiations; 0 is success.
const REVERTED: u64 = 2;
const TRANSFER_FAILED: u64 = 4;
const DUPLICATE_ADDRESS: u64 = 11;
const REENTRY_DENIED: u64 = 13;

unsafe fn read(address: u64, bytes: u64) -> Vec<u8> {
    if bytes == 0 {
        return Vec::new();
    }
    let pointer = core::ptr::with_exposed_provenance::<u8>(address as usize);
    // SAFETY: the caller answers for the range.
    unsafe { core::slice::from_raw_parts(pointer, bytes as usize) }.to_vec()
}

unsafe fn read_account(address: u64) -> Address {
    // SAFETY: the caller answers for the range.
    unsafe { read(address, 20) }.try_into().unwrap_or_default()
}

unsafe fn write(address: u64, bytes: &[u8]) {
    let pointer = core::ptr::with_exposed_provenance_mut::<u8>(address as usize);
    // SAFETY: the caller answers for the range.
    unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), pointer, bytes.len()) }
}

/// Writes as much as the cell says that there is room for, and into the cell how much that is.
unsafe fn deliver(out: u64, cell: u64, data: &[u8]) {
    // SAFETY: the cell is four bytes, and what it says is the caller's.
    unsafe {
        let room = u32::from_le_bytes(read(cell, 4).try_into().unwrap_or_default());
        let data = &data[..data.len().min(room as usize)];
        write(out, data);
        write(cell, &(data.len() as u32).to_le_bytes());
    }
}

unsafe fn key(address: u64, bytes: u64) -> Vec<u8> {
    // SAFETY: the caller answers for the range.
    unsafe { read(address, if bytes == SENTINEL { 32 } else { bytes }) }
}

fn items(run: &mut Run, flags: u64) -> &mut std::collections::BTreeMap<Vec<u8>, Vec<u8>> {
    match flags {
        0 => &mut run.contract.state.storage,
        1 => &mut run.contract.state.transient,
        other => panic!("{other} are no storage flags"),
    }
}

fn length(item: Option<Vec<u8>>) -> u64 {
    item.map_or(SENTINEL, |item| item.len() as u64)
}

pub(crate) unsafe fn set_storage(flags: u64, at: u64, key_bytes: u64, value: u64, bytes: u64) -> u64 {
    assert!(bytes <= 416, "a storage item of {bytes} bytes; the limit is 416");
    // SAFETY: as the module says.
    let (key, value) = unsafe { (key(at, key_bytes), read(value, bytes)) };
    length(with(|run| items(run, flags).insert(key, value)))
}

pub(crate) unsafe fn set_storage_or_clear(flags: u64, at: u64, value: u64) -> u64 {
    // SAFETY: as the module says.
    let (key, value) = unsafe { (read(at, 32), read(value, 32)) };
    let clears = value.iter().all(|byte| *byte == 0);
    length(with(
        |run| if clears { items(run, flags).remove(&key) } else { items(run, flags).insert(key, value) },
    ))
}

pub(crate) unsafe fn get_storage(flags: u64, at: u64, key_bytes: u64, out: u64, cell: u64) -> u64 {
    // SAFETY: as the module says.
    let key = unsafe { key(at, key_bytes) };
    match with(|run| items(run, flags).get(&key).cloned()) {
        Some(item) => {
            // SAFETY: as the module says.
            unsafe { deliver(out, cell, &item) };
            0
        }
        None => 3,
    }
}

pub(crate) unsafe fn get_storage_or_zero(flags: u64, at: u64, out: u64) {
    // SAFETY: as the module says.
    unsafe {
        let key = read(at, 32);
        let mut item = with(|run| items(run, flags).get(&key).cloned()).unwrap_or_default();
        item.resize(32, 0);
        write(out, &item);
    }
}

pub(crate) unsafe fn call_data_size() -> u64 {
    with(|run| run.input.len() as u64)
}

pub(crate) unsafe fn call_data_copy(out: u64, bytes: u64, offset: u64) {
    let input = with(|run| run.input.clone());
    let mut data: Vec<u8> = input.into_iter().skip(offset as usize).take(bytes as usize).collect();
    data.resize(bytes as usize, 0);
    // SAFETY: as the module says.
    unsafe { write(out, &data) };
}

pub(crate) unsafe fn call_data_load(out: u64, offset: u64) {
    // SAFETY: as the module says.
    unsafe {
        call_data_copy(out, 32, offset);
        let mut word = read(out, 32);
        word.reverse();
        write(out, &word);
    }
}

pub(crate) unsafe fn seal_return(flags: u64, data: u64, bytes: u64) {
    // SAFETY: as the module says.
    let data = unsafe { read(data, bytes) };
    end(if flags == 0 { Outcome::Returned(data) } else { Outcome::Reverted(data) })
}

pub(crate) unsafe fn return_data_size() -> u64 {
    with(|run| run.return_data.len() as u64)
}

pub(crate) unsafe fn return_data_copy(out: u64, cell: u64, offset: u64) {
    let data = with(|run| run.return_data.clone());
    // SAFETY: as the module says.
    unsafe { deliver(out, cell, data.get(offset as usize..).expect("an offset within the data")) };
}

/// Functions that write one value.
macro_rules! values {
    ($($name:ident($run:ident) $value:expr;)*) => {
        $(pub(crate) unsafe fn $name(out: u64) {
            let value = with(|$run| $value);
            // SAFETY: as the module says.
            unsafe { write(out, &value) };
        })*
    };
}

values! {
    address(run) run.contract.address;
    caller(run) run.contract.caller;
    origin(run) run.contract.origin;
    value_transferred(run) run.contract.value.to_le_bytes();
    balance(run) run.contract.balance(&run.contract.address).to_le_bytes();
    chain_id(run) U256::from(run.contract.chain_id).to_le_bytes();
    block_number(run) U256::from(run.contract.block_number).to_le_bytes();
    now(run) U256::from(run.contract.now).to_le_bytes();
    base_fee(_run) U256::ONE.to_le_bytes();
    block_author(_run) [0; 20];
}

pub(crate) unsafe fn balance_of(account: u64, out: u64) {
    // SAFETY: as the module says.
    unsafe {
        let account = read_account(account);
        write(out, &with(|run| run.contract.balance(&account)).to_le_bytes());
    }
}

/// The code of an account. A contract has none before its constructor is through; what its own is nobody says: a byte.
fn code(run: &Run, account: &Address) -> Option<Code> {
    let own = *account == run.contract.address;
    match run.contract.state.codes.get(account) {
        _ if own && run.constructing => None,
        None if own => Some(Code::of(&[0])),
        code => code.copied(),
    }
}

pub(crate) unsafe fn code_hash(account: u64, out: u64) {
    // SAFETY: as the module says.
    let account = unsafe { read_account(account) };
    let hash = with(|run| match code(run, &account) {
        Some(code) => code.hash,
        // An account that is there has the hash of no code.
        None if account == run.contract.address || !run.contract.balance(&account).is_zero() => {
            keccak_256(&[])
        }
        None => [0; 32],
    });
    // SAFETY: as the module says.
    unsafe { write(out, &hash) };
}

pub(crate) unsafe fn code_size(account: u64) -> u64 {
    // SAFETY: as the module says.
    let account = unsafe { read_account(account) };
    with(|run| code(run, &account).map_or(0, |code| code.bytes))
}

pub(crate) unsafe fn block_hash(number: u64, out: u64) {
    // SAFETY: as the module says.
    let number: [u8; 32] = unsafe { read(number, 32) }.try_into().unwrap_or_default();
    let current = with(|run| run.contract.block_number);
    let ago = U256::from_le_bytes(number).to_u64().and_then(|number| current.checked_sub(number));
    let hash = if matches!(ago, Some(1..=BLOCK_HASHES_MAX)) { keccak_256(&number) } else { [0; 32] };
    // SAFETY: as the module says.
    unsafe { write(out, &hash) };
}

pub(crate) unsafe fn gas_price() -> u64 {
    1
}

pub(crate) unsafe fn ref_time_left() -> u64 {
    u64::MAX
}

pub(crate) unsafe fn set_immutable_data(data: u64, bytes: u64) {
    assert!((1..=4096).contains(&bytes), "immutable data of {bytes} bytes; 1 to 4096 are allowed");
    // SAFETY: as the module says.
    let data = unsafe { read(data, bytes) };
    with(|run| {
        assert!(run.constructing, "immutable data can be set by the constructor only");
        run.contract.state.immutable = Some(data);
    });
}

pub(crate) unsafe fn get_immutable_data(out: u64, cell: u64) {
    let data = with(|run| {
        assert!(!run.constructing, "immutable data cannot be read by the constructor");
        run.contract.state.immutable.clone()
    });
    // SAFETY: as the module says.
    unsafe { deliver(out, cell, &data.expect("the constructor set immutable data")) };
}

pub(crate) unsafe fn deposit_event(topics: u64, count: u64, data: u64, bytes: u64) {
    assert!(count <= 4, "an event with {count} topics; the limit is 4");
    // SAFETY: as the module says.
    let (topics, data) = unsafe { (read(topics, 32 * count), read(data, bytes)) };
    let topics = topics.chunks_exact(32).map(|topic| topic.try_into().unwrap_or_default()).collect();
    with(|run| run.contract.state.events.push(Event { topics, data }));
}

pub(crate) unsafe fn hash_keccak_256(data: u64, bytes: u64, out: u64) {
    // SAFETY: as the module says.
    unsafe { write(out, &keccak_256(&read(data, bytes))) };
}

pub(crate) unsafe fn ecdsa_to_eth_address(_key: u64, _out: u64) -> u64 {
    7
}

pub(crate) unsafe fn sr25519_verify(_signature: u64, _key: u64, _bytes: u64, _message: u64) -> u64 {
    8
}

pub(crate) unsafe fn set_code(_hash: u64, _input: u64, _bytes: u64) -> u64 {
    0
}

pub(crate) unsafe fn terminate(beneficiary: u64) {
    // SAFETY: as the module says.
    let beneficiary = unsafe { read_account(beneficiary) };
    with(|run| {
        let all = run.contract.balance(&run.contract.address);
        moved(run, &beneficiary, all);
    });
    end(Outcome::Returned(Vec::new()))
}

pub(crate) unsafe fn consume_all_gas() {
    end(Outcome::Reverted(Vec::new()))
}

/// Moves an amount from the contract to an account; `false` if it does not have it.
fn moved(run: &mut Run, to: &Address, value: U256) -> bool {
    let from = run.contract.address;
    let Some(rest) = run.contract.balance(&from).checked_sub(value) else { return false };
    run.contract.set_balance(from, rest);
    let sum = run.contract.balance(to).checked_add(value).expect("the balance fits");
    run.contract.set_balance(*to, sum);
    true
}

/// The code that the host has for a failure.
fn code_of(error: CallError) -> u64 {
    match error {
        CallError::Other(code) => code.into(),
        error => (0..=15)
            .find(|code| result(*code) == Err(error))
            .unwrap_or_else(|| panic!("{error:?} is nothing that a contract answers")),
    }
}

/// A call of another contract, with the code that comes of it.
pub(crate) fn call(mut called: Called, flags: u64) -> u64 {
    let (callee, value) = (called.callee, called.value);
    if callee == crate::host::CONSOLE {
        with(|run| run.contract.messages.push(String::from_utf8_lossy(&called.input).into_owned()));
        return 0;
    }
    if flags & CLONE_INPUT != 0 {
        called.input = with(|run| run.input.clone());
    }
    assert!(!called.read_only || value.is_zero(), "a read-only call with an amount");
    let pays = called.how != CalledHow::Delegate;
    assert!(
        pays || flags & (READ_ONLY | ALLOW_REENTRY) == 0,
        "a delegate call can neither be read-only nor allow reentry"
    );
    let enters = called.how == CalledHow::Call && flags & ALLOW_REENTRY == 0;
    // The closure is lent out while it runs: it must not find the run borrowed.
    let mut others = with(|run| {
        run.contract.calls.push(called.clone());
        run.return_data.clear();
        core::mem::replace(&mut run.contract.others, silent())
    });
    let before = with(|run| run.contract.state.balances.clone());
    // Before its constructor is through, a contract has no code that could be entered.
    let code = if enters && with(|run| callee == run.contract.address && !run.constructing) {
        REENTRY_DENIED
    } else if called.how == CalledHow::Instantiate
        && with(|run| run.contract.state.codes.contains_key(&callee))
    {
        DUPLICATE_ADDRESS
    } else if pays && !with(|run| moved(run, &callee, value)) {
        TRANSFER_FAILED
    } else {
        let (code, data) = match others(&called) {
            Answer::Returned(output) => (0, output),
            Answer::Reverted(reason) => (REVERTED, reason),
            Answer::Failed(error) => (code_of(error), Vec::new()),
        };
        if code != 0 {
            with(|run| run.contract.state.balances = before);
        }
        with(|run| run.return_data = data);
        code
    };
    with(|run| run.contract.others = others);
    if flags & TAIL_CALL != 0 && matches!(code, 0 | REVERTED) {
        let data = with(|run| run.return_data.clone());
        end(if code == 0 { Outcome::Returned(data) } else { Outcome::Reverted(data) });
    }
    code
}

/// An instantiation, with the code that comes of it. The address is a hash of all that it is made with.
pub(crate) fn instantiate(input: &[u8], value: U256, salt: Option<&[u8; 32]>, address: &mut Address) -> u64 {
    let count = with(|run| run.contract.state.codes.len() as u64);
    let mut seed = input.to_vec();
    seed.extend(salt.map_or_else(|| count.to_le_bytes().to_vec(), |salt| salt.to_vec()));
    address.copy_from_slice(&keccak_256(&seed)[12..]);
    let called = Called {
        how: CalledHow::Instantiate,
        callee: *address,
        value,
        input: input.to_vec(),
        read_only: false,
        weight_limit: (u64::MAX, u64::MAX),
        deposit_limit: U256::MAX,
    };
    let code = call(called, 0);
    if code == 0 {
        // Nobody has said what the code is, only what its hash is.
        let hash = input.first_chunk().copied().unwrap_or_default();
        with(|run| run.contract.state.codes.insert(*address, Code { hash, bytes: 1 }));
    }
    code
}
