// SPDX-License-Identifier: Apache-2.0
//! The cost of a short block in which operations wait for units, as far as none of them gets into the way of an older one.
//!
//! Operations are taken in code order, as the [`Plan`](super::plan::Plan) does it, and each starts in the first cycle in which its
//! operands and its units are there. As the block fits into the reorder buffer, none waits for room, and nothing has to
//! be remembered but when registers are there and units are taken. Younger operations that take the unit of an older
//! one are rare in blocks this short. They are left to the plan, and so are more starts in a cycle than there may be.

use super::operation::{Demand, Operation, Row, Table};
use super::quick;
use super::simulator::STARTS_MAX;
use super::slots::Slots;
use super::units::{Found, Units};

/// So many operations fit into the reorder buffer.
const OPERATIONS_MAX: usize = Demand::OPERATIONS_MAX;

/// What is needed for a block; kept, as most of it stays the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    units: Units,
    /// When operations start, modulo 256.
    starts: [u8; OPERATIONS_MAX],
}

impl Waiting {
    /// The cost of a block with this demand, if it has at most 32 operations and none of them gets into the way of an older one.
    /// `ready` is used for when results are there.
    #[inline(always)]
    pub(super) fn cost(
        &mut self,
        table: &Table,
        ready: &mut quick::Ready,
        operations: &[Operation],
        demand: Demand,
    ) -> Option<u32> {
        if operations.len() > OPERATIONS_MAX {
            return None;
        }
        ready[..16].fill(0);
        self.units = Units::default();
        let mut near = self.units.near();
        let (mut slots, mut last) = (Slots::default(), 0);
        for (operation, started) in operations.iter().zip(&mut self.starts) {
            let row = table.row(operation.number());
            slots.take(operation.slots());
            // A move takes what its source has.
            let decoded = if row.is_entry() { slots.next_cycle() } else { 0 };
            let [first, second] = operation.sources().map(|place| u32::from(ready[place]));
            let earliest = first.max(second).max(decoded);
            let start = match near.take(row, earliest) {
                Some(start) => start,
                None => {
                    self.units.set_near(near);
                    let start = take_far(&mut self.units, row, earliest)?;
                    near = self.units.near();
                    start
                }
            };
            *started = start as u8;
            let finish = start + u32::from(row.latency);
            ready[operation.written()] = finish as u16;
            last = last.max(finish);
        }
        if demand.others() > 1 && self.too_many_start(table, operations) {
            return None;
        }
        Some(quick::cost(slots, last))
    }

    /// Whether more operations start in a cycle than may, or in cycles that look the same. No more than four have units.
    #[inline(never)]
    fn too_many_start(&self, table: &Table, operations: &[Operation]) -> bool {
        let mut starts = [0_u8; 256];
        let mut most = 0;
        for (operation, start) in operations.iter().zip(&self.starts) {
            let entry = table.row(operation.number()).is_entry();
            let of_cycle = &mut starts[usize::from(*start)];
            *of_cycle += u8::from(entry);
            most = most.max(*of_cycle);
        }
        u32::from(most) > STARTS_MAX
    }
}

/// Takes units of more than one kind, or later than in the first 64 cycles.
#[inline(never)]
fn take_far(units: &mut Units, row: &Row, earliest: u32) -> Option<u32> {
    if !row.needs_alu() {
        return Some(earliest);
    }
    match units.take_alu_far(row, earliest).or_else(|| units.take_near(row, earliest)) {
        Some(start) => Some(start),
        None => match units.find(row, earliest) {
            Found::Free(start) => Some(start),
            Found::Short { .. } | Found::Beyond => None,
        },
    }
}
