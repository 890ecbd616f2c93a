// SPDX-License-Identifier: Apache-2.0
//! Programs that take as long as a unit of gas can be made to take.
//!
//! The price of gas comes from them: it must be at least what the worst of them takes, on each carrier. A contract's input is the
//! number of rounds, eight bytes little-endian; it makes them and returns.

use super::Asm;
use alloc::vec::Vec;
use revive_vm_primitives::{
    gas::BlockCost, Blob, Footprint, GasModel, Instruction, Label, MemoryMap, Opcode, Reg,
};

/// What a kernel does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Loads whose address is what the load before gave, each over the border of two lines, all over the memory: nothing
    /// can be predicted.
    ChasedLoads,
    /// The same over the borders of pages only.
    ChasedPages,
    /// Loads from all over the memory, over the borders of lines, that wait for nothing.
    ScatteredLoads,
    /// Stores that do so.
    ScatteredStores,
    /// Loads and stores in turn, over the borders of lines, that wait for nothing.
    Copies,
    /// A byte is stored, and then eight are loaded that it is one of, and the byte comes from what was loaded before. The load
    /// cannot get what it needs from the store while that is on its way.
    Forwarding,
    /// Divisions, each of what the one before gave.
    Divisions,
    /// Upper halves of products, each of what the one before gave.
    Multiplications,
    /// Dynamic jumps that lead all over the code, and each to where no jump has led for long.
    ScatteredDynamicJumps,
    /// Static jumps that do so.
    ScatteredJumps,
    /// Branches that do so, with a trap behind each: where traps follow, some gas models believe a branch to be predicted.
    ScatteredBranches,
    /// Branches that are taken half of the time, at random.
    RandomBranches,
    /// Dynamic jumps to one of many places, at random.
    RandomDynamicJumps,
    /// Blocks of one instruction, one behind the other.
    Blocks,
    /// Instructions with long immediates, one behind the other in all of the code, in blocks as long as one may be.
    Immediates,
    /// Comparisons with long immediates, in the same way: much machine code for a cycle.
    Comparisons,
    /// Additions, each of what the one before gave, in a block as long as one may be: what an ordinary instruction takes.
    Additions,
}

/// A kernel: what it does, and in how much memory and code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kernel {
    /// What it does.
    pub kind: Kind,
    /// Bytes of memory, all that the program has, of the kinds that are about memory.
    pub memory: u32,
    /// Bytes of code, at most, of the kinds that are about code.
    pub code: u32,
}

