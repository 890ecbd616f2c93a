// SPDX-License-Identifier: Apache-2.0
//! `revive-vm build`: compiles a contract in Rust for the guest target and links it.

use std::{fs, path::Path};

use revive_vm_linker::{abi_file, abi_path, link, Isa, Options, ABI_SECTION};
use revive_vm_primitives::{Blob, InstructionSet};
use serde::Serialize;

use crate::{
    abi::Abi,
    args::{BuildArgs, Global},
    elf_file,
    error::{Error, Outcome, Result},
    guest::{compile, Package, Toolchain},
    output::{self, grouped, hex, keccak_256, Lines},
    output_file,
};

/// The exports that a chain looks for.
const ENTRY_POINTS: [&str; 2] = ["deploy", "call"];

/// Files in a contract's folder that say what it speaks, for contracts whose ELF file does not.
const ABI_FILES: [&str; 2] = ["abi.json", "abi.txt"];

/// What was made; the JSON document is exactly this.
#[derive(Serialize)]
struct Report {
    program: String,
    elf: String,
    blob: String,
    bytes: usize,
    code_bytes: u32,
    code_hash: String,
    instruction_set: &'static str,
    stack_bytes: u32,
    exports: Vec<String>,
    imports: Vec<String>,
    debug_blob: String,
    debug_bytes: usize,
    abi: Option<String>,
    abi_entries: usize,
    warnings: Vec<String>,
}

/// Runs the command.
pub(crate) fn run(global: &Global, args: &BuildArgs) -> Result<Outcome> {
    Package::check_folder(&args.folder)?;
    let toolchain = Toolchain::find(&args.folder)?;
    let package = Package::read(toolchain, &args.folder, args.bin.as_deref())?;
    let elf_path = compile(toolchain, &package, &args.cargo)?;

    let elf = elf_file::read(&elf_path)?;
    let linked = |strip| {
        let isa = Isa::Exactly(InstructionSet::ReviveV1);
        let options = Options { strip, isa, stack_size_min: args.min_stack_size, ..Options::default() };
        link(&elf, &options).map_err(|error| elf_file::not_linked(&elf_path, &error))
    };
    let (stripped, full) = (linked(true)?, linked(false)?);
    let mut warnings = full.warnings;
    let abi = abi(&package.folder, &elf_path, &elf, &mut warnings)?;
    let blob = Blob::parse(&stripped.blob)
        .map_err(|error| Error::new(format!("failed to read the blob back: {error}")))?;
    let exports: Vec<_> = blob.exports().map(|export| output::name(export.name)).collect();
    warnings.extend(missing(&exports));

    let out = args.out.clone().unwrap_or_else(|| match args.folder.to_str() {
        Some(".") => "build".into(),
        _ => args.folder.join("build"),
    });
    fs::create_dir_all(&out)
        .map_err(|error| Error::new(format!("failed to make the folder {}: {error}", out.display())))?;
    let file = |ending: &str| out.join(format!("{}.{ending}", package.program));
    let (blob_path, debug_path) = (file("polkavm"), file("debug.polkavm"));
    output_file::write(&blob_path, &stripped.blob)?;
    output_file::write(&debug_path, &full.blob)?;
    let abi_path = abi_path(&blob_path);
    if let Some(entries) = &abi {
        output_file::write(&abi_path, abi_file(entries).as_bytes())?;
    }

    let report = Report {
        elf: elf_path.display().to_string(),
        blob: blob_path.display().to_string(),
        bytes: stripped.blob.len(),
        code_bytes: blob.code().len(),
        code_hash: hex(keccak_256(&stripped.blob)),
        instruction_set: blob.isa().name(),
        stack_bytes: blob.stack_size(),
        exports,
        imports: blob.imports().iter().flatten().map(output::symbol).collect(),
        debug_blob: debug_path.display().to_string(),
        debug_bytes: full.blob.len(),
        abi: abi.as_ref().map(|_| abi_path.display().to_string()),
        abi_entries: abi.as_ref().map_or(0, Vec::len),
        program: package.program,
        warnings,
    };
    for warning in &report.warnings {
        tell!("warning: {warning}");
    }
    match global.json {
        true => output::print_json(&report)?,
        false => output::print(&report.render())?,
    }
    Ok(Outcome::Success)
}

/// The entries of the contract's ABI: what its ELF file carries, or else what a file in its folder says.
fn abi(
    folder: &Path,
    elf_path: &Path,
    elf: &[u8],
    warnings: &mut Vec<String>,
) -> Result<Option<Vec<String>>> {
    let carried = elf_file::abi(elf_path, elf)?;
    let Some(path) = ABI_FILES.iter().map(|name| folder.join(name)).find(|path| path.is_file()) else {
        return Ok(carried);
    };
    if carried.is_some() {
        warnings.push(format!("{} is not used: the contract carries its ABI", path.display()));
        return Ok(carried);
    }
    Ok(Some(Abi::read(&path)?.entries()))
}

/// What is to be said of entry points that are not exported.
fn missing(exports: &[String]) -> Option<String> {
    let missing: Vec<_> =
        ENTRY_POINTS.iter().filter(|name| !exports.iter().any(|export| export == *name)).collect();
    let [first, rest @ ..] = missing.as_slice() else { return None };
    let names = match rest {
        [] => format!("`{first}`"),
        _ => format!("`{first}` and `{}`", rest.iter().map(|name| **name).collect::<Vec<_>>().join("`, `")),
    };
    Some(format!(
        "the program does not export {names}, so no chain takes it as a contract; `revive_vm_sdk::export!` exports functions"
    ))
}

impl Report {
    fn render(&self) -> String {
        let abi = match &self.abi {
            Some(path) => format!("{path}, {} entries", grouped(self.abi_entries as u128)),
            None => format!(
                "none: no section {ABI_SECTION} in the ELF file, and no {} in the contract's folder",
                ABI_FILES.join(" or ")
            ),
        };
        let list = |names: &[String]| match names {
            [] => "none".to_string(),
            names => names.join(", "),
        };
        let mut lines = Lines::default();
        lines
            .add("for the chain", &self.blob)
            .add("for debugging", format!("{}, the same code with debug info", self.debug_blob))
            .add("ABI", abi)
            .add("size", format!("{} bytes on the chain, which take a deposit", grouped(self.bytes as u128)))
            .add("of them code", format!("{} bytes", grouped(self.code_bytes)))
            .add("code hash", &self.code_hash)
            .add("stack", format!("{} bytes", grouped(self.stack_bytes)))
            .add("exports", list(&self.exports))
            .add("imports", list(&self.imports));
        lines.render(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_points_that_are_missing_are_named() {
        let exports = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(missing(&exports(&["call", "deploy", "migrate"])), None);
        assert!(missing(&exports(&["call"])).unwrap().contains("export `deploy`, so"));
        assert!(missing(&exports(&["sum"])).unwrap().contains("export `deploy` and `call`, so"));
    }
}
