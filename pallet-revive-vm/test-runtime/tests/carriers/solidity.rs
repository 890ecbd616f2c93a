// SPDX-License-Identifier: Apache-2.0
//! Real Solidity, compared with an EVM.
//!
//! `contracts/suite` compiles the same sources for Ethereum's machine and for this one, and lets an EVM play the scenarios. Here
//! the same steps are played on both carriers, in wasm and natively: outcome, return data, revert data, events and balances have to be the EVM's. What
//! cannot be the same are addresses, and hashes over them; steps name them instead.
//!
//! `cargo xtask ci solidity` makes the steps. Where they are missing, this test says so and checks nothing.

use super::{
    chain::{same_everywhere, Chain, User, ENOUGH},
    words::hex,
};
use pallet_revive_vm::{address::create1, ExecReturnValue};
use revive_vm_carriers::Balance;
use serde_json::Value;
use sp_core::{H160, H256};
use std::{
    cell::RefCell,
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Wei in a native unit.
const RATIO: Balance = 1_000_000;

fn folder() -> PathBuf {
    Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for tests"))
        .join("../../contracts/build/suite")
}

/// What a step came to. Addresses are named.
#[derive(Debug, PartialEq)]
struct Outcome {
    ok: bool,
    data: String,
    /// Address, topics, data.
    logs: Vec<(String, Vec<String>, String)>,
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").into()
}

fn expected(step: &Value) -> Outcome {
    let logs = step["logs"].as_array().expect("steps list their events").iter().map(|log| {
        let topics = log["topics"].as_array().expect("events have topics").iter().map(text).collect();
        (text(&log["address"]), topics, text(&log["data"]))
    });
    Outcome { ok: step["ok"] == true, data: text(&step["data"]), logs: logs.collect() }
}

/// A scenario on a chain.
struct Player<'a> {
    chain: &'a mut Chain,
    /// Names and what they stand for, in hexadecimal: addresses, and words that contain addresses somehow.
    names: Vec<(String, String)>,
    blobs: &'a BTreeMap<String, Vec<u8>>,
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn origin(step: &Value) -> User {
    match step["from"].as_str() {
        Some("bob") => User::Bob,
        _ => User::Alice,
    }
}

fn value(step: &Value) -> Balance {
    let wei: Balance = text(&step["value"]).parse().expect("a number");
    assert_eq!(wei % RATIO, 0, "users send whole native units");
    wei / RATIO
}

impl<'a> Player<'a> {
    fn new(chain: &'a mut Chain, blobs: &'a BTreeMap<String, Vec<u8>>) -> Self {
        let user = |user: User| hexadecimal(user.address().as_bytes());
        let names = vec![("alice".into(), user(User::Alice)), ("bob".into(), user(User::Bob))];
        Self { chain, names, blobs }
    }

    /// Bytes in place of names.
    fn bytes(&self, symbolic: &str) -> Vec<u8> {
        let named = self
            .names
            .iter()
            .fold(symbolic.to_string(), |text, (name, digits)| text.replace(&format!("{{{name}}}"), digits));
        assert!(!named.contains('{'), "unknown name in {symbolic}");
        hex(&named)
    }

    /// Names in place of bytes.
    fn symbolic(&self, bytes: &[u8]) -> String {
        self.names
            .iter()
            .fold(hexadecimal(bytes), |text, (name, digits)| text.replace(digits, &format!("{{{name}}}")))
    }

    fn address(&self, name: &str) -> H160 {
        H160::from_slice(&self.bytes(&format!("{{{name}}}")))
    }

    fn bind(&mut self, name: String, bytes: &[u8]) {
        self.names.retain(|(known, _)| *known != name);
        self.names.push((name, hexadecimal(bytes)));
        // A word may contain an address, so words go first.
        self.names.sort_by_key(|(_, digits)| core::cmp::Reverse(digits.len()));
    }

    fn outcome(&self, result: Option<&ExecReturnValue>) -> Outcome {
        let logs = self.chain.emitted().into_iter().map(|(contract, topics, data)| {
            let topics = topics.iter().map(|topic| self.symbolic(topic.as_bytes())).collect();
            (self.symbolic(contract.as_bytes()), topics, self.symbolic(&data))
        });
        Outcome {
            ok: result.is_some_and(|output| !output.did_revert()),
            data: result.map_or(String::new(), |output| self.symbolic(&output.data)),
            logs: logs.collect(),
        }
    }

    /// Plays a step, and compares.
    fn play(&mut self, step: &Value) -> Result<(), String> {
        let named = |key: &str| text(&step[key]);
        match step["kind"].as_str() {
            Some("deploy") => {
                let input = self.bytes(&named("input"));
                let code = H256(sp_io::hashing::keccak_256(&self.blobs[&named("contract")]));
                let outcome = self.chain.instantiate(origin(step), value(step), code, &input, None);
                let created = outcome.result.as_ref().ok();
                let output = created.map(|created| created.result.clone());
                if let Some(created) = created.filter(|created| !created.result.did_revert()) {
                    self.bind(named("name"), created.addr.as_bytes());
                    for (child, nonce) in step["children"].as_object().into_iter().flatten() {
                        let nonce = nonce.as_u64().expect("a nonce");
                        self.bind(child.clone(), create1(&created.addr, nonce).as_bytes());
                    }
                }
                let mut found = self.outcome(output.as_ref());
                if found.ok {
                    found.data = String::new();
                }
                compare(step, found, &outcome.debug_message)
            }
            Some("call") => {
                let (input, to) = (self.bytes(&named("input")), self.address(&named("to")));
                let outcome = self.chain.call(origin(step), to, value(step), ENOUGH, &input);
                if let Ok(output) = &outcome.result {
                    if let Some(name) = step["bind"].as_str() {
                        self.bind(name.into(), output.data.get(12..32).unwrap_or_default());
                    }
                    if let Some(name) = step["bindWord"].as_str() {
                        self.bind(name.into(), &output.data);
                    }
                }
                let found = self.outcome(outcome.result.as_ref().ok());
                compare(step, found, &outcome.debug_message)
            }
            Some("sort") => {
                let names = step["names"].as_array().expect("names to sort");
                let (first, second) = (text(&names[0]), text(&names[1]));
                let (a, b) = (self.address(&first), self.address(&second));
                self.bind(first, a.min(b).as_bytes());
                self.bind(second, a.max(b).as_bytes());
                Ok(())
            }
            Some("balance") => {
                let of = self.address(&named("of"));
                let found = self.chain.balance(of).to_string();
                (found == named("wei")).then_some(()).ok_or(format!("the balance is {found}"))
            }
            Some("wait") => {
                self.chain.wait(step["seconds"].as_u64().expect("a number of seconds"));
                Ok(())
            }
            kind => Err(format!("unknown kind {kind:?}")),
        }
    }
}

fn compare(step: &Value, found: Outcome, detail: &[u8]) -> Result<(), String> {
    let expected = expected(step);
    if found == expected {
        return Ok(());
    }
    let detail = String::from_utf8_lossy(detail);
    Err(format!("found    {found:?}\nexpected {expected:?}\ndetail: {detail}"))
}

#[test]
fn solidity_does_what_it_does_on_an_evm() {
    let path = folder().join("steps.json");
    let Ok(steps) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: no {}; make it with `cargo xtask ci solidity`", path.display());
        return;
    };
    let steps: Value = serde_json::from_str(&steps).expect("the steps are JSON");
    let blob = |name: String| {
        let blob =
            std::fs::read(folder().join(format!("{name}.polkavm"))).expect("the blobs are beside the steps");
        (name, blob)
    };
    let blobs: BTreeMap<String, Vec<u8>> =
        steps["blobs"].as_array().expect("a list of blobs").iter().map(text).map(blob).collect();
    let problems = RefCell::new(Vec::new());
    let mut played = 0;
    for (scenario, steps) in steps["scenarios"].as_object().expect("named scenarios") {
        let steps = steps.as_array().expect("a list of steps");
        let deployed = |name: &&String| steps.iter().any(|step| step["contract"] == ***name);
        same_everywhere(|chain| {
            // A factory creates what no step deploys.
            let factory = steps.iter().any(|step| step["children"].is_object());
            for (_, blob) in blobs.iter().filter(|(name, _)| factory || deployed(name)) {
                chain.upload(User::Alice, blob, 1).expect("the blob is good");
            }
            let mut player = Player::new(chain, &blobs);
            for (number, step) in steps.iter().enumerate() {
                if let Err(problem) = player.play(step) {
                    let label = step["label"].as_str().or(step["contract"].as_str()).unwrap_or("");
                    problems.borrow_mut().push(format!("{scenario}, step {number} {label}:\n{problem}"));
                }
            }
        });
        played += steps.len();
    }
    let problems = problems.into_inner();
    assert!(problems.is_empty(), "of {played} steps in four places, these differ:\n{}", problems.join("\n"));
    println!("{played} steps are as on the EVM, in four places");
}
