// SPDX-License-Identifier: Apache-2.0
//! Drops the saving and restoring of registers where nobody needs what was in them.
//!
//! Before, a function that only the host calls:
//! ```text
//! export f
//! @0: sp = Add(W64) sp, -16
//!     U64 [sp + 8] = s0
//!     s0 = Add(W64) a0, 1
//!     a0 = Mul(W64) s0, s0
//!     s0 = U64 [sp + 8]
//!     sp = Add(W64) sp, 16
//!     jump [ra]
//! ```
//! After:
//! ```text
//! export f
//! @0: s0 = Add(W64) a0, 1
//!     a0 = Mul(W64) s0, s0
//!     jump [ra]
//! ```
//!
//! A compiler sees one function at a time, so each saves what the convention wants to have preserved. Here all callers are
//! known: if none of them has something in the register when the function returns, it need not come back. The host reads the two
//! result registers only. Functions that somebody may call by their address keep the convention, and so do those that return
//! otherwise than to where their return address says.
//!
//! A function that never returns saves for nobody.
//!
//! What is assumed of compilers is that the topmost slots of a frame in which a function puts what it found in `s0`, `s1` and `ra` are for
//! that and nothing else: see [`Slot`](slots::Slot).
//!
//! `slots` finds what functions save, by what is `untouched` since they were entered, and how far `above` its own frame each one gets;
//! `returns` looks whether they return to their callers; `needs` finds out which registers have to come back, and `remove` takes the
//! instructions out.

mod above;
mod needs;
mod remove;
mod returns;
mod slots;
#[cfg(test)]
mod tests;
mod untouched;

use super::Context;
use crate::{
    analysis::{is_conventional, Functions},
    ir::{Program, Reg, RegSet, Terminator},
};

/// What the convention preserves, in the order of their slots.
const SAVED: [Reg; 3] = [Reg::RA, Reg::S0, Reg::S1];

/// Those of which it matters what they hold behind a return.
const PRESERVED: RegSet = RegSet::EMPTY.with(Reg::S0).with(Reg::S1);

/// Runs the pass.
pub(super) fn run(program: &mut Program, context: &mut Context<'_>) {
    if !context.trusts_returns || !is_conventional(program) {
        return;
    }
    let cfg = context.cfg(program);
    let functions = Functions::new(program, &cfg);
    let mut saves = slots::find(program, &cfg, &functions);
    needs::solve(program, &cfg, &functions, &mut saves);
    remove::run(program, &functions, &saves);
}

/// A jump to one of several labels, or a call by an address in the place of a return.
fn is_switch(end: &Terminator) -> bool {
    matches!(*end, Terminator::JumpIndirect { base } if base != Reg::RA)
}
