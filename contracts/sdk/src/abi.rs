// SPDX-License-Identifier: Apache-2.0
//! The encoding of Solidity's ABI, without an allocator.
//!
//! A word is 32 bytes, big-endian. Values shorter than a word stand at its end (integers, addresses).
//!
//! [`contract!`](crate::contract!) and its kin do all of it from declarations; what can stand there are [`Value`]s. By hand, words
//! are put together by [`Encoded`].

mod bytes;
pub mod coder;
#[doc(hidden)]
pub mod describe;
mod list;
mod message;
mod outputs;
mod sized;
#[cfg(test)]
mod tests;
mod value;

use crate::{keccak::keccak_256, uint::U256};

pub use bytes::{Bytes, Text};
pub use list::List;
pub use message::Message;
pub use outputs::Outputs;
pub use sized::{Bytes20, Int, Uint};
pub use value::{Element, Value};

/// One ABI word, big-endian.
pub type Word = [u8; 32];

/// A 20-byte address.
pub type Address = [u8; 20];

/// The first four bytes of the hash of a function's or error's signature, such as `"get()"`.
///
/// The signature has no spaces and names canonical types (`uint64`, not `uint`).
pub const fn selector(signature: &str) -> [u8; 4] {
    let [a, b, c, d, ..] = keccak_256(signature.as_bytes());
    [a, b, c, d]
}

/// The first topic of an event: the hash of its signature.
pub const fn event_topic(signature: &str) -> Word {
    keccak_256(signature.as_bytes())
}

/// `value` as a word.
pub fn word_from_u64(value: u64) -> Word {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&value.to_be_bytes());
    word
}

/// `address` as a word.
pub fn word_from_address(address: &Address) -> Word {
    let mut word = [0; 32];
    word[12..].copy_from_slice(address);
    word
}

/// The value of a word, or `None` when it does not fit into 64 bits.
pub fn word_to_u64(word: &Word) -> Option<u64> {
    let (high, low) = word.split_at(24);
    if high.iter().any(|byte| *byte != 0) {
        return None;
    }
    Some(low.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

/// The address in a word, or `None` when there is something in front of it.
pub fn word_to_address(word: &Word) -> Option<Address> {
    let (high, low) = word.split_at(12);
    if high.iter().any(|byte| *byte != 0) {
        return None;
    }
    low.try_into().ok()
}

/// Words one behind the other, behind a selector or not: the input of a call, an output, the reason of a revert.
///
/// `BYTES` is the room for them: 4 for a selector, 32 for every word. It is a mistake of the program, and a panic, to put in more.
///
/// ```
/// use revive_vm_sdk::abi::{selector, Encoded};
/// const TRANSFER: [u8; 4] = selector("transfer(address,uint256)");
/// let input = Encoded::<68>::call(TRANSFER).address(&[7; 20]).number(5u64.into());
/// assert_eq!(input.as_bytes().len(), 68);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Encoded<const BYTES: usize> {
    bytes: [u8; BYTES],
    len: usize,
}

impl<const BYTES: usize> Encoded<BYTES> {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self { bytes: [0; BYTES], len: 0 }
    }

    /// A selector: of a function, or of an error.
    pub fn call(selector: [u8; 4]) -> Self {
        Self::new().bytes(&selector)
    }

    /// Adds bytes as they are, such as the hash of the code of a new contract.
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.bytes[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
        self
    }

    /// Adds a word.
    pub fn word(self, word: &Word) -> Self {
        self.bytes(word)
    }

    /// Adds an address, as a word.
    pub fn address(self, address: &Address) -> Self {
        self.word(&word_from_address(address))
    }

    /// Adds a number, as a word.
    pub fn number(self, number: U256) -> Self {
        self.word(&number.to_word())
    }

    /// Adds `true` or `false`, as a word.
    pub fn flag(self, flag: bool) -> Self {
        self.word(&word_from_u64(u64::from(flag)))
    }

    /// What was put in.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl<const BYTES: usize> Default for Encoded<BYTES> {
    fn default() -> Self {
        Self::new()
    }
}

/// The longest message that [`ErrorString`] carries, in bytes; the rest of a longer one is cut, between characters.
pub const ERROR_MESSAGE_BYTES_MAX: usize = 64;

/// As much of a message as [`ErrorString`] carries.
#[inline(always)]
pub(crate) fn fitting(message: &str) -> &[u8] {
    &message.as_bytes()[..message.floor_char_boundary(ERROR_MESSAGE_BYTES_MAX)]
}

/// The revert data `Error(string)` that wallets and tools show as text.
pub struct ErrorString {
    bytes: [u8; 4 + 32 + 32 + ERROR_MESSAGE_BYTES_MAX],
}

impl ErrorString {
    /// Encodes `message`, cut to [`ERROR_MESSAGE_BYTES_MAX`] bytes.
    pub fn new(message: &str) -> Self {
        let mut error = Self { bytes: [0; 4 + 32 + 32 + ERROR_MESSAGE_BYTES_MAX] };
        error.write(&[fitting(message)]);
        error
    }

    /// Writes a message of several parts where there are only zeros.
    #[inline(always)]
    fn write(&mut self, parts: &[&[u8]]) {
        const SELECTOR: [u8; 4] = selector("Error(string)");
        let (head, message) = self.bytes.split_at_mut(68);
        head[..4].copy_from_slice(&SELECTOR);
        // The string is the only argument, so its content starts after one word.
        head[35] = 32;
        let mut places = message.iter_mut();
        for part in parts {
            for (byte, place) in part.iter().zip(&mut places) {
                *place = *byte;
            }
        }
        // One byte holds the length.
        head[67] = (ERROR_MESSAGE_BYTES_MAX - places.len()) as u8;
    }

    /// The encoded data.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        let words = usize::from(self.bytes[67].div_ceil(32));
        self.bytes.get(..68 + 32 * words).unwrap_or(&[])
    }

    /// Ends the call with a message of several parts. The code is there once, however many parts somebody has.
    #[cold]
    #[inline(never)]
    pub(crate) fn revert(parts: &[&[u8]]) -> ! {
        let mut error = Self { bytes: [0; 4 + 32 + 32 + ERROR_MESSAGE_BYTES_MAX] };
        error.write(parts);
        crate::host::revert(error.as_bytes())
    }
}
