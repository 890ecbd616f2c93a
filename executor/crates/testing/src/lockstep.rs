// SPDX-License-Identifier: Apache-2.0
//! Runs a program on two engines at once and stops at the first difference.
//!
//! Compared at every exit: kind of exit, registers, gas, program counter, where execution goes on, with step tracing also
//! the instruction that was executed and the memory that it accessed; and memory at the end.
//! Exits are answered alike on both sides: a host call changes a register, sometimes memory or gas, out-of-gas gets more
//! gas, a program that has ended is started somewhere else.

use revive_vm_executor::{
    trace::{Step, Tracer},
    Engine, Exit, Instance, Module, ModuleConfig, Reg,
};

use crate::{generate::Program, random::Random};

/// How far a comparison goes.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Gas for each start.
    pub gas: i64,
    /// Exits after which the program is left alone.
    pub exits: usize,
}

/// How often each kind of exit was compared, to see that the programs do something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the kinds of exits")]
pub struct Coverage {
    pub finished: u64,
    pub trap: u64,
    pub out_of_gas: u64,
    pub host_call: u64,
    pub other: u64,
    /// Programs that both engines reject.
    pub rejected: u64,
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

    /// All exits that were compared.
    pub fn exits(&self) -> u64 {
        self.finished + self.trap + self.out_of_gas + self.host_call + self.other
    }
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
    /// The instruction that was executed, with step tracing.
    step: Option<Step>,
}

fn run(instance: &mut Instance, tracer: &mut Tracer) -> Result<Seen, String> {
    let (exit, step) = tracer.run(instance).map_err(|error| error.to_string())?;
    Ok(Seen {
        exit,
        step,
        pc: instance.pc(),
        next: instance.next(),
        gas: instance.gas(),
        heap: instance.heap_size(),
        regs: Reg::ALL.map(|reg| instance.reg(reg)),
    })
}

/// Runs a program on both engines. The same seed gives the same answers to its exits.
///
/// # Errors
/// The first difference, and the program.
pub fn compare(
    program: &Program,
    seed: u64,
    engines: [&Engine; 2],
    config: &ModuleConfig,
    limits: Limits,
    coverage: &mut Coverage,
) -> Result<(), String> {
    compare_quietly(program, seed, engines, config, limits, coverage).map_err(|difference| {
        format!(
            "{}, seed {seed}: {} and {} differ: {difference}\n{config:?}\ncode {:02x?}\nstarts {:?}\njump table {:?}",
            program.isa,
            engines[0].engine_name(),
            engines[1].engine_name(),
            program.code,
            program.starts,
            program.jump_table,
        )
    })
}

fn compare_quietly(
    program: &Program,
    seed: u64,
    engines: [&Engine; 2],
    config: &ModuleConfig,
    limits: Limits,
    coverage: &mut Coverage,
) -> Result<(), String> {
    let blob = program.to_blob();
    let [first, second] = engines.map(|engine| Module::new(engine, &blob, config));
    let modules = match (first, second) {
        (Ok(first), Ok(second)) => [first, second],
        (Err(first), Err(second)) if first == second => {
            coverage.rejected += 1;
            return Ok(());
        }
        (first, second) => return Err(format!("one rejects: {:?}, {:?}", first.err(), second.err())),
    };
    let mut instances = Vec::with_capacity(2);
    for module in &modules {
        instances.push(Instance::new(module).map_err(|trouble| trouble.to_string())?);
    }
    let [first, second] = &mut instances[..] else { return Err("two engines".into()) };
    let mut tracers = [Tracer::default(), Tracer::default()];
    let mut both = |change: &dyn Fn(&mut Instance)| {
        change(first);
        change(second);
        [run(first, &mut tracers[0]), run(second, &mut tracers[1])]
    };
    let mut random = Random::new(!seed);
    let mut offset = 0;
    let mut seen = both(&|instance| {
        for (reg, value) in Reg::ALL.into_iter().zip(program.regs) {
            instance.set_reg(reg, value);
        }
        instance.set_gas(limits.gas);
        instance.set_next(0);
    });
    for index in 0..limits.exits {
        let [first, second] = seen;
        let (first, second) = (first?, second?);
        if first != second {
            return Err(format!("exit {index}, last start at {offset}\n{first:x?}\n{second:x?}"));
        }
        coverage.count(&first.exit);
        let gas = first.gas;
        seen = match first.exit {
            Exit::HostCall(number) => {
                let more = random.chance(30);
                let write = random.chance(20);
                let value = random.below(256) as u8;
                both(&|instance| {
                    let reg = Reg::ALL[number as usize % Reg::COUNT];
                    instance.set_reg(reg, u64::from(number) << (number % 40));
                    if more {
                        instance.set_gas(gas + 5);
                    }
                    if write {
                        let address = instance.module().memory_map().rw_data_address() + u32::from(value) * 8;
                        // Whether it can be written is compared by comparing memory.
                        let _ = instance.write_memory(address, &[value; 8]);
                    }
                })
            }
            Exit::OutOfGas => {
                if random.chance(30) {
                    break;
                }
                let more = 1 + random.below(40) as i64;
                both(&|instance| instance.set_gas(gas + more))
            }
            Exit::Step => both(&|_| ()),
            Exit::Segfault(fault) => {
                let writable = random.chance(70);
                let (page, size) = (fault.page_address, fault.page_size);
                both(&|instance| {
                    let _ = if fault.write_protected {
                        instance.unprotect_pages(page, size)
                    } else {
                        instance.map_pages(page, size, writable)
                    };
                })
            }
            Exit::Finished | Exit::Trap => {
                offset = if random.chance(20) || program.starts.is_empty() {
                    random.below(program.code.len() + 2) as u32
                } else {
                    random.pick(&program.starts)
                };
                // Every amount of gas must stop at the same place.
                let gas = if random.chance(50) { limits.gas } else { random.below(40) as i64 };
                both(&|instance| {
                    instance.set_gas(gas);
                    instance.set_next(offset);
                })
            }
        };
    }
    compare_memory(first, second)
}

/// Compares all of memory that is accessible.
fn compare_memory(first: &Instance, second: &Instance) -> Result<(), String> {
    let module = first.module().clone();
    let map = module.memory_map();
    let page = module.config().page_size;
    let rw_bytes = map.heap_base() + first.heap_size() - map.rw_data_address();
    for (start, bytes) in [
        (map.ro_data_address(), map.ro_data_size()),
        (map.rw_data_address(), rw_bytes.next_multiple_of(page).max(map.rw_data_size())),
        (map.stack_low(), map.stack_high() - map.stack_low()),
    ] {
        for address in (start..start + bytes).step_by(page as usize) {
            let [ours, theirs] = [first, second].map(|instance| instance.read_memory_vec(address, page));
            if ours != theirs {
                return Err(format!("memory of the page at {address:#x} differs: {ours:x?}\n{theirs:x?}"));
            }
        }
    }
    Ok(())
}
