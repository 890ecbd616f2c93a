// SPDX-License-Identifier: Apache-2.0
//! Precompiles, called by contracts: results against other implementations, refusals, prices, the runtime's own.

use super::{
    call, deploy, error,
    fixtures::{callable, relay, Arg, RW},
    hex, output, relayed, selector, state_root, word,
};
use crate::{
    exec::Origin, mock::*, precompiles::solidity, storage::ContractInfo, AccountId32Mapper, AddressMapper,
    Config, Error, Pallet, WeightInfo,
};
use codec::Encode;
use revive_vm_primitives::Reg;
use sp_core::{ecdsa, sr25519, Pair, H160};
use sp_io::hashing::{blake2_128, blake2_256, keccak_256, sha2_256};

type Mapper = AccountId32Mapper<Test>;

const SYSTEM: u64 = 0x0900;
const STORAGE: u64 = 0x0901;

fn at(number: u64) -> H160 {
    H160::from_low_u64_be(number)
}

/// What a contract that calls the precompile `number` with `data` sees.
#[track_caller]
fn ask(number: u64, data: &[u8]) -> (u64, Vec<u8>) {
    relayed(deploy(&relay(false, 8), 0, b""), at(number), data)
}

#[test]
fn hashes_are_those_of_others() {
    new_test(|| {
        for data in [&b""[..], b"abc", &[7; 200]] {
            assert_eq!(ask(2, data), (0, sha2_256(data).to_vec()));
            assert_eq!(ask(4, data), (0, data.to_vec()));
        }
        let ripemd = |digits| (0, [vec![0; 12], hex(digits)].concat());
        assert_eq!(ask(3, b""), ripemd("9c1185a5c5e9fc54612808977ee8f548b2258d31"));
        assert_eq!(ask(3, b"abc"), ripemd("8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"));
    });
}

#[test]
fn signers_are_recovered() {
    let (pair, _) = ecdsa::Pair::from_string_with_seed("//Alice", None).unwrap();
    let hash = keccak_256(b"message");
    let signature = pair.sign_prehashed(&hash).0;
    let v = word(27 + u128::from(signature[64]));
    let input = [&hash[..], &v, &signature[..64]].concat();
    let key = k256::PublicKey::from_sec1_bytes(&pair.public().0).unwrap();
    let point = k256::elliptic_curve::sec1::ToEncodedPoint::to_encoded_point(&key, false);
    let expected = [&[0; 12], &keccak_256(&point.as_bytes()[1..])[12..]].concat();
    new_test(|| {
        assert_eq!(ask(1, &input), (0, expected.clone()));
        // More input than needed is fine.
        assert_eq!(ask(1, &[&input[..], b"more"].concat()), (0, expected.clone()));
        let mut other = input.clone();
        other[0] ^= 1;
        assert_ne!(ask(1, &other).1, expected);
        // The same address from the key.
        let asked = [&[0x79, 0xe1, 0x84, 0xf1][..], &words(&pair.public().0)].concat();
        assert_eq!(ask(SYSTEM, &asked), (0, [&expected[12..], &[0; 12]].concat()));
        for (index, byte) in [(63, 26), (63, 29), (32, 1), (64, 0xff)] {
            let mut bad = input.clone();
            bad[index] = byte;
            if index == 64 {
                bad[64..96].fill(0xff);
            }
            assert_eq!(ask(1, &bad), (0, vec![]), "{index} {byte}");
        }
        assert_eq!(ask(1, b""), (0, vec![]));
    });
}

/// Bytes as an array of words.
fn words(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| word(u128::from(*byte))).collect()
}

fn power(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
    let len = |bytes: &[u8]| word(bytes.len() as u128);
    [&len(base)[..], &len(exponent), &len(modulus), base, exponent, modulus].concat()
}

