// SPDX-License-Identifier: Apache-2.0
//! The crate's fast computation against the literal simulator: all short blocks of a kind, and random blocks of many
//! kinds. `REVIVE_VM_GAS_BLOCKS` sets the number of random blocks, `REVIVE_VM_GAS_SEED` the seed of the first.

use crate::blocks::{tariff, PIPELINES};
use crate::reference;
use crate::support::Random;
use revive_vm_primitives::{
    BlockCost, Code, CodeBuilder, CodeParts, Decoded, Format, Instruction, InstructionSet, Opcode, Reg,
};
use std::env;

/// Random blocks, each under all three models; debug builds are slow.
const BLOCKS: u64 = if cfg!(debug_assertions) { 5_000 } else { 100_000 };

/// Code in whose bytes branches find what they look for: traps, all bytes that mean `unlikely` somewhere, others.
const SURROUNDINGS: [u8; 16] = [1, 0, 1, 2, 1, 3, 1, 255, 1, 100, 1, 200, 1, 51, 1, 1];

fn opcodes(isa: InstructionSet) -> Vec<Opcode> {
    Opcode::ALL.into_iter().filter(|opcode| isa.byte(*opcode).is_some()).collect()
}

/// One computation per model, used for all blocks of a test like an engine does.
struct Checker<'a> {
    isa: InstructionSet,
    costs: Vec<BlockCost<'a>>,
    /// Blocks in which the `step` rule made a difference.
    steps: usize,
}

impl<'a> Checker<'a> {
    fn new(isa: InstructionSet, section: &'a [u8]) -> Self {
        let code = Code::parse(isa, section).unwrap();
        Self {
            isa,
            costs: PIPELINES.iter().map(|(model, _)| BlockCost::new(tariff(*model), &code)).collect(),
            steps: 0,
        }
    }

    fn check(&mut self, block: &[Decoded]) {
        for (cost, (model, m)) in self.costs.iter_mut().zip(PIPELINES) {
            block.iter().for_each(|decoded| cost.push(decoded));
            let expected = reference::block_cost(self.isa, m, &SURROUNDINGS, block);
            let by_single_cycles = reference::block_cost_by_single_cycles(self.isa, m, &SURROUNDINGS, block);
            self.steps += usize::from(expected != by_single_cycles);
            assert_eq!(cost.finish(), expected, "{model} {} {}", self.isa, listing(self.isa, block));
        }
    }
}

fn listing(isa: InstructionSet, block: &[Decoded]) -> String {
    let text = |decoded: &Decoded| match decoded.instruction {
        Some(instruction) => {
            format!("\n{} next {}", instruction.display(isa, Default::default()), decoded.next)
        }
        None => "\ninvalid".into(),
    };
    block.iter().map(text).collect()
}

fn section() -> Vec<u8> {
    CodeParts::new(SURROUNDINGS.into(), vec![0xff, 0xff], Vec::new()).to_section()
}

fn decoded(instruction: Instruction, next: u32) -> Decoded {
    Decoded { offset: 0, next, next_is_start: true, instruction: Some(instruction) }
}

/// An instruction with the operands that its format has; others are 0 as after decoding.
fn instruction(opcode: Opcode, [d, s, t]: [Reg; 3], target: u32) -> Instruction {
    let base = Instruction {
        target: if opcode.format().has_target() { target } else { 0 },
        ..Instruction::new(opcode)
    };
    match opcode.format() {
        Format::NoArgs | Format::Offset | Format::Imm | Format::ImmImm => base,
        Format::RegImm | Format::RegImmOffset | Format::RegImmImm | Format::RegImm64 => {
            Instruction { d, ..base }
        }
        Format::RegRegImm | Format::RegRegOffset | Format::RegReg | Format::RegRegImmImm => {
            Instruction { d, s, ..base }
        }
        Format::RegRegReg => Instruction { d, s, t, ..base },
    }
}

/// Every pair of instructions, the second dependent on the first through each of its operands or not at all, with
/// destinations that are sources and that are not.
#[test]
fn all_pairs() {
    use Reg::*;
    const REGISTERS: [[[Reg; 3]; 2]; 6] = [
        [[A0, A1, A2], [A3, A0, A4]],
        [[A0, A1, A2], [A3, A4, A0]],
        [[A0, A0, A2], [A0, A3, A4]],
        [[A0, A1, A0], [A3, A3, A4]],
        [[A0, A0, A0], [A3, A4, A3]],
        [[Ra, Ra, Ra], [Ra, Ra, Ra]],
    ];
    let section = section();
    for isa in InstructionSet::ALL {
        let mut checker = Checker::new(isa, &section);
        for first in opcodes(isa) {
            for second in opcodes(isa) {
                for [one, two] in REGISTERS {
                    checker.check(&[
                        decoded(instruction(first, one, 0), 2),
                        decoded(instruction(second, two, 2), 4),
                        decoded(instruction(Opcode::JumpIndirect, two, 0), 6),
                    ]);
                }
            }
        }
    }
}

