// SPDX-License-Identifier: Apache-2.0
//! One instance that is started in one place after another: at blocks, within them, and where nothing can start.

use revive_vm_executor::{Engine, EngineConfig, Exit, Instance, InstructionSet, Module, ModuleConfig, Reg};
use revive_vm_primitives::{
    isa::{Instruction, Opcode},
    BlobBuilder, CodeBuilder,
};

/// Two functions: one adds 1, then 10 to `a0`, the other one adds 100. Where the two begin.
fn program() -> (Vec<u8>, u32, u32) {
    let mut code = CodeBuilder::new(InstructionSet::ReviveV1);
    let add = |value| Instruction::reg_reg_imm(Opcode::AddImm64, Reg::A0, Reg::A0, value);
    let back = Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0);
    let first = code.label_here();
    code.push(add(1)).push(add(10)).push(back);
    let second = code.label_here();
    code.push(add(100)).push(back);
    let parts = code.finish().unwrap();
    let [first, second] = [first, second].map(|label| parts.offset_of(label).unwrap());
    (BlobBuilder::new(InstructionSet::ReviveV1).code(parts).build(), first, second)
}

/// Every start follows every other one, the same one too.
#[test]
fn a_start_does_not_depend_on_the_one_before() {
    const GAS: i64 = 1000;
    let (blob, first, second) = program();
    let engine = super::engine_of(module_path!());
    let engine = Engine::new(EngineConfig { engine, ..EngineConfig::default() }).unwrap();
    let module = Module::new(&engine, &blob, &ModuleConfig::default()).unwrap();
    let inside = module.code().next_start(first + 1).unwrap();
    let starts = [(first, Some(11)), (inside, Some(10)), (second, Some(100)), (first + 1, None)];
    let start = |instance: &mut Instance, (offset, added): (u32, Option<u64>)| {
        instance.set_gas(GAS);
        instance.prepare_call(offset, &[5]);
        let exit = instance.run().unwrap();
        assert_eq!(exit, if added.is_some() { Exit::Finished } else { Exit::Trap }, "at {offset}");
        assert_eq!(instance.reg(Reg::A0), 5 + added.unwrap_or(0), "at {offset}");
        GAS - instance.gas()
    };
    let costs = starts.map(|place| start(&mut Instance::new(&module).unwrap(), place));
    assert_eq!(costs[0], costs[1], "a block is paid for as a whole");
    assert_eq!(costs[3], 0);
    let mut instance = Instance::new(&module).unwrap();
    for before in 0..starts.len() {
        for after in 0..starts.len() {
            for index in [before, after, after] {
                assert_eq!(start(&mut instance, starts[index]), costs[index], "{before}, then {after}");
            }
        }
    }
}
