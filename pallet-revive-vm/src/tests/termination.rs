// SPDX-License-Identifier: Apache-2.0
//! Contracts that end: who gets what, what stays, and the deletion of what they stored.

use super::{
    call, deploy,
    fixtures::{callable, contract, pack, relay, relay_input, Arg, Asm, NONE, RW},
    instantiate_with, output, relayed, selector, state_root,
};
use crate::{
    mock::*,
    storage::{child_info, ContractInfo, Key},
    AccountId32Mapper, AddressMapper, CodeInfoOf, Config, DeletionQueue, DeletionQueueCounter, Event,
    ImmutableDataOf, Pallet, WeightInfo,
};
use frame_support::{storage::child, traits::Hooks, weights::Weight};
use revive_vm_primitives::Reg;
use sp_core::{H160, H256};
use sp_io::hashing::keccak_256;

type Mapper = AccountId32Mapper<Test>;

const BENEFICIARY: H160 = H160([0x77; 20]);

fn system() -> H160 {
    H160::from_low_u64_be(0x0900)
}

fn terminate_call(beneficiary: &H160) -> Vec<u8> {
    [&selector("terminate(address)")[..], &super::address_word(beneficiary)].concat()
}

fn balance(address: &H160) -> Balance {
    Balances::free_balance(Mapper::to_account_id(address))
}

/// Stores an item and immutable data in its constructor. A call ends it by the host function.
fn ending() -> Vec<u8> {
    contract(
        |asm| {
            asm.data(RW, &[5; 64])
                .host("set_storage", [0, RW, 32, RW, 32])
                .host("set_immutable_data", [RW, 9]);
        },
        |asm| {
            asm.data(RW, BENEFICIARY.as_bytes()).host("terminate", [RW]).trap();
        },
    )
}

#[test]
fn an_old_contract_gives_its_balance_and_stays() {
    new_test(|| {
        let dest = deploy(&ending(), 7_000, b"");
        let before = Pallet::<Test>::contract_info(dest);
        assert_eq!(output(dest, b"a call behind it would trap"), b"");
        assert_eq!(balance(&BENEFICIARY), 7_000 + EXISTENTIAL_DEPOSIT);
        assert_eq!(balance(&dest), EXISTENTIAL_DEPOSIT);
        assert_eq!(Pallet::<Test>::contract_info(dest), before);
        assert_eq!(Pallet::<Test>::get_storage_var_key(dest, vec![5; 32]), Ok(Some(vec![5; 32])));
        assert_eq!(output(dest, b""), b"");
    });
}

#[test]
fn a_constructor_may_end_its_contract() {
    new_test(|| {
        let blob = contract(
            |asm| {
                asm.data(RW, &[5; 64])
                    .host("set_storage", [0, RW, 32, RW, 32])
                    .host("set_immutable_data", [RW, 9])
                    .data(RW, BENEFICIARY.as_bytes())
                    .host("terminate", [RW])
                    .trap();
            },
            |_| {},
        );
        let (issuance, alice) = (Balances::total_issuance(), Balances::free_balance(ALICE));
        let outcome = instantiate_with(&blob, 3_000, b"", None);
        let dest = outcome.result.unwrap().addr;
        assert!(ContractInfo::<Test>::load(&dest).is_none());
        assert_eq!(ImmutableDataOf::<Test>::get(dest), None);
        assert_eq!(balance(&BENEFICIARY), 3_000 + EXISTENTIAL_DEPOSIT);
        assert!(!System::account_exists(&Mapper::to_account_id(&dest)));
        // Nothing is left of it: its existential deposit is burnt, its code, of which it was the last, is gone.
        assert_eq!(Balances::total_issuance(), issuance);
        assert!(CodeInfoOf::<Test>::get(H256(keccak_256(&blob))).is_none());
        assert_eq!(Balances::free_balance(ALICE), alice - 3_000 - EXISTENTIAL_DEPOSIT);
        assert_eq!(DeletionQueueCounter::<Test>::get().len(), 1);
        System::assert_has_event(
            Event::<Test>::Terminated { contract: dest, beneficiary: BENEFICIARY }.into(),
        );
    });
}

#[test]
fn a_reverted_end_is_none() {
    new_test(|| {
        // Calls the ending contract, then reverts.
        let dest = deploy(&ending(), 7_000, b"");
        let reverting = callable(|asm| {
            asm.take_input()
                .data(RW + 64, &[0; 40])
                .host(
                    "call_evm",
                    [
                        Arg::from(8),
                        RW.into(),
                        (RW + 64).into(),
                        u64::MAX.into(),
                        0.into(),
                        pack(RW + 96, NONE),
                    ],
                )
                .ret(1, RW, 0);
        });
        let through = deploy(&reverting, 0, b"");
        let before = state_root();
        assert!(call(through, dest.as_bytes()).result.unwrap().did_revert());
        assert_eq!(state_root(), before);
    });
}

