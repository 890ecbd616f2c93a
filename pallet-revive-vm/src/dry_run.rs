// SPDX-License-Identifier: Apache-2.0
//! What the runtime API answers: runs without consequences, and look-ups.
//!
//! A dry run does what the extrinsic would do, in a storage layer that is always undone. It differs from the extrinsic in two
//! things that a client need not have done yet: the origin is mapped, and its nonce is raised as the transaction extension
//! will raise it, so that the address of a new contract is right.
//! And nobody is asked whether the origin may: it can be a contract or who may not upload, which the extrinsic refuses.

#![allow(clippy::too_many_arguments, reason = "these are the parameters of the runtime API")]

use crate::{
    balance, code,
    estimate::{estimate, Estimate, Limits},
    exec::{MayRevert, Origin, OriginOf},
    primitives::{
        Code, CodeRefusal, CodeUploadReturnValue, ContractAccessError, ContractResult, ExecReturnValue,
        GetStorageResult, InstantiateReturnValue, TracedResult,
    },
    runtime_api::{CodeDescription, ContractDescription},
    storage::{self, ContractInfo, Key},
    tracing::{self, Recorder, TraceOptions},
    AccountIdOf, AddressMapper, BalanceOf, CodeInfoOf, Config, Pallet, WeightInfo,
};
use alloc::vec::Vec;
use codec::Encode;
use frame_support::{storage::with_transaction_unchecked, traits::Get, weights::Weight};
use sp_core::{H160, H256, U256};
use sp_io::hashing::keccak_256;
use sp_runtime::{traits::Bounded, DispatchError, TransactionOutcome};

/// Runs `body` and undoes what it did.
pub(crate) fn undone<R>(body: impl FnOnce() -> R) -> R {
    with_transaction_unchecked(|| TransactionOutcome::Rollback(body()))
}

/// What is run dry: a call or an instantiation.
pub(crate) trait Subject<T: Config> {
    /// What comes out of it.
    type Output: MayRevert;

    /// Does it.
    fn run(
        &self,
        origin: OriginOf<T>,
        limits: Limits<BalanceOf<T>>,
    ) -> ContractResult<Self::Output, BalanceOf<T>>;

    /// What its extrinsic weighs beside the weight limit.
    fn base_weight(&self) -> Weight;
}

/// A call.
pub(crate) struct DryCall<T: Config> {
    pub(crate) dest: H160,
    pub(crate) value: BalanceOf<T>,
    pub(crate) data: Vec<u8>,
}

impl<T: Config> Subject<T> for DryCall<T> {
    type Output = ExecReturnValue;

    fn run(
        &self,
        origin: OriginOf<T>,
        limits: Limits<BalanceOf<T>>,
    ) -> ContractResult<ExecReturnValue, BalanceOf<T>> {
        let Limits { weight, storage_deposit } = limits;
        Pallet::<T>::bare_call(origin, self.dest, self.value, weight, storage_deposit, self.data.clone())
    }

    fn base_weight(&self) -> Weight {
        T::WeightInfo::call()
    }
}

/// An instantiation.
pub(crate) struct DryInstantiation<T: Config> {
    pub(crate) value: BalanceOf<T>,
    pub(crate) code: Code,
    pub(crate) data: Vec<u8>,
    pub(crate) salt: Option<[u8; 32]>,
}

impl<T: Config> Subject<T> for DryInstantiation<T> {
    type Output = InstantiateReturnValue;

    fn run(
        &self,
        origin: OriginOf<T>,
        limits: Limits<BalanceOf<T>>,
    ) -> ContractResult<InstantiateReturnValue, BalanceOf<T>> {
        let Limits { weight, storage_deposit } = limits;
        let (code, data) = (self.code.clone(), self.data.clone());
        Pallet::<T>::bare_instantiate(origin, self.value, weight, storage_deposit, code, data, self.salt)
    }

    fn base_weight(&self) -> Weight {
        let data = self.data.len() as u32;
        match &self.code {
            Code::Upload(code) => T::WeightInfo::instantiate_with_code(code.len() as u32, data),
            Code::Existing(_) => T::WeightInfo::instantiate(data),
        }
    }
}

/// Runs `subject` for `origin`, adds the events and the debug messages to its result, and undoes what it did.
pub(crate) fn observe<T: Config, S: Subject<T>>(
    subject: &S,
    origin: &AccountIdOf<T>,
    limits: Limits<BalanceOf<T>>,
    recorder: Recorder,
) -> (ContractResult<S::Output, BalanceOf<T>>, Recorder) {
    undone(|| {
        // An origin that is mapped already is what is wanted.
        let _ = T::AddressMapper::map_no_deposit(origin);
        frame_system::Pallet::<T>::inc_account_nonce(origin);
        let seen = frame_system::Pallet::<T>::event_count();
        let run = || subject.run(Origin::Signed(origin.clone()), limits);
        let (mut outcome, mut recorder) = tracing::record(recorder, run);
        outcome.events = events_since::<T>(seen);
        outcome.debug_messages = recorder.take_messages();
        (outcome, recorder)
    })
}

