// SPDX-License-Identifier: Apache-2.0
//! The container: what the builder writes is read back, and each rule of the blob format, sections 1 to 6, rejects with
//! section, offset and numbers.

use revive_vm_primitives::{
    blob::section_id, varint, Blob, BlobBuilder, Code, CodeBuilder, Export, Instruction, InstructionSet,
    Opcode, ParseError, ParseErrorKind, Reg,
};
use ParseErrorKind::*;

/// A blob of the given sections: id and payload.
fn blob(sections: &[(u8, &[u8])]) -> Vec<u8> {
    let mut stream = Vec::new();
    for (id, payload) in sections {
        stream.push(*id);
        varint::write(payload.len() as u32, &mut stream);
        stream.extend_from_slice(payload);
    }
    stream.push(section_id::END);
    framed(0, &stream)
}

/// Header with a fitting length, then `stream`.
fn framed(version: u8, stream: &[u8]) -> Vec<u8> {
    let len = 13 + stream.len() as u64;
    [&b"PVM\0"[..], &[version], &len.to_le_bytes(), stream].concat()
}

/// Payload of a code section: one `trap`.
const TRAP: (u8, &[u8]) = (6, &[0, 0, 1, 0, 1]);

#[track_caller]
fn rejected(bytes: &[u8], section: &'static str, offset: usize, kind: ParseErrorKind) {
    match Blob::parse(bytes) {
        Ok(_) => panic!("accepted"),
        Err(error) => assert_eq!(error, ParseError { section, offset, kind }, "{error}"),
    }
}

fn truncated(what: &'static str, needed: u64, available: u64) -> ParseErrorKind {
    Truncated { what, needed, available }
}

fn full_blob(isa: InstructionSet) -> Vec<u8> {
    let mut code = CodeBuilder::new(isa);
    code.push(Instruction::imm(Opcode::Ecalli, 1));
    let inner = code.label();
    let address = code.jump_table_entry(inner);
    code.push(Instruction::reg_imm(Opcode::LoadImm, Reg::A0, address as i32))
        .push(Instruction::new(Opcode::Fallthrough));
    code.bind(inner).push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0));
    let code = code.finish().unwrap();
    let call = code.offset_of(inner).unwrap();
    BlobBuilder::new(isa)
        .ro_data(10, b"constant")
        .rw_data(300_000, &[7; 200])
        .stack_size(65536)
        .import(b"seal_return")
        .import(b"")
        .import(&[0xff, 0])
        .export(b"deploy", 0)
        .export(b"call", call)
        .export(b"call", 0)
        .code(code)
        .extra_section(200, b"whatever")
        .build()
}

#[test]
fn a_blob_with_everything_is_read_back() {
    for isa in InstructionSet::ALL {
        let bytes = full_blob(isa);
        let blob = Blob::parse(&bytes).unwrap();
        assert_eq!((blob.isa(), blob.declared_len()), (isa, bytes.len() as u64));
        assert_eq!((blob.ro_data_size(), blob.ro_data()), (10, &b"constant"[..]));
        assert_eq!((blob.rw_data_size(), blob.rw_data()), (300_000, &[7; 200][..]));
        assert_eq!(blob.stack_size(), 65536);
        let imports = blob.imports();
        assert_eq!(imports.len(), 3);
        let symbols: Vec<_> = imports.iter().collect();
        assert_eq!(symbols, [Some(&b"seal_return"[..]), Some(b""), Some(&[0xff, 0])]);
        assert_eq!(imports.get(3), None);
        assert_eq!(imports.get(u32::MAX), None);
        let exports: Vec<_> = blob.exports().collect();
        assert_eq!(exports[0], Export { offset: 0, name: b"deploy" });
        assert_eq!((exports.len(), exports[1].name, exports[2].name), (3, &b"call"[..], &b"call"[..]));
        assert_eq!(blob.export(b"call"), Some(exports[1].offset), "the first of equal names");
        assert_eq!(blob.export(b"cal"), None);
        let code = blob.code();
        assert_eq!(code.instructions().count(), 4);
        assert_eq!(code.jump_table().by_address(2), Some(exports[1].offset));
        assert!(code.is_jump_target(exports[1].offset));
        let sections: Vec<_> = blob.sections().map(|section| (section.id, section.name)).collect();
        let names =
            ["memory config", "read-only data", "read-write data", "imports", "exports", "code", "unknown"];
        assert_eq!(sections, [1, 2, 3, 4, 5, 6, 200].into_iter().zip(names).collect::<Vec<_>>());
        for section in blob.sections() {
            assert!(section.offset + section.len < bytes.len());
        }
        assert!(blob.debug_info().is_empty());
    }
}

