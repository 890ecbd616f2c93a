// SPDX-License-Identifier: Apache-2.0
//! Where a machine stands, for those who go by lines.
//!
//! Code of a function that was inlined belongs to that function and to all that it was inlined into, in each of which there is a line. So a
//! place is looked at from a *level*: how many of these functions are shown. Whoever stepped over a call that was inlined is in its
//! code, and sees the line of the call.

use std::sync::Arc;

use crate::{
    machine::Machine,
    program::{is_of_library, Loaded, Position},
};

/// See the module.
#[derive(Clone)]
pub(crate) struct At {
    /// Open frames, and calls in the innermost: more is deeper.
    pub(crate) depth: (usize, usize),
    /// When the innermost function that was called was entered: no other call has that number.
    pub(crate) invocation: u64,
    pub(crate) has_ended: bool,
    program: Arc<Loaded>,
    pc: u32,
}

/// A line at a level.
type Line<'a> = (&'a str, u32);

impl At {
    pub(crate) fn new(machine: &Machine) -> Self {
        let open = machine.innermost();
        Self {
            depth: (machine.open().len(), open.calls.pending().len()),
            invocation: open.invocation(),
            has_ended: open.end.is_some(),
            program: open.program.clone(),
            pc: open.pc,
        }
    }

    /// The same for all that are on their way, the innermost last: where they have called what is behind them.
    pub(crate) fn all(machine: &Machine) -> Vec<Self> {
        let open = machine.open().iter().enumerate();
        open.flat_map(|(index, open)| {
            open.invocations().iter().zip(open.sites()).enumerate().map(move |(call, (invocation, pc))| {
                Self {
                    depth: (index + 1, call),
                    invocation: *invocation,
                    has_ended: open.end.is_some(),
                    program: open.program.clone(),
                    pc,
                }
            })
        })
        .collect()
    }

    /// The functions that the code belongs to, the outermost first.
    pub(crate) fn positions(&self) -> &[Position] {
        self.program.positions(self.pc)
    }

    /// All levels.
    pub(crate) fn levels(&self) -> usize {
        self.positions().len()
    }

    /// Whether lines say anything about the program.
    fn has_lines(&self) -> bool {
        self.program.has_lines()
    }

    /// The line at a level, if it is one to stop at.
    fn line(&self, level: usize) -> Option<Line<'_>> {
        let position = self.positions().get(level.checked_sub(1)?)?;
        (position.line > 0 && !is_of_library(&position.path)).then_some((&*position.path, position.line))
    }

    /// How many functions, from the outermost on, are the same ones.
    fn common(&self, other: &Self) -> usize {
        let pairs = self.positions().iter().zip(other.positions());
        let common = pairs.take_while(|(own, other)| own.function == other.function).count();
        if Arc::ptr_eq(&self.program, &other.program) {
            common
        } else {
            0
        }
    }

    /// Whether the functions up to a level are the same ones.
    fn is_within(&self, other: &Self, level: usize) -> bool {
        level <= self.common(other)
    }

    /// The one of those that were on their way that this is in too.
    pub(crate) fn among<'a>(&self, all: &'a [Self]) -> Option<&'a Self> {
        // Who was entered later has a higher number.
        all.binary_search_by_key(&self.invocation, |at| at.invocation).ok().and_then(|index| all.get(index))
    }

    /// The level that code of a caller is looked at from: the one that the call was at.
    fn level_in(&self, all: &[Self]) -> usize {
        match self.among(all) {
            Some(caller) => self.common(caller).max(1).min(self.levels()),
            None => self.levels(),
        }
    }

    /// Whether a function was inlined in what is shown at a level, whose line can be shown in its place.
    pub(crate) fn enters(&self, level: usize) -> bool {
        self.line(level + 1).is_some()
    }

    /// The level at which a motion to the next line, which began at `from` and its level, ends here; `into` functions too. `all` were on
    /// their way then.
    pub(crate) fn next_line(&self, from: &Self, level: usize, all: &[Self], into: bool) -> Option<usize> {
        if self.has_ended {
            return None;
        }
        if !self.has_lines() {
            return (into || self.depth <= from.depth).then_some(0);
        }
        let stop_at = |level: usize| self.line(level).map(|_| level);
        match self.depth.cmp(&from.depth) {
            std::cmp::Ordering::Greater if into => stop_at(1),
            std::cmp::Ordering::Greater => None,
            std::cmp::Ordering::Less => stop_at(self.level_in(all)),
            std::cmp::Ordering::Equal => {
                // Where it began nothing was known, or a function that was inlined has been left.
                if level == 0 || !self.is_within(from, level) {
                    let outer = self.levels().min(level.saturating_sub(1).max(1));
                    // Debug info leaves functions out that only call another one, here and there.
                    return if self.line(outer) == from.line(level) { None } else { stop_at(outer) };
                }
                if self.line(level) != from.line(level) {
                    return stop_at(level);
                }
                let deeper = level + 1;
                let is_new = into && self.line(deeper).is_some() && !self.is_at(from, deeper);
                is_new.then_some(deeper)
            }
        }
    }

    fn is_at(&self, other: &Self, level: usize) -> bool {
        self.is_within(other, level) && self.line(level) == other.line(level)
    }

    /// The level at which the function that is shown at `level` of `from` has been left, when `all` were on their way.
    pub(crate) fn outside(&self, from: &Self, level: usize, all: &[Self]) -> Option<usize> {
        if self.has_ended || self.depth > from.depth {
            return None;
        }
        let outer = if self.depth < from.depth {
            self.level_in(all)
        } else if level > 1 && !self.is_within(from, level) {
            self.levels().min(level - 1)
        } else {
            return None;
        };
        (self.line(outer).is_some() || !self.has_lines()).then_some(outer)
    }

    /// The level that a motion back over calls looks at here, from `from` and its level.
    pub(crate) fn level_back(&self, from: &Self, level: usize, all: &[Self]) -> usize {
        match self.invocation == from.invocation {
            true => level.min(self.levels()),
            false => self.level_in(all),
        }
    }

    /// The level, if a line begins there. `last` came before this in the same invocation.
    pub(crate) fn begins_line(&self, last: Option<&Self>, level: usize) -> Option<usize> {
        if self.has_ended {
            return None;
        }
        if self.line(level).is_none() {
            return (!self.has_lines()).then_some(0);
        }
        last.is_none_or(|last| !self.is_at(last, level)).then_some(level)
    }
}
