// SPDX-License-Identifier: Apache-2.0
//! Entering and leaving a guest: registers, gas, memory, host calls and faults.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod common;

use common::{resume_of, values, Code, A0, A1, R8, RAX, RCX, RDI, RSI};
use revive_vm_primitives::machine::{
    exit_code, CODE_ADDRESS, FIRST_NEAR_REGISTER, GUEST_REGISTERS, REGISTER_MAP,
};
use revive_vm_sandbox::{Process, Program, SandboxError};
use rustix::thread::{sched_getcpu, sched_setaffinity, CpuSet};
use std::{
    thread,
    time::{Duration, Instant},
};

/// Signals of faults.
const INVALID_INSTRUCTION: u32 = 4;
const BREAKPOINT: u32 = 5;
const DIVISION: u32 = 8;
const MEMORY: u32 = 11;

#[test]
fn registers_and_gas_go_in_and_out() {
    let mut code = Code::new();
    code.exit(exit_code::HOST_CALL, 77);
    let resume = code.here();
    // add r10, -1000; inc rdi; jmp back
    code.raw(&[0x49, 0x81, 0xc2]);
    code.raw(&(-1000i32).to_le_bytes());
    code.raw(&[0x48, 0xff, 0xc7]);
    code.exit(exit_code::FINISHED, 0);
    let mut process = code.process();
    for (index, value) in values().into_iter().enumerate() {
        process.set_register(index, value);
    }
    process.set_gas(-5);

    let exit = process.run(Code::body()).unwrap();
    assert_eq!((exit.code, exit.argument, process.resume()), (exit_code::HOST_CALL, 77, resume));
    assert_eq!(registers(&process), values());
    assert_eq!(process.gas(), -5);

    process.set_gas(i64::MAX);
    let exit = process.go_on().unwrap();
    assert_eq!((exit.code, exit.argument), (exit_code::FINISHED, 0));
    assert_eq!(process.gas(), i64::MAX - 1000);
    assert_eq!(process.register(A0), values()[A0] + 1);
    assert_eq!(process.register(A1), values()[A1]);
}

/// Adds one to each register up to `s1`, then leaves; three times, one behind the other. Where each begins.
fn counting() -> (Code, [u64; 3]) {
    let mut code = Code::new();
    let places = [1, 2, 3].map(|argument| {
        let place = code.here();
        for number in &REGISTER_MAP[..FIRST_NEAR_REGISTER] {
            // inc register
            code.raw(&[0x48 | number >> 3, 0xff, 0xc0 | number & 7]);
        }
        code.exit(exit_code::HOST_CALL, argument);
        place
    });
    (code, places)
}

/// What a process has after so many additions of [`counting`].
fn counted(values: [u64; GUEST_REGISTERS], additions: u64) -> [u64; GUEST_REGISTERS] {
    core::array::from_fn(|index| match index < FIRST_NEAR_REGISTER {
        true => values[index].wrapping_add(additions),
        false => values[index],
    })
}

fn registers(process: &Process) -> [u64; GUEST_REGISTERS] {
    core::array::from_fn(|index| process.register(index))
}

/// Of what goes with the beginning of a guest only that is written which is not there yet.
#[test]
fn a_guest_begins_where_and_with_what_the_host_says() {
    let (code, [first, second, _]) = counting();
    let mut process = code.process();
    let mut others = values();
    others[..FIRST_NEAR_REGISTER].reverse();
    let mut other_stack = values();
    other_stack[1] += 1;
    for (round, registers_given) in
        [values(), values(), others, others, values(), other_stack, values()].into_iter().enumerate()
    {
        for (place, argument) in [(first, 1), (second, 2), (second, 2), (first, 1)] {
            process.set_registers(&registers_given);
            let exit = process.run(place).unwrap();
            assert_eq!((exit.code, exit.argument), (exit_code::HOST_CALL, argument), "round {round}");
            assert_eq!(registers(&process), counted(registers_given, 1), "round {round}");
        }
    }
}

