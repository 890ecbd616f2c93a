// SPDX-License-Identifier: Apache-2.0
//! The prices of everything that the pallet does.
//!
//! [`Measured`] is what the benchmarks of the pallet give; [`host`] and [`embedded`] are written by `cargo xtask weights`, one for
//! each carrier, and by nobody's hand. [`Prices`] makes the prices of them: most are differences and slopes of what was
//! measured. Decision 0014 says how and why.
//!
//! What no benchmark on an empty chain can see is added here: reads and writes of the state carry the database weight of the
//! runtime, and their proof sizes assume a trie of depth five, about 2.5 KiB per key, and 10 KiB for a key of a contract's own
//! trie, which can be made as deep as an attacker pays for. Prices are integers and the same on every node.

pub mod embedded;
pub mod host;

use crate::{filling::Filling, storage::LoadSize};
use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{RuntimeDbWeight, Weight},
};

/// Calls of a host function in one run of a benchmark, at most.
pub const CALLS: u32 = 100;
/// The same of functions that take long.
pub const FEW_CALLS: u32 = 10;
/// Bytes that benchmarks hand over or take back, at most.
pub const BYTES: u32 = 16 * 1024;
/// Bytes of code of the largest contracts in benchmarks.
pub const CODE: u32 = 250 * 1024;
/// Contracts that a benchmark calls in turn: as many as a transaction may load and have loaded.
pub const WARM_MODULES: u32 = 16;
/// Bytes of code of each of them, at most: a little less than would be forgotten.
pub const WARM_CODE: u32 = 28 * 1024;
/// Pages of memory of the largest program in the smallest class of the gas model, no more than a worker keeps for the next instance.
pub const FEW_PAGES: u32 = 28;

