// SPDX-License-Identifier: Apache-2.0
//! What a worker is once it has started, that it starts in poor surroundings, and that it ends with its supervisor.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod common;

use common::{exists, Code};
use revive_vm_primitives::machine::exit_code;
use revive_vm_sandbox::{available, Process};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// A line of `/proc/ID/status`.
fn status(id: u32, name: &str) -> String {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap_or_else(|| panic!("no {name} in {status}")).trim().to_owned()
}

#[test]
fn workers_work_here() {
    available(0).unwrap();
}

#[test]
fn a_worker_has_no_privileges_left() {
    let process = Process::spawn().unwrap();
    let id = process.id();
    assert_eq!(status(id, "Seccomp"), "2");
    assert_eq!(status(id, "NoNewPrivs"), "1");
    for set in ["CapInh", "CapPrm", "CapEff"] {
        assert_eq!(status(id, set), "0000000000000000", "{set}");
    }
    assert_eq!(status(id, "Threads"), "1");
    let limits = fs::read_to_string(format!("/proc/{id}/limits")).unwrap();
    for (limit, value) in [
        ("Max core file size", "0"),
        ("Max file size", "0"),
        ("Max open files", "3"),
        ("Max processes", "0"),
        ("Max locked memory", "0"),
        ("Max msgqueue size", "0"),
        ("Max data size", "1048576"),
        ("Max address space", "8589934592"),
    ] {
        let line = limits.lines().find(|line| line.starts_with(limit)).unwrap();
        let mut values = line[limit.len()..].split_whitespace();
        assert_eq!((values.next(), values.next()), (Some(value), Some(value)), "{line}");
    }
}

#[test]
fn a_worker_has_two_descriptors_and_its_own_memory_only() {
    let process = Process::spawn().unwrap();
    let Ok(descriptors) = fs::read_dir(format!("/proc/{}/fd", process.id())) else {
        eprintln!("skipped: only root may look into a worker");
        return;
    };
    let mut numbers: Vec<String> =
        descriptors.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    numbers.sort();
    assert_eq!(numbers, ["0", "2"]);
    let maps = fs::read_to_string(format!("/proc/{}/maps", process.id())).unwrap();
    for line in maps.lines() {
        // The shared page, what is behind it, readable only, the worker's three segments, the page that is the stack of generated code, and a page of the
        // kernel's that is no memory.
        let start = line.split('-').next().unwrap();
        let answers = line.starts_with("200001000-200100000 r--s ");
        let ours = answers || start == "200000000" || start.starts_with("4000") || start == "7fffff000";
        assert!(ours || line.contains("[vsyscall]"), "{line} in\n{maps}");
        let access = line.split(' ').nth(1).unwrap();
        assert!(!(access.contains('w') && access.contains('x')), "{line}");
    }
}

/// The kernel's "die with your parent" means the thread that started the child.
#[test]
fn a_worker_survives_the_thread_that_asked_for_it() {
    let mut code = Code::new();
    code.exit(exit_code::FINISHED, 0);
    let mut process = thread::spawn(move || code.process()).join().unwrap();
    thread::sleep(Duration::from_millis(50));
    assert_eq!(process.run(Code::body()).unwrap().code, exit_code::FINISHED);
}

#[test]
fn a_dropped_worker_is_reaped() {
    let process = Process::spawn().unwrap();
    let id = process.id();
    assert!(exists(id));
    drop(process);
    assert!(!exists(id));
}

/// Set for tests that are run by other tests.
const ALONE: &str = "REVIVE_VM_TEST_ALONE";

/// Runs a test below, which is no test by itself, in a process of its own.
fn alone(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"]).env(ALONE, "1");
    command
}

#[test]
#[ignore = "the supervisor that another test kills"]
fn supervisor_with_two_workers() {
    if std::env::var_os(ALONE).is_none() {
        return;
    }
    let idle = Process::spawn().unwrap();
    let mut code = Code::new();
    code.forever();
    let mut busy = code.process();
    println!("\nworkers {} {}", idle.id(), busy.id());
    let _ = busy.run(Code::body());
}

#[test]
fn no_worker_outlives_a_killed_supervisor() {
    let mut supervisor = alone("supervisor_with_two_workers").stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(supervisor.stdout.take().unwrap()).lines();
    let line = lines.map(Result::unwrap).find(|line| line.starts_with("workers ")).unwrap();
    let ids: Vec<u32> = line.split(' ').skip(1).map(|id| id.parse().unwrap()).collect();
    assert_eq!(ids.len(), 2);
    assert!(ids.iter().all(|id| exists(*id)));
    supervisor.kill().unwrap();
    supervisor.wait().unwrap();
    // The kernel kills them at once, but they take a moment to go; in a container without a first process that reaps,
    // what is left of them stays.
    let gone = |id: u32| !exists(id) || status(id, "State").starts_with('Z');
    for _ in 0..2000 {
        if ids.iter().all(|id| gone(*id)) {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("workers {ids:?} are still there");
}
