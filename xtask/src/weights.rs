// SPDX-License-Identifier: Apache-2.0
//! `cargo xtask weights`: measures the pallet's benchmarks and writes its weights, or checks that guests pay for their time.
//!
//! One file of weights for each carrier: the node, behind its host functions, and the interpreter in the runtime. Neither is part of
//! the tests: they depend on the machine.

use crate::{
    compare::runtime_module,
    run::{program, run, Progress, Result},
    setup, stages, workspace,
};

/// A carrier: its name, the features of its runtime, the file with its weights.
const CARRIERS: [(&str, &str, &str); 2] =
    [("node", "", "host.rs"), ("runtime", "embedded-engine", "embedded.rs")];

/// `cargo xtask weights generate|check [OPTIONS]`.
pub(crate) fn weights(arguments: &[&str]) -> Result<()> {
    let (command, options) = match arguments {
        ["generate", options @ ..] => ("generate", options),
        ["check", options @ ..] => ("check", options),
        _ => return Err("usage: cargo xtask weights generate|check [OPTIONS]".into()),
    };
    let progress = Progress::start();
    let road = setup::setup(&progress)?;
    let folder = workspace::target_dir().join("weights");
    let measured = if command == "generate" { "runtime-benchmarks" } else { "" };
    progress.step("runtimes", || {
        CARRIERS.iter().try_for_each(|(name, feature, _)| {
            let features: Vec<_> =
                [*feature, measured].into_iter().filter(|feature| !feature.is_empty()).collect();
            runtime_module(road, "ours", &features, &folder, &format!("{command}-{name}"))
        })
    })?;
    let binary = "revive-vm-weights";
    progress.step("build the program", || run(stages::host_cargo(road, "build").args(["--bin", binary])))?;
    let tool = || {
        let mut tool = program(workspace::target_dir().join("release").join(binary));
        tool.arg(command);
        tool
    };
    if command == "check" {
        return progress.step("check", || run(tool().arg("--runtimes").arg(&folder).args(options)));
    }
    let root = workspace::root();
    CARRIERS.iter().try_for_each(|(name, _, file)| {
        progress.step(&format!("measure contracts in the {name}"), || {
            run(tool()
                .arg("--runtime")
                .arg(folder.join(format!("generate-{name}.wasm")))
                .arg("--template")
                .arg(root.join("benchmarking/weights/template.hbs"))
                .arg("--output")
                .arg(root.join("pallet-revive-vm/src/weights").join(file))
                .arg("--results")
                .arg(folder.join(format!("{name}.json")))
                .args(["--carrier", name])
                .args(options))
        })
    })
}