/// Every branch with every byte of interest behind it and at its target.
#[test]
fn all_surroundings_of_branches() {
    let section = section();
    for isa in InstructionSet::ALL {
        let mut checker = Checker::new(isa, &section);
        let branches: Vec<_> =
            opcodes(isa).into_iter().filter(|opcode| opcode.mnemonic().starts_with("branch_")).collect();
        assert_eq!(branches.len(), 16);
        for opcode in branches {
            for next in (0..20).chain([u32::MAX - 1, u32::MAX]) {
                for target in (0..20).chain([u32::MAX - 1, u32::MAX]) {
                    checker.check(&[decoded(instruction(opcode, [Reg::A0; 3], target), next)]);
                }
            }
        }
    }
}

/// A few instructions in every order: the ones that hold units for long, the ones that need none, chains.
#[test]
fn all_short_blocks_of_a_few_instructions() {
    use Reg::*;
    let alphabet = [
        instruction(Opcode::LoadIndirectU32, [A0, A1, Ra], 0),
        instruction(Opcode::StoreIndirectU32, [A0, A1, Ra], 0),
        instruction(Opcode::AddImm32, [A0, A0, Ra], 0),
        instruction(Opcode::Xor, [A1, A0, A2], 0),
        instruction(Opcode::CountTrailingZeroBits32, [A2, A1, Ra], 0),
        instruction(Opcode::Mul32, [A1, A1, A0], 0),
        instruction(Opcode::LoadImm, [A0, Ra, Ra], 0),
        instruction(Opcode::MoveReg, [A1, A0, Ra], 0),
    ];
    const LEN: u32 = if cfg!(debug_assertions) { 4 } else { 6 };
    let section = section();
    let mut checker = Checker::new(InstructionSet::Latest32, &section);
    for number in 0..alphabet.len().pow(LEN) {
        let mut rest = number;
        let mut block = Vec::new();
        for _ in 0..LEN {
            block.push(decoded(alphabet[rest % alphabet.len()], 0));
            rest /= alphabet.len();
        }
        block.push(decoded(instruction(Opcode::JumpIndirect, [A0; 3], 0), 0));
        checker.check(&block);
    }
}

/// A kind of random block: which instructions, how many registers, how long.
struct Profile {
    name: &'static str,
    /// Parts of mnemonics and their weights; the rest of the weight, up to 10, is any instruction.
    favourites: &'static [(&'static str, usize)],
    registers: usize,
    len_max: usize,
}

const PROFILES: &[Profile] = &[
    Profile { name: "anything", favourites: &[], registers: 6, len_max: 60 },
    Profile { name: "dense dependencies", favourites: &[], registers: 2, len_max: 30 },
    Profile {
        name: "compiled code",
        favourites: &[("load_indirect", 3), ("store_indirect", 2), ("add_imm", 2), ("move_reg", 1)],
        registers: 8,
        len_max: 60,
    },
    Profile { name: "stores", favourites: &[("store", 7)], registers: 4, len_max: 40 },
    Profile {
        name: "no units",
        favourites: &[("load_imm", 3), ("unlikely", 3), ("load_indirect", 2)],
        registers: 4,
        len_max: 60,
    },
    Profile {
        name: "scarce units",
        favourites: &[("mul", 4), ("count_trailing", 3), ("load_indirect", 1)],
        registers: 6,
        len_max: 40,
    },
    Profile {
        name: "short operations",
        favourites: &[("xor", 4), ("add", 3), ("move_reg", 2)],
        registers: 13,
        len_max: 60,
    },
    Profile {
        name: "divisions",
        favourites: &[("div", 3), ("rem", 2), ("sub", 3)],
        registers: 8,
        len_max: 40,
    },
    Profile {
        name: "giant blocks",
        favourites: &[("load_indirect", 4), ("add", 4)],
        registers: 13,
        len_max: 400,
    },
];

