// SPDX-License-Identifier: Apache-2.0
//! The rules of the repository that no compiler checks: dependency arrows, headers, paths named in documents, no
//! executables, no traces of a developer's machine. `cargo xtask ci tidy` runs it.
//!
//! Every message says what is wrong, why it matters and how to put it right. The last tests feed the checks with
//! samples that must fail, so that a check that finds nothing is known to look.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::Value;

/// What each crate of ours may use of the others, outside of tests. A new crate gets a line here on purpose.
const ARROWS: &[(&str, &[&str])] = &[
    ("revive-vm-primitives", &[]),
    ("revive-vm-assembler", &["revive-vm-primitives"]),
    ("revive-vm-interpreter", &["revive-vm-primitives"]),
    ("revive-vm-recompiler", &["revive-vm-primitives", "revive-vm-assembler"]),
    ("revive-vm-sandbox", &["revive-vm-primitives"]),
    ("revive-vm-worker", &["revive-vm-primitives"]),
    (
        "revive-vm-executor",
        &["revive-vm-primitives", "revive-vm-interpreter", "revive-vm-recompiler", "revive-vm-sandbox"],
    ),
    (
        "revive-vm-testing",
        &["revive-vm-primitives", "revive-vm-executor", "revive-vm-interpreter", "revive-vm-assembly"],
    ),
    ("revive-vm-runtime-interface", &["revive-vm-primitives", "revive-vm-executor"]),
    ("revive-vm-test-runtime", &["revive-vm-primitives", "revive-vm-runtime-interface"]),
    ("pallet-revive-vm", &["revive-vm-primitives", "revive-vm-runtime-interface", "revive-vm-interpreter"]),
    ("revive-vm-carriers", &["pallet-revive-vm"]),
    ("revive-vm-runtime", &["revive-vm-primitives", "revive-vm-runtime-interface", "pallet-revive-vm"]),
    (
        "revive-vm-node",
        &["revive-vm-runtime", "revive-vm-runtime-interface", "revive-vm-executor", "pallet-revive-vm"],
    ),
    ("revive-vm-measure", &[]),
    ("revive-vm-backends", &["revive-vm-executor"]),
    (
        "revive-vm-compare",
        &[
            "revive-vm-backends",
            "revive-vm-measure",
            "revive-vm-executor",
            "revive-vm-linker",
            "revive-vm-primitives",
        ],
    ),
    ("revive-vm-compare-pallet", &["revive-vm-measure", "revive-vm-runtime-interface"]),
    ("revive-vm-weights", &["revive-vm-measure", "revive-vm-runtime-interface", "pallet-revive-vm"]),
    ("ours", &["pallet-revive-vm"]),
    ("theirs", &[]),
    ("in-wasm", &["revive-vm-primitives", "revive-vm-interpreter"]),
    ("revive-vm-assembly", &["revive-vm-primitives"]),
    ("revive-vm-linker", &["revive-vm-primitives"]),
    ("revive-vm-debugger", &["revive-vm-primitives", "revive-vm-executor", "revive-vm-assembly"]),
    (
        "revive-vm-cli",
        &[
            "revive-vm-primitives",
            "revive-vm-executor",
            "revive-vm-assembly",
            "revive-vm-linker",
            "revive-vm-debugger",
        ],
    ),
    (
        "revive-vm-matrix",
        &["revive-vm-primitives", "revive-vm-executor", "revive-vm-linker", "revive-vm-measure"],
    ),
    ("xtask", &[]),
];

/// Dependencies that only the native side of a crate may have: they must be optional.
const NATIVE_ONLY: &[(&str, &str)] = &[("revive-vm-runtime-interface", "revive-vm-executor")];

/// Crates that may depend on other virtual machines: they measure against them, or ask them as oracles, and nobody depends on
/// these crates outside of tests.
const COMPARING: &[&str] =
    &["revive-vm-backends", "revive-vm-compare", "in-wasm", "theirs", "revive-vm-testing"];

/// The workspaces whose crates the arrows are for: this one, and those that measure.
const WORKSPACES: &[&str] = &[
    "Cargo.toml",
    "benchmarking/compare/Cargo.toml",
    "benchmarking/compare/in-wasm/Cargo.toml",
    "benchmarking/compare-pallet/runtimes/Cargo.toml",
];

