// SPDX-License-Identifier: Apache-2.0
//! Mutated blobs: whatever the bytes, everything this crate can do with a blob ends without a panic, and finds no more
//! than the bytes can hold.
//!
//! Deterministic: the generator is seeded, so a failure is found again by running the test again; the message holds the
//! round.

mod support;

use revive_vm_primitives::{
    debug_info::{DebugInfoBuilder, SourceRegion},
    disasm::DisplayOptions,
    gas, Blob, BlobBuilder, CodeBuilder, Frame, FrameKind, Instruction, InstructionSet, MemoryMap, Opcode,
    Reg, Tariff,
};
use std::{
    fmt::Write,
    panic::{catch_unwind, AssertUnwindSafe},
};
use support::{random_code, with_operands, Random, IMMEDIATES};

const ROUNDS: usize = 150_000;

/// A well-made blob with every section, of some 500 bytes.
fn seed_blob(random: &mut Random, isa: InstructionSet) -> Vec<u8> {
    let code = if random.one_in(4) {
        let len = random.below(200);
        random_code(random, isa, len)
    } else {
        let mut code = CodeBuilder::new(isa);
        let labels: Vec<_> = (0..4).map(|_| code.label()).collect();
        for index in 0..40 {
            if index % 10 == 5 {
                code.push(Instruction::new(Opcode::Fallthrough)).bind(labels[index / 10]);
            }
            let opcode = loop {
                let opcode = random.pick(&Opcode::ALL);
                if isa.byte(opcode).is_some() {
                    break opcode;
                }
            };
            let registers = [(); 3].map(|()| random.pick(&Reg::ALL));
            let immediates = [(); 2].map(|()| random.pick(&IMMEDIATES));
            let instruction = with_operands(opcode, registers, immediates, random.next(), 0);
            if opcode.format().has_target() {
                let label = random.pick(&labels);
                code.push_to(instruction, label);
            } else {
                code.push(instruction);
            }
        }
        for label in labels {
            code.jump_table_entry(label);
        }
        code.finish().expect("well-made code")
    };
    let mut debug = DebugInfoBuilder::new();
    let frame =
        Frame { kind: FrameKind::Enter, namespace: "a", function: "b", path: "c.rs", line: 7, column: 1 };
    let regions: Vec<_> = (0..6_usize)
        .map(|index| SourceRegion {
            bytes: 1 + index as u32,
            frames: vec![Frame { line: 7 + 100 * index as u32, ..frame }; index % 4],
        })
        .collect();
    for begin in [0, 30, 60] {
        debug.program(begin, &regions).expect("well-made debug info");
    }
    BlobBuilder::new(isa)
        .ro_data(20, b"read-only")
        .rw_data(5000, b"read-write")
        .stack_size(8192)
        .import(b"first")
        .import(b"second")
        .export(b"deploy", 0)
        .export(b"call", 3)
        .code(code)
        .debug_info(debug.finish())
        .extra_section(140, b"extra")
        .build()
}

/// Changes a few bytes, and in most cases mends the length in the header so that the sections are reached.
fn mutate(random: &mut Random, blob: &mut Vec<u8>, other: &[u8]) {
    for _ in 0..1 + random.below(6) {
        let at = random.below(blob.len().max(1));
        match random.below(9) {
            0 if !blob.is_empty() => blob[at] ^= 1 << random.below(8),
            1 if !blob.is_empty() => blob[at] = random.next() as u8,
            2 if !blob.is_empty() => blob[at] = random.pick(&[0, 1, 0x7f, 0x80, 0xf0, 0xf8, 0xff]),
            3 => blob.insert(at.min(blob.len()), random.next() as u8),
            4 if !blob.is_empty() => drop(blob.remove(at)),
            5 if random.one_in(4) => blob.truncate(at),
            6 => {
                let end = (at + random.below(20)).min(blob.len());
                let copy = blob[at.min(end)..end].to_vec();
                let to = random.below(blob.len() + 1);
                blob.splice(to..to, copy);
            }
            7 => {
                // The end of another blob behind the beginning of this.
                blob.truncate(at);
                blob.extend_from_slice(&other[random.below(other.len())..]);
            }
            _ => {
                let end = (at + random.below(9)).min(blob.len());
                blob.get_mut(at..end).into_iter().flatten().for_each(|byte| *byte = random.next() as u8);
            }
        }
    }
    let len = (blob.len() as u64).to_le_bytes();
    if let Some(header) = blob.get_mut(5..13).filter(|_| !random.one_in(16)) {
        header.copy_from_slice(&len);
    }
}

