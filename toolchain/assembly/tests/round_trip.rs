// SPDX-License-Identifier: Apache-2.0
//! Text made of a blob gives the same blob, byte for byte.

use revive_vm_assembly::{assemble, disassemble};
use revive_vm_primitives::{
    isa::Format, Blob, BlobBuilder, CodeBuilder, CodeParts, Instruction, InstructionSet, Opcode, Reg,
};
use revive_vm_testing::{
    generate::{Options, Program},
    random::Random,
};

/// The text of the blob, after a check that it gives the blob.
fn round_trip(bytes: &[u8], context: &dyn std::fmt::Display) -> String {
    let text = disassemble(bytes).unwrap();
    let again = assemble(&text).unwrap_or_else(|error| panic!("{context}: {error}\n{text}"));
    assert!(again == bytes, "{context}: another blob comes back from\n{text}");
    text
}

/// Immediates around every edge of their encoding.
const IMMEDIATES: [i32; 17] = [
    0,
    1,
    -1,
    5,
    127,
    128,
    -128,
    -129,
    255,
    256,
    -4095,
    -4096,
    0x7fff,
    0x8000,
    0x7f_ffff,
    i32::MAX,
    i32::MIN,
];

/// Every opcode of the set with operands of every kind. Jumps go to the block that they are in or to offset 0.
fn all_instructions(isa: InstructionSet) -> Vec<Instruction> {
    let mut random = Random::new(1);
    let mut all = Vec::new();
    for opcode in Opcode::ALL.into_iter().filter(|opcode| isa.byte(*opcode).is_some()) {
        for i in IMMEDIATES {
            let mut reg = || random.pick(&Reg::ALL);
            let (d, s, t) = (reg(), reg(), reg());
            let j = random.pick(&IMMEDIATES);
            let k =
                random.pick(&[0, 5, u64::MAX, 1 << 31, 1 << 63, 0x0123_4567_89ab_cdef, i64::MIN as u64 >> 1]);
            // Narrow stores of constants that do not fit are nothing that text expresses.
            let fit = |value: i32| match opcode {
                Opcode::StoreImmU8 | Opcode::StoreImmIndirectU8 => value as u8 as i32,
                Opcode::StoreImmU16 | Opcode::StoreImmIndirectU16 => i32::from(value as i16),
                _ => value,
            };
            all.push(match opcode.format() {
                Format::NoArgs => Instruction::new(opcode),
                Format::RegImm => Instruction::reg_imm(opcode, d, i),
                Format::RegImmOffset => Instruction::reg_imm_offset(opcode, d, i, 0),
                Format::RegImmImm => Instruction::reg_imm_imm(opcode, d, i, fit(j)),
                Format::RegRegImm => Instruction::reg_reg_imm(opcode, d, s, i),
                Format::RegRegOffset => Instruction::reg_reg_offset(opcode, d, s, 0),
                Format::RegRegReg => Instruction::reg_reg_reg(opcode, d, s, t),
                Format::Offset => Instruction::offset(opcode, 0),
                Format::Imm => Instruction::imm(opcode, i),
                Format::ImmImm => Instruction::imm_imm(opcode, i, fit(j)),
                Format::RegReg => Instruction::reg_reg(opcode, d, s),
                Format::RegRegImmImm => Instruction::reg_reg_imm_imm(opcode, d, s, i, j),
                Format::RegImm64 => Instruction::reg_imm64(opcode, d, k),
            });
        }
    }
    all
}

#[test]
fn every_instruction_of_every_set_comes_back_as_text() {
    for isa in InstructionSet::ALL {
        let mut code = CodeBuilder::new(isa);
        let start = code.label_here();
        for instruction in all_instructions(isa) {
            match instruction.opcode.format().has_target() {
                true => code.push_to(instruction, start),
                false => code.push(instruction),
            };
        }
        let blob = BlobBuilder::new(isa).code(code.finish().unwrap()).build();
        let text = round_trip(&blob, &isa);
        assert!(!text.contains("%instruction") && !text.contains("%gap"), "{isa}: {text}");
        let count = Blob::parse(&blob).unwrap().code().instructions().count();
        assert!(text.lines().count() > count - 1, "{isa}");
    }
}

