// SPDX-License-Identifier: Apache-2.0
//! The command line.

use std::path::PathBuf;

pub(crate) const USAGE: &str =
    "usage: revive-vm-compare-pallet --runtimes DIR --contracts DIR [--json FILE] [--rounds N] [--only NAME]

Compares our contracts pallet with pallet-revive; `cargo xtask compare pallet` builds what it needs first.
  --runtimes DIR   where ours.wasm and theirs.wasm are
  --contracts DIR  where erc20.polkavm and bench/work.polkavm are
  --json FILE      write everything that was measured to this file
  --rounds N       rounds of measurement (default 20)
  --only NAME      just the workloads whose name contains this";

/// What was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// The folder of the runtimes.
    pub(crate) runtimes: PathBuf,
    /// The folder of the contracts.
    pub(crate) contracts: PathBuf,
    /// Where to write JSON.
    pub(crate) json: Option<PathBuf>,
    /// Rounds of measurement.
    pub(crate) rounds: usize,
    /// A part of the names of the workloads to measure.
    pub(crate) only: Option<String>,
}

impl Options {
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut runtimes, mut contracts, mut json, mut only, mut rounds) = (None, None, None, None, 20);
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or(format!("{arg} needs a value"));
            match arg.as_str() {
                "--runtimes" => runtimes = Some(value()?.into()),
                "--contracts" => contracts = Some(value()?.into()),
                "--json" => json = Some(value()?.into()),
                "--only" => only = Some(value()?),
                "--rounds" => {
                    let text = value()?;
                    rounds = text
                        .parse()
                        .ok()
                        .filter(|rounds| *rounds > 0)
                        .ok_or(format!("--rounds takes a number above 0, not `{text}`"))?;
                }
                _ => return Err(format!("unknown option `{arg}`")),
            }
        }
        Ok(Self {
            runtimes: runtimes.ok_or("--runtimes is missing")?,
            contracts: contracts.ok_or("--contracts is missing")?,
            json,
            rounds,
            only,
        })
    }
}
