// SPDX-License-Identifier: Apache-2.0
//! The contracts that benchmarks run, and a way to run them.
//!
//! A contract here makes one host call as often as the first eight bytes of its input say. What a call takes is the slope over that
//! number: what comes before and after the calls is the same for all.

use crate::{
    code,
    exec::Origin,
    limits::BEHAVIOUR_VERSION_MAX,
    metering::Diff,
    programs::{
        self,
        kernels::{self, Kernel},
        pack, Arg, Asm, NONE, RW,
    },
    storage::{self, ContractInfo, Key, TrieId},
    AccountIdOf, AddressMapper, BalanceOf, Code, Config, ContractResult, ExecReturnValue, Pallet,
};
use alloc::{vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::{
    traits::{fungible::Mutate, Get},
    weights::Weight,
};
use revive_vm_primitives::{Instruction, Opcode, Reg};
use sp_core::{H160, H256, U256};
use sp_runtime::traits::Bounded;

/// More weight than anything here uses.
pub(super) const WEIGHT: Weight = Weight::from_parts(u64::MAX / 4, u64::MAX / 4);

/// Where a contract keeps what it hands to host functions, behind the number of calls.
pub(super) const DATA: u64 = RW + 64;
/// A cell for a length.
pub(super) const CELL: u64 = RW + 32;
/// Where a contract lets host functions write.
pub(super) const OUT: u64 = RW + 0x8000;

/// An account with money that may use contracts.
pub(super) fn rich_caller<T: Config>() -> AccountIdOf<T> {
    let account: T::AccountId = whitelisted_caller();
    rich::<T>(&account);
    if !T::AddressMapper::is_mapped(&account) {
        T::AddressMapper::map(&account).expect("it has the deposit; qed");
    }
    // As the transaction extension does before an extrinsic.
    frame_system::Pallet::<T>::inc_account_nonce(&account);
    account
}

/// Gives `account` money.
pub(super) fn rich<T: Config>(account: &AccountIdOf<T>) {
    T::Currency::set_balance(account, BalanceOf::<T>::max_value() / 1_000_000u32.into());
}

/// A number that no other benchmark run has, so that a blob with it is in no cache.
pub(super) fn unique() -> u64 {
    current_time() as u64
}

/// A contract on the chain.
pub(super) struct Contract<T: Config> {
    pub(super) caller: AccountIdOf<T>,
    pub(super) address: H160,
    pub(super) code_hash: H256,
}

impl<T: Config> Contract<T> {
    /// A new one with this blob.
    pub(super) fn new(blob: &[u8]) -> Result<Self, BenchmarkError> {
        let caller = rich_caller::<T>();
        let code_hash = upload::<T>(&caller, blob)?;
        let outcome = Pallet::<T>::bare_instantiate(
            Origin::Signed(caller.clone()),
            0u32.into(),
            WEIGHT,
            Bounded::max_value(),
            Code::Existing(code_hash),
            0u64.to_le_bytes().to_vec(),
            Some(code_hash.0),
        );
        let created = outcome.result.map_err(|_| BenchmarkError::Stop("the contract is not created"))?;
        let address = created.addr;
        let account = T::AddressMapper::to_fallback_account_id(&address);
        rich::<T>(&account);
        Ok(Self { caller, address, code_hash })
    }
}

/// Uploads a blob.
pub(super) fn upload<T: Config>(caller: &AccountIdOf<T>, blob: &[u8]) -> Result<H256, BenchmarkError> {
    Pallet::<T>::bare_upload_code(caller, blob, Bounded::max_value(), BEHAVIOUR_VERSION_MAX)
        .map(|uploaded| uploaded.code_hash)
        .map_err(|_| BenchmarkError::Stop("the code is refused"))
}

/// Refuses the result of a call that did not go well.
pub(super) fn succeeded<T: Config>(
    outcome: ContractResult<ExecReturnValue, BalanceOf<T>>,
) -> Result<(), BenchmarkError> {
    match outcome.result {
        Ok(output) if !output.did_revert() => Ok(()),
        Ok(_) => Err(BenchmarkError::Stop("the contract reverted")),
        Err(_) => Err(BenchmarkError::Stop("the contract failed")),
    }
}

/// A call to measure.
pub(super) struct Run<T: Config> {
    pub(super) caller: AccountIdOf<T>,
    pub(super) dest: H160,
    pub(super) input: Vec<u8>,
}

impl<T: Config> Run<T> {
    /// Of a new contract.
    pub(super) fn new(blob: &[u8], input: Vec<u8>) -> Result<Self, BenchmarkError> {
        let Contract { caller, address, .. } = Contract::<T>::new(blob)?;
        Ok(Self { caller, dest: address, input })
    }

    /// Of the kernel with this name.
    pub(super) fn kernel(name: &str, rounds: u32) -> Result<Self, BenchmarkError> {
        let kernel = Kernel::named(name).ok_or(BenchmarkError::Stop("there is no such kernel"))?;
        Self::new(&kernel.contract(), input(rounds, b""))
    }

    /// Of a contract whose code has been uploaded and not run yet.
    pub(super) fn unseen(blob: &[u8]) -> Result<Self, BenchmarkError> {
        let run = Self::new(&programs::callable(|_| {}), Vec::new())?;
        let hash = upload::<T>(&run.caller, blob)?;
        code::replace::<T>(&run.dest, hash).map_err(|_| BenchmarkError::Stop("the code is not replaced"))?;
        Ok(run)
    }

    /// Of the precompile with this address.
    pub(super) fn precompile(address: u64, input: Vec<u8>) -> Self {
        Self { caller: rich_caller::<T>(), dest: H160::from_low_u64_be(address), input }
    }

    /// Lets the contract of [`sub_calls`] call a new contract with that blob `calls` times, with so many native units.
    pub(super) fn with_callee(mut self, blob: &[u8], calls: u32, units: u32) -> Result<Self, BenchmarkError> {
        let callee = Contract::<T>::new(blob)?;
        self.input = sub_call_input::<T>(calls, &callee.address, units);
        Ok(self)
    }

    /// Lets the contract of [`calls_in_turn`] call new contracts with these blobs, so many rounds.
    pub(super) fn with_callees(mut self, blobs: &[Vec<u8>], rounds: u32) -> Result<Self, BenchmarkError> {
        let mut data = vec![0; 32];
        for blob in blobs {
            data.extend_from_slice(Contract::<T>::new(blob)?.address.as_bytes());
            data.extend_from_slice(&[0; 12]);
        }
        self.input = input(rounds, &data);
        Ok(self)
    }

    /// The child trie of the contract.
    pub(super) fn trie(&self) -> Result<TrieId, BenchmarkError> {
        let contract = ContractInfo::<T>::load(&self.dest);
        contract.map(|contract| contract.trie_id).ok_or(BenchmarkError::Stop("there is no contract"))
    }

    /// Gives the contract `items` items of `len` bytes, at [`key`]s.
    pub(super) fn fill(&self, items: u32, len: u32) -> Result<(), BenchmarkError> {
        let trie = storage::child_info(&self.trie()?);
        let mut diff = Diff::default();
        for number in 1..=items {
            let key =
                Key::variable(key(number).to_vec()).ok_or(BenchmarkError::Stop("the key is too long"))?;
            storage::write(&trie, &key, Some(&vec![1; len as usize]), &mut diff);
        }
        Ok(())
    }

    /// Makes the call.
    pub(super) fn call(&self) -> ContractResult<ExecReturnValue, BalanceOf<T>> {
        let origin = Origin::Signed(self.caller.clone());
        let input = self.input.clone();
        Pallet::<T>::bare_call(origin, self.dest, 0u32.into(), WEIGHT, Bounded::max_value(), input)
    }
}

/// The input for `calls` calls, with `rest` at [`DATA`].
pub(super) fn input(calls: u32, rest: &[u8]) -> Vec<u8> {
    let mut input = vec![0; (DATA - RW) as usize];
    input[..8].copy_from_slice(&u64::from(calls).to_le_bytes());
    input.extend_from_slice(rest);
    input
}

/// Runs `body` as often as the input says. In it, s1 counts down to one.
pub(super) fn repeats(body: impl FnOnce(&mut Asm)) -> Vec<u8> {
    programs::callable(|asm| {
        asm.take_input().fetch(Reg::S1, RW).rounds(body);
    })
}

/// As [`repeats`], in the constructor.
pub(super) fn repeats_in_constructor(body: impl FnOnce(&mut Asm)) -> Vec<u8> {
    programs::contract(
        |asm| {
            asm.take_input().fetch(Reg::S1, RW).rounds(body);
        },
        |_| {},
    )
}

/// Calls a host function as often as the input says.
pub(super) fn host_calls<A: Into<Arg>>(symbol: &str, args: impl IntoIterator<Item = A>) -> Vec<u8> {
    repeats(|asm| {
        asm.host(symbol, args);
    })
}

/// As [`host_calls`], with another number at [`DATA`] each time: a key, an address.
pub(super) fn numbered_host_calls<A: Into<Arg>>(symbol: &str, args: impl IntoIterator<Item = A>) -> Vec<u8> {
    repeats(|asm| {
        asm.store(DATA, Reg::S1).host(symbol, args);
    })
}

/// The key of item `number` for contracts that put numbers at [`DATA`].
pub(super) fn key(number: u32) -> [u8; 32] {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&u64::from(number).to_le_bytes());
    key
}

