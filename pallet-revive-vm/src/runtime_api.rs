// SPDX-License-Identifier: Apache-2.0
//! What clients call without sending a transaction.
//!
//! Nothing of it changes the state, and each method of [`crate::Pallet`] behind it undoes what it did, so that the methods
//! may be called one after the other in one runtime call.

#![allow(
    clippy::too_many_arguments,
    reason = "the ecosystem fixes the parameters, and the macro adds one for the block"
)]
#![allow(
    clippy::multiple_bound_locations,
    reason = "the macro bounds the block of its methods a second time"
)]

use crate::{
    estimate::Estimate,
    primitives::{
        Code, CodeRefusal, CodeUploadReturnValue, ContractResult, ExecReturnValue, GetStorageResult,
        InstantiateReturnValue, TracedResult,
    },
    storage::BytecodeType,
    tracing::{Trace, TraceOptions},
};
use alloc::vec::Vec;
use codec::{Codec, Decode, Encode};
use frame_support::weights::Weight;
use scale_info::TypeInfo;
use sp_core::{H160, H256, U256};
use sp_runtime::DispatchError;

/// What is known about a code.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct CodeDescription<AccountId, Balance> {
    /// Who uploaded it.
    pub owner: AccountId,
    /// What the uploader paid.
    pub deposit: Balance,
    /// Number of contracts with this code.
    pub refcount: u64,
    /// Bytes of the blob.
    pub code_len: u32,
    /// The machine it is for.
    pub code_type: BytecodeType,
    /// The version of the host functions' behaviour that it was uploaded under.
    pub behaviour_version: u32,
    /// The id of its gas model.
    pub gas_model: u32,
    /// The version byte of its instruction set.
    pub isa: u8,
}

/// What is known about a contract.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct ContractDescription<AccountId, Balance> {
    /// The native account of the contract.
    pub account: AccountId,
    /// Its code.
    pub code_hash: H256,
    /// Bytes of all storage items, keys as stored included.
    pub storage_bytes: u32,
    /// Number of storage items.
    pub storage_items: u32,
    /// The storage deposit that the contract holds, all parts together.
    pub storage_deposit: Balance,
    /// Bytes of immutable data.
    pub immutable_data_len: u32,
}

sp_api::decl_runtime_apis! {
    /// Dry runs and look-ups of the contracts pallet.
    #[api_version(1)]
    pub trait ReviveApi<AccountId, Balance>
    where
        AccountId: Codec,
        Balance: Codec,
    {
        /// Runs `Pallet::call` without keeping what it does. A missing or higher `gas_limit` is the block's maximum, a missing
        /// `storage_deposit_limit` is no limit. The origin is mapped for the run.
        fn call(
            origin: AccountId,
            dest: H160,
            value: Balance,
            gas_limit: Option<Weight>,
            storage_deposit_limit: Option<Balance>,
            input_data: Vec<u8>,
        ) -> ContractResult<ExecReturnValue, Balance>;

        /// Runs `Pallet::instantiate` or, for a blob, `Pallet::instantiate_with_code` without keeping what it does.
        fn instantiate(
            origin: AccountId,
            value: Balance,
            gas_limit: Option<Weight>,
            storage_deposit_limit: Option<Balance>,
            code: Code,
            data: Vec<u8>,
            salt: Option<[u8; 32]>,
        ) -> ContractResult<InstantiateReturnValue, Balance>;

        /// As `call`, and traces what happens.
        fn trace_call(
            origin: AccountId,
            dest: H160,
            value: Balance,
            gas_limit: Option<Weight>,
            storage_deposit_limit: Option<Balance>,
            input_data: Vec<u8>,
            options: TraceOptions,
        ) -> TracedResult<ExecReturnValue, Balance>;

        /// As `instantiate`, and traces what happens.
        fn trace_instantiate(
            origin: AccountId,
            value: Balance,
            gas_limit: Option<Weight>,
            storage_deposit_limit: Option<Balance>,
            code: Code,
            data: Vec<u8>,
            salt: Option<[u8; 32]>,
            options: TraceOptions,
        ) -> TracedResult<InstantiateReturnValue, Balance>;

        /// Executes `block`, which follows on the block that is asked, up to its transaction at `index`, and traces that one.
        /// `None` if it has not so many.
        fn trace_tx(block: Block, index: u32, options: TraceOptions) -> Option<Trace>;

        /// Limits that suffice for a `call`, found by running it. None is higher than those given; missing ones are the highest
        /// that a transaction can have.
        fn estimate_call(
            origin: AccountId,
            dest: H160,
            value: Balance,
            gas_limit: Option<Weight>,
            storage_deposit_limit: Option<Balance>,
            input_data: Vec<u8>,
        ) -> Estimate<ExecReturnValue, Balance>;

        /// Limits that suffice for an `instantiate`, as `estimate_call`.
        fn estimate_instantiate(
            origin: AccountId,
            value: Balance,
            gas_limit: Option<Weight>,
            storage_deposit_limit: Option<Balance>,
            code: Code,
            data: Vec<u8>,
            salt: Option<[u8; 32]>,
        ) -> Estimate<InstantiateReturnValue, Balance>;

        /// Runs `Pallet::upload_code` without keeping what it does.
        fn upload_code(
            origin: AccountId,
            code: Vec<u8>,
            storage_deposit_limit: Option<Balance>,
        ) -> Result<CodeUploadReturnValue<Balance>, DispatchError>;

        /// Checks a blob as an upload does, and says in words what is wrong with it.
        fn check_code(code: Vec<u8>) -> Result<H256, CodeRefusal>;

        /// The value at a 32-byte key of the contract at `address`.
        fn get_storage(address: H160, key: [u8; 32]) -> GetStorageResult;

        /// The value at a key of variable length of the contract at `address`.
        fn get_storage_var_key(address: H160, key: Vec<u8>) -> GetStorageResult;

        /// The spendable balance of `address`, in wei.
        fn balance(address: H160) -> U256;

        /// The address of `account_id`.
        fn address(account_id: AccountId) -> H160;

        /// The account behind `address`.
        fn account_id(address: H160) -> AccountId;

        /// What is known about the code with this hash.
        fn code_info(code_hash: H256) -> Option<CodeDescription<AccountId, Balance>>;

        /// What is known about the contract at `address`.
        fn contract_info(address: H160) -> Option<ContractDescription<AccountId, Balance>>;
    }
}
