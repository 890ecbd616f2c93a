// SPDX-License-Identifier: Apache-2.0
//! What the host of unit tests has to say as the pallet does.

use super::*;
use crate::host::{self, instantiate, Call, CallError};

const OTHER: Address = [3; 20];

/// Runs a function as a contract's, with others that return nothing.
fn run(contract: &mut Contract, entry: fn()) {
    contract.call = entry;
    let outcome = contract.call(&[]);
    assert!(matches!(outcome, Outcome::Returned(_)), "{}", outcome.reason());
}

fn contract() -> Contract {
    Contract::new(|| {}, || {})
}

#[test]
fn a_contract_comes_back_into_itself_only_where_it_allows_that() {
    let mut contract = contract();
    contract.value = 5u64.into();
    run(&mut contract, || {
        let own = host::address();
        let call = Call::new(&own, b"again");
        assert_eq!(call.invoke(), Err(CallError::ReentryDenied));
        assert_eq!(call.value(U256::ONE).invoke(), Err(CallError::ReentryDenied));
        assert_eq!(call.invoke_and_end(), CallError::ReentryDenied);
        assert_eq!(call.allow_reentry().invoke(), Ok(()));
        // Its code on its own storage is no second entry.
        assert_eq!(call.delegate(), Ok(()));
        assert_eq!(Call::new(&OTHER, &[]).invoke(), Ok(()));
    });
    assert_eq!(contract.calls.len(), 6);
    // While it is being made there is no code to enter.
    contract.deploy = || assert_eq!(Call::new(&host::address(), &[]).invoke(), Ok(()));
    assert_eq!(contract.deploy(&[]).returned(), []);
}

#[test]
fn a_call_that_comes_to_nothing_leaves_no_return_data() {
    let mut contract = contract();
    contract.others(|_| Ok(b"output".to_vec()));
    run(&mut contract, || {
        assert_eq!(Call::new(&OTHER, &[]).invoke(), Ok(()));
        assert_eq!(host::return_data(&mut [0; 9]), b"output");
        assert_eq!(Call::new(&host::address(), &[]).invoke(), Err(CallError::ReentryDenied));
        assert_eq!(host::return_data_size(), 0);
    });
}

#[test]
fn others_can_fail_in_every_way() {
    const FAILURES: [CallError; 6] = [
        CallError::Trapped,
        CallError::TransferFailed,
        CallError::OutOfResources,
        CallError::CodeNotFound,
        CallError::Unsupported,
        CallError::Other(99),
    ];
    let mut contract = contract();
    contract.value = 5u64.into();
    let mut failures = FAILURES.into_iter();
    contract.others(move |_| Answer::Failed(failures.next().unwrap()));
    run(&mut contract, || {
        for failure in FAILURES {
            assert_eq!(Call::new(&OTHER, &[]).value(U256::ONE).invoke(), Err(failure));
            assert_eq!((host::return_data_size(), host::balance()), (0, 5u64.into()));
        }
    });
    // It has no answer to a call, though contracts find it by themselves.
    contract.others(|_| Answer::Failed(CallError::Malformed));
    contract.call = || assert!(Call::new(&OTHER, &[]).invoke().is_err());
    assert_eq!(contract.call(&[]).reason(), "Malformed is nothing that a contract answers");
}

#[test]
fn nothing_is_created_twice_at_one_address() {
    let mut contract = contract();
    // A constructor that reverts, and a run that does, leave the address free.
    contract.others(|_| Err(Vec::new()));
    run(&mut contract, || {
        assert_eq!(instantiate(&[8; 40], U256::ZERO, Some(&[1; 32])), Err(CallError::Reverted));
    });
    contract.others(|_| Ok(Vec::new()));
    contract.call = || {
        assert!(instantiate(&[8; 40], U256::ZERO, Some(&[1; 32])).is_ok());
        host::revert(&[]);
    };
    assert_eq!(contract.call(&[]), Outcome::Reverted(Vec::new()));
    run(&mut contract, || {
        let create = |salt| instantiate(&[8; 40], U256::ZERO, salt);
        let first = create(Some(&[1; 32]));
        assert!(first.is_ok());
        assert_eq!(create(Some(&[1; 32])), Err(CallError::DuplicateAddress));
        assert!(create(Some(&[2; 32])).is_ok_and(|second| Ok(second) != first));
        assert_ne!(create(None), create(None));
    });
    // Tests may forget what was asked.
    contract.calls.clear();
    run(&mut contract, || assert!(instantiate(&[8; 40], U256::ZERO, None).is_ok()));
}

#[test]
fn accounts_have_the_code_that_they_were_given() {
    let mut contract = contract();
    contract.set_code(OTHER, b"code");
    contract.set_balance([4; 20], U256::ONE);
    run(&mut contract, || {
        assert_eq!((host::code_size(&OTHER), host::code_hash(&OTHER)), (4, keccak_256(b"code")));
        assert_eq!((host::code_size(&[4; 20]), host::code_hash(&[4; 20])), (0, keccak_256(&[])));
        assert_eq!((host::code_size(&[5; 20]), host::code_hash(&[5; 20])), (0, [0; 32]));
        let child = instantiate(&[8; 40], U256::ZERO, None).unwrap();
        assert_eq!((host::code_size(&child), host::code_hash(&child)), (1, [8; 32]));
    });
}

#[test]
fn a_contract_has_code_once_it_is_constructed() {
    let mut contract = contract();
    contract.deploy = || {
        let own = host::address();
        assert_eq!((host::code_size(&own), host::code_hash(&own)), (0, keccak_256(&[])));
    };
    assert_eq!(contract.deploy(&[]).returned(), []);
    run(&mut contract, || {
        let own = host::address();
        assert!(host::code_size(&own) > 0 && host::code_hash(&own) != keccak_256(&[]));
    });
}

#[test]
fn blocks_that_are_too_old_or_not_there_yet_have_no_hash() {
    let mut contract = contract();
    contract.block_number = 1000;
    run(&mut contract, || {
        let has_hash = |number: U256| host::block_hash(number) != [0; 32];
        for number in [744u64, 745, 999] {
            assert!(has_hash(number.into()), "{number}");
        }
        for number in [0u64, 743, 1000, 1001, u64::MAX] {
            assert!(!has_hash(number.into()), "{number}");
        }
        assert!(!has_hash(U256::MAX));
        assert_ne!(host::block_hash(998u64.into()), host::block_hash(999u64.into()));
    });
}
