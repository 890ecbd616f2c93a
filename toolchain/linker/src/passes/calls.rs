// SPDX-License-Identifier: Apache-2.0
//! Takes calls apart where only one call leads to a function, and puts together what became a call.
//!
//! Before, when `@2` is called from nowhere else:
//! ```text
//! @0: ra = &@1, jump @2
//! ```
//! After `split`; the function then continues the block, and returns by a jump where the return address is still known:
//! ```text
//! @0: ra = &@1
//!     jump @2
//! ```
//! `fuse` does the opposite.

#[cfg(test)]
mod tests;

use super::Context;
use crate::ir::{BlockId, Const, Inst, Node, Program, Reg, RegSet, Terminator};

/// Takes apart calls of functions that nothing else leads to.
pub(super) fn split(program: &mut Program, context: &mut Context<'_>) {
    let cfg = context.cfg(program);
    let mut changed = false;
    for id in program.order.clone() {
        let block = program.block_mut(id);
        if let Terminator::Call { link, to, back } = block.end {
            if to != id && cfg.only_predecessor(to).is_some() {
                let loc = block.end_loc;
                block.insts.push(Node { inst: Inst::Const { d: link, value: Const::Code(back) }, loc });
                block.end = Terminator::Jump(to);
                changed = true;
            }
        }
    }
    if changed {
        context.flow_changed();
    }
}

/// Puts calls together.
pub(super) fn fuse(program: &mut Program, context: &mut Context<'_>) {
    context.flow_changed();
    for id in program.order.clone() {
        let block = program.block_mut(id);
        let Some((index, link, back)) = last_link(&block.insts) else { continue };
        let end = match block.end {
            Terminator::Jump(to) => Terminator::Call { link, to, back },
            // The base is read before the link is written, but here it would be read after it.
            Terminator::JumpIndirect { base } if base != link => {
                Terminator::CallIndirect { link, base, back }
            }
            _ => continue,
        };
        block.insts.remove(index);
        block.end = end;
    }
}

/// The last instruction that loads a return address that nobody reads or writes behind it in the block.
fn last_link(insts: &[Node]) -> Option<(usize, Reg, BlockId)> {
    let mut touched = RegSet::EMPTY;
    for (index, node) in insts.iter().enumerate().rev() {
        if let Inst::Const { d, value: Const::Code(back) } = node.inst {
            if d == Reg::RA && !touched.contains(d) {
                return Some((index, d, back));
            }
        }
        touched = touched.union(node.inst.reads()).union(node.inst.writes());
    }
    None
}