#[test]
fn only_code_is_needed() {
    let bytes = blob(&[TRAP]);
    let blob = Blob::parse(&bytes).unwrap();
    assert_eq!((blob.ro_data_size(), blob.rw_data_size(), blob.stack_size()), (0, 0, 0));
    assert_eq!((blob.imports().len(), blob.exports().count()), (0, 0));
    assert_eq!(blob.sections().count(), 1);
    let built = BlobBuilder::new(InstructionSet::ReviveV1);
    assert_eq!(
        built
            .code(
                CodeBuilder::new(InstructionSet::ReviveV1)
                    .push(Instruction::new(Opcode::Trap))
                    .finish()
                    .unwrap()
            )
            .build(),
        bytes
    );
}

// Section 1: header.

#[test]
fn the_header_must_be_whole_and_right() {
    let good = blob(&[TRAP]);
    for len in 0..13 {
        let (what, needed, at) = match len {
            0..4 => ("the magic number", 4, 0),
            4 => ("the version", 1, 4),
            _ => ("the length of the blob", 8, 5),
        };
        rejected(&good[..len], "header", at, truncated(what, needed, (len - at) as u64));
    }
    let mut bytes = good.clone();
    bytes[3] = 1;
    rejected(&bytes, "header", 0, Magic([0x50, 0x56, 0x4d, 1]));
    for version in 4..=255 {
        rejected(&framed(version, &good[13..]), "header", 4, Version(version));
    }
    let actual = good.len() as u64;
    for declared in [0, actual - 1, actual + 1, actual | 1 << 32, u64::MAX] {
        let mut bytes = good.clone();
        bytes[5..13].copy_from_slice(&declared.to_le_bytes());
        rejected(&bytes, "header", 5, LengthMismatch { declared, actual });
    }
    rejected(
        &[&good[..], &[0]].concat(),
        "header",
        5,
        LengthMismatch { declared: actual, actual: actual + 1 },
    );
}

// Section 1: section stream.

#[test]
fn sections_are_known_in_order_and_once() {
    let config: (u8, &[u8]) = (1, &[9, 9, 9]);
    for (sections, id, at) in [
        (&[(2, &b"ab"[..]), config, TRAP][..], 1, 17),
        (&[config, config, TRAP], 1, 18),
        (&[TRAP, TRAP], 6, 20),
        (&[TRAP, config], 1, 20),
        (&[(200, b"x"), TRAP], 6, 16),
        (&[(128, b"x"), TRAP], 6, 16),
        (&[TRAP, (7, b"x")], 7, 20),
        (&[TRAP, (127, b"")], 127, 20),
    ] {
        rejected(&blob(sections), "section stream", at, UnexpectedSection { id });
    }
}

#[test]
fn optional_sections_behind_the_code_are_skipped() {
    let strings: (u8, &[u8]) = (128, b"\0");
    let lines: (u8, &[u8]) = (129, &[1]);
    let ranges: (u8, &[u8]) = (130, &[0; 12]);
    for (sections, info) in [
        (&[TRAP, strings, lines, ranges][..], true),
        (&[TRAP, strings, lines, ranges, ranges, strings, (255, b"x")], true),
        (&[TRAP, ranges, lines, strings], false),
        (&[TRAP, (131, b""), strings, lines, ranges], false),
    ] {
        let bytes = blob(sections);
        let blob = Blob::parse(&bytes).unwrap();
        assert_eq!(!blob.debug_info().is_empty(), info);
        assert_eq!(blob.sections().count(), sections.len());
    }
}

