// SPDX-License-Identifier: Apache-2.0
//! Removes instructions whose results nobody reads.
//!
//! Before, where `a1` is not read any more:
//! ```text
//! a1 = &data0+0
//! a0 = Add(W64) a0, 1
//! jump [ra]
//! ```
//! After:
//! ```text
//! a0 = Add(W64) a0, 1
//! jump [ra]
//! ```
//!
//! A load goes too, although it could have trapped: what a program may not rely on.

use super::Context;
use crate::{
    analysis::{Cfg, Liveness},
    ir::Program,
};

/// Runs the pass.
pub(super) fn run(program: &mut Program, context: &mut Context<'_>) {
    let cfg = Cfg::new(program);
    let liveness = if context.trusts_returns {
        Liveness::new(program, &cfg)
    } else {
        Liveness::conservative(program, &cfg)
    };
    for id in program.order.clone() {
        let block = program.block_mut(id);
        let mut live = liveness.before_end(&block.end);
        let mut kept = vec![true; block.insts.len()];
        for (node, kept) in block.insts.iter().zip(&mut kept).rev() {
            let writes = node.inst.writes();
            let is_needed = node.inst.has_side_effect() || writes.minus(live) != writes;
            *kept = is_needed;
            if is_needed {
                live = live.minus(writes).union(node.inst.reads());
            }
        }
        if kept.contains(&false) {
            let mut kept = kept.into_iter();
            block.insts.retain(|_| kept.next() == Some(true));
        }
    }
}
