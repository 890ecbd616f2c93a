// SPDX-License-Identifier: Apache-2.0
//! Drops the saving and restoring of registers where nobody needs what was in them.
//!
//! Before, a function that only the host calls:
//! ```text
//! export f
//! @0: sp = Add(W64) sp, -16
//!     U64 [sp + 8] = s0
//!     s0 = Add(W64) a0, 1
//!     a0 = Mul(W64) s0, s0
//!     s0 = U64 [sp + 8]
//!     sp = Add(W64) sp, 16
//!     jump [ra]
//! ```
//! After:
//! ```text
//! export f
//! @0: s0 = Add(W64) a0, 1
//!     a0 = Mul(W64) s0, s0
//!     jump [ra]
//! ```
//!
//! A compiler sees one function at a time, so each saves what the convention wants to have preserved. Here all callers are
//! known: if none of them has something in the register when the function returns, it need not come back. The host reads the two
//! result registers only. Functions that somebody may call by their address keep the convention, and so do those that return
//! otherwise than to where their return address says.
//!
//! A function that never returns saves for nobody.
//!
//! What is assumed of compilers is that the topmost slots of a frame in which a function puts what it found in `s0`, `s1` and `ra` are for
//! that and nothing else: see [`Slot`].

use super::Context;
use crate::{
    analysis::{is_conventional, sp_move, stack_access, Cfg, Functions},
    ir::{Bin, BlockId, Const, Inst, Node, Operand, Program, Reg, RegSet, Terminator},
};

/// What the convention preserves, in the order of their slots.
const SAVED: [Reg; 3] = [Reg::RA, Reg::S0, Reg::S1];

/// Those of which it matters what they hold behind a return.
const PRESERVED: RegSet = RegSet::EMPTY.with(Reg::S0).with(Reg::S1);

/// The words at the top of a frame that may be such slots: a function saves no more than three registers.
const SLOTS: usize = 3;

/// Calls in a row through which accesses to a caller's frame are followed.
const ROUNDS_MAX: u32 = 4;

/// One of the topmost words of a frame. It is where a register is saved if a function stores in it what it found in that register, and does
/// nothing else with it but to load it into the same register.
#[derive(Clone, Default)]
struct Slot {
    /// The register that is saved, if there is any.
    reg: Option<Reg>,
    /// Whether it is something else.
    is_other: bool,
    /// Whether somebody needs what the loads get.
    is_needed: bool,
    stores: Vec<(BlockId, usize)>,
    loads: Vec<(BlockId, usize)>,
}

/// What is known of a block.
#[derive(Clone, Copy)]
struct Effect {
    /// Of the preserved registers: those that are read before they are written. Saving is no reading.
    reads: RegSet,
    writes: RegSet,
}

/// Runs the pass.
pub(super) fn run(program: &mut Program, context: &mut Context<'_>) {
    if !context.trusts_returns || !is_conventional(program) {
        return;
    }
    let cfg = context.cfg(program);
    let functions = Functions::new(program, &cfg);
    let mut slots = slots(program, &cfg, &functions);
    solve(program, &cfg, &functions, &mut slots);
    let mut unneeded: Vec<(BlockId, usize)> = Vec::new();
    for (slots, function) in slots.iter().zip(&functions.all) {
        let before = unneeded.len();
        for slot in slots.iter().filter(|slot| slot.reg.is_some() && !slot.is_needed) {
            unneeded.extend(slot.stores.iter().chain(&slot.loads));
        }
        if unneeded.len() > before {
            let is_unneeded = |id, index| unneeded[before..].contains(&(id, index));
            let moves = moves_of_empty_frame(program, &function.blocks, is_unneeded);
            unneeded.extend(moves.unwrap_or_default());
        }
    }
    // The last ones of each block first, so that the others stay where they are.
    unneeded.sort_unstable_by(|a, b| b.cmp(a));
    for (id, index) in unneeded {
        program.block_mut(id).insts.remove(index);
    }
}

