// SPDX-License-Identifier: Apache-2.0
//! Who leads to a block.

use std::rc::Rc;

use super::Reach;
use crate::ir::{BlockId, Program};

/// The graph of control flow, backwards.
pub(crate) struct Cfg {
    /// All predecessors, those of one block together.
    predecessors: Vec<BlockId>,
    /// Where those of a block start.
    starts: Vec<u32>,
    /// Blocks that control also reaches by other ways than direct jumps: exports and targets of indirect jumps.
    entered: Vec<bool>,
    pub(crate) reach: Rc<Reach>,
}

impl Cfg {
    /// Computes it.
    pub(crate) fn new(program: &Program) -> Self {
        Self::of(program, Rc::new(Reach::new(program)))
    }

    /// The same for other terminators, where nothing can be reached that could not be reached before.
    pub(crate) fn with_ends_of(&self, program: &Program) -> Self {
        Self::of(program, Rc::clone(&self.reach))
    }

    /// Computes it, knowing what can be reached.
    pub(crate) fn of(program: &Program, reach: Rc<Reach>) -> Self {
        let mut counts = vec![0_u32; program.blocks.len() + 1];
        let mut edges = Vec::with_capacity(2 * program.order.len());
        for &id in &program.order {
            program.block(id).end.for_each_successor(|to| {
                counts[to.index() + 1] += 1;
                edges.push((id, to));
            });
        }
        for index in 1..counts.len() {
            counts[index] += counts[index - 1];
        }
        let mut next = counts.clone();
        let mut predecessors = vec![BlockId(0); edges.len()];
        for (from, to) in edges {
            let slot = &mut next[to.index()];
            predecessors[*slot as usize] = from;
            *slot += 1;
        }
        let mut entered = reach.dynamic.clone();
        for export in &program.exports {
            entered[export.block.index()] = true;
        }
        Self { predecessors, starts: counts, entered, reach }
    }

    /// Whether this has everything that another has which was computed later.
    pub(crate) fn covers(&self, later: &Self, program: &Program) -> bool {
        let all = |mine: &[bool], others: &[bool]| {
            mine.len() == others.len() && mine.iter().zip(others).all(|(a, b)| a >= b)
        };
        all(&self.entered, &later.entered)
            && all(&self.reach.blocks, &later.reach.blocks)
            && all(&self.reach.data, &later.reach.data)
            && all(&self.reach.dynamic, &later.reach.dynamic)
            && all(&self.reach.address_taken, &later.reach.address_taken)
            && program
                .order
                .iter()
                .all(|id| later.predecessors(*id).iter().all(|from| self.predecessors(*id).contains(from)))
    }

    /// The blocks that jump, branch or call to a block. A branch with both ways to it is there twice.
    pub(crate) fn predecessors(&self, id: BlockId) -> &[BlockId] {
        let (from, to) = (self.starts[id.index()] as usize, self.starts[id.index() + 1] as usize);
        &self.predecessors[from..to]
    }

    /// Whether control also gets there in ways that the predecessors do not tell.
    pub(crate) fn is_entered(&self, id: BlockId) -> bool {
        self.entered[id.index()]
    }

    /// The only way to a block, if there is only one.
    pub(crate) fn only_predecessor(&self, id: BlockId) -> Option<BlockId> {
        match self.predecessors(id) {
            [only] if !self.is_entered(id) => Some(*only),
            _ => None,
        }
    }
}