#[test]
fn modular_powers() {
    new_test(|| {
        assert_eq!(ask(5, &power(&[3], &[5], &[7])), (0, vec![5]));
        assert_eq!(ask(5, &power(&[3], &[5], &[0, 0, 7])), (0, vec![0, 0, 5]), "as long as the modulus");
        assert_eq!(ask(5, &power(&[3], &[], &[7])), (0, vec![1]));
        assert_eq!(ask(5, &power(&[3], &[5], &[0])), (0, vec![0]), "modulo nothing is nothing");
        assert_eq!(ask(5, &power(&[3], &[5], &[])), (0, vec![]));
        assert_eq!(ask(5, b""), (0, vec![]));
        // Fermat: the first example of EIP-198.
        let prime = hex("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f");
        let mut exponent = prime.clone();
        exponent[31] -= 1;
        assert_eq!(ask(5, &power(&[3], &exponent, &prime)), (0, word(1).to_vec()));
        // What is missing is zeros.
        assert_eq!(ask(5, &power(&[3], &[5], &[7])[..98]), (0, vec![0]));
        let long = power(&[1; 1025], &[1], &[7]);
        assert_eq!(ask(5, &long), (1, vec![]), "too long");
        let mut huge = power(&[1], &[1], &[7]);
        huge[..32].fill(0xff);
        assert_eq!(ask(5, &huge), (1, vec![]));
        assert_eq!(ask(5, &power(&[2; 1024], &[1], &[0xff; 1024])), (0, vec![2; 1024]));
    });
}

/// What powers take where a runtime computes them, in hundredths of one of 32 bytes with an exponent of 32 bytes: measured.
#[test]
fn modular_powers_of_every_shape_pay_for_what_they_take() {
    let shapes: [(usize, usize, u8, u64); 11] = [
        (1, 1024, 0xF3, 1_000),
        (8, 32, 0xF2, 170),
        (8, 1024, 0xF3, 1_940),
        (8, 1024, 0xF2, 5_150),
        (16, 1024, 0xF2, 5_720),
        (24, 1024, 0xF2, 6_480),
        (32, 32, 0xF2, 230),
        (64, 0, 0xF3, 43),
        (64, 256, 0xF2, 3_000),
        (256, 0, 0xF3, 360),
        (1024, 0, 0xF3, 8_050),
    ];
    type Weights = <Test as Config>::WeightInfo;
    let unit = Weights::precompile_modexp(1_360).ref_time();
    new_test(|| {
        for (bytes, exponent, last, hundredths) in shapes {
            let mut modulus = vec![0xF5; bytes];
            modulus[bytes - 1] = last;
            let input = power(&vec![0xA9; bytes], &vec![0xFF; exponent], &modulus);
            let outcome = call(at(5), &input);
            assert_eq!(outcome.result.unwrap().data.len(), bytes);
            let paid = outcome.weight_consumed.ref_time();
            assert!(100 * paid >= hundredths * unit, "{bytes} {exponent} {last:x}: {paid} of {unit}");
            assert!(100 * paid <= 4 * hundredths * unit, "{bytes} {exponent} {last:x}: {paid} of {unit}");
        }
    });
}

const FIELD: &str = "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47";
/// The generator of the second group.
const G2: &str = "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2\
                  1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed\
                  090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b\
                  12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa";

#[test]
fn points_on_bn254() {
    let g = [word(1), word(2)].concat();
    let mut negative = word(1).to_vec();
    let mut y = hex(FIELD);
    y[31] -= 2;
    negative.extend_from_slice(&y);
    new_test(|| {
        let (code, double) = ask(6, &[&g[..], &g].concat());
        assert_eq!((code, double.len()), (0, 64));
        assert_eq!(ask(7, &[&g[..], &word(2)].concat()), (0, double.clone()));
        assert_eq!(ask(6, &[&g[..], &negative].concat()), (0, vec![0; 64]));
        assert_eq!(ask(6, b""), (0, vec![0; 64]));
        assert_eq!(ask(6, &g), (0, g.clone()), "what is missing is zeros");
        let pair = |point: &[u8]| [point, &hex(G2)].concat();
        assert_eq!(ask(8, b""), (0, word(1).to_vec()));
        assert_eq!(ask(8, &pair(&g)), (0, word(0).to_vec()));
        assert_eq!(ask(8, &[pair(&g), pair(&negative)].concat()), (0, word(1).to_vec()));
        assert_eq!(ask(8, &[pair(&g), pair(&g)].concat()), (0, word(0).to_vec()));
        // Not on the curve, not in the field, not whole pairs.
        let off = [word(1), word(1)].concat();
        let mut beyond = hex(FIELD);
        beyond[31] += 1;
        beyond.extend_from_slice(&word(2));
        for bad in [&off, &beyond] {
            assert_eq!(ask(6, bad), (1, vec![]));
            assert_eq!(ask(7, bad), (1, vec![]));
            assert_eq!(ask(8, &pair(bad)), (1, vec![]));
        }
        assert_eq!(ask(8, &pair(&g)[1..]), (1, vec![]));
    });
}

