// SPDX-License-Identifier: Apache-2.0
//! Compares the interpreter with the straightforward one in `reference`: every instruction on boundary values, and
//! random programs stop by stop.

mod reference;

use core::fmt::Display;
use reference::{Reference, Resume, MEMORY_BYTES_MAX};
use revive_vm_interpreter::{Config, Instance, Module};
use revive_vm_primitives::{
    Code, CodeBuilder, Exit, Format, GasModel, Instruction, InstructionSet, MemoryMap, Opcode, Reg,
    RETURN_ADDRESS,
};

/// Values at which arithmetic changes its behaviour.
const BOUNDARIES: [u64; 22] = [
    0,
    1,
    2,
    31,
    32,
    33,
    63,
    64,
    0x7f,
    0x80,
    0x7fff,
    0x8000,
    0x1234_5678_9abc_def0,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0xffff_ffff_8000_0000,
    0xffff_ffff_ffff_fffe,
    0xffff_ffff_ffff_ffff,
];

const IMMEDIATES: [i32; 14] = [0, 1, -1, 5, 31, 32, 33, 63, 64, -64, 0x7f, i32::MAX, i32::MIN, 0x1234_5678];

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 32) as usize % limit
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

fn map() -> MemoryMap {
    MemoryMap::new(4096, 5000, 9000, 4096, 8192).unwrap()
}

fn ro() -> Vec<u8> {
    (0..5000u32).map(|n| (n * 7) as u8).collect()
}

fn rw() -> Vec<u8> {
    (0..6000u32).map(|n| (n * 11 + 128) as u8).collect()
}

/// Addresses around the ends of all regions, and bad ones.
fn addresses() -> Vec<u64> {
    let map = map();
    let ends = [
        map.ro_data_address(),
        map.ro_data_address() + 5000,
        map.ro_data_address() + map.ro_data_size(),
        map.rw_data_address(),
        map.rw_data_address() + map.rw_data_size(),
        map.stack_low(),
        map.stack_high(),
        map.aux_address(),
        map.aux_address() + map.aux_size(),
        0,
        RETURN_ADDRESS,
    ];
    let around = |end: u32| [-9, -8, -7, -4, -2, -1, 0, 1].map(move |by| (i64::from(end) + by) as u64);
    ends.into_iter().flat_map(around).collect()
}

fn config(gas: Option<GasModel>, step_tracing: bool) -> Config {
    Config { gas, step_tracing, memory_bytes_max: MEMORY_BYTES_MAX, ..Config::default() }
}

fn check(what: &dyn Display, instance: &mut Instance, reference: &mut Reference<'_>) {
    for reg in Reg::ALL {
        assert_eq!(instance.reg(reg), reference.regs[reg as usize], "{what}: {}", reg.name());
    }
    assert_eq!(instance.gas(), reference.gas, "{what}: gas");
    assert_eq!(instance.pc(), reference.pc, "{what}: pc");
    assert_eq!(instance.next(), reference.next, "{what}: next");
    assert_eq!(u64::from(instance.heap_size()), reference.heap, "{what}: heap");
}

fn check_memory(what: &dyn Display, instance: &Instance, reference: &Reference<'_>) {
    for region in &reference.regions {
        let len = region.bytes.len() as u32;
        let bytes = instance.read_memory_vec(region.start, len).unwrap();
        assert!(bytes == region.bytes, "{what}: memory at {:#x}", region.start);
        let end = region.start + len;
        assert!(!instance.memory_accessible(end, 1, false), "{what}: behind {:#x}", region.start);
    }
}

/// Runs until nothing can be resumed, or `stops` times; gas is added after each stop.
fn compare(what: &str, instance: &mut Instance, reference: &mut Reference<'_>, stops: usize, more_gas: i64) {
    for stop in 0..stops {
        let exit = instance.run().unwrap();
        let what = format!("{what}, stop {stop} ({exit})");
        assert_eq!(exit, reference.run(), "{what}");
        check(&what, instance, reference);
        check_memory(&what, instance, reference);
        if reference.next.is_none() || exit == Exit::Trap {
            return;
        }
        instance.set_gas(instance.gas() + more_gas);
        reference.gas += more_gas;
    }
}

/// One instruction with these operands, followed by a trap.
fn one(isa: InstructionSet, instruction: Instruction) -> Vec<u8> {
    let mut builder = CodeBuilder::new(isa);
    builder.push(instruction).push(Instruction::new(Opcode::Trap));
    builder.finish().unwrap().to_section()
}

