// SPDX-License-Identifier: Apache-2.0
//! The result of a translation, and the way back from machine addresses to the guest's code.
//!
//! Little is kept for the way back: where each block begins, and each exit to the host. What else lies within a block is found by
//! translating the block once more, which gives the same code again. That happens at a fault or at a start within a block, so once
//! or twice per run.

#[cfg(test)]
mod again;
mod artefact;

use core::{cell::Cell, fmt};

use revive_vm_assembler::Assembler;
use revive_vm_primitives::{
    limits,
    machine::{CODE_ADDRESS, CODE_BYTES_MAX, NO_TARGET, RETURN_PAGE_BYTES},
    Code,
};

use crate::{
    block::Extent,
    charge::{self, CHARGE_REFUSED},
    config::Config,
    dead::Owed,
    stubs::{self, Stubs},
    translator::{Mark, Scratch, Spot, Translator},
};

/// Bytes in a page of the machine.
const PAGE: usize = 4096;

/// Bytes of generated code per byte of guest code, at most. The densest are instructions whose operand bytes belong to the
/// next ones, so that one byte is a whole multiplication or division: 61 bytes for a signed quotient with a step in front.
/// What comes in addition does not depend on the guest: entry, exits and padding, less than two pages.
///
/// Ordinary code has 3 to 6.
pub const CODE_BYTES_PER_BYTE_MAX: usize = 63;

/// Bytes of generated code that do not depend on the guest, at most.
const CONSTANT_CODE_BYTES: usize = 2 * PAGE;

/// The largest code that a blob can have fits into the worker's room for code, whatever it is: a module that one engine
/// accepts and another one refuses would split a chain.
const _: () = assert!(
    (CODE_BYTES_PER_BYTE_MAX * limits::CODE_BYTES_MAX as usize + CONSTANT_CODE_BYTES) as u64
        <= CODE_BYTES_MAX
);

/// Bytes of room for code up to which what is not needed of it is given back.
const SHRUNK_BYTES_MAX: usize = 256 << 10;

/// Bytes of scratch memory that a thread keeps between translations, at most.
const SCRATCH_BYTES_MAX: usize = 4 << 20;

std::thread_local! {
    static SCRATCH: Cell<Scratch> = Cell::default();
}

/// Generated code and what the host has to know about it.
pub struct Compiled {
    config: Config,
    stubs: Stubs,
    code: Vec<u8>,
    jump_table: Vec<u8>,
    blocks: Box<[Spot]>,
    /// The instructions with calls of exits, and the offsets behind those. At the end the blocks that are charged for in the
    /// tail, and where those go that the gas does not cover.
    exits: Box<[Spot]>,
    /// Offset behind the last block.
    tail: u32,
}

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

impl Compiled {
    /// Translates a program. Takes time and memory linear in the code's size. There is a translation of every program.
    pub fn new(code: &Code<'_>, config: &Config) -> Self {
        let len = code.len() as usize;
        // Only what is used of it is ever touched, so there may well be more than is needed.
        let mut asm = Assembler::with_capacity(4 * len + 2 * PAGE);
        let stubs = stubs::emit(&mut asm);
        let mut scratch = SCRATCH.take();
        scratch.make_room(len);
        let mut translator = Translator::new(*code, *config, asm, stubs, scratch, len / 16);
        // Whatever precedes the first instruction is a gap; only at 0 may jumps go there.
        if let Some(start) = code.next_start(0) {
            translator.translate(start, start == 0, Extent::Program);
        }
        translator.price();
        translator.aim_forward_jumps();
        let tail = translator.tail();
        let jump_table = jump_table(&translator);
        let blocks = core::mem::take(&mut translator.blocks).into_boxed_slice();
        let exits = core::mem::take(&mut translator.exits).into_boxed_slice();
        let scratch = translator.take_scratch();
        if scratch.bytes() <= SCRATCH_BYTES_MAX {
            SCRATCH.set(scratch);
        }
        let mut asm = translator.asm;
        asm.align_with_traps(PAGE);
        debug_assert!(asm.len() <= CODE_BYTES_PER_BYTE_MAX * len + CONSTANT_CODE_BYTES);
        let mut code = asm.finish();
        // It stays for long, and has room for up to twice as much. That of a large one was never touched; to give it back would have the
        // next large translation ask the system for it again, page by page, which takes a tenth of its time.
        if code.capacity() <= SHRUNK_BYTES_MAX {
            code.shrink_to_fit();
        }
        Self { config: *config, stubs, code, jump_table, blocks, exits, tail }
    }

    /// The settings of the translation.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The code, whole pages: to be mapped at [`CODE_ADDRESS`], executable and not writable.
    pub fn code(&self) -> &[u8] {
        &self.code
    }

