// SPDX-License-Identifier: Apache-2.0
//! Every instruction of every set through encoder and decoder, and the code builder's labels.

mod support;

use revive_vm_primitives::{
    builder::Encoded, encode, BuildError, Code, CodeBuilder, CodeParts, Format, Instruction, InstructionSet,
    Opcode, Reg,
};
use support::{with_operands, Random, IMMEDIATES};
use InstructionSet::{Latest64, ReviveV1};

/// Decodes `bytes` as a whole instruction at `offset`, followed by a `trap` so that nothing is cut off by the end.
fn decode_at(isa: InstructionSet, bytes: &[u8], offset: usize) -> Instruction {
    let code = [&vec![0; offset][..], bytes, &[0]].concat();
    let mut bitmask = vec![0; code.len().div_ceil(8)];
    for start in [offset, offset + bytes.len()] {
        bitmask[start / 8] |= 1 << (start % 8);
    }
    let section = CodeParts::new(code, bitmask, Vec::new()).to_section();
    let decoded = Code::parse(isa, &section).unwrap().decode(offset as u32);
    assert_eq!(decoded.next as usize, offset + bytes.len());
    decoded.instruction.expect("a defined opcode")
}

#[test]
fn every_instruction_is_decoded_as_it_was_encoded() {
    let registers = [
        [Reg::Ra, Reg::Sp, Reg::T0],
        [Reg::A5, Reg::A0, Reg::S1],
        [Reg::A3, Reg::A3, Reg::A3],
        [Reg::T2, Reg::Ra, Reg::A5],
    ];
    let mut count = 0;
    for isa in InstructionSet::ALL {
        for opcode in Opcode::ALL {
            if isa.byte(opcode).is_none() {
                assert_eq!(encode(isa, &Instruction::new(opcode), 0), None, "{isa} {opcode}");
                continue;
            }
            for registers in registers {
                for i in IMMEDIATES {
                    for j in IMMEDIATES {
                        for offset in [0_u32, 5] {
                            let k = (j as u64) << 20 ^ i as u64;
                            let target = offset.wrapping_add_signed(j);
                            let instruction = with_operands(opcode, registers, [i, j], k, target);
                            let bytes = encode(isa, &instruction, offset).unwrap();
                            assert!(!bytes.is_empty() && bytes.len() <= Encoded::BYTES_MAX);
                            assert_eq!(
                                decode_at(isa, &bytes, offset as usize),
                                instruction,
                                "{isa} {bytes:?}"
                            );
                            count += 1;
                        }
                    }
                }
            }
        }
    }
    assert_eq!(count, (138 + 106 + 141 + 139) * 4 * 19 * 19 * 2);
}

#[test]
fn known_bytes() {
    // From the disassembly example of the ecosystem's command line tool.
    let rows: [(Instruction, u32, &[u8]); 7] = [
        (Instruction::reg_reg_reg(Opcode::Add64, Reg::A0, Reg::A0, Reg::A1), 0, &[0xc8, 0x87, 0x07]),
        (Instruction::reg_imm_offset(Opcode::BranchEqImm, Reg::A0, 0, 16), 3, &[0x51, 0x07, 0x0d]),
        (Instruction::reg_imm(Opcode::LoadImm, Reg::A1, 5), 6, &[0x33, 0x08, 0x05]),
        (Instruction::reg_imm(Opcode::StoreU64, Reg::A0, 0x20000), 9, &[0x3e, 0x07, 0x00, 0x00, 0x02]),
        (Instruction::imm(Opcode::Ecalli, 0), 14, &[0x0a]),
        (Instruction::reg_reg_imm(Opcode::AddImm64, Reg::Sp, Reg::Sp, -8), 16, &[0x95, 0x11, 0xf8]),
        (Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0), 19, &[0x32, 0x00]),
    ];
    for (instruction, offset, bytes) in rows {
        assert_eq!(&*encode(Latest64, &instruction, offset).unwrap(), bytes);
    }
}

#[test]
fn the_longest_instruction_has_eleven_bytes() {
    let longest = |format: Format| {
        let opcode = Opcode::ALL.into_iter().find(|opcode| opcode.format() == format).unwrap();
        let instruction = with_operands(opcode, [Reg::A5; 3], [i32::MIN; 2], u64::MAX, 0x8000_0000);
        encode(Latest64, &instruction, 0).unwrap().len()
    };
    assert_eq!(longest(Format::RegRegImmImm), 11);
    assert_eq!(longest(Format::RegImm64), 10);
    assert_eq!(longest(Format::RegImmImm), 10);
}

#[test]
fn labels_resolve_in_both_directions_at_the_shortest_length() {
    // The distance to the label is changed byte by byte over the points where the jump gets longer.
    for padding in
        [0, 1, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 130, 32_760, 32_764, 32_765, 32_766, 32_770]
    {
        let mut code = CodeBuilder::new(ReviveV1);
        let end = code.label();
        let begin = code.label_here();
        code.push_to(Instruction::new(Opcode::Jump), end);
        for _ in 0..padding {
            code.push(Instruction::new(Opcode::Trap));
        }
        code.push_to(Instruction::reg_imm_offset(Opcode::BranchEqImm, Reg::A0, 300, 0), begin);
        code.bind(end).push_to(Instruction::new(Opcode::Jump), end);
        let entry = code.jump_table_entry(end);
        let parts = code.finish().unwrap();
        assert_eq!((entry, parts.jump_table[0]), (2, parts.offset_of(end).unwrap()));
        assert_eq!(parts.offset_of(begin), Some(0));

        let section = parts.to_section();
        let code = Code::parse(ReviveV1, &section).unwrap();
        let listing: Vec<_> = code.instructions().collect();
        assert_eq!(listing.len(), padding + 3);
        let targets: Vec<_> =
            [0, padding + 1, padding + 2].map(|k| listing[k].instruction.unwrap().target).into();
        let end = parts.offset_of(end).unwrap();
        assert_eq!(targets, [end, 0, end]);
        for decoded in &listing {
            let bytes = encode(ReviveV1, &decoded.instruction.unwrap(), decoded.offset).unwrap();
            assert_eq!(bytes.len() as u32, decoded.next - decoded.offset, "canonical");
        }
    }
}

