// SPDX-License-Identifier: Apache-2.0
//! The library of curves and hashes, for the native places.

use ethrex_crypto::Crypto;
use pallet_revive_vm::precompiles::native::{self, Cryptography};

/// The functions of the library in their portable form, as the wasm runtimes have them.
#[derive(Debug)]
struct Library;

impl Crypto for Library {}

/// Gives the library to the pallet.
pub(crate) fn provide() {
    native::provide(&Library);
}

impl Cryptography for Library {
    fn ripemd160(&self, input: &[u8]) -> [u8; 32] {
        Crypto::ripemd160(self, input)
    }

    fn modexp(&self, base: &[u8], exponent: &[u8], modulus: &[u8]) -> Option<Vec<u8>> {
        Crypto::modexp(self, base, exponent, modulus).ok()
    }

    fn bn254_g1_add(&self, a: &[u8], b: &[u8]) -> Option<[u8; 64]> {
        Crypto::bn254_g1_add(self, a, b).ok()
    }

    fn bn254_g1_mul(&self, point: &[u8], scalar: &[u8]) -> Option<[u8; 64]> {
        Crypto::bn254_g1_mul(self, point, scalar).ok()
    }

    fn bn254_pairing_check(&self, pairs: &[(&[u8], &[u8])]) -> Option<bool> {
        Crypto::bn254_pairing_check(self, pairs).ok()
    }

    fn blake2_compress(
        &self,
        rounds: u32,
        state: &mut [u64; 8],
        message: [u64; 16],
        offset: [u64; 2],
        last: bool,
    ) {
        Crypto::blake2_compress(self, rounds, state, message, offset, last);
    }

    fn secp256r1_verify(&self, hash: &[u8; 32], signature: &[u8; 64], key: &[u8; 64]) -> bool {
        Crypto::secp256r1_verify(self, hash, signature, key)
    }
}
