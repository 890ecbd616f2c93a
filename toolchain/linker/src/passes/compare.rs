// SPDX-License-Identifier: Apache-2.0
//! Compares a value itself instead of what it becomes by an addition.
//!
//! Before, where `a1` is not needed any more:
//! ```text
//! @0: a1 = Add(W64) a1, -221
//!     jump @1 if a1 Ne 0 else @2
//! ```
//! After:
//! ```text
//! @0: jump @1 if a1 Ne 221 else @2
//! ```
//!
//! Only for comparisons for equality, in the width of registers: there `x + c == k` is `x == k - c`, whatever overflows, and
//! `x ^ c == k` is `x == k ^ c`.

#[cfg(test)]
mod tests;

use super::Context;
use crate::{
    elf::Xlen,
    ir::{eval, Bin, Cond, Const, Inst, Operand, Program, Terminator, W},
};

/// Runs the pass.
pub(super) fn run(program: &mut Program, context: &mut Context<'_>) {
    let cfg = context.cfg(program);
    let liveness = context.liveness(program, &cfg);
    let xlen = program.xlen;
    for position in 0..program.order.len() {
        let id = program.order[position];
        let block = program.block_mut(id);
        let behind = liveness.behind_end(&block.end);
        let Terminator::Branch { cond: Cond::Eq | Cond::Ne, a, b, .. } = &mut block.end else { continue };
        let Operand::Const(Const::Int(with)) = *b else { continue };
        if behind.contains(*a) {
            continue;
        }
        let Some(made) = block.insts.iter().rposition(|node| node.inst.writes().contains(*a)) else {
            continue;
        };
        let Inst::Bin { op, a: Operand::Reg(of), b: Operand::Const(Const::Int(by)), .. } =
            block.insts[made].inst
        else {
            continue;
        };
        let Some(value) = undo(op, with, by, xlen) else { continue };
        let is_clear = block.insts[made + 1..]
            .iter()
            .all(|node| !node.inst.reads().contains(*a) && !node.inst.writes().contains(of));
        if is_clear && of.is_real() && Const::Int(value).fits_immediate() {
            *a = of;
            *b = Operand::int(value);
            block.insts.remove(made);
        }
    }
}

/// What a value is equal to if an operation with a number makes `with` of it.
fn undo(op: Bin, with: i64, by: i64, xlen: Xlen) -> Option<i64> {
    match op {
        Bin::Add(width) if width == W::native(xlen) => Some(eval::canonical(with.wrapping_sub(by), xlen)),
        Bin::Xor => Some(with ^ by),
        _ => None,
    }
}
