// SPDX-License-Identifier: Apache-2.0
//! Recursion: Fibonacci numbers, Takeuchi's function and the queens of chess, `n` times. Calls, returns, and a stack that goes up
//! and down.

#![no_std]

/// There is nothing to make beforehand.
pub fn initialize() {}

/// Does all three `n` times.
pub fn run(n: u64) -> u64 {
    let mut checksum = 0u64;
    for i in 0..n {
        // The compiler must not know the arguments, or it computes part of the result itself.
        let i = core::hint::black_box(i & 1);
        checksum =
            checksum.wrapping_mul(31) + fibonacci(16 + i) + takeuchi(9 + i, 5, 2) + queens(7, 0, 0, 0, 0);
    }
    checksum
}

#[inline(never)]
fn fibonacci(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    fibonacci(n - 1) + fibonacci(n - 2)
}

#[inline(never)]
fn takeuchi(x: u64, y: u64, z: u64) -> u64 {
    if y >= x {
        return z;
    }
    takeuchi(takeuchi(x - 1, y, z), takeuchi(y.wrapping_sub(1), z, x), takeuchi(z.wrapping_sub(1), x, y))
}

/// The ways to put queens on the rows from `row` on, with columns and diagonals that are taken as bits.
#[inline(never)]
fn queens(size: u32, row: u32, columns: u32, left: u32, right: u32) -> u64 {
    if row == size {
        return 1;
    }
    let mut free = !(columns | left | right) & ((1 << size) - 1);
    let mut ways = 0;
    while free != 0 {
        let queen = free & free.wrapping_neg();
        free ^= queen;
        ways += queens(size, row + 1, columns | queen, (left | queen) << 1, (right | queen) >> 1);
    }
    ways
}
