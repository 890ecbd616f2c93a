// SPDX-License-Identifier: Apache-2.0
//! Exits, gas, gathers, writes, nesting.

use super::{assert_no_such_instance, tests};
use crate::programs::{
    blob, copy, enter, host_call, load, ret, set, store, store_code, trap, FLAT, RO, RW, RW_BYTES, STACK_END,
};
use alloc::{vec, vec::Vec};
use revive_vm_primitives::{
    BlobBuilder, CodeBuilder, Instruction, InstructionSet, Opcode, Reg, RETURN_ADDRESS,
};
use revive_vm_runtime_interface::{
    CodeRef, EncodedTable, EnterError, ExitKind, ExitRecord, Frame, Gather, Gathered, Import, Imports,
    Instance, Length, Operand, Resume, RunError, Write,
};

tests! {
    a_storage_like_call_takes_one_crossing,
    a_getter_gathers_nothing_and_leaves_a0_alone,
    a_loop_of_host_calls_pays_for_each_round_once,
    registers_begin_as_the_calling_convention_says,
    the_right_export_is_entered,
    a_trap_is_final_and_reports_gas_and_position,
    touching_memory_that_is_not_there_traps,
    running_out_of_gas_is_exact_and_resumable,
    numbers_outside_of_the_import_table_are_told,
    gathers_read_all_or_nothing,
    too_long_gathers_are_not_read,
    items_and_packed_operands_are_gathered,
    empty_gathers_and_writes_are_fine_anywhere,
    a_bad_write_leaves_everything_as_it_was,
    nested_instances_do_not_disturb_each_other,
    a_program_can_run_inside_itself,
    the_heap_ends_at_the_memory_limit,
}

/// Both gathers of a storage write.
const STORAGE: Imports = Imports(&[
    Import { symbol: "getter", gather: &[] },
    Import {
        symbol: "set_storage",
        gather: &[
            Gather { address: Operand::Low(1), length: Length::Key { len: Operand::Low(2), max: 128 } },
            Gather { address: Operand::Low(3), length: Length::Bytes { count: Operand::Low(4), max: 416 } },
        ],
    },
]);

fn go(gas: i64, result: Option<u64>) -> Resume<'static> {
    Resume { gas, result, writes: &[] }
}

/// Enters a program that calls `set_storage` with these registers and returns.
fn set_storage(key: u32, key_len: u64, value: u32, value_len: u64) -> (Instance, ExitRecord) {
    let code = [
        set(Reg::A1, key.into()),
        set(Reg::A2, key_len),
        set(Reg::A3, value.into()),
        set(Reg::A4, value_len),
        host_call(0),
        ret(),
    ];
    enter(&blob(&["set_storage"], &code), &STORAGE, 10)
}

fn a_storage_like_call_takes_one_crossing() {
    let code = [
        set(Reg::A0, 0xabcd_0000_0007),
        set(Reg::A1, RO.into()),
        set(Reg::A2, u32::MAX.into()),
        set(Reg::A3, (RO + 32).into()),
        set(Reg::A4, 5),
        set(Reg::A5, u64::MAX),
        host_call(0),
        load(Reg::A1, RW),
        load(Reg::A2, RW + 8),
        ret(),
    ];
    let (mut instance, exit) = enter(&blob(&["set_storage"], &code), &STORAGE, 100);
    assert_eq!(exit.kind, ExitKind::HostCall { import: 1 });
    assert_eq!(exit.gas, 100 - 10, "the whole block is charged when it is entered");
    assert_eq!(exit.args, [0xabcd_0000_0007, RO.into(), u32::MAX.into(), (RO + 32).into(), 5, u64::MAX]);
    let key: Vec<u8> = (0..32).collect();
    assert_eq!(exit.gathered(0), Gathered::Bytes(&key));
    assert_eq!(exit.gathered(1), Gathered::Bytes(&[32, 33, 34, 35, 36]));
    assert_eq!(exit.gathered(2), Gathered::OutOfBounds, "there is no third gather");
    let call_at = exit.pc.expect("a host call has a position");

    let exit = instance
        .resume(Resume {
            gas: 77,
            result: Some(42),
            writes: &[
                Write::Bytes { address: RW, bytes: &[9, 9, 9, 9, 9, 9, 9, 9] },
                Write::Bytes { address: RW, bytes: &[1, 2, 3, 4] },
                Write::Zero { address: RW + 8, len: 7 },
            ],
        })
        .expect("it is suspended");
    assert_eq!(exit.kind, ExitKind::Finished);
    assert_eq!(exit.gas, 77, "the block was charged before");
    assert_eq!(exit.pc, None);
    assert_eq!(exit.args[0], 42);
    assert_eq!(exit.args[1], 0x0909_0909_0403_0201, "writes are made in order");
    assert_eq!(exit.args[2], 0xff00_0000_0000_0000, "the zero fill has seven bytes");
    assert_eq!(instance.resume(go(1, None)), Err(RunError::NotSuspended));
    assert!(call_at > 0);
}

