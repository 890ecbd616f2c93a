// SPDX-License-Identifier: Apache-2.0
//! Where the prices of the contracts pallet come from, and whether they are enough.
//!
//! `generate` runs the benchmarks of the pallet in a wasm runtime, under the executor of a node, and writes the weights; it is what
//! `revive-vm-node benchmark pallet` does, for one pallet and without the node's dependencies. `check` runs programs that take as
//! long as gas can be made to take, and compares the time with what they are charged, on each carrier.
//!
//! Exit status: 0 if all was written, or if nothing took longer than it paid for; 1 otherwise; 2 if the command line is wrong.

#![forbid(unsafe_code)]

mod bench;
mod check;
mod generate;
mod options;
#[path = "../../compare-pallet/src/runtime.rs"]
mod runtime;

use options::Options;
use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = match Options::parse(std::env::args().skip(1)) {
        Ok(Options::Generate(options)) => generate::generate(&options).map(|()| true),
        Ok(Options::Check(options)) => check::check(&options),
        Err(error) => {
            eprintln!("error: {error}\n\n{}", options::USAGE);
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
