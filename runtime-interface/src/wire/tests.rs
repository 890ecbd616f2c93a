// SPDX-License-Identifier: Apache-2.0
//! Both directions of every layout, the documented bytes themselves, and everything that must be refused.

use super::*;
use crate::{error::RunError, imports::Import};
use alloc::vec;
use revive_vm_primitives::TrapCause;

const TABLE: Imports = Imports(&[
    Import { symbol: "caller", gather: &[] },
    Import {
        symbol: "set_storage",
        gather: &[
            Gather { address: Operand::Low(1), length: Length::Key { len: Operand::Low(2), max: 128 } },
            Gather { address: Operand::High(3), length: Length::Bytes { count: Operand::High(4), max: 416 } },
        ],
    },
    Import {
        symbol: "deposit_event",
        gather: &[
            Gather {
                address: Operand::Low(0),
                length: Length::Items { count: Operand::Low(1), item_bytes: 32, count_max: 4 },
            },
            Gather { address: Operand::Low(5), length: Length::Fixed(20) },
        ],
    },
]);

#[test]
fn import_tables_survive_the_way() {
    let bytes = encode_imports(&TABLE).unwrap();
    let decoded = decode_imports(&bytes).unwrap();
    assert_eq!(decoded.len(), TABLE.0.len());
    for (import, (symbol, gather)) in TABLE.0.iter().zip(decoded) {
        assert_eq!(import.symbol.as_bytes(), symbol);
        assert_eq!(import.gather, gather);
    }
}

#[test]
fn an_import_table_has_the_documented_bytes() {
    const ONE: Imports = Imports(&[Import {
        symbol: "ab",
        gather: &[Gather {
            address: Operand::High(3),
            length: Length::Items { count: Operand::Low(1), item_bytes: 32, count_max: 4 },
        }],
    }]);
    let expected = [1, 0, 0, 0, 2, 1, b'a', b'b', 0x83, 2, 1, 0, 32, 0, 0, 0, 4, 0, 0, 0];
    assert_eq!(encode_imports(&ONE).unwrap(), expected);
}

#[test]
fn every_cut_and_every_extension_of_an_import_table_is_refused() {
    let bytes = encode_imports(&TABLE).unwrap();
    for len in 0..bytes.len() {
        assert_eq!(decode_imports(&bytes[..len]), None, "cut to {len} bytes");
    }
    let mut longer = bytes;
    longer.push(0);
    assert_eq!(decode_imports(&longer), None);
}

#[test]
fn import_tables_over_a_limit_or_with_bad_fields_are_refused() {
    let gather = |bytes: [u8; 12]| {
        let mut table = alloc::vec![1, 0, 0, 0, 1, 1, b'x'];
        table.extend_from_slice(&bytes);
        decode_imports(&table).is_some()
    };
    assert!(gather([0, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0]));
    assert!(!gather([6, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0]), "register 6");
    assert!(!gather([0x46, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0]), "unused operand bit");
    assert!(!gather([0, 4, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0]), "kind 4");
    assert!(!gather([0, 0, 1, 0, 20, 0, 0, 0, 0, 0, 0, 0]), "operand of a fixed length");
    assert!(!gather([0, 0, 0, 1, 20, 0, 0, 0, 0, 0, 0, 0]), "byte 3");
    assert!(!gather([0, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0]), "second number of a fixed length");
    assert!(!gather([0, 1, 9, 0, 20, 0, 0, 0, 0, 0, 0, 0]), "length operand");
    assert!(gather([0, 1, 1, 0, 0, 0, 0x40, 0, 0, 0, 0, 0]), "4 MiB");
    assert!(!gather([0, 1, 1, 0, 1, 0, 0x40, 0, 0, 0, 0, 0]), "4 MiB and a byte");
    assert!(!gather([0, 2, 1, 0, 255, 255, 255, 255, 255, 255, 255, 255]), "huge items");

    assert_eq!(decode_imports(&1025u32.to_le_bytes()), None, "more imports than allowed");
    assert_eq!(decode_imports(&u32::MAX.to_le_bytes()), None);
    let mut nine = alloc::vec![1, 0, 0, 0, 0, 9];
    nine.extend_from_slice(&[0; 9 * GATHER_BYTES]);
    assert_eq!(decode_imports(&nine), None, "nine gathers");
}

