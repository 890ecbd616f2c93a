// SPDX-License-Identifier: Apache-2.0
//! The machine code of small programs, one for each thing that the translation does better than instruction by
//! instruction, against `golden/listings.txt`: whoever loses one of them sees it there. `REVIVE_VM_BLESS=1` in the
//! environment writes that file anew. That the code also does the right thing, at every edge, is for the differential
//! tests of `executor/crates/testing` to say.

use std::{fmt::Write, fs, path::Path};

use iced_x86::{Decoder, DecoderOptions, Formatter, IntelFormatter, Mnemonic};
use revive_vm_primitives::{
    disasm::DisplayOptions, gas::block_cost, Code, CodeBuilder, Footprint, GasModel, Instruction as I,
    InstructionSet, Opcode::*, Reg,
};
use revive_vm_recompiler::{Compiled, Config, Features, Flavour, CODE_BYTES_PER_BYTE_MAX};

const MODERN: Features = Features { bmi1: true, bmi2: true, lzcnt: true, popcnt: true };
const RETURN: I = I::reg_imm(JumpIndirect, Reg::Ra, 0);

type Write64 = fn(&mut CodeBuilder);

const PROGRAMS: &[(&str, Write64)] = &[
    ("sign-extensions that nobody reads are left out, the others come once and late", |code| {
        code.push(I::reg_reg_imm(AddImm32, Reg::A0, Reg::A0, 1));
        code.push(I::reg_reg_reg(Add32, Reg::A0, Reg::A0, Reg::A1));
        code.push(I::reg_reg_reg(Xor, Reg::A0, Reg::A0, Reg::A0));
        code.push(I::reg_reg_imm(StoreIndirectU32, Reg::A0, Reg::Sp, 8));
        code.push(I::reg_reg_imm(MulImm32, Reg::A2, Reg::A2, 7));
        code.push(I::reg_imm(LoadImm, Reg::A2, 5));
        code.push(I::reg_reg_reg(Add64, Reg::A3, Reg::A0, Reg::A4));
    }),
    ("a comparison and the branch on it", |code| {
        let start = code.label_here();
        code.push(I::reg_reg_reg(SetLessThanUnsigned, Reg::A0, Reg::A1, Reg::A2));
        code.push_to(I::reg_imm_offset(BranchNotEqImm, Reg::A0, 0, 0), start);
    }),
    ("an element's address", |code| {
        code.push(I::reg_reg_imm(ShiftLogicalLeftImm64, Reg::A0, Reg::A1, 3));
        code.push(I::reg_reg_reg(Add64, Reg::A0, Reg::A0, Reg::A2));
        code.push(I::reg_reg_imm(LoadIndirectU64, Reg::A0, Reg::A0, 0));
    }),
    ("sums in a third register", |code| {
        code.push(I::reg_reg_reg(Add64, Reg::A0, Reg::A1, Reg::A2));
        code.push(I::reg_reg_imm(AddImm64, Reg::A3, Reg::A4, -16));
    }),
    ("two shifts that extend", |code| {
        code.push(I::reg_reg_imm(ShiftLogicalLeftImm64, Reg::A0, Reg::A1, 32));
        code.push(I::reg_reg_imm(ShiftLogicalRightImm64, Reg::A0, Reg::A0, 32));
        code.push(I::reg_reg_imm(ShiftLogicalLeftImm64, Reg::A2, Reg::A2, 48));
        code.push(I::reg_reg_imm(ShiftArithmeticRightImm64, Reg::A2, Reg::A2, 48));
        code.push(I::reg_reg_imm(ShiftLogicalLeftImm64, Reg::A3, Reg::A4, 32));
        code.push(I::reg_reg_imm(ShiftLogicalRightImm64, Reg::A3, Reg::A3, 29));
    }),
    ("shifts and rotations by a register and by a constant", |code| {
        code.push(I::reg_reg_reg(ShiftLogicalLeft64, Reg::A0, Reg::A1, Reg::A2));
        code.push(I::reg_reg_imm(RotateRightImm64, Reg::A3, Reg::A4, 13));
        code.push(I::reg_reg_reg(AndInverted, Reg::A5, Reg::A4, Reg::A3));
    }),
    ("constants in their shortest form", |code| {
        code.push(I::reg_imm64(LoadImm64, Reg::A0, 0xffff_ffff));
        code.push(I::reg_imm64(LoadImm64, Reg::A1, u64::MAX));
        code.push(I::reg_imm64(LoadImm64, Reg::A2, 0x1_0000_0000));
        code.push(I::reg_imm(LoadImm, Reg::A3, 0));
    }),
    ("a carry", |code| {
        code.push(I::reg_reg_reg(Add64, Reg::A0, Reg::A0, Reg::A1));
        code.push(I::reg_reg_reg(SetLessThanUnsigned, Reg::A2, Reg::A0, Reg::A1));
        code.push(I::reg_reg_reg(Add64, Reg::A3, Reg::A3, Reg::A2));
    }),
    ("a carry that only the next addition wants", |code| {
        code.push(I::reg_reg_reg(Add64, Reg::A0, Reg::A0, Reg::A1));
        code.push(I::reg_reg_reg(SetLessThanUnsigned, Reg::A2, Reg::A0, Reg::A1));
        code.push(I::reg_reg_reg(Add64, Reg::A2, Reg::A2, Reg::A3));
        code.push(I::reg_reg_reg(Add64, Reg::A0, Reg::A0, Reg::A1));
        code.push(I::reg_reg_reg(SetLessThanUnsigned, Reg::A5, Reg::A0, Reg::A1));
        code.push(I::reg_reg_reg(Add64, Reg::A3, Reg::A3, Reg::A5));
        code.push(I::reg_reg_imm(LoadIndirectU64, Reg::A5, Reg::Sp, 8));
    }),
    ("a value from memory that only the next instruction wants", |code| {
        code.push(I::reg_reg_imm(LoadIndirectU64, Reg::A0, Reg::Sp, 8));
        code.push(I::reg_reg_reg(Xor, Reg::A1, Reg::A1, Reg::A0));
        code.push(I::reg_reg_imm(StoreIndirectU64, Reg::A1, Reg::Sp, 0));
        code.push(I::reg_reg_imm(LoadIndirectI32, Reg::A0, Reg::Sp, 8));
        code.push(I::reg_reg_reg(Sub32, Reg::A2, Reg::A2, Reg::A0));
        // It is read again, and the one behind that is stored over.
        code.push(I::reg_reg_imm(LoadIndirectU64, Reg::A0, Reg::Sp, 8));
        code.push(I::reg_reg_reg(Mul64, Reg::A2, Reg::A2, Reg::A0));
        code.push(I::reg_reg_reg(Mul64, Reg::A3, Reg::A3, Reg::A0));
        code.push(I::reg_reg_imm(LoadIndirectU64, Reg::A0, Reg::Sp, 8));
        code.push(I::reg_reg_reg(Add64, Reg::A2, Reg::A2, Reg::A0));
        code.push(I::reg_reg_imm(StoreIndirectU8, Reg::A2, Reg::Sp, 15));
        code.push(I::reg_imm(LoadImm, Reg::A0, 1));
    }),
    ("a mask that masks nothing", |code| {
        code.push(I::reg_reg_imm(AndImm, Reg::A0, Reg::A1, -1));
    }),
    ("both halves of a product", |code| {
        code.push(I::reg_reg_reg(MulUpperUnsignedUnsigned, Reg::A0, Reg::A2, Reg::A3));
        code.push(I::reg_reg_reg(Mul64, Reg::A1, Reg::A2, Reg::A3));
    }),
    ("addresses that only a load wants", |code| {
        code.push(I::reg_reg_reg(Add64, Reg::A0, Reg::A0, Reg::A1));
        code.push(I::reg_reg_imm(LoadIndirectU8, Reg::A0, Reg::A0, 4));
        code.push(I::reg_reg_imm(ShiftLogicalLeftImm64, Reg::A2, Reg::A0, 3));
        code.push(I::reg_reg_reg(Add64, Reg::A2, Reg::Sp, Reg::A2));
        code.push(I::reg_reg_imm(LoadIndirectU64, Reg::A3, Reg::A2, 0));
        code.push(I::reg_imm(LoadImm, Reg::A2, 1));
    }),
    ("memset", |code| {
        code.push(I::new(Memset));
    }),
    ("a jump through the table, and a return", |code| {
        let behind = code.label();
        code.push_to(I::reg_imm_offset(BranchEqImm, Reg::A0, 0, 0), behind);
        code.push(I::reg_reg_imm_imm(LoadImmAndJumpIndirect, Reg::Ra, Reg::A0, 2, 4));
        code.bind(behind);
        code.jump_table_entry(behind);
    }),
    ("blocks that nothing runs into are aligned", |code| {
        let (second, third) = (code.label(), code.label());
        code.push_to(I::offset(Jump, 0), third);
        code.bind(second);
        code.push(RETURN);
        code.bind(third);
        code.push_to(I::offset(Jump, 0), second);
    }),
    ("a small loop is charged for once in a few rounds", |code| {
        code.push(I::new(Fallthrough));
        let start = code.label_here();
        code.push(I::reg_reg_imm(AddImm32, Reg::A0, Reg::A0, 1));
        code.push_to(I::reg_reg_offset(BranchLessUnsigned, Reg::A0, Reg::A1, 0), start);
    }),
    ("so is a small loop of two blocks", |code| {
        let behind = code.label();
        code.push(I::new(Fallthrough));
        let start = code.label_here();
        code.push(I::reg_reg_imm(AddImm32, Reg::A0, Reg::A0, 1));
        code.push_to(I::reg_imm_offset(BranchEqImm, Reg::A0, 7, 0), behind);
        code.push(I::reg_reg_imm(LoadIndirectU8, Reg::A2, Reg::A0, 0));
        code.push_to(I::reg_reg_offset(BranchLessUnsigned, Reg::A2, Reg::A1, 0), start);
        code.bind(behind);
    }),
];

