// SPDX-License-Identifier: Apache-2.0
//! Addresses, account mapping and keys, against vectors that were computed elsewhere.

use super::{callable_nothing, error, hex};
use crate::{
    address::{create1, create2},
    exec::Origin,
    mock::*,
    precompiles,
    storage::Key,
    AccountId32Mapper, AddressMapper, Code, Error, HoldReason, OriginalAccount, Pallet,
};
use frame_support::{assert_noop, assert_ok, traits::fungible::InspectHold};
use sp_core::H160;
use sp_runtime::AccountId32;

type Mapper = AccountId32Mapper<Test>;

fn address(text: &str) -> H160 {
    H160::from_slice(&hex(text))
}

#[test]
fn create1_follows_its_vectors() {
    let creator = H160([1; 20]);
    for (nonce, expected) in [
        (0, "1c81a61a407017c58397a47d2ab28191b9b8ec9b"),
        (1, "c851da37e4e8d3a20d8d56be2963934b4ad71c3b"),
        (128, "7963cc2a45f72fe99b9166edd4344a627ebd399c"),
        (65536, "51001f96a446628efff9c7dcaf92bb2ece57e0de"),
    ] {
        assert_eq!(create1(&creator, nonce), address(expected), "nonce {nonce}");
    }
}

#[test]
fn create2_follows_its_vector() {
    let mut salt = [0; 32];
    for (index, byte) in salt.iter_mut().enumerate() {
        *byte = index as u8;
    }
    assert_eq!(
        create2(&H160([1; 20]), &hex("50564d00"), &hex("0102"), &salt),
        address("b7da8c90d85a785268809987626d4fa22b9c6ea2")
    );
}

#[test]
fn accounts_and_addresses_follow_their_vectors() {
    new_test(|| {
        assert_eq!(Mapper::to_address(&BOB), address("af32a8053c2d446446d7019359e210b82e53b8ba"));
        let fallback = Mapper::to_account_id(&H160([1; 20]));
        let mut expected = [0xEE; 32];
        expected[..20].fill(1);
        assert_eq!(fallback, AccountId32::new(expected));
        assert_eq!(Mapper::to_address(&fallback), H160([1; 20]));
        assert!(Mapper::is_mapped(&fallback));
    });
}

#[test]
fn keys_follow_their_vectors() {
    assert_eq!(
        Key::Fix([0; 32]).hashed().to_vec(),
        hex("89eb0d6a8a691dae2cd15ed0369931ce0a949ecafa5c3f93f8121833646e15c3")
    );
    assert_eq!(
        Key::variable(b"abc".to_vec()).unwrap().hashed().to_vec(),
        hex("cf4ab791c62b8d2b2109c90275287816616263")
    );
    assert!(Key::variable(vec![0; 128]).is_some());
    assert!(Key::variable(vec![0; 129]).is_none());
}

#[test]
fn addresses_of_precompiles_are_known() {
    let of = |text: &str| precompiles::is_precompile::<Test>(&address(text));
    for text in ["01", "0a", "0100", "0900", "0901"] {
        assert!(of(&format!("{text:0>40}")), "{text}");
    }
    for text in ["0a0000", "0b0000", "01020304000000000000000000000000000b0000"] {
        assert!(of(&format!("{text:0>40}")), "{text}");
    }
    for text in [
        "00",
        "0b",
        "0101",
        "0902",
        "010001",
        "0a0001",
        "01000000000000000000000000000000000a0000",
        "010b0000",
    ] {
        assert!(!of(&format!("{text:0>40}")), "{text}");
    }
}

#[test]
fn mapping_takes_a_deposit_and_gives_it_back() {
    new_test(|| {
        let reason = HoldReason::AddressMapping.into();
        let address = Mapper::to_address(&CHARLIE);
        assert_ne!(Mapper::to_account_id(&address), CHARLIE);
        assert_noop!(
            Pallet::<Test>::unmap_account(RuntimeOrigin::signed(CHARLIE)),
            Error::<Test>::AccountUnmapped
        );
        assert_ok!(Pallet::<Test>::map_account(RuntimeOrigin::signed(CHARLIE)));
        assert_eq!(Mapper::to_account_id(&address), CHARLIE);
        assert_eq!(Balances::balance_on_hold(&reason, &CHARLIE), 52 * PER_BYTE + PER_ITEM);
        assert_noop!(
            Pallet::<Test>::map_account(RuntimeOrigin::signed(CHARLIE)),
            Error::<Test>::AccountAlreadyMapped
        );
        assert_ok!(Pallet::<Test>::unmap_account(RuntimeOrigin::signed(CHARLIE)));
        assert_eq!(Balances::free_balance(&CHARLIE), ENDOWMENT);
        assert!(!OriginalAccount::<Test>::contains_key(address));
    });
}

#[test]
fn an_unmapped_account_cannot_use_contracts() {
    new_test(|| {
        let origin = || Origin::Signed(CHARLIE);
        let call = Pallet::<Test>::bare_call(origin(), H160([9; 20]), 0, WEIGHT, 0, vec![]);
        assert_eq!(call.result, Err(error(Error::AccountUnmapped)));
        let code = Code::Upload(callable_nothing());
        let created =
            Pallet::<Test>::bare_instantiate(origin(), 0, WEIGHT, Balance::MAX, code.clone(), vec![], None);
        assert_eq!(created.result.unwrap_err(), error(Error::AccountUnmapped));
        // A dry run maps it for the run, and only for the run.
        let dry = Pallet::<Test>::dry_run_instantiate(CHARLIE, 0, None, None, code, vec![], None);
        assert!(dry.result.is_ok());
        assert!(!Mapper::is_mapped(&CHARLIE));
    });
}
