// SPDX-License-Identifier: Apache-2.0
//! Damage to blobs: the kind that a broken tool, a bad transfer or an attacker would do.

use crate::random::Random;

/// Values that bytes are set to more often than by chance: ends of ranges, and varint prefixes of every length.
const EDGE_BYTES: [u8; 12] = [0x00, 0x01, 0x7f, 0x80, 0xbf, 0xc0, 0xdf, 0xe0, 0xf0, 0xf7, 0xf8, 0xff];

/// Where a container's own length stands (blob format, section 1).
const LENGTH_FIELD: core::ops::Range<usize> = 5..13;

/// A damaged copy of `blob`, at most a few hundred bytes longer.
///
/// In most cases the container's length field is made to fit again: otherwise almost nothing would get past the first
/// check. Damage falls often on the beginning, where the sizes are.
pub fn mutate(blob: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = blob.to_vec();
    for _ in 0..=random.below(6) {
        if bytes.is_empty() {
            break;
        }
        mutate_once(&mut bytes, random);
    }
    if random.chance(90) {
        let len = bytes.len() as u64;
        if let Some(field) = bytes.get_mut(LENGTH_FIELD) {
            field.copy_from_slice(&len.to_le_bytes());
        }
    }
    bytes
}

fn mutate_once(bytes: &mut Vec<u8>, random: &mut Random) {
    let len = bytes.len();
    let position = if random.chance(40) { random.below(len.min(96)) } else { random.below(len) };
    let short = 1 + random.below(32.min(len - position));
    match random.below(10) {
        0 | 1 => bytes[position] ^= 1 << random.below(8),
        2 | 3 => bytes[position] = random.pick(&EDGE_BYTES),
        4 => bytes[position] = random.byte(),
        5 => {
            // A little more or less: sizes and counts that are off by one.
            bytes[position] = bytes[position].wrapping_add(random.pick(&[1, 0xff]));
        }
        6 => drop(bytes.drain(position..position + short)),
        7 => {
            let copy = bytes[position..position + short].to_vec();
            let to = random.below(len + 1);
            drop(bytes.splice(to..to, copy));
        }
        8 => {
            let from = random.below(len - short + 1);
            bytes.copy_within(position..position + short, from);
        }
        _ => {
            if random.chance(20) {
                bytes.truncate(position);
            } else {
                bytes[position..position + short].iter_mut().for_each(|byte| *byte = random.byte());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_does_the_same_damage() {
        let blob: Vec<u8> = (0..200).map(|byte| byte as u8).collect();
        let mutated = |seed| mutate(&blob, &mut Random::new(seed));
        assert_eq!(mutated(7), mutated(7));
        let changed = (0..100).filter(|seed| mutated(*seed) != blob).count();
        assert!(changed > 90, "{changed}");
    }

    #[test]
    fn tiny_inputs_are_no_problem() {
        for len in 0..20 {
            for seed in 0..200 {
                mutate(&vec![0xff; len], &mut Random::new(seed));
            }
        }
    }
}
