// SPDX-License-Identifier: Apache-2.0
//! [`U256`]: numbers of 256 bits, as amounts and Solidity's `uint256` are.
//!
//! Arithmetic is checked: what does not fit is `None`, never a smaller number. Nothing here can panic.
//!
//! Written here because whoever puts a contract on a chain pays for each byte of it: an exchange of two tokens takes 21 KB with this, 31 KB
//! with the `ruint` crate. Tests compare it with the `primitive-types` crate.

mod bits;

use crate::abi::{
    coder::{bytes_of, limbs_of, Limbs},
    Word,
};

/// A number of 256 bits, without a sign.
///
/// The host has its numbers little-endian and the ABI big-endian; only [`from_le_bytes`](Self::from_le_bytes) and
/// [`from_word`](Self::from_word) see the difference.
#[derive(Clone, Copy, Eq, Hash, Default)]
#[allow(clippy::derived_hash_with_manual_eq, reason = "numbers are the same if and only if their digits are")]
pub struct U256 {
    /// Digits of 64 bits, the lowest first.
    limbs: [u64; 4],
}

/// Digits of 32 bits, by which the machine divides two of them in one instruction.
const DIGITS: usize = 8;

impl U256 {
    /// The number 0.
    pub const ZERO: Self = Self { limbs: [0; 4] };
    /// The number 1.
    pub const ONE: Self = Self { limbs: [1, 0, 0, 0] };
    /// The greatest number.
    pub const MAX: Self = Self { limbs: [u64::MAX; 4] };

    /// From digits of 64 bits, the highest first.
    #[inline]
    pub(crate) const fn from_be_limbs([d, c, b, a]: Limbs) -> Self {
        Self { limbs: [a, b, c, d] }
    }

    /// The digits of 64 bits, the highest first.
    #[inline]
    pub(crate) const fn be_limbs(self) -> Limbs {
        let [a, b, c, d] = self.limbs;
        [d, c, b, a]
    }

    /// From what the host writes where digits of 64 bits are.
    #[inline]
    pub(crate) fn from_le_limbs(limbs: [u64; 4]) -> Self {
        Self { limbs: limbs.map(u64::from_le) }
    }

    /// What the host reads where digits of 64 bits are.
    #[inline]
    pub(crate) fn to_le_limbs(self) -> [u64; 4] {
        self.limbs.map(u64::to_le)
    }

