// SPDX-License-Identifier: Apache-2.0
//! Short sequences that belong together: what compilers emit and engines treat as one, and instructions that do little
//! without another one before them.

use revive_vm_primitives::{isa::Opcode, InstructionSet, Reg};

use super::{loops, operands, Draft};
use crate::random::Random;

/// Registers of a sequence: few, so that they meet.
const REGS: [Reg; 6] = [Reg::T0, Reg::A0, Reg::A1, Reg::A2, Reg::A3, Reg::S1];

/// A sequence, or nothing if the instruction set lacks one of its instructions.
pub(super) fn pick(random: &mut Random, isa: InstructionSet, left_out: &[Opcode]) -> Option<Vec<Draft>> {
    use Opcode::*;
    let [d, s, t, e] = [(); 4].map(|()| random.pick(&REGS));
    let draft = |opcode: Opcode, arguments| {
        let byte = isa.byte(opcode).filter(|_| !left_out.contains(&opcode))?;
        Some(Draft::decided(byte, opcode, arguments))
    };
    let set = random.pick(&[SetLessThanUnsigned, SetLessThanSigned, SetLessThanUnsigned]);
    let signed = random.chance(50);
    let sequence: Vec<(Opcode, Vec<u8>)> = match random.below(21) {
        // The heap: a size that is not too large, since the black box zeroes all of it.
        0 => {
            let size = random.pick(&[0, 1, 100, 4096, 5000, 70_000]);
            vec![(LoadImm, reg_imm(s, size)), (Sbrk, reg_reg(d, s))]
        }
        1 => {
            let address = operands::pick_address(random);
            let count = random.below(40) as u32;
            vec![(LoadImm, reg_imm(Reg::A0, address)), (LoadImm, reg_imm(Reg::A2, count)), (Memset, vec![])]
        }
        // An addition and its carry, a subtraction and its borrow.
        2 => vec![(Add64, reg_reg_reg(d, s, t)), (SetLessThanUnsigned, reg_reg_reg(e, d, s))],
        3 => vec![(SetLessThanUnsigned, reg_reg_reg(e, s, t)), (Sub64, reg_reg_reg(d, s, t))],
        // A carry that is added: a chain.
        4 => vec![
            (Add64, reg_reg_reg(d, s, t)),
            (SetLessThanUnsigned, reg_reg_reg(e, d, t)),
            (Add64, reg_reg_reg(s, s, e)),
            (SetLessThanUnsigned, reg_reg_reg(t, s, e)),
        ],
        // Both halves of a product.
        5 => {
            let (upper, low) =
                ((MulUpperUnsignedUnsigned, reg_reg_reg(d, s, t)), (Mul64, reg_reg_reg(e, s, t)));
            if signed {
                vec![upper, low]
            } else {
                vec![low, upper]
            }
        }
        // Extensions by two shifts.
        6 => {
            let by: u32 = random.pick(&[31, 32, 33, 48, 56, 16, 24, 8]);
            let back = if random.chance(70) { by } else { by.saturating_sub(random.below(9) as u32) };
            let right = if signed { ShiftArithmeticRightImm64 } else { ShiftLogicalRightImm64 };
            vec![(ShiftLogicalLeftImm64, reg_reg_imm(d, s, by)), (right, reg_reg_imm(d, d, back))]
        }
        7 => {
            let by = random.pick(&[8, 16, 24, 31]);
            let right = if signed { ShiftArithmeticRightImm32 } else { ShiftLogicalRightImm32 };
            vec![(ShiftLogicalLeftImm32, reg_reg_imm(d, s, by)), (right, reg_reg_imm(d, d, by))]
        }
        // The address of an element.
        8 => {
            let by = random.below(5) as u32;
            let sum = if random.chance(50) { reg_reg_reg(d, d, t) } else { reg_reg_reg(d, t, d) };
            vec![(ShiftLogicalLeftImm64, reg_reg_imm(d, s, by)), (Add64, sum)]
        }
        // A number of 32 bits, and somebody who looks at all of it.
        9 => {
            let narrow = random.pick(&[Add32, Sub32, Mul32, ShiftLogicalRight32, DivUnsigned32]);
            let wide = random.pick(&[Add64, Xor, SetLessThanUnsigned, And, MaximumUnsigned]);
            vec![(narrow, reg_reg_reg(d, s, t)), (wide, reg_reg_reg(e, d, s))]
        }
        // A condition that is kept and then used.
        10 => {
            let used = random.pick(&[CmovIfZero, CmovIfNotZero]);
            vec![(set, reg_reg_reg(d, s, t)), (used, reg_reg_reg(e, s, d))]
        }
        // A condition that is branched on.
        12 => {
            let compared = draft(set, reg_reg_reg(d, s, t))?;
            let branch = draft(random.pick(&[BranchEqImm, BranchNotEqImm]), vec![0; 5])?;
            return Some(vec![compared, Draft { arguments: None, zero_test: Some(d), ..branch }]);
        }
        // A value from memory, used at once.
        11 => {
            let load = random.pick(&[
                LoadIndirectU8,
                LoadIndirectI16,
                LoadIndirectU32,
                LoadIndirectI32,
                LoadIndirectU64,
            ]);
            let used = random.pick(&[Add64, Xor, Sub64, Add32, And, Or, SetLessThanUnsigned]);
            vec![(load, reg_reg_imm(d, Reg::Sp, -16i32 as u32)), (used, reg_reg_reg(e, s, d))]
        }
        // A value from memory or a carry that serves one instruction, and whose register is overwritten a little later, while
        // accesses that may fail come in between.
        14 | 15 => {
            let is_carry = random.chance(50);
            let base = random.pick(&[Reg::Sp, Reg::Sp, Reg::Sp, Reg::Sp, Reg::Sp, s]);
            let mut sequence = if is_carry {
                let (sum, narrower) = if signed { (Add64, s) } else { (random.pick(&[Add64, Add32]), t) };
                let (x, y, z) = random.pick(&[(e, e, d), (e, d, e), (d, e, d), (t, e, d)]);
                let into = random.pick(&REGS);
                vec![
                    (sum, reg_reg_reg(into, s, t)),
                    (SetLessThanUnsigned, reg_reg_reg(d, into, narrower)),
                    (sum, reg_reg_reg(x, y, z)),
                ]
            } else {
                let load = random.pick(&[LoadIndirectU32, LoadIndirectI32, LoadIndirectU64, LoadIndirectU64]);
                let op = random.pick(&[Add64, Sub64, Mul64, And, Or, Xor, Add32, Sub32, Mul32]);
                let used = if random.chance(70) { reg_reg_reg(e, e, d) } else { reg_reg_reg(e, d, e) };
                vec![(load, reg_reg_imm(d, base, -16i32 as u32)), (op, used)]
            };
            sequence.extend(until_overwritten(random, [d, s, t, e], base));
            sequence
        }
        // An address that serves one load, made of two registers, mostly on the stack.
        17 | 18 => {
            let base = random.pick(&[Reg::Sp, Reg::Sp, Reg::Sp, s]);
            let mut sequence = vec![(AndImm, reg_reg_imm(t, t, random.pick(&[7, 31])))];
            let by = random.below(5) as u32;
            let index = if by > 0 { d } else { t };
            if by > 0 {
                sequence.push((ShiftLogicalLeftImm64, reg_reg_imm(d, t, by)));
            }
            let add = if signed || by > 0 { Add64 } else { Add32 };
            let sum =
                if random.chance(50) { reg_reg_reg(d, index, base) } else { reg_reg_reg(d, base, index) };
            sequence.push((add, sum));
            let load = random.pick(&[
                LoadIndirectU8,
                LoadIndirectI8,
                LoadIndirectU16,
                LoadIndirectI16,
                LoadIndirectU32,
                LoadIndirectI32,
                LoadIndirectU64,
            ]);
            let into = random.pick(&[d, e, e, t, base]);
            let offset = random.pick(&[-256i32, -256, -256, 0, -8]) as u32;
            // The stack pointer stays one.
            let into = if into == Reg::Sp { d } else { into };
            sequence.push((load, reg_reg_imm(into, d, offset)));
            sequence.extend(until_overwritten(random, [d, s, t, e], Reg::Sp));
            sequence
        }
        // A loop of a few blocks.
        13 | 19 => loops::pick(random),
        // A return.
        16 => vec![(JumpIndirect, reg_imm(Reg::Ra, 0))],
        // A copy that is changed.
        _ => {
            let used = random.pick(&[Add64, Sub64, Xor, Add32, Mul64, ShiftLogicalLeft64, AndInverted]);
            vec![(MoveReg, reg_reg(d, s)), (used, reg_reg_reg(d, d, t))]
        }
    };
    sequence.into_iter().map(|(opcode, arguments)| draft(opcode, arguments)).collect()
}

