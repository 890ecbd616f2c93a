// SPDX-License-Identifier: Apache-2.0
//! Why a blob was rejected: always with section, offset and the numbers that did not fit.

use crate::varint::VarintError;
use core::fmt;

/// The input is not an acceptable blob.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// Name of the section, or `header` or `section stream`.
    pub section: &'static str,
    /// Byte in the blob (in the payload, if a section was parsed on its own) at which the problem is.
    pub offset: usize,
    /// What the problem is.
    pub kind: ParseErrorKind,
}

/// What is wrong with a blob. Every variant is one rule of the blob format, sections 1 to 6.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The first four bytes are not `PVM` and a NUL.
    Magic([u8; 4]),
    /// No instruction set has this version byte.
    Version(u8),
    /// The declared length is not the length of the input.
    LengthMismatch {
        /// Length that the header declares, in bytes.
        declared: u64,
        /// Length of the input, in bytes.
        actual: u64,
    },
    /// The bytes end too early.
    Truncated {
        /// What was being read.
        what: &'static str,
        /// Bytes it takes.
        needed: u64,
        /// Bytes there are.
        available: u64,
    },
    /// The first byte of a varint announces more than 32 bits.
    Varint {
        /// What was being read.
        what: &'static str,
        /// The byte.
        first_byte: u8,
    },
    /// A section that is unknown, repeated or out of order.
    UnexpectedSection {
        /// Its id.
        id: u8,
    },
    /// There is no code section, or it is empty.
    NoCode,
    /// The payload goes on behind its last field.
    TrailingBytes {
        /// How many bytes are left.
        count: u64,
    },
    /// A number is above its limit.
    TooLarge {
        /// What it counts.
        what: &'static str,
        /// The number.
        value: u64,
        /// The largest allowed.
        max: u64,
    },
    /// The bitmask does not have one bit per code byte.
    BitmaskLength {
        /// Its length in bytes.
        found: u64,
        /// The length that fits the code, in bytes.
        expected: u64,
    },
    /// A bit of the bitmask behind the end of the code is set.
    BitmaskPadding {
        /// The last byte of the bitmask.
        last_byte: u8,
        /// How many of its bits are in use.
        bits_used: u32,
    },
}

impl ParseErrorKind {
    pub(crate) fn from_varint(what: &'static str, error: VarintError) -> Self {
        match error {
            VarintError::Truncated { needed, available } => {
                Self::Truncated { what, needed: needed as u64, available: available as u64 }
            }
            VarintError::FirstByte(first_byte) => Self::Varint { what, first_byte },
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, offset {}: {}", self.section, self.offset, self.kind)
    }
}

impl fmt::Display for ParseErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Magic([a, b, c, d]) => {
                write!(f, "not a program blob: it starts with {a:02x} {b:02x} {c:02x} {d:02x} instead of 50 56 4d 00")
            }
            Self::Version(byte) => write!(f, "no instruction set has version {byte}, known are 0 to 3"),
            Self::LengthMismatch { declared, actual } => {
                write!(f, "the blob declares a length of {declared} bytes, but has {actual}")
            }
            Self::Truncated { what, needed, available } => {
                write!(f, "{what} takes {needed} bytes, but only {available} are left")
            }
            Self::Varint { what, first_byte } => {
                write!(f, "{what} is not a number of 32 bits: its first byte is {first_byte:#04x}")
            }
            Self::UnexpectedSection { id } => write!(f, "section with id {id} is unknown, repeated or out of order"),
            Self::NoCode => f.write_str("the blob has no code"),
            Self::TrailingBytes { count } => write!(f, "{count} bytes too many at the end of the section"),
            Self::TooLarge { what, value, max } => write!(f, "{what} is {value}, at most {max} are allowed"),
            Self::BitmaskLength { found, expected } => {
                write!(f, "the bitmask has {found} bytes, but the code needs {expected}")
            }
            Self::BitmaskPadding { last_byte, bits_used } => write!(
                f,
                "the last byte of the bitmask is {last_byte:#04x}, but only its lowest {bits_used} bits are in use"
            ),
        }
    }
}

impl core::error::Error for ParseError {}
