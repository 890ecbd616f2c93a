// SPDX-License-Identifier: Apache-2.0
//! Puts small functions in the place of calls, where that is shorter than the call, or hardly longer.
//!
//! Before:
//! ```text
//! @0: ra = &@1, jump @2
//! @1: a1 = a0, jump [ra]
//! @2: a0 = Add(W64) a0, 1, jump [ra]
//! ```
//! After:
//! ```text
//! @0: a0 = Add(W64) a0, 1, jump @1
//! @1: a1 = a0, jump [ra]
//! ```
//!
//! A function is small if it is one block that returns, does not touch `ra`, and takes few bytes: a call takes six, and
//! three more in the jump table. Nobody may read the return address behind the call.

#[cfg(test)]
mod tests;

use super::{collect, Context};
use crate::{
    ir::{Node, Program, Reg, Terminator},
    locations::Loc,
    size,
};

/// Bytes of a function that is put in the place of a call.
const BYTES_MAX: u64 = 10;

/// Runs the pass.
pub(super) fn run(program: &mut Program, context: &mut Context<'_>) {
    let cfg = context.cfg(program);
    let liveness = context.liveness(program, &cfg);
    let mut changed = false;
    for id in program.order.clone() {
        let Terminator::Call { link: Reg::RA, to, back } = program.block(id).end else { continue };
        let callee = program.block(to);
        let touches = |node: &Node| node.inst.reads().union(node.inst.writes());
        let is_small = callee.end == Terminator::JumpIndirect { base: Reg::RA }
            && size::fits(callee, BYTES_MAX)
            && !callee.insts.iter().any(|node| touches(node).contains(Reg::RA));
        if to == id || !is_small || liveness.at_start(back).contains(Reg::RA) {
            continue;
        }
        let body = callee.insts.clone();
        let call: Loc = program.block(id).end_loc;
        let body: Vec<Node> = body
            .into_iter()
            .map(|node| Node { inst: node.inst, loc: context.locations.inlined(node.loc, call) })
            .collect();
        let block = program.block_mut(id);
        block.insts.extend(body);
        block.end = Terminator::Jump(back);
        changed = true;
    }
    if changed {
        collect::run(program, context);
    }
}
