// SPDX-License-Identifier: Apache-2.0
//! The recompiler against the interpreter on random programs: they must be one.

use revive_vm_executor::{
    Engine, EngineChoice, EngineConfig, Features, GasModel, InstructionSet, ModuleConfig,
};
use revive_vm_testing::{
    generate::{Options, Program},
    lockstep::{compare, Coverage, Limits},
};

/// Programs per instruction set and per test; debug builds are slow.
const PROGRAMS: u64 = if cfg!(debug_assertions) { 300 } else { 3000 };

fn engine(engine: EngineChoice, features: Option<Features>) -> Engine {
    Engine::new(EngineConfig { engine, features, ..EngineConfig::default() }).unwrap()
}

fn config() -> ModuleConfig {
    ModuleConfig { memory_bytes_max: 1 << 20, ..ModuleConfig::default() }
}

fn check_all(features: Option<Features>, config: &ModuleConfig, exits: usize) {
    let interpreter = engine(EngineChoice::Interpreter, None);
    let recompiler = engine(EngineChoice::Recompiler, features);
    for isa in InstructionSet::ALL {
        let mut coverage = Coverage::default();
        for seed in 0..PROGRAMS {
            let jam = isa == InstructionSet::JamV1;
            let options = Options {
                isa,
                invalid_opcodes: !jam || seed.is_multiple_of(8),
                gaps: !jam || seed.is_multiple_of(16),
                left_out: &[],
                loads_registers: seed.is_multiple_of(4),
            };
            let program = Program::generate(seed, &options);
            let engines = [&interpreter, &recompiler];
            // The other models charge some thirty times as much.
            let gas = if config.gas == Some(GasModel::Flat) { 300 } else { 9000 };
            let limits = Limits { gas, exits };
            if let Err(difference) = compare(&program, seed, engines, config, limits, &mut coverage) {
                panic!("{difference}");
            }
        }
        println!("{isa}: {coverage:?}");
        // If these fail, the generator has become too tame or too wild to compare anything. A model that charges more
        // ends more programs early.
        assert!(coverage.finished * 100 >= PROGRAMS * 2, "{isa}: {coverage:?}");
        assert!(coverage.host_call * 100 >= PROGRAMS * 5, "{isa}: {coverage:?}");
        assert!(coverage.trap * 100 >= PROGRAMS * 150, "{isa}: {coverage:?}");
    }
}

#[test]
fn random_programs_agree() {
    check_all(None, &config(), 25);
}

/// Without the extensions that some machines lack.
#[test]
fn random_programs_agree_on_the_baseline() {
    check_all(Some(Features::BASELINE), &config(), 25);
}

/// Another gas model: blocks end for want of gas at other places.
#[test]
fn random_programs_agree_with_the_pipeline_model() {
    check_all(None, &ModuleConfig { gas: Some(GasModel::PipelineL2), ..config() }, 25);
}

/// Every step is an exit, so this compares the state before each instruction.
#[test]
fn random_programs_agree_at_every_step() {
    check_all(None, &ModuleConfig { step_tracing: true, ..config() }, 100);
}
