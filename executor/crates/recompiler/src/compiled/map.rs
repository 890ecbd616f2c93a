// SPDX-License-Identifier: Apache-2.0
//! The way from the guest's code to machine code and back.
//!
//! Little is kept for it: where each block begins, and each exit to the host. What else lies within a block is found by translating
//! the block once more, which gives the same code again. That happens at a fault or at a start within a block: once or twice
//! per run, but for pages that the host maps when they are wanted. Then a block can have as many faults as instructions, and has been
//! paid for once; so it is remembered where one can begin within the blocks that were looked at.

use core::fmt;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use revive_vm_assembler::Assembler;
use revive_vm_primitives::{machine::CODE_ADDRESS, Code};

use crate::{
    block::Extent,
    charge::{self, CHARGE_BYTES, CHARGE_REFUSED},
    config::{Config, Flavour},
    dead::Owed,
    stubs::{self, Stubs},
    translator::{Mark, Scratch, Spot, Translator, Until},
};

/// What is where in the machine code of a translation.
pub struct CodeMap {
    pub(super) config: Config,
    pub(super) stubs: Stubs,
    pub(super) blocks: Box<[Spot]>,
    /// The instructions with calls of exits, and the offsets behind those. At the end the blocks that are charged for in the
    /// tail, and where those go that the gas does not cover.
    pub(super) exits: Box<[Spot]>,
    /// Offset behind the last block.
    pub(super) tail: u32,
    pub(super) known: Mutex<Known>,
}

/// Where translating again can begin within a block, by the block's code offset: every [`CodeMap::KNOWN_EVERY`] instructions as far as it
/// was looked at, so that it is little for all blocks together. Of more than the last one, because instances take turns. Offsets in the
/// machine code are from the block's beginning on.
pub(super) type Known = BTreeMap<u32, Vec<Spot>>;

/// What is at an address of generated code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// A block was not covered by the gas; its cost has been subtracted.
    Charge {
        /// Code offset of the block.
        block: u32,
        /// Where to continue once there is gas: the charge is made again.
        resume: u64,
    },
    /// Code of an instruction.
    Instruction {
        /// Code offset of the instruction.
        pc: u32,
        /// A bit for each guest register that holds the low half of its value above zeros and has to be sign-extended.
        pending: u16,
        /// Code offsets of loads, of unsigned comparisons of two registers, and of additions and shifts that make an address, in their
        /// order, that were executed together with another instruction: their results are not in the registers that they write.
        /// Each can be done now, once the registers above are extended: what it reads, in registers and in memory, is as it was, or
        /// what one before it gives.
        owed: Vec<u32>,
        /// Gas to be given back: it has been charged for what would have come after.
        ahead: u32,
    },
}

