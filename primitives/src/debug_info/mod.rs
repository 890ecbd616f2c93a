// SPDX-License-Identifier: Apache-2.0
//! Where code comes from in the source: the three debug sections (blob format, section 8).
//!
//! Ranges say which line program covers a code offset; running that program yields regions of code, each with a stack of
//! up to 16 frames. [`positions`] makes functions and lines of them, [`SourceMap`] remembers those of many code offsets.
//! Nothing is checked before it is read, and nothing of it influences execution.

mod position;
mod program;
mod source_map;
mod writer;

pub use position::{is_invisible, positions, Position, Trail};
pub use program::{LineProgram, RawFrame, Region, FRAMES_MAX};
pub use source_map::SourceMap;
pub use writer::{DebugInfoBuilder, DebugSections, SourceRegion};

use crate::{
    blob::{section_id, section_name},
    varint::{self, VarintError},
};
use alloc::vec::Vec;
use core::fmt;

/// The version of the line programs, their first byte.
pub const LINE_PROGRAMS_VERSION: u8 = 1;

/// Length of a record of the ranges section in bytes.
const RANGE_BYTES: usize = 12;

/// Most bytes of a text that a [`Frame`] has; the rest of a longer one is left out. All frames of a program can have the same text,
/// nearly as long as the blob.
pub const FRAME_TEXT_BYTES_MAX: usize = 1024;

/// The debug sections of a blob; each may be empty.
#[derive(Clone, Copy, Default, Debug)]
pub struct DebugInfo<'a> {
    strings: &'a [u8],
    line_programs: &'a [u8],
    ranges: &'a [u8],
}

/// A stretch of code and the line program that describes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProgramRange {
    /// First code offset.
    pub begin: u32,
    /// Code offset behind the last.
    pub end: u32,
    /// Where the program starts in the line programs section.
    pub program: u32,
}

/// What a source position stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub enum FrameKind {
    /// A function is entered.
    Enter,
    /// A function is called.
    Call,
    /// A line of source.
    #[default]
    Line,
}

/// A position in the source.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Frame<'a> {
    /// What the position stands for.
    pub kind: FrameKind,
    /// Namespace of the function; may be empty.
    pub namespace: &'a str,
    /// Name of the function; may be empty.
    pub function: &'a str,
    /// Source file; may be empty.
    pub path: &'a str,
    /// Line from 1, or 0 if unknown.
    pub line: u32,
    /// Column from 1, or 0 if unknown.
    pub column: u32,
}

impl Frame<'_> {
    /// Shows the name: `namespace::function`.
    pub fn name(&self) -> impl fmt::Display + '_ {
        let separator = if self.namespace.is_empty() { "" } else { "::" };
        Concat([self.namespace, separator, self.function])
    }
}

struct Concat<'a>([&'a str; 3]);

impl fmt::Display for Concat<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| f.write_str(part))
    }
}

/// Shows the location: `path:line:column`, as much of it as is known.
impl fmt::Display for Frame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path)?;
        if self.line != 0 {
            write!(f, ":{}", self.line)?;
            if self.column != 0 {
                write!(f, ":{}", self.column)?;
            }
        }
        Ok(())
    }
}

/// Debug info that cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DebugInfoError {
    /// Name of the section.
    pub section: &'static str,
    /// Byte in the payload of the section.
    pub offset: usize,
    /// What the problem is.
    pub kind: DebugInfoErrorKind,
}

/// What is wrong with debug info (blob format, section 8).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum DebugInfoErrorKind {
    /// The line programs have another version than [`LINE_PROGRAMS_VERSION`].
    Version(u8),
    /// The length of the ranges section in bytes is not a multiple of 12.
    RangesLength(usize),
    /// A range names a line program outside of the section.
    ProgramOffset {
        /// Where the program should be.
        program: u32,
        /// Length of the line programs section in bytes.
        len: usize,
    },
    /// No operation has this number.
    UnknownOperation(u8),
    /// The line program goes on for this many operations without saying anything about code.
    TooManyOperations(u32),
    /// Line programs would be gone through for more bytes than this, several times what there is: many ranges share them.
    Repeated(usize),
    /// The section ends too early.
    Truncated {
        /// Bytes that are needed.
        needed: usize,
        /// Bytes there are.
        available: usize,
    },
    /// The first byte of a varint announces more than 32 bits.
    Varint(u8),
    /// A string is not UTF-8.
    NotUtf8 {
        /// Its length in bytes.
        len: usize,
    },
}

