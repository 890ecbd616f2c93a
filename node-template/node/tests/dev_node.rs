// SPDX-License-Identifier: Apache-2.0
//! The built node, started as a developer starts it.

mod support;

use std::{process::Command, time::SystemTime};

use codec::Decode;
use revive_vm_runtime::{BalancesCall, Hash, UNIT};
use serde_json::{json, Value};
use sp_core::bytes::{from_hex, to_hex};
use sp_keyring::Sr25519Keyring;
use support::{
    binary,
    transactions::{genesis_hash, signed},
    Node,
};

/// A transfer of one token from Alice to Bob, ready to submit.
fn transfer(genesis: Hash, nonce: u32) -> String {
    let dest = Sr25519Keyring::Bob.to_account_id().into();
    signed(BalancesCall::transfer_keep_alive { dest, value: UNIT }.into(), genesis, nonce)
}

/// The chain's clock in milliseconds since 1970.
fn chain_time_ms(node: &Node) -> u64 {
    let key = to_hex(&frame_support_key("Timestamp", "Now"), false);
    let value = node.call("state_getStorage", json!([key]));
    let bytes = from_hex(value.as_str().expect("the timestamp is set")).expect("storage is hexadecimal");
    u64::decode(&mut &bytes[..]).expect("the timestamp is a u64")
}

/// The storage key of a plain value of a pallet.
fn frame_support_key(pallet: &str, item: &str) -> Vec<u8> {
    [sp_io::hashing::twox_128(pallet.as_bytes()), sp_io::hashing::twox_128(item.as_bytes())].concat()
}

fn real_time_ms() -> u64 {
    let elapsed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("it is after 1970");
    u64::try_from(elapsed.as_millis()).expect("the year is near")
}

#[test]
fn transactions_are_sealed_and_finalized_at_once() {
    let mut node = Node::start(&["--dev"]);
    assert_eq!(node.call("system_chain", json!([])), "Development");
    assert_eq!(node.call("system_health", json!([]))["shouldHavePeers"], json!(false));
    let properties = node.call("system_properties", json!([]));
    assert_eq!(properties, json!({ "ss58Format": 42, "tokenDecimals": 12, "tokenSymbol": "UNIT" }));
    assert_eq!(node.finalized(), 0, "no block without a transaction");

    let metadata = node.call("state_getMetadata", json!([]));
    assert!(metadata.as_str().is_some_and(|hex| hex.starts_with("0x6d6574610e")), "metadata, version 14");
    let versions = node.call("state_call", json!(["Metadata_metadata_versions", "0x"]));
    let versions = from_hex(versions.as_str().expect("a string")).expect("hexadecimal");
    let versions = Vec::<u32>::decode(&mut &versions[..]).expect("a list of numbers");
    assert!([14, 15, 16].iter().all(|version| versions.contains(version)), "{versions:?}");

    let genesis = genesis_hash(&node);
    let before = real_time_ms();
    node.call("author_submitExtrinsic", json!([transfer(genesis, 0)]));
    node.wait_for("first block", |node| (node.finalized() >= 1).then_some(()));
    let time = chain_time_ms(&node);
    // A slot is two milliseconds and timestamps are at its beginning.
    assert!(time + 2 >= before && time <= real_time_ms() + 2, "the chain says {time}, the clock {before}");

    // Many at a time, in the wrong order too: all get in, however many blocks that takes.
    for nonce in (1..=30).rev() {
        node.call("author_submitExtrinsic", json!([transfer(genesis, nonce)]));
    }
    let alice = Sr25519Keyring::Alice.to_account_id().to_string();
    node.wait_for("all transfers", |node| {
        let nonce = node.call("system_accountNextIndex", json!([alice]));
        let pending = node.call("author_pendingExtrinsics", json!([]));
        (nonce == json!(31) && pending == json!([])).then_some(())
    });
    assert!(chain_time_ms(&node) <= real_time_ms() + 1_000, "the chain's clock does not run away");
    let log = node.log();
    assert!(!log.contains("No block was made"), "{log}");
}

