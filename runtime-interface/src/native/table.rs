// SPDX-License-Identifier: Apache-2.0
//! Import tables as the host keeps them.
//!
//! A runtime sends its table with every load, a kilobyte or two that are the same each time. The process therefore
//! keeps the last decoded table and only compares bytes. Decoding is a pure function of those bytes, so this cannot be
//! observed.

use crate::{imports::Gather, limits, wire};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// A decoded import table.
#[derive(Debug)]
pub(super) struct ImportTable {
    bytes: Vec<u8>,
    by_symbol: HashMap<Vec<u8>, u32>,
    gathers: Vec<Vec<Gather>>,
}

impl ImportTable {
    /// Decodes a table; `None` if it is malformed, over a limit, or names a symbol twice.
    fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > limits::REQUEST_BYTES_MAX {
            return None;
        }
        let imports = wire::decode_imports(bytes)?;
        let mut by_symbol = HashMap::with_capacity(imports.len());
        let mut gathers = Vec::with_capacity(imports.len());
        for (index, (symbol, gather)) in (0..).zip(imports) {
            if by_symbol.insert(symbol.to_vec(), index).is_some() {
                return None;
            }
            gathers.push(gather);
        }
        Some(Self { bytes: bytes.to_vec(), by_symbol, gathers })
    }

    /// The table that these bytes encode, decoded or remembered.
    pub(super) fn get(bytes: &[u8]) -> Option<Arc<Self>> {
        static LAST: Mutex<Option<Arc<ImportTable>>> = Mutex::new(None);
        // The lock is never held while something can panic, and what it guards is replaced as a whole.
        let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(table) = last.filter(|table| table.bytes == bytes) {
            return Some(table);
        }
        let table = Arc::new(Self::decode(bytes)?);
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(table.clone());
        Some(table)
    }

    /// Index of a symbol.
    pub(super) fn index_of(&self, symbol: &[u8]) -> Option<u32> {
        self.by_symbol.get(symbol).copied()
    }

    /// Gathers of the import with that index.
    pub(super) fn gathers(&self, index: u32) -> &[Gather] {
        usize::try_from(index).ok().and_then(|index| self.gathers.get(index)).map_or(&[], Vec::as_slice)
    }
}

impl PartialEq for ImportTable {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for ImportTable {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::{Import, Imports};

    #[test]
    fn tables_are_decoded_once_and_compared_by_content() {
        let first = wire::encode_imports(&Imports(&[
            Import { symbol: "a", gather: &[] },
            Import { symbol: "b", gather: &[] },
        ]))
        .unwrap();
        let second = wire::encode_imports(&Imports(&[Import { symbol: "b", gather: &[] }])).unwrap();
        for _ in 0..2 {
            let table = ImportTable::get(&first).unwrap();
            assert_eq!(table.index_of(b"b"), Some(1));
            assert_eq!(table.index_of(b"c"), None);
            assert_eq!(ImportTable::get(&second).unwrap().index_of(b"b"), Some(0));
            assert_ne!(*table, *ImportTable::get(&second).unwrap());
        }
    }

    #[test]
    fn a_symbol_twice_is_refused() {
        let table = Imports(&[Import { symbol: "a", gather: &[] }, Import { symbol: "a", gather: &[] }]);
        assert!(ImportTable::get(&wire::encode_imports(&table).unwrap()).is_none());
    }
}
