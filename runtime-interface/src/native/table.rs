// SPDX-License-Identifier: Apache-2.0
//! The last import table that the process used.
//!
//! A runtime sends its table with every entry, a kilobyte or two that are the same each time. The process therefore
//! keeps the last decoded table and only compares bytes. Decoding is a pure function of those bytes, so this cannot be
//! observed.

use crate::table::ImportTable;
use std::sync::{Arc, Mutex, PoisonError};

/// The table that these bytes encode, decoded or remembered.
pub(super) fn import_table(bytes: &[u8]) -> Option<Arc<ImportTable>> {
    static LAST: Mutex<Option<Arc<ImportTable>>> = Mutex::new(None);
    // The lock is never held while something can panic, and what it guards is replaced as a whole.
    let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some(table) = last.filter(|table| table.bytes() == bytes) {
        return Some(table);
    }
    let table = Arc::new(ImportTable::decode(bytes)?);
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(table.clone());
    Some(table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        imports::{Import, Imports},
        wire,
    };

    #[test]
    fn tables_are_decoded_once_and_compared_by_content() {
        let first = wire::encode_imports(&Imports(&[
            Import { symbol: "a", gather: &[] },
            Import { symbol: "b", gather: &[] },
        ]))
        .unwrap();
        let second = wire::encode_imports(&Imports(&[Import { symbol: "b", gather: &[] }])).unwrap();
        for _ in 0..2 {
            let table = import_table(&first).unwrap();
            assert_eq!(table.index_of(b"b"), Some(1));
            assert_eq!(table.index_of(b"c"), None);
            assert_eq!(import_table(&second).unwrap().index_of(b"b"), Some(0));
            assert_ne!(*table, *import_table(&second).unwrap());
        }
    }

    #[test]
    fn a_symbol_twice_is_refused() {
        let table = Imports(&[Import { symbol: "a", gather: &[] }, Import { symbol: "a", gather: &[] }]);
        assert!(import_table(&wire::encode_imports(&table).unwrap()).is_none());
    }
}
