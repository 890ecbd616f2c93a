// SPDX-License-Identifier: Apache-2.0
//! Both engines in lockstep under a host that does at every exit whatever the interface lets it do: starts elsewhere although
//! something could be resumed, resets memory, grows the heap, hides aux memory, gives gas of any amount, changes answers.

use revive_vm_executor::{
    Answer, Answers, Engine, EngineChoice, EngineConfig, Exit, Features, GasModel, Instance, InstructionSet,
    Module, ModuleConfig, Operand, Price, Reg, RunError, TrapCause,
};
use revive_vm_testing::{
    generate::{Options, Program},
    random::Random,
};

/// Programs per instruction set and per test; debug builds are slow.
const PROGRAMS: u64 = if cfg!(debug_assertions) { 20 } else { 100 };
const PAGE: u32 = 4096;
const AUX_BYTES: u32 = 3 * PAGE;

fn config() -> ModuleConfig {
    ModuleConfig { aux_size: AUX_BYTES, memory_bytes_max: 1 << 20, ..ModuleConfig::default() }
}

/// Everything that a host sees after an exit.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    exit: Result<Exit, RunError>,
    pc: Option<u32>,
    next: Option<u32>,
    gas: i64,
    heap: u32,
    regs: [u64; Reg::COUNT],
    cause: Option<TrapCause>,
}

fn look(instance: &Instance, exit: Result<Exit, RunError>) -> Seen {
    Seen {
        exit,
        pc: instance.pc(),
        next: instance.next(),
        gas: instance.gas(),
        heap: instance.heap_size(),
        regs: Reg::ALL.map(|reg| instance.reg(reg)),
        cause: instance.trap_cause(),
    }
}

/// An instance for each engine, always treated alike.
struct Both {
    instances: [Instance; 2],
    /// Addresses where something begins or ends.
    edges: Vec<u32>,
    code_bytes: u32,
    starts: Vec<u32>,
}

impl Both {
    /// Does something to both, which must come to the same.
    fn both<T: PartialEq + core::fmt::Debug>(&mut self, mut change: impl FnMut(&mut Instance) -> T) -> T {
        let [first, second] = &mut self.instances;
        let (first, second) = (change(first), change(second));
        assert_eq!(first, second);
        first
    }

    fn address(&self, random: &mut Random) -> u32 {
        let edge = random.pick(&self.edges);
        match random.below(8) {
            0 => random.next_u32(),
            1..4 => edge,
            4..6 => edge.wrapping_add(random.below(64) as u32),
            _ => edge.wrapping_sub(1 + random.below(64) as u32),
        }
    }

    fn start(&self, random: &mut Random) -> u32 {
        match random.below(8) {
            0 => random.below(self.code_bytes as usize + 2) as u32,
            _ if !self.starts.is_empty() => random.pick(&self.starts),
            _ => 0,
        }
    }

