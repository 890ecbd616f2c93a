// SPDX-License-Identifier: Apache-2.0
//! `cargo xtask contracts`: builds every guest program from source into `contracts/build`.
//!
//! - Rust contracts (`contracts/*/` with `no_main`: a counter, an exchange, a token): compiled for the guest target with
//!   `core` and `alloc` from source, then linked into a blob by `toolchain/linker`, beside which the ABI that a contract carries is
//!   written; others have an `abi.json`. `revive-vm build` does the same for a contract anywhere, and makes the same bytes.
//! - Test programs of the SDK, in Rust and in C (`contracts/sdk-test`, `contracts/c-example`): to `contracts/build/test`.
//! - The counter once more with debug info: to `contracts/build/debug`.
//! - Benchmark programs (`benchmarking/suite/*/`): the same.
//! - Solidity: compiled by resolc from npm.
//!
//! The suite of Solidity contracts is not among them; `cargo xtask ci solidity` builds and runs it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

use crate::{
    clang,
    road::Road,
    run::{program, run, Progress, Result},
    workspace,
};

const GUEST_TARGET: &str = "riscv64emac-unknown-none-polkavm";

/// The instruction set of contracts, which guests of all kinds are linked for.
const GUEST_ISA: &str = "revive_v1";

/// The Rust contracts, by folder and package name.
pub(crate) const CONTRACTS: &[&str] = &["counter", "exchange", "token"];

/// Rust programs that test the SDK from inside.
const TEST_GUESTS: &[&str] = &["sdk-test"];

/// Contracts in C: `main.c` in a folder of this name.
const C_CONTRACTS: &[&str] = &["c-counter"];

/// Programs in C that test the header from inside, in the same form.
const C_GUESTS: &[&str] = &["c-example"];

/// Builds all of them.
pub(crate) fn build(progress: &Progress, road: Road) -> Result<()> {
    progress.step("contracts", || {
        let linker = blob_linker()?;
        let out = workspace::contracts_build();
        create_dir(&out.join("bench"))?;
        for name in CONTRACTS {
            let folder = workspace::root().join("contracts").join(name);
            // First, because what the contract itself carries counts more.
            if folder.join("abi.json").is_file() {
                copy(&folder.join("abi.json"), &out.join(format!("{name}.abi.json")))?;
            }
            guest(road, &linker, &folder, Variant::Release, &out)?;
        }
        let test = out.join("test");
        create_dir(&test)?;
        for name in TEST_GUESTS {
            guest(road, &linker, &workspace::root().join("contracts").join(name), Variant::Release, &test)?;
        }
        let debug = out.join("debug");
        create_dir(&debug)?;
        let counter = workspace::root().join("contracts/counter");
        guest(road, &linker, &counter, Variant::DebugInfo, &debug)?;
        match clang::find() {
            Some(clang) => {
                C_CONTRACTS.iter().try_for_each(|name| c_guest(clang, &linker, name, &out))?;
                C_GUESTS.iter().try_for_each(|name| c_guest(clang, &linker, name, &test))?;
            }
            None => clang::say_missing(progress),
        }
        for folder in benchmark_folders()? {
            guest(road, &linker, &folder, Variant::Release, &out.join("bench"))?;
        }
        erc20(&out)
    })
}

/// Builds the tool that links guest programs.
fn blob_linker() -> Result<PathBuf> {
    let target = workspace::target_dir().join("guest/host");
    let manifest = workspace::root().join("contracts/blob-linker/Cargo.toml");
    let mut cargo = program("cargo");
    cargo
        .env("CARGO_TARGET_DIR", &target)
        .args(["build", "--release", "--locked", "--manifest-path"])
        .arg(manifest);
    run(&mut cargo)?;
    Ok(target.join("release/blob-linker"))
}

/// How a guest package is compiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Variant {
    /// As its manifest says.
    Release,
    /// The same with debug info.
    DebugInfo,
    /// For size.
    Size,
    /// For size, without regard to speed.
    SmallestSize,
    /// For speed, without compressed instructions and without those that manipulate bits or move on conditions.
    BaseInstructions,
}

