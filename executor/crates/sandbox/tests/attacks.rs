// SPDX-License-Identifier: Apache-2.0
//! Machine code that does what generated code never does, and workers that are hurt from outside. Outcome each time: the
//! worker is dead and reaped, the supervisor has an error that says why, and nothing hangs.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod common;

use common::{exists, resume_of, set_up_call, Code, A0, RAX, RDI};
use revive_vm_primitives::machine::{
    exit_code, field, Shared, ANSWERS_ADDRESS, ANSWERS_BYTES, CODE_ADDRESS, SHARED_ADDRESS,
};
use revive_vm_sandbox::policy::RULES;
use revive_vm_sandbox::protocol::{status, ANSWERED, BEGIN, COMMAND, RUN, TURN};
use revive_vm_sandbox::{worker_executable, Process, SandboxError, WorkerEnd};
use std::mem::offset_of;
use std::process::Command;
use std::thread;
use std::time::Duration;

/// The kernel's verdict on a forbidden call.
const FORBIDDEN: WorkerEnd = WorkerEnd::Signalled(31);

/// Runs code that ends its worker, and says how that ended.
fn end_of(mut process: Process) -> WorkerEnd {
    let error = process.run(Code::body()).expect_err("the worker survives");
    let SandboxError::Died { end, .. } = error else { panic!("{error}") };
    // There is nothing left of it, and it cannot be used any more.
    assert!(!exists(process.id()), "the worker has not been reaped");
    assert_eq!(process.run(Code::body()), Err(error.clone()));
    assert_eq!(process.map(0x2_0000, 4096, true), Err(error.clone()));
    assert_eq!(process.reset(), Err(error));
    end
}

/// A call as generated code would make it.
fn call(number: u64, arguments: &[u64]) -> Code {
    let mut code = Code::new();
    set_up_call(&mut code, number, arguments);
    code.syscall();
    code.exit(exit_code::FINISHED, 0);
    code
}

#[test]
fn a_forbidden_call_kills() {
    // getpid, write, openat, execve, fork, ptrace, kill, a number that is none, and getpid of the x32 interface.
    for number in [39, 1, 257, 59, 57, 101, 62, 5000, 0x4000_0027] {
        assert_eq!(end_of(call(number, &[]).process()), FORBIDDEN, "call {number}");
    }
}

#[test]
fn an_allowed_call_from_generated_code_kills() {
    assert_eq!(end_of(call(231, &[0]).process()), FORBIDDEN);
    assert_eq!(end_of(call(202, &[field::ANSWER, 1, 1]).process()), FORBIDDEN);
}

#[test]
fn calls_of_32_bits_kill() {
    let mut code = Code::new();
    // int 0x80 with the number of exit_group there, and with that of munmap.
    set_up_call(&mut code, 252, &[]);
    code.raw(&[0xcd, 0x80]);
    assert_eq!(end_of(code.process()), FORBIDDEN);
    let mut code = Code::new();
    set_up_call(&mut code, 11, &[]);
    code.raw(&[0xcd, 0x80]);
    assert_eq!(end_of(code.process()), FORBIDDEN);
}

