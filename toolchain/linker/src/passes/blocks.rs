// SPDX-License-Identifier: Apache-2.0
//! Tidies up the control flow: jumps to jumps, blocks with one way in, and tiny blocks that are copied instead of jumped to.
//!
//! Before:
//! ```text
//! @0: jump @1 if a0 Eq 0 else @2
//! @1: jump @3
//! @2: a0 = 1, jump @4
//! @3: a0 = 2, jump @4
//! @4: jump [ra]
//! ```
//! After:
//! ```text
//! @0: jump @3 if a0 Eq 0 else @2
//! @2: a0 = 1, jump [ra]
//! @3: a0 = 2, jump [ra]
//! ```

#[cfg(test)]
mod tests;

use super::{collect, Context};
use crate::{
    analysis::Cfg,
    ir::{BlockId, Const, Inst, Program, Reg, Terminator},
    size,
};

/// A block of up to as many bytes takes the place of a jump to it.
const COPY_BYTES_MAX: u64 = 3;

/// Runs the pass.
pub(super) fn run(program: &mut Program, context: &mut Context<'_>) {
    thread(program, context);
    context.flow_changed();
    merge(program, context);
    if copy(program) {
        collect::run(program, context);
    }
}

/// Leads everything that goes to an empty block with a jump to where that jump goes.
fn thread(program: &mut Program, context: &mut Context<'_>) {
    let next = |id: BlockId| match program.block(id) {
        block if block.insts.is_empty() => match block.end {
            Terminator::Jump(to) => Some(to),
            _ => None,
        },
        _ => None,
    };
    let target = targets(program, next);
    // Programs compare addresses of functions: those that are different must not become one.
    let reach = context.reach(program);
    let mut addresses = vec![0_u32; program.blocks.len()];
    let taken = program.order.iter().filter(|id| reach.address_taken[id.index()]);
    taken.for_each(|id| addresses[target[id.index()].index()] += 1);
    let is_in_distance = program.in_narrow_distances();
    let address = |id: BlockId| match target[id.index()] {
        to if addresses[to.index()] > 1 || is_in_distance[id.index()] => id,
        to => to,
    };
    redirect(program, |id| target[id.index()], address);
}

/// Where control ends up that goes to each block, if `next` says where each leads that does nothing else. What only leads into an
/// empty endless loop stays as it is.
fn targets(program: &Program, next: impl Fn(BlockId) -> Option<BlockId>) -> Vec<BlockId> {
    let mut target: Vec<BlockId> = (0..program.blocks.len() as u32).map(BlockId).collect();
    // Each block is on one path only: who comes to one that an earlier path had knows the end.
    let mut is_known = vec![false; program.blocks.len()];
    let mut path = Vec::new();
    for &id in &program.order {
        let mut to = id;
        while !std::mem::replace(&mut is_known[to.index()], true) {
            path.push(to);
            to = next(to).unwrap_or(to);
        }
        // A block that leads on without leaving its place has no end, nor has what leads to it.
        let end = target[to.index()];
        let ends = next(end).is_none();
        path.drain(..).filter(|_| ends).for_each(|id| target[id.index()] = end);
    }
    target
}

/// Replaces blocks wherever they are named: by `map` where control goes to them, by `address` where their address is taken.
pub(super) fn redirect(
    program: &mut Program,
    map: impl Fn(BlockId) -> BlockId,
    address: impl Fn(BlockId) -> BlockId,
) {
    let constant = |value: Const, map: &dyn Fn(BlockId) -> BlockId| match value {
        Const::Code(id) => Const::Code(map(id)),
        value => value,
    };
    for id in program.order.clone() {
        let block = program.block_mut(id);
        for node in &mut block.insts {
            // Nobody compares where a call that was taken apart returns to.
            let is_return = matches!(node.inst, Inst::Const { d: Reg::RA, .. });
            node.inst.map_consts(|value| constant(value, if is_return { &map } else { &address }));
        }
        block.end.map_blocks(&map, &address);
        if let Terminator::Branch { yes, no, .. } = block.end {
            if yes == no {
                block.end = Terminator::Jump(yes);
            }
        }
    }
    for section in &mut program.data {
        section.fixups.iter_mut().for_each(|fixup| fixup.value.map_blocks(&address));
    }
    for export in &mut program.exports {
        export.block = map(export.block);
    }
}

/// Appends to a block that ends with a jump what nothing else leads to.
fn merge(program: &mut Program, context: &mut Context<'_>) {
    let cfg = Cfg::of(program, context.reach(program));
    let mut is_gone = vec![false; program.blocks.len()];
    for id in program.order.clone() {
        // What belongs to the end of another block waits for that: who appends ends to ends moves the last one again and again.
        let before = cfg.only_predecessor(id).filter(|before| *before != id);
        let is_end = before.is_some_and(|before| program.block(before).end == Terminator::Jump(id));
        if is_gone[id.index()] || is_end || !cfg.reach.blocks[id.index()] {
            continue;
        }
        while let Terminator::Jump(to) = program.block(id).end {
            if to == id || cfg.only_predecessor(to).is_none() || is_gone[to.index()] {
                break;
            }
            let block = program.block_mut(to);
            let (mut insts, end, end_loc) = (std::mem::take(&mut block.insts), block.end, block.end_loc);
            block.end = Terminator::Trap;
            is_gone[to.index()] = true;
            let block = program.block_mut(id);
            block.insts.append(&mut insts);
            block.end = end;
            block.end_loc = end_loc;
        }
    }
    // What can be reached is what could be, but for blocks that are part of others now.
    program.order.retain(|id| !is_gone[id.index()] && cfg.reach.blocks[id.index()]);
    for (section, is_reached) in program.data.iter_mut().zip(&cfg.reach.data) {
        section.kept &= *is_reached;
    }
}

/// Copies tiny blocks to where they are jumped to; whether there was one.
fn copy(program: &mut Program) -> bool {
    let mut changed = false;
    for id in program.order.clone() {
        let Terminator::Jump(to) = program.block(id).end else { continue };
        let target = program.block(to);
        let ends = matches!(target.end, Terminator::JumpIndirect { .. } | Terminator::Trap);
        let left = COPY_BYTES_MAX.checked_sub(size::end(&target.end));
        if to != id && ends && left.is_some_and(|left| size::fits(target, left)) {
            let target = target.clone();
            let block = program.block_mut(id);
            block.insts.extend(target.insts);
            block.end = target.end;
            block.end_loc = target.end_loc;
            changed = true;
        }
    }
    changed
}
