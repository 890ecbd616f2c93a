// SPDX-License-Identifier: Apache-2.0
//! Solidity ABI words: the little of the encoding that a small contract needs, without an allocator.
//!
//! A word is 32 bytes, big-endian. Values shorter than a word stand at its end (integers, addresses).

use crate::{keccak::keccak_256, uint::U256};

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

/// Text of at most [`ERROR_MESSAGE_BYTES_MAX`] bytes that is written piece by piece; what is longer is cut.
#[cfg(any(test, feature = "panic-message"))]
#[cfg_attr(not(target_env = "polkavm"), allow(dead_code, reason = "the guest's panic handler uses it"))]
pub(crate) struct Text {
    bytes: [u8; ERROR_MESSAGE_BYTES_MAX],
    len: usize,
}

#[cfg(any(test, feature = "panic-message"))]
#[cfg_attr(not(target_env = "polkavm"), allow(dead_code, reason = "the guest's panic handler uses it"))]
impl Text {
    pub(crate) fn new() -> Self {
        Self { bytes: [0; ERROR_MESSAGE_BYTES_MAX], len: 0 }
    }

    pub(crate) fn as_str(&self) -> &str {
        core::str::from_utf8(&self.bytes[..self.len]).unwrap_or("")
    }
}

#[cfg(any(test, feature = "panic-message"))]
impl core::fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let mut fits = text.len().min(ERROR_MESSAGE_BYTES_MAX - self.len);
        while !text.is_char_boundary(fits) {
            fits -= 1;
        }
        self.bytes[self.len..self.len + fits].copy_from_slice(&text.as_bytes()[..fits]);
        self.len += fits;
        Ok(())
    }
}

/// The longest message that [`ErrorString`] carries, in bytes; the rest of a longer one is cut.
pub const ERROR_MESSAGE_BYTES_MAX: usize = 64;

/// The revert data `Error(string)` that wallets and tools show as text.
pub struct ErrorString {
    bytes: [u8; 4 + 32 + 32 + ERROR_MESSAGE_BYTES_MAX],
    len: usize,
}

impl ErrorString {
    /// Encodes `message`, cut to [`ERROR_MESSAGE_BYTES_MAX`] bytes.
    pub fn new(message: &str) -> Self {
        const SELECTOR: [u8; 4] = selector("Error(string)");
        let message = message.as_bytes();
        let message = &message[..message.len().min(ERROR_MESSAGE_BYTES_MAX)];
        let mut bytes = [0; 4 + 32 + 32 + ERROR_MESSAGE_BYTES_MAX];
        bytes[..4].copy_from_slice(&SELECTOR);
        // The string is the only argument, so its content starts after one word.
        bytes[4..36].copy_from_slice(&word_from_u64(32));
        bytes[36..68].copy_from_slice(&word_from_u64(message.len() as u64));
        bytes[68..68 + message.len()].copy_from_slice(message);
        Self { bytes, len: 68 + message.len().next_multiple_of(32) }
    }

    /// The encoded data.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_match_the_published_ones() {
        assert_eq!(selector("transfer(address,uint256)"), [0xa9, 0x05, 0x9c, 0xbb]);
        assert_eq!(selector("Error(string)"), [0x08, 0xc3, 0x79, 0xa0]);
        assert_eq!(selector("Panic(uint256)"), [0x4e, 0x48, 0x7b, 0x71]);
    }

    #[test]
    fn words_keep_values_and_refuse_what_does_not_fit() {
        for value in [0, 1, 255, 256, u64::MAX] {
            assert_eq!(word_to_u64(&word_from_u64(value)), Some(value));
        }
        let mut too_large = word_from_u64(0);
        too_large[23] = 1;
        assert_eq!(word_to_u64(&too_large), None);
        assert_eq!(word_from_address(&[7; 20])[..12], [0; 12]);
    }

    #[test]
    fn addresses_are_not_cut_out_of_longer_words() {
        assert_eq!(word_to_address(&word_from_address(&[7; 20])), Some([7; 20]));
        let mut word = word_from_address(&[7; 20]);
        word[11] = 1;
        assert_eq!(word_to_address(&word), None);
    }

    #[test]
    fn words_are_encoded_one_behind_the_other() {
        let input = Encoded::<100>::call([1, 2, 3, 4]).address(&[7; 20]).number(U256::from(5u64));
        assert_eq!(input.as_bytes()[..4], [1, 2, 3, 4]);
        assert_eq!(input.as_bytes()[4..36], word_from_address(&[7; 20]));
        assert_eq!(input.as_bytes()[36..], word_from_u64(5));
        assert_eq!(Encoded::<32>::new().flag(true).as_bytes(), word_from_u64(1));
    }

    #[test]
    fn text_is_cut_between_characters() {
        use core::fmt::Write;
        let mut text = Text::new();
        write!(text, "{}", "x".repeat(ERROR_MESSAGE_BYTES_MAX - 3)).unwrap();
        write!(text, "é€").unwrap();
        assert!(text.as_str().ends_with("xé"));
        write!(text, "y").unwrap();
        assert_eq!(text.as_str().len(), ERROR_MESSAGE_BYTES_MAX);
    }

    #[test]
    fn error_strings_are_padded_to_words_and_cut() {
        let error = ErrorString::new("no");
        assert_eq!(error.as_bytes().len(), 4 + 3 * 32);
        assert_eq!(error.as_bytes()[..4], [0x08, 0xc3, 0x79, 0xa0]);
        assert_eq!(error.as_bytes()[35], 32);
        assert_eq!(error.as_bytes()[67], 2);
        assert_eq!(&error.as_bytes()[68..71], b"no\0");
        let long = "x".repeat(ERROR_MESSAGE_BYTES_MAX + 1);
        assert_eq!(ErrorString::new(&long).as_bytes().len(), 4 + 2 * 32 + ERROR_MESSAGE_BYTES_MAX);
        assert_eq!(ErrorString::new("").as_bytes().len(), 4 + 2 * 32);
    }
}
