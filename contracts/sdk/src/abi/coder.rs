// SPDX-License-Identifier: Apache-2.0
//! Words in a row: how values are read from them and written to them.

mod sources;
mod writer;

use super::{ErrorString, Value, Word};

#[cfg(not(target_env = "polkavm"))]
pub(crate) use sources::InMemory;
pub(crate) use sources::ReturnData;
pub use sources::{Aligned, Arguments, CallData, Data, Part, Source, Values};
pub use writer::Writer;

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

    /// What was read; if that is wrong, says so and gives something else.
    #[inline(always)]
    fn or_wrong<T>(&mut self, read: Result<T, Wrong>, otherwise: T) -> T {
        read.unwrap_or_else(|wrong| {
            self.wrong(wrong);
            otherwise
        })
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
        let length = self.bytes_at(place, out);
        self.or_wrong(length, 0)
    }

    fn bytes_at(&self, place: Limbs, out: &mut [u8]) -> Result<usize, Wrong> {
        let size = self.source.size();
        let at = position(place, size, 32)?;
        let begin = at + 32;
        let mut length = [0; 32];
        self.source.data().copy(at, &mut length);
        let length = number(limbs_of(&length), size - begin)?;
        self.source.data().copy(begin, out.get_mut(..length).ok_or(Wrong::TooLong)?);
        Ok(length)
    }

    /// The elements that the next word says where they are; put to the front of `out`. Gives their number.
    pub(crate) fn elements<T: Value>(&mut self, out: &mut [T]) -> usize {
        let place = self.word();
        let count = self.elements_at(place, out);
        self.or_wrong(count, 0)
    }

    fn elements_at<T: Value>(&mut self, place: Limbs, out: &mut [T]) -> Result<usize, Wrong> {
        let size = self.source.size();
        let at = position(place, size, 32)?;
        self.within(at, size, |reader| {
            let count = reader.source.word_in_front();
            let count = number(count, reader.source.size() / (32 * T::WORDS))?;
            let out = out.get_mut(..count).ok_or(Wrong::TooLong)?;
            out.iter_mut().for_each(|value| *value = T::read(reader));
            Ok(count)
        })
    }

    /// What the next word says where it is, which begins with so many words: hands on a reader of it.
    #[inline(always)]
    pub fn part<T: Value>(&mut self, words: usize, read: impl FnOnce(&mut Reader<Part<S::Data>>) -> T) -> T {
        let (place, size) = (self.word(), self.source.size());
        let part = position(place, size, 32 * words).map(|at| self.within(at, size, read));
        self.or_wrong(part, T::ZERO)
    }

    /// Hands on a reader of what is behind a position in data of this size. What is wrong there is wrong here.
    #[inline(always)]
    fn within<T>(&mut self, at: usize, size: usize, read: impl FnOnce(&mut Reader<Part<S::Data>>) -> T) -> T {
        let source = Part::new(self.source.data().behind(at), size - at);
        let mut reader = Reader { source, number: self.number, wrong: self.wrong };
        let value = read(&mut reader);
        self.wrong = reader.wrong;
        value
    }
}

/// The number that a word is, if it is at most this.
#[inline(always)]
fn number(word: Limbs, most: usize) -> Result<usize, Wrong> {
    match word {
        [0, 0, 0, number] if number <= most as u64 => Ok(number as usize),
        _ => Err(Wrong::Malformed),
    }
}

/// The position that a word is, behind which there are so many bytes in data of this size.
#[inline(always)]
fn position(place: Limbs, size: usize, bytes: usize) -> Result<usize, Wrong> {
    let at = number(place, size)?;
    if bytes > size - at {
        return Err(Wrong::Malformed);
    }
    Ok(at)
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
