// SPDX-License-Identifier: Apache-2.0
//! Gives values registers, for work in a given order. When there are too few, the value that is needed last leaves its
//! register: for the place on the stack where it is too, or else for one below the stack pointer.

use std::collections::BinaryHeap;

use super::{
    cost::Cost,
    graph::{whole_word, Graph, Op, OpId, Place, Source, Value, NONE},
    uses::{Uses, NEVER},
};
use crate::{
    ir::{Address, Const, Inst, Node, Operand, Reg, RegSet},
    locations::Loc,
    riscv::Access,
};

/// Bytes below the stack pointer that are used at most.
const BELOW_BYTES: i32 = 1024;

/// What came out.
pub(super) struct Allocated {
    pub(super) insts: Vec<Node>,
    pub(super) cost: Cost,
    /// Bytes below the stack pointer that are used.
    pub(super) bytes_below: i32,
}

/// A place within a word of the stack, with the word's number.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Home {
    place: Place,
    word: u32,
}

pub(super) struct Allocator<'g> {
    pub(super) graph: &'g Graph,
    word_bytes: i32,
    /// The offset from the stack pointer below which memory may be used.
    below_from: Option<i32>,
    uses: Uses,
    /// The value in each register.
    pub(super) holds: [Value; Reg::REAL.len()],
    /// The register of each value.
    pub(super) register: Vec<Option<Reg>>,
    /// The word below the stack pointer of each value, if it has one.
    below: Vec<Option<i32>>,
    /// The nearest one first: its offset takes fewest bytes.
    free_below: BinaryHeap<i32>,
    used_below: i32,
    /// Where each value was seen on the stack, and what is in each word now.
    home: Vec<Option<Home>>,
    words: Vec<(Value, Option<Home>)>,
    /// Where values should be at the end.
    wish: Vec<Option<Reg>>,
    /// When the value for each register is made: until then others may have it.
    wished_at: [u32; Reg::REAL.len()],
    /// Registers without a value, and those that values neither leave nor get.
    free: RegSet,
    pub(super) pinned: RegSet,
    pub(super) out: Vec<Node>,
    /// Of what was emitted and of the work that is left.
    cost: Cost,
}

/// Does the work in this order; `None` if it cannot be done with what there is, or does not cost less than `best`. The work
/// itself costs `least`, whatever registers it is done with.
pub(super) fn allocate(
    graph: &Graph,
    order: &[OpId],
    word_bytes: i32,
    below: Option<i32>,
    (least, best): (Cost, Cost),
) -> Option<Allocated> {
    let mut allocator = Allocator::new(graph, order, word_bytes, below);
    allocator.cost = least;
    for (now, &id) in order.iter().enumerate() {
        allocator.op(&graph.ops[id as usize], now as u32)?;
        if !allocator.cost.is_below(best) {
            return None;
        }
    }
    allocator.outputs()?;
    let Allocator { out: insts, cost, used_below: bytes_below, .. } = allocator;
    cost.is_below(best).then_some(Allocated { insts, cost, bytes_below })
}