/// The worst case: somebody jumps to an instruction of the worker that makes calls, with arguments of his choice.
#[test]
fn forbidden_arguments_kill_from_the_workers_own_code_too() {
    let (read, write, execute) = (1u64, 2u64, 4u64);
    let (shared_fixed, private_fixed, private_anonymous_fixed) = (0x11u64, 0x12u64, 0x32u64);
    let no_file = u64::MAX;
    let calls: &[(u64, &[u64])] = &[
        (39, &[]),
        // Executable memory: without a file, of the guest's memory, writable, elsewhere.
        (9, &[CODE_ADDRESS, 4096, read | execute, private_anonymous_fixed, no_file, 0]),
        (9, &[CODE_ADDRESS, 4096, read | execute, private_fixed, 2, 0]),
        (9, &[CODE_ADDRESS, 4096, read | write | execute, private_fixed, 1, 0]),
        (9, &[0x2_0000, 4096, read | execute, private_fixed, 1, 0]),
        (10, &[0x2_0000, 4096, read | execute]),
        (10, &[CODE_ADDRESS, 4096, read | write]),
        // The worker itself.
        (9, &[0x4_0000_0000, 4096, read | write, shared_fixed, 2, 0]),
        // What host calls are answered from, to be written.
        (9, &[ANSWERS_ADDRESS, 4096, read | write, shared_fixed, 2, 0]),
        (10, &[ANSWERS_ADDRESS, 4096, read | write]),
        (10, &[0x4_0000_0000, 4096, read | write]),
        (11, &[0x4_0000_0000, 4096]),
        (11, &[0x2_0000, 0x4_0000_0000]),
        // The shared page as something else, more of the memory than there is room for.
        (9, &[0x2_0000, 1 << 32, read | write, shared_fixed, 2, 0]),
        // Other descriptors, other futexes, other operations on ours.
        (3, &[0]),
        (3, &[2]),
        (47, &[1, 0, 0]),
        (202, &[field::ANSWER + 4, 1, 1]),
        (202, &[field::ORDER, 1, 1]),
        (202, &[field::ANSWER, 0, 0]),
        (202, &[field::ANSWER, 3, 1]),
        // The upper half of an argument counts.
        (202, &[field::ANSWER, 1 << 32, 1]),
        (3, &[1 << 32 | 1]),
    ];
    for (number, arguments) in calls {
        assert_eq!(
            end_of(borrowed_call(*number, arguments).process()),
            FORBIDDEN,
            "{number} with {arguments:x?}"
        );
    }
    // That this is how to make a call, an allowed one shows.
    assert_eq!(end_of(borrowed_call(231, &[55]).process()), WorkerEnd::Exited(55));
}

/// Addresses of the worker's segments: code, constants, data.
fn worker_segments() -> Vec<u64> {
    let file = worker_executable();
    let word = |at: usize| u64::from_le_bytes(file[at..at + 8].try_into().unwrap());
    // The file's header has the offset of the segments' headers at 32, which have 56 bytes each, the kind at 0 and the
    // address at 16.
    let headers = word(32) as usize;
    (0..4)
        .map(|index| headers + 56 * index)
        .filter(|at| word(*at) as u32 == 1)
        .map(|at| word(at + 16))
        .collect()
}

/// A call by an instruction of the worker.
fn borrowed_call(number: u64, arguments: &[u64]) -> Code {
    // The first segment of the file, the code, begins at its second page.
    let instruction = worker_executable()
        .windows(2)
        .skip(0x1000)
        .position(|bytes| bytes == [0x0f, 0x05])
        .map(|offset| 0x4_0000_0000 + offset as u64)
        .expect("the worker makes calls");
    let mut code = Code::new();
    set_up_call(&mut code, number, arguments);
    // mov r11, instruction; jmp r11
    code.set(11, instruction);
    code.raw(&[0x41, 0xff, 0xe3]);
    code
}

#[test]
fn leaving_generated_code_kills() {
    let fault = WorkerEnd::Exited(status::FAULT);
    for address in [0u64, 0x2_0000, SHARED_ADDRESS, CODE_ADDRESS + 0x10_0000, 0x7fff_ffff_f000, 1 << 63] {
        let mut code = Code::new();
        code.set(RAX, address);
        // jmp rax
        code.raw(&[0xff, 0xe0]);
        let mut process = code.process();
        process.map(0x2_0000, 4096, true).unwrap();
        // A jump to an address that is none faults where it stands.
        if address >> 47 != 0 {
            let exit = process.run(Code::body()).unwrap();
            assert_eq!((exit.code, process.fault().address), (exit_code::FAULT, 0));
        } else {
            assert_eq!(end_of(process), fault, "jump to {address:#x}");
        }
    }
}

