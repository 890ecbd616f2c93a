// SPDX-License-Identifier: Apache-2.0
//! What charges for a block: a subtraction and a jump where the block begins, see the crate's documentation.

use revive_vm_assembler::{row, Condition, Width};
use revive_vm_primitives::{machine::GAS_REGISTER, Opcode, Tariff};

use crate::{
    block::Undo,
    regs::{GAS, SCRATCH},
    translator::{Spot, Translator},
};

/// When a block has so many instructions it is looked whether it has more than a short charge can say: few have as many, and few of
/// them have been translated in vain then.
const LONG_FROM: i32 = 48;

/// Offset of the amount in the code that charges for a block.
const CHARGE_IMM: usize = 3;
/// Offset in the code that charges for a block of the byte that it goes to if the gas does not cover the block: the one with
/// the operands of the subtraction. It is 0xea, a far jump of old, which 64-bit mode does not have and faults at. So the jump
/// has two bytes, needs no place of its own to go to, and the address of the fault says which block it was.
pub(crate) const CHARGE_REFUSED: u32 = 2;

/// The operands of a subtraction: two registers (`0b11`), of which one is the extension of the opcode.
const _: () = assert!(0b11 << 6 | 5 << 3 | GAS_REGISTER & 7 == 0xea);

/// The code that charges for a block: a subtraction, and a jump to [`CHARGE_REFUSED`].
#[derive(Clone, Copy)]
pub(crate) struct Charge {
    /// Whether the amount has one byte, else it has four. What costs more is charged for elsewhere.
    is_short: bool,
}

impl Charge {
    /// What a short one can say.
    const SHORT_MAX: i32 = i8::MAX as i32;
    /// Where to count from if there is no limit: there are not that many instructions.
    pub(crate) const ENDLESS: i32 = i32::MIN;

    pub(crate) fn new(gas: Option<Tariff>) -> Self {
        // Few blocks have more instructions than a byte can count. Other models come to higher costs.
        Self { is_short: gas.is_some_and(Tariff::is_flat) }
    }

    /// Its size in bytes.
    #[inline(always)]
    fn bytes(self) -> u32 {
        if self.is_short {
            4 + 2
        } else {
            7 + 2
        }
    }
}

/// So many bytes of the code that charges for a block tell the amount.
pub const CHARGE_BYTES: usize = 7;

/// The amount in the code that charges for a block; `None` if it is charged for elsewhere.
pub(crate) fn amount(code: &[u8; CHARGE_BYTES]) -> Option<u32> {
    // Subtractions of an immediate from the register for gas: of one byte, which is not negative, and of four.
    match *code {
        [0x49, 0x83, 0xea, amount, ..] => Some(amount.into()),
        [0x49, 0x81, 0xea, a, b, c, d] => Some(u32::from_le_bytes([a, b, c, d])),
        _ => None,
    }
}

/// A block that costs more than the immediate of its charge can say.
pub(crate) struct Expensive {
    /// Its code offset.
    block: u32,
    /// Where it is charged for.
    at: u32,
    /// Offset behind that.
    behind: u32,
    cost: u32,
}

