// SPDX-License-Identifier: Apache-2.0
//! The precompiles of Ethereum.
//!
//! The curves, big integers and hashes come from `ethrex-crypto` and from the node (`sp-io`); here is only what is around them:
//! the layout of the input, the checks that the proposals ask for, the prices.

use super::{Environment, Failure, PrecompileResult};
use crate::{Config, Error, WeightInfo};
use alloc::{vec, vec::Vec};
#[cfg(any(target_family = "wasm", test))]
use ethrex_crypto::Crypto;
use sp_core::{H160, U256};
use sp_io::hashing::{keccak_256, sha2_256};

#[cfg(not(any(target_family = "wasm", test)))]
use super::native::Portable;

/// The functions of `ethrex-crypto` in their portable form, which is the same in wasm and in a native test.
#[cfg(any(target_family = "wasm", test))]
#[derive(Debug)]
struct Portable;

#[cfg(any(target_family = "wasm", test))]
impl Crypto for Portable {}

/// Bytes of a base, an exponent or a modulus that a modular power takes at most.
const MODEXP_BYTES_MAX: usize = 1024;

/// The modulus of the field under bn254, big-endian.
const BN254_FIELD: [u8; 32] = [
    0x30, 0x64, 0x4e, 0x72, 0xe1, 0x31, 0xa0, 0x29, 0xb8, 0x50, 0x45, 0xb6, 0x81, 0x81, 0x58, 0x5d, 0x97,
    0x81, 0x6a, 0x91, 0x68, 0x71, 0xca, 0x8d, 0x3c, 0x20, 0x8c, 0x16, 0xd8, 0x7c, 0xfd, 0x47,
];

/// Bytes of one pair of points of a pairing check.
const PAIR_BYTES: usize = 192;

/// A precompile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `0x01`: the address that signed a hash.
    EcRecover,
    /// `0x02`
    Sha256,
    /// `0x03`
    Ripemd160,
    /// `0x04`: the input.
    Identity,
    /// `0x05` (EIP-198, EIP-2565).
    ModExp,
    /// `0x06` (EIP-196).
    Bn254Add,
    /// `0x07` (EIP-196).
    Bn254Mul,
    /// `0x08` (EIP-197).
    Bn254Pairing,
    /// `0x09` (EIP-152).
    Blake2F,
    /// `0x0100` (RIP-7212).
    P256Verify,
}

impl Function {
    /// The function at the address with this number.
    pub fn at(number: u32) -> Option<Self> {
        Some(match number {
            0x01 => Self::EcRecover,
            0x02 => Self::Sha256,
            0x03 => Self::Ripemd160,
            0x04 => Self::Identity,
            0x05 => Self::ModExp,
            0x06 => Self::Bn254Add,
            0x07 => Self::Bn254Mul,
            0x08 => Self::Bn254Pairing,
            0x09 => Self::Blake2F,
            0x0100 => Self::P256Verify,
            _ => return None,
        })
    }