    /// From the host's byte order, little-endian.
    pub fn from_le_bytes(bytes: [u8; 32]) -> Self {
        let mut limbs = [0; 4];
        for (limb, bytes) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
            *limb = bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte));
        }
        Self { limbs }
    }

    /// In the host's byte order, little-endian.
    pub fn to_le_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (bytes, limb) in bytes.chunks_exact_mut(8).zip(self.limbs) {
            bytes.copy_from_slice(&limb.to_le_bytes());
        }
        bytes
    }

    /// From an ABI word, big-endian.
    #[inline]
    pub fn from_word(word: &Word) -> Self {
        Self::from_be_limbs(limbs_of(word))
    }

    /// As an ABI word, big-endian.
    #[inline]
    pub fn to_word(self) -> Word {
        bytes_of(self.be_limbs())
    }

    /// The number, if it fits into 64 bits.
    pub fn to_u64(self) -> Option<u64> {
        match self.limbs {
            [low, 0, 0, 0] => Some(low),
            _ => None,
        }
    }

    /// The number, if it fits into 128 bits.
    pub fn to_u128(self) -> Option<u128> {
        match self.limbs {
            [low, high, 0, 0] => Some(u128::from(high) << 64 | u128::from(low)),
            _ => None,
        }
    }

    /// Whether it is 0.
    pub fn is_zero(self) -> bool {
        let [a, b, c, d] = self.limbs;
        a | b | c | d == 0
    }

    /// The sum, and whether it lost a bit.
    fn overflowing_add(self, other: Self) -> (Self, bool) {
        let mut limbs = [0; 4];
        let mut carry = false;
        for (sum, (a, b)) in limbs.iter_mut().zip(self.limbs.into_iter().zip(other.limbs)) {
            let (value, first) = a.overflowing_add(b);
            let (value, second) = value.overflowing_add(u64::from(carry));
            (*sum, carry) = (value, first || second);
        }
        (Self { limbs }, carry)
    }

    /// The sum; `None` if it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let (sum, lost) = self.overflowing_add(other);
        (!lost).then_some(sum)
    }

    /// The difference; `None` if it is below zero.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        let mut limbs = [0; 4];
        let mut borrow = false;
        for (difference, (a, b)) in limbs.iter_mut().zip(self.limbs.into_iter().zip(other.limbs)) {
            let (value, first) = a.overflowing_sub(b);
            let (value, second) = value.overflowing_sub(u64::from(borrow));
            (*difference, borrow) = (value, first || second);
        }
        (!borrow).then_some(Self { limbs })
    }

    /// The product; `None` if it does not fit.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        match product(&self.limbs, &other.limbs) {
            [a, b, c, d, 0, 0, 0, 0] => Some(Self { limbs: [a, b, c, d] }),
            _ => None,
        }
    }

    /// The quotient, rounded down; `None` if `divisor` is 0.
    pub fn checked_div(self, divisor: Self) -> Option<Self> {
        let [a, b, c, d] = self.limbs;
        let (quotient, _) = divided(&[a, b, c, d, 0, 0, 0, 0], &divisor.digits())?;
        Self::from_digits(&quotient)
    }

    /// What a division leaves; `None` if `divisor` is 0.
    pub fn checked_rem(self, divisor: Self) -> Option<Self> {
        let [a, b, c, d] = self.limbs;
        let (_, rest) = divided(&[a, b, c, d, 0, 0, 0, 0], &divisor.digits())?;
        Self::from_digits(&rest)
    }

    /// `self * factor / divisor`, rounded down, with a product of 512 bits in between; `None` if `divisor` is 0 or the result
    /// does not fit.
    pub fn mul_div(self, factor: Self, divisor: Self) -> Option<Self> {
        let (quotient, _) = divided(&product(&self.limbs, &factor.limbs), &divisor.digits())?;
        Self::from_digits(&quotient)
    }

    /// What a division of `self + other` leaves, however large the sum; `None` if `modulus` is 0.
    pub fn add_mod(self, other: Self, modulus: Self) -> Option<Self> {
        let (Self { limbs: [a, b, c, d] }, lost) = self.overflowing_add(other);
        let (_, rest) = divided(&[a, b, c, d, lost.into(), 0, 0, 0], &modulus.digits())?;
        Self::from_digits(&rest)
    }

    /// What a division of `self * other` leaves, however large the product; `None` if `modulus` is 0.
    pub fn mul_mod(self, other: Self, modulus: Self) -> Option<Self> {
        let (_, rest) = divided(&product(&self.limbs, &other.limbs), &modulus.digits())?;
        Self::from_digits(&rest)
    }

    /// The power; `None` if it does not fit. 1 for an exponent of 0, of 0 too.
    pub fn checked_pow(self, exponent: u32) -> Option<Self> {
        let (mut power, mut square, mut left) = (Self::ONE, self, exponent);
        loop {
            if left % 2 == 1 {
                power = power.checked_mul(square)?;
            }
            left /= 2;
            if left == 0 {
                return Some(power);
            }
            // Some of this goes into the power.
            square = square.checked_mul(square)?;
        }
    }

    /// The square root, rounded down.
    pub fn sqrt(self) -> Self {
        // Newton's method from above: it falls until it is there.
        let mut guess = Self::ONE << self.bits().div_ceil(2);
        if self.is_zero() {
            return self;
        }
        loop {
            let next =
                self.checked_div(guess).and_then(|quotient| guess.checked_add(quotient)).map(|sum| sum >> 1);
            match next {
                Some(next) if next < guess => guess = next,
                _ => return guess,
            }
        }
    }

    fn digits(self) -> [u32; DIGITS] {
        let [a, b, c, d] = self.limbs;
        let high = |limb: u64| (limb >> 32) as u32;
        [a as u32, high(a), b as u32, high(b), c as u32, high(c), d as u32, high(d)]
    }

    /// The number of these digits; `None` if it has too many.
    fn from_digits(digits: &[u32]) -> Option<Self> {
        let (low, high) = digits.split_at(DIGITS);
        if high.iter().any(|digit| *digit != 0) {
            return None;
        }
        let mut limbs = [0; 4];
        for (limb, pair) in limbs.iter_mut().zip(low.chunks_exact(2)) {
            *limb = u64::from(pair[1]) << 32 | u64::from(pair[0]);
        }
        Some(Self { limbs })
    }
}

