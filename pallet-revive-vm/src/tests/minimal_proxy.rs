// SPDX-License-Identifier: Apache-2.0
//! Clones: contracts made from Ethereum's creation code of a minimal proxy.

use super::{
    call, deploy, error,
    fixtures::{callable, pack, store_word, Arg, NONE, RW},
    output,
};
use crate::{
    address::{create1, create2},
    minimal_proxy::{creation_code, implementation, BLOB},
    mock::*,
    AccountId32Mapper, AddressMapper, CodeInfoOf, Error, Pallet, ReturnCode,
};
use revive_vm_primitives::{Instruction, Opcode, Reg};
use sp_core::{H160, H256};
use sp_io::hashing::keccak_256;

type Mapper = AccountId32Mapper<Test>;

/// Creates a contract from the input behind the first 32 bytes, which are the salt if `salted`, with `value` wei. Returns the
/// return code, as eight bytes, and the address.
fn factory(salted: bool, value: u64) -> Vec<u8> {
    const DEPOSIT: u64 = RW + 0x6000;
    const VALUE: u64 = RW + 0x6020;
    const OUT: u64 = RW + 0x8000;
    callable(|asm| {
        asm.take_input()
            .data(DEPOSIT, &[0xFF; 32])
            .data(VALUE, &value.to_le_bytes())
            .data(VALUE + 8, &[0; 24])
            .push(Instruction::reg_reg_imm(Opcode::AddImm64, Reg::S0, Reg::S0, -32))
            .push(Instruction::reg_reg_imm(Opcode::ShiftLogicalLeftImm64, Reg::S0, Reg::S0, 32))
            .load(Reg::S1, RW + 32)
            .push(Instruction::reg_reg_reg(Opcode::Or, Reg::S0, Reg::S0, Reg::S1));
        let salt = if salted { RW } else { NONE };
        let (limits, output) = (Arg::from(u64::MAX), pack(RW, NONE));
        asm.host(
            "instantiate",
            [limits, limits, pack(DEPOSIT, VALUE), Reg::S0.into(), output, pack(OUT + 8, salt)],
        );
        asm.store(OUT, Reg::A0).ret(0, OUT, 28);
    })
}

fn new_test_of_version(version: u32, test: impl Fn()) {
    new_test(|| {
        BehaviourVersion::set(version);
        test();
        BehaviourVersion::set(0);
    });
}

/// What the factory returned for this salt and creation code.
fn create(factory: H160, creation_code: &[u8]) -> (u64, H160) {
    let returned = output(factory, &[&[7; 32], creation_code].concat());
    (u64::from_le_bytes(returned[..8].try_into().unwrap()), H160::from_slice(&returned[8..]))
}

fn proxy_hash() -> H256 {
    H256(keccak_256(BLOB))
}

fn stored(contract: H160, key: u8) -> Option<Vec<u8>> {
    Pallet::<Test>::get_storage(contract, [key; 32]).unwrap()
}

#[test]
fn the_blob_is_what_its_source_says() {
    let source = include_str!("../minimal_proxy/proxy.txt");
    let blob = revive_vm_assembly::assemble(source).unwrap();
    assert!(blob == BLOB, "blob.rs has to be made from these bytes: {blob:#04x?}");
    let checked = crate::code::check::<Test>(BLOB).unwrap();
    assert!(!checked.exports_migrate);
}

#[test]
fn only_the_exact_bytes_are_a_proxy() {
    let address = H160([0xab; 20]);
    let code = creation_code(&address);
    assert_eq!(code.len(), 55);
    assert_eq!(implementation(&code), Some(address));
    for index in (0..20).chain(40..55) {
        let mut other = code.clone();
        other[index] ^= 1;
        assert_eq!(implementation(&other), None, "byte {index}");
    }
    for len in 0..55 {
        assert_eq!(implementation(&code[..len]), None);
    }
    assert_eq!(implementation(&[&code[..], &[0]].concat()), None);
}

#[test]
fn other_creation_code_is_the_hash_of_no_code_however_short() {
    let codes = [0, 1, 16, 31, 32, 54].map(|len| creation_code(&H160([0xab; 20]))[..len].to_vec());
    new_test_of_version(1, || {
        for salted in [false, true] {
            let factory = deploy(&factory(salted, 0), 0, b"");
            for code in &codes {
                assert_eq!(create(factory, code), (14, H160::zero()), "{} bytes", code.len());
            }
        }
    });
    new_test_of_version(0, || {
        let factory = deploy(&factory(false, 0), 0, b"");
        for code in &codes {
            let expected = if code.len() < 32 { Error::OutOfBounds } else { Error::CodeNotFound };
            let outcome = call(factory, &[&[7; 32], &code[..]].concat());
            assert_eq!(outcome.result, Err(error(expected)), "{} bytes", code.len());
        }
    });
}

#[test]
fn a_clone_runs_the_code_of_another_on_its_own_storage() {
    new_test_of_version(1, || {
        let store = deploy(&store_word(), 0, b"");
        let factory = deploy(&factory(false, 0), 0, b"");
        let nonce = System::account_nonce(Mapper::to_account_id(&factory));
        let (code, clone) = create(factory, &creation_code(&store));
        assert_eq!((code, clone), (0, create1(&factory, nonce.into())));
        let (_, second) = create(factory, &creation_code(&store));
        assert_ne!(clone, second);

        let item = [[3; 32], [9; 32]].concat();
        assert_eq!(output(clone, &item), output(second, &item));
        output(second, &[[3; 32], [0; 32]].concat());
        assert_eq!(stored(clone, 3), Some(vec![9; 32]));
        assert_eq!((stored(second, 3), stored(store, 3)), (None, None));
        let info = Pallet::<Test>::contract_info(clone).unwrap();
        assert_eq!((info.code_hash, info.immutable_data_len), (proxy_hash(), 20));
        assert_eq!(CodeInfoOf::<Test>::get(proxy_hash()).unwrap().refcount, 2);
    });
}