impl Variant {
    /// Folder of its artefacts, which are of no use to another, and ending of a file's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Release => "",
            Self::DebugInfo => "debug-info",
            Self::Size => "s",
            Self::SmallestSize => "z",
            Self::BaseInstructions => "base",
        }
    }

    fn apply(self, cargo: &mut Command) {
        // Paths of this machine should not reach the guest.
        let mut flags = "-Zlocation-detail=none".to_string();
        match self {
            Self::Release => {}
            Self::DebugInfo => drop(cargo.env("CARGO_PROFILE_RELEASE_DEBUG", "true")),
            Self::Size => drop(cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s")),
            Self::SmallestSize => drop(cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "z")),
            Self::BaseInstructions => flags += " -Ctarget-feature=-c,-zbb,-xtheadcondmov",
        }
        // Flags that somebody set for the host would reach it too.
        cargo.env_remove("CARGO_ENCODED_RUSTFLAGS").env("RUSTFLAGS", flags);
    }
}

/// Compiles and links one guest package; the blob gets the folder's name.
fn guest(road: Road, linker: &Path, folder: &Path, variant: Variant, out: &Path) -> Result<()> {
    let elf = compile(road, folder, variant)?;
    let blob = out.join(elf.with_extension("polkavm").file_name().unwrap_or_default());
    let mut link = program(linker);
    link.args(["--isa", GUEST_ISA]).args((variant == Variant::DebugInfo).then_some("--keep-debug-info"));
    run(link.arg(elf).arg(blob))
}

/// Compiles one guest package to an ELF file with the folder's name, and gives its path.
pub(crate) fn compile(road: Road, folder: &Path, variant: Variant) -> Result<PathBuf> {
    // A toolchain's artefacts are of no use to another either.
    let target = workspace::target_dir().join("guest").join(road.name()).join(variant.name());
    let mut cargo = road.tool("cargo");
    variant.apply(&mut cargo);
    build_guest(cargo, &target, folder)
}

/// Lets a cargo command with settings in its environment build a guest package into a target folder, and gives the ELF file's path.
pub(crate) fn build_guest(mut cargo: Command, target: &Path, folder: &Path) -> Result<PathBuf> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    cargo
        // Custom targets and a standard library from source are unstable features, used here with a stable compiler.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", target)
        .args(["build", "--release", "--locked", "-Zjson-target-spec", "-Zbuild-std=core,alloc", "--target"])
        .arg(workspace::root().join("contracts/targets").join(format!("{GUEST_TARGET}.json")))
        .arg("--manifest-path")
        .arg(folder.join("Cargo.toml"));
    run(&mut cargo)?;
    Ok(target.join(GUEST_TARGET).join("release").join(format!("{name}.elf")))
}

/// The folders of the contracts in Rust and of the programs that test the SDK.
pub(crate) fn rust_contracts() -> Vec<PathBuf> {
    let names = CONTRACTS.iter().chain(TEST_GUESTS);
    names.map(|name| workspace::root().join("contracts").join(name)).collect()
}

/// Compiles and links one guest program in C; the blob gets the folder's name.
fn c_guest(clang: &str, linker: &Path, name: &str, out: &Path) -> Result<()> {
    let source = workspace::root().join("contracts").join(name).join("main.c");
    let objects = workspace::target_dir().join("guest/c");
    create_dir(&objects)?;
    let object = objects.join(format!("{name}.o"));
    run(program(clang).args(clang::FLAGS).args(["-O2", "-c"]).arg(source).arg("-o").arg(&object))?;
    run(program(linker).args(["--isa", GUEST_ISA]).arg(&object).arg(out.join(format!("{name}.polkavm"))))
}

/// Compiles what linkers are compared on into `contracts/build/elf`: the benchmark suite and a token as contracts are built,
/// and some of them for size and for fewer kinds of instructions.
pub(crate) fn elfs(progress: &Progress, road: Road) -> Result<()> {
    /// Those that are built in all variants: small and large, with and without calls.
    const IN_ALL_VARIANTS: &[&str] = &["ed25519", "json", "keccak", "mos6502", "token"];
    progress.step("ELF files", || {
        let out = workspace::contracts_build().join("elf");
        create_dir(&out)?;
        let mut folders = benchmark_folders()?;
        // It has nothing that could be linked in different ways.
        folders.retain(|folder| !folder.ends_with("hostcall"));
        folders.push(workspace::root().join("contracts/token"));
        for folder in folders {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            copy(&compile(road, &folder, Variant::Release)?, &out.join(format!("{name}.elf")))?;
            if IN_ALL_VARIANTS.contains(&name.as_str()) {
                for variant in [Variant::Size, Variant::SmallestSize, Variant::BaseInstructions] {
                    let file = out.join(format!("{name}-{}.elf", variant.name()));
                    copy(&compile(road, &folder, variant)?, &file)?;
                }
            }
        }
        Ok(())
    })
}