fn run_one(isa: InstructionSet, instruction: Instruction, values: &mut dyn FnMut(Reg) -> u64, times: usize) {
    let section = one(isa, instruction);
    let code = Code::parse(isa, &section).unwrap();
    let module = Module::from_code(&code, map(), &ro(), &rw(), &config(Some(GasModel::Flat), false)).unwrap();
    let mut instance = Instance::new(&module);
    let mut reference = Reference::new(code, map(), &ro(), &rw(), Some(GasModel::Flat));
    for _ in 0..times {
        for reg in Reg::ALL {
            instance.set_reg(reg, values(reg));
            reference.regs[reg as usize] = instance.reg(reg);
        }
        let before = reference.regs;
        instance.set_gas(100);
        reference.gas = 100;
        instance.set_next(0);
        reference.set_next(0);
        let what = format_args!("{isa} {instruction:?} with {before:x?}");
        let exit = instance.run().unwrap();
        assert_eq!(exit, reference.run(), "{what}");
        check(&what, &mut instance, &mut reference);
    }
    check_memory(&format_args!("{isa} {instruction:?}"), &instance, &reference);
}

#[test]
fn every_computation_agrees_on_all_pairs_of_boundary_values() {
    for isa in InstructionSet::ALL {
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        for opcode in Opcode::ALL.into_iter().filter(|opcode| isa.byte(*opcode).is_some()) {
            let instruction = Instruction { d: Reg::A0, s: Reg::A1, t: Reg::A2, ..Instruction::new(opcode) };
            match opcode.format() {
                Format::RegRegReg => {
                    let mut pairs = BOUNDARIES.iter().flat_map(|a| BOUNDARIES.iter().map(move |b| (*a, *b)));
                    let mut pair = (0, 0);
                    let mut values = |reg| match reg {
                        Reg::Ra => {
                            pair = pairs.next().unwrap();
                            0x5555
                        }
                        Reg::A1 => pair.0,
                        Reg::A2 => pair.1,
                        _ => 0xaaaa_aaaa_aaaa_aaaa,
                    };
                    run_one(isa, instruction, &mut values, BOUNDARIES.len() * BOUNDARIES.len());
                    // The destination can be a source.
                    for (d, s, t) in [
                        (Reg::A0, Reg::A0, Reg::A1),
                        (Reg::A0, Reg::A1, Reg::A0),
                        (Reg::T0, Reg::T0, Reg::T0),
                    ] {
                        let mut values = |_| random.pick(&BOUNDARIES);
                        run_one(isa, Instruction { d, s, t, ..instruction }, &mut values, 10);
                    }
                }
                Format::RegReg if opcode != Opcode::Sbrk => {
                    let mut all = BOUNDARIES.iter().cycle();
                    let mut values = |reg| if reg == Reg::A1 { *all.next().unwrap() } else { 7 };
                    run_one(isa, instruction, &mut values, BOUNDARIES.len());
                }
                Format::RegRegImm => {
                    for i in IMMEDIATES {
                        let mut all = BOUNDARIES.iter().cycle();
                        let mut values =
                            |reg| if reg == Reg::A1 { *all.next().unwrap() } else { 0x1_8899_aabb };
                        run_one(isa, Instruction { i, ..instruction }, &mut values, BOUNDARIES.len());
                    }
                }
                _ => {}
            }
        }
    }
}

#[test]
fn every_memory_instruction_agrees_at_the_ends_of_all_regions() {
    let addresses = addresses();
    for isa in InstructionSet::ALL {
        for opcode in Opcode::ALL.into_iter().filter(|opcode| isa.byte(*opcode).is_some()) {
            let name = opcode.mnemonic();
            let is_access =
                name.starts_with("load_") && !name.starts_with("load_imm") || name.starts_with("store_");
            if !is_access {
                continue;
            }
            let base = Instruction { d: Reg::A0, s: Reg::A1, j: -0x7654_3211, ..Instruction::new(opcode) };
            for address in &addresses {
                let value = 0xf1e2_d3c4_b5a6_9788;
                // Through the immediate, through a register, through the stack pointer, and with a sum that wraps.
                if !name.contains("indirect") {
                    run_one(isa, Instruction { i: *address as i32, ..base }, &mut |_| value, 1);
                    continue;
                }
                let pointer = if name.starts_with("store_imm") { Reg::A0 } else { Reg::A1 };
                for (i, upper) in [(0, 0u64), (-0x1003, 0xdead_beef << 32)] {
                    let at = address.wrapping_sub(i64::from(i) as u64) ^ upper;
                    run_one(
                        isa,
                        Instruction { i, ..base },
                        &mut |reg| if reg == pointer { at } else { value },
                        1,
                    );
                    let on_stack = if pointer == Reg::A0 {
                        Instruction { d: Reg::Sp, i, ..base }
                    } else {
                        Instruction { s: Reg::Sp, i, ..base }
                    };
                    run_one(isa, on_stack, &mut |reg| if reg == Reg::Sp { at } else { value }, 1);
                }
            }
        }
    }
}

