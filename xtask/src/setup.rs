// SPDX-License-Identifier: Apache-2.0
//! `cargo xtask setup`: installs what the build needs and the machine lacks.
//!
//! It only adds: packages by apt, parts of the Rust toolchain by rustup or (see [`crate::road`]) by apt. A second
//! run finds everything in place and takes a second. Nothing here changes the repository.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    clang,
    road::{Road, BUILT_BY, DEBIAN_PREFIX, WASM_TARGET},
    run::{is_installed, output_of, program, run, run_within, Progress, Result},
    workspace,
};

/// How long rustup may take before it counts as unable to download.
const RUSTUP_DEADLINE: Duration = Duration::from_secs(90);

/// The oldest Node.js that the scripts are made for.
const NODE_MAJOR_MIN: u32 = 18;

/// A command that the build calls, the Debian package that has it, and what it is for.
struct Tool {
    command: &'static str,
    package: &'static str,
    why: &'static str,
}

const TOOLS: &[Tool] = &[
    Tool { command: "cc", package: "gcc", why: "links the host's programs" },
    Tool { command: "g++", package: "g++", why: "compiles C++ parts of the node's dependencies" },
    Tool { command: "make", package: "make", why: "builds the OpenSSL inside the node's dependencies" },
    Tool { command: "perl", package: "perl", why: "configures that OpenSSL" },
    Tool { command: "protoc", package: "protobuf-compiler", why: "generates the node's network messages" },
    Tool { command: "node", package: "nodejs", why: "runs the Solidity compiler and the client test" },
    Tool { command: "npm", package: "npm", why: "installs their packages" },
];

/// The packages of Debian's second Rust toolchain.
const DEBIAN_TOOLCHAIN_PACKAGES: &[(&str, &str)] = &[
    ("rustc-web", "the compiler"),
    ("cargo-web", "its cargo"),
    ("rust-web-src", "the sources of core and alloc"),
    ("rust-web-llvm", "rust-lld, which links the runtime and guest programs"),
];

/// Installs what is missing and gives the road that the build takes.
pub(crate) fn setup(progress: &Progress) -> Result<Road> {
    progress.step("setup", || {
        tools(progress)?;
        let road = choose_road(progress)?;
        progress.say(format_args!("toolchain road: {}", road.name()));
        Ok(road)
    })
}

fn tools(progress: &Progress) -> Result<()> {
    if !is_installed("rustup") {
        return Err(
            "rustup is not installed; see https://rustup.rs (both toolchain roads go through it)".into()
        );
    }
    let missing: Vec<(&str, &str)> = TOOLS
        .iter()
        .filter(|tool| !is_installed(tool.command))
        .map(|tool| (tool.package, tool.why))
        .collect();
    apt_install(progress, &missing)?;
    if clang::find().is_none() {
        // Not every distribution has it, and all but one guest program can be built without.
        if let Err(error) = apt_install(progress, &[(clang::PACKAGE, clang::WHY)]) {
            progress.say(format_args!("going on without {}: {error}", clang::PACKAGE));
        }
    }

    let version = output_of(program("node").arg("--version")).unwrap_or_default();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE_MAJOR_MIN) {
        return Err(format!("Node.js is {version:?}; the scripts need version {NODE_MAJOR_MIN} or later"));
    }
    Ok(())
}

fn choose_road(progress: &Progress) -> Result<Road> {
    if !Road::Rustup.rustc_is_recent() {
        return Err(format!(
            "the Rust toolchain in use is older than {}; run `rustup update stable`",
            Road::rustc_min()
        ));
    }
    match Road::forced()? {
        Some(road) if road.is_ready() => Ok(road),
        Some(Road::Rustup) => by_rustup(progress, Duration::from_secs(3600)).map(|()| Road::Rustup),
        Some(Road::Debian) => by_debian(progress).map(|()| Road::Debian),
        None => {
            if let Some(road) = Road::installed() {
                return Ok(road);
            }
            let Err(rustup) = by_rustup(progress, RUSTUP_DEADLINE) else { return Ok(Road::Rustup) };
            progress
                .say(format_args!("rustup cannot download ({rustup}); taking Debian's toolchain instead"));
            by_debian(progress).map(|()| Road::Debian).map_err(|debian| {
                format!("both toolchain roads are closed\n  rustup: {rustup}\n  debian: {debian}")
            })
        }
    }
}

fn by_rustup(progress: &Progress, deadline: Duration) -> Result<()> {
    progress.say(format_args!("rustup installs {WASM_TARGET} (the runtime) and rust-src (guest programs)"));
    for arguments in [["target", "add", WASM_TARGET], ["component", "add", "rust-src"]] {
        // A backtrace of rustup says nothing about why it cannot download.
        run_within(program("rustup").env("RUST_BACKTRACE", "0").args(arguments), deadline)?;
    }
    if !Road::Rustup.is_ready() {
        return Err(format!(
            "rustup reported success, but {WASM_TARGET} or rust-src is not in the toolchain"
        ));
    }
    Ok(())
}