macro_rules! measured {
    ($($name:ident($($component:ident),*);)*) => {
        /// What the benchmarks with these names measured: see `benchmarking.rs`.
        pub trait Measured {
            $(#[doc = concat!("The benchmark `", stringify!($name), "`.")] fn $name($($component: u32),*) -> Weight;)*
        }

        /// Nothing but gas takes any time, and that hardly any, so that of the prices what is counted by hand is left.
        #[cfg(test)]
        #[derive(Debug)]
        pub struct Nothing;

        #[cfg(test)]
        impl Measured for Nothing {
            $(fn $name($($component: u32),*) -> Weight {
                let round = if stringify!($name) == "instr_additions" { 2 * 916 } else { 0 };
                picoseconds(round * (0 $(+ u64::from($component))*))
            })*
        }
    };
}

measured! {
    call();
    instantiate(i);
    instantiate_with_code(c, i);
    upload_code(c);
    remove_code();
    set_code();
    map_account();
    unmap_account();
    host_answer(r);
    host_constant(r);
    host_input(r);
    host_call_data_copy(r, n);
    host_keccak_256(r, n);
    host_call(r);
    host_balance(r);
    host_balance_of(r);
    host_code_hash(r);
    host_code_size(r);
    host_block_hash(r);
    host_block_author(r);
    host_get_immutable(r, n);
    host_set_immutable(r, n);
    host_get_storage(r, n);
    host_set_storage(r, n, o);
    host_get_transient(r, n);
    host_set_transient(r, n);
    host_deposit_event(r, t, n);
    host_call_contract(r, n);
    host_call_evicting(r);
    host_call_refilling(r);
    host_call_and_refilling(r);
    host_call_value(r);
    host_call_cloned(r, n);
    host_delegate_call(r);
    host_call_precompile(r, n);
    host_instantiate(r, n);
    host_terminate(r);
    host_set_code(r);
    host_return(n);
    host_ecdsa_to_eth_address(r);
    host_sr25519_verify(r, n);
    load_blocks(c);
    load_divisions(c);
    load_host_calls(c);
    load_branches(c);
    load_memory(c);
    load_units(c);
    load_data(c);
    touch_few_pages(p);
    touch_many_pages(p);
    load_again(c);
    load_warm(r, c);
    precompile_ecrecover();
    precompile_sha256(n);
    precompile_ripemd160(n);
    precompile_identity(n);
    precompile_modexp_short();
    precompile_modexp_long();
    precompile_modexp_even();
    precompile_bn254_add();
    precompile_bn254_mul();
    precompile_bn254_pairing(p);
    precompile_blake2f(n);
    precompile_p256_verify();
    precompile_blake2b(n);
    precompile_system();
    instr_additions(r);
    instr_multiplications(r);
    instr_divisions(r);
    instr_forwarding(r);
    instr_random_branches(r);
    instr_random_dynamic_jumps(r);
    instr_blocks(r);
    instr_immediates(r);
    instr_near_chased_loads(r);
    instr_near_scattered_loads(r);
    instr_near_scattered_stores(r);
    instr_near_copies(r);
    instr_near_branches(r);
    instr_near_dynamic_jumps(r);
    instr_near_jumps(r);
    instr_near_comparisons(r);
    instr_middle_branches(r);
    instr_middle_dynamic_jumps(r);
    instr_middle_jumps(r);
    instr_wide_chased_pages(r);
    instr_wide_scattered_loads(r);
    instr_wide_scattered_stores(r);
    instr_wide_dynamic_jumps(r);
    instr_wide_branches(r);
    instr_wide_comparisons(r);
    instr_far_chased_loads(r);
    instr_far_scattered_loads(r);
    instr_far_copies(r);
    instr_far_dynamic_jumps(r);
    instr_far_branches(r);
    instr_far_jumps(r);
    instr_far_comparisons(r);
    on_idle_base();
    on_idle_entry(r);
    on_idle_key(r);
}

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

    /// One unit of VM gas, under the gas model of new code. Only its `ref_time` counts.
    fn vm_gas() -> Weight;
    /// The same for code that is metered by another model: an instruction costs at least one unit in all of them.
    fn vm_gas_flat() -> Weight;
    /// Every host call, whatever it does. All that `ref_time_left` takes.
    fn host_call() -> Weight;
    /// Every host call that is answered without the pallet.
    fn host_answer() -> Weight;
    /// A host function that only hands out something which the frame knows.
    fn host_getter() -> Weight;
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
    /// Loading a blob of `len` bytes and making an instance of it, with all of its memory.
    fn load_code(len: u32, size: LoadSize) -> Weight;
    /// The same of a blob that the transaction has loaded before.
    fn load_code_again(len: u32, size: LoadSize) -> Weight;
    /// The address of a contract with a salt, from `len` bytes of code that has to be read and hashed for it and so many of input.
    fn salted_address(len: u32, input_len: u32) -> Weight {
        Self::load_code(len, LoadSize::default())
            .saturating_add(Self::host_keccak_256(len.saturating_add(input_len)))
    }
    /// A sub-call to a precompile, without what it does.
    fn host_call_precompile() -> Weight;
    /// `terminate` with all that is done at the end of the transaction, without the deletion of the storage.
    fn host_terminate() -> Weight;
    /// `set_code`, without loading the new code.
    fn host_set_code() -> Weight;
    /// Moving the deposit of one contract that was there before, at the end of the transaction.
    fn settle_deposit() -> Weight;
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
    /// A modular power of `gas`: a third of a unit for each step and product of two words in it (EIP-2565), and what comes on top.
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

/// The prices of a runtime over the node's host functions.
pub type SubstrateWeight<T> = Prices<host::Weights<T>, <T as frame_system::Config>::DbWeight>;

/// The prices of a runtime that brings its interpreter along: [`crate::EmbeddedEngine`].
pub type EmbeddedWeight<T> = Prices<embedded::Weights<T>, <T as frame_system::Config>::DbWeight>;

/// The prices that follow from what was measured, over the database weight of a runtime.
pub struct Prices<M, Db>(PhantomData<(M, Db)>);

/// Proof bytes of one key of the main trie.
const PROOF_PER_KEY: u64 = 2_560;
/// Proof bytes of one key of a contract's trie.
const PROOF_PER_CHILD_KEY: u64 = 10_240;

/// Picoseconds for a byte of an event. Events stay in memory until the block is done: what a block has time for must not be more
/// than a validator has memory for.
const EVENT_BYTE: u64 = 262_144;

/// Gas of a round of `kernels::refilling`, without the call.
const REFILLING_GAS: u64 = 19_279;

/// What a kernel took, and what one of its rounds costs.
struct Measurement {
    measured: fn(u32) -> Weight,
    /// Under the gas model of new code.
    gas: u64,
    instructions: u64,
}

/// A price that depends on a length: picoseconds, and picoseconds for [`Line::calls`] bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line {
    base: u64,
    /// Picoseconds for one byte in each of `calls` calls.
    bytes: u64,
    calls: u64,
}

