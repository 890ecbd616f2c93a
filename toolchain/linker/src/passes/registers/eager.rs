// SPDX-License-Identifier: Apache-2.0
//! An order in which values live shortly: whatever ends as many values as it makes is done at once.
//!
//! Sums of products of two words each are the example. Compilers make all products first, and an order that goes back from
//! each result makes all low halves first; either way products and sums have to be kept until somebody looks at their
//! carries. Here a carry is taken as soon as its sum is there, because then the product is not needed any more; the carry
//! and the high half become one value, and this one is added to the sum of high halves. What is kept of a product is two sums.
//!
//! Also what the recompiler can do at once comes together: both halves of a product, and a sum and its carry.
//!
//! Takes time linear in the number of operations, because only few of those that read a value are looked at.

use super::graph::{Graph, Op, OpId, Source, Value, NONE};
use crate::{
    hash::FastMap,
    ir::{Bin, Inst, Reg, W},
};

#[cfg(test)]
mod tests;

/// Of what an operation makes, so many readers are looked at.
const READERS_MAX: usize = 4;

/// The work, as far as it does not depend on the order.
pub(super) struct Eager<'g> {
    graph: &'g Graph,
    /// Per operation: where those begin in [`Self::waiting`] that wait for it. There is one more.
    first_waiting: Vec<u32>,
    waiting: Vec<OpId>,
    /// Per operation that makes half of a product: who makes the other half, or [`NONE`].
    other_half: Vec<OpId>,
    /// What there is at first.
    left: Left,
}

/// What is left to be done.
#[derive(Clone)]
struct Left {
    /// Per operation: how many others have to be done before.
    waits_for: Vec<u32>,
    /// Per value: how often it is still read. What is needed at the end counts too.
    reads: Vec<u32>,
    /// Per value: those who still read it, all combined by exclusive or: one alone is known by that.
    readers: Vec<OpId>,
}

impl<'g> Eager<'g> {
    pub(super) fn new(graph: &'g Graph) -> Self {
        let (ops, values) = (graph.ops.len(), graph.values.len());
        let mut left = Left { waits_for: vec![0; ops], reads: vec![0; values], readers: vec![0; values] };
        let mut first_waiting = vec![0_u32; ops + 1];
        for id in 0..ops as OpId {
            for_each_earlier(graph, id, |earlier| {
                left.waits_for[id as usize] += 1;
                first_waiting[earlier as usize + 1] += 1;
            });
            for value in values_of(graph, id) {
                left.reads[value as usize] += 1;
                left.readers[value as usize] ^= id;
            }
        }
        for (_, value) in &graph.outputs {
            left.reads[*value as usize] += 1;
        }
        for id in 0..ops {
            first_waiting[id + 1] += first_waiting[id];
        }
        let mut next = first_waiting.clone();
        let mut waiting = vec![0; next[ops] as usize];
        for id in 0..ops as OpId {
            for_each_earlier(graph, id, |earlier| {
                let at = &mut next[earlier as usize];
                waiting[*at as usize] = id;
                *at += 1;
            });
        }
        Self { graph, first_waiting, waiting, other_half: other_halves(graph), left }
    }

    /// The order of `base`, but with all work done at once that ends as many values as it makes.
    pub(super) fn order(&self, base: &[OpId]) -> Vec<OpId> {
        let mut progress = Progress {
            eager: self,
            left: self.left.clone(),
            order: Vec::with_capacity(base.len()),
            is_done: vec![false; self.graph.ops.len()],
            candidates: Vec::new(),
            next: Vec::new(),
        };
        // What nobody needs is done when it can be.
        for (id, op) in (0..).zip(&self.graph.ops) {
            if !op.is_needed && self.left.waits_for[id as usize] == 0 {
                progress.emit(id);
            }
        }
        for &id in base {
            if !progress.is_done[id as usize] {
                progress.emit(id);
                progress.go_on();
            }
        }
        progress.order
    }

    /// Those that wait for an operation.
    fn waiting(&self, id: OpId) -> &[OpId] {
        &self.waiting[self.first_waiting[id as usize] as usize..self.first_waiting[id as usize + 1] as usize]
    }
}

/// Calls `f` with what must be done before an operation. What nobody needs has only a place among the accesses of memory, for
/// those behind it.
fn for_each_earlier(graph: &Graph, id: OpId, mut f: impl FnMut(OpId)) {
    graph.after(&graph.ops[id as usize]).iter().for_each(|earlier| f(*earlier));
    for value in values_of(graph, id) {
        if let Source::Op(earlier) = graph.values[value as usize] {
            f(earlier);
        }
    }
}

/// The values that an operation reads, each once; none if nobody needs it.
fn values_of(graph: &Graph, id: OpId) -> impl Iterator<Item = Value> + '_ {
    let op = &graph.ops[id as usize];
    let reads = if op.is_needed { op.reads() } else { &[] };
    let is_first = |(index, (_, value)): &(usize, &(Reg, Value))| {
        reads[..*index].iter().all(|(_, other)| other != value)
    };
    reads.iter().enumerate().filter(is_first).map(|(_, (_, value))| *value)
}

