// SPDX-License-Identifier: Apache-2.0
//! Runs a program on several oracles at once and stops at the first difference that is not explained.
//!
//! Compared at every exit: kind of exit, registers, gas, size of the heap, program counter, where execution goes on, with
//! step tracing also the instruction that was executed and the memory that it accessed; and memory at the end.
//! Exits are answered alike on all sides: a host call changes a register, sometimes memory or gas, out-of-gas gets more
//! gas, a page fault is mended in some way, a program that has ended is started somewhere else.

use std::collections::BTreeMap;

use revive_vm_executor::{Exit, MemoryMap, ModuleConfig, Reg, Segfault};
use revive_vm_primitives::Blob;

use crate::{
    generate::Program,
    oracle::{Explained, Loaded, Machine, Oracle, Paging, Seen},
    random::Random,
};

/// How far a comparison goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Gas for each start.
    pub gas: i64,
    /// Exits after which the program is left alone.
    pub exits: usize,
}

/// How often each kind of exit was compared, to see that the programs do something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the kinds of exits")]
pub struct Coverage {
    pub finished: u64,
    pub trap: u64,
    pub out_of_gas: u64,
    pub host_call: u64,
    pub segfault: u64,
    pub step: u64,
    /// Programs that all oracles reject.
    pub rejected: u64,
    /// Programs that not all oracles were asked about, to their end, and why.
    pub set_aside: BTreeMap<Explained, u64>,
}

impl Coverage {
    fn count(&mut self, exit: &Exit) {
        *match exit {
            Exit::Finished => &mut self.finished,
            Exit::Trap => &mut self.trap,
            Exit::OutOfGas => &mut self.out_of_gas,
            Exit::HostCall(_) => &mut self.host_call,
            Exit::Segfault(_) => &mut self.segfault,
            Exit::Step => &mut self.step,
        } += 1;
    }

    /// All exits that were compared.
    pub fn exits(&self) -> u64 {
        self.finished + self.trap + self.out_of_gas + self.host_call + self.segfault + self.step
    }

    /// Adds up what several comparisons covered.
    pub fn add(&mut self, other: &Self) {
        self.finished += other.finished;
        self.trap += other.trap;
        self.out_of_gas += other.out_of_gas;
        self.host_call += other.host_call;
        self.segfault += other.segfault;
        self.step += other.step;
        self.rejected += other.rejected;
        for (explained, count) in &other.set_aside {
            *self.set_aside.entry(*explained).or_default() += count;
        }
    }
}

/// A difference, and after how many exits it showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Exits before the one that differs.
    pub exits: usize,
    /// Who saw what.
    pub text: String,
}

/// Runs a program on all oracles. The same seed gives the same answers to its exits. True if all of them took part to the
/// end, false if one was set aside, which `coverage` counts.
///
/// # Errors
/// The first difference that is not explained.
pub fn compare(
    program: &Program,
    seed: u64,
    oracles: &[&dyn Oracle],
    config: &ModuleConfig,
    limits: Limits,
    coverage: &mut Coverage,
) -> Result<bool, Difference> {
    let blob = program.to_blob();
    let mut set_aside = None;
    let mut loaded = Vec::with_capacity(oracles.len());
    for oracle in oracles {
        match oracle.sets_aside(program, config) {
            Some(why) => set_aside = Some(why),
            None => loaded.push((*oracle, oracle.load(&blob, config))),
        }
    }
    let outcome = compare_loaded(program, &blob, seed, loaded, config, limits, coverage)?;
    set_aside = set_aside.or(outcome);
    if let Some(why) = set_aside {
        *coverage.set_aside.entry(why).or_default() += 1;
    }
    Ok(set_aside.is_none())
}

type LoadResult<'a> = (&'a dyn Oracle, Result<Box<dyn Loaded>, String>);

