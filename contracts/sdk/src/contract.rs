// SPDX-License-Identifier: Apache-2.0
//! Contracts from one declaration: [`contract!`](crate::contract!) makes entry points, decoding, encoding and the ABI of it,
//! [`interface!`](crate::interface!) the calls of another contract.
//!
//! What a contract does stands in plain functions. A declaration says which of them others can call; the compiler checks that both
//! have the same types.

mod declare;
mod expand;
mod reasons;
mod structures;
#[cfg(test)]
mod tests;

use crate::{
    abi::{
        coder::{Aligned, Writer},
        Outputs,
    },
    host,
};

pub use reasons::{fail, require, OrRevert, Reason};

/// What is declared, if the function behind it gives an `R`: the same, or a [`Result`] of it, of which an error is the reason of a
/// revert.
#[diagnostic::on_unimplemented(
    message = "the function gives `{R}`, but is declared to give `{Self}`",
    label = "declared to give `{Self}`",
    note = "it may also give a `Result` of what is declared, with a reason: text, or what `error!` declares"
)]
pub trait Declared<R>: Outputs {
    /// What is declared. Does not come back with an error.
    fn outputs(result: R) -> Self;
}

impl<O: Outputs> Declared<O> for O {
    #[inline(always)]
    fn outputs(result: O) -> Self {
        result
    }
}

impl<O: Outputs, E: Reason> Declared<Result<O, E>> for O {
    #[inline(always)]
    fn outputs(result: Result<O, E>) -> Self {
        match result {
            Ok(outputs) => outputs,
            Err(reason) => reason.revert(),
        }
    }
}

/// What is declared, if the function behind it takes a `T`: the same, or a reference to it.
#[diagnostic::on_unimplemented(
    message = "the function takes `{T}`, but is declared to take `{Self}`",
    label = "declared to take `{Self}`",
    note = "it may also take a reference to what is declared"
)]
pub trait Argument<'a, T> {
    /// What the function takes.
    fn argument(&'a self) -> T;
}

impl<T: Copy> Argument<'_, T> for T {
    #[inline(always)]
    fn argument(&self) -> T {
        *self
    }
}

impl<'a, T> Argument<'a, &'a T> for T {
    #[inline(always)]
    fn argument(&'a self) -> &'a T {
        self
    }
}

/// Ends a call with what its function gives. With nothing to give, it ends when the entry point comes back.
#[doc(hidden)]
#[inline(always)]
pub fn end<O: Outputs, const ROOM: usize>(outputs: O) {
    if ROOM > 0 {
        let mut bytes = Aligned([0; ROOM]);
        let mut writer = Writer::new(&mut bytes.0, 32 * O::WORDS);
        outputs.write_all(&mut writer);
        let length = writer.len();
        host::return_value(&bytes.0[..length])
    }
}

/// Ends a call that comes with a value.
#[doc(hidden)]
#[inline(never)]
pub fn refuse_value() {
    if !host::value_transferred().is_zero() {
        fail("takes no value")
    }
}

/// Ends a call of a function that the contract does not have.
#[doc(hidden)]
#[cold]
pub fn no_function() -> ! {
    fail(if host::call_data_size() < 4 { "no function selector" } else { "no such function" })
}

/// The greatest of these numbers, or 0.
#[doc(hidden)]
pub const fn greatest(numbers: &[usize]) -> usize {
    let (mut greatest, mut index) = (0, 0);
    while index < numbers.len() {
        if numbers[index] > greatest {
            greatest = numbers[index];
        }
        index += 1;
    }
    greatest
}
