// SPDX-License-Identifier: Apache-2.0
//! From code to a called contract: creation, value, roll-back, weights, dry runs.

use super::{
    call, call_from, callable_nothing, deploy, error,
    fixtures::{callable, contract, echo, Arg, NONE, RO, RW},
    instantiate_with, load_weight, output, state_root, text,
};
use crate::{
    address::create1,
    exec::Origin,
    mock::*,
    primitives::{Code, ReturnFlags, StorageDeposit},
    storage::ContractInfo,
    weights::WeightInfo,
    AccountId32Mapper, AddressMapper, CodeInfoOf, Config, Error, Event, Pallet,
};
use frame_support::{
    assert_noop, assert_ok, dispatch::GetDispatchInfo, traits::fungible::Mutate, weights::Weight,
};
use revive_vm_primitives::{gas::block_cost, Blob, Footprint, GasModel, MemoryMap, Reg};
use sp_core::{H160, H256};
use sp_io::hashing::keccak_256;
use sp_runtime::{traits::Dispatchable, AccountId32, DispatchError};

type Mapper = AccountId32Mapper<Test>;
type Weights = <Test as Config>::WeightInfo;

#[test]
fn a_contract_returns_its_input() {
    new_test(|| {
        let echo = deploy(&echo(), 0, b"");
        for data in [&b""[..], b"x", &[7; 1000]] {
            assert_eq!(output(echo, data), data);
        }
    });
}

#[test]
fn creation_does_what_the_abi_says() {
    new_test(|| {
        let blob = callable_nothing();
        let issuance = Balances::total_issuance();
        let outcome = instantiate_with(&blob, 5_000, b"", None);
        let created = outcome.result.unwrap().addr;
        // Nonce 1, of which the extension has taken one.
        assert_eq!(created, create1(&Mapper::to_address(&ALICE), 0));
        assert_eq!(System::account_nonce(&ALICE), 2);
        let account = Mapper::to_account_id(&created);
        assert_eq!(System::account_nonce(&account), 1);
        assert!(System::consumers(&account) >= 1);
        assert_eq!(Balances::total_issuance(), issuance + EXISTENTIAL_DEPOSIT);
        assert_eq!(Balances::free_balance(&account), 5_000 + EXISTENTIAL_DEPOSIT);
        assert_eq!(Pallet::<Test>::evm_balance(&created), sp_core::U256::from(5_000u64 * u64::from(RATIO)));
        let hash = H256(keccak_256(&blob));
        assert_eq!(CodeInfoOf::<Test>::get(hash).unwrap().refcount, 1);
        assert_eq!(ContractInfo::<Test>::load(&created).unwrap().code_hash, hash);
        System::assert_has_event(
            Event::<Test>::Instantiated { deployer: Mapper::to_address(&ALICE), contract: created }.into(),
        );
        assert_noop!(
            Pallet::<Test>::remove_code(RuntimeOrigin::signed(ALICE), hash),
            Error::<Test>::CodeInUse
        );
    });
}

#[test]
fn an_address_is_taken_only_once() {
    new_test(|| {
        let salt = Some([5; 32]);
        assert!(instantiate_with(&callable_nothing(), 0, b"", salt).result.is_ok());
        let before = state_root();
        let again = instantiate_with(&callable_nothing(), 0, b"", salt);
        assert_eq!(again.result.unwrap_err(), error(Error::DuplicateContract));
        assert_eq!(state_root(), before);
        // Without a salt, the raised nonce makes each address a new one.
        let first = instantiate_with(&callable_nothing(), 0, b"", None).result.unwrap().addr;
        let second = instantiate_with(&callable_nothing(), 0, b"", None).result.unwrap().addr;
        assert_ne!(first, second);
    });
}

