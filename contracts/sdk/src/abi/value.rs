// SPDX-License-Identifier: Apache-2.0
//! Values that can be arguments and results: their names in the ABI, how they are read and how they are written.

use super::{
    coder::{bytes_of, in_memory, Reader, Source, Writer, Wrong},
    describe::{self, Structure, Type},
    Address,
};
use crate::uint::U256;

/// A value that can be an argument, a result, or a field of an event, an error or a structure.
///
/// | Rust | ABI |
/// |---|---|
/// | `bool` | `bool` |
/// | `u8` to `u128`, [`U256`] | `uint8` to `uint128`, `uint256` |
/// | `i8` to `i128` | `int8` to `int128` |
/// | [`Uint<BITS>`](super::Uint), [`Int<BITS>`](super::Int): all other sizes | `uint160`, `int256` |
/// | [`Address`], which is `[u8; 20]` | `address` |
/// | `[u8; N]` of up to 32 bytes, but not 20; [`Bytes20`](super::Bytes20) | `bytesN` |
/// | [`Bytes<N>`](super::Bytes), [`Text<N>`](super::Text): at most `N` bytes | `bytes`, `string` |
/// | `[T; N]` of other values, but not of `u8`: `[Uint<8>; N]` is `uint8[N]` | `T[N]` |
/// | [`List<T, N>`](super::List): at most `N` other values | `T[]` |
/// | what [`structure!`](crate::structure!) declares | a tuple of its fields, `(address,uint256)` for instance |
///
/// A type of a contract's own can be one as well: it reads and writes the value that it is made of, and has its constants.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no type of the ABI",
    note = "it has `bool`, integers, `U256`, `Uint<BITS>`, `Int<BITS>`, `Address`, `[u8; N]`, `Bytes<N>` and `Text<N>`, arrays of them, `List<T, N>`, and what `structure!` declares; results may be tuples of them"
)]
pub trait Value: Copy {
    /// The canonical name.
    const NAME: &'static str;
    /// The structure that it is, or that its elements are.
    const STRUCTURE: Option<&'static Structure> = None;
    /// Both.
    const TYPE: Type = Type { name: Self::NAME, structure: Self::STRUCTURE };
    /// How many words it takes where it stands among others; 1 for what is of no fixed size.
    const WORDS: usize = 1;
    /// How many bytes it takes at most behind those words.
    const TAIL: usize = 0;
    /// How many bytes are put together at most for the hash that is its topic; 0 if they need not be.
    const HASHED: usize = 0;
    /// What stands where there is no other value: zeros, and nothing.
    const ZERO: Self;

    /// Takes the value from the words of others. What no encoder writes is [`wrong`](Reader::wrong), and then any value will do.
    fn read<S: Source>(reader: &mut Reader<S>) -> Self;

    /// Puts the value behind others.
    fn write(&self, writer: &mut Writer<'_>);

    /// Puts the value behind other topics of an event: the word, or the hash of what is more than a word.
    #[inline(always)]
    fn write_topic(&self, writer: &mut Writer<'_>) {
        self.write(writer);
    }

    /// Puts the value behind others of which a topic is the hash: in whole words, without places and lengths.
    #[inline(always)]
    fn write_in_place(&self, writer: &mut Writer<'_>) {
        self.write(writer);
    }
}

/// A value of which there can be arrays: all but `u8`, as arrays of bytes are something else.
#[diagnostic::on_unimplemented(
    message = "`[{Self}; N]` is no array of the ABI",
    note = "arrays are of other types of the ABI; `[u8; N]` is `bytesN`, of up to 32 bytes, `uint8[N]` is `[Uint<8>; N]`, and `uint8[]` is `List<u8, N>`"
)]
pub trait Element: Value {}

impl Value for bool {
    const NAME: &'static str = "bool";
    const ZERO: Self = false;

    #[inline]
    fn read<S: Source>(reader: &mut Reader<S>) -> Self {
        let [a, b, c, flag] = reader.word();
        if a | b | c | flag >> 1 != 0 {
            reader.wrong(Wrong::Malformed);
        }
        flag == 1
    }

    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        writer.word([0, 0, 0, u64::from(*self)]);
    }
}

macro_rules! unsigned {
    ($($number:ty: $name:literal),*) => {
        $(impl Value for $number {
            const NAME: &'static str = $name;
            const ZERO: Self = 0;

            #[inline]
            fn read<S: Source>(reader: &mut Reader<S>) -> Self {
                let [a, b, c, number] = reader.word();
                if a | b | c != 0 || number > u64::from(Self::MAX) {
                    reader.wrong(Wrong::Malformed);
                }
                number as Self
            }

            #[inline]
            fn write(&self, writer: &mut Writer<'_>) {
                writer.word([0, 0, 0, u64::from(*self)]);
            }
        })*
    };
}

unsigned!(u8: "uint8", u16: "uint16", u32: "uint32", u64: "uint64");

macro_rules! signed {
    ($($number:ty: $name:literal),*) => {
        $(impl Value for $number {
            const NAME: &'static str = $name;
            const ZERO: Self = 0;

            #[inline]
            fn read<S: Source>(reader: &mut Reader<S>) -> Self {
                let number = i128::read(reader);
                if number != i128::from(number as Self) {
                    reader.wrong(Wrong::Malformed);
                }
                number as Self
            }

            #[inline]
            fn write(&self, writer: &mut Writer<'_>) {
                i128::from(*self).write(writer);
            }
        })*
    };
}

