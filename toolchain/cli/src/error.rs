// SPDX-License-Identifier: Apache-2.0
//! What a command ends with: an exit code, and for errors one line that says what is wrong and one that says what
//! to do about it.

use std::fmt;

/// How a command that did its job ended; becomes the exit code of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All went well. Exit code 0.
    Success,
    /// The command did its job, but the contract reverted, trapped, ran out of gas or was refused by the chain.
    /// Exit code 3, with the full result on standard output.
    ContractFailed,
}

impl Outcome {
    /// The exit code that scripts see.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::ContractFailed => 3,
        }
    }
}

/// A command could not do its job: rejected input, an unreachable node and the like. Exit code 1, or 2 where the
/// arguments themselves are at fault.
#[derive(Debug)]
pub(crate) struct Error {
    message: String,
    hint: Option<String>,
    usage: bool,
}

/// Result of everything that can end a command early.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error without advice. `message` is a clause: what failed, where, and why.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, usage: false }
    }

    /// The arguments contradict each other in a way that the argument parser cannot see.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, usage: true }
    }

    /// Adds what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The advice, if there is any.
    pub(crate) fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// 1, or 2 for wrong usage.
    pub(crate) fn exit_code(&self) -> u8 {
        if self.usage {
            2
        } else {
            1
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The causes of an error in one line, from the outermost to the innermost. Libraries often put the interesting
/// part last and repeat it in the outer ones.
pub(crate) fn chain_of(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    one_line(&text)
}

/// Characters of a message of somebody else that are shown.
const MESSAGE_CHARS_MAX: usize = 2000;

/// A message of a library or a node in one line, of which there is no more than anybody would read.
pub(crate) fn one_line(text: &str) -> String {
    let line =
        text.split(['\n', '\r']).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MESSAGE_CHARS_MAX) {
        Some((end, _)) => format!("{}… ({} bytes in all)", &line[..end], text.len()),
        None => line,
    }
}

/// The innermost cause of an error, for errors whose outer layers only repeat it.
pub(crate) fn root_of(error: &dyn std::error::Error) -> String {
    let mut root = error;
    while let Some(cause) = root.source() {
        root = cause;
    }
    // Layers that do not tell their source have put its text behind their own.
    let text = root.to_string();
    one_line(text.rsplit("error: ").next().unwrap_or(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_others_are_a_line_of_bounded_length() {
        assert_eq!(
            one_line("could not decode `A`:\n\tcould not decode `B`:\r\n\t\tno data\n\n"),
            "could not decode `A`: could not decode `B`: no data"
        );
        let long = one_line(&"\u{e4}".repeat(5_000_000));
        assert!(long.chars().count() < MESSAGE_CHARS_MAX + 50 && long.ends_with("… (10000000 bytes in all)"));
    }
}
