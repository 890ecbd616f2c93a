// SPDX-License-Identifier: Apache-2.0
//! `cargo xtask compare`: measures our engines, pallet and linker against others, after building what that needs.
//!
//! The comparisons and the machines are a workspace of their own (`benchmarking/compare`), which nothing else builds. The suite's
//! programs are built here for wasm; [`contracts`] builds them as guests. The comparison of the pallets needs the executor of a
//! node, so that it is a member of this workspace; its two runtimes are not.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    contracts,
    road::{Road, WASM_TARGET},
    run::{program, run, with_absolute_paths, Progress, Result},
    setup, stages, workspace,
};

/// All comparisons; the first is made where nothing is said.
const NAMES: [&str; 4] = ["vm", "wall", LINKER, PALLET];

/// The comparison of linkers.
const LINKER: &str = "linker";

/// The comparison that has a workspace of its own.
const PALLET: &str = "pallet";

/// Leaves the wasm engines out, which take most of the time that the build takes. Their bounds then count as missed.
const NO_WASM: &str = "--no-wasm";

/// The options of the comparisons, each with a value.
const OPTIONS: &[&str] =
    &["--json", "--plots", "--blobs", "--elfs", "--suite", "--rounds", "--only", "--backends"];

/// Those of the comparison of pallets, but for what it is told here.
const PALLET_OPTIONS: &[&str] = &["--json", "--rounds", "--only"];

/// The options whose value is a path. It is relative to where the user stands, while the command runs in the root.
const PATHS: &[&str] = &["--json", "--plots", "--blobs", "--elfs", "--suite"];

/// What the suite is compiled for: wasm as compilers make it by default, with instructions that copy memory. Its libraries are built
/// from source, so that copies in them are these instructions too.
const SUITE_TARGET: &str = "wasm32-unknown-unknown";

/// `cargo xtask compare [NAME] [OPTIONS]`. The comparison knows its options.
pub(crate) fn compare(arguments: &[&str]) -> Result<()> {
    let (name, options) = match arguments {
        [name, options @ ..] if !name.starts_with('-') => (*name, options),
        options => (NAMES[0], options),
    };
    // Not only when all of it is built.
    if !NAMES.contains(&name) {
        return Err(format!("there is no comparison `{name}`, only {}", NAMES.join(", ")));
    }
    check(name, options)?;
    if name == PALLET {
        return compare_pallets(options);
    }
    // Blobs that are given are all that is run then, and wasm engines cannot run them.
    let given = options.contains(&"--blobs");
    // Linkers are compared on ELF files, and on no other machine.
    let links = name == LINKER;
    let given = given || links && options.contains(&"--elfs");
    let with_wasm = !given && !links && !options.contains(&NO_WASM);
    let options = with_absolute_paths(options.iter().copied().filter(|option| *option != NO_WASM), PATHS)?;

    let progress = Progress::start();
    let road = setup::setup(&progress)?;
    if links && !given {
        contracts::elfs(&progress, road)?;
    } else if !given {
        contracts::build(&progress, road)?;
    }
    if with_wasm {
        progress.step("wasm modules", || wasm_modules(road))?;
    }
    progress.step("build the comparison", || {
        let features = if with_wasm { &[][..] } else { &["--no-default-features"] };
        run(cargo("build").args(features))
    })?;
    progress.step("compare", || {
        run(program(target_dir().join("release/revive-vm-compare")).arg(name).args(&options))
    })
}

/// `cargo xtask compare pallet [OPTIONS]`.
fn compare_pallets(options: &[&str]) -> Result<()> {
    let options = with_absolute_paths(options.iter().copied(), PATHS)?;
    let progress = Progress::start();
    let road = setup::setup(&progress)?;
    progress.step("contracts", contracts::for_pallets)?;
    let runtimes = workspace::target_dir().join("compare-pallet");
    progress.step("runtimes", || {
        runtime_module(road, "ours", &[], &runtimes, "ours")?;
        runtime_module(road, "theirs", &[], &runtimes, "theirs")
    })?;
    let binary = "revive-vm-compare-pallet";
    progress
        .step("build the comparison", || run(stages::host_cargo(road, "build").args(["--bin", binary])))?;
    progress.step("compare", || {
        run(program(workspace::target_dir().join("release").join(binary))
            .arg("--runtimes")
            .arg(&runtimes)
            .arg("--contracts")
            .arg(workspace::contracts_build())
            .args(&options))
    })
}

/// Compiles a runtime of the comparison, as the ecosystem's wasm builder does, and puts it into a folder under another name.
pub(crate) fn runtime_module(
    road: Road,
    package: &str,
    features: &[&str],
    folder: &Path,
    name: &str,
) -> Result<()> {
    let workspace = workspace::root().join("benchmarking/compare-pallet/runtimes");
    let flags = "-Clink-arg=--export-table -Clink-arg=--export=__heap_base -Clink-arg=--import-memory \
                 --cfg substrate_runtime";
    let features = features.join(",");
    run(wasm_cargo(road, &workspace, flags, WASM_TARGET).args([
        "--package",
        package,
        "--features",
        &features,
    ]))?;
    fs::create_dir_all(folder).map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
    let from = guest_target_dir(road).join(WASM_TARGET).join("release").join(format!("{package}.wasm"));
    let to = folder.join(format!("{name}.wasm"));
    fs::copy(&from, &to)
        .map(drop)
        .map_err(|error| format!("cannot copy {} to {}: {error}", from.display(), to.display()))
}

