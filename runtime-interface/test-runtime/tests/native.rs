// SPDX-License-Identifier: Apache-2.0
//! The list of tests, run directly against the native side.

use revive_vm_test_runtime::list;
use std::panic::{catch_unwind, AssertUnwindSafe};

#[test]
fn the_list_passes_natively() {
    let tests = list::all();
    let failed: Vec<_> = tests
        .iter()
        .filter(|test| {
            let mut externalities = sp_io::TestExternalities::default();
            let result = catch_unwind(AssertUnwindSafe(|| externalities.execute_with(test.run)));
            println!("{} ... {}", test.name, if result.is_ok() { "ok" } else { "FAILED" });
            result.is_err()
        })
        .map(|test| test.name)
        .collect();
    assert!(failed.is_empty(), "{} of {} failed: {failed:#?}", failed.len(), tests.len());
    assert!(tests.len() > 60, "the list lost tests");
}
