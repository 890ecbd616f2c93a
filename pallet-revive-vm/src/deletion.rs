// SPDX-License-Identifier: Apache-2.0
//! The storage of contracts that are gone.
//!
//! A contract may have more items than a block has time to delete. So its child trie is only queued when the contract goes, and
//! deleted by and by in what blocks leave idle. Nobody can reach it meanwhile: a new contract at the same address has a trie of
//! its own.

use crate::{storage, storage::TrieId, Config, DeletionQueue, DeletionQueueCounter, WeightInfo};
use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::{storage::child, weights::Weight};
use scale_info::TypeInfo;

/// The ends of the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Counter {
    /// The number that the next entry gets.
    pub insert: u32,
    /// The number of the oldest entry, unless the queue is empty.
    pub delete: u32,
}

impl Counter {
    /// Entries in the queue. The numbers wrap around.
    pub fn len(&self) -> u32 {
        self.insert.wrapping_sub(self.delete)
    }

    /// Whether there is nothing to delete.
    pub fn is_empty(&self) -> bool {
        self.insert == self.delete
    }
}

/// Queues a child trie for deletion.
pub fn enqueue<T: Config>(trie_id: TrieId) {
    DeletionQueueCounter::<T>::mutate(|counter| {
        DeletionQueue::<T>::insert(counter.insert, trie_id);
        counter.insert = counter.insert.wrapping_add(1);
    });
}

/// Deletes as much as `limit` allows, and returns what it took.
pub fn drain<T: Config>(limit: Weight) -> Weight {
    let mut used = T::WeightInfo::on_idle_base();
    if !used.all_lte(limit) {
        return Weight::zero();
    }
    let mut counter = DeletionQueueCounter::<T>::get();
    if counter.is_empty() {
        return used;
    }
    while !counter.is_empty() {
        let with_entry = used.saturating_add(T::WeightInfo::on_idle_entry());
        let room = limit.saturating_sub(with_entry);
        let per_key = T::WeightInfo::on_idle_key();
        let keys = room.checked_div_per_component(&per_key).unwrap_or(0);
        let Ok(keys) = u32::try_from(keys.min(u64::from(u32::MAX))) else { break };
        if keys == 0 || !with_entry.all_lte(limit) {
            break;
        }
        used = with_entry;
        if let Some(trie_id) = DeletionQueue::<T>::get(counter.delete) {
            let removal = child::clear_storage(&storage::child_info(&trie_id), Some(keys), None);
            used = used.saturating_add(per_key.saturating_mul(u64::from(removal.loops)));
            if removal.maybe_cursor.is_some() {
                break;
            }
        }
        DeletionQueue::<T>::remove(counter.delete);
        counter.delete = counter.delete.wrapping_add(1);
    }
    DeletionQueueCounter::<T>::put(counter);
    used
}