const SPDX: &str = "// SPDX-License-Identifier: Apache-2.0";

fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    // Asked when it runs: checkouts that share a target folder share executables too. The manifest of this crate lies
    // one folder below the root.
    ROOT.get_or_init(|| {
        let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let parent = Path::new(&manifest).parent().map(Path::to_path_buf);
        parent.expect("the crate is in a folder of the workspace")
    })
}

/// A file that git tracks and that is there.
struct Tracked {
    name: String,
    executable: bool,
    bytes: Vec<u8>,
}

fn tracked() -> Vec<Tracked> {
    let output = Command::new("git")
        .args(["ls-files", "--stage", "-z"])
        .current_dir(root())
        .output()
        .expect("git is installed");
    assert!(output.status.success(), "git ls-files failed: {}", String::from_utf8_lossy(&output.stderr));
    let listing = String::from_utf8(output.stdout).expect("file names are UTF-8");
    let files: Vec<Tracked> = listing
        .split_terminator('\0')
        .filter_map(|line| {
            // MODE HASH STAGE <tab> NAME
            let (details, name) = line.split_once('\t').expect("git's format");
            let bytes = fs::read(root().join(name)).ok()?;
            Some(Tracked { name: name.to_owned(), executable: details.starts_with("100755"), bytes })
        })
        .collect();
    assert!(files.len() > 20, "only {} tracked files: is this the repository?", files.len());
    files
}

fn report(problems: Vec<String>) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn dependency_arrows_point_the_right_way() {
    report(WORKSPACES.iter().flat_map(|manifest| workspace_problems(manifest)).collect());
}

