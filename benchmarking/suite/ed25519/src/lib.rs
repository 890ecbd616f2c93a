// SPDX-License-Identifier: Apache-2.0
//! Verifying signatures: Ed25519, `n` times over one message, every second time with a byte of it changed. Field arithmetic in
//! limbs of 51 bits with products of 128, on every target.

#![no_std]

use ed25519_compact::{KeyPair, PublicKey, Seed, Signature};

/// What is signed.
const MESSAGE: &[u8] = b"pay 100 to the account whose key begins with 0x5f3e";

static mut SIGNED: Option<(PublicKey, Signature)> = None;

/// Makes a key and signs.
pub fn initialize() {
    let pair = KeyPair::from_seed(Seed::new([42; 32]));
    let signature = pair.sk.sign(MESSAGE, None);
    // SAFETY: a workload has one thread, and nothing else uses the signature.
    unsafe { SIGNED = Some((pair.pk, signature)) };
}

/// Verifies `n` times. The checksum has a one for each signature that is good, and the key.
pub fn run(n: u64) -> u64 {
    // SAFETY: a workload has one thread, and nothing else uses the signature.
    let signed = unsafe { &*core::ptr::addr_of!(SIGNED) };
    let Some((key, signature)) = signed else { return 0 };
    let mut message = [0; MESSAGE.len()];
    message.copy_from_slice(MESSAGE);
    let mut checksum = key[..8].iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    for i in 0..n {
        message[0] ^= (i & 1) as u8;
        checksum = checksum.rotate_left(1) ^ u64::from(key.verify(message, signature).is_ok());
    }
    checksum
}
