// SPDX-License-Identifier: Apache-2.0
//! Every fuzz target for about a second, on bytes as a fuzzer would choose them; and with something in it that is wrong,
//! when it must fail.

use std::{fs, path::Path, process::Command};

use revive_vm_testing::{
    fuzz::{campaign::Campaign, check_bytes, Entry, TARGETS},
    random::Random,
};

/// Inputs of a target that take about a second.
fn count(entry: &Entry) -> u64 {
    let count = match entry.name {
        "engines_every_gas" => 40,
        "stepping" => 100,
        "paging" => 300,
        _ => 1000,
    };
    if cfg!(debug_assertions) {
        count / 10
    } else {
        count
    }
}

/// Negative numbers of 32-bit programs fail assertions of the black box's debug builds.
fn is_possible(entry: &Entry) -> bool {
    !cfg!(debug_assertions) || entry.name == "blob_parse"
}

#[test]
fn targets_hold_on_bytes_of_a_fuzzer() {
    for entry in TARGETS.iter().filter(|entry| is_possible(entry)) {
        let mut random = Random::new(7);
        for _ in 0..count(entry) {
            let len = random.below(400);
            let bytes: Vec<u8> = (0..len).map(|_| random.byte()).collect();
            check_bytes(entry.name, &bytes);
        }
    }
}

#[test]
fn targets_fail_when_something_is_wrong() {
    for entry in TARGETS.iter().filter(|entry| is_possible(entry)) {
        let mut canary = (entry.open)(true).unwrap();
        let failure = (0..2000).find_map(|seed| canary.check(&mut Random::new(seed)).err());
        let failure = failure.unwrap_or_else(|| panic!("{} notices nothing", entry.name));
        // What is written down fails again, with the fault and not without.
        assert!(canary.replay(&failure.case).is_err(), "{}: {}", entry.name, failure.case);
        let mut target = (entry.open)(false).unwrap();
        assert!(target.replay(&failure.case).is_ok(), "{}: {}", entry.name, failure.case);
    }
}

#[test]
fn a_campaign_counts_what_it_does() {
    let entry = TARGETS.iter().find(|entry| entry.name == "blob_parse").unwrap();
    let campaign = Campaign { count: 50, seed: 9, folder: "unused".into(), failures_max: 1 };
    let mut out = Vec::new();
    let summary = campaign.run(entry, &mut out).unwrap();
    assert_eq!((summary.counted, summary.tried, summary.distinct, summary.failures), (50, 50, 50, 0));
    let text = String::from_utf8(out).unwrap();
    assert!(
        text.contains("blob_parse: 50 of 50 inputs counted (50 different), seeds 0x9..0x3b, 0 failed"),
        "{text}"
    );
}

/// Scripts look at the exit status.
#[test]
fn a_replay_that_fails_is_a_failure() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("replay");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("case.txt");
    for (case, status) in [("blob 50564d\n", 0), ("target paging\nblob 50564d\n", 1), ("nothing\n", 1)] {
        fs::write(&path, case).unwrap();
        let program = env!("CARGO_BIN_EXE_revive-vm-fuzz");
        let output = Command::new(program).args(["blob_parse", "--replay"]).arg(&path).output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{case}{output:?}");
    }
}
