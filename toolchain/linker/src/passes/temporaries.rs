// SPDX-License-Identifier: Apache-2.0
//! Gives every temporary a register of the machine: one that nobody needs at that point, or else one that is saved to
//! memory and restored.
//!
//! Before:
//! ```text
//! tmp0 = I32 [a0 + 0]
//! tmp2 = Add(W32) tmp0, a1
//! U32 [a0 + 0] = tmp2
//! a2 = tmp0
//! ```
//! After, if `t0` and `a3` are free:
//! ```text
//! t0 = I32 [a0 + 0]
//! a3 = Add(W32) t0, a1
//! U32 [a0 + 0] = a3
//! a2 = t0
//! ```
//!
//! The slots for saved registers are at fixed addresses. That is no problem: between saving and restoring nothing is
//! called and nothing returns.

#[cfg(test)]
mod tests;

use super::Context;
use crate::{
    ir::{
        data::{DataKind, DataSection},
        Address, BlockId, Const, DataId, Inst, Node, Operand, Program, Reg, RegSet,
    },
    riscv::Access,
};

/// Name of the section of the slots.
const SECTION: &str = "(saved registers)";

/// Candidates, the ones that are free most often first. The stack pointer is never touched.
const CANDIDATES: [u8; 12] = [5, 6, 7, 15, 14, 13, 12, 11, 10, 9, 8, 1];

/// Runs the pass.
pub(super) fn run(program: &mut Program, context: &mut Context<'_>) {
    let uses = |program: &Program, id: BlockId| {
        program
            .block(id)
            .insts
            .iter()
            .any(|node| node.inst.reads().union(node.inst.writes()).minus(RegSet::REAL) != RegSet::EMPTY)
    };
    let blocks: Vec<BlockId> = program.order.iter().copied().filter(|id| uses(program, *id)).collect();
    if blocks.is_empty() {
        return;
    }
    let cfg = context.cfg(program);
    let liveness = context.liveness(program, &cfg);
    let slot_bytes = program.xlen.bytes();
    let section = DataId(program.data.len() as u32);
    let mut slots = 0;
    for id in blocks {
        let end = program.block(id).end;
        let live_out = liveness.before_end(&end);
        let insts = std::mem::take(&mut program.block_mut(id).insts);
        let slot = |index: usize| Address {
            base: None,
            offset: Const::Data(section, (index as u64 * slot_bytes) as i32),
        };
        let access = if program.xlen.is_64() { Access::U64 } else { Access::U32 };
        let load = if program.xlen.is_64() { Access::U64 } else { Access::I32 };
        let saving = Saving {
            store: &|reg, index| Inst::Store {
                access,
                s: Operand::Reg(reg),
                address: slot(index),
                for_others: false,
            },
            load: &|reg, index| Inst::Load { access: load, d: reg, address: slot(index) },
        };
        let ranges = ranges(&insts, &live_behind(&insts, live_out));
        let (insts, used) = match assign(insts.clone(), &ranges, live_out, &saving) {
            Some(assigned) => assigned,
            // A constant that many share needs a register for so long that none may be free.
            None => {
                let insts = repeat_constants(insts, &ranges);
                let ranges = self::ranges(&insts, &live_behind(&insts, live_out));
                // Who writes the blob refuses what is left.
                assign(insts.clone(), &ranges, live_out, &saving).unwrap_or((insts, 0))
            }
        };
        slots = slots.max(used);
        program.block_mut(id).insts = insts;
    }
    if slots > 0 {
        context.flow_changed();
        let size = slots as u64 * slot_bytes;
        program.data.push(DataSection {
            name: SECTION.into(),
            kind: DataKind::Zero,
            align: slot_bytes,
            size,
            bytes: Vec::new(),
            fixups: Vec::new(),
            kept: true,
        });
    }
}

/// How registers are saved to a slot and restored.
struct Saving<'s> {
    store: &'s dyn Fn(Reg, usize) -> Inst,
    load: &'s dyn Fn(Reg, usize) -> Inst,
}

/// A stretch of instructions in which a temporary has a value that is needed.
struct Range {
    temporary: Reg,
    /// The instruction that writes it.
    first: usize,
    /// The last that reads it.
    last: usize,
}

/// A register that a temporary takes from somebody else.
#[derive(Clone, Copy)]
struct Save {
    /// The instructions in front of which it is saved, and behind which it is restored.
    first: usize,
    last: usize,
    reg: Reg,
    slot: usize,
}

/// What is live behind each instruction of a block.
fn live_behind(insts: &[Node], live_out: RegSet) -> Vec<RegSet> {
    let mut live = vec![RegSet::EMPTY; insts.len()];
    let mut now = live_out;
    for (node, live) in insts.iter().zip(&mut live).rev() {
        *live = now;
        now = now.minus(node.inst.writes()).union(node.inst.reads());
    }
    live
}

