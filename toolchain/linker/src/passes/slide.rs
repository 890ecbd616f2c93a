// SPDX-License-Identifier: Apache-2.0
//! Moves the stack pointer at another point of a block, where that makes the offsets of stack slots shorter.
//!
//! Before, a large frame:
//! ```text
//! @0: sp = Add(W64) sp, -304
//!     U64 [sp + 296] = ra
//!     U64 [sp + 288] = s0
//! @1: ra = U64 [sp + 296]
//!     s0 = U64 [sp + 288]
//!     sp = Add(W64) sp, 304
//!     jump [ra]
//! ```
//! After:
//! ```text
//! @0: U64 [sp + -8] = ra
//!     U64 [sp + -16] = s0
//!     sp = Add(W64) sp, -304
//! @1: sp = Add(W64) sp, 304
//!     ra = U64 [sp + -8]
//!     s0 = U64 [sp + -16]
//!     jump [ra]
//! ```
//!
//! Every access goes to the same address as before, and nothing else gets to what is below the stack pointer meanwhile: host
//! calls are not passed, and there is nothing that interrupts. Ends of functions also move it first if that costs nothing,
//! because then those of frames of different sizes are equal: see `tails`.
//!
//! Comes behind all passes that look at frames.

#[cfg(test)]
mod tests;

use super::Context;
use crate::{
    analysis::sp_move_in,
    ir::{Address, Bin, Const, Inst, Node, Operand, Program, Reg, Terminator, W},
    size,
};

/// Runs the pass.
pub(super) fn run(program: &mut Program, _: &mut Context<'_>) {
    let native = W::native(program.xlen);
    for position in 0..program.order.len() {
        let id = program.order[position];
        let block = program.block_mut(id);
        let returns = block.end == Terminator::JumpIndirect { base: Reg::RA };
        let mut index = 0;
        while index < block.insts.len() {
            index = match sp_move_in(&block.insts[index].inst, native) {
                Some(by) if by < 0 => down(&mut block.insts, index, by, native) + 1,
                Some(by) if returns => {
                    up(&mut block.insts, index, by, native);
                    index + 1
                }
                _ => index + 1,
            };
        }
    }
}

/// Moves the stack pointer later; where that is now.
fn down(insts: &mut [Node], index: usize, by: i32, native: W) -> usize {
    let (mut best, mut at, mut cost) = (0, index, 0);
    for (to, node) in insts.iter().enumerate().skip(index + 1) {
        let Some(inst) = moved(&node.inst, by, native) else { break };
        cost += size::inst(&inst) as i64 - size::inst(&node.inst) as i64;
        if cost < best {
            (best, at) = (cost, to);
        }
    }
    for node in &mut insts[index + 1..=at] {
        node.inst = moved(&node.inst, by, native).unwrap_or(node.inst);
    }
    insts[index..=at].rotate_left(1);
    at
}

/// Moves the stack pointer earlier.
fn up(insts: &mut [Node], index: usize, by: i32, native: W) {
    let Some(back) = by.checked_neg() else { return };
    let (mut best, mut at, mut cost) = (0, index, 0);
    for (from, node) in insts[..index].iter().enumerate().rev() {
        let Some(inst) = moved(&node.inst, back, native) else { break };
        cost += size::inst(&inst) as i64 - size::inst(&node.inst) as i64;
        // What does not use the stack may stay in front.
        if cost <= best && inst != node.inst {
            (best, at) = (cost, from);
        }
    }
    for node in &mut insts[at..index] {
        node.inst = moved(&node.inst, back, native).unwrap_or(node.inst);
    }
    insts[at..=index].rotate_right(1);
}

/// The same instruction where the stack pointer is `by` bytes less far along, that is before an addition of `by` instead of
/// behind it; none if it cannot be had there.
fn moved(inst: &Inst, by: i32, native: W) -> Option<Inst> {
    let add =
        |offset: i64| Some(offset.checked_add(i64::from(by))?).filter(|sum| i32::try_from(*sum).is_ok());
    match *inst {
        Inst::HostCall { .. } => None,
        inst if !inst.reads().union(inst.writes()).contains(Reg::SP) => Some(inst),
        Inst::Load { access, d, address: Address { base: Some(Reg::SP), offset: Const::Int(offset) } }
            if d != Reg::SP =>
        {
            let address = Address { base: Some(Reg::SP), offset: Const::Int(add(offset)?) };
            Some(Inst::Load { access, d, address })
        }
        Inst::Store {
            access,
            s,
            address: Address { base: Some(Reg::SP), offset: Const::Int(offset) },
            for_others,
        } if s != Operand::Reg(Reg::SP) => {
            let address = Address { base: Some(Reg::SP), offset: Const::Int(add(offset)?) };
            Some(Inst::Store { access, s, address, for_others })
        }
        Inst::Bin {
            op: Bin::Add(width),
            d,
            a: Operand::Reg(Reg::SP),
            b: Operand::Const(Const::Int(offset)),
        } if d != Reg::SP && width == native => {
            let b = Operand::int(add(offset).filter(|sum| *sum != 0)?);
            Some(Inst::Bin { op: Bin::Add(width), d, a: Operand::Reg(Reg::SP), b })
        }
        _ => None,
    }
}
