// SPDX-License-Identifier: Apache-2.0
//! The storage deposit meter of a frame.
//!
//! A frame only counts bytes and items. When it ends well they are priced, the price is noted in the record of the contract
//! and in the list of movements, and the total is compared with the limit. Money moves once, at the end of the transaction,
//! by [`crate::exec`]: one net amount per contract.
//!
//! Invariant: the three deposits in the record of a contract sum up to what is on hold on its account for this pallet.

use crate::{primitives::StorageDeposit, storage::ContractInfo, BalanceOf, Config};
use alloc::vec::Vec;
use core::cmp::Ordering;
use frame_support::traits::Get;
use sp_runtime::{
    traits::{Saturating, Zero},
    FixedPointNumber, FixedU128,
};

/// Changes of a contract's storage, in bytes and items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Bytes that came.
    pub bytes_added: u32,
    /// Bytes that went.
    pub bytes_removed: u32,
    /// Items that came.
    pub items_added: u32,
    /// Items that went.
    pub items_removed: u32,
}

impl Diff {
    /// Records the change of one item from a value of `old` bytes to one of `new` bytes; `None` is no item.
    pub fn record(&mut self, key_len: u32, old: Option<u32>, new: Option<u32>) {
        let bytes = |value: Option<u32>| value.map_or(0, |len| len.saturating_add(key_len));
        let (old_bytes, new_bytes) = (bytes(old), bytes(new));
        self.bytes_added = self.bytes_added.saturating_add(new_bytes.saturating_sub(old_bytes));
        self.bytes_removed = self.bytes_removed.saturating_add(old_bytes.saturating_sub(new_bytes));
        match (old, new) {
            (None, Some(_)) => self.items_added = self.items_added.saturating_add(1),
            (Some(_), None) => self.items_removed = self.items_removed.saturating_add(1),
            _ => (),
        }
    }

    /// Applies the changes to the record of the contract and returns what has to move for them. `free` transactions (those
    /// of the root origin) pay nothing for what they add.
    pub fn apply<T: Config>(&self, info: &mut ContractInfo<T>, free: bool) -> StorageDeposit<BalanceOf<T>> {
        let (byte_price, item_price) = if free {
            (Zero::zero(), Zero::zero())
        } else {
            (T::DepositPerByte::get(), T::DepositPerChildTrieItem::get())
        };
        let bytes = settle::<T>(
            self.bytes_added,
            self.bytes_removed,
            byte_price,
            &mut info.storage_bytes,
            &mut info.storage_byte_deposit,
        );
        let items = settle::<T>(
            self.items_added,
            self.items_removed,
            item_price,
            &mut info.storage_items,
            &mut info.storage_item_deposit,
        );
        bytes.saturating_add(items)
    }
}

/// Prices a net increase, or gives back the share of `deposit` that belongs to a net decrease. A share and not today's
/// price: changed prices must neither lose nor make money.
fn settle<T: Config>(
    added: u32,
    removed: u32,
    price: BalanceOf<T>,
    count: &mut u32,
    deposit: &mut BalanceOf<T>,
) -> StorageDeposit<BalanceOf<T>> {
    match added.cmp(&removed) {
        Ordering::Equal => StorageDeposit::default(),
        Ordering::Greater => {
            let net = added - removed;
            let charge = price.saturating_mul(net.into());
            *count = count.saturating_add(net);
            *deposit = deposit.saturating_add(charge);
            StorageDeposit::Charge(charge)
        }
        Ordering::Less => {
            let net = removed - added;
            let share =
                FixedU128::checked_from_rational(net, *count).unwrap_or_default().min(FixedU128::from_u32(1));
            let refund = share.saturating_mul_int(*deposit);
            *count = count.saturating_sub(net);
            *deposit = deposit.saturating_sub(refund);
            StorageDeposit::Refund(refund)
        }
    }
}

/// The storage deposit of one frame and of the frames below it that ended well.
pub struct DepositMeter<T: Config> {
    limit: BalanceOf<T>,
    total: StorageDeposit<BalanceOf<T>>,
    peak: StorageDeposit<BalanceOf<T>>,
    /// The changes that this frame made to the contract it acts for, not priced yet.
    pub diff: Diff,
    movements: Vec<(T::AccountId, StorageDeposit<BalanceOf<T>>)>,
}

impl<T: Config> DepositMeter<T> {
    /// A meter that has used nothing of `limit`.
    pub fn new(limit: BalanceOf<T>) -> Self {
        Self {
            limit,
            total: StorageDeposit::default(),
            peak: StorageDeposit::default(),
            diff: Diff::default(),
            movements: Vec::new(),
        }
    }

    /// The sum of all movements so far.
    pub fn total(&self) -> StorageDeposit<BalanceOf<T>> {
        self.total
    }

    /// The highest sum at any moment so far.
    pub fn peak(&self) -> StorageDeposit<BalanceOf<T>> {
        self.peak
    }

    /// What may still be charged, if `pending` is the price of [`Self::diff`].
    pub fn left(&self, pending: StorageDeposit<BalanceOf<T>>) -> BalanceOf<T> {
        self.total.saturating_add(pending).available(self.limit)
    }

    /// The most that may be charged.
    pub fn limit(&self) -> BalanceOf<T> {
        self.limit
    }

    /// Whether the total is within the limit.
    pub fn within_limit(&self) -> bool {
        self.total.charge_or_zero() <= self.limit
    }

    /// Adds a movement that is settled at the end of the transaction.
    pub fn push(&mut self, contract: T::AccountId, amount: StorageDeposit<BalanceOf<T>>) {
        if !amount.is_zero() {
            self.movements.push((contract, amount));
        }
        self.count(amount);
    }

    /// Adds a charge that the caller has moved already.
    pub fn count(&mut self, amount: StorageDeposit<BalanceOf<T>>) {
        self.total = self.total.saturating_add(amount);
        self.peak = self.peak.max(self.total);
    }

    /// Takes over what a callee moved.
    pub fn absorb(&mut self, nested: Self) {
        self.peak = self.peak.max(self.total.saturating_add(nested.peak));
        self.total = self.total.saturating_add(nested.total);
        self.movements.extend(nested.movements);
    }

    /// One net amount for each contract, in the order in which the contracts first appear.
    pub fn take_net_movements(&mut self) -> Vec<(T::AccountId, StorageDeposit<BalanceOf<T>>)> {
        let mut order: Vec<T::AccountId> = Vec::new();
        let mut sums = alloc::collections::BTreeMap::new();
        for (contract, amount) in core::mem::take(&mut self.movements) {
            sums.entry(contract.clone())
                .and_modify(|sum: &mut StorageDeposit<BalanceOf<T>>| *sum = sum.saturating_add(amount))
                .or_insert_with(|| {
                    order.push(contract);
                    amount
                });
        }
        order.into_iter().filter_map(|contract| sums.remove(&contract).map(|sum| (contract, sum))).collect()
    }
}
