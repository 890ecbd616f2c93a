// SPDX-License-Identifier: Apache-2.0
//! The worked examples of the specification (gas costs, section 5).

use crate::blocks::{costs, costs_of, jump_to, li, mv, op, rri, rrr, straight, PIPELINES};
use crate::reference;
use revive_vm_primitives::{
    Code, CodeBuilder, Decoded, GasModel, Instruction, InstructionSet, Opcode, Reg::*,
};
use GasModel::{PipelineL1, PipelineL2, PipelineL3};
use InstructionSet::Latest64;

#[test]
fn single_instructions() {
    for (model, _) in PIPELINES {
        for isa in InstructionSet::ALL {
            let costs = |block: &[Instruction]| straight(model, isa, block);
            assert_eq!(costs(&[op(Opcode::Trap)]), [2], "{isa}");
            assert_eq!(costs(&[op(Opcode::Fallthrough), op(Opcode::Trap)]), [2, 2]);
            assert_eq!(costs(&[Instruction::offset(Opcode::Jump, 0)]), [15]);
            assert_eq!(costs(&[jump_to(Ra)]), [22]);
            // A branch to the beginning, with nothing behind it, with a trap behind it, and with neither.
            let branch = Instruction::reg_imm_offset(Opcode::BranchEqImm, A0, 5, 0);
            assert_eq!(costs(&[branch]), [1, 2], "the invalid instruction that it would run into is a block");
            assert_eq!(costs(&[branch, op(Opcode::Trap)]), [1, 2]);
            assert_eq!(costs(&[branch, op(Opcode::Fallthrough), op(Opcode::Trap)]), [20, 2, 2]);
            // What the program runs into behind its end, and an invalid opcode.
            assert_eq!(costs(&[mv(A0, A1)]), [2]);
            let invalid = |code: &mut CodeBuilder| {
                code.raw(&[254], true);
            };
            assert_eq!(crate::blocks::costs(model, isa, invalid), [2]);
        }
    }
}

#[test]
fn multiplier_and_dependency() {
    for (model, _) in PIPELINES {
        let block = [
            rrr(Opcode::Mul64, A0, A1, A2),
            rrr(Opcode::Add64, A0, A0, A3),
            rrr(Opcode::Mul64, A4, A5, S1),
            op(Opcode::Trap),
        ];
        assert_eq!(straight(model, Latest64, &block), [6]);
    }
}

#[test]
fn load_move_add_store_branch() {
    let costs = |model, behind: Instruction| {
        costs(model, Latest64, |code| {
            let start = code.label_here();
            code.push(rri(Opcode::LoadIndirectU32, A0, Sp, 8));
            code.push(mv(A1, A0));
            code.push(rri(Opcode::AddImm32, A1, A1, 1));
            code.push(rri(Opcode::StoreIndirectU32, A1, Sp, 8));
            code.push_to(Instruction::reg_imm_offset(Opcode::BranchLessUnsignedImm, A1, 100, 0), start);
            code.push(behind).push(op(Opcode::Trap));
        })[0]
    };
    for (model, cost) in [(PipelineL1, 31), (PipelineL2, 52), (PipelineL3, 64)] {
        assert_eq!(costs(model, mv(A0, A0)), cost);
        assert_eq!(costs(model, op(Opcode::Unlikely)), cost, "the store takes longer than any branch");
    }
}

#[test]
fn decode_limits_and_retirement_in_order() {
    for (model, _) in PIPELINES {
        let block = [
            rrr(Opcode::SetLessThanUnsigned, T0, S0, S1),
            rrr(Opcode::DivSigned64, A0, A1, A2),
            li(A3, 7),
            jump_to(S0),
        ];
        assert_eq!(straight(model, Latest64, &block), [61]);
    }
}

#[test]
fn host_call() {
    for (model, _) in PIPELINES {
        let block = [Instruction::imm(Opcode::Ecalli, 1), li(A0, 0), jump_to(Ra)];
        assert_eq!(straight(model, Latest64, &block), [100]);
    }
}

/// A sixth instruction that could start waits while a long step is taken.
#[test]
fn a_block_where_the_step_rule_matters() {
    let mut builder = CodeBuilder::new(Latest64);
    builder.push(rri(Opcode::LoadIndirectU64, A0, A1, 0));
    for at in 0..4 {
        builder.push(rri(Opcode::StoreIndirectU64, A1, A0, at));
    }
    for _ in 0..11 {
        builder.push(mv(T0, T1));
    }
    for _ in 0..7 {
        builder.push(op(Opcode::Unlikely));
    }
    builder.push(op(Opcode::Trap));
    let parts = builder.finish().unwrap();
    assert_eq!(costs_of(PipelineL1, Latest64, &parts), [69]);

    let section = parts.to_section();
    let code = Code::parse(Latest64, &section).unwrap();
    let block: Vec<Decoded> = code.block(0).collect();
    assert_eq!(reference::block_cost_by_single_cycles(Latest64, 4, code.bytes(), &block), 46);
    costs_of(PipelineL2, Latest64, &parts);
    costs_of(PipelineL3, Latest64, &parts);
}
