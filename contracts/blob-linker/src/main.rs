// SPDX-License-Identifier: Apache-2.0
//! Turns the ELF file of a guest program into a blob.
//!
//! A thin front of `toolchain/linker` for the guest programs of this repository. `revive-vm link` does the same and more, but
//! brings a node's client with it, which would have to be compiled before any contract.

#![forbid(unsafe_code)]

use std::{env, fs, process::ExitCode};

use revive_vm_linker::{link, Isa, Options};
use revive_vm_primitives::InstructionSet;

const USAGE: &str = "usage: blob-linker --isa NAME [--keep-debug-info] INPUT.elf OUTPUT.polkavm";

fn main() -> ExitCode {
    match run(env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("blob-linker: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<(), String> {
    let mut options = Options { strip: true, ..Options::default() };
    let mut isa = None;
    let mut paths = Vec::new();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--isa" => {
                let name = arguments.next().unwrap_or_default();
                let known = InstructionSet::from_name(&name);
                isa = Some(known.ok_or_else(|| format!("unknown instruction set `{name}`\n{USAGE}"))?);
            }
            "--keep-debug-info" => options.strip = false,
            _ => paths.push(argument),
        }
    }
    let (Some(isa), [input, output]) = (isa, paths.as_slice()) else {
        return Err(USAGE.into());
    };
    options.isa = Isa::Exactly(isa);

    let elf = fs::read(input).map_err(|error| format!("cannot read {input}: {error}"))?;
    let linked = link(&elf, &options).map_err(|error| {
        let advice = error.advice().map(|advice| format!("; {advice}")).unwrap_or_default();
        format!("cannot link {input}: {error}{advice}")
    })?;
    for warning in &linked.warnings {
        eprintln!("blob-linker: {input}: {warning}");
    }
    fs::write(output, &linked.blob).map_err(|error| format!("cannot write {output}: {error}"))?;
    println!("{output}: {} bytes", linked.blob.len());
    Ok(())
}