fn section(write: Write64) -> Vec<u8> {
    let mut code = CodeBuilder::new(InstructionSet::Latest64);
    write(&mut code);
    code.push(RETURN);
    code.finish().unwrap().to_section()
}

fn compile(section: &[u8], features: Features, gas: Option<GasModel>) -> Compiled {
    let code = Code::parse(InstructionSet::Latest64, section).unwrap();
    let gas = gas.map(|model| model.tariff(Footprint::default()));
    let config = Config { gas, flavour: Flavour::Fast, step_tracing: false, features };
    Compiled::new(&code, &config)
}

/// The instructions of the guest's part, with offsets from its beginning.
fn listing(compiled: &Compiled) -> String {
    let (_, body) = compiled.map.blocks().next().unwrap();
    let code = &compiled.machine_code.code()[body as usize..compiled.map.tail() as usize];
    let mut formatter = IntelFormatter::new();
    formatter.options_mut().set_space_after_operand_separator(true);
    let mut text = String::new();
    for instruction in &mut Decoder::with_ip(64, code, 0, DecoderOptions::NONE) {
        assert!(!instruction.is_invalid(), "{text}");
        // What lies in front of an aligned block.
        if instruction.mnemonic() == Mnemonic::Int3 {
            continue;
        }
        let mut line = String::new();
        formatter.format(&instruction, &mut line);
        writeln!(text, "    {:3x}  {line}", instruction.ip()).unwrap();
    }
    text
}

