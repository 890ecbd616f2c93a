// SPDX-License-Identifier: Apache-2.0
//! `debug` in a terminal: commands from arguments and from standard input, and what they show. What motions do is tested in
//! `toolchain/debugger`.

mod common;

use std::{io::Write, process::Stdio};

use common::{assert_golden, command, json, memory_blob, revive_vm, sample_blob, stderr, stdout, write};
use revive_vm_primitives::InstructionSet;

/// The words of a run of the program that accesses memory, with these commands.
fn words<'a>(commands: &[&'a str]) -> Vec<&'a str> {
    let run = ["debug", "memory.polkavm", "run", "40", "--host-call", "where=0x10000", "--source-root", "."];
    let commands = commands.iter().flat_map(|command| ["--command", command]);
    run.into_iter().chain(commands).collect()
}

fn set_up(test: &str) {
    write(test, "memory.polkavm", &memory_blob(InstructionSet::Latest64));
    write(test, "memory.rs", b"fn run() {\n    let all = 40;\n    fill(all)\n}\n");
}

#[test]
fn a_session_is_golden() {
    set_up("debug");
    let commands = [
        "where",
        "list",
        "stepi",
        "registers",
        "break *0",
        "break memory.rs:1",
        "catch call where",
        "watch 0x30003 2",
        "breakpoints",
        "continue",
        "print u16 [0x30003]",
        "x 0x30000 20",
        "disassemble",
        "delete 5",
        "continue",
        "host",
        "step",
        "backtrace",
        "continue",
        "reverse-continue",
        "reverse-continue",
        "reverse-next",
        "delete",
        "stepi 2",
        "reverse-stepi",
        "finish",
        "time 3",
        "print a0 - 0x30000",
        "help",
        "quit",
        "never",
    ];
    let output = revive_vm("debug", &words(&commands));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_golden("debug.txt", &stdout(&output));
}

/// As scripts have them, and people whose input is no terminal.
#[test]
fn commands_come_from_standard_input_too() {
    set_up("debug-input");
    let args = words(&[]);
    let mut child = command("debug-input", &args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = child.stdin.take().expect("it was asked for");
    // An empty line moves once more; what is wrong is told, and goes on.
    input.write_all(b"stepi\n\nfly\nprint time\n").expect("the program reads it");
    drop(input);
    let output = child.wait_with_output().expect("it ends with its input");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("0x2 (2)"), "{}", stdout(&output));
    assert!(stderr(&output).contains("there is no command `fly`"), "{}", stderr(&output));
}

#[test]
fn documents_have_the_output_of_each_command() {
    set_up("debug-json");
    let output = revive_vm("debug-json", &[&words(&["stepi", "print pc"])[..], &["--json"]].concat());
    let document = json(&output);
    assert_eq!(document["commands"][0]["time"], 1);
    assert_eq!(document["commands"][1]["command"], "print pc");
    assert_eq!(document["commands"][1]["output"], "0x2 (2)\n");
}

/// Motions are made so many times, also that to breakpoints.
#[test]
fn breakpoints_are_passed_if_that_is_wanted() {
    let text = b"pub @run:\n a0 = 5\n jump @loop\npub @loop:\n a0 = a0 - 1\n jump @loop if a0 != 0\n ret\n";
    write("debug-times", "loop.txt", text);
    let output = revive_vm("debug-times", &["assemble", "loop.txt", "-o", "loop.polkavm"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let commands =
        ["break loop", "continue 3", "print a0", "rc 2", "print a0", "c 4", "print a0", "c 99", "print a0"];
    let words = commands.iter().flat_map(|command| ["-c", command]);
    let args: Vec<_> = ["debug", "loop.polkavm", "run", "--json"].into_iter().chain(words).collect();
    let document = json(&revive_vm("debug-times", &args));
    let printed: Vec<_> =
        (2..9).step_by(2).map(|index| document["commands"][index]["output"].clone()).collect();
    assert_eq!(printed, ["0x3 (3)\n", "0x5 (5)\n", "0x1 (1)\n", "0x0 (0)\n"]);
}

#[test]
fn mistakes_are_told() {
    set_up("debug-mistakes");
    write("debug-mistakes", "sample.polkavm", &sample_blob());
    for (args, code, why) in [
        (vec!["debug"], 2, "give a blob and the name of an export, or --contract, or --block and --index"),
        (vec!["debug", "none.polkavm", "run", "-c", "where"], 1, "none.polkavm"),
        (vec!["debug", "memory.polkavm", "walk", "-c", "where"], 1, "has no export `walk`"),
        (
            vec!["debug", "memory.polkavm", "run", "--host-call", "what=1", "-c", "where"],
            1,
            "has no import `what`",
        ),
        (vec!["debug", "memory.polkavm", "run", "-c", "fly"], 1, "there is no command `fly`"),
        (
            vec!["debug", "memory.polkavm", "run", "-c", "break nowhere.rs:1"],
            1,
            "there is no code: nowhere.rs:1",
        ),
        (vec!["debug", "memory.polkavm", "run", "-c", "x 0"], 1, "there is no memory at 0x0"),
        (vec!["debug", "memory.polkavm", "run", "-c", "delete 9"], 1, "there is no breakpoint 9"),
        (vec!["debug", "memory.polkavm", "run", "--json"], 2, "give some with --command"),
        (vec!["debug", "--block", "1"], 2, "--index"),
        (vec!["debug", "--dap", "memory.polkavm"], 2, "--dap"),
    ] {
        let output = revive_vm("debug-mistakes", &args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(why), "{args:?}: {}", stderr(&output));
    }
    // Without debug info there are instructions, and a word about it.
    let stripped = write("debug-mistakes", "stripped.txt", b"pub @run:\n a0 = 1\n ret\n");
    let args = ["assemble", stripped.to_str().expect("the path is text"), "-o", "stripped.polkavm"];
    assert_eq!(revive_vm("debug-mistakes", &args).status.code(), Some(0));
    let output =
        revive_vm("debug-mistakes", &["debug", "stripped.polkavm", "run", "-c", "step", "-c", "next"]);
    assert!(stderr(&output).contains("stripped.polkavm has no debug info"), "{}", stderr(&output));
    assert!(stdout(&output).contains("ended: finished"), "{}", stdout(&output));
}