/// BLAKE2b-512 of "abc" (RFC 7693, appendix A).
const ABC_512: &str = "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1\
                       7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923";

#[test]
fn blake2_compression_makes_blake2() {
    // The state after the parameters of BLAKE2b-512 without a key, one block "abc", the last one.
    let state = "48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5\
                 d182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b";
    let mut message = vec![0; 128];
    message[..3].copy_from_slice(b"abc");
    let with = |rounds: u32, last: u8| {
        [&rounds.to_be_bytes()[..], &hex(state), &message, &3u64.to_le_bytes(), &0u64.to_le_bytes(), &[last]]
            .concat()
    };
    new_test(|| {
        assert_eq!(ask(9, &with(12, 1)), (0, hex(ABC_512)));
        assert_ne!(ask(9, &with(12, 0)), ask(9, &with(12, 1)));
        assert_eq!(ask(9, &with(0, 1)).1.len(), 64);
        assert_eq!(ask(9, &with(12, 2)), (1, vec![]));
        assert_eq!(ask(9, &with(12, 1)[1..]), (1, vec![]));
        assert_eq!(ask(9, b""), (1, vec![]));
    });
    // All rounds that can be asked for cost more than there is.
    new_test(|| assert_eq!(call(at(9), &with(u32::MAX, 1)).result, Err(error(Error::OutOfGas))));
}

/// r, s, x, y.
const P256: &str = "d023eb1bc2f5c4c590f59bd8b45c2409257bf2317ef811e08e86051d4abb5ef4\
                    f0162778d0e20f3819970bc6879fd114b499b01da672afac1fff1330dceeb2ca\
                    f9ebe464147cc102d92324d099d927c1a50e42d57a08a116ffec0a29819d8c65\
                    70baf7d12888902a6a0c1d67add103123c859ab69bf8e9431c9384930d4b7eee";

#[test]
fn signatures_on_p256() {
    // Made by OpenSSL: a signature of the bytes 0 to 31 as a hash, and the key.
    let signature_and_key = hex(P256);
    let hash: Vec<u8> = (0..32).collect();
    let input = [&hash[..], &signature_and_key].concat();
    new_test(|| {
        assert_eq!(ask(0x100, &input), (0, word(1).to_vec()));
        for index in [0, 32, 64, 96, 128, 159] {
            let mut bad = input.clone();
            bad[index] ^= 1;
            assert_eq!(ask(0x100, &bad), (0, vec![]), "byte {index}");
        }
        assert_eq!(ask(0x100, &input[1..]), (0, vec![]));
        assert_eq!(ask(0x100, &[&input[..], &[0]].concat()), (0, vec![]));
    });
}

#[test]
fn the_system_tells_what_it_knows() {
    new_test(|| {
        let relay_address = deploy(&relay(false, 8), 0, b"");
        let ask = |data: &[u8]| relayed(relay_address, at(SYSTEM), data);
        let text = b"some text that is longer than a word of Solidity";
        let with_bytes = |selector: [u8; 4]| [&selector[..], &solidity::bytes(text)].concat();
        assert_eq!(selector("hashBlake256(bytes)"), [0xc7, 0xdf, 0xf6, 0x86]);
        assert_eq!(ask(&with_bytes([0xc7, 0xdf, 0xf6, 0x86])), (0, blake2_256(text).to_vec()));
        let half = [&blake2_128(text)[..], &[0; 16]].concat();
        assert_eq!(ask(&with_bytes(selector("hashBlake128(bytes)"))), (0, half));

        let alice = Mapper::to_address(&ALICE);
        let data = [&selector("toAccountId(address)")[..], &super::address_word(&alice)].concat();
        assert_eq!(ask(&data), (0, solidity::bytes(&ALICE.encode())));
        assert_eq!(ask(&selector("callerIsOrigin()")), (0, word(1).to_vec()));
        assert_eq!(ask(&selector("callerIsRoot()")), (0, word(0).to_vec()));
        assert_eq!(ask(&selector("originIsRoot()")), (0, word(0).to_vec()));
        let minimum = EXISTENTIAL_DEPOSIT * Balance::from(RATIO);
        assert_eq!(ask(&selector("minimumBalance()")), (0, word(minimum).to_vec()));
        let own = ContractInfo::<Test>::load(&relay_address).unwrap().code_hash;
        assert_eq!(ask(&selector("ownCodeHash()")), (0, own.as_bytes().to_vec()));
        let (code, left) = ask(&selector("weightLeft()"));
        assert_eq!((code, left.len()), (0, 64));
        assert!(sp_core::U256::from_big_endian(&left[..32]) < WEIGHT.ref_time().into());

        // A contract in between is not the origin; a contract that delegates keeps its caller.
        let outer = deploy(&relay(false, 8), 0, b"");
        let through = |data: &[u8]| {
            let (code, inner) = relayed(outer, relay_address, &[at(SYSTEM).as_bytes(), data].concat());
            assert_eq!(code, 0);
            inner[8..].to_vec()
        };
        assert_eq!(through(&selector("callerIsOrigin()")), word(0));
        let delegating = deploy(&relay(true, 0), 0, b"");
        assert_eq!(relayed(delegating, at(SYSTEM), &selector("callerIsOrigin()")), (0, word(1).to_vec()));
        let root = Pallet::<Test>::bare_call(
            Origin::Root,
            relay_address,
            0,
            WEIGHT,
            0,
            [at(SYSTEM).as_bytes(), &selector("callerIsRoot()")].concat(),
        );
        assert_eq!(root.result.unwrap().data[8..], word(1));
    });
}

