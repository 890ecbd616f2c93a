// SPDX-License-Identifier: Apache-2.0
//! One list of scenarios on both carriers, natively and in wasm; everything that can be observed has to be the same.

mod chain;
mod cryptography;
mod imports;
mod scenarios;
mod solidity;
mod tracing;

// What the pallet's own tests make contracts from. Not everything of it is needed here.
#[path = "../../../src/tests/random.rs"]
mod random;
#[allow(dead_code)]
#[path = "../../../src/tests/signatures.rs"]
mod signatures;
#[path = "../../../src/tests/words.rs"]
mod words;

use pallet_revive_vm::{host::HostFunction, programs as fixtures};
use words::{address_word, word};