/// Cargo on the comparison's workspace.
pub(crate) fn cargo(subcommand: &str) -> Command {
    let mut cargo = program("cargo");
    cargo
        .env("CARGO_TARGET_DIR", target_dir())
        .args([subcommand, "--release", "--locked", "--manifest-path"])
        .arg(workspace::root().join("benchmarking/compare/Cargo.toml"));
    cargo
}

/// Where the comparison is built: beside the workspace's own artefacts, whose features are others.
pub(crate) fn target_dir() -> PathBuf {
    workspace::target_dir().join("compare")
}

/// Refuses what the comparison of this name would refuse once all of it is built.
fn check(name: &str, options: &[&str]) -> Result<()> {
    let known = if name == PALLET { PALLET_OPTIONS } else { OPTIONS };
    let mut options = options.iter();
    while let Some(option) = options.next() {
        if *option == NO_WASM && name != PALLET {
            continue;
        }
        if !known.contains(option) {
            return Err(format!("unknown option `{option}`: compare {name} has {}", known.join(" ")));
        }
        options.next().ok_or(format!("{option} needs a value"))?;
    }
    Ok(())
}

/// Compiles the suite, and the interpreters, to wasm.
fn wasm_modules(road: Road) -> Result<()> {
    for folder in contracts::benchmark_folders()? {
        let flags = "-Zlocation-detail=none -Clink-arg=--export=initialize -Clink-arg=--export=run";
        let mut cargo = wasm_cargo(road, &folder, flags, SUITE_TARGET);
        cargo.env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=core,alloc");
        run(&mut cargo)?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        keep(road, SUITE_TARGET, &name)?;
    }
    // As a node's runtime is compiled.
    let folder = workspace::root().join("benchmarking/compare/in-wasm");
    run(&mut wasm_cargo(road, &folder, "-Ctarget-cpu=mvp", WASM_TARGET))?;
    keep(road, WASM_TARGET, "in_wasm")
}

fn wasm_cargo(road: Road, folder: &Path, flags: &str, target: &str) -> Command {
    let mut cargo = road.tool("cargo");
    cargo
        .env("CARGO_TARGET_DIR", guest_target_dir(road))
        // Flags that somebody set for the host would reach the module.
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("RUSTFLAGS", flags)
        .args(["build", "--release", "--locked", "--target", target, "--manifest-path"])
        .arg(folder.join("Cargo.toml"));
    cargo
}

fn guest_target_dir(road: Road) -> PathBuf {
    workspace::target_dir().join("guest").join(road.name())
}

/// Puts a module beside the blobs.
fn keep(road: Road, target: &str, name: &str) -> Result<()> {
    keep_in(road, target, name, &workspace::contracts_build().join("bench"))
}

/// Puts a module into a folder.
fn keep_in(road: Road, target: &str, name: &str, folder: &Path) -> Result<()> {
    let file = format!("{name}.wasm");
    let from = guest_target_dir(road).join(target).join("release").join(&file);
    let to = folder.join(&file);
    fs::copy(&from, &to)
        .map(drop)
        .map_err(|error| format!("cannot copy {} to {}: {error}", from.display(), to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_comparison_is_refused_at_once() {
        let error = compare(&["vmm", "--rounds", "3"]).unwrap_err();
        assert_eq!(error, "there is no comparison `vmm`, only vm, wall, linker, pallet");
    }

    #[test]
    fn unknown_options_are_refused_at_once() {
        let error = |arguments: &[&str]| compare(arguments).unwrap_err();
        assert!(
            error(&["wall", "--round", "3"]).starts_with("unknown option `--round`: compare wall has --json")
        );
        assert_eq!(error(&["--rounds"]), "--rounds needs a value");
        assert!(error(&["pallet", "--blobs", "x"]).starts_with("unknown option `--blobs`"));
        assert!(error(&["pallet", NO_WASM]).starts_with("unknown option"));
        assert!(check("vm", &[NO_WASM, "--only", "json", "--rounds", "3"]).is_ok());
    }

    /// What the comparisons themselves know, as their source has it.
    #[test]
    fn the_options_are_those_of_the_comparisons() {
        let known = |source: &str| {
            let mut names: Vec<_> = source
                .lines()
                .filter_map(|line| line.trim().strip_prefix('"')?.split_once("\" =>"))
                .map(|(name, _)| name.to_owned())
                .collect();
            names.sort();
            names
        };
        let sorted = |options: &[&str]| {
            let mut options: Vec<_> = options.iter().map(|option| option.to_string()).collect();
            options.sort();
            options
        };
        let comparisons = include_str!("../../benchmarking/compare/src/options.rs");
        assert_eq!(known(comparisons), sorted(OPTIONS));
        let pallets = include_str!("../../benchmarking/compare-pallet/src/options.rs");
        let told_here = &["--runtimes", "--contracts"];
        assert_eq!(known(pallets), sorted(&[PALLET_OPTIONS, told_here].concat()));
    }
}
