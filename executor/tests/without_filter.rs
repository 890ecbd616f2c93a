// SPDX-License-Identifier: Apache-2.0
//! Engines where the kernel gives no filter of system calls: the recompiler says why it does not start, `auto` interprets, and only
//! who insists on it runs machine code. In a file, which is a process, of its own, because what works here is found once.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use revive_vm_executor::{
    wall_layers, Engine, EngineChoice, EngineConfig, Exit, Instance, Module, ModuleConfig, Reg,
};
use revive_vm_primitives::{BlobBuilder, CodeBuilder, Instruction as I, InstructionSet, Opcode};

/// An instruction of a filter: code, how many to skip if true and if not, operand.
#[repr(C)]
struct Instruction(u16, u8, u8, u32);

/// Has every try of this thread and its children to install a filter fail, as on a kernel without any.
fn deny_filters() {
    extern "C" {
        fn prctl(option: i32, ...) -> i32;
    }
    #[repr(C)]
    struct Program {
        length: u16,
        instructions: *const Instruction,
    }
    const LOAD: u16 = 0x20;
    const JUMP_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    // Calls `seccomp`, and `prctl` with PR_SET_SECCOMP, fail with EINVAL.
    let filter = [
        Instruction(LOAD, 0, 0, 0),
        Instruction(JUMP_EQUAL, 3, 0, 317),
        Instruction(JUMP_EQUAL, 0, 3, 157),
        Instruction(LOAD, 0, 0, 16),
        Instruction(JUMP_EQUAL, 0, 1, 22),
        Instruction(RETURN, 0, 0, 0x0005_0000 | 22),
        Instruction(RETURN, 0, 0, 0x7fff_0000),
    ];
    let program = Program { length: filter.len() as u16, instructions: filter.as_ptr() };
    // SAFETY: the first sets a flag; the second has the kernel read the program, which lives through the call.
    unsafe {
        assert_eq!(prctl(38, 1, 0, 0, 0), 0);
        assert_eq!(prctl(22, 2, &program as *const Program, 0, 0), 0);
    }
}

fn run(engine: &Engine) {
    let mut code = CodeBuilder::new(InstructionSet::Latest64);
    code.push(I::reg_reg_imm(Opcode::AddImm64, Reg::A0, Reg::A0, 1));
    code.push(I::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
    let blob =
        BlobBuilder::new(InstructionSet::Latest64).export(b"run", 0).code(code.finish().unwrap()).build();
    let module = Module::new(engine, &blob, &ModuleConfig::default()).unwrap();
    let mut instance = Instance::new(&module).unwrap();
    instance.set_gas(100);
    instance.prepare_call(0, &[41]);
    assert_eq!((instance.run(), instance.reg(Reg::A0)), (Ok(Exit::Finished), 42));
}

#[test]
fn machine_code_without_a_filter_is_for_who_insists() {
    // First of all: what starts workers begins with the first one, and is denied them too if this thread is.
    deny_filters();
    let without = |engine| EngineConfig { engine, without_call_filter: true, ..EngineConfig::default() };
    let Ok(unfiltered) = Engine::new(without(EngineChoice::Recompiler)) else {
        return println!("skipped: no worker starts here");
    };
    assert_eq!(unfiltered.engine_name(), "recompiler");
    run(&unfiltered);
    let with = |engine| EngineConfig { engine, ..EngineConfig::default() };
    let refused = Engine::new(with(EngineChoice::Recompiler)).map(drop).unwrap_err().to_string();
    assert!(refused.contains("installing the system call filter"), "{refused}");
    assert!(wall_layers().unwrap_err().to_string().contains("installing the system call filter"));
    let auto = Engine::new(with(EngineChoice::Auto)).unwrap();
    assert_eq!(auto.engine_name(), "interpreter");
    run(&auto);
}
