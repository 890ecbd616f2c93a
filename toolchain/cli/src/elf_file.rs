// SPDX-License-Identifier: Apache-2.0
//! Reading ELF files of guests, and the ABI that contracts carry in them.

use std::path::Path;

use revive_vm_linker::{abi_entries, abi_file, LinkError, ABI_SECTION};
use serde_json::Value;

use crate::{
    abi::Abi,
    error::{Error, Result},
    input_file,
};

/// No compiler makes a larger file for a program that fits a blob.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// Reads a file whole.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| Error::new(format!("failed to read {}: {error}", path.display()));
    input_file::read(path, FILE_BYTES_MAX, "what can be linked has at most").map_err(failed)
}

/// What the linker refuses in a file.
pub(crate) fn not_linked(path: &Path, error: &LinkError) -> Error {
    let failed = Error::new(format!("failed to link {}: {error}", path.display()));
    match error.advice() {
        Some(advice) => failed.hint(advice),
        None => failed,
    }
}

/// The ABI that a file carries, as entries of an ABI file; none if it carries none. What no command could read is refused.
pub(crate) fn abi(path: &Path, elf: &[u8]) -> Result<Option<Vec<String>>> {
    let entries = abi_entries(elf).map_err(|error| not_linked(path, &error))?;
    let unusable = |why: String| {
        let what = format!("failed to read the ABI in {}, section {ABI_SECTION}: {why}", path.display());
        Error::new(what).hint("the guest library writes it: use that of this release")
    };
    for entry in &entries {
        serde_json::from_str::<Value>(entry)
            .map_err(|error| unusable(format!("`{}`: {error}", entry.escape_debug())))?;
    }
    Abi::check(&abi_file(&entries)).map_err(unusable)?;
    Ok(Some(entries).filter(|entries| !entries.is_empty()))
}
