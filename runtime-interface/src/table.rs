// SPDX-License-Identifier: Apache-2.0
//! Import tables in the form in which guests are run against them.

use crate::{
    imports::{Answer, Gather, Price, Reply},
    limits, wire,
};
use alloc::{collections::BTreeMap, vec, vec::Vec};

/// A decoded import table.
#[derive(Debug)]
pub struct ImportTable {
    bytes: Vec<u8>,
    by_symbol: BTreeMap<Vec<u8>, u32>,
    gathers: Vec<Vec<Gather>>,
    replies: Vec<Option<(Reply, Price)>>,
}

impl ImportTable {
    /// Decodes a table; `None` if it is malformed, over a limit, or names a symbol twice.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > limits::REQUEST_BYTES_MAX {
            return None;
        }
        let (imports, answered) = wire::decode_table(bytes)?;
        let mut by_symbol = BTreeMap::new();
        let mut gathers = Vec::with_capacity(imports.len());
        let mut replies = vec![None; imports.len()];
        for (index, (symbol, gather)) in (0..).zip(imports) {
            if by_symbol.insert(symbol.to_vec(), index).is_some() {
                return None;
            }
            gathers.push(gather);
        }
        for known in answered {
            *replies.get_mut(usize::try_from(known.import).ok()?)? = Some((known.reply, known.price));
        }
        Some(Self { bytes: bytes.to_vec(), by_symbol, gathers, replies })
    }

    /// The bytes that it was decoded from.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Index of a symbol.
    pub fn index_of(&self, symbol: &[u8]) -> Option<u32> {
        self.by_symbol.get(symbol).copied()
    }

    /// Gathers of the import with that index.
    pub fn gathers(&self, index: u32) -> &[Gather] {
        usize::try_from(index).ok().and_then(|index| self.gathers.get(index)).map_or(&[], Vec::as_slice)
    }

    /// The answer to the import with that index, if it has one, and its price.
    pub fn answer(&self, index: u32) -> Option<(Answer, Price)> {
        match self.reply(index)? {
            (Reply::Answer(answer), price) => Some((answer, price)),
            (Reply::Final, _) => None,
        }
    }

    /// Whether a call of the import with that index is a guest's last.
    pub fn is_final(&self, index: u32) -> bool {
        matches!(self.reply(index), Some((Reply::Final, _)))
    }

    fn reply(&self, index: u32) -> Option<(Reply, Price)> {
        self.replies.get(usize::try_from(index).ok()?).copied().flatten()
    }
}

impl PartialEq for ImportTable {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for ImportTable {}
