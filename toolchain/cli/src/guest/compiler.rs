// SPDX-License-Identifier: Apache-2.0
//! Cargo, told how to compile a package for the guest target.

use std::{
    fs,
    io::{self, BufRead, BufReader, IsTerminal, Read, Write as _},
    path::{Path, PathBuf},
    process::Stdio,
};

use serde::Deserialize;

use super::{Package, Toolchain};
use crate::error::{Error, Result};

/// The guest target, as the compiler wants it described.
const TARGET_JSON: &str = include_str!("../../../../contracts/targets/riscv64emac-unknown-none-polkavm.json");

/// Its name.
const TARGET: &str = "riscv64emac-unknown-none-polkavm";

/// What compilers say that a contract's author may not know how to mend: a part of the message, and the advice.
const ADVICE: &[(&str, &str)] = &[
    (
        "can't find crate for `std`",
        "contracts have core and alloc, but no std: src/main.rs begins with `#![cfg_attr(not(test), no_std)]` and \
         `#![cfg_attr(not(test), no_main)]`; of dependencies, switch off default features that need std",
    ),
    (
        "using `fn main` requires the standard library",
        "a contract has no main, but exports `deploy` and `call`: write `#![cfg_attr(not(test), no_main)]` at the start of src/main.rs",
    ),
    (
        "`#[panic_handler]` function required",
        "the SDK has one: depend on revive-vm-sdk and use something of it",
    ),
    (
        "no global memory allocator found",
        "memory from a heap needs `revive_vm_sdk::heap!(BYTES)` and the SDK's feature `allocator`",
    ),
    (
        "linker `rust-lld` not found",
        "rust-lld comes with rustup's toolchains; Debian's has it in the package rust-web-llvm",
    ),
];

/// A line of what cargo says to programs.
#[derive(Deserialize)]
struct Message {
    reason: String,
    message: Option<Diagnostic>,
    target: Option<BuiltTarget>,
    executable: Option<PathBuf>,
}

/// What the compiler says.
#[derive(Deserialize)]
struct Diagnostic {
    message: String,
    rendered: Option<String>,
}

/// What was built.
#[derive(Deserialize)]
struct BuiltTarget {
    name: String,
    kind: Vec<String>,
}

/// Compiles a contract with debug info and gives the path of its ELF file. What cargo and the compiler say goes to standard
/// error while they say it. `options` are for cargo.
pub(crate) fn compile(toolchain: Toolchain, package: &Package, options: &[String]) -> Result<PathBuf> {
    let target = describe_target(&package.target)?;
    let form = match io::stderr().is_terminal() {
        true => "json-diagnostic-rendered-ansi",
        false => "json",
    };
    let mut cargo = toolchain.tool("cargo", &package.folder);
    cargo
        .args(["build", "--release", "--manifest-path", "Cargo.toml", "--bin", &package.program])
        .args(["-Zjson-target-spec", "-Zbuild-std=core,alloc", "--message-format", form, "--target"])
        .arg(target)
        .args(options)
        // Custom targets and a standard library from source are unstable features, used here with a stable compiler.
        .env("RUSTC_BOOTSTRAP", "1")
        // Flags that somebody set for this machine would reach the guest; paths of this machine should not.
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("RUSTFLAGS", "-Zlocation-detail=none")
        // Debug info changes no code, and the linker leaves it out of what goes to the chain.
        .env("CARGO_PROFILE_RELEASE_DEBUG", "true")
        .env("CARGO_PROFILE_RELEASE_STRIP", "false")
        .stdout(Stdio::piped());
    let failed = |error: io::Error| Error::new(format!("failed to run cargo: {error}"));
    let mut child = cargo.spawn().map_err(failed)?;
    let heard = match child.stdout.take() {
        Some(stdout) => listen(stdout, &package.program),
        None => Ok(Heard::default()),
    };
    let status = child.wait().map_err(failed)?;
    let heard = heard.map_err(|error| Error::new(format!("failed to read what cargo says: {error}")))?;
    match heard.executable {
        Some(executable) if status.success() => Ok(executable),
        None if status.success() => Err(Error::new(format!(
            "cargo built `{}`, but does not say where it is; it may not be told to build something else",
            package.program
        ))),
        _ => {
            let error = Error::new(format!(
                "`{}` cannot be compiled; what cargo and the compiler say is above",
                package.program
            ));
            Err(match heard.advice {
                Some(advice) => error.hint(advice),
                None => error,
            })
        }
    }
}

/// Writes the description of the target into the target folder, unless it is there: cargo would compile everything anew.
fn describe_target(folder: &Path) -> Result<PathBuf> {
    let path = folder.join("revive-vm").join(format!("{TARGET}.json"));
    if fs::read(&path).is_ok_and(|known| known == TARGET_JSON.as_bytes()) {
        return Ok(path);
    }
    let written =
        path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, TARGET_JSON));
    written.map_err(|error| Error::new(format!("failed to write {}: {error}", path.display())))?;
    Ok(path)
}

/// What is of interest in what cargo said.
#[derive(Debug, Default, PartialEq, Eq)]
struct Heard {
    executable: Option<PathBuf>,
    advice: Option<&'static str>,
}

/// Reads what cargo says until it ends, and shows people what the compiler has for them.
fn listen(stdout: impl Read, program: &str) -> io::Result<Heard> {
    let mut heard = Heard::default();
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        let Ok(message) = serde_json::from_str::<Message>(&line) else { continue };
        if let Some(diagnostic) = message.message.filter(|_| message.reason == "compiler-message") {
            let of_message = |(part, _): &&(&str, &str)| diagnostic.message.contains(part);
            heard.advice = heard.advice.or(ADVICE.iter().find(of_message).map(|(_, advice)| *advice));
            // Nobody could be told that standard error is closed.
            let _ = io::stderr().lock().write_all(diagnostic.rendered.unwrap_or_default().as_bytes());
        }
        let is_it =
            |target: BuiltTarget| target.name == program && target.kind.iter().any(|kind| kind == "bin");
        if message.reason == "compiler-artifact" && message.target.is_some_and(is_it) {
            heard.executable = message.executable;
        }
    }
    Ok(heard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_is_understood() {
        let said = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"core","kind":["lib"]},"executable":null}"#,
            "\nnot from cargo\n",
            r#"{"reason":"compiler-message","message":{"message":"unused","rendered":""}}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"wallet","kind":["custom-build"]},"executable":"/no"}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"wallet","kind":["bin"]},"executable":"/t/wallet.elf"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        let heard = listen(said.as_bytes(), "wallet").unwrap();
        assert_eq!(heard, Heard { executable: Some("/t/wallet.elf".into()), advice: None });
        let said = r#"{"reason":"compiler-message","message":{"message":"can't find crate for `std`","rendered":null}}"#;
        let heard = listen(said.as_bytes(), "wallet").unwrap();
        assert!(heard.executable.is_none() && heard.advice.unwrap().contains("no_std"));
    }
}
