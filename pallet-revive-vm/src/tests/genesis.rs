// SPDX-License-Identifier: Apache-2.0
//! Chains that begin with contracts.

use super::{
    call, error,
    fixtures::{callable, contract, store_word, RW},
    output,
};
use crate::{
    balance, mock::*, primitives::StorageDeposit, AccountId32Mapper, AddressMapper, CodeInfoOf, Error,
    GenesisAccount, GenesisContract, Pallet,
};
use sp_core::{H160, H256, U256};
use sp_io::hashing::keccak_256;

type Mapper = AccountId32Mapper<Test>;

const DEST: H160 = H160([0x31; 20]);

fn with_contract(address: H160, contract: GenesisContract) -> GenesisAccount {
    GenesisAccount { address, contract: Some(contract), ..Default::default() }
}

fn code(code: Vec<u8>) -> GenesisContract {
    GenesisContract { code, ..Default::default() }
}

/// Runs `test` in block 1 of a chain that begins with `accounts`, on each carrier, and checks the state before and after.
fn new_test_with(accounts: &[GenesisAccount], test: impl Fn()) {
    for carrier in [Carrier::Host, Carrier::Embedded] {
        externalities_with(carrier, accounts.to_vec()).execute_with(|| {
            crate::try_state::check::<Test>().expect("the genesis is sound");
            test();
            crate::try_state::check::<Test>().expect("the invariants of the state hold");
        });
    }
}

#[test]
fn a_contract_of_the_genesis_runs_with_its_storage_and_immutable_data() {
    let reader = callable(|asm| {
        asm.data(RW, &[9; 32])
            .host("get_storage_or_zero", [0, RW, RW + 64])
            .data(RW + 96, &64u32.to_le_bytes())
            .host("get_immutable_data", [RW + 128, RW + 96])
            .ret(0, RW + 64, 80);
    });
    let account = with_contract(
        DEST,
        GenesisContract {
            code: reader,
            storage: [(H256([9; 32]), H256([7; 32])), (H256([1; 32]), H256::zero())].into(),
            immutable_data: vec![5; 16],
        },
    );
    new_test_with(&[account], || {
        let returned = output(DEST, b"");
        assert_eq!(returned[..32], [7; 32]);
        assert_eq!(returned[64..], [5; 16]);
        let info = Pallet::<Test>::contract_info(DEST).unwrap();
        assert_eq!((info.storage_items, info.storage_bytes, info.immutable_data_len), (1, 64, 16));
        assert_eq!(Balances::free_balance(Mapper::to_account_id(&DEST)), EXISTENTIAL_DEPOSIT);
    });
}

#[test]
fn its_deposits_are_given_back_like_those_of_any_contract() {
    let items = [(H256([9; 32]), H256([7; 32]))].into();
    let account =
        with_contract(DEST, GenesisContract { code: store_word(), storage: items, ..Default::default() });
    new_test_with(&[account], || {
        let outcome = call(DEST, &[&[9; 32][..], &[0; 32]].concat());
        assert!(outcome.result.is_ok());
        assert_eq!(outcome.storage_deposit, StorageDeposit::Refund(64 * PER_BYTE + PER_CHILD_ITEM));
    });
}

#[test]
fn the_code_goes_with_the_last_contract_that_has_it() {
    let ending = contract(
        |_| {},
        |asm| {
            asm.data(RW, &[0x77; 20]).host("terminate", [RW]).trap();
        },
    );
    let hash = H256(keccak_256(&ending));
    let other = H160([0x32; 20]);
    let accounts = [DEST, other].map(|address| with_contract(address, code(ending.clone())));
    new_test_with(&accounts, || {
        assert_eq!(CodeInfoOf::<Test>::get(hash).unwrap().refcount, 2);
        let remove = || Pallet::<Test>::remove_code(frame_system::RawOrigin::Signed(ALICE).into(), hash);
        assert_eq!(remove().unwrap_err().error, sp_runtime::DispatchError::BadOrigin);
        // Root may give them other code; then nobody has it.
        let replacement =
            super::instantiate_with(&super::callable_nothing(), 0, b"", None).result.unwrap().addr;
        let new_hash = crate::storage::ContractInfo::<Test>::load(&replacement).unwrap().code_hash;
        for dest in [DEST, other] {
            Pallet::<Test>::set_code(frame_system::RawOrigin::Root.into(), dest, new_hash).unwrap();
        }
        assert!(CodeInfoOf::<Test>::get(hash).is_none());
    });
}

