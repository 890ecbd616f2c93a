// SPDX-License-Identifier: Apache-2.0
//! Messages in a stream: a header that says how long one is, an empty line, and that many bytes of JSON.

use std::io::{self, BufRead, Read, Write};

use serde_json::Value;

/// Longest message that is taken, in bytes. Clients send a few kilobytes.
const MESSAGE_BYTES_MAX: usize = 4 << 20;

/// Longest line of a header, in bytes.
const HEADER_LINE_BYTES_MAX: u64 = 1024;

/// Most lines of a header. The specification knows of one.
const HEADER_LINES_MAX: usize = 16;

fn broken(text: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text.into())
}

/// The next message; `None` where the input ends between two.
pub(super) fn read(input: &mut impl BufRead) -> io::Result<Option<Value>> {
    let Some(bytes) = read_header(input)? else { return Ok(None) };
    let mut message = vec![0; bytes];
    input.read_exact(&mut message).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => broken(format!("the input ends within a message of {bytes} bytes")),
        _ => error,
    })?;
    serde_json::from_slice(&message)
        .map(Some)
        .map_err(|error| broken(format!("a message is no JSON: {error}")))
}

/// How long the next message is.
fn read_header(input: &mut impl BufRead) -> io::Result<Option<usize>> {
    let mut bytes = None;
    for number in 0..HEADER_LINES_MAX {
        let mut line = Vec::new();
        input.take(HEADER_LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
        if line.is_empty() && number == 0 {
            return Ok(None);
        }
        if line.pop() != Some(b'\n') {
            return Err(broken(if line.len() as u64 + 1 >= HEADER_LINE_BYTES_MAX {
                format!("a line of a header has more than {HEADER_LINE_BYTES_MAX} bytes, which is the limit")
            } else {
                "the input ends within a header".into()
            }));
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches('\r');
        if line.is_empty() {
            return match bytes {
                Some(bytes) => Ok(Some(bytes)),
                None => Err(broken("a header has no `Content-Length`")),
            };
        }
        let Some((name, value)) = line.split_once(':') else {
            return Err(broken(format!("`{}` is no line of a header: `Name: value`", line.escape_debug())));
        };
        if name.eq_ignore_ascii_case("Content-Length") {
            bytes = Some(content_length(value.trim())?);
        }
    }
    Err(broken(format!("a header has more than {HEADER_LINES_MAX} lines, which is the limit")))
}

fn content_length(value: &str) -> io::Result<usize> {
    let bytes: usize = value
        .parse()
        .map_err(|error| broken(format!("`Content-Length: {}`: {error}", value.escape_debug())))?;
    if bytes > MESSAGE_BYTES_MAX {
        return Err(broken(format!(
            "a message of {bytes} bytes is announced; the limit is {MESSAGE_BYTES_MAX}"
        )));
    }
    Ok(bytes)
}

/// Writes a message, and has it sent.
pub(super) fn write(output: &mut impl Write, message: &Value) -> io::Result<()> {
    let text = message.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn error(input: &[u8]) -> String {
        let error = read(&mut &*input).expect_err("it is broken");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        error.to_string()
    }

    #[test]
    fn messages_come_back_as_they_were_written() {
        let mut stream = Vec::new();
        let messages = [json!({ "text": "wörter\r\n\r\n" }), json!({}), json!([1])];
        messages.iter().for_each(|message| write(&mut stream, message).unwrap());
        let mut input = &stream[..];
        messages.iter().for_each(|message| assert_eq!(read(&mut input).unwrap().as_ref(), Some(message)));
        assert_eq!(read(&mut input).unwrap(), None);
    }

    #[test]
    fn other_lines_of_a_header_are_passed_and_names_are_of_either_case() {
        let mut input = &b"Content-Type: any\r\ncontent-length:2\n\r\n{}rest"[..];
        assert_eq!(read(&mut input).unwrap(), Some(json!({})));
        assert_eq!(input, b"rest");
    }

    #[test]
    fn what_is_broken_is_said() {
        assert_eq!(error(b"Content-Length: 5\r\n\r\n{}"), "the input ends within a message of 5 bytes");
        assert_eq!(error(b"Content-Length: 5"), "the input ends within a header");
        assert_eq!(error(b"Content-Length: 5\r\n"), "the input ends within a header");
        assert_eq!(error(b"\r\n{}"), "a header has no `Content-Length`");
        assert_eq!(error(b"{}\r\n\r\n"), "`{}` is no line of a header: `Name: value`");
        assert_eq!(
            error(b"Content-Length: -1\r\n\r\n"),
            "`Content-Length: -1`: invalid digit found in string"
        );
        let text = error(b"Content-Length: 4194305\r\n\r\n");
        assert_eq!(text, "a message of 4194305 bytes is announced; the limit is 4194304");
        assert!(error(b"Content-Length: 99999999999999999999\r\n\r\n").contains("too large"));
        assert!(error(b"Content-Length: 1\r\n\r\n{").starts_with("a message is no JSON: "));
        assert!(error(&[b'a'; 5000]).starts_with("a line of a header has more than 1024 bytes"));
        assert!(error(&b"a:\n".repeat(50)).starts_with("a header has more than 16 lines"));
    }

    #[test]
    fn nesting_that_is_too_deep_is_no_overflow() {
        let nested = "[".repeat(1 << 20);
        let text = error(format!("Content-Length: {}\r\n\r\n{nested}", nested.len()).as_bytes());
        assert!(text.contains("recursion limit"), "{text}");
    }
}
