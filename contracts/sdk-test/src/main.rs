// SPDX-License-Identifier: Apache-2.0
//! A guest that tests the SDK from inside. `toolchain/cli/tests/guests.rs` runs it on every engine.
//!
//! | export | what it checks |
//! |---|---|
//! | `memory(seed, rounds)` | the memory routines against byte loops; gives the number of differences |
//! | `mix(a, …, i)` | nine arguments: the digits of the result are the arguments |
//! | `call_nine()` | an import with nine arguments and its result |
//! | `call_pair(a)` | an import under another name, with two results |
//! | `narrow(a, b)` | numbers of 32 bits, two results |
//! | `heap(n)` | the allocator: the sum of a vector of `n` numbers that grew |
//! | `deep(n)` | a stack of the size that was asked for |

#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;
use core::hint::black_box;

revive_vm_sdk::heap!(256 * 1024);
revive_vm_sdk::min_stack_size!(128 * 1024);

mod host {
    revive_vm_sdk::import! {
        fn nine(a: u64, b: u64, c: u64, d: u64, e: u64, f: u64, g: u32, h: i32, i: *const u8) -> u64;
        fn split(value: u64) -> (u32, u32) = { symbol: "split_in_two" };
        fn never() -> u64;
    }
}

/// The routines by the names under which the compiler calls them.
mod routines {
    extern "C" {
        pub(crate) fn memcpy(to: *mut u8, from: *const u8, bytes: usize) -> *mut u8;
        pub(crate) fn memmove(to: *mut u8, from: *const u8, bytes: usize) -> *mut u8;
        pub(crate) fn memset(to: *mut u8, value: i32, bytes: usize) -> *mut u8;
        pub(crate) fn memcmp(a: *const u8, b: *const u8, bytes: usize) -> i32;
        pub(crate) fn bcmp(a: *const u8, b: *const u8, bytes: usize) -> i32;
    }
}

const BYTES: usize = 512;

/// Xorshift: enough to choose lengths and places.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }
}

fn fill(buffer: &mut [u8; BYTES], random: &mut Random) {
    for byte in buffer.iter_mut() {
        *byte = random.below(256) as u8;
    }
}

/// Byte by byte, in a way that the compiler cannot make a call of `memcmp` of.
fn differ(a: &[u8; BYTES], b: &[u8; BYTES]) -> bool {
    let mut difference = 0;
    for index in 0..BYTES {
        difference |= black_box(a[index]) ^ b[index];
    }
    difference != 0
}

revive_vm_sdk::export!(
    fn memory(seed: u64, rounds: u32) -> u32 {
        let mut random = Random(seed | 1);
        let (mut found, mut expected, mut other) = ([0; BYTES], [0; BYTES], [0; BYTES]);
        let mut wrong = 0;
        for round in 0..rounds {
            fill(&mut expected, &mut random);
            fill(&mut other, &mut random);
            for index in 0..BYTES {
                found[index] = black_box(expected[index]);
            }
            // Mostly short, where the tails are.
            let longest = if round % 4 == 0 { BYTES / 2 } else { 40 };
            let bytes = random.below(longest);
            let (to, from) = (random.below(BYTES - bytes), random.below(BYTES - bytes));
            // SAFETY: both stretches lie within their buffers, and the buffers of a `memcpy` are two.
            let (result, base) = unsafe {
                let base = found.as_mut_ptr();
                match round % 3 {
                    0 => {
                        for index in 0..bytes {
                            expected[to + index] = black_box(other[from + index]);
                        }
                        (routines::memcpy(base.add(to), other.as_ptr().add(from), bytes), base)
                    }
                    1 => {
                        let mut copy = [0; BYTES];
                        for index in 0..BYTES {
                            copy[index] = black_box(expected[index]);
                        }
                        for index in 0..bytes {
                            expected[to + index] = black_box(copy[from + index]);
                        }
                        (routines::memmove(base.add(to), base.add(from), bytes), base)
                    }
                    _ => {
                        let value = random.below(256) as u8;
                        for index in 0..bytes {
                            expected[to + index] = black_box(value);
                        }
                        // Only the low byte of the value counts.
                        (routines::memset(base.add(to), i32::from(value) | 0x7f00, bytes), base)
                    }
                }
            };
            let returned = result as usize - base as usize;
            wrong += u32::from(differ(&found, &expected) || returned != to);
            wrong += compare(&expected, &other, to, from, bytes, &mut random);
        }
        wrong
    }
);

/// Compares a stretch of `a` with one that is equal to it but for a byte or two.
fn compare(
    a: &[u8; BYTES],
    b: &[u8; BYTES],
    at_a: usize,
    at_b: usize,
    bytes: usize,
    random: &mut Random,
) -> u32 {
    let mut changed = [0; BYTES];
    for index in 0..BYTES {
        changed[index] = black_box(b[index]);
    }
    for index in 0..bytes {
        changed[at_b + index] = black_box(a[at_a + index]);
    }
    if bytes > 0 {
        for _ in 0..random.below(3) {
            changed[at_b + random.below(bytes)] = random.below(256) as u8;
        }
    }
    let mut expected = 0;
    for index in (0..bytes).rev() {
        let (x, y) = (i32::from(black_box(a[at_a + index])), i32::from(changed[at_b + index]));
        if x != y {
            expected = x - y;
        }
    }
    // SAFETY: both stretches lie within their buffers.
    let (order, equality) = unsafe {
        let (a, b) = (a.as_ptr().add(at_a), changed.as_ptr().add(at_b));
        (routines::memcmp(a, b, bytes), routines::bcmp(a, b, bytes))
    };
    u32::from(order.signum() != expected.signum()) + u32::from((equality != 0) != (expected != 0))
}

revive_vm_sdk::export!(
    fn mix(a: u64, b: u64, c: u64, d: u64, e: u64, f: u64, g: u64, h: u64, i: u64) -> u64 {
        [a, b, c, d, e, f, g, h, i].iter().fold(0, |mixed, digit| 10 * mixed + digit)
    }
);

revive_vm_sdk::export!(
    fn call_nine() -> u64 {
        // SAFETY: the host of the test looks at the registers, not at memory.
        unsafe { host::nine(1, 2, 3, 4, 5, 6, u32::MAX, -8, core::ptr::without_provenance(9)) + 1 }
    }
);

revive_vm_sdk::export!(
    fn call_pair(value: u64) -> u64 {
        // SAFETY: no address.
        let (high, low) = unsafe { host::split(value) };
        u64::from(high) * 1000 + u64::from(low)
    }
);

revive_vm_sdk::export!(
    fn narrow(a: u32, b: i32) -> (u32, i32) {
        if a == 0 {
            return (7, 7);
        }
        (black_box(a).wrapping_add(1), black_box(b).wrapping_sub(1))
    }
);

revive_vm_sdk::export!(
    fn heap(count: u64) -> u64 {
        let mut numbers = Vec::new();
        let mut others = Vec::new();
        for number in 0..count {
            numbers.push(number);
            if number % 16 == 0 {
                others.push(number);
            }
        }
        numbers.iter().sum::<u64>() + others.len() as u64
    }
);

revive_vm_sdk::export!(
    fn deep(depth: u64) -> u64 {
        down(depth)
    }
);

/// Takes 1000 bytes of stack and more.
#[inline(never)]
fn down(depth: u64) -> u64 {
    let mut buffer = [depth; 125];
    black_box(&mut buffer);
    let below = if depth == 0 { 0 } else { down(depth - 1) };
    black_box(&mut buffer);
    below + buffer[7]
}
