// SPDX-License-Identifier: Apache-2.0
//! The pipeline model: a block costs what an out-of-order core takes to execute it (gas costs, section 2).

use super::few;
use super::operation::{is_branch, Demand, Operation, Raw, Row, Table};
use super::plan::Plan;
use super::quick::Quick;
use super::simulator::Simulator;
use super::unread::Unread;
use super::waiting::Waiting;
use super::Cache;
use crate::code::{Code, Decoded, Fetched};
use crate::isa::{Format, InstructionSet, INSTRUCTION_BYTES_MAX};
use alloc::boxed::Box;

/// Instructions that are collected before they are planned: what is known of the block stays in registers of the machine
/// while one after the other is.
pub(super) const BATCH: usize = 64;

/// The state of one block after the other.
#[derive(Clone, Debug)]
pub(super) struct Pipeline<'a> {
    surroundings: Surroundings<'a>,
    table: &'static Table,
    /// What has been collected of the block, but what `long` has been given.
    batch: [Operation; BATCH],
    /// How much that is.
    collected: usize,
    /// What it asks for, if that is not too much to be counted.
    demand: Demand,
    quick: Quick,
    waiting: Waiting,
    /// Whether `long` has something of the block.
    is_long: bool,
    /// Once there has been such a block: many programs are small.
    long: Option<Box<Long>>,
}

/// A block that is too long for [`Quick`] and [`Waiting`], or in which operations get into the way of older ones.
#[derive(Clone, Debug)]
struct Long {
    plan: Plan,
    /// Whether the block has been handed over to the simulator.
    simulating: bool,
    /// Once there has been such a block.
    simulator: Option<Box<Simulator>>,
}

impl Long {
    /// The one of a pipeline.
    #[inline(always)]
    fn of(long: &mut Option<Box<Self>>) -> &mut Self {
        long.get_or_insert_with(Self::new)
    }

    #[cold]
    #[inline(never)]
    fn new() -> Box<Self> {
        Box::new(Self { plan: Plan::new(), simulating: false, simulator: None })
    }

    /// Plans operations, or has them simulated and all that follows in the block.
    #[inline(never)]
    fn go_on(&mut self, table: &'static Table, operations: &[Operation]) {
        let planned = if self.simulating { Err(0) } else { self.plan.go_on(table, operations) };
        if let Err(planned) = planned {
            self.simulate(table, operations.get(planned..).unwrap_or_default());
        }
    }

    #[cold]
    #[inline(never)]
    fn simulate(&mut self, table: &'static Table, operations: &[Operation]) {
        let simulator = self.simulator.get_or_insert_with(|| Box::new(Simulator::new(table)));
        if !core::mem::replace(&mut self.simulating, true) {
            self.plan.hand_over(table, simulator);
        }
        operations.iter().for_each(|operation| simulator.feed(*operation));
    }

    /// The cost of the block; the next one can follow.
    fn finish(&mut self) -> u32 {
        match &mut self.simulator {
            Some(simulator) if core::mem::take(&mut self.simulating) => simulator.finish(),
            _ => self.plan.finish(),
        }
    }
}

/// The code around branches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surroundings<'a> {
    pub(super) code: Code<'a>,
    /// The byte that stands for `unlikely`.
    unlikely: u8,
}

impl Surroundings<'_> {
    /// Whether a branch is predicted if this is behind it or its target.
    #[inline]
    fn is_cheap_at(&self, offset: u32) -> bool {
        self.code.bytes().get(offset as usize).is_none_or(|byte| *byte == 0 || *byte == self.unlikely)
    }

    /// Whether a branch is predicted.
    #[inline]
    pub(super) fn is_predicted(&self, next: u32, target: u32) -> bool {
        self.is_cheap_at(crate::mutant!(BranchGas, next - 1, next)) || self.is_cheap_at(target)
    }

    /// The branch at `offset`, as predicted if it is. Bit 0 of `behind` says whether an instruction starts behind its first byte, and
    /// so on, as far as that is known.
    #[inline(always)]
    pub(super) fn predict(&self, row: &Row, raw: Raw, offset: u32, behind: u64) -> Raw {
        let skip = behind.trailing_zeros();
        let branch = match self.code.fetch_before(offset, skip) {
            Some(branch) if skip < INSTRUCTION_BYTES_MAX - 1 => branch,
            _ => self.fetch_last(offset),
        };
        let two = row.reads_two();
        if self.is_predicted(branch.next, branch.branch_target(two)) {
            raw.predicted(two)
        } else {
            raw
        }
    }

    #[cold]
    #[inline(never)]
    fn fetch_last(&self, offset: u32) -> Fetched {
        self.code.fetch(offset)
    }
}

impl<'a> Pipeline<'a> {
    pub(super) fn new(cache: Cache, code: &Code<'a>) -> Self {
        let table = Table::get(code.isa().is_64_bit(), cache);
        let unlikely = match code.isa() {
            InstructionSet::ReviveV1 => 255,
            InstructionSet::Latest32 | InstructionSet::Latest64 => 3,
            InstructionSet::JamV1 => 2,
        };
        Self {
            surroundings: Surroundings { code: *code, unlikely },
            table,
            batch: [Operation::default(); BATCH],
            collected: 0,
            demand: Demand::default(),
            quick: Quick::new(),
            waiting: Waiting::default(),
            is_long: false,
            long: None,
        }
    }