impl Kernel {
    /// The kernels that are the worst of their kind in one of the classes of [`GasModel::PipelineFootprint`], each with the name of its
    /// benchmark, without `instr_`.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("additions", Self::new(Kind::Additions, 8, 4)),
        ("multiplications", Self::new(Kind::Multiplications, 8, 4)),
        ("divisions", Self::new(Kind::Divisions, 8, 4)),
        ("forwarding", Self::new(Kind::Forwarding, 72, 4)),
        ("random_branches", Self::new(Kind::RandomBranches, 8, 4)),
        ("random_dynamic_jumps", Self::new(Kind::RandomDynamicJumps, 8, 4)),
        ("blocks", Self::new(Kind::Blocks, 8, 4)),
        ("immediates", Self::up_to(Kind::Immediates, 9)),
        ("near_chased_loads", Self::new(Kind::ChasedLoads, 112, 4)),
        ("near_scattered_loads", Self::new(Kind::ScatteredLoads, 112, 4)),
        ("near_scattered_stores", Self::new(Kind::ScatteredStores, 80, 4)),
        ("near_copies", Self::new(Kind::Copies, 108, 4)),
        ("near_branches", Self::up_to(Kind::ScatteredBranches, 9)),
        ("near_dynamic_jumps", Self::up_to(Kind::ScatteredDynamicJumps, 9)),
        ("near_jumps", Self::up_to(Kind::ScatteredJumps, 9)),
        ("near_comparisons", Self::up_to(Kind::Comparisons, 9)),
        ("middle_branches", Self::up_to(Kind::ScatteredBranches, 12)),
        ("middle_dynamic_jumps", Self::up_to(Kind::ScatteredDynamicJumps, 12)),
        ("middle_jumps", Self::up_to(Kind::ScatteredJumps, 12)),
        ("wide_chased_pages", Self::new(Kind::ChasedPages, 256, 4)),
        ("wide_scattered_loads", Self::new(Kind::ScatteredLoads, 256, 4)),
        ("wide_scattered_stores", Self::new(Kind::ScatteredStores, 192, 4)),
        ("wide_dynamic_jumps", Self::new(Kind::ScatteredDynamicJumps, 8, 60)),
        ("wide_branches", Self::new(Kind::ScatteredBranches, 8, 32)),
        ("wide_comparisons", Self::new(Kind::Comparisons, 8, 60)),
        ("far_chased_loads", Self::new(Kind::ChasedLoads, 1400, 4)),
        ("far_scattered_loads", Self::new(Kind::ScatteredLoads, 1024, 4)),
        ("far_copies", Self::new(Kind::Copies, 1024, 4)),
        ("far_dynamic_jumps", Self::new(Kind::ScatteredDynamicJumps, 8, 220)),
        ("far_branches", Self::new(Kind::ScatteredBranches, 8, 200)),
        ("far_jumps", Self::new(Kind::ScatteredJumps, 8, 160)),
        ("far_comparisons", Self::new(Kind::Comparisons, 8, 480)),
    ];

    /// A kernel with so many KiB of memory and of code.
    const fn new(kind: Kind, memory_kib: u32, code_kib: u32) -> Self {
        Self { kind, memory: memory_kib * 1024, code: code_kib * 1024 }
    }

    /// A kernel whose code all in all is not larger than so many KiB, where a class ends.
    const fn up_to(kind: Kind, code_kib: u32) -> Self {
        // The rest is for what is not repeated.
        Self { kind, memory: 8 * 1024, code: code_kib * 1024 - 256 }
    }

    /// The kernel of this benchmark.
    #[cfg(feature = "runtime-benchmarks")]
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(other, _)| *other == name).map(|(_, kernel)| *kernel)
    }

    /// The contract.
    pub fn contract(self) -> Vec<u8> {
        self.assemble().0
    }

    /// The contract, and the code offsets from which to which a round goes.
    fn assemble(self) -> (Vec<u8>, [u32; 2]) {
        let mut asm = Asm::new();
        asm.export("deploy").done();
        asm.export("call").host("call_data_copy", [MEMORY, 8, 0]).fetch(Reg::S1, MEMORY);
        let Self { kind, memory, code } = self;
        match kind {
            Kind::ChasedLoads => chased_loads(&mut asm, memory, LINE),
            Kind::ChasedPages => chased_loads(&mut asm, memory, PAGE),
            Kind::ScatteredLoads => scattered(&mut asm, memory, Opcode::LoadIndirectU64),
            Kind::ScatteredStores => scattered(&mut asm, memory, Opcode::StoreIndirectU64),
            Kind::Copies => copies(&mut asm, memory),
            Kind::Forwarding => forwarding(&mut asm),
            Kind::Comparisons => {
                let long = immediate(Opcode::SetLessThanUnsignedImm, Reg::A0, Reg::A1, 0x1234_5678);
                repeated(&mut asm, code, long, 6);
            }
            Kind::Divisions => chain(&mut asm, Opcode::DivUnsigned64),
            Kind::Multiplications => chain(&mut asm, Opcode::MulUpperSignedSigned),
            Kind::ScatteredDynamicJumps => scattered_dynamic_jumps(&mut asm, code),
            Kind::ScatteredJumps => scattered_jumps(&mut asm, code),
            Kind::ScatteredBranches => scattered_branches(&mut asm, code),
            Kind::RandomBranches => random_branches(&mut asm),
            Kind::RandomDynamicJumps => random_dynamic_jumps(&mut asm),
            Kind::Blocks => repeated(&mut asm, code, Instruction::new(Opcode::Fallthrough), 1),
            Kind::Immediates => {
                let long = Instruction::reg_imm64(Opcode::LoadImm64, Reg::A0, u64::MAX / 3);
                repeated(&mut asm, code, long, 10);
            }
            Kind::Additions => chain(&mut asm, Opcode::Add64),
        }
        asm.done();
        let round = asm.round_offsets();
        (asm.builder().ro_data(0, &[]).rw_data(memory, &[]).stack_size(0).build(), round)
    }

    /// Instructions of one round.
    pub fn round_instructions(self) -> u64 {
        self.round_gas(GasModel::Flat)
    }

    /// Gas of one round under a model: each block of a round is executed once, but of places that a dynamic jump chooses from
    /// only one, and no traps.
    pub fn round_gas(self, model: GasModel) -> u64 {
        let (bytes, round) = self.assemble();
        gas_of_blocks(&bytes, round, model, self.kind == Kind::RandomDynamicJumps)
    }
}

