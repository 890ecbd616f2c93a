// SPDX-License-Identifier: Apache-2.0
//! What the runtime API answers: runs without consequences, and look-ups.
//!
//! A dry run does what the extrinsic would do, in a storage layer that is always undone. It differs from the extrinsic in two
//! things that a client need not have done yet: the origin is mapped, and its nonce is raised as the transaction extension
//! will raise it, so that the address of a new contract is right.

use crate::{
    balance, code,
    exec::Origin,
    primitives::{
        Code, CodeRefusal, CodeUploadReturnValue, ContractAccessError, ContractResult, ExecReturnValue,
        GetStorageResult, InstantiateReturnValue,
    },
    runtime_api::{CodeDescription, ContractDescription},
    storage::{self, ContractInfo, Key},
    AccountIdOf, AddressMapper, BalanceOf, CodeInfoOf, Config, Pallet,
};
use alloc::vec::Vec;
use frame_support::{storage::with_transaction_unchecked, traits::Get, weights::Weight};
use sp_core::{H160, H256, U256};
use sp_io::hashing::keccak_256;
use sp_runtime::{traits::Bounded, DispatchError, TransactionOutcome};

/// Runs `body` and undoes what it did.
fn undone<R>(body: impl FnOnce() -> R) -> R {
    with_transaction_unchecked(|| TransactionOutcome::Rollback(body()))
}

impl<T: Config> Pallet<T> {
    fn dry_run_origin(origin: AccountIdOf<T>) -> Origin<AccountIdOf<T>> {
        // An origin that is mapped already is what is wanted.
        let _ = T::AddressMapper::map_no_deposit(&origin);
        frame_system::Pallet::<T>::inc_account_nonce(&origin);
        Origin::Signed(origin)
    }

    fn weight_or_max(limit: Option<Weight>) -> Weight {
        limit.unwrap_or_else(|| T::BlockWeights::get().max_block)
    }

    /// `call` of the runtime API.
    pub fn dry_run_call(
        origin: AccountIdOf<T>,
        dest: H160,
        value: BalanceOf<T>,
        weight_limit: Option<Weight>,
        storage_deposit_limit: Option<BalanceOf<T>>,
        data: Vec<u8>,
    ) -> ContractResult<ExecReturnValue, BalanceOf<T>> {
        undone(|| {
            let origin = Self::dry_run_origin(origin);
            let deposit = storage_deposit_limit.unwrap_or_else(Bounded::max_value);
            Self::bare_call(origin, dest, value, Self::weight_or_max(weight_limit), deposit, data)
        })
    }

    /// `instantiate` of the runtime API.
    pub fn dry_run_instantiate(
        origin: AccountIdOf<T>,
        value: BalanceOf<T>,
        weight_limit: Option<Weight>,
        storage_deposit_limit: Option<BalanceOf<T>>,
        code: Code,
        data: Vec<u8>,
        salt: Option<[u8; 32]>,
    ) -> ContractResult<InstantiateReturnValue, BalanceOf<T>> {
        undone(|| {
            let origin = Self::dry_run_origin(origin);
            let deposit = storage_deposit_limit.unwrap_or_else(Bounded::max_value);
            let weight = Self::weight_or_max(weight_limit);
            Self::bare_instantiate(origin, value, weight, deposit, code, data, salt)
        })
    }

    /// `upload_code` of the runtime API.
    pub fn dry_run_upload_code(
        origin: AccountIdOf<T>,
        code: Vec<u8>,
        storage_deposit_limit: Option<BalanceOf<T>>,
    ) -> Result<CodeUploadReturnValue<BalanceOf<T>>, DispatchError> {
        let deposit = storage_deposit_limit.unwrap_or_else(Bounded::max_value);
        let version = T::BehaviourVersion::get();
        undone(|| Self::bare_upload_code(&origin, &code, deposit, version)).map_err(|refusal| refusal.error)
    }

    /// `check_code` of the runtime API: the hash of the blob, or why it is refused.
    pub fn check_code(code: &[u8]) -> Result<H256, CodeRefusal> {
        code::check::<T>(code).map(|_| H256(keccak_256(code)))
    }

    /// `get_storage` of the runtime API.
    pub fn get_storage(address: H160, key: [u8; 32]) -> GetStorageResult {
        Self::storage_item(address, &Key::Fix(key))
    }

    /// `get_storage_var_key` of the runtime API.
    pub fn get_storage_var_key(address: H160, key: Vec<u8>) -> GetStorageResult {
        Self::storage_item(address, &Key::variable(key).ok_or(ContractAccessError::KeyDecodingFailed)?)
    }

    fn storage_item(address: H160, key: &Key) -> GetStorageResult {
        let contract = ContractInfo::<T>::load(&address).ok_or(ContractAccessError::DoesntExist)?;
        Ok(storage::read(&contract.trie_id, key))
    }

    /// `balance` of the runtime API: what the account behind `address` can spend, in wei.
    pub fn evm_balance(address: &H160) -> U256 {
        balance::of::<T>(address)
    }

    /// `code_info` of the runtime API.
    pub fn code_info(code_hash: H256) -> Option<CodeDescription<AccountIdOf<T>, BalanceOf<T>>> {
        let info = CodeInfoOf::<T>::get(code_hash)?;
        Some(CodeDescription {
            owner: info.owner,
            deposit: info.deposit,
            refcount: info.refcount,
            code_len: info.code_len,
            code_type: info.code_type,
            behaviour_version: info.behaviour_version,
            gas_model: info.gas_model,
            isa: info.isa,
        })
    }

    /// `contract_info` of the runtime API.
    pub fn contract_info(address: H160) -> Option<ContractDescription<AccountIdOf<T>, BalanceOf<T>>> {
        let contract = ContractInfo::<T>::load(&address)?;
        Some(ContractDescription {
            account: T::AddressMapper::to_fallback_account_id(&address),
            code_hash: contract.code_hash,
            storage_bytes: contract.storage_bytes,
            storage_items: contract.storage_items,
            storage_deposit: contract.total_deposit(),
            immutable_data_len: contract.immutable_data_len,
        })
    }
}
