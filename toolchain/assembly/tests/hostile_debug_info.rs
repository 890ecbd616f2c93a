// SPDX-License-Identifier: Apache-2.0
//! Debug info that was made to harm who reads it, through the listing: no panic, nothing that steers a terminal, and text in
//! proportion to the blob.

use revive_vm_assembly::{disassemble, listing};
use revive_vm_primitives::{
    debug_info::{is_invisible, DebugSections},
    varint, Blob, BlobBuilder, CodeBuilder, Instruction, InstructionSet, Opcode,
};
use revive_vm_testing::random::Random;

const ISA: InstructionSet = InstructionSet::Latest64;

/// Operations of line programs (blob format, section 8.3).
mod op {
    pub(crate) const SET_MUTATION_DEPTH: u8 = 1;
    pub(crate) const SET_NAMESPACE: u8 = 5;
    pub(crate) const SET_FUNCTION: u8 = 6;
    pub(crate) const SET_PATH: u8 = 7;
    pub(crate) const SET_LINE: u8 = 8;
    pub(crate) const SET_STACK_DEPTH: u8 = 10;
    pub(crate) const INCREMENT_LINE: u8 = 11;
    pub(crate) const FINISH: u8 = 14;
    pub(crate) const FINISH_MULTIPLE: u8 = 15;
}

/// So many instructions of one byte with this debug info.
fn blob(instructions: u32, debug: DebugSections) -> Vec<u8> {
    let mut code = CodeBuilder::new(ISA);
    for _ in 1..instructions {
        code.push(Instruction::new(Opcode::Fallthrough));
    }
    code.push(Instruction::new(Opcode::Trap));
    BlobBuilder::new(ISA).import(b"f").debug_info(debug).code(code.finish().unwrap()).build()
}

fn operation(operation: u8, operand: u32, program: &mut Vec<u8>) {
    program.push(operation);
    varint::write(operand, program);
}

/// A record for each stretch of code and the place of its line program.
fn ranges(ranges: impl IntoIterator<Item = (u32, u32, u32)>) -> Vec<u8> {
    let bytes = |(begin, end, program): (u32, u32, u32)| [begin, end, program].map(u32::to_le_bytes).concat();
    ranges.into_iter().flat_map(bytes).collect()
}

fn list(blob: &[u8]) -> String {
    let source = |path: &str, _line: u32| Some(format!("\x1b[31m{path}\u{202e}"));
    let options = listing::Options { offsets: true, source: Some(&source), ..Default::default() };
    let text = listing::list(&Blob::parse(blob).unwrap(), &options);
    let bad = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t') || is_invisible(*c));
    assert_eq!(bad, None, "it can steer a terminal");
    text
}

#[test]
fn ranges_that_share_a_line_program_do_not_take_their_product() {
    let mut program = vec![1];
    // Regions of nothing, then one byte of code: whoever looks for that goes through all of it.
    for _ in 0..20_000 {
        operation(op::FINISH_MULTIPLE, 0, &mut program);
    }
    program.extend([op::FINISH, 0]);
    let debug = DebugSections {
        strings: vec![0],
        line_programs: program,
        ranges: ranges((0..20_000).map(|at| (at, at + 1, 1))),
    };
    let text = list(&blob(20_000, debug));
    assert!(text.contains("debug info is unusable from here on"), "{}", &text[..500]);
    assert!(text.contains("shared by so many ranges"), "{}", &text[..500]);
}

#[test]
fn long_names_do_not_take_their_product() {
    // One text, long enough to be cut; sixteen frames of it, each with another line at every instruction.
    let mut strings = Vec::new();
    varint::write(100_000, &mut strings);
    strings.extend(vec![b'a'; 100_000]);
    let mut program = vec![1];
    operation(op::SET_STACK_DEPTH, 16, &mut program);
    for frame in 0..16 {
        operation(op::SET_MUTATION_DEPTH, frame, &mut program);
        for what in [op::SET_NAMESPACE, op::SET_FUNCTION, op::SET_PATH, op::SET_LINE] {
            operation(what, if what == op::SET_LINE { 1 } else { 0 }, &mut program);
        }
    }
    for _ in 0..10_000 {
        program.extend([op::INCREMENT_LINE, op::FINISH]);
    }
    let debug = DebugSections { strings, line_programs: program, ranges: ranges([(0, 10_000, 1)]) };
    let blob = blob(10_000, debug);
    let text = list(&blob);
    assert!(text.len() < 300 * blob.len(), "{} of {}", text.len(), blob.len());
    assert!(text.contains("debug info is left out from here on"));
    assert!(text.trim_end().ends_with("trap"), "the code is shown to its end");
}

