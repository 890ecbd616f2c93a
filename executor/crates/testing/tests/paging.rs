// SPDX-License-Identifier: Apache-2.0
//! Both engines under dynamic paging, in lockstep: random programs whose page faults are answered in all the ways that a
//! host has, and accesses at the edges of pages and of the address space.

use std::collections::BTreeSet;

use revive_vm_executor::{
    Engine, EngineChoice, EngineConfig, Exit, Features, GasModel, Instance, InstructionSet, MemoryError,
    Module, ModuleConfig, Reg, Segfault,
};
use revive_vm_primitives::{BlobBuilder, CodeBuilder, Instruction, Opcode};
use revive_vm_testing::{
    generate::{Options, Program},
    random::Random,
};

/// Programs per instruction set and per test; debug builds are slow.
const PROGRAMS: u64 = if cfg!(debug_assertions) { 60 } else { 300 };

/// Few enough pages that programs meet the limit.
const MEMORY_BYTES_MAX: u32 = 40 * 4096;

fn engine(engine: EngineChoice, features: Option<Features>) -> Engine {
    Engine::new(EngineConfig { engine, features, ..EngineConfig::default() }).unwrap()
}

fn config() -> ModuleConfig {
    ModuleConfig { dynamic_paging: true, memory_bytes_max: MEMORY_BYTES_MAX, ..ModuleConfig::default() }
}

/// Everything that a host sees after an exit.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    exit: Exit,
    pc: Option<u32>,
    next: Option<u32>,
    gas: i64,
    heap: u32,
    regs: [u64; Reg::COUNT],
}

/// An instance for each engine, always treated alike.
struct Both {
    instances: [Instance; 2],
    page_size: u32,
    /// Addresses of all pages that were ever mapped.
    pages: BTreeSet<u32>,
}

impl Both {
    fn new(engines: [&Engine; 2], blob: &[u8], config: &ModuleConfig) -> Option<Self> {
        let modules = engines.map(|engine| Module::new(engine, blob, config));
        if let [Err(first), Err(second)] = &modules {
            assert_eq!(first, second);
            return None;
        }
        let instances = modules.map(|module| Instance::new(&module.unwrap()).unwrap());
        Some(Self { instances, page_size: config.page_size, pages: BTreeSet::new() })
    }

    /// Does something to both, which must come to the same.
    fn both<T: PartialEq + core::fmt::Debug>(&mut self, mut change: impl FnMut(&mut Instance) -> T) -> T {
        let [first, second] = &mut self.instances;
        let (first, second) = (change(first), change(second));
        assert_eq!(first, second);
        first
    }

    fn run(&mut self) -> Seen {
        self.both(|instance| Seen {
            exit: instance.run().unwrap(),
            pc: instance.pc(),
            next: instance.next(),
            gas: instance.gas(),
            heap: instance.heap_size(),
            regs: Reg::ALL.map(|reg| instance.reg(reg)),
        })
    }

    fn map(&mut self, address: u32, len: u32, writable: bool) -> Result<(), MemoryError> {
        let mapped = self.both(|instance| instance.map_pages(address, len, writable));
        if mapped.is_ok() {
            let mut at = u64::from(address);
            while at < u64::from(address) + u64::from(len) {
                self.pages.insert(at as u32);
                at += u64::from(self.page_size);
            }
        }
        mapped
    }

    /// Compares all pages that there may be, and whether they are accessible.
    fn compare_memory(&mut self) {
        let size = self.page_size;
        for page in self.pages.clone() {
            self.both(|instance| instance.memory_accessible(page, size, true));
            let _ = self.both(|instance| instance.read_memory_vec(page, size));
        }
    }

    /// One of the pages that were ever mapped, or the one given.
    fn some_page(&self, random: &mut Random, otherwise: u32) -> u32 {
        let pages: Vec<u32> = self.pages.iter().copied().collect();
        if pages.is_empty() {
            otherwise
        } else {
            random.pick(&pages)
        }
    }