/// Where [`sub_calls`] keeps a value.
pub(super) const VALUE: u64 = DATA + 32;
/// Where [`sub_calls`] keeps what the callee gets.
pub(super) const PAYLOAD: u64 = DATA + 64;

/// Calls, or delegate calls, the address at [`DATA`] with `len` bytes of input and the value behind the address, and takes all
/// of the output.
pub(super) fn sub_calls(delegate: bool, flags: u64, len: u32) -> Vec<u8> {
    repeats(|asm| {
        let capacity = 0xC000 - (OUT - RW);
        asm.load(Reg::T0, capacity).store(CELL, Reg::T0);
        let input = pack(u64::from(len), PAYLOAD);
        let output = pack(CELL, OUT);
        if delegate {
            asm.host("delegate_call_evm", [Arg::from(flags), DATA.into(), u64::MAX.into(), input, output]);
        } else {
            let args = [Arg::from(flags), DATA.into(), VALUE.into(), u64::MAX.into(), input, output];
            asm.host("call_evm", args);
        }
        fail_unless_zero(asm);
    })
}

/// Calls so many addresses in turn, the first of them behind a value at [`DATA`].
pub(super) fn calls_in_turn(callees: u32) -> Vec<u8> {
    repeats(|asm| {
        for number in 1..=u64::from(callees) {
            let address = DATA + 32 * number;
            let (input, output) = (pack(0, DATA), pack(NONE, NONE));
            asm.host("call_evm", [Arg::from(0), address.into(), DATA.into(), u64::MAX.into(), input, output]);
            fail_unless_zero(asm);
        }
    })
}

