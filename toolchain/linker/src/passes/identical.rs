// SPDX-License-Identifier: Apache-2.0
//! Keeps one of several equal blocks. Whole functions that are equal, as generic code makes them, become one.
//!
//! Before:
//! ```text
//! @1: a0 = 1, jump [ra]
//! @2: a0 = 1, jump [ra]
//! @3: jump @1 if a0 Eq 0 else @2
//! ```
//! After:
//! ```text
//! @1: a0 = 1, jump [ra]
//! @3: jump @1
//! ```
//!
//! Blocks are equal if their instructions are, and they lead to the same blocks; what is merged makes others equal, so
//! it is done again. Functions whose addresses the program compares stay apart: of the blocks whose address is taken
//! otherwise than by a call, no two are merged. A block that others fall into is only worth merging if it is longer than
//! the jump that takes its place.

#[cfg(test)]
mod tests;

use super::{blocks::redirect, collect, Context};
use std::hash::{Hash, Hasher};

use crate::hash::{FastHasher, FastMap};
use crate::{
    ir::{Block, BlockId, Program},
    size,
};

/// Bytes of a block that is worth a jump.
const BYTES_MIN: u64 = 6;

/// Each round finds what the round before made equal; functions that call equal functions are found in one round per
/// level of calls.
const ROUNDS_MAX: usize = 24;

/// Runs the pass.
pub(super) fn run(program: &mut Program, context: &mut Context<'_>) {
    context.flow_changed();
    for _ in 0..ROUNDS_MAX {
        if !round(program, context) {
            break;
        }
    }
}

fn round(program: &mut Program, context: &mut Context<'_>) -> bool {
    let reach = context.reach(program);
    // The first block of each kind by the hash of what is in it; what has the same hash and is not equal is left alone.
    let mut first: FastMap<u64, BlockId> = FastMap::default();
    let mut target: Vec<BlockId> = (0..program.blocks.len() as u32).map(BlockId).collect();
    let mut changed = false;
    for &id in &program.order {
        let block = program.block(id);
        if size::insts(block) + size::end(&block.end) < BYTES_MIN || reach.address_taken[id.index()] {
            continue;
        }
        let kept = *first.entry(hash(block)).or_insert(id);
        if kept != id && is_equal(program.block(kept), block) {
            target[id.index()] = kept;
            changed = true;
        }
    }
    if changed {
        let map = |id: BlockId| target[id.index()];
        redirect(program, map, map);
        collect::run(program, context);
    }
    changed
}

fn hash(block: &Block) -> u64 {
    let mut hasher = FastHasher::default();
    block.end.hash(&mut hasher);
    block.insts.iter().for_each(|node| node.inst.hash(&mut hasher));
    hasher.finish()
}

fn is_equal(a: &Block, b: &Block) -> bool {
    a.end == b.end
        && a.insts.len() == b.insts.len()
        && a.insts.iter().zip(&b.insts).all(|(a, b)| a.inst == b.inst)
}