/// Per operation that makes half of a product both halves of which are made: who makes the other half.
fn other_halves(graph: &Graph) -> Vec<OpId> {
    let mut other_half = vec![NONE; graph.ops.len()];
    let mut halves: FastMap<(Value, Value), OpId> = FastMap::default();
    let is_high = |op: &Op| matches!(op.inst, Inst::Bin { op: Bin::MulHighUU, .. });
    for (id, op) in (0..).zip(&graph.ops) {
        let is_half = is_high(op) || matches!(op.inst, Inst::Bin { op: Bin::Mul(W::W64), .. });
        let &[(_, a), (_, b)] = op.reads() else { continue };
        if is_half && op.is_needed {
            let other = halves.insert((a.min(b), a.max(b)), id);
            if let Some(other) = other.filter(|other| is_high(&graph.ops[*other as usize]) != is_high(op)) {
                other_half[id as usize] = other;
                other_half[other as usize] = id;
            }
        }
    }
    other_half
}

/// An order that is being made.
struct Progress<'e> {
    eager: &'e Eager<'e>,
    left: Left,
    order: Vec<OpId>,
    is_done: Vec<bool>,
    /// What may be worth doing now, the best last.
    candidates: Vec<OpId>,
    /// What [`Self::emit`] has yet to do.
    next: Vec<OpId>,
}

impl Progress<'_> {
    /// Does an operation, the other half of its product if it is one, and what nobody needs behind them.
    fn emit(&mut self, id: OpId) {
        let graph = self.eager.graph;
        self.next.push(id);
        while let Some(id) = self.next.pop() {
            let op = &graph.ops[id as usize];
            debug_assert!(!self.is_done[id as usize] && self.left.waits_for[id as usize] == 0);
            self.is_done[id as usize] = true;
            if op.is_needed {
                self.order.push(id);
            }
            let other = self.eager.other_half[id as usize];
            if other != NONE && self.can_do(other) {
                self.next.push(other);
            }
            for value in values_of(graph, id) {
                let reads = &mut self.left.reads[value as usize];
                *reads -= 1;
                self.left.readers[value as usize] ^= id;
                if *reads == 1 {
                    // The last one, or any if the value is needed at the end.
                    self.candidates.push(self.left.readers[value as usize]);
                }
            }
            let waiting = self.eager.waiting(id);
            for &later in waiting {
                self.left.waits_for[later as usize] -= 1;
                if self.left.waits_for[later as usize] == 0 && !graph.ops[later as usize].is_needed {
                    self.next.push(later);
                }
            }
            if op.makes != NONE && waiting.len() <= READERS_MAX {
                let is_carry =
                    |id: &&OpId| matches!(graph.ops[**id as usize].inst, Inst::Bin { op: Bin::SltU, .. });
                self.candidates.extend(waiting.iter().filter(|id| !is_carry(id)));
                self.candidates.extend(waiting.iter().filter(is_carry));
            }
        }
    }

    /// Whether an operation is to be done, and can be.
    fn can_do(&self, id: OpId) -> bool {
        !self.is_done[id as usize] && self.left.waits_for[id as usize] == 0
    }

    /// Does what is worth doing now.
    fn go_on(&mut self) {
        let graph = self.eager.graph;
        while let Some(id) = self.candidates.pop() {
            if self.is_done[id as usize] || !graph.ops[id as usize].is_needed {
                continue;
            }
            match self.left.waits_for[id as usize] {
                0 if self.growth(&[id]) <= 0 => self.emit(id),
                // Only for an operand, which can be made now.
                1 => {
                    let first = values_of(graph, id).find_map(|value| match graph.values[value as usize] {
                        Source::Op(first) => self.can_do(first).then_some(first),
                        _ => None,
                    });
                    if let Some(first) = first.filter(|first| self.growth(&[*first, id]) <= 0) {
                        self.emit(first);
                        self.emit(id);
                    }
                }
                _ => {}
            }
        }
    }

    /// By how much the number of values grows if these operations are done, one after the other.
    fn growth(&self, ids: &[OpId]) -> i32 {
        let graph = self.eager.graph;
        let mut growth = 0;
        for (index, &id) in ids.iter().enumerate() {
            growth += i32::from(graph.ops[id as usize].makes != NONE);
            for value in values_of(graph, id) {
                let reads_it = |id: &&OpId| values_of(graph, **id).any(|other| other == value);
                let is_last = ids.iter().filter(reads_it).count() == self.left.reads[value as usize] as usize;
                growth -= i32::from(is_last && !ids[..index].iter().any(|id| reads_it(&id)));
            }
        }
        growth
    }
}
