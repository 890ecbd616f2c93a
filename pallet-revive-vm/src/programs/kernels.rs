// SPDX-License-Identifier: Apache-2.0
//! Programs that take as long as a unit of gas can be made to take.
//!
//! The price of gas comes from them: it must be at least what the worst of them takes, on each carrier. A contract's input is the
//! number of rounds, eight bytes little-endian; it makes them and returns.

use super::{Asm, RW};
use alloc::vec::Vec;
use revive_vm_primitives::{Instruction, Label, Opcode, Reg};

/// A kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// Loads whose address is what the load before gave, each over the border of two lines, all over the largest memory: no
    /// cache but the last holds it, and nothing can be predicted.
    ChasedLoads,
    /// Stores to pseudo-random places, over the border of two lines, all over the largest memory.
    ScatteredStores,
    /// Divisions, each of what the one before gave.
    Divisions,
    /// Upper halves of products, each of what the one before gave.
    Multiplications,
    /// Dynamic jumps that lead all over the largest code, and each to where no jump has led for long.
    ScatteredDynamicJumps,
    /// Static jumps that do so.
    ScatteredJumps,
    /// Branches that do so, with a trap behind each: where traps follow, some gas models believe a branch to be predicted.
    ScatteredBranches,
    /// Branches that are taken half of the time, at random.
    RandomBranches,
    /// Blocks of one instruction, one behind the other.
    Blocks,
    /// Additions, each of what the one before gave, in a block as long as one may be: what an ordinary instruction takes.
    Additions,
}

impl Kernel {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::ChasedLoads,
        Self::ScatteredStores,
        Self::Divisions,
        Self::Multiplications,
        Self::ScatteredDynamicJumps,
        Self::ScatteredJumps,
        Self::ScatteredBranches,
        Self::RandomBranches,
        Self::Blocks,
        Self::Additions,
    ];

    /// The name of its benchmark, without `instr_`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChasedLoads => "chased_loads",
            Self::ScatteredStores => "scattered_stores",
            Self::Divisions => "divisions",
            Self::Multiplications => "multiplications",
            Self::ScatteredDynamicJumps => "scattered_dynamic_jumps",
            Self::ScatteredJumps => "scattered_jumps",
            Self::ScatteredBranches => "scattered_branches",
            Self::RandomBranches => "random_branches",
            Self::Blocks => "blocks",
            Self::Additions => "additions",
        }
    }

    /// Instructions of one round.
    pub const fn instructions(self) -> u32 {
        match self {
            Self::ChasedLoads => LOADS + ROUND,
            Self::ScatteredStores => 5 * STORES + ROUND,
            Self::Divisions | Self::Multiplications | Self::Additions => CHAIN + ROUND,
            // One leads into the ring.
            Self::ScatteredJumps => JUMPS + 1 + ROUND,
            Self::ScatteredBranches => SCATTERED_BRANCHES + 1 + ROUND,
            Self::ScatteredDynamicJumps => DYNAMIC_JUMPS + 1 + ROUND,
            Self::RandomBranches => 2 * BRANCHES + 3 * (BRANCHES / BRANCH_BITS) + ROUND,
            Self::Blocks => BLOCKS + ROUND,
        }
    }

    /// The contract.
    pub fn contract(self) -> Vec<u8> {
        let mut asm = Asm::new();
        asm.export("deploy").done();
        asm.export("call").take_input().fetch(Reg::S1, RW);
        match self {
            Self::ChasedLoads => chased_loads(&mut asm),
            Self::ScatteredStores => scattered_stores(&mut asm),
            Self::Divisions => chain(&mut asm, Opcode::DivUnsigned64),
            Self::Multiplications => chain(&mut asm, Opcode::MulUpperSignedSigned),
            Self::ScatteredDynamicJumps => scattered_dynamic_jumps(&mut asm),
            Self::ScatteredJumps => scattered_jumps(&mut asm),
            Self::ScatteredBranches => scattered_branches(&mut asm),
            Self::RandomBranches => random_branches(&mut asm),
            Self::Blocks => blocks(&mut asm),
            Self::Additions => chain(&mut asm, Opcode::Add64),
        }
        asm.done();
        let memory = match self {
            // The last access ends behind the last line.
            Self::ChasedLoads | Self::ScatteredStores => MEMORY + 64,
            _ => super::RW_BYTES,
        };
        asm.builder().rw_data(memory, &[]).build()
    }
}

