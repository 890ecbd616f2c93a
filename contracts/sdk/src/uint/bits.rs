// SPDX-License-Identifier: Apache-2.0
//! Bits of a [`U256`], as masks, packed fields and numbers with a binary point need them.

use core::ops::{BitAnd, BitOr, BitXor, Not, Shl, Shr};

use super::U256;

/// Bits of a number.
const BITS: u32 = 256;

impl U256 {
    /// Bits without the zeros in front: 0 for 0, 256 at most.
    pub fn bits(self) -> u32 {
        let highest = self.limbs.iter().rposition(|limb| *limb != 0);
        highest.map_or(0, |index| 64 * index as u32 + 64 - self.limbs[index].leading_zeros())
    }

    /// Whether a bit is set, counted from the lowest; none is from 256 on.
    pub fn bit(self, index: u32) -> bool {
        self.limbs.get(index as usize / 64).is_some_and(|limb| limb >> (index % 64) & 1 != 0)
    }

    fn with(self, other: Self, work: impl Fn(u64, u64) -> u64) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.limbs, other.limbs);
        Self { limbs: [work(a, e), work(b, f), work(c, g), work(d, h)] }
    }
}

/// By 256 bits and more it is 0. What is shifted out is lost: where that matters, multiply by a
/// [power](U256::checked_pow).
impl Shl<u32> for U256 {
    type Output = Self;

    fn shl(self, by: u32) -> Self {
        let mut limbs = [0; 4];
        if by < BITS {
            let (whole, part) = (by as usize / 64, by % 64);
            for (index, limb) in limbs.iter_mut().enumerate().skip(whole) {
                let low = (index - whole).checked_sub(1).map_or(0, |below| self.limbs[below]);
                // In two steps, as a shift by 64 is not one.
                *limb = self.limbs[index - whole] << part | low >> 1 >> (63 - part);
            }
        }
        Self { limbs }
    }
}

/// By 256 bits and more it is 0.
impl Shr<u32> for U256 {
    type Output = Self;

    fn shr(self, by: u32) -> Self {
        let mut limbs = [0; 4];
        if by < BITS {
            let (whole, part) = (by as usize / 64, by % 64);
            for (index, limb) in limbs[..4 - whole].iter_mut().enumerate() {
                let high = self.limbs.get(index + whole + 1).copied().unwrap_or(0);
                *limb = self.limbs[index + whole] >> part | high << 1 << (63 - part);
            }
        }
        Self { limbs }
    }
}

impl BitAnd for U256 {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        self.with(other, |a, b| a & b)
    }
}

impl BitOr for U256 {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.with(other, |a, b| a | b)
    }
}

impl BitXor for U256 {
    type Output = Self;

    fn bitxor(self, other: Self) -> Self {
        self.with(other, |a, b| a ^ b)
    }
}

impl Not for U256 {
    type Output = Self;

    fn not(self) -> Self {
        self ^ Self::MAX
    }
}
