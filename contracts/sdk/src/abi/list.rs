// SPDX-License-Identifier: Apache-2.0
//! Lists: values of one type, of which a contract says how many it takes.

use core::ops::{Deref, DerefMut};

use super::{
    coder::{Reader, Source, Writer},
    describe::{self, Structure},
    Element, Value,
};

/// At most `N` values of a type: `T[]` in the ABI. It is a slice of them.
///
/// ```
/// use revive_vm_sdk::abi::List;
/// let mut shares = List::<u64, 3>::from([40, 2]);
/// assert!(shares.push(5), "there is room for one more");
/// assert!(!shares.push(6), "but not for two");
/// assert_eq!(shares.iter().sum::<u64>(), 47);
/// shares.sort_unstable();
/// assert_eq!(shares[..], [2, 5, 40]);
/// assert_eq!(List::collected(shares.iter().map(|share| share / 2)), Some(List::<u64, 8>::from([1, 2, 20])));
/// ```
///
/// It takes the room of `N` values however many there are, and lies on the stack, which has 8 KiB unless a contract asks for more. A
/// function that takes it by reference spares a copy.
///
/// Call data with more values ends the call, `argument 1 is too long: uint64[]`. What is put in otherwise has to fit; of an array
/// that is known when the program is compiled:
///
/// ```compile_fail
/// let three = revive_vm_sdk::abi::List::<u64, 2>::from([1, 2, 3]);
/// ```
#[derive(Clone, Copy)]
pub struct List<T, const N: usize> {
    values: [T; N],
    len: usize,
}

impl<T: Value, const N: usize> List<T, N> {
    /// No value.
    pub const fn new() -> Self {
        Self { values: [T::ZERO; N], len: 0 }
    }

    /// These values; `None` if they are more than `N`.
    pub fn copied(from: &[T]) -> Option<Self> {
        let mut list = Self::new();
        list.values.get_mut(..from.len())?.copy_from_slice(from);
        list.len = from.len();
        Some(list)
    }

    /// The values that come out of something; `None` if they are more than `N`.
    pub fn collected(from: impl IntoIterator<Item = T>) -> Option<Self> {
        let mut list = Self::new();
        from.into_iter().all(|value| list.push(value)).then_some(list)
    }

    /// Puts a value behind the others. Says whether there was room for it.
    #[inline]
    #[must_use = "there may be no room for the value"]
    pub fn push(&mut self, value: T) -> bool {
        match self.values.get_mut(self.len) {
            Some(place) => {
                *place = value;
                self.len += 1;
                true
            }
            None => false,
        }
    }

    /// Takes the last value off; `None` if there is none.
    pub fn pop(&mut self) -> Option<T> {
        let last = self.last().copied()?;
        self.len -= 1;
        Some(last)
    }

    /// The values.
    #[inline]
    pub fn as_slice(&self) -> &[T] {
        &self.values[..self.len]
    }
}

impl<T: Value, const N: usize> Value for List<T, N> {
    const NAME: &'static str = describe::array_name!(T::NAME, None);
    const STRUCTURE: Option<&'static Structure> = T::STRUCTURE;
    const TAIL: usize = 32 + N * (32 * T::WORDS + T::TAIL);
    const HASHED: usize = N * (32 * T::WORDS + T::TAIL);
    const ZERO: Self = Self::new();

    fn read<S: Source>(reader: &mut Reader<S>) -> Self {
        let mut list = Self::new();
        list.len = reader.elements(&mut list.values);
        list
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.list(self.len, 32 * T::WORDS, |writer| self.iter().for_each(|value| value.write(writer)));
    }

    fn write_topic(&self, writer: &mut Writer<'_>) {
        writer.hash(|writer| self.write_in_place(writer));
    }

    fn write_in_place(&self, writer: &mut Writer<'_>) {
        self.iter().for_each(|value| value.write_in_place(writer));
    }
}

impl<T: Value, const N: usize> Element for List<T, N> {}

impl<T: Value, const N: usize> Deref for List<T, N> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T: Value, const N: usize> DerefMut for List<T, N> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.values[..self.len]
    }
}

/// An array that is not longer than the list, which the compiler sees to.
impl<T: Value, const N: usize, const M: usize> From<[T; M]> for List<T, N> {
    fn from(values: [T; M]) -> Self {
        const { assert!(M <= N, "the array is longer than the list has room for") }
        let mut list = Self::new();
        list.values[..M].copy_from_slice(&values);
        list.len = M;
        list
    }
}

impl<'a, T: Value, const N: usize> IntoIterator for &'a List<T, N> {
    type Item = &'a T;
    type IntoIter = core::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Value, const N: usize> Default for List<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Value + PartialEq, const N: usize> PartialEq for List<T, N> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<T: Value + Eq, const N: usize> Eq for List<T, N> {}

impl<T: Value + core::fmt::Debug, const N: usize> core::fmt::Debug for List<T, N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.as_slice().fmt(f)
    }
}
