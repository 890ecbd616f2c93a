// SPDX-License-Identifier: Apache-2.0
//! Translation validation: generated programs do the same as RISC-V and as blobs of every level on both engines.
//!
//! `LINKER_TEST_PROGRAMS=100000 cargo test --release -p revive-vm-linker --test translation` runs that many.

mod common;

use common::{campaign::number, generate, harness};

/// Programs in an ordinary run; every eighth also on the recompiler.
const PROGRAMS: u64 = 3000;

#[test]
fn generated_programs_do_the_same_everywhere() {
    let (count, first) = (number("LINKER_TEST_PROGRAMS", PROGRAMS), number("LINKER_TEST_SEED", 0));
    let mut ran = 0;
    for seed in first..first + count {
        let (mut asm, args) = generate::program(seed);
        let engines = if seed % 8 == 0 { 2 } else { 1 };
        ran += u64::from(harness::compare(&format!("program-{seed}"), &mut asm, &[args], engines));
    }
    println!("{ran} of {count} programs ran to their end");
    assert!(ran * 10 >= count * 9, "only {ran} of {count} programs ended");
}