#[test]
fn memset_and_sbrk_agree() {
    let addresses = addresses();
    for isa in [InstructionSet::Latest32, InstructionSet::Latest64] {
        for address in &addresses {
            for count in [0, 1, 5, 90, 98, 99, 100, 5000, 1 << 32, (1 << 32) + 3] {
                let mut values = |reg| match reg {
                    Reg::A0 => *address | 0x77 << 32,
                    Reg::A1 => 0x1234_56ab,
                    Reg::A2 => count,
                    _ => 0,
                };
                run_one(isa, Instruction::new(Opcode::Memset), &mut values, 1);
            }
        }
        for size in [0, 1, 100, 4096, 70_000, 900_000, 1 << 20, u64::from(u32::MAX), 1 << 32, u64::MAX] {
            for (d, s) in [(Reg::A0, Reg::A1), (Reg::A1, Reg::A1)] {
                let sbrk = Instruction { d, s, ..Instruction::new(Opcode::Sbrk) };
                run_one(isa, sbrk, &mut |_| size, 1);
            }
        }
    }
}

/// A random instruction with operands that mostly make sense.
fn instruction(isa: InstructionSet, random: &mut Random) -> Instruction {
    let opcode = loop {
        let opcode = random.pick(&Opcode::ALL);
        // Terminators are a third of all opcodes; programs of one-instruction blocks are not what is wanted.
        let keep = !opcode.is_terminator() || random.below(4) == 0;
        if isa.byte(opcode).is_some() && keep {
            break opcode;
        }
    };
    let small = random.next() as i32 >> random.pick(&[16, 20, 24, 28, 31]);
    let registers = [Reg::A0, Reg::A1, Reg::A2, Reg::Sp, Reg::S0, Reg::T0, Reg::A5];
    let mut reg = || random.pick(&registers);
    let (d, s, t) = (reg(), reg(), reg());
    let i = match opcode.format() {
        Format::RegImm | Format::ImmImm if opcode != Opcode::JumpIndirect => random.pick(&addresses()) as i32,
        _ => small,
    };
    let j = if random.below(2) == 0 { random.next() as i32 } else { small };
    Instruction { opcode, d, s, t, i, j, k: random.next(), target: random.below(200) as u32 }
}

/// A program whose jumps mostly go to blocks.
fn program(isa: InstructionSet, random: &mut Random) -> Vec<u8> {
    let mut builder = CodeBuilder::new(isa);
    let labels: Vec<_> = (0..1 + random.below(8)).map(|_| builder.label()).collect();
    let mut bound = 0;
    for position in 0..4 + random.below(40) {
        let next = instruction(isa, random);
        if bound < labels.len() && (position == 0 || random.below(5) == 0) {
            if random.below(10) > 0 {
                builder.push(Instruction::new(Opcode::Fallthrough));
            }
            builder.bind(labels[bound]);
            bound += 1;
        }
        if next.opcode.format().has_target() && random.below(8) > 0 {
            builder.push_to(next, random.pick(&labels));
        } else {
            builder.push(next);
        }
        // Validation would refuse almost all of these.
        if isa != InstructionSet::JamV1 && random.below(40) == 0 {
            let len = random.below(30);
            let bytes: Vec<u8> = (0..len).map(|_| random.next() as u8).collect();
            builder.raw(&bytes, random.below(2) == 0);
        }
    }
    for label in &labels[bound..] {
        builder.bind(*label);
    }
    if isa == InstructionSet::JamV1 {
        builder.push(Instruction::new(Opcode::Trap));
    }
    for label in &labels {
        builder.jump_table_entry(*label);
    }
    builder.finish().unwrap().to_section()
}

/// Bytes that were not made by an encoder.
fn noise(isa: InstructionSet, random: &mut Random) -> Vec<u8> {
    let len = random.below(120);
    let mut code: Vec<u8> =
        (0..len).map(|_| random.next() as u8 & random.pick(&[0xff, 0x0f, 0x07])).collect();
    let mut bitmask = vec![0u8; len.div_ceil(8)];
    let mut at = if random.below(10) > 0 { 0 } else { random.below(4) };
    while at < len {
        bitmask[at / 8] |= 1 << (at % 8);
        if random.below(20) > 0 {
            code[at] = isa.byte(instruction(isa, random).opcode).unwrap();
        }
        at += if random.below(30) == 0 { 26 + random.below(10) } else { 1 + random.below(8) };
    }
    let table: Vec<u8> = (0..random.below(6)).map(|_| random.below(len.max(1)) as u8).collect();
    // The section: number and size of the jump table's entries, length of the code, each in one byte.
    let mut section = vec![table.len() as u8, 1, len as u8];
    section.extend(&table);
    section.extend(&code);
    section.extend(&bitmask);
    section
}

