// SPDX-License-Identifier: Apache-2.0
//! Writing debug sections (blob format, section 8).

use super::{program::op, Frame, FrameKind, ProgramRange, RawFrame, FRAMES_MAX, LINE_PROGRAMS_VERSION};
use crate::{builder::BuildError, varint};
use alloc::{collections::BTreeMap, string::String, vec::Vec};

/// A stretch of code and where it comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceRegion<'a> {
    /// Length of the stretch in bytes of code.
    pub bytes: u32,
    /// Source positions, outermost first, at most [`FRAMES_MAX`].
    pub frames: Vec<Frame<'a>>,
}

/// Payloads of the three debug sections.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct DebugSections {
    /// Section 128.
    pub strings: Vec<u8>,
    /// Section 129.
    pub line_programs: Vec<u8>,
    /// Section 130.
    pub ranges: Vec<u8>,
}

/// Collects debug info and encodes it.
#[derive(Clone, Debug)]
pub struct DebugInfoBuilder {
    strings: Vec<u8>,
    /// Where each string is.
    offsets: BTreeMap<String, u32>,
    line_programs: Vec<u8>,
    ranges: Vec<ProgramRange>,
}

impl Default for DebugInfoBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl DebugInfoBuilder {
    /// Without any information.
    pub fn new() -> Self {
        // By convention offset 0 is the empty string.
        let offsets = BTreeMap::from([(String::new(), 0)]);
        Self {
            strings: [0].into(),
            offsets,
            line_programs: [LINE_PROGRAMS_VERSION].into(),
            ranges: Vec::new(),
        }
    }

    /// Adds a string, once, and returns its offset in the strings section.
    ///
    /// # Errors
    ///
    /// The strings have become too long to be referred to.
    pub fn string(&mut self, text: &str) -> Result<u32, BuildError> {
        if let Some(&offset) = self.offsets.get(text) {
            return Ok(offset);
        }
        let offset = section_offset(&self.strings)?;
        let len = u32::try_from(text.len()).map_err(|_| BuildError::DebugInfoTooLong)?;
        varint::write(len, &mut self.strings);
        self.strings.extend_from_slice(text.as_bytes());
        self.offsets.insert(text.into(), offset);
        Ok(offset)
    }

    /// Describes the code from offset `begin` on, region after region.
    ///
    /// # Errors
    ///
    /// A region has more than [`FRAMES_MAX`] frames, or the sections become too long.
    pub fn program(&mut self, begin: u32, regions: &[SourceRegion<'_>]) -> Result<(), BuildError> {
        let program = section_offset(&self.line_programs)?;
        let mut end = begin;
        let mut writer = ProgramWriter::default();
        for (index, region) in regions.iter().enumerate() {
            if region.frames.len() > FRAMES_MAX {
                return Err(BuildError::TooManyFrames { found: region.frames.len() });
            }
            end = end.checked_add(region.bytes).ok_or(BuildError::DebugInfoTooLong)?;
            for (depth, frame) in region.frames.iter().enumerate() {
                let raw = RawFrame {
                    kind: frame.kind,
                    namespace: self.string(frame.namespace)?,
                    function: self.string(frame.function)?,
                    path: self.string(frame.path)?,
                    line: frame.line,
                    column: frame.column,
                };
                writer.set_frame(depth, raw);
            }
            let next_depth = regions.get(index + 1).map(|next| next.frames.len());
            writer.finish_region(region.bytes, region.frames.len(), next_depth);
        }
        writer.out.push(op::FINISH_PROGRAM);
        self.line_programs.append(&mut writer.out);
        self.ranges.push(ProgramRange { begin, end, program });
        Ok(())
    }

    /// The payloads of the sections.
    pub fn finish(mut self) -> DebugSections {
        self.ranges.sort_by_key(|range| range.begin);
        let record = |range: &ProgramRange| [range.begin, range.end, range.program].map(u32::to_le_bytes);
        let ranges = self.ranges.iter().flat_map(record).flatten().collect();
        DebugSections { strings: self.strings, line_programs: self.line_programs, ranges }
    }
}

fn section_offset(section: &[u8]) -> Result<u32, BuildError> {
    u32::try_from(section.len()).map_err(|_| BuildError::DebugInfoTooLong)
}

/// Encodes one line program as the changes from one region to the next.
#[derive(Default)]
struct ProgramWriter {
    out: Vec<u8>,
    /// What a reader has in its frames at this point.
    frames: [RawFrame; FRAMES_MAX],
    stack_depth: usize,
    mutation_depth: usize,
}

impl ProgramWriter {
    fn operation(&mut self, operation: u8, operand: u32) {
        self.out.push(operation);
        varint::write(operand, &mut self.out);
    }

    fn set_frame(&mut self, depth: usize, new: RawFrame) {
        let Some(old) = self.frames.get_mut(depth) else { return };
        let old = core::mem::replace(old, new);
        if old == new {
            return;
        }
        if self.mutation_depth != depth {
            self.mutation_depth = depth;
            self.operation(op::SET_MUTATION_DEPTH, depth as u32); // At most 15.
        }
        if old.kind != new.kind {
            self.out.push(match new.kind {
                FrameKind::Enter => op::SET_KIND_ENTER,
                FrameKind::Call => op::SET_KIND_CALL,
                FrameKind::Line => op::SET_KIND_LINE,
            });
        }
        for (operation, old, new) in [
            (op::SET_NAMESPACE, old.namespace, new.namespace),
            (op::SET_FUNCTION, old.function, new.function),
            (op::SET_PATH, old.path, new.path),
            (op::SET_COLUMN, old.column, new.column),
        ] {
            if old != new {
                self.operation(operation, new);
            }
        }
        self.set_line(old.line, new.line);
    }

    /// The shortest way from one line to another.
    fn set_line(&mut self, old: u32, new: u32) {
        let (up, down) = (new.wrapping_sub(old), old.wrapping_sub(new));
        let len = varint::encoded_len;
        match up {
            0 => {}
            1 => self.out.push(op::INCREMENT_LINE),
            _ if len(up) < len(new) => self.operation(op::ADD_LINE, up),
            _ if len(down) < len(new) => self.operation(op::SUBTRACT_LINE, down),
            _ => self.operation(op::SET_LINE, new),
        }
    }

    fn finish_region(&mut self, bytes: u32, depth: usize, next_depth: Option<usize>) {
        if self.stack_depth != depth {
            self.operation(op::SET_STACK_DEPTH, depth as u32); // At most 16.
        }
        let (one, multiple) = match next_depth {
            Some(next) if next == depth + 1 => (op::FINISH_INCREMENT, op::FINISH_MULTIPLE_INCREMENT),
            Some(next) if next + 1 == depth => (op::FINISH_DECREMENT, op::FINISH_MULTIPLE_DECREMENT),
            _ => (op::FINISH, op::FINISH_MULTIPLE),
        };
        match bytes {
            1 => self.out.push(one),
            _ => self.operation(multiple, bytes),
        }
        self.stack_depth = match one {
            op::FINISH => depth,
            _ => next_depth.unwrap_or(depth),
        };
    }
}