#[test]
fn the_system_verifies_signatures() {
    let pair = sr25519::Pair::from_string("//Alice", None).unwrap();
    let signature = pair.sign(b"a message");
    let with = |message: &[u8]| {
        [
            &[0x30, 0x7a, 0x57, 0x5d][..],
            &words(&signature.0),
            &word(66 * 32),
            &pair.public().0,
            &word(message.len() as u128),
            message,
        ]
        .concat()
    };
    new_test(|| {
        assert_eq!(ask(SYSTEM, &with(b"a message")), (0, word(1).to_vec()));
        assert_eq!(ask(SYSTEM, &with(b"a massage")), (0, word(0).to_vec()));
        let bad_key = [&[0x79, 0xe1, 0x84, 0xf1][..], &words(&[5; 33])].concat();
        assert_eq!(ask(SYSTEM, &bad_key), (1, vec![]));

        // The host functions of the same.
        let verifies = |message: &[u8]| {
            callable(|asm| {
                asm.data(RW, &signature.0)
                    .data(RW + 64, &pair.public().0)
                    .data(RW + 96, message)
                    .host("sr25519_verify", [RW, RW + 64, message.len() as u64, RW + 96])
                    .store(RW, Reg::A0)
                    .ret(0, RW, 8);
            })
        };
        assert_eq!(output(deploy(&verifies(b"a message"), 0, b""), b""), 0u64.to_le_bytes());
        assert_eq!(output(deploy(&verifies(b"a massage"), 0, b""), b""), 8u64.to_le_bytes());
        let address_of = |key: &[u8]| {
            let blob = callable(|asm| {
                asm.data(RW + 64, key)
                    .data(RW + 8, &[0xAA; 24])
                    .host("ecdsa_to_eth_address", [RW + 64, RW + 8])
                    .store(RW, Reg::A0)
                    .ret(0, RW, 28);
            });
            output(deploy(&blob, 0, b""), b"")
        };
        // The address of the private key 1.
        let one = hex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
        let expected = hex("7e5f4552091a69125d5dfcb7b8c2659029395bdf");
        assert_eq!(address_of(&one), [&0u64.to_le_bytes()[..], &expected].concat());
        assert_eq!(address_of(&[5; 33]), [&7u64.to_le_bytes()[..], &[0xAA; 20]].concat());
    });
}

#[test]
fn what_cannot_be_decoded_panics_as_in_solidity() {
    let panic = [&[0x4e, 0x48, 0x7b, 0x71][..], &word(0x41)].concat();
    let hash = selector("hashBlake256(bytes)");
    let bad: Vec<Vec<u8>> = vec![
        vec![],
        vec![1, 2, 3],
        vec![0xff; 4],
        hash.to_vec(),
        [&hash[..], &word(32)].concat(),
        [&hash[..], &word(32), &word(1)].concat(),
        [&hash[..], &word(u128::MAX), &word(1)].concat(),
        [&hash[..], &[0xff; 32], &[0xff; 32]].concat(),
        [&selector("toAccountId(address)")[..], &[0xff; 32]].concat(),
        [&[0x79, 0xe1, 0x84, 0xf1][..], &word(256), &words(&[5; 32])].concat(),
    ];
    new_test(|| {
        for data in &bad {
            assert_eq!(ask(SYSTEM, data), (2, panic.clone()), "{data:x?}");
        }
    });
}

