// SPDX-License-Identifier: Apache-2.0
//! What the tests of the server share: programs with debug info, recordings, and a client.

#![allow(dead_code, reason = "not all tests use everything")]

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use revive_vm_debugger::{
    Answer, Direction, End, Frame, Host, HostCall, Motion, Program, Recording, Session, Stop, Target, Unit,
};
use revive_vm_primitives::{
    debug_info::{DebugInfoBuilder, SourceRegion},
    Blob, BlobBuilder, Code, Frame as DebugFrame, FrameKind, GasModel, InstructionSet, Reg,
};

pub(crate) mod client;

/// A program of which each instruction says where it comes from: `// run 4 > double 12` behind it is line 12 of `double`,
/// inlined into line 4 of `run`. Labels must not need a `fallthrough`.
pub(crate) fn program(name: &str, path: &str, text: &str) -> Arc<Program> {
    let isa = InstructionSet::Latest64;
    let assembled = revive_vm_assembly::assemble_program(text, isa).expect("the text is a program");
    let is_instruction = |line: &&str| !matches!(line.trim().chars().next(), None | Some('%' | '@' | 'p'));
    let notes =
        text.lines().filter(is_instruction).map(|line| line.split_once("//").map_or("", |(_, note)| note));
    let section = assembled.code().to_section();
    let code = Code::parse(isa, &section).expect("what was assembled can be read");
    let starts: Vec<u32> = code.instructions().map(|decoded| decoded.offset).collect();
    let ends = starts.iter().skip(1).copied().chain([code.len()]);
    let notes: Vec<&str> = notes.collect();
    assert_eq!(notes.len(), starts.len(), "each instruction has a line of its own");
    let regions: Vec<_> = starts
        .iter()
        .zip(ends)
        .zip(&notes)
        .map(|((start, end), note)| SourceRegion { bytes: end - start, frames: frames(path, note) })
        .collect();
    let blob = assembled.to_blob();
    let blob = Blob::parse(&blob).expect("what was assembled can be read");
    let data = if blob.rw_data().is_empty() { b"some data" } else { blob.rw_data() };
    let mut builder = BlobBuilder::new(isa)
        .rw_data(blob.rw_data_size().max(64), data)
        .stack_size(4096)
        .code(assembled.code().clone());
    for import in assembled.imports() {
        builder = builder.import(import);
    }
    for (name, offset) in assembled.exports() {
        builder = builder.export(name, offset);
    }
    if notes.iter().any(|note| !note.is_empty()) {
        let mut debug_info = DebugInfoBuilder::new();
        debug_info.program(0, &regions).expect("it is short");
        builder = builder.debug_info(debug_info.finish());
    }
    let blob = builder.build();
    Program { name: name.into(), blob, gas_model: GasModel::Flat, memory_bytes_max: 1 << 20 }.into()
}

fn frames<'a>(path: &'a str, note: &'a str) -> Vec<DebugFrame<'a>> {
    let parts = note.split('>').filter_map(|part| part.trim().split_once(' '));
    let parts: Vec<(&str, u32)> =
        parts.map(|(function, line)| (function, line.parse().expect("a line"))).collect();
    let mut frames = Vec::new();
    for (index, (function, line)) in parts.iter().enumerate() {
        let frame =
            DebugFrame { kind: FrameKind::Enter, namespace: "", function, path, line: *line, column: 5 };
        frames.push(frame);
        frames.push(match parts.get(index + 1) {
            Some((callee, _)) => DebugFrame { kind: FrameKind::Call, function: callee, ..frame },
            None => DebugFrame { kind: FrameKind::Line, ..frame },
        });
    }
    frames
}

/// Stores twice its argument, calls another contract with it, and adds one to the answer.
pub(crate) const VAULT: &str = "\
%import = 'call'
%jump_table = @after
pub @run:
    sp = sp - 16           // run 3
    u64 [sp + 8] = ra      // run 3
    a1 = a0                // run 4
    a0 = a0 + a1           // run 4 > double 12
    ra = 2, jump @store    // run 5
@after:
    ecalli 'call'          // run 6
    a0 = a0 + 1            // run 7
    ra = u64 [sp + 8]      // run 8
    sp = sp + 16           // run 8
    ret                    // run 8
