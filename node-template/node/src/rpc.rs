// SPDX-License-Identifier: Apache-2.0
//! The RPC methods that come on top of those every node of the ecosystem has.

use std::{error::Error, sync::Arc};

use jsonrpsee::RpcModule;
use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
use revive_vm_runtime::{opaque::Block, AccountId, Balance, Nonce};
use sc_transaction_pool_api::TransactionPool;
use sp_api::ProvideRuntimeApi;
use sp_block_builder::BlockBuilder;
use sp_blockchain::HeaderBackend;
use substrate_frame_rpc_system::{System, SystemApiServer};

/// `system_accountNextIndex`, `system_dryRun` and `payment_*`.
pub(crate) fn extensions<C, P>(
    client: Arc<C>,
    pool: Arc<P>,
) -> Result<RpcModule<()>, Box<dyn Error + Send + Sync>>
where
    C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
    C::Api: substrate_frame_rpc_system::AccountNonceApi<Block, AccountId, Nonce>
        + pallet_transaction_payment_rpc::TransactionPaymentRuntimeApi<Block, Balance>
        + BlockBuilder<Block>,
    P: TransactionPool + 'static,
{
    let mut module = RpcModule::new(());
    module.merge(System::new(client.clone(), pool).into_rpc())?;
    module.merge(TransactionPayment::new(client).into_rpc())?;
    Ok(module)
}
