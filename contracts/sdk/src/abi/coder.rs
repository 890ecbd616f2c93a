// SPDX-License-Identifier: Apache-2.0
//! Words in a row: where they are read from and written to.

use super::{ErrorString, Value, Word};
use crate::host;

/// A word as digits of 64 bits, the highest first.
pub type Limbs = [u64; 4];

/// A word's bytes.
#[inline(always)]
pub(crate) fn bytes_of(limbs: Limbs) -> Word {
    let mut word = [0; 32];
    for (bytes, limb) in word.chunks_exact_mut(8).zip(limbs) {
        bytes.copy_from_slice(&limb.to_be_bytes());
    }
    word
}

/// A word's digits.
#[inline(always)]
pub(crate) fn limbs_of(word: &Word) -> Limbs {
    let mut limbs = [0; 4];
    for (limb, bytes) in limbs.iter_mut().zip(word.chunks_exact(8)) {
        let mut digits = [0; 8];
        digits.copy_from_slice(bytes);
        *limb = u64::from_be_bytes(digits);
    }
    limbs
}

/// The word as bytes in memory. A compiler that sees what digits bytes come from copies them one by one.
#[inline(always)]
pub(crate) fn in_memory(word: Word) -> Word {
    core::hint::black_box(word)
}

/// What is wrong with something that should be a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrong {
    /// The data ends in front of it.
    Missing,
    /// No value is written like this.
    Malformed,
    /// It is a value, but longer than there is room for.
    TooLong,
}

/// Where values are read from. Positions count from where the values begin, behind a selector.
pub trait Source {
    /// How many bytes there are.
    fn size(&self) -> usize;

    /// The next word; `None` if there is none.
    fn word(&mut self) -> Option<Limbs>;

    /// Copies bytes, which the source has.
    fn copy(&self, at: usize, out: &mut [u8]);
}

/// Bytes in memory.
#[cfg(not(target_env = "polkavm"))]
pub(crate) struct InMemory<'a> {
    bytes: &'a [u8],
    rest: &'a [u8],
}

#[cfg(not(target_env = "polkavm"))]
impl<'a> InMemory<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, rest: bytes }
    }
}

#[cfg(not(target_env = "polkavm"))]
impl Source for InMemory<'_> {
    fn size(&self) -> usize {
        self.bytes.len()
    }

    fn word(&mut self) -> Option<Limbs> {
        let (word, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(limbs_of(word))
    }

    fn copy(&self, at: usize, out: &mut [u8]) {
        out.copy_from_slice(&self.bytes[at..at + out.len()]);
    }
}

/// What the last call of this frame gave back.
pub(crate) struct ReturnData {
    /// Where the next word is; `None` if there is none, as the host traps whoever asks for more.
    next: Option<usize>,
}

impl ReturnData {
    #[inline]
    pub(crate) fn new() -> Self {
        Self { next: Some(0) }
    }
}

impl Source for ReturnData {
    fn size(&self) -> usize {
        host::return_data_size()
    }

    #[inline]
    fn word(&mut self) -> Option<Limbs> {
        let mut word = Aligned([0; 32]);
        let at = self.next?;
        self.next = (host::return_data_from(at, &mut word.0).len() == 32).then_some(at + 32);
        self.next.map(|_| limbs_of(&word.0))
    }

    fn copy(&self, at: usize, out: &mut [u8]) {
        host::return_data_from(at, out);
    }
}

/// Bytes where digits of 64 bits can be read and written as such.
#[derive(Clone, Copy, Debug)]
#[repr(align(8))]
pub struct Aligned<T>(pub T);

/// Call data, of which the words in front were copied at once: every question to the host costs more than a few words.
///
/// They are digits of 64 bits, of which the first has a selector in its second half.
pub struct CallData<const DIGITS: usize>([u64; DIGITS]);

impl<const DIGITS: usize> CallData<DIGITS> {
    /// Room for them, which is filled where it is.
    #[inline(always)]
    pub fn empty() -> Self {
        Self([0; DIGITS])
    }

    /// Copies the call data in, and gives the values in it; they begin at 4 behind a selector, else at 0.
    #[inline(always)]
    pub fn fill(&mut self, begin: usize) -> Values<'_> {
        host::call_data_digits(&mut self.0, 8 - begin);
        let (first, words) = self.0.split_first().unwrap_or((&0, &[]));
        Values { first, words, begin }
    }
}

/// The values in call data.
pub struct Values<'a> {
    /// What stands in front of the words, with a selector as its second half.
    first: &'a u64,
    words: &'a [u64],
    /// Where the words begin in the call data.
    begin: usize,
}

