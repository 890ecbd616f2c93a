// SPDX-License-Identifier: Apache-2.0
//! Our engines against the `polkavm` crate's interpreter, which is used as a black box, on random programs.
//!
//! Both run the same program from the same state and are compared at every exit: kind of exit, registers, gas,
//! program counter, where execution goes on; and memory at the end. Exits are answered alike on both sides: host calls
//! change a register, out-of-gas gets more gas, a program that has ended is started somewhere else.
//!
//! Where the reference is known to differ from its own rules, the comparison gives way, each time with a comment that
//! says to what (instruction set, section 11; execution, section 10).

use std::collections::BTreeSet;

use polkavm as reference;
use revive_vm_executor::{
    Engine, EngineChoice, EngineConfig, Exit, Instance, InstructionSet, Module, ModuleConfig, Reg, Segfault,
};
use revive_vm_primitives::{isa::Opcode, memory_map::ADDRESS_BOTTOM, Blob};
use revive_vm_testing::{
    generate::{Options, Program},
    random::Random,
};

/// Programs per instruction set and per test; debug builds are slow.
const PROGRAMS: u64 = if cfg!(debug_assertions) { 400 } else { 4000 };
/// Gas for each start; short programs need little, loops are cut off.
const GAS: i64 = 300;
/// Exits after which a program is left alone.
const EXITS_MAX: usize = 25;
/// The same where every step is an exit.
const STEPS_MAX: usize = 150;

/// Signed comparisons. In 32-bit programs the reference takes negative numbers for large ones here, depending on where
/// they come from. Vectors of ours pin the right results.
const WRONG_IN_32_BIT: &[Opcode] =
    &[Opcode::SetLessThanSigned, Opcode::SetLessThanSignedImm, Opcode::SetGreaterThanSignedImm];

const WRONG_IN_32_BIT_OR_PAGED: &[Opcode] =
    &[Opcode::SetLessThanSigned, Opcode::SetLessThanSignedImm, Opcode::SetGreaterThanSignedImm, Opcode::Sbrk];

struct Reference {
    engine: reference::Engine,
}

impl Reference {
    fn new() -> Self {
        let mut config = reference::Config::new();
        config.set_backend(Some(reference::BackendKind::Interpreter));
        config.set_allow_dynamic_paging(true);
        Self { engine: reference::Engine::new(&config).unwrap() }
    }

    fn module(
        &self,
        blob: &[u8],
        config: &ModuleConfig,
    ) -> Result<reference::Module, reference::CompileError> {
        let mut settings = reference::ModuleConfig::new();
        settings.set_page_size(config.page_size);
        settings.set_gas_metering(config.gas.map(|_| reference::GasMeteringKind::Sync));
        settings.set_step_tracing(config.step_tracing);
        settings.set_dynamic_paging(config.dynamic_paging);
        reference::Module::new(&self.engine, &settings, blob.to_vec().into())
    }
}

fn reference_reg(reg: Reg) -> reference::Reg {
    use reference::Reg::*;
    [RA, SP, T0, T1, T2, S0, S1, A0, A1, A2, A3, A4, A5][reg.index()]
}

/// Everything that a host sees after an exit, in one form for both sides.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    exit: Exit,
    pc: Option<u32>,
    next: Option<u32>,
    gas: i64,
    regs: [u64; Reg::COUNT],
}

struct Pair<'a> {
    ours: Instance,
    theirs: reference::RawInstance,
    program: &'a Program,
    /// With dynamic paging: the pages that were mapped.
    pages: BTreeSet<u32>,
}

impl<'a> Pair<'a> {
    fn new(ours: &Module, theirs: &reference::Module, program: &'a Program) -> Self {
        let mut pair = Self {
            ours: Instance::new(ours).unwrap(),
            theirs: theirs.instantiate().unwrap(),
            program,
            pages: BTreeSet::new(),
        };
        for reg in Reg::ALL {
            pair.set_reg(reg, program.regs[reg.index()]);
        }
        pair
    }

