// SPDX-License-Identifier: Apache-2.0
//! Every bug of `revive_vm_primitives::mutants` is caught by a test that the ordinary run has too: a text vector, a
//! regression, or a fuzz target on its first seeds. One test at a time, because the switch is there once. Command: `cargo xtask mutants`, which builds with the bugs in.

#![cfg(revive_vm_mutants)]

#[path = "regressions.rs"]
mod regressions;

use std::{env, fs, panic, path::Path};

use revive_vm_primitives::mutants::{turn_on, Mutant};
use revive_vm_testing::{
    fuzz::TARGETS,
    oracle::{Oracle, Ours},
    random::Random,
    text::{files, parse, run_section},
};

/// Inputs of each fuzz target.
const INPUTS: u64 = 1500;

/// What fails, if anything does.
fn caught() -> Option<String> {
    let folder = env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for tests");
    let engines: [Ours; 2] = [Ours::interpreter(), Ours::recompiler(None).unwrap()];
    for path in files(&Path::new(&folder).join("vectors")).unwrap() {
        for section in parse(&fs::read_to_string(&path).unwrap()).unwrap() {
            for isa in &section.isas {
                for engine in &engines {
                    let ran =
                        panic::catch_unwind(panic::AssertUnwindSafe(|| run_section(&section, *isa, engine)));
                    let file = path.file_name().unwrap_or_default().to_string_lossy();
                    match ran {
                        Ok(Ok(_)) => {}
                        Ok(Err(error)) => {
                            return Some(format!("vector {file}, {isa}, {}: {error}", engine.name()))
                        }
                        Err(_) => return Some(format!("vector {file}, {isa}, {}: panic", engine.name())),
                    }
                }
            }
        }
    }
    if panic::catch_unwind(regressions::what_the_host_puts_into_a_register_is_taken_whole).is_err() {
        return Some("regression what_the_host_puts_into_a_register_is_taken_whole".into());
    }
    for entry in TARGETS.iter().filter(|entry| entry.name != "engines_every_gas") {
        let mut target = (entry.open)(false).unwrap();
        for seed in 0..INPUTS {
            let ran = panic::catch_unwind(panic::AssertUnwindSafe(|| target.check(&mut Random::new(seed))));
            match ran {
                Ok(Ok(_)) => {}
                Ok(Err(failure)) => {
                    return Some(format!("target {}, seed {seed}: {}", entry.name, failure.text))
                }
                Err(_) => return Some(format!("target {}, seed {seed}: panic", entry.name)),
            }
        }
    }
    None
}

#[test]
fn every_bug_is_caught() {
    assert_eq!(caught(), None, "without a bug nothing fails");
    let mut missed = Vec::new();
    for mutant in Mutant::ALL {
        turn_on(Some(mutant));
        let how = caught();
        turn_on(None);
        match how {
            Some(how) => println!("{mutant:?}: {}", how.lines().next().unwrap_or_default()),
            None => missed.push(mutant),
        }
    }
    assert!(missed.is_empty(), "nobody notices {missed:?}");
}
