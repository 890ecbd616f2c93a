// SPDX-License-Identifier: Apache-2.0
//! Uses values that are in registers already: copies read their originals, equal calculations and constants become
//! copies, and constants that take many bytes are taken from registers that hold them.
//!
//! Before:
//! ```text
//! a1 = a0
//! a2 = Add(W64) a1, 5
//! a3 = Add(W64) a0, 5
//! a4 = 305419896
//! a5 = 305419896
//! ```
//! After (and the first line is dead now if `a1` is not needed otherwise):
//! ```text
//! a1 = a0
//! a2 = Add(W64) a0, 5
//! a3 = a2
//! a4 = 305419896
//! a5 = a4
//! ```
//!
//! Values are numbered along chains of blocks that have one way in, so that what is known at the end of a block is known
//! at the start of the next.

#[cfg(test)]
mod tests;

use super::Context;
use std::hash::{Hash, Hasher};

use crate::hash::{FastHasher, FastMap};
use crate::{
    ir::{Address, Bin, BlockId, Const, Inst, Operand, Program, Reg, Terminator, Un},
    riscv::Access,
    size,
};

/// Number of a value; what two registers hold under one number is equal.
type Value = u32;

/// Something that is calculated from values.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Formula {
    Bin(Bin, Term, Term),
    Un(Un, Value),
    /// The last number changes with every store.
    Load(Access, Option<Value>, Const, u32),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Term {
    Value(Value),
    Int(i64),
    Other(u32),
}

/// The numbers of what was calculated in this block. A table of one size, in which what comes later takes the place of what
/// has the same place: what is far away is in no register any more.
struct Formulas {
    /// The block that it belongs to, the formula and its number; a power of two of them.
    slots: Vec<Option<(u32, Formula, Value)>>,
    /// Number of this block.
    generation: u32,
}

/// Formulas that are remembered at most.
const FORMULAS_MAX: usize = 1024;

impl Formulas {
    /// Room for those of the blocks of a program.
    fn new(program: &Program) -> Self {
        let largest = program.order.iter().map(|id| program.block(*id).insts.len()).max().unwrap_or(0);
        let slots = (largest * 2).next_power_of_two().min(FORMULAS_MAX);
        Self { slots: vec![None; slots], generation: 0 }
    }

    /// The number of a formula: this one, unless it has one already.
    fn get_or_insert(&mut self, formula: Formula, new: Value) -> Value {
        let count = self.slots.len();
        let mut hasher = FastHasher::default();
        formula.hash(&mut hasher);
        let slot = &mut self.slots[hasher.finish() as usize & (count - 1)];
        match slot {
            Some((generation, known, value)) if *generation == self.generation && *known == formula => *value,
            _ => {
                *slot = Some((self.generation, formula, new));
                new
            }
        }
    }
}

/// What registers hold.
#[derive(Clone, Copy)]
struct Regs {
    values: [Value; Reg::COUNT],
}

/// Runs the pass.
pub(super) fn run(program: &mut Program, context: &mut Context<'_>) {
    let cfg = context.cfg(program);
    let mut ends: FastMap<BlockId, Regs> = FastMap::default();
    let mut numbering = Numbering {
        next: 0,
        formulas: Formulas::new(program),
        constants: FastMap::default(),
        constant_of: FastMap::default(),
        memory: 0,
    };
    for id in program.order.clone() {
        let before = cfg
            .only_predecessor(id)
            .filter(|before| !matches!(program.block(*before).end, Terminator::Call { .. }));
        let regs = before.and_then(|before| ends.get(&before)).copied();
        let mut regs = regs.unwrap_or_else(|| Regs { values: std::array::from_fn(|_| numbering.fresh()) });
        // No temporary has a value in another block.
        Reg::TEMPORARIES.into_iter().for_each(|reg| regs.values[reg.index()] = numbering.fresh());
        numbering.forget_formulas();
        let regs = numbering.block(program, id, regs);
        ends.insert(id, regs);
    }
}

struct Numbering {
    next: Value,
    formulas: Formulas,
    /// The constants among the values; they stay known from block to block.
    constants: FastMap<Const, Value>,
    constant_of: FastMap<Value, Const>,
    memory: u32,
}

impl Numbering {
    fn fresh(&mut self) -> Value {
        self.next += 1;
        self.next
    }

    fn forget_formulas(&mut self) {
        self.formulas.generation += 1;
        self.memory += 1;
    }

    fn constant(&mut self, value: Const) -> Value {
        if let Some(&known) = self.constants.get(&value) {
            return known;
        }
        let fresh = self.fresh();
        self.constants.insert(value, fresh);
        self.constant_of.insert(fresh, value);
        fresh
    }

    fn formula(&mut self, formula: Formula) -> Value {
        self.next += 1;
        self.formulas.get_or_insert(formula, self.next)
    }

