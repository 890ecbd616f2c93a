// SPDX-License-Identifier: Apache-2.0
//! Values of no fixed size: bytes and text, of which a contract says how much it takes.

use super::{
    coder::{Reader, Source, Writer, Wrong},
    Element, Value,
};
use crate::host;

/// At most `N` bytes: `bytes` in the ABI.
#[derive(Clone, Copy)]
pub struct Bytes<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Bytes<N> {
    /// No byte.
    pub const fn new() -> Self {
        Self { bytes: [0; N], len: 0 }
    }

    /// These bytes; `None` if they are more than `N`.
    pub fn copied(from: &[u8]) -> Option<Self> {
        let mut bytes = Self::new();
        bytes.bytes.get_mut(..from.len())?.copy_from_slice(from);
        bytes.len = from.len();
        Some(bytes)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// Text of at most `N` bytes: `string` in the ABI. It is UTF-8; what is not, is no argument.
///
/// It can be written to piece by piece, also with [`write!`]; what does not fit is cut.
///
/// ```
/// use core::fmt::Write;
/// use revive_vm_sdk::abi::Text;
/// const NAME: Text<16> = Text::of("Token");
/// let mut text = Text::<16>::new();
/// write!(text, "{} {}", NAME.as_str(), 7).unwrap();
/// assert_eq!(text.as_str(), "Token 7");
/// // Without the code that formats, which takes kilobytes:
/// text.push("/");
/// text.push_number(10);
/// assert_eq!(text.as_str(), "Token 7/10");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Text<const N: usize>(Bytes<N>);

impl<const N: usize> Text<N> {
    /// No text.
    pub const fn new() -> Self {
        Self(Bytes::new())
    }

    /// This text. It is a mistake of the program, and a panic, if it has more than `N` bytes.
    pub const fn of(text: &str) -> Self {
        assert!(text.len() <= N, "the text is longer than there is room for");
        let mut whole = Self::new();
        whole.push(text);
        whole
    }

    /// Puts text behind what there is; what does not fit is cut, between characters.
    pub const fn push(&mut self, text: &str) {
        let Bytes { bytes, len } = &mut self.0;
        let mut fits = N - *len;
        if fits >= text.len() {
            fits = text.len();
        }
        while !text.is_char_boundary(fits) {
            fits -= 1;
        }
        let mut index = 0;
        while index < fits {
            bytes[*len] = text.as_bytes()[index];
            *len += 1;
            index += 1;
        }
    }

    /// Puts a number behind what there is, in decimal.
    pub const fn push_number(&mut self, number: usize) {
        const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
        if number >= 10 {
            self.push_number(number / 10);
        }
        self.push(DIGITS[number % 10]);
    }

    /// The text.
    pub const fn as_str(&self) -> &str {
        let (text, _) = self.0.bytes.split_at(self.0.len);
        match core::str::from_utf8(text) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

impl<const N: usize> core::fmt::Write for Text<N> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.push(text);
        Ok(())
    }
}

impl<const N: usize> Value for Bytes<N> {
    const NAME: &'static str = "bytes";
    const TAIL: usize = 32 + N.next_multiple_of(32);
    const ZERO: Self = Self::new();

    fn read<S: Source>(reader: &mut Reader<S>) -> Self {
        let mut bytes = Self::new();
        bytes.len = reader.bytes(&mut bytes.bytes);
        bytes
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.bytes(self.as_bytes());
    }

    fn write_topic(&self, writer: &mut Writer<'_>) {
        writer.front_of_word(&host::hash_keccak_256(self.as_bytes()));
    }

    fn write_in_place(&self, writer: &mut Writer<'_>) {
        writer.in_place(self.as_bytes());
    }
}

impl<const N: usize> Value for Text<N> {
    const NAME: &'static str = "string";
    const TAIL: usize = Bytes::<N>::TAIL;
    const ZERO: Self = Self::new();

    fn read<S: Source>(reader: &mut Reader<S>) -> Self {
        let bytes = Bytes::read(reader);
        if core::str::from_utf8(bytes.as_bytes()).is_err() {
            reader.wrong(Wrong::Malformed);
        }
        Self(bytes)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        self.0.write(writer);
    }

    fn write_topic(&self, writer: &mut Writer<'_>) {
        self.0.write_topic(writer);
    }

    fn write_in_place(&self, writer: &mut Writer<'_>) {
        self.0.write_in_place(writer);
    }
}

impl<const N: usize> Element for Bytes<N> {}

impl<const N: usize> Element for Text<N> {}

impl<const N: usize> Default for Bytes<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> PartialEq for Bytes<N> {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl<const N: usize> Eq for Bytes<N> {}

impl<const N: usize> core::fmt::Debug for Bytes<N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.as_bytes().fmt(f)
    }
}

impl<const N: usize> core::fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.as_str().fmt(f)
    }
}
