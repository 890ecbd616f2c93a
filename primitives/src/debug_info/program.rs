// SPDX-License-Identifier: Apache-2.0
//! Running a line program (blob format, section 8.3).

use super::{error, DebugInfoError, DebugInfoErrorKind, FrameKind, ProgramRange};
use crate::{blob::section_id, varint};

/// Source positions that a line program keeps at a time.
pub const FRAMES_MAX: usize = 16;

/// Operations that may follow each other without a region or the end.
const SILENT_OPERATIONS_MAX: u32 = 512;

/// Numbers of the operations.
pub(super) mod op {
    pub(crate) const FINISH_PROGRAM: u8 = 0;
    pub(crate) const SET_MUTATION_DEPTH: u8 = 1;
    pub(crate) const SET_KIND_ENTER: u8 = 2;
    pub(crate) const SET_KIND_CALL: u8 = 3;
    pub(crate) const SET_KIND_LINE: u8 = 4;
    pub(crate) const SET_NAMESPACE: u8 = 5;
    pub(crate) const SET_FUNCTION: u8 = 6;
    pub(crate) const SET_PATH: u8 = 7;
    pub(crate) const SET_LINE: u8 = 8;
    pub(crate) const SET_COLUMN: u8 = 9;
    pub(crate) const SET_STACK_DEPTH: u8 = 10;
    pub(crate) const INCREMENT_LINE: u8 = 11;
    pub(crate) const ADD_LINE: u8 = 12;
    pub(crate) const SUBTRACT_LINE: u8 = 13;
    pub(crate) const FINISH: u8 = 14;
    pub(crate) const FINISH_MULTIPLE: u8 = 15;
    pub(crate) const FINISH_INCREMENT: u8 = 16;
    pub(crate) const FINISH_MULTIPLE_INCREMENT: u8 = 17;
    pub(crate) const FINISH_DECREMENT: u8 = 18;
    pub(crate) const FINISH_MULTIPLE_DECREMENT: u8 = 19;
}

/// A source position as line programs hold it; texts are offsets into the strings section.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct RawFrame {
    /// What the position stands for.
    pub kind: FrameKind,
    /// Namespace of the function.
    pub namespace: u32,
    /// Name of the function.
    pub function: u32,
    /// Source file.
    pub path: u32,
    /// Line from 1, or 0 if unknown.
    pub line: u32,
    /// Column from 1, or 0 if unknown.
    pub column: u32,
}

/// A stretch of code that comes from one place in the source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Region {
    /// First code offset.
    pub begin: u32,
    /// Code offset behind the last.
    pub end: u32,
}

/// A line program that is being run. Takes no memory beyond its own 16 frames.
#[derive(Clone, Debug)]
pub struct LineProgram<'a> {
    /// The section.
    bytes: &'a [u8],
    /// Where in the section to go on; `None` after the end or an error.
    at: Option<usize>,
    pc: u32,
    frames: [RawFrame; FRAMES_MAX],
    stack_depth: u32,
    mutation_depth: u32,
    /// Stack depth of the region that was returned last.
    region_depth: u32,
}

impl<'a> LineProgram<'a> {
    pub(super) fn new(bytes: &'a [u8], range: ProgramRange) -> Self {
        Self {
            bytes,
            at: Some(range.program as usize),
            pc: range.begin,
            frames: Default::default(),
            stack_depth: 0,
            mutation_depth: 0,
            region_depth: 0,
        }
    }

    /// Where in the section it goes on; `None` after its end.
    pub(super) fn offset(&self) -> Option<usize> {
        self.at
    }

    /// Runs until something is known about the next stretch of code. `None` when the program is over, which it also is
    /// after an error.
    ///
    /// # Errors
    ///
    /// Unknown operation, end of the section, or too many operations that say nothing.
    pub fn next_region(&mut self) -> Result<Option<Region>, DebugInfoError> {
        let Some(mut at) = self.at.take() else { return Ok(None) };
        for _ in 0..SILENT_OPERATIONS_MAX {
            let operation_at = at;
            match self
                .step(&mut at)
                .map_err(|kind| error(section_id::DEBUG_LINE_PROGRAMS, operation_at, kind))?
            {
                Step::Edited => {}
                Step::Finished => return Ok(None),
                Step::Region(region) => {
                    self.at = Some(at);
                    return Ok(Some(region));
                }
            }
        }
        let kind = DebugInfoErrorKind::TooManyOperations(SILENT_OPERATIONS_MAX);
        Err(error(section_id::DEBUG_LINE_PROGRAMS, at, kind))
    }

