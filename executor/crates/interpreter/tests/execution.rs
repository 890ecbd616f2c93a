// SPDX-License-Identifier: Apache-2.0
//! Starting, stopping, resuming, gas and step tracing, with the numbers of the specification's part on execution.

use revive_vm_interpreter::{Config, Instance, Module, RunError};
use revive_vm_primitives::{
    Code, CodeBuilder, CodeParts, Exit, Gas, GasModel, Instruction, InstructionSet, MemoryMap, Opcode, Reg,
    RETURN_ADDRESS,
};

fn module(parts: &CodeParts, isa: InstructionSet, config: &Config) -> Module {
    let section = parts.to_section();
    let code = Code::parse(isa, &section).unwrap();
    let map = MemoryMap::new(4096, 0, 4096, 8192, 0).unwrap();
    Module::from_code(&code, map, &[], &[], config).unwrap()
}

/// Code as `fill` makes it.
fn build(fill: impl FnOnce(&mut CodeBuilder)) -> CodeParts {
    let mut builder = CodeBuilder::new(InstructionSet::Latest64);
    fill(&mut builder);
    builder.finish().unwrap()
}

fn instance(parts: &CodeParts, config: &Config, gas: Gas) -> Instance {
    let mut instance = Instance::new(&module(parts, InstructionSet::Latest64, config));
    instance.prepare_call(0, &[]);
    instance.set_gas(gas);
    instance
}

fn op(opcode: Opcode) -> Instruction {
    Instruction::new(opcode)
}

fn add(d: Reg, by: i32) -> Instruction {
    Instruction::reg_reg_imm(Opcode::AddImm64, d, d, by)
}

fn ret() -> Instruction {
    Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0)
}

fn tracing() -> Config {
    Config { step_tracing: true, ..Config::default() }
}

/// Exit, pc, next and gas after a run.
fn outcome(instance: &mut Instance) -> (Exit, Option<u32>, Option<u32>, Gas) {
    let exit = instance.run().unwrap();
    (exit, instance.pc(), instance.next(), instance.gas())
}

/// [add, add, ecalli, add, add, ret]; offsets 0, 3, 6, 8, 11, 14.
fn worked_example() -> CodeParts {
    build(|code| {
        code.push(add(Reg::A0, 1)).push(add(Reg::A0, 1));
        code.push(Instruction { i: 5, ..op(Opcode::Ecalli) });
        code.push(add(Reg::A0, 1)).push(add(Reg::A0, 1)).push(ret());
    })
}

#[test]
fn a_block_is_charged_once_wherever_it_is_entered() {
    for start in [0, 3, 6] {
        let mut instance = instance(&worked_example(), &Config::default(), 100);
        instance.set_next(start);
        assert_eq!(outcome(&mut instance), (Exit::HostCall(5), Some(6), Some(8), 94));
        assert_eq!(outcome(&mut instance), (Exit::Finished, None, None, 94));
    }
    let mut instance = instance(&worked_example(), &Config::default(), 100);
    assert_eq!(instance.run(), Ok(Exit::HostCall(5)));
    instance.set_next(8);
    assert_eq!(instance.pc(), None);
    assert_eq!(outcome(&mut instance), (Exit::Finished, None, None, 88));
    assert_eq!(instance.reg(Reg::A0), 4);
}

/// The host call fills the second decode cycle and takes 100 cycles; everything else is shorter.
#[test]
fn by_the_pipeline_model_a_block_is_charged_once_wherever_it_is_entered() {
    for gas in [GasModel::PipelineL1, GasModel::PipelineL2, GasModel::PipelineL3, GasModel::PipelineFootprint]
    {
        for step_tracing in [false, true] {
            let config = Config { gas: Some(gas), step_tracing, ..Config::default() };
            for start in [0, 3, 6] {
                let mut instance = instance(&worked_example(), &config, 101);
                instance.set_next(start);
                let mut ends = Vec::new();
                while ends.last() != Some(&Exit::Finished) {
                    let exit = instance.run().unwrap();
                    // A start in the middle of a block is charged before its first step, any other after it.
                    let paid = start != 0 || exit != Exit::Step || instance.pc() != Some(0);
                    assert_eq!(instance.gas(), if paid { 0 } else { 101 });
                    if exit != Exit::Step {
                        ends.push(exit);
                    }
                }
                assert_eq!(ends, [Exit::HostCall(5), Exit::Finished]);

                instance.prepare_call(start, &[]);
                instance.set_gas(100);
                while instance.run() == Ok(Exit::Step) {}
                assert_eq!(
                    (instance.gas(), instance.reg(Reg::A0)),
                    (100, 0),
                    "not one instruction is paid for"
                );
            }
        }
    }
}

