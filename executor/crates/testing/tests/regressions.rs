// SPDX-License-Identifier: Apache-2.0
//! Bugs that fuzzing found in our engines, each as the smallest program that shows it, on every engine.

mod common;

use common::engines;
use revive_vm_executor::{Exit, Instance, InstructionSet, Module, ModuleConfig, Reg};
use revive_vm_primitives::{BlobBuilder, CodeBuilder, Instruction as I, Opcode};

/// Runs a program on each engine.
fn on_each_engine(isa: InstructionSet, instructions: &[I], run: impl Fn(&mut Instance)) {
    let mut code = CodeBuilder::new(isa);
    for instruction in instructions {
        code.push(*instruction);
    }
    let blob = BlobBuilder::new(isa).rw_data(4096, b"").code(code.finish().unwrap()).build();
    for engine in engines() {
        let module = Module::new(&engine, &blob, &ModuleConfig::default()).unwrap();
        let mut instance = Instance::new(&module).unwrap();
        instance.prepare_call(0, &[]);
        instance.set_gas(1000);
        run(&mut instance);
    }
}

const RETURN: I = I::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0);

/// The recompiler kept in mind, across exits, which registers hold sign-extended values, and did bitwise operations on
/// such by halves. A host can put anything into a register at an exit. Found by `engines_agree`, seed 0x100031a40.
#[test]
pub(crate) fn what_the_host_puts_into_a_register_is_taken_whole() {
    let narrow_and_wide = [
        I::reg_reg_reg(Opcode::Sub32, Reg::T0, Reg::S1, Reg::T0),
        I::reg_reg_reg(Opcode::Xor, Reg::A1, Reg::T0, Reg::S1),
        RETURN,
    ];
    for opcode in [Opcode::Ecalli, Opcode::Memset] {
        let mut program = vec![
            I::reg_imm(Opcode::LoadImm, Reg::S1, -1),
            I::reg_imm(Opcode::LoadImm, Reg::A0, 0x20000),
            I::reg_imm(Opcode::LoadImm, Reg::A2, 50),
            I::new(opcode),
        ];
        program.extend(narrow_and_wide);
        on_each_engine(InstructionSet::Latest64, &program, |instance| {
            // Enough for the block, and for half of what a `memset` fills.
            instance.set_gas(7 + 25);
            match opcode {
                Opcode::Ecalli => assert_eq!(instance.run(), Ok(Exit::HostCall(0))),
                _ => assert_eq!(instance.run(), Ok(Exit::OutOfGas)),
            }
            instance.set_reg(Reg::S1, 0x20_0000_0003);
            instance.set_gas(1000);
            assert_eq!(instance.run(), Ok(Exit::Finished));
            assert_eq!(instance.reg(Reg::A1), 0x20_0000_0000);
        });
    }
}
