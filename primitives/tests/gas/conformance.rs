// SPDX-License-Identifier: Apache-2.0
//! The public conformance inputs of the pipeline model, rebuilt from their description (gas costs, section 4). All are
//! JamV1. Those that are described only as "realistic mixed blocks" are left out.

use crate::blocks::{costs, jump_to, li, mv, op, push_all, rri, rrr};
use revive_vm_primitives::{CodeBuilder, GasModel, Instruction, InstructionSet::JamV1, Opcode, Reg::*};

/// Checks the costs of the blocks for loads from the second-level cache and from the first-level cache.
fn check(build: impl Fn(&mut CodeBuilder), l2: &[u32], l1: &[u32]) {
    assert_eq!(costs(GasModel::PipelineL2, JamV1, &build), l2);
    assert_eq!(costs(GasModel::PipelineL1, JamV1, &build), l1);
    costs(GasModel::PipelineL3, JamV1, &build);
}

fn check_straight(block: &[Instruction], l2: &[u32], l1: &[u32]) {
    check(|code| push_all(code, block), l2, l1);
}

const TRAP: Instruction = Instruction::new(Opcode::Trap);
const FALLTHROUGH: Instruction = Instruction::new(Opcode::Fallthrough);
const UNLIKELY: Instruction = Instruction::new(Opcode::Unlikely);

#[test]
fn basic_consume_all() {
    check_straight(&[mv(Ra, Ra), TRAP], &[2], &[2]);
}

#[test]
fn parallel_and_sequential() {
    let add = |d, s, t| rrr(Opcode::Add64, d, s, t);
    check_straight(&[add(A0, A0, A1), add(A2, A2, A3), TRAP], &[2], &[2]);
    check_straight(&[add(A0, A1, A2), add(A3, A0, A4), TRAP], &[3], &[3]);
}

#[test]
fn sequential_decode_limits() {
    let literal = |d| Instruction::reg_imm64(Opcode::LoadImm64, d, 1 << 40);
    check_straight(&[literal(A0), literal(A1), literal(A2), literal(A3), TRAP], &[4], &[4]);
}

#[test]
fn resource_limits_mul() {
    let mul = |d, s, t| rrr(Opcode::Mul64, d, s, t);
    check_straight(&[mul(A0, A1, A2), mul(A3, A4, A5), TRAP], &[6], &[6]);
}

#[test]
fn mul_with_dep() {
    check_straight(&[rrr(Opcode::Add64, A0, A0, A1), rrr(Opcode::Mul64, A2, A2, A0), TRAP], &[4], &[4]);
}

#[test]
fn xor_and_shift() {
    let block = [
        rri(Opcode::XorImm, A0, A2, 1),
        rrr(Opcode::ShiftLogicalRight64, A1, A1, A0),
        FALLTHROUGH,
        op(Opcode::Trap),
    ];
    check_straight(&block, &[3, 2], &[3, 2]);
}

#[test]
fn register_move() {
    check_straight(&[li(A0, 1), mv(A1, A0), rri(Opcode::AddImm64, A2, A1, 1), TRAP], &[3], &[3]);
    let moves = [mv(A0, A1), mv(A1, A2), mv(A2, A3), mv(A3, A4), TRAP];
    check_straight(&moves, &[3], &[3]);
}

#[test]
fn multiple_register_moves() {
    check(
        |code| {
            let start = code.label_here();
            code.push(mv(A0, A1)).push(mv(A2, A0));
            code.push_to(Instruction::reg_imm_offset(Opcode::BranchEqImm, A2, 7, 0), start);
            code.push(FALLTHROUGH).push(TRAP);
        },
        &[20, 2, 2],
        &[20, 2, 2],
    );
    let complex = [
        rrr(Opcode::DivUnsigned64, A0, A1, A2),
        mv(A3, A0),
        mv(A3, A3),
        mv(A4, A3),
        mv(A0, A1),
        rrr(Opcode::Add64, A5, A4, A4),
        rrr(Opcode::Add64, A5, A5, A0),
        TRAP,
    ];
    check_straight(&complex, &[62], &[62]);
}

#[test]
fn overwrite_register() {
    let block = [
        rri(Opcode::LoadIndirectU64, A0, A1, 0),
        li(A0, 16),
        rri(Opcode::LoadIndirectU64, Ra, A0, 0),
        jump_to(Ra),
    ];
    check_straight(&block, &[48], &[27]);
}

#[test]
fn memory_accesses() {
    let load = |d, i| rri(Opcode::LoadIndirectU64, d, Sp, i);
    let block = [mv(A0, A1), load(Ra, 0), load(S0, 8), load(S1, 16), rri(Opcode::AddImm64, Sp, Sp, 24), TRAP];
    check_straight(&block, &[25], &[4]);
}

#[test]
fn load_and_jump() {
    check(
        |code| {
            let start = code.label_here();
            code.push(rri(Opcode::LoadIndirectU64, A0, A1, 0));
            code.push_to(Instruction::reg_imm_offset(Opcode::BranchEqImm, A0, 0, 0), start);
            code.push(TRAP);
        },
        &[26, 2],
        &[5, 2],
    );
}

#[test]
fn branches_to_traps_and_unlikely_blocks() {
    // What begins with a move is neither a trap nor unlikely.
    const MOVE: &[Instruction] = &[mv(A0, A0), TRAP];
    const MARKED: &[Instruction] = &[UNLIKELY, TRAP];
    let branch = |behind: &'static [Instruction], target: &'static [Instruction]| {
        move |code: &mut CodeBuilder| {
            let label = code.label();
            code.push_to(Instruction::reg_imm_offset(Opcode::BranchEqImm, A0, 7, 0), label);
            push_all(code, behind);
            code.bind(label);
            push_all(code, target);
        }
    };
    check(branch(&[TRAP], MOVE), &[1, 2, 2], &[1, 2, 2]);
    check(branch(MOVE, &[TRAP]), &[1, 2, 2], &[1, 2, 2]);
    check(branch(MARKED, MOVE), &[1, 40, 2], &[1, 40, 2]);
    check(branch(MOVE, MARKED), &[1, 2, 40], &[1, 2, 40]);
    check(branch(MARKED, MARKED), &[1, 40, 40], &[1, 40, 40]);
    check(branch(MOVE, MOVE), &[20, 2, 2], &[20, 2, 2]);
}

#[test]
fn start_execution_in_the_middle_of_block() {
    // What is charged for a start in the middle is up to the engines; the whole block costs this.
    let add = rrr(Opcode::Add64, A0, A0, A1);
    check_straight(&[add, add, add, mv(A2, A3), TRAP], &[3], &[3]);
}
