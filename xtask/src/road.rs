// SPDX-License-Identifier: Apache-2.0
//! The two roads to the parts of the Rust toolchain that a host-only installation lacks: the library for
//! `wasm32v1-none` (the chain's runtime) and the sources of `core` and `alloc` (guest programs).
//!
//! - [`Road::Rustup`]: rustup downloads both into the toolchain in use.
//! - [`Road::Debian`]: where rustup can download nothing, Debian's second, complete Rust toolchain is installed by
//!   apt and linked as the rustup toolchain `debian`. It has the sources; the wasm library is built from them once.
//!
//! What is installed decides first, so that a machine stays on its road; only then is a download tried.

use std::{env, fs, path::Path, process::Command};

use crate::run::{output_of, program, Result};

/// The rustc that the guest target's description needs, as (major, minor).
const RUSTC_MIN: (u32, u32) = (1, 95);

/// The name under which rustup knows Debian's toolchain.
const DEBIAN_TOOLCHAIN: &str = "debian";

/// Where Debian's toolchain is installed.
pub(crate) const DEBIAN_PREFIX: &str = "/usr";

/// Beside the library that we build: the compiler that built it. An upgrade of Debian's compiler leaves the old
/// library behind.
pub(crate) const BUILT_BY: &str = "built-by.txt";

/// The runtime's target.
pub(crate) const WASM_TARGET: &str = "wasm32v1-none";

/// A way to the missing parts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Road {
    Rustup,
    Debian,
}

impl Road {
    /// The road that `REVIVE_VM_ROAD` forces, if any.
    pub(crate) fn forced() -> Result<Option<Self>> {
        match env::var("REVIVE_VM_ROAD").ok().as_deref() {
            None | Some("") => Ok(None),
            Some("rustup") => Ok(Some(Self::Rustup)),
            Some("debian") => Ok(Some(Self::Debian)),
            Some(other) => Err(format!("REVIVE_VM_ROAD is {other:?}; it may be rustup or debian")),
        }
    }

    /// The road whose parts are all there, if any.
    pub(crate) fn installed() -> Option<Self> {
        [Self::Rustup, Self::Debian].into_iter().find(|road| road.is_ready())
    }

    /// Whether nothing is missing on this road. Asks no network.
    pub(crate) fn is_ready(self) -> bool {
        self.rustc_is_recent()
            && self.sysroot().is_some_and(|root| has_sources(&root))
            && self.has_wasm_library()
    }

    /// Whether the library for the runtime's target is there and fits the compiler.
    pub(crate) fn has_wasm_library(self) -> bool {
        let Some(sysroot) = self.sysroot() else { return false };
        let folder = Path::new(&sysroot).join("lib/rustlib").join(WASM_TARGET).join("lib");
        let fits = match self {
            Self::Rustup => true,
            Self::Debian => {
                fs::read_to_string(folder.join(BUILT_BY)).ok().as_deref().map(str::trim)
                    == self.compiler().as_deref()
            }
        };
        fits && has_libraries(&folder)
    }

    /// The compiler in full: a library that another one built cannot be used.
    pub(crate) fn compiler(self) -> Option<String> {
        output_of(self.tool("rustc").args(["--version", "--verbose"]))
    }

    /// The toolchain that `substrate-wasm-builder` is told to use; none means the one in use.
    pub(crate) fn wasm_toolchain(self) -> Option<&'static str> {
        match self {
            Self::Rustup => None,
            Self::Debian => Some(DEBIAN_TOOLCHAIN),
        }
    }

    /// A short name for messages and folders.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rustup => "rustup",
            Self::Debian => "debian",
        }
    }

    /// A tool (`cargo`, `rustc`) of this road's toolchain.
    pub(crate) fn tool(self, name: &str) -> Command {
        match self {
            Self::Rustup => program(name),
            Self::Debian => {
                let mut command = program("rustup");
                command.args(["run", DEBIAN_TOOLCHAIN, name]);
                command
            }
        }
    }

    /// The folder of this road's toolchain, or `None` when it cannot be run.
    fn sysroot(self) -> Option<String> {
        output_of(self.tool("rustc").args(["--print", "sysroot"]))
    }

    /// Whether the compiler is new enough.
    pub(crate) fn rustc_is_recent(self) -> bool {
        output_of(self.tool("rustc").arg("--version")).is_some_and(|text| is_recent(&text))
    }

    /// The minimum of [`Self::rustc_is_recent`], for messages.
    pub(crate) fn rustc_min() -> String {
        format!("{}.{}", RUSTC_MIN.0, RUSTC_MIN.1)
    }

    /// Links Debian's toolchain under its rustup name. Doing it again changes nothing.
    pub(crate) fn link_debian() -> Command {
        let mut command = program("rustup");
        command.args(["toolchain", "link", DEBIAN_TOOLCHAIN, DEBIAN_PREFIX]);
        command
    }
}

/// Whether the sources of the standard library are in the toolchain.
fn has_sources(sysroot: &str) -> bool {
    Path::new(sysroot).join("lib/rustlib/src/rust/library/core/Cargo.toml").is_file()
}

/// Whether a folder has the libraries of a `no_std` target.
fn has_libraries(folder: &Path) -> bool {
    let Ok(entries) = folder.read_dir() else { return false };
    let names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    ["libcore-", "liballoc-", "libcompiler_builtins-"]
        .iter()
        .all(|library| names.iter().any(|name| name.starts_with(library) && name.ends_with(".rlib")))
}

/// Reads the output of `rustc --version`.
fn is_recent(version: &str) -> bool {
    let mut numbers = version.split_whitespace().nth(1).unwrap_or_default().split('.').map(str::parse::<u32>);
    matches!((numbers.next(), numbers.next()), (Some(Ok(major)), Some(Ok(minor))) if (major, minor) >= RUSTC_MIN)
}

#[cfg(test)]
mod tests {
    use super::is_recent;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(is_recent("rustc 1.95.0 (59807616e 2026-04-14)"));
        assert!(is_recent("rustc 1.101.0-nightly (92b5b8c87 2026-10-29)"));
        assert!(is_recent("rustc 2.0.0"));
        assert!(!is_recent("rustc 1.94.1 (abc 2026-03-01)"));
        assert!(!is_recent("rustc 1.9.0"));
        assert!(!is_recent(""));
        assert!(!is_recent("rustc dev"));
    }
}
