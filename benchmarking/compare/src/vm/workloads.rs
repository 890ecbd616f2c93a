// SPDX-License-Identifier: Apache-2.0
//! What is run: the suite, or a folder of blobs.

use std::{fs, path::Path};

use revive_vm_backends::{Native, Program};

/// A program and how much of it to run.
#[derive(Clone, Debug)]
pub(crate) struct Workload {
    pub(crate) name: String,
    /// What `run` is called with: enough for a millisecond of machine code, so that the call does not count, and few enough that
    /// most runs are not interrupted on a busy machine.
    pub(crate) n: u64,
    /// How often `run` is called in one measurement; 0: as often as takes some milliseconds.
    pub(crate) calls: u32,
    /// Whether most of its time goes into memory routines: see `benchmarking/README.md`.
    pub(crate) memory_routines: bool,
    pub(crate) program: Program,
}

/// The suite: name, units of work, whether memory routines dominate, and the native program.
macro_rules! suite {
    ($($name:ident $n:literal $memory:literal,)*) => {
        const SUITE: &[(&str, u64, bool, Native)] = &[
            $((stringify!($name), $n, $memory, Native { initialize: $name::initialize, run: $name::run }),)*
        ];
    };
}

suite! {
    blake2 100 false,
    dispatch 500 false,
    ed25519 6 false,
    indirect 120 false,
    json 24 false,
    keccak 300 false,
    matrix 64 false,
    mos6502 8 false,
    moves 2_400 true,
    mulmod 36_000 false,
    recursion 100 false,
    sha256 2_400 false,
    sieve 6 false,
    sort 4 false,
}

/// Host calls in one run.
const HOST_CALLS: u64 = 1_000;

/// How much of a program of the suite is run, and the native program.
pub(crate) fn suite_program(name: &str) -> Option<(u64, Native)> {
    SUITE.iter().find(|(known, ..)| *known == name).map(|&(_, n, _, native)| (n, native))
}

/// The workloads of the suite, from the folder that `cargo xtask contracts` fills.
pub(crate) fn suite(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Workload>, String> {
    let picked = SUITE.iter().filter(|(name, ..)| wanted(name));
    let workloads: Vec<Workload> = picked
        .map(|&(name, n, memory_routines, native)| {
            let program = program(folder, name, native)?;
            Ok(Workload { name: name.into(), n, calls: 1, memory_routines, program })
        })
        .collect::<Result<_, String>>()?;
    if workloads.is_empty() {
        return Err("there is no such workload".into());
    }
    Ok(workloads)
}

fn program(folder: &Path, name: &str, native: Native) -> Result<Program, String> {
    let path = folder.join(format!("{name}.polkavm"));
    let guest = fs::read(&path)
        .map_err(|error| format!("{}: {error}; `cargo xtask compare` builds it", path.display()))?;
    // A missing wasm module leaves the wasm engines out, which shows in the bounds.
    let wasm = fs::read(folder.join(format!("{name}.wasm"))).ok();
    Ok(Program { guest: Some(guest), wasm, native: Some(native) })
}

/// The program that does nothing but host calls, if it was built.
pub(crate) fn host_calls(folder: &Path) -> Result<Option<Workload>, String> {
    let native = Native { initialize: hostcall::initialize, run: hostcall::run };
    let program = program(folder, "hostcall", native)?;
    Ok(Some(Workload { name: "hostcall".into(), n: HOST_CALLS, calls: 1, memory_routines: false, program }))
}

/// Large programs that are only compiled: a contract of the Solidity compiler, if it was built.
pub(crate) fn compile_probes(folder: &Path) -> Vec<Workload> {
    let path = folder.join("../erc20.polkavm");
    let Ok(guest) = fs::read(path) else { return Vec::new() };
    let program = Program { guest: Some(guest), ..Program::default() };
    vec![Workload { name: "erc20".into(), n: 0, calls: 1, memory_routines: false, program }]
}

/// All blobs of a folder, in order of their names.
pub(crate) fn from_folder(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Workload>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "polkavm"));
    paths.sort();
    let mut workloads = Vec::new();
    for path in paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !wanted(&name) {
            continue;
        }
        let guest = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let program = Program { guest: Some(guest), ..Program::default() };
        workloads.push(Workload { name, n: 0, calls: 0, memory_routines: false, program });
    }
    if workloads.is_empty() {
        return Err(format!("{}: there is no such file NAME.polkavm", folder.display()));
    }
    Ok(workloads)
}
