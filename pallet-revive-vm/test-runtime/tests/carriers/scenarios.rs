// SPDX-License-Identifier: Apache-2.0
//! The list of scenarios, but for the suite of Solidity contracts.

use super::{
    address_word,
    chain::{same_everywhere, Chain, User, ENOUGH},
    fixtures::{callable, contract, deep, echo, relay, store_word, Arg, BEHIND_RW, RO, RW},
    random::{pick, random_contract, Random, World},
    signatures::{hi_lo, one_call, signatures, Signature},
    word,
    words::{hex, selector},
    HostFunction,
};
use frame_support::weights::Weight;
use pallet_revive_vm::Call;
use revive_vm_carriers::Balance;
use revive_vm_primitives::{Instruction, Opcode, Reg};
use sp_core::{H160, H256};
use std::path::Path;

fn at(number: u64) -> H160 {
    H160::from_low_u64_be(number)
}

pub(super) fn concat(address: H160, data: &[u8]) -> Vec<u8> {
    [address.as_bytes(), data].concat()
}

#[test]
fn storage_sub_calls_and_delegate_calls() {
    same_everywhere(|chain| {
        let echo = chain.deploy(&echo(), 100, b"");
        let store = chain.deploy(&store_word(), 0, b"");
        let relay_call = chain.deploy(&relay(false, 8), 0, b"");
        let relay_delegate = chain.deploy(&relay(true, 0), 0, b"");
        let read_only = chain.deploy(&relay(false, 16), 0, b"");
        let item = [[7; 32], [9; 32]].concat();
        let none = [[7; 32], [0; 32]].concat();
        assert_eq!(chain.ask_contract(echo, &[3; 1000]), Some(vec![3; 1000]));
        let stored = chain.ask_contract(store, &item).expect("it stores");
        assert_eq!(stored, u64::from(u32::MAX).to_le_bytes(), "there was nothing");
        for data in [
            concat(store, &item),
            concat(store, &none),
            concat(echo, &[1; 300]),
            concat(relay_call, &concat(relay_call, &concat(echo, b"deep"))),
            concat(relay_call, b"short"),
            concat(at(0x7777), b"nobody is there"),
        ] {
            for relay in [relay_call, relay_delegate, read_only] {
                assert!(chain.ask_contract(relay, &data).is_some());
            }
        }
        assert_eq!(chain.ask_contract(relay_call, b"short"), None, "an address that is not there");
        chain.wait(6);
        assert!(chain.ask_contract(store, &none).is_some());
    });
}

/// Contracts that emit, revert, trap, spin, take everything, end themselves, and recurse.
#[test]
fn every_kind_of_end() {
    let ends: Vec<Vec<u8>> = [
        callable(|asm| asm.data(RW, &[6; 64]).host("deposit_event", [RW, 2, RW, 40]).end()),
        callable(|asm| asm.host("deposit_event", [RW, 5, RW, 40]).end()),
        callable(|asm| asm.host("set_storage", [0, RW, 32, RW, 32]).ret(1, RW, 32).end()),
        callable(|asm| asm.host("set_storage", [0, RW, 32, RW, 32]).trap().end()),
        callable(|asm| asm.spin().end()),
        callable(|asm| asm.host::<u64>("consume_all_gas", []).end()),
        callable(|asm| asm.data(RW, &[0x60; 20]).host("terminate", [RW]).end()),
        callable(|asm| asm.ret(2, RW, 0).end()),
        callable(|asm| asm.ret(0, RW, 131_073).end()),
        callable(|asm| asm.fetch(Reg::A0, 0x10).end()),
        callable(|asm| asm.store(RO, Reg::A0).end()),
        callable(|asm| asm.push(Instruction::imm(Opcode::Ecalli, 77)).end()),
        callable(|asm| {
            asm.load(Reg::T0, 3).push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::T0, 0));
        }),
        deep(|_| {}),
        deep(|asm| asm.trap().end()),
        contract(
            |asm| asm.data(RW, &[1; 40]).host("set_immutable_data", [RW, 40]).end(),
            |asm| {
                asm.data(RW + 64, &[40, 0, 0, 0, 0, 0, 0, 0])
                    .host("get_immutable_data", [RW, RW + 64])
                    .ret(0, RW, 72);
            },
        ),
    ]
    .into();
    let weight = Weight::from_parts(5_000_000_000, 10_000_000);
    same_everywhere(|chain| {
        let relay = chain.deploy(&relay(false, 8), 0, b"");
        let store = chain.deploy(&store_word(), 0, b"");
        for blob in &ends {
            let dest = chain.deploy(blob, 5_000, b"");
            chain.call(User::Alice, dest, 1, weight, b"");
            chain.call(User::Bob, relay, 0, weight, &concat(dest, b"through another"));
            // Inside of the frame that goes on.
            chain.call(User::Alice, relay, 0, weight, &concat(relay, &concat(store, &[8; 64])));
        }
        // The storage of what ended itself is deleted in idle time.
        chain.wait(6);
    });
}

