// SPDX-License-Identifier: Apache-2.0
//! Whether functions return to where their return address says.

use super::slots::{Access, Slot, SLOTS};
use crate::{
    analysis::{Cfg, Functions},
    ir::{BlockId, Const, Inst, Program, Reg, Terminator},
};

/// The ways through functions on which `ra` has got something else.
pub(super) struct Ways<'p> {
    program: &'p Program,
    cfg: &'p Cfg,
    functions: &'p Functions,
    /// Blocks at whose start `ra` may hold something else than what the function returns to.
    is_other: Vec<bool>,
}

impl<'p> Ways<'p> {
    /// With no function looked at yet.
    pub(super) fn new(program: &'p Program, cfg: &'p Cfg, functions: &'p Functions) -> Self {
        Self { program, cfg, functions, is_other: vec![false; program.blocks.len()] }
    }

    /// Whether a function returns to where its return address says: `ra` is as it was found, or comes from its slot.
    pub(super) fn lead_to_callers(
        &mut self,
        blocks: &[BlockId],
        slots: &[Slot; SLOTS],
        accesses: &[Vec<Access>],
    ) -> bool {
        let (program, functions) = (self.program, self.functions);
        let slot = slots.iter().position(|slot| slot.reg == Some(Reg::RA));
        let is_restored = |id: BlockId, at: usize| {
            let is_load = |access: &Access| !access.is_store && access.at == at && Some(access.slot) == slot;
            accesses[id.index()].iter().any(is_load)
        };
        let mut work: Vec<BlockId> = Vec::new();
        for &id in blocks {
            work.extend(program.block(id).end.back());
            // Labels within the function. Their address may be in `ra` for a call that was taken apart: that counts as known.
            if self.cfg.reach.address_taken[id.index()] {
                work.push(id);
            }
        }
        // Whether what is written last is the return address; none if nothing is.
        let last_write = |id: BlockId| {
            let insts = program.block(id).insts.iter().enumerate();
            insts.rev().find(|(_, node)| node.inst.writes().contains(Reg::RA)).map(|(at, node)| {
                match node.inst {
                    Inst::Const { value: Const::Code(label), .. } => {
                        functions.of[label.index()] == functions.of[id.index()]
                    }
                    _ => is_restored(id, at),
                }
            })
        };
        let mut ends: Vec<BlockId> =
            blocks.iter().copied().filter(|id| last_write(*id) == Some(false)).collect();
        loop {
            if let Some(id) = ends.pop() {
                match program.block(id).end {
                    Terminator::JumpIndirect { base: Reg::RA } => return false,
                    Terminator::Call { .. } => {}
                    end => end.for_each_successor(|to| work.push(to)),
                }
            } else if let Some(id) = work.pop() {
                if !std::mem::replace(&mut self.is_other[id.index()], true) && last_write(id).is_none() {
                    ends.push(id);
                }
            } else {
                return true;
            }
        }
    }
}
