// SPDX-License-Identifier: Apache-2.0
//! What the worst programs cost whoever loads them: generated code and bookkeeping stay on the line that the recompiler
//! states, and twice the code costs twice as much. The same with a table of times, up to the largest legal blob:
//! `cargo run --release -p revive-vm-testing --example worst_cases`.

use revive_vm_executor::{Engine, EngineChoice, EngineConfig, GasModel, Module, ModuleConfig};
use revive_vm_primitives::{limits, Blob, Footprint, Opcode, Tariff};
use revive_vm_recompiler::{Compiled, Config, Features, Flavour, CODE_BYTES_PER_BYTE_MAX};
use revive_vm_testing::worst::{every_byte, named, Shape};

/// What does not depend on the guest: less than two pages of code, and two of the jump table.
const CONSTANT_BYTES: usize = 2 * 4096;
/// Bytes in front of the guest's first instruction.
const BODY_BYTES: usize = 0x400;

fn configs() -> Vec<Config> {
    let mut configs = Vec::new();
    for gas in [None, Some(Tariff::FLAT), Some(GasModel::PipelineL3.tariff(Footprint::default()))] {
        for features in [Features::BASELINE, Features::detect()] {
            for flavour in [Flavour::Fast, Flavour::Plain] {
                configs.push(Config { gas, flavour, step_tracing: false, features });
            }
        }
    }
    configs
}

/// Generated code and bookkeeping, in bytes, after a check that they are on the line.
fn measure(shape: &Shape, code_bytes: usize, config: &Config) -> (usize, usize) {
    let blob = shape.blob(code_bytes);
    let blob = Blob::parse(&blob).unwrap();
    let code = blob.code();
    assert_eq!(code.len() as usize, code_bytes);
    let compiled = Compiled::new(&code, config);
    let what = format!("{}, {code_bytes} bytes, {config:?}", shape.name);
    let generated = compiled.machine_code.code().len();
    let line = CODE_BYTES_PER_BYTE_MAX * code_bytes + CONSTANT_BYTES;
    assert!(generated <= line, "{what}: {generated} bytes of generated code, more than {line}");
    // A block begins with the code, and behind everything that ends one. Besides those, what leaves for the host is noted.
    let notes = code.instructions().filter(|decoded| {
        decoded.instruction.is_none_or(|found| {
            found.opcode.is_terminator()
                || [Opcode::Ecalli, Opcode::Sbrk, Opcode::Memset].contains(&found.opcode)
        })
    });
    let notes = 1 + notes.count();
    let bookkeeping = compiled.map.bytes();
    let line = 8 * notes + CONSTANT_BYTES;
    assert!(bookkeeping <= line, "{what}: {bookkeeping} bytes of bookkeeping, more than {line}");
    let table = compiled.machine_code.jump_table().len();
    let line = 8 * (code.jump_table().len() as usize + 1) + 2 * CONSTANT_BYTES;
    assert!(table <= line, "{what}: {table} bytes of jump table, more than {line}");
    (generated, bookkeeping)
}

#[test]
fn the_worst_programs_stay_on_the_line() {
    const BYTES: usize = 32 * 1024;
    for shape in named() {
        for config in configs() {
            let (generated, bookkeeping) = measure(&shape, BYTES, &config);
            let (twice, twice_bookkeeping) = measure(&shape, 2 * BYTES, &config);
            let what = format!("{}, {config:?}", shape.name);
            assert!(twice <= 2 * generated, "{what}: {generated} and then {twice} bytes of code");
            assert!(
                twice_bookkeeping <= 2 * bookkeeping.max(CONSTANT_BYTES),
                "{what}: {bookkeeping}, {twice_bookkeeping}"
            );
        }
    }
}

#[test]
fn no_byte_is_denser_than_the_line() {
    let mut worst = (0, String::new());
    for shape in every_byte() {
        for config in configs().into_iter().filter(|config| config.gas == Some(Tariff::FLAT)) {
            let (generated, _) = measure(&shape, 512, &config);
            worst = worst.max((generated / 512, shape.name.clone()));
        }
    }
    println!("at most {} bytes for a byte: {}", worst.0, worst.1);
    // The line is not so far away that it says nothing.
    assert!(worst.0 * 2 > CODE_BYTES_PER_BYTE_MAX, "{worst:?}");
}

/// Each instruction's operands are the bytes of its neighbours here, so the densest ones meet other registers than their own
/// byte names, and values that are still to be extended.
#[test]
fn no_mixture_of_the_densest_is_denser_than_the_line() {
    let config =
        |flavour, step_tracing, features| Config { gas: Some(Tariff::FLAT), flavour, step_tracing, features };
    let generated = |pattern: &[u8], config: &Config| {
        let shape = Shape::mixture(pattern);
        let blob = shape.blob(96);
        let blob = Blob::parse(&blob).unwrap();
        let bytes = Compiled::new(&blob.code(), config).map.tail() as usize - BODY_BYTES;
        assert!(bytes <= CODE_BYTES_PER_BYTE_MAX * 96, "{}: {bytes} for 96, {config:?}", shape.name);
        bytes
    };
    let mut worst = (0, Vec::new());
    for features in [Features::BASELINE, Features::detect()] {
        for (flavour, step_tracing) in [(Flavour::Fast, false), (Flavour::Plain, true)] {
            let config = config(flavour, step_tracing, features);
            let mut bytes: Vec<u8> = (0..=255).collect();
            bytes.sort_by_key(|byte| usize::MAX - generated(&[*byte], &config));
            let densest = &bytes[..12];
            for a in densest {
                for b in densest {
                    for c in densest {
                        let pattern = vec![*a, *b, *c];
                        worst = worst.max((generated(&pattern, &config), pattern));
                    }
                }
            }
        }
    }
    println!("at most {} bytes for 96: {:02x?}", worst.0, worst.1);
}

/// Through the facade, on both engines: what a module says that it keeps is on a line too.
#[test]
fn modules_of_the_worst_programs_are_linear() {
    const BYTES: usize = 256 * 1024;
    for choice in [EngineChoice::Interpreter, EngineChoice::Recompiler] {
        let engine = Engine::new(EngineConfig { engine: choice, ..EngineConfig::default() }).unwrap();
        for shape in named() {
            let resident = |bytes| {
                Module::new(&engine, &shape.blob(bytes), &ModuleConfig::default()).unwrap().resident_bytes()
            };
            let (once, twice) = (resident(BYTES), resident(2 * BYTES));
            println!("{}, {}: {} bytes for a byte", engine.engine_name(), shape.name, once / BYTES);
            assert!(twice <= 2 * once, "{}, {}: {once}, {twice}", engine.engine_name(), shape.name);
            assert!(once <= 80 * BYTES, "{}, {}: {once}", engine.engine_name(), shape.name);
        }
    }
}

#[test]
fn more_than_the_largest_is_refused() {
    let engine = Engine::new(EngineConfig::default()).unwrap();
    let shape = &named()[0];
    let blob = shape.blob(limits::CODE_BYTES_MAX as usize + 1);
    let error = Module::new(&engine, &blob, &ModuleConfig::default()).unwrap_err().to_string();
    assert!(error.contains("33554432"), "{error}");
}
