// SPDX-License-Identifier: Apache-2.0
//! The folder of guests: files `NAME@SETTING.elf`, and `NAME.native` with what a program returned natively.

use std::{collections::BTreeMap, fs, path::Path};

/// A guest.
pub(crate) struct Guest {
    pub(crate) name: String,
    pub(crate) elf: Vec<u8>,
    /// What `run` with so many units of work returned natively, if the folder says so.
    pub(crate) native: Option<(u64, u64)>,
}

/// All guests that one setting made.
pub(crate) struct Setting {
    pub(crate) name: String,
    /// In order of their names.
    pub(crate) guests: Vec<Guest>,
}

/// Reads all of a folder, in order of the settings' names.
pub(crate) fn read(folder: &Path) -> Result<Vec<Setting>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "elf"));
    paths.sort();
    let mut settings = BTreeMap::<String, Vec<Guest>>::new();
    for path in paths {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let (name, setting) =
            stem.split_once('@').ok_or_else(|| format!("{}: not NAME@SETTING.elf", path.display()))?;
        let elf = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let native = native(&folder.join(format!("{name}.native")))?;
        settings.entry(setting.to_owned()).or_default().push(Guest { name: name.to_owned(), elf, native });
    }
    if settings.is_empty() {
        return Err(format!("{}: there is no file NAME@SETTING.elf", folder.display()));
    }
    Ok(settings.into_iter().map(|(name, guests)| Setting { name, guests }).collect())
}

/// Units of work and the result in hexadecimal digits, separated by a space; none if there is no such file.
fn native(path: &Path) -> Result<Option<(u64, u64)>, String> {
    let Ok(text) = fs::read_to_string(path) else { return Ok(None) };
    let parsed = text.trim().split_once(' ').and_then(|(units, result)| {
        Some((units.parse().ok()?, u64::from_str_radix(result.trim(), 16).ok()?))
    });
    parsed.map(Some).ok_or_else(|| format!("{}: `{}` is no result", path.display(), text.trim()))
}
