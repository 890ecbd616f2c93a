// SPDX-License-Identifier: Apache-2.0
//! The sequences that are executed as one, which random programs hardly ever contain, against the interpreter in
//! `reference`. Which they are is read from the source, so that none is forgotten.

mod reference;

use reference::Reference;
use revive_vm_interpreter::{Config, Instance, Module};
use revive_vm_primitives::{
    Code, CodeBuilder, GasModel, Instruction, InstructionSet, MemoryMap, Opcode, Reg,
};

/// The opcodes of each sequence, and whether the base is the stack pointer.
fn sequences() -> Vec<Vec<(Opcode, bool)>> {
    let rows = |source: &'static str, from: &str| {
        let table = source.split_once(from).unwrap().1.split_once("\n}").unwrap().0;
        table.split(';').map(str::trim).filter(|row| row.contains(' ')).collect::<Vec<_>>()
    };
    let chained = rows(include_str!("../src/dispatch/frequent.rs"), "frequent! {");
    let pairs = include_str!("../src/dispatch/pairs.rs").split_once("\nparticipants! {").unwrap().1;
    let participants = |from: &str| -> Vec<(Opcode, bool)> {
        let part = pairs.split_once(from).unwrap().1.split_once('}').unwrap().0;
        let rows = part.split(';').map(str::trim).filter(|row| !row.is_empty());
        rows.map(|row| sequence(row.split(',').next().unwrap())[0]).collect()
    };
    let (simple, last) = (participants("simple {"), participants("last {"));
    let seconds = || simple.iter().chain(&last);
    let pairs = simple.iter().flat_map(|first| seconds().map(|second| vec![*first, *second]));
    let looped = rows(include_str!("../src/dispatch/fused.rs"), "simple_fused {");
    let looped = looped.into_iter().filter_map(|row| row.split_once(": ")).map(|(_, codes)| codes);
    chained.into_iter().chain(looped).map(sequence).chain(pairs).collect()
}

fn sequence(row: &str) -> Vec<(Opcode, bool)> {
    let words = row.split([' ', '\n', ',', '=', '>']).filter(|word| !word.is_empty());
    let codes = words.map(|word| word.split('(').next().unwrap());
    codes.map(|code| (opcode(code.trim_start_matches("Stack")), code.starts_with("Stack"))).collect()
}

fn opcode(code: &str) -> Opcode {
    let found = Opcode::ALL.into_iter().find(|opcode| format!("{opcode:?}") == code.trim_end_matches("Wide"));
    found.unwrap_or_else(|| panic!("{code} is an opcode"))
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) % limit
    }

    /// Few registers, so that instructions often read what others have written.
    fn reg(&mut self) -> Reg {
        [Reg::A0, Reg::A1, Reg::S0, Reg::Sp][self.below(4) as usize]
    }
}

fn instruction(opcode: Opcode, stack: bool, random: &mut Random) -> Instruction {
    let mut instruction =
        Instruction { d: random.reg(), s: random.reg(), t: random.reg(), ..Instruction::new(opcode) };
    if let (true, Some(access)) = (stack, instruction.memory_access()) {
        let base = if access.base == Some(instruction.s) { &mut instruction.s } else { &mut instruction.d };
        *base = Reg::Sp;
    }
    (instruction.i, instruction.j) = (random.below(64) as i32, random.below(1 << 16) as i32);
    instruction
}

#[test]
fn sequences_do_what_their_instructions_do() {
    let map = MemoryMap::new(4096, 4096, 4096, 4096, 0).unwrap();
    let data: Vec<u8> = (0..4096u32).map(|n| (n * 11 + 128) as u8).collect();
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let sequences = sequences();
    assert!(sequences.len() > 2000, "only {} sequences were found", sequences.len());
    for (number, sequence) in sequences.iter().enumerate() {
        for isa in InstructionSet::ALL {
            if sequence.iter().any(|(opcode, _)| isa.byte(*opcode).is_none()) {
                continue;
            }
            // There are thousands of pairs, which random programs contain as well.
            for round in 0..if sequence.len() > 2 { 24 } else { 6 } {
                let mut builder = CodeBuilder::new(isa);
                let label = builder.label();
                for (opcode, stack) in sequence {
                    let instruction = instruction(*opcode, *stack, &mut random);
                    if opcode.format().has_target() {
                        builder.push_to(instruction, label);
                    } else {
                        builder.push(instruction);
                    }
                }
                if !sequence.last().is_some_and(|(opcode, _)| opcode.is_terminator()) {
                    builder.push(Instruction::new(Opcode::Fallthrough));
                }
                builder.push(Instruction::new(Opcode::Trap));
                builder.bind(label);
                builder.push(Instruction::new(Opcode::Fallthrough)).push(Instruction::new(Opcode::Trap));
                builder.jump_table_entry(label);
                let section = builder.finish().unwrap().to_section();
                let code = Code::parse(isa, &section).unwrap();
                let module = Module::from_code(&code, map, &data, &data, &Config::default()).unwrap();
                let mut instance = Instance::new(&module);
                let mut reference = Reference::new(code, map, &data, &data, Some(GasModel::Flat));
                for reg in Reg::ALL {
                    let base = match random.below(8) {
                        0 => map.ro_data_address(),
                        1 | 2 => map.stack_low(),
                        3 => 0,
                        _ => map.rw_data_address(),
                    };
                    let base = if reg == Reg::Sp && random.below(8) > 0 { map.stack_low() } else { base };
                    // Where regions end accesses fail in the midst of sequences. What is above the address does not count.
                    let offset =
                        if random.below(4) == 0 { 4096 - random.below(96) } else { random.below(2048) };
                    let above = if random.below(8) == 0 { 0xffff_ffff << 32 } else { 0 };
                    instance.set_reg(reg, above | (u64::from(base) + offset));
                    reference.regs[reg as usize] = instance.reg(reg);
                }
                instance.set_gas(100);
                reference.gas = 100;
                instance.set_next(0);
                reference.set_next(0);
                let what = format!("{isa} sequence {number}, round {round}: {sequence:?}");
                assert_eq!(instance.run().unwrap(), reference.run(), "{what}");
                for reg in Reg::ALL {
                    assert_eq!(instance.reg(reg), reference.regs[reg as usize], "{what}: {}", reg.name());
                }
                assert_eq!((instance.gas(), instance.pc()), (reference.gas, reference.pc), "{what}");
                for region in &reference.regions {
                    let bytes = instance.read_memory_vec(region.start, region.bytes.len() as u32).unwrap();
                    assert!(bytes == region.bytes, "{what}: memory at {:#x}", region.start);
                }
            }
        }
    }
}
