// SPDX-License-Identifier: Apache-2.0
//! Transient storage: items that live for one transaction.
//!
//! The budget of [`limits::TRANSIENT_BYTES_MAX`] counts what is held: each item, and in each frame that runs what it has to undo,
//! which is one record for each item that it changed. A frame that ended leaves its records to the one below it, but for items that
//! are as they were when it began. So a guard against reentrancy, set and cleared again, costs nothing once it is done, however
//! often a transaction comes by. The record sizes are constants and not those of the Rust types, which differ
//! between a 32-bit runtime and a native build; about twenty fresh 32-byte items fit.

use crate::{limits, storage::Key};
use alloc::{
    collections::{btree_map::Entry, BTreeMap},
    format,
    string::String,
    vec::Vec,
};
use sp_core::H160;

/// Bytes that one journal record counts beside key and value.
const JOURNAL_RECORD_BYTES: usize = 24;
/// Bytes that one item counts beside key and value.
const ITEM_RECORD_BYTES: usize = 12;

/// The budget is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfTransientStorage {
    /// Bytes in use, with the write that was refused.
    pub used: usize,
    /// Bytes that the frame may see in use.
    pub limit: usize,
}

impl OutOfTransientStorage {
    /// The numbers as text.
    pub fn into_text(self) -> String {
        format!("{} bytes of transient storage would be in use, the limit is {}", self.used, self.limit)
    }
}

/// A frame began.
struct Checkpoint {
    /// What the items that the frame changed were before.
    journal: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    used: usize,
    limit: usize,
}

/// The transient items of all accounts.
#[derive(Default)]
pub struct TransientStorage {
    items: BTreeMap<Vec<u8>, Vec<u8>>,
    used: usize,
    checkpoints: Vec<Checkpoint>,
}

impl TransientStorage {
    /// Begins a frame. The first may use the whole budget, each deeper one 15/16 of what is free when it begins.
    pub fn begin(&mut self) {
        let limit = match self.checkpoints.last() {
            None => limits::TRANSIENT_BYTES_MAX as usize,
            Some(outer) => {
                let free = outer.limit.saturating_sub(self.used);
                self.used.saturating_add(free - free.div_ceil(16))
            }
        };
        self.checkpoints.push(Checkpoint { journal: BTreeMap::new(), used: self.used, limit });
    }

    /// Ends a frame and undoes its changes, unless they are to be kept.
    pub fn end(&mut self, keep: bool) {
        let Some(checkpoint) = self.checkpoints.pop() else { return };
        if !keep {
            for (key, old) in checkpoint.journal {
                match old {
                    Some(value) => self.items.insert(key, value),
                    None => self.items.remove(&key),
                };
            }
            self.used = checkpoint.used;
            return;
        }
        let Some(outer) = self.checkpoints.last_mut() else { return };
        for (key, old) in checkpoint.journal {
            let record = journal_bytes(&key, old.as_deref());
            match outer.journal.entry(key) {
                Entry::Vacant(vacant) if self.items.get(vacant.key()) != old.as_ref() => {
                    vacant.insert(old);
                }
                _ => self.used = self.used.saturating_sub(record),
            }
        }
    }

    /// The value at `key` of `address`.
    pub fn read(&self, address: &H160, key: &Key) -> Option<&[u8]> {
        self.items.get(&full_key(address, key)).map(Vec::as_slice)
    }

    /// Sets or, for `None`, removes the value at `key` of `address`. Returns the length of the old value.
    pub fn write(
        &mut self,
        address: &H160,
        key: &Key,
        value: Option<&[u8]>,
    ) -> Result<Option<u32>, OutOfTransientStorage> {
        let key = full_key(address, key);
        let old = self.items.get(&key);
        let old_len = old.map(|old| old.len() as u32);
        if old.map(Vec::as_slice) == value {
            return Ok(old_len);
        }
        let record = match self.checkpoints.last() {
            Some(frame) if frame.journal.contains_key(&key) => 0,
            _ => journal_bytes(&key, old.map(Vec::as_slice)),
        };
        let used = self
            .used
            .saturating_add(record)
            .saturating_add(item_bytes(&key, value))
            .saturating_sub(item_bytes(&key, old.map(Vec::as_slice)));
        let limit = self.checkpoints.last().map_or(limits::TRANSIENT_BYTES_MAX as usize, |frame| frame.limit);
        if used > limit {
            return Err(OutOfTransientStorage { used, limit });
        }
        self.used = used;
        let old = match value {
            Some(value) => self.items.insert(key.clone(), value.to_vec()),
            None => self.items.remove(&key),
        };
        if let Some(frame) = self.checkpoints.last_mut() {
            frame.journal.entry(key).or_insert(old);
        }
        Ok(old_len)
    }
}

/// What an item counts.
fn item_bytes(key: &[u8], value: Option<&[u8]>) -> usize {
    value.map_or(0, |value| key.len().saturating_add(value.len()).saturating_add(ITEM_RECORD_BYTES))
}

