// SPDX-License-Identifier: Apache-2.0
//! The prices of everything that the pallet does.
//!
//! **The values are set by hand** and wait for benchmarks on reference hardware. Each one is an upper estimate of what the
//! work takes on the interpreter, the slowest engine: a crossing from the wasm runtime to the host and back with its memory
//! lookups about 150 ns, a getter about 300 ns more, keccak-256 3.6 ns per byte, a copy through both memories 0.25 ns per
//! byte and hash or trie work as the chain's own database weights say. They are integers and the same on every node.
//!
//! Reads and writes of the state carry the database weight of the runtime. The proof sizes assume a trie of depth five,
//! about 2.5 KiB per key, and 10 KiB for a key of a contract's own trie, which can be made as deep as an attacker pays for.

use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{RuntimeDbWeight, Weight},
};

/// Prices, as a function of the sizes they depend on. All lengths are in bytes.
pub trait WeightInfo {
    /// Base of the `call` extrinsic, without the weight that the contract uses.
    fn call() -> Weight;
    /// Base of the `instantiate` extrinsic for `data` bytes of constructor input.
    fn instantiate(data: u32) -> Weight;
    /// Base of `instantiate_with_code`.
    fn instantiate_with_code(code: u32, data: u32) -> Weight;
    /// The `upload_code` extrinsic.
    fn upload_code(code: u32) -> Weight;
    /// The `remove_code` extrinsic.
    fn remove_code() -> Weight;
    /// The `set_code` extrinsic.
    fn set_code() -> Weight;
    /// The `map_account` extrinsic.
    fn map_account() -> Weight;
    /// The `unmap_account` extrinsic.
    fn unmap_account() -> Weight;

    /// One unit of VM gas, which is one instruction under the flat gas model. Only its `ref_time` counts.
    fn vm_gas() -> Weight;
    /// Every host call, whatever it does.
    fn host_call() -> Weight;
    /// Every host call that is answered without the pallet.
    fn host_answer() -> Weight;
    /// A host function that only hands out something which the frame knows.
    fn host_getter() -> Weight;
    /// `gas_price` and `base_fee`.
    fn host_gas_price() -> Weight;
    /// `ref_time_left`.
    fn host_gas_left() -> Weight;
    /// `balance`.
    fn host_balance() -> Weight;
    /// `balance_of`.
    fn host_balance_of() -> Weight;
    /// `code_hash`.
    fn host_code_hash() -> Weight;
    /// `code_size`.
    fn host_code_size() -> Weight;
    /// `block_hash`.
    fn host_block_hash() -> Weight;
    /// `block_author`.
    fn host_block_author() -> Weight;
    /// Copying `len` bytes out of the guest.
    fn copy_from_guest(len: u32) -> Weight;
    /// Copying `len` bytes into the guest.
    fn copy_to_guest(len: u32) -> Weight;
    /// `get_immutable_data` of `len` bytes.
    fn host_get_immutable(len: u32) -> Weight;
    /// `set_immutable_data` of `len` bytes.
    fn host_set_immutable(len: u32) -> Weight;
    /// Reading a storage item of `len` bytes.
    fn host_get_storage(len: u32) -> Weight;
    /// Writing `new` bytes over a storage item of `old` bytes.
    fn host_set_storage(new: u32, old: u32) -> Weight;
    /// Reading a transient item of `len` bytes.
    fn host_get_transient(len: u32) -> Weight;
    /// Writing `new` bytes over a transient item of `old` bytes.
    fn host_set_transient(new: u32, old: u32) -> Weight;
    /// `deposit_event` with `topics` topics and `len` bytes of data.
    fn host_deposit_event(topics: u32, len: u32) -> Weight;
    /// `hash_keccak_256` of `len` bytes.
    fn host_keccak_256(len: u32) -> Weight;
    /// A sub-call to an account or contract, without loading its code.
    fn host_call_contract() -> Weight;
    /// What a sub-call pays in addition when it moves value.
    fn host_call_value() -> Weight;
    /// A delegate call, without loading its code.
    fn host_delegate_call() -> Weight;
    /// An instantiation with `len` bytes of input, without loading the code.
    fn host_instantiate(len: u32) -> Weight;
    /// Cloning `len` bytes of input for a callee.
    fn clone_input(len: u32) -> Weight;
    /// Loading a blob of `len` bytes and making an instance of it.
    fn load_code(len: u32) -> Weight;
    /// A sub-call to a precompile, without what it does.
    fn host_call_precompile() -> Weight;
    /// `terminate` with all that is done at the end of the transaction, without the deletion of the storage.
    fn host_terminate() -> Weight;
    /// `set_code`, without loading the new code.
    fn host_set_code() -> Weight;
    /// `ecdsa_to_eth_address`.
    fn host_ecdsa_to_eth_address() -> Weight;
    /// `sr25519_verify` of a message of `len` bytes.
    fn host_sr25519_verify(len: u32) -> Weight;

