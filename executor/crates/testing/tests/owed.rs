// SPDX-License-Identifier: Apache-2.0
//! Values that fast generated code does not keep, because nothing reads them before they are overwritten, are in their
//! registers all the same when a fault comes in between: every engine traps with the registers of the interpreter.

mod common;

use common::engines;
use revive_vm_executor::{Engine, Exit, Instance, InstructionSet, Module, ModuleConfig, Reg};
use revive_vm_primitives::{BlobBuilder, CodeBuilder, Instruction as I, Opcode, Opcode::*};

/// An address where there is no memory.
const NOWHERE: i32 = 0x1000;

/// Registers after a trap on an engine, and where it was. a0 is the address of read-only or of writable data.
fn trap(engine: &Engine, blob: &[u8], read_only: bool) -> (Vec<u64>, Option<u32>) {
    let module = Module::new(engine, blob, &ModuleConfig::default()).unwrap();
    let mut instance = Instance::new(&module).unwrap();
    instance.prepare_call(0, &[]);
    instance.set_gas(1000);
    for (index, reg) in Reg::ALL.into_iter().enumerate() {
        if reg != Reg::Sp && reg != Reg::Ra {
            instance.set_reg(reg, 0xffff_ffff_8000_0000 | index as u64);
        }
    }
    let map = module.memory_map();
    let data = if read_only { map.ro_data_address() } else { map.rw_data_address() };
    instance.set_reg(Reg::S0, map.rw_data_address().into());
    instance.set_reg(Reg::A0, data.into());
    assert_eq!(instance.run(), Ok(Exit::Trap));
    (Reg::ALL.into_iter().map(|reg| instance.reg(reg)).collect(), instance.pc())
}

fn same_on_each(engines: &[Engine; 3], isa: InstructionSet, program: &[I]) {
    let mut code = CodeBuilder::new(isa);
    for instruction in program {
        code.push(*instruction);
    }
    let data: Vec<u8> = (0..64).map(|byte| 0xf1u8.wrapping_add(byte * 3)).collect();
    let blob =
        BlobBuilder::new(isa).ro_data(64, &data).rw_data(4096, &data).code(code.finish().unwrap()).build();
    for read_only in [false, true] {
        let [expected, found @ ..] = engines.each_ref().map(|engine| trap(engine, &blob, read_only));
        assert_eq!(found, [expected.clone(), expected], "{isa}, read-only {read_only}: {program:?}");
    }
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

/// Base, index, where the sum goes, and where what is loaded from there goes.
const SUMS: [[Reg; 4]; 9] = [
    [Reg::S0, Reg::A5, Reg::A1, Reg::A1],
    [Reg::S0, Reg::A5, Reg::A1, Reg::A2],
    // The sum takes the place of one of its parts, or what is loaded does.
    [Reg::S0, Reg::A5, Reg::A5, Reg::A5],
    [Reg::S0, Reg::A5, Reg::S0, Reg::S0],
    [Reg::S0, Reg::A5, Reg::A5, Reg::A2],
    [Reg::S0, Reg::A5, Reg::A1, Reg::A5],
    [Reg::S0, Reg::A5, Reg::A1, Reg::S0],
    // Registers that the machine cannot have as a base without a displacement.
    [Reg::Sp, Reg::T2, Reg::A1, Reg::A1],
    [Reg::T2, Reg::Sp, Reg::A1, Reg::A2],
];

#[test]
fn an_address_that_serves_one_load() {
    let engines = engines();
    for isa in InstructionSet::ALL {
        for load in [
            LoadIndirectU8,
            LoadIndirectI8,
            LoadIndirectU16,
            LoadIndirectI16,
            LoadIndirectU32,
            LoadIndirectI32,
            LoadIndirectU64,
        ] {
            for (add, shift) in [(Add32, 0), (Add64, 0), (Add64, 1), (Add64, 3), (Add64, 4)] {
                if !has(isa, load) || !has(isa, add) {
                    continue;
                }
                for [base, index, sum, loaded] in SUMS {
                    for (base_value, offset) in [(None, 0), (None, 13), (Some(NOWHERE), 0), (Some(-8), 0)] {
                        let program =
                            sum_and_load(add, shift, load, [base, index, sum, loaded], base_value, offset);
                        for behind in faults(sum) {
                            let mut program = program.clone();
                            program.extend(behind);
                            program.push(I::new(Trap));
                            same_on_each(&engines, isa, &program);
                        }
                    }
                }
            }
        }
    }
}

/// A load from a base, which is writable data or another value, plus an index of 3, shifted if that is wanted.
fn sum_and_load(
    add: Opcode,
    shift: i32,
    load: Opcode,
    [base, index, sum, loaded]: [Reg; 4],
    base_value: Option<i32>,
    offset: i32,
) -> Vec<I> {
    let mut program = vec![match base_value {
        Some(value) => I::reg_imm(LoadImm, base, value),
        None => I::reg_reg(MoveReg, base, Reg::S0),
    }];
    program.push(I::reg_imm(LoadImm, index, 3));
    // With a sign-extension that is pending.
    program.push(I::reg_reg_imm(AddImm32, index, index, 2));
    if shift == 0 {
        program.push(I::reg_reg_reg(add, sum, base, index));
    } else if sum != base {
        program.push(I::reg_reg_imm(ShiftLogicalLeftImm64, sum, index, shift));
        program.push(I::reg_reg_reg(add, sum, base, sum));
    }
    program.push(I::reg_reg_imm(load, loaded, sum, offset));
    program
}
