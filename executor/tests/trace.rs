// SPDX-License-Identifier: Apache-2.0
//! Step tracing: what steps say of instructions, on every engine.

use std::sync::{Arc, Mutex};

use revive_vm_executor::{
    trace::{Access, AccessKind, Data, SourceMap, Step, Tracer, DATA_BYTES_MAX},
    Caller, Engine, EngineChoice, EngineConfig, Exit, Gas, Instance, InstructionSet, Linker, Module,
    ModuleConfig, Reg,
};
use revive_vm_primitives::{
    debug_info::{DebugInfoBuilder, SourceRegion},
    BlobBuilder, CodeBuilder, Frame, Instruction, Opcode,
};

const RETURN: Instruction = Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0);
/// Where read-write data begins if there is no read-only data.
const DATA: u32 = 0x20000;

fn engines() -> [Engine; 2] {
    [EngineChoice::Interpreter, EngineChoice::Recompiler]
        .map(|engine| Engine::new(EngineConfig { engine, ..EngineConfig::default() }).unwrap())
}

fn module(engine: &Engine, code: &[Instruction], config: &ModuleConfig) -> Module {
    let mut builder = CodeBuilder::new(InstructionSet::Latest64);
    for instruction in code {
        builder.push(*instruction);
    }
    let blob = BlobBuilder::new(InstructionSet::Latest64)
        .rw_data(4096, &[1, 2, 3, 4, 5, 6, 7, 8, 9])
        .stack_size(4096)
        .import(b"f")
        .export(b"run", 0)
        .code(builder.finish().unwrap())
        .build();
    Module::new(engine, &blob, config).unwrap()
}

fn tracing() -> ModuleConfig {
    ModuleConfig { step_tracing: true, ..ModuleConfig::default() }
}

/// Runs from the start to an exit that is not a step.
fn trace(instance: &mut Instance, tracer: &mut Tracer, steps: &mut Vec<Step>) -> Exit {
    loop {
        let (exit, step) = tracer.run(instance).unwrap();
        steps.extend(step);
        if exit != Exit::Step {
            return exit;
        }
    }
}

/// The steps of a run with this much gas, on both engines, which must agree.
fn steps(code: &[Instruction], gas: Gas, args: &[u64]) -> (Vec<Step>, Exit) {
    let mut seen: Vec<(Vec<Step>, Exit)> = Vec::new();
    for engine in engines() {
        let mut instance = Instance::new(&module(&engine, code, &tracing())).unwrap();
        instance.set_gas(gas);
        instance.prepare_call(0, args);
        let mut steps = Vec::new();
        let exit = trace(&mut instance, &mut Tracer::default(), &mut steps);
        seen.push((steps, exit));
    }
    assert_eq!(seen[0], seen[1]);
    seen.remove(0)
}

/// Where a step is must not be looked for in the whole block: this would take longer than anybody waits.
#[test]
fn long_blocks_can_be_traced() {
    const ADDITIONS: usize = 50_000;
    let mut code = vec![Instruction::reg_reg_imm(Opcode::AddImm64, Reg::A0, Reg::A0, 1); ADDITIONS];
    code.push(RETURN);
    for engine in engines() {
        let mut instance = Instance::new(&module(&engine, &code, &tracing())).unwrap();
        instance.set_gas(1 << 20);
        instance.prepare_call(0, &[]);
        for instruction in 0..=ADDITIONS as u32 {
            assert_eq!(instance.run(), Ok(Exit::Step));
            assert_eq!((instance.pc(), instance.reg(Reg::A0)), (Some(3 * instruction), instruction.into()));
        }
        assert_eq!(instance.run(), Ok(Exit::Finished));
    }
}

fn numbers(access: &Access) -> (AccessKind, u32, u32, Option<u64>, Option<u64>) {
    let number = |data: Option<Data>| data.map(|data| data.number().unwrap());
    (access.kind, access.address, access.bytes, number(access.before), number(access.after))
}

