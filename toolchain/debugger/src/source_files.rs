// SPDX-License-Identifier: Apache-2.0
//! Lines of source files that debug info names.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    fs::File,
    io::Read,
    path::{Component, Path, PathBuf},
};

/// Longest source file that is read, in bytes. The names come from a blob, which may name anything.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Bytes of all source files that are kept.
const KEPT_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// Names of source files that are kept, with those of files that are not there.
const FILES_MAX: usize = 1 << 16;

/// Longest name of a source file that is looked for, as the kernel has it.
const PATH_BYTES_MAX: usize = 4096;

/// Longest name that is looked for in a folder by its ends.
const PATH_PARTS_MAX: usize = 64;

/// Reads each file once.
#[derive(Debug, Default)]
pub struct SourceFiles {
    /// Where files are looked for that are not where debug info says.
    root: Option<PathBuf>,
    /// The lines of each file; `None` if there is none.
    files: RefCell<HashMap<String, Option<Vec<String>>>>,
    /// Bytes of them.
    kept_bytes: Cell<u64>,
}

impl SourceFiles {
    /// Looks for files in `root` too.
    pub fn new(root: Option<&Path>) -> Self {
        Self { root: root.map(Path::to_path_buf), ..Self::default() }
    }

    /// The text of a line, counted from 1, if the file can be found.
    pub fn line(&self, path: &str, line: u32) -> Option<String> {
        if path.len() > PATH_BYTES_MAX {
            return None;
        }
        let mut files = self.files.borrow_mut();
        if files.len() >= FILES_MAX && !files.contains_key(path) {
            return None;
        }
        let lines = files.entry(path.to_owned()).or_insert_with(|| self.read(path));
        lines.as_ref()?.get(line.checked_sub(1)? as usize).cloned()
    }

    /// Where the file is on this machine, if it is there.
    pub fn find(&self, path: &str) -> Option<PathBuf> {
        if path.len() > PATH_BYTES_MAX {
            return None;
        }
        self.candidates(path).into_iter().find(|path| path.metadata().is_ok_and(|details| details.is_file()))
    }

    fn read(&self, path: &str) -> Option<Vec<String>> {
        let text = self.candidates(path).into_iter().find_map(|path| self.read_file(&path))?;
        Some(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
    }

    fn read_file(&self, path: &Path) -> Option<Vec<u8>> {
        // Not to be opened before it is known to be a file: opening a pipe waits.
        let details = path.metadata().ok()?;
        // Files that the kernel makes up have no size; some of them never end, and reading others waits.
        let is_source = details.is_file() && (1..=FILE_BYTES_MAX).contains(&details.len());
        let kept = self.kept_bytes.get().saturating_add(details.len());
        if !is_source || kept > KEPT_BYTES_MAX {
            return None;
        }
        let mut text = Vec::new();
        File::open(path).ok()?.take(FILE_BYTES_MAX).read_to_end(&mut text).ok()?;
        self.kept_bytes.set(kept);
        Some(text)
    }

    /// Where the file may be: where debug info says, `~` being the home folder, then under the root, with ever shorter
    /// ends of its path.
    fn candidates(&self, path: &str) -> Vec<PathBuf> {
        let mut candidates = Vec::new();
        match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
            (Some(rest), Some(home)) => candidates.push(Path::new(&home).join(rest)),
            _ => candidates.push(PathBuf::from(path)),
        }
        if let Some(root) = &self.root {
            let parts: Vec<_> = Path::new(path)
                .components()
                .filter_map(|part| match part {
                    Component::Normal(part) if part != "~" => Some(part),
                    _ => None,
                })
                .collect();
            let first = parts.len().saturating_sub(PATH_PARTS_MAX);
            candidates.extend(
                (first..parts.len()).map(|skipped| root.join(parts[skipped..].iter().collect::<PathBuf>())),
            );
        }
        candidates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// That of this crate.
    fn folder() -> PathBuf {
        std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for tests").into()
    }

    #[test]
    fn lines_are_found_where_they_are_said_to_be_or_under_the_root() {
        let folder = folder();
        let here = folder.join("src/source_files.rs");
        let first = "// SPDX-License-Identifier: Apache-2.0";
        let files = SourceFiles::default();
        assert_eq!(files.line(here.to_str().unwrap(), 1).as_deref(), Some(first));
        assert_eq!(files.line(here.to_str().unwrap(), 0), None);
        assert_eq!(files.line(here.to_str().unwrap(), u32::MAX), None);
        assert_eq!(files.line("/nowhere/debugger/src/source_files.rs", 1), None);
        assert_eq!(files.line("/dev/zero", 1), None);
        assert_eq!(files.find("/dev/zero"), None);
        assert_eq!(files.find(here.to_str().unwrap()), Some(here.clone()));
        // One of these waits for messages of the kernel, the other one has a word for every page of the address space.
        assert_eq!(files.line("/proc/kmsg", 1), None);
        assert_eq!(files.line("/proc/self/pagemap", 1), None);
        let files = SourceFiles::new(Some(&folder));
        assert_eq!(files.line("/nowhere/debugger/src/source_files.rs", 1).as_deref(), Some(first));
        assert_eq!(files.find("/nowhere/debugger/src/source_files.rs"), Some(here));
    }

    #[test]
    fn long_paths_are_not_looked_for() {
        let files = SourceFiles::new(Some(Path::new("/")));
        assert_eq!(files.candidates(&"a/".repeat(1000)).len(), 1 + PATH_PARTS_MAX);
        assert_eq!(files.line(&"a/".repeat(PATH_BYTES_MAX), 1), None);
        assert!(files.files.borrow().is_empty());
    }

    #[test]
    fn what_is_kept_of_files_is_bounded() {
        let folder = folder();
        let files = SourceFiles::new(None);
        files.kept_bytes.set(KEPT_BYTES_MAX - 1000);
        assert_eq!(files.line(folder.join("src/source_files.rs").to_str().unwrap(), 1), None);
        files.kept_bytes.set(0);
        assert!(files.line(folder.join("src/lib.rs").to_str().unwrap(), 1).is_some());
        assert_eq!(files.kept_bytes.get(), folder.join("src/lib.rs").metadata().unwrap().len());
    }
}
