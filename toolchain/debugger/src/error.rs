// SPDX-License-Identifier: Apache-2.0
//! Why a session cannot go on. What programs do in it, traps among that, is none of these.

use std::fmt;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DebugError {
    /// A frame cannot be run: its blob is damaged, it has no such export, there are no frames.
    Rejected {
        /// The program, or what is wrong as a whole.
        what: String,
        /// Why.
        reason: String,
    },
    /// The program does something else than what was recorded: it is another program, or another virtual machine.
    Differs {
        /// The frame.
        frame: String,
        /// What it did, and what was recorded.
        reason: String,
    },
    /// This machine cannot run it now.
    Trouble(String),
}

impl fmt::Display for DebugError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected { what, reason } => write!(f, "{what} cannot be run: {reason}"),
            Self::Differs { frame, reason } => write!(f, "{frame} does not do what was recorded: {reason}"),
            Self::Trouble(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for DebugError {}
