// SPDX-License-Identifier: Apache-2.0
//! Modules and their cache: what a blob turns into, what is refused, and that the cache cannot be noticed.

use std::thread;

use revive_vm_executor::{
    Engine, EngineConfig, Exit, Instance, InstructionSet, Module, ModuleConfig, ModuleError, Reg,
};
use revive_vm_primitives::{
    isa::{Instruction, Opcode},
    BlobBuilder, CodeBuilder,
};

/// The engine that these cases are about here.
pub(crate) fn engine(module_cache_bytes_max: usize) -> Engine {
    Engine::new(EngineConfig {
        engine: super::engine_of(module_path!()),
        module_cache_bytes_max,
        ..EngineConfig::default()
    })
    .unwrap()
}

fn builder(isa: InstructionSet, value: i32) -> BlobBuilder {
    let mut code = CodeBuilder::new(isa);
    code.push(Instruction::reg_imm(Opcode::LoadImm, Reg::A0, value));
    code.push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
    BlobBuilder::new(isa).export(b"run", 0).code(code.finish().unwrap())
}

/// A program that returns `value`.
fn blob(value: i32) -> Vec<u8> {
    builder(InstructionSet::ReviveV1, value).build()
}

fn result(module: &Module) -> u64 {
    let mut instance = Instance::new(module).unwrap();
    instance.set_gas(100);
    instance.prepare_call(module.export_offset(b"run").unwrap(), &[]);
    assert_eq!(instance.run(), Ok(Exit::Finished));
    instance.reg(Reg::A0)
}

#[test]
fn the_first_of_equal_export_names_counts() {
    let blob = builder(InstructionSet::ReviveV1, 1).export(b"b", 7).export(b"run", 9).export(b"a", 8).build();
    let module = Module::new(&engine(0), &blob, &ModuleConfig::default()).unwrap();
    assert_eq!(module.export_offset(b"run"), Some(0));
    assert_eq!((module.export_offset(b"a"), module.export_offset(b"b")), (Some(8), Some(7)));
    assert_eq!((module.export_offset(b""), module.export_offset(b"ru")), (None, None));
    let exports: Vec<(&[u8], u32)> = module.exports().collect();
    assert_eq!(exports, [(&b"run"[..], 0), (b"b", 7), (b"run", 9), (b"a", 8)]);
}

#[test]
fn imports_keep_their_numbers() {
    let blob = builder(InstructionSet::ReviveV1, 1).import(b"zero").import(b"").import(b"two").build();
    let module = Module::new(&engine(0), &blob, &ModuleConfig::default()).unwrap();
    assert_eq!(module.import_count(), 3);
    let symbols: Vec<_> = (0..4).map(|index| module.import_symbol(index)).collect();
    assert_eq!(symbols, [Some(&b"zero"[..]), Some(b""), Some(b"two"), None]);
    assert_eq!(module.blob_bytes(), blob);
}

#[test]
fn refusals_say_what_and_which_limit() {
    let engine = engine(0);
    let refused = |blob: &[u8], config: &ModuleConfig| Module::new(&engine, blob, config).unwrap_err();
    let config = ModuleConfig::default();

    assert!(matches!(refused(b"not a blob", &config), ModuleError::Blob(_)));
    let bad_page = ModuleConfig { page_size: 5000, ..config.clone() };
    assert!(matches!(refused(&blob(1), &bad_page), ModuleError::MemoryMap(_)));

    let large = builder(InstructionSet::ReviveV1, 1).stack_size(1 << 20).build();
    let small_memory = ModuleConfig { memory_bytes_max: 1 << 16, ..config.clone() };
    let error = refused(&large, &small_memory);
    assert_eq!(error, ModuleError::TooMuchMemory { bytes: 1 << 20, max: 1 << 16 });
    assert!(error.to_string().contains("1048576") && error.to_string().contains("65536"), "{error}");

    // The same code is fine for a set that checks nothing before it runs.
    let mut code = CodeBuilder::new(InstructionSet::JamV1);
    code.push(Instruction::reg_imm(Opcode::LoadImm, Reg::A0, 1)).raw(&[255], true);
    let parts = code.finish().unwrap();
    let jam = BlobBuilder::new(InstructionSet::JamV1).code(parts.clone()).build();
    assert_eq!(refused(&jam, &config), ModuleError::Validation { offset: 3 });
    let revive = BlobBuilder::new(InstructionSet::ReviveV1).code(parts).build();
    assert!(Module::new(&engine, &revive, &config).is_ok());
}