#[test]
fn a_reverted_constructor_leaves_nothing_and_the_address_free() {
    new_test(|| {
        let reverts = contract(
            |asm| {
                asm.data(RW, b"no").ret(1, RW, 2);
            },
            |_| {},
        );
        assert_ok!(Pallet::<Test>::upload_code(RuntimeOrigin::signed(ALICE), reverts.clone(), Balance::MAX));
        let before = state_root();
        let outcome = instantiate_with(&reverts, 1_000, b"", Some([1; 32]));
        let created = outcome.result.unwrap();
        assert_eq!((created.result.flags, &created.result.data[..]), (ReturnFlags::REVERT, &b"no"[..]));
        assert_eq!(outcome.storage_deposit, StorageDeposit::Charge(0));
        assert!(outcome.weight_consumed.ref_time() > 0);
        assert_eq!(state_root(), before);
        let again = instantiate_with(&reverts, 0, b"", Some([1; 32]));
        assert_eq!(again.result.unwrap().addr, created.addr);
    });
}

/// Stores, transfers to Bob and emits, then does `end`.
fn changes_then(end: impl Fn(&mut super::fixtures::Asm)) -> Vec<u8> {
    callable(|asm| {
        asm.data(RW, &[9; 32])
            .host("set_storage", [0, RW, 32, RW, 32])
            .host("deposit_event", [RW, 1, RW, 32])
            .data(RW + 64, Mapper::to_address(&BOB).as_bytes())
            .data(RW + 128, &1_500_000u64.to_le_bytes())
            .host(
                "call_evm",
                [
                    Arg::from(8),
                    (RW + 64).into(),
                    (RW + 128).into(),
                    u64::MAX.into(),
                    0.into(),
                    super::fixtures::pack(RW + 256, NONE),
                ],
            )
            .store(RW + 512, Reg::A0);
        end(asm);
    })
}

#[test]
fn what_a_contract_changes_is_kept_if_it_ends_well() {
    new_test(|| {
        let blob = changes_then(|asm| {
            asm.ret(0, RW + 512, 8);
        });
        let dest = deploy(&blob, 10, b"");
        assert_eq!(output(dest, b""), 0u64.to_le_bytes());
        assert_eq!(Balances::free_balance(&BOB), ENDOWMENT + 1);
        // One and a half units: the half is dust.
        let dust = Pallet::<Test>::evm_balance(&Mapper::to_address(&BOB)) % u64::from(RATIO);
        assert_eq!(dust, 500_000u64.into());
        assert_eq!(Pallet::<Test>::evm_balance(&dest), 8_500_000u64.into());
        let item = Pallet::<Test>::get_storage_var_key(dest, vec![9; 32]).unwrap();
        assert_eq!(item, Some(vec![9; 32]));
        assert_eq!(Pallet::<Test>::get_storage(dest, [9; 32]).unwrap(), None);
        System::assert_has_event(
            Event::<Test>::ContractEmitted { contract: dest, data: vec![9; 32], topics: vec![H256([9; 32])] }
                .into(),
        );
    });
}

#[test]
fn whatever_ends_badly_leaves_nothing_but_the_weight_it_used() {
    type End = Box<dyn Fn(&mut super::fixtures::Asm)>;
    let bad: [(&str, End, Option<DispatchError>); 8] = [
        ("revert", Box::new(|asm| asm.ret(1, RW, 4).end()), None),
        ("trap", Box::new(|asm| asm.trap().end()), Some(error(Error::ContractTrapped))),
        ("loop", Box::new(|asm| asm.spin().end()), Some(error(Error::OutOfGas))),
        ("read", Box::new(|asm| asm.fetch(Reg::A0, 0x10).end()), Some(error(Error::ContractTrapped))),
        ("write to code", Box::new(|asm| asm.store(RO, Reg::A0).end()), Some(error(Error::ContractTrapped))),
        (
            "no such import",
            Box::new(|asm| {
                asm.push(revive_vm_primitives::Instruction::imm(revive_vm_primitives::Opcode::Ecalli, 99));
            }),
            Some(error(Error::InvalidSyscall)),
        ),
        (
            "bad pointer",
            Box::new(|asm| asm.host("address", [0x10u64]).end()),
            Some(error(Error::OutOfBounds)),
        ),
        ("bad flags", Box::new(|asm| asm.ret(2, RW, 0).end()), Some(error(Error::InvalidCallFlags))),
    ];
    new_test(|| {
        for (name, end, expected) in &bad {
            let dest = deploy(&changes_then(end), 10, name.as_bytes());
            let before = state_root();
            let events = System::event_count();
            let outcome = call(dest, b"");
            match expected {
                None => assert!(outcome.result.unwrap().did_revert(), "{name}"),
                Some(expected) => {
                    assert_eq!(outcome.result, Err(*expected), "{name}");
                    assert!(!outcome.debug_message.is_empty(), "{name}");
                }
            }
            assert_eq!(state_root(), before, "{name}");
            assert_eq!(System::event_count(), events, "{name}");
            assert!(outcome.weight_consumed.all_lte(WEIGHT), "{name}");
            assert!(outcome.weight_consumed.ref_time() > 0, "{name}");
            assert_eq!(outcome.storage_deposit, StorageDeposit::Charge(0), "{name}");
        }
    });
}

