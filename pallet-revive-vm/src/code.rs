// SPDX-License-Identifier: Apache-2.0
//! Code: the check at upload, the records, the deposits.
//!
//! A blob is checked once. What is stored has passed, so nothing here is repeated when a contract runs, and a later check must
//! not be stricter. Each refusal says which number was over which limit, and where.

mod check;

pub use check::{check, Checked, EXPORT, HEAVY};

use crate::{
    limits, minimal_proxy,
    primitives::{CodeRefusal, CodeUploadReturnValue},
    storage::{AccountInfo, BytecodeType, CodeInfo, ContractInfo, CODE_RECORD_BYTES},
    AccountIdOf, BalanceOf, CodeInfoOf, Config, Error, Event, HoldReason, Pallet, PristineCode, WeightInfo,
};
use alloc::{format, string::String, vec::Vec};
use frame_support::{
    ensure,
    traits::{
        fungible::{Inspect, MutateHold},
        tokens::{Fortitude, Precision, Preservation, Provenance, Restriction},
        Get,
    },
};
use revive_vm_primitives::GasModel;
use sp_core::{H160, H256};
use sp_io::hashing::keccak_256;
use sp_runtime::{
    traits::{Saturating, Zero},
    DispatchError, DispatchResult,
};

/// The gas model that new code is bound to.
pub const GAS_MODEL: GasModel = GasModel::PipelineFootprint;

impl CodeRefusal {
    /// A refusal with its detail.
    pub fn new(error: impl Into<DispatchError>, detail: String) -> Self {
        Self { error: error.into(), detail: detail.into_bytes() }
    }
}

/// The deposit for the upload of a blob of `len` bytes.
pub fn deposit<T: Config>(len: usize) -> BalanceOf<T> {
    let bytes = u32::try_from(len).unwrap_or(u32::MAX).saturating_add(CODE_RECORD_BYTES);
    T::DepositPerByte::get()
        .saturating_mul(bytes.into())
        .saturating_add(T::DepositPerItem::get().saturating_mul(2u32.into()))
}

/// Checks and stores `blob` for `owner`, who pays the deposit. Code that is stored already costs nothing.
pub fn upload<T: Config>(
    owner: &AccountIdOf<T>,
    blob: &[u8],
    deposit_limit: BalanceOf<T>,
    behaviour_version: u32,
) -> Result<CodeUploadReturnValue<BalanceOf<T>>, CodeRefusal> {
    let code_hash = H256(keccak_256(blob));
    let weight = T::WeightInfo::upload_code(u32::try_from(blob.len()).unwrap_or(u32::MAX));
    if CodeInfoOf::<T>::contains_key(code_hash) {
        return Ok(CodeUploadReturnValue { code_hash, deposit: Zero::zero(), weight, events: Vec::new() });
    }
    if behaviour_version > limits::BEHAVIOUR_VERSION_MAX {
        return Err(CodeRefusal::new(
            Error::<T>::UnknownBehaviourVersion,
            format!(
                "behaviour version {behaviour_version} is not known, the latest is {}",
                limits::BEHAVIOUR_VERSION_MAX
            ),
        ));
    }
    let checked = check::<T>(blob)?;

    let deposit = deposit::<T>(blob.len());
    if deposit > deposit_limit {
        return Err(CodeRefusal::new(
            Error::<T>::StorageDepositLimitExhausted,
            format!(
                "the deposit for {} bytes of code is {deposit:?}, more than the limit of {deposit_limit:?}",
                blob.len()
            ),
        ));
    }
    Pallet::<T>::ensure_pallet_account();
    T::Currency::transfer_and_hold(
        &HoldReason::CodeUploadDepositReserve.into(),
        owner,
        &Pallet::<T>::account_id(),
        deposit,
        Precision::Exact,
        Preservation::Preserve,
        Fortitude::Polite,
    )
    .map_err(|error| {
        CodeRefusal::new(
            Error::<T>::StorageDepositNotEnoughFunds,
            format!("the uploader cannot pay the deposit of {deposit:?}: {error:?}"),
        )
    })?;

    keep::<T>(code_hash, blob, checked, owner.clone(), deposit, behaviour_version);
    Pallet::<T>::emit(Event::CodeStored { code_hash, deposit, owner: owner.clone() });
    Ok(CodeUploadReturnValue { code_hash, deposit, weight, events: Vec::new() })
}