/// Arguments of the storage functions.
fn storage_call(signature: &str, flags: u128, is_fixed: u128, key: &[u8]) -> Vec<u8> {
    let tail = &solidity::bytes(key)[32..];
    [&selector(signature)[..], &word(flags), &word(is_fixed), &word(96), tail].concat()
}

const CLEAR: &str = "clearStorage(uint32,bool,bytes)";
const CONTAINS: &str = "containsStorage(uint32,bool,bytes)";
const TAKE: &str = "takeStorage(uint32,bool,bytes)";

#[test]
fn storage_functions_act_on_the_delegating_contract() {
    // Stores five bytes under a variable and, transiently, under a fixed key, then relays.
    let blob = callable(|asm| {
        asm.take_input()
            .data(RW + 0x4000, &[9; 32])
            .host("set_storage", [0, RW + 0x4000, 8, RW + 0x4000, 5])
            .host("set_storage", [1, RW + 0x4000, u32::MAX.into(), RW + 0x4000, 7]);
        super::fixtures::relay_input(asm, true, 0);
    });
    let pair = |a: u128, b: u128| (0, [word(a), word(b)].concat());
    new_test(|| {
        let dest = deploy(&blob, 0, b"");
        let ask = |data: &[u8]| relayed(dest, at(STORAGE), data);
        let items = || Pallet::<Test>::contract_info(dest).unwrap().storage_items;
        assert_eq!(ask(&storage_call(CONTAINS, 0, 0, &[9; 8])), pair(1, 5));
        assert_eq!(ask(&storage_call(CONTAINS, 0, 0, &[8; 8])), pair(0, 0));
        assert_eq!(ask(&storage_call(CONTAINS, 1, 1, &[9; 32])), pair(1, 7));
        assert_eq!(ask(&storage_call(CONTAINS, 0, 1, &[9; 32])), pair(0, 0));
        assert_eq!(items(), 1);
        assert_eq!(ask(&storage_call(TAKE, 0, 0, &[9; 8])), (0, solidity::bytes(&[9; 5])));
        assert_eq!(items(), 0);
        assert_eq!(ask(&storage_call(TAKE, 0, 0, &[8; 8])), (0, solidity::bytes(&[])));
        assert_eq!(ask(&storage_call(CLEAR, 0, 0, &[9; 8])), pair(1, 5));
        assert_eq!(ask(&storage_call(CLEAR, 1, 1, &[9; 32])), pair(1, 7));
        assert_eq!(ask(&storage_call(CLEAR, 1, 1, &[8; 32])), pair(0, 0));
    });
}

#[test]
fn storage_functions_refuse() {
    new_test(|| {
        let plain = deploy(&relay(false, 8), 0, b"");
        let delegating = deploy(&relay(true, 0), 0, b"");
        let reverts = |relay: H160, data: &[u8]| {
            let (code, output) = relayed(relay, at(STORAGE), data);
            assert_eq!((code, &output[..4]), (2, &[0x08, 0xc3, 0x79, 0xa0][..]), "{data:x?}");
            assert!(output.len() > 68);
        };
        for function in [CLEAR, CONTAINS, TAKE] {
            reverts(plain, &storage_call(function, 0, 0, b"key"));
            reverts(delegating, &storage_call(function, 2, 0, b"key"));
            reverts(delegating, &storage_call(function, 0, 1, b"key"));
            reverts(delegating, &storage_call(function, 0, 1, &[1; 33]));
            reverts(delegating, &storage_call(function, 0, 0, &[1; 129]));
            assert_eq!(relayed(delegating, at(STORAGE), &storage_call(function, 0, 0, &[1; 128])).0, 0);
            assert_eq!(relayed(delegating, at(STORAGE), &storage_call(function, 0, 2, b"key")).0, 2);
        }
        // Not in a read-only frame.
        let read_only = deploy(&relay(false, 8 + 16), 0, b"");
        let before = state_root();
        for (function, expected) in [(CLEAR, 1), (TAKE, 1), (CONTAINS, 0)] {
            let inner = [at(STORAGE).as_bytes(), &storage_call(function, 0, 0, b"key")].concat();
            let (code, output) = relayed(read_only, delegating, &inner);
            assert_eq!(
                (code, u64::from_le_bytes(output[..8].try_into().unwrap())),
                (0, expected),
                "{function}"
            );
        }
        assert_eq!(state_root(), before);
    });
}