@store:
    u64 [0x20000] = a0     // store 16
    ret                    // store 17
";

/// Adds its argument to what it has, or fails.
pub(crate) const TOKEN: &str = "\
pub @burn:
    trap                   // burn 9
pub @transfer:
    a1 = u64 [0x20000]     // transfer 4
    a1 = a1 + a0           // transfer 5
    u64 [0x20000] = a1     // transfer 5
    a0 = 1                 // transfer 6
    ret                    // transfer 7
";

/// The source files of both, in a folder of the test that asks: as many lines as there are.
pub(crate) fn sources(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    std::fs::create_dir_all(folder.join("src")).expect("the temporary folder can be made");
    for (name, lines) in [("vault.rs", 17), ("token.rs", 9)] {
        let text: String = (1..=lines).map(|line| format!("// {name}, line {line}\n")).collect();
        std::fs::write(folder.join("src").join(name), text).expect("the temporary file can be written");
    }
    folder
}

pub(crate) fn frame(title: &str, program: &Arc<Program>, export: &str, args: &[u64], host: Host) -> Frame {
    Frame {
        title: title.into(),
        program: program.clone(),
        export: export.into(),
        args: args.to_vec(),
        gas: 1000,
        host,
        end: None,
    }
}

/// A recording of one frame without host calls.
pub(crate) fn alone(program: &Arc<Program>, export: &str, args: &[u64], gas: i64) -> Recording {
    let frame = Frame { gas, ..frame("alone", program, export, args, Host::Fixed(HashMap::new())) };
    Recording { frames: vec![frame], roots: vec![0] }
}

/// The vault calls an export of the token, which answers `result`.
pub(crate) fn vault_calls(export: &str, result: u64) -> Recording {
    let vault = program("vault", "src/vault.rs", VAULT);
    let token = program("token", "src/token.rs", TOKEN);
    // What the call looks like is asked from the program itself.
    let mut session = Session::new(alone(&vault, "run", &[21], 1000)).expect("it can be run");
    session.set_breakpoint(Target::HostCall(None));
    let stop = session.go(Motion::Continue, Direction::Forward).expect("it can be run");
    assert!(matches!(stop, Stop::Breakpoints(_)));
    let pc = session.pc();
    // The gas of the block is paid with its first instruction, which is the call itself.
    session.go(Motion::Into(Unit::Instruction), Direction::Forward).expect("it can be run");
    let argument = |reg| session.register(0, reg).expect("there is a frame");
    let args: Vec<u64> = Reg::ARGS[..6].iter().map(|reg| argument(*reg)).collect();
    let call = HostCall {
        function: "call".into(),
        text: format!("{export}(42)"),
        pc: Some(pc),
        args: args.try_into().expect("there are six"),
        gas: session.gas(0).expect("there is a frame"),
        frames: vec![1],
        answer: Answer::Resumed {
            result: Some(result),
            writes: vec![(0x20008, b"hello".to_vec())],
            gas: 900,
        },
    };
    let outer = frame("call vault", &vault, "run", &[21], Host::Recorded(vec![call]));
    let inner = frame("call token", &token, export, &[42], Host::Recorded(Vec::new()));
    Recording { frames: vec![outer, inner], roots: vec![0] }
}

/// The same, but the call ends the vault.
pub(crate) fn vault_reverts() -> Recording {
    let mut recording = vault_calls("transfer", 0);
    if let Host::Recorded(calls) = &mut recording.frames[0].host {
        calls[0].answer = Answer::Ended(End { text: "reverted: not today".into(), is_good: false });
    }
    recording
}

/// Compares with the golden text of this name. With `REVIVE_VM_BLESS=1` in the environment it is written anew.
pub(crate) fn assert_golden(name: &str, actual: &str) {
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for tests");
    let path = Path::new(&folder).join("tests/golden").join(name);
    if std::env::var_os("REVIVE_VM_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&path, actual).expect("the golden text can be written");
        return;
    }
    let expected = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; write it with REVIVE_VM_BLESS=1", path.display()));
    assert!(
        actual == expected,
        "the transcript is not what {} says; if it should be, write that anew with REVIVE_VM_BLESS=1\n--- expected\n{expected}\n--- actual\n{actual}",
        path.display()
    );
}
