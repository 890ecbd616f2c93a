// SPDX-License-Identifier: Apache-2.0
//! Stops programs at every amount of gas at which they can stop, and resumes them: neither the engine, nor how often a
//! program ran out of gas on its way, may make a difference.
//!
//! Among the programs are the loops that the recompiler copies and charges for together, of both sizes, with what such a
//! loop has to get right: results whose extension is put off, memory, faults in the middle of copies.

use revive_vm_executor::{
    Engine, EngineChoice, EngineConfig, Exit, GasModel, Instance, InstructionSet, Module, ModuleConfig, Reg,
};
use revive_vm_primitives::{BlobBuilder, CodeBuilder, Instruction as I, Opcode::*};

const RW: i32 = 0x20000;
const RETURN: I = I::reg_imm(JumpIndirect, Reg::Ra, 0);

struct Program {
    name: &'static str,
    isa: InstructionSet,
    write: fn(&mut CodeBuilder),
    ends: Exit,
}

impl Program {
    /// Gas that it has to have left at its end: a `memset` asks whether there is some before it looks at the byte.
    fn rest(&self) -> i64 {
        i64::from(self.name == MEMSET_THAT_TRAPS)
    }
}

const MEMSET_THAT_TRAPS: &str = "memset that traps";

const PROGRAMS: &[Program] = &[
    Program { name: "a small loop", isa: InstructionSet::Latest64, write: small_loop, ends: Exit::Finished },
    Program { name: "a small loop", isa: InstructionSet::Latest32, write: loop_32, ends: Exit::Finished },
    Program {
        name: "a larger loop",
        isa: InstructionSet::ReviveV1,
        write: larger_loop,
        ends: Exit::Finished,
    },
    Program { name: "a loop of memory", isa: InstructionSet::JamV1, write: stores, ends: Exit::Finished },
    Program {
        name: "a loop that traps",
        isa: InstructionSet::Latest64,
        write: stores_beyond,
        ends: Exit::Trap,
    },
    Program {
        name: "a loop of blocks",
        isa: InstructionSet::Latest64,
        write: loop_of_blocks,
        ends: Exit::Finished,
    },
    Program {
        name: "a loop that is left",
        isa: InstructionSet::ReviveV1,
        write: loop_that_is_left,
        ends: Exit::Finished,
    },
    Program {
        name: "a loop of blocks that traps",
        isa: InstructionSet::JamV1,
        write: blocks_beyond,
        ends: Exit::Trap,
    },
    Program { name: "nested loops", isa: InstructionSet::Latest64, write: nested, ends: Exit::Finished },
    Program { name: "a loop with a call", isa: InstructionSet::Latest64, write: calls, ends: Exit::Finished },
    Program { name: "host calls", isa: InstructionSet::ReviveV1, write: host_calls, ends: Exit::Finished },
    Program { name: "memset", isa: InstructionSet::Latest64, write: memset, ends: Exit::Finished },
    Program {
        name: MEMSET_THAT_TRAPS,
        isa: InstructionSet::Latest64,
        write: memset_beyond,
        ends: Exit::Trap,
    },
    Program { name: "long blocks", isa: InstructionSet::ReviveV1, write: long_blocks, ends: Exit::Finished },
    Program { name: "blocks in a row", isa: InstructionSet::Latest64, write: blocks, ends: Exit::Finished },
];

fn branch(opcode: revive_vm_primitives::Opcode, reg: Reg, value: i32) -> I {
    I::reg_imm_offset(opcode, reg, value, 0)
}

fn small_loop(code: &mut CodeBuilder) {
    code.push(I::reg_imm(LoadImm, Reg::A1, 0)).push(I::reg_imm(LoadImm, Reg::A0, 0x7fff_fff0));
    code.push(I::new(Fallthrough));
    let head = code.label_here();
    // The sum passes the largest signed number, so its extension shows.
    code.push(I::reg_reg_imm(AddImm32, Reg::A0, Reg::A0, 3));
    code.push(I::reg_reg_imm(AddImm32, Reg::A1, Reg::A1, 1));
    code.push_to(branch(BranchLessUnsignedImm, Reg::A1, 13), head);
    code.push(RETURN);
}

/// As many instructions as a byte can count, one less and some more, where a comparison and the branch on it are
/// translated together; and many in a loop.
fn long_blocks(code: &mut CodeBuilder) {
    for count in [125, 126, 127] {
        let next = code.label();
        for index in 0..count {
            code.push(I::reg_reg_imm(AddImm32, Reg::A0, Reg::A0, index * 0x0101_0101));
        }
        code.push(I::reg_reg_imm(SetLessThanUnsignedImm, Reg::A2, Reg::A0, 5));
        code.push_to(branch(BranchNotEqImm, Reg::A2, 0), next);
        code.bind(next);
    }
    code.push(I::reg_imm(LoadImm, Reg::A1, 0)).push(I::new(Fallthrough));
    let again = code.label_here();
    for _ in 0..130 {
        code.push(I::reg_reg_imm(AddImm64, Reg::A1, Reg::A1, 1));
    }
    code.push_to(branch(BranchLessUnsignedImm, Reg::A1, 200), again);
    code.push(RETURN);
}

