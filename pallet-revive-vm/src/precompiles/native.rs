// SPDX-License-Identifier: Apache-2.0
//! What stands for the library of curves and hashes in the native twin of a runtime, which a node links for types and the
//! genesis state and which never runs a contract.
//!
//! The library itself cannot be linked there: its assembly defines symbols that the OpenSSL in the node defines too. An
//! answer that differs from the runtime's would be worse than none, so running a precompile here ends loudly.

use alloc::vec::Vec;

/// In place of the library's functions, with their types.
#[derive(Debug)]
pub(super) struct Portable;

fn absent() -> ! {
    panic!("contracts run in the wasm runtime, its native twin has no cryptography for precompiles")
}

impl Portable {
    pub(super) fn ripemd160(&self, _input: &[u8]) -> [u8; 32] {
        absent()
    }

    pub(super) fn modexp(&self, _base: &[u8], _exponent: &[u8], _modulus: &[u8]) -> Result<Vec<u8>, ()> {
        absent()
    }

    pub(super) fn bn254_g1_add(&self, _a: &[u8], _b: &[u8]) -> Result<[u8; 64], ()> {
        absent()
    }

    pub(super) fn bn254_g1_mul(&self, _point: &[u8], _scalar: &[u8]) -> Result<[u8; 64], ()> {
        absent()
    }

    pub(super) fn bn254_pairing_check(&self, _pairs: &[(&[u8], &[u8])]) -> Result<bool, ()> {
        absent()
    }

    pub(super) fn blake2_compress(
        &self,
        _rounds: u32,
        _state: &mut [u64; 8],
        _message: [u64; 16],
        _offset: [u64; 2],
        _last: bool,
    ) {
        absent()
    }

    pub(super) fn secp256r1_verify(&self, _hash: &[u8; 32], _signature: &[u8; 64], _key: &[u8; 64]) -> bool {
        absent()
    }
}
