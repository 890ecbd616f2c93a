// SPDX-License-Identifier: Apache-2.0
//! `cargo xtask matrix`: compiles guests at every setting of the compilers, links each at every level, runs them on both engines, and
//! compares with native programs.
//!
//! The guests are the benchmark suite and the contracts in Rust, and the programs of `benchmarking/suite/c` in C, which are compiled for
//! this machine too. What is done with the ELF files: `benchmarking/compare/matrix`. A setting costs a build of the standard library
//! the first time; `--quick` does a few settings and guests.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    clang, contracts,
    road::Road,
    run::{output_of, program, run, Progress, Result},
    setup, workspace,
};

/// Leaves out most settings and guests.
const QUICK: &str = "--quick";

/// Only guests of this name.
const ONLY: &str = "--only";

/// The guests in Rust that a quick run has: hashing, curve arithmetic and parsing by crates that others wrote, and jump tables.
const QUICK_GUESTS: &[&str] = &["blake2", "ed25519", "json", "mos6502"];

/// Units of work that programs in C do, and the one for which each is expensive.
const C_UNITS: u32 = 30;
const C_UNITS_EXPENSIVE: u32 = 1;
const C_EXPENSIVE: &str = "curve";

/// How Rust is compiled.
#[derive(Clone, Copy)]
struct RustSetting {
    opt_level: &'static str,
    lto: bool,
    debug_info: bool,
    /// Added to what the target has.
    features: Option<&'static str>,
    /// Whether a quick run has it.
    quick: bool,
}

impl RustSetting {
    /// What a debug build is: no optimisation, checks of overflow and of `unsafe`, debug info.
    const DEBUG_BUILD: Self = Self::new("0", false, true, true);

    const fn new(opt_level: &'static str, lto: bool, debug_info: bool, quick: bool) -> Self {
        Self { opt_level, lto, debug_info, features: None, quick }
    }

    const fn with_features(self, features: &'static str) -> Self {
        Self { features: Some(features), ..self }
    }

    fn is_debug_build(&self) -> bool {
        self.opt_level == "0"
    }

    fn all() -> Vec<Self> {
        let mut all = vec![Self::DEBUG_BUILD];
        for opt_level in ["1", "3", "s", "z"] {
            for lto in [false, true] {
                for debug_info in [false, true] {
                    all.push(Self::new(opt_level, lto, debug_info, opt_level == "z" && lto == debug_info));
                }
            }
        }
        // Fewer kinds of instructions; and more, with a linker that shortens sequences and leaves jumps without relocations.
        all.push(Self::new("3", true, false, false).with_features("-c,-zbb,-xtheadcondmov"));
        all.push(Self::new("z", true, false, false).with_features("+relax,+zba,+zbs"));
        all
    }

    fn name(&self) -> String {
        let mut name = format!("rust-O{}", self.opt_level);
        if self.lto {
            name += "-lto";
        }
        if self.debug_info {
            name += "-g";
        }
        match self.features {
            Some(features) if features.starts_with("+relax") => name + "-relax",
            Some(_) => name + "-base",
            None => name,
        }
    }

    /// Compiles a guest package and gives the path of its ELF file.
    fn compile(&self, road: Road, folder: &Path) -> Result<PathBuf> {
        let on = |is: bool| if is { "true" } else { "false" };
        let mut flags = "-Zlocation-detail=none".to_owned();
        if let Some(features) = self.features {
            flags += " -Ctarget-feature=";
            flags += features;
        }
        let mut cargo = road.tool("cargo");
        cargo
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", self.opt_level)
            .env("CARGO_PROFILE_RELEASE_LTO", if self.lto { "true" } else { "off" })
            .env("CARGO_PROFILE_RELEASE_DEBUG", on(self.debug_info))
            .env("CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS", on(self.is_debug_build()))
            .env("CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS", on(self.is_debug_build()))
            // Flags that somebody set for the host would reach the guest.
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env("RUSTFLAGS", flags);
        // All settings in one folder: cargo knows them apart but for the last file, which is fetched at once.
        contracts::build_guest(
            cargo,
            &workspace::target_dir().join("guest").join(road.name()).join("matrix"),
            folder,
        )
    }
}

/// How C is compiled.
#[derive(Clone, Copy)]
struct CSetting {
    bits: u32,
    opt_level: &'static str,
    debug_info: bool,
    /// With relaxation, sequences that a linker may shorten, and with more kinds of instructions.
    relax: bool,
    /// Linked by lld, and by that shortened; else the object file is the guest.
    linked: bool,
}