#[test]
fn gas_runs_out_at_the_same_place() {
    same_everywhere(|chain| {
        let relay = chain.deploy(&relay(false, 8), 0, b"");
        let store = chain.deploy(&store_word(), 0, b"");
        let input = concat(store, &[7; 64]);
        let needed = chain.call(User::Alice, relay, 0, ENOUGH, &input).weight_required;
        for part in 0..40 {
            chain.call(User::Alice, relay, 0, needed * part / 39, &input);
        }
    });
}

#[test]
fn code_that_is_refused_and_code_that_comes_and_goes() {
    same_everywhere(|chain| {
        let good = echo();
        let mut cut = good.clone();
        cut.truncate(good.len() - 7);
        let mut other = good.clone();
        other[4] ^= 0x10;
        for bad in [&b""[..], b"PVM\0", &cut, &other, &[0; 100_000]] {
            assert!(chain.upload(User::Alice, bad, 1).is_err());
        }
        assert!(chain.upload(User::Alice, &good, 99).is_err());
        let hash = chain.upload(User::Bob, &good, 0).expect("it is good");
        let dest = chain.instantiate(User::Bob, 7, hash, b"", None).result.expect("it starts").addr;
        assert!(chain.send(User::Bob, Call::remove_code { code_hash: hash }).is_err(), "it is in use");
        assert!(
            chain.send(User::Bob, Call::set_code { dest, code_hash: hash }).is_err(),
            "Bob is not the chain"
        );
        let free = chain.upload(User::Bob, &store_word(), 1).expect("it is good");
        assert!(chain.send(User::Alice, Call::remove_code { code_hash: free }).is_err(), "it is Bob's");
        assert!(chain.send(User::Bob, Call::remove_code { code_hash: free }).is_ok());
        assert!(chain.send(User::Bob, Call::unmap_account {}).is_ok());
        let call = Call::call {
            dest,
            value: 0,
            weight_limit: ENOUGH,
            storage_deposit_limit: Balance::MAX,
            data: vec![],
        };
        assert!(chain.send(User::Bob, call).is_err(), "nobody knows Bob's account");
        assert!(chain.send(User::Bob, Call::map_account {}).is_ok());
        assert!(chain.call(User::Bob, dest, 0, ENOUGH, b"again").result.is_ok());
    });
}

