// SPDX-License-Identifier: Apache-2.0
//! A node that strangers ask for more dry runs than it can do: it makes its blocks all the same.

#[allow(dead_code, reason = "other tests use the rest")]
mod support;

use std::sync::{
    atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    OnceLock,
};

use codec::{Decode, Encode};
use frame_support::weights::Weight;
use pallet_revive_vm::{programs, Call, Code, ContractResult, InstantiateReturnValue};
use revive_vm_runtime::{AccountId, Balance, Runtime, RuntimeCall};
use serde_json::{json, Value};
use sp_core::{
    bytes::{from_hex, to_hex},
    H160,
};
use sp_keyring::Sr25519Keyring;
use support::{
    call,
    transactions::{genesis_hash, signed},
    Node,
};

/// Strangers that ask at a time: 26 worker processes each, if they were let.
const STRANGERS: usize = 12;

/// Transactions that are to get into blocks meanwhile.
const TRANSACTIONS: u32 = 10;

/// Sends the strangers home at its end.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

fn hex(value: &impl Encode) -> String {
    to_hex(&value.encode(), false)
}

/// Where Alice's next contract of this code comes to be.
fn address_of_next(node: &Node, code: &[u8]) -> H160 {
    let alice = Sr25519Keyring::Alice.to_account_id();
    let nothing = (None::<Weight>, None::<Balance>);
    let request =
        (alice, 0 as Balance, nothing, Code::Upload(code.to_vec()), Vec::<u8>::new(), None::<[u8; 32]>);
    let answer = node.call("state_call", json!(["ReviveApi_instantiate", hex(&request)]));
    let answer = from_hex(answer.as_str().expect("a string")).expect("hexadecimal");
    let outcome = ContractResult::<InstantiateReturnValue, Balance>::decode(&mut &answer[..]);
    outcome.expect("the runtime's type").result.expect("it can be made").addr
}

/// Has the contract at `dest` run as long as a dry run may.
fn dry_run(dest: H160) -> Value {
    let alice: AccountId = Sr25519Keyring::Alice.to_account_id();
    let request = (alice, dest, 0 as Balance, None::<Weight>, None::<Balance>, Vec::<u8>::new());
    json!(["ReviveApi_call", hex(&request)])
}

#[test]
fn blocks_are_made_while_strangers_have_contracts_run() {
    let mut node = Node::start(&["--dev", "--vm-workers", "80"]);
    let genesis = genesis_hash(&node);
    let alice = Sr25519Keyring::Alice.to_account_id().to_string();
    let submit = |node: &Node, call: RuntimeCall, nonce: u32| {
        node.call("author_submitExtrinsic", json!([signed(call, genesis, nonce)]));
    };
    // Calls itself until the stack of frames is full, and then never ends.
    let code = programs::deep(|asm| {
        asm.spin();
    });
    let dest = address_of_next(&node, &code);
    let weight_limit = Weight::from_parts(20_000_000_000, 1_000_000);
    let storage_deposit_limit = Balance::MAX;
    let make = Call::<Runtime>::instantiate_with_code {
        value: 0,
        weight_limit,
        storage_deposit_limit,
        code,
        data: Vec::new(),
        salt: None,
    };
    submit(&node, make.into(), 0);
    node.wait_for("the contract", |node| (node.finalized() >= 1).then_some(()));

    // Creating a contract takes a nonce of its own.
    let first = node.call("system_accountNextIndex", json!([alice])).as_u64().expect("a number") as u32;
    let (done, answered, sent_away) = (AtomicBool::new(false), AtomicUsize::new(0), OnceLock::new());
    let rpc = node.rpc_address();
    std::thread::scope(|scope| {
        for _ in 0..STRANGERS {
            scope.spawn(|| {
                while !done.load(SeqCst) {
                    match call(rpc, "state_call", dry_run(dest)) {
                        Ok(_) => answered.fetch_add(1, SeqCst),
                        Err(error) => panic!("{}", sent_away.get_or_init(|| error)),
                    };
                }
            });
        }
        // Also when this fails, or it would never end.
        let _done = Done(&done);
        let crowd = || sent_away.get().is_some() || answered.load(SeqCst) > STRANGERS;
        node.wait_for("a crowd", |_| crowd().then_some(()));
        assert_eq!(sent_away.get(), None, "nobody is sent away for want of workers");
        for nonce in first..first + TRANSACTIONS {
            let call = Call::<Runtime>::call {
                dest,
                value: 0,
                weight_limit,
                storage_deposit_limit,
                data: Vec::new(),
            };
            submit(&node, call.into(), nonce);
        }
        node.wait_for("all transactions", |node| {
            let nonce = node.call("system_accountNextIndex", json!([alice]));
            let pending = node.call("author_pendingExtrinsics", json!([]));
            (nonce == json!(first + TRANSACTIONS) && pending == json!([])).then_some(())
        });
    });
    let log = node.log();
    assert!(!log.contains("host trouble"), "{log}");
}