#[test]
fn a_hit_is_the_same_module() {
    let engine = engine(1 << 20);
    let config = ModuleConfig::default();
    let (first, hit) = engine.load_module([1; 32], &blob(5), &config).unwrap();
    assert!(!hit);
    let (second, hit) = engine.load_module([1; 32], &blob(5), &config).unwrap();
    assert!(hit);
    assert_eq!((result(&first), result(&second)), (5, 5));
    assert_eq!((engine.module_cache().len(), engine.module_cache().bytes()), (1, first.resident_bytes()));
}

#[test]
fn settings_make_different_modules() {
    let engine = engine(1 << 20);
    let metered = ModuleConfig::default();
    let unmetered = ModuleConfig { gas: None, ..metered.clone() };
    let traced = ModuleConfig { step_tracing: true, ..metered.clone() };
    for config in [&metered, &unmetered, &traced] {
        let (module, hit) = engine.load_module([1; 32], &blob(5), config).unwrap();
        assert!(!hit);
        assert_eq!(module.config(), config);
    }
    assert_eq!(engine.module_cache().len(), 3);
}

#[test]
fn a_wrong_hash_does_not_give_the_wrong_module() {
    let engine = engine(1 << 20);
    let config = ModuleConfig::default();
    engine.load_module([1; 32], &blob(5), &config).unwrap();
    let (module, hit) = engine.load_module([1; 32], &blob(6), &config).unwrap();
    assert!(!hit);
    assert_eq!(result(&module), 6);
    assert_eq!(engine.module_cache().len(), 1);
}

#[test]
fn what_was_used_longest_ago_goes_first_and_the_bound_holds() {
    let config = ModuleConfig::default();
    let size = Module::new(&engine(0), &blob(1), &config).unwrap().resident_bytes();
    let engine = engine(3 * size);
    let is_hit = |value: u8| engine.load_module([value; 32], &blob(i32::from(value)), &config).unwrap().1;
    assert!(![1, 2, 3].into_iter().any(is_hit));
    assert!(is_hit(1));
    assert!(!is_hit(4), "which makes 2 go");
    assert!(engine.module_cache().bytes() <= 3 * size);
    assert!(is_hit(1) && is_hit(3) && is_hit(4));
    assert!(!is_hit(2));
    assert_eq!(engine.module_cache().len(), 3);

    engine.module_cache().clear();
    assert!(engine.module_cache().is_empty());
    assert_eq!(engine.module_cache().bytes(), 0);
}

#[test]
fn what_exceeds_the_bound_is_not_kept_and_works() {
    let engine = engine(100);
    for _ in 0..2 {
        let (module, hit) = engine.load_module([1; 32], &blob(5), &ModuleConfig::default()).unwrap();
        assert!(!hit);
        assert_eq!(result(&module), 5);
    }
    assert!(engine.module_cache().is_empty());
}

#[test]
fn refused_blobs_leave_no_trace() {
    let engine = engine(1 << 20);
    for _ in 0..2 {
        assert!(engine.load_module([1; 32], b"not a blob", &ModuleConfig::default()).is_err());
    }
    assert!(engine.module_cache().is_empty());
}

#[test]
fn many_threads_get_what_they_asked_for() {
    let config = ModuleConfig::default();
    let size = Module::new(&engine(0), &blob(1), &config).unwrap().resident_bytes();
    // Too small for all, so entries come and go all the time.
    let engine = engine(5 * size);
    thread::scope(|scope| {
        for thread in 0..4u8 {
            let (engine, config) = (&engine, &config);
            scope.spawn(move || {
                for round in 0..500u32 {
                    let value = ((round * 7 + u32::from(thread)) % 11) as u8;
                    let (module, _) =
                        engine.load_module([value; 32], &blob(i32::from(value)), config).unwrap();
                    assert_eq!(result(&module), u64::from(value));
                    assert!(engine.module_cache().bytes() <= 5 * size);
                }
            });
        }
    });
}