/// The topmost slots of each function's frame; none where nothing can go.
fn slots(program: &Program, cfg: &Cfg, functions: &Functions) -> Vec<Vec<Slot>> {
    let found = found(program, cfg);
    // Blocks at whose start `ra` may hold something else than what the function returns to.
    let mut is_other = vec![false; program.blocks.len()];
    let above = reach_above(program, functions);
    let all = functions.all.iter();
    all.map(|function| {
        let Some(entry) = function.entry.filter(|_| function.is_known) else { return Vec::new() };
        let mut slots = vec![Slot::default(); SLOTS];
        for &id in &function.blocks {
            let at = functions.start[id.index()].wrapping_sub(entry);
            look(program, id, at, found[id.index()], &mut slots);
            let end = &program.block(id).end;
            if let Terminator::Call { to, .. } = end {
                let top =
                    above[functions.of[to.index()] as usize].saturating_add(end_offset(program, id, at));
                let is_read = |number: usize| top > -(program.xlen.bytes() as i32) * (number as i32 + 1);
                slots.iter_mut().enumerate().for_each(|(number, slot)| slot.is_other |= is_read(number));
            }
        }
        for (index, slot) in slots.iter_mut().enumerate() {
            // A return address that nobody reads is at the top if a compiler has put it there.
            let is_odd = slot.reg == Some(Reg::RA) && index > 0 && slot.loads.is_empty();
            if slot.is_other || slot.stores.is_empty() || is_odd {
                *slot = Slot::default();
            }
        }
        if slots.iter().any(|slot| slot.reg.is_some_and(|reg| reg != Reg::RA) && !slot.loads.is_empty())
            && !returns_to_callers(program, &function.blocks, (cfg, functions), &slots, &mut is_other)
        {
            slots.iter_mut().for_each(|slot| slot.is_needed = true);
        }
        // Who returns needs the return address. What a switch leads to may be no part of the function here, but it returns for it.
        let has_switch = function.blocks.iter().any(|id| is_switch(&program.block(*id).end));
        let ra = slots.iter_mut().filter(|slot| slot.reg == Some(Reg::RA));
        ra.for_each(|slot| slot.is_needed |= has_switch || !slot.loads.is_empty());
        slots
    })
    .collect()
}

/// A jump to one of several labels, or a call by an address in the place of a return.
fn is_switch(end: &Terminator) -> bool {
    matches!(*end, Terminator::JumpIndirect { base } if base != Reg::RA)
}

/// Where the stack pointer is behind the instructions of a block, from where the start is counted.
fn end_offset(program: &Program, id: BlockId, start: i32) -> i32 {
    let moves = program.block(id).insts.iter().filter_map(|node| sp_move(&node.inst));
    moves.fold(start, i32::wrapping_add)
}