/// Gas of the blocks between two code offsets, but for traps; and of jumps that follow each other, if they are places to choose from,
/// one.
fn gas_of_blocks(bytes: &[u8], [start, end]: [u32; 2], model: GasModel, has_places: bool) -> u64 {
    // What is made here can be parsed and laid out; if not, no price is divided by this.
    let Ok(blob) = Blob::parse(bytes) else { return 0 };
    let Ok(map) = MemoryMap::for_blob(&blob, PAGE, 0) else { return 0 };
    let code = blob.code();
    // Contracts' memory does not grow.
    let mut cost = BlockCost::new(model.tariff(Footprint::new(&code, &map, 0, false)), &code);
    let (mut sum, mut instructions, mut was_jump) = (0, 0, false);
    for decoded in code.instructions().filter(|decoded| (start..end).contains(&decoded.offset)) {
        cost.push(&decoded);
        instructions += 1;
        if decoded.ends_block() {
            let gas = u64::from(cost.finish());
            let last = decoded.instruction.map(|instruction| instruction.opcode);
            let is_jump = instructions == 1 && last == Some(Opcode::Jump);
            if !(has_places && was_jump && is_jump) && last != Some(Opcode::Trap) {
                sum += gas;
            }
            (instructions, was_jump) = (0, is_jump);
        }
    }
    sum
}

/// Where the memory begins; all of it is read-write data.
const MEMORY: u64 = 0x2_0000;
/// Bytes of a page and of a line of a cache.
const PAGE: u32 = 4096;
const LINE: u32 = 64;
/// Pages whose lines are accessed in turn.
const SAME_LINES_MAX: u32 = 200;

const LOADS: u32 = 900;
const CHAIN: u32 = 900;
const BLOCK: u32 = 900;
const BRANCHES: u32 = 320;
/// Bits of a number that decide.
const BRANCH_BITS: u32 = 32;

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

/// Makes a ring of addresses through all lines, or pages, of memory, then follows it.
fn chased_loads(asm: &mut Asm, memory: u32, unit: u32) {
    // As many cells as the largest power of two that has room.
    fill_ring(asm, MEMORY as u32, (1 << ((memory - PAGE) / unit).ilog2()) - 1, unit);
    asm.rounds(|asm| {
        for _ in 0..LOADS {
            asm.push(Instruction::reg_reg_imm(Opcode::LoadIndirectU64, Reg::A1, Reg::A1, 0));
        }
    });
}

/// Makes a ring of addresses from `start` on, one in every `unit` of memory: cells of eight bytes that begin four bytes before its
/// end. Cell `i` leads to cell `i + STRIDE`; `last` is the number of the last one, one less than a power of two. In a1 is one of
/// the addresses.
fn fill_ring(asm: &mut Asm, start: u32, last: u32, unit: u32) {
    // A5: number of the cell; T0: count; A1: its address; A2: the next one's.
    asm.load(Reg::A5, 0).load(Reg::T0, u64::from(last) + 1);
    let done = asm.code.label();
    let fill = asm.push(Instruction::new(Opcode::Fallthrough)).code.label_here();
    asm.code.push_to(Instruction::reg_imm_offset(Opcode::BranchEqImm, Reg::T0, 0, 0), done);
    asm.push(immediate(Opcode::AddImm64, Reg::T0, Reg::T0, u32::MAX));
    cell(asm, Reg::A1, Reg::A5, start, unit);
    asm.push(immediate(Opcode::AddImm32, Reg::A5, Reg::A5, STRIDE));
    asm.push(immediate(Opcode::AndImm, Reg::A5, Reg::A5, last));
    cell(asm, Reg::A2, Reg::A5, start, unit);
    asm.push(Instruction::reg_reg_imm(Opcode::StoreIndirectU64, Reg::A2, Reg::A1, 0));
    asm.code.push_to(Instruction::offset(Opcode::Jump, 0), fill);
    asm.code.bind(done);
}