impl DebugInfoErrorKind {
    fn from_varint(error: VarintError) -> Self {
        match error {
            VarintError::Truncated { needed, available } => Self::Truncated { needed, available },
            VarintError::FirstByte(byte) => Self::Varint(byte),
        }
    }
}

impl fmt::Display for DebugInfoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, offset {}: {}", self.section, self.offset, self.kind)
    }
}

impl fmt::Display for DebugInfoErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Version(found) => {
                write!(f, "line programs have version {found}, only {LINE_PROGRAMS_VERSION} is known")
            }
            Self::RangesLength(len) => {
                write!(f, "the length of {len} bytes is not a multiple of {RANGE_BYTES}")
            }
            Self::ProgramOffset { program, len } => {
                write!(f, "a line program at {program} is not inside of the {len} bytes of line programs")
            }
            Self::UnknownOperation(op) => write!(f, "line programs have no operation {op}"),
            Self::TooManyOperations(count) => write!(f, "{count} operations in a row say nothing about code"),
            Self::Repeated(max) => {
                write!(f, "line programs are shared by so many ranges that they have more than {max} bytes together")
            }
            Self::Truncated { needed, available } => {
                write!(f, "{needed} bytes are needed, {available} are left")
            }
            Self::Varint(first) => write!(f, "not a number of 32 bits: its first byte is {first:#04x}"),
            Self::NotUtf8 { len } => write!(f, "a string of {len} bytes is not UTF-8"),
        }
    }
}

impl core::error::Error for DebugInfoError {}

fn error(section: u8, offset: usize, kind: DebugInfoErrorKind) -> DebugInfoError {
    DebugInfoError { section: section_name(section), offset, kind }
}

impl<'a> DebugInfo<'a> {
    /// A view of the payloads of the strings, line programs and ranges sections.
    pub const fn new(strings: &'a [u8], line_programs: &'a [u8], ranges: &'a [u8]) -> Self {
        Self { strings, line_programs, ranges }
    }

    /// Whether nothing is known about any code offset.
    pub const fn is_empty(&self) -> bool {
        self.line_programs.is_empty() || self.ranges.is_empty()
    }