    /// The source positions of the region that was returned last, outermost first.
    pub fn frames(&self) -> &[RawFrame] {
        self.frames.get(..self.region_depth as usize).unwrap_or(&self.frames)
    }

    fn step(&mut self, at: &mut usize) -> Result<Step, DebugInfoErrorKind> {
        let truncated = DebugInfoErrorKind::Truncated { needed: 1, available: 0 };
        let operation = *self.bytes.get(*at).ok_or(truncated)?;
        *at += 1;
        let mut operand = || -> Result<u32, DebugInfoErrorKind> {
            let rest = self.bytes.get(*at..).unwrap_or_default();
            let (value, len) = varint::read(rest).map_err(DebugInfoErrorKind::from_varint)?;
            *at += len;
            Ok(value)
        };
        let edit: Edit = match operation {
            op::FINISH_PROGRAM => return Ok(Step::Finished),
            op::SET_MUTATION_DEPTH => {
                self.mutation_depth = operand()?;
                return Ok(Step::Edited);
            }
            op::SET_STACK_DEPTH => {
                self.stack_depth = operand()?;
                return Ok(Step::Edited);
            }
            op::SET_KIND_ENTER => Edit::Kind(FrameKind::Enter),
            op::SET_KIND_CALL => Edit::Kind(FrameKind::Call),
            op::SET_KIND_LINE => Edit::Kind(FrameKind::Line),
            op::SET_NAMESPACE => Edit::Namespace(operand()?),
            op::SET_FUNCTION => Edit::Function(operand()?),
            op::SET_PATH => Edit::Path(operand()?),
            op::SET_LINE => Edit::Line(operand()?),
            op::SET_COLUMN => Edit::Column(operand()?),
            op::INCREMENT_LINE => Edit::AddLine(1),
            op::ADD_LINE => Edit::AddLine(operand()?),
            op::SUBTRACT_LINE => Edit::AddLine(operand()?.wrapping_neg()),
            op::FINISH => return Ok(self.emit(1, self.stack_depth)),
            op::FINISH_INCREMENT => return Ok(self.emit(1, self.stack_depth.saturating_add(1))),
            op::FINISH_DECREMENT => return Ok(self.emit(1, self.stack_depth.saturating_sub(1))),
            op::FINISH_MULTIPLE => {
                let count = operand()?;
                return Ok(self.emit(count, self.stack_depth));
            }
            op::FINISH_MULTIPLE_INCREMENT => {
                let count = operand()?;
                return Ok(self.emit(count, self.stack_depth.saturating_add(1)));
            }
            op::FINISH_MULTIPLE_DECREMENT => {
                let count = operand()?;
                return Ok(self.emit(count, self.stack_depth.saturating_sub(1)));
            }
            unknown => return Err(DebugInfoErrorKind::UnknownOperation(unknown)),
        };
        // Edits of frames that do not exist are ignored.
        if let Some(frame) = self.frames.get_mut(self.mutation_depth as usize) {
            edit.apply(frame);
        }
        Ok(Step::Edited)
    }

    /// The next `bytes` bytes of code have the frames as they are now; the stack depth is `depth` behind them.
    fn emit(&mut self, bytes: u32, depth: u32) -> Step {
        // No code is as long as 2^32 bytes, so where a hostile program saturates nobody will look.
        let region = Region { begin: self.pc, end: self.pc.saturating_add(bytes) };
        self.pc = region.end;
        self.region_depth = core::mem::replace(&mut self.stack_depth, depth);
        Step::Region(region)
    }
}

enum Step {
    Edited,
    Region(Region),
    Finished,
}

/// A change of one frame.
enum Edit {
    Kind(FrameKind),
    Namespace(u32),
    Function(u32),
    Path(u32),
    Line(u32),
    AddLine(u32),
    Column(u32),
}

impl Edit {
    fn apply(self, frame: &mut RawFrame) {
        match self {
            Self::Kind(kind) => frame.kind = kind,
            Self::Namespace(offset) => frame.namespace = offset,
            Self::Function(offset) => frame.function = offset,
            Self::Path(offset) => frame.path = offset,
            Self::Line(line) => frame.line = line,
            Self::AddLine(lines) => frame.line = frame.line.wrapping_add(lines),
            Self::Column(column) => frame.column = column,
        }
    }
}
