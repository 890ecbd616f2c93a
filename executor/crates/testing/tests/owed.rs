// SPDX-License-Identifier: Apache-2.0
//! Values that fast generated code does not keep, because nothing reads them before they are overwritten, are in their
//! registers all the same when a fault comes in between: every engine traps with the registers of the interpreter.

use revive_vm_executor::{
    Engine, EngineChoice, EngineConfig, Exit, Features, Instance, InstructionSet, Module, ModuleConfig, Reg,
};
use revive_vm_primitives::{BlobBuilder, CodeBuilder, Instruction as I, Opcode, Opcode::*};

/// An address where there is no memory.
const NOWHERE: i32 = 0x1000;

/// The interpreter, and the recompiler with and without extensions of the machine.
fn engines() -> [Engine; 3] {
    let engine =
        |engine, features| Engine::new(EngineConfig { engine, features, ..EngineConfig::default() }).unwrap();
    [
        engine(EngineChoice::Interpreter, None),
        engine(EngineChoice::Recompiler, None),
        engine(EngineChoice::Recompiler, Some(Features::BASELINE)),
    ]
}

/// Registers after a trap on an engine, and where it was.
fn trap(engine: &Engine, blob: &[u8]) -> (Vec<u64>, Option<u32>) {
    let module = Module::new(engine, blob, &ModuleConfig::default()).unwrap();
    let mut instance = Instance::new(&module).unwrap();
    instance.prepare_call(0, &[]);
    instance.set_gas(1000);
    for (index, reg) in Reg::ALL.into_iter().enumerate() {
        if reg != Reg::Sp && reg != Reg::Ra {
            instance.set_reg(reg, 0xffff_ffff_8000_0000 | index as u64);
        }
    }
    let base = module.memory_map().rw_data_address();
    instance.set_reg(Reg::S0, base.into());
    instance.set_reg(Reg::A0, base.into());
    assert_eq!(instance.run(), Ok(Exit::Trap));
    (Reg::ALL.into_iter().map(|reg| instance.reg(reg)).collect(), instance.pc())
}

fn same_on_each(engines: &[Engine; 3], isa: InstructionSet, program: &[I]) {
    let mut code = CodeBuilder::new(isa);
    for instruction in program {
        code.push(*instruction);
    }
    let data: Vec<u8> = (0..64).map(|byte| 0xf1u8.wrapping_add(byte * 3)).collect();
    let blob = BlobBuilder::new(isa).rw_data(4096, &data).code(code.finish().unwrap()).build();
    let [expected, found @ ..] = engines.each_ref().map(|engine| trap(engine, &blob));
    assert_eq!(found, [expected.clone(), expected], "{isa}: {program:?}");
}

/// Instructions of which the last one is not reached: what may lie between a value's only use and what overwrites it.
fn faults(overwritten: Reg) -> Vec<Vec<I>> {
    let end = I::reg_imm(LoadImm, overwritten, 7);
    vec![
        vec![I::reg_imm(StoreU8, Reg::A5, NOWHERE), end],
        vec![I::reg_imm(LoadU16, Reg::A5, NOWHERE), end],
        vec![
            I::reg_reg_imm(StoreIndirectU32, Reg::A5, Reg::S0, 40),
            I::imm_imm(StoreImmU32, NOWHERE, 1),
            end,
        ],
        vec![I::reg_imm(LoadU8, overwritten, NOWHERE)],
    ]
}

fn has(isa: InstructionSet, opcode: Opcode) -> bool {
    isa.byte(opcode).is_some()
}

#[test]
fn a_loaded_value_that_serves_one_instruction() {
    let engines = engines();
    for isa in InstructionSet::ALL {
        for load in [LoadIndirectU64, LoadIndirectU32, LoadIndirectI32] {
            for operation in [Add64, Sub64, Mul64, Add32, Sub32, Mul32, And, Or, Xor] {
                if !has(isa, load) || !has(isa, operation) {
                    continue;
                }
                // Its register may have been the base as well.
                for register in [Reg::A1, Reg::A0] {
                    for behind in faults(register) {
                        let mut program = vec![
                            I::reg_reg_imm(load, register, Reg::A0, 13),
                            I::reg_reg_reg(operation, Reg::A2, Reg::A2, register),
                        ];
                        program.extend(behind);
                        program.push(I::new(Trap));
                        same_on_each(&engines, isa, &program);
                    }
                }
            }
        }
    }
}

#[test]
fn a_carry_that_serves_one_addition() {
    let engines = engines();
    for isa in InstructionSet::ALL {
        let add = if isa.is_64_bit() { Add64 } else { Add32 };
        for narrow_first in [false, true] {
            for behind in faults(Reg::A3) {
                let mut program = vec![
                    // A sum whose sign-extension is pending is compared as a whole.
                    I::reg_reg_reg(Add32, Reg::A1, Reg::A1, Reg::A4),
                    I::reg_reg_reg(add, Reg::A4, Reg::A1, Reg::A2),
                    I::reg_reg_reg(SetLessThanUnsigned, Reg::A3, Reg::A4, Reg::A1),
                    I::reg_reg_reg(add, Reg::A5, Reg::A5, Reg::A3),
                ];
                if narrow_first {
                    program.remove(0);
                }
                program.extend(behind);
                program.push(I::new(Trap));
                same_on_each(&engines, isa, &program);
            }
        }
    }
}