/// Every access outside guest memory, by code that is not ours: none of it reaches anything of the supervisor.
#[test]
fn there_is_nothing_else_to_read_and_code_cannot_be_written() {
    let mut code = Code::new();
    // mov rax, [rdi] and mov [rdi], rax, with all 64 bits as the address
    code.raw(&[0x48, 0x8b, 0x07]);
    code.exit(exit_code::FINISHED, 0);
    let write = code.here();
    code.raw(&[0x48, 0x89, 0x07]);
    code.exit(exit_code::FINISHED, 0);
    let mut process = code.process();
    for address in [
        0,
        0x1_0000,
        0xffff_f000,
        0x1_0000_0000,
        SHARED_ADDRESS - 8,
        ANSWERS_ADDRESS + ANSWERS_BYTES as u64,
        CODE_ADDRESS - 8,
        CODE_ADDRESS + 0x1_0000,
        0x3_ffff_fff8,
        0x5_0000_0000,
        0x5555_5555_0000,
        0x7fff_0000_0000,
        0x7fff_ffff_eff8,
        0xffff_ffff_8000_0000,
    ] {
        process.set_register(A0, address);
        let exit = process.run(Code::body()).unwrap();
        assert_eq!(exit.code, exit_code::FAULT, "{address:#x} can be read");
    }
    let [text, constants] = worker_segments()[..2] else { panic!("the worker has no segments") };
    let answers = [ANSWERS_ADDRESS, ANSWERS_ADDRESS + ANSWERS_BYTES as u64 - 8];
    for address in [CODE_ADDRESS, CODE_ADDRESS + 0xff8, text, constants, answers[0], answers[1]] {
        process.set_register(A0, address);
        assert_eq!(process.run(Code::body()).unwrap().code, exit_code::FINISHED);
        let exit = process.run(write).unwrap();
        assert_eq!((exit.code, process.resume()), (exit_code::FAULT, write), "{address:#x} can be written");
    }
}

#[test]
fn a_stack_pointer_of_the_guests_own_does_not_matter() {
    let mut code = Code::new();
    code.raw(&[0x31, 0xe4]); // xor esp, esp
    let trap = code.trap();
    let mut process = code.process();
    for _ in 0..3 {
        assert_eq!(resume_of(&mut process, Code::body()), trap);
    }
}

/// Whatever the answer says, the supervisor either takes it for an answer or gives up.
#[test]
fn a_lying_worker_is_host_trouble() {
    let mut code = Code::new();
    code.set(RDI, field::ANSWER);
    // mov dword [rdi], 0x1234
    code.raw(&[0xc7, 0x07, 0x34, 0x12, 0, 0]);
    code.forever();
    let mut process = code.process();
    let error = process.run(Code::body()).unwrap_err();
    assert_eq!(error, SandboxError::Protocol { step: "running", value: 0x1234 });
    assert!(!exists(process.id()));
}

/// Code that stays in its worker: it does the hand-over itself, and says of whatever it is asked that it has been done.
fn staying() -> Code {
    const R8: u8 = 8;
    const R9: u8 = 9;
    const R10: u8 = 10;
    let mut code = Code::new();
    code.set(R8, field::ORDER);
    code.set(R9, field::ANSWER);
    code.set(R10, SHARED_ADDRESS + offset_of!(Shared, command) as u64);
    // mov r11d, [r8]
    code.raw(&[0x45, 0x8b, 0x18]);
    let answer = code.here();
    // mov eax, r11d; and eax, TURN; or eax, ANSWERED
    code.raw(&[0x44, 0x89, 0xd8, 0x25]);
    code.raw(&TURN.to_le_bytes());
    code.raw(&[0x0d]);
    code.raw(&ANSWERED.to_le_bytes());
    // mov ecx, r11d; and ecx, COMMAND; cmp ecx, RUN; je +5; cmp ecx, BEGIN; jb +3; or eax, FINISHED
    code.raw(&[0x44, 0x89, 0xd9, 0x83, 0xe1, COMMAND as u8, 0x83, 0xf9, RUN as u8, 0x74, 5]);
    code.raw(&[0x83, 0xf9, BEGIN as u8, 0x72, 3, 0x83, 0xc8, exit_code::FINISHED as u8]);
    // mov qword [r10], 0; xchg [r9], eax
    code.raw(&[0x49, 0xc7, 0x02, 0, 0, 0, 0, 0x41, 0x87, 0x01]);
    // again: pause; mov eax, [r8]; btr eax, 31; cmp eax, r11d; je again
    code.raw(&[0xf3, 0x90, 0x41, 0x8b, 0x00, 0x0f, 0xba, 0xf0, 31, 0x44, 0x39, 0xd8, 0x74, 0xf2]);
    // mov r11d, eax; jmp answer
    code.raw(&[0x41, 0x89, 0xc3, 0xeb]);
    let back = answer.wrapping_sub(code.here() + 1) as u8;
    code.raw(&[back]);
    code
}

