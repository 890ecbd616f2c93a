// SPDX-License-Identifier: Apache-2.0
//! `revive-vm new`: makes the folder of a new contract in Rust.

use std::{fs, io, path::Path};

use serde_json::json;

use crate::{
    args::{Global, NewArgs},
    error::{Error, Outcome, Result},
    output, output_file,
};

/// The files of a new contract: where they go, and what is in them. `{{name}}` stands for the name, `{{sdk}}` for the path of the
/// guest library as a string of TOML.
const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../../templates/contract/Cargo.toml")),
    (".gitignore", include_str!("../../templates/contract/gitignore")),
    ("README.md", include_str!("../../templates/contract/README.md")),
    ("src/main.rs", include_str!("../../templates/contract/src/main.rs")),
    ("src/tests.rs", include_str!("../../templates/contract/src/tests.rs")),
];

/// Characters of a name: what registries take.
const NAME_CHARS_MAX: usize = 64;

/// Words that are no names in Rust.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "Self",
    "static", "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

/// Names that cargo uses for folders of its own, or that a contract's dependencies have.
const TAKEN: &[&str] = &[
    "alloc",
    "build",
    "core",
    "deps",
    "examples",
    "incremental",
    "proc_macro",
    "revive_vm_sdk",
    "std",
    "test",
];

/// Name of the guest library's package.
const SDK: &str = "revive-vm-sdk";

/// Runs the command.
pub(crate) fn run(global: &Global, args: &NewArgs) -> Result<Outcome> {
    check_name(&args.name)
        .map_err(|why| Error::usage(format!("`{}` cannot be a contract's name: {why}", args.name)))?;
    let sdk = sdk(args.sdk.as_deref())?;
    let folder = Path::new(&args.name);
    let files: Vec<_> = FILES.iter().map(|(path, text)| (*path, filled(text, &args.name, &sdk))).collect();
    make(folder, &files)?;
    if global.json {
        output::print_json(&json!({
            "name": args.name,
            "folder": folder.display().to_string(),
            "sdk": sdk,
            "files": FILES.iter().map(|(path, _)| path).collect::<Vec<_>>(),
        }))?;
    } else {
        let name = &args.name;
        output::print(&format!(
            "\
the contract `{name}` is in the folder {name}, its README.md says more

  cd {name}
  cargo test         # its unit tests
  revive-vm build    # to build/{name}.polkavm
  revive-vm instantiate build/{name}.polkavm --abi build/{name}.abi.json --args 5    # on a node, as a dry run
"
        ))?;
    }
    Ok(Outcome::Success)
}

/// Why a name will not do, if it will not: cargo, the compiler and tools for the blob have to take it.
fn check_name(name: &str) -> Result<(), String> {
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Err("it does not begin with a letter from a to z".into());
    }
    if let Some(c) = name.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')) {
        let path = if c == '/' { "; the folder is made where the command runs" } else { "" };
        return Err(format!("it has the character {c:?}, names have letters, digits, `-` and `_`{path}"));
    }
    if name.len() > NAME_CHARS_MAX {
        return Err(format!("it has {} characters, names have at most {NAME_CHARS_MAX}", name.len()));
    }
    let in_rust = name.replace('-', "_");
    if KEYWORDS.contains(&&*in_rust) {
        return Err("it is a keyword of Rust".into());
    }
    if TAKEN.contains(&&*in_rust) {
        return Err("cargo or the compiler uses it for something else".into());
    }
    Ok(())
}

/// The path of the guest library as the new Cargo.toml has it, which lies one folder deeper than where the command runs.
fn sdk(given: Option<&Path>) -> Result<String> {
    let advice = "give the folder contracts/sdk of a checkout of revive-vm with --sdk, or in the variable REVIVE_VM_SDK";
    let path = match given {
        Some(path) => {
            check_sdk(path).map_err(|why| Error::new(why).hint(advice))?;
            // Relative to here becomes relative to the new folder; what is absolute stays so.
            Path::new("..").join(path).components().collect()
        }
        None => {
            let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/sdk");
            let found = checkout.canonicalize().map_err(|error| format!("{}: {error}", checkout.display()));
            let found = found.and_then(|path| check_sdk(&path).map(|()| path));
            found.map_err(|why| {
                Error::new(format!("the guest library is not where this program was built from: {why}"))
                    .hint(advice)
            })?
        }
    };
    let shown = path.display().to_string();
    path.into_os_string().into_string().map_err(|_| {
        Error::new(format!("the path of the guest library is no UTF-8 text, as Cargo.toml needs: {shown}"))
    })
}

