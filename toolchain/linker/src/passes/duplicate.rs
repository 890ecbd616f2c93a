// SPDX-License-Identifier: Apache-2.0
//! Copies short blocks to where loops jump to them: a jump less, and a block less to pay for.
//!
//! Before, where all of it is in a loop:
//! ```text
//! @1: a0 = Add(W64) a0, a1, jump @3
//! @2: a0 = Add(W64) a0, a2, jump @3
//! @3: a3 = Add(W64) a3, 1, jump @4
//! ```
//! After:
//! ```text
//! @1: a0 = Add(W64) a0, a1, a3 = Add(W64) a3, 1, jump @4
//! @2: a0 = Add(W64) a0, a2
//!     a3 = Add(W64) a3, 1, jump @4
//! ```
//!
//! Comes behind `layout` and in front of `collect`: what falls into a block stays as it is, and if nobody jumps to it any more, the two are one.

#[cfg(test)]
mod tests;

use super::Context;
use crate::{
    analysis::Cfg,
    ir::{BlockId, Program, Terminator},
    size,
};

/// Bytes of instructions that are copied for a jump.
const BYTES_MAX: u64 = 6;

/// Blocks that are copied one behind the other.
const BLOCKS_MAX: usize = 2;

/// Runs the pass.
pub(super) fn run(program: &mut Program, context: &mut Context<'_>) {
    let is_hot = context.hot(program);
    let mut changed = false;
    for position in 0..program.order.len() {
        let id = program.order[position];
        let next = program.order.get(position + 1).copied();
        if is_hot.get(id.index()) != Some(&true) || program.block(id).unlikely {
            continue;
        }
        for _ in 0..BLOCKS_MAX {
            let Terminator::Jump(to) = program.block(id).end else { break };
            let target = program.block(to);
            let ends = match target.end {
                Terminator::Jump(further) => further != to,
                end => matches!(end, Terminator::JumpIndirect { .. }),
            };
            if to == id || Some(to) == next || !ends || !size::fits(target, BYTES_MAX) {
                break;
            }
            let (insts, end, end_loc) = (target.insts.clone(), target.end, target.end_loc);
            let block = program.block_mut(id);
            block.insts.extend(insts);
            (block.end, block.end_loc) = (end, end_loc);
            changed = true;
        }
    }
    if changed {
        context.flow_changed();
        join(program);
    }
}

/// Joins what nobody jumps to any more with what falls into it.
fn join(program: &mut Program) {
    let cfg = Cfg::new(program);
    let order = std::mem::take(&mut program.order);
    let mut kept: Vec<BlockId> = Vec::with_capacity(order.len());
    for id in order {
        if !cfg.reach.blocks[id.index()] {
            continue;
        }
        let before = kept.last().copied().filter(|before| {
            cfg.only_predecessor(id).is_some() && program.block(*before).end == Terminator::Jump(id)
        });
        match before {
            Some(before) => {
                let block = program.block_mut(id);
                let (mut insts, end, end_loc) = (std::mem::take(&mut block.insts), block.end, block.end_loc);
                block.end = Terminator::Trap;
                let block = program.block_mut(before);
                block.insts.append(&mut insts);
                (block.end, block.end_loc) = (end, end_loc);
            }
            None => kept.push(id),
        }
    }
    program.order = kept;
}
