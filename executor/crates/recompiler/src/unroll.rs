// SPDX-License-Identifier: Apache-2.0
//! Blocks that jump back to their own start.
//!
//! A small loop spends a good part of its time on charging for itself, on jumping, and on sign-extensions that only
//! somebody behind the loop could want. So its block is followed by a few copies, which are charged for together:
//!
//! ```text
//! block:  charge; body; jump to `next` unless the condition holds
//! copies: charge for all copies, or go back to `block` if the gas does not cover that
//!         body; jump to `exit` unless the condition holds     (all copies but the last)
//!         body; jump to `copies` if the condition holds       (the last one)
//!         jump to `next`
//! exit:   give back what was charged for the copies that are not executed; extend; jump to `next`
//! next:
//! ```
//!
//! What a host can see is exactly as without copies: gas is looked at outside only, where the loop is left, by the exits,
//! which give back the rest; by a fault, where [`Place`](crate::Place) says how much to give back; or by want of gas,
//! which the block itself notices, because copies are only entered when there is enough for all of them. Blocks that
//! leave for the host and come back are not copied.

use revive_vm_assembler::{row, Condition, Patch, Width};

use crate::{
    regs::GAS,
    signs::Signs,
    translator::{Charge, Extent, Translator},
};

/// Bytes of a block's code up to which it is copied so many times: what is gained shrinks with its size.
const COPIES: [(u32, u32); 2] = [(80, 4), (400, 2)];

/// How a copy that another one follows can be left.
struct Exit {
    patch: Patch,
    /// What is known of registers there.
    signs: Signs,
    /// Gas to be given back.
    ahead: u32,
}

impl Translator<'_> {
    /// Emits the jump of the block from `start` to `end`, which goes back there on the condition noted, and the copies. Its
    /// code begins at `charge`.
    #[inline(never)]
    pub(crate) fn unroll(&mut self, start: u32, end: u32, charge: u32, cost: u32) {
        let Some(condition) = self.self_loop.take() else { return };
        let bytes = self.position() - charge;
        let copies = COPIES.into_iter().find(|(limit, _)| bytes <= *limit).map(|(_, copies)| copies);
        // Keeps the bound on the size of all code: of the densest blocks there are no copies.
        let copies = copies.filter(|copies| (copies + 1) * (bytes + 20) <= 48 * (end - start));
        let all = copies.and_then(|copies| i32::try_from(cost).ok()?.checked_mul(copies as i32));
        let (Some(copies), Some(all)) = (copies, all) else {
            return self.asm.jcc_back(condition, charge);
        };
        let mut to_next = vec![self.asm.jcc(condition.negate())];

        let head = self.position();
        let uncovered = self.config.gas.is_some().then(|| {
            self.with_imm(row::SUB_RM_IMM8, row::SUB_RM_IMM, Width::W64, GAS, all);
            self.asm.jcc(Condition::Below)
        });
        self.forget();
        let mut exits = Vec::with_capacity(copies as usize);
        // The block has been counted.
        (self.count, self.count_base) = (Charge::ENDLESS, Charge::ENDLESS);
        for copy in 1..=copies {
            self.copying = copy < copies;
            self.ahead = cost * (copies - copy);
            self.mark(start);
            self.translate(start, false, Extent::Copy);
            // The same condition as the first time: the same instructions were translated.
            let condition = self.self_loop.take().unwrap_or(condition);
            if self.copying {
                let patch = self.asm.jcc(condition.negate());
                exits.push(Exit { patch, signs: self.signs, ahead: self.ahead });
            } else {
                self.asm.jcc_back(condition, head);
                to_next.push(self.asm.jmp());
            }
        }
        self.ahead = 0;
        for Exit { patch, signs, ahead } in exits {
            let here = self.position();
            self.asm.aim(patch, here);
            if self.config.gas.is_some() {
                self.with_imm(row::ADD_RM_IMM8, row::ADD_RM_IMM, Width::W64, GAS, ahead as i32);
            }
            self.signs = signs;
            self.settle();
            to_next.push(self.asm.jmp());
        }
        if let Some(uncovered) = uncovered {
            let here = self.position();
            self.asm.aim(uncovered, here);
            self.with_imm(row::ADD_RM_IMM8, row::ADD_RM_IMM, Width::W64, GAS, all);
            self.asm.jmp_back(charge);
        }
        let next = self.position();
        for patch in to_next {
            self.asm.aim(patch, next);
        }
        self.forget();
    }
}