/// Bytes of memory of the kernels that are about memory: close to the most that a contract may have, and a power of two.
const MEMORY: u32 = 1 << 20;
/// Instructions around a round.
const ROUND: u32 = 3;
const LOADS: u32 = 900;
const STORES: u32 = 180;
const CHAIN: u32 = 900;
const BLOCKS: u32 = 900;
const BRANCHES: u32 = 320;
/// Bits of a number that decide.
const BRANCH_BITS: u32 = 32;
/// With jumps of their size, about as much code as a contract may have.
const JUMPS: u32 = 100_000;
const SCATTERED_BRANCHES: u32 = 70_000;
const DYNAMIC_JUMPS: u32 = 80_000;

/// A step through all numbers below a power of two that never comes close to where it was.
const STRIDE: u32 = 0x9E37_79B1;

fn immediate(opcode: Opcode, d: Reg, s: Reg, i: u32) -> Instruction {
    Instruction::reg_reg_imm(opcode, d, s, i as i32)
}

/// `operations` of `a0` with a1, each on what the one before gave.
fn chain(asm: &mut Asm, opcode: Opcode) {
    asm.load(Reg::A2, u64::MAX).load(Reg::A1, 3).load(Reg::A3, 0x8000_0000_0000_0001);
    asm.rounds(|asm| {
        for index in 0..CHAIN {
            // A quotient that becomes small is easy; every other is of the largest number by the one before.
            let (s, t) = match (opcode, index % 2) {
                (Opcode::DivUnsigned64, 0) => (Reg::A2, Reg::A1),
                (Opcode::DivUnsigned64, _) => (Reg::A2, Reg::A0),
                (Opcode::MulUpperSignedSigned, _) => (Reg::A0, Reg::A3),
                _ => (Reg::A0, Reg::A1),
            };
            let d = if opcode == Opcode::DivUnsigned64 && index % 2 == 1 { Reg::A1 } else { Reg::A0 };
            asm.push(Instruction::reg_reg_reg(opcode, d, s, t));
        }
    });
}

/// Makes a ring of addresses through all lines of memory, then follows it.
fn chased_loads(asm: &mut Asm) {
    // Cells of eight bytes that begin four bytes before the end of a line. Cell `i` leads to cell `i + STRIDE`.
    let cells = MEMORY / 64 - 1;
    // A5: number of the cell; T0: count; A1: its address; A2: the next one's.
    asm.load(Reg::A5, 0).load(Reg::T0, u64::from(cells) + 1);
    let done = asm.code.label();
    let fill = asm.push(Instruction::new(Opcode::Fallthrough)).code.label_here();
    asm.code.push_to(Instruction::reg_imm_offset(Opcode::BranchEqImm, Reg::T0, 0, 0), done);
    asm.push(immediate(Opcode::AddImm64, Reg::T0, Reg::T0, u32::MAX));
    cell(asm, Reg::A1, Reg::A5);
    asm.push(immediate(Opcode::AddImm32, Reg::A5, Reg::A5, STRIDE));
    asm.push(immediate(Opcode::AndImm, Reg::A5, Reg::A5, cells));
    cell(asm, Reg::A2, Reg::A5);
    asm.push(Instruction::reg_reg_imm(Opcode::StoreIndirectU64, Reg::A2, Reg::A1, 0));
    asm.code.push_to(Instruction::offset(Opcode::Jump, 0), fill);
    asm.code.bind(done);
    asm.rounds(|asm| {
        for _ in 0..LOADS {
            asm.push(Instruction::reg_reg_imm(Opcode::LoadIndirectU64, Reg::A1, Reg::A1, 0));
        }
    });
}

/// `d` = the address of cell number `number`.
fn cell(asm: &mut Asm, d: Reg, number: Reg) {
    asm.push(immediate(Opcode::ShiftLogicalLeftImm64, d, number, 6));
    asm.push(immediate(Opcode::AddImm64, d, d, RW as u32 + 60));
}

