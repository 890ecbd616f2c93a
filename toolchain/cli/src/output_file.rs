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
    let written = match fs::canonicalize(path) {
        Ok(path) if path.is_file() => replace(&path, bytes),
        // A link that leads nowhere, or to where no name leads, as those of descriptors may.
        Err(_) if fs::symlink_metadata(path).is_ok() => fs::write(path, bytes),
        Err(_) => replace(path, bytes),
        Ok(_) => fs::write(path, bytes),
    };
    written.map_err(|error| Error::new(format!("failed to write {}: {error}", path.display())))
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = path.with_file_name(format!(".{}.part", process::id()));
    let made = File::create_new(&part).or_else(|error| match error.kind() {
        // Left by a process that had the same number.
        io::ErrorKind::AlreadyExists => fs::remove_file(&part).and_then(|()| File::create_new(&part)),
        _ => Err(error),
    });
    let Ok(mut file) = made else { return fs::write(path, bytes) };
    let replaced = file.write_all(bytes).and_then(|()| {
        if let Ok(before) = fs::metadata(path) {
            file.set_permissions(before.permissions())?;
        }
        fs::rename(&part, path)
    });
    replaced.inspect_err(|_| {
        // There is nothing more to be said than why it was not written.
        let _ = fs::remove_file(&part);
    })
}
