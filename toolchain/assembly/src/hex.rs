// SPDX-License-Identifier: Apache-2.0
//! Bytes as hexadecimal digits.

use std::fmt::Write as _;

use crate::error::{Parsed, Problem};

/// Reads pairs of digits with blanks between them. `at` is where `text` starts in its line.
pub(crate) fn read(at: usize, text: &str) -> Parsed<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut high = None;
    for (index, c) in text.char_indices() {
        let wrong = || Problem::expected(at + index, "pairs of hexadecimal digits", &text[index..]);
        match (c.to_digit(16), high) {
            (Some(digit), None) => high = Some(digit),
            // Two digits make a byte.
            (Some(digit), Some(first)) => {
                bytes.push((first << 4 | digit) as u8);
                high = None;
            }
            (None, None) if c.is_whitespace() => {}
            _ => return Err(wrong()),
        }
    }
    match high {
        None => Ok(bytes),
        Some(_) => Err(Problem::expected(at + text.len(), "a second hexadecimal digit", "")),
    }
}

/// The bytes as pairs of digits with a blank between two.
pub(crate) fn write(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 3);
    for (index, byte) in bytes.iter().enumerate() {
        let separator = if index == 0 { "" } else { " " };
        let _ = write!(out, "{separator}{byte:02x}");
    }
    out
}
