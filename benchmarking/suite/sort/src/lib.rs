// SPDX-License-Identifier: Apache-2.0
//! Sorting 4,096 pseudo-random numbers with quicksort and insertion sort for short ranges, `n` times: recursion,
//! and branches that nobody can predict.

#![no_std]

const LEN: usize = 4096;

static mut NUMBERS: [u32; LEN] = [0; LEN];

fn sort(numbers: &mut [u32]) {
    let mut rest = numbers;
    while rest.len() > 12 {
        let (left, right) = partition(rest);
        // Recursion into the shorter part keeps the stack small.
        if left.len() < right.len() {
            sort(left);
            rest = right;
        } else {
            sort(right);
            rest = left;
        }
    }
    for i in 1..rest.len() {
        let value = rest[i];
        let mut hole = i;
        while hole > 0 && rest[hole - 1] > value {
            rest[hole] = rest[hole - 1];
            hole -= 1;
        }
        rest[hole] = value;
    }
}

/// Splits at a median of three: everything in the left part is at most what is in the right part.
fn partition(numbers: &mut [u32]) -> (&mut [u32], &mut [u32]) {
    let (first, middle, last) = (numbers[0], numbers[numbers.len() / 2], numbers[numbers.len() - 1]);
    let pivot = first.max(middle).min(last.max(first.min(middle)));
    let (mut low, mut high) = (0, numbers.len() - 1);
    loop {
        while numbers[low] < pivot {
            low += 1;
        }
        while numbers[high] > pivot {
            high -= 1;
        }
        if low >= high {
            break;
        }
        numbers.swap(low, high);
        low += 1;
        high -= 1;
    }
    numbers.split_at_mut(low)
}

/// There is nothing to make beforehand.
pub fn initialize() {}

/// Sorts `n` times.
pub fn run(n: u64) -> u64 {
    // SAFETY: a workload has one thread, and nothing else uses the numbers.
    let numbers = unsafe { &mut *core::ptr::addr_of_mut!(NUMBERS) };
    let mut seed = 1u32;
    let mut checksum = 0u64;
    for _ in 0..n {
        for number in numbers.iter_mut() {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *number = seed >> 4;
        }
        sort(numbers);
        for pair in numbers.windows(2) {
            // A wrong order would show in the checksum.
            checksum = checksum.wrapping_mul(31) + u64::from(pair[1].wrapping_sub(pair[0]));
        }
    }
    checksum
}
