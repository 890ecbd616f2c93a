// SPDX-License-Identifier: Apache-2.0
//! A program that ignores the ends of its children, by itself because that is a setting of the whole process: the system reaps them, and
//! who asks for one is told that there is none.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod common;

use common::{end_all_but_first, new_pool, Code};
use revive_vm_primitives::machine::exit_code;

extern "C" {
    fn signal(number: i32, handler: usize) -> usize;
}

#[test]
fn workers_that_somebody_ended_are_not_given_to_anybody() {
    const SIGCHLD: i32 = 17;
    const SIG_IGN: usize = 1;
    // SAFETY: it is ignored from here on, so no handler is ever called. If it was not, the test would say nothing new, and pass.
    unsafe { signal(SIGCHLD, SIG_IGN) };
    let mut code = Code::new();
    code.exit(exit_code::FINISHED, 7);
    let (pool, program) = (new_pool(3), code.program());
    end_all_but_first(&pool);
    let mut process = pool.take_for(&program).unwrap();
    process.load(&program).unwrap();
    assert_eq!(process.run(Code::body()).unwrap().argument, 7);
}
