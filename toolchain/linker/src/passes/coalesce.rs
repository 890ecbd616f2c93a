// SPDX-License-Identifier: Apache-2.0
//! Calculates values where a copy would take them to, so that the copy goes away.
//!
//! Before, where `a3` is not needed any more behind it:
//! ```text
//! @0: a3 = U64 [sp + 0]
//!     a1 = a3
//!     jump @1 if a3 LtU a0 else @2
//! ```
//! After:
//! ```text
//! @0: a1 = U64 [sp + 0]
//!     jump @1 if a1 LtU a0 else @2
//! ```
//!
//! Only within a block: from where the source of the copy gets its value on, nobody else may use the destination until the
//! copy, and behind it the source must not live longer than the destination keeps the value. The stack pointer and `ra`
//! stay what they are, and so do the registers that instructions do not name.

#[cfg(test)]
mod tests;

use super::Context;
use crate::ir::{Inst, Node, Program, Reg, RegSet, Terminator};

/// Instructions that are looked at in front of a copy, and behind it.
const WINDOW: usize = 1024;

/// Runs the pass.
pub(super) fn run(program: &mut Program, context: &mut Context<'_>) {
    let cfg = context.cfg(program);
    let liveness = context.liveness(program, &cfg);
    for position in 0..program.order.len() {
        let id = program.order[position];
        let block = program.block_mut(id);
        // What is read by who comes behind the terminator; its own reads can be renamed.
        let behind = liveness.behind_end(&block.end);
        // What stays moves up as the pass goes on: taking out one at a time would move long blocks over and over.
        let mut kept: usize = 0;
        for index in 0..block.insts.len() {
            let (before, rest) = block.insts.split_at_mut(index);
            let Some((copy, after)) = rest.split_first_mut() else { break };
            let before = &mut before[kept.saturating_sub(WINDOW)..kept];
            if !coalesce(before, copy.inst, after, &mut block.end, behind) {
                block.insts[kept] = block.insts[index];
                kept += 1;
            }
        }
        block.insts.truncate(kept);
    }
}

/// Makes a copy needless, if that can be done. `before` and `after` are the instructions around it.
fn coalesce(
    before: &mut [Node],
    copy: Inst,
    after: &mut [Node],
    end: &mut Terminator,
    behind: RegSet,
) -> bool {
    let Inst::Move { d, s } = copy else { return false };
    let is_fixed = |reg: Reg| reg == Reg::SP || reg == Reg::RA || !reg.is_real();
    if is_fixed(d) || is_fixed(s) || d == s {
        return false;
    }
    let Some(made) = before.iter().rposition(|node| node.inst.writes().contains(s)) else {
        return false;
    };
    if before[made].inst.destination() != Some(s) || matches!(before[made].inst, Inst::Cmov { .. }) {
        return false;
    }
    let can_rename = |inst: &Inst| !inst.reads().contains(s) || !inst.reads_fixed();
    let is_clear = |node: &Node| {
        let touched = node.inst.reads().union(node.inst.writes());
        !touched.contains(d) && can_rename(&node.inst)
    };
    if !before[made + 1..].iter().all(is_clear) {
        return false;
    }
    // Up to where the source has the value behind the copy, and whether the terminator is in that.
    let mut last = None;
    for (index, node) in after.iter().enumerate() {
        if index == WINDOW {
            return false;
        }
        let inst = &node.inst;
        if inst.reads().contains(s) && (!can_rename(inst) || matches!(inst, Inst::Cmov { d, .. } if *d == s))
        {
            return false;
        }
        if inst.writes().contains(s) {
            last = Some(index);
            break;
        }
        if inst.writes().contains(d) {
            // The source must be dead from here on.
            let rest = &after[index + 1..];
            let mut near = rest.iter().take(WINDOW);
            let next = near.find(|node| node.inst.reads().union(node.inst.writes()).contains(s));
            let is_dead = match next {
                Some(node) => !node.inst.reads().contains(s),
                None if rest.len() > WINDOW => false,
                None => !end.reads().contains(s) && !behind.contains(s),
            };
            if !is_dead {
                return false;
            }
            last = Some(index);
            break;
        }
    }
    if last.is_none() && behind.contains(s) {
        return false;
    }
    let rename = |reg: Reg| if reg == s { d } else { reg };
    before[made].inst.set_destination(d);
    before[made + 1..].iter_mut().for_each(|node| node.inst.map_reads(rename));
    let until = last.map_or(after.len(), |last| last + 1);
    after[..until].iter_mut().for_each(|node| node.inst.map_reads(rename));
    if last.is_none() {
        end.map_reads(rename);
    }
    true
}
