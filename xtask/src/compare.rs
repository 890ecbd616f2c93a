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
    run::{program, run, Progress, Result},
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

/// The options whose value is a path. It is relative to where the user stands, while the command runs in the root.
const PATHS: &[&str] = &["--json", "--plots", "--blobs", "--elfs"];

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
    if name == PALLET {
        return compare_pallets(options);
    }
    // Blobs that are given are all that is run then, and wasm engines cannot run them.
    let given = options.contains(&"--blobs");
    // Linkers are compared on ELF files, and on no other machine.
    let links = name == LINKER;
    let given = given || links && options.contains(&"--elfs");
    let with_wasm = !given && !links && !options.contains(&NO_WASM);
    let options = absolute(options.iter().copied().filter(|option| *option != NO_WASM))?;

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
    let options = absolute(options.iter().copied())?;
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

/// Options with absolute paths.
fn absolute<'a>(options: impl Iterator<Item = &'a str>) -> Result<Vec<PathBuf>> {
    let mut previous = "";
    options
        .map(|option| {
            let is_path = PATHS.contains(&previous);
            previous = option;
            match is_path {
                true => std::path::absolute(option).map_err(|error| format!("{option}: {error}")),
                false => Ok(option.into()),
            }
        })
        .collect()
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
    fn paths_are_made_absolute_and_nothing_else() {
        let options = ["--json", "a.json", "--rounds", "3", "--blobs", "b"];
        let options = absolute(options.into_iter()).unwrap();
        let here = std::env::current_dir().unwrap();
        let expected = [
            "--json".into(),
            here.join("a.json"),
            "--rounds".into(),
            "3".into(),
            "--blobs".into(),
            here.join("b"),
        ];
        assert_eq!(options, expected);
    }
}