fn by_debian(progress: &Progress) -> Result<()> {
    let missing: Vec<(&str, &str)> = DEBIAN_TOOLCHAIN_PACKAGES
        .iter()
        .filter(|(package, _)| !is_package_installed(package))
        .copied()
        .collect();
    apt_install(progress, &missing)?;
    run(&mut Road::link_debian())?;
    if !Road::Debian.rustc_is_recent() {
        return Err(format!(
            "Debian's rustc is older than {}; its security archive has a newer one (see `apt-cache policy rustc-web`)",
            Road::rustc_min()
        ));
    }
    if !Road::Debian.has_wasm_library() {
        install_wasm_library(progress)?;
    }
    if !Road::Debian.is_ready() {
        return Err(format!("{WASM_TARGET} or the library sources are still missing under {DEBIAN_PREFIX}"));
    }
    Ok(())
}

/// Builds `core`, `alloc` and `compiler_builtins` for the runtime's target and puts them where the compiler looks.
fn install_wasm_library(progress: &Progress) -> Result<()> {
    progress.say(format_args!(
        "building core and alloc for {WASM_TARGET} from Debian's sources (under a minute)"
    ));
    let folder = workspace::target_dir().join("sysroot");
    let write = |path: PathBuf, text: &str| {
        path.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&path, text))
            .map_err(|error| format!("cannot write {}: {error}", path.display()))
    };
    // An empty crate: only what it depends on is wanted.
    write(
        folder.join("Cargo.toml"),
        "[package]\nname = \"sysroot\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n",
    )?;
    write(folder.join("src/lib.rs"), "#![no_std]\n")?;
    let mut build = Road::Debian.tool("cargo");
    build
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env("RUSTC_BOOTSTRAP", "1")
        // A runtime is built with link-time optimisation, which reads the bitcode that cargo would leave out.
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .args(["build", "--release", "-Zbuild-std=core,alloc", "--target", WASM_TARGET]);
    run(&mut build)?;

    let built = folder.join("target").join(WASM_TARGET).join("release/deps");
    let stamp = folder.join(BUILT_BY);
    write(stamp.clone(), &Road::Debian.compiler().ok_or("Debian's rustc does not say its version")?)?;
    let mut files: Vec<PathBuf> = libraries_in(&built)?;
    files.retain(|path| {
        !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("libsysroot-"))
    });
    // Last, so that a copy that was cut short is not taken for a whole one.
    files.push(stamp);

    let destination = PathBuf::from(format!("{DEBIAN_PREFIX}/lib/rustlib/{WASM_TARGET}/lib"));
    run(as_root("mkdir")?.arg("-p").arg(&destination))?;
    // Two versions of a library in one folder would be an error of the compiler.
    run(as_root("rm")?.arg("-f").arg(destination.join(BUILT_BY)).args(libraries_in(&destination)?))?;
    run(as_root("cp")?.args(&files).arg(&destination))
}

/// The Rust libraries in a folder.
fn libraries_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let paths = entries.flatten().map(|entry| entry.path());
    Ok(paths.filter(|path| path.extension().is_some_and(|extension| extension == "rlib")).collect())
}

/// Installs Debian packages, after saying which and why.
fn apt_install(progress: &Progress, packages: &[(&str, &str)]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = packages.iter().map(|(package, _)| *package).collect();
    if !is_installed("apt-get") {
        return Err(format!(
            "these are missing and there is no apt-get to install them, please install them by hand: {}",
            packages.iter().map(|(package, why)| format!("{package} ({why})")).collect::<Vec<_>>().join(", ")
        ));
    }
    for (package, why) in packages {
        progress.say(format_args!("apt installs {package}: {why}"));
    }
    let by_hand = |error| format!("{error}; by hand: sudo apt-get install {}", names.join(" "));
    let apt = || as_root("apt-get").map_err(by_hand);
    // A stale or missing package list is the usual reason for a failed installation; an update that fails does
    // not have to be one (one source of several may be down), so the installation decides.
    if let Err(error) = run(apt()?.arg("update")) {
        progress.say(format_args!("going on with the old package list: {error}"));
    }
    run(apt()?.args(["install", "-y", "--no-install-recommends"]).args(&names)).map_err(by_hand)
}

fn is_package_installed(package: &str) -> bool {
    output_of(program("dpkg-query").args(["-W", "-f=${Status}", package]))
        .is_some_and(|status| status == "install ok installed")
}

/// A command with the rights to install: as it is for root, else through a sudo that asks nothing.
fn as_root(name: &str) -> Result<std::process::Command> {
    let is_root = output_of(program("id").arg("-u")).as_deref() == Some("0");
    let mut command = if is_root {
        program(name)
    } else if is_installed("sudo") && output_of(program("sudo").args(["-n", "true"])).is_some() {
        let mut command = program("sudo");
        command.args(["-n", name]);
        command
    } else {
        return Err(format!("`{name}` needs root, and sudo is not available without a password"));
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    Ok(command)
}
