// SPDX-License-Identifier: Apache-2.0
//! The ways in from outside: what the extrinsics and the dry runs have in common.

use super::{layer::layered, CallMode, Creation, ExecError, Origin, OriginOf, Stack};
use crate::{
    balance, code, limits,
    metering::{CallLimits, GasConversion},
    primitives::{
        Code, CodeRefusal, CodeUploadReturnValue, ContractResult, ExecReturnValue, InstantiateReturnValue,
        StorageDeposit,
    },
    AccountIdOf, AddressMapper, BalanceOf, CodeInfoOf, Config, Error, Event, Pallet, WeightInfo,
};
use alloc::{format, string::String, vec::Vec};
use frame_support::{
    dispatch::{DispatchErrorWithPostInfo, DispatchResultWithPostInfo},
    storage::with_transaction_unchecked,
    traits::Get,
    weights::Weight,
};
use sp_core::{H160, H256, U256};
use sp_runtime::{traits::Bounded, DispatchError, TransactionOutcome};

/// A result that may stand for a revert.
pub trait MayRevert {
    /// Whether the contract reverted.
    fn did_revert(&self) -> bool;
}

impl MayRevert for ExecReturnValue {
    fn did_revert(&self) -> bool {
        Self::did_revert(self)
    }
}

impl MayRevert for InstantiateReturnValue {
    fn did_revert(&self) -> bool {
        self.result.did_revert()
    }
}

impl<R: MayRevert, Balance> ContractResult<R, Balance> {
    /// What an extrinsic makes of it: a revert becomes an error, and of the declared weight only `base` and what was used is
    /// paid.
    pub(crate) fn into_dispatch_result<T: Config>(self, base: Weight) -> DispatchResultWithPostInfo {
        let post_info = Some(base.saturating_add(self.weight_consumed)).into();
        let error = match self.result {
            Ok(output) if output.did_revert() => Error::<T>::ContractReverted.into(),
            Ok(_) => return Ok(post_info),
            Err(error) => error,
        };
        Err(DispatchErrorWithPostInfo { post_info, error })
    }
}

impl<T: Config> Pallet<T> {
    /// Calls the contract at `dest` with `value` native units, or transfers them if there is none. All or nothing.
    pub fn bare_call(
        origin: OriginOf<T>,
        dest: H160,
        value: BalanceOf<T>,
        weight_limit: Weight,
        storage_deposit_limit: BalanceOf<T>,
        data: Vec<u8>,
    ) -> ContractResult<ExecReturnValue, BalanceOf<T>> {
        run::<T, _>(origin, value, weight_limit, storage_deposit_limit, data, |stack, value, data| {
            let mode = CallMode { read_only: false, allow_reentry: true };
            stack.call(CallLimits::Everything, dest, value, data, mode)
        })
    }

    /// Creates a contract from `code` with `value` native units and constructor input `data`. All or nothing.
    pub fn bare_instantiate(
        origin: OriginOf<T>,
        value: BalanceOf<T>,
        weight_limit: Weight,
        storage_deposit_limit: BalanceOf<T>,
        code: Code,
        data: Vec<u8>,
        salt: Option<[u8; 32]>,
    ) -> ContractResult<InstantiateReturnValue, BalanceOf<T>> {
        run::<T, _>(origin, value, weight_limit, storage_deposit_limit, data, |stack, value, data| {
            let creator = stack.origin.account()?.clone();
            let code_hash = match code {
                Code::Existing(hash) => {
                    if salt.is_some() {
                        stack.charge_address(hash, data.len())?;
                    }
                    hash
                }
                Code::Upload(blob) => {
                    let version = T::BehaviourVersion::get();
                    let uploaded = code::upload::<T>(&creator, &blob, storage_deposit_limit, version)
                        .map_err(|refusal| stack.refuse(refusal))?;
                    stack.root.deposit.count(StorageDeposit::Charge(uploaded.deposit));
                    uploaded.code_hash
                }
            };
            let creation = Creation::Code { hash: code_hash, input: data };
            let (addr, result) = stack.instantiate(CallLimits::Everything, creation, value, salt.as_ref())?;
            if !result.did_revert() {
                let deployer = T::AddressMapper::to_address(&creator);
                Self::emit(Event::Instantiated { deployer, contract: addr });
            }
            Ok(InstantiateReturnValue { result, addr })
        })
    }

