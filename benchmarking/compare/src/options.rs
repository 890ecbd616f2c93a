// SPDX-License-Identifier: Apache-2.0
//! The command line.

use std::path::PathBuf;

pub(crate) const USAGE: &str =
    "usage: revive-vm-compare vm|wall|linker [--json FILE] [--plots DIR] [--blobs DIR] [--elfs DIR] [--rounds N] [--only NAME]
                                    [--backends NAMES]

Compares our engines with other virtual machines, and our linker with another; `cargo xtask compare` builds what it needs
first.
  --json FILE    write everything that was measured to this file
  --plots DIR    where to put the plots (default: beside FILE, or none)
  --blobs DIR    compare on these blobs (exports `initialize` and `run`) instead of the suite
  --elfs DIR     link these ELF files instead of the suite's
  --suite DIR    where the suite's programs are (default: contracts/build/bench, in the root of the checkout)
  --rounds N     rounds of measurement (default 100)
  --only NAME    just this workload
  --backends NAMES
                 just these back ends, by the names that the output has, separated by commas; the bounds of the others
                 count as missed";

/// What was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// Where to write JSON.
    pub(crate) json: Option<PathBuf>,
    /// Where to write plots.
    pub(crate) plots: Option<PathBuf>,
    /// A folder of blobs to take instead of the suite.
    pub(crate) blobs: Option<PathBuf>,
    /// The folder of the ELF files.
    pub(crate) elfs: PathBuf,
    /// The folder of the suite's programs.
    pub(crate) suite: PathBuf,
    /// Rounds of measurement.
    pub(crate) rounds: usize,
    /// The only workload to measure.
    pub(crate) only: Option<String>,
    /// The only back ends to measure.
    pub(crate) backends: Option<Vec<String>>,
}

impl Options {
    /// The comparison's name and its options.
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<(String, Self), String> {
        let comparison = args.next().ok_or("say what to compare")?;
        let mut options = Self {
            json: None,
            plots: None,
            blobs: None,
            elfs: "contracts/build/elf".into(),
            suite: "contracts/build/bench".into(),
            rounds: 100,
            only: None,
            backends: None,
        };
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or(format!("{arg} needs a value"));
            match arg.as_str() {
                "--json" => options.json = Some(value()?.into()),
                "--plots" => options.plots = Some(value()?.into()),
                "--blobs" => options.blobs = Some(value()?.into()),
                "--elfs" => options.elfs = value()?.into(),
                "--suite" => options.suite = value()?.into(),
                "--only" => options.only = Some(value()?),
                "--backends" => options.backends = Some(value()?.split(',').map(str::to_owned).collect()),
                "--rounds" => {
                    let text = value()?;
                    options.rounds = text
                        .parse()
                        .ok()
                        .filter(|rounds| *rounds > 0)
                        .ok_or(format!("--rounds takes a number above 0, not `{text}`"))?;
                }
                _ => return Err(format!("unknown option `{arg}`")),
            }
        }
        Ok((comparison, options))
    }
}
