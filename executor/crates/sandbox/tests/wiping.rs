// SPDX-License-Identifier: Apache-2.0
//! No byte of one guest is left for the next: a guest puts a secret wherever it can get one, and after it all memory of the
//! instance and all writable memory of the worker is looked through.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod common;

use common::{new_pool, Code, A0, A1, RAX};
use revive_vm_primitives::{
    answers::{Answer, Operand, Price},
    machine::{exit_code, GUEST_REGISTERS, JUMP_TABLE_ADDRESS},
};
use revive_vm_sandbox::{Answers, Process};
use std::fs::File;
use std::os::unix::fs::FileExt;

const SECRET: u64 = 0x5ec2_e7a1_b0d5_9c43;
/// Bytes at the end of the stack of generated code that it uses: `kept` of the recompiler says which.
const KEPT_BYTES: u64 = 40;

/// How often a part of a secret is in what the worker can read or write of its own, and in the instance's memory. Nothing if
/// this process may not look there.
fn secrets(process: &Process, parts: &[[u8; 4]]) -> Option<(usize, usize)> {
    let folder = format!("/proc/{}", process.id());
    let memory = File::open(format!("{folder}/mem")).ok()?;
    let maps = std::fs::read_to_string(format!("{folder}/maps")).ok()?;
    let mut own = 0;
    for line in maps.lines().filter(|line| !line.contains("[vsyscall]") && !line.contains("vm-guest")) {
        let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let [start, end] = [start, end].map(|text| u64::from_str_radix(text, 16).unwrap());
        let mut bytes = vec![0; (end - start) as usize];
        memory.read_exact_at(&mut bytes, start).ok()?;
        own += count(&bytes, parts);
    }
    // The second descriptor is the instance's memory: all of it, mapped or not.
    let file = File::open(format!("{folder}/fd/2")).ok()?;
    let (mut at, mut guest) = (0, 0);
    while let Ok(start) = rustix::fs::seek(&file, rustix::fs::SeekFrom::Data(at)) {
        at = rustix::fs::seek(&file, rustix::fs::SeekFrom::Hole(start)).unwrap();
        let mut bytes = vec![0; (at - start) as usize];
        file.read_exact_at(&mut bytes, start).unwrap();
        guest += count(&bytes, parts);
    }
    Some((own, guest))
}

fn count(bytes: &[u8], parts: &[[u8; 4]]) -> usize {
    bytes.windows(4).filter(|window| parts.iter().any(|part| part == window)).count()
}

/// The parts of what a guest knows: of the secret, forwards and backwards, and of something that was made of it.
fn parts(made: &[u8]) -> Vec<[u8; 4]> {
    let (secret, backwards) = (SECRET.to_le_bytes(), SECRET.to_be_bytes());
    [&secret, &backwards, made]
        .into_iter()
        .flat_map(|bytes| bytes.chunks_exact(4))
        .map(|part| part.try_into().unwrap())
        .collect()
}

/// Fills guest memory and registers with the secret, those for vectors too, makes host calls, and faults with it in all registers.
fn nosy() -> (Code, [u64; 3]) {
    let mut code = Code::new();
    let call = code.here();
    for number in 0..6 {
        code.exit(exit_code::HOST_CALL, number);
    }
    let fill = code.here();
    // mov rcx, rsi; rep stosq: from a0 on, a1, a2 times
    code.raw(&[0x48, 0x89, 0xf1, 0xf3, 0x48, 0xab]);
    code.exit(exit_code::FINISHED, 0);
    code.trap();
    let set_vectors = code.here();
    for number in 0..16 {
        // movq xmm, rax; punpcklqdq xmm, xmm
        let (high, low) = (number >> 3, number & 7);
        code.raw(&[0x66, 0x48 | high << 2, 0x0f, 0x6e, 0xc0 | low << 3 | RAX]);
        code.raw(&[0x66, 0x40 | high << 2 | high, 0x0f, 0x6c, 0xc0 | low << 3 | low]);
    }
    code.exit(exit_code::FINISHED, 0);
    (code, [call, fill, set_vectors])
}

