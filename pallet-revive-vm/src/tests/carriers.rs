// SPDX-License-Identifier: Apache-2.0
//! How often the boundary between runtime and node is crossed, and what stays behind.
//!
//! All other tests run on both carriers too. `test-runtime` compares what comes of that, in wasm as well.

use super::{
    address_word, call, call_from, callable_nothing, deploy, error,
    fixtures::{callable, deep, echo, relay, relay_input, store_word, Asm, RW},
    output, selector, word,
};
use crate::{mock::*, AccountId32Mapper, AddressMapper, Error, ReturnCode};
use frame_support::weights::Weight;
use revive_vm_primitives::{Instruction, Opcode, Reg};
use revive_vm_runtime_interface::crossings;
use sp_core::H160;

/// Crossings of one call.
fn crossings_of(run: impl FnOnce()) -> u64 {
    let before = crossings();
    run();
    crossings() - before
}

#[test]
fn a_call_that_asks_for_nothing_is_one_crossing() {
    test_on(Carrier::Host, || {
        let nothing = deploy(&callable_nothing(), 0, b"");
        assert_eq!(crossings_of(|| assert_eq!(output(nothing, b""), b"")), 1);
        // Call data, a hash, constants and the end are answered without one.
        let answered = callable(|asm| {
            asm.take_input().host("call_data_load", [RW, 0]).host("hash_keccak_256", [RW, 32, RW]);
            for symbol in [
                "address",
                "caller",
                "origin",
                "value_transferred",
                "chain_id",
                "block_number",
                "now",
                "base_fee",
            ] {
                asm.host(symbol, [RW + 64]);
            }
            for symbol in ["gas_price", "gas_limit", "return_data_size"] {
                asm.host::<u64>(symbol, []);
            }
            asm.ret(0, RW, 32);
        });
        let answered = deploy(&answered, 0, b"");
        assert_eq!(crossings_of(|| assert_eq!(output(answered, &[4; 40]).len(), 32)), 1);
    });
}

#[test]
fn each_of_the_others_is_one_crossing_more() {
    test_on(Carrier::Host, || {
        let count = |body: fn(&mut Asm)| {
            let dest = deploy(&callable(body), 0, b"");
            crossings_of(|| assert_eq!(output(dest, b""), b""))
        };
        assert_eq!(count(|asm| asm.host("set_storage", [0, RW, 32, RW, 32]).end()), 2);
        assert_eq!(count(|asm| asm.host("get_storage_or_zero", [0, RW, RW + 32]).end()), 2);
        assert_eq!(count(|asm| asm.host("deposit_event", [RW, 2, RW, 32]).end()), 2);
        // A sub-call and the entry of its callee.
        let callee = deploy(&echo(), 0, b"");
        let relay = deploy(&relay(false, 8), 0, b"");
        assert_eq!(crossings_of(|| assert_eq!(super::relayed(relay, callee, b"data").1, b"data")), 3);
    });
}

#[test]
fn an_erc20_transfer_is_at_most_ten_crossings() {
    let Some((_, blob)) = super::compiled::blobs().into_iter().find(|(name, _)| *name == "erc20") else {
        return;
    };
    test_on(Carrier::Host, || {
        let dest = deploy(&blob, 0, &super::compiled::constructor());
        let bob = address_word(&AccountId32Mapper::<Test>::to_address(&BOB));
        let data = [&selector("transfer(address,uint256)")[..], &bob, &word(77)].concat();
        let count = crossings_of(|| assert_eq!(output(dest, &data), word(1)));
        println!("an ERC-20 transfer takes {count} crossings");
        assert!(count <= 10, "{count}");
    });
}

#[test]
fn an_embedded_engine_does_not_cross() {
    test_on(Carrier::Embedded, || {
        let count = crossings_of(|| {
            let store = deploy(&store_word(), 0, b"");
            output(store, &[7; 64]);
        });
        assert_eq!(count, 0);
    });
}

/// All frames that there can be, alive at once, many times, with every kind of end; nothing stays behind.
#[test]
fn full_stacks_leave_nothing() {
    new_test(|| {
        BehaviourVersion::set(1);
        // The call that is refused is the one below the 26th frame, so 26 instances are alive.
        let [fine, traps, reverts] =
            [deep(|_| {}), deep(|asm| asm.trap().end()), deep(|asm| asm.ret(1, RW, 0).end())]
                .map(|blob| deploy(&blob, 0, b""));
        BehaviourVersion::set(0);
        for _ in 0..10 {
            assert!(!call(fine, b"").result.unwrap().did_revert());
            assert_eq!(call(traps, b"").result, Err(error(Error::ContractTrapped)));
            assert!(call(reverts, b"").result.unwrap().did_revert());
        }
    });
}

/// Decoded code takes many times its bytes, and the memory of a runtime is limited: who goes beyond it gets nothing but a trap of the
/// runtime, and a transaction that traps it costs its sender nothing.
#[test]
fn a_runtime_has_room_for_so_much_code_at_once() {
    const CONTRACTS: usize = 6;
    let depth = |carrier| {
        test_on(carrier, || {
            BehaviourVersion::set(1);
            let contracts: Vec<H160> = (0..CONTRACTS as u64)
                .map(|seed| {
                    let blob = callable(|asm| {
                        asm.take_input();
                        relay_input(asm, false, 8);
                        asm.load(Reg::A0, seed).trap();
                        for _ in 0..250_000 {
                            asm.push(Instruction::new(Opcode::Fallthrough));
                        }
                    });
                    deploy(&blob, 0, b"")
                })
                .collect();
            BehaviourVersion::set(0);
            // The last one calls an address where nothing is.
            let input: Vec<u8> = contracts[1..].iter().chain([&H160([9; 20])]).flat_map(|to| to.0).collect();
            let codes = call_from(ALICE, contracts[0], 0, WEIGHT * 10, &input).result.unwrap().data;
            codes.chunks(8).map(|code| u64::from_le_bytes(code.try_into().unwrap())).collect::<Vec<_>>()
        })
    };
    assert_eq!(depth(Carrier::Host), [0; CONTRACTS]);
    assert_eq!(depth(Carrier::Embedded), [0, 0, 0, ReturnCode::CallDepthExceeded as u64]);
}

#[test]
fn rounds_of_kernels_cost_what_they_say() {
    use crate::code::GAS_MODEL;
    use crate::programs::kernels::Kernel;
    use crate::WeightInfo;
    for carrier in [Carrier::Host, Carrier::Embedded] {
        test_on(carrier, || {
            for (name, kernel) in Kernel::ALL {
                let dest = deploy(&kernel.contract(), 0, b"");
                let weight = |rounds: u64| {
                    let input = rounds.to_le_bytes();
                    let outcome = call_from(ALICE, dest, 0, Weight::MAX / 4, &input);
                    outcome.result.unwrap();
                    outcome.weight_consumed
                };
                let round = weight(3) - weight(2);
                let gas = <Test as crate::Config>::WeightInfo::vm_gas();
                assert_eq!(round, gas * kernel.round_gas(GAS_MODEL), "{name}");
            }
        });
    }
}