/// Somebody who has taken over a worker stays in it from guest to guest. Files of programs that are sent there and never taken
/// neither fill the memory nor stop the supervisor.
#[test]
fn files_that_a_worker_leaves_lying_are_few() {
    let programs = [staying().program(), staying().program()];
    let mut process = Process::spawn().unwrap();
    let mut sent = 0;
    let error = loop {
        process.load(&programs[sent % 2]).unwrap();
        match process.run(Code::body()) {
            Ok(exit) => assert_eq!(exit.code, exit_code::FINISHED),
            Err(error) => break error,
        }
        process.reset().unwrap();
        sent += 1;
        assert!(sent < 20, "the supervisor has noticed nothing");
    };
    let step = "sending a program to a worker";
    // EAGAIN
    assert_eq!(error, SandboxError::System { step, errno: 11 });
    assert!(!exists(process.id()));
}

/// Sends a signal to a worker whose guest never ends, and says how it ended.
fn end_by(signal: &'static str) -> WorkerEnd {
    let mut code = Code::new();
    code.forever();
    let process = code.process();
    let id = process.id();
    let sender = thread::spawn(move || {
        // It is in the guest once it has used some time: setting itself up takes less than five ticks.
        let ticks = || {
            let status = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            // The 14th of 52 fields, counted from the end because the second may have spaces.
            status.rsplit(' ').nth(52 - 14).and_then(|field| field.parse::<u64>().ok())
        };
        while ticks().is_some_and(|ticks| ticks < 5) {
            thread::sleep(Duration::from_millis(1));
        }
        send(signal, id);
    });
    let end = end_of(process);
    sender.join().unwrap();
    end
}

fn send(signal: &str, id: u32) {
    assert!(Command::new("kill").args([signal, &id.to_string()]).status().unwrap().success());
}

#[test]
fn a_killed_worker_is_noticed() {
    assert_eq!(end_by("-KILL"), WorkerEnd::Signalled(9));
}

/// A signal from outside must not look like a fault of the guest.
#[test]
fn a_fault_signal_from_outside_is_no_fault_of_the_guest() {
    for signal in ["-SEGV", "-BUS", "-FPE", "-ILL", "-TRAP"] {
        assert_eq!(end_by(signal), WorkerEnd::Exited(status::SIGNAL), "{signal}");
    }
}

/// Signals that ask a process to end, as a terminal sends them to all its processes, are for the supervisor.
#[test]
fn polite_signals_do_not_reach_a_worker() {
    let mut code = Code::new();
    code.exit(exit_code::FINISHED, 3);
    let mut process = code.process();
    for signal in ["-INT", "-TERM", "-HUP", "-QUIT", "-USR1", "-ALRM"] {
        send(signal, process.id());
        assert_eq!(process.run(Code::body()).unwrap().argument, 3, "after {signal}");
    }
    // Stopped and continued while it waits for work, asleep.
    thread::sleep(Duration::from_millis(20));
    send("-STOP", process.id());
    send("-CONT", process.id());
    thread::sleep(Duration::from_millis(20));
    assert_eq!(process.run(Code::body()).unwrap().argument, 3);
}

/// Numbers that the table has rows for.
fn has_a_row(number: u64) -> bool {
    RULES.iter().any(|rule| u64::from(rule.number) == number)
}

