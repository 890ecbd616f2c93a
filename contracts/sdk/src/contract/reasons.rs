// SPDX-License-Identifier: Apache-2.0
//! Reasons of reverts.

use crate::abi::{fitting, ErrorString};

/// A reason of a revert: text, or what [`error!`](crate::error!) declares.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no reason of a revert",
    note = "text is one, and what `error!` declares"
)]
pub trait Reason {
    /// Ends the call, undoes what it did, and hands the reason to the caller.
    fn revert(self) -> !;
}

impl Reason for &str {
    #[inline]
    fn revert(self) -> ! {
        fail(self)
    }
}

/// Ends the call with a text as its reason, of which [`ERROR_MESSAGE_BYTES_MAX`](crate::abi::ERROR_MESSAGE_BYTES_MAX) bytes are kept.
#[cold]
#[inline(never)]
pub fn fail(message: &str) -> ! {
    ErrorString::revert(&[fitting(message)])
}

/// Ends the call with a reason unless a condition holds.
///
/// ```ignore
/// require(amount <= balance, "the balance is too small");
/// ```
#[inline(always)]
pub fn require(condition: bool, reason: impl Reason) {
    if !condition {
        reason.revert()
    }
}

/// [`require`] for what may not be there.
pub trait OrRevert<T> {
    /// What there is; without it, the call ends with this reason.
    fn or_revert(self, reason: impl Reason) -> T;
}

impl<T> OrRevert<T> for Option<T> {
    #[inline(always)]
    fn or_revert(self, reason: impl Reason) -> T {
        match self {
            Some(value) => value,
            None => reason.revert(),
        }
    }
}

impl<T, E> OrRevert<T> for Result<T, E> {
    #[inline(always)]
    fn or_revert(self, reason: impl Reason) -> T {
        self.ok().or_revert(reason)
    }
}