impl CSetting {
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for bits in [64, 32] {
            for opt_level in ["0", "1", "2", "3", "s", "z"] {
                for debug_info in [false, true] {
                    for relax in [false, true] {
                        for linked in [false, true] {
                            all.push(Self { bits, opt_level, debug_info, relax, linked });
                        }
                    }
                }
            }
        }
        all
    }

    /// Whether a quick run has it.
    fn is_quick(&self) -> bool {
        matches!(self.opt_level, "0" | "2") && self.debug_info == self.relax
    }

    fn name(&self) -> String {
        let mut name = format!("c{}-O{}", self.bits, self.opt_level);
        for (is, ending) in [(self.debug_info, "-g"), (self.relax, "-relax"), (self.linked, "-lld")] {
            if is {
                name += ending;
            }
        }
        name
    }

    /// Compiles a program and gives the path of its ELF file.
    fn compile(&self, clang: &str, lld: &Lld, source: &Path, folder: &Path) -> Result<PathBuf> {
        let (target, arch, abi) = match (self.bits, self.relax) {
            (64, false) => ("riscv64", "rv64emac_zbb_xtheadcondmov", "lp64e"),
            (64, true) => ("riscv64", "rv64emac_zba_zbb_zbs_xtheadcondmov", "lp64e"),
            (_, false) => ("riscv32", "rv32emac_zbb", "ilp32e"),
            (_, true) => ("riscv32", "rv32emac_zba_zbb_zbs", "ilp32e"),
        };
        let object = folder.join("program.o");
        let mut command = program(clang);
        command
            .arg(format!("--target={target}-unknown-none-elf"))
            .args([format!("-march={arch}"), format!("-mabi={abi}"), format!("-O{}", self.opt_level)])
            .args(["-ffreestanding", "-ffunction-sections", "-fdata-sections"])
            .args(C_WARNINGS)
            .arg(if self.relax { "-mrelax" } else { "-mno-relax" })
            .args(self.debug_info.then_some("-g"))
            .arg("-c")
            .arg(source)
            .arg("-o")
            .arg(&object);
        quietly(&mut command)?;
        if !self.linked {
            return Ok(object);
        }
        let linked = folder.join("program.elf");
        quietly(lld.command().args(["--emit-relocs", "-e", "run"]).arg(&object).arg("-o").arg(&linked))?;
        Ok(linked)
    }
}

/// The suite's programs are clean but for what is meant.
const C_WARNINGS: [&str; 2] = ["-Wall", "-Werror"];

/// The linker for programs in C.
struct Lld(PathBuf, &'static [&'static str]);

impl Lld {
    /// The one that came with the Rust toolchain.
    fn find(road: Road) -> Option<Self> {
        let sysroot = output_of(road.tool("rustc").args(["--print", "sysroot"]))?;
        let libraries = Path::new(&sysroot).join("lib/rustlib");
        let hosts = fs::read_dir(libraries).ok()?;
        let mut found =
            hosts.flatten().map(|host| host.path().join("bin/rust-lld")).filter(|path| path.is_file());
        found.next().map(|path| Self(path, &["-flavor", "gnu"]))
    }

    fn command(&self) -> Command {
        let mut command = program(&self.0);
        command.args(self.1);
        command
    }
}

/// `cargo xtask matrix [--quick] [--only NAME]`.
pub(crate) fn matrix(arguments: &[&str]) -> Result<()> {
    let (mut quick, mut only) = (false, None);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match *argument {
            QUICK => quick = true,
            ONLY => only = Some(*arguments.next().ok_or("--only needs the name of a guest")?),
            other => return Err(format!("unknown option {other:?}; there are {QUICK} and {ONLY} NAME")),
        }
    }
    let progress = Progress::start();
    let road = setup::setup(&progress)?;
    run_with(&progress, road, quick, only)
}