    /// The jump table, whole pages, to be mapped at
    /// [`JUMP_TABLE_ADDRESS`](revive_vm_primitives::machine::JUMP_TABLE_ADDRESS), except for the last page, which belongs
    /// at [`RETURN_PAGE_ADDRESS`](revive_vm_primitives::machine::RETURN_PAGE_ADDRESS). Both read-only.
    pub fn jump_table(&self) -> &[u8] {
        &self.jump_table
    }

    /// Bytes that are kept besides code and jump table.
    pub fn bookkeeping_bytes(&self) -> usize {
        size_of_val(&*self.blocks) + size_of_val(&*self.exits)
    }

    /// All blocks, in the order of the code: the code offset of each, and the offset in [`Self::code`] where it begins.
    /// Behind the last one is what [`Self::tail`] says.
    pub fn blocks(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.blocks.iter().map(|block| (block.guest, block.native))
    }

    /// Offset in [`Self::code`] behind the last block. What may come there charges for blocks that cost more than an
    /// instruction can say.
    pub fn tail(&self) -> u32 {
        self.tail
    }

    /// Where the block at a code offset begins; it begins with the charge for it.
    pub fn block_entry(&self, start: u32) -> Option<u64> {
        Some(CODE_ADDRESS + u64::from(self.block_at(start)?.native))
    }

    /// What the block at a code offset costs, looked up where it is charged for. `None` if that cannot be seen there, and if nothing
    /// is charged.
    pub fn charge_of(&self, start: u32) -> Option<u32> {
        self.config.gas?;
        let charge = self.charge_at(self.block_at(start)?);
        charge::amount(self.code.get(charge as usize..)?)
    }

    /// Where the instruction at a code offset begins, in the block at `block`, whose charge has been made. Only of
    /// [`Flavour::Plain`](crate::Flavour::Plain): other code cannot be entered there.
    pub fn instruction_entry(&self, code: &Code<'_>, block: u32, pc: u32) -> Option<u64> {
        let block = self.block_at(block)?;
        let (marks, _) = self.marks(code, block);
        let mark = marks.iter().find(|mark| mark.guest == pc)?;
        Some(CODE_ADDRESS + u64::from(block.native + mark.native))
    }

    /// Where the instruction behind the one at an address begins. Only of [`Flavour::Plain`](crate::Flavour::Plain);
    /// `None` if the block ends.
    pub fn entry_behind(&self, code: &Code<'_>, address: u64) -> Option<u64> {
        let offset = u32::try_from(address.checked_sub(CODE_ADDRESS)?).ok()?;
        let block = self.block_around(offset)?;
        let (marks, _) = self.marks(code, block);
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
        let (marks, owed) = self.marks(code, block);
        let behind = offset - block.native;
        let mark = marks.iter().take_while(|mark| mark.native <= behind).last()?;
        let pc = mark.guest;
        // Copies of the block owe the same as the block.
        let mut owed: Vec<u32> =
            owed.iter().filter(|owed| owed.behind < pc && pc <= owed.until).map(|owed| owed.by).collect();
        owed.sort_unstable();
        owed.dedup();
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

    /// The instructions of a block, with positions from its beginning on, and the values that are not in their registers.
    fn marks(&self, code: &Code<'_>, block: Spot) -> (Vec<Mark>, Vec<Owed>) {
        let asm = Assembler::new();
        let mut translator = Translator::new(*code, self.config, asm, self.stubs, Scratch::default(), 1);
        translator.want_marks();
        if code.is_instruction_start(block.guest) {
            translator.translate(block.guest, code.is_jump_target(block.guest), Extent::Block);
        } else {
            translator.gap(block.guest);
        }
        translator.into_marks()
    }
}

impl fmt::Debug for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compiled")
            .field("config", &self.config)
            .field("code_bytes", &self.code.len())
            .field("jump_table_bytes", &self.jump_table.len())
            .field("blocks", &self.blocks.len())
            .finish_non_exhaustive()
    }
}

/// Entries of the machine's jump table for so many of the guest's, in whole pages. Address 0 is no entry.
const fn table_entries(len: usize) -> usize {
    (len + 1).next_multiple_of(PAGE / 8)
}

/// Bytes of [`Compiled::jump_table`] for so many of the guest's entries.
const fn table_bytes(len: usize) -> usize {
    8 * table_entries(len) + RETURN_PAGE_BYTES
}

/// The jump table and the page for the return address.
fn jump_table(translator: &Translator<'_>) -> Vec<u8> {
    let table = translator.code.jump_table();
    let mut bytes = Vec::with_capacity(table_bytes(table.len() as usize));
    let mut push = |entry: Option<u32>| {
        let entry = entry.map_or(NO_TARGET, |offset| CODE_ADDRESS + u64::from(offset));
        bytes.extend_from_slice(&entry.to_le_bytes());
    };
    push(None);
    for target in table.iter() {
        push(translator.label(target));
    }
    for _ in table.len() as usize + 1..table_entries(table.len() as usize) {
        push(None);
    }
    push(Some(translator.stubs.finished));
    for _ in 1..RETURN_PAGE_BYTES / 8 {
        push(None);
    }
    bytes
}