fn random_block(random: &mut Random, isa: InstructionSet, profile: &Profile) -> Vec<Decoded> {
    let all: Vec<Opcode> = opcodes(isa);
    let favourites: Vec<(Vec<Opcode>, usize)> = profile
        .favourites
        .iter()
        .map(|(part, weight)| {
            let matching = all.iter().copied().filter(|opcode| opcode.mnemonic().contains(part)).collect();
            (matching, *weight)
        })
        .filter(|(matching, _): &(Vec<_>, _)| !matching.is_empty())
        .collect();
    // Real blocks have one terminator, at the end. The rules make no difference, so now and then these do not.
    let odd = random.one_in(8);
    let len = 1 + random.below(profile.len_max);
    let mut block = Vec::new();
    while block.len() < len {
        let mut roll = random.below(10);
        let mut from = &all;
        for (opcodes, weight) in &favourites {
            if roll < *weight {
                from = opcodes;
                break;
            }
            roll -= weight;
        }
        let opcode = random.pick(from);
        let last = block.len() + 1 == len;
        if !odd && opcode.is_terminator() != last {
            if last {
                let terminator = random_terminator(random, &all);
                block.push(random_instruction(random, terminator, profile));
            }
            continue;
        }
        block.push(random_instruction(random, opcode, profile));
    }
    if odd && random.one_in(2) {
        block.push(Decoded { offset: 0, next: 1, next_is_start: false, instruction: None });
    }
    block
}

fn random_terminator(random: &mut Random, all: &[Opcode]) -> Opcode {
    loop {
        let opcode = random.pick(all);
        if opcode.is_terminator() {
            return opcode;
        }
    }
}

fn random_instruction(random: &mut Random, opcode: Opcode, profile: &Profile) -> Decoded {
    let registers = [(); 3].map(|()| Reg::ALL[random.below(profile.registers)]);
    let target = random.below(SURROUNDINGS.len() + 2) as u32;
    decoded(instruction(opcode, registers, target), random.below(SURROUNDINGS.len() + 2) as u32)
}

