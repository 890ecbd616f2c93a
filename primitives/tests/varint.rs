// SPDX-License-Identifier: Apache-2.0
//! Prefix varints (blob format, section 2.1).

use revive_vm_primitives::varint::{encoded_len, read, write, VarintError};

fn encode(value: u32) -> Vec<u8> {
    let mut out = Vec::new();
    write(value, &mut out);
    out
}

#[test]
fn the_shortest_form_is_written_and_read_back() {
    let rows: [(u32, &[u8]); 12] = [
        (0, &[0x00]),
        (1, &[0x01]),
        (0x7f, &[0x7f]),
        (0x80, &[0x80, 0x80]),
        (0x3fff, &[0xbf, 0xff]),
        (0x4000, &[0xc0, 0x00, 0x40]),
        (0x1f_ffff, &[0xdf, 0xff, 0xff]),
        (0x20_0000, &[0xe0, 0x00, 0x00, 0x20]),
        (0x0fff_ffff, &[0xef, 0xff, 0xff, 0xff]),
        (0x1000_0000, &[0xf0, 0x00, 0x00, 0x00, 0x10]),
        (0x1234_5678, &[0xf0, 0x78, 0x56, 0x34, 0x12]),
        (u32::MAX, &[0xf0, 0xff, 0xff, 0xff, 0xff]),
    ];
    for (value, bytes) in rows {
        assert_eq!(encode(value), bytes, "{value:#x}");
        assert_eq!(encoded_len(value), bytes.len());
        assert_eq!(read(bytes), Ok((value, bytes.len())));
        let longer = [bytes, &[0xaa]].concat();
        assert_eq!(read(&longer), Ok((value, bytes.len())), "what follows does not matter");
    }
    for bit in 0..32 {
        for value in [1_u32 << bit, (1_u32 << bit) - 1, (1_u32 << bit) + 1] {
            assert_eq!(read(&encode(value)), Ok((value, encoded_len(value))), "{value:#x}");
        }
    }
}

#[test]
fn the_first_byte_holds_the_most_significant_part() {
    assert_eq!(read(&[0x81, 0x02]), Ok((0x0102, 2)));
    assert_eq!(read(&[0xc1, 0x02, 0x03]), Ok((0x01_0302, 3)));
    assert_eq!(read(&[0xe1, 0x02, 0x03, 0x04]), Ok((0x0104_0302, 4)));
}

#[test]
fn longer_forms_than_needed_are_accepted() {
    assert_eq!(read(&[0x80, 0x01]), Ok((1, 2)));
    assert_eq!(read(&[0xf0, 0x01, 0, 0, 0]), Ok((1, 5)));
}

#[test]
fn low_bits_of_a_first_byte_above_f0_are_or_ed_in() {
    for low in 0..8 {
        assert_eq!(read(&[0xf0 | low, 0x10, 0, 0, 0x80]), Ok((0x8000_0010 | u32::from(low), 5)));
    }
}

#[test]
fn five_leading_ones_are_rejected() {
    for first in 0xf8..=0xff {
        assert_eq!(read(&[first, 0, 0, 0, 0, 0, 0, 0, 0]), Err(VarintError::FirstByte(first)));
    }
}

#[test]
fn missing_bytes_are_rejected() {
    assert_eq!(read(&[]), Err(VarintError::Truncated { needed: 1, available: 0 }));
    for value in [0x80, 0x4000, 0x20_0000, 0x1000_0000] {
        let bytes = encode(value);
        for available in 1..bytes.len() {
            let expected = Err(VarintError::Truncated { needed: bytes.len(), available });
            assert_eq!(read(&bytes[..available]), expected);
        }
    }
}
