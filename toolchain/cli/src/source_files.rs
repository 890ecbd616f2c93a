// SPDX-License-Identifier: Apache-2.0
//! Lines of source files that debug info names.

use std::{
    cell::RefCell,
    collections::HashMap,
    fs,
    path::{Component, Path, PathBuf},
};

/// Longest source file that is read, in bytes. The names come from a blob, which may name anything.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// Reads each file once.
#[derive(Debug, Default)]
pub(crate) struct SourceFiles {
    /// Where files are looked for that are not where debug info says.
    root: Option<PathBuf>,
    /// The lines of each file; `None` if there is none.
    files: RefCell<HashMap<String, Option<Vec<String>>>>,
}

impl SourceFiles {
    /// Looks for files in `root` too.
    pub(crate) fn new(root: Option<&Path>) -> Self {
        Self { root: root.map(Path::to_path_buf), ..Self::default() }
    }

    /// The text of a line, counted from 1, if the file can be found.
    pub(crate) fn line(&self, path: &str, line: u32) -> Option<String> {
        let mut files = self.files.borrow_mut();
        let lines = files.entry(path.to_owned()).or_insert_with(|| self.read(path));
        lines.as_ref()?.get(line.checked_sub(1)? as usize).cloned()
    }

    fn read(&self, path: &str) -> Option<Vec<String>> {
        let text = self.candidates(path).into_iter().find_map(|path| {
            let details = fs::metadata(&path).ok()?;
            (details.is_file() && details.len() <= FILE_BYTES_MAX).then_some(())?;
            fs::read(&path).ok()
        })?;
        Some(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
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
            candidates.extend(
                (0..parts.len()).map(|skipped| root.join(parts[skipped..].iter().collect::<PathBuf>())),
            );
        }
        candidates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_where_they_are_said_to_be_or_under_the_root() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/source_files.rs");
        let first = "// SPDX-License-Identifier: Apache-2.0";
        let files = SourceFiles::default();
        assert_eq!(files.line(here.to_str().unwrap(), 1).as_deref(), Some(first));
        assert_eq!(files.line(here.to_str().unwrap(), 0), None);
        assert_eq!(files.line(here.to_str().unwrap(), u32::MAX), None);
        assert_eq!(files.line("/nowhere/cli/src/source_files.rs", 1), None);
        assert_eq!(files.line("/dev/zero", 1), None);
        let files = SourceFiles::new(Some(Path::new(env!("CARGO_MANIFEST_DIR"))));
        assert_eq!(files.line("/nowhere/cli/src/source_files.rs", 1).as_deref(), Some(first));
    }
}