impl Line {
    /// Of a benchmark with `calls` calls at most and [`BYTES`] bytes at most: over the calls at the most bytes, and over the bytes
    /// at the most calls.
    fn new(measured: fn(u32, u32) -> Weight, calls: u32, bytes_max: u32) -> Self {
        let bytes = time(measured(0, 1)).saturating_sub(time(measured(0, 0)));
        let call = time(measured(1, 0)).saturating_sub(time(measured(0, 0)));
        let calls = u64::from(calls.max(1));
        let base = call.saturating_sub(bytes.saturating_mul(bytes_max.into()) / calls);
        Self { base, bytes, calls }
    }

    /// For `len` bytes.
    fn at(self, len: u32) -> u64 {
        self.base.saturating_add(self.extra(len))
    }

    /// For `len` bytes, without the base.
    fn extra(self, len: u32) -> u64 {
        // Rounded up: a price is never below what was measured.
        self.bytes.saturating_mul(len.into()).div_ceil(self.calls)
    }
}

fn time(weight: Weight) -> u64 {
    weight.ref_time()
}

fn picoseconds(time: u64) -> Weight {
    Weight::from_parts(time, 0)
}

/// What one more of its component adds to a benchmark.
fn slope(measured: fn(u32) -> Weight) -> u64 {
    time(measured(1)).saturating_sub(time(measured(0)))
}

impl<M: Measured, Db: Get<RuntimeDbWeight>> Prices<M, Db> {
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

    /// What a host call takes beyond [`WeightInfo::host_call`].
    fn beyond_call(time: u64) -> Weight {
        picoseconds(time.saturating_sub(slope(M::host_call)))
    }

    /// What a precompile takes beyond being called.
    fn precompile(measured: Weight) -> Weight {
        picoseconds(time(measured).saturating_sub(time(M::precompile_identity(0))))
    }

    /// What the first use of a page of a program's memory takes.
    fn page(size: LoadSize) -> u64 {
        let few = slope(M::touch_few_pages);
        if size.pages > FEW_PAGES {
            few.max(slope(M::touch_many_pages))
        } else {
            few
        }
    }

    /// What it takes to get memory and code of a program in the smallest class back into near caches, beyond the gas that this
    /// costs: the difference of two benchmarks, of which one does that.
    fn refill(with: fn(u32) -> Weight, without: fn(u32) -> Weight) -> u64 {
        let gas = REFILLING_GAS.saturating_mul(Self::vm_gas().ref_time());
        slope(with).saturating_sub(slope(without)).saturating_sub(gas)
    }

    /// The kernels of [`Kernel::ALL`](crate::programs::kernels::Kernel::ALL) as they were measured.
    fn kernels() -> [Measurement; 32] {
        let kernel = |measured, gas, instructions| Measurement { measured, gas, instructions };
        [
            kernel(M::instr_additions, 916, 903),
            kernel(M::instr_multiplications, 3614, 903),
            kernel(M::instr_divisions, 54_014, 903),
            kernel(M::instr_forwarding, 10_816, 903),
            kernel(M::instr_random_branches, 4869, 673),
            kernel(M::instr_random_dynamic_jumps, 1749, 243),
            kernel(M::instr_blocks, 24_629, 4103),
            kernel(M::instr_immediates, 1808, 899),
            kernel(M::instr_near_chased_loads, 12_614, 903),
            kernel(M::instr_near_scattered_loads, 10_320, 899),
            kernel(M::instr_near_scattered_stores, 8304, 891),
            kernel(M::instr_near_copies, 9496, 903),
            kernel(M::instr_near_branches, 10_787, 1796),
            kernel(M::instr_near_dynamic_jumps, 49_331, 2244),
            kernel(M::instr_near_jumps, 44_834, 2990),
            kernel(M::instr_near_comparisons, 1524, 1497),
            kernel(M::instr_middle_branches, 57_816, 2410),
            kernel(M::instr_middle_dynamic_jumps, 72_264, 3012),
            kernel(M::instr_middle_jumps, 96_312, 4014),
            kernel(M::instr_wide_chased_pages, 25_222, 903),
            kernel(M::instr_wide_scattered_loads, 23_370, 887),
            kernel(M::instr_wide_scattered_stores, 11_514, 887),
            kernel(M::instr_wide_dynamic_jumps, 737_424, 15_364),
            kernel(M::instr_wide_branches, 314_688, 6557),
            kernel(M::instr_wide_comparisons, 20_554, 10_254),
            kernel(M::instr_far_chased_loads, 81_020, 903),
            kernel(M::instr_far_scattered_loads, 44_038, 819),
            kernel(M::instr_far_copies, 36_038, 819),
            kernel(M::instr_far_dynamic_jumps, 4_505_900, 45_060),
            kernel(M::instr_far_branches, 3_413_600, 34_137),
            kernel(M::instr_far_jumps, 4_096_300, 40_964),
            kernel(M::instr_far_comparisons, 328_164, 82_014),
        ]
    }

