// SPDX-License-Identifier: Apache-2.0
//! The stages of continuous integration. A test run is all of them in the order of [`STAGES`]: what fails fastest
//! first, and clippy after the unit tests, because it can use their build scripts and macros.
//!
//! All host code is built in one profile (release) and one target folder, so that the node's thousand
//! dependencies are compiled once.

use std::{env, path::PathBuf, process::Command, time::Instant};

use crate::{
    client, contracts, demo,
    road::{Road, WASM_TARGET},
    run::{cargo, run, Progress, Result},
    setup,
    table::Table,
    workspace,
};

/// The variable that names the folder of test vectors.
const VECTORS_VARIABLE: &str = "REVIVE_VM_VECTORS";

/// The engines that every vector must pass in.
const VECTOR_ENGINES: &[&str] = &["interpreter", "recompiler"];

/// The host crates, in the one profile and in one selection: Cargo unites the features of what is built together, and another
/// set of features compiles a dependency, and all that stand on it, once more. Xtask is not among them: it is running.
const HOST_CRATES: &[&str] = &["--release", "--workspace", "--exclude", "xtask"];

/// The node and the command line tool. They are built as a part of [`HOST_CRATES`], for the features; a test looks that all they
/// consist of is what tests consist of too.
const BINARIES: &[&str] = &["revive-vm-node", "revive-vm"];

/// What clippy and rustdoc look at in a test run: the virtual machine and the tools. The crates of the chain would need the node's thousand
/// dependencies checked once more for it, a quarter of an hour; they have a stage of their own that a test run leaves out.
const LINTED_CRATES: &[&str] = &[
    "revive-vm-primitives",
    "revive-vm-interpreter",
    "revive-vm-assembler",
    "revive-vm-recompiler",
    "revive-vm-sandbox",
    "revive-vm-executor",
    "revive-vm-testing",
    "revive-vm-measure",
    "revive-vm-assembly",
    "revive-vm-linker",
    "revive-vm-debugger",
    "revive-vm-cli",
    "xtask",
];

/// What a stage may use.
pub(crate) struct Context {
    pub(crate) progress: Progress,
    pub(crate) road: Road,
}

/// One stage: it succeeds or it does not.
struct Stage {
    name: &'static str,
    about: &'static str,
    run: fn(&Context) -> Result<()>,
}

const STAGES: &[Stage] = &[
    Stage { name: "fmt", about: "all Rust code is formatted", run: fmt },
    Stage { name: "tidy", about: "the rules of the repository hold", run: tidy },
    Stage { name: "contracts", about: "guest programs build from source", run: build_contracts },
    Stage { name: "no-std", about: "the interpreter builds for the runtime's target", run: no_std },
    Stage { name: "unit", about: "the tests of every crate", run: unit },
    Stage { name: "vectors", about: "the instruction vectors, in every engine", run: vector_stage },
    Stage { name: "client", about: "an independent client against a running node", run: client_stage },
    Stage { name: "demo", about: "the demo, with every value checked", run: demo_stage },
    Stage {
        name: "clippy",
        about: "lints of the virtual machine and the tools, warnings denied",
        run: clippy,
    },
    Stage {
        name: "docs",
        about: "documentation of the virtual machine and the tools, warnings denied",
        run: docs,
    },
];

/// Stages that only their name runs.
const EXTRA_STAGES: &[Stage] = &[
    Stage {
        name: "clippy-chain",
        about: "lints of the crates of the chain, warnings denied",
        run: clippy_chain,
    },
    Stage {
        name: "docs-chain",
        about: "documentation of the crates of the chain, warnings denied",
        run: docs_chain,
    },
    Stage {
        name: "solidity",
        about: "a suite of Solidity contracts, compiled and compared with an EVM",
        run: solidity,
    },
];

/// `cargo xtask test`.
pub(crate) fn test() -> Result<()> {
    run_stages(&STAGES.iter().collect::<Vec<_>>())
}

/// `cargo xtask ci STAGE..`, in the order given.
pub(crate) fn run_named(names: &[&str]) -> Result<()> {
    run_stages(&find(names)?)
}

