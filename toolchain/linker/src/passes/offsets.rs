// SPDX-License-Identifier: Apache-2.0
//! Puts additions of constants into the offsets of loads and stores.
//!
//! Before, where `a1` is not needed any more:
//! ```text
//! a1 = Add(W64) a0, 16
//! a2 = U64 [a1 + 0]
//! U64 [a1 + 8] = a2
//! ```
//! After:
//! ```text
//! a2 = U64 [a0 + 16]
//! U64 [a0 + 24] = a2
//! ```
//!
//! This is worth it only if the addition goes away, and if it took more bytes than the offsets grow by. Addresses are
//! calculated modulo 2^32, so that the order of additions does not matter.

#[cfg(test)]
mod tests;

use super::Context;
use crate::{
    ir::{Address, Bin, Const, Inst, Node, Operand, Program, RegSet, W},
    size,
};

/// Instructions that are looked through behind an addition.
const WINDOW: usize = 48;

/// Runs the pass.
pub(super) fn run(program: &mut Program, context: &mut Context<'_>) {
    let cfg = context.cfg(program);
    let liveness = context.liveness(program, &cfg);
    let native = W::native(program.xlen);
    for id in program.order.clone() {
        let block = program.block_mut(id);
        let (live_out, end_reads) = (liveness.before_end(&block.end), block.end.reads());
        // What stays moves up as the pass goes on: taking out one at a time would move long blocks over and over.
        let mut kept = 0;
        for index in 0..block.insts.len() {
            if let Some(changes) = fold(&block.insts, index, live_out, end_reads, native) {
                for (at, address) in changes {
                    match &mut block.insts[at].inst {
                        Inst::Load { address: old, .. } | Inst::Store { address: old, .. } => *old = address,
                        _ => {}
                    }
                }
            } else {
                block.insts[kept] = block.insts[index];
                kept += 1;
            }
        }
        block.insts.truncate(kept);
    }
}

/// The new addresses of all that use the addition at `index`, if it can go.
fn fold(
    insts: &[Node],
    index: usize,
    live_out: RegSet,
    end_reads: RegSet,
    native: W,
) -> Option<Vec<(usize, Address)>> {
    let Inst::Bin { op: Bin::Add(width), d, a: Operand::Reg(base), b: Operand::Const(by) } =
        insts[index].inst
    else {
        return None;
    };
    if width != native && width != W::W32 || d == base || !d.is_real() {
        return None;
    }
    let mut changes = Vec::new();
    let mut growth = 0;
    let saved = size::inst(&insts[index].inst);
    for (at, node) in insts.iter().enumerate().skip(index + 1).take(WINDOW) {
        let inst = &node.inst;
        if inst.reads().contains(d) {
            let (address, data) = match *inst {
                Inst::Load { address, .. } => (address, None),
                Inst::Store { address, s, .. } => (address, s.reg()),
                _ => return None,
            };
            if address.base != Some(d) || data == Some(d) {
                return None;
            }
            let offset = sum(by, address.offset)?;
            growth += size::immediate(offset) as i64 - size::immediate(address.offset) as i64;
            changes.push((at, Address { base: Some(base), offset }));
        }
        let writes = inst.writes();
        if writes.contains(d) {
            return (growth <= saved as i64).then_some(changes);
        }
        if writes.contains(base) {
            return None;
        }
    }
    let is_end = index + 1 + WINDOW >= insts.len();
    (is_end && !live_out.contains(d) && !end_reads.contains(d) && growth <= saved as i64).then_some(changes)
}

fn sum(a: Const, b: Const) -> Option<Const> {
    match (a, b) {
        (Const::Int(a), Const::Int(b)) => {
            i32::try_from(a.checked_add(b)?).ok().map(|sum| Const::Int(i64::from(sum)))
        }
        (Const::Data(id, at), Const::Int(by)) | (Const::Int(by), Const::Data(id, at)) => {
            i32::try_from(i64::from(at).checked_add(by)?).ok().map(|at| Const::Data(id, at))
        }
        _ => None,
    }
}
