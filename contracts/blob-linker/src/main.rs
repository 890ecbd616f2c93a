// SPDX-License-Identifier: Apache-2.0
//! Turns the ELF file of a guest program into a blob.
//!
//! A thin front of `toolchain/linker` for the guest programs of this repository. `revive-vm link` does the same and more, but
//! brings a node's client with it, which would have to be compiled before any contract. The ABI that a contract carries is
//! written beside the blob.

#![forbid(unsafe_code)]

use std::{env, fs, path::Path, process::ExitCode};

use revive_vm_linker::{abi_entries, abi_file, abi_path, link, Isa, LinkError, Options};
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
    let failed = |error: LinkError| {
        let advice = error.advice().map(|advice| format!("; {advice}")).unwrap_or_default();
        format!("cannot link {input}: {error}{advice}")
    };
    let linked = link(&elf, &options).map_err(failed)?;
    let abi = abi_entries(&elf).map_err(failed)?;
    for warning in &linked.warnings {
        eprintln!("blob-linker: {input}: {warning}");
    }
    write(output, &linked.blob)?;
    println!("{output}: {} bytes", linked.blob.len());
    if !abi.is_empty() {
        let path = abi_path(Path::new(output)).display().to_string();
        write(&path, abi_file(&abi).as_bytes())?;
        println!("{path}: {} entries", abi.len());
    }
    Ok(())
}

fn write(path: &str, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).map_err(|error| format!("cannot write {path}: {error}"))
}
