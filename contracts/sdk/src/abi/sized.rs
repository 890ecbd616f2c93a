// SPDX-License-Identifier: Apache-2.0
//! Types of the ABI for which Rust has none, or one that is another type of the ABI: `uint160`, `int256`, `bytes20`, `uint8[3]`.

#[cfg(test)]
mod tests;

use core::{cmp::Ordering, fmt};

use super::{
    coder::{Limbs, Reader, Source, Writer, Wrong},
    describe,
    value::read_front_of_word,
    Element, Value,
};
use crate::uint::U256;

/// A number of `BITS` bits without a sign: 8, 16, 24 and so on to 256. `Uint<160>` is `uint160`.
///
/// Where Rust has a type, that one is handier. But `[Uint<8>; 3]` is `uint8[3]`, as `[u8; 3]` is `bytes3`.
///
/// ```
/// use revive_vm_sdk::{abi::Uint, uint::U256};
/// let fee = Uint::<24>::new(3000u64).unwrap();
/// assert_eq!(fee.number(), 3000u64.into());
/// assert_eq!(Uint::<24>::new(1u64 << 24), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Uint<const BITS: usize>(U256);

impl<const BITS: usize> Uint<BITS> {
    /// This number; `None` if it has more bits.
    pub fn new(number: impl Into<U256>) -> Option<Self> {
        let number = number.into();
        fits(number.be_limbs(), BITS).then_some(Self(number))
    }

    /// The number.
    pub const fn number(self) -> U256 {
        self.0
    }
}

/// A number of `BITS` bits with a sign: 8, 16, 24 and so on to 256. `Int<256>` is `int256`.
///
/// ```
/// use revive_vm_sdk::{abi::Int, uint::U256};
/// let tick = Int::<24>::from_i128(-887272).unwrap();
/// assert!(tick.is_negative() && tick.magnitude() == 887272u64.into());
/// assert_eq!(Int::new(true, 887272u64), Some(tick));
/// assert_eq!(Int::<24>::from_i128(1 << 23), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Int<const BITS: usize>(
    /// Two's complement in 256 bits.
    U256,
);

impl<const BITS: usize> Int<BITS> {
    /// The number with this sign and this distance from 0; `None` if it has more bits.
    pub fn new(negative: bool, magnitude: impl Into<U256>) -> Option<Self> {
        let magnitude = magnitude.into();
        let negative = negative && !magnitude.is_zero();
        let number = if negative { complement(magnitude.checked_sub(U256::ONE)?) } else { magnitude };
        // A magnitude of 256 bits can have the other sign in two's complement.
        let number = Self(number);
        (number.is_negative() == negative && is_extended(number.0.be_limbs(), BITS)).then_some(number)
    }

    /// This number; `None` if it has more bits.
    pub fn from_i128(number: i128) -> Option<Self> {
        Self::new(number < 0, number.unsigned_abs())
    }

    /// The number, if it fits into 128 bits.
    pub fn to_i128(self) -> Option<i128> {
        let [.., high, low] = self.0.be_limbs();
        is_extended(self.0.be_limbs(), 128).then_some((u128::from(high) << 64 | u128::from(low)) as i128)
    }

    /// Whether it is below 0.
    pub const fn is_negative(self) -> bool {
        let [highest, ..] = self.0.be_limbs();
        highest >> 63 != 0
    }

    /// How far it is from 0.
    pub fn magnitude(self) -> U256 {
        match self.is_negative() {
            // The complement of a negative number is below 2^255.
            true => complement(self.0).checked_add(U256::ONE).unwrap_or(U256::MAX),
            false => self.0,
        }
    }
}

/// Twenty bytes that are `bytes20`, as `[u8; 20]` is an address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Bytes20(pub [u8; 20]);

/// All bits the other way round.
fn complement(number: U256) -> U256 {
    U256::from_be_limbs(number.be_limbs().map(|limb| !limb))
}

/// Whether a number has no more than so many bits.
fn fits(limbs: Limbs, bits: usize) -> bool {
    limbs.iter().rev().zip([0, 64, 128, 192]).all(|(limb, below)| match bits.saturating_sub(below) {
        0 => *limb == 0,
        there @ 1..64 => limb >> there == 0,
        _ => true,
    })
}

/// Whether all bits from the last of so many on are that one.
fn is_extended(limbs: Limbs, bits: usize) -> bool {
    let [highest, ..] = limbs;
    let sign = ((highest as i64) >> 63) as u64;
    fits(limbs.map(|limb| limb ^ sign), bits.saturating_sub(1))
}

macro_rules! numbers {
    ($($number:ident: $name:literal, $is_one:path;)*) => {
        $(impl<const BITS: usize> Value for $number<BITS> {
            const NAME: &'static str = describe::number_name!($name, BITS);
            const ZERO: Self = Self(U256::ZERO);

            #[inline]
            fn read<S: Source>(reader: &mut Reader<S>) -> Self {
                let limbs = reader.word();
                if !$is_one(limbs, BITS) {
                    reader.wrong(Wrong::Malformed);
                }
                Self(U256::from_be_limbs(limbs))
            }

            #[inline]
            fn write(&self, writer: &mut Writer<'_>) {
                writer.word(self.0.be_limbs());
            }
        }

        impl<const BITS: usize> Element for $number<BITS> {}

        impl<const BITS: usize> fmt::Debug for $number<BITS> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        })*
    };
}

numbers! {
    Uint: "uint", fits;
    Int: "int", is_extended;
}

impl Value for Bytes20 {
    const NAME: &'static str = "bytes20";
    const ZERO: Self = Self([0; 20]);

    #[inline]
    fn read<S: Source>(reader: &mut Reader<S>) -> Self {
        Self(read_front_of_word(reader))
    }

    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        writer.front_of_word(&self.0);
    }
}

impl Element for Bytes20 {}

impl<const BITS: usize> From<Uint<BITS>> for U256 {
    fn from(number: Uint<BITS>) -> Self {
        number.0
    }
}

impl<const BITS: usize> Ord for Int<BITS> {
    fn cmp(&self, other: &Self) -> Ordering {
        // Of two with the same sign, the one with the greater two's complement is greater.
        other.is_negative().cmp(&self.is_negative()).then(self.0.cmp(&other.0))
    }
}

impl<const BITS: usize> PartialOrd for Int<BITS> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// In decimal.
impl<const BITS: usize> fmt::Display for Uint<BITS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// In decimal.
impl<const BITS: usize> fmt::Display for Int<BITS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_negative() { "-" } else { "" })?;
        fmt::Display::fmt(&self.magnitude(), f)
    }
}