fn workspace_problems(manifest: &str) -> Vec<String> {
    let output = Command::new("cargo")
        .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path", manifest])
        .current_dir(root())
        .output()
        .expect("cargo is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    packages.iter().flat_map(arrow_problems).collect()
}

/// The problems of one package of `cargo metadata`.
fn arrow_problems(package: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let name = text(&package["name"]);
    let Some(allowed) = arrows.get(name.as_str()) else {
        return vec![format!("{name}: say in ARROWS of xtask/tests/tidy.rs which of our crates it may use")];
    };
    let mut problems = Vec::new();
    for dependency in package["dependencies"].as_array().into_iter().flatten() {
        let used = text(&dependency["name"]);
        if dependency["kind"] == "dev" {
            continue;
        }
        if arrows.contains_key(used.as_str()) && !allowed.contains(&used.as_str()) {
            problems.push(format!(
                "{name} must not depend on {used}: docs/ARCHITECTURE.md says which crate may use which; move the shared part down instead"
            ));
        }
        if NATIVE_ONLY.contains(&(&name, &used)) && dependency["optional"] != true {
            problems.push(format!("{name}: {used} must be optional, or it gets into the runtime"));
        }
        if is_other_machine(&used) && !COMPARING.contains(&name.as_str()) {
            problems.push(format!(
                "{name} must not depend on {used}: other virtual machines are oracles for tests (dev-dependencies) and peers for benchmarks"
            ));
        }
    }
    problems
}

/// Whether a crate belongs to the virtual machine, or the contracts pallet, that this project replaces.
fn is_other_machine(name: &str) -> bool {
    let families = ["polkavm", "pallet-revive", "sp-virtualization", "sc-virtualization"];
    name != "pallet-revive-vm"
        && families.iter().any(|family| {
            name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
}

#[test]
fn rust_files_name_their_licence_and_purpose() {
    let files = tracked();
    let rust = files.iter().filter(|file| file.name.ends_with(".rs"));
    report(
        rust.filter_map(|file| header_problem(&file.name, &String::from_utf8_lossy(&file.bytes))).collect(),
    );
}

fn header_problem(name: &str, text: &str) -> Option<String> {
    let mut lines = text.lines();
    if lines.next() != Some(SPDX) {
        return Some(format!("{name}: the first line must be `{SPDX}`"));
    }
    if !lines.next().is_some_and(|line| line.starts_with("//! ")) {
        return Some(format!("{name}: the second line must start with `//! ` and say what the file is for"));
    }
    None
}

#[test]
fn no_executable_is_in_git() {
    report(tracked().iter().filter_map(executable_problem).collect());
}

fn executable_problem(file: &Tracked) -> Option<String> {
    const MAGICS: [(&[u8], &str); 7] = [
        (b"\x7fELF", "ELF"),
        (b"MZ", "PE"),
        (b"\0asm", "wasm"),
        (b"PVM\0", "a contract blob"),
        (b"\xfe\xed\xfa", "Mach-O"),
        (b"\xcf\xfa\xed\xfe", "Mach-O"),
        (b"!<arch>", "an archive of object code"),
    ];
    let name = &file.name;
    if let Some((_, kind)) = MAGICS.iter().find(|(magic, _)| file.bytes.starts_with(magic)) {
        return Some(format!(
            "{name} is {kind}: nobody can review it; build it from source when it is needed"
        ));
    }
    if file.executable && !file.bytes.starts_with(b"#!") {
        return Some(format!(
            "{name} is marked executable but is no script: `git update-index --chmod=-x {name}`"
        ));
    }
    None
}

#[test]
fn paths_named_in_documents_exist() {
    let files = tracked();
    let top_level: Vec<String> = fs::read_dir(root())
        .expect("the root can be read")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let mut problems = Vec::new();
    for file in files.iter().filter(|file| file.name.ends_with(".md")) {
        let text = String::from_utf8_lossy(&file.bytes);
        let folder = Path::new(&file.name).parent().unwrap_or(Path::new(""));
        let links = link_targets(&text).into_iter().map(|target| folder.join(target));
        let spans = named_paths(&text, &top_level).into_iter().map(PathBuf::from);
        for path in links.chain(spans) {
            if !root().join(&path).exists() && !is_generated(&path) {
                problems.push(format!(
                    "{} names {}, which does not exist: a document that points nowhere is worse than none",
                    file.name,
                    path.display()
                ));
            }
        }
    }
    report(problems);
}

/// Whether a path is made by a build and so missing in a fresh checkout.
fn is_generated(path: &Path) -> bool {
    ["contracts/build", "target"].iter().any(|folder| path.starts_with(folder))
}

/// The local targets of Markdown links, without their anchors.
fn link_targets(text: &str) -> Vec<&str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|target| {
            !target.contains("://") && !target.starts_with('#') && !target.starts_with("mailto:")
        })
        .filter_map(|target| target.split('#').next())
        .collect()
}

/// Words in back quotes that start with a top-level name of the repository and have a slash: they claim to be paths.
fn named_paths<'a>(text: &'a str, top_level: &[String]) -> Vec<&'a str> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter(|span| {
            !span.contains(|character: char| character.is_whitespace() || "*<>{}$…".contains(character))
        })
        .map(|span| span.split_once(':').map_or(span, |(path, _)| path))
        .filter(|span| {
            span.split_once('/').is_some_and(|(first, _)| top_level.iter().any(|name| name == first))
        })
        .collect()
}

#[test]
fn no_trace_of_a_developers_machine() {
    report(tracked().iter().flat_map(trace_problems).collect());
}

fn trace_problems(file: &Tracked) -> Vec<String> {
    // Written in two parts, so that this file does not contain what it looks for.
    let forbidden =
        [["/wo", "rk/"], ["/tmp/", "plan"], ["/ho", "me/"], ["/ro", "ot/"], ["TO", "DO"], ["FIX", "ME"]];
    let text = String::from_utf8_lossy(&file.bytes);
    let mut problems = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for word in forbidden.iter().map(|parts| parts.concat()) {
            // A path starts a word; inside a longer one it is a part of something else.
            let found = line.match_indices(&word).any(|(at, _)| {
                !line[..at]
                    .ends_with(|before: char| before.is_ascii_alphanumeric() || "._-}".contains(before))
            });
            if found {
                problems.push(format!("{}:{}: contains {word:?}", file.name, number + 1));
            }
        }
    }
    problems
}

#[test]
fn no_test_knows_where_it_was_compiled() {
    let files = tracked();
    let rust = files.iter().filter(|file| file.name.ends_with(".rs"));
    report(
        rust.filter_map(|file| baked_path_problem(&file.name, &String::from_utf8_lossy(&file.bytes)))
            .collect(),
    );
}

