// SPDX-License-Identifier: Apache-2.0
//! Damaged text into the assembler: a program or an error, never a panic, a hang, or memory without bound.
//!
//! `cargo xtask fuzz text --count 100000` tries that many under a limit of memory; the ordinary run tries a few thousand.

#[path = "../../linker/tests/common/campaign.rs"]
mod campaign;

use campaign::number;
use revive_vm_assembly::{assemble, disassemble};
use revive_vm_primitives::InstructionSet;
use revive_vm_testing::{
    generate::{Options, Program},
    random::Random,
};

const HAND_WRITTEN: &str = "\
%isa = latest64
%ro_data_size = 4096
%rw_data_size = 4294967295
%stack_size = 4096
%ro_data = 00 01 02 ff
%rw_data = 48 65 6c 6c 6f
%import = 'get_storage'
%export = 'odd \\xff' @loop
%jump_table = @loop @end 17
%jump_table_entry_size = 4
pub @main:
    a0 = @loop
    a1 = 0xffffffff87654321
    jump @end if a0 >=u a1
@loop:
    [a0..a0 + a2] = u8 a1
    u16 [a0 + -3] = 0x1
    i32 a0 = a1 >>a 3 // a comment
    tmp = a0, a0 = 5, jump [tmp + 8]
pub @end: %no_fallthrough
    ecalli 'get_storage'
    %instruction = 33 07 ff ff ff ff
    %gap = 00 00
    ret
%section 128 (80 01) = 00
%section 128 += 00
%section 0 = 01
";

/// What lines are put together from.
const PIECES: [&str; 44] = [
    "a0",
    "r12",
    "tmp",
    "=",
    "==",
    "+",
    "-",
    "[",
    "]",
    "(",
    ")",
    ",",
    "..",
    "jump",
    "if",
    "u8",
    "u64",
    "i32",
    "i64",
    "0x",
    "0xffffffffffffffff",
    "-",
    "18446744073709551615",
    "@",
    "@main",
    "@loop:",
    "pub ",
    "%",
    "%isa = ",
    "latest32",
    "%section 6 = ",
    "%section 200 += ",
    "%no_fallthrough",
    "'",
    "'\\x",
    "\\",
    "//",
    "\n",
    "\r",
    "\t",
    "ä",
    "\u{0}",
    "~",
    "mulhu",
];

fn mutate(text: &str, random: &mut Random) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=random.below(8) {
        let position = random.below(bytes.len().max(1));
        let short = random.below(24).min(bytes.len() - position.min(bytes.len()));
        match random.below(8) {
            0 => bytes.splice(position..position, random.pick(&PIECES).bytes()).for_each(drop),
            1 => bytes.splice(position..position + short, random.pick(&PIECES).bytes()).for_each(drop),
            2 => bytes.drain(position..position + short).for_each(drop),
            3 => bytes.iter_mut().skip(position).take(1).for_each(|byte| *byte = random.byte()),
            4 => bytes.iter_mut().skip(position).take(1).for_each(|byte| *byte ^= 1 << random.below(7)),
            5 => {
                let copy = bytes[position..position + short].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, copy).for_each(drop);
            }
            6 => {
                // Two lines change places: labels before and behind their uses.
                let mut lines: Vec<_> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
                let (a, b) = (random.below(lines.len()), random.below(lines.len()));
                lines.swap(a, b);
                bytes = lines.join(&b'\n');
            }
            _ if random.chance(20) => bytes.truncate(position),
            _ => bytes.splice(position..position, b"9".repeat(short)).for_each(drop),
        }
        if bytes.is_empty() {
            break;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Texts in an ordinary run.
const MUTATIONS: u64 = 6000;

#[test]
fn damaged_text_is_a_program_or_an_error() {
    let mut texts = vec![HAND_WRITTEN.to_owned()];
    for (seed, isa) in InstructionSet::ALL.into_iter().enumerate() {
        let options =
            Options { isa, invalid_opcodes: true, gaps: true, left_out: &[], loads_registers: false };
        texts.push(disassemble(&Program::generate(seed as u64, &options).to_blob()).unwrap());
    }
    assemble(HAND_WRITTEN).unwrap();
    let (count, first) = (number("REVIVE_VM_TEXT_MUTATIONS", MUTATIONS), number("REVIVE_VM_TEXT_SEED", 0));
    let (mut programs, mut errors) = (0, 0);
    campaign::run(first, count, |seed| {
        let mut random = Random::new(seed);
        let text = mutate(&texts[random.below(texts.len())], &mut random);
        match assemble(&text) {
            Ok(blob) => {
                programs += 1;
                // Far below what a directive could ask for by a number alone.
                assert!(blob.len() < 100_000, "seed {seed}: {} bytes", blob.len());
                // Sections given as bytes may be anything; what can be parsed must come back.
                if let Ok(text) = disassemble(&blob) {
                    assert!(assemble(&text).as_ref() == Ok(&blob), "seed {seed}:\n{text}");
                }
            }
            Err(error) => {
                errors += 1;
                assert!(error.line >= 1 && error.line as usize <= text.lines().count().max(1), "seed {seed}");
                assert!(error.column >= 1 && error.to_string().len() < 1000, "seed {seed}: {error}");
            }
        }
    });
    println!("{count} texts: {programs} programs, {errors} errors");
    assert!(programs > count / 20 && errors > count / 20, "{programs} programs, {errors} errors");
}
