// SPDX-License-Identifier: Apache-2.0
//! The import table: which symbols a contract may import, and which guest memory the host hands over with each call.
//!
//! A runtime states the table once as a constant. The host resolves a blob's imports against it when it loads the
//! module, so that an exit names an import by its index here, and it reads the declared ranges of guest memory
//! (a *gather* each) in the same crossing.
//!
//! Beside the table stand the [`Answer`]s: calls that are answered where the guest runs, without a crossing, from what the runtime gave
//! it when it entered the guest, at prices that the runtime sets.

pub use revive_vm_primitives::answers::{Answer, Operand, Price};

use crate::table::ImportTable;
use alloc::{sync::Arc, vec::Vec};
use core::cell::OnceCell;

/// How long a gathered range is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Always this many bytes.
    Fixed(u32),
    /// As many bytes as the operand says.
    Bytes {
        /// Number of bytes.
        count: Operand,
        /// More bytes than this are not gathered: [`Gathered::TooLong`](crate::Gathered::TooLong).
        max: u32,
    },
    /// As many items of a fixed size as the operand says.
    Items {
        /// Number of items.
        count: Operand,
        /// Bytes of one item.
        item_bytes: u32,
        /// More items than this are not gathered: [`Gathered::TooLong`](crate::Gathered::TooLong), counted in items.
        count_max: u32,
    },
    /// A storage key: as many bytes as the operand says, where `u32::MAX` stands for a key of exactly 32 bytes
    /// (contract ABI, "Storage").
    Key {
        /// Number of bytes or `u32::MAX`.
        len: Operand,
        /// More bytes than this are not gathered: [`Gathered::TooLong`](crate::Gathered::TooLong).
        max: u32,
    },
}

/// What a [`Length`] comes to for given registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measured {
    /// This many bytes.
    Bytes(u64),
    /// Over the maximum; both in the unit that [`Length`] documents.
    TooLong {
        /// What the guest asked for.
        len: u64,
        /// What the table allows.
        max: u32,
    },
}

impl Length {
    /// Bytes of a key whose length operand is `u32::MAX`.
    const FIXED_KEY_BYTES: u64 = 32;

    /// The length for the given a0 to a5.
    pub fn measure(self, args: &[u64; 6]) -> Measured {
        let bounded = |operand: Operand, max: u32, item_bytes: u64| {
            let count = operand.read(args);
            if count > max {
                Measured::TooLong { len: u64::from(count), max }
            } else {
                Measured::Bytes(u64::from(count) * item_bytes)
            }
        };
        match self {
            Self::Fixed(bytes) => Measured::Bytes(u64::from(bytes)),
            Self::Bytes { count, max } => bounded(count, max, 1),
            Self::Items { count, item_bytes, count_max } => bounded(count, count_max, u64::from(item_bytes)),
            Self::Key { len, .. } if len.read(args) == u32::MAX => Measured::Bytes(Self::FIXED_KEY_BYTES),
            Self::Key { len, max } => bounded(len, max, 1),
        }
    }

    /// The largest number of bytes that this can come to.
    pub fn bytes_max(self) -> u64 {
        match self {
            Self::Fixed(bytes) => u64::from(bytes),
            Self::Bytes { max, .. } => u64::from(max),
            Self::Items { item_bytes, count_max, .. } => u64::from(item_bytes) * u64::from(count_max),
            Self::Key { max, .. } => u64::from(max).max(Self::FIXED_KEY_BYTES),
        }
    }
}

/// A range of guest memory that the host hands over with an exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gather {
    /// First byte of the range. Not looked at when the length is 0.
    pub address: Operand,
    /// Length of the range.
    pub length: Length,
}

/// The declared signature of one import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Import {
    /// The symbol as it is in the blob's import section, byte for byte.
    pub symbol: &'static str,
    /// The ranges to hand over, at most [`GATHERS_MAX`](crate::limits::GATHERS_MAX), in the order in which
    /// [`ExitRecord::gathered`](crate::ExitRecord::gathered) numbers them.
    pub gather: &'static [Gather],
}

