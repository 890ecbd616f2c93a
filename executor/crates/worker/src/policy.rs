// SPDX-License-Identifier: Apache-2.0
//! Which system calls a worker may make once it is set up: one row each, with its reason, and the translation of the
//! rows to the filter program that the kernel runs. The same in every build.
//!
//! The kernel kills the process for anything that no row allows. Checked before the rows: the architecture, so that the
//! numbers of 32-bit calls do not alias; and that the call comes from the worker's own code, so that generated code can
//! make none at all, not even an allowed one. Numbers of the x32 interface have a bit that is in no row.
//!
//! What the rows give even against somebody who has taken over the worker:
//!
//! 1. Executable memory is at one address and comes from one descriptor, [`PROGRAM_FD`]. No row lets a descriptor be
//!    moved, and only the supervisor sends files that arrive there, which are sealed. So nobody inside makes code.
//! 2. Nothing can be opened, written to, connected, sent, started, traced or signalled.
//! 3. The mapping of the worker itself cannot be replaced: lengths are below 4 GiB, and from guest memory or generated
//!    code such a length does not reach it.
//!
//! `sandbox/tests/policy.rs` interprets the filter with calls in and out of the rows; `sandbox/tests/attacks.rs` makes
//! forbidden ones for real.

use crate::machine::{field, CODE_ADDRESS, JUMP_TABLE_ADDRESS, RETURN_PAGE_ADDRESS, RETURN_PAGE_BYTES};
use crate::protocol::{MEMORY_FD, PROGRAM_FD, SOCKET_FD};

/// One system call that is allowed if all checks hold. Several rows with the same number are alternatives.
pub struct Rule {
    /// Name of the call in the kernel's manual.
    pub name: &'static str,
    /// Its number on x86-64.
    pub number: u32,
    /// Index of an argument, and what must hold for it.
    pub checks: &'static [(u8, Check)],
    /// Why the worker needs it.
    pub reason: &'static str,
}

/// What must hold for an argument, all 64 bits of it.
#[derive(Clone, Copy)]
pub enum Check {
    /// It is this.
    Is(u64),
    /// Its upper half is this: an address in one stretch of 4 GiB, or, with 0, a length below it.
    UpperHalf(u32),
}

use Check::{Is, UpperHalf};

/// Upper half of the addresses of guest memory.
const GUEST: Check = UpperHalf(0);
/// Upper half of the addresses of the shared page and generated code.
const GENERATED: Check = UpperHalf((CODE_ADDRESS >> 32) as u32);
/// Upper half of the addresses of the jump table.
const TABLE: Check = UpperHalf((JUMP_TABLE_ADDRESS >> 32) as u32);
/// A length that ends, from anywhere in the above, below the worker itself.
const SHORT: Check = UpperHalf(0);
/// Upper half of the addresses of the worker's own code.
pub const WORKER_UPPER_HALF: u32 = 4;

const READ: u64 = 1;
const READ_WRITE: u64 = 1 | 2;
const READ_EXECUTE: u64 = 1 | 4;
const SHARED_FIXED: u64 = 0x01 | 0x10;
const PRIVATE_FIXED: u64 = 0x02 | 0x10;
const FUTEX_WAIT: u64 = 0;
const FUTEX_WAKE: u64 = 1;

/// All a worker may do. The first rows are those of every hand-over.
pub const RULES: &[Rule] = &[
    Rule {
        name: "futex",
        number: 202,
        checks: &[(0, Is(field::ORDER)), (1, Is(FUTEX_WAIT))],
        reason: "sleep until the supervisor asks for something",
    },
    Rule {
        name: "futex",
        number: 202,
        checks: &[(0, Is(field::ANSWER)), (1, Is(FUTEX_WAKE))],
        reason: "wake the supervisor that sleeps until the answer",
    },
    Rule { name: "rt_sigreturn", number: 15, checks: &[], reason: "return from the fault handler" },
    Rule {
        name: "restart_syscall",
        number: 219,
        checks: &[],
        reason: "the kernel continues the sleep of a worker that was stopped and continued by it",
    },
    Rule {
        name: "mmap",
        number: 9,
        checks: &[
            (0, GUEST),
            (1, SHORT),
            (2, Is(READ_WRITE)),
            (3, Is(SHARED_FIXED)),
            (4, Is(MEMORY_FD as u64)),
        ],
        reason: "map writable guest memory",
    },
    Rule {
        name: "mmap",
        number: 9,
        checks: &[(0, GUEST), (1, SHORT), (2, Is(READ)), (3, Is(SHARED_FIXED)), (4, Is(MEMORY_FD as u64))],
        reason: "map guest memory that the guest may only read",
    },
    Rule {
        name: "mmap",
        number: 9,
        checks: &[(0, GUEST), (1, SHORT), (2, Is(READ)), (3, Is(PRIVATE_FIXED)), (4, Is(PROGRAM_FD as u64))],
        reason: "map the read-only data of a program",
    },
    Rule {
        name: "mmap",
        number: 9,
        checks: &[
            (0, Is(CODE_ADDRESS)),
            (1, SHORT),
            (2, Is(READ_EXECUTE)),
            (3, Is(PRIVATE_FIXED)),
            (4, Is(PROGRAM_FD as u64)),
            (5, Is(0)),
        ],
        reason: "map the generated code of a program",
    },
    Rule {
        name: "mmap",
        number: 9,
        checks: &[(0, TABLE), (1, SHORT), (2, Is(READ)), (3, Is(PRIVATE_FIXED)), (4, Is(PROGRAM_FD as u64))],
        reason: "map the jump table of a program",
    },
    Rule {
        name: "mmap",
        number: 9,
        checks: &[
            (0, Is(RETURN_PAGE_ADDRESS)),
            (1, Is(RETURN_PAGE_BYTES as u64)),
            (2, Is(READ)),
            (3, Is(PRIVATE_FIXED)),
            (4, Is(PROGRAM_FD as u64)),
        ],
        reason: "map the entry of the return address in the jump table",
    },
    Rule {
        name: "mprotect",
        number: 10,
        checks: &[(0, GUEST), (1, SHORT), (2, Is(READ))],
        reason: "make guest memory read-only",
    },
    Rule {
        name: "mprotect",
        number: 10,
        checks: &[(0, GUEST), (1, SHORT), (2, Is(READ_WRITE))],
        reason: "make guest memory writable",
    },
    Rule { name: "munmap", number: 11, checks: &[(0, GUEST), (1, SHORT)], reason: "unmap guest memory" },
    Rule {
        name: "munmap",
        number: 11,
        checks: &[(0, GENERATED), (1, SHORT)],
        reason: "unmap the generated code of the last program",
    },
    Rule {
        name: "munmap",
        number: 11,
        checks: &[(0, TABLE), (1, SHORT)],
        reason: "unmap the jump table of the last program",
    },
    Rule {
        name: "recvmsg",
        number: 47,
        checks: &[(0, Is(SOCKET_FD as u64))],
        reason: "receive the file of a program; notice that the supervisor is gone",
    },
    Rule {
        name: "close",
        number: 3,
        checks: &[(0, Is(PROGRAM_FD as u64))],
        reason: "close the file of a program once it is mapped",
    },
    Rule { name: "exit_group", number: 231, checks: &[], reason: "end" },
];