    /// The string at byte `offset` of the strings section; empty means absent.
    ///
    /// # Errors
    ///
    /// There is no readable string at the offset.
    pub fn string(&self, offset: u32) -> Result<&'a str, DebugInfoError> {
        let (bytes, at) = self.string_bytes(offset)?;
        let kind = DebugInfoErrorKind::NotUtf8 { len: bytes.len() };
        core::str::from_utf8(bytes).map_err(|_| error(section_id::DEBUG_STRINGS, at, kind))
    }

    /// The bytes of the string at byte `offset` of the strings section, and where they begin.
    fn string_bytes(&self, offset: u32) -> Result<(&'a [u8], usize), DebugInfoError> {
        let at = offset as usize;
        let fail = |at, kind| error(section_id::DEBUG_STRINGS, at, kind);
        let rest = self.strings.get(at..).unwrap_or_default();
        let (len, len_bytes) =
            varint::read(rest).map_err(|e| fail(at, DebugInfoErrorKind::from_varint(e)))?;
        let (len, rest) = (len as usize, rest.get(len_bytes..).unwrap_or_default());
        let bytes = rest.get(..len).ok_or_else(|| {
            fail(at + len_bytes, DebugInfoErrorKind::Truncated { needed: len, available: rest.len() })
        })?;
        Ok((bytes, at + len_bytes))
    }

    /// All ranges in the order of the section, which is sorted by [`begin`](ProgramRange::begin) if the blob is well
    /// made.
    ///
    /// # Errors
    ///
    /// Unknown version, or a ranges section of odd length.
    pub fn ranges(&self) -> Result<impl Iterator<Item = ProgramRange> + 'a, DebugInfoError> {
        Ok(self.records()?.iter().map(read_range))
    }

    /// The records of the ranges section, after the checks that every use of it starts with.
    fn records(&self) -> Result<&'a [[u8; RANGE_BYTES]], DebugInfoError> {
        if self.is_empty() {
            return Ok(&[]);
        }
        if let Some(&version) =
            self.line_programs.first().filter(|version| **version != LINE_PROGRAMS_VERSION)
        {
            return Err(error(section_id::DEBUG_LINE_PROGRAMS, 0, DebugInfoErrorKind::Version(version)));
        }
        match self.ranges.as_chunks::<RANGE_BYTES>() {
            (records, []) => Ok(records),
            (records, _) => {
                let kind = DebugInfoErrorKind::RangesLength(self.ranges.len());
                Err(error(section_id::DEBUG_LINE_PROGRAM_RANGES, records.len() * RANGE_BYTES, kind))
            }
        }
    }

    /// The range that covers the code offset `pc`, the first if there are several.
    ///
    /// # Errors
    ///
    /// As for [`ranges`](Self::ranges).
    pub fn range_of(&self, pc: u32) -> Result<Option<ProgramRange>, DebugInfoError> {
        let records = self.records()?;
        let first = records.partition_point(|record| read_range(record).end <= pc);
        Ok(records.get(first).map(read_range).filter(|range| range.begin <= pc && pc < range.end))
    }

    /// The line program of a range, ready to run.
    ///
    /// # Errors
    ///
    /// It does not lie within the section.
    pub fn line_program(&self, range: ProgramRange) -> Result<LineProgram<'a>, DebugInfoError> {
        let len = self.line_programs.len();
        // Offset 0 holds the version.
        if range.program == 0 || range.program as usize >= len {
            let kind = DebugInfoErrorKind::ProgramOffset { program: range.program, len };
            return Err(error(section_id::DEBUG_LINE_PROGRAM_RANGES, 0, kind));
        }
        Ok(LineProgram::new(self.line_programs, range))
    }

    /// Looks up the strings of a frame, up to [`FRAME_TEXT_BYTES_MAX`] of each.
    ///
    /// # Errors
    ///
    /// A string cannot be read.
    pub fn frame(&self, raw: &RawFrame) -> Result<Frame<'a>, DebugInfoError> {
        Ok(Frame {
            kind: raw.kind,
            namespace: self.string_or_absent(raw.namespace)?,
            function: self.string_or_absent(raw.function)?,
            path: self.string_or_absent(raw.path)?,
            line: raw.line,
            column: raw.column,
        })
    }

    /// Offset 0 is what fields hold that were never set, also in a blob without strings.
    fn string_or_absent(&self, offset: u32) -> Result<&'a str, DebugInfoError> {
        if offset == 0 && self.strings.is_empty() {
            return Ok("");
        }
        let (bytes, at) = self.string_bytes(offset)?;
        // Only what is handed out is looked at, so that the time it takes is bounded too.
        let kept = bytes.get(..FRAME_TEXT_BYTES_MAX).unwrap_or(bytes);
        match core::str::from_utf8(kept) {
            Ok(text) => Ok(text),
            // A character that is cut off is no error.
            Err(cut) if cut.error_len().is_none() && kept.len() < bytes.len() => {
                Ok(core::str::from_utf8(kept.get(..cut.valid_up_to()).unwrap_or_default())
                    .unwrap_or_default())
            }
            Err(_) => {
                let kind = DebugInfoErrorKind::NotUtf8 { len: bytes.len() };
                Err(error(section_id::DEBUG_STRINGS, at, kind))
            }
        }
    }

    /// Bytes of all line programs.
    fn line_program_bytes(&self) -> usize {
        self.line_programs.len()
    }

    /// Where the code at `pc` comes from: the outermost function first, inlined ones after it. `None` if nothing is known.
    ///
    /// Takes time proportional to the length of one line program.
    ///
    /// # Errors
    ///
    /// The debug info that concerns this offset cannot be read.
    pub fn location(&self, pc: u32) -> Result<Option<Vec<Frame<'a>>>, DebugInfoError> {
        let Some(range) = self.range_of(pc)? else { return Ok(None) };
        let mut program = self.line_program(range)?;
        while let Some(region) = program.next_region()? {
            if (region.begin..region.end).contains(&pc) {
                let frames =
                    program.frames().iter().map(|raw| self.frame(raw)).collect::<Result<Vec<_>, _>>()?;
                return Ok(Some(frames).filter(|frames| !frames.is_empty()));
            }
        }
        Ok(None)
    }
}

fn read_range(record: &[u8; RANGE_BYTES]) -> ProgramRange {
    let [a, b, c, d, e, f, g, h, i, j, k, l] = *record;
    ProgramRange {
        begin: u32::from_le_bytes([a, b, c, d]),
        end: u32::from_le_bytes([e, f, g, h]),
        program: u32::from_le_bytes([i, j, k, l]),
    }
}
