// SPDX-License-Identifier: Apache-2.0
//! Finds out which registers hold known values, over the whole program, and uses it.
//!
//! Before:
//! ```text
//! a0 = &data0+0
//! a1 = 8
//! a0 = Add(W64) a0, a1
//! a2 = U64 [a0 + 8]
//! jump @2 if a1 Eq 0 else @1
//! ```
//! After (the first three lines are dead now):
//! ```text
//! a0 = &data0+0
//! a1 = 8
//! a0 = &data0+8
//! a2 = U64 [&data0+16]
//! jump @1
//! ```
//!
//! Only ways that can be taken count: a branch whose outcome is known leads to one side. Loads of read-only data are
//! known too; where a relocation writes, the value is the address that it will write, and never the bytes of the file.
//!
//! A constant replaces a register where that takes no byte more, or where it is the value's only use.

#[cfg(test)]
mod tests;

use std::cell::LazyCell;

use super::Context;
use crate::{
    analysis::Cfg,
    ir::{
        data::{DataKind, Place},
        eval, normal,
        normal::{normalize, Normal},
        Address, Bin, BlockId, Cond, Const, FixupValue, Inst, Node, Operand, Program, Reg, RegSet,
        Terminator,
    },
    riscv::Access,
    size,
};

/// What is known about each register.
pub(super) type State = [Option<Const>; Reg::COUNT];

/// Runs the pass.
pub(super) fn run(program: &mut Program, context: &mut Context<'_>) {
    let cfg = context.cfg(program);
    let states = solve(program, &cfg);
    let mut ends_changed = false;
    for position in 0..program.order.len() {
        let id = program.order[position];
        if let Some(state) = &states[id.index()] {
            ends_changed |= rewrite(program, id, *state);
        }
    }
    if ends_changed {
        context.ends_changed(program);
    }
}

/// The values at the start of each block; none for blocks that are never reached.
pub(super) fn solve(program: &Program, cfg: &Cfg) -> Vec<Option<State>> {
    let mut states: Vec<Option<State>> = vec![None; program.blocks.len()];
    let mut work: Vec<BlockId> = Vec::new();
    for &id in &program.order {
        if cfg.is_entered(id) {
            states[id.index()] = Some([None; Reg::COUNT]);
            work.push(id);
        }
    }
    let mut is_queued = vec![false; program.blocks.len()];
    work.iter().for_each(|id| is_queued[id.index()] = true);
    while let Some(id) = work.pop() {
        is_queued[id.index()] = false;
        let Some(mut state) = states[id.index()] else { continue };
        let block = program.block(id);
        for node in &block.insts {
            step(program, &node.inst, &mut state);
        }
        // No temporary has a value in another block.
        Reg::TEMPORARIES.into_iter().for_each(|reg| state[reg.index()] = None);
        let mut flow = |to: BlockId, state: &State| {
            let slot = &mut states[to.index()];
            let changed = match slot {
                None => {
                    *slot = Some(*state);
                    true
                }
                Some(old) => meet(old, state),
            };
            if changed && !std::mem::replace(&mut is_queued[to.index()], true) {
                work.push(to);
            }
        };
        match resolve_end(block.end, &state, program, true) {
            Terminator::Jump(to) => flow(to, &state),
            Terminator::Branch { cond, a, b, yes, no } => {
                let mut equal = state;
                if let Some(value) = value_of(b, &state) {
                    equal[a.index()] = Some(value);
                }
                flow(yes, if cond == Cond::Eq { &equal } else { &state });
                flow(no, if cond == Cond::Ne { &equal } else { &state });
            }
            Terminator::Call { link, to, back } => {
                state[link.index()] = Some(Const::Code(back));
                flow(to, &state);
            }
            Terminator::Trap | Terminator::JumpIndirect { .. } | Terminator::CallIndirect { .. } => {}
        }
    }
    states
}

/// Forgets what is not the same on both ways; whether anything was.
fn meet(old: &mut State, new: &State) -> bool {
    let mut changed = false;
    for (old, new) in old.iter_mut().zip(new) {
        if old.is_some() && old != new {
            *old = None;
            changed = true;
        }
    }
    changed
}

fn value_of(operand: Operand, state: &State) -> Option<Const> {
    match operand {
        Operand::Const(value) => Some(value),
        Operand::Reg(reg) => state[reg.index()],
    }
}

