// SPDX-License-Identifier: Apache-2.0
//! Keccak-256, the hash of the contract ABI: rate 1088, capacity 512, padding `0x01`.
//!
//! Its own code, because the worker, which is compiled without any dependency, includes this file as a module of its own.
//! The numbers are those of FIPS 202, sections 3.2 and 5.1, with the padding of the original submission.
//! `executor/tests/answers` compares it with another implementation.

/// Bytes that are absorbed between two permutations.
const RATE: usize = 136;

/// A hash being computed.
#[derive(Default)]
pub struct Keccak256 {
    lanes: [u64; 25],
    /// Bytes absorbed since the last permutation, below [`RATE`].
    at: usize,
}

impl Keccak256 {
    /// The hash of some bytes.
    pub fn hash(bytes: &[u8]) -> [u8; 32] {
        let mut state = Self::default();
        state.update(bytes);
        state.finish()
    }

    /// Absorbs bytes.
    pub fn update(&mut self, mut bytes: &[u8]) {
        // Whole blocks, without looking at single bytes.
        while self.at == 0 && bytes.len() >= RATE {
            let (block, rest) = bytes.split_at(RATE);
            for (lane, word) in self.lanes.iter_mut().zip(block.chunks_exact(8)) {
                let mut le = [0; 8];
                le.copy_from_slice(word);
                *lane ^= u64::from_le_bytes(le);
            }
            permute(&mut self.lanes);
            bytes = rest;
        }
        for byte in bytes {
            self.absorb(*byte);
            if self.at == RATE {
                permute(&mut self.lanes);
                self.at = 0;
            }
        }
    }

    /// The hash of all that was absorbed.
    pub fn finish(mut self) -> [u8; 32] {
        self.absorb(0x01);
        self.at = RATE - 1;
        self.absorb(0x80);
        permute(&mut self.lanes);
        let mut hash = [0; 32];
        for (out, lane) in hash.chunks_exact_mut(8).zip(self.lanes) {
            out.copy_from_slice(&lane.to_le_bytes());
        }
        hash
    }

    #[inline(always)]
    fn absorb(&mut self, byte: u8) {
        self.lanes[self.at / 8 % 25] ^= u64::from(byte) << (8 * (self.at % 8));
        self.at += 1;
    }
}

/// Round constants (iota).
const ROUNDS: [u64; 24] = [
    0x0000_0000_0000_0001,
    0x0000_0000_0000_8082,
    0x8000_0000_0000_808a,
    0x8000_0000_8000_8000,
    0x0000_0000_0000_808b,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x0000_0000_0000_008a,
    0x0000_0000_0000_0088,
    0x0000_0000_8000_8009,
    0x0000_0000_8000_000a,
    0x0000_0000_8000_808b,
    0x8000_0000_0000_008b,
    0x8000_0000_0000_8089,
    0x8000_0000_0000_8003,
    0x8000_0000_0000_8002,
    0x8000_0000_0000_0080,
    0x0000_0000_0000_800a,
    0x8000_0000_8000_000a,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8080,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8008,
];

/// Keccak-f[1600]. Written out where lanes are chosen, so that every index is a constant: there is no bound to check, and
/// nothing that could panic, for which the worker has no room.
fn permute(a: &mut [u64; 25]) {
    /// Theta for the lanes of an x: `$left` and `$right` are the sums beside it.
    macro_rules! theta {
        ($x:literal, $left:expr, $right:expr) => {
            let change = $left ^ $right.rotate_left(1);
            a[$x] ^= change;
            a[$x + 5] ^= change;
            a[$x + 10] ^= change;
            a[$x + 15] ^= change;
            a[$x + 20] ^= change;
        };
    }
    /// Rho and pi: each lane moves to the next place of the path, rotated by so many bits.
    macro_rules! path {
        ($($to:literal by $bits:literal),*) => {
            let mut moving = a[1];
            $((moving, a[$to]) = (a[$to], moving.rotate_left($bits));)*
            let _ = moving;
        };
    }
    /// Chi for the five lanes from an index on.
    macro_rules! chi {
        ($y:literal) => {
            let row = [a[$y], a[$y + 1], a[$y + 2], a[$y + 3], a[$y + 4]];
            a[$y] = row[0] ^ (!row[1] & row[2]);
            a[$y + 1] = row[1] ^ (!row[2] & row[3]);
            a[$y + 2] = row[2] ^ (!row[3] & row[4]);
            a[$y + 3] = row[3] ^ (!row[4] & row[0]);
            a[$y + 4] = row[4] ^ (!row[0] & row[1]);
        };
    }
    for constant in ROUNDS {
        let sums = [
            a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20],
            a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21],
            a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22],
            a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23],
            a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24],
        ];
        theta!(0, sums[4], sums[1]);
        theta!(1, sums[0], sums[2]);
        theta!(2, sums[1], sums[3]);
        theta!(3, sums[2], sums[4]);
        theta!(4, sums[3], sums[0]);
        path!(
            10 by 1, 7 by 3, 11 by 6, 17 by 10, 18 by 15, 3 by 21, 5 by 28, 16 by 36, 8 by 45, 21 by 55, 24 by 2, 4 by 14,
            15 by 27, 23 by 41, 19 by 56, 13 by 8, 12 by 25, 2 by 43, 20 by 62, 14 by 18, 22 by 39, 9 by 61, 6 by 20, 1 by 44
        );
        chi!(0);
        chi!(5);
        chi!(10);
        chi!(15);
        chi!(20);
        a[0] ^= constant;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The best known ones: of nothing, and of three letters.
    #[test]
    fn known_hashes() {
        let nothing = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
        let letters = "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45";
        for (bytes, expected) in [(&b""[..], nothing), (b"abc", letters)] {
            let hex: alloc::string::String =
                Keccak256::hash(bytes).iter().map(|byte| alloc::format!("{byte:02x}")).collect();
            assert_eq!(hex, expected);
        }
    }

    #[test]
    fn pieces_make_the_whole() {
        let bytes: alloc::vec::Vec<u8> = (0..700u32).map(|n| (n * 7 % 251) as u8).collect();
        for len in [0, 1, 7, 135, 136, 137, 271, 272, 273, 700] {
            let whole = Keccak256::hash(&bytes[..len]);
            for piece in [1, 8, 135, 136, 137] {
                let mut state = Keccak256::default();
                bytes[..len].chunks(piece).for_each(|bytes| state.update(bytes));
                assert_eq!(state.finish(), whole, "{len} bytes in pieces of {piece}");
            }
        }
    }
}
