// SPDX-License-Identifier: Apache-2.0
//! Text and blobs, and what is counted of them: `assemble`, `disassemble`, `stats`, `profile`.

mod common;

use common::{assert_golden, json, revive_vm, sample_blob, stderr, stdout, write};
use revive_vm_assembly::assemble_program;
use revive_vm_primitives::{
    debug_info::{DebugInfoBuilder, SourceRegion},
    BlobBuilder, Frame, FrameKind, InstructionSet,
};

#[test]
fn a_blob_comes_back_from_its_text() {
    let blob = sample_blob();
    let path = write("assemble", "sample.polkavm", &blob);
    let output =
        revive_vm("assemble", &["disassemble", "-f", "assembly", "sample.polkavm", "-o", "sample.txt"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let output = revive_vm("assemble", &["assemble", "sample.txt", "-o", "again.polkavm", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(std::fs::read(path.with_file_name("again.polkavm")).unwrap(), blob);
    let report = json(&output);
    assert_eq!((&report["code_bytes"], &report["exports"]["inside"]), (&40.into(), &21.into()));

    let output =
        revive_vm("assemble", &["disassemble", "-f", "assembly", "--source", "--strip", "sample.polkavm"]);
    assert_golden("assembly.txt", &stdout(&output));
    let output = revive_vm("assemble", &["disassemble", "-f", "diff-friendly", "sample.polkavm"]);
    assert_golden("disassemble-diff.txt", &stdout(&output));
}

#[test]
fn mistakes_in_a_text_are_shown_where_they_are() {
    write("mistakes", "wrong.txt", b"pub @run:\n\ta0 = a1 + a9\n    ret\n");
    let output = revive_vm("mistakes", &["assemble", "wrong.txt", "-o", "wrong.polkavm"]);
    assert_eq!(output.status.code(), Some(1));
    let expected = "error: failed to assemble wrong.txt: line 2, column 12: expected a register or a number, found `a9`\n  \
                    | \ta0 = a1 + a9\n  | \t          ^\n";
    assert_eq!(stderr(&output), expected);

    write("mistakes", "blob.txt", &sample_blob());
    let output = revive_vm("mistakes", &["assemble", "blob.txt", "-o", "wrong.polkavm"]);
    assert!(
        stderr(&output).contains("it is a blob already\nhint: `revive-vm disassemble`"),
        "{}",
        stderr(&output)
    );
    for format in ["guest", "diff-friendly"] {
        let output = revive_vm("mistakes", &["disassemble", "-f", format, "blob.txt", "-o", "read.txt"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let output = revive_vm("mistakes", &["assemble", "read.txt", "-o", "wrong.polkavm"]);
        assert!(stderr(&output).contains("\nhint: `assemble` reads the text that"), "{}", stderr(&output));
    }
    write("mistakes", "binary.txt", b"trap\n\xff\xff");
    let output = revive_vm("mistakes", &["assemble", "binary.txt", "-o", "wrong.polkavm"]);
    assert!(stderr(&output).contains("byte 5 is not UTF-8"), "{}", stderr(&output));
    let output = revive_vm("mistakes", &["assemble", "none.txt", "-o", "wrong.polkavm"]);
    assert!(stderr(&output).contains("failed to read none.txt"), "{}", stderr(&output));
    write("mistakes", "good.txt", b"trap\n");
    let output = revive_vm("mistakes", &["assemble", "good.txt", "-o", "no/folder/x"]);
    assert!(stderr(&output).contains("failed to write no/folder/x"), "{}", stderr(&output));
    let output = revive_vm("mistakes", &["assemble", "good.txt", "-i", "latest", "-o", "x"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn statistics_add_up() {
    let blob = sample_blob();
    write("stats", "a.polkavm", &blob);
    let output = revive_vm("stats", &["stats", "a.polkavm", "a.polkavm"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_golden("stats.txt", &stdout(&output));
    let report = json(&revive_vm("stats", &["stats", "--json", "a.polkavm"]));
    let sum = |field: &str| -> u64 {
        report["opcodes"].as_array().unwrap().iter().map(|opcode| opcode[field].as_u64().unwrap()).sum()
    };
    let of = &report["blobs"][0];
    assert_eq!(sum("count"), of["instructions"].as_u64().unwrap());
    assert_eq!(sum("bytes") + of["gap_bytes"].as_u64().unwrap(), of["code_bytes"].as_u64().unwrap());
    assert_eq!(of["bytes"], blob.len());
}

/// Calls, a function that is inlined, recursion, and a jump by a table that is no return.
const CALLS: &str = "\
%stack_size = 4096
%jump_table = @back1 @back2 @back3 @case
pub @main:
    s0 = ra
    ra = 2, jump @leaf
@back1:
    ra = 4, jump @leaf
@back2:
    a2 = 2
    ra = 6, jump @down
@back3:
    t0 = 8
    jump [t0]
@case:
    jump [s0]
@leaf:
    a0 = a0 + 1
    a0 = a0 + 2
    ret
@down:
    jump @done if a2 == 0
    a2 = a2 - 1
    sp = sp - 8
    u64 [sp] = ra
    ra = 6
    jump @fake
@fake:
    ra = u64 [sp]
    sp = sp + 8
    jump @down
@done:
    ret
";

/// The program with debug info; `add` is inlined into `leaf`.
fn calls_with_debug_info() -> Vec<u8> {
    let program = assemble_program(CALLS, InstructionSet::Latest64).unwrap();
    let at = |label: &str| program.label(label).unwrap();
    let frame = |kind, function, line| Frame {
        kind,
        namespace: "calls",
        function,
        path: "calls.rs",
        line,
        column: 1,
    };
    use FrameKind::{Call, Enter, Line};
    let (leaf, second) = (at("leaf"), program.label_plus("leaf", 1).unwrap());
    let third = program.label_plus("leaf", 2).unwrap();
    let region = |begin: u32, end: u32, frames: &[Frame<'static>]| SourceRegion {
        bytes: end - begin,
        frames: frames.to_vec(),
    };
    let in_leaf = [frame(Enter, "leaf", 9), frame(Line, "leaf", 10)];
    let in_add =
        [frame(Enter, "leaf", 9), frame(Call, "add", 11), frame(Enter, "add", 19), frame(Line, "add", 20)];
    let in_main = [frame(Enter, "main", 1), frame(Line, "main", 2)];
    let mut debug = DebugInfoBuilder::new();
    debug.program(at("main"), &[region(at("main"), leaf, &in_main)]).unwrap();
    let regions =
        [region(leaf, second, &in_leaf), region(second, third, &in_add), region(third, at("down"), &in_leaf)];
    debug.program(leaf, &regions).unwrap();
    BlobBuilder::new(InstructionSet::Latest64)
        .stack_size(4096)
        .export(b"main", 0)
        .code(program.code().clone())
        .debug_info(debug.finish())
        .build()
}

#[test]
fn gas_is_found_where_it_was_spent() {
    write("profile", "calls.txt", CALLS.as_bytes());
    let output = revive_vm("profile", &["assemble", "calls.txt", "-o", "calls.polkavm"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let path = write("profile", "debug.polkavm", &calls_with_debug_info());
    let program = assemble_program(CALLS, InstructionSet::Latest64).unwrap();
    let [leaf, down] = ["leaf", "down"].map(|label| program.label(label).unwrap());
    for engine in ["interpreter", "recompiler"] {
        let run = |blob: &str| {
            let command =
                ["profile", blob, "main", "--engine", engine, "--folded", "out.folded", "--svg", "out.svg"];
            let output = revive_vm("profile", &command);
            assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
            let read = |name: &str| std::fs::read_to_string(path.with_file_name(name)).unwrap();
            (stdout(&output), read("out.folded"), read("out.svg"))
        };
        let (text, folded, svg) = run("calls.polkavm");
        // Two blocks of two, one of one, one of two, one of two, one of one instruction; `leaf` twice; `down` passes
        // its head three times, and what follows twice.
        assert_eq!(folded, format!("main 8\nmain;code@{leaf} 6\nmain;code@{down} {}\n", 3 + 2 * 8 + 1));
        assert!(svg.contains("<svg") && svg.contains("main"), "{svg}");
        assert!(!svg.contains(engine));
        let total = text.lines().find(|line| line.starts_with("gas used")).unwrap().to_owned();
        assert!(total.ends_with(&format!(" {}", 8 + 20 + 6)), "{total}");

        let (text, folded, _) = run("debug.polkavm");
        let expected = format!(
            "calls::main 8\ncalls::main;calls::leaf 4\ncalls::main;calls::leaf;calls::add_[i] 2\n\
             calls::main;code@{down} 20\n"
        );
        assert_eq!(folded, expected);
        assert_golden("profile.txt", &text);
    }
    let report = json(&revive_vm("profile", &["profile", "debug.polkavm", "main", "--json"]));
    assert_eq!(report["functions"][0]["name"], format!("code@{down}"));
    assert_eq!((&report["lines"][0]["place"], &report["lines"][0]["gas"]), (&"calls.rs:2".into(), &8.into()));
}

#[test]
fn gas_of_every_model_is_accounted_for() {
    write("models", "debug.polkavm", &calls_with_debug_info());
    for model in ["flat", "pipeline"] {
        for gas in ["1_000_000", "20", "7"] {
            let command = ["profile", "debug.polkavm", "main", "--json", "--gas-model", model, "--gas", gas];
            let report = json(&revive_vm("models", &command));
            let stacks = report["stacks"].as_array().unwrap();
            let sum: u64 = stacks.iter().map(|stack| stack["gas"].as_u64().unwrap()).sum();
            assert_eq!(sum, report["gas_used"].as_u64().unwrap(), "{model}, {gas} gas: {report}");
        }
    }
}

#[test]
fn source_lines_stand_between_instructions() {
    let path = write("source", "debug.polkavm", &calls_with_debug_info());
    let lines: Vec<String> = (1..=20).map(|line| format!("    the source, line {line}")).collect();
    std::fs::write(path.with_file_name("calls.rs"), lines.join("\n")).unwrap();
    let output = revive_vm("source", &["disassemble", "--source", "debug.polkavm"]);
    assert_golden("disassemble-source.txt", &stdout(&output));
    write("source", "plain.polkavm", &assemble_program(CALLS, InstructionSet::Latest64).unwrap().to_blob());
    let output = revive_vm("source", &["disassemble", "--source", "plain.polkavm"]);
    assert_eq!(stderr(&output), "warning: plain.polkavm has no debug info, so no source can be shown\n");
}

#[test]
fn a_trap_is_told_with_its_line_and_what_it_was_inlined_into() {
    write("trap", "debug.polkavm", &calls_with_debug_info());
    let output = revive_vm("trap", &["run", "debug.polkavm", "main", "--gas", "3"]);
    assert_eq!(output.status.code(), Some(3));
    let line = |text: &str| text.lines().find(|line| line.starts_with("location")).map(str::to_owned);
    assert_eq!(line(&stdout(&output)).as_deref(), Some("location   calls.rs:10 in calls::leaf"));
    let output = revive_vm("trap", &["run", "debug.polkavm", "main", "--trace"]);
    let trail = "      // calls.rs:20 in calls::add, inlined into calls::leaf";
    assert!(stdout(&output).lines().any(|found| found == trail), "{}", stdout(&output));
}
