// SPDX-License-Identifier: Apache-2.0
//! Development chains: this node alone makes the blocks, at once or on a timer, and finalizes them itself.
//!
//! The runtime is the same as everywhere, with Aura's rules in force: each block has a slot later than its parent's
//! and a timestamp inside its slot. The genesis of such a chain makes slots short, so the timestamps follow the real
//! clock. Blocks carry no seal and nobody checks them; that is why such a node keeps to itself on the network.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures::{channel::oneshot, future, stream, Stream, StreamExt};
use revive_vm_runtime::{
    opaque::{Block, Header},
    Hash,
};
use sc_consensus_aura::standalone::{find_pre_digest, slot_duration};
use sc_consensus_manual_seal::{
    consensus::aura::AuraConsensusDataProvider, run_manual_seal, EngineCommand, Error as SealError,
    ManualSealParams,
};
use sc_network::config::{NetworkConfiguration, NonReservedPeerMode, TransportConfig};
use sc_service::{error::Error as ServiceError, ChainType, Configuration, SpawnTaskHandle, TaskManager};
use sc_telemetry::Telemetry;
use sc_transaction_pool_api::TransactionPool;
use sp_consensus_aura::sr25519::{AuthorityId, AuthoritySignature};
use substrate_prometheus_endpoint::Registry;

use crate::service::{FullClient, FullPool, FullSelectChain};

const LOG_TARGET: &str = "dev-seal";

/// How often to look for transactions that no notification is left for.
const LEFT_OVER_INTERVAL: Duration = Duration::from_millis(500);

/// When a development chain gets a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sealing {
    /// As soon as there is a transaction; never an empty one.
    Instant,
    /// At this interval, with whatever transactions there are.
    Every(Duration),
}

/// Whether `config` is of a chain whose blocks this node makes alone.
pub(crate) fn is_development(config: &Configuration) -> bool {
    config.chain_spec.chain_type() == ChainType::Development
}

/// Closes the network: no discovery, no peers in or out, and a listening socket on the loopback interface only.
///
/// Two development chains have the same genesis, so without this two developers in one room would exchange blocks
/// that neither node checks.
pub(crate) fn isolate(network: &mut NetworkConfiguration) {
    // The network service insists on an address. Port 0: the kernel picks a free one.
    network.listen_addresses = ["/ip4/127.0.0.1/tcp/0"].iter().flat_map(|address| address.parse()).collect();
    network.public_addresses.clear();
    network.boot_nodes.clear();
    network.transport = TransportConfig::Normal { enable_mdns: false, allow_private_ip: false };
    network.enable_dht_random_walk = false;
    network.default_peers_set_num_full = 0;
    network.default_peers_set.in_peers = 0;
    network.default_peers_set.out_peers = 0;
    network.default_peers_set.reserved_nodes.clear();
    network.default_peers_set.non_reserved_mode = NonReservedPeerMode::Deny;
}

/// What [`spawn_sealing`] works with.
pub(crate) struct SealingParams<'a> {
    /// When to make a block.
    pub(crate) sealing: Sealing,
    /// The chain, which blocks are also imported into.
    pub(crate) client: Arc<FullClient>,
    /// Where the transactions come from.
    pub(crate) pool: Arc<FullPool>,
    /// Finds the parent of the next block.
    pub(crate) select_chain: FullSelectChain,
    /// Runs the tasks.
    pub(crate) task_manager: &'a TaskManager,
    /// Metrics of block building.
    pub(crate) registry: Option<&'a Registry>,
    /// Where block building reports to.
    pub(crate) telemetry: Option<&'a Telemetry>,
}

/// Starts the task that makes and finalizes the blocks. The node ends if it does.
///
/// # Errors
/// When the runtime does not tell its slot duration.
pub(crate) fn spawn_sealing(params: SealingParams<'_>) -> Result<(), ServiceError> {
    let SealingParams { sealing, client, pool, select_chain, task_manager, registry, telemetry } = params;

    let slot_duration = slot_duration::<AuthorityId, Block, _>(&*client)?;
    let slot_ms = slot_duration.as_millis();
    let inherents_client = client.clone();
    let create_inherent_data_providers = move |parent: Hash, ()| {
        let client = inherents_client.clone();
        async move {
            let header = client.header(parent)?.ok_or_else(|| format!("no header of block {parent}"))?;
            let slot = next_slot(slot_of(&header)?, unix_time_ms()?, slot_ms);
            // Only the timestamp: manual seal compares the number of inherent data items with that of the block's
            // extrinsics to find out whether a block would be empty.
            Ok(sp_timestamp::InherentDataProvider::new(slot.saturating_mul(slot_ms).into()))
        }
    };

    let env = sc_basic_authorship::ProposerFactory::new(
        task_manager.spawn_handle(),
        client.clone(),
        pool.clone(),
        registry,
        telemetry.map(|telemetry| telemetry.handle()),
    );
    let commands_stream = commands(sealing, pool.clone(), task_manager.spawn_handle());
    let seal = run_manual_seal(ManualSealParams {
        block_import: client.clone(),
        env,
        client: client.clone(),
        pool,
        commands_stream,
        select_chain,
        consensus_data_provider: Some(Box::new(AuraConsensusDataProvider::new_with_slot_duration(
            slot_duration,
        ))),
        create_inherent_data_providers,
    });
    task_manager.spawn_essential_handle().spawn_blocking("dev-seal", Some("block-authoring"), seal);

    match sealing {
        Sealing::Instant => log::info!(target: LOG_TARGET, "A block as soon as there is a transaction"),
        Sealing::Every(interval) => {
            log::info!(target: LOG_TARGET, "A block every {} ms", interval.as_millis())
        }
    }
    Ok(())
}

