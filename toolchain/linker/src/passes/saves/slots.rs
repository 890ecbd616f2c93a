// SPDX-License-Identifier: Apache-2.0
//! The slots in which functions save registers.

use super::{above, is_switch, returns, untouched::untouched, SAVED};
use crate::{
    analysis::{sp_move, stack_access, Cfg, Functions},
    ir::{Bin, BlockId, Const, Inst, Operand, Program, Reg, RegSet, Terminator},
};

/// The words at the top of a frame that may be such slots: a function saves no more than three registers.
pub(super) const SLOTS: usize = 3;

/// One of the topmost words of a frame. It is where a register is saved if a function stores in it what it found in that register, and does
/// nothing else with it but to load it into the same register.
#[derive(Clone, Copy, Default)]
pub(super) struct Slot {
    /// The register that is saved, if there is any.
    pub(super) reg: Option<Reg>,
    /// Whether it is something else.
    is_other: bool,
    /// Whether somebody needs what the loads get.
    pub(super) is_needed: bool,
    is_stored: bool,
    is_loaded: bool,
}

/// An instruction that stores or loads one of the topmost words.
#[derive(Clone, Copy)]
pub(super) struct Access {
    /// The instruction's place in its block.
    pub(super) at: usize,
    /// The number of the slot, from the top.
    pub(super) slot: usize,
    pub(super) is_store: bool,
}

/// What functions save.
pub(super) struct Saves {
    /// The topmost slots of each function's frame; no register is saved in any where nothing can go.
    pub(super) slots: Vec<[Slot; SLOTS]>,
    /// What each block does with those of its function, in the order of the instructions: who goes through a block goes through these
    /// along with it. An instruction that accesses a slot where a register is saved accesses no other.
    pub(super) accesses: Vec<Vec<Access>>,
}

/// Finds what functions save.
pub(super) fn find(program: &Program, cfg: &Cfg, functions: &Functions) -> Saves {
    let count = program.blocks.len();
    let untouched = untouched(program, cfg);
    let above = above::reach(program, functions);
    let mut saves =
        Saves { slots: vec![Default::default(); functions.all.len()], accesses: vec![Vec::new(); count] };
    let mut ways = returns::Ways::new(program, cfg, functions);
    for (function, slots) in functions.all.iter().zip(&mut saves.slots) {
        let Some(entry) = function.entry.filter(|_| function.is_known) else { continue };
        for &id in &function.blocks {
            let start = functions.start[id.index()].wrapping_sub(entry);
            saves.accesses[id.index()] = look(program, id, start, untouched[id.index()], slots);
            if let Terminator::Call { to, .. } = program.block(id).end {
                let top =
                    above[functions.of[to.index()] as usize].saturating_add(end_offset(program, id, start));
                let is_read = |number: usize| top > -(program.xlen.bytes() as i32) * (number as i32 + 1);
                slots.iter_mut().enumerate().for_each(|(number, slot)| slot.is_other |= is_read(number));
            }
        }
        for (number, slot) in slots.iter_mut().enumerate() {
            // A return address that nobody reads is at the top if a compiler has put it there.
            let is_odd = slot.reg == Some(Reg::RA) && number > 0 && !slot.is_loaded;
            if slot.is_other || !slot.is_stored || is_odd {
                *slot = Slot::default();
            }
        }
        if slots.iter().any(|slot| slot.reg.is_some_and(|reg| reg != Reg::RA) && slot.is_loaded)
            && !ways.lead_to_callers(&function.blocks, slots, &saves.accesses)
        {
            slots.iter_mut().for_each(|slot| slot.is_needed = true);
        }
        // Who returns needs the return address. What a switch leads to may be no part of the function here, but it returns for it.
        let has_switch = function.blocks.iter().any(|id| is_switch(&program.block(*id).end));
        let ra = slots.iter_mut().filter(|slot| slot.reg == Some(Reg::RA));
        ra.for_each(|slot| slot.is_needed |= has_switch || slot.is_loaded);
    }
    saves
}

/// Where the stack pointer is behind the instructions of a block, from where the start is counted.
fn end_offset(program: &Program, id: BlockId, start: i32) -> i32 {
    let moves = program.block(id).insts.iter().filter_map(|node| sp_move(&node.inst));
    moves.fold(start, i32::wrapping_add)
}

/// Notes what a block does with the topmost slots, and returns its accesses to them. `sp` is where the stack pointer is at its start,
/// from the entry.
fn look(
    program: &Program,
    id: BlockId,
    mut sp: i32,
    mut untouched: RegSet,
    slots: &mut [Slot; SLOTS],
) -> Vec<Access> {
    let word_bytes = program.xlen.bytes() as i32;
    let mut accesses = Vec::new();
    // Those that hold addresses on the stack.
    let mut pointers = RegSet::EMPTY;
    for (at, node) in program.block(id).insts.iter().enumerate() {
        let inst = &node.inst;
        if let Some(by) = sp_move(inst) {
            sp = sp.wrapping_add(by);
            continue;
        }
        // Where an offset does not fit into an instruction, compilers restore registers by another one.
        if matches!(*inst, Inst::Load { d, address, .. }
            if SAVED.contains(&d) && address.base.is_some_and(|base| pointers.contains(base)))
        {
            slots.iter_mut().for_each(|slot| slot.is_other = true);
        }
        if let Some((offset, bytes)) = stack_access(inst) {
            // Bytes below the entry.
            let from = sp.wrapping_add(offset).wrapping_neg();
            let reg = match *inst {
                Inst::Load { d, .. } => Some(d),
                Inst::Store { s: Operand::Reg(s), .. } if untouched.contains(s) => Some(s),
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
                let is_store = !matches!(inst, Inst::Load { .. });
                slot.is_stored |= is_store;
                slot.is_loaded |= !is_store;
                accesses.push(Access { at, slot: number, is_store });
            }
        } else if inst.reads().contains(Reg::SP) && !is_harmless(inst, sp) {
            slots.iter_mut().for_each(|slot| slot.is_other = true);
        }
        untouched = untouched.minus(inst.writes());
        let makes_pointer = matches!(inst, Inst::Move { .. } | Inst::Bin { .. })
            && inst.reads().common(pointers.with(Reg::SP)) != RegSet::EMPTY;
        pointers = pointers.minus(inst.writes());
        if makes_pointer {
            pointers = pointers.union(inst.writes());
        }
    }
    accesses
}

/// Whether an instruction that reads the stack pointer lets nobody get to the topmost slots. `sp` is where that is, from the entry.
///
/// An address in the frame belongs to an object, and those lie below the slots. The address of the frame's end is a frame pointer.
pub(super) fn is_harmless(inst: &Inst, sp: i32) -> bool {
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