/// Calls the address at [`DATA`], and then, if wanted, goes through all memory and code of a program in the smallest class.
pub(super) fn refilling(refill: bool) -> Vec<u8> {
    let call = |asm: &mut Asm| {
        let args =
            [Arg::from(0), DATA.into(), VALUE.into(), u64::MAX.into(), pack(0, PAYLOAD), pack(NONE, NONE)];
        asm.host("call_evm", args);
    };
    if refill {
        kernels::refilling(call)
    } else {
        repeats(call)
    }
}

/// Traps if a host function did not return zero.
pub(super) fn fail_unless_zero(asm: &mut Asm) {
    let fine = asm.code.label();
    asm.code.push_to(Instruction::reg_imm_offset(Opcode::BranchEqImm, Reg::A0, 0, 0), fine);
    asm.trap();
    asm.code.bind(fine);
}

/// The input for [`sub_calls`], with so many native units each time.
pub(super) fn sub_call_input<T: Config>(calls: u32, callee: &H160, units: u32) -> Vec<u8> {
    let wei = U256::from(units) * U256::from(T::NativeToEthRatio::get());
    let mut data = vec![0; 32];
    data[..20].copy_from_slice(callee.as_bytes());
    data.extend_from_slice(&wei.to_little_endian());
    input(calls, &data)
}

/// Creates contracts with the code at [`PAYLOAD`] and `len` bytes of input.
pub(super) fn instantiations(len: u32) -> Vec<u8> {
    repeats(|asm| {
        asm.host(
            "instantiate",
            [
                Arg::from(u64::MAX),
                u64::MAX.into(),
                // All ones in the deposit limit, none in the value.
                pack(DATA, VALUE),
                pack(u64::from(len) + 32, PAYLOAD),
                pack(CELL, NONE),
                pack(NONE, NONE),
            ],
        );
        fail_unless_zero(asm);
    })
}

/// The input for [`instantiations`].
pub(super) fn instantiation_input(calls: u32, code_hash: &H256) -> Vec<u8> {
    input(calls, &[&[0xFF; 32][..], &[0; 32], code_hash.as_bytes()].concat())
}