    /// Something that a host does with memory on an occasion.
    fn meddle(&mut self, random: &mut Random) {
        let size = self.page_size;
        let page = self.some_page(random, 0x20000);
        let address = page + random.below(size as usize) as u32;
        let len = random.below(2 * size as usize) as u32;
        // Refusals have to be the same too.
        let bytes = vec![address as u8; len as usize];
        let _ = match random.below(8) {
            0 => self.both(|instance| instance.free_pages(page, len)),
            1 => self.both(|instance| instance.free_pages(address, len)),
            2 => self.both(|instance| instance.protect_pages(address, len)),
            3 => self.both(|instance| instance.unprotect_pages(address, len)),
            4 => self.map(page, len, random.chance(50)),
            5 => self.both(|instance| instance.zero_memory(address, len)),
            6 => self.both(|instance| instance.write_memory(address, &bytes)),
            _ => self.both(|instance| instance.read_memory_vec(address, len)).map(|_| ()),
        };
    }

    /// Answers a page fault, not always so that the program gets further.
    fn answer(&mut self, fault: Segfault, random: &mut Random) {
        let Segfault { page_address, page_size, write_protected } = fault;
        assert_eq!((page_address % page_size, page_size), (0, self.page_size));
        if write_protected {
            if random.chance(80) {
                // It may have been freed meanwhile.
                let _ = self.both(|instance| instance.unprotect_pages(page_address, 1));
            }
        } else if let Err(refused) = self.map(page_address, 1, random.chance(60)) {
            assert!(matches!(refused, MemoryError::MemoryLimit { .. }), "{refused}");
            // Make room.
            let page = self.some_page(random, page_address);
            self.both(|instance| instance.free_pages(page, 1)).unwrap();
        } else if random.chance(50) {
            let byte = random.below(256) as u8;
            let _ =
                self.both(|instance| instance.write_memory(page_address, &vec![byte; page_size as usize]));
        }
        if random.chance(20) {
            // The instruction is repeated with what registers hold then.
            let reg = random.pick(&Reg::ALL);
            let by = random.below(3 * page_size as usize) as u64;
            self.both(|instance| {
                let value = instance.reg(reg);
                instance.set_reg(reg, value.wrapping_add(by) ^ by << 40);
            });
        }
    }
}

#[derive(Debug, Default)]
struct Coverage {
    segfaults: u64,
    write_protected: u64,
    traps: u64,
    out_of_gas: u64,
    host_calls: u64,
    finished: u64,
}

fn check(
    program: &Program,
    seed: u64,
    engines: [&Engine; 2],
    config: &ModuleConfig,
    coverage: &mut Coverage,
) {
    let exits = if config.step_tracing { 200 } else { 50 };
    let Some(mut both) = Both::new(engines, &program.to_blob(), config) else { return };
    let mut random = Random::new(!seed);
    let random = &mut random;
    let gas = if config.gas == Some(GasModel::Flat) { 400 } else { 9000 };
    both.both(|instance| {
        for (reg, value) in Reg::ALL.into_iter().zip(program.regs) {
            instance.set_reg(reg, value);
        }
        instance.set_gas(gas);
        instance.set_next(0);
    });
    for _ in 0..exits {
        let seen = both.run();
        if random.chance(10) {
            both.meddle(random);
        }
        match seen.exit {
            Exit::Segfault(fault) => {
                coverage.segfaults += 1;
                coverage.write_protected += u64::from(fault.write_protected);
                both.answer(fault, random);
            }
            Exit::HostCall(number) => {
                coverage.host_calls += 1;
                both.both(|instance| instance.set_reg(Reg::ALL[number as usize % Reg::COUNT], number.into()));
                both.meddle(random);
            }
            Exit::OutOfGas => {
                coverage.out_of_gas += 1;
                let more = 1 + random.below(40) as i64;
                both.both(|instance| instance.set_gas(instance.gas() + more));
            }
            Exit::Step => {}
            Exit::Trap | Exit::Finished => {
                coverage.traps += u64::from(seen.exit == Exit::Trap);
                coverage.finished += u64::from(seen.exit == Exit::Finished);
                if random.chance(5) {
                    both.compare_memory();
                    both.both(Instance::reset_memory);
                }
                let offset = match random.chance(20) || program.starts.is_empty() {
                    true => random.below(program.code.len() + 2) as u32,
                    false => random.pick(&program.starts),
                };
                let gas = if random.chance(50) { gas } else { random.below(40) as i64 };
                both.both(|instance| {
                    instance.set_gas(gas);
                    instance.set_next(offset);
                });
            }
        }
    }
    both.compare_memory();
}

