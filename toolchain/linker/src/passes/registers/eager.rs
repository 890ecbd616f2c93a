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

use super::graph::{Graph, OpId, Source, Value, NONE};
use crate::{
    hash::FastMap,
    ir::{Bin, Inst, W},
};

#[cfg(test)]
mod tests;

/// Of what an operation makes, so many readers are looked at.
const READERS_MAX: usize = 4;

/// The order of `base`, but with all work done at once that ends as many values as it makes.
pub(super) fn eager(graph: &Graph, base: &[OpId]) -> Vec<OpId> {
    let mut eager = Eager::new(graph, base.len());
    for &id in base {
        if !eager.is_done[id as usize] {
            eager.emit(id);
            eager.go_on();
        }
    }
    eager.order
}

struct Eager<'g> {
    graph: &'g Graph,
    order: Vec<OpId>,
    is_done: Vec<bool>,
    /// Per operation: how many others have to be done before.
    waits_for: Vec<u32>,
    /// Per operation: who waits for it; where that begins in [`Self::waiting`]. There is one more.
    first_waiting: Vec<u32>,
    waiting: Vec<OpId>,
    /// Per value: how often it is still read. What is needed at the end counts too.
    reads_left: Vec<u32>,
    /// Per value: those who still read it, all combined by exclusive or: one alone is known by that.
    readers_left: Vec<OpId>,
    /// Per operation that makes half of a product: who makes the other half, or [`NONE`].
    other_half: Vec<OpId>,
    /// What may be worth doing now, the best last.
    candidates: Vec<OpId>,
    /// What [`Self::emit`] has yet to do.
    work: Vec<OpId>,
}

impl<'g> Eager<'g> {
    fn new(graph: &'g Graph, needed: usize) -> Self {
        let count = graph.ops.len();
        let mut eager = Self {
            graph,
            order: Vec::with_capacity(needed),
            is_done: vec![false; count],
            waits_for: vec![0; count],
            first_waiting: vec![0; count + 1],
            waiting: Vec::new(),
            reads_left: vec![0; graph.values.len()],
            readers_left: vec![0; graph.values.len()],
            other_half: vec![NONE; count],
            candidates: Vec::new(),
            work: Vec::new(),
        };
        eager.find_halves();
        for id in 0..count as OpId {
            eager.for_each_earlier(id, |this, earlier| {
                this.waits_for[id as usize] += 1;
                this.first_waiting[earlier as usize + 1] += 1;
            });
            for value in eager.values(id) {
                eager.reads_left[value as usize] += 1;
                eager.readers_left[value as usize] ^= id;
            }
        }
        for (_, value) in &graph.outputs {
            eager.reads_left[*value as usize] += 1;
        }
        for id in 0..count {
            eager.first_waiting[id + 1] += eager.first_waiting[id];
        }
        let mut next = eager.first_waiting.clone();
        eager.waiting = vec![0; next[count] as usize];
        for id in 0..count as OpId {
            eager.for_each_earlier(id, |this, earlier| {
                let at = &mut next[earlier as usize];
                this.waiting[*at as usize] = id;
                *at += 1;
            });
        }
        // What nobody needs is done when it can be.
        for id in 0..count {
            if !graph.ops[id].is_needed && eager.waits_for[id] == 0 && !eager.is_done[id] {
                eager.emit(id as OpId);
            }
        }
        eager
    }

    /// Finds products both halves of which are made.
    fn find_halves(&mut self) {
        let mut halves: FastMap<(Value, Value), OpId> = FastMap::default();
        for (id, op) in (0..).zip(&self.graph.ops) {
            let is_half = matches!(op.inst, Inst::Bin { op: Bin::Mul(W::W64) | Bin::MulHighUU, .. });
            let &[(_, a), (_, b)] = op.reads() else { continue };
            if is_half && op.is_needed {
                match halves.insert((a.min(b), a.max(b)), id) {
                    Some(other) if is_high(&self.graph.ops[other as usize].inst) != is_high(&op.inst) => {
                        self.other_half[id as usize] = other;
                        self.other_half[other as usize] = id;
                    }
                    _ => {}
                }
            }
        }
    }

