// SPDX-License-Identifier: Apache-2.0
//! The linker: types across the boundary, resolution of imports, and every way in which a call can end.

use std::{
    convert::Infallible,
    panic::{catch_unwind, AssertUnwindSafe},
};

use revive_vm_executor::{
    Answer, CallError, CallRejected, Caller, Engine, EngineConfig, InstructionSet, Interruption, LinkError,
    LinkedInstance, Linker, Module, ModuleConfig, Price, Reg,
};
use revive_vm_primitives::{
    blob::{section_id, MAGIC},
    isa::{Instruction, Opcode},
    varint, BadAccess, BlobBuilder, CodeBuilder, Place, TrapCause, RETURN_ADDRESS,
};

const RETURN: Instruction = Instruction::reg_imm(Opcode::JumpIndirect, Reg::Ra, 0);

/// The engine that these cases are about here.
pub(crate) fn engine() -> Engine {
    let engine = super::engine_of(module_path!());
    Engine::new(EngineConfig { engine, ..EngineConfig::default() }).unwrap()
}

/// A module that imports `symbols` and exports `run` at its first instruction.
fn module_with(isa: InstructionSet, symbols: &[&str], code: &[Instruction], config: &ModuleConfig) -> Module {
    let mut builder = CodeBuilder::new(isa);
    for instruction in code {
        builder.push(*instruction);
    }
    let mut blob = BlobBuilder::new(isa)
        .ro_data(5000, b"read only")
        .rw_data(5000, b"read write")
        .stack_size(8192)
        .export(b"run", 0);
    for symbol in symbols {
        blob = blob.import(symbol.as_bytes());
    }
    let blob = blob.code(builder.finish().unwrap()).build();
    Module::new(&engine(), &blob, config).unwrap()
}

fn module(symbols: &[&str], code: &[Instruction]) -> Module {
    module_with(InstructionSet::Latest64, symbols, code, &ModuleConfig::default())
}

fn instance<T: 'static, E: 'static>(linker: &Linker<T, E>, module: &Module) -> LinkedInstance<T, E> {
    let mut instance = linker.instantiate(module).unwrap();
    instance.set_gas(10_000);
    instance
}

/// How a call ends whose first instruction traps.
fn trapped<T, E>(cause: TrapCause) -> Result<T, CallError<E>> {
    Err(CallError::Interrupted(Interruption::Trap { pc: Some(0), cause: Some(cause) }))
}

/// `run` does one host call and returns.
const FORWARD: [Instruction; 2] = [Instruction::imm(Opcode::Ecalli, 0), RETURN];

