// SPDX-License-Identifier: Apache-2.0
//! Vectors: programs written down with a start state and the state that they must end in.
//!
//! One JSON file per vector, in the format of the public conformance files for single programs:
//!
//! | field | meaning |
//! |---|---|
//! | `initial-regs` | 13 unsigned 64-bit values |
//! | `initial-pc` | code offset of the start |
//! | `initial-page-map` | `{address, length, is-writable}`: the pages that there are, in whole pages of 4096 bytes |
//! | `initial-memory` | `{address, contents}`: bytes to place, elsewhere pages hold zeros |
//! | `initial-gas` | signed |
//! | `program` | the bare code section as bytes |
//! | `expected-status` | `halt`, `panic`, `page-fault`, and two of our own: `host-call`, `out-of-gas` |
//! | `expected-regs`, `expected-pc`, `expected-gas` | state at the end |
//! | `expected-memory` | `{address, contents}`: everything but zeros |
//! | `expected-page-fault-address` | with `page-fault`: start of the page |
//! | `expected-host-call` | with `host-call` (our extension): the number |
//! | `isa` | our extension: name of the instruction set; without it `revive_v1`, whose numbering public files use |
//!
//! Each vector runs twice, once normally and once with step tracing: both must end as expected. The trace is also
//! what tells where a program halted, because a finished instance has no program counter any more.

mod run;

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use revive_vm_executor::{Engine, GasModel};
use serde::Deserialize;

pub use run::run;

/// One vector; see the module documentation for its fields.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the table in the module documentation describes the fields")]
pub struct Vector {
    pub name: String,
    pub isa: Option<String>,
    pub initial_regs: [u64; 13],
    pub initial_pc: u32,
    pub initial_page_map: Vec<PageRange>,
    pub initial_memory: Vec<Chunk>,
    pub initial_gas: i64,
    pub program: Vec<u8>,
    pub expected_status: Status,
    pub expected_regs: [u64; 13],
    pub expected_pc: u32,
    pub expected_memory: Vec<Chunk>,
    pub expected_gas: i64,
    pub expected_page_fault_address: Option<u32>,
    pub expected_host_call: Option<u32>,
}

/// How a vector's program ends.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// A dynamic jump to the return address.
    Halt,
    /// A trap.
    Panic,
    /// A page that is not there, or not writable.
    PageFault,
    /// `ecalli`.
    HostCall,
    /// Gas does not cover the next block.
    OutOfGas,
}

/// Pages that a vector's memory consists of.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the table in the module documentation describes the fields")]
pub struct PageRange {
    pub address: u32,
    pub length: u32,
    pub is_writable: bool,
}

/// Bytes at an address.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Chunk {
    pub address: u32,
    pub contents: Vec<u8>,
}

/// How many vectors of a folder came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Vectors that ended as expected.
    pub passed: usize,
    /// Vectors that did not, and files that are no vectors.
    pub failed: usize,
}

impl Summary {
    /// Whether there were vectors and all of them passed.
    pub fn is_success(&self) -> bool {
        self.failed == 0 && self.passed > 0
    }
}

/// Runs all `*.json` files of a folder, in the order of their names, paying by one gas model. Writes one line per
/// failure, then a line `N passed, N failed`.
///
/// Errors: the folder cannot be listed, or `out` cannot be written. A file that cannot be read, or is no vector, is a
/// failure like any other.
pub fn run_folder(folder: &Path, engine: &Engine, gas: GasModel, out: &mut dyn Write) -> io::Result<Summary> {
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();

    let mut summary = Summary::default();
    for path in &files {
        match run_file(path, engine, gas) {
            Ok(()) => summary.passed += 1,
            Err(differences) => {
                summary.failed += 1;
                let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
                writeln!(out, "{name}: {}", differences.join("; "))?;
            }
        }
    }
    writeln!(out, "{} passed, {} failed", summary.passed, summary.failed)?;
    Ok(summary)
}

/// Runs the vector in one file. The error lists everything that is not as expected.
pub fn run_file(path: &Path, engine: &Engine, gas: GasModel) -> Result<(), Vec<String>> {
    let text = fs::read_to_string(path).map_err(|error| vec![format!("cannot be read: {error}")])?;
    let vector: Vector =
        serde_json::from_str(&text).map_err(|error| vec![format!("is not a vector: {error}")])?;
    run(&vector, engine, gas)
}
