// SPDX-License-Identifier: Apache-2.0
//! Damaged blobs through loading and running: none may panic, hang, or make the machine use much memory.
//!
//! Release builds try 100,000 of them, debug builds fewer. A failure names the blob and the seed.

use std::{fs, panic, path::Path};

use revive_vm_executor::{
    Engine, EngineConfig, Exit, Instance, InstructionSet, Module, ModuleConfig, ModuleError,
};
use revive_vm_primitives::{
    isa::{Instruction, Opcode},
    BlobBuilder, CodeBuilder, Reg,
};
use revive_vm_testing::{
    generate::{Options, Program},
    mutate::mutate,
    random::Random,
};

const MUTANTS: u64 = if cfg!(debug_assertions) { 5_000 } else { 100_000 };

/// Enough to get into loops, little enough for many runs.
const GAS: i64 = 2_000;

/// Memory that one instance may have; mutants ask for any amount.
const MEMORY_BYTES_MAX: u32 = 4 << 20;

/// What a module may take per byte of its blob. Decoded code is larger than code, by a constant factor.
const BYTES_PER_BLOB_BYTE_MAX: usize = 512;

/// What a module may take whatever its blob's size.
const BYTES_OF_ANY_MODULE_MAX: usize = 1 << 16;

/// Growth of the process that all mutants together may cause.
const PROCESS_BYTES_MAX: u64 = 512 << 20;

/// A blob with every section, three exports, imports, a jump table, a loop, and one without an end.
fn handmade(isa: InstructionSet) -> Vec<u8> {
    let mut code = CodeBuilder::new(isa);
    let subroutine = code.label();
    let address = code.jump_table_entry(subroutine);
    let start = code.label_here();
    code.push(Instruction::reg_imm(Opcode::LoadImm, Reg::A1, 20));
    code.push(Instruction::reg_imm(Opcode::LoadImm, Reg::T0, address as i32));
    code.push(Instruction::new(Opcode::Fallthrough));
    let again = code.label_here();
    code.push(Instruction::imm(Opcode::Ecalli, 1));
    code.push(Instruction::reg_reg_imm(Opcode::StoreIndirectU32, Reg::A1, Reg::Sp, -8));
    code.push(Instruction::reg_reg_imm(Opcode::LoadIndirectU8, Reg::A2, Reg::Sp, -8));
    code.push(Instruction::reg_reg_imm(Opcode::AddImm32, Reg::A1, Reg::A1, -1));
    code.push_to(Instruction::reg_imm_offset(Opcode::BranchNotEqImm, Reg::A1, 0, 0), again);
    code.push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::T0, 0));
    code.bind(subroutine);
    code.push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
    let endless = code.label_here();
    code.push(Instruction::reg_reg_imm(Opcode::AddImm32, Reg::A1, Reg::A1, -1));
    code.push_to(Instruction::offset(Opcode::Jump, 0), endless);
    let parts = code.finish().unwrap();
    let (first, second) = (parts.offset_of(start).unwrap(), parts.offset_of(subroutine).unwrap());
    let third = parts.offset_of(endless).unwrap();
    BlobBuilder::new(isa)
        .ro_data(6000, b"read-only data")
        .rw_data(9000, b"read-write data")
        .stack_size(8192)
        .import(b"zero")
        .import(b"one")
        .export(b"deploy", first)
        .export(b"call", second)
        .export(b"spin", third)
        .code(parts)
        .extra_section(200, b"something that nobody knows")
        .build()
}

/// The blobs to damage: handmade, generated, and whatever contracts have been built.
fn base_blobs() -> Vec<(String, Vec<u8>)> {
    let mut blobs = Vec::new();
    for isa in InstructionSet::ALL {
        blobs.push((format!("handmade {isa}"), handmade(isa)));
        let options =
            Options { isa, invalid_opcodes: true, gaps: true, left_out: &[], loads_registers: false };
        for seed in 0..4 {
            blobs.push((format!("generated {isa} {seed}"), Program::generate(seed, &options).to_blob()));
        }
    }
    let built = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for tests"))
        .join("../../../contracts/build");
    for folder in [built.clone(), built.join("bench")] {
        let mut paths: Vec<_> =
            fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            if path.extension().is_some_and(|extension| extension == "polkavm") {
                blobs.push((path.display().to_string(), fs::read(&path).unwrap()));
            }
        }
    }
    blobs
}

#[derive(Debug, Default)]
struct Outcomes {
    rejected: u64,
    loaded: u64,
    exits: [u64; 4],
}

