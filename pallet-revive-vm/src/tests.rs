// SPDX-License-Identifier: Apache-2.0
//! Tests of the pallet on a mock chain, with contracts assembled on the spot and with those of `contracts/build`.

mod addresses;
mod behaviour;
mod calls;
mod carriers;
mod compiled;
mod deposits;
mod errors;
mod estimate;
mod genesis;
mod hostile;
mod keys;
mod ledger;
mod lifecycle;
mod migrations;
mod minimal_proxy;
mod other_chain;
mod payers;
mod precompiles;
mod random;
mod signatures;
mod storage;
mod termination;
mod tracing;
mod trees;
mod upgrade;
mod upload;
mod words;

use crate::{
    exec::Origin, host::HostFunction, mock::*, programs as fixtures, Code, ContractResult, Error,
    ExecReturnValue, InstantiateReturnValue, Pallet,
};
use frame_support::weights::Weight;
use sp_core::H160;
use sp_runtime::{AccountId32, DispatchError, StateVersion};
use words::{address_word, hex, selector, word};

/// Root hash of the whole state, child tries included.
fn state_root() -> Vec<u8> {
    sp_io::storage::root(StateVersion::V1)
}

fn instantiate_with(
    blob: &[u8],
    value: Balance,
    data: &[u8],
    salt: Option<[u8; 32]>,
) -> ContractResult<InstantiateReturnValue, Balance> {
    Pallet::<Test>::bare_instantiate(
        Origin::Signed(ALICE),
        value,
        WEIGHT,
        Balance::MAX,
        Code::Upload(blob.to_vec()),
        data.to_vec(),
        salt,
    )
}

/// What loading this blob costs.
fn load_weight(blob: &[u8]) -> Weight {
    let load = crate::code::check::<Test>(blob).unwrap().load;
    <<Test as crate::Config>::WeightInfo as crate::WeightInfo>::load_code(blob.len() as u32, load)
}

/// What loading it again in the same transaction costs.
fn load_again_weight(blob: &[u8]) -> Weight {
    let load = crate::code::check::<Test>(blob).unwrap().load;
    <<Test as crate::Config>::WeightInfo as crate::WeightInfo>::load_code_again(blob.len() as u32, load)
}

/// A new contract, created by Alice under its own salt.
#[track_caller]
fn deploy(blob: &[u8], value: Balance, data: &[u8]) -> H160 {
    let number = Deployed::get();
    Deployed::set(number + 1);
    let mut salt = [0; 32];
    salt[..4].copy_from_slice(&number.to_le_bytes());
    let outcome = instantiate_with(blob, value, data, Some(salt));
    match outcome.result {
        Ok(created) => {
            assert!(!created.result.did_revert(), "deploy reverted: {:?}", created.result);
            created.addr
        }
        Err(error) => panic!("deploy failed: {error:?}: {}", text(&outcome.debug_message)),
    }
}

fn call_from(
    origin: AccountId32,
    dest: H160,
    value: Balance,
    weight: Weight,
    data: &[u8],
) -> ContractResult<ExecReturnValue, Balance> {
    Pallet::<Test>::bare_call(Origin::Signed(origin), dest, value, weight, Balance::MAX, data.to_vec())
}

fn call(dest: H160, data: &[u8]) -> ContractResult<ExecReturnValue, Balance> {
    call_from(ALICE, dest, 0, WEIGHT, data)
}

/// The output of a call that must not revert.
#[track_caller]
fn output(dest: H160, data: &[u8]) -> Vec<u8> {
    let outcome = call(dest, data);
    match outcome.result {
        Ok(output) => {
            assert!(!output.did_revert(), "reverted with {:?}", output.data);
            output.data
        }
        Err(error) => panic!("{error:?}: {}", text(&outcome.debug_message)),
    }
}

fn text(message: &[u8]) -> &str {
    core::str::from_utf8(message).expect("messages are UTF-8")
}

fn error(error: Error<Test>) -> DispatchError {
    error.into()
}

/// A contract that does nothing.
fn callable_nothing() -> Vec<u8> {
    fixtures::callable(|_| {})
}

/// The return code and the output that a [`fixtures::relay`] got.
#[track_caller]
fn relayed(relay: H160, callee: H160, data: &[u8]) -> (u64, Vec<u8>) {
    let returned = output(relay, &[callee.as_bytes(), data].concat());
    (u64::from_le_bytes(returned[..8].try_into().expect("a relay returns a code")), returned[8..].to_vec())
}
