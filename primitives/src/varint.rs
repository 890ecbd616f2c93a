// SPDX-License-Identifier: Apache-2.0
//! Prefix varints: unsigned 32-bit numbers in 1 to 5 bytes (blob format, section 2.1).
//!
//! The number of leading one-bits of the first byte is the number of bytes that follow; the rest of the first byte is
//! the most significant part, the following bytes are little endian.

use alloc::vec::Vec;

/// Longest encoding in bytes.
pub const BYTES_MAX: usize = 5;

/// Why a varint could not be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VarintError {
    /// The bytes end before the first byte or before the bytes it announces.
    Truncated {
        /// Length of the encoding in bytes.
        needed: usize,
        /// Bytes there are.
        available: usize,
    },
    /// The first byte has five or more leading one-bits, so it announces more than 32 bits.
    FirstByte(u8),
}

/// Reads the varint at the start of `bytes`: its value and its length in bytes.
///
/// Encodings longer than necessary are accepted. First bytes `0xf1` to `0xf7` are accepted too and their low three bits
/// are or-ed into the value, as the format demands of every reader.
pub fn read(bytes: &[u8]) -> Result<(u32, usize), VarintError> {
    let Some((&first, rest)) = bytes.split_first() else {
        return Err(VarintError::Truncated { needed: 1, available: 0 });
    };
    let following = first.leading_ones() as usize;
    if following >= BYTES_MAX {
        return Err(VarintError::FirstByte(first));
    }
    let Some(rest) = rest.get(..following) else {
        return Err(VarintError::Truncated { needed: following + 1, available: bytes.len() });
    };
    let mut low = [0; 4];
    low[..following].copy_from_slice(rest);
    // The bits behind the prefix: 7, 6, 5, 4 of them; with four following bytes three, which overlap the value.
    let high = u32::from(first) & (0x7f >> following);
    let high = if following == 4 { high } else { high << (8 * following) };
    Ok((u32::from_le_bytes(low) | high, following + 1))
}

/// Appends the shortest encoding of `value` to `out`.
pub fn write(value: u32, out: &mut Vec<u8>) {
    let following = match value {
        0..=0x7f => 0,
        0x80..=0x3fff => 1,
        0x4000..=0x1f_ffff => 2,
        0x20_0000..=0x0fff_ffff => 3,
        _ => 4,
    };
    // `following` one-bits, then the bits of the value above the following bytes.
    let prefix = !(0xff_u8 >> following);
    let high = if following == 4 { 0 } else { (value >> (8 * following)) as u8 };
    out.push(prefix | high);
    out.extend_from_slice(&value.to_le_bytes()[..following]);
}

/// Length in bytes of the shortest encoding of `value`.
pub fn encoded_len(value: u32) -> usize {
    match value {
        0..=0x7f => 1,
        0x80..=0x3fff => 2,
        0x4000..=0x1f_ffff => 3,
        0x20_0000..=0x0fff_ffff => 4,
        _ => 5,
    }
}