    fn meddle(&mut self, random: &mut Random) {
        let (address, other) = (self.address(random), self.address(random));
        let start = self.start(random);
        let len = random.pick(&[0, 1, 3, 8, 64, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE]);
        let writable = random.chance(60);
        let page = address / PAGE * PAGE;
        match random.below(20) {
            0 | 1 => self.both(|instance| instance.set_next(start)),
            2 => self.both(|instance| instance.prepare_call(start, &[address.into(), u64::MAX, 7, 1 << 33])),
            3 => {
                let gas = match random.below(6) {
                    0 => i64::MIN,
                    1 => -1,
                    2 => 0,
                    _ => random.below(60) as i64,
                };
                self.both(|instance| instance.set_gas(gas));
            }
            4 => self.both(|instance| instance.reset_memory()),
            5 => {
                let by = random.pick(&[0, 1, 100, PAGE, 1 << 18, 1 << 20, u32::MAX]);
                self.both(|instance| instance.grow_heap(by));
            }
            6 => {
                let size = random.pick(&[0, 1, PAGE, AUX_BYTES - 1, AUX_BYTES, AUX_BYTES + 1]);
                let _ = match random.chance(70) {
                    true => self.both(|instance| instance.set_aux_accessible_size(size)),
                    false => self.both(|instance| instance.set_aux_write_protected(writable)),
                };
            }
            7 | 8 => {
                let bytes: Vec<u8> = (0..len).map(|_| random.byte()).collect();
                let _ = self.both(|instance| instance.write_memory(address, &bytes));
            }
            9 => {
                let _ = self.both(|instance| instance.zero_memory(address, len));
            }
            10 => {
                let _ = self.both(|instance| instance.read_memory_vec(address, len));
            }
            11 => {
                let len =
                    random.pick(&[len, u32::MAX, 0u32.wrapping_sub(address), other.wrapping_sub(address)]);
                self.both(|instance| instance.memory_accessible(address, len, writable));
            }
            12 | 13 => {
                let reg = random.pick(&Reg::ALL);
                let value = u64::from(address) | random.pick(&[0, 1 << 32, u64::MAX << 32]);
                self.both(|instance| instance.set_reg(reg, value));
            }
            14 => {
                let operand = |register| Operand::Low(register);
                let answer = random.pick(&[
                    Answer::InputSize,
                    Answer::Number { constant: 1 },
                    Answer::Constant { constant: 0, to: operand(0) },
                    Answer::InputCopy { to: operand(0), len: operand(1), offset: operand(2) },
                    Answer::OutputCopy { to: operand(0), cell: operand(1), offset: operand(2) },
                    Answer::Keccak256 { from: operand(0), len: operand(1), to: operand(2) },
                ]);
                let price = Price { base: random.below(9) as u32, per_kib: random.below(2000) as u32 };
                let answers = Answers::new((0..random.below(40)).map(|_| Some((answer, price))));
                self.both(|instance| instance.set_answers(&answers));
            }
            15 => {
                let bytes: Vec<u8> = (0..random.pick(&[0, 8, 40, 5000])).map(|_| random.byte()).collect();
                match random.below(3) {
                    0 => self.both(|instance| instance.set_input(Some(bytes.clone()))),
                    1 => self.both(|instance| instance.set_output(bytes.clone())),
                    _ => self.both(|instance| instance.set_constants(vec![bytes.clone(), vec![9; 8]])),
                }
            }
            16 => {
                let _ = self.both(|instance| instance.map_pages(page, len, writable));
            }
            17 => {
                let _ = self.both(|instance| instance.protect_pages(address, len));
            }
            18 => {
                let _ = self.both(|instance| instance.unprotect_pages(address, len));
            }
            _ => {
                let _ = self.both(|instance| instance.free_pages(page, len));
            }
        }
        self.both(|instance| look(instance, Ok(Exit::Step)));
    }
}

