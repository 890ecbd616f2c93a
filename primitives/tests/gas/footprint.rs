// SPDX-License-Identifier: Apache-2.0
//! The model that follows a program's footprint: the borders of its classes, which are consensus, and the parts that a cost is the
//! most of.

use crate::blocks::{costs_by, op, push_all, rri, straight_by, tariff};
use crate::reference;
use crate::support::Random;
use revive_vm_primitives::{
    BlobBuilder, BlockCost, Code, CodeBuilder, Footprint, GasModel, Instruction, InstructionSet, MemoryMap,
    Opcode,
    Reg::{self, *},
};

const KIB: u64 = 1024;

fn footprint(code_bytes: u32, memory_bytes: u64) -> Footprint {
    Footprint { code_bytes, memory_bytes }
}

/// The costs of blocks of one thing each under a footprint: a chain of three loads, eight loads that wait for nothing, eight such
/// stores, a long block of nothing in particular, a block of one instruction.
fn probe(footprint: Footprint) -> [u32; 5] {
    let load = |d, s| rri(Opcode::LoadIndirectU64, d, s, 0);
    let blocks: [Vec<Instruction>; 5] = [
        vec![load(A0, A1), load(A0, A0), load(A0, A0)],
        vec![load(A0, A1); 8],
        vec![rri(Opcode::StoreIndirectU64, A0, A1, 0); 8],
        (0..200).map(|index| rri(Opcode::AddImm64, Reg::ALL[index % 13], Reg::ALL[index % 13], 1)).collect(),
        Vec::new(),
    ];
    let tariff = GasModel::PipelineFootprint.tariff(footprint);
    blocks.map(|mut block| {
        block.push(op(Opcode::Fallthrough));
        straight_by(tariff, InstructionSet::ReviveV1, &block)[0]
    })
}

#[test]
fn classes_have_these_borders() {
    // Blocks of one instruction tell the class of the code, loads that of the memory.
    let small = probe(footprint(0, 0));
    assert_eq!(small, [42, 8 * 13 + 1, 8 * 11 + 1, 201, 6]);
    assert_eq!(probe(footprint(9216, 112 * KIB)), small);
    assert_eq!(probe(footprint(0, 112 * KIB + 1)), [85, 8 * 28 + 1, 8 * 14 + 1, 201, 6]);
    assert_eq!(probe(footprint(0, 256 * KIB)), probe(footprint(0, 112 * KIB + 1)));
    assert_eq!(probe(footprint(0, 256 * KIB + 1)), [270, 8 * 55 + 1, 8 * 35 + 1, 201, 6]);
    assert_eq!(probe(footprint(0, u64::MAX)), probe(footprint(0, 256 * KIB + 1)));
    assert_eq!(probe(footprint(9217, 0)), [42, 8 * 13 + 2, 8 * 11 + 2, 402, 24]);
    assert_eq!(probe(footprint(12_288, 0)), probe(footprint(9217, 0)));
    assert_eq!(probe(footprint(12_289, 0)), [48, 8 * 13 + 2, 8 * 11 + 2, 402, 48]);
    assert_eq!(probe(footprint(65536, 0)), probe(footprint(12_289, 0)));
    assert_eq!(probe(footprint(65537, 0)), [100, 8 * 13 + 4, 100, 804, 100]);
    assert_eq!(probe(footprint(u32::MAX, 0)), probe(footprint(65537, 0)));
}

#[test]
fn a_footprint_is_what_an_instance_can_come_to_have() {
    let of = |isa, ro, rw, stack, aux, max, paging| {
        let mut code = CodeBuilder::new(isa);
        code.push(op(Opcode::Fallthrough)).push(op(Opcode::Trap));
        let section = code.finish().unwrap().to_section();
        let map = MemoryMap::new(4096, ro, rw, stack, aux).unwrap();
        Footprint::new(&Code::parse(isa, &section).unwrap(), &map, max, paging)
    };
    // Whole pages of everything; where memory cannot grow, the limit says nothing.
    let fixed = footprint(2, 4 * 4096 + 8192);
    assert_eq!(of(InstructionSet::ReviveV1, 1, 4097, 4096, 5000, 0, false), fixed);
    assert_eq!(of(InstructionSet::ReviveV1, 1, 4097, 4096, 5000, 64 << 20, false), fixed);
    assert_eq!(of(InstructionSet::JamV1, 1, 4097, 4096, 5000, 64 << 20, false), fixed);
    for isa in [InstructionSet::Latest32, InstructionSet::Latest64] {
        assert_eq!(of(isa, 1, 4097, 4096, 5000, 64 << 20, false), footprint(2, 64 << 20));
        assert_eq!(
            of(isa, 1, 4097, 4096, 5000, 4096, false),
            fixed,
            "never less than there is from the start"
        );
        // No more than there are addresses for.
        assert!(of(isa, 1, 4097, 4096, 5000, u32::MAX, false).memory_bytes < 1 << 32);
    }
    for isa in InstructionSet::ALL {
        assert_eq!(
            of(isa, 1, 1, 1, 1, 1 << 20, true),
            footprint(2, 1 << 20),
            "{isa}: the host maps what it wants"
        );
    }
}

