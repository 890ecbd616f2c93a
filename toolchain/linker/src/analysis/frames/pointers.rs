// SPDX-License-Identifier: Apache-2.0
//! Which registers hold addresses of a frame.

use super::stack_access;
use crate::{
    analysis::{Cfg, Liveness},
    hash::FastMap,
    ir::{Bin, BlockId, Const, Inst, Operand, Program, Reg, RegSet, Terminator},
};

/// The lowest address on the stack that each register may hold.
pub(super) type Pointers = [Option<i32>; Reg::COUNT];

/// What each register holds, if it is a constant.
pub(super) type Constants = [Option<i32>; Reg::COUNT];

/// How often the addresses at the start of a block may change before they count as unknown.
const CHANGES_MAX: u32 = 16;

/// The largest mask that leaves so few bits of an address that it is none any more.
const LOW_BITS_MAX: i64 = 0xfff;

/// What registers hold at a place, and how often that has changed.
#[derive(Clone, Copy, Default)]
struct State {
    pointers: Pointers,
    changes: u32,
}

impl State {
    /// Adds what these registers hold on a way there; whether that is news.
    fn join(&mut self, pointers: &Pointers, regs: RegSet) -> bool {
        let mut changed = false;
        for index in regs.iter().map(Reg::index) {
            let known = &mut self.pointers[index];
            if let Some(new) = pointers[index].filter(|new| known.is_none_or(|known| *new < known)) {
                // A loop that goes down goes down forever, as far as anybody knows. Of many switches, each may have something else.
                *known = Some(if self.changes > CHANGES_MAX { i32::MIN } else { new });
                changed = true;
            }
        }
        self.changes += u32::from(changed);
        changed
    }
}

/// What registers hold at the start of each block of a function, and where it jumps to one of its labels.
#[derive(Default)]
pub(super) struct Flow {
    starts: FastMap<BlockId, State>,
    jumped: State,
}

impl Flow {
    /// Takes what registers hold through the blocks of a function, each as often as there is news for it and once at least. `go_over` does so
    /// with one, `given` is what calls give.
    pub(super) fn go_through(
        &mut self,
        program: &Program,
        (cfg, liveness): (&Cfg, &Liveness),
        members: &[BlockId],
        given: Option<i32>,
        mut go_over: impl FnMut(BlockId, &mut Pointers),
    ) {
        let labels: Vec<BlockId> =
            members.iter().copied().filter(|id| cfg.reach.address_taken[id.index()]).collect();
        let mut work = members.to_vec();
        while let Some(id) = work.pop() {
            let mut pointers = self.starts.get(&id).map_or([None; Reg::COUNT], |state| state.pointers);
            go_over(id, &mut pointers);
            let mut flow = |to: BlockId, pointers: &Pointers| {
                // What nobody reads again is no address any more.
                let is_any = pointers.iter().any(Option::is_some);
                if is_any && self.starts.entry(to).or_default().join(pointers, liveness.at_start(to)) {
                    work.push(to);
                }
            };
            match program.block(id).end {
                Terminator::Call { back, .. } | Terminator::CallIndirect { back, .. } => {
                    let mut kept = [None; Reg::COUNT];
                    [Reg::S0, Reg::S1].iter().for_each(|reg| kept[reg.index()] = pointers[reg.index()]);
                    [Reg::A0, Reg::A1].iter().for_each(|reg| kept[reg.index()] = given);
                    flow(back, &kept);
                }
                // All labels get what any of the jumps has, so they need not be gone over for what one of them has had before.
                Terminator::JumpIndirect { .. } => {
                    if self.jumped.join(&pointers, RegSet::REAL) {
                        labels.iter().for_each(|to| flow(*to, &self.jumped.pointers));
                    }
                }
                end => end.for_each_successor(|to| flow(to, &pointers)),
            }
        }
    }
}

/// What the words below the stack pointer hold. Values that found no register are kept there, by the pass `registers`, for part of a block.
#[derive(Default)]
pub(super) struct Kept(FastMap<i32, Option<i32>>);

impl Kept {
    /// Goes over an instruction, in front of which registers hold these. If it loads such a word, what that holds.
    pub(super) fn follow(&mut self, inst: &Inst, held: &Pointers) -> Option<Option<i32>> {
        if inst.writes().contains(Reg::SP) {
            self.0.clear();
        }
        let (offset, _) = stack_access(inst).filter(|(offset, _)| *offset < 0)?;
        if let Inst::Store { s, .. } = inst {
            self.0.insert(offset, s.reg().and_then(|s| held[s.index()]));
            return None;
        }
        Some(self.0.get(&offset).copied().flatten())
    }
}

/// The constant that an instruction makes, of those that registers hold.
fn constant(inst: &Inst, constants: &Constants) -> Option<i32> {
    match *inst {
        Inst::Const { value: Const::Int(value), .. } => i32::try_from(value).ok(),
        Inst::Bin { op: Bin::Add(_), a: Operand::Reg(a), b: Operand::Const(Const::Int(by)), .. } => {
            constants[a.index()]?.checked_add(i32::try_from(by).ok()?)
        }
        _ => None,
    }
}