#[test]
fn the_detail_of_an_error_names_contract_function_and_place() {
    new_test(|| {
        let dest = deploy(&callable(|asm| asm.host("address", [0x10u64]).end()), 0, b"");
        let outcome = call(dest, b"");
        let message = text(&outcome.debug_message);
        for word in [&format!("{dest:?}")[..], "`address`", "code offset"] {
            assert!(message.contains(word), "{message}");
        }
    });
}

#[test]
fn a_plain_transfer_to_a_new_account_costs_the_origin_its_existential_deposit() {
    new_test(|| {
        let dest = H160([77; 20]);
        let account = Mapper::to_account_id(&dest);
        let outcome = call_from(ALICE, dest, 0, WEIGHT, b"ignored");
        assert!(outcome.result.unwrap().data.is_empty());
        assert_eq!(Balances::free_balance(&account), 0);

        let outcome = call_from(ALICE, dest, 7, WEIGHT, b"ignored");
        assert!(outcome.result.is_ok());
        assert_eq!(outcome.storage_deposit, StorageDeposit::Charge(EXISTENTIAL_DEPOSIT));
        assert_eq!(Balances::free_balance(&account), EXISTENTIAL_DEPOSIT + 7);
        assert_eq!(Balances::free_balance(&ALICE), ENDOWMENT - EXISTENTIAL_DEPOSIT - 7);

        let before = state_root();
        let origin = || Origin::Signed(ALICE);
        let other = H160([78; 20]);
        let limit = EXISTENTIAL_DEPOSIT - 1;
        let outcome = Pallet::<Test>::bare_call(origin(), other, 7, WEIGHT, limit, vec![]);
        assert_eq!(outcome.result, Err(error(Error::StorageDepositLimitExhausted)));
        let outcome = Pallet::<Test>::bare_call(origin(), dest, Balance::MAX, WEIGHT, 0, vec![]);
        assert!(outcome.result.is_err());
        let outcome = Pallet::<Test>::bare_call(origin(), dest, ENDOWMENT, WEIGHT, 0, vec![]);
        assert_eq!(outcome.result, Err(error(Error::TransferFailed)));
        assert_eq!(state_root(), before);
    });
}

#[test]
fn addresses_of_functions_that_are_not_offered_fail() {
    new_test(|| {
        let outcome = call(H160::from_low_u64_be(0x0a), b"data");
        assert_eq!(outcome.result, Err(error(Error::UnsupportedPrecompileAddress)));
    });
}

#[test]
fn root_may_call_without_value_and_has_no_address() {
    new_test(|| {
        let nothing = deploy(&callable_nothing(), 0, b"");
        let asks = deploy(&callable(|asm| asm.host("caller", [RW]).end()), 0, b"");
        let root =
            |dest, value| Pallet::<Test>::bare_call(Origin::Root, dest, value, WEIGHT, 0, vec![]).result;
        assert!(root(nothing, 0).is_ok());
        assert_eq!(root(nothing, 1), Err(DispatchError::RootNotAllowed));
        assert_eq!(root(asks, 0), Err(DispatchError::RootNotAllowed));
        assert_ok!(Pallet::<Test>::call(RuntimeOrigin::root(), nothing, 0, WEIGHT, 0, vec![]));
    });
}

