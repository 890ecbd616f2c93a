// SPDX-License-Identifier: Apache-2.0
//! What the runtime offers to whoever builds its blocks and asks about contracts.

use crate::{Balance, Block, Executive, InherentDataExt, Revive, Runtime, VERSION};
use alloc::vec::Vec;
use frame_support::weights::Weight;
use pallet_revive_vm::{
    estimate::Estimate,
    runtime_api::{CodeDescription, ContractDescription},
    tracing::{trace_transaction, Trace, TraceOptions},
    AccountId32Mapper, AddressMapper, Code, CodeRefusal, CodeUploadReturnValue, ContractResult,
    ExecReturnValue, GetStorageResult, InstantiateReturnValue, TracedResult,
};
use sp_api::impl_runtime_apis;
use sp_core::{H160, H256, U256};
use sp_runtime::{traits::Block as BlockT, AccountId32, ApplyExtrinsicResult, DispatchError};
use sp_version::RuntimeVersion;

impl_runtime_apis! {
    impl sp_api::Core<Block> for Runtime {
        fn version() -> RuntimeVersion {
            VERSION
        }

        fn execute_block(block: <Block as BlockT>::LazyBlock) {
            Executive::execute_block(block);
        }

        fn initialize_block(header: &<Block as BlockT>::Header) -> sp_runtime::ExtrinsicInclusionMode {
            Executive::initialize_block(header)
        }
    }

    impl sp_block_builder::BlockBuilder<Block> for Runtime {
        fn apply_extrinsic(extrinsic: <Block as BlockT>::Extrinsic) -> ApplyExtrinsicResult {
            Executive::apply_extrinsic(extrinsic)
        }

        fn finalize_block() -> <Block as BlockT>::Header {
            Executive::finalize_block()
        }

        fn inherent_extrinsics(data: sp_inherents::InherentData) -> Vec<<Block as BlockT>::Extrinsic> {
            data.create_extrinsics()
        }

        fn check_inherents(
            block: <Block as BlockT>::LazyBlock,
            data: sp_inherents::InherentData,
        ) -> sp_inherents::CheckInherentsResult {
            data.check_extrinsics(&block)
        }
    }

    impl pallet_revive_vm::runtime_api::ReviveApi<Block, AccountId32, Balance> for Runtime {
        fn call(
            origin: AccountId32,
            dest: H160,
            value: Balance,
            gas_limit: Option<Weight>,
            storage_deposit_limit: Option<Balance>,
            input_data: Vec<u8>,
        ) -> ContractResult<ExecReturnValue, Balance> {
            Revive::dry_run_call(origin, dest, value, gas_limit, storage_deposit_limit, input_data)
        }

        fn instantiate(
            origin: AccountId32,
            value: Balance,
            gas_limit: Option<Weight>,
            storage_deposit_limit: Option<Balance>,
            code: Code,
            data: Vec<u8>,
            salt: Option<[u8; 32]>,
        ) -> ContractResult<InstantiateReturnValue, Balance> {
            Revive::dry_run_instantiate(origin, value, gas_limit, storage_deposit_limit, code, data, salt)
        }

        fn trace_call(
            origin: AccountId32,
            dest: H160,
            value: Balance,
            gas_limit: Option<Weight>,
            storage_deposit_limit: Option<Balance>,
            input_data: Vec<u8>,
            options: TraceOptions,
        ) -> TracedResult<ExecReturnValue, Balance> {
            let (weight, deposit) = (gas_limit, storage_deposit_limit);
            Revive::trace_call(origin, dest, value, weight, deposit, input_data, options)
        }

        fn trace_instantiate(
            origin: AccountId32,
            value: Balance,
            gas_limit: Option<Weight>,
            storage_deposit_limit: Option<Balance>,
            code: Code,
            data: Vec<u8>,
            salt: Option<[u8; 32]>,
            options: TraceOptions,
        ) -> TracedResult<InstantiateReturnValue, Balance> {
            let (weight, deposit) = (gas_limit, storage_deposit_limit);
            Revive::trace_instantiate(origin, value, weight, deposit, code, data, salt, options)
        }

        fn trace_tx(block: Block, index: u32, options: TraceOptions) -> Option<Trace> {
            let Block { header, extrinsics } = block;
            Executive::initialize_block(&header);
            trace_transaction::<Runtime, _, _>(extrinsics, index, &options, Executive::apply_extrinsic)
        }

        fn estimate_call(
            origin: AccountId32,
            dest: H160,
            value: Balance,
            gas_limit: Option<Weight>,
            storage_deposit_limit: Option<Balance>,
            input_data: Vec<u8>,
        ) -> Estimate<ExecReturnValue, Balance> {
            Revive::estimate_call(origin, dest, value, gas_limit, storage_deposit_limit, input_data)
        }

        fn estimate_instantiate(
            origin: AccountId32,
            value: Balance,
            gas_limit: Option<Weight>,
            storage_deposit_limit: Option<Balance>,
            code: Code,
            data: Vec<u8>,
            salt: Option<[u8; 32]>,
        ) -> Estimate<InstantiateReturnValue, Balance> {
            let (weight, deposit) = (gas_limit, storage_deposit_limit);
            Revive::estimate_instantiate(origin, value, weight, deposit, code, data, salt)
        }

        fn upload_code(
            origin: AccountId32,
            code: Vec<u8>,
            storage_deposit_limit: Option<Balance>,
        ) -> Result<CodeUploadReturnValue<Balance>, DispatchError> {
            Revive::dry_run_upload_code(origin, code, storage_deposit_limit)
        }

        fn check_code(code: Vec<u8>) -> Result<H256, CodeRefusal> {
            Revive::check_code(&code)
        }

        fn get_storage(address: H160, key: [u8; 32]) -> GetStorageResult {
            Revive::get_storage(address, key)
        }

        fn get_storage_var_key(address: H160, key: Vec<u8>) -> GetStorageResult {
            Revive::get_storage_var_key(address, key)
        }

        fn balance(address: H160) -> U256 {
            Revive::evm_balance(&address)
        }

        fn address(account_id: AccountId32) -> H160 {
            AccountId32Mapper::<Runtime>::to_address(&account_id)
        }

        fn account_id(address: H160) -> AccountId32 {
            AccountId32Mapper::<Runtime>::to_account_id(&address)
        }

        fn code_info(code_hash: H256) -> Option<CodeDescription<AccountId32, Balance>> {
            Revive::code_info(code_hash)
        }

        fn contract_info(address: H160) -> Option<ContractDescription<AccountId32, Balance>> {
            Revive::contract_info(address)
        }
    }
}
