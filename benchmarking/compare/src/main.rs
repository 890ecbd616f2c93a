// SPDX-License-Identifier: Apache-2.0
//! Ratios of our engines against other virtual machines, measured in one run.
//!
//! Each comparison is a module: it measures, prints tables and ends with its bounds. What they share, from samples to bound lines, is
//! in `revive-vm-measure`; [`report`] writes JSON and plots. [`vm`] compares the speed of execution, [`wall`] what the
//! wall around guest code costs, [`linker`] what our linker makes of ELF files.
//!
//! Exit status: 0 if all bounds are met; 1 if one is missed or nothing could be measured; 2 if the command line is wrong.

#![forbid(unsafe_code)]

mod linker;
mod options;
mod report;
mod vm;
mod wall;

use std::process::ExitCode;

use options::Options;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        println!("{}", options::USAGE);
        return ExitCode::SUCCESS;
    }
    let (comparison, options) = match Options::parse(arguments.into_iter()) {
        Ok(parsed) => parsed,
        Err(error) => {
            eprintln!("error: {error}\n\n{}", options::USAGE);
            return ExitCode::from(2);
        }
    };
    let outcome = match comparison.as_str() {
        "linker" => linker::compare(&options),
        "vm" => vm::compare(&options),
        "wall" => wall::compare(&options),
        other => {
            eprintln!("error: there is no comparison `{other}`\n\n{}", options::USAGE);
            return ExitCode::from(2);
        }
    };
    match outcome.and_then(|report| report.finish(&options)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
