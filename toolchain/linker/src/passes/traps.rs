// SPDX-License-Identifier: Apache-2.0
//! Traps at once where a trap is inevitable and nobody could tell.
//!
//! Before, as a panic with a handler that only traps looks like:
//! ```text
//! @0: jump @1 if a0 GeU a1 else @2
//! @1: a2 = &data0+0, ra = &@3, jump @4
//! @4: sp = Add(W64) sp, -32
//!     U64 [sp + 8] = a2
//!     trap
//! ```
//! After:
//! ```text
//! @0: jump @1 if a0 GeU a1 else @2
//! @1: trap
//! ```
//!
//! Inevitable means: every way from the block leads to a trap, and none calls the host, runs in circles, or writes
//! anything but its own stack, which is gone with the trap.

#[cfg(test)]
mod tests;

use super::{collect, Context};
use crate::{
    analysis::is_conventional,
    ir::{BlockId, Inst, Program, Reg, Terminator},
};

/// Runs the pass.
pub(super) fn run(program: &mut Program, context: &mut Context<'_>) {
    // The stack must be one.
    if !is_conventional(program) {
        return;
    }
    let cfg = context.cfg(program);
    let mut changed = false;
    let mut is_doomed = vec![false; program.blocks.len()];
    let mut work: Vec<BlockId> =
        program.order.iter().copied().filter(|id| program.block(*id).end == Terminator::Trap).collect();
    while let Some(id) = work.pop() {
        let block = program.block(id);
        if is_doomed[id.index()] || !block.insts.iter().all(|node| is_quiet(&node.inst)) {
            continue;
        }
        let mut all = !matches!(block.end, Terminator::JumpIndirect { .. } | Terminator::CallIndirect { .. });
        block.end.for_each_successor(|to| all &= is_doomed[to.index()]);
        if all {
            is_doomed[id.index()] = true;
            work.extend(cfg.predecessors(id));
        }
    }
    for id in program.order.clone() {
        let block = program.block_mut(id);
        if is_doomed[id.index()] && (block.end != Terminator::Trap || !block.insts.is_empty()) {
            // The first place in the source that was bound to trap is the best to name.
            block.end_loc = block.insts.first().map_or(block.end_loc, |node| node.loc);
            block.insts.clear();
            block.end = Terminator::Trap;
            changed = true;
        } else if let Terminator::Call { to, .. } | Terminator::Jump(to) = block.end {
            if is_doomed[to.index()] {
                block.end = Terminator::Trap;
                changed = true;
            }
        }
    }
    if changed {
        collect::run(program, context);
    }
}

/// Whether an instruction changes nothing but registers and the stack.
fn is_quiet(inst: &Inst) -> bool {
    match inst {
        Inst::Store { address, .. } => address.base == Some(Reg::SP),
        inst => !inst.has_side_effect(),
    }
}
