// SPDX-License-Identifier: Apache-2.0
//! What stands for the library of curves and hashes where a runtime is built natively.
//!
//! The library itself cannot be linked there: its assembly defines symbols that the OpenSSL in the node defines too, and a
//! node links the native twin of its runtime for types and the genesis state. The twin never runs a contract. A native program
//! that does, such as a test, brings the library and gives it to [`provide`]. Without it a precompile that needs it ends loudly:
//! an answer that differs from the wasm runtime's would be worse than none.

use alloc::vec::Vec;
use std::sync::OnceLock;

/// What the precompiles ask of the library. `None` is an input that it refuses.
pub trait Cryptography: Sync {
    /// RIPEMD-160, behind 12 zero bytes.
    fn ripemd160(&self, input: &[u8]) -> [u8; 32];

    /// A modular power. All numbers are big-endian; the result has the length of the modulus.
    fn modexp(&self, base: &[u8], exponent: &[u8], modulus: &[u8]) -> Option<Vec<u8>>;

    /// The sum of two points on bn254, as big-endian coordinates.
    fn bn254_g1_add(&self, a: &[u8], b: &[u8]) -> Option<[u8; 64]>;

    /// A multiple of a point on bn254.
    fn bn254_g1_mul(&self, point: &[u8], scalar: &[u8]) -> Option<[u8; 64]>;

    /// Whether the product of the pairings is one.
    fn bn254_pairing_check(&self, pairs: &[(&[u8], &[u8])]) -> Option<bool>;

    /// The compression function of BLAKE2b on `state`.
    fn blake2_compress(
        &self,
        rounds: u32,
        state: &mut [u64; 8],
        message: [u64; 16],
        offset: [u64; 2],
        last: bool,
    );

    /// Whether a signature on P-256 holds.
    fn secp256r1_verify(&self, hash: &[u8; 32], signature: &[u8; 64], key: &[u8; 64]) -> bool;
}

static PROVIDED: OnceLock<&'static dyn Cryptography> = OnceLock::new();

/// Gives the library to this process. Only the first counts.
pub fn provide(library: &'static dyn Cryptography) {
    let _ = PROVIDED.set(library);
}

/// In place of the library's functions, with their types.
#[derive(Debug)]
pub(super) struct Portable;

fn provided() -> &'static dyn Cryptography {
    match PROVIDED.get() {
        Some(library) => *library,
        None => {
            panic!("contracts run in the wasm runtime, its native twin has no cryptography for precompiles")
        }
    }
}

impl Portable {
    pub(super) fn ripemd160(&self, input: &[u8]) -> [u8; 32] {
        provided().ripemd160(input)
    }

    pub(super) fn modexp(&self, base: &[u8], exponent: &[u8], modulus: &[u8]) -> Result<Vec<u8>, ()> {
        provided().modexp(base, exponent, modulus).ok_or(())
    }

    pub(super) fn bn254_g1_add(&self, a: &[u8], b: &[u8]) -> Result<[u8; 64], ()> {
        provided().bn254_g1_add(a, b).ok_or(())
    }

    pub(super) fn bn254_g1_mul(&self, point: &[u8], scalar: &[u8]) -> Result<[u8; 64], ()> {
        provided().bn254_g1_mul(point, scalar).ok_or(())
    }

    pub(super) fn bn254_pairing_check(&self, pairs: &[(&[u8], &[u8])]) -> Result<bool, ()> {
        provided().bn254_pairing_check(pairs).ok_or(())
    }

    pub(super) fn blake2_compress(
        &self,
        rounds: u32,
        state: &mut [u64; 8],
        message: [u64; 16],
        offset: [u64; 2],
        last: bool,
    ) {
        provided().blake2_compress(rounds, state, message, offset, last);
    }

    pub(super) fn secp256r1_verify(&self, hash: &[u8; 32], signature: &[u8; 64], key: &[u8; 64]) -> bool {
        provided().secp256r1_verify(hash, signature, key)
    }
}
