// SPDX-License-Identifier: Apache-2.0
//! What of a program can be reached from its exports, and how.

use crate::ir::{data::Place, BlockId, Const, DataId, Operand, Program, Terminator};

/// What can be reached.
pub(crate) struct Reach {
    pub(crate) blocks: Vec<bool>,
    pub(crate) data: Vec<bool>,
    /// Blocks that indirect jumps may lead to: those whose address is taken by code, data or a call.
    pub(crate) dynamic: Vec<bool>,
    /// Of those, the ones that somebody else than a call takes the address of.
    pub(crate) address_taken: Vec<bool>,
    work: Vec<Item>,
}

enum Item {
    Block(BlockId),
    Data(DataId),
}

impl Reach {
    /// Walks the program.
    pub(crate) fn new(program: &Program) -> Self {
        let (blocks, data) = (program.blocks.len(), program.data.len());
        let mut reach = Self {
            blocks: vec![false; blocks],
            data: vec![false; data],
            dynamic: vec![false; blocks],
            address_taken: vec![false; blocks],
            work: Vec::new(),
        };
        for export in &program.exports {
            reach.block(export.block);
        }
        while let Some(item) = reach.work.pop() {
            match item {
                Item::Block(id) => {
                    let block = program.block(id);
                    for node in &block.insts {
                        // Most constants are numbers, which lead nowhere.
                        node.inst.for_each_const(|value| match value {
                            Const::Int(_) => {}
                            value => reach.constant(value),
                        });
                    }
                    if let Terminator::Branch { b: Operand::Const(value), .. } = block.end {
                        reach.constant(value);
                    }
                    block.end.for_each_successor(|to| reach.block(to));
                    if let Some(back) = block.end.back() {
                        reach.dynamic[back.index()] = true;
                        reach.block(back);
                    }
                }
                Item::Data(id) => {
                    for fixup in &program.data[id.index()].fixups {
                        fixup.value.for_each_place(|place| match place {
                            Place::Code(block) => reach.constant(Const::Code(block)),
                            Place::Data(id, _) => reach.data(id),
                            Place::Number(_) => {}
                        });
                    }
                }
            }
        }
        reach
    }

    fn block(&mut self, id: BlockId) {
        if !std::mem::replace(&mut self.blocks[id.index()], true) {
            self.work.push(Item::Block(id));
        }
    }

    fn data(&mut self, id: DataId) {
        if !std::mem::replace(&mut self.data[id.index()], true) {
            self.work.push(Item::Data(id));
        }
    }

    fn constant(&mut self, value: Const) {
        match value {
            Const::Code(id) => {
                self.dynamic[id.index()] = true;
                self.address_taken[id.index()] = true;
                self.block(id);
            }
            Const::Data(id, _) | Const::DataHigh(id, _) | Const::DataLow(id, _) => self.data(id),
            Const::Int(_) | Const::HeapBase => {}
        }
    }
}