    fn set_reg(&mut self, reg: Reg, value: u64) {
        // In 32-bit programs the reference compares negative numbers wrongly, as signed ones, if they come from the
        // host. Programs load theirs themselves.
        let value = if self.program.isa.is_64_bit() { value } else { value & 0x7fff_ffff };
        self.ours.set_reg(reg, value);
        self.theirs.set_reg(reference_reg(reg), value);
    }

    fn set_gas(&mut self, gas: i64) {
        self.ours.set_gas(gas);
        self.theirs.set_gas(gas);
    }

    fn start(&mut self, offset: u32) {
        self.ours.set_next(offset);
        self.theirs.set_next_program_counter(reference::ProgramCounter(offset));
    }

    fn run(&mut self) -> (Seen, Seen) {
        let exit = self.ours.run().unwrap();
        let ours = Seen {
            exit,
            pc: self.ours.pc(),
            next: self.ours.next(),
            gas: self.ours.gas(),
            regs: Reg::ALL.map(|reg| self.ours.reg(reg)),
        };
        let exit = match self.theirs.run().unwrap() {
            reference::InterruptKind::Finished => Exit::Finished,
            reference::InterruptKind::Trap => Exit::Trap,
            reference::InterruptKind::Ecalli(number) => Exit::HostCall(number),
            reference::InterruptKind::NotEnoughGas => Exit::OutOfGas,
            reference::InterruptKind::Step => Exit::Step,
            reference::InterruptKind::Segfault(fault) => Exit::Segfault(Segfault {
                page_address: fault.page_address,
                page_size: fault.page_size,
                write_protected: fault.is_write_protected,
            }),
        };
        let theirs = Seen {
            exit,
            pc: self.theirs.program_counter().map(|pc| pc.0),
            next: self.theirs.next_program_counter().map(|pc| pc.0),
            gas: self.theirs.gas(),
            regs: Reg::ALL.map(|reg| self.theirs.reg(reference_reg(reg))),
        };
        (ours, theirs)
    }

    /// Answers a page fault: maps the page, or makes it writable.
    fn resolve(&mut self, fault: &Segfault, random: &mut Random) {
        let (page, size) = (fault.page_address, fault.page_size);
        if fault.write_protected {
            self.ours.unprotect_pages(page, size).unwrap();
            self.theirs.unprotect_memory(page, size).unwrap();
        } else if random.chance(70) {
            self.ours.map_pages(page, size, true).unwrap();
            let protection = reference::MemoryProtection::ReadWrite;
            self.theirs.zero_memory_with_memory_protection(page, size, protection).unwrap();
        } else {
            self.ours.map_pages(page, size, false).unwrap();
            let protection = reference::MemoryProtection::Read;
            self.theirs.zero_memory_with_memory_protection(page, size, protection).unwrap();
        }
        self.pages.insert(page);
    }

    /// Compares all of memory that the program can write, and the read-only data.
    fn compare_memory(&mut self) -> Result<(), String> {
        let module = self.ours.module().clone();
        let (map, page_size) = (module.memory_map(), module.config().page_size);
        if !module.config().dynamic_paging && self.ours.heap_size() != self.theirs.heap_size() {
            return Err(format!("heap sizes {} and {}", self.ours.heap_size(), self.theirs.heap_size()));
        }
        // The heap's end lies inside an accessible page.
        let heap_end = map.heap_base() + self.ours.heap_size();
        let rw_end = heap_end.next_multiple_of(page_size).max(map.rw_data_address() + map.rw_data_size());
        let ranges: Vec<(u32, u32)> = if module.config().dynamic_paging {
            self.pages.iter().map(|page| (*page, page_size)).collect()
        } else {
            vec![
                (map.ro_data_address(), map.ro_data_size()),
                (map.rw_data_address(), rw_end - map.rw_data_address()),
                (map.stack_low(), map.stack_high() - map.stack_low()),
            ]
        };
        for (address, len) in ranges {
            let mut ours = vec![0; len as usize];
            self.ours.read_memory(address, &mut ours).map_err(|error| format!("ours: {error}"))?;
            let theirs = self.theirs.read_memory(address, len).map_err(|error| format!("theirs: {error}"))?;
            if let Some(at) = (0..ours.len()).find(|at| ours[*at] != theirs[*at]) {
                let address = address as usize + at;
                return Err(format!(
                    "memory at {address:#x}: ours {:#x}, theirs {:#x}",
                    ours[at], theirs[at]
                ));
            }
        }
        Ok(())
    }
}