/// The events of the block behind the first `seen`, encoded.
fn events_since<T: Config>(seen: u32) -> Vec<Vec<u8>> {
    let records = frame_system::Pallet::<T>::read_events_no_consensus();
    records.skip(seen as usize).map(|record| record.event.encode()).collect()
}

/// Missing limits are those of a dry run: the weight of a block, and as much deposit as there can be. No transaction has more
/// weight, and nobody pays for a dry run: with what a client likes to ask for, a contract could keep a node busy for months.
fn dry_limits<T: Config>(
    weight: Option<Weight>,
    storage_deposit: Option<BalanceOf<T>>,
) -> Limits<BalanceOf<T>> {
    let block = T::BlockWeights::get().max_block;
    Limits {
        weight: weight.map_or(block, |weight| weight.min(block)),
        storage_deposit: storage_deposit.unwrap_or_else(Bounded::max_value),
    }
}

/// Runs `subject` and traces it.
fn traced<T: Config, S: Subject<T>>(
    subject: &S,
    origin: &AccountIdOf<T>,
    limits: Limits<BalanceOf<T>>,
    options: &TraceOptions,
) -> TracedResult<S::Output, BalanceOf<T>> {
    let (outcome, recorder) = observe(subject, origin, limits, Recorder::new(options));
    TracedResult { outcome, trace: recorder.into_trace(T::WeightInfo::vm_gas().ref_time()) }
}

impl<T: Config> Pallet<T> {
    /// `call` of the runtime API.
    pub fn dry_run_call(
        origin: AccountIdOf<T>,
        dest: H160,
        value: BalanceOf<T>,
        weight_limit: Option<Weight>,
        storage_deposit_limit: Option<BalanceOf<T>>,
        data: Vec<u8>,
    ) -> ContractResult<ExecReturnValue, BalanceOf<T>> {
        let limits = dry_limits::<T>(weight_limit, storage_deposit_limit);
        observe(&DryCall::<T> { dest, value, data }, &origin, limits, Recorder::default()).0
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
        let limits = dry_limits::<T>(weight_limit, storage_deposit_limit);
        observe(&DryInstantiation::<T> { value, code, data, salt }, &origin, limits, Recorder::default()).0
    }

    /// `trace_call` of the runtime API.
    pub fn trace_call(
        origin: AccountIdOf<T>,
        dest: H160,
        value: BalanceOf<T>,
        weight_limit: Option<Weight>,
        storage_deposit_limit: Option<BalanceOf<T>>,
        data: Vec<u8>,
        options: TraceOptions,
    ) -> TracedResult<ExecReturnValue, BalanceOf<T>> {
        let limits = dry_limits::<T>(weight_limit, storage_deposit_limit);
        traced(&DryCall::<T> { dest, value, data }, &origin, limits, &options)
    }

    /// `trace_instantiate` of the runtime API.
    pub fn trace_instantiate(
        origin: AccountIdOf<T>,
        value: BalanceOf<T>,
        weight_limit: Option<Weight>,
        storage_deposit_limit: Option<BalanceOf<T>>,
        code: Code,
        data: Vec<u8>,
        salt: Option<[u8; 32]>,
        options: TraceOptions,
    ) -> TracedResult<InstantiateReturnValue, BalanceOf<T>> {
        let limits = dry_limits::<T>(weight_limit, storage_deposit_limit);
        traced(&DryInstantiation::<T> { value, code, data, salt }, &origin, limits, &options)
    }

    /// `estimate_call` of the runtime API.
    pub fn estimate_call(
        origin: AccountIdOf<T>,
        dest: H160,
        value: BalanceOf<T>,
        weight_limit: Option<Weight>,
        storage_deposit_limit: Option<BalanceOf<T>>,
        data: Vec<u8>,
    ) -> Estimate<ExecReturnValue, BalanceOf<T>> {
        estimate(DryCall::<T> { dest, value, data }, origin, weight_limit, storage_deposit_limit)
    }

    /// `estimate_instantiate` of the runtime API.
    pub fn estimate_instantiate(
        origin: AccountIdOf<T>,
        value: BalanceOf<T>,
        weight_limit: Option<Weight>,
        storage_deposit_limit: Option<BalanceOf<T>>,
        code: Code,
        data: Vec<u8>,
        salt: Option<[u8; 32]>,
    ) -> Estimate<InstantiateReturnValue, BalanceOf<T>> {
        let subject = DryInstantiation::<T> { value, code, data, salt };
        estimate(subject, origin, weight_limit, storage_deposit_limit)
    }

    /// `upload_code` of the runtime API.
    pub fn dry_run_upload_code(
        origin: AccountIdOf<T>,
        code: Vec<u8>,
        storage_deposit_limit: Option<BalanceOf<T>>,
    ) -> Result<CodeUploadReturnValue<BalanceOf<T>>, DispatchError> {
        let deposit = storage_deposit_limit.unwrap_or_else(Bounded::max_value);
        let version = T::BehaviourVersion::get();
        undone(|| {
            let seen = frame_system::Pallet::<T>::event_count();
            let mut uploaded =
                Self::bare_upload_code(&origin, &code, deposit, version).map_err(|refusal| refusal.error)?;
            uploaded.events = events_since::<T>(seen);
            Ok(uploaded)
        })
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
        Ok(storage::read(&storage::child_info(&contract.trie_id), key))
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