#[test]
fn writes_survive_the_way() {
    let writes = [
        Write::Bytes { address: 0x1_0000, bytes: &[1, 2, 3] },
        Write::Zero { address: u32::MAX, len: 0 },
        Write::Bytes { address: 0, bytes: &[] },
        Write::Zero { address: 5, len: 77 },
        Write::Output { bytes: &[4, 5] },
        Write::FromOutput { address: 6, len: 1 },
        Write::InputGone,
    ];
    let bytes = encode_writes(&writes).unwrap();
    assert_eq!(bytes[..12], [0, 0, 0, 1, 0, 3, 0, 0, 0, 1, 2, 3]);
    let mut reader = Reader::new(&bytes);
    for write in writes {
        assert_eq!(decode_write(&mut reader), Some(write));
    }
    assert!(reader.is_empty());
    assert!(encode_writes(&[]).unwrap().is_empty());
}

#[test]
fn malformed_writes_are_refused() {
    let bytes = encode_writes(&[Write::Bytes { address: 7, bytes: &[1, 2, 3] }]).unwrap();
    for len in 0..bytes.len() {
        assert_eq!(decode_write(&mut Reader::new(&bytes[..len])), None, "cut to {len} bytes");
    }
    let mut unknown_kind = bytes.clone();
    unknown_kind[0] = 5;
    assert_eq!(decode_write(&mut Reader::new(&unknown_kind)), None);
    let mut too_long = bytes;
    too_long[5..9].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(decode_write(&mut Reader::new(&too_long)), None);
}

fn head(kind: ExitKind) -> ExitHead {
    let args = [1, 2, 3, 4, 5, u64::MAX];
    let cause = (kind == ExitKind::Trap).then_some(TrapCause::Address(3));
    ExitHead { kind, gas: -5, pc: Some(0), args, instance: 0, closed: false, cause }
}

/// As a table without answers.
fn decode_imports(bytes: &[u8]) -> Option<Vec<DecodedImport<'_>>> {
    let (imports, answers) = decode_table(bytes)?;
    assert!(answers.is_empty());
    Some(imports)
}

#[test]
fn exits_survive_the_way() {
    let kinds = [
        ExitKind::Finished,
        ExitKind::HostCall { import: 38 },
        ExitKind::UnknownHostCall { number: u32::MAX },
        ExitKind::Trap,
        ExitKind::OutOfGas,
    ];
    for kind in kinds {
        let head = head(kind);
        assert_eq!(decode_exit(&begin_exit(&head, 0)), Some(Ok(head)));
        let without_pc = ExitHead { pc: None, ..head };
        assert_eq!(decode_exit(&begin_exit(&without_pc, 0)), Some(Ok(without_pc)));
    }
}

#[test]
fn an_instance_and_its_end_survive_the_way() {
    let expected = ExitHead { instance: 77, closed: true, ..head(ExitKind::Trap) };
    let mut record = begin_exit(&head(ExitKind::Trap), 0);
    set_instance(&mut record, 77);
    set_closed(&mut record);
    assert_eq!(record, begin_exit(&expected, 0));
    assert_eq!(decode_enter(&record), Some(Ok(expected)));
    record[3] |= 4;
    assert_eq!(decode_enter(&record), None, "an unknown flag");
}

