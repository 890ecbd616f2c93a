// SPDX-License-Identifier: Apache-2.0
//! Transient storage: items that live for one transaction.
//!
//! The budget of [`limits::TRANSIENT_BYTES_MAX`] counts what the implementation needs in the worst case: key and value of every
//! write that changes something with a journal record, and for a new key one more copy of the key with its record. Deleting
//! gives nothing back, because the journal grows. The record sizes are constants and not those of the Rust types, which differ
//! between a 32-bit runtime and a native build; about twenty fresh 32-byte items fit.

use crate::{limits, storage::Key};
use alloc::{collections::BTreeMap, format, string::String, vec::Vec};
use sp_core::H160;

/// Bytes that one journal record counts beside key and value.
const JOURNAL_RECORD_BYTES: usize = 24;
/// Bytes that one item counts beside its key.
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

/// One item was changed.
struct JournalRecord {
    key: Vec<u8>,
    old: Option<Vec<u8>>,
}

/// A frame began.
#[derive(Clone, Copy)]
struct Checkpoint {
    journal_len: usize,
    used: usize,
    limit: usize,
}

/// The transient items of all accounts.
#[derive(Default)]
pub struct TransientStorage {
    items: BTreeMap<Vec<u8>, Vec<u8>>,
    journal: Vec<JournalRecord>,
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
        self.checkpoints.push(Checkpoint { journal_len: self.journal.len(), used: self.used, limit });
    }

    /// Ends a frame and undoes its changes, unless they are to be kept.
    pub fn end(&mut self, keep: bool) {
        let Some(checkpoint) = self.checkpoints.pop() else { return };
        if keep {
            return;
        }
        while self.journal.len() > checkpoint.journal_len {
            if let Some(JournalRecord { key, old }) = self.journal.pop() {
                match old {
                    Some(value) => self.items.insert(key, value),
                    None => self.items.remove(&key),
                };
            }
        }
        self.used = checkpoint.used;
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
        let mut cost =
            key.len().saturating_add(value.map_or(0, <[u8]>::len)).saturating_add(JOURNAL_RECORD_BYTES);
        if old.is_none() {
            cost = cost.saturating_add(key.len()).saturating_add(ITEM_RECORD_BYTES);
        }
        let used = self.used.saturating_add(cost);
        let limit = self.checkpoints.last().map_or(limits::TRANSIENT_BYTES_MAX as usize, |frame| frame.limit);
        if used > limit {
            return Err(OutOfTransientStorage { used, limit });
        }
        self.used = used;
        let old = match value {
            Some(value) => self.items.insert(key.clone(), value.to_vec()),
            None => self.items.remove(&key),
        };
        self.journal.push(JournalRecord { key, old });
        Ok(old_len)
    }
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
        assert!(storage.used > used);
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
    fn deeper_frames_leave_a_sixteenth() {
        let mut storage = TransientStorage::default();
        storage.begin();
        storage.begin();
        assert_eq!(storage.checkpoints.last().unwrap().limit, 4096 - 256);
    }
}
