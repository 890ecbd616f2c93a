// SPDX-License-Identifier: Apache-2.0
//! The pipeline model: a block costs what an out-of-order core takes to execute it (gas costs, section 2).

use super::operation::{Demand, Operation, Table};
use super::plan::{Planner, OPERATIONS_MAX};
use super::simulator::Simulator;
use super::Cache;
use crate::code::{Code, Decoded};
use crate::isa::InstructionSet;

/// The state of one block after the other.
#[derive(Clone, Debug)]
pub(super) struct Pipeline<'a> {
    table: &'static Table,
    code: &'a [u8],
    /// The byte that stands for `unlikely`.
    unlikely: u8,
    operations: [Operation; OPERATIONS_MAX],
    count: usize,
    demand: Demand,
    overflown: bool,
    planner: Planner,
    simulator: Simulator,
}

impl<'a> Pipeline<'a> {
    pub(super) fn new(cache: Cache, code: &Code<'a>) -> Self {
        Self {
            table: Table::get(code.isa().is_64_bit(), cache),
            code: code.bytes(),
            unlikely: match code.isa() {
                InstructionSet::ReviveV1 => 255,
                InstructionSet::Latest32 | InstructionSet::Latest64 => 3,
                InstructionSet::JamV1 => 2,
            },
            operations: [Operation::default(); OPERATIONS_MAX],
            count: 0,
            demand: Demand::default(),
            overflown: false,
            planner: Planner::new(),
            simulator: Simulator::new(),
        }
    }

    #[inline]
    pub(super) fn push(&mut self, decoded: &Decoded) {
        let (code, unlikely) = (self.code, self.unlikely);
        let is_cheap_at =
            |offset: u32| code.get(offset as usize).is_none_or(|byte| *byte == 0 || *byte == unlikely);
        let operation = match &decoded.instruction {
            Some(instruction) => self.table.operation(instruction, &mut self.demand, || {
                is_cheap_at(decoded.next) || is_cheap_at(instruction.target)
            }),
            None => Operation::INVALID,
        };
        if self.count == OPERATIONS_MAX {
            self.flush();
        }
        self.operations[self.count % OPERATIONS_MAX] = operation;
        self.count += 1;
    }

    #[cold]
    fn flush(&mut self) {
        self.operations.iter().for_each(|operation| self.simulator.feed(*operation));
        self.count = 0;
        self.overflown = true;
    }

    pub(super) fn finish(&mut self) -> u32 {
        let operations = &self.operations[..self.count];
        let demand = core::mem::take(&mut self.demand);
        self.count = 0;
        let cost = if self.overflown || operations.last().is_none_or(|operation| !operation.is_entry()) {
            None
        } else if operations.len() > 32 {
            if demand.is_scarce() {
                self.planner.plan::<true, true, true>(operations)
            } else {
                self.planner.plan::<true, false, true>(operations)
            }
        } else if demand.is_scarce() {
            self.planner.plan::<true, true, false>(operations)
        } else if demand.alus() > 4 {
            self.planner.plan::<true, false, false>(operations)
        } else {
            self.planner.plan::<false, false, false>(operations)
        };
        self.overflown = false;
        match cost {
            Some(cost) => cost,
            None => {
                operations.iter().for_each(|operation| self.simulator.feed(*operation));
                self.simulator.finish()
            }
        }
    }
}