/// Stores a blob that was checked, and its record. No contract has it yet. The deposit is on hold already. The pallet's own blob is
/// bound to a version of its own.
pub(crate) fn keep<T: Config>(
    code_hash: H256,
    blob: &[u8],
    checked: Checked,
    owner: AccountIdOf<T>,
    deposit: BalanceOf<T>,
    behaviour_version: u32,
) {
    let Checked { isa, exports_migrate, load } = checked;
    let behaviour_version = minimal_proxy::behaviour_version(blob).unwrap_or(behaviour_version);
    PristineCode::<T>::insert(code_hash, blob);
    CodeInfoOf::<T>::insert(
        code_hash,
        CodeInfo {
            owner,
            deposit,
            refcount: 0,
            // The check bounds the length far below 32 bits.
            code_len: u32::try_from(blob.len()).unwrap_or(u32::MAX),
            code_type: BytecodeType::Pvm,
            behaviour_version,
            gas_model: GAS_MODEL.id(),
            isa: isa.version_byte(),
            exports_migrate,
            load,
        },
    );
}

/// Removes code on behalf of `account`, its uploader.
pub fn remove<T: Config>(account: &AccountIdOf<T>, code_hash: H256) -> DispatchResult {
    let info = CodeInfoOf::<T>::get(code_hash).ok_or(Error::<T>::CodeNotFound)?;
    ensure!(info.owner == *account, DispatchError::BadOrigin);
    ensure!(info.refcount == 0, Error::<T>::CodeInUse);
    erase::<T>(code_hash, info)
}

fn erase<T: Config>(code_hash: H256, info: CodeInfo<T>) -> DispatchResult {
    let deposit = give_back_deposit::<T>(&info)?;
    PristineCode::<T>::remove(code_hash);
    CodeInfoOf::<T>::remove(code_hash);
    Pallet::<T>::emit(Event::CodeRemoved { code_hash, deposit, owner: info.owner });
    Ok(())
}

/// Gives the deposit back, and returns what the uploader got.
///
/// An uploader who has left the chain may not be able to take it: an account cannot come into being with less than the existential
/// deposit. The pallet's account keeps it then, because the contract that goes must not be held up by somebody who is not there.
fn give_back_deposit<T: Config>(info: &CodeInfo<T>) -> Result<BalanceOf<T>, DispatchError> {
    if info.deposit.is_zero() {
        return Ok(Zero::zero());
    }
    let (reason, from) = (HoldReason::CodeUploadDepositReserve.into(), Pallet::<T>::account_id());
    if T::Currency::can_deposit(&info.owner, info.deposit, Provenance::Extant).into_result().is_err() {
        T::Currency::release(&reason, &from, info.deposit, Precision::Exact)
            .map_err(|_| Error::<T>::StorageRefundNotEnoughFunds)?;
        return Ok(Zero::zero());
    }
    T::Currency::transfer_on_hold(
        &reason,
        &from,
        &info.owner,
        info.deposit,
        Precision::Exact,
        Restriction::Free,
        Fortitude::Polite,
    )
    .map_err(|_| Error::<T>::StorageRefundNotEnoughFunds)?;
    Ok(info.deposit)
}

/// Counts one more contract with this code.
pub fn increment_refcount<T: Config>(code_hash: H256) -> DispatchResult {
    CodeInfoOf::<T>::try_mutate(code_hash, |info| {
        let info = info.as_mut().ok_or(Error::<T>::CodeInfoNotFound)?;
        info.refcount = info.refcount.checked_add(1).ok_or(Error::<T>::RefcountOverOrUnderflow)?;
        Ok(())
    })
}

/// Counts one contract less with this code, and removes the code if it was the last.
pub fn decrement_refcount<T: Config>(code_hash: H256) -> DispatchResult {
    let mut info = CodeInfoOf::<T>::get(code_hash).ok_or(Error::<T>::CodeInfoNotFound)?;
    info.refcount = info.refcount.checked_sub(1).ok_or(Error::<T>::RefcountOverOrUnderflow)?;
    if info.refcount == 0 {
        return erase::<T>(code_hash, info);
    }
    CodeInfoOf::<T>::insert(code_hash, info);
    Ok(())
}

/// Gives the contract at `dest` the code `code_hash`.
pub fn replace<T: Config>(dest: &H160, code_hash: H256) -> DispatchResult {
    let mut contract = ContractInfo::<T>::load(dest).ok_or(Error::<T>::ContractNotFound)?;
    ensure!(CodeInfoOf::<T>::contains_key(code_hash), Error::<T>::CodeNotFound);
    let old_code_hash = contract.code_hash;
    // The new code first: if it is the old one, the count must not touch zero.
    increment_refcount::<T>(code_hash)?;
    decrement_refcount::<T>(old_code_hash)?;
    contract.code_hash = code_hash;
    contract.store(dest);
    Pallet::<T>::emit(Event::CodeUpdated { contract: *dest, code_hash, old_code_hash });
    debug_assert!(AccountInfo::<T>::is_contract(dest));
    Ok(())
}