/// One instruction of a filter, as the kernel takes it (`struct sock_filter`).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Instruction {
    /// What to do.
    pub code: u16,
    /// Instructions to skip if a comparison holds.
    pub jump_true: u8,
    /// Instructions to skip if it does not.
    pub jump_false: u8,
    /// Operand.
    pub operand: u32,
}

/// Load the 32-bit word at an offset of `struct seccomp_data`.
pub const LOAD: u16 = 0x20;
/// Compare what was loaded with the operand.
pub const JUMP_EQUAL: u16 = 0x15;
/// Give the verdict.
pub const RETURN: u16 = 0x06;
/// Verdict: let the call happen.
pub const ALLOW: u32 = 0x7fff_0000;
/// Verdict: kill the process, as if by a signal that it cannot handle.
pub const KILL_PROCESS: u32 = 0x8000_0000;
/// The architecture x86-64.
pub const ARCHITECTURE: u32 = 0xc000_003e;

const OFFSET_NUMBER: u32 = 0;
const OFFSET_ARCHITECTURE: u32 = 4;
const OFFSET_POINTER_UPPER: u32 = 12;

/// Offset of an argument's lower half; the upper half follows.
const fn offset_argument(index: u8) -> u32 {
    16 + 8 * index as u32
}

/// Instructions in front of the rows.
const HEAD: usize = 5;

/// Instructions of one row.
const fn row_length(rule: &Rule) -> usize {
    let mut length = 3;
    let mut check = 0;
    while check < rule.checks.len() {
        length += match rule.checks[check].1 {
            Is(_) => 4,
            UpperHalf(_) => 2,
        };
        check += 1;
    }
    length
}

const fn filter_length() -> usize {
    let mut length = HEAD + 1;
    let mut row = 0;
    while row < RULES.len() {
        length += row_length(&RULES[row]);
        row += 1;
    }
    length
}

/// Number of instructions of [`FILTER`].
pub const FILTER_LENGTH: usize = filter_length();

const fn statement(code: u16, operand: u32) -> Instruction {
    Instruction { code, jump_true: 0, jump_false: 0, operand }
}

/// A comparison that skips `skip` instructions unless it holds.
const fn unless_equal(operand: u32, skip: usize) -> Instruction {
    assert!(skip < 256);
    Instruction { code: JUMP_EQUAL, jump_true: 0, jump_false: skip as u8, operand }
}

/// [`RULES`] as the program that the kernel runs at each call.
pub static FILTER: [Instruction; FILTER_LENGTH] = {
    let kill = statement(RETURN, KILL_PROCESS);
    let mut out = [kill; FILTER_LENGTH];
    out[0] = statement(LOAD, OFFSET_ARCHITECTURE);
    out[1] = unless_equal(ARCHITECTURE, 2);
    out[2] = statement(LOAD, OFFSET_POINTER_UPPER);
    out[3] = Instruction { code: JUMP_EQUAL, jump_true: 1, jump_false: 0, operand: WORKER_UPPER_HALF };
    out[4] = kill;
    let mut at = HEAD;
    let mut row = 0;
    while row < RULES.len() {
        let rule = &RULES[row];
        let end = at + row_length(rule);
        out[at] = statement(LOAD, OFFSET_NUMBER);
        out[at + 1] = unless_equal(rule.number, end - (at + 2));
        at += 2;
        let mut check = 0;
        while check < rule.checks.len() {
            let (argument, test) = rule.checks[check];
            let lower = offset_argument(argument);
            match test {
                Is(value) => {
                    out[at] = statement(LOAD, lower);
                    out[at + 1] = unless_equal(value as u32, end - (at + 2));
                    out[at + 2] = statement(LOAD, lower + 4);
                    out[at + 3] = unless_equal((value >> 32) as u32, end - (at + 4));
                    at += 4;
                }
                UpperHalf(value) => {
                    out[at] = statement(LOAD, lower + 4);
                    out[at + 1] = unless_equal(value, end - (at + 2));
                    at += 2;
                }
            }
            check += 1;
        }
        out[at] = statement(RETURN, ALLOW);
        at += 1;
        row += 1;
    }
    out
};