fn known(operand: Operand, state: &State) -> Operand {
    value_of(operand, state).map_or(operand, Operand::Const)
}

/// The values behind an instruction.
pub(super) fn step(program: &Program, inst: &Inst, state: &mut State) {
    let value = evaluate(program, inst, state);
    apply(inst, value, state);
}

/// What an instruction puts into its destination, if that is known in front of it.
fn evaluate(program: &Program, inst: &Inst, state: &State) -> Option<Const> {
    match *inst {
        Inst::Const { value, .. } => Some(value),
        Inst::Move { s, .. } => state[s.index()],
        Inst::Bin { op, d, a, b } => {
            let (left, right) = (known(a, state), known(b, state));
            // Two registers of which nothing is known give nothing that is, unless they are the same;
            // neither does a sum.
            let unknown = usize::from(left.constant().is_none()) + usize::from(right.constant().is_none());
            if unknown == 2 && left != right || unknown > 0 && matches!(op, Bin::Add(_)) {
                return None;
            }
            match normalize(&Inst::Bin { op, d, a: left, b: right }, program.xlen) {
                Normal::Inst(Inst::Const { value, .. }) => Some(value),
                Normal::Inst(Inst::Move { s, .. }) => state[s.index()],
                Normal::Nothing => state[d.index()],
                _ => None,
            }
        }
        Inst::Un { op, s, .. } => match state[s.index()] {
            Some(Const::Int(value)) => Some(Const::Int(eval::un(op, value, program.xlen))),
            _ => None,
        },
        Inst::Load { access, address, .. } => load(program, access, resolve_address(address, state)),
        Inst::Cmov { if_zero, d, s, c } => match state[c.index()] {
            Some(Const::Int(value)) if (value == 0) == if_zero => value_of(s, state),
            Some(Const::Int(_)) => state[d.index()],
            _ => state[d.index()].filter(|old| value_of(s, state) == Some(*old)),
        },
        Inst::Store { .. } | Inst::HostCall { .. } | Inst::Memset | Inst::Sbrk { .. } => None,
    }
}

/// Notes what an instruction has written.
fn apply(inst: &Inst, value: Option<Const>, state: &mut State) {
    match inst.destination() {
        Some(d) => state[d.index()] = value,
        None => inst.writes().iter().for_each(|reg| state[reg.index()] = None),
    }
}

/// The address with a known base added to the offset.
fn resolve_address(address: Address, state: &State) -> Address {
    let Some(base) = address.base.and_then(|base| state[base.index()]) else { return address };
    let sum = match (base, address.offset) {
        (Const::Int(a), Const::Int(b)) => Some(Const::Int(i64::from(a.wrapping_add(b) as i32))),
        (Const::Data(id, at), Const::Int(by)) | (Const::Int(by), Const::Data(id, at)) => {
            i64::from(at).checked_add(by).and_then(|at| i32::try_from(at).ok()).map(|at| Const::Data(id, at))
        }
        (Const::DataHigh(high, _), Const::DataLow(low, at)) if high == low => Some(Const::Data(low, at)),
        _ => None,
    };
    sum.map_or(address, |offset| Address { base: None, offset })
}

/// What a load from read-only data gets.
fn load(program: &Program, access: Access, address: Address) -> Option<Const> {
    let Address { base: None, offset: Const::Data(id, at) } = address else { return None };
    let section = program.data.get(id.index()).filter(|section| section.kind == DataKind::ReadOnly)?;
    let (at, bytes) = (u64::try_from(at).ok()?, u64::from(access.bytes()));
    if at.checked_add(bytes)? > section.size {
        return None;
    }
    match section.fixups_in(at, bytes) {
        [] => {}
        [fixup] if fixup.offset == at && u64::from(fixup.bytes) == bytes => {
            // Addresses are below 2^31, so that it does not matter how a load fills the register.
            return match fixup.value {
                _ if bytes < 4 => None,
                FixupValue::Absolute(Place::Code(block)) => Some(Const::Code(block)),
                FixupValue::Absolute(Place::Data(id, at)) => {
                    i32::try_from(at).ok().map(|at| Const::Data(id, at))
                }
                FixupValue::Absolute(Place::Number(_)) | FixupValue::Difference(..) => None,
            };
        }
        _ => return None,
    }
    let byte = |index: u64| section.bytes.get((at + index) as usize).copied().unwrap_or(0);
    let raw = (0..bytes).rev().fold(0_u64, |value, index| value << 8 | u64::from(byte(index)));
    Some(Const::Int(eval::canonical(
        match access {
            Access::U8 | Access::U16 | Access::U32 | Access::U64 => raw as i64,
            Access::I8 => i64::from(raw as i8),
            Access::I16 => i64::from(raw as i16),
            Access::I32 => i64::from(raw as i32),
        },
        program.xlen,
    )))
}

