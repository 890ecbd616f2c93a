// SPDX-License-Identifier: Apache-2.0
//! Links guests as compilers make them at every setting, runs them, and compares with what the native program does.
//!
//! `cargo xtask matrix` compiles the guests into a folder of files `NAME@SETTING.elf`. Here each is linked at every level, and each
//! blob is run on the interpreter and on the recompiler. What must agree:
//!
//! - programs of the suite, in Rust: with the same library, compiled for this machine and linked into this program;
//! - programs in C, whose native result stands in `NAME.native`: with that;
//! - contracts, which do nothing without a host: each export, how it ends and which host functions it calls, at all levels with the
//!   lowest.

mod expected;
mod files;
mod runs;

use std::{path::PathBuf, process::ExitCode};

use expected::Expected;
use files::{Guest, Setting};
use revive_vm_linker::{link, OptLevel, Options};
use revive_vm_measure::Table;
use revive_vm_primitives::Blob;

const USAGE: &str = "usage: revive-vm-matrix FOLDER, which `cargo xtask matrix` fills";

/// The stack that every guest gets: what is compiled without optimisation takes a multiple of what is released.
const STACK_SIZE: u32 = 1 << 20;

/// Failures that are printed in full.
const FAILURES_SHOWN: usize = 20;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [folder] = arguments.as_slice() else {
        eprintln!("{USAGE}");
        return ExitCode::FAILURE;
    };
    match run(&PathBuf::from(folder)) {
        Ok(failures) if failures.is_empty() => ExitCode::SUCCESS,
        Ok(failures) => {
            for failure in failures.iter().take(FAILURES_SHOWN) {
                println!("{failure}");
            }
            println!("{} failures", failures.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("matrix: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What was seen of the guests of one setting.
#[derive(Default)]
struct Row {
    guests: usize,
    /// Bytes of all ELF files.
    elf_bytes: usize,
    /// Bytes of code at each level.
    code_bytes: [usize; OptLevel::ALL.len()],
    failures: Vec<String>,
}

/// Runs everything, a row for each setting. What failed.
fn run(folder: &std::path::Path) -> Result<Vec<String>, String> {
    let settings = files::read(folder)?;
    let engines = runs::Engines::start()?;
    let mut table =
        Table::new(["compiled", "guests", "ELF bytes", "code at 0", "code at 1", "code at 2", "agree"]);
    let mut failures = Vec::new();
    let mut guests = 0;
    for Setting { name, guests: all } in &settings {
        let mut row = Row::default();
        for guest in all {
            check(guest, &engines, &mut row);
        }
        let agree = match row.failures.is_empty() {
            true => "all".to_owned(),
            false => format!("{} FAILED", row.failures.len()),
        };
        let numbers = [row.guests, row.elf_bytes].into_iter().chain(row.code_bytes).map(|n| n.to_string());
        table.row([name.clone()].into_iter().chain(numbers).chain([agree]));
        guests += row.guests;
        failures.extend(row.failures.into_iter().map(|failure| format!("{name}: {failure}")));
    }
    println!("{table}");
    println!(
        "{guests} guests in {} settings, at {} levels on 2 engines",
        settings.len(),
        OptLevel::ALL.len()
    );
    Ok(failures)
}

/// Links and runs one guest at all levels.
fn check(guest: &Guest, engines: &runs::Engines, row: &mut Row) {
    row.guests += 1;
    row.elf_bytes += guest.elf.len();
    let mut expected = Expected::of(guest);
    for (level, code_bytes) in OptLevel::ALL.into_iter().zip(&mut row.code_bytes) {
        let options = Options { opt_level: level, stack_size_min: STACK_SIZE, ..Options::default() };
        let fail = |what: String| format!("{} at {level:?}: {what}", guest.name);
        let linked = match link(&guest.elf, &options) {
            Ok(linked) => linked,
            Err(error) => {
                row.failures.push(fail(format!("not linked: {error}")));
                continue;
            }
        };
        // What compilers emit by themselves must not be warned about either.
        row.failures.extend(linked.warnings.iter().map(|warning| fail(warning.clone())));
        match Blob::parse(&linked.blob) {
            Ok(blob) => *code_bytes += blob.code().len() as usize,
            Err(error) => row.failures.push(fail(error.to_string())),
        }
        for engine in engines.all() {
            let found = engine.run(&linked.blob, expected.work());
            if let Err(difference) = found.and_then(|found| expected.compare(found)) {
                row.failures.push(fail(format!("on the {}: {difference}", engine.name())));
            }
        }
    }
}