#[test]
fn steps_show_registers_and_memory() {
    let code = [
        Instruction::reg_imm(Opcode::LoadImm, Reg::A0, DATA as i32),
        Instruction::reg_reg_imm(Opcode::LoadIndirectU16, Reg::A1, Reg::A0, 1),
        Instruction::reg_reg_imm(Opcode::StoreIndirectU32, Reg::A1, Reg::A0, 4),
        Instruction::imm_imm(Opcode::StoreImmU8, DATA as i32, -1),
        Instruction::reg_imm(Opcode::LoadU64, Reg::A1, 0),
    ];
    let (steps, exit) = steps(&code, 100, &[]);
    assert_eq!(exit, Exit::Trap);
    assert_eq!(steps.len(), 5);
    assert_eq!(steps[0].changed().collect::<Vec<_>>(), [(Reg::A0, 0, DATA.into())]);
    assert_eq!(steps[0].access, None);
    // One block of five instructions and the one behind the end of the code.
    assert_eq!(steps[0].gas, 94);
    assert_eq!(steps[1].changed().collect::<Vec<_>>(), [(Reg::A1, 0, 0x0302)]);
    let accesses: Vec<_> = steps.iter().filter_map(|step| step.access.as_ref().map(numbers)).collect();
    assert_eq!(
        accesses,
        [
            (AccessKind::Load, DATA + 1, 2, Some(0x0302), Some(0x0302)),
            (AccessKind::Store, DATA + 4, 4, Some(0x0807_0605), Some(0x0302)),
            (AccessKind::Store, DATA, 1, Some(1), Some(0xff)),
            // Nobody can access the first page.
            (AccessKind::Load, 0, 8, None, None),
        ]
    );
    let exits: Vec<_> = steps.iter().map(|step| step.exit).collect();
    assert_eq!(exits, [Exit::Step, Exit::Step, Exit::Step, Exit::Step, Exit::Trap]);
    assert_eq!(steps[4].instruction.unwrap().opcode, Opcode::LoadU64);
    assert_eq!(steps[4].changed().count(), 0);
}

#[test]
fn running_off_the_end_is_a_step_without_an_instruction() {
    let (steps, exit) = steps(&[Instruction::reg_imm(Opcode::LoadImm, Reg::A0, 1)], 100, &[]);
    assert_eq!(exit, Exit::Trap);
    assert_eq!(steps.len(), 2);
    assert_eq!((steps[1].instruction, steps[1].exit), (None, Exit::Trap));
    assert_eq!(steps[1].pc, 3);
}

#[test]
fn a_fill_shows_its_beginning_and_how_far_it_came() {
    let fill = [Instruction::new(Opcode::Memset), RETURN];
    // 40 bytes, of which as many are shown as a step keeps.
    let (all, exit) = steps(&fill, 100, &[u64::from(DATA), 0xab, 40]);
    assert_eq!(exit, Exit::Finished);
    let access = all[0].access.unwrap();
    assert_eq!((access.kind, access.address, access.bytes), (AccessKind::Fill, DATA, 40));
    assert_eq!(access.before.unwrap().as_bytes()[..10], [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]);
    assert_eq!(access.after.unwrap().as_bytes(), [0xab; DATA_BYTES_MAX]);
    assert_eq!(access.after.unwrap().number(), None);

    // Over the end of the data: only what can be accessed is shown.
    let (over, exit) = steps(&fill, 1000, &[u64::from(DATA) + 4094, 0xab, 8]);
    assert_eq!(exit, Exit::Trap);
    assert_eq!(over[0].access.unwrap().after.unwrap().as_bytes(), [0xab; 2]);

    // Nothing is accessed.
    let (none, exit) = steps(&fill, 100, &[0, 0xab, 0]);
    assert_eq!((exit, none[0].access), (Exit::Finished, None));
}

#[test]
fn what_could_not_be_paid_is_reported_again_when_it_can() {
    for engine in engines() {
        let code = [Instruction::new(Opcode::Memset), RETURN];
        let mut instance = Instance::new(&module(&engine, &code, &tracing())).unwrap();
        instance.prepare_call(0, &[u64::from(DATA), 7, 4]);
        let (mut tracer, mut steps) = (Tracer::default(), Vec::new());

        // Not even the block can be paid.
        instance.set_gas(1);
        assert_eq!(trace(&mut instance, &mut tracer, &mut steps), Exit::OutOfGas);
        assert_eq!(steps.len(), 1);
        assert_eq!(steps[0].changed().count(), 0);
        assert_eq!(steps[0].access.unwrap().after, steps[0].access.unwrap().before);

        // The block and three bytes of four.
        instance.set_gas(5);
        assert_eq!(trace(&mut instance, &mut tracer, &mut steps), Exit::OutOfGas);
        assert_eq!(steps.len(), 2);
        assert_eq!(steps[1].access.unwrap().after.unwrap().as_bytes(), [7, 7, 7, 4]);

        // What the host does in between is not put down to the instruction.
        instance.set_gas(100);
        instance.set_reg(Reg::T0, 1);
        assert_eq!(trace(&mut instance, &mut tracer, &mut steps), Exit::Finished);
        assert_eq!(steps.len(), 4);
        assert_eq!((steps[2].pc, steps[2].exit), (0, Exit::Step));
        assert_eq!(numbers(&steps[2].access.unwrap()), (AccessKind::Fill, DATA + 3, 1, Some(4), Some(7)));
        let changed: Vec<_> = steps[2].changed().map(|(reg, ..)| reg).collect();
        assert_eq!(changed, [Reg::A0, Reg::A2]);
        assert_eq!(steps[3].exit, Exit::Finished);
    }
}

