// SPDX-License-Identifier: Apache-2.0
//! Storage deposits: amounts, limits, refunds, and the sum that must always hold.

use super::{
    call, callable_nothing, deploy, error,
    fixtures::{callable, contract, pack, store_word, NONE, RW},
    instantiate_with, output, state_root, text,
};
use crate::{
    exec::Origin,
    mock::*,
    primitives::{Code, StorageDeposit},
    AccountId32Mapper, AddressMapper, Error, HoldReason, Pallet,
};
use frame_support::{
    assert_ok,
    traits::fungible::{Inspect, InspectHold},
};
use sp_core::H160;
use sp_runtime::Perbill;

type Mapper = AccountId32Mapper<Test>;

/// Bytes of a 32-byte item with a 32-byte key.
const ITEM: Balance = 64 * PER_BYTE + PER_CHILD_ITEM;

fn held(dest: &H160) -> Balance {
    Balances::balance_on_hold(&HoldReason::StorageDepositReserve.into(), &Mapper::to_account_id(dest))
}

/// What is on hold for a contract is what its record says.
#[track_caller]
fn assert_held(dest: &H160) {
    assert_eq!(held(dest), Pallet::<Test>::contract_info(*dest).unwrap().storage_deposit);
}

fn code_deposit(blob: &[u8]) -> Balance {
    PER_BYTE * (blob.len() as Balance + 67) + 2 * PER_ITEM
}

/// Record, share of the code, and immutable data if any.
fn base_deposit(blob: &[u8], immutable: Balance) -> Balance {
    PER_BYTE * (125 + immutable)
        + PER_ITEM * if immutable == 0 { 1 } else { 2 }
        + Perbill::from_percent(10).mul_ceil(code_deposit(blob))
}

#[test]
fn a_contract_costs_its_base_and_its_code() {
    new_test(|| {
        let blob = callable_nothing();
        let outcome = instantiate_with(&blob, 0, b"", None);
        let expected = code_deposit(&blob) + base_deposit(&blob, 0);
        assert_eq!(outcome.storage_deposit, StorageDeposit::Charge(expected));
        assert_eq!(Balances::free_balance(&ALICE), ENDOWMENT - expected);
        let dest = outcome.result.unwrap().addr;
        assert_eq!(held(&dest), base_deposit(&blob, 0));
        assert_held(&dest);
        // The second one only its base.
        let outcome = instantiate_with(&blob, 0, b"", None);
        assert_eq!(outcome.storage_deposit, StorageDeposit::Charge(base_deposit(&blob, 0)));

        let blob = contract(|asm| asm.host("set_immutable_data", [RW, 100]).end(), |_| {});
        let dest = deploy(&blob, 0, b"");
        assert_eq!(held(&dest), base_deposit(&blob, 100));
        assert_held(&dest);
    });
}

#[test]
fn items_are_charged_and_refunded_at_the_price_that_was_paid() {
    new_test(|| {
        let dest = deploy(&store_word(), 0, b"");
        let base = held(&dest);
        let store = |key: u8, value: u8| {
            let outcome = call(dest, &[[key; 32], [value; 32]].concat());
            assert!(outcome.result.is_ok());
            assert_held(&dest);
            outcome.storage_deposit
        };
        assert_eq!(store(1, 1), StorageDeposit::Charge(ITEM));
        assert_eq!(store(1, 2), StorageDeposit::Charge(0));
        assert_eq!(held(&dest), base + ITEM);
        // A change of prices neither loses nor makes money.
        DepositPerByte::set(10 * PER_BYTE);
        DepositPerChildTrieItem::set(10 * PER_CHILD_ITEM);
        assert_eq!(store(2, 1), StorageDeposit::Charge(10 * ITEM));
        assert_eq!(store(1, 0), StorageDeposit::Refund((11 * ITEM) / 2));
        let free = Balances::free_balance(&ALICE);
        let StorageDeposit::Refund(rest) = store(2, 0) else { panic!("the last item is refunded") };
        assert_eq!(Balances::free_balance(&ALICE), free + rest);
        assert_eq!(held(&dest), base);
    });
}

