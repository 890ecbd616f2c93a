// SPDX-License-Identifier: Apache-2.0
//! Small loops, which the recompiler copies: copies know more than the block that they are of (what was stored a moment ago, what is
//! extended), are charged for ahead, and may be repeated byte by byte. A fault in any of them, and any amount of gas, have to look as
//! if there were none.

use revive_vm_executor::{
    Engine, EngineChoice, EngineConfig, Features, GasModel, Instance, InstructionSet, Module, ModuleConfig,
    Reg,
};
use revive_vm_primitives::{BlobBuilder, CodeBuilder, Instruction as I, Opcode, Opcode::*};
use revive_vm_testing::random::Random;

/// Where read-write data begins without read-only data, and an address that is nowhere.
const WRITABLE: i32 = 0x2_0000;
const NOWHERE: i32 = 0x1000;

fn engine(engine: EngineChoice, features: Option<Features>) -> Engine {
    Engine::new(EngineConfig { engine, features, module_cache_bytes_max: 0, ..EngineConfig::default() })
        .unwrap()
}

/// What there is to see of an instance behind a run.
fn seen(instance: &mut Instance) -> String {
    let exit = instance.run();
    let registers = Reg::ALL.map(|reg| instance.reg(reg));
    let memory = instance.read_memory_vec(WRITABLE as u32, 64);
    format!("{exit:?} pc {:?} gas {} {registers:x?} {memory:x?}", instance.pc(), instance.gas())
}

/// The blob of a loop: what is in front of it, its body, and the branch back to its start.
fn blob(before: &[I], body: &[I], branch: I) -> Vec<u8> {
    let mut code = CodeBuilder::new(InstructionSet::Latest64);
    for one in before {
        code.push(*one);
    }
    code.push(I::new(Fallthrough));
    let head = code.label_here();
    for one in body {
        code.push(*one);
    }
    code.push_to(branch, head);
    code.push(I::reg_imm(JumpIndirect, Reg::Ra, 0));
    let data: Vec<u8> = (0..64_u8).map(|byte| 0x11 + byte * 3).collect();
    BlobBuilder::new(InstructionSet::Latest64).rw_data(4096, &data).code(code.finish().unwrap()).build()
}

/// Two calls of the program on one instance, on each engine, must look the same.
#[track_caller]
fn agree(blob: &[u8], gas: Option<GasModel>) {
    let calls = |choice| {
        let module =
            Module::new(&engine(choice, None), blob, &ModuleConfig { gas, ..ModuleConfig::default() })
                .unwrap();
        let mut instance = Instance::new(&module).unwrap();
        let call = |_| {
            instance.prepare_call(0, &[]);
            instance.set_gas(1_000_000);
            seen(&mut instance)
        };
        (0..2).map(call).collect::<Vec<_>>()
    };
    assert_eq!(calls(EngineChoice::Recompiler), calls(EngineChoice::Interpreter));
}

/// In the block the load of `a0` and the addition are one, and `a0` is owed. Copies know that what they load was stored a moment
/// ago and load it by itself, so there the addition and the load of `a1` are one. The block faults at the latter: what only copies owe is
/// not paid.
#[test]
fn a_block_owes_nothing_that_copies_owe() {
    let before = [
        I::reg_imm(LoadImm, Reg::S0, WRITABLE),
        I::reg_imm(LoadImm, Reg::A1, 0x100),
        I::reg_imm(LoadImm, Reg::A3, 9),
    ];
    let body = [
        I::reg_reg_imm(LoadIndirectU64, Reg::A0, Reg::S0, 8),
        I::reg_reg_reg(Add64, Reg::A1, Reg::A1, Reg::A0),
        I::reg_reg_imm(LoadIndirectU64, Reg::A1, Reg::A1, 0),
        I::reg_imm(LoadImm, Reg::A0, 5),
        I::reg_reg_imm(StoreIndirectU64, Reg::A2, Reg::S0, 8),
    ];
    agree(&blob(&before, &body, I::reg_imm_offset(BranchNotEqImm, Reg::A3, 0, 0)), Some(GasModel::Flat));
}

/// The register of the load is its base. The block owes it, the copy that faults has loaded it: paid once more it would come from
/// where it points.
#[test]
fn copies_owe_nothing_that_the_block_owes() {
    let good = WRITABLE + 16;
    let before = [
        I::reg_imm(LoadImm, Reg::A0, good),
        I::reg_imm(LoadImm, Reg::T0, good),
        I::reg_imm(LoadImm, Reg::T1, good),
        I::reg_imm(LoadImm, Reg::T2, NOWHERE),
        I::reg_imm(LoadImm, Reg::A3, 9),
    ];
    let body = [
        I::reg_reg_imm(LoadIndirectU64, Reg::A0, Reg::A0, 0),
        I::reg_reg_reg(Add64, Reg::A2, Reg::A2, Reg::A0),
        // Faults the third time.
        I::reg_reg_imm(LoadIndirectU8, Reg::A4, Reg::T0, 0),
        I::reg_imm(LoadImm, Reg::A0, good),
        I::reg_reg(MoveReg, Reg::T0, Reg::T1),
        I::reg_reg(MoveReg, Reg::T1, Reg::T2),
        I::reg_reg_imm(StoreIndirectU64, Reg::A5, Reg::A0, 0),
    ];
    agree(&blob(&before, &body, I::reg_imm_offset(BranchNotEqImm, Reg::A3, 0, 0)), Some(GasModel::Flat));
}