#[test]
fn nothing_of_a_guest_is_left_for_the_next() {
    let pool = new_pool(2);
    let (code, [call, fill, set_vectors]) = nosy();
    let program = code.program();
    let mut next = Code::new();
    for number in 0..16u8 {
        // movups [rdi + 16 * number], xmm
        next.raw(&[0x40 | number >> 3 << 2, 0x0f, 0x11, 0x87 | (number & 7) << 3]);
        next.raw(&(16 * i32::from(number)).to_le_bytes());
    }
    next.exit(exit_code::FINISHED, 0);
    let next = next.program();
    let bytes: Vec<u8> = SECRET.to_le_bytes().repeat(40);
    let operand = Operand::Low;
    let answers = [
        Answer::Constant { constant: 0, to: operand(0) },
        Answer::InputCopy { to: operand(0), len: operand(3), offset: operand(4) },
        Answer::OutputCopy { to: operand(0), cell: operand(2), offset: operand(4) },
        Answer::InputLoad { to: operand(0), offset: operand(4) },
        Answer::Keccak256 { from: operand(2), len: operand(3), to: operand(0) },
    ];
    let entries: Vec<_> = answers.iter().map(|answer| Some((*answer, Price::default()))).collect();
    let large: Vec<u8> = SECRET.to_le_bytes().repeat(10_000);

    // A little memory, which is cleared, and much, which is given back.
    for (round, bytes_filled) in [0x1000u64, 0x8000, 0x30_0000].into_iter().enumerate() {
        let mut process = pool.take_for(&program).unwrap();
        let id = process.id();
        process.load(&program).unwrap();
        process.map(0x10_0000, 0x40_0000, true).unwrap();
        process
            .set_answers(&Answers {
                entries: &entries,
                constants: std::slice::from_ref(&bytes),
                input: Some(if round == 1 { &large } else { &bytes }),
                output: &bytes,
                wide: true,
                metered: true,
            })
            .unwrap();
        (0..GUEST_REGISTERS).for_each(|index| process.set_register(index, SECRET));
        process.set_register(A0, 0x10_0000);
        process.set_register(A0 + 2, bytes_filled / 8);
        process.set_gas(SECRET as i64 >> 8);
        assert_eq!(process.run(fill).unwrap().code, exit_code::FINISHED);
        // And what generated code has on its stack: a return address, below it values that it keeps for the length of an instruction.
        process.set_register(A0, JUMP_TABLE_ADDRESS - KEPT_BYTES);
        process.set_register(A0 + 2, KEPT_BYTES / 8);
        assert_eq!(process.run(fill).unwrap().code, exit_code::FINISHED);
        process.set_register(A0, 0x10_0000);
        process.set_register(A1, SECRET);
        // From a2 on, a3 bytes, are hashed, of which the first ones are the length of an output; the input from a4 on is copied.
        process.set_register(A0 + 2, 0x10_0800);
        process.set_register(A0 + 3, 300);
        process.set_register(A0 + 4, 8);
        let exit = process.run(call).unwrap();
        assert_eq!((exit.code, exit.argument), (exit_code::HOST_CALL, 5), "the others were answered");
        let mut hash = [0; 32];
        process.read(0x10_0000, &mut hash).unwrap();
        let parts = parts(&hash);
        (0..GUEST_REGISTERS).for_each(|index| process.set_register(index, SECRET));
        // Behind the last host call comes the filling; from a bad address it faults.
        assert_eq!(process.go_on().unwrap().code, exit_code::FAULT);
        process.set_register(A1, SECRET);
        assert_eq!(process.run(set_vectors).unwrap().code, exit_code::FINISHED);
        let Some((own, guest)) = secrets(&process, &parts) else {
            return eprintln!("skipped: only root may look into a worker");
        };
        assert!(
            own > 100 && guest > 300,
            "{own} in the worker, {guest} in guest memory: the secret got nowhere"
        );

        pool.give(process);
        // One of the same program, which fills nothing, has the worker do least; then one of another.
        for (next, entry) in [(&program, fill), (&next, Code::body())] {
            let mut process = pool.take().unwrap();
            assert_eq!(process.id(), id, "another worker");
            assert_eq!(secrets(&process, &parts).unwrap().1, 0, "round {round}: guest memory");
            process.load(next).unwrap();
            process.map(0x10_0000, 0x1000, true).unwrap();
            process.set_register(A0, 0x10_0000);
            assert_eq!(process.run(entry).unwrap().code, exit_code::FINISHED);
            assert_eq!(
                secrets(&process, &parts).unwrap(),
                (0, 0),
                "round {round}: in the worker, in guest memory"
            );
            pool.give(process);
        }
    }
}
