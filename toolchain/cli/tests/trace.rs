// SPDX-License-Identifier: Apache-2.0
//! `run --trace`: what it shows, and that it shows the same whatever runs the program.

mod common;

use std::{env, fs, path::Path};

use common::{assert_golden, json, memory_blob, revive_vm, sample_blob, stderr, stdout, write};
use revive_vm_primitives::InstructionSet;
use serde_json::Value;

#[test]
fn a_trace_shows_memory_and_source() {
    write("trace-memory", "memory.polkavm", &memory_blob(InstructionSet::Latest64));
    let args = ["run", "memory.polkavm", "run", "40", "--trace", "--host-call", "where=0x10000"];
    let args = [&args[..], &["--engine", "interpreter"]].concat();
    assert_golden("trace-memory.txt", &stdout(&revive_vm("trace-memory", &args)));
    let output = revive_vm("trace-memory", &[&args[..], &["--json"]].concat());
    assert_golden("trace-memory.json", &stdout(&output));
    let report = json(&output);
    let last = report["trace"].as_array().unwrap().last().unwrap();
    // Read-only data begins at 0x10000.
    assert_eq!(last["memory"]["address"], "0x10000");
    assert_eq!((&last["memory"]["before"], &last["exit"]), (&Value::Null, &"trap".into()));
    assert_eq!(last["source"]["line"], 3);
}

#[test]
fn the_limit_is_exact() {
    write("trace-limit", "sample.polkavm", &sample_blob());
    // Five instructions are executed.
    for (limit, truncated) in [("4", true), ("5", false), ("6", false)] {
        let args = ["run", "sample.polkavm", "sum", "5", "-5", "--trace", "--trace-limit", limit];
        let text = stdout(&revive_vm("trace-limit", &args));
        assert_eq!(text.contains("see --trace-limit"), truncated, "{limit}: {text}");
        let output = revive_vm("trace-limit", &[&args[..], &["--json"]].concat());
        let report = json(&output);
        assert_eq!(report["trace_truncated"], truncated, "{limit}");
        assert_eq!(report["trace"].as_array().unwrap().len(), if truncated { 4 } else { 5 });
    }
}

/// Runs a blob on both engines. What they print may differ in one place, the engine's name.
fn compare(test: &str, args: &[&str]) -> String {
    let [interpreted, compiled] = ["interpreter", "recompiler"].map(|engine| {
        let output = revive_vm(test, &[args, &["--engine", engine]].concat());
        assert!(matches!(output.status.code(), Some(0 | 3)), "{args:?}: {}", stderr(&output));
        (output.status.code(), stdout(&output), stderr(&output))
    });
    let name = |text: &str| text.matches("recompiler").count();
    assert_eq!((name(&interpreted.1), name(&compiled.1)), (0, 1), "{args:?}: {}", compiled.1);
    let renamed = compiled.1.replace("recompiler", "interpreter");
    if renamed != interpreted.1 {
        let line = renamed.lines().zip(interpreted.1.lines()).position(|(ours, theirs)| ours != theirs);
        let line = line.unwrap_or_else(|| renamed.lines().count().min(interpreted.1.lines().count()));
        let show =
            |text: &str| text.lines().skip(line.saturating_sub(3)).take(5).collect::<Vec<_>>().join("\n");
        panic!("{args:?}: line {line} differs\n{}\n---\n{}", show(&interpreted.1), show(&renamed));
    }
    assert_eq!((interpreted.0, interpreted.2), (compiled.0, compiled.2), "{args:?}");
    interpreted.1
}

#[test]
fn engines_print_the_same() {
    write("trace-engines", "sample.polkavm", &sample_blob());
    for args in [["1", "2"], ["5", "-5"], ["-1", "0x8000000000000000"]] {
        for gas in ["0", "1", "2", "6", "7", "1000"] {
            for extra in [&[][..], &["--json"], &["--gas-model", "pipeline"]] {
                let command = ["run", "sample.polkavm", "sum", args[0], args[1], "--trace", "--gas", gas];
                compare("trace-engines", &[&command[..], &["--host-call", "now=9"], extra].concat());
            }
        }
    }
    for isa in InstructionSet::ALL {
        let name = format!("{isa}.polkavm");
        write("trace-engines", &name, &memory_blob(isa));
        // The last two fill beyond the data, and run out of gas on the way.
        for bytes in ["0", "3", "33", "64", "5000", "2_000_000_000"] {
            for extra in [&[][..], &["--json"]] {
                let command = ["run", &name, "run", bytes, "--trace", "--gas", "100_000"];
                let command = [&command[..], &["--host-call", "where=0x30000"], extra].concat();
                assert!(compare("trace-engines", &command).contains("gas"));
            }
        }
    }
}

/// The contracts and benchmark programs, where `cargo xtask contracts` has built them.
#[test]
fn engines_print_the_same_of_real_programs() {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for tests");
    let build = Path::new(&manifest).join("../../contracts/build");
    let mut blobs = Vec::new();
    for folder in [build.clone(), build.join("bench")] {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        blobs.extend(entries.filter(|path| path.extension().is_some_and(|name| name == "polkavm")));
    }
    if blobs.is_empty() {
        println!("skipped: `cargo xtask contracts` has not built any programs");
    }
    blobs.sort();
    for path in blobs {
        let path = path.to_str().expect("the path is text");
        let report: Value = json(&revive_vm("trace-real", &["inspect", path, "--json"]));
        let answers: Vec<String> = report["imports"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(Value::as_str)
            .zip(0..)
            .map(|(import, index)| format!("--host-call={import}={index}"))
            .collect();
        let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
        for export in report["exports"].as_array().unwrap() {
            let export = export["name"].as_str().unwrap();
            let command = ["run", path, export, "2", "--trace", "--trace-limit", "2000", "--gas", "20_000"];
            for extra in [&[][..], &["--json"], &["--gas-model", "pipeline"]] {
                compare("trace-real", &[&command, &answers[..], extra].concat());
            }
            println!("{path} {export}: the same");
        }
    }
}