fn check_all(features: Option<Features>, config: &ModuleConfig) {
    let (first, second) =
        (engine(EngineChoice::Interpreter, None), engine(EngineChoice::Recompiler, features));
    for isa in InstructionSet::ALL {
        let mut coverage = Coverage::default();
        for seed in 0..PROGRAMS {
            let program = Program::generate(seed, &Options::varied(isa, seed));
            let checked = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
                check(&program, seed, [&first, &second], config, &mut coverage);
            }));
            assert!(
                checked.is_ok(),
                "{isa}, seed {seed}, {config:?}\ncode {:02x?}\nstarts {:?}",
                program.code,
                program.starts
            );
        }
        println!("{isa}: {coverage:?}");
        // If these fail, the generator has become too tame or too wild to compare anything.
        assert!(coverage.segfaults > PROGRAMS, "{isa}: {coverage:?}");
        assert!(coverage.write_protected > PROGRAMS / 10, "{isa}: {coverage:?}");
        assert!(coverage.traps > PROGRAMS, "{isa}: {coverage:?}");
    }
}

#[test]
fn random_programs_agree() {
    check_all(None, &config());
}

#[test]
fn random_programs_agree_on_the_baseline() {
    check_all(Some(Features::BASELINE), &config());
}

#[test]
fn random_programs_agree_with_large_pages() {
    check_all(None, &ModuleConfig { page_size: 16384, memory_bytes_max: 40 * 16384, ..config() });
}

#[test]
fn random_programs_agree_with_the_pipeline_model() {
    check_all(None, &ModuleConfig { gas: Some(GasModel::PipelineL2), ..config() });
}

#[test]
fn random_programs_agree_without_gas() {
    // Steps, because nothing else ends a loop.
    check_all(None, &ModuleConfig { gas: None, step_tracing: true, ..config() });
}

#[test]
fn random_programs_agree_at_every_step() {
    check_all(None, &ModuleConfig { step_tracing: true, ..config() });
}

/// Both engines on a few instructions, which end with a return. Registers and gas are set; nothing is mapped.
fn program(instructions: &[Instruction]) -> Both {
    let isa = InstructionSet::Latest64;
    let mut code = CodeBuilder::new(isa);
    for instruction in instructions {
        code.push(*instruction);
    }
    code.push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
    let blob = BlobBuilder::new(isa).code(code.finish().unwrap()).build();
    let (first, second) = (engine(EngineChoice::Interpreter, None), engine(EngineChoice::Recompiler, None));
    let mut both = Both::new([&first, &second], &blob, &config()).unwrap();
    both.both(|instance| {
        instance.set_gas(100_000);
        instance.prepare_call(0, &[]);
    });
    both
}

fn segfault(page_address: u32, write_protected: bool) -> Exit {
    Exit::Segfault(Segfault { page_address, page_size: 4096, write_protected })
}

#[test]
fn an_access_to_two_pages_faults_at_each_of_them() {
    let mut both = program(&[
        Instruction::reg_imm(Opcode::StoreU64, Reg::A1, 0x20ffc),
        Instruction::reg_imm(Opcode::LoadU64, Reg::A0, 0x20ffc),
    ]);
    both.both(|instance| instance.set_reg(Reg::A1, 0x1122_3344_5566_7788));
    // The lower page first; one that is not mapped before one that cannot be written.
    assert_eq!(both.run().exit, segfault(0x20000, false));
    both.map(0x20000, 1, false).unwrap();
    assert_eq!(both.run().exit, segfault(0x21000, false));
    both.map(0x21000, 1, false).unwrap();
    assert_eq!(both.run().exit, segfault(0x20000, true));
    both.both(|instance| instance.unprotect_pages(0x20fff, 1)).unwrap();
    let seen = both.run();
    assert_eq!((seen.exit, seen.pc), (segfault(0x21000, true), Some(0)));
    // Nothing has been written to the page that can be.
    assert_eq!(both.both(|instance| instance.read_memory_vec(0x20ffc, 8)), Ok(vec![0; 8]));
    both.both(|instance| instance.unprotect_pages(0x21000, 4096)).unwrap();
    let seen = both.run();
    assert_eq!((seen.exit, seen.regs[Reg::A0 as usize]), (Exit::Finished, 0x1122_3344_5566_7788));
    // One block, paid once however often its first instruction is repeated.
    assert_eq!(seen.gas, 100_000 - 3);
}