    pub(super) fn call<T: Config>(self, env: &mut Environment<'_, T>, input: &[u8]) -> PrecompileResult {
        let len = input.len() as u32;
        let invalid = || Failure::from(Error::<T>::InvalidPrecompileInput);
        match self {
            Self::EcRecover => {
                env.charge(T::WeightInfo::precompile_ecrecover())?;
                Ok(ec_recover(&padded(input)))
            }
            Self::Sha256 => {
                env.charge(T::WeightInfo::precompile_sha256(len))?;
                Ok(sha2_256(input).to_vec())
            }
            Self::Ripemd160 => {
                env.charge(T::WeightInfo::precompile_ripemd160(len))?;
                Ok(Portable.ripemd160(input).to_vec())
            }
            Self::Identity => {
                env.charge(T::WeightInfo::precompile_identity(len))?;
                Ok(input.to_vec())
            }
            Self::ModExp => {
                let power = Power::parse(input).ok_or_else(invalid)?;
                env.charge(T::WeightInfo::precompile_modexp(power.gas()))?;
                power.compute().ok_or_else(invalid)
            }
            Self::Bn254Add => {
                env.charge(T::WeightInfo::precompile_bn254_add())?;
                let input: [u8; 128] = padded(input);
                check_field(&input).ok_or_else(invalid)?;
                let (a, b) = input.split_at(64);
                Portable.bn254_g1_add(a, b).map(|sum| sum.to_vec()).map_err(|_| invalid())
            }
            Self::Bn254Mul => {
                env.charge(T::WeightInfo::precompile_bn254_mul())?;
                let input: [u8; 96] = padded(input);
                let (point, scalar) = input.split_at(64);
                check_field(point).ok_or_else(invalid)?;
                Portable.bn254_g1_mul(point, scalar).map(|product| product.to_vec()).map_err(|_| invalid())
            }
            Self::Bn254Pairing => {
                if !input.len().is_multiple_of(PAIR_BYTES) {
                    return Err(invalid());
                }
                env.charge(T::WeightInfo::precompile_bn254_pairing(len / PAIR_BYTES as u32))?;
                check_field(input).ok_or_else(invalid)?;
                let pairs: Vec<_> = input.chunks_exact(PAIR_BYTES).map(|pair| pair.split_at(64)).collect();
                let holds = Portable.bn254_pairing_check(&pairs).map_err(|_| invalid())?;
                Ok(super::solidity::boolean(holds).to_vec())
            }
            Self::Blake2F => {
                let compression = Compression::parse(input).ok_or_else(invalid)?;
                env.charge(T::WeightInfo::precompile_blake2f(compression.rounds))?;
                Ok(compression.compute())
            }
            Self::P256Verify => {
                env.charge(T::WeightInfo::precompile_p256_verify())?;
                Ok(match p256_verify(input) {
                    true => super::solidity::boolean(true).to_vec(),
                    false => Vec::new(),
                })
            }
        }
    }
}

/// The first `N` bytes of `input`, zeros behind its end.
fn padded<const N: usize>(input: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    for (to, from) in out.iter_mut().zip(input) {
        *to = *from;
    }
    out
}

/// `hash, v, r, s`, a word each.
fn ec_recover(input: &[u8; 128]) -> Vec<u8> {
    let (hash, rest) = input.split_at(32);
    let (v, r_s) = rest.split_at(32);
    let recovery_id = match v.split_last() {
        Some((27, zeros)) if zeros.iter().all(|byte| *byte == 0) => 0,
        Some((28, zeros)) if zeros.iter().all(|byte| *byte == 0) => 1,
        _ => return Vec::new(),
    };
    let mut signature = [0; 65];
    signature[..64].copy_from_slice(r_s);
    signature[64] = recovery_id;
    match sp_io::crypto::secp256k1_ecdsa_recover(&signature, &padded(hash)) {
        Ok(key) => {
            let mut out = vec![0; 12];
            out.extend_from_slice(&keccak_256(&key)[12..]);
            out
        }
        Err(_) => Vec::new(),
    }
}

/// The address of a compressed key on secp256k1; `None` if the bytes are not one.
pub fn eth_address(key: &[u8; 33]) -> Option<H160> {
    let key = k256::PublicKey::from_sec1_bytes(key).ok()?;
    let point = k256::elliptic_curve::sec1::ToEncodedPoint::to_encoded_point(&key, false);
    // Behind the byte that says how the point is written.
    let hash = keccak_256(point.as_bytes().get(1..)?);
    Some(H160::from_slice(&hash[12..]))
}

/// Whether all words are numbers of the field under bn254.
fn check_field(words: &[u8]) -> Option<()> {
    words.chunks_exact(32).all(|word| word < &BN254_FIELD[..]).then_some(())
}

/// `base ^ exponent mod modulus`.
struct Power {
    base: Vec<u8>,
    exponent: Vec<u8>,
    modulus: Vec<u8>,
}

