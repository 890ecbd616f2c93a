// SPDX-License-Identifier: Apache-2.0
//! Sections of data, with what is to be written into them once addresses are known.

use super::{BlockId, DataId};

/// A section of data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct DataSection {
    pub(crate) name: String,
    pub(crate) kind: DataKind,
    pub(crate) align: u64,
    /// In memory, in bytes.
    pub(crate) size: u64,
    /// From the file; the rest is zero.
    pub(crate) bytes: Vec<u8>,
    /// In the order of their offsets.
    pub(crate) fixups: Vec<Fixup>,
    /// Whether it is part of the program.
    pub(crate) kept: bool,
}

/// Which region a section goes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum DataKind {
    ReadOnly,
    ReadWrite,
    Zero,
}

/// What an address is one of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Place {
    Code(BlockId),
    Data(DataId, i64),
    /// Nothing: it is known as it is.
    Number(i64),
}

/// What is written at one place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fixup {
    /// Byte in the section.
    pub(crate) offset: u64,
    /// How many bytes are written.
    pub(crate) bytes: u8,
    pub(crate) value: FixupValue,
}

/// The value that is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FixupValue {
    /// The address.
    Absolute(Place),
    /// The first address minus the second. Either may be that of code: the guest adds the second again.
    Difference(Place, Place),
}

impl FixupValue {
    /// Calls `f` with each place that it refers to.
    pub(crate) fn for_each_place(&self, mut f: impl FnMut(Place)) {
        match *self {
            Self::Absolute(place) => f(place),
            Self::Difference(first, second) => {
                f(first);
                f(second);
            }
        }
    }

    /// Replaces each block.
    pub(crate) fn map_blocks(&mut self, f: impl Fn(BlockId) -> BlockId) {
        let place = |place: &mut Place| {
            if let Place::Code(block) = place {
                *block = f(*block);
            }
        };
        match self {
            Self::Absolute(first) => place(first),
            Self::Difference(first, second) => {
                place(first);
                place(second);
            }
        }
    }
}

impl DataSection {
    /// The fixups that touch the bytes from `offset` to `offset + bytes`.
    pub(crate) fn fixups_in(&self, offset: u64, bytes: u64) -> &[Fixup] {
        // No fixup is longer than 8 bytes.
        let from = self.fixups.partition_point(|fixup| fixup.offset + u64::from(fixup.bytes) <= offset);
        let to = self.fixups.partition_point(|fixup| fixup.offset < offset.saturating_add(bytes));
        self.fixups.get(from..to).unwrap_or_default()
    }
}
