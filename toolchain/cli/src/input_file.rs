// SPDX-License-Identifier: Apache-2.0
//! Files that commands read.

use std::{
    fmt::Display,
    fs::File,
    io::{self, Read},
    path::Path,
};

/// Reads a file whole, if it has at most so many bytes; `whose` limit that is, in words such as "blobs have at most".
///
/// # Errors
/// It cannot be read, or has more. Pipes and devices do not say how many they have, and some never end.
pub(crate) fn read(path: &Path, bytes_max: u64, whose: &str) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let details = file.metadata()?;
    if details.is_file() && details.len() > bytes_max {
        return Err(refused(details.len(), bytes_max, whose));
    }
    from(file, bytes_max, whose)
}

/// The same of standard input.
pub(crate) fn read_stdin(bytes_max: u64, whose: &str) -> io::Result<Vec<u8>> {
    from(io::stdin().lock(), bytes_max, whose)
}

fn from(input: impl Read, bytes_max: u64, whose: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > bytes_max {
        true => Err(refused(format_args!("more than {bytes_max}"), bytes_max, whose)),
        false => Ok(bytes),
    }
}

fn refused(found: impl Display, bytes_max: u64, whose: &str) -> io::Error {
    io::Error::other(format!("it has {found} bytes, {whose} {bytes_max}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_read_than_may_be_there() {
        let error = |path: &str| read(Path::new(path), 1000, "these have at most").unwrap_err().to_string();
        assert_eq!(error("/dev/zero"), "it has more than 1000 bytes, these have at most 1000");
        let program = std::env::current_exe().unwrap();
        let error = error(program.to_str().unwrap());
        let bytes = program.metadata().unwrap().len();
        assert_eq!(error, format!("it has {bytes} bytes, these have at most 1000"));
        assert_eq!(read(&program, bytes, "").unwrap().len() as u64, bytes);
        assert!(read(Path::new("/dev/null"), 0, "").unwrap().is_empty());
    }
}