signed!(i8: "int8", i16: "int16", i32: "int32", i64: "int64");

impl Value for u128 {
    const NAME: &'static str = "uint128";
    const ZERO: Self = 0;

    #[inline]
    fn read<S: Source>(reader: &mut Reader<S>) -> Self {
        let [a, b, high, low] = reader.word();
        if a | b != 0 {
            reader.wrong(Wrong::Malformed);
        }
        u128::from(high) << 64 | u128::from(low)
    }

    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        writer.word([0, 0, (*self >> 64) as u64, *self as u64]);
    }
}

impl Value for i128 {
    const NAME: &'static str = "int128";
    const ZERO: Self = 0;

    #[inline]
    fn read<S: Source>(reader: &mut Reader<S>) -> Self {
        let [a, b, high, low] = reader.word();
        let number = (u128::from(high) << 64 | u128::from(low)) as i128;
        let sign = (number >> 127) as u64;
        if a != sign || b != sign {
            reader.wrong(Wrong::Malformed);
        }
        number
    }

    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        let sign = (*self >> 127) as u64;
        writer.word([sign, sign, (*self >> 64) as u64, *self as u64]);
    }
}

impl Value for U256 {
    const NAME: &'static str = "uint256";
    const ZERO: Self = U256::ZERO;

    #[inline]
    fn read<S: Source>(reader: &mut Reader<S>) -> Self {
        Self::from_be_limbs(reader.word())
    }

    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        writer.word(self.be_limbs());
    }
}

impl Value for Address {
    const NAME: &'static str = "address";
    const ZERO: Self = [0; 20];

    #[inline]
    fn read<S: Source>(reader: &mut Reader<S>) -> Self {
        let word = reader.word();
        if word[0] | word[1] >> 32 != 0 {
            reader.wrong(Wrong::Malformed);
        }
        let [_, _, _, _, _, _, _, _, _, _, _, _, address @ ..] = in_memory(bytes_of(word));
        address
    }

    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        writer.end_of_word(self);
    }
}

/// The first `N` bytes of a word that has no others.
#[inline(always)]
pub(super) fn read_front_of_word<const N: usize, S: Source>(reader: &mut Reader<S>) -> [u8; N] {
    let word = in_memory(bytes_of(reader.word()));
    let (front, rest) = word.split_at(N);
    if rest.iter().any(|byte| *byte != 0) {
        reader.wrong(Wrong::Malformed);
    }
    let mut bytes = [0; N];
    bytes.copy_from_slice(front);
    bytes
}

macro_rules! bytes {
    ($($bytes:literal: $name:literal),*) => {
        $(impl Value for [u8; $bytes] {
            const NAME: &'static str = $name;
            const ZERO: Self = [0; $bytes];

            #[inline]
            fn read<S: Source>(reader: &mut Reader<S>) -> Self {
                read_front_of_word(reader)
            }

            #[inline]
            fn write(&self, writer: &mut Writer<'_>) {
                writer.front_of_word(self);
            }
        }

        impl Element for [u8; $bytes] {})*
    };
}

bytes!(
    1: "bytes1", 2: "bytes2", 3: "bytes3", 4: "bytes4", 5: "bytes5", 6: "bytes6", 7: "bytes7", 8: "bytes8", 9: "bytes9",
    10: "bytes10", 11: "bytes11", 12: "bytes12", 13: "bytes13", 14: "bytes14", 15: "bytes15", 16: "bytes16",
    17: "bytes17", 18: "bytes18", 19: "bytes19", 21: "bytes21", 22: "bytes22", 23: "bytes23", 24: "bytes24",
    25: "bytes25", 26: "bytes26", 27: "bytes27", 28: "bytes28", 29: "bytes29", 30: "bytes30", 31: "bytes31",
    32: "bytes32"
);

macro_rules! elements {
    ($($value:ty),*) => { $(impl Element for $value {})* };
}

elements!(bool, u16, u32, u64, u128, U256, i8, i16, i32, i64, i128, Address);

impl<T: Element, const N: usize> Element for [T; N] {}

impl<T: Element, const N: usize> Value for [T; N] {
    const NAME: &'static str = describe::array_name!(T::NAME, Some(N));
    const STRUCTURE: Option<&'static Structure> = T::STRUCTURE;
    const WORDS: usize = describe::words(N * T::WORDS, N * T::TAIL);
    const TAIL: usize = describe::tail(N * T::WORDS, N * T::TAIL);
    const HASHED: usize = 32 * N * T::WORDS + N * T::TAIL;
    const ZERO: Self = [T::ZERO; N];

    #[inline]
    fn read<S: Source>(reader: &mut Reader<S>) -> Self {
        const { assert!(N > 0, "the ABI has no arrays of no element") }
        if T::TAIL > 0 {
            return reader.part(N * T::WORDS, |reader| core::array::from_fn(|_| T::read(reader)));
        }
        core::array::from_fn(|_| T::read(reader))
    }

    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        if T::TAIL > 0 {
            return writer
                .part(32 * N * T::WORDS, |writer| self.iter().for_each(|value| value.write(writer)));
        }
        self.iter().for_each(|value| value.write(writer));
    }

    fn write_topic(&self, writer: &mut Writer<'_>) {
        writer.hash(|writer| self.write_in_place(writer));
    }

    fn write_in_place(&self, writer: &mut Writer<'_>) {
        self.iter().for_each(|value| value.write_in_place(writer));
    }
}
