// SPDX-License-Identifier: Apache-2.0
//! Every instruction that computes, loads or stores by a register, with every register in each of its places. The machine code of some
//! of them is another one: shifts and divisions have registers of their own there, a few bases need longer encodings, and the
//! destination may be a source. The vectors have the values; these are the places.

mod common;

use common::engines;
use revive_vm_executor::{Engine, Exit, Instance, InstructionSet, Module, ModuleConfig, Reg};
use revive_vm_primitives::{isa::Format, BlobBuilder, CodeBuilder, Instruction as I, Opcode};
use revive_vm_testing::{random::Random, text::arithmetic::result};

/// Numbers that show in a result which register they come from, and those at which arithmetic changes.
const EDGES: [u64; 8] =
    [0, 1, 33, 0x8000_0000, 0xffff_ffff, 0x8000_0000_0000_0000, 0xffff_ffff_8000_0000, u64::MAX];

/// Where read-write data begins without read-only data, and where loads and stores go.
const WRITABLE: u32 = 0x2_0000;
const PLACE: u32 = WRITABLE + 16;
/// What is there before.
const DATA: [u8; 8] = [0x81, 0x92, 0xa3, 0xb4, 0xc5, 0xd6, 0xe7, 0xf8];

/// An instruction with its registers: the first, the second, and the third or an immediate.
type Form = (I, Reg, Reg, Result<Reg, i32>);

/// The instruction with every pair of registers in its first two places; in the third, those of the pair and two others.
fn forms(opcode: Opcode) -> Vec<Form> {
    let mut random = Random::new(opcode as u64);
    let pairs = || Reg::ALL.into_iter().flat_map(|d| Reg::ALL.map(|s| (d, s)));
    match opcode.format() {
        Format::RegRegReg => pairs()
            .flat_map(|(d, s)| {
                let others = [(); 2].map(|()| random.pick(&Reg::ALL));
                [d, s, others[0], others[1]].map(|t| (I::reg_reg_reg(opcode, d, s, t), d, s, Ok(t)))
            })
            .collect(),
        Format::RegReg => pairs().map(|(d, s)| (I::reg_reg(opcode, d, s), d, s, Err(0))).collect(),
        Format::RegRegImm => [7, -0x1234_5678]
            .into_iter()
            .flat_map(|i| pairs().map(move |(d, s)| (I::reg_reg_imm(opcode, d, s, i), d, s, Err(i))))
            .collect(),
        _ => Vec::new(),
    }
}

/// How many bytes are loaded or stored at a register and an offset.
fn access_bytes(opcode: Opcode) -> Option<usize> {
    let (_, kind) =
        opcode.mnemonic().split_once("_indirect_").filter(|_| opcode.format() == Format::RegRegImm)?;
    kind.trim_start_matches(['u', 'i']).parse::<usize>().ok().map(|bits| bits / 8)
}

/// What a load gives, in so many bits.
fn loaded(opcode: Opcode, bytes: usize, bits: u32) -> u64 {
    let mut value = [0; 8];
    value[..bytes].copy_from_slice(&DATA[..bytes]);
    let (value, unused) = (u64::from_le_bytes(value), 64 - 8 * bytes as u32);
    let is_signed = opcode.mnemonic().ends_with(&format!("_i{}", 8 * bytes));
    let value = if is_signed { ((value << unused) as i64 >> unused) as u64 } else { value };
    value & (u64::MAX >> (64 - bits))
}

/// Runs all forms of an instruction, one after the other with a host call behind each; how many there were.
fn check(engine: &Engine, isa: InstructionSet, opcode: Opcode) -> usize {
    let bits = if isa.is_64_bit() { 64 } else { 32 };
    let access = access_bytes(opcode);
    let forms = forms(opcode);
    let mut code = CodeBuilder::new(isa);
    for (instruction, ..) in &forms {
        code.push(*instruction);
        code.push(I::imm(Opcode::Ecalli, 0));
    }
    let blob = BlobBuilder::new(isa).rw_data(4096, &[]).code(code.finish().unwrap()).build();
    let module = Module::new(engine, &blob, &ModuleConfig { gas: None, ..ModuleConfig::default() }).unwrap();
    let mut instance = Instance::new(&module).unwrap();
    instance.set_next(0);
    let mut random = Random::new(opcode as u64);
    for (instruction, first, second, third) in &forms {
        let mut before = Reg::ALL.map(|_| {
            let value = if random.chance(40) { random.pick(&EDGES) } else { random.next_u64() };
            value & (u64::MAX >> (64 - bits))
        });
        if let (Some(_), Err(offset)) = (access, third) {
            // The upper half of an address does not count.
            let upper = before[second.index()] & !0xffff_ffff;
            before[second.index()] = upper | u64::from(PLACE.wrapping_sub(*offset as u32));
            instance.write_memory(PLACE, &DATA).unwrap();
        }
        let [d, s] = [first, second].map(|reg| before[reg.index()]);
        let (mut after, mut memory) = (before, DATA);
        match access {
            None => {
                let t = third.map_or_else(|i| i64::from(i) as u64, |reg| before[reg.index()]);
                after[first.index()] = result(opcode, isa.is_64_bit(), d, s, t).unwrap();
            }
            Some(bytes) if opcode.mnemonic().starts_with("store") => {
                memory[..bytes].copy_from_slice(&d.to_le_bytes()[..bytes]);
            }
            Some(bytes) => after[first.index()] = loaded(opcode, bytes, bits),
        }
        for (reg, value) in Reg::ALL.into_iter().zip(before) {
            instance.set_reg(reg, value);
        }
        let what = || format!("{}, {isa}: {instruction:?} on {before:x?}", engine.engine_name());
        assert_eq!(instance.run(), Ok(Exit::HostCall(0)), "{}", what());
        assert_eq!(Reg::ALL.map(|reg| instance.reg(reg)), after, "{}", what());
        if access.is_some() {
            assert_eq!(instance.read_memory_vec(PLACE, 8), Ok(memory.to_vec()), "{}", what());
        }
    }
    forms.len()
}

#[test]
fn every_register_in_every_place() {
    for isa in [InstructionSet::Latest64, InstructionSet::Latest32] {
        let defined = Opcode::ALL.into_iter().filter(|opcode| isa.byte(*opcode).is_some());
        let opcodes: Vec<Opcode> = defined
            .filter(|opcode| {
                access_bytes(*opcode).is_some() || result(*opcode, isa.is_64_bit(), 0, 0, 0).is_some()
            })
            .collect();
        for engine in engines() {
            let count: usize = opcodes.iter().map(|opcode| check(&engine, isa, *opcode)).sum();
            println!("{}, {isa}: {} instructions, {count} forms", engine.engine_name(), opcodes.len());
            assert!(opcodes.len() > 60 && count > 20_000, "{isa}: {}, {count}", opcodes.len());
        }
    }
}
