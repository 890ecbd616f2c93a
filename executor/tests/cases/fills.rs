// SPDX-License-Identifier: Apache-2.0
//! `memset` of more than the host does in one go, where gas or memory end within it.

use revive_vm_executor::{Engine, EngineConfig, Exit, Instance, InstructionSet, Module, ModuleConfig, Reg};
use revive_vm_primitives::{
    isa::{Instruction, Opcode},
    BlobBuilder, CodeBuilder,
};

/// Bytes of the guest's data.
const BYTES: u32 = 1 << 20;
/// What the only block costs.
const BLOCK: i64 = 2;

/// An instance of a program that fills as many bytes as it is told to, from an address on, and where its data begins.
fn instance() -> (Instance, u32) {
    let mut code = CodeBuilder::new(InstructionSet::Latest64);
    code.push(Instruction::new(Opcode::Memset)).push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
    let blob =
        BlobBuilder::new(InstructionSet::Latest64).rw_data(BYTES, b"").code(code.finish().unwrap()).build();
    let engine = super::engine_of(module_path!());
    let engine = Engine::new(EngineConfig { engine, ..EngineConfig::default() }).unwrap();
    let module = Module::new(&engine, &blob, &ModuleConfig::default()).unwrap();
    (Instance::new(&module).unwrap(), module.memory_map().rw_data_address())
}

/// Whether the first `filled` of the bytes are 7, and the others 0.
fn is_filled(instance: &Instance, start: u32, filled: u32) -> bool {
    let mut bytes = vec![1; BYTES as usize];
    instance.read_memory(start, &mut bytes).unwrap();
    let (full, empty) = bytes.split_at(filled as usize);
    full.iter().all(|byte| *byte == 7) && empty.iter().all(|byte| *byte == 0)
}

#[test]
fn gas_ends_anywhere_in_a_long_fill() {
    // What one go of the host covers, with one more and one less, twice that, and other numbers.
    for stops in
        [vec![0], vec![65_535], vec![65_536], vec![65_537, 1, 65_536], vec![131_072, 3], vec![700_001]]
    {
        let (mut instance, start) = instance();
        instance.prepare_call(0, &[start.into(), 7, 900_000]);
        instance.set_gas(BLOCK);
        let mut filled = 0;
        for stop in stops {
            instance.set_gas(instance.gas() + i64::from(stop));
            assert_eq!(instance.run(), Ok(Exit::OutOfGas));
            filled += stop;
            assert_eq!(instance.gas(), 0, "{filled}");
            assert_eq!(instance.reg(Reg::A0), u64::from(start + filled));
            assert_eq!(instance.reg(Reg::A2), u64::from(900_000 - filled));
            assert!(is_filled(&instance, start, filled), "{filled}");
        }
        instance.set_gas(1_000_000);
        assert_eq!(instance.run(), Ok(Exit::Finished));
        assert_eq!(instance.gas(), i64::from(100_000 + filled));
        assert!(is_filled(&instance, start, 900_000));
    }
}

#[test]
fn memory_ends_within_a_long_fill() {
    let (mut instance, start) = instance();
    let room = 300_000;
    // More than gas covers, so that the host does it, and more than there is memory.
    instance.prepare_call(0, &[u64::from(start + BYTES - room), 7, 1 << 31]);
    instance.set_gas(1_000_000);
    assert_eq!(instance.run(), Ok(Exit::Trap));
    assert_eq!(instance.reg(Reg::A0), u64::from(start + BYTES));
    assert_eq!(instance.reg(Reg::A2), (1 << 31) - u64::from(room));
    assert_eq!(instance.gas(), 1_000_000 - BLOCK - i64::from(room));
}
