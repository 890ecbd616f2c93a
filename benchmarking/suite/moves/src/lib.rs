// SPDX-License-Identifier: Apache-2.0
//! Moving memory: `n` rounds of copies within a buffer of 64 KiB, disjoint and overlapping, at all alignments, then fills
//! and comparisons, by the compiler's own memory functions.

#![no_std]

const LEN: usize = 1 << 16;
const PIECE: usize = 4000;
/// How far the overlapping copy may go beyond its piece.
const SLACK: usize = 8;

static mut BUFFER: [u8; LEN] = [0; LEN];

/// Fills the buffer.
pub fn initialize() {
    // SAFETY: a workload has one thread, and nothing else uses the buffer.
    let buffer = unsafe { &mut *core::ptr::addr_of_mut!(BUFFER) };
    for (i, byte) in buffer.iter_mut().enumerate() {
        *byte = (i * 7) as u8;
    }
}

/// Does `n` rounds.
pub fn run(n: u64) -> u64 {
    // SAFETY: a workload has one thread, and nothing else uses the buffer.
    let buffer = unsafe { &mut *core::ptr::addr_of_mut!(BUFFER) };
    let mut checksum = 0u64;
    for round in 0..n as usize {
        let from = round * 1237 % (LEN - PIECE - SLACK);
        let to = round * 3571 % (LEN - PIECE - SLACK);
        buffer.copy_within(from..from + PIECE, to);
        buffer.copy_within(to..to + PIECE, to + round % (SLACK + 1));
        buffer[from..from + 64].fill(round as u8);
        let (left, right) = buffer.split_at(LEN / 2);
        let equal = left[from / 3..][..512] == right[from / 3..][..512];
        checksum = checksum.wrapping_mul(31) + u64::from(buffer[to]) + u64::from(equal);
    }
    checksum
}