#[test]
fn the_end_of_the_address_space_is_the_end_of_accesses() {
    let top = 0xffff_f000u32;
    for (address, ends) in [(0xffff_fff8u32, true), (0xffff_fff9, false), (0xffff_ffff, false)] {
        for store in [false, true] {
            let opcode = if store { Opcode::StoreIndirectU64 } else { Opcode::LoadIndirectU64 };
            let mut both = program(&[Instruction::reg_reg_imm(opcode, Reg::A0, Reg::A1, 0)]);
            both.both(|instance| instance.set_reg(Reg::A1, address.into()));
            assert_eq!(both.run().exit, segfault(top, false));
            both.map(top, 4096, true).unwrap();
            // Beyond it nothing can be mapped: neither there nor where the address would wrap to.
            assert_eq!(both.run().exit, if ends { Exit::Finished } else { Exit::Trap }, "{address:#x}");
        }
    }
}

#[test]
fn below_the_first_page_of_guests_accesses_trap() {
    for (address, exit) in
        [(0, Exit::Trap), (0x4000, Exit::Trap), (0xffff, Exit::Trap), (0x10000, segfault(0x10000, false))]
    {
        let mut both = program(&[Instruction::reg_imm(Opcode::LoadU8, Reg::A0, address)]);
        assert_eq!(both.run().exit, exit, "{address:#x}");
    }
    // A page that can be mapped does not help the byte below it.
    let mut both = program(&[Instruction::reg_imm(Opcode::LoadU64, Reg::A0, 0xfffc)]);
    both.map(0x10000, 4096, true).unwrap();
    assert_eq!(both.run().exit, Exit::Trap);
}

#[test]
fn memset_shows_its_progress_at_every_page() {
    let mut both = program(&[Instruction::new(Opcode::Memset)]);
    both.both(|instance| {
        instance.set_reg(Reg::A0, 0xffff_ffff_0002_0f00);
        instance.set_reg(Reg::A1, 0xabcd);
        instance.set_reg(Reg::A2, 0x77_0000_1200);
    });
    for (page, done) in [(0x20000u32, 0u64), (0x21000, 0x100), (0x22000, 0x1100)] {
        let seen = both.run();
        assert_eq!((seen.exit, seen.pc), (segfault(page, false), Some(0)));
        assert_eq!(seen.regs[Reg::A0 as usize], 0xffff_ffff_0002_0f00 + done);
        if done > 0 {
            assert_eq!(seen.regs[Reg::A2 as usize], 0x1200 - done);
        }
        assert_eq!(seen.gas, 100_000 - 2 - done as i64);
        both.map(page, 1, true).unwrap();
    }
    let seen = both.run();
    assert_eq!((seen.exit, seen.gas), (Exit::Finished, 100_000 - 2 - 0x1200));
    assert_eq!(both.both(|instance| instance.read_memory_vec(0x20f00, 0x1200)), Ok(vec![0xcd; 0x1200]));
    both.compare_memory();
}

#[test]
fn memset_of_a_write_protected_page_and_without_gas() {
    let mut both = program(&[Instruction::new(Opcode::Memset)]);
    both.map(0x20000, 2 * 4096, true).unwrap();
    both.both(|instance| instance.protect_pages(0x21000, 1)).unwrap();
    both.both(|instance| {
        instance.set_reg(Reg::A0, 0x20ff0);
        instance.set_reg(Reg::A2, 32);
        instance.set_gas(2 + 8);
    });
    let seen = both.run();
    assert_eq!((seen.exit, seen.gas, seen.regs[Reg::A2 as usize]), (Exit::OutOfGas, 0, 24));
    both.both(|instance| instance.set_gas(1000));
    let seen = both.run();
    assert_eq!((seen.exit, seen.gas, seen.regs[Reg::A2 as usize]), (segfault(0x21000, true), 992, 16));
    // Out of gas comes before a fault.
    both.both(|instance| instance.set_gas(0));
    assert_eq!(both.run().exit, Exit::OutOfGas);
    both.both(|instance| instance.set_gas(16));
    both.both(|instance| instance.unprotect_pages(0x21000, 1)).unwrap();
    let seen = both.run();
    assert_eq!((seen.exit, seen.gas), (Exit::Finished, 0));
}