#[test]
fn bytes_behind_the_end_marker_are_ignored() {
    let mut stream = blob(&[TRAP])[13..].to_vec();
    stream.extend_from_slice(&[1, 2, 3]);
    let bytes = framed(0, &stream);
    assert_eq!(Blob::parse(&bytes).unwrap().sections().count(), 1);
}

#[test]
fn an_empty_section_counts_as_absent_where_the_format_says_so() {
    for id in [2, 3, 5] {
        assert!(Blob::parse(&blob(&[(id, &[]), TRAP])).is_ok(), "{id}");
    }
    for id in [128, 129, 130] {
        assert!(Blob::parse(&blob(&[TRAP, (id, &[])])).is_ok(), "{id}");
    }
    rejected(
        &blob(&[(1, &[]), TRAP]),
        "memory config",
        15,
        truncated("the size of the read-only data", 1, 0),
    );
    rejected(&blob(&[(4, &[]), TRAP]), "imports", 15, truncated("the number of imports", 1, 0));
    rejected(&blob(&[(6, &[])]), "code", 13, NoCode);
    rejected(&blob(&[]), "code", 13, NoCode);
}

#[test]
fn input_that_ends_anywhere_is_rejected() {
    rejected(&framed(0, &[]), "section stream", 13, truncated("the id of the next section", 1, 0));
    rejected(&framed(0, &[2]), "read-only data", 14, truncated("the length of the section", 1, 0));
    rejected(&framed(0, &[2, 0x80]), "read-only data", 14, truncated("the length of the section", 2, 1));
    rejected(&framed(0, &[2, 3, 1]), "read-only data", 15, truncated("the section", 3, 1));
    rejected(&framed(0, &[2, 1, 1]), "section stream", 16, truncated("the id of the next section", 1, 0));
    let huge = [2, 0xf0, 0xff, 0xff, 0xff, 0xff];
    rejected(&framed(0, &huge), "read-only data", 19, truncated("the section", u32::MAX.into(), 0));
    let five_ones = Varint { what: "the length of the section", first_byte: 0xf8 };
    rejected(&framed(0, &[2, 0xf8, 0, 0, 0, 0, 0]), "read-only data", 14, five_ones);

    for isa in InstructionSet::ALL {
        let whole = full_blob(isa);
        for len in 13..whole.len() {
            let cut = framed(isa.version_byte(), &whole[13..len]);
            assert!(Blob::parse(&cut).is_err(), "{len} of {} bytes", whole.len());
        }
    }
}

// Section 3: memory config.

#[test]
fn memory_config_holds_exactly_three_numbers() {
    let bytes = blob(&[(1, &[3, 0x80, 0x90, 5]), TRAP]);
    let parsed = Blob::parse(&bytes).unwrap();
    assert_eq!((parsed.ro_data_size(), parsed.rw_data_size(), parsed.stack_size()), (3, 0x90, 5));
    rejected(&blob(&[(1, &[3, 4]), TRAP]), "memory config", 17, truncated("the size of the stack", 1, 0));
    rejected(
        &blob(&[(1, &[3, 4, 0xc0, 1]), TRAP]),
        "memory config",
        17,
        truncated("the size of the stack", 3, 2),
    );
    rejected(&blob(&[(1, &[3, 4, 5, 6, 7]), TRAP]), "memory config", 18, TrailingBytes { count: 2 });
    let kind = Varint { what: "the size of the read-write data", first_byte: 0xff };
    rejected(&blob(&[(1, &[3, 0xff, 4, 5, 6, 7, 8]), TRAP]), "memory config", 16, kind);
}