/// Everything there is to do with a blob; returns whether it was accepted.
fn exercise(bytes: &[u8], text: &mut String) -> bool {
    let blob = match Blob::parse(bytes) {
        Ok(blob) => blob,
        Err(error) => {
            // The end of the input at most, and always a message.
            assert!(error.offset <= bytes.len(), "{error}");
            text.clear();
            write!(text, "{error}").expect("a string takes everything");
            assert!(text.contains(&format!("offset {}", error.offset)));
            return false;
        }
    };
    assert!(blob.ro_data().len() <= blob.ro_data_size() as usize);
    assert!(blob.rw_data().len() <= blob.rw_data_size() as usize);
    assert!(blob.sections().map(|section| section.len + 2).sum::<usize>() <= bytes.len());
    assert!(blob.imports().iter().count() <= 1024);
    assert!(blob.exports().map(|export| export.name.len() + 2).sum::<usize>() <= bytes.len());
    for page_size in [4096, 65536] {
        if let Err(error) = MemoryMap::for_blob(&blob, page_size, 4096) {
            assert!(!error.to_string().is_empty());
        }
    }

    let code = blob.code();
    let mut next = 0;
    for decoded in code.instructions() {
        assert!(decoded.offset >= next && decoded.next > decoded.offset, "the listing goes forward");
        next = decoded.next;
        text.clear();
        if let Some(instruction) = decoded.instruction {
            write!(text, "{}", instruction.display(blob.isa(), DisplayOptions::default()))
                .expect("a known template");
        }
    }
    assert!(next <= code.len() + 1);
    let _ = code.validate();
    for offset in 0..code.len() + 2 {
        let decoded = code.decode(offset);
        assert!(decoded.next >= offset && decoded.next <= offset + 25);
        if code.is_jump_target(offset) {
            assert!(code.is_instruction_start(offset));
            assert_eq!(code.block_start(offset), Some(offset));
        } else if let Some(start) = code.block_start(offset) {
            assert!(start <= offset);
        }
    }
    for target in code.jump_table().iter() {
        code.is_jump_target(target);
    }
    for export in blob.exports() {
        assert!(gas::block_cost(Tariff::FLAT, &code, export.offset) <= code.len() + 1);
    }

    let debug_info = blob.debug_info();
    if let Ok(ranges) = debug_info.ranges() {
        for range in ranges {
            for pc in [range.begin, range.begin.wrapping_add(1), range.end] {
                if let Err(error) = debug_info.location(pc) {
                    assert!(!error.to_string().is_empty());
                }
            }
        }
    }
    true
}

#[test]
fn mutated_blobs_never_panic() {
    let mut random = Random::new(2026);
    let seeds: Vec<_> = (0..64).map(|index| seed_blob(&mut random, InstructionSet::ALL[index % 4])).collect();
    let mut text = String::new();
    for seed in &seeds {
        assert!(exercise(seed, &mut text), "seeds are good blobs");
    }
    let mut accepted = 0;
    for round in 0..ROUNDS {
        let (mut blob, other) = (seeds[random.below(seeds.len())].clone(), random.below(seeds.len()));
        mutate(&mut random, &mut blob, &seeds[other]);
        match catch_unwind(AssertUnwindSafe(|| exercise(&blob, &mut text))) {
            Ok(good) => accepted += usize::from(good),
            Err(_) => panic!("round {round}: {blob:02x?}"),
        }
    }
    // If mutations were too rough nothing behind the parser would be tested, if too gentle nothing in it.
    assert!((ROUNDS / 10..ROUNDS * 9 / 10).contains(&accepted), "{accepted} of {ROUNDS} blobs were accepted");
}