fn a_getter_gathers_nothing_and_leaves_a0_alone() {
    let code = [set(Reg::A0, 5), host_call(0), ret()];
    let (mut instance, exit) = enter(&blob(&["getter"], &code), &STORAGE, 3);
    assert_eq!((exit.kind, exit.gas), (ExitKind::HostCall { import: 0 }, 0));
    assert_eq!(exit.gathered(0), Gathered::OutOfBounds);
    let exit = instance.resume(go(0, None)).expect("it is suspended");
    assert_eq!((exit.kind, exit.args[0]), (ExitKind::Finished, 5));
}

fn a_loop_of_host_calls_pays_for_each_round_once() {
    let code = [
        host_call(0),
        Instruction::reg_reg_reg(Opcode::Add64, Reg::S0, Reg::S0, Reg::A0),
        Instruction::reg_imm_offset(Opcode::BranchNotEqImm, Reg::A0, 0, 0),
        copy(Reg::A0, Reg::S0),
        ret(),
    ];
    let (mut instance, mut exit) = enter(&blob(&["getter"], &code), &STORAGE, 1000);
    let mut gas = 1000 - 3;
    for result in (0..10).rev() {
        assert_eq!((exit.kind, exit.gas), (ExitKind::HostCall { import: 0 }, gas));
        assert_eq!(exit.pc, Some(0));
        exit = instance.resume(go(gas, Some(result))).expect("it is suspended");
        gas -= if result == 0 { 2 } else { 3 };
    }
    assert_eq!((exit.kind, exit.gas), (ExitKind::Finished, gas));
    assert_eq!(exit.args[0], 9 * 10 / 2);
}

fn registers_begin_as_the_calling_convention_says() {
    let code = [host_call(0), copy(Reg::A0, Reg::Sp), copy(Reg::A1, Reg::Ra), host_call(0), ret()];
    let (mut instance, exit) = enter(&blob(&["getter"], &code), &STORAGE, 10);
    assert_eq!(exit.args, [0; 6]);
    let exit = instance.resume(go(10, None)).expect("it is suspended");
    assert_eq!(exit.args[..2], [u64::from(STACK_END), u64::from(RETURN_ADDRESS)]);
}

fn the_right_export_is_entered() {
    let mut code = CodeBuilder::new(InstructionSet::ReviveV1);
    code.push(Instruction::new(Opcode::Trap));
    code.push(ret());
    let blob = BlobBuilder::new(InstructionSet::ReviveV1)
        .export(b"deploy", 0)
        .export(b"call", 1)
        .code(code.finish().expect("test programs are valid"))
        .build();
    let (code_hash, storage_key) = store_code(&blob);
    let table = EncodedTable::new(&STORAGE, &[]).expect("the table can be encoded");
    let run = |export| {
        let code = CodeRef { code_hash: &code_hash, storage_key: &storage_key, gas_model: FLAT };
        Instance::enter(code, &table, export, 10, Frame::default()).map(|(_, exit)| exit.kind)
    };
    for _ in 0..2 {
        assert_eq!(run("deploy"), Ok(ExitKind::Trap));
        assert_eq!(run("call"), Ok(ExitKind::Finished));
        for missing in ["", "cal", "calls", "Call", "\u{0}", "größer"] {
            assert_eq!(run(missing), Err(EnterError::Run(RunError::NoSuchExport)), "{missing:?}");
        }
    }
}

