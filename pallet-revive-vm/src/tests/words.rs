// SPDX-License-Identifier: Apache-2.0
//! Words and selectors of Solidity.

use sp_core::H160;

/// The first four bytes of the hash of a Solidity signature.
pub(super) fn selector(signature: &str) -> [u8; 4] {
    let hash = sp_io::hashing::keccak_256(signature.as_bytes());
    [hash[0], hash[1], hash[2], hash[3]]
}

/// A number as a Solidity word.
pub(super) fn word(number: u128) -> [u8; 32] {
    let mut word = [0; 32];
    word[16..].copy_from_slice(&number.to_be_bytes());
    word
}

/// An address as a Solidity word.
pub(super) fn address_word(address: &H160) -> [u8; 32] {
    let mut word = [0; 32];
    word[12..].copy_from_slice(address.as_bytes());
    word
}

/// Bytes from hexadecimal digits; everything else is skipped.
pub(super) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(u8::is_ascii_hexdigit)
        .map(|digit| (digit as char).to_digit(16).unwrap() as u8)
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
