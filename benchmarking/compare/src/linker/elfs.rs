// SPDX-License-Identifier: Apache-2.0
//! Which files are linked, and how much of each is run.

use std::{fs, path::Path};

use revive_vm_backends::Native;

use crate::vm::suite_program;

/// What is run of a program with the exports `initialize` and `run`.
#[derive(Clone, Copy)]
pub(super) struct Work {
    /// What `run` is called with.
    pub(super) n: u64,
    /// The native program, if it is one of the suite's.
    pub(super) native: Option<Native>,
}

/// One file.
pub(super) struct Input {
    pub(super) name: String,
    pub(super) elf: Vec<u8>,
    /// None if it has no export `run`.
    pub(super) work: Option<Work>,
}

/// All files NAME.elf of a folder, in order of their names.
///
/// The suite's programs are known by their names; what follows a dash says how one was compiled.
pub(super) fn from_folder(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Input>, String> {
    let entries = fs::read_dir(folder).map_err(|error| {
        format!("{}: {error}; `cargo xtask compare linker` builds what is in it", folder.display())
    })?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "elf"));
    paths.sort();
    let mut inputs = Vec::new();
    for path in paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !wanted(&name) {
            continue;
        }
        let elf = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let program = name.split('-').next().unwrap_or_default();
        let work = match suite_program(program) {
            Some((n, native)) => Some(Work { n, native: Some(native) }),
            None => exports_run(&elf).then_some(Work { n: 0, native: None }),
        };
        inputs.push(Input { name, elf, work });
    }
    if inputs.is_empty() {
        return Err(format!("{}: there is no such file NAME.elf", folder.display()));
    }
    Ok(inputs)
}

/// Whether a linked program has an export `run`.
fn exports_run(elf: &[u8]) -> bool {
    let linked = revive_vm_linker::link(elf, &revive_vm_linker::Options::default());
    let Ok(linked) = linked else { return false };
    let blob = revive_vm_primitives::Blob::parse(&linked.blob);
    blob.is_ok_and(|blob| blob.exports().any(|export| export.name == b"run"))
}
