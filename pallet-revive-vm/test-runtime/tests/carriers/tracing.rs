// SPDX-License-Identifier: Apache-2.0
//! Traces and estimates are the same in all places, and a transaction's trace is that of the same call run dry.

use super::{
    address_word,
    chain::{same_everywhere, User, ENOUGH},
    fixtures::{callable, echo, relay, store_word, RW},
    random::{pick, random_contract, Random, World},
    scenarios::{compiled, concat},
    word,
    words::selector,
};
use frame_support::weights::Weight;
use pallet_revive_vm::tracing::{Action, FrameOutcome, Trace};
use sp_core::H160;

#[test]
fn traces_of_calls_and_of_transactions() {
    let emitter = callable(|asm| asm.data(RW, &[6; 64]).host("deposit_event", [RW, 2, RW, 40]).end());
    let trap = callable(|asm| asm.host("set_storage", [0, RW, 32, RW, 32]).trap().end());
    same_everywhere(|chain| {
        let [echo, store, relay_call, relay_delegate] =
            [echo(), store_word(), relay(false, 8), relay(true, 0)].map(|blob| chain.deploy(&blob, 0, b""));
        let [emitter, trap] = [&emitter, &trap].map(|blob| chain.deploy(blob, 0, b""));
        chain.wait(6);
        let mut traces = vec![Trace::default()];
        for input in [
            concat(store, &[[7; 32], [9; 32]].concat()),
            concat(relay_call, &concat(echo, b"deep")),
            concat(emitter, b""),
            concat(trap, b""),
            concat(H160::from_low_u64_be(2), b"hash me"),
            concat(H160([0x44; 20]), b"nobody is there"),
        ] {
            for relay in [relay_call, relay_delegate] {
                traces.push(chain.look_into(relay, 0, ENOUGH, &input));
                chain.call(User::Alice, relay, 0, ENOUGH, &input);
            }
        }
        // Where the input leads to a contract.
        assert!(traces[1..9].iter().all(|trace| trace.frames.len() >= 2));
        // The inherent that sets the time.
        traces[0].gas_price = traces[1].gas_price;
        assert_eq!(chain.trace_block(), traces);
    });
}

#[test]
fn traces_of_random_trees() {
    let weight = Weight::from_parts(20_000_000_000, 10_000_000);
    for seed in 11..=12u64 {
        same_everywhere(|chain| {
            let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
            let mut world = World::default();
            for step in 0..8u8 {
                let blob = random_contract(&mut random, &world);
                let hash = chain.upload(User::Alice, &blob, 1).expect("it is good");
                world.code.push(hash);
                let created = chain.instantiate(User::Alice, 50_000, hash, &[step; 8], Some([step; 32]));
                world.contracts.extend(created.result.ok().map(|created| created.addr));
                let dest = pick(&mut random, &world.contracts);
                chain.look_into(dest, random.below(10_000).into(), weight, &[step; 8]);
            }
        });
    }
}

/// A transfer of OpenZeppelin's token, as a person would want to see it.
#[test]
fn the_trace_of_a_transfer() {
    let Some(blob) = compiled("erc20") else { return };
    let text = |text: &str| {
        let mut bytes = [0; 32];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        [word(text.len() as u128), bytes].concat()
    };
    let constructor = [&word(0x60)[..], &word(0xA0), &word(1_000_000), &text("Token"), &text("TKN")].concat();
    same_everywhere(|chain| {
        let dest = chain.deploy(&blob, 0, &constructor);
        let bob = address_word(&User::Bob.address());
        let input = [&selector("transfer(address,uint256)")[..], &bob, &word(77)].concat();
        let trace = chain.look_into(dest, 0, ENOUGH, &input);
        let [frame] = &trace.frames[..] else { panic!("{trace:?}") };
        assert!(matches!(&frame.outcome, FrameOutcome::Returned(output) if output.data == word(1)));
        let count =
            |wanted: fn(&Action) -> bool| frame.actions.iter().filter(|action| wanted(action)).count();
        assert_eq!(count(|action| matches!(action, Action::Event { .. })), 1);
        assert_eq!(count(|action| matches!(action, Action::Write { .. })), 2);
        assert!(count(|action| matches!(action, Action::HostCall(_))) > 8);
    });
}