#[test]
fn a_guest_goes_on_with_what_it_had_unless_the_host_sets_it() {
    let (code, [first, ..]) = counting();
    let mut process = code.process();
    process.set_registers(&values());
    process.run(first).unwrap();
    // Nobody looks at registers, so nothing is there but with the worker.
    assert_eq!(process.go_on().unwrap().argument, 2);
    assert_eq!(process.go_on().unwrap().argument, 3);
    assert_eq!(registers(&process), counted(values(), 3));

    // ra, sp, s0 and s1, each alone; then the same value, which is what the last one began with but not what the guest has.
    for index in [0, 1, 5, 6, 6] {
        process.set_registers(&values());
        process.run(first).unwrap();
        process.set_register(index, 77);
        let exit = process.go_on().unwrap();
        assert_eq!((exit.code, exit.argument), (exit_code::HOST_CALL, 2), "register {index}");
        let mut expected = counted(values(), 2);
        expected[index] = 78;
        assert_eq!(registers(&process), expected, "register {index}");
        process.go_on().unwrap();
        assert_eq!(registers(&process), counted(expected, 1), "register {index}");
    }
    // Somewhere else, with what it has.
    assert_eq!(process.run(first).unwrap().argument, 1);
    let mut expected = counted(values(), 4);
    expected[6] = 80;
    assert_eq!(registers(&process), expected);
}

/// What the next guest begins with is written even if it is the same as of the one before.
#[test]
fn the_next_guest_begins_with_its_own_registers() {
    let (code, [first, second, _]) = counting();
    let program = code.program();
    let mut process = code.process();
    for given in [values(), values(), [0; GUEST_REGISTERS], values()] {
        for (place, argument) in [(second, 2), (first, 1)] {
            process.set_registers(&given);
            assert_eq!(process.run(place).unwrap().argument, argument);
            assert_eq!(registers(&process), counted(given, 1));
        }
        process.reset().unwrap();
        assert_eq!(registers(&process), [0; GUEST_REGISTERS]);
        process.load(&program).unwrap();
    }
    // One that the host gave nothing has zeros.
    process.run(first).unwrap();
    assert_eq!(registers(&process), counted([0; GUEST_REGISTERS], 1));
}

#[test]
fn faults_say_where_and_what() {
    let mut code = Code::new();
    code.set(RCX, 0x11);
    let load = code.here();
    code.load(RAX, RDI);
    let store = code.here();
    code.store(RDI, RAX);
    let trap = code.trap();
    let breakpoint = code.here();
    code.raw(&[0xcc]);
    // xor edx, edx; div rdx
    code.raw(&[0x31, 0xd2]);
    let division = code.here();
    code.raw(&[0x48, 0xf7, 0xf2]);
    let mut process = code.process();
    for (index, value) in values().into_iter().enumerate() {
        process.set_register(index, value);
    }
    process.set_gas(1234);
    process.set_register(A0, 0x2_1234);
    process.map(0x3_0000, 4096, false).unwrap();

    let mut expect = |entry: u64, at: u64, signal: u32, address: u64| {
        let exit = process.run(entry).unwrap();
        assert_eq!((exit.code, exit.argument), (exit_code::FAULT, signal));
        assert_eq!(process.resume(), at);
        assert_eq!(process.fault().address, address);
        assert_eq!(process.gas(), 1234);
        for (index, value) in
            values().into_iter().enumerate().filter(|(index, _)| ![A0, A1, 10].contains(index))
        {
            assert_eq!(process.register(index), value, "register {index}");
        }
        let first = process.register(A0);
        process.set_register(A0, 0x3_0008);
        (first, process.fault().scratch)
    };
    // Nothing is mapped there.
    assert_eq!(expect(Code::body(), load, MEMORY, 0x2_1234), (0x2_1234, 0x11));
    // What is mapped can be read, but not written.
    expect(load, store, MEMORY, 0x3_0008);
    expect(trap, trap, INVALID_INSTRUCTION, trap);
    // The instruction is done by then.
    expect(breakpoint, breakpoint + 1, BREAKPOINT, 0);
    expect(division - 2, division, DIVISION, division);
    // The same many times: nothing is used up by a fault.
    for _ in 0..10_000 {
        expect(store, store, MEMORY, 0x3_0008);
    }
}

