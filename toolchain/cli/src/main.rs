// SPDX-License-Identifier: Apache-2.0
//! The `revive-vm` command: inspects, disassembles and runs contracts without a chain, and uploads, creates and calls
//! them on a node.
//!
//! Arguments are defined in [`args`], each command is a module of [`commands`]; [`chain`] is the node's client, [`abi`]
//! the Solidity ABI, [`call_trace`] the text of a trace from a node, [`recorded`] what is run again of it, [`replay`] its frames run again here, [`local_run`] a run without a chain, [`trace`] the text of its steps, [`profile`] where its gas went, [`terminal`] the debugger's,
//! [`guest`] how a contract in Rust is compiled.
//! Results go to standard output, as text or with `--json` as one document; errors, advice and log lines (see `RUST_LOG`)
//! go to standard error.

#![forbid(unsafe_code)]

/// Prints a line to standard error: what goes wrong there is nothing that anybody could be told.
macro_rules! tell {
    ($($text:tt)*) => {
        $crate::output::tell(format_args!($($text)*))
    };
}

mod abi;
mod abi_bounds;
mod args;
mod blob_file;
mod call_trace;
mod chain;
mod commands;
mod console;
mod elf_file;
mod error;
mod guest;
mod host_signatures;
mod input_file;
mod local_run;
mod output;
mod output_file;
mod profile;
mod recorded;
mod replay;
mod terminal;
mod trace;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn")).init();
    let cli = args::Cli::parse();
    match commands::dispatch(cli) {
        Ok(outcome) => ExitCode::from(outcome.exit_code()),
        Err(error) => {
            tell!("error: {error}");
            if let Some(advice) = error.advice() {
                tell!("hint: {advice}");
            }
            ExitCode::from(error.exit_code())
        }
    }
}
