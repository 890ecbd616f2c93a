// SPDX-License-Identifier: Apache-2.0
//! `revive-vm new` and `revive-vm build`: from nothing to a contract.
//!
//! One test compiles, which takes the sources of the standard library. Where they are missing, it says so and checks nothing.

#[allow(dead_code, reason = "other tests use the rest")]
mod common;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use common::{command, json, revive_vm, stderr, stdout, write};
use revive_vm_primitives::Blob;
use serde_json::Value;

/// An empty folder for a test.
fn fresh(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the temporary folder can be made");
    folder
}

/// The guest library of this checkout: another may have built the program.
fn sdk() -> String {
    let manifest = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it for tests");
    let sdk =
        Path::new(&manifest).join("../../contracts/sdk").canonicalize().expect("the guest library is there");
    sdk.display().to_string()
}

#[track_caller]
fn refused(output: &Output, code: i32, what: &[&str]) {
    assert_eq!(output.status.code(), Some(code), "{}{}", stdout(output), stderr(output));
    for what in what {
        assert!(stderr(output).contains(what), "no {what} in\n{}", stderr(output));
    }
}

#[test]
fn a_new_folder_has_all_that_comes_next() {
    let folder = fresh("new");
    let output = revive_vm("new", &["new", "token", "--sdk", &sdk()]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for command in
        ["cd token\n", "cargo test ", "revive-vm build ", "revive-vm instantiate build/token.polkavm --abi"]
    {
        assert!(stdout(&output).contains(command), "no {command} in\n{}", stdout(&output));
    }
    let manifest = fs::read_to_string(folder.join("token/Cargo.toml")).unwrap();
    assert!(manifest.contains("name = \"token\"") && manifest.contains("\n[workspace]\n"), "{manifest}");
    assert!(manifest.contains(&format!("path = \"{}\"", sdk())), "{manifest}");
    assert!(fs::read_to_string(folder.join("token/README.md")).unwrap().starts_with("# token\n"));

    // A relative path stays so: seen from the new folder.
    let inside = folder.join("library/contracts");
    fs::create_dir_all(&inside).unwrap();
    std::os::unix::fs::symlink(sdk(), inside.join("sdk")).unwrap();
    let output = revive_vm("new", &["new", "second", "--sdk", "./library/contracts/sdk/", "--json"]);
    let report = json(&output);
    assert_eq!((&report["folder"], &report["sdk"]), (&"second".into(), &"../library/contracts/sdk".into()));
    assert!(folder.join("second").join(report["sdk"].as_str().unwrap()).join("Cargo.toml").is_file());
    for file in report["files"].as_array().expect("files are a list") {
        assert!(folder.join("second").join(file.as_str().unwrap()).is_file(), "{file}");
    }

    // Nobody says where it is: beside the sources of this program.
    let output = command("new", &["new", "third"]).env("REVIVE_VM_SDK", sdk()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let output = revive_vm("new", &["new", "fourth"]);
    match output.status.code() {
        Some(0) => assert!(fs::read_to_string(folder.join("fourth/Cargo.toml"))
            .unwrap()
            .contains("/contracts/sdk\"")),
        _ => refused(
            &output,
            1,
            &["not where this program was built from", "\nhint: give the folder contracts/sdk"],
        ),
    }
}

#[test]
fn nothing_is_overwritten_and_nothing_left_behind() {
    let folder = fresh("new-refused");
    for (name, why) in [
        ("9lives", "`9lives` cannot be a contract's name: it does not begin with a letter"),
        ("a/b", "the folder is made where the command runs"),
        ("a.b", "names have letters, digits, `-` and `_`"),
        ("loop", "a keyword of Rust"),
        ("core", "uses it for something else"),
        (&"n".repeat(65), "it has 65 characters, names have at most 64"),
    ] {
        refused(&revive_vm("new-refused", &["new", name, "--sdk", &sdk()]), 2, &[why]);
    }
    // Not the guest library.
    write("new-refused/other", "Cargo.toml", b"[package]\nname = \"other\"\n");
    for (path, why) in
        [("nowhere", "failed to read nowhere/Cargo.toml: "), ("other", "another package than revive-vm-sdk")]
    {
        refused(
            &revive_vm("new-refused", &["new", "token", "--sdk", path]),
            1,
            &[why, "\nhint: give the folder"],
        );
    }
    let left: Vec<_> = fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["other"], "nothing was made");

    for (name, is_folder) in [("there", true), ("file", false)] {
        match is_folder {
            true => drop(write("new-refused/there", "mine.txt", b"mine")),
            false => drop(write("new-refused", name, b"mine")),
        }
        let why = format!("failed to make the folder {name}: ");
        refused(
            &revive_vm("new-refused", &["new", name, "--sdk", &sdk()]),
            1,
            &[&why, "\nhint: nothing was changed"],
        );
    }
    assert_eq!(fs::read(folder.join("file")).unwrap(), b"mine");
    assert_eq!(fs::read_dir(folder.join("there")).unwrap().count(), 1);
}

#[test]
fn what_is_no_contract_is_not_built() {
    let test = "build-refused";
    fresh(test);
    let manifest = |folder: &str, text: &str| {
        write(&format!("{test}/{folder}"), "Cargo.toml", text.as_bytes());
    };
    let package = "[package]\nname = \"wallet\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n";
    refused(&revive_vm(test, &["build", "nowhere"]), 1, &["error: nowhere is no folder\nhint: "]);
    refused(
        &revive_vm(test, &["build"]),
        1,
        &["error: there is no Cargo.toml in .\n", "`revive-vm new NAME` makes one"],
    );
    if let Some(why) = no_toolchain() {
        eprintln!("SKIPPED: the rest of this test: {why}");
        return;
    }
    manifest("damaged", "[package\n");
    refused(&revive_vm(test, &["build", "damaged"]), 1, &["error: cargo cannot read damaged/Cargo.toml: "]);
    manifest("library", package);
    write(&format!("{test}/library/src"), "lib.rs", b"");
    refused(
        &revive_vm(test, &["build", "library"]),
        1,
        &["the package `wallet` has no program, only a library\nhint: "],
    );
    manifest("several", package);
    for name in ["one", "two"] {
        write(&format!("{test}/several/src/bin"), &format!("{name}.rs"), b"fn main() {}");
    }
    refused(
        &revive_vm(test, &["build", "several"]),
        2,
        &["several programs: one, two\nhint: choose one with --bin"],
    );
    refused(
        &revive_vm(test, &["build", "several", "--bin", "three"]),
        2,
        &["`three`\nhint: it has: one, two"],
    );
    manifest("whole", "[workspace]\nmembers = [\"part\"]\n");
    manifest("whole/part", &package.replace("[workspace]\n", ""));
    write(&format!("{test}/whole/part/src"), "main.rs", b"fn main() {}");
    refused(
        &revive_vm(test, &["build", "whole"]),
        1,
        &["that of a workspace", "one of its packages: wallet"],
    );
    let output = command(test, &["build", "library"]).env("REVIVE_VM_ROAD", "highway").output().unwrap();
    refused(&output, 2, &["REVIVE_VM_ROAD is `highway`; it may be rustup or debian"]);
    let output = command(test, &["build", "library"]).env("PATH", "/nowhere").output().unwrap();
    refused(&output, 1, &["error: failed to run the Rust compiler: ", "\nhint: https://rustup.rs"]);
}

/// Why nothing can be compiled for the guest target here, if nothing can.
fn no_toolchain() -> Option<String> {
    let test = "toolchain";
    write(
        test,
        "Cargo.toml",
        b"[package]\nname = \"none\"\nversion = \"0.1.0\"\n[workspace]\n[lib]\npath = \"lib.rs\"\n",
    );
    write(test, "lib.rs", b"");
    let output = revive_vm(test, &["build"]);
    let is_there = stderr(&output).contains("the package `none` has no program");
    (!is_there).then(|| stderr(&output))
}

/// Runs `revive-vm build` with a target folder that is kept for the next time.
fn build(test: &str, args: &[&str]) -> Output {
    command(test, &[&["build"], args].concat()).env("CARGO_TARGET_DIR", target()).output().unwrap()
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("build-target")
}

/// In a folder with this name, a new contract.
fn new(test: &str, name: &str) -> Option<PathBuf> {
    let folder = fresh(test);
    if let Some(why) = no_toolchain() {
        eprintln!("SKIPPED: {why}");
        return None;
    }
    let output = revive_vm(test, &["new", name, "--sdk", &sdk()]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    Some(folder.join(name))
}

#[test]
fn a_new_contract_builds_and_passes_its_tests() {
    let test = "build";
    let Some(contract) = new(test, "my-counter") else { return };
    let folder = contract.parent().unwrap();
    let cargo = Command::new(env::var_os("CARGO").expect("cargo sets it for tests"))
        .args(["test", "--offline"])
        .current_dir(&contract)
        .env("CARGO_TARGET_DIR", target())
        .output()
        .unwrap();
    assert!(
        cargo.status.success() && stdout(&cargo).contains("test result: ok. "),
        "{}{}",
        stdout(&cargo),
        stderr(&cargo)
    );
    assert!(!stderr(&cargo).contains("warning"), "{}", stderr(&cargo));

    // From outside and for programs, then inside and for people.
    let output = build(test, &["my-counter", "--json", "--out", "made", "--", "--offline"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!stderr(&output).contains("warning"), "{}", stderr(&output));
    let report = json(&output);
    let blob = fs::read(folder.join("made/my-counter.polkavm")).unwrap();
    assert_eq!((&report["blob"], &report["bytes"]), (&"made/my-counter.polkavm".into(), &blob.len().into()));
    assert_eq!(report["exports"].as_array().expect("exports are a list").len(), 2);
    let inspected = revive_vm(test, &["inspect", "made/my-counter.polkavm", "--json"]);
    let inspected = json(&inspected);
    assert_eq!(report["code_hash"], inspected["code_hash"]);
    assert_eq!(report["instruction_set"], "revive_v1");
    let debug = fs::read(folder.join("made/my-counter.debug.polkavm")).unwrap();
    let [parsed, with_debug] = [&blob, &debug].map(|bytes| Blob::parse(bytes).expect("the blob is one"));
    assert_eq!(parsed.code().bytes(), with_debug.code().bytes());
    let source = revive_vm(test, &["disassemble", "--source", "made/my-counter.debug.polkavm"]);
    assert!(stdout(&source).contains("src/main.rs:"), "{}", stderr(&source));
    let abi = fs::read_to_string(folder.join("made/my-counter.abi.json")).unwrap();
    let entries: Vec<Value> = serde_json::from_str(&abi).expect("the ABI is a JSON list");
    assert_eq!((entries.len(), &report["abi_entries"]), (7, &7.into()));
    assert_eq!(
        (abi.lines().count(), &entries[0]["type"]),
        (9, &"constructor".into()),
        "an entry in each line"
    );

    let output = build("build/my-counter", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let shown = stdout(&output);
    for expected in [" build/my-counter.polkavm\n", ", 7 entries\n", "exports        call, deploy\n"] {
        assert!(shown.contains(expected), "no {expected} in\n{shown}");
    }
    assert_eq!(fs::read(contract.join("build/my-counter.polkavm")).unwrap(), blob, "the same bytes");
}

/// Unit tests of a contract are compiled with checks that a chain's blob would lack by cargo's defaults.
#[test]
fn numbers_that_overflow_are_traps_as_in_unit_tests() {
    let test = "build-overflow";
    let Some(folder) = new(test, "sums") else { return };
    let main = folder.join("src/main.rs");
    let contract = fs::read_to_string(&main).unwrap();
    let exports = "revive_vm_sdk::export!(fn less(a: u64, b: u64) -> u64 { a - b });\n";
    fs::write(&main, contract + exports).unwrap();
    let output = build(test, &["sums"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let less = |b: &str| revive_vm(test, &["run", "sums/build/sums.polkavm", "less", "5", b, "--json"]);
    assert_eq!([json(&less("4"))["exit"].clone(), json(&less("6"))["exit"].clone()], ["finished", "trap"]);
}

/// What a contract without std begins with.
const START: &str = "#![no_std]\n#![no_main]\n";

#[test]
fn what_is_broken_says_why_and_leaves_what_was_built() {
    let test = "build-broken";
    let Some(folder) = new(test, "broken") else { return };
    let main = folder.join("src/main.rs");
    let contract = fs::read_to_string(&main).unwrap();
    write("build-broken/broken/build", "broken.polkavm", b"built before");
    let broken = |text: &str, what: &[&str]| {
        fs::write(&main, text).unwrap();
        refused(&build(test, &["broken"]), 1, what);
    };
    broken(
        &format!("{contract}\nfn broken() -> u64 {{ \"text\" }}\n"),
        &[
            "mismatched types",
            "error: `broken` cannot be compiled; what cargo and the compiler say is above\n",
        ],
    );
    broken(
        "fn main() { println!(\"hello\"); }",
        &["can't find crate for `std`", "\nhint: contracts have core and alloc, but no std"],
    );
    broken(
        &format!("{START}extern crate alloc;\nrevive_vm_sdk::export!(fn call() {{ core::mem::forget(alloc::boxed::Box::new(7)) }});"),
        &["no global memory allocator found", "\nhint: memory from a heap needs `revive_vm_sdk::heap!"],
    );
    assert_eq!(fs::read(folder.join("build/broken.polkavm")).unwrap(), b"built before");
}

/// From a file, or in the ELF file; then the file does not count.
#[test]
fn the_abi_of_a_contract_is_found() {
    let test = "build-abi";
    let Some(folder) = new(test, "speaking") else { return };
    let main = folder.join("src/main.rs");
    let empty = format!(
        "{START}revive_vm_sdk::export!(fn deploy() {{}});\nrevive_vm_sdk::export!(fn call() {{}});\n"
    );
    let abi = |text: &str| {
        fs::write(folder.join("abi.txt"), text).unwrap();
        let output = build(test, &["speaking"]);
        (output, fs::read_to_string(folder.join("build/speaking.abi.json")).unwrap_or_default())
    };
    fs::write(&main, &empty).unwrap();
    refused(&abi("function (").0, 1, &["failed to parse the ABI file speaking/abi.txt: "]);
    let entry = |name: &str| {
        format!(r#"{{"type":"function","name":"{name}","inputs":[],"outputs":[],"stateMutability":"view"}}"#)
    };
    let (output, written) = abi("function get() view");
    assert_eq!(
        (output.status.code(), stderr(&output).contains("warning")),
        (Some(0), false),
        "{}",
        stderr(&output)
    );
    assert_eq!(written, format!("[\n  {}\n]\n", entry("get")));
    let carried = format!(
        "core::arch::global_asm!(\".pushsection .revive_vm_abi,\\\"R\\\",@progbits\", {:?}, \".popsection\", options(raw));\n",
        format!(".ascii {:?}", entry("own") + "\n")
    );
    let without = fs::read(folder.join("build/speaking.polkavm")).unwrap();
    fs::write(&main, empty + &carried).unwrap();
    let (output, written) = abi("function get() view");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("warning: speaking/abi.txt is not used: "), "{}", stderr(&output));
    assert_eq!(written, format!("[\n  {}\n]\n", entry("own")));
    let with = fs::read(folder.join("build/speaking.polkavm")).unwrap();
    assert_eq!(with, without, "the ABI is not in the blob");

    // A program that is no contract.
    fs::remove_file(folder.join("abi.txt")).unwrap();
    fs::write(&main, format!("{START}revive_vm_sdk::export!(fn sum(a: u64, b: u64) -> u64 {{ a + b }});\n"))
        .unwrap();
    let output = build(test, &["speaking", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("warning: the program does not export `deploy` and `call`, so"),
        "{}",
        stderr(&output)
    );
    let report = json(&output);
    assert_eq!((report["exports"][0].as_str(), report["abi"].is_null()), (Some("sum"), true));
    assert_eq!(report["warnings"].as_array().expect("warnings are a list").len(), 1);
}