#[test]
fn the_end_of_guest_memory_is_an_end() {
    let mut code = Code::new();
    code.load(RAX, RDI);
    code.exit(exit_code::FINISHED, 0);
    let mut process = code.process();
    process.map(0xffff_f000, 4096, true).unwrap();
    process.write(0xffff_fff8, &7u64.to_le_bytes()).unwrap();
    process.set_register(A0, 0xffff_fff8);
    assert_eq!(process.run(Code::body()).unwrap().code, exit_code::FINISHED);
    assert_eq!(process.register(A1), 7);
    // A byte further the access goes beyond, into what is never mapped.
    process.set_register(A0, 0xffff_fff9);
    let exit = process.run(Code::body()).unwrap();
    assert_eq!((exit.code, exit.argument), (exit_code::FAULT, MEMORY));
    assert_eq!((process.resume(), process.fault().address), (Code::body(), 0x1_0000_0000));
}

#[test]
fn guest_and_host_see_the_same_memory() {
    let mut code = Code::new();
    code.load(RAX, RDI);
    code.store(RSI, RAX);
    code.load(R8, RSI);
    code.exit(exit_code::FINISHED, 0);
    let mut process = code.process();
    // Written before and after it is mapped.
    process.write(0x5_0010, &1u64.to_le_bytes()).unwrap();
    process.map(0x5_0000, 0x2000, true).unwrap();
    process.write(0x5_0018, &2u64.to_le_bytes()).unwrap();
    for (from, expected) in [(0x5_0010u64, 1u64), (0x5_0018, 2), (0x5_1000, 0)] {
        process.set_register(A0, from);
        process.set_register(9, 0x5_1ff8);
        assert_eq!(process.run(Code::body()).unwrap().code, exit_code::FINISHED);
        assert_eq!(process.register(11), expected);
        let mut out = [0xff; 8];
        process.read(0x5_1ff8, &mut out).unwrap();
        assert_eq!(u64::from_le_bytes(out), expected);
    }
}

#[test]
fn read_only_data_is_there_with_zeros_behind() {
    let mut code = Code::new();
    code.load(RAX, RDI);
    let store = code.here();
    code.store(RDI, RAX);
    let mut process = code.process();
    let data = [9u8; 5000];
    let program = Program::new(code.bytes(), &[0; 4096], &data, 0x3000).unwrap();
    process.load(&program).unwrap();
    for (address, expected) in
        [(0x1_0000u64, 0x0909_0909_0909_0909u64), (0x1_0000 + 4996, 0x0909_0909), (0x1_2ff8, 0)]
    {
        process.set_register(A0, address);
        process.run(Code::body()).unwrap();
        assert_eq!((process.resume(), process.fault().address), (store, address));
        assert_eq!(process.register(A1), expected);
    }
    process.set_register(A0, 0x1_3000);
    assert_eq!(resume_of(&mut process, Code::body()), Code::body());
    // Guest memory goes above it, and only that much of the next program's as is free.
    assert!(matches!(process.map(0x1_2000, 4096, true), Err(SandboxError::Argument { .. })));
    process.map(0x1_3000, 4096, true).unwrap();
    let larger = Program::new(code.bytes(), &[0; 4096], &data, 0x4000).unwrap();
    assert!(matches!(process.load(&larger), Err(SandboxError::Argument { .. })));
    process.unmap(0x1_3000, 4096).unwrap();
    process.load(&larger).unwrap();
    assert_eq!(resume_of(&mut process, Code::body()), store);
    // As long as it is not known which program comes, its place is not given to anything else.
    process.reset().unwrap();
    process.map(0x1_3000, 4096, true).unwrap();
    process.make_ready().unwrap();
    process.unmap(0x1_3000, 4096).unwrap();
    process.load(&larger).unwrap();
    process.set_register(A0, 0x1_3000);
    assert_eq!(resume_of(&mut process, Code::body()), store);
}

