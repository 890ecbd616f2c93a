// SPDX-License-Identifier: Apache-2.0
//! Workers that come and go, in peace or not, leave no descriptor, mapping or process behind.
//!
//! One test alone in its file, because it counts what all of this process has.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod common;

use common::{new_pool, Code, A0, RAX, RDI};
use revive_vm_primitives::machine::exit_code;
use revive_vm_sandbox::Process;
use std::fs;

/// Descriptors, mappings and children of this process.
fn count() -> (usize, usize, usize) {
    let descriptors = fs::read_dir("/proc/self/fd").unwrap().count();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mappings = maps.lines().filter(|line| line.contains("memfd:")).count();
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let children = tasks
        .map(|task| fs::read_to_string(task.unwrap().path().join("children")).unwrap_or_default())
        .map(|children| children.split_whitespace().count())
        .sum();
    (descriptors, mappings, children)
}

#[test]
fn nothing_is_left_behind() {
    let mut code = Code::new();
    code.store(RDI, RAX);
    code.exit(exit_code::FINISHED, 0);
    let forbidden = code.here();
    code.syscall();
    let pool = new_pool(2);
    let one_of_each = || {
        // Dropped while idle, while in use, and dead; pooled and one too many.
        drop(Process::spawn().unwrap());
        let mut used = code.process();
        used.map(0x2_0000, 0x10_0000, true).unwrap();
        used.set_register(A0, 0x2_0000);
        assert_eq!(used.run(Code::body()).unwrap().code, exit_code::FINISHED);
        drop(used);
        let mut dead = code.process();
        dead.run(forbidden).unwrap_err();
        drop(dead);
        let processes: Vec<Process> = (0..3).map(|_| pool.take().unwrap()).collect();
        processes.into_iter().for_each(|process| pool.give(process));
    };
    // What is made once: the thread that starts workers, the file with the worker, the pool's two.
    one_of_each();
    let before = count();
    for _ in 0..50 {
        one_of_each();
    }
    assert_eq!(count(), before);
    drop(pool);
    assert_eq!(count().2, 0);
}