#[test]
fn nine_arguments_arrive_in_order() {
    let mut linker = Linker::<Vec<u64>>::new();
    linker
        .func_wrap(
            "f",
            |mut caller: Caller<'_, Vec<u64>>,
             a: u64,
             b: u64,
             c: u64,
             d: u64,
             e: u64,
             f: u64,
             g: u64,
             h: u64,
             i: u64| {
                *caller.data_mut() = vec![a, b, c, d, e, f, g, h, i];
            },
        )
        .unwrap();
    let mut seen = Vec::new();
    let module = module(&["f"], &FORWARD);
    let args = (1u64, 2u64, 3u64, 4u64, 5u64, 6u64, 7u64, 8u64, 9u64);
    instance(&linker, &module).call_typed::<_, ()>(&mut seen, "run", args).unwrap();
    assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn narrow_values_are_extended_by_their_sign_and_read_from_the_low_half() {
    let mut linker = Linker::<()>::new();
    linker.func_wrap("f", |_: Caller<'_, ()>, a: u32, b: i32| -> i32 { b.wrapping_sub(a as i32) }).unwrap();
    let module = module(&["f"], &FORWARD);
    let mut instance = instance(&linker, &module);
    // Rubbish in the upper halves.
    instance.call_untyped(&mut (), "run", &[0xdead_0000_0001, 0xbeef_0000_0000]).unwrap();
    assert_eq!(instance.reg(Reg::A0), u64::MAX, "-1, sign-extended");
    assert_eq!(instance.call_typed::<_, u32>(&mut (), "run", (1u32, 0i32)).unwrap(), u32::MAX);
    assert_eq!(instance.call_typed::<_, i64>(&mut (), "run", (1u32, 0i32)).unwrap(), -1);

    let mut linker = Linker::<()>::new();
    linker.func_wrap("f", |_: Caller<'_, ()>| -> u32 { u32::MAX }).unwrap();
    let mut instance = linker.instantiate(&module).unwrap();
    instance.set_gas(100);
    assert_eq!(instance.call_typed::<_, u64>(&mut (), "run", ()).unwrap(), u64::from(u32::MAX));
}

#[test]
fn wide_values_take_two_registers_on_32_bit_sets() {
    let mut linker = Linker::<()>::new();
    linker
        .func_wrap("f", |_: Caller<'_, ()>, a: u32, b: u64, c: i64| -> u64 { b + c as u64 + u64::from(a) })
        .unwrap();
    let module = module_with(InstructionSet::Latest32, &["f"], &FORWARD, &ModuleConfig::default());
    let mut instance = instance(&linker, &module);
    let result: u64 =
        instance.call_typed(&mut (), "run", (1u32, 0x2_0000_0003u64, 0x10_0000_0000i64)).unwrap();
    assert_eq!(result, 0x12_0000_0004);
    assert_eq!((instance.reg(Reg::A0), instance.reg(Reg::A1)), (4, 0x12));
}

#[test]
fn arguments_that_do_not_fit_are_refused_beforehand() {
    type Five = (u64, u64, u64, u64, u64);
    let mut linker = Linker::<()>::new();
    linker.func_wrap("f", |_: Caller<'_, ()>, _: u64, _: u64, _: u64, _: u64, _: u64| ()).unwrap();
    let narrow = module_with(InstructionSet::Latest32, &["f"], &FORWARD, &ModuleConfig::default());
    assert_eq!(
        linker.instantiate_pre(&narrow).err(),
        Some(LinkError::TooManyRegisters { symbol: "f".into(), needed: 10, limit: 9 })
    );
    let mut instance = instance(&Linker::<()>::new(), &narrow);
    let args: Five = (1, 2, 3, 4, 5);
    assert_eq!(
        instance.call_typed::<_, ()>(&mut (), "run", args),
        Err(CallRejected::TooManyArguments { needed: 10, limit: 9 }.into())
    );
    assert_eq!(
        instance.call_untyped(&mut (), "run", &[0; 10]),
        Err(CallRejected::TooManyArguments { needed: 10, limit: 9 }.into())
    );
}

#[test]
fn host_functions_work_on_memory_registers_and_gas() {
    let mut linker = Linker::<Vec<u8>, String>::new();
    linker
        .func_wrap("f", |mut caller: Caller<'_, Vec<u8>>, address: u32, len: u32| -> Result<(), String> {
            let bytes = caller.read_memory_vec(address, len).map_err(|error| error.to_string())?;
            caller.write_memory(address, b"R").map_err(|error| error.to_string())?;
            *caller.data_mut() = bytes;
            let gas = caller.gas();
            caller.set_gas(gas - 100);
            Ok(())
        })
        .unwrap();
    linker
        .func_untyped("g", |mut caller| {
            let value = caller.reg(Reg::T2);
            caller.set_reg(Reg::S0, value + 1);
            Ok(())
        })
        .unwrap();
    let code = [
        Instruction::imm(Opcode::Ecalli, 0),
        Instruction::reg_imm(Opcode::LoadImm, Reg::T2, 41),
        Instruction::imm(Opcode::Ecalli, 1),
        RETURN,
    ];
    let module = module(&["f", "g"], &code);
    let address = module.memory_map().rw_data_address();
    let mut instance = instance(&linker, &module);
    let mut data = Vec::new();
    instance.call_typed::<_, ()>(&mut data, "run", (address, 10u32)).unwrap();
    assert_eq!(data, b"read write");
    assert_eq!(instance.read_memory_vec(address, 4).unwrap(), b"Read");
    assert_eq!(instance.reg(Reg::S0), 42);
    assert_eq!(instance.gas(), 10_000 - 100 - 4);

    let error = instance.call_typed::<_, ()>(&mut data, "run", (0u32, 10u32)).unwrap_err();
    assert!(matches!(&error, CallError::HostFunction(text) if text.contains("0x0")), "{error}");
}

#[test]
fn a_missing_function_traps_unless_linking_is_strict_or_there_is_a_fallback() {
    let module = module(&["there", "absent"], &[Instruction::imm(Opcode::Ecalli, 1), RETURN]);
    let mut linker = Linker::<u32>::new();
    linker.func_wrap("there", |_: Caller<'_, u32>| ()).unwrap();
    let mut calls = 0;
    assert_eq!(
        instance(&linker, &module).call_typed::<_, ()>(&mut calls, "run", ()),
        trapped(TrapCause::HostCall(1))
    );

    linker.set_strict(true);
    let missing = LinkError::Missing { index: 1, symbol: "absent".into() };
    assert_eq!(linker.instantiate_pre(&module).err(), Some(missing));

    linker.func_fallback(|mut caller, number| {
        *caller.data_mut() += number;
        Ok(())
    });
    instance(&linker, &module).call_typed::<_, ()>(&mut calls, "run", ()).unwrap();
    assert_eq!(calls, 1);
}

#[test]
fn numbers_beyond_the_imports_trap() {
    let module = module(&["f"], &[Instruction::imm(Opcode::Ecalli, -1), RETURN]);
    let mut linker = Linker::<()>::new();
    linker.func_wrap("f", |_: Caller<'_, ()>| ()).unwrap().set_strict(true);
    assert_eq!(
        instance(&linker, &module).call_typed::<_, ()>(&mut (), "run", ()),
        trapped(TrapCause::HostCall(u32::MAX))
    );
}

/// All symbols that do not end before they begin are the whole of them: to go through each would take longer than anybody waits.
#[test]
fn symbols_may_overlap() {
    const BYTES: u32 = 64 << 20;
    let mut imports = Vec::new();
    varint::write(1024, &mut imports);
    (0..512).for_each(|_| imports.extend([0, BYTES].map(u32::to_le_bytes).concat()));
    imports.resize(imports.len() + BYTES as usize, b'f');
    let mut blob = [&MAGIC[..], &[InstructionSet::Latest64.version_byte()], &[0; 8]].concat();
    for (id, payload) in [(section_id::IMPORTS, &imports[..]), (section_id::CODE, &[0, 0, 1, 0, 1])] {
        blob.push(id);
        varint::write(payload.len() as u32, &mut blob);
        blob.extend_from_slice(payload);
    }
    blob.push(section_id::END);
    let len = blob.len() as u64;
    blob[5..13].copy_from_slice(&len.to_le_bytes());
    let module = Module::new(&engine(), &blob, &ModuleConfig::default()).unwrap();
    let mut linker = Linker::<()>::new();
    linker.func_wrap("f", |_: Caller<'_, ()>| ()).unwrap();
    linker.answer("ff", Answer::InputSize, Price::default()).unwrap();
    linker.instantiate_pre(&module).unwrap();
    let symbols: Vec<_> = module.imports().take(2).map(|symbol| symbol.map(<[u8]>::len)).collect();
    assert_eq!(symbols, [Some(BYTES as usize), None]);
}

#[test]
fn a_symbol_is_defined_once() {
    let mut linker = Linker::<()>::new();
    linker.func_wrap(b"f\0", |_: Caller<'_, ()>| ()).unwrap();
    assert_eq!(
        linker.func_wrap(b"f\0", |_: Caller<'_, ()>| ()).err(),
        Some(LinkError::Duplicate { symbol: "f\\x00".into() })
    );
}

#[test]
fn a_call_out_of_gas_goes_on_with_more() {
    let code = [
        Instruction::reg_imm(Opcode::LoadImm, Reg::A0, 5),
        Instruction::new(Opcode::Fallthrough),
        Instruction::reg_reg_imm(Opcode::AddImm64, Reg::A0, Reg::A0, 2),
        RETURN,
    ];
    let module = module(&[], &code);
    let mut instance = Linker::<()>::new().instantiate(&module).unwrap();
    instance.set_gas(3);
    let error = instance.call_typed::<_, u64>(&mut (), "run", ()).unwrap_err();
    assert!(matches!(error, CallError::Interrupted(Interruption::OutOfGas { pc: Some(4) })), "{error:?}");
    assert_eq!(instance.gas(), 1);
    instance.set_gas(2);
    assert_eq!(instance.resume_typed::<u64>(&mut ()), Ok(7));
    assert_eq!(instance.gas(), 0);
    assert_eq!(instance.resume(&mut ()), Err(CallError::Rejected(CallRejected::NotSuspended)));
}

/// Whatever ended a call has ended it: there is nothing to go on with behind a host call that nobody answered or that failed, nor at
/// memory that nobody maps.
#[test]
fn a_call_that_has_ended_does_not_go_on() {
    let not_suspended = Err(CallError::Rejected(CallRejected::NotSuspended));
    let missing = module(&["f"], &FORWARD);
    let mut unanswered = instance(&Linker::<(), &str>::new(), &missing);
    assert_eq!(unanswered.call_untyped(&mut (), "run", &[]), trapped(TrapCause::HostCall(0)));
    assert_eq!(unanswered.resume(&mut ()), not_suspended);
    assert_eq!(unanswered.resume_typed::<u64>(&mut ()), Err(CallError::Rejected(CallRejected::NotSuspended)));

    let mut linker = Linker::<(), &str>::new();
    linker.func_wrap("f", |_: Caller<'_, ()>| -> Result<(), &str> { Err("no") }).unwrap();
    let mut failing = instance(&linker, &missing);
    assert_eq!(failing.call_untyped(&mut (), "run", &[]), Err(CallError::HostFunction("no")));
    assert_eq!(failing.resume(&mut ()), not_suspended);
    // A start that the host sets is another call.
    failing.set_next(missing.code().next_start(1).unwrap());
    assert_eq!(failing.resume(&mut ()), Ok(()));

    let config = ModuleConfig { dynamic_paging: true, ..ModuleConfig::default() };
    let code = [Instruction::reg_imm(Opcode::LoadU8, Reg::A0, 0x7000_0000), RETURN];
    let unmapped = module_with(InstructionSet::Latest64, &[], &code, &config);
    let mut unmapped = instance(&Linker::<(), &str>::new(), &unmapped);
    let (is_store, bytes, address, place) = (false, 1, 0x7000_0000, Place::BehindHeap);
    let cause = TrapCause::Access(BadAccess { is_store, bytes, address, place });
    assert_eq!(unmapped.call_untyped(&mut (), "run", &[]), trapped(cause));
    assert_eq!(unmapped.resume(&mut ()), not_suspended);
    assert_eq!(unmapped.call_untyped(&mut (), "run", &[]), trapped(cause));

    // One that could not even begin.
    let mut code = CodeBuilder::new(InstructionSet::Latest64);
    code.push(Instruction::reg_imm(Opcode::LoadImm, Reg::A0, 1000)).push(RETURN);
    let blob =
        BlobBuilder::new(InstructionSet::Latest64).export(b"run", 1).code(code.finish().unwrap()).build();
    let nowhere = Module::new(&engine(), &blob, &ModuleConfig::default()).unwrap();
    let mut nowhere = instance(&Linker::<(), &str>::new(), &nowhere);
    let called = nowhere.call_untyped(&mut (), "run", &[]);
    assert!(matches!(called, Err(CallError::Interrupted(Interruption::Trap { .. }))), "{called:?}");
    assert_eq!(nowhere.resume(&mut ()), not_suspended);
}

/// Else it would go on as if the host function had returned its first argument.
#[test]
fn a_call_whose_host_function_panicked_does_not_go_on() {
    let mut linker = Linker::<bool>::new();
    linker
        .func_wrap(
            "f",
            |caller: Caller<'_, bool>, x: u64| if *caller.data() { panic!("on purpose") } else { x + 1 },
        )
        .unwrap();
    let module = module(&["f"], &FORWARD);
    let mut panicking = instance(&linker, &module);
    let call = AssertUnwindSafe(|| panicking.call_typed::<_, u64>(&mut true, "run", (7u64,)));
    assert!(catch_unwind(call).is_err());
    assert_eq!(
        panicking.resume_typed::<u64>(&mut false),
        Err(CallError::Rejected(CallRejected::NotSuspended))
    );
    assert_eq!(panicking.call_typed::<_, u64>(&mut false, "run", (7u64,)), Ok(8));
    // Nor does the next guest of the same worker notice.
    drop(panicking);
    assert_eq!(instance(&linker, &module).call_typed::<_, u64>(&mut false, "run", (8u64,)), Ok(9));
}

#[test]
fn steps_come_back_to_the_host() {
    let config = ModuleConfig { step_tracing: true, ..ModuleConfig::default() };
    let module = module_with(InstructionSet::Latest64, &["f"], &FORWARD, &config);
    let mut linker = Linker::<()>::new();
    linker.func_wrap("f", |_: Caller<'_, ()>| ()).unwrap();
    let mut instance = instance(&linker, &module);
    let step = |pc| Err(CallError::<Infallible>::Interrupted(Interruption::Step { pc: Some(pc) }));
    assert_eq!(instance.call_typed::<_, ()>(&mut (), "run", ()), step(0));
    assert_eq!(instance.resume(&mut ()), step(1));
    assert_eq!(instance.resume(&mut ()), Ok(()));
}

#[test]
fn an_export_that_is_not_there_is_named() {
    let mut instance = instance(&Linker::<()>::new(), &module(&[], &[RETURN]));
    let error = instance.call_typed::<_, ()>(&mut (), "walk", ()).unwrap_err();
    assert_eq!(error, CallRejected::NoSuchExport { export: "walk".into() }.into());
    assert!(error.to_string().contains("`walk`"), "{error}");
}

#[test]
fn with_dynamic_paging_initial_memory_appears_when_it_is_touched() {
    let config = ModuleConfig { dynamic_paging: true, ..ModuleConfig::default() };
    let (a0, a1, sp) = (Reg::A0, Reg::A1, Reg::Sp);
    let code = [
        // Touches read-only data, read-write data and the stack.
        Instruction::reg_reg_imm(Opcode::LoadIndirectU8, a0, a0, 1),
        Instruction::reg_reg_imm(Opcode::StoreIndirectU8, a0, a1, 0),
        Instruction::reg_reg_imm(Opcode::StoreIndirectU64, a1, sp, -8),
        Instruction::reg_reg_imm(Opcode::LoadIndirectU64, Reg::A2, sp, -8),
        RETURN,
    ];
    let module = module_with(InstructionSet::Latest64, &[], &code, &config);
    let map = *module.memory_map();
    let mut instance = instance(&Linker::<()>::new(), &module);
    let args = (map.ro_data_address(), map.rw_data_address());
    assert_eq!(instance.call_typed::<_, u64>(&mut (), "run", args), Ok(u64::from(b'e')));
    assert_eq!(instance.reg(Reg::A2), u64::from(map.rw_data_address()));
    assert_eq!(instance.read_memory_vec(map.rw_data_address(), 10).unwrap(), b"eead write");
    assert!(!instance.memory_accessible(map.ro_data_address(), 1, true));
    assert!(!instance.memory_accessible(map.ro_data_address() + 4096, 1, false), "nobody touched it");

    // Writes to read-only data and accesses elsewhere end the call.
    for args in [(map.ro_data_address(), map.ro_data_address()), (map.ro_data_address(), 0x7000_0000)] {
        let error = instance.call_typed::<_, u64>(&mut (), "run", args).unwrap_err();
        assert!(matches!(error, CallError::Interrupted(Interruption::Trap { pc: Some(_), .. })), "{error:?}");
    }
}

/// Memory that the program has and the host does not allow is in no wrong place.
#[test]
fn pages_beyond_the_memory_limit_end_a_call_without_blame() {
    let store = |to| Instruction::reg_reg_imm(Opcode::StoreIndirectU8, Reg::A1, Reg::Sp, to);
    for (pages, ends) in [(2, Ok(())), (1, Err(Interruption::Trap { pc: Some(3), cause: None }))] {
        let config =
            ModuleConfig { dynamic_paging: true, memory_bytes_max: pages * 4096, ..ModuleConfig::default() };
        let module = module_with(InstructionSet::Latest64, &[], &[store(-1), store(-5000), RETURN], &config);
        let called = instance(&Linker::<()>::new(), &module).call_untyped(&mut (), "run", &[]);
        assert_eq!(called, ends.map_err(CallError::Interrupted), "{pages} pages");
    }
}

#[test]
fn a_call_begins_with_the_conventional_registers() {
    let module = module(&["f"], &FORWARD);
    let mut linker = Linker::<Vec<u64>>::new();
    linker
        .func_untyped("f", |mut caller| {
            let regs = Reg::ALL.map(|reg| caller.reg(reg));
            caller.data_mut().extend(regs);
            Ok(())
        })
        .unwrap();
    let mut regs = Vec::new();
    let mut instance = instance(&linker, &module);
    instance.set_reg(Reg::S1, 99);
    instance.call_untyped(&mut regs, "run", &[7]).unwrap();
    let mut expected = [0; 13];
    expected[Reg::Ra.index()] = u64::from(RETURN_ADDRESS);
    expected[Reg::Sp.index()] = u64::from(module.memory_map().stack_high());
    expected[Reg::A0.index()] = 7;
    assert_eq!(regs, expected);
}