/// The stages of these names. Errors: there is none of a name, which is known before the first one runs for an hour.
fn find(names: &[&str]) -> Result<Vec<&'static Stage>> {
    let find = |name: &&str| {
        let stage = STAGES.iter().chain(EXTRA_STAGES).find(|stage| stage.name == *name);
        stage.ok_or_else(|| format!("there is no stage {name:?}; `cargo xtask ci list` names them"))
    };
    names.iter().map(find).collect()
}

/// `cargo xtask ci list`.
pub(crate) fn list() {
    for stage in STAGES.iter().chain(EXTRA_STAGES) {
        println!("{:10} {}", stage.name, stage.about);
    }
}

fn run_stages(stages: &[&Stage]) -> Result<()> {
    let progress = Progress::start();
    let road = setup::setup(&progress)?;
    let context = Context { progress, road };
    let mut times = Table::new(&["stage", "seconds"]);
    for stage in stages {
        let start = Instant::now();
        context.progress.step(stage.name, || (stage.run)(&context))?;
        times.row([stage.name.into(), start.elapsed().as_secs().to_string()]);
    }
    print!("{times}");
    context.progress.say("all stages passed");
    Ok(())
}

/// `cargo xtask vectors DIR [--engine NAME] [--gas-model NAME]`. The runner knows the options.
pub(crate) fn vectors(folder: &str, options: &[&str]) -> Result<()> {
    // The user's folder is relative to where the user stands, the command runs in the root.
    let folder = PathBuf::from(folder).canonicalize().map_err(|error| format!("{folder}: {error}"))?;
    run_vectors(&folder, options)
}

fn run_vectors(folder: &std::path::Path, options: &[&str]) -> Result<()> {
    // No part of it depends on the runtime's toolchain, so no set-up is needed.
    let mut command = cargo(Road::Rustup);
    command
        .args(["run", "--release", "--package", "revive-vm-testing", "--bin", "revive-vm-vectors", "--"])
        .arg(folder)
        .args(options);
    run(&mut command)
}

/// Cargo on the host crates, as tests build them.
pub(crate) fn host_cargo(road: Road, subcommand: &str) -> Command {
    let mut command = cargo(road);
    command.arg(subcommand).args(HOST_CRATES);
    command
}

/// Builds the node and the command line tool.
pub(crate) fn build_binaries(context: &Context) -> Result<()> {
    context
        .progress
        .step("build the node and the command line tool", || run(&mut cargo_build_binaries(context.road)))
}

fn cargo_build_binaries(road: Road) -> Command {
    let mut command = host_cargo(road, "build");
    command.args(BINARIES.iter().flat_map(|name| ["--bin", name]));
    command
}

fn fmt(context: &Context) -> Result<()> {
    run(cargo(context.road).args(["fmt", "--all", "--check"]))?;
    for manifest in contracts::manifests()? {
        run(cargo(context.road).args(["fmt", "--check", "--manifest-path"]).arg(manifest))?;
    }
    Ok(())
}

fn tidy(context: &Context) -> Result<()> {
    // The profile that xtask itself was built in: nothing else has to be compiled again for it.
    run(cargo(context.road).args(["test", "--package", "xtask"]))
}

fn build_contracts(context: &Context) -> Result<()> {
    contracts::build(&context.progress, context.road)
}

fn no_std(context: &Context) -> Result<()> {
    let target = workspace::target_dir().join("guest").join(context.road.name());
    run(context.road.tool("cargo").env("CARGO_TARGET_DIR", target).args([
        "build",
        "--release",
        "--package",
        "revive-vm-interpreter",
        "--target",
        WASM_TARGET,
    ]))
}

fn unit(context: &Context) -> Result<()> {
    let folders = contracts::CONTRACTS.iter().map(|folder| (*folder, &[][..]));
    for (folder, options) in folders.chain([("sdk", &["--all-features"][..])]) {
        run(cargo(context.road)
            .args(["test", "--manifest-path"])
            .arg(workspace::root().join("contracts").join(folder).join("Cargo.toml"))
            .args(options)
            .env("CARGO_TARGET_DIR", workspace::target_dir().join("guest/host")))?;
    }
    run(&mut host_cargo(context.road, "test"))?;
    // The way that the interpreter executes instructions on wasm, which nothing else here would run.
    run(cargo(context.road).args([
        "test",
        "--release",
        "--package",
        "revive-vm-interpreter",
        "--features",
        "loop",
    ]))
}

