// SPDX-License-Identifier: Apache-2.0
//! Output: aligned lines and tables for people, one JSON document for scripts.

use std::fmt::{self, Write as _};
use std::io::{self, Write as _};

use revive_vm_primitives::debug_info::is_invisible;
use serde::Serialize;

use crate::error::{Error, Result};

/// Prints to standard output. A reader that went away (`| head`) ends the program quietly, as users expect of a
/// command-line tool; everything else that can go wrong there is an error.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Error::new(format!("failed to write to standard output: {error}"))),
    }
}

/// Prints a line to standard error, if there is somebody to read it. The standard library's macro would panic without.
pub(crate) fn tell(line: fmt::Arguments<'_>) {
    let lines: Vec<_> = line.to_string().split('\n').map(harmless).collect();
    let _ = writeln!(io::stderr().lock(), "{}", lines.join("\n"));
}

/// A text from a node or a contract so that it cannot steer a terminal, or pretend to be another line.
pub(crate) fn harmless(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() && c != '\t' || is_invisible(c) => harmless.extend(c.escape_default()),
            c => harmless.push(c),
        }
    }
    harmless
}

/// Characters of a source line that are shown.
const SOURCE_LINE_CHARS_MAX: usize = 512;

/// A line of a source file that a blob names, so that it cannot steer a terminal, with this in place of tabs.
pub(crate) fn source_line(text: &str, tab: &str) -> String {
    let text: String = text.chars().take(SOURCE_LINE_CHARS_MAX).collect();
    let text = text.replace('\t', tab).replace(|c: char| c.is_control() || is_invisible(c), " ");
    text.trim_end().into()
}

/// Prints `value` as one JSON document.
pub(crate) fn print_json(value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|error| Error::new(format!("failed to write the result as JSON: {error}")))?;
    text.push('\n');
    print(&text)
}

/// `1234567` as `1,234,567`.
pub(crate) fn grouped(number: impl Into<u128>) -> String {
    group_digits(&number.into().to_string())
}

/// Puts a comma between each group of three digits of a decimal number, which may have a sign.
pub(crate) fn group_digits(number: &str) -> String {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", number),
    };
    let mut text = String::from(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes as `0x…`.
pub(crate) fn hex(bytes: impl AsRef<[u8]>) -> String {
    alloy_primitives::hex::encode_prefixed(bytes)
}

/// A name from a blob: as text if it is UTF-8, else as `0x…`.
pub(crate) fn name(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.chars().flat_map(|c| c.escape_debug()).collect(),
        Err(_) => hex(bytes),
    }
}

/// Bytes of an imported symbol that are shown.
const SYMBOL_BYTES_MAX: usize = 1024;

/// A symbol that a blob imports: as [`name`], but not all of a long one, since all of them can be nearly as long as the blob.
pub(crate) fn symbol(bytes: &[u8]) -> String {
    match bytes.get(..SYMBOL_BYTES_MAX) {
        Some(head) if bytes.len() > SYMBOL_BYTES_MAX => {
            // A character that is cut off is not shown.
            let cut = std::str::from_utf8(head).err().filter(|error| error.error_len().is_none());
            format!("{}…", name(cut.and_then(|cut| head.get(..cut.valid_up_to())).unwrap_or(head)))
        }
        _ => name(bytes),
    }
}

/// A Keccak-256 hash.
pub(crate) fn keccak_256(bytes: &[u8]) -> [u8; 32] {
    alloy_primitives::keccak256(bytes).0
}

/// Where a column's text stands.
#[derive(Clone, Copy)]
pub(crate) enum Align {
    /// At the left edge.
    Left,
    /// At the right edge, for numbers.
    Right,
}

/// A list of labelled values, printed with the values below each other.
#[derive(Default)]
pub(crate) struct Lines(Vec<(String, String)>);

impl Lines {
    /// Adds a line.
    pub(crate) fn add(&mut self, label: impl Into<String>, value: impl Into<String>) -> &mut Self {
        self.0.push((label.into(), value.into()));
        self
    }

    /// The text, one line each, indented by `indent` blanks.
    pub(crate) fn render(&self, indent: usize) -> String {
        let width = self.0.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
        let mut text = String::new();
        for (label, value) in &self.0 {
            let line = format!("{:indent$}{label:width$}  {}", "", harmless(value));
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// A table, indented by two blanks, with its columns as wide as their contents.
pub(crate) fn table<const N: usize>(header: [&str; N], align: [Align; N], rows: &[[String; N]]) -> String {
    let mut widths = header.map(|title| title.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    let mut line = |cells: [&str; N]| {
        let mut out = String::from(" ");
        for ((cell, width), align) in cells.iter().zip(widths).zip(align) {
            let _ = match align {
                Align::Left => write!(out, " {cell:<width$} "),
                Align::Right => write!(out, " {cell:>width$} "),
            };
        }
        text.push_str(out.trim_end());
        text.push('\n');
    };
    line(header);
    for row in rows {
        line(row.each_ref().map(String::as_str));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_from_the_right() {
        assert_eq!(grouped(0u32), "0");
        assert_eq!(grouped(999u32), "999");
        assert_eq!(grouped(1000u32), "1,000");
        assert_eq!(grouped(12_345_678u64), "12,345,678");
        assert_eq!(group_digits("-1234567"), "-1,234,567");
    }

    #[test]
    fn names_from_blobs_cannot_steer_the_terminal() {
        assert_eq!(name(b"call"), "call");
        assert_eq!(name(b"a\x1b[31m"), "a\\u{1b}[31m");
        assert_eq!(name(&[0xff, 0x00]), "0xff00");
    }

    #[test]
    fn values_cannot_steer_the_terminal() {
        let mut lines = Lines::default();
        lines.add("reason", "caf\u{e9} \"x\"\x1b[2J\u{9b}1m\nresult  success");
        let expected = "reason  caf\u{e9} \"x\"\\u{1b}[2J\\u{9b}1m\\nresult  success\n";
        assert_eq!(lines.render(0), expected);
    }

    #[test]
    fn columns_are_as_wide_as_their_contents() {
        let rows = [["a".to_string(), "1".to_string()], ["long".to_string(), "1,000".to_string()]];
        let text = table(["name", "bytes"], [Align::Left, Align::Right], &rows);
        assert_eq!(text, "  name  bytes\n  a         1\n  long  1,000\n");
    }
}