/// What it counts that an item was `old`.
fn journal_bytes(key: &[u8], old: Option<&[u8]>) -> usize {
    key.len().saturating_add(old.map_or(0, <[u8]>::len)).saturating_add(JOURNAL_RECORD_BYTES)
}

fn full_key(address: &H160, key: &Key) -> Vec<u8> {
    let mut full = address.as_bytes().to_vec();
    full.extend_from_slice(&key.hashed());
    full
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: H160 = H160([1; 20]);

    fn key(n: u8) -> Key {
        Key::Fix([n; 32])
    }

    #[test]
    fn about_twenty_items_fit_and_no_more() {
        let mut storage = TransientStorage::default();
        storage.begin();
        let fitting =
            (0..=255).take_while(|n| storage.write(&ADDRESS, &key(*n), Some(&[7; 32])).is_ok()).count();
        assert!((19..=24).contains(&fitting), "{fitting} items");
    }

    #[test]
    fn an_ended_frame_leaves_nothing_unless_kept() {
        let mut storage = TransientStorage::default();
        storage.begin();
        storage.write(&ADDRESS, &key(1), Some(&[1])).unwrap();
        storage.begin();
        storage.write(&ADDRESS, &key(1), Some(&[2, 2])).unwrap();
        storage.write(&ADDRESS, &key(2), Some(&[3])).unwrap();
        storage.write(&ADDRESS, &key(1), None).unwrap();
        storage.end(false);
        assert_eq!(storage.read(&ADDRESS, &key(1)), Some(&[1][..]));
        assert_eq!(storage.read(&ADDRESS, &key(2)), None);
        let used = storage.used;
        storage.begin();
        storage.write(&ADDRESS, &key(1), Some(&[4])).unwrap();
        storage.end(true);
        assert_eq!(storage.read(&ADDRESS, &key(1)), Some(&[4][..]));
        // The item is as long as before, and what the outer frame has to undo is known already.
        assert_eq!(storage.used, used);
    }

    #[test]
    fn unchanged_values_cost_nothing_and_accounts_do_not_meet() {
        let mut storage = TransientStorage::default();
        storage.begin();
        assert_eq!(storage.write(&ADDRESS, &key(1), Some(&[1])), Ok(None));
        let used = storage.used;
        assert_eq!(storage.write(&ADDRESS, &key(1), Some(&[1])), Ok(Some(1)));
        assert_eq!(storage.write(&ADDRESS, &key(9), None), Ok(None));
        assert_eq!(storage.used, used);
        assert_eq!(storage.read(&H160([2; 20]), &key(1)), None);
    }

    #[test]
    fn what_a_frame_puts_back_costs_nothing_afterwards() {
        let mut storage = TransientStorage::default();
        storage.begin();
        storage.write(&ADDRESS, &key(1), Some(&[1; 32])).unwrap();
        storage.write(&ADDRESS, &key(3), Some(&[1; 32])).unwrap();
        storage.write(&ADDRESS, &key(3), None).unwrap();
        let used = storage.used;
        for round in 0..1_000u32 {
            storage.begin();
            // A guard, set and cleared.
            storage.write(&ADDRESS, &key(2), Some(&[1; 32])).unwrap();
            storage.write(&ADDRESS, &key(2), None).unwrap();
            // And an item of the frame below, changed and put back.
            storage.write(&ADDRESS, &key(1), Some(&[2; 32])).unwrap();
            storage.write(&ADDRESS, &key(1), Some(&[1; 32])).unwrap();
            storage.end(true);
            assert_eq!(storage.used, used);
            // A counter, by that frame's own hand.
            storage.write(&ADDRESS, &key(3), Some(&round.to_le_bytes())).unwrap();
            storage.write(&ADDRESS, &key(3), None).unwrap();
            assert_eq!(storage.used, used);
        }
    }

    #[test]
    fn the_outermost_of_several_changes_decides_what_is_undone() {
        let mut storage = TransientStorage::default();
        storage.begin();
        storage.write(&ADDRESS, &key(1), Some(&[1])).unwrap();
        let used = storage.used;
        storage.begin();
        for value in 2..5 {
            storage.begin();
            storage.write(&ADDRESS, &key(1), Some(&[value])).unwrap();
            storage.write(&ADDRESS, &key(value), Some(&[value])).unwrap();
            storage.end(true);
        }
        assert_eq!(storage.read(&ADDRESS, &key(1)), Some(&[4][..]));
        storage.end(false);
        assert_eq!(storage.read(&ADDRESS, &key(1)), Some(&[1][..]));
        for gone in 2..5 {
            assert_eq!(storage.read(&ADDRESS, &key(gone)), None);
        }
        assert_eq!(storage.used, used);
        storage.end(false);
        assert_eq!((storage.items.len(), storage.used), (0, 0));
    }

    #[test]
    fn deeper_frames_leave_a_sixteenth() {
        let mut storage = TransientStorage::default();
        storage.begin();
        storage.begin();
        assert_eq!(storage.checkpoints.last().unwrap().limit, 4096 - 256);
    }
}
