// SPDX-License-Identifier: Apache-2.0
//! Multiplying matrices of 32 x 32 integers, `n` times: three nested loops, multiplications, and loads with two strides.

#![no_std]

const SIDE: usize = 32;

type Matrix = [[u64; SIDE]; SIDE];

static mut MATRICES: [Matrix; 3] = [[[0; SIDE]; SIDE]; 3];

fn multiply(a: &Matrix, b: &Matrix, product: &mut Matrix) {
    for row in 0..SIDE {
        for column in 0..SIDE {
            let mut sum = 0u64;
            for k in 0..SIDE {
                sum = sum.wrapping_add(a[row][k].wrapping_mul(b[k][column]));
            }
            product[row][column] = sum;
        }
    }
}

/// Fills the factors.
pub fn initialize() {
    // SAFETY: a workload has one thread, and nothing else uses the matrices.
    let [a, b, _] = unsafe { &mut *core::ptr::addr_of_mut!(MATRICES) };
    for row in 0..SIDE {
        for column in 0..SIDE {
            a[row][column] = (row * 3 + column) as u64;
            b[row][column] = (row + column * 5) as u64 | 1;
        }
    }
}

/// Multiplies `n` times.
pub fn run(n: u64) -> u64 {
    // SAFETY: a workload has one thread, and nothing else uses the matrices.
    let [a, b, product] = unsafe { &mut *core::ptr::addr_of_mut!(MATRICES) };
    for _ in 0..n {
        multiply(a, b, product);
        core::mem::swap(a, product);
    }
    a.iter().flatten().fold(0, |sum, value| sum.rotate_left(1) ^ value)
}
