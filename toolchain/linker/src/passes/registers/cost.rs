// SPDX-License-Identifier: Apache-2.0
//! What a way to do the work costs, so that ways can be compared.

use crate::{ir::Inst, size};

/// What instructions take.
#[derive(Clone, Copy, Default)]
pub(super) struct Cost {
    pub(super) bytes: u64,
    /// How many of them access memory.
    pub(super) accesses: usize,
}

impl Cost {
    /// That of these instructions.
    pub(super) fn of<'i>(insts: impl Iterator<Item = &'i Inst>) -> Self {
        let mut cost = Self::default();
        insts.for_each(|inst| cost.add(inst));
        cost
    }

    pub(super) fn add(&mut self, inst: &Inst) {
        self.bytes += size::inst(inst);
        self.accesses += usize::from(matches!(inst, Inst::Load { .. } | Inst::Store { .. }));
    }

    /// Whether it is better than the best so far, and accesses memory no more often.
    pub(super) fn is_below(self, best: Self) -> bool {
        self.bytes < best.bytes && self.accesses <= best.accesses
    }
}
