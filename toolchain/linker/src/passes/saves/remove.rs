// SPDX-License-Identifier: Apache-2.0
//! Takes out the saving and restoring that nobody needs, and frames that are empty without.

use super::{
    is_switch,
    slots::{Access, Saves, Slot, SLOTS},
};
use crate::{
    analysis::{sp_move, Functions},
    ir::{BlockId, Inst, Node, Program, Reg},
};

/// Takes them out.
pub(super) fn run(program: &mut Program, functions: &Functions, saves: &Saves) {
    for (function, slots) in functions.all.iter().zip(&saves.slots) {
        if !slots.iter().any(is_unneeded) {
            continue;
        }
        let is_empty = function.blocks.iter().all(|id| uses_no_frame(program, *id, slots, saves));
        for &id in &function.blocks {
            let accesses = &saves.accesses[id.index()];
            if !is_empty && accesses.is_empty() {
                continue;
            }
            let insts = &mut program.block_mut(id).insts;
            let mut goes = unneeded(insts.len(), accesses, slots);
            insts.retain(|node| {
                let is_move = sp_move(&node.inst).is_some();
                !(goes.next().unwrap_or_default() || is_empty && is_move)
            });
        }
    }
}

fn is_unneeded(slot: &Slot) -> bool {
    slot.reg.is_some() && !slot.is_needed
}

/// Whether each instruction of a block saves or restores what nobody needs.
fn unneeded<'s>(
    count: usize,
    accesses: &'s [Access],
    slots: &'s [Slot; SLOTS],
) -> impl Iterator<Item = bool> + 's {
    let mut unneeded = accesses.iter().filter(|access| is_unneeded(&slots[access.slot])).peekable();
    (0..count).map(move |at| unneeded.next_if(|access| access.at == at).is_some())
}

/// Whether a block keeps nothing else on the stack and lets nobody else do so.
fn uses_no_frame(program: &Program, id: BlockId, slots: &[Slot; SLOTS], saves: &Saves) -> bool {
    let block = program.block(id);
    if block.end.back().is_some() || is_switch(&block.end) || block.end.reads().contains(Reg::SP) {
        return false;
    }
    let unneeded = unneeded(block.insts.len(), &saves.accesses[id.index()], slots);
    let is_harmless = |inst: &Inst| sp_move(inst).is_some() || !inst.reads().contains(Reg::SP);
    block.insts.iter().zip(unneeded).all(|(Node { inst, .. }, is_unneeded)| is_unneeded || is_harmless(inst))
}
