// SPDX-License-Identifier: Apache-2.0
//! The worker is the same to the byte whenever and wherever it is built.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use revive_vm_sandbox::worker_executable;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "../worker_command.rs"]
mod worker_command;

/// A folder that goes away.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn build(root: &Path, output: &Path) -> Vec<u8> {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let status = worker_command::worker_command(&rustc, root, output).status().unwrap();
    assert!(status.success(), "{status}");
    fs::read(output).unwrap()
}

#[test]
fn two_builds_give_the_same_bytes() {
    let folder = Folder(std::env::temp_dir().join(format!("vm-worker-build-{}", std::process::id())));
    let root = worker_command::project_root(Path::new(
        &std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for tests"),
    ));
    // From the same place, and from a copy of the sources elsewhere.
    let copy = folder.0.join("elsewhere");
    for source in worker_command::SOURCES {
        let target = copy.join(source);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(root.join(source), target).unwrap();
    }
    let here = build(&root, &folder.0.join("a"));
    let there = build(&copy, &folder.0.join("name of another length"));
    assert!(here == there, "the place of the sources gets into the worker");
    assert!(here == worker_executable(), "the worker in the library is another one");
    // No name of a folder of this machine.
    let root = root.to_str().unwrap().as_bytes();
    assert!(!here.windows(root.len()).any(|bytes| bytes == root));
}
