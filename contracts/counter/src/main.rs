// SPDX-License-Identifier: Apache-2.0
//! A counter: the smallest contract with storage, an event and a revert, and a set of functions that end badly.
//!
//! The last group of functions changes state before it fails, so that a host which does not undo it is found out.
//! Storage: one item under the key of 32 zero bytes, the counter as 8 bytes, little-endian.

#![cfg_attr(not(test), no_std)]
#![cfg_attr(not(test), no_main)]

use core::hint::black_box;

use revive_vm_sdk::{abi::Address, contract::OrRevert, host, trap};

revive_vm_sdk::contract! {
    pub Counter {
        /// Adds to the counter and gives its new value; reverts on overflow.
        fn increment(by: u64) -> u64;
        view fn get() -> u64 => counter;
        fn fail();

        /// Runs out of gas.
        fn burn();
        fn trap() => end_with_a_trap;
        /// Overflows the stack.
        fn recurse();
        /// Reads memory that is not there.
        fn read_out_of_bounds();
        /// Hands the host a pointer to memory that is not there.
        fn bad_pointer();

        event Incremented(#[indexed] by: Address, value: u64);
    }
}

const COUNTER_KEY: [u8; 32] = [0; 32];

/// The lowest page of the address space is never mapped, nor are the 15 above it.
const UNMAPPED_ADDRESS: usize = 0x10;

fn counter() -> u64 {
    let mut bytes = [0; 8];
    host::get_storage(&COUNTER_KEY, &mut bytes);
    u64::from_le_bytes(bytes)
}

fn increment(by: u64) -> u64 {
    let value = counter().checked_add(by).or_revert("the counter would overflow");
    host::set_storage(&COUNTER_KEY, &value.to_le_bytes());
    Incremented { by: host::caller(), value }.emit();
    value
}

fn fail() -> Result<(), &'static str> {
    Err("failed as asked")
}

fn burn() {
    increment(1);
    let mut spins = 0u64;
    loop {
        spins = black_box(spins.wrapping_add(1));
    }
}

fn end_with_a_trap() {
    increment(1);
    trap()
}

fn recurse() {
    increment(1);
    black_box(deeper(u64::MAX));
}

/// Keeps a buffer alive over the inner call, so that every level needs stack and none can become a loop.
#[inline(never)]
fn deeper(depth: u64) -> u64 {
    let mut buffer = [depth; 16];
    black_box(&mut buffer);
    if depth == 0 {
        return 0;
    }
    let inner = deeper(black_box(depth - 1));
    black_box(&mut buffer);
    inner.wrapping_add(buffer[0])
}

fn read_out_of_bounds() {
    increment(1);
    let pointer = core::ptr::without_provenance::<u64>(black_box(UNMAPPED_ADDRESS));
    // SAFETY: none, and that is the point. The virtual machine must end the program at this load.
    let value = unsafe { pointer.read_volatile() };
    // The linker leaves out loads of which nobody uses the value.
    black_box(value);
}

fn bad_pointer() {
    increment(1);
    let (key, nowhere) = (core::ptr::from_ref(&COUNTER_KEY) as usize as u64, UNMAPPED_ADDRESS as u64);
    // SAFETY: the host only reads the value, and must refuse to: there is no memory at that address.
    unsafe { host::raw::set_storage(0, key, 0xffff_ffff, nowhere, 8) };
}

#[cfg(test)]
mod tests;