/// A `memset` keeps a register in the page that worker and host share, by an operand that is relative to where the code is. Loops with
/// one are not repeated byte by byte, whatever their size: that stored the guest's values in other places of that page.
#[test]
fn fills_in_loops_of_all_sizes() {
    for padding in 0..130 {
        for last in [WRITABLE + 16, NOWHERE] {
            let before = [
                // What the call begins with.
                I::reg_reg(MoveReg, Reg::A5, Reg::T0),
                I::reg_imm(LoadImm, Reg::A0, WRITABLE),
                I::reg_imm(LoadImm, Reg::S0, WRITABLE + 8),
                I::reg_imm(LoadImm, Reg::T1, last),
                I::reg_imm(LoadImm, Reg::S1, 4),
            ];
            let mut body = vec![
                I::reg_imm(LoadImm, Reg::A2, 1),
                I::new(Memset),
                I::reg_reg(MoveReg, Reg::A0, Reg::S0),
                I::reg_reg(MoveReg, Reg::S0, Reg::T1),
            ];
            body.resize(body.len() + padding, I::reg_reg_reg(Xor, Reg::A4, Reg::A4, Reg::A4));
            body.push(I::reg_reg_imm(AddImm64, Reg::S1, Reg::S1, -1));
            agree(&blob(&before, &body, I::reg_imm_offset(BranchNotEqImm, Reg::S1, 0, 0)), None);
        }
    }
}

/// Registers of generated loops; `s0` points to data, `s1` counts where something has to end without gas.
const REGS: [Reg; 5] = [Reg::A0, Reg::A1, Reg::A2, Reg::T0, Reg::A5];

/// One instruction, or some that are translated together.
fn some(random: &mut Random, code: &mut CodeBuilder, isa: InstructionSet) {
    const LOADS: [Opcode; 6] =
        [LoadIndirectU64, LoadIndirectU64, LoadIndirectU32, LoadIndirectI32, LoadIndirectU8, LoadIndirectI16];
    const STORES: [Opcode; 3] = [StoreIndirectU64, StoreIndirectU32, StoreIndirectU8];
    const OPERATIONS: [Opcode; 12] = [
        Add64,
        Add64,
        Sub64,
        Add32,
        Xor,
        And,
        Mul64,
        Sub32,
        Or,
        SetLessThanUnsigned,
        MulUpperUnsignedUnsigned,
        CmovIfZero,
    ];
    const IMMEDIATES: [Opcode; 5] = [AddImm32, AddImm64, AndImm, XorImm, ShiftLogicalRightImm32];
    let [d, s, t] = core::array::from_fn(|_| random.pick(&REGS));
    let base = if random.chance(70) { Reg::S0 } else { s };
    let offset = random.pick(&[0, 8, 8, 16, 4, 12, NOWHERE]);
    let load = I::reg_reg_imm(random.pick(&LOADS), d, base, offset);
    let operation = random.pick(&OPERATIONS);
    let add = if isa.is_64_bit() { Add64 } else { Add32 };
    let all = match random.below(12) {
        0 | 1 => vec![load],
        2 | 3 => vec![load, I::reg_reg_reg(operation, s, s, d)],
        4 => vec![I::reg_reg_imm(random.pick(&STORES), d, base, offset)],
        5 => vec![I::reg_imm(LoadImm, d, random.pick(&[1, -1, WRITABLE, WRITABLE + 8, NOWHERE]))],
        6 => vec![I::reg_reg_reg(operation, d, s, t)],
        7 => vec![
            I::reg_reg_imm(ShiftLogicalLeftImm64, d, s, random.pick(&[1, 3, 32, 48])),
            I::reg_reg_reg(Add64, d, d, t),
        ],
        8 => vec![
            I::reg_reg_reg(random.pick(&[Add64, Add32]), d, s, base),
            I::reg_reg_imm(load.opcode, if random.chance(50) { d } else { t }, d, offset),
        ],
        9 => vec![
            I::reg_reg_reg(add, d, s, t),
            I::reg_reg_reg(SetLessThanUnsigned, s, d, t),
            I::reg_reg_reg(add, base, base, s),
        ],
        10 if random.chance(30) => vec![I::new(Memset)],
        10 => vec![I::reg_reg(MoveReg, d, s)],
        _ => vec![I::reg_reg_imm(random.pick(&IMMEDIATES), d, s, random.pick(&[1, -8, 8, 0xff]))],
    };
    for one in all.into_iter().filter(|one| isa.byte(one.opcode).is_some()) {
        code.push(one);
    }
}