/// The same after the set-up.
fn run_with(progress: &Progress, road: Road, quick: bool, only: Option<&str>) -> Result<()> {
    let out = workspace::target_dir().join("matrix");
    // Nothing of an earlier run, which may have had other settings.
    if out.exists() {
        fs::remove_dir_all(&out).map_err(|error| format!("cannot remove {}: {error}", out.display()))?;
    }
    contracts::create_dir(&out)?;
    let wanted = |name: &str| only.is_none_or(|only| only == name);
    progress.step("guests in Rust", || in_rust(road, quick, &wanted, &out))?;
    match clang::find() {
        Some(clang) => progress.step("guests in C", || in_c(road, clang, quick, &wanted, &out))?,
        None => clang::say_missing(progress),
    }
    let mut build = crate::compare::cargo("build");
    progress.step("build the matrix", || run(build.args(["--package", PACKAGE])))?;
    progress.step("link and run", || {
        run(program(crate::compare::target_dir().join("release").join(PACKAGE)).arg(&out))
    })
}

/// What links and runs.
const PACKAGE: &str = "revive-vm-matrix";

fn in_rust(road: Road, quick: bool, wanted: &dyn Fn(&str) -> bool, out: &Path) -> Result<()> {
    let mut folders = contracts::benchmark_folders()?;
    // It does nothing but calls of the host, whose result is another one natively.
    folders.retain(|folder| !folder.ends_with("hostcall"));
    folders.extend(contracts::rust_contracts());
    for setting in RustSetting::all() {
        if quick && !setting.quick {
            continue;
        }
        for folder in &folders {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !wanted(&name) || quick && !QUICK_GUESTS.contains(&&*name) {
                continue;
            }
            let elf = setting.compile(road, folder)?;
            contracts::copy(&elf, &out.join(format!("{name}@{}.elf", setting.name())))?;
        }
    }
    Ok(())
}

fn in_c(road: Road, clang: &str, quick: bool, wanted: &dyn Fn(&str) -> bool, out: &Path) -> Result<()> {
    let suite = workspace::root().join("benchmarking/suite/c");
    let entries =
        fs::read_dir(&suite).map_err(|error| format!("cannot read {}: {error}", suite.display()))?;
    let mut sources: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    sources.retain(|path| path.extension().is_some_and(|ending| ending == "c"));
    sources.sort();
    let lld = Lld::find(road).ok_or("the Rust toolchain has no rust-lld")?;
    let objects = workspace::target_dir().join("guest/c/matrix");
    contracts::create_dir(&objects)?;
    for source in sources {
        let name = source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // C and Rust have programs of one name.
        let guest = format!("c-{name}");
        if !wanted(&guest) {
            continue;
        }
        let units = if name == C_EXPENSIVE { C_UNITS_EXPENSIVE } else { C_UNITS };
        let native = objects.join("native");
        quietly(program(clang).args(C_WARNINGS).arg("-O1").arg(&source).arg("-o").arg(&native))?;
        let result = output_of(program(&native).arg(units.to_string()));
        let result = result.ok_or_else(|| format!("{name} does not run on this machine"))?;
        fs::write(out.join(format!("{guest}.native")), format!("{units} {result}\n"))
            .map_err(|error| format!("cannot write into {}: {error}", out.display()))?;
        for setting in CSetting::all().into_iter().filter(|setting| !quick || setting.is_quick()) {
            let elf = setting.compile(clang, &lld, &source, &objects)?;
            contracts::copy(&elf, &out.join(format!("{guest}@{}.elf", setting.name())))?;
        }
        println!("{name}: returns {result} for {units}, compiled in all settings");
    }
    Ok(())
}

/// Runs a command that takes no time, and shows it only if it fails.
fn quietly(command: &mut Command) -> Result<()> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} ended with {status}")),
        Err(error) => Err(format!("cannot run {command:?}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_name_of_its_own() {
        let rust = RustSetting::all().iter().map(RustSetting::name).collect::<Vec<_>>();
        let c = CSetting::all().iter().map(CSetting::name).collect::<Vec<_>>();
        for names in [rust, c] {
            let mut once = names.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), names.len());
        }
    }

    #[test]
    fn a_quick_run_has_debug_builds_and_optimised_ones() {
        let quick = |all: Vec<(bool, &str)>| {
            let levels: Vec<_> =
                all.into_iter().filter_map(|(quick, level)| quick.then_some(level)).collect();
            levels.contains(&"0") && levels.iter().any(|level| *level != "0") && levels.len() < 20
        };
        assert!(quick(RustSetting::all().iter().map(|setting| (setting.quick, setting.opt_level)).collect()));
        assert!(quick(
            CSetting::all().iter().map(|setting| (setting.is_quick(), setting.opt_level)).collect()
        ));
    }
}
