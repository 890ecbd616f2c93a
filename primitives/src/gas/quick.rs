// SPDX-License-Identifier: Apache-2.0
//! The cost of a short block in which nobody waits for units, which most blocks are.
//!
//! Each operation starts as soon as it has been decoded and its operands are there. If there turn out to be units for all
//! of them, and no more starts in a cycle than there may be, that is what the core does.
//!
//! If not, it is gone through as [`Waiting`](super::waiting::Waiting) says.

use super::operation::{Demand, Operation, Table};
use super::simulator::{ALUS, STARTS_MAX};
use super::slots::Slots;

/// Operations that hold arithmetic units for long: where there is one for each unit, somebody else nearly always waits, so it is not
/// worth trying.
const LONG_MAX: u32 = ALUS - 1;
/// Cycles whose units are counted.
const CYCLES: u32 = u64::BITS;

/// When the result for a place of an [`Operation`] is there. In so short numbers because small programs are compiled in a few
/// microseconds, of which clearing this is a part.
pub(super) type Ready = [u16; 256];

// Results are there when all operations have been decoded and have executed one after the other.
const _: () = assert!(Demand::OPERATIONS_MAX as u32 * (1 + u8::MAX as u32) < u16::MAX as u32);

/// What is needed for a block; kept, as most of it stays the same.
#[derive(Clone, Debug)]
pub(super) struct Quick {
    ready: Ready,
}

impl Quick {
    pub(super) fn new() -> Self {
        Self { ready: [0; 256] }
    }

    /// Room for when results are there, for others.
    #[inline(always)]
    pub(super) fn ready(&mut self) -> &mut Ready {
        &mut self.ready
    }

    /// The cost of a block with this demand, if it is at most [`Demand::OPERATIONS_MAX`] operations and nobody waits for
    /// units.
    #[inline(always)]
    pub(super) fn cost(&mut self, table: &Table, operations: &[Operation], demand: Demand) -> Option<u32> {
        // So many fit into the reorder buffer.
        if operations.len() > Demand::OPERATIONS_MAX || demand.long() > LONG_MAX || !demand.is_single() {
            return None;
        }
        // Those of registers. The places of what is not read are never written.
        self.ready[..16].fill(0);
        let (mut slots, mut last) = (Slots::default(), 0);
        // The number of arithmetic units taken in each of the first 64 cycles as a binary number, and whether it was ever
        // more than there are.
        let (mut one, mut two, mut four, mut over) = (0_u64, 0_u64, 0_u64, 0_u64);
        for operation in operations {
            let row = table.row(operation.number());
            slots.take(operation.slots());
            // A move takes what its source has.
            let decoded = if row.is_entry() { slots.next_cycle() } else { 0 };
            let [first, second] = operation.sources().map(|place| u32::from(self.ready[place]));
            let start = first.max(second).max(decoded);
            let finish = start + u32::from(row.latency);
            self.ready[operation.written()] = finish as u16;
            last = last.max(finish);
            // Behind the counted cycles this is wrong, and not used.
            let cycles = row.cycles.wrapping_shl(start);
            let carry = one & cycles;
            one ^= cycles;
            let carry_two = two & carry;
            two ^= carry;
            // A fifth one.
            over |= four & cycles;
            four |= carry_two;
        }
        if demand.alus() > ALUS && (last > CYCLES || over != 0) {
            return None;
        }
        // In a cycle with so many other starts fewer arithmetic units may be taken.
        let may_start = match demand.others() {
            _ if demand.alus() + demand.others() <= STARTS_MAX => true,
            0 | 1 => true,
            _ if last > CYCLES => false,
            2 => four == 0,
            3 => (four | one & two) == 0,
            _ => false,
        };
        may_start.then(|| cost(slots, last))
    }
}

/// What a block costs whose operations take these slots and whose last result is there in cycle `last`.
#[inline(always)]
pub(super) fn cost(slots: Slots, last: u32) -> u32 {
    // The core is empty one cycle after the last operation retired, or was decoded if that is a move, which makes no
    // entry.
    last.saturating_sub(1).max(slots.next_cycle().saturating_sub(3)).max(1)
}

#[cfg(test)]
mod tests {
    use super::super::operation::Raw;
    use super::super::Cache;
    use super::*;
    use crate::isa::{Instruction, Opcode, Reg};
    use alloc::vec::Vec;

    /// An instruction with these registers, as far as it has them.
    fn instruction(opcode: Opcode, [d, s, t]: [Reg; 3]) -> Instruction {
        Instruction { d, s, t, ..Instruction::new(opcode) }
    }

    /// Instructions none of which waits for another one.
    fn independent(opcodes: &[Opcode]) -> Vec<Instruction> {
        opcodes.iter().map(|opcode| instruction(*opcode, [Reg::A0, Reg::A1, Reg::A1])).collect()
    }

    /// The cost of such instructions if nobody waits for units either.
    fn cost(opcodes: &[Opcode]) -> Option<u32> {
        let table = Table::get(true, Cache::L2);
        let mut demand = Demand::default();
        let operations: Vec<Operation> = independent(opcodes)
            .iter()
            .map(|instruction| {
                let raw = Raw::new(instruction);
                let row = table.row_of(raw);
                demand.add(row);
                table.read(row, raw)
            })
            .collect();
        Quick::new().cost(table, &operations, demand)
    }

    /// What is not refused is right, which the comparison with the specification's machine shows. This shows that it is refused
    /// where there is something to wait for, and only there.
    #[test]
    fn blocks_with_contention_are_left_to_the_plan() {
        use Opcode::*;
        assert_eq!(cost(&[Trap]), Some(2));
        assert_eq!(cost(&[LoadIndirectU64; 3]), Some(25), "a unit for each");
        assert_eq!(cost(&[LoadIndirectU64; 4]), None, "units for others are wanted, too");
        assert_eq!(cost(&[ReverseByte; 20]), Some(10), "units that are free again");
        let [load, short] = [LoadIndirectU64, CountSetBits64];
        assert_eq!(
            cost(&[load, load, load, short, short, short]),
            None,
            "one unit is left for two in a cycle"
        );
        assert!(cost(&[load, load, short, short, short, short]).is_some(), "two are");
        assert!(cost(&[Mul64, DivUnsigned64]).is_some());
        assert_eq!(cost(&[Mul64, Mul64]), None);
        assert_eq!(cost(&[DivUnsigned64, DivUnsigned64]), None);
        assert_eq!(cost(&[CountTrailingZeroBits64]), None, "two units at once");
        for opcode in [CountTrailingZeroBits64, Mul64, DivUnsigned64, LoadIndirectU64, Sbrk] {
            assert_eq!(cost(&[opcode; Demand::OPERATIONS_MAX]), None, "{opcode:?}: no field runs over");
        }
        assert!(cost(&[MoveReg; 32]).is_some());
        assert_eq!(cost(&[MoveReg; 33]), None, "more than are counted");
        assert!(cost(&[LoadImm, LoadImm, load, load, load]).is_some(), "no more than may start in a cycle");
        assert!(cost(&[LoadImm, LoadImm, LoadImm, ReverseByte, ReverseByte, ReverseByte]).is_some());
        assert_eq!(cost(&[LoadImm, LoadImm, load, load, load, load]), None, "six might start in a cycle");
        assert_eq!(cost(&[LoadImm, LoadImm, LoadImm, LoadImm, load, Jump]), None);
    }
}