/// Does `call` in each round, with the input where contracts of [`super`] have it, and then goes through the lines of much memory
/// and many places of code once, in an order that cannot be predicted.
pub fn refilling(call: impl FnOnce(&mut Asm)) -> Vec<u8> {
    refilling_program(call).0
}

/// Gas of a round of [`refilling`] without `call`.
pub fn refilling_gas(model: GasModel) -> u64 {
    let (bytes, round) = refilling_program(|_| {});
    gas_of_blocks(&bytes, round, model, false)
}

fn refilling_program(call: impl FnOnce(&mut Asm)) -> (Vec<u8>, [u32; 2]) {
    // All in all a program of the smallest class: a loop through memory would be no round in which each block is executed once.
    const LINES: u32 = 1024;
    const CODE: u32 = 4 * 1024;
    let mut asm = Asm::new();
    asm.export("deploy").done();
    asm.export("call").take_input().fetch(Reg::S1, super::RW);
    // Behind the input.
    let ring = super::RW as u32 + 4096;
    fill_ring(&mut asm, ring, LINES - 1, LINE);
    asm.load(Reg::T1, u64::from(ring) + u64::from(LINE) - 4).load(Reg::A1, 0);
    asm.rounds(|asm| {
        call(asm);
        asm.mv(Reg::A1, Reg::T1);
        for index in 1..=LINES {
            asm.push(Instruction::reg_reg_imm(Opcode::LoadIndirectU64, Reg::A1, Reg::A1, 0));
            if index % BLOCK == 0 {
                asm.push(Instruction::new(Opcode::Fallthrough));
            }
        }
        asm.load(Reg::A1, 0);
        ring_of_branches(asm, CODE);
    });
    asm.done();
    let round = asm.round_offsets();
    (asm.builder().rw_data(4096 + LINES * LINE + PAGE, &[]).stack_size(0).build(), round)
}

/// `d` = the address of cell number `number`.
fn cell(asm: &mut Asm, d: Reg, number: Reg, start: u32, unit: u32) {
    asm.push(immediate(Opcode::ShiftLogicalLeftImm64, d, number, unit.trailing_zeros()));
    asm.push(immediate(Opcode::AddImm64, d, d, start + unit - 4));
}

/// Few instructions find a line, and many go to the same line in as many pages of the memory, where caches have little room
/// for them.
fn scattered(asm: &mut Asm, memory: u32, opcode: Opcode) {
    let pages = (memory / PAGE).min(SAME_LINES_MAX);
    asm.load(Reg::A5, 1);
    asm.rounds(|asm| {
        for _ in 0..BLOCK / (pages + 4) {
            asm.push(immediate(Opcode::AddImm32, Reg::A5, Reg::A5, STRIDE));
            asm.push(immediate(Opcode::AndImm, Reg::A1, Reg::A5, PAGE / LINE / 2 - 1));
            cell(asm, Reg::A1, Reg::A1, MEMORY as u32, LINE);
            for page in 0..pages {
                asm.push(Instruction::reg_reg_imm(opcode, Reg::A0, Reg::A1, (page * PAGE) as i32));
            }
        }
    });
}

/// Loads and stores in turn, each in a page of its own.
fn copies(asm: &mut Asm, memory: u32) {
    let pages = (memory / PAGE).min(SAME_LINES_MAX) / 2;
    asm.load(Reg::A5, 1);
    asm.rounds(|asm| {
        for _ in 0..BLOCK / (2 * pages + 4) {
            asm.push(immediate(Opcode::AddImm32, Reg::A5, Reg::A5, STRIDE));
            asm.push(immediate(Opcode::AndImm, Reg::A1, Reg::A5, PAGE / LINE / 2 - 1));
            cell(asm, Reg::A1, Reg::A1, MEMORY as u32, LINE);
            for page in 0..pages {
                asm.push(Instruction::reg_reg_imm(
                    Opcode::LoadIndirectU64,
                    Reg::A0,
                    Reg::A1,
                    (2 * page * PAGE) as i32,
                ));
                asm.push(Instruction::reg_reg_imm(
                    Opcode::StoreIndirectU64,
                    Reg::A0,
                    Reg::A1,
                    ((2 * page + 1) * PAGE) as i32,
                ));
            }
        }
    });
}

