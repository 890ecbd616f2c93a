// SPDX-License-Identifier: Apache-2.0
//! The Rust toolchain that compiles guests: one that is new enough and has the sources of `core` and `alloc`, which are compiled
//! for the guest. The one in use comes first, then Debian's, linked as the rustup toolchain `debian`.

use std::{
    env,
    path::Path,
    process::{Command, Stdio},
};

use super::program;
use crate::error::{one_line, Error, Result};

/// The rustc that the guest target's description needs, as (major, minor).
const RUSTC_MIN: (u32, u32) = (1, 95);

/// The name under which rustup knows Debian's toolchain.
const DEBIAN: &str = "debian";

/// Which toolchain is taken, for those who do not want the first that will do.
const ROAD_VARIABLE: &str = "REVIVE_VM_ROAD";

/// What makes Debian's toolchain usable where rustup can download nothing.
const BY_DEBIAN: &str = "`sudo apt-get install rustc-web cargo-web rust-web-src rust-web-llvm`, then `rustup toolchain link debian /usr`";

/// A toolchain that has what guests need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The one in use.
    InUse,
    /// Debian's.
    Debian,
}

/// What a toolchain lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Lack {
    /// It cannot be run, for this reason.
    Compiler(String),
    /// It has this version.
    Version(String),
    /// The sources of the standard library are not in this folder of it.
    Sources(String),
}

impl Toolchain {
    /// The first toolchain that will do for a package in `folder`, where a file may choose the one in use.
    pub(crate) fn find(folder: &Path) -> Result<Self> {
        let forced = match env::var(ROAD_VARIABLE).ok().as_deref() {
            None | Some("") => None,
            Some("rustup") => Some(Self::InUse),
            Some("debian") => Some(Self::Debian),
            Some(other) => {
                return Err(Error::usage(format!("{ROAD_VARIABLE} is `{other}`; it may be rustup or debian")))
            }
        };
        let first = forced.unwrap_or(Self::InUse);
        let Some(lack) = first.lack(folder) else { return Ok(first) };
        if forced.is_none() && Self::Debian.lack(folder).is_none() {
            return Ok(Self::Debian);
        }
        Err(first.error(&lack))
    }

    /// A tool of it, such as cargo, to be run in `folder`.
    pub(super) fn tool(self, name: &str, folder: &Path) -> Command {
        let mut command = match self {
            Self::InUse => program(name),
            Self::Debian => {
                let mut command = program("rustup");
                command.args(["run", DEBIAN, name]);
                command
            }
        };
        command.current_dir(folder).stdin(Stdio::null());
        command
    }

    /// The first thing that it lacks, if any.
    fn lack(self, folder: &Path) -> Option<Lack> {
        let ask = |what: &[&str]| self.ask(folder, what).map_err(Lack::Compiler);
        let version = match ask(&["--version"]) {
            Ok(version) if is_recent(&version) => ask(&["--print", "sysroot"]),
            Ok(version) => Err(Lack::Version(version)),
            Err(lack) => Err(lack),
        };
        let sources = match version {
            Ok(sysroot) => Path::new(&sysroot).join("lib/rustlib/src/rust/library"),
            Err(lack) => return Some(lack),
        };
        (!sources.join("core/Cargo.toml").is_file()).then(|| Lack::Sources(sources.display().to_string()))
    }

    /// What its compiler answers, or why it does not.
    fn ask(self, folder: &Path, what: &[&str]) -> Result<String, String> {
        let output = self.tool("rustc", folder).args(what).output().map_err(|error| error.to_string())?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
            false => Err(one_line(&String::from_utf8_lossy(&output.stderr))),
        }
    }

    /// What a lack of it means, and which command does something about it.
    fn error(self, lack: &Lack) -> Error {
        let min = format!("{}.{}", RUSTC_MIN.0, RUSTC_MIN.1);
        let (what, in_use) = match lack {
            Lack::Compiler(why) => (
                format!("failed to run the Rust compiler: {why}"),
                "https://rustup.rs says how to install Rust".to_string(),
            ),
            Lack::Version(version) => (
                format!("the Rust compiler is {version}, contracts need {min} or later"),
                "`rustup update stable`".to_string(),
            ),
            Lack::Sources(folder) => (
                format!("the sources of Rust's standard library are not in {folder}; of them core and alloc are compiled for the contract"),
                format!("`rustup component add rust-src`; where rustup cannot download, on Debian: {BY_DEBIAN}"),
            ),
        };
        match self {
            Self::InUse => Error::new(what).hint(in_use),
            Self::Debian => Error::new(format!("the rustup toolchain `{DEBIAN}`: {what}")).hint(BY_DEBIAN),
        }
    }
}

/// Whether a compiler that gives this version is new enough.
fn is_recent(version: &str) -> bool {
    let mut numbers = version.split_whitespace().nth(1).unwrap_or_default().split('.').map(str::parse::<u32>);
    matches!((numbers.next(), numbers.next()), (Some(Ok(major)), Some(Ok(minor))) if (major, minor) >= RUSTC_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        for recent in
            ["rustc 1.95.0 (59807616e 2026-04-14)", "rustc 1.101.0-nightly (92b5b8c87)", "rustc 2.0.0"]
        {
            assert!(is_recent(recent), "{recent}");
        }
        for old in ["rustc 1.94.1 (abc 2026-01-01)", "rustc 1.9.0", ""] {
            assert!(!is_recent(old), "{old}");
        }
    }

    #[test]
    fn what_is_missing_comes_with_a_command() {
        for (lack, what, hint) in [
            (
                Lack::Compiler("No such file".into()),
                "failed to run the Rust compiler: No such file",
                "rustup.rs",
            ),
            (
                Lack::Version("rustc 1.80.0".into()),
                "rustc 1.80.0, contracts need 1.95",
                "rustup update stable",
            ),
            (Lack::Sources("/rust/src".into()), "not in /rust/src", "`rustup component add rust-src`"),
        ] {
            let error = Toolchain::InUse.error(&lack);
            assert!(error.to_string().contains(what) && error.advice().unwrap().contains(hint), "{error}");
            let error = Toolchain::Debian.error(&lack);
            assert!(
                error.to_string().contains(what) && error.advice().unwrap().contains("apt-get"),
                "{error}"
            );
        }
    }
}
