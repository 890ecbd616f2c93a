// SPDX-License-Identifier: Apache-2.0
//! Storage deposits: priced when a frame ends, moved when the transaction ends.

use super::{terminate, Frame, Origin, Stack, Termination};
use crate::{
    metering::Diff, primitives::StorageDeposit, storage::ContractInfo, AccountIdOf, AddressMapper, BalanceOf,
    CodeInfoOf, Config, Error, Event, HoldReason, Pallet, WeightInfo,
};
use alloc::{collections::BTreeSet, format};
use codec::Encode;
use frame_support::{
    ensure,
    traits::{
        fungible::MutateHold,
        tokens::{Fortitude, Precision, Preservation, Restriction},
        Get,
    },
};
use sp_core::H160;
use sp_runtime::{
    traits::{Saturating, Zero},
    DispatchResult,
};

impl<T: Config> Stack<T> {
    /// Prices what the running frame, if there is one, has changed so far. Due before another frame runs: that may be one of
    /// the same contract, and take away what was added here. No limit is checked; that is for the end of the frame.
    pub(super) fn price_pending(&mut self) -> DispatchResult {
        let free = self.origin == Origin::Root;
        let Some(frame) = self.frames.last_mut().filter(|frame| frame.meter.deposit.diff != Diff::default())
        else {
            return Ok(());
        };
        let mut contract = ContractInfo::<T>::load(&frame.address).ok_or(Error::<T>::ContractNotFound)?;
        let moved = frame.meter.deposit.diff.apply(&mut contract, free);
        contract.store(&frame.address);
        frame.meter.deposit.diff = Diff::default();
        frame.meter.deposit.push(frame.account.clone(), moved);
        Ok(())
    }

    /// Prices what the running frame changed, and checks the sum against its limit.
    pub(super) fn price_storage(&mut self) -> DispatchResult {
        let free = self.origin == Origin::Root;
        let frame = self.top_mut();
        if frame.reprice_base || frame.meter.deposit.diff != Diff::default() {
            let mut contract = ContractInfo::<T>::load(&frame.address).ok_or(Error::<T>::ContractNotFound)?;
            let mut moved = frame.meter.deposit.diff.apply(&mut contract, free);
            if frame.reprice_base {
                // A root origin pays for nothing that it adds.
                let old = contract.storage_base_deposit;
                contract.storage_base_deposit =
                    if free { base_deposit(&contract)?.min(old) } else { base_deposit(&contract)? };
                moved = moved
                    .saturating_add(StorageDeposit::Charge(contract.storage_base_deposit))
                    .saturating_add(StorageDeposit::Refund(old));
            }
            contract.store(&frame.address);
            frame.meter.deposit.diff = Diff::default();
            frame.meter.deposit.push(frame.account.clone(), moved);
        }
        if !frame.meter.deposit.within_limit() {
            let (total, limit) = (frame.meter.deposit.total(), frame.meter.deposit.limit());
            // A refund is within every limit.
            let (StorageDeposit::Charge(total) | StorageDeposit::Refund(total)) = total;
            self.note(format!("it takes a storage deposit of {total:?}, {limit:?} are left"));
            return Err(Error::<T>::StorageDepositLimitExhausted.into());
        }
        Ok(())
    }

    /// What the running frame or, without one, the transaction can still charge.
    pub fn deposit_left(&self) -> BalanceOf<T> {
        let Some(Frame { address, meter, .. }) = self.frames.last() else {
            return self.root.deposit.left(StorageDeposit::default());
        };
        let diff = meter.deposit.diff;
        let pending = if diff == Diff::default() {
            StorageDeposit::default()
        } else {
            ContractInfo::<T>::load(address).map_or(StorageDeposit::default(), |mut contract| {
                diff.apply(&mut contract, self.origin == Origin::Root)
            })
        };
        meter.deposit.left(pending)
    }

