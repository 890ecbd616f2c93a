// SPDX-License-Identifier: Apache-2.0
//! A counter: the smallest contract with storage, an event and a revert, and a set of functions that end badly.
//!
//! It speaks the Solidity ABI, described in `contracts/counter/abi.json`:
//!
//! | function | what it does |
//! |---|---|
//! | `increment(uint64)` | adds to the counter, emits `Incremented`, returns the new value; reverts on overflow |
//! | `get()` | returns the counter |
//! | `fail()` | reverts with `Error("failed as asked")` |
//! | `burn()`, `trap()`, `recurse()`, `readOutOfBounds()`, `badPointer()` | add 1 to the counter like `increment`, then run out of gas, trap, overflow the stack, read memory that is not there, hand the host a pointer to such memory |
//!
//! The last group changes state before it fails, so that a host which does not undo it is found out.
//! Storage: one item under the key of 32 zero bytes, the counter as 8 bytes, little-endian. No function takes a
//! value transfer.

#![cfg_attr(not(test), no_std)]
#![cfg_attr(not(test), no_main)]

use core::hint::black_box;

use revive_vm_sdk::{
    abi::{event_topic, selector, word_from_address, word_from_u64, word_to_u64, ErrorString},
    host, trap,
};

const COUNTER_KEY: [u8; 32] = [0; 32];

/// The lowest page of the address space is never mapped, nor are the 15 above it.
const UNMAPPED_ADDRESS: usize = 0x10;

revive_vm_sdk::export!(
    fn deploy() {
        refuse_value();
    }
);

revive_vm_sdk::export!(
    fn call() {
        refuse_value();
        dispatch();
    }
);

fn dispatch() {
    const INCREMENT: [u8; 4] = selector("increment(uint64)");
    const GET: [u8; 4] = selector("get()");
    const FAIL: [u8; 4] = selector("fail()");
    const BURN: [u8; 4] = selector("burn()");
    const TRAP: [u8; 4] = selector("trap()");
    const RECURSE: [u8; 4] = selector("recurse()");
    const READ_OUT_OF_BOUNDS: [u8; 4] = selector("readOutOfBounds()");
    const BAD_POINTER: [u8; 4] = selector("badPointer()");

    if host::call_data_size() < 4 {
        fail_with("no function selector");
    }
    match host::call_data(0) {
        INCREMENT => {
            if host::call_data_size() < 36 {
                fail_with("an argument is missing");
            }
            match word_to_u64(&host::argument(0)) {
                Some(by) => host::return_value(&word_from_u64(increment(by))),
                None => fail_with("the argument is no uint64"),
            }
        }
        GET => host::return_value(&word_from_u64(counter())),
        FAIL => fail_with("failed as asked"),
        BURN => {
            increment(1);
            burn()
        }
        TRAP => {
            increment(1);
            trap()
        }
        RECURSE => {
            increment(1);
            host::return_value(&word_from_u64(recurse(u64::MAX)))
        }
        READ_OUT_OF_BOUNDS => {
            increment(1);
            read_out_of_bounds()
        }
        BAD_POINTER => {
            increment(1);
            bad_pointer()
        }
        _ => fail_with("no such function"),
    }
}

fn counter() -> u64 {
    let mut bytes = [0; 8];
    host::get_storage(&COUNTER_KEY, &mut bytes);
    u64::from_le_bytes(bytes)
}

fn increment(by: u64) -> u64 {
    const INCREMENTED: [u8; 32] = event_topic("Incremented(address,uint64)");
    let Some(value) = counter().checked_add(by) else { fail_with("the counter would overflow") };
    host::set_storage(&COUNTER_KEY, &value.to_le_bytes());
    host::deposit_event(&[INCREMENTED, word_from_address(&host::caller())], &word_from_u64(value));
    value
}

fn burn() -> ! {
    let mut spins = 0u64;
    loop {
        spins = black_box(spins.wrapping_add(1));
    }
}

/// Keeps a buffer alive over the inner call, so that every level needs stack and none can become a loop.
#[inline(never)]
fn recurse(depth: u64) -> u64 {
    let mut buffer = [depth; 16];
    black_box(&mut buffer);
    if depth == 0 {
        return 0;
    }
    let inner = recurse(black_box(depth - 1));
    black_box(&mut buffer);
    inner.wrapping_add(buffer[0])
}

fn read_out_of_bounds() -> ! {
    let pointer = core::ptr::without_provenance::<u64>(black_box(UNMAPPED_ADDRESS));
    // SAFETY: none, and that is the point. The virtual machine must end the program at this load.
    let value = unsafe { pointer.read_volatile() };
    host::return_value(&word_from_u64(value))
}

fn bad_pointer() -> ! {
    let nowhere = UNMAPPED_ADDRESS as u64;
    // SAFETY: the host only reads the value, and must refuse to: there is no memory at that address.
    let old = unsafe {
        host::raw::set_storage(0, core::ptr::from_ref(&COUNTER_KEY) as usize as u64, 0xffff_ffff, nowhere, 8)
    };
    host::return_value(&word_from_u64(old))
}

fn refuse_value() {
    if !host::value_transferred().is_zero() {
        fail_with("takes no value");
    }
}

fn fail_with(message: &str) -> ! {
    host::revert(ErrorString::new(message).as_bytes())
}
