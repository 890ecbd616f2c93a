// SPDX-License-Identifier: Apache-2.0
//! How often a thread crossed the boundary; for tests of how much a contract costs.

use std::cell::Cell;

thread_local! {
    static CROSSINGS: Cell<u64> = const { Cell::new(0) };
}

/// Host functions of this crate that were called on this thread so far.
pub fn crossings() -> u64 {
    CROSSINGS.get()
}

/// Counts one.
pub(crate) fn count() {
    CROSSINGS.set(CROSSINGS.get().wrapping_add(1));
}
