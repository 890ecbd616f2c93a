// SPDX-License-Identifier: Apache-2.0
//! `cargo xtask fuzz TARGET`: runs a fuzz target on generated inputs. What the targets are, and how to run one under
//! `cargo-fuzz`: `docs/FUZZING.md`.

use std::path::Path;

use crate::{
    road::Road,
    run::{cargo, run, Result},
};

/// `cargo xtask fuzz TARGET [--count N] [--seed S] [--replay FILE]`. The runner knows the options.
pub(crate) fn fuzz(arguments: &[&str]) -> Result<()> {
    // No part of it depends on the runtime's toolchain, so no set-up is needed.
    let mut command = cargo(Road::Rustup);
    command.args(["run", "--release", "--package", "revive-vm-testing", "--bin", "revive-vm-fuzz", "--"]);
    let mut is_path = false;
    for argument in arguments {
        // The user's files are relative to where the user stands, the command runs in the root.
        match Path::new(argument).canonicalize() {
            Ok(path) if is_path => command.arg(path),
            _ => command.arg(argument),
        };
        is_path = *argument == "--replay";
    }
    run(&mut command)
}
