// SPDX-License-Identifier: Apache-2.0
//! Loops: blocks that follow one another and of which the last one branches back to the start of the first one. Often it is one block.
//!
//! A small loop spends a good part of its time on charging for its blocks, on jumping, and on sign-extensions that only
//! somebody behind the loop could want. So its last block is followed by a few copies of all of them, which are charged for together:
//!
//! ```text
//! block:  charge; body; jump to `next` unless the condition holds
//! copies: charge for all copies, or go to the start of the loop if the gas does not cover that
//!         body; jump to `side` if its condition holds         (each block but the last)
//!         body; jump to `exit` unless the condition holds     (the last block of all copies but the last)
//!         body; jump to `copies` if the condition holds       (the last block of the last one)
//!         jump to `next`
//! exit:   give back what was charged for the copies that are not executed; extend; jump to `next`
//! side:   the same, but jump to where the block branches to
//! next:
//! ```
//!
//! What a host can see is exactly as without copies: gas is looked at outside only, where the loop is left, by the exits,
//! which give back the rest; by a fault, where [`Place`](crate::Place) says how much to give back; or by want of gas,
//! which the block itself notices, because copies are only entered when there is enough for all of them. Loops that
//! leave for the host and come back are not copied.
//!
//! Copies of a single block are mostly the same bytes, and then they are that: repeated, not translated again. Programs of many small loops spend
//! a third less on copies for it.
//!
//! What is at an address is found out by translating a block again, by itself. So whether a loop is copied, and how often, follows from
//! the guest's code, and from the size of what has been emitted of the last block and of copies.

use revive_vm_assembler::{row, Condition, Patch, Width};
use revive_vm_primitives::Opcode;

use crate::{block::Extent, charge::Charge, regs::GAS, signs::Signs, translator::Translator};

/// Bytes of a loop's code up to which it is copied so many times: what is gained shrinks with its size.
const COPIES: [(u32, u32); 2] = [(80, 4), (400, 2)];
/// Instructions that the blocks of a loop but the last may have altogether.
const INSTRUCTIONS_MAX: u32 = 4;
/// About as many bytes come of an instruction.
const INSTRUCTION_BYTES: u32 = 5;
/// About as many bytes come of what is around a block: the jump at its end, and what is done where that leads.
const AROUND_BYTES: u32 = 20;
/// Code of a loop's last block may become so many times as many bytes, with all copies.
const GROWTH_MAX: u32 = 48;

/// A branch whose flags are set.
#[derive(Clone, Copy)]
pub(crate) struct LoopBranch {
    pub(crate) condition: Condition,
    pub(crate) target: u32,
}

/// A block of a loop.
#[derive(Clone, Copy)]
struct Looped {
    start: u32,
    instructions: u32,
    /// What the blocks behind it cost, up to the end of the loop.
    ahead: u32,
}

/// What is noted of a loop. Worth keeping for the next one: most of the time that a small loop takes would go into getting memory.
#[derive(Default)]
pub(crate) struct Loop {
    /// The blocks but the last.
    blocks: Vec<Looped>,
    exits: Vec<Exit>,
    /// The jumps to what is behind the loop.
    to_next: Vec<Patch>,
}

/// How a copy can be left that more comes behind.
struct Exit {
    patch: Patch,
    /// Where to, if not behind the loop.
    target: Option<u32>,
    /// What is known of registers there.
    signs: Signs,
    /// Gas to be given back.
    ahead: u32,
}

/// A block or a copy of one, up to its branch, from one offset in the generated code to another.
#[derive(Clone, Copy)]
struct Copied {
    start: u32,
    end: u32,
    /// What is known of registers at its beginning and at its end.
    before: Signs,
    after: Signs,
}

