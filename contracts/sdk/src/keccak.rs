// SPDX-License-Identifier: Apache-2.0
//! Keccak-256 as a `const fn`, for selectors and topics that are fixed at compile time.
//!
//! At run time a contract uses the host function [`crate::host::hash_keccak_256`] instead: it is cheaper.

/// Bytes absorbed per permutation at 256 bits of output.
const RATE: usize = 136;

const ROUND_CONSTANTS: [u64; 24] = round_constants();

/// The round constants, from their definition: bit 2^j - 1 of constant r is bit j + 7 r of an 8-bit LFSR with
/// the polynomial x^8 + x^6 + x^5 + x^4 + 1.
const fn round_constants() -> [u64; 24] {
    let mut constants = [0; 24];
    let mut lfsr: u8 = 1;
    let mut round = 0;
    while round < 24 {
        let mut j = 0;
        while j < 7 {
            if lfsr & 1 == 1 {
                constants[round] |= 1 << ((1u32 << j) - 1);
            }
            lfsr = (lfsr << 1) ^ if lfsr & 0x80 == 0 { 0 } else { 0x71 };
            j += 1;
        }
        round += 1;
    }
    constants
}

const fn permute(state: &mut [u64; 25]) {
    let mut round = 0;
    while round < 24 {
        // Theta.
        let mut parity = [0u64; 5];
        let mut x = 0;
        while x < 5 {
            parity[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
            x += 1;
        }
        let mut i = 0;
        while i < 25 {
            state[i] ^= parity[(i + 4) % 5] ^ parity[(i + 1) % 5].rotate_left(1);
            i += 1;
        }
        // Rho and pi: walk the lanes in the order (x, y) -> (y, 2 x + 3 y).
        let (mut x, mut y) = (1, 0);
        let mut carried = state[1];
        let mut t = 0;
        while t < 24 {
            (x, y) = (y, (2 * x + 3 * y) % 5);
            let lane = x + 5 * y;
            let rotated = carried.rotate_left(((t + 1) * (t + 2) / 2) % 64);
            carried = state[lane];
            state[lane] = rotated;
            t += 1;
        }
        // Chi.
        let mut y = 0;
        while y < 25 {
            let row = [state[y], state[y + 1], state[y + 2], state[y + 3], state[y + 4]];
            let mut x = 0;
            while x < 5 {
                state[y + x] = row[x] ^ (!row[(x + 1) % 5] & row[(x + 2) % 5]);
                x += 1;
            }
            y += 5;
        }
        // Iota.
        state[0] ^= ROUND_CONSTANTS[round];
        round += 1;
    }
}

/// Keccak-256 of `input`, with the original padding (0x01), as Ethereum uses it.
pub const fn keccak_256(input: &[u8]) -> [u8; 32] {
    let mut state = [0u64; 25];
    // `position` counts input plus padding; the last block always has at least one byte of padding.
    let blocks = input.len() / RATE + 1;
    let mut block = 0;
    while block < blocks {
        let mut i = 0;
        while i < RATE {
            let position = block * RATE + i;
            let mut byte = if position < input.len() { input[position] } else { 0 };
            if position == input.len() {
                byte ^= 0x01;
            }
            if position == blocks * RATE - 1 {
                byte ^= 0x80;
            }
            state[i / 8] ^= (byte as u64) << (8 * (i % 8));
            i += 1;
        }
        permute(&mut state);
        block += 1;
    }
    let mut digest = [0; 32];
    let mut i = 0;
    while i < 32 {
        digest[i] = (state[i / 8] >> (8 * (i % 8))) as u8;
        i += 1;
    }
    digest
}

#[cfg(test)]
mod tests {
    use super::keccak_256;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn published_digests_come_out() {
        assert_eq!(hex(&keccak_256(b"")), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
        assert_eq!(
            hex(&keccak_256(b"abc")),
            "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"
        );
        assert_eq!(
            hex(&keccak_256(b"Transfer(address,address,uint256)")),
            "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
        );
    }

    /// A full block of input needs a second block for the padding alone; one byte less puts both padding bits
    /// into the same byte. The expected values were computed with an independent implementation.
    #[test]
    fn padding_at_the_block_border_is_right() {
        assert_eq!(
            hex(&keccak_256(&[0x61; 135])),
            "34367dc248bbd832f4e3e69dfaac2f92638bd0bbd18f2912ba4ef454919cf446"
        );
        assert_eq!(
            hex(&keccak_256(&[0x61; 136])),
            "a6c4d403279fe3e0af03729caada8374b5ca54d8065329a3ebcaeb4b60aa386e"
        );
    }
}