#[test]
fn a_block_costs_the_most_of_its_parts() {
    let isa = InstructionSet::ReviveV1;
    let blob = |code: CodeBuilder| BlobBuilder::new(isa).code(code.finish().unwrap()).build();
    let mut random = Random::new(0xf007);
    let mut decided = [0; 3];
    for round in 0..400 {
        // Loads, stores, arithmetic, in blocks of up to twenty.
        let mut code = CodeBuilder::new(isa);
        let blocks = 1 + random.below(20);
        for _ in 0..blocks {
            let mut block = Vec::new();
            for _ in 0..random.below(20) {
                let opcode = random.pick(&[
                    Opcode::LoadIndirectU8,
                    Opcode::LoadIndirectU64,
                    Opcode::StoreIndirectU64,
                    Opcode::AddImm64,
                    Opcode::XorImm,
                    Opcode::MulImm64,
                ]);
                let [d, s] = [(); 2].map(|()| Reg::ALL[random.below(13)]);
                block.push(match random.one_in(8) {
                    true => Instruction::reg_imm64(Opcode::LoadImm64, d, random.next()),
                    false => rri(opcode, d, s, random.below(1 << 20) as i32),
                });
            }
            let start = code.label_here();
            push_all(&mut code, &block);
            match random.pick(&[Opcode::Fallthrough, Opcode::Trap, Opcode::BranchEqImm]) {
                Opcode::BranchEqImm => {
                    code.push_to(Instruction::reg_imm_offset(Opcode::BranchEqImm, A0, 1, 0), start);
                }
                last => {
                    code.push(op(last));
                }
            }
        }
        let bytes = blob(code);
        let blob = revive_vm_primitives::Blob::parse(&bytes).unwrap();
        let code = blob.code();
        let code_bytes = random.pick(&[0, 11_000, 20_000, 100_000]);
        let memory_bytes = random.pick(&[0, 200 * KIB, 300 * KIB]);
        let model = GasModel::PipelineFootprint.tariff(footprint(code_bytes, memory_bytes));
        let (load, store) = match memory_bytes {
            0 => (13, 11),
            204_800 => (28, 14),
            _ => (55, 35),
        };
        let (least, other) = match code_bytes {
            0 => (6, 1),
            11_000 => (24, 2),
            20_000 => (48, 2),
            _ => (100, 4),
        };
        let latencies = match memory_bytes {
            0 => reference::Latencies { load: 14, store: 4, branch: 14 },
            204_800 => 25.into(),
            _ => 90.into(),
        };
        let costs = costs_by(model, &code);
        let (mut index, mut busy) = (0, 0);
        let mut block = Vec::new();
        for decoded in code.instructions() {
            let name = decoded.instruction.map_or("", |instruction| instruction.opcode.mnemonic());
            busy += match name {
                _ if name.starts_with("load_indirect") => load,
                _ if name.starts_with("store_indirect") => store,
                "load_imm64" => 2 * other,
                _ => other,
            };
            block.push(decoded);
            if decoded.ends_block() {
                let cycles = reference::block_cost(isa, latencies, code.bytes(), &block);
                let most = busy.max(cycles).max(least);
                assert_eq!(costs[index], most, "round {round}: {block:?}");
                decided[if most == least { 0 } else { 1 + usize::from(most == cycles) }] += 1;
                (index, busy) = (index + 1, 0);
                block.clear();
            }
        }
        assert_eq!(index, costs.len());
    }
    assert!(decided.iter().all(|blocks| *blocks > 100), "each part decides at times: {decided:?}");
}

/// The cost of a program that is larger is not lower, block by block; nor lower than under the flat model.
#[test]
fn more_footprint_is_never_cheaper() {
    let isa = InstructionSet::ReviveV1;
    let mut code = CodeBuilder::new(isa);
    for (index, opcode) in
        Opcode::ALL.into_iter().enumerate().filter(|(_, opcode)| isa.byte(*opcode).is_some())
    {
        for length in 0..index % 7 {
            push_all(
                &mut code,
                &[rri(Opcode::LoadIndirectU32, A0, Reg::ALL[length], 4), rri(Opcode::AddImm64, A1, A0, 1)],
            );
        }
        if !opcode.format().has_target() {
            code.push(Instruction::new(opcode));
        }
        code.push(op(Opcode::Fallthrough));
    }
    let section = code.push(op(Opcode::Trap)).finish().unwrap().to_section();
    let code = Code::parse(isa, &section).unwrap();
    let under = |code_bytes, memory_bytes| {
        costs_by(GasModel::PipelineFootprint.tariff(footprint(code_bytes, memory_bytes)), &code)
    };
    let mut last = costs_by(tariff(GasModel::Flat), &code);
    for (code_bytes, memory_kib) in [(0, 0), (0, 200), (0, 300), (11_000, 300), (20_000, 300), (100_000, 300)]
    {
        let costs = under(code_bytes, memory_kib * KIB);
        assert!(costs.iter().zip(&last).all(|(cost, before)| cost >= before), "{code_bytes} {memory_kib}");
        last = costs;
    }
}

#[test]
fn operands_need_not_be_read() {
    let isa = InstructionSet::ReviveV1;
    let mut code = CodeBuilder::new(isa);
    let mut random = Random::new(0x5afe);
    for _ in 0..300 {
        for _ in 0..random.below(150) {
            let opcode = random.pick(&[Opcode::LoadIndirectU64, Opcode::StoreIndirectU8, Opcode::AddImm64]);
            code.push(rri(opcode, A0, A1, random.next() as i32 >> random.below(32)));
        }
        code.push(op(Opcode::Fallthrough));
    }
    let section = code.push(op(Opcode::Trap)).finish().unwrap().to_section();
    let code = Code::parse(isa, &section).unwrap();
    let tariff = GasModel::PipelineFootprint.tariff(footprint(20_000, 300 * KIB));
    let (mut read, mut unread) = (BlockCost::new(tariff, &code), BlockCost::new(tariff, &code));
    let mut block: Vec<u32> = Vec::new();
    for decoded in code.instructions() {
        read.push(&decoded);
        block.push(decoded.offset);
        if decoded.ends_block() {
            assert_eq!(read.finish(), unread.block(block[0], block.len() as u32), "at {}", block[0]);
            block.clear();
        }
    }
}