#[test]
fn a_contract_account_cannot_sign() {
    new_test(|| {
        let dest = deploy(&callable_nothing(), 0, b"");
        let account = Mapper::to_account_id(&dest);
        let origin = || RuntimeOrigin::signed(account.clone());
        assert_eq!(
            Pallet::<Test>::call(origin(), dest, 0, WEIGHT, 0, vec![]).unwrap_err().error,
            DispatchError::BadOrigin
        );
        assert_eq!(
            Pallet::<Test>::instantiate(origin(), 0, WEIGHT, 0, H256::zero(), vec![], None)
                .unwrap_err()
                .error,
            DispatchError::BadOrigin
        );
    });
}

fn dispatch(call: crate::Call<Test>) -> (Weight, Weight, Option<DispatchError>) {
    let call = RuntimeCall::from(call);
    let declared = call.get_dispatch_info().call_weight;
    match call.dispatch(RuntimeOrigin::signed(ALICE)) {
        Ok(info) => (declared, info.actual_weight.unwrap(), None),
        Err(failure) => (declared, failure.post_info.actual_weight.unwrap(), Some(failure.error)),
    }
}

#[test]
fn extrinsics_pay_for_what_was_used() {
    new_test(|| {
        let echo = deploy(&echo(), 0, b"");
        let run = |dest, weight_limit| {
            dispatch(crate::Call::call {
                dest,
                value: 0,
                weight_limit,
                storage_deposit_limit: 0,
                data: vec![1; 100],
            })
        };
        let needed = call(echo, &[1; 100]).weight_consumed;
        let (declared, actual, failure) = run(echo, WEIGHT);
        assert_eq!(declared, Weights::call() + WEIGHT);
        assert_eq!(actual, Weights::call() + needed);
        assert_eq!(failure, None);

        // Exactly what is required is enough, one less is not.
        let required = call(echo, &[1; 100]).weight_required;
        assert!(needed.all_lte(required));
        assert_eq!(run(echo, required).2, None);
        let (declared, actual, failure) = run(echo, required - Weight::from_parts(1, 0));
        assert_eq!(failure, Some(error(Error::OutOfGas)));
        assert!(actual.all_lte(declared));
        assert_eq!(run(echo, Weight::zero()).2, Some(error(Error::OutOfGas)));

        let reverts = deploy(&callable(|asm| asm.ret(1, RW, 0).end()), 0, b"");
        let (_, actual, failure) = run(reverts, WEIGHT);
        assert_eq!(failure, Some(error(Error::ContractReverted)));
        assert!(actual.all_lt(Weights::call() + WEIGHT));
    });
}

/// Gas of the block that `call` begins with.
fn first_block(blob: &[u8]) -> u64 {
    let blob = Blob::parse(blob).unwrap();
    let map = MemoryMap::for_blob(&blob, crate::limits::PAGE_BYTES, 0).unwrap();
    let tariff = crate::code::GAS_MODEL.tariff(Footprint::new(&blob.code(), &map, 0, false));
    u64::from(block_cost(tariff, &blob.code(), blob.export(b"call").unwrap()))
}

#[test]
fn instructions_are_paid_without_rounding_loss() {
    // The same block with host calls in between: the difference is that of its gas and the host calls.
    let with = |calls: u64| {
        callable(move |asm| {
            for _ in 0..calls {
                asm.load(Reg::A0, 1).host::<u64>("ref_time_left", []);
            }
        })
    };
    new_test(|| {
        for calls in [0, 1, 2, 50] {
            let blob = with(calls);
            let used = call(deploy(&blob, 0, b""), b"").weight_consumed;
            let expected = Weights::vm_gas() * first_block(&blob) + Weights::host_call() * calls;
            assert_eq!(used - load_weight(&blob), expected, "{calls} calls");
        }
    });
}

#[test]
fn code_keeps_its_gas_model_and_pays_the_price_of_that() {
    let blob = callable(|asm| {
        for _ in 0..9 {
            asm.load(Reg::A0, 1);
        }
    });
    new_test(|| {
        let contract = deploy(&blob, 0, b"");
        let hash = H256(keccak_256(&blob));
        assert_eq!(CodeInfoOf::<Test>::get(hash).unwrap().gas_model, GasModel::PipelineFootprint.id());
        let used = || call(contract, b"").weight_consumed - load_weight(&blob);
        assert_eq!(used(), Weights::vm_gas() * first_block(&blob));
        // As if it had been uploaded when flat gas was what new code was bound to.
        CodeInfoOf::<Test>::mutate(hash, |info| info.as_mut().unwrap().gas_model = GasModel::Flat.id());
        assert_eq!(used(), Weights::vm_gas_flat() * 10);
        assert!(Weights::vm_gas_flat().ref_time() > Weights::vm_gas().ref_time());
    });
}