fn compare_loaded(
    program: &Program,
    blob: &[u8],
    seed: u64,
    loaded: Vec<LoadResult<'_>>,
    config: &ModuleConfig,
    limits: Limits,
    coverage: &mut Coverage,
) -> Result<Option<Explained>, Difference> {
    let mut fields = Vec::with_capacity(loaded.len());
    let mut rejections = Vec::new();
    for (oracle, result) in loaded {
        match result {
            Ok(module) => {
                let machine = module.instance().map_err(trouble(0, oracle))?;
                fields.push(Field { oracle, module, machine });
            }
            Err(why) => rejections.push(format!("{} rejects: {why}", oracle.name())),
        }
    }
    if !rejections.is_empty() {
        if fields.is_empty() {
            coverage.rejected += 1;
            return Ok(None);
        }
        let accepting: Vec<String> = fields.iter().map(|field| field.oracle.name()).collect();
        let text = format!("{}; not so {}", rejections.join("; "), accepting.join(", "));
        return Err(Difference { exits: 0, text });
    }
    let parsed = Blob::parse(blob).map_err(|error| Difference { exits: 0, text: error.to_string() })?;
    let map = fields.iter().find_map(|field| field.module.memory_map());
    let map = map.ok_or(Difference { exits: 0, text: "no oracle knows where memory is".into() })?;
    let code = parsed.code();
    let block_starts = program.starts.iter().copied().filter(|start| code.is_jump_target(*start)).collect();
    let mut run = Run {
        program,
        parsed,
        block_starts,
        map,
        config,
        limits,
        fields,
        random: Random::new(!seed),
        pages: BTreeMap::new(),
        explained: None,
    };
    run.all(coverage)?;
    run.compare_memory()?;
    Ok(run.explained)
}

fn trouble(exits: usize, oracle: &dyn Oracle) -> impl Fn(String) -> Difference + '_ {
    move |error| Difference { exits, text: format!("{}: {error}", oracle.name()) }
}

/// One oracle at work.
struct Field<'a> {
    oracle: &'a dyn Oracle,
    module: Box<dyn Loaded>,
    machine: Box<dyn Machine>,
}

/// One program at work on all oracles.
struct Run<'a> {
    program: &'a Program,
    parsed: Blob<'a>,
    /// Offsets that the program can jump to.
    block_starts: Vec<u32>,
    map: MemoryMap,
    config: &'a ModuleConfig,
    limits: Limits,
    fields: Vec<Field<'a>>,
    random: Random,
    /// With dynamic paging: the pages that are mapped, and whether they are writable.
    pages: BTreeMap<u32, bool>,
    explained: Option<Explained>,
}