#[test]
fn machine_code_is_as_good_as_it_was() {
    let mut text = String::new();
    for (name, write) in PROGRAMS {
        let section = section(*write);
        let code = Code::parse(InstructionSet::Latest64, &section).unwrap();
        writeln!(text, "# {name}\n").unwrap();
        for decoded in code.instructions() {
            let instruction = decoded.instruction.unwrap();
            writeln!(text, "{}", instruction.display(InstructionSet::Latest64, DisplayOptions::default()))
                .unwrap();
        }
        let modern = listing(&compile(&section, MODERN, Some(GasModel::Flat)));
        let baseline = listing(&compile(&section, Features::BASELINE, Some(GasModel::Flat)));
        writeln!(text, "\n{modern}").unwrap();
        if baseline != modern {
            writeln!(text, "  without extensions of the machine\n{baseline}").unwrap();
        }
    }
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for tests");
    let path = Path::new(&manifest).join("tests/golden/listings.txt");
    if std::env::var_os("REVIVE_VM_BLESS").is_some_and(|value| value == "1") {
        fs::write(&path, &text).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "the code is not what {} says:\n{text}", path.display());
}

/// A thread uses its tables again: nothing of an earlier program may be left in a later one.
#[test]
fn the_same_input_gives_the_same_bytes() {
    let all: Vec<_> = PROGRAMS.iter().map(|(_, write)| section(*write)).collect();
    let mut seen: Vec<Vec<u8>> = Vec::new();
    for round in 0..3 {
        for (index, section) in all.iter().enumerate() {
            let compiled = compile(section, MODERN, Some(GasModel::PipelineL2));
            let bytes = [compiled.machine_code.code(), &compiled.machine_code.jump_table()].concat();
            if round == 0 {
                seen.push(bytes);
            } else {
                assert_eq!(seen[index], bytes, "{}", PROGRAMS[index].0);
            }
        }
    }
}