    #[inline]
    pub(super) fn push(&mut self, decoded: &Decoded) {
        let raw = match &decoded.instruction {
            Some(instruction) => {
                let mut raw = Raw::new(instruction);
                if is_branch(instruction.opcode)
                    && self.surroundings.is_predicted(decoded.next, instruction.target)
                {
                    raw = raw.predicted(matches!(instruction.opcode.format(), Format::RegRegOffset));
                }
                raw
            }
            None => Raw::INVALID,
        };
        let row = self.table.row_of(raw);
        let operation = self.table.read(row, raw);
        self.demand.add(row);
        let at = self.collected;
        self.batch[at % BATCH] = operation;
        self.collected = at + 1;
        if at + 1 == BATCH {
            self.begin_long();
        }
    }

    /// Goes on with a block that is too long to be collected as a whole.
    #[cold]
    #[inline(never)]
    fn begin_long(&mut self) {
        self.is_long = true;
        self.collected = 0;
        Long::of(&mut self.long).go_on(self.table, &self.batch);
    }

    /// The cost of what has been pushed.
    pub(super) fn finish(&mut self) -> u32 {
        let operations = self.batch.get(..core::mem::take(&mut self.collected)).unwrap_or_default();
        let demand = core::mem::take(&mut self.demand);
        if !core::mem::take(&mut self.is_long) {
            if let Some(cost) = self.quick.cost(self.table, operations, demand) {
                return cost;
            }
            if let Some(cost) = self.waiting.cost(self.table, self.quick.ready(), operations, demand) {
                return cost;
            }
        }
        let long = Long::of(&mut self.long);
        long.go_on(self.table, operations);
        long.finish()
    }

    /// The cost of the block of so many instructions at `start`. Nothing has been pushed.
    #[inline(never)]
    pub(super) fn block(&mut self, start: u32, instructions: u32) -> u32 {
        if instructions <= few::INSTRUCTIONS_MAX {
            if let Some(cost) =
                few::cost(&self.surroundings, self.table, self.quick.ready(), start, instructions)
            {
                return cost;
            }
        }
        let Self { surroundings, table, batch, quick, waiting, long, .. } = self;
        let mut unread = Unread::new(surroundings, start, instructions);
        let mut demand = Demand::default();
        let mut collected = unread.read_first(table, batch, &mut demand);
        let operations = batch.get(..collected).unwrap_or_default();
        if let Some(cost) = quick.cost(table, operations, demand) {
            return cost;
        }
        if let Some(cost) = waiting.cost(table, quick.ready(), operations, demand) {
            return cost;
        }
        let long = Long::of(long);
        loop {
            long.go_on(table, batch.get(..collected).unwrap_or_default());
            if collected < BATCH {
                return long.finish();
            }
            collected = unread.read(table, batch);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::{Instruction, Opcode, Reg};

    /// Generated blocks of what is hardest to plan: units that are scarce or held for long, results that come late. Whatever
    /// the block, an instruction costs a bounded number of steps.
    #[test]
    fn steps_are_linear() {
        use Opcode::*;
        const KINDS: [&[Opcode]; 6] = [
            &[LoadIndirectU64, Add64, StoreIndirectU64, Mul64],
            &[Mul64, MulUpperSignedUnsigned, LoadIndirectU64, CountTrailingZeroBits64],
            &[DivUnsigned64, LoadIndirectU8, Xor, StoreImmU8],
            &[Sbrk, Ecalli, LoadIndirectU64, Sub64],
            &[LoadImm, LoadIndirectU64, MoveReg, Unlikely, StoreU8],
            &[MoveReg, MoveReg, MoveReg, LoadIndirectU64, Mul64],
        ];
        let code = Code::empty(InstructionSet::Latest64);
        let (mut looked_at_most, mut ticks_most) = (0, 0);
        let mut state = 1_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            (state >> 33) as usize % below
        };
        for round in 0..600 {
            let cache = [Cache::L1, Cache::L2, Cache::L3][round % 3];
            let mut pipeline = Pipeline::new(cache, &code);
            let kind = KINDS[round / 3 % KINDS.len()];
            let registers = 2 + random(Reg::COUNT - 1);
            let instructions = [30, 300, 3000][random(3)];
            for _ in 0..instructions {
                let mut instruction = Instruction::new(kind[random(kind.len())]);
                [instruction.d, instruction.s, instruction.t] = [(); 3].map(|()| Reg::ALL[random(registers)]);
                let (next, next_is_start) = (0, true);
                pipeline.push(&Decoded { offset: 0, next, next_is_start, instruction: Some(instruction) });
            }
            pipeline.finish();
            let long = pipeline.long.map(|long| (long.plan.looked_at_ever, long.simulator));
            let (looked_at, simulator) = long.unwrap_or_default();
            let ticks = simulator.map_or(0, |simulator| simulator.ticks);
            assert!(
                looked_at <= 8 * instructions + 256 + 32 + 256,
                "{looked_at} of {instructions}, {kind:?}"
            );
            assert!(ticks <= 4 * instructions + 8, "{ticks} ticks for {instructions}, {kind:?}");
            looked_at_most = looked_at_most.max(looked_at / instructions);
            ticks_most = ticks_most.max(ticks / instructions);
        }
        assert!(looked_at_most > 0 && ticks_most > 0, "both ways are taken: {looked_at_most}, {ticks_most}");
    }
}