#[test]
fn precompiles() {
    let g1 = [word(1), word(2)].concat();
    let g2 = hex("198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2
        1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed
        090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b
        12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa");
    let modexp = [&word(2)[..], &word(1), &word(3), &[0x12, 0x34], &[5], &[1, 0, 7]].concat();
    let blake2f = [&12u32.to_be_bytes()[..], &[0x5a; 208], &[1]].concat();
    let words = |parts: &[u128]| parts.iter().flat_map(|part| word(*part)).collect::<Vec<u8>>();
    let storage = |signature: &str, rest: &[u8]| [&selector(signature)[..], rest].concat();
    let asked: Vec<(u64, Vec<u8>)> = vec![
        (1, [[0x11; 32], word(28), [0x22; 32], [0x33; 32]].concat()),
        (1, vec![]),
        (2, vec![7; 500]),
        (3, b"abc".to_vec()),
        (4, vec![1; 99]),
        (5, modexp),
        (5, words(&[5000, 1, 1])),
        (6, [&g1[..], &g1].concat()),
        (6, vec![1; 128]),
        (7, [&g1[..], &word(9)].concat()),
        (7, vec![0xff; 96]),
        (8, vec![]),
        (8, [&g1[..], &g2].concat()),
        (8, vec![1; 191]),
        (9, blake2f),
        (9, vec![1; 213]),
        (0x0a, vec![0; 192]),
        (0x0100, vec![3; 160]),
        (0x0900, storage("ownCodeHash()", &[])),
        (0x0900, storage("callerIsOrigin()", &[])),
        (0x0900, storage("minimumBalance()", &[])),
        (0x0900, storage("weightLeft()", &[])),
        (0x0900, storage("nonsense()", &[])),
        (0x0901, storage("clearStorage(uint32,bool,bytes)", &words(&[0, 1, 96, 32, 7]))),
        (0x0901, storage("containsStorage(uint32,bool,bytes)", &words(&[0, 1, 96, 32, 7]))),
    ];
    same_everywhere(|chain| {
        let relays = [relay(false, 8), relay(true, 0)].map(|blob| chain.deploy(&blob, 0, b""));
        let mut worked = 0;
        for (number, input) in &asked {
            for relay in relays {
                let output = chain.ask_contract(relay, &concat(at(*number), input));
                worked += usize::from(output.is_some_and(|output| output[..8] == [0; 8]));
            }
            chain.call(User::Bob, at(*number), 0, ENOUGH, input);
        }
        assert!(worked > 20, "{worked} worked");
    });
}

/// Creates a contract of each blob and calls it, a few in a block.
fn call_all(chain: &mut Chain, blobs: &[Vec<u8>], value: Balance, data: &[u8]) {
    for blobs in blobs.chunks(8) {
        for blob in blobs {
            let dest = chain.deploy(blob, value, b"");
            chain.call(User::Alice, dest, 0, ENOUGH, data);
        }
        chain.wait(6);
    }
}

/// Every host function with a few argument registers, so that each answer meets each refusal.
#[test]
fn host_functions_with_any_arguments() {
    let mut random = Random(0x5851_F42D_4C95_7F2D);
    let mut programs = Vec::new();
    for function in HostFunction::ALL {
        for _ in 0..6 {
            let args = [(); 6].map(|()| match random.below(6) {
                0 => random.below(70),
                1 => RW + random.below(0x1_0000),
                2 => hi_lo(RW + random.below(64), RW + random.below(64)),
                3 => hi_lo(random.below(40), RW + random.below(64)),
                4 => RW + 0x1_0000 - random.below(40),
                _ => u64::MAX >> (32 * random.below(2)),
            });
            programs.push(callable(|asm| {
                asm.data(RW, &[1; 64])
                    .data(RW + 64, &[32, 0, 0, 0, 0, 0, 0, 0])
                    .host(function.symbol(), args.map(Arg::from))
                    .store(RW + 0x100, Reg::A0)
                    .ret(0, RW, 0x200);
            }));
        }
    }
    same_everywhere(|chain| {
        call_all(chain, &programs, 10, &[5; 50]);
    });
}

#[test]
fn bad_pointers_in_every_argument() {
    let mut programs = Vec::new();
    for Signature { function, args, pointers, written } in signatures() {
        programs.push(one_call(function, args, false));
        for &(argument, high) in pointers {
            let read_only = written.contains(&(argument, high)).then_some(RO);
            for bad in [0x10, BEHIND_RW - 1].into_iter().chain(read_only) {
                let mut args = args;
                let (upper, lower) = (args[argument] >> 32, args[argument] & 0xFFFF_FFFF);
                args[argument] = if high { hi_lo(bad, lower) } else { hi_lo(upper, bad) };
                programs.push(one_call(function, args, false));
            }
        }
    }
    same_everywhere(|chain| {
        call_all(chain, &programs, 0, &[1; 64]);
    });
}

#[test]
fn random_trees_of_calls() {
    let weight = Weight::from_parts(20_000_000_000, 10_000_000);
    for seed in 1..=6u64 {
        same_everywhere(|chain| {
            let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
            let mut world = World::default();
            for step in 0..25u8 {
                let from = if random.below(3) == 0 { User::Bob } else { User::Alice };
                if step % 3 == 0 {
                    let blob = random_contract(&mut random, &world);
                    let hash = chain.upload(from, &blob, u32::from(step % 2 == 0)).expect("it is good");
                    world.code.push(hash);
                    let value = random.below(100_000).into();
                    let created = chain.instantiate(from, value, hash, &[step; 8], Some([step; 32]));
                    world.contracts.extend(created.result.ok().map(|created| created.addr));
                } else {
                    let dest = pick(&mut random, &world.contracts);
                    chain.call(from, dest, random.below(10_000).into(), weight, &[step; 8]);
                }
            }
        });
    }
}

pub(super) fn compiled(name: &str) -> Option<Vec<u8>> {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for tests");
    let path = Path::new(&manifest).join(format!("../../contracts/build/{name}.polkavm"));
    match std::fs::read(&path) {
        Ok(blob) => Some(blob),
        Err(error) => {
            eprintln!("SKIPPED: no {}: {error}; build it with `cargo xtask contracts`", path.display());
            None
        }
    }
}

#[test]
fn the_erc20_of_resolc() {
    let Some(blob) = compiled("erc20") else { return };
    let string = |text: &str| {
        let mut bytes = [0; 32];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        [word(text.len() as u128), bytes].concat()
    };
    let constructor =
        [&word(0x60)[..], &word(0xA0), &word(1_000_000), &string("Token"), &string("TKN")].concat();
    same_everywhere(|chain| {
        let dest = chain.deploy(&blob, 0, &constructor);
        let bob = address_word(&User::Bob.address());
        let transfer = |amount| [&selector("transfer(address,uint256)")[..], &bob, &word(amount)].concat();
        let balance = [&selector("balanceOf(address)")[..], &bob].concat();
        assert_eq!(chain.ask_contract(dest, &transfer(77)), Some(word(1).to_vec()));
        assert_eq!(chain.emitted().len(), 1);
        assert_eq!(chain.ask_contract(dest, &balance), Some(word(77).to_vec()));
        assert_eq!(
            chain.ask_contract(dest, &transfer(u128::MAX)).map(|output| output[..4].to_vec()),
            Some(selector("ERC20InsufficientBalance(address,uint256,uint256)").to_vec())
        );
        // Without enough weight, and with value, which it does not take.
        let needed = chain.call(User::Alice, dest, 0, ENOUGH, &transfer(1)).weight_required;
        assert!(chain.call(User::Alice, dest, 0, needed / 2, &transfer(1)).result.is_err());
        chain.call(User::Alice, dest, 5, ENOUGH, &transfer(1));
        assert_eq!(chain.ask_contract(dest, &balance), Some(word(78).to_vec()));
    });
}

#[test]
fn the_counter_in_rust() {
    counter("counter");
}

#[test]
fn the_counter_in_c() {
    counter("c-counter");
}

fn counter(name: &str) {
    let Some(blob) = compiled(name) else { return };
    let weight = Weight::from_parts(20_000_000_000, 10_000_000);
    same_everywhere(|chain| {
        let dest = chain.deploy(&blob, 0, b"");
        let increment = [&selector("increment(uint64)")[..], &word(3)].concat();
        assert_eq!(chain.ask_contract(dest, &increment), Some(word(3).to_vec()));
        for failure in ["fail()", "burn()", "trap()", "recurse()", "readOutOfBounds()", "badPointer()"] {
            chain.call(User::Alice, dest, 0, weight, &selector(failure));
        }
        assert_eq!(chain.ask_contract(dest, &selector("get()")), Some(word(3).to_vec()));
    });
}

/// A comparison that finds nothing would find nothing.
#[test]
#[should_panic(expected = "step")]
fn a_difference_is_found() {
    let first = std::cell::Cell::new(true);
    same_everywhere(|chain: &mut Chain| {
        let hash: H256 = chain.upload(User::Alice, &echo(), 1).expect("it is good");
        let data: &[u8] = if first.replace(false) { b"one" } else { b"two" };
        chain.instantiate(User::Alice, 0, hash, data, None);
    });
}
