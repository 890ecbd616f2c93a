// SPDX-License-Identifier: Apache-2.0
//! Accounts and contracts that a chain begins with.
//!
//! A contract of the genesis is the same as one that a transaction made, after its constructor: its code is checked, counted
//! and held for like uploaded code, and its record, items and immutable data are held for on its account. Nobody pays for
//! that: deposits and balances are minted. Whoever removes an item later gets its share back, as of any contract. The code
//! belongs to the pallet's account and goes with the last contract that has it.
//!
//! No constructor runs. What it would have written is listed: items with keys and values of 32 bytes, which is how Solidity
//! lays out its storage, and immutable data.
//!
//! A genesis that cannot be built as it is written stops the chain before its first block, with a message that says which
//! account it was and why. A chain that silently lacks a contract would be worse.

use crate::{
    balance, code,
    exec::base_deposit,
    limits,
    metering::Diff,
    precompiles,
    storage::{self, AccountInfo, ContractInfo, Key},
    AccountIdOf, AddressMapper, BalanceOf, CodeInfoOf, Config, HoldReason, ImmutableDataOf, Pallet,
};
use alloc::{collections::BTreeMap, format, string::String, vec::Vec};
use frame_support::{
    traits::{
        fungible::{Mutate, MutateHold},
        Get,
    },
    BoundedVec,
};
use serde::{Deserialize, Serialize};
use sp_core::{H160, H256, U256};
use sp_io::hashing::keccak_256;
use sp_runtime::SaturatedConversion;

/// An account at genesis: of a user, or a contract.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GenesisAccount {
    /// Where it is.
    pub address: H160,
    /// Wei that it gets, beside the existential deposit.
    #[serde(default)]
    pub balance: U256,
    /// Its nonce. A contract has at least 1.
    #[serde(default)]
    pub nonce: u32,
    /// What makes it a contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<GenesisContract>,
}

/// A contract at genesis.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GenesisContract {
    /// The blob, in hexadecimal.
    #[serde(with = "sp_core::bytes")]
    pub code: Vec<u8>,
    /// The items. A value of zero is no item, as in Solidity.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub storage: BTreeMap<H256, H256>,
    /// The immutable data, in hexadecimal: what the constructor would have set.
    #[serde(default, with = "sp_core::bytes", skip_serializing_if = "Vec::is_empty")]
    pub immutable_data: Vec<u8>,
}

impl GenesisAccount {
    /// Makes the account. The error says what is wrong with it.
    pub(crate) fn build<T: Config>(&self) -> Result<(), String> {
        let Self { address, balance, nonce, contract } = self;
        if precompiles::is_precompile::<T>(address) {
            return Err("the address belongs to a function of the runtime".into());
        }
        let account = match contract {
            Some(_) => T::AddressMapper::to_fallback_account_id(address),
            None => T::AddressMapper::to_account_id(address),
        };
        let existed = frame_system::Pallet::<T>::account_exists(&account);
        if !existed {
            balance::mint_existential_deposit::<T>(&account);
        }
        if let Some(contract) = contract {
            contract.build::<T>(address, &account, existed)?;
        }
        let nonce = (*nonce).max(u32::from(contract.is_some()));
        if nonce != 0 {
            frame_system::Account::<T>::mutate(&account, |record| record.nonce = nonce.saturated_into());
        }
        balance::mint::<T>(&account, *balance)
            .map_err(|error| format!("the balance of {balance} wei cannot be given: {error:?}"))
    }
}

impl GenesisContract {
    fn build<T: Config>(
        &self,
        address: &H160,
        account: &AccountIdOf<T>,
        existed: bool,
    ) -> Result<(), String> {
        if AccountInfo::<T>::is_contract(address) {
            return Err("there is a contract at the address already".into());
        }
        let code_hash = self.keep_code::<T>()?;
        code::increment_refcount::<T>(code_hash)
            .map_err(|error| format!("the contracts with its code cannot be counted: {error:?}"))?;
        frame_system::Pallet::<T>::inc_consumers(account)
            .map_err(|error| format!("the account cannot be kept alive: {error:?}"))?;

        // The number in the child trie's id is that of the creator's transactions; nobody created this one.
        let mut contract = ContractInfo::<T>::new(address, Default::default(), code_hash)
            .map_err(|error| format!("it cannot have a child trie: {error:?}"))?;
        let trie = storage::child_info(&contract.trie_id);
        let mut diff = Diff::default();
        for (key, value) in self.storage.iter().filter(|(_, value)| !value.is_zero()) {
            storage::write(&trie, &Key::Fix(key.0), Some(value.as_bytes()), &mut diff);
        }
        diff.apply(&mut contract, false);
        self.keep_immutable_data::<T>(address, &mut contract)?;
        contract.storage_base_deposit = base_deposit::<T>(&contract)
            .map_err(|error| format!("the deposit for it cannot be computed: {error:?}"))?;
        hold_minted::<T>(HoldReason::StorageDepositReserve, account, contract.total_deposit())?;
        contract.store_new(address, existed);
        Ok(())
    }

    /// Checks and stores the code, unless an earlier account has the same.
    fn keep_code<T: Config>(&self) -> Result<H256, String> {
        let code_hash = H256(keccak_256(&self.code));
        if CodeInfoOf::<T>::contains_key(code_hash) {
            return Ok(code_hash);
        }
        let checked = code::check::<T>(&self.code)
            .map_err(|refusal| String::from_utf8_lossy(&refusal.detail).into_owned())?;
        let owner = Pallet::<T>::account_id();
        let deposit = code::deposit::<T>(self.code.len());
        hold_minted::<T>(HoldReason::CodeUploadDepositReserve, &owner, deposit)?;
        code::keep::<T>(code_hash, &self.code, checked, owner, deposit, T::BehaviourVersion::get());
        Ok(code_hash)
    }

    fn keep_immutable_data<T: Config>(
        &self,
        address: &H160,
        contract: &mut ContractInfo<T>,
    ) -> Result<(), String> {
        if self.immutable_data.is_empty() {
            return Ok(());
        }
        let len = self.immutable_data.len();
        let data = BoundedVec::try_from(self.immutable_data.clone()).map_err(|_| {
            format!("the immutable data has {len} bytes, the limit is {}", limits::IMMUTABLE_BYTES_MAX)
        })?;
        ImmutableDataOf::<T>::insert(address, data);
        // Bounded by the conversion above.
        contract.immutable_data_len = len as u32;
        Ok(())
    }
}

/// Mints `amount` onto `account` and holds it there.
fn hold_minted<T: Config>(
    reason: HoldReason,
    account: &AccountIdOf<T>,
    amount: BalanceOf<T>,
) -> Result<(), String> {
    T::Currency::mint_into(account, amount)
        .and_then(|_| T::Currency::hold(&reason.into(), account, amount))
        .map_err(|error| format!("the deposit of {amount:?} cannot be held: {error:?}"))
}
