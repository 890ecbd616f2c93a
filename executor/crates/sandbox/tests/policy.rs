// SPDX-License-Identifier: Apache-2.0
//! The filter program says what the table says: it is run here, with calls inside and outside of the rows.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use revive_vm_primitives::machine::{
    ANSWERS_ADDRESS, CODE_ADDRESS, JUMP_TABLE_ADDRESS, RETURN_PAGE_ADDRESS, RETURN_PAGE_BYTES, SHARED_ADDRESS,
};
use revive_vm_sandbox::policy::{
    Check, Rule, ALLOW, ARCHITECTURE, FILTER, JUMP_EQUAL, KILL_PROCESS, LOAD, RETURN, RULES,
    WORKER_UPPER_HALF,
};
use revive_vm_sandbox::protocol::{MEMORY_FD, PROGRAM_FD};

const MMAP: u32 = 9;
const MPROTECT: u32 = 10;
const MUNMAP: u32 = 11;
/// Where the worker's own memory begins.
const WORKER_ADDRESS: u64 = (WORKER_UPPER_HALF as u64) << 32;

/// What the kernel gives a filter: number, architecture, address of the instruction, arguments.
#[derive(Clone, Copy)]
struct Call {
    number: u32,
    architecture: u32,
    pointer: u64,
    arguments: [u64; 6],
}

impl Call {
    fn new(number: u32, arguments: [u64; 6]) -> Self {
        Self {
            number,
            architecture: ARCHITECTURE,
            pointer: u64::from(WORKER_UPPER_HALF) << 32 | 0x123,
            arguments,
        }
    }

    fn word(&self, offset: u32) -> u32 {
        let half = |value: u64| (value >> (8 * (offset & 4))) as u32;
        match offset {
            0 => self.number,
            4 => self.architecture,
            8 | 12 => half(self.pointer),
            _ => half(self.arguments[(offset as usize - 16) / 8]),
        }
    }

    /// The filter's verdict.
    fn verdict(&self) -> u32 {
        let (mut at, mut loaded) = (0, 0);
        loop {
            let instruction = FILTER[at];
            at += 1;
            match instruction.code {
                LOAD => loaded = self.word(instruction.operand),
                JUMP_EQUAL if loaded == instruction.operand => at += usize::from(instruction.jump_true),
                JUMP_EQUAL => at += usize::from(instruction.jump_false),
                RETURN => return instruction.operand,
                code => panic!("instruction {code:#x}"),
            }
        }
    }

    /// The table's verdict.
    fn allowed(&self) -> bool {
        self.architecture == ARCHITECTURE
            && self.pointer >> 32 == u64::from(WORKER_UPPER_HALF)
            && RULES.iter().any(|rule| {
                rule.number == self.number
                    && rule.checks.iter().all(|(index, check)| {
                        let argument = self.arguments[usize::from(*index)];
                        match check {
                            Check::Is(value) => argument == *value,
                            Check::UpperHalf(value) => argument >> 32 == u64::from(*value),
                        }
                    })
            })
    }

    fn expect(&self) {
        let expected = if self.allowed() { ALLOW } else { KILL_PROCESS };
        assert_eq!(self.verdict(), expected, "call {} with {:x?}", self.number, self.arguments);
    }
}

/// A call that the row allows.
fn example(rule: &Rule) -> Call {
    // Arguments that are not checked may be anything.
    let mut arguments = [0x5a5a_5a5a_a5a5_a5a5; 6];
    for (index, check) in rule.checks {
        arguments[usize::from(*index)] = match check {
            Check::Is(value) => *value,
            Check::UpperHalf(value) => u64::from(*value) << 32 | 0xffff_f000,
        };
    }
    Call::new(rule.number, arguments)
}

#[test]
fn every_row_allows_and_every_change_of_a_checked_argument_forbids() {
    for rule in RULES {
        let call = example(rule);
        assert_eq!(call.verdict(), ALLOW, "{}: {}", rule.name, rule.reason);
        for bit in 0..64 {
            for (index, _) in rule.checks {
                let mut other = call;
                other.arguments[usize::from(*index)] ^= 1 << bit;
                other.expect();
            }
        }
        for (index, check) in rule.checks {
            let mut other = call;
            other.arguments[usize::from(*index)] = match check {
                Check::Is(value) => !value,
                Check::UpperHalf(value) => u64::from(!value) << 32,
            };
            assert_eq!(other.verdict(), KILL_PROCESS, "{} with {:x?}", rule.name, other.arguments);
        }
    }
}

#[test]
fn no_other_number_is_allowed() {
    let numbers: Vec<u32> = RULES.iter().map(|rule| rule.number).collect();
    for base in [0, 0x4000_0000, 0x8000_0000, u32::MAX - 2000] {
        for number in (base..=base + 2000).filter(|number| !numbers.contains(number)) {
            assert_eq!(Call::new(number, [0; 6]).verdict(), KILL_PROCESS, "{number}");
            for rule in RULES {
                let call = Call { number, ..example(rule) };
                assert_eq!(call.verdict(), KILL_PROCESS, "{number}");
            }
        }
    }
}

#[test]
fn no_other_architecture_and_no_other_code_is_allowed() {
    for rule in RULES {
        // 32 bits, AArch64, none.
        for architecture in [0x4000_0003, 0xc000_00b7, 0] {
            assert_eq!(Call { architecture, ..example(rule) }.verdict(), KILL_PROCESS);
        }
        for pointer in [0x2_0100_0000, 0x1_0000, 0x7fff_ffff_0000, 0xffff_ffff_ff60_0000] {
            assert_eq!(Call { pointer, ..example(rule) }.verdict(), KILL_PROCESS);
        }
    }
}