/// Three blocks, of which one skips the next now and then, with sums whose extension shows, and that leaves at `last`.
fn three_blocks(code: &mut CodeBuilder, last: i32, step: i32) {
    let out = code.label();
    code.push(I::reg_imm(LoadImm, Reg::A1, 0)).push(I::reg_imm(LoadImm, Reg::A0, 0x7fff_fff0));
    code.push(I::reg_imm(LoadImm, Reg::A3, RW)).push(I::new(Fallthrough));
    let head = code.label_here();
    let skipped = code.label();
    code.push(I::reg_reg_imm(AddImm32, Reg::A0, Reg::A0, 3));
    code.push_to(branch(BranchEqImm, Reg::A2, 2), skipped);
    code.push(I::reg_reg_imm(LoadIndirectI32, Reg::A4, Reg::A3, 0));
    code.push_to(branch(BranchGreaterUnsignedImm, Reg::A1, last), out);
    code.bind(skipped);
    code.push(I::reg_reg_imm(AddImm64, Reg::A3, Reg::A3, step));
    code.push(I::reg_reg_imm(AddImm32, Reg::A1, Reg::A1, 1));
    code.push(I::reg_reg_imm(AndImm, Reg::A2, Reg::A1, 3));
    code.push_to(branch(BranchLessUnsignedImm, Reg::A1, 13), head);
    code.push(I::reg_reg_imm(AddImm32, Reg::A0, Reg::A0, 1));
    code.push(I::new(Fallthrough));
    code.bind(out);
    code.push(RETURN);
}

fn loop_of_blocks(code: &mut CodeBuilder) {
    three_blocks(code, 100, 8);
}

fn loop_that_is_left(code: &mut CodeBuilder) {
    three_blocks(code, 7, 8);
}

/// Beyond the one page that there is.
fn blocks_beyond(code: &mut CodeBuilder) {
    three_blocks(code, 100, 800);
}

fn loop_32(code: &mut CodeBuilder) {
    code.push(I::reg_imm(LoadImm, Reg::A1, 11)).push(I::new(Fallthrough));
    let head = code.label_here();
    code.push(I::reg_reg_reg(Mul32, Reg::A0, Reg::A0, Reg::A1));
    code.push(I::reg_reg_reg(Xor, Reg::A0, Reg::A0, Reg::A1));
    code.push(I::reg_reg_imm(AddImm32, Reg::A1, Reg::A1, -1));
    code.push_to(branch(BranchNotEqImm, Reg::A1, 0), head);
    code.push(RETURN);
}

fn larger_loop(code: &mut CodeBuilder) {
    code.push(I::reg_imm(LoadImm, Reg::S0, 9)).push(I::reg_imm(LoadImm, Reg::A0, -1));
    code.push(I::new(Fallthrough));
    let head = code.label_here();
    for round in 0..7 {
        code.push(I::reg_reg_imm(AddImm64, Reg::T0, Reg::A0, 0x1234_5678 + round));
        code.push(I::reg_reg_imm(ShiftLogicalRightImm64, Reg::T1, Reg::T0, 7));
        code.push(I::reg_reg_reg(Xor, Reg::A0, Reg::T0, Reg::T1));
        code.push(I::reg_reg_reg(Add32, Reg::T2, Reg::T2, Reg::A0));
    }
    code.push(I::reg_reg_imm(AddImm64, Reg::S0, Reg::S0, -1));
    code.push_to(branch(BranchNotEqImm, Reg::S0, 0), head);
    code.push(RETURN);
}

/// Stores at addresses that go up until `last`.
fn store_until(code: &mut CodeBuilder, last: i32) {
    code.push(I::reg_imm(LoadImm, Reg::A1, RW)).push(I::new(Fallthrough));
    let head = code.label_here();
    code.push(I::reg_reg_imm(AddImm32, Reg::A0, Reg::A0, 0x1111_1111));
    code.push(I::reg_reg_imm(StoreIndirectU32, Reg::A0, Reg::A1, 0));
    code.push(I::reg_reg_imm(AddImm64, Reg::A1, Reg::A1, 256));
    code.push_to(branch(BranchLessUnsignedImm, Reg::A1, last), head);
    code.push(RETURN);
}