impl Power {
    /// Three lengths, a word each, and the three numbers, big-endian; zeros behind the end.
    fn parse(input: &[u8]) -> Option<Self> {
        let head: [u8; 96] = padded(input);
        let mut lens = head.chunks_exact(32).map(|word| {
            let len = U256::from_big_endian(word);
            (len <= U256::from(MODEXP_BYTES_MAX)).then(|| len.as_usize())
        });
        let (base, exponent, modulus) = (lens.next()??, lens.next()??, lens.next()??);
        let mut rest = input.get(96..).unwrap_or_default().iter().copied().chain(core::iter::repeat(0));
        let mut take = |len| rest.by_ref().take(len).collect();
        Some(Self { base: take(base), exponent: take(exponent), modulus: take(modulus) })
    }

    /// What it takes: Ethereum's price (EIP-2565), and what that leaves out. A step of few words has its own costs beside
    /// them; the library sets up an odd modulus first, and for an even one, which it divides by, it takes memory in every step.
    fn gas(&self) -> u64 {
        const GAS_MIN: u64 = 400;
        const STEP_MIN: u64 = 16;
        const EVEN_STEP: u64 = 28;
        const SET_UP_STEPS: u64 = 32;
        let words = self.base.len().max(self.modulus.len()).div_ceil(8) as u64;
        let squared = words.saturating_mul(words);
        let step = match self.modulus.last() {
            Some(last) if last.is_multiple_of(2) => squared.saturating_add(EVEN_STEP),
            _ => squared.max(STEP_MIN),
        };
        let head = U256::from_big_endian(self.exponent.get(..32).unwrap_or(&self.exponent));
        let head_bits = (head.bits() as u64).saturating_sub(1);
        let iterations =
            (self.exponent.len() as u64).saturating_sub(32).saturating_mul(8).saturating_add(head_bits);
        (step.saturating_mul(iterations.max(1).saturating_add(SET_UP_STEPS)) / 3).max(GAS_MIN)
    }

    fn compute(&self) -> Option<Vec<u8>> {
        if self.modulus.is_empty() {
            return Some(Vec::new());
        }
        Portable.modexp(&self.base, &self.exponent, &self.modulus).ok()
    }
}

/// One run of BLAKE2b's compression function.
struct Compression {
    rounds: u32,
    state: [u64; 8],
    message: [u64; 16],
    offset: [u64; 2],
    last: bool,
}

impl Compression {
    const BYTES: usize = 213;

    /// Rounds, big-endian; state, message and offset, little-endian; and one byte that says whether this is the last block.
    fn parse(input: &[u8]) -> Option<Self> {
        if input.len() != Self::BYTES {
            return None;
        }
        let (rounds, rest) = input.split_first_chunk::<4>()?;
        let (last, words) = rest.split_last()?;
        let mut words = words.chunks_exact(8).map(|word| u64::from_le_bytes(padded(word)));
        let mut next = || words.next().unwrap_or(0);
        Some(Self {
            rounds: u32::from_be_bytes(*rounds),
            state: core::array::from_fn(|_| next()),
            message: core::array::from_fn(|_| next()),
            offset: core::array::from_fn(|_| next()),
            last: match last {
                0 => false,
                1 => true,
                _ => return None,
            },
        })
    }

    fn compute(mut self) -> Vec<u8> {
        Portable.blake2_compress(self.rounds, &mut self.state, self.message, self.offset, self.last);
        self.state.iter().flat_map(|word| word.to_le_bytes()).collect()
    }
}

/// `hash, r, s, x, y`, a word each.
fn p256_verify(input: &[u8]) -> bool {
    let Ok(input) = <&[u8; 160]>::try_from(input) else { return false };
    let (hash, rest) = input.split_at(32);
    let (signature, key) = rest.split_at(64);
    Portable.secp256r1_verify(&padded(hash), &padded(signature), &padded(key))
}