impl<'g> Allocator<'g> {
    fn new(graph: &'g Graph, order: &[OpId], word_bytes: i32, below_from: Option<i32>) -> Self {
        let count = graph.values.len();
        let mut allocator = Self {
            graph,
            word_bytes,
            below_from,
            uses: Uses::new(graph, order),
            holds: [NONE; Reg::REAL.len()],
            register: vec![None; count],
            below: vec![None; count],
            free_below: BinaryHeap::new(),
            used_below: 0,
            home: vec![None; count],
            words: vec![(NONE, None); graph.words.len()],
            wish: vec![None; count],
            wished_at: [NEVER; Reg::REAL.len()],
            free: RegSet::REAL,
            pinned: RegSet::EMPTY.with(Reg::SP),
            out: Vec::with_capacity(order.len()),
            cost: Cost::default(),
        };
        let mut made_at = vec![0_u32; graph.ops.len()];
        order.iter().enumerate().for_each(|(at, id)| made_at[*id as usize] = at as u32);
        for &(reg, value) in &graph.outputs {
            let source = graph.values[value as usize];
            allocator.wish[value as usize] = Some(reg);
            allocator.wished_at[reg.index()] = match source {
                Source::Op(id) => made_at[id as usize],
                Source::Register(_) => 0,
                Source::Constant(..) => order.len() as u32,
            };
            // Return addresses stay where they are, so that returns are known for what they are.
            if reg == Reg::RA && matches!(source, Source::Register(_)) {
                allocator.pinned = allocator.pinned.with(reg);
            }
        }
        for (value, source) in graph.values.iter().enumerate() {
            if let Source::Register(reg) = *source {
                if allocator.uses.next(value as Value) != NEVER {
                    allocator.put(reg, value as Value);
                }
            }
        }
        allocator
    }

    pub(super) fn put(&mut self, reg: Reg, value: Value) {
        if reg.is_real() {
            self.hold(reg, value);
            self.register[value as usize] = Some(reg);
        }
    }

    pub(super) fn hold(&mut self, reg: Reg, value: Value) {
        self.holds[reg.index()] = value;
        self.free = self.free.without(reg);
    }

    /// Whether a value can be made in a register at once.
    fn is_open(&self, reg: Reg) -> bool {
        self.free.minus(self.pinned).contains(reg)
    }

    pub(super) fn free(&mut self, reg: Reg) {
        let value = std::mem::replace(&mut self.holds[reg.index()], NONE);
        self.free = self.free.with(reg);
        if value != NONE && self.register[value as usize] == Some(reg) {
            self.register[value as usize] = None;
        }
    }

    fn emit(&mut self, inst: Inst, loc: Loc) {
        self.out.push(Node { inst, loc });
    }

    /// What is only there to have a value in a register, or to get it back.
    pub(super) fn emit_more(&mut self, inst: Inst, loc: Loc) {
        self.cost.add(&inst);
        self.emit(inst, loc);
    }

    /// The place on the stack where a value can be loaded from.
    pub(super) fn place_of(&self, value: Value) -> Option<Place> {
        if let Some(offset) = self.below[value as usize] {
            return Some(Place { offset, access: whole_word(self.word_bytes) });
        }
        let home = self.home[value as usize]?;
        (self.words[home.word as usize] == (value, Some(home))).then_some(home.place)
    }

    /// The constant, if it is cheaper to make it again than to keep it.
    fn constant(&self, value: Value) -> Option<(Const, Loc)> {
        match self.graph.values[value as usize] {
            Source::Constant(constant, loc) if constant.fits_immediate() => Some((constant, loc)),
            _ => None,
        }
    }

    /// Takes a value out of its register, to where it can be got back from.
    fn evict(&mut self, reg: Reg, loc: Loc) -> Option<()> {
        let value = self.holds[reg.index()];
        if value != NONE && self.uses.next(value) != NEVER && self.register[value as usize] == Some(reg) {
            self.save(value, reg, loc)?;
        }
        self.free(reg);
        Some(())
    }

    pub(super) fn save(&mut self, value: Value, reg: Reg, loc: Loc) -> Option<()> {
        if self.place_of(value).is_some() || self.constant(value).is_some() {
            return Some(());
        }
        let from = self.below_from?;
        let offset = match self.free_below.pop() {
            Some(offset) => offset,
            None => {
                self.used_below = self.used_below.max(-from) + self.word_bytes;
                -self.used_below
            }
        };
        if self.used_below > BELOW_BYTES {
            return None;
        }
        self.below[value as usize] = Some(offset);
        let access = if self.word_bytes == 8 { Access::U64 } else { Access::U32 };
        let address = Address { base: Some(Reg::SP), offset: Const::Int(i64::from(offset)) };
        let store = Inst::Store { access, s: Operand::Reg(reg), address, for_others: false };
        self.emit_more(store, loc);
        Some(())
    }