#[test]
fn a_dry_run_is_the_real_run_without_traces() {
    new_test(|| {
        let blob = changes_then(|asm| asm.ret(0, RW + 512, 8).end());
        let code = Code::Upload(blob.clone());
        let before = state_root();
        let dry = Pallet::<Test>::dry_run_instantiate(ALICE, 20, None, None, code.clone(), vec![], None);
        assert_eq!(state_root(), before);
        // What the extension does before the extrinsic runs.
        System::inc_account_nonce(&ALICE);
        let real = Pallet::<Test>::bare_instantiate(
            Origin::Signed(ALICE),
            20,
            dry.weight_required,
            dry.max_storage_deposit.charge_or_zero(),
            code,
            vec![],
            None,
        );
        assert_eq!(crate::ContractResult { events: Vec::new(), ..dry }, real);
        let dest = real.result.unwrap().addr;

        let before = state_root();
        let dry = Pallet::<Test>::dry_run_call(ALICE, dest, 3, None, None, vec![]);
        assert_eq!(state_root(), before);
        let free = Balances::free_balance(&ALICE);
        let real = Pallet::<Test>::bare_call(
            Origin::Signed(ALICE),
            dest,
            3,
            dry.weight_required,
            dry.max_storage_deposit.charge_or_zero(),
            vec![],
        );
        assert_eq!(crate::ContractResult { events: Vec::new(), ..dry }, real);
        assert!(real.gas_consumed > 0);
        let StorageDeposit::Charge(deposit) = real.storage_deposit else { panic!("a new item is charged") };
        assert_eq!(Balances::free_balance(&ALICE), free - 3 - deposit);
    });
}

#[test]
fn set_code_replaces_the_code_and_nothing_else() {
    new_test(|| {
        let first = callable(|asm| asm.data(RW, b"first").ret(0, RW, 5).end());
        let second = callable(|asm| asm.data(RW, b"second").ret(0, RW, 6).end());
        let dest = deploy(&first, 0, b"");
        let (old, new) = (H256(keccak_256(&first)), H256(keccak_256(&second)));
        assert_noop!(Pallet::<Test>::set_code(RuntimeOrigin::root(), dest, new), Error::<Test>::CodeNotFound);
        assert_ok!(Pallet::<Test>::upload_code(RuntimeOrigin::signed(BOB), second, Balance::MAX));
        assert_noop!(
            Pallet::<Test>::set_code(RuntimeOrigin::signed(ALICE), dest, new),
            DispatchError::BadOrigin
        );
        assert_ok!(Pallet::<Test>::set_code(RuntimeOrigin::root(), dest, new));
        assert_eq!(output(dest, b""), b"second");
        // Nobody has the old code any more.
        assert!(!CodeInfoOf::<Test>::contains_key(old));
        assert_ok!(Pallet::<Test>::set_code(RuntimeOrigin::root(), dest, new));
        assert_eq!(CodeInfoOf::<Test>::get(new).unwrap().refcount, 1);
    });
}

