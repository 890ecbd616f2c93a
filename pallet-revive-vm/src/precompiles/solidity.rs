// SPDX-License-Identifier: Apache-2.0
//! As much of Solidity's encoding as the precompiles of this pallet need.
//!
//! Everything is in words of 32 bytes. Numbers are big-endian; what is longer than a word is at an offset that its word says.

use super::Failure;
use alloc::{vec, vec::Vec};
use sp_core::{H160, U256};

const WORD: usize = 32;

/// Arguments, one word each at the front.
#[derive(Clone, Copy, Debug)]
pub struct Arguments<'a>(&'a [u8]);

impl<'a> Arguments<'a> {
    /// The arguments in `bytes`, which do not contain the selector.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Word `index`.
    pub fn word(&self, index: usize) -> Result<[u8; WORD], Failure> {
        self.slice(index.saturating_mul(WORD), WORD)?.try_into().map_err(|_| Failure::UNDECODABLE)
    }

    /// Word `index`, of which only the last `N` bytes may be other than zero.
    fn tail<const N: usize>(&self, index: usize) -> Result<[u8; N], Failure> {
        let word = self.word(index)?;
        let (zeros, tail) = word.split_at(WORD.saturating_sub(N));
        if zeros.iter().any(|byte| *byte != 0) {
            return Err(Failure::UNDECODABLE);
        }
        tail.try_into().map_err(|_| Failure::UNDECODABLE)
    }

    /// The `uint8` in word `index`.
    pub fn uint8(&self, index: usize) -> Result<u8, Failure> {
        self.tail(index).map(u8::from_be_bytes)
    }

    /// The `uint32` in word `index`.
    pub fn uint32(&self, index: usize) -> Result<u32, Failure> {
        self.tail(index).map(u32::from_be_bytes)
    }

    /// The `bool` in word `index`.
    pub fn boolean(&self, index: usize) -> Result<bool, Failure> {
        match self.uint8(index)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Failure::UNDECODABLE),
        }
    }

    /// The `address` in word `index`.
    pub fn address(&self, index: usize) -> Result<H160, Failure> {
        self.tail(index).map(H160)
    }

    /// The `N` words from `index` on as one byte each, as in `uint8[N]`.
    pub fn byte_array<const N: usize>(&self, index: usize) -> Result<[u8; N], Failure> {
        let mut bytes = [0; N];
        for (offset, byte) in bytes.iter_mut().enumerate() {
            *byte = self.uint8(index.saturating_add(offset))?;
        }
        Ok(bytes)
    }

    /// The `bytes` whose offset is in word `index`.
    pub fn bytes(&self, index: usize) -> Result<&'a [u8], Failure> {
        let offset = self.size(index.saturating_mul(WORD))?;
        let len = self.size(offset)?;
        self.slice(offset.saturating_add(WORD), len)
    }

    /// The number in the word at byte `at`, if it can be the size of something here.
    fn size(&self, at: usize) -> Result<usize, Failure> {
        let number = U256::from_big_endian(self.slice(at, WORD)?);
        if number > U256::from(self.0.len()) {
            return Err(Failure::UNDECODABLE);
        }
        Ok(number.as_usize())
    }

    fn slice(&self, at: usize, len: usize) -> Result<&'a [u8], Failure> {
        let end = at.checked_add(len).ok_or(Failure::UNDECODABLE)?;
        self.0.get(at..end).ok_or(Failure::UNDECODABLE)
    }
}

/// A number as a word.
pub fn uint(number: impl Into<U256>) -> [u8; WORD] {
    number.into().to_big_endian()
}

/// A truth as a word.
pub fn boolean(truth: bool) -> [u8; WORD] {
    uint(u8::from(truth))
}

/// Up to 32 bytes at the front of a word.
pub fn left_aligned(bytes: &[u8]) -> [u8; WORD] {
    let mut word = [0; WORD];
    for (to, from) in word.iter_mut().zip(bytes) {
        *to = *from;
    }
    word
}

/// One argument of type `bytes` or `string`.
pub fn bytes(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len().saturating_add(3 * WORD));
    out.extend_from_slice(&uint(WORD));
    out.extend_from_slice(&uint(data.len()));
    out.extend_from_slice(data);
    let over = data.len() % WORD;
    if over != 0 {
        out.extend_from_slice(&vec![0; WORD.saturating_sub(over)]);
    }
    out
}

/// The output of `revert(message)`: `Error(string)`.
pub fn error(message: &str) -> Vec<u8> {
    let mut out = vec![0x08, 0xc3, 0x79, 0xa0];
    out.extend_from_slice(&bytes(message.as_bytes()));
    out
}

/// The output of a panic of Solidity's: `Panic(uint256)`.
pub fn panic(code: u8) -> Vec<u8> {
    let mut out = vec![0x4e, 0x48, 0x7b, 0x71];
    out.extend_from_slice(&uint(code));
    out
}