/// The charge of a block with more instructions than a byte can count is where it always is: such blocks are where programs
/// compute most.
#[test]
fn long_blocks_are_charged_for_in_place() {
    for count in (40..60).chain(120..140) {
        // The same, and the last two translated as one.
        for pair in [false, true] {
            let mut code = CodeBuilder::new(InstructionSet::Latest64);
            for _ in 0..count {
                code.push(I::reg_reg_imm(AddImm64, Reg::A0, Reg::A0, 1));
            }
            if pair {
                code.push(I::reg_reg_reg(SetLessThanUnsigned, Reg::A1, Reg::A0, Reg::A2));
                code.push(I::reg_imm_offset(BranchNotEqImm, Reg::A1, 0, 0));
            }
            code.push(RETURN);
            let compiled =
                compile(&code.finish().unwrap().to_section(), Features::BASELINE, Some(GasModel::Flat));
            let (_, body) = compiled.map.blocks().next().unwrap();
            let cost = count + if pair { 2 } else { 1 };
            let charge = match i8::try_from(cost) {
                Ok(cost) => vec![0x49, 0x83, 0xea, cost as u8, 0x72],
                Err(_) => vec![0x49, 0x81, 0xea, cost as u8, 0, 0, 0, 0x72],
            };
            assert!(compiled.machine_code.code()[body as usize..].starts_with(&charge), "{count} {pair}");
            assert_eq!(compiled.map.blocks().count(), if pair { 2 } else { 1 });
        }
    }
}

