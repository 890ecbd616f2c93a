// SPDX-License-Identifier: Apache-2.0
//! Where values are read from: call data, what a call gave back, and parts of either.

use super::{limbs_of, refuse, Limbs, Reader};
use crate::{abi::Word, host};

/// Where values are read from. Positions count from where the values begin, behind a selector.
pub trait Source {
    /// What it is made of.
    type Data: Data;

    /// How many bytes there are.
    fn size(&self) -> usize;

    /// The next word; `None` if there is none.
    fn word(&mut self) -> Option<Limbs>;

    /// All that there is.
    fn data(&self) -> Self::Data;
}

/// Bytes, wherever they are.
pub trait Data: Copy {
    /// Those from a position on.
    fn behind(self, at: usize) -> Self;

    /// Copies those from a position on, which there are.
    fn copy(self, at: usize, out: &mut [u8]);
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
impl<'a> Source for InMemory<'a> {
    type Data = &'a [u8];

    fn size(&self) -> usize {
        self.bytes.len()
    }

    fn word(&mut self) -> Option<Limbs> {
        let (word, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(limbs_of(word))
    }

    fn data(&self) -> &'a [u8] {
        self.bytes
    }
}

#[cfg(not(target_env = "polkavm"))]
impl Data for &[u8] {
    fn behind(self, at: usize) -> Self {
        &self[at..]
    }

    fn copy(self, at: usize, out: &mut [u8]) {
        out.copy_from_slice(&self[at..at + out.len()]);
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
    type Data = Returned;

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

    fn data(&self) -> Returned {
        Returned { begin: 0 }
    }
}

/// What a call gave back, from some byte on.
#[derive(Clone, Copy)]
pub struct Returned {
    begin: usize,
}

impl Data for Returned {
    fn behind(self, at: usize) -> Self {
        Self { begin: self.begin + at }
    }

    fn copy(self, at: usize, out: &mut [u8]) {
        host::return_data_from(self.begin + at, out);
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
    type Data = Called;

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

    fn data(&self) -> Called {
        Called { begin: self.begin }
    }
}

/// Call data from some byte on.
#[derive(Clone, Copy)]
pub struct Called {
    begin: usize,
}

impl Data for Called {
    fn behind(self, at: usize) -> Self {
        Self { begin: self.begin + at }
    }

    fn copy(self, at: usize, out: &mut [u8]) {
        host::call_data_into(self.begin + at, out);
    }
}

/// How many words of a part are fetched at once: each time costs as much as many words more, and they lie on the stack.
const FETCHED: usize = 16;

/// What stands at a position within other data: elements of a list, or fields of what has no fixed size.
pub struct Part<D> {
    data: D,
    size: usize,
    /// How many bytes were fetched.
    fetched: usize,
    words: Aligned<[Word; FETCHED]>,
    /// How many of the words were read.
    read: usize,
}

impl<D: Data> Part<D> {
    /// All of some data, which is of this size.
    #[inline(always)]
    pub(super) fn new(data: D, size: usize) -> Self {
        Self { data, size, fetched: 0, words: Aligned([[0; 32]; FETCHED]), read: FETCHED }
    }

    /// The first word, behind which everything else begins.
    #[inline(always)]
    pub(super) fn word_in_front(&mut self) -> Limbs {
        let word = limbs_of(&self.words.0[self.next() % FETCHED]);
        self.data = self.data.behind(32);
        self.size -= 32;
        self.fetched -= 32;
        word
    }

    /// Where the next word is among those that were fetched. Not inlined: a structure has several.
    #[inline(never)]
    fn next(&mut self) -> usize {
        if self.read == FETCHED {
            let bytes = (self.size - self.fetched).min(32 * FETCHED);
            self.data.copy(self.fetched, &mut self.words.0.as_flattened_mut()[..bytes]);
            self.fetched += bytes;
            self.read = 0;
        }
        self.read += 1;
        self.read - 1
    }
}

impl<D: Data> Source for Part<D> {
    type Data = D;

    fn size(&self) -> usize {
        self.size
    }

    #[inline]
    fn word(&mut self) -> Option<Limbs> {
        let next = self.next();
        Some(limbs_of(&self.words.0[next % FETCHED]))
    }

    fn data(&self) -> D {
        self.data
    }
}
