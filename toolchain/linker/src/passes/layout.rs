// SPDX-License-Identifier: Apache-2.0
//! Orders the blocks so that as few jumps as possible are needed.
//!
//! Before:
//! ```text
//! @0: ra = &@1, jump @5
//! @2: a0 = 1, jump @4
//! @3: a0 = 2, jump [ra]
//! @4: a0 = Add(W64) a0, 1, jump [ra]
//! ```
//! After: `@4` follows `@2`, which needs no jump any more.
//!
//! The order of the compiler is kept where it is good: a block is moved behind a jump to it only if nothing falls into it
//! where it is. So loops keep their shape.

#[cfg(test)]
mod tests;

use super::Context;
use crate::ir::{BlockId, Program, Terminator};

/// Runs the pass.
pub(super) fn run(program: &mut Program, _: &mut Context<'_>) {
    let falls_to = |id: BlockId| match program.block(id).end {
        Terminator::Jump(to) => Some(to),
        Terminator::Branch { no, .. } => Some(no),
        _ => None,
    };
    // What each block falls into as they are ordered now, and into which one something falls.
    let mut is_fallen_into = vec![false; program.blocks.len()];
    let mut follower = vec![None; program.blocks.len()];
    for pair in program.order.windows(2) {
        follower[pair[0].index()] = Some(pair[1]);
        let falls = match program.block(pair[0]).end {
            Terminator::Branch { yes, no, .. } => yes == pair[1] || no == pair[1],
            _ => falls_to(pair[0]) == Some(pair[1]),
        };
        is_fallen_into[pair[1].index()] = falls;
    }
    let mut is_placed = vec![false; program.blocks.len()];
    let mut order = Vec::with_capacity(program.order.len());
    for &start in &program.order {
        let mut next = Some(start).filter(|id| !is_placed[id.index()]);
        while let Some(id) = next {
            is_placed[id.index()] = true;
            order.push(id);
            let is_free = |id: &BlockId| !is_placed[id.index()];
            let end = program.block(id).end;
            let ways = match end {
                Terminator::Jump(to) => [Some(to), None],
                Terminator::Branch { yes, no, .. } => [Some(no), Some(yes)],
                _ => [None, None],
            };
            let here = follower[id.index()].filter(is_free);
            // The block that comes now, if control goes on there.
            next = here.filter(|here| ways.contains(&Some(*here)));
            if next.is_none() {
                next = ways.into_iter().flatten().find(|to| is_free(to) && !is_fallen_into[to.index()]);
            }
        }
    }
    debug_assert_eq!(order.len(), program.order.len());
    program.order = order;
}
