// SPDX-License-Identifier: Apache-2.0
//! Values that can be arguments and results: their names in the ABI, how they are read and how they are written.

use super::{
    coder::{bytes_of, in_memory, Reader, Source, Writer, Wrong},
    Address,
};
use crate::uint::U256;

/// A value that can be an argument, a result, or a field of an event or an error.
///
/// | Rust | ABI |
/// |---|---|
/// | `bool` | `bool` |
/// | `u8` to `u128`, [`U256`] | `uint8` to `uint128`, `uint256` |
/// | `i8` to `i128` | `int8` to `int128` |
/// | [`Address`], which is `[u8; 20]` | `address` |
/// | `[u8; N]` of up to 32 bytes, but not 20 | `bytesN` |
/// | `[T; N]` of other values of fixed size, but not of `u8` | `T[N]` |
/// | [`Bytes<N>`](super::Bytes), [`Text<N>`](super::Text): at most `N` bytes | `bytes`, `string` |
///
/// A type of a contract's own can be one as well: it reads and writes the value that it is made of, and has its name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no type of the ABI",
    note = "it has `bool`, integers, `U256`, `Address`, `[u8; N]`, arrays of them, `Bytes<N>` and `Text<N>`; results may be tuples of them"
)]
pub trait Value: Sized {
    /// The canonical name.
    const NAME: &'static str;
    /// How many words it takes where it stands among others; 1 for what is of no fixed size.
    const WORDS: usize = 1;
    /// How many bytes it takes at most behind those words.
    const TAIL: usize = 0;

    /// Takes the value from the words of others. What no encoder writes is [`wrong`](Reader::wrong), and then any value will do.
    fn read<S: Source>(reader: &mut Reader<S>) -> Self;

    /// Puts the value behind others.
    fn write(&self, writer: &mut Writer<'_>);

    /// Puts the value behind other topics of an event: the word, or the hash of what takes more than one.
    #[inline(always)]
    fn write_topic(&self, writer: &mut Writer<'_>) {
        self.write(writer);
    }
}

/// A value of which there can be arrays: all of fixed size but `u8`, as arrays of bytes are something else.
pub trait Element: Value + Copy {}

impl Value for bool {
    const NAME: &'static str = "bool";

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

macro_rules! bytes {
    ($($bytes:literal: $name:literal),*) => {
        $(impl Value for [u8; $bytes] {
            const NAME: &'static str = $name;

            #[inline]
            fn read<S: Source>(reader: &mut Reader<S>) -> Self {
                let word = in_memory(bytes_of(reader.word()));
                let (front, rest) = word.split_at($bytes);
                if rest.iter().any(|byte| *byte != 0) {
                    reader.wrong(Wrong::Malformed);
                }
                let mut bytes = [0; $bytes];
                bytes.copy_from_slice(front);
                bytes
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
    const NAME: &'static str = ArrayName::<T, N>::NAME;
    const WORDS: usize = T::WORDS * N;

    #[inline]
    fn read<S: Source>(reader: &mut Reader<S>) -> Self {
        const { assert!(N > 0, "the ABI has no arrays of no element") }
        core::array::from_fn(|_| T::read(reader))
    }

    #[inline]
    fn write(&self, writer: &mut Writer<'_>) {
        self.iter().for_each(|value| value.write(writer));
    }
}

/// Where the name of an array is put together.
struct ArrayName<T, const N: usize>(core::marker::PhantomData<T>);

impl<T: Element, const N: usize> ArrayName<T, N> {
    const TEXT: super::Text<64> = {
        let mut text = super::Text::new();
        text.push(T::NAME);
        text.push("[");
        text.push_number(N);
        text.push("]");
        text
    };
    const NAME: &'static str = Self::TEXT_IN_PLACE.as_str();
    const TEXT_IN_PLACE: &'static super::Text<64> = &Self::TEXT;
}
