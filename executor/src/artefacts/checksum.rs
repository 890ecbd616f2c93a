// SPDX-License-Identifier: Apache-2.0
//! A checksum of 128 bits: SipHash-2-4 with the wide result and a key of zeros. It finds what got lost or changed by accident. It
//! is no seal: whoever can write files can compute it. Compiled into the build script too.

/// The checksum of all parts, one behind the other.
pub(crate) fn checksum(parts: &[&[u8]]) -> [u8; 16] {
    keyed(0, 0, parts)
}

fn keyed(k0: u64, k1: u64, parts: &[&[u8]]) -> [u8; 16] {
    let mut v = [
        k0 ^ 0x736f_6d65_7073_6575,
        k1 ^ 0x646f_7261_6e64_6f6d ^ 0xee,
        k0 ^ 0x6c79_6765_6e65_7261,
        k1 ^ 0x7465_6462_7974_6573,
    ];
    let mut word = [0; 8];
    let (mut filled, mut len) = (0, 0u64);
    for part in parts {
        len = len.wrapping_add(part.len() as u64);
        let mut part = *part;
        if filled > 0 {
            let (head, rest) = part.split_at(part.len().min(8 - filled));
            word[filled..filled + head.len()].copy_from_slice(head);
            filled += head.len();
            part = rest;
            if filled < 8 {
                continue;
            }
            compress(&mut v, u64::from_le_bytes(word));
        }
        let (words, rest) = part.as_chunks::<8>();
        words.iter().for_each(|word| compress(&mut v, u64::from_le_bytes(*word)));
        word[..rest.len()].copy_from_slice(rest);
        filled = rest.len();
    }
    word[filled..].fill(0);
    compress(&mut v, u64::from_le_bytes(word) | len << 56);
    v[2] ^= 0xee;
    (0..4).for_each(|_| round(&mut v));
    let low = v[0] ^ v[1] ^ v[2] ^ v[3];
    v[1] ^= 0xdd;
    (0..4).for_each(|_| round(&mut v));
    let high = v[0] ^ v[1] ^ v[2] ^ v[3];
    (u128::from(high) << 64 | u128::from(low)).to_le_bytes()
}

#[inline(always)]
fn compress(v: &mut [u64; 4], word: u64) {
    v[3] ^= word;
    round(v);
    round(v);
    v[0] ^= word;
}

#[inline(always)]
fn round(v: &mut [u64; 4]) {
    v[0] = v[0].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(13) ^ v[0];
    v[0] = v[0].rotate_left(32);
    v[2] = v[2].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(16) ^ v[2];
    v[0] = v[0].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(21) ^ v[0];
    v[2] = v[2].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(17) ^ v[2];
    v[2] = v[2].rotate_left(32);
}

/// Bytes as hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first of the vectors of the algorithm's authors: key 00 01 .. 0f, message 00 01 ..
    #[test]
    fn it_is_siphash() {
        let key = |start: u8| u64::from_le_bytes(core::array::from_fn(|index| start + index as u8));
        let hash = |message: &[u8]| hexadecimal(&keyed(key(0), key(8), &[message]));
        assert_eq!(hash(&[]), "a3817f04ba25a8e66df67214c7550293");
        assert_eq!(hash(&[0]), "da87c1d86b99af44347659119b22fc45");
    }

    #[test]
    fn parts_are_one_behind_the_other() {
        let bytes: Vec<u8> = (0..100).collect();
        let whole = checksum(&[&bytes]);
        for first in 0..30 {
            for second in first..30 {
                assert_eq!(checksum(&[&bytes[..first], &bytes[first..second], &bytes[second..]]), whole);
            }
        }
        assert_ne!(checksum(&[&bytes[1..]]), whole);
    }
}
