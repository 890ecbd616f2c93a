// SPDX-License-Identifier: Apache-2.0
//! The target `stepping` for `cargo-fuzz`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use revive_vm_testing::fuzz::check_bytes;

fuzz_target!(|bytes: &[u8]| check_bytes("stepping", bytes));
