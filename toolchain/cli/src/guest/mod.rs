// SPDX-License-Identifier: Apache-2.0
//! From a package in Rust to the ELF file of a guest: which toolchain compiles it, what is in it, and how cargo is told.
//!
//! `cargo xtask contracts` does the same for the contracts of the repository, but has to work before anything is compiled.

mod compiler;
mod package;
mod toolchain;

pub(crate) use compiler::compile;
pub(crate) use package::Package;
pub(crate) use toolchain::Toolchain;

use std::{env, ffi::OsStr, process::Command};

/// A program, with the variables removed that cargo set for this process if it was cargo that started it: they describe our
/// package, and build scripts that look at them would run again for nothing.
fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    if env::var_os("CARGO_MANIFEST_DIR").is_none() {
        return command;
    }
    for (variable, _) in env::vars_os() {
        let text = variable.to_string_lossy();
        let from_cargo = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
            .iter()
            .any(|prefix| text.starts_with(prefix));
        if from_cargo || matches!(&*text, "CARGO" | "LD_LIBRARY_PATH") {
            command.env_remove(&variable);
        }
    }
    command
}