#[test]
fn the_environment_is_what_the_chain_says() {
    new_test(|| {
        let getters = ["address", "caller", "origin"];
        let numbers =
            ["value_transferred", "balance", "chain_id", "block_number", "now", "base_fee", "block_author"];
        let blob = callable(|asm| {
            for (index, symbol) in getters.iter().chain(&numbers).enumerate() {
                asm.host(symbol, [RW + 32 * index as u64]);
            }
            asm.ret(0, RW, 32 * (getters.len() + numbers.len()) as u64);
        });
        let dest = deploy(&blob, 0, b"");
        let outcome = call_from(BOB, dest, 5, WEIGHT, b"");
        let data = outcome.result.unwrap().data;
        let word = |index: usize| &data[32 * index..32 * (index + 1)];
        let bob = Mapper::to_address(&BOB);
        assert_eq!(&word(0)[..20], dest.as_bytes());
        assert_eq!(&word(1)[..20], bob.as_bytes());
        assert_eq!(&word(2)[..20], bob.as_bytes());
        let number = |index| sp_core::U256::from_little_endian(word(index));
        assert_eq!(number(3), (5 * u64::from(RATIO)).into());
        assert_eq!(number(4), (5 * u64::from(RATIO)).into());
        assert_eq!(number(5), 4242.into());
        assert_eq!(number(6), 1.into());
        assert_eq!(number(7), 1_700_000_000u64.into());
        assert_eq!(number(8), (10 * u64::from(RATIO)).into());
        assert_eq!(number(9), 0.into());
    });
}

#[test]
fn code_and_balances_of_others_can_be_asked_for() {
    new_test(|| {
        let blob = callable(|asm| {
            asm.take_input()
                .host("code_hash", [RW, RW + 32])
                .host("balance_of", [RW, RW + 64])
                .host("code_size", [RW])
                .store(RW + 96, Reg::A0)
                .ret(0, RW + 32, 72);
        });
        let dest = deploy(&blob, 9, b"");
        let ask = |address: &H160| output(dest, address.as_bytes());
        let own = ask(&dest);
        assert_eq!(own[..32], keccak_256(&blob));
        assert_eq!(own[32..40], (9 * u64::from(RATIO)).to_le_bytes());
        assert_eq!(own[64..], (blob.len() as u64).to_le_bytes());
        let user = ask(&Mapper::to_address(&BOB));
        assert_eq!(user[..32], keccak_256(b""));
        assert_eq!(
            user[32..40],
            (u64::try_from(ENDOWMENT - EXISTENTIAL_DEPOSIT).unwrap() * u64::from(RATIO)).to_le_bytes()
        );
        assert_eq!(user[64..], [0; 8]);
        assert_eq!(ask(&H160([123; 20])), [0; 72]);
    });
}

#[test]
fn call_data_is_padded_and_loaded_back_to_front() {
    new_test(|| {
        let blob = callable(|asm| {
            asm.host("call_data_load", [RW, 1])
                .host("call_data_load", [RW + 32, 1_000_000])
                .data(RW + 64, &[0xAA; 16])
                .host("call_data_copy", [RW + 64, 8, 30])
                .host("call_data_copy", [0x10, 0, 0])
                .ret(0, RW, 80);
        });
        let dest = deploy(&blob, 0, b"");
        let input: Vec<u8> = (0..34).collect();
        let data = output(dest, &input);
        let expected: Vec<u8> = (1..33).rev().collect();
        assert_eq!(data[..32], expected);
        assert_eq!(data[32..64], [0; 32]);
        assert_eq!(data[64..72], [30, 31, 32, 33, 0, 0, 0, 0]);
        assert_eq!(data[72..], [0xAA; 8]);
    });
}

#[test]
fn immutable_data_is_set_in_the_constructor_and_read_afterwards() {
    new_test(|| {
        let blob = contract(
            |asm| {
                asm.data(RW, b"forever!").host("set_immutable_data", [RW, 8]);
            },
            |asm| {
                asm.data(RW + 64, &6u32.to_le_bytes())
                    .host("get_immutable_data", [RW, RW + 64])
                    .fetch(Reg::A0, RW + 64)
                    .store(RW + 8, Reg::A0)
                    .ret(0, RW, 12);
            },
        );
        let dest = deploy(&blob, 0, b"");
        assert_eq!(output(dest, b""), b"foreve\0\0\x06\0\0\0");
        assert_eq!(Pallet::<Test>::contract_info(dest).unwrap().immutable_data_len, 8);

        let denied = [
            contract(|asm| asm.host("get_immutable_data", [RW, RW]).end(), |_| {}),
            contract(|asm| asm.host("set_immutable_data", [RW, 0]).end(), |_| {}),
        ];
        for blob in denied {
            let failure = instantiate_with(&blob, 0, b"", None).result.unwrap_err();
            assert_eq!(failure, error(Error::InvalidImmutableAccess));
        }
        let too_long = contract(|asm| asm.host("set_immutable_data", [RW, 4097]).end(), |_| {});
        let failure = instantiate_with(&too_long, 0, b"", None).result.unwrap_err();
        assert_eq!(failure, error(Error::OutOfBounds));
        for (symbol, args) in [("set_immutable_data", [RW, 8]), ("get_immutable_data", [RW, RW])] {
            let dest = deploy(&callable(|asm| asm.host(symbol, args).end()), 0, b"");
            assert_eq!(call(dest, b"").result, Err(error(Error::InvalidImmutableAccess)), "{symbol}");
        }
    });
}