/// Every call that there is, and some that there may be one day, by the worst case: from the worker's own code.
#[test]
fn every_other_call_kills() {
    for number in (0..=600).filter(|number| !has_a_row(*number)) {
        let end = end_of(borrowed_call(number, &[0; 6]).process());
        // Since Linux 6.14 these two are not shown to filters: from anywhere but the kernel's own trampolines, which no
        // worker has, they are an invalid instruction.
        let probe = [335, 336].contains(&number) && end == WorkerEnd::Exited(status::FAULT);
        assert!(end == FORBIDDEN || probe, "call {number}: {end}");
    }
}

/// The allowed ones with arguments that nobody gives them.
#[test]
fn allowed_calls_with_wrong_arguments_kill_or_do_nothing() {
    let wrong = [0, 1, 2, 3, 4096, 0x2_0000, CODE_ADDRESS, 0x4_0000_0000, 0x7fff_ffff_f000, u64::MAX];
    let mut numbers = 0x5eed_u64;
    for rule in RULES {
        for _ in 0..12 {
            let arguments: [u64; 6] = core::array::from_fn(|_| {
                numbers =
                    numbers.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                wrong[(numbers >> 33) as usize % wrong.len()]
            });
            let call = borrowed_call(rule.number.into(), &arguments);
            // Killed by the filter; or allowed, and then it comes back into code that was never entered so.
            let mut process = call.process();
            let outcome = process.run(Code::body());
            assert!(
                matches!(outcome, Err(SandboxError::Died { .. } | SandboxError::Protocol { .. })),
                "{} with {arguments:x?}: {outcome:?}",
                rule.name
            );
        }
    }
}

/// A stretch every gigabyte of the lower 128 TiB and some of the kernel's half, read and written.
#[test]
fn the_whole_address_space_has_nothing_else() {
    let mut code = Code::new();
    // mov rax, [rdi]; then leave
    code.raw(&[0x48, 0x8b, 0x07]);
    code.exit(exit_code::FINISHED, 0);
    let mut process = code.process();
    let ours = |address: u64| {
        // Guest memory, shared page and code, the worker, jump table with the page in front of it.
        matches!(address >> 32, 0 | 2 | 4 | 7 | 8 | 11)
    };
    let mut address = 1 << 32;
    while address < 1 << 47 {
        if !ours(address) {
            process.set_register(A0, address);
            assert_eq!(process.run(Code::body()).unwrap().code, exit_code::FAULT, "{address:#x}");
        }
        // Coarser further up, where a stretch is as likely anywhere.
        address += if address < 1 << 40 { 1 << 32 } else { 1 << 38 };
    }
    for address in [0xffff_8000_0000_0000, 0xffff_ffff_ff60_0000, 0xffff_ffff_ffff_f000] {
        process.set_register(A0, address);
        assert_eq!(process.run(Code::body()).unwrap().code, exit_code::FAULT, "{address:#x}");
    }
}

/// Code that jumps into the middle of its own instructions, moves its stack, and sets flags that it never sets.
#[test]
fn odd_code_harms_nobody() {
    let bodies: [&[u8]; 5] = [
        // jmp into the immediate of a mov, which is ud2
        &[0xeb, 0x01, 0xb8, 0x0f, 0x0b, 0x90, 0x90],
        // mov rsp, rdi; push rax: a stack where nothing is
        &[0x48, 0x89, 0xfc, 0x50, 0x0f, 0x0b],
        // std; then ud2: the fault handler is entered with the direction flag clear
        &[0xfd, 0x0f, 0x0b],
        // the trap flag: pushfq; or [rsp], 0x100; popfq; nop
        &[0x9c, 0x48, 0x81, 0x0c, 0x24, 0x00, 0x01, 0x00, 0x00, 0x9d, 0x90, 0x0f, 0x0b],
        // the alignment-check flag, and an access that is not aligned: pushfq; or [rsp], 0x40000; popfq; mov eax, [rsp - 7]
        &[0x9c, 0x48, 0x81, 0x0c, 0x24, 0x00, 0x00, 0x04, 0x00, 0x9d, 0x8b, 0x44, 0x24, 0xf9, 0x0f, 0x0b],
    ];
    for body in bodies {
        let mut code = Code::new();
        code.raw(body);
        let mut process = code.process();
        process.set_register(A0, 0x1_0000_0000);
        // A fault of the guest or a dead worker; and it comes back.
        match process.run(Code::body()) {
            Ok(exit) => assert_eq!(exit.code, exit_code::FAULT, "{body:x?}"),
            Err(error) => assert!(matches!(error, SandboxError::Died { .. }), "{body:x?}: {error}"),
        }
        // The next guest is as if nothing had been.
        if !process.is_broken() {
            process.reset().unwrap();
            let mut next = Code::new();
            next.exit(exit_code::FINISHED, 9);
            process.load(&next.program()).unwrap();
            assert_eq!(process.run(Code::body()).unwrap().argument, 9, "after {body:x?}");
        }
    }
}

