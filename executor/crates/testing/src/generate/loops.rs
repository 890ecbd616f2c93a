// SPDX-License-Identifier: Apache-2.0
//! Loops of a few blocks, which run a few times: engines may treat them as a whole. They are left in the middle, skip blocks, and access memory
//! further on in each round until that fails.

use revive_vm_primitives::{isa::Opcode, Reg};

use super::{
    idioms::{reg_imm, reg_reg_imm, reg_reg_reg},
    operands,
};
use crate::random::Random;

/// Counts the rounds.
const COUNTER: Reg = Reg::A4;
/// What memory is accessed from.
const BASE: Reg = Reg::A5;
/// What is computed with.
const REGS: [Reg; 4] = [Reg::A0, Reg::A1, Reg::T0, Reg::S1];

/// An instruction whose length is known, and the block that it branches to, counted from the start of the loop.
type Part = (Opcode, Vec<u8>, Option<usize>);

/// A loop, with what comes before it.
pub(super) fn pick(random: &mut Random) -> Vec<(Opcode, Vec<u8>)> {
    use Opcode::*;
    let blocks = 1 + random.below(3);
    let mut sequence = vec![
        (LoadImm, reg_imm(COUNTER, random.pick(&[1, 2, 3, 5, 9, 14]))),
        (LoadImm, reg_imm(BASE, operands::pick_address(random))),
        (Fallthrough, vec![]),
    ];
    let step = random.pick(&[0i32, 0, 8, 100, 1000, -24]) as u32;
    // Offsets of the blocks, and what is in them.
    let (mut starts, mut parts, mut len) = (vec![0], Vec::<Part>::new(), 0);
    for block in 0..blocks {
        let mut now = Vec::new();
        let most = if block + 1 < blocks { 2 } else { 4 };
        for _ in 0..random.below(most) {
            now.push((straight(random), None));
        }
        if block + 1 < blocks {
            // Behind the loop, or to a later block of it; seldom back.
            let to = if random.chance(50) { blocks } else { random.below(blocks + 1) };
            now.push(match random.below(8) {
                0 => ((Fallthrough, vec![]), None),
                1..=4 => {
                    ((random.pick(&[BranchEq, BranchLessUnsigned, BranchLessSigned]), pair(random)), Some(to))
                }
                _ => ((random.pick(&[BranchEqImm, BranchLessSignedImm]), one(random.pick(&REGS))), Some(to)),
            });
        } else {
            now.push(((AddImm64, reg_reg_imm(BASE, BASE, step)), None));
            now.push(((AddImm32, reg_reg_imm(COUNTER, COUNTER, u32::MAX)), None));
            now.push(((BranchNotEqImm, one(COUNTER)), Some(0)));
        }
        for ((opcode, arguments), to) in now {
            // Four bytes for the distance.
            len += 1 + arguments.len() + if to.is_some() { 4 } else { 0 };
            parts.push((opcode, arguments, to));
        }
        starts.push(len);
    }
    let mut at = 0;
    for (opcode, mut arguments, to) in parts {
        if let Some(to) = to {
            let distance = starts[to] as i32 - at as i32;
            arguments.extend(distance.to_le_bytes());
        }
        at += 1 + arguments.len();
        sequence.push((opcode, arguments));
    }
    sequence
}

/// An instruction that ends no block.
fn straight(random: &mut Random) -> (Opcode, Vec<u8>) {
    use Opcode::*;
    let [d, s, t] = [(); 3].map(|()| random.pick(&REGS));
    let offset = random.pick(&[-8i32, -16, -32]) as u32;
    match random.below(8) {
        // Results whose sign-extension may be put off.
        0 | 1 => (AddImm32, reg_reg_imm(d, s, random.pick(&[1, 0x7fff_fff0, u32::MAX]))),
        2 => (random.pick(&[Add32, Mul32, Sub32]), reg_reg_reg(d, s, t)),
        3 => (random.pick(&[Add64, Xor, And, SetLessThanUnsigned]), reg_reg_reg(d, s, t)),
        4 => (random.pick(&[LoadIndirectU8, LoadIndirectI32]), reg_reg_imm(d, BASE, 0)),
        5 => (random.pick(&[StoreIndirectU8, StoreIndirectU32]), reg_reg_imm(d, BASE, 0)),
        6 => (random.pick(&[LoadIndirectI32, LoadIndirectU16]), reg_reg_imm(d, Reg::Sp, offset)),
        _ => (StoreIndirectU32, reg_reg_imm(d, Reg::Sp, offset)),
    }
}

/// What a branch on two registers begins with.
fn pair(random: &mut Random) -> Vec<u8> {
    vec![random.pick(&REGS) as u8 | (random.pick(&REGS) as u8) << 4]
}

/// What a branch on a register and 0 begins with.
fn one(reg: Reg) -> Vec<u8> {
    vec![reg as u8]
}