impl Run<'_> {
    fn all(&mut self, coverage: &mut Coverage) -> Result<(), Difference> {
        let (isa, regs, gas) = (self.program.isa, self.program.regs, self.limits.gas);
        for (reg, value) in Reg::ALL.into_iter().zip(regs) {
            let value = self.value(isa, value);
            self.each(|machine| machine.set_reg(reg, value));
        }
        self.each(|machine| machine.set_gas(gas));
        self.each(|machine| machine.set_next(0));
        for exits in 0..self.limits.exits {
            let seen = self.step(exits)?;
            coverage.count(&seen.exit);
            if exits + 1 == self.limits.exits || !self.answer(exits, &seen)? {
                break;
            }
        }
        Ok(())
    }

    /// The value that a host gives a register, as all oracles understand it.
    fn value(&self, isa: revive_vm_executor::InstructionSet, value: u64) -> u64 {
        self.fields.iter().fold(value, |value, field| field.oracle.register_value(isa, value))
    }

    fn each(&mut self, mut change: impl FnMut(&mut dyn Machine)) {
        for field in &mut self.fields {
            change(&mut *field.machine);
        }
    }

    /// Does something that must succeed or fail alike.
    fn alike(
        &mut self,
        exits: usize,
        what: &str,
        mut change: impl FnMut(&mut dyn Machine) -> bool,
    ) -> Result<bool, Difference> {
        let mut results = self.fields.iter_mut().map(|field| change(&mut *field.machine));
        let first = results.next().unwrap_or(false);
        let others: Vec<bool> = results.collect();
        if others.iter().any(|other| *other != first) {
            let text = format!("{what}: {first} {others:?} for {:?}", self.names());
            return Err(Difference { exits, text });
        }
        Ok(first)
    }

    fn names(&self) -> Vec<String> {
        self.fields.iter().map(|field| field.oracle.name()).collect()
    }

    /// Runs all of them to the next exit. Those whose difference is explained drop out.
    fn step(&mut self, exits: usize) -> Result<Seen, Difference> {
        let mut first: Option<Seen> = None;
        let mut index = 0;
        while index < self.fields.len() {
            let field = &mut self.fields[index];
            let seen = field.machine.run().map_err(trouble(exits, field.oracle))?;
            match &first {
                None => first = Some(seen),
                Some(expected) if expected.agrees(&seen) => {}
                Some(expected) => {
                    let Some(why) = field.oracle.explains(expected, &seen, self.config) else {
                        let names = (self.fields[0].oracle.name(), self.fields[index].oracle.name());
                        let text = format!("{}: {expected:x?}\n{}: {seen:x?}", names.0, names.1);
                        return Err(Difference { exits, text });
                    };
                    self.explained = Some(why);
                    self.fields.remove(index);
                    continue;
                }
            }
            index += 1;
        }
        first.ok_or(Difference { exits, text: "no oracle".into() })
    }

    /// Answers an exit. False if the program is to be left alone.
    fn answer(&mut self, exits: usize, seen: &Seen) -> Result<bool, Difference> {
        match seen.exit {
            Exit::Step => {}
            Exit::HostCall(number) => self.host_call(exits, number, seen.gas)?,
            Exit::OutOfGas => {
                if self.random.chance(30) {
                    return Ok(false);
                }
                let more = 1 + self.random.below(40) as i64;
                self.each(|machine| machine.set_gas(seen.gas + more));
            }
            // The last page stays away: an access that ends exactly at the end of the address space is a trap for one
            // oracle, and is no exit at all by the rule (memory map, section 6). A test of its own pins it.
            Exit::Segfault(fault) if fault.page_address < 0xffff_0000 => self.page_fault(exits, fault)?,
            Exit::Finished | Exit::Trap | Exit::Segfault(_) => self.start_again(exits, seen)?,
        }
        Ok(true)
    }

    /// A host function that changes something.
    fn host_call(&mut self, exits: usize, number: u32, gas: i64) -> Result<(), Difference> {
        let reg = Reg::ALL[number as usize % Reg::COUNT];
        let value = self.value(self.program.isa, u64::from(number) << (number % 40));
        self.each(|machine| machine.set_reg(reg, value));
        if self.random.chance(30) {
            self.each(|machine| machine.set_gas(gas + 5));
        }
        if self.random.chance(20) && !self.config.dynamic_paging {
            let byte = self.random.byte();
            let address = self.map.rw_data_address() + u32::from(byte) * 8;
            self.alike(exits, "writing memory", |machine| machine.write_memory(address, &[byte; 8]))?;
        }
        Ok(())
    }

    fn page_fault(&mut self, exits: usize, fault: Segfault) -> Result<(), Difference> {
        let (address, size) = (fault.page_address, fault.page_size);
        let change = match fault.write_protected {
            true => Paging::Unprotect,
            false => Paging::Map { writable: self.random.chance(70) },
        };
        let writable = !matches!(change, Paging::Map { writable: false });
        if !self.alike(exits, "mapping a page", |machine| machine.page(address, size, change))? {
            return Ok(());
        }
        self.pages.insert(address, writable);
        if writable && self.random.chance(30) {
            let byte = self.random.byte();
            let bytes = vec![byte; size as usize];
            self.alike(exits, "filling a page", |machine| machine.write_memory(address, &bytes))?;
        }
        // Now and then something happens to another page too.
        if self.random.chance(20) {
            let pages: Vec<u32> = self.pages.keys().copied().collect();
            let page = self.random.pick(&pages);
            let change = if self.random.chance(50) { Paging::Protect } else { Paging::Free };
            self.alike(exits, "changing a page", |machine| machine.page(page, size, change))?;
            match change {
                Paging::Free => drop(self.pages.remove(&page)),
                _ => drop(self.pages.insert(page, false)),
            }
        }
        Ok(())
    }

    /// Starts an ended program somewhere else, with another amount of gas: every amount must stop at the same place.
    fn start_again(&mut self, exits: usize, seen: &Seen) -> Result<(), Difference> {
        let program = self.program;
        let code = self.parsed.code();
        let offset = match self.random.below(16) {
            // Anything, also behind the end.
            0..2 => self.random.below(program.code.len() + 2) as u32,
            // An instruction, mostly inside a block.
            2..5 if !program.starts.is_empty() => self.random.pick(&program.starts),
            // A block.
            _ if !self.block_starts.is_empty() => self.random.pick(&self.block_starts),
            _ => 0,
        };
        let is_ordinary =
            code.block_start(offset).is_some_and(|block| block == 0 || code.is_jump_target(block));
        if !is_ordinary {
            self.renew(exits, seen)?;
        }
        let gas = if self.random.chance(50) { self.limits.gas } else { self.random.below(40) as i64 };
        self.each(|machine| machine.set_gas(gas));
        self.each(|machine| machine.set_next(offset));
        Ok(())
    }

    /// Replaces the machines that do not forget by new ones in the same state.
    fn renew(&mut self, exits: usize, seen: &Seen) -> Result<(), Difference> {
        let ranges = self.ranges(seen.heap);
        let Some((first, others)) = self.fields.split_first_mut() else { return Ok(()) };
        for field in others.iter_mut().filter(|field| !field.machine.forgets()) {
            let trouble = trouble(exits, field.oracle);
            let mut machine = field.module.instance().map_err(&trouble)?;
            for (reg, value) in Reg::ALL.into_iter().zip(seen.regs) {
                machine.set_reg(reg, value);
            }
            if !self.config.dynamic_paging && seen.heap > 0 && !machine.grow_heap(seen.heap) {
                return Err(trouble("the heap does not grow as it did".into()));
            }
            for (address, len) in &ranges {
                let mut bytes = vec![0; *len as usize];
                let size = self.config.page_size;
                let mapped = !self.config.dynamic_paging
                    || machine.page(*address, size, Paging::Map { writable: true });
                let copied = mapped
                    && first.machine.read_memory(*address, &mut bytes)
                    && machine.write_memory(*address, &bytes);
                if !copied {
                    return Err(trouble(format!("memory at {address:#x} cannot be copied")));
                }
                if self.config.dynamic_paging && !self.pages[address] {
                    machine.page(*address, size, Paging::Protect);
                }
            }
            field.machine = machine;
        }
        Ok(())
    }

    /// Memory that the guest can have changed: addresses and lengths.
    fn ranges(&self, heap: u32) -> Vec<(u32, u32)> {
        let (map, page) = (&self.map, self.config.page_size);
        if self.config.dynamic_paging {
            return self.pages.keys().map(|address| (*address, page)).collect();
        }
        let rw_bytes = map.heap_base() + heap - map.rw_data_address();
        vec![
            (map.rw_data_address(), rw_bytes.next_multiple_of(page).max(map.rw_data_size())),
            (map.stack_low(), map.stack_size()),
        ]
    }

    /// Compares all of memory that the guest can have changed, and what it cannot.
    fn compare_memory(&mut self) -> Result<(), Difference> {
        let exits = self.limits.exits;
        let heap = match self.fields.first_mut() {
            Some(field) if !self.config.dynamic_paging => field.machine.heap(),
            _ => 0,
        };
        let mut ranges = self.ranges(heap);
        if !self.config.dynamic_paging {
            ranges.push((self.map.ro_data_address(), self.map.ro_data_size()));
        }
        let longest = ranges.iter().map(|(_, len)| *len as usize).max().unwrap_or(0);
        let [mut expected, mut found] = [vec![0; longest], vec![0; longest]];
        for (address, len) in ranges {
            let (expected, found) = (&mut expected[..len as usize], &mut found[..len as usize]);
            let Some((first, others)) = self.fields.split_first_mut() else { return Ok(()) };
            let readable = first.machine.read_memory(address, expected);
            for field in others {
                let name = || field.oracle.name();
                let text = if field.machine.read_memory(address, found) != readable {
                    format!("{}: memory at {address:#x} is readable only on one side", name())
                } else if readable && expected != found {
                    let at = (0..expected.len()).find(|at| expected[*at] != found[*at]).unwrap_or(0);
                    let place = address + at as u32;
                    format!("{}: {:#x} at {place:#x} instead of {:#x}", name(), found[at], expected[at])
                } else {
                    continue;
                };
                return Err(Difference { exits, text });
            }
        }
        Ok(())
    }
}
