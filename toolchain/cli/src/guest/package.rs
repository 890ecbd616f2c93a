// SPDX-License-Identifier: Apache-2.0
//! What cargo says of the package in a folder: which program is the contract.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Toolchain;
use crate::error::{one_line, Error, Result};

/// A contract's package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// Name of the program that is the contract.
    pub(crate) program: String,
    /// Where cargo puts what it makes.
    pub(super) target: PathBuf,
}

/// Of `cargo metadata`, what is of interest.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Member>,
    target_directory: PathBuf,
}

/// A package of the workspace.
#[derive(Deserialize)]
struct Member {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
    default_run: Option<String>,
}

/// A library, a program, a test of a package.
#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

impl Package {
    /// The folder of a contract, if it has a manifest.
    pub(crate) fn check_folder(folder: &Path) -> Result<()> {
        let shown = folder.display();
        if !folder.is_dir() {
            return Err(Error::new(format!("{shown} is no folder"))
                .hint("name the folder of a contract's Cargo.toml"));
        }
        if !folder.join("Cargo.toml").is_file() {
            return Err(Error::new(format!("there is no Cargo.toml in {shown}"))
                .hint("name the folder of a contract; `revive-vm new NAME` makes one"));
        }
        Ok(())
    }

    /// Asks cargo about the package in a folder. `program` chooses one of several.
    pub(crate) fn read(toolchain: Toolchain, folder: &Path, program: Option<&str>) -> Result<Self> {
        let shown = folder.join("Cargo.toml").display().to_string();
        let output = toolchain
            .tool("cargo", folder)
            .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path", "Cargo.toml"])
            .output()
            .map_err(|error| Error::new(format!("failed to run cargo: {error}")))?;
        if !output.status.success() {
            let why = one_line(&String::from_utf8_lossy(&output.stderr));
            return Err(Error::new(format!(
                "cargo cannot read {shown}: {}",
                why.trim_start_matches("error: ")
            )));
        }
        let metadata: Metadata = serde_json::from_slice(&output.stdout)
            .map_err(|error| Error::new(format!("failed to read what cargo says of {shown}: {error}")))?;
        let manifest = folder.join("Cargo.toml");
        let program = metadata.program(&manifest, program)?;
        Ok(Self { folder: folder.to_owned(), program, target: metadata.target_directory })
    }
}

impl Metadata {
    /// The name of the contract's program.
    fn program(&self, manifest: &Path, wanted: Option<&str>) -> Result<String> {
        let shown = manifest.display();
        let is_it = |member: &&Member| match (member.manifest_path.canonicalize(), manifest.canonicalize()) {
            (Ok(one), Ok(other)) => one == other,
            _ => member.manifest_path == manifest,
        };
        let Some(member) = self.packages.iter().find(is_it) else {
            let names: Vec<_> = self.packages.iter().map(|member| member.name.as_str()).collect();
            return Err(Error::new(format!("{shown} is that of a workspace, and of no package"))
                .hint(format!("name the folder of one of its packages: {}", names.join(", "))));
        };
        let is_program = |target: &&Target| target.kind.iter().any(|kind| kind == "bin");
        let programs: Vec<_> =
            member.targets.iter().filter(is_program).map(|target| target.name.as_str()).collect();
        let name = &member.name;
        match (wanted, programs.as_slice()) {
            (_, []) => Err(Error::new(format!("the package `{name}` has no program, only a library"))
                .hint("a contract is a program: it has a src/main.rs, or a [[bin]] in its Cargo.toml")),
            (Some(wanted), _) if programs.contains(&wanted) => Ok(wanted.to_owned()),
            (Some(wanted), _) => Err(Error::usage(format!("the package `{name}` has no program `{wanted}`"))
                .hint(format!("it has: {}", programs.join(", ")))),
            (None, [only]) => Ok((*only).to_owned()),
            (None, _) => match &member.default_run {
                Some(program) => Ok(program.clone()),
                None => Err(Error::usage(format!(
                    "the package `{name}` has several programs: {}",
                    programs.join(", ")
                ))
                .hint("choose one with --bin NAME")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(targets: &[(&str, &str)], default: Option<&str>, wanted: Option<&str>) -> Result<String> {
        let target =
            |(name, kind): &(&str, &str)| Target { name: (*name).into(), kind: vec![(*kind).into()] };
        let member = Member {
            name: "wallet".into(),
            manifest_path: "/a/Cargo.toml".into(),
            targets: targets.iter().map(target).collect(),
            default_run: default.map(Into::into),
        };
        let metadata = Metadata { packages: vec![member], target_directory: "/a/target".into() };
        metadata.program(Path::new("/a/Cargo.toml"), wanted)
    }

    #[test]
    fn one_program_is_the_contract() {
        let two = [("lib", "lib"), ("one", "bin"), ("two", "bin"), ("tests", "test")];
        assert_eq!(program(&two[..2], None, None).unwrap(), "one");
        assert_eq!(program(&two, None, Some("two")).unwrap(), "two");
        assert_eq!(program(&two, Some("two"), None).unwrap(), "two");
        assert_eq!(program(&two, Some("two"), Some("one")).unwrap(), "one");
        for (wanted, what, hint) in [
            (None, "has several programs: one, two", "--bin"),
            (Some("three"), "no program `three`", "it has: one, two"),
            (Some("tests"), "no program `tests`", "it has: one, two"),
        ] {
            let error = program(&two, None, wanted).unwrap_err();
            assert!(error.to_string().contains(what) && error.advice().unwrap().contains(hint), "{error}");
        }
        let error = program(&two[..1], None, Some("lib")).unwrap_err();
        assert!(error.to_string().contains("`wallet` has no program"), "{error}");
    }

    #[test]
    fn a_workspace_is_no_package() {
        let member = |name: &str| Member {
            name: name.into(),
            manifest_path: format!("/a/{name}/Cargo.toml").into(),
            targets: Vec::new(),
            default_run: None,
        };
        let metadata =
            Metadata { packages: vec![member("one"), member("two")], target_directory: "/a/target".into() };
        let error = metadata.program(Path::new("/a/Cargo.toml"), None).unwrap_err();
        assert!(error.to_string().contains("/a/Cargo.toml is that of a workspace"), "{error}");
        assert!(error.advice().unwrap().contains("one, two"), "{error}");
    }
}