    /// Sub-calls with input from memory.
    fn calls() -> Line {
        Line::new(M::host_call_contract, FEW_CALLS, BYTES)
    }

    fn input_copies() -> Line {
        Line::new(M::host_call_data_copy, CALLS, BYTES)
    }

    /// Sub-calls of the precompile that hands back its input.
    fn echoes() -> Line {
        Line::new(M::host_call_precompile, CALLS, BYTES)
    }
}

impl<M: Measured, Db: Get<RuntimeDbWeight>> WeightInfo for Prices<M, Db> {
    fn call() -> Weight {
        M::call()
    }
    fn instantiate(data: u32) -> Weight {
        M::instantiate(data)
    }
    fn instantiate_with_code(code: u32, data: u32) -> Weight {
        M::instantiate_with_code(code, data)
    }
    fn upload_code(code: u32) -> Weight {
        M::upload_code(code)
    }
    fn remove_code() -> Weight {
        M::remove_code()
    }
    fn set_code() -> Weight {
        M::set_code()
    }
    fn map_account() -> Weight {
        M::map_account()
    }
    fn unmap_account() -> Weight {
        M::unmap_account()
    }

    fn vm_gas() -> Weight {
        let price = Self::kernels().iter().map(|kernel| slope(kernel.measured).div_ceil(kernel.gas)).max();
        picoseconds(price.unwrap_or(u64::MAX))
    }
    fn vm_gas_flat() -> Weight {
        let price =
            Self::kernels().iter().map(|kernel| slope(kernel.measured).div_ceil(kernel.instructions)).max();
        picoseconds(price.unwrap_or(u64::MAX))
    }
    fn host_call() -> Weight {
        picoseconds(
            slope(M::host_call).saturating_add(Self::refill(M::host_call_and_refilling, M::host_call)),
        )
    }
    fn host_answer() -> Weight {
        picoseconds(slope(M::host_answer))
    }
    fn host_getter() -> Weight {
        let slowest = slope(M::host_constant).max(slope(M::host_input));
        picoseconds(slowest.saturating_sub(slope(M::host_answer)))
    }
    fn host_balance() -> Weight {
        Self::beyond_call(slope(M::host_balance))
    }
    fn host_balance_of() -> Weight {
        Self::beyond_call(slope(M::host_balance_of)).saturating_add(Self::db(3, 0))
    }
    fn host_code_hash() -> Weight {
        Self::beyond_call(slope(M::host_code_hash)).saturating_add(Self::db(3, 0))
    }
    fn host_code_size() -> Weight {
        Self::beyond_call(slope(M::host_code_size)).saturating_add(Self::db(2, 0))
    }
    fn host_block_hash() -> Weight {
        Self::beyond_call(slope(M::host_block_hash)).saturating_add(Self::db(1, 0))
    }
    fn host_block_author() -> Weight {
        Self::beyond_call(slope(M::host_block_author)).saturating_add(Self::db(1, 0))
    }
    fn copy_from_guest(len: u32) -> Weight {
        let returned = slope(M::host_return).saturating_mul(len.into());
        picoseconds(Self::calls().extra(len).max(returned))
    }
    fn copy_to_guest(len: u32) -> Weight {
        let copies = Self::input_copies();
        // An output takes a way of its own: it is kept for the next question as well.
        let kept = Self::echoes().extra(len).saturating_sub(Self::calls().extra(len));
        let base = copies.base.saturating_sub(slope(M::host_answer));
        picoseconds(base.saturating_add(copies.extra(len).max(kept)))
    }
    fn host_get_immutable(len: u32) -> Weight {
        let line = Line::new(M::host_get_immutable, CALLS, crate::limits::IMMUTABLE_BYTES_MAX);
        Self::beyond_call(line.at(len)).saturating_add(Self::db(1, 0))
    }
    fn host_set_immutable(len: u32) -> Weight {
        let line = Line::new(M::host_set_immutable, CALLS, crate::limits::IMMUTABLE_BYTES_MAX);
        Self::beyond_call(line.at(len)).saturating_add(Self::db(0, 1))
    }
    fn host_get_storage(len: u32) -> Weight {
        let line = Line::new(M::host_get_storage, CALLS, crate::limits::STORAGE_VALUE_BYTES_MAX);
        Self::beyond_call(line.at(len)).saturating_add(Self::child(1, 0))
    }
    fn host_set_storage(new: u32, old: u32) -> Weight {
        let max = crate::limits::STORAGE_VALUE_BYTES_MAX;
        let at_most_old = Line::new(|r, n| M::host_set_storage(r, n, 0), CALLS, max);
        let of_old = Line::new(|r, o| M::host_set_storage(r, 0, o), CALLS, max);
        // The base of the first still has all of the old value in it.
        let base = at_most_old.base.saturating_sub(of_old.extra(max));
        let time = base.saturating_add(at_most_old.extra(new)).saturating_add(of_old.extra(old));
        Self::beyond_call(time).saturating_add(Self::child(1, 1))
    }
    fn host_get_transient(len: u32) -> Weight {
        let line = Line::new(M::host_get_transient, CALLS, crate::limits::STORAGE_VALUE_BYTES_MAX);
        Self::beyond_call(line.at(len))
    }
    fn host_set_transient(new: u32, old: u32) -> Weight {
        let line = Line::new(M::host_set_transient, CALLS, crate::limits::STORAGE_VALUE_BYTES_MAX);
        Self::beyond_call(line.at(new).saturating_add(line.extra(old)))
    }
    fn host_deposit_event(topics: u32, len: u32) -> Weight {
        let line = Line::new(|r, n| M::host_deposit_event(r, 0, n), FEW_CALLS, BYTES);
        let topic = time(M::host_deposit_event(0, 1, 0)).saturating_sub(time(M::host_deposit_event(0, 0, 0)));
        let time = line
            .base
            .saturating_add(topic.div_ceil(FEW_CALLS.into()).saturating_mul(topics.into()))
            .saturating_add(line.extra(len).max(EVENT_BYTE.saturating_mul(len.into())));
        Self::beyond_call(time)
    }
    fn host_keccak_256(len: u32) -> Weight {
        let line = Line::new(M::host_keccak_256, CALLS, BYTES);
        picoseconds(line.at(len).saturating_sub(slope(M::host_answer)))
    }
    fn host_call_contract() -> Weight {
        Self::beyond_call(Self::calls().base)
            .saturating_add(picoseconds(Self::refill(M::host_call_refilling, M::host_call_evicting)))
            .saturating_add(Self::db(5, 1))
    }
    fn host_call_value() -> Weight {
        picoseconds(slope(M::host_call_value).saturating_sub(Self::calls().base))
            .saturating_add(Self::db(2, 3))
    }
    fn host_delegate_call() -> Weight {
        Self::beyond_call(slope(M::host_delegate_call))
            .saturating_add(picoseconds(Self::refill(M::host_call_refilling, M::host_call_evicting)))
            .saturating_add(Self::db(3, 0))
    }
    fn host_instantiate(len: u32) -> Weight {
        let line = Line::new(M::host_instantiate, FEW_CALLS, BYTES);
        Self::beyond_call(line.at(len))
            .saturating_add(picoseconds(Self::refill(M::host_call_refilling, M::host_call_evicting)))
            .saturating_add(Self::db(6, 7))
    }
    fn clone_input(len: u32) -> Weight {
        picoseconds(Line::new(M::host_call_cloned, FEW_CALLS, BYTES).extra(len))
    }
    fn load_code(len: u32, size: LoadSize) -> Weight {
        // Cold, whatever is in a node's cache.
        let base = time(M::load_data(0)).saturating_sub(time(M::load_again(0)));
        let bytes = slope(M::load_data).saturating_mul(len.into());
        // Bytes of these shapes are paid for as instructions.
        let instruction = |load: fn(u32) -> Weight, filling: Filling| {
            let (bytes, instructions) = filling.counted();
            slope(load).saturating_mul(bytes.into()).div_ceil(instructions.into())
        };
        let straight = [
            instruction(M::load_divisions, Filling::Divisions),
            instruction(M::load_host_calls, Filling::HostCalls),
            instruction(M::load_memory, Filling::Memory),
            instruction(M::load_units, Filling::Units),
        ];
        let straight = straight.into_iter().max().unwrap_or(u64::MAX);
        // A block of these has one instruction.
        let block = instruction(M::load_blocks, Filling::Blocks)
            .max(instruction(M::load_branches, Filling::Branches))
            .saturating_sub(straight);
        let parts = [(straight, size.instructions), (block, size.blocks), (Self::page(size), size.pages)];
        let parts = parts.iter().map(|(price, count)| price.saturating_mul(u64::from(*count)));
        picoseconds(parts.fold(base.saturating_add(bytes), u64::saturating_add))
            .saturating_add(Self::db(2, 0))
            .saturating_add(Weight::from_parts(0, u64::from(len)))
    }
    fn load_code_again(len: u32, size: LoadSize) -> Weight {
        let round = Line::new(M::load_warm, FEW_CALLS, WARM_CODE).at(len).div_ceil(WARM_MODULES.into());
        let load = round.saturating_sub(Self::calls().base);
        picoseconds(load.saturating_add(Self::page(size).saturating_mul(size.pages.into())))
    }
    fn host_call_precompile() -> Weight {
        Self::beyond_call(Self::echoes().base).saturating_add(Self::db(1, 0))
    }
    fn host_terminate() -> Weight {
        picoseconds(slope(M::host_terminate)).saturating_add(Self::db(9, 9))
    }
    fn host_set_code() -> Weight {
        picoseconds(slope(M::host_set_code)).saturating_add(Self::db(6, 6))
    }
    fn settle_deposit() -> Weight {
        // As much as moving value. The call paid for all reads, and for the write of the contract's record; the account and what is on
        // hold there are left.
        let moving = slope(M::host_call_value).saturating_sub(Self::calls().base);
        picoseconds(moving).saturating_add(Self::db(0, 2))
    }
    fn host_ecdsa_to_eth_address() -> Weight {
        Self::beyond_call(slope(M::host_ecdsa_to_eth_address))
    }
    fn host_sr25519_verify(len: u32) -> Weight {
        Self::beyond_call(Line::new(M::host_sr25519_verify, FEW_CALLS, BYTES).at(len))
    }

