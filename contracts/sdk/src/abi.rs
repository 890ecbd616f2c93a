// SPDX-License-Identifier: Apache-2.0
//! Solidity ABI words: the little of the encoding that a small contract needs, without an allocator.
//!
//! A word is 32 bytes, big-endian. Values shorter than a word stand at its end (integers, addresses).

use crate::keccak::keccak_256;

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
