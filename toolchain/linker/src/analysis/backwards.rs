// SPDX-License-Identifier: Apache-2.0
//! Blocks that are to be gone over for what is known behind them: each behind those that it leads to, as far as there are no loops.
//!
//! In any other order, what is known far behind comes to the start step by step, and each step goes all the way: a function of some
//! thousand blocks in a row would take that many times as long.

use std::collections::BTreeSet;

use crate::ir::{BlockId, Program, Terminator};

/// The blocks that wait, and where in the order we are.
pub(super) struct Backwards {
    /// The blocks of the program in their order: the ends of functions first.
    order: Vec<BlockId>,
    /// The place of each block in it.
    place: Vec<u32>,
    /// The places of those that wait.
    waiting: BTreeSet<u32>,
    /// The first place that comes next. What waits before that has its turn in the next round.
    next: u32,
}

impl Backwards {
    /// With none waiting.
    pub(super) fn new(program: &Program) -> Self {
        let mut order = Vec::with_capacity(program.order.len());
        let mut is_seen = vec![false; program.blocks.len()];
        // Each with what it leads to that was not looked at yet. A call leads to where it comes back.
        let mut path: Vec<(BlockId, [Option<BlockId>; 2])> = Vec::new();
        for &start in &program.order {
            let mut enter = Some(start).filter(|id| !std::mem::replace(&mut is_seen[id.index()], true));
            loop {
                if let Some(id) = enter.take() {
                    path.push((id, successors(program.block(id).end)));
                }
                let Some((id, left)) = path.last_mut() else { break };
                match left.iter_mut().find_map(Option::take) {
                    Some(to) => {
                        enter = Some(to).filter(|to| !std::mem::replace(&mut is_seen[to.index()], true))
                    }
                    None => {
                        order.push(*id);
                        path.pop();
                    }
                }
            }
        }
        let mut place = vec![0; program.blocks.len()];
        order.iter().zip(0..).for_each(|(id, at)| place[id.index()] = at);
        Self { order, place, waiting: BTreeSet::new(), next: 0 }
    }

    /// Has a block wait, if it does not yet.
    pub(super) fn push(&mut self, id: BlockId) {
        self.waiting.insert(self.place[id.index()]);
    }

    /// The next block.
    pub(super) fn pop(&mut self) -> Option<BlockId> {
        let place = self.waiting.range(self.next..).next().or(self.waiting.first()).copied()?;
        self.waiting.remove(&place);
        self.next = place + 1;
        Some(self.order[place as usize])
    }
}

fn successors(end: Terminator) -> [Option<BlockId>; 2] {
    match end {
        Terminator::Jump(to) => [Some(to), None],
        Terminator::Branch { yes, no, .. } => [Some(yes), Some(no)],
        Terminator::Call { back, .. } | Terminator::CallIndirect { back, .. } => [Some(back), None],
        Terminator::JumpIndirect { .. } | Terminator::Trap => [None, None],
    }
}