/// All limbs of a product.
fn product(a: &[u64; 4], b: &[u64; 4]) -> [u64; 8] {
    let mut product = [0; 8];
    for (position, limb) in a.iter().enumerate().filter(|(_, limb)| **limb != 0) {
        let mut carry = 0;
        for (offset, other) in b.iter().enumerate() {
            // At most (2^64 - 1)^2 + 2 (2^64 - 1), which is 2^128 - 1.
            let sum = u128::from(*limb) * u128::from(*other)
                + u128::from(product[position + offset])
                + u128::from(carry);
            product[position + offset] = sum as u64;
            carry = (sum >> 64) as u64;
        }
        product[position + 4] = carry;
    }
    product
}

/// Quotient and rest, by Knuth's algorithm D, in digits of 32 bits; `None` if the divisor is 0.
fn divided(limbs: &[u64; 8], divisor: &[u32; DIGITS]) -> Option<([u32; 2 * DIGITS], [u32; DIGITS])> {
    let mut number = [0; 2 * DIGITS];
    for (digits, limb) in number.chunks_exact_mut(2).zip(limbs) {
        digits.copy_from_slice(&[*limb as u32, (*limb >> 32) as u32]);
    }
    let length = number.iter().rposition(|digit| *digit != 0).map_or(0, |index| index + 1);
    let mut quotient = [0; 2 * DIGITS];
    let mut rest = [0; DIGITS];
    let count = divisor.iter().rposition(|digit| *digit != 0)? + 1;
    if length < count {
        rest.copy_from_slice(&number[..DIGITS]);
        return Some((quotient, rest));
    }
    if count == 1 {
        let mut left = 0;
        for (digit, result) in number[..length].iter().zip(&mut quotient).rev() {
            let value = left << 32 | u64::from(*digit);
            *result = (value / u64::from(divisor[0])) as u32;
            left = value % u64::from(divisor[0]);
        }
        rest[0] = left as u32;
        return Some((quotient, rest));
    }
    // Both are shifted until the divisor's first bit is set: then a digit that is guessed is at most 2 too large.
    let shift = divisor[count - 1].leading_zeros();
    let shifted = |high: u32, low: u32| ((u64::from(high) << 32 | u64::from(low)) << shift >> 32) as u32;
    let mut d = [0u32; DIGITS];
    for index in 0..count {
        d[index] = shifted(divisor[index], index.checked_sub(1).map_or(0, |below| divisor[below]));
    }
    let mut n = [0u32; 2 * DIGITS + 1];
    for (index, digit) in n[..=length].iter_mut().enumerate() {
        let high = number.get(index).copied().unwrap_or(0);
        *digit = shifted(high, index.checked_sub(1).map_or(0, |below| number[below]));
    }
    let (first, second) = (u64::from(d[count - 1]), u64::from(d[count - 2]));
    for at in (0..=length - count).rev() {
        let head = u64::from(n[at + count]) << 32 | u64::from(n[at + count - 1]);
        let mut guess = head / first;
        let mut left = head % first;
        while guess >> 32 != 0 || guess * second > (left << 32 | u64::from(n[at + count - 2])) {
            guess -= 1;
            left += first;
            if left >> 32 != 0 {
                break;
            }
        }
        let mut borrow = 0;
        for index in 0..count {
            let taken = guess * u64::from(d[index]) + borrow;
            let (value, below) = n[at + index].overflowing_sub(taken as u32);
            n[at + index] = value;
            borrow = (taken >> 32) + u64::from(below);
        }
        let (value, too_much) = n[at + count].overflowing_sub(borrow as u32);
        n[at + count] = value;
        if too_much {
            guess -= 1;
            let mut carry = 0;
            for index in 0..count {
                let sum = u64::from(n[at + index]) + u64::from(d[index]) + carry;
                n[at + index] = sum as u32;
                carry = sum >> 32;
            }
            n[at + count] = n[at + count].wrapping_add(carry as u32);
        }
        quotient[at] = guess as u32;
    }
    for index in 0..count {
        rest[index] = ((u64::from(n[index + 1]) << 32 | u64::from(n[index])) >> shift) as u32;
    }
    Some((quotient, rest))
}

impl From<u64> for U256 {
    fn from(value: u64) -> Self {
        Self { limbs: [value, 0, 0, 0] }
    }
}

impl From<u128> for U256 {
    fn from(value: u128) -> Self {
        Self { limbs: [value as u64, (value >> 64) as u64, 0, 0] }
    }
}

// What is derived compares bytes in memory, which takes a loop.
impl PartialEq for U256 {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        let ([a, b, c, d], [e, f, g, h]) = (self.limbs, other.limbs);
        (a ^ e) | (b ^ f) | (c ^ g) | (d ^ h) == 0
    }
}