impl Translator<'_> {
    /// Emits the charge of a block, still without the amount, and begins to count its instructions. Returns where it is.
    #[inline(always)]
    pub(crate) fn begin_charge(&mut self) -> u32 {
        let at = self.position();
        self.count_base = Charge::ENDLESS;
        if self.config.gas.is_some() {
            if self.charge.is_short {
                self.count_base = -LONG_FROM;
                self.asm.rm_imm(row::SUB_RM_IMM8, Width::W64, GAS, 0);
            } else {
                self.asm.rm_imm(row::SUB_RM_IMM, Width::W64, GAS, 0);
            }
            self.asm.jcc_back(Condition::Below, at + CHARGE_REFUSED);
        }
        self.count = self.count_base;
        self.body = self.position();
        at
    }

    /// Begins a block again, with a charge that has room for a high cost, if there are more instructions in it than the short one can
    /// say: what has been translated of them up to the instruction at offset `at`, which has been counted, is forgotten. Such blocks
    /// are where programs compute most, so the detour of [`Expensive`] would hurt.
    ///
    /// It is called when there are [`LONG_FROM`], and looks ahead, so that it is not much that has been translated in vain.
    #[cold]
    #[inline(never)]
    pub(crate) fn begin_again(&mut self, start: u32, jumpable: bool, undo: Undo, at: u32) -> Option<u32> {
        let counted = self.count.abs_diff(self.count_base);
        if counted <= Charge::SHORT_MAX as u32 && !self.goes_on(at, Charge::SHORT_MAX as u32 + 1 - counted) {
            self.count -= Charge::SHORT_MAX - LONG_FROM;
            self.count_base = -Charge::SHORT_MAX;
            return None;
        }
        self.take_back(undo);
        self.blocks.pop();
        let charge = core::mem::replace(&mut self.charge, Charge { is_short: false });
        let again = self.begin_block(start, jumpable);
        self.charge = charge;
        self.is_long = true;
        self.opcode_behind = self.code.opcode_at(start);
        Some(again)
    }

    /// Whether so many instructions of the block, or more, come behind the one at this offset.
    fn goes_on(&self, offset: u32, instructions: u32) -> bool {
        let mut at = self.code.fetch(offset);
        for _ in 0..instructions {
            if !at.next_is_start || at.opcode.is_none_or(Opcode::is_terminator) {
                return false;
            }
            at = self.code.fetch(at.next);
        }
        true
    }

    /// Fills in the cost of the block that is charged for at `charge`. Returns it if it goes back to the start of a loop, as it is of
    /// use then, and 0 otherwise, or if nothing is charged.
    #[inline(always)]
    pub(crate) fn end_block(&mut self, charge: u32) -> u32 {
        if self.config.gas.is_none() {
            return 0;
        }
        let instructions = self.count.abs_diff(self.count_base);
        let block = self.blocks.last().map_or(0, |block| block.guest);
        if self.prices_later() && self.loop_branch.is_none() {
            self.price_later(block, instructions, charge);
            return 0;
        }
        let cost = self.cost(block, instructions);
        let form = Charge { is_short: self.charge.is_short && !core::mem::take(&mut self.is_long) };
        self.fill_in(block, charge, form, cost);
        cost
    }

    /// Fills in a cost.
    #[inline(always)]
    pub(crate) fn fill_in(&mut self, block: u32, at: u32, form: Charge, cost: u32) {
        let amount = at as usize + CHARGE_IMM;
        match (i8::try_from(cost), i32::try_from(cost)) {
            (Ok(cost), _) if form.is_short => self.asm.overwrite_byte(amount, cost as u8),
            (_, Ok(_)) if !form.is_short => self.asm.overwrite_word(amount, cost),
            _ => self.expensive.push(Expensive { block, at, behind: at + form.bytes(), cost }),
        }
    }

    /// What a block of so many instructions costs, 0 if nothing is charged.
    #[inline(always)]
    pub(crate) fn cost(&mut self, start: u32, instructions: u32) -> u32 {
        match &mut self.model {
            Some(model) => model.block(start, instructions),
            None if self.config.gas.is_none() => 0,
            // The flat model is one unit for each.
            None => instructions + revive_vm_primitives::mutant!(GasOffByOne, 1, 0),
        }
    }

    /// Emits what comes behind the last block: charges that do not fit into an instruction. Returns its offset.
    pub(crate) fn tail(&mut self) -> u32 {
        let tail = self.position();
        for Expensive { block, at, behind, cost } in core::mem::take(&mut self.expensive) {
            let here = self.position();
            self.asm.mov_imm64(SCRATCH, cost.into());
            self.asm.reg_rm(row::SUB_REG_RM, Width::W64, GAS, SCRATCH);
            self.asm.jcc_back(Condition::AboveOrEqual, behind);
            self.exits.push(Spot { guest: block, native: self.position() });
            self.asm.ud2();
            let [a, b, c, d] = here.wrapping_sub(at + 5).to_le_bytes();
            self.asm.overwrite(at as usize, &[0xe9, a, b, c, d]);
        }
        tail
    }
}
