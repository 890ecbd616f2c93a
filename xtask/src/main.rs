// SPDX-License-Identifier: Apache-2.0
//! `cargo xtask`: set-up, demo, tests and the stages of continuous integration.
//!
//! Every command prints what it runs, so that each step can be repeated by hand. What to read next: [`setup`] for
//! the two toolchain roads, [`contracts`] for how guest programs are built, [`stages`] for what a test run is.

#![forbid(unsafe_code)]

mod clang;
mod client;
mod compare;
mod contracts;
mod demo;
mod fuzz;
mod matrix;
mod node;
mod road;
mod run;
mod setup;
mod stages;
mod table;
mod weights;
mod workspace;

use std::{env, process::ExitCode};

use run::{Progress, Result};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  setup                          install what the build needs; says what and why, can be run twice
  demo [--keep]                  build everything, start a dev node, deploy two contracts, check what they do;
                                 --keep leaves the node running
  test                           every stage of continuous integration, in order
  ci STAGE [STAGE..]             single stages; `ci list` names them
  contracts                      build the guest programs into contracts/build
  vectors DIR [--engine NAME] [--gas-model NAME]
                                 run a folder of test vectors
  fuzz TARGET [--count N] [--seed S] [--replay FILE]
                                 run a fuzz target; `fuzz list` names them
  matrix [--quick] [--only NAME]  compile guests in Rust and C at every setting, link them at every level, run them on
                                 both engines; fails unless all do what the native programs do
  mutants                        put bugs into the virtual machine, one at a time: each must be caught
  compare vm|wall [--json FILE] [--blobs DIR] [--rounds N] [--only NAME] [--no-wasm]
                                 measure our engines against other virtual machines; fails unless all bounds are
                                 met; `--no-wasm` leaves out the engines that take most of the build's time
  compare linker [--json FILE] [--elfs DIR] [--rounds N] [--only NAME]
                                 measure our linker against polkavm-linker, likewise
  compare pallet [--json FILE] [--rounds N] [--only NAME]
                                 measure our pallet against pallet-revive, likewise
  weights generate [--only NAME] [--steps N] [--repeat N]
                                 measure the pallet's benchmarks on both carriers and write its weights
  weights check [--only NAME] [--rounds N]
                                 run what takes the most time for its gas; fails if it takes more than it pays for

environment: CARGO_TARGET_DIR      where cargo builds (default: target)
             REVIVE_VM_ROAD        rustup | debian: force the toolchain road
             REVIVE_VM_VECTORS     the folder of test vectors for `test`";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[&str]) -> Result<()> {
    match arguments {
        // Before anything is built. The fuzz runner has a usage of its own.
        ["help" | "--help" | "-h"] | ["compare" | "matrix" | "weights", .., "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        ["setup"] => setup::setup(&Progress::start()).map(drop),
        ["demo"] => demo::demo(false),
        ["demo", "--keep"] => demo::demo(true),
        ["test"] => stages::test(),
        ["ci", "list"] => {
            stages::list();
            Ok(())
        }
        ["ci", names @ ..] if !names.is_empty() => stages::run_named(names),
        ["contracts"] => {
            let progress = Progress::start();
            let road = setup::setup(&progress)?;
            contracts::build(&progress, road)
        }
        ["matrix", arguments @ ..] => matrix::matrix(arguments),
        ["mutants"] => fuzz::mutants(),
        ["fuzz", rest @ ..] if !rest.is_empty() => fuzz::fuzz(rest),
        ["vectors", folder, rest @ ..] => stages::vectors(folder, rest),
        ["compare", arguments @ ..] => compare::compare(arguments),
        ["weights", arguments @ ..] => weights::weights(arguments),
        _ => Err(format!("unknown command {:?}\n{USAGE}", arguments.join(" "))),
    }
}