#[test]
fn balances_and_nonces_are_as_written() {
    let bob = Mapper::to_address(&BOB);
    let accounts = [
        GenesisAccount { address: DEST, balance: U256::from(5_000_000_007u64), nonce: 3, contract: None },
        GenesisAccount { address: bob, balance: U256::from(RATIO), ..Default::default() },
        GenesisAccount {
            balance: U256::from(12),
            ..with_contract(H160([0x33; 20]), code(super::callable_nothing()))
        },
    ];
    new_test_with(&accounts, || {
        assert_eq!(balance::of::<Test>(&DEST), U256::from(5_000_000_007u64));
        assert_eq!(Balances::free_balance(Mapper::to_account_id(&DEST)), 5_000 + EXISTENTIAL_DEPOSIT);
        assert_eq!(System::account_nonce(Mapper::to_account_id(&DEST)), 3);
        // A mapped account is the one that was mapped.
        assert_eq!(Balances::free_balance(&BOB), ENDOWMENT + 1);
        assert_eq!(balance::of::<Test>(&H160([0x33; 20])), U256::from(12));
        assert_eq!(System::account_nonce(Mapper::to_account_id(&H160([0x33; 20]))), 1);
    });
}

#[test]
fn what_cannot_be_made_is_refused_with_the_reason() {
    let refused = |account: GenesisAccount| account.build::<Test>().unwrap_err();
    test_on(Carrier::Host, || {
        let transaction = |account| {
            frame_support::storage::with_transaction(|| {
                sp_runtime::TransactionOutcome::Rollback(Ok::<_, sp_runtime::DispatchError>(refused(account)))
            })
            .unwrap()
        };
        let nothing = super::callable_nothing;
        let reason = transaction(with_contract(H160::from_low_u64_be(2), code(nothing())));
        assert_eq!(reason, "the address belongs to a function of the runtime");
        let reason = transaction(with_contract(DEST, code(b"PVM".to_vec())));
        assert!(reason.starts_with("not a valid blob: "), "{reason}");
        let long = GenesisContract { immutable_data: vec![1; 4097], ..code(nothing()) };
        assert_eq!(
            transaction(with_contract(DEST, long)),
            "the immutable data has 4097 bytes, the limit is 4096"
        );
        let rich = GenesisAccount { address: DEST, balance: U256::MAX, ..Default::default() };
        let reason = transaction(rich);
        assert!(reason.contains("wei cannot be given"), "{reason}");
        assert!(reason.contains(&format!("{:?}", error(Error::BalanceConversionFailed))), "{reason}");
        with_contract(DEST, code(nothing())).build::<Test>().unwrap();
        assert_eq!(
            transaction(with_contract(DEST, code(nothing()))),
            "there is a contract at the address already"
        );
    });
}

#[test]
#[should_panic(
    expected = "the account 0x3131313131313131313131313131313131313131 of the genesis cannot be made: not a valid blob"
)]
fn a_chain_with_a_bad_genesis_does_not_start() {
    externalities_with(Carrier::Host, vec![with_contract(DEST, code(Vec::new()))]);
}

#[test]
fn accounts_are_written_as_json() {
    let text = r#"{
        "address": "0x3131313131313131313131313131313131313131",
        "balance": "0xff",
        "contract": {
            "code": "0x50564d00",
            "storage": {
                "0x0000000000000000000000000000000000000000000000000000000000000001":
                "0x0000000000000000000000000000000000000000000000000000000000000002"
            }
        }
    }"#;
    let account: GenesisAccount = serde_json::from_str(text).unwrap();
    assert_eq!((account.address, account.balance, account.nonce), (DEST, U256::from(255), 0));
    let contract = account.contract.clone().unwrap();
    assert_eq!(contract.code, b"PVM\0");
    assert_eq!(contract.storage, [(H256::from_low_u64_be(1), H256::from_low_u64_be(2))].into());
    let again = serde_json::to_string(&account).unwrap();
    assert_eq!(serde_json::from_str::<GenesisAccount>(&again).unwrap(), account);
    assert!(serde_json::from_str::<GenesisAccount>(&text.replace("balance", "balanse")).is_err());
}