impl Values<'_> {
    /// Whether a call's data begins with a selector.
    #[inline(always)]
    pub fn follow(&self, selector: u32) -> bool {
        // Zeros are also what stands for bytes that are not there.
        u64::from_be(*self.first) as u32 == selector && (selector as u8 != 0 || host::call_data_size() >= 4)
    }

    /// A reader of so many words, which are of these types. If there are fewer, the call ends; it is not known which argument
    /// is missing where not each of them is a word.
    ///
    /// Not inlined, nor is what reads an argument: a function's part in the code is two calls then.
    #[inline(never)]
    pub fn arguments(&self, words: usize, are_words: bool, types: &str) -> Reader<Arguments<'_>> {
        let size = host::call_data_size().saturating_sub(self.begin);
        if size < 32 * words {
            refuse(if are_words { size / 32 + 1 } else { 0 }, "is missing: ", types)
        }
        Reader::new(Arguments { rest: self.words, begin: self.begin, size })
    }
}

/// The values in call data, of which it is known how many bytes there are.
pub struct Arguments<'a> {
    /// The words that were not read yet.
    rest: &'a [u64],
    begin: usize,
    size: usize,
}

impl Source for Arguments<'_> {
    #[inline(always)]
    fn size(&self) -> usize {
        self.size
    }

    #[inline(always)]
    fn word(&mut self) -> Option<Limbs> {
        // Nobody reads more words than he asked for.
        let Some((limbs, rest)) = self.rest.split_first_chunk() else { crate::trap() };
        self.rest = rest;
        Some(limbs.map(u64::from_be))
    }

    fn copy(&self, at: usize, out: &mut [u8]) {
        host::call_data_into(self.begin + at, out);
    }
}

/// Reads values one behind the other.
///
/// What is wrong is kept here instead of being given by each value, as values are then where they are wanted, and need not be moved.
pub struct Reader<S> {
    source: S,
    number: usize,
    wrong: Option<Wrong>,
}

impl<S: Source> Reader<S> {
    /// A reader that has read nothing.
    #[inline]
    pub fn new(source: S) -> Self {
        Self { source, number: 0, wrong: None }
    }

    /// The next word; zeros if it is missing.
    #[inline(always)]
    pub fn word(&mut self) -> Limbs {
        self.source.word().unwrap_or_else(|| {
            self.wrong(Wrong::Missing);
            [0; 4]
        })
    }

    /// Says that what was read is no value. What was said first counts.
    #[inline(always)]
    pub fn wrong(&mut self, wrong: Wrong) {
        self.wrong = self.wrong.or(Some(wrong));
    }

    /// A value, or what is wrong with this one or with another before it.
    #[inline(always)]
    pub fn checked<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> Result<T, Wrong> {
        let value = read(self);
        match self.wrong {
            None => Ok(value),
            Some(wrong) => Err(wrong),
        }
    }

    /// The next argument. One that is wrong ends the call with a reason that has its number and its type.
    #[inline(never)]
    pub fn argument<T: Value>(&mut self) -> T {
        self.number += 1;
        self.wrong = None;
        let value = T::read(self);
        match self.wrong {
            None => value,
            Some(Wrong::TooLong) => refuse(self.number, "is too long: ", T::NAME),
            Some(_) => refuse(self.number, "is no ", T::NAME),
        }
    }

    /// The bytes that the next word says where they are; copied to the front of `out`. Gives their number.
    pub(crate) fn bytes(&mut self, out: &mut [u8]) -> usize {
        let place = self.word();
        self.bytes_at(place, out).unwrap_or_else(|wrong| {
            self.wrong(wrong);
            0
        })
    }

    fn bytes_at(&self, place: Limbs, out: &mut [u8]) -> Result<usize, Wrong> {
        let size = self.source.size();
        // No number of theirs is greater than that of all bytes.
        let number = |limbs: Limbs| match limbs {
            [0, 0, 0, low] if low <= size as u64 => Ok(low as usize),
            _ => Err(Wrong::Malformed),
        };
        let at = number(place)?;
        let begin = at + 32;
        if begin > size {
            return Err(Wrong::Malformed);
        }
        let mut length = [0; 32];
        self.source.copy(at, &mut length);
        let length = number(limbs_of(&length))?;
        if length > size - begin {
            return Err(Wrong::Malformed);
        }
        self.source.copy(begin, out.get_mut(..length).ok_or(Wrong::TooLong)?);
        Ok(length)
    }
}

/// Ends the call because of an argument, of this type or among these. Its number is 0 if it is not known.
#[cold]
#[inline(never)]
fn refuse(number: usize, what: &str, name: &str) -> ! {
    // No function has a hundred arguments, and few have ten.
    let digits = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8, b' '];
    let shown = match number {
        0 => &[],
        1..=9 => &digits[1..],
        _ => &digits[..],
    };
    ErrorString::revert(&[b"argument ", shown, what.as_bytes(), name.as_bytes()])
}

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
        self.word([0, 0, 0, self.tail as u64]);
        let begin = self.tail + 32;
        self.bytes[self.tail..begin].copy_from_slice(&bytes_of([0, 0, 0, bytes.len() as u64]));
        self.bytes[begin..begin + bytes.len()].copy_from_slice(bytes);
        self.tail = begin + bytes.len().next_multiple_of(32);
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
