// SPDX-License-Identifier: Apache-2.0
//! `revive-vm link`, with the flags that the public tool has and those that it has not, on ELF files made on the spot.

#[path = "../../linker/tests/common/asm.rs"]
#[allow(dead_code, unreachable_pub, reason = "the linker's own tests use the rest")]
#[allow(clippy::precedence, reason = "fields of instructions are shifted and joined by the dozen")]
mod asm;
#[allow(dead_code, reason = "other tests use the rest")]
mod common;

use std::process::Output;

use asm::{i_type, r_type, Asm, Part, To};
use common::{json, revive_vm, stderr, stdout, write};
use revive_vm_linker::ABI_SECTION;
use revive_vm_primitives::{Blob, InstructionSet};
use serde_json::Value;

/// A program whose `sum` adds a word of data to its argument and then 0, by a function of its own, and whose `two` returns 2.
fn elf() -> Vec<u8> {
    program(["sum", "two"])
}

/// The same with other names.
fn program([first, second]: [&str; 2]) -> Vec<u8> {
    let mut asm = Asm::new(true);
    asm.data[Part::Data as usize] = vec![7, 0, 0, 0, 0, 0, 0, 0];
    let (sum, two, helper) = (asm.label(), asm.label(), asm.label());
    asm.bind(sum);
    asm.la(13, To::At(Part::Data, 0));
    asm.word(i_type(0x03, 3, 13, 13, 0)); // ld a3, 0(a3)
    asm.word(r_type(0x33, 0, 0, 10, 10, 13)); // add a0, a0, a3
    asm.jal(0, helper, true);
    asm.bind(two);
    asm.li(10, 2);
    asm.ret();
    asm.bind(helper);
    asm.word(i_type(0x13, 0, 10, 10, 0)); // mv a0, a0
    asm.ret();
    asm.export(first, sum);
    asm.export(second, two);
    asm.finish()
}

