// SPDX-License-Identifier: Apache-2.0
//! Faults by seed, at every step of the protocol: workers killed, stopped for a while and continued, slowed, and shared
//! memory scribbled on by the guest's code. And cycles of instances. Outcome each time: the right result or trouble of the
//! host, never a hang, a wrong result or something left behind.
//!
//! Limits of descriptors, addresses, processes and files are hit at whatever step needs one more, in a process of its own and
//! without rights, because root has as many processes as it wants. `LIMITS` makes more of that.
//!
//! One test in its file, because it counts what all of this process has. `FAULTS` and `CYCLES` in the environment make
//! more of it: `FAULTS=100000 CYCLES=1000000 cargo test --release -p revive-vm-sandbox --test faults`.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod common;

use common::{new_pool, Code, A0, A1, RAX, RDI};
use revive_vm_primitives::machine::{exit_code, field};
use revive_vm_sandbox::{Pool, Process, Program, SandboxError};
use rustix::process::{getrlimit, kill_process, setrlimit, Pid, Resource, Rlimit, Signal};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::mpsc::{channel, Sender};
use std::time::Duration;
use std::{env, fs, thread};

/// Numbers that look random.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// What is done to a worker, after how long.
struct Fault {
    worker: Pid,
    kind: u64,
    after: Duration,
}

/// Hurts workers from outside, while the supervisor goes on.
fn hurting() -> Sender<Fault> {
    let (sender, faults) = channel::<Fault>();
    thread::spawn(move || {
        while let Ok(Fault { worker, kind, after }) = faults.recv() {
            thread::sleep(after);
            // The process may be gone, and its number is not used again so soon; then there is no such process.
            match kind {
                0 => {
                    let _ = kill_process(worker, Signal::KILL);
                }
                1 => {
                    let _ = kill_process(worker, Signal::STOP);
                    thread::sleep(Duration::from_micros(300));
                    let _ = kill_process(worker, Signal::CONT);
                }
                _ => {
                    let _ = kill_process(worker, Signal::SEGV);
                }
            }
        }
    });
    sender
}

/// Stores `a1` at `a0`, then leaves for the host twice; scribbles over the shared page, or never ends.
struct Guest {
    program: Program,
    scribble: u64,
}

impl Guest {
    fn new() -> Self {
        let mut code = Code::new();
        code.store(RDI, RAX);
        code.exit(exit_code::HOST_CALL, 5);
        code.exit(exit_code::FINISHED, 0);
        let scribble = code.here();
        // a1 times over: mov [field], rax where the field depends on the run
        for at in
            [field::ORDER & !7, field::ANSWER & !7, field::RESUME, field::GAS, field::EXIT, field::WORKER_SP]
        {
            code.store_field(at, RAX);
        }
        code.exit(exit_code::FINISHED, 0);
        Self { program: code.program(), scribble }
    }

    /// One instance, as a pool's user has it. `Err` is trouble of the host.
    fn run(&self, pool: &Pool, value: u64, fault: impl FnOnce(&Process) -> bool) -> Result<(), SandboxError> {
        let mut process = pool.take_for(&self.program)?;
        let scribble = fault(&process);
        let outcome = self.run_in(&mut process, value, scribble);
        pool.give(process);
        outcome
    }

    fn run_in(&self, process: &mut Process, value: u64, scribble: bool) -> Result<(), SandboxError> {
        process.load(&self.program)?;
        process.map(0x2_0000, 0x1_0000, true)?;
        process.set_register(A0, 0x2_0000 + value % 0xfff8);
        process.set_register(A1, value);
        let before = {
            let mut before = [1; 8];
            process.read(0x2_0000 + (value % 0xfff8) as u32, &mut before)?;
            before
        };
        assert_eq!(before, [0; 8], "a former guest's bytes");
        if scribble {
            // Whatever it says is a claim; that it comes back is what counts.
            return process.run(self.scribble).map(drop);
        }
        let exit = process.run(Code::body())?;
        assert_eq!((exit.code, exit.argument), (exit_code::HOST_CALL, 5));
        let mut stored = [0; 8];
        process.read(0x2_0000 + (value % 0xfff8) as u32, &mut stored)?;
        assert_eq!(u64::from_le_bytes(stored), value);
        assert_eq!(process.register(A1), value);
        let exit = process.go_on()?;
        assert_eq!(exit.code, exit_code::FINISHED);
        Ok(())
    }
}

/// Descriptors, mappings of files in memory, children, and kilobytes of memory of this process.
fn count() -> (usize, usize, usize, u64) {
    let descriptors = fs::read_dir("/proc/self/fd").unwrap().count();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mappings = maps.lines().filter(|line| line.contains("memfd:")).count();
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let children = tasks
        .map(|task| fs::read_to_string(task.unwrap().path().join("children")).unwrap_or_default())
        .map(|children| children.split_whitespace().count())
        .sum();
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    let kilobytes = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    (descriptors, mappings, children, kilobytes)
}

fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn faults_end_in_trouble_of_the_host_and_leave_nothing() {
    let guest = Guest::new();
    let faults = hurting();
    let mut numbers = Numbers(number("SEED", 1));
    let pool = new_pool(4);
    // What is made once.
    for value in 0..50 {
        guest.run(&pool, value, |_| false).unwrap();
    }
    let before = count();

    let (mut right, mut trouble) = (0, 0);
    for round in 0..number("FAULTS", 1000) {
        let (kind, micros) = (numbers.below(4), numbers.below(200));
        let value = numbers.below(u64::MAX >> 31);
        let outcome = guest.run(&pool, value, |process| {
            if kind < 3 {
                let worker = Pid::from_raw(process.id() as i32).unwrap();
                faults.send(Fault { worker, kind, after: Duration::from_micros(micros) }).unwrap();
            }
            kind == 3
        });
        match outcome {
            Ok(()) => right += 1,
            Err(error) => {
                assert!(!matches!(error, SandboxError::Argument { .. }), "round {round}: {error}");
                trouble += 1;
            }
        }
    }
    // Nobody hurts any more.
    drop(faults);
    thread::sleep(Duration::from_millis(50));
    println!("{right} right, {trouble} in trouble");
    for value in 0..20 {
        // One that was hurt while it waited may still be found dead.
        let _ = guest.run(&pool, value, |_| false);
    }
    for value in 0..20 {
        guest.run(&pool, value, |_| false).unwrap();
    }

    for value in 0..number("CYCLES", 10_000) {
        guest.run(&pool, value, |_| false).unwrap();
    }
    let after = count();
    println!("before {before:?}, after {after:?}: descriptors, mappings, children, kilobytes");
    assert!(after.0 <= before.0 + 4 * 3 && after.1 <= before.1 + 4 * 3 && after.2 <= 4);
    assert!(after.3 < before.3 + 2048, "memory grows: {before:?} to {after:?}");
    drop(pool);
    assert_eq!(count().2, 0, "workers are left");
    in_a_process_of_nobody("limits_end_in_trouble_of_the_host");
}

/// Runs an ignored test of this file, as nobody if that is possible.
fn in_a_process_of_nobody(test: &str) {
    let path = env::temp_dir().join(format!("revive-vm-faults-{}", std::process::id()));
    fs::copy(env::current_exe().unwrap(), &path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(&path);
    command.args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"]);
    if rustix::process::geteuid().is_root() {
        command.uid(65_534).gid(65_534).current_dir("/");
    }
    let output = command.output();
    fs::remove_file(&path).unwrap();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    assert!(said.contains("running 1 test"), "{said}");
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

/// Sets the limit of a resource for as long as `work` takes.
fn with_limit<T>(resource: Resource, limit: u64, work: impl FnOnce() -> T) -> T {
    let before = getrlimit(resource);
    let limit = before.maximum.map_or(limit, |maximum| limit.min(maximum));
    setrlimit(resource, Rlimit { current: Some(limit), ..before }).unwrap();
    let outcome = work();
    setrlimit(resource, before).unwrap();
    outcome
}

/// Bytes of addresses of this process.
fn address_bytes() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').next().unwrap().parse::<u64>().unwrap() * 4096
}

/// Every worker is a new one here, so every round goes through all steps of a start.
#[test]
#[ignore = "run by the other test, in a process without rights"]
fn limits_end_in_trouble_of_the_host() {
    let guest = Guest::new();
    let mut numbers = Numbers(number("SEED", 1));
    let pool = new_pool(0);
    for value in 0..20 {
        guest.run(&pool, value, |_| false).unwrap();
    }
    let before = count();
    let mut steps = BTreeMap::new();
    let mut right = 0;
    for round in 0..number("LIMITS", 300) {
        let value = numbers.below(1 << 32);
        let run = || guest.run(&pool, value, |_| false);
        let outcome = match numbers.below(4) {
            // A descriptor has a number below the limit.
            0 => {
                let descriptors = count().0 as u64;
                with_limit(Resource::Nofile, descriptors - 2 + numbers.below(12), run)
            }
            // What the test itself needs is there; then it is the instance's memory or the shared page, or neither.
            1 => {
                let more = [1 << 20, 512 << 20, (4 << 30) + (1 << 20), (4 << 30) + (64 << 20)];
                let more = more[numbers.below(4) as usize];
                with_limit(Resource::As, address_bytes() + more, run)
            }
            // Of a file: of the instance's memory, and of the shared page.
            2 => with_limit(Resource::Fsize, [1 << 12, 1 << 30, 1 << 32][numbers.below(3) as usize], run),
            _ => with_limit(Resource::Nproc, numbers.below(8), run),
        };
        match outcome {
            Ok(()) => right += 1,
            Err(error @ (SandboxError::Argument { .. } | SandboxError::NotLoaded)) => {
                panic!("round {round}: {error}")
            }
            Err(error) => *steps.entry(error.to_string()).or_insert(0) += 1,
        }
        // As soon as there is enough again, all is well.
        guest.run(&pool, value, |_| false).unwrap_or_else(|error| panic!("after round {round}: {error}"));
    }
    println!("{right} right; in trouble: {steps:#?}");
    let hit = |text: &str| steps.keys().any(|message| message.contains(text));
    assert!(right > 0 && hit("Too many open files") && hit("Cannot allocate memory"), "{steps:#?}");
    assert!(hit("File too large"), "{steps:#?}");
    if !rustix::process::geteuid().is_root() {
        assert!(hit("Resource temporarily unavailable"), "{steps:#?}");
    }
    let after = count();
    assert_eq!((after.0, after.1, after.2), (before.0, before.1, 0), "descriptors, mappings, children");
    assert_eq!(pool.statistics().live, 0);
}
