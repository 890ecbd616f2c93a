// SPDX-License-Identifier: Apache-2.0
//! Turns the ELF file of a guest program into a blob.
//!
//! A thin front of an existing linker library. It is a build tool of the guest programs only, until the
//! project's own linker takes its place, and is kept out of the workspace for that reason.

#![forbid(unsafe_code)]

use std::{env, fs, process::ExitCode};

use polkavm_linker::{program_from_elf, Config, TargetInstructionSet};

const USAGE: &str =
    "usage: blob-linker --isa revive_v1|latest64|jam_v1 [--keep-debug-info] INPUT.elf OUTPUT.polkavm";

fn main() -> ExitCode {
    match run(env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("blob-linker: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: impl Iterator<Item = String>) -> Result<(), String> {
    let mut arguments = arguments;
    let mut isa = None;
    let mut strip = true;
    let mut paths = Vec::new();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--isa" => {
                isa = Some(match arguments.next().as_deref() {
                    Some("revive_v1") => TargetInstructionSet::ReviveV1,
                    // The ELF decides between 32 and 64 bits.
                    Some("latest32" | "latest64") => TargetInstructionSet::Latest,
                    Some("jam_v1") => TargetInstructionSet::JamV1,
                    other => return Err(format!("unknown instruction set {other:?}\n{USAGE}")),
                })
            }
            "--keep-debug-info" => strip = false,
            _ => paths.push(argument),
        }
    }
    let (Some(isa), [input, output]) = (isa, paths.as_slice()) else {
        return Err(USAGE.into());
    };

    let elf = fs::read(input).map_err(|error| format!("cannot read {input}: {error}"))?;
    let mut config = Config::default();
    config.set_strip(strip).set_optimize(true);
    let blob =
        program_from_elf(config, isa, &elf).map_err(|error| format!("cannot link {input}: {error}"))?;
    fs::write(output, &blob).map_err(|error| format!("cannot write {output}: {error}"))?;
    println!("{output}: {} bytes", blob.len());
    Ok(())
}
