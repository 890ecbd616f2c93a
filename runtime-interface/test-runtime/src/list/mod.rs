// SPDX-License-Identifier: Apache-2.0
//! The list of tests. Each must run inside externalities of its own and fails by panicking.

mod enter;
mod ids;
mod load;
mod memory;
mod raw;
mod run;

use crate::programs::RW;
use alloc::vec::Vec;
use revive_vm_runtime_interface::{revive_vm, wire, MemoryError, RunError};

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

/// No function of the host knows an instance of that number.
fn assert_no_such_instance(id: u32) {
    for (has_result, writes) in [(false, &[][..]), (true, &[]), (false, b"malformed")] {
        let reply = revive_vm::resume(id, 10, has_result, 1, writes);
        assert_eq!(wire::decode_exit(&reply), Some(Err(RunError::NoSuchInstance)), "instance {id}");
    }
    let code = u32::from(MemoryError::NoSuchInstance.code());
    for address in [RW, 0] {
        let mut data = [0xee; 3];
        assert_eq!(revive_vm::read_memory(id, address, &mut data), code, "instance {id}");
        assert_eq!(data, [0; 3], "what was not read is zero");
        assert_eq!(revive_vm::read_memory(id, address, &mut []), code, "instance {id}");
    }
}
