// SPDX-License-Identifier: Apache-2.0
//! What both runtimes export; arguments and results are SCALE encoded. Each runtime has a module `chain` with what is different.
//!
//! | Export | Does |
//! |---|---|
//! | `genesis()` | an account with money that may use contracts |
//! | `deploy(code, input) -> address` | uploads code and creates a contract |
//! | `call(address, input, times) -> (output, weight)` | calls a contract that often and undoes what that did |

use super::chain;
use alloc::vec::Vec;
use frame_support::storage::{with_storage_layer, with_transaction_unchecked};
use sp_runtime::{AccountId32, DispatchError, TransactionOutcome};

/// The account that does everything.
pub(crate) const ALICE: AccountId32 = AccountId32::new([1; 32]);

/// What Alice has, in native units.
pub(crate) const ENDOWMENT: u128 = 1_000_000_000_000_000_000_000;

fn repeat(address: [u8; 20], input: Vec<u8>, times: u32) -> (Vec<u8>, u64) {
    with_transaction_unchecked(|| {
        let mut last = Default::default();
        for _ in 0..times {
            // Each in a layer of its own, as a dispatchable.
            last = with_storage_layer(|| Ok::<_, DispatchError>(chain::call(address, input.clone())))
                .expect("nothing fails in it");
        }
        TransactionOutcome::Rollback(last)
    })
}

sp_core::wasm_export_functions! {
    fn genesis() {
        chain::genesis();
    }

    fn deploy(code: Vec<u8>, input: Vec<u8>) -> [u8; 20] {
        chain::deploy(code, input)
    }

    fn call(address: [u8; 20], input: Vec<u8>, times: u32) -> (Vec<u8>, u64) {
        repeat(address, input, times)
    }
}