    fn precompile_ecrecover() -> Weight {
        Self::precompile(M::precompile_ecrecover())
    }
    fn precompile_sha256(len: u32) -> Weight {
        Self::precompile(M::precompile_sha256(len))
    }
    fn precompile_ripemd160(len: u32) -> Weight {
        Self::precompile(M::precompile_ripemd160(len))
    }
    fn precompile_identity(len: u32) -> Weight {
        Self::precompile(M::precompile_identity(len))
    }
    fn precompile_modexp(gas: u64) -> Weight {
        // Gas of the powers that were measured, without what it takes to set up: 4^2 and 32^2 words times 255 bits, over three, and
        // 4^2 words with what an even modulus adds.
        let powers: [(fn() -> Weight, u64); 3] = [
            (M::precompile_modexp_short, 1_360),
            (M::precompile_modexp_long, 87_040),
            (M::precompile_modexp_even, 3_740),
        ];
        let price = powers.iter().map(|(power, gas)| time(Self::precompile(power())).div_ceil(*gas)).max();
        picoseconds(price.unwrap_or(u64::MAX).saturating_mul(gas))
    }
    fn precompile_bn254_add() -> Weight {
        Self::precompile(M::precompile_bn254_add())
    }
    fn precompile_bn254_mul() -> Weight {
        Self::precompile(M::precompile_bn254_mul())
    }
    fn precompile_bn254_pairing(pairs: u32) -> Weight {
        Self::precompile(M::precompile_bn254_pairing(pairs))
    }
    fn precompile_blake2f(rounds: u32) -> Weight {
        Self::precompile(M::precompile_blake2f(rounds))
    }
    fn precompile_p256_verify() -> Weight {
        Self::precompile(M::precompile_p256_verify())
    }
    fn precompile_blake2b(len: u32) -> Weight {
        Self::precompile(M::precompile_blake2b(len))
    }
    fn precompile_system() -> Weight {
        Self::precompile(M::precompile_system()).saturating_add(Self::db(1, 0))
    }
    // Input in Solidity's form is looked at once, as the precompile that copies does with its own.
    fn precompile_decode(len: u32) -> Weight {
        Self::precompile(M::precompile_identity(len))
    }