/// Programs that are not small have their blocks priced together, in the order of their lengths, and more blocks than are
/// remembered in several goes.
#[test]
fn every_block_is_charged_what_it_costs() {
    for count in [3, 2_000, 140_000_u32] {
        let mut code = CodeBuilder::new(InstructionSet::Latest64);
        for block in 0..count {
            // Lengths that come in no order, longer ones only in small programs.
            let length = block.wrapping_mul(0x9e37_79b9) >> if count > 2_000 { 30 } else { 26 };
            for at in 0..length {
                code.push(match (block + at) % 3 {
                    0 => I::reg_reg_imm(LoadIndirectU64, Reg::A0, Reg::A1, 0),
                    1 => I::reg_reg_reg(Mul64, Reg::A0, Reg::A1, Reg::A2),
                    _ => I::reg_reg_imm(AddImm64, Reg::A0, Reg::A0, 1),
                });
            }
            code.push(RETURN);
        }
        let section = code.finish().unwrap().to_section();
        let code = Code::parse(InstructionSet::Latest64, &section).unwrap();
        for model in GasModel::ALL {
            let tariff = model.tariff(Footprint::default());
            let gas = Some(tariff);
            let config = Config { gas, flavour: Flavour::Fast, step_tracing: false, features: MODERN };
            let compiled = Compiled::new(&code, &config);
            assert_eq!(compiled.map.blocks().count(), count as usize);
            for (block, native) in compiled.map.blocks() {
                let charged = match compiled.machine_code.code()[native as usize..] {
                    [0x49, 0x83, 0xea, amount, 0x72, ..] => u32::from(amount),
                    [0x49, 0x81, 0xea, a, b, c, d, 0x72, ..] => u32::from_le_bytes([a, b, c, d]),
                    _ => panic!("no charge at {native:#x}"),
                };
                assert_eq!(charged, block_cost(tariff, &code, block), "{model} at {block}");
            }
        }
    }
}

/// What is mapped is filled up with traps, and asking for it once more changes nothing.
#[test]
fn whole_pages_end_in_traps() {
    for (name, write) in PROGRAMS {
        let Compiled { machine_code: mut made, map } =
            compile(&section(*write), MODERN, Some(GasModel::Flat));
        let code = made.code().to_vec();
        assert_eq!(map.tail() as usize, code.len(), "{name}");
        assert_eq!(made.page_bytes(), code.len().next_multiple_of(4096), "{name}");
        for _ in 0..2 {
            let (kept, filled) = made.pages().split_at(code.len());
            assert_eq!(kept, code, "{name}");
            assert!(filled.len() < 4096 && filled.iter().all(|byte| *byte == 0xcc), "{name}");
            assert_eq!(made.page_bytes(), made.pages().len(), "{name}");
        }
    }
}

/// The densest code there is, and what a loop of it is copied to.
#[test]
fn size_is_bounded() {
    const COUNT: usize = 10_000;
    let mut densest = CodeBuilder::new(InstructionSet::Latest64);
    let mut branches = CodeBuilder::new(InstructionSet::Latest64);
    let mut invalid = CodeBuilder::new(InstructionSet::Latest64);
    let mut divisions = CodeBuilder::new(InstructionSet::Latest64);
    let mut jumps = CodeBuilder::new(InstructionSet::Latest64);
    for _ in 0..COUNT {
        densest.push(I::new(Memset));
        let here = branches.label_here();
        branches.push_to(I::reg_imm_offset(BranchEqImm, Reg::A0, 0, 0), here);
        let here = jumps.label_here();
        jumps.push_to(I::offset(Jump, 0), here);
        invalid.raw(&[255], true);
        divisions.push(I::reg_reg_reg(DivSigned64, Reg::A5, Reg::A4, Reg::A3));
    }
    for code in [densest, branches, invalid, divisions, jumps] {
        let section = code.finish().unwrap().to_section();
        let bytes = Code::parse(InstructionSet::Latest64, &section).unwrap().len() as usize;
        for features in [MODERN, Features::BASELINE] {
            for gas in [Some(GasModel::Flat), Some(GasModel::PipelineL3), None] {
                let compiled = compile(&section, features, gas);
                let size = compiled.machine_code.code().len();
                assert!(size <= CODE_BYTES_PER_BYTE_MAX * bytes + 2 * 4096, "{size} for {bytes}");
            }
        }
    }
}