    /// A register for a value, if need be one that another value leaves.
    fn take(&mut self, value: Value, locked: RegSet, now: u32, loc: Loc) -> Option<Reg> {
        let candidates = RegSet::REAL.minus(self.pinned).minus(locked);
        let free = candidates.common(self.free);
        if free != RegSet::EMPTY {
            if let Some(wish) = self.wish[value as usize].filter(|reg| free.contains(*reg)) {
                return Some(wish);
            }
            // One that nobody wants while this value is needed, and else the one that is wanted last.
            let last_use = self.uses.last(value);
            return free.iter().min_by_key(|reg| {
                let wanted = self.wished_at[reg.index()];
                (wanted < last_use, if wanted < last_use { NEVER - wanted } else { wanted })
            });
        }
        // The one that is needed last. What can be got back without having been saved is cheaper to lose.
        let mut farthest: Option<(u64, Reg)> = None;
        for reg in candidates.iter() {
            let held = self.holds[reg.index()];
            let next = self.uses.next(held);
            let known = farthest.map_or(0, |(distance, _)| distance);
            if next <= now || u64::from(next - now) * 2 < known {
                continue;
            }
            let is_saved = || self.place_of(held).is_some() || self.constant(held).is_some();
            let distance = u64::from(next - now) * if is_saved() { 2 } else { 1 };
            if distance >= known {
                farthest = Some((distance, reg));
            }
        }
        let (_, victim) = farthest?;
        self.evict(victim, loc)?;
        Some(victim)
    }

    /// Brings a value into a register.
    fn bring(&mut self, value: Value, locked: RegSet, now: u32, loc: Loc) -> Option<Reg> {
        if let Some(reg) = self.register[value as usize] {
            return Some(reg);
        }
        let reg = self.take(value, locked, now, loc)?;
        self.load(value, reg, loc)?;
        self.put(reg, value);
        Some(reg)
    }

    pub(super) fn load(&mut self, value: Value, reg: Reg, loc: Loc) -> Option<()> {
        let source = self.graph.values[value as usize];
        match (self.place_of(value), source) {
            (_, Source::Constant(constant, at)) if constant.fits_immediate() => {
                self.emit_more(Inst::Const { d: reg, value: constant }, at);
            }
            (Some(Place { offset, access }), _) => {
                let address = Address { base: Some(Reg::SP), offset: Const::Int(i64::from(offset)) };
                self.emit_more(Inst::Load { access, d: reg, address }, loc);
            }
            (None, Source::Constant(constant, at)) => {
                self.emit_more(Inst::Const { d: reg, value: constant }, at)
            }
            (None, _) => return None,
        }
        Some(())
    }