#[test]
fn the_precompile_ends_any_contract() {
    new_test(|| {
        let issuance = Balances::total_issuance();
        let dest = deploy(&relay(false, 8), 9_000, b"");
        let info = ContractInfo::<Test>::load(&dest).unwrap();
        let hash = info.code_hash;
        let held = Pallet::<Test>::contract_info(dest).unwrap().storage_deposit;
        let outcome = call(dest, &[system().as_bytes(), &terminate_call(&BENEFICIARY)].concat());
        // It goes on after the call, and returns.
        assert_eq!(outcome.result.unwrap().data, 0u64.to_le_bytes());
        // The new account's existential deposit is paid out of what came back.
        let back = held - EXISTENTIAL_DEPOSIT;
        assert_eq!(outcome.storage_deposit, crate::StorageDeposit::Refund(back));
        assert!(ContractInfo::<Test>::load(&dest).is_none());
        assert!(CodeInfoOf::<Test>::get(hash).is_none());
        assert_eq!(balance(&BENEFICIARY), 9_000 + EXISTENTIAL_DEPOSIT);
        assert_eq!(Balances::total_issuance(), issuance);
        // What is called there now is an account like any other.
        assert_eq!(output(dest, b"anything"), b"");
        assert!(matches!(call(dest, b"").result, Ok(output) if output.data.is_empty()));
    });
}

#[test]
fn the_precompile_refuses_where_the_abi_says() {
    new_test(|| {
        let data = terminate_call(&BENEFICIARY);
        let delegating = deploy(&relay(true, 0), 0, b"");
        let (code, output) = relayed(delegating, system(), &data);
        assert_eq!((code, &output[..4]), (2, &[0x08, 0xc3, 0x79, 0xa0][..]));
        // Of a library in a delegate call it is an ordinary call, which would end who delegates.
        let library = deploy(&relay(false, 8), 0, b"");
        let (code, output) = relayed(delegating, library, &[system().as_bytes(), &data].concat());
        assert_eq!((code, &output[..8]), (0, &2u64.to_le_bytes()[..]));
        assert!(ContractInfo::<Test>::load(&delegating).is_some());
        // From outside there is no contract to end.
        assert!(call(system(), &data).result.unwrap().did_revert());
        // Read-only: a code.
        let read_only = deploy(&relay(false, 8 + 16), 0, b"");
        assert_eq!(relayed(read_only, system(), &data).0, 1);
        // In a constructor: its code is part of what the constructor returns by reverting.
        let input = [system().as_bytes(), &data].concat();
        let constructor = contract(
            |asm: &mut Asm| {
                asm.take_input();
                relay_input(asm, false, 8);
            },
            |_| {},
        );
        let outcome = instantiate_with(&constructor, 0, &input, None).result.unwrap();
        assert_eq!(outcome.result.data[..8], 2u64.to_le_bytes());
        assert!(ContractInfo::<Test>::load(&outcome.addr).is_some());
    });
}

#[test]
fn funds_that_arrive_late_go_to_the_beneficiary() {
    new_test(|| {
        // Ends itself, then is called with value by the contract that asked for it.
        let ends = deploy(&relay(false, 8), 0, b"");
        let sender = callable(|asm| {
            asm.take_input()
                .data(RW + 0x5000, &[0; 32])
                .data(RW + 0x5020, &4_000_000_000u64.to_le_bytes())
                .data(RW + 0x5028, &[0; 24])
                .data(RW + 0x5040, &[0; 8]);
            // First with the rest of the input and no value, then with value and the address of a hash function.
            for (value, len) in [(RW + 0x5000, 20 + 36u64), (RW + 0x5020, 20)] {
                asm.host(
                    "call_evm",
                    [
                        Arg::from(8),
                        RW.into(),
                        value.into(),
                        u64::MAX.into(),
                        pack(len, RW + 20),
                        pack(RW + 0x5040, NONE),
                    ],
                );
            }
            asm.store(RW, Reg::A0).ret(0, RW, 8);
        });
        let sender = deploy(&sender, 10_000, b"");
        let input = [ends.as_bytes(), system().as_bytes(), &terminate_call(&BENEFICIARY)].concat();
        assert_eq!(output(sender, &input), 0u64.to_le_bytes());
        assert!(ContractInfo::<Test>::load(&ends).is_none());
        assert_eq!(balance(&sender), 6_000 + EXISTENTIAL_DEPOSIT);
        // It did not exist, so the late funds had to make it: with what they are, not with somebody's deposit.
        assert_eq!(balance(&BENEFICIARY), 4_000);
    });
}

