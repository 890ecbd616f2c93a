// SPDX-License-Identifier: Apache-2.0
//! Builds small programs and asks for the costs of their blocks, from the crate and from the reference at once.

use crate::reference;
use revive_vm_primitives::{
    BlockCost, Code, CodeBuilder, CodeParts, Decoded, Footprint, GasModel, Instruction, InstructionSet,
    Opcode, Reg, Tariff,
};

/// The pipeline models with their cache parameter.
pub(crate) const PIPELINES: [(GasModel, i64); 3] =
    [(GasModel::PipelineL1, 4), (GasModel::PipelineL2, 25), (GasModel::PipelineL3, 37)];

/// The tariff of a model that is the same for all programs.
pub(crate) fn tariff(model: GasModel) -> Tariff {
    model.tariff(Footprint::default())
}

/// The costs of all blocks of a program in code order: they are computed by one [`BlockCost`] and compared with the
/// reference.
pub(crate) fn costs_of(model: GasModel, isa: InstructionSet, parts: &CodeParts) -> Vec<u32> {
    let section = parts.to_section();
    let code = Code::parse(isa, &section).unwrap();
    let mut cost = BlockCost::new(tariff(model), &code);
    let mut unread = BlockCost::new(tariff(model), &code);
    let mut costs = Vec::new();
    let mut block: Vec<Decoded> = Vec::new();
    let m = PIPELINES.iter().find(|(pipeline, _)| *pipeline == model).map(|(_, m)| *m);
    for decoded in code.instructions() {
        cost.push(&decoded);
        block.push(decoded);
        if decoded.ends_block() {
            costs.push(cost.finish());
            let unread = unread.block(block[0].offset, block.len() as u32);
            assert_eq!(costs.last(), Some(&unread), "{model} {isa} {block:?}, operands unread");
            let expected = match m {
                Some(m) => reference::block_cost(isa, m, code.bytes(), &block),
                None => block.len() as u32,
            };
            assert_eq!(costs.last(), Some(&expected), "{model} {isa} {block:?}");
            block.clear();
        }
    }
    assert!(block.is_empty(), "code that runs off its end has an implicit invalid instruction");
    costs
}

/// The costs of the blocks of some straight or labelled code.
pub(crate) fn costs(model: GasModel, isa: InstructionSet, build: impl FnOnce(&mut CodeBuilder)) -> Vec<u32> {
    let mut builder = CodeBuilder::new(isa);
    build(&mut builder);
    costs_of(model, isa, &builder.finish().unwrap())
}

/// The costs of all blocks of some code under a tariff, in code order.
pub(crate) fn costs_by(tariff: Tariff, code: &Code<'_>) -> Vec<u32> {
    let mut cost = BlockCost::new(tariff, code);
    let mut costs = Vec::new();
    for decoded in code.instructions() {
        cost.push(&decoded);
        if decoded.ends_block() {
            costs.push(cost.finish());
        }
    }
    costs
}

/// The costs of the blocks of straight code under a tariff.
pub(crate) fn straight_by(tariff: Tariff, isa: InstructionSet, instructions: &[Instruction]) -> Vec<u32> {
    let mut builder = CodeBuilder::new(isa);
    push_all(&mut builder, instructions);
    let section = builder.finish().unwrap().to_section();
    costs_by(tariff, &Code::parse(isa, &section).unwrap())
}

/// The costs of the blocks of straight code.
pub(crate) fn straight(model: GasModel, isa: InstructionSet, instructions: &[Instruction]) -> Vec<u32> {
    costs(model, isa, |code| push_all(code, instructions))
}

pub(crate) fn push_all(code: &mut CodeBuilder, instructions: &[Instruction]) {
    for instruction in instructions {
        code.push(*instruction);
    }
}

pub(crate) fn op(opcode: Opcode) -> Instruction {
    Instruction::new(opcode)
}

/// `d = s op t`.
pub(crate) fn rrr(opcode: Opcode, d: Reg, s: Reg, t: Reg) -> Instruction {
    Instruction::reg_reg_reg(opcode, d, s, t)
}

/// `d = s op i`, loads and stores with a base.
pub(crate) fn rri(opcode: Opcode, d: Reg, s: Reg, i: i32) -> Instruction {
    Instruction::reg_reg_imm(opcode, d, s, i)
}

pub(crate) const fn mv(d: Reg, s: Reg) -> Instruction {
    Instruction::reg_reg(Opcode::MoveReg, d, s)
}

pub(crate) fn li(d: Reg, i: i32) -> Instruction {
    Instruction::reg_imm(Opcode::LoadImm, d, i)
}

/// `jump [s]`.
pub(crate) fn jump_to(s: Reg) -> Instruction {
    Instruction::reg_imm(Opcode::JumpIndirect, s, 0)
}
