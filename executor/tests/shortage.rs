// SPDX-License-Identifier: Apache-2.0
//! A machine that is short of something for a while: who asks for an engine or an instance then is told so, and who asks later gets
//! one. In a file, which is a process, of its own, because all of it is short of it.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use revive_vm_executor::{
    wall_layers, Engine, EngineChoice, EngineConfig, Exit, Instance, Module, ModuleConfig, Reg,
};
use revive_vm_primitives::{BlobBuilder, CodeBuilder, Instruction as I, InstructionSet, Opcode};
use rustix::process::{getrlimit, setrlimit, Resource, Rlimit};

/// Does something while no file can be opened, those in memory included.
fn without_descriptors<T>(what: impl FnOnce() -> T) -> T {
    let before = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(0), ..before }).unwrap();
    let result = what();
    setrlimit(Resource::Nofile, before).unwrap();
    result
}

#[test]
fn a_shortage_is_over_when_it_is_over() {
    let engine = || Engine::new(EngineConfig { engine: EngineChoice::Recompiler, ..EngineConfig::default() });
    without_descriptors(|| engine().map(drop)).unwrap_err();
    if let Err(why) = wall_layers() {
        return println!("skipped: {why}");
    }
    let engine = engine().unwrap();
    let mut code = CodeBuilder::new(InstructionSet::Latest64);
    code.push(I::reg_reg_imm(Opcode::AddImm64, Reg::A0, Reg::A0, 1));
    code.push(I::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
    let blob = BlobBuilder::new(InstructionSet::Latest64).code(code.finish().unwrap()).build();
    let module = Module::new(&engine, &blob, &ModuleConfig::default()).unwrap();
    let run = |offset, result| {
        let mut instance = Instance::new(&module).unwrap();
        instance.set_gas(100);
        instance.prepare_call(offset, &[41]);
        assert_eq!((instance.run(), instance.reg(Reg::A0)), (Ok(Exit::Finished), result));
    };
    // The program has not been put into a file yet.
    without_descriptors(|| Instance::new(&module).map(drop)).unwrap_err();
    run(0, 42);
    // Now it has, and there is a worker; but not the translation for starts within blocks.
    let inside = module.code().next_start(1).unwrap();
    let started_inside = without_descriptors(|| {
        let mut instance = Instance::new(&module).unwrap();
        instance.set_gas(100);
        instance.prepare_call(inside, &[41]);
        instance.run()
    });
    started_inside.unwrap_err();
    run(inside, 41);
}