/// Many pages without neighbours, each of them mapped, protected, unprotected and in the end freed.
#[test]
fn scattered_pages() {
    const PAGES: u32 = 1500;
    let isa = InstructionSet::Latest64;
    let mut code = CodeBuilder::new(isa);
    code.push(Instruction::new(Opcode::Fallthrough));
    let head = code.label_here();
    code.push(Instruction::reg_reg_imm(Opcode::StoreIndirectU32, Reg::A0, Reg::A0, 0));
    code.push(Instruction::reg_reg_reg(Opcode::Add64, Reg::A0, Reg::A0, Reg::A1));
    code.push_to(Instruction::reg_reg_offset(Opcode::BranchLessUnsigned, Reg::A0, Reg::A2, 0), head);
    code.push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
    let blob = BlobBuilder::new(isa).code(code.finish().unwrap()).build();
    let (first, second) = (engine(EngineChoice::Interpreter, None), engine(EngineChoice::Recompiler, None));
    let config = ModuleConfig { memory_bytes_max: PAGES * 4096, ..config() };
    let mut both = Both::new([&first, &second], &blob, &config).unwrap();
    let (start, stride) = (0x10000, 0x5000);
    both.both(|instance| {
        instance.prepare_call(0, &[start, stride, start + stride * u64::from(PAGES)]);
        instance.set_gas(1_000_000);
    });
    for page in 0..PAGES {
        let address = 0x10000 + 0x5000 * page;
        assert_eq!(both.run().exit, segfault(address, false));
        both.map(address, 1, false).unwrap();
        assert_eq!(both.run().exit, segfault(address, true));
        both.both(|instance| instance.unprotect_pages(address, 1)).unwrap();
    }
    assert_eq!(both.run().exit, Exit::Finished);
    let full = both.both(|instance| instance.map_pages(0x11000, 1, true));
    assert_eq!(
        full,
        Err(MemoryError::MemoryLimit { bytes: (u64::from(PAGES) + 1) * 4096, max: PAGES * 4096 })
    );
    both.compare_memory();
    both.both(|instance| instance.free_pages(0x10000, 0x8000_0000)).unwrap();
    both.both(|instance| instance.prepare_call(0, &[start, stride, start + 1]));
    assert_eq!(both.run().exit, segfault(0x10000, false));
    both.map(0x10000, 0x8000, true).unwrap();
    assert_eq!(both.run().exit, Exit::Finished);
    // Nothing is left of what was freed.
    assert_eq!(both.both(|instance| instance.read_memory_vec(0x15000, 8)), Ok(vec![0; 8]));
}

#[test]
fn what_belongs_to_the_other_mode_is_refused() {
    let mut both = program(&[]);
    assert_eq!(
        both.both(|instance| instance.set_aux_accessible_size(0)),
        Err(MemoryError::NotWithDynamicPaging)
    );
    let blob = Program::generate(
        1,
        &Options {
            isa: InstructionSet::Latest64,
            invalid_opcodes: false,
            gaps: false,
            left_out: &[],
            loads_registers: false,
        },
    )
    .to_blob();
    let (first, second) = (engine(EngineChoice::Interpreter, None), engine(EngineChoice::Recompiler, None));
    let mut both = Both::new([&first, &second], &blob, &ModuleConfig::default()).unwrap();
    let refused = Err(MemoryError::OnlyWithDynamicPaging);
    assert_eq!(both.both(|instance| instance.map_pages(0x20000, 4096, true)), refused);
    assert_eq!(both.both(|instance| instance.protect_pages(0x20000, 4096)), refused);
    assert_eq!(both.both(|instance| instance.unprotect_pages(0x20000, 4096)), refused);
    assert_eq!(both.both(|instance| instance.free_pages(0x20000, 4096)), refused);
}