    /// Checks and stores `code` for `origin`, bound to `behaviour_version`. All or nothing.
    pub fn bare_upload_code(
        origin: &AccountIdOf<T>,
        code: &[u8],
        storage_deposit_limit: BalanceOf<T>,
        behaviour_version: u32,
    ) -> Result<CodeUploadReturnValue<BalanceOf<T>>, CodeRefusal> {
        with_transaction_unchecked(|| {
            match code::upload::<T>(origin, code, storage_deposit_limit, behaviour_version) {
                Ok(uploaded) => TransactionOutcome::Commit(Ok(uploaded)),
                Err(refusal) => TransactionOutcome::Rollback(Err(refusal)),
            }
        })
    }
}

impl<T: Config> Stack<T> {
    /// Keeps the detail of a refusal and returns its error.
    fn refuse(&mut self, refusal: CodeRefusal) -> ExecError {
        self.detail = String::from_utf8(refusal.detail).unwrap_or_default();
        refusal.error.into()
    }

    /// What to tell people about the error that the transaction ends with.
    fn into_message(self) -> String {
        match self.refusal {
            Some(numbers) if self.detail.is_empty() => numbers,
            Some(numbers) => format!("{}: {numbers}", self.detail),
            None => self.detail,
        }
    }

    /// Charges for the address of a contract with a salt, which covers the blob: that has to be read and hashed. Code that is uploaded
    /// is there already, and the price of its upload has the hash.
    fn charge_address(&mut self, code_hash: H256, data_len: usize) -> Result<(), Error<T>> {
        let len = CodeInfoOf::<T>::get(code_hash).ok_or(Error::<T>::CodeNotFound)?.code_len;
        self.charge(T::WeightInfo::salted_address(len, u32::try_from(data_len).unwrap_or(u32::MAX)))
    }

    fn check_origin(&mut self, value: U256, data: &[u8]) -> Result<(), DispatchError> {
        if data.len() > limits::CALL_DATA_BYTES_MAX as usize {
            self.detail =
                format!("the input has {} bytes, the limit is {}", data.len(), limits::CALL_DATA_BYTES_MAX);
            return Err(Error::<T>::CallDataTooLarge.into());
        }
        match &self.origin {
            Origin::Root if !value.is_zero() => Err(DispatchError::RootNotAllowed),
            Origin::Signed(account) if !T::AddressMapper::is_mapped(account) => {
                self.detail =
                    "the account must be mapped before it can use contracts: submit `map_account`".into();
                Err(Error::<T>::AccountUnmapped.into())
            }
            Origin::Root | Origin::Signed(_) => Ok(()),
        }
    }
}

/// Runs `body` on a new stack in a storage layer, settles the deposits and reports what was used.
fn run<T: Config, R: MayRevert>(
    origin: OriginOf<T>,
    value: BalanceOf<T>,
    weight_limit: Weight,
    deposit_limit: BalanceOf<T>,
    data: Vec<u8>,
    body: impl FnOnce(&mut Stack<T>, U256, Vec<u8>) -> Result<R, ExecError>,
) -> ContractResult<R, BalanceOf<T>> {
    let value = balance::to_wei::<T>(value);
    let mut stack = Stack::<T>::new(origin, weight_limit, deposit_limit);
    let result: Result<R, DispatchError> = layered(|| {
        let result = stack
            .check_origin(value, &data)
            .and_then(|()| body(&mut stack, value, data).map_err(|failure| failure.error));
        match result {
            Ok(output) if output.did_revert() => TransactionOutcome::Rollback(Ok(output)),
            Ok(output) => match stack.settle() {
                Ok(()) => TransactionOutcome::Commit(Ok(output)),
                Err(error) => TransactionOutcome::Rollback(Err(error)),
            },
            Err(error) => TransactionOutcome::Rollback(Err(error)),
        }
    });
    let kept = result.as_ref().is_ok_and(|output| !output.did_revert());
    let storage_deposit = if kept { stack.root.deposit.total() } else { StorageDeposit::default() };
    let weight_consumed = stack.root.weight.consumed();
    let gas = GasConversion::<T>::gas(weight_consumed, storage_deposit.charge_or_zero());
    ContractResult {
        weight_consumed,
        weight_required: stack.root.weight.peak(),
        storage_deposit,
        max_storage_deposit: stack.root.deposit.peak(),
        gas_consumed: BalanceOf::<T>::try_from(gas).unwrap_or_else(|_| Bounded::max_value()),
        debug_message: if result.is_err() { stack.into_message().into_bytes() } else { Vec::new() },
        result,
        events: Vec::new(),
        debug_messages: Vec::new(),
    }
}