    /// Recovering the signer of a hash.
    fn precompile_ecrecover() -> Weight;
    /// SHA-256 of `len` bytes.
    fn precompile_sha256(len: u32) -> Weight;
    /// RIPEMD-160 of `len` bytes.
    fn precompile_ripemd160(len: u32) -> Weight;
    /// Handing back `len` bytes.
    fn precompile_identity(len: u32) -> Weight;
    /// A modular power that Ethereum (EIP-2565) prices at `gas`.
    fn precompile_modexp(gas: u64) -> Weight;
    /// The sum of two points on bn254.
    fn precompile_bn254_add() -> Weight;
    /// A multiple of a point on bn254.
    fn precompile_bn254_mul() -> Weight;
    /// A pairing check of `pairs` pairs of points on bn254.
    fn precompile_bn254_pairing(pairs: u32) -> Weight;
    /// BLAKE2b's compression function with `rounds` rounds.
    fn precompile_blake2f(rounds: u32) -> Weight;
    /// A signature check on P-256.
    fn precompile_p256_verify() -> Weight;
    /// BLAKE2b of `len` bytes.
    fn precompile_blake2b(len: u32) -> Weight;
    /// A question to the system that the frames or a record answer.
    fn precompile_system() -> Weight;
    /// Decoding `len` bytes of input.
    fn precompile_decode(len: u32) -> Weight;

    /// `on_idle`, with nothing to do.
    fn on_idle_base() -> Weight;
    /// One entry of the deletion queue.
    fn on_idle_entry() -> Weight;
    /// One item of a contract that is gone.
    fn on_idle_key() -> Weight;
}

/// The hand-set prices over the database weight of the runtime.
pub type SubstrateWeight<T> = HandSetWeight<<T as frame_system::Config>::DbWeight>;

/// The hand-set prices; see the module's documentation for where they come from.
pub struct HandSetWeight<Db>(PhantomData<Db>);

/// Proof bytes of one key of the main trie.
const PROOF_PER_KEY: u64 = 2_560;
/// Proof bytes of one key of a contract's trie.
const PROOF_PER_CHILD_KEY: u64 = 10_240;

/// Picoseconds and proof bytes: a base and a slope over `n`.
fn linear(base: u64, slope: u64, n: u32) -> Weight {
    Weight::from_parts(base.saturating_add(slope.saturating_mul(u64::from(n))), 0)
}

impl<Db: Get<RuntimeDbWeight>> HandSetWeight<Db> {
    fn db(reads: u64, writes: u64) -> Weight {
        Db::get()
            .reads_writes(reads, writes)
            .saturating_add(Weight::from_parts(0, reads.saturating_mul(PROOF_PER_KEY)))
    }

