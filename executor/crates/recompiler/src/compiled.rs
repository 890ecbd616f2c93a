// SPDX-License-Identifier: Apache-2.0
//! The result of a translation: machine code, and what is where in it.

#[cfg(test)]
mod again;
mod artefact;
mod map;

use core::{cell::Cell, fmt};

use revive_vm_assembler::{Assembler, TRAP};
use revive_vm_primitives::{
    limits,
    machine::{CODE_ADDRESS, CODE_BYTES_MAX, NO_TARGET, RETURN_PAGE_BYTES},
    Code,
};

use crate::{
    block::Extent,
    config::Config,
    stubs,
    translator::{Scratch, Translator},
};

pub use map::{CodeMap, Place};

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

/// A translation. Once a worker can map the machine code, only the map need be kept.
#[derive(Debug)]
pub struct Compiled {
    /// What is executed.
    pub machine_code: MachineCode,
    /// What is where in it.
    pub map: CodeMap,
}

/// Generated code, and where its indirect jumps go.
pub struct MachineCode {
    code: Vec<u8>,
    /// For each entry of the guest's jump table the offset in the code, or [`NOWHERE`].
    targets: Box<[u32]>,
    /// Where the guest's return address leads to, in the code.
    finished: u32,
}

/// No offset of a block: there the code is entered.
const NOWHERE: u32 = 0;

impl Compiled {
    /// Translates a program. Takes time and memory linear in the code's size. There is a translation of every program.
    pub fn new(code: &Code<'_>, config: &Config) -> Self {
        let len = code.len() as usize;
        // Only what is used of it is ever touched, so there may well be more than is needed.
        let mut asm = Assembler::with_capacity(4 * len + 2 * PAGE);
        let stubs = stubs::put(&mut asm);
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
        let targets = translator.code.jump_table().iter();
        let targets = targets.map(|target| translator.label(target).unwrap_or(NOWHERE)).collect();
        let blocks = core::mem::take(&mut translator.blocks).into_boxed_slice();
        let exits = core::mem::take(&mut translator.exits).into_boxed_slice();
        let scratch = translator.take_scratch();
        if scratch.bytes() <= SCRATCH_BYTES_MAX {
            SCRATCH.set(scratch);
        }
        let mut code = translator.asm.finish();
        debug_assert!(whole_pages(code.len()) <= CODE_BYTES_PER_BYTE_MAX * len + CONSTANT_CODE_BYTES);
        // It stays for long, and has room for up to twice as much. That of a large one was never touched; to give it back would have the
        // next large translation ask the system for it again, page by page, which takes a tenth of its time.
        if code.capacity() <= SHRUNK_BYTES_MAX {
            code.shrink_to(whole_pages(code.len()));
        }
        Self {
            machine_code: MachineCode { code, targets, finished: stubs.finished },
            map: CodeMap { config: *config, stubs, blocks, exits, tail, known: Default::default() },
        }
    }
}

impl MachineCode {
    /// The code.
    pub fn code(&self) -> &[u8] {
        &self.code
    }

    /// The code, followed by traps, in whole pages: to be mapped at [`CODE_ADDRESS`], executable and not writable.
    pub fn pages(&mut self) -> &[u8] {
        self.code.resize(whole_pages(self.code.len()), TRAP);
        &self.code
    }

    /// Bytes of the [pages](Self::pages).
    pub fn page_bytes(&self) -> usize {
        whole_pages(self.code.len())
    }

    /// The jump table, whole pages, to be mapped at
    /// [`JUMP_TABLE_ADDRESS`](revive_vm_primitives::machine::JUMP_TABLE_ADDRESS), except for the last page, which belongs
    /// at [`RETURN_PAGE_ADDRESS`](revive_vm_primitives::machine::RETURN_PAGE_ADDRESS). Both read-only. Made when it is asked for, because
    /// most programs have few entries and so two pages of none.
    pub fn jump_table(&self) -> Vec<u8> {
        let mut entries = vec![NO_TARGET.to_le_bytes(); self.jump_table_bytes() / 8];
        let address = |offset: u32| (CODE_ADDRESS + u64::from(offset)).to_le_bytes();
        // Address 0 is no entry.
        for (entry, target) in entries.iter_mut().skip(1).zip(&self.targets) {
            if *target != NOWHERE {
                *entry = address(*target);
            }
        }
        entries[table_entries(self.targets.len())] = address(self.finished);
        entries.into_flattened()
    }

    /// Bytes of the [jump table](Self::jump_table).
    pub fn jump_table_bytes(&self) -> usize {
        8 * table_entries(self.targets.len()) + RETURN_PAGE_BYTES
    }
}

impl fmt::Debug for MachineCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MachineCode")
            .field("code_bytes", &self.code.len())
            .field("jump_table_bytes", &self.jump_table_bytes())
            .finish()
    }
}

/// Bytes of the pages that so many bytes are in.
const fn whole_pages(bytes: usize) -> usize {
    bytes.next_multiple_of(PAGE)
}

/// Entries of the machine's jump table for so many of the guest's, in whole pages. Address 0 is no entry.
const fn table_entries(len: usize) -> usize {
    (len + 1).next_multiple_of(PAGE / 8)
}
