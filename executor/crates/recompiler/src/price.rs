// SPDX-License-Identifier: Apache-2.0
//! When blocks are priced, if that takes longer than counting instructions.
//!
//! Simulating a pipeline is loops over the instructions of a block, and where they end, when each block has another length, is most of
//! what the machine does not foresee. So the blocks of a program that is not small are put into lists by their length while they are
//! translated, and are priced list by list at the end, or when there are many: that takes a fourteenth off the translation of a
//! contract.

use crate::translator::Translator;

/// Programs of fewer bytes of code have so few blocks that the machine remembers all of them.
const CODE_BYTES_MIN: u32 = 4096;
/// Lists; longer blocks are in the last one.
const LISTS: usize = 34;
/// Blocks that are in lists, at most: a megabyte of them.
const BLOCKS_MAX: usize = 1 << 16;
/// Behind the last block of a list.
const NONE: u32 = u32::MAX;

/// A block that has been translated.
struct Unpriced {
    /// Its code offset.
    block: u32,
    instructions: u32,
    /// Where it is charged for.
    charge: u32,
    /// The next one in its list, an index of [`Lists::blocks`].
    next: u32,
}

/// The blocks that are yet to be priced.
pub(crate) struct Lists {
    blocks: Vec<Unpriced>,
    /// Where each list begins, by the length of its blocks.
    first: [u32; LISTS],
}

impl Default for Lists {
    fn default() -> Self {
        Self { blocks: Vec::new(), first: [NONE; LISTS] }
    }
}

impl Lists {
    /// Forgets all blocks.
    fn clear(&mut self) {
        self.blocks.clear();
        self.first = [NONE; LISTS];
    }

    /// Bytes that are kept.
    pub(crate) fn bytes(&self) -> usize {
        self.blocks.capacity() * size_of::<Unpriced>()
    }

    /// Puts the block at code offset `block`, which is charged for at `charge`, into its list.
    #[inline(always)]
    fn push(&mut self, block: u32, instructions: u32, charge: u32) {
        let first = &mut self.first[(instructions as usize).min(LISTS - 1)];
        let next = core::mem::replace(first, self.blocks.len() as u32);
        self.blocks.push(Unpriced { block, instructions, charge, next });
    }
}

impl Translator<'_> {
    /// Whether blocks are priced together, or not at all, where it is only asked what lies within a block: a fault should not take as
    /// long as that.
    #[inline(always)]
    pub(crate) fn prices_later(&self) -> bool {
        self.model.is_some() && (self.code.len() >= CODE_BYTES_MIN || self.marks.is_some())
    }

    /// Has the block at code offset `block`, which is charged for at `charge`, priced with others.
    #[inline(always)]
    pub(crate) fn price_later(&mut self, block: u32, instructions: u32, charge: u32) {
        if self.scratch.unpriced.blocks.len() == BLOCKS_MAX {
            self.price();
        }
        self.scratch.unpriced.push(block, instructions, charge);
    }

    /// Prices the blocks that have not been.
    #[inline(never)]
    pub(crate) fn price(&mut self) {
        if self.scratch.unpriced.blocks.is_empty() {
            return;
        }
        let mut lists = core::mem::take(&mut self.scratch.unpriced);
        for first in &lists.first {
            let mut next = *first;
            while let Some(Unpriced { block, instructions, charge, next: behind }) =
                lists.blocks.get(next as usize)
            {
                let cost = self.cost(*block, *instructions);
                self.fill_in(*block, *charge, self.charge, cost);
                next = *behind;
            }
        }
        lists.clear();
        self.scratch.unpriced = lists;
    }
}