    fn child(reads: u64, writes: u64) -> Weight {
        Db::get()
            .reads_writes(reads, writes)
            .saturating_add(Weight::from_parts(0, reads.saturating_mul(PROOF_PER_CHILD_KEY)))
    }
}

impl<Db: Get<RuntimeDbWeight>> WeightInfo for HandSetWeight<Db> {
    fn call() -> Weight {
        linear(110_000_000, 0, 0).saturating_add(Self::db(8, 2))
    }
    fn instantiate(data: u32) -> Weight {
        linear(190_000_000, 4_500, data).saturating_add(Self::db(10, 6))
    }
    fn instantiate_with_code(code: u32, data: u32) -> Weight {
        linear(190_000_000, 25_000, code)
            .saturating_add(linear(0, 5_000, data))
            .saturating_add(Self::db(12, 9))
    }
    fn upload_code(code: u32) -> Weight {
        linear(60_000_000, 25_000, code).saturating_add(Self::db(4, 4))
    }
    fn remove_code() -> Weight {
        linear(60_000_000, 0, 0).saturating_add(Self::db(4, 4))
    }
    fn set_code() -> Weight {
        linear(70_000_000, 0, 0).saturating_add(Self::db(6, 6))
    }
    fn map_account() -> Weight {
        linear(65_000_000, 0, 0).saturating_add(Self::db(3, 2))
    }
    fn unmap_account() -> Weight {
        linear(45_000_000, 0, 0).saturating_add(Self::db(3, 2))
    }

    // The slowest instruction is an eight-byte load across a cache line, in memory larger than the caches: two misses that
    // overlap (about 40 ns) behind one dispatch of the interpreter (about 3 ns).
    fn vm_gas() -> Weight {
        linear(43_000, 0, 0)
    }
    fn host_call() -> Weight {
        linear(150_000, 0, 0)
    }
    fn host_answer() -> Weight {
        linear(150_000, 0, 0)
    }
    fn host_getter() -> Weight {
        linear(400_000, 0, 0)
    }
    fn host_gas_price() -> Weight {
        linear(1_300_000, 0, 0).saturating_add(Self::db(1, 0))
    }
    fn host_gas_left() -> Weight {
        linear(2_500_000, 0, 0)
    }
    fn host_balance() -> Weight {
        linear(5_000_000, 0, 0)
    }
    fn host_balance_of() -> Weight {
        linear(15_000_000, 0, 0).saturating_add(Self::db(3, 0))
    }
    fn host_code_hash() -> Weight {
        linear(5_000_000, 0, 0).saturating_add(Self::db(2, 0))
    }
    fn host_code_size() -> Weight {
        linear(8_500_000, 0, 0).saturating_add(Self::db(2, 0))
    }
    fn host_block_hash() -> Weight {
        linear(4_000_000, 0, 0).saturating_add(Self::db(1, 0))
    }
    fn host_block_author() -> Weight {
        linear(20_000_000, 0, 0).saturating_add(Self::db(1, 0))
    }
    fn copy_from_guest(len: u32) -> Weight {
        linear(300_000, 250, len)
    }
    fn copy_to_guest(len: u32) -> Weight {
        linear(300_000, 250, len)
    }
    fn host_get_immutable(len: u32) -> Weight {
        linear(5_000_000, 550, len).saturating_add(Self::db(1, 0))
    }
    fn host_set_immutable(len: u32) -> Weight {
        linear(2_500_000, 550, len).saturating_add(Self::db(0, 1))
    }
    fn host_get_storage(len: u32) -> Weight {
        linear(40_000_000, 1_300, len).saturating_add(Self::child(1, 0))
    }
    fn host_set_storage(new: u32, old: u32) -> Weight {
        linear(42_000_000, 600, new).saturating_add(linear(0, 550, old)).saturating_add(Self::child(1, 1))
    }
    fn host_get_transient(len: u32) -> Weight {
        linear(2_500_000, 370, len)
    }
    fn host_set_transient(new: u32, old: u32) -> Weight {
        linear(4_300_000, 300, new).saturating_add(linear(0, 400, old))
    }
    fn host_deposit_event(topics: u32, len: u32) -> Weight {
        linear(5_500_000, 265_000, len).saturating_add(linear(0, 300_000, topics))
    }
    fn host_keccak_256(len: u32) -> Weight {
        linear(15_000_000, 3_600, len)
    }
    fn host_call_contract() -> Weight {
        linear(70_000_000, 0, 0).saturating_add(Self::db(5, 1))
    }
    fn host_call_value() -> Weight {
        linear(42_000_000, 0, 0).saturating_add(Self::db(2, 3))
    }
    fn host_delegate_call() -> Weight {
        linear(31_000_000, 0, 0).saturating_add(Self::db(3, 0))
    }
    fn host_instantiate(len: u32) -> Weight {
        linear(140_000_000, 4_100, len).saturating_add(Self::db(6, 7))
    }
    fn clone_input(len: u32) -> Weight {
        linear(100_000, 2, len)
    }
    fn load_code(len: u32) -> Weight {
        linear(30_000_000, 1_600, len)
            .saturating_add(Self::db(2, 0))
            .saturating_add(Weight::from_parts(0, u64::from(len)))
    }
    fn host_call_precompile() -> Weight {
        linear(12_000_000, 0, 0).saturating_add(Self::db(1, 0))
    }
    fn host_terminate() -> Weight {
        linear(240_000_000, 0, 0).saturating_add(Self::db(9, 9))
    }
    fn host_set_code() -> Weight {
        linear(70_000_000, 0, 0).saturating_add(Self::db(6, 6))
    }
    fn host_ecdsa_to_eth_address() -> Weight {
        linear(25_000_000, 0, 0)
    }
    fn host_sr25519_verify(len: u32) -> Weight {
        linear(100_000_000, 5_200, len)
    }