/// Where what only runs elsewhere may be told where its checkout was.
const MAY_KNOW_THE_CHECKOUT: &[&str] =
    &["toolchain/cli/src/commands/new.rs", "xtask/src/workspace.rs", "xtask/tests/tidy.rs"];

fn baked_path_problem(name: &str, text: &str) -> Option<String> {
    (!MAY_KNOW_THE_CHECKOUT.contains(&name) && text.contains("env!(\"CARGO_MANIFEST_DIR\")")).then(|| {
        format!(
            "{name}: a checkout that shares a target folder with another one runs what was compiled there; ask with \
             `env::var_os` when it runs"
        )
    })
}

#[test]
fn npm_lock_files_name_no_download_address() {
    let files = tracked();
    let locks: Vec<&Tracked> = files.iter().filter(|file| file.name.ends_with("package-lock.json")).collect();
    assert!(!locks.is_empty(), "the repository has npm packages");
    report(
        locks
            .iter()
            .filter(|file| String::from_utf8_lossy(&file.bytes).contains("\"resolved\""))
            .map(|file| {
                format!("{}: it ties users to one registry; set omit-lockfile-registry-resolved=true in .npmrc beside it", file.name)
            })
            .collect(),
    );
}

#[test]
fn a_wrong_arrow_is_found() {
    let package = |name: &str, used: &str, kind: Value, optional: bool| {
        serde_json::json!({
            "name": name,
            "dependencies": [{ "name": used, "kind": kind, "optional": optional }],
        })
    };
    let count = |package: Value| arrow_problems(&package).len();
    assert_eq!(count(package("pallet-revive-vm", "revive-vm-executor", Value::Null, false)), 1);
    assert_eq!(count(package("pallet-revive-vm", "revive-vm-executor", "build".into(), false)), 1);
    assert_eq!(count(package("pallet-revive-vm", "revive-vm-executor", "dev".into(), false)), 0);
    assert_eq!(count(package("revive-vm-runtime-interface", "revive-vm-executor", Value::Null, false)), 1);
    assert_eq!(count(package("revive-vm-runtime-interface", "revive-vm-executor", Value::Null, true)), 0);
    assert_eq!(count(package("revive-vm-executor", "polkavm-common", Value::Null, false)), 1);
    assert_eq!(count(package("revive-vm-backends", "polkavm", Value::Null, false)), 0);
    assert_eq!(count(package("unheard-of", "serde", Value::Null, false)), 1);
}

#[test]
fn a_bad_header_an_executable_and_a_trace_are_found() {
    assert_eq!(header_problem("a.rs", &format!("{SPDX}\n//! For this.\n")), None);
    assert!(header_problem("a.rs", "//! For this.\n").is_some());
    assert!(header_problem("a.rs", &format!("{SPDX}\nfn main() {{}}\n")).is_some());

    let file = |executable, bytes: &[u8]| Tracked { name: "f".into(), executable, bytes: bytes.into() };
    assert!(executable_problem(&file(false, b"PVM\0\0")).is_some());
    assert!(executable_problem(&file(true, b"text")).is_some());
    assert!(executable_problem(&file(true, b"#!/bin/sh")).is_none());
    assert!(executable_problem(&file(false, b"text")).is_none());

    assert!(baked_path_problem("a.rs", "concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/a\")").is_some());
    assert!(baked_path_problem("a.rs", "env::var_os(\"CARGO_MANIFEST_DIR\")").is_none());

    let trace = ["see /wo", "rk/main"].concat();
    assert_eq!(trace_problems(&file(false, trace.as_bytes())).len(), 1);
    assert_eq!(trace_problems(&file(false, b"a framework/main")).len(), 0);
}

#[test]
fn paths_and_links_are_found_in_text() {
    let text = "See `docs/a.md:12`, `cargo test`, `x/y`, `docs/*.md` and [this](b.md#part), [that](https://c.example).";
    assert_eq!(named_paths(text, &["docs".into()]), ["docs/a.md"]);
    assert_eq!(link_targets(text), ["b.md"]);
}