fn number(variable: &str, default: u64) -> u64 {
    env::var(variable).ok().map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn random_blocks() {
    let (blocks, first) = (number("REVIVE_VM_GAS_BLOCKS", BLOCKS), number("REVIVE_VM_GAS_SEED", 1));
    let section = section();
    let mut checkers = InstructionSet::ALL.map(|isa| Checker::new(isa, &section));
    let mut random = Random::new(first);
    for profile in PROFILES {
        let mut instructions = 0;
        for _ in 0..blocks / PROFILES.len() as u64 {
            let checker = &mut checkers[random.below(4)];
            let block = random_block(&mut random, checker.isa, profile);
            instructions += block.len();
            checker.check(&block);
        }
        println!("{}: {instructions} instructions", profile.name);
    }
}

/// Blocks in which several instructions wait for a result and many that wait for nothing are decoded when it comes: more
/// become startable in one cycle than may start.
#[test]
fn random_blocks_where_the_step_rule_matters() {
    let section = section();
    let mut checker = Checker::new(InstructionSet::Latest64, &section);
    let mut random = Random::new(number("REVIVE_VM_GAS_SEED", 1));
    for _ in 0..number("REVIVE_VM_GAS_BLOCKS", BLOCKS) / 2 {
        use Opcode::*;
        let random = &mut random;
        let mut block = Vec::new();
        let mut push = |opcode, registers| block.push(decoded(instruction(opcode, registers, 0), 0));
        push(LoadIndirectU64, [Reg::A0, Reg::A1, Reg::A1]);
        for _ in 0..3 + random.below(4) {
            push(
                random.pick(&[StoreIndirectU64, StoreIndirectU64, DivSigned64]),
                [Reg::A1, Reg::A0, Reg::A0],
            );
        }
        for _ in 0..4 + random.below(10) {
            push(MoveReg, [Reg::T0; 3]);
        }
        for _ in 0..4 + random.below(40) {
            push(if random.one_in(10) { LoadImm } else { Unlikely }, [Reg::A2; 3]);
        }
        push(random.pick(&[Trap, Jump, JumpIndirect, Unlikely]), [Reg::A0; 3]);
        checker.check(&block);
    }
    println!("the step rule mattered {} times", checker.steps);
    assert!(checker.steps > 0);
}

#[test]
fn operands_need_not_be_read() {
    let mut random = Random::new(0x0a11);
    for isa in InstructionSet::ALL.iter().copied() {
        for _ in 0..2000 {
            let len = 8 + random.below(120);
            let bytes: Vec<u8> = (0..len).map(|_| random.next() as u8).collect();
            // Instructions of all lengths, and bits behind the end clear.
            let mut bitmask: Vec<u8> =
                (0..len.div_ceil(8)).map(|_| (random.next() & random.next()) as u8).collect();
            bitmask[0] |= 1;
            if !len.is_multiple_of(8) {
                *bitmask.last_mut().unwrap() &= (1 << (len % 8)) - 1;
            }
            let parts = CodeParts::new(bytes, bitmask, Vec::new());
            let section = parts.to_section();
            let code = Code::parse(isa, &section).unwrap();
            for (model, _) in PIPELINES {
                let (mut cost, mut unread) =
                    (BlockCost::new(tariff(model), &code), BlockCost::new(tariff(model), &code));
                let mut block = Vec::new();
                for decoded in code.instructions() {
                    cost.push(&decoded);
                    block.push(decoded.offset);
                    if decoded.ends_block() {
                        assert_eq!(
                            cost.finish(),
                            unread.block(block[0], block.len() as u32),
                            "{model} {isa} at {}: {section:02x?}",
                            decoded.offset
                        );
                        block.clear();
                    }
                }
            }
        }
    }
}

/// Programs whose blocks have one to eight instructions, as most do: read from the code, against the literal simulator.
#[test]
fn short_blocks_of_programs() {
    blocks_of_programs(8);
}

/// The same of blocks that hardly fit into the reorder buffer, or do not.
#[test]
fn medium_blocks_of_programs() {
    blocks_of_programs(40);
}

fn blocks_of_programs(len_max: usize) {
    let mut random = Random::new(number("REVIVE_VM_GAS_SEED", 1));
    let mut blocks = 0;
    for _ in 0..number("REVIVE_VM_GAS_BLOCKS", BLOCKS) / 500 {
        let isa = random.pick(&InstructionSet::ALL);
        let profile = Profile { len_max, ..*random.pick(&PROFILES.iter().collect::<Vec<_>>()) };
        let mut builder = CodeBuilder::new(isa);
        let top = builder.label_here();
        for _ in 0..50 {
            for Decoded { instruction, .. } in random_block(&mut random, isa, &profile) {
                match instruction {
                    Some(instruction) if instruction.opcode.format().has_target() => {
                        builder.push_to(instruction, top);
                    }
                    Some(instruction) => {
                        builder.push(instruction);
                    }
                    None => {}
                }
            }
        }
        let parts = builder.finish().unwrap();
        let section = parts.to_section();
        let code = Code::parse(isa, &section).unwrap();
        for (model, m) in PIPELINES {
            let mut cost = BlockCost::new(tariff(model), &code);
            let mut block = Vec::new();
            for decoded in code.instructions() {
                block.push(decoded);
                if decoded.ends_block() {
                    let expected = reference::block_cost(isa, m, code.bytes(), &block);
                    let got = cost.block(block[0].offset, block.len() as u32);
                    assert_eq!(got, expected, "{model} {isa} {}", listing(isa, &block));
                    block.clear();
                    blocks += 1;
                }
            }
        }
    }
    println!("{blocks} blocks");
    assert!(blocks > 0);
}

/// An instruction has 25 bytes at most: what starts further behind is not reached.
#[test]
fn starts_far_behind_are_not_reached() {
    for (distance, implicit) in [(24, false), (25, false), (26, true), (63, true), (64, true), (130, true)] {
        for start in [0, 1, 7, 38, 39, 40, 63] {
            let isa = InstructionSet::Latest64;
            let len = start + distance + 1;
            // A load, then a trap, which costs less than an instruction that waits for the load does.
            let mut bytes = vec![0; len];
            bytes[start] = isa.byte(Opcode::LoadIndirectU64).unwrap();
            bytes[start + distance] = isa.byte(Opcode::JumpIndirect).unwrap();
            let mut bitmask = vec![0; len.div_ceil(8)];
            for offset in [start, start + distance] {
                bitmask[offset / 8] |= 1 << (offset % 8);
            }
            let section = CodeParts::new(bytes, bitmask, Vec::new()).to_section();
            let code = Code::parse(isa, &section).unwrap();
            for (model, _) in PIPELINES {
                let mut cost = BlockCost::new(tariff(model), &code);
                let block: Vec<Decoded> = code.block(start as u32).collect();
                assert_eq!(block[1].instruction.is_none(), implicit, "{distance}");
                block.iter().for_each(|decoded| cost.push(decoded));
                let expected = cost.finish();
                assert_eq!(cost.block(start as u32, 2), expected, "{model} {distance} from {start}");
            }
        }
    }
}