fn a_trap_is_final_and_reports_gas_and_position() {
    let assert_trapped = |instance: &mut Instance, exit: &ExitRecord| {
        assert_eq!((exit.kind, exit.gas), (ExitKind::Trap, 8));
        assert!(exit.pc.is_some_and(|pc| pc > 0));
        assert_eq!(instance.resume(go(10, None)), Err(RunError::NotSuspended));
        assert_no_such_instance(instance.id());
    };
    let (mut instance, exit) = enter(&blob(&[], &[store(RW, Reg::Sp), trap()]), &STORAGE, 10);
    assert_trapped(&mut instance, &exit);
    let (mut instance, exit) = enter(&blob(&["getter"], &[host_call(0), trap()]), &STORAGE, 10);
    assert_eq!((exit.kind, exit.gas), (ExitKind::HostCall { import: 0 }, 8));
    let exit = instance.resume(go(8, None)).expect("it is suspended");
    assert_trapped(&mut instance, &exit);
}

fn touching_memory_that_is_not_there_traps() {
    let outside = [0, RO - 8, RW - 8, RW + RW_BYTES - 7, STACK_END, u32::MAX - 7, u32::MAX];
    for address in outside {
        let (_, exit) = enter(&blob(&[], &[load(Reg::A0, address), ret()]), &STORAGE, 10);
        assert_eq!(exit.kind, ExitKind::Trap, "load from {address:#x}");
    }
    let (_, exit) = enter(&blob(&[], &[store(RO, Reg::A0), ret()]), &STORAGE, 10);
    assert_eq!(exit.kind, ExitKind::Trap, "store to read-only data");
}

fn running_out_of_gas_is_exact_and_resumable() {
    let code = [set(Reg::A0, 1), set(Reg::A1, 2), ret()];
    let blob = blob(&[], &code);

    let (_, exit) = enter(&blob, &STORAGE, 3);
    assert_eq!((exit.kind, exit.gas), (ExitKind::Finished, 0));

    let (mut instance, exit) = enter(&blob, &STORAGE, 2);
    assert_eq!((exit.kind, exit.gas, exit.pc), (ExitKind::OutOfGas, 2, Some(0)));
    assert_eq!(exit.args, [0; 6], "nothing of the block was executed");
    let exit = instance.resume(go(0, None)).expect("out of gas is resumable");
    assert_eq!((exit.kind, exit.gas), (ExitKind::OutOfGas, 0));
    let exit = instance.resume(go(4, None)).expect("out of gas is resumable");
    assert_eq!((exit.kind, exit.gas), (ExitKind::Finished, 1));
    assert_eq!(exit.args[..2], [1, 2]);

    for gas in [-1, i64::MIN] {
        let (_, exit) = enter(&blob, &STORAGE, gas);
        assert_eq!((exit.kind, exit.gas), (ExitKind::OutOfGas, gas));
    }
    assert_eq!(enter(&blob, &STORAGE, i64::MAX).1.gas, i64::MAX - 3);
}

fn numbers_outside_of_the_import_table_are_told() {
    for number in [1, 2, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
        let code = [set(Reg::A0, 3), host_call(number), ret()];
        let (mut instance, exit) = enter(&blob(&["set_storage"], &code), &STORAGE, 10);
        assert_eq!(exit.kind, ExitKind::UnknownHostCall { number });
        assert_eq!((exit.gas, exit.args[0]), (7, 3));
        assert_eq!(exit.gathered(0), Gathered::OutOfBounds, "nothing is gathered");
        assert_eq!(instance.resume(go(7, None)).map(|exit| exit.kind), Ok(ExitKind::Finished));
    }
}

fn gathers_read_all_or_nothing() {
    let last = RW + RW_BYTES - 4;
    let (_, exit) = set_storage(RW + RW_BYTES - 32, u32::MAX.into(), last, 4);
    assert_eq!(exit.gathered(0), Gathered::Bytes(&[0; 32]));
    assert_eq!(exit.gathered(1), Gathered::Bytes(&[0; 4]));

    let bad = [
        (0, 4),
        (RO - 1, 4),
        (last, 5),
        (RO + 4096 - 1, 2),
        (STACK_END - 4, 5),
        (STACK_END, 1),
        (u32::MAX, 1),
        (u32::MAX, 2),
        (u32::MAX - 100, 416),
    ];
    for (address, len) in bad {
        let (_, exit) = set_storage(RO, 3, address, len);
        assert_eq!(exit.gathered(0), Gathered::Bytes(&[0, 1, 2]), "one bad range does not spoil the others");
        assert_eq!(exit.gathered(1), Gathered::OutOfBounds, "{len} bytes at {address:#x}");
        let (_, exit) = set_storage(address, len.min(128), RO + 1, 2);
        assert_eq!(exit.gathered(0), Gathered::OutOfBounds, "{len} bytes at {address:#x}");
        assert_eq!(exit.gathered(1), Gathered::Bytes(&[1, 2]));
    }
}

