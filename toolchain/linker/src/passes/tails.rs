// SPDX-License-Identifier: Apache-2.0
//! Keeps one of several equal ends of blocks, and lets the others jump there.
//!
//! Before, the ends of two functions:
//! ```text
//! @1: a0 = 1
//!     ra = U64 [sp + 24], s0 = U64 [sp + 16], s1 = U64 [sp + 8], sp = Add(W64) sp, 32, jump [ra]
//! @2: a0 = 2
//!     ra = U64 [sp + 24], s0 = U64 [sp + 16], s1 = U64 [sp + 8], sp = Add(W64) sp, 32, jump [ra]
//! ```
//! After:
//! ```text
//! @1: a0 = 1, jump @3
//! @2: a0 = 2, jump @3
//! @3: ra = U64 [sp + 24], s0 = U64 [sp + 16], s1 = U64 [sp + 8], sp = Add(W64) sp, 32, jump [ra]
//! ```
//!
//! A jump takes three bytes and some time, so an end must be worth several jumps. Ends of loops stay where they are: only
//! blocks that return or trap are looked at, and of those none that is likely to run often.

#[cfg(test)]
mod tests;

use super::Context;
use crate::hash::FastMap;
use crate::{
    ir::{Block, BlockId, Inst, Program, RegSet, Terminator},
    size,
};

/// Bytes of an end that is worth a jump.
const BYTES_MIN: u64 = 9;

/// Instructions of an end that are looked at.
const INSTS_MAX: usize = 12;

/// Runs the pass.
pub(super) fn run(program: &mut Program, context: &mut Context<'_>) {
    let is_hot = context.hot(program);
    context.flow_changed();
    let candidates: Vec<BlockId> = program
        .order
        .iter()
        .copied()
        .filter(|id| {
            matches!(program.block(*id).end, Terminator::JumpIndirect { .. })
                && is_hot.get(id.index()) != Some(&true)
        })
        .collect();
    // How often each end occurs, for every length.
    let mut counts: FastMap<(Vec<Inst>, Terminator), u32> = FastMap::default();
    for &id in &candidates {
        for tail in tails(program.block(id)) {
            *counts.entry((tail, program.block(id).end)).or_default() += 1;
        }
    }
    let mut shared: FastMap<(Vec<Inst>, Terminator), BlockId> = FastMap::default();
    let mut followers: FastMap<BlockId, BlockId> = FastMap::default();
    for id in candidates {
        let block = program.block(id);
        let end = block.end;
        // The longest end that another block has too.
        let tail = tails(block)
            .into_iter()
            .filter(|tail| counts.get(&(tail.clone(), end)).is_some_and(|count| *count > 1))
            .max_by_key(Vec::len);
        let Some(tail) = tail else { continue };
        let split = block.insts.len() - tail.len();
        let to = match shared.get(&(tail.clone(), end)) {
            Some(to) => *to,
            None => {
                let new = BlockId(program.blocks.len() as u32);
                let block = program.block(id);
                let tail_block = Block {
                    insts: block.insts[split..].to_vec(),
                    end,
                    end_loc: block.end_loc,
                    unlikely: false,
                };
                program.blocks.push(tail_block);
                followers.insert(id, new);
                shared.insert((tail, end), new);
                new
            }
        };
        let block = program.block_mut(id);
        block.end_loc = block.insts.get(split).map_or(block.end_loc, |node| node.loc);
        block.insts.truncate(split);
        block.end = Terminator::Jump(to);
    }
    let order = std::mem::take(&mut program.order);
    program.order =
        order.into_iter().flat_map(|id| [Some(id), followers.get(&id).copied()]).flatten().collect();
}

/// The ends of a block that are worth a jump. None reads a temporary that it does not write: those live in one block only.
fn tails(block: &Block) -> Vec<Vec<Inst>> {
    let mut tails = Vec::new();
    let mut bytes = size::end(&block.end);
    let mut tail = Vec::new();
    let mut needed = block.end.reads().minus(RegSet::REAL);
    for node in block.insts.iter().rev().take(INSTS_MAX) {
        bytes += size::inst(&node.inst);
        tail.insert(0, node.inst);
        needed = needed.minus(node.inst.writes()).union(node.inst.reads().minus(RegSet::REAL));
        if bytes >= BYTES_MIN && needed == RegSet::EMPTY {
            tails.push(tail.clone());
        }
    }
    tails
}
