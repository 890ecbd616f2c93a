// SPDX-License-Identifier: Apache-2.0
//! The vectors: our own, which lie in this crate, and a folder of others where one is named.

mod common;

use std::{
    env,
    path::{Path, PathBuf},
};

use common::engines;
use revive_vm_executor::{Engine, EngineConfig, GasModel};
use revive_vm_testing::vectors::{run_folder, Summary};

fn run(folder: &Path, engine: &Engine) -> (Summary, String) {
    let mut text = Vec::new();
    let summary = run_folder(folder, engine, GasModel::Flat, &mut text).unwrap();
    (summary, format!("{}: {}", engine.engine_name(), String::from_utf8(text).unwrap()))
}

fn own_folder() -> PathBuf {
    Path::new(&env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for tests")).join("vectors")
}

#[test]
fn own_vectors_pass() {
    for engine in engines() {
        let (summary, text) = run(&own_folder(), &engine);
        assert!(summary.is_success(), "{text}");
    }
}

#[test]
fn the_folder_named_by_the_environment_passes() {
    match env::var_os("REVIVE_VM_VECTORS") {
        None => println!(
            "skipped: REVIVE_VM_VECTORS is not set; set it to a folder of public conformance vectors to run them"
        ),
        Some(folder) => {
            for engine in engines() {
                let (summary, text) = run(Path::new(&folder), &engine);
                println!("{}: {}", Path::new(&folder).display(), text);
                assert!(summary.is_success(), "{text}");
            }
        },
    }
}

/// A runner that cannot fail proves nothing: every kind of wrong expectation must be noticed.
#[test]
fn wrong_expectations_are_noticed() {
    let text = std::fs::read_to_string(own_folder().join("store_then_halt.json")).unwrap();
    let good: serde_json::Value = serde_json::from_str(&text).unwrap();
    let engine = Engine::new(EngineConfig::default()).unwrap();
    let run_by = |value: &serde_json::Value, model| {
        revive_vm_testing::vectors::run(&serde_json::from_value(value.clone()).unwrap(), &engine, model)
    };
    let run = |value: &serde_json::Value| run_by(value, GasModel::Flat);
    run(&good).unwrap();
    // The blocks of this one cost something else by another model.
    assert!(run_by(&good, GasModel::PipelineL2).is_err());

    let mut changes: Vec<(&str, serde_json::Value)> = vec![
        ("expected-status", "panic".into()),
        ("expected-pc", 1.into()),
        ("expected-gas", 1.into()),
        ("expected-memory", serde_json::json!([])),
        ("expected-memory", serde_json::json!([{"address": 0x20000, "contents": [1]}])),
        ("expected-memory", serde_json::json!([{"address": 0x50000, "contents": [1]}])),
    ];
    for reg in 0..13 {
        let mut regs = good["expected-regs"].clone();
        regs[reg] = serde_json::json!(0x1234_5678_9abc_def0u64);
        changes.push(("expected-regs", regs));
    }
    for (field, value) in changes {
        let mut bad = good.clone();
        bad[field] = value;
        assert!(run(&bad).is_err(), "{field}: {bad}");
    }
}