fn forwarding(asm: &mut Asm) {
    // With a long offset it takes longer.
    const AT: i32 = 0x1_0000;
    asm.load(Reg::A1, MEMORY + 64 - AT as u64).load(Reg::A0, 0);
    asm.rounds(|asm| {
        for _ in 0..BLOCK / 2 {
            asm.push(Instruction::reg_reg_imm(Opcode::StoreIndirectU8, Reg::A0, Reg::A1, AT + 5));
            asm.push(Instruction::reg_reg_imm(Opcode::LoadIndirectU64, Reg::A0, Reg::A1, AT));
        }
    });
}

/// One instruction in all of the code. It has so many bytes.
fn repeated(asm: &mut Asm, code: u32, instruction: Instruction, bytes: u32) {
    asm.rounds(|asm| {
        for index in 1..=code / bytes {
            asm.push(instruction);
            if index % BLOCK == 0 {
                asm.push(Instruction::new(Opcode::Fallthrough));
            }
        }
    });
}

fn random_branches(asm: &mut Asm) {
    asm.load(Reg::A5, 0x1234_5678_9ABC_DEF1);
    asm.rounds(|asm| {
        for index in 0..BRANCHES / BRANCH_BITS {
            random(asm, index);
            asm.mv(Reg::A1, Reg::A5);
            for _ in 0..BRANCH_BITS {
                asm.push(immediate(Opcode::ShiftLogicalLeftImm64, Reg::A1, Reg::A1, 1));
                let next = asm.code.label();
                // Both ways lead to what follows.
                asm.code
                    .push_to(Instruction::reg_imm_offset(Opcode::BranchLessSignedImm, Reg::A1, 0, 0), next);
                asm.code.bind(next);
            }
        }
    });
}

/// The next number of a linear congruential generator in a5. Its upper half has the better bits.
fn random(asm: &mut Asm, index: u32) {
    asm.push(immediate(Opcode::MulImm64, Reg::A5, Reg::A5, STRIDE));
    asm.push(immediate(Opcode::AddImm64, Reg::A5, Reg::A5, 2 * index + 1));
}

fn random_dynamic_jumps(asm: &mut Asm) {
    const PLACES: u32 = 16;
    asm.load(Reg::A5, 0x1234_5678_9ABC_DEF1);
    asm.rounds(|asm| {
        for jump in 0..BRANCHES / 8 {
            let next = asm.code.label();
            random(asm, jump);
            asm.push(immediate(Opcode::ShiftLogicalRightImm64, Reg::A1, Reg::A5, 60));
            asm.push(immediate(Opcode::ShiftLogicalLeftImm64, Reg::A1, Reg::A1, 1));
            let first = 2 * (PLACES * jump + 1);
            asm.push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::A1, first as i32));
            for _ in 0..PLACES {
                let here = asm.code.label_here();
                asm.code.jump_table_entry(here);
                asm.code.push_to(Instruction::offset(Opcode::Jump, 0), next);
            }
            asm.code.bind(next);
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

// A jump has an opcode and at most three bytes of distance, a branch an argument more and a trap behind it.

fn scattered_jumps(asm: &mut Asm, code: u32) {
    asm.rounds(|asm| {
        ring(asm, code / if code > 64 * 1024 { 4 } else { 3 }, |asm, to, _| {
            asm.code.push_to(Instruction::offset(Opcode::Jump, 0), to);
        });
    });
}

fn scattered_branches(asm: &mut Asm, code: u32) {
    asm.load(Reg::A1, 0);
    asm.rounds(|asm| ring_of_branches(asm, code));
}

/// a1 is 0.
fn ring_of_branches(asm: &mut Asm, code: u32) {
    ring(asm, code / if code > 64 * 1024 { 6 } else { 5 }, |asm, to, _| {
        asm.code.push_to(Instruction::reg_imm_offset(Opcode::BranchEqImm, Reg::A1, 0, 0), to);
        asm.trap();
    });
}

fn scattered_dynamic_jumps(asm: &mut Asm, code: u32) {
    asm.load(Reg::A1, 0);
    asm.rounds(|asm| {
        let mut addresses = Vec::new();
        // The table goes by number: an address follows from where a jump leads.
        ring(asm, code / if code > 64 * 1024 { 5 } else { 4 }, |asm, to, number| {
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
