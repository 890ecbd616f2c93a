// SPDX-License-Identifier: Apache-2.0
//! How the worker is compiled. Used by the build script and by the test that builds the worker again.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Everything the worker is made from, below the project's root.
pub(crate) const SOURCES: [&str; 14] = [
    "executor/crates/worker/src/main.rs",
    "executor/crates/worker/src/answering.rs",
    "executor/crates/worker/src/area.rs",
    "executor/crates/worker/src/fault.rs",
    "executor/crates/worker/src/policy.rs",
    "executor/crates/worker/src/protocol.rs",
    "executor/crates/worker/src/spin.rs",
    "executor/crates/worker/src/start.rs",
    "executor/crates/worker/src/sys.rs",
    "executor/crates/worker/src/wipe.rs",
    "executor/crates/worker/link.x",
    "primitives/src/answers.rs",
    "primitives/src/keccak.rs",
    "primitives/src/machine.rs",
];

/// The project's root, from the folder of the sandbox crate.
pub(crate) fn project_root(sandbox: &Path) -> PathBuf {
    sandbox.ancestors().nth(3).expect("executor/crates/sandbox is three folders below the root").to_path_buf()
}

/// The call of the compiler. No path of this machine and no time gets into the output.
pub(crate) fn worker_command(rustc: &str, root: &Path, output: &Path) -> Command {
    let worker = root.join("executor/crates/worker");
    let mut command = Command::new(rustc);
    command.args(["--crate-name", "revive_vm_worker", "--crate-type", "bin", "--edition", "2021"]);
    // `large`, because the worker is above 4 GiB; no debug information, no symbols: they name paths. One unit, so that
    // checks that cannot fail are found to be such: linking fails if there is a panic left that needs the library.
    for option in [
        "panic=abort",
        "relocation-model=static",
        "code-model=large",
        "opt-level=3",
        "codegen-units=1",
        "strip=symbols",
    ] {
        command.arg("-C").arg(option);
    }
    for option in ["-nostartfiles", "-nostdlib", "-static", "-Wl,--build-id=none", "-Wl,-z,noexecstack"] {
        command.arg("-C").arg(format!("link-arg={option}"));
    }
    command.arg("-C").arg(format!("link-arg=-Wl,-T,{}", worker.join("link.x").display()));
    command.arg("--remap-path-prefix").arg(format!("{}=revive-vm", root.display()));
    command.arg("-o").arg(output).arg(worker.join("src/main.rs"));
    command
}
