// SPDX-License-Identifier: Apache-2.0
//! Does the work of a block in another order and with other registers, so that less has to be kept on the stack.
//!
//! Before, where nobody reads the slot later:
//! ```text
//! @0: a2 = Add(W64) a0, a1
//!     U64 [sp + 200] = a2
//!     a2 = U64 [a0 + 0]
//!     a3 = U64 [sp + 200]
//!     a0 = Add(W64) a2, a3
//! ```
//! After:
//! ```text
//! @0: t0 = Add(W64) a0, a1
//!     a0 = U64 [a0 + 0]
//!     a0 = Add(W64) a0, t0
//! ```
//!
//! Compilers schedule large blocks badly for 13 registers: half of the instructions of unrolled cryptography are loads
//! and stores of the stack. `graph` forgets registers and stack slots, `order` and `eager` find orders in which the work can be done,
//! `allocate` gives values registers, by when they are needed (`uses`), and `outputs` takes them to where they belong behind the work; `words` loads at once what is put together from bytes. The new code is taken only if it is shorter and accesses memory no more often.
//!
//! Stores to the stack may go only where a frame is private; see [`Frames`]. Values that find no register are kept below the stack
//! pointer, where nobody has anything while a block runs; the stack grows by as much.

mod allocate;
mod cost;
mod eager;
mod graph;
mod order;
mod outputs;
#[cfg(test)]
mod tests;
mod uses;
mod words;

use std::{borrow::Cow, slice};

use super::Context;
use crate::{
    analysis::{stack_access, Frames, LiveSlots, Liveness},
    hash::FastMap,
    ir::{BlockId, Const, Inst, Node, Program, Reg, RegSet, Terminator},
};

use cost::Cost;
use graph::OpId;
use revive_vm_primitives::memory_map::PAGE_SIZE_MIN;

/// Runs of more instructions are left alone.
const INSTS_MAX: usize = 1 << 16;

/// In longer runs the order of the compiler is not tried: it needs far more registers than there are.
const FIRST_INSTS_MAX: usize = 128;

/// How many bytes the best that was found for a run takes above what its work takes at least, by its block and the number of parts of
/// that which come behind.
pub(super) type Gaps = FastMap<(BlockId, usize), u64>;

/// A run whose gap has grown by no more than one part in so many is not tried again.
const GAP_PARTS: u64 = 16;

/// Runs the pass.
pub(super) fn run(program: &mut Program, context: &mut Context<'_>) {
    if !context.trusts_returns {
        return;
    }
    let cfg = context.cfg(program);
    let liveness = Liveness::new(program, &cfg);
    if !liveness.is_conventional {
        return;
    }
    let frames = Frames::new(program, &cfg, &liveness);
    let mut bytes_below = 0;
    for position in 0..program.order.len() {
        let id = program.order[position];
        let insts = &program.block(id).insts;
        let may_gain = insts
            .iter()
            .any(|node| matches!(node.inst, Inst::Load { address, .. } if address.base == Some(Reg::SP)));
        if may_gain || words::may_join(insts.iter().map(|node| &node.inst)) {
            block(program, id, &liveness, &frames, &mut bytes_below, &mut context.gaps);
        }
    }
    if bytes_below > 0 {
        let size = program.stack_size.saturating_add(bytes_below as u32);
        program.stack_size = size.checked_next_multiple_of(PAGE_SIZE_MIN).unwrap_or(size);
    }
}

