// SPDX-License-Identifier: Apache-2.0
//! Benchmarks: what [`crate::weights`] is made from.
//!
//! | Group | What a benchmark gives |
//! |---|---|
//! | dispatchables | the weight of the transaction, without what the contract uses |
//! | `host_*` | a contract calls one host function `r` times; the slope over `r` is the price of a call |
//! | `load_*` | a call of a contract with `c` bytes of code which no node has seen before, or which it has |
//! | `precompile_*` | a call of the precompile from outside |
//! | `instr_*` | `r` rounds of a program that takes as long as instructions can be made to take ([`crate::programs::kernels`]) |
//! | `on_idle_*` | the deletion of storage |
//!
//! Contracts run on the carrier of the runtime that is measured.

mod guests;

use self::guests::*;
use crate::{
    deletion,
    exec::Origin,
    limits,
    programs::{self, Filling, RW},
    weights::{BYTES, CALLS, CODE, FEW_CALLS, FEW_PAGES, WARM_CODE, WARM_MODULES},
    AddressMapper, Call, CodeInfoOf, Config, DeletionQueueCounter, HoldReason, OriginalAccount, Pallet,
    PristineCode,
};
use alloc::{vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::{traits::fungible::InspectHold, weights::Weight};
use frame_system::RawOrigin;
use revive_vm_primitives::Reg;
use sp_core::{H160, U256};
use sp_runtime::traits::{Bounded, Zero};

/// The address with this number.
fn at(number: u64) -> H160 {
    H160::from_low_u64_be(number)
}

/// A number as a Solidity word.
fn word(number: u32) -> [u8; 32] {
    U256::from(number).to_big_endian()
}

/// The generator of the first group of bn254.
fn g1() -> Vec<u8> {
    [word(1), word(2)].concat()
}

/// The generator of the second group of bn254.
const G2: [u8; 128] = hex_literal(
    b"198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2\
      1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed\
      090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b\
      12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa",
);

/// A signature on P-256 of the bytes 0 to 31 as a hash, and its key: r, s, x, y.
const P256: [u8; 128] = hex_literal(
    b"d023eb1bc2f5c4c590f59bd8b45c2409257bf2317ef811e08e86051d4abb5ef4\
      f0162778d0e20f3819970bc6879fd114b499b01da672afac1fff1330dceeb2ca\
      f9ebe464147cc102d92324d099d927c1a50e42d57a08a116ffec0a29819d8c65\
      70baf7d12888902a6a0c1d67add103123c859ab69bf8e9431c9384930d4b7eee",
);

/// The x coordinate of the generator of secp256k1.
const SECP256K1_X: [u8; 32] =
    hex_literal(b"79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");

/// A public key of sr25519.
const SR25519_KEY: [u8; 32] =
    hex_literal(b"d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d");

/// Bytes from hexadecimal digits.
const fn hex_literal<const N: usize>(digits: &[u8]) -> [u8; N] {
    const fn digit(byte: u8) -> u8 {
        match byte {
            b'0'..=b'9' => byte - b'0',
            _ => byte - b'a' + 10,
        }
    }
    let mut bytes = [0; N];
    let mut index = 0;
    while index < N {
        bytes[index] = digit(digits[2 * index]) << 4 | digit(digits[2 * index + 1]);
        index += 1;
    }
    bytes
}

/// The input of a modular power whose numbers have so many bytes, all ones but for the last byte of the modulus, and every second
/// bit in the base: its powers are as long as the modulus.
fn power(base: u32, exponent: u32, last: u8) -> Vec<u8> {
    let mut input = [word(base), word(exponent), word(base)].concat();
    input.resize(input.len() + base as usize, 0xAA);
    input.resize(input.len() + (base + exponent) as usize, 0xFF);
    if let Some(byte) = input.last_mut() {
        *byte = last;
    }
    input
}

/// Contracts with a large code whose hash nobody has seen.
fn unseen(bytes: u32) -> Vec<u8> {
    programs::large(Filling::Blocks, bytes, unique())
}

#[benchmarks]
mod benchmarks {
    use super::*;

    // Dispatchables.

    #[benchmark(pov_mode = Measured)]
    fn call() -> Result<(), BenchmarkError> {
        let contract = Contract::<T>::new(&programs::callable(|_| {}))?;
        let origin = RawOrigin::Signed(contract.caller.clone());
        #[extrinsic_call]
        _(origin, contract.address, 1_000u32.into(), WEIGHT, Bounded::max_value(), vec![0; 1024]);
        Ok(())
    }

    #[benchmark(pov_mode = Measured)]
    fn instantiate(i: Linear<0, { BYTES }>) -> Result<(), BenchmarkError> {
        let caller = rich_caller::<T>();
        let hash = upload::<T>(&caller, &programs::callable(|_| {}))?;
        let origin = RawOrigin::Signed(caller);
        let data = vec![42; i as usize];
        #[extrinsic_call]
        _(origin, 1_000u32.into(), WEIGHT, Bounded::max_value(), hash, data, Some([9; 32]));
        assert_eq!(CodeInfoOf::<T>::get(hash).map(|info| info.refcount), Some(1));
        Ok(())
    }

    #[benchmark(pov_mode = Measured)]
    fn instantiate_with_code(c: Linear<0, { CODE }>, i: Linear<0, { BYTES }>) -> Result<(), BenchmarkError> {
        let caller = rich_caller::<T>();
        let code = unseen(c);
        let hash = sp_core::H256(sp_io::hashing::keccak_256(&code));
        let origin = RawOrigin::Signed(caller);
        let data = vec![42; i as usize];
        #[extrinsic_call]
        _(origin, 1_000u32.into(), WEIGHT, Bounded::max_value(), code, data, Some([9; 32]));
        assert_eq!(CodeInfoOf::<T>::get(hash).map(|info| info.refcount), Some(1));
        Ok(())
    }

    #[benchmark(pov_mode = Measured)]
    fn upload_code(c: Linear<0, { CODE }>) -> Result<(), BenchmarkError> {
        let caller = rich_caller::<T>();
        let code = unseen(c);
        let hash = sp_core::H256(sp_io::hashing::keccak_256(&code));
        let origin = RawOrigin::Signed(caller);
        #[extrinsic_call]
        _(origin, code, Bounded::max_value());
        assert!(PristineCode::<T>::contains_key(hash));
        Ok(())
    }

    #[benchmark(pov_mode = Measured)]
    fn remove_code() -> Result<(), BenchmarkError> {
        let caller = rich_caller::<T>();
        let hash = upload::<T>(&caller, &programs::callable(|_| {}))?;
        let origin = RawOrigin::Signed(caller);
        #[extrinsic_call]
        _(origin, hash);
        assert!(!PristineCode::<T>::contains_key(hash));
        Ok(())
    }

    // The old code goes with its last contract, which takes the longest.
    #[benchmark(pov_mode = Measured)]
    fn set_code() -> Result<(), BenchmarkError> {
        let contract = Contract::<T>::new(&programs::callable(|_| {}))?;
        let new = upload::<T>(&contract.caller, &programs::echo())?;
        #[extrinsic_call]
        _(RawOrigin::Root, contract.address, new);
        assert!(!PristineCode::<T>::contains_key(contract.code_hash));
        assert_eq!(CodeInfoOf::<T>::get(new).map(|info| info.refcount), Some(1));
        Ok(())
    }

    // Where accounts are addresses there is nothing to map, and both calls only say so.
    #[benchmark(pov_mode = Measured)]
    fn map_account() {
        let caller: T::AccountId = whitelisted_caller();
        rich::<T>(&caller);
        let origin = RawOrigin::Signed(caller.clone());
        #[block]
        {
            let _ = Pallet::<T>::map_account(origin.into());
        }
        assert!(T::AddressMapper::is_mapped(&caller));
    }

    #[benchmark(pov_mode = Measured)]
    fn unmap_account() {
        let caller = rich_caller::<T>();
        let origin = RawOrigin::Signed(caller.clone());
        #[block]
        {
            let _ = Pallet::<T>::unmap_account(origin.into());
        }
        assert!(!OriginalAccount::<T>::contains_key(T::AddressMapper::to_address(&caller)));
        assert!(T::Currency::balance_on_hold(&HoldReason::AddressMapping.into(), &caller).is_zero());
    }

    // Host functions that are answered where the guest runs.

    #[benchmark(pov_mode = Measured)]
    fn host_answer(r: Linear<0, { 10 * CALLS }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::new(&host_calls::<u64>("call_data_size", []), input(r, b""))?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_constant(r: Linear<0, { 10 * CALLS }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::new(&host_calls("value_transferred", [OUT]), input(r, b""))?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_input(r: Linear<0, { 10 * CALLS }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::new(&host_calls("call_data_load", [OUT, 5]), input(r, b""))?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_call_data_copy(r: Linear<0, { CALLS }>, n: Linear<0, { BYTES }>) -> Result<(), BenchmarkError> {
        let run =
            Run::<T>::new(&host_calls("call_data_copy", [OUT, n.into(), 0]), input(r, &vec![1; n as usize]))?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_keccak_256(r: Linear<0, { CALLS }>, n: Linear<0, { BYTES }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::new(&host_calls("hash_keccak_256", [RW, n.into(), OUT]), input(r, b""))?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    // Host functions of the pallet.

    // The least that any of them takes.
    #[benchmark(pov_mode = Measured)]
    fn host_call(r: Linear<0, { CALLS }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::new(&host_calls::<u64>("ref_time_left", []), input(r, b""))?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_balance(r: Linear<0, { CALLS }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::new(&host_calls("balance", [OUT]), input(r, b""))?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_balance_of(r: Linear<0, { CALLS }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::new(&numbered_host_calls("balance_of", [DATA, OUT]), input(r, b""))?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_code_hash(r: Linear<0, { CALLS }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::new(&numbered_host_calls("code_hash", [DATA, OUT]), input(r, b""))?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_code_size(r: Linear<0, { CALLS }>) -> Result<(), BenchmarkError> {
        let mut run = Run::<T>::new(&host_calls("code_size", [DATA]), Vec::new())?;
        run.input = input(r, run.dest.as_bytes());
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_block_hash(r: Linear<0, { CALLS }>) -> Result<(), BenchmarkError> {
        let number = 300u32;
        frame_system::Pallet::<T>::set_block_number(number.into());
        frame_system::BlockHash::<T>::insert(
            frame_system::pallet_prelude::BlockNumberFor::<T>::from(number - 1),
            T::Hash::default(),
        );
        let run = Run::<T>::new(
            &host_calls("block_hash", [DATA, OUT]),
            input(r, &U256::from(number - 1).to_little_endian()),
        )?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_block_author(r: Linear<0, { CALLS }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::new(&host_calls("block_author", [OUT]), input(r, b""))?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_get_immutable(
        r: Linear<0, { CALLS }>,
        n: Linear<1, { limits::IMMUTABLE_BYTES_MAX }>,
    ) -> Result<(), BenchmarkError> {
        let blob = programs::contract(
            |asm| {
                asm.host("set_immutable_data", [RW, n.into()]);
            },
            |asm| {
                asm.take_input().fetch(Reg::S1, RW).rounds(|asm| {
                    asm.load(Reg::T0, n.into()).store(CELL, Reg::T0).host("get_immutable_data", [OUT, CELL]);
                });
            },
        );
        let run = Run::<T>::new(&blob, input(r, b""))?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_set_immutable(
        r: Linear<0, { CALLS }>,
        n: Linear<1, { limits::IMMUTABLE_BYTES_MAX }>,
    ) -> Result<(), BenchmarkError> {
        let caller = rich_caller::<T>();
        let blob = repeats_in_constructor(|asm| {
            asm.host("set_immutable_data", [RW, n.into()]);
        });
        let code = crate::Code::Existing(upload::<T>(&caller, &blob)?);
        let (origin, data) = (Origin::Signed(caller), input(r, b""));
        let outcome;
        #[block]
        {
            let max = Bounded::max_value();
            outcome = Pallet::<T>::bare_instantiate(origin, 0u32.into(), WEIGHT, max, code, data, None);
        }
        outcome.result.map(|_| ()).map_err(|_| BenchmarkError::Stop("the contract is not created"))
    }

    #[benchmark(pov_mode = Measured)]
    fn host_get_storage(
        r: Linear<0, { CALLS }>,
        n: Linear<0, { limits::STORAGE_VALUE_BYTES_MAX }>,
    ) -> Result<(), BenchmarkError> {
        let blob = repeats(|asm| {
            asm.load(Reg::T0, u64::from(u32::MAX)).store(CELL, Reg::T0);
            asm.store(DATA, Reg::S1).host("get_storage", [0, DATA, 32, OUT, CELL]);
        });
        let run = Run::<T>::new(&blob, input(r, b""))?;
        run.fill(r, n)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_set_storage(
        r: Linear<0, { CALLS }>,
        n: Linear<0, { limits::STORAGE_VALUE_BYTES_MAX }>,
        o: Linear<0, { limits::STORAGE_VALUE_BYTES_MAX }>,
    ) -> Result<(), BenchmarkError> {
        let blob = numbered_host_calls("set_storage", [0, DATA, 32, OUT, n.into()]);
        let run = Run::<T>::new(&blob, input(r, b""))?;
        run.fill(r, o)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_get_transient(
        r: Linear<0, { CALLS }>,
        n: Linear<0, { limits::STORAGE_VALUE_BYTES_MAX }>,
    ) -> Result<(), BenchmarkError> {
        let blob = programs::callable(|asm| {
            asm.take_input().host("set_storage", [1, DATA, 32, OUT, n.into()]);
            asm.fetch(Reg::S1, RW).rounds(|asm| {
                asm.load(Reg::T0, u64::from(u32::MAX)).store(CELL, Reg::T0);
                asm.host("get_storage", [1, DATA, 32, OUT, CELL]);
            });
        });
        let run = Run::<T>::new(&blob, input(r, b""))?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    // Old and new value are equally long.
    #[benchmark(pov_mode = Measured)]
    fn host_set_transient(
        r: Linear<0, { CALLS }>,
        n: Linear<0, { limits::STORAGE_VALUE_BYTES_MAX }>,
    ) -> Result<(), BenchmarkError> {
        let run = Run::<T>::new(&host_calls("set_storage", [1, DATA, 32, OUT, n.into()]), input(r, b""))?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_deposit_event(
        r: Linear<0, { FEW_CALLS }>,
        t: Linear<0, { limits::EVENT_TOPICS_MAX }>,
        n: Linear<0, { BYTES }>,
    ) -> Result<(), BenchmarkError> {
        let run =
            Run::<T>::new(&host_calls("deposit_event", [DATA, t.into(), OUT, n.into()]), input(r, b""))?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    // Sub-calls.

    // With `n` bytes of input from memory.
    #[benchmark(pov_mode = Measured)]
    fn host_call_contract(
        r: Linear<0, { FEW_CALLS }>,
        n: Linear<0, { BYTES }>,
    ) -> Result<(), BenchmarkError> {
        let run = Run::<T>::new(&sub_calls(false, 0, n), Vec::new())?;
        let run = run.with_callee(&programs::callable(|_| {}), r, 0)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_call_value(r: Linear<0, { FEW_CALLS }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::new(&sub_calls(false, 0, 0), Vec::new())?;
        let run = run.with_callee(&programs::callable(|_| {}), r, 1)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    // With the input that the caller got.
    #[benchmark(pov_mode = Measured)]
    fn host_call_cloned(r: Linear<0, { FEW_CALLS }>, n: Linear<0, { BYTES }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::new(&sub_calls(false, 2, 0), Vec::new())?;
        let mut run = run.with_callee(&programs::callable(|_| {}), r, 0)?;
        run.input.resize(run.input.len() + n as usize, 1);
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    // Of a contract that uses all of the near caches.
    #[benchmark(pov_mode = Measured)]
    fn host_call_evicting(r: Linear<0, { FEW_CALLS }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::new(&refilling(false), Vec::new())?;
        let run = run.with_callee(&programs::evicting(), r, 0)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    // The same, and afterwards all of the caller's memory and code is wanted again.
    #[benchmark(pov_mode = Measured)]
    fn host_call_refilling(r: Linear<0, { FEW_CALLS }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::new(&refilling(true), Vec::new())?;
        let run = run.with_callee(&programs::evicting(), r, 0)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    // As `host_call`, and afterwards all of the caller's memory and code is wanted again.
    #[benchmark(pov_mode = Measured)]
    fn host_call_and_refilling(r: Linear<0, { CALLS }>) -> Result<(), BenchmarkError> {
        let blob = programs::kernels::refilling(|asm| {
            asm.host::<u64>("ref_time_left", []);
        });
        let run = Run::<T>::new(&blob, input(r, b""))?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_delegate_call(r: Linear<0, { FEW_CALLS }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::new(&sub_calls(true, 0, 0), Vec::new())?;
        let run = run.with_callee(&programs::callable(|_| {}), r, 0)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    // The one that hands back its input: `n` bytes in and out.
    #[benchmark(pov_mode = Measured)]
    fn host_call_precompile(r: Linear<0, { CALLS }>, n: Linear<0, { BYTES }>) -> Result<(), BenchmarkError> {
        let mut run = Run::<T>::new(&sub_calls(false, 0, n), Vec::new())?;
        run.input = sub_call_input::<T>(r, &at(4), 0);
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_instantiate(r: Linear<0, { FEW_CALLS }>, n: Linear<0, { BYTES }>) -> Result<(), BenchmarkError> {
        let mut run = Run::<T>::new(&instantiations(n), Vec::new())?;
        let hash = upload::<T>(&run.caller, &programs::callable(|_| {}))?;
        run.input = instantiation_input(r, &hash);
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_terminate(r: Linear<0, 1>) -> Result<(), BenchmarkError> {
        // What the system's precompile does, which spares no contract.
        let blob = sub_calls(false, 8, 36);
        let mut run = Run::<T>::new(&blob, Vec::new())?;
        run.fill(10, 32)?;
        let beneficiary = T::AddressMapper::to_address(&run.caller);
        let arguments = [&[0xed, 0xb4, 0x55, 0x29][..], &[0; 12], beneficiary.as_bytes()].concat();
        let mut input = sub_call_input::<T>(r, &at(0x0900), 0);
        input.extend(arguments);
        run.input = input;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_set_code(r: Linear<0, 1>) -> Result<(), BenchmarkError> {
        let mut run = Run::<T>::new(&host_calls("set_code", [DATA, RW, 0]), Vec::new())?;
        let hash = upload::<T>(&run.caller, &programs::echo())?;
        run.input = input(r, hash.as_bytes());
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_return(n: Linear<0, { BYTES }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::new(
            &programs::callable(|asm| {
                asm.ret(0, RW, n.into());
            }),
            Vec::new(),
        )?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_ecdsa_to_eth_address(r: Linear<0, { CALLS }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::new(
            &host_calls("ecdsa_to_eth_address", [DATA, OUT]),
            input(r, &[&[2][..], &SECP256K1_X].concat()),
        )?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn host_sr25519_verify(
        r: Linear<0, { FEW_CALLS }>,
        n: Linear<0, { BYTES }>,
    ) -> Result<(), BenchmarkError> {
        // A wrong signature in the right form takes as long as a right one.
        let mut signature = [1; 64];
        signature[63] = 0x80;
        let run = Run::<T>::new(
            &host_calls("sr25519_verify", [DATA + 32, DATA, n.into(), OUT]),
            input(r, &[&SR25519_KEY[..], &signature].concat()),
        )?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    // Loading code.

    #[benchmark(pov_mode = Measured)]
    fn load_blocks(c: Linear<0, { CODE }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::unseen(&programs::large(Filling::Blocks, c, unique()))?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn load_divisions(c: Linear<0, { CODE }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::unseen(&programs::large(Filling::Divisions, c, unique()))?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn load_host_calls(c: Linear<0, { CODE }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::unseen(&programs::large(Filling::HostCalls, c, unique()))?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    // Long blocks of loads, stores and sums.
    #[benchmark(pov_mode = Measured)]
    fn load_memory(c: Linear<0, { CODE }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::unseen(&programs::large(Filling::Memory, c, unique()))?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    // Long blocks of what waits for the only multiplier, and loads: what takes the longest to price.
    #[benchmark(pov_mode = Measured)]
    fn load_units(c: Linear<0, { CODE }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::unseen(&programs::large(Filling::Units, c, unique()))?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn load_branches(c: Linear<0, { CODE }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::unseen(&programs::large(Filling::Branches, c, unique()))?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    // Bytes of a blob that are no code.
    #[benchmark(pov_mode = Measured)]
    fn load_data(c: Linear<0, { CODE }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::unseen(&programs::with_data(c, unique()))?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    // Pages of memory that are used, few enough for a worker to keep them.
    #[benchmark(pov_mode = Measured)]
    fn touch_few_pages(p: Linear<1, { FEW_PAGES }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::new(&programs::touching(p), Vec::new())?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    // And many.
    #[benchmark(pov_mode = Measured)]
    fn touch_many_pages(p: Linear<{ FEW_PAGES + 1 }, 350>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::new(&programs::touching(p), Vec::new())?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    // By another transaction after the first, which a runtime cannot tell from the first.
    #[benchmark(pov_mode = Measured)]
    fn load_again(c: Linear<0, { CODE }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::new(&programs::large(Filling::Blocks, c, 1), Vec::new())?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    // Again by one transaction: so many contracts with `c` bytes of code each in turn, once before it counts.
    #[benchmark(pov_mode = Measured)]
    fn load_warm(r: Linear<0, { FEW_CALLS }>, c: Linear<0, { WARM_CODE }>) -> Result<(), BenchmarkError> {
        let blobs: Vec<_> =
            (0..WARM_MODULES).map(|seed| programs::large(Filling::Blocks, c, seed.into())).collect();
        let run = Run::<T>::new(&calls_in_turn(WARM_MODULES), Vec::new())?.with_callees(&blobs, r + 1)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    // Precompiles.

    #[benchmark(pov_mode = Measured)]
    fn precompile_ecrecover() -> Result<(), BenchmarkError> {
        let data = [&[7; 32][..], &word(27), &SECP256K1_X, &SECP256K1_X].concat();
        let run = Run::<T>::precompile(1, data);
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn precompile_sha256(n: Linear<0, { BYTES }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::precompile(2, vec![1; n as usize]);
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn precompile_ripemd160(n: Linear<0, { BYTES }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::precompile(3, vec![1; n as usize]);
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn precompile_identity(n: Linear<0, { BYTES }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::precompile(4, vec![1; n as usize]);
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn precompile_modexp_short() -> Result<(), BenchmarkError> {
        let run = Run::<T>::precompile(5, power(32, 32, 0xFF));
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn precompile_modexp_long() -> Result<(), BenchmarkError> {
        let run = Run::<T>::precompile(5, power(256, 32, 0xFF));
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn precompile_modexp_even() -> Result<(), BenchmarkError> {
        let run = Run::<T>::precompile(5, power(32, 32, 0xFE));
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn precompile_bn254_add() -> Result<(), BenchmarkError> {
        let run = Run::<T>::precompile(6, [g1(), g1()].concat());
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn precompile_bn254_mul() -> Result<(), BenchmarkError> {
        let run = Run::<T>::precompile(7, [&g1()[..], &[0xFF; 32]].concat());
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn precompile_bn254_pairing(p: Linear<0, 4>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::precompile(8, [&g1()[..], &G2].concat().repeat(p as usize));
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn precompile_blake2f(n: Linear<0, 1_000>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::precompile(9, [&n.to_be_bytes()[..], &[1; 208], &[1]].concat());
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn precompile_p256_verify() -> Result<(), BenchmarkError> {
        let hash: Vec<u8> = (0..32).collect();
        let run = Run::<T>::precompile(0x0100, [&hash[..], &P256].concat());
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn precompile_blake2b(n: Linear<0, { BYTES }>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::precompile(
            0x0900,
            [&[0xc7, 0xdf, 0xf6, 0x86][..], &word(32), &word(n), &vec![1; n.next_multiple_of(32) as usize]]
                .concat(),
        );
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn precompile_system() -> Result<(), BenchmarkError> {
        let run = Run::<T>::precompile(0x0900, [&[0xcf, 0x52, 0x31, 0xcc][..], &word(1)].concat());
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    // Instructions.

    #[benchmark(pov_mode = Measured)]
    fn instr_additions(r: Linear<0, 2000>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("additions", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_multiplications(r: Linear<0, 500>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("multiplications", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_divisions(r: Linear<0, 200>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("divisions", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_forwarding(r: Linear<0, 200>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("forwarding", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_random_branches(r: Linear<0, 200>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("random_branches", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_random_dynamic_jumps(r: Linear<0, 200>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("random_dynamic_jumps", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_blocks(r: Linear<0, 100>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("blocks", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_immediates(r: Linear<0, 2000>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("immediates", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_near_chased_loads(r: Linear<0, 200>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("near_chased_loads", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_near_scattered_loads(r: Linear<0, 200>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("near_scattered_loads", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_near_scattered_stores(r: Linear<0, 200>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("near_scattered_stores", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_near_copies(r: Linear<0, 200>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("near_copies", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_near_branches(r: Linear<0, 100>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("near_branches", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_near_dynamic_jumps(r: Linear<0, 100>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("near_dynamic_jumps", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_near_jumps(r: Linear<0, 100>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("near_jumps", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_near_comparisons(r: Linear<0, 1000>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("near_comparisons", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_middle_branches(r: Linear<0, 100>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("middle_branches", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_middle_dynamic_jumps(r: Linear<0, 100>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("middle_dynamic_jumps", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_middle_jumps(r: Linear<0, 100>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("middle_jumps", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_wide_chased_pages(r: Linear<0, 200>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("wide_chased_pages", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_wide_scattered_loads(r: Linear<0, 200>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("wide_scattered_loads", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_wide_scattered_stores(r: Linear<0, 200>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("wide_scattered_stores", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_wide_dynamic_jumps(r: Linear<0, 20>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("wide_dynamic_jumps", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_wide_branches(r: Linear<0, 20>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("wide_branches", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_wide_comparisons(r: Linear<0, 200>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("wide_comparisons", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_far_chased_loads(r: Linear<0, 100>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("far_chased_loads", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_far_scattered_loads(r: Linear<0, 100>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("far_scattered_loads", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_far_copies(r: Linear<0, 100>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("far_copies", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_far_dynamic_jumps(r: Linear<0, 10>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("far_dynamic_jumps", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_far_branches(r: Linear<0, 10>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("far_branches", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_far_jumps(r: Linear<0, 10>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("far_jumps", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    #[benchmark(pov_mode = Measured)]
    fn instr_far_comparisons(r: Linear<0, 10>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::kernel("far_comparisons", r)?;
        let outcome;
        #[block]
        {
            outcome = run.call();
        }
        succeeded::<T>(outcome)
    }

    // Idle time.

    #[benchmark(pov_mode = Measured)]
    fn on_idle_base() {
        #[block]
        {
            deletion::drain::<T>(Weight::MAX);
        }
    }

    #[benchmark(pov_mode = Measured)]
    fn on_idle_entry(r: Linear<0, { CALLS }>) -> Result<(), BenchmarkError> {
        for number in 0..r {
            let id = number.to_le_bytes().to_vec().try_into();
            deletion::enqueue::<T>(id.map_err(|_| BenchmarkError::Stop("the id is too long"))?);
        }
        #[block]
        {
            deletion::drain::<T>(Weight::MAX);
        }
        assert!(DeletionQueueCounter::<T>::get().is_empty());
        Ok(())
    }

    #[benchmark(pov_mode = Measured)]
    fn on_idle_key(r: Linear<0, 1_000>) -> Result<(), BenchmarkError> {
        let run = Run::<T>::new(&programs::callable(|_| {}), Vec::new())?;
        run.fill(r, 32)?;
        deletion::enqueue::<T>(run.trie()?);
        #[block]
        {
            deletion::drain::<T>(Weight::MAX);
        }
        assert!(DeletionQueueCounter::<T>::get().is_empty());
        Ok(())
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::benchmark_externalities(), crate::mock::Test);
}
