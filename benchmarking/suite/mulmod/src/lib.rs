// SPDX-License-Identifier: Apache-2.0
//! 256-bit arithmetic: `n` multiplications modulo the prime 2^256 - 2^32 - 977, in four limbs, with carries the way that
//! compilers make them without a carry flag.

#![no_std]

type Limbs = [u64; 4];

/// 2^256 minus the modulus.
const COMPLEMENT: u64 = (1 << 32) + 977;

/// `a + b * c + carry`, which always fits into two words.
fn multiply_add(a: u64, b: u64, c: u64, carry: u64) -> (u64, u64) {
    let wide = u128::from(b) * u128::from(c) + u128::from(a) + u128::from(carry);
    (wide as u64, (wide >> 64) as u64)
}

fn multiply(a: &Limbs, b: &Limbs) -> [u64; 8] {
    let mut product = [0; 8];
    for i in 0..4 {
        let mut carry = 0;
        for j in 0..4 {
            (product[i + j], carry) = multiply_add(product[i + j], a[i], b[j], carry);
        }
        product[i + 4] = carry;
    }
    product
}

/// Adds `factor * COMPLEMENT` and returns what does not fit.
fn fold(limbs: &mut Limbs, factor: u64) -> u64 {
    let (low, mut carry) = multiply_add(limbs[0], factor, COMPLEMENT, 0);
    limbs[0] = low;
    for limb in &mut limbs[1..] {
        let (sum, overflow) = limb.overflowing_add(carry);
        *limb = sum;
        carry = u64::from(overflow);
    }
    carry
}

/// The product modulo the prime, up to one more time the prime.
fn multiply_modulo(a: &Limbs, b: &Limbs) -> Limbs {
    let product = multiply(a, b);
    let mut result: Limbs = [product[0], product[1], product[2], product[3]];
    let mut carry = 0;
    for i in 0..4 {
        (result[i], carry) = multiply_add(result[i], product[i + 4], COMPLEMENT, carry);
    }
    while carry != 0 {
        carry = fold(&mut result, carry);
    }
    result
}

/// There is nothing to make beforehand.
pub fn initialize() {}

/// Multiplies `n` times.
pub fn run(n: u64) -> u64 {
    let base = [0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210, 0xdead_beef_cafe_f00d, 0x7fff_ffff_ffff_fff1];
    let mut value = base;
    for _ in 0..n {
        value = multiply_modulo(&value, &base);
    }
    value[0] ^ value[1] ^ value[2] ^ value[3]
}