    /// Calls `f` with what must be done before an operation. What nobody needs has only a place among the accesses of memory,
    /// for those behind it.
    fn for_each_earlier(&mut self, id: OpId, mut f: impl FnMut(&mut Self, OpId)) {
        let graph = self.graph;
        let op = &graph.ops[id as usize];
        graph.after(op).iter().for_each(|earlier| f(self, *earlier));
        for value in self.values(id) {
            if let Source::Op(earlier) = graph.values[value as usize] {
                f(self, earlier);
            }
        }
    }

    /// The values that an operation reads, each once; none if nobody needs it.
    fn values(&self, id: OpId) -> impl Iterator<Item = Value> + 'g {
        let op = &self.graph.ops[id as usize];
        let reads = if op.is_needed { op.reads() } else { &[] };
        reads
            .iter()
            .enumerate()
            .filter(|(index, (_, value))| reads[..*index].iter().all(|(_, other)| other != value))
            .map(|(_, (_, value))| *value)
    }

    /// Does an operation, the other half of its product if it is one, and what nobody needs behind them.
    fn emit(&mut self, id: OpId) {
        self.work.push(id);
        while let Some(id) = self.work.pop() {
            let op = &self.graph.ops[id as usize];
            debug_assert!(!self.is_done[id as usize] && self.waits_for[id as usize] == 0);
            self.is_done[id as usize] = true;
            if op.is_needed {
                self.order.push(id);
            }
            let other = self.other_half[id as usize];
            if other != NONE && !self.is_done[other as usize] && self.waits_for[other as usize] == 0 {
                self.work.push(other);
            }
            for value in self.values(id) {
                let left = &mut self.reads_left[value as usize];
                *left -= 1;
                self.readers_left[value as usize] ^= id;
                if *left == 1 {
                    // The last one, or any if the value is needed at the end.
                    self.candidates.push(self.readers_left[value as usize]);
                }
            }
            let waiting = self.first_waiting[id as usize]..self.first_waiting[id as usize + 1];
            let waiting = &self.waiting[waiting.start as usize..waiting.end as usize];
            for &later in waiting {
                self.waits_for[later as usize] -= 1;
                if self.waits_for[later as usize] == 0 && !self.graph.ops[later as usize].is_needed {
                    self.work.push(later);
                }
            }
            if op.makes != NONE && waiting.len() <= READERS_MAX {
                let is_carry = |id: &&OpId| {
                    matches!(self.graph.ops[**id as usize].inst, Inst::Bin { op: Bin::SltU, .. })
                };
                self.candidates.extend(waiting.iter().filter(|id| !is_carry(id)));
                self.candidates.extend(waiting.iter().filter(is_carry));
            }
        }
    }

    /// Does what is worth doing now.
    fn go_on(&mut self) {
        while let Some(id) = self.candidates.pop() {
            if self.is_done[id as usize] || !self.graph.ops[id as usize].is_needed {
                continue;
            }
            match self.waits_for[id as usize] {
                0 if self.growth(&[id]) <= 0 => self.emit(id),
                // Only for an operand, which can be made now.
                1 => {
                    let first = self.values(id).find_map(|value| match self.graph.values[value as usize] {
                        Source::Op(first) if !self.is_done[first as usize] => Some(first),
                        _ => None,
                    });
                    let first = first.filter(|first| self.waits_for[*first as usize] == 0);
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
        let mut growth = 0;
        for (index, id) in ids.iter().enumerate() {
            growth += i32::from(self.graph.ops[*id as usize].makes != NONE);
            for value in self.values(*id) {
                let reads = ids.iter().filter(|id| self.values(**id).any(|other| other == value)).count();
                let is_first = ids[..index].iter().all(|id| self.values(*id).all(|other| other != value));
                growth -= i32::from(is_first && self.reads_left[value as usize] as usize == reads);
            }
        }
        growth
    }
}

/// Whether it makes the high half of a product.
fn is_high(inst: &Inst) -> bool {
    matches!(inst, Inst::Bin { op: Bin::MulHighUU, .. })
}
