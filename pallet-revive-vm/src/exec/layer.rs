// SPDX-License-Identifier: Apache-2.0
//! Storage layers.
//!
//! FRAME counts the layers of a transaction in the state, so that nobody can nest them without end: two reads and two writes for each.
//! Here the limit on frames bounds them, and nothing is counted.

use sp_io::storage;
use sp_runtime::TransactionOutcome;

/// Runs `body` in a storage layer of its own, which stays or goes as it says.
pub(super) fn layered<R>(body: impl FnOnce() -> TransactionOutcome<R>) -> R {
    storage::start_transaction();
    match body() {
        TransactionOutcome::Commit(result) => {
            storage::commit_transaction();
            result
        }
        TransactionOutcome::Rollback(result) => {
            storage::rollback_transaction();
            result
        }
    }
}