/// An import table: at most [`IMPORTS_MAX`](crate::limits::IMPORTS_MAX) entries, no symbol twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Imports(pub &'static [Import]);

impl Imports {
    /// Index of the import of that symbol.
    pub fn index_of(&self, symbol: &[u8]) -> Option<usize> {
        self.0.iter().position(|import| import.symbol.as_bytes() == symbol)
    }
}

/// What becomes of calls of an import without asking the runtime, or after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Whoever runs the guest answers them, from what the runtime gave when it entered the guest: constants by their number in
    /// [`Frame::constants`](crate::Frame::constants), input, and output of the last callee. Where it cannot, because an address is
    /// bad, a constant is missing, the input is gone or the gas does not suffice, nothing is charged, nothing changes, and the
    /// call exits to the runtime, as for an import without an answer. So the runtime alone decides about everything out of
    /// the ordinary.
    Answer(Answer),
    /// They exit to the runtime, and are the last ones. The instance is gone after that.
    Final,
}

/// The answer to one import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Index of the import in the table.
    pub import: u32,
    /// The answer.
    pub reply: Reply,
    /// What an answer costs, in units of gas.
    pub price: Price,
}

/// An import table with its answers, in the form in which it crosses the boundary. Made once and used for many entries.
#[derive(Clone, Debug)]
pub struct EncodedTable {
    bytes: Vec<u8>,
    decoded: OnceCell<Option<Arc<ImportTable>>>,
}

impl EncodedTable {
    /// Encodes a table. `None` if a count or a symbol does not fit into its field.
    pub fn new(imports: &Imports, answers: &[Answered]) -> Option<Self> {
        let bytes = crate::wire::encode_table(imports, answers)?;
        Some(Self { bytes, decoded: OnceCell::new() })
    }

    /// The bytes that cross the boundary.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The decoded table, for engines on this side of the boundary; `None` if it is over a limit or ambiguous.
    pub fn decoded(&self) -> Option<Arc<ImportTable>> {
        self.decoded.get_or_init(|| ImportTable::decode(&self.bytes).map(Arc::new)).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARGS: [u64; 6] = [0x1111_1111_2222_2222, u64::MAX, 7, 0x0000_0020_0000_0003, 0, 9];

    #[test]
    fn lengths_are_measured_against_their_maximum() {
        assert_eq!(Length::Fixed(20).measure(&ARGS), Measured::Bytes(20));
        assert_eq!(Length::Bytes { count: Operand::Low(2), max: 7 }.measure(&ARGS), Measured::Bytes(7));
        assert_eq!(
            Length::Bytes { count: Operand::Low(2), max: 6 }.measure(&ARGS),
            Measured::TooLong { len: 7, max: 6 }
        );
        let topics = |count_max| Length::Items { count: Operand::Low(3), item_bytes: 32, count_max };
        assert_eq!(topics(4).measure(&ARGS), Measured::Bytes(96));
        assert_eq!(topics(2).measure(&ARGS), Measured::TooLong { len: 3, max: 2 });
        let huge = Length::Items { count: Operand::Low(1), item_bytes: u32::MAX, count_max: u32::MAX };
        assert_eq!(huge.measure(&ARGS), Measured::Bytes(u64::from(u32::MAX) * u64::from(u32::MAX)));
    }

    #[test]
    fn an_all_ones_key_length_means_32_bytes() {
        assert_eq!(Length::Key { len: Operand::Low(1), max: 128 }.measure(&ARGS), Measured::Bytes(32));
        assert_eq!(Length::Key { len: Operand::Low(5), max: 128 }.measure(&ARGS), Measured::Bytes(9));
        assert_eq!(
            Length::Key { len: Operand::Low(5), max: 8 }.measure(&ARGS),
            Measured::TooLong { len: 9, max: 8 }
        );
        assert_eq!(Length::Key { len: Operand::Low(5), max: 8 }.bytes_max(), 32);
    }
}