#[test]
fn a_program_replaces_the_one_before() {
    let mut long = Code::new();
    long.exit(exit_code::FINISHED, 1);
    for _ in 0..10_000 {
        long.trap();
    }
    let last = long.trap();
    let mut short = Code::new();
    short.exit(exit_code::FINISHED, 2);
    let mut process = long.process();
    assert_eq!(resume_of(&mut process, last), last);
    process.load(&short.program()).unwrap();
    assert_eq!(process.run(Code::body()).unwrap().argument, 2);
    assert!(matches!(process.run(last), Err(SandboxError::Argument { .. })));
    process.load(&long.program()).unwrap();
    assert_eq!(resume_of(&mut process, last), last);
}

#[test]
fn what_cannot_be_is_refused_and_harms_nothing() {
    let mut code = Code::new();
    code.exit(exit_code::FINISHED, 0);
    let mut process = code.process();
    let refused = |result: Result<(), SandboxError>| {
        assert!(matches!(result, Err(SandboxError::Argument { .. })), "{result:?}");
    };
    refused(process.map(0x1_0800, 0x1000, true));
    refused(process.map(0x1_0000, 0x1001, true));
    refused(process.map(0xf000, 0x1000, true));
    refused(process.map(0xffff_f000, 0x2000, true));
    refused(process.protect(0x2_0000, 0x1000, true));
    refused(process.write(0xffff_ffff, &[1, 2]));
    refused(process.read(0xffff_ffff, &mut [0; 2]));
    refused(process.zero(0xffff_ffff, 2));
    refused(process.zero(0x8000_0000, 0x8000_0001));
    for entry in [0, CODE_ADDRESS - 1, CODE_ADDRESS + code.bytes().len() as u64, u64::MAX] {
        assert!(matches!(process.run(entry), Err(SandboxError::Argument { .. })));
    }
    assert_eq!(process.register(GUEST_REGISTERS), 0);
    process.set_register(GUEST_REGISTERS, 1);
    assert_eq!(process.run(Code::body()).unwrap().code, exit_code::FINISHED);
    process.reset().unwrap();
    assert_eq!(process.run(Code::body()), Err(SandboxError::NotLoaded));
    assert!(Program::new(&[], &[0; 4096], &[], 0).is_err());
    let program = Program::new(&[1, 2, 3], &[0; 4096], &[], 0).unwrap();
    let read = |offset: usize, bytes: usize| {
        let mut out = vec![0; bytes];
        program.read_code(offset, &mut out).map(|()| out)
    };
    assert_eq!((read(1, 2), read(3, 0)), (Ok(vec![2, 3]), Ok(vec![])));
    for (offset, bytes) in [(2, 2), (4, 0), (usize::MAX, 1)] {
        let message = read(offset, bytes).unwrap_err().to_string();
        assert!(message.contains("not within the code"), "{message}");
    }
    assert!(Program::new(&[0xcc], &[0; 4096], &[0], 0).is_err());
    assert!(Program::new(&[0xcc], &[0; 4096], &[0], 4095).is_err());
}

/// Where there is one processor both sides sleep in turns. Who is not woken looks after the other one a millisecond later, or a second.
#[test]
fn nobody_sleeps_past_a_wake_up() {
    const HAND_OVERS: u32 = 100;
    const WORK: Duration = Duration::from_micros(30);
    let mut code = Code::new();
    // mov rcx, 100000; again: dec rcx; jnz again. Each works for so long that the other one has gone to sleep.
    code.set(RCX, 100_000);
    code.raw(&[0x48, 0xff, 0xc9, 0x75, 0xfb]);
    code.exit(exit_code::FINISHED, 0);
    let on_one_processor = || {
        let mut one = CpuSet::new();
        one.set(sched_getcpu());
        sched_setaffinity(None, &one).unwrap();
        let mut process = code.process();
        let mut is_in_time = |_| {
            let began = Instant::now();
            (0..HAND_OVERS).all(|_| {
                let worked = Instant::now();
                while worked.elapsed() < WORK {}
                process.run(Code::body()).unwrap();
                began.elapsed() < Duration::from_millis(1) * HAND_OVERS / 2
            })
        };
        // Others may have the processor in between, so it is the best of some rounds.
        assert!((0..20).any(&mut is_in_time), "somebody is not woken");
        assert!(process.take_counts().slept >= u64::from(HAND_OVERS), "they do not sleep");
    };
    thread::scope(|scope| scope.spawn(on_one_processor).join()).unwrap();
}