#[test]
fn answers_survive_the_way() {
    let [a, b, c] = [Operand::Low(1), Operand::High(2), Operand::Low(5)];
    let answers = [
        Answer::Constant { constant: 9, to: a },
        Answer::Number { constant: 200 },
        Answer::InputSize,
        Answer::InputCopy { to: a, len: b, offset: c },
        Answer::InputLoad { to: a, offset: b },
        Answer::OutputSize,
        Answer::OutputCopy { to: a, cell: b, offset: c },
        Answer::Keccak256 { from: a, len: b, to: c },
    ];
    for reply in answers.into_iter().map(Reply::Answer).chain([Reply::Final]) {
        let answered = Answered { import: 2, reply, price: Price { base: 3, per_kib: 4 } };
        let bytes = encode_table(&TABLE, &[answered]).unwrap();
        assert_eq!(decode_table(&bytes).unwrap().1, [answered]);
        for len in 1..ANSWER_BYTES {
            assert_eq!(decode_table(&bytes[..bytes.len() - len]), None, "{len} bytes missing");
        }
        assert_eq!(decode_table(&[&bytes[..], &bytes[bytes.len() - ANSWER_BYTES..]].concat()), None, "twice");
        let beyond = Answered { import: 3, ..answered };
        assert_eq!(
            decode_table(&encode_table(&TABLE, &[beyond]).unwrap()),
            None,
            "an import that is not there"
        );
    }
}

#[test]
fn frames_survive_the_way() {
    let bytes = encode_frame(&[b"abc", b"", b"d"], b"input").unwrap();
    assert_eq!(bytes, b"\x03\x03abc\x00\x01dinput");
    assert_eq!(decode_frame(&bytes), Some((vec![&b"abc"[..], b"", b"d"], &b"input"[..])));
    for len in 0..bytes.len() - 5 {
        assert_eq!(decode_frame(&bytes[..len]), None, "cut to {len} bytes");
    }
    assert_eq!(encode_frame(&[&[0; 256]], b""), None);
    assert_eq!(encode_frame(&[&b"a"[..]; 256], b""), None);
}

#[test]
fn gathered_ranges_survive_the_way() {
    let head = head(ExitKind::HostCall { import: 0 });
    let states = [
        (GatherState::Bytes(3), &[7, 8, 9][..]),
        (GatherState::OutOfBounds, &[]),
        (GatherState::Bytes(0), &[]),
        (GatherState::TooLong { len: 1 << 40, max: 416 }, &[]),
        (GatherState::Bytes(1), &[6]),
    ];
    let mut record = begin_exit(&head, 5);
    for (index, (state, bytes)) in states.iter().enumerate() {
        set_descriptor(&mut record, index, *state);
        record.extend_from_slice(bytes);
    }
    assert_eq!(decode_exit(&record), Some(Ok(head)));
    for (index, expected) in states.iter().enumerate() {
        assert_eq!(decode_gathered(&record, index), Some(*expected));
    }
    assert_eq!(decode_gathered(&record, 5), None);

    for len in 0..record.len() {
        assert_eq!(decode_exit(&record[..len]), None, "cut to {len} bytes");
    }
    record.push(0);
    assert_eq!(decode_exit(&record), None, "one byte too many");
}

#[test]
fn run_errors_survive_the_way() {
    let errors = [
        RunError::NoSuchInstance,
        RunError::NoSuchExport,
        RunError::NotSuspended,
        RunError::WriteOutOfBounds { index: 3 },
        RunError::InvalidRequest,
    ];
    for error in errors {
        let reply = encode_run_error(error);
        assert_eq!(reply.len(), EXIT_ERROR_BYTES);
        assert_eq!(decode_exit(&reply), Some(Err(error)));
    }
    assert_eq!(decode_exit(&[99, 0, 0, 0, 0, 0, 0, 0]), None);
}

#[test]
fn random_bytes_are_never_a_panic() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let table = encode_imports(&TABLE).unwrap();
    let record = begin_exit(&head(ExitKind::HostCall { import: 1 }), 3);
    for _ in 0..20_000 {
        for original in [&table, &record] {
            let mut bytes = original.clone();
            for _ in 0..1 + next() % 4 {
                let at = usize::try_from(next()).unwrap() % bytes.len();
                bytes[at] = next().to_le_bytes()[0];
            }
            bytes.truncate(usize::try_from(next()).unwrap() % (bytes.len() + 1));
            let _ = decode_table(&bytes);
            let _ = decode_frame(&bytes);
            let _ = decode_enter(&bytes);
            let _ = decode_write(&mut Reader::new(&bytes));
            if let Some(Ok(_)) = decode_exit(&bytes) {
                for index in 0..=usize::from(bytes[2]) {
                    let _ = decode_gathered(&bytes, index);
                }
            }
        }
    }
}
