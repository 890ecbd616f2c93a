// SPDX-License-Identifier: Apache-2.0
//! Jumps, branches and what else ends a block.

use revive_vm_assembler::{row, Condition, Gpr, Mem, Patch, Scale, Width};
use revive_vm_primitives::{Fetched, Reg};

use crate::{
    regs::{gpr, SCRATCH},
    translator::Translator,
    unroll::LoopBranch,
};

/// A jump to a block that was not translated yet.
pub(crate) struct Forward {
    patch: Patch,
    /// Offset of the jump instruction itself.
    at: u32,
    target: u32,
}

/// Code offsets that jumps from before go to, modulo their number: one that no jump goes to may look as if.
#[derive(Default)]
pub(crate) struct Awaited([u64; Self::WORDS]);

impl Awaited {
    const WORDS: usize = 16;

    #[inline(always)]
    fn place(target: u32) -> (usize, u64) {
        (target as usize / 64 % Self::WORDS, 1 << (target % 64))
    }

    #[inline(always)]
    fn add(&mut self, target: u32) {
        let (word, bit) = Self::place(target);
        self.0[word] |= bit;
    }

    /// Whether a jump goes there; none does any more.
    #[inline(always)]
    pub(crate) fn take(&mut self, target: u32) -> bool {
        let (word, bit) = Self::place(target);
        let was = self.0[word] & bit != 0;
        self.0[word] &= !bit;
        was
    }
}

impl Translator<'_> {
    /// Position of a block that jumps may go to.
    pub(crate) fn label(&self, target: u32) -> Option<u32> {
        let index = *self.scratch.labels.get(target as usize)?;
        self.blocks.get(index as usize).filter(|block| block.guest == target).map(|block| block.native)
    }

    /// Emits the jump of the instruction at `from`, on `condition` if there is one, to a code offset. Where that is no
    /// jump target it becomes a trap, whether the condition holds or not.
    #[inline(always)]
    pub(crate) fn jump(&mut self, from: u32, condition: Option<Condition>, target: u32) {
        if target <= from {
            match (self.label(target), condition) {
                (Some(to), Some(condition)) => self.asm.jcc_back(condition, to),
                (Some(to), None) => {
                    self.asm.jmp_back(to);
                    self.closed = true;
                }
                (None, _) => self.asm.ud2(),
            }
        } else {
            let at = self.position();
            let patch = match condition {
                Some(condition) => self.asm.jcc(condition),
                None => {
                    self.closed = true;
                    self.asm.jmp()
                }
            };
            self.scratch.awaited.add(target);
            self.scratch.forward.push(Forward { patch, at, target });
        }
    }

    /// Aims the jumps that were emitted before their targets.
    pub(crate) fn aim_forward_jumps(&mut self) {
        let forward = core::mem::take(&mut self.scratch.forward);
        for Forward { patch, at, target } in &forward {
            match self.label(*target) {
                Some(to) => self.asm.aim(*patch, to),
                // `ud2`
                None => self.asm.overwrite(*at as usize, &[0x0f, 0x0b]),
            }
        }
        self.scratch.forward = forward;
    }

    /// `fallthrough`: the next block follows in the code, unless there is none.
    #[inline(always)]
    pub(crate) fn fallthrough(&mut self, at: Fetched) {
        self.settle();
        if !at.next_is_start {
            if at.next < self.code.len() {
                self.gap_follows = true;
            } else {
                self.asm.ud2();
            }
        }
    }

    /// The jump of an instruction that has done all else; the next block follows in the code.
    #[inline(always)]
    pub(crate) fn jump_to(&mut self, at: Fetched, target: u32) {
        self.settle();
        if target != at.next || !at.next_is_start {
            self.jump(at.offset, None, target);
        }
    }

    /// A jump to the code address `base + offset`, having set a register to a constant if wanted. See
    /// `revive_vm_primitives::machine` for why there is no check.
    #[inline(always)]
    pub(crate) fn jump_indirect(&mut self, load: Option<(Reg, i32)>, base: Reg, offset: i32) {
        self.settle();
        if offset == 0 {
            self.asm.reg_rm(row::MOV_REG_RM, Width::W32, SCRATCH, gpr(base));
        } else {
            self.asm.reg_rm(row::LEA_REG_MEM, Width::W32, SCRATCH, Mem::base(gpr(base), offset));
        }
        if let Some((d, value)) = load {
            self.constant(gpr(d), value);
        }
        let entry = Mem::base_index(Gpr::Rsp, SCRATCH, Scale::X4, 0);
        self.asm.rm(row::JMP_RM, Width::W64, entry);
        self.closed = true;
    }

    /// Extends what is pending, unless the branch is within copies of a loop, which extend it where they are left.
    #[inline(always)]
    pub(crate) fn settle_for_branch(&mut self) {
        self.settles = !self.copying && self.signs.pending() != 0;
        if self.settles {
            self.settle();
        }
    }

    /// A branch on a comparison of two registers.
    #[inline(always)]
    pub(crate) fn branch(&mut self, at: Fetched, condition: Condition, a: Reg, b: Reg, target: u32) {
        self.settle_for_branch();
        let (a, b) = (self.full(a), self.full(b));
        self.asm.rm_reg(row::CMP_RM_REG, self.width(), a, b);
        self.branch_on_flags(at, condition, target);
    }

    /// A branch on a comparison with a constant.
    #[inline(always)]
    pub(crate) fn branch_imm(
        &mut self,
        at: Fetched,
        condition: Condition,
        reg: Reg,
        value: i32,
        target: u32,
    ) {
        self.settle_for_branch();
        let reg = self.full(reg);
        self.compare_imm(self.width(), reg, value);
        self.branch_on_flags(at, condition, target);
    }

    /// A branch whose flags are set. One that has no block behind it traps, taken or not.
    #[inline(always)]
    pub(crate) fn branch_on_flags(&mut self, at: Fetched, condition: Condition, target: u32) {
        if at.next_is_start {
            if self.in_copy || target <= self.block_start && self.is_loop(target) {
                self.loop_branch = Some(LoopBranch { condition, target });
                return;
            }
            self.jump(at.offset, Some(condition), target);
        } else {
            self.asm.ud2();
        }
    }
}