/// Goes over an instruction: what registers hold behind it.
pub(super) fn follow_constants(inst: &Inst, constants: &mut Constants) {
    let constant = constant(inst, constants);
    inst.writes().iter().for_each(|reg| constants[reg.index()] = None);
    if let Some(d) = inst.destination() {
        constants[d.index()] = constant;
    }
}

/// The address on the stack that an instruction calculates, or accesses by a register that holds one. `frame` is the stack pointer
/// if there is a frame above it.
pub(super) fn pointer(
    inst: &Inst,
    pointers: &Pointers,
    constants: &Constants,
    sp: i32,
    frame: Option<i32>,
) -> Option<i32> {
    let held = |reg: Reg| if reg == Reg::SP { Some(sp) } else { pointers[reg.index()] };
    match *inst {
        Inst::Move { s, .. } => held(s),
        Inst::Bin { op: Bin::Add(_), a: Operand::Reg(a), b: Operand::Const(Const::Int(by)), .. } => {
            Some(held(a)?.saturating_add(i32::try_from(by).ok()?))
        }
        // An offset that does not fit into an instruction, or an index into an object of the frame.
        Inst::Bin { op: Bin::Add(_), a: Operand::Reg(a), b: Operand::Reg(b), .. }
            if (a == Reg::SP) != (b == Reg::SP) =>
        {
            match constants[if a == Reg::SP { b } else { a }.index()] {
                Some(offset) => Some(sp.saturating_add(offset)),
                None => frame,
            }
        }
        // An index into an object.
        Inst::Bin { op: Bin::Add(_), a: Operand::Reg(a), b: Operand::Reg(b), .. }
            if a != Reg::SP && b != Reg::SP =>
        {
            held(a).into_iter().chain(held(b)).min()
        }
        // What is subtracted leads anywhere in the frame: the address may be that of an object's end.
        Inst::Bin { op: Bin::Sub(_), a: Operand::Reg(a), b: Operand::Reg(b), .. }
            if a != Reg::SP && b != Reg::SP && held(a).is_some() && held(b).is_none() =>
        {
            Some(frame.unwrap_or(i32::MIN))
        }
        // What is rounded down, by no more than the bits that are taken away stand for.
        Inst::Bin { op: Bin::And, a: Operand::Reg(a), b: Operand::Const(Const::Int(mask)), .. }
            if mask < 0 =>
        {
            Some(held(a)?.saturating_sub(i32::try_from(!mask).unwrap_or(i32::MAX)))
        }
        Inst::Bin { op: Bin::Shr(_) | Bin::Sar(_) | Bin::Shl(_), a: Operand::Reg(a), .. } if a != Reg::SP => {
            held(a).map(|_| frame.unwrap_or(i32::MIN))
        }
        Inst::Bin { op: Bin::MaxS | Bin::MaxU | Bin::MinS | Bin::MinU, a, b, .. } => {
            [a, b].into_iter().filter_map(|operand| held(operand.reg()?)).min()
        }
        // What is taken apart and put together again may lead anywhere in the frame. Low bits of an address are none.
        Inst::Bin { op: Bin::And, b: Operand::Const(Const::Int(0..=LOW_BITS_MAX)), .. } => None,
        Inst::Bin {
            op:
                Bin::And
                | Bin::Or
                | Bin::Xor
                | Bin::AndNot
                | Bin::OrNot
                | Bin::Xnor
                | Bin::Rotl(_)
                | Bin::Rotr(_)
                | Bin::Mul(_),
            a,
            b,
            ..
        } => [a, b]
            .into_iter()
            .filter_map(Operand::reg)
            .any(|reg| reg != Reg::SP && held(reg).is_some())
            .then_some(frame.unwrap_or(i32::MIN))
            // An operation on the stack pointer itself is not followed at all.
            .filter(|_| !inst.reads().contains(Reg::SP)),
        Inst::Bin { op: Bin::Sub(_), a, b: Operand::Reg(b), .. }
            if b != Reg::SP && a.reg().is_none_or(|a| a != Reg::SP && held(a).is_none()) =>
        {
            held(b).map(|_| frame.unwrap_or(i32::MIN))
        }
        Inst::Cmov { d, s, .. } => held(d).into_iter().chain(s.reg().and_then(held)).min(),
        Inst::Load { address, .. } | Inst::Store { address, .. } if stack_access(inst).is_none() => {
            Some(held(address.base?)?.saturating_add(i32::try_from(address.offset.int()?).ok()?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is news goes on to all labels of a function: of many switches, each might have something for them.
    #[test]
    fn addresses_that_go_down_and_down_are_news_a_few_times() {
        let mut state = State::default();
        let mut news = 0;
        for at in 0..1_000 {
            let mut pointers = [None; Reg::COUNT];
            pointers[Reg::A0.index()] = Some(-8 * at);
            news += u32::from(state.join(&pointers, RegSet::REAL));
        }
        assert!(news <= CHANGES_MAX + 2, "{news}");
        assert_eq!(state.pointers[Reg::A0.index()], Some(i32::MIN));
    }
}