fn engine() -> Engine {
    Engine::new(EngineConfig { engine: EngineChoice::Interpreter, ..EngineConfig::default() }).unwrap()
}

/// How often each kind of exit was compared, to see that the programs do something.
#[derive(Debug, Default)]
struct Coverage {
    finished: usize,
    trap: usize,
    out_of_gas: usize,
    host_call: usize,
    other: usize,
    rejected: usize,
    skipped: usize,
}

impl Coverage {
    fn count(&mut self, exit: &Exit) {
        *match exit {
            Exit::Finished => &mut self.finished,
            Exit::Trap => &mut self.trap,
            Exit::OutOfGas => &mut self.out_of_gas,
            Exit::HostCall(_) => &mut self.host_call,
            Exit::Segfault(_) | Exit::Step => &mut self.other,
        } += 1;
    }
}

fn check(
    isa: InstructionSet,
    seed: u64,
    config: &ModuleConfig,
    engine: &Engine,
    theirs: &Reference,
    coverage: &mut Coverage,
) {
    // JamV1: a module is rejected for an invalid opcode or a gap, and whether code behind a gap is looked at differs
    // between the back ends. Without gaps there is nothing to differ about.
    let jam = isa == InstructionSet::JamV1;
    let options = Options {
        isa,
        invalid_opcodes: !jam || seed.is_multiple_of(8),
        gaps: !jam,
        // With dynamic paging the reference aborts at `sbrk`.
        left_out: match (isa, config.dynamic_paging) {
            (InstructionSet::Latest32, false) => WRONG_IN_32_BIT,
            (InstructionSet::Latest32, true) => WRONG_IN_32_BIT_OR_PAGED,
            (_, true) => &[Opcode::Sbrk],
            (_, false) => &[],
        },
        loads_registers: !isa.is_64_bit(),
    };
    let program = Program::generate(seed, &options);
    if program.has_scanning_artefact() {
        coverage.skipped += 1;
        return;
    }
    let blob = program.to_blob();
    let describe =
        || format!("{isa}, seed {seed}, {config:?}\n{:02x?}\nstarts {:?}", program.code, program.starts);

    let ours_module = Module::new(engine, &blob, config);
    let theirs_module = theirs.module(&blob, config);
    let (ours_module, theirs_module) = match (ours_module, theirs_module) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        (Err(_), Err(_)) => {
            coverage.rejected += 1;
            return;
        }
        (Err(ours), Ok(_)) => panic!("only ours rejects: {ours}\n{}", describe()),
        (Ok(_), Err(theirs)) => panic!("only theirs rejects: {theirs}\n{}", describe()),
    };
    let parsed = Blob::parse(&blob).unwrap();
    let code = parsed.code();

    // A second start at a block behind an invalid opcode is charged twice by the reference, so each of those gets
    // fresh instances.
    let is_repeatable =
        |offset: u32| code.block_start(offset).is_some_and(|block| block == 0 || code.is_jump_target(block));

    let mut pair = Pair::new(&ours_module, &theirs_module, &program);
    let mut random = Random::new(!seed);
    let mut offset = 0;
    pair.set_gas(GAS);
    pair.start(offset);
    let exits_max = if config.step_tracing { STEPS_MAX } else { EXITS_MAX };
    for exit_index in 0..exits_max {
        let (ours, theirs) = pair.run();
        if !config.dynamic_paging && pair.theirs.heap_size() > config.memory_bytes_max / 2 {
            // Our host limits memory, so there `sbrk` may have failed on our side only (memory map, section 5).
            coverage.skipped += 1;
            return;
        }
        if let (Exit::Trap, Exit::Segfault(fault)) = (ours.exit, theirs.exit) {
            // The reference reports a fault, which nobody can resolve, for the upper part of the lowest 64 KiB (memory
            // map, section 6).
            if fault.page_address < ADDRESS_BOTTOM {
                coverage.skipped += 1;
                return;
            }
        }
        assert_eq!(
            ours,
            theirs,
            "exit {exit_index}, last start at {offset}: ours left, theirs right\n{}",
            describe()
        );
        coverage.count(&ours.exit);
        match ours.exit {
            Exit::HostCall(number) => {
                // A host function that changes something.
                let reg = Reg::ALL[number as usize % Reg::COUNT];
                pair.set_reg(reg, u64::from(number));
                if random.chance(30) {
                    pair.set_gas(ours.gas + 5);
                }
            }
            Exit::OutOfGas => {
                if random.chance(50) {
                    break;
                }
                pair.set_gas(ours.gas + 1 + random.below(40) as i64);
            }
            Exit::Step => (),
            // The last page stays away: an access that ends exactly at the end of the address space is a trap for the
            // reference, and is no exit at all by the rule.
            Exit::Segfault(fault) if fault.page_address < 0xffff_f000 => pair.resolve(&fault, &mut random),
            Exit::Finished | Exit::Trap | Exit::Segfault(_) => {
                offset = if random.chance(20) || program.starts.is_empty() {
                    random.below(program.code.len() + 2) as u32
                } else {
                    random.pick(&program.starts)
                };
                if !is_repeatable(offset) {
                    // Also, an instance of the reference accepts a start at a place where no instruction is, if it
                    // came by that place in an earlier run.
                    pair = Pair::new(&ours_module, &theirs_module, &program);
                }
                pair.set_gas(GAS);
                pair.start(offset);
            }
        }
    }
    if let Err(difference) = pair.compare_memory() {
        panic!("{difference}\n{}", describe());
    }
}

