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

use super::{blocks::redirect, collect::collect, Context};
use crate::hash::FastMap;
use crate::{
    analysis::Reach,
    ir::{BlockId, Inst, Program, Terminator},
    size,
};

/// Bytes of a block that is worth a jump.
const BYTES_MIN: u64 = 6;

/// Each round finds what the round before made equal; functions that call equal functions are found in one round per
/// level of calls.
const ROUNDS_MAX: usize = 24;

/// Runs the pass.
pub(super) fn run(program: &mut Program, _: &mut Context<'_>) {
    for _ in 0..ROUNDS_MAX {
        if !round(program) {
            break;
        }
    }
}

fn round(program: &mut Program) -> bool {
    let reach = Reach::new(program);
    let mut first: FastMap<(Vec<Inst>, Terminator), BlockId> = FastMap::default();
    let mut target: Vec<BlockId> = (0..program.blocks.len() as u32).map(BlockId).collect();
    let mut changed = false;
    for &id in &program.order {
        let block = program.block(id);
        if size::insts(block) + size::end(&block.end) < BYTES_MIN || reach.address_taken[id.index()] {
            continue;
        }
        let key = (block.insts.iter().map(|node| node.inst).collect::<Vec<_>>(), block.end);
        let kept = *first.entry(key).or_insert(id);
        if kept != id {
            target[id.index()] = kept;
            changed = true;
        }
    }
    if changed {
        redirect(program, |id| target[id.index()]);
        collect(program);
    }
    changed
}