/// The orders to make a block, when `sealing` wants one.
fn commands(
    sealing: Sealing,
    pool: Arc<FullPool>,
    spawner: SpawnTaskHandle,
) -> impl Stream<Item = EngineCommand<Hash>> + Unpin {
    let (wakes, create_empty) = match sealing {
        Sealing::Every(interval) => (ticks(interval).boxed(), true),
        Sealing::Instant => {
            let arrivals = pool.import_notification_stream().map(|_| ());
            // A transaction can outlive its notification: when its block was full, or when the notification came
            // while the pool was changing over to a new block.
            let left_over =
                ticks(LEFT_OVER_INTERVAL).filter(move |()| future::ready(pool.status().ready > 0));
            (stream::select(arrivals, left_over).boxed(), false)
        }
    };
    wakes.map(move |()| {
        let (sender, outcome) = oneshot::channel();
        spawner.spawn("dev-seal-outcome", Some("block-authoring"), async move {
            match outcome.await {
                // The second of two transactions that share a block wakes us for nothing.
                Ok(Ok(_)) | Ok(Err(SealError::EmptyTransactionPool)) | Err(oneshot::Canceled) => (),
                Ok(Err(error)) => log::error!(target: LOG_TARGET, "No block was made: {error}"),
            }
        });
        EngineCommand::SealNewBlock { create_empty, finalize: true, parent_hash: None, sender: Some(sender) }
    })
}

/// Something every `interval`, the first one after it. Ticks that come too late are left out, not made up for.
fn ticks(interval: Duration) -> impl Stream<Item = ()> + Send {
    let mut timer = tokio::time::interval_at(tokio::time::Instant::now() + interval, interval);
    timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    stream::unfold(timer, |mut timer| async move {
        timer.tick().await;
        Some(((), timer))
    })
}

/// The slot of the block with this header; 0 for genesis.
fn slot_of(header: &Header) -> Result<u64, String> {
    find_pre_digest::<Block, AuthoritySignature>(header)
        .map(u64::from)
        .map_err(|error| format!("block {} has no slot: {error}", header.number))
}

/// The slot of the next block: the current one, unless its parent already has that or a later one.
fn next_slot(parent_slot: u64, now_ms: u64, slot_ms: u64) -> u64 {
    let current = now_ms.checked_div(slot_ms).unwrap_or(0);
    current.max(parent_slot.saturating_add(1))
}

/// The real clock, in milliseconds since 1970.
fn unix_time_ms() -> Result<u64, String> {
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(|error| format!("the system's clock is set before 1970: {error}"))?;
    u64::try_from(elapsed.as_millis())
        .map_err(|error| format!("the system's clock is too far ahead: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_follow_the_clock_and_never_repeat() {
        // Genesis has slot 0, so the first block is now.
        assert_eq!(next_slot(0, 1_700_000_000_123, 2), 850_000_000_061);
        // Within the parent's slot, the next one must do.
        assert_eq!(next_slot(850_000_000_061, 1_700_000_000_123, 2), 850_000_000_062);
        // Once the clock has moved on, it leads.
        assert_eq!(next_slot(850_000_000_061, 1_700_000_000_200, 2), 850_000_000_100);
        // A clock set back does not take the chain back.
        assert_eq!(next_slot(850_000_000_061, 5, 2), 850_000_000_062);
        assert_eq!(next_slot(u64::MAX, 5, 0), u64::MAX);
    }

    #[test]
    fn an_isolated_node_listens_on_loopback_and_has_no_peers() {
        let mut network = NetworkConfiguration::new_local();
        network.listen_addresses = vec!["/ip4/0.0.0.0/tcp/30333".parse().expect("a literal")];
        isolate(&mut network);
        let addresses: Vec<String> = network.listen_addresses.iter().map(ToString::to_string).collect();
        assert_eq!(addresses, ["/ip4/127.0.0.1/tcp/0"]);
        assert_eq!((network.default_peers_set.in_peers, network.default_peers_set.out_peers), (0, 0));
        assert_eq!(network.default_peers_set.non_reserved_mode, NonReservedPeerMode::Deny);
    }
}
