// SPDX-License-Identifier: Apache-2.0
//! Idle workers: used again, never too many, never with anything of the last guest, and gone when nobody needs them.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod common;

use common::{end_all_but_first, exists, new_pool, Code, A0, RAX, RDI};
use revive_vm_primitives::machine::exit_code;
use revive_vm_sandbox::{Pool, PoolConfig, Process};
use std::{
    thread,
    time::{Duration, Instant},
};

fn storing() -> Code {
    let mut code = Code::new();
    code.store(RDI, RAX);
    code.exit(exit_code::FINISHED, 0);
    code
}

#[test]
fn a_worker_is_used_again_without_what_it_had() {
    let (pool, program) = (new_pool(2), storing().program());
    let mut process = pool.take().unwrap();
    let id = process.id();
    process.load(&program).unwrap();
    process.map(0x2_0000, 4096, true).unwrap();
    process.set_register(A0, 0x2_0000);
    process.set_register(8, 42);
    assert_eq!(process.run(Code::body()).unwrap().code, exit_code::FINISHED);
    pool.give(process);
    assert_eq!(pool.idle(), 1);

    let mut process = pool.take().unwrap();
    assert_eq!((process.id(), pool.idle()), (id, 0));
    let mut out = [1; 8];
    process.read(0x2_0000, &mut out).unwrap();
    assert_eq!((out, process.register(8)), ([0; 8], 0));
    process.load(&program).unwrap();
    process.set_register(A0, 0x2_0000);
    assert_eq!(
        process.run(Code::body()).unwrap().code,
        exit_code::FAULT,
        "the last guest's memory is still mapped"
    );
}

#[test]
fn no_more_than_asked_for_stay_and_the_others_end() {
    let pool = new_pool(2);
    let processes: Vec<Process> = (0..5).map(|_| pool.take().unwrap()).collect();
    let ids: Vec<u32> = processes.iter().map(Process::id).collect();
    processes.into_iter().for_each(|process| pool.give(process));
    assert_eq!(pool.idle(), 2);
    assert_eq!(ids.iter().filter(|id| exists(**id)).count(), 2);
    drop(pool);
    assert!(!ids.into_iter().any(exists));
}

#[test]
fn a_dead_worker_is_not_given_to_anybody() {
    let pool = new_pool(2);
    let mut code = Code::new();
    code.syscall();
    let mut process = pool.take().unwrap();
    process.load(&code.program()).unwrap();
    assert!(process.run(Code::body()).is_err());
    pool.give(process);
    assert_eq!(pool.idle(), 0);
}

/// The kernel ends processes for want of memory, and operators do.
#[test]
fn who_takes_a_worker_that_somebody_ended_while_it_waited_gets_another_one() {
    let (pool, program) = (new_pool(3), storing().program());
    let ids = end_all_but_first(&pool);
    for _ in 0..2 {
        let mut process = pool.take_for(&program).unwrap();
        process.load(&program).unwrap();
        process.map(0x2_0000, 4096, true).unwrap();
        process.set_register(A0, 0x2_0000);
        assert_eq!(process.run(Code::body()).unwrap().code, exit_code::FINISHED);
        assert_eq!(process.id(), ids[0], "the one that is alive");
        pool.give(process);
    }
    let seen = pool.statistics();
    assert_eq!((seen.live, seen.idle, seen.started, seen.lost), (1, 1, 3, 2));
    assert!(!ids[1..].iter().any(|id| exists(*id)), "nothing is left of them");
}

/// Both wait for as long as the bound says, and the thread that ends them not for twice that.
#[test]
fn a_worker_waits_no_longer_than_it_may() {
    let idle_time_max = Duration::from_secs(3);
    let pool = Pool::new(PoolConfig { idle_time_max, ..PoolConfig::default() });
    let [first, second] = [(); 2].map(|()| pool.take().unwrap());
    pool.give(first);
    thread::sleep(idle_time_max / 4);
    pool.give(second);
    let given = Instant::now();
    while pool.idle() > 0 {
        thread::sleep(Duration::from_millis(10));
    }
    // It would be more than five seconds.
    let waited = given.elapsed();
    assert!(waited < Duration::from_millis(4500), "{waited:?}");
}

/// What a worker that was taken again had does not count any more.
#[test]
fn the_memory_of_waiting_workers_is_counted_while_they_wait() {
    // Room for one of them.
    let pool = Pool::new(PoolConfig { idle_bytes_max: 400 << 10, ..PoolConfig::default() });
    for round in 0..5 {
        let [first, second] = [(); 2].map(|()| pool.take().unwrap());
        pool.give(first);
        assert_eq!(pool.idle(), 1, "round {round}");
        pool.give(second);
        assert_eq!(pool.idle(), 1, "round {round}");
    }
}

/// Unmapping tens of thousands of pages that a guest had here and there takes seconds, for which the next one would wait.
#[test]
fn a_worker_with_scattered_memory_is_not_kept() {
    let (pool, program) = (new_pool(2), storing().program());
    for (pages, idle) in [(300, 0), (100, 1)] {
        let mut process = pool.take_for(&program).unwrap();
        process.load(&program).unwrap();
        for page in 0..pages {
            process.map(0x2_0000 + page * 0x2000, 4096, true).unwrap();
        }
        process.set_register(A0, 0x2_0000);
        assert_eq!(process.run(Code::body()).unwrap().code, exit_code::FINISHED);
        pool.give(process);
        assert_eq!(pool.idle(), idle, "{pages} pages");
    }
    assert_eq!(pool.statistics().lost, 0);
}

#[test]
fn a_worker_that_knows_the_program_is_preferred() {
    let (pool, programs) = (new_pool(4), [storing().program(), storing().program()]);
    let processes: Vec<Process> = programs
        .iter()
        .map(|program| {
            let mut process = pool.take().unwrap();
            process.load(program).unwrap();
            process.run(Code::body()).unwrap();
            process
        })
        .collect();
    let ids: Vec<u32> = processes.iter().map(Process::id).collect();
    processes.into_iter().for_each(|process| pool.give(process));
    for (program, id) in programs.iter().zip(ids) {
        let process = pool.take_for(program).unwrap();
        assert!(process.has_loaded(program));
        assert_eq!(process.id(), id);
        pool.give(process);
    }
}

#[test]
fn threads_share_a_pool() {
    let (pool, program) = (new_pool(3), storing().program());
    thread::scope(|scope| {
        for number in 0..4u64 {
            let (pool, program) = (&pool, &program);
            scope.spawn(move || {
                for round in 0..200u64 {
                    let mut process = pool.take_for(program).unwrap();
                    process.load(program).unwrap();
                    process.map(0x2_0000, 4096, true).unwrap();
                    process.set_register(A0, 0x2_0000 + 8 * number);
                    process.set_register(8, round + 1);
                    assert_eq!(process.run(Code::body()).unwrap().code, exit_code::FINISHED);
                    let mut out = [0; 32];
                    process.read(0x2_0000, &mut out).unwrap();
                    let mut expected = [0; 32];
                    expected[8 * number as usize..][..8].copy_from_slice(&(round + 1).to_le_bytes());
                    assert_eq!(out, expected);
                    pool.give(process);
                }
            });
        }
    });
    assert!(pool.idle() <= 3);
}