fn check(
    program: &Program,
    seed: u64,
    engines: [&Engine; 2],
    config: &ModuleConfig,
    exits_by_kind: &mut [u64; 7],
) {
    let blob = program.to_blob();
    let modules = engines.map(|engine| Module::new(engine, &blob, config));
    if let [Err(first), Err(second)] = &modules {
        return assert_eq!(first, second);
    }
    let modules = modules.map(Result::unwrap);
    let map = *modules[0].memory_map();
    let edges = vec![
        map.ro_data_address(),
        map.ro_data_address() + map.ro_data_size(),
        map.rw_data_address(),
        map.heap_base(),
        map.rw_data_address() + map.rw_data_size(),
        map.stack_low(),
        map.stack_high(),
        map.aux_address(),
        map.aux_address() + map.aux_size(),
        0,
    ];
    let mut both = Both {
        instances: modules.map(|module| Instance::new(&module).unwrap()),
        edges,
        code_bytes: program.code.len() as u32,
        starts: program.starts.clone(),
    };
    let mut random = Random::new(!seed);
    let random = &mut random;
    both.both(|instance| {
        for (reg, value) in Reg::ALL.into_iter().zip(program.regs) {
            instance.set_reg(reg, value);
        }
        instance.set_gas(400);
        instance.set_next(0);
    });
    for _ in 0..80 {
        let exit = both.both(|instance| instance.run());
        both.both(|instance| look(instance, exit.clone()));
        let kind = match &exit {
            Ok(Exit::Finished) => 0,
            Ok(Exit::HostCall(_)) => 1,
            Ok(Exit::Trap) => 2,
            Ok(Exit::OutOfGas) => 3,
            Ok(Exit::Segfault(fault)) => {
                if random.chance(70) {
                    let (address, writable) = (fault.page_address, random.chance(70));
                    let _ = match fault.write_protected {
                        true => both.both(|instance| instance.unprotect_pages(address, 1)),
                        false => both.both(|instance| instance.map_pages(address, 1, writable)),
                    };
                }
                4
            }
            Ok(Exit::Step) => 5,
            Err(RunError::NextUnset) => 6,
            Err(error) => panic!("{error}"),
        };
        exits_by_kind[kind] += 1;
        if matches!(kind, 0 | 2 | 6) && random.chance(90) {
            let (start, gas) = (both.start(random), random.below(100) as i64);
            both.both(|instance| {
                instance.set_gas(gas);
                instance.set_next(start);
            });
        } else if kind == 3 && random.chance(70) {
            let gas = random.below(100) as i64;
            both.both(|instance| instance.set_gas(gas));
        }
        for _ in 0..random.pick(&[0, 0, 1, 2, 4]) {
            both.meddle(random);
        }
    }
    let heap = both.both(|instance| instance.heap_size());
    for (address, len) in [
        (map.rw_data_address(), (map.heap_base() + heap - map.rw_data_address()).min(1 << 20)),
        (map.stack_low(), map.stack_size()),
        (map.aux_address(), PAGE),
        (map.ro_data_address(), map.ro_data_size()),
    ] {
        if config.dynamic_paging {
            for page in 0..len.div_ceil(PAGE) {
                let _ = both.both(|instance| instance.read_memory_vec(address + page * PAGE, PAGE));
            }
        } else {
            let _ = both.both(|instance| instance.read_memory_vec(address, len));
        }
    }
}

fn check_all(features: Option<Features>, config: &ModuleConfig) {
    let engine = |engine| Engine::new(EngineConfig { engine, features, ..EngineConfig::default() }).unwrap();
    let (first, second) = (engine(EngineChoice::Interpreter), engine(EngineChoice::Recompiler));
    for isa in InstructionSet::ALL {
        let mut exits = [0; 7];
        for seed in 0..PROGRAMS {
            let options = Options { loads_registers: seed.is_multiple_of(2), ..Options::varied(isa, seed) };
            let program = Program::generate(seed, &options);
            let checked = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
                check(&program, seed, [&first, &second], config, &mut exits);
            }));
            assert!(checked.is_ok(), "{isa}, seed {seed}, {config:?}\ncode {:02x?}", program.code);
        }
        println!("{isa}: {exits:?}");
        let [finished, host_calls, traps, out_of_gas, segfaults, steps, nowhere] = exits;
        // If these fail, the host has become too tame or too wild to compare anything.
        assert!(
            finished + host_calls + nowhere > PROGRAMS / 4 && traps > PROGRAMS && out_of_gas > PROGRAMS / 2
        );
        assert!(segfaults > PROGRAMS || !config.dynamic_paging);
        assert!(steps > PROGRAMS || !config.step_tracing);
    }
}

#[test]
fn engines_agree_whatever_the_host_does() {
    check_all(None, &config());
}

#[test]
fn engines_agree_with_the_pipeline_model() {
    check_all(Some(Features::BASELINE), &ModuleConfig { gas: Some(GasModel::PipelineFootprint), ..config() });
}

#[test]
fn engines_agree_at_every_step() {
    check_all(None, &ModuleConfig { step_tracing: true, ..config() });
}

#[test]
fn engines_agree_at_every_step_without_gas() {
    check_all(None, &ModuleConfig { gas: None, step_tracing: true, ..config() });
}

#[test]
fn engines_agree_under_dynamic_paging() {
    check_all(None, &ModuleConfig { dynamic_paging: true, ..config() });
}

#[test]
fn engines_agree_under_dynamic_paging_at_every_step() {
    check_all(None, &ModuleConfig { dynamic_paging: true, step_tracing: true, ..config() });
}