#[test]
fn hashes_are_keccak_256_of_any_length() {
    new_test(|| {
        let blob = callable(|asm| {
            asm.host("call_data_copy", [RW, 8, 0])
                .fetch(Reg::S1, RW)
                .data(RW, &[])
                .host("hash_keccak_256", [Arg::from(RW), Reg::S1.into(), (RW + 0x1_0000 - 32).into()]);
            asm.ret(0, RW + 0x1_0000 - 32, 32);
        });
        let dest = deploy(&blob, 0, b"");
        for len in [0u64, 1, 31, 136, 4096, 0x1_0000 - 32] {
            let mut memory = vec![0; len as usize];
            for (to, from) in memory.iter_mut().zip(len.to_le_bytes()) {
                *to = from;
            }
            assert_eq!(output(dest, &len.to_le_bytes()), keccak_256(&memory), "{len}");
        }
        let outcome = call(dest, &(0x1_0001u64).to_le_bytes());
        assert_eq!(outcome.result, Err(error(Error::OutOfBounds)));
        let outcome = call(dest, &u64::from(u32::MAX).to_le_bytes());
        assert!(outcome.result.is_err());
    });
}

#[test]
fn gas_left_is_ethereum_gas_and_sinks() {
    new_test(|| {
        let blob = callable(|asm| {
            asm.host::<u64>("ref_time_left", [])
                .store(RW, Reg::A0)
                .host::<u64>("ref_time_left", [])
                .store(RW + 8, Reg::A0)
                .host::<u64>("gas_limit", [])
                .store(RW + 16, Reg::A0)
                .host::<u64>("gas_price", [])
                .store(RW + 24, Reg::A0)
                .ret(0, RW, 32);
        });
        let dest = deploy(&blob, 0, b"");
        let outcome = Pallet::<Test>::bare_call(Origin::Signed(ALICE), dest, 0, WEIGHT, 1_000_000, vec![]);
        let data = outcome.result.unwrap().data;
        let number = |index: usize| u64::from_le_bytes(data[8 * index..][..8].try_into().unwrap());
        assert!(number(0) > number(1) && number(1) > 0);
        assert_eq!(number(2), u64::MAX);
        assert_eq!(number(3), 10 * u64::from(RATIO));
    });
}

#[test]
fn consume_all_gas_consumes_all_gas_and_reverts() {
    new_test(|| {
        let dest = deploy(&callable(|asm| asm.host::<u64>("consume_all_gas", []).end()), 0, b"");
        let outcome = call(dest, b"");
        assert!(outcome.result.unwrap().did_revert());
        assert_eq!(outcome.weight_consumed, WEIGHT);
    });
}

#[test]
fn too_much_input_is_refused() {
    new_test(|| {
        let dest = deploy(&callable_nothing(), 0, b"");
        assert!(call(dest, &vec![0; 128 * 1024]).result.is_ok());
        assert_eq!(call(dest, &vec![0; 128 * 1024 + 1]).result, Err(error(Error::CallDataTooLarge)));
    });
}

#[test]
fn accounts_that_are_addresses_need_no_mapping() {
    new_test(|| {
        let mut bytes = [0xEE; 32];
        bytes[..20].fill(4);
        let account = AccountId32::new(bytes);
        assert_ok!(<Balances as Mutate<_>>::mint_into(&account, ENDOWMENT));
        let dest = deploy(&echo(), 0, b"");
        assert_eq!(call_from(account, dest, 0, WEIGHT, b"hi").result.unwrap().data, b"hi");
    });
}
