// SPDX-License-Identifier: Apache-2.0
//! Runs what the command line asks for.

use std::{path::PathBuf, sync::Arc, time::Duration};

use revive_vm_runtime::{opaque::Block, Hash};
use sc_cli::SubstrateCli;
use sc_network::config::NetworkBackendType;
use sc_service::{Configuration, PartialComponents};

use crate::{
    chain_spec,
    cli::{Cli, Subcommand},
    dev::{self, Sealing},
    executor::Gate,
    service,
};

impl SubstrateCli for Cli {
    fn impl_name() -> String {
        "revive-vm node".into()
    }

    fn impl_version() -> String {
        env!("SUBSTRATE_CLI_IMPL_VERSION").into()
    }

    fn description() -> String {
        env!("CARGO_PKG_DESCRIPTION").into()
    }

    fn author() -> String {
        env!("CARGO_PKG_AUTHORS").into()
    }

    fn support_url() -> String {
        concat!(env!("CARGO_PKG_REPOSITORY"), "/issues").into()
    }

    fn copyright_start_year() -> i32 {
        2026
    }

    fn load_spec(&self, id: &str) -> Result<Box<dyn sc_service::ChainSpec>, String> {
        Ok(match id {
            "dev" => Box::new(chain_spec::development()?),
            "" | "local" => Box::new(chain_spec::local()?),
            path => Box::new(chain_spec::ChainSpec::from_json_file(PathBuf::from(path))?),
        })
    }
}

/// Parses the command line and runs it to its end.
pub(crate) fn run() -> sc_cli::Result<()> {
    let cli = Cli::from_args();

    match &cli.subcommand {
        None => {
            let runner = cli.create_runner(&cli.run)?;
            let block_time = cli.dev_block_time.map(|ms| Duration::from_millis(ms.get()));
            runner.run_node_until_exit(|config| async move {
                // A development chain has nothing to protect.
                let gate = cli.vm.configure(config.role.is_authority() && !dev::is_development(&config))?;
                start(config, block_time, Arc::new(gate))
            })
        }
        Some(Subcommand::Key(cmd)) => cmd.run(&cli),
        Some(Subcommand::ExportChainSpec(cmd)) => cmd.run(cli.load_spec(&cmd.chain)?),
        Some(Subcommand::CheckBlock(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
            cli.vm.configure(false)?;
            let PartialComponents { client, task_manager, import_queue, .. } =
                service::new_partial(&config, Default::default())?;
            Ok((cmd.run(client, import_queue), task_manager))
        }),
        Some(Subcommand::ExportBlocks(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
            let PartialComponents { client, task_manager, .. } =
                service::new_partial(&config, Default::default())?;
            Ok((cmd.run(client, config.database), task_manager))
        }),
        Some(Subcommand::ExportState(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
            let PartialComponents { client, task_manager, .. } =
                service::new_partial(&config, Default::default())?;
            Ok((cmd.run(client, config.chain_spec), task_manager))
        }),
        Some(Subcommand::ImportBlocks(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
            cli.vm.configure(false)?;
            let PartialComponents { client, task_manager, import_queue, .. } =
                service::new_partial(&config, Default::default())?;
            Ok((cmd.run(client, import_queue), task_manager))
        }),
        Some(Subcommand::PurgeChain(cmd)) => {
            cli.create_runner(cmd)?.sync_run(|config| cmd.run(config.database))
        }
        Some(Subcommand::Revert(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
            let PartialComponents { client, task_manager, backend, .. } =
                service::new_partial(&config, Default::default())?;
            let aux_revert = Box::new(|client, _, blocks| {
                sc_consensus_grandpa::revert(client, blocks)?;
                Ok(())
            });
            Ok((cmd.run(client, backend, Some(aux_revert)), task_manager))
        }),
        #[cfg(feature = "benchmark")]
        Some(Subcommand::Benchmark(cmd)) => cli.create_runner(cmd)?.sync_run(|config| {
            cli.vm.configure(false)?;
            crate::benchmarking::run(cmd, config)
        }),
        #[cfg(not(feature = "benchmark"))]
        Some(Subcommand::Benchmark(_)) => Err(sc_cli::Error::Input(
            "this node was built without benchmarks; build it again with `--features runtime-benchmarks`"
                .into(),
        )),
        Some(Subcommand::ChainInfo(cmd)) => {
            cli.create_runner(cmd)?.sync_run(|config| cmd.run::<Block>(&config))
        }
    }
}

/// Starts the node, whose blocks come every `block_time` if one is given.
fn start(
    config: Configuration,
    block_time: Option<Duration>,
    gate: Arc<Gate>,
) -> sc_cli::Result<sc_service::TaskManager> {
    let sealing = match block_time {
        None => Sealing::Instant,
        Some(interval) if dev::is_development(&config) => Sealing::Every(interval),
        Some(_) => {
            return Err(sc_cli::Error::Input(format!(
                "--dev-block-time sets the pace of a development chain, but \"{}\" is not one: its blocks come with \
                 the slots that its genesis defines. Add --dev, or leave --dev-block-time out.",
                config.chain_spec.id(),
            )))
        },
    };
    match config.network.network_backend {
        NetworkBackendType::Libp2p => {
            service::new_full::<sc_network::NetworkWorker<Block, Hash>>(config, sealing, gate)
        }
        NetworkBackendType::Litep2p => {
            service::new_full::<sc_network::Litep2pNetworkBackend>(config, sealing, gate)
        }
    }
    .map_err(sc_cli::Error::Service)
}
