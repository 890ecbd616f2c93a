// SPDX-License-Identifier: Apache-2.0
//! Where values are written to.

use super::{bytes_of, Limbs};
use crate::host;

/// Writes values one behind the other: words in front, and behind them what is of no fixed size.
pub struct Writer<'a> {
    bytes: &'a mut [u8],
    head: usize,
    tail: usize,
}

impl<'a> Writer<'a> {
    /// A writer into zeros, of which so many are for the words in front.
    #[inline]
    pub fn new(bytes: &'a mut [u8], head: usize) -> Self {
        Self { bytes, head: 0, tail: head }
    }

    /// Puts a word behind those in front.
    #[inline(always)]
    pub fn word(&mut self, limbs: Limbs) {
        self.front_of_word(&bytes_of(limbs));
    }

    /// Puts a word behind those in front that begins with these bytes.
    #[inline(always)]
    pub fn front_of_word(&mut self, bytes: &[u8]) {
        self.bytes[self.head..self.head + bytes.len()].copy_from_slice(bytes);
        self.head += 32;
    }

    /// Puts a word behind those in front that ends with these bytes.
    #[inline(always)]
    pub fn end_of_word(&mut self, bytes: &[u8]) {
        self.head += 32;
        self.bytes[self.head - bytes.len()..self.head].copy_from_slice(bytes);
    }

    /// Puts bytes behind all words, with their number, and where they are among the words.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len());
        self.bytes[self.tail..self.tail + bytes.len()].copy_from_slice(bytes);
        self.tail += bytes.len().next_multiple_of(32);
    }

    /// Puts elements behind all words, each of so many bytes in front, with their number, and where they are among the words.
    pub(crate) fn list(&mut self, count: usize, each: usize, write: impl FnOnce(&mut Writer<'_>)) {
        self.number(count);
        self.within(count * each, write);
    }

    /// Puts a number behind all words, and where it is among the words.
    #[inline(always)]
    fn number(&mut self, number: usize) {
        self.word([0, 0, 0, self.tail as u64]);
        let end = self.tail + 32;
        self.bytes[self.tail..end].copy_from_slice(&bytes_of([0, 0, 0, number as u64]));
        self.tail = end;
    }

    /// Puts something behind all words that has so many bytes of words in front of its own, and where it is among the words.
    pub fn part(&mut self, head: usize, write: impl FnOnce(&mut Writer<'_>)) {
        self.word([0, 0, 0, self.tail as u64]);
        self.within(head, write);
    }

    #[inline(always)]
    fn within(&mut self, head: usize, write: impl FnOnce(&mut Writer<'_>)) {
        let mut writer = Writer::new(&mut self.bytes[self.tail..], head);
        write(&mut writer);
        self.tail += writer.tail;
    }

    /// Puts the hash of values in place behind the words in front. The values stay behind all words.
    pub fn hash(&mut self, write: impl FnOnce(&mut Writer<'_>)) {
        let mut writer = Writer::new(&mut self.bytes[self.tail..], 0);
        write(&mut writer);
        let length = writer.head;
        let hash = host::hash_keccak_256(&self.bytes[self.tail..self.tail + length]);
        self.tail += length;
        self.front_of_word(&hash);
    }

    /// Puts bytes where a word would be, and as many zeros behind them as are missing to whole words.
    pub(crate) fn in_place(&mut self, bytes: &[u8]) {
        self.bytes[self.head..self.head + bytes.len()].copy_from_slice(bytes);
        self.head += bytes.len().next_multiple_of(32);
    }

    /// How many bytes were written.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.tail
    }

    /// Whether nothing was written.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.tail == 0
    }
}
