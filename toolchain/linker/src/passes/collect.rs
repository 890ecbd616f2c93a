// SPDX-License-Identifier: Apache-2.0
//! Removes what no export can reach: blocks, and sections of data of all kinds.
//!
//! Before, with `@0` exported:
//! ```text
//! @0: jump @2
//! @1: a0 = &data0+0, jump [ra]
//! @2: jump [ra]
//! ```
//! After:
//! ```text
//! @0: jump @2
//! @2: jump [ra]
//! ```

#[cfg(test)]
mod tests;

use super::Context;
use crate::ir::Program;

/// Runs the pass. Passes that make something unreachable do so at their end.
pub(super) fn run(program: &mut Program, context: &mut Context<'_>) {
    context.flow_changed();
    let reach = context.reach(program);
    program.order.retain(|id| reach.blocks[id.index()]);
    for (section, is_reached) in program.data.iter_mut().zip(&reach.data) {
        section.kept &= *is_reached;
    }
}