#[test]
fn with_a_salt_it_is_where_ethereum_would_have_it() {
    new_test_of_version(1, || {
        let store = deploy(&store_word(), 0, b"");
        let factory = deploy(&factory(true, 0), 0, b"");
        let (code, clone) = create(factory, &creation_code(&store));
        assert_eq!((code, clone), (0, create2(&factory, &creation_code(&store), b"", &[7; 32])));
        // Computed by an independent implementation of EIP-1014 for this creation code, creator and salt.
        let known = create2(&H160([0x11; 20]), &creation_code(&H160([0x22; 20])), b"", &[7; 32]);
        assert_eq!(format!("{known:?}"), KNOWN_ADDRESS);
        // A second one of the same would be at the same place.
        assert_eq!(create(factory, &creation_code(&store)).0, ReturnCode::DuplicateContractAddress as u64);
    });
}

/// `getCreate2Address("0x11…", "0x07…", keccak256(creation code of "0x22…"))` of ethers 6.
const KNOWN_ADDRESS: &str = "0x3e63f87bbd58d57804a57652d7595248eea47e47";

#[test]
fn what_the_other_contract_makes_of_a_call_comes_through() {
    let asks = |symbol: &'static str| callable(move |asm| asm.host(symbol, [RW]).ret(0, RW, 32).end());
    new_test_of_version(1, || {
        let factory = deploy(&factory(false, 0), 0, b"");
        let clone_of = |blob: &[u8]| create(factory, &creation_code(&deploy(blob, 0, b""))).1;

        let caller = output(clone_of(&asks("caller")), b"");
        assert_eq!(caller[..20], Mapper::to_address(&ALICE).0);
        let clone = clone_of(&asks("address"));
        assert_eq!(output(clone, b"")[..20], clone.0);
        let value = super::call_from(ALICE, clone_of(&asks("value_transferred")), 3, WEIGHT, b"");
        assert_eq!(value.result.unwrap().data[..4], (3 * RATIO).to_le_bytes());
        assert_eq!(output(clone_of(&super::fixtures::echo()), &[5; 1000]), [5; 1000]);

        let reverted = call(clone_of(&callable(|asm| asm.data(RW, b"because!").ret(1, RW, 8).end())), b"");
        let reverted = reverted.result.unwrap();
        assert!(reverted.did_revert());
        assert_eq!(reverted.data, b"because!");
        let trapped = call(clone_of(&callable(|asm| asm.trap().end())), b"").result.unwrap();
        assert!(trapped.did_revert() && trapped.data.is_empty());
        // Nobody is there: on Ethereum, too, that is a success without data.
        assert_eq!(output(create(factory, &creation_code(&H160([0x99; 20]))).1, b"anything"), b"");
        // A clone of a clone.
        let clone = create(factory, &creation_code(&clone_of(&super::fixtures::echo()))).1;
        assert_eq!(output(clone, b"far"), b"far");
    });
}

#[test]
fn its_code_goes_with_the_last_clone() {
    new_test_of_version(1, || {
        let store = deploy(&store_word(), 0, b"");
        let factory = deploy(&factory(false, 0), 0, b"");
        let (_, clone) = create(factory, &creation_code(&store));
        let store_hash = Pallet::<Test>::contract_info(store).unwrap().code_hash;
        Pallet::<Test>::set_code(frame_system::RawOrigin::Root.into(), clone, store_hash).unwrap();
        assert!(CodeInfoOf::<Test>::get(proxy_hash()).is_none());
        assert!(create(factory, &creation_code(&store)).0 == 0, "it comes back with the next one");
    });
}

#[test]
fn a_creation_that_fails_leaves_nothing() {
    new_test_of_version(1, || {
        let rich = deploy(&factory(false, u64::from(RATIO)), 1, b"");
        let poor = deploy(&factory(false, u64::from(RATIO)), 0, b"");
        let code = creation_code(&H160([1; 20]));
        assert_eq!(create(poor, &code).0, ReturnCode::TransferFailed as u64);
        assert!(CodeInfoOf::<Test>::get(proxy_hash()).is_none());
        let (code, clone) = create(rich, &code);
        assert_eq!(code, 0);
        assert_eq!(Balances::free_balance(Mapper::to_account_id(&clone)), EXISTENTIAL_DEPOSIT + 1);
    });
}

#[test]
fn who_uploads_the_code_first_does_not_choose_its_behaviour() {
    new_test_of_version(1, || {
        let origin = RuntimeOrigin::signed(BOB);
        let (blob, limit) = (BLOB.to_vec(), Balance::MAX);
        Pallet::<Test>::upload_code_with_behaviour(origin, blob, limit, 0).unwrap();
        let factory = deploy(&factory(false, 0), 0, b"");
        assert_eq!(create(factory, &creation_code(&H160([1; 20]))).0, 0);
        let info = CodeInfoOf::<Test>::get(proxy_hash()).unwrap();
        assert_eq!((info.owner, info.refcount, info.behaviour_version), (BOB, 1, 1));
    });
}

#[test]
fn before_version_1_the_bytes_are_the_hash_of_no_code() {
    new_test_of_version(0, || {
        let factory = deploy(&factory(false, 0), 0, b"");
        let outcome = call(factory, &[&[0; 32][..], &creation_code(&H160([1; 20]))].concat());
        assert_eq!(outcome.result, Err(error(Error::CodeNotFound)));
    });
}