#[test]
fn data_must_not_be_longer_than_its_region() {
    assert!(Blob::parse(&blob(&[(1, &[2, 3, 0]), (2, b"ab"), (3, b"abc"), TRAP])).is_ok());
    let what = "the length of the read-only data";
    let bytes = blob(&[(1, &[2, 3, 0]), (2, b"abc"), (3, b"abc"), TRAP]);
    rejected(&bytes, "read-only data", 20, TooLarge { what, value: 3, max: 2 });
    let what = "the length of the read-write data";
    let bytes = blob(&[(1, &[2, 3, 0]), (2, b"ab"), (3, b"abcd"), TRAP]);
    rejected(&bytes, "read-write data", 24, TooLarge { what, value: 4, max: 3 });
    rejected(&blob(&[(3, b"a"), TRAP]), "read-write data", 15, TooLarge { what, value: 1, max: 0 });
}

// Section 4: imports.

#[test]
fn there_are_at_most_1024_imports() {
    let imports = |count: u32| {
        let mut payload = Vec::new();
        varint::write(count, &mut payload);
        payload.resize(payload.len() + 4 * count as usize, 0);
        payload
    };
    let bytes = blob(&[(4, &imports(1024)), TRAP]);
    assert_eq!(Blob::parse(&bytes).unwrap().imports().len(), 1024);
    // Two bytes of section length come before the payload.
    let kind = TooLarge { what: "the number of imports", value: 1025, max: 1024 };
    rejected(&blob(&[(4, &imports(1025)), TRAP]), "imports", 16, kind);
}

#[test]
fn the_list_of_symbol_offsets_must_be_whole() {
    let kind = truncated("the list of symbol offsets", 8, 7);
    rejected(&blob(&[(4, &[2, 0, 0, 0, 0, 0, 0, 0]), TRAP]), "imports", 16, kind);
    assert!(Blob::parse(&blob(&[(4, &[2, 0, 0, 0, 0, 0, 0, 0, 0]), TRAP])).is_ok());
    let bytes = blob(&[(4, b"\0trailing"), TRAP]);
    assert!(Blob::parse(&bytes).unwrap().imports().is_empty());
}

#[test]
fn a_symbol_out_of_bounds_is_invalid_but_keeps_its_number() {
    let offsets = [0_u32, 5, 3, 4, u32::MAX, 6];
    let payload: Vec<u8> =
        [6].into_iter().chain(offsets.into_iter().flat_map(u32::to_le_bytes)).chain(*b"abcdefg").collect();
    let bytes = blob(&[(4, &payload), TRAP]);
    let blob = Blob::parse(&bytes).unwrap();
    let symbols: Vec<_> = blob.imports().iter().collect();
    assert_eq!(symbols, [Some(&b"abcde"[..]), None, Some(b"d"), None, None, Some(b"g")]);
    assert_eq!(blob.imports().get(1), Some(None));
    assert_eq!(blob.imports().get(6), None);
}

// Section 5: exports.

#[test]
fn exports_end_at_the_first_that_cannot_be_read() {
    let names = |payload: &[u8]| -> Vec<(u32, Vec<u8>)> {
        let bytes = blob(&[(5, payload), TRAP]);
        let blob = Blob::parse(&bytes).unwrap();
        blob.exports().map(|export| (export.offset, export.name.to_vec())).collect()
    };
    let one = |name: &(u32, Vec<u8>)| vec![name.clone()];
    let (a, b) = ((1, b"a".to_vec()), (2, b"".to_vec()));
    assert_eq!(names(&[2, 1, 1, b'a', 2, 0]), [a.clone(), b.clone()]);
    assert_eq!(names(&[1, 1, 1, b'a', 2, 0]), one(&a), "trailing bytes");
    assert_eq!(names(&[9, 1, 1, b'a', 2, 0]), [a.clone(), b], "fewer than announced");
    assert_eq!(names(&[2, 1, 1, b'a', 2, 3, b'x', b'y']), one(&a), "a name that is cut off");
    assert_eq!(names(&[0xf0, 0xff, 0xff, 0xff, 0xff, 1, 1, b'a']), one(&a), "four billion announced");
    assert_eq!(names(&[0xff]), [], "no count");
}

// Section 6: code.

