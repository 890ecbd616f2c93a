// SPDX-License-Identifier: Apache-2.0
//! Orders in which work can be done.

use super::graph::{Graph, OpId, Source};

/// The order of the compiler.
pub(super) fn first(graph: &Graph) -> Vec<OpId> {
    (0..graph.ops.len() as OpId).filter(|id| graph.ops[*id as usize].is_needed).collect()
}

/// As late as possible, from the first order: what is needed for each store and each output is done right before it.
pub(super) fn late(graph: &Graph, first: &[OpId]) -> Vec<OpId> {
    let mut order = Vec::with_capacity(first.len());
    let mut is_done = vec![false; graph.ops.len()];
    let is_output = {
        let mut is_output = vec![false; graph.ops.len()];
        for (_, value) in &graph.outputs {
            if let Source::Op(id) = graph.values[*value as usize] {
                is_output[id as usize] = true;
            }
        }
        is_output
    };
    // Each with the number of things in front of it that were looked at.
    let mut stack: Vec<(OpId, u32)> = Vec::new();
    for &root in first {
        if !graph.ops[root as usize].is_store && !is_output[root as usize] || is_done[root as usize] {
            continue;
        }
        stack.push((root, 0));
        while let Some((id, seen)) = stack.last_mut() {
            match before(graph, *id, *seen) {
                Some(earlier) => {
                    *seen += 1;
                    stack.extend(earlier.filter(|id| !is_done[*id as usize]).map(|id| (id, 0)));
                }
                None => {
                    let is_new = !std::mem::replace(&mut is_done[*id as usize], true);
                    if is_new && graph.ops[*id as usize].is_needed {
                        order.push(*id);
                    }
                    stack.pop();
                }
            }
        }
    }
    order
}

/// The operation that comes first by the reason with this number, if any; none if there is no such reason.
fn before(graph: &Graph, id: OpId, number: u32) -> Option<Option<OpId>> {
    let op = &graph.ops[id as usize];
    let number = number as usize;
    let after = graph.after(op);
    match after.get(number) {
        Some(earlier) => Some(Some(*earlier)),
        None => op.reads().get(number - after.len()).map(|(_, value)| match graph.values[*value as usize] {
            Source::Op(earlier) => Some(earlier),
            Source::Register(_) | Source::Constant(..) => None,
        }),
    }
}
