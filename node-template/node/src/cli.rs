// SPDX-License-Identifier: Apache-2.0
//! The command line's shape.

use std::num::NonZeroU64;

use crate::vm::VmOptions;

/// A node whose chain runs contracts.
///
/// `--dev` starts a chain for one developer: a block as soon as there is a transaction, well-known accounts with
/// funds, state that is deleted at the end, RPC on ws://127.0.0.1:9944.
#[derive(Debug, clap::Parser)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) subcommand: Option<Subcommand>,

    #[clap(flatten)]
    pub(crate) run: sc_cli::RunCmd,

    /// Make a development chain's blocks at this interval, empty ones too, instead of one per transaction.
    #[arg(long, value_name = "MS")]
    pub(crate) dev_block_time: Option<NonZeroU64>,

    #[clap(flatten)]
    pub(crate) vm: VmOptions,
}

#[derive(Debug, clap::Subcommand)]
#[allow(clippy::large_enum_variant, reason = "parsed once")]
pub(crate) enum Subcommand {
    /// Manage keys.
    #[command(subcommand)]
    Key(sc_cli::KeySubcommand),

    /// Export the chain specification.
    ExportChainSpec(sc_cli::ExportChainSpecCmd),

    /// Validate blocks.
    CheckBlock(sc_cli::CheckBlockCmd),

    /// Export blocks.
    ExportBlocks(sc_cli::ExportBlocksCmd),

    /// Export the state of a block as a chain specification.
    ExportState(sc_cli::ExportStateCmd),

    /// Import blocks.
    ImportBlocks(sc_cli::ImportBlocksCmd),

    /// Remove the whole chain.
    PurgeChain(sc_cli::PurgeChainCmd),

    /// Revert the chain to an earlier state.
    Revert(sc_cli::RevertCmd),

    /// Measure the runtime, the database and the machine.
    #[cfg(feature = "benchmark")]
    #[command(subcommand)]
    Benchmark(frame_benchmarking_cli::BenchmarkCmd),

    /// Measure the runtime, the database and the machine (not in this build).
    #[cfg(not(feature = "benchmark"))]
    Benchmark(NoBenchmark),

    /// Print the database's meta columns.
    ChainInfo(sc_cli::ChainInfoCmd),
}

/// What `benchmark` takes where it is not built in: anything.
#[cfg(not(feature = "benchmark"))]
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct NoBenchmark {
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    _arguments: Vec<String>,
}