/// What may come before `d` is overwritten: accesses that may fail.
fn until_overwritten(random: &mut Random, [d, s, t, e]: [Reg; 4], base: Reg) -> Vec<(Opcode, Vec<u8>)> {
    use Opcode::*;
    let mut sequence = Vec::new();
    for _ in 0..random.below(4) {
        let offset = random.pick(&[-8i32, -12, -16, -17, -20, -24, -32]) as u32;
        let anywhere = random.chance(8);
        let base = random.pick(&[Reg::Sp, Reg::Sp, Reg::Sp, base]);
        sequence.push(match random.below(4) {
            0 => (random.pick(&[StoreIndirectU64, StoreIndirectU8]), reg_reg_imm(e, base, offset)),
            1 => (random.pick(&[LoadIndirectU64, LoadIndirectU16]), reg_reg_imm(t, base, offset)),
            _ if anywhere => (StoreU32, reg_imm(e, operands::pick_address(random))),
            _ => (Xor, reg_reg_reg(t, s, e)),
        });
    }
    sequence.push(match random.below(12) {
        0 => (LoadU8, reg_imm(d, operands::pick_address(random))),
        1 => (LoadIndirectU32, reg_reg_imm(d, random.pick(&[base, d]), 8)),
        2..=5 => (LoadIndirectU32, reg_reg_imm(d, Reg::Sp, -8i32 as u32)),
        _ => (LoadImm, reg_imm(d, 1)),
    });
    sequence
}

fn reg_reg(d: Reg, s: Reg) -> Vec<u8> {
    vec![d as u8 | (s as u8) << 4]
}

pub(super) fn reg_reg_reg(d: Reg, s: Reg, t: Reg) -> Vec<u8> {
    vec![s as u8 | (t as u8) << 4, d as u8]
}

pub(super) fn reg_imm(d: Reg, imm: u32) -> Vec<u8> {
    let [a, b, c, e] = imm.to_le_bytes();
    vec![d as u8, a, b, c, e]
}

pub(super) fn reg_reg_imm(d: Reg, s: Reg, imm: u32) -> Vec<u8> {
    let [a, b, c, e] = imm.to_le_bytes();
    vec![d as u8 | (s as u8) << 4, a, b, c, e]
}
