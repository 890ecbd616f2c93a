// SPDX-License-Identifier: Apache-2.0
//! The invariants of the state.
//!
//! Deposits are on hold where and as much as the records say and nowhere else, code counts its contracts, items are counted, child
//! tries belong to one contract or wait for their deletion. What the currency promises about its sums is for its own pallet.

use crate::{
    deletion, limits,
    storage::{child_info, AccountInfo, AccountType, CodeInfo, ContractInfo, TrieId},
    AccountInfoOf, AddressMapper, BalanceOf, CodeInfoOf, Config, DeletionQueue, DeletionQueueCounter,
    HoldReason, ImmutableDataOf, OriginalAccount, Pallet, PristineCode,
};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use codec::Encode;
use frame_support::{
    ensure,
    storage::child::ChildInfo,
    traits::{fungible::InspectHold, Get},
};
use revive_vm_primitives::GasModel;
use sp_core::{H160, H256};
use sp_io::{default_child_storage, hashing::keccak_256};
use sp_runtime::{
    traits::{Saturating, Zero},
    TryRuntimeError,
};

/// Checks all of them. Reads the whole state of the pallet.
pub(crate) fn check<T: Config>() -> Result<(), TryRuntimeError> {
    let contracts = check_accounts::<T>()?;
    check_code::<T>(&contracts)?;
    for (address, contract) in &contracts {
        check_contract::<T>(address, contract)?;
    }
    for (address, data) in ImmutableDataOf::<T>::iter() {
        let known = contracts.get(&address).map(|contract| contract.immutable_data_len as usize);
        ensure!(
            known == Some(data.len()),
            "immutable data must be that of a contract and have the recorded length"
        );
    }
    check_deletion_queue::<T>(&contracts)?;
    for (address, account) in OriginalAccount::<T>::iter() {
        ensure!(
            T::AddressMapper::to_address(&account) == address,
            "a mapping must lead to an account of the address"
        );
    }
    check_holds::<T>(&contracts)
}

/// Nothing is on hold for this pallet but what a record says: neither on accounts of contracts that are gone nor on others.
fn check_holds<T: Config>(contracts: &BTreeMap<H160, ContractInfo<T>>) -> Result<(), TryRuntimeError> {
    let of_contracts: BTreeSet<Vec<u8>> =
        contracts.keys().map(|address| T::AddressMapper::to_fallback_account_id(address).encode()).collect();
    let pallet = Pallet::<T>::account_id();
    for account in frame_system::Account::<T>::iter_keys() {
        let holds = |reason: HoldReason| !T::Currency::balance_on_hold(&reason.into(), &account).is_zero();
        ensure!(
            account == pallet || !holds(HoldReason::CodeUploadDepositReserve),
            "deposits of code must be on hold on the pallet's account"
        );
        ensure!(
            !holds(HoldReason::StorageDepositReserve) || of_contracts.contains(&account.encode()),
            "storage deposits must be on hold on accounts of contracts"
        );
        ensure!(
            !holds(HoldReason::AddressMapping) || T::AddressMapper::is_mapped(&account),
            "deposits for mappings must be on hold on accounts that are mapped"
        );
    }
    Ok(())
}

/// Returns the contracts.
fn check_accounts<T: Config>() -> Result<BTreeMap<H160, ContractInfo<T>>, TryRuntimeError> {
    let mut contracts = BTreeMap::new();
    for (address, AccountInfo { account_type, dust }) in AccountInfoOf::<T>::iter() {
        ensure!(dust < T::NativeToEthRatio::get(), "dust must be less than a native unit");
        match account_type {
            AccountType::Contract(contract) | AccountType::ContractOnAccount(contract) => {
                contracts.insert(address, contract);
            }
            AccountType::EOA => ensure!(dust != 0, "an account without dust needs no record"),
        }
    }
    Ok(contracts)
}

