// SPDX-License-Identifier: Apache-2.0
//! What the module cache holds of compiled modules: all that they take, whenever they take it. In a file, which is a process, of its
//! own, because it counts the files of the process and has their number limited.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::{
    fs,
    os::unix::fs::MetadataExt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use revive_vm_executor::{Engine, EngineChoice, EngineConfig, Exit, Instance, Module, ModuleConfig, Reg};
use revive_vm_primitives::{BlobBuilder, CodeBuilder, Instruction as I, InstructionSet, Opcode};
use rustix::process::{getrlimit, setrlimit, Resource, Rlimit};

/// One test at a time: they look at the process.
fn alone() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An engine whose workers do not keep programs, or none if no worker starts here.
fn engine(module_cache_bytes_max: usize) -> Option<Engine> {
    let config = EngineConfig {
        engine: EngineChoice::Recompiler,
        module_cache_bytes_max,
        idle_workers_max: 1,
        ..EngineConfig::default()
    };
    Engine::new(config).map_err(|why| println!("skipped: {why}")).ok()
}

const RO_BYTES: u32 = 1 << 20;

/// A program of one block that adds `number` to a0 again and again, and can be started within it; behind that a loop that reads all
/// of a region of zeros that the blob has no bytes for.
fn blob(number: u32) -> Vec<u8> {
    let isa = InstructionSet::Latest64;
    let mut code = CodeBuilder::new(isa);
    for _ in 0..100 {
        code.push(I::reg_reg_imm(Opcode::AddImm64, Reg::A0, Reg::A0, number as i32));
    }
    code.push(I::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
    let head = code.label_here();
    code.push(I::reg_reg_imm(Opcode::LoadIndirectU64, Reg::A1, Reg::A0, 0x1_0000));
    code.push(I::reg_reg_imm(Opcode::AddImm64, Reg::A0, Reg::A0, 4096));
    code.push_to(I::reg_imm_offset(Opcode::BranchLessUnsignedImm, Reg::A0, RO_BYTES as i32, 0), head);
    code.push(I::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
    BlobBuilder::new(isa).ro_data(RO_BYTES, &[]).code(code.finish().unwrap()).build()
}

fn load(engine: &Engine, number: u32) -> Module {
    let mut hash = [0; 32];
    hash[..4].copy_from_slice(&number.to_le_bytes());
    engine.load_module(hash, &blob(number), &ModuleConfig::default()).unwrap().0
}

fn run(module: &Module, offset: u32) {
    let mut instance = Instance::new(module).unwrap();
    instance.set_gas(100_000);
    instance.prepare_call(offset, &[0]);
    assert_eq!(instance.run(), Ok(Exit::Finished));
}

fn run_within_a_block(module: &Module) {
    run(module, module.code().next_start(1).unwrap());
}

#[test]
fn what_a_start_within_a_block_makes_counts() {
    let _alone = alone();
    let Some(probe) = engine(0) else { return };
    let module = load(&probe, 1);
    let size = module.resident_bytes();
    run_within_a_block(&module);
    let grown = module.resident_bytes();
    assert!(grown > size + RO_BYTES as usize, "{size} {grown}");

    let engine = engine(3 * size).unwrap();
    let modules = [1, 2, 3].map(|number| load(&engine, number));
    let cache = engine.module_cache();
    assert_eq!((cache.len(), cache.bytes()), (3, 3 * size));
    run_within_a_block(&modules[1]);
    assert_eq!((cache.len(), cache.bytes()), (2, size + grown), "1 has gone");
    run_within_a_block(&modules[1]);
    assert_eq!((cache.len(), cache.bytes()), (2, size + grown), "it is made once");
    run_within_a_block(&modules[2]);
    assert_eq!((cache.len(), cache.bytes()), (1, grown));
}

#[test]
fn what_outgrows_the_cache_alone_goes_alone() {
    let _alone = alone();
    let Some(probe) = engine(0) else { return };
    let size = load(&probe, 1).resident_bytes();
    let engine = engine(size + size / 2).unwrap();
    let module = load(&engine, 1);
    run_within_a_block(&module);
    assert_eq!(engine.module_cache().len(), 0);
    run_within_a_block(&module);
}

/// Bytes of the files in memory that hold programs.
fn bytes_of_files() -> usize {
    let mut bytes = 0;
    for entry in fs::read_dir("/proc/self/fd").unwrap().flatten() {
        let is_program = |link: std::path::PathBuf| link.to_string_lossy().contains("vm-program");
        if fs::read_link(entry.path()).is_ok_and(is_program) {
            bytes += fs::metadata(entry.path()).map_or(0, |file| file.blocks() as usize * 512);
        }
    }
    bytes
}

#[test]
fn zeros_that_a_guest_has_read_count() {
    let _alone = alone();
    let Some(engine) = engine(usize::MAX) else { return };
    let module = load(&engine, 1);
    let before = bytes_of_files();
    let head = module.code().next_start(module.code().len() - 16).unwrap();
    let head = (0..=head).rev().filter_map(|at| module.code().block_start(at)).find(|at| *at > 0).unwrap();
    run(&module, head);
    let files = bytes_of_files() - before;
    assert!(files >= RO_BYTES as usize, "{files}: the guest has not read them");
    assert!(files < module.resident_bytes(), "{files} {}", module.resident_bytes());
}

#[test]
fn many_small_modules_leave_descriptors() {
    const LIMIT: u64 = 200;
    let _alone = alone();
    let Some(engine) = engine(usize::MAX) else { return };
    let before = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(LIMIT), ..before }).unwrap();
    for number in 0..2 * LIMIT as u32 {
        let module = load(&engine, number);
        run(&module, 0);
        run_within_a_block(&module);
    }
    let open = fs::read_dir("/proc/self/fd").unwrap().count();
    setrlimit(Resource::Nofile, before).unwrap();
    let cache = engine.module_cache();
    assert_eq!(cache.len(), LIMIT as usize / 4 / 2, "with two files each");
    assert!(open < LIMIT as usize / 2, "{open}");
}