#[track_caller]
fn link(test: &str, args: &[&str]) -> Output {
    let output = revive_vm(test, &[&["link", "program.elf", "-o", "program.polkavm"], args].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    output
}

/// The blob that the last link of a test wrote.
fn blob(test: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    std::fs::read(folder.join("program.polkavm")).expect("the blob was written")
}

#[test]
fn levels_strip_stack_and_instruction_set() {
    let test = "link-levels";
    write(test, "program.elf", &elf());
    let mut sizes = Vec::new();
    for level in ["0", "1", "2", "experimental"] {
        assert_eq!(stdout(&link(test, &["--opt-level", level])), "", "nothing is printed unless asked for");
        let blob = blob(test);
        let parsed = Blob::parse(&blob).expect("the blob is one");
        assert_eq!(parsed.isa(), InstructionSet::Latest64);
        assert_eq!(parsed.exports().count(), 2);
        sizes.push(parsed.code().len());
    }
    assert!(sizes[1] < sizes[0], "{sizes:?}");
    assert_eq!(sizes[2], sizes[3]);

    link(test, &[]);
    let (full, level_2) = (blob(test), sizes[2]);
    assert_eq!(Blob::parse(&full).unwrap().code().len(), level_2, "2 is the default");
    link(test, &["-s"]);
    assert!(blob(test).len() < full.len(), "names of functions are gone");
    // The old spelling wins.
    link(test, &["--opt-level", "2", "--disable-optimizations"]);
    assert_eq!(Blob::parse(&blob(test)).unwrap().code().len(), sizes[0]);

    for (asked, size) in [("1", 4096), ("4097", 8192), ("100000", 102_400)] {
        link(test, &["--min-stack-size", asked]);
        assert_eq!(Blob::parse(&blob(test)).unwrap().stack_size(), size);
    }
    link(test, &["--instruction-set", "revive_v1"]);
    assert_eq!(Blob::parse(&blob(test)).unwrap().isa(), InstructionSet::ReviveV1);
    // The program is for registers of 64 bits.
    let output = revive_vm(test, &["link", "program.elf", "-o", "program.polkavm", "-i", "latest32"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("\nhint: compile for rv32, or link for latest64"),
        "{}",
        stderr(&output)
    );
}

/// No chain would take what it is linked to.
#[test]
fn contracts_for_no_chain_are_warned_of() {
    let test = "link-contract";
    write(test, "program.elf", &program(["deploy", "call"]));
    let warned = |args| stderr(&link(test, args)).contains("--isa revive_v1");
    assert!(warned(&[]));
    assert!(!warned(&["--isa", "revive_v1"]));
    assert!(!warned(&["--isa", "latest64"]), "it is what was asked for");
    write(test, "program.elf", &elf());
    assert!(!warned(&[]));
}

#[test]
fn the_same_bytes_come_out_anywhere() {
    write("link-here", "program.elf", &elf());
    write("link-there/further/down", "program.elf", &elf());
    link("link-here", &[]);
    link("link-there/further/down", &[]);
    assert_eq!(blob("link-here"), blob("link-there/further/down"));
}

#[test]
fn a_dispatch_table_stands_at_the_start() {
    let test = "link-dispatch";
    write(test, "program.elf", &elf());
    link(test, &["--dispatch-table", "two, sum"]);
    let blob = blob(test);
    let parsed = Blob::parse(&blob).unwrap();
    let starts: Vec<u32> = parsed.code().instructions().take(2).map(|decoded| decoded.offset).collect();
    assert_eq!(starts, [0, 5]);
    let output = revive_vm(test, &["link", "program.elf", "-o", "x", "--dispatch-table", "three"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("`three`, which the program does not export\nhint: exports are sum, two"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn only_what_is_older_is_linked_again() {
    let test = "link-newer";
    write(test, "program.elf", &elf());
    write(test, "program.polkavm", b"as new as the input");
    link(test, &["--run-only-if-newer"]);
    assert_eq!(blob(test), b"as new as the input");
    link(test, &[]);
    assert!(Blob::parse(&blob(test)).is_ok());
    std::fs::remove_file(write(test, "program.polkavm", b"")).expect("the blob can be removed");
    link(test, &["--run-only-if-newer"]);
    assert!(Blob::parse(&blob(test)).is_ok());
}

#[test]
fn reports_are_for_people_and_for_programs() {
    let test = "link-report";
    write(test, "program.elf", &elf());
    let text = stdout(&link(test, &["--report", "--print-passes"]));
    for expected in ["bytes (estimate)", "section of code", ".text", "jump table", "whole blob"] {
        assert!(text.contains(expected), "no {expected} in\n{text}");
    }
    let output = link(test, &["--json"]);
    let report = json(&output);
    assert_eq!(report["instruction_set"], "latest64");
    assert_eq!(report["bytes"], blob(test).len() as u64);
    let passes = report["passes"].as_array().expect("passes are a list");
    assert_eq!(passes[0]["name"], "collect");
    let code: u64 = report["code_bytes"].as_u64().expect("a number");
    let functions = report["sizes"]["functions"].as_array().expect("functions are a list");
    let sum: u64 = functions.iter().filter_map(|function| function["bytes"].as_u64()).sum();
    assert_eq!(
        sum + report["sizes"]["linker"].as_u64().expect("a number"),
        code,
        "every byte is accounted for"
    );

    // Without an input: what there is.
    let output = revive_vm(test, &["link", "--print-passes", "--json"]);
    let passes = json(&output);
    assert!(passes.as_array().is_some_and(|passes| passes.iter().any(|pass| pass["name"] == "layout")));
    // Passes by name, in their order.
    let output = link(test, &["--passes", "constants,dead", "--json"]);
    let report = json(&output);
    let names = report["passes"].as_array().expect("passes are a list").iter().map(|pass| &pass["name"]);
    assert_eq!(names.collect::<Vec<_>>(), ["collect", "constants", "dead", "collect", "temporaries"]);
}

#[test]
fn the_abi_is_written_beside_the_blob() {
    let test = "link-abi";
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let with = |lines: &str| {
        let mut asm = Asm::new(true);
        let call = asm.label_here();
        asm.ret();
        asm.export("call", call);
        asm.notes.push((ABI_SECTION, lines.as_bytes().to_vec()));
        write(test, "program.elf", &asm.finish());
        let _ = std::fs::remove_file(folder.join("program.abi.json"));
        let _ = std::fs::remove_file(folder.join("program.polkavm"));
    };
    let get = r#"{"type":"function","name":"get","inputs":[],"outputs":[{"name":"","type":"uint64"}],"stateMutability":"view"}"#;
    let empty = r#"{"type":"error","name":"Empty","inputs":[]}"#;
    with(&format!("{empty}\n{get}\n"));
    let output = link(test, &["--json"]);
    let report = json(&output);
    assert_eq!(report["abi"], "program.abi.json");
    let abi = || std::fs::read_to_string(folder.join("program.abi.json")).ok();
    assert_eq!(abi(), Some(format!("[\n  {get},\n  {empty}\n]\n")));
    assert_eq!(stdout(&link(test, &[])), "", "nothing is printed unless asked for");

    // Nothing is beside a device.
    with(&format!("{get}\n"));
    let output = revive_vm(test, &["link", "program.elf", "-o", "/dev/null", "--json"]);
    let report = json(&output);
    assert_eq!((output.status.code(), report["abi"].is_null()), (Some(0), true), "{}", stderr(&output));

    // Without an ABI there is no file, with one that nobody could read there is nothing at all.
    with("");
    assert_eq!(serde_json::from_slice::<Value>(&link(test, &["--json"]).stdout).unwrap()["abi"], Value::Null);
    assert_eq!(abi(), None);
    for (lines, why) in [
        (
            "{\"type\":\n",
            "a line of the ABI is not one JSON object: `{\\\"type\\\":`, at .revive_vm_abi+0x0\nhint: ",
        ),
        (
            "{\"type\" \"function\"}\n",
            "failed to read the ABI in program.elf, section .revive_vm_abi: `{\\\"type\\\" ",
        ),
        (
            "{\"type\":\"function\",\"name\":\"a b\"}\n",
            "section .revive_vm_abi: item 1 of the list, function a b: ",
        ),
    ] {
        with(lines);
        let output = revive_vm(test, &["link", "program.elf", "-o", "program.polkavm"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(why), "no {why} in\n{}", stderr(&output));
        assert!(abi().is_none() && !folder.join("program.polkavm").exists());
    }
}

#[test]
fn what_cannot_be_linked_says_why() {
    let test = "link-errors";
    let good = elf();
    write(test, "program.elf", &good);
    let failed = |args: &[&str], code: i32, expected: &str| {
        let output = revive_vm(test, &[&["link"], args].concat());
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        assert!(stderr(&output).contains(expected), "no {expected} in\n{}", stderr(&output));
    };
    failed(&["program.elf"], 2, "--output");
    failed(&["program.elf", "-o", "x", "--opt-level", "3"], 2, "invalid value '3'");
    failed(&["none.elf", "-o", "x"], 1, "error: failed to read none.elf: ");
    failed(&["program.elf", "-o", "no/folder/x"], 1, "error: failed to write no/folder/x: ");
    failed(
        &["program.elf", "-o", "x", "--passes", "inlining"],
        1,
        "there is no pass `inlining`\nhint: passes are collect, ",
    );
    write(test, "text.elf", b"fn main() {}");
    failed(&["text.elf", "-o", "x"], 1, "failed to link text.elf: the input is not an ELF file\nhint: ");
    write(test, "short.elf", &good[..good.len() / 2]);
    failed(&["short.elf", "-o", "x"], 1, "\nhint: the file is damaged or truncated; build it again");

    // An instruction that guests do not have: section, offset, bits, and what to do.
    let mut asm = Asm::new(true);
    let main = asm.label_here();
    asm.li(10, 1);
    asm.word(0x0000_0073); // ecall
    asm.ret();
    asm.export("main", main);
    write(test, "ecall.elf", &asm.finish());
    failed(&["ecall.elf", "-o", "x"], 1, ".text+0x4");
    // It does not matter where nobody calls it.
    let mut asm = Asm::new(true);
    let main = asm.label_here();
    asm.ret();
    asm.word(0x0000_0073);
    asm.ret();
    asm.export("main", main);
    write(test, "program.elf", &asm.finish());
    link(test, &[]);
}