/// What the header of the table promises, whatever rows are added.
#[test]
fn executable_memory_comes_only_from_the_files_of_the_supervisor() {
    const EXECUTE: u64 = 4;
    let protects =
        |rule: &&Rule| ["mmap", "mprotect", "mremap", "pkey_mprotect", "shmat"].contains(&rule.name);
    let mut executable = 0;
    for rule in RULES.iter().filter(protects) {
        let exactly = |argument: u8| {
            rule.checks.iter().find_map(|(index, check)| match check {
                Check::Is(value) if *index == argument => Some(*value),
                _ => None,
            })
        };
        let protection = exactly(2).expect("the protection is checked");
        if protection & EXECUTE != 0 {
            executable += 1;
            assert_eq!((rule.name, protection & 2), ("mmap", 0), "writable and executable");
            assert_eq!(exactly(4), Some(PROGRAM_FD as u64));
        }
    }
    assert_eq!(executable, 1);
    for name in ["dup", "dup2", "dup3", "fcntl", "open", "openat", "memfd_create", "write", "pwrite64"] {
        assert!(RULES.iter().all(|rule| rule.name != name), "{name} can put something at that descriptor");
    }
}

/// Whether a call that changes mappings is one of those that the wall can stand, as the address space is laid out; said here without the table.
fn is_harmless(call: &Call) -> bool {
    const READ: u64 = 1;
    const WRITE: u64 = 2;
    const READ_EXECUTE: u64 = 1 | 4;
    const SHARED_FIXED: u64 = 0x11;
    const PRIVATE_FIXED: u64 = 0x12;
    let [address, bytes, protection, flags, file, offset] = call.arguments;
    let Some(end) = address.checked_add(bytes) else { return false };
    let within = |start: u64, last: u64| start <= address && end <= last;
    // What an access at the end of guest memory runs into is nobody's, and so is what is between generated code and the worker.
    let guest = within(0, SHARED_ADDRESS);
    let code = within(CODE_ADDRESS, WORKER_ADDRESS);
    let table = within(JUMP_TABLE_ADDRESS, RETURN_PAGE_ADDRESS + RETURN_PAGE_BYTES as u64);
    match call.number {
        MMAP if flags == SHARED_FIXED => {
            guest && file == MEMORY_FD as u64 && [READ, READ | WRITE].contains(&protection)
        }
        MMAP if flags == PRIVATE_FIXED && file == PROGRAM_FD as u64 => match protection {
            READ => guest || table,
            // Read-only data is in the same file as the code, further back.
            READ_EXECUTE => code && address == CODE_ADDRESS && offset == 0,
            _ => false,
        },
        MPROTECT => guest && [READ, READ | WRITE].contains(&protection),
        // The shared page as well: then the worker faults.
        MUNMAP => guest || within(SHARED_ADDRESS, WORKER_ADDRESS) || table,
        _ => false,
    }
}

/// The table is what the other tests go by. This one goes by what must never happen, whatever the table says: the worker, the shared page and
/// what host calls are answered from stay as they are, nothing but guest memory can be written to, and nothing but code be executed.
#[test]
fn no_row_allows_more_than_the_wall_can_stand() {
    let gib = 1 << 30;
    let addresses = [
        0,
        0x2_0000,
        0xffff_f000,
        0x1_0000_0000,
        SHARED_ADDRESS,
        ANSWERS_ADDRESS,
        CODE_ADDRESS,
        CODE_ADDRESS + 0x1000,
        0x2_ffff_f000,
        0x3_ffff_f000,
        WORKER_ADDRESS,
        JUMP_TABLE_ADDRESS - 0x1000,
        JUMP_TABLE_ADDRESS,
        JUMP_TABLE_ADDRESS + 0xffff_f000,
        RETURN_PAGE_ADDRESS,
        0x7fff_0000_0000,
        u64::MAX - 0xfff,
    ];
    let lengths = [0x1000, 0x2000, gib, 4 * gib - 1, 4 * gib, 16 * gib, 1 << 46, u64::MAX];
    // Shared or private, at a place of choice or anywhere, of a file or of none; and flags that only the upper half has.
    let all_flags = [0x01, 0x02, 0x11, 0x12, 0x21, 0x22, 0x31, 0x32, 0x10_0011, 0x10_0012, 1 << 32 | 0x11];
    let files = [0, 1, 2, 3, u64::MAX, 1 << 32 | 2];
    let mut allowed = 0;
    let mut check = |number, arguments| {
        let call = Call::new(number, arguments);
        if call.verdict() == ALLOW {
            allowed += 1;
            assert!(is_harmless(&call), "call {number} with {arguments:x?}");
        }
    };
    for address in addresses {
        for bytes in lengths {
            check(MUNMAP, [address, bytes, 0, 0, 0, 0]);
            for protection in 0..16 {
                check(MPROTECT, [address, bytes, protection, 0, 0, 0]);
                for flags in all_flags {
                    for file in files {
                        for offset in [0, 0x1000] {
                            check(MMAP, [address, bytes, protection, flags, file, offset]);
                        }
                    }
                }
            }
        }
    }
    assert!(allowed > 100, "{allowed} calls are allowed: the others show nothing");
}
