// SPDX-License-Identifier: Apache-2.0
//! Puts the version and the commit into the binary, for `--version` and telemetry.
//!
//! The commit is that of the last change to this package that was built: rebuilding the node at every commit of
//! the workspace would cost each developer minutes. A release build starts from nothing, so there it is exact.

fn main() {
    substrate_build_script_utils::generate_cargo_keys();
}
