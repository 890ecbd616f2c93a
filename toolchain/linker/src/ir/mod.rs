// SPDX-License-Identifier: Apache-2.0
//! The program between ELF and blob: blocks of instructions with symbolic addresses.
//!
//! An instruction of this form is one instruction of the virtual machine, but for two freedoms: constants may be
//! addresses of code or data that nobody knows yet, and up to four temporary registers may be used within a block.
//! [`normal`] says which operands may be constants.
//!
//! Invariants, checked by [`check`] after each pass in tests:
//!
//! 1. A block is entered only at its start and left only by its terminator.
//! 2. A temporary is written before it is read, in each block.
//! 3. Only blocks of [`Program::order`] are part of the program; all that those refer to are among them.

pub(crate) mod check;
pub(crate) mod data;
mod display;
pub(crate) mod eval;
mod inst;
pub(crate) mod normal;
mod op;
#[cfg(test)]
pub(crate) mod parse;
mod reg;

pub(crate) use data::{DataSection, Fixup, FixupValue};
pub(crate) use inst::{Address, Cond, Const, Inst, Operand, Terminator};
pub(crate) use op::{Bin, Un, W};
pub(crate) use reg::{Reg, RegSet};

use crate::{elf::Xlen, locations::Loc};

/// Index of a block in [`Program::blocks`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct BlockId(pub(crate) u32);

impl BlockId {
    /// As an index.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Index of a section in [`Program::data`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct DataId(pub(crate) u32);

impl DataId {
    /// As an index.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// An instruction and where it comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Node {
    pub(crate) inst: Inst,
    pub(crate) loc: Loc,
}

/// Instructions that are executed one after the other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Block {
    pub(crate) insts: Vec<Node>,
    pub(crate) end: Terminator,
    /// Where the terminator comes from.
    pub(crate) end_loc: Loc,
    /// Whether the block begins with a hint that it is hardly ever executed.
    pub(crate) unlikely: bool,
}

/// A function that the host may call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Export {
    pub(crate) name: Vec<u8>,
    pub(crate) block: BlockId,
}

/// A function of the host.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Import {
    pub(crate) name: Vec<u8>,
    /// Number that the guest asks for.
    pub(crate) index: Option<u32>,
    /// Registers that it reads, the first of [`Reg::ARGS`].
    pub(crate) inputs: u8,
    /// Registers that carry its result.
    pub(crate) outputs: u8,
}

/// The whole program.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) xlen: Xlen,
    pub(crate) blocks: Vec<Block>,
    /// The blocks that are part of the program, in the order in which they become code.
    pub(crate) order: Vec<BlockId>,
    /// In the order of the file; those without [`DataSection::kept`] are not part of the program.
    pub(crate) data: Vec<DataSection>,
    pub(crate) exports: Vec<Export>,
    pub(crate) imports: Vec<Import>,
    /// In bytes.
    pub(crate) stack_size: u32,
}

impl Program {
    /// A block.
    pub(crate) fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id.index()]
    }

    /// A block, to be changed.
    pub(crate) fn block_mut(&mut self, id: BlockId) -> &mut Block {
        &mut self.blocks[id.index()]
    }

    /// Number of instructions, terminators included.
    pub(crate) fn instruction_count(&self) -> usize {
        self.order.iter().map(|id| self.block(*id).insts.len() + 1).sum()
    }

    /// Per block, whether its distance from another one is stored in fewer bytes than a register has. Nobody knows how it will be extended,
    /// so it must not change its sign: such blocks keep the order of the input, and none takes the place of another.
    pub(crate) fn in_narrow_distances(&self) -> Vec<bool> {
        let mut found = vec![false; self.blocks.len()];
        for fixup in self.data.iter().filter(|section| section.kept).flat_map(|section| &section.fixups) {
            if let FixupValue::Difference(data::Place::Code(first), data::Place::Code(second)) = fixup.value {
                if u64::from(fixup.bytes) < self.xlen.bytes() {
                    found[first.index()] = true;
                    found[second.index()] = true;
                }
            }
        }
        found
    }
}