#[test]
fn a_runtime_adds_its_own() {
    new_test(|| {
        let relay = deploy(&relay(false, 8), 0, b"");
        let fixed = H160(hex("00000000000000000000000000000000000a0000").try_into().unwrap());
        assert_eq!(relayed(relay, fixed, b"ab"), (0, b"abab".to_vec()));
        let prefixed = H160(hex("01020304000000000000000000000000000b0000").try_into().unwrap());
        assert_eq!(relayed(relay, prefixed, b""), (0, vec![1, 2, 3, 4]));
        assert_eq!(relayed(relay, prefixed, b"revert"), (2, solidity::error("as you wish")));
        assert_eq!(relayed(relay, prefixed, b"fail"), (1, vec![]));
        // From outside too.
        assert_eq!(output(fixed, b"x"), b"xx");
        let too_long = vec![0; 100_000];
        assert_eq!(call(fixed, &too_long).result, Err(error(Error::ReturnDataTooLarge)));
    });
}

#[test]
fn contracts_see_precompiles_as_the_abi_says() {
    // Hash and size of the code at the address in the input.
    let blob = callable(|asm| {
        asm.take_input()
            .host("code_hash", [RW, RW + 64])
            .host("code_size", [RW])
            .store(RW + 96, Reg::A0)
            .ret(0, RW + 64, 40);
    });
    new_test(|| {
        let dest = deploy(&blob, 0, b"");
        let code = |address: H160| {
            let seen = output(dest, address.as_bytes());
            (seen[..32].to_vec(), u64::from_le_bytes(seen[32..].try_into().unwrap()))
        };
        let empty = (keccak_256(b"").to_vec(), 0);
        let reverting = (hex("9c8d1cd1e8729d5714bbb461fcce463172f4b1c3ae57698a589dc69a747d4051"), 5);
        for number in (1..=0x0a).chain([0x100]) {
            assert_eq!(code(at(number)), empty, "{number}");
        }
        for number in [SYSTEM, STORAGE, 0x0a_0000] {
            assert_eq!(code(at(number)), reverting, "{number}");
        }
        assert_eq!(code(at(0x0b)), (vec![0; 32], 0));
    });
}

#[test]
fn prices_are_charged_before_the_work() {
    new_test(|| {
        let needed = <Test as Config>::WeightInfo::precompile_bn254_mul();
        let input = [word(1), word(2), word(3)].concat();
        let with = |weight| super::call_from(ALICE, at(7), 0, weight, &input);
        assert_eq!(with(needed).result.unwrap().data.len(), 64);
        let outcome = with(needed - frame_support::weights::Weight::from_parts(1, 0));
        assert_eq!(outcome.result, Err(error(Error::OutOfGas)));
        assert!(super::text(&outcome.debug_message).contains(&needed.ref_time().to_string()));
    });
}

#[test]
fn value_goes_to_the_address_and_nobody_signs_for_it() {
    new_test(|| {
        let before = Balances::total_issuance();
        let outcome = super::call_from(ALICE, at(4), 5_000, WEIGHT, b"data");
        assert_eq!(outcome.result.unwrap().data, b"data");
        assert_eq!(Balances::free_balance(Mapper::to_account_id(&at(4))), 5_000 + EXISTENTIAL_DEPOSIT);
        assert_eq!(Balances::total_issuance(), before);
        let signed = RuntimeOrigin::signed(Mapper::to_account_id(&at(4)));
        let refused = Pallet::<Test>::call(signed, at(4), 0, WEIGHT, 0, vec![]);
        assert_eq!(refused.unwrap_err().error, sp_runtime::DispatchError::BadOrigin);
    });
}

#[test]
fn input_can_be_forwarded_to_a_precompile() {
    new_test(|| {
        let blob = callable(|asm| {
            asm.data(RW, at(4).as_bytes())
                .data(RW + 64, &[0; 64])
                .data(RW + 128, &32u32.to_le_bytes())
                .host(
                    "call_evm",
                    [
                        Arg::from(1 + 4),
                        RW.into(),
                        (RW + 64).into(),
                        u64::MAX.into(),
                        0.into(),
                        super::fixtures::pack(RW + 128, RW + 256),
                    ],
                )
                .trap();
        });
        assert_eq!(output(deploy(&blob, 0, b""), b"to the end"), b"to the end");
    });
}
