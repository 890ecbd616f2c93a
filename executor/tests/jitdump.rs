// SPDX-License-Identifier: Apache-2.0
//! The jitdump file, read as `perf inject` reads it.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::{
    fs,
    path::{Path, PathBuf},
};

use revive_vm_executor::{
    Engine, EngineChoice, EngineConfig, EngineError, Exit, Instance, InstructionSet, Module, ModuleConfig,
    Reg,
};
use revive_vm_primitives::{
    debug_info::{DebugInfoBuilder, SourceRegion},
    machine::CODE_ADDRESS,
    BlobBuilder, CodeBuilder, Frame, Instruction as I,
    Opcode::*,
};

const RETURN: I = I::reg_imm(JumpIndirect, Reg::Ra, 0);

/// What the file says about a stretch of code.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Record {
    time_ns: u64,
    worker: u32,
    address: u64,
    code: Vec<u8>,
    number: u64,
    name: String,
}

fn word32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn word64(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

fn read(file: &[u8]) -> Vec<Record> {
    let words: Vec<_> = (0..6).map(|index| word32(file, 4 * index)).collect();
    assert_eq!(words, [0x4a69_5444, 1, 40, 62, 0, std::process::id()]);
    assert!(word64(file, 24) > 0 && word64(file, 32) == 0);
    let mut records = Vec::new();
    let mut rest = &file[40..];
    while !rest.is_empty() {
        let (record, behind) = rest.split_at(word32(rest, 4) as usize);
        assert_eq!(word32(record, 0), 0, "the kind");
        assert_eq!((word32(record, 16), word64(record, 24)), (word32(record, 20), word64(record, 32)));
        let code_bytes = word64(record, 40) as usize;
        let (name, code) = record[56..].split_at(record.len() - 56 - code_bytes);
        let (end, name) = name.split_last().unwrap();
        assert_eq!(*end, 0);
        records.push(Record {
            time_ns: word64(record, 8),
            worker: word32(record, 16),
            address: word64(record, 24),
            code: code.to_vec(),
            number: word64(record, 48),
            name: String::from_utf8(name.to_vec()).unwrap(),
        });
        rest = behind;
    }
    records
}

/// Two functions with debug info, between them an export without, and a block that has no name at all.
fn blob() -> Vec<u8> {
    let mut code = CodeBuilder::new(InstructionSet::Latest64);
    // 0: two blocks, 3 + 1 + 2 bytes.
    code.push(I::reg_reg_imm(AddImm64, Reg::A0, Reg::A0, 1)).push(I::new(Fallthrough)).push(RETURN);
    let export = code.label_here();
    code.push(RETURN);
    let nameless = code.label_here();
    code.push(RETURN);
    let second = code.label_here();
    code.push(RETURN);
    let parts = code.finish().unwrap();
    let at = |label| parts.offset_of(label).unwrap();
    let (export, nameless, second) = (at(export), at(nameless), at(second));
    assert_eq!(nameless, export + 2);

    let frame = |function| Frame { namespace: "token", function, line: 1, ..Frame::default() };
    let mut debug = DebugInfoBuilder::new();
    let inlined = vec![frame("transfer"), frame("inlined")];
    debug.program(0, &[SourceRegion { bytes: export, frames: inlined }]).unwrap();
    debug.program(second, &[SourceRegion { bytes: 2, frames: vec![frame("balance")] }]).unwrap();
    BlobBuilder::new(InstructionSet::Latest64)
        .stack_size(4096)
        .export(b"first", 0)
        .export(b"exported", export)
        .code(parts)
        .debug_info(debug.finish())
        .build()
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn functions_have_their_names() {
    let folder = folder("jitdump");
    let config = EngineConfig {
        engine: EngineChoice::Recompiler,
        jitdump: Some(folder.clone()),
        ..EngineConfig::default()
    };
    let engine = Engine::new(config).unwrap();
    let blob = blob();
    let run = |config: &ModuleConfig| {
        let module = Module::new(&engine, &blob, config).unwrap();
        let mut instance = Instance::new(&module).unwrap();
        instance.set_gas(100);
        for _ in 0..2 {
            instance.prepare_call(0, &[6]);
            assert_eq!(instance.run(), Ok(Exit::Finished));
            assert_eq!(instance.reg(Reg::A0), 7);
        }
    };
    run(&ModuleConfig::default());
    let file = folder.join(format!("jit-{}.dump", std::process::id()));
    let records = read(&fs::read(&file).unwrap());
    let names: Vec<_> = records.iter().map(|record| record.name.as_str()).collect();
    let expected = ["[enter and leave]", "token::transfer", "exported", "[block 8]", "token::balance"];
    assert_eq!(names, expected, "once, though the program ran twice");

    // One behind the other, from the beginning of the code to the end of a page; made by one worker at one time.
    let mut address = CODE_ADDRESS;
    for (index, record) in records.iter().enumerate() {
        assert_eq!((record.address, record.number), (address, index as u64));
        assert!(record.worker != std::process::id() && record.worker == records[0].worker);
        assert!(index == 0 || record.time_ns >= records[index - 1].time_ns);
        address += record.code.len() as u64;
    }
    assert!(address.is_multiple_of(4096));
    // What stands there is the code: `balance` charges one unit (`sub r10, 1`) and goes to its return address.
    assert!(records[4].code.starts_with(&[0x49, 0x83, 0xea, 0x01]), "{:x?}", records[4].code);

    // Another translation of the same blob is other code, and is named when a worker loads it.
    run(&ModuleConfig { gas: None, ..ModuleConfig::default() });
    let more = read(&fs::read(&file).unwrap());
    assert_eq!(more[..records.len()], records);
    assert_eq!(more[records.len()..].iter().map(|record| &*record.name).collect::<Vec<_>>(), expected);
    assert!(more[records.len() + 1].code.len() < records[1].code.len());
}

/// The file is that of a process: engines that are told of one folder write to it together.
#[test]
fn two_engines_write_one_file() {
    let folder = folder("jitdump-two");
    let engine = |folder: &Path| {
        let jitdump = Some(folder.to_path_buf());
        Engine::new(EngineConfig { engine: EngineChoice::Recompiler, jitdump, ..EngineConfig::default() })
            .unwrap()
    };
    let run = |engine: &Engine, name: &str| {
        let mut code = CodeBuilder::new(InstructionSet::Latest64);
        code.push(RETURN);
        let blob = BlobBuilder::new(InstructionSet::Latest64).export(name.as_bytes(), 0);
        let blob = blob.code(code.finish().unwrap()).build();
        let module = Module::new(engine, &blob, &ModuleConfig::default()).unwrap();
        let mut instance = Instance::new(&module).unwrap();
        instance.set_gas(10);
        instance.prepare_call(0, &[]);
        assert_eq!(instance.run(), Ok(Exit::Finished));
    };
    let file = folder.join(format!("jit-{}.dump", std::process::id()));
    let names = || {
        let records = read(&fs::read(&file).unwrap()).into_iter();
        records.map(|record| record.name).filter(|name| !name.starts_with('[')).collect::<Vec<_>>()
    };
    let first = engine(&folder);
    run(&first, "one");
    let second = engine(&folder.join("."));
    run(&second, "two");
    run(&first, "three");
    drop(first);
    run(&second, "four");
    assert_eq!(names(), ["one", "two", "three", "four"]);
    drop(second);
    run(&engine(&folder), "anew");
    assert_eq!(names(), ["anew"]);
}

/// The file is named for its process, and the child of a fork is another one.
#[test]
fn the_child_of_a_fork_writes_another_file() {
    extern "C" {
        fn fork() -> i32;
        fn _exit(status: i32) -> !;
        fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
    }
    let folder = folder("jitdump-fork");
    let engine = || {
        let jitdump = Some(folder.clone());
        Engine::new(EngineConfig { engine: EngineChoice::Recompiler, jitdump, ..EngineConfig::default() })
    };
    let _of_the_parent = engine().unwrap();
    // SAFETY: the child has one thread, this one, and leaves by `_exit` only.
    let child = unsafe { fork() };
    if child == 0 {
        let found = engine().map(|_| folder.join(format!("jit-{}.dump", std::process::id())).exists());
        // SAFETY: nothing of the parent's is undone on the way.
        unsafe { _exit(i32::from(found != Ok(true))) };
    }
    let mut status = 0;
    // SAFETY: the status is written to a variable of ours.
    assert_eq!(unsafe { waitpid(child, &mut status, 0) }, child);
    assert_eq!(status, 0, "the child has no file of its own");
}

/// Names are in a blob once, but every other block can have the same one.
#[test]
fn long_names_are_cut() {
    let folder = folder("jitdump-long");
    let config = EngineConfig {
        engine: EngineChoice::Recompiler,
        jitdump: Some(folder.clone()),
        ..EngineConfig::default()
    };
    let engine = Engine::new(config).unwrap();
    let names = ["é".repeat(100_000), "x".repeat(100_000)];
    let frame = |function| Frame { namespace: &names[0], function, line: 1, ..Frame::default() };
    let regions = [0, 1].map(|name: usize| SourceRegion { bytes: 1, frames: vec![frame(&*names[name])] });
    const BLOCKS: u32 = 1000;
    let mut code = CodeBuilder::new(InstructionSet::Latest64);
    for _ in 0..BLOCKS {
        code.push(I::new(Fallthrough));
    }
    code.push(RETURN);
    let mut debug = DebugInfoBuilder::new();
    debug.program(0, &regions.iter().cycle().take(BLOCKS as usize).cloned().collect::<Vec<_>>()).unwrap();
    let blob = BlobBuilder::new(InstructionSet::Latest64)
        .export(names[0].as_bytes(), BLOCKS)
        .export(b"not the first", BLOCKS)
        .code(code.finish().unwrap())
        .debug_info(debug.finish())
        .build();
    let module = Module::new(&engine, &blob, &ModuleConfig::default()).unwrap();
    let mut instance = Instance::new(&module).unwrap();
    instance.set_gas(10_000);
    instance.prepare_call(0, &[]);
    assert_eq!(instance.run(), Ok(Exit::Finished));
    let file = fs::read(folder.join(format!("jit-{}.dump", std::process::id()))).unwrap();
    let records = read(&file);
    assert_eq!(records.len() as u32, 1 + BLOCKS + 1);
    assert!(records.iter().all(|record| record.name.len() < 2000));
    assert!(records[1].name.starts_with("é") && records[2].name.ends_with("x"));
    assert!(records.last().unwrap().name.starts_with("é"));
}

#[test]
fn a_folder_that_is_not_there_is_refused() {
    let missing = folder("jitdump").join("missing");
    // Also where another engine would do: a folder must not choose the engine.
    for engine in [EngineChoice::Recompiler, EngineChoice::Auto] {
        let jitdump = Some(missing.clone());
        let error = Engine::new(EngineConfig { engine, jitdump, ..EngineConfig::default() });
        let Err(error @ EngineError::Jitdump { .. }) = error else { panic!("{error:?}") };
        let text = error.to_string();
        assert!(text.contains("jitdump") && text.contains(missing.to_str().unwrap()), "{text}");
    }
}

#[test]
fn links_are_not_followed() {
    let folder = folder("jitdump-link");
    let (other, link) = (folder.join("other"), folder.join(format!("jit-{}.dump", std::process::id())));
    fs::write(&other, "precious").unwrap();
    let _ = fs::remove_file(&link);
    std::os::unix::fs::symlink(&other, &link).unwrap();
    let jitdump = Some(folder);
    let config = EngineConfig { engine: EngineChoice::Recompiler, jitdump, ..EngineConfig::default() };
    let error = Engine::new(config).map(drop).unwrap_err();
    assert!(error.to_string().contains("jitdump"), "{error}");
    assert_eq!(fs::read(&other).unwrap(), b"precious");
}
