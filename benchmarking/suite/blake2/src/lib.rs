// SPDX-License-Identifier: Apache-2.0
//! Hashing with 64-bit words and additions: BLAKE2b-256 of a message of 4 KiB, `n` times, each time with the hash before in it.

#![no_std]

use blake2b::{digest::consts::U32, Blake2b, Digest};

static mut MESSAGE: [u8; 4096] = [0; 4096];

/// Makes the message.
pub fn initialize() {
    // SAFETY: a workload has one thread, and nothing else uses the message.
    let message = unsafe { &mut *core::ptr::addr_of_mut!(MESSAGE) };
    for (i, byte) in message.iter_mut().enumerate() {
        *byte = (i * 5) as u8;
    }
}

/// Hashes `n` times.
pub fn run(n: u64) -> u64 {
    // SAFETY: a workload has one thread, and nothing else uses the message.
    let message = unsafe { &mut *core::ptr::addr_of_mut!(MESSAGE) };
    for _ in 0..n {
        let hash = Blake2b::<U32>::digest(&message[..]);
        message[..32].copy_from_slice(&hash);
    }
    message[..8].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}
