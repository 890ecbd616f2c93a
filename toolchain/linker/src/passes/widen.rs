// SPDX-License-Identifier: Apache-2.0
//! Drops the work on upper halves of registers that nobody looks at. Only for 64-bit programs.
//!
//! Before, where the upper halves of `a0` and `a1` are not needed:
//! ```text
//! a0 = Add(W32) a0, a2
//! a1 = Add(W32) a0, 0
//! a3 = Shl(W64) a1, 32
//! a3 = Shr(W64) a3, 30
//! a4 = U32 [a3 + &data0+0]
//! ```
//! After: operations of 64 bits are faster, because the others sign-extend; and extensions go.
//! ```text
//! a0 = Add(W64) a0, a2
//! a1 = a0
//! a3 = Shl(W64) a1, 2
//! a4 = U32 [a3 + &data0+0]
//! ```
//!
//! Of an address only the lower half counts, of a store only what is stored, of an operation of 32 bits only the lower
//! halves of its operands.

#[cfg(test)]
mod tests;

use super::Context;
use crate::{
    analysis::Cfg,
    ir::{Bin, BlockId, Const, Inst, Node, Operand, Program, Reg, RegSet, Terminator, Un, W},
};

/// Runs the pass.
pub(super) fn run(program: &mut Program, context: &mut Context<'_>) {
    if !program.xlen.is_64() {
        return;
    }
    let cfg = context.cfg(program);
    let upper = solve(program, &cfg);
    for id in program.order.clone() {
        let mut needed = before_end(&program.block(id).end, &upper);
        let block = program.block_mut(id);
        for index in (0..block.insts.len()).rev() {
            let inst = block.insts[index].inst;
            if let Some(new) = narrow(&inst, needed, &block.insts[..index]) {
                block.insts[index].inst = new;
            }
            needed = step(&block.insts[index].inst, needed);
        }
        block.insts.retain(|node| !matches!(node.inst, Inst::Move { d, s } if d == s));
    }
}

/// The registers whose upper halves are needed at the start of each block.
fn solve(program: &Program, cfg: &Cfg) -> Vec<RegSet> {
    let mut upper = vec![RegSet::EMPTY; program.blocks.len()];
    let mut work: Vec<BlockId> = program.order.clone();
    let mut is_queued = vec![false; program.blocks.len()];
    work.iter().for_each(|id| is_queued[id.index()] = true);
    while let Some(id) = work.pop() {
        is_queued[id.index()] = false;
        let block = program.block(id);
        let needed = before_end(&block.end, &upper);
        let needed = block.insts.iter().rev().fold(needed, |needed, node| step(&node.inst, needed));
        if needed != upper[id.index()] {
            upper[id.index()] = needed;
            for &before in cfg.predecessors(id) {
                if !std::mem::replace(&mut is_queued[before.index()], true) {
                    work.push(before);
                }
            }
        }
    }
    upper
}

/// Which upper halves a terminator and what follows it need. Whoever an indirect jump leads to may need all.
fn before_end(end: &Terminator, upper: &[RegSet]) -> RegSet {
    let mut needed = RegSet::EMPTY;
    end.for_each_successor(|to| needed = needed.union(upper[to.index()]));
    match *end {
        Terminator::JumpIndirect { .. } | Terminator::CallIndirect { .. } => RegSet::REAL,
        Terminator::Branch { .. } => needed.union(end.reads()),
        Terminator::Call { link, .. } => needed.without(link),
        Terminator::Jump(_) | Terminator::Trap => needed,
    }
}

/// Whether the lower half of the result depends on the lower halves of the operands only.
fn is_low_only(op: Bin) -> bool {
    matches!(
        op,
        Bin::Add(W::W64)
            | Bin::Sub(W::W64)
            | Bin::Mul(W::W64)
            | Bin::And
            | Bin::Or
            | Bin::Xor
            | Bin::AndNot
            | Bin::OrNot
            | Bin::Xnor
    )
}

