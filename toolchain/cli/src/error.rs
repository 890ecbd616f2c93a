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
    text
}

/// The innermost cause of an error, for errors whose outer layers only repeat it.
pub(crate) fn root_of(error: &dyn std::error::Error) -> String {
    let mut root = error;
    while let Some(cause) = root.source() {
        root = cause;
    }
    // Layers that do not tell their source have put its text behind their own.
    let text = root.to_string();
    text.rsplit("error: ").next().unwrap_or(&text).to_string()
}