/// The terminator with what is known put in. With `any_size` also where it becomes longer.
fn resolve_end(end: Terminator, state: &State, program: &Program, any_size: bool) -> Terminator {
    match end {
        Terminator::Branch { cond, a, b, yes, no } => {
            let put = |operand: Operand| match value_of(operand, state) {
                Some(value) if any_size || size::immediate(value) <= 1 => Operand::Const(value),
                _ => operand,
            };
            let decided = normal::normalize_branch(
                cond,
                known(Operand::Reg(a), state),
                known(b, state),
                (yes, no),
                program.xlen,
            );
            if let Some(jump @ Terminator::Jump(_)) = decided {
                return jump;
            }
            if any_size {
                return end;
            }
            normal::normalize_branch(cond, put(Operand::Reg(a)), put(b), (yes, no), program.xlen)
                .unwrap_or(end)
        }
        Terminator::JumpIndirect { base } => match state[base.index()] {
            Some(Const::Code(to)) => Terminator::Jump(to),
            _ => end,
        },
        Terminator::CallIndirect { link, base, back } => match state[base.index()] {
            Some(Const::Code(to)) => Terminator::Call { link, to, back },
            _ => end,
        },
        end => end,
    }
}

/// How many instructions read each register until it gets another value, counted at the one that gives it its value.
struct Uses {
    /// Per instruction: those in the block that read its destination.
    of_inst: Vec<u32>,
}

impl Uses {
    fn new(insts: &[Node], end: &Terminator) -> Self {
        let mut of_inst = vec![0; insts.len()];
        let mut writer: [Option<usize>; Reg::COUNT] = [None; Reg::COUNT];
        let mut count = |reads: RegSet, writer: &[Option<usize>; Reg::COUNT]| {
            for index in reads.iter().filter_map(|reg| writer[reg.index()]) {
                of_inst[index] += 1;
            }
        };
        for (index, node) in insts.iter().enumerate() {
            count(node.inst.reads(), &writer);
            for reg in node.inst.writes().iter() {
                writer[reg.index()] = Some(index);
            }
        }
        count(end.reads(), &writer);
        Self { of_inst }
    }
}

/// Whether an instruction has nothing to do with anything that is known, and so stays as it is: what most do.
fn is_untouched(inst: &Inst, state: &State) -> bool {
    let is_unknown = |reg: Reg| state[reg.index()].is_none();
    match *inst {
        // These two are always written the other way round.
        Inst::Bin { op: Bin::SgtS | Bin::SgtU, .. } => false,
        Inst::Bin { a: Operand::Reg(a), b: Operand::Reg(b), .. } => a != b && is_unknown(a) && is_unknown(b),
        Inst::Move { s, .. } | Inst::Un { s, .. } => is_unknown(s),
        Inst::Load { address: Address { base: Some(base), .. }, .. } => is_unknown(base),
        Inst::Store { s: Operand::Reg(s), address: Address { base: Some(base), .. }, .. } => {
            is_unknown(s) && is_unknown(base)
        }
        _ => false,
    }
}