/// The upper halves that are needed in front of an instruction.
fn step(inst: &Inst, needed: RegSet) -> RegSet {
    let behind = match inst {
        // It may leave the register as it was.
        Inst::Cmov { .. } => needed,
        _ => needed.minus(inst.writes()),
    };
    let with = |operand: Operand, set: RegSet| operand.reg().map_or(set, |reg| set.with(reg));
    match *inst {
        // Only the lower half of the sum is an address.
        Inst::Load { .. } | Inst::Const { .. } => behind,
        Inst::Store { access, s, .. } if access.bytes() == 8 => with(s, behind),
        Inst::Store { .. } => behind,
        Inst::Move { d, s } if needed.contains(d) => behind.with(s),
        Inst::Move { .. } => behind,
        Inst::Bin { op, d, a, b } => match op {
            op if op.width() == Some(W::W32) => behind,
            _ if is_low_only(op) && !needed.contains(d) => behind,
            Bin::Shl(W::W64) if !needed.contains(d) && b.constant().is_some() => behind,
            _ => with(a, with(b, behind)),
        },
        Inst::Un {
            op: Un::Popcnt(W::W32) | Un::Clz(W::W32) | Un::Ctz(W::W32) | Un::Sext8 | Un::Sext16 | Un::Zext16,
            ..
        } => behind,
        Inst::Un { s, .. } | Inst::Sbrk { s, .. } => behind.with(s),
        Inst::Cmov { d, s, c, .. } => {
            let behind = behind.with(c);
            if needed.contains(d) {
                with(s, behind)
            } else {
                behind
            }
        }
        Inst::HostCall { .. } => behind.union(inst.reads()),
        // The address keeps its upper half.
        Inst::Memset => needed.without(Reg::A2).union(RegSet::of(&[Reg::A0])),
    }
}

/// A faster instruction that computes the same lower half, if that is all that is needed.
fn narrow(inst: &Inst, needed: RegSet, before: &[Node]) -> Option<Inst> {
    let Inst::Bin { op, d, a, b } = *inst else { return None };
    if needed.contains(d) {
        return None;
    }
    match (op, a, b) {
        (Bin::Add(W::W32), Operand::Reg(s), Operand::Const(Const::Int(0))) => Some(Inst::Move { d, s }),
        (Bin::Add(W::W32), ..) => Some(Inst::Bin { op: Bin::Add(W::W64), d, a, b }),
        (Bin::Sub(W::W32), ..) => Some(Inst::Bin { op: Bin::Sub(W::W64), d, a, b }),
        (Bin::Mul(W::W32), ..) => Some(Inst::Bin { op: Bin::Mul(W::W64), d, a, b }),
        (Bin::Shl(W::W32), Operand::Reg(_), Operand::Const(Const::Int(amount)))
            if (0..32).contains(&amount) =>
        {
            Some(Inst::Bin { op: Bin::Shl(W::W64), d, a, b })
        }
        // `x << 32 >> k` is `x << (32 - k)` in the lower half.
        (Bin::Shr(W::W64) | Bin::Sar(W::W64), Operand::Reg(shifted), Operand::Const(Const::Int(right)))
            if (1..=32).contains(&right) =>
        {
            let (position, node) =
                before.iter().enumerate().rev().find(|(_, node)| node.inst.writes().contains(shifted))?;
            let Inst::Bin {
                op: Bin::Shl(W::W64),
                a: Operand::Reg(source),
                b: Operand::Const(Const::Int(32)),
                d: written,
            } = node.inst
            else {
                return None;
            };
            let is_kept = before[position + 1..].iter().all(|node| !node.inst.writes().contains(source));
            if source == written {
                // The source is gone; the pair shifts the wrong way round only if nothing comes in between.
                return None;
            }
            if !is_kept {
                return None;
            }
            Some(match 32 - right {
                0 => Inst::Move { d, s: source },
                left => Inst::Bin { op: Bin::Shl(W::W64), d, a: Operand::Reg(source), b: Operand::int(left) },
            })
        }
        _ => None,
    }
}