fn check_code<T: Config>(contracts: &BTreeMap<H160, ContractInfo<T>>) -> Result<(), TryRuntimeError> {
    let mut counted: BTreeMap<H256, u64> = BTreeMap::new();
    for contract in contracts.values() {
        let count = counted.entry(contract.code_hash).or_default();
        *count = count.saturating_add(1);
    }
    let mut deposits = BalanceOf::<T>::zero();
    let mut codes = 0u32;
    for (hash, info) in CodeInfoOf::<T>::iter() {
        let CodeInfo { deposit, refcount, code_len, gas_model, behaviour_version, .. } = info;
        let blob = PristineCode::<T>::get(hash).ok_or("a code record must have a blob")?;
        ensure!(H256(keccak_256(&blob)) == hash, "a blob must have the hash that it is stored under");
        ensure!(blob.len() == code_len as usize, "a blob must have the recorded length");
        ensure!(GasModel::from_id(gas_model).is_some(), "a code must have a gas model that the pallet knows");
        ensure!(
            behaviour_version <= limits::BEHAVIOUR_VERSION_MAX,
            "a code must have a behaviour version that the pallet knows"
        );
        ensure!(
            counted.remove(&hash).unwrap_or_default() == refcount,
            "the reference count of a code must be the number of contracts with it"
        );
        deposits = deposits.saturating_add(deposit);
        codes = codes.saturating_add(1);
    }
    ensure!(counted.is_empty(), "a contract must have code that is stored");
    ensure!(PristineCode::<T>::iter_keys().count() == codes as usize, "a blob must have a code record");
    let reason = HoldReason::CodeUploadDepositReserve.into();
    ensure!(
        T::Currency::balance_on_hold(&reason, &Pallet::<T>::account_id()) == deposits,
        "the pallet's account must hold the deposits of all code"
    );
    Ok(())
}

fn check_contract<T: Config>(address: &H160, contract: &ContractInfo<T>) -> Result<(), TryRuntimeError> {
    let account = T::AddressMapper::to_fallback_account_id(address);
    ensure!(frame_system::Pallet::<T>::account_exists(&account), "the account of a contract must exist");
    ensure!(frame_system::Pallet::<T>::consumers(&account) > 0, "the account of a contract must not go");
    ensure!(
        T::AddressMapper::to_address(&account) == *address,
        "the account of a contract must have its address"
    );
    ensure!(
        !frame_system::Pallet::<T>::account_nonce(&account).is_zero(),
        "a contract must have a nonce of at least 1"
    );
    ensure!(
        T::Currency::balance_on_hold(&HoldReason::StorageDepositReserve.into(), &account)
            == contract.total_deposit(),
        "the deposits of a contract must be on hold on its account"
    );
    let (items, bytes) = measure(&contract.trie_id);
    ensure!(items == u64::from(contract.storage_items), "the items of a contract must be counted");
    ensure!(bytes == u64::from(contract.storage_bytes), "the bytes of a contract's items must be counted");
    Ok(())
}

/// Items and bytes, keys included, of a child trie.
fn measure(trie_id: &TrieId) -> (u64, u64) {
    let info: ChildInfo = child_info(trie_id);
    let trie = info.storage_key();
    let (mut items, mut bytes) = (0u64, 0u64);
    let mut key = Vec::new();
    // The empty key is before all others and never one of an item.
    while let Some(next) = default_child_storage::next_key(trie, &key) {
        let value_len = default_child_storage::get(trie, &next).map_or(0, |value| value.len());
        items = items.saturating_add(1);
        bytes = bytes.saturating_add(next.len() as u64).saturating_add(value_len as u64);
        key = next;
    }
    (items, bytes)
}

fn check_deletion_queue<T: Config>(
    contracts: &BTreeMap<H160, ContractInfo<T>>,
) -> Result<(), TryRuntimeError> {
    let counter: deletion::Counter = DeletionQueueCounter::<T>::get();
    let mut tries: BTreeSet<TrieId> = BTreeSet::new();
    for contract in contracts.values() {
        ensure!(tries.insert(contract.trie_id.clone()), "no two contracts may have the same child trie");
    }
    let mut entries = 0u32;
    for (number, trie_id) in DeletionQueue::<T>::iter() {
        ensure!(
            number.wrapping_sub(counter.delete) < counter.len(),
            "an entry of the deletion queue must be between its ends"
        );
        ensure!(tries.insert(trie_id), "a child trie to be deleted must belong to nobody");
        entries = entries.saturating_add(1);
    }
    ensure!(entries == counter.len(), "the deletion queue must have no gaps");
    Ok(())
}