fn stores(code: &mut CodeBuilder) {
    store_until(code, RW + 4096);
}

/// Beyond the one page that there is.
fn stores_beyond(code: &mut CodeBuilder) {
    store_until(code, RW + 8192);
}

fn nested(code: &mut CodeBuilder) {
    code.push(I::reg_imm(LoadImm, Reg::S0, 4)).push(I::new(Fallthrough));
    let outer = code.label_here();
    code.push(I::reg_imm(LoadImm, Reg::S1, 0)).push(I::new(Fallthrough));
    let inner = code.label_here();
    code.push(I::reg_reg_reg(Add32, Reg::A0, Reg::A0, Reg::S0));
    code.push(I::reg_reg_imm(AddImm32, Reg::S1, Reg::S1, 1));
    code.push_to(branch(BranchLessSignedImm, Reg::S1, 7), inner);
    code.push(I::reg_reg_imm(AddImm32, Reg::S0, Reg::S0, -1));
    code.push_to(branch(BranchNotEqImm, Reg::S0, 0), outer);
    code.push(RETURN);
}

fn calls(code: &mut CodeBuilder) {
    let (head, function) = (code.label(), code.label());
    let behind = code.label();
    let back = code.jump_table_entry(behind) as i32;
    code.push(I::reg_reg(MoveReg, Reg::S1, Reg::Ra)).push(I::reg_imm(LoadImm, Reg::S0, 5));
    code.push(I::new(Fallthrough));
    code.bind(head);
    code.push_to(I::reg_imm_offset(LoadImmAndJump, Reg::Ra, back, 0), function);
    code.bind(behind);
    code.push(I::reg_reg_imm(AddImm32, Reg::S0, Reg::S0, -1));
    code.push_to(branch(BranchNotEqImm, Reg::S0, 0), head);
    code.push(I::reg_imm(JumpIndirect, Reg::S1, 0));
    code.bind(function);
    code.push(I::reg_reg_reg(Add64, Reg::A0, Reg::A0, Reg::S0));
    code.push(RETURN);
}

fn host_calls(code: &mut CodeBuilder) {
    code.push(I::reg_imm(LoadImm, Reg::S0, 5)).push(I::new(Fallthrough));
    let head = code.label_here();
    code.push(I::imm(Ecalli, 3));
    code.push(I::reg_reg_reg(Add32, Reg::A1, Reg::A1, Reg::A0));
    code.push(I::reg_reg_imm(AddImm32, Reg::S0, Reg::S0, -1));
    code.push_to(branch(BranchNotEqImm, Reg::S0, 0), head);
    code.push(RETURN);
}

/// Fills `bytes` bytes up to, or beyond, the end of the page, twice.
fn memset_of(code: &mut CodeBuilder, bytes: i32) {
    for value in [1, 2] {
        code.push(I::reg_imm(LoadImm, Reg::A0, RW + 4096 - 40));
        code.push(I::reg_imm(LoadImm, Reg::A1, value));
        code.push(I::reg_imm(LoadImm, Reg::A2, bytes * value));
        code.push(I::new(Memset));
        code.push(I::reg_reg_imm(AddImm64, Reg::A3, Reg::A0, 1));
    }
    code.push(RETURN);
}

fn memset(code: &mut CodeBuilder) {
    memset_of(code, 20);
}

fn memset_beyond(code: &mut CodeBuilder) {
    memset_of(code, 30);
}

fn blocks(code: &mut CodeBuilder) {
    for index in 0..20 {
        for _ in 0..index % 5 {
            code.push(I::reg_reg_imm(AddImm64, Reg::A0, Reg::A0, index));
        }
        code.push(I::new(Fallthrough));
    }
    code.push(RETURN);
}

/// Everything that a host sees, with memory.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    exit: Exit,
    pc: Option<u32>,
    next: Option<u32>,
    gas: i64,
    regs: [u64; Reg::COUNT],
    memory: Vec<u8>,
}

fn seen(instance: &Instance, exit: Exit) -> Seen {
    Seen {
        exit,
        pc: instance.pc(),
        next: instance.next(),
        gas: instance.gas(),
        regs: Reg::ALL.map(|reg| instance.reg(reg)),
        memory: instance.read_memory_vec(RW as u32, 4096).unwrap_or_default(),
    }
}

/// Runs until it ends or the gas does not suffice. What else stops it is answered.
fn run(instance: &mut Instance) -> Seen {
    loop {
        match instance.run().unwrap() {
            Exit::HostCall(number) => {
                let value = instance.reg(Reg::A0).wrapping_mul(5) + u64::from(number);
                instance.set_reg(Reg::A0, value);
            }
            Exit::Step => {}
            Exit::Segfault(fault) if fault.page_address == RW as u32 => {
                instance.map_pages(fault.page_address, fault.page_size, true).unwrap();
            }
            exit => return seen(instance, exit),
        }
    }
}