    fn on_idle_base() -> Weight {
        M::on_idle_base()
    }
    fn on_idle_entry() -> Weight {
        picoseconds(slope(M::on_idle_entry)).saturating_add(Self::db(1, 2))
    }
    fn on_idle_key() -> Weight {
        picoseconds(slope(M::on_idle_key)).saturating_add(Self::child(1, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        code::GAS_MODEL,
        mock::Test,
        programs::kernels::{self, Kernel},
    };
    use alloc::vec::Vec;
    use revive_vm_primitives::GasModel;

    type Weights = SubstrateWeight<Test>;

    #[test]
    fn rounds_of_kernels_cost_what_their_price_is_divided_by() {
        let measured = Weights::kernels();
        assert_eq!(measured.len(), Kernel::ALL.len());
        let counted: Vec<_> = Kernel::ALL
            .iter()
            .map(|(name, kernel)| (*name, kernel.round_gas(GAS_MODEL), kernel.round_gas(GasModel::Flat)))
            .collect();
        let written: Vec<_> = Kernel::ALL
            .iter()
            .zip(&measured)
            .map(|((name, _), kernel)| (*name, kernel.gas, kernel.instructions))
            .collect();
        assert_eq!(written, counted);
        assert_eq!(REFILLING_GAS, kernels::refilling_gas(GAS_MODEL));
    }

    #[test]
    fn prices_grow_with_what_is_asked_for() {
        type Price = fn(u32) -> Weight;
        let growing: &[(&str, Price)] = &[
            ("instantiate", Weights::instantiate),
            ("upload_code", Weights::upload_code),
            ("load_code, bytes", |len| Weights::load_code(len, LoadSize::default())),
            ("load_code, pages", |pages| Weights::load_code(0, LoadSize { pages, ..LoadSize::default() })),
            ("load_code_again, bytes", |len| Weights::load_code_again(len, LoadSize::default())),
            ("load_code, instructions", |instructions| {
                Weights::load_code(0, LoadSize { instructions, ..LoadSize::default() })
            }),
            ("copy_from_guest", Weights::copy_from_guest),
            ("copy_to_guest", Weights::copy_to_guest),
            ("host_get_storage", Weights::host_get_storage),
            ("host_set_storage", |len| Weights::host_set_storage(len, 0)),
            ("host_deposit_event", |len| Weights::host_deposit_event(0, len)),
            ("host_keccak_256", Weights::host_keccak_256),
            ("precompile_sha256", Weights::precompile_sha256),
            ("precompile_ripemd160", Weights::precompile_ripemd160),
            ("precompile_bn254_pairing", Weights::precompile_bn254_pairing),
            ("precompile_blake2f", Weights::precompile_blake2f),
            ("precompile_blake2b", Weights::precompile_blake2b),
        ];
        for (name, price) in growing {
            let (none, some, more) = (price(0), price(300), price(30_000));
            assert!(none.all_lte(some) && some.all_lte(more), "{name}: {none:?} {some:?} {more:?}");
            assert!(some.ref_time() < more.ref_time(), "{name}: {some:?} {more:?}");
        }
    }

    #[test]
    fn the_proof_of_a_question_has_all_keys_that_answer_it() {
        let keys = |price: Weight| price.proof_size() / PROOF_PER_KEY;
        // The mapping, the account, the dust.
        assert_eq!(keys(Weights::host_balance_of()), 3);
        // Of an address without a contract: the record that is not there, the mapping, the account.
        assert_eq!(keys(Weights::host_code_hash()), 3);
        // The record of a contract and that of its code.
        assert_eq!(keys(Weights::host_code_size()), 2);
    }

    #[test]
    fn the_price_of_gas_is_what_the_worst_kernel_takes() {
        let (price, flat) = (Weights::vm_gas().ref_time(), Weights::vm_gas_flat().ref_time());
        for kernel in Weights::kernels() {
            assert!(slope(kernel.measured) <= price * kernel.gas);
            assert!(slope(kernel.measured) <= flat * kernel.instructions);
        }
        // What flat gas cannot tell from an addition.
        assert!(10 * price < flat, "{price} {flat}");
    }
}
