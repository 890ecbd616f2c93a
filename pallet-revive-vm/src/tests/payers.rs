// SPDX-License-Identifier: Apache-2.0
//! Who pays for what: input that is handed on, accounts that are made on the way, and accounts that are there for the sake of others.

use super::{
    fixtures::{builder, callable, pack, Arg, Asm, NONE, RW},
    *,
};
use crate::{AccountId32Mapper, AddressMapper, Event, StorageDeposit, WeightInfo};
use frame_support::assert_ok;
use revive_vm_primitives::Reg;
use std::collections::BTreeSet;

type Mapper = AccountId32Mapper<Test>;

/// As much input as there may be.
const INPUT: usize = 128 * 1024;
/// Where the guests below have memory for it.
const DATA: u64 = 0x2_0000;

/// The flags of `call_evm` and `delegate_call_evm`.
const FORWARD_INPUT: u64 = 1;
const CLONE_INPUT: u64 = 2;
const ALLOW_REENTRY: u64 = 8;

/// A blob with this body and so many bytes of memory, which takes any input.
fn plain(rw_bytes: u32, body: impl Fn(&mut Asm)) -> Vec<u8> {
    builder(|_| {}, |asm| body(asm)).ro_data(0, &[]).rw_data(rw_bytes, &[]).stack_size(0).build()
}

/// What a call pays for.
fn paid(dest: H160, input: Vec<u8>) -> Weight {
    let outcome = Pallet::<Test>::bare_call(Origin::Signed(ALICE), dest, 0, WEIGHT, Balance::MAX, input);
    assert_ok!(outcome.result);
    outcome.weight_consumed
}

/// Each frame that input is forwarded to is handed all of it, which pays as if it was cloned.
#[test]
fn forwarded_input_is_paid_for_by_each_frame() {
    for carrier in [Carrier::Host, Carrier::Embedded] {
        test_on(carrier, || {
            BehaviourVersion::set(1);
            let itself = plain(4096, |asm| {
                let arguments =
                    [Arg::from(FORWARD_INPUT), DATA.into(), u64::MAX.into(), 0.into(), pack(NONE, NONE)];
                asm.host("address", [DATA]).host("delegate_call_evm", arguments);
            });
            let dest = deploy(&itself, 0, b"");
            BehaviourVersion::set(0);
            let more = paid(dest, vec![7; INPUT]) - paid(dest, vec![]);
            type Weights = <Test as crate::Config>::WeightInfo;
            let one = Weights::clone_input(INPUT as u32) - Weights::clone_input(0);
            // All frames but the outermost.
            assert!(more.ref_time() >= 24 * one.ref_time(), "{more:?}, and one is {one:?}");
        });
    }
}

/// The memory that the arguments of a call name comes to the runtime also if the input is another one.
#[test]
fn memory_that_comes_for_nothing_is_paid_for() {
    for carrier in [Carrier::Host, Carrier::Embedded] {
        test_on(carrier, || {
            BehaviourVersion::set(1);
            let cloning = |len: usize| {
                let blob = plain(132 * 1024, |asm| {
                    let identity = H160::from_low_u64_be(4);
                    let flags = CLONE_INPUT | ALLOW_REENTRY;
                    let [dest, value] = [DATA, DATA + 64];
                    asm.data(dest, identity.as_bytes()).data(value, &[0; 32]).host(
                        "call_evm",
                        [
                            Arg::from(flags),
                            dest.into(),
                            value.into(),
                            u64::MAX.into(),
                            pack(len as u64, DATA),
                            pack(NONE, NONE),
                        ],
                    );
                });
                deploy(&blob, 0, b"")
            };
            let (none, all) = (cloning(0), cloning(INPUT));
            BehaviourVersion::set(0);
            type Weights = <Test as crate::Config>::WeightInfo;
            let one = Weights::copy_from_guest(INPUT as u32) - Weights::copy_from_guest(0);
            let more = paid(all, vec![]).ref_time() - paid(none, vec![]).ref_time();
            assert!(more >= one.ref_time(), "{more}, and that is {one:?}");
        });
    }
}

/// A deposit limit of zero means zero also where there is no code: the origin does not pay for the account of somebody new.
#[test]
fn a_deposit_limit_holds_for_new_accounts() {
    new_test(|| {
        BehaviourVersion::set(1);
        let blob = callable(|asm| {
            let [value, deposit] = [RW + 64, RW + 96];
            let amount = [&5_000_000_u64.to_le_bytes()[..], &[0; 24]].concat();
            let arguments = [
                pack(8, RW),
                u64::MAX.into(),
                u64::MAX.into(),
                pack(deposit, value),
                pack(0, RW),
                pack(NONE, NONE),
            ];
            asm.take_input().data(value, &amount).data(deposit, &[0; 32]).host("call", arguments);
            asm.store(RW, Reg::A0).ret(0, RW, 8);
        });
        let dest = deploy(&blob, 100, b"");
        BehaviourVersion::set(0);
        // A precompile and somebody, neither of whom has an account.
        for to in [H160::from_low_u64_be(2), H160([0x67; 20])] {
            let outcome = call(dest, to.as_bytes());
            let out_of_resources = 5_u64.to_le_bytes().to_vec();
            assert_eq!(outcome.result.unwrap().data, out_of_resources, "{to:?}");
            assert_eq!(outcome.storage_deposit, StorageDeposit::Charge(0), "{to:?}");
        }
    });
}

/// An account may be there for the sake of another pallet, as one that holds a token, without any money: a contract can be made there,
/// and money sent, as if it was not.
#[test]
fn accounts_without_money_are_given_their_deposit() {
    let makers: [fn(&AccountId32); 2] = [
        |account| {
            System::inc_sufficients(account);
        },
        |account| {
            System::inc_providers(account);
        },
    ];
    for make in makers {
        new_test(|| {
            let blob = callable_nothing();
            let address = crate::address::create2(&Mapper::to_address(&ALICE), &blob, b"", &[7; 32]);
            make(&Mapper::to_fallback_account_id(&address));
            assert_ok!(instantiate_with(&blob, 0, b"", Some([7; 32])).result);

            let to = H160([0x44; 20]);
            make(&Mapper::to_fallback_account_id(&to));
            assert_ok!(call_from(ALICE, to, 5, WEIGHT, b"").result);
        });
    }
}

/// Somebody dispatches on Bob's behalf, as a proxy, a multisig or sudo does: Bob has signed nothing, so his nonce was not raised
/// before. His contracts have different addresses all the same.
#[test]
fn origins_that_did_not_sign_make_contracts() {
    new_test(|| {
        let blob = callable_nothing();
        for _ in 0..3 {
            let origin = RuntimeOrigin::signed(BOB);
            let data = vec![];
            assert_ok!(Pallet::<Test>::instantiate_with_code(
                origin,
                0,
                WEIGHT,
                Balance::MAX,
                blob.clone(),
                data,
                None
            ));
        }
        let made: BTreeSet<H160> = System::events()
            .into_iter()
            .filter_map(|record| match record.event {
                RuntimeEvent::Revive(Event::Instantiated { contract, .. }) => Some(contract),
                _ => None,
            })
            .collect();
        assert_eq!(made.len(), 3);
    });
}
