// SPDX-License-Identifier: Apache-2.0
//! The vectors that are written as text, on every engine and on the black box.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use revive_vm_executor::{Features, InstructionSet};
use revive_vm_primitives::{Blob, Opcode};
use revive_vm_testing::{
    oracle::{BlackBox, Oracle, Ours},
    text::{bless, files, parse, run_section, Section},
};

fn folder() -> PathBuf {
    Path::new(&env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for tests")).join("vectors")
}

fn sections(path: &Path) -> Vec<Section> {
    let text = fs::read_to_string(path).unwrap();
    let sections = parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(sections.iter().all(|section| !section.cases.is_empty()), "{}", path.display());
    sections
}

/// Runs all files. `skip` says which sections the oracle is not asked about.
fn run(oracle: &dyn Oracle, skip: impl Fn(&Path, &Section, InstructionSet) -> bool) {
    let mut cases = 0;
    let mut failures = Vec::new();
    for path in files(&folder()).unwrap() {
        for section in sections(&path) {
            for isa in section.isas.iter().filter(|isa| !skip(&path, &section, **isa)) {
                match run_section(&section, *isa, oracle) {
                    Ok(count) => cases += count,
                    Err(error) => failures.push(format!("{}, {isa}: {error}", path.display())),
                }
            }
        }
    }
    println!("{}: {cases} cases", oracle.name());
    assert!(failures.is_empty(), "{}: {} failures\n{}", oracle.name(), failures.len(), failures.join("\n"));
    assert!(cases > 20_000, "{cases}");
}

#[test]
fn the_interpreter_passes() {
    run(&Ours::interpreter(), |_, _, _| false);
}

#[test]
fn the_recompiler_passes() {
    run(&Ours::recompiler(None).unwrap(), |_, _, _| false);
}

#[test]
fn the_recompiler_passes_on_the_baseline() {
    run(&Ours::recompiler(Some(Features::BASELINE)).unwrap(), |_, _, _| false);
}

/// A second opinion on the expected values. It is not asked about a gas model of our own, about 32-bit programs, whose negative numbers it gets wrong if
/// they come from the host, nor about disagreements of the reference with its own rules.
#[test]
fn the_black_box_passes() {
    run(&BlackBox::new().unwrap(), |path, _, isa| {
        !isa.is_64_bit() || path.ends_with("reference/low_guard.txt") || path.ends_with("gas/footprint.txt")
    });
}

#[test]
fn blessed_files_are_what_the_specification_gives() {
    for (name, expected) in bless::files() {
        let found = fs::read_to_string(folder().join(&name)).unwrap_or_default();
        assert!(
            found == expected,
            "{name} is out of date: run `revive-vm-vectors --bless`, and look at the changes"
        );
    }
}

#[test]
fn every_instruction_of_every_set_has_a_vector() {
    let mut missing: BTreeSet<(InstructionSet, &str)> = InstructionSet::ALL
        .into_iter()
        .flat_map(|isa| {
            let defined = Opcode::ALL.into_iter().filter(move |opcode| isa.byte(*opcode).is_some());
            defined.map(move |opcode| (isa, opcode.mnemonic()))
        })
        .collect();
    for path in files(&folder()).unwrap() {
        for section in sections(&path) {
            for isa in &section.isas {
                let program = revive_vm_assembly::assemble_program(&section.code, *isa).unwrap();
                let blob = program.to_blob();
                for decoded in Blob::parse(&blob).unwrap().code().instructions() {
                    if let Some(instruction) = decoded.instruction {
                        missing.remove(&(*isa, instruction.opcode.mnemonic()));
                    }
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

/// A runner that cannot fail proves nothing.
#[test]
fn wrong_expectations_are_noticed() {
    let good = "\
isa: latest64
code:
    %rw_data_size = 4096
    a0 = a1 + a2
    u8 [0x20000] = a0
    ret
all: gas=3 a1=1 a2=2 -> exit=finished pc=unset gas=0 a0=3 0x20000=03
";
    let oracle = Ours::interpreter();
    let run = |case: &str| {
        let section = parse(&format!("{good}{case}\n")).unwrap().remove(0);
        run_section(&section, InstructionSet::Latest64, &oracle)
    };
    assert_eq!(run("good: ->"), Ok(1));
    for bad in [
        "exit: -> exit=trap",
        "exit: -> exit=host-call:3",
        "gas: -> gas=1",
        "gas: gas=4 ->",
        "pc: -> pc=0",
        "result: -> a0=4",
        "other register: -> t0=0",
        "memory: -> 0x20000=04",
        "memory: -> 0x20000=0300000001",
        "memory: 0x20100=05 -> 0x20100=06",
        "unknown word: colour=1 ->",
        "unknown word: -> colour=1",
        "no memory: -> 0x90000=00",
    ] {
        let error = run(bad).expect_err(bad);
        assert!(error.starts_with("line 8:"), "{error}");
    }
    assert!(parse("isa: latest64\nno arrow\n").is_err());
}
