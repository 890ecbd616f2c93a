// SPDX-License-Identifier: Apache-2.0
//! The list of tests. Each must run inside externalities of its own and fails by panicking.

mod enter;
mod ids;
mod load;
mod memory;
mod raw;
mod run;

use alloc::vec::Vec;

/// One test.
#[derive(Clone, Copy, Debug)]
pub struct Test {
    /// What is true if it passes.
    pub name: &'static str,
    /// Runs it.
    pub run: fn(),
}

/// Makes the list of a module's tests from the names of its functions.
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        pub(super) const TESTS: &[crate::list::Test] =
            &[$(crate::list::Test { name: concat!(module_path!(), "::", stringify!($name)), run: $name }),*];
    };
}
use tests;

/// All tests, in an order that is the same on both sides of the boundary.
pub fn all() -> Vec<Test> {
    [load::TESTS, run::TESTS, enter::TESTS, memory::TESTS, ids::TESTS, raw::TESTS].concat()
}