/// The folders of the benchmark suite that are guest packages, in order of their names.
pub(crate) fn benchmark_folders() -> Result<Vec<PathBuf>> {
    let suite = workspace::root().join("benchmarking/suite");
    if !suite.is_dir() {
        return Ok(Vec::new());
    }
    let entries =
        fs::read_dir(&suite).map_err(|error| format!("cannot read {}: {error}", suite.display()))?;
    let mut folders: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|folder| folder.join("Cargo.toml").is_file() && folder.join("src/main.rs").is_file())
        .collect();
    folders.sort();
    Ok(folders)
}

/// Compiles what the comparison of the pallets calls.
pub(crate) fn for_pallets() -> Result<()> {
    let out = workspace::contracts_build();
    create_dir(&out.join("bench"))?;
    erc20(&out)?;
    let source = workspace::root().join("benchmarking/compare-pallet/solidity/Work.sol");
    let build = workspace::root().join("contracts/erc20/build.mjs");
    run(node().arg(build).arg(out.join("bench")).arg(source))
}

/// Compiles OpenZeppelin's ERC-20, unless what was built is newer than everything it is made from: the compiler
/// takes about ten seconds.
fn erc20(out: &Path) -> Result<()> {
    let folder = workspace::root().join("contracts/erc20");
    install_packages(&folder)?;
    let sources = ["Token.sol", "build.mjs", "package-lock.json"].map(|name| folder.join(name));
    let products = ["erc20.polkavm", "erc20.abi.json"].map(|name| out.join(name));
    let newest_source = sources.iter().map(|path| modified(path)).max().flatten();
    let oldest_product = products.iter().map(|path| modified(path)).min().flatten();
    if oldest_product.is_some() && oldest_product > newest_source {
        println!("{}: up to date", products[0].display());
        return Ok(());
    }
    run(node().arg(folder.join("build.mjs")).arg(out))
}

/// Compiles the suite of Solidity contracts and lets an EVM play its scenarios, unless what was made is newer than everything it
/// is made from: it takes minutes.
pub(crate) fn suite(progress: &Progress) -> Result<()> {
    progress.step("suite", || {
        let (folder, out) = (workspace::root().join("contracts/suite"), workspace::contracts_build());
        install_packages(&folder)?;
        create_dir(&out)?;
        let mut sources = ["build.mjs", "compile.mjs", "oracle.mjs", "scenarios.mjs", "package-lock.json"]
            .map(|name| folder.join(name))
            .to_vec();
        let solidity =
            fs::read_dir(folder.join("sol")).map_err(|error| format!("contracts/suite/sol: {error}"))?;
        sources.extend(solidity.flatten().map(|entry| entry.path()));
        let product = out.join("suite/steps.json");
        let newest_source = sources.iter().map(|path| modified(path)).max().flatten();
        if modified(&product).is_some() && modified(&product) > newest_source {
            println!("{}: up to date", product.display());
            return Ok(());
        }
        run(node().arg(folder.join("build.mjs")).arg(out))
    })
}

/// Node.js, as a command.
pub(crate) fn node() -> Command {
    program("node")
}

/// Installs the npm packages of a folder exactly as its lock file says, unless they are there already.
pub(crate) fn install_packages(folder: &Path) -> Result<()> {
    let lock = modified(&folder.join("package-lock.json"));
    if modified(&folder.join("node_modules/.package-lock.json")) > lock {
        return Ok(());
    }
    run(program("npm").current_dir(folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}

pub(crate) fn create_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|error| format!("cannot create {}: {error}", path.display()))
}

pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to)
        .map(drop)
        .map_err(|error| format!("cannot copy {} to {}: {error}", from.display(), to.display()))
}

/// The manifests of all packages outside the workspace.
pub(crate) fn manifests() -> Result<Vec<PathBuf>> {
    let contracts = workspace::root().join("contracts");
    let mut folders: Vec<PathBuf> = ["sdk", "blob-linker"]
        .iter()
        .chain(CONTRACTS)
        .chain(TEST_GUESTS)
        .map(|name| contracts.join(name))
        .collect();
    folders.extend(benchmark_folders()?);
    let benchmarking = workspace::root().join("benchmarking");
    let others = [
        "suite/support",
        "compare",
        "compare/backends",
        "compare/in-wasm",
        "compare/matrix",
        "compare-pallet/runtimes/ours",
        "compare-pallet/runtimes/theirs",
    ];
    folders.extend(others.map(|name| benchmarking.join(name)));
    Ok(folders.into_iter().map(|folder| folder.join("Cargo.toml")).collect())
}
