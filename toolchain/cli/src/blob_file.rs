// SPDX-License-Identifier: Apache-2.0
//! Reading blobs from files, with advice for files that are something else.

use std::path::Path;

use revive_vm_primitives::Blob;

use crate::{
    error::{Error, Result},
    input_file,
};

/// No blob that any chain or tool takes is larger, so a larger file is a mistake.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Reads a file whole.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| {
        let failed = Error::new(format!("failed to read {}: {error}", path.display()));
        match error.kind() {
            std::io::ErrorKind::NotFound => {
                failed.hint("`cargo xtask contracts` builds the example contracts")
            }
            _ => failed,
        }
    };
    input_file::read(path, FILE_BYTES_MAX, "blobs have at most").map_err(failed)
}

/// Parses a blob that came from `path`.
pub(crate) fn parse<'a>(path: &Path, bytes: &'a [u8]) -> Result<Blob<'a>> {
    Blob::parse(bytes).map_err(|error| {
        let failed = Error::new(format!("failed to parse {}: {error}", path.display()));
        match advice(bytes) {
            Some(advice) => failed.hint(advice),
            None => failed,
        }
    })
}

/// What a file that is no blob seems to be, and what to do with it.
fn advice(bytes: &[u8]) -> Option<&'static str> {
    let is_hex = |bytes: &[u8]| !bytes.is_empty() && bytes.iter().all(u8::is_ascii_hexdigit);
    match bytes {
        [0x7f, b'E', b'L', b'F', ..] => Some("this is an ELF file; `revive-vm link` turns it into a blob"),
        [0x00, b'a', b's', b'm', ..] => {
            Some("this is WebAssembly; contracts are RISC-V programs in `.polkavm` blobs")
        }
        [b'{' | b'[', ..] => Some("this is JSON; blobs are binary files, often named `.polkavm`"),
        [b'P', b'V', b'M', 0, ..] => None,
        [b'0', b'x', rest @ ..] if is_hex(rest.trim_ascii_end()) => {
            Some("this is hexadecimal text; turn it into a binary file first, for example with `xxd -r -p`")
        }
        _ if is_hex(bytes.trim_ascii_end()) => {
            Some("this is hexadecimal text; turn it into a binary file first, for example with `xxd -r -p`")
        }
        _ => Some("blobs start with the bytes 50 56 4d 00 and are often named `.polkavm`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_are_recognised() {
        for (bytes, expected) in [
            (&b"\x7fELF\x02\x01"[..], "ELF"),
            (b"\0asm\x01\0\0\0", "WebAssembly"),
            (b"{\"abi\":[]}", "JSON"),
            (b"0x50564d00\n", "hexadecimal"),
            (b"50564d00", "hexadecimal"),
            (b"", "50 56 4d 00"),
        ] {
            let error = parse(Path::new("file"), bytes).err().unwrap();
            assert!(error.advice().unwrap().contains(expected), "{bytes:?}: {:?}", error.advice());
        }
    }
}