#[test]
fn symbols_that_overlap_do_not_take_their_product() {
    let mut code = CodeBuilder::new(ISA);
    for _ in 0..5000 {
        code.push(Instruction::imm(Opcode::Ecalli, 0));
    }
    code.push(Instruction::new(Opcode::Trap));
    let mut blob = BlobBuilder::new(ISA).import(&vec![b's'; 50_000]).code(code.finish().unwrap()).build();
    let text = list(&blob);
    assert!(text.len() < 5000 * 400, "{}", text.len());
    assert!(text.contains("sss'…"));
    // In text that comes back it is whole, once.
    let text = disassemble(&blob).unwrap();
    assert!(text.len() < 5000 * 400, "{}", text.len());
    assert_eq!(revive_vm_assembly::assemble(&text).unwrap(), blob);

    // A symbol ends where the next one begins: every other one is all of the bytes.
    let parsed = Blob::parse(&blob).unwrap();
    let section = parsed.sections().find(|section| section.id == 4).unwrap();
    let (offset, len) = (section.offset, section.len);
    let mut payload = Vec::new();
    varint::write(1000, &mut payload);
    let bytes = (len - payload.len() - 4000) as u32;
    (0..500).for_each(|_| payload.extend([0, bytes].map(u32::to_le_bytes).concat()));
    payload.resize(len, b's');
    blob[offset..offset + len].copy_from_slice(&payload);
    let parsed = Blob::parse(&blob).unwrap();
    let symbols: usize = parsed.imports().iter().flatten().map(<[u8]>::len).sum();
    assert!(symbols > 10_000_000, "{symbols}");
    let text = disassemble(&blob).unwrap();
    assert!(text.len() < 5000 * 400, "{}", text.len());
    assert_eq!(revive_vm_assembly::assemble(&text).unwrap(), blob);
}

#[test]
fn random_debug_info_is_listed() {
    let texts = ["\x1b]0;title\x07", "main", "\u{9b}2J", "a\u{202e}b", "\r\n@1", "größe", "\u{0}", ""];
    let (mut headings, mut unusable) = (0, 0);
    for seed in 0..3000 {
        let mut random = Random::new(seed);
        let mut strings = Vec::new();
        let mut places = Vec::new();
        for _ in 0..random.below(6) + 1 {
            places.push(strings.len() as u32);
            let text = random.pick(&texts).as_bytes();
            varint::write(text.len() as u32, &mut strings);
            strings.extend(text);
        }
        let mut program = vec![1];
        for _ in 0..random.below(60) {
            match random.below(20) {
                0 => program.push(random.byte()),
                number => {
                    program.push(number as u8);
                    // Those that have none take the operand for an operation, which is as good.
                    let takes_one = matches!(number, 1 | 5..=10 | 12 | 13 | 15 | 17 | 19);
                    let operand = match random.below(12) {
                        0 => u32::MAX - random.below(3) as u32,
                        1 => random.below(1 << 20) as u32,
                        2..6 => random.below(18) as u32,
                        _ => random.pick(&places),
                    };
                    if takes_one {
                        varint::write(operand, &mut program);
                    }
                }
            }
        }
        let number = |random: &mut Random| match random.below(8) {
            0 => u32::MAX,
            1 => random.below(1 << 20) as u32,
            _ => random.below(80) as u32,
        };
        let mut debug = DebugSections {
            strings,
            ranges: ranges((0..random.below(5)).map(|_| {
                let begin = number(&mut random);
                let end = begin.saturating_add(number(&mut random));
                (begin, end, if random.chance(5) { number(&mut random) } else { 1 })
            })),
            line_programs: program,
        };
        if random.chance(5) {
            let section = match random.below(3) {
                0 => &mut debug.strings,
                1 => &mut debug.line_programs,
                _ => &mut debug.ranges,
            };
            section.truncate(random.below(section.len() + 1));
        }
        let text = list(&blob(60, debug));
        headings += usize::from(text.contains("// in ") || text.contains(">:"));
        unusable += usize::from(text.contains("unusable"));
    }
    assert!(headings > 300 && unusable > 300, "{headings} headings, {unusable} unusable");
}