#[test]
fn a_new_start_forgets_what_was_announced() {
    for engine in engines() {
        let code = [Instruction::reg_reg_imm(Opcode::AddImm64, Reg::A0, Reg::A0, 1), RETURN];
        let mut instance = Instance::new(&module(&engine, &code, &tracing())).unwrap();
        instance.set_gas(100);
        let mut tracer = Tracer::default();
        for _ in 0..3 {
            instance.prepare_call(0, &[]);
            assert_eq!(tracer.run(&mut instance).unwrap(), (Exit::Step, None));
        }
        let (exit, step) = tracer.run(&mut instance).unwrap();
        assert_eq!((exit, step.unwrap().pc), (Exit::Step, 0));
    }
}

#[test]
fn without_step_tracing_there_are_no_steps() {
    for engine in engines() {
        let mut instance = Instance::new(&module(&engine, &[RETURN], &ModuleConfig::default())).unwrap();
        instance.set_gas(100);
        instance.prepare_call(0, &[]);
        assert_eq!(Tracer::default().run(&mut instance).unwrap(), (Exit::Finished, None));
    }
}

/// Calls by a linker run to their end; host functions are answered in between.
#[test]
fn typed_calls_report_their_steps() {
    let mut traces = Vec::new();
    for engine in engines() {
        let code = [
            Instruction::imm(Opcode::Ecalli, 0),
            Instruction::reg_reg_imm(Opcode::AddImm64, Reg::A0, Reg::A0, 1),
            RETURN,
        ];
        let mut linker = Linker::<()>::new();
        linker.func_wrap("f", |_: Caller<'_, ()>, x: u64| -> u64 { 10 * x }).unwrap();
        let mut instance = linker.instantiate(&module(&engine, &code, &tracing())).unwrap();
        instance.set_gas(100);
        let steps = Arc::new(Mutex::new(Vec::new()));
        let sink = steps.clone();
        instance.trace(move |step| sink.lock().unwrap().push(step.clone()));
        assert_eq!(instance.call_typed::<_, u64>(&mut (), "run", (4u64,)), Ok(41));
        let steps = steps.lock().unwrap().clone();
        let exits: Vec<_> = steps.iter().map(|step| step.exit).collect();
        assert_eq!(exits, [Exit::HostCall(0), Exit::Step, Exit::Finished]);
        // The host's answer is in front of the addition, and not behind the call.
        assert_eq!((steps[0].after[Reg::A0 as usize], steps[1].before[Reg::A0 as usize]), (4, 40));
        traces.push(steps);
    }
    assert_eq!(traces[0], traces[1]);
}

#[test]
fn source_positions_are_found_and_damage_is_nothing() {
    let frame = |line| Frame { function: "f", path: "src/f.rs", line, ..Frame::default() };
    let mut debug = DebugInfoBuilder::new();
    let regions = [
        SourceRegion { bytes: 3, frames: vec![frame(1)] },
        SourceRegion { bytes: 2, frames: vec![] },
        SourceRegion { bytes: 4, frames: vec![frame(2), frame(3)] },
    ];
    debug.program(10, &regions).unwrap();
    let build = |sections| {
        let mut code = CodeBuilder::new(InstructionSet::Latest64);
        code.push(RETURN);
        BlobBuilder::new(InstructionSet::Latest64).code(code.finish().unwrap()).debug_info(sections).build()
    };
    let sections = debug.finish();
    let engine = &engines()[0];
    let module = Module::new(engine, &build(sections.clone()), &ModuleConfig::default()).unwrap();
    let mut map = SourceMap::new(module.debug_info());
    // Backwards too, and each place twice.
    for pc in (0..30).chain((0..30).rev()) {
        let lines: Vec<_> = map.frames(pc).iter().map(|frame| frame.line).collect();
        let expected: &[u32] = match pc {
            10..13 => &[1],
            15..19 => &[2, 3],
            _ => &[],
        };
        assert_eq!(lines, expected, "{pc}");
    }

    // Other bytes in place of each, and what was cut off: nothing else is known then, but nothing breaks.
    let blob = build(sections);
    for at in 0..blob.len() {
        let mut damaged = blob.clone();
        damaged[at] ^= 0x41;
        let Ok(module) = Module::new(engine, &damaged, &ModuleConfig::default()) else { continue };
        let mut map = SourceMap::new(module.debug_info());
        for pc in 0..30 {
            map.frames(pc);
        }
    }
}