#[test]
fn generated_programs_come_back() {
    for isa in InstructionSet::ALL {
        for seed in 0..1500 {
            let wild = seed % 2 == 0;
            let options = Options {
                isa,
                invalid_opcodes: wild,
                gaps: wild,
                left_out: &[],
                loads_registers: seed % 3 == 0,
            };
            let blob = Program::generate(seed, &options).to_blob();
            round_trip(&blob, &format_args!("{isa}, seed {seed}"));
        }
    }
}

#[test]
fn all_sections_come_back() {
    let mut code = CodeBuilder::new(InstructionSet::Latest64);
    let start = code.label_here();
    code.push(Instruction::imm(Opcode::Ecalli, 1)).push(Instruction::new(Opcode::Trap));
    let second = code.label_here();
    code.push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
    code.jump_table_entry(second);
    code.jump_table_entry(start);
    let blob = BlobBuilder::new(InstructionSet::Latest64)
        .ro_data(5000, &(0..=255).collect::<Vec<u8>>())
        .rw_data(70_000, b"text")
        .stack_size(8192)
        .import(b"get_storage")
        .import(b"it's \\ \xff")
        .import(b"")
        .export(b"call", 0)
        .export(b"deploy", 3)
        .export(b"inside", 2)
        .code(code.finish().unwrap())
        .extra_section(128, &[0])
        .extra_section(129, &[1; 100])
        .extra_section(200, b"anything")
        .extra_section(200, b"twice")
        .build();
    let text = round_trip(&blob, &"sections");
    for line in [
        "%ro_data_size = 5000",
        "%rw_data = 74 65 78 74",
        "%stack_size = 8192",
        "%import = 'get_storage'",
        "%import = 'it\\'s \\\\ \\xff'",
        "%import = ''",
        "%jump_table = @deploy @call",
        "pub @inside: %no_fallthrough",
        "pub @call:",
        "pub @deploy:",
        "    ecalli 1 // 'it\\'s \\\\ \\xff'",
        "%section 128 = 00",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}

#[test]
fn exports_that_labels_cannot_express_come_back() {
    let code = || CodeParts::new(vec![0, 0, 0], vec![0b111], Vec::new());
    let blob = |exports: &[(&[u8], u32)]| {
        let empty = BlobBuilder::new(InstructionSet::Latest64).code(code());
        exports.iter().fold(empty, |blob, (name, offset)| blob.export(name, *offset)).build()
    };
    for (exports, public) in [
        (&[(&b"a"[..], 0), (b"b", 0), (b"c", 2)][..], true),
        (&[(b"b", 0), (b"a", 1)], false),
        (&[(b"a", 0), (b"a", 1)], false),
        (&[(b"", 0)], false),
        (&[(b"7", 0)], false),
        (&[(b"\xff", 0)], false),
        (&[(b"a b", 0)], false),
        (&[(b"far", 3)], false),
        (&[(b"far", u32::MAX)], false),
        (&[("gr\u{f6}\u{df}e".as_bytes(), 0)], true),
        (&[("pay\u{202e}nimda".as_bytes(), 0)], false),
        (&[("pay\u{61c}".as_bytes(), 0)], false),
    ] {
        let text = round_trip(&blob(exports), &format_args!("{exports:?}"));
        assert_eq!(text.contains("pub @"), public, "{text}");
        assert!(!text.contains(['\u{202e}', '\u{61c}']), "{text}");
    }
}

/// A blob from sections as bytes, each with its own encoding of the length.
fn container(sections: &[(u8, &[u8], &[u8])], behind_end: &[u8]) -> Vec<u8> {
    let mut blob = b"PVM\0\x02".to_vec();
    blob.extend([0; 8]);
    for (id, length, payload) in sections {
        blob.push(*id);
        blob.extend(*length);
        blob.extend(*payload);
    }
    blob.push(0);
    blob.extend(behind_end);
    let len = blob.len() as u64;
    blob[5..13].copy_from_slice(&len.to_le_bytes());
    blob
}

#[test]
fn odd_containers_come_back() {
    let code: (u8, &[u8], &[u8]) = (6, &[5], &[0, 0, 1, 0, 1]);
    for (name, blob) in [
        ("plain", container(&[code], b"")),
        ("bytes behind the end", container(&[code], b"\0\xffmore")),
        ("a long length", container(&[(6, &[0xf0, 5, 0, 0, 0], code.2)], b"")),
        ("a length with surplus bits", container(&[(6, &[0xf5, 5, 0, 0, 0], code.2)], b"")),
        ("no code bytes", container(&[(6, &[3], &[0, 0, 0])], b"")),
        ("a long code length", container(&[(6, &[6], &[0, 0, 0x80, 1, 0, 1])], b"")),
        ("a jump table without bytes", container(&[(6, &[5], &[9, 0, 1, 0, 1])], b"")),
        ("a wide jump table", container(&[(6, &[8], &[1, 3, 1, 0, 0, 0, 0, 1])], b"")),
        ("an unused entry size", container(&[(6, &[5], &[0, 4, 1, 0, 1])], b"")),
        ("memory of no size", container(&[(1, &[3], &[0, 0, 0]), code], b"")),
        ("memory in long numbers", container(&[(1, &[4], &[0x80, 9, 0, 0]), (2, &[1], &[7]), code], b"")),
        (
            "empty sections",
            container(&[(2, &[0], b""), (3, &[0], b""), (5, &[0], b""), code, (128, &[0], b"")], b""),
        ),
        ("no imports", container(&[(4, &[1], &[0]), code], b"")),
        ("no imports, but bytes", container(&[(4, &[3], &[0, 1, 2]), code], b"")),
        ("an import out of bounds", container(&[(4, &[9], &[2, 1, 0, 0, 0, 9, 0, 0, 0]), code], b"")),
        ("exports that end early", container(&[(5, &[3], &[2, 0, 9]), code], b"")),
        ("bytes behind the exports", container(&[(5, &[5], &[1, 0, 1, b'a', 9]), code], b"")),
        ("debug sections out of order", container(&[code, (130, &[1], &[1]), (128, &[1], &[0])], b"")),
        ("unknown sections", container(&[code, (255, &[1], &[1]), (131, &[0x80, 1], &[2])], b"")),
    ] {
        Blob::parse(&blob).unwrap_or_else(|error| panic!("{name}: {error}"));
        round_trip(&blob, &name);
    }
}

#[test]
fn layouts_that_are_not_the_smallest_come_back() {
    // Two jumps over each other that need two bytes only because the other has them: an assembler that starts from
    // short jumps gives each one byte.
    let isa = InstructionSet::Latest64;
    let jump = |len: usize, distance: i32| {
        let mut bytes = vec![isa.byte(Opcode::Jump).unwrap()];
        bytes.extend(&distance.to_le_bytes()[..len]);
        bytes
    };
    let mut code = jump(2, 129);
    code.extend(vec![1; 123]);
    code.extend(jump(2, -129 + 3));
    code.extend([0; 4]);
    let mut bitmask = vec![0u8; code.len().div_ceil(8)];
    for start in (0..code.len()).filter(|at| ![1, 2, 127, 128].contains(at)) {
        bitmask[start / 8] |= 1 << (start % 8);
    }
    let blob = BlobBuilder::new(isa).code(CodeParts::new(code, bitmask, Vec::new())).build();
    round_trip(&blob, &"jumps");
}