fn start(module: &Module, gas: i64) -> Instance {
    let mut instance = Instance::new(module).unwrap();
    instance.prepare_call(module.export_offset(b"run").unwrap(), &[]);
    instance.set_gas(gas);
    instance
}

const PLENTY: i64 = 1_000_000;

/// All that is seen of a program that starts with every amount of gas, and then gets
/// 1. as much as it likes,
/// 2. one unit at a time, so that it stops wherever it can from there on,
/// 3. as much as it likes, and is started again where it stopped, which is paid again.
fn everything(module: &Module, program: &Program) -> Vec<[Option<Seen>; 4]> {
    let whole = run(&mut start(module, PLENTY));
    // A page fault that nobody mends is a trap to this test.
    let whole_exit = if matches!(whole.exit, Exit::Segfault(_)) { Exit::Trap } else { whole.exit };
    assert_eq!(whole_exit, program.ends);
    let total = PLENTY - whole.gas;
    let needed = total + program.rest();
    let mut all = Vec::new();
    for gas in 0..needed + 2 {
        let mut instance = start(module, gas);
        let first = run(&mut instance);
        if first.exit != Exit::OutOfGas {
            assert!(gas >= needed, "it ends with {gas} of {needed} gas");
            assert_eq!(Seen { gas: whole.gas, ..first.clone() }, whole);
            all.push([Some(first), None, None, None]);
            continue;
        }
        assert!(gas < needed, "it stops with {gas} of {needed} gas");
        assert!((0..=gas).contains(&first.gas));
        instance.set_gas(first.gas + PLENTY);
        let resumed = run(&mut instance);
        // As if it had never stopped: also what it paid.
        assert_eq!(Seen { gas: whole.gas, ..resumed.clone() }, whole, "stopped with {gas} gas");
        assert_eq!(resumed.gas, gas + PLENTY - total, "stopped with {gas} gas");

        // From 0 on this stops wherever it can; from others on, without some of the stops before.
        let slowly = (gas % 16 == 0).then(|| {
            let mut instance = start(module, gas);
            let mut last = run(&mut instance);
            let mut given = gas;
            while last.exit == Exit::OutOfGas {
                instance.set_gas(last.gas + 1);
                given += 1;
                last = run(&mut instance);
            }
            assert_eq!(Seen { gas: whole.gas, ..last.clone() }, whole, "slowly from {gas} gas on");
            assert_eq!((given, last.gas), (needed, needed - total), "slowly from {gas} gas on");
            last
        });

        let mut instance = start(module, gas);
        let stopped = run(&mut instance);
        instance.set_next(stopped.next.unwrap());
        instance.set_gas(PLENTY);
        let again = run(&mut instance);
        assert_eq!(Seen { gas: whole.gas, ..again.clone() }, whole, "started again after {gas} gas");
        all.push([Some(first), Some(resumed), slowly, Some(again)]);
    }
    all
}

fn check(config: &ModuleConfig) {
    let engine = |engine| Engine::new(EngineConfig { engine, ..EngineConfig::default() }).unwrap();
    let engines = [engine(EngineChoice::Interpreter), engine(EngineChoice::Auto)];
    for program in PROGRAMS {
        let Program { name, isa, write, .. } = program;
        let mut code = CodeBuilder::new(*isa);
        write(&mut code);
        let blob = BlobBuilder::new(*isa)
            .rw_data(4096, b"")
            .stack_size(4096)
            .export(b"run", 0)
            .code(code.finish().unwrap())
            .build();
        let [first, second] = engines.each_ref().map(|engine| {
            let module = Module::new(engine, &blob, config).unwrap();
            assert_eq!(module.memory_map().rw_data_address(), RW as u32);
            everything(&module, program)
        });
        for (gas, (first, second)) in first.iter().zip(&second).enumerate() {
            assert_eq!(first, second, "{name}, {isa}, {gas} gas, {config:?}");
        }
        assert_eq!(first.len(), second.len());
        println!("{name}, {isa}: {} amounts of gas", first.len());
    }
}

#[test]
fn flat() {
    check(&ModuleConfig::default());
}

#[test]
fn pipeline() {
    check(&ModuleConfig { gas: Some(GasModel::PipelineL2), ..ModuleConfig::default() });
}

#[test]
fn with_dynamic_paging() {
    check(&ModuleConfig { dynamic_paging: true, ..ModuleConfig::default() });
}

#[test]
fn step_by_step() {
    check(&ModuleConfig { step_tracing: true, ..ModuleConfig::default() });
}