fn too_long_gathers_are_not_read() {
    let (_, exit) = set_storage(RW, 128, RW, 416);
    assert!(matches!(exit.gathered(0), Gathered::Bytes(bytes) if bytes.len() == 128));
    assert!(matches!(exit.gathered(1), Gathered::Bytes(bytes) if bytes.len() == 416));

    let (_, exit) = set_storage(0, 129, 0, 417);
    assert_eq!(exit.gathered(0), Gathered::TooLong { len: 129, max: 128 });
    assert_eq!(exit.gathered(1), Gathered::TooLong { len: 417, max: 416 });

    let (_, exit) = set_storage(0, u64::from(u32::MAX) - 1, RO, 0xffff_ffff_ffff_ffff);
    assert_eq!(exit.gathered(0), Gathered::TooLong { len: u64::from(u32::MAX) - 1, max: 128 });
    assert_eq!(exit.gathered(1), Gathered::TooLong { len: u32::MAX.into(), max: 416 });

    // Upper halves of registers do not count for 32-bit arguments.
    let (_, exit) = set_storage(RO, 0xffff_ffff_0000_0002, RO, 0x1_0000_0001);
    assert_eq!(exit.gathered(0), Gathered::Bytes(&[0, 1]));
    assert_eq!(exit.gathered(1), Gathered::Bytes(&[0]));
}

fn items_and_packed_operands_are_gathered() {
    const EVENT: Imports = Imports(&[Import {
        symbol: "event",
        gather: &[
            Gather {
                address: Operand::Low(0),
                length: Length::Items { count: Operand::High(0), item_bytes: 8, count_max: 3 },
            },
            Gather { address: Operand::High(1), length: Length::Fixed(4) },
            Gather { address: Operand::High(5), length: Length::Bytes { count: Operand::Low(5), max: 10 } },
        ],
    }]);
    let event = |count: u64| {
        let code = [
            set(Reg::A0, (count << 32) | u64::from(RO)),
            set(Reg::A1, u64::from(RO + 8) << 32),
            set(Reg::A5, (u64::from(RO + 20) << 32) | 3),
            host_call(0),
            ret(),
        ];
        enter(&blob(&["event"], &code), &EVENT, 10).1
    };
    let exit = event(2);
    assert_eq!(exit.gathered(0), Gathered::Bytes(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]));
    assert_eq!(exit.gathered(1), Gathered::Bytes(&[8, 9, 10, 11]));
    assert_eq!(exit.gathered(2), Gathered::Bytes(&[20, 21, 22]));
    assert_eq!(event(0).gathered(0), Gathered::Bytes(&[]));
    assert_eq!(event(4).gathered(0), Gathered::TooLong { len: 4, max: 3 }, "counted in items");
}

fn empty_gathers_and_writes_are_fine_anywhere() {
    for address in [0, RO, RW - 1, STACK_END, u32::MAX] {
        let (mut instance, exit) = set_storage(address, 0, address, 0);
        assert_eq!(exit.gathered(0), Gathered::Bytes(&[]));
        assert_eq!(exit.gathered(1), Gathered::Bytes(&[]));
        let writes = [Write::Bytes { address, bytes: &[] }, Write::Zero { address, len: 0 }];
        let exit = instance.resume(Resume { gas: 10, result: None, writes: &writes });
        assert_eq!(exit.map(|exit| exit.kind), Ok(ExitKind::Finished));
    }
}

