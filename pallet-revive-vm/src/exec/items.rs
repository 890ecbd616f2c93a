// SPDX-License-Identifier: Apache-2.0
//! Storage items of the running frame, persistent and transient, with their prices.
//!
//! Sizes are not known before the access, so the largest value is charged first and the difference given back.

use super::Stack;
use crate::{
    limits::STORAGE_VALUE_BYTES_MAX,
    storage::{self, Key},
    tracing::{Action, Listening},
    Config, Error, WeightInfo,
};
use alloc::vec::Vec;
use frame_support::weights::Weight;

/// Which of the two storages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageKind {
    /// Part of the state.
    Persistent,
    /// Gone when the transaction ends.
    Transient,
}

impl StorageKind {
    /// The storage that the flags of a storage function mean.
    pub fn from_flags<T: Config>(flags: u32) -> Result<Self, Error<T>> {
        match flags {
            0 => Ok(Self::Persistent),
            1 => Ok(Self::Transient),
            _ => Err(Error::<T>::InvalidStorageFlags),
        }
    }

    fn read_weight<T: Config>(self, len: u32) -> Weight {
        match self {
            Self::Persistent => T::WeightInfo::host_get_storage(len),
            Self::Transient => T::WeightInfo::host_get_transient(len),
        }
    }

    fn write_weight<T: Config>(self, new: u32, old: u32) -> Weight {
        match self {
            Self::Persistent => T::WeightInfo::host_set_storage(new, old),
            Self::Transient => T::WeightInfo::host_set_transient(new, old),
        }
    }
}

/// An access that was paid for and has not been made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access {
    kind: StorageKind,
    /// Bytes of the new value, for a write.
    new: u32,
}

impl<T: Config> Stack<T> {
    /// Charges for reading the largest item.
    pub(crate) fn charge_read(&mut self, kind: StorageKind) -> Result<Access, Error<T>> {
        self.charge(kind.read_weight::<T>(STORAGE_VALUE_BYTES_MAX))?;
        Ok(Access { kind, new: 0 })
    }

    /// Charges for writing `new` bytes over the largest item.
    pub(crate) fn charge_write(&mut self, kind: StorageKind, new: u32) -> Result<Access, Error<T>> {
        self.charge(kind.write_weight::<T>(new, STORAGE_VALUE_BYTES_MAX))?;
        Ok(Access { kind, new })
    }

    /// The value at `key` of the running frame's contract.
    pub(crate) fn read_item(&mut self, access: Access, key: &Key) -> Option<Vec<u8>> {
        let kind = access.kind;
        let bytes = self.peek_item(kind, key);
        self.tell(|recorder| {
            let transient = kind == StorageKind::Transient;
            recorder.act(Action::Read { transient, key: key.bytes().to_vec(), value: bytes.clone() });
        });
        let len = bytes.as_ref().map_or(0, |bytes| bytes.len() as u32);
        self.adjust(kind.read_weight::<T>(STORAGE_VALUE_BYTES_MAX), kind.read_weight::<T>(len));
        bytes
    }

    /// The first 32 bytes of the value at `key`, zeros behind its end or where nothing is.
    pub(crate) fn read_word(&mut self, access: Access, key: &Key) -> [u8; 32] {
        if access.kind == StorageKind::Transient || self.listening != Listening::Off {
            let mut word = [0; 32];
            for (to, from) in word.iter_mut().zip(self.read_item(access, key).unwrap_or_default()) {
                *to = from;
            }
            return word;
        }
        let kind = access.kind;
        let (word, len) = storage::read_word(&self.top().trie, key).unwrap_or_default();
        self.adjust(kind.read_weight::<T>(STORAGE_VALUE_BYTES_MAX), kind.read_weight::<T>(len));
        word
    }

    /// As [`Self::read_item`], as a part of an access that gives back what was charged too much itself.
    pub(crate) fn peek_item(&self, kind: StorageKind, key: &Key) -> Option<Vec<u8>> {
        let frame = self.top();
        match kind {
            StorageKind::Persistent => storage::read(&frame.trie, key),
            StorageKind::Transient => self.transient.read(&frame.address, key).map(<[u8]>::to_vec),
        }
    }

    /// Sets or, for `None`, removes the value at `key` of the running frame's contract. Returns the length of the old value.
    pub(crate) fn write_item(
        &mut self,
        access: Access,
        key: &Key,
        bytes: Option<&[u8]>,
    ) -> Result<Option<u32>, Error<T>> {
        let Access { kind, new } = access;
        self.tell(|recorder| {
            recorder.act(Action::Write {
                transient: kind == StorageKind::Transient,
                key: key.bytes().to_vec(),
                old: self.peek_item(kind, key),
                new: bytes.map(<[u8]>::to_vec),
            });
        });
        let old_len = match kind {
            StorageKind::Persistent => {
                let frame = self.top_mut();
                storage::write(&frame.trie, key, bytes, &mut frame.meter.deposit.diff)
            }
            StorageKind::Transient => {
                let address = self.top().address;
                self.transient.write(&address, key, bytes).map_err(|full| {
                    self.note(full.into_text());
                    Error::<T>::OutOfTransientStorage
                })?
            }
        };
        let charged = kind.write_weight::<T>(new, STORAGE_VALUE_BYTES_MAX);
        self.adjust(charged, kind.write_weight::<T>(new, old_len.unwrap_or(0)));
        Ok(old_len)
    }
}