#[test]
fn the_code_section_obeys_its_rules() {
    // The payload starts at 15 of these blobs.
    let rejected_code =
        |payload: &[u8], at: usize, kind| rejected(&blob(&[(6, payload)]), "code", 15 + at, kind);
    let count = "the number of jump table entries";
    let size = "the size of jump table entries";
    let length = "the length of the code";

    rejected_code(&[0x80], 0, truncated(count, 2, 1));
    rejected_code(&[0], 1, truncated(size, 1, 0));
    rejected_code(&[0, 0], 2, truncated(length, 1, 0));
    rejected_code(&[0, 0, 0xfe], 2, Varint { what: length, first_byte: 0xfe });
    // 1
    let mut payload = Vec::new();
    varint::write(16_777_217, &mut payload);
    payload.extend([0, 1, 0, 1]);
    rejected_code(&payload, 0, TooLarge { what: count, value: 16_777_217, max: 16_777_216 });
    let mut payload = Vec::new();
    varint::write(16_777_216, &mut payload);
    payload.extend([0, 1, 0, 1]);
    assert!(Blob::parse(&blob(&[(6, &payload)])).is_ok(), "a table of many entries without bytes");
    // 2
    let mut payload = vec![0, 0];
    varint::write(33_554_433, &mut payload);
    rejected_code(&payload, 2, TooLarge { what: length, value: 33_554_433, max: 33_554_432 });
    // 3
    rejected_code(&[0, 5, 1, 0, 1], 1, TooLarge { what: size, value: 5, max: 4 });
    // 5
    rejected_code(&[2, 2, 1, 0, 0, 0], 3, truncated("the jump table", 4, 3));
    rejected_code(&[1, 2, 9, 0, 0, 7], 5, truncated("the code", 9, 1));
    // 6
    rejected_code(&[0, 0, 1, 0], 4, BitmaskLength { found: 0, expected: 1 });
    rejected_code(&[0, 0, 1, 0, 1, 1], 4, BitmaskLength { found: 2, expected: 1 });
    // 7
    for bit in 1..8 {
        let last_byte = 1 | 1 << bit;
        rejected_code(&[0, 0, 1, 0, last_byte], 4, BitmaskPadding { last_byte, bits_used: 1 });
    }
    assert!(Blob::parse(&blob(&[(6, &[0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff])])).is_ok(), "no unused bits");
    // The order: an earlier rule wins.
    rejected_code(&[2, 5, 1, 0], 1, TooLarge { what: size, value: 5, max: 4 });

    let empty = blob(&[(6, &[0, 0, 0])]);
    assert!(Blob::parse(&empty).unwrap().code().is_empty(), "no code bytes are accepted here");
}

#[test]
fn the_longest_code_and_the_largest_table_are_accepted() {
    let mut section = Vec::new();
    varint::write(16_777_216, &mut section);
    section.push(4);
    varint::write(33_554_432, &mut section);
    section.resize(section.len() + 4 * 16_777_216 + 33_554_432 + 33_554_432 / 8, 0);
    let code = Code::parse(InstructionSet::ReviveV1, &section).unwrap();
    assert_eq!((code.len(), code.jump_table().len()), (33_554_432, 16_777_216));
    assert_eq!(code.jump_table().get(16_777_215), Some(0));
    assert_eq!(code.jump_table().by_address(2 * 16_777_216), Some(0));
    assert_eq!(code.jump_table().by_address(2 * 16_777_217), None);
    assert_eq!(code.instructions().count(), 1, "one stretch without any instruction");
}

#[test]
fn errors_say_where_and_how_much() {
    let bytes = blob(&[(1, &[2, 3, 0]), (2, b"abc"), TRAP]);
    assert_eq!(
        Blob::parse(&bytes).unwrap_err().to_string(),
        "read-only data, offset 20: the length of the read-only data is 3, at most 2 are allowed"
    );
    assert_eq!(
        Blob::parse(b"\x7fELF....").unwrap_err().to_string(),
        "header, offset 0: not a program blob: it starts with 7f 45 4c 46 instead of 50 56 4d 00"
    );
    assert!(size_of::<ParseError>() <= 72);
}