#[test]
fn random_programs_agree_at_every_stop() {
    let addresses = addresses();
    for isa in InstructionSet::ALL {
        let mut random = Random(0x2545_f491_4f6c_dd1d);
        let mut finished = 0;
        for number in 0..2000 {
            let section = if number % 3 == 0 { noise(isa, &mut random) } else { program(isa, &mut random) };
            let code = Code::parse(isa, &section).unwrap();
            if code.validate().is_err() {
                continue;
            }
            let models = [
                None,
                Some(GasModel::Flat),
                Some(GasModel::PipelineL1),
                Some(GasModel::PipelineL2),
                Some(GasModel::PipelineFootprint),
            ];
            let model = models[number % 5];
            // Enough for a few blocks.
            let (gas, more_gas) = match model {
                None => (1000, 0),
                Some(GasModel::Flat) => (random.below(60) as i64, 25),
                Some(_) => (random.below(300) as i64, 100),
            };
            let tracing = number % 4 == 0;
            let module = Module::from_code(&code, map(), &ro(), &rw(), &config(model, false)).unwrap();
            assert!(
                module.resident_bytes() <= Module::resident_bytes_max(&code, &ro(), &rw(), module.config())
            );
            let mut instance = Instance::new(&module);
            let mut reference = Reference::new(code, map(), &ro(), &rw(), model);
            for reg in Reg::ALL {
                let value = match random.below(3) {
                    0 => random.pick(&BOUNDARIES),
                    1 => random.pick(&addresses),
                    _ => random.pick(&[2, 4, 6, 8, u64::from(RETURN_ADDRESS)]),
                };
                instance.set_reg(reg, value);
                reference.regs[reg as usize] = instance.reg(reg);
            }
            // Without metering a program may not end; the few that this would happen to are not run.
            let start = if random.below(3) > 0 { 0 } else { random.below(code.len() as usize + 2) as u32 };
            instance.set_gas(gas);
            reference.gas = gas;
            instance.set_next(start);
            reference.set_next(start);
            if model.is_none() {
                let mut bounded = reference.clone();
                (bounded.gas_model, bounded.gas) = (Some(GasModel::Flat), 3000);
                if (0..20).any(|_| bounded.next.is_some() && bounded.run() == Exit::OutOfGas) {
                    continue;
                }
            }
            let before = reference.clone();
            let what = format!("{isa} program {number}");
            compare(&what, &mut instance, &mut reference, 12, more_gas);
            finished += usize::from(reference.next.is_none());

            if tracing {
                compare_steps(&what, &code, before, more_gas);
            }
        }
        assert!(finished > 250, "{isa}: only {finished} programs came to an end");
    }
}

/// The same with step tracing: each instruction is announced once, and the results are the same.
fn compare_steps(what: &str, code: &Code<'_>, mut reference: Reference<'_>, more_gas: i64) {
    let module = Module::from_code(code, map(), &ro(), &rw(), &config(reference.gas_model, true)).unwrap();
    assert!(module.resident_bytes() <= Module::resident_bytes_max(code, &ro(), &rw(), module.config()));
    let mut instance = Instance::new(&module);
    for reg in Reg::ALL {
        instance.set_reg(reg, reference.regs[reg as usize]);
    }
    instance.set_gas(reference.gas);
    instance.set_next(reference.next.unwrap());
    let mut announced = false;
    for stop in 0..12 {
        let mut steps = Vec::new();
        let exit = loop {
            match instance.run().unwrap() {
                Exit::Step => steps.push(instance.pc().unwrap()),
                exit => break exit,
            }
        };
        reference.trace.clear();
        let what = format!("{what} traced, stop {stop} ({exit})");
        assert_eq!(exit, reference.run(), "{what}");
        check(&what, &mut instance, &mut reference);
        check_memory(&what, &instance, &reference);
        // An instruction that could not be paid for was announced although it was not executed, and is not announced
        // again when it is.
        let mut expected = reference.trace.clone();
        let out_of_gas = exit == Exit::OutOfGas && reference.pc.is_some();
        if out_of_gas && reference.resume == Resume::Unpaid {
            expected.extend(reference.pc);
        }
        if announced {
            expected.remove(0);
        }
        announced = out_of_gas;
        assert_eq!(steps, expected, "{what}: steps");
        if reference.next.is_none() || exit == Exit::Trap {
            return;
        }
        instance.set_gas(instance.gas() + more_gas);
        reference.gas += more_gas;
    }
}