/// Loads and runs one blob: every export for a little, and offset 0 where there are none.
fn exercise(engine: &Engine, blob: &[u8], dynamic_paging: bool, outcomes: &mut Outcomes) {
    let config =
        ModuleConfig { memory_bytes_max: MEMORY_BYTES_MAX, dynamic_paging, ..ModuleConfig::default() };
    let module = match Module::new(engine, blob, &config) {
        Ok(module) => module,
        Err(error) => {
            // Its message is part of what users see.
            assert!(!error.to_string().is_empty());
            outcomes.rejected += 1;
            return;
        }
    };
    outcomes.loaded += 1;
    // Read-only memory counts whole: where a guest reads zeros of it there are pages then.
    let read_only = module.memory_map().ro_data_size() as usize;
    let limit = BYTES_OF_ANY_MODULE_MAX + BYTES_PER_BLOB_BYTE_MAX * blob.len() + read_only;
    assert!(
        module.resident_bytes() <= limit,
        "{} bytes for a blob of {}",
        module.resident_bytes(),
        blob.len()
    );
    let symbols = module.imports().flatten().map(<[u8]>::len).max();
    assert!(symbols.is_none_or(|len| len <= blob.len()));

    let mut starts: Vec<u32> = module.exports().map(|(_, offset)| offset).take(3).collect();
    starts.push(0);
    let mut instance = Instance::new(&module).unwrap();
    for start in starts {
        instance.prepare_call(start, &[u64::from(start), 0xffff_ffff, 0x1_0000]);
        instance.set_gas(GAS);
        for _ in 0..20 {
            match instance.run().unwrap() {
                Exit::HostCall(number) => {
                    outcomes.exits[0] += 1;
                    instance.set_reg(Reg::A0, u64::from(number));
                }
                Exit::Finished => {
                    outcomes.exits[1] += 1;
                    break;
                }
                Exit::OutOfGas => {
                    outcomes.exits[2] += 1;
                    break;
                }
                Exit::Segfault(fault) => {
                    if instance.map_pages(fault.page_address, fault.page_size, true).is_err() {
                        break;
                    }
                }
                Exit::Trap | Exit::Step => {
                    outcomes.exits[3] += 1;
                    break;
                }
            }
        }
        assert!(instance.gas() >= 0, "gas {}", instance.gas());
    }
}

/// Most memory that this process ever had, where the system tells.
fn peak_process_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

#[test]
fn damaged_blobs_neither_panic_nor_hang_nor_eat_memory() {
    let engine = Engine::new(EngineConfig::default()).unwrap();
    let blobs = base_blobs();
    let mut outcomes = Outcomes::default();
    for (name, blob) in &blobs {
        let loaded = outcomes.loaded;
        exercise(&engine, blob, false, &mut outcomes);
        // Generated JamV1 programs may be invalid.
        assert!(
            outcomes.loaded > loaded || name.contains("generated jam_v1"),
            "{name} is rejected: {:?}",
            Module::new(&engine, blob, &ModuleConfig::default()).err()
        );
    }
    let peak_before = peak_process_bytes();
    for seed in 0..MUTANTS {
        let mut random = Random::new(seed);
        let (name, blob) = &blobs[(seed % blobs.len() as u64) as usize];
        let mutant = mutate(blob, &mut random);
        let dynamic_paging = random.chance(20);
        let result = panic::catch_unwind(panic::AssertUnwindSafe(|| {
            exercise(&engine, &mutant, dynamic_paging, &mut outcomes);
        }));
        assert!(result.is_ok(), "seed {seed}, {name}, dynamic paging {dynamic_paging}");
    }
    println!("{MUTANTS} mutants of {} blobs: {outcomes:?}", blobs.len());
    if let (Some(before), Some(after)) = (peak_before, peak_process_bytes()) {
        println!("peak memory: {} KiB before, {} KiB after", before / 1024, after / 1024);
        assert!(after - before < PROCESS_BYTES_MAX, "the process grew from {before} to {after} bytes");
    }
    // Both sides must have been reached, or the mutations test nothing.
    assert!(outcomes.rejected > MUTANTS / 10 && outcomes.loaded > MUTANTS / 10, "{outcomes:?}");
    assert!(outcomes.exits.iter().all(|exits| *exits > MUTANTS / 1000), "{outcomes:?}");
}

#[test]
fn a_rejection_names_what_is_wrong_and_where() {
    let engine = Engine::new(EngineConfig::default()).unwrap();
    let blob = handmade(InstructionSet::ReviveV1);
    let load = |blob: &[u8]| Module::new(&engine, blob, &ModuleConfig::default()).unwrap_err();
    let truncated = load(&blob[..blob.len() - 1]);
    assert!(matches!(truncated, ModuleError::Blob(_)), "{truncated}");
    assert!(truncated.to_string().chars().any(|c| c.is_ascii_digit()), "{truncated}");
    let mut version = blob.clone();
    version[4] = 9;
    assert!(matches!(load(&version), ModuleError::Blob(error) if error.offset == 4));
}
