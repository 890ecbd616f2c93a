// SPDX-License-Identifier: Apache-2.0
//! Translates one block after the other, each instruction in its turn.

use revive_vm_primitives::{Fetched, Opcode};

use crate::{
    charge::Charge,
    compiled::CodeMap,
    translator::{Spot, Translator, NOT_JUMPABLE},
};

/// How much to translate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The instructions of one block without its charge.
    Copy,
    /// One block.
    Block,
    /// All that follows.
    Program,
}

/// What comes behind an instruction.
pub(crate) enum Behind {
    /// The next one.
    Next,
    /// What comes behind the next one, which was translated together with it.
    Second {
        /// Offset behind it.
        next: u32,
        /// Whether an instruction starts there.
        next_is_start: bool,
        /// Whether it ends the block.
        ends: bool,
    },
    /// Nothing: the block ends.
    End,
}

impl Behind {
    /// Behind an instruction that was translated together with a second one.
    #[inline(always)]
    pub(crate) fn second(second: Fetched) -> Self {
        let Fetched { next, next_is_start, opcode, .. } = second;
        Self::Second { next, next_is_start, ends: opcode.is_none_or(Opcode::is_terminator) }
    }
}

/// How far things had come where a block begins.
#[derive(Clone, Copy)]
pub(crate) struct Undo {
    native: u32,
    exits: usize,
    forward: usize,
    marks: usize,
    owed: usize,
}

