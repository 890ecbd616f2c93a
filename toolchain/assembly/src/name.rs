// SPDX-License-Identifier: Apache-2.0
//! Names of imports and exports in quotes: any bytes, as text where they are text.

use std::fmt::Write as _;

use revive_vm_primitives::debug_info::is_invisible;

use crate::error::{Parsed, Problem};

/// The name in quotes. Bytes that are no printable text are written `\xNN`.
pub(crate) fn quoted(name: &[u8]) -> String {
    let mut out = String::from("'");
    for chunk in name.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\'' | '\\' => out.extend(['\\', c]),
                // Characters that hide or reorder the text around them would make a listing lie.
                _ if c.is_control() || is_invisible(c) => {
                    let mut bytes = [0; 4];
                    write_bytes(c.encode_utf8(&mut bytes).as_bytes(), &mut out);
                }
                _ => out.push(c),
            }
        }
        write_bytes(chunk.invalid(), &mut out);
    }
    out.push('\'');
    out
}

/// Bytes of a name that comments show. Every call of an import has one, and all of them may be nearly as long as the blob.
const SHOWN_BYTES_MAX: usize = 256;

/// What of a name comments show, and whether that is not all.
pub(crate) fn shortened(name: &[u8]) -> (&[u8], bool) {
    match name.get(..SHOWN_BYTES_MAX) {
        Some(head) if name.len() > SHOWN_BYTES_MAX => (head, true),
        _ => (name, false),
    }
}

/// The name in quotes, or its beginning and an ellipsis.
pub(crate) fn quoted_shortened(name: &[u8]) -> String {
    let (name, is_cut) = shortened(name);
    format!("{}{}", quoted(name), if is_cut { "…" } else { "" })
}

fn write_bytes(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        let _ = write!(out, "\\x{byte:02x}");
    }
}

/// Reads the quoted name at the start of `text`: its bytes, and its length in the text.
pub(crate) fn read_quoted(text: &str) -> Parsed<(Vec<u8>, usize)> {
    let mut name = Vec::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\'' => return Ok((name, at + 1)),
            '\\' => match chars.next() {
                Some((_, c @ ('\'' | '\\'))) => name.push(c as u8),
                Some((_, 'x')) => {
                    let digits = text.get(at + 2..at + 4).unwrap_or_default();
                    let byte = u8::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'));
                    let Some(byte) = byte else {
                        return Err(Problem::expected(at + 2, "two hexadecimal digits behind `\\x`", digits));
                    };
                    chars.next();
                    chars.next();
                    name.push(byte);
                }
                _ => {
                    let found = text.get(at..).unwrap_or_default();
                    return Err(Problem::expected(at, "`\\'`, `\\\\` or `\\x` and two digits", found));
                }
            },
            _ => name.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Err(Problem::expected(text.len(), "`'` at the end of the name", ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_come_back() {
        let all: Vec<u8> = (0..=255).collect();
        for name in [&b""[..], b"transfer", b"it's \\ me", "größe\u{202e}".as_bytes(), &all] {
            let text = quoted(name);
            assert_eq!(read_quoted(&text), Ok((name.to_vec(), text.len())), "{text}");
            assert!(!text.chars().any(|c| c.is_control()), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, at) in [("'abc", 4), ("'\\q'", 1), ("'\\x4", 3), ("'\\x+4'", 3), ("'\\", 1)] {
            assert_eq!(read_quoted(text).unwrap_err().at, at, "{text}");
        }
    }
}