impl CodeMap {
    /// Bytes of memory that it takes, besides its own few.
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.blocks) + size_of_val(&*self.exits)
    }

    /// All blocks, in the order of the code: the code offset of each, and the offset in the machine code where it begins.
    /// Behind the last one is what [`Self::tail`] says.
    pub fn blocks(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.blocks.iter().map(|block| (block.guest, block.native))
    }

    /// Offset in the machine code behind the last block. What may come there charges for blocks that cost more than an
    /// instruction can say.
    pub fn tail(&self) -> u32 {
        self.tail
    }

    /// The start of the block that a start of the host at a code offset belongs to, or nothing if it cannot start there: as
    /// [`Code::block_start`], but without the way back through the block.
    pub fn block_start(&self, code: &Code<'_>, offset: u32) -> Option<u32> {
        if !code.is_instruction_start(offset) {
            return None;
        }
        let index = self.blocks.partition_point(|block| block.guest <= offset).checked_sub(1)?;
        // From where it begins there is no way back.
        code.block_start(self.blocks[index].guest)
    }

    /// Where the block at a code offset begins; it begins with the charge for it.
    pub fn block_entry(&self, start: u32) -> Option<u64> {
        Some(CODE_ADDRESS + u64::from(self.block_at(start)?.native))
    }

    /// What the block at a code offset costs, looked up where the machine code charges for it: `code_at` gives what is from an offset in
    /// the machine code on. `None` if that cannot be seen there, and if nothing is charged.
    pub fn charge_of(
        &self,
        start: u32,
        code_at: impl FnOnce(u32) -> Option<[u8; CHARGE_BYTES]>,
    ) -> Option<u32> {
        self.config.gas?;
        charge::amount(&code_at(self.charge_at(self.block_at(start)?))?)
    }

    /// Where the instruction at a code offset begins, in the block at `block`, whose charge has been made. Only of
    /// [`Flavour::Plain`](crate::Flavour::Plain): other code cannot be entered there.
    pub fn instruction_entry(&self, code: &Code<'_>, block: u32, pc: u32) -> Option<u64> {
        let block = self.block_at(block)?;
        let (marks, _) = self.marks_around(code, block, Until::Guest(pc));
        let mark = marks.iter().find(|mark| mark.guest == pc)?;
        Some(CODE_ADDRESS + u64::from(block.native + mark.native))
    }

    /// Where the instruction behind the one at an address begins. Only of [`Flavour::Plain`](crate::Flavour::Plain);
    /// `None` if the block ends.
    pub fn entry_behind(&self, code: &Code<'_>, address: u64) -> Option<u64> {
        let offset = u32::try_from(address.checked_sub(CODE_ADDRESS)?).ok()?;
        let block = self.block_around(offset)?;
        let (marks, _) = self.marks_around(code, block, Until::Native(offset - block.native));
        let mark = marks.iter().find(|mark| mark.native > offset - block.native)?;
        Some(CODE_ADDRESS + u64::from(block.native + mark.native))
    }

    /// Code offset of the instruction that left by an exit to which `address` is where to resume.
    pub fn exit_at(&self, address: u64) -> Option<u32> {
        let offset = u32::try_from(address.checked_sub(CODE_ADDRESS)?).ok()?;
        let index = self.exits.binary_search_by_key(&offset, |exit| exit.native).ok()?;
        Some(self.exits[index].guest)
    }

    /// What the code at an address belongs to; `None` if it is none of a guest's.
    pub fn locate(&self, code: &Code<'_>, address: u64) -> Option<Place> {
        let offset = u32::try_from(address.checked_sub(CODE_ADDRESS)?).ok()?;
        let in_tail = offset >= self.tail;
        let block = if in_tail {
            let index = self.exits.binary_search_by_key(&offset, |exit| exit.native).ok()?;
            self.block_at(self.exits[index].guest)?
        } else {
            self.block_around(offset)?
        };
        let charge = self.charge_at(block);
        if self.config.gas.is_some() && (in_tail || offset == charge + CHARGE_REFUSED) {
            return Some(Place::Charge { block: block.guest, resume: CODE_ADDRESS + u64::from(charge) });
        }
        let behind = offset - block.native;
        let (marks, owed) = self.marks_around(code, block, Until::Native(behind));
        let mark = marks.iter().take_while(|mark| mark.native <= behind).last()?;
        let pc = mark.guest;
        // Copies of the block may owe something else than the block.
        let is_owed = |owed: &&Owed| owed.copy == mark.copy && owed.behind < pc && pc <= owed.until;
        let mut owed: Vec<u32> = owed.iter().filter(is_owed).map(|owed| owed.by).collect();
        owed.sort_unstable();
        Some(Place::Instruction { pc, pending: mark.pending, owed, ahead: mark.ahead })
    }

    /// Where the charge for a block is: behind the step in front of its first instruction.
    fn charge_at(&self, block: Spot) -> u32 {
        block.native + if self.config.step_tracing { stubs::CALL_BYTES } else { 0 }
    }

    /// The block at a code offset.
    fn block_at(&self, start: u32) -> Option<Spot> {
        let index = self.blocks.binary_search_by_key(&start, |block| block.guest).ok()?;
        Some(self.blocks[index])
    }

    /// The block whose code an offset in the generated code belongs to.
    fn block_around(&self, offset: u32) -> Option<Spot> {
        let index = self.blocks.partition_point(|block| block.native <= offset).checked_sub(1)?;
        Some(self.blocks[index])
    }

    /// After so many instructions one can begin to translate again.
    pub(crate) const KNOWN_EVERY: usize = 256;

    /// The instructions of a block, with positions from its beginning on, and the values that are not in their registers.
    pub(super) fn marks(&self, code: &Code<'_>, block: Spot) -> (Vec<Mark>, Vec<Owed>) {
        let mut translator = self.translator(code);
        if code.is_instruction_start(block.guest) {
            translator.translate(block.guest, code.is_jump_target(block.guest), Extent::Block);
        } else {
            translator.gap(block.guest);
        }
        translator.into_marks()
    }

    /// The same, of a part of the block at least that has what is looked for and what is behind it: whatever the block's length, it takes as
    /// long as twice [`Self::KNOWN_EVERY`] instructions, or as those that have not been looked at before.
    ///
    /// Plain code depends on nothing before it, so that it can be translated from anywhere. Other code is not gone on with after
    /// a fault.
    pub(super) fn marks_around(&self, code: &Code<'_>, block: Spot, until: Until) -> (Vec<Mark>, Vec<Owed>) {
        if self.config.flavour == Flavour::Fast || !code.is_instruction_start(block.guest) {
            return self.marks(code, block);
        }
        let (before, from) = {
            let known = self.lock_known();
            let spots = known.get(&block.guest).map_or(&[][..], Vec::as_slice);
            let before = spots.partition_point(|spot| !until.is_before(spot.guest, spot.native));
            (before, before.checked_sub(1).map(|index| spots[index]))
        };
        let mut translator = self.translator(code);
        translator.until = Some(until.from(from.map_or(0, |from| from.native)));
        match from {
            Some(from) => translator.translate_within(block.guest, from.guest),
            None => translator.translate(block.guest, code.is_jump_target(block.guest), Extent::Block),
        }
        let (mut marks, owed) = translator.into_marks();
        let base = from.map_or(0, |from| from.native);
        marks.iter_mut().for_each(|mark| mark.native += base);
        let next = marks.iter().skip(Self::KNOWN_EVERY).step_by(Self::KNOWN_EVERY);
        let mut next = next.map(|mark| Spot { guest: mark.guest, native: mark.native }).peekable();
        if next.peek().is_some() {
            let mut known = self.lock_known();
            let spots = known.entry(block.guest).or_default();
            // Unless another thread was faster.
            if before == spots.len() {
                spots.extend(next);
            }
        }
        (marks, owed)
    }

    fn lock_known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A translator that notes what it translates.
    fn translator<'a>(&self, code: &Code<'a>) -> Translator<'a> {
        let asm = Assembler::new();
        let mut translator = Translator::new(*code, self.config, asm, self.stubs, Scratch::default(), 1);
        translator.want_marks();
        translator
    }
}

impl fmt::Debug for CodeMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeMap")
            .field("config", &self.config)
            .field("blocks", &self.blocks.len())
            .finish_non_exhaustive()
    }
}
