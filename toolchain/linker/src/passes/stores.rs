// SPDX-License-Identifier: Apache-2.0
//! Stores constants to the stack at once that lie next to one another.
//!
//! Before:
//! ```text
//! U8 [sp + 52] = 1
//! U8 [sp + 53] = 2
//! U16 [sp + 54] = 3
//! ```
//! After:
//! ```text
//! U32 [sp + 52] = 197121
//! ```
//!
//! Only on the stack: elsewhere the first store may be possible and the next a trap, and what the first wrote would be seen. Between
//! the stores nothing accesses memory.

#[cfg(test)]
mod tests;

use super::Context;
use crate::{
    elf::Xlen,
    ir::{Address, Const, Inst, Node, Operand, Program, Reg},
    riscv::Access,
    size,
};

/// Runs the pass.
pub(super) fn run(program: &mut Program, _: &mut Context<'_>) {
    let xlen = program.xlen;
    for position in 0..program.order.len() {
        let id = program.order[position];
        let insts = &mut program.block_mut(id).insts;
        if insts.windows(2).any(|pair| pair.iter().all(|node| constant(&node.inst).is_some())) {
            let old = std::mem::take(insts);
            *insts = joined(old, xlen);
        }
    }
}

/// A constant on its way to the stack.
#[derive(Clone, Copy)]
struct Stored {
    offset: i32,
    bytes: u32,
    value: i64,
    for_others: bool,
}

fn constant(inst: &Inst) -> Option<Stored> {
    let Inst::Store { access, s: Operand::Const(Const::Int(value)), address, for_others } = *inst else {
        return None;
    };
    let Address { base: Some(Reg::SP), offset: Const::Int(offset) } = address else { return None };
    Some(Stored { offset: i32::try_from(offset).ok()?, bytes: access.bytes(), value, for_others })
}

/// The same instructions with fewer stores.
fn joined(insts: Vec<Node>, xlen: Xlen) -> Vec<Node> {
    let mut out: Vec<Node> = Vec::with_capacity(insts.len());
    // The stores in `out` behind which nothing accesses memory or moves the stack pointer.
    let mut open: Vec<usize> = Vec::new();
    for mut node in insts {
        if constant(&node.inst).is_none() {
            let is_memory = matches!(node.inst, Inst::Load { .. }) || node.inst.has_side_effect();
            if is_memory || node.inst.writes().contains(Reg::SP) {
                open.clear();
            }
            out.push(node);
            continue;
        }
        while let Some(&last) = open.last() {
            let Some(both) = both(&out[last].inst, &node.inst, xlen) else { break };
            node.inst = both;
            open.pop();
            // Nothing behind it is a store: those would be open too.
            out.remove(last);
        }
        open.push(out.len());
        out.push(node);
    }
    out
}

/// A store that does what two do, if there is one that takes fewer bytes.
fn both(first: &Inst, second: &Inst, xlen: Xlen) -> Option<Inst> {
    let (a, b) = (constant(first)?, constant(second)?);
    let (low, high) = if a.offset < b.offset { (a, b) } else { (b, a) };
    if low.bytes != high.bytes || low.offset.checked_add(low.bytes as i32) != Some(high.offset) {
        return None;
    }
    let bits = low.bytes * 8;
    let access = match low.bytes {
        1 => Access::U16,
        2 => Access::U32,
        4 if xlen.is_64() => Access::U64,
        _ => return None,
    };
    let mask = (1_i64 << bits) - 1;
    let value = (low.value & mask) | (high.value << bits);
    // As immediates are: the shortest one that ends with these bits.
    let unused = 64 - 2 * bits;
    let value = Const::Int(value << unused >> unused);
    let address = Address { base: Some(Reg::SP), offset: Const::Int(i64::from(low.offset)) };
    let for_others = a.for_others || b.for_others;
    let new = Inst::Store { access, s: Operand::Const(value), address, for_others };
    (value.fits_immediate() && size::inst(&new) < size::inst(first) + size::inst(second)).then_some(new)
}
