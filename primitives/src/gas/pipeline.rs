// SPDX-License-Identifier: Apache-2.0
//! The pipeline model: a block costs what an out-of-order core takes to execute it (gas costs, section 2).

use super::operation::{is_branch, Raw, Table};
use super::plan::Planner;
use super::simulator::Simulator;
use super::Cache;
use crate::code::{Code, Decoded};
use crate::isa::{InstructionSet, Opcode, INSTRUCTION_BYTES_MAX};

/// The state of one block after the other.
#[derive(Clone, Debug)]
pub(super) struct Pipeline<'a> {
    code: Code<'a>,
    /// The byte that stands for `unlikely`.
    unlikely: u8,
    planner: Planner,
    /// Whether the block has been handed over to the simulator.
    simulating: bool,
    simulator: Simulator,
}

impl<'a> Pipeline<'a> {
    pub(super) fn new(cache: Cache, code: &Code<'a>) -> Self {
        let table = Table::get(code.isa().is_64_bit(), cache);
        Self {
            code: *code,
            unlikely: match code.isa() {
                InstructionSet::ReviveV1 => 255,
                InstructionSet::Latest32 | InstructionSet::Latest64 => 3,
                InstructionSet::JamV1 => 2,
            },
            planner: Planner::new(table),
            simulating: false,
            simulator: Simulator::new(table),
        }
    }

    /// Whether a branch is predicted if this is behind it or its target.
    #[inline]
    fn is_cheap_at(&self, offset: u32) -> bool {
        self.code.bytes().get(offset as usize).is_none_or(|byte| *byte == 0 || *byte == self.unlikely)
    }

    #[inline]
    pub(super) fn push(&mut self, decoded: &Decoded) {
        let raw = match &decoded.instruction {
            Some(instruction) => {
                let mut raw = Raw::new(instruction);
                if is_branch(instruction.opcode) && self.is_predicted(decoded.next, instruction.target) {
                    raw.predict(instruction.opcode);
                }
                raw
            }
            None => Raw::INVALID,
        };
        self.push_raw(raw);
    }

    /// The cost of the block of so many instructions at `start`.
    #[inline(never)]
    pub(super) fn block(&mut self, start: u32, instructions: u32) -> u32 {
        let code = self.code;
        let Some(mut left) = instructions.checked_sub(1) else { return self.finish() };
        // Where instructions start from `base` on.
        let mut base = start & !7;
        let mut starts = code.start_bits(base) & u64::MAX << (start % 8);
        let mut previous = None;
        loop {
            while starts != 0 && left != 0 {
                let offset = base + starts.trailing_zeros();
                starts &= starts - 1;
                left -= 1;
                previous = Some(offset);
                let raw = self.raw_at(offset);
                self.push_raw(raw);
            }
            if starts != 0 || base >= code.len() {
                break;
            }
            base += u64::BITS;
            starts = code.start_bits(base);
        }
        // Only the last one can be implicit. With no start left this is an offset behind the code.
        let offset = base + starts.trailing_zeros();
        let is_explicit = match previous {
            None => offset == start,
            Some(previous) => offset - previous <= INSTRUCTION_BYTES_MAX,
        };
        let mut raw = Raw::INVALID;
        if is_explicit && offset < code.len() {
            raw = self.raw_at(offset);
            self.predict(&mut raw, code.opcode_at(offset), offset);
        }
        self.push_raw(raw);
        self.finish()
    }

    /// The instruction at `offset`.
    #[inline(always)]
    fn raw_at(&self, offset: u32) -> Raw {
        let at = offset as usize;
        let bytes = match self.code.bytes().get(at..at + 4).and_then(<[u8]>::first_chunk::<4>) {
            Some(bytes) => u32::from_le_bytes(*bytes),
            None => self.last_bytes(at),
        };
        Raw::unread(self.code.isa().opcode(bytes as u8), bytes)
    }

    /// The bytes where the code ends soon, followed by zeros.
    #[cold]
    #[inline(never)]
    fn last_bytes(&self, at: usize) -> u32 {
        let rest = self.code.bytes().get(at..).unwrap_or_default().iter().take(4);
        rest.rev().fold(0, |bytes, byte| bytes << 8 | u32::from(*byte))
    }

    /// Makes it a predicted branch if it is that.
    #[inline]
    fn predict(&self, raw: &mut Raw, opcode: Option<Opcode>, offset: u32) {
        if let Some(opcode) = opcode.filter(|opcode| is_branch(*opcode)) {
            let branch = self.code.decode(offset);
            let target = branch.instruction.map_or(0, |instruction| instruction.target);
            if self.is_predicted(branch.next, target) {
                raw.predict(opcode);
            }
        }
    }

    /// Whether a branch is predicted.
    #[inline]
    fn is_predicted(&self, next: u32, target: u32) -> bool {
        self.is_cheap_at(crate::mutant!(BranchGas, next - 1, next)) || self.is_cheap_at(target)
    }

    #[inline(always)]
    fn push_raw(&mut self, raw: Raw) {
        if self.planner.push(raw) {
            self.plan();
        }
    }

    /// Plans what has been collected, or has it simulated and all that follows in the block.
    #[inline(never)]
    fn plan(&mut self) {
        if self.simulating {
            self.planner.feed(&mut self.simulator);
        } else if self.planner.plan().is_err() {
            self.planner.hand_over(&mut self.simulator);
            self.simulating = true;
        }
    }

    #[inline]
    pub(super) fn finish(&mut self) -> u32 {
        if !self.simulating {
            if let Ok(cost) = self.planner.finish() {
                return cost;
            }
        }
        self.finish_simulating()
    }

    #[cold]
    #[inline(never)]
    fn finish_simulating(&mut self) -> u32 {
        if core::mem::take(&mut self.simulating) {
            self.planner.feed(&mut self.simulator);
        } else {
            self.planner.hand_over(&mut self.simulator);
        }
        self.simulator.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::{Instruction, Reg};

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
            let looked_at = pipeline.planner.plan.looked_at_ever;
            let ticks = pipeline.simulator.ticks;
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
