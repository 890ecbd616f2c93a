// SPDX-License-Identifier: Apache-2.0
//! The command line of `debug`.

use std::path::PathBuf;

use clap::Args;

use super::{GuestTerms, SubjectArgs};

/// Arguments of `debug`.
#[derive(Clone, Debug, Args)]
pub(crate) struct DebugArgs {
    /// BLOB EXPORT NUMBER…: an export to run here, with numbers for the registers a0 to a5, t0, t1, t2. With --contract:
    /// the function to call and its arguments.
    #[arg(value_name = "WORD", allow_negative_numbers = true)]
    pub(crate) words: Vec<String>,
    #[command(flatten)]
    pub(crate) terms: GuestTerms,
    /// Carry out this command and end, instead of asking for commands. Can be given several times.
    #[arg(short = 'c', long = "command", value_name = "COMMAND", conflicts_with = "dap")]
    pub(crate) commands: Vec<String>,
    /// Look for source files in this folder too, by as much of the end of their path as fits.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) source_root: Option<PathBuf>,
    /// Speak the debug adapter protocol over standard input and output, for editors. They say what to run.
    #[arg(long, conflicts_with_all = ["words", "contract", "block", "source_root"])]
    pub(crate) dap: bool,
    /// Debug a call of this contract on the node's chain, with all that it calls; nothing is submitted. A blob, or a code hash, in place
    /// of the address: an instantiation of it.
    #[arg(long, value_name = "0xADDRESS|BLOB|0xCODEHASH", help_heading = "Node")]
    pub(crate) contract: Option<String>,
    /// Debug a transaction of this block, by its hash or number, instead of running something new.
    #[arg(long, value_name = "0xHASH|NUMBER", requires = "index", conflicts_with_all = ["words", "contract"], help_heading = "Node")]
    pub(crate) block: Option<String>,
    /// Which transaction of the block, from 0.
    #[arg(long, value_name = "N", requires = "block", help_heading = "Node")]
    pub(crate) index: Option<u32>,
    /// For code on a chain: a blob that was not stripped of its debug info. Several times for several contracts.
    #[arg(long, value_name = "FILE", help_heading = "Node")]
    pub(crate) blob: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) subject: SubjectArgs,
}