/// Whether a folder has the guest library, or why not.
fn check_sdk(folder: &Path) -> Result<(), String> {
    let manifest = folder.join("Cargo.toml");
    let text = fs::read_to_string(&manifest)
        .map_err(|error| format!("failed to read {}: {error}", manifest.display()))?;
    let is_name = |line: &str| {
        let value = line.trim().strip_prefix("name").and_then(|rest| rest.trim_start().strip_prefix('='));
        value.is_some_and(|value| value.trim().trim_matches('"') == SDK)
    };
    match text.lines().any(is_name) {
        true => Ok(()),
        false => Err(format!("{} is that of another package than {SDK}", manifest.display())),
    }
}

/// Makes the folder with all files in it, or nothing.
fn make(folder: &Path, files: &[(&str, String)]) -> Result<()> {
    fs::create_dir(folder).map_err(|error| {
        let failed = Error::new(format!("failed to make the folder {}: {error}", folder.display()));
        match error.kind() {
            io::ErrorKind::AlreadyExists => {
                failed.hint("nothing was changed: choose another name, or move what is there away")
            }
            _ => failed,
        }
    })?;
    let written = files.iter().try_for_each(|(path, text)| {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| {
                Error::new(format!("failed to make the folder {}: {error}", parent.display()))
            })?;
        }
        output_file::write(&path, text.as_bytes())
    });
    written.inspect_err(|_| {
        // It is ours. Whoever cannot write there may not be able to remove it either.
        let _ = fs::remove_dir_all(folder);
    })
}

/// A file with its gaps filled, and without our licence: which one a contract has is for its author to say.
fn filled(text: &str, name: &str, sdk: &str) -> String {
    let text = text.strip_prefix("// SPDX-License-Identifier: Apache-2.0\n").unwrap_or(text);
    // The escapes of JSON are escapes of TOML.
    text.replace("{{name}}", name).replace("{{sdk}}", &json!(sdk).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_cargo_and_the_compiler_take() {
        for name in ["a", "token", "my-token_2", "Token", "main", "testing", &"n".repeat(64)] {
            assert_eq!(check_name(name), Ok(()));
        }
        for (name, why) in [
            ("", "begin with a letter"),
            ("2tokens", "begin with a letter"),
            ("-v", "begin with a letter"),
            ("_", "begin with a letter"),
            ("été", "begin with a letter"),
            ("../token", "begin with a letter"),
            ("a/b", "'/', names have letters, digits, `-` and `_`; the folder is made where"),
            ("a b", "' '"),
            ("a.b", "'.'"),
            ("a\u{301}", "'\\u{301}'"),
            ("a\n", "'\\n'"),
            (&"n".repeat(65), "65 characters, names have at most 64"),
            ("struct", "keyword"),
            ("build", "something else"),
            ("proc-macro", "something else"),
            ("revive-vm-sdk", "something else"),
        ] {
            let error = check_name(name).unwrap_err();
            assert!(error.contains(why), "{name}: {error}");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_filled_is_gone() {
        let folder = std::env::temp_dir().join(format!("revive-vm-new-{}", std::process::id()));
        let files = [("inside/file", "text".to_string()), ("inside/file/below", String::new())];
        let error = make(&folder, &files).unwrap_err();
        assert!(
            error.to_string().starts_with("failed to make the folder ")
                && error.to_string().contains("inside/file: ")
        );
        assert!(!folder.exists());
        make(&folder, &files[..1]).unwrap();
        // What was there before stays.
        assert!(make(&folder, &files).is_err());
        assert_eq!(fs::read_to_string(folder.join("inside/file")).unwrap(), "text");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn no_gap_stays_open() {
        for (path, text) in FILES {
            let text = filled(text, "token", "/a \"path\"\\sdk");
            assert!(!text.contains("{{") && !text.contains("}}") && !text.contains("SPDX"), "{path}");
            if *path == "Cargo.toml" {
                assert!(text.contains(r#"path = "/a \"path\"\\sdk","#), "{text}");
            }
        }
    }
}
