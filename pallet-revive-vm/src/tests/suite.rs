// SPDX-License-Identifier: Apache-2.0
//! Real Solidity, compared with an EVM.
//!
//! `contracts/suite` compiles the same sources for Ethereum's machine and for this one, and lets an EVM play the scenarios. Here
//! the same steps are played on both carriers: outcome, return data, revert data, events and balances have to be the EVM's. What
//! cannot be the same are addresses, and hashes over them; steps name them instead.
//!
//! `cargo xtask contracts` makes the steps. Where they are missing, this test says so and checks nothing.

use crate::{
    address::create1, exec::Origin, mock::*, AccountId32Mapper, AddressMapper, Code, Event, ExecReturnValue,
    Pallet,
};
use frame_support::weights::Weight;
use serde_json::Value;
use sp_core::{H160, H256};
use sp_io::hashing::keccak_256;
use sp_runtime::AccountId32;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Enough for everything in the suite.
const ENOUGH: Weight = Weight::from_parts(u64::MAX / 4, u64::MAX / 4);

fn folder() -> PathBuf {
    Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for tests"))
        .join("../contracts/build/suite")
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

/// The chain on which a scenario is played.
struct Player {
    /// Names and what they stand for, in hexadecimal: addresses, and words that contain addresses somehow.
    names: Vec<(String, String)>,
    blobs: BTreeMap<String, H256>,
    now: u64,
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Player {
    fn new(blobs: &BTreeMap<String, Vec<u8>>) -> Self {
        let stored = |(name, blob): (&String, &Vec<u8>)| {
            let uploaded = Pallet::<Test>::bare_upload_code(&ALICE, blob, Balance::MAX, 1);
            let uploaded =
                uploaded.unwrap_or_else(|refusal| panic!("{name}: {}", super::text(&refusal.detail)));
            (name.clone(), uploaded.code_hash)
        };
        let address = |account| hexadecimal(AccountId32Mapper::<Test>::to_address(account).as_bytes());
        Self {
            names: vec![("alice".into(), address(&ALICE)), ("bob".into(), address(&BOB))],
            blobs: blobs.iter().map(stored).collect(),
            now: 1_700_000_000_000,
        }
    }

    fn origin(step: &Value) -> AccountId32 {
        match step["from"].as_str() {
            Some("bob") => BOB,
            _ => ALICE,
        }
    }

    fn value(step: &Value) -> Balance {
        let wei: Balance = text(&step["value"]).parse().expect("a number");
        assert_eq!(wei % Balance::from(RATIO), 0, "users send whole native units");
        wei / Balance::from(RATIO)
    }

    /// Bytes in place of names.
    fn bytes(&self, symbolic: &str) -> Vec<u8> {
        let named = self
            .names
            .iter()
            .fold(symbolic.to_string(), |text, (name, digits)| text.replace(&format!("{{{name}}}"), digits));
        assert!(!named.contains('{'), "unknown name in {symbolic}");
        super::hex(&named)
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

    fn logs(&self) -> Vec<(String, Vec<String>, String)> {
        let events = System::events().into_iter().filter_map(|record| match record.event {
            RuntimeEvent::Revive(Event::ContractEmitted { contract, data, topics }) => {
                Some((contract, data, topics))
            }
            _ => None,
        });
        events
            .map(|(contract, data, topics)| {
                let topics = topics.iter().map(|topic| self.symbolic(topic.as_bytes())).collect();
                (self.symbolic(contract.as_bytes()), topics, self.symbolic(&data))
            })
            .collect()
    }

    fn outcome(&self, result: Option<&ExecReturnValue>) -> Outcome {
        let ok = result.is_some_and(|output| !output.did_revert());
        Outcome {
            ok,
            data: result.map_or(String::new(), |output| self.symbolic(&output.data)),
            logs: self.logs(),
        }
    }

    /// Plays a step, and compares.
    fn play(&mut self, step: &Value) -> Result<(), String> {
        System::reset_events();
        let named = |key: &str| text(&step[key]);
        match step["kind"].as_str() {
            Some("deploy") => {
                let code = Code::Existing(self.blobs[&named("contract")]);
                let input = self.bytes(&named("input"));
                let outcome = Pallet::<Test>::bare_instantiate(
                    Origin::Signed(Self::origin(step)),
                    Self::value(step),
                    ENOUGH,
                    Balance::MAX,
                    code,
                    input,
                    None,
                );
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
                self.compare(step, found, &outcome.debug_message)
            }
            Some("call") => {
                let input = self.bytes(&named("input"));
                let outcome = Pallet::<Test>::bare_call(
                    Origin::Signed(Self::origin(step)),
                    self.address(&named("to")),
                    Self::value(step),
                    ENOUGH,
                    Balance::MAX,
                    input,
                );
                if let Ok(output) = &outcome.result {
                    if let Some(name) = step["bind"].as_str() {
                        self.bind(name.into(), output.data.get(12..32).unwrap_or_default());
                    }
                    if let Some(name) = step["bindWord"].as_str() {
                        self.bind(name.into(), &output.data);
                    }
                }
                let found = self.outcome(outcome.result.as_ref().ok());
                self.compare(step, found, &outcome.debug_message)
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
                let found = Pallet::<Test>::evm_balance(&self.address(&named("of"))).to_string();
                (found == named("wei")).then_some(()).ok_or(format!("the balance is {found}"))
            }
            Some("wait") => {
                self.now += 1000 * step["seconds"].as_u64().expect("a number of seconds");
                Timestamp::set_timestamp(self.now);
                Ok(())
            }
            kind => Err(format!("unknown kind {kind:?}")),
        }
    }

    fn compare(&self, step: &Value, found: Outcome, detail: &[u8]) -> Result<(), String> {
        let expected = expected(step);
        if found == expected {
            return Ok(());
        }
        Err(format!("found    {found:?}\nexpected {expected:?}\ndetail: {}", super::text(detail)))
    }
}

#[test]
fn solidity_does_what_it_does_on_an_evm() {
    let path = folder().join("steps.json");
    let Ok(steps) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: no {}; make it with `cargo xtask contracts`", path.display());
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
    assert!(blobs.values().all(|blob| keccak_256(blob) != [0; 32]));
    let mut problems = Vec::new();
    let mut played = 0;
    for (scenario, steps) in steps["scenarios"].as_object().expect("named scenarios") {
        for engine in [Engines::Host, Engines::Embedded] {
            test_on(engine, || {
                let mut player = Player::new(&blobs);
                for (number, step) in steps.as_array().expect("a list of steps").iter().enumerate() {
                    played += 1;
                    if let Err(problem) = player.play(step) {
                        let label = step["label"].as_str().or(step["contract"].as_str()).unwrap_or("");
                        problems.push(format!("{scenario}, step {number} {label} on {engine:?}:\n{problem}"));
                    }
                }
            });
        }
    }
    assert!(problems.is_empty(), "{} of {played} steps differ:\n{}", problems.len(), problems.join("\n"));
    println!("{played} steps are as on the EVM");
}
