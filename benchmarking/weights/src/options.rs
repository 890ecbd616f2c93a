// SPDX-License-Identifier: Apache-2.0
//! The command line.

use std::path::PathBuf;

pub(crate) const USAGE: &str =
    "usage: revive-vm-weights generate --runtime FILE --template FILE --output FILE --carrier NAME
                         [--results FILE] [--only NAME] [--steps N] [--repeat N]
       revive-vm-weights check --runtimes DIR [--only NAME] [--rounds N]

`cargo xtask weights` builds what they need first.
  --runtime FILE   a wasm runtime with the pallet's benchmarks
  --template FILE  the Handlebars template of the weights
  --output FILE    the file to write
  --carrier NAME   where the runtime's contracts run, for the file's header
  --results FILE   what was measured so far; measured again only where --only says so
  --only NAME      just the benchmarks, or programs, whose name contains this
  --steps N        values of each component (default 50)
  --repeat N       samples at each of them (default 20)
  --runtimes DIR   where check-node.wasm and check-runtime.wasm are
  --rounds N       samples of each program (default 20)";

/// What was asked for.
#[derive(Debug, Clone)]
pub(crate) enum Options {
    Generate(Generate),
    Check(Check),
}

/// Options of `generate`.
#[derive(Debug, Clone)]
pub(crate) struct Generate {
    pub(crate) runtime: PathBuf,
    pub(crate) template: PathBuf,
    pub(crate) output: PathBuf,
    pub(crate) carrier: String,
    pub(crate) results: Option<PathBuf>,
    pub(crate) only: Option<String>,
    pub(crate) steps: u32,
    pub(crate) repeat: u32,
}

/// Options of `check`.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    pub(crate) runtimes: PathBuf,
    pub(crate) only: Option<String>,
    pub(crate) rounds: u32,
}

impl Options {
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let command = args.next().ok_or("a command is missing")?;
        let (mut runtime, mut template, mut output, mut carrier) = (None, None, None, None);
        let (mut results, mut only, mut runtimes) = (None, None, None);
        let (mut steps, mut repeat, mut rounds) = (50, 20, 20);
        while let Some(arg) = args.next() {
            let value = args.next().ok_or(format!("{arg} needs a value"))?;
            let number = || {
                let number = value.parse().ok().filter(|number| *number > 0);
                number.ok_or(format!("{arg} takes a number above 0, not `{value}`"))
            };
            match arg.as_str() {
                "--runtime" => runtime = Some(value.into()),
                "--template" => template = Some(value.into()),
                "--output" => output = Some(value.into()),
                "--carrier" => carrier = Some(value),
                "--results" => results = Some(value.into()),
                "--only" => only = Some(value),
                "--runtimes" => runtimes = Some(value.into()),
                "--steps" => steps = number()?,
                "--repeat" => repeat = number()?,
                "--rounds" => rounds = number()?,
                _ => return Err(format!("unknown option `{arg}`")),
            }
        }
        match command.as_str() {
            "generate" if steps < 2 => Err("a line needs two steps".into()),
            "generate" => Ok(Self::Generate(Generate {
                runtime: runtime.ok_or("--runtime is missing")?,
                template: template.ok_or("--template is missing")?,
                output: output.ok_or("--output is missing")?,
                carrier: carrier.ok_or("--carrier is missing")?,
                results,
                only,
                steps,
                repeat,
            })),
            "check" => {
                Ok(Self::Check(Check { runtimes: runtimes.ok_or("--runtimes is missing")?, only, rounds }))
            }
            other => Err(format!("unknown command `{other}`")),
        }
    }
}
