// SPDX-License-Identifier: Apache-2.0
//! The commands that need no node, by the real program: golden texts, exit codes, and what users are told.

mod common;

use common::{assert_golden, json, memory_blob, revive_vm, sample_blob, stderr, stdout, write};
use revive_vm_primitives::{BlobBuilder, CodeBuilder, Instruction, InstructionSet, Opcode, Reg};
use serde_json::Value;

#[test]
fn inspect_shows_what_is_in_a_blob() {
    write("inspect", "sample.polkavm", &sample_blob());
    let output = revive_vm("inspect", &["inspect", "sample.polkavm"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_golden("inspect.txt", &stdout(&output));

    let output = revive_vm("inspect", &["inspect", "sample.polkavm", "--json"]);
    assert_golden("inspect.json", &stdout(&output));
    assert_eq!(json(&output)["imports"][0], "now");

    // The instruction set of contracts cannot let memory grow.
    write("inspect", "program.txt", b"%isa = revive_v1\npub @call:\n    ret\n");
    let output = revive_vm("inspect", &["assemble", "program.txt", "-o", "contract.polkavm"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let shown = stdout(&revive_vm("inspect", &["inspect", "contract.polkavm"]));
    assert!(shown.contains("stack") && !shown.contains("heap"), "{shown}");
}

#[test]
fn disassembly_is_golden_in_every_form() {
    write("disassemble", "sample.polkavm", &sample_blob());
    for (golden, options) in [
        ("disassemble.txt", &[][..]),
        ("disassemble-full.txt", &["--show-raw-bytes", "--display-gas"][..]),
        ("disassemble-no-offsets.txt", &["--no-show-offsets"][..]),
        ("disassemble-pipeline.txt", &["--gas-model", "pipeline-l1"][..]),
    ] {
        let args = [&["disassemble", "sample.polkavm"], options].concat();
        let output = revive_vm("disassemble", &args);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_golden(golden, &stdout(&output));
    }
}

#[test]
fn disassembly_goes_to_a_file_and_into_json() {
    let path = write("disassemble-file", "sample.polkavm", &sample_blob());
    let output = revive_vm("disassemble-file", &["disassemble", "sample.polkavm", "-o", "out.txt"]);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), ""));
    let text = std::fs::read_to_string(path.with_file_name("out.txt")).unwrap();
    let output = revive_vm("disassemble-file", &["disassemble", "sample.polkavm", "--json"]);
    assert_eq!(json(&output)["text"], text);
    assert_eq!(json(&output)["instruction_set"], "latest64");

    let output =
        revive_vm("disassemble-file", &["disassemble", "sample.polkavm", "-o", "no/such/folder/out.txt"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("failed to write"), "{}", stderr(&output));
}

/// The example of the specification of the tool's text form, byte for byte.
#[test]
fn disassembly_has_the_layout_of_the_ecosystem() {
    let mut code = CodeBuilder::new(InstructionSet::Latest64);
    let skip = code.label();
    code.push(Instruction::reg_reg_reg(Opcode::Add64, Reg::A0, Reg::A0, Reg::A1))
        .push_to(Instruction::reg_imm_offset(Opcode::BranchEqImm, Reg::A0, 0, 0), skip)
        .push(Instruction::reg_imm(Opcode::LoadImm, Reg::A1, 5))
        .push(Instruction::reg_imm(Opcode::StoreU64, Reg::A0, 0x20000))
        .push(Instruction::imm(Opcode::Ecalli, 0))
        .push(Instruction::new(Opcode::Fallthrough))
        .bind(skip)
        .push(Instruction::reg_reg_imm(Opcode::AddImm64, Reg::Sp, Reg::Sp, -8))
        .push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
    let blob = BlobBuilder::new(InstructionSet::Latest64)
        .rw_data(16, &[])
        .stack_size(4096)
        .export(b"sum", 0)
        .code(code.finish().unwrap())
        .build();
    write("layout", "sum.polkavm", &blob);
    let output = revive_vm("layout", &["disassemble", "--show-raw-bytes", "sum.polkavm"]);
    let expected = "\
// RO data = 0/0 bytes
// RW data = 0/16 bytes
// Stack size = 4096 bytes

// Instructions = 8
// Code size = 21 bytes

      :                          @0 [export #0: 'sum']
     0: c8 87 07                 a0 = a0 + a1
     3: 51 07 0d                 jump @2 if a0 == 0
      :                          @1
     6: 33 08 05                 a1 = 0x5
     9: 3e 07 00 00 02           u64 [0x20000] = a0
    14: 0a                       ecalli 0 // INVALID
    15: 01                       fallthrough
      :                          @2
    16: 95 11 f8                 sp = sp - 8
    19: 32 00                    ret
";
    assert_eq!(stdout(&output), expected);
}

#[test]
fn run_finishes_and_counts_gas() {
    write("run", "sample.polkavm", &sample_blob());
    // -5 + 5 = 0 takes the short way: two instructions, then three.
    let output = revive_vm("run", &["run", "sample.polkavm", "sum", "5", "-5", "--gas", "100", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report = json(&output);
    assert_eq!(report["exit"], "finished");
    assert_eq!(report["gas_used"], 5);
    assert_eq!(report["gas_left"], 95);
    assert_eq!(report["registers"]["a0"], "0x0");
    assert_eq!(report["registers"]["sp"], "0xfffe0000");

    // Whatever engine this machine has, only its name may differ.
    let interpreted =
        revive_vm("run", &["run", "sample.polkavm", "sum", "5", "-5", "--engine", "interpreter"]);
    assert_golden("run.txt", &stdout(&interpreted));
    let default = revive_vm("run", &["run", "sample.polkavm", "sum", "5", "-5"]);
    assert_eq!(
        stdout(&default).replace("engine     recompiler", "engine     interpreter"),
        stdout(&interpreted)
    );
}

/// The gas of a run is that of the blocks it enters, as the disassembly shows them.
#[test]
fn every_gas_model_can_be_paid_by() {
    write("gas-model", "sample.polkavm", &sample_blob());
    let mut seen = Vec::new();
    for (model, name) in [
        ("flat", "flat"),
        ("pipeline-l1", "pipeline-l1"),
        ("pipeline-l2", "pipeline-l2"),
        ("pipeline-l3", "pipeline-l3"),
        ("pipeline-footprint", "pipeline-footprint"),
        ("pipeline", "pipeline-l2"),
    ] {
        let listing =
            revive_vm("gas-model", &["disassemble", "sample.polkavm", "--gas-model", model, "--json"]);
        assert_eq!(json(&listing)["gas_model"], name);
        let text = json(&listing)["text"].as_str().unwrap().to_string();
        // 5 - 5 = 0 leads from block 0 to block 2.
        let costs: Vec<i64> = text
            .lines()
            .filter_map(|line| line.split_once("(gas: ")?.1.strip_suffix(')')?.parse().ok())
            .collect();
        for engine in ["interpreter", "auto"] {
            let args = ["run", "sample.polkavm", "sum", "5", "-5", "--gas-model", model, "--engine", engine];
            let report = json(&revive_vm("gas-model", &[&args[..], &["--json"]].concat()));
            assert_eq!(report["gas_model"], name);
            assert_eq!(report["gas_used"], costs[0] + costs[2], "{model}");
        }
        seen.push(costs);
    }
    assert_ne!(seen[0], seen[2], "flat and pipeline-l2");
    assert_ne!(seen[1], seen[2], "two assumptions about the cache");
    assert_eq!(seen[2], seen[5], "`pipeline` is pipeline-l2");

    let output = revive_vm("gas-model", &["run", "sample.polkavm", "sum", "--gas-model", "steep"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("pipeline-l3"), "{}", stderr(&output));
}

#[test]
fn run_stops_at_a_host_function_by_name_or_answers_it() {
    write("run-host", "sample.polkavm", &sample_blob());
    let output = revive_vm("run-host", &["run", "sample.polkavm", "sum", "1", "2", "--json"]);
    assert_eq!(output.status.code(), Some(3));
    let report = json(&output);
    assert_eq!((&report["exit"], &report["import"]), (&"host_call".into(), &"now".into()));
    assert!(stderr(&output).contains("--host-call now=VALUE"), "{}", stderr(&output));

    // The next one is a number that the blob does not import.
    let args = ["run", "sample.polkavm", "sum", "1", "2", "--host-call", "now=0x2a", "--json"];
    let output = revive_vm("run-host", &args);
    assert_eq!(output.status.code(), Some(3));
    let report = json(&output);
    assert_eq!(report["host_calls"]["now"], 1);
    assert_eq!(report["registers"]["a0"], "0x2a");
    assert_eq!(report["import"], "number 7");
    assert!(report["outcome"].as_str().unwrap().contains("does not import"));
}

#[test]
fn run_reports_traps_and_exhaustion() {
    write("run-trap", "sample.polkavm", &sample_blob());
    let output = revive_vm("run-trap", &["run", "sample.polkavm", "sum", "5", "-5", "--gas", "3", "--json"]);
    assert_eq!(output.status.code(), Some(3));
    let report = json(&output);
    assert_eq!((&report["exit"], &report["gas_left"]), (&"out_of_gas".into(), &1.into()));

    let mut code = CodeBuilder::new(InstructionSet::ReviveV1);
    code.push(Instruction::new(Opcode::Trap));
    let blob =
        BlobBuilder::new(InstructionSet::ReviveV1).export(b"call", 0).code(code.finish().unwrap()).build();
    write("run-trap", "trap.polkavm", &blob);
    let output = revive_vm("run-trap", &["run", "trap.polkavm", "call"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stdout(&output).contains("trapped: the instruction `trap`"), "{}", stdout(&output));

    // Calls itself until there is no more stack.
    let mut code = CodeBuilder::new(InstructionSet::ReviveV1);
    let start = code.label_here();
    code.push(Instruction::reg_reg_imm(Opcode::AddImm64, Reg::Sp, Reg::Sp, -16))
        .push(Instruction::reg_reg_imm(Opcode::StoreIndirectU64, Reg::Ra, Reg::Sp, 8))
        .push_to(Instruction::offset(Opcode::Jump, 0), start);
    let blob = BlobBuilder::new(InstructionSet::ReviveV1)
        .export(b"call", 0)
        .stack_size(8192)
        .code(code.finish().unwrap())
        .build();
    write("run-trap", "overflow.polkavm", &blob);
    let output = revive_vm("run-trap", &["run", "overflow.polkavm", "call"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stdout(&output).contains("below the stack, which is used up"), "{}", stdout(&output));
    assert!(stderr(&output).contains("its stack has 8,192 bytes"), "{}", stderr(&output));
}

#[test]
fn a_trace_shows_instructions_and_what_they_change() {
    write("trace", "sample.polkavm", &sample_blob());
    let traced = ["run", "sample.polkavm", "sum", "1", "2", "--trace", "--host-call", "now=9"];
    let interpreted = revive_vm("trace", &[&traced[..], &["--engine", "interpreter"]].concat());
    assert_golden("trace.txt", &stdout(&interpreted));
    let default = revive_vm("trace", &traced);
    assert_eq!(
        stdout(&default).replace("engine     recompiler", "engine     interpreter"),
        stdout(&interpreted)
    );

    let args = ["run", "sample.polkavm", "sum", "5", "-5", "--trace", "--trace-limit", "2", "--json"];
    let report = json(&revive_vm("trace", &args));
    let steps = report["trace"].as_array().unwrap();
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[0]["changed"]["a0"], "0x0");
    assert_eq!((&report["trace_truncated"], &report["exit"]), (&true.into(), &"finished".into()));
}

#[test]
fn advice_comes_with_every_error() {
    write("advice", "sample.polkavm", &sample_blob());
    write("advice", "program.elf", b"\x7fELF\x02\x01\x01");
    let mut short = sample_blob();
    short.truncate(40);
    write("advice", "short.polkavm", &short);
    for (args, error, hint) in [
        (&["inspect", "missing.polkavm"][..], "failed to read missing.polkavm", "cargo xtask contracts"),
        (&["inspect", "program.elf"], "failed to parse program.elf", "this is an ELF file"),
        (&["disassemble", "short.polkavm"], "failed to parse short.polkavm: ", ""),
        (&["run", "sample.polkavm", "main"], "no export `main`", "it exports: sum, total, inside, 0xfffe"),
        (&["run", "sample.polkavm", "sum", "--host-call", "later=1"], "no import `later`", "inspect"),
    ] {
        let output = revive_vm("advice", args);
        let messages = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {messages}");
        let first = messages.lines().next().unwrap_or_default();
        assert!(first.starts_with("error: ") && first.contains(error), "{args:?}: {messages}");
        assert!(messages.contains(hint), "{args:?}: {messages}");
        assert_eq!(stdout(&output), "", "{args:?}");
    }
}

#[test]
fn wrong_usage_has_its_own_exit_code() {
    write("usage", "sample.polkavm", &sample_blob());
    for args in [
        &[][..],
        &["frobnicate"],
        &["inspect"],
        &["run", "sample.polkavm", "sum", "ten"],
        &["run", "sample.polkavm", "sum", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"],
        &["run", "sample.polkavm", "sum", "--host-call", "now"],
        &["call", "0x1234"],
        &["call", "0x0000000000000000000000000000000000000000", "f", "--data", "0x00"],
        &["call", "0x0000000000000000000000000000000000000000", "--weight", "5"],
        &["upload", "sample.polkavm", "--force"],
        &["info", "0x1234"],
    ] {
        let output = revive_vm("usage", args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stderr(&output));
        assert_ne!(stderr(&output), "", "{args:?}");
    }
}

#[test]
fn numbers_fit_the_registers_of_the_blob() {
    write("numbers", "narrow.polkavm", &memory_blob(InstructionSet::Latest32));
    for (args, what) in [
        (&["0x100000000"][..], "an argument, 0x100000000, does not fit the registers of latest32"),
        (
            &["1", "--host-call", "where=0x8000000000000000"],
            "the answer of `where`, 0x8000000000000000, does not",
        ),
    ] {
        let output = revive_vm("numbers", &[&["run", "narrow.polkavm", "run"], args].concat());
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(what), "{}", stderr(&output));
    }
    for fits in ["0xffffffff", "-1", "-2147483648"] {
        let output = revive_vm("numbers", &["run", "narrow.polkavm", "run", fits]);
        assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    }
}

/// Scripts ask before a node is started.
#[test]
#[cfg(target_os = "linux")]
fn the_doctor_says_what_is_wrong_to_people_and_to_programs() {
    // Too few descriptors for a worker.
    let output = std::process::Command::new("sh")
        .args(["-c", "ulimit -n 8 && exec \"$0\" doctor --json", env!("CARGO_BIN_EXE_revive-vm")])
        .output()
        .expect("the shell starts");
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let messages = stderr(&output);
    assert!(
        messages.starts_with("error: guest code cannot run natively here: no worker process"),
        "{messages}"
    );
    assert!(messages.contains("hint: nodes interpret contracts here"), "{messages}");
    assert!(!messages.contains("was asked for"), "{messages}");
    let found = json(&output);
    assert_eq!((&found["native"], &found["layers"]), (&Value::Bool(false), &Value::Array(vec![])));
    assert!(found["why_not"].as_str().is_some_and(|why| why.contains("no worker process")), "{found}");

    let output = revive_vm("doctor", &["doctor", "--json"]);
    let found = json(&output);
    assert_eq!(found["native"], Value::Bool(output.status.success()));
    assert_eq!(found["why_not"].is_null(), output.status.success(), "{found}");
}

/// Whoever reads the messages may go away before the program says something.
#[test]
fn nobody_has_to_read_messages() {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_revive-vm"));
    let (reader, writer) = std::io::pipe().expect("a pipe can be made");
    drop(reader);
    let status =
        command.args(["inspect", "no such file"]).stderr(writer).status().expect("the program starts");
    assert_eq!(status.code(), Some(1));
}

#[test]
fn help_and_version_are_no_errors() {
    for args in [&["--help"][..], &["--version"], &["call", "--help"], &["run", "--help"]] {
        let output = revive_vm("help", args);
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert_ne!(stdout(&output), "", "{args:?}");
    }
}

#[test]
fn an_unreachable_node_is_reported_with_how_to_start_one() {
    write("unreachable", "sample.polkavm", &sample_blob());
    // Nothing can listen on port 0.
    let url = ["--url", "ws://127.0.0.1:0"];
    for args in [
        &["upload", "sample.polkavm"][..],
        &["instantiate", "sample.polkavm"],
        &["call", "0x0000000000000000000000000000000000000000"],
        &["info", "0x0000000000000000000000000000000000000000"],
        &["map-account"],
    ] {
        let output = revive_vm("unreachable", &[args, &url].concat());
        let messages = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {messages}");
        assert!(messages.contains("failed to reach a node at ws://127.0.0.1:0"), "{args:?}: {messages}");
        assert!(!messages.contains("RPC error"), "layers of the client are nobody's business: {messages}");
        assert!(messages.contains("hint: start one with `revive-vm-node --dev`"), "{args:?}: {messages}");
    }
}

#[test]
fn mistakes_are_found_before_a_node_is_asked() {
    write("early", "sample.polkavm", &sample_blob());
    write(
        "early",
        "t.abi.json",
        b"[{\"type\":\"function\",\"name\":\"f\",\"inputs\":[],\"outputs\":[],\"stateMutability\":\"view\"}]",
    );
    let address = "0x0000000000000000000000000000000000000000";
    for (args, error) in [
        (&["call", address, "f", "--abi", "missing.json"][..], "failed to read the ABI file missing.json"),
        (&["call", address, "g", "--abi", "t.abi.json"], "no function `g`"),
        (&["call", address, "f", "1", "--abi", "t.abi.json"], "f() takes 0 arguments, found 1"),
        (&["call", address, "f"], "parameters of `f` are not known"),
        (&["call", address, "f()", "--suri", "nonsense"], "the secret of the signer is not usable"),
        (
            &["instantiate", "sample.polkavm", "--args", "1"],
            "the parameters of the constructor are not known",
        ),
        (&["instantiate", "missing.polkavm"], "failed to read missing.polkavm"),
    ] {
        let output = revive_vm("early", &[args, &["--url", "ws://127.0.0.1:0"]].concat());
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(stderr(&output).contains(error), "{args:?}: {}", stderr(&output));
    }
}