    /// Moves the deposits of the transaction: refunds first, so that they can pay for charges.
    ///
    /// Without an account that started the transaction, nothing was charged, and refunds go to the pallet's account.
    pub(super) fn settle(&mut self) -> DispatchResult {
        let terminated = self.refund_terminated();
        ensure!(self.root.deposit.within_limit(), Error::<T>::StorageDepositLimitExhausted);
        let counterparty = match &self.origin {
            Origin::Signed(account) => account.clone(),
            Origin::Root => Pallet::<T>::account_id(),
        };
        let movements = self.root.deposit.take_net_movements();
        self.charge_settlement(&movements, &terminated)?;
        for (contract, amount) in &movements {
            if let StorageDeposit::Refund(amount) = amount {
                refund::<T>(contract, &counterparty, *amount)?;
            }
        }
        for (contract, amount) in &movements {
            if let StorageDeposit::Charge(amount) = amount {
                charge::<T>(&counterparty, contract, *amount)?;
            }
        }
        for (contract, amount) in movements {
            let contract = T::AddressMapper::to_address(&contract);
            Pallet::<T>::emit(Event::StorageDepositMoved { contract, amount });
        }
        for termination in terminated {
            terminate::delete::<T>(&termination)?;
        }
        Ok(())
    }

    /// Charges for moving these deposits. What a contract that comes or goes pays for that has it already.
    fn charge_settlement(
        &mut self,
        movements: &[(AccountIdOf<T>, StorageDeposit<BalanceOf<T>>)],
        terminated: &[Termination],
    ) -> Result<(), Error<T>> {
        let come = self.effects.created.iter();
        let paid: BTreeSet<H160> =
            come.chain(terminated.iter().map(|gone| &gone.contract)).copied().collect();
        let due = movements.iter().filter(|(contract, amount)| {
            !amount.is_zero() && !paid.contains(&T::AddressMapper::to_address(contract))
        });
        self.charge(T::WeightInfo::settle_deposit().saturating_mul(due.count() as u64))
    }
}

/// The deposit for the existence of a contract: its record, its immutable data and its share of the code's deposit.
pub(crate) fn base_deposit<T: Config>(contract: &ContractInfo<T>) -> Result<BalanceOf<T>, Error<T>> {
    let code_deposit = CodeInfoOf::<T>::get(contract.code_hash).ok_or(Error::<T>::CodeInfoNotFound)?.deposit;
    let record_bytes = u32::try_from(contract.encoded_size()).unwrap_or(u32::MAX);
    let bytes = record_bytes.saturating_add(contract.immutable_data_len);
    let items: u32 = if contract.immutable_data_len == 0 { 1 } else { 2 };
    Ok(T::DepositPerByte::get()
        .saturating_mul(bytes.into())
        .saturating_add(T::DepositPerItem::get().saturating_mul(items.into()))
        .saturating_add(T::CodeHashLockupDepositPercent::get().mul_ceil(code_deposit)))
}

fn charge<T: Config>(
    from: &AccountIdOf<T>,
    contract: &AccountIdOf<T>,
    amount: BalanceOf<T>,
) -> DispatchResult {
    if amount.is_zero() {
        return Ok(());
    }
    T::Currency::transfer_and_hold(
        &HoldReason::StorageDepositReserve.into(),
        from,
        contract,
        amount,
        Precision::Exact,
        Preservation::Preserve,
        Fortitude::Polite,
    )
    .map_err(|_| Error::<T>::StorageDepositNotEnoughFunds)?;
    Ok(())
}

fn refund<T: Config>(contract: &AccountIdOf<T>, to: &AccountIdOf<T>, amount: BalanceOf<T>) -> DispatchResult {
    if amount.is_zero() {
        return Ok(());
    }
    T::Currency::transfer_on_hold(
        &HoldReason::StorageDepositReserve.into(),
        contract,
        to,
        amount,
        Precision::Exact,
        Restriction::Free,
        Fortitude::Polite,
    )
    .map_err(|_| Error::<T>::StorageRefundNotEnoughFunds)?;
    Ok(())
}