fn check_all(config: &ModuleConfig) {
    let engine = engine();
    let theirs = Reference::new();
    for isa in InstructionSet::ALL {
        if cfg!(debug_assertions) && isa == InstructionSet::Latest32 {
            println!(
                "{isa}: skipped, because negative numbers fail assertions of the reference's debug builds"
            );
            continue;
        }
        let mut coverage = Coverage::default();
        for seed in 0..PROGRAMS {
            check(isa, seed, config, &engine, &theirs, &mut coverage);
        }
        println!("{isa}: {coverage:?}");
        // If these fail, the generator has become too tame or too wild to compare anything.
        let enough = |count: usize, per_hundred: u64| count as u64 * 100 >= PROGRAMS * per_hundred;
        assert!(enough(coverage.finished, 2) && enough(coverage.host_call, 15), "{isa}: {coverage:?}");
        assert!(enough(coverage.trap, 300), "{isa}: {coverage:?}");
    }
}

fn config() -> ModuleConfig {
    ModuleConfig { memory_bytes_max: 1 << 20, ..ModuleConfig::default() }
}

#[test]
fn random_programs_agree() {
    check_all(&config());
}

/// Every step is an exit, so this compares the state before each instruction.
#[test]
fn random_programs_agree_at_every_step() {
    check_all(&ModuleConfig { step_tracing: true, ..config() });
}

/// The host maps pages when the program touches them, some of them read-only at first.
#[test]
fn random_programs_agree_with_dynamic_paging() {
    check_all(&ModuleConfig { dynamic_paging: true, ..config() });
}
