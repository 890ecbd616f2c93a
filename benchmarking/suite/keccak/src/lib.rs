// SPDX-License-Identifier: Apache-2.0
//! Hashing with 64-bit words: Keccak-256 of a message of 1 KiB, `n` times, each time with the hash before in it. All rotations,
//! exclusive ors and loads and stores of a state that no register file holds.

#![no_std]

use sha3::{Digest, Keccak256};

static mut MESSAGE: [u8; 1024] = [0; 1024];

/// Makes the message.
pub fn initialize() {
    // SAFETY: a workload has one thread, and nothing else uses the message.
    let message = unsafe { &mut *core::ptr::addr_of_mut!(MESSAGE) };
    for (i, byte) in message.iter_mut().enumerate() {
        *byte = (i * 3) as u8;
    }
}

/// Hashes `n` times.
pub fn run(n: u64) -> u64 {
    // SAFETY: a workload has one thread, and nothing else uses the message.
    let message = unsafe { &mut *core::ptr::addr_of_mut!(MESSAGE) };
    for _ in 0..n {
        let hash = Keccak256::digest(&message[..]);
        message[..32].copy_from_slice(&hash);
    }
    message[..8].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}
