// SPDX-License-Identifier: Apache-2.0
//! A node whose chain runs contracts: the ecosystem's solo-chain template with our host functions and a
//! development mode that seals blocks instantly.
//!
//! What differs from that template is listed in `node-template/README.md`.

#![forbid(unsafe_code)]
#![allow(
    clippy::result_large_err,
    reason = "the size of the framework's own error, which is made once in a run"
)]

#[cfg(feature = "benchmark")]
mod benchmarking;
mod chain_spec;
mod cli;
mod command;
mod dev;
mod executor;
mod metrics;
mod rpc;
mod service;
mod vm;

use std::process::ExitCode;

fn main() -> ExitCode {
    match command::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Not returned from here: that would print the value as Rust code.
            eprintln!("Error: {error}");
            ExitCode::FAILURE
        }
    }
}