/// A program of one or two loops of one to three blocks. Those that are `counted` end without gas, too.
fn program(random: &mut Random, isa: InstructionSet, counted: bool) -> Vec<u8> {
    let mut code = CodeBuilder::new(isa);
    for _ in 0..random.below(4) {
        some(random, &mut code, isa);
    }
    code.push(I::new(Fallthrough));
    let out = code.label();
    for _ in 0..1 + random.below(2) {
        let head = code.label_here();
        for _ in 0..random.pick(&[0, 0, 0, 1, 2]) {
            some(random, &mut code, isa);
            if random.chance(40) {
                code.push(I::new(Fallthrough));
            } else {
                code.push_to(I::reg_imm_offset(BranchEqImm, random.pick(&REGS), 5, 0), out);
            }
        }
        for _ in 0..1 + random.below(6) {
            some(random, &mut code, isa);
        }
        if counted {
            code.push(I::reg_reg_imm(AddImm32, Reg::S1, Reg::S1, -1));
        }
        let reg = if counted { Reg::S1 } else { random.pick(&REGS) };
        if !counted && random.chance(20) {
            code.push(I::reg_reg_imm(SetLessThanUnsignedImm, Reg::A4, reg, 3));
            code.push_to(I::reg_imm_offset(BranchEqImm, Reg::A4, 0, 0), head);
        } else {
            let branch = if counted { BranchGreaterSignedImm } else { BranchNotEqImm };
            code.push_to(I::reg_imm_offset(branch, reg, 0, 0), head);
        }
    }
    code.bind(out);
    some(random, &mut code, isa);
    if random.chance(80) {
        code.push(I::new(Trap));
    }
    let word =
        |random: &mut Random| if random.chance(60) { WRITABLE as u64 + 8 } else { random.below(9) as u64 };
    let data: Vec<u8> = (0..8).flat_map(|_| word(random).to_le_bytes()).collect();
    BlobBuilder::new(isa).rw_data(4096, &data).code(code.finish().unwrap()).build()
}

/// Generated loops on the interpreter and the recompiler, with all extensions of the processor and with none, also without metering; `COUNT` of
/// them from `SEED` on.
#[test]
fn generated_loops() {
    let from_environment =
        |name, default| std::env::var(name).map_or(default, |number| number.parse().expect(name));
    let (first, count) = (from_environment("SEED", 1), from_environment("COUNT", 3000));
    let engines = [
        engine(EngineChoice::Interpreter, None),
        engine(EngineChoice::Recompiler, None),
        engine(EngineChoice::Recompiler, Some(Features::BASELINE)),
    ];
    for seed in first..first + count {
        let mut random = Random::new(seed);
        let isa =
            random.pick(&[InstructionSet::Latest64, InstructionSet::Latest64, InstructionSet::Latest32]);
        let metered = random.chance(60);
        let counted = !metered || random.chance(60);
        let blob = program(&mut random, isa, counted);
        let models = [GasModel::Flat, GasModel::PipelineL1, GasModel::PipelineFootprint];
        let gas = metered.then(|| random.pick(&models));
        let config = ModuleConfig { gas, ..ModuleConfig::default() };
        let modules = engines.each_ref().map(|engine| Module::new(engine, &blob, &config).unwrap());
        let values = REGS
            .map(|_| random.pick(&[0, 1, 3, 7, 0x2_0000, 0x2_0010, 0xffff_ffff_8000_0001, 0x1_0002_0000]));
        for round in 0..4 {
            let gas = if round == 0 { 3000 } else { random.below(400) as i64 };
            let rounds = 1 + random.below(14) as u64;
            let [expected, all, none] = modules.each_ref().map(|module| {
                let mut instance = Instance::new(module).unwrap();
                instance.prepare_call(0, &[]);
                REGS.iter().zip(values).for_each(|(reg, value)| instance.set_reg(*reg, value));
                instance.set_reg(Reg::S0, WRITABLE as u64);
                instance.set_reg(Reg::S1, rounds);
                instance.set_gas(gas);
                let first = seen(&mut instance);
                // Goes on if it was the gas.
                instance.set_gas(instance.gas() + 200);
                let then = first.starts_with("Ok(OutOfGas)").then(|| seen(&mut instance));
                (first, then)
            });
            assert_eq!(all, expected, "seed {seed}, round {round}");
            assert_eq!(none, expected, "seed {seed}, round {round}, without extensions");
        }
    }
}