#[test]
fn absolute_targets_and_raw_bytes_are_kept() {
    let mut code = CodeBuilder::new(ReviveV1);
    code.raw(&[255, 1, 2], true).raw(&[7; 200], false);
    code.push(Instruction::offset(Opcode::Jump, 0)).push(Instruction::offset(Opcode::Jump, 0xffff_0000));
    let parts = code.finish().unwrap();
    let section = parts.to_section();
    let code = Code::parse(ReviveV1, &section).unwrap();
    assert_eq!(&code.bytes()[..4], [255, 1, 2, 7]);
    let jumps: Vec<_> =
        code.instructions().skip(1).map(|d| (d.offset, d.instruction.unwrap().target)).collect();
    assert_eq!(jumps, [(203, 0), (206, 0xffff_0000)]);
}

#[test]
fn absolute_jumps_keep_their_target_while_labels_move_them() {
    let mut random = Random::new(2);
    for _ in 0..300 {
        let mut code = CodeBuilder::new(ReviveV1);
        let labels: Vec<_> = (0..4).map(|_| code.label()).collect();
        let mut expected = Vec::new();
        for index in 0..100 {
            if index % 25 == 7 {
                code.bind(labels[index / 25]);
            }
            if random.one_in(2) {
                let label = random.pick(&labels);
                code.push_to(Instruction::new(Opcode::Jump), label);
                expected.push(Err(label));
            } else {
                let target = random.pick(&[0, 50, 130, 200, 260, 300, 400, 0x8000, u32::MAX - 60]);
                code.push(Instruction::reg_imm_offset(Opcode::LoadImmAndJump, Reg::A0, 9, target));
                expected.push(Ok(target));
            }
        }
        let parts = code.finish().unwrap();
        let section = parts.to_section();
        let code = Code::parse(ReviveV1, &section).unwrap();
        let targets: Vec<_> =
            code.instructions().map(|decoded| decoded.instruction.unwrap().target).collect();
        let expected: Vec<_> = expected
            .into_iter()
            .map(|to| to.unwrap_or_else(|label| parts.offset_of(label).unwrap()))
            .collect();
        assert_eq!(targets, expected);
    }
}

#[test]
fn mistakes_are_reported() {
    let mut code = CodeBuilder::new(ReviveV1);
    code.push(Instruction::new(Opcode::Sbrk));
    let expected = BuildError::NotInSet { opcode: Opcode::Sbrk, isa: ReviveV1 };
    assert_eq!(code.finish(), Err(expected));
    assert_eq!(expected.to_string(), "instruction set revive_v1 has no sbrk");

    let mut code = CodeBuilder::new(ReviveV1);
    let label = code.label();
    code.push_to(Instruction::new(Opcode::Jump), label);
    assert_eq!(code.finish(), Err(BuildError::UnboundLabel(label)));
    code.bind(label).bind(label);
    assert_eq!(code.finish(), Err(BuildError::LabelBoundTwice(label)));

    let mut other = CodeBuilder::new(ReviveV1);
    other.push_to(Instruction::new(Opcode::Jump), label);
    assert_eq!(other.finish(), Err(BuildError::UnknownLabel(label)));

    let mut code = CodeBuilder::new(ReviveV1);
    let label = code.label_here();
    code.push_to(Instruction::new(Opcode::Trap), label);
    assert_eq!(code.finish(), Err(BuildError::NoTarget(Opcode::Trap)));
}

/// Jumps that reach just as far as one byte does, each over the next: only when the last has grown must the one before
/// it grow, and so on. The layout is cut short, and right.
#[test]
fn a_chain_of_jumps_is_laid_out_in_bounded_time() {
    const JUMPS: usize = 4000;
    let isa = Latest64;
    let mut code = CodeBuilder::new(isa);
    let labels: Vec<_> = (0..JUMPS).map(|_| code.label()).collect();
    for (index, label) in labels.iter().enumerate() {
        if let Some(before) = index.checked_sub(1) {
            // Behind the jump of this turn at the earliest, so that the jump before goes over it.
            code.push_to(Instruction::offset(Opcode::Jump, 0), *label);
            code.raw(&[0; 30], true).bind(labels[before]).raw(&[0; 63], true);
        } else {
            code.push_to(Instruction::offset(Opcode::Jump, 0), *label).raw(&[0; 93], true);
        }
    }
    // The last one is too far away for one byte.
    code.raw(&[0; 200], true).bind(labels[JUMPS - 1]).push(Instruction::new(Opcode::Trap));
    let parts = code.finish().unwrap();
    let section = parts.to_section();
    let parsed = Code::parse(isa, &section).unwrap();
    assert_eq!(parsed.decode(0).next, 5, "the first jump would be the last to grow");
    let jumps: Vec<_> = parsed
        .instructions()
        .filter_map(|decoded| decoded.instruction)
        .filter(|instruction| instruction.opcode == Opcode::Jump)
        .map(|instruction| Some(instruction.target))
        .collect();
    assert_eq!(jumps, labels.iter().map(|label| parts.offset_of(*label)).collect::<Vec<_>>());
}
