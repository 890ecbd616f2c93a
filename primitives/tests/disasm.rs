// SPDX-License-Identifier: Apache-2.0
//! The text form of every instruction, against `golden/disassembly.txt`, and the rules for numbers, aliases and names.
//!
//! Lines of the golden file are `mnemonic | text in 64-bit sets | text in the 32-bit set`, for the operands d = a0,
//! s = a1, t = t0, i = -5, j = 0x1234, k = 0x123456789a and target 77; `-` where the set lacks the instruction.

mod support;

use revive_vm_primitives::{DisplayOptions, Instruction, InstructionSet, Opcode, Reg, RegisterNames};
use support::with_operands;
use InstructionSet::{Latest32, Latest64};

fn show(isa: InstructionSet, instruction: Instruction) -> String {
    instruction.display(isa, DisplayOptions::default()).to_string()
}

fn unaliased(instruction: Instruction) -> String {
    instruction.display(Latest64, DisplayOptions { unaliased: true, ..Default::default() }).to_string()
}

#[test]
fn every_instruction_is_shown_as_the_specification_says() {
    let mut lines = include_str!("golden/disassembly.txt").lines();
    for opcode in Opcode::ALL {
        let instruction =
            with_operands(opcode, [Reg::A0, Reg::A1, Reg::T0], [-5, 0x1234], 0x12_3456_789a, 77);
        let narrow = match Latest32.byte(opcode) {
            Some(_) => show(Latest32, instruction),
            None => "-".into(),
        };
        let line = format!("{opcode} | {} | {narrow}", show(Latest64, instruction));
        assert_eq!(Some(&*line), lines.next());
    }
    assert_eq!(lines.next(), None);
}

#[test]
fn numbers_follow_section_9() {
    let load = |i| Instruction::reg_imm(Opcode::LoadImm, Reg::A0, i);
    assert_eq!(show(Latest64, load(0)), "a0 = 0");
    assert_eq!(show(Latest64, load(-3)), "a0 = 0xfffffffffffffffd");
    assert_eq!(show(Latest32, load(-3)), "a0 = 0xfffffffd");
    assert_eq!(show(Latest64, load(i32::MIN)), "a0 = 0xffffffff80000000");
    assert_eq!(show(Latest64, Instruction::reg_imm64(Opcode::LoadImm64, Reg::A0, 0)), "a0 = 0");
    assert_eq!(show(Latest64, Instruction::imm(Opcode::Ecalli, -1)), "ecalli 4294967295");
    let store = Instruction::reg_imm_imm(Opcode::StoreImmIndirectU8, Reg::A0, -3, 1);
    assert_eq!(show(Latest64, store), "u8 [a0 + -3] = 0x1");
    let store = Instruction::reg_imm_imm(Opcode::StoreImmIndirectU8, Reg::A0, 0, 0);
    assert_eq!(show(Latest64, store), "u8 [a0 + 0] = 0", "stores of immediates always show the offset");
    assert_eq!(
        show(Latest64, Instruction::imm_imm(Opcode::StoreImmU64, 0x20000, -1)),
        "u64 [0x20000] = 0xffffffffffffffff"
    );
}

#[test]
fn aliases_and_how_to_do_without() {
    let add = |i| Instruction::reg_reg_imm(Opcode::AddImm64, Reg::Sp, Reg::A0, i);
    for (i, aliased, plain) in [
        (1, "sp = a0 + 0x1", "sp = a0 + 0x1"),
        (0, "sp = a0 + 0", "sp = a0 + 0"),
        (-1, "sp = a0 - 1", "sp = a0 + 0xffffffffffffffff"),
        (-4095, "sp = a0 - 4095", "sp = a0 + 0xfffffffffffff001"),
        (-4096, "sp = a0 + 0xfffffffffffff000", "sp = a0 + 0xfffffffffffff000"),
    ] {
        assert_eq!((&*show(Latest64, add(i)), &*unaliased(add(i))), (aliased, plain));
    }
    let ret = Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0);
    let jump = |i| Instruction::reg_imm(Opcode::JumpIndirect, Reg::S0, i);
    assert_eq!((&*show(Latest64, ret), &*unaliased(ret)), ("ret", "jump [ra + 0]"));
    assert_eq!((&*show(Latest64, jump(0)), &*unaliased(jump(0))), ("jump [s0]", "jump [s0 + 0]"));
    assert_eq!(show(Latest64, Instruction { i: 4, ..ret }), "jump [ra + 0x4]");

    let negate = Instruction::reg_reg_imm(Opcode::NegateAndAddImm32, Reg::A0, Reg::A1, 0);
    assert_eq!((&*show(Latest64, negate), &*unaliased(negate)), ("i32 a0 = -a1", "i32 a0 = 0 - a1"));
    assert_eq!(show(Latest32, negate), "a0 = -a1");

    let load = Instruction::reg_reg_imm(Opcode::LoadIndirectU16, Reg::A0, Reg::A1, 0);
    assert_eq!(show(Latest64, load), "a0 = u16 [a1]", "without the historical blank");
    assert_eq!(unaliased(load), "a0 = u16 [a1 + 0]");
    let rotate = Instruction::reg_reg_imm(Opcode::RotateRightImm32, Reg::A0, Reg::A1, 3);
    assert_eq!(show(Latest32, rotate), "a0 = a1 >>r 0x3", "not the historical shift");
}

#[test]
fn a_jump_through_its_own_destination_names_the_old_value() {
    let jump = |d, s, j| Instruction::reg_reg_imm_imm(Opcode::LoadImmAndJumpIndirect, d, s, -7, j);
    assert_eq!(show(Latest64, jump(Reg::A0, Reg::A1, 0)), "a0 = -7, jump [a1]");
    assert_eq!(show(Latest64, jump(Reg::A0, Reg::A0, 0)), "tmp = a0, a0 = -7, jump [tmp]");
    assert_eq!(show(Latest64, jump(Reg::A0, Reg::A0, 16)), "tmp = a0, a0 = -7, jump [tmp + 0x10]");
}

#[test]
fn registers_and_targets_are_shown_as_wanted() {
    let branch = Instruction::reg_imm_offset(Opcode::BranchLessSignedImm, Reg::A5, -1, 300);
    assert_eq!(show(Latest64, branch), "jump 300 if a5 <s -1");
    let options = DisplayOptions {
        register_names: RegisterNames::Plain,
        target: Some(&|target, f| write!(f, "@{}", target / 100)),
        ..Default::default()
    };
    assert_eq!(branch.display(Latest64, options).to_string(), "jump @3 if r12 <s -1");
}
