// SPDX-License-Identifier: Apache-2.0
//! The subcommand `benchmark`, and the transactions and inherents that it measures. Those are for nothing else: their keys
//! are the well-known ones.

use std::{sync::Arc, time::Duration};

use codec::Encode;
use frame_benchmarking_cli::{
    BenchmarkCmd, ExtrinsicBuilder, ExtrinsicFactory, SUBSTRATE_REFERENCE_HARDWARE,
};
use revive_vm_runtime as runtime;
use runtime::{
    opaque::Block, AccountId, Balance, BalancesCall, RuntimeCall, SystemCall, EXISTENTIAL_DEPOSIT,
};
use sc_client_api::BlockBackend;
use sc_service::{Configuration, PartialComponents};
use sp_blockchain::HeaderBackend;
use sp_core::Pair;
use sp_inherents::{InherentData, InherentDataProvider};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{generic::Era, OpaqueExtrinsic};

use crate::service::{self, ContractsHostFunctions, FullClient};

/// `benchmark`
pub(crate) fn run(cmd: &BenchmarkCmd, config: Configuration) -> sc_cli::Result<()> {
    match cmd {
        BenchmarkCmd::Pallet(cmd) => {
            // A runtime that is given brings its benchmarks along; the node's own has them only if it was built with them.
            if cmd.runtime.is_none() && !cfg!(feature = "runtime-benchmarks") {
                return Err("this node was built without the pallets' benchmarks; \
                            build it again with `--features runtime-benchmarks`, or give it a runtime by `--runtime`"
                    .into());
            }
            let spec = cmd.runtime.is_none().then_some(config.chain_spec);
            cmd.run_with_spec::<sp_runtime::traits::HashingFor<Block>, ContractsHostFunctions>(spec)
        }
        BenchmarkCmd::Block(cmd) => {
            let PartialComponents { client, .. } = service::new_partial(&config, Default::default())?;
            cmd.run(client)
        }
        #[cfg(not(feature = "runtime-benchmarks"))]
        BenchmarkCmd::Storage(_) => {
            Err("this node was built without access to the database for benchmarks; \
                                         build it again with `--features runtime-benchmarks`"
                .into())
        }
        #[cfg(feature = "runtime-benchmarks")]
        BenchmarkCmd::Storage(cmd) => {
            let PartialComponents { client, backend, .. } =
                service::new_partial(&config, Default::default())?;
            let db = backend.expose_db();
            let storage = backend.expose_storage();
            let shared_cache = backend.expose_shared_trie_cache();
            cmd.run(config, client, db, storage, shared_cache)
        }
        BenchmarkCmd::Overhead(cmd) => {
            let PartialComponents { client, .. } = service::new_partial(&config, Default::default())?;
            let builder = RemarkBuilder::new(client.clone());
            let name = config.chain_spec.name().into();
            cmd.run(name, client, inherent_benchmark_data()?, Vec::new(), &builder, false)
        }
        BenchmarkCmd::Extrinsic(cmd) => {
            let PartialComponents { client, .. } = service::new_partial(&config, Default::default())?;
            let factory = ExtrinsicFactory(vec![
                Box::new(RemarkBuilder::new(client.clone())),
                Box::new(TransferKeepAliveBuilder::new(
                    client.clone(),
                    Sr25519Keyring::Alice.to_account_id(),
                    EXISTENTIAL_DEPOSIT,
                )),
            ]);
            cmd.run(client, inherent_benchmark_data()?, Vec::new(), &factory)
        }
        BenchmarkCmd::Machine(cmd) => cmd.run(&config, SUBSTRATE_REFERENCE_HARDWARE.clone()),
    }
}

/// Makes `System::remark` transactions.
pub(crate) struct RemarkBuilder {
    client: Arc<FullClient>,
}

impl RemarkBuilder {
    /// For the chain of `client`.
    pub(crate) fn new(client: Arc<FullClient>) -> Self {
        Self { client }
    }
}

impl ExtrinsicBuilder for RemarkBuilder {
    fn pallet(&self) -> &str {
        "system"
    }

    fn extrinsic(&self) -> &str {
        "remark"
    }

    fn build(&self, nonce: u32) -> Result<OpaqueExtrinsic, &'static str> {
        sign(&self.client, SystemCall::remark { remark: vec![] }.into(), nonce)
    }
}

/// Makes `Balances::transfer_keep_alive` transactions.
pub(crate) struct TransferKeepAliveBuilder {
    client: Arc<FullClient>,
    dest: AccountId,
    value: Balance,
}

impl TransferKeepAliveBuilder {
    /// For transfers of `value` to `dest` on the chain of `client`.
    pub(crate) fn new(client: Arc<FullClient>, dest: AccountId, value: Balance) -> Self {
        Self { client, dest, value }
    }
}

impl ExtrinsicBuilder for TransferKeepAliveBuilder {
    fn pallet(&self) -> &str {
        "balances"
    }

    fn extrinsic(&self) -> &str {
        "transfer_keep_alive"
    }

    fn build(&self, nonce: u32) -> Result<OpaqueExtrinsic, &'static str> {
        let call = BalancesCall::transfer_keep_alive { dest: self.dest.clone().into(), value: self.value };
        sign(&self.client, call.into(), nonce)
    }
}

/// A transaction of `call` by Bob.
fn sign(client: &FullClient, call: RuntimeCall, nonce: u32) -> Result<OpaqueExtrinsic, &'static str> {
    let genesis_hash = client.block_hash(0).ok().flatten().ok_or("the database has no genesis block")?;
    let best = client.info();
    let period = u64::from(runtime::BLOCK_HASH_COUNT.next_power_of_two() / 2);
    let era = Era::mortal(period, best.best_number.into());
    let payload = runtime::signed_payload(call, nonce, genesis_hash, era, best.best_hash);
    let sender = Sr25519Keyring::Bob.pair();
    let signature = payload.using_encoded(|bytes| sender.sign(bytes));
    let (call, extension, _) = payload.deconstruct();
    Ok(runtime::UncheckedExtrinsic::new_signed(
        call,
        AccountId::from(sender.public()).into(),
        runtime::Signature::Sr25519(signature),
        extension,
    )
    .into())
}

/// The inherent data of a block at the beginning of time, which fits on top of any genesis.
pub(crate) fn inherent_benchmark_data() -> sc_cli::Result<InherentData> {
    let mut data = InherentData::new();
    let timestamp = sp_timestamp::InherentDataProvider::new(Duration::ZERO.into());
    futures::executor::block_on(timestamp.provide_inherent_data(&mut data))
        .map_err(|error| format!("creating inherent data: {error:?}"))?;
    Ok(data)
}
