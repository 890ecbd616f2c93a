// SPDX-License-Identifier: Apache-2.0
//! Blocks of all lengths around those where generated code charges in another way, with gas around what they cost.

use revive_vm_executor::{
    Engine, EngineChoice, EngineConfig, Exit, GasModel, Instance, Module, ModuleConfig, Reg,
};
use revive_vm_primitives::{
    gas::block_cost, Blob, BlobBuilder, CodeBuilder, Footprint, Instruction, InstructionSet, Opcode,
};
use revive_vm_recompiler::{Compiled, Config, Features, Flavour};

/// A block of so many instructions, the last of which returns.
fn blob(instructions: u32) -> Vec<u8> {
    let isa = InstructionSet::Latest64;
    let mut code = CodeBuilder::new(isa);
    for _ in 1..instructions {
        code.push(Instruction::reg_reg_imm(Opcode::AddImm64, Reg::A0, Reg::A0, 1));
    }
    code.push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
    BlobBuilder::new(isa).export(b"run", 0).code(code.finish().unwrap()).build()
}

/// How it ends, with the gas that is left and what was counted.
fn run(engine: &Engine, blob: &[u8], model: GasModel, gas: i64) -> (Exit, i64, u64) {
    let config = ModuleConfig { gas: Some(model), ..ModuleConfig::default() };
    let module = Module::new(engine, blob, &config).unwrap();
    let mut instance = Instance::new(&module).unwrap();
    instance.set_gas(gas);
    instance.prepare_call(module.export_offset(b"run").unwrap(), &[0]);
    let exit = instance.run().unwrap();
    if exit == Exit::OutOfGas {
        // With enough gas it continues where it stopped.
        let left = instance.gas();
        instance.set_gas(left + 1_000_000);
        assert_eq!(instance.run().unwrap(), Exit::Finished);
        return (exit, left, instance.reg(Reg::A0));
    }
    (exit, instance.gas(), instance.reg(Reg::A0))
}

#[test]
fn long_blocks_are_charged_alike() {
    let engine = |engine| Engine::new(EngineConfig { engine, ..EngineConfig::default() }).unwrap();
    let (interpreter, auto) = (engine(EngineChoice::Interpreter), engine(EngineChoice::Auto));
    for instructions in (1..4).chain(125..132).chain([255, 256, 257, 1000, 70_000]) {
        let blob = blob(instructions);
        for model in [GasModel::Flat, GasModel::PipelineL2, GasModel::PipelineFootprint] {
            let (exit, left, sum) = run(&interpreter, &blob, model, 1_000_000);
            assert_eq!((exit, sum), (Exit::Finished, u64::from(instructions) - 1));
            let cost = 1_000_000 - left;
            for gas in [0, 1, cost - 1, cost, cost + 1, 1_000_000] {
                let expected = run(&interpreter, &blob, model, gas);
                assert_eq!(
                    run(&auto, &blob, model, gas),
                    expected,
                    "{instructions} instructions, {gas} gas, {model}"
                );
                assert_eq!(expected.0 == Exit::OutOfGas, gas < cost);
            }
        }
    }
}

/// What a block costs is read where it is charged for, because running out of gas there is free: it must not take as long as pricing the
/// block once more does.
#[test]
fn charges_say_what_blocks_cost() {
    for instructions in (1..4).chain(125..132).chain([255, 256, 257, 1000, 70_000]) {
        let blob = blob(instructions);
        let code = Blob::parse(&blob).unwrap().code();
        for model in GasModel::ALL {
            let tariff = model.tariff(Footprint { code_bytes: code.len(), memory_bytes: 4096 });
            for (flavour, step_tracing) in
                [(Flavour::Fast, false), (Flavour::Plain, false), (Flavour::Plain, true)]
            {
                let config =
                    Config { gas: Some(tariff), flavour, step_tracing, features: Features::BASELINE };
                let charge_of = |config: &Config, block| {
                    let Compiled { machine_code, map } = Compiled::new(&code, config);
                    map.charge_of(block, |at| machine_code.code()[at as usize..].first_chunk().copied())
                };
                let cost = block_cost(tariff, &code, 0);
                assert_eq!(
                    charge_of(&config, 0),
                    Some(cost),
                    "{instructions} instructions, {model}, {config:?}"
                );
                assert_eq!(charge_of(&config, 1), None);
                assert_eq!(charge_of(&Config { gas: None, ..config }, 0), None);
            }
        }
    }
}
