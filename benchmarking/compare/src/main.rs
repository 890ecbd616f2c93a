// SPDX-License-Identifier: Apache-2.0
//! Ratios of our engines against other virtual machines, measured in one run.
//!
//! `revive-vm-compare vm` runs every workload of the suite in our interpreter and in that of the `polkavm` crate, in
//! turn, so that whatever else the machine does hits both. It prints medians and their ratio, how many times faster
//! ours is, with metering of gas on both sides and without it on both sides.
//!
//! Exit status: 1 if a ratio is below 1, also when it is measured again, or if the machines do not agree on a result or
//! on the gas; 2 if the command line is wrong.

#![forbid(unsafe_code)]

mod backends;
mod measure;
mod wall;
mod workloads;

use std::{path::PathBuf, process::ExitCode};

const USAGE: &str = "usage: revive-vm-compare vm [--rounds N] [--blobs DIR] [--only NAME]

Compares our interpreter with that of the polkavm crate on the benchmark suite.
  --rounds N    runs of each workload per machine, of which the median counts (default 31)
  --blobs DIR   where the programs are (default: contracts/build/bench of this checkout)
  --only NAME   just this workload";

struct Options {
    rounds: usize,
    blobs: PathBuf,
    only: Option<String>,
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
    match args.next().as_deref() {
        Some("vm") => (),
        Some(other) => return Err(format!("there is no comparison `{other}`")),
        None => return Err("say what to compare".into()),
    }
    let mut options = Options {
        rounds: 31,
        blobs: PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/build/bench")),
        only: None,
    };
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--rounds" => {
                let text = value()?;
                options.rounds = text
                    .parse()
                    .ok()
                    .filter(|rounds| *rounds > 0)
                    .ok_or(format!("--rounds takes a number above 0, not `{text}`"))?;
            }
            "--blobs" => options.blobs = value()?.into(),
            "--only" => options.only = Some(value()?),
            _ => return Err(format!("unknown option `{arg}`")),
        }
    }
    Ok(options)
}

fn main() -> ExitCode {
    if std::env::args().skip(1).any(|arg| arg == "--help" || arg == "-h") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    if std::env::args().nth(1).as_deref() == Some("wall") {
        return match wall::compare() {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        };
    }
    let options = match parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("error: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match compare(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures and prints. True if nothing is slower than the other machine.
fn compare(options: &Options) -> Result<bool, String> {
    let workloads: Vec<_> = workloads::ALL
        .iter()
        .filter(|workload| options.only.as_ref().is_none_or(|only| only == workload.name))
        .collect();
    if workloads.is_empty() {
        return Err("there is no such workload".into());
    }
    println!("milliseconds, medians of {} runs in turn; ratio above 1: ours is faster\n", options.rounds);
    println!(
        "{:<10}{:>12}{:>12}{:>8}   {:>12}{:>12}{:>8}",
        "workload", "ours", "polkavm", "ratio", "ours, no gas", "polkavm", "ratio"
    );
    let mut slower = Vec::new();
    let mut product = 1.0;
    for workload in &workloads {
        let mut medians = measure::medians(workload, &options.blobs, options.rounds)?;
        if medians.worst_ratio() < 1.0 {
            // Other work on the machine can spoil a median. What is really slower is slower again, over more rounds.
            medians = measure::medians(workload, &options.blobs, 3 * options.rounds)?;
        }
        let (metered, unmetered) = (medians.metered, medians.unmetered);
        println!(
            "{:<10}{:>12.2}{:>12.2}{:>8.2}   {:>12.2}{:>12.2}{:>8.2}",
            workload.name,
            metered.ours_ms,
            metered.theirs_ms,
            metered.ratio(),
            unmetered.ours_ms,
            unmetered.theirs_ms,
            unmetered.ratio(),
        );
        if medians.worst_ratio() < 1.0 {
            slower.push(workload.name);
        }
        product *= metered.ratio();
    }
    println!(
        "\ngeometric mean of the ratios with metering: {:.2}",
        product.powf(1.0 / workloads.len() as f64)
    );
    if slower.is_empty() {
        println!("ours is at least as fast on all {} workloads", workloads.len());
    } else {
        println!("ours is slower on: {}", slower.join(", "));
    }
    Ok(slower.is_empty())
}