#[test]
fn the_refund_goes_to_whoever_calls() {
    new_test(|| {
        let dest = deploy(&store_word(), 0, b"");
        output(dest, &[[1; 32], [1; 32]].concat());
        let data = [[1; 32], [0; 32]].concat();
        let outcome = Pallet::<Test>::bare_call(Origin::Signed(BOB), dest, 0, WEIGHT, 0, data);
        assert_eq!(outcome.storage_deposit, StorageDeposit::Refund(ITEM));
        assert_eq!(Balances::free_balance(&BOB), ENDOWMENT + ITEM);
    });
}

#[test]
fn limits_hold_exactly() {
    new_test(|| {
        let dest = deploy(&store_word(), 0, b"");
        let data = [[1; 32], [1; 32]].concat();
        let before = state_root();
        let with = |limit| {
            Pallet::<Test>::bare_call(Origin::Signed(ALICE), dest, 0, WEIGHT, limit, data.clone()).result
        };
        assert_eq!(with(0), Err(error(Error::StorageDepositLimitExhausted)));
        assert_eq!(with(ITEM - 1), Err(error(Error::StorageDepositLimitExhausted)));
        assert_eq!(state_root(), before);
        assert!(with(ITEM).is_ok());

        let blob = callable_nothing();
        let expected = code_deposit(&blob) + base_deposit(&blob, 0);
        let with = |limit| {
            let code = Code::Upload(blob.clone());
            Pallet::<Test>::bare_instantiate(Origin::Signed(ALICE), 0, WEIGHT, limit, code, vec![], None)
        };
        let before = state_root();
        let short = with(expected - 1);
        assert_eq!(short.result.unwrap_err(), error(Error::StorageDepositLimitExhausted));
        // The code has taken its part of the limit.
        let base = base_deposit(&blob, 0);
        let message = format!("it takes a storage deposit of {base}, {} are left", base - 1);
        assert!(text(&short.debug_message).contains(&message), "{}", text(&short.debug_message));
        assert_eq!(state_root(), before);
        assert!(with(expected).result.is_ok());
    });
}

#[test]
fn an_origin_that_cannot_pay_undoes_everything() {
    new_test(|| {
        let dest = deploy(&store_word(), 0, b"");
        // Bob keeps just a little less than the item costs.
        let keep = ITEM - 1 + EXISTENTIAL_DEPOSIT;
        assert_ok!(Balances::transfer_keep_alive(RuntimeOrigin::signed(BOB), ALICE, ENDOWMENT - keep));
        let before = state_root();
        let data = [[1; 32], [1; 32]].concat();
        let outcome = Pallet::<Test>::bare_call(Origin::Signed(BOB), dest, 0, WEIGHT, Balance::MAX, data);
        assert_eq!(outcome.result, Err(error(Error::StorageDepositNotEnoughFunds)));
        assert_eq!(state_root(), before);
    });
}

#[test]
fn what_comes_and_goes_within_a_call_is_free_but_shows_in_nothing() {
    new_test(|| {
        let blob = callable(|asm| {
            asm.data(RW, &[1; 64])
                .host("set_storage_or_clear", [0, RW, RW + 32])
                .host("set_storage_or_clear", [0, RW, RW + 64]);
        });
        let dest = deploy(&blob, 0, b"");
        let outcome = Pallet::<Test>::bare_call(Origin::Signed(ALICE), dest, 0, WEIGHT, 0, vec![]);
        assert!(outcome.result.is_ok());
        assert_eq!(outcome.storage_deposit, StorageDeposit::Charge(0));
    });
}