    fn op(&mut self, op: &'g Op, now: u32) -> Option<()> {
        let held = op.reads().iter().filter_map(|(_, value)| self.register[*value as usize]);
        let mut locked = held.fold(RegSet::EMPTY, RegSet::with);
        let mut regs = [Reg::SP; 3];
        for (index, &(_, value)) in op.reads().iter().enumerate() {
            let reg = self.bring(value, locked, now, op.loc)?;
            regs[index] = reg;
            locked = locked.with(reg);
        }
        if op.is_store {
            self.keep_what_is_overwritten(op, locked, now)?;
        }
        for &(_, value) in op.reads() {
            self.uses.pass(value);
        }
        let mut inst = op.inst;
        let of = |reg: Reg| match op.reads().iter().position(|(named, _)| *named == reg) {
            Some(index) => regs[index],
            None => reg,
        };
        inst.map_reads(of);
        // What nobody needs any more.
        let mut ends = [NONE; 3];
        for (end, &(_, value)) in ends.iter_mut().zip(op.reads()) {
            if self.uses.next(value) == NEVER {
                *end = value;
            }
        }
        if let Inst::Cmov { d, .. } = op.inst {
            // The old value may be needed further.
            let index = op.reads().iter().position(|(named, _)| *named == d)?;
            let (old, reg) = (op.reads()[index].1, regs[index]);
            let target = if ends.contains(&old) && !self.pinned.contains(reg) {
                reg
            } else {
                let target = self.take(op.makes, locked, now, op.loc)?;
                self.emit_more(Inst::Move { d: target, s: reg }, op.loc);
                target
            };
            self.end(ends);
            if let Inst::Cmov { d, .. } = &mut inst {
                *d = target;
            }
            self.emit(inst, op.loc);
            self.put(target, op.makes);
        } else {
            self.end(ends);
            if op.makes == NONE {
                self.emit(inst, op.loc);
            } else {
                // The register of the first operand, if it is free now, saves the machine a move.
                let wish = self.wish[op.makes as usize].filter(|reg| self.is_open(*reg));
                let first = first_operand(&op.inst).map(of).filter(|reg| {
                    self.is_open(*reg) && self.wished_at[reg.index()] >= self.uses.last(op.makes)
                });
                let reg = match wish.or(first) {
                    Some(reg) => reg,
                    None => self.take(op.makes, RegSet::EMPTY, now, op.loc)?,
                };
                if self.uses.next(op.makes) != NEVER {
                    self.put(reg, op.makes);
                }
                inst.set_destination(reg);
                self.emit(inst, op.loc);
            }
        }
        if let Some(place) = op.place {
            self.remember(op, place);
        }
        Some(())
    }

    /// Values that nobody needs any more.
    fn end(&mut self, values: [Value; 3]) {
        for value in values.into_iter().filter(|value| *value != NONE) {
            if let Some(reg) = self.register[value as usize] {
                self.free(reg);
            }
            if let Some(offset) = self.below[value as usize].take() {
                self.free_below.push(offset);
            }
        }
    }

    /// Values that are only where a store goes to.
    fn keep_what_is_overwritten(&mut self, op: &Op, locked: RegSet, now: u32) -> Option<()> {
        for word in op.words() {
            let (value, _) = self.words[word];
            if value == NONE {
                continue;
            }
            let is_only_here = self.register[value as usize].is_none()
                && self.below[value as usize].is_none()
                && self.uses.next(value) != NEVER
                && self.constant(value).is_none()
                && self.place_of(value).is_some();
            if is_only_here {
                self.bring(value, locked, now, op.loc)?;
            }
        }
        Some(())
    }

    /// What is on the stack behind an operation.
    fn remember(&mut self, op: &Op, place: Place) {
        let value = match op.inst {
            Inst::Store { s: Operand::Reg(_), .. } if place.access.bytes() as i32 == self.word_bytes => {
                stored(op)
            }
            Inst::Load { .. } => Some(op.makes),
            _ => None,
        };
        if op.is_store {
            op.words().for_each(|word| self.words[word] = (NONE, None));
        }
        let place = match op.is_store {
            true => Place { access: whole_word(self.word_bytes), ..place },
            false => place,
        };
        if let (Some(value), [word, NONE]) = (value, op.words) {
            if op.is_store || self.words[word as usize].0 == NONE {
                let home = Some(Home { place, word });
                self.words[word as usize] = (value, home);
                self.home[value as usize] = home;
            }
        }
    }
}

/// The value that a store stores.
fn stored(op: &Op) -> Option<Value> {
    let Inst::Store { s: Operand::Reg(s), .. } = op.inst else { return None };
    op.reads().iter().find(|(reg, _)| *reg == s).map(|(_, value)| *value)
}

/// The register that the machine would like to be the result's too.
fn first_operand(inst: &Inst) -> Option<Reg> {
    match *inst {
        Inst::Bin { a, b, .. } => a.reg().or(b.reg()),
        Inst::Un { s, .. } => Some(s),
        Inst::Load { address, .. } => address.base.filter(|base| *base != Reg::SP),
        _ => None,
    }
}