/// Stores as many items as the input has bytes, each under its own key, and relays the first twenty bytes and what follows.
fn storing(items: u32) -> Vec<u8> {
    contract(
        |asm| {
            for item in 0..items {
                asm.data(RW, &[item.to_le_bytes(), [1; 4]].concat()).host("set_storage", [0, RW, 8, RW, 8]);
            }
        },
        |asm| {
            asm.take_input();
            relay_input(asm, false, 8);
        },
    )
}

#[test]
fn storage_is_deleted_by_and_by() {
    const ITEMS: u32 = 25;
    for engine in [Carrier::Host, Carrier::Embedded] {
        // What is to be deleted has to be in the backend: a block later.
        let mut externalities = externalities(engine);
        let trie_id = externalities.execute_with(|| {
            let dest = deploy(&storing(ITEMS), 0, b"");
            let trie_id = ContractInfo::<Test>::load(&dest).unwrap().trie_id;
            assert_eq!(relayed(dest, system(), &terminate_call(&BENEFICIARY)).0, 0);
            trie_id
        });
        type Weights = <Test as Config>::WeightInfo;
        let base = Weights::on_idle_base() + Weights::on_idle_entry();
        let key = Weights::on_idle_key();
        // One call in each block, as in a chain: limit, items that are left then, and entries of the queue.
        let blocks = [
            (Weight::zero(), ITEMS, 1),
            (base, ITEMS, 1),
            (base + key * 10, ITEMS - 10, 1),
            (base + key * 14, 1, 1),
            (base + key * 20, 0, 0),
            (WEIGHT, 0, 0),
        ];
        for (limit, items, entries) in blocks {
            externalities.commit_all().unwrap();
            externalities.execute_with(|| {
                let used = Pallet::<Test>::on_idle(1, limit);
                assert!(used.all_lte(limit), "{used:?} of {limit:?}");
                crate::try_state::check::<Test>().unwrap();
                let hashed =
                    |item: u32| Key::variable([item.to_le_bytes(), [1; 4]].concat()).unwrap().hashed();
                let left =
                    (0..ITEMS).filter(|item| child::exists(&child_info(&trie_id), &hashed(*item))).count();
                assert_eq!(left, items as usize);
                assert_eq!(DeletionQueue::<Test>::iter().count(), entries);
                assert_eq!(DeletionQueueCounter::<Test>::get().is_empty(), entries == 0);
            });
        }
    }
}

/// Creates, in its constructor, a contract from the code hash in its input. A call is relayed.
fn parent() -> Vec<u8> {
    const LIMIT: u64 = RW + 0x100;
    const VALUE: u64 = RW + 0x120;
    contract(
        |asm| {
            asm.take_input().data(LIMIT, &[0xFF; 32]).data(VALUE, &[0; 32]).instantiate(RW, VALUE, LIMIT);
        },
        |asm| {
            asm.take_input();
            relay_input(asm, false, 8);
        },
    )
}

#[test]
fn what_comes_again_in_the_same_block_inherits_nothing() {
    new_test(|| {
        // A call stores an item.
        let child = callable(|asm| {
            asm.take_input()
                .data(RW + 0x5000, &[7; 8])
                .host("set_storage", [0, RW + 0x5000, 8, RW + 0x5000, 8]);
            relay_input(asm, false, 8);
        });
        deploy(&child, 0, b"");
        let hash = H256(keccak_256(&child));
        let item = |child| Pallet::<Test>::get_storage_var_key(child, vec![7; 8]).unwrap();
        let mut tries = Vec::new();
        for _ in 0..3 {
            // Creator, salt and code are the same, so the address is, and the nonce behind it begins anew.
            let parent = instantiate_with(&parent(), 0, hash.as_bytes(), Some([9; 32])).result.unwrap().addr;
            let child = crate::address::create1(&parent, 1);
            assert_eq!(item(child), None);
            tries.push(ContractInfo::<Test>::load(&child).unwrap().trie_id);
            assert_eq!(output(child, &[0x99; 20])[..8], [0; 8]);
            assert_eq!(item(child), Some(vec![7; 8]));
            crate::try_state::check::<Test>().unwrap();
            for contract in [child, parent] {
                assert_eq!(relayed(contract, system(), &terminate_call(&BENEFICIARY)).0, 0);
                assert!(ContractInfo::<Test>::load(&contract).is_none());
            }
        }
        tries.sort();
        tries.dedup();
        assert_eq!(tries.len(), 3);
    });
}
