// SPDX-License-Identifier: Apache-2.0
//! Counting primes below 65,536 with the sieve of Eratosthenes, `n` times: byte loads and stores with growing strides,
//! and short loops with one branch.

#![no_std]

const LIMIT: usize = 1 << 16;

static mut COMPOSITE: [bool; LIMIT] = [false; LIMIT];

fn count_primes(composite: &mut [bool; LIMIT]) -> u64 {
    composite.fill(false);
    let mut primes = 0;
    for candidate in 2..LIMIT {
        if composite[candidate] {
            continue;
        }
        primes += 1;
        let mut multiple = candidate * candidate;
        while multiple < LIMIT {
            composite[multiple] = true;
            multiple += candidate;
        }
    }
    primes
}

/// There is nothing to make beforehand.
pub fn initialize() {}

/// Counts `n` times.
pub fn run(n: u64) -> u64 {
    // SAFETY: a workload has one thread, and nothing else uses the table.
    let composite = unsafe { &mut *core::ptr::addr_of_mut!(COMPOSITE) };
    let mut sum = 0;
    for _ in 0..n {
        sum += count_primes(composite);
    }
    sum
}
