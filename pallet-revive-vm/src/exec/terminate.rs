// SPDX-License-Identifier: Apache-2.0
//! The end of contracts.
//!
//! A contract gives its balance away at once and goes when the transaction ends: unless the frame that asked for it is undone,
//! and, if Ethereum's rule (EIP-6780) applies, only if the same transaction created it. Until then it can be called. Its storage
//! is deleted later, in idle time of blocks; see [`crate::deletion`].

use super::{layer::layered, EntryPoint, Origin, Stack};
use crate::{
    balance, code, deletion,
    primitives::StorageDeposit,
    storage::{AccountInfo, ContractInfo},
    AddressMapper, BalanceOf, Config, Event, ImmutableDataOf, Pallet,
};
use alloc::vec::Vec;
use frame_support::traits::{
    fungible::{Inspect, Mutate, Unbalanced},
    tokens::{Fortitude, Precision, Preservation},
};
use sp_core::H160;
use sp_runtime::{traits::Saturating, DispatchError, DispatchResult, TransactionOutcome};

/// A contract that goes at the end of the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Termination {
    /// The contract.
    pub contract: H160,
    /// Who gets what is still left on it then.
    pub beneficiary: H160,
}

/// Which contracts a termination takes from the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TerminationRule {
    /// Only one that this transaction created (EIP-6780). Any other keeps its code and storage.
    SameTransaction,
    /// Every one.
    Always,
}

impl<T: Config> Stack<T> {
    /// Gives the balance of `contract` to `beneficiary` and, if `rule` says so, schedules its end.
    pub(crate) fn terminate(
        &mut self,
        contract: H160,
        beneficiary: H160,
        rule: TerminationRule,
    ) -> DispatchResult {
        if contract != beneficiary {
            let from = Origin::Signed(T::AddressMapper::to_fallback_account_id(&contract));
            let to = T::AddressMapper::to_account_id(&beneficiary);
            self.transfer(&from, &to, balance::of::<T>(&contract))?;
        }
        let goes = rule == TerminationRule::Always || self.was_created(&contract);
        if goes && !self.is_terminated(&contract) {
            self.effects().terminated.push(Termination { contract, beneficiary });
        }
        Ok(())
    }

    /// Whether the constructor of `contract` is running.
    pub(crate) fn is_under_construction(&self, contract: &H160) -> bool {
        self.frames.iter().any(|frame| frame.entry == EntryPoint::Constructor && frame.address == *contract)
    }

    fn was_created(&self, contract: &H160) -> bool {
        let below = self.frames.iter().map(|frame| &frame.effects);
        below.chain([&self.effects]).any(|effects| effects.created.contains(contract))
    }

    fn is_terminated(&self, contract: &H160) -> bool {
        let below = self.frames.iter().map(|frame| &frame.effects);
        below
            .chain([&self.effects])
            .any(|effects| effects.terminated.iter().any(|known| known.contract == *contract))
    }

    /// Takes the list of contracts that go, and notes the return of all that was deposited for them.
    pub(super) fn refund_terminated(&mut self) -> Vec<Termination> {
        let terminated = core::mem::take(&mut self.effects.terminated);
        for Termination { contract, .. } in &terminated {
            if let Some(info) = ContractInfo::<T>::load(contract) {
                let account = T::AddressMapper::to_fallback_account_id(contract);
                self.root.deposit.push(account, StorageDeposit::Refund(info.total_deposit()));
            }
        }
        terminated
    }
}

impl<T: Config> ContractInfo<T> {
    /// All that is deposited for the contract.
    pub fn total_deposit(&self) -> BalanceOf<T> {
        self.storage_base_deposit
            .saturating_add(self.storage_byte_deposit)
            .saturating_add(self.storage_item_deposit)
    }
}

/// Removes a contract whose deposits have been given back.
pub(super) fn delete<T: Config>(termination: &Termination) -> DispatchResult {
    let Termination { contract: address, beneficiary } = termination;
    let Some(contract) = ContractInfo::<T>::load(address) else { return Ok(()) };
    let account = T::AddressMapper::to_fallback_account_id(address);
    let minted = AccountInfo::<T>::has_minted_deposit(address);

    ImmutableDataOf::<T>::remove(address);
    AccountInfo::<T>::remove_contract(address);
    deletion::enqueue::<T>(contract.trie_id);
    code::decrement_refcount::<T>(contract.code_hash)?;
    frame_system::Pallet::<T>::dec_consumers(&account);

    // What came in after the termination. If it cannot be moved it stays where it is, as it would on any account.
    let late = balance::of::<T>(address);
    if address != beneficiary && !late.is_zero() {
        let to = T::AddressMapper::to_account_id(beneficiary);
        let _ = all_or_nothing(|| balance::transfer::<T>(&account, &to, late));
    }
    let existential_deposit = T::Currency::minimum_balance();
    if minted
        && T::Currency::total_balance(&account) == existential_deposit
        && AccountInfo::<T>::dust(address) == 0
    {
        let burnt = all_or_nothing(|| {
            T::Currency::burn_from(
                &account,
                existential_deposit,
                Preservation::Expendable,
                Precision::Exact,
                Fortitude::Polite,
            )
            .map(|_| ())
        });
        if burnt.is_ok() {
            // It was taken out of the active issuance when the contract was created.
            T::Currency::reactivate(existential_deposit);
        }
    }
    Pallet::<T>::emit(Event::Terminated { contract: *address, beneficiary: *beneficiary });
    Ok(())
}

/// Runs `body` all or nothing.
fn all_or_nothing(body: impl FnOnce() -> DispatchResult) -> Result<(), DispatchError> {
    layered(|| match body() {
        Ok(()) => TransactionOutcome::Commit(Ok(())),
        Err(error) => TransactionOutcome::Rollback(Err(error)),
    })
}
