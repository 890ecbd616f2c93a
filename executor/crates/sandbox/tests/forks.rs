// SPDX-License-Identifier: Apache-2.0
//! Forks of the embedding program: the child can have workers of its own, and does nothing to those of its parent.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod common;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use common::{new_pool, Code, A0, A1, RAX, RDI};
use revive_vm_primitives::machine::exit_code;
use revive_vm_sandbox::{Pool, PoolConfig, Process, SandboxError};

extern "C" {
    fn fork() -> i32;
    fn _exit(status: i32) -> !;
    fn alarm(seconds: u32) -> u32;
    fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
    fn syscall(number: i64, ...) -> i64;
}

const MEMORY: u32 = 0x2_0000;

/// Whether a child of this process, which has 20 seconds, finds it to be so.
fn child_finds(check: impl FnOnce() -> bool) -> bool {
    // SAFETY: the child has one thread, this one, and leaves only by `_exit`; what it does between is what is tested.
    finds(unsafe { fork() }, check)
}

/// The same of a child that the C library does not know of.
fn unknown_child_finds(check: impl FnOnce() -> bool) -> bool {
    const CLONE: i64 = 56;
    const SIGCHLD: i64 = 17;
    // SAFETY: as above; and the child does nothing that the C library would have had to prepare for.
    finds(unsafe { syscall(CLONE, SIGCHLD, 0, 0, 0, 0) } as i32, check)
}

/// What the child finds, in the parent; the child gets no further than this.
fn finds(child: i32, check: impl FnOnce() -> bool) -> bool {
    assert!(child >= 0, "there is no child");
    if child == 0 {
        // SAFETY: ends this process if it hangs.
        unsafe { alarm(20) };
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(check));
        // SAFETY: nothing of the parent's is undone on the way.
        unsafe { _exit(i32::from(!found.unwrap_or(false))) };
    }
    let mut status = 0;
    // SAFETY: the status is written to a variable of ours.
    assert_eq!(unsafe { waitpid(child, &mut status, 0) }, child);
    status == 0
}

/// A guest that loads from its memory, where 42 is.
fn loading() -> Process {
    let mut code = Code::new();
    code.load(RDI, RAX);
    code.exit(exit_code::FINISHED, 0);
    let mut process = code.process();
    process.map(MEMORY, 4096, true).unwrap();
    process.write(MEMORY, &42u64.to_le_bytes()).unwrap();
    process.set_register(A1, MEMORY.into());
    assert_eq!(process.run(Code::body()).unwrap().code, exit_code::FINISHED);
    process
}

/// Checks that the guest of `loading` is as it was.
fn check(process: &mut Process) {
    process.set_register(A0, 0);
    assert_eq!(process.run(Code::body()).unwrap().code, exit_code::FINISHED);
    assert_eq!(process.register(A0), 42);
}

#[test]
fn a_child_that_drops_what_it_inherited_leaves_the_parents_guest_alone() {
    let pool = new_pool(2);
    let mut process = Some(loading());
    assert!(child_finds(|| {
        // What an instance does when a function returns in the child, or a panic unwinds there.
        pool.give(process.take().unwrap());
        pool.idle() == 0
    }));
    check(&mut process.unwrap());
}

#[test]
fn a_child_that_uses_what_it_inherited_is_told_before_anything_happens() {
    let mut process = loading();
    let is_told = |process: &mut Process| {
        process.set_register(A1, 0);
        process.is_broken()
            && process.write(MEMORY, &[1]) == Err(SandboxError::Shared)
            && process.zero(MEMORY, 4096) == Err(SandboxError::Shared)
            && process.unmap(MEMORY, 4096) == Err(SandboxError::Shared)
            && process.reset() == Err(SandboxError::Shared)
            && process.run(Code::body()) == Err(SandboxError::Shared)
    };
    assert!(child_finds(|| is_told(&mut process)));
    check(&mut process);
    assert!(unknown_child_finds(|| is_told(&mut process)), "a child that was made past the C library");
    check(&mut process);
}

#[test]
fn a_child_gets_no_worker_that_waits_for_its_parent() {
    let pool = new_pool(2);
    pool.give(pool.take().unwrap());
    assert!(child_finds(|| pool.take().is_ok_and(|process| !process.is_broken())));
    assert_eq!(pool.idle(), 1);
    assert!(!pool.take().unwrap().is_broken());
}

#[test]
fn children_of_children_have_workers_of_their_own() {
    let mut process = loading();
    assert!(child_finds(|| {
        let mut own = loading();
        let grandchild = child_finds(|| own.is_broken() && process.is_broken() && !loading().is_broken());
        check(&mut own);
        grandchild
    }));
    check(&mut process);
}

/// Whether every child finds it to be so while threads of this process do something again and again.
fn children_find_while(busy: impl Fn() + Sync, check: impl Fn() -> bool) -> bool {
    const ROUNDS: usize = 300;
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    busy();
                }
            });
        }
        let found = (0..ROUNDS).all(|_| child_finds(&check));
        done.store(true, Ordering::SeqCst);
        found
    })
}

/// What another thread of the parent held at the fork nobody gives back in the child.
#[test]
fn a_child_of_a_process_that_starts_workers_gets_one() {
    let found = children_find_while(|| drop(Process::spawn().unwrap()), || Process::spawn().is_ok());
    assert!(found, "a child waits for ever");
}

#[test]
fn a_child_of_a_process_that_uses_a_pool_can_use_it_too() {
    let pool = new_pool(4);
    let found = children_find_while(
        || pool.give(pool.take().unwrap()),
        || {
            let process = pool.take().unwrap();
            let id = process.id();
            pool.give(process);
            pool.take().unwrap().id() == id
        },
    );
    assert!(found, "a child waits for ever");
}

/// Those of the parent, which the child can neither use nor end, are none of the child's number.
#[test]
fn a_child_can_have_as_many_workers_as_its_parent() {
    let pool = Pool::new(PoolConfig { workers_max: 2, ..PoolConfig::default() });
    let [first, waiting] = [(); 2].map(|()| pool.take().unwrap());
    pool.give(waiting);
    let mut inherited = Some(first);
    assert!(child_finds(|| {
        let own = [(); 2].map(|()| pool.take());
        pool.give(inherited.take().unwrap());
        own.iter().all(Result::is_ok) && pool.take().is_err() && pool.statistics().live == 2
    }));
    assert_eq!(pool.statistics().live, 2);
}

/// The thread that ends workers which wait for too long is the parent's, too.
#[test]
fn workers_of_a_child_wait_no_longer_than_they_may() {
    let pool = Pool::new(PoolConfig { idle_time_max: Duration::from_secs(1), ..PoolConfig::default() });
    pool.give(pool.take().unwrap());
    assert!(child_finds(|| {
        pool.give(pool.take().unwrap());
        while pool.idle() > 0 {
            thread::sleep(Duration::from_millis(10));
        }
        true
    }));
}