    // In wasm, where the compiler has no wide multiplication, curves are about three times slower than in the node.
    fn precompile_ecrecover() -> Weight {
        linear(100_000_000, 0, 0)
    }
    fn precompile_sha256(len: u32) -> Weight {
        linear(12_000_000, 1_400, len)
    }
    fn precompile_ripemd160(len: u32) -> Weight {
        linear(12_000_000, 8_000, len)
    }
    fn precompile_identity(len: u32) -> Weight {
        linear(1_000_000, 250, len)
    }
    fn precompile_modexp(gas: u64) -> Weight {
        Weight::from_parts(gas.saturating_mul(100_000), 0)
    }
    fn precompile_bn254_add() -> Weight {
        linear(60_000_000, 0, 0)
    }
    fn precompile_bn254_mul() -> Weight {
        linear(1_200_000_000, 0, 0)
    }
    fn precompile_bn254_pairing(pairs: u32) -> Weight {
        linear(8_000_000_000, 8_000_000_000, pairs)
    }
    fn precompile_blake2f(rounds: u32) -> Weight {
        linear(3_000_000, 60_000, rounds)
    }
    fn precompile_p256_verify() -> Weight {
        linear(3_500_000_000, 0, 0)
    }
    fn precompile_blake2b(len: u32) -> Weight {
        linear(14_000_000, 1_500, len)
    }
    fn precompile_system() -> Weight {
        linear(8_000_000, 0, 0).saturating_add(Self::db(1, 0))
    }
    fn precompile_decode(len: u32) -> Weight {
        linear(1_000_000, 400, len)
    }

    fn on_idle_base() -> Weight {
        linear(3_000_000, 0, 0).saturating_add(Self::db(1, 0))
    }
    fn on_idle_entry() -> Weight {
        linear(12_000_000, 0, 0).saturating_add(Self::db(1, 2))
    }
    fn on_idle_key() -> Weight {
        linear(2_500_000, 0, 0).saturating_add(Self::child(1, 1))
    }
}