impl Translator<'_> {
    /// The block that has just been translated up to its branch, if a copy would be the same: nothing is stored in it, and nothing had to be
    /// extended in front of its branch.
    fn as_copied(&self) -> Option<Copied> {
        let (start, end) = (self.body, self.position());
        let is_one = !self.settles && self.stores.is_empty();
        is_one.then_some(Copied { start, end, before: Signs::UNKNOWN, after: self.signs })
    }

    /// Whether another copy of the only block of a loop would be the same bytes as the last one. What is translated depends on what is
    /// known of registers, and on stores, of which there have been the same. At the end what is pending is extended if no copy follows.
    fn would_repeat(&self, last: &Copied) -> bool {
        let extends = !self.copying && last.after.pending() != 0;
        // Where things are is not noted by repeating them.
        last.before == self.signs && !extends && self.marks.is_none()
    }

    /// Whether the blocks from `head` to the one that is translated, which branches there, make a loop that may be copied. Notes
    /// which these are, but the last.
    #[inline(never)]
    pub(crate) fn is_loop(&mut self, head: u32) -> bool {
        self.scratch.looped.blocks.clear();
        if self.leaves || !self.fast() || !self.code.is_jump_target(head) {
            return false;
        }
        let (mut start, mut offset, mut instructions) = (head, head, 0);
        let mut before = 0;
        while start < self.block_start {
            let at = self.code.fetch(offset);
            let Some(opcode) = at.opcode.filter(|_| at.next_is_start) else { return false };
            instructions += 1;
            if instructions > INSTRUCTIONS_MAX
                || matches!(opcode, Opcode::Ecalli | Opcode::Sbrk | Opcode::Memset)
            {
                return false;
            }
            offset = at.next;
            if opcode.is_terminator() {
                let target =
                    at.decode().instruction.filter(|_| opcode.can_fall_through()).map(|branch| branch.target);
                // One that branches back within is a loop around another one, whose copies nobody would get to the end of.
                let is_way =
                    |target| !(head..=at.offset).contains(&target) && self.code.is_jump_target(target);
                let goes_on = target.is_some_and(|target| opcode == Opcode::Fallthrough || is_way(target));
                if !goes_on {
                    return false;
                }
                self.scratch.looped.blocks.push(Looped {
                    start,
                    instructions: instructions - before,
                    ahead: 0,
                });
                (start, before) = (offset, instructions);
            }
        }
        start == self.block_start
    }

    /// Emits the branch at the end of the block up to `end`, which goes back to the start of the loop that has been noted, and the copies.
    /// The block's code begins at `charge`, and it costs `cost`.
    #[inline(never)]
    pub(crate) fn unroll(&mut self, branch: LoopBranch, end: u32, charge: u32, cost: u32) {
        let mut looped = core::mem::take(&mut self.scratch.looped);
        let undo = self.undo();
        if !self.emit_copies(branch, &mut looped, end, charge, cost) {
            self.take_back(undo);
            self.jump(self.block_start, Some(branch.condition), branch.target);
        }
        (self.in_copy, self.copying, self.ahead) = (false, false, 0);
        self.scratch.looped = looped;
    }

    /// The same, unless that comes to too many bytes: whether it is to be kept.
    fn emit_copies(
        &mut self,
        branch: LoopBranch,
        Loop { blocks, exits, to_next }: &mut Loop,
        end: u32,
        charge: u32,
        cost: u32,
    ) -> bool {
        let Some(copies) = self.copies(blocks, end, self.position() - charge) else { return false };
        let mut one = cost;
        for block in blocks.iter_mut().rev() {
            block.ahead = one;
            one = one.saturating_add(self.cost(block.start, block.instructions));
        }
        let Some(all) = one.checked_mul(copies).and_then(|all| i32::try_from(all).ok()) else { return false };

        let mut last = self.as_copied();
        exits.clear();
        to_next.clear();
        to_next.push(self.asm.jcc(branch.condition.negate()));
        let head = self.position();
        let uncovered = self.config.gas.is_some().then(|| {
            self.with_imm(row::SUB_RM_IMM8, row::SUB_RM_IMM, Width::W64, GAS, all);
            self.asm.jcc(Condition::Below)
        });
        self.forget();
        // The blocks have been counted.
        (self.count, self.count_base) = (Charge::ENDLESS, Charge::ENDLESS);
        self.in_copy = true;
        for behind in (0..copies).rev() {
            for block in &*blocks {
                self.copying = true;
                self.ahead = one * behind + block.ahead;
                if let Some(LoopBranch { condition, target }) = self.copy_block(block.start) {
                    let patch = self.asm.jcc(condition);
                    exits.push(Exit { patch, target: Some(target), signs: self.signs, ahead: self.ahead });
                }
            }
            self.copying = behind > 0;
            self.ahead = one * behind;
            let (start, before) = (self.position(), self.signs);
            match last.filter(|last| blocks.is_empty() && self.would_repeat(last)) {
                Some(Copied { start, end, after, .. }) => {
                    self.asm.repeat(start, end);
                    self.signs = after;
                }
                None => {
                    self.copy_block(self.block_start);
                    last = Some(Copied { start, end: self.position(), before, after: self.signs });
                }
            }
            // The same condition as the first time: the same instructions were translated.
            let condition = branch.condition;
            if self.copying {
                let patch = self.asm.jcc(condition.negate());
                exits.push(Exit { patch, target: None, signs: self.signs, ahead: self.ahead });
            } else {
                self.asm.jcc_back(condition, head);
                to_next.push(self.asm.jmp());
            }
        }
        let exit_bytes: u32 = exits.iter().map(Exit::bytes_max).sum();
        if self.position() - charge + exit_bytes > GROWTH_MAX * (end - self.block_start) {
            return false;
        }
        self.emit_exits(exits, to_next);
        if let Some(uncovered) = uncovered {
            let here = self.position();
            self.asm.aim(uncovered, here);
            self.with_imm(row::ADD_RM_IMM8, row::ADD_RM_IMM, Width::W64, GAS, all);
            self.jump(self.block_start, None, branch.target);
        }
        let next = self.position();
        for patch in &*to_next {
            self.asm.aim(*patch, next);
        }
        // What has jumps in front of it is gone to from here.
        self.closed = false;
        self.forget();
        true
    }

    /// How many copies of a loop there are to be, whose last block goes up to `end` and has so many bytes of code.
    fn copies(&self, looped: &[Looped], end: u32, bytes: u32) -> Option<u32> {
        let instructions: u32 = looped.iter().map(|block| block.instructions).sum();
        let one = bytes + INSTRUCTION_BYTES * instructions;
        let (_, most) = COPIES.into_iter().find(|(limit, _)| one <= *limit)?;
        // Keeps the bound on the size of all code: of the densest blocks there are no copies.
        let room = (GROWTH_MAX * (end - self.block_start)).checked_sub(bytes + AROUND_BYTES)?;
        let fitting = room / (one + AROUND_BYTES * (1 + looped.len() as u32));
        // A single block is copied as often as is worth while, or not at all.
        let most = if looped.is_empty() { most } else { most / 2 };
        let copies = if looped.is_empty() && fitting < most { 0 } else { most.min(fitting) };
        (copies > 0).then_some(copies)
    }

    /// A copy of a block. The branch at its end, if there is one.
    fn copy_block(&mut self, start: u32) -> Option<LoopBranch> {
        self.copy += 1;
        self.mark(start);
        self.translate(start, false, Extent::Copy);
        self.loop_branch.take()
    }

    /// What is done where copies are left that more comes behind.
    fn emit_exits(&mut self, exits: &[Exit], to_next: &mut Vec<Patch>) {
        self.ahead = 0;
        for &Exit { patch, target, signs, ahead } in exits {
            let here = self.position();
            self.asm.aim(patch, here);
            if self.config.gas.is_some() {
                self.with_imm(row::ADD_RM_IMM8, row::ADD_RM_IMM, Width::W64, GAS, ahead as i32);
            }
            self.signs = signs;
            self.settle();
            match target {
                Some(target) => self.jump(self.block_start, None, target),
                None => to_next.push(self.asm.jmp()),
            }
        }
    }
}

impl Exit {
    /// Bytes of the code for it, at most: giving back, extensions, a jump.
    fn bytes_max(&self) -> u32 {
        7 + 3 * self.signs.pending().count_ones() + 5
    }
}