#[test]
fn root_pays_nothing_and_its_refunds_go_to_the_pallet() {
    new_test(|| {
        let dest = deploy(&store_word(), 0, b"");
        let base = held(&dest);
        let root = |value: u8| {
            let data = [[1; 32], [value; 32]].concat();
            let outcome = Pallet::<Test>::bare_call(Origin::Root, dest, 0, WEIGHT, 0, data);
            assert!(outcome.result.is_ok());
            assert_held(&dest);
        };
        root(1);
        assert_eq!(held(&dest), base);
        root(0);
        output(dest, &[[1; 32], [1; 32]].concat());
        let pallet = Pallet::<Test>::account_id();
        let before = Balances::balance(&pallet);
        root(0);
        assert_eq!(Balances::balance(&pallet), before + ITEM);
        assert_eq!(held(&dest), base);
    });
}

#[test]
fn a_callee_stores_at_the_cost_of_the_origin_within_its_own_limit() {
    new_test(|| {
        let callee = deploy(&store_word(), 0, b"");
        let base = held(&callee);
        // Calls the callee with the deposit limit in the first 32 bytes of input; returns the code.
        let caller = callable(|asm| {
            asm.take_input()
                .data(RW + 128, callee.as_bytes())
                .data(RW + 160, &[0; 32])
                .data(RW + 192, &[7; 64])
                .host(
                    "call",
                    [
                        pack(0, RW + 128),
                        u64::MAX.into(),
                        u64::MAX.into(),
                        pack(RW, RW + 160),
                        pack(64, RW + 192),
                        pack(RW + 256, NONE),
                    ],
                )
                .store(RW, revive_vm_primitives::Reg::A0)
                .ret(0, RW, 8);
        });
        let caller = deploy(&caller, 0, b"");
        let with = |limit: Balance| {
            let mut word = [0; 32];
            word[..16].copy_from_slice(&limit.to_le_bytes());
            output(caller, &word)
        };
        assert_eq!(with(0), 5u64.to_le_bytes());
        assert_eq!(with(ITEM - 1), 5u64.to_le_bytes());
        assert_eq!(held(&callee), base);
        let free = Balances::free_balance(&ALICE);
        assert_eq!(with(ITEM), 0u64.to_le_bytes());
        assert_eq!(held(&callee), base + ITEM);
        assert_eq!(Balances::free_balance(&ALICE), free - ITEM);
        assert_held(&callee);
        assert_held(&caller);
    });
}

/// What a frame added, a frame of the same contract above it can take away before the first one has ended.
#[test]
fn an_item_that_comes_and_goes_within_a_call_is_counted_both_times() {
    const KEY: u64 = RW + 0x1100;
    const CALLEE: u64 = RW + 0x1000;
    let mut clear = vec![0xcc, 0xec, 0xf7, 0x15];
    for word in [0, 0, 96, 8] {
        clear.extend_from_slice(&super::word(word));
    }
    clear.extend_from_slice(&[5; 32]);
    let blob = callable(|asm| {
        asm.data(KEY, &[5; 32])
            .host("set_storage", [0, KEY, 8, RW, 10])
            .data(RW + 0x2000, &clear)
            .data(CALLEE, H160::from_low_u64_be(0x901).as_bytes())
            .host(
                "delegate_call_evm",
                [0, CALLEE, u64::MAX, (clear.len() as u64) << 32 | (RW + 0x2000), NONE << 32 | NONE],
            )
            .host("set_storage", [0, KEY, 7, RW, 11]);
    });
    new_test(|| {
        let dest = deploy(&blob, 0, b"");
        let before = held(&dest);
        assert_ok!(call(dest, b"").result);
        let info = Pallet::<Test>::contract_info(dest).unwrap();
        assert_eq!((info.storage_items, info.storage_bytes), (1, 11 + 16 + 7));
        assert_eq!(held(&dest) - before, 34 * PER_BYTE + PER_CHILD_ITEM);
        assert_held(&dest);
    });
}