/// How far above the stack pointer at its entry each function gets: to arguments on the stack, or, if a compiler has moved the end of
/// several functions into one, to their slots. `i32::MAX` if nobody knows.
fn reach_above(program: &Program, functions: &Functions) -> Vec<i32> {
    let mut above = vec![0; functions.all.len()];
    // Calls, with the stack pointer from the caller's entry.
    let mut calls: Vec<(usize, usize, i32)> = Vec::new();
    for (number, function) in functions.all.iter().enumerate() {
        let Some(entry) = function.entry.filter(|_| function.is_known) else {
            above[number] = i32::MAX;
            continue;
        };
        for &id in &function.blocks {
            let mut sp = functions.start[id.index()].wrapping_sub(entry);
            for node in &program.block(id).insts {
                if let Some(by) = sp_move(&node.inst) {
                    sp = sp.wrapping_add(by);
                } else if let Some((offset, bytes)) = stack_access(&node.inst) {
                    above[number] = above[number].max(sp.saturating_add(offset).saturating_add(bytes));
                } else if node.inst.reads().contains(Reg::SP) && !is_harmless(&node.inst, sp) {
                    above[number] = i32::MAX;
                }
            }
            if let Terminator::Call { to, .. } = program.block(id).end {
                calls.push((number, functions.of[to.index()] as usize, sp));
            }
        }
    }
    // Those that hand on what they got; more than a few in a row are nobody's code.
    for round in 0.. {
        let mut changed = false;
        for &(from, to, sp) in &calls {
            let new = if above[to] == i32::MAX { 0 } else { above[to].saturating_add(sp) };
            if new > above[from] {
                above[from] = if round < ROUNDS_MAX { new } else { i32::MAX };
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    above
}

/// The registers that still hold at the start of each block what they held when the function was entered.
fn found(program: &Program, cfg: &Cfg) -> Vec<RegSet> {
    let all = RegSet::of(&SAVED);
    let mut found: Vec<Option<RegSet>> = vec![None; program.blocks.len()];
    let mut work = Vec::new();
    let mut start = |id: BlockId, set: RegSet, work: &mut Vec<BlockId>| {
        let slot: &mut Option<RegSet> = &mut found[id.index()];
        let new = slot.map_or(set, |old| common(old, set));
        if *slot != Some(new) {
            *slot = Some(new);
            work.push(id);
        }
    };
    for export in &program.exports {
        start(export.block, all, &mut work);
    }
    for &id in &program.order {
        if cfg.reach.address_taken[id.index()] {
            start(id, RegSet::EMPTY, &mut work);
        }
        let end = program.block(id).end;
        if let Terminator::Call { link: Reg::RA, to, .. } = end {
            start(to, all, &mut work);
        } else if let Terminator::Call { to, .. } = end {
            start(to, RegSet::EMPTY, &mut work);
        }
        if let Some(back) = end.back() {
            start(back, RegSet::EMPTY, &mut work);
        }
    }
    while let Some(id) = work.pop() {
        let block = program.block(id);
        let Some(set) = found[id.index()] else { continue };
        let set = block.insts.iter().fold(set, |set, node| set.minus(node.inst.writes()));
        let mut flow = |to: BlockId| {
            let slot = &mut found[to.index()];
            let new = slot.map_or(set, |old| common(old, set));
            if *slot != Some(new) {
                *slot = Some(new);
                work.push(to);
            }
        };
        match block.end {
            Terminator::Call { .. } => {}
            end => end.for_each_successor(&mut flow),
        }
    }
    found.into_iter().map(Option::unwrap_or_default).collect()
}

fn common(a: RegSet, b: RegSet) -> RegSet {
    a.minus(a.minus(b))
}

/// Notes what a block does with the topmost slots. `at` is where the stack pointer is at its start, from the entry.
fn look(program: &Program, id: BlockId, at: i32, mut found: RegSet, slots: &mut [Slot]) {
    let word_bytes = program.xlen.bytes() as i32;
    let mut sp = at;
    for (index, node) in program.block(id).insts.iter().enumerate() {
        let inst = &node.inst;
        if let Some(by) = sp_move(inst) {
            sp = sp.wrapping_add(by);
            continue;
        }
        if let Some((offset, bytes)) = stack_access(inst) {
            // Bytes below the entry.
            let from = sp.wrapping_add(offset).wrapping_neg();
            let reg = match *inst {
                Inst::Load { d, .. } => Some(d),
                Inst::Store { s: Operand::Reg(s), .. } if found.contains(s) => Some(s),
                _ => None,
            };
            let reg = reg.filter(|reg| SAVED.contains(reg));
            let is_word = bytes == word_bytes && from % word_bytes == 0;
            for (number, slot) in slots.iter_mut().enumerate() {
                let bottom = (number as i32 + 1) * word_bytes;
                if from <= bottom - word_bytes || from.wrapping_sub(bytes) >= bottom {
                    continue;
                }
                slot.is_other |=
                    reg.is_none() || !is_word || slot.reg.is_some_and(|known| Some(known) != reg);
                slot.reg = reg;
                match inst {
                    Inst::Load { .. } => slot.loads.push((id, index)),
                    _ => slot.stores.push((id, index)),
                }
            }
        } else if inst.reads().contains(Reg::SP) && !is_harmless(inst, sp) {
            slots.iter_mut().for_each(|slot| slot.is_other = true);
        }
        found = found.minus(inst.writes());
    }
}

/// Whether an instruction that reads the stack pointer lets nobody get to the topmost slots. `sp` is where that is, from the entry.
///
/// An address in the frame belongs to an object, and those lie below the slots. The address of the frame's end is a frame pointer.
fn is_harmless(inst: &Inst, sp: i32) -> bool {
    match *inst {
        Inst::Bin {
            op: Bin::Add(_), a: Operand::Reg(Reg::SP), b: Operand::Const(Const::Int(by)), ..
        } => i64::from(sp) + by < 0,
        Inst::Move { .. } | Inst::Bin { .. } => sp < 0,
        // A host function sees what is below, and is given no frame.
        Inst::HostCall { .. } => true,
        _ => false,
    }
}

/// Whether a function returns to where its return address says: `ra` is as it was found, or comes from its slot.
fn returns_to_callers(
    program: &Program,
    blocks: &[BlockId],
    (cfg, functions): (&Cfg, &Functions),
    slots: &[Slot],
    is_other: &mut [bool],
) -> bool {
    let slot = slots.iter().find(|slot| slot.reg == Some(Reg::RA));
    let is_restored = |id: BlockId, index: usize| slot.is_some_and(|slot| slot.loads.contains(&(id, index)));
    let mut work: Vec<BlockId> = Vec::new();
    for &id in blocks {
        work.extend(program.block(id).end.back());
        // Labels within the function. Their address may be in `ra` for a call that was taken apart: that counts as known.
        if cfg.reach.address_taken[id.index()] {
            work.push(id);
        }
    }
    // Whether what is written last is the return address; none if nothing is.
    let last_write = |id: BlockId| {
        let insts = program.block(id).insts.iter().enumerate();
        insts.rev().find(|(_, node)| node.inst.writes().contains(Reg::RA)).map(|(index, node)| {
            match node.inst {
                Inst::Const { value: Const::Code(label), .. } => {
                    functions.of[label.index()] == functions.of[id.index()]
                }
                _ => is_restored(id, index),
            }
        })
    };
    let mut ends: Vec<BlockId> = blocks.iter().copied().filter(|id| last_write(*id) == Some(false)).collect();
    loop {
        if let Some(id) = ends.pop() {
            match program.block(id).end {
                Terminator::JumpIndirect { base: Reg::RA } => return false,
                Terminator::Call { .. } => {}
                end => end.for_each_successor(|to| work.push(to)),
            }
        } else if let Some(id) = work.pop() {
            if !std::mem::replace(&mut is_other[id.index()], true) && last_write(id).is_none() {
                ends.push(id);
            }
        } else {
            return true;
        }
    }
}

/// Finds out which slots are needed: those with a load behind which somebody reads the register.
fn solve(program: &Program, cfg: &Cfg, functions: &Functions, slots: &mut [Vec<Slot>]) {
    let count = program.blocks.len();
    // The slot that each block saves to or restores from, by its function; few blocks do.
    let mut saves: Vec<Vec<(usize, Reg)>> = vec![Vec::new(); count];
    let mut restores: Vec<Vec<(usize, Reg)>> = vec![Vec::new(); count];
    let mut is_saving = vec![false; count];
    for slots in slots.iter_mut() {
        for (index, slot) in slots.iter_mut().enumerate() {
            let Some(reg) = slot.reg.filter(|reg| PRESERVED.contains(*reg)) else { continue };
            for &(id, _) in &slot.stores {
                is_saving[id.index()] = true;
                saves[id.index()].push((index, reg));
            }
            for &(id, at) in &slot.loads {
                let behind = program.block(id).insts[at + 1..].iter();
                let next = behind
                    .map(|node| (node.inst.reads().contains(reg), node.inst.writes().contains(reg)))
                    .find(|(reads, writes)| *reads || *writes);
                match next {
                    Some((true, _)) => slot.is_needed = true,
                    Some(_) => {}
                    None if program.block(id).end.reads().contains(reg) => slot.is_needed = true,
                    None => restores[id.index()].push((index, reg)),
                }
            }
        }
    }

    // What somebody reads behind the returns of each function, and who returns and comes back there.
    let mut returns = vec![RegSet::EMPTY; functions.all.len()];
    let mut returning: Vec<Vec<BlockId>> = vec![Vec::new(); functions.all.len()];
    let mut returned_to: Vec<Vec<u32>> = vec![Vec::new(); count];
    let mut effects = vec![Effect { reads: RegSet::EMPTY, writes: RegSet::EMPTY }; count];
    for &id in &program.order {
        let function = functions.of[id.index()];
        let block = program.block(id);
        let is_saved = |at: usize| {
            is_saving[id.index()]
                && slots[function as usize]
                    .iter()
                    .any(|slot| slot.reg.is_some() && slot.stores.contains(&(id, at)))
        };
        let effect = &mut effects[id.index()];
        for (at, node) in block.insts.iter().enumerate() {
            if !is_saved(at) {
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
        for &(index, reg) in &restores[id.index()] {
            let slot = &mut slots[function][index];
            if out.contains(reg) && !std::mem::replace(&mut slot.is_needed, true) {
                slot.stores.iter().for_each(|(id, _)| queue(*id));
            }
        }
        if is_switch(&end) {
            for slot in slots[function].iter_mut() {
                let is_read = slot.reg.is_some_and(|reg| returns[function].contains(reg));
                if is_read && !std::mem::replace(&mut slot.is_needed, true) {
                    slot.stores.iter().for_each(|(id, _)| queue(*id));
                }
            }
        }
        let effect = effects[id.index()];
        let mut new = out.minus(effect.writes).union(effect.reads);
        for &(index, reg) in &saves[id.index()] {
            if slots[function][index].is_needed {
                new = new.with(reg);
            }
        }
        let new = common(new, PRESERVED);
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

/// The moves of the stack pointer of a function that keeps nothing on the stack and lets nobody else do so, if it is one.
fn moves_of_empty_frame(
    program: &Program,
    blocks: &[BlockId],
    is_unneeded: impl Fn(BlockId, usize) -> bool,
) -> Option<Vec<(BlockId, usize)>> {
    let mut moves = Vec::new();
    for &id in blocks {
        let block = program.block(id);
        if block.end.back().is_some() || is_switch(&block.end) || block.end.reads().contains(Reg::SP) {
            return None;
        }
        for (index, Node { inst, .. }) in block.insts.iter().enumerate() {
            if sp_move(inst).is_some() {
                moves.push((id, index));
            } else if inst.reads().contains(Reg::SP) && !is_unneeded(id, index) {
                return None;
            }
        }
    }
    Some(moves)
}
