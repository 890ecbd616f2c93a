// SPDX-License-Identifier: Apache-2.0
//! Who needs a register back.

use super::{
    is_switch,
    slots::{Access, Saves, SLOTS},
    PRESERVED,
};
use crate::{
    analysis::{Cfg, Functions},
    ir::{Block, BlockId, Const, Program, Reg, RegSet, Terminator},
};

/// What is known of a block.
#[derive(Clone, Copy)]
struct Effect {
    /// Of the preserved registers: those that are read before they are written. Saving is no reading.
    reads: RegSet,
    writes: RegSet,
    /// The slots of preserved registers that it saves to.
    saves: [bool; SLOTS],
    /// Those from which it loads what is in the register at its end.
    restores: [bool; SLOTS],
}

impl Effect {
    const NONE: Self =
        Self { reads: RegSet::EMPTY, writes: RegSet::EMPTY, saves: [false; SLOTS], restores: [false; SLOTS] };
}

/// What happens to a register behind a load of it.
enum Fate {
    Read,
    Written,
    /// Nothing until the end of the block.
    Kept,
}

fn fate(block: &Block, at: usize, reg: Reg) -> Fate {
    for node in &block.insts[at + 1..] {
        if node.inst.reads().contains(reg) {
            return Fate::Read;
        }
        if node.inst.writes().contains(reg) {
            return Fate::Written;
        }
    }
    if block.end.reads().contains(reg) {
        Fate::Read
    } else {
        Fate::Kept
    }
}

/// What blocks do with the slots of preserved registers. Those that are read right behind a load are needed.
fn slot_effects(program: &Program, functions: &Functions, saves: &mut Saves) -> Vec<Effect> {
    let mut effects = vec![Effect::NONE; program.blocks.len()];
    for (function, slots) in functions.all.iter().zip(&mut saves.slots) {
        for &id in &function.blocks {
            let effect = &mut effects[id.index()];
            for &Access { at, slot: number, is_store } in &saves.accesses[id.index()] {
                let slot = &mut slots[number];
                let Some(reg) = slot.reg.filter(|reg| PRESERVED.contains(*reg)) else { continue };
                if is_store {
                    effect.saves[number] = true;
                    continue;
                }
                match fate(program.block(id), at, reg) {
                    Fate::Read => slot.is_needed = true,
                    Fate::Written => {}
                    Fate::Kept => effect.restores[number] = true,
                }
            }
        }
    }
    effects
}

/// Finds out which slots are needed: those with a load behind which somebody reads the register.
pub(super) fn solve(program: &Program, cfg: &Cfg, functions: &Functions, saves: &mut Saves) {
    let count = program.blocks.len();
    let mut effects = slot_effects(program, functions, saves);
    let Saves { slots, accesses } = saves;
    // What somebody reads behind the returns of each function, and who returns and comes back there.
    let mut returns = vec![RegSet::EMPTY; functions.all.len()];
    let mut returning: Vec<Vec<BlockId>> = vec![Vec::new(); functions.all.len()];
    let mut returned_to: Vec<Vec<u32>> = vec![Vec::new(); count];
    for &id in &program.order {
        let function = functions.of[id.index()];
        let block = program.block(id);
        let is_save =
            |access: &&Access| access.is_store && slots[function as usize][access.slot].reg.is_some();
        let mut saving = accesses[id.index()].iter().filter(is_save).map(|access| access.at).peekable();
        let effect = &mut effects[id.index()];
        for (at, node) in block.insts.iter().enumerate() {
            if saving.next_if_eq(&at).is_none() {
                effect.reads = effect.reads.union(node.inst.reads().minus(effect.writes));
            }
            effect.writes = effect.writes.union(node.inst.writes());
            node.inst.for_each_const(|value| {
                // A call that was taken apart, or the address of a function.
                if let Const::Code(label) = value {
                    returned_to[label.index()].push(functions.of[label.index()]);
                }
            });
        }
        effect.reads = effect.reads.union(block.end.reads().minus(effect.writes));
        match block.end {
            Terminator::Call { link: Reg::RA, to, back } => {
                returned_to[back.index()].push(functions.of[to.index()]);
            }
            Terminator::Call { to, .. } => returns[functions.of[to.index()] as usize] = PRESERVED,
            Terminator::JumpIndirect { .. } => returning[function as usize].push(id),
            _ => {}
        }
        let owner = &functions.all[function as usize];
        let is_label = owner.is_known && owner.entry.is_some_and(|entry| functions.start[id.index()] < entry);
        if cfg.reach.address_taken[id.index()] && !is_label {
            returns[function as usize] = PRESERVED;
        }
    }

    let mut live = vec![RegSet::EMPTY; count];
    let mut is_queued = vec![false; count];
    let mut work = program.order.clone();
    work.iter().for_each(|id| is_queued[id.index()] = true);
    while let Some(id) = work.pop() {
        is_queued[id.index()] = false;
        let mut queue = |id: BlockId| {
            if !std::mem::replace(&mut is_queued[id.index()], true) {
                work.push(id);
            }
        };
        let function = functions.of[id.index()] as usize;
        let end = program.block(id).end;
        let mut out = match end {
            Terminator::JumpIndirect { base: Reg::RA } => returns[function],
            Terminator::JumpIndirect { .. } | Terminator::CallIndirect { .. } => PRESERVED,
            _ => RegSet::EMPTY,
        };
        end.for_each_successor(|to| out = out.union(live[to.index()]));
        let effect = effects[id.index()];
        let mut new = out.minus(effect.writes).union(effect.reads);
        for (number, slot) in slots[function].iter_mut().enumerate() {
            let Some(reg) = slot.reg else { continue };
            let is_read = effect.restores[number] && out.contains(reg)
                || is_switch(&end) && returns[function].contains(reg);
            if is_read && !std::mem::replace(&mut slot.is_needed, true) {
                // Who saves the register reads it now. That happens once for a slot, so that it need not be known which blocks do.
                functions.all[function].blocks.iter().for_each(|id| queue(*id));
            }
            if effect.saves[number] && slot.is_needed {
                new = new.with(reg);
            }
        }
        let new = new.common(PRESERVED);
        if new == live[id.index()] {
            continue;
        }
        live[id.index()] = new;
        cfg.predecessors(id).iter().for_each(|from| queue(*from));
        for &to in &returned_to[id.index()] {
            let behind = returns[to as usize].union(new);
            if std::mem::replace(&mut returns[to as usize], behind) != behind {
                returning[to as usize].iter().for_each(|id| queue(*id));
            }
        }
    }
}