impl Translator<'_> {
    /// Translates blocks from the one at `start` on, which jumps may go to if `jumpable`.
    pub(crate) fn translate(&mut self, mut start: u32, mut jumpable: bool, extent: Extent) {
        loop {
            if extent == Extent::Program {
                self.align(start);
            }
            let undo = self.undo();
            let mut charge = if extent == Extent::Copy { 0 } else { self.begin_block(start, jumpable) };
            let mut offset = start;
            self.opcode_behind = self.code.opcode_at(start);
            let (end, end_is_start) = loop {
                let mut at = self.code.fetch(offset);
                at.opcode = self.opcode_behind;
                self.opcode_behind = self.code.opcode_at(at.next);
                self.count += 1;
                if self.count > 0 {
                    if let Some(again) = self.begin_again(start, jumpable, undo, offset) {
                        (charge, offset) = (again, start);
                        continue;
                    }
                }
                if self.watched {
                    self.watch(at.offset, offset == start);
                    if self.is_enough() {
                        return;
                    }
                }
                let Some(opcode) = at.opcode else {
                    self.asm.ud2();
                    break (at.next, false);
                };
                let (next, next_is_start) = match self.instruction(at, opcode) {
                    Behind::Next => (at.next, at.next_is_start),
                    Behind::Second { next, next_is_start, ends: false } => {
                        self.opcode_behind = self.code.opcode_at(next);
                        (next, next_is_start)
                    }
                    Behind::Second { next, next_is_start, ends: true } => break (next, next_is_start),
                    Behind::End => break (at.next, at.next_is_start),
                };
                if !next_is_start {
                    self.run_into_gap(next);
                    break (next.saturating_add(1), false);
                }
                offset = next;
            };
            if extent == Extent::Copy {
                return;
            }
            let cost = self.end_block(charge);
            if let Some(branch) = self.loop_branch.take() {
                self.unroll(branch, end, charge, cost);
            }
            if self.gap_follows {
                self.gap_follows = false;
                self.gap(end);
            }
            if extent == Extent::Block {
                return;
            }
            (start, jumpable) = (end, end_is_start);
            if !jumpable {
                // Behind an invalid instruction there may be a gap. Where it ends a block begins that no jump goes to.
                let Some(next) = self.code.next_start(end) else { return };
                start = next;
            }
        }
    }

    /// Has the block at `start` begin where jumps to it cost the machine less. Where the block in front runs into it, that executes what is
    /// between: so only if a jump from before goes there, of which is known.
    #[inline(always)]
    fn align(&mut self, start: u32) {
        let is_awaited = self.scratch.awaited.take(start);
        if core::mem::take(&mut self.closed) {
            self.asm.align_for_jumps();
        } else if is_awaited {
            self.asm.align_for_arrivals();
        }
    }

    /// What else there may be to do before the instruction at `offset`, the `first` one in its block or not.
    #[inline(never)]
    fn watch(&mut self, offset: u32, first: bool) {
        // Plain code pretends to know nothing, so that it never depends on what came before.
        if !self.fast() {
            self.signs.forget_extended();
        }
        // The first one's mark and step come before the charge.
        if !first {
            self.mark(offset);
            if self.config.step_tracing {
                self.call_exit(offset, self.stubs.step);
            }
        }
    }

    /// Translates from the instruction at `offset` on, within the block at `block`, in plain code.
    pub(crate) fn translate_within(&mut self, block: u32, offset: u32) {
        self.forget();
        self.block_start = block;
        // They have been counted.
        (self.count, self.count_base) = (Charge::ENDLESS, Charge::ENDLESS);
        // It is not the block's first one, though the first that is translated.
        self.watch(offset, false);
        self.translate(offset, false, Extent::Copy);
    }

    /// Whether what is looked for has been noted, and what is behind it. Of a block's beginning more is translated, because how it is charged
    /// for shows only later.
    #[inline(never)]
    fn is_enough(&self) -> bool {
        let (Some(until), Some(marks)) = (self.until, &self.marks) else { return false };
        let last = marks.last().filter(|_| marks.len() > CodeMap::KNOWN_EVERY);
        last.is_some_and(|last| until.is_before(last.guest, last.native))
    }

    /// What else there may be to do before the second instruction of a pair.
    #[inline(always)]
    pub(crate) fn begin_second(&mut self, second: Fetched) {
        self.count += 1;
        if self.watched {
            self.watch(second.offset, false);
        }
    }

    /// The implicit invalid instruction at `offset`, where execution runs into a gap or off the end.
    #[cold]
    #[inline(never)]
    fn run_into_gap(&mut self, offset: u32) {
        self.count += 1;
        self.mark(offset);
        if self.config.step_tracing {
            self.call_exit(offset, self.stubs.step);
        }
        self.asm.ud2();
    }

    /// A block of one implicit invalid instruction, which a `fallthrough` into a gap enters.
    #[inline(never)]
    pub(crate) fn gap(&mut self, start: u32) {
        let charge = self.begin_block(start, false);
        self.count += 1;
        self.asm.ud2();
        let _ = self.end_block(charge);
    }

    #[inline(always)]
    pub(crate) fn begin_block(&mut self, start: u32, jumpable: bool) -> u32 {
        self.forget();
        self.stores.begin_block();
        self.block_start = start;
        self.copy = 0;
        self.leaves = false;
        let native = self.position();
        if let Some(label) = self.scratch.labels.get_mut(start as usize) {
            *label = if jumpable { self.blocks.len() as u32 } else { NOT_JUMPABLE };
        }
        self.blocks.push(Spot { guest: start, native });
        self.mark(start);
        // The step for the first instruction comes before the charge.
        if self.config.step_tracing {
            self.call_exit(start, self.stubs.step);
        }
        self.begin_charge()
    }

    /// What has to be known to begin a block again.
    #[inline(always)]
    pub(crate) fn undo(&self) -> Undo {
        Undo {
            native: self.position(),
            exits: self.exits.len(),
            forward: self.scratch.forward.len(),
            marks: self.marks.as_ref().map_or(0, Vec::len),
            owed: self.owed.len(),
        }
    }

    /// Forgets what has been translated since.
    pub(crate) fn take_back(&mut self, undo: Undo) {
        self.asm.truncate(undo.native);
        self.exits.truncate(undo.exits);
        self.scratch.forward.truncate(undo.forward);
        if let Some(marks) = &mut self.marks {
            marks.truncate(undo.marks);
        }
        self.owed.truncate(undo.owed);
    }
}
