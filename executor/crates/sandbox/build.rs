// SPDX-License-Identifier: Apache-2.0
//! Compiles the worker, so that the sandbox can carry it as bytes.
//!
//! The worker is no dependency of this crate, because cargo would build it with the flags and the standard library of
//! the host. It is one call of the same compiler instead. [`worker_command`] is a file of its own for the test that
//! builds the worker again and compares.

use std::env;
use std::path::{Path, PathBuf};

#[path = "worker_command.rs"]
mod worker_command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=worker_command.rs");
    println!("cargo:rerun-if-env-changed=RUSTC");
    println!("cargo:rerun-if-env-changed=RUSTC_LINKER");
    let variable =
        |name: &str| env::var(name).unwrap_or_else(|_| panic!("cargo sets {name} for build scripts"));
    if variable("CARGO_CFG_TARGET_OS") != "linux" || variable("CARGO_CFG_TARGET_ARCH") != "x86_64" {
        return;
    }
    let root = worker_command::project_root(Path::new(&variable("CARGO_MANIFEST_DIR")));
    // By their place relative to this crate: a folder for builds may be shared by checkouts, and the worker of another one
    // must not be taken for this one's.
    for source in worker_command::SOURCES {
        println!("cargo:rerun-if-changed=../../../{source}");
    }
    let output = PathBuf::from(variable("OUT_DIR")).join("worker");
    let mut command = worker_command::worker_command(&variable("RUSTC"), &root, &output);
    command.arg("--target").arg(variable("TARGET"));
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        command.arg("-C").arg(format!("linker={linker}"));
    }
    // What the caller of cargo asks of its own crates must not change the worker.
    command.env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("RUSTFLAGS");
    let status = command.status().unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
    assert!(status.success(), "the worker does not compile: {command:?} ended with {status}");
}
