// SPDX-License-Identifier: Apache-2.0
//! Transactions and inherents for `benchmark overhead` and `benchmark extrinsic`. Not for anything else: the keys
//! are the well-known ones.

use std::{sync::Arc, time::Duration};

use codec::Encode;
use frame_benchmarking_cli::ExtrinsicBuilder;
use revive_vm_runtime as runtime;
use runtime::{AccountId, Balance, BalancesCall, RuntimeCall, SystemCall};
use sc_client_api::BlockBackend;
use sp_blockchain::HeaderBackend;
use sp_core::Pair;
use sp_inherents::{InherentData, InherentDataProvider};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{generic::Era, OpaqueExtrinsic};

use crate::service::FullClient;

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
    let extension: runtime::TxExtension = (
        frame_system::AuthorizeCall::new(),
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckEra::from(Era::mortal(period, best.best_number.into())),
        frame_system::CheckNonce::from(nonce),
        frame_system::CheckWeight::new(),
        pallet_transaction_payment::ChargeTransactionPayment::from(0),
        frame_metadata_hash_extension::CheckMetadataHash::new(false),
        frame_system::WeightReclaim::new(),
    );
    let payload = runtime::SignedPayload::from_raw(
        call.clone(),
        extension.clone(),
        (
            (),
            (),
            runtime::VERSION.spec_version,
            runtime::VERSION.transaction_version,
            genesis_hash,
            best.best_hash,
            (),
            (),
            (),
            None,
            (),
        ),
    );
    let sender = Sr25519Keyring::Bob.pair();
    let signature = payload.using_encoded(|bytes| sender.sign(bytes));
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