/// Whether the block ends otherwise now.
fn rewrite(program: &mut Program, id: BlockId, mut state: State) -> bool {
    let insts = std::mem::take(&mut program.block_mut(id).insts);
    let end = program.block(id).end;
    let uses = LazyCell::new(|| Uses::new(&insts, &end));
    let mut writer: [Option<usize>; Reg::COUNT] = [None; Reg::COUNT];
    let mut out = Vec::with_capacity(insts.len());
    for (index, node) in insts.iter().enumerate() {
        if is_untouched(&node.inst, &state) {
            if let Some(d) = node.inst.destination() {
                writer[d.index()] = Some(index);
                state[d.index()] = None;
            }
            out.push(*node);
            continue;
        }
        let value = evaluate(program, &node.inst, &state);
        // A constant that was loaded here and for this alone is worth any immediate: its load goes away.
        let is_only_use = |reg: Reg| writer[reg.index()].is_some_and(|index| uses.of_inst[index] == 1);
        let is_few = |reg: Reg| writer[reg.index()].is_some_and(|index| uses.of_inst[index] <= 2);
        let take = |operand: Operand| match (operand, value_of(operand, &state)) {
            (Operand::Reg(reg), Some(value))
                if value.fits_immediate() && (size::immediate(value) <= 1 || is_only_use(reg)) =>
            {
                Operand::Const(value)
            }
            _ => operand,
        };
        let new = replace(program, &node.inst, &state, value, take, is_few);
        for reg in node.inst.writes().iter() {
            writer[reg.index()] = Some(index);
        }
        apply(&node.inst, value, &mut state);
        if let Some(inst) = new {
            out.push(Node { inst, loc: node.loc });
        }
    }
    let new_end = resolve_end(end, &state, program, false);
    let block = program.block_mut(id);
    block.insts = out;
    block.end = new_end;
    new_end != end
}

/// The instruction with what is known put in; none if it does nothing.
fn replace(
    program: &Program,
    inst: &Inst,
    before: &State,
    result: Option<Const>,
    take: impl Fn(Operand) -> Operand,
    is_few: impl Fn(Reg) -> bool,
) -> Option<Inst> {
    let xlen = program.xlen;
    let settle = |candidate: Inst| match normalize(&candidate, xlen) {
        Normal::Same if normal::is_encodable(&candidate) => Some(Some(candidate)),
        Normal::Inst(inst) if normal::is_encodable(&inst) => Some(Some(inst)),
        Normal::Nothing => Some(None),
        _ => None,
    };
    if let (Some(d), false) = (inst.destination(), inst.has_side_effect()) {
        if let Some(value) = result {
            // It holds the value already.
            if before[d.index()] == Some(value) {
                return None;
            }
            let new = Inst::Const { d, value };
            // A move from a register takes fewer bytes than a constant of some size.
            if !matches!(inst, Inst::Move { .. }) || size::inst(&new) <= 2 {
                return Some(new);
            }
        }
    }
    match *inst {
        Inst::Bin { op, d, a, b } => {
            let (left, right) = (take(a), take(b));
            let candidates = [(left, right), (a, right), (left, b), (a, b)];
            // What stays the same needs no second look.
            let first = if (left, right) == (a, b) { 3 } else { 0 };
            for (a, b) in candidates.into_iter().skip(first) {
                if let Some(settled) = settle(Inst::Bin { op, d, a, b }) {
                    return settled;
                }
            }
            Some(*inst)
        }
        Inst::Cmov { if_zero, d, s, c } => match before[c.index()] {
            Some(Const::Int(value)) if (value == 0) == if_zero => match s {
                Operand::Reg(s) if s == d => None,
                Operand::Reg(s) => Some(Inst::Move { d, s }),
                Operand::Const(value) => Some(Inst::Const { d, value }),
            },
            Some(Const::Int(_)) => None,
            _ => settle(Inst::Cmov { if_zero, d, s: take(s), c }).unwrap_or(Some(*inst)),
        },
        Inst::Load { access, d, address } => {
            Some(Inst::Load { access, d, address: shorter(address, before, is_few) })
        }
        Inst::Store { access, s, address, for_others } => {
            let address = shorter(address, before, is_few);
            let store = |s| Inst::Store { access, s, address, for_others };
            Some(settle(store(take(s))).flatten().unwrap_or(store(s)))
        }
        inst => Some(inst),
    }
}

/// The absolute address, unless the base is used so often that it is worth its register.
fn shorter(address: Address, state: &State, is_few: impl Fn(Reg) -> bool) -> Address {
    let resolved = resolve_address(address, state);
    match address.base {
        Some(base) if resolved.base.is_none() && resolved.offset.fits_immediate() => {
            let grows = size::immediate(resolved.offset) > size::immediate(address.offset) + 1;
            if grows && !is_few(base) {
                address
            } else {
                resolved
            }
        }
        _ => address,
    }
}