#[test]
fn contracts_have_options_and_metrics() {
    let mut node = Node::start(&["--dev", "--vm-engine", "interpreter", "--vm-workers", "80"]);
    let metrics = node.metrics();
    for name in [
        "modules_compiled_total",
        "compile_seconds_total",
        "module_cache_total{outcome=\"hit\",",
        "artefact_cache_total{outcome=\"rejected\",",
        "artefact_cache_write_failures_total",
        "dry_runs{state=\"waiting\",",
        "dry_runs_refused_total",
        "engine_info{engine=\"interpreter\",",
        "workers{state=\"idle\",",
        "workers_started_total",
        "workers_lost_total",
        "hand_overs_total{wait=\"sleep\",",
        "host_calls_answered_total",
        "exits_total{kind=\"host_trouble\",",
    ] {
        let name = format!("\nrevive_vm_{name}");
        assert!(metrics.contains(&name), "no {name} in {metrics}");
    }
    let log = node.log();
    let lines: Vec<_> = log.lines().filter(|line| line.contains("Contracts run in")).collect();
    assert!(matches!(lines[..], [line] if line.contains("`interpreter`, as --vm-engine says")), "{lines:?}");
}

#[test]
fn an_unknown_engine_is_refused() {
    let output = Command::new(binary())
        .args(["--dev", "--vm-engine", "fast"])
        .output()
        .expect("the node's binary starts");
    assert!(!output.status.success());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("there are `auto`, `recompiler` and `interpreter`"), "{message}");
}

#[test]
fn blocks_come_on_a_timer_when_asked() {
    let mut node = Node::start(&["--dev", "--dev-block-time", "100"]);
    node.wait_for("empty blocks", |node| (node.finalized() >= 3).then_some(()));
    assert!(chain_time_ms(&node) <= real_time_ms() + 100, "the chain's clock does not run away");
}

#[test]
fn a_pace_without_a_development_chain_is_refused() {
    let output = Command::new(binary())
        .args(["--chain", "local", "--tmp", "--dev-block-time", "100"])
        .output()
        .expect("the node's binary starts");
    assert!(!output.status.success());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("Add --dev, or leave --dev-block-time out"), "{message}");
}

/// All that the node listens on, from the kernel's own tables.
#[cfg(target_os = "linux")]
fn listening(pid: u32) -> Vec<String> {
    use std::{collections::HashSet, fs};

    let sockets: HashSet<String> = fs::read_dir(format!("/proc/{pid}/fd"))
        .expect("the node runs")
        .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    // Columns: number, local address, remote address, state (0A is listening), …, the inode as the tenth.
    ["tcp", "tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(format!("/proc/{pid}/net/{table}")).ok())
        .flat_map(|table| table.lines().skip(1).map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|line| {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let mine =
                columns.get(3) == Some(&"0A") && columns.get(9).is_some_and(|inode| sockets.contains(*inode));
            mine.then(|| columns.get(1).map(|address| address.to_string()))?
        })
        .collect()
}

#[cfg(target_os = "linux")]
#[test]
fn a_development_node_is_reachable_from_this_machine_only() {
    let node = Node::start(&["--dev"]);
    assert!(node.rpc_address().ip().is_loopback());
    let addresses = listening(node.pid());
    let rpc_port = format!(":{:04X}", node.rpc_address().port());
    assert!(addresses.iter().any(|address| address.ends_with(&rpc_port)), "{addresses:?}");
    // 127.0.0.1 and ::1, in the kernel's byte order.
    for address in &addresses {
        let (ip, _) = address.split_once(':').expect("an address has a port");
        let loopback = ["0100007F", "00000000000000000000000001000000"];
        assert!(loopback.contains(&ip), "listens on {address}, among {addresses:?}");
    }
}

#[test]
fn the_chain_specification_exports_with_what_wallets_need() {
    let output = Command::new(binary())
        .args(["export-chain-spec", "--chain", "dev"])
        .output()
        .expect("the node's binary starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let spec: Value = serde_json::from_slice(&output.stdout).expect("a chain specification is JSON");
    assert_eq!(spec["chainType"], "Development");
    assert_eq!(spec["properties"]["tokenDecimals"], 12);
}