    fn block(&mut self, program: &mut Program, id: BlockId, mut regs: Regs) -> Regs {
        let block = program.block_mut(id);
        // Which register was the first to hold a value that several hold.
        let mut age = [0_u32; Reg::COUNT];
        let mut now = 0;
        for node in &mut block.insts {
            now += 1;
            let inst = &mut node.inst;
            let oldest = |reg: Reg| oldest(reg, &regs, &age);
            inst.map_reads(oldest);
            self.shorten(inst, &regs);
            let value = self.value(inst, &regs);
            if let (Some(d), Some(value)) = (inst.destination(), value) {
                // Already there? Temporaries get theirs again: for long, no register is free to be one.
                if !inst.has_side_effect() {
                    if regs.values[d.index()] == value && d.is_real() {
                        *inst = Inst::Move { d, s: d };
                        continue;
                    }
                    if size::inst(inst) > 2 {
                        if let Some(s) = holder(value, &regs, &age).filter(|s| *s != d) {
                            *inst = Inst::Move { d, s };
                        }
                    }
                }
            }
            match *inst {
                Inst::Store { .. } | Inst::HostCall { .. } | Inst::Memset | Inst::Sbrk { .. } => {
                    self.memory += 1
                }
                _ => {}
            }
            let writes = inst.writes();
            match inst.destination() {
                Some(d) => {
                    regs.values[d.index()] = value.unwrap_or_else(|| self.fresh());
                    age[d.index()] = now;
                }
                None => {
                    for reg in writes.iter() {
                        regs.values[reg.index()] = self.fresh();
                        age[reg.index()] = now;
                    }
                }
            }
        }
        block.insts.retain(|node| !matches!(node.inst, Inst::Move { d, s } if d == s));
        block.end.map_reads(|reg| {
            // Jumps through `ra` are known to be returns, and others are not.
            let found = oldest(reg, &regs, &age);
            if reg == Reg::RA || found == Reg::RA {
                reg
            } else {
                found
            }
        });
        regs
    }

    /// The number of what an instruction calculates; none if nobody knows.
    fn value(&mut self, inst: &Inst, regs: &Regs) -> Option<Value> {
        let value_of = |reg: Reg| regs.values[reg.index()];
        Some(match *inst {
            Inst::Move { s, .. } => value_of(s),
            Inst::Const { value, .. } => self.constant(value),
            Inst::Un { op, s, .. } => self.formula(Formula::Un(op, value_of(s))),
            Inst::Bin { op, a, b, .. } => {
                let term = |operand: Operand, this: &mut Self| match operand {
                    Operand::Reg(reg) => Term::Value(value_of(reg)),
                    Operand::Const(Const::Int(value)) => Term::Int(value),
                    Operand::Const(value) => Term::Other(this.constant(value)),
                };
                let (mut a, mut b) = (term(a, self), term(b, self));
                if op.is_commutative() && b < a {
                    std::mem::swap(&mut a, &mut b);
                }
                self.formula(Formula::Bin(op, a, b))
            }
            Inst::Load { access, address: Address { base, offset }, .. } => {
                self.formula(Formula::Load(access, base.map(value_of), offset, self.memory))
            }
            _ => return None,
        })
    }

    /// Takes constants that need many bytes from registers, and addresses near to what a register holds.
    fn shorten(&mut self, inst: &mut Inst, regs: &Regs) {
        let register_of = |value: Const| {
            let known = self.constants.get(&value)?;
            Reg::REAL.into_iter().find(|reg| regs.values[reg.index()] == *known)
        };
        let near = |address: Address| -> Option<Address> {
            let Address { base: None, offset: Const::Data(id, at) } = address else { return None };
            let mut best: Option<(u64, Address)> = None;
            for reg in Reg::REAL {
                let Some(Const::Data(held, start)) = self.constant_of.get(&regs.values[reg.index()]) else {
                    continue;
                };
                if *held == id {
                    let offset = Const::Int(i64::from(at) - i64::from(*start));
                    let bytes = size::immediate(offset);
                    if bytes < 3 && best.is_none_or(|(least, _)| bytes < least) {
                        best = Some((bytes, Address { base: Some(reg), offset }));
                    }
                }
            }
            best.map(|(_, address)| address)
        };
        match inst {
            Inst::Bin { op, b, .. } if !op.is_shift() => {
                if let Operand::Const(value) = *b {
                    let has_registers = op.opcode().is_some();
                    if let Some(reg) =
                        register_of(value).filter(|_| has_registers && size::immediate(value) > 1)
                    {
                        *b = Operand::Reg(reg);
                    }
                }
            }
            Inst::Store { s, address, .. } => {
                if let Operand::Const(value) = *s {
                    if let Some(reg) = register_of(value).filter(|_| size::immediate(value) > 0) {
                        *s = Operand::Reg(reg);
                    }
                }
                if let Some(near) = near(*address) {
                    *address = near;
                }
            }
            Inst::Load { address, .. } => {
                if let Some(near) = near(*address) {
                    *address = near;
                }
            }
            Inst::Cmov { s, .. } => {
                if let Operand::Const(value) = *s {
                    if let Some(reg) = register_of(value).filter(|_| size::immediate(value) > 1) {
                        *s = Operand::Reg(reg);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The register that has held the value of `reg` for longest. Temporaries stay what they are.
fn oldest(reg: Reg, regs: &Regs, age: &[u32; Reg::COUNT]) -> Reg {
    if !reg.is_real() || reg == Reg::SP {
        return reg;
    }
    let value = regs.values[reg.index()];
    holder(value, regs, age).filter(|found| age[found.index()] < age[reg.index()]).unwrap_or(reg)
}

fn holder(value: Value, regs: &Regs, age: &[u32; Reg::COUNT]) -> Option<Reg> {
    let holders = Reg::REAL.into_iter().filter(|reg| regs.values[reg.index()] == value);
    holders.min_by_key(|reg| age[reg.index()])
}