fn a_bad_write_leaves_everything_as_it_was() {
    let code = [host_call(0), load(Reg::A1, RW), ret()];
    let (mut instance, _) = enter(&blob(&["getter"], &code), &STORAGE, 10);
    let good = Write::Bytes { address: RW, bytes: &[1; 8] };
    let bad = [
        Write::Bytes { address: 0, bytes: &[1] },
        Write::Bytes { address: RO, bytes: &[1] },
        Write::Bytes { address: RW + RW_BYTES - 1, bytes: &[1, 2] },
        Write::Bytes { address: u32::MAX, bytes: &[1, 2] },
        Write::Zero { address: RO, len: 1 },
        Write::Zero { address: RW, len: RW_BYTES + 1 },
        Write::Zero { address: RW, len: u32::MAX },
        Write::Zero { address: u32::MAX, len: u32::MAX },
    ];
    for bad in bad {
        let alone = Resume { gas: 5, result: Some(9), writes: &[bad] };
        assert_eq!(instance.resume(alone), Err(RunError::WriteOutOfBounds { index: 0 }), "{bad:?}");
        let second = Resume { gas: 5, result: Some(9), writes: &[good, bad, bad] };
        assert_eq!(instance.resume(second), Err(RunError::WriteOutOfBounds { index: 1 }), "{bad:?}");
    }
    let exit = instance.resume(go(3, None)).expect("it is still suspended");
    assert_eq!((exit.kind, exit.gas), (ExitKind::Finished, 3));
    assert_eq!(exit.args[..2], [0, u64::MAX], "neither a0 nor memory was written");
}

fn nested_instances_do_not_disturb_each_other() {
    let outer_code = [
        set(Reg::A1, 11),
        store(RW, Reg::A1),
        host_call(0),
        load(Reg::A1, RW),
        host_call(0),
        load(Reg::A2, RW + 16),
        ret(),
    ];
    let inner_code =
        [load(Reg::A0, RW), set(Reg::A1, 22), store(RW, Reg::A1), store(RW + 16, Reg::A1), ret()];
    let (mut outer, outer_exit) = enter(&blob(&["getter"], &outer_code), &STORAGE, 100);

    for _ in 0..2 {
        let (_, exit) = enter(&blob(&[], &inner_code), &STORAGE, 50);
        assert_eq!((exit.kind, exit.gas), (ExitKind::Finished, 45));
        assert_eq!(exit.args[0], u64::MAX, "memory is fresh");
    }

    let exit = outer.resume(go(outer_exit.gas, Some(1))).expect("it waited");
    assert_eq!((exit.kind, exit.gas), (ExitKind::HostCall { import: 0 }, outer_exit.gas));
    assert_eq!(exit.args[..2], [1, 11]);
    let exit = outer.resume(go(outer_exit.gas, None)).expect("it waited");
    assert_eq!((exit.kind, exit.args[2]), (ExitKind::Finished, 0));
}

fn a_program_can_run_inside_itself() {
    let code = [load(Reg::A1, RW), host_call(0), store(RW, Reg::A0), host_call(0), load(Reg::A1, RW), ret()];
    let blob = blob(&["getter"], &code);
    let mut frames = Vec::new();
    for depth in 0..30u8 {
        let (instance, exit) = enter(&blob, &STORAGE, 6);
        assert_eq!((exit.kind, exit.gas), (ExitKind::HostCall { import: 0 }, 0));
        assert_eq!(exit.args[1], u64::MAX, "memory is fresh");
        frames.push((depth, instance));
    }
    for (depth, mut instance) in frames.into_iter().rev() {
        let exit = instance.resume(go(0, Some(depth.into()))).expect("it waited");
        assert_eq!(exit.kind, ExitKind::HostCall { import: 0 });
        let mut byte = [0xee];
        instance.read_memory(RW, &mut byte).expect("in bounds");
        assert_eq!(byte, [depth]);
        let exit = instance.resume(go(0, None)).expect("it waited");
        assert_eq!((exit.kind, exit.args[1]), (ExitKind::Finished, depth.into()));
    }
}

fn the_heap_ends_at_the_memory_limit() {
    // a0 = sbrk(8 MiB), which does not fit besides the other memory; a1 = sbrk(4 MiB), which does.
    let code = vec![
        set(Reg::S0, 8 << 20),
        Instruction::reg_reg(Opcode::Sbrk, Reg::A0, Reg::S0),
        set(Reg::S0, 4 << 20),
        Instruction::reg_reg(Opcode::Sbrk, Reg::A1, Reg::S0),
        ret(),
    ];
    let mut builder = CodeBuilder::new(InstructionSet::Latest64);
    for instruction in code {
        builder.push(instruction);
    }
    let blob = BlobBuilder::new(InstructionSet::Latest64)
        .rw_data(RW_BYTES, &[])
        .export(b"call", 0)
        .code(builder.finish().expect("test programs are valid"))
        .build();
    let (_, exit) = enter(&blob, &STORAGE, 10);
    assert_eq!((exit.kind, exit.args[0]), (ExitKind::Finished, 0));
    assert_ne!(exit.args[1], 0);
}
