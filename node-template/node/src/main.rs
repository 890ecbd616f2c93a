// SPDX-License-Identifier: Apache-2.0
//! A node whose chain runs contracts: the ecosystem's solo-chain template with our host functions and a
//! development mode that seals blocks instantly.
//!
//! What differs from that template is listed in `node-template/README.md`.

#![forbid(unsafe_code)]

mod benchmarking;
mod chain_spec;
mod cli;
mod command;
mod dev;
mod rpc;
mod service;

fn main() -> sc_cli::Result<()> {
    command::run()
}
