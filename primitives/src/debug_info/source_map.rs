// SPDX-License-Identifier: Apache-2.0
//! Source positions of many code offsets, each stretch of code looked up once.

use super::{
    error, positions, DebugInfo, DebugInfoError, DebugInfoErrorKind, Frame, LineProgram, Position, RawFrame,
};
use crate::blob::section_id;
use alloc::{collections::BTreeMap, vec::Vec};

/// Remembers the source positions that were asked for, because finding one takes a walk through a line program.
///
/// Debug info has no say in what a program does, so damage to it is no error here: nothing is known where it is damaged.
#[derive(Clone, Debug)]
pub struct SourceMap<'a> {
    info: DebugInfo<'a>,
    /// By its first code offset: the code offset behind a stretch of code, and its positions.
    known: BTreeMap<u32, (u32, Vec<Frame<'a>>)>,
    /// Line programs on their way, by the code offset where they begin, where they start in their section, and the code offset that
    /// they have come to: a walk goes on from the nearest.
    stops: BTreeMap<(u32, u32, u32), LineProgram<'a>>,
    /// Bytes of line programs up to stops.
    walked: usize,
    /// The frames that were looked up last, by their depth. Those of the next stretch of code mostly have the same texts, and to look
    /// at a text once more takes as long as it is.
    last: Vec<(RawFrame, Frame<'a>)>,
    /// How many frames were looked up.
    #[cfg(test)]
    looked_up: usize,
}

/// Bytes of a line program between two stops, at least. A stop takes half as many.
const STOP_BYTES: usize = 1024;

/// How often line programs may be gone through in all. Each is of one range, unless somebody made the blob to have readers run out of
/// time and memory.
const WALKS_MAX: usize = 4;

/// Stretches of code that are remembered at a time: the frames of one can take a kilobyte, whatever few bytes they come from.
const KNOWN_MAX: usize = 1 << 16;

impl<'a> SourceMap<'a> {
    /// The source positions that `info` knows, for example those of a blob's
    /// [`debug_info`](crate::Blob::debug_info).
    pub fn new(info: DebugInfo<'a>) -> Self {
        Self {
            info,
            known: BTreeMap::new(),
            stops: BTreeMap::new(),
            walked: 0,
            last: Vec::new(),
            #[cfg(test)]
            looked_up: 0,
        }
    }

    /// Where the code at `pc` comes from: the outermost function first, inlined ones after it. Empty if nothing is known,
    /// or if what is known cannot be read.
    ///
    /// Takes time proportional to the length of one line program for the first place in it, and little for others: for all places
    /// together in proportion to the length of all, beside what each takes.
    pub fn frames(&mut self, pc: u32) -> &[Frame<'a>] {
        if self.known(pc).is_none() {
            let found = self.look_up(pc).ok().flatten();
            self.remember(pc, found);
        }
        self.known(pc).unwrap_or_default()
    }

    /// The functions that the code at `pc` belongs to, the outermost first, each with the line that is executed in it. Empty
    /// if nothing is known, or if what is known cannot be read.
    pub fn positions(&mut self, pc: u32) -> Vec<Position<'a>> {
        positions(self.frames(pc))
    }

    /// As [`positions`](Self::positions), but says what cannot be read.
    ///
    /// # Errors
    ///
    /// The debug info that concerns this offset cannot be read.
    pub fn try_positions(&mut self, pc: u32) -> Result<Vec<Position<'a>>, DebugInfoError> {
        if self.known(pc).is_none() {
            let found = self.look_up(pc)?;
            self.remember(pc, found);
        }
        Ok(self.positions(pc))
    }

    fn remember(&mut self, pc: u32, found: Option<(u32, u32, Vec<Frame<'a>>)>) {
        let (begin, end, frames) = found.unwrap_or((pc, pc.saturating_add(1), Vec::new()));
        if self.known.len() >= KNOWN_MAX {
            self.known.clear();
        }
        // What is known stays: stretches of damaged debug info may overlap.
        let floor = self.known.range(..=pc).next_back().map_or(0, |(_, (end, _))| *end);
        let ceiling = self.known.range(pc..).next().map_or(u32::MAX, |(begin, _)| *begin);
        self.known.insert(begin.max(floor), (end.min(ceiling), frames));
    }

    fn known(&self, pc: u32) -> Option<&[Frame<'a>]> {
        let (_, (end, frames)) = self.known.range(..=pc).next_back()?;
        (pc < *end).then_some(frames)
    }

    /// The stretch of code around `pc`.
    fn look_up(&mut self, pc: u32) -> Result<Option<(u32, u32, Vec<Frame<'a>>)>, DebugInfoError> {
        let Some(range) = self.info.range_of(pc)? else { return Ok(None) };
        let stop = |at: u32| (range.begin, range.program, at);
        let mut program = match self.stops.range(stop(0)..=stop(pc)).next_back() {
            Some((_, program)) => program.clone(),
            None => self.info.line_program(range)?,
        };
        let mut begin = program.offset();
        while let Some(region) = program.next_region()? {
            if (region.begin..region.end).contains(&pc) {
                let frames = program.frames().iter().enumerate().map(|(depth, raw)| self.frame(depth, raw));
                return Ok(Some((region.begin, region.end, frames.collect::<Result<_, _>>()?)));
            }
            let walked = program.offset().zip(begin).map_or(0, |(at, begin)| at.saturating_sub(begin));
            if walked >= STOP_BYTES {
                begin = program.offset();
                self.walked = self.walked.saturating_add(walked);
                let max = WALKS_MAX.saturating_mul(self.info.line_program_bytes());
                if self.walked > max {
                    let kind = DebugInfoErrorKind::Repeated(max);
                    return Err(error(section_id::DEBUG_LINE_PROGRAMS, range.program as usize, kind));
                }
                self.stops.insert(stop(region.end), program.clone());
            }
        }
        Ok(None)
    }

    /// The frame at a depth.
    fn frame(&mut self, depth: usize, raw: &RawFrame) -> Result<Frame<'a>, DebugInfoError> {
        let texts = |raw: &RawFrame| (raw.namespace, raw.function, raw.path);
        if let Some((_, last)) = self.last.get(depth).filter(|(last, _)| texts(last) == texts(raw)) {
            return Ok(Frame { kind: raw.kind, line: raw.line, column: raw.column, ..*last });
        }
        #[cfg(test)]
        {
            self.looked_up += 1;
        }
        let frame = self.info.frame(raw)?;
        // They come from the outermost on, so there is one for each depth below.
        match self.last.get_mut(depth) {
            Some(last) => *last = (*raw, frame),
            None => self.last.push((*raw, frame)),
        }
        Ok(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    /// Sixteen frames of long texts for each byte of code, of which debug info has to say nothing but that it is another one: each text is
    /// looked at once, or the listing of a blob that somebody made for that would take minutes.
    #[test]
    fn texts_that_stay_are_looked_at_once() {
        const REGIONS: u32 = 1000;
        let text = [b'a'; 100];
        let strings = [&[0, 100][..], &text, &[1, b'b']].concat();
        let mut lines = vec![1];
        for depth in 0..16 {
            lines.extend([1, depth, 5, 1, 6, 1, 7, 1]);
        }
        // All sixteen are there. Then the line and, once, the function of the last one change.
        lines.extend([10, 16]);
        for region in 0..REGIONS {
            lines.extend([11, 14]);
            if region == 500 {
                lines.extend([6, 102]);
            }
        }
        lines.push(0);
        let range = [0, REGIONS, 1].map(u32::to_le_bytes).concat();
        let mut map = SourceMap::new(DebugInfo::new(&strings, &lines, &range));
        for pc in 0..REGIONS {
            let frames = map.frames(pc);
            assert_eq!((frames.len(), frames[0].function.len(), frames[0].line), (16, 100, 0), "{pc}");
            assert_eq!((frames[15].namespace.len(), frames[15].line), (100, pc + 1), "{pc}");
            assert_eq!(frames[15].function.len(), if pc > 500 { 1 } else { 100 }, "{pc}");
        }
        assert_eq!(map.looked_up, 16 + 1);
    }
}
