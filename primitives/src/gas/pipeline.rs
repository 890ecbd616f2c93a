// SPDX-License-Identifier: Apache-2.0
//! The pipeline model: a block costs what an out-of-order core takes to execute it (gas costs, section 2).

use super::operation::{Operation, Table};
use super::plan::Planner;
use super::simulator::Simulator;
use super::Cache;
use crate::code::{Code, Decoded, Fetched};
use crate::isa::InstructionSet;

/// The state of one block after the other.
#[derive(Clone, Debug)]
pub(super) struct Pipeline<'a> {
    table: &'static Table,
    code: &'a [u8],
    /// The byte that stands for `unlikely`.
    unlikely: u8,
    planner: Planner,
    /// Whether the block has been handed over to the simulator.
    simulating: bool,
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
            planner: Planner::new(),
            simulating: false,
            simulator: Simulator::new(),
        }
    }

    /// Whether a branch is predicted if this is behind it or its target.
    #[inline]
    fn is_cheap_at(&self, offset: u32) -> bool {
        self.code.get(offset as usize).is_none_or(|byte| *byte == 0 || *byte == self.unlikely)
    }

    #[inline]
    pub(super) fn push(&mut self, decoded: &Decoded) {
        let operation = match &decoded.instruction {
            Some(instruction) => self.table.operation(instruction, || {
                self.is_cheap_at(decoded.next) || self.is_cheap_at(instruction.target)
            }),
            None => Operation::INVALID,
        };
        self.push_operation(operation);
    }

    #[inline(always)]
    pub(super) fn push_fetched(&mut self, fetched: &Fetched) {
        let operation = match fetched.opcode {
            Some(opcode) => self.table.fetched(opcode, fetched, || self.is_predicted(fetched)),
            None => Operation::INVALID,
        };
        self.push_operation(operation);
    }

    /// Whether a branch is predicted.
    #[inline(never)]
    fn is_predicted(&self, branch: &Fetched) -> bool {
        let target = branch.decode().instruction.map(|instruction| instruction.target);
        self.is_cheap_at(branch.next) || target.is_some_and(|target| self.is_cheap_at(target))
    }

    #[inline(always)]
    fn push_operation(&mut self, operation: Operation) {
        if self.simulating {
            self.simulator.feed(operation);
        } else if self.planner.push(operation) {
            self.plan();
        }
    }

    /// Plans what has been collected, or has it simulated and all that follows in the block.
    #[inline(never)]
    fn plan(&mut self) {
        if self.planner.plan().is_err() {
            self.planner.hand_over(&mut self.simulator);
            self.simulating = true;
        }
    }

    #[inline(never)]
    pub(super) fn finish(&mut self) -> u32 {
        if !self.simulating {
            self.plan();
        }
        if core::mem::take(&mut self.simulating) {
            self.simulator.finish()
        } else {
            self.planner.finish()
        }
    }
}
