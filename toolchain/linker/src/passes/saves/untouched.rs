// SPDX-License-Identifier: Apache-2.0
//! The registers in which functions still have what their callers left there.

use super::SAVED;
use crate::{
    analysis::Cfg,
    ir::{BlockId, Program, Reg, RegSet, Terminator},
};

/// What is known at the start of each block as long as ways to it are still looked at.
struct Starts {
    /// None where no way was seen yet.
    untouched: Vec<Option<RegSet>>,
    /// Blocks of which that has changed.
    work: Vec<BlockId>,
}

impl Starts {
    /// There is a way to a block on which no more than these are untouched.
    fn add(&mut self, id: BlockId, set: RegSet) {
        let start = &mut self.untouched[id.index()];
        let new = start.map_or(set, |old| old.common(set));
        if start.replace(new) != Some(new) {
            self.work.push(id);
        }
    }
}

/// The registers that still hold at the start of each block what they held when the function was entered.
pub(super) fn untouched(program: &Program, cfg: &Cfg) -> Vec<RegSet> {
    let all = RegSet::of(&SAVED);
    let mut starts = Starts { untouched: vec![None; program.blocks.len()], work: Vec::new() };
    for export in &program.exports {
        starts.add(export.block, all);
    }
    for &id in &program.order {
        if cfg.reach.address_taken[id.index()] {
            starts.add(id, RegSet::EMPTY);
        }
        let end = program.block(id).end;
        if let Terminator::Call { link, to, .. } = end {
            starts.add(to, if link == Reg::RA { all } else { RegSet::EMPTY });
        }
        if let Some(back) = end.back() {
            starts.add(back, RegSet::EMPTY);
        }
    }
    while let Some(id) = starts.work.pop() {
        let block = program.block(id);
        let Some(set) = starts.untouched[id.index()] else { continue };
        let set = block.insts.iter().fold(set, |set, node| set.minus(node.inst.writes()));
        match block.end {
            Terminator::Call { .. } => {}
            end => end.for_each_successor(|to| starts.add(to, set)),
        }
    }
    starts.untouched.into_iter().map(Option::unwrap_or_default).collect()
}