/// The time stamp counter and the identification of the processor cannot be forbidden to code of any kind. They tell a
/// guest what generated code never asks: they are noted in the security document.
#[test]
fn machine_code_can_read_clock_and_processor() {
    let mut code = Code::new();
    // rdtsc; xor eax, eax; xor ecx, ecx; push rbx; cpuid; pop rbx
    code.raw(&[0x0f, 0x31, 0x31, 0xc0, 0x31, 0xc9, 0x53, 0x0f, 0xa2, 0x5b]);
    code.exit(exit_code::FINISHED, 0);
    let mut process = code.process();
    // A system may forbid the one and emulate the other: then it is a fault.
    let exit = process.run(Code::body()).unwrap();
    assert!([exit_code::FINISHED, exit_code::FAULT].contains(&exit.code));
}

/// Filling memory: all that is mapped can be had, and no more; the stack ends; and wiping gives it back.
#[test]
fn filling_memory_takes_what_is_mapped_and_no_more() {
    const MAPPED: u32 = 64 << 20;
    let mut code = Code::new();
    let fill = code.here();
    // mov rcx, rsi; rep stosb: from a0 on, a1, a2 times
    code.raw(&[0x48, 0x89, 0xf1, 0xf3, 0xaa]);
    code.exit(exit_code::FINISHED, 0);
    let push = code.here();
    // push rax; jmp to it
    code.raw(&[0x50, 0xeb, 0xfd]);
    let mut process = code.process();
    process.map(0x10_0000, MAPPED, true).unwrap();
    // Bytes of memory that the instance takes, if this process may look.
    let taken = |process: &Process| {
        let file = std::fs::metadata(format!("/proc/{}/fd/2", process.id())).ok()?;
        Some(std::os::unix::fs::MetadataExt::blocks(&file) * 512)
    };
    for (bytes, code) in
        [(MAPPED, exit_code::FINISHED), (MAPPED + 1, exit_code::FAULT), (u32::MAX, exit_code::FAULT)]
    {
        process.set_register(A0, 0x10_0000);
        process.set_register(A0 + 1, 0xaa);
        process.set_register(A0 + 2, bytes.into());
        assert_eq!(process.run(fill).unwrap().code, code, "{bytes} bytes");
    }
    assert_eq!(process.fault().address, u64::from(0x10_0000 + MAPPED));
    assert_eq!(taken(&process).unwrap_or(MAPPED.into()), MAPPED.into());
    // A fault on its stack, of which there is a page.
    assert_eq!(process.run(push).unwrap().code, exit_code::FAULT);
    process.reset().unwrap();
    assert!(taken(&process).unwrap_or(0) <= 256 * 1024);
    let mut bytes = [1; 4096];
    process.read(0x10_0000, &mut bytes).unwrap();
    assert_eq!(bytes, [0; 4096]);
    let mut next = Code::new();
    next.exit(exit_code::FINISHED, 9);
    process.load(&next.program()).unwrap();
    assert_eq!(process.run(Code::body()).unwrap().argument, 9);
}
