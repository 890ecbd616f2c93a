// SPDX-License-Identifier: Apache-2.0
//! Takes constants and addresses from registers that hold them, or something near to them, where that takes fewer bytes.
//!
//! Before, where `a0` is used otherwise too:
//! ```text
//! a0 = &data0+0
//! a5 = &data0+100
//! a1 = 305419896
//! U64 [&data0+8] = a1
//! a2 = Add(W64) sp, 200
//! U64 [sp + 208] = a1
//! ```
//! After:
//! ```text
//! a0 = &data0+0
//! a5 = Add(W64) a0, 100
//! a1 = 305419896
//! U64 [a0 + 8] = a1
//! a2 = Add(W64) sp, 200
//! U64 [a2 + 8] = a1
//! ```
//!
//! Comes behind all passes that want to see constants and the stack pointer where they are used.

#[cfg(test)]
mod tests;

use super::{
    constants::{self, State},
    Context,
};
use crate::{
    analysis::sp_move_in,
    ir::{Address, Bin, Const, Inst, Operand, Program, Reg, Terminator, W},
    size,
};

/// What registers hold, from the stack pointer.
type Offsets = [Option<i64>; Reg::COUNT];

/// Runs the pass.
pub(super) fn run(program: &mut Program, context: &mut Context<'_>) {
    let cfg = context.cfg(program);
    let states = constants::solve(program, &cfg);
    let native = W::native(program.xlen);
    for position in 0..program.order.len() {
        let id = program.order[position];
        let Some(mut state) = states[id.index()] else { continue };
        let mut insts = std::mem::take(&mut program.block_mut(id).insts);
        let mut offsets: Offsets = [None; Reg::COUNT];
        for node in &mut insts {
            let inst = node.inst;
            if let Some(shorter) = shorten(&inst, &state, &offsets, native) {
                node.inst = shorter;
            }
            follow(&inst, &mut offsets, native);
            constants::step(program, &inst, &mut state);
        }
        let block = program.block_mut(id);
        block.insts = insts;
        if let Terminator::Branch { cond, b, .. } = &mut block.end {
            if let Operand::Const(value) = *b {
                let holder =
                    exact(value, &state).filter(|_| cond.for_registers() && size::immediate(value) > 0);
                *b = holder.map_or(*b, Operand::Reg);
            }
        }
    }
}

/// Notes what an instruction does to addresses on the stack.
fn follow(inst: &Inst, offsets: &mut Offsets, native: W) {
    if let Some(by) = sp_move_in(inst, native) {
        for offset in offsets.iter_mut() {
            *offset = offset.and_then(|offset| offset.checked_sub(i64::from(by)));
        }
        return;
    }
    let held = |reg: Reg, offsets: &Offsets| if reg == Reg::SP { Some(0) } else { offsets[reg.index()] };
    let new = match *inst {
        Inst::Move { s, .. } => held(s, offsets),
        Inst::Bin { op: Bin::Add(W::W64), a: Operand::Reg(a), b: Operand::Const(Const::Int(by)), .. } => {
            held(a, offsets).and_then(|at| at.checked_add(by))
        }
        _ => None,
    };
    let writes = inst.writes();
    if writes.contains(Reg::SP) {
        *offsets = [None; Reg::COUNT];
        return;
    }
    writes.iter().for_each(|reg| offsets[reg.index()] = None);
    if let Some(d) = inst.destination() {
        offsets[d.index()] = new;
    }
}

/// The register that holds a constant.
fn exact(value: Const, state: &State) -> Option<Reg> {
    Reg::REAL.into_iter().find(|reg| state[reg.index()] == Some(value))
}

/// The register from which a constant takes the fewest bytes, and what has to be added.
fn nearest(value: Const, state: &State) -> Option<(Reg, Const)> {
    let difference = |held: Const| match (value, held) {
        (Const::Int(value), Const::Int(held)) => value.checked_sub(held),
        (Const::Data(id, at), Const::Data(other, start)) if id == other => {
            Some(i64::from(at) - i64::from(start))
        }
        _ => None,
    };
    let candidates = Reg::REAL.into_iter().filter(|reg| *reg != Reg::SP).filter_map(|reg| {
        let by = Const::Int(difference(state[reg.index()]?)?);
        (size::immediate(by) < size::immediate(value)).then_some((reg, by))
    });
    candidates.min_by_key(|(_, by)| size::immediate(*by))
}

/// The register from which a place on the stack takes the fewest bytes, and how far it is.
fn nearest_on_stack(at: i64, offsets: &Offsets) -> Option<(Reg, Const)> {
    let candidates = Reg::REAL.into_iter().filter_map(|reg| {
        let by = Const::Int(at.checked_sub(offsets[reg.index()]?)?);
        (size::immediate(by) < size::immediate(Const::Int(at))).then_some((reg, by))
    });
    candidates.min_by_key(|(_, by)| size::immediate(*by))
}

/// A shorter instruction that does the same.
fn shorten(inst: &Inst, state: &State, offsets: &Offsets, native: W) -> Option<Inst> {
    let near = |address: Address| {
        let (base, offset) = match address {
            Address { base: None, offset } => nearest(offset, state)?,
            Address { base: Some(Reg::SP), offset: Const::Int(at) } => nearest_on_stack(at, offsets)?,
            Address { .. } => return None,
        };
        Some(Address { base: Some(base), offset })
    };
    let add = |d: Reg, (s, by): (Reg, Const)| match by {
        Const::Int(0) => Inst::Move { d, s },
        by => Inst::Bin { op: Bin::Add(native), d, a: Operand::Reg(s), b: Operand::Const(by) },
    };
    let new = match *inst {
        Inst::Const { d, value } => add(d, nearest(value, state)?),
        Inst::Bin {
            op: Bin::Add(W::W64),
            d,
            a: Operand::Reg(Reg::SP),
            b: Operand::Const(Const::Int(at)),
        } if d != Reg::SP && native == W::W64 => add(d, nearest_on_stack(at, offsets)?),
        Inst::Bin { op, d, a, b: Operand::Const(value) } if op.opcode().is_some() && !op.is_shift() => {
            Inst::Bin { op, d, a, b: Operand::Reg(exact(value, state)?) }
        }
        Inst::Load { access, d, address } => Inst::Load { access, d, address: near(address)? },
        Inst::Store { access, s, address, for_others } => {
            let held = s.constant().filter(|value| size::immediate(*value) > 0);
            let held = held.and_then(|value| exact(value, state));
            let address = near(address);
            if held.is_none() && address.is_none() {
                return None;
            }
            let Inst::Store { address: old, .. } = *inst else { return None };
            let (s, address) = (held.map_or(s, Operand::Reg), address.unwrap_or(old));
            Inst::Store { access, s, address, for_others }
        }
        _ => return None,
    };
    (size::inst(&new) < size::inst(inst)).then_some(new)
}
