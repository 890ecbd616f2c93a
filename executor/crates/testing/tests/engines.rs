// SPDX-License-Identifier: Apache-2.0
//! The engines against each other and against the `polkavm` crate as a black box, on random programs: they must be one.
//! What may differ, and why, is listed in `revive_vm_testing::oracle::Explained`.

use revive_vm_executor::{Features, GasModel, InstructionSet, ModuleConfig};
use revive_vm_primitives::Opcode;
use revive_vm_testing::{
    generate::{Options, Program},
    lockstep::{compare, Coverage, Limits},
    oracle::{BlackBox, Canary, Fault, Oracle, Ours},
};

/// Programs per instruction set and per test; debug builds are slow.
const PROGRAMS: u64 = if cfg!(debug_assertions) { 200 } else { 1200 };

fn config() -> ModuleConfig {
    ModuleConfig { memory_bytes_max: 1 << 20, ..ModuleConfig::default() }
}

fn recompiler(features: Option<Features>) -> Ours {
    Ours::recompiler(features).unwrap()
}

/// Compares an oracle with the interpreter, on programs without what the set's `left_out` says.
fn check_all(
    oracle: &dyn Oracle,
    left_out: fn(InstructionSet) -> &'static [Opcode],
    config: &ModuleConfig,
    exits: usize,
) {
    let interpreter = Ours::interpreter();
    for isa in InstructionSet::ALL {
        let mut coverage = Coverage::default();
        for seed in 0..PROGRAMS {
            let options = Options { left_out: left_out(isa), ..Options::varied(isa, seed) };
            let program = Program::generate(seed, &options);
            // The other models charge some thirty times as much.
            let gas = if config.gas == Some(GasModel::Flat) { 300 } else { 9000 };
            let limits = Limits { gas, exits };
            let all: [&dyn Oracle; 2] = [&interpreter, oracle];
            if let Err(difference) = compare(&program, seed, &all, config, limits, &mut coverage) {
                panic!(
                    "{isa}, seed {seed}, exit {}: {}\n{config:?}\ncode {:02x?}\nstarts {:?}\njump table {:?}",
                    difference.exits, difference.text, program.code, program.starts, program.jump_table
                );
            }
        }
        println!("{isa}: {coverage:?}");
        // If these fail, the generator has become too tame or too wild to compare anything. A model that charges more
        // ends more programs early.
        assert!(coverage.finished * 200 >= PROGRAMS, "{isa}: {coverage:?}");
        assert!(coverage.host_call * 100 >= PROGRAMS * 5, "{isa}: {coverage:?}");
        assert!(coverage.trap * 100 >= PROGRAMS * 100, "{isa}: {coverage:?}");
        assert!(coverage.out_of_gas * 100 >= PROGRAMS * 5, "{isa}: {coverage:?}");
        assert!(coverage.segfault >= PROGRAMS || !config.dynamic_paging, "{isa}: {coverage:?}");
        let set_aside: u64 = coverage.set_aside.values().sum();
        assert!(set_aside * 100 <= PROGRAMS * 30, "{isa}: {coverage:?}");
    }
}

/// What a comparison does not look at may differ for ever.
#[test]
fn whatever_differs_is_noticed() {
    let interpreter = Ours::interpreter();
    let config = ModuleConfig { step_tracing: true, ..config() };
    for fault in Fault::ALL {
        let canary = Canary::new(fault);
        let noticed = (0..50).find_map(|seed| {
            let program = Program::generate(seed, &Options::varied(InstructionSet::Latest64, seed));
            let all: [&dyn Oracle; 2] = [&interpreter, &canary];
            let limits = Limits { gas: 300, exits: 60 };
            compare(&program, seed, &all, &config, limits, &mut Coverage::default()).err()
        });
        assert!(noticed.is_some(), "{fault:?}");
    }
}

#[test]
fn the_recompiler_agrees() {
    check_all(&recompiler(None), nothing, &config(), 25);
}

/// Without the extensions that some machines lack.
#[test]
fn the_recompiler_agrees_on_the_baseline() {
    check_all(&recompiler(Some(Features::BASELINE)), nothing, &config(), 25);
}

/// Another gas model: blocks end for want of gas at other places.
#[test]
fn the_recompiler_agrees_with_the_pipeline_model() {
    for gas in [GasModel::PipelineL2, GasModel::PipelineFootprint] {
        check_all(&recompiler(None), nothing, &ModuleConfig { gas: Some(gas), ..config() }, 25);
    }
}

/// Every step is an exit, so this compares the state before each instruction.
#[test]
fn the_recompiler_agrees_at_every_step() {
    check_all(&recompiler(None), nothing, &ModuleConfig { step_tracing: true, ..config() }, 100);
}

/// Our engines have no exceptions.
fn nothing(_: InstructionSet) -> &'static [Opcode] {
    &[]
}

/// What the black box gets wrong in 32-bit programs. Its debug builds fail assertions of their own there.
fn wrong(isa: InstructionSet) -> &'static [Opcode] {
    use Opcode::*;
    match isa.is_64_bit() {
        true => &[],
        false => &[SetLessThanSigned, SetLessThanSignedImm, SetGreaterThanSignedImm, Memset],
    }
}

/// The same with dynamic paging, where it aborts at `sbrk`.
fn wrong_paged(isa: InstructionSet) -> &'static [Opcode] {
    use Opcode::*;
    match isa.is_64_bit() {
        true => &[Sbrk],
        false => &[SetLessThanSigned, SetLessThanSignedImm, SetGreaterThanSignedImm, Memset, Sbrk],
    }
}

#[cfg_attr(debug_assertions, ignore = "negative numbers fail assertions of the black box's debug builds")]
#[test]
fn the_black_box_agrees() {
    check_all(&BlackBox::new().unwrap(), wrong, &config(), 25);
}

#[cfg_attr(debug_assertions, ignore = "negative numbers fail assertions of the black box's debug builds")]
#[test]
fn the_black_box_agrees_with_the_pipeline_model() {
    check_all(
        &BlackBox::new().unwrap(),
        wrong,
        &ModuleConfig { gas: Some(GasModel::PipelineL1), ..config() },
        25,
    );
}

#[cfg_attr(debug_assertions, ignore = "negative numbers fail assertions of the black box's debug builds")]
#[test]
fn the_black_box_agrees_at_every_step() {
    check_all(&BlackBox::new().unwrap(), wrong, &ModuleConfig { step_tracing: true, ..config() }, 150);
}

/// The host maps pages when the program touches them, some of them read-only at first.
#[cfg_attr(debug_assertions, ignore = "negative numbers fail assertions of the black box's debug builds")]
#[test]
fn the_black_box_agrees_with_dynamic_paging() {
    let config = ModuleConfig { dynamic_paging: true, ..config() };
    check_all(&BlackBox::new().unwrap(), wrong_paged, &config, 60);
}
