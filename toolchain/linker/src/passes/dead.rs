// SPDX-License-Identifier: Apache-2.0
//! Removes instructions whose results nobody reads.
//!
//! Before, where `a1` is not read any more:
//! ```text
//! a1 = &data0+0
//! a0 = Add(W64) a0, 1
//! jump [ra]
//! ```
//! After:
//! ```text
//! a0 = Add(W64) a0, 1
//! jump [ra]
//! ```
//!
//! A load goes too, although it could have trapped: what a program may not rely on.

#[cfg(test)]
mod tests;

use super::Context;
use crate::ir::Program;

/// Runs the pass.
pub(super) fn run(program: &mut Program, context: &mut Context<'_>) {
    let cfg = context.cfg(program);
    let liveness = context.liveness(program, &cfg);
    // Of one block, the last instruction first.
    let mut unneeded: Vec<usize> = Vec::new();
    for position in 0..program.order.len() {
        let id = program.order[position];
        let block = program.block_mut(id);
        let mut live = liveness.before_end(&block.end);
        unneeded.clear();
        for (index, node) in block.insts.iter().enumerate().rev() {
            let writes = node.inst.writes();
            if writes.minus(live) != writes || node.inst.has_side_effect() {
                live = live.minus(writes).union(node.inst.reads());
            } else {
                unneeded.push(index);
            }
        }
        if !unneeded.is_empty() {
            let mut index = 0;
            block.insts.retain(|_| {
                index += 1;
                unneeded.pop_if(|unneeded| *unneeded == index - 1).is_none()
            });
        }
    }
}
