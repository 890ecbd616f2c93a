// SPDX-License-Identifier: Apache-2.0
//! [`Message`]: what contracts hand to each other.

use core::{marker::PhantomData, ops::Deref};

use super::{
    coder::{Aligned, Writer},
    Address,
};
use crate::host::Call;

/// The input of a call or of a constructor, or a reason of a revert, as bytes. `R` is what the function that is called gives.
///
/// [`interface!`](crate::interface!), [`contract!`](crate::contract!) and [`error!`](crate::error!) make them.
#[derive(Clone, Copy, Debug)]
pub struct Message<R, const ROOM: usize> {
    /// A selector stands at 4, so that words are where digits of 64 bits can be written.
    bytes: Aligned<[u8; ROOM]>,
    begin: usize,
    end: usize,
    /// Whether the function is declared to change nothing.
    only_reads: bool,
    gives: PhantomData<fn() -> R>,
}

impl<R, const ROOM: usize> Message<R, ROOM> {
    /// Values behind a selector. So many bytes of them are words, what is of no fixed size stands behind those.
    #[doc(hidden)]
    #[inline(always)]
    pub fn new(selector: [u8; 4], head: usize, write: impl FnOnce(&mut Writer<'_>)) -> Self {
        let mut message = Self::without_selector(head, write);
        message.bytes.0[4..8].copy_from_slice(&selector);
        message.begin = 4;
        message
    }

    /// That of a function that is declared to change nothing, for `true`.
    #[doc(hidden)]
    #[inline(always)]
    pub fn only_reads(self, only_reads: bool) -> Self {
        Self { only_reads, ..self }
    }

    /// Values alone, as a constructor takes them.
    #[doc(hidden)]
    #[inline(always)]
    pub fn without_selector(head: usize, write: impl FnOnce(&mut Writer<'_>)) -> Self {
        let mut bytes = Aligned([0; ROOM]);
        let mut writer = Writer::new(&mut bytes.0[8..], head);
        write(&mut writer);
        let end = 8 + writer.len();
        Self { bytes, begin: 8, end, only_reads: false, gives: PhantomData }
    }

    /// The bytes.
    #[inline(always)]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes.0[self.begin..self.end]
    }

    /// A call with this input, of which [`Call::ask`] knows what it gives. Functions that are declared `view` or `pure` are called
    /// so that the chain keeps them to it, as Solidity does: neither they nor what they call can change anything. Whoever
    /// does not want that makes a [`Call::new`] with the bytes.
    #[inline]
    pub fn to<'a>(&'a self, callee: &'a Address) -> Call<'a, R> {
        Call::of(callee, self.as_bytes(), self.only_reads)
    }
}

/// The bytes.
impl<R, const ROOM: usize> Deref for Message<R, ROOM> {
    type Target = [u8];

    #[inline(always)]
    fn deref(&self) -> &[u8] {
        self.as_bytes()
    }
}