/// Does the runs of a block, the last one first.
fn block(
    program: &mut Program,
    id: BlockId,
    liveness: &Liveness,
    frames: &Frames,
    bytes_below: &mut i32,
    gaps: &mut Gaps,
) {
    let end = program.block(id).end;
    let mut live = liveness.before_end(&end);
    let mut slots = frames.before_end(program, id);
    let word_bytes = program.xlen.bytes() as i32;
    let insts = std::mem::take(&mut program.block_mut(id).insts);
    let is_private = slots.is_some();
    let mut rest = insts.as_slice();
    // The runs behind, the last one first.
    let mut done: Vec<Cow<'_, [Node]>> = Vec::new();
    while !rest.is_empty() {
        let run =
            rest.iter().rposition(|node| graph::is_barrier(&node.inst, is_private)).map_or(0, |at| at + 1);
        let (before, run) = rest.split_at(run);
        let below = frames.free_below(id, slots.as_ref()).filter(|_| end != Terminator::Trap);
        let gap = gaps.entry((id, done.len())).or_default();
        let new = improve(run, live, slots.as_ref(), word_bytes, below, gap);
        let new = new.map_or_else(
            || Cow::Borrowed(run),
            |new| {
                *bytes_below = (*bytes_below).max(new.bytes_below);
                Cow::Owned(new.insts)
            },
        );
        if before.is_empty() {
            // Nobody asks what is live in front of the first run.
            done.push(new);
            break;
        }
        let mut step = |node: &Node| {
            live = live.minus(node.inst.writes()).union(node.inst.reads());
            slots.iter_mut().for_each(|slots| slots.step(&node.inst));
        };
        new.iter().rev().for_each(&mut step);
        done.push(new);
        rest = before;
        if let Some((barrier, before)) = rest.split_last() {
            step(barrier);
            done.push(Cow::Borrowed(slice::from_ref(barrier)));
            rest = before;
        }
    }
    done.reverse();
    let is_new = done.iter().any(|part| matches!(part, Cow::Owned(_)));
    let new = is_new.then(|| done.concat());
    program.block_mut(id).insts = new.unwrap_or(insts);
}

/// Better instructions for a run, if there are any. `gap` is how many bytes it took too many when it was looked at last.
fn improve(
    run: &[Node],
    live: RegSet,
    slots: Option<&LiveSlots>,
    word_bytes: i32,
    below: Option<i32>,
    gap: &mut u64,
) -> Option<allocate::Allocated> {
    let loads =
        |node: &Node| matches!(node.inst, Inst::Load { address, .. } if address.base == Some(Reg::SP));
    // Temporaries that later runs read would have to stay what they are.
    if live.minus(RegSet::REAL) != RegSet::EMPTY
        || run.len() > INSTS_MAX
        || !(run.iter().any(loads) && has_redundancy(run)
            || words::may_join(run.iter().map(|node| &node.inst)))
    {
        return None;
    }
    let graph = graph::build(run, live, slots, word_bytes);
    let mut best = Cost::of(run.iter().map(|node| &node.inst));
    let mut found = None;
    let first = order::first(&graph);
    let least = Cost::of(first.iter().map(|id| &graph.ops[*id as usize].inst));
    if !least.is_below(best) || best.bytes - least.bytes <= *gap + *gap / GAP_PARTS {
        return None;
    }
    // What else is in `ra` is not returned through.
    let has_return = live.contains(Reg::RA) && keeps_returns(run);
    let eager = eager::Eager::new(&graph);
    let orders: [&dyn Fn() -> Vec<OpId>; 3] = [
        // First what the compiler thought best: of what costs as much, that is kept.
        &|| first.clone(),
        &|| eager.order(&order::late(&graph, &first)),
        &|| eager.order(&first),
    ];
    for order in orders.iter().skip(usize::from(run.len() > FIRST_INSTS_MAX)) {
        if !least.is_below(best) {
            break;
        }
        let order = order();
        let new = allocate::allocate(&graph, &order, word_bytes, below, (least, best));
        let Some(new) = new else { continue };
        if !has_return || keeps_returns(&new.insts) {
            best.bytes = new.cost.bytes;
            found = Some(new);
        }
    }
    *gap = best.bytes - least.bytes;
    found
}

/// Whether a slot is accessed twice, or a value moved: what saves and restores registers has neither, and cannot become shorter.
fn has_redundancy(run: &[Node]) -> bool {
    let mut slots: Vec<i32> = Vec::with_capacity(run.len());
    for node in run {
        if matches!(node.inst, Inst::Move { .. }) {
            return true;
        }
        slots.extend(stack_access(&node.inst).map(|(offset, _)| offset));
    }
    slots.sort_unstable();
    slots.windows(2).any(|pair| pair[0] == pair[1])
}

/// Whether `ra` gets its last value from where return addresses come from, if it gets any.
fn keeps_returns(insts: &[Node]) -> bool {
    let last = insts.iter().rev().find(|node| node.inst.writes().contains(Reg::RA));
    last.is_none_or(|node| match node.inst {
        Inst::Load { address, .. } => address.base == Some(Reg::SP),
        Inst::Const { value, .. } => matches!(value, Const::Code(_)),
        _ => false,
    })
}
