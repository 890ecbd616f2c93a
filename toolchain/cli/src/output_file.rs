// SPDX-License-Identifier: Apache-2.0
//! Files that commands write.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
    process,
};

use crate::error::{Error, Result};

/// Refuses to write a file that is read.
pub(crate) fn differs(output: &Path, input: &Path) -> Result<()> {
    match (fs::canonicalize(output), fs::canonicalize(input)) {
        (Ok(written), Ok(read)) if written == read && written.is_file() => {
            let what = format!("{} is what is read, and would be overwritten", output.display());
            Err(Error::new(what).hint("name another file to write"))
        }
        _ => Ok(()),
    }
}

/// Writes a file whole or not at all: what is there stays until everything is written. Pipes and devices are written to as they are, and
/// so is a file in a folder in which no other can be made.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |error: io::Error| Error::new(format!("failed to write {}: {error}", path.display()));
    if path.exists() && !path.is_file() {
        return fs::write(path, bytes).map_err(failed);
    }
    match replace(path, bytes) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => fs::write(path, bytes),
        replaced => replaced,
    }
    .map_err(failed)
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Where a link leads to, so that it stays one.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let mut part = path.clone().into_os_string();
    part.push(format!(".{}.part", process::id()));
    let mut file = File::create_new(&part)?;
    let replaced = file.write_all(bytes).and_then(|()| {
        if let Ok(before) = fs::metadata(&path) {
            file.set_permissions(before.permissions())?;
        }
        fs::rename(&part, &path)
    });
    replaced.inspect_err(|_| {
        // There is nothing more to be said than why it was not written.
        let _ = fs::remove_file(&part);
    })
}
