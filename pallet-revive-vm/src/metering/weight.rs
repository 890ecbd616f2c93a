// SPDX-License-Identifier: Apache-2.0
//! The weight meter of a frame, and the exchange of VM gas and weight.
//!
//! A guest counts whole units of VM gas. The meter hands out what the remaining `ref_time` is worth, rounded down, and takes
//! back exactly the price of the units that were used: the part that was rounded away stays in the meter.

use frame_support::weights::Weight;
use revive_vm_primitives::Gas;

/// There is not enough weight left for a charge. Nothing was charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfWeight;

/// The weight of one frame.
#[derive(Clone, Copy, Debug)]
pub struct WeightMeter {
    limit: Weight,
    left: Weight,
    peak: Weight,
}

impl WeightMeter {
    /// A meter that has used nothing of `limit`.
    pub fn new(limit: Weight) -> Self {
        Self { limit, left: limit, peak: Weight::zero() }
    }

    /// What is left.
    pub fn left(&self) -> Weight {
        self.left
    }

    /// What has been used.
    pub fn consumed(&self) -> Weight {
        self.limit.saturating_sub(self.left)
    }

    /// The most that was in use at any moment.
    pub fn peak(&self) -> Weight {
        self.peak
    }

    /// Takes `amount`, all or nothing.
    pub fn charge(&mut self, amount: Weight) -> Result<(), OutOfWeight> {
        self.left = self.left.checked_sub(&amount).ok_or(OutOfWeight)?;
        self.peak = self.peak.max(self.consumed());
        Ok(())
    }

    /// Corrects a charge that was taken at its maximum.
    pub fn adjust(&mut self, charged: Weight, actual: Weight) {
        self.left = self.left.saturating_add(charged.saturating_sub(actual)).min(self.limit);
    }

    /// Takes all that is left.
    pub fn consume_all(&mut self) {
        self.left = Weight::zero();
        self.peak = self.peak.max(self.limit);
    }

    /// Takes what a callee used, and notes its peak on top of what was in use here.
    pub fn absorb(&mut self, nested: &Self) {
        self.peak = self.peak.max(self.consumed().saturating_add(nested.peak));
        self.left = self.left.saturating_sub(nested.consumed());
    }

    /// The units of VM gas that the `ref_time` left can pay for, at a price in picoseconds.
    pub fn vm_gas(&self, price: u64) -> Gas {
        Gas::try_from(self.left.ref_time() / price.max(1)).unwrap_or(Gas::MAX)
    }

    /// Takes what the VM gas between `before` and `after` costs, at a price in picoseconds for a unit.
    pub fn charge_vm_gas(&mut self, price: u64, before: Gas, after: Gas) -> Result<(), OutOfWeight> {
        let used = u64::try_from(before.saturating_sub(after)).unwrap_or(0);
        self.charge(Weight::from_parts(used.saturating_mul(price), 0))
    }
}