fn solidity(context: &Context) -> Result<()> {
    contracts::suite(&context.progress)?;
    run(host_cargo(context.road, "test").args(["--test", "carriers", "solidity_does_what_it_does_on_an_evm"]))
}

fn vector_stage(context: &Context) -> Result<()> {
    let Some(folder) = env::var_os(VECTORS_VARIABLE).filter(|folder| !folder.is_empty()) else {
        context.progress.say(format_args!("skipped: {VECTORS_VARIABLE} names no folder of vectors"));
        return Ok(());
    };
    for engine in VECTOR_ENGINES {
        run_vectors(&workspace::root().join(&folder), &["--engine", engine])?;
    }
    Ok(())
}

fn client_stage(context: &Context) -> Result<()> {
    contracts::build(&context.progress, context.road)?;
    build_binaries(context)?;
    client::test(&context.progress)
}

fn demo_stage(context: &Context) -> Result<()> {
    demo::run(context, false)
}

fn clippy(context: &Context) -> Result<()> {
    lint(linted_cargo(context.road, "clippy"))
}

fn clippy_chain(context: &Context) -> Result<()> {
    let mut command = host_cargo(context.road, "clippy");
    command.args(["--features", "revive-vm-node/benchmark"]);
    lint(command)
}

/// Clippy on a selection, warnings denied.
fn lint(mut command: Command) -> Result<()> {
    run(command.args(["--all-targets", "--", "--deny", "warnings"]))
}

fn docs(context: &Context) -> Result<()> {
    let mut sdk = cargo(context.road);
    sdk.args(["doc", "--all-features", "--manifest-path"])
        .arg(workspace::root().join("contracts/sdk/Cargo.toml"))
        .env("CARGO_TARGET_DIR", workspace::target_dir().join("guest/host"));
    document(sdk)?;
    document(linted_cargo(context.road, "doc"))
}

fn docs_chain(context: &Context) -> Result<()> {
    document(host_cargo(context.road, "doc"))
}

/// Rustdoc on a selection, warnings denied. With what clippy has compiled.
fn document(mut command: Command) -> Result<()> {
    run(command.arg("--no-deps").env("RUSTDOCFLAGS", "--deny warnings"))
}

/// Cargo on the crates that clippy and rustdoc look at in a test run.
fn linted_cargo(road: Road, subcommand: &str) -> Command {
    let mut command = cargo(road);
    command.args([subcommand, "--release"]).args(LINTED_CRATES.iter().flat_map(|name| ["--package", name]));
    command
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::Value;

    use super::*;

    #[test]
    fn an_unknown_stage_is_refused_before_others_run() {
        let error = run_named(&["fmt", "unti"]).unwrap_err();
        assert!(error.contains("there is no stage \"unti\""), "{error}");
    }

    /// What cargo would compile: each crate with the features and settings that it would have.
    fn units(command: &mut Command) -> HashSet<String> {
        let output =
            command.env("RUSTC_BOOTSTRAP", "1").args(["-Zunstable-options", "--unit-graph"]).output();
        let output = output.expect("cargo is installed");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let graph: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
        let units = graph["units"].as_array().expect("a list of units");
        let what = ["pkg_id", "target", "profile", "platform", "mode", "features"];
        units.iter().map(|unit| what.map(|key| unit[key].to_string()).join(" ")).collect()
    }

    /// A feature that only tests want of some crate far below, and the ecosystem is compiled twice.
    #[test]
    fn nothing_is_compiled_once_for_tests_and_again_for_use() {
        let tested = units(&mut host_cargo(Road::Rustup, "test"));
        let used = units(&mut cargo_build_binaries(Road::Rustup));
        assert!(used.len() > 1000, "{}", used.len());
        let again: Vec<_> = used.difference(&tested).collect();
        assert!(again.is_empty(), "{again:#?}");
    }
}
