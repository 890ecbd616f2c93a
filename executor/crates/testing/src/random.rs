// SPDX-License-Identifier: Apache-2.0
//! Random numbers that are the same on every machine for ever, so that a seed in a failure message finds the failure
//! again.

/// The SplitMix64 generator: one 64-bit counter and a mixing function. It may be preceded by bytes, so that a fuzzer
/// which chooses bytes chooses what is generated.
#[derive(Clone, Debug)]
pub struct Random {
    counter: u64,
    bytes: Vec<u8>,
    /// How many of the bytes are used.
    used: usize,
}

impl Random {
    /// A generator. Different seeds give unrelated sequences.
    pub const fn new(seed: u64) -> Self {
        Self { counter: seed, bytes: Vec::new(), used: 0 }
    }

    /// A generator whose first numbers are made of `bytes`, each number below 256 of one of them.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), ..Self::new(bytes.len() as u64) }
    }

    /// Takes up to `count` bytes, the first one as the most significant; `None` when there are none left.
    fn take(&mut self, count: usize) -> Option<u64> {
        let rest = self.bytes.get(self.used..).filter(|rest| !rest.is_empty())?;
        let count = count.min(rest.len());
        let mut number = [0; 8];
        number[..count].copy_from_slice(&rest[..count]);
        self.used += count;
        Some(u64::from_be_bytes(number))
    }

    /// Any 64-bit number.
    pub fn next_u64(&mut self) -> u64 {
        if let Some(number) = self.take(8) {
            return number;
        }
        self.counter = self.counter.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.counter;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Any 32-bit number.
    pub fn next_u32(&mut self) -> u32 {
        (self.next_u64() >> 32) as u32
    }

    /// Any byte.
    pub fn byte(&mut self) -> u8 {
        (self.next_u64() >> 56) as u8
    }

    /// A number below `bound`, which must not be 0. The bias is far below what a test could notice.
    pub fn below(&mut self, bound: usize) -> usize {
        let number = match bound {
            0..=0x100 => self.take(1),
            _ => None,
        };
        let number = number.unwrap_or_else(|| self.next_u64());
        ((u128::from(number) * bound as u128) >> 64) as usize
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of `items`, which must not be empty.
    pub fn pick<V: Copy>(&mut self, items: &[V]) -> V {
        items[self.below(items.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_never_changes() {
        // The published first outputs of SplitMix64 for seed 1234567.
        let mut random = Random::new(1_234_567);
        assert_eq!(random.next_u64(), 6_457_827_717_110_365_317);
        assert_eq!(random.next_u64(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn bytes_come_first() {
        let mut random = Random::from_bytes(&[0x80, 0xff, 1, 2, 3]);
        assert_eq!((random.below(4), random.below(256)), (2, 255));
        assert_eq!(random.next_u64(), 0x0102_0300_0000_0000);
        assert_eq!(random.next_u64(), Random::new(5).next_u64());
    }

    #[test]
    fn below_stays_below() {
        let mut random = Random::new(1);
        let mut seen = [false; 7];
        for _ in 0..1000 {
            seen[random.below(7)] = true;
        }
        assert_eq!(seen, [true; 7]);
    }
}
