// SPDX-License-Identifier: Apache-2.0
//! When values are needed, for work in a given order.

use super::graph::{Graph, OpId, Value};

/// Never.
pub(super) const NEVER: u32 = u32::MAX;

/// The times, numbers in the order of the work, at which each value is needed. What is needed at the end is needed behind
/// all work.
pub(super) struct Uses {
    /// Per value: where its times begin in [`Self::at`]. There is one more.
    first: Vec<u32>,
    /// Per value: which one is next.
    next: Vec<u32>,
    at: Vec<u32>,
}

impl Uses {
    /// With all of them ahead.
    pub(super) fn new(graph: &Graph, order: &[OpId]) -> Self {
        let count = graph.values.len();
        let mut first = vec![0_u32; count + 1];
        for_each(graph, order, |value, _| first[value as usize + 1] += 1);
        for value in 0..count {
            first[value + 1] += first[value];
        }
        let mut next = first.clone();
        let mut at = vec![0; first[count] as usize];
        for_each(graph, order, |value, now| {
            at[next[value as usize] as usize] = now;
            next[value as usize] += 1;
        });
        next.clone_from(&first);
        Self { first, next, at }
    }

    /// The next one of a value, or [`NEVER`].
    pub(super) fn next(&self, value: Value) -> u32 {
        let next = self.next[value as usize];
        match next < self.first[value as usize + 1] {
            true => self.at[next as usize],
            false => NEVER,
        }
    }

    /// The next one of a value is over.
    pub(super) fn pass(&mut self, value: Value) {
        self.next[value as usize] += 1;
    }

    /// The last one of a value, passed or not; 0 if there is none.
    pub(super) fn last(&self, value: Value) -> u32 {
        match self.first[value as usize + 1] {
            end if end > self.first[value as usize] => self.at[end as usize - 1],
            _ => 0,
        }
    }
}

/// Calls `f` with each value that is needed, and when: what is needed at the end comes last.
fn for_each(graph: &Graph, order: &[OpId], mut f: impl FnMut(Value, u32)) {
    for (at, id) in order.iter().enumerate() {
        graph.ops[*id as usize].reads().iter().for_each(|(_, value)| f(*value, at as u32));
    }
    graph.outputs.iter().for_each(|(_, value)| f(*value, order.len() as u32));
}