/// Gives temporaries that hold constants their value in front of each instruction that reads it, and not before.
fn repeat_constants(insts: Vec<Node>, ranges: &[Range]) -> Vec<Node> {
    let is_constant = |range: &&Range| {
        let inside = insts.get(range.first + 1..range.last).unwrap_or_default();
        let is_changed = inside.iter().any(|node| node.inst.destination() == Some(range.temporary));
        matches!(insts[range.first].inst, Inst::Const { .. }) && !is_changed
    };
    let constants: Vec<&Range> = ranges.iter().filter(is_constant).collect();
    let mut out = Vec::new();
    for (index, node) in insts.iter().enumerate() {
        for range in &constants {
            if (range.first + 1..=range.last).contains(&index) && node.inst.reads().contains(range.temporary)
            {
                out.push(Node { inst: insts[range.first].inst, loc: node.loc });
            }
        }
        if !constants.iter().any(|range| range.first == index) {
            out.push(*node);
        }
    }
    out
}

/// Replaces the temporaries of one block; also how many slots that takes. `None` if there is no register for one.
fn assign(
    mut insts: Vec<Node>,
    ranges: &[Range],
    live_out: RegSet,
    saving: &Saving<'_>,
) -> Option<(Vec<Node>, usize)> {
    let mut live = live_behind(&insts, live_out);
    let mut saves: Vec<Save> = Vec::new();
    // Those that are not restored yet.
    let mut open: Vec<Save> = Vec::new();
    for range in ranges {
        open.retain(|save| save.last >= range.first);
        let inside = range.first..=range.last;
        // A register that the last instruction writes is free until then.
        let is_untouched = |reg: Reg, insts: &[Node]| {
            inside.clone().all(|index| {
                let inst = &insts[index].inst;
                !inst.reads().contains(reg)
                    && (!inst.writes().contains(reg) || (index == range.last && index != range.first))
            })
        };
        let is_dead =
            |reg: Reg| (range.first..range.last.max(range.first + 1)).all(|index| !live[index].contains(reg));
        let is_free = |reg: Reg| open.iter().all(|save| save.reg != reg || save.first > range.last);
        let mut candidates = CANDIDATES.iter().filter_map(|x| Reg::from_riscv(*x));
        let untouched = candidates.clone().filter(|reg| is_untouched(*reg, &insts) && is_free(*reg));
        let (reg, is_saved) = match untouched.clone().find(|reg| is_dead(*reg)) {
            Some(reg) => (reg, false),
            // Restored behind the last instruction, so that one must not write it.
            None => match candidates.find(|reg| {
                is_free(*reg)
                    && inside.clone().all(|index| {
                        !insts[index].inst.reads().union(insts[index].inst.writes()).contains(*reg)
                    })
            }) {
                Some(reg) => (reg, true),
                None => return None,
            },
        };
        for index in inside {
            let inst = &mut insts[index].inst;
            if index > range.first {
                let rename = |old: Reg| if old == range.temporary { reg } else { old };
                inst.map_reads(rename);
                if let Inst::Cmov { d, .. } = inst {
                    *d = rename(*d);
                }
            }
            if inst.destination() == Some(range.temporary) && index < range.last.max(range.first + 1) {
                inst.set_destination(reg);
            }
        }
        // Everybody who comes later sees the register in use.
        for live in &mut live[range.first..range.last.max(range.first + 1)] {
            *live = live.with(reg);
        }
        if is_saved {
            let slot = (0..).find(|slot| open.iter().all(|save| save.slot != *slot))?;
            let save = Save { first: range.first, last: range.last, reg, slot };
            open.push(save);
            saves.push(save);
        }
    }
    if saves.is_empty() {
        return Some((insts, 0));
    }
    let mut restored = saves.clone();
    restored.sort_by_key(|save| save.last);
    let slots = saves.iter().map(|save| save.slot + 1).max().unwrap_or(0);
    let (mut saves, mut restored) = (saves.into_iter().peekable(), restored.into_iter().peekable());
    let mut out = Vec::new();
    for (index, node) in insts.into_iter().enumerate() {
        let loc = node.loc;
        while let Some(save) = saves.next_if(|save| save.first == index) {
            out.push(Node { inst: (saving.store)(save.reg, save.slot), loc });
        }
        out.push(node);
        while let Some(save) = restored.next_if(|save| save.last == index) {
            out.push(Node { inst: (saving.load)(save.reg, save.slot), loc });
        }
    }
    Some((out, slots))
}

/// The stretches of all temporaries, in the order of their first instructions.
fn ranges(insts: &[Node], live: &[RegSet]) -> Vec<Range> {
    let mut ranges: Vec<Range> = Vec::new();
    for temporary in Reg::TEMPORARIES {
        let mut open: Option<usize> = None;
        for (index, node) in insts.iter().enumerate() {
            let writes = node.inst.destination() == Some(temporary);
            let reads = node.inst.reads().contains(temporary);
            if let (Some(first), true) = (open, reads) {
                // Ends here unless it is needed later, or this is the instruction that gives it its next value.
                if !live[index].contains(temporary) || (writes && !matches!(node.inst, Inst::Cmov { .. })) {
                    ranges.push(Range { temporary, first, last: index });
                    open = None;
                }
            }
            if writes && open.is_none() {
                match live[index].contains(temporary) {
                    true => open = Some(index),
                    // Nobody reads it.
                    false if !reads => ranges.push(Range { temporary, first: index, last: index }),
                    false => {}
                }
            }
        }
    }
    ranges.sort_by_key(|range| (range.first, range.last));
    ranges
}
