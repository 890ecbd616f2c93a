// SPDX-License-Identifier: Apache-2.0
//! Prints what the hand-over between supervisor and worker costs on this machine: median and minimum of each.
//! `cargo run --release -p revive-vm-sandbox --example hand_over`

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[path = "../tests/common/mod.rs"]
mod common;

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn main() {
    use common::{new_pool, Code, A0, RAX, RDI};
    use revive_vm_primitives::{machine::exit_code, Answer, Operand, Price};
    use revive_vm_sandbox::{Answers, Process};
    use std::time::Instant;

    /// Times `work` in up to `count` batches of `batch`, but not for longer than about a second.
    fn time(name: &str, count: usize, batch: u32, mut work: impl FnMut()) {
        let began = Instant::now();
        let mut nanoseconds = Vec::new();
        while nanoseconds.len() < count && began.elapsed().as_millis() < 1000 {
            let began = Instant::now();
            for _ in 0..batch {
                work();
            }
            nanoseconds.push(began.elapsed().as_nanos() as u64 / u64::from(batch));
        }
        nanoseconds.sort_unstable();
        println!(
            "{name:44} median {:>9} ns, minimum {:>9} ns",
            nanoseconds[nanoseconds.len() / 2],
            nanoseconds[0]
        );
    }

    let mut code = Code::new();
    let call = code.here();
    code.exit(exit_code::HOST_CALL, 1);
    // jmp call
    code.raw(&[0xe9]);
    code.raw(&(call.wrapping_sub(code.here() + 4) as u32).to_le_bytes());
    let touch = code.here();
    // Writes a word to each of 16 pages from a0 on: mov ecx, 16; store; add edi, 4096; dec ecx; jnz
    code.raw(&[0xb9, 16, 0, 0, 0]);
    let again = code.here();
    code.store(RDI, RAX);
    code.raw(&[0x81, 0xc7, 0, 0x10, 0, 0, 0xff, 0xc9, 0x75]);
    code.raw(&[again.wrapping_sub(code.here() + 1) as u8]);
    code.exit(exit_code::FINISHED, 0);
    let fault = code.trap();
    let asking = code.here();
    // Host call 0 as often as a4 says: dec r8; jnz asking
    code.exit(exit_code::HOST_CALL, 0);
    code.raw(&[0x49, 0xff, 0xc8, 0x0f, 0x85]);
    code.raw(&(asking.wrapping_sub(code.here() + 4) as u32).to_le_bytes());
    code.exit(exit_code::FINISHED, 0);

    let mut process = code.process();
    process.run(call).expect("runs");
    time("enter and leave", 2001, 100, || {
        process.run(call).expect("runs");
    });
    time("enter and go on", 2001, 100, || {
        process.go_on().expect("runs");
    });
    println!("{:?}", process.take_counts());
    let mut rested = Vec::new();
    for _ in 0..101 {
        std::thread::sleep(std::time::Duration::from_millis(2));
        for _ in 0..500 {
            process.go_on().expect("runs");
        }
        let began = Instant::now();
        for _ in 0..500 {
            process.go_on().expect("runs");
        }
        rested.push(began.elapsed().as_nanos() as u64 / 500);
    }
    rested.sort_unstable();
    println!("after a rest, once warm: median {} ns, minimum {} ns", rested[50], rested[0]);
    println!("{:?}", process.take_counts());
    time("fault", 201, 10, || {
        process.run(fault).expect("runs");
    });
    process.map(0x2_0000, 0x1_0000, true).expect("maps");
    let address = Answer::Constant { constant: 0, to: Operand::Low(0) };
    for (name, answer) in [("number", Answer::Number { constant: 1 }), ("20 bytes", address)] {
        let answers = Answers {
            entries: &[Some((answer, Price { base: 1, per_kib: 1 }))],
            constants: &[vec![1; 20], vec![0, 0, 2, 0, 0, 0, 0, 0]],
            wide: true,
            metered: true,
            ..Answers::default()
        };
        process.set_answers(&answers).expect("answers");
        time(&format!("1000 host calls answered by the worker, {name}"), 2001, 1, || {
            process.set_gas(1 << 40);
            process.set_register(A0, 0x2_0000);
            process.set_register(A0 + 4, 1000);
            assert_eq!(process.run(asking).expect("runs").code, exit_code::FINISHED);
        });
    }
    drop(process);

    let program = code.program();
    let pool = new_pool(4);
    let instance = |entry: u64| {
        let mut process = pool.take_for(&program).expect("a worker");
        process.load(&program).expect("loads");
        process.map(0x2_0000, 0x1_0000, true).expect("maps");
        process.set_register(A0, 0x2_0000);
        process.run(entry).expect("runs");
        pool.give(process);
    };
    time("take, load, map 64 KiB, run, give", 2001, 10, || instance(call));
    time("the same, writing to its 16 pages", 2001, 10, || instance(touch));
    time("start, load, run, end", 101, 1, || {
        let mut process = Process::spawn().expect("a worker");
        process.load(&program).expect("loads");
        process.run(call).expect("runs");
    });
    let mut started = Vec::new();
    time("start", 101, 1, || started.push(Process::spawn().expect("a worker")));
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
fn main() {}