#[test]
fn running_needs_a_place_to_start() {
    let module = module(&worked_example(), InstructionSet::Latest64, &Config::default());
    let mut instance = Instance::new(&module);
    assert_eq!(instance.run(), Err(RunError::NextUnset));
    assert_eq!((instance.pc(), instance.next(), instance.gas()), (None, None, 0));
    instance.prepare_call(0, &[]);
    instance.set_gas(100);
    while instance.run() != Ok(Exit::Finished) {}
    assert_eq!(instance.run(), Err(RunError::NextUnset));
}

#[test]
fn a_call_is_prepared_by_the_calling_convention() {
    let module = module(&worked_example(), InstructionSet::Latest64, &Config::default());
    let mut instance = Instance::new(&module);
    instance.set_reg(Reg::S0, 77);
    instance.prepare_call(3, &[1, 2, 3, 4, 5, 6, 7, 8, u64::MAX]);
    let regs = Reg::ALL.map(|reg| instance.reg(reg));
    let stack_top = u64::from(module.memory_map().stack_high());
    assert_eq!(regs, [u64::from(RETURN_ADDRESS), stack_top, 7, 8, u64::MAX, 0, 0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(instance.next(), Some(3));
}

#[test]
fn a_bad_start_traps_and_can_be_repeated() {
    let mut instance = instance(&worked_example(), &Config::default(), 100);
    for offset in [1, 2, 4, 15, 16, 17, 1000, u32::MAX] {
        instance.set_next(offset);
        for _ in 0..2 {
            assert_eq!(outcome(&mut instance), (Exit::Trap, Some(offset), Some(offset), 100));
        }
    }
}

#[test]
fn negative_gas_ends_a_run_even_without_metering() {
    for gas in [Config::default().gas, None] {
        let mut instance = instance(&worked_example(), &Config { gas, ..Config::default() }, -1);
        assert_eq!(outcome(&mut instance), (Exit::OutOfGas, None, Some(0), -1));
        assert_eq!(instance.reg(Reg::A0), 0);
        instance.set_gas(6);
        assert_eq!(instance.run(), Ok(Exit::HostCall(5)));
        instance.set_gas(-5);
        assert_eq!(outcome(&mut instance), (Exit::OutOfGas, Some(6), Some(8), -5));
        instance.set_gas(0);
        assert_eq!(instance.run(), Ok(Exit::Finished));
    }
}

#[test]
fn without_metering_gas_is_neither_read_nor_changed() {
    let mut instance = instance(&worked_example(), &Config { gas: None, ..Config::default() }, 0);
    assert_eq!(outcome(&mut instance), (Exit::HostCall(5), Some(6), Some(8), 0));
    assert_eq!(outcome(&mut instance), (Exit::Finished, None, None, 0));
}

/// Counts a0 down from 5 in a loop that calls a function through the jump table, which calls the host.
fn program_with_everything() -> CodeParts {
    build(|code| {
        let (top, function, back, end) = (code.label(), code.label(), code.label(), code.label());
        let function_address = code.jump_table_entry(function) as i32;
        let back_address = code.jump_table_entry(back) as i32;
        code.push(Instruction::reg_imm(Opcode::LoadImm, Reg::A0, 5)).push(op(Opcode::Fallthrough));
        code.bind(top).push(add(Reg::A1, 3)).push(op(Opcode::Unlikely));
        code.push_to(Instruction::reg_imm_offset(Opcode::BranchEqImm, Reg::A0, 0, 0), end);
        code.push(Instruction::reg_imm(Opcode::LoadImm, Reg::T0, function_address));
        code.push(Instruction {
            d: Reg::T1,
            s: Reg::T0,
            i: back_address,
            ..op(Opcode::LoadImmAndJumpIndirect)
        });
        code.bind(function).push(add(Reg::A0, -1)).push(Instruction { i: 9, ..op(Opcode::Ecalli) });
        code.push(add(Reg::A2, 7)).push(Instruction::reg_imm(Opcode::JumpIndirect, Reg::T1, 0));
        code.bind(back).push_to(op(Opcode::Jump), top);
        code.bind(end).push(ret());
    })
}

#[test]
fn stopping_at_any_amount_of_gas_and_going_on_gives_the_same() {
    let parts = program_with_everything();
    let run = |mut instance: Instance, more: Gas| {
        let (mut calls, mut added) = (0, 0);
        loop {
            match instance.run().unwrap() {
                Exit::HostCall(9) => calls += 1,
                Exit::OutOfGas => {
                    assert!(instance.gas() >= 0);
                    assert_eq!(instance.pc(), instance.next());
                    instance.set_gas(instance.gas() + more);
                    added += more;
                }
                Exit::Finished => break,
                exit => panic!("{exit}"),
            }
        }
        (calls, instance.gas() - added, Reg::ALL.map(|reg| instance.reg(reg)))
    };
    let whole = run(instance(&parts, &Config::default(), 1000), 0);
    assert_eq!((whole.0, whole.2[Reg::A1 as usize], whole.2[Reg::A2 as usize]), (5, 18, 35));
    let used = 1000 - whole.1;
    // 2 to begin, 6 times 3, 5 times 2 + 4 + 1, 1 to end.
    assert_eq!(used, 2 + 6 * 3 + 5 * 7 + 1);
    for gas in 0..=used {
        for more in [1, 2, 5] {
            let parts_run = run(instance(&parts, &Config::default(), gas), more);
            assert_eq!((parts_run.0, gas - parts_run.1, parts_run.2), (5, used, whole.2));
        }
    }
}

#[test]
fn long_blocks_and_long_loops_run_in_bounded_stack() {
    // Deep recursion would end the test process.
    let parts = build(|code| {
        let top = code.label();
        code.push(op(Opcode::Fallthrough));
        code.bind(top);
        for _ in 0..100_000 {
            code.push(add(Reg::A0, 1));
        }
        code.push(add(Reg::A1, 1));
        code.push_to(Instruction::reg_imm_offset(Opcode::BranchNotEqImm, Reg::A1, 3, 0), top);
        code.push(ret());
    });
    for config in [Config::default(), Config { gas: None, ..Config::default() }] {
        let mut long = instance(&parts, &config, 300_008);
        assert_eq!(long.run(), Ok(Exit::Finished));
        assert_eq!(long.reg(Reg::A0), 300_000);
        assert_eq!(long.gas(), if config.gas.is_some() { 300_008 - 1 - 300_006 - 1 } else { 300_008 });
    }
    let parts = build(|code| {
        let top = code.label();
        code.push(op(Opcode::Fallthrough));
        code.bind(top).push(add(Reg::A0, 1));
        code.push_to(Instruction::reg_imm_offset(Opcode::BranchNotEqImm, Reg::A0, 500_000, 0), top);
        code.push(ret());
    });
    for config in [Config::default(), Config { gas: None, ..Config::default() }] {
        let mut looping = instance(&parts, &config, 2_000_000);
        assert_eq!(looping.run(), Ok(Exit::Finished));
        assert_eq!(looping.reg(Reg::A0), 500_000);
    }
}

#[test]
fn every_instruction_of_a_long_block_is_a_possible_start() {
    let count = 1500;
    let parts = build(|code| {
        for _ in 0..count {
            code.push(add(Reg::A0, 1));
        }
        code.push(ret());
    });
    let module = module(&parts, InstructionSet::Latest64, &Config::default());
    for at in (0..count).step_by(7).chain([511, 512, 513, 1023, 1024, 1025]) {
        let mut instance = Instance::new(&module);
        instance.prepare_call(at * 3, &[]);
        instance.set_gas(1501);
        assert_eq!(outcome(&mut instance), (Exit::Finished, None, None, 0));
        assert_eq!(instance.reg(Reg::A0), u64::from(count - at));
        instance.prepare_call(at * 3, &[]);
        instance.set_gas(1500);
        let pc = (at == 0).then_some(0);
        assert_eq!(outcome(&mut instance), (Exit::OutOfGas, pc, Some(at * 3), 1500));
    }
}

#[test]
fn ends_of_code_trap_where_the_rules_say() {
    // What: code, exit position, gas used.
    type Case = (&'static str, fn(&mut CodeBuilder), u32, Gas);
    let cases: [Case; 9] = [
        ("nothing", |_| {}, 0, 0),
        ("an addition at the end", |c| _ = c.push(add(Reg::A0, 1)), 3, 2),
        ("fallthrough at the end", |c| _ = c.push(op(Opcode::Fallthrough)), 0, 1),
        ("an addition and fallthrough", |c| _ = c.push(add(Reg::A0, 1)).push(op(Opcode::Fallthrough)), 3, 2),
        ("a gap behind an addition", |c| _ = c.push(add(Reg::A0, 1)).raw(&[0; 40], false), 25, 2),
        ("a gap behind fallthrough", |c| _ = c.push(op(Opcode::Fallthrough)).raw(&[0; 40], false), 25, 2),
        ("an invalid opcode", |c| _ = c.push(add(Reg::A0, 1)).raw(&[255], true), 3, 2),
        (
            "a branch at the end",
            |c| {
                let start = c.label_here();
                c.push_to(Instruction::reg_imm_offset(Opcode::BranchEqImm, Reg::A5, 1, 0), start);
            },
            0,
            1,
        ),
        (
            "a jump into a block",
            |c| {
                c.push(add(Reg::A0, 1))
                    .push(add(Reg::A0, 1))
                    .push(Instruction { target: 3, ..op(Opcode::Jump) });
            },
            6,
            3,
        ),
    ];
    for (what, fill, at, cost) in cases {
        let mut ending = instance(&build(fill), &Config::default(), 50);
        let next = (what == "nothing").then_some(0);
        assert_eq!(outcome(&mut ending), (Exit::Trap, Some(at), next, 50 - cost), "{what}");
        // With one less it does not come to that.
        if cost > 0 {
            let mut short = instance(&build(fill), &Config::default(), cost - 1);
            assert_eq!(short.run(), Ok(Exit::OutOfGas), "{what}");
            assert!(short.gas() >= 0);
        }
    }
}

#[test]
fn the_host_may_start_behind_an_invalid_opcode_but_the_program_may_not_jump_there() {
    let parts = build(|code| {
        code.raw(&[255], true).push(add(Reg::A0, 1)).push(Instruction { target: 1, ..op(Opcode::Jump) });
    });
    let mut instance = instance(&parts, &Config::default(), 50);
    for round in 1..3 {
        instance.set_next(1);
        assert_eq!(outcome(&mut instance), (Exit::Trap, Some(4), None, 50 - 2 * round));
    }
    assert_eq!(instance.reg(Reg::A0), 2);
}

#[test]
fn registers_are_written_by_jumps_that_trap() {
    for (i, s_value) in [(7, 0), (7, 2), (7, 3), (7, 0x1_0000_0000)] {
        let parts = build(|code| {
            code.push(Instruction { d: Reg::A0, s: Reg::A0, i, ..op(Opcode::LoadImmAndJumpIndirect) });
        });
        let mut jumping = instance(&parts, &Config::default(), 50);
        jumping.set_reg(Reg::A0, s_value);
        assert_eq!(outcome(&mut jumping), (Exit::Trap, Some(0), None, 49));
        assert_eq!(jumping.reg(Reg::A0), 7);
    }
    let parts = build(|code| {
        code.push(Instruction::reg_imm_offset(Opcode::LoadImmAndJump, Reg::A0, -8, 77));
    });
    let mut jumping = instance(&parts, &Config::default(), 50);
    assert_eq!(outcome(&mut jumping), (Exit::Trap, Some(0), None, 49));
    assert_eq!(jumping.reg(Reg::A0), (-8i64) as u64);
    // A finish writes too.
    let parts = build(|code| {
        code.push(Instruction { d: Reg::Ra, s: Reg::Ra, i: 7, ..op(Opcode::LoadImmAndJumpIndirect) });
    });
    let mut jumping = instance(&parts, &Config::default(), 50);
    assert_eq!(outcome(&mut jumping), (Exit::Finished, None, None, 49));
    assert_eq!(jumping.reg(Reg::Ra), 7);
}

#[test]
fn steps_come_before_every_instruction() {
    let parts = build(|code| {
        code.push(Instruction { d: Reg::A0, s: Reg::Sp, i: -8, ..op(Opcode::StoreIndirectU64) });
        code.push(add(Reg::A0, 1)).push(op(Opcode::Ecalli)).push(ret());
    });
    let mut instance = instance(&parts, &tracing(), 10);
    // The first step is before the charge.
    assert_eq!(outcome(&mut instance), (Exit::Step, Some(0), Some(0), 10));
    assert_eq!(outcome(&mut instance), (Exit::Step, Some(3), Some(3), 6));
    assert_eq!(outcome(&mut instance), (Exit::Step, Some(6), Some(6), 6));
    assert_eq!(outcome(&mut instance), (Exit::HostCall(0), Some(6), Some(7), 6));
    assert_eq!(outcome(&mut instance), (Exit::Step, Some(7), Some(7), 6));
    // Setting `next` restarts stepping; in the middle of a block the charge comes first.
    instance.set_next(3);
    assert_eq!(outcome(&mut instance), (Exit::Step, Some(3), Some(3), 2));
    instance.set_next(3);
    assert_eq!(outcome(&mut instance), (Exit::OutOfGas, None, Some(3), 2));
    instance.set_gas(4);
    assert_eq!(outcome(&mut instance), (Exit::Step, Some(3), Some(3), 0));
    instance.set_next(0);
    assert_eq!(outcome(&mut instance), (Exit::Step, Some(0), Some(0), 0));
    assert_eq!(outcome(&mut instance), (Exit::OutOfGas, Some(0), Some(0), 0));
    instance.set_gas(5);
    // The retry does not report the step again.
    assert_eq!(outcome(&mut instance), (Exit::Step, Some(3), Some(3), 1));
}

#[test]
fn steps_are_reported_for_implicit_instructions() {
    let parts = build(|code| _ = code.push(add(Reg::A0, 1)));
    let mut instance = instance(&parts, &tracing(), 10);
    assert_eq!(outcome(&mut instance), (Exit::Step, Some(0), Some(0), 10));
    assert_eq!(outcome(&mut instance), (Exit::Step, Some(3), Some(3), 8));
    assert_eq!(outcome(&mut instance), (Exit::Trap, Some(3), None, 8));
}

#[test]
fn registers_of_the_32_bit_set_are_truncated() {
    let mut builder = CodeBuilder::new(InstructionSet::Latest32);
    builder.push(ret());
    let module = module(&builder.finish().unwrap(), InstructionSet::Latest32, &Config::default());
    let mut instance = Instance::new(&module);
    instance.set_reg(Reg::A0, 0x1234_5678_9abc_def0);
    assert_eq!(instance.reg(Reg::A0), 0x9abc_def0);
    instance.prepare_call(0, &[u64::MAX]);
    assert_eq!(instance.reg(Reg::A0), 0xffff_ffff);
    instance.set_gas(1);
    assert_eq!(instance.run(), Ok(Exit::Finished));
}

#[test]
fn instances_can_be_sent_and_modules_shared() {
    fn sendable<T: Send>() {}
    fn shareable<T: Send + Sync>() {}
    sendable::<Instance>();
    shareable::<Module>();
}