impl Ord for U256 {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.limbs.iter().rev().cmp(other.limbs.iter().rev())
    }
}

impl PartialOrd for U256 {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// In decimal.
impl core::fmt::Display for U256 {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // 2^256 has 78 digits.
        let mut text = [b'0'; 78];
        let mut start = text.len();
        let mut number = *self;
        let ten = Self::from(10u64);
        while start == text.len() || !number.is_zero() {
            start -= 1;
            let digit = number.checked_rem(ten).and_then(Self::to_u64).unwrap_or(0);
            text[start] = b'0' + digit as u8;
            number = number.checked_div(ten).unwrap_or(Self::ZERO);
        }
        f.write_str(core::str::from_utf8(&text[start..]).unwrap_or(""))
    }
}

impl core::fmt::Debug for U256 {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Xorshift, with many zeros and ones among the limbs: carries and guesses that are too large are where mistakes are.
    struct Random(u64);

    impl Random {
        fn next(&mut self) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0
        }

        fn number(&mut self) -> U256 {
            let limbs = core::array::from_fn(|_| match self.next() >> 60 {
                0..=3 => 0,
                4 | 5 => u64::MAX,
                6 => 1,
                7 => 1 << 63,
                8 => u64::from(u32::MAX) << 32,
                _ => self.next() >> (self.next() >> 58),
            });
            U256 { limbs }
        }
    }

    #[test]
    fn arithmetic_is_that_of_the_machine_where_it_fits() {
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        for _ in 0..5_000 {
            let (a, b) = (u128::from(random.next()) << (random.next() % 64), u128::from(random.next()));
            let (x, y) = (U256::from(a), U256::from(b));
            assert_eq!(x.checked_add(y), Some(U256::from(a + b)));
            assert_eq!(x.checked_sub(y), a.checked_sub(b).map(U256::from));
            assert_eq!(x.checked_div(y), a.checked_div(b).map(U256::from));
            assert_eq!(x.checked_rem(y), a.checked_rem(b).map(U256::from));
            if let Some(product) = a.checked_mul(b) {
                assert_eq!(x.checked_mul(y), Some(U256::from(product)));
            }
            assert_eq!(x.cmp(&y), a.cmp(&b));
            assert_eq!(x.to_string(), a.to_string());
        }
    }

    #[test]
    fn a_quotient_and_what_is_left_make_the_number_again() {
        let mut random = Random(7);
        for _ in 0..5_000 {
            let (a, b, d) = (random.number(), random.number(), random.number());
            let whole = product(&a.limbs, &b.limbs);
            let Some((quotient, rest)) = divided(&whole, &d.digits()) else {
                assert!(d.is_zero());
                continue;
            };
            assert!(U256::from_digits(&rest).unwrap() < d);
            // quotient * d + rest, digit by digit.
            let mut again = [0u32; 3 * DIGITS];
            again[..DIGITS].copy_from_slice(&rest);
            for (position, digit) in quotient.iter().enumerate() {
                let mut carry = 0;
                for offset in 0..3 * DIGITS - position {
                    let other = d.digits().get(offset).copied().unwrap_or(0);
                    let sum =
                        u64::from(*digit) * u64::from(other) + u64::from(again[position + offset]) + carry;
                    again[position + offset] = sum as u32;
                    carry = sum >> 32;
                }
            }
            let digits = whole.iter().flat_map(|limb| [*limb as u32, (*limb >> 32) as u32]);
            assert!(again[..2 * DIGITS].iter().copied().eq(digits), "{a} * {b} / {d}");
            assert_eq!(again[2 * DIGITS..], [0; DIGITS]);
            assert_eq!(a.mul_div(b, d), U256::from_digits(&quotient));
        }
    }

    #[test]
    fn arithmetic_is_that_of_another_library() {
        use primitive_types::U256 as Other;
        let (there, here) = (|number: U256| Other(number.limbs), |other: Other| U256 { limbs: other.0 });
        let mut random = Random(11);
        for _ in 0..5_000 {
            let (a, b, d) = (random.number(), random.number(), random.number());
            let (x, y, z) = (there(a), there(b), there(d));
            assert_eq!(a.checked_add(b), x.checked_add(y).map(here), "{a} + {b}");
            assert_eq!(a.checked_sub(b), x.checked_sub(y).map(here), "{a} - {b}");
            assert_eq!(a.checked_mul(b), x.checked_mul(y).map(here), "{a} * {b}");
            assert_eq!(a.checked_div(b), x.checked_div(y).map(here), "{a} / {b}");
            assert_eq!(a.checked_rem(b), x.checked_rem(y).map(here), "{a} % {b}");
            let quotient = x.full_mul(y).checked_div(z.into()).and_then(|quotient| quotient.try_into().ok());
            assert_eq!(a.mul_div(b, d), quotient.map(here), "{a} * {b} / {d}");
            assert_eq!(a.sqrt(), here(x.integer_sqrt()), "root of {a}");
            let rest = |number: primitive_types::U512| {
                number.checked_rem(z.into()).map(|rest| here(rest.try_into().unwrap()))
            };
            assert_eq!(a.mul_mod(b, d), rest(x.full_mul(y)), "{a} * {b} modulo {d}");
            assert_eq!(a.add_mod(b, d), rest(primitive_types::U512::from(x) + y), "{a} + {b} modulo {d}");
            let exponent = (random.next() % 40) as u32;
            for base in [a, a >> 200, U256::from(b.limbs[0] % 70)] {
                let power = there(base).checked_pow(exponent.into()).map(here);
                assert_eq!(base.checked_pow(exponent), power, "{base} to the power of {exponent}");
            }
            let by = (random.next() % 300) as u32;
            assert_eq!((a << by, a >> by), (here(x << by), here(x >> by)), "{a} by {by}");
            assert_eq!((a & b, a | b, a ^ b, !a), (here(x & y), here(x | y), here(x ^ y), here(!x)));
            assert_eq!(a.bits(), x.bits() as u32);
            assert!((0..=256).all(|bit| a.bit(bit) == (bit < 256 && x.bit(bit as usize))));
            assert_eq!((a.cmp(&b), a.to_string()), (x.cmp(&y), x.to_string()));
            assert_eq!(a.to_word(), x.to_big_endian());
        }
    }

    #[test]
    fn what_does_not_fit_is_none() {
        assert_eq!(U256::MAX.checked_add(U256::ONE), None);
        assert_eq!(U256::ZERO.checked_sub(U256::ONE), None);
        assert_eq!(U256::MAX.checked_mul(U256::from(2u64)), None);
        assert_eq!(U256::ONE.checked_div(U256::ZERO), None);
        assert_eq!(U256::ONE.checked_rem(U256::ZERO), None);
        assert_eq!(U256::MAX.mul_div(U256::MAX, U256::MAX), Some(U256::MAX));
        assert_eq!(U256::MAX.mul_div(U256::MAX, U256::ONE), None);
        assert_eq!(U256::MAX.mul_mod(U256::MAX, U256::ZERO), None);
        assert_eq!(U256::MAX.add_mod(U256::MAX, U256::ZERO), None);
        assert_eq!(U256::ZERO.checked_pow(0), Some(U256::ONE));
        assert_eq!(U256::ONE.checked_pow(u32::MAX), Some(U256::ONE));
        assert_eq!(U256::from(2u64).checked_pow(255), Some(U256::ONE << 255));
        assert_eq!(U256::from(2u64).checked_pow(256), None);
        assert_eq!((U256::MAX << u32::MAX, U256::MAX >> 256), (U256::ZERO, U256::ZERO));
        assert_eq!((U256::MAX.to_u64(), U256::MAX.to_u128()), (None, None));
        let max = "115792089237316195423570985008687907853269984665640564039457584007913129639935";
        assert_eq!(U256::MAX.to_string(), max);
        assert_eq!(U256::ZERO.to_string(), "0");
    }

    #[test]
    fn roots_are_rounded_down() {
        let mut random = Random(3);
        for number in (0..50u64).map(U256::from).chain([U256::MAX]).chain((0..100).map(|_| random.number())) {
            let root = number.sqrt();
            assert!(root.checked_mul(root).is_some_and(|square| square <= number), "{number}");
            let above = root.checked_add(U256::ONE).unwrap();
            assert!(above.checked_mul(above).is_none_or(|square| square > number), "{number}");
        }
    }

    #[test]
    fn byte_orders_are_told_apart() {
        let number = U256::from(0x0102_0304u64);
        assert_eq!(number.to_le_bytes()[..5], [4, 3, 2, 1, 0]);
        assert_eq!(number.to_word()[27..], [0, 1, 2, 3, 4]);
        assert_eq!(U256::from_word(&number.to_word()), number);
        assert_eq!(U256::from_le_bytes(number.to_le_bytes()), number);
    }
}