fn blocks(asm: &mut Asm) {
    asm.rounds(|asm| {
        for _ in 0..BLOCKS {
            asm.push(Instruction::new(Opcode::Fallthrough));
        }
    });
}

fn scattered_stores(asm: &mut Asm) {
    let cells = MEMORY / 64 - 1;
    asm.load(Reg::A5, 1);
    asm.rounds(|asm| {
        for _ in 0..STORES {
            asm.push(immediate(Opcode::AddImm32, Reg::A5, Reg::A5, STRIDE));
            asm.push(immediate(Opcode::AndImm, Reg::A1, Reg::A5, cells));
            cell(asm, Reg::A1, Reg::A1);
            asm.push(Instruction::reg_reg_imm(Opcode::StoreIndirectU64, Reg::A5, Reg::A1, 0));
        }
    });
}

fn random_branches(asm: &mut Asm) {
    asm.load(Reg::A5, 0x1234_5678_9ABC_DEF1);
    asm.rounds(|asm| {
        for index in 0..BRANCHES / BRANCH_BITS {
            // Both ways lead to what follows. The upper half of a linear congruential generator has the better bits.
            asm.push(immediate(Opcode::MulImm64, Reg::A5, Reg::A5, STRIDE));
            asm.push(immediate(Opcode::AddImm64, Reg::A5, Reg::A5, 2 * index + 1));
            asm.mv(Reg::A1, Reg::A5);
            for _ in 0..BRANCH_BITS {
                asm.push(immediate(Opcode::ShiftLogicalLeftImm64, Reg::A1, Reg::A1, 1));
                let next = asm.code.label();
                asm.code
                    .push_to(Instruction::reg_imm_offset(Opcode::BranchLessSignedImm, Reg::A1, 0, 0), next);
                asm.code.bind(next);
            }
        }
    });
}

/// Lets `jump` end each of `count` blocks, given the block's index and that of the block to go to: a ring of all of them, no two
/// of which are close. `None` is out of the ring.
fn ring(asm: &mut Asm, count: u32, mut jump: impl FnMut(&mut Asm, Label, u32)) {
    let step = (count / 3..).find(|step| divisor(*step, count) == 1).unwrap_or(1);
    let labels: Vec<Label> = (0..=count).map(|_| asm.code.label()).collect();
    let label = |index: u32| labels[index as usize];
    jump(asm, label(0), 0);
    for index in 0..count {
        asm.code.bind(label(index));
        let next = match (index + step) % count {
            0 => count,
            next => next,
        };
        jump(asm, label(next), next);
    }
    asm.code.bind(label(count));
}

fn divisor(a: u32, b: u32) -> u32 {
    if b == 0 {
        a
    } else {
        divisor(b, a % b)
    }
}

fn scattered_jumps(asm: &mut Asm) {
    asm.rounds(|asm| {
        ring(asm, JUMPS, |asm, to, _| {
            asm.code.push_to(Instruction::offset(Opcode::Jump, 0), to);
        });
    });
}

fn scattered_branches(asm: &mut Asm) {
    asm.load(Reg::A1, 0);
    asm.rounds(|asm| {
        ring(asm, SCATTERED_BRANCHES, |asm, to, _| {
            asm.code.push_to(Instruction::reg_imm_offset(Opcode::BranchEqImm, Reg::A1, 0, 0), to);
            asm.trap();
        });
    });
}

fn scattered_dynamic_jumps(asm: &mut Asm) {
    asm.load(Reg::A1, 0);
    asm.rounds(|asm| {
        let mut addresses = Vec::new();
        // The table goes by number: an address follows from where a jump leads.
        ring(asm, DYNAMIC_JUMPS, |asm, to, number| {
            addresses.push((number, to));
            asm.push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::A1, 2 * (number as i32 + 1)));
        });
        addresses.sort_unstable_by_key(|(number, _)| *number);
        addresses.dedup_by_key(|(number, _)| *number);
        for (_, label) in addresses {
            asm.code.jump_table_entry(label);
        }
    });
}
